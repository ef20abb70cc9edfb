/* bt-socket-close.h - how a connection that is bound to one network interface ends
 *
 * What the kernel says of a socket that no process has any more does not go by the interface that the socket was bound
 * to, but by the routes: a reset for everything that still comes, and over IPv6 already the last acknowledgement of a
 * connection that we end first (tcp_v6_timewait_ack() looks up the route as if it were any packet's). So such a socket
 * is kept until the other side has ended, too, or for some seconds: what comes is thrown away.
 *
 * bt_socket_prepare() sees to it that one that is closed before, or by the end of the process, is reset: the kernel
 * says that for the socket while it is still there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_SOCKET_CLOSE_MAX       256                      /* at once, of the process; more are reset */
#define BT_SOCKET_CLOSE_US        (5 * G_USEC_PER_SEC)     /* for the other side to end */
#define BT_SOCKET_CLOSE_LAST_US   (1 * G_USEC_PER_SEC)     /* the same when the engine ends */
#define BT_SOCKET_CLOSE_MAX_BYTES (16 * 1024 * 1024)       /* thrown away of one */

/* Takes the TCP socket `fd`, which nothing watches. One that is not bound is closed as ever. `context`: whose loop
 * waits; NULL: the thread's default. Thread: any. */
void     bt_socket_close       (int           fd,
                                GMainContext *context);
/* Runs the loop until those that wait there have ended. Thread: the context's. */
void     bt_socket_close_wait  (GMainContext *context);
/* How many wait there; NULL: everywhere. Thread: any. */
guint    bt_socket_close_count (GMainContext *context);
/* Whether this descriptor is one of them. Thread: any. */
gboolean bt_socket_close_has   (int           fd);
/* The same for the socket of a library, which closes it when it likes: bound already, not yet connected. */
void     bt_socket_close_with  (GSocket      *socket);

G_END_DECLS
