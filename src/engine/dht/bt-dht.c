/* bt-dht.c - a node of the distributed hash table: its life, and the way in and out of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

static void
side_init (BtDht     *dht,
           BtDhtSide *side,
           BtFamily   family,
           gboolean   is_on)
{
  BtDhtId id;

  side->family = family;
  if (!is_on)
    return;
  side->is_on = TRUE;
  bt_dht_id_make_random (&id, &dht->random);
  bt_dht_table_init (&side->table, family, &id, dht->now_us);
  side->contacts = g_array_new (FALSE, FALSE, sizeof (BtDhtContact));
}

/* The secret is to be seen neither in ids nor in choices. */
static void
seed_random (BtDht *dht)
{
  guint8 digest[BT_SHA1_BYTES];
  guint64 seed;

  bt_sha1 (dht->secret, sizeof dht->secret, digest);
  memcpy (&seed, digest, sizeof seed);
  bt_random_init (&dht->random, seed);
}

BtDht *
bt_dht_new (const BtDhtConfig *config,
            const BtDhtOps    *ops,
            gpointer           owner,
            gint64             now_us)
{
  BtDht *dht = g_new0 (BtDht, 1);

  g_assert (config->has_ipv4 || config->has_ipv6);

  dht->ops = ops;
  dht->owner = owner;
  dht->now_us = now_us;
  memcpy (dht->secret, config->secret, sizeof dht->secret);
  memcpy (dht->version, config->version, sizeof dht->version);
  for (guint i = 0; i < BT_DHT_VERSION_BYTES; i++)
    dht->has_version |= dht->version[i] != 0;
  dht->is_read_only = config->is_read_only;
  seed_random (dht);
  dht->store = bt_dht_store_new ();
  dht->items = bt_dht_items_new ();
  dht->flood = bt_dht_flood_new ();
  dht->requests = g_hash_table_new_full (NULL, NULL, NULL, bt_dht_request_free);
  dht->searches = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, bt_dht_search_free);
  dht->graves = g_ptr_array_new_with_free_func (bt_dht_search_free);
  dht->next_request_us = G_MAXINT64;
  /* Not all nodes of a process, or of a street after a power cut, at the same instant. */
  dht->next_upkeep_us = now_us + bt_random_below (&dht->random, BT_DHT_UPKEEP_US);
  side_init (dht, &dht->sides[0], BT_FAMILY_IPV4, config->has_ipv4);
  side_init (dht, &dht->sides[1], BT_FAMILY_IPV6, config->has_ipv6);
  if (config->saved != NULL)
    bt_dht_restore (dht, config->saved);
  return dht;
}

void
bt_dht_free (BtDht *dht)
{
  if (dht == NULL)
    return;
  g_assert (dht->depth == 0);

  g_hash_table_unref (dht->requests);
  g_hash_table_unref (dht->searches);
  g_ptr_array_unref (dht->graves);
  bt_dht_store_free (dht->store);
  bt_dht_items_free (dht->items);
  bt_dht_flood_free (dht->flood);
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    if (dht->sides[i].is_on)
      {
        bt_dht_table_clear (&dht->sides[i].table);
        g_array_unref (dht->sides[i].contacts);
      }
  g_free (dht);
}

void
bt_dht_send (BtDht           *dht,
             const BtAddress *to,
             BtDhtMessage    *message)
{
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *data;
  gsize n_bytes;

  if (dht->has_version)
    message->version = (BtDhtBytes) { dht->version, BT_DHT_VERSION_BYTES };
  bytes = bt_dht_message_put (message);
  data = g_bytes_get_data (bytes, &n_bytes);
  dht->facts.n_packets_out++;
  dht->facts.n_bytes_out += n_bytes;
  dht->ops->send (dht->owner, to, data, n_bytes);
}

/* --- In --- */

static void
enter (BtDht  *dht,
       gint64  now_us)
{
  /* Time never goes back, whatever the caller's clock does. */
  dht->now_us = MAX (dht->now_us, now_us);
  dht->depth++;
}

static void
leave (BtDht *dht)
{
  if (--dht->depth == 0 && dht->graves->len > 0)
    g_ptr_array_set_size (dht->graves, 0);
}

static void
judge (BtDht              *dht,
       const BtAddress    *from,
       const BtDhtMessage *message)
{
  if (message->kind != BT_DHT_QUERY)
    {
      if (bt_dht_request_answered (dht, from, message))
        return;
      dht->facts.n_dropped_rubbish++;
      bt_dht_flood_admit (dht->flood, from, dht->now_us);
      return;
    }
  if (dht->is_read_only)
    return;
  if (bt_dht_flood_admit (dht->flood, from, dht->now_us))
    bt_dht_answer (dht, from, message);
  else
    dht->facts.n_dropped_flood++;
}

gboolean
bt_dht_receive (BtDht           *dht,
                const BtAddress *from,
                const guint8    *bytes,
                gsize            n_bytes,
                gint64           now_us)
{
  BtDhtMessage message;
  BtDhtParsed parsed;

  if (n_bytes == 0 || bytes[0] != 'd')
    return FALSE;
  enter (dht, now_us);
  dht->facts.n_packets_in++;
  dht->facts.n_bytes_in += n_bytes;
  if (bt_dht_flood_is_blocked (dht->flood, from, dht->now_us))
    dht->facts.n_dropped_flood++;
  else if (bt_dht_get_side (dht, (BtFamily) from->family) == NULL ||
           !bt_address_is_connectable (from) || n_bytes > BT_DHT_MAX_RECEIVE_BYTES)
    dht->facts.n_dropped_rubbish++;
  else
    {
      parsed = bt_dht_message_parse (bytes, n_bytes, &message);
      if (parsed == BT_DHT_PARSED)
        judge (dht, from, &message);
      else
        {
          dht->facts.n_dropped_rubbish++;
          bt_dht_flood_admit (dht->flood, from, dht->now_us);
        }
      bt_dht_message_clear (&message);
    }
  leave (dht);
  return TRUE;
}

void
bt_dht_tick (BtDht  *dht,
             gint64  now_us)
{
  enter (dht, now_us);
  dht->is_due = FALSE;
  bt_dht_request_tick (dht);
  bt_dht_upkeep_tick (dht);
  bt_dht_search_tick (dht);
  leave (dht);
}

gint64
bt_dht_get_next_us (BtDht *dht)
{
  if (dht->is_due)
    return dht->now_us;
  return MIN (dht->next_request_us, dht->next_upkeep_us);
}

/* --- Settings and facts --- */

void
bt_dht_set_read_only (BtDht    *dht,
                      gboolean  is_read_only)
{
  dht->is_read_only = is_read_only != FALSE;
}

gboolean
bt_dht_get_read_only (BtDht *dht)
{
  return dht->is_read_only;
}

void
bt_dht_set_external (BtDht           *dht,
                     const BtAddress *address,
                     gint64           now_us)
{
  BtDhtSide *side = bt_dht_get_side (dht, (BtFamily) address->family);
  BtDhtId id;

  if (side == NULL || bt_dht_id_is_right (&side->table.own_id, address))
    return;
  dht->now_us = MAX (dht->now_us, now_us);
  bt_dht_id_make_for (&id, address, &dht->random);
  bt_dht_table_set_own_id (&side->table, &id, dht->now_us);
  side->needs_self = TRUE;
  side->next_fill = 0;
  dht->is_due = TRUE;
}

const BtDhtId *
bt_dht_get_id (BtDht    *dht,
               BtFamily  family)
{
  BtDhtSide *side = bt_dht_get_side (dht, family);

  return side != NULL ? &side->table.own_id : NULL;
}

static void
describe_side (const BtDhtSide  *side,
               gint64            now_us,
               BtDhtFamilyFacts *out_facts)
{
  memset (out_facts, 0, sizeof *out_facts);
  if (!side->is_on)
    return;
  out_facts->is_on = TRUE;
  out_facts->is_bootstrapped = side->is_bootstrapped;
  out_facts->n_buckets = side->table.n_buckets;
  out_facts->n_waiting = side->contacts->len;
  out_facts->network_size = side->network_size;
  for (guint b = 0; b < side->table.n_buckets; b++)
    {
      const BtDhtBucket *bucket = &side->table.buckets[b];

      out_facts->n_spare += bucket->n_spare;
      for (guint i = 0; i < bucket->n_nodes; i++)
        {
          if (bt_dht_node_is_good (&bucket->nodes[i], now_us))
            out_facts->n_good++;
          else
            out_facts->n_questionable++;
        }
    }
}

void
bt_dht_get_facts (BtDht      *dht,
                  BtDhtFacts *out_facts,
                  gint64      now_us)
{
  *out_facts = dht->facts;
  describe_side (&dht->sides[0], now_us, &out_facts->ipv4);
  describe_side (&dht->sides[1], now_us, &out_facts->ipv6);
  out_facts->n_flooders = bt_dht_flood_get_n_blocked (dht->flood, now_us);
  out_facts->n_peers_stored = bt_dht_store_get_n_peers (dht->store);
  out_facts->n_hashes_stored = bt_dht_store_get_n_hashes (dht->store);
  out_facts->n_items_stored = bt_dht_items_get_n (dht->items);
  out_facts->n_searches = g_hash_table_size (dht->searches) - dht->n_own_searches;
  out_facts->n_requests = g_hash_table_size (dht->requests);
  out_facts->round_trip_ms = (guint) (dht->round_trip_us / 1000);
  out_facts->is_read_only = dht->is_read_only;
}
