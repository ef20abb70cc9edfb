/* bt-wire-text.c - makes a peer's words fit to be shown
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-wire-text-private.h"

#include <string.h>

#define INVALID ((gunichar) -2)  /* this and (gunichar) -1 are GLib's answers for bytes that are no character */

static gboolean
is_showable (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return FALSE;
    default:
      return TRUE;
    }
}

char *
bt_wire_copy_text (const guint8 *bytes,
                   gsize         n_bytes,
                   char         *buffer,
                   gsize         n_buffer)
{
  gsize at = 0;
  gsize n_written = 0;

  g_assert (n_buffer >= 1);
  while (at < n_bytes)
    {
      const char *p = (const char *) bytes + at;
      gunichar    c = g_utf8_get_char_validated (p, (gssize) (n_bytes - at));
      gsize       n;

      if (c >= INVALID)
        {
          at++;
          continue;
        }
      n = (gsize) g_unichar_to_utf8 (c, NULL);
      at += n;
      if (!is_showable (c))
        continue;
      if (n > n_buffer - 1 - n_written)
        break;
      memcpy (buffer + n_written, p, n);
      n_written += n;
    }
  buffer[n_written] = '\0';
  return buffer;
}
