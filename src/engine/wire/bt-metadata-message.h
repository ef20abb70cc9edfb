/* bt-metadata-message.h - the messages of ut_metadata (BEP 9): request, data, reject
 *
 * Pure, like bt-wire.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_METADATA_PIECE_BYTES (16u * 1024)
#define BT_METADATA_MAX_BYTES   (10u * 1024 * 1024)  /* a description that we fetch or serve */
#define BT_METADATA_MAX_PIECES  (BT_METADATA_MAX_BYTES / BT_METADATA_PIECE_BYTES)

typedef enum
{
  BT_METADATA_REQUEST = 0,
  BT_METADATA_DATA    = 1,
  BT_METADATA_REJECT  = 2,
  BT_METADATA_UNKNOWN = 3,  /* not on the wire: a type of later days, to be ignored */
} BtMetadataType;

typedef struct
{
  BtMetadataType  type;
  guint32         piece;       /* below BT_METADATA_MAX_PIECES */
  guint32         total_bytes; /* `total_size` of data; 0: not given */
  const guint8   *data;        /* data only: what stands behind the dictionary. Borrowed from the payload */
  gsize           n_bytes;     /* 1 to BT_METADATA_PIECE_BYTES */
} BtMetadataMessage;

/* `payload`: what stands behind the extended id. FALSE: not bencode, a field is missing or out of range, or data is
 * empty or too long. */
gboolean bt_metadata_message_parse (const guint8            *payload,
                                    gsize                    n_bytes,
                                    BtMetadataMessage       *out_message);
/* Appends the payload (not the message's head) to `out`. */
void     bt_metadata_message_put   (GByteArray              *out,
                                    const BtMetadataMessage *message);
/* Pieces of a description of that size; 0 for none. */
guint32  bt_metadata_count_pieces  (gsize                    n_bytes);
/* Bytes of one of its pieces; 0: it has no such piece. */
guint32  bt_metadata_get_piece_bytes (gsize                  n_bytes,
                                      guint32                piece);

G_END_DECLS
