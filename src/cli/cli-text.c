/* cli-text.c - sizes, rates, times and names as people read them, and how wide they are on a terminal; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define MAX_DAYS 99999

static const char *const unit_names[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

char *
cli_text_size (guint64 bytes)
{
  double value = (double) bytes;
  gsize unit = 0;

  if (bytes < 1000)
    return g_strdup_printf ("%u B", (guint) bytes);
  value /= 1024;
  /* From 1000 of a unit on the next one reads better, and takes less room. */
  while (value >= 999.5 && unit + 1 < G_N_ELEMENTS (unit_names))
    {
      value /= 1024;
      unit++;
    }
  if (value < 99.95 && value != floor (value))
    return g_strdup_printf ("%.1f %s", value, unit_names[unit]);
  return g_strdup_printf ("%.0f %s", value, unit_names[unit]);
}

char *
cli_text_rate (guint64 bps)
{
  g_autofree char *size = cli_text_size (bps);

  /* Translators: a number of bytes per second, like 1.4 MiB/s */
  return g_strdup_printf (_("%s/s"), size);
}

char *
cli_text_time (guint64 seconds)
{
  guint days = (guint) MIN (seconds / DAY, MAX_DAYS);
  guint h = (guint) (seconds / HOUR % 24);
  guint m = (guint) (seconds / MINUTE % 60);
  guint s = (guint) (seconds % MINUTE);

  if (seconds < HOUR)
    return g_strdup_printf ("%u:%02u", m, s);
  if (seconds < DAY)
    return g_strdup_printf ("%u:%02u:%02u", h, m, s);
  /* Translators: days and hours */
  return g_strdup_printf (_("%u d %u h"), days, h);
}

char *
cli_text_percent (double fraction)
{
  double percent = CLAMP (fraction, 0, 1) * 100;

  /* Cut, not rounded: 99.99 is not everything. The added bit undoes what 0.07 × 1000 loses. */
  return g_strdup_printf ("%5.1f%%", floor (percent * 10 + 1e-9) / 10);
}

static guint
get_char_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

guint
cli_text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += get_char_width (g_utf8_get_char (p));
  return width;
}

/* Bytes of the longest head that is at most `columns` wide. */
static gsize
measure_head (const char *text,
              guint       columns)
{
  const char *p = text;

  while (*p != '\0')
    {
      guint width = get_char_width (g_utf8_get_char (p));

      if (width > columns)
        break;
      columns -= width;
      p = g_utf8_next_char (p);
    }
  return (gsize) (p - text);
}

/* Where the longest tail begins that is at most `columns` wide. */
static const char *
find_tail (const char *text,
           guint       columns)
{
  const char *tail = text + strlen (text);
  const char *p = tail;

  while (p > text)
    {
      guint width;

      p = g_utf8_prev_char (p);
      width = get_char_width (g_utf8_get_char (p));
      if (width > columns)
        break;
      columns -= width;
      /* A mark without width stays with the letter before it, or goes with it. */
      if (width > 0)
        tail = p;
    }
  return tail;
}

char *
cli_text_fit (const char *text,
              guint       columns,
              gboolean    is_utf8)
{
  guint head, tail;

  if (cli_text_width (text) <= columns)
    return g_strdup (text);
  if (columns == 0)
    return g_strdup ("");
  head = columns / 2;
  tail = columns - 1 - head;
  return g_strdup_printf ("%.*s%s%s", (int) measure_head (text, head), text, is_utf8 ? "…" : "~",
                          find_tail (text, tail));
}

char *
cli_text_cut (const char *text,
              guint       columns,
              gboolean    is_utf8)
{
  if (cli_text_width (text) <= columns)
    return g_strdup (text);
  if (columns == 0)
    return g_strdup ("");
  return g_strdup_printf ("%.*s%s", (int) measure_head (text, columns - 1), text,
                          is_utf8 ? "…" : "~");
}

char *
cli_text_bar (double   fraction,
              guint    columns,
              gboolean is_utf8)
{
  GString *bar = g_string_new (NULL);
  guint n_full = (guint) floor (CLAMP (fraction, 0, 1) * columns + 1e-9);

  for (guint i = 0; i < columns; i++)
    {
      if (i < n_full)
        g_string_append (bar, is_utf8 ? "█" : "#");
      else
        g_string_append (bar, is_utf8 ? "░" : ".");
    }
  return g_string_free (bar, FALSE);
}

char *
cli_text_hex (const guint8 *bytes,
              gsize         n_bytes)
{
  GString *text = g_string_sized_new (2 * n_bytes + 1);

  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}
