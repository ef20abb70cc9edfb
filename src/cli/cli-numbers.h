/* cli-numbers.h - numbers, sizes, times and file selections as people type them; pure
 *
 * Every function returns FALSE (or NULL) for what it cannot take, and touches nothing then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* File indices, both included. */
typedef struct
{
  guint first;
  guint last;
} CliRange;

gboolean  cli_parse_number    (const char *text,
                               guint64     min,
                               guint64     max,
                               guint64    *out_value);
/* Bytes: "1000", "64K", "1.5M", "2GiB"; K, M, G and T are powers of 1024. */
gboolean  cli_parse_size      (const char *text,
                               guint64    *out_bytes);
/* Seconds: "90", "90s", "5m", "2h", "1d". */
gboolean  cli_parse_time      (const char *text,
                               guint64    *out_seconds);
/* "0.5", "2". */
gboolean  cli_parse_ratio     (const char *text,
                               double     *out_ratio);
/* "0,2,5-9" into an array of CliRange. (transfer full) (nullable) */
GArray   *cli_parse_selection (const char *text);

G_END_DECLS
