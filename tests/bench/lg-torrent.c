/* lg-torrent.c - torrents whose content is a function of the offset
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "lg-torrent.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define POOL_BYTES  (2 * 1024 * 1024)
#define STEP_BYTES  8
#define STEP_FACTOR 99991  /* odd, so that all places of the pool are visited before one is again */
#define BATCH       64

static const guint8 *
get_pool (void)
{
  static guint8 *pool;
  guint64 state = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  if (pool == NULL)
    {
      pool = g_aligned_alloc (1, POOL_BYTES + LG_BLOCK_BYTES, 4096);
      for (gsize i = 0; i < POOL_BYTES + LG_BLOCK_BYTES; i += sizeof state)
        {
          state ^= state << 13;
          state ^= state >> 7;
          state ^= state << 17;
          memcpy (pool + i, &state, sizeof state);
        }
    }
  return pool;
}

const guint8 *
lg_content_at (guint64  offset,
               gsize   *out_n_bytes)
{
  guint64 block = offset / LG_BLOCK_BYTES;
  gsize inside = offset % LG_BLOCK_BYTES;
  gsize place = (gsize) (block * STEP_FACTOR % (POOL_BYTES / STEP_BYTES)) * STEP_BYTES;

  *out_n_bytes = LG_BLOCK_BYTES - inside;
  return get_pool () + place + inside;
}

static void
hash_piece (guint64 begin,
            guint64 end,
            guint8  out_hash[LG_HASH_BYTES])
{
  gnutls_hash_hd_t hash;
  gsize n_bytes;

  if (gnutls_hash_init (&hash, GNUTLS_DIG_SHA1) != 0)
    g_error ("no SHA-1");
  for (guint64 at = begin; at < end; at += n_bytes)
    {
      const guint8 *bytes = lg_content_at (at, &n_bytes);

      n_bytes = MIN (n_bytes, end - at);
      gnutls_hash (hash, bytes, n_bytes);
    }
  gnutls_hash_deinit (hash, out_hash);
}

gboolean
lg_torrent_make (const char  *path,
                 guint64      total_bytes,
                 guint32      piece_bytes,
                 const char  *announce,
                 GError     **error)
{
  g_autoptr (GString) text = g_string_new ("d");
  guint32 n_pieces = (guint32) ((total_bytes + piece_bytes - 1) / piece_bytes);
  guint8 hash[LG_HASH_BYTES];

  if (announce != NULL)
    g_string_append_printf (text, "8:announce%zu:%s", strlen (announce), announce);
  g_string_append_printf (text, "4:infod6:lengthi%" G_GUINT64_FORMAT "e4:name%zu:%s"
                          "12:piece lengthi%ue6:pieces%u:",
                          total_bytes, strlen (LG_NAME), LG_NAME,
                          piece_bytes, n_pieces * LG_HASH_BYTES);
  for (guint32 piece = 0; piece < n_pieces; piece++)
    {
      guint64 begin = (guint64) piece * piece_bytes;

      hash_piece (begin, MIN (begin + piece_bytes, total_bytes), hash);
      g_string_append_len (text, (const char *) hash, sizeof hash);
    }
  g_string_append (text, "ee");
  return g_file_set_contents (path, text->str, (gssize) text->len, error);
}

/* The number behind `key`, which is a bencoded string and the "i". */
static guint64
find_number (const char *text,
             gsize       n_bytes,
             const char *key)
{
  const char *found = memmem (text, n_bytes, key, strlen (key));

  return found == NULL ? 0 : g_ascii_strtoull (found + strlen (key), NULL, 10);
}

gboolean
lg_torrent_read (const char  *path,
                 LgTorrent   *out_torrent,
                 GError     **error)
{
  g_autofree char *text = NULL;
  const char *info;
  gsize n_bytes;
  LgTorrent torrent = { 0 };

  if (!g_file_get_contents (path, &text, &n_bytes, error))
    return FALSE;
  info = memmem (text, n_bytes, "4:infod6:length", 15);
  torrent.total_bytes = find_number (text, n_bytes, "6:lengthi");
  torrent.piece_bytes = (guint32) find_number (text, n_bytes, "12:piece lengthi");
  if (info == NULL || torrent.total_bytes == 0 || torrent.piece_bytes == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is not from bt-loadgen", path);
      return FALSE;
    }
  /* The info dictionary is the last entry: only the outer "e" follows it. */
  gnutls_hash_fast (GNUTLS_DIG_SHA1, info + 6, (gsize) (text + n_bytes - 1 - (info + 6)),
                    torrent.info_hash);
  torrent.n_pieces = (guint32) ((torrent.total_bytes + torrent.piece_bytes - 1) /
                                torrent.piece_bytes);
  *out_torrent = torrent;
  return TRUE;
}

static gboolean
set_errno_error (GError     **error,
                 const char  *path)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), "%s: %s", path,
               g_strerror (number));
  return FALSE;
}

gboolean
lg_content_write (const LgTorrent  *torrent,
                  const char       *path,
                  GError          **error)
{
  struct iovec slices[BATCH];
  guint64 at = 0;
  gboolean is_good = TRUE;
  int fd;

  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return set_errno_error (error, path);
  while (is_good && at < torrent->total_bytes)
    {
      gssize n_wanted = 0;
      gssize n_written;
      int n_slices = 0;

      while (n_slices < BATCH && at + (guint64) n_wanted < torrent->total_bytes)
        {
          guint64 place = at + (guint64) n_wanted;
          gsize n_bytes;

          slices[n_slices].iov_base = (void *) lg_content_at (place, &n_bytes);
          slices[n_slices].iov_len = MIN (n_bytes, torrent->total_bytes - place);
          n_wanted += (gssize) slices[n_slices++].iov_len;
        }
      n_written = writev (fd, slices, n_slices);
      is_good = n_written > 0 || (n_written < 0 && errno == EINTR);
      at += (guint64) MAX (n_written, 0);
    }
  if (!is_good)
    set_errno_error (error, path);
  close (fd);
  return is_good;
}

gboolean
lg_content_compare (const LgTorrent  *torrent,
                    const char       *path,
                    GError          **error)
{
  guint8 block[LG_BLOCK_BYTES];
  guint64 at = 0;
  gboolean is_good = TRUE;
  int fd;

  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return set_errno_error (error, path);
  while (is_good && at < torrent->total_bytes)
    {
      gsize n_bytes;
      const guint8 *bytes = lg_content_at (at, &n_bytes);

      n_bytes = MIN (n_bytes, torrent->total_bytes - at);
      is_good = read (fd, block, n_bytes) == (gssize) n_bytes &&
                memcmp (block, bytes, n_bytes) == 0;
      at += n_bytes;
    }
  if (is_good && read (fd, block, 1) != 0)
    is_good = FALSE;
  if (!is_good)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "%s: wrong before byte %" G_GUINT64_FORMAT, path, at);
  close (fd);
  return is_good;
}
