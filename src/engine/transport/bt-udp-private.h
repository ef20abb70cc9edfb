/* bt-udp-private.h - what the files of the UDP socket share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-udp.h"

G_BEGIN_DECLS

/* A socket of one family. */
typedef struct
{
  BtUdp       *udp;              /* borrowed */
  BtPollWatch  watch;
  int          fd;               /* owned; -1: not open */
  int          code;             /* errno, when it was to be */
  BtAddress    address;          /* that it is bound to, with its port */
  guint        n_cut_refusals;   /* so often in a row the kernel would not cut */
  guint        is_any : 1;       /* bound to none of our addresses: each datagram has one of its own */
  guint        is_full : 1;      /* the kernel had no room: EPOLLOUT is waited for */
} BtUdpSide;

typedef struct
{
  const BtUdpTaker *taker;       /* borrowed */
  gpointer          user_data;   /* borrowed */
} BtUdpEntry;

struct _BtUdp
{
  BtPoller   *poller;            /* borrowed */
  BtSocksUdp *relay;             /* borrowed, nullable: all goes through it, and no side is open */
  BtUdpSide   sides[2];          /* IPv4, IPv6 */
  BtUdpEntry  takers[BT_UDP_MAX_TAKERS];
  guint       n_takers;
  guint8     *scratch;           /* owned; what is read, before it is handed out */
  gboolean   *out_is_freed;      /* nullable; of the call of bt_udp_ready_cb() that is running */
  BtUdpFacts  facts;
};

static inline BtUdpSide *
bt_udp_get_side (BtUdp    *udp,
                 BtFamily  family)
{
  return &udp->sides[family == BT_FAMILY_IPV6 ? 1 : 0];
}

/* bt-udp.c */
/* Neither side is open. */
BtUdp *bt_udp_new_empty     (BtPoller   *poller);

/* bt-udp-receive.c */
/* Whether somebody took it, or freed `udp`. */
gboolean bt_udp_hand_out    (BtUdp           *udp,
                             const BtAddress *from,
                             const BtAddress *local,
                             const guint8    *bytes,
                             gsize            n_bytes,
                             const gboolean  *is_freed);
/* What a new socket needs to be read from. */
void bt_udp_prepare_receive (int         fd,
                             BtFamily    family,
                             gboolean    is_any);
/* BtPollFunc of a BtUdpSide. */
void bt_udp_ready_cb        (guint32     events,
                             gpointer    side);

/* bt-udp-send.c */
void bt_udp_prepare_send    (int         fd,
                             BtFamily    family);
/* There is room again. */
void bt_udp_side_has_room   (BtUdpSide  *side);

/* bt-udp-relay.c */
/* All are done with. */
void bt_udp_relay_batch     (BtUdp         *udp,
                             BtUdpDatagram *datagrams,
                             gsize          n_datagrams);
void bt_udp_leave_relay     (BtUdp         *udp);

G_END_DECLS
