/* test-port.h - ports that nobody else gets while a test uses them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Holds a UDP port of all IPv4 addresses for sockets that share theirs (SO_REUSEADDR): no other test is given it, as
 * long as the descriptor that is returned is open. Nothing has to be read from it. */
int test_hold_shared_port (guint16 *out_port);
/* A UDP socket of 127.0.0.1 that takes its port from whoever wants it. The TCP port of the same number is held in
 * `out_tcp` for a listener. */
int test_take_udp_port    (guint16 *out_port,
                           int     *out_tcp);

G_END_DECLS
