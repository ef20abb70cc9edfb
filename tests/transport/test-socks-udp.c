/* test-socks-udp.c - datagrams through a SOCKS5 proxy: there and back, by name, and what comes of faults
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-proxy.h"
#include "transport/bt-udp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
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
  g_assert_cmpstr (bt_proxy_host_get_message (fixture.host), ==,
                   "The proxy does not accept the user name and the password");
  g_assert_cmpuint (fixture.n_changed, ==, 0);
  g_assert_cmpuint (test_proxy_get_n (fixture.proxy, "associate"), ==, 0);
  tear_down (&fixture);
}

static gboolean
udp_take_cb (const BtAddress *from,
             const BtAddress *local,
             const guint8    *bytes,
             gsize            n_bytes,
             gpointer         user_data)
{
  g_assert_cmpint (local->family, ==, BT_FAMILY_NONE);
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
  g_assert_true (bt_udp_send (udp, NULL, &fixture.stranger, (const guint8 *) "hello", 5));
  answer (&fixture, "hello", "du");
  wait_taken (&fixture, "du");
  g_assert_true (bt_udp_send (udp, NULL, &fixture.stranger, (const guint8 *) "hello", 5));
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
  g_assert_false (bt_udp_send (udp, NULL, &fixture.stranger, (const guint8 *) "hello", 5));
  bt_udp_free (udp);
  tear_down (&fixture);
}

/* --- A proxy of which each byte is the test's --- */

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtClock      *clock;
  BtProxyHost  *host;
  BtSocksUdp   *relay;
  Fixture       heard;        /* what is taken */
  int           listener_fd;
  int           control_fd;
  int           relay_fd;
  BtAddress     relay_address;
} Puppet;

static int
open_bound (int        type,
            BtAddress *out_address)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t n_sa = sizeof sa;
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, out_address));
  return fd;
}

static void
puppet_init (Puppet *puppet)
{
  BtProxy proxy = { .kind = BT_PROXY_SOCKS5, .host = "127.0.0.1", .for_peers = 1 };
  BtAddress any = { 0 }, address;

  memset (puppet, 0, sizeof *puppet);
  puppet->context = g_main_context_new ();
  g_main_context_push_thread_default (puppet->context);
  puppet->poller = bt_poller_new (puppet->context, NULL);
  puppet->clock = bt_clock_new (puppet->context);
  puppet->listener_fd = open_bound (SOCK_STREAM, &address);
  g_assert_cmpint (listen (puppet->listener_fd, 4), ==, 0);
  puppet->relay_fd = open_bound (SOCK_DGRAM, &puppet->relay_address);
  proxy.port = address.port;
  puppet->host = bt_proxy_host_new (puppet->clock, &proxy);
  puppet->relay = bt_socks_udp_new (puppet->poller, puppet->clock, puppet->host, &any, &any);
  bt_socks_udp_add (puppet->relay, &user, &puppet->heard);
}

static void
puppet_clear (Puppet *puppet)
{
  bt_socks_udp_free (puppet->relay);
  bt_proxy_host_free (puppet->host);
  if (puppet->control_fd > 0)
    close (puppet->control_fd);
  close (puppet->listener_fd);
  close (puppet->relay_fd);
  bt_poller_free (puppet->poller);
  bt_clock_free (puppet->clock);
  g_main_context_pop_thread_default (puppet->context);
  g_main_context_unref (puppet->context);
}

/* Reads so many bytes at the proxy, while the loop turns. */
static void
puppet_hear (Puppet *puppet,
             gsize   n_bytes)
{
  guint8 bytes[64];

  while (n_bytes > 0)
    {
      gssize n = recv (puppet->control_fd, bytes, MIN (n_bytes, sizeof bytes), MSG_DONTWAIT);

      g_assert_cmpint (n, !=, 0);
      if (n > 0)
        n_bytes -= (gsize) n;
      else
        g_main_context_iteration (puppet->context, TRUE);
    }
}

static void
puppet_say (Puppet       *puppet,
            const guint8 *bytes,
            gsize         n_bytes)
{
  g_assert_cmpint (send (puppet->control_fd, bytes, n_bytes, MSG_NOSIGNAL), ==, n_bytes);
}

/* The next connection, up to its question for UDP, which is answered by this address. */
static void
puppet_grant (Puppet          *puppet,
              const BtAddress *relay)
{
  guint8 reply[10] = { 5, 0, 0, 1 };
  struct pollfd poll_fd = { puppet->listener_fd, POLLIN, 0 };

  if (puppet->control_fd > 0)
    close (puppet->control_fd);
  while (poll (&poll_fd, 1, 0) == 0)
    g_main_context_iteration (puppet->context, TRUE);
  puppet->control_fd = accept4 (puppet->listener_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (puppet->control_fd, >=, 0);
  puppet_hear (puppet, 3);
  puppet_say (puppet, (const guint8 *) "\5\0", 2);
  puppet_hear (puppet, 10);
  memcpy (reply + 4, relay->ip, 4);
  reply[8] = (guint8) (relay->port >> 8);
  reply[9] = (guint8) relay->port;
  puppet_say (puppet, reply, sizeof reply);
}

static void
puppet_wait (Puppet   *puppet,
             gboolean  is_open)
{
  while (bt_socks_udp_is_open (puppet->relay) != is_open)
    g_main_context_iteration (puppet->context, TRUE);
}

/* Sends by the relay that there is, and returns where it came from. */
static struct sockaddr_in
puppet_meet (Puppet *puppet)
{
  struct iovec iov = { (char *) "hello", 5 };
  const BtAddress to = { .family = BT_FAMILY_IPV4, .ip = { 192, 0, 2, 1 }, .port = 80 };
  struct sockaddr_in sa;
  socklen_t n_sa = sizeof sa;
  guint8 bytes[64];

  g_assert_true (bt_socks_udp_send (puppet->relay, NULL, &to, &iov, 1));
  g_assert_cmpint (recvfrom (puppet->relay_fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa,
                             &n_sa), ==, 15);
  return sa;
}

/* An unspecified address is the one that the proxy was reached at. */
static void
test_itself (void)
{
  Puppet puppet;
  BtAddress unspecified = { .family = BT_FAMILY_IPV4 };

  puppet_init (&puppet);
  unspecified.port = puppet.relay_address.port;
  puppet_grant (&puppet, &unspecified);
  puppet_wait (&puppet, TRUE);
  g_assert_true (bt_address_equal (bt_socks_udp_get_relay (puppet.relay), &puppet.relay_address));
  puppet_meet (&puppet);
  puppet_clear (&puppet);
}

/* No port at all is no relay: it is said, and tried again. */
static void
test_nowhere (void)
{
  Puppet puppet;
  BtAddress unspecified = { .family = BT_FAMILY_IPV4 };

  puppet_init (&puppet);
  puppet_grant (&puppet, &unspecified);
  while (bt_socks_udp_get_message (puppet.relay) == NULL)
    g_main_context_iteration (puppet.context, TRUE);
  g_assert_false (bt_socks_udp_is_open (puppet.relay));
  puppet_grant (&puppet, &puppet.relay_address);
  puppet_wait (&puppet, TRUE);
  g_assert_null (bt_socks_udp_get_message (puppet.relay));
  puppet_clear (&puppet);
}

/* The connection ends, and the relay is elsewhere afterwards: it is gone to, and the one of before not heard. */
static void
test_moves (void)
{
  Puppet puppet;
  struct sockaddr_in sa;
  BtAddress other;
  int old_fd;

  puppet_init (&puppet);
  puppet_grant (&puppet, &puppet.relay_address);
  puppet_wait (&puppet, TRUE);
  puppet_meet (&puppet);
  old_fd = puppet.relay_fd;
  puppet.relay_fd = open_bound (SOCK_DGRAM, &other);
  close (puppet.control_fd);
  puppet.control_fd = 0;
  puppet_wait (&puppet, FALSE);
  puppet_grant (&puppet, &other);
  puppet_wait (&puppet, TRUE);
  sa = puppet_meet (&puppet);
  g_assert_cmpint (sendto (old_fd, "\0\0\0\1\1\2\3\4\0\x50old", 13, 0, (struct sockaddr *) &sa,
                           sizeof sa), ==, 13);
  g_assert_cmpint (sendto (puppet.relay_fd, "\0\0\0\1\1\2\3\4\0\x50new", 13, 0,
                           (struct sockaddr *) &sa, sizeof sa), ==, 13);
  while (puppet.heard.n_taken == 0)
    g_main_context_iteration (puppet.context, TRUE);
  g_assert_cmpmem (puppet.heard.taken, puppet.heard.n_bytes, "new", 3);
  close (old_fd);
  puppet_clear (&puppet);
}

/* Fragments, halves, what is longer than any datagram of ours, and words where nobody asked: nothing of it is taken,
 * nothing kept, and it stays open. */
static void
test_rubbish (void)
{
  static const struct { const char *bytes; gsize n_bytes; } datagrams[] = {
    { "", 0 }, { "\0", 1 }, { "\0\0\0\1\1\2", 6 }, { "\0\0\1\1\1\2\3\4\0\x50part", 14 },
    { "\0\0\x81\1\1\2\3\4\0\x50last", 14 }, { "\0\0\0\3\xff" "a\0\x50", 8 },
    { "\0\0\0\2\1\2\3\4\0\x50kind", 14 },
  };
  g_autofree guint8 *big = g_malloc0 (60000);
  Puppet puppet;
  struct sockaddr_in sa;

  puppet_init (&puppet);
  puppet_grant (&puppet, &puppet.relay_address);
  puppet_wait (&puppet, TRUE);
  sa = puppet_meet (&puppet);
  puppet_say (&puppet, (const guint8 *) "rubbish of all kinds", 20);
  for (gsize i = 0; i < G_N_ELEMENTS (datagrams); i++)
    g_assert_cmpint (sendto (puppet.relay_fd, datagrams[i].bytes, datagrams[i].n_bytes, 0,
                             (struct sockaddr *) &sa, sizeof sa), ==, datagrams[i].n_bytes);
  memcpy (big, "\0\0\0\1\1\2\3\4\0\x50", 10);
  g_assert_cmpint (sendto (puppet.relay_fd, big, 60000, 0, (struct sockaddr *) &sa, sizeof sa), ==,
                   60000);
  g_assert_cmpint (sendto (puppet.relay_fd, "\0\0\0\1\1\2\3\4\0\x50good", 14, 0,
                           (struct sockaddr *) &sa, sizeof sa), ==, 14);
  while (puppet.heard.n_taken == 0)
    g_main_context_iteration (puppet.context, TRUE);
  g_assert_cmpuint (puppet.heard.n_taken, ==, 1);
  g_assert_cmpmem (puppet.heard.taken, puppet.heard.n_bytes, "good", 4);
  g_assert_true (bt_socks_udp_is_open (puppet.relay));
  puppet_clear (&puppet);
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
  g_test_add_func ("/transport/socks-udp/itself", test_itself);
  g_test_add_func ("/transport/socks-udp/nowhere", test_nowhere);
  g_test_add_func ("/transport/socks-udp/moves", test_moves);
  g_test_add_func ("/transport/socks-udp/rubbish", test_rubbish);
  return g_test_run ();
}
