/* test-header.c - bt.h alone names all that it speaks of, and drags in nothing that is the engine's own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt.h"

#if defined (BT_STORE_N_COPIES) || defined (BT_DISK_FILE_WORKERS) || \
    defined (BT_KNOWN_PEERS_MAX) || defined (BT_TRACKERS_MAX_ROWS) || \
    defined (SOUP_TYPE_SESSION) || defined (SQLITE_OK)
#error "bt.h shows an application what is not its business"
#endif

static void
test_rows (void)
{
  BtTrackerFacts tracker = { .state = BT_TRACKER_WORKING };
  BtPeerRow peer = { .state = BT_PEER_CHOKED, .source = BT_SOURCE_TRACKER | BT_SOURCE_PERSON };

  g_assert_cmpint (tracker.state, !=, BT_TRACKER_IDLE);
  g_assert_cmpstr (bt_peer_state_to_string ((BtPeerState) peer.state), !=, NULL);
  g_assert_cmpuint (peer.source & BT_SOURCE_INCOMING, ==, 0);
}

static void
test_errors (void)
{
  g_autoptr (GError) error = g_error_new_literal (BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE, "");

  g_assert_error (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  g_assert_false (g_error_matches (error, BT_STORE_ERROR, BT_STORE_ERROR_NO_SPACE));
  g_assert_cmpuint (BT_METAINFO_ERROR, !=, BT_BLOCK_LIST_ERROR);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/header/rows", test_rows);
  g_test_add_func ("/supervisor/header/errors", test_errors);
  return g_test_run ();
}
