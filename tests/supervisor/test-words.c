/* test-words.c - every state and every reason has a sentence of its own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-torrent-private.h"

#include <string.h>

#define LAST_STATE  BT_SWARM_MOVING
#define LAST_REASON BT_REASON_TIMETABLE

/* What a torrent with these facts says. */
static const struct
{
  BtSwarmState  state;
  BtReason      reason;
  const char   *message;
  const char   *text;
} descriptions[] = {
  { BT_SWARM_STOPPED, BT_REASON_NONE, NULL, "Stopped" },
  { BT_SWARM_CHECKING, BT_REASON_NONE, NULL, "Checking the data on disk" },
  { BT_SWARM_PREPARING, BT_REASON_NONE, NULL, "Making files" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NONE, NULL, "Downloading from 3 of 7 peers" },
  { BT_SWARM_SEEDING, BT_REASON_NONE, NULL, "Seeding to 2 of 7 peers" },
  { BT_SWARM_STOPPING, BT_REASON_NONE, NULL, "Stopping" },
  { BT_SWARM_FAILED, BT_REASON_NONE, "Permission denied", "Permission denied" },
  { BT_SWARM_FAILED, BT_REASON_NONE, NULL, "Failed" },
  { BT_SWARM_QUEUED, BT_REASON_NONE, NULL, "About to start" },
  { BT_SWARM_MISSING, BT_REASON_NONE, NULL, "Waiting for its drive or folder to come back" },
  { BT_SWARM_MOVING, BT_REASON_NONE, NULL, "Moving its files to another folder" },
  { BT_SWARM_NO_SPACE, BT_REASON_NONE, NULL, "Waiting for space on the disk" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NO_PEERS, NULL, "No peers are known yet" },
  { BT_SWARM_DOWNLOADING, BT_REASON_TRACKER_FAILED, "unregistered",
    "No peers; tracker: “unregistered”" },
  { BT_SWARM_DOWNLOADING, BT_REASON_TRACKER_FAILED, NULL, "No peers; tracker: “”" },
  { BT_SWARM_DOWNLOADING, BT_REASON_CONNECTING, NULL, "Connecting to peers" },
  { BT_SWARM_DOWNLOADING, BT_REASON_UNREACHABLE, NULL,
    "No peer (of 9) can be reached; trying on" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NO_PIECES, NULL,
    "No peer (of 7) has piece 5, which is missing here" },
  { BT_SWARM_DOWNLOADING, BT_REASON_ALL_CHOKE, NULL,
    "Waiting for a turn (peers: 6)" },
  { BT_SWARM_DOWNLOADING, BT_REASON_STALLED, NULL, "Waiting for the peers to answer" },
  { BT_SWARM_DOWNLOADING, BT_REASON_LIMIT, NULL,
    "Kept at your speed limit for this torrent" },
  { BT_SWARM_DOWNLOADING, BT_REASON_LIMIT_OF_ALL, NULL,
    "Kept at your speed limit for all torrents" },
  { BT_SWARM_DOWNLOADING, BT_REASON_DISK, NULL, "The disk is slower than the peers" },
  { BT_SWARM_NO_SPACE, BT_REASON_NO_SPACE, "No space left on device",
    "Waiting for space on the disk: No space left on device" },
  { BT_SWARM_QUEUED, BT_REASON_QUEUED, NULL, "Waiting in the queue for others to finish" },
  { BT_SWARM_MISSING, BT_REASON_MISSING, "Backup disk",
    "Waiting for its drive or folder to come back: Backup disk" },
  { BT_SWARM_MOVING, BT_REASON_MOVING, NULL, "Moving its files to another folder" },
  { BT_SWARM_CHECKING, BT_REASON_CHECK_QUEUE, NULL, "Waiting for another check to end" },
  { BT_SWARM_STOPPED, BT_REASON_SHARE_DONE, NULL,
    "Stopped: it has shared as much as you asked for" },
  { BT_SWARM_SEEDING, BT_REASON_NOBODY_WANTS, NULL,
    "Seeding; nobody (of 7 peers) wants anything now" },
  { BT_SWARM_SEEDING, BT_REASON_NO_INCOMING, NULL,
    "No peer can be reached or reach you; your port may be closed" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NO_DEVICE, "tun0",
    "Waiting for the network interface: tun0" },
  { BT_SWARM_DOWNLOADING, BT_REASON_DEVICE_REFUSED, "tun0",
    "This system does not allow using one network interface only: tun0" },
  { BT_SWARM_DOWNLOADING, BT_REASON_PROXY, "The proxy does not allow this",
    "No peers; proxy: “The proxy does not allow this”" },
  { BT_SWARM_QUEUED, BT_REASON_TIMETABLE, NULL, "Paused by your timetable" },
};

static char *
describe (BtSwarmState  state,
          BtReason      reason,
          const char   *message)
{
  const BtSwarmFacts facts = {
    .state = state,
    .reason = reason,
    .n_peers = 7,
    .n_unchoked_by = 3,
    .n_unchoked = 2,
    .n_connecting = 4,
    .n_known = 9,
    .reason_piece = 5,
    .reason_peers = 6,
    .message = (char *) message,
  };

  return bt_facts_describe (&facts);
}

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      g_autofree char *text = describe (descriptions[i].state, descriptions[i].reason,
                                        descriptions[i].message);

      g_assert_cmpstr (text, ==, descriptions[i].text);
    }
}

/* Nobody has any of several: none is named. */
static void
test_no_piece (void)
{
  const BtSwarmFacts facts = {
    .state = BT_SWARM_DOWNLOADING,
    .reason = BT_REASON_NO_PIECES,
    .n_peers = 7,
    .reason_piece = G_MAXUINT32,
  };
  g_autofree char *text = bt_facts_describe (&facts);

  g_assert_cmpstr (text, ==, "No peer (of 7) has a piece missing here");
}

static void
test_web_seeds (void)
{
  const BtSwarmFacts facts = {
    .state = BT_SWARM_DOWNLOADING,
    .n_peers = 7,
    .n_unchoked_by = 3,
    .n_web_seeds = 2,
  };
  g_autofree char *text = bt_facts_describe (&facts);

  g_assert_cmpstr (text, ==, "Downloading from 3 of 7 peers; web seeds: 2");
}

/* The table leaves nothing out. */
static void
test_all_are_there (void)
{
  guint64 states = 0;
  guint64 reasons = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      reasons |= (guint64) 1 << descriptions[i].reason;
      if (descriptions[i].reason == BT_REASON_NONE)
        states |= (guint64) 1 << descriptions[i].state;
    }
  g_assert_cmpuint (states, ==, ((guint64) 1 << (LAST_STATE + 1)) - 1);
  g_assert_cmpuint (reasons, ==, ((guint64) 1 << (LAST_REASON + 1)) - 1);
}

/* Values that mean the same thing, one as a state, one as a reason. */
static gboolean
means_the_same (BtSwarmState state,
                BtReason     reason)
{
  return (state == BT_SWARM_MISSING && reason == BT_REASON_MISSING) ||
         (state == BT_SWARM_MOVING && reason == BT_REASON_MOVING) ||
         (state == BT_SWARM_NO_SPACE && reason == BT_REASON_NO_SPACE);
}

static void
test_no_two_alike (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint state = 0; state <= LAST_STATE; state++)
    {
      char *text = describe (state, BT_REASON_NONE, NULL);

      g_assert_cmpstr (text, !=, "");
      g_assert_true (g_hash_table_insert (seen, text, GUINT_TO_POINTER (state)));
    }
  for (guint reason = 1; reason <= LAST_REASON; reason++)
    {
      char *text = describe (BT_SWARM_DOWNLOADING, reason, NULL);
      gpointer state;

      g_assert_cmpstr (text, !=, "");
      if (g_hash_table_lookup_extended (seen, text, NULL, &state))
        g_assert_true (means_the_same (GPOINTER_TO_UINT (state), reason));
      g_hash_table_insert (seen, text, GUINT_TO_POINTER (LAST_STATE + 1));
    }
}

/* A terminal's line has 80 columns, and a name and a bar before it. */
static void
test_short (void)
{
  for (guint state = 0; state <= LAST_STATE; state++)
    for (guint reason = 0; reason <= LAST_REASON; reason++)
      {
        g_autofree char *text = describe (state, reason, NULL);

        g_assert_cmpuint (strlen (text), <, 70);
        g_assert_null (strchr (text, '\n'));
      }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/words/table", test_table);
  g_test_add_func ("/supervisor/words/no-piece", test_no_piece);
  g_test_add_func ("/supervisor/words/web-seeds", test_web_seeds);
  g_test_add_func ("/supervisor/words/all-are-there", test_all_are_there);
  g_test_add_func ("/supervisor/words/no-two-alike", test_no_two_alike);
  g_test_add_func ("/supervisor/words/short", test_short);
  return g_test_run ();
}
