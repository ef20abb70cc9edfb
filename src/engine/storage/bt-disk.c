/* bt-disk.c - hands jobs to workers and their results back to the owner's context
 *
 * A worker is a thread of GTask that takes a role for each job: file worker or piece worker. So a piece that was found
 * right is mostly written by the thread that hashed it, while its blocks are still in that core's cache.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-disk.h"

#include "bt-disk-private.h"

#include <string.h>

/* So many urgent jobs in a row, then one that waits. */
#define MAX_URGENT_IN_ROW 8u
/* A worker gives its thread back to GTask's pool after this long: others, such as GResolver, need it too. */
#define MAX_TURN_US       G_GINT64_CONSTANT (100000)

typedef struct
{
  GQueue urgent;           /* of BtDiskJob by their links */
  GQueue others;
  guint  n_urgent_in_row;
  guint  n_running;
  guint  max_running;
} Role;

typedef struct
{
  GSource  source;
  BtDisk  *disk;  /* borrowed */
} DiskSource;

/* Reference counted, because a worker's last steps may come after bt_disk_free().
 *
 * Invariant: a job is in exactly one of a role's two queues, a lane, `parked`, `ended`, or the hands of a worker.
 * A lane that has jobs waiting is busy.
 * Lock order: the context's lock, which ringing takes, is inside ours.
 */
struct _BtDisk
{
  GMainContext *context;    /* owned */
  BtFilePool   *pool;       /* owned */
  GSource      *bell;       /* owned; rings for ended jobs, parked ones that are due, and workers that are wanted */
  guint         max_workers;
  gint64        retry_delays_us[BT_DISK_N_RETRIES];
  gint64        turn_us;

  GMutex        lock;       /* guards what follows */
  GCond         changed;    /* a job or a worker has ended */
  Role          roles[BT_N_ROLES];
  GQueue        parked;
  GQueue        ended;
  GPtrArray    *scratches;  /* owned; of idle workers */
  guint         n_in_lanes; /* jobs that wait for another of their lane */
  guint         n_workers;
  guint         n_starting; /* of these, threads that have yet to take their first job */
  gboolean      is_awaited; /* bt_disk_free() waits for `changed` */
  gboolean      is_rung;    /* the bell rings, or dispatches and has yet to look */
  guint64       n_written_bytes;
  guint64       n_read_bytes;
  guint64       n_hashed_bytes;
};

static BtDiskScratch *
scratch_new (void)
{
  BtDiskScratch *scratch = g_new0 (BtDiskScratch, 1);

  bt_piece_hashes_init (&scratch->hashes);
  scratch->block_hash = bt_hash_new (BT_HASH_SHA1);
  scratch->buffer = g_malloc (BT_DISK_SCRATCH_BLOCKS * BT_BLOCK_BYTES);
  for (guint i = 0; i < BT_DISK_SCRATCH_BLOCKS; i++)
    scratch->slots[i] = scratch->buffer + i * BT_BLOCK_BYTES;
  return scratch;
}

static void
scratch_free (gpointer data)
{
  BtDiskScratch *scratch = data;

  bt_piece_hashes_clear (&scratch->hashes);
  bt_hash_free (scratch->block_hash);
  g_free (scratch->buffer);
  g_free (scratch);
}

/* --- Queues. All under the lock. --- */

static guint
role_get_n_queued (Role *role)
{
  return role->urgent.length + role->others.length;
}

static guint
role_get_n_eligible (Role *role)
{
  return MIN (role_get_n_queued (role), role->max_running - role->n_running);
}

static guint
get_n_eligible (BtDisk *disk)
{
  guint n_eligible = 0;

  for (guint i = 0; i < BT_N_ROLES; i++)
    n_eligible += role_get_n_eligible (&disk->roles[i]);
  return n_eligible;
}

/* How many more threads would find something to do. */
static guint
get_n_missing (BtDisk *disk)
{
  guint n_eligible = get_n_eligible (disk);
  guint n_missing = n_eligible > disk->n_starting ? n_eligible - disk->n_starting : 0;

  return MIN (n_missing, disk->max_workers - disk->n_workers);
}

static BtDiskLane *
get_lane (BtDiskJob *job)
{
  return job->role == BT_ROLE_FILE ? job->lane : NULL;
}

/* Into its role's queue, or its lane's when another job of the lane is on its way. */
static void
push_job (BtDisk    *disk,
          BtDiskJob *job)
{
  Role *role = &disk->roles[job->role];
  BtDiskLane *lane = get_lane (job);

  job->at_us = g_get_monotonic_time ();
  if (lane != NULL && lane->is_busy)
    {
      disk->n_in_lanes++;
      g_queue_push_tail_link (&lane->waiting, &job->link);
      return;
    }
  if (lane != NULL)
    lane->is_busy = TRUE;
  g_queue_push_tail_link (job->is_urgent ? &role->urgent : &role->others, &job->link);
}

/* A job of the lane has run: the next one may. */
static void
leave_lane (BtDisk     *disk,
            BtDiskLane *lane)
{
  GList *link = g_queue_pop_head_link (&lane->waiting);

  lane->is_busy = FALSE;
  if (link == NULL)
    return;
  disk->n_in_lanes--;
  push_job (disk, link->data);
}

static BtDiskJob *
pop_job (BtDisk *disk)
{
  for (guint i = 0; i < BT_N_ROLES; i++)
    {
      Role *role = &disk->roles[i];
      GQueue *queue = &role->urgent;

      if (role_get_n_eligible (role) == 0)
        continue;
      if (role->urgent.length == 0 ||
          (role->n_urgent_in_row >= MAX_URGENT_IN_ROW && role->others.length > 0))
        queue = &role->others;
      role->n_urgent_in_row = queue == &role->urgent ? role->n_urgent_in_row + 1 : 0;
      role->n_running++;
      return g_queue_pop_head_link (queue)->data;
    }
  return NULL;
}

static gboolean
is_idle (BtDisk *disk)
{
  guint n_jobs = disk->parked.length + disk->ended.length + disk->n_workers + disk->n_in_lanes;

  for (guint i = 0; i < BT_N_ROLES; i++)
    n_jobs += role_get_n_queued (&disk->roles[i]);
  return n_jobs == 0;
}

/* Makes the context look after us. */
static void
ring (BtDisk *disk)
{
  if (disk->is_rung)
    return;
  disk->is_rung = TRUE;
  g_source_set_ready_time (disk->bell, 0);
}

/* --- Workers --- */

static void
disk_clear (gpointer data)
{
  BtDisk *disk = data;

  g_mutex_clear (&disk->lock);
  g_cond_clear (&disk->changed);
}

static BtDiskScratch *
take_scratch (BtDisk *disk)
{
  if (disk->scratches->len > 0)
    return g_ptr_array_steal_index_fast (disk->scratches, disk->scratches->len - 1);
  return scratch_new ();
}

/* Where a job goes that has run. */
static void
place_job (BtDisk     *disk,
           BtDiskJob  *job,
           BtDiskStep  step)
{
  disk->n_written_bytes += job->n_written_bytes;
  disk->n_read_bytes += job->n_read_bytes;
  disk->n_hashed_bytes += job->n_hashed_bytes;
  job->n_written_bytes = job->n_read_bytes = job->n_hashed_bytes = 0;

  if (step == BT_STEP_AGAIN)
    {
      push_job (disk, job);
      return;
    }
  if (step == BT_STEP_PARK && job->n_tries < BT_DISK_N_RETRIES)
    {
      job->at_us = g_get_monotonic_time () + disk->retry_delays_us[job->n_tries++];
      g_queue_push_tail_link (&disk->parked, &job->link);
    }
  else
    {
      g_queue_push_tail_link (&disk->ended, &job->link);
    }
  ring (disk);
}

/* Nobody waits but bt_disk_free(); signalling nobody would cost a system call each time. */
static void
tell_waiting (BtDisk *disk)
{
  if (disk->is_awaited)
    g_cond_signal (&disk->changed);
}

/* Thread: worker. */
static void
work (GTask        *task,
      gpointer      source_object,
      gpointer      task_data,
      GCancellable *cancellable)
{
  BtDisk *disk = task_data;
  gint64 began_at_us = g_get_monotonic_time ();
  BtDiskScratch *scratch;
  BtDiskJob *job;

  g_mutex_lock (&disk->lock);
  disk->n_starting--;
  scratch = take_scratch (disk);
  while ((job = pop_job (disk)) != NULL)
    {
      BtDiskRole role = job->role;
      BtDiskLane *lane = get_lane (job);
      BtDiskStep step;

      g_mutex_unlock (&disk->lock);
      step = job->run (job, scratch);
      g_mutex_lock (&disk->lock);

      disk->roles[role].n_running--;
      if (lane != NULL)
        leave_lane (disk, lane);
      place_job (disk, job, step);
      /* This thread takes one of the jobs that may run now; the context must start threads for the others. */
      if (get_n_missing (disk) > 1)
        ring (disk);
      tell_waiting (disk);
      if (g_get_monotonic_time () - began_at_us >= disk->turn_us)
        break;
    }
  g_ptr_array_add (disk->scratches, scratch);
  disk->n_workers--;
  if (get_n_missing (disk) > 0)
    ring (disk);
  tell_waiting (disk);
  g_mutex_unlock (&disk->lock);

  g_task_return_boolean (task, TRUE);
  g_atomic_rc_box_release_full (disk, disk_clear);
}

/* Started on the owner's context only, because that is where GTask says that a thread has ended. */
static void
start_worker (BtDisk *disk)
{
  g_autoptr (GTask) task = NULL;

  g_main_context_push_thread_default (disk->context);
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_main_context_pop_thread_default (disk->context);

  g_task_set_source_tag (task, start_worker);
  g_task_set_priority (task, G_PRIORITY_LOW);
  g_task_set_task_data (task, g_atomic_rc_box_acquire (disk), NULL);
  g_task_run_in_thread (task, work);
}

/* Says how many to start, a thread for each job that may run. One of those running may be quicker; then a new thread
 * finds nothing and ends. Under the lock. */
static guint
reserve_workers (BtDisk *disk)
{
  guint n_missing = get_n_missing (disk);

  disk->n_workers += n_missing;
  disk->n_starting += n_missing;
  return n_missing;
}

/* --- The owner's context --- */

static void
unpark_jobs (BtDisk   *disk,
             gboolean  is_hurried,
             gpointer  owner)
{
  gint64 now_us = g_get_monotonic_time ();
  GList *next;

  for (GList *link = disk->parked.head; link != NULL; link = next)
    {
      BtDiskJob *job = link->data;

      next = link->next;
      if (is_hurried ? owner == NULL || job->owner == owner : job->at_us <= now_us)
        {
          g_queue_unlink (&disk->parked, link);
          push_job (disk, job);
        }
    }
}

static gint64
get_due_us (BtDisk *disk)
{
  gint64 due_us = -1;

  for (GList *link = disk->parked.head; link != NULL; link = link->next)
    {
      BtDiskJob *job = link->data;

      if (due_us < 0 || job->at_us < due_us)
        due_us = job->at_us;
    }
  return due_us;
}

/* One batch of everything that waits for the owner. */
static void
look_after (BtDisk *disk)
{
  GQueue ended = G_QUEUE_INIT;
  GList *link;
  guint n_missing;

  g_mutex_lock (&disk->lock);
  disk->is_rung = FALSE;
  unpark_jobs (disk, FALSE, NULL);
  g_source_set_ready_time (disk->bell, get_due_us (disk));
  ended = disk->ended;
  g_queue_init (&disk->ended);
  n_missing = reserve_workers (disk);
  g_mutex_unlock (&disk->lock);

  for (guint i = 0; i < n_missing; i++)
    start_worker (disk);
  while ((link = g_queue_pop_head_link (&ended)) != NULL)
    {
      BtDiskJob *job = link->data;

      job->end (job);
    }
}

static gboolean
disk_source_dispatch (GSource     *source,
                      GSourceFunc  callback,
                      gpointer     user_data)
{
  look_after (((DiskSource *) source)->disk);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs disk_source_funcs = {
  .dispatch = disk_source_dispatch,
};

BtDisk *
bt_disk_new (GMainContext       *context,
             const BtDiskConfig *config)
{
  static const gint64 retry_delays_us[BT_DISK_N_RETRIES] = { 250000, 1000000, 3000000 };
  BtDisk *disk = g_atomic_rc_box_new0 (BtDisk);
  BtDiskConfig defaults = { 0 };
  guint max_files;

  if (config == NULL)
    config = &defaults;
  max_files = config->max_open_files > 0 ? config->max_open_files : BT_DISK_OPEN_FILES;
  disk->roles[BT_ROLE_FILE].max_running =
    config->max_file_workers > 0 ? config->max_file_workers : BT_DISK_FILE_WORKERS;
  disk->roles[BT_ROLE_PIECE].max_running =
    config->max_piece_workers > 0 ? config->max_piece_workers : g_get_num_processors ();
  for (guint i = 0; i < BT_N_ROLES; i++)
    {
      Role *role = &disk->roles[i];

      role->max_running = MIN (role->max_running, BT_DISK_MAX_WORKERS);
      disk->max_workers += role->max_running;
    }

  disk->context = context != NULL ? g_main_context_ref (context)
                                  : g_main_context_ref (g_main_context_default ());
  disk->pool = bt_file_pool_new (&bt_file_ops, MAX (max_files, disk->max_workers + 1));
  disk->turn_us = MAX_TURN_US;
  bt_disk_set_retry_delays (disk, retry_delays_us);
  g_mutex_init (&disk->lock);
  g_cond_init (&disk->changed);
  disk->scratches = g_ptr_array_new_with_free_func (scratch_free);

  disk->bell = g_source_new (&disk_source_funcs, sizeof (DiskSource));
  ((DiskSource *) disk->bell)->disk = disk;
  g_source_set_name (disk->bell, "BtDisk");
  g_source_attach (disk->bell, disk->context);
  return disk;
}

void
bt_disk_free (BtDisk *disk)
{
  gboolean is_done = FALSE;

  if (disk == NULL)
    return;

  while (!is_done)
    {
      look_after (disk);
      g_mutex_lock (&disk->lock);
      unpark_jobs (disk, TRUE, NULL);
      disk->is_awaited = TRUE;
      while (disk->n_workers > 0 && disk->ended.length == 0 && get_n_missing (disk) == 0)
        g_cond_wait (&disk->changed, &disk->lock);
      is_done = is_idle (disk);
      g_mutex_unlock (&disk->lock);
    }

  g_ptr_array_unref (disk->scratches);
  g_source_destroy (disk->bell);
  g_clear_pointer (&disk->bell, g_source_unref);
  g_clear_pointer (&disk->pool, bt_file_pool_free);
  g_clear_pointer (&disk->context, g_main_context_unref);
  g_atomic_rc_box_release_full (disk, disk_clear);
}

void
bt_disk_get_stats (BtDisk      *disk,
                   BtDiskStats *out_stats)
{
  gint64 now_us = g_get_monotonic_time ();
  BtDiskStats stats = { 0 };

  g_mutex_lock (&disk->lock);
  stats.n_written_bytes = disk->n_written_bytes;
  stats.n_read_bytes = disk->n_read_bytes;
  stats.n_hashed_bytes = disk->n_hashed_bytes;
  stats.n_parked = disk->parked.length;
  stats.n_queued = disk->n_in_lanes;
  for (guint i = 0; i < BT_N_ROLES; i++)
    {
      Role *role = &disk->roles[i];
      GQueue *queues[] = { &role->urgent, &role->others };

      stats.n_queued += role_get_n_queued (role);
      stats.n_running += role->n_running;
      for (guint j = 0; j < G_N_ELEMENTS (queues); j++)
        {
          BtDiskJob *job = g_queue_peek_head (queues[j]);

          if (job != NULL)
            stats.oldest_wait_us = MAX (stats.oldest_wait_us, now_us - job->at_us);
        }
    }
  g_mutex_unlock (&disk->lock);

  stats.n_open_files = bt_file_pool_get_n_open (disk->pool);
  *out_stats = stats;
}

void
bt_disk_submit (BtDisk    *disk,
                BtDiskJob *job)
{
  guint n_missing;

  job->link = (GList) { .data = job };
  g_mutex_lock (&disk->lock);
  push_job (disk, job);
  n_missing = reserve_workers (disk);
  g_mutex_unlock (&disk->lock);

  for (guint i = 0; i < n_missing; i++)
    start_worker (disk);
}

void
bt_disk_hurry (BtDisk   *disk,
               gpointer  owner)
{
  g_mutex_lock (&disk->lock);
  unpark_jobs (disk, TRUE, owner);
  ring (disk);
  g_mutex_unlock (&disk->lock);
}

void
bt_disk_count_read (BtDisk  *disk,
                    guint64  n_bytes)
{
  g_mutex_lock (&disk->lock);
  disk->n_read_bytes += n_bytes;
  g_mutex_unlock (&disk->lock);
}

BtFilePool *
bt_disk_get_pool (BtDisk *disk)
{
  return disk->pool;
}

void
bt_disk_set_retry_delays (BtDisk       *disk,
                          const gint64 *delays_us)
{
  memcpy (disk->retry_delays_us, delays_us, sizeof disk->retry_delays_us);
}

void
bt_disk_set_turn_us (BtDisk *disk,
                     gint64  turn_us)
{
  disk->turn_us = turn_us;
}
