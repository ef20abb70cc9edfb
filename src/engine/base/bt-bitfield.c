/* bt-bitfield.c - a set of piece indices, in the wire's bit order
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-bitfield.h"

#include <string.h>

#define WORD_BITS 64u

static inline gsize
get_n_words (const BtBitfield *field)
{
  return ((gsize) field->n_bits + WORD_BITS - 1) / WORD_BITS;
}

static inline gsize
get_n_bytes (const BtBitfield *field)
{
  return ((gsize) field->n_bits + 7) / 8;
}

/* The valid bits of the last word; all of them when it is used wholly. */
static inline guint64
get_last_mask (guint32 n_bits)
{
  guint used = n_bits % WORD_BITS;

  return used == 0 ? ~G_GUINT64_CONSTANT (0) : ~(~G_GUINT64_CONSTANT (0) >> used);
}

/* The word as a number whose highest bit is the lowest index. */
static inline guint64
load_word (const guint8 *bytes,
           gsize         word)
{
  guint64 value;

  memcpy (&value, bytes + word * 8, sizeof value);
  return GUINT64_FROM_BE (value);
}

/* The same for a set in any of its forms: an empty and a full one have no memory. */
static inline guint64
get_word (const BtBitfield *field,
          gsize             word)
{
  if (field->bytes != NULL)
    return load_word (field->bytes, word);
  if (field->n_set == 0)
    return 0;
  if (word + 1 == get_n_words (field))
    return get_last_mask (field->n_bits);
  return ~G_GUINT64_CONSTANT (0);
}

/* Whether a bit behind the last one is set, in a set that has memory. */
static inline gboolean
has_spare_bits (const BtBitfield *field)
{
  guint64 last = load_word (field->bytes, get_n_words (field) - 1);

  return (last & ~get_last_mask (field->n_bits)) != 0;
}

/* What can be checked in constant time; counting all bits at every change would cost too much. */
static inline void
check_invariant (const BtBitfield *field)
{
  g_assert (field->n_set <= field->n_bits);
  g_assert ((field->bytes == NULL) == (field->n_set == 0 || field->n_set == field->n_bits));
  g_assert (field->bytes == NULL || !has_spare_bits (field));
}

void
bt_bitfield_init (BtBitfield *field,
                  guint32     n_bits)
{
  *field = (BtBitfield) { NULL, n_bits, 0 };
}

void
bt_bitfield_clear (BtBitfield *field)
{
  g_clear_pointer (&field->bytes, g_free);
  field->n_bits = 0;
  field->n_set = 0;
}

void
bt_bitfield_copy (BtBitfield       *field,
                  const BtBitfield *source)
{
  if (field == source)
    return;

  check_invariant (source);
  g_free (field->bytes);
  *field = *source;
  if (source->bytes != NULL)
    field->bytes = g_memdup2 (source->bytes, get_n_words (source) * 8);
}

void
bt_bitfield_set_all (BtBitfield *field)
{
  g_clear_pointer (&field->bytes, g_free);
  field->n_set = field->n_bits;
}

void
bt_bitfield_set_none (BtBitfield *field)
{
  g_clear_pointer (&field->bytes, g_free);
  field->n_set = 0;
}

/* Gives a set that is about to stop being empty or full the memory it needs. */
static void
materialize (BtBitfield *field)
{
  guint64 last = GUINT64_TO_BE (get_last_mask (field->n_bits));
  gsize n_words = get_n_words (field);

  if (field->n_set == 0)
    {
      field->bytes = g_malloc0 (n_words * 8);
      return;
    }

  field->bytes = g_malloc (n_words * 8);
  memset (field->bytes, 0xff, n_words * 8);
  memcpy (field->bytes + (n_words - 1) * 8, &last, sizeof last);
}

gboolean
bt_bitfield_set (BtBitfield *field,
                 guint32     index)
{
  g_assert (index < field->n_bits);
  check_invariant (field);

  if (bt_bitfield_get (field, index))
    return FALSE;

  if (field->n_set + 1 == field->n_bits)
    {
      bt_bitfield_set_all (field);
      return TRUE;
    }

  if (field->bytes == NULL)
    materialize (field);
  field->bytes[index >> 3] |= (guint8) (0x80u >> (index & 7));
  field->n_set++;
  return TRUE;
}

gboolean
bt_bitfield_unset (BtBitfield *field,
                   guint32     index)
{
  g_assert (index < field->n_bits);
  check_invariant (field);

  if (!bt_bitfield_get (field, index))
    return FALSE;

  if (field->n_set == 1)
    {
      bt_bitfield_set_none (field);
      return TRUE;
    }

  if (field->bytes == NULL)
    materialize (field);
  field->bytes[index >> 3] &= (guint8) ~(0x80u >> (index & 7));
  field->n_set--;
  return TRUE;
}

/* Counts byte by byte at the end only, because foreign memory is not padded. */
static guint32
count_bits (const guint8 *bytes,
            gsize         n_bytes)
{
  guint32 n_set = 0;
  gsize n_words = n_bytes / 8;

  for (gsize i = 0; i < n_words; i++)
    n_set += (guint32) __builtin_popcountll (load_word (bytes, i));
  for (gsize i = n_words * 8; i < n_bytes; i++)
    n_set += (guint32) __builtin_popcount (bytes[i]);
  return n_set;
}

gboolean
bt_bitfield_set_bytes (BtBitfield   *field,
                       const guint8 *bytes,
                       gsize         n_bytes)
{
  guint n_spare = (8 - field->n_bits % 8) % 8;
  guint32 n_set;

  if (n_bytes != get_n_bytes (field))
    return FALSE;
  if (n_spare > 0 && (bytes[n_bytes - 1] & ((1u << n_spare) - 1)) != 0)
    return FALSE;

  n_set = count_bits (bytes, n_bytes);
  if (n_set == 0 || n_set == field->n_bits)
    {
      g_clear_pointer (&field->bytes, g_free);
    }
  else
    {
      if (field->bytes == NULL)
        field->bytes = g_malloc0 (get_n_words (field) * 8);
      memcpy (field->bytes, bytes, n_bytes);
    }
  field->n_set = n_set;
  check_invariant (field);
  return TRUE;
}

void
bt_bitfield_get_bytes (const BtBitfield *field,
                       guint8           *out_bytes)
{
  gsize n_bytes = get_n_bytes (field);

  check_invariant (field);

  if (n_bytes == 0)
    return;
  if (field->bytes != NULL)
    {
      memcpy (out_bytes, field->bytes, n_bytes);
    }
  else if (field->n_set == 0)
    {
      memset (out_bytes, 0, n_bytes);
    }
  else
    {
      memset (out_bytes, 0xff, n_bytes);
      out_bytes[n_bytes - 1] = (guint8) (0xffu << ((8 - field->n_bits % 8) % 8));
    }
}

/* The bits of `word` from bit `from` of the whole set on, when `from` lies in it. */
static inline guint64
cut_before (guint64 word,
            guint32 from)
{
  return word & (~G_GUINT64_CONSTANT (0) >> (from % WORD_BITS));
}

static inline guint32
get_first_index (gsize   word_index,
                 guint64 word)
{
  return (guint32) (word_index * WORD_BITS + (guint) __builtin_clzll (word));
}

guint32
bt_bitfield_next_set (const BtBitfield *field,
                      guint32           from)
{
  gsize n_words = get_n_words (field);
  gsize i = from / WORD_BITS;
  guint64 word;

  if (from >= field->n_bits || field->n_set == 0)
    return field->n_bits;
  if (field->bytes == NULL)
    return from;

  word = cut_before (load_word (field->bytes, i), from);
  while (word == 0 && ++i < n_words)
    word = load_word (field->bytes, i);
  return word == 0 ? field->n_bits : get_first_index (i, word);
}

guint32
bt_bitfield_next_unset (const BtBitfield *field,
                        guint32           from)
{
  gsize n_words = get_n_words (field);
  gsize i = from / WORD_BITS;
  guint64 word;

  if (from >= field->n_bits || field->n_set == field->n_bits)
    return field->n_bits;
  if (field->bytes == NULL)
    return from;

  /* The bits behind the last one are unset too: the first of them is n_bits, the answer for none. */
  word = cut_before (~load_word (field->bytes, i), from);
  while (word == 0 && ++i < n_words)
    word = ~load_word (field->bytes, i);
  return word == 0 ? field->n_bits : get_first_index (i, word);
}

guint32
bt_bitfield_next_missing (const BtBitfield *field,
                          const BtBitfield *other,
                          guint32           from)
{
  gsize n_words = get_n_words (field);
  gsize i = from / WORD_BITS;
  guint64 word;

  g_assert (field->n_bits == other->n_bits);

  if (from >= field->n_bits || field->n_set == 0 || other->n_set == other->n_bits)
    return field->n_bits;

  word = cut_before (get_word (field, i) & ~get_word (other, i), from);
  while (word == 0 && ++i < n_words)
    word = get_word (field, i) & ~get_word (other, i);
  return word == 0 ? field->n_bits : get_first_index (i, word);
}

guint32
bt_bitfield_count_missing (const BtBitfield *field,
                           const BtBitfield *other)
{
  gsize n_words = get_n_words (field);
  guint32 n_missing = 0;

  g_assert (field->n_bits == other->n_bits);

  if (field->n_set == 0 || other->n_set == other->n_bits)
    return 0;
  if (other->n_set == 0)
    return field->n_set;
  if (field->n_set == field->n_bits)
    return field->n_bits - other->n_set;

  for (gsize i = 0; i < n_words; i++)
    {
      guint64 missing = load_word (field->bytes, i) & ~load_word (other->bytes, i);

      n_missing += (guint32) __builtin_popcountll (missing);
    }
  return n_missing;
}

guint32
bt_bitfield_count_range (const BtBitfield *field,
                         guint32           first,
                         guint32           last)
{
  guint32 n = 0;

  for (guint32 i = bt_bitfield_next_set (field, first); i <= last && i < field->n_bits;)
    {
      guint32 end = MIN (bt_bitfield_next_unset (field, i), last + 1);

      n += end - i;
      i = bt_bitfield_next_set (field, end);
    }
  return n;
}
