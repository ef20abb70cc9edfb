/* test-safe-path.c - what becomes of names that strangers chose
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "metainfo/bt-safe-names.h"
#include "metainfo/bt-safe-path.h"

#include <string.h>

typedef struct
{
  const char *input;
  const char *safe;
} ComponentCase;

static const ComponentCase component_cases[] = {
  { "plain.txt", "plain.txt" },
  { "with space and - dash", "with space and - dash" },
  { "-rf", "-rf" },
  { ".hidden", ".hidden" },
  { "Übergröße 東京.mkv", "Übergröße 東京.mkv" },
  { "", "_" },
  { ".", "_" },
  { "..", "__" },
  { "...", "___" },
  { "../etc", ".._etc" },
  { "/etc/passwd", "_etc_passwd" },
  { "a/b", "a_b" },
  { "C:\\Windows", "C__Windows" },
  { "what? <why> \"how\" | *", "what_ _why_ _how_ _ _" },
  { "tab\there", "tab_here" },
  { "line\nfeed\r", "line_feed_" },
  { "esc\x1b[31m", "esc_[31m" },
  { "del\x7f", "del_" },
  { "c1\xc2\x85", "c1_" },
  { "dot.", "dot_" },
  { "dots...", "dots___" },
  { "space ", "space_" },
  { "both. .", "both___" },
  { " lead", " lead" },
  /* direction and invisibility */
  { "invoice\xe2\x80\xaegpj.exe", "invoice_gpj.exe" },  /* U+202E */
  { "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "____" },
  { "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "____" },
  { "l\xe2\x80\x8er\xe2\x80\x8f", "l_r_" },
  { "a\xd8\x9c", "a_" },
  { "zero\xe2\x80\x8bwidth", "zero_width" },
  { "bom\xef\xbb\xbf", "bom_" },
  { "soft\xc2\xadhyphen", "soft_hyphen" },
  { "sep\xe2\x80\xa8", "sep_" },
  { "tag\xf3\xa0\x81\x81", "tag_" },
  { "join\xe2\x80\x8d\xe2\x80\x8c", "join\xe2\x80\x8d\xe2\x80\x8c" },  /* U+200D, U+200C stay */
  /* reserved */
  { "con", "_con" },
  { "CON.txt", "_CON.txt" },
  { "Nul.tar.gz", "_Nul.tar.gz" },
  { "aux .c", "_aux .c" },
  { "COM1", "_COM1" },
  { "lpt9.log", "_lpt9.log" },
  { "COM\xc2\xb9", "_COM\xc2\xb9" },
  { "CONIN$", "_CONIN$" },
  { "COM10", "COM10" },
  { "COM", "COM" },
  { "console", "console" },
  { "xcon", "xcon" },
  { "con ", "_con_" },
  /* not UTF-8 */
  { "caf\xe9.txt", "café.txt" },                        /* Latin-1 */
  { "t\xc3\xa9l\xc3.txt", "tél\xef\xbf\xbd.txt" },        /* damaged UTF-8 */
  { "\xff\xfe", "ÿþ" },
  { "a\xc0\xafz", "aÀ¯z" },                             /* an overlong '/' is no '/' */
  { "a\xed\xa0\x80z", "aí\xc2\xa0_z" },                 /* a surrogate */
};

static char *
make_safe (const char *bytes,
           gsize       n_bytes,
           const char *encoding)
{
  GString          *out = g_string_new ("before/");
  g_autofree char  *exact = g_memdup2 (bytes, n_bytes);
  char             *component;

  bt_safe_component_append (out, (const guint8 *) exact, n_bytes, encoding);
  g_assert_true (g_str_has_prefix (out->str, "before/"));
  component = g_strdup (out->str + strlen ("before/"));
  g_assert_cmpuint (out->len, ==, strlen (out->str));
  g_string_free (out, TRUE);
  return component;
}

static void
assert_is_safe (const char *component)
{
  gsize n = strlen (component);

  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpuint (n, <=, BT_SAFE_COMPONENT_MAX_BYTES);
  g_assert_true (g_utf8_validate (component, -1, NULL));
  g_assert_null (strpbrk (component, "/\\<>:\"|?*"));
  g_assert_cmpstr (component, !=, ".");
  g_assert_cmpstr (component, !=, "..");
  g_assert_true (component[n - 1] != '.' && component[n - 1] != ' ');
  for (const char *p = component; *p != 0; p++)
    g_assert_true ((guint8) *p >= 0x20 && *p != 0x7f);
}

static void
test_components (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (component_cases); i++)
    {
      const char      *input = component_cases[i].input;
      g_autofree char *safe = make_safe (input, strlen (input), NULL);
      g_autofree char *again = make_safe (safe, strlen (safe), NULL);

      assert_is_safe (safe);
      g_assert_cmpstr (safe, ==, component_cases[i].safe);
      g_assert_cmpstr (again, ==, safe);
    }
}

static void
test_zeros (void)
{
  g_autofree char *safe = make_safe ("a\0b", 3, NULL);
  g_autofree char *latin = make_safe ("a\0\xe9", 3, NULL);
  g_autofree char *only = make_safe ("\0", 1, NULL);

  g_assert_cmpstr (safe, ==, "a_b");
  g_assert_cmpstr (latin, ==, "a_é");
  g_assert_cmpstr (only, ==, "_");
}

static void
test_encodings (void)
{
  static const struct
  {
    const char *encoding;
    const char *input;
    const char *safe;
  } cases[] = {
    { "GBK", "\xb6\xab\xbe\xa9", "东京" },
    { "gbk", "\xb6\xab\xbe\xa9", "东京" },
    { "Shift_JIS", "\x93\x8c\x8b\x9e", "東京" },
    { "windows-1251", "\xcc\xee\xf1\xea\xe2\xe0", "Москва" },
    { "UTF-8", "caf\xe9", "café" },
    { "UTF-8", "東京", "東京" },
    { "GBK", "東京", "東京" },                    /* it is UTF-8, whatever it says */
    { "../../tmp/evil", "caf\xe9", "café" },
    { "UTF-7", "caf\xe9", "café" },
    { "ISO-2022-CN-EXT", "caf\xe9", "café" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *safe = make_safe (cases[i].input, strlen (cases[i].input),
                                         cases[i].encoding);

      g_assert_cmpstr (safe, ==, cases[i].safe);
    }
}

static char *
repeat (const char *unit,
        gsize       n_times,
        const char *tail)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n_times; i++)
    g_string_append (text, unit);
  g_string_append (text, tail);
  return g_string_free (text, FALSE);
}

static void
test_long (void)
{
  static const struct
  {
    const char *unit;
    gsize       n_times;
    const char *tail;
    gsize       n_bytes;  /* of the result */
    const char *suffix;
  } cases[] = {
    { "a", 255, "", 255, "aaa" },
    { "a", 256, "", 255, "aaa" },
    { "a", 300, ".mkv", 255, "aaa.mkv" },
    { "é", 300, ".mkv", 254, "é.mkv" },
    { "東", 100, "", 255, "東" },
    { "a", 300, ".this is a sentence and no extension", 255, "aaa" },
    { ".", 300, "", 255, "___" },
    { "a.", 200, "", 255, ".a" },
    { "con.", 100, "", 255, "co" },
    { " ", 300, "", 255, "___" },
    { "a", 1000000, ".txt", 255, "a.txt" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *input = repeat (cases[i].unit, cases[i].n_times, cases[i].tail);
      g_autofree char *safe = make_safe (input, strlen (input), NULL);

      assert_is_safe (safe);
      g_assert_cmpuint (strlen (safe), ==, cases[i].n_bytes);
      g_assert_true (g_str_has_suffix (safe, cases[i].suffix));
    }
}

static void
test_display (void)
{
  static const struct
  {
    const char *input;
    gboolean    keep_lines;
    const char *output;
  } cases[] = {
    { "a: b? ../c.", FALSE, "a: b? ../c." },
    { "a\nb\tc\r", FALSE, "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd" },
    { "a\r\nb\tc\x07", TRUE, "a\nb\tc\xef\xbf\xbd" },
    { "x\xe2\x80\xaey", TRUE, "x\xef\xbf\xbdy" },
    { "caf\xe9", FALSE, "café" },
    { "", FALSE, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = bt_display_text ((const guint8 *) cases[i].input,
                                               strlen (cases[i].input), NULL, cases[i].keep_lines);

      g_assert_cmpstr (text, ==, cases[i].output);
    }
}

/* Files of one folder, in order, and what each is called in the end. */
static void
test_names (void)
{
  static const struct
  {
    const char *folders[3];
    const char *files[6];
    const char *names[6];
  } cases[] = {
    { { NULL }, { "a", "b" }, { "a", "b" } },
    { { NULL }, { "a", "a", "a" }, { "a", "a (2)", "a (3)" } },
    { { NULL }, { "a.txt", "A.TXT", "a.Txt" }, { "a.txt", "A (2).TXT", "a (3).Txt" } },
    { { NULL }, { "a", "a", "a (2)" }, { "a", "a (2)", "a (2) (2)" } },
    { { NULL }, { "a (2)", "a", "a", "a" }, { "a (2)", "a", "a (3)", "a (4)" } },
    { { NULL }, { ".hidden", ".hidden" }, { ".hidden", ".hidden (2)" } },
    { { NULL }, { "x.tar.gz", "x.tar.gz" }, { "x.tar.gz", "x.tar (2).gz" } },
    { { NULL }, { "caf\xc3\xa9", "cafe\xcc\x81" }, { "caf\xc3\xa9", "cafe\xcc\x81 (2)" } },  /* NFC, NFD */
    { { NULL }, { "CAF\xc3\x89", "caf\xc3\xa9" }, { "CAF\xc3\x89", "caf\xc3\xa9 (2)" } },
    { { NULL }, { "Straße", "STRASSE" }, { "Straße", "STRASSE (2)" } },
    { { "a" }, { "a", "A" }, { "a (2)", "A (3)" } },
    { { "Sub.d" }, { "sub.d" }, { "sub (2).d" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtSafeNames) names = bt_safe_names_new ();
      g_autoptr (GString)     other = g_string_new (NULL);

      for (gsize j = 0; j < G_N_ELEMENTS (cases[i].folders) && cases[i].folders[j] != NULL; j++)
        bt_safe_names_add_folder (names, BT_SAFE_NAMES_ROOT, cases[i].folders[j]);
      for (gsize j = 0; j < G_N_ELEMENTS (cases[i].files) && cases[i].files[j] != NULL; j++)
        {
          const char *file = cases[i].files[j];
          gboolean    was_taken = bt_safe_names_add_file (names, BT_SAFE_NAMES_ROOT, file, other);
          const char *name = was_taken ? other->str : file;

          g_assert_cmpstr (name, ==, cases[i].names[j]);
        }
    }
}

static void
test_folders (void)
{
  g_autoptr (BtSafeNames) names = bt_safe_names_new ();
  g_autoptr (GString)     other = g_string_new (NULL);
  guint32                 a = bt_safe_names_add_folder (names, BT_SAFE_NAMES_ROOT, "a");
  guint32                 b = bt_safe_names_add_folder (names, BT_SAFE_NAMES_ROOT, "b");
  guint32                 a_in_b = bt_safe_names_add_folder (names, b, "a");

  g_assert_cmpuint (a, !=, b);
  g_assert_cmpuint (a, !=, a_in_b);
  g_assert_cmpuint (bt_safe_names_add_folder (names, BT_SAFE_NAMES_ROOT, "A"), ==, a);
  g_assert_false (bt_safe_names_add_file (names, a, "x", other));
  g_assert_false (bt_safe_names_add_file (names, b, "x", other));
  g_assert_false (bt_safe_names_add_file (names, a_in_b, "x", other));
  g_assert_true (bt_safe_names_add_file (names, a, "X", other));
  g_assert_cmpstr (other->str, ==, "X (2)");
  g_assert_true (bt_safe_names_add_file (names, b, "a", other));
}

/* All alike, and long enough that what the suffix is put on is cut to the same beginning: the square of this many
 * would take minutes. */
static void
test_many_alike (void)
{
  g_autoptr (BtSafeNames) names = bt_safe_names_new ();
  g_autoptr (GString)     other = g_string_new (NULL);
  g_autoptr (GHashTable)  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char        *stem = repeat ("x", 247, "");

  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%04u.mkv", stem, i % 5000);

      if (bt_safe_names_add_file (names, BT_SAFE_NAMES_ROOT, name, other))
        {
          assert_is_safe (other->str);
          g_assert_true (g_hash_table_add (seen, g_strdup (other->str)));
        }
      else
        g_assert_true (g_hash_table_add (seen, g_steal_pointer (&name)));
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 100000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/safe-path/components", test_components);
  g_test_add_func ("/metainfo/safe-path/zeros", test_zeros);
  g_test_add_func ("/metainfo/safe-path/encodings", test_encodings);
  g_test_add_func ("/metainfo/safe-path/long", test_long);
  g_test_add_func ("/metainfo/safe-path/display", test_display);
  g_test_add_func ("/metainfo/safe-names/names", test_names);
  g_test_add_func ("/metainfo/safe-names/folders", test_folders);
  g_test_add_func ("/metainfo/safe-names/many-alike", test_many_alike);
  return g_test_run ();
}
