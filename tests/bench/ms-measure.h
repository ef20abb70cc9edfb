/* ms-measure.h - what the parts of bt-measure share: a supervisor with a loop, and lines of JSON
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt-supervisor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the command line says; strings are borrowed. */
typedef struct
{
  BtAddress   bind;      /* with its port; family NONE: any */
  const char *state;     /* nullable */
  const char *directory; /* nullable */
  gint64      n_times;
  gint64      n_lookups;
  gboolean    is_alive;  /* torrents run, instead of being at rest */
} MsOptions;

typedef struct
{
  GMainLoop    *loop;       /* owned */
  BtSupervisor *supervisor; /* owned */
  GError       *error;      /* owned, nullable: why it ended */
  gboolean      is_ending;
} MsEngine;

/* Calls `begin` when the engine has started; returns when ms_engine_end() or a signal has ended it. FALSE: it
 * failed. */
typedef void (*MsBeginFunc) (MsEngine *engine,
                             gpointer  user_data);

gboolean ms_engine_run       (const MsOptions *options,
                              MsBeginFunc      begin,
                              gpointer         user_data,
                              GError         **error);
/* Takes the error, nullable. */
void     ms_engine_end       (MsEngine        *engine,
                              GError          *error);

/* Adds the torrents in a folder to a state, paused; or lets them run until each has found out what it has. */
gboolean ms_make             (const MsOptions *options,
                              const char      *folder,
                              GError         **error);
/* Starts with a state, says so when the list is there (and when all run, where they are to), and stops at a signal. */
gboolean ms_start            (const MsOptions *options,
                              GError         **error);
/* Downloads a torrent, so often that checkpoints are among it; removes the data in between. */
gboolean ms_download         (const MsOptions *options,
                              const char      *torrent,
                              GError         **error);
gboolean ms_block_list       (const MsOptions *options,
                              const char      *path,
                              GError         **error);

G_END_DECLS
