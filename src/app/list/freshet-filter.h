/* freshet-filter.h - which torrents are shown: of a class, a label or a tracker, with some words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-entry.h"

G_BEGIN_DECLS

/* Zeros: everything. */
typedef struct
{
  FreshetClass class;
  char        *label;   /* owned, nullable */
  char        *host;    /* owned, nullable */
  char       **words;   /* owned, nullable: folded */
} FreshetFilter;

/* A class ("downloading"), "label:NAME" or "tracker:HOST". */
void     freshet_filter_set        (FreshetFilter       *filter,
                                    const char          *text);
/* Words that name and labels contain, all of them, in any case; NULL, "": anything. */
void     freshet_filter_set_search (FreshetFilter       *filter,
                                    const char          *text);
gboolean freshet_filter_matches    (const FreshetFilter *filter,
                                    const FreshetEntry  *entry);
void     freshet_filter_clear      (FreshetFilter       *filter);

G_END_DECLS
