/* bt-socket-list.h - the internet sockets that this process has open, as the kernel knows them
 *
 * Nothing is noted when a socket is made: what is told is what is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-address.h"

#include <net/if.h>

G_BEGIN_DECLS

#define BT_SOCKET_LIST_MAX 4096  /* descriptors that are looked at */

typedef struct
{
  BtAddress local;               /* family NONE: not known */
  BtAddress remote;              /* family NONE: not connected */
  char      device[IFNAMSIZ];    /* that it is bound to, or else that has its local address; empty: any */
  guint     is_bound : 1;        /* the kernel lets nothing of it go another way */
  guint     is_tcp : 1;
  guint     is_listening : 1;
  guint     is_closing : 1;      /* nobody uses it any more, see bt-socket-close.h */
} BtSocketEntry;

/* Blocks for as long as some system calls for each descriptor take. (transfer full): of BtSocketEntry. Thread: any. */
GArray *bt_socket_list (void);

G_END_DECLS
