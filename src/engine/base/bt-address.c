/* bt-address.c - an IPv4 or IPv6 address with a port, small enough to copy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-address.h"

#include "bt-cursor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#define IPV4_BYTES      4
#define IPV6_BYTES      16
#define PORT_MAX_DIGITS 5

typedef struct
{
  guint8 prefix[2];
  guint8 n_bits;
} Range;

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
static const guint8 ipv6_loopback[IPV6_BYTES] = { [15] = 1 };
static const guint8 zeros[IPV6_BYTES];

static const Range local_ranges_ipv4[] = {
  { { 10, 0 }, 8 },      /* private, RFC 1918 */
  { { 172, 16 }, 12 },
  { { 192, 168 }, 16 },
  { { 169, 254 }, 16 },  /* link-local, RFC 3927 */
};

static const Range local_ranges_ipv6[] = {
  { { 0xfe, 0x80 }, 10 },  /* link-local, RFC 4291 */
  { { 0xfc, 0x00 }, 7 },   /* unique-local, RFC 4193 */
};

static void
set_ipv4 (BtAddress    *address,
          const guint8 *ip,
          guint16       port)
{
  memset (address, 0, sizeof *address);
  memcpy (address->ip, ip, IPV4_BYTES);
  address->port = port;
  address->family = BT_FAMILY_IPV4;
}

static void
set_ipv6 (BtAddress    *address,
          const guint8 *ip,
          guint16       port)
{
  if (memcmp (ip, mapped_prefix, sizeof mapped_prefix) == 0)
    {
      set_ipv4 (address, ip + sizeof mapped_prefix, port);
      return;
    }

  memset (address, 0, sizeof *address);
  memcpy (address->ip, ip, IPV6_BYTES);
  address->port = port;
  address->family = BT_FAMILY_IPV6;
}

static gboolean
parse_port (const char *text,
            guint16    *out_port)
{
  guint32 port = 0;
  gsize n_digits = 0;

  for (; g_ascii_isdigit (text[n_digits]); n_digits++)
    {
      if (n_digits == PORT_MAX_DIGITS)
        return FALSE;
      port = port * 10 + (guint32) (text[n_digits] - '0');
    }
  if (n_digits == 0 || text[n_digits] != '\0' || port > G_MAXUINT16)
    return FALSE;

  *out_port = (guint16) port;
  return TRUE;
}

/* The address proper: `length` bytes of `text`, without brackets and port. */
static gboolean
parse_ip (const char *text,
          gsize       length,
          gboolean    is_ipv6,
          guint16     port,
          BtAddress  *out_address)
{
  char copy[INET6_ADDRSTRLEN];
  guint8 ip[IPV6_BYTES];

  if (length >= sizeof copy)
    return FALSE;
  memcpy (copy, text, length);
  copy[length] = '\0';

  if (inet_pton (is_ipv6 ? AF_INET6 : AF_INET, copy, ip) != 1)
    return FALSE;

  if (is_ipv6)
    set_ipv6 (out_address, ip, port);
  else
    set_ipv4 (out_address, ip, port);
  return TRUE;
}

gboolean
bt_address_parse (const char *text,
                  guint16     default_port,
                  BtAddress  *out_address)
{
  const char *colon = strchr (text, ':');
  guint16 port = default_port;

  if (text[0] == '[')
    {
      const char *bracket = strchr (text, ']');

      if (bracket == NULL)
        return FALSE;
      if (bracket[1] != '\0' && (bracket[1] != ':' || !parse_port (bracket + 2, &port)))
        return FALSE;
      return parse_ip (text + 1, (gsize) (bracket - text - 1), TRUE, port, out_address);
    }

  if (colon == NULL)
    return parse_ip (text, strlen (text), FALSE, port, out_address);

  /* A second colon makes it IPv6, which cannot have a port without brackets. */
  if (strchr (colon + 1, ':') != NULL)
    return parse_ip (text, strlen (text), TRUE, port, out_address);

  if (!parse_port (colon + 1, &port))
    return FALSE;
  return parse_ip (text, (gsize) (colon - text), FALSE, port, out_address);
}

const char *
bt_address_ip_to_string (const BtAddress *address,
                         char             buffer[BT_ADDRESS_STRING_BYTES])
{
  buffer[0] = '\0';
  if (address->family == BT_FAMILY_IPV4)
    inet_ntop (AF_INET, address->ip, buffer, BT_ADDRESS_STRING_BYTES);
  else if (address->family == BT_FAMILY_IPV6)
    inet_ntop (AF_INET6, address->ip, buffer, BT_ADDRESS_STRING_BYTES);
  return buffer;
}

const char *
bt_address_to_string (const BtAddress *address,
                      char             buffer[BT_ADDRESS_STRING_BYTES])
{
  char ip[BT_ADDRESS_STRING_BYTES];

  bt_address_ip_to_string (address, ip);
  if (address->family == BT_FAMILY_IPV6)
    g_snprintf (buffer, BT_ADDRESS_STRING_BYTES, "[%.46s]:%u", ip, address->port);
  else if (address->family == BT_FAMILY_IPV4)
    g_snprintf (buffer, BT_ADDRESS_STRING_BYTES, "%.46s:%u", ip, address->port);
  else
    buffer[0] = '\0';
  return buffer;
}

BtAddress
bt_address_from_inet (GInetAddress *inet,
                      guint16       port)
{
  BtAddress address = { .port = port };

  address.family = g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV4 ? BT_FAMILY_IPV4
                                                                            : BT_FAMILY_IPV6;
  memcpy (address.ip, g_inet_address_to_bytes (inet), g_inet_address_get_native_size (inet));
  return address;
}

gboolean
bt_address_from_sockaddr (const struct sockaddr *sa,
                          socklen_t              sa_len,
                          BtAddress             *out_address)
{
  struct sockaddr_in sin;
  struct sockaddr_in6 sin6;

  if (sa_len < offsetof (struct sockaddr, sa_data))
    return FALSE;

  if (sa->sa_family == AF_INET && sa_len >= sizeof sin)
    {
      memcpy (&sin, sa, sizeof sin);
      set_ipv4 (out_address, (const guint8 *) &sin.sin_addr, g_ntohs (sin.sin_port));
      return TRUE;
    }
  if (sa->sa_family == AF_INET6 && sa_len >= sizeof sin6)
    {
      memcpy (&sin6, sa, sizeof sin6);
      set_ipv6 (out_address, (const guint8 *) &sin6.sin6_addr, g_ntohs (sin6.sin6_port));
      return TRUE;
    }
  return FALSE;
}

socklen_t
bt_address_to_sockaddr (const BtAddress         *address,
                        struct sockaddr_storage *out_sa)
{
  memset (out_sa, 0, sizeof *out_sa);

  if (address->family == BT_FAMILY_IPV4)
    {
      struct sockaddr_in *sin = (struct sockaddr_in *) out_sa;

      sin->sin_family = AF_INET;
      sin->sin_port = g_htons (address->port);
      memcpy (&sin->sin_addr, address->ip, IPV4_BYTES);
      return sizeof *sin;
    }
  if (address->family == BT_FAMILY_IPV6)
    {
      struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *) out_sa;

      sin6->sin6_family = AF_INET6;
      sin6->sin6_port = g_htons (address->port);
      memcpy (&sin6->sin6_addr, address->ip, IPV6_BYTES);
      return sizeof *sin6;
    }
  return 0;
}

void
bt_address_from_compact4 (const guint8  bytes[6],
                          BtAddress    *out_address)
{
  set_ipv4 (out_address, bytes, bt_read_u16 (bytes + IPV4_BYTES));
}

void
bt_address_from_compact6 (const guint8  bytes[18],
                          BtAddress    *out_address)
{
  set_ipv6 (out_address, bytes, bt_read_u16 (bytes + IPV6_BYTES));
}

gsize
bt_address_to_compact (const BtAddress *address,
                       guint8           out_bytes[18])
{
  gsize n_ip_bytes = address->family == BT_FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES;

  if (address->family == BT_FAMILY_NONE)
    return 0;

  memcpy (out_bytes, address->ip, n_ip_bytes);
  bt_write_u16 (out_bytes + n_ip_bytes, address->port);
  return n_ip_bytes + 2;
}

guint
bt_address_hash (gconstpointer address)
{
  const BtAddress *self = address;
  guint64 halves[2];
  guint64 mixed;

  memcpy (halves, self->ip, sizeof halves);
  mixed = halves[0] ^ (((guint64) self->family << 16) | self->port);
  mixed *= G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 29) ^ halves[1]) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  return (guint) (mixed >> 32);
}

gboolean
bt_address_equal (gconstpointer a,
                  gconstpointer b)
{
  const BtAddress *first = a;
  const BtAddress *second = b;

  return first->port == second->port && bt_address_equal_ip (first, second);
}

gboolean
bt_address_equal_ip (const BtAddress *a,
                     const BtAddress *b)
{
  return a->family == b->family && memcmp (a->ip, b->ip, sizeof a->ip) == 0;
}

gboolean
bt_address_is_loopback (const BtAddress *address)
{
  if (address->family == BT_FAMILY_IPV4)
    return address->ip[0] == 127;
  if (address->family == BT_FAMILY_IPV6)
    return memcmp (address->ip, ipv6_loopback, IPV6_BYTES) == 0;
  return FALSE;
}

static gboolean
is_in_ranges (const guint8 *ip,
              const Range  *ranges,
              gsize         n_ranges)
{
  guint16 start = bt_read_u16 (ip);

  for (gsize i = 0; i < n_ranges; i++)
    {
      guint n_free_bits = 16u - ranges[i].n_bits;

      if ((start >> n_free_bits) == (bt_read_u16 (ranges[i].prefix) >> n_free_bits))
        return TRUE;
    }
  return FALSE;
}

gboolean
bt_address_is_local (const BtAddress *address)
{
  if (bt_address_is_loopback (address))
    return TRUE;
  if (address->family == BT_FAMILY_IPV4)
    return is_in_ranges (address->ip, local_ranges_ipv4, G_N_ELEMENTS (local_ranges_ipv4));
  if (address->family == BT_FAMILY_IPV6)
    return is_in_ranges (address->ip, local_ranges_ipv6, G_N_ELEMENTS (local_ranges_ipv6));
  return FALSE;
}

gboolean
bt_address_is_connectable (const BtAddress *address)
{
  if (address->port == 0)
    return FALSE;
  /* 0.0.0.0/8 is "this network", everything from 224.0.0.0 on multicast, reserved or broadcast. */
  if (address->family == BT_FAMILY_IPV4)
    return address->ip[0] != 0 && address->ip[0] < 224;
  if (address->family == BT_FAMILY_IPV6)
    return address->ip[0] != 0xff && memcmp (address->ip, zeros, IPV6_BYTES) != 0;
  return FALSE;
}
