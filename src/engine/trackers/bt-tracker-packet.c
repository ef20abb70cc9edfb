/* bt-tracker-packet.c - the packets of a UDP tracker (BEP 15, BEP 41), written and read; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-packet.h"

#include "base/bt-cursor.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PROTOCOL_ID     G_GUINT64_CONSTANT (0x41727101980)
#define OPTION_URL_DATA 2
#define OPTION_MAX      255

gsize
bt_tracker_packet_write_connect (guint8  *out_bytes,
                                 guint32  transaction)
{
  bt_write_u64 (out_bytes, PROTOCOL_ID);
  bt_write_u32 (out_bytes + 8, BT_TRACKER_ACTION_CONNECT);
  bt_write_u32 (out_bytes + 12, transaction);
  return BT_TRACKER_PACKET_CONNECT_BYTES;
}

static gsize
write_url_data (guint8     *out_bytes,
                const char *url_data)
{
  gsize n_left = MIN (strlen (url_data), BT_TRACKER_MAX_URL_BYTES);
  gsize n_written = 0;

  while (n_left > 0)
    {
      gsize n = MIN (n_left, OPTION_MAX);

      out_bytes[n_written++] = OPTION_URL_DATA;
      out_bytes[n_written++] = (guint8) n;
      memcpy (out_bytes + n_written, url_data, n);
      n_written += n;
      url_data += n;
      n_left -= n;
    }
  return n_written;
}

gsize
bt_tracker_packet_write_announce (guint8                  *out_bytes,
                                  guint64                  connection_id,
                                  guint32                  transaction,
                                  const BtTrackerQuestion *question,
                                  const char              *url_data)
{
  const BtAnnounce *announce = &question->announce;
  gboolean is_stop = question->event == BT_TRACKER_EVENT_STOPPED;

  bt_write_u64 (out_bytes, connection_id);
  bt_write_u32 (out_bytes + 8, BT_TRACKER_ACTION_ANNOUNCE);
  bt_write_u32 (out_bytes + 12, transaction);
  memcpy (out_bytes + 16, announce->info_hash, sizeof announce->info_hash);
  memcpy (out_bytes + 36, announce->peer_id, sizeof announce->peer_id);
  bt_write_u64 (out_bytes + 56, announce->downloaded_bytes);
  bt_write_u64 (out_bytes + 64, announce->left_bytes);
  bt_write_u64 (out_bytes + 72, announce->uploaded_bytes);
  bt_write_u32 (out_bytes + 80, question->event);
  bt_write_u32 (out_bytes + 84, 0);
  bt_write_u32 (out_bytes + 88, question->key);
  bt_write_u32 (out_bytes + 92, is_stop ? 0 : MIN (announce->n_wanted, G_MAXINT));
  bt_write_u16 (out_bytes + 96, announce->port);
  return BT_TRACKER_PACKET_ANNOUNCE_BYTES +
         write_url_data (out_bytes + BT_TRACKER_PACKET_ANNOUNCE_BYTES, url_data);
}

gsize
bt_tracker_packet_write_scrape (guint8       *out_bytes,
                                guint64       connection_id,
                                guint32       transaction,
                                const guint8 *info_hash)
{
  bt_write_u64 (out_bytes, connection_id);
  bt_write_u32 (out_bytes + 8, BT_TRACKER_ACTION_SCRAPE);
  bt_write_u32 (out_bytes + 12, transaction);
  memcpy (out_bytes + 16, info_hash, BT_SHA1_BYTES);
  return BT_TRACKER_PACKET_SCRAPE_BYTES;
}

gboolean
bt_tracker_packet_parse (const guint8    *bytes,
                         gsize            n_bytes,
                         BtTrackerPacket *out_packet)
{
  BtCursor cursor = bt_cursor_init (bytes, n_bytes);
  BtTrackerPacket packet = { 0 };

  if (!bt_cursor_get_u32 (&cursor, &packet.action) ||
      !bt_cursor_get_u32 (&cursor, &packet.transaction))
    return FALSE;

  packet.body = cursor.p;
  packet.n_body = bt_cursor_get_left (&cursor);
  *out_packet = packet;
  return TRUE;
}

gboolean
bt_tracker_packet_get_connection (const BtTrackerPacket *packet,
                                  guint64               *out_connection_id)
{
  BtCursor cursor = bt_cursor_init (packet->body, packet->n_body);

  return packet->action == BT_TRACKER_ACTION_CONNECT &&
         bt_cursor_get_u64 (&cursor, out_connection_id);
}

/* Counts and seconds beyond an int are nonsense, but of the harmless kind. */
static guint32
limit (guint32 value)
{
  return MIN (value, G_MAXINT);
}

static gboolean
read_announce (BtTrackerAnswer *answer,
               BtCursor        *cursor,
               BtFamily         family)
{
  guint32 interval = 0;
  guint32 n_leechers = 0;
  guint32 n_seeds = 0;

  if (!bt_cursor_get_u32 (cursor, &interval) ||
      !bt_cursor_get_u32 (cursor, &n_leechers) ||
      !bt_cursor_get_u32 (cursor, &n_seeds))
    return FALSE;

  answer->interval_s = limit (interval);
  answer->n_leechers = (int) limit (n_leechers);
  answer->n_seeds = (int) limit (n_seeds);
  bt_tracker_answer_add_compact (answer, family, cursor->p, bt_cursor_get_left (cursor));
  return TRUE;
}

static gboolean
read_scrape (BtTrackerAnswer *answer,
             BtCursor        *cursor)
{
  guint32 n_seeds = 0;
  guint32 n_downloaded = 0;
  guint32 n_leechers = 0;

  if (!bt_cursor_get_u32 (cursor, &n_seeds) ||
      !bt_cursor_get_u32 (cursor, &n_downloaded) ||
      !bt_cursor_get_u32 (cursor, &n_leechers))
    return FALSE;

  answer->n_seeds = (int) limit (n_seeds);
  answer->n_downloaded = (int) limit (n_downloaded);
  answer->n_leechers = (int) limit (n_leechers);
  return TRUE;
}

BtTrackerAnswer *
bt_tracker_packet_parse_answer (const BtTrackerPacket  *packet,
                                BtTrackerAction         action,
                                BtFamily                family,
                                GError                **error)
{
  g_autoptr (BtTrackerAnswer) answer = bt_tracker_answer_new ();
  BtCursor cursor = bt_cursor_init (packet->body, packet->n_body);
  gboolean is_whole = FALSE;

  if (packet->action == BT_TRACKER_ACTION_ERROR)
    {
      answer->failure = bt_tracker_text_dup (packet->body, packet->n_body);
      if (answer->failure == NULL)
        answer->failure = g_strdup (_("The tracker refuses without a reason"));
      return g_steal_pointer (&answer);
    }

  if (packet->action == action && action == BT_TRACKER_ACTION_ANNOUNCE)
    is_whole = read_announce (answer, &cursor, family);
  else if (packet->action == action && action == BT_TRACKER_ACTION_SCRAPE)
    is_whole = read_scrape (answer, &cursor);
  if (is_whole)
    return g_steal_pointer (&answer);

  g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER,
                       packet->action == action ? _("The tracker's answer is cut short")
                                                : _("The tracker answered something else"));
  return NULL;
}
