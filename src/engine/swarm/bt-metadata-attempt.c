/* bt-metadata-attempt.c - sizes that are tried one after the other, and who is to blame when it comes to nothing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metadata-fetch-private.h"

#include <string.h>

#define MAX_DOUBLINGS 5u

/* --- Attempts: a size, and pieces of it --- */

gboolean
bt_metadata_fetch_is_askable (const BtMetadataSource *source,
                              gint64                  now_us)
{
  return source->size > 0 && !source->is_liar && !bt_metadata_source_is_refusing (source) &&
         source->rests_until_us <= now_us;
}

static guint
get_failures (BtMetadataFetch *fetch,
              guint32          size)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (fetch->failures, GUINT_TO_POINTER (size)));
}

static void
note_failure (BtMetadataFetch *fetch)
{
  guint n = get_failures (fetch, fetch->size);

  if (g_hash_table_size (fetch->failures) >= BT_METADATA_FETCH_MAX_SIZES)
    g_hash_table_remove_all (fetch->failures);
  g_hash_table_insert (fetch->failures, GUINT_TO_POINTER (fetch->size), GUINT_TO_POINTER (n + 1));
}

void
bt_metadata_fetch_end_attempt (BtMetadataFetch *fetch)
{
  for (guint i = 0; i < fetch->sources->len; i++)
    bt_metadata_fetch_take_back_requests (fetch, g_ptr_array_index (fetch->sources, i));
  bt_metadata_fetch_clear_pieces (fetch);
  fetch->size = 0;
  fetch->alone = NULL;
}

static void
begin_attempt (BtMetadataFetch *fetch,
               guint32          size,
               gint64           now_us)
{
  bt_metadata_fetch_end_attempt (fetch);
  fetch->size = size;
  fetch->n_pieces = bt_metadata_count_pieces (size);
  fetch->pieces = g_new0 (MetadataPiece, fetch->n_pieces);
  fetch->began_at_us = now_us;
}

static guint
count_votes (BtMetadataFetch *fetch,
             guint32          size,
             gint64           now_us)
{
  guint n = 0;

  for (guint i = 0; i < fetch->sources->len; i++)
    {
      const BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);

      n += source->size == size && bt_metadata_fetch_is_askable (source, now_us);
    }
  return n;
}

/* Of the sizes that somebody claims who may be asked now: which has failed least, then which most claim. `not`: but
 * not this one. 0: none. */
static guint32
choose_size (BtMetadataFetch *fetch,
             guint32          not,
             gint64           now_us)
{
  guint32 best = 0;
  guint best_failures = 0, best_votes = 0;

  for (guint i = 0; i < fetch->sources->len; i++)
    {
      const BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);
      guint n_failures, n_votes;

      if (!bt_metadata_fetch_is_askable (source, now_us) || source->size == not ||
          source->size == best)
        continue;
      n_failures = get_failures (fetch, source->size);
      n_votes = count_votes (fetch, source->size, now_us);
      if (best == 0 || n_failures < best_failures ||
          (n_failures == best_failures && n_votes > best_votes))
        {
          best = source->size;
          best_failures = n_failures;
          best_votes = n_votes;
        }
    }
  return best;
}

/* Who is to give all of it: of those who claim this size, who has had the fewest turns and troubles. */
static BtMetadataSource *
choose_alone (BtMetadataFetch *fetch,
              gint64           now_us)
{
  BtMetadataSource *best = NULL;

  for (guint i = 0; i < fetch->sources->len; i++)
    {
      BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);

      if (source->size == fetch->size && bt_metadata_fetch_is_askable (source, now_us) &&
          (best == NULL ||
           source->n_turns + source->n_troubles < best->n_turns + best->n_troubles))
        best = source;
    }
  return best;
}

static gboolean
has_others (BtMetadataFetch *fetch,
            gint64           now_us)
{
  guint n_itself = bt_metadata_fetch_is_askable (fetch->alone, now_us) ? 1 : 0;

  return count_votes (fetch, fetch->size, now_us) > n_itself;
}

static gboolean
is_overdue (BtMetadataFetch *fetch,
            guint            n_before,
            gint64           now_us)
{
  return now_us - fetch->began_at_us >=
         (gint64) BT_METADATA_FETCH_ATTEMPT_US << MIN (n_before, MAX_DOUBLINGS);
}

void
bt_metadata_fetch_update_attempt (BtMetadataFetch *fetch,
                                  gint64           now_us)
{
  if (fetch->size != 0)
    {
      gboolean is_late = is_overdue (fetch, get_failures (fetch, fetch->size), now_us);
      guint n_votes = count_votes (fetch, fetch->size, now_us);

      if ((is_late || n_votes == 0) && choose_size (fetch, fetch->size, now_us) != 0)
        {
          guint32 size = choose_size (fetch, fetch->size, now_us);

          if (is_late)
            note_failure (fetch);
          begin_attempt (fetch, size, now_us);
        }
    }
  else if (choose_size (fetch, 0, now_us) != 0)
    begin_attempt (fetch, choose_size (fetch, 0, now_us), now_us);

  if (!fetch->is_one_by_one || fetch->size == 0)
    return;
  if (fetch->alone != NULL && has_others (fetch, now_us) &&
      (!bt_metadata_fetch_is_askable (fetch->alone, now_us) ||
       is_overdue (fetch, fetch->alone->n_turns, now_us)))
    {
      fetch->alone->n_turns++;
      begin_attempt (fetch, fetch->size, now_us);
    }
  if (fetch->alone == NULL)
    {
      fetch->alone = choose_alone (fetch, now_us);
      fetch->began_at_us = now_us;
    }
}

/* --- What is wrong, and who --- */

void
bt_metadata_fetch_name_liar (BtMetadataFetch *fetch,
                             guint32          id,
                             const BtAddress *address)
{
  for (guint i = 0; i < fetch->sources->len; i++)
    {
      BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);

      if (source->id != id)
        continue;
      if (source->is_liar)
        return;
      source->is_liar = TRUE;
      bt_metadata_fetch_take_back_requests (fetch, source);
    }
  for (guint i = 0; i < fetch->suspects->len; i++)
    if (g_array_index (fetch->suspects, MetadataSuspect, i).from == id)
      g_array_index (fetch->suspects, MetadataSuspect, i).from = 0;
  for (guint i = 0; i < fetch->liars->len; i++)
    if (bt_address_equal (&g_array_index (fetch->liars, BtAddress, i), address))
      return;
  if (fetch->liars->len < BT_METADATA_FETCH_MAX_LIARS)
    g_array_append_val (fetch->liars, *address);
}

void
bt_metadata_fetch_drop_pieces (BtMetadataFetch *fetch,
                               guint32          id)
{
  for (guint32 i = 0; i < fetch->n_pieces; i++)
    if (fetch->pieces[i].bytes != NULL && fetch->pieces[i].from == id)
      {
        g_clear_pointer (&fetch->pieces[i].bytes, g_free);
        fetch->received_bytes -= fetch->pieces[i].n_bytes;
        fetch->n_had--;
      }
}

/* Nobody is at fault for sure yet: what each gave is kept, to be compared with what is right. */
static void
suspect_all (BtMetadataFetch *fetch)
{
  g_array_set_size (fetch->suspects, 0);
  for (guint32 i = 0; i < fetch->n_pieces; i++)
    {
      const MetadataPiece *piece = &fetch->pieces[i];
      MetadataSuspect suspect = { .from = piece->from, .address = piece->address, .piece = i };

      bt_sha1 (piece->bytes, piece->n_bytes, suspect.digest);
      g_array_append_val (fetch->suspects, suspect);
    }
  fetch->is_one_by_one = TRUE;
}

static void
convict_suspects (BtMetadataFetch *fetch)
{
  for (guint i = 0; i < fetch->suspects->len; i++)
    {
      const MetadataSuspect *suspect = &g_array_index (fetch->suspects, MetadataSuspect, i);
      guint8 digest[BT_SHA1_BYTES];
      gboolean is_right = FALSE;

      if (suspect->from == 0)
        continue;
      if (suspect->piece < fetch->n_pieces)
        {
          bt_sha1 (fetch->pieces[suspect->piece].bytes, fetch->pieces[suspect->piece].n_bytes,
                   digest);
          is_right = memcmp (digest, suspect->digest, sizeof digest) == 0;
        }
      if (!is_right)
        {
          /* A copy: its suspicion ends with it. */
          BtAddress address = suspect->address;

          bt_metadata_fetch_name_liar (fetch, suspect->from, &address);
        }
    }
  g_array_set_size (fetch->suspects, 0);
}

static gboolean
is_whole_right (BtMetadataFetch *fetch)
{
  g_autoptr (BtHash) hash = bt_hash_new (fetch->kind);
  guint8 digest[BT_SHA256_BYTES];

  for (guint32 i = 0; i < fetch->n_pieces; i++)
    bt_hash_update (hash, fetch->pieces[i].bytes, fetch->pieces[i].n_bytes);
  bt_hash_finish (hash, digest);
  return memcmp (digest, fetch->hash,
                 fetch->kind == BT_HASH_SHA1 ? BT_SHA1_BYTES : BT_SHA256_BYTES) == 0;
}

void
bt_metadata_fetch_finish_attempt (BtMetadataFetch *fetch)
{
  gboolean is_of_one = TRUE;

  if (is_whole_right (fetch))
    {
      guint8 *bytes = g_malloc (fetch->size);

      for (guint32 i = 0; i < fetch->n_pieces; i++)
        memcpy (bytes + (gsize) i * BT_METADATA_PIECE_BYTES, fetch->pieces[i].bytes,
                fetch->pieces[i].n_bytes);
      fetch->bytes = g_bytes_new_take (bytes, fetch->size);
      convict_suspects (fetch);
      for (guint i = 0; i < fetch->sources->len; i++)
        bt_metadata_fetch_take_back_requests (fetch, g_ptr_array_index (fetch->sources, i));
      return;
    }

  for (guint32 i = 1; i < fetch->n_pieces; i++)
    is_of_one &= fetch->pieces[i].from == fetch->pieces[0].from;
  note_failure (fetch);
  if (is_of_one)
    bt_metadata_fetch_name_liar (fetch, fetch->pieces[0].from, &fetch->pieces[0].address);
  else
    suspect_all (fetch);
  bt_metadata_fetch_end_attempt (fetch);
}
