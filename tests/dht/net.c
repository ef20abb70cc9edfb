/* net.c - a made-up network of DHT nodes on a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include <string.h>

/* A datagram on its way, or (without bytes) a node's timer. Smallest due time first, in a binary heap. */
typedef struct
{
  gint64     due_at_us;
  guint64    serial;
  BtAddress  from;
  BtAddress  to;
  guint8    *bytes;    /* owned */
  gsize      n_bytes;
  NetNode   *node;     /* borrowed: of a timer */
} Event;

static gboolean
is_before (const Event *a,
           const Event *b)
{
  return a->due_at_us < b->due_at_us || (a->due_at_us == b->due_at_us && a->serial < b->serial);
}

static void
heap_push (GArray      *heap,
           const Event *event)
{
  guint at = heap->len;

  g_array_append_val (heap, *event);
  while (at > 0)
    {
      Event *child = &g_array_index (heap, Event, at);
      Event *parent = &g_array_index (heap, Event, (at - 1) / 2);
      Event swap;

      if (!is_before (child, parent))
        break;
      swap = *child;
      *child = *parent;
      *parent = swap;
      at = (at - 1) / 2;
    }
}

static Event
heap_pop (GArray *heap)
{
  Event top = g_array_index (heap, Event, 0);
  guint at = 0;

  g_array_index (heap, Event, 0) = g_array_index (heap, Event, heap->len - 1);
  g_array_set_size (heap, heap->len - 1);
  for (;;)
    {
      guint least = at;
      Event swap;

      for (guint child = 2 * at + 1; child <= 2 * at + 2 && child < heap->len; child++)
        if (is_before (&g_array_index (heap, Event, child), &g_array_index (heap, Event, least)))
          least = child;
      if (least == at)
        return top;
      swap = g_array_index (heap, Event, at);
      g_array_index (heap, Event, at) = g_array_index (heap, Event, least);
      g_array_index (heap, Event, least) = swap;
      at = least;
    }
}

static void
node_free (gpointer data)
{
  NetNode *node = data;

  bt_dht_free (node->dht);
  g_free (node);
}

Net *
net_new (guint64 seed)
{
  Net *net = g_new0 (Net, 1);

  net->now_us = 1000 * NET_SECOND_US;
  bt_random_init (&net->random, seed);
  net->nodes = g_ptr_array_new_with_free_func (node_free);
  net->by_address = g_hash_table_new (bt_address_hash, bt_address_equal);
  net->events = g_array_new (FALSE, FALSE, sizeof (Event));
  net->min_latency_us = 10000;
  net->max_latency_us = 10000;
  return net;
}

void
net_free (Net *net)
{
  GArray *heap = net->events;

  for (guint i = 0; i < heap->len; i++)
    g_free (g_array_index (heap, Event, i).bytes);
  g_array_unref (heap);
  g_hash_table_unref (net->by_address);
  g_ptr_array_unref (net->nodes);
  g_free (net);
}

void
net_send (Net             *net,
          const BtAddress *from,
          const BtAddress *to,
          const guint8    *bytes,
          gsize            n_bytes)
{
  guint32 spread = (guint32) (net->max_latency_us - net->min_latency_us) + 1;
  Event event = { .from = *from, .to = *to, .n_bytes = n_bytes, .serial = ++net->n_serial };

  net->n_packets++;
  if (net->wire_func != NULL)
    net->wire_func (net, from, to, bytes, n_bytes);
  if (bt_random_below (&net->random, 1000) < net->loss_permille)
    return;
  event.due_at_us = net->now_us + net->min_latency_us + bt_random_below (&net->random, spread);
  event.bytes = g_memdup2 (bytes, n_bytes);
  heap_push (net->events, &event);
}

static void
send_cb (gpointer         owner,
         const BtAddress *to,
         const guint8    *bytes,
         gsize            n_bytes)
{
  NetNode *node = owner;

  net_send (node->net, &node->addresses[to->family == BT_FAMILY_IPV6 ? 1 : 0], to, bytes, n_bytes);
}

static void
seen_at_cb (gpointer         owner,
            const BtAddress *voter,
            const BtAddress *address)
{
  NetNode *node = owner;

  node->n_seen_at++;
  node->seen_at = *address;
}

static const BtDhtOps node_ops = { send_cb, seen_at_cb };

void
net_random_address (Net       *net,
                    BtFamily   family,
                    BtAddress *out_address)
{
  BtAddress address = { .family = (guint8) family };

  do
    {
      for (guint i = 0; i < (family == BT_FAMILY_IPV4 ? 4u : 16u); i++)
        address.ip[i] = (guint8) bt_random_next (&net->random);
      if (family == BT_FAMILY_IPV6)
        address.ip[0] = 0x24;
      address.port = (guint16) (1024 + bt_random_below (&net->random, 60000));
    }
  while (!bt_address_is_connectable (&address) || bt_address_is_local (&address) ||
         g_hash_table_contains (net->by_address, &address));
  *out_address = address;
}

void
net_wake (NetNode *node)
{
  Net *net = node->net;
  Event event = { .node = node };
  gint64 next_us;

  if (node->dht == NULL)
    return;
  next_us = MAX (bt_dht_get_next_us (node->dht), net->now_us);
  if (node->timer_serial != 0 && node->timer_us <= next_us)
    return;
  event.due_at_us = next_us;
  event.serial = ++net->n_serial;
  /* The one before comes to nothing. */
  node->timer_serial = event.serial;
  node->timer_us = next_us;
  heap_push (net->events, &event);
}

static NetNode *
add_place (Net *net)
{
  NetNode *node = g_new0 (NetNode, 1);

  node->net = net;
  node->index = net->nodes->len;
  g_ptr_array_add (net->nodes, node);
  return node;
}

NetNode *
net_add (Net      *net,
         gboolean  has_ipv4,
         gboolean  has_ipv6,
         GBytes   *saved)
{
  BtDhtConfig config = { .has_ipv4 = has_ipv4 != FALSE, .has_ipv6 = has_ipv6 != FALSE,
                         .version = "FS01", .saved = saved };
  NetNode *node = add_place (net);

  for (guint i = 0; i < BT_DHT_SECRET_BYTES; i++)
    config.secret[i] = (guint8) bt_random_next (&net->random);
  node->dht = bt_dht_new (&config, &node_ops, node, net->now_us);
  for (guint i = 0; i < 2; i++)
    {
      if (!(i == 0 ? has_ipv4 : has_ipv6))
        continue;
      net_random_address (net, i == 0 ? BT_FAMILY_IPV4 : BT_FAMILY_IPV6, &node->addresses[i]);
      g_hash_table_insert (net->by_address, &node->addresses[i], node);
      bt_dht_set_external (node->dht, &node->addresses[i], net->now_us);
    }
  net_wake (node);
  return node;
}

NetNode *
net_add_liar (Net             *net,
              const BtAddress *address,
              NetLiarFunc      liar,
              gpointer         liar_data)
{
  NetNode *node = add_place (net);
  guint at = address->family == BT_FAMILY_IPV6 ? 1 : 0;

  node->liar = liar;
  node->liar_data = liar_data;
  node->addresses[at] = *address;
  g_hash_table_insert (net->by_address, &node->addresses[at], node);
  return node;
}

void
net_kill (NetNode *node)
{
  for (guint i = 0; i < 2; i++)
    if (node->addresses[i].family != BT_FAMILY_NONE)
      g_hash_table_remove (node->net->by_address, &node->addresses[i]);
  g_clear_pointer (&node->dht, bt_dht_free);
  node->liar = NULL;
}

void
net_introduce (NetNode       *node,
               const NetNode *other)
{
  for (guint i = 0; i < 2; i++)
    if (other->addresses[i].family != BT_FAMILY_NONE)
      bt_dht_add_node (node->dht, &other->addresses[i], node->net->now_us);
  net_wake (node);
}

static void
deliver (Net         *net,
         const Event *event)
{
  NetNode *node;

  if (event->node != NULL)
    {
      node = event->node;
      if (node->timer_serial != event->serial)
        return;
      node->timer_serial = 0;
      if (node->dht != NULL)
        bt_dht_tick (node->dht, net->now_us);
      net_wake (node);
      return;
    }
  node = g_hash_table_lookup (net->by_address, &event->to);
  if (node == NULL)
    return;
  node->n_received++;
  if (node->liar != NULL)
    {
      node->liar (node, &event->from, event->bytes, event->n_bytes);
      return;
    }
  if (node->dht == NULL)
    return;
  bt_dht_receive (node->dht, &event->from, event->bytes, event->n_bytes, net->now_us);
  net_wake (node);
}

static gboolean
run (Net            *net,
     const gboolean *flag,
     gint64          for_us)
{
  gint64 until_us = net->now_us + for_us;
  GArray *heap = net->events;

  while ((flag == NULL || !*flag) && heap->len > 0 &&
         g_array_index (heap, Event, 0).due_at_us <= until_us)
    {
      Event event = heap_pop (heap);

      net->now_us = MAX (net->now_us, event.due_at_us);
      deliver (net, &event);
      g_free (event.bytes);
    }
  if (flag != NULL && *flag)
    return TRUE;
  net->now_us = until_us;
  return FALSE;
}

void
net_run (Net    *net,
         gint64  for_us)
{
  run (net, NULL, for_us);
}

gboolean
net_run_until (Net            *net,
               const gboolean *flag,
               gint64          for_us)
{
  return run (net, flag, for_us);
}

/* --- Searches --- */

void
net_search_init (NetSearch *search)
{
  memset (search, 0, sizeof *search);
  search->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
}

void
net_search_clear (NetSearch *search)
{
  g_clear_pointer (&search->peers, g_array_unref);
}

void
net_peers_cb (gpointer         user_data,
              const BtAddress *peers,
              gsize            n_peers)
{
  NetSearch *search = user_data;

  g_assert_false (search->is_done);
  g_array_append_vals (search->peers, peers, (guint) n_peers);
}

void
net_item_cb (gpointer         user_data,
             const BtDhtItem *item)
{
  NetSearch *search = user_data;

  g_assert_false (search->is_done);
  search->item = *item;
  search->n_items++;
}

void
net_done_cb (gpointer                 user_data,
             const BtDhtSearchResult *result)
{
  NetSearch *search = user_data;

  g_assert_false (search->is_done);
  search->is_done = TRUE;
  search->result = *result;
}

void
net_search (NetNode          *node,
            const BtDhtId    *hash,
            BtDhtSearchFlags  flags,
            guint16           port,
            NetSearch        *search)
{
  net_search_init (search);
  if (port != 0)
    flags |= BT_DHT_SEARCH_ANNOUNCE;
  g_assert_cmpuint (bt_dht_search (node->dht, hash->bytes, flags, port, net_peers_cb, net_done_cb,
                                   search, node->net->now_us),
                    !=, 0);
  net_wake (node);
  g_assert_true (net_run_until (node->net, &search->is_done, 90 * NET_SECOND_US));
  g_assert_cmpuint (search->result.n_peers, ==, search->peers->len);
}
