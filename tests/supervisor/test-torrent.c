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

static BtTorrent *
make_torrent (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  BtSnapshot *snapshot = g_new0 (BtSnapshot, 1);
  BtTorrent *torrent;

  snapshot->id = 1;
  snapshot->facts.total_bytes = 100000;
  snapshot->facts.wanted_bytes = 100000;
  torrent = bt_torrent_new (snapshot, metainfo);
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
  snapshot = make_snapshot (BT_SWARM_SEEDING, 80000);
  snapshot->facts.total_bytes = 200000;
  snapshot->facts.left_us = 5;
  snapshot->facts.message = g_strdup ("something");
  assert_told (torrent, &log, snapshot,
               "left-us message n-peers received-bps sent-bps size ");
}

static BtRecord *
make_record (const char *name)
{
  BtRecord *record = bt_record_new ();

  record->name = g_strdup (name);
  record->total_bytes = 1000;
  return record;
}

/* What is in the record is told when it changes; a snapshot without one leaves it as it was. */
static void
test_record (void)
{
  static const char *const labels[] = { "a", "b", NULL };
  g_autoptr (BtTorrent) torrent = make_torrent ();
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_auto (GStrv) told_labels = NULL;
  Log log = { names, told, 0 };
  BtSnapshot *snapshot;
  double ratio;
  guint position;

  g_signal_connect_swapped (torrent, "notify", G_CALLBACK (notify_cb), &log);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), &log);
  g_assert_nonnull (bt_torrent_get_record (torrent));
  snapshot = make_snapshot (BT_SWARM_STOPPED, 0);
  snapshot->record = make_record ("one");
  assert_told (torrent, &log, snapshot, "name ");
  g_assert_cmpstr (bt_torrent_get_name (torrent), ==, "one");
  snapshot = make_snapshot (BT_SWARM_STOPPED, 0);
  snapshot->record = make_record ("one");
  snapshot->record->position = 3;
  snapshot->record->sent_bytes = 500;
  snapshot->record->labels = g_strdupv ((char **) labels);
  assert_told (torrent, &log, snapshot, "labels position ratio ");
  assert_told (torrent, &log, make_snapshot (BT_SWARM_STOPPED, 0), "");
  g_object_get (torrent, "labels", &told_labels, "position", &position, "ratio", &ratio, NULL);
  g_assert_cmpstrv (told_labels, labels);
  g_assert_cmpuint (position, ==, 3);
  g_assert_cmpfloat (ratio, ==, 0.5);
  g_assert_cmpuint (bt_torrent_get_record (torrent)->position, ==, 3);
}

/* The door and the mailbox are two ways: what was overtaken does not count. */
static void
test_overtaken (void)
{
  g_autoptr (BtTorrent) torrent = make_torrent ();
  BtSnapshot *snapshot = make_snapshot (BT_SWARM_SEEDING, 80000);

  snapshot->serial = 7;
  bt_torrent_take_snapshot (torrent, snapshot);
  snapshot = make_snapshot (BT_SWARM_DOWNLOADING, 0);
  snapshot->serial = 6;
  bt_torrent_take_snapshot (torrent, snapshot);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_SEEDING);
  /* Another engine counts anew. */
  snapshot = make_snapshot (BT_SWARM_STOPPED, 0);
  snapshot->serial = 1;
  bt_torrent_take_first_snapshot (torrent, snapshot);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
}

/* A torrent of the state has its metainfo as long as it is watched. */
static void
test_metainfo (void)
{
  g_autoptr (BtTorrent) added = make_torrent ();
  BtMetainfo *metainfo = bt_torrent_get_metainfo (added);
  g_autoptr (BtTorrent) torrent = bt_torrent_new (make_snapshot (BT_SWARM_STOPPED, 0), NULL);
  BtSnapshot *snapshot = make_snapshot (BT_SWARM_STOPPED, 0);

  g_assert_nonnull (metainfo);
  g_assert_null (bt_torrent_get_metainfo (torrent));
  g_assert_null (bt_torrent_get_name (torrent));
  snapshot->details = g_new0 (BtDetails, 1);
  snapshot->details->metainfo = bt_metainfo_ref (metainfo);
  snapshot->details->piece_map = g_bytes_new_static ("map", 3);
  bt_torrent_take_snapshot (torrent, snapshot);
  g_assert_true (bt_torrent_get_metainfo (torrent) == metainfo);
  g_assert_nonnull (bt_torrent_get_piece_map (torrent));
  g_assert_null (bt_torrent_get_history (torrent));
  bt_torrent_take_snapshot (torrent, make_snapshot (BT_SWARM_STOPPED, 0));
  g_assert_null (bt_torrent_get_metainfo (torrent));
  g_assert_null (bt_torrent_get_piece_map (torrent));
  g_assert_true (bt_torrent_get_metainfo (added) == metainfo);
}

/* Ten thousand at rest have to be cheap. */
static void
test_size (void)
{
  GTypeQuery query;

  g_type_query (BT_TYPE_TORRENT, &query);
  g_assert_cmpuint (query.instance_size + sizeof (BtSnapshot) + sizeof (BtRecord), <, 1024);
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
  /* Likewise what has been moved; how much of it is there does not change. */
  snapshot = make_snapshot (BT_SWARM_MOVING, 80000);
  snapshot->facts.moving_bytes = 80000;
  snapshot->facts.moved_bytes = 60000;
  bt_torrent_take_snapshot (torrent, snapshot);
  assert_properties (torrent, BT_SWARM_MOVING, 0.75, TRUE);
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
  g_test_add_func ("/supervisor/torrent/notifications", test_notifications);
  g_test_add_func ("/supervisor/torrent/record", test_record);
  g_test_add_func ("/supervisor/torrent/overtaken", test_overtaken);
  g_test_add_func ("/supervisor/torrent/metainfo", test_metainfo);
  g_test_add_func ("/supervisor/torrent/size", test_size);
  g_test_add_func ("/supervisor/torrent/properties", test_properties);
  g_test_add_func ("/supervisor/torrent/no-engine", test_no_engine);
  return g_test_run ();
}
