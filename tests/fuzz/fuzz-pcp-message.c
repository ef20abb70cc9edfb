/* fuzz-pcp-message.c - what routers answer about ports (PCP, NAT-PMP), from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-pcp-message.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtPcpAnswer answer, again;
  BtAddress with_port;

  if (!bt_pcp_parse (data, size, &answer))
    return 0;
  if (answer.kind > BT_NAT_PMP_ANSWER_MAP)
    g_error ("an answer of no kind");
  with_port = answer.external;
  with_port.port = 1;
  if (answer.external.family != BT_FAMILY_NONE && !bt_address_is_connectable (&with_port))
    g_error ("an address that nobody can have");
  if ((answer.kind == BT_PCP_ANSWER_MAP || answer.kind == BT_NAT_PMP_ANSWER_MAP) && size < 16)
    g_error ("a mapping that is not there");
  if (!bt_pcp_parse (data, size, &again) || again.external_port != answer.external_port ||
      memcmp (again.nonce, answer.nonce, sizeof again.nonce) != 0)
    g_error ("the same bytes, another answer");
  return 0;
}
