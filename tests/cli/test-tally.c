/* test-tally.c - whose bytes a wrong piece takes away
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-tally.h"

#include <glib.h>

/* Pieces of 16 KiB over: a 20000, nothing 0, b 10, c 20000: three pieces, the middle one in all three. */
static BtMetainfo *
make_metainfo (void)
{
  const char head[] = "d4:infod5:filesl"
                      "d6:lengthi20000e4:pathl1:aee"
                      "d6:lengthi0e4:pathl1:nee"
                      "d6:lengthi10e4:pathl1:bee"
                      "d6:lengthi20000e4:pathl1:cee"
                      "e4:name1:t12:piece lengthi16384e6:pieces60:";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GBytes) all = NULL;
  g_autoptr (GError) error = NULL;
  BtMetainfo *metainfo;

  g_byte_array_append (bytes, (const guint8 *) head, sizeof head - 1);
  g_byte_array_set_size (bytes, bytes->len + 60);
  g_byte_array_append (bytes, (const guint8 *) "ee", 2);
  all = g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  metainfo = bt_metainfo_new_from_bytes (all, &error);
  g_assert_no_error (error);
  return metainfo;
}

static const struct
{
  const char *pieces;   /* '+' good, '-' bad */
  guint64     bad[4];
} cases[] = {
  { "+++", { 0, 0, 0, 0 } },
  { "-++", { 16384, 0, 0, 0 } },
  { "+-+", { 3616, 0, 10, 12758 } },
  { "++-", { 0, 0, 0, 7242 } },
  { "---", { 20000, 0, 10, 20000 } },
};

static void
test_blame (void)
{
  g_autoptr (BtMetainfo) metainfo = make_metainfo ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (CliTally) tally = { 0 };
      guint64 n_bad = 0;

      cli_tally_init (&tally, metainfo);
      for (guint piece = 0; piece < 3; piece++)
        cli_tally_add (&tally, piece, cases[i].pieces[piece] == '+');
      for (guint file = 0; file < 4; file++)
        {
          g_assert_cmpuint (tally.bad_bytes[file], ==, cases[i].bad[file]);
          n_bad += tally.bad_bytes[file];
        }
      g_assert_cmpuint (tally.checked_bytes, ==, 40010);
      g_assert_cmpuint (tally.good_bytes + n_bad, ==, 40010);
    }
}

static void
test_percent (void)
{
  g_autoptr (BtMetainfo) metainfo = make_metainfo ();
  g_auto (CliTally) tally = { 0 };

  cli_tally_init (&tally, metainfo);
  tally.bad_bytes[0] = 1;
  tally.bad_bytes[3] = 10000;
  g_assert_cmpfloat (cli_tally_get_bad_percent (&tally, 0), ==, 0.1);
  g_assert_cmpfloat (cli_tally_get_bad_percent (&tally, 1), ==, 0);
  g_assert_cmpfloat (cli_tally_get_bad_percent (&tally, 3), ==, 50);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/tally/blame", test_blame);
  g_test_add_func ("/cli/tally/percent", test_percent);
  return g_test_run ();
}
