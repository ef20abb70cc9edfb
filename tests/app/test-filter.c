/* test-filter.c - which classes a torrent is in, what filters and words it matches, and that counts add up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "list/freshet-counts.h"
#include "list/freshet-filter.h"

#define BIT(class) (1u << FRESHET_CLASS_##class)

typedef struct
{
  const char  *name;
  BtSwarmState state;
  guint        flags;
  guint64      received_bps;
  gboolean     is_complete;
  guint        classes;     /* but for ALL */
} ClassCase;

static const ClassCase class_cases[] = {
  { "paused", BT_SWARM_STOPPED, BT_RECORD_PAUSED, 0, FALSE, BIT (PAUSED) },
  { "pausing", BT_SWARM_STOPPING, BT_RECORD_PAUSED, 0, FALSE, BIT (PAUSED) },
  { "held", BT_SWARM_STOPPED, 0, 0, FALSE, BIT (WAITING) },
  { "stalled", BT_SWARM_DOWNLOADING, 0, 0, FALSE, BIT (DOWNLOADING) | BIT (WAITING) },
  { "downloading", BT_SWARM_DOWNLOADING, 0, 7, FALSE, BIT (DOWNLOADING) | BIT (ACTIVE) },
  { "seeding", BT_SWARM_SEEDING, 0, 0, TRUE, BIT (SEEDING) | BIT (COMPLETE) },
  { "done", BT_SWARM_STOPPED, BT_RECORD_PAUSED, 0, TRUE, BIT (PAUSED) | BIT (COMPLETE) },
  { "queued", BT_SWARM_QUEUED, 0, 0, FALSE, BIT (WAITING) },
  { "checking", BT_SWARM_CHECKING, 0, 0, FALSE, BIT (CHECKING) },
  { "failed", BT_SWARM_FAILED, 0, 0, FALSE, BIT (FAILED) },
  { "full", BT_SWARM_NO_SPACE, 0, 0, FALSE, BIT (FAILED) },
  { "missing", BT_SWARM_MISSING, 0, 0, TRUE, BIT (FAILED) | BIT (COMPLETE) },
};

static void
fill_facts (const ClassCase *test,
            BtSwarmFacts    *facts)
{
  *facts = (BtSwarmFacts) {
    .state = test->state, .received_bps = test->received_bps, .wanted_bytes = 10,
    .done_bytes = test->is_complete ? 10 : 5, .n_have = 1,
  };
}

static void
test_classes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (class_cases); i++)
    {
      const ClassCase *test = &class_cases[i];
      BtRecord record = { .name = (char *) test->name, .flags = test->flags };
      g_autoptr (FreshetEntry) entry = NULL;
      BtSwarmFacts facts;

      fill_facts (test, &facts);
      entry = freshet_entry_new_for (&facts, &record);
      g_test_message ("%s", test->name);
      g_assert_cmphex (entry->classes, ==, test->classes | BIT (ALL));
    }
}

typedef struct
{
  const char *filter;
  const char *search;
  gboolean    matches;
} MatchCase;

static const MatchCase match_cases[] = {
  { "all", NULL, TRUE },
  { "all", "", TRUE },
  { "all", "   ", TRUE },
  { "no such filter", NULL, TRUE },
  { "paused", NULL, TRUE },
  { "downloading", NULL, FALSE },
  { "label:Films", NULL, TRUE },
  { "label:films", NULL, FALSE },
  { "label:", NULL, FALSE },
  { "tracker:tracker.example", NULL, TRUE },
  { "tracker:example", NULL, FALSE },
  { "all", "größe", TRUE },
  { "all", "GRÖSSE", TRUE },
  { "all", "gro\xcc\x88\xc3\x9f", TRUE },  /* o and a combining mark */
  { "all", "größe  der", TRUE },
  { "all", "der die größe", TRUE },
  { "all", "größe anders", FALSE },
  { "all", "FILMS", TRUE },
  { "all", "welt films", TRUE },
  { "paused", "welt", TRUE },
  { "downloading", "welt", FALSE },
};

static void
test_matches (void)
{
  char *labels[] = { (char *) "Films", (char *) "later", NULL };
  char *hosts[] = { (char *) "other.example", (char *) "tracker.example", NULL };
  BtRecord record = {
    .name = (char *) "Die Größe der Welt", .labels = labels, .tracker_hosts = hosts,
    .flags = BT_RECORD_PAUSED,
  };
  BtSwarmFacts facts = { .state = BT_SWARM_STOPPED };
  g_autoptr (FreshetEntry) entry = freshet_entry_new_for (&facts, &record);
  FreshetFilter filter = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (match_cases); i++)
    {
      const MatchCase *test = &match_cases[i];

      g_test_message ("%s, %s", test->filter, test->search);
      freshet_filter_set (&filter, test->filter);
      freshet_filter_set_search (&filter, test->search);
      g_assert_cmpint (freshet_filter_matches (&filter, entry), ==, test->matches);
    }
  freshet_filter_set (&filter, "all");
  freshet_filter_set_search (&filter, NULL);
  entry->is_hidden = TRUE;
  g_assert_false (freshet_filter_matches (&filter, entry));
  freshet_filter_clear (&filter);
}

static guint
get_count (GHashTable *table,
           const char *word)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, word));
}

static void
test_counts (void)
{
  char *labels[] = { (char *) "a", (char *) "b", NULL };
  BtRecord record = { .name = (char *) "x", .labels = labels, .flags = BT_RECORD_PAUSED };
  BtSwarmFacts facts = { .state = BT_SWARM_STOPPED };
  g_autoptr (FreshetEntry) entry = freshet_entry_new_for (&facts, &record);
  g_autoptr (FreshetEntry) other = freshet_entry_new_for (&facts, &record);
  FreshetCounts counts;

  freshet_counts_init (&counts);
  freshet_counts_add (&counts, entry);
  freshet_counts_add (&counts, other);
  g_assert_cmpuint (counts.n_in_class[FRESHET_CLASS_PAUSED], ==, 2);
  g_assert_cmpuint (get_count (counts.labels, "b"), ==, 2);
  g_assert_false (freshet_entry_refresh (entry));

  freshet_counts_remove (&counts, entry);
  facts.state = BT_SWARM_SEEDING;
  record.labels = NULL;
  g_assert_true (freshet_entry_refresh (entry));
  freshet_entry_update (entry);
  g_assert_false (freshet_entry_refresh (entry));
  freshet_counts_add (&counts, entry);
  g_assert_cmpuint (counts.n_in_class[FRESHET_CLASS_ALL], ==, 2);
  g_assert_cmpuint (counts.n_in_class[FRESHET_CLASS_PAUSED], ==, 1);
  g_assert_cmpuint (counts.n_in_class[FRESHET_CLASS_SEEDING], ==, 1);
  g_assert_cmpuint (get_count (counts.labels, "b"), ==, 1);

  /* A label that nothing has is not there, with no row in the sidebar. */
  freshet_counts_remove (&counts, other);
  g_assert_cmpuint (g_hash_table_size (counts.labels), ==, 0);
  freshet_counts_clear (&counts);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/filter/classes", test_classes);
  g_test_add_func ("/app/filter/matches", test_matches);
  g_test_add_func ("/app/filter/counts", test_counts);
  return g_test_run ();
}
