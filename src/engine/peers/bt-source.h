/* bt-source.h - where an address of a peer comes from
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

typedef enum
{
  BT_SOURCE_TRACKER  = 1 << 0,
  BT_SOURCE_INCOMING = 1 << 1,
  BT_SOURCE_PERSON   = 1 << 2,  /* --peer, or added by hand: never dropped, retried soonest */
  BT_SOURCE_PEX      = 1 << 3,
  BT_SOURCE_DHT      = 1 << 4,
  BT_SOURCE_LOCAL    = 1 << 5,
  BT_SOURCE_RESUME   = 1 << 6,
  BT_SOURCE_LINK     = 1 << 7,  /* x.pe of a magnet link: whoever made it put it there */
} BtSource;

/* An address, and where it came from, on its way from one list to another. */
typedef struct
{
  BtAddress address;
  guint     sources;   /* BtSource */
} BtKnownAddress;

G_END_DECLS
