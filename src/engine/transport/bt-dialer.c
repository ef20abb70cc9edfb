/* bt-dialer.c - how a peer is connected to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dialer.h"

#include "bt-proxy-stream.h"
#include "bt-stream-private.h"
#include "bt-tcp.h"

#include <errno.h>

struct _BtDialer
{
  BtPoller          *poller;    /* borrowed */
  BtClock           *clock;     /* borrowed */
  BtProxyHost       *proxy;     /* borrowed, nullable */
  BtAddress          bind4;
  BtAddress          bind6;
  BtNetworkSettings  settings;
};

BtDialer *
bt_dialer_new (BtPoller        *poller,
               BtClock         *clock,
               const BtAddress *bind4,
               const BtAddress *bind6)
{
  BtDialer *dialer = g_new0 (BtDialer, 1);

  dialer->poller = poller;
  dialer->clock = clock;
  dialer->bind4 = *bind4;
  dialer->bind6 = *bind6;
  return dialer;
}

void
bt_dialer_free (BtDialer *dialer)
{
  g_free (dialer);
}

void
bt_dialer_set_settings (BtDialer                *dialer,
                        const BtNetworkSettings *settings)
{
  dialer->settings = *settings;
}

gboolean
bt_dialer_can_punch (BtDialer *dialer)
{
  return dialer->proxy == NULL && dialer->settings.transport != BT_TRANSPORT_TCP;
}

void
bt_dialer_set_proxy (BtDialer    *dialer,
                     BtProxyHost *host)
{
  dialer->proxy = host;
}

gboolean
bt_dialer_is_ready (BtDialer *dialer)
{
  BtAddress address;

  return dialer->proxy == NULL || bt_proxy_host_get_address (dialer->proxy, &address);
}

static BtStream *
connect_directly (BtDialer         *dialer,
                  const BtAddress  *address,
                  GError          **error)
{
  const BtAddress *bind = address->family == BT_FAMILY_IPV4 ? &dialer->bind4 : &dialer->bind6;

  return bt_tcp_connect (dialer->poller, dialer->clock, address,
                         bind->family != BT_FAMILY_NONE ? bind : NULL, error);
}

static BtStream *
connect_by_proxy (BtDialer         *dialer,
                  const BtAddress  *address,
                  GError          **error)
{
  BtAddress proxy;
  BtStream *inner;

  if (!bt_proxy_host_get_address (dialer->proxy, &proxy))
    {
      bt_stream_set_errno (error, EAGAIN);
      return NULL;
    }
  inner = connect_directly (dialer, &proxy, error);
  if (inner == NULL)
    return NULL;
  return bt_proxy_stream_new (inner, bt_proxy_host_get_proxy (dialer->proxy), BT_SOCKS_CONNECT,
                              address, bt_proxy_host_judge, dialer->proxy);
}

BtStream *
bt_dialer_connect (BtDialer      *dialer,
                   const BtDial  *dial,
                   GError       **error)
{
  if (dialer->proxy != NULL)
    return connect_by_proxy (dialer, &dial->address, error);
  return connect_directly (dialer, &dial->address, error);
}
