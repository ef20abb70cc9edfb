/* cli-state.h - a state that is looked at and edited: opened, its torrents found, saved and closed
 *
 * Nothing runs meanwhile: no port is open, no tracker hears of it. Calls block in the main loop, one at a time.
 * Thread: the main one, on the default context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-options.h"
#include "cli-progress.h"
#include "cli-signals.h"

G_BEGIN_DECLS

typedef struct
{
  const CliOptions *options;         /* borrowed */
  GMainLoop        *loop;            /* owned */
  BtSupervisor     *supervisor;      /* owned */
  CliProgress      *progress;        /* owned */
  GAsyncResult     *answer;          /* owned, nullable: of the call that was waited for */
  GPtrArray        *shown;           /* borrowed, nullable; of BtTorrent: whose progress is shown while waiting */
  BtTorrent        *moving;          /* borrowed, nullable: stops moving when interrupted */
  CliSignals        signals;
  gboolean          is_interrupted;
} CliState;

/* Complains when it fails. A file that is not there is only made when `may_make`. */
gboolean      cli_state_open       (CliState          *state,
                                    const CliOptions  *options,
                                    gboolean           may_make);
/* Without opening anything: for restoring. */
void          cli_state_init       (CliState          *state,
                                    const CliOptions  *options);
/* Saves, closes and clears. Returns `status`, or FAILED when not everything could be saved, which it complains of. */
CliStatus     cli_state_close      (CliState          *state,
                                    CliStatus          status);

/* A callback for any asynchronous call; `state` is its user data. */
void          cli_state_answer_cb  (GObject           *object,
                                    GAsyncResult      *result,
                                    gpointer           state);
/* Waits for it, however often somebody interrupts. Borrowed, until the next call. */
GAsyncResult *cli_state_wait       (CliState          *state);
/* Turns the loop once, until something has happened. */
void          cli_state_turn       (CliState          *state);

/* All that `words` (NULL-terminated) name, none twice, in the order of the list when that is "all". Complains when one
 * cannot be found. (transfer full) (nullable): of BtTorrent */
GPtrArray    *cli_state_find       (CliState          *state,
                                    char             **words);
/* Loads what is known of its files. Borrowed until the state is closed; NULL: somebody interrupted, or it failed, which
 * it complains of. */
const GArray *cli_state_load_files (CliState          *state,
                                    BtTorrent         *torrent);
/* Its name without anything that could upset a terminal. (transfer full) */
char         *cli_state_dup_name   (BtTorrent         *torrent);

/* Why a state cannot be opened, and what can be done. (transfer full) */
char         *cli_state_explain    (const GError      *error,
                                    const char        *path);

G_END_DECLS
