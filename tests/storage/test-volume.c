/* test-volume.c - which file system a folder lies on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "file-fixture.h"

#include "base/bt-random.h"
#include "storage/bt-volume-private.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* --- The table --- */

static const char table[] =
  "22 26 0:21 / /sys rw,relatime - sysfs sysfs rw\n"
  "26 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
  "30 26 8:1 / /media/My\\040big\\011\\134disk rw,nosuid shared:3 master:2 - vfat /dev/sda1 rw\n"
  "31 26 0:40 /home /home rw - btrfs /dev/sdb2 rw,subvol=/home\n"
  "32 26 0:41 / /mnt/nas rw - nfs4 nas:/export/a\\040b rw\n"
  "33 26 0:42 / /mnt/nas/inner rw - fuse.sshfs me@host:/ rw\n"
  "34 26 8:2 / /mnt/twice rw - ext4 /dev/sda2 rw\n"
  "35 34 8:3 / /mnt/twice rw - ext4 /dev/sda3 rw\n"
  "this is not a line\n"
  "36 26 8:4 / /mnt/no-dash rw ext4 /dev/sda4 rw\n"
  "37 26 84 / /mnt/no-colon rw - ext4 /dev/sda4 rw\n"
  "x 26 8:4 / /mnt/no-id rw - ext4 /dev/sda4 rw\n"
  "38 26 8:99999999999 / /mnt/huge rw - ext4 /dev/sda4 rw\n"
  "39 26 8:4 / relative rw - ext4 /dev/sda4 rw\n"
  "40 26 8:4 / /mnt/short rw -\n"
  "41 26 8:4 / /mnt/cut rw - ext4\n"
  "42 26 8:5 / /mnt/odd\\04\\999\\000\\ rw - ext4 /dev/sda5 rw\n"
  "\n"
  "43 26 8:6 / /mnt/last rw - ext4 none rw";

static const struct
{
  BtMountQuery query;
  const char  *mount_point;  /* NULL: none is found */
  const char  *type;
  const char  *source;
} queries[] = {
  { { 26, 0, 0, "/home/me" }, "/", "ext4", "/dev/vda" },
  { { 30, 0, 0, NULL }, "/media/My big\t\\disk", "vfat", "/dev/sda1" },
  { { 0, 254, 0, "/etc" }, "/", "ext4", "/dev/vda" },
  { { 0, 8, 1, "/media/My big\t\\disk/x" }, "/media/My big\t\\disk", "vfat", "/dev/sda1" },
  /* A subvolume has a device that is in no line. */
  { { 0, 0, 77, "/home/me" }, "/home", "btrfs", "/dev/sdb2" },
  { { 0, 0, 77, "/homestead" }, "/", "ext4", "/dev/vda" },
  { { 0, 0, 77, "/home" }, "/home", "btrfs", "/dev/sdb2" },
  { { 0, 0, 41, "/mnt/nas/a" }, "/mnt/nas", "nfs4", "nas:/export/a b" },
  { { 0, 0, 42, "/mnt/nas/inner/a" }, "/mnt/nas/inner", "fuse.sshfs", "me@host:/" },
  { { 0, 0, 41, "/mnt/nas/inner/a" }, "/mnt/nas", "nfs4", "nas:/export/a b" },
  { { 0, 0, 0, "/mnt/twice/a" }, "/mnt/twice", "ext4", "/dev/sda3" },
  { { 0, 8, 2, "/mnt/twice/a" }, "/mnt/twice", "ext4", "/dev/sda2" },
  { { 35, 8, 2, "/mnt/twice/a" }, "/mnt/twice", "ext4", "/dev/sda3" },
  { { 0, 8, 4, "/mnt/no-dash" }, "/", "ext4", "/dev/vda" },
  { { 40, 8, 4, "/mnt/short" }, "/", "ext4", "/dev/vda" },
  { { 41, 8, 4, "/mnt/cut" }, "/", "ext4", "/dev/vda" },
  { { 38, 8, 4, "/mnt/huge" }, "/", "ext4", "/dev/vda" },
  { { 42, 0, 0, NULL }, "/mnt/odd\\04\\999\\000\\", "ext4", "/dev/sda5" },
  { { 43, 0, 0, NULL }, "/mnt/last", "ext4", "none" },
  { { 99, 0, 0, NULL }, NULL, NULL, NULL },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_auto (BtMount) mount = { 0 };

      g_test_message ("query %u", i);
      g_assert_cmpint (bt_mounts_find (table, sizeof table - 1, &queries[i].query, &mount), ==,
                       queries[i].mount_point != NULL);
      g_assert_cmpstr (mount.mount_point, ==, queries[i].mount_point);
      g_assert_cmpstr (mount.type, ==, queries[i].type);
      g_assert_cmpstr (mount.source, ==, queries[i].source);
    }
}

/* Whatever a table holds, and wherever it ends: the sanitizers look on. */
static void
test_any_table (void)
{
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < 20000; i++)
    {
      gsize n_bytes = (gsize) (bt_random_next (&random) % sizeof table);
      g_autofree char *bytes = g_memdup2 (table, n_bytes);
      BtMountQuery query = { bt_random_next (&random) % 45, 8, 1, "/mnt/nas/inner" };
      g_auto (BtMount) mount = { 0 };

      for (guint j = 0; n_bytes > 0 && j < 20; j++)
        bytes[bt_random_next (&random) % n_bytes] = (char) bt_random_next (&random);
      if (bt_mounts_find (bytes, n_bytes, &query, &mount))
        g_assert_nonnull (mount.source);
    }
}

static void
test_types (void)
{
  static const struct
  {
    const char *type;
    gboolean    is_remote;
  } types[] = {
    { "ext4", FALSE }, { "btrfs", FALSE }, { "tmpfs", FALSE }, { "overlay", FALSE },
    { "fuseblk", FALSE }, { "vfat", FALSE }, { "nfs", TRUE }, { "nfs4", TRUE }, { "cifs", TRUE },
    { "smb3", TRUE }, { "fuse", TRUE }, { "fuse.sshfs", TRUE }, { "9p", TRUE }, { "ceph", TRUE },
    { "", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    g_assert_cmpint (bt_mount_type_is_remote (types[i].type), ==, types[i].is_remote);
}

/* --- This machine --- */

static BtVolume *
look (const char *folder,
      const char *inner)
{
  g_autofree char *path = g_build_filename (folder, inner, NULL);
  g_autoptr (GError) error = NULL;
  BtVolume *volume = bt_volume_look (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (volume);
  return volume;
}

static void
test_look (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autoptr (BtVolume) volume = look (fixture->folder, NULL);
  g_autoptr (BtVolume) missing = NULL;
  g_autoptr (BtVolume) file = NULL;
  g_autoptr (BtVolume) linked = NULL;
  g_autoptr (BtVolume) other = NULL;
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  struct statvfs room;
  struct stat info;

  g_assert_cmpint (stat (fixture->folder, &info), ==, 0);
  g_assert_cmpint (statvfs (fixture->folder, &room), ==, 0);
  g_assert_true (volume->exists);
  g_assert_false (volume->is_read_only);
  g_assert_cmpuint (volume->device, ==, info.st_dev);
  g_assert_cmpuint (volume->total_bytes, ==, (guint64) room.f_blocks * room.f_frsize);
  g_assert_cmpuint (volume->free_bytes, <=, (guint64) room.f_bfree * room.f_frsize);
  g_assert_true (g_str_has_prefix (fixture->folder, volume->mount_point));
  g_assert_nonnull (strchr (volume->id, ':'));
  g_assert_cmpstr (volume->name, !=, "");

  missing = look (fixture->folder, "a/b/c");
  g_assert_false (missing->exists);
  g_assert_cmpstr (missing->id, ==, volume->id);
  g_assert_cmpuint (missing->device, ==, volume->device);
  tree_put (fixture->folder, "file", 1);
  file = look (fixture->folder, "file");
  g_assert_false (file->exists);
  g_assert_cmpstr (file->id, ==, volume->id);

  if (fixture->other == NULL)
    return;
  g_assert_cmpint (symlink (fixture->other, link), ==, 0);
  other = look (fixture->other, NULL);
  linked = look (link, NULL);
  g_assert_cmpstr (other->id, !=, volume->id);
  g_assert_cmpstr (linked->id, ==, other->id);
  g_assert_cmpstr (linked->mount_point, ==, "/dev/shm");
  g_assert_cmpstr (linked->name, ==, "shm");
}

typedef struct
{
  BtVolume *volume;  /* owned */
  gboolean  is_done;
} Answer;

static void
volume_cb (BtVolume     *volume,
           const GError *error,
           gpointer      user_data)
{
  Answer *answer = user_data;

  g_assert_no_error (error);
  answer->volume = volume;
  answer->is_done = TRUE;
}

static void
test_async (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autoptr (BtVolume) volume = look (fixture->folder, NULL);
  Answer answer = { 0 };

  bt_volume_look_async (fixture->disk, fixture->folder, volume_cb, &answer);
  g_assert_false (answer.is_done);
  while (!answer.is_done)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpstr (answer.volume->id, ==, volume->id);
  bt_volume_free (answer.volume);
}

/* --- A machine that is made up: /proc, /dev/disk and /sys beneath a folder --- */

#define MAJOR 259u
#define MINOR 7777u

static void
put_text (const char *root,
          const char *path,
          const char *text)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *above = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (above, 0777), ==, 0);
  g_assert_true (g_file_set_contents (full, text, -1, NULL));
}

static void
put_link (const char *root,
          const char *path,
          const char *target)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autofree char *above = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (above, 0777), ==, 0);
  g_assert_cmpint (symlink (target, full), ==, 0);
}

/* Where only one mount is, the root is found by its path. `device`: as in the table. */
static void
put_table (const char *root,
           const char *device,
           const char *type,
           const char *source)
{
  g_autofree char *line = g_strdup_printf ("999999 1 %s / / rw - %s %s rw\n", device, type, source);

  put_text (root, "proc/self/mountinfo", line);
}

static BtVolume *
look_in (FileFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  BtVolume *volume = bt_volume_look_in (fixture->folder, fixture->folder, &error);

  g_assert_no_error (error);
  return volume;
}

/* A partition of a disk with a label, and a file system that only names its device as its source. */
static void
test_block_device (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *node = g_build_filename (fixture->folder, "dev/sdx1", NULL);
  g_autofree char *device = g_strdup_printf ("%u:%u", MAJOR, MINOR);
  g_autofree char *block = g_strdup_printf ("sys/dev/block/%u:%u", MAJOR, MINOR);

  put_text (fixture->folder, "dev/other", "");
  if (mknod (node, S_IFBLK | 0600, makedev (MAJOR, MINOR)) < 0)
    {
      g_test_skip ("may not make a device node");
      return;
    }
  put_link (fixture->folder, "dev/disk/by-uuid/NOT-IT", "../../other");
  put_link (fixture->folder, "dev/disk/by-uuid/DEAD", "../../gone");
  put_link (fixture->folder, "dev/disk/by-uuid/1234-ABCD", "../../sdx1");
  put_link (fixture->folder, "dev/disk/by-label/My\\x20drive\\x2f1\\xzz\\x", "../../sdx1");
  put_text (fixture->folder, "sys/devices/sdx/queue/rotational", "1\n");
  put_text (fixture->folder, "sys/devices/sdx/sdx1/partition", "1\n");
  put_link (fixture->folder, block, "../../devices/sdx/sdx1");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (BtVolume) volume = NULL;

      put_table (fixture->folder, i == 0 ? device : "0:44", i == 0 ? "vfat" : "btrfs", node);
      volume = look_in (fixture);
      g_assert_cmpstr (volume->id, ==, "uuid:1234-ABCD");
      g_assert_cmpstr (volume->name, ==, "My drive/1\\xzz\\x");
      g_assert_true (volume->is_rotational);
      g_assert_false (volume->is_remote);
    }
}

/* Nothing is known of the device. */
static void
test_bare (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autoptr (BtVolume) bare = look_in (fixture);
  g_autoptr (BtVolume) share = NULL;

  g_assert_true (g_str_has_prefix (bare->id, "fsid:") || g_str_has_prefix (bare->id, "dev:"));
  g_assert_cmpstr (bare->mount_point, ==, "/");
  g_assert_false (bare->is_rotational);
  g_assert_false (bare->is_remote);

  put_table (fixture->folder, "0:44", "nfs4", "nas:/export");
  share = look_in (fixture);
  g_assert_true (share->is_remote);
}

/* --- Mounts of our own, in a name space of our own: the last test, for there is no way back --- */

static void
test_mounts (void)
{
  g_autoptr (FileFixture) fixture = file_fixture_new ();
  g_autofree char *a = g_build_filename (fixture->folder, "a", NULL);
  g_autofree char *b = g_build_filename (fixture->folder, "b", NULL);
  g_autofree char *drive = g_build_filename (fixture->folder, "a drive", NULL);
  g_autoptr (BtVolume) here = NULL;
  g_autoptr (BtVolume) bound = NULL;
  g_autoptr (BtVolume) small = NULL;
  g_autoptr (BtVolume) locked = NULL;
  g_autoptr (BtVolume) elsewhere = NULL;

  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    {
      g_test_skip ("may not mount");
      return;
    }
  g_assert_cmpint (g_mkdir (a, 0777) | g_mkdir (b, 0777) | g_mkdir (drive, 0777), ==, 0);
  here = look (a, NULL);
  g_assert_cmpint (mount (a, b, NULL, MS_BIND, NULL), ==, 0);
  bound = look (b, NULL);
  g_assert_cmpstr (bound->id, ==, here->id);
  g_assert_cmpstr (bound->mount_point, ==, b);
  g_assert_cmpuint (bound->device, ==, here->device);

  /* Only this mount of it is not to be written to. */
  g_assert_cmpint (mount (NULL, b, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  locked = look (b, NULL);
  g_assert_true (locked->is_read_only);
  g_assert_cmpint (umount (b), ==, 0);

  g_assert_cmpint (mount ("none", drive, "tmpfs", 0, "size=1m"), ==, 0);
  small = look (drive, "inner");
  g_assert_cmpstr (small->mount_point, ==, drive);
  g_assert_cmpstr (small->name, ==, "a drive");
  g_assert_cmpuint (small->total_bytes, ==, 1024 * 1024);
  g_assert_cmpstr (small->id, !=, here->id);
  g_assert_false (small->exists);
  g_assert_cmpint (mount (drive, b, NULL, MS_BIND, NULL), ==, 0);
  elsewhere = look (b, NULL);
  g_assert_cmpstr (elsewhere->id, ==, small->id);
  g_assert_cmpint (umount (b) | umount (drive) | g_rmdir (drive), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/storage/volume/table", test_table);
  g_test_add_func ("/storage/volume/any-table", test_any_table);
  g_test_add_func ("/storage/volume/types", test_types);
  g_test_add_func ("/storage/volume/look", test_look);
  g_test_add_func ("/storage/volume/async", test_async);
  g_test_add_func ("/storage/volume/block-device", test_block_device);
  g_test_add_func ("/storage/volume/bare", test_bare);
  g_test_add_func ("/storage/volume/mounts", test_mounts);
  return g_test_run ();
}
