/* cli-text.h - sizes, rates, times and names as people read them, and how wide they are on a terminal; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "512 B", "1.4 MiB", "250 GiB". (transfer full) */
char  *cli_text_size    (guint64     bytes);
/* "1.4 MiB/s". (transfer full) */
char  *cli_text_rate    (guint64     bps);
/* "0:42", "1:02:03", "3 d 4 h". (transfer full) */
char  *cli_text_time    (guint64     seconds);
/* " 45.2%", always six columns; only what is whole is 100.0%. (transfer full) */
char  *cli_text_percent (double      fraction);
/* Columns on a terminal. */
guint  cli_text_width   (const char *text);
/* At most `columns` wide: the middle goes and leaves an ellipsis. (transfer full) */
char  *cli_text_fit     (const char *text,
                         guint       columns,
                         gboolean    is_utf8);
/* The same, but the end goes. (transfer full) */
char  *cli_text_cut     (const char *text,
                         guint       columns,
                         gboolean    is_utf8);
/* `columns` wide. (transfer full) */
char  *cli_text_bar     (double      fraction,
                         guint       columns,
                         gboolean    is_utf8);
/* Lower-case hexadecimal. (transfer full) */
char  *cli_text_hex     (const guint8 *bytes,
                         gsize         n_bytes);

G_END_DECLS
