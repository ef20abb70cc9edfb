/* cli-recheck.c - recheck: hashes what torrents of a state have on the disk
 *
 * Torrents on different disks are checked at once. A check that is interrupted goes on when the torrent runs, or when
 * it is asked for again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-json.h"
#include "cli-state.h"
#include "cli-text.h"

#include <glib/gi18n.h>

typedef struct
{
  CliState  *state;         /* borrowed */
  BtTorrent *torrent;       /* borrowed */
  guint32    n_had;         /* pieces, before */
  gboolean   is_told;       /* something newer than that has come */
} Check;

static void
changed_cb (Check *check)
{
  check->is_told = TRUE;
  g_main_loop_quit (check->state->loop);
}

static gboolean
has_ended (Check *check)
{
  if (!check->is_told)
    return FALSE;
  switch (bt_torrent_get_facts (check->torrent)->state)
    {
    case BT_SWARM_STOPPED:
    case BT_SWARM_FAILED:
    case BT_SWARM_QUEUED:
    case BT_SWARM_MISSING:
      return TRUE;

    case BT_SWARM_CHECKING:
    case BT_SWARM_PREPARING:
    case BT_SWARM_DOWNLOADING:
    case BT_SWARM_SEEDING:
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_STOPPING:
    case BT_SWARM_MOVING:
    default:
      return FALSE;
    }
}

static void
print_json (Check   *check,
            guint32  n_bad)
{
  const BtRecord *record = bt_torrent_get_record (check->torrent);
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "checked");
  cli_json_add_uint (&json, "id", record->id);
  cli_json_add_string (&json, "name", record->name);
  cli_json_add_boolean (&json, "good", n_bad == 0);
  cli_json_add_uint (&json, "bad_pieces", n_bad);
  cli_json_add_uint (&json, "done", record->done_bytes);
  cli_json_add_uint (&json, "total", record->wanted_bytes);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static CliStatus
report (Check *check)
{
  const CliOptions *options = check->state->options;
  const BtRecord *record = bt_torrent_get_record (check->torrent);
  const BtSwarmFacts *facts = bt_torrent_get_facts (check->torrent);
  guint32 n_bad = check->n_had > record->n_have ? check->n_had - record->n_have : 0;
  g_autofree char *name = cli_state_dup_name (check->torrent);
  g_autofree char *done = cli_text_size (record->done_bytes);
  g_autofree char *total = cli_text_size (record->wanted_bytes);

  if (facts->state == BT_SWARM_FAILED || facts->state == BT_SWARM_MISSING ||
      (record->flags & BT_RECORD_MUST_CHECK))
    {
      cli_complain (_("%s: could not be checked: %s"), name,
                    facts->message != NULL ? facts->message : _("for an unknown reason"));
      return CLI_FAILED;
    }
  if (options->is_json)
    print_json (check, n_bad);
  else if (!options->is_quiet && n_bad == 0)
    cli_print_format (_("%s: is right, %s of %s are there\n"), name, done, total);
  else if (!options->is_quiet)
    cli_print_format (ngettext ("%s: %u piece was missing or wrong, %s of %s are there\n",
                                "%s: %u pieces were missing or wrong, %s of %s are there\n", n_bad),
                      name, n_bad, done, total);
  return n_bad == 0 ? CLI_DONE : CLI_FAILED;
}

static CliStatus
recheck (CliState *state)
{
  g_autoptr (GPtrArray) torrents = cli_state_find (state, state->options->arguments);
  g_autofree Check *checks = NULL;
  CliStatus status = CLI_DONE;

  if (torrents == NULL)
    return CLI_FAILED;
  checks = g_new0 (Check, MAX (torrents->len, 1));
  state->shown = torrents;
  for (guint i = 0; i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);

      checks[i] = (Check) { state, torrent, bt_torrent_get_record (torrent)->n_have, FALSE };
      g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), &checks[i]);
      bt_torrent_verify (torrent);
    }
  for (guint i = 0; i < torrents->len && !state->is_interrupted; i++)
    {
      while (!has_ended (&checks[i]) && !state->is_interrupted)
        cli_state_turn (state);
      cli_progress_hide (state->progress);
      if (has_ended (&checks[i]))
        {
          CliStatus end = report (&checks[i]);

          status = MAX (status, end);
        }
    }
  for (guint i = 0; i < torrents->len; i++)
    g_signal_handlers_disconnect_by_data (checks[i].torrent, &checks[i]);
  state->shown = NULL;
  return status;
}

CliStatus
cli_recheck (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = recheck (&state);
  return cli_state_close (&state, status);
}
