/* bt-store.h - what survives a restart: one SQLite database
 *
 * The caller collects what changed in a batch; a batch is one transaction, all of it or nothing. Batches and loads are
 * carried out one after the other, in the order they came, in a GTask thread, and answered on the context that the
 * store was opened on; opening, listing and closing are done in the caller's thread, and block.
 *
 * A store is open in one process at a time (a lock beside the file). A have-bit may only be put once the data it speaks
 * of was fsynced: the caller's duty.
 *
 * Thread: the one that opened it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-record.h"
#include "bt-store-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_STORE_N_COPIES 3  /* daily copies that are kept */

typedef struct _BtStore      BtStore;
typedef struct _BtStoreBatch BtStoreBatch;

/* --- Opening --- */

/* Makes the file and its folder when missing; migrates an older schema (after a copy of the file). Nothing is
 * overwritten when it fails. A file that is missing or empty while copies of it are there is CORRUPT, so that they do
 * not go the way of old copies. Errors: BT_STORE_ERROR, in words that name the file. */
BtStore  *bt_store_open              (const char         *path,
                                      GError            **error);
/* Waits for what is under way (answered from here), then closes. */
void      bt_store_close             (BtStore            *store);

/* Paths of the daily copies that can be read, newest first. (transfer full): NULL-terminated. The store need not be
 * open. */
char    **bt_store_list_copies       (const char         *path);
/* Puts a copy in the place of the store; what was there is kept beside it, as PATH.damaged-N. Not while it is open in
 * any process (LOCKED). */
gboolean  bt_store_restore           (const char         *path,
                                      const char         *copy,
                                      GError            **error);

/* --- Reading at the start (blocks) --- */

/* Every torrent in the list, by position, without what only a running one needs. (transfer full): of BtRecord, owned.
 * 10,000 in about a tenth of a second. */
GPtrArray *bt_store_list             (BtStore            *store,
                                      GError            **error);
/* A value of the whole program; (transfer full), NULL when there is none. */
GBytes   *bt_store_get_value         (BtStore            *store,
                                      const char         *key);

/* --- Reading one torrent --- */

/* Everything else that is kept of a torrent. */
typedef struct
{
  GBytes   *metainfo;   /* owned, nullable; a .torrent file, or with BT_RECORD_MAGNET the link */
  BtResume *resume;     /* owned, nullable */
  GArray   *files;      /* owned, of BtFileRecord, by index; never NULL */
  GArray   *trackers;   /* owned, of BtTrackerRecord; NULL: as in the metainfo */
  char    **web_seeds;  /* owned; NULL: the same */
  GBytes   *history;    /* owned, nullable */
} BtStoredTorrent;

typedef void (*BtStoreLoadFunc) (BtStoredTorrent *torrent,   /* (transfer full), NULL with `error` */
                                 const GError    *error,
                                 gpointer         user_data);

/* Parts may have been stolen; NULL is harmless. */
void      bt_stored_torrent_free     (BtStoredTorrent    *torrent);
void      bt_store_load_async        (BtStore            *store,
                                      guint64             id,
                                      BtStoreLoadFunc     func,
                                      gpointer            user_data);
/* Blocks. For tests, and where nobody waits. */
BtStoredTorrent *bt_store_load       (BtStore            *store,
                                      guint64             id,
                                      GError            **error);

/* --- Writing --- */

/* What is put is copied (GBytes are referenced). Of one thing put twice the last counts. */
BtStoreBatch *bt_store_batch_new     (void);
void      bt_store_batch_free        (BtStoreBatch       *batch);
gboolean  bt_store_batch_is_empty    (const BtStoreBatch *batch);
/* Inserts or replaces the list's row. */
void      bt_store_batch_put_record  (BtStoreBatch       *batch,
                                      const BtRecord     *record);
void      bt_store_batch_put_metainfo (BtStoreBatch      *batch,
                                      guint64             id,
                                      GBytes             *torrent_file);
void      bt_store_batch_put_resume  (BtStoreBatch       *batch,
                                      guint64             id,
                                      const BtResume     *resume);
/* `files`: of BtFileRecord, all that are not usual; replaces what was there. */
void      bt_store_batch_put_files   (BtStoreBatch       *batch,
                                      guint64             id,
                                      const GArray       *files);
/* `urls` NULL: as in the metainfo again. */
void      bt_store_batch_put_web_seeds (BtStoreBatch     *batch,
                                      guint64             id,
                                      const char *const  *urls);
/* `trackers`: of BtTrackerRecord; NULL: as in the metainfo again. */
void      bt_store_batch_put_trackers (BtStoreBatch      *batch,
                                      guint64             id,
                                      const GArray       *trackers);
void      bt_store_batch_put_history (BtStoreBatch       *batch,
                                      guint64             id,
                                      GBytes             *history);
/* NULL removes it. */
void      bt_store_batch_put_value   (BtStoreBatch       *batch,
                                      const char         *key,
                                      GBytes             *value);
/* With everything that is kept of it. What is put for it afterwards in the same batch stands. */
void      bt_store_batch_remove      (BtStoreBatch       *batch,
                                      guint64             id);

/* `error` (BT_STORE_ERROR) NULL: it is on the device. Otherwise nothing of the batch is. */
typedef void (*BtStoreFunc) (const GError *error,
                             gpointer      user_data);

/* Takes the batch. `func` nullable. The first commit of a day, and one that finds no copy, makes the daily copy
 * afterwards. */
void      bt_store_commit_async      (BtStore            *store,
                                      BtStoreBatch       *batch,
                                      BtStoreFunc         func,
                                      gpointer            user_data);
/* Blocks; after what was asked for before. Takes the batch. */
gboolean  bt_store_commit            (BtStore            *store,
                                      BtStoreBatch       *batch,
                                      GError            **error);
/* Makes the daily copy when there is none of today, without waiting for a commit, and in the background. */
void      bt_store_copy_when_due     (BtStore            *store);
/* Calls that have not been answered yet. */
guint     bt_store_get_n_pending     (BtStore            *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtStore, bt_store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtStoreBatch, bt_store_batch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtStoredTorrent, bt_stored_torrent_free)

G_END_DECLS
