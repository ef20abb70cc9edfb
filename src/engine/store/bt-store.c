/* bt-store.c - the store's life, and the queue of what is asked of it
 *
 * Everything that uses the database does so with the turn. The worker, one GTask thread that lives as long as there is
 * something to do, has it for one job after another; the owner takes it for what blocks, and then carries out itself
 * what was asked for before.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-store"

#include "bt-store-private.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

/* A daily copy that is under way at the end may take this long. */
#define CLOSING_COPY_US G_GINT64_CONSTANT (100000)

typedef enum
{
  JOB_COMMIT,
  JOB_LOAD,
} JobKind;

/* All pointers owned, but for the callers'. */
typedef struct
{
  GList            link;
  JobKind          kind;
  BtStoreBatch    *batch;      /* of a commit */
  BtStoreFunc      commit_func;
  guint64          id;         /* of a load, as are these */
  BtStoredTorrent *torrent;    /* nullable */
  BtStoreLoadFunc  load_func;
  gpointer         user_data;  /* borrowed */
  GError          *error;      /* nullable */
} Job;

typedef struct
{
  GSource  source;
  BtStore *store;  /* borrowed */
} StoreSource;

/* Reference counted, because the worker's last steps may come after bt_store_close().
 *
 * Invariant: a job is in exactly one of `waiting`, `ended`, or the hands of who has the turn. While the owner has the
 * turn, `is_wanted` is set and `is_working` is not.
 */
struct _BtStore
{
  GMainContext  *context;    /* owned */
  GSource       *bell;       /* owned; rings for ended jobs */
  BtStoreDb     *db;         /* owned; belongs to the turn, as does the next */
  BtStoreCopier *copier;     /* owned */
  int            lock_fd;
  guint          n_pending;  /* owner's */

  GMutex         lock;       /* guards what follows */
  GCond          changed;    /* the worker has done something */
  GQueue         waiting;    /* of Job by their links */
  GQueue         ended;
  gboolean       has_worker; /* one was started and has not seen that there is nothing to do */
  gboolean       is_working; /* it has the turn */
  gboolean       is_wanted;  /* the owner has the turn, or waits for it */
};

G_DEFINE_QUARK (bt-store-error-quark, bt_store_error)

/* --- Jobs --- */

static void
job_free (Job *job)
{
  bt_store_batch_free (job->batch);
  bt_stored_torrent_free (job->torrent);
  g_clear_error (&job->error);
  g_free (job);
}

/* Thread: who has the turn. */
static void
run_job (BtStore *store,
         Job     *job)
{
  switch (job->kind)
    {
    case JOB_COMMIT:
      if (bt_store_batch_apply (job->batch, store->db, &job->error))
        bt_store_copier_begin_when_due (store->copier);
      g_clear_pointer (&job->batch, bt_store_batch_free);
      break;
    case JOB_LOAD:
      job->torrent = bt_store_rows_load (store->db, job->id, &job->error);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* The last thing that is done with the job, and maybe with the store. */
static void
answer_job (BtStore *store,
            Job     *job)
{
  store->n_pending--;
  if (job->kind == JOB_LOAD)
    job->load_func (g_steal_pointer (&job->torrent), job->error, job->user_data);
  else if (job->commit_func != NULL)
    job->commit_func (job->error, job->user_data);
  job_free (job);
}

static Job *
pop_job (BtStore *store,
         GQueue  *queue)
{
  GList *link;

  g_mutex_lock (&store->lock);
  link = g_queue_pop_head_link (queue);
  g_mutex_unlock (&store->lock);
  return link != NULL ? link->data : NULL;
}

/* --- The worker --- */

static void
store_clear (gpointer data)
{
  BtStore *store = data;

  g_mutex_clear (&store->lock);
  g_cond_clear (&store->changed);
  g_main_context_unref (store->context);
}

static void
store_unref (gpointer store)
{
  g_atomic_rc_box_release_full (store, store_clear);
}

/* Thread: any. */
static int
is_wanted (gpointer data)
{
  BtStore *store = data;
  gboolean is_wanted;

  g_mutex_lock (&store->lock);
  is_wanted = store->is_wanted;
  g_mutex_unlock (&store->lock);
  return is_wanted;
}

/* One job, or when there is none a part of the daily copy. Unlocks while it works. FALSE: there is nothing to do, or
 * the owner wants the turn.
 *
 * Thread: worker.
 */
static gboolean
work_once (BtStore *store)
{
  GList *link;

  if (store->is_wanted)
    return FALSE;
  link = g_queue_pop_head_link (&store->waiting);
  if (link == NULL && !bt_store_copier_is_busy (store->copier))
    return FALSE;
  store->is_working = TRUE;
  g_mutex_unlock (&store->lock);
  if (link != NULL)
    run_job (store, link->data);
  else
    bt_store_copier_step (store->copier, is_wanted, store);
  g_mutex_lock (&store->lock);
  store->is_working = FALSE;
  if (link != NULL)
    {
      g_queue_push_tail_link (&store->ended, link);
      g_source_set_ready_time (store->bell, 0);
    }
  g_cond_signal (&store->changed);
  return TRUE;
}

static void
work (GTask        *task,
      gpointer      source_object,
      gpointer      task_data,
      GCancellable *cancellable)
{
  BtStore *store = task_data;

  g_mutex_lock (&store->lock);
  while (work_once (store))
    ;
  store->has_worker = FALSE;
  g_mutex_unlock (&store->lock);
  g_task_return_boolean (task, TRUE);
}

static void
start_worker (BtStore *store)
{
  g_autoptr (GTask) task = NULL;

  g_main_context_push_thread_default (store->context);
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_main_context_pop_thread_default (store->context);

  g_task_set_source_tag (task, start_worker);
  g_task_set_task_data (task, g_atomic_rc_box_acquire (store), store_unref);
  g_task_run_in_thread (task, work);
}

/* --- The turn --- */

/* Waits for what the worker is at; then does what was asked for so far. Its answers come later, in their order. */
static void
take_turn (BtStore *store)
{
  Job *job;

  g_mutex_lock (&store->lock);
  store->is_wanted = TRUE;
  while (store->is_working)
    g_cond_wait (&store->changed, &store->lock);
  g_mutex_unlock (&store->lock);

  while ((job = pop_job (store, &store->waiting)) != NULL)
    {
      run_job (store, job);
      g_mutex_lock (&store->lock);
      g_queue_push_tail_link (&store->ended, &job->link);
      g_source_set_ready_time (store->bell, 0);
      g_mutex_unlock (&store->lock);
    }
}

/* Has a worker do what is left. */
static void
ask_for_worker (BtStore *store)
{
  gboolean must_start;

  g_mutex_lock (&store->lock);
  must_start = !store->has_worker;
  store->has_worker = TRUE;
  g_mutex_unlock (&store->lock);
  if (must_start)
    start_worker (store);
}

static void
give_turn (BtStore *store)
{
  gboolean is_busy = bt_store_copier_is_busy (store->copier);

  g_mutex_lock (&store->lock);
  store->is_wanted = FALSE;
  g_mutex_unlock (&store->lock);
  if (is_busy)
    ask_for_worker (store);
}

/* --- Answers --- */

/* An answer may close the store: then there are no more. */
static void
answer_all (BtStore *store)
{
  Job *job;

  while ((job = pop_job (store, &store->ended)) != NULL)
    answer_job (store, job);
}

static gboolean
bell_dispatch (GSource     *source,
               GSourceFunc  callback,
               gpointer     user_data)
{
  BtStore *store = ((StoreSource *) source)->store;

  g_atomic_rc_box_acquire (store);
  g_source_set_ready_time (source, -1);
  answer_all (store);
  store_unref (store);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs bell_funcs = { NULL, NULL, bell_dispatch, NULL, NULL, NULL };

/* --- Opening and closing --- */

static gboolean
copy_before (BtStoreDb  *db,
             GError    **error)
{
  BtStoreCopier *copier = bt_store_copier_new (db);
  gboolean is_copied = bt_store_copier_run (copier, error);

  bt_store_copier_free (copier);
  return is_copied;
}

/* What has no content is ours to begin; unless there was some once. */
static gboolean
make_file (const char         *path,
           const BtStorePlace *place,
           GError            **error)
{
  g_autofree char *name = g_filename_display_name (path);

  if (place->n_bytes > 0)
    return TRUE;
  if (place->has_relics)
    {
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT,
                   place->exists
                     ? _("“%s” is empty, although there is more of it: its copies, or its log")
                     : _("“%s” is missing, although there is more of it: its copies, or its log"),
                   name);
      return FALSE;
    }
  return place->exists ||
         (bt_store_place_create (path, error) && bt_store_place_sync (path, error));
}

/* SQLite takes what is missing of the last page for zeros. A log may hold the rest; and a journal, which is there when
 * the making of the file was interrupted, gives it back the length it had. */
static gboolean
check_length (BtStoreDb           *db,
              const BtStorePlace  *place,
              GError             **error)
{
  gint64 page_bytes = 0;

  if (!bt_store_db_get_number (db, "PRAGMA page_size", &page_bytes, error))
    return FALSE;
  if (place->has_log || place->has_journal || place->n_bytes % MAX ((guint64) page_bytes, 1) == 0)
    return TRUE;
  return bt_store_db_fail_corrupt (db, _("Its end is missing"), error);
}

static BtStoreDb *
open_db (const char         *path,
         const char *const  *steps,
         GError            **error)
{
  BtStorePlace place;
  BtStoreDb *db;

  if (!bt_store_place_look (path, &place, error) || !make_file (path, &place, error))
    return NULL;
  db = bt_store_db_open (path, error);
  if (db == NULL)
    return NULL;
  if (check_length (db, &place, error) &&
      bt_store_schema_prepare (db, steps, !place.has_relics, copy_before, error))
    return db;
  bt_store_db_close (db, FALSE);
  return NULL;
}

static BtStore *
store_new (BtStoreDb *db,
           int        lock_fd)
{
  BtStore *store = g_atomic_rc_box_new0 (BtStore);

  store->context = g_main_context_ref_thread_default ();
  store->db = db;
  store->copier = bt_store_copier_new (db);
  store->lock_fd = lock_fd;
  g_mutex_init (&store->lock);
  g_cond_init (&store->changed);
  g_queue_init (&store->waiting);
  g_queue_init (&store->ended);
  store->bell = g_source_new (&bell_funcs, sizeof (StoreSource));
  ((StoreSource *) store->bell)->store = store;
  g_source_set_static_name (store->bell, "[freshet] store");
  g_source_attach (store->bell, store->context);
  return store;
}

BtStore *
bt_store_open_with_steps (const char         *path,
                          const char *const  *steps,
                          GError            **error)
{
  g_autofree char *resolved = bt_store_place_resolve (path);
  BtStoreDb *db;
  int lock_fd;

  lock_fd = bt_store_place_lock (resolved, error);
  if (lock_fd < 0)
    return NULL;
  db = open_db (resolved, steps, error);
  if (db != NULL)
    return store_new (db, lock_fd);
  close (lock_fd);
  return NULL;
}

BtStore *
bt_store_open (const char  *path,
               GError     **error)
{
  return bt_store_open_with_steps (path, bt_store_steps, error);
}

void
bt_store_close (BtStore *store)
{
  gint64 until_us;

  if (store == NULL)
    return;
  /* An answer may ask for more. */
  do
    {
      take_turn (store);
      answer_all (store);
    }
  while (store->n_pending > 0);

  until_us = g_get_monotonic_time () + CLOSING_COPY_US;
  while (bt_store_copier_is_busy (store->copier) && g_get_monotonic_time () < until_us)
    bt_store_copier_step (store->copier, NULL, NULL);
  bt_store_copier_free (store->copier);
  bt_store_db_close (store->db, TRUE);
  close (store->lock_fd);
  g_source_destroy (store->bell);
  g_source_unref (store->bell);
  store_unref (store);
}

/* --- Reading --- */

GPtrArray *
bt_store_list (BtStore  *store,
               GError  **error)
{
  GPtrArray *records;

  take_turn (store);
  records = bt_store_rows_list (store->db, error);
  give_turn (store);
  return records;
}

GBytes *
bt_store_get_value (BtStore    *store,
                    const char *key)
{
  GBytes *value;

  take_turn (store);
  value = bt_store_rows_get_value (store->db, key);
  give_turn (store);
  return value;
}

BtStoredTorrent *
bt_store_load (BtStore  *store,
               guint64   id,
               GError  **error)
{
  BtStoredTorrent *torrent;

  take_turn (store);
  torrent = bt_store_rows_load (store->db, id, error);
  give_turn (store);
  return torrent;
}

static void
push_job (BtStore *store,
          Job     *job)
{
  job->link.data = job;
  store->n_pending++;
  g_mutex_lock (&store->lock);
  g_queue_push_tail_link (&store->waiting, &job->link);
  g_mutex_unlock (&store->lock);
  ask_for_worker (store);
}

void
bt_store_load_async (BtStore         *store,
                     guint64          id,
                     BtStoreLoadFunc  func,
                     gpointer         user_data)
{
  Job *job = g_new0 (Job, 1);

  job->kind = JOB_LOAD;
  job->id = id;
  job->load_func = func;
  job->user_data = user_data;
  push_job (store, job);
}

/* --- Writing --- */

void
bt_store_commit_async (BtStore      *store,
                       BtStoreBatch *batch,
                       BtStoreFunc   func,
                       gpointer      user_data)
{
  Job *job = g_new0 (Job, 1);

  job->kind = JOB_COMMIT;
  job->batch = batch;
  job->commit_func = func;
  job->user_data = user_data;
  push_job (store, job);
}

gboolean
bt_store_commit (BtStore       *store,
                 BtStoreBatch  *batch,
                 GError       **error)
{
  gboolean is_written;

  take_turn (store);
  is_written = bt_store_batch_apply (batch, store->db, error);
  if (is_written)
    bt_store_copier_begin_when_due (store->copier);
  give_turn (store);
  bt_store_batch_free (batch);
  return is_written;
}

void
bt_store_copy_when_due (BtStore *store)
{
  take_turn (store);
  bt_store_copier_begin_when_due (store->copier);
  give_turn (store);
}

guint
bt_store_get_n_pending (BtStore *store)
{
  return store->n_pending;
}

/* --- For tests --- */

gboolean
bt_store_exec (BtStore     *store,
               const char  *sql,
               GError     **error)
{
  gboolean is_done;

  take_turn (store);
  is_done = bt_store_db_exec (store->db, sql, error);
  give_turn (store);
  return is_done;
}

void
bt_store_set_now (BtStore *store,
                  gint64   now_s)
{
  take_turn (store);
  bt_store_copier_set_now (store->copier, now_s);
  give_turn (store);
}

void
bt_store_finish_copy (BtStore *store)
{
  take_turn (store);
  while (bt_store_copier_is_busy (store->copier))
    bt_store_copier_step (store->copier, NULL, NULL);
  give_turn (store);
}
