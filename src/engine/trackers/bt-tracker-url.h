/* bt-tracker-url.h - what is asked of a tracker, and the URLs that ask it; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-trackers.h"

G_BEGIN_DECLS

/* The numbers are BEP 15's. */
typedef enum
{
  BT_TRACKER_EVENT_NONE,
  BT_TRACKER_EVENT_COMPLETED,
  BT_TRACKER_EVENT_STARTED,
  BT_TRACKER_EVENT_STOPPED,
} BtTrackerEvent;

/* All that goes into one announce; a scrape only takes the info hash. */
typedef struct
{
  BtAnnounce      announce;
  BtTrackerEvent  event;
  guint32         key;
  gboolean        supports_encryption;
  GBytes         *tracker_id;  /* borrowed, nullable */
} BtTrackerQuestion;

/* A tracker's URL taken apart. */
typedef struct
{
  char     *host;      /* owned; without brackets */
  char     *url_data;  /* owned; path and query as they stand in the URL (BEP 41) */
  guint16   port;
  gboolean  is_udp;    /* else HTTP or HTTPS */
  BtFamily  family;    /* of a numeric host; NONE: a name */
} BtTrackerTarget;

/* FALSE with BT_TRACKER_ERROR_URL when it is no URL of a tracker we can ask. */
gboolean bt_tracker_target_parse       (const char              *url,
                                        BtTrackerTarget         *out_target,
                                        GError                 **error);
void     bt_tracker_target_clear       (BtTrackerTarget         *target);
/* The whole URL of an HTTP announce; keeps the query `url` has. (transfer full) */
char    *bt_tracker_url_build_announce (const char              *url,
                                        const BtTrackerQuestion *question);
/* NULL when `url` does not end in an announce that could be a scrape (BEP 48). (transfer full) */
char    *bt_tracker_url_build_scrape   (const char              *url,
                                        const guint8             info_hash[BT_SHA1_BYTES]);

/* Where a redirection from `from` to `location` (nullable) leads; NULL with BT_TRACKER_ERROR_FAILED when one must not
 * go there: another kind of URL could open local files, and leaving TLS would give the passkey away. (transfer full) */
GUri    *bt_tracker_url_follow         (GUri                    *from,
                                        const char              *location,
                                        GError                 **error);

G_END_DECLS
