/* test-metadata-message.c - ut_metadata's messages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-metadata-message.h"

#include <string.h>

static const struct
{
  const char     *payload;
  int             type;      /* BtMetadataType; -1: refused */
  guint32         piece;
  guint32         total;
  const char     *data;
} cases[] = {
  { "d8:msg_typei0e5:piecei0ee", BT_METADATA_REQUEST, 0, 0, NULL },
  { "d8:msg_typei2e5:piecei639ee", BT_METADATA_REJECT, 639, 0, NULL },
  { "d8:msg_typei1e5:piecei3e10:total_sizei3425eexyz", BT_METADATA_DATA, 3, 3425, "xyz" },
  { "d8:msg_typei1e5:piecei3eexyz", BT_METADATA_DATA, 3, 0, "xyz" },
  { "d8:msg_typei1e5:piecei0e10:total_size1:1exyz", BT_METADATA_DATA, 0, 0, "xyz" },
  /* Out of order, with more; bytes behind a request are of no meaning. */
  { "d5:piecei7e8:msg_typei0e1:xli1ei2eeegarbage", BT_METADATA_REQUEST, 7, 0, NULL },
  { "d8:msg_typei3e5:piecei-1ee", BT_METADATA_UNKNOWN, 0, 0, NULL },
  { "d8:msg_typei9999999999ee", BT_METADATA_UNKNOWN, 0, 0, NULL },

  { "", -1 },
  { "de", -1 },
  { "le", -1 },
  { "i0e", -1 },
  { "d8:msg_typei0e", -1 },
  { "d8:msg_typei0ee", -1 },
  { "d8:msg_type1:05:piecei0ee", -1 },
  { "d8:msg_typei-1e5:piecei0ee", -1 },
  { "d8:msg_typei0e5:piecei-1ee", -1 },
  { "d8:msg_typei0e5:piecei640ee", -1 },
  { "d8:msg_typei0e5:piecei18446744073709551616ee", -1 },
  { "d8:msg_typei1e5:piecei0e10:total_sizei10ee", -1 },
  { "d8:msg_typei1e5:piecei0e10:total_sizei0eex", -1 },
  { "d8:msg_typei1e5:piecei0e10:total_sizei4294967296eex", -1 },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtMetadataMessage message = { .type = 77 };
      gboolean is_good = bt_metadata_message_parse ((const guint8 *) cases[i].payload,
                                                    strlen (cases[i].payload), &message);

      g_test_message ("%s", cases[i].payload);
      g_assert_cmpint (is_good, ==, cases[i].type >= 0);
      if (!is_good)
        {
          g_assert_cmpint (message.type, ==, 77);
          continue;
        }
      g_assert_cmpint (message.type, ==, cases[i].type);
      g_assert_cmpuint (message.piece, ==, cases[i].piece);
      g_assert_cmpuint (message.total_bytes, ==, cases[i].total);
      if (cases[i].data == NULL)
        g_assert_null (message.data);
      else
        g_assert_cmpmem (message.data, message.n_bytes, cases[i].data, strlen (cases[i].data));
    }
}

static void
test_data_bounds (void)
{
  static const char head[] = "d8:msg_typei1e5:piecei0e10:total_sizei99999ee";
  g_autofree guint8 *bytes = g_malloc0 (sizeof head + BT_METADATA_PIECE_BYTES + 1);
  gsize n_head = strlen (head);
  BtMetadataMessage message;

  memcpy (bytes, head, n_head);
  g_assert_true (bt_metadata_message_parse (bytes, n_head + BT_METADATA_PIECE_BYTES, &message));
  g_assert_cmpuint (message.n_bytes, ==, BT_METADATA_PIECE_BYTES);
  g_assert_false (bt_metadata_message_parse (bytes, n_head + BT_METADATA_PIECE_BYTES + 1,
                                             &message));
}

static void
test_put (void)
{
  static const BtMetadataMessage messages[] = {
    { .type = BT_METADATA_REQUEST, .piece = 12 },
    { .type = BT_METADATA_REJECT, .piece = 0 },
    { .type = BT_METADATA_DATA, .piece = 1, .total_bytes = 16385, .data = (const guint8 *) "e",
      .n_bytes = 1 },
  };
  static const char *const expected[] = {
    "d8:msg_typei0e5:piecei12ee",
    "d8:msg_typei2e5:piecei0ee",
    "d8:msg_typei1e5:piecei1e10:total_sizei16385eee",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      g_byte_array_append (out, (const guint8 *) "ab", 2);
      bt_metadata_message_put (out, &messages[i]);
      g_assert_cmpmem (out->data + 2, out->len - 2, expected[i], strlen (expected[i]));
    }
}

static void
test_pieces (void)
{
  static const struct
  {
    gsize   n_bytes;
    guint32 n_pieces;
    guint32 last_bytes;
  } sizes[] = {
    { 0, 0, 0 }, { 1, 1, 1 }, { 16384, 1, 16384 }, { 16385, 2, 1 },
    { BT_METADATA_MAX_BYTES, BT_METADATA_MAX_PIECES, 16384 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint32 n = bt_metadata_count_pieces (sizes[i].n_bytes);

      g_assert_cmpuint (n, ==, sizes[i].n_pieces);
      g_assert_cmpuint (bt_metadata_get_piece_bytes (sizes[i].n_bytes, n), ==, 0);
      if (n > 0)
        g_assert_cmpuint (bt_metadata_get_piece_bytes (sizes[i].n_bytes, n - 1), ==,
                          sizes[i].last_bytes);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/metadata-message/parse", test_parse);
  g_test_add_func ("/wire/metadata-message/data-bounds", test_data_bounds);
  g_test_add_func ("/wire/metadata-message/put", test_put);
  g_test_add_func ("/wire/metadata-message/pieces", test_pieces);
  return g_test_run ();
}
