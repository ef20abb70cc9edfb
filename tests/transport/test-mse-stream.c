/* test-mse-stream.c - encrypted streams: two of ours
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "mse.h"

#include "base/bt-random.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RW (BT_STREAM_READABLE | BT_STREAM_WRITABLE)

/* What lies between the owner and the socket at most: bt-mse-stream.c's buffer. */
#define MAX_HELD_BYTES (64 * 1024)

static const guint8 other_hash[BT_SHA1_BYTES] = "one that is not here";

static Net net;

static void
set_up (void)
{
  net_set_up (&net);
  mse_n_lookups = 0;
}

static void
tear_down (void)
{
  net_tear_down (&net);
}

/* Two of ours that have shaken hands. */
static void
make_pair (guint   offered,
           guint   allowed,
           End   **out_a,
           End   **out_b)
{
  int fds[2];

  mse_make_sockets (fds);
  *out_a = net_add_end (mse_connect (&net, fds[0], mse_info_hash, offered));
  *out_b = net_add_end (mse_accept (&net, fds[1], NULL, 0, allowed));
  (*out_a)->sink = g_byte_array_new ();
  (*out_b)->sink = g_byte_array_new ();
  net_settle (&net);
  g_assert_cmpuint ((*out_a)->n_connected, ==, 1);
  mse_write (*out_a, "first");
  (*out_b)->reads = TRUE;
  bt_stream_set_wanted ((*out_b)->stream, BT_STREAM_READABLE);
  net_settle (&net);
  mse_assert_read (*out_b, "first");
  g_assert_cmpuint (mse_n_lookups, ==, 1);
}

static void
test_agreed (void)
{
  static const struct
  {
    guint       offered;
    guint       allowed;
    BtEncrypted encrypted;
  } cases[] = {
    { MSE_BOTH, MSE_BOTH, BT_ENCRYPTED_ALL },
    { MSE_BOTH, BT_MSE_RC4, BT_ENCRYPTED_ALL },
    { BT_MSE_RC4, MSE_BOTH, BT_ENCRYPTED_ALL },
    { MSE_BOTH, BT_MSE_PLAIN, BT_ENCRYPTED_HANDSHAKE },
    { BT_MSE_PLAIN, MSE_BOTH, BT_ENCRYPTED_HANDSHAKE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      End *a;
      End *b;

      set_up ();
      make_pair (cases[i].offered, cases[i].allowed, &a, &b);
      g_assert_cmpint (bt_stream_get_encrypted (a->stream), ==, cases[i].encrypted);
      g_assert_cmpint (bt_stream_get_encrypted (b->stream), ==, cases[i].encrypted);
      g_assert_true (bt_stream_is_outgoing (a->stream));
      g_assert_false (bt_stream_is_outgoing (b->stream));
      a->reads = TRUE;
      bt_stream_set_wanted (a->stream, BT_STREAM_READABLE);
      mse_write (b, "answer");
      mse_write (a, "second");
      mse_write (a, ", third");
      net_settle (&net);
      mse_assert_read (a, "answer");
      mse_assert_read (b, "second, third");
      net_free_end (a);
      net_free_end (b);
      tear_down ();
    }
}

/* --- Much, both ways at once --- */

typedef struct
{
  BtStream *from;
  BtStream *to;
  guint8   *source;
  guint8   *sink;
  gsize     n_sent;
  gsize     n_received;
} Way;

#define WAY_BYTES (2 * 1024 * 1024)

static int
cut_oddly (BtRandom     *random,
           guint8       *bytes,
           gsize         left,
           struct iovec  out_iov[BT_STREAM_MAX_IOV])
{
  int n_iov = 1 + (int) bt_random_below (random, BT_STREAM_MAX_IOV);

  for (int i = 0; i < n_iov; i++)
    {
      gsize length = bt_random_below (random, i % 3 == 0 ? 20000 : 30);

      length = MIN (length, left);
      out_iov[i] = (struct iovec) { bytes, length };
      bytes += length;
      left -= length;
    }
  return n_iov;
}

static void
move (Way      *way,
      BtRandom *random)
{
  g_autoptr (GError) error = NULL;
  struct iovec iov[BT_STREAM_MAX_IOV];
  int n_iov = cut_oddly (random, way->source + way->n_sent, WAY_BYTES - way->n_sent, iov);

  way->n_sent += (gsize) bt_stream_writev (way->from, iov, n_iov, &error);
  g_assert_no_error (error);
  /* Slower than the writer, now and then. */
  if (bt_random_below (random, 4) == 0)
    return;
  n_iov = cut_oddly (random, way->sink + way->n_received, WAY_BYTES - way->n_received, iov);
  way->n_received += (gsize) bt_stream_readv (way->to, iov, n_iov, &error);
  g_assert_no_error (error);
}

static void
transfer (guint   methods,
          guint64 bps)
{
  BtLimit *limit;
  BtRandom random;
  Way ways[2];
  End *a;
  End *b;

  set_up ();
  bt_random_init (&random, 7);
  make_pair (methods, methods, &a, &b);
  b->reads = FALSE;
  bt_stream_set_wanted (b->stream, 0);
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, bps);
  bt_stream_set_limits (a->stream, (BtLimit *[]) { limit, NULL }, (BtLimit *[]) { limit, NULL });
  ways[0] = (Way) { a->stream, b->stream, g_malloc (WAY_BYTES), g_malloc0 (WAY_BYTES) };
  ways[1] = (Way) { b->stream, a->stream, g_malloc (WAY_BYTES), g_malloc0 (WAY_BYTES) };
  for (gsize i = 0; i < WAY_BYTES; i++)
    {
      ways[0].source[i] = (guint8) bt_random_next (&random);
      ways[1].source[i] = (guint8) bt_random_next (&random);
    }

  while (ways[0].n_received < WAY_BYTES || ways[1].n_received < WAY_BYTES)
    {
      move (&ways[0], &random);
      move (&ways[1], &random);
      g_main_context_iteration (net.context, FALSE);
      bt_clock_advance (net.clock, BT_MILLISECOND_US);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (memcmp (ways[i].source, ways[i].sink, WAY_BYTES), ==, 0);
      g_free (ways[i].source);
      g_free (ways[i].sink);
    }
  if (bps != 0)
    g_assert_cmpint (bt_clock_get_us (net.clock), >=,
                     BT_SECOND_US * 2 * WAY_BYTES / (gint64) bps * 97 / 100);
  net_free_end (a);
  net_free_end (b);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_bytes (void)
{
  transfer (BT_MSE_RC4, 0);
  transfer (BT_MSE_PLAIN, 0);
}

static void
test_bytes_limited (void)
{
  transfer (BT_MSE_RC4, 2000000);
  transfer (BT_MSE_PLAIN, 2000000);
}

/* Nobody reads: what is taken is what the socket takes and a bounded rest; and it goes on when somebody does. */
static void
test_slow_reader (void)
{
  guint64 n_plain;
  End *plain;
  End *a;
  End *b;

  set_up ();
  plain = net_add_pair (&net);
  plain->writes = TRUE;
  bt_stream_set_wanted (plain->stream, BT_STREAM_WRITABLE);
  net_settle (&net);
  n_plain = plain->n_written;
  net_free_end (plain);

  make_pair (BT_MSE_RC4, BT_MSE_RC4, &a, &b);
  b->n_read = 0;
  b->reads = FALSE;
  bt_stream_set_wanted (b->stream, 0);
  a->writes = TRUE;
  bt_stream_set_wanted (a->stream, BT_STREAM_WRITABLE);
  net_settle (&net);
  g_assert_cmpuint (a->n_written, >, MAX_HELD_BYTES);
  g_assert_cmpuint (a->n_written, <=, n_plain + MAX_HELD_BYTES);

  /* What it took goes out although the owner has nothing more to say. */
  bt_stream_set_wanted (a->stream, 0);
  b->reads = TRUE;
  bt_stream_set_wanted (b->stream, BT_STREAM_READABLE);
  net_settle (&net);
  g_assert_cmpuint (b->n_read, ==, a->n_written);
  a->n_writable = 0;
  a->writes = FALSE;
  bt_stream_set_wanted (a->stream, BT_STREAM_WRITABLE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (a->n_writable, ==, 1);
  net_free_end (a);
  net_free_end (b);
  tear_down ();
}

/* A reader that waits for tokens when the other side leaves gets everything, although it could have written. */
static void
test_lost_while_limited (void)
{
  BtLimit *limit;
  End *a;
  End *b;
  guint64 n_sent;

  set_up ();
  limit = bt_limit_new (net.clock);
  make_pair (BT_MSE_RC4, BT_MSE_RC4, &a, &b);
  bt_limit_set_bps (limit, 100000);
  bt_stream_set_limits (b->stream, (BtLimit *[]) { limit, NULL }, NULL);
  b->n_read = 0;
  b->writes = TRUE;
  while (net_write (a, 10000) == 10000)
    net_settle (&net);
  n_sent = a->n_written;
  net_settle (&net);
  bt_stream_set_wanted (b->stream, RW);
  g_clear_pointer (&a->stream, bt_stream_free);
  for (guint i = 0; i < 1000 && b->error == NULL && b->n_failed == 0; i++)
    {
      net_settle (&net);
      bt_clock_advance (net.clock, 50 * BT_MILLISECOND_US);
    }
  g_assert_error (bt_stream_get_error (b->stream), G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (b->n_read, <=, n_sent);
  g_assert_cmpuint (b->n_read + MAX_HELD_BYTES, >=, n_sent);
  g_assert_cmpuint (b->n_read, >, 100000);
  net_free_end (a);
  net_free_end (b);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_no_agreement (void)
{
  static const struct
  {
    const guint8 *hash;
    guint         offered;
    guint         allowed;
  } cases[] = {
    { other_hash, MSE_BOTH, MSE_BOTH },
    { mse_info_hash, BT_MSE_RC4, BT_MSE_PLAIN },
    { mse_info_hash, BT_MSE_PLAIN, BT_MSE_RC4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fds[2];
      End *a;
      End *b;

      set_up ();
      mse_make_sockets (fds);
      a = net_add_end (mse_connect (&net, fds[0], cases[i].hash, cases[i].offered));
      b = net_add_end (mse_accept (&net, fds[1], NULL, 0, cases[i].allowed));
      net_settle (&net);
      mse_write (a, "first");
      net_settle (&net);
      g_assert_cmpuint (b->n_failed, ==, 1);
      g_assert_cmpuint (b->n_readable, ==, 0);
      g_assert_cmpuint (a->n_failed, ==, 0);
      net_free_end (b);
      net_settle (&net);
      g_assert_cmpuint (a->n_failed, ==, 1);
      net_free_end (a);
      tear_down ();
    }
}

static void
accepted_cb (BtStream *stream,
             gpointer  user_data)
{
  bt_stream_free (stream);
}

/* Over a real connection: CONNECTED waits for the handshake, and both addresses are known. */
static void
test_tcp (void)
{
  g_autoptr (GError) error = NULL;
  BtListenerConfig config = { .use_ipv4 = TRUE };
  BtListener *listener;
  BtStream *inner;
  End *end;

  set_up ();
  bt_address_parse ("127.0.0.1", 1, &config.bind4);
  listener = bt_listener_new (net.poller, net.clock, &config, accepted_cb, NULL, &error);
  g_assert_no_error (error);
  inner = net_connect (&net, "127.0.0.1", bt_listener_get_port (listener));
  end = net_add_end (bt_mse_stream_connect (net.poller, inner, mse_info_hash, MSE_BOTH));
  g_assert_cmpuint (bt_stream_get_remote (end->stream)->port, ==, bt_listener_get_port (listener));
  net_wait (&net, &end->n_failed);
  g_assert_cmpuint (end->n_connected, ==, 0);
  g_assert_cmpint (bt_stream_get_local (end->stream)->family, ==, BT_FAMILY_IPV4);
  net_free_end (end);
  bt_listener_free (listener);
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transport/mse-stream/agreed", test_agreed);
  g_test_add_func ("/transport/mse-stream/bytes", test_bytes);
  g_test_add_func ("/transport/mse-stream/bytes-limited", test_bytes_limited);
  g_test_add_func ("/transport/mse-stream/slow-reader", test_slow_reader);
  g_test_add_func ("/transport/mse-stream/lost-while-limited", test_lost_while_limited);
  g_test_add_func ("/transport/mse-stream/no-agreement", test_no_agreement);
  g_test_add_func ("/transport/mse-stream/tcp", test_tcp);

  return g_test_run ();
}
