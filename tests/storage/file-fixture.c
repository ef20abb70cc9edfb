/* file-fixture.c - folders of files with known content, and a task on them whose system calls fail when a test says so
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "file-fixture.h"

#include "base/bt-random.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static GMutex lock;  /* guards what follows */
static FileFaults current;
static guint n_all;
static guint n_calls[N_FILE_CALLS];
static guint first_calls[N_FILE_CALLS];
static guint last_calls[N_FILE_CALLS];
static guint n_endings;  /* not guarded: the tests' own thread */

/* --- System calls --- */

/* Shall it fail? With errno. */
static gboolean
fails (FileCall call)
{
  FileFaults faults;
  guint n;
  int error_number;

  g_mutex_lock (&lock);
  faults = current;
  n = ++n_all;
  if (n_calls[call]++ == 0)
    first_calls[call] = n;
  last_calls[call] = n;
  g_mutex_unlock (&lock);

  if (faults.hook_at == n)
    faults.hook (faults.user_data);
  error_number = faults.always[call];
  if (faults.first > 0 && n >= faults.first && n - faults.first < MAX (faults.n_times, 1))
    error_number = faults.error_number;
  errno = error_number;
  return error_number != 0;
}

static int
fault_open (int         dir_fd,
            const char *path,
            int         flags,
            mode_t      mode)
{
  return fails (FILE_CALL_OPEN) ? -1 : bt_file_task_ops.open (dir_fd, path, flags, mode);
}

static int
fault_statx (int           dir_fd,
             const char   *path,
             int           flags,
             unsigned int  mask,
             struct statx *out_info)
{
  if (fails (FILE_CALL_STATX))
    return -1;
  return bt_file_task_ops.statx (dir_fd, path, flags, mask, out_info);
}

static int
fault_statvfs (const char     *path,
               struct statvfs *out_info)
{
  int result = fails (FILE_CALL_STATVFS) ? -1 : bt_file_task_ops.statvfs (path, out_info);

  if (result == 0 && current.free_bytes > 0)
    out_info->f_bavail = current.free_bytes / out_info->f_frsize;
  return result;
}

static int
fault_access (int         dir_fd,
              const char *path,
              int         mode,
              int         flags)
{
  return fails (FILE_CALL_ACCESS) ? -1 : bt_file_task_ops.access (dir_fd, path, mode, flags);
}

static int
fault_mkdir (int         dir_fd,
             const char *path,
             mode_t      mode)
{
  return fails (FILE_CALL_MKDIR) ? -1 : bt_file_task_ops.mkdir (dir_fd, path, mode);
}

static gboolean
is_one_folder (int a_fd,
               int b_fd)
{
  struct stat a;
  struct stat b;

  return fstat (a_fd, &a) == 0 && fstat (b_fd, &b) == 0 && a.st_ino == b.st_ino;
}

static int
fault_rename (int          from_fd,
              const char  *from_path,
              int          to_fd,
              const char  *to_path,
              unsigned int flags)
{
  if (fails (FILE_CALL_RENAME))
    return -1;
  if (current.is_two_mounts && !is_one_folder (from_fd, to_fd))
    errno = EXDEV;
  else if (current.has_no_noreplace && flags != 0)
    errno = EINVAL;
  else
    return bt_file_task_ops.rename (from_fd, from_path, to_fd, to_path, flags);
  return -1;
}

static int
fault_unlink (int         dir_fd,
              const char *path,
              int         flags)
{
  return fails (FILE_CALL_UNLINK) ? -1 : bt_file_task_ops.unlink (dir_fd, path, flags);
}

/* Not really: no test cuts the power, and some make thousands of calls. */
static int
fault_fsync (int fd)
{
  return fails (FILE_CALL_FSYNC) ? -1 : fcntl (fd, F_GETFD) < 0 ? -1 : 0;
}

static int
fault_ftruncate (int   fd,
                 off_t length)
{
  return fails (FILE_CALL_FTRUNCATE) ? -1 : bt_file_task_ops.ftruncate (fd, length);
}

static int
fault_fallocate (int   fd,
                 int   mode,
                 off_t offset,
                 off_t length)
{
  if (fails (FILE_CALL_FALLOCATE))
    return -1;
  return bt_file_task_ops.fallocate (fd, mode, offset, length);
}

static off_t
fault_seek (int   fd,
            off_t offset,
            int   whence)
{
  return fails (FILE_CALL_SEEK) ? -1 : bt_file_task_ops.seek (fd, offset, whence);
}

static int
fault_clone (int to_fd,
             int from_fd)
{
  off_t from_offset = 0;
  off_t to_offset = 0;

  if (fails (FILE_CALL_CLONE))
    return -1;
  if (!current.can_clone)
    return bt_file_task_ops.clone (to_fd, from_fd);
  while (copy_file_range (from_fd, &from_offset, to_fd, &to_offset, 1 << 24, 0) > 0)
    ;
  return 0;
}

static ssize_t
fault_copy_file_range (int          from_fd,
                       off_t       *from_offset,
                       int          to_fd,
                       off_t       *to_offset,
                       size_t       n_bytes,
                       unsigned int flags)
{
  if (fails (FILE_CALL_COPY_RANGE))
    return -1;
  if (current.answers_zero)
    return 0;
  return bt_file_task_ops.copy_file_range (from_fd, from_offset, to_fd, to_offset, n_bytes, flags);
}

static ssize_t
fault_pread (int    fd,
             void  *buffer,
             size_t n_bytes,
             off_t  offset)
{
  return fails (FILE_CALL_PREAD) ? -1 : bt_file_task_ops.pread (fd, buffer, n_bytes, offset);
}

/* Short: nothing may rely on all being taken at once. */
static ssize_t
fault_pwrite (int         fd,
              const void *buffer,
              size_t      n_bytes,
              off_t       offset)
{
  if (fails (FILE_CALL_PWRITE))
    return -1;
  return bt_file_task_ops.pwrite (fd, buffer, MIN (n_bytes, 20000), offset);
}

static int
fault_fchmod (int    fd,
              mode_t mode)
{
  return fails (FILE_CALL_FCHMOD) ? -1 : bt_file_task_ops.fchmod (fd, mode);
}

static int
fault_futimens (int                   fd,
                const struct timespec times[2])
{
  return fails (FILE_CALL_FUTIMENS) ? -1 : bt_file_task_ops.futimens (fd, times);
}

static gboolean
fault_trash (const char *path,
             GError    **error)
{
  if (!fails (FILE_CALL_TRASH))
    return bt_file_task_ops.trash (path, error);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
  return FALSE;
}

static const BtFileTaskOps fault_ops = {
  .open = fault_open,
  .statx = fault_statx,
  .statvfs = fault_statvfs,
  .access = fault_access,
  .mkdir = fault_mkdir,
  .rename = fault_rename,
  .unlink = fault_unlink,
  .fsync = fault_fsync,
  .ftruncate = fault_ftruncate,
  .fallocate = fault_fallocate,
  .seek = fault_seek,
  .clone = fault_clone,
  .copy_file_range = fault_copy_file_range,
  .pread = fault_pread,
  .pwrite = fault_pwrite,
  .fchmod = fault_fchmod,
  .futimens = fault_futimens,
  .trash = fault_trash,
};

void
file_faults_set (const FileFaults *faults)
{
  FileFaults none = { .first = 0 };

  g_mutex_lock (&lock);
  current = faults != NULL ? *faults : none;
  n_all = 0;
  memset (n_calls, 0, sizeof n_calls);
  memset (first_calls, 0, sizeof first_calls);
  memset (last_calls, 0, sizeof last_calls);
  g_mutex_unlock (&lock);
  bt_file_task_set_ops (&fault_ops);
}

static guint
get (const guint *number)
{
  guint n;

  g_mutex_lock (&lock);
  n = *number;
  g_mutex_unlock (&lock);
  return n;
}

guint
file_faults_get_n_calls (void)
{
  return get (&n_all);
}

guint
file_faults_get_n (FileCall call)
{
  return get (&n_calls[call]);
}

guint
file_faults_get_first (FileCall call)
{
  return get (&first_calls[call]);
}

guint
file_faults_get_last (FileCall call)
{
  return get (&last_calls[call]);
}

/* --- Tasks --- */

/* A folder in the memory file system that is not the one of the temporary folder. */
static char *
make_other (const char *folder)
{
  g_autofree char *other = g_strdup ("/dev/shm/freshet-files-XXXXXX");
  struct stat here;
  struct stat there;

  if (g_stat (folder, &here) < 0 || g_stat ("/dev/shm", &there) < 0 ||
      here.st_dev == there.st_dev || g_mkdtemp (other) == NULL)
    return NULL;
  return g_steal_pointer (&other);
}

FileFixture *
file_fixture_new (void)
{
  FileFixture *fixture = g_new0 (FileFixture, 1);

  fixture->context = g_main_context_new ();
  fixture->disk = bt_disk_new (fixture->context, NULL);
  fixture->folder = g_dir_make_tmp ("freshet-files-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->other = make_other (fixture->folder);
  file_faults_set (NULL);
  return fixture;
}

void
file_fixture_free (FileFixture *fixture)
{
  bt_disk_free (fixture->disk);
  g_main_context_unref (fixture->context);
  tree_remove (fixture->folder);
  if (fixture->other != NULL)
    tree_remove (fixture->other);
  g_free (fixture->folder);
  g_free (fixture->other);
  g_free (fixture);
}

void
ending_cb (BtFileTask        *task,
           const GError      *error,
           const char *const *kept,
           gpointer           user_data)
{
  Ending *ending = user_data;

  g_assert_false (ending->is_done);
  g_assert_nonnull (kept);
  ending->is_done = TRUE;
  ending->order = ++n_endings;
  ending->task = NULL;
  ending->error = error != NULL ? g_error_copy (error) : NULL;
  ending->kept = g_strdupv ((char **) kept);
}

void
file_fixture_wait (FileFixture *fixture,
                   Ending      *ending)
{
  while (!ending->is_done)
    g_main_context_iteration (fixture->context, TRUE);
}

void
ending_clear (Ending *ending)
{
  g_clear_error (&ending->error);
  g_clear_pointer (&ending->kept, g_strfreev);
  ending->is_done = FALSE;
}

/* --- Trees --- */

static guint8 *
make_content (const char *path,
              gsize       n_bytes)
{
  guint8 *content = g_malloc (n_bytes + sizeof (guint64));
  BtRandom random;

  bt_random_init (&random, g_str_hash (path));
  for (gsize i = 0; i < n_bytes; i += sizeof (guint64))
    {
      guint64 value = bt_random_next (&random);

      memcpy (content + i, &value, sizeof value);
    }
  return content;
}

void
tree_put (const char *root,
          const char *path,
          gsize       n_bytes)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *above = g_path_get_dirname (full);
  g_autofree guint8 *content = make_content (path, n_bytes);
  FILE *file;

  g_assert_cmpint (g_mkdir_with_parents (above, 0777), ==, 0);
  file = fopen (full, "wb");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (content, 1, n_bytes, file), ==, n_bytes);
  g_assert_cmpint (fclose (file), ==, 0);
}

gboolean
tree_has (const char *root,
          const char *path,
          gsize       n_bytes)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *there = NULL;
  g_autofree guint8 *content = NULL;
  struct stat info;
  gsize length = 0;

  if (lstat (full, &info) < 0 || !S_ISREG (info.st_mode) || (gsize) info.st_size != n_bytes ||
      !g_file_get_contents (full, &there, &length, NULL))
    return FALSE;
  content = make_content (path, n_bytes);
  return length == n_bytes && memcmp (there, content, n_bytes) == 0;
}

static int
compare_words (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
list_folder (const char *root,
             const char *path,
             GPtrArray  *words)
{
  g_autofree char *folder = g_build_filename (root, path, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = path[0] != '\0' ? g_build_filename (path, name, NULL)
                                               : g_strdup (name);
      g_autofree char *full = g_build_filename (root, inner, NULL);
      struct stat info;

      g_assert_cmpint (lstat (full, &info), ==, 0);
      g_ptr_array_add (words, g_strconcat (inner, S_ISDIR (info.st_mode) ? "/" : "", NULL));
      if (S_ISDIR (info.st_mode))
        list_folder (root, inner, words);
    }
}

char *
tree_list (const char *root)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  list_folder (root, "", words);
  g_ptr_array_sort (words, compare_words);
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

void
tree_remove (const char *root)
{
  g_autofree char *list = tree_list (root);
  g_auto (GStrv) words = g_strsplit (list, " ", -1);

  /* From the inside out. */
  for (guint i = g_strv_length (words); i > 0; i--)
    {
      g_autofree char *path = g_build_filename (root, words[i - 1], NULL);

      if (words[i - 1][0] != '\0')
        g_remove (path);
    }
  g_rmdir (root);
}
