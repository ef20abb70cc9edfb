/* bench-storage.c - how fast pieces are finished, checked and read, and what CPU that takes
 *
 *   bench-storage FOLDER [MIB [PIECE_KIB [PIECE_WORKERS [FILE_WORKERS]]]]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-block-pool.h"
#include "bencode/bt-bencode-writer.h"
#include "storage/bt-storage.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define WINDOW 16

typedef struct
{
  GMainContext     *context;
  BtStorage        *storage;
  const BtGeometry *geometry;
  guint8          **slots;    /* of one piece; all are alike */
  guint32           next;
  guint32           n_done;
  guint32           n_good;
  gboolean          is_check;
} Bench;

static BtMetainfo *
make_metainfo (guint64       n_bytes,
               guint32       piece_bytes,
               const guint8 *piece)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GByteArray) hashes = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  guint8 digest[BT_SHA1_BYTES];

  bt_sha1 (piece, piece_bytes, digest);
  for (guint64 i = 0; i < n_bytes / piece_bytes; i++)
    g_byte_array_append (hashes, digest, sizeof digest);
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "length");
  bt_bencode_writer_int (writer, (gint64) n_bytes);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "bench-storage.data");
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, piece_bytes);
  bt_bencode_writer_key (writer, "pieces");
  bt_bencode_writer_string (writer, hashes->data, hashes->len);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  bytes = bt_bencode_writer_steal_bytes (writer);
  return bt_metainfo_new_from_bytes (bytes, NULL);
}

static double
get_cpu_s (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void piece_cb (BtStorage      *storage,
                      guint32         piece,
                      BtPieceVerdict  verdict,
                      const guint8   *digests,
                      const GError   *error,
                      gpointer        user_data);

static void
start_one (Bench *bench)
{
  if (bench->next >= bench->geometry->n_pieces)
    return;
  if (bench->is_check)
    bt_storage_check_piece (bench->storage, bench->next++, piece_cb, bench);
  else
    bt_storage_finish_piece (bench->storage, bench->next++, bench->slots, FALSE, piece_cb, bench);
}

static void
piece_cb (BtStorage      *storage,
          guint32         piece,
          BtPieceVerdict  verdict,
          const guint8   *digests,
          const GError   *error,
          gpointer        user_data)
{
  Bench *bench = user_data;

  bench->n_done++;
  bench->n_good += verdict == BT_PIECE_GOOD;
  start_one (bench);
}

static void
report (const char *what,
        guint64     n_bytes,
        gint64      began_us,
        double      began_cpu_s)
{
  double s = (double) (g_get_monotonic_time () - began_us) / 1e6;
  double cpu_s = get_cpu_s () - began_cpu_s;

  g_print ("%-12s %8.0f MB/s  %6.3f CPU s/GB\n", what, (double) n_bytes / 1e6 / s,
           cpu_s * 1e9 / (double) n_bytes);
}

static void
run_pieces (Bench      *bench,
            const char *what,
            gboolean    is_check)
{
  double cpu_s = get_cpu_s ();
  gint64 began_us = g_get_monotonic_time ();

  bench->next = bench->n_done = bench->n_good = 0;
  bench->is_check = is_check;
  for (guint i = 0; i < WINDOW; i++)
    start_one (bench);
  while (bench->n_done < bench->geometry->n_pieces)
    g_main_context_iteration (bench->context, TRUE);
  report (what, bench->geometry->total_bytes, began_us, cpu_s);
  if (bench->n_good != bench->n_done)
    g_printerr ("%u of %u pieces were not good\n", bench->n_done - bench->n_good, bench->n_done);
}

static void
done_cb (BtStorage    *storage,
         const GError *error,
         gpointer      user_data)
{
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  *(guint *) user_data += 1;
}

static void
read_blocks (Bench      *bench,
             const char *what,
             gboolean    is_try)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (bench->geometry, 0);
  double cpu_s = get_cpu_s ();
  gint64 began_us = g_get_monotonic_time ();
  guint64 n_bytes = 0;
  guint n_asked = 0;
  guint n_done = 0;

  for (guint32 piece = 0; piece < bench->geometry->n_pieces; piece++)
    for (guint32 block = 0; block < n_blocks; block++)
      {
        BtBlockSpan span = bt_geometry_get_block (bench->geometry, piece, block);

        if (is_try && bt_storage_try_read (bench->storage, &span, bench->slots))
          {
            n_bytes += span.length;
            continue;
          }
        if (is_try)
          continue;
        n_bytes += span.length;
        n_asked++;
        bt_storage_read (bench->storage, &span, &bench->slots[block], done_cb, &n_done);
        while (n_asked - n_done >= 4 * WINDOW)
          g_main_context_iteration (bench->context, TRUE);
      }
  while (n_done < n_asked)
    g_main_context_iteration (bench->context, TRUE);
  if (n_bytes > 0)
    report (what, n_bytes, began_us, cpu_s);
  if (n_bytes < bench->geometry->total_bytes)
    g_print ("%-12s answered %.0f %% of the reads\n", what,
             100.0 * (double) n_bytes / (double) bench->geometry->total_bytes);
}

static void
make_cold (const char *path)
{
  int fd = open (path, O_RDONLY);

  fsync (fd);
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  close (fd);
}

int
main (int    argc,
      char **argv)
{
  const char *folder = argc > 1 ? argv[1] : "/dev/shm";
  guint64 n_bytes = (argc > 2 ? g_ascii_strtoull (argv[2], NULL, 10) : 1024) << 20;
  guint32 piece_bytes = (argc > 3 ? (guint32) g_ascii_strtoull (argv[3], NULL, 10) : 1024) << 10;
  BtDiskConfig config = {
    .max_piece_workers = argc > 4 ? (guint) g_ascii_strtoull (argv[4], NULL, 10) : 0,
    .max_file_workers = argc > 5 ? (guint) g_ascii_strtoull (argv[5], NULL, 10) : 0,
  };
  g_autofree char *path = g_build_filename (folder, "bench-storage.data", NULL);
  g_autofree guint8 *piece = g_malloc (piece_bytes);
  Bench bench = { .context = g_main_context_default () };
  BtDisk *disk = bt_disk_new (bench.context, &config);
  BtMetainfo *metainfo;
  BtStorage *other;
  guint n_done = 0;

  for (guint32 i = 0; i < piece_bytes; i++)
    piece[i] = (guint8) (i * 2654435761u >> 13);
  bench.slots = g_new0 (guint8 *, piece_bytes / BT_BLOCK_BYTES);
  for (guint32 i = 0; i < piece_bytes / BT_BLOCK_BYTES; i++)
    bench.slots[i] = g_memdup2 (piece + i * BT_BLOCK_BYTES, BT_BLOCK_BYTES);
  metainfo = make_metainfo (n_bytes, piece_bytes, piece);
  bench.geometry = bt_metainfo_get_geometry (metainfo);
  bench.storage = bt_storage_new (disk, metainfo, folder, BT_PREALLOCATE_SPARSE);
  bt_storage_prepare (bench.storage, done_cb, &n_done);

  run_pieces (&bench, "finish", FALSE);
  run_pieces (&bench, "finish again", FALSE);
  run_pieces (&bench, "check warm", TRUE);
  read_blocks (&bench, "read", FALSE);
  read_blocks (&bench, "try_read", TRUE);
  bt_storage_close_async (bench.storage, TRUE, done_cb, &n_done);
  while (n_done < 2)
    g_main_context_iteration (bench.context, TRUE);

  make_cold (path);
  other = g_steal_pointer (&bench.storage);
  bench.storage = bt_storage_new (disk, metainfo, folder, BT_PREALLOCATE_SPARSE);
  run_pieces (&bench, "check cold", TRUE);

  bt_storage_free (other);
  bt_storage_free (bench.storage);
  bt_disk_free (disk);
  g_remove (path);
  for (guint32 i = 0; i < piece_bytes / BT_BLOCK_BYTES; i++)
    g_free (bench.slots[i]);
  g_free (bench.slots);
  bt_metainfo_unref (metainfo);
  return 0;
}
