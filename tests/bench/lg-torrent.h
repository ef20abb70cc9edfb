/* lg-torrent.h - torrents whose content is a function of the offset
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LG_BLOCK_BYTES 16384
#define LG_HASH_BYTES  20
#define LG_NAME        "payload.bin"

/* Block b of the content is a slice of one random pool that stays in the cache: serving a block costs no
 * computation, checking one is a memcmp(), and no two blocks within 4 GiB are equal.
 */
typedef struct
{
  guint8  info_hash[LG_HASH_BYTES];
  guint64 total_bytes;
  guint32 piece_bytes;
  guint32 n_pieces;
} LgTorrent;

/* The content from `offset` to the end of its block: borrowed for ever. */
const guint8 *lg_content_at       (guint64            offset,
                                   gsize             *out_n_bytes);

/* Writes a .torrent of one file, LG_NAME. `announce` is nullable. */
gboolean      lg_torrent_make     (const char        *path,
                                   guint64            total_bytes,
                                   guint32            piece_bytes,
                                   const char        *announce,
                                   GError           **error);
/* Reads what lg_torrent_make() wrote; not a parser for foreign files. */
gboolean      lg_torrent_read     (const char        *path,
                                   LgTorrent         *out_torrent,
                                   GError           **error);
/* Writes the content to a file, or compares a file with it. */
gboolean      lg_content_write    (const LgTorrent   *torrent,
                                   const char        *path,
                                   GError           **error);
gboolean      lg_content_compare  (const LgTorrent   *torrent,
                                   const char        *path,
                                   GError           **error);

G_END_DECLS
