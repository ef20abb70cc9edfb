/* bt-network-settings.h - how others are to be reached: a value, copied by assignment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <net/if.h>

G_BEGIN_DECLS

#define BT_PROXY_MAX_HOST_BYTES 256  /* with the zero; a name of the DNS has 253 at most */
#define BT_PROXY_MAX_WORD_BYTES 256  /* user name and password, with the zero: RFC 1929 */

/* Of connections to peers (MSE). */
typedef enum
{
  BT_ENCRYPTION_OFF,      /* neither asked for nor understood */
  BT_ENCRYPTION_PREFER,   /* asked for first; whoever does without is welcome */
  BT_ENCRYPTION_REQUIRE,
} BtEncryption;

/* What of a connection it hides from those on the way. */
typedef enum
{
  BT_ENCRYPTED_NOTHING,
  BT_ENCRYPTED_HANDSHAKE,  /* not what follows */
  BT_ENCRYPTED_ALL,
  BT_ENCRYPTED_UNDECIDED,  /* it has been offered or asked for, and not been agreed on */
} BtEncrypted;

/* What connections to peers run over. */
typedef enum
{
  BT_TRANSPORT_TCP,
  BT_TRANSPORT_BOTH,
  BT_TRANSPORT_UTP,       /* BEP 29 */
} BtTransport;

typedef enum
{
  BT_PROXY_NONE,
  BT_PROXY_SOCKS5,        /* RFC 1928 */
  BT_PROXY_HTTP,          /* CONNECT, RFC 9110; nothing of UDP */
} BtProxyKind;

typedef struct
{
  BtProxyKind kind;
  guint16     port;
  guint       for_trackers : 1;
  guint       for_peers : 1;
  char        host[BT_PROXY_MAX_HOST_BYTES];
  char        user[BT_PROXY_MAX_WORD_BYTES];      /* empty: none */
  char        password[BT_PROXY_MAX_WORD_BYTES];  /* never to be logged */
} BtProxy;

/* Zeros: plain TCP by whatever way there is, and no router is asked for anything. */
typedef struct
{
  BtEncryption encryption;
  BtTransport  transport;
  guint16      port;               /* that peers reach us at; 0: as it was when the session began */
  guint        map_port : 1;       /* routers are asked to let others in: UPnP, NAT-PMP, PCP */
  guint        is_anonymous : 1;   /* nothing is told that would tell us from others */
  char         device[IFNAMSIZ];   /* network interface that everything goes through; empty: any */
  BtProxy      proxy;
} BtNetworkSettings;

G_END_DECLS
