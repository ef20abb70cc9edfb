/* net.h - a made-up network of DHT nodes on a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "dht/bt-dht.h"

#include "base/bt-random.h"

G_BEGIN_DECLS

#define NET_SECOND_US G_GINT64_CONSTANT (1000000)

typedef struct _Net     Net;
typedef struct _NetNode NetNode;

/* Takes the place of a node: answers, or not, with whatever it likes. `bytes` is a datagram to `node`. */
typedef void (*NetLiarFunc) (NetNode         *node,
                             const BtAddress *from,
                             const guint8    *bytes,
                             gsize            n_bytes);

struct _NetNode
{
  Net        *net;          /* borrowed */
  BtAddress   addresses[2]; /* IPv4, IPv6; family NONE: it has none */
  BtDht      *dht;          /* owned, nullable: it has gone */
  NetLiarFunc liar;         /* nullable */
  gpointer    liar_data;    /* borrowed */
  guint       index;
  guint64     n_received;
  guint       n_seen_at;
  BtAddress   seen_at;      /* the last that it was told */
  guint64     timer_serial; /* the net's */
  gint64      timer_us;
};

struct _Net
{
  gint64     now_us;
  BtRandom   random;
  GPtrArray *nodes;          /* owned; of NetNode */
  GHashTable *by_address;    /* BtAddress → NetNode */
  guint      loss_permille;
  gint64     min_latency_us;
  gint64     max_latency_us;
  guint64    n_packets;
  guint64    n_serial;
  gpointer   events;         /* the net's */
  gpointer   wire_func_data; /* borrowed */
  /* Nullable: sees each datagram when it is sent. */
  void     (*wire_func)     (Net             *net,
                             const BtAddress *from,
                             const BtAddress *to,
                             const guint8    *bytes,
                             gsize            n_bytes);
};

Net     *net_new        (guint64          seed);
void     net_free       (Net             *net);
/* A node with a public address of its own in each family asked for. Ids are right for it (BEP 42). */
NetNode *net_add        (Net             *net,
                         gboolean         has_ipv4,
                         gboolean         has_ipv6,
                         GBytes          *saved);
/* Something at an address, without a node. */
NetNode *net_add_liar   (Net             *net,
                         const BtAddress *address,
                         NetLiarFunc      liar,
                         gpointer         liar_data);
/* It leaves without a word. */
void     net_kill       (NetNode         *node);
void     net_random_address (Net         *net,
                             BtFamily     family,
                             BtAddress   *out_address);
/* Tells `node` of `other`. */
void     net_introduce  (NetNode         *node,
                         const NetNode   *other);
/* Sends a datagram from anywhere. */
void     net_send       (Net             *net,
                         const BtAddress *from,
                         const BtAddress *to,
                         const guint8    *bytes,
                         gsize            n_bytes);
void     net_run        (Net             *net,
                         gint64           for_us);
/* Until the flag is set; FALSE: it was not within `for_us`. */
gboolean net_run_until  (Net             *net,
                         const gboolean  *flag,
                         gint64           for_us);
/* After anything was asked of the node: it may be due earlier now. */
void     net_wake       (NetNode         *node);

/* --- Searches --- */

typedef struct
{
  gboolean          is_done;
  BtDhtSearchResult result;
  GArray           *peers;  /* owned; of BtAddress */
  BtDhtItem         item;   /* the last */
  guint             n_items;
} NetSearch;

void     net_search_init  (NetSearch     *search);
void     net_search_clear (NetSearch     *search);
void     net_peers_cb     (gpointer       search,
                           const BtAddress *peers,
                           gsize          n_peers);
void     net_item_cb      (gpointer       search,
                           const BtDhtItem *item);
void     net_done_cb      (gpointer       search,
                           const BtDhtSearchResult *result);
/* Looks for peers and runs the net until it is done; announces `port` unless 0. */
void     net_search       (NetNode       *node,
                           const BtDhtId *hash,
                           BtDhtSearchFlags flags,
                           guint16        port,
                           NetSearch     *search);

G_END_DECLS
