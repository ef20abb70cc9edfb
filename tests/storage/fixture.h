/* fixture.h - a disk, a torrent made of nothing but a layout, and a folder for it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "storage/bt-storage.h"

typedef struct
{
  GMainContext     *context;      /* owned */
  BtDisk           *disk;         /* owned */
  BtStorage        *storage;      /* owned; fixture_reopen() makes it anew */
  BtMetainfo       *metainfo;     /* owned */
  const BtGeometry *geometry;
  const BtFile     *files;
  guint32           n_files;
  char             *folder;       /* owned; removed with all that is in it */
  char             *root;         /* owned; folder/root, which is not made */
  guint8           *content;      /* owned; the whole torrent, slot by slot copies of it are written */
} Fixture;

/* What calls have answered. Give it as user data to the callbacks below. */
typedef struct
{
  guint          n_answers;
  guint          n_verdicts[3];
  BtPieceVerdict verdict;    /* the last one */
  GError        *error;      /* owned; the last one */
  guint8        *digests;    /* owned; of the last one; copied by n_digests */
  guint          n_digests;  /* set it before: how many to expect */
} Answers;

/* `layout`: "dir/a=100 b=0 ~=28 c=1": names and lengths, ~ a pad. One file alone is a single-file torrent.
 * "v2: a=1 b=2": the same for BEP 52; names sorted, without folders; pads come by themselves. */
BtMetainfo *fixture_make_metainfo (const char         *layout,
                                   guint32             piece_bytes,
                                   guint8            **out_content);
Fixture    *fixture_new           (const char         *layout,
                                   guint32             piece_bytes,
                                   BtPreallocate       preallocate,
                                   const BtDiskConfig *config);
void        fixture_free          (Fixture            *fixture);
/* Closes the storage, waiting, and makes another. */
void        fixture_reopen        (Fixture            *fixture,
                                   BtPreallocate       preallocate);
/* Iterates until `answers` has so many. */
void        fixture_wait          (Fixture            *fixture,
                                   Answers            *answers,
                                   guint               n_answers);
void        piece_cb              (BtStorage          *storage,
                                   guint32             piece,
                                   BtPieceVerdict      verdict,
                                   const guint8       *digests,
                                   const GError       *error,
                                   gpointer            user_data);
void        done_cb               (BtStorage          *storage,
                                   const GError       *error,
                                   gpointer            user_data);
void        answers_clear         (Answers            *answers);
/* Slots with a copy of a piece, and a NULL behind them. (transfer full) */
guint8    **fixture_dup_slots     (Fixture            *fixture,
                                   guint32             piece);
void        fixture_free_slots    (guint8            **slots);
/* Finishes a piece with its right content and waits. */
void        fixture_write_piece   (Fixture            *fixture,
                                   guint32             piece,
                                   Answers            *answers);
void        fixture_write_all     (Fixture            *fixture);
/* Checks every piece and counts the verdicts. */
void        fixture_check_all     (Fixture            *fixture,
                                   Answers            *answers);
/* Absolute name of a file of the torrent. (transfer full) */
char       *fixture_get_path      (Fixture            *fixture,
                                   guint32             file);
/* Asserts that each file that is not a pad holds what the content says. */
void        fixture_assert_files  (Fixture            *fixture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answers, answers_clear)
