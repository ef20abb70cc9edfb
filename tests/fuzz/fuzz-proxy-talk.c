/* fuzz-proxy-talk.c - proxies that answer anything, and datagrams that come through them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "transport/bt-proxy-talk.h"

#include <string.h>

#define MAX_STEPS (2 * BT_PROXY_MAX_HEAD_BYTES)

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* `choice`: which proxy, how much at once. */
static void
talk (guint8        choice,
      const guint8 *data,
      gsize         size)
{
  BtProxy proxy = { .kind = choice & 1 ? BT_PROXY_HTTP : BT_PROXY_SOCKS5,
                    .user = "ann",
                    .password = "secret" };
  BtAddress address = { .family = BT_FAMILY_IPV4, .port = 80 };
  gsize n_max = choice & 4 ? 1 : 4096;
  BtProxyTalk *talk;
  guint n_steps = 0;

  if (choice & 2)
    proxy.user[0] = '\0';
  talk = bt_proxy_talk_new (&proxy, BT_SOCKS_CONNECT, choice & 8 ? "a.example" : NULL, &address);
  while (size > 0 && bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_GOES_ON)
    {
      guint8 *place;
      gsize n;

      if (++n_steps > MAX_STEPS)
        g_error ("the talk does not end");
      bt_proxy_talk_get_output (talk, &n);
      bt_proxy_talk_sent (talk, n);
      place = bt_proxy_talk_get_place (talk, &n);
      if (n == 0)
        g_error ("nobody is to speak");
      n = MIN (MIN (n, size), n_max);
      memcpy (place, data, n);
      bt_proxy_talk_received (talk, n);
      data += n;
      size -= n;
    }
  if ((bt_proxy_talk_get_state (talk) == BT_PROXY_TALK_FAILED) !=
      (bt_proxy_talk_get_error (talk) != NULL))
    g_error ("a failure without a reason");
  bt_proxy_talk_free (talk);
}

static void
receive (const guint8 *data,
         gsize         size)
{
  guint8 header[BT_SOCKS_MAX_HEADER_BYTES];
  const guint8 *payload;
  gsize n_payload, n_header;
  BtAddress from, again;

  if (!bt_socks_parse_datagram (data, size, &from, &payload, &n_payload))
    return;
  if (payload + n_payload != data + size)
    g_error ("the payload is not what follows the header");
  if (from.family == BT_FAMILY_NONE)
    return;
  n_header = bt_socks_write_header (NULL, &from, header);
  if (!bt_socks_parse_datagram (header, n_header, &again, &payload, &n_payload) ||
      n_payload != 0 || !bt_address_equal (&from, &again))
    g_error ("the address changes on its way");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  if (size == 0)
    return 0;
  talk (data[0], data + 1, size - 1);
  receive (data + 1, size - 1);
  return 0;
}
