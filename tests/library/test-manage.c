/* test-manage.c - what a person does with torrents: queue, limits, moving, renaming, removing
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
static const TestFile other[] = { { "one.bin", 150000 }, { "four.bin", 90000 }, { NULL, 0 } };
static const TestFile single[] = { { "film.bin", 400000 }, { NULL, 0 } };

typedef struct
{
  TestWorld  *world;
  TestNode   *seed;
  BtMetainfo *album;
  BtMetainfo *other;
  BtMetainfo *single;
  Shelf      *shelf;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  has_state)
{
  fixture->world = test_world_new ();
  fixture->seed = test_node_new (fixture->world, NULL);
  fixture->album = test_world_make_torrent (fixture->world, "album", album, 32768, NULL);
  fixture->other = test_world_make_torrent (fixture->world, "other", other, 32768, NULL);
  fixture->single = test_world_make_torrent (fixture->world, "film.bin", single, 32768, NULL);
  test_node_add (fixture->seed, fixture->album, fixture->world->folder, NULL, TRUE);
  test_node_add (fixture->seed, fixture->other, fixture->world->folder, NULL, TRUE);
  test_node_add (fixture->seed, fixture->single, fixture->world->folder, NULL, TRUE);
  fixture->shelf = shelf_new (fixture->world, "shelf", NULL, has_state != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  has_state)
{
  shelf_free (fixture->shelf);
  test_node_free (fixture->seed);
  bt_metainfo_unref (fixture->album);
  bt_metainfo_unref (fixture->other);
  bt_metainfo_unref (fixture->single);
  test_world_free (fixture->world);
}

static BtEntry *
complete (Fixture    *fixture,
          BtMetainfo *metainfo)
{
  BtEntry *entry = shelf_add (fixture->shelf, metainfo, NULL);

  g_assert_no_error (fixture->shelf->error);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (fixture->shelf, entry, BT_SWARM_SEEDING);
  return entry;
}

static void
set_settings (Fixture          *fixture,
              const BtSettings *settings)
{
  fixture->shelf->config.settings = *settings;
  bt_library_set_settings (fixture->shelf->library, settings);
}

/* --- The queue --- */

static void
test_queue (Fixture       *fixture,
            gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .max_downloads = 1, .count_idle = TRUE };
  BtEntry *first, *second, *third;

  set_settings (fixture, &settings);
  first = shelf_add (shelf, fixture->album, NULL);
  second = shelf_add (shelf, fixture->other, NULL);
  third = shelf_add (shelf, fixture->single, NULL);
  shelf_wait_state (shelf, first, BT_SWARM_DOWNLOADING);
  test_world_pass (fixture->world, 2 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (second), ==, BT_SWARM_QUEUED);
  g_assert_cmpint (shelf_get_reason (second), ==, BT_REASON_QUEUED);
  g_assert_cmpint (shelf_get_state (third), ==, BT_SWARM_QUEUED);
  /* To the top: the first has to wait now. */
  bt_entry_set_position (third, 0);
  g_assert_true (g_ptr_array_index (bt_library_get_entries (shelf->library), 0) == third);
  shelf_wait_state (shelf, third, BT_SWARM_DOWNLOADING);
  shelf_wait_state (shelf, first, BT_SWARM_QUEUED);
  /* Forced ones run besides. */
  bt_entry_start_forced (second);
  shelf_wait_state (shelf, second, BT_SWARM_DOWNLOADING);
  test_world_pass (fixture->world, 2 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (third), ==, BT_SWARM_DOWNLOADING);
  /* A complete one makes room. */
  shelf_connect (third, fixture->seed);
  shelf_wait_state (shelf, third, BT_SWARM_SEEDING);
  shelf_wait_state (shelf, first, BT_SWARM_DOWNLOADING);
  /* No bound: all. */
  settings.max_downloads = 0;
  bt_entry_stop (second);
  bt_entry_start (second);
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, second, BT_SWARM_DOWNLOADING);
  g_assert_cmpint (shelf_get_state (first), ==, BT_SWARM_DOWNLOADING);
}

/* One that does nothing for a while keeps its place, and takes none. */
static void
test_idle_queue (Fixture       *fixture,
                 gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .max_downloads = 1 };
  BtEntry *first, *second;

  set_settings (fixture, &settings);
  first = shelf_add (shelf, fixture->album, NULL);
  second = shelf_add (shelf, fixture->other, NULL);
  shelf_wait_state (shelf, first, BT_SWARM_DOWNLOADING);
  g_assert_cmpint (shelf_get_state (second), ==, BT_SWARM_QUEUED);
  test_world_pass (fixture->world, BT_LIBRARY_IDLE_US + 10 * BT_SECOND_US);
  shelf_wait_state (shelf, second, BT_SWARM_DOWNLOADING);
  g_assert_cmpint (shelf_get_state (first), ==, BT_SWARM_DOWNLOADING);
}

static void
test_timetable (Fixture       *fixture,
                gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .use_timetable = TRUE, .alternative_read_bps = 1000 };
  BtEntry *entry = shelf_add (shelf, fixture->album, NULL);

  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  memset (settings.timetable.slots, BT_TIMETABLE_ALTERNATIVE, sizeof settings.timetable.slots);
  set_settings (fixture, &settings);
  g_assert_true (bt_library_is_alternative (shelf->library));
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_DOWNLOADING);
  memset (settings.timetable.slots, BT_TIMETABLE_PAUSED, sizeof settings.timetable.slots);
  set_settings (fixture, &settings);
  g_assert_false (bt_library_is_alternative (shelf->library));
  shelf_wait_state (shelf, entry, BT_SWARM_QUEUED);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_TIMETABLE);
  memset (settings.timetable.slots, BT_TIMETABLE_NORMAL, sizeof settings.timetable.slots);
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
}

static void
test_held (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .is_held = TRUE };
  BtEntry *entry = shelf_add (shelf, fixture->album, NULL);
  BtEntry *forced = shelf_add (shelf, fixture->other, NULL);

  bt_entry_start_forced (forced);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, entry, BT_SWARM_QUEUED);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_HELD);
  shelf_wait_state (shelf, forced, BT_SWARM_DOWNLOADING);
  settings.is_held = FALSE;
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
}

/* --- Sharing enough --- */

static void
test_share_limit (Fixture       *fixture,
                  gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .seed_time_limit_s = 60 };
  BtEntry *entry = complete (fixture, fixture->album);
  BtEntry *exempt = complete (fixture, fixture->other);

  bt_entry_set_share_limits (exempt, BT_RATIO_NONE, BT_RATIO_NONE, BT_RATIO_NONE,
                             BT_AFTER_SHARE_GENERAL);
  set_settings (fixture, &settings);
  test_world_pass (fixture->world, 40 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_SEEDING);
  test_world_pass (fixture->world, 30 * BT_SECOND_US);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_SHARE_DONE);
  g_assert_cmpint (shelf_get_state (exempt), ==, BT_SWARM_SEEDING);
  /* Started again it goes on. */
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  test_world_pass (fixture->world, 100 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_SEEDING);
}

static gboolean
is_removed (gpointer user_data)
{
  return ((Shelf *) user_data)->n_removed > 0;
}

static void
test_share_remove (Fixture       *fixture,
                   gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);

  bt_entry_set_share_limits (entry, BT_RATIO_GENERAL, 30, BT_RATIO_GENERAL, BT_AFTER_SHARE_REMOVE);
  test_world_pass (fixture->world, 40 * BT_SECOND_US);
  g_assert_true (test_world_wait (fixture->world, is_removed, shelf));
  g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 0);
  g_assert_true (shelf_has_file (shelf->folder, "album/one.bin"));
}

/* --- Moving --- */

static void
move (Fixture    *fixture,
      BtEntry    *entry,
      const char *folder)
{
  bt_entry_move_async (entry, folder, shelf_answer_cb, fixture->shelf);
  g_assert_true (shelf_wait_answer (fixture->shelf));
}

static void
test_move (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);
  g_autofree char *target = g_build_filename (fixture->world->folder, "else", "where", NULL);
  guint64 hashed = shelf_get_hashed_bytes (shelf);

  /* It runs on: the file system is the same. */
  move (fixture, entry, target);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_SEEDING);
  g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, target);
  test_assert_same_files (fixture->album, fixture->world->folder, target);
  g_assert_false (shelf_has_file (shelf->folder, "album"));
  /* At rest. */
  bt_entry_stop (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  move (fixture, entry, shelf->folder);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_STOPPED);
  test_assert_same_files (fixture->album, fixture->world->folder, shelf->folder);
  if (has_state)
    {
      shelf_close (shelf);
      shelf_open (shelf);
      entry = shelf_get_only (shelf);
      g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, shelf->folder);
      hashed = 0;
    }
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, hashed);
  /* To where something is in the way: nothing changes. */
  g_assert_cmpint (g_mkdir_with_parents (target, 0755), ==, 0);
  {
    g_autofree char *folder = g_build_filename (target, "album", NULL);
    g_autofree char *path = g_build_filename (folder, "one.bin", NULL);

    g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
    g_assert_true (g_file_set_contents (path, "in the way", -1, NULL));
  }
  bt_entry_move_async (entry, target, shelf_answer_cb, shelf);
  g_assert_false (shelf_wait_answer (shelf));
  g_assert_error (shelf->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, shelf->folder);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  test_assert_same_files (fixture->album, fixture->world->folder, shelf->folder);
}

/* /dev/shm is a file system of its own. */
static void
test_move_across (Fixture       *fixture,
                  gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autofree char *target = g_strdup ("/dev/shm/freshet-test-XXXXXX");
  struct stat here, there;
  BtEntry *entry;

  if (g_mkdtemp (target) == NULL)
    {
      g_test_skip ("no /dev/shm");
      return;
    }
  g_assert_cmpint (stat (shelf->folder, &here), ==, 0);
  g_assert_cmpint (stat (target, &there), ==, 0);
  entry = complete (fixture, fixture->album);
  move (fixture, entry, target);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, 570001);
  test_assert_same_files (fixture->album, fixture->world->folder, target);
  g_assert_false (shelf_has_file (shelf->folder, "album"));
  if (here.st_dev == there.st_dev)
    g_test_skip ("/dev/shm is no file system of its own");
  bt_entry_remove_async (entry, BT_REMOVE_DELETE_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpint (g_rmdir (target), ==, 0);
}

/* As a program leaves it that is killed in the middle of a move. */
static void
note_move (Shelf      *shelf,
           guint64     id,
           const char *folder)
{
  BtStore *store = bt_store_open (shelf->state_path, NULL);
  BtStoreBatch *batch = bt_store_batch_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) moves = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GVariantBuilder builder;

  g_assert_nonnull (store);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tay)"));
  g_variant_builder_add (&builder, "(t@ay)", id, g_variant_new_bytestring (folder));
  moves = g_variant_ref_sink (g_variant_builder_end (&builder));
  bytes = g_variant_get_data_as_bytes (moves);
  bt_store_batch_put_value (batch, "moves", bytes);
  bt_store_commit (store, batch, &error);
  g_assert_no_error (error);
  bt_store_close (store);
}

/* As a program leaves it that is killed before its first checkpoint. */
static void
forget_resume (Shelf    *shelf,
               gboolean  is_fresh)
{
  BtStore *store = bt_store_open (shelf->state_path, NULL);
  BtStoreBatch *batch = bt_store_batch_new ();
  g_autoptr (BtResume) useless = bt_resume_new (0, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = bt_store_list (store, &error);
  BtRecord *record;

  g_assert_no_error (error);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpuint (record->flags & BT_RECORD_FRESH, ==, 0);
  record->flags |= is_fresh ? BT_RECORD_FRESH : 0;
  bt_store_batch_put_record (batch, record);
  bt_store_batch_put_resume (batch, record->id, useless);
  bt_store_commit (store, batch, &error);
  g_assert_no_error (error);
  bt_store_close (store);
}

static gboolean
is_fresh (gpointer user_data)
{
  return (bt_entry_get_record (user_data)->flags & BT_RECORD_FRESH) != 0;
}

static gboolean
has_checkpoint (gpointer user_data)
{
  BtEntry *entry = user_data;

  return entry->resume != NULL && entry->dirty == 0 && entry->saving == 0;
}

/* Files are its own when nothing was there as it began to make them, although no checkpoint says so. */
static void
remove_unknown (Fixture  *fixture,
                gboolean  was_fresh)
{
  Shelf *shelf = fixture->shelf;
  BtAddRequest request = { .preallocate = BT_PREALLOCATE_SPARSE };
  BtEntry *entry = shelf_add (shelf, fixture->album, &request);

  g_assert_no_error (shelf->error);
  g_assert_true (test_world_wait (fixture->world, is_fresh, entry));
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  g_assert_true (test_world_wait (fixture->world, has_checkpoint, entry));
  shelf_close (shelf);
  g_assert_true (shelf_has_file (shelf->folder, "album/one.bin.part"));
  forget_resume (shelf, was_fresh);
  shelf->config.no_begin = TRUE;
  shelf_open (shelf);
  bt_entry_remove_async (shelf_get_only (shelf), BT_REMOVE_DELETE_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpint (shelf_has_file (shelf->folder, "album/one.bin.part"), ==, !was_fresh);
  g_assert_cmpint (shelf_has_file (shelf->folder, "album"), ==, !was_fresh);
}

static void
test_remove_before_checkpoint (Fixture       *fixture,
                               gconstpointer  has_state)
{
  remove_unknown (fixture, TRUE);
}

static void
test_remove_unknown (Fixture       *fixture,
                     gconstpointer  has_state)
{
  remove_unknown (fixture, FALSE);
}

static gboolean
is_moved (gpointer user_data)
{
  Shelf *shelf = user_data;

  return strstr (bt_entry_get_record (shelf_get_only (shelf))->folder, "elsewhere") != NULL;
}

/* Who only edits leaves an interrupted move alone, and does not forget it. */
static void
test_move_waits (Fixture       *fixture,
                 gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);
  g_autofree char *target = g_build_filename (fixture->world->folder, "elsewhere", NULL);
  g_autofree char *other_target = g_build_filename (fixture->world->folder, "third", NULL);
  guint64 id = bt_entry_get_id (entry);

  shelf_close (shelf);
  note_move (shelf, id, target);
  shelf->config.no_begin = TRUE;
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  bt_entry_move_async (entry, other_target, shelf_answer_cb, shelf);
  g_assert_false (shelf_wait_answer (shelf));
  g_assert_error (shelf->error, G_IO_ERROR, G_IO_ERROR_PENDING);
  bt_entry_remove_async (entry, BT_REMOVE_DELETE_DATA, shelf_answer_cb, shelf);
  g_assert_false (shelf_wait_answer (shelf));
  g_assert_error (shelf->error, G_IO_ERROR, G_IO_ERROR_PENDING);
  bt_entry_set_name (entry, "edited");
  test_world_pass (fixture->world, 2 * BT_SECOND_US);
  g_assert_true (bt_entry_is_quiet (entry));
  shelf_close (shelf);

  shelf->config.no_begin = FALSE;
  shelf_open (shelf);
  g_assert_true (test_world_wait (fixture->world, is_moved, shelf));
  test_assert_same_files (fixture->album, fixture->world->folder, target);
  g_assert_cmpstr (bt_entry_get_record (shelf_get_only (shelf))->name, ==, "edited");
}

static gboolean
has_no_final (gpointer user_data)
{
  return bt_entry_get_record (user_data)->final_folder == NULL;
}

static void
test_incomplete_folder (Fixture       *fixture,
                        gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autofree char *incomplete = g_build_filename (fixture->world->folder, "incomplete", NULL);
  BtAddRequest request = { .incomplete_folder = incomplete };
  BtEntry *entry = shelf_add (shelf, fixture->album, &request);

  g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, incomplete);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_true (test_world_wait (fixture->world, has_no_final, entry));
  g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, shelf->folder);
  test_assert_same_files (fixture->album, fixture->world->folder, shelf->folder);
  g_assert_false (shelf_has_file (incomplete, "album"));
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

/* --- Renaming --- */

static void
rename_to (Fixture    *fixture,
           BtEntry    *entry,
           guint32     file,
           const char *from,
           const char *to)
{
  bt_entry_rename_async (entry, file, from, to, shelf_answer_cb, fixture->shelf);
  shelf_wait_answer (fixture->shelf);
  g_assert_no_error (fixture->shelf->error);
}

static void
refuse_rename (Fixture    *fixture,
               BtEntry    *entry,
               const char *to)
{
  bt_entry_rename_async (entry, 0, NULL, to, shelf_answer_cb, fixture->shelf);
  g_assert_false (shelf_wait_answer (fixture->shelf));
}

static void
test_rename (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);
  const BtFile *files = bt_metainfo_get_files (fixture->album, NULL);
  guint32 one = g_str_equal (files[0].path, "album/one.bin") ? 0
                : g_str_equal (files[1].path, "album/one.bin") ? 1 : 2;
  guint64 hashed;

  rename_to (fixture, entry, one, NULL, "album/eins.bin");
  g_assert_true (shelf_has_file (shelf->folder, "album/eins.bin"));
  g_assert_false (shelf_has_file (shelf->folder, "album/one.bin"));
  refuse_rename (fixture, entry, "../escape");
  refuse_rename (fixture, entry, "/etc/passwd");
  refuse_rename (fixture, entry, "album/con");
  refuse_rename (fixture, entry, "");
  refuse_rename (fixture, entry, "album/EINS.bin");
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_SEEDING);
  /* A folder, at rest. */
  bt_entry_stop (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  rename_to (fixture, entry, BT_FILE_NONE, "album", "Platte");
  g_assert_true (shelf_has_file (shelf->folder, "Platte/eins.bin"));
  g_assert_true (shelf_has_file (shelf->folder, "Platte/deep/two.bin"));
  g_assert_false (shelf_has_file (shelf->folder, "album"));
  g_assert_cmpstr (bt_entry_get_record (entry)->top_name, ==, "Platte");
  hashed = shelf_get_hashed_bytes (shelf);
  if (has_state)
    {
      shelf_save (shelf);
      shelf_close (shelf);
      shelf_open (shelf);
      entry = shelf_get_only (shelf);
      hashed = 0;
    }
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, hashed);
}

/* --- Removing --- */

static void
test_remove_data (Fixture       *fixture,
                  gconstpointer  has_state)
{
  static const char *const three_only[] = { "album/three.bin", NULL };
  Shelf *shelf = fixture->shelf;
  g_autofree char *folder = g_build_filename (shelf->folder, "album", NULL);
  g_autofree char *mine = g_build_filename (folder, "mine.txt", NULL);
  g_autofree char *three = g_build_filename (folder, "three.bin", NULL);
  g_autofree char *source = g_build_filename (fixture->world->folder, "album", "three.bin", NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  BtEntry *entry;

  /* One of its files was there before, and one that is nobody's. */
  g_assert_true (g_file_get_contents (source, &bytes, &n_bytes, NULL));
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (three, bytes, (gssize) n_bytes, NULL));
  g_assert_true (g_file_set_contents (mine, "mine", -1, NULL));
  entry = complete (fixture, fixture->album);
  bt_entry_remove_async (entry, BT_REMOVE_DELETE_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 0);
  g_assert_false (shelf_has_file (shelf->folder, "album/one.bin"));
  g_assert_false (shelf_has_file (shelf->folder, "album/deep"));
  g_assert_true (shelf_has_file (shelf->folder, "album/three.bin"));
  g_assert_true (shelf_has_file (shelf->folder, "album/mine.txt"));
  /* Only what was to go is told. */
  g_assert_true (g_strv_equal ((const char *const *) shelf->kept, three_only));
  if (has_state)
    {
      shelf_close (shelf);
      shelf_open (shelf);
      g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 0);
    }
}

/* Two torrents over the same files: who goes leaves them to the other. */
static void
test_remove_shared (Fixture       *fixture,
                    gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) twin = test_world_make_torrent (fixture->world, "album", album, 65536,
                                                         NULL);
  BtAddRequest request = { .share_files = TRUE };
  BtEntry *entry = complete (fixture, fixture->album);
  BtEntry *second = shelf_add (shelf, twin, &request);

  g_assert_no_error (shelf->error);
  shelf_wait_state (shelf, second, BT_SWARM_SEEDING);
  bt_entry_remove_async (entry, BT_REMOVE_DELETE_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpuint (g_strv_length (shelf->kept), ==, 3);
  test_assert_same_files (twin, fixture->world->folder, shelf->folder);
}

/* Two that would write the same paths are told apart. */
static void
test_told_apart (Fixture       *fixture,
                 gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) twin = test_world_make_torrent (fixture->world, "film.bin", single, 65536,
                                                         NULL);
  BtEntry *entry = complete (fixture, fixture->single);
  BtAddRequest paused = { .is_paused = TRUE };
  BtEntry *second = shelf_add (shelf, twin, &paused);

  g_assert_no_error (shelf->error);
  g_assert_cmpstr (bt_entry_get_record (second)->top_name, ==, "film (2).bin");
  test_node_add (fixture->seed, twin, fixture->world->folder, NULL, TRUE);
  bt_entry_start (second);
  shelf_connect (second, fixture->seed);
  shelf_wait_state (shelf, second, BT_SWARM_SEEDING);
  g_assert_true (shelf_has_file (shelf->folder, "film (2).bin"));
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_SEEDING);
}

/* --- Disk sense --- */

static gboolean
has_resume (gpointer user_data)
{
  const BtEntry *entry = user_data;

  return entry->resume != NULL && bt_bitfield_is_full (&entry->resume->have);
}

static void
test_missing_folder (Fixture       *fixture,
                     gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);
  g_autofree char *away = g_strconcat (shelf->folder, ".away", NULL);
  guint64 hashed = shelf_get_hashed_bytes (shelf);

  g_assert_true (test_world_wait (fixture->world, has_resume, entry));
  g_assert_cmpint (g_rename (shelf->folder, away), ==, 0);
  shelf_wait_state (shelf, entry, BT_SWARM_MISSING);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_MISSING);
  test_world_pass (fixture->world, 10 * BT_SECOND_US);
  /* Nothing was made in its place. */
  g_assert_false (g_file_test (shelf->folder, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rename (away, shelf->folder), ==, 0);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, hashed);
  /* Also when it is gone at the start. */
  if (!has_state)
    return;
  shelf_close (shelf);
  g_assert_cmpint (g_rename (shelf->folder, away), ==, 0);
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  shelf_wait_state (shelf, entry, BT_SWARM_MISSING);
  g_assert_cmpint (g_rename (away, shelf->folder), ==, 0);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, 0);
}

/* The folder is there, the data is not: nothing is fetched again before a person says so. */
static void
test_vanished_data (Fixture       *fixture,
                    gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = complete (fixture, fixture->album);
  g_autofree char *folder = g_build_filename (shelf->folder, "album", NULL);

  bt_entry_stop (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  test_remove_tree (folder);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_FAILED);
  g_assert_nonnull (strstr (bt_entry_get_record (entry)->error, "not there"));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  bt_entry_verify (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  g_assert_cmpuint (bt_entry_get_record (entry)->done_bytes, ==, 0);
  bt_entry_start (entry);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  test_assert_same_files (fixture->album, fixture->world->folder, shelf->folder);
}

static void
test_room (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .min_free_bytes = G_GUINT64_CONSTANT (1) << 60 };
  BtAddRequest anyway = { .ignore_space = TRUE };
  BtEntry *entry, *full;

  full = complete (fixture, fixture->other);
  entry = shelf_add (shelf, fixture->single, NULL);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  /* From now on there is no room. */
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, entry, BT_SWARM_NO_SPACE);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_NO_SPACE);
  g_assert_cmpint (shelf_get_state (full), ==, BT_SWARM_SEEDING);
  g_assert_null (shelf_add (shelf, fixture->album, NULL));
  g_assert_error (shelf->error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE);
  g_assert_nonnull (shelf_add (shelf, fixture->album, &anyway));
  settings.min_free_bytes = 1;
  set_settings (fixture, &settings);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
}

/* Skipped files leave nothing behind, and can be wanted later. */
static void
test_skipped (Fixture       *fixture,
              gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (GArray) selected = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (guint));
  BtAddRequest request = { .selected = selected };
  BtEntry *entry;

  for (guint i = 0; i < 3; i++)
    {
      const BtFile *files = bt_metainfo_get_files (fixture->album, NULL);

      g_array_append_val (g_str_equal (files[i].path, "album/deep/two.bin") ? rest : selected, i);
    }
  g_assert_cmpuint (rest->len, ==, 1);
  entry = shelf_add (shelf, fixture->album, &request);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_true (shelf_has_file (shelf->folder, "album/one.bin"));
  g_assert_false (shelf_has_file (shelf->folder, "album/deep"));
  if (has_state)
    {
      shelf_close (shelf);
      shelf_open (shelf);
      entry = shelf_get_only (shelf);
      shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
      g_assert_cmpuint (shelf_get_hashed_bytes (shelf), ==, 0);
      g_assert_false (shelf_has_file (shelf->folder, "album/deep"));
    }
  bt_entry_set_priority (entry, rest, BT_PRIORITY_HIGH);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  test_assert_same_files (fixture->album, fixture->world->folder, shelf->folder);
}

static void
test_merge_trackers (Fixture       *fixture,
                     gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) with = test_world_make_torrent (fixture->world, "other", other, 32768,
                                                         "http://127.0.0.1:9/announce");
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (with, NULL);
  BtEntry *entry = shelf_add (shelf, fixture->other, NULL);

  bt_entry_merge_magnet (entry, magnet);
  g_assert_cmpuint (entry->trackers->len, ==, 1);
  bt_entry_merge_magnet (entry, magnet);
  bt_entry_merge_trackers (entry, with);
  bt_entry_merge_trackers (entry, with);
  g_assert_nonnull (entry->trackers);
  g_assert_cmpuint (entry->trackers->len, ==, 1);
  g_assert_cmpstr (g_array_index (entry->trackers, BtTrackerRecord, 0).url, ==,
                   "http://127.0.0.1:9/announce");
  g_assert_cmpstr (entry->record->tracker_hosts[0], ==, "127.0.0.1");
  g_assert_null (entry->record->tracker_hosts[1]);

  /* As in the metainfo again, which has none. */
  bt_entry_set_trackers (entry, NULL);
  g_assert_null (entry->record->tracker_hosts);
}

static gboolean
waits_to_check (gpointer entry)
{
  return shelf_get_reason (entry) == BT_REASON_CHECK_QUEUE;
}

static gboolean
is_checked (gpointer user_data)
{
  const BtEntry *entry = user_data;

  return !bt_entry_has (entry, BT_RECORD_MUST_CHECK) && !entry->wants_check;
}

/* One at a time on a disk that seeks; all at once elsewhere. */
static void
test_check_queue (Fixture       *fixture,
                  gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *first = complete (fixture, fixture->album);
  BtEntry *second = complete (fixture, fixture->other);

  shelf->library->seek_seam = 1;
  /* As if it took long. */
  first->is_checking = TRUE;
  bt_entry_verify (second);
  g_assert_true (test_world_wait (fixture->world, waits_to_check, second));
  test_world_pass (fixture->world, 5 * BT_SECOND_US);
  g_assert_true (waits_to_check (second));
  g_assert_cmpint (shelf_get_state (second), ==, BT_SWARM_CHECKING);
  bt_entry_end_check (first);
  g_assert_true (test_world_wait (fixture->world, is_checked, second));
  shelf_wait_state (shelf, second, BT_SWARM_SEEDING);
  g_assert_false (second->is_checking);

  shelf->library->seek_seam = -1;
  first->is_checking = TRUE;
  bt_entry_verify (second);
  g_assert_true (test_world_wait (fixture->world, is_checked, second));
  bt_entry_end_check (first);
}

static gboolean
has_peers (gpointer user_data)
{
  BtSwarmFacts facts;

  bt_entry_get_facts (user_data, &facts);
  bt_swarm_facts_clear (&facts);
  return facts.n_peers > 0;
}

static gboolean
has_no_peers (gpointer user_data)
{
  return !has_peers (user_data);
}

static void
test_ban (Fixture       *fixture,
          gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = shelf_add (shelf, fixture->album, NULL);
  BtAddress address = test_node_get_address (fixture->seed);
  g_autoptr (GArray) bans = NULL;

  bt_entry_set_limits (entry, 20000, 0);
  shelf_connect (entry, fixture->seed);
  g_assert_true (test_world_wait (fixture->world, has_peers, entry));
  bt_library_ban (shelf->library, &address);
  g_assert_true (test_world_wait (fixture->world, has_no_peers, entry));
  if (has_state)
    {
      shelf_save (shelf);
      shelf_close (shelf);
      shelf_open (shelf);
    }
  bans = bt_session_dup_bans (bt_library_get_session (shelf->library));
  g_assert_cmpuint (bans->len, ==, 1);
  bt_library_unban (shelf->library, &address);
  entry = shelf_get_only (shelf);
  shelf_connect (entry, fixture->seed);
  g_assert_true (test_world_wait (fixture->world, has_peers, entry));
}

#define ADD(name, func)                                                                        \
  g_test_add ("/library/manage/" name, Fixture, NULL, set_up, func, tear_down);                \
  g_test_add ("/library/manage/" name "-with-state", Fixture, GINT_TO_POINTER (TRUE), set_up,  \
              func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("queue", test_queue);
  ADD ("idle-queue", test_idle_queue);
  ADD ("timetable", test_timetable);
  ADD ("held", test_held);
  ADD ("share-limit", test_share_limit);
  ADD ("share-remove", test_share_remove);
  ADD ("move", test_move);
  ADD ("move-across", test_move_across);
  g_test_add ("/library/manage/move-waits-with-state", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_move_waits, tear_down);
  ADD ("incomplete-folder", test_incomplete_folder);
  ADD ("rename", test_rename);
  ADD ("remove-data", test_remove_data);
  g_test_add ("/library/manage/remove-before-checkpoint", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_remove_before_checkpoint, tear_down);
  g_test_add ("/library/manage/remove-unknown", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_remove_unknown, tear_down);
  ADD ("remove-shared", test_remove_shared);
  ADD ("told-apart", test_told_apart);
  ADD ("missing-folder", test_missing_folder);
  ADD ("vanished-data", test_vanished_data);
  ADD ("room", test_room);
  ADD ("skipped", test_skipped);
  ADD ("merge-trackers", test_merge_trackers);
  ADD ("check-queue", test_check_queue);
  ADD ("ban", test_ban);
  return g_test_run ();
}
