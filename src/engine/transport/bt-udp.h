/* bt-udp.h - datagrams on the port that peers reach us at, shared by all who speak UDP there
 *
 * A socket a family. Whoever wants datagrams adds itself; they are asked in the order in which they were added,
 * and the first that takes a datagram is the last to see it.
 *
 * Many are moved by one call of the kernel. Neighbours of one length to one address go out as one, and the kernel or
 * the network card cuts it (UDP_SEGMENT); what was put together on its way in (UDP_GRO) is taken apart before anybody
 * sees it. A kernel that refuses either is not asked for ever.
 *
 * A machine has several addresses, and whoever asked at one of them only knows the answer when it comes from there: so
 * what comes tells at which it came, and what goes may say from which it goes.
 *
 * What is sent may be fragmented on its way, except for probes, which find out what a path takes.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socks-udp.h"

#include "base/bt-address.h"
#include "base/bt-poller.h"

#include <gio/gio.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define BT_UDP_MAX_TAKERS        4
#define BT_UDP_MAX_RECEIVE_BYTES 16384 /* longer ones are dropped */
#define BT_UDP_MAX_READS         64    /* messages a turn, of each family; one that was put together counts once */
#define BT_UDP_MAX_TURN_BYTES    (1024 * 1024)      /* after so many a turn reads no more */
#define BT_UDP_MAX_ERRORS        64    /* reports of hosts and routers that are looked at in a turn */
#define BT_UDP_MAX_IOV           4     /* vectors of one datagram that is sent */
#define BT_UDP_BUFFER_BYTES      (4 * 1024 * 1024)  /* wished for of the kernel, each way */

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
  guint64 n_reads;         /* calls of the kernel that brought something */
  guint64 n_writes;        /* calls of the kernel that took something */
} BtUdpFacts;

/* Who wants datagrams. Each may call anything, bt_udp_free() too; then `take` must return TRUE. */
typedef struct
{
  /* Whether these bytes are a message of its own. `local` is our address that they came to; family NONE: it is not
   * known, or there is but one. All but `user_data` are borrowed for the call. */
  gboolean (*take)     (const BtAddress *from,
                        const BtAddress *local,
                        const guint8    *bytes,
                        gsize            n_bytes,
                        gpointer         user_data);
  /* Nullable. The kernel had no room, and may have some again. */
  void     (*writable) (gpointer         user_data);
  /* Nullable. A host or a router says that what was sent to `to` did not arrive (ICMP): ECONNREFUSED when nobody is at
   * the port, or another errno. Nobody vouches for such a report. */
  void     (*refused)  (const BtAddress *to,
                        int              code,
                        gpointer         user_data);
} BtUdpTaker;

/* One of many to be sent. */
typedef struct
{
  BtAddress           to;
  BtAddress           local;         /* our address that it goes from, of the same family; NONE: as the routes say */
  const struct iovec *iov;           /* borrowed for the call */
  guint8              n_iov;         /* BT_UDP_MAX_IOV at most, and one at least */
  guint               is_probe : 1;  /* may not be fragmented on its way */
  int                 code;          /* out: 0: it was sent; else why not, as errno. EMSGSIZE: the path takes less;
                                      * EINVAL, or that there is no way: `local` may not be ours any more */
} BtUdpDatagram;

/* NULL with an error, G_IO_ERROR of the last errno, when no family could be opened; one alone is no failure:
 * bt_udp_get_errno(). */
BtUdp   *bt_udp_new       (BtPoller           *poller,
                           const BtUdpConfig  *config,
                           GError            **error);
/* Everything goes through a proxy, which has to be open: no socket is. It looks like IPv4, but sends to both families.
 * `relay` is borrowed and outlives it. */
BtUdp   *bt_udp_new_relayed (BtPoller         *poller,
                             BtSocksUdp       *relay);
void     bt_udp_free      (BtUdp              *udp);
/* 0 when the family is not open. */
guint16  bt_udp_get_port  (BtUdp              *udp,
                           BtFamily            family);
/* Why a family that was to be used is not open; 0: it is, or was not to be. */
int      bt_udp_get_errno (BtUdp              *udp,
                           BtFamily            family);
/* Our address towards `remote`, and the longest packet, all heads included, that its path is known to carry, as the
 * kernel's tables say; nothing is sent. FALSE: there is no way there, or only a proxy knows of it, whose address is
 * ours then. */
gboolean bt_udp_look_up_path (BtUdp           *udp,
                              const BtAddress *remote,
                              BtAddress       *out_local,
                              guint           *out_mtu);
/* At most BT_UDP_MAX_TAKERS (asserted). `taker` is borrowed. */
void     bt_udp_add       (BtUdp              *udp,
                           const BtUdpTaker   *taker,
                           gpointer            user_data);
void     bt_udp_remove    (BtUdp              *udp,
                           const BtUdpTaker   *taker,
                           gpointer            user_data);
/* BT_SOCKET_LOWER_EFFORT, or 0: like everything else. From now on. */
void     bt_udp_set_class (BtUdp              *udp,
                           guint8              traffic_class);
/* One datagram, now or never; `local` is nullable. FALSE: the kernel did not take it, or the address's family is not
 * open. */
gboolean bt_udp_send      (BtUdp              *udp,
                           const BtAddress    *local,
                           const BtAddress    *to,
                           const guint8       *bytes,
                           gsize               n_bytes);
/* In their order, which is best so that those to one address follow each other. Returns how many are done with:
 * sent, or refused, as their `code` says. When that is not all of them the kernel has no room, and `writable` will
 * come. */
gsize    bt_udp_send_batch (BtUdp             *udp,
                            BtUdpDatagram     *datagrams,
                            gsize              n_datagrams);
void     bt_udp_get_facts (BtUdp              *udp,
                           BtUdpFacts         *out_facts);

G_END_DECLS
