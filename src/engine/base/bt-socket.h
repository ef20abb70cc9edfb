/* bt-socket.h - how every socket of an engine is made: bound to one network interface when one is chosen
 *
 * One interface for everything is what SO_BINDTODEVICE does: the kernel takes nothing for such a socket from elsewhere
 * and sends nothing of it elsewhere, whatever the routes say. An ordinary user may bind a socket once (Linux 5.7).
 *
 * Invariant: a socket that could not be bound is never used.
 * Thread: whichever owns the rules; no locking.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <net/if.h>

G_BEGIN_DECLS

/* RFC 8622, «lower effort»: what others send goes first. The code point stands left of two bits of congestion. */
#define BT_SOCKET_LOWER_EFFORT (0x01 << 2)

typedef struct
{
  char  device[IFNAMSIZ];  /* that sockets are bound to; empty: whichever there is */
  guint is_shut : 1;       /* none is to be made now: ENETDOWN */
} BtSocketRules;

/* By g_rc_box: what outlives the engine's own objects, like a libsoup session, has a reference. */
BtSocketRules *bt_socket_rules_new   (void);
BtSocketRules *bt_socket_rules_ref   (BtSocketRules       *rules);
void           bt_socket_rules_unref (BtSocketRules       *rules);

/* A socket that does not block and is closed on exec. -1 with errno: the kernel's, ENODEV when the device is not
 * there. */
int            bt_socket_open        (const BtSocketRules *rules,
                                      int                  family,
                                      int                  type,
                                      int                  protocol);
/* The same for one that a library has made and not connected yet. Returns 0, or an errno: then it must not be used. */
int            bt_socket_prepare     (const BtSocketRules *rules,
                                      int                  fd);

/* To an interface, be it there or not. */
gboolean       bt_socket_is_bound    (int                  fd);
/* A TCP connection ends with a reset when its last descriptor is closed; as those do that are bound, see
 * bt-socket-close.h. */
void           bt_socket_set_reset   (int                  fd,
                                      gboolean             is_reset);

/* BT_SOCKET_LOWER_EFFORT, or 0: like everything else. `family`: AF_INET or AF_INET6. A wish: errors are ignored. */
void           bt_socket_set_class   (int                  fd,
                                      int                  family,
                                      guint8               traffic_class);
/* Closes a socket that does not do what it should; errno stays. Returns -1. */
int            bt_socket_give_up     (int                  fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtSocketRules, bt_socket_rules_unref)

G_END_DECLS
