/* test-access.c - bans, filters, fewer places, and who pays no limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "session/bt-access.h"
#include "swarm/bt-swarm-private.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

static const TestFile two_mib[] = {
  { "two.bin", 2 << 20 },
  { NULL }
};

static BtAddress
parse (const char *text)
{
  BtAddress address;

  g_assert_true (bt_address_parse (text, 0, &address));
  return address;
}

/* --- The list by itself --- */

static void
test_bans (void)
{
  BtAccess *access = bt_access_new ();
  BtAddress a = parse ("1.2.3.4:80"), a_else = parse ("1.2.3.4:81");
  BtAddress b = parse ("[2001:db8::1]:80"), none = { 0 };
  GArray *bans;

  g_assert_cmpint (bt_access_judge (access, &a), ==, BT_CLOSE_NONE);
  g_assert_true (bt_access_ban (access, &b));
  g_assert_true (bt_access_ban (access, &a));
  g_assert_false (bt_access_ban (access, &a_else));
  g_assert_false (bt_access_ban (access, &none));
  g_assert_cmpint (bt_access_judge (access, &a_else), ==, BT_CLOSE_UNWANTED);
  bans = bt_access_dup_bans (access);
  g_assert_cmpuint (bans->len, ==, 2);
  g_assert_true (bt_address_equal_ip (&g_array_index (bans, BtAddress, 0), &b));
  g_assert_cmpuint (g_array_index (bans, BtAddress, 1).port, ==, 0);
  g_array_unref (bans);
  g_assert_true (bt_access_unban (access, &a_else));
  g_assert_false (bt_access_unban (access, &a));
  g_assert_cmpint (bt_access_judge (access, &a), ==, BT_CLOSE_NONE);
  g_assert_cmpint (bt_access_judge (access, &b), ==, BT_CLOSE_UNWANTED);
  g_assert_cmpuint (bt_access_get_n_blocked (access), ==, 0);
  bt_access_free (access);
}

/* One too many: the oldest is forgotten. */
static void
test_too_many_bans (void)
{
  BtAccess *access = bt_access_new ();
  BtAddress first = parse ("10.0.0.0:1"), second = parse ("10.0.0.1:1");
  GArray *bans;

  for (guint i = 0; i <= BT_ACCESS_MAX_BANS; i++)
    {
      guint8 bytes[6] = { 10, (guint8) (i >> 16), (guint8) (i >> 8), (guint8) i, 0, 1 };
      BtAddress address;

      bt_address_from_compact4 (bytes, &address);
      g_assert_true (bt_access_ban (access, &address));
    }
  g_assert_cmpint (bt_access_judge (access, &first), ==, BT_CLOSE_NONE);
  g_assert_cmpint (bt_access_judge (access, &second), ==, BT_CLOSE_UNWANTED);
  bans = bt_access_dup_bans (access);
  g_assert_cmpuint (bans->len, ==, BT_ACCESS_MAX_BANS);
  g_array_unref (bans);
  bt_access_free (access);
}

/* A made-up block list: addresses that end in this byte. */
typedef struct
{
  guint8 last;
  guint  n_asked;
  guint  n_let_go;
} Filter;

static gboolean
is_blocked (const BtAddress *address,
            gpointer         user_data)
{
  Filter *filter = user_data;

  filter->n_asked++;
  return address->ip[3] == filter->last;
}

static void
let_go (gpointer user_data)
{
  ((Filter *) user_data)->n_let_go++;
}

static void
test_filter_alone (void)
{
  BtAccess *access = bt_access_new ();
  BtAddress a = parse ("1.2.3.4:80"), b = parse ("1.2.3.5:80");
  Filter filter = { .last = 4 };

  bt_access_set_filter (access, is_blocked, &filter, let_go);
  g_assert_cmpint (bt_access_judge (access, &a), ==, BT_CLOSE_BLOCKED);
  g_assert_cmpint (bt_access_judge (access, &b), ==, BT_CLOSE_NONE);
  g_assert_cmpuint (bt_access_get_n_blocked (access), ==, 1);
  bt_access_set_filter (access, NULL, NULL, NULL);
  g_assert_cmpuint (filter.n_let_go, ==, 1);
  g_assert_cmpint (bt_access_judge (access, &a), ==, BT_CLOSE_NONE);
  bt_access_set_filter (access, is_blocked, &filter, let_go);
  bt_access_free (access);
  g_assert_cmpuint (filter.n_let_go, ==, 2);
}

/* --- Two engines of two addresses --- */

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *host;        /* at 127.0.0.1; has everything */
  TestNode   *guest;       /* at 127.0.0.2; wants everything, slowly */
  BtAddress   guest_address;
} Pair;

static Pair
pair_new (void)
{
  BtSessionConfig config = { .bind = parse ("127.0.0.2"), .read_limit_bps = 20000 };
  Pair pair = { .world = test_world_new () };

  pair.metainfo = test_world_make_torrent (pair.world, "one.bin", one_mib, PIECE_BYTES, NULL);
  pair.host = test_node_new (pair.world, NULL);
  pair.guest = test_node_new (pair.world, &config);
  pair.guest_address = parse ("127.0.0.2");
  pair.guest_address.port = bt_session_get_port (pair.guest->session);
  test_node_add (pair.host, pair.metainfo, pair.world->folder, NULL, TRUE);
  test_node_add (pair.guest, pair.metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (pair.host, BT_SWARM_SEEDING));
  g_assert_true (test_node_wait_state (pair.guest, BT_SWARM_DOWNLOADING));
  return pair;
}

static void
pair_clear (Pair *pair)
{
  test_node_free (pair->guest);
  test_node_free (pair->host);
  bt_metainfo_unref (pair->metainfo);
  test_world_free (pair->world);
}

static gboolean
is_receiving (gpointer user_data)
{
  TestNode *node = user_data;

  return node->swarm->received_bytes > 0 && node->swarm->peers->len > 0;
}

static gboolean
has_no_peers (gpointer user_data)
{
  return bt_swarm_get_n_peers (((TestNode *) user_data)->swarm) == 0;
}

static const char *
get_reason (TestNode *node)
{
  SwarmPeer *sp = g_ptr_array_index (node->swarm->peers, 0);

  return bt_close_reason_to_string (bt_peer_get_close_reason (sp->peer));
}

/* Neither comes to the other for an hour, whoever tries. */
static void
assert_apart (Pair *pair)
{
  gint64 n_failures;
  BtAddress host = test_node_get_address (pair->host);
  const BtKnownPeer *known;

  g_assert_true (test_world_wait (pair->world, has_no_peers, pair->host));
  g_assert_true (test_world_wait (pair->world, has_no_peers, pair->guest));
  known = bt_known_peers_find (pair->guest->swarm->known, &host);
  g_assert_nonnull (known);
  n_failures = known->n_failures;
  bt_swarm_add_peer (pair->host->swarm, &pair->guest_address, BT_SOURCE_PERSON);
  for (guint i = 0; i < 600; i++)
    {
      test_world_pass (pair->world, BT_SECOND_US);
      g_assert_cmpuint (pair->host->swarm->peers->len, ==, 0);
    }
  /* The guest tried, and was not even greeted. */
  g_assert_cmpint (known->n_failures, >, n_failures);
  known = bt_known_peers_find (pair->host->swarm->known, &pair->guest_address);
  g_assert_true (known == NULL || known->is_banned);
}

static void
test_ban (void)
{
  Pair pair = pair_new ();

  test_node_connect (pair.guest, pair.host);
  g_assert_true (test_world_wait (pair.world, is_receiving, pair.guest));
  bt_session_ban (pair.host->session, &pair.guest_address);
  g_assert_cmpstr (get_reason (pair.host), ==, "was banned by hand");
  assert_apart (&pair);
  g_assert_cmpuint (bt_session_get_n_blocked (pair.host->session), ==, 0);

  bt_session_unban (pair.host->session, &pair.guest_address);
  bt_session_set_limits (pair.guest->session, 0, 0);
  bt_swarm_add_peer (pair.host->swarm, &pair.guest_address, BT_SOURCE_PERSON);
  g_assert_true (test_node_wait_state (pair.guest, BT_SWARM_SEEDING));
  pair_clear (&pair);
}

static void
test_filter (void)
{
  Pair pair = pair_new ();
  Filter filter = { .last = 2 };
  guint64 n_blocked;

  test_node_connect (pair.guest, pair.host);
  g_assert_true (test_world_wait (pair.world, is_receiving, pair.guest));
  bt_session_set_filter (pair.host->session, is_blocked, &filter, let_go);
  g_assert_cmpstr (get_reason (pair.host), ==, "is on a block list");
  g_assert_cmpuint (bt_session_get_n_blocked (pair.host->session), ==, 1);
  assert_apart (&pair);
  n_blocked = bt_session_get_n_blocked (pair.host->session);
  g_assert_cmpuint (n_blocked, >=, 3);   /* ended, not dialled, refused */

  filter.last = 3;
  bt_session_set_filter (pair.host->session, is_blocked, &filter, let_go);
  g_assert_cmpuint (filter.n_let_go, ==, 1);
  bt_session_set_limits (pair.guest->session, 0, 0);
  bt_swarm_add_peer (pair.host->swarm, &pair.guest_address, BT_SOURCE_PERSON);
  g_assert_true (test_node_wait_state (pair.guest, BT_SWARM_SEEDING));
  g_assert_cmpuint (bt_session_get_n_blocked (pair.host->session), ==, n_blocked);
  pair_clear (&pair);
  g_assert_cmpuint (filter.n_let_go, ==, 2);
}

/* Of one torrent only, and not for ever: it is the torrent's business. */
static void
test_ban_in_torrent (void)
{
  Pair pair = pair_new ();
  BtSwarmFacts facts;

  test_node_connect (pair.guest, pair.host);
  g_assert_true (test_world_wait (pair.world, is_receiving, pair.guest));
  bt_swarm_ban_address (pair.host->swarm, &pair.guest_address);
  bt_swarm_ban_address (pair.host->swarm, &pair.guest_address);
  g_assert_cmpstr (get_reason (pair.host), ==, "was banned by hand");
  assert_apart (&pair);
  bt_swarm_get_facts (pair.host->swarm, &facts);
  g_assert_cmpuint (facts.n_banned, ==, 1);
  bt_swarm_facts_clear (&facts);
  pair_clear (&pair);
}

/* Nothing is read of one that is blocked; of one that has come before, nothing more. */
static void
test_incoming_filter (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);
  Filter filter = { .last = 1 };
  RawPeer *waiting, *late;

  test_node_add (node, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_SEEDING));
  waiting = raw_peer_new (node, metainfo);
  test_world_pass (world, BT_SECOND_US);
  bt_session_set_filter (node->session, is_blocked, &filter, NULL);
  late = raw_peer_new (node, metainfo);
  g_assert_true (raw_peer_wait_closed (late));
  g_assert_false (waiting->is_closed);
  raw_peer_send_handshake (waiting, metainfo, "waiting", TRUE);
  g_assert_true (raw_peer_wait_closed (waiting));
  g_assert_false (waiting->has_handshake);
  g_assert_cmpuint (bt_session_get_n_blocked (node->session), ==, 2);
  raw_peer_free (waiting);
  raw_peer_free (late);
  test_node_free (node);
  test_world_free (world);
}

/* --- Peers of made-up addresses --- */

/* Returns our end; -1 when it was not taken. */
static int
come_from (TestNode   *node,
           const char *address,
           guint8      id)
{
  BtAddress remote = parse (address);
  BtHandshake handshake = { .has_fast = TRUE };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  BtStream *stream;
  int fds[2];
  guint n_before = node->swarm->peers->len;

  memcpy (handshake.info_hash, bt_metainfo_get_info_hash_v1 (node->swarm->metainfo), BT_SHA1_BYTES);
  memset (handshake.peer_id, id, sizeof handshake.peer_id);
  bt_wire_put_handshake (&handshake, bytes);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  stream = bt_tcp_stream_new (node->swarm->env->poller, node->world->clock, fds[0], &remote, FALSE);
  g_assert_nonnull (stream);
  bt_swarm_take_stream (node->swarm, stream, bytes, sizeof bytes);
  if (node->swarm->peers->len > n_before)
    return fds[1];
  close (fds[1]);
  return -1;
}

static void
test_per_address (void)
{
  enum { N = BT_SWARM_MAX_PER_ADDRESS + 2 };
  static const struct
  {
    const char *address;
    guint       n_taken;
  } cases[] = {
    { "8.8.8.8:1000", BT_SWARM_MAX_PER_ADDRESS },
    { "[2001:db8::8]:1000", BT_SWARM_MAX_PER_ADDRESS },
    { "127.0.0.9:1000", N },
    { "192.168.0.9:1000", N },
  };
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);

  test_node_add (node, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_DOWNLOADING));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fds[N];
      guint n_taken = 0;

      for (guint k = 0; k < N; k++)
        {
          fds[k] = come_from (node, cases[i].address, (guint8) (1 + k));
          n_taken += fds[k] >= 0;
        }
      g_assert_cmpuint (n_taken, ==, cases[i].n_taken);
      for (guint k = 0; k < N; k++)
        if (fds[k] >= 0)
          close (fds[k]);
      g_assert_true (test_world_wait (world, has_no_peers, node));
    }
  test_node_free (node);
  test_world_free (world);
}

static gboolean
has_greeted (gpointer user_data)
{
  BtSwarm *swarm = ((TestNode *) user_data)->swarm;

  return swarm->peers->len > 0 && swarm->n_connecting == 0;
}

/* Only who comes from outside shows that outside can reach us. */
static void
test_incoming_at (void)
{
  static const struct
  {
    const char *address;
    gboolean    is_outside;
  } cases[] = {
    { "127.0.0.9:1000", FALSE },
    { "10.1.2.3:1000", FALSE },
    { "8.8.8.8:1000", TRUE },
  };
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);

  test_node_add (node, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_DOWNLOADING));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fd = come_from (node, cases[i].address, 7);

      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (bt_session_get_incoming_at_us (node->session), ==, 0);
      g_assert_true (test_world_wait (world, has_greeted, node));
      g_assert_cmpint (bt_session_get_incoming_at_us (node->session) != 0, ==, cases[i].is_outside);
      close (fd);
      g_assert_true (test_world_wait (world, has_no_peers, node));
    }
  test_node_free (node);
  test_world_free (world);
}

/* --- Fewer places --- */

static RawPeer *
visit (TestNode   *node,
       BtMetainfo *metainfo,
       const char *id)
{
  RawPeer *peer = raw_peer_new (node, metainfo);

  raw_peer_send_handshake (peer, metainfo, id, TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 1));
  return peer;
}

static guint
count_closed (RawPeer *const *peers,
              guint           n)
{
  guint n_closed = 0;

  for (guint i = 0; i < n; i++)
    n_closed += peers[i]->is_closed;
  return n_closed;
}

typedef struct
{
  RawPeer *const *peers;
  guint           n_peers;
  guint           n_closed;
} ClosedWait;

static gboolean
are_closed (gpointer user_data)
{
  const ClosedWait *wait = user_data;

  return count_closed (wait->peers, wait->n_peers) >= wait->n_closed;
}

/* They hear of it when the kernel says so; a second later it still is no more than that. */
static void
assert_n_closed (TestWorld      *world,
                 RawPeer *const *peers,
                 guint           n_peers,
                 guint           n_closed)
{
  ClosedWait wait = { peers, n_peers, n_closed };

  g_assert_true (test_world_wait (world, are_closed, &wait));
  test_world_pass (world, BT_SECOND_US);
  g_assert_cmpuint (count_closed (peers, n_peers), ==, n_closed);
}

/* Of five the one that is interested in us stays longest. */
static void
test_fewer_in_torrent (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);
  RawPeer *peers[5];

  test_node_add (node, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_SEEDING));
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("few%u", i);

      peers[i] = visit (node, metainfo, id);
    }
  raw_peer_send_simple (peers[2], BT_WIRE_INTERESTED);
  g_assert_true (raw_peer_wait_message (peers[2], BT_WIRE_UNCHOKE, 1));
  bt_swarm_set_max_peers (node->swarm, 3);
  g_assert_cmpuint (bt_swarm_get_n_open (node->swarm), ==, 3);
  test_world_pass (world, BT_SECOND_US);
  assert_n_closed (world, peers, 5, 2);
  bt_swarm_set_max_peers (node->swarm, 1);
  test_world_pass (world, BT_SECOND_US);
  assert_n_closed (world, peers, 5, 4);
  g_assert_false (peers[2]->is_closed);
  bt_swarm_set_max_peers (node->swarm, 0);
  g_assert_false (peers[2]->is_closed);
  for (guint i = 0; i < 5; i++)
    raw_peer_free (peers[i]);
  test_node_free (node);
  test_world_free (world);
}

/* The torrent that has most gives first. */
static void
test_fewer_in_session (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) one =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  g_autoptr (BtMetainfo) two =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);
  BtSwarm *swarms[2];
  RawPeer *peers[8];

  swarms[0] = test_node_add (node, one, world->folder, NULL, TRUE);
  swarms[1] = test_node_add (node, two, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_SEEDING));
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *id = g_strdup_printf ("few%u", i);

      peers[i] = visit (node, i < 2 ? one : two, id);
    }
  bt_session_set_max_peers (node->session, 4);
  test_world_pass (world, BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_n_peers (swarms[0]), ==, 2);
  g_assert_cmpuint (bt_swarm_get_n_peers (swarms[1]), ==, 2);
  assert_n_closed (world, peers, 8, 4);
  for (guint i = 0; i < 8; i++)
    raw_peer_free (peers[i]);
  test_node_free (node);
  test_world_free (world);
}

/* --- Limits --- */

/* A person's limits are for the line to the outside, when so told; and as soon as told. */
static void
test_exempt (gconstpointer user_data)
{
  gboolean of_torrent = GPOINTER_TO_INT (user_data);
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  BtSessionConfig config = { .exempt_local = TRUE };
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, &config);
  gint64 since_us;

  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  g_assert_true (test_node_wait_state (leech, BT_SWARM_DOWNLOADING));
  if (of_torrent)
    {
      bt_swarm_set_limits (seed->swarm, 0, 16384);
      bt_swarm_set_limits (leech->swarm, 16384, 0);
    }
  else
    {
      bt_session_set_limits (seed->session, 0, 16384);
      bt_session_set_limits (leech->session, 16384, 0);
    }
  test_node_connect (leech, seed);
  g_assert_true (test_world_wait (world, is_receiving, leech));
  for (guint i = 0; i < 40; i++)
    test_world_pass (world, 100 * BT_MILLISECOND_US);
  g_assert_cmpuint (leech->swarm->received_bytes, <, 200000);
  bt_session_set_exempt_local (seed->session, TRUE);
  since_us = bt_clock_get_us (world->clock);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  g_assert_cmpint (bt_clock_get_us (world->clock) - since_us, <, 20 * BT_SECOND_US);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

/* And back again. */
static void
test_exempt_no_more (void)
{
  Pair pair = pair_new ();

  bt_session_set_exempt_local (pair.guest->session, TRUE);
  bt_session_set_exempt_local (pair.guest->session, FALSE);
  test_node_connect (pair.guest, pair.host);
  g_assert_true (test_world_wait (pair.world, is_receiving, pair.guest));
  bt_session_set_exempt_local (pair.guest->session, TRUE);
  bt_session_set_exempt_local (pair.guest->session, FALSE);
  for (guint i = 0; i < 40; i++)
    test_world_pass (pair.world, 100 * BT_MILLISECOND_US);
  g_assert_cmpuint (pair.guest->swarm->received_bytes, <, 200000);
  pair_clear (&pair);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/access/bans", test_bans);
  g_test_add_func ("/session/access/too-many-bans", test_too_many_bans);
  g_test_add_func ("/session/access/filter-alone", test_filter_alone);
  g_test_add_func ("/session/access/ban", test_ban);
  g_test_add_func ("/session/access/filter", test_filter);
  g_test_add_func ("/session/access/ban-in-torrent", test_ban_in_torrent);
  g_test_add_func ("/session/access/incoming-filter", test_incoming_filter);
  g_test_add_func ("/session/access/per-address", test_per_address);
  g_test_add_func ("/session/access/incoming-at", test_incoming_at);
  g_test_add_func ("/session/access/fewer-in-torrent", test_fewer_in_torrent);
  g_test_add_func ("/session/access/fewer-in-session", test_fewer_in_session);
  g_test_add_data_func ("/session/access/exempt", GINT_TO_POINTER (FALSE), test_exempt);
  g_test_add_data_func ("/session/access/exempt-torrent", GINT_TO_POINTER (TRUE), test_exempt);
  g_test_add_func ("/session/access/exempt-no-more", test_exempt_no_more);
  return g_test_run ();
}
