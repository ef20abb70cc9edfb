/* cli-set.c - set: what is set for torrents of a state
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-numbers.h"
#include "cli-state.h"

#include <glib/gi18n.h>

static gboolean
is_said (const CliChanges *changes,
         CliChange         change)
{
  return (changes->said & change) != 0;
}

/* --- Before anything is changed --- */

static gboolean
has_files (BtTorrent        *torrent,
           const CliChanges *changes)
{
  guint32 n_files = bt_torrent_get_record (torrent)->n_files;

  for (guint i = 0; changes->priorities != NULL && i < changes->priorities->len; i++)
    {
      const CliPriority *priority = &g_array_index (changes->priorities, CliPriority, i);

      for (guint k = 0; k < priority->ranges->len; k++)
        {
          const CliRange *range = &g_array_index (priority->ranges, CliRange, k);
          g_autofree char *name = NULL;

          if (range->last < n_files)
            continue;
          name = cli_state_dup_name (torrent);
          cli_complain (_("--priority: %s has no file %u, its files are 0 to %u"), name,
                        range->last, n_files - 1);
          return FALSE;
        }
    }
  return TRUE;
}

/* --- Changing --- */

static void
set_priorities (BtTorrent        *torrent,
                const CliChanges *changes)
{
  for (guint i = 0; changes->priorities != NULL && i < changes->priorities->len; i++)
    {
      const CliPriority *priority = &g_array_index (changes->priorities, CliPriority, i);
      g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (guint));

      for (guint k = 0; k < priority->ranges->len; k++)
        {
          const CliRange *range = &g_array_index (priority->ranges, CliRange, k);

          for (guint file = range->first; file <= range->last; file++)
            g_array_append_val (files, file);
        }
      bt_torrent_set_priority (torrent, (const guint *) (gconstpointer) files->data, files->len,
                               priority->priority);
    }
}

static void
set_trackers (BtTorrent        *torrent,
              const CliOptions *options)
{
  g_autoptr (GArray) trackers = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));

  if (options->changes.has_own_trackers)
    bt_torrent_set_trackers (torrent, NULL, 0);
  if (options->trackers == NULL)
    return;
  g_array_set_clear_func (trackers, bt_tracker_record_clear);
  for (guint tier = 0; options->trackers[tier] != NULL; tier++)
    {
      g_auto (GStrv) urls = g_strsplit (options->trackers[tier], ",", -1);

      for (gsize i = 0; urls[i] != NULL; i++)
        {
          BtTrackerRecord tracker = { .tier = tier, .url = g_strdup (urls[i]) };

          g_array_append_val (trackers, tracker);
        }
    }
  bt_torrent_set_trackers (torrent, (const BtTrackerRecord *) (gconstpointer) trackers->data,
                           trackers->len);
}

static void
set_web_seeds (BtTorrent        *torrent,
               const CliOptions *options)
{
  if (options->web_seeds != NULL || options->changes.has_own_web_seeds)
    bt_torrent_set_web_seeds (torrent, (const char *const *) options->web_seeds);
}

static void
set_limits (BtTorrent        *torrent,
            const CliChanges *changes)
{
  const BtRecord *record = bt_torrent_get_record (torrent);
  gboolean has_download = is_said (changes, CLI_CHANGE_DOWNLOAD_LIMIT);
  gboolean has_upload = is_said (changes, CLI_CHANGE_UPLOAD_LIMIT);

  if (has_download || has_upload)
    bt_torrent_set_limits (torrent,
                           has_download ? changes->download_limit_bps : record->read_limit_bps,
                           has_upload ? changes->upload_limit_bps : record->write_limit_bps);
}

static void
set_share_limits (BtTorrent        *torrent,
                  const CliChanges *changes)
{
  const BtRecord *record = bt_torrent_get_record (torrent);
  double ratio = record->ratio_limit;
  gint64 seed_time_s = record->seed_time_limit_s;
  gint64 idle_s = record->idle_limit_s;
  BtAfterShare after_share = record->after_share;

  if (is_said (changes, CLI_CHANGE_RATIO))
    ratio = changes->ratio;
  if (is_said (changes, CLI_CHANGE_SEED_TIME))
    seed_time_s = changes->seed_time_s;
  if (is_said (changes, CLI_CHANGE_IDLE_TIME))
    idle_s = changes->idle_s;
  if (is_said (changes, CLI_CHANGE_AFTER))
    after_share = changes->after_share;
  if (changes->said & (CLI_CHANGE_RATIO | CLI_CHANGE_SEED_TIME | CLI_CHANGE_IDLE_TIME |
                       CLI_CHANGE_AFTER))
    bt_torrent_set_share_limits (torrent, ratio, seed_time_s, idle_s, after_share);
}

static void
set_places (BtTorrent        *torrent,
            const CliChanges *changes)
{
  const BtRecord *record = bt_torrent_get_record (torrent);
  gboolean has_peers = is_said (changes, CLI_CHANGE_MAX_PEERS);
  gboolean has_slots = is_said (changes, CLI_CHANGE_UPLOAD_SLOTS);

  if (has_peers || has_slots)
    bt_torrent_set_places (torrent, has_peers ? changes->max_peers : record->max_peers,
                           has_slots ? changes->upload_slots : record->upload_slots);
}

static void
set_run (BtTorrent  *torrent,
         CliRunWish  wish)
{
  switch (wish)
    {
    case CLI_RUN_PAUSE:
      bt_torrent_stop (torrent);
      break;

    case CLI_RUN_RESUME:
      bt_torrent_start (torrent);
      break;

    case CLI_RUN_FORCE:
      bt_torrent_start_forced (torrent);
      break;

    case CLI_RUN_AS_BEFORE:
    default:
      break;
    }
}

static void
change (BtTorrent        *torrent,
        const CliOptions *options)
{
  const CliChanges *changes = &options->changes;

  if (options->name != NULL)
    bt_torrent_set_name (torrent, options->name);
  if (options->labels != NULL || changes->has_no_labels)
    bt_torrent_set_labels (torrent, (const char *const *) options->labels);
  set_priorities (torrent, changes);
  set_trackers (torrent, options);
  set_web_seeds (torrent, options);
  set_limits (torrent, changes);
  set_share_limits (torrent, changes);
  set_places (torrent, changes);
  if (is_said (changes, CLI_CHANGE_SEQUENTIAL))
    bt_torrent_set_sequential (torrent, changes->is_sequential);
  if (is_said (changes, CLI_CHANGE_SUPER_SEED))
    bt_torrent_set_super_seeding (torrent, changes->is_super_seeding);
  if (is_said (changes, CLI_CHANGE_POSITION))
    bt_torrent_set_position (torrent, changes->position);
  set_run (torrent, changes->run);
}

static CliStatus
set (CliState *state)
{
  const CliOptions *options = state->options;
  g_autoptr (GPtrArray) torrents = cli_state_find (state, options->arguments);

  if (torrents == NULL)
    return CLI_FAILED;
  for (guint i = 0; i < torrents->len; i++)
    if (!has_files (g_ptr_array_index (torrents, i), &options->changes))
      return CLI_USAGE;
  for (guint i = 0; i < torrents->len; i++)
    change (g_ptr_array_index (torrents, i), options);
  return CLI_DONE;
}

CliStatus
cli_set (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = set (&state);
  return cli_state_close (&state, status);
}
