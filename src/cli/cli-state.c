/* cli-state.c - a state that is looked at and edited: opened, its torrents found, saved and closed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-state.h"

#include "cli-match.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_TURNS 3

/* --- Waiting --- */

static void
interrupted (gpointer user_data)
{
  CliState *state = user_data;

  state->is_interrupted = TRUE;
  if (state->moving != NULL)
    bt_torrent_cancel_move (state->moving);
  g_main_loop_quit (state->loop);
}

void
cli_state_answer_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  CliState *state = user_data;

  g_set_object (&state->answer, result);
  g_main_loop_quit (state->loop);
}

void
cli_state_turn (CliState *state)
{
  g_main_loop_run (state->loop);
}

GAsyncResult *
cli_state_wait (CliState *state)
{
  g_clear_object (&state->answer);
  while (state->answer == NULL)
    cli_state_turn (state);
  cli_progress_hide (state->progress);
  return state->answer;
}

static gboolean
is_busy (const BtSwarmFacts *facts)
{
  return facts->state == BT_SWARM_CHECKING || facts->state == BT_SWARM_MOVING;
}

static void
ticked_cb (CliState *state)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  guint n_shown = state->shown != NULL ? state->shown->len : 0;
  g_autofree CliRow *rows = g_new0 (CliRow, MAX (n_shown, 1));
  g_autofree BtSwarmFacts *facts = g_new0 (BtSwarmFacts, MAX (n_shown, 1));
  guint n = 0;

  for (guint i = 0; i < n_shown; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (state->shown, i);

      facts[n] = *bt_torrent_get_facts (torrent);
      if (!is_busy (&facts[n]))
        continue;
      facts[n].received_bps = facts[n].checked_bps;
      rows[n].facts = &facts[n];
      rows[n].name = cli_state_dup_name (torrent);
      rows[n].progress = bt_torrent_get_progress (torrent);
      g_ptr_array_add (words, (char *) rows[n].name);
      n++;
    }
  if (n > 0)
    cli_progress_show (state->progress, rows, n, g_get_monotonic_time ());
}

/* --- Opening and closing --- */

char *
cli_state_explain (const GError *error,
                   const char   *path)
{
  g_autofree char *shown = NULL;

  if (!g_error_matches (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT))
    return g_strdup (error->message);
  shown = g_filename_display_name (path);
  return g_strdup_printf (_("%s; “freshet-cli restore --state %s” lists what can be put back"),
                          error->message, shown);
}

void
cli_state_init (CliState         *state,
                const CliOptions *options)
{
  *state = (CliState) {
    .options = options,
    .loop = g_main_loop_new (NULL, FALSE),
    .progress = cli_progress_new (options->is_quiet || options->is_json),
  };
  state->supervisor = bt_supervisor_new (&(BtSupervisorOptions) {
    .state_path = options->state,
    .is_offline = TRUE,
  });
  g_signal_connect_swapped (state->supervisor, "ticked", G_CALLBACK (ticked_cb), state);
  cli_signals_watch (&state->signals, interrupted, NULL, state);
}

/* One that has copies is there, though it is missing: the store says what is wrong with it. */
static gboolean
is_there (CliState *state)
{
  g_auto (GStrv) copies = NULL;

  if (g_file_test (state->options->state, G_FILE_TEST_EXISTS))
    return TRUE;
  bt_supervisor_list_copies_async (state->supervisor, NULL, cli_state_answer_cb, state);
  copies = bt_supervisor_list_copies_finish (state->supervisor, cli_state_wait (state), NULL);
  return copies != NULL && copies[0] != NULL;
}

static void
clear (CliState *state)
{
  cli_signals_unwatch (&state->signals);
  if (state->supervisor != NULL)
    g_signal_handlers_disconnect_by_data (state->supervisor, state);
  g_clear_object (&state->answer);
  g_clear_object (&state->supervisor);
  g_clear_pointer (&state->progress, cli_progress_free);
  g_clear_pointer (&state->loop, g_main_loop_unref);
}

gboolean
cli_state_open (CliState         *state,
                const CliOptions *options,
                gboolean          may_make)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  cli_state_init (state, options);
  if (!may_make && !is_there (state))
    {
      g_autofree char *shown = g_filename_display_name (options->state);

      cli_complain (_("%s: there is no such state"), shown);
      clear (state);
      return FALSE;
    }
  bt_supervisor_start_async (state->supervisor, NULL, cli_state_answer_cb, state);
  if (bt_supervisor_start_finish (state->supervisor, cli_state_wait (state), &error))
    return TRUE;
  words = cli_state_explain (error, options->state);
  cli_complain ("%s", words);
  clear (state);
  return FALSE;
}

CliStatus
cli_state_close (CliState  *state,
                 CliStatus  status)
{
  g_autoptr (GError) error = NULL;
  const char *trouble;

  state->shown = NULL;
  state->moving = NULL;
  bt_supervisor_stop_async (state->supervisor, cli_state_answer_cb, state);
  if (!bt_supervisor_stop_finish (state->supervisor, cli_state_wait (state), &error))
    {
      cli_complain ("%s", error->message);
      status = MAX (status, CLI_FAILED);
    }
  trouble = bt_supervisor_get_trouble (state->supervisor);
  if (trouble != NULL)
    {
      cli_complain (_("nothing of this could be saved: %s"), trouble);
      status = MAX (status, CLI_FAILED);
    }
  if (state->is_interrupted)
    status = MAX (status, CLI_FAILED);
  clear (state);
  return status;
}

/* --- Torrents --- */

char *
cli_state_dup_name (BtTorrent *torrent)
{
  const char *name = bt_torrent_get_name (torrent);

  return cli_dup_one_line (name != NULL ? name : "");
}

static gboolean
find_one (GListModel *model,
          const char *word,
          GPtrArray  *found)
{
  guint n = g_list_model_get_n_items (model);
  g_autofree const BtRecord **records = g_new0 (const BtRecord *, MAX (n, 1));
  g_autoptr (BtTorrent) torrent = NULL;
  g_autofree char *shown = g_filename_display_name (word);
  guint index = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) one = g_list_model_get_item (model, i);

      records[i] = bt_torrent_get_record (one);
    }
  switch (cli_match (word, records, n, &index))
    {
    case CLI_MATCH_NONE:
      cli_complain (_("%s: there is no such torrent in the state"), shown);
      return FALSE;

    case CLI_MATCH_SEVERAL:
      cli_complain (_("%s: several torrents are called so; list prints their numbers"), shown);
      return FALSE;

    case CLI_MATCH_ONE:
    default:
      torrent = g_list_model_get_item (model, index);
      if (!g_ptr_array_find (found, torrent, NULL))
        g_ptr_array_add (found, g_steal_pointer (&torrent));
      return TRUE;
    }
}

static void
add_all (GListModel *model,
         GPtrArray  *found)
{
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (model, i);

      if (!g_ptr_array_find (found, torrent, NULL))
        g_ptr_array_add (found, g_steal_pointer (&torrent));
    }
}

GPtrArray *
cli_state_find (CliState  *state,
                char     **words)
{
  GListModel *model = bt_supervisor_get_torrents (state->supervisor);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (strcmp (words[i], CLI_MATCH_ALL) == 0)
        add_all (model, found);
      else if (!find_one (model, words[i], found))
        return NULL;
    }
  return g_steal_pointer (&found);
}

const GArray *
cli_state_load_files (CliState  *state,
                      BtTorrent *torrent)
{
  const GArray *rows;
  guint n_turns = 0;

  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (g_main_loop_quit), state->loop);
  bt_torrent_set_watched (torrent, TRUE);
  /* It may have failed before: only when it still says so after it was tried again has this failed. */
  while ((rows = bt_torrent_get_file_rows (torrent)) == NULL && !state->is_interrupted &&
         (bt_torrent_get_facts (torrent)->state != BT_SWARM_FAILED || n_turns < MAX_TURNS))
    {
      cli_state_turn (state);
      n_turns++;
    }
  g_signal_handlers_disconnect_by_data (torrent, state->loop);
  if (rows == NULL && !state->is_interrupted)
    {
      g_autofree char *name = cli_state_dup_name (torrent);
      const char *message = bt_torrent_get_facts (torrent)->message;

      cli_complain (_("%s: what is known of its files cannot be read: %s"), name,
                    message != NULL ? message : "");
    }
  return rows;
}
