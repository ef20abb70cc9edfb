/* bt-dht-message-put.c - KRPC messages written; keys in the order that BEP 3 wants
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-message.h"

#include "bt-dht-message-private.h"

#include "bencode/bt-bencode-writer.h"

static void
put_bytes (BtBencodeWriter  *writer,
           const char       *key,
           const BtDhtBytes *bytes)
{
  if (bytes->bytes == NULL)
    return;
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_string (writer, bytes->bytes, bytes->n_bytes);
}

static void
put_id (BtBencodeWriter *writer,
        const char      *key,
        const BtDhtId   *id)
{
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_string (writer, id->bytes, BT_DHT_ID_BYTES);
}

static void
put_int (BtBencodeWriter *writer,
         gboolean         is_set,
         const char      *key,
         gint64           value)
{
  if (!is_set)
    return;
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_int (writer, value);
}

static void
put_value (BtBencodeWriter    *writer,
           const BtDhtMessage *message)
{
  if (message->value.bytes == NULL)
    return;
  bt_bencode_writer_key (writer, "v");
  bt_bencode_writer_raw (writer, message->value.bytes, message->value.n_bytes);
}

static void
put_compact (BtBencodeWriter *writer,
             const BtAddress *address)
{
  guint8 compact[18];
  gsize  n_bytes = bt_address_to_compact (address, compact);

  bt_bencode_writer_string (writer, compact, n_bytes);
}

static void
put_want (BtBencodeWriter    *writer,
          const BtDhtMessage *message)
{
  if (!message->wants_ipv4 && !message->wants_ipv6)
    return;
  bt_bencode_writer_key (writer, "want");
  bt_bencode_writer_begin_list (writer);
  if (message->wants_ipv4)
    bt_bencode_writer_text (writer, "n4");
  if (message->wants_ipv6)
    bt_bencode_writer_text (writer, "n6");
  bt_bencode_writer_end (writer);
}

static void
put_arguments (BtBencodeWriter    *writer,
               const BtDhtMessage *message)
{
  gboolean is_of_peers = message->method == BT_DHT_GET_PEERS ||
                         message->method == BT_DHT_ANNOUNCE_PEER;

  bt_bencode_writer_begin_dict (writer);
  put_int (writer, message->has_cas, "cas", message->cas);
  put_id (writer, "id", &message->id);
  put_int (writer, message->is_implied_port, "implied_port", 1);
  if (message->has_target && is_of_peers)
    put_id (writer, "info_hash", &message->target);
  put_bytes (writer, "k", &message->key);
  put_int (writer, message->no_seeds, "noseed", 1);
  put_int (writer, message->method == BT_DHT_ANNOUNCE_PEER, "port", message->port);
  put_bytes (writer, "salt", &message->salt);
  put_int (writer, message->is_scrape, "scrape", 1);
  put_int (writer, message->is_seed, "seed", 1);
  put_int (writer, message->has_sequence, "seq", message->sequence);
  put_bytes (writer, "sig", &message->signature);
  if (message->has_target && !is_of_peers)
    put_id (writer, "target", &message->target);
  put_bytes (writer, "token", &message->token);
  put_value (writer, message);
  put_want (writer, message);
  bt_bencode_writer_end (writer);
}

static void
put_answer (BtBencodeWriter    *writer,
            const BtDhtMessage *message)
{
  bt_bencode_writer_begin_dict (writer);
  put_bytes (writer, "BFpe", &message->peers_bloom);
  put_bytes (writer, "BFsd", &message->seeds_bloom);
  put_id (writer, "id", &message->id);
  put_int (writer, message->has_sample, "interval", message->interval_s);
  put_bytes (writer, "k", &message->key);
  put_bytes (writer, "nodes", &message->nodes);
  put_bytes (writer, "nodes6", &message->nodes6);
  put_int (writer, message->has_sample, "num", message->n_in_all);
  put_bytes (writer, "samples", &message->samples);
  put_int (writer, message->has_sequence, "seq", message->sequence);
  put_bytes (writer, "sig", &message->signature);
  put_bytes (writer, "token", &message->token);
  put_value (writer, message);
  if (message->n_peers > 0)
    {
      bt_bencode_writer_key (writer, "values");
      bt_bencode_writer_begin_list (writer);
      for (gsize i = 0; i < message->n_peers; i++)
        put_compact (writer, &message->peers[i]);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
}

static void
put_failure (BtBencodeWriter    *writer,
             const BtDhtMessage *message)
{
  bt_bencode_writer_begin_list (writer);
  bt_bencode_writer_int (writer, message->error);
  bt_bencode_writer_text (writer, message->error_text != NULL ? message->error_text : "");
  bt_bencode_writer_end (writer);
}

GBytes *
bt_dht_message_put (const BtDhtMessage *message)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  static const char *const kinds[] = { "q", "r", "e" };

  bt_bencode_writer_begin_dict (writer);
  if (message->kind == BT_DHT_QUERY)
    {
      bt_bencode_writer_key (writer, "a");
      put_arguments (writer, message);
    }
  else if (message->kind == BT_DHT_FAILURE)
    {
      bt_bencode_writer_key (writer, "e");
      put_failure (writer, message);
    }
  if (message->seen_at.family != BT_FAMILY_NONE)
    {
      bt_bencode_writer_key (writer, "ip");
      put_compact (writer, &message->seen_at);
    }
  if (message->kind == BT_DHT_QUERY)
    {
      bt_bencode_writer_key (writer, "q");
      bt_bencode_writer_text (writer, bt_dht_method_names[message->method]);
    }
  if (message->kind == BT_DHT_ANSWER)
    {
      bt_bencode_writer_key (writer, "r");
      put_answer (writer, message);
    }
  put_int (writer, message->is_read_only, "ro", 1);
  bt_bencode_writer_key (writer, "t");
  bt_bencode_writer_string (writer, message->transaction.bytes, message->transaction.n_bytes);
  put_bytes (writer, "v", &message->version);
  bt_bencode_writer_key (writer, "y");
  bt_bencode_writer_text (writer, kinds[message->kind]);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}
