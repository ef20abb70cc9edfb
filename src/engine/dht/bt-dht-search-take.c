/* bt-dht-search-take.c - what answers bring to a search: peers, estimates (BEP 33), items (BEP 44)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

static void
take_peers (BtDht              *dht,
            BtDhtSearch        *search,
            const BtDhtMessage *message)
{
  BtAddress fresh[BT_DHT_MAX_VALUES];
  gsize n_fresh = 0;

  if (message->n_peers == 0)
    return;
  if (search->told == NULL)
    search->told = g_hash_table_new_full (bt_address_hash, bt_address_equal, g_free, NULL);
  for (gsize i = 0; i < message->n_peers; i++)
    {
      const BtAddress *peer = &message->peers[i];

      if (g_hash_table_size (search->told) >= BT_DHT_MAX_SEARCH_PEERS)
        break;
      if (g_hash_table_contains (search->told, peer))
        continue;
      g_hash_table_add (search->told, g_memdup2 (peer, sizeof *peer));
      fresh[n_fresh++] = *peer;
    }
  search->result.n_peers += n_fresh;
  if (n_fresh > 0 && search->peers_func != NULL)
    search->peers_func (search->user_data, fresh, n_fresh);
}

static void
take_blooms (BtDhtSearch        *search,
             const BtDhtMessage *message)
{
  if (message->kind != BT_DHT_ANSWER ||
      (message->n_peers == 0 && message->seeds_bloom.bytes == NULL &&
       message->peers_bloom.bytes == NULL))
    return;
  if (search->seeds == NULL)
    {
      search->seeds = g_new0 (BtDhtBloom, 1);
      search->peers = g_new0 (BtDhtBloom, 1);
    }
  if (message->seeds_bloom.bytes != NULL)
    bt_dht_bloom_add_all (search->seeds, message->seeds_bloom.bytes);
  if (message->peers_bloom.bytes != NULL)
    bt_dht_bloom_add_all (search->peers, message->peers_bloom.bytes);
  /* Nodes that do not know BEP 33 name peers without saying which of them are seeds. */
  if (message->seeds_bloom.bytes == NULL && message->peers_bloom.bytes == NULL)
    for (gsize i = 0; i < message->n_peers; i++)
      if (!bt_dht_bloom_may_have (search->seeds, &message->peers[i]))
        bt_dht_bloom_add (search->peers, &message->peers[i]);
}

/* The cheap checks first: a signature costs more than all the rest. */
static void
take_item (BtDht              *dht,
           BtDhtSearch        *search,
           const BtDhtMessage *message)
{
  g_autofree BtDhtItem *item = NULL;
  BtDhtId target;

  if (message->value.bytes == NULL || message->value.n_bytes > BT_DHT_MAX_VALUE_BYTES)
    return;
  item = g_new0 (BtDhtItem, 1);
  memcpy (item->value, message->value.bytes, message->value.n_bytes);
  item->n_value_bytes = (guint16) message->value.n_bytes;
  item->is_mutable = message->key.bytes != NULL;
  if (item->is_mutable)
    {
      if (message->signature.bytes == NULL || !message->has_sequence || message->sequence < 0)
        return;
      memcpy (item->key, message->key.bytes, BT_DHT_KEY_BYTES);
      memcpy (item->signature, message->signature.bytes, BT_DHT_SIGNATURE_BYTES);
      memcpy (item->salt, search->salt, search->n_salt_bytes);
      item->n_salt_bytes = (guint8) search->n_salt_bytes;
      item->sequence = message->sequence;
    }
  bt_dht_item_get_target (item, &target);
  if (!bt_dht_id_equal (&target, &search->target) ||
      (search->item != NULL && item->sequence <= search->item->sequence) ||
      !bt_dht_item_is_valid (item))
    {
      /* The same once more is no lie. */
      dht->facts.n_dropped_lies += !bt_dht_id_equal (&target, &search->target);
      return;
    }
  g_free (search->item);
  search->item = g_steal_pointer (&item);
  if (search->item_func != NULL)
    search->item_func (search->user_data, search->item);
}

void
bt_dht_search_take (BtDht              *dht,
                    BtDhtSearch        *search,
                    const BtDhtMessage *message)
{
  if (search->kind == BT_DHT_SEARCH_PEERS)
    {
      if ((search->flags & BT_DHT_SEARCH_SCRAPE) != 0)
        take_blooms (search, message);
      take_peers (dht, search, message);
    }
  else if (search->kind == BT_DHT_SEARCH_GET)
    take_item (dht, search, message);
}

void
bt_dht_search_conclude (BtDhtSearch *search)
{
  if (search->seeds == NULL)
    return;
  search->result.n_seeds = bt_dht_bloom_estimate (search->seeds);
  search->result.n_leechers = bt_dht_bloom_estimate (search->peers);
}
