/* test-transfer.c - supervisors that download from each other, each on its own thread
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "party.h"

#include "trackers/bt-trackers.h"

#include <glib/gstdio.h>
#include <string.h>

#define PIECE_BYTES 16384
#define MIB         (1024 * 1024)

static const TestFile two_mib[] = {
  { "two.bin", 2 * MIB },
  { NULL }
};

static const TestFile three_files[] = {
  { "a", 5 * PIECE_BYTES },
  { "b", 7 * PIECE_BYTES },
  { "c", 3 * PIECE_BYTES },
  { NULL }
};

/* What was told of a torrent, in the order of the snapshots. */
typedef struct
{
  guint        n_changed;
  guint        n_state;
  guint        n_progress;
  guint        n_complete;
  double       progress;
  BtSwarmState state;
} Told;

static void
state_cb (Told       *told,
          GParamSpec *pspec,
          BtTorrent  *torrent)
{
  BtSwarmState state = bt_torrent_get_facts (torrent)->state;

  g_assert_cmpint (state, !=, told->state);
  told->state = state;
  told->n_state++;
}

static void
progress_cb (Told       *told,
             GParamSpec *pspec,
             BtTorrent  *torrent)
{
  double progress = bt_torrent_get_progress (torrent);

  g_assert_cmpfloat (progress, >, told->progress);
  told->progress = progress;
  told->n_progress++;
}

static void
complete_cb (Told       *told,
             GParamSpec *pspec,
             BtTorrent  *torrent)
{
  g_assert_true (bt_torrent_is_complete (torrent));
  told->n_complete++;
}

static void
changed_cb (Told      *told,
            BtTorrent *torrent)
{
  told->n_changed++;
}

static void
listen_to (BtTorrent *torrent,
           Told      *told)
{
  told->state = bt_torrent_get_facts (torrent)->state;
  told->progress = bt_torrent_get_progress (torrent);
  g_signal_connect_swapped (torrent, "notify::state", G_CALLBACK (state_cb), told);
  g_signal_connect_swapped (torrent, "notify::progress", G_CALLBACK (progress_cb), told);
  g_signal_connect_swapped (torrent, "notify::is-complete", G_CALLBACK (complete_cb), told);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), told);
}

/* Two supervisors and a torrent that one has and the other wants. */
typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  Party      *seed;
  Party      *leech;
  BtTorrent  *seeding;
} Pair;

static void
pair_set_up (Pair           *pair,
             const char     *name,
             const TestFile *files,
             guint64         upload_bps)
{
  BtSupervisorOptions options = { .write_limit_bps = upload_bps };

  pair->world = test_world_new ();
  pair->metainfo = test_world_make_torrent (pair->world, name, files, PIECE_BYTES, NULL);
  pair->seed = party_start (pair->world, &options);
  pair->leech = party_start (pair->world, NULL);
  pair->seeding = party_add (pair->seed, pair->metainfo, pair->world->folder, NULL);
  torrent_wait_state (pair->seeding, pair->world, BT_SWARM_SEEDING);
}

static void
pair_tear_down (Pair *pair)
{
  g_object_unref (pair->seeding);
  party_free (pair->leech);
  party_free (pair->seed);
  bt_metainfo_unref (pair->metainfo);
  test_world_free (pair->world);
}

static void
test_download (void)
{
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autofree char *text = NULL;
  const BtSwarmFacts *facts;
  Told told = { 0 };

  /* Slow enough for a few snapshots on the way. */
  pair_set_up (&pair, "two.bin", two_mib, MIB);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, NULL);
  g_assert_cmpuint (pair.leech->n_added, ==, 1);
  g_assert_cmpstr (bt_torrent_get_name (torrent), ==, "two.bin");
  g_assert_true (bt_torrent_get_metainfo (torrent) == pair.metainfo);
  g_assert_false (bt_torrent_is_complete (torrent));
  listen_to (torrent, &told);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);

  facts = bt_torrent_get_facts (torrent);
  g_assert_cmpuint (facts->done_bytes, ==, 2 * MIB);
  g_assert_cmpuint (facts->n_have, ==, 128);
  g_assert_cmpuint (facts->received_bytes, ==, 2 * MIB);
  g_assert_cmpuint (told.n_complete, ==, 1);
  g_assert_cmpuint (told.n_progress, >=, 2);
  g_assert_cmpfloat (told.progress, ==, 1);
  g_assert_cmpuint (told.n_changed, >=, told.n_progress);
  g_assert_cmpuint (told.n_state, >=, 1);
  text = bt_torrent_describe (torrent);
  g_assert_true (g_str_has_prefix (text, "Seeding"));
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  pair_tear_down (&pair);
}

static BtMagnet *
make_magnet (Pair *pair)
{
  g_autoptr (BtMagnet) bare = bt_magnet_new_from_metainfo (pair->metainfo, NULL);
  g_autofree char *link = bt_magnet_to_uri (bare);
  char address[BT_ADDRESS_STRING_BYTES];
  BtAddress at = party_get_address (pair->seed);
  g_autofree char *whole = NULL;

  whole = g_strdup_printf ("%s&x.pe=%s", link, bt_address_to_string (&at, address));
  return bt_magnet_new_from_uri (whole, NULL);
}

static gboolean
knows_files (gpointer user_data)
{
  return bt_torrent_get_record (user_data)->n_files > 0;
}

/* On the list at once, by its link; the rest comes by itself. */
static void
test_magnet (void)
{
  Pair pair;
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autoptr (GError) error = NULL;
  BtAddOptions options = { 0 };
  Call call = { NULL };

  pair_set_up (&pair, "two.bin", two_mib, 0);
  magnet = make_magnet (&pair);
  options.folder = pair.leech->folder;
  bt_supervisor_add_magnet_async (pair.leech->supervisor, magnet, &options, NULL, call_cb, &call);
  torrent = bt_supervisor_add_finish (pair.leech->supervisor, call_wait (&call, pair.world),
                                      &error);
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_cmpstr (bt_torrent_get_name (torrent), ==, "two.bin");
  /* A link, unless it was learnt already what it is. */
  g_assert_true (knows_files (torrent) ||
                 (bt_torrent_get_record (torrent)->flags & BT_RECORD_MAGNET) != 0);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  g_assert_true (knows_files (torrent));
  g_assert_false (bt_torrent_get_record (torrent)->flags & BT_RECORD_MAGNET);
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  pair_tear_down (&pair);
}

/* Looked at, then wanted: whoever told of it is asked first. */
static void
test_preview (void)
{
  Pair pair;
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (BtMetainfo) metainfo = NULL;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autoptr (GArray) known = NULL;
  g_autoptr (GError) error = NULL;
  BtAddOptions options = { 0 };
  Call call = { NULL };

  pair_set_up (&pair, "two.bin", two_mib, 0);
  magnet = make_magnet (&pair);
  bt_supervisor_preview_async (pair.leech->supervisor, magnet, NULL, 0, NULL, NULL, NULL, call_cb,
                               &call);
  metainfo = bt_supervisor_preview_finish (pair.leech->supervisor, call_wait (&call, pair.world),
                                           &known, &error);
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_cmpuint (pair.leech->n_added, ==, 0);
  g_assert_cmpuint (known->len, ==, 1);
  g_assert_cmpuint (bt_metainfo_get_content_bytes (metainfo), ==, 2 * MIB);
  options.peers = (const BtKnownAddress *) (gconstpointer) known->data;
  options.n_peers = known->len;
  torrent = party_add (pair.leech, metainfo, NULL, &options);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  /* What is there is not looked at. */
  bt_supervisor_preview_async (pair.leech->supervisor, magnet, NULL, 0, NULL, NULL, NULL, call_cb,
                               &call);
  g_assert_null (bt_supervisor_preview_finish (pair.leech->supervisor,
                                               call_wait (&call, pair.world), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  call_clear (&call);
  pair_tear_down (&pair);
}

static gboolean
has_peer_row (gpointer user_data)
{
  const GArray *rows = bt_torrent_get_peer_rows (user_data);

  return rows != NULL && rows->len == 1 &&
         g_array_index (rows, BtPeerRow, 0).state == BT_PEER_DOWNLOADING;
}

static gboolean
has_no_rows (gpointer user_data)
{
  return bt_torrent_get_peer_rows (user_data) == NULL &&
         bt_torrent_get_tracker_rows (user_data) == NULL;
}

/* Rows come for who is watched, and only then. */
static void
test_peer_rows (void)
{
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  BtAddress address;
  BtPeerRow row;

  pair_set_up (&pair, "two.bin", two_mib, MIB);
  address = party_get_address (pair.seed);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, NULL);
  g_assert_true (has_no_rows (torrent));
  bt_torrent_set_watched (torrent, TRUE);
  g_assert_true (test_world_wait (pair.world, has_peer_row, torrent));
  row = g_array_index (bt_torrent_get_peer_rows (torrent), BtPeerRow, 0);
  g_assert_true (bt_address_equal (&row.address, &address));
  g_assert_cmpstr (row.client, ==, "Freshet " BT_VERSION);
  g_assert_true (row.is_outgoing);
  g_assert_true (row.is_seed);
  g_assert_true (row.am_interested);
  g_assert_false (row.is_choking_us);
  g_assert_cmpuint (row.n_pieces, ==, 128);
  g_assert_cmpuint (bt_torrent_get_tracker_rows (torrent)->len, ==, 0);
  bt_torrent_set_watched (torrent, FALSE);
  g_assert_true (test_world_wait (pair.world, has_no_rows, torrent));
  pair_tear_down (&pair);
}

static gboolean
has_failed_tracker (gpointer user_data)
{
  const GArray *rows = bt_torrent_get_tracker_rows (user_data);

  return rows != NULL && rows->len == 1 &&
         g_array_index (rows, BtTrackerFacts, 0).state == BT_TRACKER_FAILED &&
         bt_torrent_get_facts (user_data)->reason == BT_REASON_TRACKER_FAILED;
}

/* Nobody listens at port 1: the row and the description say so. */
static void
test_tracker_rows (void)
{
  static const char *url = "http://127.0.0.1:1/announce";
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, url);
  Party *party = party_start (world, NULL);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, NULL, NULL);
  g_autofree char *text = NULL;
  BtTrackerFacts *row;

  bt_torrent_set_watched (torrent, TRUE);
  g_assert_true (test_world_wait (world, has_failed_tracker, torrent));
  row = &g_array_index (bt_torrent_get_tracker_rows (torrent), BtTrackerFacts, 0);
  g_assert_cmpstr (row->url, ==, url);
  g_assert_cmpstr (row->message, !=, "");
  g_assert_cmpuint (row->tier, ==, 0);
  g_assert_cmpuint (bt_torrent_get_peer_rows (torrent)->len, ==, 0);
  text = bt_torrent_describe (torrent);
  g_assert_true (g_str_has_prefix (text, "No peers; tracker: “"));
  bt_torrent_announce (torrent);
  party_free (party);
  test_world_free (world);
}

static void
damage (const char *folder,
        const char *name,
        gsize       at)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  content[at] ^= 1;
  g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
}

static gboolean
has_verified (gpointer torrent)
{
  return bt_torrent_get_facts (torrent)->state == BT_SWARM_STOPPED &&
         !(bt_torrent_get_record (torrent)->flags & BT_RECORD_MUST_CHECK);
}

/* Of a torrent that is stopped. Commands are carried out in order, and what one has changed is told
 * before the next one is answered. */
static void
verify (Party     *party,
        BtTorrent *torrent,
        TestWorld *world,
        guint32    n_have)
{
  Call call = { NULL };
  g_autoptr (BtOverview) overview = NULL;
  g_autoptr (GError) error = NULL;

  bt_torrent_verify (torrent);
  bt_supervisor_get_overview_async (party->supervisor, NULL, call_cb, &call);
  overview = bt_supervisor_get_overview_finish (party->supervisor, call_wait (&call, world),
                                                &error);
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_true (test_world_wait (world, has_verified, torrent));
  g_assert_cmpint (bt_torrent_get_record (torrent)->checked_at_s, >, 0);
  g_assert_cmpuint (bt_torrent_get_facts (torrent)->n_have, ==, n_have);
}

/* What is on disk counts, not what was there before. */
static void
test_stop_verify_start (void)
{
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autofree char *path = NULL;

  pair_set_up (&pair, "two.bin", two_mib, 0);
  path = g_build_filename (pair.leech->folder, "two.bin", NULL);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, NULL);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  bt_torrent_stop (torrent);
  bt_torrent_stop (torrent);
  torrent_wait_state (torrent, pair.world, BT_SWARM_STOPPED);
  g_assert_true (bt_torrent_is_complete (torrent));
  verify (pair.leech, torrent, pair.world, 128);
  damage (pair.leech->folder, "two.bin", 3 * PIECE_BYTES);
  verify (pair.leech, torrent, pair.world, 127);
  g_assert_false (bt_torrent_is_complete (torrent));

  bt_torrent_start (torrent);
  bt_torrent_start (torrent);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  bt_torrent_stop (torrent);
  torrent_wait_state (torrent, pair.world, BT_SWARM_STOPPED);

  /* All gone: a seed of nothing must not come back, nor is everything fetched again unasked. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  bt_torrent_start (torrent);
  torrent_wait_state (torrent, pair.world, BT_SWARM_FAILED);
  g_assert_nonnull (bt_torrent_get_facts (torrent)->message);
  verify (pair.leech, torrent, pair.world, 0);
  bt_torrent_start (torrent);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  pair_tear_down (&pair);
}

/* Stopped half-way: what was received is on disk, and counts when it goes on. */
static void
test_stop_while_downloading (void)
{
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  guint32 n_have;

  pair_set_up (&pair, "two.bin", two_mib, MIB);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, NULL);
  torrent_wait_done (torrent, pair.world, 10 * PIECE_BYTES);
  party_stop (pair.leech);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
  n_have = bt_torrent_get_facts (torrent)->n_have;
  g_assert_cmpuint (n_have, >=, 10);
  g_assert_cmpuint (n_have, <, 128);
  g_clear_object (&torrent);

  bt_supervisor_set_limits (pair.seed->supervisor, 0, 0);
  {
    Party *next = party_start (pair.world, NULL);
    BtAddOptions options = { .is_paused = TRUE };
    BtAddress address = party_get_address (pair.seed);

    torrent = party_add (next, pair.metainfo, pair.leech->folder, &options);
    verify (next, torrent, pair.world, n_have);
    bt_torrent_start (torrent);
    bt_torrent_add_peer (torrent, &address);
    torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
    g_assert_cmpuint (bt_torrent_get_facts (torrent)->received_bytes, ==,
                      (guint64) (128 - n_have) * PIECE_BYTES);
    party_free (next);
  }
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  pair_tear_down (&pair);
}

/* Removed half-way: its data stays, and nothing more is told of it. */
static void
test_remove_while_downloading (void)
{
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autofree char *path = NULL;
  Told told = { 0 };

  pair_set_up (&pair, "two.bin", two_mib, MIB);
  path = g_build_filename (pair.leech->folder, "two.bin", NULL);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, NULL);
  torrent_wait_done (torrent, pair.world, 5 * PIECE_BYTES);
  bt_supervisor_remove (pair.leech->supervisor, torrent);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), &told);
  party_wait_ticks (pair.leech, 1);
  g_assert_cmpuint (told.n_changed, ==, 0);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  pair_tear_down (&pair);
}

/* Limits of the engine and of the torrent, set while it runs, hold and can be lifted. */
static void
test_limits (gconstpointer user_data)
{
  gboolean is_engine = GPOINTER_TO_INT (user_data);
  const guint64 limit_bps = 128 * 1024;
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  BtAddOptions options = { .is_paused = TRUE };
  guint64 n_received;

  pair_set_up (&pair, "two.bin", two_mib, 0);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, &options);
  if (is_engine)
    bt_supervisor_set_limits (pair.leech->supervisor, limit_bps, 0);
  else
    bt_torrent_set_limits (torrent, limit_bps, 0);
  bt_torrent_start (torrent);
  torrent_wait_done (torrent, pair.world, PIECE_BYTES);
  party_wait_ticks (pair.leech, 1);
  n_received = bt_torrent_get_facts (torrent)->received_bytes;
  /* One to three seconds and what may be saved up; without a limit it had been all at once. */
  g_assert_cmpuint (n_received, >=, limit_bps / 2);
  g_assert_cmpuint (n_received, <, 8 * limit_bps);

  if (is_engine)
    bt_supervisor_set_limits (pair.leech->supervisor, 0, 0);
  else
    bt_torrent_set_limits (torrent, 0, 0);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  test_assert_same_files (pair.metainfo, pair.world->folder, pair.leech->folder);
  pair_tear_down (&pair);
}

static void
test_selected_files (void)
{
  static const guint selected[] = { 1, 77 };   /* the second is not there: ignored */
  Pair pair;
  g_autoptr (BtTorrent) torrent = NULL;
  g_autofree char *there = NULL;
  g_autofree char *not_there = NULL;
  BtAddOptions options = { .selected_files = selected, .n_selected_files = 2 };
  const BtSwarmFacts *facts;

  pair_set_up (&pair, "sel", three_files, 0);
  there = g_build_filename (pair.leech->folder, "sel", "b", NULL);
  not_there = g_build_filename (pair.leech->folder, "sel", "a", NULL);
  torrent = party_download (pair.leech, pair.metainfo, pair.seed, &options);
  torrent_wait_state (torrent, pair.world, BT_SWARM_SEEDING);
  facts = bt_torrent_get_facts (torrent);
  g_assert_cmpuint (facts->wanted_bytes, ==, 7 * PIECE_BYTES);
  g_assert_cmpuint (facts->done_bytes, ==, 7 * PIECE_BYTES);
  g_assert_cmpuint (facts->n_have, ==, 7);
  g_assert_true (bt_torrent_is_complete (torrent));
  g_assert_true (g_file_test (there, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (not_there, G_FILE_TEST_EXISTS));
  pair_tear_down (&pair);
}

static void
quit_cb (GMainLoop *loop)
{
  g_main_loop_quit (loop);
}

static gboolean
too_late_cb (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
loop_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  gpointer *place = user_data;

  place[1] = g_object_ref (result);
  g_main_loop_quit (place[0]);
}

/* Runs the loop until the call has ended. */
static GAsyncResult *
run_loop (gpointer *place)
{
  g_main_loop_run (place[0]);
  return g_steal_pointer (&place[1]);
}

/* As an application does it: the default context, a main loop, and nothing made up. */
static void
test_default_context (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *folder = g_build_filename (world->folder, "leech", NULL);
  BtSupervisorOptions options = { 0 };
  BtAddOptions add = { .folder = world->folder };
  BtSupervisor *supervisors[2];
  BtTorrent *torrents[2];
  gpointer place[2] = { loop, NULL };
  guint late_id = g_timeout_add_seconds (30, too_late_cb, NULL);
  BtKnownAddress peer = { .sources = BT_SOURCE_PERSON };
  guint16 port;

  g_main_context_pop_thread_default (world->context);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &options.bind));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) started = NULL;
      g_autoptr (GAsyncResult) added = NULL;

      supervisors[i] = bt_supervisor_new (&options);
      bt_supervisor_start_async (supervisors[i], NULL, loop_cb, place);
      started = run_loop (place);
      g_assert_true (bt_supervisor_start_finish (supervisors[i], started, NULL));
      bt_supervisor_add_async (supervisors[i], metainfo, &add, NULL, loop_cb, place);
      added = run_loop (place);
      torrents[i] = bt_supervisor_add_finish (supervisors[i], added, NULL);
      g_assert_nonnull (torrents[i]);
      port = (guint16) bt_supervisor_get_port (supervisors[0]);
      g_assert_true (bt_address_parse ("127.0.0.1", port, &peer.address));
      add = (BtAddOptions) { .folder = folder, .peers = &peer, .n_peers = 1 };
    }
  g_signal_connect_swapped (torrents[1], "notify::is-complete", G_CALLBACK (quit_cb), loop);
  if (!bt_torrent_is_complete (torrents[1]))
    g_main_loop_run (loop);
  test_assert_same_files (metainfo, world->folder, folder);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) stopped = NULL;

      bt_supervisor_stop_async (supervisors[i], loop_cb, place);
      stopped = run_loop (place);
      g_assert_true (bt_supervisor_stop_finish (supervisors[i], stopped, NULL));
      g_object_unref (supervisors[i]);
      g_object_unref (torrents[i]);
    }
  g_source_remove (late_id);
  g_main_context_push_thread_default (world->context);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/transfer/download", test_download);
  g_test_add_func ("/supervisor/transfer/magnet", test_magnet);
  g_test_add_func ("/supervisor/transfer/preview", test_preview);
  g_test_add_func ("/supervisor/transfer/peer-rows", test_peer_rows);
  g_test_add_func ("/supervisor/transfer/tracker-rows", test_tracker_rows);
  g_test_add_func ("/supervisor/transfer/stop-verify-start", test_stop_verify_start);
  g_test_add_func ("/supervisor/transfer/stop-while-downloading", test_stop_while_downloading);
  g_test_add_func ("/supervisor/transfer/remove-while-downloading", test_remove_while_downloading);
  g_test_add_data_func ("/supervisor/transfer/limits-of-all", GINT_TO_POINTER (TRUE), test_limits);
  g_test_add_data_func ("/supervisor/transfer/limits-of-one", GINT_TO_POINTER (FALSE), test_limits);
  g_test_add_func ("/supervisor/transfer/selected-files", test_selected_files);
  g_test_add_func ("/supervisor/transfer/default-context", test_default_context);
  return g_test_run ();
}
