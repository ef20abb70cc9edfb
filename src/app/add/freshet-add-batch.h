/* freshet-add-batch.h - torrents that are to be added together: loading them, what holds for all, adding them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-add-source.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_BATCH (freshet_add_batch_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddBatch, freshet_add_batch, FRESHET, ADD_BATCH, GObject)

/* Sources of all that are there, by what became of them. */
typedef struct
{
  guint   n_loading;
  guint   n_failed;
  guint   n_to_add;       /* chosen, with at least one file chosen, or of which nothing is known */
  guint   n_unknown;      /* of these, magnet links whose files are not known yet */
  guint   n_to_merge;     /* chosen, there already */
  guint   n_with_files;   /* to be added, with files in the folder */
  guint64 to_add_bytes;
} FreshetAddCounts;

/* Signals:
 *   changed (): a source, of whatever kind; told once for many
 *   loaded (): no source is loading any more
 *   committed (): what freshet_add_batch_commit() began is done
 */
/* `previews`: peers are asked what magnet links are of; they can be added before it is known. */
FreshetAddBatch *freshet_add_batch_new           (BtSupervisor       *supervisor,
                                                  GSettings          *settings,
                                                  gboolean            previews);
/* Begins to load them; those that are in it already are left out. */
void             freshet_add_batch_add           (FreshetAddBatch    *self,
                                                  const char *const  *uris);
/* Once more, after it has failed. */
void             freshet_add_batch_load_again    (FreshetAddBatch    *self,
                                                  FreshetAddSource   *source);
/* Of FreshetAddSource. Borrowed. */
GListModel      *freshet_add_batch_get_sources   (FreshetAddBatch    *self);
void             freshet_add_batch_count         (FreshetAddBatch    *self,
                                                  FreshetAddCounts   *out_counts);
/* What holds for all of them, at first as the settings say. In another folder, those that could not be added may be
 * tried again. */
const char      *freshet_add_batch_get_folder    (FreshetAddBatch    *self);
void             freshet_add_batch_set_folder    (FreshetAddBatch    *self,
                                                  const char         *folder);
void             freshet_add_batch_set_labels    (FreshetAddBatch    *self,
                                                  const char *const  *labels);
gboolean         freshet_add_batch_get_starts    (FreshetAddBatch    *self);
void             freshet_add_batch_set_starts    (FreshetAddBatch    *self,
                                                  gboolean            starts);
void             freshet_add_batch_set_sequential (FreshetAddBatch   *self,
                                                   gboolean           is_sequential);
/* Adds those that are chosen, and merges the trackers of those that are there. Not while it is under way. */
void             freshet_add_batch_commit        (FreshetAddBatch    *self,
                                                  gboolean            ignore_space);
/* After `committed`: those that were added by it, of BtTorrent, and those for which there is too little room, of
 * FreshetAddSource; they are READY still. Borrowed. */
GPtrArray       *freshet_add_batch_get_added     (FreshetAddBatch    *self);
GPtrArray       *freshet_add_batch_get_too_large (FreshetAddBatch    *self);
/* Leaves only sources that something has to be said or decided of: those that were added go, and those that were here
 * twice. How many were added, or merged; freshet_add_batch_get_added() still tells the former. */
guint            freshet_add_batch_drop_done     (FreshetAddBatch    *self);
/* Nothing is loaded or looked at any more. */
void             freshet_add_batch_cancel        (FreshetAddBatch    *self);

G_END_DECLS
