/* test-socks-udp.c - datagrams through a SOCKS5 proxy: there and back, by name, and what comes of faults
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-proxy.h"
#include "transport/bt-udp.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtClock      *clock;
  BtProxyHost  *host;
  BtSocksUdp   *relay;
  TestProxy    *proxy;
  int           fd;          /* a stranger's */
  BtAddress     stranger;
  guint         n_changed;
  guint         n_taken;
  guint8        taken[64];
  gsize         n_bytes;
  BtAddress     from;
} Fixture;

static gboolean
take_cb (const BtAddress *from,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (n_bytes, <=, sizeof fixture->taken);
  memcpy (fixture->taken, bytes, n_bytes);
  fixture->n_bytes = n_bytes;
  fixture->from = *from;
  fixture->n_taken++;
  return TRUE;
}

static void
changed_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_changed++;
}

static const BtSocksUdpUser user = { .take = take_cb, .changed = changed_cb };

static void
open_stranger (Fixture *fixture)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t n_sa = sizeof sa;

  fixture->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fixture->fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (getsockname (fixture->fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &fixture->stranger));
}

static void
set_up (Fixture    *fixture,
        const char *user_name)
{
  BtProxy proxy = { .kind = BT_PROXY_SOCKS5, .host = "127.0.0.1", .password = "secret" };
  BtAddress any = { 0 };
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->poller = bt_poller_new (fixture->context, &error);
  g_assert_no_error (error);
  fixture->clock = bt_clock_new (fixture->context);
  fixture->proxy = test_proxy_new (FALSE, "ann", "secret");
  proxy.port = test_proxy_get_port (fixture->proxy);
  g_strlcpy (proxy.user, user_name, sizeof proxy.user);
  fixture->host = bt_proxy_host_new (fixture->clock, &proxy);
  fixture->relay = bt_socks_udp_new (fixture->poller, fixture->clock, fixture->host, &any, &any);
  bt_socks_udp_add (fixture->relay, &user, fixture);
  open_stranger (fixture);
}

static void
tear_down (Fixture *fixture)
{
  bt_socks_udp_free (fixture->relay);
  bt_proxy_host_free (fixture->host);
  test_proxy_free (fixture->proxy);
  close (fixture->fd);
  bt_poller_free (fixture->poller);
  bt_clock_free (fixture->clock);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static void
wait_open (Fixture  *fixture,
           gboolean  is_open)
{
  while (bt_socks_udp_is_open (fixture->relay) != is_open)
    g_main_context_iteration (fixture->context, TRUE);
}

static gboolean
send_text (Fixture    *fixture,
           const char *name,
           const char *text)
{
  struct iovec iov[2] = { { (char *) text, 1 }, { (char *) text + 1, strlen (text) - 1 } };

  return bt_socks_udp_send (fixture->relay, name, &fixture->stranger, iov, 2);
}

/* Blocks until the stranger got it; answers. */
static void
answer (Fixture    *fixture,
        const char *expected,
        const char *text)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = sizeof sa;
  char bytes[64];
  gssize n_bytes = recvfrom (fixture->fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa, &n_sa);

  g_assert_cmpmem (bytes, n_bytes, expected, strlen (expected));
  g_assert_cmpint (sendto (fixture->fd, text, strlen (text), 0, (struct sockaddr *) &sa, n_sa), >=,
                   0);
}

static void
wait_taken (Fixture    *fixture,
            const char *text)
{
  while (fixture->n_taken == 0)
    g_main_context_iteration (fixture->context, TRUE);
  fixture->n_taken = 0;
  g_assert_cmpmem (fixture->taken, fixture->n_bytes, text, strlen (text));
  g_assert_true (bt_address_equal (&fixture->from, &fixture->stranger));
}

static void
test_there_and_back (void)
{
  Fixture fixture;
  g_autofree char *line = NULL;

  set_up (&fixture, "ann");
  g_assert_false (send_text (&fixture, NULL, "too early"));
  wait_open (&fixture, TRUE);
  g_assert_cmpuint (fixture.n_changed, ==, 1);
  g_assert_null (bt_socks_udp_get_message (fixture.relay));
  g_assert_true (send_text (&fixture, NULL, "hello"));
  answer (&fixture, "hello", "hello yourself");
  wait_taken (&fixture, "hello yourself");

  g_assert_true (send_text (&fixture, "only.proxy.test", "by name"));
  answer (&fixture, "by name", "indeed");
  wait_taken (&fixture, "indeed");
  line = g_strdup_printf ("udp only.proxy.test:%u", fixture.stranger.port);
  g_assert_cmpuint (test_proxy_get_n (fixture.proxy, line), ==, 1);
  tear_down (&fixture);
}

/* Empty ones go out, and come to nobody. */
static void
test_empty (void)
{
  Fixture fixture;
  struct sockaddr_storage sa;
  struct iovec empty = { NULL, 0 };

  set_up (&fixture, "ann");
  wait_open (&fixture, TRUE);
  g_assert_true (bt_socks_udp_send (fixture.relay, NULL, &fixture.stranger, &empty, 1));
  g_assert_true (send_text (&fixture, NULL, "hello"));
  g_assert_cmpint (recv (fixture.fd, &sa, sizeof sa, 0), ==, 0);
  answer (&fixture, "hello", "");
  g_assert_true (send_text (&fixture, NULL, "again"));
  answer (&fixture, "again", "now");
  wait_taken (&fixture, "now");
  g_assert_false (bt_socks_udp_send (fixture.relay, "", &fixture.stranger, &empty, 1));
  tear_down (&fixture);
}

/* The proxy hangs up: it is closed at once, and open again a second later. */
static void
test_hang_up (void)
{
  Fixture fixture;

  set_up (&fixture, "ann");
  wait_open (&fixture, TRUE);
  test_proxy_hang_up (fixture.proxy);
  wait_open (&fixture, FALSE);
  g_assert_cmpuint (fixture.n_changed, ==, 2);
  g_assert_nonnull (bt_socks_udp_get_message (fixture.relay));
  g_assert_false (send_text (&fixture, NULL, "hello"));
  wait_open (&fixture, TRUE);
  g_assert_cmpuint (fixture.n_changed, ==, 3);
  g_assert_cmpuint (test_proxy_get_n (fixture.proxy, "associate"), ==, 2);
  tear_down (&fixture);
}

static void
test_refused (void)
{
  Fixture fixture;

  set_up (&fixture, "bob");
  while (bt_socks_udp_get_message (fixture.relay) == NULL)
    g_main_context_iteration (fixture.context, TRUE);
  g_assert_false (bt_socks_udp_is_open (fixture.relay));
  g_assert_cmpstr (bt_socks_udp_get_message (fixture.relay), ==,
                   "The proxy does not accept the user name and the password");
  g_assert_cmpuint (fixture.n_changed, ==, 0);
  g_assert_cmpuint (test_proxy_get_n (fixture.proxy, "associate"), ==, 0);
  tear_down (&fixture);
}

static gboolean
udp_take_cb (const BtAddress *from,
             const guint8    *bytes,
             gsize            n_bytes,
             gpointer         user_data)
{
  return bytes[0] == 'd' && take_cb (from, bytes, n_bytes, user_data);
}

/* Whoever has a UDP port does not notice. */
static void
test_port (void)
{
  static const BtUdpTaker taker = { .take = udp_take_cb };
  Fixture fixture;
  BtUdpFacts facts;
  BtAddress local;
  BtUdp *udp;
  guint mtu;

  set_up (&fixture, "ann");
  wait_open (&fixture, TRUE);
  bt_socks_udp_remove (fixture.relay, &user, &fixture);
  udp = bt_udp_new_relayed (fixture.poller, fixture.relay);
  bt_udp_add (udp, &taker, &fixture);
  g_assert_cmpuint (bt_udp_get_port (udp, BT_FAMILY_IPV4), !=, 0);
  g_assert_false (bt_udp_look_up_path (udp, &fixture.stranger, &local, &mtu));
  g_assert_true (bt_address_equal (&local, bt_socks_udp_get_relay (fixture.relay)));
  g_assert_true (bt_udp_send (udp, &fixture.stranger, (const guint8 *) "hello", 5));
  answer (&fixture, "hello", "du");
  wait_taken (&fixture, "du");
  g_assert_true (bt_udp_send (udp, &fixture.stranger, (const guint8 *) "hello", 5));
  answer (&fixture, "hello", "not ours");
  do
    {
      g_main_context_iteration (fixture.context, TRUE);
      bt_udp_get_facts (udp, &facts);
    }
  while (facts.n_dropped == 0);
  g_assert_cmpuint (facts.n_received, ==, 2);
  g_assert_cmpuint (facts.n_sent, ==, 2);
  g_assert_cmpuint (fixture.n_taken, ==, 0);

  test_proxy_hang_up (fixture.proxy);
  wait_open (&fixture, FALSE);
  g_assert_false (bt_udp_send (udp, &fixture.stranger, (const guint8 *) "hello", 5));
  bt_udp_free (udp);
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/socks-udp/there-and-back", test_there_and_back);
  g_test_add_func ("/transport/socks-udp/empty", test_empty);
  g_test_add_func ("/transport/socks-udp/hang-up", test_hang_up);
  g_test_add_func ("/transport/socks-udp/refused", test_refused);
  g_test_add_func ("/transport/socks-udp/port", test_port);
  return g_test_run ();
}
