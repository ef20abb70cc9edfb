/* cli-commands.h - the commands; each runs to its end and returns the exit status
 *
 * Thread: the main one, on the default context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-options.h"

G_BEGIN_DECLS

/* download and seed. */
CliStatus cli_download (const CliOptions *options);
CliStatus cli_show     (const CliOptions *options);
CliStatus cli_verify   (const CliOptions *options);
CliStatus cli_create   (const CliOptions *options);
CliStatus cli_tracker  (const CliOptions *options);

/* Of a state. */
CliStatus cli_add      (const CliOptions *options);
CliStatus cli_list     (const CliOptions *options);
CliStatus cli_set      (const CliOptions *options);
CliStatus cli_move     (const CliOptions *options);
CliStatus cli_rename   (const CliOptions *options);
CliStatus cli_remove   (const CliOptions *options);
CliStatus cli_recheck  (const CliOptions *options);
CliStatus cli_restore  (const CliOptions *options);

G_END_DECLS
