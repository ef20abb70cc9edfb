/* bt-history.c - what a torrent, or all of them, moved over time, and what happened to it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-history.h"

#include "base/bt-cursor.h"

/* Written out, a history is numbers of seven bits a byte, low ones first, the last byte below 128:
 *
 *   FORMAT
 *   of each ring: how many buckets; of each bucket: how many empty ones before it (of the first: its number since
 *                 1970), received, sent
 *   how many marks; of each mark: the step from the last one's time (2 n for n, 2 n - 1 for -n), kind, length of
 *                 the text, the text
 *
 * Numbers are as short as can be, and no bucket is empty; so one history has one form.
 */
#define FORMAT           1
#define MAX_NUMBER_BYTES 10
#define MAX_TIME_S       (G_GINT64_CONSTANT (1) << 40)

/* A bucket in which something moved. */
typedef struct
{
  gint64          index;   /* its time, in buckets since 1970 */
  BtHistoryBucket bucket;
} Slice;

/* Invariant of a ring: indices rise, and the last is less than the ring's length above the first. */
struct _BtHistory
{
  GArray *rings[BT_HISTORY_N_RINGS];  /* owned, of Slice; NULL: nothing yet */
  GArray *marks;                      /* owned, of BtHistoryMark; NULL: none yet */
};

static const struct
{
  gint64 bucket_s;
  guint  n_buckets;
} shapes[BT_HISTORY_N_RINGS] = {
  [BT_HISTORY_SECONDS] = { 5, 120 },
  [BT_HISTORY_MINUTES] = { 60, 120 },
  [BT_HISTORY_HOURS] = { 60 * 60, 168 },
  [BT_HISTORY_DAYS] = { 24 * 60 * 60, BT_HISTORY_MAX_BUCKETS },
};

static void
clear_mark (gpointer mark)
{
  g_clear_pointer (&((BtHistoryMark *) mark)->text, g_free);
}

static void
reset (BtHistory *history)
{
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    g_clear_pointer (&history->rings[i], g_array_unref);
  g_clear_pointer (&history->marks, g_array_unref);
}

BtHistory *
bt_history_new (void)
{
  return g_new0 (BtHistory, 1);
}

void
bt_history_free (BtHistory *history)
{
  if (history == NULL)
    return;
  reset (history);
  g_free (history);
}

gboolean
bt_history_is_empty (const BtHistory *history)
{
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    if (history->rings[i] != NULL)
      return FALSE;
  return history->marks == NULL;
}

/* ---- Buckets ---- */

static gint64
get_index (BtHistoryRing ring,
           gint64        now_s)
{
  return CLAMP (now_s, 0, MAX_TIME_S) / shapes[ring].bucket_s;
}

static guint64
add_saturated (guint64 a,
               guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

/* Drops what lies before the ring that ends with `newest`. */
static void
drop_old (GArray        *slices,
          BtHistoryRing  ring,
          gint64         newest)
{
  gint64 oldest = newest - shapes[ring].n_buckets + 1;
  guint  n_old = 0;

  while (n_old < slices->len && g_array_index (slices, Slice, n_old).index < oldest)
    n_old++;
  if (n_old > 0)
    g_array_remove_range (slices, 0, n_old);
}

static void
append_slice (BtHistory     *history,
              BtHistoryRing  ring,
              const Slice   *slice)
{
  if (history->rings[ring] == NULL)
    history->rings[ring] = g_array_new (FALSE, FALSE, sizeof (Slice));
  g_array_append_vals (history->rings[ring], slice, 1);
}

static void
add_to_ring (BtHistory             *history,
             BtHistoryRing          ring,
             gint64                 now_s,
             const BtHistoryBucket *moved)
{
  GArray *slices = history->rings[ring];
  Slice   slice = { .index = get_index (ring, now_s), .bucket = *moved };
  Slice  *last;

  if (slices != NULL && slices->len > 0)
    {
      last = &g_array_index (slices, Slice, slices->len - 1);
      if (slice.index <= last->index && last->index - slice.index < shapes[ring].n_buckets)
        {
          BtHistoryBucket *bucket = &last->bucket;

          bucket->received_bytes = add_saturated (bucket->received_bytes, moved->received_bytes);
          bucket->sent_bytes = add_saturated (bucket->sent_bytes, moved->sent_bytes);
          return;
        }
      if (slice.index < last->index)
        g_array_set_size (slices, 0);
      drop_old (slices, ring, slice.index);
    }
  append_slice (history, ring, &slice);
}

void
bt_history_add (BtHistory *history,
                gint64     now_s,
                guint64    received_bytes,
                guint64    sent_bytes)
{
  const BtHistoryBucket moved = { received_bytes, sent_bytes };

  if (received_bytes == 0 && sent_bytes == 0)
    return;
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    add_to_ring (history, i, now_s, &moved);
}

guint
bt_history_get_n_buckets (BtHistoryRing ring)
{
  g_assert (ring < BT_HISTORY_N_RINGS);
  return shapes[ring].n_buckets;
}

gint64
bt_history_get_bucket_s (BtHistoryRing ring)
{
  g_assert (ring < BT_HISTORY_N_RINGS);
  return shapes[ring].bucket_s;
}

gint64
bt_history_read (const BtHistory *history,
                 BtHistoryRing    ring,
                 gint64           now_s,
                 BtHistoryBucket *out_buckets)
{
  const GArray *slices = history->rings[ring];
  guint  n_slices = slices != NULL ? slices->len : 0;
  gint64 newest = get_index (ring, now_s);
  gint64 oldest;

  if (n_slices > 0)
    newest = MAX (newest, g_array_index (slices, Slice, n_slices - 1).index);
  oldest = newest - shapes[ring].n_buckets + 1;

  memset (out_buckets, 0, shapes[ring].n_buckets * sizeof *out_buckets);
  for (guint i = 0; i < n_slices; i++)
    {
      const Slice *slice = &g_array_index (slices, Slice, i);

      if (slice->index >= oldest)
        out_buckets[slice->index - oldest] = slice->bucket;
    }
  return oldest * shapes[ring].bucket_s;
}

void
bt_history_trim (BtHistory *history,
                 gint64     now_s)
{
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    {
      g_autoptr (GArray) old = g_steal_pointer (&history->rings[i]);

      if (old == NULL)
        continue;
      drop_old (old, i, get_index (i, now_s));
      for (guint k = 0; k < old->len; k++)
        append_slice (history, i, &g_array_index (old, Slice, k));
    }
}

/* ---- Marks ---- */

/* Takes `text`. */
static void
append_mark (BtHistory  *history,
             gint64      time_s,
             BtMarkKind  kind,
             char       *text)
{
  const BtHistoryMark mark = { time_s, kind, text };

  if (history->marks == NULL)
    {
      history->marks = g_array_new (FALSE, FALSE, sizeof (BtHistoryMark));
      g_array_set_clear_func (history->marks, clear_mark);
    }
  if (history->marks->len == BT_HISTORY_MAX_MARKS)
    g_array_remove_index (history->marks, 0);
  g_array_append_val (history->marks, mark);
}

static char *
shorten_text (const char *text)
{
  char *valid = g_utf8_make_valid (text, -1);
  char *end = valid;

  if (strlen (valid) <= BT_HISTORY_MAX_TEXT_BYTES)
    return valid;
  while (g_utf8_next_char (end) <= valid + BT_HISTORY_MAX_TEXT_BYTES)
    end = g_utf8_next_char (end);
  *end = '\0';
  return valid;
}

void
bt_history_add_mark (BtHistory  *history,
                     gint64      now_s,
                     BtMarkKind  kind,
                     const char *text)
{
  gboolean has_text = text != NULL && *text != '\0';

  g_assert (kind < BT_MARK_N_KINDS);
  append_mark (history, CLAMP (now_s, 0, MAX_TIME_S), kind,
               has_text ? shorten_text (text) : NULL);
}

guint
bt_history_get_n_marks (const BtHistory *history)
{
  return history->marks != NULL ? history->marks->len : 0;
}

const BtHistoryMark *
bt_history_get_mark (const BtHistory *history,
                     guint            index)
{
  g_assert (index < bt_history_get_n_marks (history));
  return &g_array_index (history->marks, BtHistoryMark, index);
}

/* ---- Writing ---- */

static void
put_number (GByteArray *bytes,
            guint64     number)
{
  guint8 buffer[MAX_NUMBER_BYTES];
  guint  n_bytes = 0;

  while (number >= 0x80)
    {
      buffer[n_bytes++] = (guint8) (number | 0x80);
      number >>= 7;
    }
  buffer[n_bytes++] = (guint8) number;
  g_byte_array_append (bytes, buffer, n_bytes);
}

static void
put_ring (GByteArray   *bytes,
          const GArray *slices)
{
  guint  n_slices = slices != NULL ? slices->len : 0;
  gint64 next = 0;

  put_number (bytes, n_slices);
  for (guint i = 0; i < n_slices; i++)
    {
      const Slice *slice = &g_array_index (slices, Slice, i);

      put_number (bytes, (guint64) (slice->index - next));
      put_number (bytes, slice->bucket.received_bytes);
      put_number (bytes, slice->bucket.sent_bytes);
      next = slice->index + 1;
    }
}

static void
put_marks (GByteArray      *bytes,
           const BtHistory *history)
{
  guint  n_marks = bt_history_get_n_marks (history);
  gint64 last_s = 0;

  put_number (bytes, n_marks);
  for (guint i = 0; i < n_marks; i++)
    {
      const BtHistoryMark *mark = bt_history_get_mark (history, i);
      gint64 step_s = mark->time_s - last_s;
      guint  n_text = mark->text != NULL ? (guint) strlen (mark->text) : 0;

      put_number (bytes, step_s >= 0 ? 2 * (guint64) step_s : 2 * (guint64) -step_s - 1);
      put_number (bytes, mark->kind);
      put_number (bytes, n_text);
      g_byte_array_append (bytes, (const guint8 *) mark->text, n_text);
      last_s = mark->time_s;
    }
}

GBytes *
bt_history_to_bytes (const BtHistory *history)
{
  GByteArray *bytes = g_byte_array_new ();

  put_number (bytes, FORMAT);
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    put_ring (bytes, history->rings[i]);
  put_marks (bytes, history);
  g_assert (bytes->len <= BT_HISTORY_MAX_BYTES);
  return g_byte_array_free_to_bytes (bytes);
}

/* ---- Reading: every function is FALSE for what cannot be ---- */

static gboolean
get_number (BtCursor *cursor,
            guint64   max,
            guint64  *out_number)
{
  guint64 number = 0;
  guint8  byte;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      if (!bt_cursor_get_u8 (cursor, &byte))
        return FALSE;
      /* Of the tenth byte only one bit has a place; a last byte of 0 would add nothing. */
      if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
        return FALSE;
      number |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *out_number = number;
          return number <= max;
        }
    }
  return FALSE;
}

static gboolean
get_ring (BtCursor      *cursor,
          BtHistory     *history,
          BtHistoryRing  ring)
{
  guint64 n_slices;
  guint64 gap;
  gint64  first = 0;
  gint64  next = 0;

  if (!get_number (cursor, shapes[ring].n_buckets, &n_slices))
    return FALSE;
  for (guint64 i = 0; i < n_slices; i++)
    {
      Slice slice;

      if (!get_number (cursor, MAX_TIME_S, &gap) ||
          !get_number (cursor, G_MAXUINT64, &slice.bucket.received_bytes) ||
          !get_number (cursor, G_MAXUINT64, &slice.bucket.sent_bytes))
        return FALSE;
      if (slice.bucket.received_bytes == 0 && slice.bucket.sent_bytes == 0)
        return FALSE;
      slice.index = next + (gint64) gap;
      if (i == 0)
        first = slice.index;
      if (slice.index > get_index (ring, MAX_TIME_S) ||
          slice.index - first >= shapes[ring].n_buckets)
        return FALSE;
      append_slice (history, ring, &slice);
      next = slice.index + 1;
    }
  return TRUE;
}

static gboolean
get_mark (BtCursor  *cursor,
          BtHistory *history,
          gint64    *last_s)
{
  const guint8 *text;
  guint64 step;
  guint64 kind;
  guint64 n_text;
  gint64  time_s;

  if (!get_number (cursor, 2 * MAX_TIME_S, &step) ||
      !get_number (cursor, BT_MARK_N_KINDS - 1, &kind) ||
      !get_number (cursor, BT_HISTORY_MAX_TEXT_BYTES, &n_text) ||
      !bt_cursor_get_bytes (cursor, n_text, &text) ||
      !g_utf8_validate_len ((const char *) text, n_text, NULL))
    return FALSE;
  time_s = *last_s + (step % 2 == 0 ? (gint64) (step / 2) : -(gint64) (step / 2) - 1);
  if (time_s < 0 || time_s > MAX_TIME_S)
    return FALSE;
  append_mark (history, time_s, (BtMarkKind) kind,
               n_text > 0 ? g_strndup ((const char *) text, n_text) : NULL);
  *last_s = time_s;
  return TRUE;
}

static gboolean
get_marks (BtCursor  *cursor,
           BtHistory *history)
{
  guint64 n_marks;
  gint64  last_s = 0;

  if (!get_number (cursor, BT_HISTORY_MAX_MARKS, &n_marks))
    return FALSE;
  for (guint64 i = 0; i < n_marks; i++)
    if (!get_mark (cursor, history, &last_s))
      return FALSE;
  return TRUE;
}

static gboolean
get_history (BtCursor  *cursor,
             BtHistory *history)
{
  guint64 format;

  if (!get_number (cursor, G_MAXUINT64, &format) || format != FORMAT)
    return FALSE;
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    if (!get_ring (cursor, history, i))
      return FALSE;
  return get_marks (cursor, history) && bt_cursor_get_left (cursor) == 0;
}

gboolean
bt_history_set_bytes (BtHistory     *history,
                      gconstpointer  data,
                      gsize          n_bytes)
{
  BtCursor cursor = bt_cursor_init (data, n_bytes);

  reset (history);
  if (n_bytes <= BT_HISTORY_MAX_BYTES && get_history (&cursor, history))
    return TRUE;
  reset (history);
  return FALSE;
}
