/* bt-swarm-extensions.c - messages of extensions (BEP 10), each to those who deal with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

gboolean
bt_swarm_uses_dht (const BtSwarm *swarm)
{
  return swarm->env->dht_port != 0 && !bt_metainfo_is_private (swarm->metainfo);
}

void
bt_swarm_dht_node (gpointer         user_data,
                   BtPeer          *peer,
                   const BtAddress *node)
{
  BtSwarm *swarm = user_data;

  if (bt_swarm_uses_dht (swarm))
    swarm->ops->dht_node (swarm->session, node);
}

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
      bt_swarm_holepunch_message (swarm, bt_peer_get_data (peer), payload, n_bytes);
      break;

    case BT_EXTENSION_HANDSHAKE:    /* these three never come here */
    case BT_EXTENSION_DONT_HAVE:
    case BT_EXTENSION_UPLOAD_ONLY:
    case BT_N_EXTENSIONS:
    default:
      break;
    }
}
