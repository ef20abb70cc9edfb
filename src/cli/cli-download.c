/* cli-download.c - download and seed without a state: nothing is left behind but the data
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-load.h"
#include "cli-run.h"
#include "cli-session.h"

static void
started (CliRun *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      CliItem *item = g_ptr_array_index (run->items, i);

      if (!item->has_failed)
        cli_item_add (item);
    }
}

static guint
count_seedable (CliRun *run)
{
  guint n = 0;

  for (guint i = 0; i < run->items->len; i++)
    n += cli_item_is_seedable (g_ptr_array_index (run->items, i));
  return n;
}

static CliStatus
carry_out (CliRun *run)
{
  g_autoptr (GError) error = NULL;

  if (!cli_load_check_web_seeds (run->options->web_seeds, &error) ||
      !cli_run_name_items (run, &error))
    return cli_complain_about (error);
  if (cli_run_is_seed (run))
    cli_folder_use (&run->folder, run->options->directory);
  else if (!cli_folder_prepare (&run->folder, run->options->directory, &error))
    return cli_complain_about (error);
  if (cli_run_is_seed (run) && count_seedable (run) == 0)
    return CLI_FAILED;
  run->started = started;
  cli_run_engage (run);
  cli_run_end (run);
  if (run->status != CLI_DONE)
    cli_folder_undo (&run->folder);
  return run->status;
}

CliStatus
cli_download (const CliOptions *options)
{
  CliRun run;
  CliStatus status;

  cli_run_init (&run, options);
  if (options->state != NULL)
    status = cli_session_carry_out (&run);
  else
    status = carry_out (&run);
  cli_run_clear (&run);
  return status;
}
