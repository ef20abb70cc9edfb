/* bt-library.c - all torrents there are: the list, its beginning and its end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <glib/gstdio.h>

/* --- Steps that are due --- */

/* Who was removed goes as soon as nothing that is under way speaks of it. */
static void
reap (BtLibrary *library)
{
  for (guint i = library->gone->len; i > 0; i--)
    {
      BtEntry *entry = g_ptr_array_index (library->gone, i - 1);

      if (entry->swarm != NULL || entry->work != NULL || entry->n_loading > 0 || entry->is_due ||
          entry->saving != 0 || entry->is_checkpointing || entry->is_learning ||
          entry->seeker != NULL)
        continue;
      g_ptr_array_remove_index_fast (library->gone, i - 1);
    }
}

static gboolean
due_cb (gpointer user_data)
{
  BtLibrary *library = user_data;
  BtEntry *entry;

  g_clear_pointer (&library->due_source, g_source_unref);
  while ((entry = g_queue_pop_head (&library->due)) != NULL)
    {
      entry->is_due = FALSE;
      bt_entry_advance (entry);
    }
  reap (library);
  bt_library_continue_close (library);
  return G_SOURCE_REMOVE;
}

static void
turn_soon (BtLibrary *library)
{
  if (library->due_source != NULL)
    return;
  library->due_source = g_idle_source_new ();
  g_source_set_priority (library->due_source, G_PRIORITY_DEFAULT);
  g_source_set_callback (library->due_source, due_cb, library, NULL);
  g_source_attach (library->due_source, library->context);
}

void
bt_library_queue_entry (BtEntry *entry)
{
  if (entry->is_due)
    return;
  entry->is_due = TRUE;
  g_queue_push_tail (&entry->library->due, entry);
  turn_soon (entry->library);
}

/* --- What the session says --- */

static void
swarm_changed (gpointer  user_data,
               BtSwarm  *swarm)
{
  BtLibrary *library = user_data;
  BtEntry *entry = g_hash_table_lookup (library->by_swarm, swarm);

  if (entry != NULL)
    bt_entry_swarm_changed (entry);
}

static void
session_ticked (gpointer user_data)
{
  BtLibrary *library = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, library->by_swarm);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    bt_entry_tick (value);
  if (!library->is_closing)
    {
      bt_library_apply_limits (library);
      bt_library_judge_shares (library);
      bt_library_judge_queue (library);
      bt_library_tick_places (library);
    }
  library->ops->ticked (library->owner);
}

static const BtSessionOps session_ops = {
  .state_changed = swarm_changed,
  .ticked = session_ticked,
  .may_check = bt_library_may_check,
};

/* --- The list --- */

void
bt_library_insert (BtLibrary *library,
                   BtEntry   *entry)
{
  g_ptr_array_add (library->entries, entry);
  g_hash_table_insert (library->by_id, &entry->record->id, entry);
  g_hash_table_insert (library->by_hash, entry->record->info_hash, entry);
  library->last_id = MAX (library->last_id, entry->record->id);
  library->must_judge = TRUE;
}

void
bt_library_take_out (BtEntry *entry)
{
  BtLibrary *library = entry->library;
  guint index;

  if (entry->is_gone || !g_ptr_array_find (library->entries, entry, &index))
    return;
  entry->is_gone = TRUE;
  g_hash_table_remove (library->by_id, &entry->record->id);
  g_hash_table_remove (library->by_hash, entry->record->info_hash);
  g_ptr_array_steal_index (library->entries, index);
  g_ptr_array_add (library->gone, entry);
  library->must_judge = TRUE;
  library->ops->removed (library->owner, entry);
  bt_library_queue_entry (entry);
}

const GPtrArray *
bt_library_get_entries (BtLibrary *library)
{
  return library->entries;
}

BtEntry *
bt_library_find (BtLibrary *library,
                 guint64    id)
{
  return g_hash_table_lookup (library->by_id, &id);
}

BtEntry *
bt_library_find_hash (BtLibrary    *library,
                      const guint8 *info_hash)
{
  return g_hash_table_lookup (library->by_hash, info_hash);
}

/* --- Beginning --- */

static gboolean
list_stored (BtLibrary  *library,
             GError    **error)
{
  g_autoptr (GPtrArray) records = bt_store_list (library->store, error);

  if (records == NULL)
    return FALSE;
  g_ptr_array_set_free_func (records, NULL);
  for (guint i = 0; i < records->len; i++)
    {
      BtRecord *record = g_ptr_array_index (records, i);

      record->position = i;
      if (g_hash_table_contains (library->by_hash, record->info_hash) ||
          g_hash_table_contains (library->by_id, &record->id))
        bt_record_free (record);
      else
        bt_library_insert (library, bt_entry_new (library, record));
    }
  return TRUE;
}

static void
free_entry (gpointer entry)
{
  bt_entry_free (entry);
}

BtLibrary *
bt_library_new (GMainContext           *context,
                BtClock                *clock,
                const BtLibraryConfig  *config,
                const BtLibraryOps     *ops,
                gpointer                owner,
                GError                **error)
{
  BtLibrary *library = g_new0 (BtLibrary, 1);
  BtSessionConfig session = config->session;
  g_autoptr (GBytes) saved = NULL;

  library->context = context;
  library->ops = ops;
  library->owner = owner;
  library->no_begin = config->no_begin;
  library->entries = g_ptr_array_new_with_free_func (free_entry);
  library->gone = g_ptr_array_new_with_free_func (free_entry);
  library->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  library->by_hash = g_hash_table_new (bt_digest_hash, bt_digest_equal);
  library->by_swarm = g_hash_table_new (NULL, NULL);
  library->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bt_place_free);
  library->adds = g_ptr_array_new ();
  library->previews = g_ptr_array_new ();
  library->moves = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  library->waiters = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&library->due);
  library->settings = config->settings;
  library->checkpoint_us = config->checkpoint_us != 0 ? config->checkpoint_us
                                                      : BT_LIBRARY_CHECKPOINT_US;
  bt_timer_init (&library->checkpoint_timer, bt_library_checkpoint_cb, library);
  bt_timer_init (&library->wait_timer, bt_library_wait_cb, library);

  if (config->state_path != NULL)
    {
      library->state_path = g_strdup (config->state_path);
      library->store = bt_store_open (config->state_path, error);
      if (library->store == NULL || !list_stored (library, error))
        {
          bt_library_free (library);
          return NULL;
        }
    }
  session.exempt_local = config->settings.exempt_local;
  session.discovery |= config->settings.discovery;
  session.network = config->settings.network;
  session.dht_read_only |= config->settings.dht_read_only;
  session.read_limit_bps = config->settings.read_limit_bps;
  session.write_limit_bps = config->settings.write_limit_bps;
  if (config->settings.max_peers != 0)
    session.max_peers = config->settings.max_peers;
  saved = bt_library_load_dht (library);
  if (saved != NULL)
    session.dht_saved = saved;
  library->session = bt_session_new (context, clock, &session, &session_ops, library, error);
  if (library->session == NULL)
    {
      bt_library_free (library);
      return NULL;
    }
  library->clock = bt_session_get_clock (library->session);
  bt_library_load_bans (library);
  bt_library_load_totals (library);
  library->dht_saved_at_us = bt_library_now_us (library);
  bt_library_apply_limits (library);
  bt_timer_arm_in (&library->checkpoint_timer, library->clock, library->checkpoint_us);
  return library;
}

void
bt_library_begin (BtLibrary *library)
{
  library->has_begun = !library->no_begin;
  bt_work_resume_moves (library);
  library->must_judge = TRUE;
  bt_library_judge_queue (library);
  /* A short life may commit nothing before it ends, and then there is no time for it. With nothing in it, a copy
   * would only stand in the way of the day's first that has. */
  if (library->store != NULL && library->has_begun && library->entries->len > 0)
    bt_store_copy_when_due (library->store);
}

/* --- End --- */

/* Each torrent's file has gone with it, if it is not still here. */
static void
remove_parts_folder (BtLibrary *library)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (library->parts_folder == NULL)
    return;
  dir = g_dir_open (library->parts_folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (library->parts_folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (library->parts_folder);
  g_clear_pointer (&library->parts_folder, g_free);
}

void
bt_library_free (BtLibrary *library)
{
  if (library == NULL)
    return;
  if (library->clock != NULL)
    {
      bt_timer_disarm (&library->checkpoint_timer, library->clock);
      bt_timer_disarm (&library->wait_timer, library->clock);
    }
  if (library->due_source != NULL)
    g_source_destroy (library->due_source);
  g_clear_pointer (&library->due_source, g_source_unref);
  g_queue_clear (&library->due);
  g_clear_pointer (&library->session, bt_session_free);
  g_clear_pointer (&library->store, bt_store_close);
  g_ptr_array_unref (library->entries);
  g_ptr_array_unref (library->gone);
  g_hash_table_unref (library->by_id);
  g_hash_table_unref (library->by_hash);
  g_hash_table_unref (library->by_swarm);
  g_hash_table_unref (library->places);
  g_ptr_array_unref (library->adds);
  g_ptr_array_unref (library->previews);
  g_clear_pointer (&library->moves, g_hash_table_unref);
  g_ptr_array_unref (library->waiters);
  g_clear_pointer (&library->history, bt_history_free);
  g_clear_error (&library->trouble);
  remove_parts_folder (library);
  g_free (library->state_path);
  g_free (library);
}

static void
session_closed_cb (gpointer user_data)
{
  BtLibrary *library = user_data;

  library->is_closed = TRUE;
  library->close_func (library->close_data);
}

/* The swarms have told what they know, and it has been saved; only the trackers have to hear of it. */
void
bt_library_continue_close (BtLibrary *library)
{
  if (!library->is_closing || library->is_session_closing || library->n_alive > 0 ||
      library->n_works > 0 || library->n_loads > 0 || library->n_looks > 0 ||
      library->adds->len > 0 || !g_queue_is_empty (&library->due))
    return;
  if (!bt_library_is_saved (library))
    {
      /* What could not be saved now cannot be saved later either: the old state stands. */
      if (library->n_commits == 0 && library->trouble == NULL)
        bt_library_save_now (library);
      if (library->n_commits > 0)
        return;
    }
  library->is_session_closing = TRUE;
  bt_session_close_async (library->session, session_closed_cb, library);
}

void
bt_library_close_async (BtLibrary  *library,
                        void      (*func) (gpointer user_data),
                        gpointer    user_data)
{
  g_return_if_fail (!library->is_closing);

  library->is_closing = TRUE;
  /* The time that it ran without moving anything counts, too. */
  library->has_moved = TRUE;
  library->must_save_dht = TRUE;
  library->close_func = func;
  library->close_data = user_data;
  bt_timer_disarm (&library->checkpoint_timer, library->clock);
  g_clear_error (&library->trouble);
  bt_library_end_previews (library);
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);

      if (entry->is_loaded || entry->n_loading > 0 || entry->swarm != NULL ||
          entry->seeker != NULL)
        bt_library_queue_entry (entry);
      if (entry->work != NULL)
        bt_entry_cancel_move (entry);
    }
  turn_soon (library);
}

/* --- What is set for all --- */

BtSession *
bt_library_get_session (BtLibrary *library)
{
  return library->session;
}

BtNetworkFacts *
bt_library_get_network (BtLibrary *library)
{
  return bt_session_get_network (library->session);
}

void
bt_library_network_changed (BtLibrary *library)
{
  bt_session_network_changed (library->session);
}

void
bt_library_ask_routers (BtLibrary *library)
{
  bt_session_ask_routers (library->session);
}

GArray *
bt_library_get_sockets (BtLibrary *library)
{
  return bt_session_get_sockets (library->session);
}

BtDisk *
bt_library_get_disk (BtLibrary *library)
{
  return bt_session_get_disk (library->session);
}

void
bt_library_set_settings (BtLibrary        *library,
                         const BtSettings *settings)
{
  library->settings = *settings;
  bt_session_set_max_peers (library->session, settings->max_peers);
  bt_session_set_exempt_local (library->session, settings->exempt_local);
  bt_session_set_network (library->session, &settings->network);
  bt_session_set_discovery (library->session, settings->discovery);
  bt_session_set_dht_read_only (library->session, settings->dht_read_only);
  library->must_judge = TRUE;
  bt_library_apply_limits (library);
  bt_library_judge_queue (library);
}

gboolean
bt_library_is_alternative (BtLibrary *library)
{
  return library->is_alternative;
}
