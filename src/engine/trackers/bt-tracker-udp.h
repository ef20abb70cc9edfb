/* bt-tracker-udp.h - asks UDP trackers (BEP 15): look-up, connection ids, retransmission
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-answer.h"
#include "bt-tracker-hub.h"
#include "bt-tracker-url.h"

G_BEGIN_DECLS

#define BT_TRACKER_UDP_FIRST_WAIT_S    15  /* then 30, 60 (BEP 15) */
#define BT_TRACKER_UDP_MAX_TRIES       3
#define BT_TRACKER_UDP_CONNECTION_ID_S 60

/* Shared by all trackers: one socket for each family, and per tracker one look-up and one connection id that everybody
 * who asks it uses. A datagram is taken for an answer only when it comes from the tracker's address and carries the
 * random number of a question; anything else is dropped. */
typedef struct _BtTrackerUdp    BtTrackerUdp;
typedef struct _BtTrackerUdpAsk BtTrackerUdpAsk;

/* Called once, from the context, never within bt_tracker_udp_ask(). Either is set, or both when the tracker refuses;
 * both are borrowed; errors are of BT_TRACKER_ERROR. */
typedef void (*BtTrackerUdpFunc) (const BtTrackerAnswer *answer,
                                  const GError          *error,
                                  gpointer               user_data);

BtTrackerUdp    *bt_tracker_udp_new      (BtClock                  *clock,
                                          BtPoller                 *poller,
                                          const BtTrackerHubConfig *config);
/* Every question must be over or cancelled. */
void             bt_tracker_udp_free     (BtTrackerUdp             *udp);
/* As bt_tracker_hub_set_way(). */
void             bt_tracker_udp_set_way  (BtTrackerUdp             *udp,
                                          const BtTrackerHubWay    *way);
/* Nothing may be under way: addresses, connection ids and sockets are let go. */
void             bt_tracker_udp_forget   (BtTrackerUdp             *udp);
/* A scrape only takes the info hash of `question`. The result is valid until `func` is called or it is cancelled. */
BtTrackerUdpAsk *bt_tracker_udp_ask      (BtTrackerUdp             *udp,
                                          const BtTrackerTarget    *target,
                                          BtFamily                  family,
                                          const BtTrackerQuestion  *question,
                                          gboolean                  is_scrape,
                                          BtTrackerUdpFunc          func,
                                          gpointer                  user_data);
/* `func` will not be called. */
void             bt_tracker_udp_cancel   (BtTrackerUdpAsk          *ask);
/* Whether the tracker may have heard of it. */
gboolean         bt_tracker_udp_was_sent (BtTrackerUdpAsk          *ask);

G_END_DECLS
