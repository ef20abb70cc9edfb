/* cli-json.c - writes JSON (RFC 8259): one value after the other, commas and quoting done
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-json.h"

#include "cli-say.h"

#include <math.h>
#include <string.h>

void
cli_json_init (CliJson *json)
{
  *json = (CliJson) { .text = g_string_new (NULL) };
}

void
cli_json_clear (CliJson *json)
{
  if (json->text != NULL)
    g_string_free (json->text, TRUE);
  json->text = NULL;
}

static void
append_escaped (GString    *text,
                const char *value)
{
  g_string_append_c (text, '"');
  for (const char *p = value; *p != '\0'; p++)
    {
      guint8 c = (guint8) *p;

      switch (c)
        {
        case '"':
        case '\\':
          g_string_append_c (text, '\\');
          g_string_append_c (text, *p);
          break;
        case '\n':
          g_string_append (text, "\\n");
          break;
        case '\r':
          g_string_append (text, "\\r");
          break;
        case '\t':
          g_string_append (text, "\\t");
          break;
        default:
          if (c < 0x20 || c == 0x7f)
            g_string_append_printf (text, "\\u%04x", c);
          else
            g_string_append_c (text, *p);
        }
    }
  g_string_append_c (text, '"');
}

/* What has to stand before a value. */
static void
begin_value (CliJson *json)
{
  if (!json->has_name && json->has_value[json->depth])
    g_string_append_c (json->text, ',');
  json->has_name = FALSE;
  json->has_value[json->depth] = TRUE;
}

static void
open_level (CliJson *json,
            char     bracket)
{
  g_assert (json->depth < CLI_JSON_MAX_DEPTH);
  begin_value (json);
  g_string_append_c (json->text, bracket);
  json->has_value[++json->depth] = FALSE;
}

static void
close_level (CliJson *json,
             char     bracket)
{
  g_assert (json->depth > 0);
  json->depth--;
  g_string_append_c (json->text, bracket);
}

void
cli_json_begin_object (CliJson *json)
{
  open_level (json, '{');
}

void
cli_json_end_object (CliJson *json)
{
  close_level (json, '}');
}

void
cli_json_begin_array (CliJson *json)
{
  open_level (json, '[');
}

void
cli_json_end_array (CliJson *json)
{
  close_level (json, ']');
}

void
cli_json_name (CliJson    *json,
               const char *name)
{
  begin_value (json);
  append_escaped (json->text, name);
  g_string_append_c (json->text, ':');
  json->has_name = TRUE;
}

void
cli_json_string (CliJson    *json,
                 const char *value)
{
  begin_value (json);
  if (value == NULL)
    {
      g_string_append (json->text, "null");
    }
  else if (g_utf8_validate (value, -1, NULL))
    {
      append_escaped (json->text, value);
    }
  else
    {
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      append_escaped (json->text, valid);
    }
}

void
cli_json_uint (CliJson *json,
               guint64  value)
{
  begin_value (json);
  g_string_append_printf (json->text, "%" G_GUINT64_FORMAT, value);
}

void
cli_json_int (CliJson *json,
              gint64   value)
{
  begin_value (json);
  g_string_append_printf (json->text, "%" G_GINT64_FORMAT, value);
}

void
cli_json_double (CliJson *json,
                 double   value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  begin_value (json);
  if (isfinite (value))
    g_string_append (json->text, g_ascii_formatd (digits, sizeof digits, "%.6g", value));
  else
    g_string_append (json->text, "null");
}

void
cli_json_boolean (CliJson  *json,
                  gboolean  value)
{
  begin_value (json);
  g_string_append (json->text, value ? "true" : "false");
}

void
cli_json_add_string (CliJson    *json,
                     const char *name,
                     const char *value)
{
  cli_json_name (json, name);
  cli_json_string (json, value);
}

void
cli_json_add_uint (CliJson    *json,
                   const char *name,
                   guint64     value)
{
  cli_json_name (json, name);
  cli_json_uint (json, value);
}

void
cli_json_add_double (CliJson    *json,
                     const char *name,
                     double      value)
{
  cli_json_name (json, name);
  cli_json_double (json, value);
}

void
cli_json_add_boolean (CliJson    *json,
                      const char *name,
                      gboolean    value)
{
  cli_json_name (json, name);
  cli_json_boolean (json, value);
}

void
cli_json_print_line (CliJson *json)
{
  g_assert (json->depth == 0);
  g_string_append_c (json->text, '\n');
  cli_print_raw (json->text->str);
  g_string_truncate (json->text, 0);
  json->has_value[0] = FALSE;
}
