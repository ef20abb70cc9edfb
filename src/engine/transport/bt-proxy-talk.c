/* bt-proxy-talk.c - what is said to a proxy until it gets out of the way: SOCKS5 or HTTP's CONNECT; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-proxy-talk.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SHORTEST_HEAD_BYTES 14  /* "HTTP/1.1 200", and two ends of lines */
#define METHOD_BYTES        2
#define LOGIN_BYTES         2
#define REPLY_BYTES         4   /* up to the kind of address */

typedef enum
{
  STEP_METHOD,
  STEP_LOGIN,
  STEP_REPLY,
  STEP_BOUND,       /* the first byte of the address tells how long it is */
  STEP_BOUND_REST,
  STEP_HEAD,        /* HTTP's */
  STEP_OVER,
} Step;

struct _BtProxyTalk
{
  /* owned */
  GError         *error;      /* nullable */

  /* values */
  BtSocksCommand  command;
  Step            step;
  guint8          say[BT_PROXY_TALK_MAX_SAY_BYTES];
  gsize           n_say;
  gsize           n_said;
  guint8          heard[BT_PROXY_MAX_HEAD_BYTES];
  gsize           n_heard;
  gsize           n_lines;
  gsize           n_needed;   /* of the answer of this step; SOCKS5 */
  guint8          login[BT_SOCKS_MAX_LOGIN_BYTES];
  gsize           n_login;    /* 0: we have none */
  guint8          request[BT_SOCKS_MAX_REQUEST_BYTES];
  gsize           n_request;
  BtAddress       bound;
};

/* Takes `error`. */
static void
fail (BtProxyTalk *talk,
      GError      *error)
{
  talk->error = error;
  talk->step = STEP_OVER;
  talk->n_said = talk->n_say = 0;
}

static void
fail_literal (BtProxyTalk *talk,
              GIOErrorEnum code,
              const char  *message)
{
  fail (talk, g_error_new_literal (G_IO_ERROR, (int) code, message));
}

static void
fail_login (BtProxyTalk *talk)
{
  if (talk->n_login == 0)
    fail_literal (talk, G_IO_ERROR_PROXY_NEED_AUTH,
                  _("The proxy wants a user name and a password"));
  else
    fail_literal (talk, G_IO_ERROR_PROXY_AUTH_FAILED,
                  _("The proxy does not accept the user name and the password"));
}

static void
fail_protocol (BtProxyTalk *talk,
               const char  *protocol)
{
  fail (talk, g_error_new (G_IO_ERROR, G_IO_ERROR_PROXY_FAILED,
                           _("What answers at the proxy's port does not speak %s"), protocol));
}

static void
fail_not_allowed (BtProxyTalk *talk)
{
  fail_literal (talk, G_IO_ERROR_PROXY_NOT_ALLOWED, _("The proxy does not allow this"));
}

static void
fail_unreachable (BtProxyTalk *talk)
{
  fail_literal (talk, G_IO_ERROR_HOST_UNREACHABLE, _("The proxy cannot reach this address"));
}

static void
wait_for (BtProxyTalk *talk,
          Step         step,
          gsize        n_bytes)
{
  talk->step = step;
  talk->n_needed = n_bytes;
  talk->n_heard = 0;
}

static void
say (BtProxyTalk  *talk,
     const guint8 *bytes,
     gsize         n_bytes)
{
  memcpy (talk->say, bytes, n_bytes);
  talk->n_say = n_bytes;
  talk->n_said = 0;
}

/* --- SOCKS5 --- */

static void
say_request (BtProxyTalk *talk)
{
  say (talk, talk->request, talk->n_request);
  wait_for (talk, STEP_REPLY, REPLY_BYTES);
}

static void
take_method (BtProxyTalk *talk)
{
  if (talk->heard[0] != BT_SOCKS_VERSION)
    fail_protocol (talk, "SOCKS5");
  else if (talk->heard[1] == BT_SOCKS_NO_LOGIN)
    say_request (talk);
  else if (talk->heard[1] == BT_SOCKS_PASSWORD && talk->n_login > 0)
    {
      say (talk, talk->login, talk->n_login);
      wait_for (talk, STEP_LOGIN, LOGIN_BYTES);
    }
  else
    fail_login (talk);
}

/* The version of this answer is the log-in's own; many proxies tell the other one. */
static void
take_login (BtProxyTalk *talk)
{
  if (talk->heard[0] != BT_SOCKS_LOGIN_VERSION && talk->heard[0] != BT_SOCKS_VERSION)
    fail_protocol (talk, "SOCKS5");
  else if (talk->heard[1] != 0)
    fail_login (talk);
  else
    say_request (talk);
}

static void
fail_reply (BtProxyTalk *talk,
            guint8       reply)
{
  switch (reply)
    {
    case BT_SOCKS_NOT_ALLOWED:
      fail_not_allowed (talk);
      return;

    case BT_SOCKS_NETWORK_UNREACHABLE:
    case BT_SOCKS_HOST_UNREACHABLE:
    case BT_SOCKS_CONNECTION_REFUSED:
    case BT_SOCKS_TTL_EXPIRED:
    case BT_SOCKS_BAD_ADDRESS_KIND:
      fail_unreachable (talk);
      return;

    default:
      break;
    }

  if (talk->command == BT_SOCKS_UDP_ASSOCIATE)
    fail_literal (talk, G_IO_ERROR_PROXY_FAILED, _("The proxy does not pass UDP on"));
  /* Most say so of everybody who does not answer. */
  else if (reply == BT_SOCKS_FAILURE)
    fail_unreachable (talk);
  else
    fail_literal (talk, G_IO_ERROR_PROXY_FAILED, _("The proxy refuses, and does not say why"));
}

static void
take_reply (BtProxyTalk *talk)
{
  guint8 kind = talk->heard[3];

  if (talk->heard[0] != BT_SOCKS_VERSION)
    fail_protocol (talk, "SOCKS5");
  else if (talk->heard[1] != BT_SOCKS_GRANTED)
    fail_reply (talk, talk->heard[1]);
  else if (bt_socks_get_address_bytes (kind, 0) == 0)
    fail_protocol (talk, "SOCKS5");
  else
    {
      talk->step = STEP_BOUND;
      talk->n_needed++;
    }
}

static void
take_bound (BtProxyTalk *talk)
{
  talk->step = STEP_BOUND_REST;
  talk->n_needed = REPLY_BYTES +
                   bt_socks_get_address_bytes (talk->heard[3], talk->heard[REPLY_BYTES]);
}

static void
take_bound_rest (BtProxyTalk *talk)
{
  bt_socks_read_address (talk->heard[3], talk->heard + REPLY_BYTES, &talk->bound);
  talk->step = STEP_OVER;
}

static void
begin_socks (BtProxyTalk     *talk,
             const BtProxy   *proxy,
             const char      *name,
             const BtAddress *address)
{
  guint8 greeting[4];

  talk->n_login = bt_socks_write_login (proxy->user, proxy->password, talk->login);
  talk->n_request = bt_socks_write_request (talk->command, name, address, talk->request);
  if (talk->n_request == 0)
    {
      fail_unreachable (talk);
      return;
    }
  say (talk, greeting, bt_socks_write_greeting (talk->n_login > 0, greeting));
  wait_for (talk, STEP_METHOD, METHOD_BYTES);
}

/* --- HTTP --- */

/* A name that is no part of a line, or a part of two, is nobody's. */
static gboolean
is_plain_name (const char *name)
{
  gsize n_bytes = strlen (name);

  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p) || *p == '/' || *p == '@')
      return FALSE;
  return n_bytes > 0 && n_bytes <= BT_SOCKS_MAX_NAME_BYTES;
}

static char *
make_authorization (const BtProxy *proxy)
{
  g_autofree char *pair = NULL;
  g_autofree char *encoded = NULL;

  if (proxy->user[0] == '\0')
    return g_strdup ("");
  pair = g_strconcat (proxy->user, ":", proxy->password, NULL);
  encoded = g_base64_encode ((const guint8 *) pair, strlen (pair));
  return g_strconcat ("Proxy-Authorization: Basic ", encoded, "\r\n", NULL);
}

static void
begin_http (BtProxyTalk     *talk,
            const BtProxy   *proxy,
            const char      *name,
            const BtAddress *address)
{
  char buffer[BT_ADDRESS_STRING_BYTES];
  g_autofree char *authorization = make_authorization (proxy);
  g_autofree char *target = NULL;
  g_autofree char *request = NULL;

  if (name != NULL && !is_plain_name (name))
    {
      fail_unreachable (talk);
      return;
    }
  if (name != NULL)
    target = g_strdup_printf ("%s:%u", name, address->port);
  else
    target = g_strdup (bt_address_to_string (address, buffer));
  request = g_strdup_printf ("CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, target,
                             authorization);
  talk->n_login = proxy->user[0] != '\0';
  say (talk, (const guint8 *) request, strlen (request));
  wait_for (talk, STEP_HEAD, 0);
}

/* "HTTP/1.x NNN", and perhaps words. 0: it is something else. */
static guint
parse_status (const char *line)
{
  if (!g_str_has_prefix (line, "HTTP/1.") || !g_ascii_isdigit (line[7]) || line[8] != ' ' ||
      !g_ascii_isdigit (line[9]) || !g_ascii_isdigit (line[10]) || !g_ascii_isdigit (line[11]) ||
      (line[12] != '\0' && line[12] != ' '))
    return 0;
  return (guint) (100 * (line[9] - '0') + 10 * (line[10] - '0') + line[11] - '0');
}

static void
fail_status (BtProxyTalk *talk,
             guint        status,
             const char  *words)
{
  if (status == 407)
    fail_login (talk);
  else if (status == 403)
    fail_not_allowed (talk);
  else if (status == 502 || status == 503 || status == 504)
    fail_unreachable (talk);
  else
    fail (talk, g_error_new (G_IO_ERROR, G_IO_ERROR_PROXY_FAILED, _("The proxy refuses: %s"),
                             words));
}

/* The first line, in what everybody can show. */
static char *
dup_status_line (BtProxyTalk *talk)
{
  g_autofree char *line = g_strndup ((const char *) talk->heard, talk->n_heard);
  char *end = strchr (line, '\n');

  if (end != NULL)
    *end = '\0';
  g_strchomp (line);
  for (char *p = line; *p != '\0'; p++)
    if (!g_ascii_isprint (*p))
      *p = '?';
  return g_strndup (line, BT_PROXY_MAX_SHOWN_BYTES);
}

static void
take_head (BtProxyTalk *talk)
{
  g_autofree char *line = dup_status_line (talk);
  guint status = parse_status (line);

  if (status == 0)
    fail_protocol (talk, "HTTP");
  else if (status < 200 || status > 299)
    fail_status (talk, status, line + strlen ("HTTP/1.x "));
  else
    talk->step = STEP_OVER;
}

static gboolean
ends_in (BtProxyTalk *talk,
         const char  *text)
{
  gsize n_bytes = strlen (text);

  return talk->n_heard >= n_bytes &&
         memcmp (talk->heard + talk->n_heard - n_bytes, text, n_bytes) == 0;
}

/* Fewest bytes that the rest of the head may have: lines end in \r\n, or \n alone. */
static gsize
get_head_needed (BtProxyTalk *talk)
{
  if (talk->n_heard < SHORTEST_HEAD_BYTES)
    return SHORTEST_HEAD_BYTES - talk->n_heard;
  return ends_in (talk, "\n") || ends_in (talk, "\n\r") ? 1 : 2;
}

static void
hear_head (BtProxyTalk *talk,
           gsize        n_bytes)
{
  static const char begin[] = "HTTP/1.";

  for (gsize i = talk->n_heard - n_bytes; i < talk->n_heard; i++)
    talk->n_lines += talk->heard[i] == '\n';
  if (memcmp (talk->heard, begin, MIN (talk->n_heard, sizeof begin - 1)) != 0 ||
      talk->n_lines > BT_PROXY_MAX_HEAD_LINES)
    fail_protocol (talk, "HTTP");
  else if (ends_in (talk, "\n\n") || ends_in (talk, "\n\r\n"))
    take_head (talk);
  else if (get_head_needed (talk) > sizeof talk->heard - talk->n_heard)
    fail_protocol (talk, "HTTP");
}

/* --- Both --- */

BtProxyTalk *
bt_proxy_talk_new (const BtProxy   *proxy,
                   BtSocksCommand   command,
                   const char      *name,
                   const BtAddress *address)
{
  BtProxyTalk *talk = g_new0 (BtProxyTalk, 1);

  g_assert (proxy->kind == BT_PROXY_SOCKS5 || command == BT_SOCKS_CONNECT);

  talk->command = command;
  if (proxy->kind == BT_PROXY_SOCKS5)
    begin_socks (talk, proxy, name, address);
  else
    begin_http (talk, proxy, name, address);
  return talk;
}

void
bt_proxy_talk_free (BtProxyTalk *talk)
{
  if (talk == NULL)
    return;

  g_clear_error (&talk->error);
  /* It knows a password. */
  explicit_bzero (talk, sizeof *talk);
  g_free (talk);
}

BtProxyTalkState
bt_proxy_talk_get_state (BtProxyTalk *talk)
{
  if (talk->error != NULL)
    return BT_PROXY_TALK_FAILED;
  return talk->step == STEP_OVER ? BT_PROXY_TALK_DONE : BT_PROXY_TALK_GOES_ON;
}

const GError *
bt_proxy_talk_get_error (BtProxyTalk *talk)
{
  return talk->error;
}

const guint8 *
bt_proxy_talk_get_output (BtProxyTalk *talk,
                          gsize       *out_n_bytes)
{
  *out_n_bytes = talk->n_say - talk->n_said;
  return talk->say + talk->n_said;
}

void
bt_proxy_talk_sent (BtProxyTalk *talk,
                    gsize        n_bytes)
{
  talk->n_said += n_bytes;
}

guint8 *
bt_proxy_talk_get_place (BtProxyTalk *talk,
                         gsize       *out_n_bytes)
{
  if (talk->step == STEP_OVER || talk->n_said < talk->n_say)
    *out_n_bytes = 0;
  else if (talk->step == STEP_HEAD)
    *out_n_bytes = get_head_needed (talk);
  else
    *out_n_bytes = talk->n_needed - talk->n_heard;
  return talk->heard + talk->n_heard;
}

void
bt_proxy_talk_received (BtProxyTalk *talk,
                        gsize        n_bytes)
{
  static void (*const takes[]) (BtProxyTalk *talk) = {
    [STEP_METHOD] = take_method,
    [STEP_LOGIN] = take_login,
    [STEP_REPLY] = take_reply,
    [STEP_BOUND] = take_bound,
    [STEP_BOUND_REST] = take_bound_rest,
  };

  talk->n_heard += n_bytes;
  if (talk->step == STEP_HEAD)
    hear_head (talk, n_bytes);
  else if (talk->n_heard == talk->n_needed)
    takes[talk->step] (talk);
}

const BtAddress *
bt_proxy_talk_get_bound (BtProxyTalk *talk)
{
  return &talk->bound;
}
