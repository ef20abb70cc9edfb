/* shelf.h - a library under test, beside test-node.h's engines, on the same made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "library/bt-library.h"

#include "test-node.h"

G_BEGIN_DECLS

typedef struct
{
  TestWorld       *world;       /* borrowed */
  BtLibrary       *library;     /* owned, nullable: closed */
  BtLibraryConfig  config;      /* as it is opened again */
  char            *state_path;  /* owned, nullable */
  char            *folder;      /* owned; to download into */
  char            *trouble;     /* owned, nullable */
  GError          *error;       /* owned, nullable: the last answer's */
  char           **kept;        /* owned, nullable: likewise */
  guint            n_added;
  guint            n_removed;
  guint            n_changed;
  gboolean         is_answered;
  gboolean         is_closed;
} Shelf;

/* With a state file in a folder of its own when `has_state`. `settings` nullable. */
Shelf    *shelf_new         (TestWorld        *world,
                             const char       *name,
                             const BtSettings *settings,
                             gboolean          has_state);
void      shelf_free        (Shelf            *shelf);
/* Stops everything, and waits for it. */
void      shelf_close       (Shelf            *shelf);
void      shelf_open        (Shelf            *shelf);
/* Waits for the answer; NULL with shelf->error. `request` nullable; its folder is the shelf's when it has none. */
BtEntry  *shelf_add         (Shelf            *shelf,
                             BtMetainfo       *metainfo,
                             const BtAddRequest *request);
/* Waits until the torrent is in this state. */
void      shelf_wait_state  (Shelf            *shelf,
                             BtEntry          *entry,
                             BtSwarmState      state);
BtSwarmState shelf_get_state (BtEntry         *entry);
BtReason  shelf_get_reason  (BtEntry          *entry);
/* The only one there is. */
BtEntry  *shelf_get_only    (Shelf            *shelf);
void      shelf_connect     (BtEntry          *entry,
                             TestNode         *node);
/* For works: waits until it has been answered; FALSE: with an error. */
void      shelf_answer_cb   (const GError      *error,
                             const char *const *kept,
                             gpointer           shelf);
gboolean  shelf_wait_answer (Shelf            *shelf);
/* Waits until everything that changed is in the store. */
void      shelf_save        (Shelf            *shelf);
guint64   shelf_get_hashed_bytes (Shelf       *shelf);
gboolean  shelf_has_file    (const char       *folder,
                             const char       *path);

G_END_DECLS
