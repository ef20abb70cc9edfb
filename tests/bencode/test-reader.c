/* test-reader.c - what the bencode parser takes, refuses and finds again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bencode/bt-bencode.h"

#include <string.h>

/* `bytes` holds no zeros, so that its length is strlen(). */
typedef struct
{
  const char *bytes;
  const char *tree;  /* as dump() writes it */
} GoodCase;

static const GoodCase good_cases[] = {
  { "i0e", "0" },
  { "i1e", "1" },
  { "i-1e", "-1" },
  { "i9223372036854775807e", "9223372036854775807" },
  { "i-9223372036854775808e", "-9223372036854775808" },
  { "0:", "''" },
  { "4:spam", "'spam'" },
  { "10:0123456789", "'0123456789'" },
  { "le", "[]" },
  { "de", "{}" },
  { "lleldeee", "[[][{}]]" },
  { "li1ei2e1:ae", "[1 2 'a']" },
  { "d1:ai1e1:bli2eee", "{'a'=1 'b'=[2]}" },
  { "d0:0:e", "{''=''}" },
  { "d1:ad1:bd1:cdeeee", "{'a'={'b'={'c'={}}}}" },
  { "d1:bi1e1:ai2ee", "{'b'=1 'a'=2}" },           /* unsorted */
  { "d1:ai1e1:ai2ee", "{'a'=1 'a'=2}" },           /* repeated */
  { "d1:alee", "{'a'=[]}" },
  { "l1:d1:l1:i1:ee", "['d' 'l' 'i' 'e']" },       /* letters as content */
};

typedef struct
{
  const char     *bytes;
  BtBencodeError  code;
  guint           at;    /* named in the message */
} BadCase;

static const BadCase bad_cases[] = {
  { "", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "x", BT_BENCODE_ERROR_SYNTAX, 0 },
  { " i1e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "-1", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { ":", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "i-", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "i12", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "ie", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i-e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i--1e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i+1e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i01e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i00e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i-0e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i-01e", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "i1.5e", BT_BENCODE_ERROR_SYNTAX, 2 },
  { "i1 e", BT_BENCODE_ERROR_SYNTAX, 2 },
  { "i9223372036854775808e", BT_BENCODE_ERROR_OVERFLOW, 0 },
  { "i-9223372036854775809e", BT_BENCODE_ERROR_OVERFLOW, 0 },
  { "i99999999999999999999999999e", BT_BENCODE_ERROR_OVERFLOW, 0 },
  { "li18446744073709551616ee", BT_BENCODE_ERROR_OVERFLOW, 1 },
  { "1", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "1:", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "5:spam", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "01:a", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "00:", BT_BENCODE_ERROR_SYNTAX, 0 },
  { "1a:b", BT_BENCODE_ERROR_SYNTAX, 1 },
  { "4294967297:a", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "18446744073709551617:a", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "99999999999999999999999999999999:a", BT_BENCODE_ERROR_TRUNCATED, 0 },
  { "l", BT_BENCODE_ERROR_TRUNCATED, 1 },
  { "li1e", BT_BENCODE_ERROR_TRUNCATED, 4 },
  { "d", BT_BENCODE_ERROR_TRUNCATED, 1 },
  { "d1:a", BT_BENCODE_ERROR_TRUNCATED, 4 },
  { "d1:ae", BT_BENCODE_ERROR_SYNTAX, 4 },
  { "d1:ai1e1:be", BT_BENCODE_ERROR_SYNTAX, 10 },
  { "di1ei2ee", BT_BENCODE_ERROR_SYNTAX, 1 },
  { "dlelee", BT_BENCODE_ERROR_SYNTAX, 1 },
  { "ddei1ee", BT_BENCODE_ERROR_SYNTAX, 1 },
  { "d1:adei1ei2ee", BT_BENCODE_ERROR_SYNTAX, 6 },  /* a key again behind a container */
  { "i1ei2e", BT_BENCODE_ERROR_TRAILING, 3 },
  { "lee", BT_BENCODE_ERROR_TRAILING, 2 },
  { "4:spam\n", BT_BENCODE_ERROR_TRAILING, 6 },
};

/* The tests' own walk may recurse. */
static void
dump (BtBencodeNode  node,
      GString       *out)
{
  BtBencodeIter iter;
  BtBencodeNode key;
  BtBencodeNode value;
  const guint8 *string;
  gsize         n = 0;
  gint64        number = 0;
  gsize         start = out->len;

  switch (bt_bencode_node_get_type (node))
    {
    case BT_BENCODE_INT:
      g_assert_true (bt_bencode_node_get_int (node, &number));
      g_string_append_printf (out, "%" G_GINT64_FORMAT, number);
      break;
    case BT_BENCODE_STRING:
      string = bt_bencode_node_get_string (node, &n);
      g_string_append_printf (out, "'%.*s'", (int) n, (const char *) string);
      break;
    case BT_BENCODE_LIST:
      bt_bencode_iter_init (&iter, node);
      g_string_append_c (out, '[');
      while (bt_bencode_iter_next (&iter, &value))
        {
          if (out->len > start + 1 && out->str[out->len - 1] != ']')
            g_string_append_c (out, ' ');
          dump (value, out);
        }
      g_string_append_c (out, ']');
      break;
    case BT_BENCODE_DICT:
      bt_bencode_iter_init (&iter, node);
      g_string_append_c (out, '{');
      while (bt_bencode_iter_next_pair (&iter, &key, &value))
        {
          if (out->len > start + 1)
            g_string_append_c (out, ' ');
          dump (key, out);
          g_string_append_c (out, '=');
          dump (value, out);
        }
      g_string_append_c (out, '}');
      break;
    case BT_BENCODE_NONE:
      g_string_append (out, "none");
      break;
    }
}

/* In memory of exactly its size, so that a sanitizer sees a read past the end. */
static guint8 *
dup_exactly (const char *bytes,
             gsize      *out_n)
{
  *out_n = strlen (bytes);
  return g_memdup2 (bytes, *out_n);
}

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (GError)    error = NULL;
      g_autoptr (GString)   tree = g_string_new (NULL);
      g_autofree guint8    *bytes = NULL;
      g_autoptr (BtBencode) document = NULL;
      gsize                 n = 0;
      gsize                 n_raw = 0;

      bytes = dup_exactly (good_cases[i].bytes, &n);
      document = bt_bencode_parse_data (bytes, n, NULL, &error);
      g_assert_no_error (error);
      dump (bt_bencode_get_root (document), tree);
      g_assert_cmpstr (tree->str, ==, good_cases[i].tree);
      g_assert_true (bt_bencode_node_get_raw (bt_bencode_get_root (document), &n_raw) == bytes);
      g_assert_cmpuint (n_raw, ==, n);
    }
}

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError)    error = NULL;
      g_autofree guint8    *bytes = NULL;
      g_autofree char      *where = g_strdup_printf ("at byte %u", bad_cases[i].at);
      g_autoptr (BtBencode) document = NULL;
      gsize                 n = 0;

      bytes = dup_exactly (bad_cases[i].bytes, &n);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      document = bt_bencode_parse_data (bytes, n, NULL, &error);
      g_assert_null (document);
      g_assert_error (error, BT_BENCODE_ERROR, (int) bad_cases[i].code);
      g_assert_true (g_str_has_suffix (error->message, where));
    }
}

/* Every good input cut anywhere is refused, and reads nothing past its end. */
static void
test_cut (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    for (gsize n = 0; n < strlen (good_cases[i].bytes); n++)
      {
        g_autoptr (GError)    error = NULL;
        g_autofree guint8    *bytes = g_memdup2 (good_cases[i].bytes, n);
        g_autoptr (BtBencode) document = bt_bencode_parse_data (bytes, n, NULL, &error);

        g_assert_null (document);
        g_assert_error (error, BT_BENCODE_ERROR, BT_BENCODE_ERROR_TRUNCATED);
      }
}

static void
test_lookup (void)
{
  static const char     bytes[] = "d1:ai7e1:bl1:x1:ye1:a3:two4:infod4:name3:abce1:zi-3ee";
  g_autoptr (GBytes)    owner = g_bytes_new (bytes, strlen (bytes));
  g_autoptr (BtBencode) document = bt_bencode_parse (owner, NULL, NULL);
  BtBencodeNode         root = bt_bencode_get_root (document);
  BtBencodeNode         none = bt_bencode_dict_get (root, "nothing");
  BtBencodeNode         info = bt_bencode_dict_get (root, "info");
  BtBencodeNode         list = bt_bencode_dict_get (root, "b");
  const guint8         *raw;
  gint64                number = 5;
  gsize                 n = 99;

  g_clear_pointer (&owner, g_bytes_unref);
  g_assert_true (bt_bencode_dict_get_int (root, "a", &number));
  g_assert_cmpint (number, ==, 7);
  g_assert_true (bt_bencode_dict_get_int (root, "z", &number));
  g_assert_cmpint (number, ==, -3);
  raw = bt_bencode_node_get_raw (info, &n);
  g_assert_cmpmem (raw, n, "d4:name3:abce", 13);
  g_assert_true (bt_bencode_node_get_raw (root, &n) + bt_bencode_node_get_offset (info) == raw);
  g_assert_true (bt_bencode_node_equals (bt_bencode_dict_get (info, "name"), "abc"));
  g_assert_false (bt_bencode_node_equals (bt_bencode_dict_get (info, "name"), "abcd"));
  g_assert_cmpuint (bt_bencode_node_count (root), ==, 5);
  g_assert_cmpuint (bt_bencode_node_count (list), ==, 2);
  g_assert_cmpuint (bt_bencode_node_count (bt_bencode_dict_get (root, "a")), ==, 0);

  /* Nothing, and the wrong type, answer no and touch nothing. */
  number = 5;
  n = 99;
  g_assert_false (bt_bencode_node_exists (none));
  g_assert_cmpint (bt_bencode_node_get_type (none), ==, BT_BENCODE_NONE);
  g_assert_false (bt_bencode_node_exists (bt_bencode_dict_get (none, "a")));
  g_assert_false (bt_bencode_node_exists (bt_bencode_dict_get (list, "x")));
  g_assert_false (bt_bencode_dict_get_int (root, "b", &number));
  g_assert_null (bt_bencode_dict_get_string (root, "a", &n));
  g_assert_null (bt_bencode_node_get_raw (none, &n));
  g_assert_cmpuint (bt_bencode_node_count (none), ==, 0);
  g_assert_cmpuint (bt_bencode_node_get_offset (none), ==, 0);
  g_assert_cmpint (number, ==, 5);
  g_assert_cmpuint (n, ==, 99);
}

static void
test_binary (void)
{
  static const guint8   bytes[] = { 'd', '2', ':', 0, 1, '3', ':', 'e', 0, 'e', 'e' };
  g_autoptr (BtBencode) document = bt_bencode_parse_data (bytes, sizeof bytes, NULL, NULL);
  BtBencodeNode         value;
  const guint8         *string;
  gsize                 n = 0;

  value = bt_bencode_dict_get_bytes (bt_bencode_get_root (document), bytes + 3, 2);
  string = bt_bencode_node_get_string (value, &n);
  g_assert_cmpmem (string, n, bytes + 7, 3);
}

static void
test_prefix (void)
{
  static const char     bytes[] = "d8:msg_typei1eeraw bytes i1e";
  g_autoptr (BtBencode) document = NULL;
  g_autoptr (BtBencode) none = NULL;
  gsize                 n_used = 7;

  none = bt_bencode_parse_prefix ((const guint8 *) "d1:a", 4, NULL, &n_used, NULL);
  g_assert_null (none);
  g_assert_cmpuint (n_used, ==, 7);
  document = bt_bencode_parse_prefix ((const guint8 *) bytes, strlen (bytes), NULL, &n_used, NULL);
  g_assert_nonnull (document);
  g_assert_cmpuint (n_used, ==, 15);
}

static BtBencode *
parse_nested (guint                   depth,
              const BtBencodeLimits  *limits,
              GError                **error)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes)     bytes = NULL;

  for (guint i = 0; i < depth; i++)
    g_byte_array_append (array, (const guint8 *) "l", 1);
  for (guint i = 0; i < depth; i++)
    g_byte_array_append (array, (const guint8 *) "e", 1);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  return bt_bencode_parse (bytes, limits, error);
}

static void
test_limits (void)
{
  static const struct
  {
    const char      *bytes;
    BtBencodeLimits  limits;
    gboolean         is_good;
  } cases[] = {
    { "llleee", { .max_depth = 3 }, TRUE },
    { "llleee", { .max_depth = 2 }, FALSE },
    { "lledelee", { .max_depth = 2 }, TRUE },  /* depth, not number */
    { "li1ei2ee", { .max_tokens = 3 }, TRUE },
    { "li1ei2ee", { .max_tokens = 2 }, FALSE },
    { "4:spam", { .max_bytes = 6 }, TRUE },
    { "4:spam", { .max_bytes = 5 }, FALSE },
  };
  g_autoptr (GError) error = NULL;
  BtBencodeLimits    generous = { .max_depth = 3000000 };
  BtBencode         *document;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      document = bt_bencode_parse_data ((const guint8 *) cases[i].bytes, strlen (cases[i].bytes),
                                        &cases[i].limits, &error);
      g_assert_true ((document != NULL) == cases[i].is_good);
      if (!cases[i].is_good)
        g_assert_error (error, BT_BENCODE_ERROR, BT_BENCODE_ERROR_LIMIT);
      g_clear_error (&error);
      bt_bencode_free (document);
    }

  document = parse_nested (BT_BENCODE_DEFAULT_MAX_DEPTH, NULL, &error);
  g_assert_no_error (error);
  bt_bencode_free (document);
  g_assert_null (parse_nested (BT_BENCODE_DEFAULT_MAX_DEPTH + 1, NULL, &error));
  g_assert_error (error, BT_BENCODE_ERROR, BT_BENCODE_ERROR_LIMIT);
  g_clear_error (&error);

  /* No recursion: depth costs tokens, never stack. */
  document = parse_nested (1000000, &generous, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_bencode_get_n_tokens (document), ==, 1000000);
  bt_bencode_free (document);
}

/* Stepping over a sibling does not walk into it: a million elements behind each of a thousand steps would be felt. */
static void
test_skipping (void)
{
  g_autoptr (GString)   text = g_string_new ("d3:bigl");
  g_autoptr (BtBencode) document = NULL;
  g_autoptr (GError)    error = NULL;
  BtBencodeNode         root;
  gint64                number = 0;
  gint64                sum = 0;

  for (guint i = 0; i < 1000000; i++)
    g_string_append (text, "i1e");
  g_string_append (text, "e1:zi1ee");
  document = bt_bencode_parse_data ((const guint8 *) text->str, text->len, NULL, &error);
  g_assert_no_error (error);
  root = bt_bencode_get_root (document);
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_true (bt_bencode_dict_get_int (root, "z", &number));
      sum += number;
    }
  g_assert_cmpint (sum, ==, 1000);
  g_assert_cmpuint (bt_bencode_node_count (bt_bencode_dict_get (root, "big")), ==, 1000000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bencode/reader/good", test_good);
  g_test_add_func ("/bencode/reader/bad", test_bad);
  g_test_add_func ("/bencode/reader/cut", test_cut);
  g_test_add_func ("/bencode/reader/lookup", test_lookup);
  g_test_add_func ("/bencode/reader/binary", test_binary);
  g_test_add_func ("/bencode/reader/prefix", test_prefix);
  g_test_add_func ("/bencode/reader/limits", test_limits);
  g_test_add_func ("/bencode/reader/skipping", test_skipping);
  return g_test_run ();
}
