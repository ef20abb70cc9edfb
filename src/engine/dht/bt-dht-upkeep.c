/* bt-dht-upkeep.c - how tables are filled and kept: first contacts, looking around, probing, refreshing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

#define MAX_TOLD_TRIES   3                        /* of a node the owner told us of */
#define MAX_PROBES       2                        /* of a family at one upkeep */
#define LONELY_US        (30 * BT_DHT_SECOND_US)  /* doubles with each time */
#define MAX_LONELY       5
#define PROBE_AGAIN_US   (30 * BT_DHT_SECOND_US)

/* --- First contacts --- */

void
bt_dht_upkeep_contact (BtDht           *dht,
                       const BtAddress *address,
                       const BtDhtId   *id,
                       guint            n_max_waiting)
{
  BtDhtSide *side = bt_dht_get_side (dht, address->family);
  BtDhtContact contact = { .address = *address, .has_id = id != NULL };

  if (side == NULL || side->contacts->len >= n_max_waiting ||
      !bt_address_is_connectable (address) || bt_dht_request_has_to (dht, address))
    return;
  for (guint i = 0; i < side->contacts->len; i++)
    if (bt_address_equal (&g_array_index (side->contacts, BtDhtContact, i).address, address))
      return;
  if (id != NULL)
    contact.id = *id;
  g_array_append_val (side->contacts, contact);
  dht->is_due = TRUE;
}

void
bt_dht_add_node (BtDht           *dht,
                 const BtAddress *address,
                 gint64           now_us)
{
  dht->now_us = MAX (dht->now_us, now_us);
  bt_dht_upkeep_contact (dht, address, NULL, BT_DHT_MAX_CONTACTS);
}

static void
contact_next (BtDht     *dht,
              BtDhtSide *side)
{
  BtDhtSide *other = &dht->sides[side == &dht->sides[0] ? 1 : 0];
  guint n_taken = 0;

  while (n_taken < side->contacts->len && side->n_contacting < BT_DHT_MAX_CONTACTING)
    {
      const BtDhtContact *contact = &g_array_index (side->contacts, BtDhtContact, n_taken);
      BtDhtRequest *request;
      BtDhtMessage message;

      bt_dht_message_init (&message);
      /* While there are few, an answer shall bring more at once. */
      message.method = side->table.n_nodes < BT_DHT_K ? BT_DHT_FIND_NODE : BT_DHT_PING;
      message.has_target = message.method == BT_DHT_FIND_NODE;
      message.target = side->table.own_id;
      if (message.has_target && other->is_on && other->table.n_nodes < BT_DHT_K)
        message.wants_ipv4 = message.wants_ipv6 = TRUE;
      request = bt_dht_request (dht, BT_DHT_TO_CONTACT, 0, &contact->address,
                                contact->has_id ? &contact->id : NULL, &message);
      if (request == NULL)
        break;
      request->n_tries = contact->n_tries + 1;
      side->n_contacting++;
      n_taken++;
    }
  if (n_taken > 0)
    g_array_remove_range (side->contacts, 0, n_taken);
}

static void
contact_all (BtDht            *dht,
             BtDhtSide        *side,
             const BtDhtBytes *nodes)
{
  gsize n_node_bytes = side->family == BT_FAMILY_IPV4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  gsize n_nodes = MIN (nodes->n_bytes / n_node_bytes, BT_DHT_MAX_NODES_TAKEN);

  if (!side->is_on || side->table.n_nodes >= BT_DHT_K)
    return;
  for (gsize i = 0; i < n_nodes; i++)
    {
      BtAddress address;
      BtDhtId id;

      if (bt_dht_node_read (nodes->bytes + i * n_node_bytes, side->family, &id, &address) &&
          !bt_dht_id_equal (&id, &side->table.own_id) &&
          bt_dht_table_find (&side->table, &id, &address) == NULL)
        bt_dht_upkeep_contact (dht, &address, &id, BT_DHT_MAX_ASKERS);
    }
}

/* One datagram that was lost shall not keep us out, when there is but one node to begin with; nor, when others came to
 * us meanwhile who know as little, keep us among them. */
static void
contact_again (BtDht              *dht,
               BtDhtSide          *side,
               const BtDhtRequest *request)
{
  BtDhtContact contact = { .address = request->to, .id = request->id, .has_id = request->has_id,
                           .n_tries = request->n_tries };

  guint n_max_tries = 1;

  if (!request->has_id)
    n_max_tries = MAX_TOLD_TRIES;
  if (side->table.n_nodes < BT_DHT_K)
    n_max_tries = BT_DHT_MAX_TRIES;
  if (side->contacts->len >= BT_DHT_MAX_CONTACTS || request->n_tries >= n_max_tries)
    return;
  g_array_append_val (side->contacts, contact);
  dht->is_due = TRUE;
}

void
bt_dht_upkeep_contacted (BtDht              *dht,
                         BtDhtSide          *side,
                         const BtDhtRequest *request,
                         const BtDhtMessage *message)
{
  side->n_contacting--;
  dht->is_due |= side->contacts->len > 0;
  if (message == NULL || message->kind != BT_DHT_ANSWER)
    {
      contact_again (dht, side, request);
      return;
    }
  contact_all (dht, &dht->sides[0], &message->nodes);
  contact_all (dht, &dht->sides[1], &message->nodes6);
  if (!side->is_bootstrapped && side->self_search == 0)
    {
      side->needs_self = TRUE;
      dht->is_due = TRUE;
    }
}

/* --- Looking around --- */

static void
look_around (BtDht     *dht,
             BtDhtSide *side)
{
  if (side->needs_self && side->self_search == 0 && side->table.n_nodes > 0 &&
      dht->now_us >= side->self_again_at_us)
    {
      side->self_search = bt_dht_search_nodes (dht, side, &side->table.own_id);
      side->needs_self = side->self_search == 0;
    }
}

/* A walk through what a bucket covers. */
static void
refresh (BtDht     *dht,
         BtDhtSide *side,
         guint      bucket)
{
  BtDhtId target = side->table.own_id;

  side->table.buckets[bucket].changed_at_us = dht->now_us;
  if (bucket + 1 < side->table.n_buckets)
    bt_dht_id_make_beside (&target, &side->table.own_id, bucket, &dht->random);
  side->refresh_search = bt_dht_search_nodes (dht, side, &target);
}

static void
refresh_next (BtDht     *dht,
              BtDhtSide *side)
{
  const BtDhtTable *table = &side->table;
  int idle;

  if (!side->is_bootstrapped || side->refresh_search != 0)
    return;
  /* Once after the start: those far away, of whom the walk around our own id met few. */
  while (side->next_fill < table->n_buckets)
    {
      guint bucket = side->next_fill++;

      if (table->buckets[bucket].n_nodes == BT_DHT_K)
        continue;
      refresh (dht, side, bucket);
      return;
    }
  side->next_fill = G_MAXUINT;
  idle = bt_dht_table_get_idle_bucket (table, dht->now_us, BT_DHT_REFRESH_US);
  if (idle >= 0)
    refresh (dht, side, (guint) idle);
}

/* We are bootstrapped when somebody has answered; but whoever knows few nodes looks again soon, since those may have
 * been new themselves. */
static void
looked_around (BtDht     *dht,
               BtDhtSide *side,
               guint      n_answered)
{
  gboolean is_lonely = side->table.n_nodes < BT_DHT_K;

  side->self_search = 0;
  side->is_bootstrapped = n_answered > 0;
  side->needs_self |= n_answered == 0;
  side->self_again_at_us = dht->now_us + (n_answered == 0 ? BT_DHT_UPKEEP_US
                                                          : LONELY_US << side->n_lonely);
  side->n_lonely = is_lonely ? MIN (side->n_lonely + 1, MAX_LONELY) : 0;
  /* Who was waiting may begin. */
  dht->is_due = TRUE;
}

void
bt_dht_upkeep_walked (BtDht   *dht,
                      guint64  search_id,
                      guint    n_answered)
{
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    {
      BtDhtSide *side = &dht->sides[i];

      if (side->self_search == search_id)
        looked_around (dht, side, n_answered);
      else if (side->refresh_search == search_id)
        side->refresh_search = 0;
    }
}

static void
probe (BtDht     *dht,
       BtDhtSide *side)
{
  for (guint n = 0; n < MAX_PROBES; n++)
    {
      BtDhtNode *node = bt_dht_table_get_stale (&side->table, dht->now_us,
                                                dht->now_us - PROBE_AGAIN_US);
      BtDhtMessage message;

      if (node == NULL)
        return;
      node->asked_at_us = dht->now_us;
      bt_dht_message_init (&message);
      message.method = BT_DHT_PING;
      if (bt_dht_request (dht, BT_DHT_TO_PROBE, 0, &node->address, &node->id, &message) == NULL)
        return;
    }
}

static void
expire (BtDht *dht)
{
  if (dht->now_us < dht->next_expire_us)
    return;
  dht->next_expire_us = dht->now_us + BT_DHT_EXPIRE_US;
  bt_dht_store_expire (dht->store, dht->now_us);
  bt_dht_items_expire (dht->items, dht->now_us);
  bt_dht_flood_expire (dht->flood, dht->now_us);
}

void
bt_dht_upkeep_tick (BtDht *dht)
{
  gboolean is_time = dht->now_us >= dht->next_upkeep_us;

  if (is_time)
    {
      dht->next_upkeep_us = dht->now_us + BT_DHT_UPKEEP_US;
      expire (dht);
    }
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    {
      BtDhtSide *side = &dht->sides[i];

      if (!side->is_on)
        continue;
      contact_next (dht, side);
      look_around (dht, side);
      if (!is_time)
        continue;
      if (side->table.n_nodes == 0)
        {
          side->is_bootstrapped = FALSE;
          side->next_fill = 0;
        }
      if (side->table.n_nodes < BT_DHT_K && side->is_bootstrapped)
        side->needs_self = TRUE;
      probe (dht, side);
      refresh_next (dht, side);
    }
}
