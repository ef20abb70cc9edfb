/* test-store.c - what is put is what comes back, in its order, and all or nothing of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static void
append_file (GArray     *files,
             guint32     index,
             guint8      priority,
             const char *path)
{
  BtFileRecord file = { index, priority, g_strdup (path) };

  g_array_append_val (files, file);
}

static GArray *
make_files (void)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (BtFileRecord));

  g_array_set_clear_func (files, bt_file_record_clear);
  append_file (files, 1, 0, NULL);
  append_file (files, 3, 3, "a/new name");
  append_file (files, 999999, 2, "…and a last one");
  return files;
}

static GArray *
make_trackers (void)
{
  GArray *trackers = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));

  g_array_set_clear_func (trackers, bt_tracker_record_clear);
  for (guint i = 0; i < 5; i++)
    {
      BtTrackerRecord tracker = { i / 2, g_strdup_printf ("https://%u.example/announce", 9 - i) };

      g_array_append_val (trackers, tracker);
    }
  return trackers;
}

static void
assert_same_lists (const BtStoredTorrent *torrent,
                   const GArray          *files,
                   const GArray          *trackers)
{
  g_assert_cmpuint (torrent->files->len, ==, files->len);
  for (guint i = 0; i < files->len; i++)
    {
      BtFileRecord *first = &g_array_index (torrent->files, BtFileRecord, i);
      BtFileRecord *second = &g_array_index (files, BtFileRecord, i);

      g_assert_cmpuint (first->index, ==, second->index);
      g_assert_cmpuint (first->priority, ==, second->priority);
      g_assert_cmpstr (first->path, ==, second->path);
    }
  g_assert_nonnull (torrent->trackers);
  g_assert_cmpuint (torrent->trackers->len, ==, trackers->len);
  for (guint i = 0; i < trackers->len; i++)
    {
      BtTrackerRecord *first = &g_array_index (torrent->trackers, BtTrackerRecord, i);
      BtTrackerRecord *second = &g_array_index (trackers, BtTrackerRecord, i);

      g_assert_cmpuint (first->tier, ==, second->tier);
      g_assert_cmpstr (first->url, ==, second->url);
    }
}

static BtStoredTorrent *
load (BtStore *store,
      guint64  id)
{
  g_autoptr (GError) error = NULL;
  BtStoredTorrent *torrent = bt_store_load (store, id, &error);

  g_assert_no_error (error);
  g_assert_nonnull (torrent);
  g_assert_nonnull (torrent->files);
  return torrent;
}

static const char *const some_urls[] = { "http://a.example/x", "https://b.example/?y=%20z", NULL };

static void
assert_nothing_kept (BtStore *store,
                     guint64  id)
{
  g_autoptr (BtStoredTorrent) torrent = load (store, id);

  g_assert_null (torrent->metainfo);
  g_assert_null (torrent->resume);
  g_assert_cmpuint (torrent->files->len, ==, 0);
  g_assert_null (torrent->trackers);
  g_assert_null (torrent->web_seeds);
  g_assert_null (torrent->history);
}

static void
put_everything (BtStoreBatch *batch,
                guint64       id)
{
  g_autoptr (BtRecord) record = make_record (id);
  g_autoptr (BtResume) resume = make_resume (400, 4, id);
  g_autoptr (GBytes) metainfo = make_bytes (100000, id);
  g_autoptr (GBytes) history = make_bytes (5000, id + 1);
  g_autoptr (GArray) files = make_files ();
  g_autoptr (GArray) trackers = make_trackers ();

  bt_store_batch_put_history (batch, id, history);
  bt_store_batch_put_trackers (batch, id, trackers);
  bt_store_batch_put_web_seeds (batch, id, some_urls);
  bt_store_batch_put_files (batch, id, files);
  bt_store_batch_put_resume (batch, id, resume);
  bt_store_batch_put_metainfo (batch, id, metainfo);
  bt_store_batch_put_record (batch, record);
}

static void
assert_everything (BtStore *store,
                   guint64  id)
{
  g_autoptr (BtStoredTorrent) torrent = load (store, id);
  g_autoptr (BtResume) resume = make_resume (400, 4, id);
  g_autoptr (GBytes) metainfo = make_bytes (100000, id);
  g_autoptr (GBytes) history = make_bytes (5000, id + 1);
  g_autoptr (GArray) files = make_files ();
  g_autoptr (GArray) trackers = make_trackers ();

  g_assert_true (g_bytes_equal (torrent->metainfo, metainfo));
  g_assert_true (g_bytes_equal (torrent->history, history));
  g_assert_nonnull (torrent->resume);
  assert_same_resume (torrent->resume, resume);
  assert_same_lists (torrent, files, trackers);
  g_assert_cmpstrv (torrent->web_seeds, some_urls);
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  BtStoreBatch *batch = bt_store_batch_new ();
  g_autoptr (GPtrArray) records = NULL;

  g_assert_true (bt_store_batch_is_empty (batch));
  for (guint64 id = 1; id <= 3; id++)
    put_everything (batch, id);
  g_assert_false (bt_store_batch_is_empty (batch));
  commit (fixture->store, batch);
  for (guint i = 0; i < 2; i++)
    {
      records = bt_store_list (fixture->store, NULL);
      g_assert_cmpuint (records->len, ==, 3);
      for (guint64 id = 1; id <= 3; id++)
        {
          g_autoptr (BtRecord) record = make_record (id);

          assert_same_record (records->pdata[id - 1], record);
          assert_everything (fixture->store, id);
        }
      g_clear_pointer (&records, g_ptr_array_unref);
      fixture_close (fixture);
      fixture_open (fixture);
    }
  assert_nothing_kept (fixture->store, 4);
}

static void
test_plain_record (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (BtRecord) record = bt_record_new ();
  g_autoptr (GPtrArray) records = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  record->id = G_MAXINT64;
  record->name = g_strdup ("");
  record->top_name = g_strdup ("x");
  record->folder = g_strdup ("/");
  bt_store_batch_put_record (batch, record);
  commit (fixture->store, batch);
  records = bt_store_list (fixture->store, NULL);
  g_assert_cmpuint (records->len, ==, 1);
  assert_same_record (records->pdata[0], record);
}

static void
test_replace (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const no_urls[] = { NULL };
  g_autoptr (GArray) nothing = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));
  g_autoptr (BtRecord) record = make_record (2);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (BtStoredTorrent) torrent = NULL;
  g_autoptr (GPtrArray) records = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  put_everything (batch, 1);
  put_everything (batch, 2);
  commit (fixture->store, batch);

  g_free (record->name);
  record->name = g_strdup ("Another name");
  g_clear_pointer (&record->labels, g_strfreev);
  g_clear_pointer (&record->tracker_hosts, g_strfreev);
  batch = bt_store_batch_new ();
  bt_store_batch_put_record (batch, record);
  bt_store_batch_put_files (batch, 2, nothing);
  bt_store_batch_put_trackers (batch, 2, nothing);
  bt_store_batch_put_web_seeds (batch, 2, no_urls);
  bt_store_batch_put_history (batch, 2, empty);
  commit (fixture->store, batch);

  records = bt_store_list (fixture->store, NULL);
  assert_same_record (records->pdata[1], record);
  torrent = load (fixture->store, 2);
  g_assert_nonnull (torrent->metainfo);
  g_assert_nonnull (torrent->resume);
  g_assert_cmpuint (torrent->files->len, ==, 0);
  /* No trackers is another thing than those of the metainfo. */
  g_assert_nonnull (torrent->trackers);
  g_assert_cmpuint (torrent->trackers->len, ==, 0);
  /* The same of web seeds. */
  g_assert_nonnull (torrent->web_seeds);
  g_assert_null (torrent->web_seeds[0]);
  g_assert_cmpuint (g_bytes_get_size (torrent->history), ==, 0);
  g_clear_pointer (&torrent, bt_stored_torrent_free);

  batch = bt_store_batch_new ();
  bt_store_batch_put_trackers (batch, 2, NULL);
  bt_store_batch_put_web_seeds (batch, 2, NULL);
  commit (fixture->store, batch);
  torrent = load (fixture->store, 2);
  g_assert_null (torrent->trackers);
  g_assert_null (torrent->web_seeds);
  assert_everything (fixture->store, 1);
}

/* Of one thing put twice in a batch the last counts. */
static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (BtRecord) first = make_record (7);
  g_autoptr (BtRecord) second = make_record (7);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr (GPtrArray) records = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  first->n_have = 5;
  bt_store_batch_put_record (batch, first);
  bt_store_batch_put_metainfo (batch, 7, bytes);
  bt_store_batch_put_history (batch, 7, bytes);
  put_everything (batch, 7);
  commit (fixture->store, batch);
  records = bt_store_list (fixture->store, NULL);
  g_assert_cmpuint (records->len, ==, 1);
  assert_same_record (records->pdata[0], second);
  assert_everything (fixture->store, 7);
}

static void
test_remove (Fixture       *fixture,
             gconstpointer  data)
{
  static const guint64 two[] = { 1, 3 };
  static const guint64 three[] = { 1, 2, 3 };
  g_autoptr (BtRecord) record = make_record (2);
  g_autoptr (BtResume) resume = make_resume (8, 1, 1);
  BtStoreBatch *batch = bt_store_batch_new ();

  for (guint64 id = 1; id <= 3; id++)
    put_everything (batch, id);
  commit (fixture->store, batch);

  /* What was put before goes with it. */
  batch = bt_store_batch_new ();
  bt_store_batch_put_record (batch, record);
  bt_store_batch_remove (batch, 2);
  g_assert_false (bt_store_batch_is_empty (batch));
  commit (fixture->store, batch);
  assert_listed (fixture->store, two, 2);
  assert_nothing_kept (fixture->store, 2);
  assert_everything (fixture->store, 1);

  /* A late checkpoint brings nothing back. */
  batch = bt_store_batch_new ();
  bt_store_batch_put_resume (batch, 2, resume);
  commit (fixture->store, batch);
  assert_nothing_kept (fixture->store, 2);

  /* What is put afterwards stands. */
  batch = bt_store_batch_new ();
  put_everything (batch, 2);
  bt_store_batch_remove (batch, 2);
  bt_store_batch_put_record (batch, record);
  bt_store_batch_put_resume (batch, 2, resume);
  bt_store_batch_remove (batch, 99);
  commit (fixture->store, batch);
  assert_listed (fixture->store, three, 3);
  {
    g_autoptr (BtStoredTorrent) torrent = load (fixture->store, 2);

    g_assert_null (torrent->metainfo);
    g_assert_null (torrent->history);
    assert_same_resume (torrent->resume, resume);
  }
}

static void
test_values (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GBytes) value = make_bytes (1000, 1);
  g_autoptr (GBytes) other = make_bytes (3, 2);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) found = NULL;
  BtStoreBatch *batch = bt_store_batch_new ();

  g_assert_null (bt_store_get_value (fixture->store, "limits"));
  bt_store_batch_put_value (batch, "limits", other);
  bt_store_batch_put_value (batch, "limits", value);
  bt_store_batch_put_value (batch, "empty", empty);
  commit (fixture->store, batch);
  fixture_close (fixture);
  fixture_open (fixture);
  found = bt_store_get_value (fixture->store, "limits");
  g_assert_true (g_bytes_equal (found, value));
  g_clear_pointer (&found, g_bytes_unref);
  found = bt_store_get_value (fixture->store, "empty");
  g_assert_nonnull (found);
  g_assert_cmpuint (g_bytes_get_size (found), ==, 0);
  g_assert_null (bt_store_get_value (fixture->store, "limit"));

  batch = bt_store_batch_new ();
  bt_store_batch_put_value (batch, "limits", NULL);
  g_assert_false (bt_store_batch_is_empty (batch));
  commit (fixture->store, batch);
  g_assert_null (bt_store_get_value (fixture->store, "limits"));
}

/* --- The queue --- */

typedef struct
{
  BtStore *store;    /* borrowed */
  GArray  *order;    /* owned; of guint, as they were answered */
  GThread *thread;   /* borrowed */
  guint    n_more;   /* commits to ask for in an answer */
  gboolean must_close;
} Answers;

typedef struct
{
  Answers *answers;
  guint    number;
  guint64  id;       /* expected to be there, when loaded; 0: not */
} Question;

static Question *
ask (Answers *answers,
     guint    number,
     guint64  id)
{
  Question *question = g_new (Question, 1);

  *question = (Question) { answers, number, id };
  return question;
}

static void
take_answer (Question *question)
{
  g_assert_true (g_thread_self () == question->answers->thread);
  g_array_append_val (question->answers->order, question->number);
  g_free (question);
}

static void
committed_cb (const GError *error,
              gpointer      user_data)
{
  Question *question = user_data;
  Answers *answers = question->answers;

  g_assert_no_error (error);
  take_answer (question);
  if (answers->n_more > 0)
    {
      answers->n_more--;
      bt_store_commit_async (answers->store, bt_store_batch_new (), committed_cb,
                             ask (answers, 100 + answers->n_more, 0));
    }
  else if (answers->must_close)
    {
      answers->must_close = FALSE;
      bt_store_close (answers->store);
    }
}

static void
loaded_cb (BtStoredTorrent *torrent,
           const GError    *error,
           gpointer         user_data)
{
  Question *question = user_data;

  g_assert_no_error (error);
  g_assert_nonnull (torrent);
  g_assert_true ((torrent->metainfo != NULL) == (question->id != 0));
  bt_stored_torrent_free (torrent);
  take_answer (question);
}

static BtStoreBatch *
make_batch (guint64 id)
{
  BtStoreBatch *batch = bt_store_batch_new ();

  put_everything (batch, id);
  return batch;
}

static void
answers_init (Answers *answers,
              BtStore *store)
{
  *answers = (Answers) { .store = store, .thread = g_thread_self () };
  answers->order = g_array_new (FALSE, FALSE, sizeof (guint));
}

static void
assert_in_order (Answers *answers,
                 guint    n_answers)
{
  g_assert_cmpuint (answers->order->len, ==, n_answers);
  for (guint i = 0; i < n_answers; i++)
    g_assert_cmpuint (g_array_index (answers->order, guint, i), ==, i);
  g_array_unref (answers->order);
}

static void
ask_for_many (Answers *answers)
{
  BtStore *store = answers->store;

  for (guint i = 0; i < 10; i++)
    {
      bt_store_load_async (store, i + 1, loaded_cb, ask (answers, 3 * i, 0));
      bt_store_commit_async (store, make_batch (i + 1), committed_cb, ask (answers, 3 * i + 1, 0));
      bt_store_load_async (store, i + 1, loaded_cb, ask (answers, 3 * i + 2, i + 1));
    }
  g_assert_cmpuint (bt_store_get_n_pending (store), ==, 30);
}

/* Answers in the order of the questions, each having seen what was asked for before it. */
static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  Answers answers;

  answers_init (&answers, fixture->store);
  ask_for_many (&answers);
  bt_store_commit_async (fixture->store, make_batch (1), NULL, NULL);
  g_assert_cmpuint (answers.order->len, ==, 0);
  while (bt_store_get_n_pending (fixture->store) > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_in_order (&answers, 30);
}

/* What blocks sees what was asked for before it, and takes nobody's answer. */
static void
test_blocking (Fixture       *fixture,
               gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  Answers answers;

  answers_init (&answers, fixture->store);
  ask_for_many (&answers);
  assert_listed (fixture->store, ids, G_N_ELEMENTS (ids));
  g_assert_cmpuint (answers.order->len, ==, 0);
  g_assert_cmpuint (bt_store_get_n_pending (fixture->store), ==, 30);
  assert_everything (fixture->store, 10);
  while (bt_store_get_n_pending (fixture->store) > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_in_order (&answers, 30);
}

/* Closing answers everything, and what is asked for in these answers. */
static void
test_close_answers (Fixture       *fixture,
                    gconstpointer  data)
{
  static const guint64 ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  Answers answers;

  answers_init (&answers, fixture->store);
  answers.n_more = 3;
  ask_for_many (&answers);
  fixture_close (fixture);
  g_assert_cmpuint (answers.order->len, ==, 33);
  g_array_set_size (answers.order, 30);
  assert_in_order (&answers, 30);
  fixture_open (fixture);
  assert_listed (fixture->store, ids, G_N_ELEMENTS (ids));
}

static void
test_close_in_answer (Fixture       *fixture,
                      gconstpointer  data)
{
  Answers answers;

  answers_init (&answers, g_steal_pointer (&fixture->store));
  answers.must_close = TRUE;
  ask_for_many (&answers);
  while (answers.order->len < 30)
    g_main_context_iteration (NULL, TRUE);
  assert_in_order (&answers, 30);
  fixture_open (fixture);
}

/* On the context that it was opened on. */
static void
test_context (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Answers answers;

  g_main_context_push_thread_default (context);
  fixture_open (fixture);
  g_main_context_pop_thread_default (context);
  answers_init (&answers, fixture->store);
  ask_for_many (&answers);
  while (bt_store_get_n_pending (fixture->store) > 0)
    g_main_context_iteration (context, TRUE);
  assert_in_order (&answers, 30);
  fixture_close (fixture);
}

/* --- The list --- */

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GPtrArray) records = NULL;

  for (guint i = 0; i < 10; i++)
    commit_torrents (fixture->store, 1 + i * 1000, 1000);
  fixture_close (fixture);
  fixture_open (fixture);
  records = bt_store_list (fixture->store, NULL);
  g_assert_cmpuint (records->len, ==, 10000);
  for (guint i = 0; i < records->len; i += 999)
    {
      g_autoptr (BtRecord) record = make_record (i + 1);

      assert_same_record (records->pdata[i], record);
    }
}

static void
test_positions (Fixture       *fixture,
                gconstpointer  data)
{
  static const struct
  {
    const char *sql;
    guint64     ids[4];
    guint32     positions[4];
  } cases[] = {
    { "position = 40 - 10 * id", { 4, 3, 2, 1 }, { 0, 10, 20, 30 } },
    { "position = 7", { 1, 2, 3, 4 }, { 7, 8, 9, 10 } },
    { "position = max (5, id * 2)", { 1, 2, 3, 4 }, { 5, 6, 7, 8 } },
    { "position = -1", { 1, 2, 3, 4 },
      { G_MAXINT32, G_MAXINT32 + 1u, G_MAXINT32 + 2u, G_MAXINT32 + 3u } },
    { "position = 4294967295", { 1, 2, 3, 4 }, { 0, 1, 2, 3 } },
  };

  commit_torrents (fixture->store, 1, 4);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sql = g_strdup_printf ("UPDATE torrents SET %s", cases[i].sql);
      g_autoptr (GPtrArray) records = NULL;

      g_test_message ("%s", sql);
      g_assert_true (bt_store_exec (fixture->store, sql, NULL));
      records = bt_store_list (fixture->store, NULL);
      g_assert_cmpuint (records->len, ==, 4);
      for (guint j = 0; j < 4; j++)
        {
          BtRecord *record = records->pdata[j];

          g_assert_cmpuint (record->id, ==, cases[i].ids[j]);
          g_assert_cmpuint (record->position, ==, cases[i].positions[j]);
        }
    }
}

/* The file is nobody else's to read: trackers' addresses may be secrets. */
static void
test_private (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const suffixes[] = { "", "-wal", ".lock" };

  commit_torrents (fixture->store, 1, 1);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (fixture->path, suffixes[i], NULL);
      struct stat status;

      g_assert_cmpint (stat (name, &status), ==, 0);
      g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
    }
}

/* A folder that is missing is made. */
static void
test_folder (Fixture       *fixture,
             gconstpointer  data)
{
  g_free (fixture->path);
  fixture->path = g_build_filename (fixture->folder, "a", "ö %41?#", "state.db", NULL);
  fixture_open (fixture);
  commit_torrents (fixture->store, 1, 1);
  fixture_close (fixture);
  fixture_open (fixture);
}

static void
add (const char *path,
     void      (*test) (Fixture *, gconstpointer),
     gboolean    is_closed)
{
  g_test_add (path, Fixture, NULL, is_closed ? fixture_set_up_closed : fixture_set_up, test,
              fixture_tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/store/round-trip", test_round_trip, FALSE);
  add ("/store/plain-record", test_plain_record, FALSE);
  add ("/store/replace", test_replace, FALSE);
  add ("/store/twice", test_twice, FALSE);
  add ("/store/remove", test_remove, FALSE);
  add ("/store/values", test_values, FALSE);
  add ("/store/order", test_order, FALSE);
  add ("/store/blocking", test_blocking, FALSE);
  add ("/store/close-answers", test_close_answers, FALSE);
  add ("/store/close-in-answer", test_close_in_answer, FALSE);
  add ("/store/context", test_context, TRUE);
  add ("/store/many", test_many, FALSE);
  add ("/store/positions", test_positions, FALSE);
  add ("/store/private", test_private, FALSE);
  add ("/store/folder", test_folder, TRUE);
  return g_test_run ();
}
