/* bt-dht-flood.c - how much an address may ask before it is ignored for a while
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-flood.h"

#include <string.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)

typedef struct
{
  BtAddress key;
  guint32   n_packets;       /* in the window */
  gint64    began_at_us;     /* the window */
  gint64    blocked_until_us;
} Source;

struct _BtDhtFlood
{
  GHashTable *sources;       /* owned: the key of a Source → itself, owned by the table */
  gint64      filled_at_us;  /* the allowance of all */
  double      n_allowed;
  gint64      swept_at_us;
};

/* Whom an address counts for. */
static BtAddress
make_key (const BtAddress *address)
{
  BtAddress key = *address;

  if (bt_address_is_local (address))
    return key;
  key.port = 0;
  if (key.family == BT_FAMILY_IPV6)
    memset (key.ip + 8, 0, 8);
  return key;
}

BtDhtFlood *
bt_dht_flood_new (void)
{
  BtDhtFlood *flood = g_new0 (BtDhtFlood, 1);

  flood->sources = g_hash_table_new_full (bt_address_hash, bt_address_equal, NULL, g_free);
  flood->n_allowed = BT_DHT_FLOOD_MAX_BURST;
  flood->filled_at_us = G_MININT64;
  flood->swept_at_us = G_MININT64;
  return flood;
}

void
bt_dht_flood_free (BtDhtFlood *flood)
{
  if (flood == NULL)
    return;
  g_hash_table_unref (flood->sources);
  g_free (flood);
}

gboolean
bt_dht_flood_is_blocked (BtDhtFlood      *flood,
                         const BtAddress *address,
                         gint64           now_us)
{
  BtAddress key;
  const Source *source;

  if (g_hash_table_size (flood->sources) == 0)
    return FALSE;
  key = make_key (address);
  source = g_hash_table_lookup (flood->sources, &key);
  return source != NULL && source->blocked_until_us > now_us;
}

static gboolean
is_over (const Source *source,
         gint64        now_us)
{
  return source->blocked_until_us <= now_us &&
         now_us - source->began_at_us >= BT_DHT_FLOOD_WINDOW_US;
}

void
bt_dht_flood_expire (BtDhtFlood *flood,
                     gint64      now_us)
{
  GHashTableIter iter;
  gpointer value;

  flood->swept_at_us = now_us;
  g_hash_table_iter_init (&iter, flood->sources);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (is_over (value, now_us))
      g_hash_table_iter_remove (&iter);
}

static gboolean
take_allowance (BtDhtFlood *flood,
                gint64      now_us)
{
  if (flood->filled_at_us != G_MININT64 && now_us > flood->filled_at_us)
    {
      double n_new = (double) (now_us - flood->filled_at_us) * BT_DHT_FLOOD_MAX_PER_S / SECOND_US;

      flood->n_allowed = MIN (flood->n_allowed + n_new, BT_DHT_FLOOD_MAX_BURST);
    }
  flood->filled_at_us = now_us;
  if (flood->n_allowed < 1)
    return FALSE;
  flood->n_allowed--;
  return TRUE;
}

/* NULL: too many addresses are remembered. They are gone through once a second at most. */
static Source *
add_source (BtDhtFlood      *flood,
            const BtAddress *key,
            gint64           now_us)
{
  Source *source;

  if (g_hash_table_size (flood->sources) >= BT_DHT_FLOOD_MAX_ADDRESSES &&
      (flood->swept_at_us == G_MININT64 || now_us - flood->swept_at_us >= SECOND_US))
    bt_dht_flood_expire (flood, now_us);
  if (g_hash_table_size (flood->sources) >= BT_DHT_FLOOD_MAX_ADDRESSES)
    return NULL;
  source = g_new0 (Source, 1);
  source->key = *key;
  source->began_at_us = now_us;
  source->blocked_until_us = G_MININT64;
  g_hash_table_insert (flood->sources, &source->key, source);
  return source;
}

gboolean
bt_dht_flood_admit (BtDhtFlood      *flood,
                    const BtAddress *address,
                    gint64           now_us)
{
  BtAddress key = make_key (address);
  Source *source = g_hash_table_lookup (flood->sources, &key);

  if (source == NULL)
    source = add_source (flood, &key, now_us);
  if (source != NULL)
    {
      if (source->blocked_until_us > now_us)
        return FALSE;
      if (now_us - source->began_at_us >= BT_DHT_FLOOD_WINDOW_US)
        {
          source->began_at_us = now_us;
          source->n_packets = 0;
        }
      if (++source->n_packets > BT_DHT_FLOOD_MAX_PACKETS)
        {
          source->blocked_until_us = now_us + BT_DHT_FLOOD_BLOCK_US;
          return FALSE;
        }
    }
  /* Those who cannot be remembered share what all have. */
  return take_allowance (flood, now_us);
}

guint
bt_dht_flood_get_n_blocked (BtDhtFlood *flood,
                            gint64      now_us)
{
  GHashTableIter iter;
  gpointer value;
  guint n_blocked = 0;

  g_hash_table_iter_init (&iter, flood->sources);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n_blocked += ((const Source *) value)->blocked_until_us > now_us;
  return n_blocked;
}

guint
bt_dht_flood_get_n_known (BtDhtFlood *flood)
{
  return g_hash_table_size (flood->sources);
}
