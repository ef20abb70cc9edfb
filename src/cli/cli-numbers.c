/* cli-numbers.c - numbers, sizes, times and file selections as people type them; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-numbers.h"

#include <string.h>

#define MAX_DIGITS 20

typedef struct
{
  const char *name;
  guint64     factor;
} Unit;

static const Unit size_units[] = {
  { "", 1 },
  { "B", 1 },
  { "K", G_GUINT64_CONSTANT (1) << 10 },
  { "M", G_GUINT64_CONSTANT (1) << 20 },
  { "G", G_GUINT64_CONSTANT (1) << 30 },
  { "T", G_GUINT64_CONSTANT (1) << 40 },
  { "KiB", G_GUINT64_CONSTANT (1) << 10 },
  { "MiB", G_GUINT64_CONSTANT (1) << 20 },
  { "GiB", G_GUINT64_CONSTANT (1) << 30 },
  { "TiB", G_GUINT64_CONSTANT (1) << 40 },
};

static const Unit time_units[] = {
  { "", 1 },
  { "s", 1 },
  { "m", 60 },
  { "h", 60 * 60 },
  { "d", 24 * 60 * 60 },
};

gboolean
cli_parse_number (const char *text,
                  guint64     min,
                  guint64     max,
                  guint64    *out_value)
{
  /* The library's own parser skips leading white space. */
  return g_ascii_isdigit (text[0]) &&
         g_ascii_string_to_unsigned (text, 10, min, max, out_value, NULL);
}

/* Digits with at most one point among them. Returns where they end; NULL: no number. */
static const char *
parse_decimal (const char *text,
               double     *out_value)
{
  char digits[2 * MAX_DIGITS];
  gsize n_whole = strspn (text, "0123456789");
  gsize n = n_whole;

  if (n_whole == 0 || n_whole > MAX_DIGITS)
    return NULL;
  if (text[n] == '.')
    {
      gsize n_fraction = strspn (text + n + 1, "0123456789");

      if (n_fraction == 0 || n_fraction >= MAX_DIGITS - 1)
        return NULL;
      n += 1 + n_fraction;
    }
  memcpy (digits, text, n);
  digits[n] = '\0';
  *out_value = g_ascii_strtod (digits, NULL);
  return text + n;
}

static gboolean
parse_with_unit (const char *text,
                 const Unit *units,
                 gsize       n_units,
                 guint64    *out_value)
{
  double value;
  const char *end = parse_decimal (text, &value);
  guint64 whole;

  if (end == NULL)
    return FALSE;
  for (gsize i = 0; i < n_units; i++)
    {
      if (g_ascii_strcasecmp (end, units[i].name) != 0)
        continue;
      value *= (double) units[i].factor;
      if (value >= (double) G_MAXINT64)
        return FALSE;
      /* A plain number beyond a double's 53 bits stays exact. */
      if (units[i].factor == 1 && strchr (text, '.') == NULL)
        whole = g_ascii_strtoull (text, NULL, 10);
      else
        whole = (guint64) value;
      *out_value = whole;
      return TRUE;
    }
  return FALSE;
}

gboolean
cli_parse_size (const char *text,
                guint64    *out_bytes)
{
  return parse_with_unit (text, size_units, G_N_ELEMENTS (size_units), out_bytes);
}

gboolean
cli_parse_time (const char *text,
                guint64    *out_seconds)
{
  guint64 seconds;

  if (!parse_with_unit (text, time_units, G_N_ELEMENTS (time_units), &seconds) ||
      seconds > G_MAXINT64 / G_USEC_PER_SEC)
    return FALSE;
  *out_seconds = seconds;
  return TRUE;
}

gboolean
cli_parse_ratio (const char *text,
                 double     *out_ratio)
{
  double ratio;
  const char *end = parse_decimal (text, &ratio);

  if (end == NULL || *end != '\0')
    return FALSE;
  *out_ratio = ratio;
  return TRUE;
}

static gboolean
parse_range (const char *text,
             CliRange   *out_range)
{
  const char *dash = strchr (text, '-');
  g_autofree char *head = dash != NULL ? g_strndup (text, (gsize) (dash - text)) : g_strdup (text);
  guint64 first, last;

  if (!cli_parse_number (head, 0, G_MAXUINT - 1, &first))
    return FALSE;
  last = first;
  if (dash != NULL && !cli_parse_number (dash + 1, first, G_MAXUINT - 1, &last))
    return FALSE;
  *out_range = (CliRange) { (guint) first, (guint) last };
  return TRUE;
}

GArray *
cli_parse_selection (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (CliRange));

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      CliRange range;

      if (!parse_range (parts[i], &range))
        return NULL;
      g_array_append_val (ranges, range);
    }
  return ranges->len > 0 ? g_steal_pointer (&ranges) : NULL;
}
