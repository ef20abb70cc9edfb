/* test-pex.c - peer exchange: who hears of whom, and what nobody gets us to do
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"
#include "wire/bt-extension.h"
#include "wire/bt-pex-message.h"

#include <string.h>

#define PIECE_BYTES 16384u
#define MINUTE_US   (60 * BT_SECOND_US)
/* How the raw peer calls ut_pex. */
#define PEX_ID      7

static const TestFile one_mib[] = { { "one.bin", 1 << 20 }, { NULL } };

/* So slow that nothing ends while the test looks. */
static const BtSwarmConfig slow = { .read_limit_bps = 2000 };

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leeches[2];
} Party;

static void
party_begin (Party    *party,
             gboolean  is_private,
             gboolean  use_pex)
{
  BtSessionConfig with = { .discovery = BT_DISCOVERY_PEX };
  BtSessionConfig config = { .discovery = use_pex ? BT_DISCOVERY_PEX : 0 };

  party->world = test_world_new ();
  party->metainfo = test_world_make_torrent_of (party->world, "one.bin", one_mib, PIECE_BYTES,
                                                is_private);
  party->seed = test_node_new (party->world, &config);
  test_node_add (party->seed, party->metainfo, party->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (party->seed, BT_SWARM_SEEDING));
  for (guint i = 0; i < G_N_ELEMENTS (party->leeches); i++)
    {
      party->leeches[i] = test_node_new (party->world, &with);
      test_node_add (party->leeches[i], party->metainfo, NULL, &slow, TRUE);
      g_assert_true (test_node_wait_state (party->leeches[i], BT_SWARM_DOWNLOADING));
      test_node_connect (party->leeches[i], party->seed);
    }
}

static void
party_end (Party *party)
{
  for (guint i = 0; i < G_N_ELEMENTS (party->leeches); i++)
    test_node_free (party->leeches[i]);
  test_node_free (party->seed);
  bt_metainfo_unref (party->metainfo);
  test_world_free (party->world);
}

static guint
get_sources (TestNode *node,
             TestNode *of)
{
  BtAddress address = test_node_get_address (of);
  const BtKnownPeer *known = bt_known_peers_find (node->swarm->known, &address);

  return known != NULL ? known->sources : 0;
}

/* --- Between ours --- */

static gboolean
have_met (gpointer user_data)
{
  Party *party = user_data;

  return bt_swarm_get_n_peers (party->leeches[0]->swarm) == 2 &&
         bt_swarm_get_n_peers (party->leeches[1]->swarm) == 2;
}

static void
test_meet (void)
{
  Party party;

  party_begin (&party, FALSE, TRUE);
  g_assert_true (test_world_wait (party.world, have_met, &party));
  /* The one that was told first has dialled, the other one was told or called. */
  g_assert_true (((get_sources (party.leeches[0], party.leeches[1]) |
                   get_sources (party.leeches[1], party.leeches[0])) & BT_SOURCE_PEX) != 0);
  party_end (&party);
}

/* Neither a private torrent's peers are told, nor anybody's when it is switched off. */
static void
test_stay_apart (gconstpointer data)
{
  const gboolean is_private = GPOINTER_TO_INT (data);
  Party party;

  party_begin (&party, is_private, is_private);
  test_world_pass (party.world, 3 * MINUTE_US);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (bt_swarm_get_n_peers (party.leeches[i]->swarm), ==, 1);
      g_assert_cmpuint (get_sources (party.leeches[i], party.leeches[1 - i]), ==, 0);
    }
  party_end (&party);
}

/* --- With one that says anything --- */

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  RawPeer    *peer;
} Guest;

static void
guest_begin (Guest *guest)
{
  BtExtensionHandshake handshake = { .has_m = TRUE, .listen_port = 9 };
  /* It takes all comers. */
  BtSessionConfig config = { .discovery = BT_DISCOVERY_PEX,
                             .network.encryption = BT_ENCRYPTION_PREFER,
                             .network.transport = BT_TRANSPORT_BOTH };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  guest->world = test_world_new ();
  guest->metainfo = test_world_make_torrent (guest->world, "one.bin", one_mib, PIECE_BYTES, NULL);
  guest->node = test_node_new (guest->world, &config);
  test_node_add (guest->node, guest->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (guest->node, BT_SWARM_DOWNLOADING));
  guest->peer = raw_peer_new (guest->node, guest->metainfo);
  raw_peer_send_handshake (guest->peer, guest->metainfo, "a", TRUE);
  g_assert_true (raw_peer_wait_handshake (guest->peer));
  handshake.ids[BT_EXTENSION_PEX] = PEX_ID;
  bt_extension_put_handshake (bytes, &handshake);
  raw_peer_send (guest->peer, bytes->data, bytes->len);
  raw_peer_send_simple (guest->peer, BT_WIRE_HAVE_NONE);
}

static void
guest_end (Guest *guest)
{
  raw_peer_free (guest->peer);
  test_node_free (guest->node);
  bt_metainfo_unref (guest->metainfo);
  test_world_free (guest->world);
}

static void
guest_say (Guest        *guest,
           gconstpointer payload,
           gsize         n_bytes)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  bt_wire_put_extended (bytes, BT_EXTENSION_PEX, payload, n_bytes);
  raw_peer_send (guest->peer, bytes->data, bytes->len);
  test_world_pass (guest->world, BT_SECOND_US);
}

/* Of 127.`network`.0.0/16; nobody listens there. */
static void
guest_tell (Guest   *guest,
            guint8   network,
            guint    n_addresses)
{
  BtPexPeer added[BT_PEX_MAX_ADDED] = { 0 };
  g_autoptr (GByteArray) payload = g_byte_array_new ();

  for (guint i = 0; i < n_addresses; i++)
    added[i].address = (BtAddress) { .ip = { 127, network, 0, (guint8) (i + 1) }, .port = 9,
                                     .family = BT_FAMILY_IPV4 };
  bt_pex_message_put (payload, added, n_addresses, NULL, 0);
  guest_say (guest, payload->data, payload->len);
}

static guint
count_known (Guest  *guest,
             guint8  network)
{
  guint n = 0;

  for (guint i = 1; i <= BT_PEX_MAX_ADDED; i++)
    {
      BtAddress address = { .ip = { 127, network, 0, (guint8) i }, .port = 9,
                            .family = BT_FAMILY_IPV4 };
      const BtKnownPeer *known = bt_known_peers_find (guest->node->swarm->known, &address);

      if (known != NULL)
        {
          g_assert_cmpuint (known->sources, ==, BT_SOURCE_PEX);
          n++;
        }
    }
  return n;
}

/* What comes too soon is let pass a few times, then it is for nothing until a minute has gone. */
static void
test_flood (void)
{
  Guest guest;

  guest_begin (&guest);
  for (guint8 i = 1; i <= 10; i++)
    guest_tell (&guest, i, 20);
  for (guint8 i = 1; i <= 10; i++)
    g_assert_cmpuint (count_known (&guest, i), ==, i <= 4 ? 20 : 0);
  test_world_pass (guest.world, MINUTE_US);
  guest_tell (&guest, 20, 5);
  g_assert_cmpuint (count_known (&guest, 20), ==, 5);
  g_assert_false (guest.peer->is_closed);
  guest_end (&guest);
}

/* Our own address, and messages that are none: nothing happens, and the connection stands. */
static void
test_rubbish (void)
{
  Guest guest;
  BtPexPeer own = { 0 };
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  const BtKnownPeer *known;

  guest_begin (&guest);
  own.address = test_node_get_address (guest.node);
  bt_pex_message_put (payload, &own, 1, NULL, 0);
  guest_say (&guest, payload->data, payload->len);
  test_world_pass (guest.world, 5 * BT_SECOND_US);
  known = bt_known_peers_find (guest.node->swarm->known, &own.address);
  g_assert_true (known == NULL || known->is_self);
  g_assert_cmpuint (bt_swarm_get_n_peers (guest.node->swarm), ==, 1);

  test_world_pass (guest.world, MINUTE_US);
  for (guint i = 0; i < 40; i++)
    {
      test_world_pass (guest.world, MINUTE_US / 2);
      guest_say (&guest, "i7e", 3);
    }
  g_assert_false (guest.peer->is_closed);
  /* It has said so much of it that nothing is believed any more. */
  test_world_pass (guest.world, MINUTE_US);
  guest_tell (&guest, 30, 5);
  g_assert_cmpuint (count_known (&guest, 30), ==, 0);
  guest_end (&guest);
}

/* --- What is told of whom --- */

typedef struct
{
  guint  n_told;
  guint8 flags;
} Told;

static void
told_cb (RawPeer      *peer,
         guint8        extended_id,
         const guint8 *payload,
         gsize         n_bytes)
{
  BtPexPeer peers[2 * BT_PEX_MAX_TAKEN];
  Told *told = peer->data;
  guint n_peers;

  if (extended_id == 0 || !bt_pex_message_parse (payload, n_bytes, peers, &n_peers) || n_peers == 0)
    return;
  told->n_told += n_peers;
  told->flags = peers[0].flags;
}

static gboolean
was_told (gpointer user_data)
{
  return ((Told *) user_data)->n_told > 0;
}

static gboolean
has_peer (gpointer user_data)
{
  return bt_swarm_get_n_peers (((TestNode *) user_data)->swarm) == 1;
}

/* Who hears of a caller hears how it is spoken with. */
static void
test_flags (void)
{
  static const struct
  {
    BtNetworkSettings of_caller;
    guint8            expected;
  } cases[] = {
    { { .encryption = BT_ENCRYPTION_OFF, .transport = BT_TRANSPORT_TCP }, 0 },
    { { .encryption = BT_ENCRYPTION_PREFER, .transport = BT_TRANSPORT_TCP },
      BT_PEX_PREFERS_ENCRYPTION },
    { { .encryption = BT_ENCRYPTION_OFF, .transport = BT_TRANSPORT_UTP }, BT_PEX_UTP },
    { { .encryption = BT_ENCRYPTION_PREFER, .transport = BT_TRANSPORT_UTP },
      BT_PEX_PREFERS_ENCRYPTION | BT_PEX_UTP },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtSessionConfig config = { .network = cases[i].of_caller };
      Told told = { 0 };
      TestNode *caller;
      Guest guest;

      g_test_message ("case %u", i);
      guest_begin (&guest);
      guest.peer->extended_func = told_cb;
      guest.peer->data = &told;
      caller = test_node_new (guest.world, &config);
      test_node_add (caller, guest.metainfo, NULL, NULL, TRUE);
      g_assert_true (test_node_wait_state (caller, BT_SWARM_DOWNLOADING));
      test_node_connect (caller, guest.node);
      g_assert_true (test_world_wait (guest.world, has_peer, caller));
      g_assert_true (test_world_wait (guest.world, was_told, &told));
      g_assert_cmpuint (told.n_told, ==, 1);
      g_assert_cmpuint (told.flags & (BT_PEX_PREFERS_ENCRYPTION | BT_PEX_UTP), ==,
                        cases[i].expected);
      test_node_free (caller);
      guest_end (&guest);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/pex/meet", test_meet);
  g_test_add_data_func ("/swarm/pex/private", GINT_TO_POINTER (TRUE), test_stay_apart);
  g_test_add_data_func ("/swarm/pex/off", GINT_TO_POINTER (FALSE), test_stay_apart);
  g_test_add_func ("/swarm/pex/flood", test_flood);
  g_test_add_func ("/swarm/pex/rubbish", test_rubbish);
  g_test_add_func ("/swarm/pex/flags", test_flags);
  return g_test_run ();
}
