/* test-torrent.c - what a torrent tells of its snapshots, without an engine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-torrent-private.h"

#include "test-node.h"

static const TestFile one_file[] = {
  { "one.bin", 100000 },
  { NULL }
};

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
  { BT_SWARM_CHECKING, BT_REASON_CHECK_QUEUE, NULL, "Waiting for another check to end" },
  { BT_SWARM_PREPARING, BT_REASON_NONE, NULL, "Making files" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NONE, NULL, "Downloading from 3 of 7 peers" },
  { BT_SWARM_SEEDING, BT_REASON_NONE, NULL, "Seeding to 2 of 7 peers" },
  { BT_SWARM_STOPPING, BT_REASON_NONE, NULL, "Stopping" },
  { BT_SWARM_FAILED, BT_REASON_NONE, "Permission denied", "Permission denied" },
  { BT_SWARM_FAILED, BT_REASON_NONE, NULL, "Failed" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NO_PEERS, NULL, "No peers are known yet" },
  { BT_SWARM_DOWNLOADING, BT_REASON_TRACKER_FAILED, "unregistered",
    "No peers; tracker: “unregistered”" },
  { BT_SWARM_DOWNLOADING, BT_REASON_TRACKER_FAILED, NULL, "No peers; tracker: “”" },
  { BT_SWARM_DOWNLOADING, BT_REASON_CONNECTING, NULL, "Connecting to peers" },
  { BT_SWARM_DOWNLOADING, BT_REASON_UNREACHABLE, NULL,
    "No peer (of 9) can be reached; trying on" },
  { BT_SWARM_DOWNLOADING, BT_REASON_NO_PIECES, NULL,
    "No peer (of 7) has a piece missing here" },
  { BT_SWARM_DOWNLOADING, BT_REASON_ALL_CHOKE, NULL,
    "Waiting for a turn (peers: 7)" },
  { BT_SWARM_DOWNLOADING, BT_REASON_STALLED, NULL, "Waiting for the peers to answer" },
  { BT_SWARM_DOWNLOADING, BT_REASON_LIMIT, NULL, "Kept at your speed limit" },
  { BT_SWARM_DOWNLOADING, BT_REASON_DISK, NULL, "The disk is slower than the peers" },
  { BT_SWARM_NO_SPACE, BT_REASON_NO_SPACE, "No space left on device",
    "Waiting for space on the disk: No space left on device" },
};

static BtTorrent *
make_torrent (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  BtTorrent *torrent = bt_torrent_new (1, metainfo);

  test_world_free (world);
  return torrent;
}

static BtSnapshot *
make_snapshot (BtSwarmState state,
               guint64      done_bytes)
{
  BtSnapshot *snapshot = g_new0 (BtSnapshot, 1);

  snapshot->id = 1;
  snapshot->facts.state = state;
  snapshot->facts.total_bytes = 100000;
  snapshot->facts.wanted_bytes = 80000;
  snapshot->facts.done_bytes = done_bytes;
  snapshot->facts.checked_bytes = 50000;
  snapshot->facts.to_check_bytes = 100000;
  snapshot->facts.n_have = done_bytes > 0;
  return snapshot;
}

static void
test_describe (void)
{
  g_autoptr (BtTorrent) torrent = make_torrent ();

  for (gsize i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      BtSnapshot *snapshot = make_snapshot (descriptions[i].state, 0);
      g_autofree char *text = NULL;

      snapshot->facts.reason = descriptions[i].reason;
      snapshot->facts.message = g_strdup (descriptions[i].message);
      snapshot->facts.n_peers = 7;
      snapshot->facts.n_unchoked_by = 3;
      snapshot->facts.n_unchoked = 2;
      snapshot->facts.n_connecting = 4;
      snapshot->facts.n_known = 9;
      bt_torrent_take_snapshot (torrent, snapshot);
      text = bt_torrent_describe (torrent);
      g_assert_cmpstr (text, ==, descriptions[i].text);
    }
}

typedef struct
{
  GPtrArray *names;       /* of the properties notified since the last change */
  GString   *told;        /* the same, sorted, as of the last change */
  guint      n_changed;
} Log;

static void
notify_cb (Log        *log,
           GParamSpec *pspec,
           BtTorrent  *torrent)
{
  g_ptr_array_add (log->names, (gpointer) pspec->name);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
changed_cb (Log       *log,
            BtTorrent *torrent)
{
  g_ptr_array_sort (log->names, compare_names);
  g_string_truncate (log->told, 0);
  for (guint i = 0; i < log->names->len; i++)
    g_string_append_printf (log->told, "%s ", (const char *) g_ptr_array_index (log->names, i));
  g_ptr_array_set_size (log->names, 0);
  log->n_changed++;
}

static void
assert_told (BtTorrent  *torrent,
             Log        *log,
             BtSnapshot *snapshot,
             const char *expected)
{
  guint n_changed = log->n_changed;

  bt_torrent_take_snapshot (torrent, snapshot);
  g_assert_cmpuint (log->n_changed, ==, n_changed + 1);
  g_assert_cmpstr (log->told->str, ==, expected);
  g_assert_cmpuint (log->names->len, ==, 0);
}

/* Only what changed is notified; `changed` comes last, always. */
static void
test_notifications (void)
{
  g_autoptr (BtTorrent) torrent = make_torrent ();
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  Log log = { names, told, 0 };
  BtSnapshot *snapshot;

  g_signal_connect_swapped (torrent, "notify", G_CALLBACK (notify_cb), &log);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), &log);
  assert_told (torrent, &log, make_snapshot (BT_SWARM_STOPPED, 0), "");
  assert_told (torrent, &log, make_snapshot (BT_SWARM_STOPPED, 0), "");
  assert_told (torrent, &log, make_snapshot (BT_SWARM_DOWNLOADING, 0), "state ");
  assert_told (torrent, &log, make_snapshot (BT_SWARM_DOWNLOADING, 40000), "progress ");
  assert_told (torrent, &log, make_snapshot (BT_SWARM_SEEDING, 80000),
               "is-complete progress state ");
  snapshot = make_snapshot (BT_SWARM_SEEDING, 80000);
  snapshot->facts.received_bps = 1;
  snapshot->facts.sent_bps = 2;
  snapshot->facts.n_peers = 3;
  assert_told (torrent, &log, snapshot, "n-peers received-bps sent-bps ");
}

static void
assert_properties (BtTorrent    *torrent,
                   BtSwarmState  state,
                   double        progress,
                   gboolean      is_complete)
{
  g_autofree char *name = NULL;
  guint64 received_bps, sent_bps;
  double told_progress;
  gboolean told_complete;
  guint n_peers;
  int told_state;

  g_object_get (torrent, "name", &name, "state", &told_state, "progress", &told_progress,
                "is-complete", &told_complete, "received-bps", &received_bps, "sent-bps", &sent_bps,
                "n-peers", &n_peers, NULL);
  g_assert_cmpstr (name, ==, "one.bin");
  g_assert_cmpint (told_state, ==, state);
  g_assert_cmpfloat (told_progress, ==, progress);
  g_assert_cmpfloat (bt_torrent_get_progress (torrent), ==, progress);
  g_assert_cmpint (told_complete, ==, is_complete);
  g_assert_cmpint (bt_torrent_is_complete (torrent), ==, is_complete);
  g_assert_cmpuint (received_bps, ==, bt_torrent_get_facts (torrent)->received_bps);
  g_assert_cmpuint (sent_bps, ==, bt_torrent_get_facts (torrent)->sent_bps);
  g_assert_cmpuint (n_peers, ==, bt_torrent_get_facts (torrent)->n_peers);
}

static void
test_properties (void)
{
  g_autoptr (BtTorrent) torrent = make_torrent ();
  BtSnapshot *snapshot;

  assert_properties (torrent, BT_SWARM_STOPPED, 0, FALSE);
  bt_torrent_take_snapshot (torrent, make_snapshot (BT_SWARM_DOWNLOADING, 20000));
  assert_properties (torrent, BT_SWARM_DOWNLOADING, 0.25, FALSE);
  /* While checking, the share that has been looked at; it may be whole and is not called so. */
  bt_torrent_take_snapshot (torrent, make_snapshot (BT_SWARM_CHECKING, 80000));
  assert_properties (torrent, BT_SWARM_CHECKING, 0.5, FALSE);
  bt_torrent_take_snapshot (torrent, make_snapshot (BT_SWARM_STOPPED, 80000));
  assert_properties (torrent, BT_SWARM_STOPPED, 1, TRUE);
  /* Nothing is wanted: there is nothing to wait for, and nothing is whole. */
  snapshot = make_snapshot (BT_SWARM_STOPPED, 0);
  snapshot->facts.wanted_bytes = 0;
  bt_torrent_take_snapshot (torrent, snapshot);
  assert_properties (torrent, BT_SWARM_STOPPED, 1, FALSE);
}

/* Wishes of a torrent that belongs to nobody are forgotten. */
static void
test_no_engine (void)
{
  g_autoptr (BtTorrent) torrent = make_torrent ();
  BtAddress address;

  g_assert_true (bt_address_parse ("127.0.0.1:1", 0, &address));
  bt_torrent_start (torrent);
  bt_torrent_stop (torrent);
  bt_torrent_verify (torrent);
  bt_torrent_announce (torrent);
  bt_torrent_add_peer (torrent, &address);
  bt_torrent_set_limits (torrent, 1, 2);
  bt_torrent_set_watched (torrent, TRUE);
  g_assert_null (bt_torrent_get_peer_rows (torrent));
  g_assert_null (bt_torrent_get_tracker_rows (torrent));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/torrent/describe", test_describe);
  g_test_add_func ("/supervisor/torrent/notifications", test_notifications);
  g_test_add_func ("/supervisor/torrent/properties", test_properties);
  g_test_add_func ("/supervisor/torrent/no-engine", test_no_engine);
  return g_test_run ();
}
