/* test-port-map.c - a port mapped by routers that are made up, good ones and bad ones, on the loopback
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "router.h"

#include "discovery/bt-port-map.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_US   (20 * G_USEC_PER_SEC)
#define STEP_US   (250 * BT_MILLISECOND_US)   /* of the clock that is made up */
#define PORT      51413

typedef struct
{
  GMainContext   *context;
  BtPoller       *poller;
  BtClock        *clock;
  Router         *router;
  BtPortMap      *map;
  guint           n_told;
  gboolean        is_closed;
  BtPortMapFacts  facts;
} Fixture;

static void
told_cb (gpointer user_data)
{
  ((Fixture *) user_data)->n_told++;
}

static void
closed_cb (gpointer user_data)
{
  ((Fixture *) user_data)->is_closed = TRUE;
}

static void
begin (Fixture   *fixture,
       PcpManner  pcp,
       IgdManner  igd)
{
  BtPortMapConfig config = { .port = PORT, .use_ipv4 = pcp != PCP_IPV6,
                             .use_ipv6 = pcp == PCP_IPV6, .list = router_list };

  memset (fixture, 0, sizeof *fixture);
  router_set_listed (TRUE);
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->poller = bt_poller_new (fixture->context, NULL);
  fixture->clock = bt_clock_new_manual (fixture->context, BT_SECOND_US);
  fixture->router = router_new (pcp, igd);
  fixture->router->epoch_s = 1000;
  config.pcp_port = fixture->router->pcp_port;
  config.ssdp_port = fixture->router->ssdp_port;
  config.announce_port = fixture->router->ssdp_port;
  fixture->map = bt_port_map_new (fixture->poller, fixture->clock, &config, told_cb, fixture);
}

static void
end (Fixture *fixture)
{
  bt_port_map_free (fixture->map);
  router_free (fixture->router);
  /* What libsoup still holds. */
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
  bt_clock_free (fixture->clock);
  bt_poller_free (fixture->poller);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static void
turn (Fixture *fixture)
{
  for (guint i = 0; i < 50 && g_main_context_iteration (fixture->context, FALSE); i++)
    ;
  bt_port_map_get_facts (fixture->map, BT_FAMILY_IPV4, &fixture->facts);
}

typedef gboolean (*Condition) (Fixture *fixture);

/* Lets everything happen that needs no time, then moves the clock on by a little. The router answers within a turn or
 * few: it runs in this very thread. */
static void
wait_until (Fixture   *fixture,
            Condition  is_true)
{
  gint64 end_us = g_get_monotonic_time () + WAIT_US;

  for (guint i = 1; g_get_monotonic_time () < end_us; i++)
    {
      turn (fixture);
      if (is_true (fixture))
        return;
      if (i % 50 == 0)
        bt_clock_advance (fixture->clock, STEP_US);
      else
        g_usleep (50);
    }
  g_assert_not_reached ();
}

/* Runs for so long by the clock that is made up. */
static void
run_for (Fixture *fixture,
         gint64   for_us)
{
  for (gint64 gone_us = 0; gone_us < for_us; gone_us += STEP_US)
    {
      bt_clock_advance (fixture->clock, STEP_US);
      for (guint i = 0; i < 4; i++)
        turn (fixture);
    }
}

static gboolean
is_mapped (Fixture *fixture)
{
  return fixture->facts.state == BT_PORT_MAP_MAPPED;
}

static gboolean
has_failed (Fixture *fixture)
{
  return fixture->facts.state == BT_PORT_MAP_SILENT || fixture->facts.state == BT_PORT_MAP_REFUSED;
}

static gboolean
is_closed (Fixture *fixture)
{
  return fixture->is_closed;
}

static void
assert_mapped (Fixture     *fixture,
               BtMapMethod  method,
               guint16      port,
               guint16      udp_port)
{
  const BtMapping *mapping = &fixture->facts.mapping;
  char text[BT_ADDRESS_STRING_BYTES];

  g_assert_cmpint (mapping->method, ==, method);
  g_assert_cmpuint (mapping->port, ==, port);
  g_assert_cmpuint (mapping->udp_port, ==, udp_port);
  g_assert_cmpstr (bt_address_ip_to_string (&mapping->external, text), ==, ROUTER_EXTERNAL);
  g_assert_cmpuint (fixture->router->tcp_port, ==, port);
  g_assert_cmpuint (fixture->router->udp_port, ==, udp_port);
  g_assert_cmpuint (fixture->router->internal_port, ==, PORT);
  g_assert_cmpuint (fixture->facts.n_gateways, ==, 1);
  g_assert_cmpuint (fixture->n_told, >, 0);
}

/* --- By each way, and taken back --- */

static const struct
{
  const char  *name;
  PcpManner    pcp;
  IgdManner    igd;
  BtMapMethod  method;   /* NONE: it fails */
  BtMapFault   fault;
} cases[] = {
  { "pcp", PCP_GOOD, IGD_NONE, BT_MAP_BY_PCP },
  { "pcp-first", PCP_GOOD, IGD_GOOD, BT_MAP_BY_PCP },
  { "nat-pmp", PCP_NAT_PMP, IGD_NONE, BT_MAP_BY_NAT_PMP },
  { "upnp", PCP_CLOSED, IGD_GOOD, BT_MAP_BY_UPNP },
  { "upnp-after-silence", PCP_SILENT, IGD_GOOD, BT_MAP_BY_UPNP },
  { "upnp-after-refusal", PCP_REFUSES, IGD_GOOD, BT_MAP_BY_UPNP },
  { "upnp-after-rubbish", PCP_RUBBISH, IGD_GOOD, BT_MAP_BY_UPNP },
  { "upnp-permanent", PCP_CLOSED, IGD_PERMANENT, BT_MAP_BY_UPNP },
  { "nobody", PCP_CLOSED, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "silent", PCP_SILENT, IGD_SILENT, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "wrong-nonce", PCP_WRONG_NONCE, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "rubbish", PCP_RUBBISH, IGD_RUBBISH, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "refused", PCP_REFUSES, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_REFUSED },
  { "full", PCP_FULL, IGD_REFUSES, BT_MAP_BY_NONE, BT_MAP_FAULT_NO_RESOURCES },
  { "upnp-refuses", PCP_CLOSED, IGD_REFUSES, BT_MAP_BY_NONE, BT_MAP_FAULT_REFUSED },
  { "upnp-taken", PCP_CLOSED, IGD_TAKEN, BT_MAP_BY_NONE, BT_MAP_FAULT_TAKEN },
  { "upnp-not-connected", PCP_CLOSED, IGD_NO_ADDRESS, BT_MAP_BY_NONE, BT_MAP_FAULT_NO_NETWORK },
  { "upnp-endless", PCP_CLOSED, IGD_ENDLESS, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-endless-call", PCP_CLOSED, IGD_ENDLESS_CALL, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-bomb", PCP_CLOSED, IGD_BOMB, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "upnp-elsewhere", PCP_CLOSED, IGD_ELSEWHERE, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "port-zero", PCP_PORT_ZERO, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "no-time", PCP_NO_TIME, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "from-elsewhere", PCP_ELSEWHERE, IGD_NONE, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-deep", PCP_CLOSED, IGD_DEEP, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "upnp-many", PCP_CLOSED, IGD_MANY, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-some", PCP_CLOSED, IGD_SOME, BT_MAP_BY_UPNP },
  { "upnp-redirects", PCP_CLOSED, IGD_REDIRECTS, BT_MAP_BY_NONE, BT_MAP_FAULT_RUBBISH },
  { "upnp-located-elsewhere", PCP_CLOSED, IGD_LOCATED_ELSEWHERE, BT_MAP_BY_NONE,
    BT_MAP_FAULT_SILENT },
  { "upnp-heads", PCP_CLOSED, IGD_HEADS, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-head", PCP_CLOSED, IGD_HEAD, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
  { "upnp-continues", PCP_CLOSED, IGD_CONTINUES, BT_MAP_BY_NONE, BT_MAP_FAULT_SILENT },
};

static void
test_case (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  Fixture fixture;

  begin (&fixture, cases[i].pcp, cases[i].igd);
  turn (&fixture);
  g_assert_cmpint (fixture.facts.state, !=, BT_PORT_MAP_MAPPED);
  if (cases[i].method != BT_MAP_BY_NONE)
    {
      wait_until (&fixture, is_mapped);
      assert_mapped (&fixture, cases[i].method, PORT, PORT);
      g_assert_cmpint (fixture.facts.fault, ==, BT_MAP_FAULT_NONE);
    }
  else
    {
      wait_until (&fixture, has_failed);
      g_assert_cmpint (fixture.facts.fault, ==, cases[i].fault);
      g_assert_cmpint (fixture.facts.state, ==,
                       cases[i].fault == BT_MAP_FAULT_SILENT ? BT_PORT_MAP_SILENT
                                                             : BT_PORT_MAP_REFUSED);
      g_assert_cmpuint (fixture.router->tcp_port, ==, 0);
    }
  if (cases[i].method == BT_MAP_BY_UPNP)
    {
      g_assert_cmpstr (fixture.router->client, ==, "127.0.0.1");
      g_assert_cmpuint (fixture.router->lease_s, ==, cases[i].igd == IGD_PERMANENT ? 0 : 3600);
      g_assert_cmpint (fixture.facts.until_us == G_MAXINT64, ==, cases[i].igd == IGD_PERMANENT);
    }
  router_look (fixture.router);
  g_assert_cmpuint (fixture.router->n_elsewhere, ==, 0);
  g_test_message ("%" G_GUINT64_FORMAT " bytes", fixture.router->n_bytes);
  /* What has no end is not read on: what the kernel holds on its way is no more than a few megabytes. */
  g_assert_cmpuint (fixture.router->n_bytes, <, 32 * 1024 * 1024);

  bt_port_map_close_async (fixture.map, closed_cb, &fixture);
  g_assert_false (fixture.is_closed);
  wait_until (&fixture, is_closed);
  g_assert_cmpuint (fixture.router->tcp_port, ==, 0);
  g_assert_cmpuint (fixture.router->udp_port, ==, 0);
  end (&fixture);
}

/* --- Other ports --- */

/* What the router gives is what counts. */
static void
test_other_port (void)
{
  static const PcpManner manners[] = { PCP_GOOD, PCP_NAT_PMP };

  for (guint i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      Fixture fixture;

      begin (&fixture, manners[i], IGD_NONE);
      fixture.router->external_port = 40123;
      wait_until (&fixture, is_mapped);
      assert_mapped (&fixture, i == 0 ? BT_MAP_BY_PCP : BT_MAP_BY_NAT_PMP, 40123, 40123);
      end (&fixture);
    }
}

static void
test_no_udp (void)
{
  Fixture fixture;

  begin (&fixture, PCP_NO_UDP, IGD_NONE);
  wait_until (&fixture, is_mapped);
  assert_mapped (&fixture, BT_MAP_BY_PCP, PORT, 0);
  end (&fixture);
}

/* A port that is taken, for TCP or for UDP alone, is followed by another that is free for both. */
static void
test_taken (void)
{
  for (guint i = 0; i < 2; i++)
    {
      Fixture fixture;
      guint16 port;

      begin (&fixture, PCP_CLOSED, IGD_GOOD);
      *(i == 0 ? &fixture.router->taken_port : &fixture.router->taken_udp_port) = PORT;
      wait_until (&fixture, is_mapped);
      port = fixture.facts.mapping.port;
      g_assert_cmpuint (port, !=, PORT);
      assert_mapped (&fixture, BT_MAP_BY_UPNP, port, port);
      end (&fixture);
    }
}

static gboolean
is_mapped6 (Fixture *fixture)
{
  bt_port_map_get_facts (fixture->map, BT_FAMILY_IPV6, &fixture->facts);
  return is_mapped (fixture);
}

/* The firewall is opened, and that is all there is to it. */
static void
test_ipv6 (void)
{
  Fixture fixture;
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };

  if (fd < 0 || bind (fd, (struct sockaddr *) &sa, sizeof sa) != 0)
    {
      g_test_skip ("no IPv6");
      return;
    }
  close (fd);
  begin (&fixture, PCP_IPV6, IGD_NONE);
  wait_until (&fixture, is_mapped6);
  g_assert_cmpint (fixture.facts.mapping.method, ==, BT_MAP_BY_PCP);
  g_assert_cmpuint (fixture.facts.mapping.port, ==, PORT);
  g_assert_cmpuint (fixture.facts.mapping.udp_port, ==, PORT);
  bt_port_map_get_facts (fixture.map, BT_FAMILY_IPV4, &fixture.facts);
  g_assert_cmpint (fixture.facts.state, ==, BT_PORT_MAP_NO_GATEWAY);
  bt_port_map_close_async (fixture.map, closed_cb, &fixture);
  wait_until (&fixture, is_closed);
  g_assert_cmpuint (fixture.router->tcp_port, ==, 0);
  g_assert_cmpuint (fixture.router->udp_port, ==, 0);
  end (&fixture);
}

/* --- Time --- */

static gboolean
is_renewed (Fixture *fixture)
{
  return fixture->router->n_pcp + fixture->router->n_http > 0;
}

/* At half its lifetime, though a shorter one than was asked for; not before, and with the port that was given. */
static void
test_renewed (void)
{
  static const struct
  {
    PcpManner pcp;
    IgdManner igd;
    guint     lifetime_s;
    guint     quiet_s;
  } ways[] = {
    { PCP_GOOD, IGD_NONE, 60, 29 },
    { PCP_NAT_PMP, IGD_NONE, 60, 29 },
    { PCP_CLOSED, IGD_GOOD, 0, 590 },
    { PCP_GOOD, IGD_NONE, 1, 4 },
    { PCP_GOOD, IGD_NONE, G_MAXUINT32, 590 },
    { PCP_NAT_PMP, IGD_NONE, G_MAXUINT32, 590 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      Fixture fixture;

      begin (&fixture, ways[i].pcp, ways[i].igd);
      fixture.router->lifetime_s = ways[i].lifetime_s;
      fixture.router->external_port = 40123;
      wait_until (&fixture, is_mapped);
      fixture.router->n_pcp = fixture.router->n_http = 0;
      run_for (&fixture, ways[i].quiet_s * BT_SECOND_US);
      g_assert_cmpuint (fixture.router->n_pcp + fixture.router->n_http, ==, 0);
      wait_until (&fixture, is_renewed);
      wait_until (&fixture, is_mapped);
      end (&fixture);
    }
}

static gboolean
is_unmapped (Fixture *fixture)
{
  return fixture->facts.state != BT_PORT_MAP_MAPPED;
}

/* A router that falls silent: what it mapped stands until its time is over, and it is asked again until it is back. */
static void
test_vanishes (void)
{
  Fixture fixture;
  gint64 until_us;

  begin (&fixture, PCP_GOOD, IGD_NONE);
  fixture.router->lifetime_s = 60;
  wait_until (&fixture, is_mapped);
  until_us = fixture.facts.until_us;
  fixture.router->pcp = PCP_SILENT;
  run_for (&fixture, 50 * BT_SECOND_US);
  g_assert_cmpint (fixture.facts.state, ==, BT_PORT_MAP_MAPPED);
  wait_until (&fixture, is_unmapped);
  g_assert_cmpint (bt_clock_get_us (fixture.clock), >=, until_us);
  g_assert_cmpint (bt_clock_get_us (fixture.clock), <, until_us + 30 * BT_SECOND_US);
  g_assert_cmpint (fixture.facts.mapping.method, ==, BT_MAP_BY_NONE);
  fixture.router->pcp = PCP_GOOD;
  wait_until (&fixture, is_mapped);
  end (&fixture);
}

/* The same of one that maps for ever: it is not believed for ever. */
static void
test_permanent_vanishes (void)
{
  Fixture fixture;

  begin (&fixture, PCP_CLOSED, IGD_PERMANENT);
  wait_until (&fixture, is_mapped);
  fixture.router->igd = IGD_NONE;
  run_for (&fixture, BT_PORT_MAP_RENEW_US);
  g_assert_cmpint (fixture.facts.state, ==, BT_PORT_MAP_MAPPED);
  run_for (&fixture, BT_PORT_MAP_RENEW_US);
  wait_until (&fixture, is_unmapped);
  fixture.router->igd = IGD_PERMANENT;
  wait_until (&fixture, is_mapped);
  end (&fixture);
}

/* Ever more rarely: a day of a router that refuses costs some dozens of datagrams. */
static void
test_backs_off (void)
{
  Fixture fixture;

  begin (&fixture, PCP_REFUSES, IGD_NONE);
  wait_until (&fixture, has_failed);
  run_for (&fixture, 3600 * BT_SECOND_US);
  fixture.router->n_pcp = 0;
  run_for (&fixture, 2 * 3600 * BT_SECOND_US);
  g_assert_cmpuint (fixture.router->n_pcp, >=, 2);
  g_assert_cmpuint (fixture.router->n_pcp, <=, 16);
  end (&fixture);
}

static gboolean
has_both_ports (Fixture *fixture)
{
  return fixture->router->tcp_port != 0 && fixture->router->udp_port != 0;
}

/* It says that it began anew: asked again at once. What agrees with its clock is let pass. */
static void
test_restarts (void)
{
  Fixture fixture;

  begin (&fixture, PCP_NAT_PMP, IGD_NONE);
  wait_until (&fixture, is_mapped);
  fixture.router->n_pcp = 0;
  router_announce (fixture.router);
  run_for (&fixture, BT_SECOND_US);
  g_assert_cmpuint (fixture.router->n_pcp, ==, 0);
  run_for (&fixture, 20 * BT_SECOND_US);
  fixture.router->tcp_port = fixture.router->udp_port = 0;
  fixture.router->epoch_s = 1;
  router_announce (fixture.router);
  wait_until (&fixture, has_both_ports);
  wait_until (&fixture, is_mapped);
  /* However often it is said. */
  fixture.router->n_pcp = 0;
  for (guint i = 0; i < 20; i++)
    {
      fixture.router->epoch_s = 500 * (i + 1);
      router_announce (fixture.router);
    }
  run_for (&fixture, BT_SECOND_US);
  g_assert_cmpuint (fixture.router->n_pcp, <=, 4);
  /* And for however long: its clock goes back and forth for a minute. */
  fixture.router->n_pcp = 0;
  for (guint i = 0; i < 240; i++)
    {
      fixture.router->epoch_s = i % 2 == 0 ? G_MAXUINT32 - i : i;
      router_announce (fixture.router);
      run_for (&fixture, STEP_US);
    }
  g_assert_cmpuint (fixture.router->n_pcp, >, 0);
  g_assert_cmpuint (fixture.router->n_pcp, <=, 4 * 7);
  g_assert_cmpint (fixture.facts.state, ==, BT_PORT_MAP_MAPPED);
  end (&fixture);
}

/* --- Others --- */

/* Whoever knows the port that we ask from cannot answer in the router's place. */
static void
test_stranger (void)
{
  Fixture fixture;
  struct sockaddr_in from = { .sin_family = AF_INET };
  struct sockaddr_in to = { .sin_family = AF_INET };
  guint8 answer[12] = { 0, 0x80, [7] = 9, 198, 51, 100, 1 };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  inet_pton (AF_INET, "127.0.0.3", &from.sin_addr);
  inet_pton (AF_INET, "127.0.0.1", &to.sin_addr);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &from, sizeof from), ==, 0);
  begin (&fixture, PCP_SILENT, IGD_NONE);
  turn (&fixture);
  /* Every port there is, so that the right one is among them. */
  for (guint port = 1024; port <= G_MAXUINT16; port++)
    {
      to.sin_port = htons ((guint16) port);
      sendto (fd, answer, sizeof answer, 0, (struct sockaddr *) &to, sizeof to);
      if (port % 4096 == 0)
        turn (&fixture);
    }
  wait_until (&fixture, has_failed);
  g_assert_cmpint (fixture.facts.fault, ==, BT_MAP_FAULT_SILENT);
  close (fd);
  end (&fixture);
}

static gboolean
has_no_gateway (Fixture *fixture)
{
  return fixture->facts.state == BT_PORT_MAP_NO_GATEWAY;
}

/* The network goes, comes back, and changes. */
static void
test_network (void)
{
  Fixture fixture;

  begin (&fixture, PCP_GOOD, IGD_NONE);
  wait_until (&fixture, is_mapped);
  router_set_listed (FALSE);
  bt_port_map_refresh (fixture.map);
  turn (&fixture);
  g_assert_true (has_no_gateway (&fixture));
  router_set_listed (TRUE);
  bt_port_map_refresh (fixture.map);
  wait_until (&fixture, is_mapped);
  /* Without being told, it is noticed after a while. */
  router_set_listed (FALSE);
  run_for (&fixture, BT_PORT_MAP_LIST_US);
  g_assert_true (has_no_gateway (&fixture));
  router_set_listed (TRUE);
  wait_until (&fixture, is_mapped);
  /* The router may be another one of the same address. */
  fixture.router->tcp_port = fixture.router->udp_port = 0;
  bt_port_map_refresh (fixture.map);
  wait_until (&fixture, has_both_ports);
  end (&fixture);
}

/* A router that has fallen silent does not hold up who quits. */
static void
test_close_silent (void)
{
  Fixture fixture;
  gint64 began_us;

  begin (&fixture, PCP_GOOD, IGD_NONE);
  wait_until (&fixture, is_mapped);
  fixture.router->pcp = PCP_SILENT;
  began_us = bt_clock_get_us (fixture.clock);
  bt_port_map_close_async (fixture.map, closed_cb, &fixture);
  wait_until (&fixture, is_closed);
  g_assert_cmpint (bt_clock_get_us (fixture.clock) - began_us, <=, BT_PORT_MAP_CLOSE_US + STEP_US);
  end (&fixture);
}

/* Freed in the middle of anything. */
static void
test_free (void)
{
  for (guint i = 0; i < 40; i++)
    {
      Fixture fixture;

      begin (&fixture, PCP_CLOSED, i % 2 == 0 ? IGD_GOOD : IGD_ENDLESS);
      for (guint k = 0; k < i * 10; k++)
        {
          bt_clock_advance (fixture.clock, BT_MILLISECOND_US);
          g_main_context_iteration (fixture.context, FALSE);
        }
      end (&fixture);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/discovery/port-map/case/%s", cases[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/discovery/port-map/other-port", test_other_port);
  g_test_add_func ("/discovery/port-map/no-udp", test_no_udp);
  g_test_add_func ("/discovery/port-map/taken", test_taken);
  g_test_add_func ("/discovery/port-map/ipv6", test_ipv6);
  g_test_add_func ("/discovery/port-map/renewed", test_renewed);
  g_test_add_func ("/discovery/port-map/vanishes", test_vanishes);
  g_test_add_func ("/discovery/port-map/permanent-vanishes", test_permanent_vanishes);
  g_test_add_func ("/discovery/port-map/backs-off", test_backs_off);
  g_test_add_func ("/discovery/port-map/restarts", test_restarts);
  g_test_add_func ("/discovery/port-map/stranger", test_stranger);
  g_test_add_func ("/discovery/port-map/network", test_network);
  g_test_add_func ("/discovery/port-map/close-silent", test_close_silent);
  g_test_add_func ("/discovery/port-map/free", test_free);
  return g_test_run ();
}
