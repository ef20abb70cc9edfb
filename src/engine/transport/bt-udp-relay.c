/* bt-udp-relay.c - the UDP port when all datagrams go through a proxy: it has no socket of its own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp-private.h"

#include "bt-socks.h"
#include "bt-stream-private.h"

#include <errno.h>

/* With the proxy's header it fits into a packet of Ethernet; whether the proxy cuts what it passes on is not known. */
#define MAX_PROBE_BYTES (1500 - 40 - 8 - 22)

static gboolean
take_cb (const BtAddress *from,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  BtUdp *udp = user_data;
  const BtAddress local = { .family = BT_FAMILY_NONE };
  gboolean is_freed = FALSE;
  gboolean is_taken;

  if (from->family == BT_FAMILY_NONE)
    return FALSE;
  udp->out_is_freed = &is_freed;
  is_taken = bt_udp_hand_out (udp, from, &local, bytes, n_bytes, &is_freed);
  if (!is_freed)
    udp->out_is_freed = NULL;
  return is_taken;
}

static const BtSocksUdpUser relay_user = { .take = take_cb };

static gsize
get_n_bytes (const BtUdpDatagram *datagram)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < datagram->n_iov; i++)
    n_bytes += datagram->iov[i].iov_len;
  return n_bytes;
}

static int
send_one (BtUdp               *udp,
          const BtUdpDatagram *datagram)
{
  if (datagram->to.family == BT_FAMILY_NONE)
    return EAFNOSUPPORT;
  if (datagram->is_probe && get_n_bytes (datagram) > MAX_PROBE_BYTES)
    return EMSGSIZE;
  return bt_socks_udp_send (udp->relay, NULL, &datagram->to, datagram->iov, datagram->n_iov)
           ? 0 : ENOBUFS;
}

void
bt_udp_relay_batch (BtUdp         *udp,
                    BtUdpDatagram *datagrams,
                    gsize          n_datagrams)
{
  for (gsize i = 0; i < n_datagrams; i++)
    {
      datagrams[i].code = send_one (udp, &datagrams[i]);
      if (datagrams[i].code == 0)
        udp->facts.n_sent++;
      else
        udp->facts.n_unsent++;
    }
}

BtUdp *
bt_udp_new_relayed (BtPoller   *poller,
                    BtSocksUdp *relay)
{
  BtUdp *udp = bt_udp_new_empty (poller);

  udp->relay = relay;
  /* Nobody knows which families the proxy has; all have this one. */
  udp->sides[0].address = *bt_socks_udp_get_relay (relay);
  bt_socks_udp_add (relay, &relay_user, udp);
  return udp;
}

void
bt_udp_leave_relay (BtUdp *udp)
{
  if (udp->relay != NULL)
    bt_socks_udp_remove (udp->relay, &relay_user, udp);
}
