/* test-trouble.c - full and read-only disks, two at once, damage: said clearly, and nothing overwritten
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_CANNOT 77  /* a child that may not mount */

static const char *own_path;  /* borrowed: argv[0] */

/* The exit status of this program run with `argument` and `path`. */
static int
run_child (const char *argument,
           const char *path)
{
  const char *const argv[] = { own_path, argument, path, NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
fail_to_commit (BtStore      *store,
                BtStoreBatch *batch,
                BtStoreError  code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bt_store_commit (store, batch, &error));
  g_assert_error (error, BT_STORE_ERROR, (int) code);
}

static BtStoreBatch *
make_big_batch (guint64 id)
{
  g_autoptr (BtRecord) record = make_record (id);
  g_autoptr (GBytes) metainfo = make_bytes (3 * 1024 * 1024, id);
  BtStoreBatch *batch = bt_store_batch_new ();

  bt_store_batch_put_record (batch, record);
  bt_store_batch_put_metainfo (batch, id, metainfo);
  return batch;
}

static void
exec (BtStore    *store,
      const char *sql)
{
  g_autoptr (GError) error = NULL;

  bt_store_exec (store, sql, &error);
  g_assert_no_error (error);
}

/* --- No room --- */

static void
error_cb (const GError *error,
          gpointer      user_data)
{
  g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_NO_SPACE);
  *(gboolean *) user_data = TRUE;
}

/* The old state stands, and when there is room commits work again. */
static void
test_no_space (Fixture       *fixture,
               gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2, 3 };
  gboolean is_answered = FALSE;

  commit_torrents (fixture->store, 1, 2);
  exec (fixture->store, "PRAGMA max_page_count = 100");
  for (guint i = 0; i < 3; i++)
    fail_to_commit (fixture->store, make_big_batch (3), BT_STORE_ERROR_NO_SPACE);
  bt_store_commit_async (fixture->store, make_big_batch (3), error_cb, &is_answered);
  assert_listed (fixture->store, ids, 2);
  while (!is_answered)
    g_main_context_iteration (NULL, TRUE);
  exec (fixture->store, "PRAGMA max_page_count = 1000000");
  commit (fixture->store, make_big_batch (3));
  assert_listed (fixture->store, ids, 3);
  fixture_close (fixture);
  fixture_open (fixture);
  assert_listed (fixture->store, ids, 3);
}

/* May this process have file systems of its own? */
static gboolean
leave_namespace (void)
{
  if (unshare (CLONE_NEWNS) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return FALSE;
  return mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void
fill_disk (const char *folder)
{
  static const char block[4096] = { 0 };
  g_autofree char *path = g_build_filename (folder, "ballast", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  close (fd);
}

/* Child: on a disk that is really full. */
static int
run_full_disk (const char *folder)
{
  static const guint64 ids[] = { 1, 2, 3, 4 };
  g_autofree char *ballast = g_build_filename (folder, "ballast", NULL);
  Fixture fixture = { 0 };

  if (!leave_namespace () ||
      mount ("none", folder, "tmpfs", 0, "size=16m") != 0)
    return EXIT_CANNOT;
  fixture.path = g_build_filename (folder, "state.db", NULL);
  fixture_open (&fixture);
  commit_torrents (fixture.store, 1, 2);
  bt_store_finish_copy (fixture.store);
  fill_disk (folder);
  for (guint i = 0; i < 3; i++)
    fail_to_commit (fixture.store, make_big_batch (3), BT_STORE_ERROR_NO_SPACE);
  assert_listed (fixture.store, ids, 2);
  g_unlink (ballast);
  commit (fixture.store, make_big_batch (3));
  assert_listed (fixture.store, ids, 3);

  /* Closed and opened while it is full: nothing gets lost, and there is no copy that is half. */
  bt_store_set_now (fixture.store, G_GINT64_CONSTANT (4000000000));
  fill_disk (folder);
  fail_to_commit (fixture.store, make_big_batch (4), BT_STORE_ERROR_NO_SPACE);
  fixture_close (&fixture);
  fixture_open (&fixture);
  assert_listed (fixture.store, ids, 3);
  g_unlink (ballast);
  commit (fixture.store, make_big_batch (4));
  assert_listed (fixture.store, ids, 4);
  fixture_close (&fixture);

  /* A store cannot be begun without room; when there is some, it can. */
  g_free (fixture.path);
  fixture.path = g_build_filename (folder, "other.db", NULL);
  fill_disk (folder);
  fixture_fail_to_open (&fixture, BT_STORE_ERROR_NO_SPACE);
  g_unlink (ballast);
  fixture_open (&fixture);
  fixture_close (&fixture);
  g_free (fixture.path);
  return 0;
}

static void
test_child (Fixture       *fixture,
            gconstpointer  data)
{
  int status = run_child (data, fixture->folder);

  if (status == EXIT_CANNOT)
    g_test_skip ("may not mount");
  else
    g_assert_cmpint (status, ==, 0);
}

/* --- Read-only --- */

static void
test_read_only (Fixture       *fixture,
                gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2, 3 };

  commit_torrents (fixture->store, 1, 2);
  exec (fixture->store, "PRAGMA query_only = 1");
  fail_to_commit (fixture->store, make_big_batch (3), BT_STORE_ERROR_READ_ONLY);
  assert_listed (fixture->store, ids, 2);
  exec (fixture->store, "PRAGMA query_only = 0");
  commit (fixture->store, make_big_batch (3));
  assert_listed (fixture->store, ids, 3);
}

/* Child: on a file system that became read-only, with a store and without. */
static int
run_read_only (const char *folder)
{
  g_autofree char *other = g_build_filename (folder, "other.db", NULL);
  g_autofree char *lock = g_strconcat (other, ".lock", NULL);
  g_autoptr (GError) error = NULL;
  Fixture fixture = { 0 };
  guint n_files;

  fixture.path = g_build_filename (folder, "state.db", NULL);
  fixture_open (&fixture);
  commit_torrents (fixture.store, 1, 2);
  fixture_close (&fixture);
  if (!leave_namespace () || mount (folder, folder, NULL, MS_BIND, NULL) != 0 ||
      mount (NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0)
    return EXIT_CANNOT;
  n_files = count_files (folder, "");
  fixture_fail_to_open (&fixture, BT_STORE_ERROR_READ_ONLY);
  g_assert_false (bt_store_restore (fixture.path, fixture.path, &error));
  g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_READ_ONLY);
  g_free (fixture.path);
  fixture.path = g_steal_pointer (&other);
  fixture_fail_to_open (&fixture, BT_STORE_ERROR_READ_ONLY);
  g_free (fixture.path);
  fixture.path = g_build_filename (folder, "a", "b.db", NULL);
  fixture_fail_to_open (&fixture, BT_STORE_ERROR_READ_ONLY);
  g_free (fixture.path);
  g_assert_cmpuint (count_files (folder, ""), ==, n_files);
  return 0;
}

/* --- Two at once --- */

static int
run_locked (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtStore) store = bt_store_open (path, &error);

  if (store != NULL)
    return 2;
  return g_error_matches (error, BT_STORE_ERROR, BT_STORE_ERROR_LOCKED) ? 0 : 1;
}

static void
test_locked (Fixture       *fixture,
             gconstpointer  data)
{
  static const guint64 ids[] = { 1 };
  g_autofree char *link_path = g_build_filename (fixture->folder, "link.db", NULL);
  g_autofree char *copy = NULL;
  g_autoptr (GError) error = NULL;
  BtStore *store = g_steal_pointer (&fixture->store);
  g_auto (GStrv) copies = NULL;

  commit_torrents (store, 1, 1);
  bt_store_finish_copy (store);
  /* The same process, and another. */
  fixture_fail_to_open (fixture, BT_STORE_ERROR_LOCKED);
  g_assert_cmpint (run_child ("--locked", fixture->path), ==, 0);
  /* By another name. */
  g_assert_cmpint (symlink ("state.db", link_path), ==, 0);
  g_assert_cmpint (run_child ("--locked", link_path), ==, 0);
  copies = bt_store_list_copies (fixture->path);
  g_assert_nonnull (copies[0]);
  g_assert_false (bt_store_restore (fixture->path, copies[0], &error));
  g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_LOCKED);
  assert_listed (store, ids, 1);
  bt_store_close (store);
  g_assert_cmpint (run_child ("--locked", fixture->path), ==, 2);
  fixture_open (fixture);
  assert_listed (fixture->store, ids, 1);
}

/* --- Damage --- */

typedef struct
{
  const char *title;
  goffset     at;       /* in the file; negative: from its end */
  gsize       n_bytes;  /* of garbage */
  goffset     length;   /* what is left of the file; 0: all, negative: so much less */
} Damage;

static void
damage_file (const char   *path,
             const Damage *damage)
{
  g_autoptr (GBytes) garbage = NULL;
  struct stat status;
  int fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fstat (fd, &status), ==, 0);
  if (damage->n_bytes > 0)
    {
      goffset at = damage->at < 0 ? status.st_size + damage->at : damage->at;

      garbage = make_bytes (damage->n_bytes, 3);
      g_assert_cmpint (pwrite (fd, g_bytes_get_data (garbage, NULL), damage->n_bytes, at), ==,
                       damage->n_bytes);
    }
  if (damage->length != 0)
    g_assert_cmpint (ftruncate (fd, damage->length < 0 ? status.st_size + damage->length
                                                       : damage->length), ==, 0);
  close (fd);
}

static GBytes *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize n_bytes;

  g_file_get_contents (path, &contents, &n_bytes, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, n_bytes);
}

static void
assert_unchanged (const char *path,
                  GBytes     *contents)
{
  g_autoptr (GBytes) now = read_file (path);

  g_assert_true (g_bytes_equal (now, contents));
}

/* Found at opening, and left as it is. */
static void
test_damaged_file (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GBytes) contents = NULL;

  commit_torrents (fixture->store, 1, 200);
  fixture_close (fixture);
  damage_file (fixture->path, data);
  contents = read_file (fixture->path);
  for (guint i = 0; i < 2; i++)
    {
      fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
      assert_unchanged (fixture->path, contents);
    }
}

static const Damage damages[] = {
  { "header", 0, 100, 0 },
  { "first-page", 100, 3996, 0 },
  { "truncated", 0, 0, 20000 },
  { "truncated-a-little", 0, 0, -100 },
  { "truncated-by-a-page", 0, 0, -4096 },
  { "no-database", 0, 8192, 8192 },
};

/* The page that the list's table begins on. */
static goffset
find_root (const char *path,
           const char *table)
{
  g_autofree char *sql = g_strdup_printf ("SELECT rootpage FROM sqlite_schema WHERE name = '%s'",
                                          table);
  g_autoptr (GError) error = NULL;
  BtStoreDb *db = bt_store_db_open (path, &error);
  gint64 page = 0;

  g_assert_no_error (error);
  g_assert_true (bt_store_db_get_number (db, sql, &page, NULL));
  bt_store_db_close (db, TRUE);
  return (page - 1) * 4096;
}

static void
test_damaged_list (Fixture       *fixture,
                   gconstpointer  data)
{
  Damage damage = { "list", 0, 4096, 0 };
  g_autoptr (GBytes) contents = NULL;

  commit_torrents (fixture->store, 1, 200);
  fixture_close (fixture);
  damage.at = find_root (fixture->path, "torrents");
  damage_file (fixture->path, &damage);
  contents = read_file (fixture->path);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  assert_unchanged (fixture->path, contents);
}

/* What the list does not read is found damaged when it is read; from then on nothing is written, not even by closing
 * it. */
static void
test_damaged_later (Fixture       *fixture,
                    gconstpointer  data)
{
  Damage damage = { "resume", 0, 4096, 0 };
  g_autoptr (BtRecord) record = make_record (300);
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  commit_torrents (fixture->store, 1, 200);
  fixture_close (fixture);
  damage.at = find_root (fixture->path, "resume");
  damage_file (fixture->path, &damage);
  contents = read_file (fixture->path);
  fixture_open (fixture);
  g_assert_null (bt_store_load (fixture->store, 1, &error));
  g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT);
  bt_store_batch_put_record (batch, record);
  fail_to_commit (fixture->store, batch, BT_STORE_ERROR_CORRUPT);
  records = bt_store_list (fixture->store, NULL);
  g_assert_cmpuint (records->len, ==, 200);
  fixture_close (fixture);
  assert_unchanged (fixture->path, contents);
}

static void
test_missing_table (Fixture       *fixture,
                    gconstpointer  data)
{
  exec (fixture->store, data);
  fixture_close (fixture);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
}

/* Somebody else's database is not ours to write into, whatever we were told. */
static void
test_foreign (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GBytes) contents = NULL;
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "CREATE TABLE bookmarks (url)", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (handle);
  contents = read_file (fixture->path);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  assert_unchanged (fixture->path, contents);
}

/* Without content it is a beginning, unless there are copies or a log: then something has gone wrong. */
static void
test_empty (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);

  g_assert_true (g_file_set_contents (fixture->path, "", 0, NULL));
  fixture_open (fixture);
  commit_torrents (fixture->store, 1, 1);
  bt_store_finish_copy (fixture->store);
  fixture_close (fixture);
  g_assert_cmpint (truncate (fixture->path, 0), ==, 0);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  g_unlink (fixture->path);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));

  g_free (fixture->path);
  fixture->path = g_build_filename (fixture->folder, "other.db", NULL);
  g_free (log);
  log = g_strconcat (fixture->path, "-wal", NULL);
  g_assert_true (g_file_set_contents (log, "log", 3, NULL));
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
}

/* A folder, a device. */
static void
test_no_file (Fixture       *fixture,
              gconstpointer  data)
{
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_FAILED);
}

/* --- Rows that make no sense --- */

static BtRecord *
find_record (GPtrArray *records,
             guint64    id)
{
  for (guint i = 0; i < records->len; i++)
    {
      BtRecord *record = records->pdata[i];

      if (record->id == id)
        return record;
    }
  g_assert_not_reached ();
}

static const char *const record_columns[] = {
  "info_hash", "name", "top_name", "folder", "final_folder", "volume", "volume_name", "error",
  "labels", "tracker_hosts", "flags", "position", "preallocation", "max_peers", "upload_slots",
  "read_limit_bps",
  "write_limit_bps", "ratio_limit", "seed_time_limit_s", "idle_limit_s", "after_share",
  "total_bytes", "wanted_bytes", "done_bytes", "n_pieces", "n_have", "n_files", "received_bytes",
  "sent_bytes", "wasted_bytes", "active_s", "seeding_s", "added_at_s", "completed_at_s",
  "active_at_s", "checked_at_s",
};

static const char *const bad_values[] = {
  "NULL", "-1", "-3", "-9223372036854775808", "9223372036854775807", "1.5", "-1e308", "9e999",
  "'text'", "''", "x''", "x'ff'", "x'00'", "x'c328'", "zeroblob(100000)", "cast(x'ff80' AS TEXT)",
  "'../../etc'", "'..'",
};

static void
assert_sensible (const BtRecord *record)
{
  g_assert_true (g_utf8_validate (record->name, -1, NULL));
  g_assert_true (g_utf8_validate (record->top_name, -1, NULL));
  g_assert_null (strchr (record->top_name, '/'));
  g_assert_cmpstr (record->top_name, !=, "..");
  g_assert_cmpstr (record->top_name, !=, "");
  g_assert_nonnull (record->folder);
  g_assert_true (record->error == NULL || g_utf8_validate (record->error, -1, NULL));
  g_assert_true (record->volume == NULL || g_utf8_validate (record->volume, -1, NULL));
  for (guint i = 0; record->labels != NULL && record->labels[i] != NULL; i++)
    g_assert_true (g_utf8_validate (record->labels[i], -1, NULL));
  if (record->folder[0] == '\0')
    g_assert_cmpuint (record->flags & BT_RECORD_FAILED, !=, 0);
  g_assert_cmpint (record->preallocation, >=, 0);
  g_assert_cmpint (record->preallocation, <=, 2);
  g_assert_cmpint (record->after_share, <=, BT_AFTER_SHARE_SUPER_SEED);
  g_assert_true (record->ratio_limit >= 0 || record->ratio_limit == BT_RATIO_GENERAL ||
                 record->ratio_limit == BT_RATIO_NONE);
  g_assert_cmpfloat (record->ratio_limit, <, 1e300);
  g_assert_cmpint (record->seed_time_limit_s, >=, BT_RATIO_NONE);
  g_assert_cmpint (record->idle_limit_s, >=, BT_RATIO_NONE);
  g_assert_cmpuint (record->n_pieces, <=, BT_MAX_PIECES);
  g_assert_cmpuint (record->n_have, <=, record->n_pieces);
  g_assert_cmpuint (record->done_bytes, <=, record->wanted_bytes);
  g_assert_cmpuint (record->total_bytes, <=, G_MAXINT64);
  g_assert_cmpint (record->added_at_s, >=, 0);
  g_assert_cmpint (record->checked_at_s, >=, 0);
  g_assert_cmpint (record->active_s, >=, 0);
}

/* Each column with each value: the torrent is in the list all the same, and can be written again. */
static void
test_bad_rows (Fixture       *fixture,
               gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (record_columns); i++)
    {
      g_autoptr (GPtrArray) records = NULL;
      BtStoreBatch *batch = bt_store_batch_new ();

      commit_torrents (fixture->store, 1, G_N_ELEMENTS (bad_values));
      for (guint j = 0; j < G_N_ELEMENTS (bad_values); j++)
        {
          g_autofree char *sql = NULL;

          sql = g_strdup_printf ("UPDATE torrents SET %s = %s WHERE id = %u", record_columns[i],
                                 bad_values[j], j + 1);
          exec (fixture->store, sql);
        }
      records = bt_store_list (fixture->store, NULL);
      g_assert_cmpuint (records->len, ==, G_N_ELEMENTS (bad_values));
      for (guint j = 0; j < records->len; j++)
        {
          assert_sensible (records->pdata[j]);
          bt_store_batch_put_record (batch, records->pdata[j]);
        }
      commit (fixture->store, batch);
    }
  fixture_close (fixture);
  fixture_open (fixture);
}

/* A torrent whose hash or folder is gone is shown as such, and is not taken for another. */
static void
test_lost_fields (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GPtrArray) records = NULL;
  BtRecord *first;
  BtRecord *second;

  commit_torrents (fixture->store, 1, 3);
  exec (fixture->store, "UPDATE torrents SET info_hash = x'0102' WHERE id < 3");
  exec (fixture->store, "UPDATE torrents SET folder = NULL WHERE id = 3");
  records = bt_store_list (fixture->store, NULL);
  first = find_record (records, 1);
  second = find_record (records, 2);
  g_assert_cmpint (memcmp (first->info_hash, second->info_hash, BT_RECORD_HASH_BYTES), !=, 0);
  for (guint64 id = 1; id <= 3; id++)
    {
      BtRecord *record = find_record (records, id);

      g_assert_cmpuint (record->flags & BT_RECORD_FAILED, !=, 0);
      g_assert_cmpuint (record->flags & BT_RECORD_PAUSED, !=, 0);
      g_assert_nonnull (strstr (record->error, "damaged"));
    }
}

static void
test_bad_parts (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (BtStoredTorrent) torrent = NULL;

  commit_torrents (fixture->store, 1, 1);
  for (guint i = 0; i < G_N_ELEMENTS (bad_values); i++)
    {
      static const char *const texts[] = {
        "UPDATE resume SET resume = %s",
        "UPDATE metainfo SET torrent = %s",
        "REPLACE INTO history VALUES (1, %s)",
        "REPLACE INTO program VALUES ('key', %s)",
        "REPLACE INTO files VALUES (1, 5, %s, 'a')",
        "REPLACE INTO files VALUES (1, 5, 1, %s)",
        "REPLACE INTO files SELECT 1, ifnull (%s, -7), 1, 'a'",
        "REPLACE INTO trackers VALUES (1, 5, %s, 'udp://a')",
        "REPLACE INTO web_seeds VALUES (1, %s)",
        "REPLACE INTO trackers VALUES (1, 6, 1, %s)",
        "REPLACE INTO tracker_lists VALUES (1)",
      };

      for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
        {
          g_auto (GStrv) parts = g_strsplit (texts[j], "%s", 2);
          g_autofree char *sql = NULL;

          sql = g_strconcat (parts[0], parts[1] != NULL ? bad_values[i] : "", parts[1], NULL);
          exec (fixture->store, sql);
          g_clear_pointer (&torrent, bt_stored_torrent_free);
          torrent = bt_store_load (fixture->store, 1, NULL);
          g_assert_nonnull (torrent);
          if (j == 0 || i > 0)
            g_assert_null (torrent->resume);
          for (guint k = 0; k < torrent->files->len; k++)
            {
              BtFileRecord *file = &g_array_index (torrent->files, BtFileRecord, k);

              g_assert_cmpuint (file->priority, <=, 3);
              g_assert_cmpuint (file->index, <, BT_STORE_MAX_FILES);
              g_assert_true (file->path == NULL || strstr (file->path, "..") == NULL);
            }
          for (guint k = 0; torrent->trackers != NULL && k < torrent->trackers->len; k++)
            {
              BtTrackerRecord *tracker = &g_array_index (torrent->trackers, BtTrackerRecord, k);

              g_assert_true (g_utf8_validate (tracker->url, -1, NULL));
            }
          {
            g_autoptr (GBytes) value = bt_store_get_value (fixture->store, "key");

            g_assert_true (value == NULL || g_bytes_get_size (value) <= 100000);
          }
        }
    }
}

/* --- Versions --- */

#define N_OWN 3  /* steps that there are */

/* Our own steps, and some that come after them. */
static const char *steps[] = { NULL, NULL, NULL,
                               "ALTER TABLE torrents ADD COLUMN colour TEXT DEFAULT 'red'",
                               "UPDATE torrents SET colour = 'blue'", NULL };
static const char *failing_steps[] = { NULL, NULL, NULL,
                                       "ALTER TABLE torrents ADD COLUMN colour TEXT",
                                       "UPDATE torrents SET size = 'large'", NULL };

static void
put_own (const char **into)
{
  g_assert_cmpuint (bt_store_schema_get_n_steps (bt_store_steps), ==, N_OWN);
  memcpy (into, bt_store_steps, N_OWN * sizeof *into);
}

static BtStore *
open_with (Fixture            *fixture,
           const char *const  *with,
           GError            **error)
{
  return bt_store_open_with_steps (fixture->path, with, error);
}

static gint64
get_number (Fixture    *fixture,
            const char *sql)
{
  g_autoptr (GError) error = NULL;
  BtStoreDb *db = bt_store_db_open (fixture->path, &error);
  gint64 number = -1;

  g_assert_no_error (error);
  bt_store_db_get_number (db, sql, &number, &error);
  g_assert_no_error (error);
  bt_store_db_close (db, TRUE);
  return number;
}

static void
test_migration (Fixture       *fixture,
                gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2 };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copies = NULL;

  commit_torrents (fixture->store, 1, 2);
  fixture_close (fixture);
  g_assert_cmpint (get_number (fixture, "PRAGMA user_version"), ==, N_OWN);
  copies = bt_store_list_copies (fixture->path);
  for (guint i = 0; copies[i] != NULL; i++)
    g_unlink (copies[i]);
  g_clear_pointer (&copies, g_strfreev);

  put_own (steps);
  fixture->store = open_with (fixture, steps, &error);
  g_assert_no_error (error);
  assert_listed (fixture->store, ids, 2);
  fixture_close (fixture);
  g_assert_cmpint (get_number (fixture, "PRAGMA user_version"), ==, N_OWN + 2);
  g_assert_cmpint (get_number (fixture, "SELECT count(*) FROM torrents WHERE colour = 'blue'"), ==,
                   2);
  /* A copy as it was before. */
  copies = bt_store_list_copies (fixture->path);
  g_assert_cmpuint (g_strv_length (copies), ==, 1);
  g_free (fixture->path);
  fixture->path = g_strdup (copies[0]);
  g_assert_cmpint (get_number (fixture, "PRAGMA user_version"), ==, N_OWN);
}

/* A version that was never given away: everything is made by migrating. */
static void
test_migration_from_old (Fixture       *fixture,
                         gconstpointer  data)
{
  static const guint64 ids[] = { 7 };
  const char *old_steps[] = { "CREATE TABLE torrents (id INTEGER PRIMARY KEY, title TEXT)",
                              "ALTER TABLE torrents RENAME TO old", NULL, NULL, NULL,
                              "INSERT INTO torrents (id, name, folder) SELECT id, title, '/' "
                              "FROM old; DROP TABLE old", NULL };
  g_autofree char *sql = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *handle = NULL;

  put_own (old_steps + 2);
  sql = g_strdup_printf ("%s; PRAGMA user_version = 1; PRAGMA application_id = %d;"
                         "INSERT INTO torrents VALUES (7, 'old')", old_steps[0],
                         BT_STORE_APPLICATION_ID);
  g_assert_cmpint (sqlite3_open (fixture->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);

  fixture->store = open_with (fixture, old_steps, &error);
  g_assert_no_error (error);
  assert_listed (fixture->store, ids, 1);
  fixture_close (fixture);
  g_assert_cmpint (get_number (fixture, "PRAGMA user_version"), ==, N_OWN + 3);
  g_assert_cmpint (get_number (fixture, "SELECT count(*) FROM torrents WHERE name = 'old'"), ==, 1);
}

/* Makes a state as the first version did. */
static void
make_version_1 (Fixture    *fixture,
                const char *rows,
                GBytes     *torrent_file)
{
  g_autofree char *sql = g_strdup_printf ("%s; PRAGMA user_version = 1; %s", bt_store_steps[0],
                                          rows);
  sqlite3_stmt *statement = NULL;
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (handle, "UPDATE metainfo SET torrent = ? "
                                       "WHERE torrent IS NULL", -1, &statement, NULL), ==,
                   SQLITE_OK);
  sqlite3_bind_blob (statement, 1, g_bytes_get_data (torrent_file, NULL),
                     (int) g_bytes_get_size (torrent_file), SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_DONE);
  sqlite3_finalize (statement);
  sqlite3_close (handle);
}

/* Version 2 knows the hosts of the trackers: of the metainfo, or of those a person set. */
static void
test_migration_to_2 (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char torrent[] =
    "d8:announce24:http://b.example:80/anno13:announce-listll24:http://B.example:80/anno"
    "14:udp://[::1]:1/el16:http://a.exampleee"
    "4:infod6:lengthi1e4:name1:n12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
  static const char rows[] =
    "INSERT INTO torrents (id, name, folder, position) VALUES (1, 'one', '/', 0), "
    "(2, 'set', '/', 1), (3, 'none set', '/', 2), (4, 'damaged', '/', 3), (5, 'lost', '/', 4);"
    "INSERT INTO metainfo VALUES (1, NULL), (2, NULL), (3, NULL), (4, x'00');"
    "INSERT INTO tracker_lists VALUES (2), (3);"
    "INSERT INTO trackers VALUES (2, 0, 0, 'udp://Z.example:1'), (2, 1, 0, 'nonsense'), "
    "(2, 2, 1, 'http://c.example/')";
  static const char *const expected[] = { "::1 a.example b.example", "c.example z.example", NULL,
                                          NULL, NULL };
  g_autoptr (GBytes) bytes = g_bytes_new_static (torrent, sizeof torrent - 1);
  g_autoptr (GPtrArray) records = NULL;

  make_version_1 (fixture, rows, bytes);
  fixture_open (fixture);
  records = bt_store_list (fixture->store, NULL);
  g_assert_cmpuint (records->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < records->len; i++)
    {
      BtRecord *record = records->pdata[i];
      g_autofree char *hosts = NULL;

      if (record->tracker_hosts != NULL)
        hosts = g_strjoinv (" ", record->tracker_hosts);
      g_assert_cmpstr (hosts, ==, expected[i]);
    }
}

/* Version 3 has web seeds; of a torrent from before they are the metainfo's, until a person sets some. */
static void
test_migration_to_3 (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char rows[] =
    "INSERT INTO torrents (id, name, folder, position) VALUES (1, 'one', '/', 0);"
    "INSERT INTO metainfo VALUES (1, NULL)";
  static const char *const urls[] = { "http://a/", NULL };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("de", 2);
  g_autoptr (BtStoredTorrent) torrent = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  make_version_1 (fixture, rows, bytes);
  fixture_open (fixture);
  torrent = bt_store_load (fixture->store, 1, NULL);
  g_assert_nonnull (torrent);
  g_assert_null (torrent->web_seeds);
  g_clear_pointer (&torrent, bt_stored_torrent_free);
  bt_store_batch_put_web_seeds (batch, 1, urls);
  commit (fixture->store, batch);
  torrent = bt_store_load (fixture->store, 1, NULL);
  g_assert_cmpstrv (torrent->web_seeds, urls);
}

/* A step that fails leaves what the one before it made; another version goes on from there. */
static void
test_failing_migration (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  commit_torrents (fixture->store, 1, 2);
  fixture_close (fixture);
  put_own (failing_steps);
  g_assert_null (open_with (fixture, failing_steps, &error));
  g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpint (get_number (fixture, "PRAGMA user_version"), ==, N_OWN + 1);
  put_own (steps);
  fixture->store = open_with (fixture, steps, &error);
  g_assert_no_error (error);
}

static void
test_too_new (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GBytes) contents = NULL;

  commit_torrents (fixture->store, 1, 2);
  exec (fixture->store, "PRAGMA user_version = 99");
  fixture_close (fixture);
  contents = read_file (fixture->path);
  fixture_fail_to_open (fixture, BT_STORE_ERROR_TOO_NEW);
  assert_unchanged (fixture->path, contents);
}

static void
add (const char    *path,
     gconstpointer  data,
     void         (*test) (Fixture *, gconstpointer),
     gboolean       is_closed)
{
  g_test_add (path, Fixture, data, is_closed ? fixture_set_up_closed : fixture_set_up, test,
              fixture_tear_down);
}

int
main (int   argc,
      char *argv[])
{
  own_path = argv[0];
  if (argc == 3 && strcmp (argv[1], "--full-disk") == 0)
    return run_full_disk (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--read-only") == 0)
    return run_read_only (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--locked") == 0)
    return run_locked (argv[2]);
  g_test_init (&argc, &argv, NULL);

  add ("/store/trouble/no-space", NULL, test_no_space, FALSE);
  add ("/store/trouble/full-disk", "--full-disk", test_child, TRUE);
  add ("/store/trouble/read-only", NULL, test_read_only, FALSE);
  add ("/store/trouble/read-only-disk", "--read-only", test_child, TRUE);
  add ("/store/trouble/locked", NULL, test_locked, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/store/trouble/damage/", damages[i].title, NULL);

      add (path, &damages[i], test_damaged_file, FALSE);
    }
  add ("/store/trouble/damage/list", NULL, test_damaged_list, FALSE);
  add ("/store/trouble/damage/later", NULL, test_damaged_later, FALSE);
  add ("/store/trouble/damage/no-list", "DROP TABLE torrents", test_missing_table, FALSE);
  add ("/store/trouble/damage/no-resume", "DROP TABLE resume", test_missing_table, FALSE);
  add ("/store/trouble/damage/no-column", "ALTER TABLE torrents DROP COLUMN folder",
       test_missing_table, FALSE);
  add ("/store/trouble/foreign", NULL, test_foreign, TRUE);
  add ("/store/trouble/empty", NULL, test_empty, TRUE);
  add ("/store/trouble/no-file", NULL, test_no_file, TRUE);
  add ("/store/trouble/bad-rows", NULL, test_bad_rows, FALSE);
  add ("/store/trouble/lost-fields", NULL, test_lost_fields, FALSE);
  add ("/store/trouble/bad-parts", NULL, test_bad_parts, FALSE);
  add ("/store/trouble/migration", NULL, test_migration, FALSE);
  add ("/store/trouble/migration-from-old", NULL, test_migration_from_old, TRUE);
  add ("/store/trouble/migration-to-2", NULL, test_migration_to_2, TRUE);
  add ("/store/trouble/migration-to-3", NULL, test_migration_to_3, TRUE);
  add ("/store/trouble/failing-migration", NULL, test_failing_migration, FALSE);
  add ("/store/trouble/too-new", NULL, test_too_new, FALSE);
  return g_test_run ();
}
