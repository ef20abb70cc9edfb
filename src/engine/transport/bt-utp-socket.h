/* bt-utp-socket.h - all connections of uTP (BEP 29) on one UDP socket, each of them a stream
 *
 * What comes in a turn is taken in, then the owners are told, then what all connections have to send goes out in as few
 * calls of the kernel as can be. What comes of foreign addresses is bounded: connections in all, those of one address,
 * those that linger after their owner let go, and the answers to packets of nobody's. Of a SYN, which may be forged,
 * nothing is kept.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tcp.h"
#include "bt-udp.h"

#include "base/bt-clock.h"
#include "utp/bt-utp.h"

G_BEGIN_DECLS

/* Of both buffers of all connections; the few slots that each may have beyond it are the rest. */
#define BT_UTP_SOCKET_MEMORY_BYTES        (64u * 1024 * 1024)
#define BT_UTP_SOCKET_MAX_INCOMING        1024  /* connections that others began */
#define BT_UTP_SOCKET_MAX_PER_ADDRESS     32    /* that one address from outside began; of IPv6 one /64 */
#define BT_UTP_SOCKET_MAX_LINGERING       256   /* whose owner let go of them; beyond, the oldest is reset */
#define BT_UTP_SOCKET_RESETS_PER_SECOND   50    /* to those who take us for somebody else */
#define BT_UTP_SOCKET_ANSWERS_PER_SECOND  20000 /* to SYNs, as short as these: 8 Mbit/s with all heads */

typedef struct _BtUtpSocket BtUtpSocket;

typedef struct
{
  guint   n_connections;   /* all of these: */
  guint   n_connecting;
  guint   n_lingering;
  guint64 n_answered;      /* SYNs */
  guint64 n_refused;       /* those there was no place for */
  guint64 n_resets;        /* sent to packets of nobody's */
  guint64 n_strays;        /* those packets */
} BtUtpSocketFacts;

/* Nothing is sent or received before bt_utp_socket_set_udp(). Poller and clock outlive it. */
BtUtpSocket *bt_utp_socket_new       (BtPoller               *poller,
                                      BtClock                *clock);
/* After all of its streams (asserted). What still lingers is dropped. */
void         bt_utp_socket_free      (BtUtpSocket            *socket);
/* Where datagrams go and come from; borrowed until another, or NULL, takes its place. */
void         bt_utp_socket_set_udp   (BtUtpSocket            *socket,
                                      BtUdp                  *udp);
gboolean     bt_utp_socket_has_udp   (BtUtpSocket            *socket);
/* Takes connections of others; NULL: none, which is how it begins. A stream is only given away when its address is
 * proven. */
void         bt_utp_socket_set_func  (BtUtpSocket            *socket,
                                      BtListenerFunc          func,
                                      gpointer                user_data);
/* As bt_tcp_connect(). */
BtStream    *bt_utp_socket_connect   (BtUtpSocket            *socket,
                                      const BtAddress        *remote,
                                      GError                **error);
/* Whether it has streams, or some linger. */
gboolean     bt_utp_socket_is_busy   (BtUtpSocket            *socket);
void         bt_utp_socket_get_facts (BtUtpSocket            *socket,
                                      BtUtpSocketFacts       *out_facts);

G_END_DECLS
