/* bt-store-rows.c - records to rows and back
 *
 * What is read is input from outside: each column has a range and a value that stands in when it is not kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include "metainfo/bt-metainfo.h"
#include "metainfo/bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef enum
{
  COLUMN_HASH,
  COLUMN_TEXT,       /* never NULL, UTF-8 */
  COLUMN_NULL_TEXT,
  COLUMN_NAME,       /* of a file; never NULL */
  COLUMN_NULL_NAME,
  COLUMN_COMPONENT,  /* UTF-8, one component of a path */
  COLUMN_WORDS,      /* sorted, none twice */
  COLUMN_INT32,      /* signed or not, as the range says */
  COLUMN_INT64,
  COLUMN_RATIO,
} ColumnKind;

typedef struct
{
  const char *name;
  ColumnKind  kind;
  gsize       offset;
  gint64      min;
  gint64      max;
  gint64      fallback;
} Column;

#define COLUMN(field, kind, ...) { #field, kind, G_STRUCT_OFFSET (BtRecord, field), __VA_ARGS__ }
#define OTHER(field, kind) COLUMN (field, kind, 0, 0, 0)
#define INT32(field, min, max, fallback) COLUMN (field, COLUMN_INT32, min, max, fallback)
#define INT64(field, min, fallback) COLUMN (field, COLUMN_INT64, min, G_MAXINT64, fallback)

/* Preallocation is storage's; sparse is what it does when nobody says anything. */
#define PREALLOCATE_SPARSE 1
#define PREALLOCATE_LAST   2
/* Behind all others, with room for their own after it. */
#define POSITION_UNKNOWN   G_MAXINT32

static const Column columns[] = {
  OTHER (info_hash, COLUMN_HASH),
  OTHER (name, COLUMN_TEXT),
  OTHER (top_name, COLUMN_COMPONENT),
  OTHER (folder, COLUMN_NAME),
  OTHER (final_folder, COLUMN_NULL_NAME),
  OTHER (volume, COLUMN_NULL_TEXT),
  OTHER (volume_name, COLUMN_NULL_TEXT),
  OTHER (error, COLUMN_NULL_TEXT),
  OTHER (labels, COLUMN_WORDS),
  OTHER (tracker_hosts, COLUMN_WORDS),
  INT32 (flags, 0, G_MAXUINT32, BT_RECORD_PAUSED),
  INT32 (position, 0, G_MAXUINT32, POSITION_UNKNOWN),
  INT32 (preallocation, 0, PREALLOCATE_LAST, PREALLOCATE_SPARSE),
  INT32 (max_peers, 0, G_MAXUINT32, 0),
  INT32 (upload_slots, 0, G_MAXUINT32, 0),
  INT64 (read_limit_bps, 0, 0),
  INT64 (write_limit_bps, 0, 0),
  OTHER (ratio_limit, COLUMN_RATIO),
  INT64 (seed_time_limit_s, BT_RATIO_NONE, BT_RATIO_GENERAL),
  INT64 (idle_limit_s, BT_RATIO_NONE, BT_RATIO_GENERAL),
  INT32 (after_share, 0, BT_AFTER_SHARE_SUPER_SEED, BT_AFTER_SHARE_GENERAL),
  INT64 (total_bytes, 0, 0),
  INT64 (wanted_bytes, 0, 0),
  INT64 (done_bytes, 0, 0),
  INT32 (n_pieces, 0, BT_MAX_PIECES, 0),
  INT32 (n_have, 0, BT_MAX_PIECES, 0),
  INT32 (n_files, 0, BT_STORE_MAX_FILES, 0),
  INT64 (received_bytes, 0, 0),
  INT64 (sent_bytes, 0, 0),
  INT64 (wasted_bytes, 0, 0),
  INT64 (active_s, 0, 0),
  INT64 (seeding_s, 0, 0),
  INT64 (added_at_s, 0, 0),
  INT64 (completed_at_s, 0, 0),
  INT64 (active_at_s, 0, 0),
  INT64 (checked_at_s, 0, 0),
};

/* --- Writing --- */

char *
bt_store_rows_get_list_sql (void)
{
  GString *sql = g_string_new ("SELECT id");

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (sql, ", %s", columns[i].name);
  g_string_append (sql, " FROM torrents");
  return g_string_free (sql, FALSE);
}

char *
bt_store_rows_get_put_sql (void)
{
  GString *sql = g_string_new ("REPLACE INTO torrents (id");

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (sql, ", %s", columns[i].name);
  g_string_append (sql, ") VALUES (?1");
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (sql, ", ?%" G_GSIZE_FORMAT, i + 2);
  g_string_append_c (sql, ')');
  return g_string_free (sql, FALSE);
}

/* One a line; what has lines is one all the same. */
static char *
join_words (char **words)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      gsize at = text->len;

      g_string_append (text, words[i]);
      for (; at < text->len; at++)
        if (text->str[at] == '\n')
          text->str[at] = ' ';
      if (words[i + 1] != NULL)
        g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
bind_column (sqlite3_stmt   *statement,
             int             index,
             const Column   *column,
             const BtRecord *record)
{
  gconstpointer field = G_STRUCT_MEMBER_P (record, column->offset);
  char *text;

  switch (column->kind)
    {
    case COLUMN_HASH:
      sqlite3_bind_blob (statement, index, field, BT_RECORD_HASH_BYTES, SQLITE_STATIC);
      break;
    case COLUMN_TEXT:
    case COLUMN_NULL_TEXT:
    case COLUMN_NAME:
    case COLUMN_NULL_NAME:
    case COLUMN_COMPONENT:
      sqlite3_bind_text (statement, index, *(char *const *) field, -1, SQLITE_STATIC);
      break;
    case COLUMN_WORDS:
      text = *(char **const *) field == NULL ? NULL : join_words (*(char **const *) field);
      sqlite3_bind_text (statement, index, text, -1, g_free);
      break;
    case COLUMN_INT32:
      sqlite3_bind_int64 (statement, index, *(const guint32 *) field);
      break;
    case COLUMN_INT64:
      /* Those without a sign end where SQLite's numbers do; 8 EiB is enough. */
      if (column->min == 0)
        sqlite3_bind_int64 (statement, index, (gint64) MIN (*(const guint64 *) field, G_MAXINT64));
      else
        sqlite3_bind_int64 (statement, index, *(const gint64 *) field);
      break;
    case COLUMN_RATIO:
      sqlite3_bind_double (statement, index, *(const double *) field);
      break;
    default:
      g_assert_not_reached ();
    }
}

gboolean
bt_store_rows_put_record (BtStoreDb       *db,
                          const BtRecord  *record,
                          GError         **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, BT_SQL_PUT_RECORD, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) record->id);
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    bind_column (statement, (int) i + 2, &columns[i], record);
  return bt_store_db_run (db, statement, error);
}

/* --- Reading --- */

/* Bytes without a zero among them, cut to `max_bytes`; NULL when there are none. */
static char *
read_bytes (sqlite3_stmt *statement,
            int           index,
            gsize         max_bytes)
{
  const char *text = (const char *) sqlite3_column_text (statement, index);
  gsize n_bytes = (gsize) sqlite3_column_bytes (statement, index);

  if (text == NULL)
    return NULL;
  return g_strndup (text, MIN (n_bytes, max_bytes));
}

static char *
read_text (sqlite3_stmt *statement,
           int           index)
{
  g_autofree char *bytes = read_bytes (statement, index, BT_STORE_MAX_TEXT_BYTES);

  if (bytes == NULL || g_utf8_validate (bytes, -1, NULL))
    return g_steal_pointer (&bytes);
  return g_utf8_make_valid (bytes, -1);
}

/* Storage opens nothing outside the folder whatever a name says; this only keeps nonsense from being shown and used. */
static char *
read_component (sqlite3_stmt *statement,
                int           index)
{
  g_autofree char *text = read_text (statement, index);
  GString *safe;

  if (text == NULL || text[0] == '\0')
    return g_strdup ("_");
  if (strchr (text, '/') == NULL && strcmp (text, ".") != 0 && strcmp (text, "..") != 0 &&
      strlen (text) <= BT_SAFE_COMPONENT_MAX_BYTES)
    return g_steal_pointer (&text);
  safe = g_string_new (NULL);
  bt_safe_component_append (safe, (const guint8 *) text, strlen (text), NULL);
  return g_string_free (safe, FALSE);
}

static int
compare_words (gconstpointer a,
                gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char **
read_words (sqlite3_stmt *statement,
             int           index)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GPtrArray) kept = NULL;

  if (sqlite3_column_type (statement, index) == SQLITE_NULL)
    return NULL;
  text = read_text (statement, index);
  words = g_strsplit (text != NULL ? text : "", "\n", (int) BT_STORE_MAX_WORDS);
  qsort (words, g_strv_length (words), sizeof *words, compare_words);
  kept = g_ptr_array_new ();
  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] != '\0' && (i == 0 || strcmp (words[i], words[i - 1]) != 0))
        g_ptr_array_add (kept, g_strdup (words[i]));
    }
  g_ptr_array_add (kept, NULL);
  return (char **) g_ptr_array_steal (kept, NULL);
}

static gint64
read_number (sqlite3_stmt *statement,
             int           index,
             gint64        min,
             gint64        max,
             gint64        fallback)
{
  gint64 number = sqlite3_column_int64 (statement, index);

  if (sqlite3_column_type (statement, index) != SQLITE_INTEGER || number < min || number > max)
    return fallback;
  return number;
}

static double
read_ratio (sqlite3_stmt *statement,
            int           index)
{
  int type = sqlite3_column_type (statement, index);
  double ratio = sqlite3_column_double (statement, index);

  if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
    return BT_RATIO_GENERAL;
  if (isfinite (ratio) && (ratio >= 0 || ratio == BT_RATIO_NONE))
    return ratio;
  return BT_RATIO_GENERAL;
}

/* A torrent whose hash was lost can only be shown: it gets one of its own. */
static gboolean
read_hash (sqlite3_stmt *statement,
           int           index,
           guint64       id,
           guint8       *out_hash)
{
  gconstpointer bytes = sqlite3_column_blob (statement, index);

  if (sqlite3_column_bytes (statement, index) == BT_RECORD_HASH_BYTES && bytes != NULL)
    {
      memcpy (out_hash, bytes, BT_RECORD_HASH_BYTES);
      return TRUE;
    }
  memset (out_hash, 0, BT_RECORD_HASH_BYTES);
  id = GUINT64_TO_BE (id);
  memcpy (out_hash + BT_RECORD_HASH_BYTES - sizeof id, &id, sizeof id);
  return FALSE;
}

/* Returns FALSE when the torrent cannot be run with what is there. */
static gboolean
read_column (sqlite3_stmt *statement,
             int           index,
             const Column *column,
             BtRecord     *record)
{
  gpointer field = G_STRUCT_MEMBER_P (record, column->offset);
  char **text = field;
  gint64 number;

  switch (column->kind)
    {
    case COLUMN_HASH:
      return read_hash (statement, index, record->id, field);
    case COLUMN_TEXT:
    case COLUMN_NULL_TEXT:
      *text = read_text (statement, index);
      if (*text == NULL && column->kind == COLUMN_TEXT)
        *text = g_strdup ("");
      return TRUE;
    case COLUMN_NAME:
    case COLUMN_NULL_NAME:
      *text = read_bytes (statement, index, BT_STORE_MAX_TEXT_BYTES);
      if (column->kind == COLUMN_NULL_NAME)
        return TRUE;
      if (*text == NULL)
        *text = g_strdup ("");
      return (*text)[0] != '\0';
    case COLUMN_COMPONENT:
      *text = read_component (statement, index);
      return TRUE;
    case COLUMN_WORDS:
      *(char ***) field = read_words (statement, index);
      return TRUE;
    case COLUMN_INT32:
      number = read_number (statement, index, column->min, column->max, column->fallback);
      *(guint32 *) field = (guint32) number;
      return TRUE;
    case COLUMN_INT64:
      number = read_number (statement, index, column->min, column->max, column->fallback);
      *(gint64 *) field = number;
      return TRUE;
    case COLUMN_RATIO:
      *(double *) field = read_ratio (statement, index);
      return TRUE;
    default:
      g_assert_not_reached ();
    }
}

static BtRecord *
read_record (sqlite3_stmt *statement)
{
  BtRecord *record = bt_record_new ();
  gboolean is_usable = TRUE;

  record->id = (guint64) sqlite3_column_int64 (statement, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++)
    is_usable &= read_column (statement, (int) i + 1, &columns[i], record);
  record->n_have = MIN (record->n_have, record->n_pieces);
  record->done_bytes = MIN (record->done_bytes, record->wanted_bytes);
  if (!is_usable)
    {
      record->flags |= BT_RECORD_PAUSED | BT_RECORD_FAILED;
      g_free (record->error);
      record->error = g_strdup (_("What was stored of it is damaged"));
    }
  return record;
}

static int
compare_records (gconstpointer a,
                 gconstpointer b)
{
  const BtRecord *first = *(const BtRecord *const *) a;
  const BtRecord *second = *(const BtRecord *const *) b;

  if (first->position != second->position)
    return first->position < second->position ? -1 : 1;
  return first->id < second->id ? -1 : first->id > second->id;
}

/* Each a position of its own: one that is taken becomes the next that is free. */
static void
settle_positions (GPtrArray *records)
{
  guint64 next = 0;
  gboolean is_full = FALSE;

  g_ptr_array_sort (records, compare_records);
  for (guint i = 0; i < records->len; i++)
    {
      BtRecord *record = records->pdata[i];

      next = MAX (next, record->position);
      is_full |= next > G_MAXUINT32;
      record->position = (guint32) next++;
    }
  for (guint i = 0; is_full && i < records->len; i++)
    ((BtRecord *) records->pdata[i])->position = i;
}

GPtrArray *
bt_store_rows_list (BtStoreDb  *db,
                    GError    **error)
{
  g_autoptr (GPtrArray) records = NULL;
  GError *failure = NULL;
  sqlite3_stmt *statement;

  statement = bt_store_db_get (db, BT_SQL_LIST, error);
  if (statement == NULL)
    return NULL;
  records = g_ptr_array_new_with_free_func ((GDestroyNotify) bt_record_free);
  while (bt_store_db_step (db, statement, &failure))
    {
      /* Such a row cannot have been written by us. */
      if (sqlite3_column_int64 (statement, 0) > 0)
        g_ptr_array_add (records, read_record (statement));
    }
  sqlite3_reset (statement);
  sqlite3_db_release_memory (db->handle);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  settle_positions (records);
  return g_steal_pointer (&records);
}

/* --- All that is kept of one torrent --- */

/* FALSE with `error`; `out_bytes` is NULL when there is none, or more than there may be. */
static gboolean
load_blob (BtStoreDb   *db,
           BtStoreSql   which,
           guint64      id,
           gsize        max_bytes,
           GBytes     **out_bytes,
           GError     **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, which, error);
  GError *failure = NULL;
  gconstpointer bytes;
  gsize n_bytes;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  if (bt_store_db_step (db, statement, &failure) &&
      sqlite3_column_type (statement, 0) == SQLITE_BLOB)
    {
      bytes = sqlite3_column_blob (statement, 0);
      n_bytes = (gsize) sqlite3_column_bytes (statement, 0);
      if (n_bytes <= max_bytes)
        *out_bytes = g_bytes_new (bytes, n_bytes);
    }
  sqlite3_reset (statement);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
load_resume (BtStoreDb  *db,
             guint64     id,
             BtResume  **out_resume,
             GError    **error)
{
  g_autoptr (GBytes) blob = NULL;
  gconstpointer bytes;
  gsize n_bytes;

  if (!load_blob (db, BT_SQL_GET_RESUME, id, BT_STORE_MAX_VALUE_BYTES, &blob, error))
    return FALSE;
  if (blob == NULL)
    return TRUE;
  bytes = g_bytes_get_data (blob, &n_bytes);
  *out_resume = bt_store_resume_decode (bytes, n_bytes);
  return TRUE;
}

/* Beneath the folder, and nowhere else. */
static gboolean
is_safe_path (const char *path)
{
  g_auto (GStrv) names = NULL;

  if (path == NULL || path[0] == '\0' || strlen (path) > BT_SAFE_PATH_MAX_BYTES)
    return FALSE;
  names = g_strsplit (path, "/", -1);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (names[i][0] == '\0' || strcmp (names[i], ".") == 0 || strcmp (names[i], "..") == 0)
        return FALSE;
    }
  return TRUE;
}

static void
read_file (sqlite3_stmt *statement,
           GArray       *files)
{
  g_autofree char *path = NULL;
  BtFileRecord file = { 0 };
  gint64 index = read_number (statement, 0, 0, BT_STORE_MAX_FILES - 1, -1);

  if (index < 0)
    return;
  file.index = (guint32) index;
  file.priority = (guint8) read_number (statement, 1, 0, 3, 2);
  path = read_bytes (statement, 2, BT_STORE_MAX_TEXT_BYTES);
  if (is_safe_path (path))
    file.path = g_steal_pointer (&path);
  g_array_append_val (files, file);
}

static void
read_tracker (sqlite3_stmt *statement,
              GArray       *trackers)
{
  BtTrackerRecord tracker = { 0 };
  g_autofree char *url = read_text (statement, 1);

  if (url == NULL || url[0] == '\0' || trackers->len >= BT_STORE_MAX_TRACKERS)
    return;
  tracker.tier = (guint) read_number (statement, 0, 0, G_MAXINT32, 0);
  tracker.url = g_steal_pointer (&url);
  g_array_append_val (trackers, tracker);
}

static gboolean
load_rows (BtStoreDb    *db,
           BtStoreSql    which,
           guint64       id,
           void        (*read_row) (sqlite3_stmt *statement, GArray *array),
           GArray       *array,
           GError      **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, which, error);
  GError *failure = NULL;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  while (bt_store_db_step (db, statement, &failure))
    read_row (statement, array);
  sqlite3_reset (statement);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
load_trackers (BtStoreDb  *db,
               guint64     id,
               GArray    **out_trackers,
               GError    **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, BT_SQL_GET_TRACKER_LIST, error);
  GError *failure = NULL;
  gboolean is_edited;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  is_edited = bt_store_db_step (db, statement, &failure);
  sqlite3_reset (statement);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (!is_edited)
    return TRUE;
  *out_trackers = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));
  g_array_set_clear_func (*out_trackers, bt_tracker_record_clear);
  return load_rows (db, BT_SQL_GET_TRACKERS, id, read_tracker, *out_trackers, error);
}

/* A text is cut when it is too long, and the last line then is none that anybody wrote. */
static gboolean
load_web_seeds (BtStoreDb   *db,
                guint64      id,
                char      ***out_urls,
                GError     **error)
{
  sqlite3_stmt *statement = bt_store_db_get (db, BT_SQL_GET_WEB_SEEDS, error);
  g_autoptr (GStrvBuilder) urls = g_strv_builder_new ();
  g_auto (GStrv) lines = NULL;
  GError *failure = NULL;
  guint n_urls = 0;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) id);
  if (bt_store_db_step (db, statement, &failure))
    {
      g_autofree char *text = read_bytes (statement, 0, BT_STORE_MAX_URLS_BYTES);

      lines = g_strsplit (text != NULL ? text : "", "\n", -1);
    }
  sqlite3_reset (statement);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (lines == NULL)
    return TRUE;
  for (gsize i = 0; lines[i] != NULL && n_urls < BT_METAINFO_MAX_WEB_SEEDS; i++)
    if (lines[i][0] != '\0' && strlen (lines[i]) <= BT_METAINFO_MAX_URL_BYTES &&
        g_utf8_validate (lines[i], -1, NULL))
      {
        g_strv_builder_add (urls, lines[i]);
        n_urls++;
      }
  *out_urls = g_strv_builder_end (urls);
  return TRUE;
}

void
bt_stored_torrent_free (BtStoredTorrent *torrent)
{
  if (torrent == NULL)
    return;
  g_clear_pointer (&torrent->metainfo, g_bytes_unref);
  bt_resume_free (torrent->resume);
  g_clear_pointer (&torrent->files, g_array_unref);
  g_clear_pointer (&torrent->trackers, g_array_unref);
  g_clear_pointer (&torrent->web_seeds, g_strfreev);
  g_clear_pointer (&torrent->history, g_bytes_unref);
  g_free (torrent);
}

BtStoredTorrent *
bt_store_rows_load (BtStoreDb  *db,
                    guint64     id,
                    GError    **error)
{
  g_autoptr (BtStoredTorrent) torrent = g_new0 (BtStoredTorrent, 1);

  torrent->files = g_array_new (FALSE, FALSE, sizeof (BtFileRecord));
  g_array_set_clear_func (torrent->files, bt_file_record_clear);
  if (!load_blob (db, BT_SQL_GET_METAINFO, id, BT_METAINFO_MAX_BYTES, &torrent->metainfo, error) ||
      !load_resume (db, id, &torrent->resume, error) ||
      !load_rows (db, BT_SQL_GET_FILES, id, read_file, torrent->files, error) ||
      !load_trackers (db, id, &torrent->trackers, error) ||
      !load_web_seeds (db, id, &torrent->web_seeds, error) ||
      !load_blob (db, BT_SQL_GET_HISTORY, id, BT_STORE_MAX_VALUE_BYTES, &torrent->history, error))
    return NULL;
  return g_steal_pointer (&torrent);
}

GBytes *
bt_store_rows_get_value (BtStoreDb  *db,
                         const char *key)
{
  sqlite3_stmt *statement = bt_store_db_get (db, BT_SQL_GET_VALUE, NULL);
  GBytes *value = NULL;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_text (statement, 1, key, -1, SQLITE_STATIC);
  if (bt_store_db_step (db, statement, NULL) && sqlite3_column_type (statement, 0) == SQLITE_BLOB)
    {
      gconstpointer bytes = sqlite3_column_blob (statement, 0);

      value = g_bytes_new (bytes, (gsize) sqlite3_column_bytes (statement, 0));
    }
  sqlite3_reset (statement);
  return value;
}
