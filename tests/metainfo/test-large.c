/* test-large.c - torrents of the size limits: right, and how long they take
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bencode/bt-bencode-writer.h"
#include "metainfo/bt-merkle.h"
#include "metainfo/bt-metainfo.h"

#include <string.h>
#include <time.h>

#define N_PIECES 1000000u
#define N_FILES  100000u

/* Times are reported, not judged: the machine may be busy. */
static BtMetainfo *
load_timed (BtBencodeWriter  *writer,
            GError          **error)
{
  g_autoptr (GBytes) bytes = bt_bencode_writer_steal_bytes (writer);
  clock_t            began_at = clock ();
  BtMetainfo        *metainfo = bt_metainfo_new_from_bytes (bytes, error);

  g_test_message ("%" G_GSIZE_FORMAT " bytes loaded in %.1f ms of processor time",
                  g_bytes_get_size (bytes), (double) (clock () - began_at) * 1000 / CLOCKS_PER_SEC);
  return metainfo;
}

static void
write_pieces (BtBencodeWriter *writer,
              guint32          n_pieces)
{
  gsize              n_bytes = (gsize) n_pieces * BT_SHA1_BYTES;
  g_autofree guint8 *hashes = g_malloc (n_bytes);

  for (gsize i = 0; i < n_bytes; i++)
    hashes[i] = (guint8) (i / BT_SHA1_BYTES);
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, 16384);
  bt_bencode_writer_key (writer, "pieces");
  bt_bencode_writer_string (writer, hashes, n_bytes);
}

static void
test_pieces (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GError)          error = NULL;
  g_autoptr (BtMetainfo)      metainfo = NULL;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "length");
  bt_bencode_writer_int (writer, (gint64) N_PIECES * 16384 - 1);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "large");
  write_pieces (writer, N_PIECES);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  metainfo = load_timed (writer, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_metainfo_get_geometry (metainfo)->n_pieces, ==, N_PIECES);
  for (guint32 i = 0; i < N_PIECES; i += 999)
    g_assert_cmpuint (bt_metainfo_get_piece_hash (metainfo, i)[19], ==, i & 0xff);
  g_assert_cmpuint (bt_metainfo_get_piece_hash (metainfo, N_PIECES - 1)[0], ==,
                    (N_PIECES - 1) & 0xff);
}

static void
write_path (BtBencodeWriter *writer,
            guint32          i)
{
  char name[64];

  bt_bencode_writer_begin_list (writer);
  g_snprintf (name, sizeof name, "Folder %u", i / 1000);
  bt_bencode_writer_text (writer, name);
  g_snprintf (name, sizeof name, "Part %u", i / 100 % 10);
  bt_bencode_writer_text (writer, name);
  g_snprintf (name, sizeof name, "A file of ordinary length – %06u.ext", i);
  bt_bencode_writer_text (writer, name);
  bt_bencode_writer_end (writer);
}

static void
test_files (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GError)          error = NULL;
  g_autoptr (BtMetainfo)      metainfo = NULL;
  guint32                     n_files = 0;
  const BtFile               *files;
  guint64                     offset = 0;

  for (guint32 i = 0; i < N_FILES; i++)
    offset += i % 3000;
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_list (writer);
  for (guint32 i = 0; i < N_FILES; i++)
    {
      bt_bencode_writer_begin_dict (writer);
      bt_bencode_writer_key (writer, "length");
      bt_bencode_writer_int (writer, i % 3000);
      bt_bencode_writer_key (writer, "path");
      write_path (writer, i);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "many");
  write_pieces (writer, (guint32) ((offset + 16383) / 16384));
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  metainfo = load_timed (writer, &error);
  g_assert_no_error (error);

  files = bt_metainfo_get_files (metainfo, &n_files);
  g_assert_cmpuint (n_files, ==, N_FILES);
  offset = 0;
  for (guint32 i = 0; i < n_files; i++)
    {
      g_assert_cmpuint (files[i].offset, ==, offset);
      g_assert_cmpuint (files[i].length, ==, i % 3000);
      if (files[i].length > 0)
        {
          g_assert_cmpuint (bt_metainfo_find_file (metainfo, offset), ==, i);
          g_assert_cmpuint (bt_metainfo_find_file (metainfo, offset + files[i].length - 1), ==, i);
        }
      offset += files[i].length;
    }
  g_assert_cmpstr (files[98765].path, ==,
                   "many/Folder 98/Part 7/A file of ordinary length – 098765.ext");
  g_assert_true (files[98765].path == files[98765].display_path);
}

/* All with the same name: each gets one of its own, in about the same time. */
static void
test_same_names (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GHashTable)      seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError)          error = NULL;
  g_autoptr (BtMetainfo)      metainfo = NULL;
  guint32                     n_files = 0;
  const BtFile               *files;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_list (writer);
  for (guint32 i = 0; i < N_FILES; i++)
    bt_bencode_writer_raw (writer, "d6:lengthi1e4:pathl1:a5:b.txtee", 31);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "same");
  write_pieces (writer, (N_FILES + 16383) / 16384);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  metainfo = load_timed (writer, &error);
  g_assert_no_error (error);
  files = bt_metainfo_get_files (metainfo, &n_files);
  for (guint32 i = 0; i < n_files; i++)
    g_assert_true (g_hash_table_add (seen, (gpointer) files[i].path));
  g_assert_cmpstr (files[0].path, ==, "same/a/b.txt");
  g_assert_cmpstr (files[N_FILES - 1].path, ==, "same/a/b (100000).txt");
}

static void
test_too_many_files (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GError)          error = NULL;
  g_autoptr (BtMetainfo)      metainfo = NULL;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_list (writer);
  for (guint32 i = 0; i <= BT_METAINFO_MAX_FILES; i++)
    bt_bencode_writer_raw (writer, "d6:lengthi0e4:pathl1:aee", 24);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "t");
  write_pieces (writer, 1);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  metainfo = load_timed (writer, &error);
  g_assert_null (metainfo);
  g_assert_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_TOO_LARGE);
}

/* One file of version 2 with a layer of a million hashes. */
static void
test_layer (void)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autofree guint8          *layer = g_malloc ((gsize) N_PIECES * BT_SHA256_BYTES);
  g_autoptr (GError)          error = NULL;
  g_autoptr (BtMetainfo)      metainfo = NULL;
  guint8                      root[BT_SHA256_BYTES];
  guint32                     n_hashes = 0;
  const guint8               *loaded;

  for (gsize i = 0; i < (gsize) N_PIECES * BT_SHA256_BYTES; i++)
    layer[i] = (guint8) (i / 7);
  bt_merkle_root (layer, N_PIECES, 2, root);
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "file tree");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "f");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "length");
  bt_bencode_writer_int (writer, (gint64) N_PIECES * 65536);
  bt_bencode_writer_key (writer, "pieces root");
  bt_bencode_writer_string (writer, root, sizeof root);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "meta version");
  bt_bencode_writer_int (writer, 2);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "f");
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, 65536);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "piece layers");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key_bytes (writer, root, sizeof root);
  bt_bencode_writer_string (writer, layer, (gsize) N_PIECES * BT_SHA256_BYTES);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  metainfo = load_timed (writer, &error);
  g_assert_no_error (error);
  loaded = bt_metainfo_get_piece_layer (metainfo, 0, &n_hashes);
  g_assert_cmpuint (n_hashes, ==, N_PIECES);
  g_assert_cmpmem (loaded, (gsize) n_hashes * BT_SHA256_BYTES, layer,
                   (gsize) N_PIECES * BT_SHA256_BYTES);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metainfo/large/pieces", test_pieces);
  g_test_add_func ("/metainfo/large/files", test_files);
  g_test_add_func ("/metainfo/large/same-names", test_same_names);
  g_test_add_func ("/metainfo/large/too-many-files", test_too_many_files);
  g_test_add_func ("/metainfo/large/layer", test_layer);
  return g_test_run ();
}
