/* cli-events.h - the lines of --json about torrents: progress, complete, seeding, failed, stopped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* The state's name in JSON, never translated. */
const char *cli_events_get_state_name  (BtSwarmState  state);
void        cli_events_print_progress  (BtTorrent    *torrent);
/* Everything wanted is on the disk; `seconds` since the torrent was added. */
void        cli_events_print_complete  (BtTorrent    *torrent,
                                        double        seconds);
/* Peers are accepted at `port`. */
void        cli_events_print_seeding   (BtTorrent    *torrent,
                                        guint         port);
void        cli_events_print_failed    (BtMetainfo   *metainfo,
                                        const char   *message);
/* Interrupted before it was complete. */
void        cli_events_print_stopped   (BtTorrent    *torrent);

G_END_DECLS
