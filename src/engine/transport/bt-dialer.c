/* bt-dialer.c - how a peer is connected to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dialer.h"

#include "bt-mse-stream.h"
#include "bt-proxy-stream.h"
#include "bt-stream-private.h"
#include "bt-race-stream.h"
#include "bt-tcp.h"

#include <glib/gi18n-lib.h>
#include <errno.h>

struct _BtDialer
{
  BtPoller          *poller;    /* borrowed */
  BtClock           *clock;     /* borrowed */
  BtProxyHost       *proxy;     /* borrowed, nullable */
  BtUtpSocket       *utp;       /* borrowed, nullable */
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

void
bt_dialer_set_utp (BtDialer    *dialer,
                   BtUtpSocket *utp)
{
  dialer->utp = utp;
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

const char *
bt_dialer_get_trouble (BtDialer *dialer)
{
  const char *message = dialer->proxy != NULL ? bt_proxy_host_get_message (dialer->proxy) : NULL;

  if (message == NULL && dialer->proxy != NULL &&
      dialer->settings.transport == BT_TRANSPORT_UTP &&
      (dialer->utp == NULL || !bt_utp_socket_has_udp (dialer->utp)))
    return _("The proxy does not pass UDP on");
  return message;
}

gboolean
bt_dialer_may_be_plain (BtDialer *dialer)
{
  return dialer->settings.encryption == BT_ENCRYPTION_PREFER;
}

gboolean
bt_dialer_can_punch (BtDialer *dialer)
{
  return dialer->proxy == NULL && dialer->settings.transport != BT_TRANSPORT_TCP &&
         dialer->utp != NULL;
}

/* The stream may be of a proxy that is not used any more; whoever is now does not mind. */
static void
verdict_cb (const GError *error,
            gpointer      user_data)
{
  BtDialer *dialer = user_data;

  if (dialer->proxy != NULL)
    bt_proxy_host_judge (error, dialer->proxy);
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
                              address, verdict_cb, dialer);
}

static BtStream *
connect_over (const BtAddress  *remote,
              BtTransport       transport,
              gpointer          user_data,
              GError          **error)
{
  BtDialer *dialer = user_data;

  if (transport == BT_TRANSPORT_UTP && dialer->utp != NULL)
    return bt_utp_socket_connect (dialer->utp, remote, error);
  if (transport == BT_TRANSPORT_UTP)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "There is no uTP");
      return NULL;
    }
  return dialer->proxy != NULL ? connect_by_proxy (dialer, remote, error)
                               : connect_directly (dialer, remote, error);
}

/* What has worked comes first. Of strangers uTP does, which leaves room to everything else on the way; but not on
 * the local network, where there is nothing to yield to, and TCP costs less. */
static BtTransport
get_first (const BtDial *dial)
{
  if (dial->first != BT_TRANSPORT_BOTH)
    return dial->first;
  return bt_address_is_local (&dial->address) ? BT_TRANSPORT_TCP : BT_TRANSPORT_UTP;
}

static gboolean
is_encrypting (BtDialer     *dialer,
               const BtDial *dial)
{
  return dialer->settings.encryption == BT_ENCRYPTION_REQUIRE ||
         (dialer->settings.encryption == BT_ENCRYPTION_PREFER && !dial->is_plain);
}

BtStream *
bt_dialer_connect (BtDialer      *dialer,
                   const BtDial  *dial,
                   GError       **error)
{
  BtTransport transport = dial->is_punch ? BT_TRANSPORT_UTP : dialer->settings.transport;
  BtStream *stream;

  if (transport != BT_TRANSPORT_BOTH)
    stream = connect_over (&dial->address, transport, dialer, error);
  else
    stream = bt_race_stream_new (dialer->clock, &dial->address, get_first (dial), connect_over,
                                 dialer, error);
  if (stream == NULL || !is_encrypting (dialer, dial))
    return stream;
  return bt_mse_stream_connect (dialer->poller, stream, dial->info_hash,
                                bt_mse_stream_get_methods (dialer->settings.encryption));
}
