/* cli-say.h - what the program says: complaints on standard error, everything else on standard output
 *
 * Text is UTF-8 here and becomes the locale's character set on its way out, JSON excepted. Names and messages
 * may come from strangers: control characters never reach the terminal.
 * Thread: the main one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CLI_SAY_MAX_BYTES 4096  /* of one complaint */

/* Exit statuses. */
typedef enum
{
  CLI_DONE,
  CLI_FAILED,  /* the work failed */
  CLI_USAGE,   /* the program was called wrongly */
} CliStatus;

/* One line on standard error, behind the program's name. */
void  cli_complain     (const char *format,
                        ...) G_GNUC_PRINTF (1, 2);
/* As it is, in the locale's character set. */
void  cli_print        (const char *text);
void  cli_print_format (const char *format,
                        ...) G_GNUC_PRINTF (1, 2);
/* As it is, in UTF-8: JSON. */
void  cli_print_raw    (const char *text);
/* Valid UTF-8 without line ends, control and direction characters. (transfer full) */
char *cli_dup_one_line (const char *text);

G_END_DECLS
