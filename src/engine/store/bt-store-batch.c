/* bt-store-batch.c - what changed, collected, and written in one transaction
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include <glib/gi18n-lib.h>

/* What changed of one torrent. All pointers owned. */
typedef struct
{
  guint64   id;
  BtRecord *record;          /* nullable */
  GBytes   *metainfo;        /* nullable, as are the two below: removed when has_… */
  GBytes   *resume;
  GBytes   *history;
  GArray   *files;           /* nullable: none */
  GArray   *trackers;        /* nullable: as in the metainfo */
  char    **web_seeds;       /* the same */
  guint     is_removed : 1;  /* first of all */
  guint     has_metainfo : 1;
  guint     has_resume : 1;
  guint     has_history : 1;
  guint     has_files : 1;
  guint     has_trackers : 1;
  guint     has_web_seeds : 1;
} Entry;

struct _BtStoreBatch
{
  GHashTable *entries;  /* owned; of Entry, by id */
  GPtrArray  *order;    /* owned; of Entry, borrowed, as they came */
  GHashTable *values;   /* owned; of GBytes, nullable, by key */
};

static void
entry_clear (Entry *entry)
{
  g_clear_pointer (&entry->record, bt_record_free);
  g_clear_pointer (&entry->metainfo, g_bytes_unref);
  g_clear_pointer (&entry->resume, g_bytes_unref);
  g_clear_pointer (&entry->history, g_bytes_unref);
  g_clear_pointer (&entry->files, g_array_unref);
  g_clear_pointer (&entry->trackers, g_array_unref);
  g_clear_pointer (&entry->web_seeds, g_strfreev);
}

static void
entry_free (gpointer data)
{
  entry_clear (data);
  g_free (data);
}

static void
value_free (gpointer data)
{
  g_clear_pointer ((GBytes **) &data, g_bytes_unref);
}

BtStoreBatch *
bt_store_batch_new (void)
{
  BtStoreBatch *batch = g_new0 (BtStoreBatch, 1);

  batch->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, entry_free);
  batch->order = g_ptr_array_new ();
  batch->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);
  return batch;
}

void
bt_store_batch_free (BtStoreBatch *batch)
{
  if (batch == NULL)
    return;
  g_ptr_array_unref (batch->order);
  g_hash_table_unref (batch->entries);
  g_hash_table_unref (batch->values);
  g_free (batch);
}

gboolean
bt_store_batch_is_empty (const BtStoreBatch *batch)
{
  return batch->order->len == 0 && g_hash_table_size (batch->values) == 0;
}

static Entry *
get_entry (BtStoreBatch *batch,
           guint64       id)
{
  Entry *entry = g_hash_table_lookup (batch->entries, &id);

  if (entry != NULL)
    return entry;
  entry = g_new0 (Entry, 1);
  entry->id = id;
  g_hash_table_insert (batch->entries, &entry->id, entry);
  g_ptr_array_add (batch->order, entry);
  return entry;
}

static void
replace_bytes (GBytes **place,
               GBytes  *bytes)
{
  if (bytes != NULL)
    g_bytes_ref (bytes);
  g_clear_pointer (place, g_bytes_unref);
  *place = bytes;
}

void
bt_store_batch_put_record (BtStoreBatch   *batch,
                           const BtRecord *record)
{
  Entry *entry = get_entry (batch, record->id);

  bt_record_free (entry->record);
  entry->record = bt_record_copy (record);
}

void
bt_store_batch_put_metainfo (BtStoreBatch *batch,
                             guint64       id,
                             GBytes       *torrent_file)
{
  Entry *entry = get_entry (batch, id);

  replace_bytes (&entry->metainfo, torrent_file);
  entry->has_metainfo = TRUE;
}

void
bt_store_batch_put_resume (BtStoreBatch   *batch,
                           guint64         id,
                           const BtResume *resume)
{
  Entry *entry = get_entry (batch, id);

  g_clear_pointer (&entry->resume, g_bytes_unref);
  entry->resume = resume != NULL ? bt_store_resume_encode (resume) : NULL;
  entry->has_resume = TRUE;
}

void
bt_store_batch_put_files (BtStoreBatch *batch,
                          guint64       id,
                          const GArray *files)
{
  Entry *entry = get_entry (batch, id);

  g_clear_pointer (&entry->files, g_array_unref);
  entry->has_files = TRUE;
  if (files == NULL)
    return;
  entry->files = g_array_sized_new (FALSE, FALSE, sizeof (BtFileRecord), files->len);
  g_array_set_clear_func (entry->files, bt_file_record_clear);
  for (guint i = 0; i < files->len; i++)
    {
      BtFileRecord file = g_array_index (files, BtFileRecord, i);

      file.path = g_strdup (file.path);
      g_array_append_val (entry->files, file);
    }
}

void
bt_store_batch_put_trackers (BtStoreBatch *batch,
                             guint64       id,
                             const GArray *trackers)
{
  Entry *entry = get_entry (batch, id);

  g_clear_pointer (&entry->trackers, g_array_unref);
  entry->has_trackers = TRUE;
  if (trackers == NULL)
    return;
  entry->trackers = g_array_sized_new (FALSE, FALSE, sizeof (BtTrackerRecord), trackers->len);
  g_array_set_clear_func (entry->trackers, bt_tracker_record_clear);
  for (guint i = 0; i < trackers->len; i++)
    {
      BtTrackerRecord tracker = g_array_index (trackers, BtTrackerRecord, i);

      tracker.url = g_strdup (tracker.url);
      g_array_append_val (entry->trackers, tracker);
    }
}

void
bt_store_batch_put_web_seeds (BtStoreBatch      *batch,
                              guint64            id,
                              const char *const *urls)
{
  Entry *entry = get_entry (batch, id);

  g_clear_pointer (&entry->web_seeds, g_strfreev);
  entry->has_web_seeds = TRUE;
  entry->web_seeds = g_strdupv ((char **) urls);
}

void
bt_store_batch_put_history (BtStoreBatch *batch,
                            guint64       id,
                            GBytes       *history)
{
  Entry *entry = get_entry (batch, id);

  replace_bytes (&entry->history, history);
  entry->has_history = TRUE;
}

void
bt_store_batch_put_value (BtStoreBatch *batch,
                          const char   *key,
                          GBytes       *value)
{
  g_hash_table_replace (batch->values, g_strdup (key), value != NULL ? g_bytes_ref (value) : NULL);
}

void
bt_store_batch_remove (BtStoreBatch *batch,
                       guint64       id)
{
  Entry *entry = get_entry (batch, id);

  entry_clear (entry);
  *entry = (Entry) { .id = id, .is_removed = TRUE };
}

/* --- Writing it --- */

static gboolean
run_with_id (BtStoreDb   *db,
             BtStoreSql   which,
             guint64      id,
             GError     **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, which, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  return bt_store_db_run (db, statement, error);
}

static void
bind_bytes (sqlite3_stmt *statement,
            int           index,
            GBytes       *bytes)
{
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (bytes, &n_bytes);

  /* Nothing at all would be NULL. */
  sqlite3_bind_blob64 (statement, index, n_bytes > 0 ? data : "", n_bytes, SQLITE_STATIC);
}

/* `bytes` NULL removes it. */
static gboolean
write_bytes (BtStoreDb   *db,
             BtStoreSql   put,
             BtStoreSql   remove,
             guint64      id,
             GBytes      *bytes,
             GError     **error)
{
  sqlite3_stmt *statement;

  if (bytes == NULL)
    return run_with_id (db, remove, id, error);
  statement = bt_store_db_get (db, put, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  bind_bytes (statement, 2, bytes);
  return bt_store_db_run (db, statement, error);
}

static gboolean
write_files (BtStoreDb    *db,
             guint64       id,
             const GArray *files,
             GError      **error)
{
  sqlite3_stmt *statement;

  if (!run_with_id (db, BT_SQL_REMOVE_FILES, id, error))
    return FALSE;
  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      const BtFileRecord *file = &g_array_index (files, BtFileRecord, i);

      statement = bt_store_db_get (db, BT_SQL_PUT_FILE, error);
      if (statement == NULL)
        return FALSE;
      sqlite3_bind_int64 (statement, 1, (gint64) id);
      sqlite3_bind_int64 (statement, 2, file->index);
      sqlite3_bind_int (statement, 3, file->priority);
      sqlite3_bind_text (statement, 4, file->path, -1, SQLITE_STATIC);
      if (!bt_store_db_run (db, statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_trackers (BtStoreDb    *db,
                guint64       id,
                const GArray *trackers,
                GError      **error)
{
  sqlite3_stmt *statement;

  if (!run_with_id (db, BT_SQL_REMOVE_TRACKERS, id, error))
    return FALSE;
  if (trackers == NULL)
    return run_with_id (db, BT_SQL_REMOVE_TRACKER_LIST, id, error);
  if (!run_with_id (db, BT_SQL_PUT_TRACKER_LIST, id, error))
    return FALSE;
  for (guint i = 0; i < trackers->len; i++)
    {
      const BtTrackerRecord *tracker = &g_array_index (trackers, BtTrackerRecord, i);

      statement = bt_store_db_get (db, BT_SQL_PUT_TRACKER, error);
      if (statement == NULL)
        return FALSE;
      sqlite3_bind_int64 (statement, 1, (gint64) id);
      sqlite3_bind_int64 (statement, 2, i);
      sqlite3_bind_int64 (statement, 3, tracker->tier);
      sqlite3_bind_text (statement, 4, tracker->url, -1, SQLITE_STATIC);
      if (!bt_store_db_run (db, statement, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_web_seeds (BtStoreDb    *db,
                 guint64       id,
                 char        **urls,
                 GError      **error)
{
  g_autofree char *text = NULL;
  sqlite3_stmt *statement;

  if (urls == NULL)
    return run_with_id (db, BT_SQL_REMOVE_WEB_SEEDS, id, error);
  statement = bt_store_db_get (db, BT_SQL_PUT_WEB_SEEDS, error);
  if (statement == NULL)
    return FALSE;
  text = g_strjoinv ("\n", urls);
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  sqlite3_bind_text (statement, 2, text, -1, SQLITE_STATIC);
  return bt_store_db_run (db, statement, error);
}

static gboolean
remove_all (BtStoreDb  *db,
            guint64     id,
            GError    **error)
{
  for (BtStoreSql which = BT_SQL_REMOVE_RECORD; which <= BT_SQL_REMOVE_TRACKERS; which++)
    {
      if (!run_with_id (db, which, id, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_entry (BtStoreDb    *db,
             const Entry  *entry,
             GError      **error)
{
  guint64 id = entry->id;

  if (entry->is_removed && !remove_all (db, id, error))
    return FALSE;
  if (entry->record != NULL && !bt_store_rows_put_record (db, entry->record, error))
    return FALSE;
  if (entry->has_metainfo &&
      !write_bytes (db, BT_SQL_PUT_METAINFO, BT_SQL_REMOVE_METAINFO, id, entry->metainfo, error))
    return FALSE;
  if (entry->has_resume &&
      !write_bytes (db, BT_SQL_PUT_RESUME, BT_SQL_REMOVE_RESUME, id, entry->resume, error))
    return FALSE;
  if (entry->has_history &&
      !write_bytes (db, BT_SQL_PUT_HISTORY, BT_SQL_REMOVE_HISTORY, id, entry->history, error))
    return FALSE;
  if (entry->has_files && !write_files (db, id, entry->files, error))
    return FALSE;
  if (entry->has_trackers && !write_trackers (db, id, entry->trackers, error))
    return FALSE;
  return !entry->has_web_seeds || write_web_seeds (db, id, entry->web_seeds, error);
}

static gboolean
write_value (BtStoreDb   *db,
             const char  *key,
             GBytes      *value,
             GError     **error)
{
  BtStoreSql which = value != NULL ? BT_SQL_PUT_VALUE : BT_SQL_REMOVE_VALUE;
  sqlite3_stmt *statement = bt_store_db_get (db, which, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, key, -1, SQLITE_STATIC);
  if (value != NULL)
    bind_bytes (statement, 2, value);
  return bt_store_db_run (db, statement, error);
}

static gboolean
write_all (const BtStoreBatch  *batch,
           BtStoreDb           *db,
           GError             **error)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  for (guint i = 0; i < batch->order->len; i++)
    {
      if (!write_entry (db, batch->order->pdata[i], error))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, batch->values);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (!write_value (db, key, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run_plain (BtStoreDb   *db,
           BtStoreSql   which,
           GError     **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, which, error);

  return statement != NULL && bt_store_db_run (db, statement, error);
}

gboolean
bt_store_batch_apply (const BtStoreBatch  *batch,
                      BtStoreDb           *db,
                      GError             **error)
{
  gboolean is_written;

  /* Each write to a damaged file may make it worse. */
  if (db->is_damaged)
    return bt_store_db_fail_corrupt (db, _("Nothing is written to it any more"), error);
  if (bt_store_batch_is_empty (batch))
    return TRUE;
  is_written = run_plain (db, BT_SQL_BEGIN, error) && write_all (batch, db, error) &&
               run_plain (db, BT_SQL_COMMIT, error);
  /* SQLite has rolled back by itself after some errors. What is wrong has been said already. */
  if (!is_written && !sqlite3_get_autocommit (db->handle))
    run_plain (db, BT_SQL_ROLLBACK, NULL);
  return is_written;
}
