/* cli-list.h - the words of list; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "pieces/bt-priority.h"
#include "store/bt-record.h"

#include <glib.h>

G_BEGIN_DECLS

/* What becomes of a torrent at rest when the state runs, for people. */
const char *cli_record_to_word       (const BtRecord *record);
/* The same for JSON, never translated. */
const char *cli_record_to_state_name (const BtRecord *record);
/* 0 to 1 of what is wanted. */
double      cli_record_get_progress  (const BtRecord *record);
/* Sent by size. */
double      cli_record_get_ratio     (const BtRecord *record);
const char *cli_priority_to_name     (BtPriority      priority);

/* Rows of `n_columns` cells (NULL-terminated arrays of strings) as lines, each column as wide as its widest cell, but
 * the last. A column whose bit is set in `right` is right-aligned. (transfer full) */
char       *cli_table_format         (const GPtrArray *rows,
                                      guint            right);

G_END_DECLS
