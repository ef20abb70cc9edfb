/* freshet-timetable-edit.h - a week in half hours: changing it, and telling it in words
 *
 * Pure. Days are 0 (Monday) to 6, slots 0 (midnight to half past) to 47.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* A half hour. */
typedef struct
{
  guint day;
  guint slot;
} FreshetHalfHour;

/* All half hours of the rectangle that has `a` and `b` at its corners. */
void              freshet_timetable_fill          (BtTimetable       *timetable,
                                                   FreshetHalfHour    a,
                                                   FreshetHalfHour    b,
                                                   BtTimetableValue   value);
/* All days become like that one. */
void              freshet_timetable_copy_day      (BtTimetable       *timetable,
                                                   guint              day);
/* "Monday", in the language of the program. (transfer full), likewise the others. */
char             *freshet_timetable_dup_day       (guint              day,
                                                   gboolean           is_short);
/* "8:30" or "08:30"; 48 is the midnight that ends a day. */
char             *freshet_timetable_dup_time      (guint              slot);
/* From the day of `a` to that of `b`, however weeks begin: "Monday to Friday, 08:00–17:00". */
char             *freshet_timetable_dup_range     (FreshetHalfHour    a,
                                                   FreshetHalfHour    b);
/* "00:00–08:00 Normal, 08:00–17:00 Alternative, …" */
char             *freshet_timetable_dup_day_words (const BtTimetable *timetable,
                                                   guint              day);
/* (transfer none) */
const char       *freshet_timetable_get_words     (BtTimetableValue   value);

G_END_DECLS
