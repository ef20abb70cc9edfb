/* bt-tracker-server-private.h - what the HTTP and the UDP side of the small tracker share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-book.h"
#include "bt-tracker-server.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct
{
  BtTrackerServer *server;  /* borrowed */
  BtPollWatch      watch;
  int              fd;      /* owned; -1: none */
} BtServerSocket;

struct _BtTrackerServer
{
  /* owned */
  SoupServer     *http;
  BtTrackerBook  *book;
  BtServerSocket  sockets[2];  /* IPv4, IPv6 */

  /* borrowed */
  BtClock        *clock;
  BtPoller       *poller;

  /* values */
  BtTimer         timer;       /* forgets peers */
  BtAddress       bind;
  guint           interval_s;
  guint16         http_port;
  guint16         udp_port;
  guint8          secret[BT_SHA1_BYTES];  /* behind connection ids */
  guint64         n_announces;
};

gboolean bt_tracker_server_listen_http (BtTrackerServer  *server,
                                        GError          **error);
/* On `port` (0: any) of every family that is bound. Closes what it opened when one cannot be had. */
gboolean bt_tracker_server_listen_udp  (BtTrackerServer  *server,
                                        guint16           port,
                                        GError          **error);
void     bt_tracker_server_close_udp   (BtTrackerServer  *server);

G_END_DECLS
