/* freshet-words.c - what the engine's values mean, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-format.h"
#include "freshet-words.h"

#include <glib/gi18n.h>

/* No default in the switches here: a value without words is a warning of the compiler. */

const char *
freshet_words_state (BtSwarmState state,
                     gboolean     is_complete)
{
  switch (state)
    {
    case BT_SWARM_STOPPED:
      return is_complete ? _("Complete") : _("Paused");
    case BT_SWARM_CHECKING:
      return _("Checking");
    case BT_SWARM_PREPARING:
      return _("Preparing");
    case BT_SWARM_DOWNLOADING:
      return _("Downloading");
    case BT_SWARM_SEEDING:
      return _("Seeding");
    case BT_SWARM_NO_SPACE:
      return _("Disk full");
    case BT_SWARM_STOPPING:
      return _("Pausing");
    case BT_SWARM_FAILED:
      return _("Failed");
    case BT_SWARM_QUEUED:
      return _("Queued");
    case BT_SWARM_MISSING:
      return _("Missing");
    case BT_SWARM_MOVING:
      return _("Moving");
    case BT_SWARM_SEEKING:
      /* Translators: of a magnet link: peers are asked what files it has */
      return _("Looking for files");
    }
  return "";
}

static char *
with_message (const char *sentence,
              const char *message)
{
  if (message == NULL || *message == '\0')
    return g_strdup (sentence);
  /* Translators: a sentence and what explains it, such as "Waiting for its drive: Backup" */
  return g_strdup_printf (_("%s: %s"), sentence, message);
}

static char *
describe_no_pieces (const BtSwarmFacts *facts)
{
  if (facts->reason_piece == G_MAXUINT32)
    return g_strdup_printf (ngettext ("The %u peer here has nothing that is missing",
                                      "None of the %u peers has anything that is missing",
                                      facts->n_peers),
                            facts->n_peers);
  return g_strdup_printf (_("No peer has piece %u, which is missing"), facts->reason_piece);
}

char *
freshet_words_reason (const BtSwarmFacts *facts)
{
  switch (facts->reason)
    {
    case BT_REASON_NONE:
      return NULL;
    case BT_REASON_NO_PEERS:
      return g_strdup (_("No peers known yet"));
    case BT_REASON_TRACKER_FAILED:
      return with_message (_("No peers, and the tracker reports a problem"), facts->message);
    case BT_REASON_CONNECTING:
      return g_strdup (_("Connecting to peers"));
    case BT_REASON_UNREACHABLE:
      return g_strdup_printf (ngettext ("The %u known peer cannot be reached",
                                        "None of the %u known peers can be reached",
                                        facts->n_known),
                              facts->n_known);
    case BT_REASON_NO_PIECES:
      return describe_no_pieces (facts);
    case BT_REASON_ALL_CHOKE:
      return g_strdup_printf (ngettext ("Waiting for a turn with %u peer",
                                        "Waiting for a turn with %u peers", facts->reason_peers),
                              facts->reason_peers);
    case BT_REASON_STALLED:
      return g_strdup (_("Waiting for peers to answer"));
    case BT_REASON_LIMIT:
      return g_strdup (_("Held at your speed limit for this torrent"));
    case BT_REASON_LIMIT_OF_ALL:
      return g_strdup (_("Held at your speed limit"));
    case BT_REASON_DISK:
      return g_strdup (_("The disk is slower than the network"));
    case BT_REASON_NO_SPACE:
      return with_message (_("Waiting for space on the disk"), facts->message);
    case BT_REASON_QUEUED:
      return g_strdup (_("Waiting for other torrents to finish"));
    case BT_REASON_MISSING:
      return with_message (_("Waiting for its drive or folder"), facts->message);
    case BT_REASON_MOVING:
      return g_strdup (_("Moving to another folder"));
    case BT_REASON_CHECK_QUEUE:
      return g_strdup (_("Waiting for another check to end"));
    case BT_REASON_SHARE_DONE:
      return g_strdup (_("Shared as much as you asked for"));
    case BT_REASON_NOBODY_WANTS:
      return g_strdup (_("Nobody wants anything now"));
    case BT_REASON_NO_INCOMING:
      return g_strdup (_("No peer can be reached, and none reached you: your port may be closed"));
    case BT_REASON_NO_DEVICE:
      return g_strdup_printf (_("Waiting for the connection “%s”"), facts->message);
    case BT_REASON_DEVICE_REFUSED:
      return g_strdup_printf (_("This system does not allow using only the connection “%s”"),
                              facts->message);
    case BT_REASON_PROXY:
      return g_strdup (facts->message);
    case BT_REASON_TIMETABLE:
      return g_strdup (_("Paused by your timetable"));
    case BT_REASON_HELD:
      return g_strdup (_("Paused until the connection or the power is better"));
    }
  return NULL;
}

/* "4.2 MB/s from 14 peers"; NULL when nothing comes in. */
static char *
describe_receiving (const BtSwarmFacts *facts)
{
  g_autofree char *rate = NULL;

  if (facts->received_bps == 0)
    return NULL;
  rate = freshet_format_rate (facts->received_bps);
  /* Translators: a speed, and how many peers */
  return g_strdup_printf (ngettext ("%s from %u peer", "%s from %u peers",
                                    facts->n_unchoked_by),
                          rate, facts->n_unchoked_by);
}

/* "300 kB/s to 3 peers"; NULL when nothing goes out. */
static char *
describe_sending (const BtSwarmFacts *facts)
{
  g_autofree char *rate = NULL;

  if (facts->sent_bps == 0)
    return NULL;
  rate = freshet_format_rate (facts->sent_bps);
  /* Translators: a speed, and how many peers */
  return g_strdup_printf (ngettext ("%s to %u peer", "%s to %u peers", facts->n_unchoked),
                          rate, facts->n_unchoked);
}

static char *
describe_left (gint64 left_us)
{
  g_autofree char *left = NULL;

  if (left_us < 0)
    return NULL;
  left = freshet_format_left (left_us);
  /* Translators: how long a download takes yet, such as "31 minutes left" */
  return g_strdup_printf (_("%s left"), left);
}

/* Joins what there is; takes all parts, NULL ones are left out. */
static char *
join (char *first,
      char *second,
      char *third)
{
  char *parts[] = { first, second, third };
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (parts[i] != NULL && line->len > 0)
        g_string_append (line, " · ");
      if (parts[i] != NULL)
        g_string_append (line, parts[i]);
      g_free (parts[i]);
    }
  return g_string_free (line, FALSE);
}

static char *
describe_ratio (BtTorrent *torrent)
{
  const BtRecord *record = bt_torrent_get_record (torrent);
  g_autofree char *ratio = NULL;

  if (record->total_bytes == 0)
    return NULL;
  ratio = freshet_format_ratio ((double) record->sent_bytes / (double) record->total_bytes);
  /* Translators: bytes sent by size, such as "ratio 1.50" */
  return g_strdup_printf (_("ratio %s"), ratio);
}

/* "3 of 12 GB", or of a complete one its size. */
static char *
describe_amount (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);

  if (freshet_words_is_link (torrent))
    return g_strdup (_("The list of files is not known yet"));
  if (facts->done_bytes >= facts->wanted_bytes)
    return freshet_format_bytes (facts->wanted_bytes);
  return freshet_format_part (facts->done_bytes, facts->wanted_bytes);
}

/* Of work with bytes done, bytes in all and a rate: checking and moving. */
static char *
describe_work (const char *what,
               guint64     done_bytes,
               guint64     total_bytes,
               guint64     bps)
{
  double left_bytes = (double) (total_bytes - MIN (done_bytes, total_bytes));
  gint64 left_us = bps == 0 ? -1 : (gint64) (left_bytes / (double) bps * G_USEC_PER_SEC);
  g_autofree char *part = freshet_format_part (done_bytes, total_bytes);

  return join (g_strdup_printf ("%s: %s", what, part),
               bps == 0 ? NULL : freshet_format_rate (bps), describe_left (left_us));
}

static char *
describe_downloading (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  char *flow = describe_receiving (facts);
  char *reason = freshet_words_reason (facts);

  /* Once something flows, the reason matters only where it is a bound: limits, the disk. */
  if (flow != NULL && facts->reason != BT_REASON_LIMIT && facts->reason != BT_REASON_LIMIT_OF_ALL &&
      facts->reason != BT_REASON_DISK)
    g_clear_pointer (&reason, g_free);
  if (flow == NULL && reason == NULL)
    reason = g_strdup_printf (ngettext ("Connected to %u peer", "Connected to %u peers",
                                        facts->n_peers),
                              facts->n_peers);
  if (flow == NULL)
    return join (describe_amount (torrent), reason, NULL);
  return join (describe_amount (torrent), flow,
               reason != NULL ? reason : describe_left (facts->left_us));
}

static char *
describe_seeding (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  char *flow = describe_sending (facts);
  char *first = g_strdup (facts->is_super_seeding ? _("Super-seeding") : _("Seeding"));

  if (flow == NULL)
    flow = freshet_words_reason (facts);
  return join (first, flow, describe_ratio (torrent));
}

/* --- Magnet links --- */

/* "Asked 3 peers, 2 refused" */
static char *
describe_asked (const BtSwarmFacts *facts)
{
  g_autofree char *met = g_strdup_printf (ngettext ("Asked %u peer", "Asked %u peers",
                                                    facts->n_met),
                                          facts->n_met);

  if (facts->n_refused == 0)
    return g_steal_pointer (&met);
  /* Translators: "Asked 3 peers, 2 refused": those do not tell what files a magnet link is of */
  return g_strdup_printf (ngettext ("%s, %u refused", "%s, %u refused", facts->n_refused), met,
                          facts->n_refused);
}

char *
freshet_words_seeking (const BtSwarmFacts *facts)
{
  g_autofree char *percent = NULL;

  if (facts->metadata_bytes > 0)
    {
      percent = freshet_format_percent ((double) facts->metadata_done_bytes /
                                        (double) facts->metadata_bytes);
      /* Translators: of a magnet link: so many percent of the list of its files have come */
      return g_strdup_printf (_("Receiving the list of files, %s"), percent);
    }
  if (facts->n_met > 0)
    return describe_asked (facts);
  if (facts->n_connecting > 0)
    return g_strdup_printf (ngettext ("Connecting to %u peer", "Connecting to %u peers",
                                      facts->n_connecting),
                            facts->n_connecting);
  if (facts->reason == BT_REASON_UNREACHABLE || facts->reason == BT_REASON_TRACKER_FAILED)
    return freshet_words_reason (facts);
  if (facts->n_nodes > 0)
    /* Translators: of the distributed hash table (DHT) */
    return g_strdup_printf (ngettext ("Asked %u DHT node, no peers found yet",
                                      "Asked %u DHT nodes, no peers found yet", facts->n_nodes),
                            facts->n_nodes);
  return g_strdup (_("No peers found yet"));
}

/* `format` takes both; NULL when neither is known. */
static char *
describe_crowd (const char *format,
                int         n_seeds,
                int         n_leechers)
{
  g_autofree char *seeds = NULL;
  g_autofree char *leechers = NULL;

  if (n_seeds < 0 && n_leechers < 0)
    return NULL;
  n_seeds = MAX (n_seeds, 0);
  n_leechers = MAX (n_leechers, 0);
  seeds = g_strdup_printf (ngettext ("%d seed", "%d seeds", n_seeds), n_seeds);
  leechers = g_strdup_printf (ngettext ("%d leecher", "%d leechers", n_leechers), n_leechers);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (format, seeds, leechers);
#pragma GCC diagnostic pop
}

char *
freshet_words_scrape (const BtSwarmFacts *facts)
{
  /* Translators: "12 seeds, 3 leechers by trackers": how many have all of a torrent, and how many are fetching it */
  char *first = describe_crowd (_("%s, %s by trackers"), facts->tracker_seeds,
                                facts->tracker_leechers);
  /* Translators: likewise, as nodes of the distributed hash table estimate it */
  char *second = describe_crowd (_("about %s, %s by the DHT"), facts->dht_seeds,
                                 facts->dht_leechers);

  if (first == NULL)
    return second;
  return join (first, second, NULL);
}

/* Of a magnet link. */
static char *
describe_seeking (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  char *first = g_strdup (freshet_words_state (facts->state, FALSE));

  /* That nobody is known or met yet is said in its own words. */
  if (facts->reason == BT_REASON_NONE || facts->reason == BT_REASON_NO_PEERS ||
      facts->reason == BT_REASON_CONNECTING)
    return join (first, freshet_words_seeking (facts), NULL);
  return join (first, freshet_words_reason (facts), NULL);
}

char *
freshet_words_torrent (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  const char *state = freshet_words_state (facts->state, bt_torrent_is_complete (torrent));

  switch (facts->state)
    {
    case BT_SWARM_DOWNLOADING:
      return describe_downloading (torrent);
    case BT_SWARM_SEEDING:
      return describe_seeding (torrent);
    case BT_SWARM_CHECKING:
      if (facts->reason != BT_REASON_NONE)
        return join (g_strdup (state), freshet_words_reason (facts), NULL);
      return describe_work (state, facts->checked_bytes, facts->to_check_bytes, facts->checked_bps);
    case BT_SWARM_MOVING:
      if (facts->moving_bytes == 0)
        return freshet_words_reason (facts);
      return describe_work (state, facts->moved_bytes, facts->moving_bytes, facts->moving_bps);
    case BT_SWARM_SEEKING:
      return describe_seeking (torrent);
    case BT_SWARM_FAILED:
      return with_message (state, facts->message);
    case BT_SWARM_STOPPED:
      return join (g_strdup (state), describe_amount (torrent), freshet_words_reason (facts));
    case BT_SWARM_QUEUED:
      return join (g_strdup (state), describe_amount (torrent), freshet_words_reason (facts));
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_MISSING:
      return join (describe_amount (torrent), freshet_words_reason (facts), NULL);
    case BT_SWARM_PREPARING:
    case BT_SWARM_STOPPING:
      return join (g_strdup (state), describe_amount (torrent), NULL);
    }
  return g_strdup (state);
}

char *
freshet_words_accessible (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_autofree char *percent = freshet_format_percent (bt_torrent_get_progress (torrent));
  g_autofree char *sentence = freshet_words_torrent (torrent);

  if (freshet_words_is_link (torrent))
    /* Translators: a row of a magnet link as it is read aloud: name, and what happens */
    return g_strdup_printf (_("%s, %s"), bt_torrent_get_name (torrent), sentence);
  /* Translators: a row as it is read aloud: name, state, how far, and what happens */
  return g_strdup_printf (_("%s, %s, %s. %s"), bt_torrent_get_name (torrent),
                          freshet_words_state (facts->state, bt_torrent_is_complete (torrent)),
                          percent, sentence);
}

char *
freshet_words_reach (const BtReach *reach)
{
  g_autofree char *age = freshet_format_duration (reach->came_us / G_USEC_PER_SEC);
  g_autofree char *came = NULL;
  const char *parts[4] = { NULL };
  gsize n = 0;

  if (reach->verdict == BT_REACH_SEEN)
    {
      /* Translators: a time, such as "3 minutes" */
      came = g_strdup_printf (_("A peer connected to you %s ago."), age);
      parts[n++] = came;
    }
  if (reach->found != NULL)
    parts[n++] = reach->found;
  if (reach->effect != NULL)
    parts[n++] = reach->effect;
  return g_strjoinv (" ", (char **) parts);
}

gboolean
freshet_words_is_link (BtTorrent *torrent)
{
  return (bt_torrent_get_record (torrent)->flags & BT_RECORD_MAGNET) != 0;
}

gboolean
freshet_words_is_at_rest (BtTorrent *torrent)
{
  return (bt_torrent_get_record (torrent)->flags & BT_RECORD_PAUSED) != 0 ||
         bt_torrent_get_facts (torrent)->state == BT_SWARM_FAILED;
}

const char *
freshet_words_icon (BtTorrent *torrent)
{
  switch (bt_torrent_get_facts (torrent)->state)
    {
    case BT_SWARM_STOPPED:
      return bt_torrent_is_complete (torrent) ? "object-select-symbolic"
                                              : "media-playback-pause-symbolic";
    case BT_SWARM_STOPPING:
      return "media-playback-pause-symbolic";
    case BT_SWARM_CHECKING:
      return "system-search-symbolic";
    case BT_SWARM_PREPARING:
    case BT_SWARM_DOWNLOADING:
      return "go-down-symbolic";
    case BT_SWARM_SEEDING:
      return "go-up-symbolic";
    case BT_SWARM_FAILED:
      return "dialog-error-symbolic";
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_MISSING:
      return "dialog-warning-symbolic";
    case BT_SWARM_QUEUED:
      return "content-loading-symbolic";
    case BT_SWARM_MOVING:
      return "folder-symbolic";
    case BT_SWARM_SEEKING:
      return "system-search-symbolic";
    }
  return "image-missing";
}
