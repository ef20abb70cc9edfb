/* bt-bitfield.h - a set of piece indices, in the wire's bit order
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The set of pieces somebody has. Bit 0 is the high bit of byte 0 (BEP 3).
 *
 * Invariant: `n_set` is the number of set bits; bits behind n_bits are zero. Memory is only
 * taken while the set is neither empty nor full: `bytes` is NULL when n_set is 0 or n_bits.
 * Thread: whichever owns it; no locking.
 */
typedef struct
{
  guint8  *bytes;   /* owned, nullable; (n_bits + 7) / 8 bytes, padded to a multiple of 8 with zeros */
  guint32  n_bits;
  guint32  n_set;
} BtBitfield;

/* An empty set of `n_bits` bits. Frees nothing: for fresh memory. */
void     bt_bitfield_init        (BtBitfield       *field,
                                  guint32           n_bits);
void     bt_bitfield_clear       (BtBitfield       *field);
void     bt_bitfield_copy        (BtBitfield       *field,
                                  const BtBitfield *source);
void     bt_bitfield_set_all     (BtBitfield       *field);
void     bt_bitfield_set_none    (BtBitfield       *field);
/* Both return whether the bit changed. Setting may allocate. `index` < n_bits (asserted). */
gboolean bt_bitfield_set         (BtBitfield       *field,
                                  guint32           index);
gboolean bt_bitfield_unset       (BtBitfield       *field,
                                  guint32           index);
/* Takes the wire form. FALSE, and nothing changed, when the length is not exactly
 * (n_bits + 7) / 8 or a spare bit is set (BEP 3: such a peer is dropped). Not of the set's own memory. */
gboolean bt_bitfield_set_bytes   (BtBitfield       *field,
                                  const guint8     *bytes,
                                  gsize             n_bytes);
/* Writes (n_bits + 7) / 8 bytes. */
void     bt_bitfield_get_bytes   (const BtBitfield *field,
                                  guint8           *out_bytes);
/* The first set bit at or after `from`; n_bits when there is none. Word by word. */
guint32  bt_bitfield_next_set    (const BtBitfield *field,
                                  guint32           from);
guint32  bt_bitfield_next_unset  (const BtBitfield *field,
                                  guint32           from);
/* How many bits from `first` to `last` are set, both included, in time of the runs they form. */
guint32  bt_bitfield_count_range (const BtBitfield *field,
                                  guint32           first,
                                  guint32           last);
/* The first bit at or after `from` that is set in `field` and not in `other`; n_bits when there is none.
 * Both sets are of one size (asserted), here and below. */
guint32  bt_bitfield_next_missing (const BtBitfield *field,
                                   const BtBitfield *other,
                                   guint32           from);
/* How many bits are set in `field` and not in `other`. */
guint32  bt_bitfield_count_missing (const BtBitfield *field,
                                    const BtBitfield *other);

static inline gboolean
bt_bitfield_is_full (const BtBitfield *field)
{
  return field->n_set == field->n_bits;
}

static inline gboolean
bt_bitfield_is_empty (const BtBitfield *field)
{
  return field->n_set == 0;
}

/* FALSE for an index outside the set. */
static inline gboolean
bt_bitfield_get (const BtBitfield *field,
                 guint32           index)
{
  if (index >= field->n_bits || field->n_set == 0)
    return FALSE;
  if (field->bytes == NULL)
    return TRUE;
  return (field->bytes[index >> 3] & (0x80u >> (index & 7))) != 0;
}

G_END_DECLS
