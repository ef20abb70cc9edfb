/* bt-record.h - what is kept of a torrent: values, nothing alive
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-bitfield.h"
#include "base/bt-file-stamp.h"
#include "base/bt-geometry.h"

G_BEGIN_DECLS

#define BT_RECORD_HASH_BYTES 20  /* v1, or v2 cut as on the wire */

/* A limit of a torrent that follows the general one, or has none. */
#define BT_RATIO_GENERAL (-1)    /* for the three share limits: as set for all */
#define BT_RATIO_NONE    (-2)    /* no such limit for this torrent */

typedef enum
{
  BT_AFTER_SHARE_GENERAL,        /* as set for all */
  BT_AFTER_SHARE_PAUSE,
  BT_AFTER_SHARE_REMOVE,
  BT_AFTER_SHARE_REMOVE_DATA,    /* to the trash */
  BT_AFTER_SHARE_SUPER_SEED,     /* BEP 16 */
} BtAfterShare;

typedef enum
{
  BT_RECORD_PAUSED        = 1 << 0,   /* by a person */
  BT_RECORD_FORCED        = 1 << 1,   /* runs whatever the queue says */
  BT_RECORD_SEQUENTIAL    = 1 << 2,
  BT_RECORD_SUPER_SEED    = 1 << 3,
  BT_RECORD_NO_TRACKERS   = 1 << 4,
  BT_RECORD_COMPLETE      = 1 << 5,   /* everything wanted is on disk */
  BT_RECORD_PRIVATE       = 1 << 6,
  BT_RECORD_MULTI_FILE    = 1 << 7,
  BT_RECORD_FAILED        = 1 << 8,   /* stopped with `error` */
  BT_RECORD_MUST_COMPLETE = 1 << 9,   /* added to be shared: FAILED when something is missing */
  BT_RECORD_MUST_CHECK    = 1 << 10,  /* a check was asked for and has not ended */
  BT_RECORD_SHARE_DONE    = 1 << 11,  /* its share limit was reached, and acted upon */
  BT_RECORD_RENAMED       = 1 << 12,  /* files of it may lie anywhere beneath its folder */
  BT_RECORD_FRESH         = 1 << 13,  /* none of its files was there when it began to make them: all there is now
                                       * is its own, until resume data tells more */
  BT_RECORD_MAGNET        = 1 << 14,  /* only its link is known: no files, no size, no `top_name` yet */
} BtRecordFlags;

/* One torrent in the list. Everything that the list shows of a torrent at rest, and every setting. All strings owned,
 * valid UTF-8 but for the folders, which are file names.
 */
typedef struct
{
  guint64       id;               /* unique for ever, above 0 */
  guint8        info_hash[BT_RECORD_HASH_BYTES];
  char         *name;             /* as shown */
  char         *top_name;         /* the file, or the folder of all files, beneath `folder` */
  char         *folder;           /* where the data lies now */
  char         *final_folder;     /* nullable: where it goes when complete (`folder` is for incomplete data) */
  char         *volume;           /* nullable: identity of the file system of `folder`, bt_volume_identify() */
  char         *volume_name;      /* nullable: the same in words */
  char         *error;            /* nullable */
  char        **labels;           /* nullable, NULL-terminated; sorted, none twice */
  char        **tracker_hosts;    /* the same; of all trackers it has, bt_tracker_hosts_of() */
  guint32       flags;            /* BtRecordFlags */
  guint32       position;         /* in the queue, 0 first; unique */
  int           preallocation;    /* BtPreallocate */
  guint         max_peers;        /* 0: default */
  guint         upload_slots;     /* 0: automatic */
  guint64       read_limit_bps;   /* 0: none */
  guint64       write_limit_bps;
  double        ratio_limit;      /* sent / size; BT_RATIO_… */
  gint64        seed_time_limit_s;
  gint64        idle_limit_s;     /* seeding, and nobody wants anything */
  BtAfterShare  after_share;
  guint64       total_bytes;
  guint64       wanted_bytes;
  guint64       done_bytes;       /* of the wanted ones */
  guint32       n_pieces;
  guint32       n_have;
  guint32       n_files;
  guint64       received_bytes;   /* of all runs, payload */
  guint64       sent_bytes;
  guint64       wasted_bytes;
  gint64        active_s;         /* downloading or seeding, in all */
  gint64        seeding_s;
  gint64        added_at_s;       /* Unix time; 0: never, for all four */
  gint64        completed_at_s;
  gint64        active_at_s;      /* last moved data */
  gint64        checked_at_s;
} BtRecord;

/* Which blocks of an unfinished piece are on disk. */
typedef struct
{
  guint32  piece;
  guint32  n_blocks;
  guint8  *bits;      /* owned; (n_blocks + 7) / 8 bytes, high bit first */
} BtPartialPiece;

/* What a torrent needs to go on where it stopped. */
typedef struct
{
  BtBitfield  have;        /* of pieces: hash matched, and the data is on the device */
  GArray     *partials;    /* owned, of BtPartialPiece; never NULL */
  GArray     *stamps;      /* owned, of BtFileStamp, one a file; empty: not known. Never NULL */
  BtBitfield  made;        /* of files: made by us, not there before; n_bits 0: none known */
  BtBitfield  suffixed;    /* of files: its name on disk ends in `.part` now; n_bits 0: none */
  guint32     next_check;  /* the piece at which a check that was interrupted goes on; 0: none was */
} BtResume;

/* A file's settings that are not the usual ones. */
typedef struct
{
  guint32  index;
  guint8   priority;       /* BtPriority: 0 skip, 1 low, 2 normal, 3 high */
  char    *path;           /* owned, nullable: renamed to this, beneath the folder */
} BtFileRecord;

/* One tracker of a list that a person has edited. */
typedef struct
{
  guint  tier;
  char  *url;              /* owned */
} BtTrackerRecord;

BtRecord *bt_record_new             (void);
BtRecord *bt_record_copy            (const BtRecord *record);
void      bt_record_free            (BtRecord       *record);

BtResume *bt_resume_new             (guint32         n_pieces,
                                     guint32         n_files);
BtResume *bt_resume_copy            (const BtResume *resume);
/* Both nullable. */
gboolean  bt_resume_equal           (const BtResume *a,
                                     const BtResume *b);
void      bt_resume_free            (BtResume       *resume);

/* Clear functions for arrays of them. */
void      bt_partial_piece_clear    (gpointer        partial);
void      bt_file_record_clear      (gpointer        file);
void      bt_tracker_record_clear   (gpointer        tracker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtRecord, bt_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtResume, bt_resume_free)

G_END_DECLS
