/* bt-supervisor-state.c - what the engine tells, and the copies of its state
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-supervisor.h"

#include "bt-supervisor-private.h"
#include "bt-torrent-private.h"

#include <glib/gi18n-lib.h>

/* --- The list --- */

static void
enlist (BtSupervisor *self,
        BtTorrent    *torrent)
{
  guint64 id = bt_torrent_get_id (torrent);

  bt_torrent_set_engine (torrent, self->engine);
  g_hash_table_insert (self->by_id, g_memdup2 (&id, sizeof id), torrent);
}

void
bt_supervisor_forget (BtSupervisor *self,
                      BtTorrent    *torrent)
{
  guint64 id = bt_torrent_get_id (torrent);
  guint index;

  bt_torrent_set_engine (torrent, NULL);
  if (g_hash_table_lookup (self->by_id, &id) == torrent)
    g_hash_table_remove (self->by_id, &id);
  if (g_list_store_find (self->torrents, torrent, &index))
    g_list_store_remove (self->torrents, index);
}

void
bt_supervisor_orphan_all (BtSupervisor *self)
{
  GHashTableIter iter;
  gpointer torrent;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &torrent))
    bt_torrent_set_engine (torrent, NULL);
  g_hash_table_remove_all (self->by_id);
  g_hash_table_remove_all (self->early);
}

/* id → BtTorrent, owned: those that were there when the engine last ended. */
static GHashTable *
index_orphans (BtSupervisor *self)
{
  GHashTable *orphans = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->torrents));

  for (guint i = 0; i < n; i++)
    {
      BtTorrent *torrent = g_list_model_get_item (G_LIST_MODEL (self->torrents), i);
      guint64 id = bt_torrent_get_id (torrent);

      g_hash_table_insert (orphans, g_memdup2 (&id, sizeof id), torrent);
    }
  return orphans;
}

/* All at once: who listens to the list is called once, however many there are. Takes the snapshots. */
static void
fill_list (BtSupervisor *self,
           GPtrArray    *snapshots)
{
  g_autoptr (GHashTable) orphans = index_orphans (self);
  g_autoptr (GPtrArray) torrents = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_old = g_list_model_get_n_items (G_LIST_MODEL (self->torrents));

  for (guint i = 0; i < snapshots->len; i++)
    {
      BtSnapshot *snapshot = g_ptr_array_index (snapshots, i);
      BtTorrent *torrent = g_hash_table_lookup (orphans, &snapshot->id);

      if (torrent != NULL)
        g_object_ref (torrent);
      else
        torrent = bt_torrent_new (g_steal_pointer (&snapshots->pdata[i]), NULL);
      g_ptr_array_add (torrents, torrent);
      enlist (self, torrent);
    }
  if (n_old > 0 || torrents->len > 0)
    g_list_store_splice (self->torrents, 0, n_old, torrents->pdata, torrents->len);
  /* Handlers may do anything: only now that all is in its place. */
  for (guint i = 0; i < snapshots->len; i++)
    if (snapshots->pdata[i] != NULL)
      bt_torrent_take_first_snapshot (torrents->pdata[i], g_steal_pointer (&snapshots->pdata[i]));
}

/* --- Snapshots --- */

/* Of a torrent that has not joined yet: its snapshot was quicker than the reply. */
static void
keep_early (BtSupervisor *self,
            BtSnapshot   *snapshot)
{
  BtSnapshot *older = g_hash_table_lookup (self->early, &snapshot->id);

  if (older != NULL)
    bt_snapshot_inherit (snapshot, older);
  g_hash_table_replace (self->early, &snapshot->id, snapshot);
}

void
bt_supervisor_bell_cb (gpointer user_data)
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
        keep_early (self, snapshot);
    }
  if (has_ticked)
    bt_supervisor_emit_ticked (self);
}

/* --- Replies --- */

static void
set_port (BtSupervisor *self,
          guint         port)
{
  if (self->port == port)
    return;
  self->port = port;
  bt_supervisor_notify (self, BT_SUPERVISOR_PROP_PORT);
}

static void
set_trouble (BtSupervisor *self,
             const char   *trouble)
{
  if (g_strcmp0 (self->trouble, trouble) == 0)
    return;
  g_free (self->trouble);
  self->trouble = g_strdup (trouble);
  bt_supervisor_notify (self, BT_SUPERVISOR_PROP_TROUBLE);
}

static void
set_alternative (BtSupervisor *self,
                 gboolean      is_alternative)
{
  if (self->is_alternative == is_alternative)
    return;
  self->is_alternative = is_alternative;
  bt_supervisor_notify (self, BT_SUPERVISOR_PROP_IS_ALTERNATIVE);
}

static void
end_stop_tasks (BtSupervisor *self)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->stop_tasks);

  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
started (BtSupervisor *self,
         GTask        *task,
         BtReply      *reply)
{
  if (reply->error != NULL)
    {
      g_clear_pointer (&self->engine, bt_engine_free);
      end_stop_tasks (self);
      g_task_return_error (task, g_steal_pointer (&reply->error));
      return;
    }
  /* Without a state nothing is there, and those from before stay. */
  if (self->config.state_path != NULL)
    fill_list (self, reply->snapshots);
  set_trouble (self, NULL);
  set_alternative (self, reply->is_alternative);
  set_port (self, reply->port);
  g_task_return_boolean (task, TRUE);
}

static void
joined (BtSupervisor *self,
        GTask        *task,
        BtReply      *reply)
{
  BtMetainfo *metainfo = task != NULL ? g_task_get_task_data (task) : NULL;
  g_autoptr (BtTorrent) torrent = NULL;
  gpointer early = NULL;

  torrent = bt_torrent_new (g_ptr_array_steal_index (reply->snapshots, 0), metainfo);
  enlist (self, torrent);
  if (g_hash_table_steal_extended (self->early, &reply->id, NULL, &early))
    bt_torrent_take_snapshot (torrent, early);
  g_list_store_append (self->torrents, torrent);
  bt_supervisor_emit_added (self, torrent);
  if (task != NULL)
    g_task_return_pointer (task, g_object_ref (torrent), g_object_unref);
}

static void
left (BtSupervisor *self,
      guint64       id)
{
  g_autoptr (BtTorrent) torrent = NULL;

  g_hash_table_remove (self->early, &id);
  g_set_object (&torrent, g_hash_table_lookup (self->by_id, &id));
  if (torrent == NULL)
    return;
  bt_supervisor_forget (self, torrent);
  bt_supervisor_emit_removed (self, torrent);
}

static void
done (GTask   *task,
      BtReply *reply)
{
  if (reply->error != NULL)
    g_task_return_error (task, g_steal_pointer (&reply->error));
  else if (reply->link != NULL)
    {
      BtExported *exported = g_new0 (BtExported, 1);

      exported->link = g_steal_pointer (&reply->link);
      exported->file = g_steal_pointer (&reply->file);
      g_task_return_pointer (task, exported, bt_exported_free);
    }
  else if (reply->answer != NULL)
    g_task_return_pointer (task, g_steal_pointer (&reply->answer), reply->free_answer);
  else
    g_task_return_pointer (task, g_steal_pointer (&reply->kept), (GDestroyNotify) g_strfreev);
}

static void
ended (BtSupervisor *self)
{
  g_clear_pointer (&self->engine, bt_engine_free);
  bt_supervisor_orphan_all (self);
  set_alternative (self, FALSE);
  set_port (self, 0);
  end_stop_tasks (self);
}

void
bt_supervisor_reply_cb (gpointer message)
{
  BtReply *reply = message;
  g_autoptr (BtSupervisor) self = g_object_ref (reply->user);
  g_autoptr (GTask) task = reply->task;

  switch (reply->kind)
    {
    case BT_REPLY_STARTED:
      started (self, task, reply);
      break;

    case BT_REPLY_ENDED:
      ended (self);
      break;

    case BT_REPLY_JOINED:
      joined (self, task, reply);
      break;

    case BT_REPLY_LEFT:
      left (self, reply->id);
      break;

    case BT_REPLY_DONE:
      if (bt_supervisor_is_preview (task))
        bt_supervisor_end_preview (task, reply);
      else
        done (task, reply);
      break;

    case BT_REPLY_PREVIEWED:
      bt_supervisor_previewed (reply->preview, reply->facts);
      break;

    case BT_REPLY_TROUBLED:
      set_trouble (self, reply->error != NULL ? reply->error->message : NULL);
      break;

    case BT_REPLY_ALTERNATIVE:
      set_alternative (self, reply->is_alternative);
      break;

    default:
      g_assert_not_reached ();
    }
  bt_reply_free (reply);
}

/* --- In a thread --- */

typedef struct
{
  GTask          *task;         /* owned */
  GDestroyNotify  free_result;  /* nullable */
} Errand;

static void
errand_done_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autofree Errand *errand = user_data;
  g_autoptr (GTask) task = errand->task;
  GError *error = NULL;
  gpointer pointer = g_task_propagate_pointer (G_TASK (result), &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, pointer, errand->free_result);
}

void
bt_supervisor_run_in_thread (GTask           *task,
                             GTaskThreadFunc  func,
                             GDestroyNotify   free_result)
{
  Errand *errand = g_new0 (Errand, 1);
  g_autoptr (GTask) inner = NULL;

  errand->task = task;
  errand->free_result = free_result;
  inner = g_task_new (NULL, g_task_get_cancellable (task), errand_done_cb, errand);
  g_task_set_source_tag (inner, bt_supervisor_run_in_thread);
  g_task_set_check_cancellable (inner, FALSE);
  /* The outer task keeps it until the inner one has ended. */
  g_task_set_task_data (inner, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (inner, func);
}

/* --- Copies of the state --- */

/* What a thread needs; the supervisor is not touched there. */
typedef struct
{
  char *path;  /* owned, of the state */
  char *copy;  /* owned, nullable */
} Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_free (place->path);
  g_free (place->copy);
  g_free (place);
}

/* NULL when it has ended already. */
static GTask *
begin_state_task (BtSupervisor        *self,
                  gpointer             source_tag,
                  const char          *copy,
                  GCancellable        *cancellable,
                  GAsyncReadyCallback  callback,
                  gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Place *place;

  g_task_set_source_tag (task, source_tag);
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    return NULL;
  if (self->config.state_path == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("There is no state file"));
      return NULL;
    }
  place = g_new0 (Place, 1);
  place->path = g_strdup (self->config.state_path);
  place->copy = g_strdup (copy);
  g_task_set_task_data (task, place, place_free);
  return g_steal_pointer (&task);
}

/* Thread: worker. */
static void
list_copies_main (GTask        *task,
                  gpointer      source_object,
                  gpointer      task_data,
                  GCancellable *cancellable)
{
  const Place *place = task_data;

  g_task_return_pointer (task, bt_store_list_copies (place->path), (GDestroyNotify) g_strfreev);
}

void
bt_supervisor_list_copies_async (BtSupervisor        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BT_IS_SUPERVISOR (self));

  task = begin_state_task (self, bt_supervisor_list_copies_async, NULL, cancellable, callback,
                           user_data);
  if (task != NULL)
    bt_supervisor_run_in_thread (g_steal_pointer (&task), list_copies_main,
                                 (GDestroyNotify) g_strfreev);
}

char **
bt_supervisor_list_copies_finish (BtSupervisor  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Thread: worker. */
static void
restore_main (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  const Place *place = task_data;
  GError *error = NULL;

  if (bt_store_restore (place->path, place->copy, &error))
    g_task_return_pointer (task, GINT_TO_POINTER (TRUE), NULL);
  else
    g_task_return_error (task, error);
}

void
bt_supervisor_restore_async (BtSupervisor        *self,
                             const char          *copy,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (copy != NULL);

  task = begin_state_task (self, bt_supervisor_restore_async, copy, cancellable, callback,
                           user_data);
  if (task != NULL)
    bt_supervisor_run_in_thread (g_steal_pointer (&task), restore_main, NULL);
}

gboolean
bt_supervisor_restore_finish (BtSupervisor  *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}
