/* test-utp-socket.c - connections of uTP between two sockets on loopback, with a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "transport/bt-utp-socket.h"

#include <sys/socket.h>
#include <unistd.h>

#define MAX_ACCEPTED 64
#define MAX_STEPS    20000

typedef struct
{
  Net          net;
  BtUdp       *udp[2];
  BtUtpSocket *utp[2];      /* the first connects, the second accepts */
  BtAddress    address;     /* of the second */
  End         *accepted[MAX_ACCEPTED];
  guint        n_accepted;
} Fixture;

static void
accepted_cb (BtStream *stream,
             gpointer  user_data)
{
  Fixture *fixture = user_data;

  g_assert_false (bt_stream_is_outgoing (stream));
  g_assert_cmpuint (fixture->n_accepted, <, MAX_ACCEPTED);
  fixture->accepted[fixture->n_accepted++] = net_add_end (stream);
}

static void
set_up (Fixture    *fixture,
        const char *ip)
{
  BtUdpConfig config = { .use_ipv4 = ip[0] != ':', .use_ipv6 = ip[0] == ':' };
  g_autoptr (GError) error = NULL;

  *fixture = (Fixture) { 0 };
  net_set_up (&fixture->net);
  bt_clock_advance (fixture->net.clock, BT_SECOND_US);
  g_assert_true (bt_address_parse (ip, 0, &fixture->address));
  config.bind4 = config.bind6 = fixture->address;
  for (guint i = 0; i < 2; i++)
    {
      fixture->udp[i] = bt_udp_new (fixture->net.poller, &config, &error);
      g_assert_no_error (error);
      fixture->utp[i] = bt_utp_socket_new (fixture->net.poller, fixture->net.clock);
      bt_utp_socket_set_udp (fixture->utp[i], fixture->udp[i]);
    }
  fixture->address.port = bt_udp_get_port (fixture->udp[1], (BtFamily) fixture->address.family);
  bt_utp_socket_set_func (fixture->utp[1], accepted_cb, fixture);
}

static void
tear_down (Fixture *fixture)
{
  for (guint i = 0; i < fixture->n_accepted; i++)
    net_free_end (fixture->accepted[i]);
  for (guint i = 0; i < 2; i++)
    {
      bt_utp_socket_free (fixture->utp[i]);
      bt_udp_free (fixture->udp[i]);
    }
  net_tear_down (&fixture->net);
}

/* A millisecond, and what comes of it. */
static void
step (Fixture *fixture)
{
  for (guint i = 0; i < 50 && g_main_context_iteration (fixture->net.context, FALSE); i++)
    continue;
  bt_clock_advance (fixture->net.clock, BT_MILLISECOND_US);
}

#define STEP_UNTIL(fixture, condition)                                                             \
  for (guint n_steps = 0; !(condition); n_steps++)                                                 \
    {                                                                                              \
      g_assert_cmpuint (n_steps, <, MAX_STEPS);                                                    \
      step (fixture);                                                                              \
    }

static End *
dial (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  BtStream *stream = bt_utp_socket_connect (fixture->utp[0], &fixture->address, &error);

  g_assert_no_error (error);
  g_assert_true (bt_stream_is_outgoing (stream));
  g_assert_cmpint (bt_stream_get_transport (stream), ==, BT_TRANSPORT_UTP);
  return net_add_end (stream);
}

static BtUtpSocketFacts
get_facts (Fixture *fixture,
           guint    index)
{
  BtUtpSocketFacts facts;

  bt_utp_socket_get_facts (fixture->utp[index], &facts);
  return facts;
}

/* Both, as an application has them: connected, and the other has said something. */
static End *
connect_both (Fixture *fixture)
{
  End *end = dial (fixture);

  g_assert_cmpint (bt_stream_get_local (end->stream)->family, ==, BT_FAMILY_NONE);
  STEP_UNTIL (fixture, end->n_connected == 1);
  g_assert_cmpint (net_write (end, 68), ==, 68);
  STEP_UNTIL (fixture, fixture->n_accepted == 1);
  return end;
}

static void
test_exchange (gconstpointer ip)
{
  Fixture fixture;
  End *end;
  End *far;

  set_up (&fixture, ip);
  end = connect_both (&fixture);
  far = fixture.accepted[0];
  g_assert_true (bt_address_equal (bt_stream_get_remote (end->stream), &fixture.address));
  g_assert_true (bt_address_equal (bt_stream_get_local (far->stream), &fixture.address));
  g_assert_true (bt_address_equal (bt_stream_get_local (end->stream),
                                   bt_stream_get_remote (far->stream)));

  end->writes = far->reads = TRUE;
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE);
  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  STEP_UNTIL (&fixture, end->n_written >= 4 * 1024 * 1024);
  end->writes = FALSE;
  bt_stream_set_wanted (end->stream, 0);
  STEP_UNTIL (&fixture, far->n_read == end->n_written);
  g_assert_cmpuint (bt_stream_get_rtt_us (end->stream), >, 0);

  /* The end in order; what it had not read itself is nobody's concern. */
  g_clear_pointer (&end->stream, bt_stream_free);
  STEP_UNTIL (&fixture, far->error != NULL);
  g_assert_error (far->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  net_free_end (end);
  g_clear_pointer (&fixture.accepted[0]->stream, bt_stream_free);
  STEP_UNTIL (&fixture, !bt_utp_socket_is_busy (fixture.utp[0]) &&
                          !bt_utp_socket_is_busy (fixture.utp[1]));
  tear_down (&fixture);
}

/* A reader that does not read makes the other side stop, and what it has is bounded. */
static void
test_no_reader (void)
{
  Fixture fixture;
  guint64 n_written;
  End *end;

  set_up (&fixture, "127.0.0.1");
  end = connect_both (&fixture);
  end->writes = TRUE;
  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  for (guint i = 0; i < 3000; i++)
    step (&fixture);
  n_written = end->n_written;
  g_assert_cmpuint (n_written, >, 1000);
  for (guint i = 0; i < 2000; i++)
    step (&fixture);
  g_assert_cmpuint (end->n_written, ==, n_written);
  g_assert_cmpuint (n_written, <=, 2 * BT_UTP_SOCKET_MEMORY_BYTES);
  fixture.accepted[0]->reads = TRUE;
  bt_stream_set_wanted (fixture.accepted[0]->stream, BT_STREAM_READABLE);
  STEP_UNTIL (&fixture, fixture.accepted[0]->n_read > n_written);
  net_free_end (end);
  tear_down (&fixture);
}

/* Nobody is at the port: the kernel says so, and it does not take three SYNs to find out. */
static void
test_refused (gconstpointer ip)
{
  Fixture fixture;
  gint64 began_us;
  End *end;

  set_up (&fixture, ip);
  bt_utp_socket_set_udp (fixture.utp[1], NULL);
  g_clear_pointer (&fixture.udp[1], bt_udp_free);
  began_us = bt_clock_get_us (fixture.net.clock);
  end = dial (&fixture);
  STEP_UNTIL (&fixture, end->n_failed == 1);
  g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpint (bt_clock_get_us (fixture.net.clock) - began_us, <, BT_SECOND_US);
  net_free_end (end);
  tear_down (&fixture);
}

/* Somebody is there, but takes nobody. */
static void
test_unwanted (void)
{
  Fixture fixture;
  End *end;

  set_up (&fixture, "127.0.0.1");
  bt_utp_socket_set_func (fixture.utp[1], NULL, NULL);
  end = dial (&fixture);
  STEP_UNTIL (&fixture, end->n_failed == 1);
  g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpuint (get_facts (&fixture, 1).n_resets, ==, 1);
  net_free_end (end);
  tear_down (&fixture);
}

/* Let go before the answer: nothing is left on either side. */
static void
test_given_up (void)
{
  Fixture fixture;

  set_up (&fixture, "127.0.0.1");
  net_free_end (dial (&fixture));
  STEP_UNTIL (&fixture, !bt_utp_socket_is_busy (fixture.utp[0]) &&
                          !bt_utp_socket_is_busy (fixture.utp[1]));
  g_assert_cmpuint (fixture.n_accepted, ==, 0);
  tear_down (&fixture);
}

static void
send_syn (Fixture *fixture,
          int      fd,
          guint16  id)
{
  BtUtpPacket packet = { .type = BT_UTP_SYN, .connection_id = id, .seq_nr = 1,
                         .window_bytes = 100000 };
  guint8 head[BT_UTP_MAX_HEAD_BYTES];
  gsize n_head = bt_utp_packet_write_head (&packet, head);
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&fixture->address, &sa);

  g_assert_cmpint (sendto (fd, head, n_head, 0, (struct sockaddr *) &sa, n_sa), ==, n_head);
}

/* Tens of thousands of SYNs whose senders never answer: a bounded number is remembered, for a bounded time, and nobody
 * is given to the owner. Afterwards others are taken again. */
static void
test_flood (void)
{
  Fixture fixture;
  int fd;
  End *end;

  set_up (&fixture, "127.0.0.1");
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (guint i = 0; i < 20000; i++)
    {
      send_syn (&fixture, fd, (guint16) (3 * i));
      if (i % 50 != 0)
        continue;
      step (&fixture);
      g_assert_cmpuint (get_facts (&fixture, 1).n_connections, <=, BT_UTP_SOCKET_MAX_EMBRYONIC);
    }
  g_assert_cmpuint (fixture.n_accepted, ==, 0);
  g_assert_cmpuint (get_facts (&fixture, 1).n_refused, >, 0);
  close (fd);
  STEP_UNTIL (&fixture, get_facts (&fixture, 1).n_connections == 0);
  end = connect_both (&fixture);
  net_free_end (end);
  tear_down (&fixture);
}

/* Packets of nobody's are answered, but not all of them. */
static void
test_strays (void)
{
  Fixture fixture;
  BtUtpPacket packet = { .type = BT_UTP_STATE, .seq_nr = 1 };
  guint8 head[BT_UTP_MAX_HEAD_BYTES];
  struct sockaddr_storage sa;
  socklen_t n_sa;
  gsize n_head;
  int fd;

  set_up (&fixture, "127.0.0.1");
  n_sa = bt_address_to_sockaddr (&fixture.address, &sa);
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (guint i = 0; i < 500; i++)
    {
      packet.connection_id = (guint16) i;
      n_head = bt_utp_packet_write_head (&packet, head);
      g_assert_cmpint (sendto (fd, head, n_head, 0, (struct sockaddr *) &sa, n_sa), ==, n_head);
    }
  for (guint i = 0; i < 20; i++)
    step (&fixture);
  g_assert_cmpuint (get_facts (&fixture, 1).n_strays, ==, 500);
  g_assert_cmpuint (get_facts (&fixture, 1).n_resets, <=, BT_UTP_SOCKET_RESETS_PER_SECOND + 1);
  g_assert_cmpuint (get_facts (&fixture, 1).n_resets, >, 0);
  close (fd);
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/transport/utp-socket/exchange", "127.0.0.1", test_exchange);
  g_test_add_data_func ("/transport/utp-socket/exchange-ipv6", "::1", test_exchange);
  g_test_add_func ("/transport/utp-socket/no-reader", test_no_reader);
  g_test_add_data_func ("/transport/utp-socket/refused", "127.0.0.1", test_refused);
  g_test_add_data_func ("/transport/utp-socket/refused-ipv6", "::1", test_refused);
  g_test_add_func ("/transport/utp-socket/unwanted", test_unwanted);
  g_test_add_func ("/transport/utp-socket/given-up", test_given_up);
  g_test_add_func ("/transport/utp-socket/flood", test_flood);
  g_test_add_func ("/transport/utp-socket/strays", test_strays);
  return g_test_run ();
}
