/* bt-holepunch-message.h - the message of ut_holepunch (BEP 55): two peers behind NATs meet through a third
 *
 * Pure, like bt-wire.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_HOLEPUNCH_MAX_BYTES 24  /* of a payload that we send */

typedef enum
{
  BT_HOLEPUNCH_RENDEZVOUS = 0,  /* to a relay: bring me together with this address */
  BT_HOLEPUNCH_CONNECT    = 1,  /* from a relay: connect to this address now, over uTP */
  BT_HOLEPUNCH_ERROR      = 2,  /* from a relay: it cannot be done */
} BtHolepunchType;

typedef enum
{
  BT_HOLEPUNCH_NO_ERROR      = 0,
  BT_HOLEPUNCH_NO_SUCH_PEER  = 1,
  BT_HOLEPUNCH_NOT_CONNECTED = 2,
  BT_HOLEPUNCH_NO_SUPPORT    = 3,
  BT_HOLEPUNCH_NO_SELF       = 4,
} BtHolepunchError;

typedef struct
{
  BtHolepunchType type;
  BtAddress       address;
  guint32         error;   /* BtHolepunchError, or one of later days; 0 unless it is an error */
} BtHolepunchMessage;

/* `payload`: what stands behind the extended id. The error may be missing where there is none, as some leave it out;
 * bytes behind it are ignored. FALSE: cut short, or of an unknown type or family. */
gboolean bt_holepunch_message_parse (const guint8             *payload,
                                     gsize                     n_bytes,
                                     BtHolepunchMessage       *out_message);
/* Returns how many bytes of `out_payload` there are. The address has a family (asserted). */
gsize    bt_holepunch_message_put   (const BtHolepunchMessage *message,
                                     guint8                    out_payload[BT_HOLEPUNCH_MAX_BYTES]);

G_END_DECLS
