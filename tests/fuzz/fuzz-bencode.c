/* fuzz-bencode.c - the bencode parser on any bytes; its tokens must tile what it takes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bencode/bt-bencode.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* Every node lies in its container, and siblings lie behind each other: so the walk covers each byte once. */
static void
check_tiles (BtBencodeNode node)
{
  BtBencodeIter iter;
  BtBencodeNode child;
  gsize         n_raw = 0;
  gsize         at;
  gsize         end;

  bt_bencode_node_get_raw (node, &n_raw);
  at = bt_bencode_node_get_offset (node) + 1;
  end = bt_bencode_node_get_offset (node) + n_raw - 1;
  bt_bencode_iter_init (&iter, node);
  while (bt_bencode_iter_next (&iter, &child))
    {
      if (bt_bencode_node_get_offset (child) != at)
        g_error ("a gap before byte %" G_GSIZE_FORMAT, at);
      bt_bencode_node_get_raw (child, &n_raw);
      at += n_raw;
    }
  if (at != end)
    g_error ("a gap before byte %" G_GSIZE_FORMAT, end);
}

static void
check_node (BtBencodeNode node)
{
  const guint8 *string;
  gsize         n = 0;
  gint64        number = 0;
  guint         sum = 0;

  switch (bt_bencode_node_get_type (node))
    {
    case BT_BENCODE_INT:
      if (!bt_bencode_node_get_int (node, &number))
        g_error ("an integer is none");
      break;
    case BT_BENCODE_STRING:
      string = bt_bencode_node_get_string (node, &n);
      for (gsize i = 0; i < n; i++)
        sum += string[i];
      if (sum > n * 255)
        g_error ("impossible sum");
      break;
    case BT_BENCODE_DICT:
      bt_bencode_dict_get (node, "info");
      check_tiles (node);
      break;
    case BT_BENCODE_LIST:
      check_tiles (node);
      break;
    case BT_BENCODE_NONE:
      g_error ("no node");
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const BtBencodeLimits limits = { .max_depth = 20,
                                          .max_tokens = 10000,
                                          .max_bytes = 1 << 20 };
  g_autoptr (BtBencode)        document = NULL;
  g_autoptr (GError)           error = NULL;
  gsize                        n_used = 0;

  document = bt_bencode_parse_prefix (data, size, &limits, &n_used, &error);
  if ((document == NULL) != (error != NULL) || n_used > size)
    g_error ("no document and no error, or both");
  if (document == NULL)
    return 0;
  for (guint32 i = 0; i < bt_bencode_get_n_tokens (document); i++)
    check_node ((BtBencodeNode) { document, i });
  return 0;
}
