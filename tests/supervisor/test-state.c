/* test-state.c - a supervisor with a state: what is set stays, and what cannot be kept is said
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "party.h"

#include <glib/gstdio.h>
#include <string.h>

#define PIECE_BYTES 16384

static const TestFile two_files[] = {
  { "a", 5 * PIECE_BYTES },
  { "b", 3 * PIECE_BYTES },
  { NULL }
};

static const TestFile one_file[] = {
  { "one.bin", 20 * PIECE_BYTES },
  { NULL }
};

static char *
make_state_path (TestWorld *world)
{
  return g_build_filename (world->folder, "state", "freshet.db", NULL);
}

static Party *
start_with (TestWorld  *world,
            const char *state_path)
{
  BtSupervisorOptions options = { .state_path = state_path };

  return party_start (world, &options);
}

static BtTorrent *
get_torrent (Party *party,
             guint  index)
{
  return g_list_model_get_item (bt_supervisor_get_torrents (party->supervisor), index);
}

static guint
count_torrents (Party *party)
{
  return g_list_model_get_n_items (bt_supervisor_get_torrents (party->supervisor));
}

static BtMetainfo *
make_torrent (TestWorld      *world,
              const char     *name,
              const TestFile *files)
{
  return test_world_make_torrent (world, name, files, PIECE_BYTES, "http://127.0.0.1:1/announce");
}

/* --- What is set stays --- */

static void
set_everything (BtTorrent *torrent)
{
  static const char *const labels[] = { "linux", "iso", NULL };
  static const guint files[] = { 1, 99 };
  static const char *const web_seeds[] = { "http://127.0.0.1:1/w", "ftp://no/", "https://w/",
                                           NULL };
  BtTrackerRecord trackers[] = {
    { 0, (char *) "http://127.0.0.1:1/a" },
    { 1, (char *) "udp://Tracker.Example.org:1/b" },
    { 1, (char *) "http://127.0.0.1:2/b" },
  };

  bt_torrent_set_name (torrent, "another name");
  bt_torrent_set_labels (torrent, labels);
  bt_torrent_set_limits (torrent, 1000, 2000);
  bt_torrent_set_share_limits (torrent, 1.5, 3600, BT_RATIO_NONE, BT_AFTER_SHARE_SUPER_SEED);
  bt_torrent_set_places (torrent, 17, 3);
  bt_torrent_set_sequential (torrent, TRUE);
  bt_torrent_set_super_seeding (torrent, TRUE);
  bt_torrent_set_priority (torrent, files, 2, BT_PRIORITY_HIGH);
  bt_torrent_set_trackers (torrent, trackers, G_N_ELEMENTS (trackers));
  bt_torrent_set_web_seeds (torrent, web_seeds);
}

static gboolean
has_everything (gpointer user_data)
{
  const BtRecord *record = bt_torrent_get_record (user_data);

  return g_strcmp0 (record->name, "another name") == 0 && record->labels != NULL &&
         record->tracker_hosts != NULL && record->tracker_hosts[1] != NULL &&
         record->write_limit_bps == 2000 && record->max_peers == 17 &&
         (record->flags & BT_RECORD_SUPER_SEED);
}

static void
assert_everything (BtTorrent *torrent)
{
  const BtRecord *record = bt_torrent_get_record (torrent);

  g_assert_cmpstr (bt_torrent_get_name (torrent), ==, "another name");
  g_assert_cmpstr (record->labels[0], ==, "iso");
  g_assert_cmpstr (record->labels[1], ==, "linux");
  g_assert_null (record->labels[2]);
  g_assert_cmpstr (record->tracker_hosts[0], ==, "127.0.0.1");
  g_assert_cmpstr (record->tracker_hosts[1], ==, "tracker.example.org");
  g_assert_null (record->tracker_hosts[2]);
  g_assert_cmpuint (record->read_limit_bps, ==, 1000);
  g_assert_cmpuint (record->write_limit_bps, ==, 2000);
  g_assert_cmpfloat (record->ratio_limit, ==, 1.5);
  g_assert_cmpint (record->seed_time_limit_s, ==, 3600);
  g_assert_cmpint (record->idle_limit_s, ==, BT_RATIO_NONE);
  g_assert_cmpint (record->after_share, ==, BT_AFTER_SHARE_SUPER_SEED);
  g_assert_cmpuint (record->max_peers, ==, 17);
  g_assert_cmpuint (record->upload_slots, ==, 3);
  g_assert_cmpuint (record->flags & BT_RECORD_SEQUENTIAL, !=, 0);
  g_assert_cmpuint (record->flags & BT_RECORD_SUPER_SEED, !=, 0);
  g_assert_cmpuint (record->flags & BT_RECORD_PAUSED, !=, 0);
  g_assert_cmpint (record->added_at_s, >, 0);
}

static gboolean
has_details (gpointer user_data)
{
  const GArray *rows = bt_torrent_get_tracker_rows (user_data);
  const GArray *web_seeds = bt_torrent_get_web_seed_rows (user_data);

  return rows != NULL && rows->len == 3 && web_seeds != NULL && web_seeds->len > 0 &&
         bt_torrent_get_file_rows (user_data) != NULL;
}

static gboolean
has_no_details (gpointer user_data)
{
  return bt_torrent_get_tracker_rows (user_data) == NULL;
}

/* What only the details tell. */
static void
assert_details (BtTorrent *torrent,
                TestWorld *world)
{
  const GArray *rows;

  bt_torrent_set_watched (torrent, TRUE);
  g_assert_true (test_world_wait (world, has_details, torrent));
  rows = bt_torrent_get_tracker_rows (torrent);
  g_assert_cmpstr (g_array_index (rows, BtTrackerFacts, 0).url, ==, "http://127.0.0.1:1/a");
  g_assert_cmpuint (g_array_index (rows, BtTrackerFacts, 1).tier, ==, 1);
  rows = bt_torrent_get_web_seed_rows (torrent);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (rows, BtWebSeedRow, 1).url, ==, "https://w/");
  rows = bt_torrent_get_file_rows (torrent);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpint (g_array_index (rows, BtFileRow, 0).priority, ==, BT_PRIORITY_NORMAL);
  g_assert_cmpint (g_array_index (rows, BtFileRow, 1).priority, ==, BT_PRIORITY_HIGH);
  g_assert_cmpuint (g_bytes_get_size (bt_torrent_get_piece_map (torrent)), ==, 8);
  g_assert_nonnull (bt_torrent_get_history (torrent));
  g_assert_nonnull (bt_torrent_get_metainfo (torrent));
  bt_torrent_set_watched (torrent, FALSE);
  g_assert_true (test_world_wait (world, has_no_details, torrent));
}

static void
test_settings (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "two", two_files);
  Party *party = start_with (world, path);
  BtAddOptions options = { .is_paused = TRUE };
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, &options);
  g_autoptr (BtTorrent) again = NULL;
  guint64 id = bt_torrent_get_id (torrent);

  set_everything (torrent);
  g_assert_true (test_world_wait (world, has_everything, torrent));
  assert_everything (torrent);
  assert_details (torrent, world);
  party_free (party);

  party = start_with (world, path);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  g_assert_cmpuint (party->n_added, ==, 0);
  again = get_torrent (party, 0);
  g_assert_true (again != torrent);
  g_assert_cmpuint (bt_torrent_get_id (again), ==, id);
  g_assert_true (bt_supervisor_find (party->supervisor, metainfo) == again);
  g_assert_cmpint (bt_torrent_get_facts (again)->state, ==, BT_SWARM_STOPPED);
  g_assert_null (bt_torrent_get_metainfo (again));
  assert_everything (again);
  assert_details (again, world);
  g_assert_null (bt_torrent_get_metainfo (again));
  party_free (party);
  test_world_free (world);
}

/* --- Starting --- */

static void
items_cb (guint *n_calls,
          guint  position,
          guint  n_removed,
          guint  n_added)
{
  (*n_calls)++;
  g_assert_cmpuint (n_added, ==, 3);
}

/* All come at once, before the start has ended; the same objects when it stops and starts again. */
static void
test_list_at_once (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  Party *party = start_with (world, path);
  BtSupervisorOptions options = { .state_path = path };
  BtAddOptions add = { .is_paused = TRUE };
  g_autoptr (BtTorrent) first = NULL;
  g_autoptr (BtTorrent) again = NULL;
  Call call = { NULL };
  guint n_calls = 0;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("one%u", i);
      const TestFile files[] = { { name, 1000 + i }, { NULL } };
      g_autoptr (BtMetainfo) metainfo = make_torrent (world, name, files);

      g_object_unref (party_add (party, metainfo, world->folder, &add));
    }
  party_free (party);

  party = party_new (world, &options);
  g_signal_connect_swapped (bt_supervisor_get_torrents (party->supervisor), "items-changed",
                            G_CALLBACK (items_cb), &n_calls);
  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  call_wait (&call, world);
  call_clear (&call);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, 3);
  first = get_torrent (party, 0);
  g_assert_cmpuint (bt_torrent_get_record (first)->position, ==, 0);

  party_stop (party);
  bt_torrent_start (first);   /* nobody listens */
  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  call_wait (&call, world);
  call_clear (&call);
  g_assert_cmpuint (n_calls, ==, 2);
  again = get_torrent (party, 0);
  g_assert_true (again == first);
  g_signal_handlers_disconnect_by_data (bt_supervisor_get_torrents (party->supervisor), &n_calls);
  bt_supervisor_remove (party->supervisor, first);
  party_wait_ticks (party, 1);
  g_assert_cmpuint (count_torrents (party), ==, 2);
  g_assert_cmpuint (party->n_added, ==, 0);
  party_free (party);
  test_world_free (world);
}

/* What is on disk as it was left is believed. */
static void
test_no_hashing (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "one.bin", one_file);
  Party *party = start_with (world, path);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);
  g_autoptr (BtTorrent) again = NULL;

  torrent_wait_state (torrent, world, BT_SWARM_SEEDING);
  g_assert_cmpuint (bt_torrent_get_facts (torrent)->checked_bytes, ==, 20 * PIECE_BYTES);
  party_free (party);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);

  party = start_with (world, path);
  again = get_torrent (party, 0);
  g_assert_true (bt_torrent_is_complete (again));
  torrent_wait_state (again, world, BT_SWARM_SEEDING);
  g_assert_cmpuint (bt_torrent_get_facts (again)->checked_bytes, ==, 0);
  party_free (party);
  test_world_free (world);
}

/* --- When the state cannot be had --- */

static void
assert_start_fails (Party        *party,
                    BtStoreError  code)
{
  Call call = { NULL };
  g_autoptr (GError) error = NULL;

  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  g_assert_false (bt_supervisor_start_finish (party->supervisor, call_wait (&call, party->world),
                                              &error));
  g_assert_error (error, BT_STORE_ERROR, (int) code);
  call_clear (&call);
}

static void
test_locked (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  BtSupervisorOptions options = { .state_path = path };
  Party *first = party_start (world, &options);
  Party *second = party_new (world, &options);
  Call call = { NULL };

  assert_start_fails (second, BT_STORE_ERROR_LOCKED);
  party_free (first);
  bt_supervisor_start_async (second->supervisor, NULL, call_cb, &call);
  g_assert_true (bt_supervisor_start_finish (second->supervisor, call_wait (&call, world), NULL));
  call_clear (&call);
  party_free (second);
  test_world_free (world);
}

static char **
list_copies (Party *party)
{
  Call call = { NULL };
  g_autoptr (GError) error = NULL;
  char **copies;

  bt_supervisor_list_copies_async (party->supervisor, NULL, call_cb, &call);
  copies = bt_supervisor_list_copies_finish (party->supervisor, call_wait (&call, party->world),
                                             &error);
  g_assert_no_error (error);
  call_clear (&call);
  return copies;
}

static void
test_corrupt (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "one.bin", one_file);
  BtSupervisorOptions options = { .state_path = path };
  BtAddOptions add = { .is_paused = TRUE };
  Party *party = party_start (world, &options);
  g_auto (GStrv) copies = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { NULL };

  g_object_unref (party_add (party, metainfo, world->folder, &add));
  party_free (party);
  g_unlink (wal);
  g_assert_true (g_file_set_contents (path, "This is no database, whoever wrote it", -1, NULL));

  party = party_new (world, &options);
  assert_start_fails (party, BT_STORE_ERROR_CORRUPT);
  copies = list_copies (party);
  g_assert_cmpuint (g_strv_length (copies), ==, 1);
  bt_supervisor_restore_async (party->supervisor, copies[0], NULL, call_cb, &call);
  g_assert_true (bt_supervisor_restore_finish (party->supervisor, call_wait (&call, world),
                                               &error));
  g_assert_no_error (error);
  call_clear (&call);
  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  g_assert_true (bt_supervisor_start_finish (party->supervisor, call_wait (&call, world), &error));
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  party_free (party);

  /* Without a state there is nothing to restore. */
  party = party_new (world, NULL);
  bt_supervisor_list_copies_async (party->supervisor, NULL, call_cb, &call);
  g_assert_null (bt_supervisor_list_copies_finish (party->supervisor, call_wait (&call, world),
                                                   &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  call_clear (&call);
  party_free (party);
  test_world_free (world);
}

/* --- Work --- */

/* Downloads nothing: the data is there, and was not made by us. */
static void
test_work (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autofree char *target = g_build_filename (world->folder, "target", NULL);
  g_autofree char *moved = g_build_filename (target, "two", "a", NULL);
  g_autofree char *renamed = g_build_filename (target, "two", "c", NULL);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "two", two_files);
  Party *party = start_with (world, path);
  BtAddOptions options = { .must_be_complete = TRUE };
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, &options);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) kept = NULL;
  Call call = { NULL };

  torrent_wait_state (torrent, world, BT_SWARM_SEEDING);
  bt_torrent_move_async (torrent, target, NULL, call_cb, &call);
  g_assert_true (bt_torrent_move_finish (torrent, call_wait (&call, world), &error));
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_true (g_file_test (moved, G_FILE_TEST_EXISTS));

  bt_torrent_rename_async (torrent, 0, "two/a", "two/c", NULL, call_cb, &call);
  g_assert_true (bt_torrent_rename_finish (torrent, call_wait (&call, world), &error));
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_true (g_file_test (renamed, G_FILE_TEST_EXISTS));

  /* It was there before us: it stays, whatever is asked. */
  bt_supervisor_remove_async (party->supervisor, torrent, BT_REMOVE_TRASH_DATA, NULL, call_cb,
                              &call);
  g_assert_true (bt_supervisor_remove_finish (party->supervisor, call_wait (&call, world), &kept,
                                              &error));
  g_assert_no_error (error);
  call_clear (&call);
  g_assert_nonnull (kept);
  g_assert_true (g_file_test (renamed, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_torrents (party), ==, 0);
  g_assert_cmpuint (party->n_removed, ==, 1);

  bt_torrent_move_async (torrent, target, NULL, call_cb, &call);
  g_assert_false (bt_torrent_move_finish (torrent, call_wait (&call, world), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  call_clear (&call);
  party_free (party);
  test_world_free (world);
}

/* What it made goes to the trash, and is found there. */
static void
test_trash (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "one.bin", one_file);
  Party *seed = party_start (world, NULL);
  Party *party = start_with (world, path);
  g_autoptr (BtTorrent) seeding = party_add (seed, metainfo, world->folder, NULL);
  g_autofree char *made = g_build_filename (party->folder, "one.bin", NULL);
  g_autofree char *in_trash =
      g_build_filename (g_get_user_data_dir (), "Trash", "files", "one.bin", NULL);
  g_autoptr (BtTorrent) torrent = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { NULL };

  torrent_wait_state (seeding, world, BT_SWARM_SEEDING);
  torrent = party_download (party, metainfo, seed, NULL);
  torrent_wait_state (torrent, world, BT_SWARM_SEEDING);
  g_assert_true (g_file_test (made, G_FILE_TEST_EXISTS));
  bt_supervisor_remove_async (party->supervisor, torrent, BT_REMOVE_TRASH_DATA, NULL, call_cb,
                              &call);
  if (bt_supervisor_remove_finish (party->supervisor, call_wait (&call, world), NULL, &error))
    {
      g_assert_false (g_file_test (made, G_FILE_TEST_EXISTS));
      g_assert_true (g_file_test (in_trash, G_FILE_TEST_EXISTS));
      g_assert_cmpuint (count_torrents (party), ==, 0);
    }
  else
    {
      /* This file system has no trash: nothing happened. */
      g_test_message ("no trash: %s", error->message);
      g_assert_true (g_file_test (made, G_FILE_TEST_EXISTS));
      g_assert_cmpuint (count_torrents (party), ==, 1);
    }
  call_clear (&call);
  party_free (party);
  party_free (seed);
  test_world_free (world);
}

/* --- The queue --- */

static void
test_queue (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  BtSupervisorOptions options = { .state_path = path, .settings = { .max_downloads = 1,
                                                                    .count_idle = TRUE } };
  Party *party = party_start (world, &options);
  BtSettings settings = *bt_supervisor_get_settings (party->supervisor);
  BtTorrent *torrents[2];

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = g_strdup_printf ("one%u", i);
      const TestFile files[] = { { name, 3 * PIECE_BYTES + i }, { NULL } };
      g_autoptr (BtMetainfo) metainfo = make_torrent (world, name, files);

      torrents[i] = party_add (party, metainfo, NULL, NULL);
    }
  torrent_wait_state (torrents[0], world, BT_SWARM_DOWNLOADING);
  torrent_wait_state (torrents[1], world, BT_SWARM_QUEUED);
  bt_torrent_set_position (torrents[1], 0);
  torrent_wait_state (torrents[1], world, BT_SWARM_DOWNLOADING);
  torrent_wait_state (torrents[0], world, BT_SWARM_QUEUED);
  g_assert_cmpuint (bt_torrent_get_record (torrents[1])->position, ==, 0);
  g_assert_cmpuint (bt_torrent_get_record (torrents[0])->position, ==, 1);
  bt_torrent_start_forced (torrents[0]);
  torrent_wait_state (torrents[0], world, BT_SWARM_DOWNLOADING);
  bt_torrent_start (torrents[0]);
  torrent_wait_state (torrents[0], world, BT_SWARM_QUEUED);
  settings.max_downloads = 2;
  bt_supervisor_set_settings (party->supervisor, &settings);
  torrent_wait_state (torrents[0], world, BT_SWARM_DOWNLOADING);
  g_object_unref (torrents[0]);
  g_object_unref (torrents[1]);
  party_free (party);
  test_world_free (world);
}

/* --- Offline --- */

static gboolean
is_resting (gpointer user_data)
{
  return bt_torrent_get_facts (user_data)->state == BT_SWARM_QUEUED &&
         bt_torrent_get_record (user_data)->checked_at_s != 0;
}

/* Nothing listens and nothing runs; what is there can be edited and checked all the same. */
static void
test_offline (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = make_state_path (world);
  g_autoptr (BtMetainfo) metainfo = make_torrent (world, "one", one_file);
  BtSupervisorOptions options = { .state_path = path, .is_offline = TRUE };
  Party *party = party_start (world, &options);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);
  g_autoptr (BtTorrent) again = NULL;

  g_assert_cmpuint (bt_supervisor_get_port (party->supervisor), ==, 0);
  bt_torrent_start (torrent);
  party_wait_ticks (party, 2);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_QUEUED);
  g_assert_cmpuint (bt_torrent_get_record (torrent)->n_have, ==, 0);
  bt_torrent_verify (torrent);
  g_assert_true (test_world_wait (world, is_resting, torrent));
  g_assert_cmpuint (bt_torrent_get_record (torrent)->n_have, ==, 20);
  bt_torrent_set_name (torrent, "edited");
  party_free (party);

  /* The next one that is not offline lets it go. */
  party = start_with (world, path);
  again = get_torrent (party, 0);
  g_assert_cmpstr (bt_torrent_get_name (again), ==, "edited");
  torrent_wait_state (again, world, BT_SWARM_SEEDING);
  g_assert_cmpuint (bt_torrent_get_facts (again)->checked_bytes, ==, 0);
  party_free (party);
  test_world_free (world);
}

/* --- Limits --- */

static void
note_alternative_cb (guint *n)
{
  (*n)++;
}

static gboolean
is_alternative (gpointer user_data)
{
  return bt_supervisor_is_alternative (user_data);
}

static void
test_alternative (void)
{
  TestWorld *world = test_world_new ();
  Party *party = party_start (world, NULL);
  BtSettings settings = *bt_supervisor_get_settings (party->supervisor);
  guint n = 0;

  g_signal_connect_swapped (party->supervisor, "notify::is-alternative",
                            G_CALLBACK (note_alternative_cb), &n);
  g_assert_false (bt_supervisor_is_alternative (party->supervisor));
  settings.use_alternative = TRUE;
  bt_supervisor_set_settings (party->supervisor, &settings);
  g_assert_true (test_world_wait (world, is_alternative, party->supervisor));
  g_assert_cmpuint (n, ==, 1);
  g_assert_null (bt_supervisor_get_trouble (party->supervisor));
  party_free (party);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *data_home = g_dir_make_tmp ("bt-state-XXXXXX", NULL);
  int status;

  /* A trash of its own, on the file system of the tests' folders. */
  g_setenv ("XDG_DATA_HOME", data_home, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/state/settings", test_settings);
  g_test_add_func ("/supervisor/state/list-at-once", test_list_at_once);
  g_test_add_func ("/supervisor/state/no-hashing", test_no_hashing);
  g_test_add_func ("/supervisor/state/locked", test_locked);
  g_test_add_func ("/supervisor/state/corrupt", test_corrupt);
  g_test_add_func ("/supervisor/state/work", test_work);
  g_test_add_func ("/supervisor/state/trash", test_trash);
  g_test_add_func ("/supervisor/state/queue", test_queue);
  g_test_add_func ("/supervisor/state/offline", test_offline);
  g_test_add_func ("/supervisor/state/alternative", test_alternative);
  status = g_test_run ();
  test_remove_tree (data_home);
  return status;
}
