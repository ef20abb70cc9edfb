/* test-session.c - many torrents on one engine: added, removed, connected, bounded
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-session-dht-private.h"

#include "test-raw-peer.h"

#include "peers/bt-peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384
#define MUTE_WAIT_REAL_US (60 * G_USEC_PER_SEC)

static const TestFile one_mib[] = {
  { "one.bin", 1 << 20 },
  { NULL }
};

static const TestFile two_mib[] = {
  { "two.bin", 2 << 20 },
  { NULL }
};

/* --- Sockets that accept and say nothing --- */

typedef struct
{
  GArray *listening;   /* int */
  GArray *accepted;    /* int */
} Mute;

static Mute *
mute_new (BtSwarm *swarm,
          guint    n)
{
  Mute *mute = g_new0 (Mute, 1);

  mute->listening = g_array_new (FALSE, FALSE, sizeof (int));
  mute->accepted = g_array_new (FALSE, FALSE, sizeof (int));
  for (guint i = 0; i < n; i++)
    {
      struct sockaddr_storage sa;
      socklen_t sa_len = sizeof sa;
      BtAddress address;
      int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

      g_assert_cmpint (fd, >=, 0);
      g_assert_true (bt_address_parse ("127.0.0.1", 0, &address));
      sa_len = bt_address_to_sockaddr (&address, &sa);
      g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, sa_len), ==, 0);
      g_assert_cmpint (listen (fd, 16), ==, 0);
      sa_len = sizeof sa;
      g_assert_cmpint (getsockname (fd, (struct sockaddr *) &sa, &sa_len), ==, 0);
      g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &address));
      g_array_append_val (mute->listening, fd);
      bt_swarm_add_peer (swarm, &address, BT_SOURCE_TRACKER);
    }
  return mute;
}

static void
mute_free (Mute *mute)
{
  for (guint i = 0; i < mute->listening->len; i++)
    close (g_array_index (mute->listening, int, i));
  for (guint i = 0; i < mute->accepted->len; i++)
    close (g_array_index (mute->accepted, int, i));
  g_array_unref (mute->listening);
  g_array_unref (mute->accepted);
  g_free (mute);
}

/* How many connections have come in all. */
static guint
mute_count (Mute *mute)
{
  for (guint i = 0; i < mute->listening->len; i++)
    {
      int fd;

      while ((fd = accept (g_array_index (mute->listening, int, i), NULL, NULL)) >= 0)
        g_array_append_val (mute->accepted, fd);
      g_assert_cmpint (errno, ==, EAGAIN);
    }
  return mute->accepted->len;
}

/* The kernel may be late with the last of them; the made-up clock stands still meanwhile. */
static gboolean
mute_wait (Mute *mute,
           guint n_at_least)
{
  gint64 until_us = g_get_monotonic_time () + MUTE_WAIT_REAL_US;

  while (mute_count (mute) < n_at_least && g_get_monotonic_time () < until_us)
    g_usleep (100);
  return mute_count (mute) >= n_at_least;
}

/* A torrent that wants everything and has nothing. */
static BtSwarm *
add_wanting (TestNode   *node,
             BtMetainfo *metainfo,
             guint       max_peers)
{
  BtSwarmConfig config = { .max_peers = max_peers };
  BtSwarm *swarm = test_node_add (node, metainfo, NULL, &config, TRUE);
  BtSwarm *other = node->swarm;

  node->swarm = swarm;
  g_assert_true (test_node_wait_state (node, BT_SWARM_DOWNLOADING));
  node->swarm = other;
  return swarm;
}

/* --- Connecting --- */

/* Thirty at once after a quiet time, then thirty a second, until there are none left. */
static void
test_connect_rate (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);
  BtSwarm *swarm = add_wanting (node, metainfo, 1000);
  Mute *mute = mute_new (swarm, 150);
  guint n_allowed = BT_SESSION_CONNECTS_PER_SECOND;
  gint64 began_us = bt_clock_get_us (world->clock);

  g_assert_cmpuint (mute_count (mute), ==, 0);
  test_world_pass (world, 100 * BT_MILLISECOND_US);
  g_assert_true (mute_wait (mute, n_allowed));
  g_assert_cmpuint (mute_count (mute), ==, n_allowed);
  for (guint second = 0; second < 3; second++)
    {
      /* Asking for more, more often, does not help. */
      for (guint i = 0; i < 20; i++)
        {
          test_world_pass (world, 50 * BT_MILLISECOND_US);
          bt_session_connect_now (node->session);
        }
      n_allowed += BT_SESSION_CONNECTS_PER_SECOND;
      g_assert_true (mute_wait (mute, n_allowed - 1));
      /* The first came at some time before the first of these seconds. */
      g_assert_cmpint ((mute_count (mute) - BT_SESSION_CONNECTS_PER_SECOND) * BT_SECOND_US, <=,
                       BT_SESSION_CONNECTS_PER_SECOND *
                       (bt_clock_get_us (world->clock) - began_us));
    }
  test_world_pass (world, 2 * BT_SECOND_US);
  g_assert_true (mute_wait (mute, 150));
  g_assert_cmpuint (mute_count (mute), ==, 150);
  g_assert_cmpuint (bt_swarm_get_n_peers (swarm), ==, 150);
  test_node_free (node);
  mute_free (mute);
  test_world_free (world);
}

/* The session's bound holds for all torrents together, and each gets its turn. Places that become
 * free are filled again. */
static void
test_max_peers (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) one =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  g_autoptr (BtMetainfo) two =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, NULL);
  BtSessionConfig config = { .max_peers = 8 };
  TestNode *node = test_node_new (world, &config);
  BtSwarm *swarms[2] = { add_wanting (node, one, 0), add_wanting (node, two, 0) };
  Mute *mutes[2] = { mute_new (swarms[0], 20), mute_new (swarms[1], 20) };

  test_world_pass (world, 5 * BT_SECOND_US);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (bt_swarm_get_n_peers (swarms[i]), ==, 4);
      g_assert_true (mute_wait (mutes[i], 4));
      g_assert_cmpuint (mute_count (mutes[i]), ==, 4);
    }
  /* They say nothing for too long: others are tried, never more than eight at a time. */
  for (guint i = 0; i < 20; i++)
    {
      test_world_pass (world, BT_SECOND_US);
      g_assert_cmpuint (bt_swarm_get_n_peers (swarms[0]) + bt_swarm_get_n_peers (swarms[1]), <=, 8);
    }
  g_assert_cmpuint (mute_count (mutes[0]) + mute_count (mutes[1]), >=, 16);
  g_assert_cmpuint (mute_count (mutes[0]) + mute_count (mutes[1]), <=, 24);
  test_node_free (node);
  mute_free (mutes[0]);
  mute_free (mutes[1]);
  test_world_free (world);
}

/* --- Incoming --- */

static int
connect_to (TestNode *node)
{
  BtAddress address = test_node_get_address (node);
  struct sockaddr_storage sa;
  socklen_t sa_len = bt_address_to_sockaddr (&address, &sa);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &sa, sa_len), ==, 0);
  return fd;
}

static guint
count_closed (const int *fds,
              guint      n)
{
  guint n_closed = 0;

  for (guint i = 0; i < n; i++)
    {
      guint8 byte;
      gssize n_read = recv (fds[i], &byte, 1, MSG_DONTWAIT | MSG_PEEK);

      n_closed += n_read == 0 || (n_read < 0 && errno != EAGAIN);
    }
  return n_closed;
}

/* Until so many of `fds` are closed, as far as their end is told. */
static gboolean
wait_closed (TestWorld *world,
             const int *fds,
             guint      n)
{
  gint64 until_us = g_get_monotonic_time () + MUTE_WAIT_REAL_US;

  while (count_closed (fds, n) < n && g_get_monotonic_time () < until_us)
    {
      if (!g_main_context_iteration (world->context, FALSE))
        g_usleep (100);
    }
  return count_closed (fds, n) == n;
}

/* A crowd that says nothing keeps nobody out. */
static void
test_silent_crowd (void)
{
  enum { N = BT_SESSION_MAX_GREETINGS + 10 };
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);
  RawPeer *peer;
  int fds[N];

  test_node_add (node, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_SEEDING));
  for (guint i = 0; i < N; i++)
    {
      fds[i] = connect_to (node);
      while (g_main_context_iteration (world->context, FALSE))
        ;
    }
  g_assert_true (wait_closed (world, fds, 10));
  g_assert_cmpuint (count_closed (fds + 10, N - 10), ==, 0);
  peer = raw_peer_new (node, metainfo);
  raw_peer_send_handshake (peer, metainfo, "crowd", TRUE);
  g_assert_true (raw_peer_wait_handshake (peer));
  test_world_pass (world, BT_PEER_HANDSHAKE_TIMEOUT_US + 2 * BT_SECOND_US);
  g_assert_true (wait_closed (world, fds, N));
  g_assert_false (peer->is_closed);
  raw_peer_free (peer);
  for (guint i = 0; i < N; i++)
    close (fds[i]);
  test_node_free (node);
  test_world_free (world);
}

/* Somebody who names a torrent that is not here, not here any more, or not running. */
static void
test_wrong_torrent (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) one =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  g_autoptr (BtMetainfo) two =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, NULL);
  TestNode *node = test_node_new (world, NULL);

  test_node_add (node, one, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (node, BT_SWARM_SEEDING));
  test_node_add (node, two, world->folder, NULL, FALSE);
  for (guint i = 0; i < 2; i++)
    {
      RawPeer *peer = raw_peer_new (node, i == 0 ? two : one);

      if (i == 1)
        bt_session_remove (node->session, node->swarm);
      raw_peer_send_handshake (peer, i == 0 ? two : one, "lost", TRUE);
      g_assert_true (raw_peer_wait_closed (peer));
      g_assert_false (peer->has_handshake);
      raw_peer_free (peer);
    }
  test_node_free (node);
  test_world_free (world);
}

/* --- Adding and removing --- */

static gboolean
has_one_swarm (gpointer user_data)
{
  return bt_session_get_n_swarms (((TestNode *) user_data)->session) == 1;
}

static gboolean
has_no_swarm (gpointer user_data)
{
  return bt_session_get_n_swarms (((TestNode *) user_data)->session) == 0;
}

static gboolean
has_some_pieces (gpointer user_data)
{
  return bt_swarm_get_have (user_data)->n_set >= 5;
}

static gboolean
has_no_peers (gpointer user_data)
{
  return bt_swarm_get_n_peers (user_data) == 0;
}

/* A seed that is slow, and somebody who has a part of what it has. */
static void
begin_download (TestWorld   *world,
                BtMetainfo  *metainfo,
                TestNode   **out_seed,
                TestNode   **out_leech)
{
  BtSessionConfig slow = { .write_limit_bps = 200 * 1024 };

  *out_seed = test_node_new (world, &slow);
  *out_leech = test_node_new (world, NULL);
  test_node_add (*out_seed, metainfo, world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (*out_seed, BT_SWARM_SEEDING));
  test_node_add (*out_leech, metainfo, NULL, NULL, TRUE);
  test_node_connect (*out_leech, *out_seed);
  g_assert_true (test_world_wait (world, has_some_pieces, (*out_leech)->swarm));
  g_assert_cmpint (bt_swarm_get_state ((*out_leech)->swarm), ==, BT_SWARM_DOWNLOADING);
}

static void
assert_exists (TestNode   *node,
               BtMetainfo *metainfo)
{
  BtSwarmConfig config = { .folder = node->folder };
  g_autoptr (GError) error = NULL;

  g_assert_null (bt_session_add (node->session, metainfo, &config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

/* Removed in the middle: it lets go of its peers and its memory, and may come back, at once or
 * later. */
static void
test_remove (gconstpointer user_data)
{
  gboolean is_at_once = GPOINTER_TO_INT (user_data);
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *seed, *leech;

  begin_download (world, metainfo, &seed, &leech);
  assert_exists (leech, metainfo);
  bt_session_remove (leech->session, leech->swarm);
  leech->swarm = NULL;
  if (!is_at_once)
    {
      g_assert_true (test_world_wait (world, has_no_swarm, leech));
      g_assert_cmpuint (bt_session_get_memory_bytes (leech->session), <=,
                        BT_PEER_N_SPARES * BT_BLOCK_BYTES);
      g_assert_true (test_world_wait (world, has_no_peers, seed->swarm));
    }
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  assert_exists (leech, metainfo);
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  g_assert_true (test_world_wait (world, has_one_swarm, leech));
  g_assert_true (bt_session_get_swarm (leech->session, 0) == leech->swarm);
  test_assert_same_files (metainfo, world->folder, leech->folder);
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static void
count_closed_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static gboolean
is_not_zero (gpointer user_data)
{
  return *(guint *) user_data != 0;
}

/* Closed in the middle: all stop, nobody is let in any more, and nothing can be added. */
static void
test_close (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  g_autoptr (BtMetainfo) two =
      test_world_make_torrent (world, "two.bin", two_mib, PIECE_BYTES, NULL);
  BtSwarmConfig config = { .folder = world->folder };
  g_autoptr (GError) error = NULL;
  guint n_closed = 0;
  TestNode *seed, *leech;

  begin_download (world, metainfo, &seed, &leech);
  bt_session_close_async (leech->session, count_closed_cb, &n_closed);
  g_assert_null (bt_session_add (leech->session, two, &config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (n_closed, ==, 0);
  g_assert_true (test_world_wait (world, is_not_zero, &n_closed));
  g_assert_cmpint (bt_swarm_get_state (leech->swarm), ==, BT_SWARM_STOPPED);
  test_world_pass (world, 10 * BT_SECOND_US);
  g_assert_cmpuint (n_closed, ==, 1);
  bt_session_free (leech->session);
  g_free (leech->folder);
  g_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

/* --- Ports --- */

static BtSession *
new_session (TestWorld   *world,
             const char  *bind,
             guint16      port,
             GError     **error)
{
  static const BtSessionOps no_ops = { NULL };
  BtSessionConfig config = { .port = port };

  g_assert_true (bt_address_parse (bind, 0, &config.bind));
  return bt_session_new (world->context, world->clock, &config, &no_ops, NULL, error);
}

static void
test_port_in_use (void)
{
  TestWorld *world = test_world_new ();
  TestNode *node = test_node_new (world, NULL);
  guint16 port = bt_session_get_port (node->session);
  g_autoptr (GError) error = NULL;
  BtSession *session;

  g_assert_cmpuint (port, !=, 0);
  g_assert_null (new_session (world, "127.0.0.1", port, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  test_node_free (node);
  session = new_session (world, "127.0.0.1", port, NULL);
  g_assert_nonnull (session);
  g_assert_cmpuint (bt_session_get_port (session), ==, port);
  bt_session_free (session);
  test_world_free (world);
}

/* An address that is not ours cannot be bound. */
static void
test_foreign_address (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (new_session (world, "192.0.2.1", 0, &error));
  g_assert_nonnull (error);
  test_world_free (world);
}

/* The port of the address to bind to says nothing: else what is dialled would come from a port that is listened at. */
static void
test_bound_port (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  TestNode *seed = test_node_new (world, NULL);
  BtSessionConfig config = { .bind = test_node_get_address (seed) };
  TestNode *leech = test_node_new (world, &config);

  g_assert_cmpuint (bt_session_get_port (leech->session), !=, config.bind.port);
  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static void
test_no_incoming (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  BtSessionConfig config = { .no_incoming = TRUE };
  TestNode *seed = test_node_new (world, NULL);
  TestNode *leech = test_node_new (world, &config);

  g_assert_cmpuint (bt_session_get_port (leech->session), ==, 0);
  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_connect (leech, seed);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

/* Bound to an address of IPv6, it uses that family alone, in both directions. */
static void
test_ipv6 (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_mib, PIECE_BYTES, NULL);
  BtSession *session = new_session (world, "::1", 0, NULL);
  BtSessionConfig config = { 0 };
  TestNode *seed, *leech;
  BtAddress address;

  if (session == NULL)
    {
      test_world_free (world);
      g_test_skip ("no IPv6 here");
      return;
    }
  bt_session_free (session);
  g_assert_true (bt_address_parse ("::1", 0, &config.bind));
  seed = test_node_new (world, &config);
  leech = test_node_new (world, &config);
  test_node_add (seed, metainfo, world->folder, NULL, TRUE);
  test_node_add (leech, metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  address = config.bind;
  address.port = bt_session_get_port (seed->session);
  bt_swarm_add_peer (leech->swarm, &address, BT_SOURCE_PERSON);
  g_assert_true (test_node_wait_state (leech, BT_SWARM_SEEDING));
  test_node_free (leech);
  test_node_free (seed);
  test_world_free (world);
}

static void
never_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  g_assert_not_reached ();
}

/* One that has ended, and whose connections are still being closed, is looked for no more. */
static void
test_ended_seek (void)
{
  TestWorld *world = test_world_new ();
  BtSessionConfig config = { .discovery = BT_DISCOVERY_DHT };
  TestNode *node = test_node_new (world, &config);
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (
      "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&x.pe=127.0.0.1:9", NULL);
  BtSeekerConfig none = { 0 };
  BtSeeker *seeker = bt_session_seek (node->session, magnet, &none, never_cb, NULL, NULL);

  g_assert_nonnull (node->session->dht);
  bt_session_connect_now (node->session);
  bt_session_end_seek (node->session, seeker, FALSE);
  g_assert_cmpint (bt_seeker_get_state (seeker), ==, BT_SEEKER_SEEKING);
  bt_session_dht_tick_torrents (node->session->dht);
  g_assert_null (g_hash_table_lookup (node->session->dht->torrents, seeker));
  test_node_free (node);
  test_world_free (world);
}

static gboolean
has_come (gpointer fd)
{
  guint8 byte;

  return recv (GPOINTER_TO_INT (fd), &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

/* Whoever asks our node at one of our addresses is answered from there: this one hears nothing else. */
static void
test_dht_local (void)
{
  static const char ping[] = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
  TestWorld *world = test_world_new ();
  BtSessionConfig config = { .discovery = BT_DISCOVERY_DHT };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_storage sa;
  char answer[256] = { 0 };
  BtAddress address;
  TestNode *node;
  socklen_t n_sa;

  g_assert_true (bt_address_parse ("0.0.0.0", 0, &config.bind));
  node = test_node_new (world, &config);
  g_assert_true (bt_address_parse ("127.0.0.3", 0, &address));
  n_sa = bt_address_to_sockaddr (&address, &sa);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, n_sa), ==, 0);
  g_assert_true (bt_address_parse ("127.0.0.2", bt_session_get_port (node->session), &address));
  n_sa = bt_address_to_sockaddr (&address, &sa);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &sa, n_sa), ==, 0);
  g_assert_cmpint (send (fd, ping, sizeof ping - 1, 0), ==, sizeof ping - 1);
  g_assert_true (test_world_wait (world, has_come, GINT_TO_POINTER (fd)));
  g_assert_cmpint (recv (fd, answer, sizeof answer - 1, MSG_DONTWAIT), >, 0);
  g_assert_nonnull (memmem (answer, sizeof answer, "1:t2:aa", 7));
  close (fd);
  test_node_free (node);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/connect-rate", test_connect_rate);
  g_test_add_func ("/session/dht-local", test_dht_local);
  g_test_add_func ("/session/max-peers", test_max_peers);
  g_test_add_func ("/session/silent-crowd", test_silent_crowd);
  g_test_add_func ("/session/wrong-torrent", test_wrong_torrent);
  g_test_add_data_func ("/session/remove", GINT_TO_POINTER (FALSE), test_remove);
  g_test_add_data_func ("/session/remove-and-add", GINT_TO_POINTER (TRUE), test_remove);
  g_test_add_func ("/session/close", test_close);
  g_test_add_func ("/session/port-in-use", test_port_in_use);
  g_test_add_func ("/session/foreign-address", test_foreign_address);
  g_test_add_func ("/session/bound-port", test_bound_port);
  g_test_add_func ("/session/no-incoming", test_no_incoming);
  g_test_add_func ("/session/ipv6", test_ipv6);
  g_test_add_func ("/session/ended-seek", test_ended_seek);
  return g_test_run ();
}
