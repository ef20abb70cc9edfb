/* fixture.h - a folder for a store, and records that differ in everything
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "store/bt-store-private.h"

G_BEGIN_DECLS

typedef struct
{
  char    *folder;  /* owned */
  char    *path;    /* owned: of the store */
  BtStore *store;   /* owned, nullable */
} Fixture;

/* An open store in a new folder. */
void      fixture_set_up       (Fixture        *fixture,
                                gconstpointer   data);
/* The folder alone. */
void      fixture_set_up_closed (Fixture       *fixture,
                                 gconstpointer  data);
void      fixture_tear_down    (Fixture        *fixture,
                                gconstpointer   data);
void      fixture_close        (Fixture        *fixture);
void      fixture_open         (Fixture        *fixture);
/* Opening must fail like this, saying the file's name. */
void      fixture_fail_to_open (Fixture        *fixture,
                                BtStoreError    code);

/* Everything set, and differently for every id. */
BtRecord *make_record          (guint64         id);
/* `n_pieces` at least 8. */
BtResume *make_resume          (guint32         n_pieces,
                                guint32         n_files,
                                guint64         salt);
GBytes   *make_bytes           (gsize           n_bytes,
                                guint64         salt);
void      assert_same_record   (const BtRecord *a,
                                const BtRecord *b);
void      assert_same_resume   (const BtResume *a,
                                const BtResume *b);
/* Must succeed. */
void      commit               (BtStore        *store,
                                BtStoreBatch   *batch);
/* A record, metainfo and resume data of each. */
void      commit_torrents      (BtStore        *store,
                                guint64         first_id,
                                guint           n_torrents);
/* Each listed torrent, by id. */
void      assert_listed        (BtStore        *store,
                                const guint64  *ids,
                                guint           n_ids);
void      remove_tree          (const char     *path);
/* How many files in the folder have `part` in their names. */
guint     count_files          (const char     *folder,
                                const char     *part);

G_END_DECLS
