/* bt-igd-http.h - one HTTP request at a time to a device of the local network, whose answer is small
 *
 * No proxy, no redirect, no password; what does not come in time, or is too long, is no answer.
 *
 * Thread: the thread-default context's, which is that of who made it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-socket.h"

G_BEGIN_DECLS

#define BT_IGD_HTTP_TIMEOUT_US (5 * BT_SECOND_US)  /* from the request to the end of the answer */

typedef struct _BtIgdHttp BtIgdHttp;

/* `body`: at most BT_IGD_MAX_TEXT_BYTES, borrowed; NULL: no answer. May free the BtIgdHttp. */
typedef void (*BtIgdHttpFunc) (GBytes   *body,
                               gpointer  user_data);

/* `local`: our address, whose port does not count. */
BtIgdHttp *bt_igd_http_new    (BtClock         *clock,
                               BtSocketRules   *rules,
                               const BtAddress *local);
/* What is asked is given up. */
void       bt_igd_http_free   (BtIgdHttp       *http);
/* Likewise; harmless when nothing is asked. */
void       bt_igd_http_cancel (BtIgdHttp       *http);
/* `body` (nullable: GET) is posted with the header SOAPAction. What was asked before is given up. */
void       bt_igd_http_send   (BtIgdHttp       *http,
                               const char      *url,
                               const char      *soap_action,
                               const char      *body,
                               BtIgdHttpFunc    func,
                               gpointer         user_data);

G_END_DECLS
