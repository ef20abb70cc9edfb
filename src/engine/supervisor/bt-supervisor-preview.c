/* bt-supervisor-preview.c - what a magnet link is of, for somebody who has not decided yet
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-supervisor.h"

#include "bt-supervisor-private.h"

#include <glib/gi18n-lib.h>

/* The task's data. */
typedef struct
{
  BtSupervisorPreviewFunc  progress;        /* nullable */
  gpointer                 progress_data;
  GCancellable            *cancellable;     /* owned, nullable */
  unsigned long            cancelled_id;
} Preview;

/* What it found. */
typedef struct
{
  BtMetainfo *metainfo;   /* owned */
  GArray     *known;      /* owned */
} Found;

static void
preview_free (gpointer data)
{
  Preview *preview = data;

  g_clear_object (&preview->cancellable);
  g_free (preview);
}

static void
found_free (gpointer data)
{
  Found *found = data;

  g_clear_pointer (&found->metainfo, bt_metainfo_unref);
  g_clear_pointer (&found->known, g_array_unref);
  g_free (found);
}

static void
cancelled_cb (GCancellable *cancellable,
              GTask        *task)
{
  BtSupervisor *self = g_task_get_source_object (task);

  if (self->engine != NULL)
    bt_engine_end_preview (self->engine, task);
}

void
bt_supervisor_previewed (GTask              *task,
                         const BtSwarmFacts *facts)
{
  const Preview *preview = g_task_get_task_data (task);

  if (preview->progress != NULL)
    preview->progress (facts, preview->progress_data);
}

void
bt_supervisor_end_preview (GTask   *task,
                           BtReply *reply)
{
  Preview *preview = g_task_get_task_data (task);
  Found *found;

  if (preview->cancelled_id != 0)
    g_cancellable_disconnect (preview->cancellable, preview->cancelled_id);
  preview->cancelled_id = 0;
  if (reply->error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&reply->error));
      return;
    }
  found = g_new0 (Found, 1);
  found->metainfo = g_steal_pointer (&reply->metainfo);
  found->known = g_steal_pointer (&reply->known);
  g_task_return_pointer (task, found, found_free);
}

gboolean
bt_supervisor_is_preview (GTask *task)
{
  return g_task_get_source_tag (task) == bt_supervisor_preview_async;
}

void
bt_supervisor_preview_async (BtSupervisor            *self,
                             BtMagnet          *magnet,
                             const BtKnownAddress    *peers,
                             gsize                    n_peers,
                             BtSupervisorPreviewFunc  progress,
                             gpointer                 progress_data,
                             GCancellable            *cancellable,
                             GAsyncReadyCallback      callback,
                             gpointer                 user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GArray) known = NULL;
  Preview *preview;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (magnet != NULL);

  task = bt_supervisor_begin_task (self, bt_supervisor_preview_async, cancellable, callback,
                                   user_data);
  if (task == NULL)
    return;
  if (self->engine == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is not running"));
      return;
    }
  if (n_peers > 0)
    {
      known = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));
      g_array_append_vals (known, peers, (guint) n_peers);
    }
  preview = g_new0 (Preview, 1);
  preview->progress = progress;
  preview->progress_data = progress_data;
  g_set_object (&preview->cancellable, cancellable);
  g_task_set_task_data (task, preview, preview_free);
  bt_engine_preview (self->engine, magnet, known, g_object_ref (task));
  if (cancellable != NULL)
    preview->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), task,
                                                   NULL);
}

BtMetainfo *
bt_supervisor_preview_finish (BtSupervisor  *self,
                              GAsyncResult  *result,
                              GArray       **out_known,
                              GError       **error)
{
  Found *found;
  BtMetainfo *metainfo;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  found = g_task_propagate_pointer (G_TASK (result), error);
  if (found == NULL)
    return NULL;
  metainfo = g_steal_pointer (&found->metainfo);
  if (out_known != NULL)
    *out_known = g_steal_pointer (&found->known);
  found_free (found);
  return metainfo;
}
