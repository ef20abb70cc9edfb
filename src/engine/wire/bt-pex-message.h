/* bt-pex-message.h - the message of ut_pex (BEP 11): peers that came and peers that went
 *
 * Pure, like bt-wire.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_PEX_MAX_ADDED   50   /* in a message that we send, and as many dropped; BEP 11 */
/* In one that comes, of either family; what is behind that is left. Others send more than they should at first. */
#define BT_PEX_MAX_TAKEN   100

typedef enum
{
  BT_PEX_PREFERS_ENCRYPTION = 0x01,
  BT_PEX_UPLOAD_ONLY        = 0x02,  /* a seed, or a partial one */
  BT_PEX_UTP                = 0x04,
  BT_PEX_HOLEPUNCH          = 0x08,
  BT_PEX_REACHABLE          = 0x10,  /* the sender connected to it */
} BtPexFlags;

typedef struct
{
  BtAddress address;
  guint8    flags;    /* BtPexFlags; 0 where none were told */
} BtPexPeer;

/* `payload`: what stands behind the extended id. Takes up to BT_PEX_MAX_TAKEN connectable addresses of each family
 * that were added, in their order; `out_peers` has room for twice that. Who was dropped is of no interest: peers are
 * left when they cannot be reached. FALSE: not a bencoded dictionary. */
gboolean bt_pex_message_parse (const guint8    *payload,
                               gsize            n_bytes,
                               BtPexPeer       *out_peers,
                               guint           *out_n_peers);
/* Appends the payload (not the message's head) to `out`. At most BT_PEX_MAX_ADDED of each (asserted). */
void     bt_pex_message_put   (GByteArray      *out,
                               const BtPexPeer *added,
                               guint            n_added,
                               const BtAddress *dropped,
                               guint            n_dropped);

G_END_DECLS
