/* router.c - a router that is made up: NAT-PMP, PCP and UPnP on 127.0.0.2, as well or badly as a test wants
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "babbler.h"
#include "router.h"

#include "base/bt-cursor.h"
#include "discovery/bt-gateways.h"

#include <arpa/inet.h>
#include <glib-unix.h>
#include <libsoup/soup.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES 16384

typedef struct
{
  Router      router;
  int         pcp_fd;
  int         ssdp_fd;    /* hears */
  int         answer_fd;  /* speaks */
  GSource    *sources[2];
  int         other_fd;   /* speaks from the other host */
  SoupServer *server;
  Babbler    *other;      /* the other host's */
  Babbler    *babbler;    /* nullable: instead of a description */
  guint16     http_port;
} Private;

static int
open_udp (const char *address,
          guint16     port)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  inet_pton (AF_INET, address, &sa.sin_addr);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  return fd;
}

static int
open_udp6 (void)
{
  struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  return fd;
}

static guint16
get_port (int fd)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = sizeof sa;
  BtAddress address;

  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &sa, &n_sa), ==, 0);
  g_assert_true (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &address));
  return address.port;
}

static gboolean is_listed = TRUE;

void
router_set_listed (gboolean is)
{
  is_listed = is;
}

GArray *
router_list (void)
{
  GArray *gateways = g_array_new (FALSE, TRUE, sizeof (BtGateway));
  BtGateway gateway = { .interface = if_nametoindex ("lo") };

  bt_address_parse (ROUTER_ADDRESS, 0, &gateway.address);
  bt_address_parse ("127.0.0.1", 0, &gateway.local);
  if (is_listed)
    g_array_append_val (gateways, gateway);
  bt_address_parse ("::1", 0, &gateway.address);
  gateway.local = gateway.address;
  if (is_listed)
    g_array_append_val (gateways, gateway);
  return gateways;
}

/* --- PCP and NAT-PMP --- */

static guint16
give_port (Router  *router,
           gboolean is_udp,
           guint16  internal,
           guint16  suggested,
           guint32  lifetime_s)
{
  guint16 port = router->external_port != 0 ? router->external_port
                                            : suggested != 0 ? suggested : internal;

  if (lifetime_s == 0 || router->pcp == PCP_PORT_ZERO)
    port = 0;
  if (router->pcp == PCP_WRONG_NONCE || router->pcp == PCP_ELSEWHERE || router->pcp == PCP_NO_TIME)
    return port;
  router->internal_port = internal;
  if (is_udp)
    router->udp_port = port;
  else
    router->tcp_port = port;
  return port;
}

static guint32
give_lifetime (Router  *router,
               guint32  asked_s)
{
  return asked_s == 0 || router->lifetime_s == 0 ? asked_s : router->lifetime_s;
}

static gsize
answer_pcp (Router       *router,
            const guint8 *request,
            guint8       *answer)
{
  gboolean is_udp = request[36] == 17;
  guint32 lifetime_s = bt_read_u32 (request + 4);
  guint16 port;
  guint8 result = 0;

  memcpy (answer, request, 60);
  answer[1] |= 0x80;
  memset (answer + 8, 0, 16);
  bt_write_u32 (answer + 8, router->epoch_s);
  if (router->pcp == PCP_REFUSES || (router->pcp == PCP_NO_UDP && is_udp))
    result = 2;
  else if (router->pcp == PCP_FULL)
    result = 8;
  answer[3] = result;
  if (result != 0)
    return 60;
  bt_write_u32 (answer + 4, router->pcp == PCP_NO_TIME ? 0 : give_lifetime (router, lifetime_s));
  if (router->pcp == PCP_WRONG_NONCE)
    answer[24] ^= 1;
  port = give_port (router, is_udp, bt_read_u16 (request + 40), bt_read_u16 (request + 42),
                    lifetime_s);
  bt_write_u16 (answer + 42, port);
  memset (answer + 44, 0, 16);
  if (router->pcp == PCP_IPV6)
    memcpy (answer + 44, request + 8, 16);
  else
    {
      answer[54] = answer[55] = 0xff;
      inet_pton (AF_INET, ROUTER_EXTERNAL, answer + 56);
    }
  return 60;
}

static gsize
answer_nat_pmp (Router       *router,
                const guint8 *request,
                guint8       *answer)
{
  guint32 lifetime_s = bt_read_u32 (request + 8);

  memset (answer, 0, 16);
  answer[1] = request[1] | 0x80;
  bt_write_u32 (answer + 4, router->epoch_s);
  if (router->pcp == PCP_REFUSES)
    bt_write_u16 (answer + 2, 2);
  else if (router->pcp == PCP_FULL)
    bt_write_u16 (answer + 2, 4);
  else if (request[1] == 0)
    {
      inet_pton (AF_INET, ROUTER_EXTERNAL, answer + 8);
      return 12;
    }
  else
    {
      memcpy (answer + 8, request + 4, 2);
      bt_write_u16 (answer + 10, give_port (router, request[1] == 1, bt_read_u16 (request + 4),
                                            bt_read_u16 (request + 6), lifetime_s));
      bt_write_u32 (answer + 12, give_lifetime (router, lifetime_s));
    }
  return request[1] == 0 ? 12 : 16;
}

/* A router that knows NAT-PMP alone says so (RFC 6886, 3.5). */
static gsize
answer_unsupported (Router *router,
                    guint8 *answer)
{
  memset (answer, 0, 8);
  answer[1] = 0x81;
  answer[3] = 1;
  bt_write_u32 (answer + 4, router->epoch_s);
  return 8;
}

static gboolean
pcp_cb (int          fd,
        GIOCondition condition,
        gpointer     user_data)
{
  Router *router = user_data;
  guint8 request[1100] = { 0 }, answer[1100];
  struct sockaddr_storage from;
  socklen_t n_from = sizeof from;
  ssize_t n = recvfrom (fd, request, sizeof request, 0, (struct sockaddr *) &from, &n_from);
  gsize n_answer;

  if (n < 2)
    return G_SOURCE_CONTINUE;
  router->n_pcp++;
  if (router->pcp == PCP_SILENT)
    return G_SOURCE_CONTINUE;
  if (router->pcp == PCP_RUBBISH)
    {
      memset (answer, 0xff, sizeof answer);
      n_answer = sizeof answer;
    }
  else if (request[0] == 0)
    n_answer = answer_nat_pmp (router, request, answer);
  else if (router->pcp == PCP_NAT_PMP)
    n_answer = answer_unsupported (router, answer);
  else
    n_answer = answer_pcp (router, request, answer);
  /* Wrong nonces are all this one has. */
  if (router->pcp == PCP_WRONG_NONCE && request[0] == 0)
    return G_SOURCE_CONTINUE;
  if (router->pcp == PCP_ELSEWHERE)
    fd = ((Private *) router)->other_fd;
  sendto (fd, answer, n_answer, 0, (struct sockaddr *) &from, n_from);
  return G_SOURCE_CONTINUE;
}

void
router_announce (Router *router)
{
  Private *self = (Private *) router;
  struct sockaddr_in group = { .sin_family = AF_INET, .sin_port = htons (router->ssdp_port) };
  struct ip_mreqn out = { .imr_ifindex = (int) if_nametoindex ("lo") };
  const int on = 1;
  guint8 bytes[12] = { 0, 0x80 };

  inet_pton (AF_INET, "224.0.0.1", &group.sin_addr);
  inet_pton (AF_INET, ROUTER_ADDRESS, &out.imr_address);
  inet_pton (AF_INET, ROUTER_EXTERNAL, bytes + 8);
  bt_write_u32 (bytes + 4, router->epoch_s);
  setsockopt (self->answer_fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out);
  setsockopt (self->answer_fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on);
  g_assert_cmpint (sendto (self->answer_fd, bytes, sizeof bytes, 0, (struct sockaddr *) &group,
                           sizeof group), ==, sizeof bytes);
}

/* --- UPnP --- */

static gboolean
ssdp_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  Private *self = user_data;
  char request[1500];
  struct sockaddr_in from;
  socklen_t n_from = sizeof from;
  gboolean is_elsewhere = self->router.igd == IGD_LOCATED_ELSEWHERE;
  g_autofree char *answer = NULL;

  if (recvfrom (fd, request, sizeof request, 0, (struct sockaddr *) &from, &n_from) < 8 ||
      memcmp (request, "M-SEARCH", 8) != 0 || self->router.igd == IGD_NONE)
    return G_SOURCE_CONTINUE;
  answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: http://%s:%u/root.xml\r\n\r\n",
                            is_elsewhere ? ROUTER_OTHER : ROUTER_ADDRESS,
                            is_elsewhere ? babbler_get_port (self->other)
                            : self->babbler != NULL ? babbler_get_port (self->babbler)
                                                    : self->http_port);
  sendto (self->answer_fd, answer, strlen (answer), 0, (struct sockaddr *) &from, n_from);
  return G_SOURCE_CONTINUE;
}

static void
more_cb (SoupServerMessage *message,
         gpointer           user_data)
{
  Private *self = user_data;
  g_autofree char *chunk = g_strnfill (CHUNK_BYTES, ' ');

  self->router.n_bytes += CHUNK_BYTES;
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY,
                            chunk, CHUNK_BYTES);
  soup_server_message_unpause (message);
}

static void
answer_endless (Private           *self,
                SoupServerMessage *message)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (more_cb), self);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC,
                            "<root>", 6);
}

static void
answer_text (SoupServerMessage *message,
             guint              status,
             const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/xml", SOUP_MEMORY_COPY, text, strlen (text));
}

#define SERVICE(type, url)                                                                         \
  "<service><serviceType>urn:schemas-upnp-org:service:" type "</serviceType><controlURL>" url      \
  "</controlURL></service>"

static char *
make_description (Private *self)
{
  static const struct
  {
    IgdManner   igd;
    const char *before;    /* the good service */
    guint       n_before;  /* so often */
  } kinds[] = {
    { IGD_DEEP, "<a>", 5000 },
    { IGD_MANY, SERVICE ("WANIPConnection:3", "/control"), 65535 },
    { IGD_SOME, SERVICE ("Layer3Forwarding:1", "/control"), 400 },
  };
  GString *text = g_string_new ("<?xml version=\"1.0\"?>");

  if (self->router.igd == IGD_BOMB)
    g_string_append (text, "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaaaaaaaa\">"
                           "<!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
                           "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>");
  g_string_append (text, "<root><device><serviceList>");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint j = 0; self->router.igd == kinds[i].igd && j < kinds[i].n_before; j++)
      g_string_append (text, kinds[i].before);
  if (self->router.igd == IGD_ELSEWHERE)
    g_string_append_printf (text, SERVICE ("WANIPConnection:1", "http://%s:%u/control"),
                            ROUTER_OTHER, babbler_get_port (self->other));
  else if (self->router.igd == IGD_BOMB)
    g_string_append (text, SERVICE ("WANIPConnection:1", "/control&c;"));
  else
    g_string_append (text, SERVICE ("WANIPConnection:1", "/control"));
  g_string_append (text, "</serviceList></device></root>");
  return g_string_free (text, FALSE);
}

static void
describe_cb (SoupServer        *server,
             SoupServerMessage *message,
             const char        *path,
             GHashTable        *query,
             gpointer           user_data)
{
  Private *self = user_data;
  Router *router = &self->router;
  g_autofree char *text = NULL;

  router->n_http++;
  if (router->igd == IGD_SILENT)
    {
      soup_server_message_pause (message);
      return;
    }
  if (router->igd == IGD_ENDLESS)
    {
      answer_endless (self, message);
      return;
    }
  if (router->igd == IGD_REDIRECTS)
    {
      text = g_strdup_printf ("http://%s:%u/root.xml", ROUTER_OTHER,
                              babbler_get_port (self->other));
      soup_server_message_set_redirect (message, 302, text);
      return;
    }
  text = make_description (self);
  answer_text (message, 200, router->igd == IGD_RUBBISH ? "rubbish" : text);
}

static char *
get_argument (const char *text,
              const char *name)
{
  g_autofree char *open = g_strdup_printf ("<%s>", name);
  const char *at = strstr (text, open);

  if (at == NULL)
    return g_strdup ("");
  at += strlen (open);
  return g_strndup (at, (gsize) (strchr (at, '<') - at));
}

static guint
get_number (const char *text,
            const char *name)
{
  g_autofree char *value = get_argument (text, name);

  return (guint) strtoul (value, NULL, 10);
}

/* Returns the error; 0: none. */
static guint
add_mapping (Router     *router,
             const char *text)
{
  g_autofree char *protocol = get_argument (text, "NewProtocol");
  g_autofree char *client = get_argument (text, "NewInternalClient");
  gboolean is_udp = g_str_equal (protocol, "UDP");
  guint16 port = (guint16) get_number (text, "NewExternalPort");
  guint lease_s = get_number (text, "NewLeaseDuration");

  if (router->igd == IGD_REFUSES)
    return 606;
  if (router->igd == IGD_PERMANENT && lease_s != 0)
    return 725;
  if (router->igd == IGD_TAKEN || port == (is_udp ? router->taken_udp_port : router->taken_port))
    return 718;
  if (is_udp)
    router->udp_port = port;
  else
    router->tcp_port = port;
  router->internal_port = (guint16) get_number (text, "NewInternalPort");
  router->lease_s = lease_s;
  g_strlcpy (router->client, client, sizeof router->client);
  return 0;
}

static void
delete_mapping (Router     *router,
                const char *text)
{
  g_autofree char *protocol = get_argument (text, "NewProtocol");
  guint16 *port = g_str_equal (protocol, "UDP") ? &router->udp_port : &router->tcp_port;

  if (*port == get_number (text, "NewExternalPort"))
    *port = 0;
}

static void
control_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  Private *self = user_data;
  Router *router = &self->router;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (body, &n_bytes);
  g_autofree char *text = g_strndup (bytes, n_bytes);
  g_autofree char *result = g_strdup ("");
  g_autofree char *answer = NULL;
  guint error = 0;

  router->n_http++;
  if (router->igd == IGD_NONE)
    {
      soup_server_message_pause (message);
      return;
    }
  if (router->igd == IGD_ENDLESS_CALL)
    {
      answer_endless (self, message);
      return;
    }
  if (strstr (text, "<u:GetExternalIPAddress ") != NULL)
    {
      g_free (result);
      result = g_strdup_printf ("<NewExternalIPAddress>%s</NewExternalIPAddress>",
                                router->igd == IGD_NO_ADDRESS ? "0.0.0.0" : ROUTER_EXTERNAL);
    }
  else if (strstr (text, "<u:AddPortMapping ") != NULL)
    error = add_mapping (router, text);
  else
    delete_mapping (router, text);
  if (error != 0)
    {
      g_free (result);
      result = g_strdup_printf ("<s:Fault><detail><UPnPError><errorCode>%u</errorCode></UPnPError>"
                                "</detail></s:Fault>", error);
    }
  answer = g_strdup_printf ("<s:Envelope xmlns:s=\"x\"><s:Body>%s</s:Body></s:Envelope>", result);
  answer_text (message, error != 0 ? 500 : 200, answer);
}

/* --- Life --- */

/* The port stays taken, but is closed for all others. */
static void
talk_to_nobody (int fd)
{
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons (9) };

  inet_pton (AF_INET, ROUTER_ADDRESS, &sa.sin_addr);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &sa, sizeof sa), ==, 0);
}

static GSource *
watch (int                fd,
       GUnixFDSourceFunc  func,
       gpointer           user_data)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN);

  g_source_set_callback (source, G_SOURCE_FUNC (func), user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static void
join (int fd)
{
  struct ip_mreqn group = { .imr_ifindex = (int) if_nametoindex ("lo") };

  inet_pton (AF_INET, "239.255.255.250", &group.imr_multiaddr);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), ==, 0);
}

static guint16
serve (Private *self)
{
  g_autoptr (GInetAddress) ip = g_inet_address_new_from_string (ROUTER_ADDRESS);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (ip, 0);
  g_autoptr (GError) error = NULL;
  GSList *uris;
  guint16 port;

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, "/root.xml", describe_cb, self, NULL);
  soup_server_add_handler (self->server, "/control", control_cb, self, NULL);
  soup_server_listen (self->server, address, 0, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return port;
}

static const struct
{
  IgdManner   igd;
  const char *first;
  const char *more;
} babbles[] = {
  { IGD_HEADS, "HTTP/1.1 200 OK\r\n", "X-Babble: babble, babble, babble, babble\r\n" },
  { IGD_HEAD, "HTTP/1.1 200 OK\r\nX-Babble: ", "babble, " },
  { IGD_CONTINUES, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" },
};

Router *
router_new (PcpManner pcp,
            IgdManner igd)
{
  Private *self = g_new0 (Private, 1);

  self->router.pcp = pcp;
  self->router.igd = igd;
  self->pcp_fd = pcp == PCP_IPV6 ? open_udp6 () : open_udp (ROUTER_ADDRESS, 0);
  self->router.pcp_port = get_port (self->pcp_fd);
  if (pcp == PCP_CLOSED)
    talk_to_nobody (self->pcp_fd);
  else
    self->sources[0] = watch (self->pcp_fd, pcp_cb, self);
  /* The port is ours alone at this address, and so it is in the group. */
  self->answer_fd = open_udp (ROUTER_ADDRESS, 0);
  self->router.ssdp_port = get_port (self->answer_fd);
  self->ssdp_fd = open_udp ("239.255.255.250", self->router.ssdp_port);
  join (self->ssdp_fd);
  self->sources[1] = watch (self->ssdp_fd, ssdp_cb, self);
  self->http_port = serve (self);
  self->other_fd = open_udp (ROUTER_OTHER, 0);
  self->other = babbler_new (ROUTER_OTHER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                             NULL);
  for (guint i = 0; i < G_N_ELEMENTS (babbles); i++)
    if (babbles[i].igd == igd)
      self->babbler = babbler_new (ROUTER_ADDRESS, babbles[i].first, babbles[i].more);
  return &self->router;
}

void
router_free (Router *router)
{
  Private *self = (Private *) router;

  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    if (self->sources[i] != NULL)
      {
        g_source_destroy (self->sources[i]);
        g_source_unref (self->sources[i]);
      }
  close (self->pcp_fd);
  close (self->ssdp_fd);
  close (self->answer_fd);
  close (self->other_fd);
  babbler_free (self->other);
  babbler_free (self->babbler);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_free (self);
}

void
router_look (Router *router)
{
  Private *self = (Private *) router;

  if (self->babbler != NULL)
    router->n_bytes = babbler_get_n_bytes (self->babbler);
  router->n_elsewhere = babbler_get_n_callers (self->other);
}
