/* bt-store-private.h - what the store's files tell each other
 *
 * Whoever has the store's turn (its worker, or its owner while the worker stands aside) may use the database; nothing
 * here locks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

#define BT_STORE_APPLICATION_ID  0x46527368            /* "FRsh", in the file's header */
#define BT_STORE_CACHE_KIB       2048
#define BT_STORE_BUSY_MS         500                   /* somebody looks at it with another program */
#define BT_STORE_MAX_VALUE_BYTES (128 * 1024 * 1024)   /* of one text or blob */
#define BT_STORE_MAX_TEXT_BYTES  65536u                /* longer ones are cut when read */
#define BT_STORE_MAX_WORDS       256u                  /* labels, hosts */
#define BT_STORE_MAX_FILES       1000000u              /* of a torrent */
#define BT_STORE_MAX_TRACKERS    4096u
#define BT_STORE_MAX_URLS_BYTES  (BT_METAINFO_MAX_WEB_SEEDS * (BT_METAINFO_MAX_URL_BYTES + 1))

/* --- The connection: bt-store-db.c --- */

typedef enum
{
  BT_SQL_BEGIN,
  BT_SQL_COMMIT,
  BT_SQL_ROLLBACK,
  BT_SQL_LIST,
  BT_SQL_PUT_RECORD,
  BT_SQL_PUT_METAINFO,
  BT_SQL_PUT_RESUME,
  BT_SQL_PUT_HISTORY,
  BT_SQL_PUT_FILE,
  BT_SQL_PUT_TRACKER_LIST,
  BT_SQL_PUT_TRACKER,
  BT_SQL_PUT_WEB_SEEDS,
  BT_SQL_PUT_VALUE,
  BT_SQL_GET_METAINFO,
  BT_SQL_GET_RESUME,
  BT_SQL_GET_HISTORY,
  BT_SQL_GET_FILES,
  BT_SQL_GET_TRACKER_LIST,
  BT_SQL_GET_TRACKERS,
  BT_SQL_GET_WEB_SEEDS,
  BT_SQL_GET_VALUE,
  BT_SQL_REMOVE_RECORD,
  BT_SQL_REMOVE_METAINFO,
  BT_SQL_REMOVE_RESUME,
  BT_SQL_REMOVE_HISTORY,
  BT_SQL_REMOVE_FILES,
  BT_SQL_REMOVE_WEB_SEEDS,
  BT_SQL_REMOVE_TRACKER_LIST,
  BT_SQL_REMOVE_TRACKERS,
  BT_SQL_REMOVE_VALUE,
  BT_N_SQL,
} BtStoreSql;

typedef struct
{
  char         *path;                  /* owned */
  sqlite3      *handle;                /* owned */
  sqlite3_stmt *statements[BT_N_SQL];  /* owned; prepared when first used */
  gboolean      is_damaged;            /* seen to be: nothing is written any more */
} BtStoreDb;

/* `path` must exist. Reads nothing yet. */
BtStoreDb    *bt_store_db_open         (const char    *path,
                                        GError       **error);
/* A file that nobody writes. Touches nothing, not even beside it. */
BtStoreDb    *bt_store_db_open_immutable (const char  *path,
                                          GError     **error);
/* Leaves a damaged database, or one that was not `settled`, exactly as it lies. */
void          bt_store_db_close        (BtStoreDb     *db,
                                        gboolean       is_settled);
/* Turns a result of SQLite into BT_STORE_ERROR. Returns FALSE. */
gboolean      bt_store_db_fail         (BtStoreDb     *db,
                                        int            result,
                                        GError       **error);
gboolean      bt_store_db_fail_corrupt (BtStoreDb     *db,
                                        const char    *reason,
                                        GError       **error);
gboolean      bt_store_db_exec         (BtStoreDb     *db,
                                        const char    *sql,
                                        GError       **error);
/* The first column of the first row as a number. */
gboolean      bt_store_db_get_number   (BtStoreDb     *db,
                                        const char    *sql,
                                        gint64        *out_number,
                                        GError       **error);
/* Runs a PRAGMA quick_check. CORRUPT when it does not say "ok". */
gboolean      bt_store_db_check        (BtStoreDb     *db,
                                        const char    *sql,
                                        GError       **error);
/* Borrowed, without bindings, to be reset after use. NULL with `error`. */
sqlite3_stmt *bt_store_db_get          (BtStoreDb     *db,
                                        BtStoreSql     which,
                                        GError       **error);
/* Runs a statement that answers no rows, and resets it. */
gboolean      bt_store_db_run          (BtStoreDb     *db,
                                        sqlite3_stmt  *statement,
                                        GError       **error);
/* TRUE and a row, or FALSE: the end, or an error. Not reset. */
gboolean      bt_store_db_step         (BtStoreDb     *db,
                                        sqlite3_stmt  *statement,
                                        GError       **error);

/* --- Where it lies: bt-store-place.c --- */

/* Absolute, links followed. (transfer full) */
char         *bt_store_place_resolve   (const char    *path);
/* Makes the folder, and takes the lock beside the file. -1 with `error`. */
int           bt_store_place_lock      (const char    *path,
                                        GError       **error);
/* What lies there. */
typedef struct
{
  guint64 n_bytes;        /* of the file; 0 when it is not there */
  guint   exists : 1;
  guint   has_log : 1;    /* the last process did not end well */
  guint   has_journal : 1; /* nor did it get as far as a log: the file was being made */
  guint   has_relics : 1; /* copies, or a log without its file */
} BtStorePlace;

/* Fails when the file is there and may not be written. */
gboolean      bt_store_place_look      (const char    *path,
                                        BtStorePlace  *out_place,
                                        GError       **error);
/* A new empty file that only we may read; what had the name is gone. */
gboolean      bt_store_place_create    (const char    *path,
                                        GError       **error);
/* Makes names that changed in the folder of `path` last. */
gboolean      bt_store_place_sync      (const char    *path,
                                        GError       **error);
gboolean      bt_store_place_sync_file (const char    *path,
                                        GError       **error);
/* BT_STORE_ERROR for `number`, an errno. Returns FALSE. */
gboolean      bt_store_place_fail      (const char    *path,
                                        int            number,
                                        GError       **error);

/* --- The schema: bt-store-schema.c --- */

/* Step i leads from version i to i + 1; NULL-terminated. */
extern const char *const bt_store_steps[];

/* Makes the tables in an empty database, or brings an old one up; `before` is called once in front of a migration. */
gboolean      bt_store_schema_prepare  (BtStoreDb         *db,
                                        const char *const *steps,
                                        gboolean           may_create,
                                        gboolean         (*before) (BtStoreDb *db, GError **error),
                                        GError           **error);
/* Whether `db` holds a store, of a version of at most that many steps. */
gboolean      bt_store_schema_check    (BtStoreDb         *db,
                                        guint              n_steps,
                                        gint64            *out_version,
                                        GError           **error);
guint         bt_store_schema_get_n_steps (const char *const *steps);

/* --- Rows: bt-store-rows.c --- */

/* (transfer full): the text of BT_SQL_LIST and BT_SQL_PUT_RECORD. */
char         *bt_store_rows_get_list_sql (void);
char         *bt_store_rows_get_put_sql  (void);
gboolean      bt_store_rows_put_record (BtStoreDb      *db,
                                        const BtRecord *record,
                                        GError        **error);
GPtrArray    *bt_store_rows_list       (BtStoreDb      *db,
                                        GError        **error);
BtStoredTorrent *bt_store_rows_load    (BtStoreDb      *db,
                                        guint64         id,
                                        GError        **error);
GBytes       *bt_store_rows_get_value  (BtStoreDb      *db,
                                        const char     *key);

/* --- Resume data: bt-store-resume.c --- */

#define BT_STORE_RESUME_HEAD_BYTES 9  /* version, and the first 8 bytes of SHA-1 of the rest */

GBytes       *bt_store_resume_encode   (const BtResume *resume);
/* NULL when a single bit of it is wrong. */
BtResume     *bt_store_resume_decode   (const guint8   *bytes,
                                        gsize           n_bytes);
/* What stands behind the head; for fuzzing, which would never guess the sum. */
BtResume     *bt_store_resume_decode_body (const guint8 *bytes,
                                           gsize         n_bytes);

/* --- Batches: bt-store-batch.c --- */

/* One transaction. */
gboolean      bt_store_batch_apply     (const BtStoreBatch *batch,
                                        BtStoreDb          *db,
                                        GError            **error);

/* --- Copies: bt-store-copies.c --- */

typedef struct _BtStoreCopier BtStoreCopier;

BtStoreCopier *bt_store_copier_new     (BtStoreDb      *db);
/* Gives up what is under way. */
void      bt_store_copier_free         (BtStoreCopier  *copier);
/* Begins the day's copy when it is missing. */
void      bt_store_copier_begin_when_due (BtStoreCopier  *copier);
gboolean  bt_store_copier_is_busy      (BtStoreCopier  *copier);
/* A few milliseconds of it; `is_wanted` is asked now and then whether somebody else wants the turn. */
void      bt_store_copier_step         (BtStoreCopier  *copier,
                                        int           (*is_wanted) (gpointer data),
                                        gpointer        data);
/* A copy now, whether there is one or not. */
gboolean  bt_store_copier_run          (BtStoreCopier  *copier,
                                        GError        **error);
/* A made-up clock; 0: the real one. */
void      bt_store_copier_set_now      (BtStoreCopier  *copier,
                                        gint64          now_s);
/* All there are, whether they can be read or not, newest first. */
char    **bt_store_copies_find         (const char     *path);

/* --- For tests: bt-store.c --- */

BtStore  *bt_store_open_with_steps     (const char         *path,
                                        const char *const  *steps,
                                        GError            **error);
/* Any SQL, in its turn. */
gboolean  bt_store_exec                (BtStore            *store,
                                        const char         *sql,
                                        GError            **error);
void      bt_store_set_now             (BtStore            *store,
                                        gint64              now_s);
/* Blocks until no copy is being made. */
void      bt_store_finish_copy         (BtStore            *store);

G_END_DECLS
