/* test-proxy.c - a small proxy: SOCKS5 with UDP, or HTTP's CONNECT, in threads of its own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-proxy.h"

#include "base/bt-address.h"
#include "transport/bt-socks.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES     4096
#define DATAGRAM_BYTES 65536

struct _TestProxy
{
  GMutex     lock;
  GPtrArray *threads;     /* of GThread */
  GArray    *fds;         /* of int: of connections; -1: closed */
  GString   *log;
  GThread   *listening;
  char      *user;
  char      *password;
  int        listener_fd;
  guint16    port;
  gboolean   is_http;
  gboolean   is_ending;
};

typedef struct
{
  TestProxy *proxy;
  guint      index;       /* of its descriptor in `fds` */
  int        fd;
} Client;

/* --- Bytes --- */

static gboolean
receive (int     fd,
         guint8 *bytes,
         gsize   n_bytes)
{
  while (n_bytes > 0)
    {
      gssize n = recv (fd, bytes, n_bytes, 0);

      if (n <= 0)
        return FALSE;
      bytes += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

static gboolean
send_all (int         fd,
          const void *bytes,
          gsize       n_bytes)
{
  const guint8 *p = bytes;

  while (n_bytes > 0)
    {
      gssize n = send (fd, p, n_bytes, MSG_NOSIGNAL);

      if (n <= 0)
        return FALSE;
      p += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

static void
note (TestProxy  *proxy,
      const char *what,
      const char *name,
      const BtAddress *address)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  g_mutex_lock (&proxy->lock);
  if (name != NULL)
    g_string_append_printf (proxy->log, "%s %s:%u\n", what, name, address->port);
  else if (address != NULL)
    g_string_append_printf (proxy->log, "%s %s\n", what, bt_address_to_string (address, buffer));
  else
    g_string_append_printf (proxy->log, "%s\n", what);
  g_mutex_unlock (&proxy->lock);
}

/* FALSE: nobody has that name. */
static gboolean
resolve (const char *name,
         BtAddress  *address)
{
  guint16 port = address->port;

  if (name == NULL)
    return TRUE;
  if (!bt_address_parse (g_str_equal (name, "only.proxy.test") ? "127.0.0.1" : name, port,
                         address))
    return FALSE;
  address->port = port;
  return TRUE;
}

/* -1: nobody is there. */
static int
connect_to (const BtAddress *address)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (address, &sa);
  int fd = socket (sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd >= 0 && connect (fd, (struct sockaddr *) &sa, n_sa) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
pump (int a,
      int b)
{
  struct pollfd fds[2] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
  guint8 bytes[16384];

  while (poll (fds, 2, -1) > 0)
    for (guint i = 0; i < 2; i++)
      {
        gssize n;

        if (fds[i].revents == 0)
          continue;
        n = recv (fds[i].fd, bytes, sizeof bytes, 0);
        if (n <= 0 || !send_all (fds[1 - i].fd, bytes, (gsize) n))
          return;
      }
}

/* --- SOCKS5 --- */

/* NULL when the client is gone, else the name or "". */
static char *
read_target (int        fd,
             guint8     kind,
             BtAddress *out_address)
{
  guint8 bytes[BT_SOCKS_MAX_ADDRESS_BYTES];
  gsize n_bytes;

  if (!receive (fd, bytes, 1))
    return NULL;
  n_bytes = bt_socks_get_address_bytes (kind, bytes[0]);
  if (n_bytes == 0 || !receive (fd, bytes + 1, n_bytes - 1))
    return NULL;
  bt_socks_read_address (kind, bytes, out_address);
  return kind == BT_SOCKS_NAME ? g_strndup ((char *) bytes + 1, bytes[0]) : g_strdup ("");
}

static gboolean
read_word (int   fd,
           char  out_word[256])
{
  guint8 n;

  if (!receive (fd, &n, 1) || !receive (fd, (guint8 *) out_word, n))
    return FALSE;
  out_word[n] = '\0';
  return TRUE;
}

static gboolean
log_in (TestProxy *proxy,
        int        fd)
{
  guint8 head[2], methods[255];
  char user[256], password[256];
  gboolean is_right;

  if (!receive (fd, head, 2) || head[0] != 5 || !receive (fd, methods, head[1]))
    return FALSE;
  if (proxy->user == NULL)
    return send_all (fd, "\5\0", 2);
  if (memchr (methods, BT_SOCKS_PASSWORD, head[1]) == NULL)
    {
      send_all (fd, "\5\xff", 2);
      return FALSE;
    }
  if (!send_all (fd, "\5\2", 2) || !receive (fd, head, 1) || !read_word (fd, user) ||
      !read_word (fd, password))
    return FALSE;
  is_right = g_str_equal (user, proxy->user) && g_str_equal (password, proxy->password);
  return send_all (fd, is_right ? "\1\0" : "\1\1", 2) && is_right;
}

static guint16
open_udp (int *out_fd)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t n_sa = sizeof sa;

  *out_fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (*out_fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (getsockname (*out_fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  return ntohs (sa.sin_port);
}

/* From the client to whom it names. */
static void
relay_out (TestProxy    *proxy,
           int           fd,
           const guint8 *bytes,
           gsize         n_bytes)
{
  g_autofree char *name = NULL;
  const guint8 *payload;
  struct sockaddr_storage sa;
  gsize n_payload;
  BtAddress to;

  if (!bt_socks_parse_datagram (bytes, n_bytes, &to, &payload, &n_payload))
    return;
  if (bytes[3] == BT_SOCKS_NAME)
    name = g_strndup ((const char *) bytes + 5, bytes[4]);
  note (proxy, "udp", name, &to);
  if (resolve (name, &to))
    sendto (fd, payload, n_payload, 0, (struct sockaddr *) &sa, bt_address_to_sockaddr (&to, &sa));
}

static void
relay_in (int                            client_fd,
          const struct sockaddr_storage *client,
          const guint8                  *bytes,
          gsize                          n_bytes,
          const BtAddress               *from)
{
  g_autofree guint8 *all = g_malloc (BT_SOCKS_MAX_HEADER_BYTES + n_bytes);
  gsize n_header = bt_socks_write_header (NULL, from, all);

  memcpy (all + n_header, bytes, n_bytes);
  sendto (client_fd, all, n_header + n_bytes, 0, (const struct sockaddr *) client,
          sizeof (struct sockaddr_in));
}

static void
serve_udp (TestProxy *proxy,
           int        fd)
{
  g_autofree guint8 *bytes = g_malloc (DATAGRAM_BYTES);
  struct sockaddr_storage client = { 0 };
  struct pollfd fds[3] = { { fd, POLLIN, 0 }, { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };
  BtAddress bound = { .family = BT_FAMILY_IPV4, .ip = { 127, 0, 0, 1 } };
  guint8 reply[BT_SOCKS_MAX_REQUEST_BYTES];
  gsize n_reply;

  bound.port = open_udp (&fds[1].fd);
  open_udp (&fds[2].fd);
  n_reply = bt_socks_write_request (0, NULL, &bound, reply);
  send_all (fd, reply, n_reply);
  while (poll (fds, 3, -1) > 0 && fds[0].revents == 0)
    for (guint i = 1; i < 3; i++)
      {
        struct sockaddr_storage sa;
        socklen_t n_sa = sizeof sa;
        BtAddress from;
        gssize n;

        if (fds[i].revents == 0)
          continue;
        n = recvfrom (fds[i].fd, bytes, DATAGRAM_BYTES, 0, (struct sockaddr *) &sa, &n_sa);
        if (n < 0)
          continue;
        if (i == 1)
          {
            client = sa;
            relay_out (proxy, fds[2].fd, bytes, (gsize) n);
          }
        else if (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &from))
          relay_in (fds[1].fd, &client, bytes, (gsize) n, &from);
      }
  close (fds[1].fd);
  close (fds[2].fd);
}

static void
serve_connect (TestProxy  *proxy,
               int         fd,
               const char *name,
               BtAddress  *address)
{
  static const guint8 unreachable[] = "\5\4\0\1\0\0\0\0\0\0", granted[] = "\5\0\0\1\0\0\0\0\0\0";
  int out_fd;

  note (proxy, "connect", name, address);
  out_fd = resolve (name, address) ? connect_to (address) : -1;
  if (out_fd < 0)
    {
      send_all (fd, unreachable, sizeof unreachable - 1);
      return;
    }
  if (send_all (fd, granted, sizeof granted - 1))
    pump (fd, out_fd);
  close (out_fd);
}

static void
serve_socks (TestProxy *proxy,
             int        fd)
{
  g_autofree char *name = NULL;
  guint8 head[4];
  BtAddress address;

  if (!log_in (proxy, fd) || !receive (fd, head, 4))
    return;
  name = read_target (fd, head[3], &address);
  if (name == NULL)
    return;
  if (head[1] == BT_SOCKS_CONNECT)
    serve_connect (proxy, fd, name[0] != '\0' ? name : NULL, &address);
  else if (head[1] == BT_SOCKS_UDP_ASSOCIATE)
    {
      note (proxy, "associate", NULL, NULL);
      serve_udp (proxy, fd);
    }
}

/* --- HTTP --- */

static gboolean
is_authorized (TestProxy  *proxy,
               const char *head)
{
  g_autofree char *pair = NULL;
  g_autofree char *encoded = NULL;
  g_autofree char *field = NULL;

  if (proxy->user == NULL)
    return TRUE;
  pair = g_strdup_printf ("%s:%s", proxy->user, proxy->password);
  encoded = g_base64_encode ((const guint8 *) pair, strlen (pair));
  field = g_strdup_printf ("\r\nProxy-Authorization: Basic %s\r\n", encoded);
  return strstr (head, field) != NULL;
}

static void
serve_http (TestProxy *proxy,
            int        fd)
{
  static const char granted[] = "HTTP/1.1 200 Yes\r\n\r\n";
  static const char unreachable[] = "HTTP/1.1 502 No\r\n\r\n";
  static const char who[] = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                            "Content-Length: 0\r\n\r\n";
  char head[HEAD_BYTES + 1] = "";
  g_autofree char *name = NULL;
  BtAddress address = { 0 };
  gsize n_head = 0;
  char *end, *colon;
  int out_fd;

  while (!g_str_has_suffix (head, "\r\n\r\n"))
    if (n_head == HEAD_BYTES || !receive (fd, (guint8 *) head + n_head++, 1))
      return;
  if (!is_authorized (proxy, head))
    {
      send_all (fd, who, sizeof who - 1);
      return;
    }
  end = strstr (head, " HTTP/1.");
  if (!g_str_has_prefix (head, "CONNECT ") || end == NULL)
    return;
  name = g_strndup (head + 8, (gsize) (end - head - 8));
  colon = strrchr (name, ':');
  g_assert_nonnull (colon);
  *colon = '\0';
  address.port = (guint16) g_ascii_strtoull (colon + 1, NULL, 10);
  note (proxy, "connect", name, &address);
  out_fd = resolve (name, &address) ? connect_to (&address) : -1;
  if (out_fd < 0)
    {
      send_all (fd, unreachable, sizeof unreachable - 1);
      return;
    }
  if (send_all (fd, granted, sizeof granted - 1))
    pump (fd, out_fd);
  close (out_fd);
}

/* --- Life --- */

static gpointer
client_main (gpointer data)
{
  Client *client = data;
  TestProxy *proxy = client->proxy;

  if (proxy->is_http)
    serve_http (proxy, client->fd);
  else
    serve_socks (proxy, client->fd);
  g_mutex_lock (&proxy->lock);
  g_array_index (proxy->fds, int, client->index) = -1;
  close (client->fd);
  g_mutex_unlock (&proxy->lock);
  g_free (client);
  return NULL;
}

static gpointer
listening_main (gpointer data)
{
  TestProxy *proxy = data;
  int fd;

  while ((fd = accept4 (proxy->listener_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
      Client *client = g_new0 (Client, 1);

      g_mutex_lock (&proxy->lock);
      client->proxy = proxy;
      client->fd = fd;
      client->index = proxy->fds->len;
      g_array_append_val (proxy->fds, fd);
      if (proxy->is_ending)
        shutdown (fd, SHUT_RDWR);
      g_ptr_array_add (proxy->threads, g_thread_new ("test-proxy", client_main, client));
      g_mutex_unlock (&proxy->lock);
    }
  return NULL;
}

TestProxy *
test_proxy_new (gboolean    is_http,
                const char *user,
                const char *password)
{
  TestProxy *proxy = g_new0 (TestProxy, 1);
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t n_sa = sizeof sa;

  g_mutex_init (&proxy->lock);
  proxy->is_http = is_http;
  proxy->user = g_strdup (user);
  proxy->password = g_strdup (password);
  proxy->threads = g_ptr_array_new ();
  proxy->fds = g_array_new (FALSE, FALSE, sizeof (int));
  proxy->log = g_string_new (NULL);
  proxy->listener_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (proxy->listener_fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (listen (proxy->listener_fd, 50), ==, 0);
  g_assert_cmpint (getsockname (proxy->listener_fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  proxy->port = ntohs (sa.sin_port);
  proxy->listening = g_thread_new ("test-proxy", listening_main, proxy);
  return proxy;
}

void
test_proxy_hang_up (TestProxy *proxy)
{
  g_mutex_lock (&proxy->lock);
  for (guint i = 0; i < proxy->fds->len; i++)
    if (g_array_index (proxy->fds, int, i) >= 0)
      shutdown (g_array_index (proxy->fds, int, i), SHUT_RDWR);
  g_mutex_unlock (&proxy->lock);
}

void
test_proxy_free (TestProxy *proxy)
{
  if (proxy == NULL)
    return;
  g_mutex_lock (&proxy->lock);
  proxy->is_ending = TRUE;
  g_mutex_unlock (&proxy->lock);
  shutdown (proxy->listener_fd, SHUT_RDWR);
  g_thread_join (proxy->listening);
  close (proxy->listener_fd);
  test_proxy_hang_up (proxy);
  for (guint i = 0; i < proxy->threads->len; i++)
    g_thread_join (g_ptr_array_index (proxy->threads, i));
  g_ptr_array_unref (proxy->threads);
  g_array_unref (proxy->fds);
  g_string_free (proxy->log, TRUE);
  g_mutex_clear (&proxy->lock);
  g_free (proxy->user);
  g_free (proxy->password);
  g_free (proxy);
}

guint16
test_proxy_get_port (TestProxy *proxy)
{
  return proxy->port;
}

char *
test_proxy_dup_log (TestProxy *proxy)
{
  char *log;

  g_mutex_lock (&proxy->lock);
  log = g_strdup (proxy->log->str);
  g_mutex_unlock (&proxy->lock);
  return log;
}

guint
test_proxy_get_n (TestProxy  *proxy,
                  const char *line)
{
  g_autofree char *log = test_proxy_dup_log (proxy);
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n += g_str_equal (lines[i], line);
  return n;
}
