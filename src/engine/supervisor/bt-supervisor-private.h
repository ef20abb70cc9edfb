/* bt-supervisor-private.h - the supervisor's struct, shared by its two files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-engine.h"
#include "bt-supervisor.h"

G_BEGIN_DECLS

struct _BtSupervisor
{
  GObject          parent_instance;

  /* Owned References */
  BtEngine        *engine;     /* nullable: not started, or ended */
  BtDoor          *replies;
  BtMailbox       *mailbox;
  GListStore      *torrents;
  GHashTable      *by_id;      /* id → BtTorrent of the engine that runs, borrowed from the list */
  GHashTable      *early;      /* id → BtSnapshot, owned: of torrents that have not joined yet */
  GPtrArray       *stop_tasks; /* GTask; not empty: the engine has been told to end */
  char            *trouble;    /* nullable */
  BtBlockList     *block_list; /* nullable */

  BtLibraryConfig  config;     /* state_path is owned */
  guint            port;
  gboolean         is_alternative;
};

typedef enum
{
  BT_SUPERVISOR_PROP_0,
  BT_SUPERVISOR_PROP_PORT,
  BT_SUPERVISOR_PROP_TROUBLE,
  BT_SUPERVISOR_PROP_IS_ALTERNATIVE,
  BT_SUPERVISOR_N_PROPS
} BtSupervisorProp;

/* bt-supervisor.c */
void bt_supervisor_notify       (BtSupervisor     *self,
                                 BtSupervisorProp  property);
void bt_supervisor_emit_added   (BtSupervisor     *self,
                                 BtTorrent        *torrent);
void bt_supervisor_emit_removed (BtSupervisor     *self,
                                 BtTorrent        *torrent);
void bt_supervisor_emit_ticked  (BtSupervisor     *self);

/* NULL when it has ended already. Cancelled means that nothing was done: what has been done is not called cancelled. */
GTask *bt_supervisor_begin_task (BtSupervisor       *self,
                                 gpointer            source_tag,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);

/* bt-supervisor-preview.c */
gboolean bt_supervisor_is_preview (GTask             *task);
void bt_supervisor_previewed    (GTask              *task,
                                 const BtSwarmFacts *facts);
void bt_supervisor_end_preview  (GTask              *task,
                                 BtReply            *reply);

/* bt-supervisor-state.c */
/* What the engine puts into the door. */
void bt_supervisor_reply_cb     (gpointer          reply);
void bt_supervisor_bell_cb      (gpointer          self);
/* Off the list; its wishes are forgotten. */
void bt_supervisor_forget       (BtSupervisor     *self,
                                 BtTorrent        *torrent);
/* Runs `func` in a thread with the task's data, and ends the task with the pointer it returns. The
 * thread holds neither task nor supervisor: the last reference to it never goes there. Takes `task`. */
void bt_supervisor_run_in_thread (GTask           *task,
                                  GTaskThreadFunc  func,
                                  GDestroyNotify   free_result);
/* The engine has gone: nobody listens to the torrents' wishes any more. */
void bt_supervisor_orphan_all   (BtSupervisor     *self);

G_END_DECLS
