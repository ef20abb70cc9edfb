/* bt-socks.h - messages of SOCKS5 (RFC 1928) and of its log-in (RFC 1929): pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

#define BT_SOCKS_VERSION       5
#define BT_SOCKS_LOGIN_VERSION 1    /* RFC 1929 */

#define BT_SOCKS_MAX_NAME_BYTES    255
#define BT_SOCKS_MAX_ADDRESS_BYTES (1 + 1 + BT_SOCKS_MAX_NAME_BYTES + 2)  /* kind, length, name, port */
#define BT_SOCKS_MAX_LOGIN_BYTES   (3 + 2 * 255)
#define BT_SOCKS_MAX_REQUEST_BYTES (3 + BT_SOCKS_MAX_ADDRESS_BYTES)
#define BT_SOCKS_MAX_HEADER_BYTES  (3 + BT_SOCKS_MAX_ADDRESS_BYTES)       /* before each datagram */

typedef enum
{
  BT_SOCKS_CONNECT = 1,
  BT_SOCKS_UDP_ASSOCIATE = 3,
} BtSocksCommand;

typedef enum
{
  BT_SOCKS_IPV4 = 1,
  BT_SOCKS_NAME = 3,
  BT_SOCKS_IPV6 = 4,
} BtSocksAddressKind;

typedef enum
{
  BT_SOCKS_NO_LOGIN = 0,
  BT_SOCKS_PASSWORD = 2,
  BT_SOCKS_NO_METHOD = 0xff,
} BtSocksMethod;

typedef enum
{
  BT_SOCKS_GRANTED,
  BT_SOCKS_FAILURE,
  BT_SOCKS_NOT_ALLOWED,
  BT_SOCKS_NETWORK_UNREACHABLE,
  BT_SOCKS_HOST_UNREACHABLE,
  BT_SOCKS_CONNECTION_REFUSED,
  BT_SOCKS_TTL_EXPIRED,
  BT_SOCKS_BAD_COMMAND,
  BT_SOCKS_BAD_ADDRESS_KIND,
} BtSocksReply;

/* All that write return the bytes written; 0: it cannot be said, because a word is too long or empty. */

/* What we can log in with: with a password, or not at all. */
gsize    bt_socks_write_greeting (gboolean          has_user,
                                  guint8            out_bytes[4]);
gsize    bt_socks_write_login    (const char       *user,
                                  const char       *password,
                                  guint8            out_bytes[BT_SOCKS_MAX_LOGIN_BYTES]);
/* `name` (nullable) is resolved by the proxy; then only the port of `address` counts. An address of no family is
 * the unspecified one. */
gsize    bt_socks_write_request  (BtSocksCommand    command,
                                  const char       *name,
                                  const BtAddress  *address,
                                  guint8            out_bytes[BT_SOCKS_MAX_REQUEST_BYTES]);
/* What stands before a datagram to `address` or `name`; never in fragments. */
gsize    bt_socks_write_header   (const char       *name,
                                  const BtAddress  *address,
                                  guint8            out_bytes[BT_SOCKS_MAX_HEADER_BYTES]);
/* FALSE: not a datagram with a whole header, or a fragment of one. `out_from` is of no family when the proxy tells a
 * name, which nobody can compare with anything. `out_payload` is borrowed from `bytes`. */
gboolean bt_socks_parse_datagram (const guint8     *bytes,
                                  gsize             n_bytes,
                                  BtAddress        *out_from,
                                  const guint8    **out_payload,
                                  gsize            *out_n_payload);
/* Bytes of an address after its kind, the port included, when `first` is the one that follows the kind; 0: there is no
 * such kind. */
gsize    bt_socks_get_address_bytes (guint8         kind,
                                     guint8         first);
/* What bt_socks_get_address_bytes() counts; a name leaves the address without a family, but with its port. */
void     bt_socks_read_address   (guint8            kind,
                                  const guint8     *bytes,
                                  BtAddress        *out_address);

G_END_DECLS
