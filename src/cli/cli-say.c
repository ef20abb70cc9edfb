/* cli-say.c - what the program says: complaints on standard error, everything else on standard output
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Marks that change the direction of what follows could make a name look like another. */
static gboolean
is_unfit (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

char *
cli_dup_one_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (line, is_unfit (c) ? ' ' : c);
    }
  return g_string_free (line, FALSE);
}

/* A stream that is closed takes nothing more; the work goes on without it. */
static void
write_text (FILE       *stream,
            const char *text)
{
  const char *charset;

  if (!g_get_charset (&charset))
    {
      g_autofree char *converted = g_convert_with_fallback (text, -1, charset, "UTF-8", "?",
                                                            NULL, NULL, NULL);

      if (converted != NULL)
        {
          fputs (converted, stream);
          fflush (stream);
          return;
        }
    }
  fputs (text, stream);
  fflush (stream);
}

void
cli_complain (const char *format,
              ...)
{
  g_autofree char *message = NULL, *line = NULL, *whole = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  if (strlen (message) > CLI_SAY_MAX_BYTES)
    message[CLI_SAY_MAX_BYTES] = '\0';
  line = cli_dup_one_line (message);
  whole = g_strconcat ("freshet-cli: ", g_strstrip (line), "\n", NULL);
  fflush (stdout);
  write_text (stderr, whole);
}

void
cli_print (const char *text)
{
  write_text (stdout, text);
}

void
cli_print_format (const char *format,
                  ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  write_text (stdout, text);
}

void
cli_print_raw (const char *text)
{
  fputs (text, stdout);
  fflush (stdout);
}
