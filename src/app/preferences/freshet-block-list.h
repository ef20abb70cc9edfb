/* freshet-block-list.h - the block list that a person chose: loaded, and given to the engine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_BLOCK_LIST (freshet_block_list_get_type ())

G_DECLARE_FINAL_TYPE (FreshetBlockList, freshet_block_list, FRESHET, BLOCK_LIST, GObject)

/* Loads what the settings name, at once and whenever they change. While a list is read, or when it cannot be, the
 * one before holds; a list that is switched off holds no more.
 *
 * Properties: words (string, nullable, read-only, notified): what became of it, for people; NULL: there is none */
FreshetBlockList *freshet_block_list_new        (BtSupervisor     *supervisor,
                                                 GSettings        *settings);
/* Borrowed, nullable. */
const char       *freshet_block_list_get_words  (FreshetBlockList *self);
/* Reads the same file again. */
void              freshet_block_list_load       (FreshetBlockList *self);

G_END_DECLS
