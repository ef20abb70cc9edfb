/* bt-safe-path.c - one path component, or one line of text, from bytes nobody vouches for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-safe-path.h"

#include <string.h>

/* Longer than this is no extension, but a sentence with a dot in it. */
#define MAX_EXTENSION_BYTES 32

#define REPLACEMENT "\357\277\275"  /* U+FFFD */

typedef struct
{
  gunichar first;
  gunichar last;
} Range;

/* Control characters, and characters that show nothing or turn the direction of what follows: two names that differ
 * only in these look the same, and "exe.txt" can be made to look like "txt.exe". Sorted. */
static const Range hidden_ranges[] = {
  { 0x0000, 0x001f },
  { 0x007f, 0x009f },
  { 0x00ad, 0x00ad },    /* soft hyphen */
  { 0x061c, 0x061c },    /* Arabic letter mark */
  { 0x115f, 0x1160 },    /* Hangul fillers */
  { 0x17b4, 0x17b5 },
  { 0x180b, 0x180f },
  { 0x200b, 0x200b },    /* zero width space; the joiners behind it stay */
  { 0x200e, 0x200f },
  { 0x2028, 0x202e },    /* line and paragraph separators, directional formatting */
  { 0x2060, 0x206f },
  { 0x3164, 0x3164 },
  { 0xfeff, 0xfeff },
  { 0xffa0, 0xffa0 },
  { 0xfff0, 0xfffb },
  { 0xfffe, 0xffff },
  { 0x1d173, 0x1d17a },
  { 0xe0000, 0xe00ff },  /* tags */
  { 0xe01f0, 0xe0fff },
};

/* Encodings that torrents name. Foreign bytes choose among these only, because the C library loads a module for
 * whatever name it is given. */
static const char *const known_encodings[] = {
  "BIG5",         "BIG5-HKSCS",   "CP936",        "CP949",        "CP950",        "CP932",
  "EUC-CN",       "EUC-JP",       "EUC-KR",       "EUC-TW",       "GB18030",      "GB2312",
  "GBK",          "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-5",   "ISO-8859-7",   "ISO-8859-9",
  "ISO-8859-15",  "KOI8-R",       "KOI8-U",       "SHIFT_JIS",    "SJIS",         "TIS-620",
  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255",
  "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "CP1250",       "CP1251",       "CP1252",
};

static gboolean
is_hidden (gunichar character)
{
  gsize low = 0;
  gsize high = G_N_ELEMENTS (hidden_ranges);

  if (character >= 0x20 && character < 0x7f)
    return FALSE;
  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (character > hidden_ranges[middle].last)
        low = middle + 1;
      else if (character < hidden_ranges[middle].first)
        high = middle;
      else
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_reserved_character (gunichar character)
{
  switch (character)
    {
    case '/':
    case '\\':
    case '<':
    case '>':
    case ':':
    case '"':
    case '|':
    case '?':
    case '*':
      return TRUE;
    default:
      return FALSE;
    }
}

/* Converts from a known encoding, or returns NULL. */
static char *
convert (const char *text,
         gsize       n_bytes,
         const char *encoding)
{
  if (encoding == NULL)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (known_encodings); i++)
    if (g_ascii_strcasecmp (encoding, known_encodings[i]) == 0)
      return g_convert (text, (gssize) n_bytes, "UTF-8", known_encodings[i], NULL, NULL, NULL);
  return NULL;
}

static gboolean
has_valid_sequence (const char *text,
                    gsize       n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    if ((guint8) text[i] >= 0xc2)
      {
        gunichar character = g_utf8_get_char_validated (text + i, (gssize) (n_bytes - i));

        if (character != (gunichar) -1 && character != (gunichar) -2)
          return TRUE;
      }
  return FALSE;
}

static char *
convert_latin1 (const char *text,
                gsize       n_bytes)
{
  GString *out = g_string_sized_new (n_bytes * 2);

  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_unichar (out, (guint8) text[i]);
  return g_string_free (out, FALSE);
}

/* The bytes as valid UTF-8: themselves, or new memory that `out_owned` receives. Zeros become U+0001, which every
 * caller replaces. */
static const char *
decode (const guint8  *bytes,
        gsize         *n_bytes,
        const char    *encoding,
        char         **out_owned)
{
  const char       *text = (const char *) bytes;
  g_autofree char  *copy = NULL;

  if (*n_bytes == 0)
    return "";
  if (g_utf8_validate_len (text, *n_bytes, NULL))
    return text;

  copy = g_memdup2 (text, *n_bytes);
  for (gsize i = 0; i < *n_bytes; i++)
    if (copy[i] == 0)
      copy[i] = 1;
  if (g_utf8_validate_len (copy, *n_bytes, NULL))
    *out_owned = g_strndup (copy, *n_bytes);
  else
    *out_owned = convert (copy, *n_bytes, encoding);
  if (*out_owned == NULL && has_valid_sequence (copy, *n_bytes))
    *out_owned = g_utf8_make_valid (copy, (gssize) *n_bytes);
  else if (*out_owned == NULL)
    *out_owned = convert_latin1 (copy, *n_bytes);
  *n_bytes = strlen (*out_owned);
  return *out_owned;
}

gsize
bt_utf8_cut (const char *text,
             gsize       n_bytes,
             gsize       max_bytes)
{
  if (n_bytes <= max_bytes)
    return n_bytes;
  n_bytes = max_bytes;
  while (n_bytes > 0 && ((guint8) text[n_bytes] & 0xc0) == 0x80)
    n_bytes--;
  return n_bytes;
}

gsize
bt_safe_component_find_extension (const char *component,
                                  gsize       n_bytes)
{
  for (gsize i = n_bytes; i > 1 && n_bytes - i < MAX_EXTENSION_BYTES; i--)
    {
      if (component[i - 1] == ' ')
        break;
      if (component[i - 1] == '.')
        return i == n_bytes ? n_bytes : i - 1;
    }
  return n_bytes;
}

/* CON, COM1 and their like, whatever extension follows, and COM with a superscript digit. */
static gboolean
is_reserved_name (const char *component,
                  gsize       n_bytes)
{
  static const char *const names[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
  static const char *const ports[] = { "COM", "LPT" };
  static const char *const superscripts[] = { "\302\271", "\302\262", "\302\263" };
  const char              *dot = memchr (component, '.', n_bytes);
  gsize                    n = dot != NULL ? (gsize) (dot - component) : n_bytes;

  while (n > 0 && component[n - 1] == ' ')
    n--;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (n == strlen (names[i]) && g_ascii_strncasecmp (component, names[i], n) == 0)
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (ports); i++)
    {
      if (n < 4 || g_ascii_strncasecmp (component, ports[i], 3) != 0)
        continue;
      if (n == 4 && g_ascii_isdigit (component[3]))
        return TRUE;
      for (gsize j = 0; j < G_N_ELEMENTS (superscripts); j++)
        if (n == 5 && memcmp (component + 3, superscripts[j], 2) == 0)
          return TRUE;
    }
  return FALSE;
}

static void
shorten (GString *out,
         gsize    start)
{
  gsize n_bytes = out->len - start;
  gsize extension;
  gsize n_kept;

  if (n_bytes <= BT_SAFE_COMPONENT_MAX_BYTES)
    return;
  extension = bt_safe_component_find_extension (out->str + start, n_bytes);
  n_kept = bt_utf8_cut (out->str + start, extension,
                        BT_SAFE_COMPONENT_MAX_BYTES - (n_bytes - extension));
  g_string_erase (out, (gssize) (start + n_kept), (gssize) (extension - n_kept));
}

void
bt_safe_component_append (GString      *out,
                          const guint8 *bytes,
                          gsize         n_bytes,
                          const char   *encoding)
{
  g_autofree char *owned = NULL;
  gsize            start = out->len;
  const char      *text = decode (bytes, &n_bytes, encoding, &owned);
  const char      *end = text + n_bytes;
  const char      *kept = text;  /* what was not appended yet begins here */

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (!is_reserved_character (character) && !is_hidden (character))
        continue;
      g_string_append_len (out, kept, p - kept);
      g_string_append_c (out, '_');
      kept = g_utf8_next_char (p);
    }
  g_string_append_len (out, kept, end - kept);

  if (out->len == start)
    g_string_append_c (out, '_');
  if (is_reserved_name (out->str + start, out->len - start))
    g_string_insert_c (out, (gssize) start, '_');
  shorten (out, start);
  for (gsize i = out->len; i > start && (out->str[i - 1] == '.' || out->str[i - 1] == ' '); i--)
    out->str[i - 1] = '_';
}

static void
append_text (GString      *out,
             const guint8 *bytes,
             gsize         n_bytes,
             const char   *encoding,
             gboolean      keep_lines)
{
  g_autofree char *owned = NULL;
  const char      *text = decode (bytes, &n_bytes, encoding, &owned);
  const char      *end = text + n_bytes;
  const char      *kept = text;  /* what was not appended yet begins here */

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (!is_hidden (character) || (keep_lines && (character == '\n' || character == '\t')))
        continue;
      g_string_append_len (out, kept, p - kept);
      if (!keep_lines || character != '\r')
        g_string_append (out, REPLACEMENT);
      kept = g_utf8_next_char (p);
    }
  g_string_append_len (out, kept, end - kept);
}

char *
bt_display_text (const guint8 *bytes,
                 gsize         n_bytes,
                 const char   *encoding,
                 gboolean      keep_lines)
{
  GString *out = g_string_sized_new (n_bytes);

  append_text (out, bytes, n_bytes, encoding, keep_lines);
  return g_string_free (out, FALSE);
}

void
bt_display_text_append (GString      *out,
                        const guint8 *bytes,
                        gsize         n_bytes,
                        const char   *encoding)
{
  append_text (out, bytes, n_bytes, encoding, FALSE);
}
