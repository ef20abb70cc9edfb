/* cli-options-set.c - judging what `set` is to change
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options-private.h"

#include "cli-load.h"
#include "cli-match.h"
#include "cli-numbers.h"

#include <glib/gi18n.h>
#include <string.h>

static void
priority_clear (gpointer priority)
{
  g_clear_pointer (&((CliPriority *) priority)->ranges, g_array_unref);
}

static gboolean
judge_run (CliChanges     *changes,
           const CliSaid  *said,
           GError        **error)
{
  if (said->pause + said->resume + said->force > 1)
    return cli_options_refuse (error, said->pause ? "--pause" : "--resume",
                               _("only one of --pause, --resume and --force"));
  if (said->pause)
    changes->run = CLI_RUN_PAUSE;
  else if (said->resume)
    changes->run = CLI_RUN_RESUME;
  else if (said->force)
    changes->run = CLI_RUN_FORCE;
  return TRUE;
}

/* "high:0,2-5" */
static gboolean
judge_priority (CliChanges  *changes,
                const char  *text,
                GError     **error)
{
  static const char *const words[] = { "skip", "low", "normal", "high" };
  const char *colon = strchr (text, ':');
  CliPriority priority = { 0 };

  for (gsize i = 0; colon != NULL && i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == (gsize) (colon - text) &&
        strncmp (text, words[i], strlen (words[i])) == 0)
      {
        priority.priority = (BtPriority) i;
        priority.ranges = cli_parse_selection (colon + 1);
      }
  if (priority.ranges == NULL)
    return cli_options_fail (error, "--priority", text,
                             _("skip, low, normal or high with file numbers, such as high:0,2-5"));
  if (changes->priorities == NULL)
    {
      changes->priorities = g_array_new (FALSE, FALSE, sizeof (CliPriority));
      g_array_set_clear_func (changes->priorities, priority_clear);
    }
  g_array_append_val (changes->priorities, priority);
  return TRUE;
}

/* A share limit's special words. */
static gboolean
parse_special (const char *text,
               double     *out_value)
{
  if (strcmp (text, "none") == 0)
    *out_value = BT_RATIO_NONE;
  else if (strcmp (text, "general") == 0)
    *out_value = BT_RATIO_GENERAL;
  else
    return FALSE;
  return TRUE;
}

static gboolean
judge_time (CliChanges  *changes,
            const char  *option,
            const char  *text,
            CliChange    change,
            gint64      *out_seconds,
            GError     **error)
{
  double special;
  guint64 seconds;

  if (text == NULL)
    return TRUE;
  if (parse_special (text, &special))
    *out_seconds = (gint64) special;
  else if (cli_parse_time (text, &seconds))
    *out_seconds = (gint64) seconds;
  else
    return cli_options_fail (error, option, text,
                             _("a time in seconds, or such as 10m or 2h, none or general"));
  changes->said |= change;
  return TRUE;
}

static gboolean
judge_after (CliChanges  *changes,
             const char  *text,
             GError     **error)
{
  static const char *const words[] = {
    [BT_AFTER_SHARE_GENERAL] = "general",
    [BT_AFTER_SHARE_PAUSE] = "pause",
    [BT_AFTER_SHARE_REMOVE] = "remove",
    [BT_AFTER_SHARE_REMOVE_DATA] = "remove-data",
    [BT_AFTER_SHARE_SUPER_SEED] = "super-seed",
  };

  if (text == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], text) == 0)
      {
        changes->after_share = (BtAfterShare) i;
        changes->said |= CLI_CHANGE_AFTER;
        return TRUE;
      }
  return cli_options_fail (error, "--after", text,
                           _("pause, remove, remove-data, super-seed or general"));
}

static gboolean
judge_share (CliChanges     *changes,
             const CliSaid  *said,
             GError        **error)
{
  if (said->ratio != NULL)
    {
      if (!parse_special (said->ratio, &changes->ratio) &&
          !cli_parse_ratio (said->ratio, &changes->ratio))
        return cli_options_fail (error, "--ratio", said->ratio,
                                 _("a number such as 1.5, none or general"));
      changes->said |= CLI_CHANGE_RATIO;
    }
  return judge_time (changes, "--seed-time", said->seed_time, CLI_CHANGE_SEED_TIME,
                     &changes->seed_time_s, error) &&
         judge_time (changes, "--idle-time", said->idle_time, CLI_CHANGE_IDLE_TIME,
                     &changes->idle_s, error) &&
         judge_after (changes, said->after, error);
}

static gboolean
judge_switch (CliChanges  *changes,
              const char  *option,
              const char  *text,
              CliChange    change,
              gboolean    *out_value,
              GError     **error)
{
  if (text == NULL)
    return TRUE;
  if (strcmp (text, "on") != 0 && strcmp (text, "off") != 0)
    return cli_options_fail (error, option, text, _("on or off"));
  *out_value = strcmp (text, "on") == 0;
  changes->said |= change;
  return TRUE;
}

static gboolean
judge_numbers (CliChanges     *changes,
               const CliSaid  *said,
               GError        **error)
{
  if (said->download_limit != NULL)
    changes->said |= CLI_CHANGE_DOWNLOAD_LIMIT;
  if (said->upload_limit != NULL)
    changes->said |= CLI_CHANGE_UPLOAD_LIMIT;
  if (said->max_peers != NULL)
    changes->said |= CLI_CHANGE_MAX_PEERS;
  if (said->upload_slots != NULL)
    changes->said |= CLI_CHANGE_UPLOAD_SLOTS;
  if (said->position != NULL)
    changes->said |= CLI_CHANGE_POSITION;
  return cli_options_judge_rate ("--download-limit", said->download_limit,
                                 &changes->download_limit_bps, error) &&
         cli_options_judge_rate ("--upload-limit", said->upload_limit,
                                 &changes->upload_limit_bps, error) &&
         cli_options_judge_number ("--max-peers", said->max_peers, 0, CLI_MAX_PEERS,
                                   &changes->max_peers, error) &&
         cli_options_judge_number ("--upload-slots", said->upload_slots, 0, CLI_MAX_PEERS,
                                   &changes->upload_slots, error) &&
         cli_options_judge_number ("--position", said->position, 0, CLI_MAX_AT_ONCE,
                                   &changes->position, error);
}

static gboolean
judge_trackers (CliOptions  *options,
                GError     **error)
{
  if (options->trackers != NULL && options->changes.has_own_trackers)
    return cli_options_refuse (error, "--own-trackers", _("not together with --tracker"));
  if (options->web_seeds != NULL && options->changes.has_own_web_seeds)
    return cli_options_refuse (error, "--own-web-seeds", _("not together with --web-seed"));
  for (gsize i = 0; options->trackers != NULL && options->trackers[i] != NULL; i++)
    {
      g_auto (GStrv) urls = g_strsplit (options->trackers[i], ",", -1);

      if (!cli_load_check_urls (urls, error))
        return FALSE;
    }
  return cli_load_check_web_seeds (options->web_seeds, error);
}

/* What can only be said of one torrent. */
static gboolean
judge_single (CliOptions     *options,
              const CliSaid  *said,
              GError        **error)
{
  const char *option = options->name != NULL ? "--name" : "--position";

  if (options->name == NULL && said->position == NULL)
    return TRUE;
  if (g_strv_length (options->arguments) < 2 &&
      g_strcmp0 (options->arguments[0], CLI_MATCH_ALL) != 0)
    return TRUE;
  return cli_options_refuse (error, option, _("only for one torrent at a time"));
}

gboolean
cli_options_judge_changes (CliOptions     *options,
                           const CliSaid  *said,
                           GError        **error)
{
  CliChanges *changes = &options->changes;

  for (gsize i = 0; said->priorities != NULL && said->priorities[i] != NULL; i++)
    if (!judge_priority (changes, said->priorities[i], error))
      return FALSE;
  if (options->labels != NULL && changes->has_no_labels)
    return cli_options_refuse (error, "--no-labels", _("not together with --label"));
  if (!judge_run (changes, said, error) || !judge_share (changes, said, error) ||
      !judge_switch (changes, "--sequential", said->sequential, CLI_CHANGE_SEQUENTIAL,
                     &changes->is_sequential, error) ||
      !judge_switch (changes, "--super-seed", said->super_seed, CLI_CHANGE_SUPER_SEED,
                     &changes->is_super_seeding, error) ||
      !judge_numbers (changes, said, error) || !judge_trackers (options, error) ||
      !judge_single (options, said, error))
    return FALSE;
  if (changes->run != CLI_RUN_AS_BEFORE || changes->said != 0 || changes->priorities != NULL ||
      changes->has_no_labels || changes->has_own_trackers ||
      changes->has_own_web_seeds || options->web_seeds != NULL || options->name != NULL ||
      options->labels != NULL || options->trackers != NULL)
    return TRUE;
  g_set_error_literal (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                       _("set what? an option such as --pause is missing"));
  return FALSE;
}
