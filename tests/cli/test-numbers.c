/* test-numbers.c - sizes, times, ratios and selections as people type them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-numbers.h"

#include <glib.h>

#define BAD G_MAXUINT64

typedef struct
{
  const char *text;
  guint64     expected;  /* BAD: not taken */
} Case;

static const Case sizes[] = {
  { "0", 0 },
  { "1", 1 },
  { "1000", 1000 },
  { "7B", 7 },
  { "64K", 64 * 1024 },
  { "64k", 64 * 1024 },
  { "64KiB", 64 * 1024 },
  { "1.5M", 3 * 512 * 1024 },
  { "2G", G_GUINT64_CONSTANT (2) << 30 },
  { "2gib", G_GUINT64_CONSTANT (2) << 30 },
  { "1T", G_GUINT64_CONSTANT (1) << 40 },
  { "0.5", 0 },
  { "9007199254740993", G_GUINT64_CONSTANT (9007199254740993) },
  { "8388607T", G_GUINT64_CONSTANT (8388607) << 40 },
  { "8388608T", BAD },
  { "99999999999999999999", BAD },
  { "100000000000000000000", BAD },
  { "", BAD },
  { "K", BAD },
  { ".5M", BAD },
  { "1.", BAD },
  { "1.M", BAD },
  { "1.5.5", BAD },
  { "-1", BAD },
  { "+1", BAD },
  { " 1", BAD },
  { "1 ", BAD },
  { "1 K", BAD },
  { "1KK", BAD },
  { "1X", BAD },
  { "0x10", BAD },
  { "1e3", BAD },
  { "inf", BAD },
  { "nan", BAD },
};

static const Case times[] = {
  { "0", 0 },
  { "90", 90 },
  { "90s", 90 },
  { "1.5m", 90 },
  { "2h", 7200 },
  { "1D", 86400 },
  { "10w", BAD },
  { "-5", BAD },
  { "999999999999999999", BAD },
};

static void
test_sizes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint64 bytes = BAD;

      g_test_message ("size “%s”", sizes[i].text);
      g_assert_cmpint (cli_parse_size (sizes[i].text, &bytes), ==, sizes[i].expected != BAD);
      g_assert_cmpuint (bytes, ==, sizes[i].expected);
    }
}

static void
test_times (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      guint64 seconds = BAD;

      g_test_message ("time “%s”", times[i].text);
      g_assert_cmpint (cli_parse_time (times[i].text, &seconds), ==, times[i].expected != BAD);
      g_assert_cmpuint (seconds, ==, times[i].expected);
    }
}

static void
test_ratios (void)
{
  static const char *const wrong[] = { "", "x", "1x", "-1", "1,5", "nan", "1e9", "0x1" };
  double ratio = -1;

  g_assert_true (cli_parse_ratio ("1.5", &ratio));
  g_assert_cmpfloat (ratio, ==, 1.5);
  g_assert_true (cli_parse_ratio ("0", &ratio));
  g_assert_cmpfloat (ratio, ==, 0);
  ratio = 7;
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (cli_parse_ratio (wrong[i], &ratio));
  g_assert_cmpfloat (ratio, ==, 7);
}

static void
test_numbers (void)
{
  static const char *const wrong[] = {
    "", "0", "11", "-1", "+1", " 1", "1 ", "1.0", "0x1", "99999999999999999999",
  };
  guint64 value = 0;

  g_assert_true (cli_parse_number ("10", 1, 10, &value));
  g_assert_cmpuint (value, ==, 10);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (cli_parse_number (wrong[i], 1, 10, &value));
  g_assert_cmpuint (value, ==, 10);
}

static void
test_selections (void)
{
  static const char *const wrong[] = {
    "", ",", "1,", ",1", "-", "1-", "-1", "3-2", "1-2-3", "a", "1 2", "4294967295", "99999999999",
  };
  static const CliRange expected[] = { { 0, 0 }, { 5, 9 }, { 2, 2 } };
  g_autoptr (GArray) ranges = cli_parse_selection ("0,5-9,2");

  g_assert_nonnull (ranges);
  g_assert_cmpmem (ranges->data, ranges->len * sizeof (CliRange), expected, sizeof expected);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_test_message ("selection “%s”", wrong[i]);
      g_assert_null (cli_parse_selection (wrong[i]));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/numbers/sizes", test_sizes);
  g_test_add_func ("/cli/numbers/times", test_times);
  g_test_add_func ("/cli/numbers/ratios", test_ratios);
  g_test_add_func ("/cli/numbers/numbers", test_numbers);
  g_test_add_func ("/cli/numbers/selections", test_selections);
  return g_test_run ();
}
