/* bt-web-seed.c - one HTTP(S) server that has one torrent's files (BEP 19)
 *
 * Each of its lines takes one run of blocks after the other. A run is cut at the borders of files, and each part
 * fetched by a request of its own; pads are made up. What comes is put together to blocks, and each block given away
 * at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-web-seed.h"

#include "base/bt-rate.h"
#include "bt-web-fetch.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* One connection's work: n_left blocks from `span` on, of which `filled` bytes of the first have come.
 * Invariant: a line with n_left == 0 has no slot, and a fetch only until its answer's end has come.
 */
typedef struct
{
  BtWebSeed   *seed;      /* borrowed */
  BtWebFetch  *fetch;     /* owned, nullable */
  guint8      *slot;      /* owned, nullable */
  BtLimitGate  gate;
  BtBlockSpan  span;
  guint        n_left;
  guint32      filled;
  guint32      file;      /* of the fetch */
  guint64      n_paid;    /* bytes that the limits have let through and that were not read yet */
  gint64       began_at_us;
  guint64      run_bytes;
  guint        has_come : 1;      /* a block of this run */
  guint        is_discarding : 1; /* the rest of the block at hand */
} Line;

struct _BtWebSeed
{
  /* owned */
  char                  *url;
  char                  *host;      /* nullable: the URL is malformed */
  char                  *message;   /* never NULL */
  GHashTable            *missing;   /* file → itself */

  /* borrowed */
  const BtWebSeedShared *shared;
  const BtGeometry      *geometry;

  /* values */
  BtWebSeedState         state;     /* ACTIVE is computed */
  BtTimer                retry_timer;
  BtRate                 rate;
  guint64                received_bytes;
  guint                  run_bytes;
  guint                  n_failures;  /* in a row */
  guint                  max_lines;
  guint                  is_paused : 1;
  Line                   lines[BT_WEB_SEED_MAX_LINES];
};

static void go_on (Line *line);

static const BtWebSeedOps *
get_ops (BtWebSeed *seed)
{
  return seed->shared->ops;
}

static gint64
now_us (BtWebSeed *seed)
{
  return bt_clock_get_us (seed->shared->clock);
}

static void
set_message (BtWebSeed  *seed,
             const char *message)
{
  char *copy = g_strdup (message);

  g_free (seed->message);
  seed->message = copy;
}

/* --- Runs --- */

static void
next_span (Line *line)
{
  const BtGeometry *geometry = line->seed->geometry;
  guint32 block = line->span.begin / BT_BLOCK_BYTES + 1;

  line->n_left--;
  line->filled = 0;
  line->is_discarding = FALSE;
  if (line->n_left == 0)
    return;
  if (block < bt_geometry_get_n_blocks (geometry, line->span.piece))
    line->span = bt_geometry_get_block (geometry, line->span.piece, block);
  else
    line->span = bt_geometry_get_block (geometry, line->span.piece + 1, 0);
}

static guint64
get_offset (Line *line)
{
  return bt_geometry_get_offset (line->seed->geometry, line->span.piece) + line->span.begin;
}

static void
drop_fetch (Line *line)
{
  g_clear_pointer (&line->fetch, bt_web_fetch_cancel);
  bt_limit_gate_leave (&line->gate);
  line->n_paid = 0;
}

static void
drop_slot (Line *line)
{
  if (line->slot != NULL)
    bt_block_pool_release (line->seed->shared->pool, g_steal_pointer (&line->slot));
  line->filled = 0;
}

/* What has not come of its run is given back. */
static void
abandon (Line *line)
{
  BtWebSeed *seed = line->seed;

  drop_fetch (line);
  drop_slot (line);
  while (line->n_left > 0)
    {
      BtBlockSpan span = line->span;

      next_span (line);
      get_ops (seed)->give_back (seed->shared->owner, seed, &span);
    }
}

static void
abandon_all (BtWebSeed *seed)
{
  for (guint i = 0; i < BT_WEB_SEED_MAX_LINES; i++)
    abandon (&seed->lines[i]);
}

/* With its run, or with the end of its last answer. */
static gboolean
is_busy (const Line *line)
{
  return line->n_left > 0 || line->fetch != NULL;
}

guint
bt_web_seed_get_n_active (BtWebSeed *seed)
{
  guint n = 0;

  for (guint i = 0; i < BT_WEB_SEED_MAX_LINES; i++)
    n += is_busy (&seed->lines[i]);
  return n;
}

/* The next run is to take some seconds: short enough for others to get their share, long enough to be few. */
static void
end_run (Line *line)
{
  BtWebSeed *seed = line->seed;
  gint64 took_us = MAX (now_us (seed) - line->began_at_us, 1);
  guint64 fitting = line->run_bytes * BT_WEB_SEED_RUN_US / (guint64) took_us;

  drop_fetch (line);
  if (!line->has_come)
    return;
  seed->n_failures = 0;
  set_message (seed, "");
  fitting = MIN (fitting, 2 * (guint64) seed->run_bytes);
  seed->run_bytes = (guint) CLAMP (fitting, BT_WEB_SEED_MIN_RUN_BYTES, BT_WEB_SEED_MAX_RUN_BYTES);
}

/* --- Failures --- */

static void
begin_again (BtWebSeed *seed)
{
  bt_timer_disarm (&seed->retry_timer, seed->shared->clock);
  if (seed->state == BT_WEB_SEED_BANNED || seed->host == NULL)
    return;
  if (seed->state == BT_WEB_SEED_FAILED)
    g_hash_table_remove_all (seed->missing);
  seed->state = BT_WEB_SEED_IDLE;
  seed->max_lines = BT_WEB_SEED_MAX_LINES;
  get_ops (seed)->changed (seed->shared->owner, seed);
  bt_web_seed_fill (seed);
}

static void
retry_cb (gpointer user_data)
{
  begin_again (user_data);
}

static void
wait (BtWebSeed      *seed,
      BtWebSeedState  state,
      gint64          delay_us)
{
  seed->state = state;
  bt_timer_arm_in (&seed->retry_timer, seed->shared->clock, delay_us);
  get_ops (seed)->changed (seed->shared->owner, seed);
}

/* Nothing it sends is of use: for an hour. */
static void
give_up (BtWebSeed  *seed,
         const char *message)
{
  set_message (seed, message);
  abandon_all (seed);
  wait (seed, BT_WEB_SEED_FAILED, BT_WEB_SEED_GIVE_UP_US);
}

static void
fail_file (Line         *line,
           const GError *error)
{
  BtWebSeed *seed = line->seed;
  guint32 file = line->file;

  g_hash_table_add (seed->missing, GUINT_TO_POINTER (file));
  if (!bt_metainfo_is_multi_file (seed->shared->metainfo) ||
      bt_web_seed_get_n_missing (seed) > BT_WEB_SEED_MAX_MISSING)
    {
      give_up (seed, error->message);
      return;
    }
  set_message (seed, error->message);
  abandon (line);
  get_ops (seed)->missing (seed->shared->owner, seed, file);
  bt_web_seed_fill (seed);
}

static gint64
get_retry_us (BtWebSeed *seed,
              guint      retry_after_s)
{
  guint n_doublings = MIN (seed->n_failures - 1, 16);

  if (retry_after_s > 0)
    return retry_after_s * BT_SECOND_US;
  return MIN (BT_WEB_SEED_RETRY_US << n_doublings, BT_WEB_SEED_MAX_RETRY_US);
}

/* While others of its lines work, there may only have been too many. */
static void
fail_later (Line         *line,
            const GError *error,
            guint         retry_after_s)
{
  BtWebSeed *seed = line->seed;

  set_message (seed, error->message);
  abandon (line);
  seed->max_lines = bt_web_seed_get_n_active (seed);
  if (seed->max_lines > 0)
    return;
  seed->n_failures = line->has_come ? 1 : seed->n_failures + 1;
  wait (seed, BT_WEB_SEED_WAITING, get_retry_us (seed, retry_after_s));
}

static void
line_failed (Line         *line,
             const GError *error,
             guint         retry_after_s)
{
  if (g_error_matches (error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS))
    give_up (line->seed, error->message);
  else if (g_error_matches (error, BT_WEB_ERROR, BT_WEB_ERROR_MISSING))
    fail_file (line, error);
  else
    fail_later (line, error, retry_after_s);
}

/* --- What comes --- */

static void
put (Line         *line,
     const guint8 *bytes,  /* nullable: zeros */
     guint32       n_bytes)
{
  BtWebSeed *seed = line->seed;

  if (!line->is_discarding)
    {
      if (bytes != NULL)
        memcpy (line->slot + line->filled, bytes, n_bytes);
      else
        memset (line->slot + line->filled, 0, n_bytes);
    }
  line->filled += n_bytes;
  if (line->filled < line->span.length)
    return;

  if (line->is_discarding)
    next_span (line);
  else
    {
      BtBlockSpan span = line->span;

      line->has_come = TRUE;
      next_span (line);
      get_ops (seed)->block (seed->shared->owner, seed, &span, g_steal_pointer (&line->slot));
    }
}

/* How many bytes of the run lie before the next block that is wanted. */
static guint64
look_ahead (Line *line)
{
  BtWebSeed *seed = line->seed;
  guint64 n_bytes = 0;

  while (line->n_left > 0 &&
         !get_ops (seed)->is_wanted (seed->shared->owner, seed, &line->span))
    {
      n_bytes += line->span.length;
      next_span (line);
    }
  return n_bytes;
}

/* At the start of a block. FALSE: there is no slot for it. */
static gboolean
prepare_slot (Line *line)
{
  if (line->slot == NULL)
    line->slot = bt_block_pool_acquire (line->seed->shared->pool, TRUE);
  return line->slot != NULL;
}

static void
fail_memory (Line *line)
{
  g_autoptr (GError) error = g_error_new_literal (BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                                                  _("There is not enough memory"));

  line_failed (line, error, 0);
}

/* At the start of a block within a fetch. FALSE: the line has changed its mind, and the fetch is gone. */
static gboolean
begin_block (Line *line)
{
  BtWebSeed *seed = line->seed;
  Line before = *line;
  guint64 n_unwanted;

  if (get_ops (seed)->is_wanted (seed->shared->owner, seed, &line->span))
    {
      if (prepare_slot (line))
        return TRUE;
      fail_memory (line);
      return FALSE;
    }
  /* Others have sent it, or nobody wants it any more. */
  n_unwanted = look_ahead (line);
  if (line->n_left > 0 && n_unwanted <= BT_WEB_SEED_MAX_GAP_BYTES)
    {
      line->span = before.span;
      line->n_left = before.n_left;
      line->is_discarding = TRUE;
      return TRUE;
    }
  drop_fetch (line);
  go_on (line);
  return FALSE;
}

static void
data_cb (gpointer      owner,
         const guint8 *bytes,
         gsize         n_bytes)
{
  Line *line = owner;
  BtWebFetch *fetch = line->fetch;

  while (n_bytes > 0 && line->n_left > 0)
    {
      guint32 n;

      if (line->filled == 0 && !begin_block (line))
        return;
      n = MIN ((guint32) n_bytes, line->span.length - line->filled);
      put (line, bytes, n);
      if (line->fetch != fetch)
        return;
      bytes += n;
      n_bytes -= n;
    }
}

static void
ended_cb (gpointer      owner,
          const GError *error,
          guint         retry_after_s)
{
  Line *line = owner;

  line->fetch = NULL;
  if (error != NULL)
    line_failed (line, error, retry_after_s);
  else
    go_on (line);
}

static gsize
may_read_cb (gpointer owner,
             gsize    n_bytes)
{
  Line *line = owner;

  if (line->seed->is_paused)
    return 0;
  if (bt_limit_gate_is_open (&line->gate))
    return n_bytes;
  if (line->n_paid == 0)
    {
      line->n_paid = bt_limit_gate_get_allowed (&line->gate, n_bytes);
      bt_limit_gate_spend (&line->gate, line->n_paid);
    }
  if (line->n_paid == 0)
    bt_limit_gate_wait (&line->gate);
  return (gsize) MIN (line->n_paid, n_bytes);
}

static void
has_read_cb (gpointer owner,
             gsize    n_bytes)
{
  Line *line = owner;
  BtWebSeed *seed = line->seed;

  line->n_paid -= MIN (line->n_paid, n_bytes);
  seed->received_bytes += n_bytes;
  bt_rate_add (&seed->rate, n_bytes, now_us (seed));
}

static const BtWebFetchOps fetch_ops = {
  .may_read = may_read_cb,
  .has_read = has_read_cb,
  .data = data_cb,
  .ended = ended_cb,
};

static void
gate_opened_cb (BtLimitGate *gate,
                gpointer     user_data)
{
  Line *line = user_data;

  if (line->fetch != NULL)
    bt_web_fetch_continue (line->fetch);
}

/* --- Asking --- */

/* Bytes from `offset` on to the end of the run. */
static guint64
get_rest (Line *line)
{
  const BtGeometry *geometry = line->seed->geometry;
  guint64 rest = line->span.length - line->filled;
  BtBlockSpan span = line->span;

  for (guint i = 1; i < line->n_left; i++)
    {
      guint32 block = span.begin / BT_BLOCK_BYTES + 1;

      span = block < bt_geometry_get_n_blocks (geometry, span.piece)
               ? bt_geometry_get_block (geometry, span.piece, block)
               : bt_geometry_get_block (geometry, span.piece + 1, 0);
      rest += span.length;
    }
  return rest;
}

/* The part of the run that lies in `file`. */
static void
fetch_part (Line    *line,
            guint32  index)
{
  BtWebSeed *seed = line->seed;
  const BtFile *file = &bt_metainfo_get_files (seed->shared->metainfo, NULL)[index];
  guint64 begin = get_offset (line) + line->filled - file->offset;
  BtWebRange range = { begin, MIN (get_rest (line), file->length - begin), file->length };
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = NULL;

  uri = bt_web_url_build (seed->url, seed->shared->metainfo, index, &error);
  if (uri == NULL)
    {
      give_up (seed, error->message);
      return;
    }
  line->file = index;
  line->n_paid = 0;
  line->fetch = bt_web_fetch_new (seed->shared->client, uri, &range, &fetch_ops, line);
}

/* Goes on with the run where it is: makes up what is a pad, asks for the next part. At its end, for more. */
static void
go_on (Line *line)
{
  BtWebSeed *seed = line->seed;
  BtMetainfo *metainfo = seed->shared->metainfo;

  while (line->n_left > 0 && line->fetch == NULL)
    {
      guint64 offset = get_offset (line) + line->filled;
      guint32 index = bt_metainfo_find_file (metainfo, offset);
      const BtFile *file = &bt_metainfo_get_files (metainfo, NULL)[index];
      guint64 n_of_file = file->offset + file->length - offset;

      if (seed->is_paused)
        return;
      if (line->filled == 0 && look_ahead (line) > 0)
        continue;
      if (line->filled == 0 && !prepare_slot (line))
        {
          fail_memory (line);
          return;
        }
      if ((file->flags & BT_FILE_PAD) != 0)
        put (line, NULL, (guint32) MIN (n_of_file, line->span.length - line->filled));
      else
        fetch_part (line, index);
    }
  if (line->n_left == 0)
    {
      drop_slot (line);
      end_run (line);
      bt_web_seed_fill (seed);
    }
}

static gboolean
begin_run (Line *line)
{
  BtWebSeed *seed = line->seed;
  guint n_max = seed->run_bytes / BT_BLOCK_BYTES;

  line->n_left = get_ops (seed)->get_run (seed->shared->owner, seed, n_max, &line->span);
  if (line->n_left == 0)
    return FALSE;
  line->filled = 0;
  line->is_discarding = FALSE;
  line->has_come = FALSE;
  line->began_at_us = now_us (seed);
  line->run_bytes = get_rest (line);
  go_on (line);
  return TRUE;
}

/* A run may end while it is begun, and then this is called again: the lines are looked at one by one. */
void
bt_web_seed_fill (BtWebSeed *seed)
{
  for (guint i = 0; i < BT_WEB_SEED_MAX_LINES; i++)
    {
      Line *line = &seed->lines[i];

      if (!bt_web_seed_is_usable (seed) || seed->is_paused)
        return;
      if (is_busy (line))
        continue;
      if (bt_web_seed_get_n_active (seed) >= seed->max_lines ||
          !bt_web_client_has_room (seed->shared->client, seed->host) || !begin_run (line))
        return;
    }
}

/* --- Life --- */

BtWebSeed *
bt_web_seed_new (const BtWebSeedShared *shared,
                 const char            *url)
{
  BtWebSeed *seed = g_new0 (BtWebSeed, 1);

  seed->shared = shared;
  seed->geometry = bt_metainfo_get_geometry (shared->metainfo);
  seed->url = g_strdup (url);
  seed->message = g_strdup ("");
  seed->missing = g_hash_table_new (NULL, NULL);
  seed->run_bytes = BT_WEB_SEED_RUN_BYTES;
  seed->max_lines = BT_WEB_SEED_MAX_LINES;
  bt_rate_init (&seed->rate, now_us (seed));
  bt_timer_init (&seed->retry_timer, retry_cb, seed);
  for (guint i = 0; i < BT_WEB_SEED_MAX_LINES; i++)
    {
      seed->lines[i].seed = seed;
      bt_limit_gate_init (&seed->lines[i].gate, gate_opened_cb, &seed->lines[i]);
      bt_limit_gate_set_limits (&seed->lines[i].gate, shared->limits);
    }
  if (bt_web_url_is_valid (url))
    {
      g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);

      seed->host = g_strdup (uri != NULL ? g_uri_get_host (uri) : NULL);
    }
  if (seed->host == NULL)
    {
      seed->state = BT_WEB_SEED_FAILED;
      set_message (seed, _("The web seed’s address is malformed"));
    }
  return seed;
}

void
bt_web_seed_free (BtWebSeed *seed)
{
  if (seed == NULL)
    return;
  bt_web_seed_stop (seed);
  g_hash_table_unref (seed->missing);
  g_free (seed->message);
  g_free (seed->host);
  g_free (seed->url);
  g_free (seed);
}

void
bt_web_seed_stop (BtWebSeed *seed)
{
  abandon_all (seed);
  bt_timer_disarm (&seed->retry_timer, seed->shared->clock);
  seed->is_paused = FALSE;
}

void
bt_web_seed_drop_runs (BtWebSeed *seed)
{
  abandon_all (seed);
}

void
bt_web_seed_set_paused (BtWebSeed *seed,
                        gboolean   is_paused)
{
  if (seed->is_paused == is_paused)
    return;
  seed->is_paused = is_paused;
  if (is_paused)
    return;
  for (guint i = 0; i < BT_WEB_SEED_MAX_LINES && !seed->is_paused; i++)
    {
      Line *line = &seed->lines[i];

      if (line->fetch != NULL)
        bt_web_fetch_continue (line->fetch);
      else if (line->n_left > 0)
        go_on (line);
    }
  bt_web_seed_fill (seed);
}

void
bt_web_seed_ban (BtWebSeed *seed)
{
  set_message (seed, _("The web seed sent wrong data"));
  bt_timer_disarm (&seed->retry_timer, seed->shared->clock);
  seed->state = BT_WEB_SEED_BANNED;
  abandon_all (seed);
  get_ops (seed)->changed (seed->shared->owner, seed);
}

void
bt_web_seed_try_again (BtWebSeed *seed)
{
  seed->n_failures = 0;
  begin_again (seed);
}

/* --- Facts --- */

const char *
bt_web_seed_get_url (BtWebSeed *seed)
{
  return seed->url;
}

gboolean
bt_web_seed_is_usable (BtWebSeed *seed)
{
  return seed->state == BT_WEB_SEED_IDLE;
}

BtWebSeedState
bt_web_seed_get_state (BtWebSeed *seed)
{
  if (seed->state == BT_WEB_SEED_IDLE && bt_web_seed_get_n_active (seed) > 0)
    return BT_WEB_SEED_ACTIVE;
  return seed->state;
}

const char *
bt_web_seed_get_message (BtWebSeed *seed)
{
  return seed->message;
}

gint64
bt_web_seed_get_next_us (BtWebSeed *seed)
{
  return bt_timer_is_armed (&seed->retry_timer) ? seed->retry_timer.due_at_us : 0;
}

guint64
bt_web_seed_get_received_bytes (BtWebSeed *seed)
{
  return seed->received_bytes;
}

guint64
bt_web_seed_get_bps (BtWebSeed *seed)
{
  return bt_rate_get_bps (&seed->rate, now_us (seed));
}

gboolean
bt_web_seed_lacks (BtWebSeed *seed,
                   guint32    file)
{
  return g_hash_table_contains (seed->missing, GUINT_TO_POINTER (file));
}

guint
bt_web_seed_get_n_missing (BtWebSeed *seed)
{
  return g_hash_table_size (seed->missing);
}
