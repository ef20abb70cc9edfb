/* test-encryption.c - who meets whom, and how, by what each thinks of encryption
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384u
#define N_TRIES     2
#define N_STRANGERS (2 * BT_SESSION_MAX_GREETINGS)

static const TestFile one_mib[] = { { "one.bin", 1 << 20 }, { NULL } };

/* So slow that nothing ends while the test looks. */
static const BtSwarmConfig slow = { .read_limit_bps = 2000 };

/* What the one who dials and the one who is dialled think | how they meet; -1: never. */
static const struct
{
  BtEncryption caller;
  BtEncryption called;
  int          encrypted;
} pairs[] = {
  { BT_ENCRYPTION_OFF, BT_ENCRYPTION_OFF, BT_ENCRYPTED_NOTHING },
  { BT_ENCRYPTION_OFF, BT_ENCRYPTION_PREFER, BT_ENCRYPTED_NOTHING },
  { BT_ENCRYPTION_OFF, BT_ENCRYPTION_REQUIRE, -1 },
  { BT_ENCRYPTION_PREFER, BT_ENCRYPTION_OFF, BT_ENCRYPTED_NOTHING },
  { BT_ENCRYPTION_PREFER, BT_ENCRYPTION_PREFER, BT_ENCRYPTED_ALL },
  { BT_ENCRYPTION_PREFER, BT_ENCRYPTION_REQUIRE, BT_ENCRYPTED_ALL },
  { BT_ENCRYPTION_REQUIRE, BT_ENCRYPTION_OFF, -1 },
  { BT_ENCRYPTION_REQUIRE, BT_ENCRYPTION_PREFER, BT_ENCRYPTED_ALL },
  { BT_ENCRYPTION_REQUIRE, BT_ENCRYPTION_REQUIRE, BT_ENCRYPTED_ALL },
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leech;
  BtMetainfo *found;     /* owned, nullable: by a seeker */
} Party;

static void
party_begin (Party        *party,
             BtEncryption  caller,
             BtEncryption  called)
{
  BtSessionConfig of_caller = { .network.encryption = caller };
  BtSessionConfig of_called = { .network.encryption = called };

  *party = (Party) { .world = test_world_new () };
  party->metainfo = test_world_make_torrent (party->world, "one.bin", one_mib, PIECE_BYTES, NULL);
  party->seed = test_node_new (party->world, &of_called);
  test_node_add (party->seed, party->metainfo, party->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (party->seed, BT_SWARM_SEEDING));
  party->leech = test_node_new (party->world, &of_caller);
}

static void
party_add_leech (Party               *party,
                 const BtSwarmConfig *config)
{
  test_node_add (party->leech, party->metainfo, NULL, config, TRUE);
  g_assert_true (test_node_wait_state (party->leech, BT_SWARM_DOWNLOADING));
}

static void
party_end (Party *party)
{
  test_node_free (party->leech);
  test_node_free (party->seed);
  g_clear_pointer (&party->found, bt_metainfo_unref);
  bt_metainfo_unref (party->metainfo);
  test_world_free (party->world);
}

static gboolean
have_met (gpointer user_data)
{
  Party *party = user_data;

  return bt_swarm_get_n_peers (party->leech->swarm) == 1 &&
         bt_swarm_get_n_peers (party->seed->swarm) == 1;
}

static int
get_encrypted (TestNode *node)
{
  g_autoptr (GArray) rows = bt_swarm_get_peer_rows (node->swarm);

  g_assert_cmpuint (rows->len, ==, 1);
  return g_array_index (rows, BtPeerRow, 0).encrypted;
}

static BtKnownPeer *
get_known (Party *party)
{
  BtAddress address = test_node_get_address (party->seed);

  return bt_known_peers_find (party->leech->swarm->known, &address);
}

static void
test_pairs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      Party party;

      g_test_message ("pair %u", i);
      party_begin (&party, pairs[i].caller, pairs[i].called);
      party_add_leech (&party, &slow);
      test_node_connect (party.leech, party.seed);
      if (pairs[i].encrypted < 0)
        {
          test_world_pass (party.world, 60 * BT_SECOND_US);
          g_assert_cmpuint (bt_swarm_get_n_peers (party.seed->swarm), ==, 0);
          g_assert_cmpuint (bt_swarm_get_n_peers (party.leech->swarm), ==, 0);
          g_assert_cmpuint (get_known (&party)->n_failures, >, 0);
        }
      else
        {
          g_assert_true (test_world_wait (party.world, have_met, &party));
          g_assert_cmpint (get_encrypted (party.leech), ==, pairs[i].encrypted);
          g_assert_cmpint (get_encrypted (party.seed), ==, pairs[i].encrypted);
          /* Another kind of handshake is no failure. */
          g_assert_cmpuint (get_known (&party)->n_failures, ==, 0);
          g_assert_cmpint (get_known (&party)->is_plain, ==,
                           pairs[i].caller == BT_ENCRYPTION_PREFER &&
                           pairs[i].called == BT_ENCRYPTION_OFF);
        }
      party_end (&party);
    }
}

/* --- Magnet links --- */

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  Party *party = user_data;

  g_assert_no_error (error);
  party->found = bt_metainfo_ref (metainfo);
}

static gboolean
is_found (gpointer user_data)
{
  return ((Party *) user_data)->found != NULL;
}

static BtSeeker *
seek (Party *party)
{
  const BtSeekerConfig config = { 0 };
  BtMagnet *magnet = bt_magnet_new_from_metainfo (party->metainfo, NULL);
  g_autoptr (GError) error = NULL;
  BtSeeker *seeker = bt_session_seek (party->leech->session, magnet, &config, found_cb, party,
                                      &error);

  g_assert_no_error (error);
  bt_magnet_unref (magnet);
  return seeker;
}

static void
test_seekers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      BtAddress address;
      BtSeeker *seeker;
      Party party;

      g_test_message ("pair %u", i);
      party_begin (&party, pairs[i].caller, pairs[i].called);
      seeker = seek (&party);
      address = test_node_get_address (party.seed);
      bt_seeker_add_peer (seeker, &address, BT_SOURCE_TRACKER);
      if (pairs[i].encrypted < 0)
        {
          test_world_pass (party.world, 60 * BT_SECOND_US);
          g_assert_null (party.found);
        }
      else
        {
          g_assert_true (test_world_wait (party.world, is_found, &party));
        }
      party_end (&party);
    }
}

/* A seeker is called, too, by somebody who encrypts. */
static void
test_called_seeker (void)
{
  Party party;
  BtAddress address;

  party_begin (&party, BT_ENCRYPTION_REQUIRE, BT_ENCRYPTION_REQUIRE);
  seek (&party);
  address = test_node_get_address (party.leech);
  bt_swarm_add_peer (party.seed->swarm, &address, BT_SOURCE_TRACKER);
  g_assert_true (test_world_wait (party.world, is_found, &party));
  party_end (&party);
}

/* --- What is remembered, and what is changed --- */

/* One that did not understand encryption the last time, and now wants it. */
static void
test_remembered_wrongly (void)
{
  Party party;

  party_begin (&party, BT_ENCRYPTION_PREFER, BT_ENCRYPTION_REQUIRE);
  party_add_leech (&party, &slow);
  test_node_connect (party.leech, party.seed);
  get_known (&party)->is_plain = TRUE;
  g_assert_true (test_world_wait (party.world, have_met, &party));
  g_assert_cmpint (get_encrypted (party.leech), ==, BT_ENCRYPTED_ALL);
  g_assert_false (get_known (&party)->is_plain);
  party_end (&party);
}

/* Somebody who accepts and says nothing: what is tried first, and what when that took too long. */
typedef struct
{
  int    fd;                     /* owned: it listens */
  int    guest_fds[N_TRIES];     /* owned */
  guint8 first_bytes[N_TRIES];   /* of each */
  guint  n_guests;               /* that have said something */
} Silent;

static BtAddress
silent_begin (Silent *silent)
{
  BtAddress address = { .ip = { 127, 0, 0, 1 }, .family = BT_FAMILY_IPV4 };
  struct sockaddr_storage sa;
  socklen_t length = bt_address_to_sockaddr (&address, &sa);

  *silent = (Silent) { .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };
  g_assert_cmpint (bind (silent->fd, (struct sockaddr *) &sa, length), ==, 0);
  g_assert_cmpint (listen (silent->fd, 8), ==, 0);
  length = sizeof sa;
  g_assert_cmpint (getsockname (silent->fd, (struct sockaddr *) &sa, &length), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &address));
  return address;
}

static gboolean
silent_has_guests (gpointer user_data)
{
  Silent *silent = user_data;
  guint i = silent->n_guests;

  if (silent->guest_fds[i] <= 0)
    silent->guest_fds[i] = accept (silent->fd, NULL, NULL);
  if (silent->guest_fds[i] > 0 &&
      recv (silent->guest_fds[i], &silent->first_bytes[i], 1, MSG_DONTWAIT) == 1)
    silent->n_guests++;
  return silent->n_guests == N_TRIES;
}

static void
test_silent (void)
{
  BtAddress address;
  Silent silent;
  Party party;

  party_begin (&party, BT_ENCRYPTION_PREFER, BT_ENCRYPTION_PREFER);
  party_add_leech (&party, &slow);
  address = silent_begin (&silent);
  bt_swarm_add_peer (party.leech->swarm, &address, BT_SOURCE_TRACKER);
  g_assert_true (test_world_wait (party.world, silent_has_guests, &silent));
  g_assert_cmpuint (silent.first_bytes[1], ==, 19);
  g_assert_true (bt_known_peers_find (party.leech->swarm->known, &address)->is_plain);
  for (guint i = 0; i < silent.n_guests; i++)
    close (silent.guest_fds[i]);
  close (silent.fd);
  party_end (&party);
}

/* The settings change while the engine runs: for the next connections, not for those that stand. */
static void
test_changed (void)
{
  BtNetworkSettings off = { .encryption = BT_ENCRYPTION_OFF };
  Party party;

  party_begin (&party, BT_ENCRYPTION_PREFER, BT_ENCRYPTION_PREFER);
  party_add_leech (&party, &slow);
  test_node_connect (party.leech, party.seed);
  g_assert_true (test_world_wait (party.world, have_met, &party));
  bt_session_set_network (party.seed->session, &off);
  bt_session_set_network (party.leech->session, &off);
  test_world_pass (party.world, 5 * BT_SECOND_US);
  g_assert_cmpint (get_encrypted (party.leech), ==, BT_ENCRYPTED_ALL);
  bt_swarm_stop (party.leech->swarm);
  g_assert_true (test_node_wait_state (party.leech, BT_SWARM_STOPPED));
  bt_swarm_start (party.leech->swarm);
  g_assert_true (test_node_wait_state (party.leech, BT_SWARM_DOWNLOADING));
  g_assert_true (test_world_wait (party.world, have_met, &party));
  g_assert_cmpint (get_encrypted (party.leech), ==, BT_ENCRYPTED_NOTHING);
  party_end (&party);
}

/* --- All of it --- */

/* Also where there is not even room for a greeting at once. */
static void
test_download (void)
{
  static const BtSwarmConfig configs[] = {
    { 0 },
    { .read_limit_bps = 300000, .write_limit_bps = 1000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      Party party;

      party_begin (&party, BT_ENCRYPTION_REQUIRE, BT_ENCRYPTION_REQUIRE);
      party_add_leech (&party, &configs[i]);
      test_node_connect (party.leech, party.seed);
      g_assert_true (test_node_wait_state (party.leech, BT_SWARM_SEEDING));
      test_assert_same_files (party.metainfo, party.world->folder, party.leech->folder);
      party_end (&party);
    }
}

/* Half-open handshakes, twice as many as are kept, and more again and again. */
static int
open_half (const BtAddress *address)
{
  static const guint8 key[100] = { 1, 2, 3 };
  struct sockaddr_storage sa;
  socklen_t length = bt_address_to_sockaddr (address, &sa);
  int fd = socket (sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &sa, length), ==, 0);
  send (fd, key, sizeof key, MSG_NOSIGNAL | MSG_DONTWAIT);
  return fd;
}

static void
test_flood (void)
{
  static const BtEncryption callers[] = { BT_ENCRYPTION_OFF, BT_ENCRYPTION_PREFER };

  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    {
      int strangers[N_STRANGERS];
      BtAddress address;
      Party party;

      party_begin (&party, callers[i], BT_ENCRYPTION_PREFER);
      party_add_leech (&party, NULL);
      address = test_node_get_address (party.seed);
      for (guint k = 0; k < N_STRANGERS; k++)
        {
          strangers[k] = open_half (&address);
          if (k % 50 == 0)
            test_world_pass (party.world, 100 * BT_MILLISECOND_US);
        }
      test_node_connect (party.leech, party.seed);
      g_assert_true (test_node_wait_state (party.leech, BT_SWARM_SEEDING));
      for (guint k = 0; k < N_STRANGERS; k++)
        close (strangers[k]);
      party_end (&party);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/swarm/encryption/pairs", test_pairs);
  g_test_add_func ("/swarm/encryption/seekers", test_seekers);
  g_test_add_func ("/swarm/encryption/called-seeker", test_called_seeker);
  g_test_add_func ("/swarm/encryption/remembered-wrongly", test_remembered_wrongly);
  g_test_add_func ("/swarm/encryption/silent", test_silent);
  g_test_add_func ("/swarm/encryption/changed", test_changed);
  g_test_add_func ("/swarm/encryption/download", test_download);
  g_test_add_func ("/swarm/encryption/flood", test_flood);

  return g_test_run ();
}
