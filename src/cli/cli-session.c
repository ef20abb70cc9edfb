/* cli-session.c - download and seed with a state: all torrents of it that are not paused run
 *
 * Torrents that the command line names run even when they were paused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-session.h"

#include "cli-load.h"

#include <glib/gi18n.h>

/* --- What is there --- */

static void
add_peers (CliRun    *run,
           BtTorrent *torrent)
{
  for (guint i = 0; i < run->options->peers->len; i++)
    bt_torrent_add_peer (torrent, &g_array_index (run->options->peers, BtKnownAddress, i).address);
}

/* The files that were named, and no others. */
static void
apply_selection (CliItem   *item,
                 BtTorrent *torrent)
{
  g_autoptr (GArray) others = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) selected = g_hash_table_new (NULL, NULL);
  guint32 n_files;

  if (item->selected == NULL)
    return;
  bt_metainfo_get_files (item->named->metainfo, &n_files);
  for (guint i = 0; i < item->selected->len; i++)
    g_hash_table_add (selected, GUINT_TO_POINTER (g_array_index (item->selected, guint, i)));
  for (guint32 i = 0; i < n_files; i++)
    if (!g_hash_table_contains (selected, GUINT_TO_POINTER (i)))
      g_array_append_val (others, i);
  bt_torrent_set_priority (torrent, (const guint *) (gconstpointer) item->selected->data,
                           item->selected->len, BT_PRIORITY_NORMAL);
  bt_torrent_set_priority (torrent, (const guint *) (gconstpointer) others->data, others->len,
                           BT_PRIORITY_SKIP);
}

/* What failed is tried again: whoever starts the program anew may have helped it. */
static void
take (CliItem   *item,
      BtTorrent *torrent,
      gboolean   is_named)
{
  guint32 flags = bt_torrent_get_record (torrent)->flags;

  cli_item_take (item, torrent);
  if (is_named)
    {
      if (item->named->metainfo != NULL)
        bt_torrent_merge_trackers (torrent, item->named->metainfo);
      apply_selection (item, torrent);
      cli_item_add_web_seeds (item);
      if (item->run->options->is_sequential)
        bt_torrent_set_sequential (torrent, TRUE);
    }
  add_peers (item->run, torrent);
  /* How it was before does not count then, only what comes of it. */
  if (flags & (BT_RECORD_FAILED | BT_RECORD_PAUSED))
    bt_torrent_start (torrent);
  else
    cli_item_changed (item);
}

static gboolean
is_named (CliRun    *run,
          guint      n_named,
          BtTorrent *torrent)
{
  for (guint i = 0; i < n_named; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (cli_named_find (item->named, run->supervisor) == torrent)
        return TRUE;
    }
  return FALSE;
}

static void
take_others (CliRun *run,
             guint   n_named)
{
  GListModel *model = bt_supervisor_get_torrents (run->supervisor);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (model, i);
      const char *name = bt_torrent_get_name (torrent);

      if ((bt_torrent_get_record (torrent)->flags & BT_RECORD_PAUSED) ||
          is_named (run, n_named, torrent))
        continue;
      take (cli_item_new (run, NULL, name != NULL ? name : ""), torrent, FALSE);
    }
}

/* --- What is new --- */

static guint
count_new (CliRun *run,
           guint   n_named)
{
  guint n = 0;

  for (guint i = 0; i < n_named; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      n += cli_named_find (item->named, run->supervisor) == NULL;
    }
  return n;
}

/* Only for what is new: of everything else the state knows where it lies. */
static gboolean
prepare_folder (CliRun *run)
{
  g_autoptr (GError) error = NULL;

  if (cli_run_is_seed (run))
    cli_folder_use (&run->folder, run->options->directory);
  else if (!cli_folder_prepare (&run->folder, run->options->directory, &error))
    {
      run->status = cli_complain_about (error);
      return FALSE;
    }
  return TRUE;
}

static void
started (CliRun *run)
{
  guint n_named = run->items->len;

  if (count_new (run, n_named) > 0 && !prepare_folder (run))
    {
      cli_run_stop (run);
      return;
    }
  for (guint i = 0; i < n_named; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);
      BtTorrent *torrent = cli_named_find (item->named, run->supervisor);

      if (torrent != NULL)
        take (item, torrent, TRUE);
      else if (!cli_run_is_seed (run) || cli_item_is_seedable (item))
        cli_item_add (item);
    }
  take_others (run, n_named);
  if (run->items->len == 0 && !run->options->is_quiet && !run->options->is_json)
    cli_print (_("there is nothing to do: no torrent of the state is to run\n"));
  cli_run_settle (run);
}

/* --- The whole --- */

CliStatus
cli_session_carry_out (CliRun *run)
{
  const char *block_list = run->options->block_list;
  g_autoptr (GError) error = NULL;

  if (!cli_load_check_web_seeds (run->options->web_seeds, &error) ||
      !cli_run_name_items (run, &error))
    return cli_complain_about (error);
  if (block_list != NULL)
    {
      run->block_list = bt_block_list_load (block_list, NULL, &error);
      if (run->block_list == NULL)
        return cli_complain_about (error);
    }
  run->started = started;
  cli_run_engage (run);
  return cli_run_end (run);
}
