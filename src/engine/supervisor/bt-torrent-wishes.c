/* bt-torrent-wishes.c - what a person can do with a torrent: each goes to the engine as a command
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-torrent.h"

#include "bt-torrent-private.h"

#include <glib/gi18n-lib.h>

/* Where a wish goes; NULL: nobody listens, and it is forgotten. */
static BtEngine *
get_listener (BtTorrent *self,
              guint64   *out_id)
{
  *out_id = bt_torrent_get_id (self);
  return bt_torrent_get_engine (self);
}

/* --- Running --- */

void
bt_torrent_set_watched (BtTorrent *self,
                        gboolean   is_watched)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_watch (engine, id, is_watched);
}

void
bt_torrent_start (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_start (engine, id);
}

void
bt_torrent_start_forced (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_start_forced (engine, id);
}

void
bt_torrent_stop (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_stop (engine, id);
}

void
bt_torrent_verify (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_verify (engine, id);
}

void
bt_torrent_announce (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_announce (engine, id);
}

void
bt_torrent_cancel_move (BtTorrent *self)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_cancel_move (engine, id);
}

void
bt_torrent_add_peer (BtTorrent       *self,
                     const BtAddress *address)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (address != NULL);

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_add_peer (engine, id, address);
}

/* --- Settings --- */

void
bt_torrent_set_name (BtTorrent  *self,
                     const char *name)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (name != NULL);

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_name (engine, id, name);
}

void
bt_torrent_set_labels (BtTorrent         *self,
                       const char *const *labels)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_labels (engine, id, labels);
}

void
bt_torrent_set_limits (BtTorrent *self,
                       guint64    read_bps,
                       guint64    write_bps)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_limits (engine, id, read_bps, write_bps);
}

void
bt_torrent_set_share_limits (BtTorrent    *self,
                             double        ratio,
                             gint64        seed_time_s,
                             gint64        idle_s,
                             BtAfterShare  after_share)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_share_limits (engine, id, ratio, seed_time_s, idle_s, after_share);
}

void
bt_torrent_set_places (BtTorrent *self,
                       guint      max_peers,
                       guint      upload_slots)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_places (engine, id, max_peers, upload_slots);
}

void
bt_torrent_set_sequential (BtTorrent *self,
                           gboolean   is_sequential)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_sequential (engine, id, is_sequential);
}

void
bt_torrent_set_super_seeding (BtTorrent *self,
                              gboolean   is_super_seeding)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_super_seeding (engine, id, is_super_seeding);
}

void
bt_torrent_set_priority (BtTorrent   *self,
                         const guint *files,
                         gsize        n_files,
                         BtPriority   priority)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (files != NULL || n_files == 0);

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_priority (engine, id, files, n_files, priority);
}

void
bt_torrent_set_trackers (BtTorrent             *self,
                         const BtTrackerRecord *trackers,
                         gsize                  n_trackers)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_trackers (engine, id, trackers, n_trackers);
}

void
bt_torrent_set_web_seeds (BtTorrent         *self,
                          const char *const *urls)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_web_seeds (engine, id, urls);
}

void
bt_torrent_merge_trackers (BtTorrent  *self,
                           BtMetainfo *metainfo)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (metainfo != NULL);

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_merge_trackers (engine, id, metainfo);
}

void
bt_torrent_merge_magnet (BtTorrent *self,
                         BtMagnet  *magnet)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (magnet != NULL);

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_merge_magnet (engine, id, magnet);
}

void
bt_torrent_set_position (BtTorrent *self,
                         guint      index)
{
  BtEngine *engine;
  guint64 id;

  g_return_if_fail (BT_IS_TORRENT (self));

  engine = get_listener (self, &id);
  if (engine != NULL)
    bt_engine_set_position (engine, id, index);
}

/* --- Work that takes a while --- */

/* NULL when it has ended already: cancelled, or nobody is there to do it. The supervisor lives as long as the task. */
static GTask *
begin_work (BtTorrent           *self,
            gpointer             source_tag,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BtEngine *engine = bt_torrent_get_engine (self);

  g_task_set_source_tag (task, source_tag);
  /* Cancelled means that nothing was done: what has been done is not called cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return NULL;
  if (engine == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED,
                               _("The torrent has been removed, or the engine is not running"));
      return NULL;
    }
  g_task_set_task_data (task, g_object_ref (bt_engine_get_user (engine)), g_object_unref);
  return g_steal_pointer (&task);
}

/* The answer is what was kept; here it is only whether there was an error. */
static gboolean
finish_work (BtTorrent     *self,
             GAsyncResult  *result,
             GError       **error)
{
  gboolean has_failed = g_task_had_error (G_TASK (result));
  g_auto (GStrv) kept = g_task_propagate_pointer (G_TASK (result), error);

  return !has_failed;
}

void
bt_torrent_move_async (BtTorrent           *self,
                       const char          *folder,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (folder != NULL);

  task = begin_work (self, bt_torrent_move_async, cancellable, callback, user_data);
  if (task != NULL)
    bt_engine_move (bt_torrent_get_engine (self), bt_torrent_get_id (self), folder, task);
}

gboolean
bt_torrent_move_finish (BtTorrent     *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return finish_work (self, result, error);
}

void
bt_torrent_rename_async (BtTorrent           *self,
                         guint32              file,
                         const char          *from,
                         const char          *to,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (file != BT_FILE_NONE || from != NULL);
  g_return_if_fail (to != NULL);

  task = begin_work (self, bt_torrent_rename_async, cancellable, callback, user_data);
  if (task != NULL)
    bt_engine_rename (bt_torrent_get_engine (self), bt_torrent_get_id (self), file, from, to, task);
}

gboolean
bt_torrent_rename_finish (BtTorrent     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return finish_work (self, result, error);
}

void
bt_exported_free (gpointer data)
{
  BtExported *exported = data;

  g_free (exported->link);
  g_clear_pointer (&exported->file, g_bytes_unref);
  g_free (exported);
}

void
bt_torrent_export_async (BtTorrent           *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (BT_IS_TORRENT (self));

  task = begin_work (self, bt_torrent_export_async, cancellable, callback, user_data);
  if (task != NULL)
    bt_engine_export (bt_torrent_get_engine (self), bt_torrent_get_id (self), task);
}

char *
bt_torrent_export_finish (BtTorrent     *self,
                          GAsyncResult  *result,
                          GBytes       **out_file,
                          GError       **error)
{
  BtExported *exported;
  char *link;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  exported = g_task_propagate_pointer (G_TASK (result), error);
  if (exported == NULL)
    return NULL;
  link = g_steal_pointer (&exported->link);
  if (out_file != NULL)
    *out_file = g_steal_pointer (&exported->file);
  bt_exported_free (exported);
  return link;
}
