/* cli-run-say.c - what is said of torrents that run, for people and as JSON
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-run-private.h"

#include "cli-events.h"
#include "cli-text.h"

#include <glib/gi18n.h>

void
cli_run_show_rows (CliRun *run)
{
  g_autofree CliRow *rows = g_new0 (CliRow, run->items->len);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  if (run->is_stopping)
    return;
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);
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

void
cli_run_redraw (CliRun *run)
{
  if (cli_progress_is_terminal (run->progress))
    cli_run_show_rows (run);
}

void
cli_run_print_events (CliRun *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (item->torrent != NULL && !item->has_failed && !item->is_done)
        cli_events_print_progress (item->torrent);
    }
}

/* For a person, one line for good; the drawing comes back when it is asked for, with the next tick at the latest. */
static void
say (CliRun     *run,
     const char *line)
{
  if (run->options->is_quiet || run->options->is_json)
    return;
  cli_progress_hide (run->progress);
  cli_print_format ("%s\n", line);
}

void
cli_item_say_complete (CliItem *item)
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

void
cli_item_say_seeding (CliItem *item)
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
void
cli_item_say_stopped (CliItem *item)
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

/* A pipe's last word is about completeness, also when what was complete went on for a while. */
void
cli_run_repeat_complete (CliRun *run)
{
  if (!run->options->is_json || cli_run_is_seed (run) || !cli_run_shares (run))
    return;
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (item->is_complete && !item->has_failed)
        cli_item_say_complete (item);
    }
}
