/* cli-run.c - torrents that run until they are done, have failed, or someone interrupts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-run.h"

#include "cli-run-private.h"

#include "cli-events.h"
#include "cli-files.h"
#include "cli-state.h"
#include "cli-text.h"

#include <glib/gi18n.h>
#include <sys/resource.h>

#define TICK_MS           1000
/* The engine's snapshots come once a second, and when a state changes; a quiet engine sends none. */
#define TICK_MIN_US       (G_USEC_PER_SEC / 2)
#define TICK_MAX_US       (G_USEC_PER_SEC * 3 / 2)
#define DEFAULT_MAX_PEERS 500
/* Files, trackers and the program's own, besides the peers. */
#define SPARE_DESCRIPTORS 512

static void
item_free (gpointer data)
{
  CliItem *item = data;

  if (item->torrent != NULL)
    g_signal_handlers_disconnect_by_data (item->torrent, item);
  g_clear_object (&item->torrent);
  g_clear_pointer (&item->named, cli_named_free);
  g_clear_pointer (&item->selected, g_array_unref);
  g_free (item->name);
  g_free (item);
}

void
cli_run_init (CliRun           *run,
              const CliOptions *options)
{
  *run = (CliRun) {
    .options = options,
    .items = g_ptr_array_new_with_free_func (item_free),
    .progress = cli_progress_new (options->is_quiet || options->is_json),
  };
}

void
cli_run_clear (CliRun *run)
{
  g_clear_pointer (&run->progress, cli_progress_free);
  g_clear_pointer (&run->items, g_ptr_array_unref);
  g_clear_object (&run->supervisor);
  g_clear_pointer (&run->block_list, bt_block_list_unref);
  g_clear_pointer (&run->loop, g_main_loop_unref);
  cli_folder_clear (&run->folder);
}

gboolean
cli_run_is_seed (const CliRun *run)
{
  return run->options->command == CLI_COMMAND_SEED;
}

gboolean
cli_run_shares (const CliRun *run)
{
  return cli_run_is_seed (run) || run->options->keep_seeding || run->options->seed_ratio >= 0 ||
         run->options->seed_time_s >= 0;
}

static gboolean
has_state (const CliRun *run)
{
  return run->options->state != NULL;
}

/* --- Items --- */

CliItem *
cli_item_new (CliRun     *run,
              CliNamed   *named,
              const char *name)
{
  CliItem *item = g_new0 (CliItem, 1);

  item->run = run;
  item->named = named;
  item->name = cli_dup_one_line (name);
  g_ptr_array_add (run->items, item);
  return item;
}

static gboolean
select_files (CliItem  *item,
              GError  **error)
{
  if (item->run->options->selection == NULL || item->named->metainfo == NULL)
    return TRUE;
  item->selected = cli_load_select (item->named->metainfo, item->run->options->selection, error);
  return item->selected != NULL;
}

gboolean
cli_run_name_items (CliRun  *run,
                    GError **error)
{
  const CliOptions *options = run->options;
  g_autoptr (GPtrArray) all = cli_load_all (options->arguments, options->selection,
                                              options->web_seeds, error);

  if (all == NULL)
    return FALSE;
  while (all->len > 0)
    {
      CliNamed *named = g_ptr_array_steal_index (all, 0);
      g_autofree char *title = cli_named_dup_title (named);
      CliItem *item = cli_item_new (run, named, title);

      if (!select_files (item, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
cli_item_is_seedable (CliItem *item)
{
  const char *folder = item->run->folder.path;
  BtMetainfo *metainfo = item->named->metainfo;
  g_autofree char *size = NULL, *total = NULL, *message = NULL;
  guint64 missing;
  guint n_files;

  if (metainfo == NULL)
    {
      cli_item_fail (item, _("a link does not say what files to share: name the .torrent file"));
      return FALSE;
    }
  missing = cli_files_count_missing (metainfo, folder, &n_files);
  if (missing == 0)
    return TRUE;
  size = cli_text_size (missing);
  total = cli_text_size (bt_metainfo_get_content_bytes (metainfo));
  message = g_strdup_printf (_("cannot be seeded, %s of %s are missing in %s"), size, total,
                             folder);
  cli_item_fail (item, message);
  return FALSE;
}

/* --- The end --- */

static void
stopped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  CliRun *run = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_stop_finish (run->supervisor, result, &error))
    {
      cli_complain ("%s", error->message);
      run->status = CLI_FAILED;
    }
  if (bt_supervisor_get_trouble (run->supervisor) != NULL)
    {
      cli_complain (_("what was last reached could not be saved: %s"),
                    bt_supervisor_get_trouble (run->supervisor));
      run->status = CLI_FAILED;
    }
  g_main_loop_quit (run->loop);
}

void
cli_run_stop (CliRun *run)
{
  if (run->is_stopping)
    return;
  run->is_stopping = TRUE;
  g_clear_handle_id (&run->tick_id, g_source_remove);
  cli_progress_hide (run->progress);
  bt_supervisor_stop_async (run->supervisor, stopped_cb, run);
}

void
cli_run_settle (CliRun *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (!item->has_failed && !item->is_done)
        return;
    }
  cli_run_stop (run);
}

void
cli_item_fail (CliItem    *item,
               const char *message)
{
  CliRun *run = item->run;

  if (item->has_failed || item->is_done)
    return;
  item->has_failed = TRUE;
  run->status = CLI_FAILED;
  cli_progress_hide (run->progress);
  if (run->options->is_json)
    cli_events_print_failed (item->torrent, item->named, message);
  cli_complain ("%s: %s", item->name, message);
  /* A state remembers that it failed; a pause would outlast the reason. */
  if (item->torrent != NULL && !has_state (run))
    bt_torrent_stop (item->torrent);
}

static void
finish_item (CliItem *item)
{
  item->is_done = TRUE;
  if (cli_run_shares (item->run) && !has_state (item->run))
    bt_torrent_stop (item->torrent);
}

/* --- What happens to a torrent --- */

static void
complete_item (CliItem *item)
{
  item->is_complete = TRUE;
  item->complete_at_us = g_get_monotonic_time ();
  if (!cli_run_is_seed (item->run))
    cli_item_say_complete (item);
  if (!cli_run_shares (item->run))
    finish_item (item);
  else
    cli_item_say_seeding (item);
  cli_run_redraw (item->run);
}

/* Of a state: its turn has not come, or does not come again. */
static void
rest_item (CliItem *item)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);
  guint32 flags = bt_torrent_get_record (item->torrent)->flags;
  gboolean is_waiting = facts->reason == BT_REASON_QUEUED || facts->reason == BT_REASON_TIMETABLE;

  if (facts->state == BT_SWARM_STOPPED && (flags & BT_RECORD_PAUSED))
    {
      item->is_complete = (flags & BT_RECORD_COMPLETE) != 0;
      item->is_done = TRUE;
    }
  else if (facts->state == BT_SWARM_QUEUED && is_waiting && (flags & BT_RECORD_COMPLETE) &&
           !(flags & BT_RECORD_MUST_CHECK) && !item->is_complete && !cli_run_shares (item->run))
    {
      complete_item (item);
    }
}

/* Without a goal it goes on until someone interrupts. */
static gboolean
has_shared_enough (CliItem *item)
{
  const CliOptions *options = item->run->options;
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);
  gint64 shared_us = g_get_monotonic_time () - item->complete_at_us;

  /* The engine knows what was shared in earlier runs; it pauses what has a goal and has reached it. */
  if (has_state (item->run))
    return options->seed_time_s == 0 || options->seed_ratio == 0;
  if (options->seed_time_s >= 0 && shared_us >= options->seed_time_s * G_USEC_PER_SEC)
    return TRUE;
  return options->seed_ratio >= 0 &&
         (double) facts->sent_bytes >= options->seed_ratio * (double) facts->wanted_bytes;
}

void
cli_item_changed (CliItem *item)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);

  if (item->has_failed || item->is_done || item->run->is_stopping)
    return;
  switch (facts->state)
    {
    case BT_SWARM_FAILED:
      cli_item_fail (item,
                     facts->message != NULL ? facts->message : _("failed for an unknown reason"));
      break;

    case BT_SWARM_SEEDING:
      if (!item->is_complete)
        complete_item (item);
      break;

    case BT_SWARM_PREPARING:
    case BT_SWARM_DOWNLOADING:
    case BT_SWARM_NO_SPACE:
      item->is_checked = TRUE;
      break;

    case BT_SWARM_STOPPED:
    case BT_SWARM_QUEUED:
      if (!has_state (item->run))
        return;
      rest_item (item);
      break;

    case BT_SWARM_CHECKING:
    case BT_SWARM_STOPPING:
    case BT_SWARM_MISSING:
    case BT_SWARM_MOVING:
    case BT_SWARM_SEEKING:
    default:
      return;
    }
  cli_run_settle (item->run);
}

static void
tick (CliRun *run,
      gint64  now_us)
{
  run->ticked_at_us = now_us;
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (item->is_complete && !item->is_done && !item->has_failed && has_shared_enough (item))
        finish_item (item);
    }
  if (run->options->is_json && !run->options->is_quiet)
    cli_run_print_events (run);
  cli_run_show_rows (run);
  cli_run_settle (run);
}

static void
sockets_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GArray) sockets =
      bt_supervisor_get_sockets_finish (BT_SUPERVISOR (source), result, NULL);

  for (guint i = 0; sockets != NULL && i < sockets->len; i++)
    cli_events_print_socket (&g_array_index (sockets, BtSocketFacts, i));
}

static void
ticked_cb (CliRun *run)
{
  gint64 now_us = g_get_monotonic_time ();

  if (run->options->wants_sockets && !run->is_stopping)
    bt_supervisor_get_sockets_async (run->supervisor, NULL, sockets_cb, NULL);

  if (!run->is_stopping && now_us - run->ticked_at_us >= TICK_MIN_US)
    tick (run, now_us);
}

static gboolean
tick_cb (gpointer user_data)
{
  CliRun *run = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - run->ticked_at_us >= TICK_MAX_US)
    tick (run, now_us);
  return G_SOURCE_CONTINUE;
}

/* The supervisor tells it once, and again only when something else is wrong. */
static void
troubled_cb (CliRun *run)
{
  const char *trouble = bt_supervisor_get_trouble (run->supervisor);

  if (trouble == NULL || run->is_stopping)
    return;
  cli_progress_hide (run->progress);
  cli_complain (_("the state cannot be saved now, and is tried again: %s"), trouble);
}

/* By a share limit. */
static void
removed_cb (CliRun    *run,
            BtTorrent *torrent)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (item->torrent == torrent)
        item->is_done = TRUE;
    }
  if (!run->is_stopping)
    cli_run_settle (run);
}

/* --- The beginning --- */

void
cli_item_take (CliItem   *item,
               BtTorrent *torrent)
{
  item->added_at_us = g_get_monotonic_time ();
  item->torrent = g_object_ref (torrent);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (cli_item_changed), item);
}

void
cli_item_add_web_seeds (CliItem *item)
{
  char **more = item->run->options->web_seeds;
  const char *const *own;
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  /* A link has been given them. */
  if (more == NULL || item->torrent == NULL || item->named == NULL ||
      item->named->metainfo == NULL)
    return;
  own = bt_metainfo_get_web_seeds (item->named->metainfo);
  for (gsize i = 0; more[i] != NULL; i++)
    g_ptr_array_add (all, more[i]);
  for (gsize i = 0; own[i] != NULL; i++)
    g_ptr_array_add (all, (gpointer) own[i]);
  g_ptr_array_add (all, NULL);
  bt_torrent_set_web_seeds (item->torrent, (const char *const *) all->pdata);
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  CliItem *item = user_data;
  g_autoptr (GError) error = NULL;

  item->torrent = bt_supervisor_add_finish (BT_SUPERVISOR (object), result, &error);
  if (item->torrent == NULL)
    {
      if (!item->run->is_stopping)
        {
          cli_item_fail (item, error->message);
          cli_run_settle (item->run);
        }
      return;
    }
  cli_item_add_web_seeds (item);
  g_signal_connect_swapped (item->torrent, "changed", G_CALLBACK (cli_item_changed), item);
  cli_item_changed (item);
}

void
cli_item_add (CliItem *item)
{
  CliRun *run = item->run;
  const CliOptions *options = run->options;
  BtAddOptions add = {
    .folder = run->folder.path,
    .preallocation = options->preallocation,
    .max_peers = options->max_peers,
    .upload_slots = options->upload_slots,
    .peers = (const BtKnownAddress *) (gconstpointer) options->peers->data,
    .n_peers = options->peers->len,
    .is_sequential = options->is_sequential,
    .no_trackers = options->no_trackers,
    .must_be_complete = cli_run_is_seed (run),
  };

  if (item->selected != NULL)
    {
      add.selected_files = (const guint *) (gconstpointer) item->selected->data;
      add.n_selected_files = item->selected->len;
    }
  item->added_at_us = g_get_monotonic_time ();
  if (item->named->metainfo != NULL)
    bt_supervisor_add_async (run->supervisor, item->named->metainfo, &add, NULL, added_cb, item);
  else
    bt_supervisor_add_magnet_async (run->supervisor, item->named->magnet, &add, NULL, added_cb,
                                    item);
}

static void
started_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  CliRun *run = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_start_finish (run->supervisor, result, &error))
    {
      g_autofree char *words = cli_state_explain (error, run->options->state);

      cli_complain ("%s", words);
      run->status = CLI_FAILED;
      g_main_loop_quit (run->loop);
      return;
    }
  if (!run->is_stopping)
    run->started (run);
}

static void
interrupted (gpointer user_data)
{
  CliRun *run = user_data;

  run->is_interrupted = TRUE;
  cli_run_stop (run);
}

static void
resized (gpointer user_data)
{
  cli_run_redraw (user_data);
}

static void
raise_descriptor_limit (guint n_peers)
{
  struct rlimit limit;
  rlim_t wanted = n_peers + SPARE_DESCRIPTORS;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = MIN (wanted, limit.rlim_max);
  setrlimit (RLIMIT_NOFILE, &limit);
}

static guint
get_discovery (const CliOptions *options)
{
  if (options->no_discovery)
    return 0;
  return (options->no_dht ? 0 : BT_DISCOVERY_DHT) | (options->no_pex ? 0 : BT_DISCOVERY_PEX) |
         (options->no_local ? 0 : BT_DISCOVERY_LOCAL);
}

/* What is off all the while is said once. */
static void
say_what_is_off (const CliOptions *options)
{
  const BtProxy *proxy = &options->settings.network.proxy;

  if (proxy->kind == BT_PROXY_HTTP && proxy->for_peers && !options->is_quiet)
    cli_complain (_("an HTTP proxy passes neither the DHT nor uTP on, they are off"));
}

void
cli_run_engage (CliRun *run)
{
  const CliOptions *options = run->options;
  guint64 wanted = (guint64) options->max_peers * run->items->len;
  BtSupervisorOptions with = {
    .bind = options->bind,
    .port = options->port,
    .state_path = options->state,
    .settings = options->settings,
    .max_peers = (guint) CLAMP (wanted, DEFAULT_MAX_PEERS, CLI_MAX_PEERS),
    .read_limit_bps = options->download_limit_bps,
    .write_limit_bps = options->upload_limit_bps,
    .dht_nodes = options->dht_nodes != NULL ? (const char *const *) options->dht_nodes
                                            : bt_discovery_get_default_nodes (),
  };

  with.settings.ratio_limit = MAX (options->seed_ratio, 0);
  with.settings.seed_time_limit_s = MAX (options->seed_time_s, 0);
  with.settings.discovery = get_discovery (options);
  with.settings.network.map_port = !options->no_discovery && !options->no_port_mapping;
  say_what_is_off (options);
  raise_descriptor_limit (with.max_peers);
  run->supervisor = bt_supervisor_new (&with);
  if (run->block_list != NULL)
    bt_supervisor_set_block_list (run->supervisor, run->block_list);
  g_signal_connect_swapped (run->supervisor, "ticked", G_CALLBACK (ticked_cb), run);
  g_signal_connect_swapped (run->supervisor, "notify::trouble", G_CALLBACK (troubled_cb), run);
  g_signal_connect_swapped (run->supervisor, "torrent-removed", G_CALLBACK (removed_cb), run);
  run->loop = g_main_loop_new (NULL, FALSE);
  /* The engine's first tick is waited for: until then nothing has happened that is worth a line. */
  run->ticked_at_us = g_get_monotonic_time ();
  cli_signals_watch (&run->signals, interrupted, resized, run);
  run->tick_id = g_timeout_add (TICK_MS, tick_cb, run);
  bt_supervisor_start_async (run->supervisor, NULL, started_cb, run);
  g_main_loop_run (run->loop);
  g_signal_handlers_disconnect_by_data (run->supervisor, run);
  cli_signals_unwatch (&run->signals);
  g_clear_handle_id (&run->tick_id, g_source_remove);
}

CliStatus
cli_run_end (CliRun *run)
{
  cli_run_repeat_complete (run);
  if (run->status != CLI_DONE || !run->is_interrupted)
    return run->status;
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (item->is_complete)
        continue;
      run->status = CLI_FAILED;
      if (!item->has_failed)
        cli_item_say_stopped (item);
    }
  return run->status;
}
