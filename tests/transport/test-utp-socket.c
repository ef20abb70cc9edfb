/* test-utp-socket.c - connections of uTP between two sockets on loopback, with a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "kernel.h"
#include "net.h"

#include "base/bt-geometry.h"
#include "transport/bt-udp-private.h"
#include "transport/bt-utp-socket-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ACCEPTED 1200
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

/* --- Several addresses of ours --- */

/* The second is bound to none of its addresses, and dialled at one that the routes would not choose. */
static void
set_up_many (Fixture *fixture)
{
  BtUdpConfig config = { .use_ipv4 = TRUE };
  g_autoptr (GError) error = NULL;

  set_up (fixture, "127.0.0.3");
  bt_utp_socket_set_udp (fixture->utp[1], NULL);
  bt_udp_free (fixture->udp[1]);
  fixture->udp[1] = bt_udp_new (fixture->net.poller, &config, &error);
  g_assert_no_error (error);
  bt_utp_socket_set_udp (fixture->utp[1], fixture->udp[1]);
  g_assert_true (bt_address_parse ("127.0.0.2", bt_udp_get_port (fixture->udp[1], BT_FAMILY_IPV4),
                                   &fixture->address));
}

static void
push (Fixture *fixture,
      End     *from,
      End     *to)
{
  from->writes = to->reads = TRUE;
  bt_stream_set_wanted (to->stream, BT_STREAM_READABLE);
  bt_stream_set_wanted (from->stream, BT_STREAM_WRITABLE);
  STEP_UNTIL (fixture, from->n_written >= 1024 * 1024);
  from->writes = FALSE;
  bt_stream_set_wanted (from->stream, 0);
  STEP_UNTIL (fixture, to->n_read == from->n_written);
}

/* Everything comes from the address that was dialled: the answers, what follows, and that nobody is wanted. */
static void
test_local (void)
{
  Fixture fixture;
  End *unwanted;
  End *end;

  set_up_many (&fixture);
  end = connect_both (&fixture);
  g_assert_true (bt_address_equal (bt_stream_get_local (fixture.accepted[0]->stream),
                                   &fixture.address));
  push (&fixture, fixture.accepted[0], end);
  bt_utp_socket_set_func (fixture.utp[1], NULL, NULL);
  unwanted = dial (&fixture);
  STEP_UNTIL (&fixture, unwanted->n_failed == 1);
  g_assert_error (bt_stream_get_error (unwanted->stream), G_IO_ERROR,
                  G_IO_ERROR_CONNECTION_REFUSED);
  net_free_end (unwanted);
  net_free_end (end);
  tear_down (&fixture);
}

/* The address of one connection is not ours any more: that one is lost, in its time, and no other. */
static void
test_local_gone (void)
{
  Fixture fixture;
  End *ends[2];
  End *far;

  set_up_many (&fixture);
  ends[0] = connect_both (&fixture);
  far = fixture.accepted[0];
  ends[1] = dial (&fixture);
  STEP_UNTIL (&fixture, ends[1]->n_connected == 1);
  g_assert_cmpint (net_write (ends[1], 68), ==, 68);
  STEP_UNTIL (&fixture, fixture.n_accepted == 2);

  g_assert_true (bt_address_parse ("198.51.100.7", 0, &((BtUtpStream *) far->stream)->local));
  g_assert_cmpint (net_write (far, 68), ==, 68);
  push (&fixture, fixture.accepted[1], ends[1]);
  g_assert_cmpuint (far->n_failed, ==, 0);
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE);
  far->reads = TRUE;
  for (guint i = 0; i < 1000 && far->error == NULL; i++)
    {
      bt_clock_advance (fixture.net.clock, BT_SECOND_US);
      step (&fixture);
    }
  g_assert_error (far->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_null (fixture.accepted[1]->error);
  net_free_end (ends[0]);
  net_free_end (ends[1]);
  tear_down (&fixture);
}

/* --- Difficult moments --- */

/* Again and again the kernel has no room, or will not cut what was put together: it goes later, or one by one, and
 * nothing is taken for lost. */
static void
test_difficult_kernel (gconstpointer data)
{
  guint every = GPOINTER_TO_UINT (data);
  Fixture fixture;
  BtUtpFacts facts;
  End *end;
  End *far;

  set_up (&fixture, "127.0.0.1");
  end = connect_both (&fixture);
  /* Not before: the answer to a SYN goes or is lost, since nothing is kept of it. */
  kernel = (Kernel) { .every = every, .n_to_go = every, .cut_code = every == 0 ? EIO : 0 };
  far = fixture.accepted[0];
  end->writes = far->reads = TRUE;
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE);
  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  STEP_UNTIL (&fixture, end->n_written >= 4 * 1024 * 1024);
  end->writes = FALSE;
  bt_stream_set_wanted (end->stream, 0);
  STEP_UNTIL (&fixture, far->n_read == end->n_written);
  bt_utp_get_facts (((BtUtpStream *) end->stream)->utp, &facts);
  g_test_message ("%u messages, %u asked to be cut, %u times no room", kernel.n_messages,
                  kernel.n_cut, kernel.n_full);
  g_assert_cmpuint (every > 0 ? kernel.n_full : kernel.n_cut, >=, 10);
  g_assert_cmpuint (facts.n_lost, ==, 0);
  g_assert_cmpuint (facts.n_resent, ==, 0);
  g_assert_cmpuint (facts.n_timeouts, ==, 0);
  net_free_end (end);
  tear_down (&fixture);
  kernel = (Kernel) { 0 };
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

/* As if it had come from there, to the second. */
static void
say_from (Fixture           *fixture,
          const BtAddress   *from,
          const BtUtpPacket *packet)
{
  const BtAddress local = { .family = BT_FAMILY_NONE };
  const gboolean is_freed = FALSE;
  guint8 bytes[BT_UDP_MAX_RECEIVE_BYTES];
  gsize n_bytes = bt_utp_packet_write_head (packet, bytes);

  g_assert_cmpuint (n_bytes + packet->n_payload, <=, sizeof bytes);
  if (packet->n_payload > 0)
    memcpy (bytes + n_bytes, packet->payload, packet->n_payload);
  g_assert_true (bt_udp_hand_out (fixture->udp[1], from, &local, bytes,
                                  n_bytes + packet->n_payload, &is_freed));
}

/* Somebody out there; nothing gets to them from a socket of the loopback. */
static BtAddress
make_stranger (guint number)
{
  return (BtAddress) { .family = BT_FAMILY_IPV4,
                       .ip = { 198, 51, (guint8) (number >> 8), (guint8) number },
                       .port = 6881 };
}

static void
forge_syns (Fixture *fixture,
            guint    first,
            guint    n)
{
  for (guint i = first; i < first + n; i++)
    {
      BtAddress from = make_stranger (i);
      BtUtpPacket syn = { .type = BT_UTP_SYN, .connection_id = (guint16) (3 * i), .seq_nr = 1,
                          .window_bytes = 100000 };

      say_from (fixture, &from, &syn);
    }
}

/* Ten thousand SYNs of as many addresses, none of which exists: nothing is kept of them, nobody is given to the owner,
 * and who is there gets in as if they were not, while they come. */
static void
test_flood (void)
{
  Fixture fixture;
  gint64 began_us;
  guint n_forged = 10000;
  End *end;

  set_up (&fixture, "127.0.0.1");
  forge_syns (&fixture, 0, n_forged);
  g_assert_cmpuint (get_facts (&fixture, 1).n_connections, ==, 0);
  began_us = bt_clock_get_us (fixture.net.clock);
  end = dial (&fixture);
  STEP_UNTIL (&fixture, (forge_syns (&fixture, n_forged, 50), n_forged += 50,
                         end->n_connected == 1));
  g_assert_cmpint (net_write (end, 68), ==, 68);
  STEP_UNTIL (&fixture, (forge_syns (&fixture, n_forged, 50), n_forged += 50,
                         fixture.n_accepted == 1));
  g_assert_cmpint (bt_clock_get_us (fixture.net.clock) - began_us, <, BT_SECOND_US / 2);
  g_assert_cmpuint (get_facts (&fixture, 1).n_connections, ==, 1);
  net_free_end (end);
  tear_down (&fixture);
}

/* --- Made-up strangers --- */

/* A SYN from there, and what follows it when its answer is believed to have this number. */
static BtUtpPacket
call (Fixture         *fixture,
      const BtAddress *from,
      guint16          id)
{
  BtUtpPacket syn = { .type = BT_UTP_SYN, .connection_id = id, .seq_nr = 100,
                      .window_bytes = 100000 };

  say_from (fixture, from, &syn);
  return (BtUtpPacket) {
    .type = BT_UTP_DATA,
    .connection_id = (guint16) (id + 1),
    .seq_nr = 101,
    .ack_nr = (guint16) (bt_utp_cookie_make (fixture->utp[1]->secret, from, id, 100,
                                             bt_clock_get_us (fixture->net.clock)) - 1),
    .window_bytes = 100000,
    .payload = (const guint8 *) "hello",
    .n_payload = 5,
  };
}

/* Whether it gets in. */
static gboolean
enters (Fixture         *fixture,
        const BtAddress *from,
        guint16          id)
{
  BtUtpPacket packet = call (fixture, from, id);
  guint n_accepted = fixture->n_accepted;

  say_from (fixture, from, &packet);
  step (fixture);
  return fixture->n_accepted > n_accepted;
}

/* Only what names the answer opens a connection, and only for a while. */
static void
test_proof (void)
{
  static const gint64 ages_us[] = { 0, 15 * BT_SECOND_US, 32 * BT_SECOND_US };
  Fixture fixture;
  BtAddress from = make_stranger (1), other = make_stranger (2);
  BtUtpPacket packet;

  set_up (&fixture, "127.0.0.1");
  for (guint i = 0; i < G_N_ELEMENTS (ages_us); i++)
    {
      packet = call (&fixture, &from, (guint16) (10 * i));
      bt_clock_advance (fixture.net.clock, ages_us[i]);
      say_from (&fixture, &from, &packet);
      step (&fixture);
      g_assert_cmpuint (fixture.n_accepted, ==, MIN (i + 1, 2));
    }
  g_assert_cmpuint (get_facts (&fixture, 1).n_strays, ==, 1);
  g_assert_cmpuint (get_facts (&fixture, 1).n_resets, ==, 1);

  /* A wrong number, the right one of another address, of another port, of another id. */
  packet = call (&fixture, &from, 500);
  for (guint i = 0; i < 4; i++)
    {
      BtUtpPacket wrong = packet;
      BtAddress whom = i == 1 ? other : from;

      wrong.ack_nr = (guint16) (packet.ack_nr + (i == 0 ? 20 : 0));
      whom.port = (guint16) (whom.port + (i == 2));
      wrong.connection_id = (guint16) (packet.connection_id + (i == 3));
      say_from (&fixture, &whom, &wrong);
      step (&fixture);
      g_assert_cmpuint (fixture.n_accepted, ==, 2);
      g_assert_cmpuint (get_facts (&fixture, 1).n_strays, ==, 2 + i);
    }

  /* Who has lost the first packet is not told that nobody is here. */
  packet.seq_nr = 103;
  say_from (&fixture, &from, &packet);
  step (&fixture);
  g_assert_cmpuint (fixture.n_accepted, ==, 2);
  g_assert_cmpuint (get_facts (&fixture, 1).n_strays, ==, 5);
  packet.seq_nr = 101;
  say_from (&fixture, &from, &packet);
  step (&fixture);
  g_assert_cmpuint (fixture.n_accepted, ==, 3);
  tear_down (&fixture);
}

/* What a SYN carries would have to be kept. */
static void
test_syn_with_payload (void)
{
  BtUtpPacket syn = { .type = BT_UTP_SYN, .payload = (const guint8 *) "x", .n_payload = 1 };
  BtAddress from = make_stranger (1);
  Fixture fixture;

  set_up (&fixture, "127.0.0.1");
  say_from (&fixture, &from, &syn);
  g_assert_cmpuint (get_facts (&fixture, 1).n_refused, ==, 1);
  g_assert_cmpuint (get_facts (&fixture, 1).n_answered, ==, 0);
  tear_down (&fixture);
}

/* We are no means to flood others with. */
static void
test_answers_per_second (void)
{
  const guint n_more = 500;
  Fixture fixture;

  set_up (&fixture, "127.0.0.1");
  forge_syns (&fixture, 0, BT_UTP_SOCKET_ANSWERS_PER_SECOND + n_more);
  g_assert_cmpuint (get_facts (&fixture, 1).n_answered, ==, BT_UTP_SOCKET_ANSWERS_PER_SECOND);
  g_assert_cmpuint (get_facts (&fixture, 1).n_refused, ==, n_more);
  bt_clock_advance (fixture.net.clock, BT_SECOND_US / 100);
  forge_syns (&fixture, 0, n_more);
  g_assert_cmpuint (get_facts (&fixture, 1).n_answered, ==,
                    BT_UTP_SOCKET_ANSWERS_PER_SECOND + BT_UTP_SOCKET_ANSWERS_PER_SECOND / 100);
  tear_down (&fixture);
}

static void
test_per_address (void)
{
  static const struct
  {
    const char *ours;
    const char *one;
    const char *same;      /* of the same origin */
    const char *another;
    gboolean    is_bounded;
  } cases[] = {
    { "127.0.0.1", "198.51.100.7", "198.51.100.7", "198.51.100.8", TRUE },
    { "127.0.0.1", "10.0.0.7", "10.0.0.7", "10.0.0.8", FALSE },
    { "::1", "2001:db8:1:2::7", "2001:db8:1:2:3::8", "2001:db8:1:3::7", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtAddress one, same, another;
      Fixture fixture;
      guint n_in = 0;

      set_up (&fixture, cases[i].ours);
      bt_address_parse (cases[i].one, 6881, &one);
      bt_address_parse (cases[i].same, 6882, &same);
      bt_address_parse (cases[i].another, 6881, &another);
      for (guint j = 0; j < BT_UTP_SOCKET_MAX_PER_ADDRESS + 8; j++)
        n_in += enters (&fixture, j % 2 == 0 ? &one : &same, (guint16) (3 * j));
      g_assert_cmpuint (n_in, ==, BT_UTP_SOCKET_MAX_PER_ADDRESS + (cases[i].is_bounded ? 0 : 8));
      g_assert_true (enters (&fixture, &another, 0));
      if (cases[i].is_bounded)
        {
          /* One that its owner let go of keeps its place until it is gone. */
          net_free_end (fixture.accepted[0]);
          fixture.accepted[0] = net_add_end (NULL);
          step (&fixture);
          g_assert_false (enters (&fixture, &one, 3000));
          STEP_UNTIL (&fixture, get_facts (&fixture, 1).n_lingering == 0);
          g_assert_true (enters (&fixture, &one, 3000));
        }
      tear_down (&fixture);
    }
}

/* Others may come from everywhere: there is an end to it, and of memory. */
static void
test_incoming (void)
{
  Fixture fixture;
  BtAddress from = { .family = BT_FAMILY_NONE };

  set_up (&fixture, "127.0.0.1");
  for (guint i = 0; i < BT_UTP_SOCKET_MAX_INCOMING; i++)
    {
      from = make_stranger (i / BT_UTP_SOCKET_MAX_PER_ADDRESS);
      g_assert_true (enters (&fixture, &from, (guint16) (3 * i)));
    }
  from = make_stranger (BT_UTP_SOCKET_MAX_INCOMING);
  g_assert_false (enters (&fixture, &from, 0));
  g_assert_cmpuint (get_facts (&fixture, 1).n_connections, ==, BT_UTP_SOCKET_MAX_INCOMING);
  /* A slot for what nobody has read yet. */
  g_assert_cmpuint (bt_block_pool_get_n_used (fixture.utp[1]->pool), <=,
                    BT_UTP_SOCKET_MAX_INCOMING);
  tear_down (&fixture);
}

/* Very many say more than is read, in order and far before its turn: all of them together have so much memory. */
static void
test_memory (void)
{
  static const guint8 zeros[16000];
  const guint n_connections = 200;
  Fixture fixture;

  set_up (&fixture, "127.0.0.1");
  for (guint i = 0; i < n_connections; i++)
    {
      BtAddress from = make_stranger (i);
      BtUtpPacket packet = call (&fixture, &from, 0);

      say_from (&fixture, &from, &packet);
      packet.payload = zeros;
      packet.n_payload = sizeof zeros;
      for (guint j = 1; j < 80; j++)
        {
          packet.seq_nr = (guint16) (101 + (j % 2 == 0 ? j / 2 : 1000 + 2 * j));
          say_from (&fixture, &from, &packet);
        }
      step (&fixture);
    }
  g_assert_cmpuint (fixture.n_accepted, ==, n_connections);
  g_test_message ("%u slots", bt_block_pool_get_n_used (fixture.utp[1]->pool));
  g_assert_cmpuint (bt_block_pool_get_n_used (fixture.utp[1]->pool), >=,
                    BT_UTP_SOCKET_MEMORY_BYTES / BT_BLOCK_BYTES);
  /* And a few slots that each may have beyond it: in order, and before their turn. */
  g_assert_cmpuint (bt_block_pool_get_n_used (fixture.utp[1]->pool), <=,
                    BT_UTP_SOCKET_MEMORY_BYTES / BT_BLOCK_BYTES + (4 + 2) * n_connections);
  tear_down (&fixture);
}

/* Their owner lets go of all, and the other sides do not say that they know: only so many linger, and not for long. */
static void
test_lingering (void)
{
  const guint n_all = BT_UTP_SOCKET_MAX_LINGERING + 50;
  Fixture fixture;

  set_up (&fixture, "127.0.0.1");
  for (guint i = 0; i < n_all; i++)
    {
      BtAddress from = make_stranger (i);

      g_assert_true (enters (&fixture, &from, 0));
    }
  for (guint i = 0; i < n_all; i++)
    {
      net_free_end (fixture.accepted[i]);
      g_assert_cmpuint (get_facts (&fixture, 1).n_lingering, ==,
                        MIN (i + 1, BT_UTP_SOCKET_MAX_LINGERING));
    }
  fixture.n_accepted = 0;
  step (&fixture);
  g_assert_cmpuint (get_facts (&fixture, 1).n_connections, ==, BT_UTP_SOCKET_MAX_LINGERING);
  bt_clock_advance (fixture.net.clock, BT_UTP_LINGER_US);
  for (guint i = 0; i < 10; i++)
    step (&fixture);
  g_assert_cmpuint (get_facts (&fixture, 1).n_connections, ==, 0);
  g_assert_cmpuint (bt_block_pool_get_n_used (fixture.utp[1]->pool), ==, 0);
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
  /* Some may happen to be just behind a right first one. */
  g_assert_cmpuint (get_facts (&fixture, 1).n_strays, >=, 490);
  g_assert_cmpuint (get_facts (&fixture, 1).n_strays, <=, 500);
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
  g_test_add_func ("/transport/utp-socket/local", test_local);
  g_test_add_func ("/transport/utp-socket/local-gone", test_local_gone);
  g_test_add_data_func ("/transport/utp-socket/never-room", GUINT_TO_POINTER (1),
                        test_difficult_kernel);
  g_test_add_data_func ("/transport/utp-socket/seldom-room", GUINT_TO_POINTER (7),
                        test_difficult_kernel);
  g_test_add_data_func ("/transport/utp-socket/never-cut", GUINT_TO_POINTER (0),
                        test_difficult_kernel);
  g_test_add_func ("/transport/utp-socket/no-reader", test_no_reader);
  g_test_add_data_func ("/transport/utp-socket/refused", "127.0.0.1", test_refused);
  g_test_add_data_func ("/transport/utp-socket/refused-ipv6", "::1", test_refused);
  g_test_add_func ("/transport/utp-socket/unwanted", test_unwanted);
  g_test_add_func ("/transport/utp-socket/given-up", test_given_up);
  g_test_add_func ("/transport/utp-socket/flood", test_flood);
  g_test_add_func ("/transport/utp-socket/proof", test_proof);
  g_test_add_func ("/transport/utp-socket/syn-with-payload", test_syn_with_payload);
  g_test_add_func ("/transport/utp-socket/answers-per-second", test_answers_per_second);
  g_test_add_func ("/transport/utp-socket/per-address", test_per_address);
  g_test_add_func ("/transport/utp-socket/incoming", test_incoming);
  g_test_add_func ("/transport/utp-socket/memory", test_memory);
  g_test_add_func ("/transport/utp-socket/lingering", test_lingering);
  g_test_add_func ("/transport/utp-socket/strays", test_strays);
  return g_test_run ();
}
