/* freshet-columns.h - what can be shown of a torrent in a column, and sorted by
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-entry.h"

G_BEGIN_DECLS

/* What orders a column: a number, or a text for strcmp(). */
typedef struct
{
  double      number;
  const char *text;     /* borrowed from the entry or its record; NULL: the number counts */
} FreshetKey;

typedef struct
{
  const char *id;               /* in settings */
  const char *title;            /* N_() */
  void      (*get_key)          (const FreshetEntry *entry,
                                 FreshetKey         *out_key);
  /* Of the table: what its cells say. (transfer full), nullable; without it the table has no such column. */
  char     *(*format)           (BtTorrent          *torrent);
  int         width;            /* pixels at first */
  guint       is_numeric : 1;   /* to the end of the cell */
  guint       is_dynamic : 1;   /* changes every second: is sorted again once a second, not at once */
  guint       is_descending : 1; /* the largest first, when it is chosen */
} FreshetColumn;

/* Where the table has one, in pixels. */
typedef struct
{
  const FreshetColumn *column;
  int                  x;
  int                  width;
  gboolean             expands;   /* takes what is left over */
} FreshetColumnPlace;

/* Borrowed, static. */
const FreshetColumn *freshet_columns_get     (gsize             *out_n_columns);
/* NULL: there is none. */
const FreshetColumn *freshet_columns_find    (const char        *id);
/* Below, equal or above 0; of equal ones the queue decides, then the age. */
int                  freshet_columns_compare (const FreshetKey  *a,
                                              const FreshetKey  *b);
/* One beside the other within `width`: widens those that expand, and sets x of all; mirrored: from the right. */
void                 freshet_columns_place   (FreshetColumnPlace *places,
                                              gsize              n_places,
                                              int                width,
                                              gboolean           is_mirrored);

G_END_DECLS
