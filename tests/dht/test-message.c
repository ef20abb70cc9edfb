/* test-message.c - KRPC messages as they stand in the BEPs, and what is wrong with others
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-message.h"

#include "dht/bt-dht.h"

#define ID_A "abcdefghij0123456789"
#define ID_B "mnopqrstuvwxyz123456"

/* Bytes that are read, and written again just so. */
static const struct
{
  const char *text;
  BtDhtKind   kind;
  BtDhtMethod method;
} exact[] = {
  /* BEP 5 */
  { "d1:ad2:id20:" ID_A "e1:q4:ping1:t2:aa1:y1:qe", BT_DHT_QUERY, BT_DHT_PING },
  { "d1:rd2:id20:" ID_B "e1:t2:aa1:y1:re", BT_DHT_ANSWER, BT_DHT_PING },
  { "d1:ad2:id20:" ID_A "6:target20:" ID_B "e1:q9:find_node1:t2:aa1:y1:qe", BT_DHT_QUERY,
    BT_DHT_FIND_NODE },
  { "d1:ad2:id20:" ID_A "9:info_hash20:" ID_B "e1:q9:get_peers1:t2:aa1:y1:qe", BT_DHT_QUERY,
    BT_DHT_GET_PEERS },
  { "d1:rd2:id20:" ID_A "5:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re",
    BT_DHT_ANSWER, BT_DHT_PING },
  { "d1:ad2:id20:" ID_A "12:implied_porti1e9:info_hash20:" ID_B
    "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
    BT_DHT_QUERY, BT_DHT_ANNOUNCE_PEER },
  /* BEP 32, 33, 43 */
  { "d1:ad2:id20:" ID_A "9:info_hash20:" ID_B "6:noseedi1e6:scrapei1e4:wantl2:n42:n6ee"
    "1:q9:get_peers2:roi1e1:t2:aa1:v4:FS011:y1:qe",
    BT_DHT_QUERY, BT_DHT_GET_PEERS },
  /* BEP 44 */
  { "d1:ad3:casi4e2:id20:" ID_A "1:k32:aaaaaaaabbbbbbbbccccccccdddddddd4:salt3:xyz3:seqi5e"
    "3:sig64:aaaaaaaabbbbbbbbccccccccddddddddaaaaaaaabbbbbbbbccccccccdddddddd"
    "5:token2:tt1:vd1:xleee1:q3:put1:t2:aa1:y1:qe",
    BT_DHT_QUERY, BT_DHT_PUT },
  { "d1:ad2:id20:" ID_A "3:seqi5e6:target20:" ID_B "e1:q3:get1:t2:aa1:y1:qe", BT_DHT_QUERY,
    BT_DHT_GET },
  /* BEP 51 */
  { "d1:rd2:id20:" ID_A "8:intervali60e5:nodes0:3:numi9e7:samples20:" ID_B "e1:t2:aa1:y1:re",
    BT_DHT_ANSWER, BT_DHT_PING },
};

static void
test_exact (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (exact); i++)
    {
      gsize n_bytes = strlen (exact[i].text);
      g_autofree guint8 *copy = g_memdup2 (exact[i].text, n_bytes);
      g_autoptr (GBytes) again = NULL;
      BtDhtMessage message;

      g_assert_cmpint (bt_dht_message_parse (copy, n_bytes, &message), ==, BT_DHT_PARSED);
      g_assert_cmpint (message.kind, ==, exact[i].kind);
      g_assert_cmpint (message.method, ==, exact[i].method);
      again = bt_dht_message_put (&message);
      g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), copy, n_bytes);
      bt_dht_message_clear (&message);
    }
}

static void
parse (const char   *text,
       BtDhtMessage *message,
       BtDhtParsed   expected)
{
  BtDhtParsed parsed = bt_dht_message_parse ((const guint8 *) text, strlen (text), message);

  if (parsed != expected)
    g_error ("\"%s\" was taken for %d", text, parsed);
}

static const struct
{
  const char *text;
  BtDhtParsed parsed;
} others[] = {
  { "", BT_DHT_PARSED_ALIEN },
  { "x", BT_DHT_PARSED_ALIEN },
  { "i1e", BT_DHT_PARSED_ALIEN },
  { "d", BT_DHT_PARSED_BAD },
  { "de", BT_DHT_PARSED_BAD },
  { "dede", BT_DHT_PARSED_BAD },
  { "d1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:t2:aa1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:ad2:idi5ee1:q4:ping1:t2:aa1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:ad2:id20:" ID_A "e1:q4:ping1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:ad2:id20:" ID_A "e1:q4:ping1:t40:" ID_A ID_A "1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:ad2:id20:" ID_A "e1:q4:ping1:t2:aa1:y1:xe", BT_DHT_PARSED_BAD },
  { "d1:ale1:q4:ping1:t2:aa1:y1:qe", BT_DHT_PARSED_BAD },
  { "d1:rle1:t2:aa1:y1:re", BT_DHT_PARSED_BAD },
  { "d1:ad2:id20:" ID_A "e1:q4:boom1:t2:aa1:y1:qe", BT_DHT_PARSED },
  { "d1:ad2:id20:" ID_A "e1:t0:1:y1:qe", BT_DHT_PARSED },
  { "d1:eli201e1:xe1:t2:aa1:y1:ee", BT_DHT_PARSED },
  { "d1:e1:x1:t2:aa1:y1:ee", BT_DHT_PARSED },
};

static void
test_others (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      BtDhtMessage message;

      parse (others[i].text, &message, others[i].parsed);
      bt_dht_message_clear (&message);
    }
}

/* What is broken within a message is as if it were not there. */
static void
test_broken_parts (void)
{
  BtDhtMessage message;

  parse ("d1:rd4:BFsd3:abc2:id20:" ID_A "5:nodes27:abcdefghijklmnopqrstuvwxyz1"
         "6:nodes6i1e7:samples3:abc6:valuesl5:abcde7:abcdefgi1eleee1:t2:aa1:y1:re",
         &message, BT_DHT_PARSED);
  g_assert_null (message.nodes.bytes);
  g_assert_null (message.nodes6.bytes);
  g_assert_null (message.seeds_bloom.bytes);
  g_assert_false (message.has_sample);
  g_assert_cmpuint (message.n_peers, ==, 0);
  bt_dht_message_clear (&message);

  /* Peers nobody can connect to: port 0, 0.0.0.0, multicast. */
  parse ("d1:rd2:id20:" ID_A "6:valuesl6:aaaa\x01\x02" "6:\xe0" "aaabbee1:t2:aa1:y1:re", &message,
         BT_DHT_PARSED);
  g_assert_cmpuint (message.n_peers, ==, 1);
  g_assert_cmpuint (message.peers[0].port, ==, 0x0102);
  bt_dht_message_clear (&message);

  parse ("d1:ad2:id20:" ID_A "9:info_hash20:" ID_B "4:porti70000ee"
         "1:q13:announce_peer1:t2:aa1:y1:qe",
         &message, BT_DHT_PARSED);
  g_assert_cmpuint (message.port, ==, 0);
  bt_dht_message_clear (&message);

  parse ("d1:ad2:id20:" ID_A "1:vd1:bi1e1:ai1eee1:q3:put1:t2:aa1:y1:qe", &message, BT_DHT_PARSED);
  g_assert_false (message.is_value_canonical);
  g_assert_cmpuint (message.value.n_bytes, ==, 14);
  bt_dht_message_clear (&message);
}

static void
test_many_values (void)
{
  g_autoptr (GString) text = g_string_new ("d1:rd2:id20:" ID_A "6:valuesl");
  BtDhtMessage message;

  for (guint i = 0; i < 400; i++)
    g_string_append (text, "6:abcdef");
  g_string_append (text, "ee1:t2:aa1:y1:re");
  parse (text->str, &message, BT_DHT_PARSED);
  g_assert_cmpuint (message.n_peers, ==, BT_DHT_MAX_VALUES);
  bt_dht_message_clear (&message);
}

static void
test_seen_at (void)
{
  BtDhtMessage message;
  char text[BT_ADDRESS_STRING_BYTES];

  parse ("d2:ip6:\x01\x02\x03\x04\x1a\xe1" "1:rd2:id20:" ID_A "e1:t2:aa1:y1:re", &message,
         BT_DHT_PARSED);
  g_assert_cmpstr (bt_address_to_string (&message.seen_at, text), ==, "1.2.3.4:6881");
  bt_dht_message_clear (&message);
  parse ("d2:ip5:abcde1:rd2:id20:" ID_A "e1:t2:aa1:y1:re", &message, BT_DHT_PARSED);
  g_assert_cmpint (message.seen_at.family, ==, BT_FAMILY_NONE);
  bt_dht_message_clear (&message);
}

static void
test_nodes (void)
{
  BtDhtId id = { { 1, 2, 3 } };
  BtDhtId again;
  BtAddress address;
  BtAddress back;
  guint8 bytes[BT_DHT_NODE6_BYTES];

  g_assert_true (bt_address_parse ("1.2.3.4:5", 0, &address));
  g_assert_cmpuint (bt_dht_node_write (&id, &address, bytes), ==, BT_DHT_NODE4_BYTES);
  g_assert_true (bt_dht_node_read (bytes, BT_FAMILY_IPV4, &again, &back));
  g_assert_true (bt_dht_id_equal (&id, &again));
  g_assert_true (bt_address_equal (&address, &back));
  bytes[24] = bytes[25] = 0;
  g_assert_false (bt_dht_node_read (bytes, BT_FAMILY_IPV4, &again, &back));
  g_assert_true (bt_address_parse ("[2001:db8::1]:5", 0, &address));
  g_assert_cmpuint (bt_dht_node_write (&id, &address, bytes), ==, BT_DHT_NODE6_BYTES);
  g_assert_true (bt_dht_node_read (bytes, BT_FAMILY_IPV6, &again, &back));
  g_assert_true (bt_address_equal (&address, &back));
  memset (bytes + 20, 0, 10);
  memset (bytes + 30, 0xff, 2);
  memcpy (bytes + 32, "\x01\x02\x03\x04", 4);
  g_assert_false (bt_dht_node_read (bytes, BT_FAMILY_IPV6, &again, &back));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/message/exact", test_exact);
  g_test_add_func ("/dht/message/others", test_others);
  g_test_add_func ("/dht/message/broken-parts", test_broken_parts);
  g_test_add_func ("/dht/message/many-values", test_many_values);
  g_test_add_func ("/dht/message/seen-at", test_seen_at);
  g_test_add_func ("/dht/message/nodes", test_nodes);
  return g_test_run ();
}
