/* test-life.c - torrents of a library: added, run, stopped, kept, and there again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-library-private.h"
#include "shelf.h"

#include <glib/gstdio.h>
#include <string.h>

static const TestFile album[] = {
  { "one.bin", 300000 }, { "deep/two.bin", 200001 }, { "three.bin", 70000 }, { NULL, 0 },
};

typedef struct
{
  TestWorld  *world;
  TestNode   *seed;
  BtMetainfo *metainfo;
  Shelf      *shelf;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  has_state)
{
  fixture->world = test_world_new ();
  fixture->seed = test_node_new (fixture->world, NULL);
  fixture->metainfo = test_world_make_torrent (fixture->world, "album", album, 32768, NULL);
  test_node_add (fixture->seed, fixture->metainfo, fixture->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (fixture->seed, BT_SWARM_SEEDING));
  fixture->shelf = shelf_new (fixture->world, "shelf", NULL, has_state != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  has_state)
{
  shelf_free (fixture->shelf);
  test_node_free (fixture->seed);
  bt_metainfo_unref (fixture->metainfo);
  test_world_free (fixture->world);
}

static BtEntry *
add_and_complete (Fixture *fixture)
{
  BtEntry *entry = shelf_add (fixture->shelf, fixture->metainfo, NULL);

  g_assert_no_error (fixture->shelf->error);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  return entry;
}

/* --- Tests --- */

static void
test_complete (Fixture       *fixture,
               gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  const BtRecord *record = bt_entry_get_record (entry);

  test_assert_same_files (fixture->metainfo, fixture->world->folder, fixture->shelf->folder);
  g_assert_cmpuint (fixture->shelf->n_added, ==, 1);
  g_assert_cmpuint (record->received_bytes, >=, 570001);
  g_assert_cmpuint (record->done_bytes, ==, 570001);
  g_assert_cmpint (record->completed_at_s, >, 0);
  g_assert_cmpint (record->added_at_s, >, 0);
  g_assert_true (record->flags & BT_RECORD_COMPLETE);
  /* A second one is refused, and the first goes on. */
  g_assert_null (shelf_add (fixture->shelf, fixture->metainfo, NULL));
  g_assert_error (fixture->shelf->error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  bt_entry_stop (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_STOPPED);
  bt_entry_start (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (fixture->shelf), <=, 570001);
}

static void
test_restart (Fixture       *fixture,
              gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  guint64 received = bt_entry_get_record (entry)->received_bytes;

  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);
  entry = shelf_get_only (fixture->shelf);
  g_assert_cmpuint (bt_entry_get_record (entry)->done_bytes, ==, 570001);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (fixture->shelf), ==, 0);
  g_assert_cmpuint (bt_entry_get_record (entry)->received_bytes, ==, received);
  /* Paused ones stay so, and nothing of them is loaded. */
  bt_entry_stop (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_STOPPED);
  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);
  entry = shelf_get_only (fixture->shelf);
  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_STOPPED);
  g_assert_null (bt_entry_get_details (entry));
}

/* A torrent whose files are as it left them has nothing to sync, and nothing to save. */
static void
test_clean_start (Fixture       *fixture,
                  gconstpointer  has_state)
{
  BtAddRequest request = { .preallocate = BT_PREALLOCATE_SPARSE };
  BtEntry *entry = shelf_add (fixture->shelf, fixture->metainfo, &request);

  g_assert_no_error (fixture->shelf->error);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_DOWNLOADING);
  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);
  entry = shelf_get_only (fixture->shelf);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_DOWNLOADING);
  g_assert_true (shelf_has_file (fixture->shelf->folder, "album/one.bin.part"));
  g_assert_false (bt_swarm_is_dirty (entry->swarm));
  bt_entry_stop (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_STOPPED);
  g_assert_cmpuint ((entry->dirty | entry->saving) & BT_DIRTY_RESUME, ==, 0);
}

/* How long a torrent runs is kept, but not at every checkpoint. */
static void
test_running_time (Fixture       *fixture,
                   gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  gint64 active_s;

  test_node_free (fixture->seed);
  fixture->seed = test_node_new (fixture->world, NULL);
  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  shelf_save (fixture->shelf);
  active_s = bt_entry_get_record (entry)->active_s;
  for (guint i = 0; i < 60; i++)
    {
      test_world_pass (fixture->world, BT_SECOND_US);
      g_assert_true ((entry->dirty & BT_DIRTY_RECORD) == 0);
    }
  g_assert_cmpint (bt_entry_get_record (entry)->active_s, >=, active_s + 59);
  active_s = bt_entry_get_record (entry)->active_s;
  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);
  g_assert_cmpint (bt_entry_get_record (shelf_get_only (fixture->shelf))->active_s, >=, active_s);
}

static gboolean
has_some (gpointer user_data)
{
  BtSwarmFacts facts;
  gboolean result;

  bt_entry_get_facts (user_data, &facts);
  result = facts.n_have > 3;
  bt_swarm_facts_clear (&facts);
  return result;
}

static gboolean
has_saved_resume (gpointer user_data)
{
  const BtEntry *entry = user_data;

  return entry->resume != NULL && entry->resume->have.n_set > 0 && !entry->is_checkpointing &&
         ((entry->dirty | entry->saving) & BT_DIRTY_RESUME) == 0;
}

/* What a running torrent has reached is in the store after a checkpoint, without a stop. */
static void
test_checkpoint (Fixture       *fixture,
                 gconstpointer  has_state)
{
  BtEntry *entry = shelf_add (fixture->shelf, fixture->metainfo, NULL);
  g_autofree char *copy = g_strconcat (fixture->shelf->state_path, ".then", NULL);
  g_autoptr (BtStoredTorrent) stored = NULL;
  g_autoptr (BtStore) store = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *wal = g_strconcat (fixture->shelf->state_path, "-wal", NULL);
  g_autofree char *wal_copy = g_strconcat (copy, "-wal", NULL);
  gsize n_bytes;

  bt_entry_set_limits (entry, 40000, 0);
  shelf_connect (entry, fixture->seed);
  g_assert_true (test_world_wait (fixture->world, has_some, entry));
  g_assert_false (has_saved_resume (entry));
  test_world_pass (fixture->world, BT_LIBRARY_CHECKPOINT_US);
  g_assert_true (test_world_wait (fixture->world, has_saved_resume, entry));
  g_assert_true (g_file_get_contents (fixture->shelf->state_path, &bytes, &n_bytes, &error));
  g_assert_true (g_file_set_contents (copy, bytes, (gssize) n_bytes, &error));
  g_clear_pointer (&bytes, g_free);
  g_assert_true (g_file_get_contents (wal, &bytes, &n_bytes, &error));
  g_assert_true (g_file_set_contents (wal_copy, bytes, (gssize) n_bytes, &error));
  store = bt_store_open (copy, &error);
  g_assert_no_error (error);
  stored = bt_store_load (store, bt_entry_get_id (entry), &error);
  g_assert_no_error (error);
  g_assert_nonnull (stored->resume);
  g_assert_cmpuint (stored->resume->have.n_set, >, 0);
  g_assert_cmpuint (stored->resume->stamps->len, ==, 3);
  g_assert_cmpint (shelf_get_state (entry), !=, BT_SWARM_STOPPED);
}

static gboolean
has_copy (gpointer state_path)
{
  g_auto (GStrv) copies = bt_store_list_copies (state_path);

  return copies[0] != NULL;
}

/* A life in which nothing happens makes the day's copy of the state, too. */
static void
test_copy (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtAddRequest paused = { .is_paused = TRUE };
  g_auto (GStrv) copies = NULL;

  shelf_add (shelf, fixture->metainfo, &paused);
  g_assert_true (test_world_wait (fixture->world, has_copy, shelf->state_path));
  shelf_close (shelf);
  copies = bt_store_list_copies (shelf->state_path);
  for (guint i = 0; copies[i] != NULL; i++)
    g_assert_cmpint (g_unlink (copies[i]), ==, 0);
  shelf_open (shelf);
  g_assert_true (test_world_wait (fixture->world, has_copy, shelf->state_path));
}

static void
test_remove_and_add (Fixture       *fixture,
                     gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);

  /* At once: it waits until the first has gone. */
  bt_entry_remove_async (entry, BT_REMOVE_KEEP_DATA, NULL, NULL);
  entry = shelf_add (fixture->shelf, fixture->metainfo, NULL);
  g_assert_no_error (fixture->shelf->error);
  g_assert_cmpuint (fixture->shelf->n_removed, ==, 1);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (bt_library_get_entries (fixture->shelf->library)->len, ==, 1);
  /* The data was there: it was hashed, not fetched. */
  g_assert_cmpuint (bt_entry_get_record (entry)->received_bytes, ==, 0);
}

static void
test_settings_survive (Fixture       *fixture,
                       gconstpointer  has_state)
{
  BtAddRequest request = { .is_paused = TRUE };
  const char *labels[] = { "music", " live ", "music", "", NULL };
  BtEntry *entry = shelf_add (fixture->shelf, fixture->metainfo, &request);
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) trackers = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));
  BtTrackerRecord second = { 1, (char *) "udp://two.example:1/" };
  BtTrackerRecord first = { 0, (char *) "http://one.example/announce" };
  const guint file = 1;
  const BtRecord *record;
  BtDetails *details;

  g_array_append_val (files, file);
  g_array_append_val (trackers, second);
  g_array_append_val (trackers, first);
  bt_entry_set_name (entry, "My album");
  bt_entry_set_labels (entry, labels);
  bt_entry_set_limits (entry, 1000, 2000);
  bt_entry_set_share_limits (entry, 1.5, 3600, BT_RATIO_NONE, BT_AFTER_SHARE_REMOVE);
  bt_entry_set_places (entry, 33, 7);
  bt_entry_set_sequential (entry, TRUE);
  bt_entry_set_super_seeding (entry, TRUE);
  bt_entry_set_priority (entry, files, BT_PRIORITY_SKIP);
  bt_entry_set_trackers (entry, trackers);
  shelf_save (fixture->shelf);
  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);

  entry = shelf_get_only (fixture->shelf);
  record = bt_entry_get_record (entry);
  g_assert_cmpstr (record->name, ==, "My album");
  g_assert_cmpuint (g_strv_length (record->labels), ==, 2);
  g_assert_cmpstr (record->labels[0], ==, "live");
  g_assert_cmpstr (record->labels[1], ==, "music");
  g_assert_cmpuint (record->read_limit_bps, ==, 1000);
  g_assert_cmpuint (record->write_limit_bps, ==, 2000);
  g_assert_cmpfloat (record->ratio_limit, ==, 1.5);
  g_assert_cmpint (record->seed_time_limit_s, ==, 3600);
  g_assert_cmpint (record->idle_limit_s, ==, BT_RATIO_NONE);
  g_assert_cmpint (record->after_share, ==, BT_AFTER_SHARE_REMOVE);
  g_assert_cmpuint (record->max_peers, ==, 33);
  g_assert_cmpuint (record->upload_slots, ==, 7);
  g_assert_true (record->flags & BT_RECORD_SEQUENTIAL);
  g_assert_true (record->flags & BT_RECORD_SUPER_SEED);
  g_assert_true (record->flags & BT_RECORD_PAUSED);
  g_assert_cmpuint (record->wanted_bytes, <, 570001);

  bt_entry_set_watched (entry, TRUE);
  while ((details = bt_entry_get_details (entry)) == NULL)
    g_main_context_iteration (fixture->world->context, TRUE);
  g_assert_cmpuint (g_array_index (details->file_rows, BtFileRow, file).priority, ==,
                    BT_PRIORITY_SKIP);
  g_assert_cmpuint (details->tracker_rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (details->tracker_rows, BtTrackerFacts, 0).url, ==, first.url);
  g_assert_cmpstr (g_array_index (details->tracker_rows, BtTrackerFacts, 1).url, ==, second.url);
  bt_details_free (details);
  /* Nobody looks: nothing is kept loaded. */
  bt_entry_set_watched (entry, FALSE);
  test_world_pass (fixture->world, BT_SECOND_US);
  g_assert_null (bt_entry_get_details (entry));
}

/* A file was changed behind our back: only its pieces are hashed, and fetched again. */
static void
test_changed_file (Fixture       *fixture,
                   gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  g_autofree char *path = g_build_filename (fixture->shelf->folder, "album", "three.bin", NULL);
  g_autoptr (GError) error = NULL;

  shelf_close (fixture->shelf);
  g_assert_true (g_file_set_contents (path, "short", -1, &error));
  shelf_open (fixture->shelf);
  entry = shelf_get_only (fixture->shelf);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_DOWNLOADING);
  g_assert_cmpuint (shelf_get_hashed_bytes (fixture->shelf), <, 200000);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  test_assert_same_files (fixture->metainfo, fixture->world->folder, fixture->shelf->folder);
}

/* Pausing ends a check; starting goes on with it. */
static void
test_verify (Fixture       *fixture,
             gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  guint64 hashed = shelf_get_hashed_bytes (fixture->shelf);

  bt_entry_verify (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_CHECKING);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (fixture->shelf) - hashed, ==, 570001);
  g_assert_false (bt_entry_get_record (entry)->flags & BT_RECORD_MUST_CHECK);
  /* At rest, too; it is paused again afterwards. */
  bt_entry_stop (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_STOPPED);
  hashed = shelf_get_hashed_bytes (fixture->shelf);
  bt_entry_verify (entry);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_CHECKING);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_STOPPED);
  g_assert_cmpuint (shelf_get_hashed_bytes (fixture->shelf) - hashed, ==, 570001);
  g_assert_cmpuint (bt_entry_get_record (entry)->done_bytes, ==, 570001);
  g_assert_false (bt_entry_get_record (entry)->flags & BT_RECORD_MUST_CHECK);
}

/* What was moved is counted for good, also of torrents that are gone. */
static void
test_totals (Fixture       *fixture,
             gconstpointer  has_state)
{
  BtEntry *entry = add_and_complete (fixture);
  BtOverview *overview;

  test_world_pass (fixture->world, 90 * BT_SECOND_US);
  overview = bt_library_get_overview (fixture->shelf->library);
  g_assert_cmpuint (overview->received_bytes, >=, 570001);
  g_assert_cmpuint (overview->run_received_bytes, ==, overview->received_bytes);
  g_assert_cmpint (overview->run_running_s, >=, 90);
  g_assert_cmpint (overview->run_running_s, ==, overview->running_s);
  bt_overview_free (overview);
  bt_entry_remove_async (entry, BT_REMOVE_KEEP_DATA, NULL, NULL);
  shelf_save (fixture->shelf);
  shelf_close (fixture->shelf);
  shelf_open (fixture->shelf);
  overview = bt_library_get_overview (fixture->shelf->library);
  g_assert_cmpuint (overview->received_bytes, >=, 570001);
  g_assert_cmpuint (overview->run_received_bytes, ==, 0);
  g_assert_cmpint (overview->run_running_s, <, 90);
  g_assert_cmpint (overview->running_s, >=, 90);
  g_assert_cmpuint (g_bytes_get_size (overview->history), >, 0);
  bt_overview_free (overview);
}

/* --- Whom the DHT knows --- */

static gboolean
is_bootstrapped (gpointer shelf)
{
  g_autoptr (BtNetworkFacts) facts = bt_library_get_network (((Shelf *) shelf)->library);

  return facts->is_dht_bootstrapped;
}

/* Closes it, and lets it forget. */
static void
drop_saved (Shelf *shelf)
{
  g_autoptr (BtStoreBatch) batch = bt_store_batch_new ();
  g_autoptr (GError) error = NULL;
  BtStore *store;

  shelf_close (shelf);
  store = bt_store_open (shelf->state_path, &error);
  g_assert_no_error (error);
  bt_store_batch_put_value (batch, "dht", NULL);
  g_assert_true (bt_store_commit (store, g_steal_pointer (&batch), &error));
  bt_store_close (store);
}

static void
test_dht (void)
{
  TestWorld *world = test_world_new ();
  const BtSessionConfig config = { .discovery = BT_DISCOVERY_DHT };
  TestNode *node = test_node_new (world, &config);
  BtSettings settings = { .discovery = BT_DISCOVERY_DHT, .dht_read_only = TRUE };
  Shelf *shelf = shelf_new (world, "shelf", &settings, TRUE);
  BtAddress address = test_node_get_address (node);
  char text[BT_ADDRESS_STRING_BYTES];
  const char *nodes[] = { bt_address_to_string (&address, text), NULL };
  g_autoptr (GBytes) kept = NULL;
  BtNetworkFacts *facts = bt_library_get_network (shelf->library);

  g_assert_true (facts->has_dht && facts->dht.is_read_only);
  bt_network_facts_free (facts);
  /* Nobody is named, and nobody known. */
  test_world_pass (world, 11 * 60 * BT_SECOND_US);
  g_assert_null (bt_store_get_value (shelf->library->store, "dht"));
  shelf_close (shelf);

  /* A short life is enough to know somebody the next time. */
  shelf->config.session.dht_nodes = nodes;
  shelf_open (shelf);
  g_assert_true (test_world_wait (world, is_bootstrapped, shelf));
  g_assert_null (bt_store_get_value (shelf->library->store, "dht"));
  shelf_close (shelf);
  shelf->config.session.dht_nodes = NULL;
  shelf_open (shelf);
  g_assert_true (test_world_wait (world, is_bootstrapped, shelf));
  drop_saved (shelf);

  shelf->config.session.dht_nodes = nodes;
  shelf_open (shelf);
  g_assert_true (test_world_wait (world, is_bootstrapped, shelf));
  test_world_pass (world, 9 * 60 * BT_SECOND_US);
  g_assert_null (bt_store_get_value (shelf->library->store, "dht"));
  test_world_pass (world, 2 * 60 * BT_SECOND_US);
  kept = bt_store_get_value (shelf->library->store, "dht");
  g_assert_nonnull (kept);
  shelf_close (shelf);

  shelf->config.session.dht_nodes = NULL;
  shelf_open (shelf);
  g_assert_true (test_world_wait (world, is_bootstrapped, shelf));
  settings = (BtSettings) { 0 };
  bt_library_set_settings (shelf->library, &settings);
  facts = bt_library_get_network (shelf->library);
  g_assert_false (facts->has_dht);
  bt_network_facts_free (facts);
  settings.discovery = BT_DISCOVERY_DHT;
  bt_library_set_settings (shelf->library, &settings);
  facts = bt_library_get_network (shelf->library);
  g_assert_true (facts->has_dht && !facts->dht.is_read_only);
  bt_network_facts_free (facts);
  /* What was known before it was switched off is not forgotten. */
  g_assert_true (test_world_wait (world, is_bootstrapped, shelf));
  shelf_free (shelf);
  test_node_free (node);
  test_world_free (world);
}

static void
test_many (void)
{
  TestWorld *world = test_world_new ();
  Shelf *shelf = shelf_new (world, "shelf", NULL, TRUE);
  g_autoptr (BtStore) store = NULL;
  g_autoptr (BtStoreBatch) batch = bt_store_batch_new ();
  g_autoptr (GError) error = NULL;
  BtEntry *entry;

  shelf_close (shelf);
  store = bt_store_open (shelf->state_path, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (BtRecord) record = bt_record_new ();

      record->id = i + 1;
      memcpy (record->info_hash, &i, sizeof i);
      record->name = g_strdup_printf ("torrent %u", i);
      record->top_name = g_strdup (record->name);
      record->folder = g_strdup ("/nowhere");
      record->flags = BT_RECORD_PAUSED;
      record->position = 9999 - i;
      bt_store_batch_put_record (batch, record);
    }
  g_assert_true (bt_store_commit (store, g_steal_pointer (&batch), &error));
  g_clear_pointer (&store, bt_store_close);
  shelf_open (shelf);
  g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 10000);
  entry = g_ptr_array_index (bt_library_get_entries (shelf->library), 0);
  g_assert_cmpuint (bt_entry_get_id (entry), ==, 10000);
  shelf_free (shelf);
  test_world_free (world);
}

#define ADD(path, has_state, func) \
  g_test_add (path, Fixture, GINT_TO_POINTER (has_state), set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/library/life/complete", FALSE, test_complete);
  ADD ("/library/life/complete-with-state", TRUE, test_complete);
  ADD ("/library/life/restart", TRUE, test_restart);
  ADD ("/library/life/checkpoint", TRUE, test_checkpoint);
  ADD ("/library/life/copy", TRUE, test_copy);
  ADD ("/library/life/remove-and-add", TRUE, test_remove_and_add);
  ADD ("/library/life/settings-survive", TRUE, test_settings_survive);
  ADD ("/library/life/changed-file", TRUE, test_changed_file);
  ADD ("/library/life/verify", FALSE, test_verify);
  ADD ("/library/life/verify-with-state", TRUE, test_verify);
  ADD ("/library/life/clean-start", TRUE, test_clean_start);
  ADD ("/library/life/running-time", TRUE, test_running_time);
  ADD ("/library/life/totals", TRUE, test_totals);
  g_test_add_func ("/library/life/many", test_many);
  g_test_add_func ("/library/life/dht", test_dht);
  return g_test_run ();
}
