/* test-race.c - two ways to one peer, with a made-up clock: who has the head start, who wins, what is left of the other
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "transport/bt-race-stream.h"
#include "transport/bt-stream-private.h"

/* A way that connects or fails when the test says so. */
typedef struct
{
  BtStream    base;
  BtTransport transport;
} Way;

typedef struct
{
  Net        net;
  Way       *ways[2];      /* by transport, TCP first; NULL: not begun, or freed */
  guint      n_begun[2];
  guint      n_freed;
  gboolean   cannot[2];
  BtStream  *stream;
  End       *end;
} Fixture;

static Fixture *fixture;

static guint
get_index (BtTransport transport)
{
  return transport == BT_TRANSPORT_UTP ? 1 : 0;
}

static gssize
way_move (BtStream            *stream,
          const struct iovec  *iov,
          int                  n_iov,
          GError             **error)
{
  return 7;
}

static void
way_set_active (BtStream *stream)
{
}

static guint32
way_get_rtt_us (BtStream *stream)
{
  return 123;
}

static guint
way_get_n_unanswered (BtStream *stream)
{
  return 3;
}

static BtTransport
way_get_transport (BtStream *stream)
{
  return ((Way *) stream)->transport;
}

static void
way_free (BtStream *stream)
{
  fixture->ways[get_index (((Way *) stream)->transport)] = NULL;
  fixture->n_freed++;
  g_free (stream);
}

static const BtStreamClass way_class = {
  .readv = way_move,
  .writev = way_move,
  .set_active = way_set_active,
  .get_rtt_us = way_get_rtt_us,
  .get_n_unanswered = way_get_n_unanswered,
  .get_transport = way_get_transport,
  .free = way_free,
};

static BtStream *
begin_cb (const BtAddress  *remote,
          BtTransport       transport,
          gpointer          user_data,
          GError          **error)
{
  guint index = get_index (transport);
  Way *way;

  g_assert_true (user_data == fixture);
  fixture->n_begun[index]++;
  if (fixture->cannot[index])
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot");
      return NULL;
    }
  way = g_new0 (Way, 1);
  way->transport = transport;
  bt_stream_init (&way->base, &way_class, remote, TRUE);
  fixture->ways[index] = way;
  return &way->base;
}

/* Returns whether it could begin. */
static gboolean
set_up (BtTransport first,
        gboolean    cannot_tcp,
        gboolean    cannot_utp)
{
  g_autoptr (GError) error = NULL;
  BtAddress remote;

  fixture = g_new0 (Fixture, 1);
  fixture->cannot[0] = cannot_tcp;
  fixture->cannot[1] = cannot_utp;
  net_set_up (&fixture->net);
  g_assert_true (bt_address_parse ("127.0.0.1:9", 0, &remote));
  fixture->stream = bt_race_stream_new (fixture->net.clock, &remote, first, begin_cb, fixture,
                                        &error);
  g_assert_true ((fixture->stream == NULL) == (error != NULL));
  fixture->end = net_add_end (fixture->stream);
  return fixture->stream != NULL;
}

static void
tear_down (void)
{
  net_free_end (fixture->end);
  g_assert_null (fixture->ways[0]);
  g_assert_null (fixture->ways[1]);
  net_tear_down (&fixture->net);
  g_clear_pointer (&fixture, g_free);
}

static void
fail (guint index)
{
  bt_stream_fail (&fixture->ways[index]->base,
                  g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "refused"));
}

static void
test_first_wins (void)
{
  g_assert_true (set_up (BT_TRANSPORT_UTP, FALSE, FALSE));
  g_assert_cmpint (bt_stream_get_transport (fixture->stream), ==, BT_TRANSPORT_BOTH);
  bt_clock_advance (fixture->net.clock, BT_RACE_HEAD_START_US - 1);
  g_assert_cmpuint (fixture->n_begun[0], ==, 0);
  bt_stream_connected (&fixture->ways[1]->base);
  g_assert_cmpuint (fixture->end->n_connected, ==, 1);
  g_assert_cmpint (bt_stream_get_transport (fixture->stream), ==, BT_TRANSPORT_UTP);
  g_assert_cmpuint (bt_stream_get_rtt_us (fixture->stream), ==, 123);
  g_assert_cmpuint (bt_stream_get_n_unanswered (fixture->stream), ==, 3);
  g_assert_cmpint (net_read (fixture->end, 100), ==, 7);
  bt_clock_advance (fixture->net.clock, 10 * BT_SECOND_US);
  g_assert_cmpuint (fixture->n_begun[0], ==, 0);
  fail (1);
  g_assert_cmpuint (fixture->end->n_failed, ==, 1);
  tear_down ();
}

static void
test_second_wins (void)
{
  g_assert_true (set_up (BT_TRANSPORT_TCP, FALSE, FALSE));
  bt_clock_advance (fixture->net.clock, BT_RACE_HEAD_START_US);
  g_assert_cmpuint (fixture->n_begun[1], ==, 1);
  bt_stream_connected (&fixture->ways[1]->base);
  g_assert_cmpuint (fixture->end->n_connected, ==, 1);
  g_assert_null (fixture->ways[0]);
  g_assert_cmpint (bt_stream_get_transport (fixture->stream), ==, BT_TRANSPORT_UTP);
  tear_down ();
}

/* The second does not wait when there is nothing to wait for; the reason that is told is the first's. */
static void
test_failures (void)
{
  g_assert_true (set_up (BT_TRANSPORT_UTP, FALSE, FALSE));
  fail (1);
  g_assert_cmpuint (fixture->n_begun[0], ==, 1);
  g_assert_cmpuint (fixture->end->n_failed, ==, 0);
  fail (0);
  g_assert_cmpuint (fixture->end->n_failed, ==, 1);
  g_assert_error (bt_stream_get_error (fixture->stream), G_IO_ERROR,
                  G_IO_ERROR_CONNECTION_REFUSED);
  tear_down ();

  g_assert_true (set_up (BT_TRANSPORT_UTP, TRUE, FALSE));
  bt_clock_advance (fixture->net.clock, BT_RACE_HEAD_START_US);
  g_assert_cmpuint (fixture->n_begun[0], ==, 1);
  g_assert_cmpuint (fixture->end->n_failed, ==, 0);
  fail (1);
  g_assert_cmpuint (fixture->end->n_failed, ==, 1);
  tear_down ();

  g_assert_true (set_up (BT_TRANSPORT_UTP, FALSE, TRUE));
  g_assert_cmpuint (fixture->n_begun[0], ==, 1);
  bt_stream_connected (&fixture->ways[0]->base);
  g_assert_cmpuint (fixture->end->n_connected, ==, 1);
  tear_down ();

  g_assert_false (set_up (BT_TRANSPORT_UTP, TRUE, TRUE));
  tear_down ();
}

/* Given up while both are under way. */
static void
test_given_up (void)
{
  g_assert_true (set_up (BT_TRANSPORT_UTP, FALSE, FALSE));
  bt_clock_advance (fixture->net.clock, BT_RACE_HEAD_START_US);
  g_clear_pointer (&fixture->end->stream, bt_stream_free);
  g_assert_cmpuint (fixture->n_freed, ==, 2);
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/race/first-wins", test_first_wins);
  g_test_add_func ("/transport/race/second-wins", test_second_wins);
  g_test_add_func ("/transport/race/failures", test_failures);
  g_test_add_func ("/transport/race/given-up", test_given_up);
  return g_test_run ();
}
