/* test-copies.c - daily copies are made, sound, few, and can be put back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S   G_GINT64_CONSTANT (86400)
#define DAY_0_S G_GINT64_CONSTANT (1893455999)  /* 2029-12-31, a second before midnight */

static void
put_value (BtStore    *store,
           const char *text)
{
  g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));
  BtStoreBatch *batch = bt_store_batch_new ();

  bt_store_batch_put_value (batch, "text", value);
  commit (store, batch);
}

static void
assert_value (Fixture    *fixture,
              const char *text)
{
  g_autoptr (GBytes) value = bt_store_get_value (fixture->store, "text");
  gsize n_bytes;
  const char *bytes;

  g_assert_nonnull (value);
  bytes = g_bytes_get_data (value, &n_bytes);
  g_assert_cmpmem (bytes, n_bytes, text, strlen (text));
}

/* Exactly the copies with these dates, newest first, separated by spaces. */
static void
assert_copies (Fixture    *fixture,
               const char *dates)
{
  g_auto (GStrv) copies = bt_store_list_copies (fixture->path);
  g_auto (GStrv) expected = g_strsplit (dates, " ", -1);
  guint n_expected = dates[0] != '\0' ? g_strv_length (expected) : 0;

  g_assert_cmpuint (g_strv_length (copies), ==, n_expected);
  for (guint i = 0; i < n_expected; i++)
    {
      g_autofree char *path = g_strconcat (fixture->path, ".copy-", expected[i], NULL);

      g_assert_cmpstr (copies[i], ==, path);
    }
  g_assert_cmpuint (count_files (fixture->folder, ".copy-"), ==, n_expected);
}

static void
fill_garbage (const char *path,
              goffset     at)
{
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) garbage = make_bytes (4096, 1);
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &contents, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, >=, at + 4096);
  memcpy (contents + at, g_bytes_get_data (garbage, NULL), 4096);
  g_assert_true (g_file_set_contents (path, contents, (gssize) n_bytes, NULL));
}

/* One a day, with the first commit; three stay. */
static void
test_days (Fixture       *fixture,
           gconstpointer  data)
{
  static const char *const expected[] = {
    "2029-12-31",
    "2030-01-01 2029-12-31",
    "2030-01-02 2030-01-01 2029-12-31",
    "2030-01-03 2030-01-02 2030-01-01",
    "2030-01-04 2030-01-03 2030-01-02",
  };

  assert_copies (fixture, "");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      bt_store_set_now (fixture->store, DAY_0_S + i * DAY_S);
      bt_store_finish_copy (fixture->store);
      if (i > 0)
        assert_copies (fixture, expected[i - 1]);
      put_value (fixture->store, expected[i]);
      bt_store_finish_copy (fixture->store);
      assert_copies (fixture, expected[i]);
      put_value (fixture->store, "later");
      bt_store_finish_copy (fixture->store);
      assert_copies (fixture, expected[i]);
    }
}

/* A commit that finds no copy makes one; one before the clock was put back stays. */
static void
test_again (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *copy = g_strconcat (fixture->path, ".copy-2029-12-31", NULL);

  bt_store_set_now (fixture->store, DAY_0_S);
  put_value (fixture->store, "first");
  bt_store_finish_copy (fixture->store);
  g_assert_cmpint (g_unlink (copy), ==, 0);
  put_value (fixture->store, "second");
  bt_store_finish_copy (fixture->store);
  assert_copies (fixture, "2029-12-31");
  for (guint i = 1; i <= 3; i++)
    {
      bt_store_set_now (fixture->store, DAY_0_S - i * DAY_S);
      put_value (fixture->store, "before");
      bt_store_finish_copy (fixture->store);
    }
  assert_copies (fixture, "2029-12-31 2029-12-30 2029-12-28");
}

/* Without being waited for, in the worker, after the answer. */
static void
test_by_itself (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *copy = g_strconcat (fixture->path, ".copy-2029-12-31", NULL);
  BtStoreBatch *batch = bt_store_batch_new ();
  g_autoptr (BtRecord) record = make_record (1);
  gint64 until_us = g_get_monotonic_time () + 100 * G_USEC_PER_SEC;

  bt_store_set_now (fixture->store, DAY_0_S);
  bt_store_batch_put_record (batch, record);
  bt_store_commit_async (fixture->store, batch, NULL, NULL);
  while (!g_file_test (copy, G_FILE_TEST_EXISTS) && g_get_monotonic_time () < until_us)
    g_thread_yield ();
  assert_copies (fixture, "2029-12-31");
}

/* Asked for, it needs no commit; once a day. */
static void
test_when_due (Fixture       *fixture,
               gconstpointer  data)
{
  bt_store_set_now (fixture->store, DAY_0_S);
  put_value (fixture->store, "first");
  bt_store_finish_copy (fixture->store);
  fixture_close (fixture);
  fixture_open (fixture);
  for (guint i = 0; i < 2; i++)
    {
      bt_store_set_now (fixture->store, DAY_0_S + DAY_S);
      bt_store_copy_when_due (fixture->store);
      bt_store_finish_copy (fixture->store);
      assert_copies (fixture, "2030-01-01 2029-12-31");
    }
}

static void
count_cb (const GError *error,
          gpointer      user_data)
{
  g_assert_no_error (error);
  (*(guint *) user_data)++;
}

/* What is committed while a copy is made is in it, too; and nothing waits for it. */
static void
test_meanwhile (Fixture       *fixture,
                gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2, 3 };
  g_auto (GStrv) copies = NULL;
  g_autoptr (GError) error = NULL;
  guint n_answers = 0;

  bt_store_set_now (fixture->store, DAY_0_S);
  for (guint i = 0; i < 4; i++)
    commit_torrents (fixture->store, 1 + i * 500, 500);
  for (guint i = 0; i < 40; i++)
    {
      BtStoreBatch *batch = bt_store_batch_new ();

      for (guint64 id = 4 + i * 50; id < 54 + i * 50; id++)
        bt_store_batch_remove (batch, id);
      bt_store_commit_async (fixture->store, batch, count_cb, &n_answers);
    }
  while (n_answers < 40)
    g_main_context_iteration (NULL, TRUE);
  bt_store_finish_copy (fixture->store);
  assert_listed (fixture->store, ids, 3);
  fixture_close (fixture);

  copies = bt_store_list_copies (fixture->path);
  g_assert_cmpuint (g_strv_length (copies), ==, 1);
  g_assert_true (bt_store_restore (fixture->path, copies[0], &error));
  g_assert_no_error (error);
  fixture_open (fixture);
  {
    g_autoptr (GPtrArray) records = bt_store_list (fixture->store, NULL);

    g_assert_nonnull (records);
    g_assert_cmpuint (records->len, >=, 3);
  }
}

/* A copy that is not whole when the store is closed leaves nothing. */
static void
test_close_meanwhile (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *unfinished = g_strconcat (fixture->path, ".copy-new", NULL);

  for (guint i = 0; i < 3; i++)
    {
      bt_store_set_now (fixture->store, DAY_0_S + i * DAY_S);
      commit_torrents (fixture->store, 1 + i * 500, 500);
      fixture_close (fixture);
      g_assert_false (g_file_test (unfinished, G_FILE_TEST_EXISTS));
      g_assert_cmpuint (count_files (fixture->folder, "copy-new"), ==, 0);
      fixture_open (fixture);
    }
}

/* One that a crash has left is in nobody's way, and is not offered. */
static void
test_relic (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *unfinished = g_strconcat (fixture->path, ".copy-new", NULL);

  g_assert_true (g_file_set_contents (unfinished, "half", 4, NULL));
  bt_store_set_now (fixture->store, DAY_0_S);
  put_value (fixture->store, "a");
  bt_store_finish_copy (fixture->store);
  assert_copies (fixture, "2029-12-31");
}

/* Whose metainfo alone lies in the last pages, which opening does not look at. */
static void
commit_large (BtStore *store,
              guint64  id)
{
  g_autoptr (BtRecord) record = make_record (id);
  g_autoptr (GBytes) metainfo = make_bytes (2000000, id);
  BtStoreBatch *batch = bt_store_batch_new ();

  bt_store_batch_put_record (batch, record);
  bt_store_batch_put_metainfo (batch, id, metainfo);
  commit (store, batch);
}

/* A damaged store does not push sound copies out. */
static void
test_damaged_source (Fixture       *fixture,
                     gconstpointer  data)
{
  struct stat status;

  bt_store_set_now (fixture->store, DAY_0_S);
  commit_torrents (fixture->store, 1, 40);
  commit_large (fixture->store, 50);
  bt_store_finish_copy (fixture->store);
  fixture_close (fixture);
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  fill_garbage (fixture->path, status.st_size - 100 * 4096);
  fixture_open (fixture);
  for (guint i = 1; i < 5; i++)
    {
      bt_store_set_now (fixture->store, DAY_0_S + i * DAY_S);
      put_value (fixture->store, "a");
      bt_store_finish_copy (fixture->store);
      assert_copies (fixture, "2029-12-31");
    }
}

static void
test_restore (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *damaged_1 = g_strconcat (fixture->path, ".damaged-1", NULL);
  g_autofree char *damaged_2 = g_strconcat (fixture->path, ".damaged-2", NULL);
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *damaged_log = g_strconcat (damaged_2, "-wal", NULL);
  g_auto (GStrv) copies = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;

  bt_store_set_now (fixture->store, DAY_0_S);
  put_value (fixture->store, "first");
  bt_store_finish_copy (fixture->store);
  bt_store_set_now (fixture->store, DAY_0_S + DAY_S);
  put_value (fixture->store, "second");
  bt_store_finish_copy (fixture->store);
  put_value (fixture->store, "third");
  fixture_close (fixture);

  copies = bt_store_list_copies (fixture->path);
  g_assert_cmpuint (g_strv_length (copies), ==, 2);
  g_assert_true (bt_store_restore (fixture->path, copies[0], &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (damaged_1, G_FILE_TEST_EXISTS));
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  fixture_open (fixture);
  assert_value (fixture, "second");
  fixture_close (fixture);

  /* With the log of one that was killed, and damaged. */
  fill_garbage (fixture->path, 0);
  g_assert_true (g_file_set_contents (log, "log", 3, NULL));
  fixture_fail_to_open (fixture, BT_STORE_ERROR_CORRUPT);
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_true (bt_store_restore (fixture->path, copies[1], &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (damaged_2, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (damaged_log, G_FILE_TEST_EXISTS));
  fixture_open (fixture);
  assert_value (fixture, "first");
  fixture_close (fixture);

  /* The store is gone altogether. */
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_true (bt_store_restore (fixture->path, copies[0], &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (fixture->folder, "damaged"), ==, 3);
  g_assert_cmpuint (count_files (fixture->folder, "restore-new"), ==, 0);
  fixture_open (fixture);
  assert_value (fixture, "second");
}

/* Only what is a sound store is offered, and put in its place. */
static void
test_bad_copies (Fixture       *fixture,
                 gconstpointer  data)
{
  static const char *const names[] = { ".copy-2030-01-05", ".copy-2030-01-06", ".copy-2030-01-07",
                                       ".copy-2030-01-0x", ".copy-new", ".copy-2030-01-08-wal" };
  g_autofree char *contents = NULL;
  g_autofree char *sound = g_strconcat (fixture->path, ".copy-2029-12-31", NULL);
  gsize n_bytes;

  bt_store_set_now (fixture->store, DAY_0_S);
  commit_torrents (fixture->store, 1, 50);
  put_value (fixture->store, "now");
  bt_store_finish_copy (fixture->store);
  fixture_close (fixture);
  g_assert_true (g_file_get_contents (sound, &contents, &n_bytes, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat (fixture->path, names[i], NULL);
      g_auto (GStrv) copies = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, contents, (gssize) n_bytes, NULL));
      if (i == 0)
        fill_garbage (path, 0);
      else if (i == 1)
        g_assert_cmpint (truncate (path, (off_t) n_bytes - 4096), ==, 0);
      else if (i == 2)
        g_assert_true (g_file_set_contents (path, "", 0, NULL));
      copies = bt_store_list_copies (fixture->path);
      g_assert_cmpuint (g_strv_length (copies), ==, 1);
      g_assert_cmpstr (copies[0], ==, sound);
      if (i > 2)
        continue;
      g_assert_false (bt_store_restore (fixture->path, path, &error));
      g_assert_error (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT);
      g_assert_cmpuint (count_files (fixture->folder, "damaged"), ==, 0);
      g_assert_cmpuint (count_files (fixture->folder, "restore-new"), ==, 0);
    }
  /* Looking at them left nothing behind. */
  g_assert_cmpuint (count_files (fixture->folder, "-shm"), ==, 0);
  fixture_open (fixture);
  assert_value (fixture, "now");
}

static void
add (const char *path,
     void      (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/store/copies/days", test_days);
  add ("/store/copies/again", test_again);
  add ("/store/copies/by-itself", test_by_itself);
  add ("/store/copies/when-due", test_when_due);
  add ("/store/copies/meanwhile", test_meanwhile);
  add ("/store/copies/close-meanwhile", test_close_meanwhile);
  add ("/store/copies/relic", test_relic);
  add ("/store/copies/damaged-source", test_damaged_source);
  add ("/store/copies/restore", test_restore);
  add ("/store/copies/bad", test_bad_copies);
  return g_test_run ();
}
