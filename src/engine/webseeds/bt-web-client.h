/* bt-web-client.h - what all web seeds of an engine share: the HTTP session, and how many connections there may be
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-socket.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_WEB_MAX_CONNECTIONS          64
#define BT_WEB_MAX_CONNECTIONS_PER_HOST 6

typedef struct _BtWebClient BtWebClient;

typedef struct
{
  const char *user_agent;  /* borrowed for the call; nullable */
  BtAddress   bind4;       /* family NONE: any */
  BtAddress   bind6;
  BtSocketRules *socket_rules;  /* a reference is taken; NULL: none */
} BtWebClientConfig;

/* Thread: the engine's; its context must be the thread-default one. */
BtWebClient *bt_web_client_new           (BtClock                 *clock,
                                          const BtWebClientConfig *config);
/* Everything must be over or cancelled (asserted). */
void         bt_web_client_free          (BtWebClient             *client);
/* Everything must be over or cancelled: connections that are kept for later end. */
void         bt_web_client_forget        (BtWebClient             *client);
/* Whether another fetch from `host` may begin now. */
gboolean     bt_web_client_has_room      (BtWebClient             *client,
                                          const char              *host);
guint        bt_web_client_get_n_active  (BtWebClient             *client);

G_END_DECLS
