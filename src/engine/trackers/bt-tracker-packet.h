/* bt-tracker-packet.h - the packets of a UDP tracker (BEP 15, BEP 41), written and read; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-tracker-answer.h"
#include "bt-tracker-url.h"

G_BEGIN_DECLS

#define BT_TRACKER_PACKET_CONNECT_BYTES  16
#define BT_TRACKER_PACKET_SCRAPE_BYTES   (16 + BT_SHA1_BYTES)
#define BT_TRACKER_PACKET_ANNOUNCE_BYTES 98  /* without options */
/* The longest we send: every 255 bytes of URL cost two more. */
#define BT_TRACKER_PACKET_MAX_BYTES \
  (BT_TRACKER_PACKET_ANNOUNCE_BYTES + BT_TRACKER_MAX_URL_BYTES + \
   2 * (BT_TRACKER_MAX_URL_BYTES / 255 + 1))

typedef enum
{
  BT_TRACKER_ACTION_CONNECT,
  BT_TRACKER_ACTION_ANNOUNCE,
  BT_TRACKER_ACTION_SCRAPE,
  BT_TRACKER_ACTION_ERROR,
} BtTrackerAction;

/* The head every answer has. */
typedef struct
{
  const guint8 *body;  /* borrowed; behind action and transaction */
  gsize         n_body;
  guint32       action;
  guint32       transaction;
} BtTrackerPacket;

/* Each returns the bytes written; `out_bytes` has room for BT_TRACKER_PACKET_MAX_BYTES. */
gsize            bt_tracker_packet_write_connect   (guint8                  *out_bytes,
                                                    guint32                  transaction);
/* `url_data`: BEP 41, "" for none; at most BT_TRACKER_MAX_URL_BYTES are sent. */
gsize            bt_tracker_packet_write_announce  (guint8                  *out_bytes,
                                                    guint64                  connection_id,
                                                    guint32                  transaction,
                                                    const BtTrackerQuestion *question,
                                                    const char              *url_data);
gsize            bt_tracker_packet_write_scrape    (guint8                  *out_bytes,
                                                    guint64                  connection_id,
                                                    guint32                  transaction,
                                                    const guint8            *info_hash);

/* FALSE: too short to belong to anybody. */
gboolean         bt_tracker_packet_parse           (const guint8            *bytes,
                                                    gsize                    n_bytes,
                                                    BtTrackerPacket         *out_packet);
/* FALSE: not the answer to a connect. */
gboolean         bt_tracker_packet_get_connection  (const BtTrackerPacket   *packet,
                                                    guint64                 *out_connection_id);
/* The answer to an announce or a scrape of one torrent, or an error as a refusal. `family`: of the tracker's address,
 * which decides the form of the peers. NULL with BT_TRACKER_ERROR_BAD_ANSWER. */
BtTrackerAnswer *bt_tracker_packet_parse_answer    (const BtTrackerPacket   *packet,
                                                    BtTrackerAction          action,
                                                    BtFamily                 family,
                                                    GError                 **error);

G_END_DECLS
