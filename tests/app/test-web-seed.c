/* test-web-seed.c - web seeds of the details: words, a list that keeps up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-web-seed.h"

static void
test_address (void)
{
  static const struct
  {
    const char *url;
    const char *address;
  } cases[] = {
    { "https://mirror.example/pub/", "https://mirror.example/pub/" },
    { "http://mirror.example:8080/a%20b", "http://mirror.example:8080/a%20b" },
    { "http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/" },
    { "http://me:secret@mirror.example/pub?token=secret", "http://mirror.example/pub" },
    { "what is this", "what is this" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *address = freshet_web_seed_format_address (cases[i].url);

      g_assert_cmpstr (address, ==, cases[i].address);
    }
}

static void
assert_state (int         state,
              const char *message,
              const char *expected)
{
  BtWebSeedRow row = { .state = state, .message = (char *) message };
  g_autofree char *words = freshet_web_seed_format_state (&row);

  g_assert_cmpstr (words, ==, expected);
}

static void
test_words (void)
{
  assert_state (BT_WEB_SEED_IDLE, "", "Idle");
  assert_state (BT_WEB_SEED_ACTIVE, NULL, "Downloading");
  assert_state (BT_WEB_SEED_WAITING, "", "Waiting");
  assert_state (BT_WEB_SEED_WAITING, "It is busy", "Waiting: It is busy");
  assert_state (BT_WEB_SEED_FAILED, "", "Failed");
  assert_state (BT_WEB_SEED_FAILED, "100 %s", "Failed: 100 %s");
  assert_state (BT_WEB_SEED_BANNED, NULL, "Banned");
  assert_state (BT_WEB_SEED_BANNED, "It lied", "Banned: It lied");
}

static void
test_columns (void)
{
  g_autoptr (GListStore) list = g_list_store_new (FRESHET_TYPE_WEB_SEED);
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (BtWebSeedRow));
  g_autoptr (FreshetWebSeed) seed = NULL;
  BtWebSeedRow row = { .url = (char *) "http://a.example/?token=b", .message = (char *) "",
                       .received_bytes = 3000000, .received_bps = 2000 };
  static const char *const expected[] = { "http://a.example/", "Idle", "3.0 MB", "2.0 kB/s" };
  gsize n_columns;
  const FreshetTableColumn *columns = freshet_web_seed_get_columns (&n_columns);
  g_autofree char *whole = NULL;

  g_array_append_val (rows, row);
  freshet_web_seed_update_list (list, rows);
  seed = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_cmpuint (n_columns, ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < n_columns; i++)
    {
      g_autofree char *text = columns[i].format (seed);
      /* The space before a unit is one that does not break. */
      g_auto (GStrv) words = g_strsplit (text, "\302\240", -1);
      g_autofree char *plain = g_strjoinv (" ", words);

      g_assert_cmpstr (plain, ==, expected[i]);
    }
  whole = columns[0].explain (seed);
  g_assert_cmpstr (whole, ==, row.url);
}

static void
changed_cb (GString *log)
{
  g_string_append_c (log, 'x');
}

static void
test_list (void)
{
  g_autoptr (GListStore) list = g_list_store_new (FRESHET_TYPE_WEB_SEED);
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (BtWebSeedRow));
  BtWebSeedRow both[] = {
    { .url = (char *) "http://b.example/", .message = (char *) "" },
    { .url = (char *) "http://a.example/", .message = (char *) "" },
  };
  g_autoptr (FreshetWebSeed) first = NULL;
  GString *log = g_string_new (NULL);

  g_array_append_vals (rows, both, 2);
  freshet_web_seed_update_list (list, rows);
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_cmpstr (freshet_web_seed_get_row (first)->url, ==, "http://b.example/");
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (changed_cb), log);

  /* Other numbers are no other list. */
  g_array_index (rows, BtWebSeedRow, 0).received_bytes = 5;
  freshet_web_seed_update_list (list, rows);
  g_assert_cmpstr (log->str, ==, "");
  g_assert_cmpuint (freshet_web_seed_get_row (first)->received_bytes, ==, 5);
  g_array_index (rows, BtWebSeedRow, 1).url = (char *) "http://c.example/";
  freshet_web_seed_update_list (list, rows);
  g_assert_cmpstr (log->str, ==, "x");
  freshet_web_seed_update_list (list, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_string_free (log, TRUE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/web-seed/address", test_address);
  g_test_add_func ("/app/web-seed/words", test_words);
  g_test_add_func ("/app/web-seed/columns", test_columns);
  g_test_add_func ("/app/web-seed/list", test_list);

  return g_test_run ();
}
