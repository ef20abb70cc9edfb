/* fuzz-block-list.c - a block list, any bytes, cut anywhere
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "peers/bt-block-list.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static BtBlockList *
parse (const guint8 *data,
       gsize         size,
       gsize         piece_bytes)
{
  g_autoptr (BtBlockListParser) parser = bt_block_list_parser_new ();

  for (gsize at = 0; at < size; at += MIN (piece_bytes, size - at))
    if (!bt_block_list_parser_feed (parser, data + at, MIN (piece_bytes, size - at)))
      g_error ("full of so little");
  return bt_block_list_parser_finish (parser);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const char *const ips[] = { "0.0.0.0", "1.2.3.4", "255.255.255.255", "::", "1::4" };
  g_autoptr (BtBlockList)  whole = parse (data, size, MAX (size, 1));
  g_autoptr (BtBlockList)  pieces = parse (data, size, 1 + size % 61);
  const BtBlockListCounts *counts = bt_block_list_get_counts (whole);

  if (memcmp (counts, bt_block_list_get_counts (pieces), sizeof *counts) != 0 ||
      bt_block_list_get_n_ranges (whole) != bt_block_list_get_n_ranges (pieces))
    g_error ("it matters where the text is cut");
  if (counts->n_read + counts->n_malformed + counts->n_allowed > counts->n_lines ||
      counts->n_lines > size || bt_block_list_get_n_ranges (whole) > counts->n_read)
    g_error ("more than there is");
  for (gsize i = 0; i < G_N_ELEMENTS (ips); i++)
    {
      BtAddress address;

      if (!bt_address_parse (ips[i], 1, &address))
        g_error ("not an address");
      if (bt_block_list_contains (whole, &address) != bt_block_list_contains (pieces, &address))
        g_error ("two lists of one text");
    }
  return 0;
}
