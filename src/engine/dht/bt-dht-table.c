/* bt-dht-table.c - the nodes of one family that we know, many near to us and few far away (BEP 5)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-table.h"

/* What IPv6 gives to one subscriber at least. */
#define IPV6_NETWORK_BYTES 8

void
bt_dht_table_init (BtDhtTable    *table,
                   BtFamily       family,
                   const BtDhtId *own_id,
                   gint64         now_us)
{
  memset (table, 0, sizeof *table);
  table->own_id = *own_id;
  table->family = family;
  table->answered_at_us = G_MININT64;
  table->n_buckets = 1;
  table->buckets = g_new0 (BtDhtBucket, 1);
  table->buckets[0].changed_at_us = now_us;
}

void
bt_dht_table_clear (BtDhtTable *table)
{
  for (guint i = 0; i < table->n_buckets; i++)
    g_free (table->buckets[i].spare);
  g_clear_pointer (&table->buckets, g_free);
  table->n_buckets = 0;
  table->n_nodes = 0;
}

static BtDhtBucket *
get_bucket (const BtDhtTable *table,
            const BtDhtId    *id)
{
  guint n_shared = bt_dht_id_get_shared (&table->own_id, id);

  return &table->buckets[MIN (n_shared, table->n_buckets - 1)];
}

static gboolean
is_neighbour (const BtAddress *a,
              const BtAddress *b)
{
  if (a->family == BT_FAMILY_IPV6 && b->family == BT_FAMILY_IPV6)
    return memcmp (a->ip, b->ip, IPV6_NETWORK_BYTES) == 0;
  return bt_address_equal_ip (a, b);
}

/* Whether both may not be in the table at once. */
static gboolean
is_rival (const BtDhtNode *node,
          const BtDhtId   *id,
          const BtAddress *address)
{
  if (bt_dht_id_equal (&node->id, id))
    return TRUE;
  if (bt_address_is_local (address))
    return bt_address_equal (&node->address, address);
  return is_neighbour (&node->address, address);
}

static void
remove_node (BtDhtTable  *table,
             BtDhtBucket *bucket,
             guint        index)
{
  bucket->nodes[index] = bucket->nodes[--bucket->n_nodes];
  table->n_nodes--;
}

static void
remove_spare (BtDhtBucket *bucket,
              guint        index)
{
  bucket->n_spare--;
  memmove (bucket->spare + index, bucket->spare + index + 1,
           (bucket->n_spare - index) * sizeof *bucket->spare);
}

/* A node at this very address took another id, or it fails: it is gone. */
static gboolean
is_superseded (const BtDhtNode *node,
               const BtAddress *address)
{
  return node->n_failures > 0 || bt_address_equal (&node->address, address);
}

/* Removes the rivals that are gone. FALSE: there is one that is not. */
static gboolean
make_way (BtDhtTable      *table,
          const BtDhtId   *id,
          const BtAddress *address)
{
  for (guint b = 0; b < table->n_buckets; b++)
    {
      BtDhtBucket *bucket = &table->buckets[b];

      for (guint i = bucket->n_nodes; i > 0; i--)
        {
          if (!is_rival (&bucket->nodes[i - 1], id, address))
            continue;
          if (!is_superseded (&bucket->nodes[i - 1], address))
            return FALSE;
          remove_node (table, bucket, i - 1);
        }
      for (guint i = bucket->n_spare; i > 0; i--)
        if (is_rival (&bucket->spare[i - 1], id, address))
          remove_spare (bucket, i - 1);
    }
  return TRUE;
}

static void
add_spare (BtDhtBucket     *bucket,
           const BtDhtNode *node)
{
  if (bucket->spare == NULL)
    bucket->spare = g_new (BtDhtNode, BT_DHT_MAX_SPARE);
  if (bucket->n_spare == BT_DHT_MAX_SPARE)
    remove_spare (bucket, 0);
  bucket->spare[bucket->n_spare++] = *node;
}

/* The place of one that may go for the newcomer; -1: all are as good. */
static int
find_worse (const BtDhtBucket *bucket,
            const BtDhtNode   *newcomer)
{
  int worst = -1;

  for (guint i = 0; i < bucket->n_nodes; i++)
    {
      const BtDhtNode *node = &bucket->nodes[i];
      guint n_failures = worst < 0 ? 0 : bucket->nodes[worst].n_failures;

      if (node->n_failures > n_failures || (worst < 0 && newcomer->is_right && !node->is_right))
        worst = (int) i;
    }
  return worst;
}

static gboolean insert (BtDhtTable      *table,
                        const BtDhtNode *node,
                        gint64           now_us);

/* The last bucket becomes two. */
static void
split (BtDhtTable *table,
       gint64      now_us)
{
  BtDhtNode spare[BT_DHT_MAX_SPARE];
  BtDhtBucket *old;
  BtDhtBucket *new;
  guint n_spare;

  table->buckets = g_renew (BtDhtBucket, table->buckets, table->n_buckets + 1);
  old = &table->buckets[table->n_buckets - 1];
  new = &table->buckets[table->n_buckets];
  memset (new, 0, sizeof *new);
  new->changed_at_us = old->changed_at_us;
  for (guint i = old->n_nodes; i > 0; i--)
    {
      const BtDhtNode *node = &old->nodes[i - 1];

      if (bt_dht_id_get_shared (&table->own_id, &node->id) < table->n_buckets)
        continue;
      new->nodes[new->n_nodes++] = *node;
      old->nodes[i - 1] = old->nodes[--old->n_nodes];
    }
  table->n_buckets++;
  n_spare = old->n_spare;
  if (n_spare > 0)
    memcpy (spare, old->spare, n_spare * sizeof *spare);
  old->n_spare = 0;
  for (guint i = 0; i < n_spare; i++)
    insert (table, &spare[i], now_us);
}

/* A node that has no rival in the table. */
static gboolean
insert (BtDhtTable      *table,
        const BtDhtNode *node,
        gint64           now_us)
{
  BtDhtBucket *bucket = get_bucket (table, &node->id);
  int worse;

  while (bucket->n_nodes == BT_DHT_K && bucket == &table->buckets[table->n_buckets - 1] &&
         table->n_buckets < BT_DHT_MAX_BUCKETS)
    {
      split (table, now_us);
      bucket = get_bucket (table, &node->id);
    }
  if (bucket->n_nodes < BT_DHT_K)
    {
      bucket->nodes[bucket->n_nodes++] = *node;
      bucket->changed_at_us = now_us;
      table->n_nodes++;
      return TRUE;
    }
  worse = find_worse (bucket, node);
  if (worse < 0)
    {
      add_spare (bucket, node);
      return FALSE;
    }
  bucket->nodes[worse] = *node;
  bucket->changed_at_us = now_us;
  return TRUE;
}

void
bt_dht_table_set_own_id (BtDhtTable    *table,
                         const BtDhtId *own_id,
                         gint64         now_us)
{
  BtDhtTable old = *table;

  bt_dht_table_init (table, old.family, own_id, now_us);
  table->answered_at_us = old.answered_at_us;
  for (guint b = 0; b < old.n_buckets; b++)
    {
      for (guint i = 0; i < old.buckets[b].n_nodes; i++)
        if (!bt_dht_id_equal (&old.buckets[b].nodes[i].id, own_id))
          insert (table, &old.buckets[b].nodes[i], now_us);
    }
  bt_dht_table_clear (&old);
}

BtDhtNode *
bt_dht_table_find (BtDhtTable      *table,
                   const BtDhtId   *id,
                   const BtAddress *address)
{
  BtDhtBucket *bucket = get_bucket (table, id);

  for (guint i = 0; i < bucket->n_nodes; i++)
    {
      BtDhtNode *node = &bucket->nodes[i];

      if (bt_dht_id_equal (&node->id, id) && bt_address_equal (&node->address, address))
        return node;
    }
  return NULL;
}

gboolean
bt_dht_table_answered (BtDhtTable      *table,
                       const BtDhtId   *id,
                       const BtAddress *address,
                       guint            round_trip_ms,
                       gint64           now_us)
{
  BtDhtNode  fresh = { .heard_at_us = now_us, .asked_at_us = G_MININT64, .id = *id,
                       .address = *address };
  BtDhtNode *node;

  if (bt_dht_id_equal (id, &table->own_id))
    return FALSE;
  table->answered_at_us = now_us;
  round_trip_ms = CLAMP (round_trip_ms, 1, G_MAXUINT16);
  node = bt_dht_table_find (table, id, address);
  if (node != NULL)
    {
      node->heard_at_us = now_us;
      node->n_failures = 0;
      node->round_trip_ms = (guint16) ((node->round_trip_ms * 3u + round_trip_ms) / 4);
      return TRUE;
    }
  if (!make_way (table, id, address))
    return FALSE;
  fresh.round_trip_ms = (guint16) round_trip_ms;
  fresh.is_right = bt_dht_id_is_right (id, address) != FALSE;
  return insert (table, &fresh, now_us);
}

static gboolean
has_rival (const BtDhtTable *table,
           const BtDhtId    *id,
           const BtAddress  *address)
{
  for (guint b = 0; b < table->n_buckets; b++)
    {
      const BtDhtBucket *bucket = &table->buckets[b];

      for (guint i = 0; i < bucket->n_nodes; i++)
        if (is_rival (&bucket->nodes[i], id, address) &&
            !is_superseded (&bucket->nodes[i], address))
          return TRUE;
      for (guint i = 0; i < bucket->n_spare; i++)
        if (is_rival (&bucket->spare[i], id, address))
          return TRUE;
    }
  return FALSE;
}

gboolean
bt_dht_table_heard (BtDhtTable      *table,
                    const BtDhtId   *id,
                    const BtAddress *address,
                    gint64           now_us)
{
  BtDhtNode   *node = bt_dht_table_find (table, id, address);
  BtDhtBucket *bucket;

  if (node != NULL)
    {
      if (node->n_failures == 0)
        node->heard_at_us = now_us;
      return FALSE;
    }
  if (bt_dht_id_equal (id, &table->own_id) || has_rival (table, id, address))
    return FALSE;
  bucket = get_bucket (table, id);
  return bucket->n_nodes < BT_DHT_K || bucket->n_spare < BT_DHT_MAX_SPARE ||
         (bucket == &table->buckets[table->n_buckets - 1] && table->n_buckets < BT_DHT_MAX_BUCKETS);
}

void
bt_dht_table_failed (BtDhtTable      *table,
                     const BtDhtId   *id,
                     const BtAddress *address,
                     gint64           now_us)
{
  BtDhtBucket *bucket = get_bucket (table, id);
  BtDhtNode   *node = bt_dht_table_find (table, id, address);

  if (table->answered_at_us == G_MININT64 || now_us - table->answered_at_us > BT_DHT_SILENT_US)
    return;
  for (guint i = bucket->n_spare; i > 0; i--)
    if (bt_dht_id_equal (&bucket->spare[i - 1].id, id))
      remove_spare (bucket, i - 1);
  if (node == NULL)
    return;
  node->n_failures++;
  if (bucket->n_spare > 0)
    *node = bucket->spare[--bucket->n_spare];
  else if (node->n_failures >= BT_DHT_MAX_FAILURES)
    remove_node (table, bucket, (guint) (node - bucket->nodes));
}

/* --- Looking --- */

/* Keeps the nearest, sorted. */
static gsize
gather (const BtDhtBucket *bucket,
        const BtDhtId     *target,
        BtDhtNode         *out_nodes,
        gsize              n_nodes,
        gsize              n_max)
{
  for (guint i = 0; i < bucket->n_nodes; i++)
    {
      const BtDhtNode *node = &bucket->nodes[i];
      gsize at = n_nodes;

      if (node->n_failures > 1)
        continue;
      while (at > 0 && bt_dht_id_compare (target, &node->id, &out_nodes[at - 1].id) < 0)
        at--;
      if (at == n_max)
        continue;
      if (n_nodes < n_max)
        n_nodes++;
      memmove (out_nodes + at + 1, out_nodes + at, (n_nodes - at - 1) * sizeof *out_nodes);
      out_nodes[at] = *node;
    }
  return n_nodes;
}

/* The target's own bucket is nearest; then all deeper ones, which are equally far; then the shallower, each farther
 * than the one before. */
gsize
bt_dht_table_closest (const BtDhtTable *table,
                      const BtDhtId    *target,
                      BtDhtNode        *out_nodes,
                      gsize             n_max)
{
  guint home = MIN (bt_dht_id_get_shared (&table->own_id, target), table->n_buckets - 1);
  gsize n_nodes = gather (&table->buckets[home], target, out_nodes, 0, n_max);

  if (n_nodes == n_max)
    return n_nodes;
  for (guint b = home + 1; b < table->n_buckets; b++)
    n_nodes = gather (&table->buckets[b], target, out_nodes, n_nodes, n_max);
  for (guint b = home; b > 0 && n_nodes < n_max; b--)
    n_nodes = gather (&table->buckets[b - 1], target, out_nodes, n_nodes, n_max);
  return n_nodes;
}

BtDhtNode *
bt_dht_table_get_stale (BtDhtTable *table,
                        gint64      now_us,
                        gint64      asked_before_us)
{
  BtDhtNode *stalest = NULL;

  for (guint b = 0; b < table->n_buckets; b++)
    {
      for (guint i = 0; i < table->buckets[b].n_nodes; i++)
        {
          BtDhtNode *node = &table->buckets[b].nodes[i];

          if ((node->n_failures > 0 || now_us - node->heard_at_us >= BT_DHT_FRESH_US) &&
              node->asked_at_us < asked_before_us &&
              (stalest == NULL || node->heard_at_us < stalest->heard_at_us))
            stalest = node;
        }
    }
  return stalest;
}

int
bt_dht_table_get_idle_bucket (const BtDhtTable *table,
                              gint64            now_us,
                              gint64            age_us)
{
  for (guint b = 0; b < table->n_buckets; b++)
    {
      const BtDhtBucket *bucket = &table->buckets[b];
      guint n_good = 0;

      if (now_us - bucket->changed_at_us < age_us)
        continue;
      for (guint i = 0; i < bucket->n_nodes; i++)
        n_good += bt_dht_node_is_good (&bucket->nodes[i], now_us) != FALSE;
      if (n_good < BT_DHT_K)
        return (int) b;
    }
  return -1;
}

gboolean
bt_dht_node_is_good (const BtDhtNode *node,
                     gint64           now_us)
{
  return node->n_failures == 0 && now_us - node->heard_at_us < BT_DHT_FRESH_US;
}
