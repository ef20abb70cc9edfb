/* test-pinholes.c - a firewall of IPv6 that is made up, at ::1, and is asked by UPnP to let others in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-igd-client.h"

#include <glib-unix.h>
#include <libsoup/soup.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_US (20 * G_USEC_PER_SEC)
#define PORT    51413
#define SERVICE "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"

/* What the firewall says to AddPinhole, of TCP and of UDP. */
typedef struct
{
  const char *name;
  guint       errors[2];   /* 0: none */
  gboolean    is_nameless; /* its pinholes have no number */
  BtMapFault  fault;       /* NONE: it is mapped */
  gboolean    has_udp;
  guint       n_deleted;   /* when it is taken back */
} Case;

static const Case cases[] = {
  { "good", { 0, 0 }, FALSE, BT_MAP_FAULT_NONE, TRUE, 2 },
  { "tcp-alone", { 0, 606 }, FALSE, BT_MAP_FAULT_NONE, FALSE, 1 },
  { "no-firewall", { 702, 702 }, FALSE, BT_MAP_FAULT_NONE, TRUE, 0 },
  { "not-allowed", { 703, 703 }, FALSE, BT_MAP_FAULT_REFUSED, FALSE, 0 },
  { "full", { 701, 701 }, FALSE, BT_MAP_FAULT_NO_RESOURCES, FALSE, 0 },
  { "conflict", { 718, 718 }, FALSE, BT_MAP_FAULT_REFUSED, FALSE, 0 },
  { "nameless", { 0, 0 }, TRUE, BT_MAP_FAULT_REFUSED, FALSE, 0 },
};

typedef struct
{
  const Case   *c;
  GMainContext *context;
  BtPoller     *poller;
  BtClock      *clock;
  BtIgdClient  *client;
  SoupServer   *server;
  GSource      *ssdp_source;
  int           ssdp_fd;
  guint16       http_port;
  guint         n_added;
  guint         n_deleted;
  guint         deleted[8];
  guint         n_told;
  gboolean      is_mapped;
  BtMapping     mapping;
  BtMapFault    fault;
} Fixture;

static gboolean
ssdp_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  Fixture *fixture = user_data;
  g_autofree char *answer = NULL;
  char request[1500] = { 0 };
  struct sockaddr_in6 from;
  socklen_t n_from = sizeof from;

  g_assert_cmpint (recvfrom (fd, request, sizeof request - 1, 0, (struct sockaddr *) &from,
                             &n_from), >, 8);
  answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nLOCATION: http://[::1]:%u/root.xml\r\n\r\n",
                            fixture->http_port);
  sendto (fd, answer, strlen (answer), 0, (struct sockaddr *) &from, n_from);
  return G_SOURCE_CONTINUE;
}

static void
answer_text (SoupServerMessage *message,
             guint              status,
             const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/xml", SOUP_MEMORY_COPY, text, strlen (text));
}

/* The service of IPv4 is not to be used from here. */
static void
describe_cb (SoupServer        *server,
             SoupServerMessage *message,
             const char        *path,
             GHashTable        *query,
             gpointer           user_data)
{
  answer_text (message, 200,
               "<root><serviceList><service><serviceType>"
               "urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/other"
               "</controlURL></service><service><serviceType>" SERVICE "</serviceType><controlURL>"
               "/control</controlURL></service></serviceList></root>");
}

static gboolean
says (const char *text,
      const char *name,
      const char *value)
{
  g_autofree char *element = g_strdup_printf ("<%s>%s</%s>", name, value, name);

  return strstr (text, element) != NULL;
}

/* Returns what stands in the body of the answer. */
static char *
add (Fixture    *fixture,
     const char *text,
     guint      *out_error)
{
  gboolean is_udp = says (text, "Protocol", "17");

  g_assert_true (is_udp || says (text, "Protocol", "6"));
  g_assert_true (says (text, "InternalClient", "::1"));
  g_assert_true (says (text, "InternalPort", G_STRINGIFY (PORT)));
  g_assert_true (says (text, "RemoteHost", ""));
  g_assert_true (says (text, "RemotePort", "0"));
  g_assert_true (says (text, "LeaseTime", "3600"));
  fixture->n_added++;
  *out_error = fixture->c->errors[is_udp];
  return fixture->c->is_nameless ? g_strdup ("")
                                 : g_strdup_printf ("<UniqueID>%u</UniqueID>", 40 + is_udp);
}

static void
control_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (body, &n_bytes);
  g_autofree char *text = g_strndup (bytes, n_bytes);
  g_autofree char *result = NULL;
  g_autofree char *answer = NULL;
  guint error = 0;

  g_assert_cmpstr (path, ==, "/control");
  if (strstr (text, "<u:AddPinhole xmlns:u=\"" SERVICE "\">") != NULL)
    result = add (fixture, text, &error);
  else
    {
      g_assert_nonnull (strstr (text, "<u:DeletePinhole "));
      g_assert_cmpuint (fixture->n_deleted, <, G_N_ELEMENTS (fixture->deleted));
      fixture->deleted[fixture->n_deleted++] = says (text, "UniqueID", "40") ? 40
                                               : says (text, "UniqueID", "41") ? 41 : 0;
    }
  if (error != 0)
    {
      g_free (result);
      result = g_strdup_printf ("<s:Fault><errorCode>%u</errorCode></s:Fault>", error);
    }
  answer = g_strdup_printf ("<s:Envelope xmlns:s=\"x\"><s:Body>%s</s:Body></s:Envelope>",
                            result != NULL ? result : "");
  answer_text (message, error != 0 ? 500 : 200, answer);
}

static void
told_cb (const BtMapping *mapping,
         BtMapFault       fault,
         gpointer         user_data)
{
  Fixture *fixture = user_data;

  fixture->n_told++;
  fixture->is_mapped = mapping != NULL;
  if (mapping != NULL)
    fixture->mapping = *mapping;
  fixture->fault = fault;
}

static void
serve (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, "/root.xml", describe_cb, fixture, NULL);
  soup_server_add_handler (fixture->server, NULL, control_cb, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV6_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  fixture->http_port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

/* FALSE: no IPv6 here. */
static gboolean
begin (Fixture    *fixture,
       const Case *c)
{
  BtGateway gateway = { .interface = if_nametoindex ("lo") };
  struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
  socklen_t n_sa = sizeof sa;
  BtAddress group;

  *fixture = (Fixture) { .c = c };
  fixture->ssdp_fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fixture->ssdp_fd < 0 || bind (fixture->ssdp_fd, (struct sockaddr *) &sa, sizeof sa) != 0)
    return FALSE;
  getsockname (fixture->ssdp_fd, (struct sockaddr *) &sa, &n_sa);
  bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &group);
  gateway.address = gateway.local = group;
  gateway.address.port = gateway.local.port = 0;

  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->poller = bt_poller_new (fixture->context, NULL);
  fixture->clock = bt_clock_new_manual (fixture->context, BT_SECOND_US);
  fixture->ssdp_source = g_unix_fd_source_new (fixture->ssdp_fd, G_IO_IN);
  g_source_set_callback (fixture->ssdp_source, G_SOURCE_FUNC (ssdp_cb), fixture, NULL);
  g_source_attach (fixture->ssdp_source, fixture->context);
  serve (fixture);
  fixture->client = bt_igd_client_new (fixture->poller, fixture->clock, &gateway, PORT, &group,
                                       told_cb, fixture);
  g_assert_nonnull (fixture->client);
  return TRUE;
}

static void
end (Fixture *fixture)
{
  bt_igd_client_free (fixture->client);
  g_source_destroy (fixture->ssdp_source);
  g_source_unref (fixture->ssdp_source);
  close (fixture->ssdp_fd);
  soup_server_disconnect (fixture->server);
  g_object_unref (fixture->server);
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
  bt_clock_free (fixture->clock);
  bt_poller_free (fixture->poller);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static void
wait_told (Fixture *fixture,
           guint    n_told)
{
  gint64 end_us = g_get_monotonic_time () + WAIT_US;

  while (fixture->n_told < n_told)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
      g_main_context_iteration (fixture->context, TRUE);
    }
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  Fixture fixture;

  if (!begin (&fixture, c))
    {
      g_test_skip ("no IPv6");
      return;
    }
  bt_igd_client_ask (fixture.client, 40123);
  wait_told (&fixture, 1);
  g_assert_cmpint (fixture.is_mapped, ==, c->fault == BT_MAP_FAULT_NONE);
  g_assert_cmpint (fixture.fault, ==, c->fault);
  if (fixture.is_mapped)
    {
      g_assert_cmpint (fixture.mapping.method, ==, BT_MAP_BY_UPNP);
      g_assert_cmpuint (fixture.mapping.port, ==, PORT);
      g_assert_cmpuint (fixture.mapping.udp_port, ==, c->has_udp ? PORT : 0);
      g_assert_cmpuint (fixture.mapping.lifetime_s, ==, BT_IGD_CLIENT_LEASE_S);
      g_assert_true (bt_address_is_loopback (&fixture.mapping.external));
      /* Again, without looking for the firewall, and with the same port. */
      g_source_destroy (fixture.ssdp_source);
      fixture.n_added = 0;
      bt_igd_client_ask (fixture.client, PORT);
      wait_told (&fixture, 2);
      g_assert_true (fixture.is_mapped);
      g_assert_cmpuint (fixture.n_added, ==, c->errors[0] == 0 ? 2 : 1);
    }
  g_assert_cmpint (bt_igd_client_release (fixture.client), ==, c->n_deleted > 0);
  if (c->n_deleted > 0)
    wait_told (&fixture, 3);
  g_assert_cmpuint (fixture.n_deleted, ==, c->n_deleted);
  for (guint i = 0; i < c->n_deleted; i++)
    g_assert_cmpuint (fixture.deleted[i], ==, 40 + i);
  end (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/discovery/pinholes/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
