/* freshet-columns.c - what can be shown of a torrent in a column, and sorted by
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-columns.h"

#include "common/freshet-format.h"
#include "common/freshet-words.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* --- Keys --- */

/* A function for a key that is a number, and one for what the cell says. */
#define NUMBER_KEY(name, expression)                                                               \
  static void                                                                                      \
  name##_key (const FreshetEntry *entry,                                                           \
              FreshetKey         *out_key)                                                         \
  {                                                                                                \
    out_key->number = (double) (expression);                                                       \
  }

#define TEXT_KEY(name, expression)                                                                 \
  static void                                                                                      \
  name##_key (const FreshetEntry *entry,                                                           \
              FreshetKey         *out_key)                                                         \
  {                                                                                                \
    out_key->text = (expression);                                                                  \
  }

#define CELL(name, expression)                                                                     \
  static char *                                                                                    \
  name##_cell (BtTorrent *torrent)                                                                 \
  {                                                                                                \
    const BtSwarmFacts *facts G_GNUC_UNUSED = bt_torrent_get_facts (torrent);                      \
    const BtRecord *record G_GNUC_UNUSED = bt_torrent_get_record (torrent);                        \
                                                                                                   \
    return (expression);                                                                           \
  }

static double
get_share (guint64 part,
           guint64 whole)
{
  return whole > 0 ? (double) part / (double) whole : 0;
}

static double
get_progress (const FreshetEntry *entry)
{
  return entry->torrent != NULL ? bt_torrent_get_progress (entry->torrent)
                                : get_share (entry->facts->done_bytes, entry->facts->wanted_bytes);
}

/* What moves first, then what waits, then what rests. */
static int
rank_state (BtSwarmState state)
{
  static const BtSwarmState order[] = {
    BT_SWARM_DOWNLOADING, BT_SWARM_PREPARING, BT_SWARM_SEEDING, BT_SWARM_MOVING, BT_SWARM_CHECKING,
    BT_SWARM_SEEKING, BT_SWARM_QUEUED, BT_SWARM_STOPPING, BT_SWARM_STOPPED, BT_SWARM_NO_SPACE,
    BT_SWARM_MISSING, BT_SWARM_FAILED,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    if (order[i] == state)
      return (int) i;
  return G_N_ELEMENTS (order);
}

static const char *
get_first (char **words)
{
  return words != NULL && words[0] != NULL ? words[0] : "";
}

NUMBER_KEY (size, entry->record->total_bytes)
NUMBER_KEY (progress, get_progress (entry))
NUMBER_KEY (state, rank_state (entry->facts->state))
NUMBER_KEY (reason, entry->facts->reason)
NUMBER_KEY (peers, entry->facts->n_peers)
NUMBER_KEY (seeds, entry->facts->n_seeds)
NUMBER_KEY (received_bps, entry->facts->received_bps)
NUMBER_KEY (sent_bps, entry->facts->sent_bps)
NUMBER_KEY (left, entry->facts->left_us < 0 ? INFINITY : (double) entry->facts->left_us)
NUMBER_KEY (ratio, get_share (entry->record->sent_bytes, entry->record->total_bytes))
NUMBER_KEY (received, entry->record->received_bytes)
NUMBER_KEY (sent, entry->record->sent_bytes)
NUMBER_KEY (availability, entry->facts->copies_milli)
NUMBER_KEY (added, entry->record->added_at_s)
NUMBER_KEY (completed, entry->record->completed_at_s)
NUMBER_KEY (active, entry->record->active_at_s)
NUMBER_KEY (position, entry->record->position)
TEXT_KEY (name, entry->name_key)
TEXT_KEY (labels, get_first (entry->labels))
TEXT_KEY (tracker, get_first (entry->hosts))
TEXT_KEY (folder, entry->record->folder)

int
freshet_columns_compare (const FreshetKey *a,
                         const FreshetKey *b)
{
  if (a->text != NULL && b->text != NULL)
    return strcmp (a->text, b->text);
  return a->number < b->number ? -1 : a->number > b->number;
}

/* --- Cells --- */

static char *
format_count (guint n,
              int   n_in_swarm)
{
  if (n == 0 && n_in_swarm <= 0)
    return NULL;
  /* Translators: how many are connected, and how many the tracker knows: "3 (120)" */
  return n_in_swarm < 0 ? g_strdup_printf ("%u", n)
                        : g_strdup_printf (_("%u (%d)"), n, n_in_swarm);
}

static char *
format_copies (guint32 copies_milli)
{
  return copies_milli == 0 ? NULL : g_strdup_printf ("%.2f", copies_milli / 1000.0);
}

/* Of a name of bytes, what can be shown of it. */
static char *
format_folder (const char *folder)
{
  g_autofree char *name = g_filename_display_name (folder);
  const char *home = g_get_home_dir ();
  gsize length = strlen (home);

  if (length > 1 && strncmp (name, home, length) == 0 &&
      (name[length] == '/' || name[length] == '\0'))
    return g_strconcat ("~", name + length, NULL);
  return g_steal_pointer (&name);
}

static char *
join_words (char **words)
{
  return words != NULL ? g_strjoinv (", ", words) : NULL;
}

static char *
format_past (gint64 time_s)
{
  return time_s == 0 ? NULL : freshet_format_date (time_s);
}

static char *
format_some (guint64 n_bytes)
{
  return n_bytes == 0 ? NULL : freshet_format_bytes (n_bytes);
}

/* Takes the text. Of a magnet link there is nothing to say. */
static char *
format_known (BtTorrent *torrent,
              char      *text)
{
  if (freshet_words_is_link (torrent))
    g_clear_pointer (&text, g_free);
  return text;
}

CELL (name, g_strdup (record->name))
CELL (size, format_known (torrent, freshet_format_bytes (record->total_bytes)))
CELL (progress,
      format_known (torrent, freshet_format_percent (bt_torrent_get_progress (torrent))))
CELL (state, g_strdup (freshet_words_state (facts->state, bt_torrent_is_complete (torrent))))
CELL (reason, freshet_words_reason (facts))
CELL (peers, format_count (facts->n_peers, facts->tracker_leechers))
CELL (seeds, format_count (facts->n_seeds, facts->tracker_seeds))
CELL (received_bps, freshet_format_any_rate (facts->received_bps))
CELL (sent_bps, freshet_format_any_rate (facts->sent_bps))
CELL (left, facts->left_us < 0 ? NULL : freshet_format_left (facts->left_us))
CELL (ratio, format_known (torrent, freshet_format_ratio (get_share (record->sent_bytes,
                                                                     record->total_bytes))))
CELL (received, format_some (record->received_bytes))
CELL (sent, format_some (record->sent_bytes))
CELL (availability, format_copies (facts->copies_milli))
CELL (added, format_past (record->added_at_s))
CELL (completed, format_past (record->completed_at_s))
CELL (active, format_past (record->active_at_s))
CELL (position, g_strdup_printf ("%u", record->position + 1))
CELL (labels, join_words (record->labels))
CELL (tracker, join_words (freshet_entry_get_hosts (record)))
CELL (folder, format_folder (record->folder))

/* --- The table of them --- */

static const FreshetColumn columns[] = {
  { "name", N_("Name"), name_key, name_cell, 260, FALSE, FALSE, FALSE },
  { "size", N_("Size"), size_key, size_cell, 90, TRUE, FALSE, TRUE },
  { "progress", N_("Progress"), progress_key, progress_cell, 150, FALSE, TRUE, TRUE },
  { "state", N_("State"), state_key, state_cell, 110, FALSE, TRUE, FALSE },
  { "reason", N_("Reason"), reason_key, reason_cell, 240, FALSE, TRUE, TRUE },
  { "peers", N_("Peers"), peers_key, peers_cell, 80, TRUE, TRUE, TRUE },
  { "seeds", N_("Seeds"), seeds_key, seeds_cell, 80, TRUE, TRUE, TRUE },
  { "received-bps", N_("Download"), received_bps_key, received_bps_cell, 100, TRUE, TRUE, TRUE },
  { "sent-bps", N_("Upload"), sent_bps_key, sent_bps_cell, 100, TRUE, TRUE, TRUE },
  { "left", N_("Time Left"), left_key, left_cell, 110, TRUE, TRUE, FALSE },
  { "ratio", N_("Ratio"), ratio_key, ratio_cell, 70, TRUE, TRUE, TRUE },
  { "received", N_("Downloaded"), received_key, received_cell, 110, TRUE, TRUE, TRUE },
  { "sent", N_("Uploaded"), sent_key, sent_cell, 110, TRUE, TRUE, TRUE },
  { "availability", N_("Availability"), availability_key, availability_cell, 110, TRUE, TRUE,
    TRUE },
  { "labels", N_("Labels"), labels_key, labels_cell, 140, FALSE, FALSE, FALSE },
  { "tracker", N_("Tracker"), tracker_key, tracker_cell, 180, FALSE, FALSE, FALSE },
  { "added", N_("Added"), added_key, added_cell, 170, FALSE, FALSE, TRUE },
  { "completed", N_("Completed"), completed_key, completed_cell, 170, FALSE, FALSE, TRUE },
  { "active", N_("Last Active"), active_key, active_cell, 170, FALSE, TRUE, TRUE },
  { "position", N_("Queue"), position_key, position_cell, 80, TRUE, FALSE, FALSE },
  { "folder", N_("Folder"), folder_key, folder_cell, 220, FALSE, FALSE, FALSE },
};

const FreshetColumn *
freshet_columns_get (gsize *out_n_columns)
{
  *out_n_columns = G_N_ELEMENTS (columns);
  return columns;
}

const FreshetColumn *
freshet_columns_find (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    if (g_strcmp0 (columns[i].id, id) == 0)
      return &columns[i];
  return NULL;
}

/* --- Places --- */

void
freshet_columns_place (FreshetColumnPlace *places,
                       gsize               n_places,
                       int                 width,
                       gboolean            is_mirrored)
{
  int left = width;
  int n_expanding = 0;
  int x = 0;

  for (gsize i = 0; i < n_places; i++)
    {
      left -= places[i].width;
      n_expanding += places[i].expands != FALSE;
    }
  for (gsize i = 0; i < n_places; i++)
    {
      if (places[i].expands && left > 0)
        {
          int more = left / n_expanding + (left % n_expanding > 0);

          places[i].width += more;
          left -= more;
          n_expanding--;
        }
      places[i].x = is_mirrored ? width - x - places[i].width : x;
      x += places[i].width;
    }
}
