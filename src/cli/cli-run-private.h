/* cli-run-private.h - between what happens to torrents that run and what is said of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-run.h"

G_BEGIN_DECLS

/* All that run now; nothing while it is stopping. */
void cli_run_show_rows       (CliRun  *run);
/* The same, on a terminal only. */
void cli_run_redraw          (CliRun  *run);
void cli_run_print_events    (CliRun  *run);
/* Of those that were complete, when others' events came behind that. */
void cli_run_repeat_complete (CliRun  *run);
void cli_item_say_complete   (CliItem *item);
void cli_item_say_seeding    (CliItem *item);
/* Somebody interrupted. */
void cli_item_say_stopped    (CliItem *item);

G_END_DECLS
