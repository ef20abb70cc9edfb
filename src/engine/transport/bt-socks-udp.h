/* bt-socks-udp.h - datagrams through a SOCKS5 proxy (RFC 1928, UDP ASSOCIATE)
 *
 * A connection to the proxy is kept open; as long as it stands, the proxy passes on what is sent to an address it has
 * told us. When it ends it is made anew, ever more rarely while that fails.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-proxy-host.h"

#include "base/bt-poller.h"

G_BEGIN_DECLS

#define BT_SOCKS_UDP_MAX_USERS     8
#define BT_SOCKS_UDP_MAX_BYTES     16384  /* longer datagrams are dropped, with the proxy's header */
#define BT_SOCKS_UDP_MAX_READS     64     /* datagrams a turn */
#define BT_SOCKS_UDP_TIMEOUT_US    (15 * BT_SECOND_US)   /* the proxy has to answer */
#define BT_SOCKS_UDP_FIRST_WAIT_US (1 * BT_SECOND_US)    /* then twice as long each time, up to */
#define BT_SOCKS_UDP_MAX_WAIT_US   (300 * BT_SECOND_US)

typedef struct _BtSocksUdp BtSocksUdp;

typedef struct
{
  /* Whether these bytes are a message of its own; may not free anything of the proxy. `from` is of no family when the
   * proxy does not tell an address. Borrowed for the call. */
  gboolean (*take)    (const BtAddress *from,
                       const guint8    *bytes,
                       gsize            n_bytes,
                       gpointer         user_data);
  /* Nullable. It is open now and was not, or the other way round. May not free it. */
  void     (*changed) (gpointer         user_data);
} BtSocksUdpUser;

/* `bind4` and `bind6`: our addresses, family NONE: any. `host` is borrowed and outlives it, as poller and clock do. */
BtSocksUdp *bt_socks_udp_new         (BtPoller             *poller,
                                      BtClock              *clock,
                                      BtProxyHost          *host,
                                      const BtAddress      *bind4,
                                      const BtAddress      *bind6);
void        bt_socks_udp_free        (BtSocksUdp           *udp);
/* At most BT_SOCKS_UDP_MAX_USERS (asserted). `user` is borrowed. */
void        bt_socks_udp_add         (BtSocksUdp           *udp,
                                      const BtSocksUdpUser *user,
                                      gpointer              user_data);
void        bt_socks_udp_remove      (BtSocksUdp           *udp,
                                      const BtSocksUdpUser *user,
                                      gpointer              user_data);
gboolean    bt_socks_udp_is_open     (BtSocksUdp           *udp);
/* Why it is not open, in words; NULL: it is, or that is not known yet. Borrowed. */
const char *bt_socks_udp_get_message (BtSocksUdp           *udp);
/* Where the proxy takes our datagrams; of no family when it is not open. Borrowed. */
const BtAddress *bt_socks_udp_get_relay (BtSocksUdp        *udp);
/* One datagram, now or never. `name` (nullable) is resolved by the proxy; then only the port of `to` counts. FALSE: it
 * is not open, or the kernel did not take it. */
gboolean    bt_socks_udp_send        (BtSocksUdp           *udp,
                                      const char           *name,
                                      const BtAddress      *to,
                                      const struct iovec   *iov,
                                      int                   n_iov);

G_END_DECLS
