/* bt-dht-items.c - the items that others have put here (BEP 44)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-items.h"

#include "base/bt-hash.h"

typedef struct
{
  BtDhtId   target;
  BtDhtItem item;
  gint64    renewed_at_us;
} StoredItem;

struct _BtDhtItems
{
  GHashTable *items;  /* owned: the target of a StoredItem → itself, owned by the table */
};

BtDhtItems *
bt_dht_items_new (void)
{
  BtDhtItems *items = g_new0 (BtDhtItems, 1);

  items->items = g_hash_table_new_full (bt_digest_hash, bt_digest_equal, NULL, g_free);
  return items;
}

void
bt_dht_items_free (BtDhtItems *items)
{
  if (items == NULL)
    return;
  g_hash_table_unref (items->items);
  g_free (items);
}

static StoredItem *
find_farthest (BtDhtItems    *items,
               const BtDhtId *own_id)
{
  StoredItem *farthest = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, items->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      StoredItem *stored = value;

      if (farthest == NULL || bt_dht_id_compare (own_id, &stored->target, &farthest->target) > 0)
        farthest = stored;
    }
  return farthest;
}

static gboolean
has_same_value (const BtDhtItem *a,
                const BtDhtItem *b)
{
  return a->n_value_bytes == b->n_value_bytes && memcmp (a->value, b->value, a->n_value_bytes) == 0;
}

static BtDhtError
judge_update (const BtDhtItem *old,
              const BtDhtItem *item,
              gint64           cas)
{
  if (!item->is_mutable)
    return BT_DHT_ERROR_NONE;
  if (cas >= 0 && cas != old->sequence)
    return BT_DHT_ERROR_CAS;
  if (item->sequence < old->sequence ||
      (item->sequence == old->sequence && !has_same_value (item, old)))
    return BT_DHT_ERROR_SEQUENCE;
  return BT_DHT_ERROR_NONE;
}

BtDhtError
bt_dht_items_put (BtDhtItems      *items,
                  const BtDhtId   *own_id,
                  const BtDhtItem *item,
                  gint64           cas,
                  gint64           now_us)
{
  BtDhtId target;
  StoredItem *stored;
  BtDhtError error;

  bt_dht_item_get_target (item, &target);
  stored = g_hash_table_lookup (items->items, &target);
  if (stored != NULL)
    {
      error = judge_update (&stored->item, item, cas);
      if (error != BT_DHT_ERROR_NONE)
        return error;
      stored->item = *item;
      stored->renewed_at_us = now_us;
      return BT_DHT_ERROR_NONE;
    }
  if (g_hash_table_size (items->items) >= BT_DHT_ITEMS_MAX)
    {
      StoredItem *farthest = find_farthest (items, own_id);

      if (bt_dht_id_compare (own_id, &target, &farthest->target) >= 0)
        return BT_DHT_ERROR_SERVER;
      g_hash_table_remove (items->items, &farthest->target);
    }
  stored = g_new (StoredItem, 1);
  stored->target = target;
  stored->item = *item;
  stored->renewed_at_us = now_us;
  g_hash_table_insert (items->items, &stored->target, stored);
  return BT_DHT_ERROR_NONE;
}

const BtDhtItem *
bt_dht_items_get (BtDhtItems    *items,
                  const BtDhtId *target)
{
  const StoredItem *stored = g_hash_table_lookup (items->items, target);

  return stored != NULL ? &stored->item : NULL;
}

void
bt_dht_items_expire (BtDhtItems *items,
                     gint64      now_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, items->items);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (now_us - ((const StoredItem *) value)->renewed_at_us >= BT_DHT_ITEMS_EXPIRY_US)
      g_hash_table_iter_remove (&iter);
}

guint
bt_dht_items_get_n (BtDhtItems *items)
{
  return g_hash_table_size (items->items);
}
