/* bt-resolver.h - names are asked for through one network interface only
 *
 * GIO and libsoup ask the process's one GResolver, which is the C library's and asks whomever it likes by whatever way.
 * Once an engine is to use one interface only, ours takes its place: for threads that have said by which rules they
 * ask it asks name servers itself (c-ares), on sockets made by these rules; for all others, and while the rules name no
 * interface, it hands on to the one before. What is in /etc/hosts is known without asking.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socket.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_RESOLVER_MAX_THREADS   4   /* look-ups at once, of all engines; others wait */
#define BT_RESOLVER_MAX_ADDRESSES 32  /* taken of one name */
#define BT_RESOLVER_TIMEOUT_S     15  /* of a whole look-up */

/* What this thread asks GResolver from now on goes by `rules`, as they are at each look-up; the last call counts. NULL:
 * like any other thread. Thread: any. */
void bt_resolver_set_rules (BtSocketRules *rules);
/* Puts ours in its place; harmless when it is there. Thread: any. */
void bt_resolver_install   (void);

G_END_DECLS
