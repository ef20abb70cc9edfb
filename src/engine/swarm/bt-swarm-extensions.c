/* bt-swarm-extensions.c - messages of extensions (BEP 10), each to those who deal with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

void
bt_swarm_extension (gpointer      user_data,
                    BtPeer       *peer,
                    BtExtension   extension,
                    const guint8 *payload,
                    gsize         n_bytes)
{
  BtSwarm *swarm = user_data;

  switch (extension)
    {
    case BT_EXTENSION_METADATA:
      bt_swarm_metadata_message (swarm, bt_peer_get_data (peer), payload, n_bytes);
      break;

    case BT_EXTENSION_PEX:
      bt_swarm_pex_hear (swarm, bt_peer_get_data (peer), payload, n_bytes);
      break;

    case BT_EXTENSION_HOLEPUNCH:
    case BT_EXTENSION_HANDSHAKE:    /* these three never come here */
    case BT_EXTENSION_DONT_HAVE:
    case BT_EXTENSION_UPLOAD_ONLY:
    case BT_N_EXTENSIONS:
    default:
      break;
    }
}
