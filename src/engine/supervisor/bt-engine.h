/* bt-engine.h - the engine's side of the doors: its thread, its session, its commands
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "session/bt-session.h"

#include "bt-door.h"
#include "bt-snapshot.h"

G_BEGIN_DECLS

typedef struct _BtEngine  BtEngine;
typedef struct _BtCommand BtCommand;

typedef enum
{
  BT_COMMAND_ADD,
  BT_COMMAND_REMOVE,
  BT_COMMAND_START,
  BT_COMMAND_STOP,
  BT_COMMAND_VERIFY,
  BT_COMMAND_ANNOUNCE,
  BT_COMMAND_ADD_PEER,
  BT_COMMAND_SET_LIMITS,        /* of the torrent, or of all when id is 0 */
  BT_COMMAND_WATCH,
  BT_COMMAND_SHUT_DOWN,
  BT_COMMAND_START_UP,          /* only ever answered */
} BtCommandKind;

/* One wish. Owned by the door while inside. ADD, SHUT_DOWN and START_UP are answered, each once,
 * whatever happens: what the engine comes too late for is refused. */
struct _BtCommand
{
  BtEngine      *engine;     /* borrowed */
  BtCommandKind  kind;
  guint64        id;         /* of the torrent */
  BtMetainfo    *metainfo;   /* owned; ADD */
  BtSwarmConfig  config;     /* ADD; folder is owned */
  GArray        *selected;   /* owned, nullable; guint; ADD */
  GArray        *peers;      /* owned, nullable; BtAddress; ADD, ADD_PEER */
  guint64        read_bps;
  guint64        write_bps;
  gboolean       flag;       /* WATCH: watched; ADD: start at once */
  gpointer       task;       /* owned by the user's side, only carried; ADD */
};

/* An answer. After the one to SHUT_DOWN, or to a START_UP that failed, only refusals come. */
typedef struct
{
  BtCommandKind kind;
  guint64       id;
  gpointer      task;
  guint         port;        /* START_UP */
  GError       *error;       /* owned, nullable; G_IO_ERROR_CLOSED: refused */
  gpointer      user;        /* the user's side, which gave it with bt_engine_new() */
} BtReply;

/* How the engine reaches the user's side: all through `door`. */
typedef struct
{
  BtDoor        *door;           /* replies and bells; borrowed, outlives the engine */
  BtMailbox     *mailbox;        /* borrowed, outlives the engine */
  BtDoorFunc     reply;          /* message: BtReply, owned by it */
  BtDoorFunc     bell;           /* message: `user`: look into the mailbox */
  gpointer       user;
} BtEngineDoors;

/* Starts the thread and binds the port; then, or when that failed and the thread has ended, the
 * answer to START_UP comes. */
BtEngine *bt_engine_new     (const BtSessionConfig *config,
                             const BtEngineDoors   *doors,
                             gpointer               task);
/* Thread: user. Takes the command. */
void      bt_engine_command (BtEngine              *engine,
                             BtCommand             *command);
/* Joins the thread: after SHUT_DOWN was put in, or START_UP answered with an error. */
void      bt_engine_free    (BtEngine              *engine);
void      bt_command_free   (gpointer               command);
void      bt_reply_free     (gpointer               reply);

G_END_DECLS
