/* test-proxy-talk.c - what is said to proxies, and every answer they may give
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-proxy-talk.h"

#include <string.h>

/* One turn of a talk: what we say, and the answer. */
typedef struct
{
  const char *say;
  gsize       n_say;
  const char *answer;
  gsize       n_answer;
} Turn;

#define TURN(say, answer) { say, sizeof say - 1, answer, sizeof answer - 1 }

typedef struct
{
  const char     *name;
  BtProxyKind     kind;
  const char     *user;
  const char     *password;
  const char     *host;      /* nullable: by name */
  const char     *address;
  BtSocksCommand  command;
  int             code;      /* of G_IO_ERROR, -1: it works */
  const char     *bound;     /* nullable */
  Turn            turns[4];
} Case;

#define ASK4    "\5\1\0\1\1\2\3\4\x1a\xe1"
#define ANSWER4 "\5\0\0\1\x0a\0\0\1\0\x50"

static const Case cases[] = {
  { "no-login", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, "10.0.0.1:80",
    { TURN ("\5\1\0", "\5\0"), TURN (ASK4, ANSWER4) } },
  { "ipv6", BT_PROXY_SOCKS5, "", "", NULL, "[2001:db8::1]:80", BT_SOCKS_CONNECT, -1, "[::2]:9",
    { TURN ("\5\1\0", "\5\0"),
      TURN ("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50",
            "\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\x09") } },
  { "name", BT_PROXY_SOCKS5, "", "", "a.example", "0.0.0.0:80", BT_SOCKS_CONNECT, -1, NULL,
    { TURN ("\5\1\0", "\5\0"),
      TURN ("\5\1\0\3\x09" "a.example\0\x50", "\5\0\0\3\4here\0\x50") } },
  { "empty-name-bound", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, NULL,
    { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\0\0\3\0\0\x50") } },
  { "login", BT_PROXY_SOCKS5, "ann", "secret", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1,
    "10.0.0.1:80",
    { TURN ("\5\2\0\2", "\5\2"), TURN ("\1\3ann\6secret", "\1\0"), TURN (ASK4, ANSWER4) } },
  { "login-version-5", BT_PROXY_SOCKS5, "ann", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1,
    "10.0.0.1:80",
    { TURN ("\5\2\0\2", "\5\2"), TURN ("\1\3ann\0", "\5\0"), TURN (ASK4, ANSWER4) } },
  { "login-not-wanted", BT_PROXY_SOCKS5, "ann", "x", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1,
    "10.0.0.1:80", { TURN ("\5\2\0\2", "\5\0"), TURN (ASK4, ANSWER4) } },
  { "associate", BT_PROXY_SOCKS5, "", "", NULL, NULL, BT_SOCKS_UDP_ASSOCIATE, -1, "10.0.0.1:80",
    { TURN ("\5\1\0", "\5\0"), TURN ("\5\3\0\1\0\0\0\0\0\0", ANSWER4) } },
  { "wrong-login", BT_PROXY_SOCKS5, "ann", "x", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_AUTH_FAILED, NULL,
    { TURN ("\5\2\0\2", "\5\2"), TURN ("\1\3ann\1x", "\1\1") } },
  { "wrong-login-version", BT_PROXY_SOCKS5, "ann", "x", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL,
    { TURN ("\5\2\0\2", "\5\2"), TURN ("\1\3ann\1x", "\2\0") } },
  { "no-method", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_NEED_AUTH, NULL, { TURN ("\5\1\0", "\5\xff") } },
  { "method-not-offered", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_NEED_AUTH, NULL, { TURN ("\5\1\0", "\5\2") } },
  { "no-method-with-login", BT_PROXY_SOCKS5, "ann", "x", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_AUTH_FAILED, NULL, { TURN ("\5\2\0\2", "\5\1") } },
  { "version-4", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN ("\5\1\0", "\4\0") } },
  { "web-server", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN ("\5\1\0", "HT") } },
  { "reply-version", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\0\0\0\1") } },
  { "reply-kind", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\0\0\2") } },
  { "reply-failure", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\1\0\1") } },
  { "reply-not-allowed", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_NOT_ALLOWED, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\2\0\1") } },
  { "reply-network", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\3\0\1") } },
  { "reply-host", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\4\0\1") } },
  { "reply-refused", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\5\0\1") } },
  { "reply-ttl", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\6\0\1") } },
  { "reply-command", BT_PROXY_SOCKS5, "", "", NULL, NULL, BT_SOCKS_UDP_ASSOCIATE,
    G_IO_ERROR_PROXY_FAILED, NULL,
    { TURN ("\5\1\0", "\5\0"), TURN ("\5\3\0\1\0\0\0\0\0\0", "\5\7\0\1") } },
  { "reply-address-kind", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\x08\0\1") } },
  { "reply-unknown", BT_PROXY_SOCKS5, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN ("\5\1\0", "\5\0"), TURN (ASK4, "\5\xff\0\1") } },

#define ASK_HTTP "CONNECT 1.2.3.4:6881 HTTP/1.1\r\nHost: 1.2.3.4:6881\r\n"

  { "http", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, NULL,
    { TURN (ASK_HTTP "\r\n", "HTTP/1.1 200 Connection established\r\n\r\n") } },
  { "http-fields", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, NULL,
    { TURN (ASK_HTTP "\r\n", "HTTP/1.0 299\r\nVia: 1.1 x\r\nContent-Length: 3\r\n\r\n") } },
  { "http-shortest", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, NULL,
    { TURN (ASK_HTTP "\r\n", "HTTP/1.1 200\n\n") } },
  { "http-mixed-ends", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT, -1, NULL,
    { TURN (ASK_HTTP "\r\n", "HTTP/1.1 200 OK\nA: b\n\r\n") } },
  { "http-ipv6", BT_PROXY_HTTP, "", "", NULL, "[2001:db8::1]:80", BT_SOCKS_CONNECT, -1, NULL,
    { TURN ("CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n") } },
  { "http-name", BT_PROXY_HTTP, "", "", "a.example", "0.0.0.0:80", BT_SOCKS_CONNECT, -1, NULL,
    { TURN ("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n") } },
  { "http-login", BT_PROXY_HTTP, "Aladdin", "open sesame", NULL, "1.2.3.4:6881",
    BT_SOCKS_CONNECT, -1, NULL,
    { TURN (ASK_HTTP "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n") } },
  { "http-407", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_NEED_AUTH, NULL,
    { TURN (ASK_HTTP "\r\n", "HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic\r\n\r\n") } },
  { "http-407-login", BT_PROXY_HTTP, "a", "b", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_AUTH_FAILED, NULL,
    { TURN (ASK_HTTP "Proxy-Authorization: Basic YTpi\r\n\r\n", "HTTP/1.1 407 No\r\n\r\n") } },
  { "http-403", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_NOT_ALLOWED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1 403 No\r\n\r\n") } },
  { "http-502", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_HOST_UNREACHABLE, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1 502 Bad\r\n\r\n") } },
  { "http-405", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1 405 \xff\xfe\r\n\r\n") } },
  { "http-100", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1 100 Go on\r\n\r\n") } },
  { "http-2", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/2") } },
  { "http-no-status", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1  200 OK\r\n\r\n") } },
  { "http-2000", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "HTTP/1.1 2000 OK\r\n\r\n") } },
  { "http-socks", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881", BT_SOCKS_CONNECT,
    G_IO_ERROR_PROXY_FAILED, NULL, { TURN (ASK_HTTP "\r\n", "\5\0") } },
};

static BtProxyTalk *
make_talk (const Case *c)
{
  BtProxy proxy = { .kind = c->kind };
  BtAddress address = { 0 };

  g_strlcpy (proxy.user, c->user, sizeof proxy.user);
  g_strlcpy (proxy.password, c->password, sizeof proxy.password);
  if (c->address != NULL)
    g_assert_true (bt_address_parse (c->address, 0, &address));
  return bt_proxy_talk_new (&proxy, c->command, c->host, &address);
}

/* What is to be said, in two portions. */
static void
take_output (BtProxyTalk *talk,
             const Turn  *turn)
{
  const guint8 *bytes;
  gsize n_bytes, n_place;

  bytes = bt_proxy_talk_get_output (talk, &n_bytes);
  g_assert_cmpmem (bytes, n_bytes, turn->say, turn->n_say);
  bt_proxy_talk_get_place (talk, &n_place);
  g_assert_cmpuint (n_place, ==, 0);
  bt_proxy_talk_sent (talk, 1);
  bytes = bt_proxy_talk_get_output (talk, &n_bytes);
  g_assert_cmpmem (bytes, n_bytes, turn->say + 1, turn->n_say - 1);
  bt_proxy_talk_sent (talk, n_bytes);
}

/* At most `n_max` bytes at once. */
static void
give (BtProxyTalk *talk,
      const char  *bytes,
      gsize        n_bytes,
      gsize        n_max)
{
  while (n_bytes > 0 && bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_GOES_ON)
    {
      gsize n_place;
      guint8 *place = bt_proxy_talk_get_place (talk, &n_place);
      gsize n = MIN (MIN (n_place, n_bytes), n_max);

      g_assert_cmpuint (n, >, 0);
      memcpy (place, bytes, n);
      bt_proxy_talk_received (talk, n);
      bytes += n;
      n_bytes -= n;
    }
}

static void
run_case (const Case *c,
          gsize       n_max)
{
  g_autoptr (BtProxyTalk) talk = make_talk (c);
  char buffer[BT_ADDRESS_STRING_BYTES];
  gsize n_place, n_output;

  g_test_message ("%s, %" G_GSIZE_FORMAT " at once", c->name, n_max);
  for (guint i = 0; c->turns[i].say != NULL; i++)
    {
      g_assert_cmpint (bt_proxy_talk_get_state (talk), ==, BT_PROXY_TALK_GOES_ON);
      take_output (talk, &c->turns[i]);
      give (talk, c->turns[i].answer, c->turns[i].n_answer, n_max);
    }

  bt_proxy_talk_get_place (talk, &n_place);
  bt_proxy_talk_get_output (talk, &n_output);
  g_assert_cmpuint (n_place + n_output, ==, 0);
  if (c->code >= 0)
    {
      g_assert_cmpint (bt_proxy_talk_get_state (talk), ==, BT_PROXY_TALK_FAILED);
      g_assert_error (bt_proxy_talk_get_error (talk), G_IO_ERROR, c->code);
      g_assert_true (g_utf8_validate (bt_proxy_talk_get_error (talk)->message, -1, NULL));
      return;
    }
  g_assert_cmpint (bt_proxy_talk_get_state (talk), ==, BT_PROXY_TALK_DONE);
  if (c->bound != NULL)
    g_assert_cmpstr (bt_address_to_string (bt_proxy_talk_get_bound (talk), buffer), ==, c->bound);
}

static void
test_answers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize n_max = 1; n_max <= 8; n_max++)
      run_case (&cases[i], n_max == 8 ? G_MAXSIZE : n_max);
}

/* An answer's end is found to the byte: nothing is asked for that may not be part of it. */
static void
test_exact (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtProxyTalk) talk = make_talk (&cases[i]);

      for (guint k = 0; cases[i].turns[k].say != NULL; k++)
        {
          const Turn *turn = &cases[i].turns[k];
          gsize n_given = 0;
          gsize n_place;

          take_output (talk, turn);
          while (bt_proxy_talk_get_place (talk, &n_place) != NULL && n_place > 0)
            {
              if (cases[i].code < 0)
                g_assert_cmpuint (n_place, <=, turn->n_answer - n_given);
              n_place = MIN (n_place, turn->n_answer - n_given);
              if (n_place == 0)
                break;
              give (talk, turn->answer + n_given, n_place, n_place);
              n_given += n_place;
            }
          if (cases[i].code < 0)
            g_assert_cmpuint (n_given, ==, turn->n_answer);
        }
    }
}

static const Case http = { "endless", BT_PROXY_HTTP, "", "", NULL, "1.2.3.4:6881",
                           BT_SOCKS_CONNECT, G_IO_ERROR_PROXY_FAILED, NULL,
                           { TURN (ASK_HTTP "\r\n", "") } };

/* A head without an end is no answer, be it one line or many. */
static void
test_endless (void)
{
  static const char *const rests[] = { "x", "x\r\n", "x: y\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (rests); i++)
    {
      g_autoptr (BtProxyTalk) talk = make_talk (&http);
      gsize n_given = 0;

      take_output (talk, &http.turns[0]);
      give (talk, "HTTP/1.1 200 OK ", 16, G_MAXSIZE);
      while (bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_GOES_ON)
        {
          give (talk, rests[i], strlen (rests[i]), G_MAXSIZE);
          n_given += strlen (rests[i]);
          g_assert_cmpuint (n_given, <=, BT_PROXY_MAX_HEAD_BYTES);
        }
      g_assert_error (bt_proxy_talk_get_error (talk), G_IO_ERROR, G_IO_ERROR_PROXY_FAILED);
    }
}

/* The longest of everything fits. */
static void
test_longest (void)
{
  static const BtProxyKind kinds[] = { BT_PROXY_SOCKS5, BT_PROXY_HTTP };
  g_autofree char *longest = g_strnfill (255, 'x');
  g_autofree char *too_long = g_strnfill (256, 'x');
  BtAddress address = { .port = 65535 };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      BtProxy proxy = { .kind = kinds[i] };
      g_autoptr (BtProxyTalk) talk = NULL;
      gsize n_output;

      g_strlcpy (proxy.user, longest, sizeof proxy.user);
      g_strlcpy (proxy.password, longest, sizeof proxy.password);
      talk = bt_proxy_talk_new (&proxy, BT_SOCKS_CONNECT, longest, &address);
      g_assert_cmpint (bt_proxy_talk_get_state (talk), ==, BT_PROXY_TALK_GOES_ON);
      bt_proxy_talk_get_output (talk, &n_output);
      g_assert_cmpuint (n_output, >, 0);
      bt_proxy_talk_free (talk);
      talk = bt_proxy_talk_new (&proxy, BT_SOCKS_CONNECT, too_long, &address);
      g_assert_error (bt_proxy_talk_get_error (talk), G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
    }
}

/* What would be more than a name in a line of HTTP. */
static void
test_bad_names (void)
{
  static const char *const names[] = { "", "a b", "a\r\nX: y", "a/b", "u@h", "\x7f", "ä" };
  BtProxy proxy = { .kind = BT_PROXY_HTTP };
  BtAddress address = { .port = 80 };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (BtProxyTalk) talk = bt_proxy_talk_new (&proxy, BT_SOCKS_CONNECT, names[i],
                                                        &address);

      g_assert_error (bt_proxy_talk_get_error (talk), G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
    }
}

static void
test_datagrams (void)
{
  static const struct
  {
    const char *bytes;
    gsize       n_bytes;
    const char *from;     /* NULL: dropped; "": a name */
    gsize       n_payload;
  } datagrams[] = {
#define DATAGRAM(bytes) bytes, sizeof bytes - 1
    { DATAGRAM ("\0\0\0\1\1\2\3\4\0\x50hello"), "1.2.3.4:80", 5 },
    { DATAGRAM ("\0\0\0\1\1\2\3\4\0\x50"), "1.2.3.4:80", 0 },
    { DATAGRAM ("\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x50x"), "[::1]:80", 1 },
    { DATAGRAM ("\0\0\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4\0\x50x"), "1.2.3.4:80", 1 },
    { DATAGRAM ("\0\0\0\3\1a\0\x50xy"), "", 2 },
    { DATAGRAM ("\0\0\0\3\0\0\x50xy"), "", 2 },
    { DATAGRAM (""), NULL, 0 },
    { DATAGRAM ("\0\0\0"), NULL, 0 },
    { DATAGRAM ("\0\0\0\1"), NULL, 0 },
    { DATAGRAM ("\0\0\0\1\1\2\3\4\0"), NULL, 0 },
    { DATAGRAM ("\0\0\0\3\xff" "a\0\x50"), NULL, 0 },
    { DATAGRAM ("\0\0\1\1\1\2\3\4\0\x50hello"), NULL, 0 },
    { DATAGRAM ("\0\0\x81\1\1\2\3\4\0\x50hello"), NULL, 0 },
    { DATAGRAM ("\0\0\0\2\1\2\3\4\0\x50hello"), NULL, 0 },
    { DATAGRAM ("\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0"), NULL, 0 },
  };
  char buffer[BT_ADDRESS_STRING_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (datagrams); i++)
    {
      const guint8 *payload = NULL;
      gsize n_payload = 99;
      BtAddress from = { 0 };

      g_test_message ("datagram %" G_GSIZE_FORMAT, i);
      g_assert_true (bt_socks_parse_datagram ((const guint8 *) datagrams[i].bytes,
                                              datagrams[i].n_bytes, &from, &payload, &n_payload) ==
                     (datagrams[i].from != NULL));
      if (datagrams[i].from == NULL)
        continue;
      g_assert_cmpuint (n_payload, ==, datagrams[i].n_payload);
      g_assert_true (payload + n_payload ==
                     (const guint8 *) datagrams[i].bytes + datagrams[i].n_bytes);
      g_assert_cmpuint (from.port, ==, 80);
      if (datagrams[i].from[0] == '\0')
        g_assert_cmpint (from.family, ==, BT_FAMILY_NONE);
      else
        g_assert_cmpstr (bt_address_to_string (&from, buffer), ==, datagrams[i].from);
    }
}

static void
test_headers (void)
{
  guint8 bytes[BT_SOCKS_MAX_HEADER_BYTES];
  g_autofree char *longest = g_strnfill (255, 'x');
  BtAddress address;

  g_assert_true (bt_address_parse ("[2001:db8::1]:80", 0, &address));
  g_assert_cmpmem (bytes, bt_socks_write_header (NULL, &address, bytes),
                   "\0\0\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50", 22);
  g_assert_cmpmem (bytes, bt_socks_write_header ("a.b", &address, bytes),
                   "\0\0\0\3\3a.b\0\x50", 10);
  g_assert_cmpuint (bt_socks_write_header (longest, &address, bytes), ==, sizeof bytes);
  g_assert_cmpuint (bt_socks_write_header ("", &address, bytes), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/proxy-talk/answers", test_answers);
  g_test_add_func ("/transport/proxy-talk/exact", test_exact);
  g_test_add_func ("/transport/proxy-talk/endless", test_endless);
  g_test_add_func ("/transport/proxy-talk/longest", test_longest);
  g_test_add_func ("/transport/proxy-talk/bad-names", test_bad_names);
  g_test_add_func ("/transport/proxy-talk/datagrams", test_datagrams);
  g_test_add_func ("/transport/proxy-talk/headers", test_headers);
  return g_test_run ();
}
