/* test-greeter.c - guests that say who they want, and those that do not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-greeter.h"

#include "peers/bt-peer.h"
#include "transport/bt-mse-stream.h"
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
set_up_for (Door *door,
            guint max_waiting)
{
  g_autoptr (GError) error = NULL;

  *door = (Door) { .context = g_main_context_new () };
  door->clock = bt_clock_new_manual (door->context, 1000 * BT_SECOND_US);
  door->poller = bt_poller_new (door->context, &error);
  g_assert_no_error (error);
  door->greeter = bt_greeter_new (door->clock, door->poller, max_waiting, greeted_cb, door);
}

static void
set_up (Door *door)
{
  set_up_for (door, MAX_WAITING);
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

/* A connection that the greeter takes; returns the other end. `from`: an address that it pretends to be of. */
static int
knock_from (Door       *door,
            const char *from)
{
  BtAddress remote;
  BtStream *stream;
  int fds[2];

  g_assert_true (from == NULL || bt_address_parse (from, 1000, &remote));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  stream = bt_tcp_stream_new (door->poller, door->clock, fds[0], from != NULL ? &remote : NULL,
                              FALSE);
  g_assert_nonnull (stream);
  bt_greeter_take (door->greeter, stream);
  return fds[1];
}

static int
knock (Door *door)
{
  return knock_from (door, NULL);
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

/* --- Encrypted guests --- */

static void
encrypted_cb (BtStream       *stream,
              BtStreamEvents  events,
              gpointer        user_data)
{
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  struct iovec iov = { bytes, sizeof bytes };

  make_handshake (bytes);
  if (events & BT_STREAM_CONNECTED)
    g_assert_cmpint (bt_stream_writev (stream, &iov, 1, NULL), ==, sizeof bytes);
}

static const guint8 *
get_torrent (void)
{
  static guint8 hash[BT_SHA1_BYTES];

  memset (hash, 0xa5, sizeof hash);
  return hash;
}

/* Which policy meets which guest (0: plain; else BtMseMethod that it offers) | whether it comes in, and how. */
static void
test_policies (void)
{
  static const struct
  {
    BtEncryption encryption;
    guint        offered;
    gboolean     is_greeted;
    BtEncrypted  encrypted;
  } cases[] = {
    { BT_ENCRYPTION_OFF, 0, TRUE, BT_ENCRYPTED_NOTHING },
    { BT_ENCRYPTION_OFF, BT_MSE_RC4 | BT_MSE_PLAIN, FALSE, 0 },
    { BT_ENCRYPTION_PREFER, 0, TRUE, BT_ENCRYPTED_NOTHING },
    { BT_ENCRYPTION_PREFER, BT_MSE_PLAIN, TRUE, BT_ENCRYPTED_HANDSHAKE },
    { BT_ENCRYPTION_PREFER, BT_MSE_RC4, TRUE, BT_ENCRYPTED_ALL },
    { BT_ENCRYPTION_PREFER, BT_MSE_RC4 | BT_MSE_PLAIN, TRUE, BT_ENCRYPTED_ALL },
    { BT_ENCRYPTION_REQUIRE, 0, FALSE, 0 },
    { BT_ENCRYPTION_REQUIRE, BT_MSE_PLAIN, FALSE, 0 },
    { BT_ENCRYPTION_REQUIRE, BT_MSE_RC4, TRUE, BT_ENCRYPTED_ALL },
    { BT_ENCRYPTION_REQUIRE, BT_MSE_RC4 | BT_MSE_PLAIN, TRUE, BT_ENCRYPTED_ALL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
      BtStream *guest = NULL;
      Door door;
      int fd;

      set_up (&door);
      g_test_message ("case %u", i);
      bt_greeter_set_encryption (door.greeter, cases[i].encryption);
      bt_greeter_add_torrent (door.greeter, get_torrent ());
      fd = knock (&door);
      make_handshake (bytes);
      if (cases[i].offered == 0)
        {
          say (&door, fd, bytes, sizeof bytes);
        }
      else
        {
          guest = bt_tcp_stream_new (door.poller, door.clock, fd, NULL, TRUE);
          guest = bt_mse_stream_connect (door.poller, guest, get_torrent (), cases[i].offered);
          bt_stream_set_func (guest, encrypted_cb, NULL);
          settle (&door);
        }
      g_assert_cmpuint (door.n_greeted, ==, cases[i].is_greeted);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
      if (cases[i].is_greeted)
        {
          g_assert_cmpint (bt_stream_get_encrypted (door.stream), ==, cases[i].encrypted);
          g_assert_cmpmem (door.received, door.n_received, bytes, sizeof bytes);
        }
      else
        {
          g_assert_true (guest != NULL ? bt_stream_get_error (guest) != NULL : is_closed (fd));
        }
      bt_stream_free (guest);
      if (guest == NULL)
        close (fd);
      tear_down (&door);
    }
}

/* Of a torrent that never was here, or is not any more: as if it had said nonsense. */
static void
test_other_torrent (void)
{
  for (guint was_here = 0; was_here <= 1; was_here++)
    {
      BtStream *guest;
      Door door;

      set_up (&door);
      bt_greeter_set_encryption (door.greeter, BT_ENCRYPTION_PREFER);
      if (was_here)
        bt_greeter_add_torrent (door.greeter, get_torrent ());
      bt_greeter_remove_torrent (door.greeter, get_torrent ());
      guest = bt_tcp_stream_new (door.poller, door.clock, knock (&door), NULL, TRUE);
      guest = bt_mse_stream_connect (door.poller, guest, get_torrent (), BT_MSE_RC4);
      bt_stream_set_func (guest, encrypted_cb, NULL);
      settle (&door);
      g_assert_nonnull (bt_stream_get_error (guest));
      g_assert_cmpuint (door.n_greeted, ==, 0);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
      bt_stream_free (guest);
      tear_down (&door);
    }
}

/* Half an encrypted handshake has no more time than half a plain one. */
static void
test_half_encrypted (void)
{
  static const guint8 key[BT_MSE_KEY_BYTES] = { 1, 2, 3 };
  Door door;
  int fd;

  set_up (&door);
  bt_greeter_set_encryption (door.greeter, BT_ENCRYPTION_PREFER);
  fd = knock (&door);
  bt_clock_advance (door.clock, 4 * BT_SECOND_US);
  say (&door, fd, key, sizeof key);
  g_assert_false (is_closed (fd));
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 1);
  /* A padding of one byte a second buys no time. */
  for (gint64 at_us = 4 * BT_SECOND_US; at_us < BT_PEER_HANDSHAKE_TIMEOUT_US; at_us += BT_SECOND_US)
    {
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 1);
      say (&door, fd, key + 3, 1);
      bt_clock_advance (door.clock, BT_SECOND_US);
      bt_greeter_tick (door.greeter);
    }
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, 0);
  close (fd);
  tear_down (&door);
}

/* Addresses | whether they are taken for one that may have only so many. */
static void
test_per_address (void)
{
  static const struct
  {
    const char *first;
    const char *others;
    gboolean    is_bounded;
  } cases[] = {
    { "203.0.113.5:1", "203.0.113.5:2", TRUE },
    { "203.0.113.5:1", "203.0.113.6:2", FALSE },
    { "[2a00:1:2:3::1]:1", "[2a00:1:2:3:4:5:6:7]:2", TRUE },
    { "[2a00:1:2:3::1]:1", "[2a00:1:2:4::1]:2", FALSE },
    { "127.0.0.2:1", "127.0.0.2:2", FALSE },
    { "192.168.1.7:1", "192.168.1.7:2", FALSE },
    { "[fe80::1]:1", "[fe80::1]:2", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fds[BT_GREETER_MAX_PER_ADDRESS + 1];
      Door door;

      set_up_for (&door, 100);
      g_test_message ("case %u", i);
      fds[0] = knock_from (&door, cases[i].first);
      for (guint k = 1; k < G_N_ELEMENTS (fds); k++)
        {
          g_assert_false (is_closed (fds[0]));
          fds[k] = knock_from (&door, cases[i].others);
        }
      g_assert_cmpint (is_closed (fds[0]), ==, cases[i].is_bounded);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==,
                        G_N_ELEMENTS (fds) - cases[i].is_bounded);
      tear_down (&door);
      for (guint k = 0; k < G_N_ELEMENTS (fds); k++)
        close (fds[k]);
    }
}

static guint
count_answered (const int *fds,
                guint      n_fds)
{
  guint n_answered = 0;
  guint8 byte;

  for (guint i = 0; i < n_fds; i++)
    n_answered += recv (fds[i], &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
  return n_answered;
}

/* So many key exchanges a second; the others have theirs in the next one, and plain guests do not wait for them. */
static void
test_keys_per_second (void)
{
  static const guint8 key[BT_MSE_KEY_BYTES] = { 1, 2, 3 };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  int fds[BT_GREETER_MAX_KEYS_PER_SECOND + 20];
  Door door;
  int fd;

  set_up_for (&door, 200);
  bt_greeter_set_encryption (door.greeter, BT_ENCRYPTION_PREFER);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = knock (&door);
      say (&door, fds[i], key, sizeof key);
    }
  g_assert_cmpuint (count_answered (fds, G_N_ELEMENTS (fds)), ==, BT_GREETER_MAX_KEYS_PER_SECOND);
  fd = knock (&door);
  make_handshake (bytes);
  say (&door, fd, bytes, sizeof bytes);
  g_assert_cmpuint (door.n_greeted, ==, 1);

  /* One of those who wait gives up meanwhile. */
  close (fds[G_N_ELEMENTS (fds) - 1]);
  settle (&door);
  bt_clock_advance (door.clock, BT_SECOND_US);
  bt_greeter_tick (door.greeter);
  settle (&door);
  g_assert_cmpuint (count_answered (fds, G_N_ELEMENTS (fds) - 1), ==, G_N_ELEMENTS (fds) - 1);
  g_assert_cmpuint (bt_greeter_get_n (door.greeter), ==, G_N_ELEMENTS (fds) - 1);
  tear_down (&door);
  close (fd);
  for (guint i = 0; i < G_N_ELEMENTS (fds) - 1; i++)
    close (fds[i]);
}

/* Thousands that never go on, of many addresses: who speaks gets through, and the others are bounded. */
static void
test_flood (void)
{
  enum { N_GUESTS = 2000, N_HOSTS = 250, MAX_GUESTS = 200 };
  static const guint8 key[BT_MSE_KEY_BYTES] = { 1, 2, 3 };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  g_autofree int *fds = g_new (int, N_GUESTS);
  Door door;

  set_up_for (&door, MAX_GUESTS);
  bt_greeter_set_encryption (door.greeter, BT_ENCRYPTION_PREFER);
  make_handshake (bytes);
  for (guint i = 0; i < N_GUESTS; i++)
    {
      g_autofree char *from = g_strdup_printf ("203.0.%u.1:1", i % N_HOSTS);

      fds[i] = knock_from (&door, from);
      send (fds[i], key, i % 2 == 0 ? sizeof key : 50, MSG_NOSIGNAL);
      if (i % 100 != 50)
        continue;
      settle (&door);
      g_assert_cmpuint (bt_greeter_get_n (door.greeter), <=, MAX_GUESTS);
      say (&door, knock_from (&door, "198.51.100.1:1"), bytes, sizeof bytes);
      g_assert_cmpuint (door.n_greeted, ==, 1 + i / 100);
    }
  tear_down (&door);
  for (guint i = 0; i < N_GUESTS; i++)
    close (fds[i]);
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
  g_test_add_func ("/session/greeter/policies", test_policies);
  g_test_add_func ("/session/greeter/other-torrent", test_other_torrent);
  g_test_add_func ("/session/greeter/half-encrypted", test_half_encrypted);
  g_test_add_func ("/session/greeter/per-address", test_per_address);
  g_test_add_func ("/session/greeter/keys-per-second", test_keys_per_second);
  g_test_add_func ("/session/greeter/flood", test_flood);
  return g_test_run ();
}
