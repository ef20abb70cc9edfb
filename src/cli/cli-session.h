/* cli-session.h - download and seed with a state
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-run.h"

G_BEGIN_DECLS

/* Runs what is in the state and not paused, and what the command line names, which is added when it is not there. */
CliStatus cli_session_carry_out (CliRun *run);

G_END_DECLS
