/* test-igd-message.c - the texts of UPnP by which a router is found and asked for a port
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-igd-message.h"

#include <string.h>

#define OK "HTTP/1.1 200 OK\r\n"

static void
test_found (void)
{
  static const struct
  {
    const char *text;
    const char *url;   /* NULL: none */
  } cases[] = {
    { OK "LOCATION: http://192.168.1.1:5000/a.xml\r\n\r\n", "http://192.168.1.1:5000/a.xml" },
    { OK "ST: x\nlocation:http://192.168.1.1/\n\n", "http://192.168.1.1/" },
    /* Elsewhere. */
    { OK "LOCATION: http://192.168.1.2:5000/a.xml\r\n\r\n", NULL },
    { OK "LOCATION: http://router.example/a.xml\r\n\r\n", NULL },
    { OK "LOCATION: http://1.2.3.4/a.xml\r\n\r\n", NULL },
    { OK "LOCATION: http://user@192.168.1.1/a.xml\r\n\r\n", NULL },
    { OK "LOCATION: https://192.168.1.1/a.xml\r\n\r\n", NULL },
    { OK "LOCATION: file://192.168.1.1/etc/passwd\r\n\r\n", NULL },
    { OK "LOCATION: /a.xml\r\n\r\n", NULL },
    { OK "LOCATION:\r\n\r\n", NULL },
    { OK "\r\n", NULL },
    { "HTTP/1.1 404 Not Found\r\nLOCATION: http://192.168.1.1/\r\n\r\n", NULL },
    { "NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/\r\n\r\n", NULL },
    { "", NULL },
  };
  g_autofree char *long_url = g_strnfill (BT_IGD_MAX_URL_BYTES, 'a');
  g_autofree char *long_text = g_strdup_printf (OK "LOCATION: http://192.168.1.1/%s\r\n\r\n",
                                                long_url);
  BtAddress from, far, near;
  char url[BT_IGD_MAX_URL_BYTES];

  bt_address_parse ("192.168.1.1", 1900, &from);
  bt_address_parse ("203.0.113.7", 1900, &far);
  bt_address_parse ("192.168.1.2", 0, &near);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n = strlen (cases[i].text);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (bt_ssdp_parse (cases[i].text, n, &from, &near, url), ==,
                       cases[i].url != NULL);
      if (cases[i].url != NULL)
        g_assert_cmpstr (url, ==, cases[i].url);
    }
  g_assert_false (bt_ssdp_parse (long_text, strlen (long_text), &from, &near, url));
  g_assert_false (bt_ssdp_parse (OK "LOCATION: http://203.0.113.7/\r\n\r\n",
                                 strlen (OK "LOCATION: http://203.0.113.7/\r\n\r\n"), &far, &near,
                                 url));
  /* The rest of an embedded zero is not looked at as if it were text. */
  g_assert_false (bt_ssdp_parse (OK "X: \0LOCATION: http://192.168.1.1/\r\n",
                                 sizeof OK + 40, &from, &near, url));
}

static void
test_search (void)
{
  g_autofree char *text = bt_ssdp_write_search ("upnp:rootdevice", "239.255.255.250:1900");

  g_assert_cmpstr (text, ==, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
                             "MAN: \"ssdp:discover\"\r\nMX: 2\r\nST: upnp:rootdevice\r\n\r\n");
}

#define URL "http://192.168.1.1:5000/d/root.xml"
#define SERVICE(type, control)                                                                  \
  "<service><serviceType>" type "</serviceType><SCPDURL>/x</SCPDURL><controlURL>" control       \
  "</controlURL></service>"
#define WANIP  "urn:schemas-upnp-org:service:WANIPConnection:"
#define WANPPP "urn:schemas-upnp-org:service:WANPPPConnection:"
#define FIREWALL "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"

static void
test_description (void)
{
  static const struct
  {
    const char *text;
    const char *urls;   /* with types' last words; separated by spaces */
  } cases[] = {
    { "<?xml version=\"1.0\"?><root xmlns=\"urn:x\"><device><serviceList>"
      SERVICE (WANIP "1", "/ctl") "</serviceList></device></root>",
      "WANIPConnection:1=http://192.168.1.1:5000/ctl" },
    /* Relative to the description, and to the base, if that is on the same host. */
    { "<root>" SERVICE (WANPPP "1", " ctl ") "</root>",
      "WANPPPConnection:1=http://192.168.1.1:5000/d/ctl" },
    { "<root>" SERVICE (WANIP "1", "ctl") "<URLBase>http://192.168.1.1:80/e/</URLBase></root>",
      "WANIPConnection:1=http://192.168.1.1:80/e/ctl" },
    { "<root><URLBase>http://192.168.1.9/e/</URLBase>" SERVICE (WANIP "1", "ctl") "</root>",
      "WANIPConnection:1=http://192.168.1.1:5000/d/ctl" },
    { "<root>" SERVICE (WANIP "1", "http://192.168.1.1/c?a=1&amp;b=2") "</root>",
      "WANIPConnection:1=http://192.168.1.1/c?a=1&b=2" },
    /* Elsewhere. */
    { "<root>" SERVICE (WANIP "1", "http://192.168.1.2/c") "</root>", "" },
    { "<root>" SERVICE (WANIP "1", "http://example.com/c") "</root>", "" },
    { "<root>" SERVICE (WANIP "1", "file:///etc/passwd") "</root>", "" },
    { "<root>" SERVICE (WANIP "1", "") "</root>", "" },
    /* The best first; others' services are none. */
    { "<root>" SERVICE (WANPPP "1", "/1") SERVICE (WANIP "1", "/2") SERVICE (WANIP "2", "/3")
      SERVICE ("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/4") "</root>",
      "WANIPConnection:2=http://192.168.1.1:5000/3 WANIPConnection:1=http://192.168.1.1:5000/2 "
      "WANPPPConnection:1=http://192.168.1.1:5000/1" },
    { "<root>" SERVICE (WANIP "1", "/1") SERVICE (WANIP "1", "/2") SERVICE (WANIP "1", "/3")
      SERVICE (WANIP "1", "/4") SERVICE (WANIP "1", "/5") "</root>",
      "WANIPConnection:1=http://192.168.1.1:5000/1 WANIPConnection:1=http://192.168.1.1:5000/2 "
      "WANIPConnection:1=http://192.168.1.1:5000/3 WANIPConnection:1=http://192.168.1.1:5000/4" },
    /* Namespaces, bad text, and a bad end. */
    { "<u:root xmlns:u=\"x\"><u:name>M\xfcller</u:name><u:service><u:serviceType>" WANIP "1"
      "</u:serviceType><u:controlURL>/c</u:controlURL></u:service></u:root>",
      "WANIPConnection:1=http://192.168.1.1:5000/c" },
    { "<root>" SERVICE (WANIP "1", "/1") "<oops></root>",
      "WANIPConnection:1=http://192.168.1.1:5000/1" },
    /* Entities of its own, which might grow without end. */
    { "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
      "<root>" SERVICE (WANIP "1", "/&b;") "</root>", "" },
    { "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><root>" SERVICE (WANIP "1", "/c") "</root>",
      "WANIPConnection:1=http://192.168.1.1:5000/c" },
    { "rubbish", "" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtIgdService services[BT_IGD_MAX_SERVICES];
      guint n = bt_igd_parse_description (cases[i].text, strlen (cases[i].text), URL, services);
      g_autoptr (GString) urls = g_string_new (NULL);

      for (guint k = 0; k < n; k++)
        g_string_append_printf (urls, "%s%s=%s", k > 0 ? " " : "",
                                services[k].type + strlen ("urn:schemas-upnp-org:service:"),
                                services[k].url);
      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (urls->str, ==, cases[i].urls);
    }
}

/* From an address of IPv6 another service counts, on this very host. */
static void
test_ipv6 (void)
{
  static const char url[] = "http://[2001:db8:1:2::1]:5000/root.xml";
  static const char search[] = OK "LOCATION: http://[2001:db8:1:2::1]:5000/root.xml\r\n\r\n";
  static const char link[] = OK "LOCATION: http://[fe80::1]:5000/root.xml\r\n\r\n";
  static const char text[] =
    "<root>" SERVICE (WANIP "1", "/c") SERVICE (FIREWALL, "/6")
    SERVICE (FIREWALL, "http://[2001:db8:1:2::9]:5000/6") "</root>";
  static const struct
  {
    const char *from;
    const char *local;
    gboolean    is_good;
  } cases[] = {
    { "2001:db8:1:2::1", "2001:db8:1:2::77", TRUE },
    { "2001:db8:1:3::1", "2001:db8:1:2::77", FALSE },  /* another network */
    { "2001:db8:1:2::9", "2001:db8:1:2::77", FALSE },  /* not whose description it is */
    { "fe80::1", "2001:db8:1:2::77", FALSE },
    { "2001:db8:1:2::1", "192.168.1.2", FALSE },
  };
  BtIgdService services[BT_IGD_MAX_SERVICES];
  char found[BT_IGD_MAX_URL_BYTES];
  BtAddress from, local;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_true (bt_address_parse (cases[i].from, 1900, &from));
      g_assert_true (bt_address_parse (cases[i].local, 0, &local));
      g_assert_cmpint (bt_ssdp_parse (search, strlen (search), &from, &local, found), ==,
                       cases[i].is_good);
      if (cases[i].is_good)
        g_assert_cmpstr (found, ==, url);
      g_assert_false (bt_ssdp_parse (link, strlen (link), &from, &local, found));
    }
  g_assert_cmpuint (bt_igd_parse_description (text, strlen (text), url, services), ==, 1);
  g_assert_cmpstr (services[0].url, ==, "http://[2001:db8:1:2::1]:5000/6");
  g_assert_cmpstr (services[0].type, ==, FIREWALL);
}

static void
test_bounds (void)
{
  g_autoptr (GString) deep = g_string_new (NULL), large = g_string_new ("<root>");
  BtIgdService services[BT_IGD_MAX_SERVICES];

  for (guint i = 0; i < BT_IGD_MAX_DEPTH; i++)
    g_string_append (deep, "<a>");
  g_string_append (deep, SERVICE (WANIP "1", "/c"));
  g_assert_cmpuint (bt_igd_parse_description (deep->str, deep->len, URL, services), ==, 0);
  g_string_erase (deep, 0, 4 * 3);
  g_assert_cmpuint (bt_igd_parse_description (deep->str, deep->len, URL, services), ==, 1);

  g_string_append (large, SERVICE (WANIP "1", "/c"));
  while (large->len < BT_IGD_MAX_TEXT_BYTES)
    g_string_append_c (large, ' ');
  g_assert_cmpuint (bt_igd_parse_description (large->str, large->len, URL, services), ==, 1);
  g_string_append_c (large, ' ');
  g_assert_cmpuint (bt_igd_parse_description (large->str, large->len, URL, services), ==, 0);
}

static void
test_call (void)
{
  const char *const arguments[] = { "NewProtocol", "TCP", "NewRemoteHost", "<&>", NULL };
  g_autofree char *text = bt_igd_write_call (WANIP "1", "Act", arguments);

  g_assert_nonnull (strstr (text, "<s:Body><u:Act xmlns:u=\"" WANIP "1\">"
                                  "<NewProtocol>TCP</NewProtocol>"
                                  "<NewRemoteHost>&lt;&amp;&gt;</NewRemoteHost>"
                                  "</u:Act></s:Body></s:Envelope>"));
}

#define ENVELOPE(body) "<s:Envelope xmlns:s=\"x\"><s:Body>" body "</s:Body></s:Envelope>"

static void
test_answer (void)
{
  static const struct
  {
    const char *text;
    gboolean    is_good;
    guint       error;
    const char *address;
  } cases[] = {
    { ENVELOPE ("<u:AddPortMappingResponse xmlns:u=\"y\"/>"), TRUE, 0, "" },
    { ENVELOPE ("<u:R><NewExternalIPAddress> 203.0.113.7 </NewExternalIPAddress></u:R>"), TRUE, 0,
      "203.0.113.7" },
    { ENVELOPE ("<s:Fault><detail><UPnPError><errorCode>718</errorCode><errorDescription>"
                "ConflictInMappingEntry</errorDescription></UPnPError></detail></s:Fault>"),
      TRUE, 718, "" },
    { ENVELOPE ("<errorCode>-1</errorCode>"), TRUE, 0, "" },
    { ENVELOPE ("<errorCode>99999999999999999999</errorCode>"), TRUE, 0, "" },
    { "<html><body>Not here</body></html>", FALSE, 0, "" },
    { "<s:Envelope", FALSE, 0, "" },
    { "", FALSE, 0, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtIgdAnswer answer;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (bt_igd_parse_answer (cases[i].text, strlen (cases[i].text), &answer), ==,
                       cases[i].is_good);
      g_assert_cmpuint (answer.error, ==, cases[i].error);
      g_assert_cmpstr (answer.address, ==, cases[i].address);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discovery/igd-message/found", test_found);
  g_test_add_func ("/discovery/igd-message/search", test_search);
  g_test_add_func ("/discovery/igd-message/description", test_description);
  g_test_add_func ("/discovery/igd-message/ipv6", test_ipv6);
  g_test_add_func ("/discovery/igd-message/bounds", test_bounds);
  g_test_add_func ("/discovery/igd-message/call", test_call);
  g_test_add_func ("/discovery/igd-message/answer", test_answer);
  return g_test_run ();
}
