/* cli-run.h - torrents that run until they are done, have failed, or someone interrupts; shared by what has a state and
 * what has none
 *
 * An item is a torrent on its way: it becomes complete (a download) or turns out to be (a seed), shares for as long as
 * it was asked to, and is done; or it fails. When no item is left to wait for, the supervisor is stopped.
 *
 * Thread: the main one, on the default context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-folder.h"
#include "cli-load.h"
#include "cli-options.h"
#include "cli-progress.h"
#include "cli-signals.h"

G_BEGIN_DECLS

typedef struct _CliRun CliRun;

struct _CliRun
{
  const CliOptions *options;     /* borrowed */
  GMainLoop        *loop;        /* owned */
  BtSupervisor     *supervisor;  /* owned */
  GPtrArray        *items;       /* owned; of CliItem */
  CliProgress      *progress;    /* owned */
  BtBlockList      *block_list;  /* owned, nullable */
  /* The supervisor runs: items may be added. */
  void            (*started) (CliRun *run);
  CliFolder         folder;
  CliSignals        signals;
  guint             tick_id;
  gint64            ticked_at_us;
  gboolean          is_stopping;
  gboolean          is_interrupted;
  CliStatus         status;
};

typedef struct
{
  CliRun     *run;              /* borrowed */
  CliNamed   *named;            /* owned, nullable: the state has it */
  char       *name;             /* owned */
  GArray     *selected;         /* owned, nullable; of guint */
  BtTorrent  *torrent;          /* owned, nullable: not added yet */
  gint64      added_at_us;
  gint64      complete_at_us;
  guint       is_checked : 1;   /* what lay in the folder */
  guint       is_complete : 1;
  guint       has_failed : 1;
  guint       is_done : 1;      /* has shared for as long as it was asked to */
} CliItem;

void      cli_run_init          (CliRun            *run,
                                 const CliOptions  *options);
void      cli_run_clear         (CliRun            *run);
gboolean  cli_run_is_seed       (const CliRun      *run);
/* Whether what is complete goes on, at least for a while. */
gboolean  cli_run_shares        (const CliRun      *run);
/* Starts the supervisor and returns when it has been stopped. */
void      cli_run_engage        (CliRun            *run);
void      cli_run_stop          (CliRun            *run);
/* When there is nothing left to wait for. */
void      cli_run_settle        (CliRun            *run);
/* The exit status, after the last words. */
CliStatus cli_run_end           (CliRun            *run);

/* An item for each torrent that the command line names, with the files it selects. Blocks. Errors: as cli_load_all(),
 * cli_load_select() */
gboolean  cli_run_name_items    (CliRun            *run,
                                 GError           **error);
/* `named` (nullable) is taken. Owned by the run. */
CliItem  *cli_item_new          (CliRun            *run,
                                 CliNamed          *named,
                                 const char        *name);
/* To the supervisor, into the run's folder. */
void      cli_item_add          (CliItem           *item);
/* Those of the command line, to its own, now that the torrent is there. */
void      cli_item_add_web_seeds (CliItem          *item);
/* Takes part from now on with `torrent`, which is there already. */
void      cli_item_take         (CliItem           *item,
                                 BtTorrent         *torrent);
void      cli_item_changed      (CliItem           *item);
void      cli_item_fail         (CliItem           *item,
                                 const char        *message);
/* Whether its data can be there, by its size alone; fails it otherwise: beginning would make files. */
gboolean  cli_item_is_seedable  (CliItem           *item);

G_END_DECLS
