/* bt-file-pool.c - the files that are open, few and beneath their folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-file-pool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Not to hang on a FIFO that lies where a file should be. */
#define SAFE_FLAGS (O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)

struct _BtOpenFile
{
  gconstpointer owner;           /* borrowed; with `index` the key */
  guint32       index;
  int           fd;              /* owned */
  dev_t         device;
  ino_t         inode;
  gint64        looked_up_at_us; /* monotonic */
  GList         link;            /* of the pool's `recent` */
  guint         n_users;
  gboolean      is_writable;
  gboolean      is_dropped;      /* no longer in `files`; closed by the last user */
};

struct _BtFilePool
{
  const BtFileOps *ops;         /* borrowed */
  guint            max_files;
  gint64           recheck_us;

  GMutex           lock;        /* guards what follows, and all files' fields but the constant ones */
  GHashTable      *files;       /* owned, with its files, which are their own keys */
  GQueue           recent;      /* of those in `files`, most recently used first */
  guint            n_open;      /* descriptors: in `files`, dropped but used, or about to be opened */
};

static guint
open_file_hash (gconstpointer data)
{
  const BtOpenFile *file = data;

  return g_direct_hash (file->owner) ^ (file->index * 2654435761u);
}

static gboolean
open_file_equal (gconstpointer a,
                 gconstpointer b)
{
  const BtOpenFile *file_a = a;
  const BtOpenFile *file_b = b;

  return file_a->owner == file_b->owner && file_a->index == file_b->index;
}

BtFilePool *
bt_file_pool_new (const BtFileOps *ops,
                  guint            max_files)
{
  BtFilePool *pool = g_new0 (BtFilePool, 1);

  pool->ops = ops;
  pool->max_files = max_files;
  pool->recheck_us = BT_FILE_POOL_RECHECK_US;
  g_mutex_init (&pool->lock);
  pool->files = g_hash_table_new (open_file_hash, open_file_equal);
  return pool;
}

/* Lets go of the pool's hold. Returns the file when it is to be closed, outside of the lock. */
static BtOpenFile *
drop_file (BtFilePool *pool,
           BtOpenFile *file)
{
  g_hash_table_remove (pool->files, file);
  g_queue_unlink (&pool->recent, &file->link);
  file->is_dropped = TRUE;
  if (file->n_users > 0)
    return NULL;
  pool->n_open--;
  return file;
}

static void
close_file (BtOpenFile *file)
{
  if (file == NULL)
    return;
  /* What was written is synced when somebody needs it to be; a failure here says nothing that can be helped. */
  close (file->fd);
  g_free (file);
}

void
bt_file_pool_free (BtFilePool *pool)
{
  BtOpenFile *file;

  if (pool == NULL)
    return;

  while (pool->recent.head != NULL)
    {
      file = drop_file (pool, pool->recent.head->data);
      g_assert (file != NULL);
      close_file (file);
    }
  g_hash_table_unref (pool->files);
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

/* --- Opening, without the lock --- */

/* Opens, and makes the file only when it is missing, to learn whether it was. */
static int
open_at (BtFilePool        *pool,
         int                root_fd,
         const BtFilePlace *place,
         gboolean           for_writing,
         gboolean          *out_is_new)
{
  int flags = SAFE_FLAGS | (for_writing ? O_RDWR : O_RDONLY);
  int fd;

  do
    {
      *out_is_new = FALSE;
      fd = pool->ops->open (root_fd, place->path, flags, 0);
      if (fd >= 0 || errno != ENOENT || !for_writing || place->must_exist)
        continue;
      *out_is_new = TRUE;
      fd = pool->ops->open (root_fd, place->path, flags | O_CREAT | O_EXCL,
                            place->is_executable ? 0777 : 0666);
    }
  /* Somebody else made it in between. */
  while (fd < 0 && (errno == EINTR || (errno == EEXIST && *out_is_new)));
  return fd;
}

/* NULL with errno. */
static BtOpenFile *
open_file (BtFilePool        *pool,
           const BtFilePlace *place,
           gboolean           for_writing,
           gboolean          *out_is_new)
{
  BtOpenFile *file;
  struct stat info;
  int root_fd = bt_file_open_root_on (place->root, place->device,
                                      for_writing && !place->must_exist);
  int saved_errno;
  int fd;

  if (root_fd < 0)
    return NULL;
  fd = open_at (pool, root_fd, place, for_writing, out_is_new);
  saved_errno = errno;
  close (root_fd);
  errno = saved_errno;
  if (fd < 0)
    return NULL;

  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
    {
      close (fd);
      errno = ELOOP;
      return NULL;
    }
  file = g_new0 (BtOpenFile, 1);
  file->owner = place->owner;
  file->index = place->index;
  file->fd = fd;
  file->device = info.st_dev;
  file->inode = info.st_ino;
  file->looked_up_at_us = g_get_monotonic_time ();
  file->link.data = file;
  file->is_writable = for_writing;
  return file;
}

/* --- The pool, under the lock --- */

static BtOpenFile *
find_file (BtFilePool        *pool,
           const BtFilePlace *place)
{
  BtOpenFile key = { .owner = place->owner, .index = place->index };

  return g_hash_table_lookup (pool->files, &key);
}

static gboolean
is_fresh (BtFilePool *pool,
          BtOpenFile *file)
{
  return g_get_monotonic_time () - file->looked_up_at_us < pool->recheck_us;
}

static BtOpenFile *
use_file (BtFilePool *pool,
          BtOpenFile *file)
{
  file->n_users++;
  g_queue_unlink (&pool->recent, &file->link);
  g_queue_push_head_link (&pool->recent, &file->link);
  return file;
}

/* Counts one more open file; the one that had to make room, if any, is for the caller to close. When all are in use, or
 * `is_again` (one of the two will be closed soon), the number is exceeded, by at most one for each worker. */
static BtOpenFile *
make_room (BtFilePool *pool,
           gboolean    is_again)
{
  BtOpenFile *evicted = NULL;

  if (pool->n_open >= pool->max_files && !is_again)
    for (GList *link = pool->recent.tail; link != NULL && evicted == NULL; link = link->prev)
      if (((BtOpenFile *) link->data)->n_users == 0)
        evicted = drop_file (pool, link->data);
  pool->n_open++;
  return evicted;
}

/* Takes a file that was just opened, unless what the pool has is as good: then that one. `out_surplus` is to be
 * closed. */
static BtOpenFile *
adopt_file (BtFilePool  *pool,
            BtOpenFile  *file,
            BtOpenFile **out_surplus)
{
  BtOpenFile *other = g_hash_table_lookup (pool->files, file);

  if (other != NULL && other->device == file->device && other->inode == file->inode &&
      (other->is_writable || !file->is_writable))
    {
      other->looked_up_at_us = file->looked_up_at_us;
      *out_surplus = file;
      pool->n_open--;
      return use_file (pool, other);
    }

  if (other != NULL)
    *out_surplus = drop_file (pool, other);
  g_hash_table_add (pool->files, file);
  g_queue_push_head_link (&pool->recent, &file->link);
  file->n_users = 1;
  return file;
}

/* For a file that is not open as it should be; room was made. NULL with errno. */
static BtOpenFile *
open_into_pool (BtFilePool        *pool,
                const BtFilePlace *place,
                gboolean           for_writing,
                gboolean          *out_is_new)
{
  BtOpenFile *opened = open_file (pool, place, for_writing, out_is_new);
  BtOpenFile *surplus = NULL;
  BtOpenFile *stale;
  int saved_errno = errno;

  g_mutex_lock (&pool->lock);
  if (opened != NULL)
    {
      opened = adopt_file (pool, opened, &surplus);
    }
  else
    {
      pool->n_open--;
      /* What could not be found again is not to be read any longer. */
      stale = find_file (pool, place);
      if (stale != NULL && !is_fresh (pool, stale))
        surplus = drop_file (pool, stale);
    }
  g_mutex_unlock (&pool->lock);

  close_file (surplus);
  errno = saved_errno;
  return opened;
}

BtOpenFile *
bt_file_pool_acquire (BtFilePool        *pool,
                      const BtFilePlace *place,
                      gboolean           for_writing,
                      gboolean          *out_is_new)
{
  BtOpenFile *file;
  BtOpenFile *surplus = NULL;
  gboolean is_new = FALSE;

  g_mutex_lock (&pool->lock);
  file = find_file (pool, place);
  if (file != NULL && is_fresh (pool, file) && (file->is_writable || !for_writing))
    {
      use_file (pool, file);
    }
  else
    {
      surplus = make_room (pool, file != NULL);
      file = NULL;
    }
  g_mutex_unlock (&pool->lock);

  close_file (surplus);
  if (file == NULL)
    file = open_into_pool (pool, place, for_writing, &is_new);
  if (out_is_new != NULL)
    *out_is_new = is_new;
  return file;
}

BtOpenFile *
bt_file_pool_try_acquire (BtFilePool        *pool,
                          const BtFilePlace *place)
{
  BtOpenFile *file;

  g_mutex_lock (&pool->lock);
  file = find_file (pool, place);
  if (file != NULL && is_fresh (pool, file))
    use_file (pool, file);
  else
    file = NULL;
  g_mutex_unlock (&pool->lock);
  return file;
}

void
bt_file_pool_release (BtFilePool *pool,
                      BtOpenFile *file)
{
  BtOpenFile *surplus = NULL;

  g_mutex_lock (&pool->lock);
  if (--file->n_users == 0 && file->is_dropped)
    {
      surplus = file;
      pool->n_open--;
    }
  g_mutex_unlock (&pool->lock);
  close_file (surplus);
}

int
bt_open_file_get_fd (const BtOpenFile *file)
{
  return file->fd;
}

void
bt_file_pool_close_owner (BtFilePool    *pool,
                          gconstpointer  owner)
{
  g_autoptr (GPtrArray) surplus = g_ptr_array_new ();
  GList *next;

  g_mutex_lock (&pool->lock);
  for (GList *link = pool->recent.head; link != NULL; link = next)
    {
      BtOpenFile *file = link->data;

      next = link->next;
      if (file->owner == owner && drop_file (pool, file) != NULL)
        g_ptr_array_add (surplus, file);
    }
  g_mutex_unlock (&pool->lock);

  for (guint i = 0; i < surplus->len; i++)
    close_file (surplus->pdata[i]);
}

guint
bt_file_pool_get_n_open (BtFilePool *pool)
{
  guint n_open;

  g_mutex_lock (&pool->lock);
  n_open = pool->n_open;
  g_mutex_unlock (&pool->lock);
  return n_open;
}

const BtFileOps *
bt_file_pool_get_ops (BtFilePool *pool)
{
  return pool->ops;
}

void
bt_file_pool_set_ops (BtFilePool      *pool,
                      const BtFileOps *ops)
{
  pool->ops = ops;
}

void
bt_file_pool_set_recheck_us (BtFilePool *pool,
                             gint64      recheck_us)
{
  pool->recheck_us = recheck_us;
}
