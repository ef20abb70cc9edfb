/* bt-udp.h - datagrams on the port that peers reach us at, shared by all who speak UDP there
 *
 * A socket a family. Whoever wants datagrams adds a function; they are asked in the order in which they were added,
 * and the first that takes a datagram is the last to see it.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-poller.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_UDP_MAX_TAKERS        4
#define BT_UDP_MAX_RECEIVE_BYTES 4096  /* longer ones are dropped */
#define BT_UDP_MAX_READS         64    /* datagrams a turn, of each family */

typedef struct _BtUdp BtUdp;

typedef struct
{
  BtAddress bind4;         /* family NONE: any; ports ignored */
  BtAddress bind6;
  guint     use_ipv4 : 1;
  guint     use_ipv6 : 1;
  guint16   port;          /* 0: any, which may differ between the families */
} BtUdpConfig;

typedef struct
{
  guint64 n_received;
  guint64 n_sent;
  guint64 n_dropped;       /* that came: too long, or nobody took them */
  guint64 n_unsent;        /* that the kernel did not take, because it had no room or nobody is there */
} BtUdpFacts;

/* Whether these bytes are a message of its own. `from` and `bytes` are borrowed for the call. May call anything,
 * bt_udp_free() too; then it must return TRUE. */
typedef gboolean (*BtUdpTake) (const BtAddress *from,
                               const guint8    *bytes,
                               gsize            n_bytes,
                               gpointer         user_data);

/* NULL with an error, G_IO_ERROR of the last errno, when no family could be opened; one alone is no failure:
 * bt_udp_get_errno(). */
BtUdp   *bt_udp_new       (BtPoller           *poller,
                           const BtUdpConfig  *config,
                           GError            **error);
void     bt_udp_free      (BtUdp              *udp);
/* 0 when the family is not open. */
guint16  bt_udp_get_port  (BtUdp              *udp,
                           BtFamily            family);
/* Why a family that was to be used is not open; 0: it is, or was not to be. */
int      bt_udp_get_errno (BtUdp              *udp,
                           BtFamily            family);
/* At most BT_UDP_MAX_TAKERS (asserted). */
void     bt_udp_add       (BtUdp              *udp,
                           BtUdpTake           take,
                           gpointer            user_data);
void     bt_udp_remove    (BtUdp              *udp,
                           BtUdpTake           take,
                           gpointer            user_data);
/* One datagram, now or never. FALSE: the kernel did not take it, or the address's family is not open. */
gboolean bt_udp_send      (BtUdp              *udp,
                           const BtAddress    *to,
                           const guint8       *bytes,
                           gsize               n_bytes);
void     bt_udp_get_facts (BtUdp              *udp,
                           BtUdpFacts         *out_facts);

G_END_DECLS
