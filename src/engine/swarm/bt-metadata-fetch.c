/* bt-metadata-fetch.c - which piece of a description to ask of whom, and what to believe
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metadata-fetch-private.h"

#include <string.h>

BtMetadataFetch *
bt_metadata_fetch_new (const guint8 *info_hash_v1,
                       const guint8 *info_hash_v2)
{
  BtMetadataFetch *fetch = g_new0 (BtMetadataFetch, 1);

  g_assert (info_hash_v1 != NULL || info_hash_v2 != NULL);
  fetch->kind = info_hash_v1 != NULL ? BT_HASH_SHA1 : BT_HASH_SHA256;
  memcpy (fetch->hash, info_hash_v1 != NULL ? info_hash_v1 : info_hash_v2,
          info_hash_v1 != NULL ? BT_SHA1_BYTES : BT_SHA256_BYTES);
  fetch->sources = g_ptr_array_new_with_free_func (g_free);
  fetch->failures = g_hash_table_new (NULL, NULL);
  fetch->suspects = g_array_new (FALSE, FALSE, sizeof (MetadataSuspect));
  fetch->liars = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  fetch->next_id = 1;
  return fetch;
}

void
bt_metadata_fetch_clear_pieces (BtMetadataFetch *fetch)
{
  for (guint32 i = 0; i < fetch->n_pieces; i++)
    g_free (fetch->pieces[i].bytes);
  g_clear_pointer (&fetch->pieces, g_free);
  fetch->n_pieces = 0;
  fetch->n_had = 0;
  fetch->received_bytes = 0;
}

void
bt_metadata_fetch_free (BtMetadataFetch *fetch)
{
  if (fetch == NULL)
    return;
  bt_metadata_fetch_clear_pieces (fetch);
  g_ptr_array_unref (fetch->sources);
  g_hash_table_unref (fetch->failures);
  g_array_unref (fetch->suspects);
  g_array_unref (fetch->liars);
  g_clear_pointer (&fetch->bytes, g_bytes_unref);
  g_free (fetch);
}

/* --- Requests that are out --- */

void
bt_metadata_fetch_take_back_requests (BtMetadataFetch  *fetch,
                                      BtMetadataSource *source)
{
  for (guint i = 0; i < source->n_requests; i++)
    {
      guint32 piece = source->requests[i].piece;

      if (piece < fetch->n_pieces && fetch->pieces[piece].n_asked > 0)
        fetch->pieces[piece].n_asked--;
    }
  source->n_forgiven += source->n_requests;
  source->n_requests = 0;
}

/* FALSE: it was not asked for it. */
static gboolean
end_request (BtMetadataFetch  *fetch,
             BtMetadataSource *source,
             guint32           piece)
{
  for (guint i = 0; i < source->n_requests; i++)
    if (source->requests[i].piece == piece)
      {
        source->requests[i] = source->requests[--source->n_requests];
        if (piece < fetch->n_pieces && fetch->pieces[piece].n_asked > 0)
          fetch->pieces[piece].n_asked--;
        return TRUE;
      }
  return FALSE;
}

/* --- Sources --- */

BtMetadataSource *
bt_metadata_fetch_add (BtMetadataFetch *fetch,
                       const BtAddress *address,
                       gpointer         owner)
{
  BtMetadataSource *source = g_new0 (BtMetadataSource, 1);

  source->owner = owner;
  source->address = *address;
  source->id = fetch->next_id++;
  g_ptr_array_add (fetch->sources, source);
  return source;
}

void
bt_metadata_fetch_remove (BtMetadataFetch  *fetch,
                          BtMetadataSource *source)
{
  bt_metadata_fetch_take_back_requests (fetch, source);
  if (fetch->alone == source)
    bt_metadata_fetch_end_attempt (fetch);
  g_ptr_array_remove_fast (fetch->sources, source);
}

gboolean
bt_metadata_fetch_set_size (BtMetadataFetch  *fetch,
                            BtMetadataSource *source,
                            guint64           n_bytes)
{
  if (n_bytes > BT_METADATA_MAX_BYTES)
    {
      source->is_liar = TRUE;
      source->size = 0;
      bt_metadata_fetch_take_back_requests (fetch, source);
      return FALSE;
    }
  if (source->size == n_bytes)
    return TRUE;
  bt_metadata_fetch_take_back_requests (fetch, source);
  if (fetch->alone == source)
    bt_metadata_fetch_end_attempt (fetch);
  source->size = (guint32) n_bytes;
  return TRUE;
}

/* Whoever had trouble rests, and in the end is asked no more. */
static void
note_trouble (BtMetadataFetch  *fetch,
              BtMetadataSource *source,
              gint64            now_us)
{
  bt_metadata_fetch_take_back_requests (fetch, source);
  if (source->rests_until_us > now_us)
    return;
  source->n_troubles++;
  source->rests_until_us = now_us + (gint64) source->n_troubles * BT_METADATA_FETCH_REST_US;
}

/* --- Asking --- */

/* How many were asked for it just now; of those who were asked before, nothing much is expected any more. */
static guint
count_hopes (BtMetadataFetch *fetch,
             guint32          piece,
             gint64           now_us)
{
  guint n = 0;

  for (guint i = 0; i < fetch->sources->len; i++)
    {
      const BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);

      for (guint k = 0; k < source->n_requests; k++)
        n += source->requests[k].piece == piece &&
             now_us - source->requests[k].at_us < BT_METADATA_FETCH_HOPE_US;
    }
  return n;
}

/* What to ask of this one: what nobody was asked for; near the end, of those with nothing else to do, what few
 * others were. n_pieces: nothing. */
static guint32
choose_piece (BtMetadataFetch        *fetch,
              const BtMetadataSource *source,
              gint64                  now_us)
{
  guint32 best = fetch->n_pieces;
  guint best_hopes = BT_METADATA_FETCH_DUPLICATES;

  for (guint32 i = 0; i < fetch->n_pieces; i++)
    {
      const MetadataPiece *piece = &fetch->pieces[i];
      guint n_hopes;

      if (piece->bytes != NULL)
        continue;
      if (piece->n_asked == 0)
        return i;
      if (source->n_requests > 0)
        continue;
      n_hopes = count_hopes (fetch, i, now_us);
      if (n_hopes < best_hopes)
        {
          best = i;
          best_hopes = n_hopes;
        }
    }
  return best;
}

gboolean
bt_metadata_fetch_next (BtMetadataFetch *fetch,
                        gint64           now_us,
                        gpointer        *out_owner,
                        guint32         *out_piece)
{
  BtMetadataSource *best = NULL;
  guint32 best_piece = 0;

  if (fetch->bytes != NULL)
    return FALSE;
  bt_metadata_fetch_update_attempt (fetch, now_us);
  /* Everybody has one before anybody has two. */
  for (guint i = 0; i < fetch->sources->len; i++)
    {
      BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);
      guint32 piece;

      if (source->size != fetch->size || !bt_metadata_fetch_is_askable (source, now_us) ||
          (fetch->is_one_by_one && source != fetch->alone) ||
          source->n_requests == BT_METADATA_FETCH_REQUESTS ||
          (best != NULL && source->n_requests >= best->n_requests))
        continue;
      piece = choose_piece (fetch, source, now_us);
      if (piece == fetch->n_pieces)
        continue;
      best = source;
      best_piece = piece;
    }
  if (best == NULL)
    return FALSE;
  best->requests[best->n_requests++] = (MetadataRequest) { best_piece, now_us };
  fetch->pieces[best_piece].n_asked++;
  *out_owner = best->owner;
  *out_piece = best_piece;
  return TRUE;
}

/* --- Answers --- */

/* It came late, or nobody asked. FALSE: enough of that. */
static gboolean
note_unasked (BtMetadataSource *source)
{
  return ++source->n_unasked <= BT_METADATA_FETCH_MAX_UNASKED;
}

gboolean
bt_metadata_fetch_take (BtMetadataFetch         *fetch,
                        BtMetadataSource        *source,
                        const BtMetadataMessage *data,
                        gint64                   now_us)
{
  MetadataPiece *piece;

  if (!end_request (fetch, source, data->piece))
    {
      if (source->n_forgiven == 0)
        return note_unasked (source);
      source->n_forgiven--;
    }
  if (data->n_bytes != bt_metadata_get_piece_bytes (source->size, data->piece) ||
      (data->total_bytes != 0 && data->total_bytes != source->size))
    {
      bt_metadata_fetch_name_liar (fetch, source->id, &source->address);
      if (fetch->bytes == NULL)
        bt_metadata_fetch_drop_pieces (fetch, source->id);
      return FALSE;
    }
  source->n_troubles = 0;
  source->rests_until_us = 0;
  if (fetch->bytes != NULL || source->is_liar || source->size != fetch->size ||
      (fetch->is_one_by_one && source != fetch->alone))
    return TRUE;
  piece = &fetch->pieces[data->piece];
  if (piece->bytes != NULL)
    return TRUE;
  piece->bytes = g_memdup2 (data->data, data->n_bytes);
  piece->n_bytes = (guint32) data->n_bytes;
  piece->from = source->id;
  piece->address = source->address;
  fetch->received_bytes += piece->n_bytes;
  if (++fetch->n_had == fetch->n_pieces)
    bt_metadata_fetch_finish_attempt (fetch);
  return TRUE;
}

gboolean
bt_metadata_fetch_reject (BtMetadataFetch  *fetch,
                          BtMetadataSource *source,
                          guint32           piece,
                          gint64            now_us)
{
  if (end_request (fetch, source, piece))
    note_trouble (fetch, source, now_us);
  else if (source->n_forgiven > 0)
    source->n_forgiven--;
  else
    return note_unasked (source);
  return TRUE;
}

void
bt_metadata_fetch_tick (BtMetadataFetch *fetch,
                        gint64           now_us)
{
  for (guint i = 0; i < fetch->sources->len; i++)
    {
      BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);
      gboolean is_late = FALSE;

      for (guint k = 0; k < source->n_requests; k++)
        is_late |= now_us - source->requests[k].at_us >= BT_METADATA_FETCH_TIMEOUT_US;
      if (is_late)
        note_trouble (fetch, source, now_us);
    }
}

/* --- Facts --- */

gboolean
bt_metadata_fetch_take_liar (BtMetadataFetch *fetch,
                             BtAddress       *out_address)
{
  if (fetch->liars->len == 0)
    return FALSE;
  *out_address = g_array_index (fetch->liars, BtAddress, fetch->liars->len - 1);
  g_array_set_size (fetch->liars, fetch->liars->len - 1);
  return TRUE;
}

GBytes *
bt_metadata_fetch_get_bytes (BtMetadataFetch *fetch)
{
  return fetch->bytes;
}

guint32
bt_metadata_fetch_get_size (BtMetadataFetch *fetch)
{
  return fetch->size;
}

guint32
bt_metadata_fetch_get_received (BtMetadataFetch *fetch)
{
  return fetch->received_bytes;
}

gboolean
bt_metadata_source_is_liar (const BtMetadataSource *source)
{
  return source->is_liar;
}

gboolean
bt_metadata_source_is_refusing (const BtMetadataSource *source)
{
  return source->n_troubles >= BT_METADATA_FETCH_MAX_TROUBLE;
}

gboolean
bt_metadata_source_has_size (const BtMetadataSource *source)
{
  return source->size > 0;
}

gpointer
bt_metadata_source_get_owner (const BtMetadataSource *source)
{
  return source->owner;
}
