/* test-tcp.c - connecting, listening and losing connections on loopback
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "base/bt-random.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ACCEPTED 100

typedef struct
{
  Net         net;
  BtListener *listener;
  End        *accepted[MAX_ACCEPTED];
  guint       n_accepted;
  guint       n_in_turn;
  gboolean    frees_listener;
} Fixture;

static Fixture *fixture;

static void
accepted_cb (BtStream *stream,
             gpointer  user_data)
{
  g_assert_true (user_data == fixture);
  g_assert_false (bt_stream_is_outgoing (stream));
  g_assert_cmpuint (fixture->n_accepted, <, MAX_ACCEPTED);
  fixture->accepted[fixture->n_accepted++] = net_add_end (stream);
  fixture->n_in_turn++;
  if (fixture->frees_listener)
    g_clear_pointer (&fixture->listener, bt_listener_free);
}

static BtListener *
listen_at (const BtListenerConfig  *config,
           GError                 **error)
{
  return bt_listener_new (fixture->net.poller, fixture->net.clock, config, accepted_cb, fixture,
                          error);
}

/* Listens on 127.0.0.1 alone. */
static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  BtListenerConfig config = { .use_ipv4 = TRUE };

  fixture = g_new0 (Fixture, 1);
  net_set_up (&fixture->net);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  fixture->listener = listen_at (&config, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_listener_get_port (fixture->listener), !=, 0);
  g_assert_false (bt_listener_has_ipv6 (fixture->listener));
}

static void
tear_down (void)
{
  bt_listener_free (fixture->listener);
  for (guint i = 0; i < fixture->n_accepted; i++)
    net_free_end (fixture->accepted[i]);
  net_tear_down (&fixture->net);
  g_clear_pointer (&fixture, g_free);
}

/* A connection to the listener: ours; the other end is the last of accepted[]. */
static End *
add_connection (const char *ip)
{
  guint16 port = bt_listener_get_port (fixture->listener);
  End *end = net_add_end (net_connect (&fixture->net, ip, port));
  guint n_before = fixture->n_accepted;

  g_assert_cmpuint (bt_stream_get_local (end->stream)->family, ==, BT_FAMILY_NONE);
  g_assert_cmpuint (end->n_connected, ==, 0);
  g_assert_cmpint (net_read (end, 1), ==, 0);
  g_assert_cmpint (net_write (end, 1), ==, 0);
  net_wait (&fixture->net, &end->n_connected);
  while (fixture->n_accepted == n_before)
    g_main_context_iteration (fixture->net.context, TRUE);
  return end;
}

static int
get_fd (BtStream *stream)
{
  struct sockaddr_storage sa;

  /* Streams do not show theirs: it is the one that is bound to the same address. */
  for (int fd = 3; fd < 256; fd++)
    {
      socklen_t length = sizeof sa;
      BtAddress local;
      BtAddress remote;

      if (getsockname (fd, (struct sockaddr *) &sa, &length) != 0 ||
          !bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &local))
        continue;
      length = sizeof sa;
      if (getpeername (fd, (struct sockaddr *) &sa, &length) != 0 ||
          !bt_address_from_sockaddr ((struct sockaddr *) &sa, length, &remote))
        continue;
      if (bt_address_equal (&local, bt_stream_get_local (stream)) &&
          bt_address_equal (&remote, bt_stream_get_remote (stream)))
        return fd;
    }
  g_assert_not_reached ();
}

/* Closing becomes a reset. */
static void
reset (End *end)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };
  int fd = get_fd (end->stream);

  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), ==, 0);
  g_clear_pointer (&end->stream, bt_stream_free);
}

static void
check_connection (const char *ip)
{
  End *end = add_connection (ip);
  End *far = fixture->accepted[fixture->n_accepted - 1];
  char text[BT_ADDRESS_STRING_BYTES];
  int fds[2];

  g_assert_cmpstr (bt_address_ip_to_string (bt_stream_get_remote (end->stream), text), ==, ip);
  g_assert_cmpstr (bt_address_ip_to_string (bt_stream_get_local (end->stream), text), ==, ip);
  g_assert_cmpuint (bt_stream_get_remote (end->stream)->port, ==,
                    bt_listener_get_port (fixture->listener));
  g_assert_true (bt_address_equal (bt_stream_get_local (end->stream),
                                   bt_stream_get_remote (far->stream)));
  g_assert_true (bt_address_equal (bt_stream_get_remote (end->stream),
                                   bt_stream_get_local (far->stream)));
  g_assert_cmpuint (end->n_connected, ==, 1);
  g_assert_cmpuint (far->n_connected, ==, 0);

  fds[0] = get_fd (end->stream);
  fds[1] = get_fd (far->stream);
  for (guint i = 0; i < 2; i++)
    {
      int value = 0;
      socklen_t length = sizeof value;

      g_assert_cmpint (getsockopt (fds[i], IPPROTO_TCP, TCP_NODELAY, &value, &length), ==, 0);
      g_assert_cmpint (value, ==, 1);
      g_assert_cmpint (fcntl (fds[i], F_GETFD) & FD_CLOEXEC, !=, 0);
      g_assert_cmpint (fcntl (fds[i], F_GETFL) & O_NONBLOCK, !=, 0);
    }
  g_assert_cmpuint (bt_stream_get_rtt_us (end->stream), >, 0);
  net_free_end (end);
}

static void
test_connect (void)
{
  set_up ();
  check_connection ("127.0.0.1");
  tear_down ();
}

static void
test_both_families (void)
{
  g_autoptr (GError) error = NULL;
  BtListenerConfig config = { .use_ipv4 = TRUE, .use_ipv6 = TRUE };
  guint16 port;

  set_up ();
  g_clear_pointer (&fixture->listener, bt_listener_free);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  g_assert_true (bt_address_parse ("::1", 0, &config.bind6));
  fixture->listener = listen_at (&config, &error);
  g_assert_no_error (error);
  check_connection ("127.0.0.1");
  if (!bt_listener_has_ipv6 (fixture->listener))
    {
      tear_down ();
      g_test_skip ("no IPv6 here");
      return;
    }
  check_connection ("::1");

  /* Any address, and the very port again, just left. */
  port = bt_listener_get_port (fixture->listener);
  g_clear_pointer (&fixture->listener, bt_listener_free);
  config.bind4.family = config.bind6.family = BT_FAMILY_NONE;
  config.port = port;
  fixture->listener = listen_at (&config, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_listener_get_port (fixture->listener), ==, port);
  check_connection ("127.0.0.1");
  check_connection ("::1");
  tear_down ();
}

static void
test_listen_fails (void)
{
  g_autoptr (GError) taken = NULL;
  g_autoptr (GError) foreign = NULL;
  g_autoptr (GError) none = NULL;
  BtListenerConfig config = { .use_ipv4 = TRUE };

  set_up ();
  config.port = bt_listener_get_port (fixture->listener);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  g_assert_null (listen_at (&config, &taken));
  g_assert_error (taken, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);

  /* Taken for one family, taken for both. */
  config.use_ipv6 = TRUE;
  g_clear_error (&taken);
  g_assert_null (listen_at (&config, &taken));
  g_assert_error (taken, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);

  /* An address of the documentation's, hence not ours. */
  config = (BtListenerConfig) { .use_ipv4 = TRUE };
  g_assert_true (bt_address_parse ("192.0.2.1", 0, &config.bind4));
  g_assert_null (listen_at (&config, &foreign));
  g_assert_nonnull (foreign);

  config = (BtListenerConfig) { .port = 0 };
  g_assert_null (listen_at (&config, &none));
  g_assert_nonnull (none);
  tear_down ();
}

static void
test_refused (void)
{
  guint16 port;
  End *end;

  set_up ();
  port = bt_listener_get_port (fixture->listener);
  g_clear_pointer (&fixture->listener, bt_listener_free);
  for (guint i = 0; i < 2; i++)
    {
      end = net_add_end (net_connect (&fixture->net, "127.0.0.1", port));
      bt_stream_set_wanted (end->stream, BT_STREAM_READABLE | BT_STREAM_WRITABLE);
      end->frees_itself = i == 1 ? BT_STREAM_FAILED : 0;
      net_wait (&fixture->net, &end->n_failed);
      g_assert_cmpuint (net_settle (&fixture->net), <, 5);
      g_assert_cmpuint (end->n_failed, ==, 1);
      g_assert_cmpuint (end->n_connected + end->n_readable + end->n_writable, ==, 0);
      if (i == 0)
        g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR,
                        G_IO_ERROR_CONNECTION_REFUSED);
      else
        g_assert_null (end->stream);
      net_free_end (end);
    }
  tear_down ();
}

static BtStream *
begin (const BtAddress  *remote,
       const BtAddress  *bind_address,
       GError          **error)
{
  return bt_tcp_connect (fixture->net.poller, fixture->net.clock, remote, bind_address, error);
}

static void
test_cannot_begin (void)
{
  static const struct
  {
    const char *remote;
    const char *bind;
  } cases[] = {
    { "127.0.0.1:0", NULL },
    { "127.0.0.1:9", "192.0.2.1" },
    { "127.0.0.1:9", "::1" },
  };
  BtAddress none = { .family = BT_FAMILY_NONE };
  g_autoptr (GError) no_address = NULL;

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      BtAddress remote;
      BtAddress bind_address = none;

      g_assert_true (bt_address_parse (cases[i].remote, 0, &remote));
      if (cases[i].bind != NULL)
        g_assert_true (bt_address_parse (cases[i].bind, 0, &bind_address));
      g_assert_null (begin (&remote, &bind_address, &error));
      g_assert_nonnull (error);
    }
  g_assert_null (begin (&none, NULL, &no_address));
  g_assert_nonnull (no_address);
  tear_down ();
}

static void
test_bind (void)
{
  g_autoptr (GError) error = NULL;
  BtAddress remote;
  BtAddress bind_address;
  End *end;

  set_up ();
  g_assert_true (bt_address_parse ("127.0.0.1", bt_listener_get_port (fixture->listener),
                                   &remote));
  g_assert_true (bt_address_parse ("127.0.0.77", 0, &bind_address));
  end = net_add_end (begin (&remote, &bind_address, &error));
  g_assert_no_error (error);
  net_wait (&fixture->net, &end->n_connected);
  g_assert_true (bt_address_equal_ip (bt_stream_get_local (end->stream), &bind_address));
  net_settle (&fixture->net);
  net_free_end (end);
  tear_down ();
}

/* A free port of ours may be given to the very socket that connects to it. */
static void
test_not_to_itself (void)
{
  g_autoptr (GError) error = NULL;
  BtAddress address;
  End *end;

  set_up ();
  g_assert_true (bt_address_parse ("127.0.0.1", bt_listener_get_port (fixture->listener),
                                   &address));
  g_clear_pointer (&fixture->listener, bt_listener_free);
  end = net_add_end (begin (&address, &address, &error));
  g_assert_no_error (error);
  net_wait (&fixture->net, &end->n_failed);
  g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  net_free_end (end);
  tear_down ();
}

static void
test_freed_when_connected (void)
{
  End *end;

  set_up ();
  end = net_add_end (net_connect (&fixture->net, "127.0.0.1",
                                  bt_listener_get_port (fixture->listener)));
  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  end->frees_itself = BT_STREAM_CONNECTED;
  net_wait (&fixture->net, &end->n_connected);
  net_settle (&fixture->net);
  g_assert_null (end->stream);
  g_assert_cmpuint (end->n_writable, ==, 0);
  net_free_end (end);

  /* And before that. */
  end = net_add_end (net_connect (&fixture->net, "127.0.0.1",
                                  bt_listener_get_port (fixture->listener)));
  net_free_end (end);
  net_settle (&fixture->net);
  tear_down ();
}

static void
echo_cb (BtStream       *stream,
         BtStreamEvents  events,
         gpointer        user_data)
{
  GByteArray *pending = user_data;
  guint8 bytes[20000];
  struct iovec iov[3] = { { bytes, 7 }, { bytes + 7, 12000 }, { bytes + 12007, 7993 } };
  gssize n_bytes = 0;

  if ((events & BT_STREAM_READABLE) && (n_bytes = bt_stream_readv (stream, iov, 3, NULL)) > 0)
    g_byte_array_append (pending, bytes, (guint) n_bytes);
  g_assert_cmpint (n_bytes, >=, 0);
  iov[0] = (struct iovec) { pending->data, pending->len };
  n_bytes = bt_stream_writev (stream, iov, 1, NULL);
  g_assert_cmpint (n_bytes, >=, 0);
  if (n_bytes > 0)
    g_byte_array_remove_range (pending, 0, (guint) n_bytes);
  bt_stream_set_wanted (stream, (pending->len > 0 ? BT_STREAM_WRITABLE : 0) |
                                (pending->len < 200000 ? BT_STREAM_READABLE : 0));
}

/* Megabytes to the other side and back. */
static void
test_echo (void)
{
  enum { N_BYTES = 5 * 1024 * 1024 + 13 };
  g_autofree guint8 *source = g_malloc (N_BYTES);
  g_autoptr (GByteArray) pending = g_byte_array_new ();
  gsize n_sent = 0;
  BtRandom random;
  End *end;

  set_up ();
  bt_random_init (&random, 3);
  for (gsize i = 0; i < N_BYTES; i++)
    source[i] = (guint8) bt_random_next (&random);
  end = add_connection ("127.0.0.1");
  end->sink = g_byte_array_new ();
  end->reads = TRUE;
  bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
  bt_stream_set_func (fixture->accepted[0]->stream, echo_cb, pending);
  bt_stream_set_wanted (fixture->accepted[0]->stream, BT_STREAM_READABLE);

  while (end->sink->len < N_BYTES)
    {
      gsize length = MIN (1 + bt_random_below (&random, 50000), N_BYTES - n_sent);
      struct iovec iov[2] = { { source + n_sent, length / 3 },
                              { source + n_sent + length / 3, length - length / 3 } };
      gssize n_bytes = bt_stream_writev (end->stream, iov, 2, NULL);

      g_assert_cmpint (n_bytes, >=, 0);
      n_sent += (gsize) n_bytes;
      g_main_context_iteration (fixture->net.context, n_bytes == 0);
    }
  g_assert_cmpuint (end->sink->len, ==, N_BYTES);
  g_assert_cmpint (memcmp (source, end->sink->data, N_BYTES), ==, 0);
  net_free_end (end);
  tear_down ();
}

/* The other side ends in order, having sent something: bytes, then the end. */
/* Sockets of IPv4 in this process that have another end. */
static guint
count_of_class (int traffic_class)
{
  guint n = 0;

  for (int fd = 0; fd < 256; fd++)
    {
      struct sockaddr_storage sa;
      socklen_t n_sa = sizeof sa;
      int value = -1;
      socklen_t n_value = sizeof value;

      if (getpeername (fd, (struct sockaddr *) &sa, &n_sa) == 0 && sa.ss_family == AF_INET &&
          getsockopt (fd, IPPROTO_IP, IP_TOS, &value, &n_value) == 0)
        n += value == traffic_class;
    }
  return n;
}

/* What others send goes first (RFC 8622), whoever has dialled. */
static void
test_class (void)
{
  End *end;

  set_up ();
  end = add_connection ("127.0.0.1");
  g_assert_cmpuint (count_of_class (BT_SOCKET_LOWER_EFFORT), ==, 2);
  net_free_end (end);
  tear_down ();
}

static void
test_end (void)
{
  End *end;
  End *far;

  set_up ();
  end = add_connection ("127.0.0.1");
  far = fixture->accepted[0];
  g_assert_cmpint (net_write (end, 5000), ==, 5000);
  g_clear_pointer (&end->stream, bt_stream_free);
  far->reads = TRUE;
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE);
  while (far->error == NULL)
    g_main_context_iteration (fixture->net.context, TRUE);
  g_assert_error (far->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (far->n_read, ==, 5000);
  g_assert_cmpuint (net_settle (&fixture->net), <, 5);
  g_assert_cmpuint (far->n_failed, ==, 0);
  net_free_end (end);
  tear_down ();
}

/* A reset while the owner wants this, with unread bytes or without: told once, and quietly. */
static void
test_reset (void)
{
  static const struct
  {
    BtStreamEvents wanted;
    gsize          n_unread;
    gboolean       is_failed;
  } cases[] = {
    { 0, 0, TRUE },
    { BT_STREAM_READABLE, 0, FALSE },
    { BT_STREAM_READABLE, 5000, FALSE },
    { BT_STREAM_WRITABLE, 0, FALSE },
    { BT_STREAM_WRITABLE, 5000, FALSE },
    { BT_STREAM_READABLE | BT_STREAM_WRITABLE, 5000, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      End *end;
      End *far;

      set_up ();
      end = add_connection ("127.0.0.1");
      far = fixture->accepted[0];
      if (cases[i].n_unread > 0)
        net_write (end, cases[i].n_unread);
      reset (end);
      far->reads = far->writes = TRUE;
      bt_stream_set_wanted (far->stream, cases[i].wanted);
      while (bt_stream_get_error (far->stream) == NULL)
        g_main_context_iteration (fixture->net.context, TRUE);
      g_assert_cmpuint (net_settle (&fixture->net), <, 5);
      g_assert_cmpuint (far->n_failed, ==, cases[i].is_failed ? 1 : 0);
      g_assert_cmpint (far->error == NULL, ==, cases[i].is_failed);
      g_assert_error (bt_stream_get_error (far->stream), G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      if (cases[i].wanted & BT_STREAM_READABLE)
        g_assert_cmpuint (far->n_read, ==, cases[i].n_unread);
      net_free_end (end);
      tear_down ();
    }
}

/* A reset while the reader waits for tokens and the writer could write: what has arrived is read first. */
static void
test_reset_while_waiting (void)
{
  BtLimit *limit;
  End *end;
  End *far;

  set_up ();
  limit = bt_limit_new (fixture->net.clock);
  bt_limit_set_bps (limit, 1000);
  end = add_connection ("127.0.0.1");
  far = fixture->accepted[0];
  far->reads = far->writes = TRUE;
  bt_stream_set_limits (far->stream, (BtLimit *[]) { limit, NULL }, NULL);
  g_assert_cmpint (net_write (end, 5000), ==, 5000);
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE);
  net_wait (&fixture->net, &far->n_readable);
  bt_stream_set_wanted (far->stream, BT_STREAM_READABLE | BT_STREAM_WRITABLE);
  reset (end);
  g_assert_cmpuint (net_settle (&fixture->net), <, 10);
  g_assert_null (bt_stream_get_error (far->stream));
  for (guint i = 0; i < 1000 && bt_stream_get_error (far->stream) == NULL; i++)
    {
      bt_clock_advance (fixture->net.clock, 50 * BT_MILLISECOND_US);
      g_assert_cmpuint (net_settle (&fixture->net), <, 10);
    }
  g_assert_cmpuint (far->n_read, ==, 5000);
  g_assert_error (bt_stream_get_error (far->stream), G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  net_free_end (end);
  net_free_end (far);
  fixture->n_accepted = 0;
  bt_limit_free (limit);
  tear_down ();
}

/* Plain sockets that connect without a stream. */
static void
connect_plainly (int   *fds,
                 guint  n_fds)
{
  for (guint i = 0; i < n_fds; i++)
    {
      struct sockaddr_in sa = { .sin_family = AF_INET,
                                .sin_port = htons (bt_listener_get_port (fixture->listener)),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

      fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      g_assert_cmpint (fds[i], >=, 0);
      g_assert_cmpint (connect (fds[i], (struct sockaddr *) &sa, sizeof sa), ==, 0);
    }
}

static void
close_plain (int   *fds,
             guint  n_fds)
{
  for (guint i = 0; i < n_fds; i++)
    close (fds[i]);
}

static void
test_accepts_a_turn (void)
{
  int fds[70];

  set_up ();
  connect_plainly (fds, G_N_ELEMENTS (fds));
  g_main_context_iteration (fixture->net.context, TRUE);
  g_assert_cmpuint (fixture->n_accepted, ==, 64);
  net_settle (&fixture->net);
  g_assert_cmpuint (fixture->n_accepted, ==, 70);
  close_plain (fds, G_N_ELEMENTS (fds));
  tear_down ();
}

static void
test_freed_when_accepting (void)
{
  int fds[3];

  set_up ();
  fixture->frees_listener = TRUE;
  connect_plainly (fds, G_N_ELEMENTS (fds));
  g_main_context_iteration (fixture->net.context, TRUE);
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
  g_assert_null (fixture->listener);
  close_plain (fds, G_N_ELEMENTS (fds));
  tear_down ();
}

/* Out of descriptors: a pause of a second, and no turn of the loop meanwhile. */
static void
test_out_of_descriptors (void)
{
  struct rlimit old;
  struct rlimit low;
  int fds[2];

  set_up ();
  connect_plainly (fds, G_N_ELEMENTS (fds));
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &old), ==, 0);
  low = (struct rlimit) { .rlim_cur = (rlim_t) fds[1] + 1, .rlim_max = old.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  g_assert_cmpuint (net_settle (&fixture->net), <, 5);
  g_assert_cmpuint (fixture->n_accepted, ==, 0);
  g_assert_cmpint (bt_clock_get_next_us (fixture->net.clock), ==, BT_SECOND_US);
  bt_clock_advance (fixture->net.clock, BT_SECOND_US);
  g_assert_cmpuint (net_settle (&fixture->net), <, 5);
  g_assert_cmpuint (fixture->n_accepted, ==, 0);

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &old), ==, 0);
  g_assert_cmpuint (net_settle (&fixture->net), ==, 0);
  bt_clock_advance (fixture->net.clock, BT_SECOND_US);
  net_settle (&fixture->net);
  g_assert_cmpuint (fixture->n_accepted, ==, 2);
  close_plain (fds, G_N_ELEMENTS (fds));
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tcp/connect", test_connect);
  g_test_add_func ("/tcp/both-families", test_both_families);
  g_test_add_func ("/tcp/listen-fails", test_listen_fails);
  g_test_add_func ("/tcp/refused", test_refused);
  g_test_add_func ("/tcp/cannot-begin", test_cannot_begin);
  g_test_add_func ("/tcp/bind", test_bind);
  g_test_add_func ("/tcp/not-to-itself", test_not_to_itself);
  g_test_add_func ("/tcp/freed-when-connected", test_freed_when_connected);
  g_test_add_func ("/tcp/echo", test_echo);
  g_test_add_func ("/tcp/class", test_class);
  g_test_add_func ("/tcp/end", test_end);
  g_test_add_func ("/tcp/reset", test_reset);
  g_test_add_func ("/tcp/reset-while-waiting", test_reset_while_waiting);
  g_test_add_func ("/tcp/accepts-a-turn", test_accepts_a_turn);
  g_test_add_func ("/tcp/freed-when-accepting", test_freed_when_accepting);
  g_test_add_func ("/tcp/out-of-descriptors", test_out_of_descriptors);
  return g_test_run ();
}
