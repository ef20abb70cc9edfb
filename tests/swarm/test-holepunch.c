/* test-holepunch.c - hole punching (BEP 55): as a relay, and as what a relay tells
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"
#include "wire/bt-extension.h"
#include "wire/bt-holepunch-message.h"
#include "wire/bt-pex-message.h"

#include <string.h>

#define PIECE_BYTES  16384u
#define HOLEPUNCH_ID 9      /* how the raw peers call it */
#define MAX_HEARD    200

static const TestFile one_mib[] = { { "one.bin", 1 << 20 }, { NULL } };

typedef struct
{
  RawPeer            *raw;
  BtAddress           address;  /* it is seen at */
  guint               n_heard;
  BtHolepunchMessage  heard[MAX_HEARD];
} Guest;

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  Guest       guests[2];
} Party;

static void
heard_cb (RawPeer      *raw,
          guint8        extended_id,
          const guint8 *payload,
          gsize         n_bytes)
{
  Guest *guest = raw->data;

  if (extended_id != HOLEPUNCH_ID)
    return;
  g_assert_cmpuint (guest->n_heard, <, MAX_HEARD);
  g_assert_true (bt_holepunch_message_parse (payload, n_bytes, &guest->heard[guest->n_heard++]));
}

static void
guest_say (Guest        *guest,
           BtExtension   extension,
           gconstpointer payload,
           gsize         n_bytes)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  bt_wire_put_extended (bytes, extension, payload, n_bytes);
  raw_peer_send (guest->raw, bytes->data, bytes->len);
}

static void
guest_punch (Guest           *guest,
             BtHolepunchType  type,
             const BtAddress *address)
{
  BtHolepunchMessage message = { .type = type, .address = *address };
  guint8 payload[BT_HOLEPUNCH_MAX_BYTES];
  gsize n_bytes = bt_holepunch_message_put (&message, payload);

  guest_say (guest, BT_EXTENSION_HOLEPUNCH, payload, n_bytes);
}

static void
guest_begin (Party      *party,
             Guest      *guest,
             const char *id,
             gboolean    speaks)
{
  BtExtensionHandshake handshake = { .has_m = TRUE };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  guest->n_heard = 0;
  guest->raw = raw_peer_new (party->node, party->metainfo);
  guest->raw->data = guest;
  guest->raw->extended_func = heard_cb;
  raw_peer_send_handshake (guest->raw, party->metainfo, id, TRUE);
  g_assert_true (raw_peer_wait_handshake (guest->raw));
  guest->address = *bt_stream_get_local (guest->raw->stream);
  if (speaks)
    handshake.ids[BT_EXTENSION_HOLEPUNCH] = HOLEPUNCH_ID;
  handshake.ids[BT_EXTENSION_PEX] = BT_EXTENSION_PEX;
  bt_extension_put_handshake (bytes, &handshake);
  raw_peer_send (guest->raw, bytes->data, bytes->len);
  raw_peer_send_simple (guest->raw, BT_WIRE_HAVE_NONE);
  /* What is answered to comes after what was said before. */
  g_assert_true (raw_peer_wait_message (guest->raw, BT_WIRE_EXTENDED, 1));
}

static void
party_begin (Party       *party,
             gboolean     is_private,
             BtTransport  transport,
             gboolean     second_speaks)
{
  BtSessionConfig config = { .discovery = BT_DISCOVERY_PEX, .network.transport = transport };

  party->world = test_world_new ();
  party->metainfo = test_world_make_torrent_of (party->world, "one.bin", one_mib, PIECE_BYTES,
                                                is_private);
  party->node = test_node_new (party->world, &config);
  test_node_add (party->node, party->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (party->node, BT_SWARM_DOWNLOADING));
  guest_begin (party, &party->guests[0], "a", TRUE);
  guest_begin (party, &party->guests[1], "b", second_speaks);
}

static void
party_end (Party *party)
{
  for (guint i = 0; i < 2; i++)
    raw_peer_free (party->guests[i].raw);
  test_node_free (party->node);
  bt_metainfo_unref (party->metainfo);
  test_world_free (party->world);
}

static gboolean
has_heard (gpointer user_data)
{
  return ((Guest *) user_data)->n_heard > 0;
}

/* An address where nobody listens, which is refused at once. */
static BtAddress
get_dead (guint8 last)
{
  return (BtAddress) { .ip = { 127, 7, 0, last }, .port = 9, .family = BT_FAMILY_IPV4 };
}

/* All that this guest has said is judged: an answer to what it says last has come. */
static void
settle (Guest *guest)
{
  raw_peer_send_span (guest->raw, BT_WIRE_REQUEST, 0, 0, PIECE_BYTES);
  g_assert_true (raw_peer_wait_message (guest->raw, BT_WIRE_REJECT,
                                        guest->raw->counts[BT_WIRE_REJECT] + 1));
}

/* --- As a relay --- */

static void
test_relay (void)
{
  Party party;
  Guest *a = &party.guests[0];
  Guest *b = &party.guests[1];

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, TRUE);
  guest_punch (a, BT_HOLEPUNCH_RENDEZVOUS, &b->address);
  g_assert_true (test_world_wait (party.world, has_heard, a));
  g_assert_true (test_world_wait (party.world, has_heard, b));
  g_assert_cmpint (a->heard[0].type, ==, BT_HOLEPUNCH_CONNECT);
  g_assert_true (bt_address_equal (&a->heard[0].address, &b->address));
  g_assert_cmpint (b->heard[0].type, ==, BT_HOLEPUNCH_CONNECT);
  g_assert_true (bt_address_equal (&b->heard[0].address, &a->address));
  party_end (&party);
}

static void
expect_error (Party           *party,
              const BtAddress *address,
              guint32          error)
{
  Guest *a = &party->guests[0];

  a->n_heard = 0;
  guest_punch (a, BT_HOLEPUNCH_RENDEZVOUS, address);
  g_assert_true (test_world_wait (party->world, has_heard, a));
  g_assert_cmpint (a->heard[0].type, ==, BT_HOLEPUNCH_ERROR);
  g_assert_true (bt_address_equal (&a->heard[0].address, address));
  g_assert_cmpuint (a->heard[0].error, ==, error);
}

static void
test_relay_errors (void)
{
  BtAddress nowhere = { .ip = { 127, 0, 0, 1 }, .port = 0, .family = BT_FAMILY_IPV4 };
  BtAddress dead = get_dead (1);
  BtAddress own;
  Party party;

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, FALSE);
  own = test_node_get_address (party.node);
  expect_error (&party, &nowhere, BT_HOLEPUNCH_NO_SUCH_PEER);
  expect_error (&party, &dead, BT_HOLEPUNCH_NOT_CONNECTED);
  expect_error (&party, &party.guests[0].address, BT_HOLEPUNCH_NOT_CONNECTED);
  expect_error (&party, &own, BT_HOLEPUNCH_NO_SELF);
  expect_error (&party, &party.guests[1].address, BT_HOLEPUNCH_NO_SUPPORT);
  g_assert_cmpuint (party.guests[1].n_heard, ==, 0);
  party_end (&party);
}

/* Nobody is told by it to call others more than so many times a minute. */
static void
test_relay_flood (void)
{
  Party party;
  Guest *a = &party.guests[0];
  Guest *b = &party.guests[1];

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, TRUE);
  for (guint i = 0; i < 100; i++)
    guest_punch (a, BT_HOLEPUNCH_RENDEZVOUS, &b->address);
  settle (a);
  settle (b);
  g_assert_cmpuint (a->n_heard, ==, 20);
  g_assert_cmpuint (b->n_heard, ==, 20);
  test_world_pass (party.world, 61 * BT_SECOND_US);
  a->n_heard = 0;
  guest_punch (a, BT_HOLEPUNCH_RENDEZVOUS, &b->address);
  g_assert_true (test_world_wait (party.world, has_heard, a));
  g_assert_cmpint (a->heard[0].type, ==, BT_HOLEPUNCH_CONNECT);
  party_end (&party);
}

/* Neither in a private torrent nor over TCP alone is it offered, or answered. */
static void
test_silent (gconstpointer data)
{
  const gboolean is_private = GPOINTER_TO_INT (data);
  Party party;

  party_begin (&party, is_private, is_private ? BT_TRANSPORT_BOTH : BT_TRANSPORT_TCP, TRUE);
  guest_punch (&party.guests[0], BT_HOLEPUNCH_RENDEZVOUS, &party.guests[1].address);
  test_world_pass (party.world, 5 * BT_SECOND_US);
  g_assert_cmpuint (party.guests[0].n_heard, ==, 0);
  g_assert_cmpuint (party.guests[1].n_heard, ==, 0);
  g_assert_false (party.guests[0].raw->is_closed);
  party_end (&party);
}

/* --- As one of the two --- */

static guint
count_dialled (Party *party)
{
  guint n = 0;

  for (guint i = 1; i <= 250; i++)
    {
      const BtAddress address = get_dead ((guint8) i);

      n += bt_known_peers_find (party->node->swarm->known, &address) != NULL;
    }
  return n;
}

/* Whom a relay names is dialled; so many a minute, and the connection to the relay stands whatever it says. */
static void
test_connect (void)
{
  Party party;
  Guest *a = &party.guests[0];

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, TRUE);
  for (guint8 i = 1; i <= 100; i++)
    {
      const BtAddress address = get_dead (i);

      guest_punch (a, BT_HOLEPUNCH_CONNECT, &address);
    }
  guest_say (a, BT_EXTENSION_HOLEPUNCH, "rubbish", 7);
  settle (a);
  g_assert_cmpuint (count_dialled (&party), ==, 20);
  g_assert_false (a->raw->is_closed);
  party_end (&party);
}

/* However many they are who name addresses. None of them is made to dial what is no address of a peer, or ours. */
static void
test_connect_flood (void)
{
  static const BtAddress others[] = {
    { .ip = { 127, 7, 0, 1 }, .port = 0, .family = BT_FAMILY_IPV4 },
    { .ip = { 224, 0, 0, 1 }, .port = 9, .family = BT_FAMILY_IPV4 },
    { .ip = { 0 }, .port = 9, .family = BT_FAMILY_IPV4 },
    { .ip = { 255, 255, 255, 255 }, .port = 9, .family = BT_FAMILY_IPV4 },
    { .ip = { 0xff, 2, [15] = 1 }, .port = 9, .family = BT_FAMILY_IPV6 },
    { .ip = { 0 }, .port = 9, .family = BT_FAMILY_IPV6 },
  };
  Guest guests[5];
  BtAddress own;
  Party party;

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, TRUE);
  own = test_node_get_address (party.node);
  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      char id[] = { (char) ('c' + i), 0 };

      guest_begin (&party, &guests[i], id, TRUE);
      if (i == 0)
        for (guint j = 0; j < G_N_ELEMENTS (others); j++)
          guest_punch (&guests[i], BT_HOLEPUNCH_CONNECT, &others[j]);
      if (i == 0)
        guest_punch (&guests[i], BT_HOLEPUNCH_CONNECT, &own);
      for (guint j = 0; j < 20; j++)
        {
          const BtAddress address = get_dead ((guint8) (1 + 20 * i + j));

          guest_punch (&guests[i], BT_HOLEPUNCH_CONNECT, &address);
        }
      settle (&guests[i]);
    }
  g_assert_cmpuint (count_dialled (&party), ==, 60);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_null (bt_known_peers_find (party.node->swarm->known, &others[i]));
  g_assert_null (bt_known_peers_find (party.node->swarm->known, &own));
  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    raw_peer_free (guests[i].raw);
  party_end (&party);
}

/* Whoever has told of an address that cannot be reached is asked to bring us together. */
static void
test_ask (void)
{
  BtPexPeer told = { .address = get_dead (1), .flags = BT_PEX_HOLEPUNCH };
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  Party party;
  Guest *a = &party.guests[0];

  party_begin (&party, FALSE, BT_TRANSPORT_BOTH, TRUE);
  bt_pex_message_put (payload, &told, 1, NULL, 0);
  guest_say (a, BT_EXTENSION_PEX, payload->data, payload->len);
  g_assert_true (test_world_wait (party.world, has_heard, a));
  g_assert_cmpint (a->heard[0].type, ==, BT_HOLEPUNCH_RENDEZVOUS);
  g_assert_true (bt_address_equal (&a->heard[0].address, &told.address));
  g_assert_cmpuint (party.guests[1].n_heard, ==, 0);
  party_end (&party);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/holepunch/relay", test_relay);
  g_test_add_func ("/swarm/holepunch/relay-errors", test_relay_errors);
  g_test_add_func ("/swarm/holepunch/relay-flood", test_relay_flood);
  g_test_add_data_func ("/swarm/holepunch/private", GINT_TO_POINTER (TRUE), test_silent);
  g_test_add_data_func ("/swarm/holepunch/tcp-alone", GINT_TO_POINTER (FALSE), test_silent);
  g_test_add_func ("/swarm/holepunch/connect", test_connect);
  g_test_add_func ("/swarm/holepunch/connect-flood", test_connect_flood);
  g_test_add_func ("/swarm/holepunch/ask", test_ask);
  return g_test_run ();
}
