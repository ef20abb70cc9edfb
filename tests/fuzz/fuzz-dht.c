/* fuzz-dht.c - any datagrams into a whole DHT node, as queries of strangers and as answers to what it asked
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-private.h"

/* Input: datagrams, each with a byte of flags and two of length. */
#define IS_ANSWER   1  /* comes from whom we asked last, with its transaction in the place of "TTTT" */
#define IS_IPV6     2
#define IS_LATE     4  /* some seconds later */
#define IS_SEARCH   8  /* we look for something first */
#define HEAD_BYTES  3

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

typedef struct
{
  BtAddress asked;           /* the last */
  guint8    transaction[4];
  guint64   n_sent;
} Wire;

static void
send_cb (gpointer         owner,
         const BtAddress *to,
         const guint8    *bytes,
         gsize            n_bytes)
{
  Wire *wire = owner;
  BtDhtMessage message;

  if (n_bytes > BT_DHT_MAX_ITEM_PACKET)
    g_error ("a packet of %" G_GSIZE_FORMAT " bytes", n_bytes);
  if (bt_dht_message_parse (bytes, n_bytes, &message) != BT_DHT_PARSED)
    g_error ("we do not understand ourselves");
  if (message.kind == BT_DHT_QUERY)
    {
      wire->asked = *to;
      memcpy (wire->transaction, message.transaction.bytes, 4);
    }
  bt_dht_message_clear (&message);
  wire->n_sent++;
}

static void
seen_at_cb (gpointer         owner,
            const BtAddress *voter,
            const BtAddress *address)
{
  if (voter->family != address->family)
    g_error ("a vote of the wrong family");
}

static void
peers_cb (gpointer         user_data,
          const BtAddress *peers,
          gsize            n_peers)
{
  for (gsize i = 0; i < n_peers; i++)
    if (!bt_address_is_connectable (&peers[i]))
      g_error ("a peer that cannot be connected to");
}

static void
item_cb (gpointer         user_data,
         const BtDhtItem *item)
{
  if (!bt_dht_item_is_valid (item))
    g_error ("an item that is not valid");
}

static void
sample_cb (gpointer           user_data,
           const BtDhtSample *sample)
{
  if (sample->hashes != NULL && sample->interval_s > 21600)
    g_error ("an impossible interval");
}

static const BtDhtOps ops = { send_cb, seen_at_cb };

static void
run (BtDht  *dht,
     gint64  now_us)
{
  for (guint i = 0; i < 4 && bt_dht_get_next_us (dht) <= now_us; i++)
    bt_dht_tick (dht, now_us);
}

static void
search (BtDht        *dht,
        const guint8 *data,
        gint64        now_us)
{
  BtDhtId target = { { data[0] } };

  if (data[0] % 4 == 0)
    bt_dht_search (dht, target.bytes, data[0] >> 2 & 0x0f, 6881, peers_cb, NULL, NULL, now_us);
  else if (data[0] % 4 == 1)
    bt_dht_get_item (dht, &target, NULL, 0, item_cb, NULL, NULL, now_us);
  else
    bt_dht_sample (dht, &(BtAddress) { .family = BT_FAMILY_IPV4, .ip = { 9, 9, 9, 9 }, .port = 9 },
                   sample_cb, NULL, now_us);
  run (dht, now_us);
}

static void
check (BtDht  *dht,
       gint64  now_us)
{
  BtDhtFacts facts;
  g_autoptr (GBytes) saved = bt_dht_save (dht, now_us);

  bt_dht_get_facts (dht, &facts, now_us);
  if (facts.n_requests > BT_DHT_MAX_REQUESTS || facts.n_searches > BT_DHT_MAX_SEARCHES ||
      facts.ipv4.n_buckets > BT_DHT_MAX_BUCKETS || facts.ipv4.n_waiting > BT_DHT_MAX_CONTACTS)
    g_error ("a bound was broken");
  if (g_bytes_get_size (saved) == 0)
    g_error ("nothing was saved");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtDhtConfig config = { .has_ipv4 = TRUE, .has_ipv6 = TRUE, .version = "FS01" };
  BtAddress first = { .family = BT_FAMILY_IPV4, .ip = { 8, 8, 8, 8 }, .port = 8 };
  gint64 now_us = 1000 * BT_DHT_SECOND_US;
  Wire wire = { .asked = first };
  BtDht *dht = bt_dht_new (&config, &ops, &wire, now_us);

  bt_dht_add_node (dht, &first, now_us);
  run (dht, now_us);
  while (size > HEAD_BYTES)
    {
      guint8 flags = data[0];
      gsize n_bytes = MIN (size - HEAD_BYTES, (gsize) data[1] << 8 | data[2]);
      g_autofree guint8 *bytes = g_memdup2 (data + HEAD_BYTES, n_bytes);
      BtAddress from = { .family = BT_FAMILY_IPV4, .ip = { 7, data[2], 7, 7 }, .port = 7 };
      guint8 *mark;

      data += HEAD_BYTES;
      size -= HEAD_BYTES;
      if ((flags & IS_IPV6) != 0)
        from = (BtAddress) { .family = BT_FAMILY_IPV6, .ip = { 0x2a, 1, flags }, .port = 7 };
      if ((flags & IS_SEARCH) != 0 && n_bytes > 0)
        search (dht, data, now_us);
      if ((flags & IS_ANSWER) != 0)
        {
          from = wire.asked;
          mark = n_bytes > 0 ? memmem (bytes, n_bytes, "TTTT", 4) : NULL;
          if (mark != NULL)
            memcpy (mark, wire.transaction, 4);
        }
      now_us += (flags & IS_LATE) != 0 ? 3 * BT_DHT_SECOND_US : 1000;
      bt_dht_receive (dht, &from, bytes, n_bytes, now_us);
      run (dht, now_us);
      data += n_bytes;
      size -= n_bytes;
    }
  check (dht, now_us);
  for (guint i = 0; i < 100 && bt_dht_get_next_us (dht) < now_us + 70 * BT_DHT_SECOND_US; i++)
    bt_dht_tick (dht, MAX (bt_dht_get_next_us (dht), now_us));
  bt_dht_free (dht);
  return 0;
}
