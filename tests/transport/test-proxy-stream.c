/* test-proxy-stream.c - streams through a proxy: what it answers in whatever portions, and what comes behind
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "transport/bt-proxy-stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKS_METHOD "\5\0"
#define SOCKS_REPLY  "\5\0\0\1\0\0\0\0\0\0"
#define HTTP_ASK     "CONNECT 1.2.3.4:6881 HTTP/1.1\r\nHost: 1.2.3.4:6881\r\n\r\n"
#define HTTP_ANSWER  "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"

static Net net;

/* A proxy that is a listening socket, a stream through it, and the proxy's end of the connection. */
typedef struct
{
  int    listener_fd;
  int    fd;           /* the proxy's end */
  End   *end;
  guint  n_verdicts;
  int    code;         /* of the verdict, -1: it did well */
} Fixture;

static void
verdict_cb (const GError *error,
            gpointer      user_data)
{
  Fixture *fixture = user_data;

  fixture->n_verdicts++;
  fixture->code = error != NULL ? error->code : -1;
}

static guint16
open_listener (Fixture *fixture)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t n_sa = sizeof sa;

  fixture->listener_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fixture->listener_fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (listen (fixture->listener_fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fixture->listener_fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  return ntohs (sa.sin_port);
}

static void
set_up (Fixture    *fixture,
        BtProxyKind kind)
{
  BtProxy proxy = { .kind = kind };
  BtAddress remote;
  BtStream *inner;

  memset (fixture, 0, sizeof *fixture);
  net_set_up (&net);
  g_assert_true (bt_address_parse ("1.2.3.4:6881", 0, &remote));
  inner = net_connect (&net, "127.0.0.1", open_listener (fixture));
  fixture->end = net_add_end (bt_proxy_stream_new (inner, &proxy, BT_SOCKS_CONNECT, &remote,
                                                   verdict_cb, fixture));
  fixture->fd = accept4 (fixture->listener_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (fixture->fd, >=, 0);
  g_assert_true (bt_stream_is_outgoing (fixture->end->stream));
  g_assert_true (bt_address_equal (bt_stream_get_remote (fixture->end->stream), &remote));
}

static void
tear_down (Fixture *fixture)
{
  if (fixture->fd >= 0)
    close (fixture->fd);
  close (fixture->listener_fd);
  net_free_end (fixture->end);
  net_tear_down (&net);
}

/* Reads so many bytes at the proxy, while the loop turns. */
static void
hear (Fixture *fixture,
      gsize    n_bytes)
{
  guint8 bytes[512];

  g_assert_cmpuint (n_bytes, <=, sizeof bytes);
  while (n_bytes > 0)
    {
      gssize n_read = recv (fixture->fd, bytes, n_bytes, MSG_DONTWAIT);

      if (n_read > 0)
        n_bytes -= (gsize) n_read;
      else
        g_main_context_iteration (net.context, TRUE);
    }
}

static void
answer (Fixture    *fixture,
        const char *bytes,
        gsize       n_bytes)
{
  g_assert_cmpint (send (fixture->fd, bytes, n_bytes, MSG_NOSIGNAL), ==, n_bytes);
}

static void
make_connected (Fixture    *fixture,
                const char *behind)
{
  g_autofree char *last = g_malloc (sizeof SOCKS_REPLY + strlen (behind));

  hear (fixture, 3);
  answer (fixture, SOCKS_METHOD, sizeof SOCKS_METHOD - 1);
  hear (fixture, 10);
  memcpy (last, SOCKS_REPLY, sizeof SOCKS_REPLY - 1);
  memcpy (last + sizeof SOCKS_REPLY - 1, behind, strlen (behind));
  answer (fixture, last, sizeof SOCKS_REPLY - 1 + strlen (behind));
  net_wait (&net, &fixture->end->n_connected);
}

static void
read_until (Fixture *fixture,
            guint64  n_bytes)
{
  while (fixture->end->n_read < n_bytes)
    g_main_context_iteration (net.context, TRUE);
}

/* Bytes pass both ways, and those behind the answer are kept. */
static void
test_passes (void)
{
  Fixture fixture;
  guint8 bytes[64];

  set_up (&fixture, BT_PROXY_SOCKS5);
  fixture.end->sink = g_byte_array_new ();
  fixture.end->reads = TRUE;
  bt_stream_set_wanted (fixture.end->stream, BT_STREAM_READABLE);
  make_connected (&fixture, "early");
  g_assert_cmpuint (fixture.n_verdicts, ==, 1);
  g_assert_cmpint (fixture.code, ==, -1);
  g_assert_cmpint (bt_stream_get_local (fixture.end->stream)->family, ==, BT_FAMILY_IPV4);

  read_until (&fixture, 5);
  answer (&fixture, " and late", 9);
  read_until (&fixture, 14);
  g_assert_cmpmem (fixture.end->sink->data, fixture.end->sink->len, "early and late", 14);
  g_assert_cmpint (net_write (fixture.end, 10), ==, 10);
  hear (&fixture, 10);
  g_assert_cmpint (recv (fixture.fd, bytes, sizeof bytes, MSG_DONTWAIT), <, 0);

  close (fixture.fd);
  fixture.fd = -1;
  while (fixture.end->error == NULL)
    g_main_context_iteration (net.context, TRUE);
  g_assert_error (fixture.end->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (fixture.n_verdicts, ==, 1);
  g_assert_cmpuint (fixture.end->n_failed, ==, 0);
  tear_down (&fixture);
}

/* Limits and wishes of the outer stream count; nothing is read or written before it is connected. */
static void
test_wishes (void)
{
  Fixture fixture;
  BtLimit *limit;
  BtLimit *limits[2] = { NULL };

  set_up (&fixture, BT_PROXY_SOCKS5);
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, 1000000);
  limits[0] = limit;
  bt_stream_set_limits (fixture.end->stream, limits, limits);
  g_assert_cmpint (net_write (fixture.end, 10), ==, 0);
  g_assert_cmpint (net_read (fixture.end, 10), ==, 0);
  make_connected (&fixture, "early");
  net_settle (&net);
  g_assert_cmpuint (fixture.end->n_readable + fixture.end->n_writable, ==, 0);
  bt_stream_set_wanted (fixture.end->stream, BT_STREAM_READABLE | BT_STREAM_WRITABLE);
  bt_clock_advance (net.clock, 100 * BT_MILLISECOND_US);
  while (fixture.end->n_readable == 0 || fixture.end->n_writable == 0)
    g_main_context_iteration (net.context, TRUE);
  g_assert_cmpint (net_read (fixture.end, 100), ==, 5);
  bt_stream_set_wanted (fixture.end->stream, 0);
  net_settle (&net);
  bt_stream_set_limits (fixture.end->stream, NULL, NULL);
  bt_limit_free (limit);
  tear_down (&fixture);
}

/* A byte at a time. */
static void
test_portions (void)
{
  static const struct
  {
    BtProxyKind kind;
    gsize       n_say[3];
    const char *answers[3];
    gsize       n_answers[3];
  } cases[] = {
    { BT_PROXY_SOCKS5, { 3, 10 }, { SOCKS_METHOD, SOCKS_REPLY },
      { sizeof SOCKS_METHOD - 1, sizeof SOCKS_REPLY - 1 } },
    { BT_PROXY_HTTP, { sizeof HTTP_ASK - 1 }, { HTTP_ANSWER }, { sizeof HTTP_ANSWER - 1 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;

      set_up (&fixture, cases[i].kind);
      for (gsize k = 0; cases[i].answers[k] != NULL; k++)
        {
          hear (&fixture, cases[i].n_say[k]);
          for (gsize n = 0; n < cases[i].n_answers[k]; n++)
            {
              g_assert_cmpuint (fixture.end->n_connected, ==, 0);
              answer (&fixture, cases[i].answers[k] + n, 1);
              net_settle (&net);
            }
        }
      net_wait (&net, &fixture.end->n_connected);
      g_assert_cmpint (fixture.code, ==, -1);
      tear_down (&fixture);
    }
}

/* What is no good answer ends the stream, once, in words. */
static void
test_faults (void)
{
  static const struct
  {
    BtProxyKind kind;
    gsize       n_say;
    const char *answer;
    int         verdict;  /* of the proxy */
    int         code;     /* of the stream */
  } cases[] = {
    { BT_PROXY_SOCKS5, 3, "rubbish of all kinds", G_IO_ERROR_PROXY_FAILED,
      G_IO_ERROR_PROXY_FAILED },
    { BT_PROXY_SOCKS5, 3, "\5\xff", G_IO_ERROR_PROXY_NEED_AUTH, G_IO_ERROR_PROXY_NEED_AUTH },
    { BT_PROXY_HTTP, sizeof HTTP_ASK - 1, "HTTP/1.1 502 Bad gateway\r\n\r\nSorry", -1,
      G_IO_ERROR_HOST_UNREACHABLE },
    { BT_PROXY_HTTP, sizeof HTTP_ASK - 1, "HTTP/1.1 407 Whose?\r\n\r\n", G_IO_ERROR_PROXY_NEED_AUTH,
      G_IO_ERROR_PROXY_NEED_AUTH },
    { BT_PROXY_HTTP, sizeof HTTP_ASK - 1, "SSH-2.0-OpenSSH_9.2p1\r\n", G_IO_ERROR_PROXY_FAILED,
      G_IO_ERROR_PROXY_FAILED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;

      set_up (&fixture, cases[i].kind);
      hear (&fixture, cases[i].n_say);
      answer (&fixture, cases[i].answer, strlen (cases[i].answer));
      net_wait (&net, &fixture.end->n_failed);
      net_settle (&net);
      g_assert_cmpuint (fixture.end->n_connected, ==, 0);
      g_assert_cmpuint (fixture.n_verdicts, ==, 1);
      g_assert_cmpint (fixture.code, ==, cases[i].verdict);
      g_assert_error (bt_stream_get_error (fixture.end->stream), G_IO_ERROR, cases[i].code);
      g_assert_cmpint (net_read (fixture.end, 10), ==, -1);
      tear_down (&fixture);
    }
}

/* Hangs up before, and in the midst of, its answer. */
static void
test_hangs_up (void)
{
  for (guint i = 0; i < 2; i++)
    {
      Fixture fixture;

      set_up (&fixture, BT_PROXY_SOCKS5);
      hear (&fixture, 3);
      if (i == 1)
        answer (&fixture, "\5", 1);
      close (fixture.fd);
      fixture.fd = -1;
      net_wait (&net, &fixture.end->n_failed);
      g_assert_error (bt_stream_get_error (fixture.end->stream), G_IO_ERROR,
                      G_IO_ERROR_PROXY_FAILED);
      g_assert_cmpint (fixture.code, ==, G_IO_ERROR_PROXY_FAILED);
      tear_down (&fixture);
    }
}

static void
test_no_proxy (void)
{
  Fixture fixture = { 0 };
  BtProxy proxy = { .kind = BT_PROXY_SOCKS5 };
  BtAddress remote;
  guint16 port;

  net_set_up (&net);
  port = open_listener (&fixture);
  close (fixture.listener_fd);
  g_assert_true (bt_address_parse ("1.2.3.4:6881", 0, &remote));
  fixture.end = net_add_end (bt_proxy_stream_new (net_connect (&net, "127.0.0.1", port), &proxy,
                                                  BT_SOCKS_CONNECT, &remote, verdict_cb, &fixture));
  net_wait (&net, &fixture.end->n_failed);
  g_assert_error (bt_stream_get_error (fixture.end->stream), G_IO_ERROR,
                  G_IO_ERROR_NETWORK_UNREACHABLE);
  g_assert_cmpint (fixture.code, ==, G_IO_ERROR_NETWORK_UNREACHABLE);
  net_free_end (fixture.end);
  net_tear_down (&net);
}

/* Silence is nobody's verdict: the owner's time-out frees the stream. Nothing spins meanwhile. */
static void
test_silent (void)
{
  Fixture fixture;

  set_up (&fixture, BT_PROXY_HTTP);
  hear (&fixture, sizeof HTTP_ASK - 1);
  g_assert_cmpuint (net_settle (&net), <, 10);
  answer (&fixture, "HTTP/1.1 2", 10);
  g_assert_cmpuint (net_settle (&net), <, 10);
  g_assert_cmpuint (fixture.n_verdicts, ==, 0);
  tear_down (&fixture);
}

/* Its owner frees it whenever it is called. */
static void
test_freed_within (void)
{
  static const BtStreamEvents events[] = { BT_STREAM_CONNECTED, BT_STREAM_READABLE };
  Fixture fixture;

  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    {
      set_up (&fixture, BT_PROXY_SOCKS5);
      fixture.end->frees_itself = events[i];
      bt_stream_set_wanted (fixture.end->stream, BT_STREAM_READABLE);
      make_connected (&fixture, "early");
      while (fixture.end->stream != NULL)
        g_main_context_iteration (net.context, TRUE);
      tear_down (&fixture);
    }
  set_up (&fixture, BT_PROXY_SOCKS5);
  fixture.end->frees_itself = BT_STREAM_FAILED;
  answer (&fixture, "rubbish", 7);
  net_wait (&net, &fixture.end->n_failed);
  g_assert_null (fixture.end->stream);
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/proxy-stream/passes", test_passes);
  g_test_add_func ("/transport/proxy-stream/wishes", test_wishes);
  g_test_add_func ("/transport/proxy-stream/portions", test_portions);
  g_test_add_func ("/transport/proxy-stream/faults", test_faults);
  g_test_add_func ("/transport/proxy-stream/hangs-up", test_hangs_up);
  g_test_add_func ("/transport/proxy-stream/no-proxy", test_no_proxy);
  g_test_add_func ("/transport/proxy-stream/silent", test_silent);
  g_test_add_func ("/transport/proxy-stream/freed-within", test_freed_within);
  return g_test_run ();
}
