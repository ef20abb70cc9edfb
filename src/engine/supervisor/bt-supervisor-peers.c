/* bt-supervisor-peers.c - whom no torrent has to do with, and what all of them have moved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-supervisor.h"

#include "bt-supervisor-private.h"

#include <glib/gi18n-lib.h>

void
bt_supervisor_ban (BtSupervisor    *self,
                   const BtAddress *address)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (address != NULL);

  if (self->engine != NULL)
    bt_engine_ban (self->engine, address, TRUE);
}

void
bt_supervisor_unban (BtSupervisor    *self,
                     const BtAddress *address)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (address != NULL);

  if (self->engine != NULL)
    bt_engine_ban (self->engine, address, FALSE);
}

/* --- The block list --- */

static void
unref_list (gpointer list)
{
  bt_block_list_unref (list);
}

/* Thread: worker. */
static void
load_main (GTask        *task,
           gpointer      source_object,
           gpointer      task_data,
           GCancellable *cancellable)
{
  GError *error = NULL;
  BtBlockList *list = bt_block_list_load (task_data, cancellable, &error);

  if (list != NULL)
    g_task_return_pointer (task, list, unref_list);
  else
    g_task_return_error (task, error);
}

void
bt_supervisor_load_block_list_async (BtSupervisor        *self,
                                     const char          *path,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BT_IS_SUPERVISOR (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bt_supervisor_load_block_list_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  bt_supervisor_run_in_thread (g_steal_pointer (&task), load_main, unref_list);
}

BtBlockList *
bt_supervisor_load_block_list_finish (BtSupervisor  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bt_supervisor_set_block_list (BtSupervisor *self,
                              BtBlockList  *list)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  if (list != NULL)
    bt_block_list_ref (list);
  bt_block_list_unref (self->block_list);
  self->block_list = list;
  if (self->engine != NULL)
    bt_engine_set_block_list (self->engine, list);
}

/* --- The overview --- */

/* `tag`: the function that was called. */
static void
ask (BtSupervisor        *self,
     BtQuestion           question,
     gpointer             tag,
     GCancellable        *cancellable,
     GAsyncReadyCallback  callback,
     gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  if (self->engine == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is not running"));
  else
    bt_engine_get (self->engine, question, g_steal_pointer (&task));
}

void
bt_supervisor_get_overview_async (BtSupervisor        *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  ask (self, BT_QUESTION_OVERVIEW, bt_supervisor_get_overview_async, cancellable, callback,
       user_data);
}

BtOverview *
bt_supervisor_get_overview_finish (BtSupervisor  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- How others are reached --- */

void
bt_supervisor_get_network_async (BtSupervisor        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  ask (self, BT_QUESTION_NETWORK, bt_supervisor_get_network_async, cancellable, callback,
       user_data);
}

BtNetworkFacts *
bt_supervisor_get_network_finish (BtSupervisor  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bt_supervisor_get_sockets_async (BtSupervisor        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  ask (self, BT_QUESTION_SOCKETS, bt_supervisor_get_sockets_async, cancellable, callback,
       user_data);
}

GArray *
bt_supervisor_get_sockets_finish (BtSupervisor  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bt_supervisor_ask_routers (BtSupervisor *self)
{
  g_return_if_fail (BT_IS_SUPERVISOR (self));

  if (self->engine != NULL)
    bt_engine_ask_routers (self->engine);
}
