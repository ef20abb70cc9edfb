/* cli-json.h - writes JSON (RFC 8259): one value after the other, commas and quoting done
 *
 * The caller opens and closes objects and arrays in order and names each member of an object before its value.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CLI_JSON_MAX_DEPTH 16

typedef struct
{
  GString *text;                         /* owned */
  guint    depth;
  guint8   has_value[CLI_JSON_MAX_DEPTH + 1]; /* something stands before on this level */
  guint    has_name : 1;                 /* a member's name waits for its value */
} CliJson;

void        cli_json_init         (CliJson    *json);
void        cli_json_clear        (CliJson    *json);
void        cli_json_begin_object (CliJson    *json);
void        cli_json_end_object   (CliJson    *json);
void        cli_json_begin_array  (CliJson    *json);
void        cli_json_end_array    (CliJson    *json);
void        cli_json_name         (CliJson    *json,
                                   const char *name);
/* NULL is null. Bytes that are not UTF-8 are replaced. */
void        cli_json_string       (CliJson    *json,
                                   const char *value);
void        cli_json_uint         (CliJson    *json,
                                   guint64     value);
void        cli_json_int          (CliJson    *json,
                                   gint64      value);
/* What is not a number is null. */
void        cli_json_double       (CliJson    *json,
                                   double      value);
void        cli_json_boolean      (CliJson    *json,
                                   gboolean    value);
/* name() and value in one. */
void        cli_json_add_string   (CliJson    *json,
                                   const char *name,
                                   const char *value);
void        cli_json_add_uint     (CliJson    *json,
                                   const char *name,
                                   guint64     value);
void        cli_json_add_double   (CliJson    *json,
                                   const char *name,
                                   double      value);
void        cli_json_add_boolean  (CliJson    *json,
                                   const char *name,
                                   gboolean    value);
/* Ends the line, writes it to standard output and begins anew. */
void        cli_json_print_line   (CliJson    *json);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliJson, cli_json_clear)

G_END_DECLS
