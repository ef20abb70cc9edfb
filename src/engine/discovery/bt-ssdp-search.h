/* bt-ssdp-search.h - looks for routers that speak UPnP, in the network of one of them
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-gateways.h"

#include "base/bt-clock.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

#define BT_SSDP_SEARCH_MAX_DEVICES 8  /* that answer a search; more are left out */

typedef struct _BtSsdpSearch BtSsdpSearch;

/* `group`: whom to ask, BT_SSDP_GROUP4 or 6 at BT_SSDP_PORT but in tests. `func`: a search is over. NULL: the socket
 * could not be made, as errno says. */
BtSsdpSearch *bt_ssdp_search_new      (BtPoller        *poller,
                                       BtClock         *clock,
                                       const BtGateway *gateway,
                                       const BtAddress *group,
                                       void           (*func) (gpointer user_data),
                                       gpointer         user_data);
void          bt_ssdp_search_free     (BtSsdpSearch    *search);
/* Forgets what was found; `func` comes once, later: when the gateway itself has answered, or after some seconds. */
void          bt_ssdp_search_begin    (BtSsdpSearch    *search);
/* Nothing comes any more. */
void          bt_ssdp_search_stop     (BtSsdpSearch    *search);
/* Of descriptions, the gateway's own first. NULL: there are not so many. */
const char   *bt_ssdp_search_get_url  (BtSsdpSearch    *search,
                                       guint            index);

G_END_DECLS
