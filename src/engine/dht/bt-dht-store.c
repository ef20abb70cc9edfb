/* bt-dht-store.c - the peers that others have announced to us (BEP 5, 33, 51)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-store.h"

#include "base/bt-hash.h"

typedef struct
{
  gint64    renewed_at_us;
  BtAddress address;
  guint8    is_seed;
} StoredPeer;

typedef struct
{
  BtDhtId hash;
  GArray *peers;  /* owned; of StoredPeer, never empty */
} StoredSwarm;

struct _BtDhtStore
{
  GHashTable *swarms;  /* owned: the hash of a StoredSwarm → itself, owned by the table */
  guint       n_peers;
};

static void
swarm_free (gpointer data)
{
  StoredSwarm *swarm = data;

  g_array_unref (swarm->peers);
  g_free (swarm);
}

BtDhtStore *
bt_dht_store_new (void)
{
  BtDhtStore *store = g_new0 (BtDhtStore, 1);

  store->swarms = g_hash_table_new_full (bt_digest_hash, bt_digest_equal, NULL, swarm_free);
  return store;
}

void
bt_dht_store_free (BtDhtStore *store)
{
  if (store == NULL)
    return;
  g_hash_table_unref (store->swarms);
  g_free (store);
}

static StoredSwarm *
find_farthest (BtDhtStore    *store,
               const BtDhtId *own_id)
{
  StoredSwarm *farthest = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, store->swarms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      StoredSwarm *swarm = value;

      if (farthest == NULL || bt_dht_id_compare (own_id, &swarm->hash, &farthest->hash) > 0)
        farthest = swarm;
    }
  return farthest;
}

static gboolean
is_nearer (const BtDhtId     *own_id,
           const BtDhtId     *hash,
           const StoredSwarm *than)
{
  return bt_dht_id_compare (own_id, hash, &than->hash) < 0;
}

gboolean
bt_dht_store_has_room (BtDhtStore    *store,
                       const BtDhtId *own_id,
                       const BtDhtId *hash)
{
  const StoredSwarm *swarm = g_hash_table_lookup (store->swarms, hash);

  if (swarm != NULL)
    return swarm->peers->len < BT_DHT_STORE_MAX_PER_HASH && store->n_peers < BT_DHT_STORE_MAX_PEERS;
  if (store->n_peers >= BT_DHT_STORE_MAX_PEERS)
    return FALSE;
  return g_hash_table_size (store->swarms) < BT_DHT_STORE_MAX_HASHES ||
         is_nearer (own_id, hash, find_farthest (store, own_id));
}

static void
remove_swarm (BtDhtStore  *store,
              StoredSwarm *swarm)
{
  store->n_peers -= swarm->peers->len;
  g_hash_table_remove (store->swarms, &swarm->hash);
}

static StoredSwarm *
add_swarm (BtDhtStore    *store,
           const BtDhtId *hash)
{
  StoredSwarm *swarm = g_new (StoredSwarm, 1);

  swarm->hash = *hash;
  swarm->peers = g_array_new (FALSE, FALSE, sizeof (StoredPeer));
  g_hash_table_insert (store->swarms, &swarm->hash, swarm);
  return swarm;
}

gboolean
bt_dht_store_add (BtDhtStore      *store,
                  const BtDhtId   *own_id,
                  const BtDhtId   *hash,
                  const BtAddress *address,
                  gboolean         is_seed,
                  gint64           now_us)
{
  StoredPeer peer = { .renewed_at_us = now_us, .address = *address, .is_seed = is_seed != FALSE };
  StoredSwarm *swarm = g_hash_table_lookup (store->swarms, hash);

  for (guint i = 0; swarm != NULL && i < swarm->peers->len; i++)
    {
      StoredPeer *known = &g_array_index (swarm->peers, StoredPeer, i);

      if (bt_address_equal_ip (&known->address, address))
        {
          *known = peer;
          return TRUE;
        }
    }
  if (!bt_dht_store_has_room (store, own_id, hash))
    return FALSE;
  if (swarm == NULL)
    {
      if (g_hash_table_size (store->swarms) >= BT_DHT_STORE_MAX_HASHES)
        remove_swarm (store, find_farthest (store, own_id));
      swarm = add_swarm (store, hash);
    }
  g_array_append_val (swarm->peers, peer);
  store->n_peers++;
  return TRUE;
}

gsize
bt_dht_store_get (BtDhtStore    *store,
                  const BtDhtId *hash,
                  BtFamily       family,
                  gboolean       no_seeds,
                  BtRandom      *random,
                  BtAddress     *out_peers,
                  gsize          n_max)
{
  const StoredSwarm *swarm = g_hash_table_lookup (store->swarms, hash);
  gsize n_peers = 0;
  guint first;

  if (swarm == NULL || n_max == 0)
    return 0;
  /* From anywhere on in the circle of all: in turn everybody is told of. */
  first = bt_random_below (random, swarm->peers->len);
  for (guint round = 0; round < (no_seeds ? 2u : 1u); round++)
    {
      for (guint i = 0; i < swarm->peers->len && n_peers < n_max; i++)
        {
          const StoredPeer *peer = &g_array_index (swarm->peers, StoredPeer,
                                                   (first + i) % swarm->peers->len);

          if (peer->address.family == family && (!no_seeds || peer->is_seed == round))
            out_peers[n_peers++] = peer->address;
        }
    }
  return n_peers;
}

gboolean
bt_dht_store_fill_blooms (BtDhtStore    *store,
                          const BtDhtId *hash,
                          BtDhtBloom    *seeds,
                          BtDhtBloom    *peers)
{
  const StoredSwarm *swarm = g_hash_table_lookup (store->swarms, hash);

  if (swarm == NULL)
    return FALSE;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      const StoredPeer *peer = &g_array_index (swarm->peers, StoredPeer, i);

      bt_dht_bloom_add (peer->is_seed ? seeds : peers, &peer->address);
    }
  return TRUE;
}

/* Each info-hash has the same chance (reservoir sampling). */
gsize
bt_dht_store_sample (BtDhtStore *store,
                     BtRandom   *random,
                     BtDhtId    *out_hashes,
                     gsize       n_max)
{
  GHashTableIter iter;
  gpointer value;
  guint32 n_seen = 0;

  g_hash_table_iter_init (&iter, store->swarms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const StoredSwarm *swarm = value;
      guint32 at = n_seen < n_max ? n_seen : bt_random_below (random, n_seen + 1);

      n_seen++;
      if (at < n_max)
        out_hashes[at] = swarm->hash;
    }
  return MIN (n_seen, n_max);
}

void
bt_dht_store_expire (BtDhtStore *store,
                     gint64      now_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, store->swarms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      StoredSwarm *swarm = value;

      for (guint i = swarm->peers->len; i > 0; i--)
        {
          const StoredPeer *peer = &g_array_index (swarm->peers, StoredPeer, i - 1);

          if (now_us - peer->renewed_at_us < BT_DHT_STORE_EXPIRY_US)
            continue;
          g_array_remove_index_fast (swarm->peers, i - 1);
          store->n_peers--;
        }
      if (swarm->peers->len == 0)
        g_hash_table_iter_remove (&iter);
    }
}

guint
bt_dht_store_get_n_hashes (BtDhtStore *store)
{
  return g_hash_table_size (store->swarms);
}

guint
bt_dht_store_get_n_peers (BtDhtStore *store)
{
  return store->n_peers;
}
