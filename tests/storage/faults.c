/* faults.c - system calls that fail, fall short or wait when a test says so
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "faults.h"

#include <errno.h>
#include <string.h>

static GMutex lock;  /* guards what follows */
static GCond changed;
static Fault current;
static guint n_calls[N_CALLS];
static guint n_parallel[N_CALLS];
static guint max_parallel[N_CALLS];
static int held_call = -1;
static guint n_held;

/* The fault that hits this call; 0: none. */
static int
enter (Call call)
{
  int fault = 0;

  g_mutex_lock (&lock);
  n_calls[call]++;
  n_parallel[call]++;
  max_parallel[call] = MAX (max_parallel[call], n_parallel[call]);
  if (current.call == call && current.first > 0 && n_calls[call] >= current.first &&
      n_calls[call] - current.first < current.n_times)
    fault = current.error_number;
  n_held += held_call == (int) call;
  g_cond_broadcast (&changed);
  while (held_call == (int) call)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
  return fault;
}

/* `result` as it is, or what the fault makes of it. */
static int
leave (Call call,
       int  fault,
       int  result)
{
  int saved_errno = fault > 0 ? fault : errno;

  g_mutex_lock (&lock);
  n_parallel[call]--;
  g_mutex_unlock (&lock);
  errno = saved_errno;
  return fault > 0 ? -1 : result;
}

static int
fault_open (int         dir_fd,
            const char *path,
            int         flags,
            mode_t      mode)
{
  int fault = enter (CALL_OPEN);

  return leave (CALL_OPEN, fault, fault > 0 ? -1 : bt_file_ops.open (dir_fd, path, flags, mode));
}

static ssize_t
move_bytes (Call                call,
            int                 fd,
            const struct iovec *iovecs,
            int                 n_iovecs,
            off_t               offset)
{
  int fault = enter (call);
  struct iovec little = { iovecs[0].iov_base, MIN (iovecs[0].iov_len, 1000) };
  int result = 0;

  if (fault == FAULT_SHORT)
    {
      iovecs = &little;
      n_iovecs = 1;
    }
  if (fault == 0 || fault == FAULT_SHORT)
    result = (int) (call == CALL_PREADV ? bt_file_ops.preadv (fd, iovecs, n_iovecs, offset)
                                        : bt_file_ops.pwritev (fd, iovecs, n_iovecs, offset));
  return leave (call, fault, result);
}

static ssize_t
fault_preadv (int                 fd,
              const struct iovec *iovecs,
              int                 n_iovecs,
              off_t               offset)
{
  return move_bytes (CALL_PREADV, fd, iovecs, n_iovecs, offset);
}

static ssize_t
fault_pwritev (int                 fd,
               const struct iovec *iovecs,
               int                 n_iovecs,
               off_t               offset)
{
  return move_bytes (CALL_PWRITEV, fd, iovecs, n_iovecs, offset);
}

static int
fault_ftruncate (int   fd,
                 off_t length)
{
  int fault = enter (CALL_FTRUNCATE);

  return leave (CALL_FTRUNCATE, fault, fault > 0 ? -1 : bt_file_ops.ftruncate (fd, length));
}

static int
fault_fallocate (int   fd,
                 int   mode,
                 off_t offset,
                 off_t length)
{
  int fault = enter (CALL_FALLOCATE);

  if (fault == 0)
    return leave (CALL_FALLOCATE, fault, bt_file_ops.fallocate (fd, mode, offset, length));
  return leave (CALL_FALLOCATE, fault, -1);
}

static int
fault_fsync (int fd)
{
  int fault = enter (CALL_FSYNC);

  return leave (CALL_FSYNC, fault, fault > 0 ? -1 : bt_file_ops.fsync (fd));
}

static int
fault_stat (int          dir_fd,
            const char  *name,
            struct stat *out_info)
{
  int fault = enter (CALL_STAT);

  return leave (CALL_STAT, fault, fault > 0 ? -1 : bt_file_ops.stat (dir_fd, name, out_info));
}

static int
fault_rename (int          from_fd,
              const char  *from_name,
              int          to_fd,
              const char  *to_name,
              unsigned int flags)
{
  int fault = enter (CALL_RENAME);

  if (fault == 0)
    return leave (CALL_RENAME, fault,
                  bt_file_ops.rename (from_fd, from_name, to_fd, to_name, flags));
  return leave (CALL_RENAME, fault, -1);
}

static int
fault_unlink (int         dir_fd,
              const char *name,
              int         flags)
{
  int fault = enter (CALL_UNLINK);

  return leave (CALL_UNLINK, fault, fault > 0 ? -1 : bt_file_ops.unlink (dir_fd, name, flags));
}

static const BtFileOps fault_ops = {
  .open = fault_open,
  .preadv = fault_preadv,
  .pwritev = fault_pwritev,
  .ftruncate = fault_ftruncate,
  .fallocate = fault_fallocate,
  .fsync = fault_fsync,
  .stat = fault_stat,
  .rename = fault_rename,
  .unlink = fault_unlink,
};

void
faults_set (BtDisk      *disk,
            const Fault *fault)
{
  Fault none = { .first = 0 };

  g_mutex_lock (&lock);
  current = fault != NULL ? *fault : none;
  memset (n_calls, 0, sizeof n_calls);
  memset (max_parallel, 0, sizeof max_parallel);
  g_mutex_unlock (&lock);
  bt_file_pool_set_ops (bt_disk_get_pool (disk), &fault_ops);
}

guint
faults_get_n_calls (Call call)
{
  guint n;

  g_mutex_lock (&lock);
  n = n_calls[call];
  g_mutex_unlock (&lock);
  return n;
}

guint
faults_get_max_parallel (Call call)
{
  guint n;

  g_mutex_lock (&lock);
  n = max_parallel[call];
  g_mutex_unlock (&lock);
  return n;
}

void
faults_hold (Call call)
{
  g_mutex_lock (&lock);
  held_call = (int) call;
  n_held = 0;
  g_mutex_unlock (&lock);
}

void
faults_wait_held (guint n)
{
  g_mutex_lock (&lock);
  while (n_held < n)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

void
faults_release (void)
{
  g_mutex_lock (&lock);
  held_call = -1;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}
