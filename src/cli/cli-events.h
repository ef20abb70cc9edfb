/* cli-events.h - the lines of --json about torrents: progress, complete, seeding, failed, stopped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-load.h"

G_BEGIN_DECLS

/* The state's name in JSON, never translated. */
const char *cli_events_get_state_name  (BtSwarmState  state);
void        cli_events_print_progress  (BtTorrent    *torrent);
/* A socket is open, and this is what the kernel says of it. */
void        cli_events_print_socket    (const BtSocketFacts *facts);
/* Everything wanted is on the disk; `seconds` since the torrent was added. */
void        cli_events_print_complete  (BtTorrent    *torrent,
                                        double        seconds);
/* Peers are accepted at `port`. */
void        cli_events_print_seeding   (BtTorrent    *torrent,
                                        guint         port);
/* What was asked for has been done to it: `event` in one word. */
void        cli_events_print_done      (BtTorrent    *torrent,
                                        const char   *event);
/* `torrent` is nullable: it has not been added; then `named` counts, which else is nullable. */
void        cli_events_print_failed    (BtTorrent      *torrent,
                                        const CliNamed *named,
                                        const char     *message);
/* Interrupted before it was complete. */
void        cli_events_print_stopped   (BtTorrent    *torrent);

G_END_DECLS
