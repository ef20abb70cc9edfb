/* notation.c - see notation.h; the tests' own, so it simply gives up on mistakes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "notation.h"

#include <stdlib.h>
#include <string.h>

static void
append_string (GString    *out,
               const char *text,
               gsize       n_bytes,
               gsize       n_times)
{
  g_string_append_printf (out, "%" G_GSIZE_FORMAT ":", n_bytes * n_times);
  for (gsize i = 0; i < n_times; i++)
    g_string_append_len (out, text, (gssize) n_bytes);
}

static const char *
append_quoted (GString    *out,
               const char *p)
{
  const char *end = strchr (p, '\'');
  gsize       n_times = 1;
  const char *next;

  g_assert_nonnull (end);
  next = end + 1;
  if (*next == '*')
    n_times = strtoul (next + 1, (char **) &next, 10);
  append_string (out, p, (gsize) (end - p), n_times);
  return next;
}

GBytes *
notation_to_bytes (const char *text)
{
  GString    *out = g_string_new (NULL);
  const char *p = text;

  while (*p != 0)
    if (strchr (" ,:\n", *p) != NULL)
      p++;
    else if (*p == '{' || *p == '[')
      g_string_append_c (out, *p++ == '{' ? 'd' : 'l');
    else if (*p == '}' || *p == ']')
      {
        g_string_append_c (out, 'e');
        p++;
      }
    else if (*p == '\'')
      p = append_quoted (out, p + 1);
    else
      {
        gsize n_bytes = strcspn (p, " ,:{}[]");

        if (p[n_bytes] == ':')
          append_string (out, p, n_bytes, 1);
        else
          g_string_append_printf (out, "i%.*se", (int) n_bytes, p);
        /* A key may have spaces in it only when it is quoted. */
        p += n_bytes;
      }
  return g_string_free_to_bytes (out);
}

BtMetainfo *
notation_to_metainfo (const char  *text,
                      GError     **error)
{
  g_autoptr (GBytes) bytes = notation_to_bytes (text);

  return bt_metainfo_new_from_bytes (bytes, error);
}
