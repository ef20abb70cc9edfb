/* test-greeter.c - guests that say who they want, and those that do not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-greeter.h"

#include "peers/bt-peer.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WAITING 3

typedef struct
{
  GMainContext *context;
  BtClock      *clock;
  BtPoller     *poller;
  BtGreeter    *greeter;
  guint         n_greeted;
  BtStream     *stream;       /* of the last one greeted */
  BtHandshake   handshake;
  guint8        received[BT_WIRE_HANDSHAKE_BYTES];
  gsize         n_received;
} Door;

static void
ignore_cb (BtStream       *stream,
           BtStreamEvents  events,
           gpointer        user_data)
{
}

static void
greeted_cb (gpointer           user_data,
            BtStream          *stream,
            const BtHandshake *handshake,
            const guint8      *received,
            gsize              n_received)
{
  Door *door = user_data;

  door->n_greeted++;
  bt_stream_free (door->stream);
  door->stream = stream;
  bt_stream_set_func (stream, ignore_cb, NULL);
  bt_stream_set_wanted (stream, 0);
  door->handshake = *handshake;
  g_assert_cmpuint (n_received, <=, sizeof door->received);
  memcpy (door->received, received, n_received);
  door->n_received = n_received;
}

static void
set_up (Door *door)
{
  g_autoptr (GError) error = NULL;

  *door = (Door) { .context = g_main_context_new () };
  door->clock = bt_clock_new_manual (door->context, 1000 * BT_SECOND_US);
  door->poller = bt_poller_new (door->context, &error);
  g_assert_no_error (error);
  door->greeter = bt_greeter_new (door->clock, MAX_WAITING, greeted_cb, door);
}

static void
tear_down (Door *door)
{
  bt_stream_free (door->stream);
  bt_greeter_free (door->greeter);
  bt_poller_free (door->poller);
  bt_clock_free (door->clock);
  g_main_context_unref (door->context);
}

static void
settle (Door *door)
{
  while (g_main_context_iteration (door->context, FALSE))
    ;
}

/* A connection that the greeter takes; returns the other end. */
static int
knock (Door *door)
{
  BtStream *stream;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  stream = bt_tcp_stream_new (door->poller, door->clock, fds[0], NULL, FALSE);
  g_assert_nonnull (stream);
  bt_greeter_take (door->greeter, stream);
  return fds[1];
}

static void
say (Door         *door,
     int           fd,
     const guint8 *bytes,
     gsize         n_bytes)
{
  g_assert_cmpint (send (fd, bytes, n_bytes, MSG_NOSIGNAL), ==, (gssize) n_bytes);
  settle (door);
}

static gboolean
is_closed (int fd)
{
  guint8 byte;

  return recv (fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
make_handshake (guint8 out_bytes[BT_WIRE_HANDSHAKE_BYTES])
{
  BtHandshake handshake = { .has_fast = TRUE, .peer_id = "-XX0001-abcdefghijk" };

  memset (handshake.info_hash, 0xa5, sizeof handshake.info_hash);
  bt_wire_put_handshake (&handshake, out_bytes);
}

/* However it comes in pieces, it is greeted once the torrent has been named. */
static void
test_slow (void)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];

  make_handshake (bytes);
  for (gsize n_first = 1; n_first <= sizeof bytes; n_first++)
    {
      Door door;
      int fd;

      set_up (&door);
      fd = knock (&door);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 1);
      say (&door, fd, bytes, n_first);
      g_assert_cmpuint (door.n_greeted, ==, n_first >= 48);
      for (gsize i = n_first; i < 48; i++)
        {
          g_assert_cmpuint (door.n_greeted, ==, 0);
          say (&door, fd, bytes + i, 1);
        }
      g_assert_cmpuint (door.n_greeted, ==, 1);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
      g_assert_cmpmem (door.received, door.n_received, bytes, MAX (n_first, 48));
      g_assert_cmpuint (door.handshake.info_hash[7], ==, 0xa5);
      g_assert_true (door.handshake.has_fast);
      g_assert_false (is_closed (fd));
      close (fd);
      tear_down (&door);
    }
}

/* More than a handshake stays in the socket, for the torrent's peer to read. */
static void
test_eager (void)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES + 5] = { 0 };
  guint8 rest[16];
  struct iovec iov = { rest, sizeof rest };
  Door door;
  int fd;

  set_up (&door);
  make_handshake (bytes);
  bytes[sizeof bytes - 1] = 2;
  fd = knock (&door);
  say (&door, fd, bytes, sizeof bytes);
  g_assert_cmpuint (door.n_greeted, ==, 1);
  g_assert_cmpuint (door.n_received, ==, BT_WIRE_HANDSHAKE_BYTES);
  g_assert_cmpint (bt_stream_readv (door.stream, &iov, 1, NULL), ==, 5);
  g_assert_cmpuint (rest[4], ==, 2);
  close (fd);
  tear_down (&door);
}

/* One wrong byte is enough, wherever it is; bytes that mean nothing to us are not wrong. */
static void
test_wrong_protocol (void)
{
  for (gsize at = 0; at < 48; at++)
    {
      guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
      gboolean is_wrong = at < 20;
      Door door;
      int fd;

      set_up (&door);
      make_handshake (bytes);
      bytes[at] ^= 0x55;
      fd = knock (&door);
      say (&door, fd, bytes, at + 1);
      g_assert_cmpint (is_closed (fd), ==, is_wrong);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, is_wrong || at == 47 ? 0 : 1);
      g_assert_cmpuint (door.n_greeted, ==, at == 47);
      close (fd);
      tear_down (&door);
    }
}

/* Gone before it said enough, in order or not. */
static void
test_hang_up (void)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  Door door;

  set_up (&door);
  make_handshake (bytes);
  for (gsize n = 0; n < 48; n += 47)
    {
      int fd = knock (&door);

      if (n > 0)
        say (&door, fd, bytes, n);
      close (fd);
      settle (&door);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
    }
  g_assert_cmpuint (door.n_greeted, ==, 0);
  tear_down (&door);
}

/* Each has its own ten seconds, and saying something does not make them longer. */
static void
test_late (void)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  int first, second;
  Door door;

  set_up (&door);
  make_handshake (bytes);
  first = knock (&door);
  bt_clock_advance (door.clock, 4 * BT_SECOND_US);
  second = knock (&door);
  for (gsize i = 0; i < 5; i++)
    {
      say (&door, first, bytes + i, 1);
      bt_clock_advance (door.clock, BT_SECOND_US);
      bt_greeter_tick (door.greeter);
    }
  bt_clock_advance (door.clock, BT_PEER_HANDSHAKE_TIMEOUT_US - 9 * BT_SECOND_US - 1);
  bt_greeter_tick (door.greeter);
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 2);
  bt_clock_advance (door.clock, 1);
  bt_greeter_tick (door.greeter);
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 1);
  g_assert_true (is_closed (first));
  g_assert_false (is_closed (second));
  bt_clock_advance (door.clock, 4 * BT_SECOND_US);
  bt_greeter_tick (door.greeter);
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
  g_assert_true (is_closed (second));
  close (first);
  close (second);
  tear_down (&door);
}

/* When one too many comes, the one who has waited longest makes room. */
static void
test_too_many (void)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  int fds[10];
  Door door;

  set_up (&door);
  make_handshake (bytes);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = knock (&door);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, MIN (i + 1, MAX_WAITING));
      for (guint j = 0; j <= i; j++)
        g_assert_cmpint (is_closed (fds[j]), ==, j + MAX_WAITING <= i);
    }
  /* Those who wait are served, in any order. */
  say (&door, fds[8], bytes, sizeof bytes);
  say (&door, fds[7], bytes, sizeof bytes);
  g_assert_cmpuint (door.n_greeted, ==, 2);
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 1);
  tear_down (&door);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* All that wait when the greeter goes are closed. */
static void
test_free (void)
{
  int fds[2];
  Door door;

  set_up (&door);
  fds[0] = knock (&door);
  fds[1] = knock (&door);
  tear_down (&door);
  g_assert_true (is_closed (fds[0]));
  g_assert_true (is_closed (fds[1]));
  close (fds[0]);
  close (fds[1]);
  bt_greeter_free (NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/greeter/slow", test_slow);
  g_test_add_func ("/session/greeter/eager", test_eager);
  g_test_add_func ("/session/greeter/wrong-protocol", test_wrong_protocol);
  g_test_add_func ("/session/greeter/hang-up", test_hang_up);
  g_test_add_func ("/session/greeter/late", test_late);
  g_test_add_func ("/session/greeter/too-many", test_too_many);
  g_test_add_func ("/session/greeter/free", test_free);
  return g_test_run ();
}
