/* freshet-format.h - numbers as people read them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All (transfer full), translated, short. */

/* "4.2 MB": decimal units, as GNOME shows sizes. */
char *freshet_format_bytes    (guint64 n_bytes);
/* "4.2 MB/s" */
char *freshet_format_rate     (guint64 bps);
/* "" for a rate of 0: tables are quieter without zeros. */
char *freshet_format_any_rate (guint64 bps);
/* "3 of 12 GB", or "700 kB of 12 GB" where the units differ. */
char *freshet_format_part     (guint64 done_bytes,
                               guint64 total_bytes);
/* "31 minutes", "2 days": one unit, rounded. */
char *freshet_format_duration (gint64  seconds);
/* "∞" for what is not known (-1). */
char *freshet_format_left     (gint64  left_us);
/* 0 to 1 as "42 %": rounded down, so that 100 % means all of it. */
char *freshet_format_percent  (double  fraction);
char *freshet_format_ratio    (double  ratio);
/* Unix time as "Today, 14:05", "Yesterday, 9:30", "3 March 2026"; "Never" for 0. */
char *freshet_format_date     (gint64  time_s);
/* `n_bytes` bytes as hexadecimal digits. */
char *freshet_format_hex      (const guint8 *bytes,
                               gsize         n_bytes);

G_END_DECLS
