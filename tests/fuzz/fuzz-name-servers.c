/* fuzz-name-servers.c - name servers from any text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-name-servers.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GPtrArray) servers = bt_name_servers_parse (text);

  if (servers->len > BT_NAME_SERVERS_MAX)
    g_error ("too many");
  for (guint i = 0; i < servers->len; i++)
    if (!G_IS_INET_ADDRESS (servers->pdata[i]))
      g_error ("not an address");
  return 0;
}
