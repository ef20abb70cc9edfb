/* bt-timetable.h - a week in half hours: which limits hold, or that nothing runs
 *
 * Pure: the time comes in, as local time; which zone that is, and when its clocks change, is the caller's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_TIMETABLE_N_DAYS  7   /* Monday first, as in ISO 8601 */
#define BT_TIMETABLE_N_SLOTS 48  /* of a day; half hours of the clock on the wall */

typedef enum
{
  BT_TIMETABLE_NORMAL,       /* the ordinary limits */
  BT_TIMETABLE_ALTERNATIVE,  /* the alternative ones */
  BT_TIMETABLE_PAUSED,       /* nothing runs */
} BtTimetableValue;

/* A value; {0} is normal all week. */
typedef struct
{
  guint8 slots[BT_TIMETABLE_N_DAYS][BT_TIMETABLE_N_SLOTS];  /* BtTimetableValue */
} BtTimetable;

#define BT_TIMETABLE_ERROR (bt_timetable_error_quark ())

typedef enum
{
  BT_TIMETABLE_ERROR_MALFORMED,
} BtTimetableError;

GQuark           bt_timetable_error_quark     (void);

/* The form in which it is kept in settings: seven strings, Monday's first, of 48 letters each, midnight's first:
 * `n` normal, `a` alternative, `p` paused. Nothing else is taken; `days` ends with NULL, nullable (malformed).
 * `out_timetable` is left alone on failure. Errors: BT_TIMETABLE_ERROR, in words that name the day. */
gboolean         bt_timetable_parse           (const char *const *days,
                                               BtTimetable       *out_timetable,
                                               GError           **error);
/* (transfer full): NULL-terminated. */
char           **bt_timetable_to_strv         (const BtTimetable *timetable);
gboolean         bt_timetable_equal           (const BtTimetable *a,
                                               const BtTimetable *b);

/* By the clock on the wall: a half hour that is skipped when clocks go forward never holds, one that comes twice
 * when they go back holds twice. */
BtTimetableValue bt_timetable_get_value       (const BtTimetable *timetable,
                                               GDateTime         *local_time);
/* How many seconds it takes from `local_time` until another value holds, clock changes of its zone included;
 * rounded up, so that a timer does not come early. Above 0, and at most a week: when nothing has changed by then
 * although it will (the only such half hour was one that was skipped), the answer is a week. G_MAXINT64: the same
 * value holds all week. */
gint64           bt_timetable_get_next_change (const BtTimetable *timetable,
                                               GDateTime         *local_time);

G_END_DECLS
