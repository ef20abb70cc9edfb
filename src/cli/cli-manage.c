/* cli-manage.c - move, rename and remove: what becomes of a torrent's data
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-events.h"
#include "cli-json.h"
#include "cli-numbers.h"
#include "cli-state.h"

#include <glib/gi18n.h>
#include <string.h>

static CliStatus
complain (BtTorrent    *torrent,
          const GError *error)
{
  g_autofree char *name = cli_state_dup_name (torrent);

  cli_complain ("%s: %s", name, error->message);
  return CLI_FAILED;
}

/* `sentence` has one %s, for the name. */
static void
say_done (CliState   *state,
          BtTorrent  *torrent,
          const char *event,
          const char *sentence)
{
  g_autofree char *name = cli_state_dup_name (torrent);

  if (state->options->is_json)
    cli_events_print_done (torrent, event);
  else if (!state->options->is_quiet)
    cli_print_format ("%s: %s\n", name, sentence);
}

/* --- move --- */

static CliStatus
move_one (CliState   *state,
          BtTorrent  *torrent,
          const char *folder)
{
  g_autofree char *shown = g_filename_display_name (folder);
  g_autofree char *path = cli_dup_one_line (shown);
  g_autofree char *sentence = g_strdup_printf (_("is now in %s"), path);
  g_autoptr (GError) error = NULL;

  state->moving = torrent;
  bt_torrent_move_async (torrent, folder, NULL, cli_state_answer_cb, state);
  cli_state_wait (state);
  state->moving = NULL;
  if (!bt_torrent_move_finish (torrent, state->answer, &error))
    return complain (torrent, error);
  say_done (state, torrent, "moved", sentence);
  return CLI_DONE;
}

static CliStatus
move (CliState *state)
{
  char **words = state->options->arguments;
  guint n_words = g_strv_length (words);
  g_autofree char *folder = g_canonicalize_filename (words[n_words - 1], NULL);
  g_autofree char **names = g_memdup2 (words, n_words * sizeof (char *));
  g_autoptr (GPtrArray) torrents = NULL;
  CliStatus status = CLI_DONE;

  names[n_words - 1] = NULL;
  torrents = cli_state_find (state, names);
  if (torrents == NULL)
    return CLI_FAILED;
  state->shown = torrents;
  for (guint i = 0; i < torrents->len && !state->is_interrupted; i++)
    {
      CliStatus end = move_one (state, g_ptr_array_index (torrents, i), folder);

      status = MAX (status, end);
    }
  state->shown = NULL;
  return status;
}

CliStatus
cli_move (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = move (&state);
  return cli_state_close (&state, status);
}

/* --- rename --- */

/* G_MAXUINT: it is no file. */
static guint
find_file (const GArray *files,
           const char   *word)
{
  guint64 index;

  for (guint i = 0; i < files->len; i++)
    if (strcmp (g_array_index (files, BtFileRow, i).path, word) == 0)
      return i;
  if (files->len > 0 && cli_parse_number (word, 0, files->len - 1, &index))
    return (guint) index;
  return G_MAXUINT;
}

/* Another name in the same place, or another place. */
static char *
make_target (const char *from,
             const char *to)
{
  const char *slash = strrchr (from, '/');

  if (strchr (to, '/') != NULL || slash == NULL)
    return g_strdup (to);
  return g_strdup_printf ("%.*s/%s", (int) (slash - from), from, to);
}

static void
strip_slashes (char *path)
{
  for (gsize n = strlen (path); n > 1 && path[n - 1] == '/'; n--)
    path[n - 1] = '\0';
}

static CliStatus
rename_in (CliState  *state,
           BtTorrent *torrent)
{
  const GArray *files = cli_state_load_files (state, torrent);
  g_autofree char *from = g_strdup (state->options->arguments[1]);
  g_autofree char *to = g_strdup (state->options->arguments[2]);
  g_autofree char *target = NULL, *sentence = NULL, *shown = NULL;
  g_autoptr (GError) error = NULL;
  guint file;

  if (files == NULL)
    return CLI_FAILED;
  file = find_file (files, from);
  strip_slashes (from);
  strip_slashes (to);
  target = make_target (file != G_MAXUINT ? g_array_index (files, BtFileRow, file).path : from, to);
  bt_torrent_rename_async (torrent, file != G_MAXUINT ? file : BT_FILE_NONE, from, target, NULL,
                           cli_state_answer_cb, state);
  cli_state_wait (state);
  if (!bt_torrent_rename_finish (torrent, state->answer, &error))
    return complain (torrent, error);
  shown = cli_dup_one_line (target);
  sentence = g_strdup_printf (_("it is called %s now"), shown);
  say_done (state, torrent, "renamed", sentence);
  return CLI_DONE;
}

static CliStatus
rename_one (CliState *state)
{
  char *words[] = { state->options->arguments[0], NULL };
  g_autoptr (GPtrArray) torrents = cli_state_find (state, words);

  if (torrents == NULL)
    return CLI_FAILED;
  if (torrents->len != 1)
    {
      cli_complain (_("rename: only for one torrent at a time"));
      return CLI_USAGE;
    }
  return rename_in (state, g_ptr_array_index (torrents, 0));
}

CliStatus
cli_rename (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = rename_one (&state);
  return cli_state_close (&state, status);
}

/* --- remove --- */

static void
say_kept (CliState   *state,
          const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *line = cli_dup_one_line (shown);
  g_auto (CliJson) json = { 0 };

  if (!state->options->is_json)
    {
      if (!state->options->is_quiet)
        cli_print_format (_("kept: %s\n"), line);
      return;
    }
  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "kept");
  cli_json_add_string (&json, "path", shown);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static CliStatus
remove_one (CliState  *state,
            BtTorrent *torrent)
{
  BtRemoveData data = state->options->remove_data;
  g_autofree char *folder = g_strdup (bt_torrent_get_record (torrent)->folder);
  g_auto (GStrv) kept = NULL;
  g_autoptr (GError) error = NULL;

  bt_supervisor_remove_async (state->supervisor, torrent, data, NULL, cli_state_answer_cb, state);
  if (!bt_supervisor_remove_finish (state->supervisor, cli_state_wait (state), &kept, &error))
    return complain (torrent, error);
  say_done (state, torrent, "removed", _("removed"));
  for (guint i = 0; kept != NULL && kept[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, kept[i], NULL);

      say_kept (state, path);
    }
  return CLI_DONE;
}

static CliStatus
remove_all (CliState *state)
{
  g_autoptr (GPtrArray) torrents = cli_state_find (state, state->options->arguments);
  CliStatus status = CLI_DONE;

  if (torrents == NULL)
    return CLI_FAILED;
  for (guint i = 0; i < torrents->len && !state->is_interrupted; i++)
    {
      CliStatus end = remove_one (state, g_ptr_array_index (torrents, i));

      status = MAX (status, end);
    }
  return status;
}

CliStatus
cli_remove (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = remove_all (&state);
  return cli_state_close (&state, status);
}
