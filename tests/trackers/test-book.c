/* test-book.c - the small tracker's memory against a simple one, and its limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-book.h"

#include <string.h>

static BtBookAnnounce
make_announce (guint       torrent,
               guint       peer,
               guint64     left_bytes,
               BtBookEvent event)
{
  BtBookAnnounce announce = { .left_bytes = left_bytes, .event = event, .n_wanted = 1000 };

  announce.info_hash[0] = (guint8) torrent;
  announce.address.family = peer % 2 == 0 ? BT_FAMILY_IPV4 : BT_FAMILY_IPV6;
  announce.address.ip[0] = 32;
  announce.address.ip[3] = (guint8) peer;
  announce.address.port = 5000;
  return announce;
}

/* Thousands of made-up announces; a plain table says what must be counted after each. */
static void
test_model (void)
{
  enum { N_TORRENTS = 3, N_PEERS = 12 };
  int model[N_TORRENTS][N_PEERS];  /* -1: not there; else whether a seed */
  BtTrackerBook *book = bt_tracker_book_new (100, 1000);
  BtRandom random;

  bt_random_init (&random, g_test_rand_int ());
  memset (model, -1, sizeof model);
  for (guint step = 0; step < 20000; step++)
    {
      guint torrent = bt_random_below (&random, N_TORRENTS);
      guint peer = bt_random_below (&random, N_PEERS);
      guint64 left = bt_random_below (&random, 2);
      BtBookEvent event = (BtBookEvent) bt_random_below (&random, 4);
      BtBookAnnounce announce = make_announce (torrent, peer, left, event);
      BtBookPeer found[N_PEERS];
      BtBookCounts counts;
      guint n_seeds = 0;
      guint n_leechers = 0;
      guint n_expected = 0;

      g_assert_true (bt_tracker_book_announce (book, &announce, step));
      model[torrent][peer] = event == BT_BOOK_EVENT_STOPPED ? -1 : left == 0;
      for (guint i = 0; i < N_PEERS; i++)
        {
          n_seeds += model[torrent][i] == 1;
          n_leechers += model[torrent][i] == 0;
          n_expected += i != peer && model[torrent][i] >= 0 &&
                        !(model[torrent][i] == 1 && left == 0);
        }
      bt_tracker_book_count (book, announce.info_hash, &counts);
      g_assert_cmpuint (counts.n_seeds, ==, n_seeds);
      g_assert_cmpuint (counts.n_leechers, ==, n_leechers);
      if (event == BT_BOOK_EVENT_STOPPED)
        n_expected = 0;
      g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_NONE, found, N_PEERS), ==,
                        n_expected);
      if (bt_random_below (&random, 1000) == 0)
        {
          bt_tracker_book_expire (book, step + 1);
          memset (model, -1, sizeof model);
          g_assert_cmpuint (bt_tracker_book_get_n_peers (book), ==, 0);
          g_assert_cmpuint (bt_tracker_book_get_n_torrents (book), ==, 0);
        }
    }
  bt_tracker_book_free (book);
}

static void
test_limits (void)
{
  BtTrackerBook *book = bt_tracker_book_new (2, 5);
  BtBookAnnounce announce;

  for (guint i = 0; i < 3; i++)
    {
      announce = make_announce (i, 0, 1, BT_BOOK_EVENT_STARTED);
      g_assert_cmpint (bt_tracker_book_announce (book, &announce, 1), ==, i < 2);
    }
  for (guint i = 1; i < 6; i++)
    {
      announce = make_announce (0, i, 1, BT_BOOK_EVENT_STARTED);
      g_assert_cmpint (bt_tracker_book_announce (book, &announce, 1), ==, i < 4);
    }
  /* Who is in may go on, and somebody new comes in when one goes. */
  announce = make_announce (0, 1, 0, BT_BOOK_EVENT_NONE);
  g_assert_true (bt_tracker_book_announce (book, &announce, 2));
  announce.event = BT_BOOK_EVENT_STOPPED;
  g_assert_true (bt_tracker_book_announce (book, &announce, 2));
  announce = make_announce (0, 9, 0, BT_BOOK_EVENT_STARTED);
  g_assert_true (bt_tracker_book_announce (book, &announce, 2));
  bt_tracker_book_free (book);
}

static void
test_pick (void)
{
  BtTrackerBook *book = bt_tracker_book_new (10, 1000);
  BtBookAnnounce announce;
  BtBookPeer found[200];

  for (guint i = 0; i < 100; i++)
    {
      announce = make_announce (0, i, 1, BT_BOOK_EVENT_STARTED);
      if (i == 50)
        announce.address.port = 0;
      g_assert_true (bt_tracker_book_announce (book, &announce, 1));
    }
  announce = make_announce (0, 1, 1, BT_BOOK_EVENT_NONE);
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_NONE, found, 200), ==, 98);
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_IPV4, found, 200), ==, 49);
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_IPV6, found, 200), ==, 49);
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_NONE, found, 7), ==, 7);
  announce.n_wanted = 3;
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_NONE, found, 200), ==, 3);
  announce.info_hash[0] = 9;
  g_assert_cmpuint (bt_tracker_book_pick (book, &announce, BT_FAMILY_NONE, found, 200), ==, 0);
  bt_tracker_book_free (book);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trackers/book/model", test_model);
  g_test_add_func ("/trackers/book/limits", test_limits);
  g_test_add_func ("/trackers/book/pick", test_pick);
  return g_test_run ();
}
