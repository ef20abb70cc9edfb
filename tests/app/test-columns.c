/* test-columns.c - every column of the list has an order, and an id that settings can hold
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "list/freshet-columns.h"

/* --- Two torrents, of which the first is smaller in the column --- */

typedef struct
{
  const char  *column;
  BtRecord     record[2];
  BtSwarmFacts facts[2];
} OrderCase;

#define NAMED(name_) { .name = (char *) (name_), .folder = (char *) "/" }
#define UNNAMED { NAMED ("x"), NAMED ("x") }

static const OrderCase order_cases[] = {
  { "name", { NAMED ("Part 2"), NAMED ("Part 10") }, { { 0 }, { 0 } } },
  { "state", UNNAMED, { { .state = BT_SWARM_DOWNLOADING }, { .state = BT_SWARM_STOPPED } } },
  { "state", UNNAMED, { { .state = BT_SWARM_SEEDING }, { .state = BT_SWARM_FAILED } } },
  { "left", UNNAMED, { { .left_us = 5000 }, { .left_us = -1 } } },
  { "progress", UNNAMED, { { .done_bytes = 9, .wanted_bytes = 100 },
                           { .done_bytes = 5, .wanted_bytes = 10 } } },
  { "received-bps", UNNAMED, { { .received_bps = 1 }, { .received_bps = 2 } } },
  { "availability", UNNAMED, { { .copies_milli = 999 }, { .copies_milli = 1000 } } },
};

static int
compare (const char         *column,
         const BtRecord     *first,
         const BtSwarmFacts *first_facts,
         const BtRecord     *second,
         const BtSwarmFacts *second_facts)
{
  const FreshetColumn *info = freshet_columns_find (column);
  g_autoptr (FreshetEntry) a = freshet_entry_new_for (first_facts, first);
  g_autoptr (FreshetEntry) b = freshet_entry_new_for (second_facts, second);
  FreshetKey key_a = { 0 };
  FreshetKey key_b = { 0 };

  info->get_key (a, &key_a);
  info->get_key (b, &key_b);
  return freshet_columns_compare (&key_a, &key_b);
}

static void
test_order (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (order_cases); i++)
    {
      const OrderCase *test = &order_cases[i];
      const BtRecord *record = test->record;
      const BtSwarmFacts *facts = test->facts;

      g_test_message ("%s", test->column);
      g_assert_cmpint (compare (test->column, &record[0], &facts[0], &record[1], &facts[1]), <, 0);
      g_assert_cmpint (compare (test->column, &record[1], &facts[1], &record[0], &facts[0]), >, 0);
      g_assert_cmpint (compare (test->column, &record[0], &facts[0], &record[0], &facts[0]), ==, 0);
    }
}

static void
test_all (void)
{
  BtRecord record = NAMED ("x");
  BtSwarmFacts facts = { 0 };
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n;
  const FreshetColumn *columns = freshet_columns_get (&n);

  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (g_hash_table_add (ids, (char *) columns[i].id));
      g_assert_true (freshet_columns_find (columns[i].id) == &columns[i]);
      g_assert_nonnull (columns[i].format);
      g_assert_cmpint (columns[i].width, >, 0);
      /* What is not known is no trouble. */
      g_assert_cmpint (compare (columns[i].id, &record, &facts, &record, &facts), ==, 0);
    }
  g_assert_null (freshet_columns_find ("no such column"));
}

/* --- Where they are --- */

typedef struct
{
  int      width;
  gboolean is_mirrored;
  int      widths[3];
  gboolean expands[3];
  int      x[3];       /* what comes out */
  int      last_width;
} PlaceCase;

static const PlaceCase place_cases[] = {
  /* No room to spare: wider than what is there. */
  { 100, FALSE, { 60, 70, 80 }, { TRUE, FALSE, FALSE }, { 0, 60, 130 }, 80 },
  { 300, FALSE, { 60, 70, 80 }, { TRUE, FALSE, FALSE }, { 0, 150, 220 }, 80 },
  /* An odd pixel is not lost. */
  { 221, FALSE, { 60, 70, 80 }, { TRUE, FALSE, TRUE }, { 0, 66, 136 }, 85 },
  { 300, FALSE, { 60, 70, 80 }, { FALSE, FALSE, FALSE }, { 0, 60, 130 }, 80 },
  { 300, TRUE, { 60, 70, 80 }, { TRUE, FALSE, FALSE }, { 150, 80, 0 }, 80 },
  { 300, TRUE, { 60, 70, 80 }, { FALSE, FALSE, FALSE }, { 240, 170, 90 }, 80 },
};

static void
test_places (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (place_cases); i++)
    {
      const PlaceCase *test = &place_cases[i];
      FreshetColumnPlace places[3];

      for (gsize j = 0; j < 3; j++)
        places[j] = (FreshetColumnPlace) { .width = test->widths[j], .expands = test->expands[j] };
      freshet_columns_place (places, 3, test->width, test->is_mirrored);
      for (gsize j = 0; j < 3; j++)
        g_assert_cmpint (places[j].x, ==, test->x[j]);
      g_assert_cmpint (places[2].width, ==, test->last_width);
    }
  freshet_columns_place (NULL, 0, 100, FALSE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/columns/order", test_order);
  g_test_add_func ("/app/columns/all", test_all);
  g_test_add_func ("/app/columns/places", test_places);
  return g_test_run ();
}
