/* bt-supervisor.c - the coordinator of all torrents: its life, and what an application asks of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-supervisor.h"

#include "bt-load.h"
#include "bt-supervisor-private.h"
#include "bt-torrent-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum
{
  TORRENT_ADDED,
  TORRENT_REMOVED,
  TICKED,
  N_SIGNALS
};

static GParamSpec *properties[BT_SUPERVISOR_N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BtSupervisor, bt_supervisor, G_TYPE_OBJECT)

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
      bt_engine_shut_down (self->engine);
      g_clear_pointer (&self->engine, bt_engine_free);
    }
  bt_supervisor_orphan_all (self);
  g_clear_pointer (&self->replies, bt_door_unref);
  g_clear_object (&self->torrents);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->early, g_hash_table_unref);
  g_clear_pointer (&self->stop_tasks, g_ptr_array_unref);
  g_clear_pointer (&self->mailbox, bt_mailbox_free);
  g_free (self->trouble);
  bt_block_list_unref (self->block_list);
  g_free ((char *) self->config.state_path);
  g_strfreev ((char **) self->config.session.dht_nodes);
  G_OBJECT_CLASS (bt_supervisor_parent_class)->finalize (object);
}

static void
bt_supervisor_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  BtSupervisor *self = BT_SUPERVISOR (object);

  switch (prop_id)
    {
    case BT_SUPERVISOR_PROP_PORT:
      g_value_set_uint (value, self->port);
      break;

    case BT_SUPERVISOR_PROP_TROUBLE:
      g_value_set_string (value, self->trouble);
      break;

    case BT_SUPERVISOR_PROP_IS_ALTERNATIVE:
      g_value_set_boolean (value, self->is_alternative);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bt_supervisor_class_init (BtSupervisorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = bt_supervisor_finalize;
  object_class->get_property = bt_supervisor_get_property;

  properties[BT_SUPERVISOR_PROP_PORT] =
      g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, flags);
  properties[BT_SUPERVISOR_PROP_TROUBLE] =
      g_param_spec_string ("trouble", NULL, NULL, NULL, flags);
  properties[BT_SUPERVISOR_PROP_IS_ALTERNATIVE] =
      g_param_spec_boolean ("is-alternative", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, BT_SUPERVISOR_N_PROPS, properties);

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
network_changed_cb (BtSupervisor *self)
{
  if (self->engine != NULL)
    bt_engine_network_changed (self->engine);
}

/* The monitor is GIO's one and only, and tells the thread that asked for it first: this one. */
static void
bt_supervisor_init (BtSupervisor *self)
{
  g_signal_connect_object (g_network_monitor_get_default (), "network-changed",
                           G_CALLBACK (network_changed_cb), self, G_CONNECT_SWAPPED);
  self->torrents = g_list_store_new (BT_TYPE_TORRENT);
  self->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->early = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, bt_snapshot_free);
  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->mailbox = bt_mailbox_new ();
  self->replies = bt_door_new (g_main_context_get_thread_default ());
}

void
bt_supervisor_notify (BtSupervisor     *self,
                      BtSupervisorProp  property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
bt_supervisor_emit_added (BtSupervisor *self,
                          BtTorrent    *torrent)
{
  g_signal_emit (self, signals[TORRENT_ADDED], 0, torrent);
}

void
bt_supervisor_emit_removed (BtSupervisor *self,
                            BtTorrent    *torrent)
{
  g_signal_emit (self, signals[TORRENT_REMOVED], 0, torrent);
}

void
bt_supervisor_emit_ticked (BtSupervisor *self)
{
  g_signal_emit (self, signals[TICKED], 0);
}

/* What a session begins with is what is set for all. */
static void
take_settings (BtSupervisor     *self,
               const BtSettings *settings)
{
  self->config.settings = *settings;
  bt_load_set_device (settings->network.device);
  self->config.session.max_peers = settings->max_peers;
  self->config.session.read_limit_bps = settings->read_limit_bps;
  self->config.session.write_limit_bps = settings->write_limit_bps;
}

BtSupervisor *
bt_supervisor_new (const BtSupervisorOptions *options)
{
  BtSupervisor *self = g_object_new (BT_TYPE_SUPERVISOR, NULL);
  BtSettings settings;

  if (options == NULL)
    return self;
  settings = options->settings;
  if (options->max_peers != 0)
    settings.max_peers = options->max_peers;
  if (options->read_limit_bps != 0)
    settings.read_limit_bps = options->read_limit_bps;
  if (options->write_limit_bps != 0)
    settings.write_limit_bps = options->write_limit_bps;
  take_settings (self, &settings);
  self->config.session.bind = options->bind;
  self->config.session.port = options->port;
  self->config.session.memory_bytes = options->memory_bytes;
  self->config.session.dht_nodes =
      (const char *const *) g_strdupv ((char **) options->dht_nodes);
  self->config.session.no_incoming = options->is_offline;
  self->config.no_begin = options->is_offline;
  self->config.state_path = g_strdup (options->state_path);
  return self;
}

/* --- Starting and stopping --- */

GTask *
bt_supervisor_begin_task (BtSupervisor        *self,
                          gpointer             source_tag,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return NULL;
  return g_steal_pointer (&task);
}

void
bt_supervisor_start_async (BtSupervisor        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  BtEngineDoors doors = { .reply = bt_supervisor_reply_cb, .bell = bt_supervisor_bell_cb,
                          .user = self };
  GTask *task;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (self->engine == NULL);

  task = bt_supervisor_begin_task (self, bt_supervisor_start_async, cancellable, callback,
                                   user_data);
  if (task == NULL)
    return;
  doors.door = self->replies;
  doors.mailbox = self->mailbox;
  self->engine = bt_engine_new (&self->config, &doors, task);
  if (self->block_list != NULL)
    bt_engine_set_block_list (self->engine, self->block_list);
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

  task = bt_supervisor_begin_task (self, bt_supervisor_stop_async, NULL, callback, user_data);
  if (self->engine == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->stop_tasks, g_steal_pointer (&task));
  if (self->stop_tasks->len == 1)
    bt_engine_shut_down (self->engine);
}

gboolean
bt_supervisor_stop_finish (BtSupervisor  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Torrents --- */

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

/* NULL for none. */
static GArray *
make_array (gconstpointer values,
            gsize         n_values,
            guint         value_bytes)
{
  GArray *array;

  if (values == NULL)
    return NULL;
  array = g_array_new (FALSE, FALSE, value_bytes);
  if (n_values > 0)
    g_array_append_vals (array, values, (guint) n_values);
  return array;
}

static void
send_add (BtSupervisor       *self,
          BtMetainfo         *metainfo,
          BtMagnet     *magnet,
          const BtAddOptions *options,
          GTask              *task)
{
  g_autofree char *current = options->folder == NULL ? g_get_current_dir () : NULL;
  g_autoptr (GArray) selected = NULL;
  g_autoptr (GArray) peers = NULL;
  BtAddRequest request = {
    .metainfo = metainfo,
    .magnet = magnet,
    .folder = options->folder != NULL ? options->folder : current,
    .incomplete_folder = options->incomplete_folder,
    .preallocate = map_preallocation (options->preallocation),
    .max_peers = options->max_peers,
    .upload_slots = options->upload_slots,
    .read_limit_bps = options->read_limit_bps,
    .write_limit_bps = options->write_limit_bps,
    .labels = options->labels,
    .is_paused = options->is_paused,
    .is_sequential = options->is_sequential,
    .no_trackers = options->no_trackers,
    .must_be_complete = options->must_be_complete,
    .ignore_space = options->ignore_space,
    .share_files = options->share_files,
  };

  selected = make_array (options->selected_files, options->n_selected_files, sizeof (guint));
  peers = make_array (options->peers, options->n_peers, sizeof (BtKnownAddress));
  request.selected = selected;
  request.peers = peers;
  bt_engine_add (self->engine, &request, task);
}

static void
add (BtSupervisor       *self,
     BtMetainfo         *metainfo,
     BtMagnet     *magnet,
     const BtAddOptions *options,
     GTask              *task)
{
  static const BtAddOptions defaults = { 0 };

  if (task == NULL)
    return;
  if (self->engine == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is not running"));
      g_object_unref (task);
      return;
    }
  if (metainfo != NULL)
    g_task_set_task_data (task, bt_metainfo_ref (metainfo), (GDestroyNotify) bt_metainfo_unref);
  send_add (self, metainfo, magnet, options != NULL ? options : &defaults, task);
}

void
bt_supervisor_add_async (BtSupervisor        *self,
                         BtMetainfo          *metainfo,
                         const BtAddOptions  *options,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (metainfo != NULL);

  add (self, metainfo, NULL, options,
       bt_supervisor_begin_task (self, bt_supervisor_add_async, cancellable, callback, user_data));
}

void
bt_supervisor_add_magnet_async (BtSupervisor        *self,
                                BtMagnet            *magnet,
                                const BtAddOptions  *options,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (magnet != NULL);

  add (self, NULL, magnet, options,
       bt_supervisor_begin_task (self, bt_supervisor_add_async, cancellable, callback, user_data));
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
  if (bt_torrent_get_engine (torrent) != NULL)
    bt_engine_remove (self->engine, bt_torrent_get_id (torrent), BT_REMOVE_KEEP_DATA, NULL);
  bt_supervisor_forget (self, torrent);
  bt_supervisor_emit_removed (self, torrent);
}

void
bt_supervisor_remove_async (BtSupervisor        *self,
                            BtTorrent           *torrent,
                            BtRemoveData         data,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  BtEngine *engine;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (BT_IS_TORRENT (torrent));

  task = bt_supervisor_begin_task (self, bt_supervisor_remove_async, cancellable, callback,
                                   user_data);
  if (task == NULL)
    return;
  engine = bt_torrent_get_engine (torrent);
  if (engine == NULL || engine != self->engine)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED,
                               _("The torrent has been removed, or the engine is not running"));
      return;
    }
  bt_engine_remove (engine, bt_torrent_get_id (torrent), data, g_steal_pointer (&task));
}

gboolean
bt_supervisor_remove_finish (BtSupervisor   *self,
                             GAsyncResult   *result,
                             char         ***out_kept,
                             GError        **error)
{
  g_auto (GStrv) kept = NULL;
  gboolean has_failed;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  has_failed = g_task_had_error (G_TASK (result));
  kept = g_task_propagate_pointer (G_TASK (result), error);
  if (has_failed)
    return FALSE;
  if (out_kept != NULL)
    *out_kept = g_steal_pointer (&kept);
  return TRUE;
}

GListModel *
bt_supervisor_get_torrents (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);

  return G_LIST_MODEL (self->torrents);
}

BtTorrent *
bt_supervisor_find_by_hash (BtSupervisor *self,
                            const guint8 *info_hash)
{
  GHashTableIter iter;
  gpointer torrent;

  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);
  g_return_val_if_fail (info_hash != NULL, NULL);

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &torrent))
    if (memcmp (bt_torrent_get_record (torrent)->info_hash, info_hash, BT_RECORD_HASH_BYTES) == 0)
      return torrent;
  return NULL;
}

BtTorrent *
bt_supervisor_find (BtSupervisor *self,
                    BtMetainfo   *metainfo)
{
  const guint8 *hash_v1;
  const guint8 *hash_v2;
  BtTorrent *torrent;

  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);
  g_return_val_if_fail (metainfo != NULL, NULL);

  hash_v1 = bt_metainfo_get_info_hash_v1 (metainfo);
  hash_v2 = bt_metainfo_get_info_hash_v2 (metainfo);
  torrent = hash_v1 != NULL ? bt_supervisor_find_by_hash (self, hash_v1) : NULL;
  if (torrent == NULL && hash_v2 != NULL)
    torrent = bt_supervisor_find_by_hash (self, hash_v2);
  return torrent;
}

/* --- All torrents --- */

guint
bt_supervisor_get_port (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), 0);

  return self->port;
}

const char *
bt_supervisor_get_trouble (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);

  return self->trouble;
}

gboolean
bt_supervisor_is_alternative (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), FALSE);

  return self->is_alternative;
}

const BtSettings *
bt_supervisor_get_settings (BtSupervisor *self)
{
  g_return_val_if_fail (BT_IS_SUPERVISOR (self), NULL);

  return &self->config.settings;
}

void
bt_supervisor_set_settings (BtSupervisor     *self,
                            const BtSettings *settings)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (settings != NULL);

  take_settings (self, settings);
  if (self->engine != NULL)
    bt_engine_set_settings (self->engine, settings);
}

void
bt_supervisor_set_limits (BtSupervisor *self,
                          guint64       read_bps,
                          guint64       write_bps)
{
  BtSettings settings;

  g_return_if_fail (BT_IS_SUPERVISOR (self));

  settings = self->config.settings;
  settings.read_limit_bps = read_bps;
  settings.write_limit_bps = write_bps;
  bt_supervisor_set_settings (self, &settings);
}
