/* test-create.c - torrents made of files, read back
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "metainfo/bt-metainfo-create.h"
#include "metainfo/bt-metainfo.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;  /* owned; removed with what is in it */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("bt-create-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL
                                                                    : g_dir_open (path, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static char *
write_file (Fixture    *fixture,
            const char *relative,
            gsize       n_bytes)
{
  char              *path = g_build_filename (fixture->folder, relative, NULL);
  g_autofree char   *parent = g_path_get_dirname (path);
  g_autofree char   *content = g_malloc (n_bytes + 1);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < n_bytes; i++)
    content[i] = (char) (i * 31 + (i >> 8) + strlen (relative));
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, content, (gssize) n_bytes, &error);
  g_assert_no_error (error);
  return path;
}

typedef struct
{
  guint64 done_bytes;
  guint64 total_bytes;
  guint   n_calls;
} Progress;

static void
progress_cb (guint64  done_bytes,
             guint64  total_bytes,
             gpointer user_data)
{
  Progress *progress = user_data;

  g_assert_cmpuint (done_bytes, >, progress->done_bytes);
  progress->done_bytes = done_bytes;
  progress->total_bytes = total_bytes;
  progress->n_calls++;
}

/* Hashes what is on disk by the torrent's own word. */
static void
check_pieces (const BtMetainfo *metainfo,
              const char       *parent)
{
  const BtGeometry      *geometry = bt_metainfo_get_geometry (metainfo);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  guint32                n_files = 0;
  const BtFile          *files = bt_metainfo_get_files (metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      g_autofree char   *path = g_build_filename (parent, files[i].path, NULL);
      g_autofree char   *content = NULL;
      g_autoptr (GError) error = NULL;
      gsize              n_bytes = 0;

      g_file_get_contents (path, &content, &n_bytes, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_bytes, ==, files[i].length);
      g_byte_array_append (stream, (const guint8 *) content, (guint) n_bytes);
    }
  g_assert_cmpuint (stream->len, ==, geometry->total_bytes);
  for (guint32 i = 0; i < geometry->n_pieces; i++)
    {
      guint8 digest[BT_SHA1_BYTES];

      bt_sha1 (stream->data + bt_geometry_get_offset (geometry, i),
               bt_geometry_get_piece_bytes (geometry, i), digest);
      g_assert_cmpmem (digest, sizeof digest, bt_metainfo_get_piece_hash (metainfo, i),
                       BT_SHA1_BYTES);
    }
}

static BtMetainfo *
create (const char            *path,
        const BtCreateOptions *options,
        Progress              *progress)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bt_metainfo_create (path, options, NULL,
                                                 progress != NULL ? progress_cb : NULL, progress,
                                                 &error);
  BtMetainfo        *metainfo;

  g_assert_no_error (error);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

static void
test_single (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char       *path = write_file (fixture, "a file.bin", 100000);
  BtCreateOptions        options = { 0 };
  Progress               progress = { 0 };
  g_autoptr (BtMetainfo) metainfo = create (path, &options, &progress);

  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "a file.bin");
  g_assert_false (bt_metainfo_is_multi_file (metainfo));
  g_assert_false (bt_metainfo_is_private (metainfo));
  g_assert_cmpuint (bt_metainfo_get_geometry (metainfo)->piece_bytes, ==, 16384);
  g_assert_cmpuint (bt_metainfo_get_n_tiers (metainfo), ==, 0);
  check_pieces (metainfo, fixture->folder);
  g_assert_cmpuint (progress.done_bytes, ==, 100000);
  g_assert_cmpuint (progress.total_bytes, ==, 100000);
  g_assert_cmpuint (progress.n_calls, ==, 7);
}

static void
test_folder (Fixture       *fixture,
             gconstpointer  data)
{
  static const char *const expected[] = {
    "root/B", "root/a/z", "root/a/ä/x", "root/a.txt", "root/b", "root/empty",
  };
  static const char *const sources[] = {
    "root/b", "root/a.txt", "root/a/z", "root/a/ä/x", "root/B",
  };
  g_autofree char         *root = g_build_filename (fixture->folder, "root", NULL);
  g_autofree char         *with_slash = g_strconcat (root, "/", NULL);
  g_autofree char         *empty = write_file (fixture, "root/empty", 0);
  g_autofree char         *outside = write_file (fixture, "outside", 5);
  g_autofree char         *link = g_build_filename (root, "link", NULL);
  g_autofree char         *folder_link = g_build_filename (root, "a", "loop", NULL);
  g_autofree char         *pipe = g_build_filename (root, "pipe", NULL);
  BtCreateOptions          options = { .piece_bytes = 32768 };
  g_autoptr (BtMetainfo)   metainfo = NULL;
  guint32                  n_files = 0;
  const BtFile            *files;

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_free (write_file (fixture, sources[i], 10000 + i * 7));
  g_assert_cmpint (symlink (outside, link), ==, 0);
  g_assert_cmpint (symlink ("..", folder_link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);

  metainfo = create (with_slash, &options, NULL);
  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "root");
  g_assert_true (bt_metainfo_is_multi_file (metainfo));
  g_assert_cmpuint (bt_metainfo_get_geometry (metainfo)->piece_bytes, ==, 32768);
  files = bt_metainfo_get_files (metainfo, &n_files);
  g_assert_cmpuint (n_files, ==, G_N_ELEMENTS (expected));
  for (guint32 i = 0; i < n_files; i++)
    g_assert_cmpstr (files[i].display_path, ==, expected[i]);
}

static void
test_folder_content (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char       *root = g_build_filename (fixture->folder, "root", NULL);
  BtCreateOptions        options = { 0 };
  g_autoptr (BtMetainfo) metainfo = NULL;

  g_free (write_file (fixture, "root/a", 16384));
  g_free (write_file (fixture, "root/b/empty", 0));
  g_free (write_file (fixture, "root/b/c", 16383));
  g_free (write_file (fixture, "root/d", 50000));
  metainfo = create (root, &options, NULL);
  check_pieces (metainfo, fixture->folder);
}

static void
test_options (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const        first[] = { "http://a/announce", "udp://b:1", NULL };
  static const char *const        second[] = { "https://c", NULL };
  static const char *const *const tiers[] = { first, second, NULL };
  static const char *const        web_seeds[] = { "http://seed/", NULL };
  g_autofree char                *path = write_file (fixture, "x", 5);
  BtCreateOptions                 options = { .tiers = tiers,
                                              .web_seeds = web_seeds,
                                              .comment = "c",
                                              .creator = "me",
                                              .source = "S",
                                              .name = "renamed",
                                              .creation_date = 12345,
                                              .is_private = TRUE };
  g_autoptr (BtMetainfo)          metainfo = create (path, &options, NULL);

  g_assert_cmpstr (bt_metainfo_get_name (metainfo), ==, "renamed");
  g_assert_cmpstr (bt_metainfo_get_comment (metainfo), ==, "c");
  g_assert_cmpstr (bt_metainfo_get_creator (metainfo), ==, "me");
  g_assert_cmpstr (bt_metainfo_get_source (metainfo), ==, "S");
  g_assert_cmpint (bt_metainfo_get_creation_date (metainfo), ==, 12345);
  g_assert_true (bt_metainfo_is_private (metainfo));
  g_assert_cmpuint (bt_metainfo_get_n_tiers (metainfo), ==, 2);
  g_assert_cmpstr (bt_metainfo_get_tier (metainfo, 0)[1], ==, "udp://b:1");
  g_assert_cmpstr (bt_metainfo_get_tier (metainfo, 1)[0], ==, "https://c");
  g_assert_cmpstr (bt_metainfo_get_web_seeds (metainfo)[0], ==, "http://seed/");
}

static void
test_errors (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *file = write_file (fixture, "file", 5);
  g_autofree char *empty = write_file (fixture, "none/empty", 0);
  g_autofree char *bad_name = write_file (fixture, "bad/\xff", 5);
  const struct
  {
    const char      *path;
    BtCreateOptions  options;
    GIOErrorEnum     code;
  } cases[] = {
    { "missing", { 0 }, G_IO_ERROR_NOT_FOUND },
    { "none", { 0 }, G_IO_ERROR_NOT_FOUND },
    { "none/empty", { 0 }, G_IO_ERROR_NOT_FOUND },
    { "bad", { 0 }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .piece_bytes = 16385 }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .piece_bytes = 8192 }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .piece_bytes = 32 * 1024 * 1024 }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .name = "" }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .name = "a/b" }, G_IO_ERROR_INVALID_ARGUMENT },
    { "file", { .name = "\xff" }, G_IO_ERROR_INVALID_ARGUMENT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char   *path = g_build_filename (fixture->folder, cases[i].path, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (bt_metainfo_create (path, &cases[i].options, NULL, NULL, NULL, &error));
      g_assert_error (error, G_IO_ERROR, (int) cases[i].code);
    }
}

static void
cancel_cb (guint64  done_bytes,
           guint64  total_bytes,
           gpointer user_data)
{
  g_assert_cmpuint (done_bytes, ==, 16384);
  g_cancellable_cancel (user_data);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char          *path = write_file (fixture, "x", 100000);
  g_autoptr (GCancellable)  cancellable = g_cancellable_new ();
  g_autoptr (GError)        error = NULL;
  BtCreateOptions           options = { 0 };

  g_assert_null (bt_metainfo_create (path, &options, cancellable, cancel_cb, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_piece_bytes (void)
{
  static const struct
  {
    guint64 total_bytes;
    guint32 piece_bytes;
  } cases[] = {
    { 1, 16384 },
    { 32 * 1024 * 1024, 32768 },
    { G_GUINT64_CONSTANT (1) << 30, 1 << 20 },
    { G_GUINT64_CONSTANT (700) << 20, 512 * 1024 },
    { G_GUINT64_CONSTANT (1) << 40, 16 << 20 },
    { G_MAXUINT64, 16 << 20 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (bt_metainfo_choose_piece_bytes (cases[i].total_bytes), ==,
                      cases[i].piece_bytes);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/metainfo/create/single", Fixture, NULL, set_up, test_single, tear_down);
  g_test_add ("/metainfo/create/folder", Fixture, NULL, set_up, test_folder, tear_down);
  g_test_add ("/metainfo/create/folder-content", Fixture, NULL, set_up, test_folder_content,
              tear_down);
  g_test_add ("/metainfo/create/options", Fixture, NULL, set_up, test_options, tear_down);
  g_test_add ("/metainfo/create/errors", Fixture, NULL, set_up, test_errors, tear_down);
  g_test_add ("/metainfo/create/cancelled", Fixture, NULL, set_up, test_cancelled, tear_down);
  g_test_add_func ("/metainfo/create/piece-bytes", test_piece_bytes);
  return g_test_run ();
}
