/* cli-options-state.c - judging what is said about a state: where it is, and what holds for all of its torrents
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options-private.h"

#include "cli-numbers.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_TIMETABLE_BYTES 4096

/* The first option that means nothing without a state; NULL: there is none. */
static const char *
find_homeless (const CliOptions *options,
               const CliSaid    *said)
{
  const struct
  {
    const char *option;
    gboolean    is_said;
  } all[] = {
    { "--max-downloads", said->max_downloads != NULL },
    { "--max-seeds", said->max_seeds != NULL },
    { "--alternative-download-limit", said->alternative_download_limit != NULL },
    { "--alternative-upload-limit", said->alternative_upload_limit != NULL },
    { "--use-alternative", said->use_alternative },
    { "--timetable", said->timetable != NULL },
    { "--min-free", said->min_free != NULL },
    { "--block-list", options->block_list != NULL },
    { "--no-suffix", said->no_suffix },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].is_said)
      return all[i].option;
  return NULL;
}

/* Lines of a file, as bt_timetable_parse() takes them. */
static gboolean
judge_timetable (CliOptions  *options,
                 const char  *path,
                 GError     **error)
{
  g_autofree char *text = NULL, *shown = NULL;
  g_autoptr (GError) wrong = NULL;
  g_auto (GStrv) lines = NULL;
  gsize n_bytes;

  if (path == NULL)
    return TRUE;
  shown = g_filename_display_name (path);
  if (!g_file_get_contents (path, &text, &n_bytes, &wrong))
    return cli_options_refuse (error, "--timetable", wrong->message);
  if (n_bytes > MAX_TIMETABLE_BYTES)
    return cli_options_fail (error, "--timetable", shown, _("a timetable: it is too large"));
  lines = g_strsplit (g_strstrip (text), "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  if (!bt_timetable_parse ((const char *const *) lines, &options->settings.timetable, &wrong))
    return cli_options_refuse (error, "--timetable", wrong->message);
  options->settings.use_timetable = TRUE;
  return TRUE;
}

static gboolean
judge_settings (CliOptions     *options,
                const CliSaid  *said,
                GError        **error)
{
  BtSettings *settings = &options->settings;

  settings->use_alternative = said->use_alternative;
  settings->no_suffix = said->no_suffix;
  if (said->min_free != NULL && !cli_parse_size (said->min_free, &settings->min_free_bytes))
    return cli_options_fail (error, "--min-free", said->min_free,
                             _("a number of bytes, such as 500M or 2G"));
  return cli_options_judge_number ("--max-downloads", said->max_downloads, 0, CLI_MAX_AT_ONCE,
                                   &settings->max_downloads, error) &&
         cli_options_judge_number ("--max-seeds", said->max_seeds, 0, CLI_MAX_AT_ONCE,
                                   &settings->max_seeds, error) &&
         cli_options_judge_rate ("--alternative-download-limit", said->alternative_download_limit,
                                 &settings->alternative_read_bps, error) &&
         cli_options_judge_rate ("--alternative-upload-limit", said->alternative_upload_limit,
                                 &settings->alternative_write_bps, error) &&
         judge_timetable (options, said->timetable, error);
}

gboolean
cli_options_judge_state (CliOptions     *options,
                         const CliSaid  *said,
                         gboolean        needs_state,
                         GError        **error)
{
  const char *homeless = find_homeless (options, said);

  if (said->state == NULL && needs_state)
    {
      g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                   _("%s in which state? --state FILE is missing"),
                   cli_command_get_name (options->command));
      return FALSE;
    }
  if (said->state == NULL && homeless != NULL)
    return cli_options_refuse (error, homeless, _("only together with --state FILE"));
  if (said->trash && said->delete)
    return cli_options_refuse (error, "--trash", _("not together with --delete"));
  if (said->state != NULL)
    options->state = g_canonicalize_filename (said->state, NULL);
  if (said->incomplete != NULL)
    options->incomplete = g_canonicalize_filename (said->incomplete, NULL);
  if (said->trash)
    options->remove_data = BT_REMOVE_TRASH_DATA;
  if (said->delete)
    options->remove_data = BT_REMOVE_DELETE_DATA;
  return judge_settings (options, said, error);
}
