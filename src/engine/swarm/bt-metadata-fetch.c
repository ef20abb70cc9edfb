/* bt-metadata-fetch.c - which piece of a description to ask of whom, and what to believe
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metadata-fetch.h"

#include "base/bt-hash.h"

#include <string.h>

#define MAX_DOUBLINGS 5u

typedef struct
{
  guint32 piece;
  gint64  at_us;
} Request;

struct _BtMetadataSource
{
  gpointer  owner;          /* borrowed */
  BtAddress address;
  guint32   id;             /* never used again */
  guint32   size;           /* it claims; 0: none */
  guint     n_requests;
  Request   requests[BT_METADATA_FETCH_REQUESTS];
  guint     n_forgiven;     /* requests taken back that may still be answered */
  guint     n_unasked;
  guint     n_troubles;     /* in a row */
  guint     n_turns;        /* alone */
  gint64    rests_until_us;
  guint     is_liar : 1;
};

typedef struct
{
  guint8    *bytes;         /* owned; NULL: missing */
  guint32    n_bytes;
  guint32    from;          /* id of the source */
  guint      n_asked;       /* requests out */
  BtAddress  address;       /* of the source */
} Piece;

/* A piece of a wrong whole that several gave. */
typedef struct
{
  guint32   from;           /* 0: it has been named */
  BtAddress address;
  guint32   piece;
  guint8    digest[BT_SHA1_BYTES];
} Suspect;

/* Invariant: `pieces` are `n_pieces` of a description of `size` bytes, or nothing when size is 0. `alone` gave all that
 * is there, when it is set; then nobody else is asked. */
struct _BtMetadataFetch
{
  /* Owned */
  GPtrArray  *sources;
  Piece      *pieces;       /* nullable */
  GHashTable *failures;     /* size → how often it came to nothing */
  GArray     *suspects;     /* Suspect */
  GArray     *liars;        /* BtAddress */
  GBytes     *bytes;        /* nullable */

  /* Borrowed */
  BtMetadataSource *alone;  /* nullable */

  /* Values */
  guint8      hash[BT_SHA256_BYTES];
  BtHashKind  kind;
  guint32     size;
  guint32     n_pieces;
  guint32     n_had;
  guint32     received_bytes;
  guint32     next_id;
  gint64      began_at_us;  /* this attempt, or turn */
  guint       is_one_by_one : 1;
};

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
  fetch->suspects = g_array_new (FALSE, FALSE, sizeof (Suspect));
  fetch->liars = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  fetch->next_id = 1;
  return fetch;
}

static void
clear_pieces (BtMetadataFetch *fetch)
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
  clear_pieces (fetch);
  g_ptr_array_unref (fetch->sources);
  g_hash_table_unref (fetch->failures);
  g_array_unref (fetch->suspects);
  g_array_unref (fetch->liars);
  g_clear_pointer (&fetch->bytes, g_bytes_unref);
  g_free (fetch);
}

/* --- Requests that are out --- */

/* Whatever of them is still answered is not held against it. */
static void
take_back_requests (BtMetadataFetch  *fetch,
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

/* --- Attempts: a size, and pieces of it --- */

static gboolean
is_askable (const BtMetadataSource *source,
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

/* Everything that came is forgotten. */
static void
end_attempt (BtMetadataFetch *fetch)
{
  for (guint i = 0; i < fetch->sources->len; i++)
    take_back_requests (fetch, g_ptr_array_index (fetch->sources, i));
  clear_pieces (fetch);
  fetch->size = 0;
  fetch->alone = NULL;
}

static void
begin_attempt (BtMetadataFetch *fetch,
               guint32          size,
               gint64           now_us)
{
  end_attempt (fetch);
  fetch->size = size;
  fetch->n_pieces = bt_metadata_count_pieces (size);
  fetch->pieces = g_new0 (Piece, fetch->n_pieces);
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

      n += source->size == size && is_askable (source, now_us);
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

      if (!is_askable (source, now_us) || source->size == not || source->size == best)
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

      if (source->size == fetch->size && is_askable (source, now_us) &&
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
  return count_votes (fetch, fetch->size, now_us) > (is_askable (fetch->alone, now_us) ? 1u : 0u);
}

static gboolean
is_overdue (BtMetadataFetch *fetch,
            guint            n_before,
            gint64           now_us)
{
  return now_us - fetch->began_at_us >=
         (gint64) BT_METADATA_FETCH_ATTEMPT_US << MIN (n_before, MAX_DOUBLINGS);
}

/* Goes on to another size, or to another peer, when this one leads nowhere. */
static void
update_attempt (BtMetadataFetch *fetch,
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
      (!is_askable (fetch->alone, now_us) || is_overdue (fetch, fetch->alone->n_turns, now_us)))
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

static void
name_liar (BtMetadataFetch *fetch,
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
      take_back_requests (fetch, source);
    }
  for (guint i = 0; i < fetch->suspects->len; i++)
    if (g_array_index (fetch->suspects, Suspect, i).from == id)
      g_array_index (fetch->suspects, Suspect, i).from = 0;
  for (guint i = 0; i < fetch->liars->len; i++)
    if (bt_address_equal (&g_array_index (fetch->liars, BtAddress, i), address))
      return;
  if (fetch->liars->len < BT_METADATA_FETCH_MAX_LIARS)
    g_array_append_val (fetch->liars, *address);
}

/* What it gave so far is not to be relied on either. */
static void
drop_pieces (BtMetadataFetch *fetch,
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
      const Piece *piece = &fetch->pieces[i];
      Suspect suspect = { .from = piece->from, .address = piece->address, .piece = i };

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
      const Suspect *suspect = &g_array_index (fetch->suspects, Suspect, i);
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

          name_liar (fetch, suspect->from, &address);
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

static void
finish_attempt (BtMetadataFetch *fetch)
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
        take_back_requests (fetch, g_ptr_array_index (fetch->sources, i));
      return;
    }

  for (guint32 i = 1; i < fetch->n_pieces; i++)
    is_of_one &= fetch->pieces[i].from == fetch->pieces[0].from;
  note_failure (fetch);
  if (is_of_one)
    name_liar (fetch, fetch->pieces[0].from, &fetch->pieces[0].address);
  else
    suspect_all (fetch);
  end_attempt (fetch);
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
  take_back_requests (fetch, source);
  if (fetch->alone == source)
    end_attempt (fetch);
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
      take_back_requests (fetch, source);
      return FALSE;
    }
  if (source->size == n_bytes)
    return TRUE;
  take_back_requests (fetch, source);
  if (fetch->alone == source)
    end_attempt (fetch);
  source->size = (guint32) n_bytes;
  return TRUE;
}

/* Whoever had trouble rests, and in the end is asked no more. */
static void
note_trouble (BtMetadataFetch  *fetch,
              BtMetadataSource *source,
              gint64            now_us)
{
  take_back_requests (fetch, source);
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
      const Piece *piece = &fetch->pieces[i];
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
  update_attempt (fetch, now_us);
  /* Everybody has one before anybody has two. */
  for (guint i = 0; i < fetch->sources->len; i++)
    {
      BtMetadataSource *source = g_ptr_array_index (fetch->sources, i);
      guint32 piece;

      if (source->size != fetch->size || !is_askable (source, now_us) ||
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
  best->requests[best->n_requests++] = (Request) { best_piece, now_us };
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
  Piece *piece;

  if (!end_request (fetch, source, data->piece))
    {
      if (source->n_forgiven == 0)
        return note_unasked (source);
      source->n_forgiven--;
    }
  if (data->n_bytes != bt_metadata_get_piece_bytes (source->size, data->piece) ||
      (data->total_bytes != 0 && data->total_bytes != source->size))
    {
      name_liar (fetch, source->id, &source->address);
      if (fetch->bytes == NULL)
        drop_pieces (fetch, source->id);
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
    finish_attempt (fetch);
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
