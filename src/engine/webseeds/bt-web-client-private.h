/* bt-web-client-private.h - what fetches take from the client
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-web-client.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Borrowed. */
SoupSession *bt_web_client_get_session (BtWebClient *client);
BtClock     *bt_web_client_get_clock   (BtWebClient *client);
/* A fetch from `host` begins (+1) or ends (-1). */
void         bt_web_client_count       (BtWebClient *client,
                                        const char  *host,
                                        int          change);

G_END_DECLS
