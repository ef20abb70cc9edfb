/* bt-extension.h - the extension handshake (BEP 10) and small extension messages
 *
 * Pure, like bt-wire.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

/* The extensions we know, and the ids under which *we* receive them. */
typedef enum
{
  BT_EXTENSION_HANDSHAKE,
  BT_EXTENSION_PEX,        /* ut_pex, BEP 11 */
  BT_EXTENSION_METADATA,   /* ut_metadata, BEP 9 */
  BT_EXTENSION_DONT_HAVE,  /* lt_donthave, BEP 54 */
  BT_EXTENSION_HOLEPUNCH,  /* ut_holepunch, BEP 55 */
  BT_EXTENSION_UPLOAD_ONLY,/* upload_only, BEP 21 as libtorrent sends it: one byte, 0 or 1 */
  BT_N_EXTENSIONS,
} BtExtension;

#define BT_EXTENSION_MAX_CLIENT_BYTES   64
#define BT_EXTENSION_MAX_REQUEST_QUEUE  65536u                /* one gibibyte in flight */
#define BT_EXTENSION_MAX_METADATA_BYTES (64u * 1024 * 1024)   /* what our bencode reader takes */

typedef struct
{
  guint8    ids[BT_N_EXTENSIONS];  /* the sender's id for each; 0: it does not speak it */
  guint8    named;                 /* bit n: `m` names extension n. BEP 10: what it does not name stays as it was */
  guint     has_m : 1;
  guint     is_upload_only : 1;    /* BEP 21 */
  guint     has_upload_only : 1;
  guint32   request_queue;         /* `reqq`, at most BT_EXTENSION_MAX_REQUEST_QUEUE; 0: not given */
  guint32   metadata_bytes;        /* `metadata_size`; 0: not given, or above BT_EXTENSION_MAX_METADATA_BYTES */
  guint16   listen_port;           /* `p`; 0: not given */
  BtAddress your_ip;               /* `yourip`; family NONE: not given; port 0 */
  char      client[BT_EXTENSION_MAX_CLIENT_BYTES + 1]; /* `v`: valid UTF-8, control characters removed, maybe empty */
} BtExtensionHandshake;

/* FALSE, and nothing set: not a bencoded dictionary. Bytes behind it and keys of the wrong type are ignored; numbers
 * out of range too. */
gboolean bt_extension_parse_handshake (const guint8               *payload,
                                       gsize                       n_bytes,
                                       BtExtensionHandshake       *out_handshake);
/* Takes over the ids which the handshake names, and leaves the others. */
void     bt_extension_update_ids      (guint8                      ids[BT_N_EXTENSIONS],
                                       const BtExtensionHandshake *handshake);
/* The whole message, length prefix included, appended to `out`. A zero id leaves its extension out, unless `named`
 * says that it shall be switched off; an unset optional field (0, "", NONE) is left out. */
void     bt_extension_put_handshake   (GByteArray                 *out,
                                       const BtExtensionHandshake *handshake);
/* BEP 54: `extended_id` is the receiver's id for it. */
void     bt_extension_put_dont_have   (GByteArray                 *out,
                                       guint8                      extended_id,
                                       guint32                     piece);
gboolean bt_extension_parse_dont_have (const guint8               *payload,
                                       gsize                       n_bytes,
                                       guint32                    *out_piece);
/* A person's words for a peer id: "libtorrent 2.0.8" from "-LT2080-", Azureus and Shadow style tables of the common
 * clients, else the printable part, maybe "". Returns `buffer`, at most `n_buffer` (1 or more) bytes, always valid
 * UTF-8. */
const char *bt_peer_id_to_client      (const guint8                peer_id[20],
                                       char                       *buffer,
                                       gsize                       n_buffer);

G_END_DECLS
