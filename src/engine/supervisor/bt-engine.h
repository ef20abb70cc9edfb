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
} BtCommandKind;

/* One wish. Owned by the door while inside; the reply, when one is wanted, goes back through
 * `reply`. */
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
  gpointer       task;       /* owned by the user's side, only carried */
};

/* An answer. `error` is owned by whoever takes it. */
typedef struct
{
  BtCommandKind kind;
  guint64       id;
  gpointer      task;
  guint         port;
  GError       *error;       /* owned, nullable */
  gpointer      user;        /* the user's side, which gave it with bt_engine_new() */
} BtReply;

/* How the engine reaches the user's side. Thread: engine; each only puts something through
 * `door`. */
typedef struct
{
  BtDoor        *door;           /* replies and bells; borrowed, outlives the engine */
  BtMailbox     *mailbox;        /* borrowed */
  BtDoorFunc     reply;          /* message: BtReply, owned by it */
  BtDoorFunc     bell;           /* message: `user`: look into the mailbox, or a second passed */
  gpointer       user;
} BtEngineDoors;

/* Starts the thread and binds the port; a BtReply of kind SHUT_DOWN's opposite comes as `reply`
 * with kind ADD and id 0 once it is up (or failed: then the thread has ended). */
BtEngine *bt_engine_new     (const BtSessionConfig *config,
                             const BtEngineDoors   *doors,
                             gpointer               task);
/* Thread: user. Takes the command. */
void      bt_engine_command (BtEngine              *engine,
                             BtCommand             *command);
/* After the reply to SHUT_DOWN, or to a failed start: joins the thread. */
void      bt_engine_free    (BtEngine              *engine);
void      bt_command_free   (gpointer               command);
void      bt_reply_free     (gpointer               reply);

G_END_DECLS
