/* test-cursor.c - reading and writing big-endian numbers within bounds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-cursor.h"

static const guint8 wire[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff };

static void
test_read_in_order (void)
{
  BtCursor cursor = bt_cursor_init (wire, sizeof wire);
  const guint8 *bytes;
  guint8 u8;
  guint16 u16;
  guint32 u32;
  guint64 u64;

  g_assert_true (bt_cursor_get_u8 (&cursor, &u8));
  g_assert_cmphex (u8, ==, 0x01);
  g_assert_true (bt_cursor_get_u16 (&cursor, &u16));
  g_assert_cmphex (u16, ==, 0x0203);
  g_assert_true (bt_cursor_get_u32 (&cursor, &u32));
  g_assert_cmphex (u32, ==, 0x04050607);
  g_assert_true (bt_cursor_get_bytes (&cursor, 0, &bytes));
  g_assert_true (bytes == wire + 7);
  g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, 8);
  g_assert_true (bt_cursor_get_u64 (&cursor, &u64));
  g_assert_cmphex (u64, ==, G_GUINT64_CONSTANT (0x08090a0b0c0d0eff));
  g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, 0);
  g_assert_true (bt_cursor_get_bytes (&cursor, 0, &bytes));
}

/* At every distance from the end: too short a rest gives nothing and moves nothing. */
static void
test_end (void)
{
  for (gsize left = 0; left <= 8; left++)
    {
      const BtCursor start = bt_cursor_init (wire, left);
      BtCursor cursor = start;
      const guint8 *bytes = NULL;
      guint8 u8 = 0x5a;
      guint16 u16 = 0x5a5a;
      guint32 u32 = 0x5a5a5a5a;
      guint64 u64 = 0x5a5a5a5a;

      g_assert_cmpint (bt_cursor_get_u8 (&cursor, &u8), ==, left >= 1);
      g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, left >= 1 ? left - 1 : left);
      g_assert_cmphex (u8, ==, left >= 1 ? 0x01 : 0x5a);
      cursor = start;
      g_assert_cmpint (bt_cursor_get_u16 (&cursor, &u16), ==, left >= 2);
      g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, left >= 2 ? left - 2 : left);
      g_assert_cmphex (u16, ==, left >= 2 ? 0x0102 : 0x5a5a);
      cursor = start;
      g_assert_cmpint (bt_cursor_get_u32 (&cursor, &u32), ==, left >= 4);
      g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, left >= 4 ? left - 4 : left);
      g_assert_cmphex (u32, ==, left >= 4 ? 0x01020304 : 0x5a5a5a5a);
      cursor = start;
      g_assert_cmpint (bt_cursor_get_u64 (&cursor, &u64), ==, left >= 8);
      g_assert_cmpuint (bt_cursor_get_left (&cursor), ==, left >= 8 ? left - 8 : left);
      g_assert_cmphex (u64, ==, left >= 8 ? 0x0102030405060708 : 0x5a5a5a5a);
      cursor = start;
      g_assert_false (bt_cursor_get_bytes (&cursor, left + 1, &bytes));
      g_assert_false (bt_cursor_get_bytes (&cursor, G_MAXSIZE, &bytes));
      g_assert_null (bytes);
      g_assert_true (cursor.p == start.p);
    }
}

static void
test_write_and_read (void)
{
  static const guint64 values[] = {
    0, 1, 0x80, 0xff, 0x1234, 0xffff, 0x12345678, 0x80000000, G_MAXUINT32,
    G_GUINT64_CONSTANT (0x123456789abcdef0), G_MAXUINT64,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      guint8 bytes[9];

      memset (bytes, 0x5a, sizeof bytes);
      bt_write_u16 (bytes, (guint16) values[i]);
      g_assert_cmphex (bt_read_u16 (bytes), ==, (guint16) values[i]);
      g_assert_cmphex (bytes[2], ==, 0x5a);
      bt_write_u32 (bytes, (guint32) values[i]);
      g_assert_cmphex (bt_read_u32 (bytes), ==, (guint32) values[i]);
      g_assert_cmphex (bytes[4], ==, 0x5a);
      bt_write_u64 (bytes, values[i]);
      g_assert_cmphex (bt_read_u64 (bytes), ==, values[i]);
      g_assert_cmphex (bytes[0], ==, (guint8) (values[i] >> 56));
      g_assert_cmphex (bytes[8], ==, 0x5a);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/cursor/read-in-order", test_read_in_order);
  g_test_add_func ("/base/cursor/end", test_end);
  g_test_add_func ("/base/cursor/write-and-read", test_write_and_read);
  return g_test_run ();
}
