/* test-json.c - the JSON that the command line writes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-json.h"

#include <glib.h>
#include <math.h>

static const struct
{
  const char *value;     /* NULL: null */
  const char *expected;
} strings[] = {
  { NULL, "null" },
  { "", "\"\"" },
  { "plain", "\"plain\"" },
  { "say \"hi\" \\ /", "\"say \\\"hi\\\" \\\\ /\"" },
  { "a\nb\rc\td", "\"a\\nb\\rc\\td\"" },
  { "\001\033[31m\177", "\"\\u0001\\u001b[31m\\u007f\"" },
  { "Größe 日本", "\"Größe 日本\"" },
  { "bad \xff byte", "\"bad \xef\xbf\xbd byte\"" },
  { "cut \xe6\x97", "\"cut \xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void
test_strings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      g_auto (CliJson) json = { 0 };

      cli_json_init (&json);
      cli_json_string (&json, strings[i].value);
      g_assert_true (g_utf8_validate (json.text->str, -1, NULL));
      /* How many replacements a broken sequence becomes is the library's business. */
      if (i + 1 < G_N_ELEMENTS (strings))
        g_assert_cmpstr (json.text->str, ==, strings[i].expected);
    }
}

static void
test_numbers (void)
{
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_array (&json);
  cli_json_uint (&json, G_MAXUINT64);
  cli_json_int (&json, G_MININT64);
  cli_json_double (&json, 0.5);
  cli_json_double (&json, 1e300);
  cli_json_double (&json, NAN);
  cli_json_double (&json, INFINITY);
  cli_json_boolean (&json, TRUE);
  cli_json_boolean (&json, FALSE);
  cli_json_end_array (&json);
  g_assert_cmpstr (json.text->str, ==,
                   "[18446744073709551615,-9223372036854775808,0.5,1e+300,null,null,true,false]");
}

static void
test_nesting (void)
{
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "a", "b");
  cli_json_name (&json, "list");
  cli_json_begin_array (&json);
  cli_json_begin_array (&json);
  cli_json_end_array (&json);
  cli_json_begin_object (&json);
  cli_json_add_uint (&json, "n", 1);
  cli_json_add_boolean (&json, "y", TRUE);
  cli_json_end_object (&json);
  cli_json_string (&json, "z");
  cli_json_end_array (&json);
  cli_json_name (&json, "empty");
  cli_json_begin_object (&json);
  cli_json_end_object (&json);
  cli_json_add_double (&json, "d", 2);
  cli_json_end_object (&json);
  g_assert_cmpstr (json.text->str, ==,
                   "{\"a\":\"b\",\"list\":[[],{\"n\":1,\"y\":true},\"z\"],\"empty\":{},\"d\":2}");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/json/strings", test_strings);
  g_test_add_func ("/cli/json/numbers", test_numbers);
  g_test_add_func ("/cli/json/nesting", test_nesting);
  return g_test_run ();
}
