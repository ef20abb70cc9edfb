/* bt-address.h - an IPv4 or IPv6 address with a port, small enough to copy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>
#include <sys/socket.h>

G_BEGIN_DECLS

#define BT_ADDRESS_STRING_BYTES 64

typedef enum
{
  BT_FAMILY_NONE,
  BT_FAMILY_IPV4,
  BT_FAMILY_IPV6,
} BtFamily;

/* Invariant: unused bytes of `ip` are zero, so that equal addresses are equal bytes; an IPv4-mapped IPv6
 * address is always stored as IPv4.
 */
typedef struct
{
  guint8  ip[16];  /* network order; IPv4 uses the first four */
  guint16 port;    /* host order */
  guint8  family;  /* BtFamily */
} BtAddress;

/* "1.2.3.4", "1.2.3.4:80", "::1", "[::1]:80"; numeric only, never a look-up. FALSE: not an address. */
gboolean   bt_address_parse            (const char            *text,
                                        guint16                default_port,
                                        BtAddress             *out_address);
/* "1.2.3.4:80" or "[::1]:80"; returns `buffer`. */
const char *bt_address_to_string       (const BtAddress       *address,
                                        char                   buffer[BT_ADDRESS_STRING_BYTES]);
/* The same without port and brackets. */
const char *bt_address_ip_to_string    (const BtAddress       *address,
                                        char                   buffer[BT_ADDRESS_STRING_BYTES]);
gboolean   bt_address_from_sockaddr    (const struct sockaddr *sa,
                                        socklen_t              sa_len,
                                        BtAddress             *out_address);
/* As a resolver gives it; what is mapped stays IPv6. */
BtAddress  bt_address_from_inet        (GInetAddress          *inet,
                                        guint16                port);
/* Fills `out_sa` and returns its length; 0 for BT_FAMILY_NONE. */
socklen_t  bt_address_to_sockaddr      (const BtAddress         *address,
                                        struct sockaddr_storage *out_sa);
/* Compact forms of BEP 23 (6 bytes) and BEP 7 (18 bytes). Port 0 is taken as it comes. */
void       bt_address_from_compact4    (const guint8             bytes[6],
                                        BtAddress               *out_address);
void       bt_address_from_compact6    (const guint8             bytes[18],
                                        BtAddress               *out_address);
/* Returns 6, 18 or 0, the bytes written. */
gsize      bt_address_to_compact       (const BtAddress         *address,
                                        guint8                   out_bytes[18]);
guint      bt_address_hash             (gconstpointer            address);
gboolean   bt_address_equal            (gconstpointer            a,
                                        gconstpointer            b);
gboolean   bt_address_equal_ip         (const BtAddress         *a,
                                        const BtAddress         *b);
gboolean   bt_address_is_loopback      (const BtAddress         *address);
/* Loopback, private, link-local and unique-local ranges: here, or on the same network. Not the carrier-grade one
 * (RFC 6598), where strangers are neighbours. */
gboolean   bt_address_is_local         (const BtAddress         *address);
/* Something one can connect to: a unicast address that is not unspecified, and a port other than 0. */
gboolean   bt_address_is_connectable   (const BtAddress         *address);

G_END_DECLS
