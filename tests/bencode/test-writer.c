/* test-writer.c - the bencode writer's output, and that the reader takes it back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bencode/bt-bencode-writer.h"
#include "bencode/bt-bencode.h"

#include <string.h>

static void
assert_wrote (BtBencodeWriter *writer,
              const char      *expected)
{
  g_autoptr (GBytes)    bytes = bt_bencode_writer_steal_bytes (writer);
  g_autoptr (GError)    error = NULL;
  g_autoptr (BtBencode) document = NULL;
  gsize                 n = 0;
  const char           *data = g_bytes_get_data (bytes, &n);

  g_assert_cmpmem (data, n, expected, strlen (expected));
  document = bt_bencode_parse (bytes, NULL, &error);
  g_assert_no_error (error);
}

static void
test_values (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();

  bt_bencode_writer_int (writer, G_MININT64);
  assert_wrote (writer, "i-9223372036854775808e");
  bt_bencode_writer_int (writer, 0);
  assert_wrote (writer, "i0e");
  bt_bencode_writer_string (writer, NULL, 0);
  assert_wrote (writer, "0:");
  bt_bencode_writer_text (writer, "héllo");
  assert_wrote (writer, "6:héllo");
  bt_bencode_writer_begin_list (writer);
  bt_bencode_writer_end (writer);
  assert_wrote (writer, "le");
}

static void
test_nested (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "");
  bt_bencode_writer_int (writer, 1);
  bt_bencode_writer_key (writer, "a");
  bt_bencode_writer_begin_list (writer);
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "A");  /* keys of another dictionary begin anew */
  bt_bencode_writer_text (writer, "x");
  bt_bencode_writer_end (writer);
  bt_bencode_writer_int (writer, -2);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "aa");
  bt_bencode_writer_raw (writer, "d1:qi1ee", 8);
  bt_bencode_writer_key (writer, "b");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key_bytes (writer, (const guint8 *) "\xff", 1);
  bt_bencode_writer_text (writer, "");
  bt_bencode_writer_end (writer);
  assert_wrote (writer, "d0:i1e1:ald1:A1:xei-2ee2:aad1:qi1ee1:bde1:\xff" "0:e");
}

static void
test_raw_behind (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  GByteArray                 *array;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "piece");
  bt_bencode_writer_int (writer, 0);
  bt_bencode_writer_end (writer);
  array = bt_bencode_writer_get_array (writer);
  g_byte_array_append (array, (const guint8 *) "block", 5);
  g_assert_cmpmem (array->data, array->len, "d5:piecei0eeblock", 17);
}

/* What a mistake of the program does in a debug build. */
static void
test_mistakes (void)
{
  static const char *const mistakes[] = { "unsorted", "twice", "no-key", "no-value", "unended" };

#ifdef G_DISABLE_ASSERT
  g_test_skip ("asserts are off");
  return;
#endif
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/bencode/writer/mistake/subprocess/", mistakes[i],
                                           NULL);

      g_test_trap_subprocess (path, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_failed ();
    }
}

static void
make_mistake (gconstpointer data)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  const char                 *mistake = data;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "b");
  if (g_str_equal (mistake, "no-value"))
    bt_bencode_writer_end (writer);
  bt_bencode_writer_int (writer, 1);
  if (g_str_equal (mistake, "no-key"))
    bt_bencode_writer_int (writer, 1);
  if (g_str_equal (mistake, "unended"))
    bt_bencode_writer_get_array (writer);
  bt_bencode_writer_key (writer, g_str_equal (mistake, "unsorted") ? "a" : "b");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bencode/writer/values", test_values);
  g_test_add_func ("/bencode/writer/nested", test_nested);
  g_test_add_func ("/bencode/writer/raw-behind", test_raw_behind);
  g_test_add_func ("/bencode/writer/mistakes", test_mistakes);
  g_test_add_data_func ("/bencode/writer/mistake/subprocess/unsorted", "unsorted", make_mistake);
  g_test_add_data_func ("/bencode/writer/mistake/subprocess/twice", "twice", make_mistake);
  g_test_add_data_func ("/bencode/writer/mistake/subprocess/no-key", "no-key", make_mistake);
  g_test_add_data_func ("/bencode/writer/mistake/subprocess/no-value", "no-value", make_mistake);
  g_test_add_data_func ("/bencode/writer/mistake/subprocess/unended", "unended", make_mistake);
  return g_test_run ();
}
