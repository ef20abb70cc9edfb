/* fuzz-tracker-udp.c - a UDP tracker's datagrams, any bytes, taken for an answer to everything we ask
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "trackers/bt-tracker-packet.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_as (const BtTrackerPacket *packet,
          BtTrackerAction        action,
          BtFamily               family)
{
  g_autoptr (BtTrackerAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = bt_tracker_packet_parse_answer (packet, action, family, &error);
  if ((answer == NULL) != (error != NULL))
    g_error ("no answer and no error, or both");
  if (answer == NULL)
    return;
  if (answer->n_peers > BT_TRACKER_MAX_PEERS || answer->n_peers > packet->n_body / 6)
    g_error ("too many peers");
  for (gsize i = 0; i < answer->n_peers; i++)
    if (!bt_address_is_connectable (&answer->peers[i]))
      g_error ("a peer that cannot be connected to");
  if (answer->n_seeds < -1 || answer->n_leechers < -1 || answer->n_downloaded < -1)
    g_error ("an impossible number");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtTrackerPacket packet;
  guint64 id;

  if (!bt_tracker_packet_parse (data, size, &packet))
    return 0;
  if (packet.n_body + 8 != size)
    g_error ("a body of the wrong size");
  if (bt_tracker_packet_get_connection (&packet, &id) && size < 16)
    g_error ("a connection id out of nothing");
  check_as (&packet, BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV4);
  check_as (&packet, BT_TRACKER_ACTION_ANNOUNCE, BT_FAMILY_IPV6);
  check_as (&packet, BT_TRACKER_ACTION_SCRAPE, BT_FAMILY_IPV4);
  return 0;
}
