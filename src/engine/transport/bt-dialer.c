/* bt-dialer.c - how a peer is connected to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dialer.h"

#include "bt-tcp.h"

struct _BtDialer
{
  BtPoller          *poller;    /* borrowed */
  BtClock           *clock;     /* borrowed */
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
  return dialer->settings.transport != BT_TRANSPORT_TCP;
}

BtStream *
bt_dialer_connect (BtDialer      *dialer,
                   const BtDial  *dial,
                   GError       **error)
{
  const BtAddress *bind = dial->address.family == BT_FAMILY_IPV4 ? &dialer->bind4 : &dialer->bind6;

  return bt_tcp_connect (dialer->poller, dialer->clock, &dial->address,
                         bind->family != BT_FAMILY_NONE ? bind : NULL, error);
}
