/* bt-volume.c - asks the system which file system a folder lies on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-volume.h"

#include "bt-disk-private.h"
#include "bt-file-task-private.h"
#include "bt-volume-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_LINKS 4096u /* of a folder in /dev/disk that are looked at */

typedef struct
{
  BtDiskJob    base;
  char        *folder;     /* owned */
  BtVolume    *volume;     /* owned, nullable */
  GError      *error;      /* owned, nullable */
  BtVolumeFunc func;
  gpointer     user_data;  /* borrowed */
} LookJob;

void
bt_volume_free (BtVolume *volume)
{
  if (volume == NULL)
    return;
  g_free (volume->id);
  g_free (volume->name);
  g_free (volume->mount_point);
  g_free (volume);
}

static gboolean
fail (GError    **error,
      const char *folder,
      int         error_number)
{
  g_set_error (error, BT_STORAGE_ERROR, bt_storage_get_error_code (error_number),
               _("Could not look at “%s”: %s"), folder, g_strerror (error_number));
  return FALSE;
}

/* `folder`, or its nearest parent that is there. NULL with `error`. */
static char *
find_existing (const char  *folder,
               struct stat *out_info,
               gboolean    *out_exists,
               GError     **error)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  gboolean exists = TRUE;

  for (;;)
    {
      gboolean is_there = stat (path, out_info) == 0;
      char *parent;

      if (is_there && S_ISDIR (out_info->st_mode))
        break;
      if (!is_there && errno != ENOENT && errno != ENOTDIR)
        {
          fail (error, path, errno);
          return NULL;
        }
      exists = FALSE;
      parent = g_path_get_dirname (path);
      g_free (path);
      path = parent;
    }
  *out_exists = exists;
  return g_steal_pointer (&path);
}

/* --- Which mount, and which device --- */

static guint64
get_mount_id (const char *path)
{
  struct statx info = { 0 };

  if (statx (AT_FDCWD, path, 0, STATX_MNT_ID, &info) < 0 || (info.stx_mask & STATX_MNT_ID) == 0)
    return 0;
  return info.stx_mnt_id;
}

/* The kernel says no size of such a file beforehand. */
static GString *
read_table (const char *path)
{
  GString *table = g_string_sized_new (65536);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n_read = 1;

  while (fd >= 0 && n_read > 0 && table->len < BT_MOUNTS_MAX_BYTES)
    {
      gsize len = table->len;

      g_string_set_size (table, len + 65536);
      n_read = TEMP_FAILURE_RETRY (read (fd, table->str + len, 65536));
      g_string_set_size (table, len + (gsize) MAX (n_read, 0));
    }
  if (fd >= 0)
    close (fd);
  return table;
}

static gboolean
find_mount (const char *sysroot,
            const char *path,
            dev_t       device,
            BtMount    *out_mount)
{
  g_autofree char *table_path = g_strconcat (sysroot, "/proc/self/mountinfo", NULL);
  g_autofree char *real_path = realpath (path, NULL);
  BtMountQuery query = { get_mount_id (path), major (device), minor (device), real_path };
  GString *table = read_table (table_path);
  gboolean is_found = bt_mounts_find (table->str, table->len, &query, out_mount);

  g_string_free (table, TRUE);
  return is_found;
}

/* The block device beneath; 0: there is none. File systems that can have several (btrfs) name one as their source. */
static dev_t
get_block_device (const BtMount *mount)
{
  struct stat info;

  if (mount->major != 0)
    return makedev (mount->major, mount->minor);
  if (mount->source == NULL || mount->source[0] != '/' || stat (mount->source, &info) < 0 ||
      !S_ISBLK (info.st_mode))
    return 0;
  return info.st_rdev;
}

/* udev writes what does not belong into a file's name as "\x20". */
static char *
unescape_udev (const char *name)
{
  GString *text = g_string_new (NULL);

  for (; *name != '\0'; name++)
    {
      int high = -1;
      int low = -1;

      if (name[0] == '\\' && name[1] == 'x' && (high = g_ascii_xdigit_value (name[2])) >= 0)
        low = g_ascii_xdigit_value (name[3]);
      if (low >= 0 && high * 16 + low > 0)
        {
          g_string_append_c (text, (char) (high * 16 + low));
          name += 3;
        }
      else
        {
          g_string_append_c (text, name[0]);
        }
    }
  return g_string_free (text, FALSE);
}

/* The name under which /dev/disk/KIND has the device. NULL: under none. */
static char *
find_disk_name (const char *sysroot,
                const char *kind,
                dev_t       device)
{
  g_autofree char *folder = g_build_filename (sysroot, "/dev/disk", kind, NULL);
  g_autoptr (GDir) dir = device != 0 ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  for (guint i = 0; dir != NULL && i < MAX_LINKS && (name = g_dir_read_name (dir)) != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat info;

      if (stat (path, &info) == 0 && S_ISBLK (info.st_mode) && info.st_rdev == device)
        return unescape_udev (name);
    }
  return NULL;
}

/* A partition has no queue of its own; the folder above it is its disk's. */
static gboolean
is_rotational (const char *sysroot,
               dev_t       device)
{
  static const char *const places[] = { "queue/rotational", "../queue/rotational" };

  for (guint i = 0; device != 0 && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/sys/dev/block/%u:%u/%s", sysroot, major (device),
                                               minor (device), places[i]);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        return text[0] == '1';
    }
  return FALSE;
}

/* --- What we say of it --- */

static char *
make_id (const char    *sysroot,
         const BtMount *mount,
         const char    *path,
         dev_t          device,
         dev_t          block_device)
{
  g_autofree char *uuid = find_disk_name (sysroot, "by-uuid", block_device);
  struct statfs info;
  guint32 parts[2] = { 0, 0 };

  if (uuid != NULL)
    return g_strconcat ("uuid:", uuid, NULL);
  if (statfs (path, &info) == 0)
    memcpy (parts, &info.f_fsid, MIN (sizeof parts, sizeof info.f_fsid));
  if (parts[0] != 0 || parts[1] != 0)
    return g_strdup_printf ("fsid:%08x%08x", parts[1], parts[0]);
  /* A share has no number that outlives its mount, but an address. */
  if (mount->source != NULL && strpbrk (mount->source, ":/") != NULL && block_device == 0)
    return g_strconcat ("source:", mount->source, NULL);
  return g_strdup_printf ("dev:%u:%u", major (device), minor (device));
}

static char *
make_name (const char    *sysroot,
           const BtMount *mount,
           dev_t          block_device)
{
  char *label = find_disk_name (sysroot, "by-label", block_device);

  return label != NULL ? label : g_path_get_basename (mount->mount_point);
}

static void
describe (BtVolume      *volume,
          const char    *sysroot,
          const BtMount *mount,
          const char    *path)
{
  dev_t block_device = get_block_device (mount);

  volume->id = make_id (sysroot, mount, path, volume->device, block_device);
  volume->name = make_name (sysroot, mount, block_device);
  volume->mount_point = g_strdup (mount->mount_point);
  volume->is_rotational = is_rotational (sysroot, block_device);
  volume->is_remote = mount->type != NULL && bt_mount_type_is_remote (mount->type);
}

BtVolume *
bt_volume_look_in (const char *sysroot,
                   const char *folder,
                   GError    **error)
{
  g_autoptr (BtVolume) volume = g_new0 (BtVolume, 1);
  g_autofree char *path = NULL;
  g_auto (BtMount) mount = { 0 };
  gboolean exists = FALSE;
  struct stat info;
  struct statvfs room;

  path = find_existing (folder, &info, &exists, error);
  if (path == NULL)
    return NULL;
  if (TEMP_FAILURE_RETRY (statvfs (path, &room)) < 0)
    {
      fail (error, path, errno);
      return NULL;
    }

  /* Where /proc is hidden there is still the device. */
  if (!find_mount (sysroot, path, info.st_dev, &mount))
    {
      mount.major = major (info.st_dev);
      mount.minor = minor (info.st_dev);
      mount.mount_point = g_strdup ("/");
    }
  volume->device = info.st_dev;
  volume->free_bytes = (guint64) room.f_bavail * room.f_frsize;
  volume->total_bytes = (guint64) room.f_blocks * room.f_frsize;
  volume->is_read_only = (room.f_flag & ST_RDONLY) != 0;
  volume->exists = exists;
  describe (volume, sysroot, &mount, path);
  return g_steal_pointer (&volume);
}

BtVolume *
bt_volume_look (const char *folder,
                GError    **error)
{
  return bt_volume_look_in ("", folder, error);
}

/* --- In a worker --- */

static BtDiskStep
run_look (BtDiskJob     *job,
          BtDiskScratch *scratch)
{
  LookJob *self = (LookJob *) job;

  self->volume = bt_volume_look (self->folder, &self->error);
  return BT_STEP_DONE;
}

static void
end_look (BtDiskJob *job)
{
  LookJob *self = (LookJob *) job;
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  self->func (self->volume, error, self->user_data);
  g_free (self->folder);
  g_free (self);
}

void
bt_volume_look_async (BtDisk      *disk,
                      const char  *folder,
                      BtVolumeFunc func,
                      gpointer     user_data)
{
  LookJob *job = g_new0 (LookJob, 1);

  job->base.run = run_look;
  job->base.end = end_look;
  job->base.role = BT_ROLE_FILE;
  job->folder = g_strdup (folder);
  job->func = func;
  job->user_data = user_data;
  bt_disk_submit (disk, &job->base);
}
