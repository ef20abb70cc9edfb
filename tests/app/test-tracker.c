/* test-tracker.c - trackers of the details: words, a list that keeps up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-file-rename.h"
#include "details/freshet-tracker.h"

static void
test_host (void)
{
  static const struct
  {
    const char *url;
    const char *host;
  } cases[] = {
    { "http://tracker.example/announce?passkey=secret", "tracker.example" },
    { "udp://tracker.example:6969", "tracker.example:6969" },
    { "udp://[2001:db8::1]:80/announce", "[2001:db8::1]:80" },
    { "what is this", "what is this" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = freshet_tracker_format_host (cases[i].url);

      g_assert_cmpstr (host, ==, cases[i].host);
    }
}

static void
assert_next (int         state,
             gint64      next_at_us,
             const char *expected)
{
  BtTrackerFacts facts = { .state = state, .next_at_us = next_at_us };
  g_autofree char *next = freshet_tracker_format_next (&facts, 10 * G_USEC_PER_SEC);

  g_assert_cmpstr (next, ==, expected);
}

static void
test_words (void)
{
  BtTrackerFacts facts = { .state = BT_TRACKER_FAILED, .message = (char *) "Timed out" };
  g_autofree char *failed = freshet_tracker_format_state (&facts);

  g_assert_cmpstr (failed, ==, "Failed: Timed out");
  for (int state = BT_TRACKER_IDLE; state <= BT_TRACKER_FAILED; state++)
    {
      g_autofree char *words = NULL;

      facts = (BtTrackerFacts) { .state = state };
      words = freshet_tracker_format_state (&facts);
      g_assert_cmpstr (words, !=, "");
    }
  assert_next (BT_TRACKER_WORKING, 730 * G_USEC_PER_SEC, "in 12 minutes");
  assert_next (BT_TRACKER_WORKING, 5 * G_USEC_PER_SEC, "in a moment");
  assert_next (BT_TRACKER_WORKING, 0, "");
  assert_next (BT_TRACKER_ANNOUNCING, 730 * G_USEC_PER_SEC, "");
}

static void
append (GArray     *rows,
        guint       tier,
        const char *url,
        int         n_seeds)
{
  BtTrackerFacts facts = { .tier = tier, .url = g_strdup (url), .message = g_strdup (""),
                           .n_seeds = n_seeds };

  g_array_append_val (rows, facts);
}

static GArray *
rows_new (void)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (BtTrackerFacts));

  g_array_set_clear_func (rows, bt_tracker_facts_clear);
  return rows;
}

static void
changed_cb (GString *log)
{
  g_string_append_c (log, 'x');
}

static void
test_list (void)
{
  g_autoptr (GListStore) list = g_list_store_new (FRESHET_TYPE_TRACKER);
  g_autoptr (GArray) rows = rows_new ();
  g_autoptr (GArray) moved = rows_new ();
  g_autoptr (FreshetTracker) first = NULL;
  GString *log = g_string_new (NULL);

  append (rows, 1, "http://c.example", 1);
  append (rows, 0, "http://b.example", 2);
  append (rows, 0, "http://a.example", 3);
  freshet_tracker_update_list (list, rows);
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_cmpstr (freshet_tracker_get_facts (first)->url, ==, "http://a.example");
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (changed_cb), log);

  /* Another order, and other numbers, are no other list. */
  append (moved, 0, "http://a.example", 9);
  append (moved, 0, "http://b.example", 2);
  append (moved, 1, "http://c.example", 1);
  freshet_tracker_update_list (list, moved);
  g_assert_cmpstr (log->str, ==, "");
  g_assert_cmpint (freshet_tracker_get_facts (first)->n_seeds, ==, 9);
  append (moved, 2, "http://d.example", 1);
  freshet_tracker_update_list (list, moved);
  g_assert_cmpstr (log->str, ==, "x");
  freshet_tracker_update_list (list, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_string_free (log, TRUE);
}

static void
test_names (void)
{
  static const char *const wrong[] = { "a/b", ".", ".." };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *fault = freshet_file_rename_check (wrong[i]);

      g_assert_nonnull (fault);
    }
  g_assert_null (freshet_file_rename_check ("Fine … name (2).flac"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/tracker/host", test_host);
  g_test_add_func ("/app/tracker/words", test_words);
  g_test_add_func ("/app/tracker/list", test_list);
  g_test_add_func ("/app/tracker/names", test_names);

  return g_test_run ();
}
