/* test-table.c - columns, and the words for a torrent at rest
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-list.h"

#include <glib.h>

static const struct
{
  guint32     flags;
  const char *name;
} states[] = {
  { 0, "downloads" },
  { BT_RECORD_COMPLETE, "seeds" },
  { BT_RECORD_FORCED, "downloads-forced" },
  { BT_RECORD_FORCED | BT_RECORD_COMPLETE, "seeds-forced" },
  { BT_RECORD_PAUSED, "paused" },
  { BT_RECORD_PAUSED | BT_RECORD_COMPLETE, "paused" },
  { BT_RECORD_PAUSED | BT_RECORD_COMPLETE | BT_RECORD_SHARE_DONE, "shared" },
  { BT_RECORD_PAUSED | BT_RECORD_SHARE_DONE, "paused" },
  { BT_RECORD_MUST_CHECK | BT_RECORD_PAUSED, "to-check" },
  { BT_RECORD_FAILED | BT_RECORD_MUST_CHECK, "failed" },
};

static void
test_states (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      BtRecord record = { .flags = states[i].flags };

      g_assert_cmpstr (cli_record_to_state_name (&record), ==, states[i].name);
      g_assert_cmpstr (cli_record_to_word (&record), !=, "");
    }
}

static void
test_numbers (void)
{
  BtRecord nothing = { 0 };
  BtRecord record = {
    .wanted_bytes = 200,
    .done_bytes = 50,
    .total_bytes = 400,
    .sent_bytes = 600,
  };

  g_assert_cmpfloat (cli_record_get_progress (&nothing), ==, 1);
  g_assert_cmpfloat (cli_record_get_ratio (&nothing), ==, 0);
  g_assert_cmpfloat (cli_record_get_progress (&record), ==, 0.25);
  g_assert_cmpfloat (cli_record_get_ratio (&record), ==, 1.5);
}

static void
test_columns (void)
{
  static const char *const rows[][4] = {
    { "1", "é", "10", "the rest" },
    { "22", "name", "5", "" },
    /* It does not push the others away. */
    { "3", "a name that is much longer than any of the columns may be", "100", "x" },
  };
  g_autoptr (GPtrArray) table = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autofree char *text = NULL;
  g_autofree char *empty = NULL;

  empty = cli_table_format (table, 0);
  g_assert_cmpstr (empty, ==, "");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char **cells = g_new0 (char *, 5);

      for (gsize k = 0; k < 4; k++)
        cells[k] = g_strdup (rows[i][k]);
      g_ptr_array_add (table, cells);
    }
  text = cli_table_format (table, 1 << 0 | 1 << 2);
  g_assert_cmpstr (text, ==,
                   " 1  é                                          10  the rest\n"
                   "22  name                                        5  \n"
                   " 3  a name that is much longer than any of the columns may be  100  x\n");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/table/states", test_states);
  g_test_add_func ("/cli/table/numbers", test_numbers);
  g_test_add_func ("/cli/table/columns", test_columns);
  return g_test_run ();
}
