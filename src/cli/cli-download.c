/* cli-download.c - download and seed: torrents run until they are done, have failed, or someone interrupts
 *
 * An item is a torrent on its way: it becomes complete (a download) or turns out to be (a seed), shares for as long as
 * it was asked to, and is done; or it fails. When no item is left to wait for, the supervisor is stopped.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-events.h"
#include "cli-files.h"
#include "cli-folder.h"
#include "cli-load.h"
#include "cli-numbers.h"
#include "cli-progress.h"
#include "cli-signals.h"
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

typedef struct
{
  const CliOptions *options;     /* borrowed */
  GMainLoop        *loop;        /* owned */
  BtSupervisor     *supervisor;  /* owned */
  GPtrArray        *items;       /* owned; of Item */
  CliProgress      *progress;    /* owned */
  CliFolder         folder;
  CliSignals        signals;
  guint             tick_id;
  gint64            ticked_at_us;
  gboolean          is_stopping;
  gboolean          is_interrupted;
  CliStatus         status;
} Run;

typedef struct
{
  Run        *run;              /* borrowed */
  BtMetainfo *metainfo;         /* owned */
  char       *name;             /* owned */
  GArray     *selected;         /* owned, nullable; of guint */
  BtTorrent  *torrent;          /* owned, nullable: not added yet */
  gint64      added_at_us;
  gint64      complete_at_us;
  guint       is_checked : 1;   /* what lay in the folder */
  guint       is_complete : 1;
  guint       has_failed : 1;
  guint       is_done : 1;      /* has shared for as long as it was asked to */
} Item;

static void item_changed_cb (Item *item);

static void
item_free (gpointer data)
{
  Item *item = data;

  if (item->torrent != NULL)
    g_signal_handlers_disconnect_by_data (item->torrent, item);
  g_clear_object (&item->torrent);
  g_clear_pointer (&item->metainfo, bt_metainfo_unref);
  g_clear_pointer (&item->selected, g_array_unref);
  g_free (item->name);
  g_free (item);
}

static gboolean
is_seed (const Run *run)
{
  return run->options->command == CLI_COMMAND_SEED;
}

/* Whether what is complete goes on, at least for a while. */
static gboolean
shares (const Run *run)
{
  return is_seed (run) || run->options->keep_seeding || run->options->seed_ratio >= 0 ||
         run->options->seed_time_s >= 0;
}

/* --- Showing --- */

static void
show_rows (Run *run)
{
  g_autofree CliRow *rows = g_new0 (CliRow, run->items->len);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  if (run->is_stopping)
    return;
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);
      char *description;

      if (item->torrent == NULL || item->has_failed || item->is_done)
        continue;
      description = bt_torrent_describe (item->torrent);
      g_ptr_array_add (words, cli_dup_one_line (description));
      g_free (description);
      rows[n++] = (CliRow) {
        .name = item->name,
        .facts = bt_torrent_get_facts (item->torrent),
        .progress = bt_torrent_get_progress (item->torrent),
        .description = g_ptr_array_index (words, words->len - 1),
      };
    }
  cli_progress_show (run->progress, rows, n, g_get_monotonic_time ());
}

static void
redraw (Run *run)
{
  if (cli_progress_is_terminal (run->progress))
    show_rows (run);
}

static void
print_events (Run *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (item->torrent != NULL && !item->has_failed && !item->is_done)
        cli_events_print_progress (item->torrent);
    }
}

/* For a person, one line for good; the drawing comes back when it is asked for, with the next tick at the latest. */
static void
say (Run        *run,
     const char *line)
{
  if (run->options->is_quiet || run->options->is_json)
    return;
  cli_progress_hide (run->progress);
  cli_print_format ("%s\n", line);
}

static void
say_complete (Item *item)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);
  double seconds = (double) (item->complete_at_us - item->added_at_us) / G_USEC_PER_SEC;
  g_autofree char *size = cli_text_size (facts->wanted_bytes);
  g_autofree char *received = cli_text_size (facts->received_bytes);
  g_autofree char *time = cli_text_time ((guint64) (seconds + 0.5));
  g_autofree char *line = NULL;

  if (item->run->options->is_json)
    {
      cli_events_print_complete (item->torrent, seconds);
      return;
    }
  if (facts->received_bytes > 0)
    line = g_strdup_printf (_("%s: complete, %s; %s received in %s"),
                            item->name, size, received, time);
  else
    line = g_strdup_printf (_("%s: complete, %s; nothing was missing"), item->name, size);
  say (item->run, line);
}

static void
say_seeding (Item *item)
{
  guint port = bt_supervisor_get_port (item->run->supervisor);
  g_autofree char *line = NULL;

  if (item->run->options->is_json)
    {
      cli_events_print_seeding (item->torrent, port);
      return;
    }
  line = g_strdup_printf (_("%s: seeding on port %u"), item->name, port);
  say (item->run, line);
}

/* Someone interrupted; what is on disk is found again. */
static void
say_stopped (Item *item)
{
  g_autofree char *percent = NULL;
  g_autofree char *line = NULL;

  if (item->torrent == NULL)
    return;
  if (item->run->options->is_json)
    {
      cli_events_print_stopped (item->torrent);
      return;
    }
  percent = cli_text_percent (bt_torrent_get_progress (item->torrent));
  if (!item->is_checked)
    line = g_strdup_printf (_("%s: stopped while checking what is there"), item->name);
  else
    line = g_strdup_printf (_("%s: stopped at %s; the same command goes on from there"),
                            item->name, g_strchug (percent));
  say (item->run, line);
}

/* --- The end --- */

static void
stopped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_stop_finish (run->supervisor, result, &error))
    {
      cli_complain ("%s", error->message);
      run->status = CLI_FAILED;
    }
  g_main_loop_quit (run->loop);
}

static void
stop (Run *run)
{
  if (run->is_stopping)
    return;
  run->is_stopping = TRUE;
  g_clear_handle_id (&run->tick_id, g_source_remove);
  cli_progress_hide (run->progress);
  bt_supervisor_stop_async (run->supervisor, stopped_cb, run);
}

static void
stop_when_settled (Run *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (!item->has_failed && !item->is_done)
        return;
    }
  stop (run);
}

static void
fail_item (Item       *item,
           const char *message)
{
  Run *run = item->run;

  if (item->has_failed || item->is_done)
    return;
  item->has_failed = TRUE;
  run->status = CLI_FAILED;
  cli_progress_hide (run->progress);
  if (run->options->is_json)
    cli_events_print_failed (item->metainfo, message);
  cli_complain ("%s: %s", item->name, message);
  if (item->torrent != NULL)
    bt_torrent_stop (item->torrent);
}

static void
finish_item (Item *item)
{
  item->is_done = TRUE;
  if (shares (item->run))
    bt_torrent_stop (item->torrent);
}

/* --- What happens to a torrent --- */

static void
complete_item (Item *item)
{
  item->is_complete = TRUE;
  item->complete_at_us = g_get_monotonic_time ();
  if (!is_seed (item->run))
    say_complete (item);
  if (!shares (item->run))
    finish_item (item);
  else
    say_seeding (item);
  redraw (item->run);
}

/* Without a goal it goes on until someone interrupts. */
static gboolean
has_shared_enough (Item *item)
{
  const CliOptions *options = item->run->options;
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);
  gint64 shared_us = g_get_monotonic_time () - item->complete_at_us;

  if (options->seed_time_s >= 0 && shared_us >= options->seed_time_s * G_USEC_PER_SEC)
    return TRUE;
  return options->seed_ratio >= 0 &&
         (double) facts->sent_bytes >= options->seed_ratio * (double) facts->wanted_bytes;
}

static void
item_changed_cb (Item *item)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (item->torrent);

  if (item->has_failed || item->is_done || item->run->is_stopping)
    return;
  switch (facts->state)
    {
    case BT_SWARM_FAILED:
      fail_item (item, facts->message != NULL ? facts->message : _("failed for an unknown reason"));
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
    case BT_SWARM_CHECKING:
    case BT_SWARM_STOPPING:
    default:
      return;
    }
  stop_when_settled (item->run);
}

static void
tick (Run    *run,
      gint64  now_us)
{
  run->ticked_at_us = now_us;
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (item->is_complete && !item->is_done && !item->has_failed && has_shared_enough (item))
        finish_item (item);
    }
  if (run->options->is_json && !run->options->is_quiet)
    print_events (run);
  show_rows (run);
  stop_when_settled (run);
}

static void
ticked_cb (Run *run)
{
  gint64 now_us = g_get_monotonic_time ();

  if (!run->is_stopping && now_us - run->ticked_at_us >= TICK_MIN_US)
    tick (run, now_us);
}

static gboolean
tick_cb (gpointer user_data)
{
  Run *run = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (now_us - run->ticked_at_us >= TICK_MAX_US)
    tick (run, now_us);
  return G_SOURCE_CONTINUE;
}

/* --- The beginning --- */

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Item *item = user_data;
  g_autoptr (GError) error = NULL;

  item->torrent = bt_supervisor_add_finish (BT_SUPERVISOR (object), result, &error);
  if (item->torrent == NULL)
    {
      if (!item->run->is_stopping)
        {
          fail_item (item, error->message);
          stop_when_settled (item->run);
        }
      return;
    }
  g_signal_connect_swapped (item->torrent, "changed", G_CALLBACK (item_changed_cb), item);
  item_changed_cb (item);
}

static void
add_item (Run  *run,
          Item *item)
{
  const CliOptions *options = run->options;
  BtAddOptions add = {
    .folder = run->folder.path,
    .preallocation = options->preallocation,
    .max_peers = options->max_peers,
    .upload_slots = options->upload_slots,
    .peers = (const BtAddress *) (gconstpointer) options->peers->data,
    .n_peers = options->peers->len,
    .is_sequential = options->is_sequential,
    .no_trackers = options->no_trackers,
    .must_be_complete = is_seed (run),
  };

  if (item->selected != NULL)
    {
      add.selected_files = (const guint *) (gconstpointer) item->selected->data;
      add.n_selected_files = item->selected->len;
    }
  item->added_at_us = g_get_monotonic_time ();
  bt_supervisor_add_async (run->supervisor, item->metainfo, &add, NULL, added_cb, item);
}

static void
started_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_start_finish (run->supervisor, result, &error))
    {
      cli_complain ("%s", error->message);
      run->status = CLI_FAILED;
      g_main_loop_quit (run->loop);
      return;
    }
  if (run->is_stopping)
    return;
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (!item->has_failed)
        add_item (run, item);
    }
}

static void
interrupted (gpointer user_data)
{
  Run *run = user_data;

  run->is_interrupted = TRUE;
  stop (run);
}

static void
resized (gpointer user_data)
{
  redraw (user_data);
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

static void
engage (Run *run)
{
  const CliOptions *options = run->options;
  guint64 wanted = (guint64) options->max_peers * run->items->len;
  BtSupervisorOptions with = {
    .bind = options->bind,
    .port = options->port,
    .max_peers = (guint) CLAMP (wanted, DEFAULT_MAX_PEERS, CLI_MAX_PEERS),
    .read_limit_bps = options->download_limit_bps,
    .write_limit_bps = options->upload_limit_bps,
  };

  raise_descriptor_limit (with.max_peers);
  run->supervisor = bt_supervisor_new (&with);
  g_signal_connect_swapped (run->supervisor, "ticked", G_CALLBACK (ticked_cb), run);
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

/* --- Before anything starts --- */

/* The indices of a selection in this torrent. */
static gboolean
select_files (Item          *item,
              GArray        *ranges,
              GError       **error)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (item->metainfo, &n_files);

  item->selected = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < ranges->len; i++)
    {
      const CliRange *range = &g_array_index (ranges, CliRange, i);

      if (range->last >= n_files)
        {
          g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                       _("--select: %s has no file %u, its files are 0 to %u"),
                       item->name, range->last, n_files - 1);
          return FALSE;
        }
      for (guint file = range->first; file <= range->last; file++)
        if ((files[file].flags & BT_FILE_PAD) == 0)
          g_array_append_val (item->selected, file);
    }
  return TRUE;
}

static gboolean
make_items (Run     *run,
            GError **error)
{
  g_autoptr (GPtrArray) all = cli_load_all (run->options->arguments, error);

  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++)
    {
      Item *item = g_new0 (Item, 1);

      item->run = run;
      item->metainfo = bt_metainfo_ref (g_ptr_array_index (all, i));
      item->name = cli_load_dup_name (item->metainfo);
      g_ptr_array_add (run->items, item);
      if (run->options->selection != NULL && !select_files (item, run->options->selection, error))
        return FALSE;
    }
  return TRUE;
}

/* What is missing by its size alone is not even begun with: beginning would make files. */
static guint
count_seedable (Run *run)
{
  guint n = 0;

  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);
      guint n_files;
      guint64 missing = cli_files_count_missing (item->metainfo, run->folder.path, &n_files);

      if (missing == 0)
        {
          n++;
        }
      else
        {
          guint64 content = bt_metainfo_get_content_bytes (item->metainfo);
          g_autofree char *size = cli_text_size (missing);
          g_autofree char *total = cli_text_size (content);
          g_autofree char *message = NULL;

          message = g_strdup_printf (_("cannot be seeded, %s of %s are missing in %s"),
                                     size, total, run->folder.path);
          fail_item (item, message);
        }
    }
  return n;
}

static CliStatus
judge_end (Run *run)
{
  if (run->status != CLI_DONE || !run->is_interrupted)
    return run->status;
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (item->is_complete)
        continue;
      run->status = CLI_FAILED;
      if (!item->has_failed)
        say_stopped (item);
    }
  return run->status;
}

/* A pipe's last word is about completeness, also when what was complete went on for a while. */
static void
repeat_complete (Run *run)
{
  if (!run->options->is_json || is_seed (run) || !shares (run))
    return;
  for (guint i = 0; i < run->items->len; i++)
    {
      Item *item = g_ptr_array_index (run->items, i);

      if (item->is_complete && !item->has_failed)
        say_complete (item);
    }
}

static CliStatus
carry_out (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (!make_items (run, &error))
    return cli_complain_about (error);
  if (is_seed (run))
    cli_folder_use (&run->folder, run->options->directory);
  else if (!cli_folder_prepare (&run->folder, run->options->directory, &error))
    return cli_complain_about (error);
  if (is_seed (run) && count_seedable (run) == 0)
    return CLI_FAILED;
  engage (run);
  repeat_complete (run);
  judge_end (run);
  if (run->status != CLI_DONE)
    cli_folder_undo (&run->folder);
  return run->status;
}

CliStatus
cli_download (const CliOptions *options)
{
  Run run = {
    .options = options,
    .items = g_ptr_array_new_with_free_func (item_free),
    .progress = cli_progress_new (options->is_quiet || options->is_json),
  };
  CliStatus status = carry_out (&run);

  g_clear_pointer (&run.progress, cli_progress_free);
  g_clear_pointer (&run.items, g_ptr_array_unref);
  g_clear_object (&run.supervisor);
  g_clear_pointer (&run.loop, g_main_loop_unref);
  cli_folder_clear (&run.folder);
  return status;
}
