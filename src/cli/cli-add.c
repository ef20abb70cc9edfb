/* cli-add.c - add: torrents into a state, for the next download or seed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-events.h"
#include "cli-load.h"
#include "cli-state.h"

#include <glib/gi18n.h>

static void
say_added (CliState   *state,
           BtTorrent  *torrent,
           gboolean    is_new)
{
  g_autofree char *name = cli_state_dup_name (torrent);
  guint64 id = bt_torrent_get_id (torrent);

  if (state->options->is_json)
    cli_events_print_done (torrent, is_new ? "added" : "merged");
  else if (state->options->is_quiet)
    return;
  else if (is_new)
    cli_print_format (_("%s: added, number %" G_GUINT64_FORMAT "\n"), name, id);
  else
    cli_print_format (_("%s: is there already, number %" G_GUINT64_FORMAT
                        "; its trackers were added\n"), name, id);
}

static gboolean
add_new (CliState        *state,
         const CliNamed  *named,
         GError         **error)
{
  const CliOptions *options = state->options;
  g_autofree char *folder = g_canonicalize_filename (options->directory, NULL);
  g_autoptr (GArray) selected = NULL;
  g_autoptr (BtTorrent) torrent = NULL;
  BtAddOptions add = {
    .folder = folder,
    .incomplete_folder = options->incomplete,
    .preallocation = options->preallocation,
    .labels = (const char *const *) options->labels,
    .is_sequential = options->is_sequential,
    .is_paused = options->is_paused,
  };

  if (options->selection != NULL && named->metainfo != NULL)
    {
      selected = cli_load_select (named->metainfo, options->selection, error);
      if (selected == NULL)
        return FALSE;
      add.selected_files = (const guint *) (gconstpointer) selected->data;
      add.n_selected_files = selected->len;
    }
  if (named->metainfo != NULL)
    bt_supervisor_add_async (state->supervisor, named->metainfo, &add, NULL, cli_state_answer_cb,
                             state);
  else
    bt_supervisor_add_magnet_async (state->supervisor, named->magnet, &add, NULL,
                                    cli_state_answer_cb, state);
  torrent = bt_supervisor_add_finish (state->supervisor, cli_state_wait (state), error);
  if (torrent == NULL)
    return FALSE;
  say_added (state, torrent, TRUE);
  return TRUE;
}

static CliStatus
add (CliState  *state,
     GPtrArray *all)
{
  CliStatus status = CLI_DONE;

  for (guint i = 0; i < all->len && !state->is_interrupted; i++)
    {
      const CliNamed *named = g_ptr_array_index (all, i);
      BtTorrent *torrent = cli_named_find (named, state->supervisor);
      g_autoptr (GError) error = NULL;

      if (torrent != NULL)
        {
          if (named->metainfo != NULL)
            bt_torrent_merge_trackers (torrent, named->metainfo);
          say_added (state, torrent, FALSE);
        }
      else if (!add_new (state, named, &error))
        {
          g_autofree char *name = cli_named_dup_title (named);
          CliStatus fault;

          if (error->domain != CLI_OPTIONS_ERROR)
            g_prefix_error (&error, "%s: ", name);
          fault = cli_complain_about (error);
          status = MAX (status, fault);
        }
    }
  return status;
}

CliStatus
cli_add (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = cli_load_all (options->arguments, options->selection, NULL,
                                              &error);
  CliState state;
  CliStatus status;

  if (all == NULL)
    return cli_complain_about (error);
  if (!cli_state_open (&state, options, TRUE))
    return CLI_FAILED;
  status = add (&state, all);
  return cli_state_close (&state, status);
}
