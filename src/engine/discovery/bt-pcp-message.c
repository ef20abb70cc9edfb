/* bt-pcp-message.c - what is said to a router about ports: PCP (RFC 6887) and its forerunner NAT-PMP (RFC 6886)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-pcp-message.h"

#include "base/bt-clock.h"
#include "base/bt-cursor.h"

#include <string.h>

#define PCP_VERSION      2
#define NAT_PMP_VERSION  0
#define IS_ANSWER        0x80   /* in the opcode */
#define IP_BYTES         16

/* Of PCP, and then of NAT-PMP. */
enum { OPCODE_ANNOUNCE = 0, OPCODE_MAP = 1 };
enum { OPCODE_ADDRESS = 0, OPCODE_MAP_UDP = 1, OPCODE_MAP_TCP = 2 };

static const guint8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* An IPv4 address as ::ffff:a.b.c.d; none as all zeros. */
static void
write_ip (guint8          *p,
          const BtAddress *address)
{
  memset (p, 0, IP_BYTES);
  if (address->family == BT_FAMILY_IPV4)
    {
      memcpy (p, mapped_prefix, sizeof mapped_prefix);
      memcpy (p + sizeof mapped_prefix, address->ip, 4);
    }
  else if (address->family == BT_FAMILY_IPV6)
    memcpy (p, address->ip, IP_BYTES);
}

static BtAddress
take_ip (const guint8 *p,
         gsize         n_bytes,
         guint16       port)
{
  BtAddress address = { .family = n_bytes == 4 ? BT_FAMILY_IPV4 : BT_FAMILY_IPV6 };
  BtAddress with_port;

  if (n_bytes == IP_BYTES && memcmp (p, mapped_prefix, sizeof mapped_prefix) == 0)
    {
      p += sizeof mapped_prefix;
      n_bytes = 4;
      address.family = BT_FAMILY_IPV4;
    }
  memcpy (address.ip, p, n_bytes);
  address.port = port;
  with_port = address;
  with_port.port = 1;
  return bt_address_is_connectable (&with_port) ? address
                                                : (BtAddress) { .family = BT_FAMILY_NONE };
}

/* --- Asking --- */

gsize
bt_pcp_write_map (const BtPcpMap *map,
                  guint8          out_bytes[BT_PCP_MAP_BYTES])
{
  memset (out_bytes, 0, BT_PCP_MAP_BYTES);
  out_bytes[0] = PCP_VERSION;
  out_bytes[1] = OPCODE_MAP;
  bt_write_u32 (out_bytes + 4, map->lifetime_s);
  write_ip (out_bytes + 8, &map->internal);
  memcpy (out_bytes + 24, map->nonce, BT_PCP_NONCE_BYTES);
  out_bytes[36] = (guint8) map->protocol;
  bt_write_u16 (out_bytes + 40, map->internal.port);
  bt_write_u16 (out_bytes + 42, map->suggested.port);
  write_ip (out_bytes + 44, &map->suggested);
  /* "Any" is said in the family that is wanted. */
  if (map->suggested.family == BT_FAMILY_NONE && map->internal.family == BT_FAMILY_IPV4)
    memcpy (out_bytes + 44, mapped_prefix, sizeof mapped_prefix);
  return BT_PCP_MAP_BYTES;
}

gsize
bt_nat_pmp_write_address (guint8 out_bytes[BT_NAT_PMP_ADDRESS_BYTES])
{
  out_bytes[0] = NAT_PMP_VERSION;
  out_bytes[1] = OPCODE_ADDRESS;
  return BT_NAT_PMP_ADDRESS_BYTES;
}

gsize
bt_nat_pmp_write_map (BtPcpProtocol protocol,
                      guint16       internal_port,
                      guint16       external_port,
                      guint32       lifetime_s,
                      guint8        out_bytes[BT_NAT_PMP_MAP_BYTES])
{
  memset (out_bytes, 0, BT_NAT_PMP_MAP_BYTES);
  out_bytes[0] = NAT_PMP_VERSION;
  out_bytes[1] = protocol == BT_PCP_UDP ? OPCODE_MAP_UDP : OPCODE_MAP_TCP;
  bt_write_u16 (out_bytes + 4, internal_port);
  bt_write_u16 (out_bytes + 6, external_port);
  bt_write_u32 (out_bytes + 8, lifetime_s);
  return BT_NAT_PMP_MAP_BYTES;
}

/* --- Answers --- */

/* Behind version, opcode and a reserved byte. */
static gboolean
parse_pcp (BtCursor    *cursor,
           guint8       opcode,
           BtPcpAnswer *answer)
{
  const guint8 *skipped, *nonce, *ip;
  guint8 result;

  if (!bt_cursor_get_u8 (cursor, &result) || !bt_cursor_get_u32 (cursor, &answer->lifetime_s) ||
      !bt_cursor_get_u32 (cursor, &answer->epoch_s) || !bt_cursor_get_bytes (cursor, 12, &skipped))
    return FALSE;
  answer->result = result;
  answer->kind = opcode == OPCODE_ANNOUNCE ? BT_PCP_ANSWER_ANNOUNCE : BT_PCP_ANSWER_OTHER;
  if (opcode != OPCODE_MAP)
    return TRUE;
  if (!bt_cursor_get_bytes (cursor, BT_PCP_NONCE_BYTES, &nonce) ||
      !bt_cursor_get_u8 (cursor, &answer->protocol) || !bt_cursor_get_bytes (cursor, 3, &skipped) ||
      !bt_cursor_get_u16 (cursor, &answer->internal_port) ||
      !bt_cursor_get_u16 (cursor, &answer->external_port) ||
      !bt_cursor_get_bytes (cursor, IP_BYTES, &ip))
    return result != BT_PCP_OK;
  answer->kind = BT_PCP_ANSWER_MAP;
  memcpy (answer->nonce, nonce, BT_PCP_NONCE_BYTES);
  answer->external = take_ip (ip, IP_BYTES, answer->external_port);
  return TRUE;
}

static guint
translate_result (guint16 result)
{
  static const guint results[] = {
    BT_PCP_OK, BT_PCP_UNSUPPORTED_VERSION, BT_PCP_NOT_AUTHORIZED, BT_PCP_NETWORK_FAILURE,
    BT_PCP_NO_RESOURCES, BT_PCP_UNSUPPORTED_OPCODE,
  };

  return result < G_N_ELEMENTS (results) ? results[result] : BT_PCP_MALFORMED_REQUEST;
}

/* Behind version and opcode. Of an error no more than the head need be there. */
static gboolean
parse_nat_pmp (BtCursor    *cursor,
               guint8       opcode,
               BtPcpAnswer *answer)
{
  guint16 result;
  const guint8 *ip;

  if (!bt_cursor_get_u16 (cursor, &result) || !bt_cursor_get_u32 (cursor, &answer->epoch_s))
    return FALSE;
  answer->result = translate_result (result);
  answer->kind = BT_PCP_ANSWER_OTHER;
  if (opcode == OPCODE_ADDRESS)
    {
      if (bt_cursor_get_bytes (cursor, 4, &ip))
        answer->external = take_ip (ip, 4, 0);
      else if (result == BT_PCP_OK)
        return FALSE;
      answer->kind = BT_NAT_PMP_ANSWER_ADDRESS;
    }
  else if (opcode == OPCODE_MAP_UDP || opcode == OPCODE_MAP_TCP)
    {
      answer->protocol = opcode == OPCODE_MAP_UDP ? BT_PCP_UDP : BT_PCP_TCP;
      if (!bt_cursor_get_u16 (cursor, &answer->internal_port) ||
          !bt_cursor_get_u16 (cursor, &answer->external_port) ||
          !bt_cursor_get_u32 (cursor, &answer->lifetime_s))
        return result != BT_PCP_OK;
      answer->kind = BT_NAT_PMP_ANSWER_MAP;
    }
  return TRUE;
}

gboolean
bt_pcp_parse (const guint8 *bytes,
              gsize         n_bytes,
              BtPcpAnswer  *out_answer)
{
  BtCursor cursor = bt_cursor_init (bytes, n_bytes);
  BtPcpAnswer answer = { 0 };
  guint8 version, opcode, reserved;
  gboolean is_good;

  if (n_bytes > BT_PCP_MAX_BYTES || !bt_cursor_get_u8 (&cursor, &version) ||
      !bt_cursor_get_u8 (&cursor, &opcode) || (opcode & IS_ANSWER) == 0)
    return FALSE;
  opcode &= (guint8) ~IS_ANSWER;
  if (version == NAT_PMP_VERSION)
    is_good = parse_nat_pmp (&cursor, opcode, &answer);
  else
    is_good = bt_cursor_get_u8 (&cursor, &reserved) && parse_pcp (&cursor, opcode, &answer) &&
              (version == PCP_VERSION || answer.result == BT_PCP_UNSUPPORTED_VERSION);
  if (is_good)
    *out_answer = answer;
  return is_good;
}

gboolean
bt_pcp_has_restarted (guint32 before_s,
                      guint32 now_s,
                      gint64  elapsed_us)
{
  gint64 ours_s = elapsed_us / BT_SECOND_US;
  gint64 theirs_s = (gint64) now_s - before_s;

  if (theirs_s < -1)
    return TRUE;
  return ours_s + 2 < theirs_s - theirs_s / 16 || theirs_s + 2 < ours_s - ours_s / 16;
}
