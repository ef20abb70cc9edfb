/* cli-restore.c - restore: the daily copies of a state, and one of them in its place
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-json.h"
#include "cli-state.h"

#include <glib/gi18n.h>
#include <string.h>

#define NEWEST "newest"

static void
print_path (const CliOptions *options,
            const char       *event,
            const char       *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *line = cli_dup_one_line (shown);
  g_auto (CliJson) json = { 0 };

  if (!options->is_json)
    {
      cli_print_format ("%s\n", line);
      return;
    }
  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", event);
  cli_json_add_string (&json, "copy", shown);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static CliStatus
put_back (CliState   *state,
          const char *copy)
{
  const CliOptions *options = state->options;
  g_autofree char *shown = g_filename_display_name (options->state);
  g_autofree char *from = g_filename_display_name (copy);
  g_autoptr (GError) error = NULL;

  bt_supervisor_restore_async (state->supervisor, copy, NULL, cli_state_answer_cb, state);
  if (!bt_supervisor_restore_finish (state->supervisor, cli_state_wait (state), &error))
    return cli_complain_about (error);
  if (options->is_json)
    print_path (options, "restored", copy);
  else if (!options->is_quiet)
    cli_print_format (_("%s: is now as in %s\n"), shown, from);
  return CLI_DONE;
}

static CliStatus
restore (CliState *state)
{
  const CliOptions *options = state->options;
  const char *wanted = options->arguments[0];
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copies = NULL;

  bt_supervisor_list_copies_async (state->supervisor, NULL, cli_state_answer_cb, state);
  copies = bt_supervisor_list_copies_finish (state->supervisor, cli_state_wait (state), &error);
  if (copies == NULL)
    return cli_complain_about (error);
  if (copies[0] == NULL && (wanted == NULL || strcmp (wanted, NEWEST) == 0))
    {
      g_autofree char *shown = g_filename_display_name (options->state);

      cli_complain (_("%s: there is no copy of it that can be read"), shown);
      return CLI_FAILED;
    }
  if (wanted != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (wanted, NULL);

      return put_back (state, strcmp (wanted, NEWEST) == 0 ? copies[0] : path);
    }
  for (gsize i = 0; copies[i] != NULL; i++)
    print_path (options, "copy", copies[i]);
  return CLI_DONE;
}

CliStatus
cli_restore (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  cli_state_init (&state, options);
  status = restore (&state);
  return cli_state_close (&state, status);
}
