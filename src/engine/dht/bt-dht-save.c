/* bt-dht-save.c - what a node knows when it starts again: its ids and its nodes
 *
 * A bencoded dictionary: "id4", "id6", "nodes4", "nodes6" (compact), and "version", which is 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-private.h"

#include "bencode/bt-bencode-writer.h"
#include "bencode/bt-bencode.h"

#define STATE_VERSION   1
#define MAX_STATE_BYTES (2 * BT_DHT_MAX_SAVED_NODES * BT_DHT_NODE6_BYTES + 1024)

static const BtBencodeLimits limits = {
  .max_depth = 4,
  .max_tokens = 64,
  .max_bytes = MAX_STATE_BYTES,
};

static const char *const id_keys[BT_DHT_N_SIDES] = { "id4", "id6" };
static const char *const node_keys[BT_DHT_N_SIDES] = { "nodes4", "nodes6" };

/* Deepest buckets first: those are hardest to find again. */
static void
put_nodes (BtBencodeWriter *writer,
           const BtDhtSide *side,
           gint64           now_us)
{
  const BtDhtTable *table = &side->table;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 compact[BT_DHT_NODE6_BYTES];
  guint n_nodes = 0;

  for (guint b = table->n_buckets; b > 0; b--)
    {
      const BtDhtBucket *bucket = &table->buckets[b - 1];

      for (guint i = 0; i < bucket->n_nodes && n_nodes < BT_DHT_MAX_SAVED_NODES; i++)
        {
          const BtDhtNode *node = &bucket->nodes[i];

          if (node->n_failures > 0)
            continue;
          g_byte_array_append (bytes, compact,
                               (guint) bt_dht_node_write (&node->id, &node->address, compact));
          n_nodes++;
        }
    }
  bt_bencode_writer_string (writer, bytes->data, bytes->len);
}

GBytes *
bt_dht_save (BtDht  *dht,
             gint64  now_us)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();

  bt_bencode_writer_begin_dict (writer);
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    if (dht->sides[i].is_on)
      {
        bt_bencode_writer_key (writer, id_keys[i]);
        bt_bencode_writer_string (writer, dht->sides[i].table.own_id.bytes, BT_DHT_ID_BYTES);
      }
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    if (dht->sides[i].is_on)
      {
        bt_bencode_writer_key (writer, node_keys[i]);
        put_nodes (writer, &dht->sides[i], now_us);
      }
  bt_bencode_writer_key (writer, "version");
  bt_bencode_writer_int (writer, STATE_VERSION);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

static void
restore_side (BtDht         *dht,
              BtDhtSide     *side,
              BtBencodeNode  root,
              const char    *id_key,
              const char    *nodes_key)
{
  gsize n_node_bytes = side->family == BT_FAMILY_IPV4 ? BT_DHT_NODE4_BYTES : BT_DHT_NODE6_BYTES;
  gsize n_bytes = 0;
  const guint8 *bytes = bt_bencode_dict_get_string (root, id_key, &n_bytes);
  BtDhtId id;

  if (bytes != NULL && n_bytes == BT_DHT_ID_BYTES)
    {
      memcpy (id.bytes, bytes, BT_DHT_ID_BYTES);
      bt_dht_table_set_own_id (&side->table, &id, dht->now_us);
    }
  n_bytes = 0;
  bytes = bt_bencode_dict_get_string (root, nodes_key, &n_bytes);
  for (gsize i = 0; bytes != NULL && i < MIN (n_bytes / n_node_bytes, BT_DHT_MAX_SAVED_NODES); i++)
    {
      BtAddress address;

      if (bt_dht_node_read (bytes + i * n_node_bytes, side->family, &id, &address) &&
          !bt_dht_id_equal (&id, &side->table.own_id))
        bt_dht_upkeep_contact (dht, &address, &id, BT_DHT_MAX_SAVED_NODES);
    }
}

gboolean
bt_dht_restore (BtDht  *dht,
                GBytes *saved)
{
  g_autoptr (BtBencode) document = bt_bencode_parse (saved, &limits, NULL);
  BtBencodeNode root;
  gint64 version;

  if (document == NULL)
    return FALSE;
  root = bt_bencode_get_root (document);
  if (!bt_bencode_dict_get_int (root, "version", &version) || version != STATE_VERSION)
    return FALSE;
  for (guint i = 0; i < BT_DHT_N_SIDES; i++)
    if (dht->sides[i].is_on)
      restore_side (dht, &dht->sides[i], root, id_keys[i], node_keys[i]);
  return TRUE;
}
