/* test-picker-pictures.c - which blocks are picked, drawn piece by piece
 *
 * Every string has one column a piece. Four more pieces, which we have, follow: the first four of a torrent
 * would be picked at random. Pieces have four blocks.
 *
 * seen      how many peers have it besides the one that picks (0–9)
 * got       blocks of it received, from the front (0–4, space: not open)
 * asked     blocks after those that another peer was asked for (0–4)
 * asker     what that other peer is: n(ormal), f(ast), s(low)
 * priority  0–3
 * has       x: the picking peer has it
 * picked    blocks that are picked of it; ?: the n that are left over come from exactly one of these pieces
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-picker-private.h"

#include <string.h>

#define N_BLOCKS    4
#define PIECE_BYTES (N_BLOCKS * BT_BLOCK_BYTES)
#define N_HAD       4
#define N_SEEN      9
#define MAX_PICK    64
#define N_REPEATS   20

typedef enum
{
  NORMAL     = 0,
  FAST       = 1 << 0,
  SLOW       = 1 << 1,
  SEQUENTIAL = 1 << 2,
  SEED_TOO   = 1 << 3,  /* a seed is connected besides */
  HAD_NONE   = 1 << 4,  /* we have nothing: the first four pieces */
} Flags;

typedef struct
{
  const char *name;
  const char *seen;
  const char *got;
  const char *asked;
  const char *asker;
  const char *priority;
  const char *has;
  Flags flags;
  guint max_open;
  guint n_max;
  const char *picked;
} Picture;

static const Picture pictures[] = {
  { "nothing to have", "111", "   ", "   ", "   ", "222", "...", NORMAL, 0, 8, "..." },
  { "rarest first", "3214", "    ", "    ", "    ", "2222", "xxxx", NORMAL, 0, 4, "..4." },
  { "rarest, then the next", "3214", "    ", "    ", "    ", "2222", "xxxx", NORMAL, 0, 6, ".24." },
  { "rarest it has", "3214", "    ", "    ", "    ", "2222", "x..x", NORMAL, 0, 4, "4..." },
  { "ties at random", "2132", "    ", "    ", "    ", "2222", "x.xx", NORMAL, 0, 4, "?..?" },
  { "seeds count alike", "3214", "    ", "    ", "    ", "2222", "xxxx", SEED_TOO, 0, 4, "..4." },
  { "seeds leave the unseen rarest",
    "3014", "    ", "    ", "    ", "2222", "xxxx", SEED_TOO, 0, 4, ".4.." },
  { "priority before rarity",
    "3214", "    ", "    ", "    ", "2223", "xxxx", NORMAL, 0, 4, "...4" },
  { "low after normal", "3214", "    ", "    ", "    ", "2211", "xxxx", NORMAL, 0, 4, ".4.." },
  { "high, normal, low", "1111", "    ", "    ", "    ", "1231", "xxx.", NORMAL, 0, 9, "144." },
  { "skipped is not picked", "111", "   ", "   ", "   ", "020", "xxx", NORMAL, 0, 12, ".4." },
  { "all skipped", "111", "   ", "   ", "   ", "000", "xxx", NORMAL, 0, 12, "..." },
  { "first four at random",
    "9129", "    ", "    ", "    ", "2222", "x.x.", HAD_NONE, 0, 4, "?.?." },
  { "first four keep priority",
    "9129", "    ", "    ", "    ", "2122", "xxx.", HAD_NONE, 0, 4, "?.?." },
  { "open before new", "1934", " 2  ", "    ", "    ", "2222", "xxxx", NORMAL, 0, 2, ".2.." },
  { "open, then new", "1934", " 2  ", "    ", "    ", "2222", "xxxx", NORMAL, 0, 5, "32.." },
  { "most complete first", "1111", "1 3 ", "    ", "    ", "2222", "xxxx", NORMAL, 0, 2, "1.1." },
  { "open by priority", "1111", "1 3 ", "    ", "    ", "3222", "xxxx", NORMAL, 0, 3, "3..." },
  { "open that it lacks", "1111", "123 ", "    ", "    ", "2222", "x...", NORMAL, 0, 8, "3..." },
  { "open and skipped", "1119", "  2 ", "    ", "    ", "2202", "..xx", NORMAL, 0, 8, "...4" },
  { "open and all asked", "1112", "  2 ", "  2 ", "  n ", "2222", "..xx", NORMAL, 0, 8, "...4" },
  { "joins its like", "119", "   ", " 1 ", " n ", "222", "xxx", NORMAL, 0, 3, ".3." },
  { "leaves the fast alone", "129", "   ", "1  ", "f  ", "222", "xxx", NORMAL, 0, 4, ".4." },
  { "leaves the slow alone", "129", "   ", "1  ", "s  ", "222", "xxx", NORMAL, 0, 4, ".4." },
  { "joins the fast when nothing else",
    "129", "   ", "1  ", "f  ", "222", "x..", NORMAL, 0, 4, "3.." },
  { "joins the slow when nothing else",
    "129", "   ", "1  ", "s  ", "222", "xx.", NORMAL, 0, 9, "34." },
  { "fast: whole pieces", "129", "   ", "1  ", "n  ", "222", "xxx", FAST, 0, 8, ".44" },
  { "fast: deserted ones first", "119", "  1", "1  ", "n  ", "222", "xxx", FAST, 0, 7, ".43" },
  { "fast: shares when nothing else", "119", "   ", "1  ", "n  ", "222", "x..", FAST, 0, 7, "3.." },
  { "fast: leaves other fast alone", "129", "   ", "1  ", "f  ", "222", "xxx", FAST, 0, 4, ".4." },
  { "slow: shares with the slow", "119", "   ", "1  ", "s  ", "222", "xxx", SLOW, 0, 2, "2.." },
  { "slow: most common first", "159", "   ", "   ", "   ", "222", "xxx", SLOW, 0, 4, "..4" },
  { "slow: by priority", "159", "   ", "   ", "   ", "232", "xxx", SLOW, 0, 4, ".4." },
  { "slow: never joins the fast", "111", "   ", "111", "fnf", "222", "xxx", SLOW, 0, 4, "..." },
  { "sequential", "3214", "    ", "    ", "    ", "2222", "xxxx", SEQUENTIAL, 0, 6, "42.." },
  { "sequential within a priority",
    "3214", "    ", "    ", "    ", "2323", "xxxx", SEQUENTIAL, 0, 9, "14.4" },
  { "sequential: what it has",
    "3214", "    ", "    ", "    ", "2222", "..xx", SEQUENTIAL, 0, 6, "..42" },
  { "sequential: open by index",
    "1111", " 1 3", "    ", "    ", "2222", "xxxx", SEQUENTIAL, 0, 2, ".2.." },
  { "crowded: joins anybody", "119", "   ", "1  ", "f  ", "222", "xxx", NORMAL, 1, 8, "3.." },
  { "crowded: fast joins anybody", "119", "   ", "1  ", "n  ", "222", "xxx", FAST, 1, 8, "3.." },
  { "crowded: one more for want of others",
    "119", "   ", "1  ", "n  ", "222", ".xx", NORMAL, 1, 8, ".4." },
  { "not crowded yet", "119", "   ", "1  ", "n  ", "222", ".xx", NORMAL, 2, 8, ".4." },
  { "strict: no end game while one is free",
    "111", "   ", "44 ", "nn ", "222", "xx.", NORMAL, 0, 8, "..." },
  { "end game: unseen does not count",
    "110", "   ", "44 ", "nn ", "222", "xx.", NORMAL, 0, 8, "44." },
  { "end game: unseen open does not count",
    "110", "  1", "44 ", "nn ", "222", "xx.", NORMAL, 0, 8, "44." },
  { "end game: skipped does not count",
    "111", "   ", "44 ", "nn ", "220", "xxx", NORMAL, 0, 8, "44." },
  { "end game: not what is received", "11", "32", "12", "nn", "22", "xx", NORMAL, 0, 8, "12" },
  { "end game: what it has", "11", "32", "12", "nn", "22", ".x", NORMAL, 0, 8, ".2" },
  { "end game: the slow, too", "11", "32", "12", "fn", "22", "xx", SLOW, 0, 8, "12" },
  { "end game: not what is skipped", "11", "32", "12", "nn", "20", "xx", NORMAL, 0, 8, "1." },
};

static char
column (const char *row,
        guint32     piece)
{
  return piece < strlen (row) ? row[piece] : ' ';
}

static void
add_seen (BtPicker      *picker,
          const Picture *picture)
{
  guint32 n_pieces = (guint32) strlen (picture->seen);

  for (guint i = 0; i < N_SEEN; i++)
    {
      BtPickerPeer *peer = bt_picker_add_peer (picker, NULL);

      for (guint32 piece = 0; piece < n_pieces; piece++)
        if ((guint) (picture->seen[piece] - '0') > i)
          bt_picker_peer_have (picker, peer, piece);
    }
  if (picture->flags & SEED_TOO)
    {
      BtBitfield all;

      bt_bitfield_init (&all, picker->geometry.n_pieces);
      bt_bitfield_set_all (&all);
      bt_picker_peer_set_pieces (picker, bt_picker_add_peer (picker, NULL), &all);
    }
}

/* The askers have no pieces, so that they change no availability: their requests are put in by hand. */
static void
add_open (BtPicker      *picker,
          const Picture *picture,
          guint32        piece)
{
  char got = column (picture->got, piece);
  char asked = column (picture->asked, piece);
  char asker = column (picture->asker, piece);
  guint32 n_got = got == ' ' ? 0 : (guint32) (got - '0');
  BtPickerPeer *peer;
  BtOpen *open;

  for (guint32 i = 0; i < n_got; i++)
    bt_picker_restore_block (picker, piece, i);
  if (asked == ' ')
    return;
  peer = bt_picker_add_peer (picker, NULL);
  open = bt_picker_open_find (picker, piece);
  if (open == NULL)
    open = bt_picker_open_add (picker, piece);
  open->kind = asker == 'f' ? BT_OPEN_FAST : asker == 's' ? BT_OPEN_SLOW : BT_OPEN_NORMAL;
  open->owner = bt_picker_peer_get_blame_id (peer);
  for (guint32 i = 0; i < (guint32) (asked - '0'); i++)
    bt_picker_request_add (picker, peer, open, n_got + i);
}

static BtPicker *
draw (const Picture *picture,
      guint64        seed,
      BtPickerPeer **out_peer)
{
  guint32 n_pieces = (guint32) strlen (picture->seen);
  guint32 n_all = n_pieces + N_HAD;
  BtGeometry geometry = { (guint64) n_all * PIECE_BYTES, PIECE_BYTES, n_all };
  BtPicker *picker = bt_picker_new (&geometry, seed);

  for (guint32 i = 0; i < N_HAD; i++)
    {
      if (picture->flags & HAD_NONE)
        bt_picker_set_priority (picker, n_pieces + i, BT_PRIORITY_SKIP);
      else
        bt_picker_set_have (picker, n_pieces + i);
    }
  add_seen (picker, picture);
  for (guint32 i = 0; i < n_pieces; i++)
    bt_picker_set_priority (picker, i, (BtPriority) (picture->priority[i] - '0'));
  for (guint32 i = 0; i < n_pieces; i++)
    add_open (picker, picture, i);
  bt_picker_set_max_open (picker, picture->max_open);
  bt_picker_set_sequential (picker, (picture->flags & SEQUENTIAL) != 0);
  *out_peer = bt_picker_add_peer (picker, NULL);
  for (guint32 i = 0; i < n_pieces; i++)
    if (picture->has[i] == 'x')
      bt_picker_peer_have (picker, *out_peer, i);
  bt_picker_check (picker);
  return picker;
}

static void
compare (const Picture *picture,
         const guint   *n_picked,
         gboolean      *seen_choice)
{
  guint n_choices = 0;

  for (guint32 i = 0; picture->picked[i] != '\0'; i++)
    {
      char expected = picture->picked[i];

      if (expected == '?' && n_picked[i] > 0)
        {
          n_choices++;
          seen_choice[i] = TRUE;
        }
      else if (expected != '?' && n_picked[i] != (expected == '.' ? 0 : (guint) (expected - '0')))
        {
          g_error ("%s: %u blocks of piece %u", picture->name, n_picked[i], i);
        }
    }
  if (strchr (picture->picked, '?') != NULL && n_choices != 1)
    g_error ("%s: %u pieces where one is to be chosen", picture->name, n_choices);
}

static void
test_picture (gconstpointer data)
{
  const Picture *picture = data;
  gboolean seen_choice[32] = { FALSE };

  for (guint64 seed = 1; seed <= N_REPEATS; seed++)
    {
      BtPickHints hints = { .is_fast = (picture->flags & FAST) != 0,
                            .is_slow = (picture->flags & SLOW) != 0 };
      BtPickerPeer *peer;
      BtPicker *picker = draw (picture, seed, &peer);
      BtBlockSpan spans[MAX_PICK];
      guint n_picked[32] = { 0 };
      guint n = bt_picker_pick (picker, peer, &hints, spans, picture->n_max);

      bt_picker_check (picker);
      g_assert_cmpuint (n, <=, picture->n_max);
      g_assert_cmpuint (n, ==, bt_picker_peer_get_n_requests (peer));
      for (guint i = 0; i < n; i++)
        {
          g_assert_true (bt_geometry_is_block (&picker->geometry, &spans[i]));
          g_assert_true (bt_picker_is_requested (picker, peer, &spans[i]));
          n_picked[spans[i].piece]++;
        }
      compare (picture, n_picked, seen_choice);
      bt_picker_free (picker);
    }

  /* What is left to chance does come out differently. */
  for (guint32 i = 0; picture->picked[i] != '\0'; i++)
    g_assert_true (picture->picked[i] != '?' || seen_choice[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *path = g_strdup_printf ("/picker/pictures/%s", pictures[i].name);

      g_test_add_data_func (path, &pictures[i], test_picture);
    }
  return g_test_run ();
}
