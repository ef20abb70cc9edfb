/* bt-metainfo.h - what a .torrent file says, checked and made safe once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-bitfield.h"
#include "base/bt-geometry.h"
#include "base/bt-hash.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_METAINFO_MAX_BYTES      (64u * 1024 * 1024)  /* of a .torrent file */
#define BT_METAINFO_MAX_TOKENS     12000000u            /* 144 MB while parsing, at the very worst */
#define BT_METAINFO_MAX_DEPTH      100u                 /* of its containers, so also of a v2 file tree */
#define BT_METAINFO_MAX_FILES      1000000u             /* pads counted */
#define BT_METAINFO_MAX_PATH_BYTES (256u * 1024 * 1024) /* of all paths together; v2 can share a long folder */
#define BT_METAINFO_MAX_TRACKERS   256u
#define BT_METAINFO_MAX_WEB_SEEDS  256u
#define BT_METAINFO_MAX_NODES      256u
#define BT_METAINFO_MAX_URL_BYTES  2048u
#define BT_METAINFO_MAX_TEXT_BYTES 65536u               /* comment, creator, source: cut behind this */

/* Index for "no file". */
#define BT_FILE_NONE G_MAXUINT32

/* BitTorrent v1 (BEP 3), v2 (BEP 52) or both at once. Immutable after parsing and atomically counted.
 *
 * Invariant: the files, pads included, lie one behind the other: the first at offset 0, each where the one before
 * ends, the last ending at geometry->total_bytes, which is above 0. For a v2-only torrent the pads that its piece
 * space implies (each file begins at a piece boundary) are in the list as files with BT_FILE_PAD and
 * BT_FILE_IMPLIED, so that this holds there too.
 * Thread: any.
 */
typedef struct _BtMetainfo BtMetainfo;

typedef enum
{
  BT_METAINFO_ERROR_NOT_BENCODE,
  BT_METAINFO_ERROR_MISSING,      /* a field that must be there */
  BT_METAINFO_ERROR_INVALID,      /* a field of a wrong type or value */
  BT_METAINFO_ERROR_UNSAFE,       /* a path that cannot be made safe */
  BT_METAINFO_ERROR_UNSUPPORTED,  /* well-formed, of a version we do not know */
  BT_METAINFO_ERROR_TOO_LARGE,    /* one of the limits above, or of bt-geometry.h */
} BtMetainfoError;

#define BT_METAINFO_ERROR (bt_metainfo_error_quark ())
GQuark bt_metainfo_error_quark (void);

typedef enum
{
  BT_FILE_PAD        = 1 << 0,  /* zeros, never on disk (BEP 47, `.pad/N`, BitComet's padding files) */
  BT_FILE_EXECUTABLE = 1 << 1,
  BT_FILE_HIDDEN     = 1 << 2,
  BT_FILE_SYMLINK    = 1 << 3,  /* never created as a link; its length is 0 */
  BT_FILE_IMPLIED    = 1 << 4,  /* a pad of a v2-only torrent; no peer sends its bytes */
} BtFileFlags;

/* All pointers are borrowed from the metainfo. */
typedef struct
{
  const char   *path;           /* safe to open beneath a folder: relative, '/' between components, UTF-8, unique
                                 * without regard to case, at most BT_SAFE_PATH_MAX_BYTES; begins with the torrent's
                                 * safe name if that is a folder (is_multi_file). A pad's is not unique. */
  const char   *display_path;   /* as the torrent spells it, made fit for display; often the same as `path` */
  const char   *symlink_target; /* nullable; for display only */
  const guint8 *pieces_root;    /* nullable; BT_SHA256_BYTES, v2 */
  guint64       length;         /* bytes */
  guint64       offset;         /* bytes from the start of the torrent's stream */
  guint32       flags;          /* BtFileFlags */
} BtFile;

/* A DHT node (BEP 5). */
typedef struct
{
  const char *host;  /* name or address; borrowed from the metainfo */
  guint16     port;
} BtMetainfoNode;

/* Errors: BT_METAINFO_ERROR, saying what and where. Reading the file may also fail with G_IO_ERROR.
 * new_from_file() blocks. Thread: user. */
BtMetainfo        *bt_metainfo_new_from_bytes   (GBytes           *bytes,
                                                 GError          **error);
BtMetainfo        *bt_metainfo_new_from_file    (const char       *path,
                                                 GError          **error);
/* From the bare info dictionary, as BEP 9 brings it: no trackers, and v2 piece layers are unknown. */
BtMetainfo        *bt_metainfo_new_from_info    (GBytes           *info_bytes,
                                                 GError          **error);
/* A .torrent file again: the info dictionary as it stood, piece layers, web seeds, nodes, texts, and the trackers:
 * `tiers`, a NULL-terminated array of NULL-terminated arrays of URLs, or with NULL its own. What
 * bt_metainfo_new_from_bytes() makes of it is equal. NULL for a v2 torrent whose piece layers are not known: it
 * would be no .torrent. One that came from a magnet link (bt_metainfo_new_from_magnet()) is written without them
 * all the same, with a mark that only we know: enough to keep it, and for others who read it as v1.
 * (transfer full) Thread: any. */
GBytes            *bt_metainfo_dup_file         (const BtMetainfo *metainfo,
                                                 const char *const *const *tiers);
BtMetainfo        *bt_metainfo_ref              (BtMetainfo       *metainfo);
void               bt_metainfo_unref            (BtMetainfo       *metainfo);

/* One safe path component: the file, or the folder of all files. */
const char        *bt_metainfo_get_name         (const BtMetainfo *metainfo);
/* The same as the torrent spells it, made valid UTF-8 without control characters. */
const char        *bt_metainfo_get_display_name (const BtMetainfo *metainfo);
/* Whether the files lie in a folder called like the torrent. */
gboolean           bt_metainfo_is_multi_file    (const BtMetainfo *metainfo);
gboolean           bt_metainfo_has_v1           (const BtMetainfo *metainfo);
gboolean           bt_metainfo_has_v2           (const BtMetainfo *metainfo);
/* BT_SHA1_BYTES, NULL unless v1; BT_SHA256_BYTES, NULL unless v2. On the wire, in trackers and in the DHT the
 * latter is cut to 20 bytes. */
const guint8      *bt_metainfo_get_info_hash_v1 (const BtMetainfo *metainfo);
const guint8      *bt_metainfo_get_info_hash_v2 (const BtMetainfo *metainfo);
/* The info dictionary as it stood in the file; borrowed. */
GBytes            *bt_metainfo_get_info_bytes   (const BtMetainfo *metainfo);
/* The v1 view; of a v2-only torrent the v2 piece space. */
const BtGeometry  *bt_metainfo_get_geometry     (const BtMetainfo *metainfo);
/* Bytes of all files but pads. */
guint64            bt_metainfo_get_content_bytes (const BtMetainfo *metainfo);
/* Files that are none of the pads. In time of the number of files. */
guint              bt_metainfo_count_content_files (const BtMetainfo *metainfo);
/* BEP 27. */
gboolean           bt_metainfo_is_private       (const BtMetainfo *metainfo);
/* Nullable; valid UTF-8. */
const char        *bt_metainfo_get_comment      (const BtMetainfo *metainfo);
const char        *bt_metainfo_get_creator      (const BtMetainfo *metainfo);
const char        *bt_metainfo_get_source       (const BtMetainfo *metainfo);
/* Unix seconds; 0: not said. */
gint64             bt_metainfo_get_creation_date (const BtMetainfo *metainfo);

/* BT_SHA1_BYTES, borrowed; NULL when `piece` is not one of the torrent's or the torrent is v2-only. */
const guint8      *bt_metainfo_get_piece_hash   (const BtMetainfo *metainfo,
                                                 guint32           piece);
/* Bytes of a piece that peers send: less than bt_geometry_get_piece_bytes() only where a v2-only torrent implies a
 * pad. `piece` must be valid. */
guint32            bt_metainfo_get_piece_data_bytes (const BtMetainfo *metainfo,
                                                     guint32           piece);
/* The SHA-256 hashes of a file's v2 pieces, BT_SHA256_BYTES each, known to lead up to its pieces_root. NULL and 0
 * when the torrent is not v2, the file is no longer than a piece (pieces_root is the hash then), or the metainfo
 * came from bt_metainfo_new_from_info() or a magnet link. */
const guint8      *bt_metainfo_get_piece_layer  (const BtMetainfo *metainfo,
                                                 guint32           file,
                                                 guint32          *out_n_hashes);

/* `out_n_files` nullable. */
const BtFile      *bt_metainfo_get_files        (const BtMetainfo *metainfo,
                                                 guint32          *out_n_files);
/* The index of the file that holds the byte at `offset`, never an empty one; BT_FILE_NONE past the end. */
guint32            bt_metainfo_find_file        (const BtMetainfo *metainfo,
                                                 guint64           offset);

/* The first and last piece that has bytes of a file. FALSE for a pad or an empty file, which no piece is fetched
 * for. */
gboolean           bt_metainfo_get_file_pieces  (const BtMetainfo *metainfo,
                                                 guint32           file,
                                                 guint32          *out_first,
                                                 guint32          *out_last);
/* How many bytes of the file lie in the pieces of `have`; 0 for a pad. In time of the runs that these form. */
guint64            bt_metainfo_count_file_bytes (const BtMetainfo *metainfo,
                                                 guint32           file,
                                                 const BtBitfield *have);

/* Trackers in tiers (BEP 12), each a NULL-terminated array of at least one URL: http, https or udp, none twice. */
guint              bt_metainfo_get_n_tiers      (const BtMetainfo *metainfo);
const char *const *bt_metainfo_get_tier         (const BtMetainfo *metainfo,
                                                 guint             tier);
/* URLs that were left out: of other schemes, too long, or too many. Repeated ones do not count. */
guint              bt_metainfo_get_n_ignored_trackers (const BtMetainfo *metainfo);
/* http and https URLs of BEP 19, NULL-terminated. */
const char *const *bt_metainfo_get_web_seeds    (const BtMetainfo *metainfo);
const BtMetainfoNode *bt_metainfo_get_nodes     (const BtMetainfo *metainfo,
                                                 guint            *out_n_nodes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtMetainfo, bt_metainfo_unref)

G_END_DECLS
