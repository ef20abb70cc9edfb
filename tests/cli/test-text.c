/* test-text.c - sizes, times, percentages and widths as people see them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-say.h"
#include "cli-text.h"

#include <glib.h>

static const struct
{
  guint64     bytes;
  const char *expected;
} sizes[] = {
  { 0, "0 B" },
  { 999, "999 B" },
  { 1000, "1.0 KiB" },
  { 1024, "1 KiB" },
  { 1536, "1.5 KiB" },
  { 16384, "16 KiB" },
  { 102400, "100 KiB" },
  { 1023 * 1024, "1.0 MiB" },
  { 1024 * 1024, "1 MiB" },
  { 150 * 1024 * 1024 + 7, "150 MiB" },
  { G_GUINT64_CONSTANT (3) << 30, "3 GiB" },
  { G_MAXUINT64, "16.0 EiB" },
};

static void
test_sizes (void)
{
  g_autofree char *rate = cli_text_rate (2 * 1024 * 1024 + 512 * 1024);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = cli_text_size (sizes[i].bytes);

      /* The largest is a whole number for a double. */
      if (sizes[i].bytes == G_MAXUINT64)
        g_assert_true (g_str_has_suffix (text, "EiB"));
      else
        g_assert_cmpstr (text, ==, sizes[i].expected);
    }
  g_assert_cmpstr (rate, ==, "2.5 MiB/s");
}

static void
test_times (void)
{
  static const struct
  {
    guint64     seconds;
    const char *expected;
  } times[] = {
    { 0, "0:00" }, { 59, "0:59" }, { 60, "1:00" }, { 3599, "59:59" }, { 3600, "1:00:00" },
    { 86399, "23:59:59" }, { 86400, "1 d 0 h" }, { 100 * 3600, "4 d 4 h" },
    { G_MAXUINT64, "99999 d 7 h" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree char *text = cli_text_time (times[i].seconds);

      g_assert_cmpstr (text, ==, times[i].expected);
    }
}

static void
test_percent (void)
{
  static const struct
  {
    double      fraction;
    const char *expected;
  } percents[] = {
    { 0, "  0.0%" }, { 0.07, "  7.0%" }, { 0.4567, " 45.6%" }, { 0.99999, " 99.9%" },
    { 1, "100.0%" }, { -1, "  0.0%" }, { 2, "100.0%" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (percents); i++)
    {
      g_autofree char *text = cli_text_percent (percents[i].fraction);

      g_assert_cmpstr (text, ==, percents[i].expected);
    }
}

static void
test_fit (void)
{
  static const struct
  {
    const char *text;
    guint       columns;
    gboolean    is_utf8;
    const char *fitted;
    const char *cut;
  } fits[] = {
    { "short", 5, TRUE, "short", "short" },
    { "abcdefghij", 5, TRUE, "ab…ij", "abcd…" },
    { "abcdefghij", 4, TRUE, "ab…j", "abc…" },
    { "abcdefghij", 5, FALSE, "ab~ij", "abcd~" },
    { "abcdefghij", 1, TRUE, "…", "…" },
    { "abcdefghij", 0, TRUE, "", "" },
    { "日本語のなまえ", 14, TRUE, "日本語のなまえ", "日本語のなまえ" },
    { "日本語のなまえ", 9, TRUE, "日本…まえ", "日本語の…" },
    /* A wide letter that does not fit whole is left out. */
    { "日本語のなまえ", 8, TRUE, "日本…え", "日本語…" },
    { "e\xcc\x81" "abcdefghi\xcc\x81", 3, TRUE, "e\xcc\x81…i\xcc\x81", "e\xcc\x81" "a…" },
    { "", 3, TRUE, "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (fits); i++)
    {
      g_autofree char *fitted = cli_text_fit (fits[i].text, fits[i].columns, fits[i].is_utf8);
      g_autofree char *cut = cli_text_cut (fits[i].text, fits[i].columns, fits[i].is_utf8);

      g_assert_cmpstr (fitted, ==, fits[i].fitted);
      g_assert_cmpstr (cut, ==, fits[i].cut);
      g_assert_cmpuint (cli_text_width (fitted), <=, fits[i].columns);
      g_assert_cmpuint (cli_text_width (cut), <=, fits[i].columns);
    }
}

static void
test_bar (void)
{
  g_autofree char *half = cli_text_bar (0.5, 4, FALSE);
  g_autofree char *nearly = cli_text_bar (0.9999, 4, FALSE);
  g_autofree char *whole = cli_text_bar (1, 4, TRUE);
  g_autofree char *beyond = cli_text_bar (3, 4, FALSE);

  g_assert_cmpstr (half, ==, "##..");
  g_assert_cmpstr (nearly, ==, "###.");
  g_assert_cmpstr (whole, ==, "████");
  g_assert_cmpstr (beyond, ==, "####");
}

/* Nothing a stranger writes moves the cursor, changes colours or turns the line around. */
static void
test_one_line (void)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } lines[] = {
    { "as it is: é 日", "as it is: é 日" },
    { "a\nb\r\tc", "a b  c" },
    { "\033[2Jgone", " [2Jgone" },
    { "\xc2\x9b" "2J", " 2J" },
    { "exe\xe2\x80\xaegpj", "exe gpj" },
    { "\xe2\x81\xa6x\xe2\x80\xa8y", " x y" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *line = cli_dup_one_line (lines[i].text);

      g_assert_cmpstr (line, ==, lines[i].expected);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/text/sizes", test_sizes);
  g_test_add_func ("/cli/text/times", test_times);
  g_test_add_func ("/cli/text/percent", test_percent);
  g_test_add_func ("/cli/text/fit", test_fit);
  g_test_add_func ("/cli/text/bar", test_bar);
  g_test_add_func ("/cli/text/one-line", test_one_line);
  return g_test_run ();
}
