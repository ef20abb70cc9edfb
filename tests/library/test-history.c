/* test-history.c - rings of what moved, the log of what happened, and their bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-history.h"

#include <string.h>

/* The beginning of a day, so that all rings begin a bucket. */
#define DAY_S (24 * 60 * 60)
#define T0_S  (19700 * (gint64) DAY_S)
#define MANY  "18446744073709551615"

/* ---- Rings ---- */

/* Non-empty buckets as "age:received/sent", oldest first; age in buckets before the last one. */
static char *
draw_ring (const BtHistory *history,
           BtHistoryRing    ring,
           gint64           now_s)
{
  BtHistoryBucket  buckets[BT_HISTORY_MAX_BUCKETS];
  guint            n_buckets = bt_history_get_n_buckets (ring);
  GString         *text = g_string_new (NULL);

  memset (buckets, 0xff, sizeof buckets);
  bt_history_read (history, ring, now_s, buckets);
  for (guint i = 0; i < n_buckets; i++)
    if (buckets[i].received_bytes != 0 || buckets[i].sent_bytes != 0)
      g_string_append_printf (text, "%s%u:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                              text->len > 0 ? " " : "", n_buckets - 1 - i,
                              buckets[i].received_bytes, buckets[i].sent_bytes);
  return g_string_free (text, FALSE);
}

/* What is added, at which second after T0_S; ends with received = sent = 0. */
typedef struct
{
  gint64  at_s;
  guint64 received_bytes;
  guint64 sent_bytes;
} Add;

static const struct
{
  const char *title;
  Add         adds[6];
  gint64      read_at_s;
  const char *rings[BT_HISTORY_N_RINGS];
} ring_cases[] = {
  { "nothing", { { 0, 0, 0 } }, 0, { "", "", "", "" } },
  { "one", { { 0, 7, 1 } }, 0, { "0:7/1", "0:7/1", "0:7/1", "0:7/1" } },
  { "a bucket fills", { { 0, 7, 1 }, { 4, 1, 2 } }, 4, { "0:8/3", "0:8/3", "0:8/3", "0:8/3" } },
  { "the next one", { { 4, 7, 1 }, { 5, 1, 2 } }, 5, { "1:7/1 0:1/2", "0:8/3", "0:8/3", "0:8/3" } },
  { "what is empty stays empty", { { 0, 7, 1 }, { 600, 0, 1 } }, 600,
    { "0:0/1", "10:7/1 0:0/1", "0:7/2", "0:7/2" } },
  { "just not out of the ring", { { 0, 7, 1 }, { 599, 0, 1 } }, 599,
    { "119:7/1 0:0/1", "9:7/1 0:0/1", "0:7/2", "0:7/2" } },
  { "a suspend of a week", { { 0, 7, 1 }, { 7 * DAY_S, 1, 0 } }, 7 * DAY_S,
    { "0:1/0", "0:1/0", "0:1/0", "7:7/1 0:1/0" } },
  { "nothing since", { { 0, 7, 1 } }, 365 * DAY_S, { "", "", "", "365:7/1" } },
  { "nothing for a year", { { 0, 7, 1 } }, 366 * DAY_S, { "", "", "", "" } },
  { "a step back", { { 60, 7, 1 }, { 10, 1, 2 }, { 64, 1, 0 }, { 65, 0, 1 } }, 65,
    { "1:9/3 0:0/1", "0:9/4", "0:9/4", "0:9/4" } },
  { "read before the newest", { { 60, 7, 1 } }, 10, { "0:7/1", "0:7/1", "0:7/1", "0:7/1" } },
  { "the clock was years ahead", { { 3000 * (gint64) DAY_S, 7, 1 }, { 0, 1, 2 } }, 0,
    { "0:1/2", "0:1/2", "0:1/2", "0:1/2" } },
  { "the clock was an hour ahead", { { 3600, 7, 1 }, { 0, 1, 2 } }, 0,
    { "0:1/2", "0:8/3", "0:8/3", "0:8/3" } },
  { "sums have an end", { { 0, G_MAXUINT64, 5 }, { 1, 1, G_MAXUINT64 - 5 } }, 1,
    { "0:" MANY "/" MANY, "0:" MANY "/" MANY, "0:" MANY "/" MANY, "0:" MANY "/" MANY } },
};

static void
test_rings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ring_cases); i++)
    {
      g_autoptr (BtHistory) history = bt_history_new ();
      gint64 now_s = T0_S + ring_cases[i].read_at_s;

      for (const Add *add = ring_cases[i].adds; add->received_bytes + add->sent_bytes != 0; add++)
        bt_history_add (history, T0_S + add->at_s, add->received_bytes, add->sent_bytes);
      for (guint ring = 0; ring < BT_HISTORY_N_RINGS; ring++)
        {
          g_autofree char *text = draw_ring (history, ring, now_s);
          g_autofree char *trimmed = NULL;

          if (strcmp (text, ring_cases[i].rings[ring]) != 0)
            g_error ("%s, ring %u: %s", ring_cases[i].title, ring, text);
          bt_history_trim (history, now_s);
          trimmed = draw_ring (history, ring, now_s);
          g_assert_cmpstr (trimmed, ==, text);
        }
    }
}

static void
test_times (void)
{
  static const gint64 starts_s[BT_HISTORY_N_RINGS] = {
    T0_S + 7200 - 119 * 5, T0_S + 7200 - 119 * 60, T0_S + 7200 - 167 * 3600, T0_S - 365 * DAY_S,
  };
  g_autoptr (BtHistory) history = bt_history_new ();
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];

  for (guint ring = 0; ring < BT_HISTORY_N_RINGS; ring++)
    {
      g_assert_cmpuint (bt_history_get_n_buckets (ring), <=, BT_HISTORY_MAX_BUCKETS);
      g_assert_cmpint (bt_history_read (history, ring, T0_S + 7203, buckets), ==, starts_s[ring]);
    }
}

/* A clock that is nonsense is no reason to fall over. */
static void
test_extreme_times (void)
{
  static const gint64 times_s[] = { G_MININT64, -1, 0, T0_S, G_MAXINT64, T0_S, G_MAXINT64, 0 };
  g_autoptr (BtHistory) history = bt_history_new ();
  g_autoptr (BtHistory) again = bt_history_new ();
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];

  for (gsize i = 0; i < G_N_ELEMENTS (times_s); i++)
    {
      g_autoptr (GBytes) bytes = NULL;

      bt_history_add (history, times_s[i], 1, 1);
      bt_history_add_mark (history, times_s[i], BT_MARK_CHECKED, NULL);
      bytes = bt_history_to_bytes (history);
      g_assert_true (bt_history_set_bytes (again, g_bytes_get_data (bytes, NULL),
                                           g_bytes_get_size (bytes)));
      for (guint ring = 0; ring < BT_HISTORY_N_RINGS; ring++)
        bt_history_read (again, ring, times_s[i], buckets);
    }
}

/* Nothing is lost or counted twice, whichever ring one looks at. */
static void
test_sums (void)
{
  g_autoptr (BtHistory) history = bt_history_new ();
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];

  for (gint64 s = 0; s < 590; s++)
    bt_history_add (history, T0_S + s, 3, 1);
  for (guint ring = 0; ring < BT_HISTORY_N_RINGS; ring++)
    {
      guint64 received = 0;
      guint64 sent = 0;

      bt_history_read (history, ring, T0_S + 589, buckets);
      for (guint i = 0; i < bt_history_get_n_buckets (ring); i++)
        {
          received += buckets[i].received_bytes;
          sent += buckets[i].sent_bytes;
        }
      g_assert_cmpuint (received, ==, 3 * 590);
      g_assert_cmpuint (sent, ==, 590);
    }
}

static void
test_empty (void)
{
  g_autoptr (BtHistory) history = bt_history_new ();

  bt_history_add (history, T0_S, 0, 0);
  g_assert_true (bt_history_is_empty (history));
  bt_history_trim (history, T0_S);
  g_assert_true (bt_history_is_empty (history));
  bt_history_add (history, T0_S, 0, 1);
  g_assert_false (bt_history_is_empty (history));
  bt_history_trim (history, T0_S + 365 * DAY_S);
  g_assert_false (bt_history_is_empty (history));
  bt_history_trim (history, T0_S + 366 * DAY_S);
  g_assert_true (bt_history_is_empty (history));
  bt_history_add_mark (history, T0_S, BT_MARK_ADDED, NULL);
  g_assert_false (bt_history_is_empty (history));
}

/* ---- Marks ---- */

static void
test_marks (void)
{
  g_autoptr (BtHistory) history = bt_history_new ();

  for (guint i = 0; i < BT_HISTORY_MAX_MARKS + 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("number %u", i);

      g_assert_cmpuint (bt_history_get_n_marks (history), ==, MIN (i, BT_HISTORY_MAX_MARKS));
      bt_history_add_mark (history, T0_S + i, i % BT_MARK_N_KINDS, text);
    }
  for (guint i = 0; i < BT_HISTORY_MAX_MARKS; i++)
    {
      const BtHistoryMark *mark = bt_history_get_mark (history, i);
      g_autofree char *text = g_strdup_printf ("number %u", i + 3);

      g_assert_cmpint (mark->time_s, ==, T0_S + i + 3);
      g_assert_cmpuint (mark->kind, ==, (i + 3) % BT_MARK_N_KINDS);
      g_assert_cmpstr (mark->text, ==, text);
    }
}

static void
test_texts (void)
{
  g_autoptr (BtHistory) history = bt_history_new ();
  g_autofree char *as = g_strnfill (BT_HISTORY_MAX_TEXT_BYTES, 'a');
  g_autofree char *longer = g_strconcat (as, "a", NULL);
  g_autofree char *umlauts = g_strconcat ("a", NULL);
  g_autofree char *cut = NULL;

  for (guint i = 0; i < 70; i++)
    {
      char *more = g_strconcat (umlauts, "ä", NULL);

      g_free (umlauts);
      umlauts = more;
    }
  cut = g_strndup (umlauts, BT_HISTORY_MAX_TEXT_BYTES - 1);
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, NULL);
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, "");
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, as);
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, longer);
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, umlauts);
  bt_history_add_mark (history, T0_S, BT_MARK_FAILED, "/a/\xff/b");
  g_assert_null (bt_history_get_mark (history, 0)->text);
  g_assert_null (bt_history_get_mark (history, 1)->text);
  g_assert_cmpstr (bt_history_get_mark (history, 2)->text, ==, as);
  g_assert_cmpstr (bt_history_get_mark (history, 3)->text, ==, as);
  g_assert_cmpstr (bt_history_get_mark (history, 4)->text, ==, cut);
  g_assert_cmpstr (bt_history_get_mark (history, 5)->text, ==, "/a/\xef\xbf\xbd/b");
}

/* ---- Bytes ---- */

/* As a torrent that came in at 10 MB/s within an hour and was then given away for a month, now and then. */
static BtHistory *
make_typical (void)
{
  BtHistory *history = bt_history_new ();
  gint64     now_s = T0_S;

  bt_history_add_mark (history, now_s, BT_MARK_ADDED, NULL);
  for (guint i = 0; i < 3600; i++)
    bt_history_add (history, now_s++, 10000000 + i, 100000 + i);
  bt_history_add_mark (history, now_s, BT_MARK_COMPLETED, NULL);
  bt_history_add_mark (history, now_s - 7, BT_MARK_MOVED, "/home/somebody/Downloads/ä");
  for (guint i = 0; i < 30 * 24; i += 3)
    bt_history_add (history, now_s + i * 3600, 0, 50000000 + i);
  for (guint i = 0; i < 600; i += 2)
    bt_history_add (history, now_s + 30 * DAY_S + i, 0, 3000000 + i);
  return history;
}

static void
test_round_trip (void)
{
  g_autoptr (BtHistory) history = make_typical ();
  g_autoptr (BtHistory) again = bt_history_new ();
  g_autoptr (GBytes)    bytes = bt_history_to_bytes (history);
  g_autoptr (GBytes)    bytes_again = NULL;
  gint64                now_s = T0_S + 3600 + 30 * DAY_S + 600;

  bt_history_add_mark (again, 1, BT_MARK_FAILED, "to be replaced");
  g_assert_true (bt_history_set_bytes (again, g_bytes_get_data (bytes, NULL),
                                       g_bytes_get_size (bytes)));
  bytes_again = bt_history_to_bytes (again);
  g_assert_true (g_bytes_equal (bytes, bytes_again));
  g_test_message ("a typical history has %" G_GSIZE_FORMAT " bytes", g_bytes_get_size (bytes));
  g_assert_cmpuint (g_bytes_get_size (bytes), <, 4096);

  for (guint ring = 0; ring < BT_HISTORY_N_RINGS; ring++)
    {
      g_autofree char *text = draw_ring (history, ring, now_s);
      g_autofree char *text_again = draw_ring (again, ring, now_s);

      g_assert_cmpuint (strlen (text), >, 0);
      g_assert_cmpstr (text, ==, text_again);
    }
  g_assert_cmpuint (bt_history_get_n_marks (again), ==, 3);
  g_assert_cmpint (bt_history_get_mark (again, 2)->time_s, ==, T0_S + 3600 - 7);
  g_assert_cmpint (bt_history_get_mark (again, 2)->kind, ==, BT_MARK_MOVED);
  g_assert_cmpstr (bt_history_get_mark (again, 2)->text, ==, "/home/somebody/Downloads/ä");
}

/* As full as a history can be. */
static void
test_largest (void)
{
  g_autoptr (BtHistory) history = bt_history_new ();
  g_autoptr (BtHistory) again = bt_history_new ();
  g_autoptr (GBytes)    bytes = NULL;
  g_autofree char      *text = g_strnfill (BT_HISTORY_MAX_TEXT_BYTES, 'x');
  gint64                step_s = 5;

  for (gint64 s = 400 * (gint64) DAY_S; s > 0; s -= step_s)
    {
      step_s = s > 8 * DAY_S ? DAY_S : s > 8000 ? 3600 : s > 700 ? 60 : 5;
      bt_history_add (history, T0_S - s, G_MAXUINT64, G_MAXUINT64);
    }
  for (guint i = 0; i < BT_HISTORY_MAX_MARKS; i++)
    bt_history_add_mark (history, i % 2 == 0 ? 0 : G_MAXINT64, BT_MARK_FAILED, text);
  bytes = bt_history_to_bytes (history);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, BT_HISTORY_MAX_BYTES / 2);
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, BT_HISTORY_MAX_BYTES);
  g_assert_true (bt_history_set_bytes (again, g_bytes_get_data (bytes, NULL),
                                       g_bytes_get_size (bytes)));
}

/* "|" ends a part: format, four rings, marks. */
#define BYTES(text) text, sizeof text - 1

static const struct
{
  const char *title;
  const char *data;
  gsize       n_bytes;
  gboolean    is_good;
} byte_cases[] = {
  { "nothing at all", BYTES (""), FALSE },
  { "an empty one", BYTES ("\1" "\0" "\0" "\0" "\0" "\0"), TRUE },
  { "another format", BYTES ("\2" "\0" "\0" "\0" "\0" "\0"), FALSE },
  { "cut short", BYTES ("\1" "\0" "\0" "\0" "\0"), FALSE },
  { "something behind", BYTES ("\1" "\0" "\0" "\0" "\0" "\0" "\0"), FALSE },
  { "a bucket", BYTES ("\1" "\1\x05\1\0" "\0" "\0" "\0" "\0"), TRUE },
  { "an empty bucket", BYTES ("\1" "\1\x05\0\0" "\0" "\0" "\0" "\0"), FALSE },
  { "a bucket that is missing", BYTES ("\1" "\2\x05\1\0" "\0" "\0" "\0" "\0"), FALSE },
  { "a number too long", BYTES ("\1" "\1\x85\0\1\0" "\0" "\0" "\0" "\0"), FALSE },
  { "the largest number",
    BYTES ("\1" "\1\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0" "\0" "\0" "\0" "\0"), TRUE },
  { "a number too large",
    BYTES ("\1" "\1\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0" "\0" "\0" "\0" "\0"), FALSE },
  { "a number without an end",
    BYTES ("\1" "\1\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\1\0" "\0" "\0" "\0" "\0"), FALSE },
  { "as long as the ring", BYTES ("\1" "\2\x05\1\0\x76\1\0" "\0" "\0" "\0" "\0"), TRUE },
  { "longer than the ring", BYTES ("\1" "\2\x05\1\0\x77\1\0" "\0" "\0" "\0" "\0"), FALSE },
  { "more buckets than the ring has", BYTES ("\1" "\x79" "\0" "\0" "\0" "\0"), FALSE },
  { "the last day", BYTES ("\1" "\0" "\0" "\0" "\1\xc5\xdc\x88\x06\1\1" "\0"), TRUE },
  { "the day after", BYTES ("\1" "\0" "\0" "\0" "\1\xc6\xdc\x88\x06\1\1" "\0"), FALSE },
  { "a mark", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\0"), TRUE },
  { "a mark with text", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\2ab"), TRUE },
  { "a text that is missing", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\3ab"), FALSE },
  { "a text that is none", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\2a\xff"), FALSE },
  { "a text with a hole", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\3a\0b"), FALSE },
  { "a text too long", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\0\x79"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), FALSE },
  { "an unknown mark", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x08\x0f\0"), FALSE },
  { "a mark before 1970", BYTES ("\1" "\0" "\0" "\0" "\0" "\1\x01\0\0"), FALSE },
  { "marks out of order", BYTES ("\1" "\0" "\0" "\0" "\0" "\2\x08\0\0\x07\1\0"), TRUE },
  { "too many marks", BYTES ("\1" "\0" "\0" "\0" "\0" "\x41"), FALSE },
};

static void
test_bytes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (byte_cases); i++)
    {
      g_autoptr (BtHistory) history = make_typical ();
      g_autoptr (GBytes)    bytes = NULL;
      gboolean is_good = bt_history_set_bytes (history, byte_cases[i].data, byte_cases[i].n_bytes);

      if (is_good != byte_cases[i].is_good)
        g_error ("%s: %s", byte_cases[i].title, is_good ? "taken" : "refused");
      bytes = bt_history_to_bytes (history);
      if (is_good)
        g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                         byte_cases[i].data, byte_cases[i].n_bytes);
      else
        g_assert_true (bt_history_is_empty (history));
    }
}

/* Every head of a good one is refused. */
static void
test_cut (void)
{
  g_autoptr (BtHistory) history = make_typical ();
  g_autoptr (GBytes)    bytes = bt_history_to_bytes (history);
  gsize                 n_bytes;
  const guint8         *data = g_bytes_get_data (bytes, &n_bytes);

  for (gsize n = 0; n < n_bytes; n++)
    {
      g_autofree guint8 *head = g_memdup2 (data, n);

      g_assert_false (bt_history_set_bytes (history, head, n));
      g_assert_true (bt_history_is_empty (history));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/history/rings", test_rings);
  g_test_add_func ("/library/history/times", test_times);
  g_test_add_func ("/library/history/extreme-times", test_extreme_times);
  g_test_add_func ("/library/history/sums", test_sums);
  g_test_add_func ("/library/history/empty", test_empty);
  g_test_add_func ("/library/history/marks", test_marks);
  g_test_add_func ("/library/history/texts", test_texts);
  g_test_add_func ("/library/history/round-trip", test_round_trip);
  g_test_add_func ("/library/history/largest", test_largest);
  g_test_add_func ("/library/history/bytes", test_bytes);
  g_test_add_func ("/library/history/cut", test_cut);
  return g_test_run ();
}
