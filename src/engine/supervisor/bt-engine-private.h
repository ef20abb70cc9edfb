/* bt-engine-private.h - the engine's struct and its commands, shared by its files
 *
 * Fields are marked with the thread that may touch them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-engine.h"

G_BEGIN_DECLS

typedef struct _BtCommand BtCommand;

/* Thread: engine. Of a command with an id `entry` is there; it is NULL for the others. */
typedef void (*BtCommandFunc) (BtCommand *command,
                               BtEntry   *entry);

/* One wish. Owned by the door while inside, then until it was carried out, or answered. */
struct _BtCommand
{
  BtEngine       *engine;          /* borrowed */
  BtCommandFunc   run;
  gpointer        arguments;       /* owned, nullable: what `run` makes of it */
  GDestroyNotify  free_arguments;  /* nullable */
  guint64         id;              /* of the torrent; 0: it is for none in particular */
  gpointer        task;            /* only carried; NULL: is not answered */
};

struct _BtEngine
{
  /* Any thread */
  BtDoor          *commands;
  BtEngineDoors    doors;

  /* User's thread */
  GThread         *thread;

  /* Engine's thread */
  GMainContext    *context;
  GMainLoop       *loop;
  BtLibrary       *library;     /* NULL: not opened yet, or closed */
  BtLibraryConfig  config;      /* state_path is owned */
  GHashTable      *told;        /* id → Told, owned: what was told of each torrent */
  GHashTable      *lively;      /* id → the same, of those that the last snapshot did not call quiet */
  GHashTable      *unanswered;  /* of BtCommand with a task, that have been begun */
  GHashTable      *previews;    /* task → BtCommand, begun and not answered: magnet links looked at */
  gpointer         start_task;
  guint64          last_serial;
  gboolean         is_alternative;
  gboolean         is_closing;  /* nothing is obeyed any more */
  gboolean         is_closed;   /* everything has stopped */
};

/* bt-engine.c; Thread: engine. */
/* Frees the command, and the reply's contents are given away; nothing when it is not one that waits for an answer. */
void bt_engine_answer      (BtCommand *command,
                            BtReply    reply);
/* Of the torrent as it is now, with everything. (transfer full): of BtSnapshot */
GPtrArray *bt_engine_make_first_snapshot (BtEngine *engine,
                                          BtEntry  *entry);
/* Thread: any. */
void bt_engine_send_reply  (BtEngine  *engine,
                            BtReply    reply);
void bt_engine_publish     (BtEngine  *engine,
                            BtEntry   *entry);
void bt_engine_set_watched (BtEngine  *engine,
                            BtEntry   *entry,
                            gboolean   is_watched);
void bt_engine_close       (BtEngine  *engine);
/* Thread: user. Takes the command. */
void bt_engine_command     (BtEngine  *engine,
                            BtCommand *command);

/* bt-engine-preview.c; Thread: engine. */
void bt_engine_tell_previews (BtEngine *engine);

/* bt-engine-commands.c */
/* `arguments` are given away. */
void     bt_command_ask      (BtEngine        *engine,
                              guint64          id,
                              BtCommandFunc    run,
                              gpointer         arguments,
                              GDestroyNotify   free_arguments,
                              gpointer         task);
/* The same without an answer. */
void     bt_command_wish     (BtEngine        *engine,
                              guint64          id,
                              BtCommandFunc    run,
                              gpointer         arguments,
                              GDestroyNotify   free_arguments);
void     bt_command_free     (gpointer         command);
/* The engine shuts down: also when it does already. */
gboolean bt_command_is_last  (const BtCommand *command);
/* An add of this torrent that has not been answered. */
gboolean bt_command_is_add_of (const BtCommand *command,
                               const guint8    *info_hash);

G_END_DECLS
