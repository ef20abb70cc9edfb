/* test-queue.c - who runs, told in letters, and torrents moved about in the queue
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-queue.h"

#include <string.h>

#define SECOND_US   G_GINT64_CONSTANT (1000000)
#define NOW_US      (1000 * SECOND_US)
#define GRACE_US    (60 * SECOND_US)
#define MAX_ENTRIES 64

/* ---- Tables: one call ---- */

/* Of each torrent, by position, two letters. Its kind: m(etadata), d(ownload), s(eed); a capital is forced.
 * And what it does:
 *   .  waits        r  runs and counts     i  runs, idle      b  busy again, within its grace
 *   w  waits, and claims to be idle         B  busy again, its grace is over
 * Verdicts: '+' runs, a digit how many wait before it.
 */
typedef struct
{
  const char *title;
  const char *torrents;
  guint       max_downloads;
  guint       max_seeds;
  guint       max_metadata;
  guint       max_active;
  gboolean    dont_count_idle;
  const char *verdicts;
} RunCase;

static const RunCase run_cases[] = {
  { "nobody", "", 1, 1, 1, 1, TRUE, "" },
  { "no bounds", "d. d. s. s. m. m.", 0, 0, 0, 0, FALSE, "++++++" },
  { "the first of each kind", "d. s. m. d. s. m. d. s. m.", 2, 1, 1, 0, FALSE, "+++" "+00" "011" },
  { "the order is what counts", "d. d. dr", 2, 0, 0, 0, FALSE, "++0" },
  { "downloads first of all active", "s. s. d. d.", 0, 0, 0, 3, FALSE, "+0++" },
  { "seeds take what downloads leave", "s. s. s. d.", 1, 0, 0, 3, FALSE, "++0+" },
  { "both bounds hold", "d. d. d. s. s.", 2, 5, 0, 3, FALSE, "++0+0" },
  { "metadata is not active", "m. d. m. d.", 0, 0, 0, 1, FALSE, "+++0" },
  { "forced ones run", "D. d. D. d. S. s.", 1, 1, 0, 1, FALSE, "+++0+0" },
  { "a forced one stops nobody", "Dr dr", 1, 0, 0, 0, FALSE, "++" },
  { "idle ones count unless told", "di d. d.", 1, 0, 0, 0, FALSE, "+01" },
  { "idle ones leave their slot", "di d. d.", 1, 0, 0, 0, TRUE, "++0" },
  { "idle ones leave all active, too", "di d. si s.", 0, 0, 0, 1, TRUE, "+++0" },
  { "idle ones run on at the bottom", "dr dr di", 1, 0, 0, 0, TRUE, "+0+" },
  { "idle without running is nothing", "dw d.", 1, 0, 0, 0, TRUE, "+0" },
  { "waiting ones that claim to be idle", "dr dw", 1, 0, 0, 0, TRUE, "+0" },
  { "busy again, within its grace", "db dr", 1, 0, 0, 0, TRUE, "++" },
  { "busy again, the last one stops", "dB dr d.", 1, 0, 0, 0, TRUE, "+01" },
  { "busy again, being the last one", "dr dB", 1, 0, 0, 0, TRUE, "+0" },
  { "no grace where idle ones count", "dr db", 1, 0, 0, 0, FALSE, "+0" },
  { "idle metadata", "mi m. m.", 0, 0, 1, 0, TRUE, "++0" },
  { "completed: it takes a seed's slot", "sr sr d.", 1, 1, 0, 0, FALSE, "+0+" },
};

static BtQueueEntry
make_entry (const char *letters,
            guint       index)
{
  char kind = g_ascii_tolower (letters[0]);
  char state = letters[1];

  return (BtQueueEntry) {
    .id = 100 + index,
    .position = index,
    .kind = kind == 'm' ? BT_QUEUE_METADATA : kind == 'd' ? BT_QUEUE_DOWNLOAD : BT_QUEUE_SEED,
    .is_forced = g_ascii_isupper (letters[0]),
    .is_running = strchr ("ribB", state) != NULL,
    .is_idle = state == 'i' || state == 'w',
    .busy_again_at_us = state == 'b' ? NOW_US - GRACE_US + 1 : state == 'B' ? NOW_US - GRACE_US : 0,
    .n_ahead = 77,
  };
}

static char *
draw_verdicts (const BtQueueEntry *entries,
               guint               n_entries)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_entries; i++)
    {
      if (entries[i].should_run)
        g_assert_cmpuint (entries[i].n_ahead, ==, 0);
      g_string_append_c (text, entries[i].should_run ? '+' : (char) ('0' + entries[i].n_ahead));
    }
  return g_string_free (text, FALSE);
}

static void
test_run (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (run_cases); i++)
    {
      const RunCase *c = &run_cases[i];
      g_auto (GStrv) torrents = g_strsplit (c->torrents, " ", -1);
      guint          n_entries = g_strv_length (torrents);
      BtQueueConfig  config = { c->max_downloads, c->max_seeds, c->max_metadata, c->max_active,
                                c->dont_count_idle, GRACE_US };
      BtQueueEntry   entries[MAX_ENTRIES];
      g_autofree char *verdicts = NULL;

      for (guint k = 0; k < n_entries; k++)
        entries[k] = make_entry (torrents[k], k);
      bt_queue_run (entries, n_entries, &config, NOW_US);
      verdicts = draw_verdicts (entries, n_entries);
      if (strcmp (verdicts, c->verdicts) != 0)
        g_error ("%s: %s instead of %s", c->title, verdicts, c->verdicts);
    }
}

/* Neither the order in the array nor equal positions make a difference. */
static void
test_order (void)
{
  BtQueueConfig config = { .max_downloads = 2 };
  BtQueueEntry  entries[] = {
    { .id = 9, .position = 3, .kind = BT_QUEUE_DOWNLOAD },
    { .id = 8, .position = 1, .kind = BT_QUEUE_DOWNLOAD },
    { .id = 7, .position = 3, .kind = BT_QUEUE_DOWNLOAD },
    { .id = 6, .position = 4, .kind = BT_QUEUE_DOWNLOAD },
  };
  g_autofree char *verdicts = NULL;

  g_assert_cmpint (bt_queue_run (entries, G_N_ELEMENTS (entries), &config, NOW_US), ==, G_MAXINT64);
  verdicts = draw_verdicts (entries, G_N_ELEMENTS (entries));
  g_assert_cmpstr (verdicts, ==, "0++1");
  g_assert_cmpuint (entries[0].id, ==, 9);
}

/* The one instant at which time alone changes a verdict is the one that is returned. */
static void
test_grace (void)
{
  BtQueueConfig config = { .max_downloads = 1, .dont_count_idle = TRUE, .grace_us = GRACE_US };
  BtQueueEntry  entries[] = {
    { .id = 1, .position = 0, .kind = BT_QUEUE_DOWNLOAD, .is_running = 1, .is_idle = 1 },
    { .id = 2, .position = 1, .kind = BT_QUEUE_DOWNLOAD },
    { .id = 3, .position = 2, .kind = BT_QUEUE_DOWNLOAD, .is_running = 1,
      .busy_again_at_us = NOW_US - GRACE_US / 2 },
    { .id = 4, .position = 3, .kind = BT_QUEUE_SEED, .is_running = 1,
      .busy_again_at_us = NOW_US - GRACE_US / 4 },
    { .id = 5, .position = 4, .kind = BT_QUEUE_SEED, .is_running = 1, .is_idle = 1 },
  };
  gint64 next_us;

  next_us = bt_queue_run (entries, G_N_ELEMENTS (entries), &config, NOW_US);
  g_assert_cmpint (next_us, ==, NOW_US + GRACE_US / 2);
  g_assert_true (entries[1].should_run);
  g_assert_true (entries[2].should_run);
  entries[1].is_running = 1;
  entries[3].busy_again_at_us = 0;

  /* It rests again in time: nothing happens, and it may go on so for ever. */
  entries[2].is_idle = 1;
  g_assert_cmpint (bt_queue_run (entries, G_N_ELEMENTS (entries), &config, next_us),
                   ==, G_MAXINT64);
  g_assert_true (entries[2].should_run);
  entries[2].is_idle = 0;

  bt_queue_run (entries, G_N_ELEMENTS (entries), &config, next_us - 1);
  g_assert_true (entries[2].should_run);
  g_assert_cmpint (bt_queue_run (entries, G_N_ELEMENTS (entries), &config, next_us),
                   ==, G_MAXINT64);
  g_assert_false (entries[2].should_run);
  g_assert_true (entries[1].should_run);
}

/* What the caller does with the verdicts changes none of them: a second call at the same time moves nothing. */
static void
test_settles (void)
{
  BtQueueConfig config = { 3, 2, 1, 4, TRUE, GRACE_US };
  BtQueueEntry  entries[MAX_ENTRIES];
  guint32       random = 1;

  for (guint round = 0; round < 500; round++)
    {
      g_autofree char *first = NULL;
      g_autofree char *second = NULL;

      for (guint i = 0; i < MAX_ENTRIES; i++)
        {
          random = random * 1664525 + 1013904223;
          entries[i] = (BtQueueEntry) {
            .id = i + 1, .position = (random >> 8) % 100, .kind = (random >> 16) % BT_QUEUE_N_KINDS,
            .is_forced = (random >> 20) % 8 == 0, .is_running = (random >> 24) % 2,
            .is_idle = (random >> 26) % 4 == 0,
            .busy_again_at_us = (random >> 28) % 3 == 0 ? NOW_US - 1 : 0,
          };
        }
      bt_queue_run (entries, MAX_ENTRIES, &config, NOW_US);
      first = draw_verdicts (entries, MAX_ENTRIES);
      for (guint i = 0; i < MAX_ENTRIES; i++)
        {
          if (!entries[i].should_run || !entries[i].is_running)
            {
              entries[i].is_idle = 0;
              entries[i].busy_again_at_us = 0;
            }
          entries[i].is_running = entries[i].should_run;
        }
      bt_queue_run (entries, MAX_ENTRIES, &config, NOW_US);
      second = draw_verdicts (entries, MAX_ENTRIES);
      g_assert_cmpstr (first, ==, second);
    }
}

/* ---- Moving ---- */

/* The queue as letters; `moved` in any order. */
typedef struct
{
  const char *queue;
  const char *moved;
  BtQueueMove how;
  gsize       to;
  const char *result;
} MoveCase;

static const MoveCase move_cases[] = {
  { "", "a", BT_QUEUE_UP, 0, "" },
  { "a", "a", BT_QUEUE_UP, 0, "a" },
  { "a", "a", BT_QUEUE_DOWN, 0, "a" },
  { "abcd", "", BT_QUEUE_TOP, 0, "abcd" },
  { "abcd", "x", BT_QUEUE_BOTTOM, 0, "abcd" },
  { "abcd", "c", BT_QUEUE_UP, 0, "acbd" },
  { "abcd", "a", BT_QUEUE_UP, 0, "abcd" },
  { "abcd", "dc", BT_QUEUE_UP, 0, "acdb" },
  { "abcd", "ab", BT_QUEUE_UP, 0, "abcd" },
  { "abcd", "ad", BT_QUEUE_UP, 0, "abdc" },
  { "abcde", "bd", BT_QUEUE_UP, 0, "badce" },
  { "abcd", "b", BT_QUEUE_DOWN, 0, "acbd" },
  { "abcd", "d", BT_QUEUE_DOWN, 0, "abcd" },
  { "abcd", "ab", BT_QUEUE_DOWN, 0, "cabd" },
  { "abcd", "cd", BT_QUEUE_DOWN, 0, "abcd" },
  { "abcde", "bd", BT_QUEUE_DOWN, 0, "acbed" },
  { "abcde", "db", BT_QUEUE_TOP, 0, "bdace" },
  { "abcde", "ab", BT_QUEUE_TOP, 0, "abcde" },
  { "abcde", "db", BT_QUEUE_BOTTOM, 0, "acebd" },
  { "abcde", "abcde", BT_QUEUE_BOTTOM, 0, "abcde" },
  { "abcde", "bb", BT_QUEUE_BOTTOM, 0, "acdeb" },
  { "abcde", "bxd", BT_QUEUE_TO, 0, "bdace" },
  { "abcde", "bd", BT_QUEUE_TO, 1, "abdce" },
  { "abcde", "bd", BT_QUEUE_TO, 2, "acbde" },
  { "abcde", "bd", BT_QUEUE_TO, 3, "acebd" },
  { "abcde", "bd", BT_QUEUE_TO, 4, "acebd" },
  { "abcde", "a", BT_QUEUE_TO, G_MAXSIZE, "bcdea" },
  { "abcde", "c", BT_QUEUE_TO, 2, "abcde" },
};

static gsize
to_ids (const char *letters,
        guint64    *out_ids)
{
  gsize n_ids = strlen (letters);

  for (gsize i = 0; i < n_ids; i++)
    out_ids[i] = (guint64) letters[i] << 32;
  return n_ids;
}

static void
test_move (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (move_cases); i++)
    {
      const MoveCase *c = &move_cases[i];
      guint64  ids[8];
      guint64  moved[8];
      guint64  result[8];
      gsize    n_ids = to_ids (c->queue, ids);
      gsize    n_moved = to_ids (c->moved, moved);
      gboolean has_changed;

      g_assert_cmpuint (to_ids (c->result, result), ==, n_ids);
      has_changed = bt_queue_move (ids, n_ids, moved, n_moved, c->how, c->to);
      g_test_message ("%s, %s, %d", c->queue, c->moved, c->how);
      g_assert_cmpmem (ids, n_ids * sizeof *ids, result, n_ids * sizeof *ids);
      g_assert_cmpint (has_changed, ==, strcmp (c->queue, c->result) != 0);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/queue/run", test_run);
  g_test_add_func ("/library/queue/order", test_order);
  g_test_add_func ("/library/queue/grace", test_grace);
  g_test_add_func ("/library/queue/settles", test_settles);
  g_test_add_func ("/library/queue/move", test_move);
  return g_test_run ();
}
