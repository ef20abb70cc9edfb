/* bt-record.c - what is kept of a torrent: values, nothing alive
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-record.h"

#include <string.h>

BtRecord *
bt_record_new (void)
{
  BtRecord *record = g_new0 (BtRecord, 1);

  record->ratio_limit = BT_RATIO_GENERAL;
  record->seed_time_limit_s = BT_RATIO_GENERAL;
  record->idle_limit_s = BT_RATIO_GENERAL;
  return record;
}

BtRecord *
bt_record_copy (const BtRecord *record)
{
  BtRecord *copy = g_memdup2 (record, sizeof *record);

  copy->name = g_strdup (record->name);
  copy->top_name = g_strdup (record->top_name);
  copy->folder = g_strdup (record->folder);
  copy->final_folder = g_strdup (record->final_folder);
  copy->volume = g_strdup (record->volume);
  copy->volume_name = g_strdup (record->volume_name);
  copy->error = g_strdup (record->error);
  copy->labels = g_strdupv (record->labels);
  copy->tracker_hosts = g_strdupv (record->tracker_hosts);
  return copy;
}

void
bt_record_free (BtRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->name);
  g_free (record->top_name);
  g_free (record->folder);
  g_free (record->final_folder);
  g_free (record->volume);
  g_free (record->volume_name);
  g_free (record->error);
  g_strfreev (record->labels);
  g_strfreev (record->tracker_hosts);
  g_free (record);
}

void
bt_partial_piece_clear (gpointer partial)
{
  g_clear_pointer (&((BtPartialPiece *) partial)->bits, g_free);
}

void
bt_file_record_clear (gpointer file)
{
  g_clear_pointer (&((BtFileRecord *) file)->path, g_free);
}

void
bt_tracker_record_clear (gpointer tracker)
{
  g_clear_pointer (&((BtTrackerRecord *) tracker)->url, g_free);
}

BtResume *
bt_resume_new (guint32 n_pieces,
               guint32 n_files)
{
  BtResume *resume = g_new0 (BtResume, 1);

  bt_bitfield_init (&resume->have, n_pieces);
  bt_bitfield_init (&resume->made, n_files);
  bt_bitfield_init (&resume->suffixed, n_files);
  resume->partials = g_array_new (FALSE, TRUE, sizeof (BtPartialPiece));
  g_array_set_clear_func (resume->partials, bt_partial_piece_clear);
  resume->stamps = g_array_new (FALSE, TRUE, sizeof (BtFileStamp));
  return resume;
}

BtResume *
bt_resume_copy (const BtResume *resume)
{
  BtResume *copy = bt_resume_new (0, 0);

  bt_bitfield_copy (&copy->have, &resume->have);
  bt_bitfield_copy (&copy->made, &resume->made);
  bt_bitfield_copy (&copy->suffixed, &resume->suffixed);
  for (guint i = 0; i < resume->partials->len; i++)
    {
      BtPartialPiece partial = g_array_index (resume->partials, BtPartialPiece, i);

      partial.bits = g_memdup2 (partial.bits, (partial.n_blocks + 7) / 8);
      g_array_append_val (copy->partials, partial);
    }
  g_array_append_vals (copy->stamps, resume->stamps->data, resume->stamps->len);
  copy->next_check = resume->next_check;
  return copy;
}

static gboolean
are_bits_equal (const BtBitfield *a,
                const BtBitfield *b)
{
  if (a->n_bits != b->n_bits || a->n_set != b->n_set)
    return FALSE;
  return a->bytes == NULL || memcmp (a->bytes, b->bytes, (a->n_bits + 7) / 8) == 0;
}

static gboolean
are_partials_equal (const GArray *a,
                    const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const BtPartialPiece *x = &g_array_index (a, BtPartialPiece, i);
      const BtPartialPiece *y = &g_array_index (b, BtPartialPiece, i);

      if (x->piece != y->piece || x->n_blocks != y->n_blocks ||
          memcmp (x->bits, y->bits, (x->n_blocks + 7) / 8) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
are_stamps_equal (const GArray *a,
                  const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!bt_file_stamp_equal (&g_array_index (a, BtFileStamp, i),
                              &g_array_index (b, BtFileStamp, i)))
      return FALSE;
  return TRUE;
}

gboolean
bt_resume_equal (const BtResume *a,
                 const BtResume *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->next_check == b->next_check && are_bits_equal (&a->have, &b->have) &&
         are_bits_equal (&a->made, &b->made) && are_bits_equal (&a->suffixed, &b->suffixed) &&
         are_partials_equal (a->partials, b->partials) && are_stamps_equal (a->stamps, b->stamps);
}

void
bt_resume_free (BtResume *resume)
{
  if (resume == NULL)
    return;
  bt_bitfield_clear (&resume->have);
  bt_bitfield_clear (&resume->made);
  bt_bitfield_clear (&resume->suffixed);
  g_array_unref (resume->partials);
  g_array_unref (resume->stamps);
  g_free (resume);
}
