/* freshet-entry.h - what the list knows of one torrent: the classes it is in, and texts for comparing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* What the sidebar offers first. A torrent is in several. */
typedef enum
{
  FRESHET_CLASS_ALL,
  FRESHET_CLASS_DOWNLOADING,
  FRESHET_CLASS_SEEDING,
  FRESHET_CLASS_PAUSED,
  FRESHET_CLASS_COMPLETE,
  FRESHET_CLASS_ACTIVE,      /* something moves */
  FRESHET_CLASS_WAITING,     /* queued, or downloading and nothing comes */
  FRESHET_CLASS_CHECKING,
  FRESHET_CLASS_FAILED,      /* cannot go on without a person: an error, no folder, no space */
  FRESHET_N_CLASSES
} FreshetClass;

typedef struct
{
  BtTorrent          *torrent;   /* owned; NULL in tests */
  const BtSwarmFacts *facts;     /* borrowed: the newest */
  const BtRecord     *record;
  char               *name;      /* owned, like all that follows */
  char               *name_key;  /* for strcmp(): numbers in names by their value */
  char               *text;      /* name and labels, folded for searching */
  char              **labels;    /* nullable */
  char              **hosts;     /* nullable: of the trackers */
  guint               classes;   /* a bit for each FreshetClass */
  double              mark;      /* the list's: of its key, when it was last sorted */
  guint               is_hidden : 1;
  guint               is_shown : 1;
} FreshetEntry;

FreshetEntry *freshet_entry_new       (BtTorrent           *torrent);
/* Of values that stay where they are. */
FreshetEntry *freshet_entry_new_for   (const BtSwarmFacts  *facts,
                                       const BtRecord      *record);
void          freshet_entry_free      (FreshetEntry        *entry);
/* Looks at the torrent again. FALSE: the entry still says what it said. TRUE: freshet_entry_update() is due. */
gboolean      freshet_entry_refresh   (FreshetEntry        *entry);
void          freshet_entry_update    (FreshetEntry        *entry);
/* Of its trackers. Borrowed, nullable. */
char        **freshet_entry_get_hosts (const BtRecord      *record);
gboolean      freshet_entry_is_in     (const FreshetEntry  *entry,
                                       FreshetClass         class);

/* "downloading": how a class is called in settings. Static. */
const char   *freshet_class_get_id    (FreshetClass         class);
/* "Downloading". Static. */
const char   *freshet_class_get_title (FreshetClass         class);
const char   *freshet_class_get_icon  (FreshetClass         class);
/* What is no class counts as all. */
FreshetClass  freshet_class_from_id   (const char          *id);
/* For searching in any case. (transfer full) */
char         *freshet_fold            (const char          *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FreshetEntry, freshet_entry_free)

G_END_DECLS
