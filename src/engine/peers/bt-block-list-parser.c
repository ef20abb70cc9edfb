/* bt-block-list-parser.c - the text of a block list, line by line
 *
 * A million lines are read in a fraction of a second: a line is looked at where it lies, once, and nothing is
 * allocated for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-block-list-private.h"

#include "base/bt-cursor.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_IP6_CHARS   45
#define MAX_LEVEL_CHARS 9

struct _BtBlockListParser
{
  GArray            *ranges4;       /* owned, of BtRange4; NULL: finished */
  GArray            *ranges6;       /* owned, of BtRange6 */
  BtBlockListCounts  counts;
  gsize              n_carried;     /* of a line whose end has not been fed */
  gboolean           is_too_long;   /* that line, of which nothing is carried */
  char               carried[BT_BLOCK_LIST_MAX_LINE_BYTES];
};

typedef enum
{
  LINE_MALFORMED,
  LINE_EMPTY,
  LINE_ALLOWED,
  LINE_RANGE,
} LineVerdict;

typedef struct
{
  guint32  v4;
  BtIp6    v6;
  gboolean is_v6;   /* as it was written */
} Ip;

typedef struct
{
  Ip       first;
  Ip       last;
  gboolean is_bare; /* one address, and nothing else */
} Range;

/* What is left of a line. Invariant: p <= end. */
typedef struct
{
  const char *p;
  const char *end;
} Text;

/* ---- Words: each steps over what it takes, and stays where it was when it takes nothing ---- */

static inline gboolean
is_space (char c)
{
  return c == ' ' || c == '\t';
}

static inline void
skip_spaces (Text *text)
{
  while (text->p < text->end && is_space (*text->p))
    text->p++;
}

static inline gboolean
take_char (Text *text,
           char  c)
{
  if (text->p == text->end || *text->p != c)
    return FALSE;
  text->p++;
  return TRUE;
}

static inline gboolean
take_number (Text    *text,
             guint    max_chars,
             guint32 *out_number)
{
  const char *p = text->p;
  const char *end = p + MIN (max_chars, (gsize) (text->end - p));
  guint32     number = 0;

  for (; p < end && *p >= '0' && *p <= '9'; p++)
    number = number * 10 + (guint32) (*p - '0');
  if (p == text->p)
    return FALSE;
  text->p = p;
  *out_number = number;
  return TRUE;
}

static gboolean
take_ip4 (Text *text,
          Ip   *out_ip)
{
  Text    rest = *text;
  guint32 ip = 0;

  for (guint i = 0; i < 4; i++)
    {
      guint32 octet;

      if ((i > 0 && !take_char (&rest, '.')) || !take_number (&rest, 3, &octet) || octet > 255)
        return FALSE;
      ip = ip << 8 | octet;
    }
  out_ip->v4 = ip;
  out_ip->is_v6 = FALSE;
  *text = rest;
  return TRUE;
}

static inline gboolean
is_ip6_char (char c)
{
  return g_ascii_isxdigit (c) || c == ':' || c == '.';
}

static gboolean
take_ip6 (Text *text,
          Ip   *out_ip)
{
  char   buffer[MAX_IP6_CHARS + 1];
  guint8 bytes[16];
  gsize  n_left = (gsize) (text->end - text->p);
  gsize  n_chars = 0;

  while (n_chars < n_left && is_ip6_char (text->p[n_chars]))
    {
      if (n_chars == MAX_IP6_CHARS)
        return FALSE;
      buffer[n_chars] = text->p[n_chars];
      n_chars++;
    }
  buffer[n_chars] = '\0';
  if (n_chars < 2 || inet_pton (AF_INET6, buffer, bytes) != 1)
    return FALSE;
  out_ip->v6 = (BtIp6) { bt_read_u64 (bytes), bt_read_u64 (bytes + 8) };
  out_ip->is_v6 = TRUE;
  text->p += n_chars;
  return TRUE;
}

static gboolean
take_ip (Text *text,
         Ip   *out_ip)
{
  return take_ip4 (text, out_ip) || take_ip6 (text, out_ip);
}

/* ---- Ranges ---- */

/* Spreads `range->first` over all that have the same first `n_bits`. */
static gboolean
apply_prefix (Range   *range,
              guint32  n_bits)
{
  range->last = range->first;
  if (range->first.is_v6)
    {
      guint64 high = n_bits >= 64 ? 0 : G_MAXUINT64 >> n_bits;
      guint64 low = n_bits >= 128 ? 0 : n_bits <= 64 ? G_MAXUINT64 : G_MAXUINT64 >> (n_bits - 64);

      range->first.v6.high &= ~high;
      range->first.v6.low &= ~low;
      range->last.v6.high |= high;
      range->last.v6.low |= low;
      return n_bits <= 128;
    }
  else
    {
      guint32 mask = n_bits >= 32 ? 0 : G_MAXUINT32 >> n_bits;

      range->first.v4 &= ~mask;
      range->last.v4 |= mask;
      return n_bits <= 32;
    }
}

static gboolean
is_in_order (const Range *range)
{
  if (range->first.is_v6 != range->last.is_v6)
    return FALSE;
  return range->first.is_v6 ? bt_ip6_compare (&range->first.v6, &range->last.v6) <= 0
                            : range->first.v4 <= range->last.v4;
}

/* `a - b`, `a/n` or `a`. */
static gboolean
take_range (Text  *text,
            Range *out_range)
{
  guint32 n_bits;

  if (!take_ip (text, &out_range->first))
    return FALSE;
  out_range->is_bare = FALSE;
  skip_spaces (text);
  if (take_char (text, '-'))
    {
      skip_spaces (text);
      return take_ip (text, &out_range->last) && is_in_order (out_range);
    }
  /* Two slashes are a comment. */
  if (text->end - text->p >= 2 && text->p[0] == '/' && text->p[1] != '/')
    {
      text->p++;
      return take_number (text, 3, &n_bits) && apply_prefix (out_range, n_bits);
    }
  out_range->last = out_range->first;
  out_range->is_bare = TRUE;
  return TRUE;
}

static gboolean
is_comment (const Text *text)
{
  gsize n_left = (gsize) (text->end - text->p);

  return n_left > 0 && (*text->p == '#' || *text->p == ';' ||
                        (n_left > 1 && text->p[0] == '/' && text->p[1] == '/'));
}

static gboolean
is_end (Text *text)
{
  skip_spaces (text);
  return text->p == text->end || is_comment (text);
}

/* What follows a range in eMule's lists: `, level`, and perhaps `, name`. */
static LineVerdict
judge_level (Text *text)
{
  guint32 level;

  if (!take_char (text, ','))
    return LINE_MALFORMED;
  skip_spaces (text);
  if (!take_number (text, MAX_LEVEL_CHARS, &level))
    return LINE_MALFORMED;
  if (!is_end (text) && *text->p != ',')
    return LINE_MALFORMED;
  return level >= BT_BLOCK_LIST_ALLOWED_LEVEL ? LINE_ALLOWED : LINE_RANGE;
}

/* ---- Lines ---- */

static LineVerdict
judge_plain_line (Text   text,
                  Range *out_range)
{
  if (!take_range (&text, out_range))
    return LINE_MALFORMED;
  return is_end (&text) ? LINE_RANGE : judge_level (&text);
}

static gboolean
is_named_range (Text   text,
                Range *out_range)
{
  skip_spaces (&text);
  return take_range (&text, out_range) && !out_range->is_bare && is_end (&text);
}

/* `name:a-b`, where there may be colons in the name and in the addresses: of those that could end the name, the
 * first one behind which there is nothing but a range does. They are looked for no further back than an address is
 * long. */
static LineVerdict
judge_named_line (Text   text,
                  Range *out_range)
{
  const char *colon = memrchr (text.p, ':', (gsize) (text.end - text.p));
  const char *start;

  if (colon == NULL)
    return LINE_MALFORMED;
  if (is_named_range ((Text) { colon + 1, text.end }, out_range))
    return LINE_RANGE;

  start = memrchr (text.p, '-', (gsize) (text.end - text.p));
  if (start == NULL)
    start = memrchr (text.p, '/', (gsize) (text.end - text.p));
  if (start == NULL)
    return LINE_MALFORMED;
  while (start > text.p && is_space (start[-1]))
    start--;
  for (guint i = 0; i <= MAX_IP6_CHARS && start > text.p && is_ip6_char (start[-1]); i++)
    start--;
  for (; start < colon; start++)
    if (*start == ':' && is_named_range ((Text) { start + 1, text.end }, out_range))
      return LINE_RANGE;
  return LINE_MALFORMED;
}

static LineVerdict
judge_line (Text   text,
            Range *out_range)
{
  LineVerdict verdict;

  if (text.p < text.end && text.end[-1] == '\r')
    text.end--;
  while (text.p < text.end && is_space (text.end[-1]))
    text.end--;
  skip_spaces (&text);
  if (text.p == text.end || is_comment (&text))
    return LINE_EMPTY;
  verdict = judge_plain_line (text, out_range);
  return verdict != LINE_MALFORMED ? verdict : judge_named_line (text, out_range);
}

static void
add_range (BtBlockListParser *parser,
           const Range       *range)
{
  BtRange4 range4 = { range->first.v4, range->last.v4 };
  BtRange6 range6 = { range->first.v6, range->last.v6 };

  if (parser->counts.n_read == BT_BLOCK_LIST_MAX_RANGES)
    {
      parser->counts.is_full = TRUE;
      return;
    }
  parser->counts.n_read++;
  if (range->first.is_v6 &&
      bt_ip6_is_mapped (&range6.first) && bt_ip6_is_mapped (&range6.last))
    range4 = (BtRange4) { (guint32) range6.first.low, (guint32) range6.last.low };
  else if (range->first.is_v6)
    {
      g_array_append_val (parser->ranges6, range6);
      return;
    }
  g_array_append_val (parser->ranges4, range4);
}

static void
read_line (BtBlockListParser *parser,
           Text               text)
{
  static const char mark[] = "\xef\xbb\xbf";
  BtBlockListCounts *counts = &parser->counts;
  gsize              n_mark = sizeof mark - 1;
  LineVerdict        verdict = LINE_MALFORMED;
  Range              range;

  counts->n_lines++;
  if (counts->n_lines == 1 && (gsize) (text.end - text.p) >= n_mark &&
      memcmp (text.p, mark, n_mark) == 0)
    text.p += n_mark;
  if (!parser->is_too_long && text.end - text.p <= BT_BLOCK_LIST_MAX_LINE_BYTES)
    verdict = judge_line (text, &range);
  parser->is_too_long = FALSE;

  switch (verdict)
    {
    case LINE_RANGE:
      add_range (parser, &range);
      break;
    case LINE_ALLOWED:
      counts->n_allowed++;
      break;
    case LINE_MALFORMED:
      if (counts->n_malformed++ == 0)
        counts->first_malformed_line = counts->n_lines;
      break;
    case LINE_EMPTY:
    default:
      break;
    }
}

/* ---- The parser ---- */

BtBlockListParser *
bt_block_list_parser_new (void)
{
  BtBlockListParser *parser = g_new0 (BtBlockListParser, 1);

  parser->ranges4 = g_array_new (FALSE, FALSE, sizeof (BtRange4));
  parser->ranges6 = g_array_new (FALSE, FALSE, sizeof (BtRange6));
  return parser;
}

void
bt_block_list_parser_free (BtBlockListParser *parser)
{
  if (parser == NULL)
    return;
  g_clear_pointer (&parser->ranges4, g_array_unref);
  g_clear_pointer (&parser->ranges6, g_array_unref);
  g_free (parser);
}

static void
carry (BtBlockListParser *parser,
       const char        *bytes,
       gsize              n_bytes)
{
  if (parser->is_too_long || n_bytes > sizeof parser->carried - parser->n_carried)
    {
      parser->is_too_long = TRUE;
      parser->n_carried = 0;
      return;
    }
  memcpy (parser->carried + parser->n_carried, bytes, n_bytes);
  parser->n_carried += n_bytes;
}

static void
read_carried_line (BtBlockListParser *parser)
{
  gsize n_bytes = parser->n_carried;

  parser->n_carried = 0;
  read_line (parser, (Text) { parser->carried, parser->carried + n_bytes });
}

gboolean
bt_block_list_parser_feed (BtBlockListParser *parser,
                           const void        *bytes,
                           gsize              n_bytes)
{
  Text text = { bytes, (const char *) bytes + n_bytes };

  g_assert (parser->ranges4 != NULL);
  while (text.p < text.end && !parser->counts.is_full)
    {
      const char *line_end = memchr (text.p, '\n', (gsize) (text.end - text.p));
      gboolean    has_begun = parser->n_carried > 0 || parser->is_too_long;

      if (line_end == NULL || has_begun)
        carry (parser, text.p, (gsize) ((line_end != NULL ? line_end : text.end) - text.p));
      if (line_end == NULL)
        break;
      if (has_begun)
        read_carried_line (parser);
      else
        read_line (parser, (Text) { text.p, line_end });
      text.p = line_end + 1;
    }
  return !parser->counts.is_full;
}

BtBlockList *
bt_block_list_parser_finish (BtBlockListParser *parser)
{
  g_assert (parser->ranges4 != NULL);
  if ((parser->n_carried > 0 || parser->is_too_long) && !parser->counts.is_full)
    read_carried_line (parser);
  return bt_block_list_new_take (g_steal_pointer (&parser->ranges4),
                                 g_steal_pointer (&parser->ranges6), &parser->counts);
}
