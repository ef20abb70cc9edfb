/* fixture.c - a disk, a torrent made of nothing but a layout, and a folder for it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "base/bt-random.h"
#include "bencode/bt-bencode-writer.h"
#include "metainfo/bt-merkle.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  char    *path;     /* owned */
  guint64  length;
  gboolean is_pad;
} Entry;

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->path);
}

static GArray *
parse_layout (const char *layout)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_auto (GStrv) words = g_strsplit (layout, " ", -1);

  g_array_set_clear_func (entries, entry_clear);
  for (guint i = 0; words[i] != NULL; i++)
    {
      char *equals = strchr (words[i], '=');
      Entry entry = { 0 };

      if (words[i][0] == '\0')
        continue;
      g_assert_nonnull (equals);
      *equals = '\0';
      entry.is_pad = strcmp (words[i], "~") == 0;
      entry.path = entry.is_pad ? g_strdup_printf (".pad/%u", i) : g_strdup (words[i]);
      entry.length = g_ascii_strtoull (equals + 1, NULL, 10);
      g_array_append_val (entries, entry);
    }
  return entries;
}

/* In version 2 each file begins with a piece. */
static void
align_files (GArray  *entries,
             guint32  piece_bytes)
{
  for (guint i = 0; i + 1 < entries->len; i++)
    {
      guint64 rest = g_array_index (entries, Entry, i).length % piece_bytes;
      Entry pad = { g_strdup ("pad"), (piece_bytes - rest) % piece_bytes, TRUE };

      g_array_insert_val (entries, ++i, pad);
    }
}

static guint8 *
make_content (GArray  *entries,
              guint64 *out_n_bytes)
{
  BtRandom random;
  guint64 n_bytes = 0;
  guint8 *content;

  for (guint i = 0; i < entries->len; i++)
    n_bytes += g_array_index (entries, Entry, i).length;
  content = g_malloc0 (n_bytes);
  *out_n_bytes = n_bytes;

  bt_random_init (&random, 7);
  n_bytes = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);

      for (guint64 j = 0; !entry->is_pad && j < entry->length; j++)
        content[n_bytes + j] = (guint8) bt_random_next (&random);
      n_bytes += entry->length;
    }
  return content;
}

static void
write_files (BtBencodeWriter *writer,
             GArray          *entries)
{
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_list (writer);
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);
      gboolean is_executable = g_str_has_suffix (entry->path, "*");
      g_autofree char *path = g_strndup (entry->path, strlen (entry->path) - is_executable);
      g_auto (GStrv) names = g_strsplit (path, "/", -1);

      bt_bencode_writer_begin_dict (writer);
      if (entry->is_pad || is_executable)
        {
          bt_bencode_writer_key (writer, "attr");
          bt_bencode_writer_text (writer, is_executable ? "x" : "p");
        }
      bt_bencode_writer_key (writer, "length");
      bt_bencode_writer_int (writer, (gint64) entry->length);
      bt_bencode_writer_key (writer, "path");
      bt_bencode_writer_begin_list (writer);
      for (guint j = 0; names[j] != NULL; j++)
        bt_bencode_writer_text (writer, names[j]);
      bt_bencode_writer_end (writer);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
}

static GByteArray *
hash_pieces (const guint8 *content,
             guint64       n_bytes,
             guint32       piece_bytes)
{
  GByteArray *hashes = g_byte_array_new ();

  for (guint64 done = 0; done < n_bytes; done += piece_bytes)
    {
      guint8 digest[BT_SHA1_BYTES];

      bt_sha1 (content + done, MIN (piece_bytes, n_bytes - done), digest);
      g_byte_array_append (hashes, digest, sizeof digest);
    }
  return hashes;
}

static void
write_v1 (BtBencodeWriter *writer,
          GArray          *entries,
          guint32          piece_bytes,
          const guint8    *content,
          guint64          n_bytes)
{
  g_autoptr (GByteArray) hashes = hash_pieces (content, n_bytes, piece_bytes);

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  if (entries->len > 1)
    {
      write_files (writer, entries);
    }
  else
    {
      bt_bencode_writer_key (writer, "length");
      bt_bencode_writer_int (writer, (gint64) n_bytes);
    }
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "torrent");
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, piece_bytes);
  bt_bencode_writer_key (writer, "pieces");
  bt_bencode_writer_string (writer, hashes->data, hashes->len);
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
}

/* The root of a file, and in `layer` the hashes of its pieces when there is more than one. */
static void
hash_v2_file (const guint8 *bytes,
              guint64       n_bytes,
              guint32       piece_bytes,
              GByteArray   *layer,
              guint8        out_root[BT_SHA256_BYTES])
{
  if (n_bytes <= piece_bytes)
    {
      bt_merkle_root_of_data (bytes, n_bytes, 0, out_root);
      return;
    }
  for (guint64 done = 0; done < n_bytes; done += piece_bytes)
    {
      guint8 hash[BT_SHA256_BYTES];

      bt_merkle_root_of_data (bytes + done, MIN (piece_bytes, n_bytes - done),
                              piece_bytes / BT_BLOCK_BYTES, hash);
      g_byte_array_append (layer, hash, sizeof hash);
    }
  bt_merkle_root (layer->data, layer->len / BT_SHA256_BYTES,
                  bt_merkle_get_piece_level (piece_bytes), out_root);
}

static int
compare_roots (gconstpointer a,
               gconstpointer b)
{
  return memcmp (*(const guint8 *const *) a, *(const guint8 *const *) b, BT_SHA256_BYTES);
}

static void
write_layers (BtBencodeWriter *writer,
              GHashTable      *layers)
{
  g_autofree gpointer *roots = NULL;
  guint n_roots = 0;

  roots = g_hash_table_get_keys_as_array (layers, &n_roots);
  qsort (roots, n_roots, sizeof *roots, compare_roots);
  bt_bencode_writer_key (writer, "piece layers");
  bt_bencode_writer_begin_dict (writer);
  for (guint i = 0; i < n_roots; i++)
    {
      GByteArray *layer = g_hash_table_lookup (layers, roots[i]);

      bt_bencode_writer_key_bytes (writer, roots[i], BT_SHA256_BYTES);
      bt_bencode_writer_string (writer, layer->data, layer->len);
    }
  bt_bencode_writer_end (writer);
}

static void
write_v2 (BtBencodeWriter *writer,
          GArray          *entries,
          guint32          piece_bytes,
          const guint8    *content)
{
  g_autoptr (GHashTable) layers =
    g_hash_table_new_full (NULL, NULL, g_free, (GDestroyNotify) g_byte_array_unref);
  guint64 offset = 0;

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "info");
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "file tree");
  bt_bencode_writer_begin_dict (writer);
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);
      g_autoptr (GByteArray) layer = g_byte_array_new ();
      guint8 root[BT_SHA256_BYTES];

      offset += entry->length;
      if (entry->is_pad)
        continue;
      hash_v2_file (content + offset - entry->length, entry->length, piece_bytes, layer, root);
      bt_bencode_writer_key (writer, entry->path);
      bt_bencode_writer_begin_dict (writer);
      bt_bencode_writer_key (writer, "");
      bt_bencode_writer_begin_dict (writer);
      bt_bencode_writer_key (writer, "length");
      bt_bencode_writer_int (writer, (gint64) entry->length);
      bt_bencode_writer_key (writer, "pieces root");
      bt_bencode_writer_string (writer, root, sizeof root);
      bt_bencode_writer_end (writer);
      bt_bencode_writer_end (writer);
      if (layer->len > 0)
        g_hash_table_insert (layers, g_memdup2 (root, sizeof root), g_steal_pointer (&layer));
    }
  bt_bencode_writer_end (writer);
  bt_bencode_writer_key (writer, "meta version");
  bt_bencode_writer_int (writer, 2);
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, "torrent");
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, piece_bytes);
  bt_bencode_writer_end (writer);
  write_layers (writer, layers);
  bt_bencode_writer_end (writer);
}

BtMetainfo *
fixture_make_metainfo (const char  *layout,
                       guint32      piece_bytes,
                       guint8     **out_content)
{
  gboolean is_v2 = g_str_has_prefix (layout, "v2: ");
  g_autoptr (GArray) entries = parse_layout (is_v2 ? layout + 4 : layout);
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  BtMetainfo *metainfo;
  guint64 n_bytes = 0;

  if (is_v2)
    align_files (entries, piece_bytes);
  *out_content = make_content (entries, &n_bytes);
  if (is_v2)
    write_v2 (writer, entries, piece_bytes, *out_content);
  else
    write_v1 (writer, entries, piece_bytes, *out_content, n_bytes);

  bytes = bt_bencode_writer_steal_bytes (writer);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

Fixture *
fixture_new (const char         *layout,
             guint32             piece_bytes,
             BtPreallocate       preallocate,
             const BtDiskConfig *config)
{
  g_autoptr (GError) error = NULL;
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->context = g_main_context_new ();
  fixture->disk = bt_disk_new (fixture->context, config);
  fixture->metainfo = fixture_make_metainfo (layout, piece_bytes, &fixture->content);
  fixture->geometry = bt_metainfo_get_geometry (fixture->metainfo);
  fixture->files = bt_metainfo_get_files (fixture->metainfo, &fixture->n_files);
  fixture->folder = g_dir_make_tmp ("freshet-storage-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->root = g_build_filename (fixture->folder, "root", NULL);
  fixture->storage = bt_storage_new (fixture->disk, fixture->metainfo, fixture->root, preallocate);
  return fixture;
}

static void
remove_tree (const char *path)
{
  const char *name;
  GDir *dir;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && (dir = g_dir_open (path, 0, NULL)) != NULL)
    {
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_tree (child);
        }
      g_dir_close (dir);
    }
  g_remove (path);
}

static void
close_storage (Fixture *fixture)
{
  g_auto (Answers) answers = { 0 };

  bt_storage_close_async (fixture->storage, FALSE, done_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_clear_pointer (&fixture->storage, bt_storage_free);
}

void
fixture_free (Fixture *fixture)
{
  if (fixture->storage != NULL)
    close_storage (fixture);
  g_clear_pointer (&fixture->disk, bt_disk_free);
  bt_metainfo_unref (fixture->metainfo);
  g_main_context_unref (fixture->context);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->root);
  g_free (fixture->content);
  g_free (fixture);
}

void
fixture_reopen (Fixture       *fixture,
                BtPreallocate  preallocate)
{
  if (fixture->storage != NULL)
    close_storage (fixture);
  fixture->storage = bt_storage_new (fixture->disk, fixture->metainfo, fixture->root, preallocate);
}

void
fixture_wait (Fixture *fixture,
              Answers *answers,
              guint    n_answers)
{
  while (answers->n_answers < n_answers)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpuint (answers->n_answers, ==, n_answers);
}

static void
take_error (Answers      *answers,
            const GError *error)
{
  answers->n_answers++;
  g_clear_error (&answers->error);
  if (error != NULL)
    answers->error = g_error_copy (error);
}

void
piece_cb (BtStorage      *storage,
          guint32         piece,
          BtPieceVerdict  verdict,
          const guint8   *digests,
          const GError   *error,
          gpointer        user_data)
{
  Answers *answers = user_data;

  take_error (answers, error);
  answers->verdict = verdict;
  answers->n_verdicts[verdict]++;
  g_clear_pointer (&answers->digests, g_free);
  if (digests != NULL)
    answers->digests = g_memdup2 (digests, answers->n_digests * BT_SHA1_BYTES);
}

void
done_cb (BtStorage    *storage,
         const GError *error,
         gpointer      user_data)
{
  take_error (user_data, error);
}

void
answers_clear (Answers *answers)
{
  g_clear_error (&answers->error);
  g_clear_pointer (&answers->digests, g_free);
  memset (answers, 0, sizeof *answers);
}

guint8 **
fixture_dup_slots (Fixture *fixture,
                   guint32  piece)
{
  guint32 n_bytes = bt_geometry_get_piece_bytes (fixture->geometry, piece);
  guint32 n_blocks = bt_geometry_get_n_blocks (fixture->geometry, piece);
  guint8 **slots = g_new0 (guint8 *, n_blocks + 1);
  const guint8 *bytes = fixture->content + bt_geometry_get_offset (fixture->geometry, piece);

  for (guint32 i = 0; i < n_blocks; i++)
    {
      slots[i] = g_malloc (BT_BLOCK_BYTES);
      memcpy (slots[i], bytes + i * BT_BLOCK_BYTES,
              MIN (BT_BLOCK_BYTES, n_bytes - i * BT_BLOCK_BYTES));
    }
  return slots;
}

void
fixture_free_slots (guint8 **slots)
{
  g_strfreev ((char **) slots);
}

void
fixture_write_piece (Fixture *fixture,
                     guint32  piece,
                     Answers *answers)
{
  guint8 **slots = fixture_dup_slots (fixture, piece);

  bt_storage_finish_piece (fixture->storage, piece, slots, FALSE, piece_cb, answers);
  fixture_wait (fixture, answers, answers->n_answers + 1);
  fixture_free_slots (slots);
}

void
fixture_write_all (Fixture *fixture)
{
  g_auto (Answers) answers = { 0 };

  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    fixture_write_piece (fixture, piece, &answers);
  g_assert_no_error (answers.error);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
}

void
fixture_check_all (Fixture *fixture,
                   Answers *answers)
{
  answers_clear (answers);
  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    bt_storage_check_piece (fixture->storage, piece, piece_cb, answers);
  g_assert_cmpuint (bt_storage_get_n_pending (fixture->storage), ==, fixture->geometry->n_pieces);
  fixture_wait (fixture, answers, fixture->geometry->n_pieces);
}

char *
fixture_get_path (Fixture *fixture,
                  guint32  file)
{
  return g_build_filename (fixture->root, fixture->files[file].path, NULL);
}

void
fixture_assert_files (Fixture *fixture)
{
  for (guint32 i = 0; i < fixture->n_files; i++)
    {
      const BtFile *file = &fixture->files[i];
      g_autofree char *path = fixture_get_path (fixture, i);
      g_autofree char *bytes = NULL;
      g_autoptr (GError) error = NULL;
      gsize n_bytes = 0;

      if ((file->flags & BT_FILE_PAD) != 0)
        {
          g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
          continue;
        }
      g_file_get_contents (path, &bytes, &n_bytes, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (bytes, n_bytes, fixture->content + file->offset, file->length);
    }
}
