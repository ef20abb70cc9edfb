/* bt-store-schema.c - the tables, and how those of older versions become them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include "bt-tracker-hosts.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* A step is never changed once a version with it was given away; what is new comes as another step behind it.
 *
 * Columns have no constraints but the number of a torrent: a value that makes no sense is put right when it is read,
 * and must not make the whole store unreadable. What the list does not show is in tables of its own, so that listing
 * does not read it.
 */
const char *const bt_store_steps[] = {
  /* 0 → 1 */
  "CREATE TABLE torrents ("
  "  id INTEGER PRIMARY KEY CHECK (id > 0),"
  "  info_hash BLOB,"
  "  name TEXT,"
  "  top_name TEXT,"
  "  folder TEXT,"
  "  final_folder TEXT,"
  "  volume TEXT,"
  "  volume_name TEXT,"
  "  error TEXT,"
  "  labels TEXT,"
  "  flags INTEGER,"
  "  position INTEGER,"
  "  preallocation INTEGER,"
  "  max_peers INTEGER,"
  "  upload_slots INTEGER,"
  "  read_limit_bps INTEGER,"
  "  write_limit_bps INTEGER,"
  "  ratio_limit REAL,"
  "  seed_time_limit_s INTEGER,"
  "  idle_limit_s INTEGER,"
  "  after_share INTEGER,"
  "  total_bytes INTEGER,"
  "  wanted_bytes INTEGER,"
  "  done_bytes INTEGER,"
  "  n_pieces INTEGER,"
  "  n_have INTEGER,"
  "  n_files INTEGER,"
  "  received_bytes INTEGER,"
  "  sent_bytes INTEGER,"
  "  wasted_bytes INTEGER,"
  "  active_s INTEGER,"
  "  seeding_s INTEGER,"
  "  added_at_s INTEGER,"
  "  completed_at_s INTEGER,"
  "  active_at_s INTEGER,"
  "  checked_at_s INTEGER);"
  "CREATE TABLE metainfo (id INTEGER PRIMARY KEY, torrent BLOB);"
  "CREATE TABLE resume (id INTEGER PRIMARY KEY, resume BLOB);"
  "CREATE TABLE history (id INTEGER PRIMARY KEY, history BLOB);"
  "CREATE TABLE files (id INTEGER, file INTEGER, priority INTEGER, path TEXT,"
  "  PRIMARY KEY (id, file)) WITHOUT ROWID;"
  /* A row: the torrent's trackers are those in `trackers`, even when there are none. */
  "CREATE TABLE tracker_lists (id INTEGER PRIMARY KEY);"
  "CREATE TABLE trackers (id INTEGER, place INTEGER, tier INTEGER, url TEXT,"
  "  PRIMARY KEY (id, place)) WITHOUT ROWID;"
  "CREATE TABLE program (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
  "PRAGMA application_id = " G_STRINGIFY (BT_STORE_APPLICATION_ID) ";",
  /* 1 → 2 */
  "ALTER TABLE torrents ADD COLUMN tracker_hosts TEXT;"
  "UPDATE torrents SET tracker_hosts = CASE"
  "  WHEN EXISTS (SELECT 1 FROM tracker_lists WHERE id = torrents.id)"
  "  THEN hosts_of_urls ((SELECT group_concat(url, char(10)) FROM trackers WHERE id = torrents.id))"
  "  ELSE hosts_of_torrent ((SELECT torrent FROM metainfo WHERE id = torrents.id)) END;",
  /* 2 → 3; a row: the torrent's web seeds are these, one a line, even when there are none. */
  "CREATE TABLE web_seeds (id INTEGER PRIMARY KEY, urls TEXT);",
  NULL,
};

guint
bt_store_schema_get_n_steps (const char *const *steps)
{
  guint n_steps = 0;

  while (steps[n_steps] != NULL)
    n_steps++;
  return n_steps;
}

/* --- What steps need beyond SQL --- */

/* As the list's rows have them: one a line. Takes `hosts`. */
static void
answer_hosts (sqlite3_context  *context,
              char            **hosts)
{
  if (hosts == NULL)
    sqlite3_result_null (context);
  else
    sqlite3_result_text (context, g_strjoinv ("\n", hosts), -1, g_free);
  g_strfreev (hosts);
}

/* URLs, one a line. */
static void
hosts_of_urls (sqlite3_context  *context,
               int               n_values,
               sqlite3_value   **values)
{
  const char *text = (const char *) sqlite3_value_text (values[0]);
  g_auto (GStrv) urls = g_strsplit (text != NULL ? text : "", "\n", -1);

  answer_hosts (context, bt_tracker_hosts_of_urls ((const char *const *) urls));
}

/* A .torrent file; one that cannot be read has none. */
static void
hosts_of_torrent (sqlite3_context  *context,
                  int               n_values,
                  sqlite3_value   **values)
{
  const void *data = sqlite3_value_blob (values[0]);
  g_autoptr (GBytes) bytes = g_bytes_new (data, (gsize) sqlite3_value_bytes (values[0]));
  g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_bytes (bytes, NULL);

  answer_hosts (context, bt_tracker_hosts_of (metainfo, NULL));
}

static gboolean
add_functions (BtStoreDb  *db,
               GError    **error)
{
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  int result;

  result = sqlite3_create_function (db->handle, "hosts_of_urls", 1, flags, NULL, hosts_of_urls,
                                    NULL, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_create_function (db->handle, "hosts_of_torrent", 1, flags, NULL,
                                      hosts_of_torrent, NULL, NULL);
  return result == SQLITE_OK || bt_store_db_fail (db, result, error);
}

/* --- From version to version --- */

static gboolean
run_step (BtStoreDb   *db,
          const char  *step,
          guint        version,
          GError     **error)
{
  g_autofree char *sql = NULL;

  sql = g_strdup_printf ("BEGIN IMMEDIATE; %s; PRAGMA user_version = %u; COMMIT;", step, version);
  if (bt_store_db_exec (db, sql, error))
    return TRUE;
  if (!sqlite3_get_autocommit (db->handle))
    bt_store_db_exec (db, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
bt_store_schema_check (BtStoreDb   *db,
                       guint        n_steps,
                       gint64      *out_version,
                       GError     **error)
{
  g_autofree char *name = g_filename_display_name (db->path);
  gint64 application = 0;
  gint64 version = 0;

  if (!bt_store_db_get_number (db, "PRAGMA application_id", &application, error) ||
      !bt_store_db_get_number (db, "PRAGMA user_version", &version, error))
    return FALSE;
  if (application != BT_STORE_APPLICATION_ID || version < 1)
    return bt_store_db_fail_corrupt (db, _("It is not a state of Freshet"), error);
  if (version > n_steps)
    {
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_TOO_NEW,
                   _("“%s” was written by a later version of Freshet: its format is %"
                     PRId64 ", this one knows %u"), name, version, n_steps);
      return FALSE;
    }
  *out_version = version;
  return TRUE;
}

/* Writes nothing unless there is nothing in it. */
static gboolean
is_blank (BtStoreDb  *db,
          gboolean   *out_is_blank,
          GError    **error)
{
  static const char sql[] = "SELECT count(*) FROM sqlite_schema";
  gint64 n_tables = 0;

  if (!bt_store_db_get_number (db, sql, &n_tables, error))
    return FALSE;
  *out_is_blank = n_tables == 0;
  return TRUE;
}

/* The tables must be such that all that we say to them makes sense. */
static gboolean
prepare_all (BtStoreDb  *db,
             GError    **error)
{
  for (guint i = 0; i < BT_N_SQL; i++)
    {
      if (bt_store_db_get (db, i, error) == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
bt_store_schema_prepare (BtStoreDb         *db,
                         const char *const *steps,
                         gboolean           may_create,
                         gboolean         (*before) (BtStoreDb *db, GError **error),
                         GError           **error)
{
  guint n_steps = bt_store_schema_get_n_steps (steps);
  gboolean is_new = FALSE;
  gint64 version = 0;

  if (!is_blank (db, &is_new, error))
    return FALSE;
  if (is_new && !may_create)
    return bt_store_db_fail_corrupt (db, _("It is empty, although there are copies of it"), error);
  if (!is_new &&
      (!bt_store_schema_check (db, n_steps, &version, error) ||
       !bt_store_db_check (db, "PRAGMA quick_check('torrents')", error)))
    return FALSE;
  if (!is_new && version < n_steps && before != NULL && !before (db, error))
    return FALSE;

  if (!bt_store_db_exec (db, "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216",
                         error))
    return FALSE;
  if (version < n_steps && !add_functions (db, error))
    return FALSE;
  for (; version < n_steps; version++)
    {
      if (!run_step (db, steps[version], (guint) version + 1, error))
        return FALSE;
    }
  return prepare_all (db, error);
}
