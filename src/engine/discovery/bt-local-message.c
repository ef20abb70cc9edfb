/* bt-local-message.c - the datagram of local discovery (BEP 14)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-local-message.h"

#include <stdio.h>
#include <string.h>

#define FIRST_LINE "BT-SEARCH * HTTP/1.1"

/* The next line, without its end; FALSE: there is none. */
static gboolean
next_line (const char **at,
           const char  *end,
           const char **out_line,
           gsize       *out_n_bytes)
{
  const char *newline;

  if (*at >= end)
    return FALSE;
  newline = memchr (*at, '\n', (gsize) (end - *at));
  *out_line = *at;
  *out_n_bytes = (gsize) ((newline != NULL ? newline : end) - *at);
  *at = newline != NULL ? newline + 1 : end;
  if (*out_n_bytes > 0 && (*out_line)[*out_n_bytes - 1] == '\r')
    --*out_n_bytes;
  return TRUE;
}

/* The value behind `name` and a colon, without white space around it. */
static gboolean
get_value (const char  *line,
           gsize        n_bytes,
           const char  *name,
           const char **out_value,
           gsize       *out_n_bytes)
{
  gsize n_name = strlen (name);

  if (n_bytes <= n_name || g_ascii_strncasecmp (line, name, n_name) != 0 || line[n_name] != ':')
    return FALSE;
  line += n_name + 1;
  n_bytes -= n_name + 1;
  while (n_bytes > 0 && (*line == ' ' || *line == '\t'))
    {
      line++;
      n_bytes--;
    }
  while (n_bytes > 0 && (line[n_bytes - 1] == ' ' || line[n_bytes - 1] == '\t'))
    n_bytes--;
  *out_value = line;
  *out_n_bytes = n_bytes;
  return TRUE;
}

static guint16
parse_port (const char *text,
            gsize       n_bytes)
{
  guint port = 0;

  if (n_bytes == 0 || n_bytes > 5)
    return 0;
  for (gsize i = 0; i < n_bytes; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return 0;
      port = port * 10 + (guint) (text[i] - '0');
    }
  return port <= G_MAXUINT16 ? (guint16) port : 0;
}

static void
take_hash (BtLocalMessage *message,
           const char     *text,
           gsize           n_bytes)
{
  guint8 *hash = message->hashes[MIN (message->n_hashes, BT_LOCAL_MAX_HASHES - 1)];

  if (n_bytes != 2 * BT_SHA1_BYTES || message->n_hashes >= BT_LOCAL_MAX_HASHES)
    return;
  for (gsize i = 0; i < BT_SHA1_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return;
      hash[i] = (guint8) (high << 4 | low);
    }
  message->n_hashes++;
}

static void
take_cookie (BtLocalMessage *message,
             const char     *text,
             gsize           n_bytes)
{
  if (n_bytes > BT_LOCAL_MAX_COOKIE_BYTES || memchr (text, 0, n_bytes) != NULL)
    return;
  memcpy (message->cookie, text, n_bytes);
  message->cookie[n_bytes] = '\0';
}

gboolean
bt_local_message_parse (const guint8   *bytes,
                        gsize           n_bytes,
                        BtLocalMessage *out_message)
{
  const char *at = (const char *) bytes, *line, *value;
  const char *end = at + n_bytes;
  gsize n_line, n_value;

  memset (out_message, 0, sizeof *out_message);
  if (n_bytes > BT_LOCAL_MAX_BYTES || !next_line (&at, end, &line, &n_line) ||
      n_line != strlen (FIRST_LINE) || memcmp (line, FIRST_LINE, n_line) != 0)
    return FALSE;
  while (next_line (&at, end, &line, &n_line) && n_line > 0)
    {
      if (get_value (line, n_line, "Port", &value, &n_value))
        out_message->port = parse_port (value, n_value);
      else if (get_value (line, n_line, "Infohash", &value, &n_value))
        take_hash (out_message, value, n_value);
      else if (get_value (line, n_line, "cookie", &value, &n_value))
        take_cookie (out_message, value, n_value);
    }
  return out_message->port != 0 && out_message->n_hashes > 0;
}

gsize
bt_local_message_write (const BtLocalMessage *message,
                        const char           *host,
                        char                  out_bytes[BT_LOCAL_MAX_BYTES])
{
  g_autoptr (GString) text = g_string_new (FIRST_LINE "\r\n");

  g_string_append_printf (text, "Host: %s\r\nPort: %u\r\n", host, message->port);
  for (guint i = 0; i < message->n_hashes; i++)
    {
      g_string_append (text, "Infohash: ");
      for (gsize k = 0; k < BT_SHA1_BYTES; k++)
        g_string_append_printf (text, "%02x", message->hashes[i][k]);
      g_string_append (text, "\r\n");
    }
  if (message->cookie[0] != '\0')
    g_string_append_printf (text, "cookie: %s\r\n", message->cookie);
  g_string_append (text, "\r\n\r\n");
  g_assert (text->len <= BT_LOCAL_MAX_BYTES);
  memcpy (out_bytes, text->str, text->len);
  return text->len;
}
