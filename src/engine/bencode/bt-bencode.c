/* bt-bencode.c - the parser and the walks over its tokens
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-bencode.h"

#include <string.h>

/* Twelve bytes a token, because a torrent of 100,000 files has a million of them. The type is the byte at `begin`:
 * 'i', 'l', 'd' or a digit.
 *
 * Invariant: `link` of a container is the index behind its last descendant; of a string, where its content begins
 * in the input; of an integer, nothing. While a container is still open, its `link` is the index of the container
 * around it: the stack needs no memory of its own.
 */
typedef struct
{
  guint32 begin;  /* bytes from the start of the input */
  guint32 end;    /* one past the last byte */
  guint32 link;
} Token;

struct _BtBencode
{
  GBytes       *owner;   /* owned, nullable */
  const guint8 *bytes;   /* borrowed, or from `owner` */
  Token        *tokens;  /* owned */
  guint32       n_tokens;
  guint32       n_allocated;
};

#define NO_TOKEN     G_MAXUINT32
#define FIRST_TOKENS 32

typedef struct
{
  BtBencode    *document;
  const guint8 *bytes;
  guint32       n_bytes;
  guint32       at;          /* next byte to read */
  guint32       open;        /* innermost open container; NO_TOKEN at the top */
  guint32       depth;
  guint32       max_depth;
  guint32       max_tokens;
  gboolean      wants_key;   /* the next value is a key of the dictionary `open` */
  gboolean      is_done;
} Parser;

G_DEFINE_QUARK (bt-bencode-error-quark, bt_bencode_error)

static gboolean
is_digit (guint8 byte)
{
  return byte >= '0' && byte <= '9';
}

static gboolean
fail (GError         **error,
      BtBencodeError   code,
      const char      *what,
      gsize            at)
{
  g_set_error (error, BT_BENCODE_ERROR, code, "%s at byte %" G_GSIZE_FORMAT, what, at);
  return FALSE;
}

static gboolean
add_token (Parser   *parser,
           guint32   begin,
           guint32   end,
           guint32   link,
           GError  **error)
{
  BtBencode *document = parser->document;

  if (document->n_tokens >= parser->max_tokens)
    return fail (error, BT_BENCODE_ERROR_LIMIT, "too many values", begin);
  if (document->n_tokens == document->n_allocated)
    {
      guint64 n_wanted = MAX ((guint64) document->n_allocated * 2, FIRST_TOKENS);

      document->n_allocated = (guint32) MIN (n_wanted, parser->max_tokens);
      document->tokens = g_renew (Token, document->tokens, document->n_allocated);
    }
  document->tokens[document->n_tokens++] = (Token) { begin, end, link };
  return TRUE;
}

/* A value, or a key, is complete: what may follow it? */
static void
value_ended (Parser *parser)
{
  if (parser->open == NO_TOKEN)
    parser->is_done = TRUE;
  else if (parser->bytes[parser->document->tokens[parser->open].begin] == 'd')
    parser->wants_key = !parser->wants_key;
}

static gboolean
parse_int (Parser  *parser,
           GError **error)
{
  guint32  begin = parser->at;
  guint32  p = begin + 1;
  guint32  first_digit;
  guint64  magnitude = 0;
  guint64  most = G_MAXINT64;

  if (p < parser->n_bytes && parser->bytes[p] == '-')
    {
      most += 1;
      p++;
    }
  for (first_digit = p; p < parser->n_bytes && is_digit (parser->bytes[p]); p++)
    {
      guint digit = parser->bytes[p] - '0';

      if (magnitude > (most - digit) / 10)
        return fail (error, BT_BENCODE_ERROR_OVERFLOW, "integer out of range", begin);
      magnitude = magnitude * 10 + digit;
    }
  if (p == parser->n_bytes)
    return fail (error, BT_BENCODE_ERROR_TRUNCATED, "integer without end", begin);
  if (p == first_digit)
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "integer without digits", begin);
  if (parser->bytes[p] != 'e')
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "unexpected byte in an integer", p);
  if (parser->bytes[first_digit] == '0' && (p - first_digit > 1 || first_digit - begin > 1))
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "integer with a leading zero, or minus zero",
                 begin);

  parser->at = p + 1;
  if (!add_token (parser, begin, parser->at, 0, error))
    return FALSE;
  value_ended (parser);
  return TRUE;
}

static gboolean
parse_string (Parser  *parser,
              GError **error)
{
  guint32 begin = parser->at;
  guint32 p = begin;
  guint64 length = 0;

  for (; p < parser->n_bytes && is_digit (parser->bytes[p]); p++)
    {
      length = length * 10 + (parser->bytes[p] - '0');
      if (length > parser->n_bytes)
        return fail (error, BT_BENCODE_ERROR_TRUNCATED, "string longer than the input", begin);
    }
  if (p == parser->n_bytes)
    return fail (error, BT_BENCODE_ERROR_TRUNCATED, "string length without end", begin);
  if (parser->bytes[p] != ':')
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "unexpected byte in a string length", p);
  if (parser->bytes[begin] == '0' && p - begin > 1)
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "string length with a leading zero", begin);
  p++;
  if (length > parser->n_bytes - p)
    return fail (error, BT_BENCODE_ERROR_TRUNCATED, "string longer than the input", begin);

  parser->at = p + (guint32) length;
  if (!add_token (parser, begin, parser->at, p, error))
    return FALSE;
  value_ended (parser);
  return TRUE;
}

static gboolean
open_container (Parser  *parser,
                GError **error)
{
  guint32 begin = parser->at++;

  if (parser->depth >= parser->max_depth)
    return fail (error, BT_BENCODE_ERROR_LIMIT, "too deeply nested", begin);
  if (!add_token (parser, begin, begin, parser->open, error))
    return FALSE;
  parser->depth++;
  parser->open = parser->document->n_tokens - 1;
  parser->wants_key = parser->bytes[begin] == 'd';
  return TRUE;
}

static gboolean
close_container (Parser  *parser,
                 GError **error)
{
  Token *token;

  if (parser->open == NO_TOKEN)
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "end without a beginning", parser->at);
  token = &parser->document->tokens[parser->open];
  if (parser->bytes[token->begin] == 'd' && !parser->wants_key)
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "dictionary key without a value", parser->at);

  parser->at++;
  parser->open = token->link;
  parser->depth--;
  token->end = parser->at;
  token->link = parser->document->n_tokens;
  /* In the dictionary around it, what ended is a value. */
  parser->wants_key = FALSE;
  value_ended (parser);
  return TRUE;
}

static gboolean
parse_step (Parser  *parser,
            GError **error)
{
  guint8 byte;

  if (parser->at == parser->n_bytes)
    return fail (error, BT_BENCODE_ERROR_TRUNCATED, "unexpected end", parser->at);
  byte = parser->bytes[parser->at];
  if (byte == 'e')
    return close_container (parser, error);
  if (is_digit (byte))
    return parse_string (parser, error);
  if (parser->wants_key)
    return fail (error, BT_BENCODE_ERROR_SYNTAX, "dictionary key that is not a string", parser->at);
  if (byte == 'i')
    return parse_int (parser, error);
  if (byte == 'l' || byte == 'd')
    return open_container (parser, error);
  return fail (error, BT_BENCODE_ERROR_SYNTAX, "unexpected byte", parser->at);
}

BtBencode *
bt_bencode_parse_prefix (const guint8           *bytes,
                         gsize                   n_bytes,
                         const BtBencodeLimits  *limits,
                         gsize                  *out_n_used,
                         GError                **error)
{
  static const BtBencodeLimits defaults = { 0 };
  g_autoptr (BtBencode)        document = NULL;
  Parser                       parser = { 0 };
  guint32                      max_bytes;

  if (limits == NULL)
    limits = &defaults;
  max_bytes = limits->max_bytes != 0 ? limits->max_bytes : BT_BENCODE_DEFAULT_MAX_BYTES;
  if (n_bytes > max_bytes)
    {
      g_set_error (error, BT_BENCODE_ERROR, BT_BENCODE_ERROR_LIMIT,
                   "%" G_GSIZE_FORMAT " bytes are more than the %u allowed", n_bytes, max_bytes);
      return NULL;
    }

  document = g_new0 (BtBencode, 1);
  document->bytes = bytes;
  parser.document = document;
  parser.bytes = bytes;
  parser.n_bytes = (guint32) n_bytes;
  parser.open = NO_TOKEN;
  parser.max_depth = limits->max_depth != 0 ? limits->max_depth : BT_BENCODE_DEFAULT_MAX_DEPTH;
  parser.max_tokens = limits->max_tokens != 0 ? limits->max_tokens : BT_BENCODE_DEFAULT_MAX_TOKENS;
  while (!parser.is_done)
    if (!parse_step (&parser, error))
      return NULL;

  *out_n_used = parser.at;
  return g_steal_pointer (&document);
}

BtBencode *
bt_bencode_parse_data (const guint8           *bytes,
                       gsize                   n_bytes,
                       const BtBencodeLimits  *limits,
                       GError                **error)
{
  gsize                 n_used = 0;
  g_autoptr (BtBencode) document = bt_bencode_parse_prefix (bytes, n_bytes, limits, &n_used, error);

  if (document == NULL)
    return NULL;
  if (n_used != n_bytes)
    {
      fail (error, BT_BENCODE_ERROR_TRAILING, "something behind the value", n_used);
      return NULL;
    }
  return g_steal_pointer (&document);
}

BtBencode *
bt_bencode_parse (GBytes                 *bytes,
                  const BtBencodeLimits  *limits,
                  GError                **error)
{
  gsize         n_bytes = 0;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);
  BtBencode    *document = bt_bencode_parse_data (data, n_bytes, limits, error);

  if (document != NULL)
    document->owner = g_bytes_ref (bytes);
  return document;
}

void
bt_bencode_free (BtBencode *document)
{
  if (document == NULL)
    return;
  g_clear_pointer (&document->owner, g_bytes_unref);
  g_free (document->tokens);
  g_free (document);
}

BtBencodeNode
bt_bencode_get_root (const BtBencode *document)
{
  return (BtBencodeNode) { document, 0 };
}

guint32
bt_bencode_get_n_tokens (const BtBencode *document)
{
  return document->n_tokens;
}

static const Token *
get_token (BtBencodeNode node)
{
  return &node.document->tokens[node.index];
}

static BtBencodeType
get_token_type (const BtBencode *document,
                const Token     *token)
{
  switch (document->bytes[token->begin])
    {
    case 'i':
      return BT_BENCODE_INT;
    case 'l':
      return BT_BENCODE_LIST;
    case 'd':
      return BT_BENCODE_DICT;
    default:
      return BT_BENCODE_STRING;
    }
}

/* The index behind the token and all that is in it. */
static guint32
get_next_index (const BtBencode *document,
                guint32          index)
{
  BtBencodeType type = get_token_type (document, &document->tokens[index]);

  if (type == BT_BENCODE_LIST || type == BT_BENCODE_DICT)
    return document->tokens[index].link;
  return index + 1;
}

BtBencodeType
bt_bencode_node_get_type (BtBencodeNode node)
{
  if (node.document == NULL)
    return BT_BENCODE_NONE;
  return get_token_type (node.document, get_token (node));
}

gboolean
bt_bencode_node_get_int (BtBencodeNode  node,
                         gint64        *out_value)
{
  const guint8 *p;
  guint64       magnitude = 0;
  gboolean      is_negative;

  if (bt_bencode_node_get_type (node) != BT_BENCODE_INT)
    return FALSE;
  p = node.document->bytes + get_token (node)->begin + 1;
  is_negative = *p == '-';
  if (is_negative)
    p++;
  for (; *p != 'e'; p++)
    magnitude = magnitude * 10 + (*p - '0');
  /* The parser kept the magnitude within G_MAXINT64, or one more of a negative number. */
  *out_value = is_negative ? (gint64) (0 - magnitude) : (gint64) magnitude;
  return TRUE;
}

const guint8 *
bt_bencode_node_get_string (BtBencodeNode  node,
                            gsize         *out_n_bytes)
{
  const Token *token;

  if (bt_bencode_node_get_type (node) != BT_BENCODE_STRING)
    return NULL;
  token = get_token (node);
  *out_n_bytes = token->end - token->link;
  return node.document->bytes + token->link;
}

static gboolean
equals_bytes (BtBencodeNode  node,
              const guint8  *bytes,
              gsize          n_bytes)
{
  gsize         n = 0;
  const guint8 *string = bt_bencode_node_get_string (node, &n);

  return string != NULL && n == n_bytes && (n == 0 || memcmp (string, bytes, n) == 0);
}

gboolean
bt_bencode_node_equals (BtBencodeNode  node,
                        const char    *text)
{
  return equals_bytes (node, (const guint8 *) text, strlen (text));
}

const guint8 *
bt_bencode_node_get_raw (BtBencodeNode  node,
                         gsize         *out_n_bytes)
{
  const Token *token;

  if (node.document == NULL)
    return NULL;
  token = get_token (node);
  *out_n_bytes = token->end - token->begin;
  return node.document->bytes + token->begin;
}

gsize
bt_bencode_node_get_offset (BtBencodeNode node)
{
  return node.document != NULL ? get_token (node)->begin : 0;
}

guint32
bt_bencode_node_count (BtBencodeNode node)
{
  BtBencodeIter iter;
  BtBencodeNode element;
  guint32       n_nodes = 0;

  bt_bencode_iter_init (&iter, node);
  while (bt_bencode_iter_next (&iter, &element))
    n_nodes++;
  return bt_bencode_node_get_type (node) == BT_BENCODE_DICT ? n_nodes / 2 : n_nodes;
}

BtBencodeNode
bt_bencode_dict_get_bytes (BtBencodeNode  dict,
                           const guint8  *key,
                           gsize          n_key_bytes)
{
  BtBencodeIter iter;
  BtBencodeNode candidate;
  BtBencodeNode value;

  if (bt_bencode_node_get_type (dict) == BT_BENCODE_DICT)
    {
      bt_bencode_iter_init (&iter, dict);
      while (bt_bencode_iter_next_pair (&iter, &candidate, &value))
        if (equals_bytes (candidate, key, n_key_bytes))
          return value;
    }
  return (BtBencodeNode) { NULL, 0 };
}

BtBencodeNode
bt_bencode_dict_get (BtBencodeNode  dict,
                     const char    *key)
{
  return bt_bencode_dict_get_bytes (dict, (const guint8 *) key, strlen (key));
}

gboolean
bt_bencode_dict_get_int (BtBencodeNode  dict,
                         const char    *key,
                         gint64        *out_value)
{
  return bt_bencode_node_get_int (bt_bencode_dict_get (dict, key), out_value);
}

const guint8 *
bt_bencode_dict_get_string (BtBencodeNode  dict,
                            const char    *key,
                            gsize         *out_n_bytes)
{
  return bt_bencode_node_get_string (bt_bencode_dict_get (dict, key), out_n_bytes);
}

void
bt_bencode_iter_init (BtBencodeIter *iter,
                      BtBencodeNode  container)
{
  BtBencodeType type = bt_bencode_node_get_type (container);

  iter->document = container.document;
  iter->index = container.index + 1;
  iter->end = iter->index;
  if (type == BT_BENCODE_LIST || type == BT_BENCODE_DICT)
    iter->end = get_token (container)->link;
}

gboolean
bt_bencode_iter_next (BtBencodeIter *iter,
                      BtBencodeNode *out_node)
{
  if (iter->index >= iter->end)
    return FALSE;
  *out_node = (BtBencodeNode) { iter->document, iter->index };
  iter->index = get_next_index (iter->document, iter->index);
  return TRUE;
}

gboolean
bt_bencode_iter_next_pair (BtBencodeIter *iter,
                           BtBencodeNode *out_key,
                           BtBencodeNode *out_value)
{
  BtBencodeNode key;

  if (!bt_bencode_iter_next (iter, &key) || !bt_bencode_iter_next (iter, out_value))
    return FALSE;
  *out_key = key;
  return TRUE;
}
