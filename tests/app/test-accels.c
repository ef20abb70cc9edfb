/* test-accels.c - the keys: each one can be read, means one thing, and is told to people
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-accels.h"

#define HELP "/org/freshet/Freshet/gtk/help-overlay.ui"

/* --- What the help tells --- */

typedef struct
{
  GHashTable *keys;         /* owned: of char, used as a set */
  gboolean    is_accelerator;
} Help;

static void
start_element (GMarkupParseContext  *context,
               const char           *element,
               const char          **names,
               const char          **values,
               gpointer              user_data,
               GError              **error)
{
  Help *help = user_data;

  help->is_accelerator = FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    help->is_accelerator |= g_str_equal (names[i], "name") &&
                            g_str_equal (values[i], "accelerator");
}

static void
text (GMarkupParseContext  *context,
      const char           *value,
      gsize                 length,
      gpointer              user_data,
      GError              **error)
{
  Help *help = user_data;
  g_auto (GStrv) keys = NULL;

  if (!help->is_accelerator)
    return;
  help->is_accelerator = FALSE;
  keys = g_strsplit (value, " ", -1);
  for (guint i = 0; keys[i] != NULL; i++)
    g_assert_true (g_hash_table_add (help->keys, g_strdup (keys[i])));
}

static GHashTable *
read_help (void)
{
  static const GMarkupParser parser = { .start_element = start_element, .text = text };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_resources_lookup_data (HELP, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  Help help = { .keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &help, NULL);

  g_assert_no_error (error);
  g_markup_parse_context_parse (context, g_bytes_get_data (bytes, NULL),
                                (gssize) g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return help.keys;
}

static void
test_help (void)
{
  g_autoptr (GHashTable) told = read_help ();
  gsize n;
  const FreshetAccel *accels = freshet_accels_get (&n);

  for (gsize i = 0; i < n; i++)
    for (const char *const *key = accels[i].keys; *key != NULL; key++)
      if (!g_hash_table_remove (told, *key))
        g_error ("the help says nothing of %s for %s", *key, accels[i].action);
  /* GTK's own: the button of the main menu. */
  g_assert_true (g_hash_table_remove (told, "F10"));
  g_assert_cmpuint (g_hash_table_size (told), ==, 0);
}

/* --- The table --- */

static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n;
  const FreshetAccel *accels = freshet_accels_get (&n);

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;

      g_assert_true (g_action_parse_detailed_name (accels[i].action, &name, &target, NULL));
      g_assert_nonnull (accels[i].keys[0]);
      for (const char *const *key = accels[i].keys; *key != NULL; key++)
        {
          g_autoptr (GtkShortcutTrigger) trigger = gtk_shortcut_trigger_parse_string (*key);

          g_assert_nonnull (trigger);
          g_assert_true (g_hash_table_add (seen, (gpointer) *key));
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/accels/table", test_table);
  g_test_add_func ("/app/accels/help", test_help);
  return g_test_run ();
}
