/* bt-metainfo-create.c - walks a folder, hashes its files and writes the dictionary
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-create.h"

#include "bt-metainfo-private.h"

#include "base/bt-geometry.h"
#include "base/bt-hash.h"
#include "bencode/bt-bencode-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define WANTED_PIECES 2000

typedef struct
{
  char    *path;    /* owned; relative to the root, '/'-separated; "" for a single file */
  guint64  length;  /* bytes, when it was found */
} Source;

typedef struct
{
  const char            *root;         /* borrowed */
  const BtCreateOptions *options;      /* borrowed */
  GCancellable          *cancellable;  /* borrowed, nullable */
  BtCreateProgressFunc   progress;     /* nullable */
  gpointer               user_data;    /* borrowed */
  GArray                *sources;      /* owned; of Source */
  char                  *name;         /* owned */
  gboolean               is_folder;
  guint64                total_bytes;
  guint32                piece_bytes;

  /* While hashing */
  guint8                *buffer;       /* owned; one piece */
  guint32                n_buffered;
  guint64                done_bytes;
  GByteArray            *hashes;       /* owned */
} Creation;

static void
source_clear (gpointer data)
{
  Source *source = data;

  g_free (source->path);
}

static void
creation_clear (Creation *creation)
{
  g_array_unref (creation->sources);
  g_byte_array_unref (creation->hashes);
  g_free (creation->name);
  g_free (creation->buffer);
}

static gboolean
fail_errno (GError     **error,
            int          number,
            const char  *path)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", name,
               g_strerror (number));
  return FALSE;
}

static gboolean
fail_argument (GError     **error,
               const char  *what)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

guint32
bt_metainfo_choose_piece_bytes (guint64 total_bytes)
{
  guint32 piece_bytes = BT_CREATE_MIN_PIECE_BYTES;

  while (piece_bytes < BT_CREATE_MAX_PIECE_BYTES && total_bytes / piece_bytes > WANTED_PIECES)
    piece_bytes *= 2;
  return piece_bytes;
}

static gboolean
add_source (Creation    *creation,
            const char  *path,
            goffset      length,
            GError     **error)
{
  Source source = { g_strdup (path), (guint64) length };

  g_array_append_val (creation->sources, source);
  creation->total_bytes += source.length;
  if (creation->sources->len > BT_METAINFO_MAX_FILES)
    return fail_argument (error, "there are too many files for a torrent");
  return TRUE;
}

/* Looks at one entry of a folder: takes a file, remembers a folder for later. `relative` is the folder. */
static gboolean
look_at_entry (Creation    *creation,
               const char  *relative,
               GFileInfo   *info,
               GPtrArray   *folders,
               GError     **error)
{
  const char      *name = g_file_info_get_name (info);
  GFileType        type = g_file_info_get_file_type (info);
  g_autofree char *path = *relative != 0 ? g_strconcat (relative, "/", name, NULL)
                                         : g_strdup (name);
  guint            depth = 1;

  if (type != G_FILE_TYPE_REGULAR && type != G_FILE_TYPE_DIRECTORY)
    return TRUE;
  if (!g_utf8_validate (path, -1, NULL))
    {
      g_autofree char *shown = g_filename_display_name (path);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the name %s is not UTF-8",
                   shown);
      return FALSE;
    }
  if (type == G_FILE_TYPE_REGULAR)
    return add_source (creation, path, g_file_info_get_size (info), error);
  for (const char *p = path; *p != 0; p++)
    depth += *p == '/';
  if (depth > BT_CREATE_MAX_DEPTH)
    return fail_argument (error, "folders lie too deeply within each other");
  g_ptr_array_add (folders, g_steal_pointer (&path));
  return TRUE;
}

static gboolean
scan_folder (Creation    *creation,
             const char  *relative,
             GPtrArray   *folders,
             GError     **error)
{
  g_autofree char             *path = g_build_filename (creation->root, relative, NULL);
  g_autoptr (GFile)            folder = g_file_new_for_path (path);
  g_autoptr (GFileEnumerator)  entries = NULL;

  entries = g_file_enumerate_children (folder,
                                       G_FILE_ATTRIBUTE_STANDARD_NAME ","
                                       G_FILE_ATTRIBUTE_STANDARD_TYPE ","
                                       G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                       G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                       creation->cancellable, error);
  if (entries == NULL)
    return FALSE;
  for (;;)
    {
      GFileInfo *info = NULL;

      if (!g_file_enumerator_iterate (entries, &info, NULL, creation->cancellable, error))
        return FALSE;
      if (info == NULL)
        return TRUE;
      if (!look_at_entry (creation, relative, info, folders, error))
        return FALSE;
    }
}

/* As if each component were compared on its own: the order of a walk that goes into folders in place. */
static int
compare_sources (gconstpointer a,
                 gconstpointer b)
{
  const guint8 *p = (const guint8 *) ((const Source *) a)->path;
  const guint8 *q = (const guint8 *) ((const Source *) b)->path;

  while (*p != 0 && *p == *q)
    {
      p++;
      q++;
    }
  return (*p == '/' ? 1 : *p * 2) - (*q == '/' ? 1 : *q * 2);
}

static gboolean
find_sources (Creation  *creation,
              GError   **error)
{
  g_autoptr (GFile)      root = g_file_new_for_path (creation->root);
  g_autoptr (GFileInfo)  info = NULL;
  g_autoptr (GPtrArray)  folders = g_ptr_array_new_with_free_func (g_free);

  info = g_file_query_info (root, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                            G_FILE_QUERY_INFO_NONE, creation->cancellable, error);
  if (info == NULL)
    return FALSE;
  if (g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR)
    return add_source (creation, "", g_file_info_get_size (info), error);
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY)
    return fail_argument (error, "what is to be shared is neither a file nor a folder");

  creation->is_folder = TRUE;
  g_ptr_array_add (folders, g_strdup (""));
  while (folders->len > 0)
    {
      g_autofree char *folder = g_ptr_array_steal_index_fast (folders, folders->len - 1);

      if (!scan_folder (creation, folder, folders, error))
        return FALSE;
    }
  g_array_sort (creation->sources, compare_sources);
  return TRUE;
}

static void
end_piece (Creation *creation)
{
  guint8 digest[BT_SHA1_BYTES];

  bt_sha1 (creation->buffer, creation->n_buffered, digest);
  g_byte_array_append (creation->hashes, digest, sizeof digest);
  creation->done_bytes += creation->n_buffered;
  creation->n_buffered = 0;
  if (creation->progress != NULL)
    creation->progress (creation->done_bytes, creation->total_bytes, creation->user_data);
}

/* Reads exactly as many bytes as the file had when it was found. */
static gboolean
hash_descriptor (Creation      *creation,
                 int            fd,
                 const char    *path,
                 const Source  *source,
                 GError       **error)
{
  guint64 n_left = source->length;

  while (n_left > 0)
    {
      guint32 n_wanted = (guint32) MIN (n_left, creation->piece_bytes - creation->n_buffered);
      gssize  n;

      if (g_cancellable_set_error_if_cancelled (creation->cancellable, error))
        return FALSE;
      n = read (fd, creation->buffer + creation->n_buffered, n_wanted);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, errno, path);
      if (n == 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s became shorter while it was read",
                       path);
          return FALSE;
        }
      n_left -= (guint64) n;
      creation->n_buffered += (guint32) n;
      if (creation->n_buffered == creation->piece_bytes)
        end_piece (creation);
    }
  return TRUE;
}

static gboolean
hash_source (Creation      *creation,
             const Source  *source,
             GError       **error)
{
  g_autofree char *path = NULL;
  int              fd;
  gboolean         is_hashed;

  path = creation->is_folder ? g_build_filename (creation->root, source->path, NULL)
                             : g_strdup (creation->root);
  /* What was a file when it was found may be a link or a pipe by now; the root may be a link, it was named. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (creation->is_folder ? O_NOFOLLOW : 0));
  if (fd < 0)
    return fail_errno (error, errno, path);
  is_hashed = hash_descriptor (creation, fd, path, source, error);
  close (fd);
  return is_hashed;
}

static gboolean
hash_all (Creation  *creation,
          GError   **error)
{
  creation->buffer = g_malloc (creation->piece_bytes);
  for (guint i = 0; i < creation->sources->len; i++)
    if (!hash_source (creation, &g_array_index (creation->sources, Source, i), error))
      return FALSE;
  if (creation->n_buffered > 0)
    end_piece (creation);
  return TRUE;
}

static void
write_path (BtBencodeWriter *writer,
            const char      *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);

  bt_bencode_writer_begin_list (writer);
  for (gsize i = 0; components[i] != NULL; i++)
    bt_bencode_writer_text (writer, components[i]);
  bt_bencode_writer_end (writer);
}

static void
write_info (Creation        *creation,
            BtBencodeWriter *writer)
{
  bt_bencode_writer_begin_dict (writer);
  if (creation->is_folder)
    {
      bt_bencode_writer_key (writer, "files");
      bt_bencode_writer_begin_list (writer);
      for (guint i = 0; i < creation->sources->len; i++)
        {
          const Source *source = &g_array_index (creation->sources, Source, i);

          bt_bencode_writer_begin_dict (writer);
          bt_bencode_writer_key (writer, "length");
          bt_bencode_writer_int (writer, (gint64) source->length);
          bt_bencode_writer_key (writer, "path");
          write_path (writer, source->path);
          bt_bencode_writer_end (writer);
        }
      bt_bencode_writer_end (writer);
    }
  else
    {
      bt_bencode_writer_key (writer, "length");
      bt_bencode_writer_int (writer, (gint64) creation->total_bytes);
    }
  bt_bencode_writer_key (writer, "name");
  bt_bencode_writer_text (writer, creation->name);
  bt_bencode_writer_key (writer, "piece length");
  bt_bencode_writer_int (writer, creation->piece_bytes);
  bt_bencode_writer_key (writer, "pieces");
  bt_bencode_writer_string (writer, creation->hashes->data, creation->hashes->len);
  if (creation->options->is_private)
    {
      bt_bencode_writer_key (writer, "private");
      bt_bencode_writer_int (writer, 1);
    }
  bt_metainfo_write_text (writer, "source", creation->options->source);
  bt_bencode_writer_end (writer);
}

static GBytes *
write_torrent (Creation *creation)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  const BtCreateOptions      *options = creation->options;

  bt_bencode_writer_begin_dict (writer);
  bt_metainfo_write_trackers (writer, options->tiers);
  bt_metainfo_write_text (writer, "comment", options->comment);
  bt_metainfo_write_text (writer, "created by", options->creator);
  if (options->creation_date != 0)
    {
      bt_bencode_writer_key (writer, "creation date");
      bt_bencode_writer_int (writer, options->creation_date);
    }
  bt_bencode_writer_key (writer, "encoding");
  bt_bencode_writer_text (writer, "UTF-8");
  bt_bencode_writer_key (writer, "info");
  write_info (creation, writer);
  bt_metainfo_write_web_seeds (writer, options->web_seeds);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

static gboolean
check_options (Creation  *creation,
               GError   **error)
{
  guint32 piece_bytes = creation->options->piece_bytes;

  if (piece_bytes != 0 &&
      (piece_bytes < BT_CREATE_MIN_PIECE_BYTES || piece_bytes > BT_CREATE_MAX_PIECE_BYTES ||
       (piece_bytes & (piece_bytes - 1)) != 0))
    return fail_argument (error, "the piece size is not a power of two between 16 KiB and 16 MiB");
  if (creation->options->name != NULL)
    creation->name = g_strdup (creation->options->name);
  else
    {
      g_autofree char *absolute = g_canonicalize_filename (creation->root, NULL);

      creation->name = g_path_get_basename (absolute);
    }
  if (!g_utf8_validate (creation->name, -1, NULL) || *creation->name == 0 ||
      strchr (creation->name, '/') != NULL)
    return fail_argument (error, "the name of the torrent is not one component in UTF-8");
  return TRUE;
}

static gboolean
run (Creation  *creation,
     GError   **error)
{
  if (!check_options (creation, error) || !find_sources (creation, error))
    return FALSE;
  if (creation->total_bytes == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           "there is not one byte to share");
      return FALSE;
    }
  creation->piece_bytes = creation->options->piece_bytes;
  if (creation->piece_bytes == 0)
    creation->piece_bytes = bt_metainfo_choose_piece_bytes (creation->total_bytes);
  if (creation->total_bytes / creation->piece_bytes >= BT_MAX_PIECES)
    return fail_argument (error, "there would be too many pieces");
  return hash_all (creation, error);
}

GBytes *
bt_metainfo_create (const char             *path,
                    const BtCreateOptions  *options,
                    GCancellable           *cancellable,
                    BtCreateProgressFunc    progress,
                    gpointer                user_data,
                    GError                **error)
{
  Creation creation = { .root = path,
                        .options = options,
                        .cancellable = cancellable,
                        .progress = progress,
                        .user_data = user_data };
  GBytes  *bytes = NULL;

  creation.sources = g_array_new (FALSE, FALSE, sizeof (Source));
  g_array_set_clear_func (creation.sources, source_clear);
  creation.hashes = g_byte_array_new ();
  if (run (&creation, error))
    bytes = write_torrent (&creation);
  creation_clear (&creation);
  return bytes;
}
