/* bt-bencode.h - reads bencoded bytes into a flat table of tokens, without recursion
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A document is the bytes plus one token for each integer, string, list and dictionary in them, in the order in
 * which they begin. A container's token knows the index behind its last descendant, so stepping to a sibling
 * costs the same whatever lies between. Nodes are handles passed by value; they and everything borrowed through
 * them live as long as the document and its bytes.
 *
 * Strict (BEP 3): no leading zeros, no "-0", no "+", no empty integer, integers within gint64, string lengths
 * within the bytes, dictionary keys are strings and have a value.
 * Lenient where every known client is: keys may be unsorted or repeated; a look-up finds the first.
 *
 * Thread: any; a document never changes after parsing.
 */
typedef struct _BtBencode BtBencode;

#define BT_BENCODE_DEFAULT_MAX_DEPTH  100u
#define BT_BENCODE_DEFAULT_MAX_TOKENS 3000000u
#define BT_BENCODE_DEFAULT_MAX_BYTES  (64u * 1024 * 1024)

/* A field of 0 means the default above. */
typedef struct
{
  guint32 max_depth;   /* containers within each other */
  guint32 max_tokens;  /* 12 bytes of memory each */
  guint32 max_bytes;   /* of the input */
} BtBencodeLimits;

typedef enum
{
  BT_BENCODE_ERROR_SYNTAX,     /* a byte that cannot stand there */
  BT_BENCODE_ERROR_TRUNCATED,  /* the bytes end within a value */
  BT_BENCODE_ERROR_OVERFLOW,   /* an integer beyond gint64 */
  BT_BENCODE_ERROR_TRAILING,   /* bytes behind the value */
  BT_BENCODE_ERROR_LIMIT,      /* one of BtBencodeLimits */
} BtBencodeError;

#define BT_BENCODE_ERROR (bt_bencode_error_quark ())
GQuark bt_bencode_error_quark (void);

typedef enum
{
  BT_BENCODE_NONE,  /* no such node */
  BT_BENCODE_INT,
  BT_BENCODE_STRING,
  BT_BENCODE_LIST,
  BT_BENCODE_DICT,
} BtBencodeType;

/* One value of a document, or none. Every function takes "none" and a node of another type for an answer of
 * "no": look-ups chain without checks in between.
 */
typedef struct
{
  const BtBencode *document;  /* borrowed; NULL: none */
  guint32          index;
} BtBencodeNode;

/* Steps through a list or dictionary: bt_bencode_iter_init(), then next until FALSE. */
typedef struct
{
  const BtBencode *document;  /* borrowed */
  guint32          index;
  guint32          end;
} BtBencodeIter;

/* Parses the whole of `bytes` and takes a reference to them. `limits` may be NULL. NULL with BT_BENCODE_ERROR,
 * the message saying what is wrong and at which byte. */
BtBencode     *bt_bencode_parse          (GBytes                *bytes,
                                          const BtBencodeLimits *limits,
                                          GError               **error);
/* The same over bytes that the caller keeps alive and unchanged for as long as the document. */
BtBencode     *bt_bencode_parse_data     (const guint8          *bytes,
                                          gsize                  n_bytes,
                                          const BtBencodeLimits *limits,
                                          GError               **error);
/* The same for one value with anything behind it (BEP 9 puts raw bytes behind a dictionary). Sets `out_n_used`
 * to the bytes of the value. */
BtBencode     *bt_bencode_parse_prefix   (const guint8          *bytes,
                                          gsize                  n_bytes,
                                          const BtBencodeLimits *limits,
                                          gsize                 *out_n_used,
                                          GError               **error);
void           bt_bencode_free           (BtBencode             *document);

BtBencodeNode  bt_bencode_get_root       (const BtBencode       *document);
guint32        bt_bencode_get_n_tokens   (const BtBencode       *document);

BtBencodeType  bt_bencode_node_get_type  (BtBencodeNode          node);
static inline gboolean bt_bencode_node_exists (BtBencodeNode     node);
/* FALSE unless an integer. */
gboolean       bt_bencode_node_get_int   (BtBencodeNode          node,
                                          gint64                *out_value);
/* The bytes of a string, borrowed, not terminated, possibly with zeros; NULL (and nothing set) unless a string. */
const guint8  *bt_bencode_node_get_string (BtBencodeNode         node,
                                           gsize                *out_n_bytes);
/* Whether a string with exactly these bytes. */
gboolean       bt_bencode_node_equals    (BtBencodeNode          node,
                                          const char            *text);
/* The node exactly as it stands in the input, borrowed; NULL for none. */
const guint8  *bt_bencode_node_get_raw   (BtBencodeNode          node,
                                          gsize                 *out_n_bytes);
/* Where the node begins, in bytes from the start of the input: for messages. 0 for none. */
gsize          bt_bencode_node_get_offset (BtBencodeNode         node);
/* Elements of a list, or keys of a dictionary; walks them. 0 for others. */
guint32        bt_bencode_node_count     (BtBencodeNode          node);

/* The value of the first key that equals `key`; none when there is none. Walks the keys. */
BtBencodeNode  bt_bencode_dict_get       (BtBencodeNode          dict,
                                          const char            *key);
BtBencodeNode  bt_bencode_dict_get_bytes (BtBencodeNode          dict,
                                          const guint8          *key,
                                          gsize                  n_key_bytes);
/* Look-up and conversion in one; FALSE or NULL when absent or of another type. */
gboolean       bt_bencode_dict_get_int   (BtBencodeNode          dict,
                                          const char            *key,
                                          gint64                *out_value);
const guint8  *bt_bencode_dict_get_string (BtBencodeNode         dict,
                                           const char           *key,
                                           gsize                *out_n_bytes);

/* Over a list or dictionary; over anything else there is nothing. */
void           bt_bencode_iter_init      (BtBencodeIter         *iter,
                                          BtBencodeNode          container);
/* The next element of a list. Over a dictionary this yields keys and values in turn. */
gboolean       bt_bencode_iter_next      (BtBencodeIter         *iter,
                                          BtBencodeNode         *out_node);
/* The next pair of a dictionary, in the input's order. Only for dictionaries. */
gboolean       bt_bencode_iter_next_pair (BtBencodeIter         *iter,
                                          BtBencodeNode         *out_key,
                                          BtBencodeNode         *out_value);

static inline gboolean
bt_bencode_node_exists (BtBencodeNode node)
{
  return node.document != NULL;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtBencode, bt_bencode_free)

G_END_DECLS
