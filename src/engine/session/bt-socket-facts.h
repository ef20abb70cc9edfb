/* bt-socket-facts.h - a socket of the engine, and what it is for: a value
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-socket-list.h"

G_BEGIN_DECLS

typedef enum
{
  BT_SOCKET_LISTENER,  /* waits for peers */
  BT_SOCKET_PEER,
  BT_SOCKET_HTTP,      /* a tracker, a web seed, or a torrent that is fetched */
  BT_SOCKET_PORT,      /* UDP of the port: the DHT, and peers by uTP */
  BT_SOCKET_LOCAL,     /* local discovery */
  BT_SOCKET_NAMES,     /* a name server */
  BT_SOCKET_UDP,       /* UDP trackers, and what else there is */
  BT_SOCKET_CLOSING,   /* a connection that is over for us, and not yet for the other side */
} BtSocketKind;

typedef struct
{
  BtSocketEntry entry;
  BtSocketKind  kind;
} BtSocketFacts;

/* In a word that no language changes: "peer". */
const char *bt_socket_kind_to_string (BtSocketKind kind);

G_END_DECLS
