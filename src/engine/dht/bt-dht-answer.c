/* bt-dht-answer.c - what others ask, and what they are told (BEP 5, 32, 33, 44, 51)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

/* Of an answer: everything except nodes, peers, filters and a value, and with room to spare for their lengths. */
#define ENVELOPE_BYTES   150
#define BLOOMS_BYTES     (2 * (BT_DHT_BLOOM_BYTES + 10))
#define ITEM_BYTES       (BT_DHT_KEY_BYTES + BT_DHT_SIGNATURE_BYTES + 60)
#define PEER4_BYTES      8   /* "6:" and the address */
#define PEER6_BYTES      21  /* "18:" and the address */

/* An answer in the making, and the memory for what it points to. */
typedef struct
{
  BtDhtMessage message;
  gsize        n_left;   /* bytes of the packet */
  guint8       token[BT_DHT_TOKEN_BYTES];
  guint8       nodes[BT_DHT_NODE4_BYTES * BT_DHT_K];
  guint8       nodes6[BT_DHT_NODE6_BYTES * BT_DHT_K];
  BtDhtBloom   seeds;
  BtDhtBloom   peers;
} Reply;

static void
reply_init (Reply              *reply,
            const BtDhtMessage *query,
            gsize               n_packet_bytes)
{
  bt_dht_message_init (&reply->message);
  reply->message.kind = BT_DHT_ANSWER;
  reply->message.transaction = query->transaction;
  reply->n_left = n_packet_bytes - ENVELOPE_BYTES - BT_DHT_MAX_TRANSACTION_BYTES;
}

static void
reply_send (BtDht           *dht,
            const BtAddress *to,
            Reply           *reply)
{
  reply->message.id = bt_dht_get_side (dht, to->family)->table.own_id;
  reply->message.seen_at = *to;
  bt_dht_send (dht, to, &reply->message);
}

static void
refuse (BtDht              *dht,
        const BtAddress    *to,
        const BtDhtMessage *query,
        BtDhtError          error,
        const char         *text)
{
  Reply reply;

  reply_init (&reply, query, BT_DHT_MAX_PACKET_BYTES);
  reply.message.kind = BT_DHT_FAILURE;
  reply.message.error = error;
  reply.message.error_text = text;
  reply_send (dht, to, &reply);
}

static void
add_token (BtDht           *dht,
           Reply           *reply,
           const BtAddress *to,
           const BtDhtId   *target)
{
  bt_dht_token_make (dht->secret, to, target, dht->now_us, reply->token);
  reply->message.token = (BtDhtBytes) { reply->token, BT_DHT_TOKEN_BYTES };
}

/* As many of the nearest as there is room for. */
static void
add_nodes_of (Reply         *reply,
              BtDhtSide     *side,
              const BtDhtId *target)
{
  gboolean is_ipv4 = side->family == BT_FAMILY_IPV4;
  gsize n_node_bytes = is_ipv4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  guint8 *bytes = is_ipv4 ? reply->nodes : reply->nodes6;
  BtDhtNode nodes[BT_DHT_K];
  gsize n_nodes;
  gsize n_bytes = 0;

  n_nodes = bt_dht_table_closest (&side->table, target, nodes,
                                  MIN (reply->n_left / n_node_bytes, BT_DHT_K));
  for (gsize i = 0; i < n_nodes; i++)
    {
      guint8 node[BT_DHT_NODE6_BYTES];

      bt_dht_node_write (&nodes[i].id, &nodes[i].address, node);
      memcpy (bytes + n_bytes, node, n_node_bytes);
      n_bytes += n_node_bytes;
    }
  reply->n_left -= n_bytes;
  if (is_ipv4)
    reply->message.nodes = (BtDhtBytes) { bytes, n_bytes };
  else
    reply->message.nodes6 = (BtDhtBytes) { bytes, n_bytes };
}

/* BEP 32: of the families that are wanted, else of the one we were asked in. With filters or a value there is only room
 * for the latter. */
static void
add_nodes (BtDht              *dht,
           Reply              *reply,
           BtFamily            family,
           const BtDhtMessage *query,
           gboolean            is_narrow)
{
  static const BtFamily families[] = { BT_FAMILY_IPV4, BT_FAMILY_IPV6 };
  gboolean wants_any = query->has_want && (query->wants_ipv4 || query->wants_ipv6);

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (families); i++)
      {
        gboolean is_own = families[i] == family;
        gboolean is_wanted = families[i] == BT_FAMILY_IPV4 ? query->wants_ipv4 : query->wants_ipv6;
        BtDhtSide *side = bt_dht_get_side (dht, families[i]);

        if (side == NULL || is_own != (round == 0) || (!is_own && is_narrow))
          continue;
        if (wants_any ? is_wanted : is_own)
          add_nodes_of (reply, side, &query->target);
      }
}

static void
answer_ping (BtDht              *dht,
             const BtAddress    *from,
             const BtDhtMessage *query)
{
  Reply reply;

  reply_init (&reply, query, BT_DHT_MAX_PACKET_BYTES);
  reply_send (dht, from, &reply);
}

static void
answer_find_node (BtDht              *dht,
                  const BtAddress    *from,
                  const BtDhtMessage *query)
{
  Reply reply;

  reply_init (&reply, query, BT_DHT_MAX_PACKET_BYTES);
  add_nodes (dht, &reply, from->family, query, FALSE);
  reply_send (dht, from, &reply);
}

static void
answer_get_peers (BtDht              *dht,
                  const BtAddress    *from,
                  const BtDhtMessage *query)
{
  const BtDhtId *own_id = &bt_dht_get_side (dht, from->family)->table.own_id;
  gsize n_peer_bytes = from->family == BT_FAMILY_IPV4 ? PEER4_BYTES : PEER6_BYTES;
  Reply reply;

  reply_init (&reply, query, BT_DHT_MAX_PACKET_BYTES);
  if (query->is_scrape)
    {
      memset (&reply.seeds, 0, sizeof reply.seeds);
      memset (&reply.peers, 0, sizeof reply.peers);
      if (bt_dht_store_fill_blooms (dht->store, &query->target, &reply.seeds, &reply.peers))
        {
          reply.message.seeds_bloom = (BtDhtBytes) { reply.seeds.bytes, BT_DHT_BLOOM_BYTES };
          reply.message.peers_bloom = (BtDhtBytes) { reply.peers.bytes, BT_DHT_BLOOM_BYTES };
          reply.n_left -= BLOOMS_BYTES;
        }
    }
  add_nodes (dht, &reply, from->family, query, reply.message.seeds_bloom.bytes != NULL);
  if (bt_dht_store_has_room (dht->store, own_id, &query->target))
    add_token (dht, &reply, from, &query->target);
  reply.message.n_peers = bt_dht_store_get (dht->store, &query->target, (BtFamily) from->family,
                                            query->no_seeds, &dht->random, reply.message.peers,
                                            MIN (reply.n_left / n_peer_bytes, BT_DHT_MAX_VALUES));
  reply_send (dht, from, &reply);
}

static void
answer_announce (BtDht              *dht,
                 const BtAddress    *from,
                 const BtDhtMessage *query)
{
  const BtDhtId *own_id = &bt_dht_get_side (dht, from->family)->table.own_id;
  BtAddress peer = *from;

  if (!query->is_implied_port)
    peer.port = query->port;
  if (!bt_dht_token_check (dht->secret, from, &query->target, dht->now_us, query->token.bytes,
                           query->token.n_bytes))
    refuse (dht, from, query, BT_DHT_ERROR_PROTOCOL, "Bad token");
  else if (!bt_address_is_connectable (&peer))
    refuse (dht, from, query, BT_DHT_ERROR_PROTOCOL, "Bad port");
  else if (!bt_dht_store_add (dht->store, own_id, &query->target, &peer, query->is_seed,
                              dht->now_us))
    refuse (dht, from, query, BT_DHT_ERROR_SERVER, "Full");
  else
    answer_ping (dht, from, query);
}

static void
answer_get (BtDht              *dht,
            const BtAddress    *from,
            const BtDhtMessage *query)
{
  const BtDhtItem *item = bt_dht_items_get (dht->items, &query->target);
  BtDhtMessage *message;
  Reply reply;

  reply_init (&reply, query, item != NULL ? BT_DHT_MAX_ITEM_PACKET : BT_DHT_MAX_PACKET_BYTES);
  message = &reply.message;
  add_token (dht, &reply, from, &query->target);
  if (item != NULL)
    {
      message->has_sequence = item->is_mutable;
      message->sequence = item->sequence;
    }
  if (item != NULL && (!item->is_mutable || !query->has_sequence ||
                       query->sequence < item->sequence))
    {
      message->value = (BtDhtBytes) { item->value, item->n_value_bytes };
      reply.n_left -= item->n_value_bytes;
      if (item->is_mutable)
        {
          message->key = (BtDhtBytes) { item->key, BT_DHT_KEY_BYTES };
          message->signature = (BtDhtBytes) { item->signature, BT_DHT_SIGNATURE_BYTES };
          reply.n_left -= ITEM_BYTES;
        }
    }
  add_nodes (dht, &reply, from->family, query, message->value.bytes != NULL);
  reply_send (dht, from, &reply);
}

static BtDhtError
judge_put (const BtDhtMessage *query)
{
  if (query->value.bytes == NULL || !query->is_value_canonical)
    return BT_DHT_ERROR_PROTOCOL;
  if (query->value.n_bytes > BT_DHT_MAX_VALUE_BYTES)
    return BT_DHT_ERROR_TOO_BIG;
  if (query->key.bytes == NULL)
    return BT_DHT_ERROR_NONE;
  if (query->salt.n_bytes > BT_DHT_MAX_SALT_BYTES)
    return BT_DHT_ERROR_SALT;
  if (query->signature.bytes == NULL || !query->has_sequence || query->sequence < 0)
    return BT_DHT_ERROR_PROTOCOL;
  return BT_DHT_ERROR_NONE;
}

static const char *
describe_error (BtDhtError error)
{
  switch (error)
    {
    case BT_DHT_ERROR_PROTOCOL:
      return "Bad message";

    case BT_DHT_ERROR_TOO_BIG:
      return "Value too big";

    case BT_DHT_ERROR_SIGNATURE:
      return "Bad signature";

    case BT_DHT_ERROR_SALT:
      return "Salt too big";

    case BT_DHT_ERROR_CAS:
      return "Not the expected sequence number";

    case BT_DHT_ERROR_SEQUENCE:
      return "Sequence number not higher";

    case BT_DHT_ERROR_NONE:
    case BT_DHT_ERROR_GENERIC:
    case BT_DHT_ERROR_SERVER:
    case BT_DHT_ERROR_UNKNOWN:
    default:
      return "Not taken";
    }
}

static BtDhtError
put (BtDht              *dht,
     const BtAddress    *from,
     const BtDhtMessage *query)
{
  const BtDhtId *own_id = &bt_dht_get_side (dht, from->family)->table.own_id;
  BtDhtError error = judge_put (query);
  BtDhtItem item = { 0 };
  BtDhtId target;

  if (error != BT_DHT_ERROR_NONE)
    return error;
  memcpy (item.value, query->value.bytes, query->value.n_bytes);
  item.n_value_bytes = (guint16) query->value.n_bytes;
  item.is_mutable = query->key.bytes != NULL;
  if (item.is_mutable)
    {
      memcpy (item.key, query->key.bytes, BT_DHT_KEY_BYTES);
      memcpy (item.signature, query->signature.bytes, BT_DHT_SIGNATURE_BYTES);
      if (query->salt.n_bytes > 0)
        memcpy (item.salt, query->salt.bytes, query->salt.n_bytes);
      item.n_salt_bytes = (guint8) query->salt.n_bytes;
      item.sequence = query->sequence;
    }
  bt_dht_item_get_target (&item, &target);
  /* The token before the signature, which is dear. */
  if (!bt_dht_token_check (dht->secret, from, &target, dht->now_us, query->token.bytes,
                           query->token.n_bytes))
    return BT_DHT_ERROR_PROTOCOL;
  if (!bt_dht_item_is_valid (&item))
    return item.is_mutable ? BT_DHT_ERROR_SIGNATURE : BT_DHT_ERROR_PROTOCOL;
  return bt_dht_items_put (dht->items, own_id, &item, query->has_cas ? query->cas : -1,
                           dht->now_us);
}

static void
answer_put (BtDht              *dht,
            const BtAddress    *from,
            const BtDhtMessage *query)
{
  BtDhtError error = put (dht, from, query);

  if (error == BT_DHT_ERROR_NONE)
    answer_ping (dht, from, query);
  else
    refuse (dht, from, query, error, describe_error (error));
}

/* The same sample for an hour, so that asking more often brings nothing; when all fit there is nothing to hide. */
static void
answer_sample (BtDht              *dht,
               const BtAddress    *from,
               const BtDhtMessage *query)
{
  guint n_hashes = bt_dht_store_get_n_hashes (dht->store);
  guint8 bytes[BT_DHT_MAX_SAMPLES * BT_DHT_ID_BYTES];
  Reply reply;
  guint n;

  if (n_hashes <= BT_DHT_MAX_SAMPLES || dht->n_samples < BT_DHT_MAX_SAMPLES ||
      dht->now_us - dht->sampled_at_us >= BT_DHT_SAMPLE_INTERVAL_S * BT_DHT_SECOND_US)
    {
      dht->n_samples = (guint) bt_dht_store_sample (dht->store, &dht->random, dht->samples,
                                                    BT_DHT_MAX_SAMPLES);
      dht->sampled_at_us = dht->now_us;
    }
  reply_init (&reply, query, BT_DHT_MAX_PACKET_BYTES);
  add_nodes (dht, &reply, from->family, query, TRUE);
  n = (guint) MIN (dht->n_samples, reply.n_left / BT_DHT_ID_BYTES);
  for (guint i = 0; i < n; i++)
    memcpy (bytes + i * BT_DHT_ID_BYTES, dht->samples[i].bytes, BT_DHT_ID_BYTES);
  reply.message.has_sample = TRUE;
  reply.message.samples = (BtDhtBytes) { bytes, n * BT_DHT_ID_BYTES };
  reply.message.n_in_all = n_hashes;
  reply.message.interval_s = n_hashes > n ? BT_DHT_SAMPLE_INTERVAL_S : 0;
  reply_send (dht, from, &reply);
}

void
bt_dht_answer (BtDht              *dht,
               const BtAddress    *from,
               const BtDhtMessage *query)
{
  BtDhtSide *side = bt_dht_get_side (dht, from->family);
  gboolean needs_target = query->method != BT_DHT_PING && query->method != BT_DHT_PUT;

  /* Somebody who claims our id is us, or wants to take our place. */
  if (bt_dht_id_equal (&query->id, &side->table.own_id))
    {
      dht->facts.n_dropped_lies++;
      return;
    }
  dht->facts.n_queries_in++;
  if (!query->is_read_only && bt_dht_table_heard (&side->table, &query->id, from, dht->now_us))
    bt_dht_upkeep_contact (dht, from, &query->id, BT_DHT_MAX_ASKERS);
  if (needs_target && !query->has_target)
    {
      refuse (dht, from, query,
              query->method == BT_DHT_OTHER ? BT_DHT_ERROR_UNKNOWN : BT_DHT_ERROR_PROTOCOL,
              query->method == BT_DHT_OTHER ? "Method unknown" : "Target missing");
      return;
    }
  switch (query->method)
    {
    case BT_DHT_PING:
      answer_ping (dht, from, query);
      break;

    case BT_DHT_GET_PEERS:
      answer_get_peers (dht, from, query);
      break;

    case BT_DHT_ANNOUNCE_PEER:
      answer_announce (dht, from, query);
      break;

    case BT_DHT_GET:
      answer_get (dht, from, query);
      break;

    case BT_DHT_PUT:
      answer_put (dht, from, query);
      break;

    case BT_DHT_SAMPLE_INFOHASHES:
      answer_sample (dht, from, query);
      break;

    /* What others invent later works as a look-up at least. */
    case BT_DHT_FIND_NODE:
    case BT_DHT_OTHER:
    default:
      answer_find_node (dht, from, query);
      break;
    }
}
