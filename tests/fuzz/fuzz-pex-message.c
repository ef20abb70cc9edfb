/* fuzz-pex-message.c - ut_pex's message from any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-pex-message.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtPexPeer peers[2 * BT_PEX_MAX_TAKEN];
  BtPexPeer again[2 * BT_PEX_MAX_TAKEN];
  g_autoptr (GByteArray) out = NULL;
  guint n_peers, n_again;

  if (!bt_pex_message_parse (data, size, peers, &n_peers))
    return 0;
  if (n_peers > G_N_ELEMENTS (peers))
    g_error ("more peers than there is room for");
  for (guint i = 0; i < n_peers; i++)
    if (!bt_address_is_connectable (&peers[i].address))
      g_error ("an address that nobody can connect to");
  out = g_byte_array_new ();
  n_peers = MIN (n_peers, BT_PEX_MAX_ADDED);
  bt_pex_message_put (out, peers, n_peers, NULL, 0);
  if (!bt_pex_message_parse (out->data, out->len, again, &n_again) || n_again != n_peers)
    g_error ("the message changes on its way");
  return 0;
}
