/* cli-progress.h - what the torrents do, on a terminal or in a pipe
 *
 * On a terminal each torrent has a line that is drawn again and again, below whatever was said for good. Without one,
 * a torrent gets a line when its state changes, and else every few seconds.
 * Thread: the main one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "swarm/bt-swarm-facts.h"

G_BEGIN_DECLS

#define CLI_PROGRESS_PLAIN_US (5 * G_USEC_PER_SEC)

/* Borrowed. */
typedef struct
{
  const char         *name;         /* one line */
  const BtSwarmFacts *facts;        /* while checking, received_bps may be how fast */
  double              progress;     /* 0 to 1 */
  const char         *description;  /* nullable: why nothing moves */
} CliRow;

typedef struct
{
  guint    columns;
  gboolean is_utf8;
  gboolean has_color;
} CliLook;

typedef struct _CliProgress CliProgress;

/* Nothing is drawn when `is_silent`. */
CliProgress *cli_progress_new          (gboolean       is_silent);
/* What is drawn goes away. */
void         cli_progress_free         (CliProgress   *progress);
void         cli_progress_show         (CliProgress   *progress,
                                        const CliRow  *rows,
                                        guint          n_rows,
                                        gint64         now_us);
/* Removes what is drawn: before anything else is said. */
void         cli_progress_hide         (CliProgress   *progress);
gboolean     cli_progress_is_terminal  (CliProgress   *progress);

/* Pure. */
const char  *cli_state_to_word         (BtSwarmState   state);
/* A line for a terminal, at most `look->columns` wide. (transfer full) */
char        *cli_progress_format_row   (const CliRow  *row,
                                        const CliLook *look);
/* A line for a pipe. (transfer full) */
char        *cli_progress_format_plain (const CliRow  *row);

G_END_DECLS
