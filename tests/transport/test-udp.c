/* test-udp.c - datagrams on loopback: who takes them, what is dropped, and ports that are taken
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-udp-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtUdp        *udp;
  BtAddress     address;     /* of `udp`, IPv4 */
  int           fd;          /* a stranger's socket */
  guint         n_first;     /* that the first taker was asked about, and took */
  guint         n_first_took;
  guint64       n_bytes;     /* of those it took */
  gsize         n_longest;
  guint         n_second;
  BtAddress     from;
  BtAddress     local;
  gboolean      frees;
} Fixture;

/* Takes what begins with 'd'. */
static gboolean
first_cb (const BtAddress *from,
          const BtAddress *local,
          const guint8    *bytes,
          gsize            n_bytes,
          gpointer         user_data)
{
  Fixture *fixture = user_data;

  fixture->n_first++;
  fixture->from = *from;
  fixture->local = *local;
  if (bytes[0] != 'd')
    return FALSE;
  fixture->n_first_took++;
  fixture->n_bytes += n_bytes;
  fixture->n_longest = MAX (fixture->n_longest, n_bytes);
  if (fixture->frees)
    g_clear_pointer (&fixture->udp, bt_udp_free);
  return TRUE;
}

static gboolean
second_cb (const BtAddress *from,
           const BtAddress *local,
           const guint8    *bytes,
           gsize            n_bytes,
           gpointer         user_data)
{
  Fixture *fixture = user_data;

  fixture->n_second++;
  return bytes[0] == 'u';
}

static const BtUdpTaker first_taker = { .take = first_cb };
static const BtUdpTaker second_taker = { .take = second_cb };

static BtUdpConfig
loopback_config (guint16 port)
{
  BtUdpConfig config = { .use_ipv4 = TRUE, .port = port };

  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  return config;
}

static void
set_up (Fixture *fixture)
{
  BtUdpConfig config = loopback_config (0);
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->context = g_main_context_new ();
  fixture->poller = bt_poller_new (fixture->context, &error);
  g_assert_no_error (error);
  fixture->udp = bt_udp_new (fixture->poller, &config, &error);
  g_assert_no_error (error);
  fixture->address = config.bind4;
  fixture->address.port = bt_udp_get_port (fixture->udp, BT_FAMILY_IPV4);
  g_assert_cmpuint (fixture->address.port, !=, 0);
  fixture->fd = socket (AF_INET, SOCK_DGRAM, 0);
  bt_udp_add (fixture->udp, &first_taker, fixture);
  bt_udp_add (fixture->udp, &second_taker, fixture);
}

static void
tear_down (Fixture *fixture)
{
  close (fixture->fd);
  bt_udp_free (fixture->udp);
  bt_poller_free (fixture->poller);
  g_main_context_unref (fixture->context);
}

static void
send_bytes (Fixture    *fixture,
            const void *bytes,
            gsize       n_bytes)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (&fixture->address, &sa);

  g_assert_cmpint (sendto (fixture->fd, bytes, n_bytes, 0, (struct sockaddr *) &sa, n_sa), ==,
                   n_bytes);
}

static void
turn (Fixture *fixture)
{
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
}

static void
test_takers (void)
{
  Fixture fixture;
  BtUdpFacts facts;
  guint8 long_one[BT_UDP_MAX_RECEIVE_BYTES + 1] = { 'd' };

  set_up (&fixture);
  send_bytes (&fixture, "de", 2);
  send_bytes (&fixture, "u", 1);
  send_bytes (&fixture, "?", 1);
  send_bytes (&fixture, "", 0);
  send_bytes (&fixture, long_one, sizeof long_one);
  send_bytes (&fixture, long_one, sizeof long_one - 1);
  turn (&fixture);
  g_assert_cmpuint (fixture.n_first, ==, 4);
  g_assert_cmpuint (fixture.n_first_took, ==, 2);
  g_assert_cmpuint (fixture.n_second, ==, 2);
  g_assert_true (bt_address_is_loopback (&fixture.from));
  bt_udp_get_facts (fixture.udp, &facts);
  g_assert_cmpuint (facts.n_received, ==, 6);
  g_assert_cmpuint (facts.n_dropped, ==, 3);

  bt_udp_remove (fixture.udp, &first_taker, &fixture);
  send_bytes (&fixture, "d", 1);
  turn (&fixture);
  g_assert_cmpuint (fixture.n_first, ==, 4);
  g_assert_cmpuint (fixture.n_second, ==, 3);
  tear_down (&fixture);
}

static void
test_bounded_turn (void)
{
  Fixture fixture;

  set_up (&fixture);
  for (guint i = 0; i < BT_UDP_MAX_READS + 10; i++)
    send_bytes (&fixture, "d", 1);
  g_main_context_iteration (fixture.context, FALSE);
  g_assert_cmpuint (fixture.n_first, ==, BT_UDP_MAX_READS);
  turn (&fixture);
  g_assert_cmpuint (fixture.n_first, ==, BT_UDP_MAX_READS + 10);
  tear_down (&fixture);
}

static void
test_freed_within (void)
{
  Fixture fixture;

  set_up (&fixture);
  fixture.frees = TRUE;
  send_bytes (&fixture, "d", 1);
  send_bytes (&fixture, "d", 1);
  turn (&fixture);
  g_assert_null (fixture.udp);
  g_assert_cmpuint (fixture.n_first, ==, 1);
  tear_down (&fixture);
}

static void
test_send (void)
{
  Fixture fixture;
  struct sockaddr_storage sa;
  socklen_t n_sa = sizeof sa;
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  BtAddress stranger, foreign;
  guint8 bytes[8];
  BtUdpFacts facts;

  set_up (&fixture);
  g_assert_cmpint (bind (fixture.fd, (struct sockaddr *) &own, sizeof own), ==, 0);
  g_assert_cmpint (getsockname (fixture.fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &stranger));
  g_assert_true (bt_udp_send (fixture.udp, NULL, &stranger, (const guint8 *) "hello", 5));
  n_sa = sizeof sa;
  g_assert_cmpint (recvfrom (fixture.fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa, &n_sa),
                   ==, 5);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &stranger));
  g_assert_true (bt_address_equal (&stranger, &fixture.address));
  /* A family that is not open. */
  g_assert_true (bt_address_parse ("[::1]:9", 0, &foreign));
  g_assert_false (bt_udp_send (fixture.udp, NULL, &foreign, (const guint8 *) "hello", 5));
  bt_udp_get_facts (fixture.udp, &facts);
  g_assert_cmpuint (facts.n_sent, ==, 1);
  tear_down (&fixture);
}

/* Runs of one length with a shorter one behind, and an address of a family that is not open between them: however the
 * kernel puts together and cuts, all arrive as they were. */
static void
test_batch (void)
{
  enum { N = 150 };
  BtUdpConfig config = loopback_config (0);
  static guint8 bytes[1200] = { 'd' };
  struct iovec iov[N][2];
  BtUdpDatagram datagrams[N];
  g_autoptr (GError) error = NULL;
  guint64 n_expected = 0;
  BtUdpFacts facts;
  Fixture fixture;
  BtUdp *sender;

  set_up (&fixture);
  sender = bt_udp_new (fixture.poller, &config, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N; i++)
    {
      gsize n_bytes = i % 50 == 49 ? 100 : 1200;

      iov[i][0] = (struct iovec) { bytes, 20 };
      iov[i][1] = (struct iovec) { bytes + 20, n_bytes - 20 };
      datagrams[i] = (BtUdpDatagram) { .to = fixture.address, .iov = iov[i], .n_iov = 2,
                                       .is_probe = i == 30 };
      n_expected += n_bytes;
    }
  g_assert_true (bt_address_parse ("[::1]:9", 0, &datagrams[120].to));
  n_expected -= 1200;
  g_assert_cmpuint (bt_udp_send_batch (sender, datagrams, N), ==, N);
  for (guint i = 0; i < N; i++)
    g_assert_cmpint (datagrams[i].code, ==, i == 120 ? EAFNOSUPPORT : 0);
  turn (&fixture);
  g_assert_cmpuint (fixture.n_first_took, ==, N - 1);
  g_assert_cmpuint (fixture.n_bytes, ==, n_expected);
  g_assert_cmpuint (fixture.n_longest, ==, 1200);
  bt_udp_get_facts (sender, &facts);
  g_assert_cmpuint (facts.n_sent, ==, N - 1);
  g_assert_cmpuint (facts.n_unsent, ==, 1);
  g_assert_cmpuint (facts.n_writes, <, N);
  bt_udp_free (sender);
  tear_down (&fixture);
}

/* --- Several addresses of ours --- */

static BtAddress
parse (const char *ip,
       guint16     port)
{
  BtAddress address;

  g_assert_true (bt_address_parse (ip, port, &address));
  return address;
}

/* Whoever asks at the second address hears from there, and from nowhere else. */
static void
test_local (gconstpointer bind_ip)
{
  BtUdpConfig config = { .use_ipv4 = TRUE };
  BtAddress own = parse ("127.0.0.3", 0);
  g_autoptr (GError) error = NULL;
  struct sockaddr_storage sa;
  Fixture fixture;
  guint8 bytes[8];
  socklen_t n_sa;

  set_up (&fixture);
  bt_udp_free (fixture.udp);
  if (bind_ip != NULL)
    config.bind4 = parse (bind_ip, 0);
  fixture.udp = bt_udp_new (fixture.poller, &config, &error);
  g_assert_no_error (error);
  bt_udp_add (fixture.udp, &first_taker, &fixture);
  fixture.address = parse ("127.0.0.2", bt_udp_get_port (fixture.udp, BT_FAMILY_IPV4));
  n_sa = bt_address_to_sockaddr (&own, &sa);
  g_assert_cmpint (bind (fixture.fd, (struct sockaddr *) &sa, n_sa), ==, 0);
  n_sa = bt_address_to_sockaddr (&fixture.address, &sa);
  g_assert_cmpint (connect (fixture.fd, (struct sockaddr *) &sa, n_sa), ==, 0);
  send_bytes (&fixture, "d", 1);
  turn (&fixture);
  g_assert_cmpuint (fixture.n_first_took, ==, 1);
  if (bind_ip == NULL)
    g_assert_true (bt_address_equal (&fixture.local, &fixture.address));
  else
    g_assert_cmpint (fixture.local.family, ==, BT_FAMILY_NONE);

  /* What is bound to one address goes from there, whatever is said. */
  if (bind_ip != NULL)
    fixture.local = parse ("127.0.0.4", 0);
  g_assert_true (bt_udp_send (fixture.udp, &fixture.local, &fixture.from,
                              (const guint8 *) "hello", 5));
  g_assert_cmpint (recv (fixture.fd, bytes, sizeof bytes, MSG_DONTWAIT), ==, 5);
  tear_down (&fixture);
}

static void
test_local6 (void)
{
  BtUdpConfig config = { .use_ipv6 = TRUE };
  Fixture fixture;
  BtUdp *udp;

  set_up (&fixture);
  udp = bt_udp_new (fixture.poller, &config, NULL);
  if (udp != NULL)
    {
      BtAddress to = parse ("::1", bt_udp_get_port (udp, BT_FAMILY_IPV6));

      bt_udp_add (udp, &first_taker, &fixture);
      if (bt_udp_send (udp, &to, &to, (const guint8 *) "d", 1))
        {
          turn (&fixture);
          g_assert_cmpuint (fixture.n_first_took, ==, 1);
          g_assert_true (bt_address_equal (&fixture.from, &to));
          g_assert_true (bt_address_equal (&fixture.local, &to));
          /* Documentation's (RFC 3849): nobody's. */
          fixture.local = parse ("2001:db8::7", to.port);
          g_assert_false (bt_udp_send (udp, &fixture.local, &to, (const guint8 *) "d", 1));
        }
      else
        g_test_skip ("There is no IPv6 here");
      bt_udp_free (udp);
    }
  else
    g_test_skip ("There is no IPv6 here");
  tear_down (&fixture);
}

static gboolean
count_cb (const BtAddress *from,
          const BtAddress *local,
          const guint8    *bytes,
          gsize            n_bytes,
          gpointer         user_data)
{
  guint *n_from = user_data;

  /* Each says which it is to come from. */
  g_assert_cmpuint (bytes[0], ==, from->ip[3]);
  n_from[from->ip[3]]++;
  return TRUE;
}

/* Neighbours of different addresses of ours are not joined; those of an address that is not ours any more are lost, and
 * no others, nor is cutting given up. */
static void
test_local_batch (void)
{
  enum { N = 64, N_GONE = 20 };
  static const BtUdpTaker taker = { .take = count_cb };
  static const guint8 last[] = { 1, 2, 4 };
  BtUdpConfig config = { .use_ipv4 = TRUE };
  g_autoptr (GError) error = NULL;
  guint8 bytes[3][1000] = { { 1 }, { 2 }, { 4 } };
  struct iovec iov[3];
  BtUdpDatagram datagrams[N];
  guint n_from[256] = { 0 };
  guint n_expected[256] = { 0 };
  BtUdpFacts facts;
  Fixture fixture;
  BtUdp *sender;

  set_up (&fixture);
  bt_udp_remove (fixture.udp, &first_taker, &fixture);
  bt_udp_remove (fixture.udp, &second_taker, &fixture);
  bt_udp_add (fixture.udp, &taker, n_from);
  sender = bt_udp_new (fixture.poller, &config, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (iov); i++)
    iov[i] = (struct iovec) { bytes[i], sizeof bytes[i] };
  for (guint i = 0; i < N; i++)
    {
      guint which = i / 3 % 3;

      datagrams[i] = (BtUdpDatagram) { .to = fixture.address, .iov = &iov[which], .n_iov = 1,
                                       .is_probe = i == 10 };
      if (which > 0)
        {
          datagrams[i].local = parse ("127.0.0.0", 0);
          datagrams[i].local.ip[3] = last[which];
        }
      if (i >= 16 && i < 48)
        datagrams[i].local = parse ("198.51.100.7", 0);
      else
        n_expected[last[which]]++;
    }
  for (guint i = 0; i < N_GONE; i++)
    g_assert_cmpuint (bt_udp_send_batch (sender, datagrams + 16, 32), ==, 32);
  g_assert_cmpuint (bt_udp_get_side (sender, BT_FAMILY_IPV4)->n_cut_refusals, ==, 0);
  g_assert_cmpuint (bt_udp_send_batch (sender, datagrams, N), ==, N);
  for (guint i = 0; i < N; i++)
    g_assert_true ((datagrams[i].code != 0) == (i >= 16 && i < 48));
  turn (&fixture);
  g_assert_cmpmem (n_from, sizeof n_from, n_expected, sizeof n_expected);
  bt_udp_get_facts (sender, &facts);
  g_assert_cmpuint (facts.n_sent, ==, N - 32);
  g_assert_cmpuint (facts.n_unsent, ==, 32 * (N_GONE + 1));
  bt_udp_free (sender);
  tear_down (&fixture);
}

static void
test_taken (void)
{
  Fixture fixture;
  BtUdpConfig config;
  g_autoptr (GError) error = NULL;
  BtUdp *other;

  set_up (&fixture);
  config = loopback_config (fixture.address.port);
  g_assert_null (bt_udp_new (fixture.poller, &config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  /* One family is better than none. The other may be missing on this machine. */
  config.use_ipv6 = TRUE;
  g_assert_true (bt_address_parse ("::1", 0, &config.bind6));
  g_clear_error (&error);
  other = bt_udp_new (fixture.poller, &config, &error);
  if (other != NULL)
    {
      g_assert_cmpint (bt_udp_get_errno (other, BT_FAMILY_IPV4), ==, EADDRINUSE);
      g_assert_cmpint (bt_udp_get_errno (other, BT_FAMILY_IPV6), ==, 0);
      g_assert_cmpuint (bt_udp_get_port (other, BT_FAMILY_IPV6), ==, config.port);
      g_assert_cmpuint (bt_udp_get_port (other, BT_FAMILY_IPV4), ==, 0);
      bt_udp_free (other);
    }
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/udp/takers", test_takers);
  g_test_add_func ("/transport/udp/bounded-turn", test_bounded_turn);
  g_test_add_func ("/transport/udp/freed-within", test_freed_within);
  g_test_add_func ("/transport/udp/send", test_send);
  g_test_add_func ("/transport/udp/batch", test_batch);
  g_test_add_data_func ("/transport/udp/local", NULL, test_local);
  g_test_add_data_func ("/transport/udp/local-bound", "127.0.0.2", test_local);
  g_test_add_func ("/transport/udp/local-ipv6", test_local6);
  g_test_add_func ("/transport/udp/local-batch", test_local_batch);
  g_test_add_func ("/transport/udp/taken", test_taken);
  return g_test_run ();
}
