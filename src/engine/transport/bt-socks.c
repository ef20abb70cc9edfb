/* bt-socks.c - messages of SOCKS5 (RFC 1928) and of its log-in (RFC 1929): pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socks.h"

#include "base/bt-cursor.h"

#include <string.h>

#define IPV4_BYTES 4
#define IPV6_BYTES 16
#define PORT_BYTES 2

gsize
bt_socks_write_greeting (gboolean has_user,
                         guint8   out_bytes[4])
{
  out_bytes[0] = BT_SOCKS_VERSION;
  out_bytes[1] = has_user ? 2 : 1;
  out_bytes[2] = BT_SOCKS_NO_LOGIN;
  out_bytes[3] = BT_SOCKS_PASSWORD;
  return has_user ? 4 : 3;
}

gsize
bt_socks_write_login (const char *user,
                      const char *password,
                      guint8      out_bytes[BT_SOCKS_MAX_LOGIN_BYTES])
{
  gsize n_user = strlen (user);
  gsize n_password = strlen (password);
  guint8 *p = out_bytes;

  if (n_user == 0 || n_user > 255 || n_password > 255)
    return 0;
  *p++ = BT_SOCKS_LOGIN_VERSION;
  *p++ = (guint8) n_user;
  memcpy (p, user, n_user);
  p += n_user;
  *p++ = (guint8) n_password;
  memcpy (p, password, n_password);
  return (gsize) (p - out_bytes) + n_password;
}

static gsize
write_address (const char      *name,
               const BtAddress *address,
               guint8          *out_bytes)
{
  guint8 *p = out_bytes;
  gsize n_bytes;

  if (name != NULL)
    {
      n_bytes = strlen (name);
      if (n_bytes == 0 || n_bytes > BT_SOCKS_MAX_NAME_BYTES)
        return 0;
      *p++ = BT_SOCKS_NAME;
      *p++ = (guint8) n_bytes;
      memcpy (p, name, n_bytes);
    }
  else
    {
      gboolean is_ipv6 = address->family == BT_FAMILY_IPV6;

      n_bytes = is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
      *p++ = is_ipv6 ? BT_SOCKS_IPV6 : BT_SOCKS_IPV4;
      memcpy (p, address->ip, n_bytes);
    }
  p += n_bytes;
  bt_write_u16 (p, address->port);
  return (gsize) (p - out_bytes) + PORT_BYTES;
}

gsize
bt_socks_write_request (BtSocksCommand   command,
                        const char      *name,
                        const BtAddress *address,
                        guint8           out_bytes[BT_SOCKS_MAX_REQUEST_BYTES])
{
  gsize n_bytes = write_address (name, address, out_bytes + 3);

  out_bytes[0] = BT_SOCKS_VERSION;
  out_bytes[1] = (guint8) command;
  out_bytes[2] = 0;
  return n_bytes != 0 ? 3 + n_bytes : 0;
}

gsize
bt_socks_write_header (const char      *name,
                       const BtAddress *address,
                       guint8           out_bytes[BT_SOCKS_MAX_HEADER_BYTES])
{
  gsize n_bytes = write_address (name, address, out_bytes + 3);

  memset (out_bytes, 0, 3);
  return n_bytes != 0 ? 3 + n_bytes : 0;
}

gsize
bt_socks_get_address_bytes (guint8 kind,
                            guint8 first)
{
  switch (kind)
    {
    case BT_SOCKS_IPV4:
      return IPV4_BYTES + PORT_BYTES;
    case BT_SOCKS_IPV6:
      return IPV6_BYTES + PORT_BYTES;
    case BT_SOCKS_NAME:
      return 1 + (gsize) first + PORT_BYTES;
    default:
      return 0;
    }
}

void
bt_socks_read_address (guint8        kind,
                       const guint8 *bytes,
                       BtAddress    *out_address)
{
  if (kind == BT_SOCKS_IPV4)
    bt_address_from_compact4 (bytes, out_address);
  else if (kind == BT_SOCKS_IPV6)
    bt_address_from_compact6 (bytes, out_address);
  else
    *out_address = (BtAddress) { .port = bt_read_u16 (bytes + 1 + bytes[0]) };
}

gboolean
bt_socks_parse_datagram (const guint8  *bytes,
                         gsize          n_bytes,
                         BtAddress     *out_from,
                         const guint8 **out_payload,
                         gsize         *out_n_payload)
{
  BtCursor cursor = bt_cursor_init (bytes, n_bytes);
  const guint8 *head, *address;

  if (!bt_cursor_get_bytes (&cursor, 4, &head) || head[2] != 0 ||
      bt_cursor_get_left (&cursor) < 1 ||
      bt_socks_get_address_bytes (head[3], *cursor.p) == 0 ||
      !bt_cursor_get_bytes (&cursor, bt_socks_get_address_bytes (head[3], *cursor.p), &address))
    return FALSE;
  bt_socks_read_address (head[3], address, out_from);
  *out_payload = cursor.p;
  *out_n_payload = bt_cursor_get_left (&cursor);
  return TRUE;
}
