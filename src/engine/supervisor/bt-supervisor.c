/* bt-supervisor.c - the coordinator of all torrents, as an application sees it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-supervisor.h"

#include "bt-engine.h"
#include "bt-torrent-private.h"

struct _BtSupervisor
{
  GObject          parent_instance;

  /* Owned References */
  BtEngine        *engine;     /* nullable: not started, or ended */
  BtDoor          *replies;
  BtMailbox       *mailbox;
  GListStore      *torrents;
  GHashTable      *by_id;      /* id → BtTorrent, borrowed from the list or a reply under way */
  GPtrArray       *stop_tasks; /* GTask; not empty: the engine has been told to end */

  BtSessionConfig  config;
  guint64          last_id;
  guint            port;
};

enum
{
  PROP_0,
  PROP_PORT,
  N_PROPS
};

enum
{
  TORRENT_ADDED,
  TORRENT_REMOVED,
  TICKED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BtSupervisor, bt_supervisor, G_TYPE_OBJECT)

static void
send_shut_down (BtSupervisor *self)
{
  BtCommand *command = g_new0 (BtCommand, 1);

  command->kind = BT_COMMAND_SHUT_DOWN;
  bt_engine_command (self->engine, command);
}

/* The engine has gone: nobody listens to the torrents' wishes any more. */
static void
orphan_torrents (BtSupervisor *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->torrents));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (G_LIST_MODEL (self->torrents), i);

      bt_torrent_set_engine (torrent, NULL);
    }
}

/* Every task under way holds a reference: none is left here. */
static void
bt_supervisor_finalize (GObject *object)
{
  BtSupervisor *self = BT_SUPERVISOR (object);

  bt_door_close (self->replies);
  if (self->engine != NULL)
    {
      g_critical ("BtSupervisor: the last reference went before "
                  "bt_supervisor_stop_async() had ended");
      /* Now the user waits, but what was received is kept, and nothing outlives us. */
      send_shut_down (self);
      g_clear_pointer (&self->engine, bt_engine_free);
    }
  orphan_torrents (self);
  g_clear_pointer (&self->replies, bt_door_unref);
  g_clear_object (&self->torrents);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->stop_tasks, g_ptr_array_unref);
  g_clear_pointer (&self->mailbox, bt_mailbox_free);
  G_OBJECT_CLASS (bt_supervisor_parent_class)->finalize (object);
}

static void
bt_supervisor_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_PORT:
      g_value_set_uint (value, BT_SUPERVISOR (object)->port);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bt_supervisor_class_init (BtSupervisorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = bt_supervisor_finalize;
  object_class->get_property = bt_supervisor_get_property;

  properties[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0,
                                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS |
                                             G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[TORRENT_ADDED] =
      g_signal_new ("torrent-added", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, BT_TYPE_TORRENT);
  signals[TORRENT_REMOVED] =
      g_signal_new ("torrent-removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, BT_TYPE_TORRENT);
  /* A second's snapshots have arrived. */
  signals[TICKED] =
      g_signal_new ("ticked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
bt_supervisor_init (BtSupervisor *self)
{
  self->torrents = g_list_store_new (BT_TYPE_TORRENT);
  self->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->mailbox = bt_mailbox_new ();
  self->replies = bt_door_new (g_main_context_get_thread_default ());
}

BtSupervisor *
bt_supervisor_new (const BtSupervisorOptions *options)
{
  BtSupervisor *self = g_object_new (BT_TYPE_SUPERVISOR, NULL);

  if (options != NULL)
    {
      self->config.bind = options->bind;
      self->config.port = options->port;
      self->config.max_peers = options->max_peers;
      self->config.read_limit_bps = options->read_limit_bps;
      self->config.write_limit_bps = options->write_limit_bps;
      self->config.memory_bytes = options->memory_bytes;
    }
  return self;
}

/* --- What comes back --- */

static void
bell_cb (gpointer user_data)
{
  g_autoptr (BtSupervisor) self = g_object_ref (user_data);
  gboolean has_ticked = FALSE;
  g_autoptr (GPtrArray) snapshots = bt_mailbox_take (self->mailbox, &has_ticked);

  g_ptr_array_set_free_func (snapshots, NULL);
  for (guint i = 0; i < snapshots->len; i++)
    {
      BtSnapshot *snapshot = g_ptr_array_index (snapshots, i);
      guint64 id = snapshot->id;
      BtTorrent *torrent = g_hash_table_lookup (self->by_id, &id);

      if (torrent != NULL)
        bt_torrent_take_snapshot (torrent, snapshot);
      else
        bt_snapshot_free (snapshot);
    }
  if (has_ticked)
    g_signal_emit (self, signals[TICKED], 0);
}

static void
set_port (BtSupervisor *self,
          guint         port)
{
  if (self->port == port)
    return;
  self->port = port;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PORT]);
}

static void
started (BtSupervisor *self,
         GTask        *task,
         BtReply      *reply)
{
  if (reply->error != NULL)
    {
      g_clear_pointer (&self->engine, bt_engine_free);
      g_task_return_error (task, g_steal_pointer (&reply->error));
      return;
    }
  set_port (self, reply->port);
  g_task_return_boolean (task, TRUE);
}

static void
forget_torrent (BtSupervisor *self,
                BtTorrent    *torrent)
{
  guint64 id = bt_torrent_get_id (torrent);
  guint index;

  bt_torrent_set_engine (torrent, NULL);
  g_hash_table_remove (self->by_id, &id);
  if (g_list_store_find (self->torrents, torrent, &index))
    g_list_store_remove (self->torrents, index);
}

static void
added (BtSupervisor *self,
       GTask        *task,
       BtReply      *reply)
{
  BtTorrent *torrent = g_task_get_task_data (task);

  if (reply->error != NULL)
    {
      forget_torrent (self, torrent);
      g_task_return_error (task, g_steal_pointer (&reply->error));
      return;
    }
  g_list_store_append (self->torrents, torrent);
  g_signal_emit (self, signals[TORRENT_ADDED], 0, torrent);
  g_task_return_pointer (task, g_object_ref (torrent), g_object_unref);
}

static void
stopped (BtSupervisor *self)
{
  g_autoptr (GPtrArray) tasks = NULL;

  g_clear_pointer (&self->engine, bt_engine_free);
  orphan_torrents (self);
  set_port (self, 0);
  tasks = g_steal_pointer (&self->stop_tasks);
  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
reply_cb (gpointer message)
{
  BtReply *reply = message;
  g_autoptr (BtSupervisor) self = g_object_ref (reply->user);
  g_autoptr (GTask) task = reply->task;

  if (reply->kind == BT_COMMAND_SHUT_DOWN)
    stopped (self);
  else if (reply->kind == BT_COMMAND_START_UP)
    started (self, task, reply);
  else
    added (self, task, reply);
  bt_reply_free (reply);
}

/* --- What goes in --- */

/* Cancelled means that nothing was done: what has been done is not called cancelled. */
static GTask *
begin_task (BtSupervisor        *self,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  return task;
}

void
bt_supervisor_start_async (BtSupervisor        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  BtEngineDoors doors = { .reply = reply_cb, .bell = bell_cb, .user = self };

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (self->engine == NULL);

  task = begin_task (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bt_supervisor_start_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  doors.door = self->replies;
  doors.mailbox = self->mailbox;
  self->engine = bt_engine_new (&self->config, &doors, g_steal_pointer (&task));
}

gboolean
bt_supervisor_start_finish (BtSupervisor  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bt_supervisor_stop_async (BtSupervisor        *self,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BT_IS_SUPERVISOR (self));

  task = begin_task (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bt_supervisor_stop_async);
  if (self->engine == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->stop_tasks, g_steal_pointer (&task));
  if (self->stop_tasks->len == 1)
    send_shut_down (self);
}

gboolean
bt_supervisor_stop_finish (BtSupervisor  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static BtPreallocate
map_preallocation (BtPreallocation preallocation)
{
  switch (preallocation)
    {
    case BT_PREALLOCATION_NONE:
      return BT_PREALLOCATE_NONE;
    case BT_PREALLOCATION_FULL:
      return BT_PREALLOCATE_FULL;
    case BT_PREALLOCATION_SPARSE:
    default:
      return BT_PREALLOCATE_SPARSE;
    }
}

static BtCommand *
make_add_command (BtMetainfo         *metainfo,
                  const BtAddOptions *options)
{
  BtCommand *command = g_new0 (BtCommand, 1);

  command->kind = BT_COMMAND_ADD;
  command->metainfo = bt_metainfo_ref (metainfo);
  command->flag = !options->is_paused;
  command->config = (BtSwarmConfig) {
    .folder = options->folder != NULL ? g_strdup (options->folder) : g_get_current_dir (),
    .preallocate = map_preallocation (options->preallocation),
    .max_peers = options->max_peers,
    .upload_slots = options->upload_slots,
    .read_limit_bps = options->read_limit_bps,
    .write_limit_bps = options->write_limit_bps,
    .is_sequential = options->is_sequential,
    .use_trackers = !options->no_trackers,
    .must_be_complete = options->must_be_complete,
  };
  if (options->selected_files != NULL)
    {
      command->selected = g_array_new (FALSE, FALSE, sizeof (guint));
      g_array_append_vals (command->selected, options->selected_files,
                           (guint) options->n_selected_files);
    }
  if (options->n_peers > 0)
    {
      command->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
      g_array_append_vals (command->peers, options->peers, (guint) options->n_peers);
    }
  return command;
}

void
bt_supervisor_add_async (BtSupervisor        *self,
                         BtMetainfo          *metainfo,
                         const BtAddOptions  *options,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  static const BtAddOptions defaults = { 0 };
  g_autoptr (GTask) task = NULL;
  BtTorrent *torrent;
  BtCommand *command;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (metainfo != NULL);

  task = begin_task (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bt_supervisor_add_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->engine == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The engine is not running");
      return;
    }
  torrent = bt_torrent_new (++self->last_id, metainfo);
  bt_torrent_set_engine (torrent, self->engine);
  g_hash_table_insert (self->by_id, g_memdup2 (&self->last_id, sizeof self->last_id), torrent);
  g_task_set_task_data (task, torrent, g_object_unref);
  command = make_add_command (metainfo, options != NULL ? options : &defaults);
  command->id = self->last_id;
  command->task = g_steal_pointer (&task);
  bt_engine_command (self->engine, command);
}

BtTorrent *
bt_supervisor_add_finish (BtSupervisor  *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bt_supervisor_remove (BtSupervisor *self,
                      BtTorrent    *torrent)
{
  g_autoptr (BtTorrent) held = NULL;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (BT_IS_TORRENT (torrent));

  if (!g_list_store_find (self->torrents, torrent, NULL))
    return;
  held = g_object_ref (torrent);
  if (self->engine != NULL)
    {
      BtCommand *command = g_new0 (BtCommand, 1);

      command->kind = BT_COMMAND_REMOVE;
      command->id = bt_torrent_get_id (torrent);
      bt_engine_command (self->engine, command);
    }
  forget_torrent (self, torrent);
  g_signal_emit (self, signals[TORRENT_REMOVED], 0, torrent);
}

GListModel *
bt_supervisor_get_torrents (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);

  return G_LIST_MODEL (self->torrents);
}

guint
bt_supervisor_get_port (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), 0);

  return self->port;
}

void
bt_supervisor_set_limits (BtSupervisor *self,
                          guint64       read_bps,
                          guint64       write_bps)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  self->config.read_limit_bps = read_bps;
  self->config.write_limit_bps = write_bps;
  if (self->engine != NULL)
    {
      BtCommand *command = g_new0 (BtCommand, 1);

      command->kind = BT_COMMAND_SET_LIMITS;
      command->read_bps = read_bps;
      command->write_bps = write_bps;
      bt_engine_command (self->engine, command);
    }
}
