/* bt-magnet.h - a magnet link (BEP 9, 53): what names a torrent before its description is there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-metainfo.h"

#include "base/bt-address.h"

G_BEGIN_DECLS

#define BT_MAGNET_MAX_BYTES       (4u * 1024 * 1024)  /* of a link: all of the below, at their longest */
#define BT_MAGNET_MAX_PARAMETERS  4096u          /* looked at; a link with more is refused */
#define BT_MAGNET_MAX_TRACKERS    BT_METAINFO_MAX_TRACKERS
#define BT_MAGNET_MAX_WEB_SEEDS   BT_METAINFO_MAX_WEB_SEEDS
#define BT_MAGNET_MAX_PEERS       64u            /* addresses, and host names as many */
#define BT_MAGNET_MAX_RANGES      1024u          /* of files */
#define BT_MAGNET_MAX_NAME_BYTES  1024u          /* cut behind this */

/* Immutable and atomically counted.
 *
 * Invariant: it has a v1 or a v2 info-hash, or both. Nothing in it is longer or more than the limits above; what a
 * link has beyond them is left out.
 * Thread: any.
 */
typedef struct _BtMagnet BtMagnet;

typedef enum
{
  BT_MAGNET_ERROR_NOT_A_MAGNET,
  BT_MAGNET_ERROR_NO_HASH,      /* well-formed, and names no torrent */
  BT_MAGNET_ERROR_BAD_HASH,     /* a btih or btmh that is none */
  BT_MAGNET_ERROR_AMBIGUOUS,    /* it names several torrents */
  BT_MAGNET_ERROR_TOO_LARGE,
} BtMagnetError;

#define BT_MAGNET_ERROR (bt_magnet_error_quark ())
GQuark bt_magnet_error_quark (void);

/* Files, by their index in the torrent, both included (BEP 53). */
typedef struct
{
  guint32 first;
  guint32 last;
} BtMagnetRange;

/* Whether the text is meant to be a magnet link, be it right or wrong: it begins with `magnet:` in any case. */
gboolean             bt_magnet_is_uri            (const char         *text);
/* Taken as it is found on pages: `&amp;` for `&`, white space around it, `+` for a space in the name, parameters of
 * any case, in any order and unknown ones, hashes in hex or base32 (BEP 9), v2 as multihash. Errors: BT_MAGNET_ERROR,
 * one sentence without its full stop. */
BtMagnet            *bt_magnet_new_from_uri      (const char         *uri,
                                                  GError            **error);
/* `tiers`: the trackers, as for bt_metainfo_dup_file(); NULL: its own. */
BtMagnet            *bt_magnet_new_from_metainfo (const BtMetainfo   *metainfo,
                                                  const char *const *const *tiers);
/* The same that asks for these files in place of its own (`so`), each within BT_METAINFO_MAX_FILES; none: for all.
 * Error: BT_MAGNET_ERROR_TOO_LARGE. (transfer full) */
BtMagnet            *bt_magnet_new_selecting     (const BtMagnet      *magnet,
                                                  const BtMagnetRange *ranges,
                                                  guint                n_ranges,
                                                  GError             **error);
BtMagnet            *bt_magnet_ref               (BtMagnet           *magnet);
void                 bt_magnet_unref             (BtMagnet           *magnet);
/* What bt_magnet_new_from_uri() makes of it is equal. (transfer full) */
char                *bt_magnet_to_uri            (const BtMagnet     *magnet);

/* `dn`: fit for display; NULL: it has none. */
const char          *bt_magnet_get_name          (const BtMagnet     *magnet);
/* The name, or else the hash in hex; never empty. (transfer full) */
char                *bt_magnet_dup_title         (const BtMagnet     *magnet);
/* BT_SHA1_BYTES or NULL; BT_SHA256_BYTES or NULL. */
const guint8        *bt_magnet_get_info_hash_v1  (const BtMagnet     *magnet);
const guint8        *bt_magnet_get_info_hash_v2  (const BtMagnet     *magnet);
/* The BT_SHA1_BYTES that go over the wire: v1, or the first 20 of v2 (BEP 52). */
const guint8        *bt_magnet_get_info_hash     (const BtMagnet     *magnet);
/* NULL-terminated; http, https or udp, none twice. */
const char *const   *bt_magnet_get_trackers      (const BtMagnet     *magnet);
/* The same as tiers, each tracker its own: for bt_trackers_new(). Borrowed from the magnet. */
const char *const *const *bt_magnet_get_tiers    (const BtMagnet     *magnet);
/* `ws`; http or https, NULL-terminated. */
const char *const   *bt_magnet_get_web_seeds     (const BtMagnet     *magnet);
/* `x.pe` of IPv4 and IPv6 literals. Borrowed. */
const BtAddress     *bt_magnet_get_peers         (const BtMagnet     *magnet,
                                                  guint              *out_n_peers);
/* `x.pe` of host names, as "host:port", NULL-terminated: kept, but the engine looks none of them up. */
const char *const   *bt_magnet_get_peer_hosts    (const BtMagnet     *magnet);
/* `so`: ascending, apart from each other; none: all files. Borrowed. */
const BtMagnetRange *bt_magnet_get_ranges        (const BtMagnet     *magnet,
                                                  guint              *out_n_ranges);
/* Whether the link asks for this file; pads count in the index, as they do in the info dictionary. */
gboolean             bt_magnet_wants_file        (const BtMagnet     *magnet,
                                                  guint32             file);
/* `xl`, bytes: what the link claims; 0: nothing. */
guint64              bt_magnet_get_length        (const BtMagnet     *magnet);

/* A whole torrent of an info dictionary, as BEP 9 brings it, with the link's trackers and web seeds. It must be what
 * every hash of the link names (BT_METAINFO_ERROR_INVALID). v2 piece layers are unknown; bt_metainfo_dup_file() of it
 * can be read again all the same. */
BtMetainfo          *bt_metainfo_new_from_magnet (const BtMagnet     *magnet,
                                                  GBytes             *info_bytes,
                                                  GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtMagnet, bt_magnet_unref)

G_END_DECLS
