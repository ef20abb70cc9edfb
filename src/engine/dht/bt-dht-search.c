/* bt-dht-search.c - what the owner and the node itself look for: from waiting for nodes to storing at the nearest
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

/* Nodes of the table a walk begins with. */
#define N_FIRST (2 * BT_DHT_K)

void
bt_dht_search_free (gpointer data)
{
  BtDhtSearch *search = data;

  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    bt_dht_walk_free (search->trips[i].walk);
  g_clear_pointer (&search->told, g_hash_table_unref);
  g_free (search->seeds);
  g_free (search->peers);
  g_free (search->item);
  g_free (search);
}

BtDhtSearch *
bt_dht_search_find (BtDht   *dht,
                    guint64  search_id)
{
  return search_id != 0 ? g_hash_table_lookup (dht->searches, &search_id) : NULL;
}

static BtDhtSearch *
search_new (BtDht           *dht,
            BtDhtSearchKind  kind,
            const BtDhtId   *target,
            BtDhtDoneFunc    done_func,
            gpointer         user_data,
            gint64           now_us)
{
  BtDhtSearch *search;

  if (g_hash_table_size (dht->searches) >= BT_DHT_MAX_SEARCHES + dht->n_own_searches)
    return NULL;
  search = g_new0 (BtDhtSearch, 1);
  search->id = ++dht->last_search_id;
  search->kind = kind;
  search->target = *target;
  search->done_func = done_func;
  search->user_data = user_data;
  search->began_at_us = now_us;
  search->cas = -1;
  search->result.n_seeds = -1;
  search->result.n_leechers = -1;
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    if (dht->sides[i].is_on)
      search->trips[i].stage = BT_DHT_STAGE_WAITING;
  g_hash_table_insert (dht->searches, &search->id, search);
  /* Begins at the next tick, so that nobody is called from within the call that starts it. */
  dht->now_us = MAX (dht->now_us, now_us);
  dht->is_due = TRUE;
  return search;
}

/* Out of the table; freed when nobody up the stack can hold it any more. Within receiving and ticking it lives on. */
static void
bury (BtDht       *dht,
      BtDhtSearch *search)
{
  g_hash_table_steal (dht->searches, &search->id);
  dht->n_own_searches -= search->is_own;
  if (dht->depth > 0)
    g_ptr_array_add (dht->graves, search);
  else
    bt_dht_search_free (search);
}

static void
finish (BtDht       *dht,
        BtDhtSearch *search)
{
  gboolean is_own = search->is_own;
  guint64 id = search->id;

  search->result.is_starved = search->result.n_asked == 0;
  bt_dht_search_conclude (search);
  bury (dht, search);
  if (is_own)
    bt_dht_upkeep_walked (dht, id, search->result.n_answered);
  else if (search->kind == BT_DHT_SEARCH_SAMPLE)
    search->sample_func (search->user_data, &(BtDhtSample) { 0 });
  else if (search->done_func != NULL)
    search->done_func (search->user_data, &search->result);
}

/* --- Going on --- */

static gboolean
is_store (const BtDhtSearch *search)
{
  return search->kind == BT_DHT_SEARCH_PUT ||
         (search->kind == BT_DHT_SEARCH_PEERS && (search->flags & BT_DHT_SEARCH_ANNOUNCE) != 0);
}

static void
ask (BtDht          *dht,
     BtDhtSearch    *search,
     BtDhtSide      *side,
     BtDhtCandidate *candidate)
{
  BtDhtSide *other = &dht->sides[side == &dht->sides[0] ? 1 : 0];
  BtDhtMessage message;

  bt_dht_message_init (&message);
  message.target = search->target;
  message.has_target = TRUE;
  switch (search->kind)
    {
    case BT_DHT_SEARCH_PEERS:
      message.method = BT_DHT_GET_PEERS;
      message.no_seeds = (search->flags & BT_DHT_SEARCH_SEED) != 0;
      message.is_scrape = (search->flags & BT_DHT_SEARCH_SCRAPE) != 0;
      break;

    case BT_DHT_SEARCH_GET:
    case BT_DHT_SEARCH_PUT:
      message.method = BT_DHT_GET;
      break;

    case BT_DHT_SEARCH_NODES:
    case BT_DHT_SEARCH_SAMPLE:
    default:
      message.method = BT_DHT_FIND_NODE;
      /* BEP 32: one family helps the other to get going. */
      if (other->is_on && other->table.n_nodes < BT_DHT_K)
        message.wants_ipv4 = message.wants_ipv6 = TRUE;
      break;
    }
  if (bt_dht_request (dht, BT_DHT_TO_WALK, search->id, &candidate->address, &candidate->id,
                      &message) != NULL)
    search->result.n_asked++;
  else
    candidate->state = BT_DHT_CANDIDATE_FAILED;
}

static gboolean
send_store (BtDht                *dht,
            BtDhtSearch          *search,
            const BtDhtCandidate *candidate)
{
  BtDhtMessage message;

  bt_dht_message_init (&message);
  message.token = (BtDhtBytes) { candidate->token, candidate->n_token_bytes };
  if (search->kind == BT_DHT_SEARCH_PEERS)
    {
      message.method = BT_DHT_ANNOUNCE_PEER;
      message.target = search->target;
      message.has_target = TRUE;
      message.port = search->port;
      message.is_implied_port = (search->flags & BT_DHT_SEARCH_IMPLIED_PORT) != 0;
      message.is_seed = (search->flags & BT_DHT_SEARCH_SEED) != 0;
    }
  else
    {
      const BtDhtItem *item = search->item;

      message.method = BT_DHT_PUT;
      message.value = (BtDhtBytes) { item->value, item->n_value_bytes };
      if (item->is_mutable)
        {
          message.key = (BtDhtBytes) { item->key, BT_DHT_KEY_BYTES };
          message.signature = (BtDhtBytes) { item->signature, BT_DHT_SIGNATURE_BYTES };
          if (item->n_salt_bytes > 0)
            message.salt = (BtDhtBytes) { item->salt, item->n_salt_bytes };
          message.has_sequence = TRUE;
          message.sequence = item->sequence;
          message.has_cas = search->cas >= 0 && candidate->has_sequence;
          message.cas = search->cas;
        }
    }
  return bt_dht_request (dht, BT_DHT_TO_STORE, search->id, &candidate->address, &candidate->id,
                         &message) != NULL;
}

/* BEP 33: the nearest of those that gave a token. */
static void
store_at_nearest (BtDht       *dht,
                  BtDhtSearch *search,
                  BtDhtTrip   *trip)
{
  gboolean has_right = FALSE;

  for (guint round = 0; round < 2 && !has_right; round++)
    for (guint i = 0; i < trip->walk->candidates->len && trip->n_storing < BT_DHT_K; i++)
      {
        const BtDhtCandidate *candidate = bt_dht_walk_get (trip->walk, i);

        if (candidate->state != BT_DHT_CANDIDATE_ANSWERED || candidate->n_token_bytes == 0 ||
            candidate->is_right != (round == 0))
          continue;
        has_right |= round == 0;
        trip->n_storing += send_store (dht, search, candidate) != FALSE;
      }
}

static void
learn_size (BtDhtSide       *side,
            const BtDhtWalk *walk)
{
  double size = bt_dht_walk_estimate_size (walk);

  if (size <= 0)
    return;
  side->network_size = side->network_size > 0 ? side->network_size * 0.8 + size * 0.2 : size;
}

static void
end_walk (BtDht       *dht,
          BtDhtSearch *search,
          BtDhtSide   *side,
          BtDhtTrip   *trip)
{
  guint indices[BT_DHT_K];
  guint n_nearest = bt_dht_walk_get_nearest (trip->walk, indices);

  learn_size (side, trip->walk);
  search->result.n_nearest += n_nearest;
  if (n_nearest > 0)
    search->result.n_hops = MAX (search->result.n_hops,
                                 bt_dht_walk_get (trip->walk, indices[0])->n_hops);
  if (is_store (search))
    store_at_nearest (dht, search, trip);
  trip->stage = trip->n_storing > 0 ? BT_DHT_STAGE_STORING : BT_DHT_STAGE_OVER;
  if (trip->stage == BT_DHT_STAGE_OVER)
    g_clear_pointer (&trip->walk, bt_dht_walk_free);
}

/* Nobody is known in that family, and nobody may be there. */
static gboolean
is_hopeless (const BtDhtSide *side)
{
  return side->table.n_nodes == 0 && side->contacts->len == 0 && side->n_contacting == 0;
}

/* Asks whom there is to ask, and ends what has ended. May free the search. */
static void
advance (BtDht       *dht,
         BtDhtSearch *search)
{
  gboolean is_late = dht->now_us - search->began_at_us >= BT_DHT_MAX_WAIT_US;
  gboolean is_busy = FALSE;
  gboolean has_walked = FALSE;
  gboolean has_hope = FALSE;

  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    {
      BtDhtTrip *trip = &search->trips[i];
      BtDhtCandidate *next;

      while (trip->stage == BT_DHT_STAGE_WALKING && (next = bt_dht_walk_next (trip->walk)) != NULL)
        ask (dht, search, &dht->sides[i], next);
      if (trip->stage == BT_DHT_STAGE_WALKING && bt_dht_walk_is_over (trip->walk))
        end_walk (dht, search, &dht->sides[i], trip);
      is_busy |= trip->stage == BT_DHT_STAGE_WALKING || trip->stage == BT_DHT_STAGE_STORING;
      has_walked |= trip->stage == BT_DHT_STAGE_OVER;
      has_hope |= trip->stage == BT_DHT_STAGE_WAITING && !is_hopeless (&dht->sides[i]);
    }
  /* Once one family is through, the other is waited for only while somebody may be there. */
  if (!is_busy && (is_late || (has_walked && !has_hope)))
    finish (dht, search);
}

static void
begin (BtDhtSearch *search,
       BtDhtSide   *side,
       BtDhtTrip   *trip)
{
  BtDhtNode nodes[N_FIRST];
  gsize n_nodes = bt_dht_table_closest (&side->table, &search->target, nodes, N_FIRST);

  trip->walk = bt_dht_walk_new (&search->target);
  trip->stage = BT_DHT_STAGE_WALKING;
  for (gsize i = 0; i < n_nodes; i++)
    bt_dht_walk_add (trip->walk, &nodes[i].id, &nodes[i].address, 1);
}

static gboolean
may_begin (const BtDhtSearch *search,
           const BtDhtSide   *side)
{
  if (side->table.n_nodes == 0)
    return FALSE;
  return search->is_own || side->is_bootstrapped || side->table.n_nodes >= BT_DHT_K;
}

static void
ask_for_sample (BtDht       *dht,
                BtDhtSearch *search)
{
  BtDhtMessage message;

  if (search->result.n_asked > 0)
    return;
  search->result.n_asked = 1;
  bt_dht_message_init (&message);
  message.method = BT_DHT_SAMPLE_INFOHASHES;
  message.target = search->target;
  message.has_target = TRUE;
  if (bt_dht_request (dht, BT_DHT_TO_SAMPLE, search->id, &search->node, NULL, &message) == NULL)
    finish (dht, search);
}

void
bt_dht_search_tick (BtDht *dht)
{
  g_autofree guint64 *ids = NULL;
  guint n_ids = 0;
  GHashTableIter iter;
  gpointer key;

  if (g_hash_table_size (dht->searches) == 0)
    return;
  /* Whoever is called may change the table. */
  ids = g_new (guint64, g_hash_table_size (dht->searches));
  g_hash_table_iter_init (&iter, dht->searches);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    ids[n_ids++] = *(const guint64 *) key;
  for (guint n = 0; n < n_ids; n++)
    {
      BtDhtSearch *search = bt_dht_search_find (dht, ids[n]);

      if (search == NULL)
        continue;
      if (search->kind == BT_DHT_SEARCH_SAMPLE)
        {
          ask_for_sample (dht, search);
          continue;
        }
      for (guint i = 0; i < BT_DHT_N_SIDES; i++)
        if (search->trips[i].stage == BT_DHT_STAGE_WAITING && may_begin (search, &dht->sides[i]))
          begin (search, &dht->sides[i], &search->trips[i]);
      advance (dht, search);
    }
}

/* --- Answers --- */

static void
take_nodes (BtDhtWalk        *walk,
            BtDhtSide        *side,
            const BtDhtBytes *nodes,
            guint             n_hops)
{
  gsize n_node_bytes = side->family == BT_FAMILY_IPV4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  gsize n_nodes = MIN (nodes->n_bytes / n_node_bytes, BT_DHT_MAX_NODES_TAKEN);

  for (gsize i = 0; i < n_nodes; i++)
    {
      BtAddress address;
      BtDhtId id;

      if (!bt_dht_node_read (nodes->bytes + i * n_node_bytes, side->family, &id, &address) ||
          bt_dht_id_equal (&id, &side->table.own_id))
        continue;
      bt_dht_walk_add (walk, &id, &address, n_hops);
    }
}

/* Nodes of the other family, while it has few. */
static void
take_foreign_nodes (BtDht            *dht,
                    BtDhtSide        *side,
                    const BtDhtBytes *nodes)
{
  gsize n_node_bytes = side->family == BT_FAMILY_IPV4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  gsize n_nodes = MIN (nodes->n_bytes / n_node_bytes, BT_DHT_K);

  if (!side->is_on || side->table.n_nodes >= BT_DHT_K)
    return;
  for (gsize i = 0; i < n_nodes; i++)
    {
      BtAddress address;
      BtDhtId id;

      if (bt_dht_node_read (nodes->bytes + i * n_node_bytes, side->family, &id, &address) &&
          !bt_dht_id_equal (&id, &side->table.own_id))
        bt_dht_upkeep_contact (dht, &address, &id, BT_DHT_MAX_ASKERS);
    }
}

static void
note_answer (BtDht              *dht,
             BtDhtSearch        *search,
             BtDhtTrip          *trip,
             const BtDhtRequest *request,
             const BtDhtMessage *message)
{
  gboolean is_ipv4 = request->to.family == BT_FAMILY_IPV4;
  BtDhtCandidate *candidate = bt_dht_walk_find (trip->walk, &request->to);
  guint n_hops = 1;

  search->result.n_answered++;
  trip->walk->n_answered++;
  if (candidate != NULL)
    {
      candidate->state = message->kind == BT_DHT_ANSWER ? BT_DHT_CANDIDATE_ANSWERED
                                                        : BT_DHT_CANDIDATE_FAILED;
      n_hops = candidate->n_hops + 1u;
      candidate->has_sequence = message->has_sequence;
      candidate->sequence = message->sequence;
      if (message->token.bytes != NULL && message->token.n_bytes <= BT_DHT_MAX_TOKEN_BYTES)
        {
          candidate->n_token_bytes = (guint8) message->token.n_bytes;
          memcpy (candidate->token, message->token.bytes, message->token.n_bytes);
        }
    }
  /* From here on the candidate may have moved. */
  take_nodes (trip->walk, &dht->sides[is_ipv4 ? 0 : 1],
              is_ipv4 ? &message->nodes : &message->nodes6, n_hops);
  if (search->kind == BT_DHT_SEARCH_NODES)
    take_foreign_nodes (dht, &dht->sides[is_ipv4 ? 1 : 0],
                        is_ipv4 ? &message->nodes6 : &message->nodes);
}

static void
stored (BtDht       *dht,
        BtDhtSearch *search,
        BtDhtTrip   *trip)
{
  if (--trip->n_storing == 0)
    {
      trip->stage = BT_DHT_STAGE_OVER;
      g_clear_pointer (&trip->walk, bt_dht_walk_free);
      advance (dht, search);
    }
}

static void
take_sample (BtDht              *dht,
             BtDhtSearch        *search,
             const BtDhtMessage *message)
{
  BtDhtId hashes[BT_DHT_MAX_SAMPLE_BYTES / BT_DHT_ID_BYTES];
  BtDhtSample sample = { 0 };

  if (message->kind == BT_DHT_ANSWER && message->has_sample)
    {
      sample.n_hashes = (guint) (message->samples.n_bytes / BT_DHT_ID_BYTES);
      memcpy (hashes, message->samples.bytes, message->samples.n_bytes);
      sample.hashes = hashes;
      sample.n_in_all = message->n_in_all;
      sample.interval_s = message->interval_s;
    }
  bury (dht, search);
  search->sample_func (search->user_data, &sample);
}

void
bt_dht_search_answered (BtDht              *dht,
                        const BtDhtRequest *request,
                        const BtDhtMessage *message)
{
  BtDhtSearch *search = bt_dht_search_find (dht, request->search_id);
  guint64 id = request->search_id;
  BtDhtTrip *trip;

  if (search == NULL)
    return;
  trip = &search->trips[request->to.family == BT_FAMILY_IPV6 ? 1 : 0];
  if (request->purpose == BT_DHT_TO_SAMPLE)
    take_sample (dht, search, message);
  else if (request->purpose == BT_DHT_TO_STORE)
    {
      search->result.n_stored += message->kind == BT_DHT_ANSWER;
      stored (dht, search, trip);
    }
  else
    {
      if (trip->stage == BT_DHT_STAGE_WALKING)
        note_answer (dht, search, trip, request, message);
      /* Also what comes when the walk is over is good for something. */
      bt_dht_search_take (dht, search, message);
      if (bt_dht_search_find (dht, id) == NULL)
        return;
      if (search->kind == BT_DHT_SEARCH_GET && search->item != NULL && !search->item->is_mutable)
        finish (dht, search);
      else
        advance (dht, search);
    }
}

void
bt_dht_search_failed (BtDht              *dht,
                      const BtDhtRequest *request)
{
  BtDhtSearch *search = bt_dht_search_find (dht, request->search_id);
  BtDhtCandidate *candidate;
  BtDhtTrip *trip;

  if (search == NULL)
    return;
  trip = &search->trips[request->to.family == BT_FAMILY_IPV6 ? 1 : 0];
  if (request->purpose == BT_DHT_TO_SAMPLE)
    finish (dht, search);
  else if (request->purpose == BT_DHT_TO_STORE)
    stored (dht, search, trip);
  else if (trip->walk != NULL)
    {
      candidate = bt_dht_walk_find (trip->walk, &request->to);
      if (candidate != NULL)
        candidate->state = BT_DHT_CANDIDATE_FAILED;
      advance (dht, search);
    }
}

void
bt_dht_search_slow (BtDht              *dht,
                    const BtDhtRequest *request)
{
  BtDhtSearch *search = bt_dht_search_find (dht, request->search_id);
  BtDhtCandidate *candidate;
  BtDhtTrip *trip;

  if (search == NULL || request->purpose != BT_DHT_TO_WALK)
    return;
  trip = &search->trips[request->to.family == BT_FAMILY_IPV6 ? 1 : 0];
  if (trip->stage != BT_DHT_STAGE_WALKING)
    return;
  candidate = bt_dht_walk_find (trip->walk, &request->to);
  if (candidate != NULL && candidate->state == BT_DHT_CANDIDATE_ASKED)
    candidate->state = BT_DHT_CANDIDATE_SLOW;
  advance (dht, search);
}

/* --- From outside --- */

guint64
bt_dht_search_nodes (BtDht         *dht,
                     BtDhtSide     *side,
                     const BtDhtId *target)
{
  BtDhtSearch *search;

  if (dht->n_own_searches >= BT_DHT_MAX_OWN_SEARCHES)
    return 0;
  /* Counted first: the owner's searches leave room for it. */
  dht->n_own_searches++;
  search = search_new (dht, BT_DHT_SEARCH_NODES, target, NULL, NULL, dht->now_us);
  if (search == NULL)
    {
      dht->n_own_searches--;
      return 0;
    }
  search->is_own = TRUE;
  search->trips[side == &dht->sides[0] ? 1 : 0].stage = BT_DHT_STAGE_OFF;
  return search->id;
}

guint64
bt_dht_search (BtDht            *dht,
               const guint8      info_hash[BT_DHT_ID_BYTES],
               BtDhtSearchFlags  flags,
               guint16           port,
               BtDhtPeersFunc    peers_func,
               BtDhtDoneFunc     done_func,
               gpointer          user_data,
               gint64            now_us)
{
  BtDhtSearch *search;
  BtDhtId target;

  memcpy (target.bytes, info_hash, BT_DHT_ID_BYTES);
  search = search_new (dht, BT_DHT_SEARCH_PEERS, &target, done_func, user_data, now_us);
  if (search == NULL)
    return 0;
  search->flags = flags;
  search->port = port;
  search->peers_func = peers_func;
  return search->id;
}

void
bt_dht_cancel (BtDht   *dht,
               guint64  search_id)
{
  BtDhtSearch *search = bt_dht_search_find (dht, search_id);

  if (search != NULL && !search->is_own)
    bury (dht, search);
}

gboolean
bt_dht_get_search (BtDht             *dht,
                   guint64            search_id,
                   BtDhtSearchResult *out_result)
{
  const BtDhtSearch *search = bt_dht_search_find (dht, search_id);

  if (search == NULL || search->is_own)
    return FALSE;
  *out_result = search->result;
  return TRUE;
}

guint64
bt_dht_get_item (BtDht         *dht,
                 const BtDhtId *target,
                 const guint8  *salt,
                 gsize          n_salt_bytes,
                 BtDhtItemFunc  item_func,
                 BtDhtDoneFunc  done_func,
                 gpointer       user_data,
                 gint64         now_us)
{
  BtDhtSearch *search;

  if (n_salt_bytes > BT_DHT_MAX_SALT_BYTES)
    return 0;
  search = search_new (dht, BT_DHT_SEARCH_GET, target, done_func, user_data, now_us);
  if (search == NULL)
    return 0;
  if (n_salt_bytes > 0)
    memcpy (search->salt, salt, n_salt_bytes);
  search->n_salt_bytes = (guint) n_salt_bytes;
  search->item_func = item_func;
  return search->id;
}

guint64
bt_dht_put_item (BtDht           *dht,
                 const BtDhtItem *item,
                 gint64           expected_sequence,
                 BtDhtDoneFunc    done_func,
                 gpointer         user_data,
                 gint64           now_us)
{
  BtDhtSearch *search;
  BtDhtId target;

  if (!bt_dht_item_is_valid (item))
    return 0;
  bt_dht_item_get_target (item, &target);
  search = search_new (dht, BT_DHT_SEARCH_PUT, &target, done_func, user_data, now_us);
  if (search == NULL)
    return 0;
  search->item = g_memdup2 (item, sizeof *item);
  search->cas = expected_sequence;
  return search->id;
}

guint64
bt_dht_sample (BtDht           *dht,
               const BtAddress *node,
               BtDhtSampleFunc  func,
               gpointer         user_data,
               gint64           now_us)
{
  BtDhtSearch *search;
  BtDhtId target;

  bt_dht_id_make_random (&target, &dht->random);
  search = search_new (dht, BT_DHT_SEARCH_SAMPLE, &target, NULL, user_data, now_us);
  if (search == NULL)
    return 0;
  search->node = *node;
  search->sample_func = func;
  return search->id;
}
