/* test-translated.c - what the engine says, in another language: the sentence, its numbers, from any thread
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "common/freshet-words.h"

#include <gnu/libc-version.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

typedef struct
{
  const char *torrent;
  const char *what;  /* to be found in the message */
} Case;

static const Case cases[] = {
  { "d4:infod4:name1:t12:piece lengthi16384eee", "weder „length“ noch „files“" },
  { "d4:infod6:lengthi5e4:name1:t12:piece lengthi-3e6:pieces20:hhhhhhhhhhhhhhhhhhhhee",
    "„piece length“ ist -3" },
  { "d4:infod6:lengthi5e4:name1:t12:piece lengthi16384e6:pieces2:hhee",
    "die 2 Bytes von „pieces“" },
  { "le", "der Torrent ist kein Wörterbuch" },
};

static gpointer
parse (gpointer data)
{
  const Case *row = data;
  g_autoptr (GBytes) bytes = g_bytes_new_static (row->torrent, strlen (row->torrent));
  g_autoptr (BtMetainfo) metainfo = NULL;
  GError *error = NULL;

  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_null (metainfo);
  return error;
}

static void
test_engine (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GThread *thread = g_thread_new ("parser", parse, (gpointer) &cases[i]);
      g_autoptr (GError) error = g_thread_join (thread);

      g_assert_nonnull (strstr (error->message, cases[i].what));
    }
}

/* The reason of the engine stands in a sentence of the window. */
static void
test_window (void)
{
  const BtSwarmFacts facts = { .reason = BT_REASON_NO_SPACE, .message = (char *) "…" };
  g_autofree char *text = freshet_words_reason (&facts);

  g_assert_cmpstr (text, ==, "Warten auf Platz auf dem Datenträger: …");
}

/* With glibc 2.41, and not yet 2.36, C.UTF-8 speaks English whatever LANGUAGE says, as C does; there is no other locale
 * that every machine has. */
static gboolean
has_locale (void)
{
  return setlocale (LC_ALL, "") != NULL && g_ascii_strtod (gnu_get_libc_version (), NULL) < 2.37;
}

int
main (int    argc,
      char **argv)
{
  const char *folder = g_getenv ("FRESHET_LOCALEDIR");

  /* gettext looks at the language for any locale but C. */
  g_setenv ("LANGUAGE", "de", TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (folder == NULL || !has_locale ())
    {
      g_print ("1..0 # SKIP no translations, or no locale\n");
      return 0;
    }
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_test_add_func ("/app/translated/engine", test_engine);
  g_test_add_func ("/app/translated/window", test_window);
  return g_test_run ();
}
