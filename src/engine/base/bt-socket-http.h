/* bt-socket-http.h - the same for the sockets that libsoup makes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socket.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define BT_SOCKET_HTTP_MAX_INTERIM 16  /* answers before the one that counts */

/* Every socket of the session is prepared by `rules`, as they are when it is made, just before it connects: each
 * attempt of several addresses, each redirection, TLS or not. One that cannot be is closed, and the attempt fails. To
 * be called before the first message is sent. */
void bt_socket_rule_http  (BtSocketRules *rules,
                           SoupSession   *session);
/* Cancels when the server says again and again that an answer is to come ("100 Continue"): libsoup reads that in one go
 * as long as there is more, so that nothing else would ever run. To be called for each message before it is sent. */
void bt_socket_guard_http (SoupMessage   *message,
                           GCancellable  *cancellable);
/* What is wrong with a certificate, to stand behind a colon: the first fault that is not the others' fault. */
const char *bt_socket_describe_certificate (GTlsCertificateFlags flags);

G_END_DECLS
