/* bt-web-url.h - the URLs of a torrent's files on a web seed (BEP 19); pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

#define BT_WEB_MAX_URL_BYTES 16384u  /* of a file, percent-encoded; and of where a redirection leads */

/* Codes say what becomes of the server; messages are for people. */
typedef enum
{
  BT_WEB_ERROR_LATER,    /* unreachable, silent, broken off, an error of its own: it may work later */
  BT_WEB_ERROR_BUSY,     /* it has asked us to wait (503, 429) */
  BT_WEB_ERROR_MISSING,  /* it has not got this file (404, 410) */
  BT_WEB_ERROR_USELESS,  /* what it answers is of no use, and will not be soon */
} BtWebError;

#define BT_WEB_ERROR (bt_web_error_quark ())
GQuark   bt_web_error_quark (void);

/* Whether a person may name this as a web seed: http or https, with a host, not longer than
 * BT_METAINFO_MAX_URL_BYTES. */
gboolean bt_web_url_is_valid (const char       *url);
/* Where `file` lies when `base` is the web seed's URL: of a torrent of one file `base` itself, or with the name behind
 * it when it ends in a slash; of others `base`, a slash unless it ends in one, the torrent's name, and the path, each
 * component percent-encoded, as the torrent spells them. NULL with BT_WEB_ERROR_USELESS. (transfer full) */
GUri    *bt_web_url_build    (const char       *base,
                              const BtMetainfo *metainfo,
                              guint32           file,
                              GError          **error);
/* Where a redirection from `from` to `location` (nullable) leads; NULL with BT_WEB_ERROR_USELESS where one must not go:
 * to other schemes, which could open local files, and from https to http. (transfer full) */
GUri    *bt_web_url_follow   (GUri             *from,
                              const char       *location,
                              GError          **error);

G_END_DECLS
