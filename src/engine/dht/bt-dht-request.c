/* bt-dht-request.c - questions in flight: transactions, time-outs by measured round trips
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

#include "base/bt-cursor.h"

#define TRANSACTION_BYTES 4
/* Before anything was measured. */
#define FIRST_SLOW_US     (1 * BT_DHT_SECOND_US)
#define MIN_SLOW_US       (BT_DHT_SECOND_US / 4)
#define MAX_SLOW_US       (3 * BT_DHT_SECOND_US)
/* A question has failed after so many times what makes it slow, within these bounds. */
#define DUE_FACTOR        4
#define MIN_DUE_US        (2 * BT_DHT_SECOND_US)
#define MAX_DUE_US        (8 * BT_DHT_SECOND_US)

void
bt_dht_request_free (gpointer request)
{
  g_free (request);
}

/* Nobody guesses them: slices of a keyed hash of a counter. */
static guint32
next_transaction (BtDht *dht)
{
  const guint n_in_digest = BT_SHA1_BYTES / TRANSACTION_BYTES;
  guint at = (guint) (dht->n_transactions % n_in_digest);
  guint8 bytes[BT_DHT_SECRET_BYTES + 9];

  if (at == 0)
    {
      memcpy (bytes, dht->secret, BT_DHT_SECRET_BYTES);
      bytes[BT_DHT_SECRET_BYTES] = 't';
      bt_write_u64 (bytes + BT_DHT_SECRET_BYTES + 1, dht->n_transactions);
      bt_sha1 (bytes, sizeof bytes, dht->transactions);
    }
  dht->n_transactions++;
  return bt_read_u32 (dht->transactions + at * TRANSACTION_BYTES);
}

static gint64
get_slow_us (const BtDht *dht)
{
  double slow_us = dht->round_trip_us + 4 * dht->round_trip_variance_us;

  if (dht->round_trip_us <= 0)
    return FIRST_SLOW_US;
  return CLAMP ((gint64) slow_us, MIN_SLOW_US, MAX_SLOW_US);
}

/* As TCP does (RFC 6298). */
static void
measure (BtDht  *dht,
         gint64  round_trip_us)
{
  double sample = MAX (round_trip_us, 1);
  double error = sample - dht->round_trip_us;

  if (dht->round_trip_us <= 0)
    {
      dht->round_trip_us = sample;
      dht->round_trip_variance_us = sample / 2;
      return;
    }
  dht->round_trip_variance_us += (ABS (error) - dht->round_trip_variance_us) / 4;
  dht->round_trip_us += error / 8;
}

BtDhtRequest *
bt_dht_request (BtDht           *dht,
                BtDhtPurpose     purpose,
                guint64          search_id,
                const BtAddress *to,
                const BtDhtId   *id,
                BtDhtMessage    *message)
{
  BtDhtSide *side = bt_dht_get_side (dht, to->family);
  gint64 slow_us = get_slow_us (dht);
  guint8 transaction[TRANSACTION_BYTES];
  BtDhtRequest *request;

  if (side == NULL || g_hash_table_size (dht->requests) >= BT_DHT_MAX_REQUESTS)
    return NULL;
  request = g_new0 (BtDhtRequest, 1);
  do
    request->transaction = next_transaction (dht);
  while (g_hash_table_contains (dht->requests, GUINT_TO_POINTER (request->transaction)));
  request->to = *to;
  request->has_id = id != NULL;
  if (id != NULL)
    request->id = *id;
  request->purpose = (guint8) purpose;
  request->search_id = search_id;
  request->sent_at_us = dht->now_us;
  request->slow_at_us = dht->now_us + slow_us;
  request->due_at_us = dht->now_us + CLAMP (DUE_FACTOR * slow_us, MIN_DUE_US, MAX_DUE_US);
  g_hash_table_insert (dht->requests, GUINT_TO_POINTER (request->transaction), request);
  dht->next_request_us = MIN (dht->next_request_us, request->slow_at_us);

  bt_write_u32 (transaction, request->transaction);
  message->kind = BT_DHT_QUERY;
  message->id = side->table.own_id;
  message->transaction = (BtDhtBytes) { transaction, sizeof transaction };
  message->is_read_only = dht->is_read_only;
  dht->facts.n_queries_out++;
  bt_dht_send (dht, to, message);
  return request;
}

gboolean
bt_dht_request_has_to (BtDht           *dht,
                       const BtAddress *to)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, dht->requests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (bt_address_equal (&((const BtDhtRequest *) value)->to, to))
      return TRUE;
  return FALSE;
}

/* It knows of nobody but itself, and maybe us: that leads nowhere. */
static gboolean
is_selfish (const BtDhtSide    *side,
            const BtDhtRequest *request,
            const BtDhtMessage *message)
{
  gboolean is_ipv4 = side->family == BT_FAMILY_IPV4;
  gsize n_node_bytes = is_ipv4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  const BtDhtBytes *nodes = is_ipv4 ? &message->nodes : &message->nodes6;
  gsize n_nodes = nodes->n_bytes / n_node_bytes;
  gsize n_selves = 0;

  for (gsize i = 0; i < n_nodes; i++)
    {
      BtAddress address;
      BtDhtId id;

      if (!bt_dht_node_read (nodes->bytes + i * n_node_bytes, side->family, &id, &address))
        return FALSE;
      if (bt_address_equal (&address, &request->to) || bt_dht_id_equal (&id, &message->id))
        n_selves++;
      else if (!bt_dht_id_equal (&id, &side->table.own_id))
        return FALSE;
    }
  return n_selves > 0;
}

/* It is there, but it is not who we thought, or says it is us. */
static gboolean
is_lie (const BtDhtSide    *side,
        const BtDhtRequest *request,
        const BtDhtMessage *message)
{
  if (message->kind != BT_DHT_ANSWER)
    return FALSE;
  if (bt_dht_id_equal (&message->id, &side->table.own_id) || is_selfish (side, request, message))
    return TRUE;
  /* Who was only contacted may have another id by now. */
  return request->has_id && request->purpose != BT_DHT_TO_CONTACT &&
         request->purpose != BT_DHT_TO_PROBE && !bt_dht_id_equal (&message->id, &request->id);
}

static void
conclude (BtDht              *dht,
          BtDhtSide          *side,
          const BtDhtRequest *request,
          const BtDhtMessage *message)
{
  switch ((BtDhtPurpose) request->purpose)
    {
    case BT_DHT_TO_CONTACT:
      bt_dht_upkeep_contacted (dht, side, request, message);
      break;

    case BT_DHT_TO_PROBE:
      break;

    case BT_DHT_TO_WALK:
    case BT_DHT_TO_STORE:
    case BT_DHT_TO_SAMPLE:
      if (message != NULL)
        bt_dht_search_answered (dht, request, message);
      else
        bt_dht_search_failed (dht, request);
      break;

    default:
      g_assert_not_reached ();
    }
}

static BtDhtRequest *
find_request (BtDht              *dht,
              const BtAddress    *from,
              const BtDhtMessage *message)
{
  BtDhtRequest *request;
  guint32 transaction;

  if (message->transaction.n_bytes != TRANSACTION_BYTES)
    return NULL;
  transaction = bt_read_u32 (message->transaction.bytes);
  request = g_hash_table_lookup (dht->requests, GUINT_TO_POINTER (transaction));
  return request != NULL && bt_address_equal (&request->to, from) ? request : NULL;
}

gboolean
bt_dht_request_answered (BtDht              *dht,
                         const BtAddress    *from,
                         const BtDhtMessage *message)
{
  g_autofree BtDhtRequest *request = find_request (dht, from, message);
  BtDhtSide *side = bt_dht_get_side (dht, from->family);
  gint64 round_trip_us;

  if (request == NULL)
    return FALSE;
  g_hash_table_steal (dht->requests, GUINT_TO_POINTER (request->transaction));
  round_trip_us = dht->now_us - request->sent_at_us;
  measure (dht, round_trip_us);
  dht->facts.n_answers_in++;
  if (is_lie (side, request, message))
    {
      dht->facts.n_dropped_lies++;
      if (request->has_id)
        bt_dht_table_failed (&side->table, &request->id, from, dht->now_us);
      conclude (dht, side, request, NULL);
      return TRUE;
    }
  if (message->kind == BT_DHT_ANSWER)
    bt_dht_table_answered (&side->table, &message->id, from,
                           (guint) (round_trip_us / 1000), dht->now_us);
  if (message->seen_at.family == from->family && dht->ops->seen_at != NULL)
    dht->ops->seen_at (dht->owner, from, &message->seen_at);
  conclude (dht, side, request, message);
  return TRUE;
}

/* Requests that are slow or due, out of the table first: what follows may ask anew. */
void
bt_dht_request_tick (BtDht *dht)
{
  g_autoptr (GPtrArray) late = NULL;
  g_autoptr (GPtrArray) failed = NULL;
  gint64 next_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer value;

  if (dht->now_us < dht->next_request_us)
    return;
  late = g_ptr_array_new_with_free_func (g_free);
  failed = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, dht->requests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BtDhtRequest *request = value;

      if (request->due_at_us <= dht->now_us)
        {
          g_ptr_array_add (failed, request);
          g_hash_table_iter_steal (&iter);
          continue;
        }
      if (!request->is_slow && request->slow_at_us <= dht->now_us)
        {
          request->is_slow = TRUE;
          g_ptr_array_add (late, g_memdup2 (request, sizeof *request));
        }
      next_us = MIN (next_us, request->is_slow ? request->due_at_us : request->slow_at_us);
    }
  dht->next_request_us = next_us;
  for (guint i = 0; i < failed->len; i++)
    {
      const BtDhtRequest *request = g_ptr_array_index (failed, i);
      BtDhtSide *side = bt_dht_get_side (dht, request->to.family);

      dht->facts.n_timed_out++;
      if (request->has_id)
        bt_dht_table_failed (&side->table, &request->id, &request->to, dht->now_us);
      conclude (dht, side, request, NULL);
    }
  for (guint i = 0; i < late->len; i++)
    bt_dht_search_slow (dht, g_ptr_array_index (late, i));
}
