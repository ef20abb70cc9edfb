/* test-bitfield.c - sets of piece indices against an array of booleans
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-bitfield.h"
#include "base/bt-random.h"

#include <string.h>

#define MAX_BITS 1000

static const guint32 sizes[] = { 0, 1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, MAX_BITS };

/* The same set, kept as simply as can be. */
typedef struct
{
  guint32  n_bits;
  gboolean is_set[MAX_BITS];
} Reference;

static guint32
reference_count (const Reference *reference)
{
  guint32 n_set = 0;

  for (guint32 i = 0; i < reference->n_bits; i++)
    n_set += reference->is_set[i] ? 1 : 0;
  return n_set;
}

/* The first index at or after `from` that is set in `a` (or not, when `wanted` is FALSE), and unset in `b` if given. */
static guint32
reference_find (const Reference *a,
                const Reference *b,
                gboolean         wanted,
                guint32          from)
{
  for (guint32 i = from; i < a->n_bits; i++)
    if (a->is_set[i] == wanted && (b == NULL || !b->is_set[i]))
      return i;
  return a->n_bits;
}

static void
reference_get_bytes (const Reference *reference,
                     guint8          *out_bytes)
{
  memset (out_bytes, 0, (reference->n_bits + 7) / 8);
  for (guint32 i = 0; i < reference->n_bits; i++)
    if (reference->is_set[i])
      out_bytes[i / 8] |= (guint8) (1u << (7 - i % 8));
}

static void
assert_same (const BtBitfield *field,
             const Reference  *reference)
{
  guint8 expected[(MAX_BITS + 7) / 8 + 1];
  guint8 bytes[sizeof expected];
  gsize n_bytes = (reference->n_bits + 7) / 8;
  guint32 n_set = reference_count (reference);

  g_assert_cmpuint (field->n_bits, ==, reference->n_bits);
  g_assert_cmpuint (field->n_set, ==, n_set);
  g_assert_cmpint (bt_bitfield_is_empty (field), ==, n_set == 0);
  g_assert_cmpint (bt_bitfield_is_full (field), ==, n_set == reference->n_bits);
  g_assert_cmpint (field->bytes == NULL, ==, n_set == 0 || n_set == reference->n_bits);

  for (guint32 i = 0; i < reference->n_bits; i++)
    g_assert_cmpint (bt_bitfield_get (field, i), ==, reference->is_set[i]);
  g_assert_false (bt_bitfield_get (field, reference->n_bits));
  g_assert_false (bt_bitfield_get (field, G_MAXUINT32));

  /* One byte more than the answer, to see that it stays. */
  memset (bytes, 0x5a, sizeof bytes);
  bt_bitfield_get_bytes (field, bytes);
  reference_get_bytes (reference, expected);
  g_assert_cmpmem (bytes, n_bytes, expected, n_bytes);
  g_assert_cmphex (bytes[n_bytes], ==, 0x5a);
  if (field->bytes != NULL)
    {
      gsize n_padded = (n_bytes + 7) / 8 * 8;

      for (gsize i = n_bytes; i < n_padded; i++)
        g_assert_cmphex (field->bytes[i], ==, 0);
    }
}

static void
assert_same_answers (const BtBitfield *field,
                     const Reference  *reference,
                     const BtBitfield *other,
                     const Reference  *other_reference)
{
  guint32 n_bits = reference->n_bits;
  guint32 n_missing = 0;

  for (guint32 from = 0; from <= n_bits; from++)
    {
      g_assert_cmpuint (bt_bitfield_next_set (field, from), ==,
                        reference_find (reference, NULL, TRUE, from));
      g_assert_cmpuint (bt_bitfield_next_unset (field, from), ==,
                        reference_find (reference, NULL, FALSE, from));
      g_assert_cmpuint (bt_bitfield_next_missing (field, other, from), ==,
                        reference_find (reference, other_reference, TRUE, from));
    }
  g_assert_cmpuint (bt_bitfield_next_set (field, G_MAXUINT32), ==, n_bits);
  g_assert_cmpuint (bt_bitfield_next_unset (field, G_MAXUINT32), ==, n_bits);
  g_assert_cmpuint (bt_bitfield_next_missing (field, other, G_MAXUINT32), ==, n_bits);

  for (guint32 i = 0; i < n_bits; i++)
    n_missing += reference->is_set[i] && !other_reference->is_set[i] ? 1 : 0;
  g_assert_cmpuint (bt_bitfield_count_missing (field, other), ==, n_missing);

  /* Of every range that begins at one of three places. */
  for (guint32 first = 0; first < n_bits; first += n_bits / 3 + 1)
    {
      guint32 n_set = 0;

      for (guint32 last = first; last < n_bits; last++)
        {
          n_set += reference->is_set[last] ? 1 : 0;
          g_assert_cmpuint (bt_bitfield_count_range (field, first, last), ==, n_set);
        }
    }
}

/* Fills both with the given density out of 16; 0 is empty, 16 full. */
static void
fill (BtBitfield *field,
      Reference  *reference,
      guint32     n_bits,
      guint       density,
      BtRandom   *random)
{
  bt_bitfield_init (field, n_bits);
  *reference = (Reference) { .n_bits = n_bits };
  for (guint32 i = 0; i < n_bits; i++)
    if (bt_random_below (random, 16) < density)
      {
        reference->is_set[i] = TRUE;
        g_assert_true (bt_bitfield_set (field, i));
        g_assert_false (bt_bitfield_set (field, i));
      }
}

static void
test_against_reference (void)
{
  static const guint densities[] = { 0, 1, 8, 15, 16 };
  BtRandom random;

  bt_random_init (&random, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (densities) * G_N_ELEMENTS (densities); j++)
      {
        BtBitfield a;
        BtBitfield b;
        Reference reference_a;
        Reference reference_b;

        fill (&a, &reference_a, sizes[i], densities[j % G_N_ELEMENTS (densities)], &random);
        fill (&b, &reference_b, sizes[i], densities[j / G_N_ELEMENTS (densities)], &random);
        assert_same (&a, &reference_a);
        assert_same (&b, &reference_b);
        assert_same_answers (&a, &reference_a, &b, &reference_b);
        bt_bitfield_clear (&a);
        bt_bitfield_clear (&b);
      }
}

static void
test_random_changes (void)
{
  BtRandom random;

  bt_random_init (&random, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint32 n_bits = sizes[i];
      Reference reference = { .n_bits = n_bits };
      BtBitfield field;

      if (n_bits == 0)
        continue;
      bt_bitfield_init (&field, n_bits);
      for (guint step = 0; step < 2000; step++)
        {
          guint32 index = bt_random_below (&random, n_bits);
          gboolean wanted = bt_random_below (&random, 2) == 1;
          gboolean changed;

          if (wanted)
            changed = bt_bitfield_set (&field, index);
          else
            changed = bt_bitfield_unset (&field, index);
          g_assert_cmpint (changed, ==, reference.is_set[index] != wanted);
          reference.is_set[index] = wanted;
          if (step % 64 == 0 || n_bits < 10)
            assert_same (&field, &reference);
        }
      bt_bitfield_clear (&field);
    }
}

/* From empty to full and back, through every count. */
static void
test_fill_and_drain (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Reference reference = { .n_bits = sizes[i] };
      BtBitfield field;

      bt_bitfield_init (&field, sizes[i]);
      assert_same (&field, &reference);
      for (guint32 index = sizes[i]; index-- > 0;)
        {
          reference.is_set[index] = TRUE;
          g_assert_true (bt_bitfield_set (&field, index));
          assert_same (&field, &reference);
        }
      for (guint32 index = sizes[i]; index-- > 0;)
        {
          reference.is_set[index] = FALSE;
          g_assert_true (bt_bitfield_unset (&field, index));
          assert_same (&field, &reference);
        }
      bt_bitfield_clear (&field);
    }
}

static void
test_wire_form (void)
{
  BtRandom random;

  bt_random_init (&random, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint density = 0; density <= 16; density += 4)
      {
        guint8 bytes[(MAX_BITS + 7) / 8 + 1] = { 0 };
        gsize n_bytes = (sizes[i] + 7) / 8;
        Reference reference;
        BtBitfield source;
        BtBitfield field;

        fill (&source, &reference, sizes[i], density, &random);
        bt_bitfield_get_bytes (&source, bytes);

        /* Into a set of every kind: empty, full, and one with memory. */
        for (guint kind = 0; kind < 3; kind++)
          {
            bt_bitfield_init (&field, sizes[i]);
            if (kind == 1)
              bt_bitfield_set_all (&field);
            else if (kind == 2 && sizes[i] > 0)
              bt_bitfield_set (&field, sizes[i] / 2);
            g_assert_true (bt_bitfield_set_bytes (&field, bytes, n_bytes));
            assert_same (&field, &reference);
            bt_bitfield_clear (&field);
          }
        bt_bitfield_clear (&source);
      }
}

static void
test_wire_form_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint8 bytes[(MAX_BITS + 7) / 8 + 8] = { 0 };
      gsize n_bytes = (sizes[i] + 7) / 8;
      guint n_spare = (guint) (n_bytes * 8 - sizes[i]);
      Reference reference = { .n_bits = sizes[i] };
      BtBitfield field;

      bt_bitfield_init (&field, sizes[i]);
      if (sizes[i] > 0)
        {
          bt_bitfield_set (&field, sizes[i] - 1);
          reference.is_set[sizes[i] - 1] = TRUE;
          g_assert_false (bt_bitfield_set_bytes (&field, bytes, n_bytes - 1));
        }
      g_assert_false (bt_bitfield_set_bytes (&field, bytes, n_bytes + 1));
      g_assert_false (bt_bitfield_set_bytes (&field, bytes, G_MAXSIZE));
      for (guint spare = 0; spare < n_spare; spare++)
        {
          bytes[n_bytes - 1] = (guint8) (1u << spare);
          g_assert_false (bt_bitfield_set_bytes (&field, bytes, n_bytes));
        }
      assert_same (&field, &reference);
      bt_bitfield_clear (&field);
    }
}

/* BEP 3: the high bit of the first byte is piece 0. */
static void
test_bit_order (void)
{
  static const guint8 wire[2] = { 0x80, 0x40 };
  BtBitfield field;

  bt_bitfield_init (&field, 10);
  g_assert_true (bt_bitfield_set_bytes (&field, wire, sizeof wire));
  g_assert_cmpuint (field.n_set, ==, 2);
  g_assert_true (bt_bitfield_get (&field, 0));
  g_assert_true (bt_bitfield_get (&field, 9));
  bt_bitfield_clear (&field);
}

static void
test_copy (void)
{
  BtRandom random;

  bt_random_init (&random, 4);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint density = 0; density <= 16; density += 8)
      {
        Reference reference;
        BtBitfield source;
        BtBitfield copy;

        fill (&source, &reference, sizes[i], density, &random);
        bt_bitfield_init (&copy, 77);
        bt_bitfield_set (&copy, 5);
        bt_bitfield_copy (&copy, &source);
        bt_bitfield_copy (&copy, &copy);
        bt_bitfield_clear (&source);
        assert_same (&copy, &reference);
        bt_bitfield_set_all (&copy);
        g_assert_true (bt_bitfield_is_full (&copy));
        bt_bitfield_set_none (&copy);
        g_assert_true (bt_bitfield_is_empty (&copy));
        bt_bitfield_clear (&copy);
      }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/bitfield/against-reference", test_against_reference);
  g_test_add_func ("/base/bitfield/random-changes", test_random_changes);
  g_test_add_func ("/base/bitfield/fill-and-drain", test_fill_and_drain);
  g_test_add_func ("/base/bitfield/wire-form", test_wire_form);
  g_test_add_func ("/base/bitfield/wire-form-refused", test_wire_form_refused);
  g_test_add_func ("/base/bitfield/bit-order", test_bit_order);
  g_test_add_func ("/base/bitfield/copy", test_copy);
  return g_test_run ();
}
