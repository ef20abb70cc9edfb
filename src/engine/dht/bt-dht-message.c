/* bt-dht-message.c - KRPC messages read (BEP 5, 32, 33, 42, 43, 44, 51)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-message.h"

#include "bt-dht-bloom.h"
#include "bt-dht-items.h"
#include "bt-dht-message-private.h"

/* A packet has at most BT_DHT_MAX_RECEIVE_BYTES; a value in it may be nested. */
static const BtBencodeLimits limits = {
  .max_depth = 40,
  .max_tokens = 2048,
  .max_bytes = BT_DHT_MAX_RECEIVE_BYTES,
};

const char *const bt_dht_method_names[BT_DHT_N_METHODS] = {
  [BT_DHT_PING] = "ping",
  [BT_DHT_FIND_NODE] = "find_node",
  [BT_DHT_GET_PEERS] = "get_peers",
  [BT_DHT_ANNOUNCE_PEER] = "announce_peer",
  [BT_DHT_GET] = "get",
  [BT_DHT_PUT] = "put",
  [BT_DHT_SAMPLE_INFOHASHES] = "sample_infohashes",
};

void
bt_dht_message_init (BtDhtMessage *message)
{
  memset (message, 0, offsetof (BtDhtMessage, peers));
}

void
bt_dht_message_clear (BtDhtMessage *message)
{
  g_clear_pointer (&message->document, bt_bencode_free);
}

static BtDhtBytes
get_bytes (BtBencodeNode dict,
           const char   *key)
{
  BtDhtBytes bytes = { NULL, 0 };

  bytes.bytes = bt_bencode_dict_get_string (dict, key, &bytes.n_bytes);
  return bytes;
}

/* A string of exactly this length, or none. */
static BtDhtBytes
get_exactly (BtBencodeNode dict,
             const char   *key,
             gsize         n_bytes)
{
  BtDhtBytes bytes = get_bytes (dict, key);

  return bytes.bytes != NULL && bytes.n_bytes == n_bytes ? bytes : (BtDhtBytes) { NULL, 0 };
}

/* A string of whole parts, cut to `n_max_bytes`; none when a part is broken. */
static BtDhtBytes
get_parts (BtBencodeNode dict,
           const char   *key,
           gsize         n_part_bytes,
           gsize         n_max_bytes)
{
  BtDhtBytes bytes = get_bytes (dict, key);

  if (bytes.bytes == NULL || bytes.n_bytes % n_part_bytes != 0)
    return (BtDhtBytes) { NULL, 0 };
  bytes.n_bytes = MIN (bytes.n_bytes, n_max_bytes);
  return bytes;
}

static gboolean
get_id (BtBencodeNode  dict,
        const char    *key,
        BtDhtId       *out_id)
{
  BtDhtBytes bytes = get_exactly (dict, key, BT_DHT_ID_BYTES);

  if (bytes.bytes == NULL)
    return FALSE;
  memcpy (out_id->bytes, bytes.bytes, BT_DHT_ID_BYTES);
  return TRUE;
}

static gboolean
get_flag (BtBencodeNode  dict,
          const char    *key)
{
  gint64 value;

  return bt_bencode_dict_get_int (dict, key, &value) && value == 1;
}

static void
parse_address (BtBencodeNode  root,
               BtAddress     *out_address)
{
  BtDhtBytes ip = get_bytes (root, "ip");

  if (ip.bytes != NULL && ip.n_bytes == 6)
    bt_address_from_compact4 (ip.bytes, out_address);
  else if (ip.bytes != NULL && ip.n_bytes == 18)
    bt_address_from_compact6 (ip.bytes, out_address);
}

static void
parse_want (BtBencodeNode  args,
            BtDhtMessage  *message)
{
  BtBencodeNode want = bt_bencode_dict_get (args, "want");
  BtBencodeNode node;
  BtBencodeIter iter;

  if (bt_bencode_node_get_type (want) != BT_BENCODE_LIST)
    return;
  message->has_want = TRUE;
  bt_bencode_iter_init (&iter, want);
  while (bt_bencode_iter_next (&iter, &node))
    {
      message->wants_ipv4 |= bt_bencode_node_equals (node, "n4") != FALSE;
      message->wants_ipv6 |= bt_bencode_node_equals (node, "n6") != FALSE;
    }
}

/* BEP 44, of queries and answers alike. */
static void
parse_item (BtBencodeNode  dict,
            BtDhtMessage  *message)
{
  BtBencodeNode value = bt_bencode_dict_get (dict, "v");
  gint64        number;

  if (bt_bencode_node_exists (value))
    {
      message->value.bytes = bt_bencode_node_get_raw (value, &message->value.n_bytes);
      message->is_value_canonical = bt_dht_value_is_canonical (value) != FALSE;
    }
  message->key = get_exactly (dict, "k", BT_DHT_KEY_BYTES);
  message->signature = get_exactly (dict, "sig", BT_DHT_SIGNATURE_BYTES);
  message->salt = get_bytes (dict, "salt");
  if (bt_bencode_dict_get_int (dict, "seq", &number))
    {
      message->has_sequence = TRUE;
      message->sequence = number;
    }
  if (bt_bencode_dict_get_int (dict, "cas", &number))
    {
      message->has_cas = TRUE;
      message->cas = number;
    }
}

static BtDhtMethod
find_method (BtBencodeNode name)
{
  for (guint i = 0; i < BT_DHT_N_METHODS; i++)
    if (bt_bencode_node_equals (name, bt_dht_method_names[i]))
      return (BtDhtMethod) i;
  return BT_DHT_OTHER;
}

static void
parse_query (BtBencodeNode  root,
             BtBencodeNode  args,
             BtDhtMessage  *message)
{
  gint64 port;

  message->method = find_method (bt_bencode_dict_get (root, "q"));
  message->is_read_only = get_flag (root, "ro") != FALSE;
  /* Those we do not know are answered like find_node when they name something to look for. */
  message->has_target = get_id (args, "target", &message->target) ||
                        get_id (args, "info_hash", &message->target);
  parse_want (args, message);
  message->is_implied_port = get_flag (args, "implied_port") != FALSE;
  message->is_seed = get_flag (args, "seed") != FALSE;
  message->no_seeds = get_flag (args, "noseed") != FALSE;
  message->is_scrape = get_flag (args, "scrape") != FALSE;
  if (bt_bencode_dict_get_int (args, "port", &port) && port >= 1 && port <= G_MAXUINT16)
    message->port = (guint16) port;
  parse_item (args, message);
}

static void
parse_values (BtBencodeNode  values,
              BtDhtMessage  *message)
{
  BtBencodeNode node;
  BtBencodeIter iter;

  if (bt_bencode_node_get_type (values) != BT_BENCODE_LIST)
    return;
  bt_bencode_iter_init (&iter, values);
  while (message->n_peers < BT_DHT_MAX_VALUES && bt_bencode_iter_next (&iter, &node))
    {
      BtAddress    *peer = &message->peers[message->n_peers];
      gsize         n_bytes = 0;
      const guint8 *bytes = bt_bencode_node_get_string (node, &n_bytes);

      if (bytes == NULL || (n_bytes != 6 && n_bytes != 18))
        continue;
      if (n_bytes == 6)
        bt_address_from_compact4 (bytes, peer);
      else
        bt_address_from_compact6 (bytes, peer);
      message->n_peers += bt_address_is_connectable (peer) != FALSE;
    }
}

static void
parse_answer (BtBencodeNode  answer,
              BtDhtMessage  *message)
{
  gint64 number;

  message->nodes = get_parts (answer, "nodes", BT_DHT_NODE4_BYTES,
                              BT_DHT_NODE4_BYTES * BT_DHT_MAX_NODES);
  message->nodes6 = get_parts (answer, "nodes6", BT_DHT_NODE6_BYTES,
                               BT_DHT_NODE6_BYTES * BT_DHT_MAX_NODES);
  parse_values (bt_bencode_dict_get (answer, "values"), message);
  message->seeds_bloom = get_exactly (answer, "BFsd", BT_DHT_BLOOM_BYTES);
  message->peers_bloom = get_exactly (answer, "BFpe", BT_DHT_BLOOM_BYTES);
  message->samples = get_parts (answer, "samples", BT_DHT_ID_BYTES, BT_DHT_MAX_SAMPLE_BYTES);
  message->has_sample = message->samples.bytes != NULL;
  if (bt_bencode_dict_get_int (answer, "num", &number) && number > 0)
    message->n_in_all = (guint32) MIN (number, G_MAXUINT32);
  if (bt_bencode_dict_get_int (answer, "interval", &number) && number > 0)
    message->interval_s = (guint32) MIN (number, BT_DHT_MAX_INTERVAL_S);
  parse_item (answer, message);
}

static gboolean
parse_body (BtBencodeNode  root,
            BtDhtMessage  *message)
{
  BtBencodeNode kind = bt_bencode_dict_get (root, "y");
  BtBencodeNode body;
  BtBencodeNode code;
  BtBencodeIter iter;

  if (bt_bencode_node_equals (kind, "e"))
    {
      message->kind = BT_DHT_FAILURE;
      bt_bencode_iter_init (&iter, bt_bencode_dict_get (root, "e"));
      if (bt_bencode_iter_next (&iter, &code))
        bt_bencode_node_get_int (code, &message->error);
      return TRUE;
    }
  message->kind = bt_bencode_node_equals (kind, "q") ? BT_DHT_QUERY : BT_DHT_ANSWER;
  if (message->kind == BT_DHT_ANSWER && !bt_bencode_node_equals (kind, "r"))
    return FALSE;
  body = bt_bencode_dict_get (root, message->kind == BT_DHT_QUERY ? "a" : "r");
  message->has_id = get_id (body, "id", &message->id) != FALSE;
  if (!message->has_id)
    return FALSE;
  message->token = get_bytes (body, "token");
  if (message->kind == BT_DHT_QUERY)
    parse_query (root, body, message);
  else
    parse_answer (body, message);
  return TRUE;
}

BtDhtParsed
bt_dht_message_parse (const guint8 *bytes,
                      gsize         n_bytes,
                      BtDhtMessage *message)
{
  BtBencodeNode root;

  bt_dht_message_init (message);
  if (n_bytes == 0 || bytes[0] != 'd')
    return BT_DHT_PARSED_ALIEN;
  message->document = bt_bencode_parse_data (bytes, n_bytes, &limits, NULL);
  if (message->document == NULL)
    return BT_DHT_PARSED_BAD;
  root = bt_bencode_get_root (message->document);
  message->transaction = get_bytes (root, "t");
  message->version = get_bytes (root, "v");
  parse_address (root, &message->seen_at);
  if (message->transaction.bytes == NULL ||
      message->transaction.n_bytes > BT_DHT_MAX_TRANSACTION_BYTES || !parse_body (root, message))
    return BT_DHT_PARSED_BAD;
  return BT_DHT_PARSED;
}

gboolean
bt_dht_node_read (const guint8 *bytes,
                  BtFamily      family,
                  BtDhtId      *out_id,
                  BtAddress    *out_address)
{
  BtAddress address = { 0 };

  if (family == BT_FAMILY_IPV4)
    bt_address_from_compact4 (bytes + BT_DHT_ID_BYTES, &address);
  else
    bt_address_from_compact6 (bytes + BT_DHT_ID_BYTES, &address);
  /* An IPv4 address in an IPv6 one's clothes is none of this table. */
  if (address.family != family || !bt_address_is_connectable (&address))
    return FALSE;
  memcpy (out_id->bytes, bytes, BT_DHT_ID_BYTES);
  *out_address = address;
  return TRUE;
}

gsize
bt_dht_node_write (const BtDhtId   *id,
                   const BtAddress *address,
                   guint8           out_bytes[BT_DHT_NODE6_BYTES])
{
  memcpy (out_bytes, id->bytes, BT_DHT_ID_BYTES);
  return BT_DHT_ID_BYTES + bt_address_to_compact (address, out_bytes + BT_DHT_ID_BYTES);
}
