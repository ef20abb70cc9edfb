/* bt-peer-words.h - the states of a peer and the reasons why one was closed, and their names
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In exactly one of these at every moment; the peer table shows it. «Known» peers have no
 * connection. */
typedef enum
{
  BT_PEER_CONNECTING,
  BT_PEER_HANDSHAKING,
  BT_PEER_CHOKED,         /* it chokes us, and we are interested */
  BT_PEER_DOWNLOADING,    /* requests are out */
  BT_PEER_WAITING,        /* unchoked, nothing to ask */
  BT_PEER_UPLOADING_ONLY, /* we want nothing from it */
  BT_PEER_CLOSING,
  BT_PEER_DEAD,
} BtPeerState;

typedef enum
{
  BT_CLOSE_NONE,
  BT_CLOSE_UNREACHABLE,     /* connecting failed */
  BT_CLOSE_CONNECT_TIMEOUT,
  BT_CLOSE_HANDSHAKE_TIMEOUT,
  BT_CLOSE_BY_PEER,         /* it hung up, or the connection broke */
  BT_CLOSE_SILENT,          /* three minutes of nothing */
  BT_CLOSE_PROTOCOL,        /* it broke the protocol: bt_peer_get_wire_reason() */
  BT_CLOSE_FOREIGN,         /* another torrent than the one asked for */
  BT_CLOSE_SELF,            /* it was us */
  BT_CLOSE_DOUBLE,          /* connected already */
  BT_CLOSE_REDUNDANT,       /* both seeds */
  BT_CLOSE_BANNED,          /* it sent wrong data */
  BT_CLOSE_ABUSIVE,         /* floods: requests, unasked blocks */
  BT_CLOSE_FULL,            /* its place is needed (BEP 40) */
  BT_CLOSE_STOPPED,         /* the torrent stops */
  BT_CLOSE_UNWANTED,        /* a person banned it */
  BT_CLOSE_BLOCKED,         /* a filter blocks its address */
  BT_CLOSE_OFFLINE,         /* the network interface that all goes through is not to be used any more */
  BT_CLOSE_OTHER_WAY,       /* a person chose another interface, proxy or name to go by */
} BtCloseReason;

const char *bt_peer_state_to_string   (BtPeerState   state);
const char *bt_close_reason_to_string (BtCloseReason reason);

G_END_DECLS
