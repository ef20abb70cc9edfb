/* bt-tracker-udp-private.h - what the parts of the UDP tracker machine share: sockets and exchanges
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-packet.h"
#include "bt-tracker-udp.h"

G_BEGIN_DECLS

typedef struct _BtUdpSocket   BtUdpSocket;
typedef struct _BtUdpExchange BtUdpExchange;

/* A question and the wait for its answer: sent again after 15·2ⁿ s, BT_TRACKER_UDP_MAX_TRIES times. Embedded in its
 * owner, whose functions may end it and free it. */
struct _BtUdpExchange
{
  /* borrowed */
  BtUdpSocket *socket;  /* NULL: nothing is under way */
  gpointer     owner;

  /* Writes the packet and returns its length. */
  gsize      (*write)    (gpointer               owner,
                          guint32                transaction,
                          guint8                 out_bytes[BT_TRACKER_PACKET_MAX_BYTES]);
  /* Something with our transaction came from the right address. The exchange goes on unless ended. */
  void       (*answered) (gpointer               owner,
                          const BtTrackerPacket *packet);
  /* FALSE: do not send again, the owner has seen to it. */
  gboolean   (*retry)    (gpointer               owner);
  /* The exchange has ended. Takes `error`. */
  void       (*failed)   (gpointer               owner,
                          GError                *error);

  /* values */
  BtTimer      timer;
  BtAddress    to;          /* of no family: `name` is asked, and may answer from anywhere */
  BtAddress    from;        /* of the answer */
  const char  *name;        /* nullable, of the owner: to be resolved by the proxy */
  guint32      transaction;
  guint        n_tries;     /* of this owner, over all its exchanges */
};

BtUdpSocket *bt_udp_socket_new     (BtClock         *clock,
                                    BtPoller        *poller,
                                    BtFamily         family,
                                    const BtAddress *bind_to,
                                    GError         **error);
/* `relay` outlives it. */
BtUdpSocket *bt_udp_socket_new_relayed (BtClock     *clock,
                                        BtPoller    *poller,
                                        BtSocksUdp  *relay);
/* No exchange may be under way (asserted). */
void         bt_udp_socket_free    (BtUdpSocket     *socket);

/* Draws a transaction number and sends. May call failed() at once. */
void         bt_udp_exchange_begin (BtUdpExchange   *exchange,
                                    BtUdpSocket     *socket,
                                    const BtAddress *to);
/* Harmless when nothing is under way. */
void         bt_udp_exchange_end   (BtUdpExchange   *exchange);

G_END_DECLS
