/* fuzz-igd-message.c - what devices of UPnP say of themselves, and answer, from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-igd-message.h"

#include <string.h>

#define HOST "192.168.1.1"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_url (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  if (strlen (url) >= BT_IGD_MAX_URL_BYTES || uri == NULL ||
      !g_str_equal (g_uri_get_scheme (uri), "http") || !g_str_equal (g_uri_get_host (uri), HOST))
    g_error ("a URL that leads elsewhere: %s", url);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const char *text = (const char *) data;
  BtIgdService services[BT_IGD_MAX_SERVICES];
  BtIgdAnswer answer;
  BtAddress from;
  char url[BT_IGD_MAX_URL_BYTES];
  guint n;

  bt_address_parse (HOST, 1900, &from);
  if (bt_ssdp_parse (text, size, &from, &from, url))
    check_url (url);
  n = bt_igd_parse_description (text, size, "http://" HOST ":5000/d/root.xml", services);
  if (n > BT_IGD_MAX_SERVICES)
    g_error ("more services than there is room for");
  for (guint i = 0; i < n; i++)
    check_url (services[i].url);
  if (bt_igd_parse_answer (text, size, &answer) &&
      (strlen (answer.address) >= BT_IGD_MAX_WORD_BYTES || answer.error > G_MAXUINT16))
    g_error ("an answer that is too long");
  return 0;
}
