/* bt-library-save.c - what has changed goes to the store, in one transaction
 *
 * An entry has marks for what of it is dirty. A commit takes all dirty entries along and moves the marks to
 * `saving`; when it fails they are dirty again, and it is tried again later with what is true then. Resume data is
 * as old as the checkpoint or the stop it comes from, so that a have-bit is never ahead of its data.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <string.h>

/* Who waits for a commit. */
typedef struct
{
  BtStoreFunc func;
  gpointer    user_data;
  gboolean    is_in_commit;  /* the one under way has what he waits for */
} Waiter;

static void commit (BtLibrary *library);

/* Without a store nothing is ever dirty. */
void
bt_entry_set_dirty (BtEntry *entry,
                    guint    dirty)
{
  if (entry->library->store != NULL && !entry->is_gone)
    entry->dirty |= dirty;
}

gboolean
bt_library_is_saved (BtLibrary *library)
{
  if (library->n_commits > 0 || library->has_moved)
    return FALSE;
  for (guint i = 0; i < library->entries->len; i++)
    {
      const BtEntry *entry = g_ptr_array_index (library->entries, i);

      if (entry->dirty != 0 && !entry->is_leaving)
        return FALSE;
    }
  return TRUE;
}

/* --- Batches --- */

static void
put_metainfo (BtStoreBatch *batch,
              BtEntry      *entry)
{
  g_autoptr (GBytes) bytes = NULL;

  if (entry->metainfo != NULL)
    bytes = bt_metainfo_dup_file (entry->metainfo, NULL);
  else
    {
      char *uri = bt_magnet_to_uri (entry->magnet);

      bytes = g_bytes_new_take (uri, strlen (uri));
    }
  bt_store_batch_put_metainfo (batch, entry->record->id, bytes);
}

static void
put_history (BtStoreBatch *batch,
             BtEntry      *entry)
{
  g_autoptr (GBytes) bytes = bt_history_to_bytes (entry->history);

  bt_store_batch_put_history (batch, entry->record->id, bytes);
}

/* Only a record changes without its torrent being loaded. */
static void
put_entry (BtStoreBatch *batch,
           BtEntry      *entry)
{
  guint64 id = entry->record->id;

  if (entry->dirty & BT_DIRTY_RECORD)
    bt_store_batch_put_record (batch, entry->record);
  if ((entry->dirty & BT_DIRTY_METAINFO) && (entry->metainfo != NULL || entry->magnet != NULL))
    put_metainfo (batch, entry);
  if ((entry->dirty & BT_DIRTY_RESUME) && entry->resume != NULL)
    bt_store_batch_put_resume (batch, id, entry->resume);
  if ((entry->dirty & BT_DIRTY_FILES) && entry->files != NULL)
    bt_store_batch_put_files (batch, id, entry->files);
  if ((entry->dirty & BT_DIRTY_TRACKERS) && entry->is_loaded)
    bt_store_batch_put_trackers (batch, id, entry->trackers);
  if ((entry->dirty & BT_DIRTY_WEB_SEEDS) && entry->is_loaded)
    bt_store_batch_put_web_seeds (batch, id, (const char *const *) entry->web_seeds);
  if ((entry->dirty & BT_DIRTY_HISTORY) && entry->history != NULL)
    put_history (batch, entry);
  entry->saving = entry->dirty;
  entry->dirty = 0;
}

static void
set_trouble (BtLibrary    *library,
             const GError *error)
{
  gboolean was_troubled = library->trouble != NULL;

  if (error == NULL && !was_troubled)
    return;
  g_clear_error (&library->trouble);
  if (error != NULL)
    library->trouble = g_error_copy (error);
  library->ops->troubled (library->owner, error);
}

static void
answer_waiters (BtLibrary    *library,
                const GError *error)
{
  g_autoptr (GPtrArray) answered = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < library->waiters->len;)
    {
      Waiter *waiter = g_ptr_array_index (library->waiters, i);

      if (waiter->is_in_commit)
        g_ptr_array_add (answered, g_ptr_array_steal_index (library->waiters, i));
      else
        i++;
    }
  for (guint i = 0; i < answered->len; i++)
    {
      Waiter *waiter = g_ptr_array_index (answered, i);

      waiter->func (error, waiter->user_data);
    }
}

static void
end_saving (BtEntry      *entry,
            const GError *error)
{
  if (entry->saving == 0)
    return;
  if (error != NULL)
    entry->dirty |= entry->saving;
  entry->saving = 0;
  if (entry->is_loaded && !bt_entry_needs_loaded (entry))
    bt_library_queue_entry (entry);
}

static void
committed_cb (const GError *error,
              gpointer      user_data)
{
  BtLibrary *library = user_data;
  gint64 again_us = bt_library_now_us (library) + BT_LIBRARY_SAVE_AGAIN_US;

  library->n_commits = 0;
  for (guint i = 0; i < library->entries->len; i++)
    end_saving (g_ptr_array_index (library->entries, i), error);
  for (guint i = 0; i < library->gone->len; i++)
    ((BtEntry *) g_ptr_array_index (library->gone, i))->saving = 0;
  set_trouble (library, error);
  answer_waiters (library, error);
  if (error != NULL && !library->is_closing)
    bt_timer_arm (&library->checkpoint_timer, library->clock, again_us);
  if (library->must_save)
    commit (library);
  bt_library_continue_close (library);
}

/* One at a time: what becomes dirty meanwhile goes with the next. */
static void
commit (BtLibrary *library)
{
  g_autoptr (BtStoreBatch) batch = NULL;

  library->must_save = library->n_commits > 0;
  if (library->n_commits > 0)
    return;
  batch = bt_store_batch_new ();
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);

      if (entry->dirty != 0 && !entry->is_leaving)
        put_entry (batch, entry);
    }
  bt_library_put_totals (library, batch);
  bt_library_put_dht (library, batch);
  for (guint i = 0; i < library->waiters->len; i++)
    ((Waiter *) g_ptr_array_index (library->waiters, i))->is_in_commit = TRUE;
  if (bt_store_batch_is_empty (batch) && library->waiters->len == 0)
    return;
  library->n_commits = 1;
  bt_store_commit_async (library->store, g_steal_pointer (&batch), committed_cb, library);
}

void
bt_library_save_now (BtLibrary *library)
{
  if (library->store != NULL)
    commit (library);
}

void
bt_library_save (BtLibrary   *library,
                 BtStoreFunc  func,
                 gpointer     user_data)
{
  Waiter *waiter;

  if (library->store == NULL)
    {
      if (func != NULL)
        func (NULL, user_data);
      return;
    }
  if (func != NULL)
    {
      waiter = g_new0 (Waiter, 1);
      waiter->func = func;
      waiter->user_data = user_data;
      g_ptr_array_add (library->waiters, waiter);
    }
  commit (library);
}

/* --- Checkpoints --- */

static void
end_checkpoint (BtLibrary *library)
{
  bt_timer_disarm (&library->wait_timer, library->clock);
  bt_library_save_now (library);
}

static void
checkpointed_cb (BtSwarm      *swarm,
                 BtResume     *resume,
                 const GError *error,
                 gpointer      user_data)
{
  BtEntry *entry = user_data;
  BtLibrary *library = entry->library;

  entry->is_checkpointing = FALSE;
  library->n_checkpoints--;
  /* One that has stopped meanwhile has told more than this. */
  if (resume != NULL && entry->swarm != swarm)
    bt_resume_free (resume);
  else if (resume != NULL)
    {
      g_clear_pointer (&entry->resume, bt_resume_free);
      entry->resume = resume;
      bt_entry_set_flag (entry, BT_RECORD_FRESH, FALSE);
      bt_entry_set_dirty (entry, BT_DIRTY_RESUME | BT_DIRTY_RECORD);
    }
  if (library->n_checkpoints == 0 && !library->is_closing)
    end_checkpoint (library);
  if (entry->is_gone)
    bt_library_queue_entry (entry);
}

/* The first one counts also when nothing was received yet: it tells which files are ours. */
void
bt_entry_checkpoint (BtEntry *entry)
{
  if (entry->swarm == NULL || entry->is_checkpointing ||
      (!bt_swarm_is_dirty (entry->swarm) && entry->resume != NULL))
    return;
  entry->is_checkpointing = TRUE;
  entry->library->n_checkpoints++;
  bt_swarm_checkpoint_async (entry->swarm, checkpointed_cb, entry);
}

/* A disk is slow: the others do not wait for it; its answer is saved with the next. */
void
bt_library_wait_cb (gpointer user_data)
{
  bt_library_save_now (user_data);
}

void
bt_library_checkpoint_cb (gpointer user_data)
{
  BtLibrary *library = user_data;
  GHashTableIter iter;
  gpointer value;

  bt_timer_arm_in (&library->checkpoint_timer, library->clock, library->checkpoint_us);
  if (library->store == NULL)
    return;
  g_hash_table_iter_init (&iter, library->by_swarm);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    bt_entry_checkpoint (value);
  if (library->n_checkpoints == 0)
    bt_library_save_now (library);
  else
    bt_timer_arm_in (&library->wait_timer, library->clock, BT_LIBRARY_CHECKPOINT_WAIT_US);
}
