/* bt-store-db.c - one connection to SQLite, its statements, and its errors in our words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>

/* What belongs to a torrent that is not in the list (any more) is not kept: a torrent's last checkpoint may come after
 * it was removed. */
#define WHERE_LISTED " WHERE EXISTS (SELECT 1 FROM torrents WHERE id = ?1)"

/* The two that are missing come from bt-store-rows.c. */
static const char *const statement_texts[BT_N_SQL] = {
  [BT_SQL_BEGIN] = "BEGIN IMMEDIATE",
  [BT_SQL_COMMIT] = "COMMIT",
  [BT_SQL_ROLLBACK] = "ROLLBACK",
  [BT_SQL_PUT_METAINFO] = "REPLACE INTO metainfo (id, torrent) SELECT ?1, ?2" WHERE_LISTED,
  [BT_SQL_PUT_RESUME] = "REPLACE INTO resume (id, resume) SELECT ?1, ?2" WHERE_LISTED,
  [BT_SQL_PUT_HISTORY] = "REPLACE INTO history (id, history) SELECT ?1, ?2" WHERE_LISTED,
  [BT_SQL_PUT_FILE] = "REPLACE INTO files (id, file, priority, path) SELECT ?1, ?2, ?3, ?4"
                      WHERE_LISTED,
  [BT_SQL_PUT_TRACKER_LIST] = "REPLACE INTO tracker_lists (id) SELECT ?1" WHERE_LISTED,
  [BT_SQL_PUT_TRACKER] = "REPLACE INTO trackers (id, place, tier, url) SELECT ?1, ?2, ?3, ?4"
                         WHERE_LISTED,
  [BT_SQL_PUT_WEB_SEEDS] = "REPLACE INTO web_seeds (id, urls) SELECT ?1, ?2" WHERE_LISTED,
  [BT_SQL_PUT_VALUE] = "REPLACE INTO program (key, value) VALUES (?1, ?2)",
  [BT_SQL_GET_METAINFO] = "SELECT torrent FROM metainfo WHERE id = ?1",
  [BT_SQL_GET_RESUME] = "SELECT resume FROM resume WHERE id = ?1",
  [BT_SQL_GET_HISTORY] = "SELECT history FROM history WHERE id = ?1",
  [BT_SQL_GET_FILES] = "SELECT file, priority, path FROM files WHERE id = ?1 ORDER BY file",
  [BT_SQL_GET_TRACKER_LIST] = "SELECT id FROM tracker_lists WHERE id = ?1",
  [BT_SQL_GET_TRACKERS] = "SELECT tier, url FROM trackers WHERE id = ?1 ORDER BY place",
  [BT_SQL_GET_WEB_SEEDS] = "SELECT urls FROM web_seeds WHERE id = ?1",
  [BT_SQL_GET_VALUE] = "SELECT value FROM program WHERE key = ?1",
  [BT_SQL_REMOVE_RECORD] = "DELETE FROM torrents WHERE id = ?1",
  [BT_SQL_REMOVE_METAINFO] = "DELETE FROM metainfo WHERE id = ?1",
  [BT_SQL_REMOVE_RESUME] = "DELETE FROM resume WHERE id = ?1",
  [BT_SQL_REMOVE_HISTORY] = "DELETE FROM history WHERE id = ?1",
  [BT_SQL_REMOVE_FILES] = "DELETE FROM files WHERE id = ?1",
  [BT_SQL_REMOVE_WEB_SEEDS] = "DELETE FROM web_seeds WHERE id = ?1",
  [BT_SQL_REMOVE_TRACKER_LIST] = "DELETE FROM tracker_lists WHERE id = ?1",
  [BT_SQL_REMOVE_TRACKERS] = "DELETE FROM trackers WHERE id = ?1",
  [BT_SQL_REMOVE_VALUE] = "DELETE FROM program WHERE key = ?1",
};

static BtStoreError
judge (int result,
       int number)
{
  switch (result & 0xff)
    {
    case SQLITE_FULL:
      return BT_STORE_ERROR_NO_SPACE;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return BT_STORE_ERROR_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return BT_STORE_ERROR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return BT_STORE_ERROR_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      break;
    default:
      return BT_STORE_ERROR_FAILED;
    }
  if (result == SQLITE_IOERR_CORRUPTFS || result == SQLITE_IOERR_SHORT_READ)
    return BT_STORE_ERROR_CORRUPT;
  switch (number)
    {
    case ENOSPC:
    case EDQUOT:
      return BT_STORE_ERROR_NO_SPACE;
    case EROFS:
    case EACCES:
    case EPERM:
      return BT_STORE_ERROR_READ_ONLY;
    default:
      return BT_STORE_ERROR_FAILED;
    }
}

static void
set_error (BtStoreDb     *db,
           BtStoreError   code,
           const char    *reason,
           GError       **error)
{
  static const char *const formats[] = {
    [BT_STORE_ERROR_FAILED] = N_("Could not read or write “%s”: %s"),
    [BT_STORE_ERROR_LOCKED] = N_("“%s” is in use by another program: %s"),
    [BT_STORE_ERROR_READ_ONLY] = N_("“%s” cannot be written: %s"),
    [BT_STORE_ERROR_NO_SPACE] = N_("There is no room on the disk for “%s”: %s"),
    [BT_STORE_ERROR_CORRUPT] = N_("“%s” is damaged: %s"),
    [BT_STORE_ERROR_TOO_NEW] = N_("“%s” was written by a later version of Freshet: %s"),
  };
  g_autofree char *name = g_filename_display_name (db->path);
  g_autofree char *words = g_utf8_make_valid (reason, -1);
  g_autofree char *message = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  message = g_strdup_printf (_(formats[code]), name, words);
#pragma GCC diagnostic pop
  g_set_error_literal (error, BT_STORE_ERROR, code, message);
}

gboolean
bt_store_db_fail (BtStoreDb  *db,
                  int         result,
                  GError    **error)
{
  int number = sqlite3_system_errno (db->handle);
  BtStoreError code = judge (result, number);
  gboolean is_system = (result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN;

  if (code == BT_STORE_ERROR_CORRUPT)
    db->is_damaged = TRUE;
  set_error (db, code,
             is_system && number != 0 ? g_strerror (number) : sqlite3_errmsg (db->handle), error);
  return FALSE;
}

gboolean
bt_store_db_fail_corrupt (BtStoreDb   *db,
                          const char  *reason,
                          GError     **error)
{
  db->is_damaged = TRUE;
  set_error (db, BT_STORE_ERROR_CORRUPT, reason, error);
  return FALSE;
}

/* The database may be anything: nothing in it is allowed to make SQLite do more than read and write tables. */
static void
configure (sqlite3 *handle)
{
  static const struct
  {
    int option;
    int value;
  } options[] = {
    { SQLITE_DBCONFIG_DEFENSIVE, 1 },
    { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
    { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
    { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
    { SQLITE_DBCONFIG_DQS_DML, 0 },
    { SQLITE_DBCONFIG_DQS_DDL, 0 },
    /* Until it is known to be sound. */
    { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    sqlite3_db_config (handle, options[i].option, options[i].value, NULL);
  sqlite3_extended_result_codes (handle, 1);
  sqlite3_busy_timeout (handle, BT_STORE_BUSY_MS);
  sqlite3_limit (handle, SQLITE_LIMIT_LENGTH, BT_STORE_MAX_VALUE_BYTES);
  sqlite3_limit (handle, SQLITE_LIMIT_ATTACHED, 0);
}

/* `name`: of the file, or a URI. */
static BtStoreDb *
open_db (const char  *path,
         const char  *name,
         int          flags,
         const char  *settings,
         GError     **error)
{
  BtStoreDb *db = g_new0 (BtStoreDb, 1);
  int result;

  db->path = g_strdup (path);
  result = sqlite3_open_v2 (name, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (db->handle == NULL)
    g_error ("no memory for SQLite");
  if (result != SQLITE_OK)
    bt_store_db_fail (db, result, error);
  configure (db->handle);
  if (result == SQLITE_OK && bt_store_db_exec (db, settings, error))
    return db;
  bt_store_db_close (db, FALSE);
  return NULL;
}

BtStoreDb *
bt_store_db_open (const char  *path,
                  GError     **error)
{
  /* Alone on the file: no shared memory beside it, so that it works on any file system. */
  static const char settings[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA cache_size = -" G_STRINGIFY (BT_STORE_CACHE_KIB) ";";

  return open_db (path, path, SQLITE_OPEN_READWRITE, settings, error);
}

BtStoreDb *
bt_store_db_open_immutable (const char  *path,
                            GError     **error)
{
  static const char settings[] = "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY";
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *immutable = g_strconcat (uri != NULL ? uri : path, "?immutable=1", NULL);

  return open_db (path, immutable, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, settings, error);
}

void
bt_store_db_close (BtStoreDb *db,
                   gboolean   is_settled)
{
  if (db == NULL)
    return;
  for (guint i = 0; i < BT_N_SQL; i++)
    sqlite3_finalize (db->statements[i]);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                     !is_settled || db->is_damaged, NULL);
  sqlite3_close_v2 (db->handle);
  g_free (db->path);
  g_free (db);
}

gboolean
bt_store_db_exec (BtStoreDb   *db,
                  const char  *sql,
                  GError     **error)
{
  int result = sqlite3_exec (db->handle, sql, NULL, NULL, NULL);

  return result == SQLITE_OK || bt_store_db_fail (db, result, error);
}

gboolean
bt_store_db_get_number (BtStoreDb   *db,
                        const char  *sql,
                        gint64      *out_number,
                        GError     **error)
{
  sqlite3_stmt *statement = NULL;
  int result;

  result = sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *out_number = sqlite3_column_int64 (statement, 0);
  else
    bt_store_db_fail (db, result, error);
  sqlite3_finalize (statement);
  return result == SQLITE_ROW;
}

/* Where our words can only be wrong when the tables are. */
static void
fail_to_run (BtStoreDb  *db,
             int         result,
             GError    **error)
{
  if (result == SQLITE_ERROR)
    bt_store_db_fail_corrupt (db, sqlite3_errmsg (db->handle), error);
  else
    bt_store_db_fail (db, result, error);
}

gboolean
bt_store_db_check (BtStoreDb   *db,
                   const char  *sql,
                   GError     **error)
{
  sqlite3_stmt *statement = NULL;
  const char *words = NULL;
  gboolean is_sound = FALSE;
  int result;

  result = sqlite3_prepare_v2 (db->handle, sql, -1, &statement, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    words = (const char *) sqlite3_column_text (statement, 0);
  is_sound = g_strcmp0 (words, "ok") == 0;
  /* What it says is long, and nothing that a person could use. */
  if (words != NULL && !is_sound)
    bt_store_db_fail_corrupt (db, _("Its pages do not fit together"), error);
  else if (!is_sound)
    fail_to_run (db, result, error);
  sqlite3_finalize (statement);
  return is_sound;
}

static int
prepare (BtStoreDb  *db,
         BtStoreSql  which)
{
  g_autofree char *made = NULL;
  const char *text = statement_texts[which];

  if (which == BT_SQL_LIST)
    text = made = bt_store_rows_get_list_sql ();
  else if (which == BT_SQL_PUT_RECORD)
    text = made = bt_store_rows_get_put_sql ();
  return sqlite3_prepare_v3 (db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                             &db->statements[which], NULL);
}

sqlite3_stmt *
bt_store_db_get (BtStoreDb   *db,
                 BtStoreSql   which,
                 GError     **error)
{
  int result = SQLITE_OK;

  if (db->statements[which] == NULL)
    result = prepare (db, which);
  if (result != SQLITE_OK)
    fail_to_run (db, result, error);
  else
    sqlite3_clear_bindings (db->statements[which]);
  return db->statements[which];
}

gboolean
bt_store_db_step (BtStoreDb     *db,
                  sqlite3_stmt  *statement,
                  GError       **error)
{
  int result = sqlite3_step (statement);

  if (result != SQLITE_ROW && result != SQLITE_DONE)
    bt_store_db_fail (db, result, error);
  return result == SQLITE_ROW;
}

gboolean
bt_store_db_run (BtStoreDb     *db,
                 sqlite3_stmt  *statement,
                 GError       **error)
{
  int result = sqlite3_step (statement);
  gboolean is_done = result == SQLITE_DONE || result == SQLITE_ROW;

  if (!is_done)
    bt_store_db_fail (db, result, error);
  sqlite3_reset (statement);
  return is_done;
}
