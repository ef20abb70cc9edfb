/* bt-entry-work-private.h - a work's struct, and what the three kinds of work share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-library-private.h"

G_BEGIN_DECLS

typedef enum
{
  BT_WORK_MOVE,
  BT_WORK_RENAME,
  BT_WORK_REMOVE,
} BtWorkKind;

/* Owned by its entry. */
struct _BtWork
{
  BtEntry         *entry;       /* borrowed */
  BtEntryTaskFunc  func;        /* nullable */
  gpointer         user_data;
  char            *folder;      /* owned; move: the target */
  BtVolume        *volume;      /* owned, nullable; move: of the target */
  BtStorage       *storage;     /* owned, nullable: the files of a torrent at rest */
  BtFileTask      *task;        /* borrowed, nullable */
  GArray          *files;       /* owned, nullable; rename: guint32, those still to be renamed come last */
  char            *from;        /* owned; rename: a folder, nullable */
  char            *to;
  char           **kept;        /* owned, nullable */
  BtWorkKind       kind;
  BtRemoveData     data;
  guint32          file;            /* rename; BT_FILE_NONE: the folder `from` */
  guint            is_ready : 1;    /* what had to be found out has been */
  guint            is_live : 1;
  guint            is_busy : 1;     /* somebody answers */
  guint            is_cancelled : 1;
  guint            is_resumed : 1;  /* a move that the program's end interrupted */
};

/* bt-entry-work.c */
/* NULL: refused, and `func` has been told. */
BtWork    *bt_work_new            (BtEntry         *entry,
                                   BtWorkKind       kind,
                                   BtEntryTaskFunc  func,
                                   gpointer         user_data);
/* Tells who waits, and frees the work. `error` nullable. */
void       bt_work_finish         (BtWork          *work,
                                   const GError    *error);
void       bt_work_finish_with    (BtWork          *work,
                                   GQuark           domain,
                                   int              code,
                                   const char      *message);
/* A move goes on when the library begins; until then its files lie at two places. */
gboolean   bt_work_waits_to_move  (BtEntry         *entry);
/* What a file is called on disk now; NULL: it is never there. (transfer full) */
char      *bt_work_dup_disk_path  (BtEntry         *entry,
                                   guint32          file);
/* The files of a torrent at rest, in this folder. (transfer full) */
BtStorage *bt_work_open_storage   (BtEntry         *entry,
                                   const char      *folder);

/* bt-entry-move.c, bt-entry-rename.c, bt-entry-remove.c */
void       bt_work_advance_move   (BtWork          *work);
void       bt_work_advance_rename (BtWork          *work);
void       bt_work_advance_remove (BtWork          *work);

G_END_DECLS
