/* test-resume.c - resume data: compact, the same again, and never believed when a bit is wrong
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <string.h>

static BtResume *
decode (GBytes *blob)
{
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (blob, &n_bytes);

  return bt_store_resume_decode (bytes, n_bytes);
}

static void
test_round_trip (void)
{
  static const struct
  {
    guint32 n_pieces;
    guint32 n_files;
    gsize   max_bytes;
  } cases[] = {
    { 8, 1, 200 },
    { 9, 0, 200 },
    { 400, 4, 200 },
    { 65537, 1000, 26000 },
    { BT_MAX_PIECES, 1, 1100000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtResume) resume = make_resume (cases[i].n_pieces, cases[i].n_files, i);
      g_autoptr (GBytes) blob = bt_store_resume_encode (resume);
      g_autoptr (BtResume) again = decode (blob);

      g_test_message ("%u pieces: %" G_GSIZE_FORMAT " bytes", cases[i].n_pieces,
                      g_bytes_get_size (blob));
      g_assert_nonnull (again);
      assert_same_resume (again, resume);
      g_assert_cmpuint (g_bytes_get_size (blob), <=, cases[i].max_bytes);
    }
}

/* A copy is equal, and not any more when any part of it is another one. */
static void
test_equal (void)
{
  g_autoptr (BtResume) resume = make_resume (400, 4, 3);

  g_assert_true (bt_resume_equal (NULL, NULL));
  g_assert_false (bt_resume_equal (resume, NULL));
  g_assert_cmpuint (resume->partials->len, >, 0);
  g_assert_cmpuint (resume->stamps->len, ==, 4);
  for (guint i = 0; i < 7; i++)
    {
      g_autoptr (BtResume) other = bt_resume_copy (resume);
      BtPartialPiece *partial = &g_array_index (other->partials, BtPartialPiece, 0);

      g_assert_true (bt_resume_equal (resume, other));
      switch (i)
        {
        case 0:
          bt_bitfield_set_none (&other->have);
          break;
        case 1:
          bt_bitfield_clear (&other->made);
          break;
        case 2:
          if (!bt_bitfield_set (&other->suffixed, 1))
            bt_bitfield_unset (&other->suffixed, 1);
          break;
        case 3:
          partial->bits[0] ^= 0x80;
          break;
        case 4:
          g_array_index (other->stamps, BtFileStamp, 2).bytes++;
          break;
        case 5:
          g_array_set_size (other->stamps, 0);
          break;
        default:
          other->next_check++;
          break;
        }
      g_assert_false (bt_resume_equal (resume, other));
    }
}

static void
test_extremes (void)
{
  g_autoptr (BtResume) nothing = bt_resume_new (0, 0);
  g_autoptr (BtResume) all = bt_resume_new (BT_MAX_PIECES, 3);
  g_autoptr (GBytes) first = bt_store_resume_encode (nothing);
  g_autoptr (GBytes) second = NULL;
  g_autoptr (BtResume) again = decode (first);

  g_assert_nonnull (again);
  assert_same_resume (again, nothing);
  g_clear_pointer (&again, bt_resume_free);

  bt_bitfield_set_all (&all->have);
  second = bt_store_resume_encode (all);
  again = decode (second);
  g_assert_nonnull (again);
  assert_same_resume (again, all);
  g_assert_cmpuint (g_bytes_get_size (second), <, 60);
}

/* Out of order, twice, of pieces that are there or are none: what is left is what makes sense. */
static void
test_partials (void)
{
  static const guint32 pieces[] = { 5, 2, 9, 2, 7, 100, 0 };
  g_autoptr (BtResume) resume = bt_resume_new (10, 1);
  g_autoptr (GBytes) blob = NULL;
  g_autoptr (BtResume) again = NULL;

  bt_bitfield_set (&resume->have, 7);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      /* The spare bits are nonsense. */
      BtPartialPiece partial = { pieces[i], 3, NULL };

      partial.bits = g_malloc (1);
      partial.bits[0] = 0xbf;
      g_array_append_val (resume->partials, partial);
    }
  blob = bt_store_resume_encode (resume);
  again = decode (blob);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->partials->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      static const guint32 expected[] = { 0, 2, 5, 9 };
      BtPartialPiece *partial = &g_array_index (again->partials, BtPartialPiece, i);

      g_assert_cmpuint (partial->piece, ==, expected[i]);
      g_assert_cmpuint (partial->bits[0], ==, 0xa0);
    }
}

/* A single bit, a byte less, a byte more. */
static void
test_damage (void)
{
  g_autoptr (BtResume) resume = make_resume (400, 4, 5);
  g_autoptr (GBytes) blob = bt_store_resume_encode (resume);
  g_autofree guint8 *bytes = NULL;
  gsize n_bytes;

  bytes = g_malloc0 (g_bytes_get_size (blob) + 1);
  memcpy (bytes, g_bytes_get_data (blob, &n_bytes), g_bytes_get_size (blob));
  for (gsize i = 0; i < n_bytes * 8; i++)
    {
      bytes[i / 8] ^= (guint8) (1u << (i % 8));
      g_assert_null (bt_store_resume_decode (bytes, n_bytes));
      bytes[i / 8] ^= (guint8) (1u << (i % 8));
    }
  for (gsize i = 0; i < n_bytes; i++)
    g_assert_null (bt_store_resume_decode (bytes, i));
  g_assert_null (bt_store_resume_decode (bytes, n_bytes + 1));
}

/* Bodies whose sum would be right, and that claim what cannot be. */
static void
test_bodies (void)
{
#define NO_SET "\0\0\0\0\0"
#define EIGHT  "\0\0\0\x08\2\x0f"
  static const struct
  {
    const char *title;
    const char *bytes;
    gsize       n_bytes;
    gboolean    is_right;
  } cases[] = {
#define CASE(title, bytes, is_right) { title, bytes, sizeof bytes - 1, is_right }
    CASE ("nothing", NO_SET NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0", TRUE),
    CASE ("more behind", NO_SET NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "x", FALSE),
    CASE ("pieces", EIGHT NO_SET NO_SET "\0\0\0\x08" "\0\0\0\0" "\0\0\0\0", TRUE),
    CASE ("check behind the end", EIGHT NO_SET NO_SET "\0\0\0\x09" "\0\0\0\0" "\0\0\0\0", FALSE),
    CASE ("spare bit", "\0\0\0\x07\2\x0f" NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0", FALSE),
    CASE ("too many pieces", "\0\x80\0\1\1" NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0", FALSE),
    CASE ("too many files", EIGHT "\0\x0f\x42\x41\1" NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0",
          FALSE),
    CASE ("unknown set", "\0\0\0\x08\3\x0f" NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\0", FALSE),
    CASE ("partial",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\1" "\0\0\0\1" "\0\3" "\xe0" "\0\0\0\0", TRUE),
    CASE ("partial of a piece that is there",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\1" "\0\0\0\4" "\0\3" "\xe0" "\0\0\0\0", FALSE),
    CASE ("partial of no piece",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\1" "\0\0\0\x08" "\0\3" "\xe0" "\0\0\0\0", FALSE),
    CASE ("partial without blocks",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\1" "\0\0\0\1" "\0\0" "\0\0\0\0", FALSE),
    CASE ("partial with a spare bit",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\1" "\0\0\0\1" "\0\3" "\xf0" "\0\0\0\0", FALSE),
    CASE ("partial twice",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\2" "\0\0\0\1" "\0\1" "\x80" "\0\0\0\1" "\0\1"
          "\x80" "\0\0\0\0", FALSE),
    CASE ("more partials than pieces",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\xff\xff\xff\xff" "\0\0\0\0", FALSE),
    CASE ("more stamps than bytes",
          EIGHT NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\x0f\x42\x40", FALSE),
    CASE ("stamp of a file that is not there",
          NO_SET NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\1" "\xff\xff\xff\xff\xff\xff\xff\xff"
          "\0\0\0\0\0\0\0\0", TRUE),
    CASE ("stamp of a negative size",
          NO_SET NO_SET NO_SET "\0\0\0\0" "\0\0\0\0" "\0\0\0\1" "\xff\xff\xff\xff\xff\xff\xff\xfe"
          "\0\0\0\0\0\0\0\0", FALSE),
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BtResume) resume = NULL;

      g_test_message ("%s", cases[i].title);
      resume = bt_store_resume_decode_body ((const guint8 *) cases[i].bytes, cases[i].n_bytes);
      g_assert_true ((resume != NULL) == cases[i].is_right);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/resume/round-trip", test_round_trip);
  g_test_add_func ("/store/resume/equal", test_equal);
  g_test_add_func ("/store/resume/extremes", test_extremes);
  g_test_add_func ("/store/resume/partials", test_partials);
  g_test_add_func ("/store/resume/damage", test_damage);
  g_test_add_func ("/store/resume/bodies", test_bodies);
  return g_test_run ();
}
