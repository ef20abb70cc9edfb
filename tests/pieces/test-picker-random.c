/* test-picker-random.c - a swarm at random against a model that keeps everything in plain arrays
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-picker-private.h"

#include <string.h>

#define N_PEERS      20
#define N_PIECES     37
#define MAX_BLOCKS   5
#define PIECE_BYTES  (MAX_BLOCKS * BT_BLOCK_BYTES)
/* The last piece has two blocks, the second one short. */
#define TOTAL_BYTES  ((N_PIECES - 1) * (guint64) PIECE_BYTES + BT_BLOCK_BYTES + 100)
#define N_STEPS      100000
#define MAX_PICK     40
#define N_DOWNLOADS  30

typedef struct
{
  BtPickerPeer *peer;  /* owned by the picker; NULL: nobody sits here */
  guint32 blame_id;
  gboolean has[N_PIECES];
  gboolean asked[N_PIECES][MAX_BLOCKS];
} Seat;

typedef struct
{
  BtPicker *picker;
  BtRandom random;
  BtGeometry geometry;
  Seat seats[N_PEERS];
  gboolean have[N_PIECES];
  guint priority[N_PIECES];
  gboolean is_received[N_PIECES][MAX_BLOCKS];
  guint32 blame[N_PIECES][MAX_BLOCKS];
  guint n_downloads;
  guint n_duplicates;
  guint n_endgame_picks;
} Model;

static guint32
below (Model   *model,
       guint32  n)
{
  return bt_random_below (&model->random, n);
}

static guint32
get_n_blocks (Model   *model,
              guint32  piece)
{
  return bt_geometry_get_n_blocks (&model->geometry, piece);
}

static gboolean
is_wanted (Model   *model,
           guint32  piece)
{
  return !model->have[piece] && model->priority[piece] != BT_PRIORITY_SKIP;
}

static guint
count_requesters (Model   *model,
                  guint32  piece,
                  guint32  block)
{
  guint n = 0;

  for (guint i = 0; i < N_PEERS; i++)
    n += model->seats[i].asked[piece][block];
  return n;
}

static gboolean
is_free (Model   *model,
         guint32  piece,
         guint32  block)
{
  return !model->is_received[piece][block] && count_requesters (model, piece, block) == 0;
}

static guint
count_n_free (Model   *model,
              guint32  piece)
{
  guint n = 0;

  for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
    n += is_free (model, piece, i);
  return n;
}

/* A free block in a wanted piece that somebody has, or that `seat` (when given) has. */
static gboolean
has_free (Model *model,
          Seat  *seat)
{
  for (guint32 piece = 0; piece < N_PIECES; piece++)
    {
      gboolean is_seen = FALSE;

      if (!is_wanted (model, piece) || count_n_free (model, piece) == 0)
        continue;
      for (guint i = 0; i < N_PEERS; i++)
        is_seen |= model->seats[i].peer != NULL && model->seats[i].has[piece];
      if (seat == NULL ? is_seen : seat->has[piece])
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_open (Model   *model,
         guint32  piece)
{
  guint n = 0;

  for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
    n += model->is_received[piece][i] || count_requesters (model, piece, i) > 0;
  return n > 0;
}

static void
compare_pieces (Model *model)
{
  guint32 n_missing = 0;
  guint n_open = 0;

  for (guint32 piece = 0; piece < N_PIECES; piece++)
    {
      guint32 blame[MAX_BLOCKS];
      guint n_seen = 0;

      for (guint i = 0; i < N_PEERS; i++)
        n_seen += model->seats[i].has[piece];
      g_assert_cmpuint (bt_picker_get_availability (model->picker, piece), ==, n_seen);
      g_assert_true (bt_bitfield_get (bt_picker_get_have (model->picker), piece) ==
                     model->have[piece]);
      n_missing += is_wanted (model, piece);
      n_open += is_open (model, piece);
      g_assert_true (bt_picker_get_blame (model->picker, piece, blame) == is_open (model, piece));
      if (is_open (model, piece))
        g_assert_cmpmem (blame, get_n_blocks (model, piece) * sizeof (guint32), model->blame[piece],
                         get_n_blocks (model, piece) * sizeof (guint32));
    }
  g_assert_cmpuint (bt_picker_get_n_missing (model->picker), ==, n_missing);
  g_assert_cmpuint (bt_picker_get_n_open (model->picker), ==, n_open);
}

static void
compare_peer (Model *model,
              Seat  *seat)
{
  guint n_asked = 0;
  guint32 n_wanted = 0;

  for (guint32 piece = 0; piece < N_PIECES; piece++)
    {
      n_wanted += seat->has[piece] && is_wanted (model, piece);
      for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
        n_asked += seat->asked[piece][i];
    }
  g_assert_cmpuint (bt_picker_peer_get_n_requests (seat->peer), ==, n_asked);
  /* Asked now and then only, so that counts out of date are met, too. */
  if (below (model, 4) == 0)
    g_assert_cmpuint (bt_picker_peer_get_n_wanted (seat->peer), ==, n_wanted);
}

static void
compare (Model *model)
{
  bt_picker_check (model->picker);
  compare_pieces (model);
  for (guint i = 0; i < N_PEERS; i++)
    if (model->seats[i].peer != NULL)
      compare_peer (model, &model->seats[i]);
}

/* --- Steps --- */

static void
set_pieces (Model *model,
            Seat  *seat)
{
  BtBitfield pieces;
  guint kind = below (model, 4);

  bt_bitfield_init (&pieces, N_PIECES);
  for (guint32 i = 0; i < N_PIECES; i++)
    {
      seat->has[i] = kind == 0 || (kind != 1 && below (model, 2) == 0);
      if (seat->has[i])
        bt_bitfield_set (&pieces, i);
    }
  bt_picker_peer_set_pieces (model->picker, seat->peer, &pieces);
  bt_bitfield_clear (&pieces);
}

static void
join (Model *model,
      Seat  *seat)
{
  seat->peer = bt_picker_add_peer (model->picker, seat);
  seat->blame_id = bt_picker_peer_get_blame_id (seat->peer);
  if (below (model, 8) != 0)
    set_pieces (model, seat);
}

static void
leave (Model *model,
       Seat  *seat)
{
  bt_picker_remove_peer (model->picker, seat->peer);
  memset (seat, 0, sizeof *seat);
}

static void
change_pieces (Model *model,
               Seat  *seat)
{
  guint32 piece = below (model, N_PIECES);
  gboolean had = seat->has[piece];

  if (below (model, 4) != 0)
    {
      g_assert_true (bt_picker_peer_have (model->picker, seat->peer, piece) == !had);
      seat->has[piece] = TRUE;
    }
  else
    {
      g_assert_true (bt_picker_peer_dont_have (model->picker, seat->peer, piece) == had);
      seat->has[piece] = FALSE;
    }
}

static void
accept_span (Model             *model,
             Seat              *seat,
             const BtPickHints *hints,
             const BtBlockSpan *span)
{
  guint32 block = span->begin / BT_BLOCK_BYTES;
  guint n_requesters;

  g_assert_true (bt_geometry_is_block (&model->geometry, span));
  g_assert_true (is_wanted (model, span->piece));
  g_assert_true (seat->has[span->piece]);
  g_assert_false (model->is_received[span->piece][block]);
  g_assert_false (seat->asked[span->piece][block]);
  if (hints->is_choked)
    g_assert_true (span->piece == hints->allowed[0] || span->piece == hints->allowed[1]);

  n_requesters = count_requesters (model, span->piece, block);
  g_assert_cmpuint (n_requesters, <, BT_PICKER_MAX_REQUESTERS);
  if (n_requesters > 0)
    {
      g_assert_false (has_free (model, NULL));
      model->n_endgame_picks++;
    }
  seat->asked[span->piece][block] = TRUE;
}

/* In end game nothing is left out that a peer could be asked for, too. */
static gboolean
has_duplicable (Model *model,
                Seat  *seat)
{
  for (guint32 piece = 0; piece < N_PIECES; piece++)
    for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
      if (is_wanted (model, piece) && seat->has[piece] && !model->is_received[piece][i] &&
          !seat->asked[piece][i] && count_requesters (model, piece, i) < BT_PICKER_MAX_REQUESTERS)
        return TRUE;
  return FALSE;
}

static void
pick (Model *model,
      Seat  *seat)
{
  guint32 allowed[2] = { below (model, N_PIECES), below (model, N_PIECES + 5) };
  BtPickHints hints = { .is_choked = below (model, 8) == 0,
                        .is_fast = below (model, 3) == 0,
                        .is_slow = below (model, 4) == 0,
                        .allowed = allowed,
                        .n_allowed = 2 };
  BtBlockSpan spans[MAX_PICK];
  guint n_max = below (model, 4) == 0 ? MAX_PICK : below (model, 4);
  guint n = bt_picker_pick (model->picker, seat->peer, &hints, spans, n_max);

  g_assert_cmpuint (n, <=, n_max);
  for (guint i = 0; i < n; i++)
    accept_span (model, seat, &hints, &spans[i]);
  if (n == 0 && n_max > 0 && !hints.is_choked)
    {
      g_assert_true (hints.is_slow || !has_free (model, seat));
      g_assert_true (has_free (model, NULL) || !has_duplicable (model, seat));
    }
}

static gboolean
choose_request (Model       *model,
                Seat        *seat,
                BtBlockSpan *out_span)
{
  guint n = bt_picker_peer_get_n_requests (seat->peer);
  guint chosen;

  if (n == 0)
    return FALSE;
  chosen = below (model, n);
  for (guint32 piece = 0; piece < N_PIECES; piece++)
    for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
      if (seat->asked[piece][i] && chosen-- == 0)
        {
          *out_span = bt_geometry_get_block (&model->geometry, piece, i);
          return TRUE;
        }
  g_assert_not_reached ();
}

static void
forget_blocks (Model   *model,
               guint32  piece)
{
  memset (model->is_received[piece], 0, sizeof model->is_received[piece]);
  memset (model->blame[piece], 0, sizeof model->blame[piece]);
}

static void
pass_piece (Model   *model,
            guint32  piece)
{
  bt_picker_piece_passed (model->picker, piece);
  model->have[piece] = TRUE;
  forget_blocks (model, piece);
  for (guint i = 0; i < N_PEERS; i++)
    memset (model->seats[i].asked[piece], 0, sizeof model->seats[i].asked[piece]);
}

static gboolean
is_complete (Model   *model,
             guint32  piece)
{
  for (guint32 i = 0; i < get_n_blocks (model, piece); i++)
    if (!model->is_received[piece][i])
      return FALSE;
  return TRUE;
}

/* The hasher answers, at some later time, about some piece that waits for it. */
static void
hash_one (Model *model,
          guint  n_bad_in_eight)
{
  guint32 offset = below (model, N_PIECES);

  for (guint32 i = 0; i < N_PIECES; i++)
    {
      guint32 piece = (offset + i) % N_PIECES;

      if (!is_complete (model, piece))
        continue;
      if (below (model, 8) < n_bad_in_eight)
        {
          bt_picker_piece_failed (model->picker, piece);
          forget_blocks (model, piece);
        }
      else
        {
          pass_piece (model, piece);
        }
      return;
    }
}

/* The others who were asked get a cancel, most of the time. */
static void
cancel_others (Model             *model,
               const BtBlockSpan *span)
{
  gpointer others[N_PEERS];
  guint32 block = span->begin / BT_BLOCK_BYTES;
  guint n = bt_picker_get_requesters (model->picker, span, others, N_PEERS);

  g_assert_cmpuint (n, ==, count_requesters (model, span->piece, block));
  for (guint i = 0; i < n; i++)
    {
      Seat *seat = others[i];

      g_assert_true (seat->asked[span->piece][block]);
      if (below (model, 4) == 0)
        continue;
      g_assert_true (bt_picker_return_request (model->picker, seat->peer, span));
      seat->asked[span->piece][block] = FALSE;
    }
}

static void
deliver (Model *model,
         Seat  *seat)
{
  gboolean is_last = FALSE;
  BtBlockSpan span;
  guint32 block;
  BtBlockVerdict verdict;

  if (!choose_request (model, seat, &span))
    return;
  block = span.begin / BT_BLOCK_BYTES;
  g_assert_true (bt_picker_is_requested (model->picker, seat->peer, &span));
  verdict = bt_picker_take_block (model->picker, seat->peer, &span, &is_last);
  seat->asked[span.piece][block] = FALSE;
  if (model->is_received[span.piece][block])
    {
      g_assert_cmpint (verdict, ==, BT_BLOCK_DUPLICATE);
      model->n_duplicates++;
      return;
    }
  g_assert_cmpint (verdict, ==, BT_BLOCK_TAKEN);
  model->is_received[span.piece][block] = TRUE;
  model->blame[span.piece][block] = seat->blame_id;
  g_assert_true (is_last == is_complete (model, span.piece));
  cancel_others (model, &span);
}

static void
reject (Model *model,
        Seat  *seat)
{
  BtBlockSpan span;

  if (!choose_request (model, seat, &span))
    return;
  g_assert_true (bt_picker_return_request (model->picker, seat->peer, &span));
  g_assert_false (bt_picker_return_request (model->picker, seat->peer, &span));
  seat->asked[span.piece][span.begin / BT_BLOCK_BYTES] = FALSE;
}

static void
choke (Model *model,
       Seat  *seat)
{
  guint n = bt_picker_peer_get_n_requests (seat->peer);

  g_assert_cmpuint (bt_picker_return_all (model->picker, seat->peer), ==, n);
  memset (seat->asked, 0, sizeof seat->asked);
}

/* Spans as a hostile peer would send them: near what is right, or anything. */
static void
send_nonsense (Model *model,
               Seat  *seat)
{
  BtBlockSpan span = { below (model, N_PIECES + 2), below (model, MAX_BLOCKS + 2) * BT_BLOCK_BYTES,
                       BT_BLOCK_BYTES };
  gboolean is_last = FALSE;
  gboolean is_asked;

  if (below (model, 4) == 0)
    span = (BtBlockSpan) { bt_random_next (&model->random), bt_random_next (&model->random),
                           bt_random_next (&model->random) };
  else if (below (model, 4) == 0)
    span.length -= below (model, 3);
  else if (below (model, 4) == 0)
    span.begin += below (model, 3);
  is_asked = bt_geometry_is_block (&model->geometry, &span) &&
             seat->asked[span.piece][span.begin / BT_BLOCK_BYTES];
  g_assert_true (bt_picker_is_requested (model->picker, seat->peer, &span) == is_asked);
  if (is_asked)
    return;
  g_assert_false (bt_picker_return_request (model->picker, seat->peer, &span));
  g_assert_cmpint (bt_picker_take_block (model->picker, seat->peer, &span, &is_last), ==,
                   BT_BLOCK_UNASKED);
}

static void
change_wishes (Model *model)
{
  guint32 piece = below (model, N_PIECES);

  switch (below (model, 8))
    {
    case 0:
      bt_picker_set_sequential (model->picker, below (model, 2) == 0);
      break;
    case 1:
      bt_picker_set_max_open (model->picker, below (model, 3) * 4);
      break;
    case 2:
      if (model->have[piece])
        {
          bt_picker_unset_have (model->picker, piece);
          model->have[piece] = FALSE;
        }
      break;
    default:
      model->priority[piece] = below (model, 4);
      bt_picker_set_priority (model->picker, piece, (BtPriority) model->priority[piece]);
      g_assert_cmpint (bt_picker_get_priority (model->picker, piece), ==, model->priority[piece]);
      break;
    }
}

static void
restore (Model *model)
{
  guint32 piece = below (model, N_PIECES);
  guint32 block = below (model, MAX_BLOCKS);
  gboolean is_last = bt_picker_restore_block (model->picker, piece, block);

  if (!model->have[piece] && block < get_n_blocks (model, piece))
    {
      model->is_received[piece][block] = TRUE;
      g_assert_true (is_last == is_complete (model, piece));
    }
  else
    {
      g_assert_false (is_last);
    }
}

/* Everything is had: begin anew, keeping a few pieces. */
static void
start_over (Model *model)
{
  model->n_downloads++;
  for (guint32 i = 0; i < N_PIECES; i++)
    {
      if (model->have[i] && below (model, 8) != 0)
        {
          bt_picker_unset_have (model->picker, i);
          model->have[i] = FALSE;
        }
      if (model->priority[i] == BT_PRIORITY_SKIP)
        {
          model->priority[i] = BT_PRIORITY_NORMAL;
          bt_picker_set_priority (model->picker, i, BT_PRIORITY_NORMAL);
        }
    }
}

static void
model_init (Model  *model,
            guint64 seed)
{
  memset (model, 0, sizeof *model);
  model->geometry = (BtGeometry) { TOTAL_BYTES, PIECE_BYTES, N_PIECES };
  bt_random_init (&model->random, seed);
  model->picker = bt_picker_new (&model->geometry, seed);
  for (guint32 i = 0; i < N_PIECES; i++)
    model->priority[i] = BT_PRIORITY_NORMAL;
}

static void
step_peer (Model *model,
           Seat  *seat)
{
  guint what = below (model, 100);

  if (what < 2)
    leave (model, seat);
  else if (what < 3)
    set_pieces (model, seat);
  else if (what < 12)
    change_pieces (model, seat);
  else if (what < 46)
    pick (model, seat);
  else if (what < 84)
    deliver (model, seat);
  else if (what < 90)
    reject (model, seat);
  else if (what < 92)
    choke (model, seat);
  else
    send_nonsense (model, seat);
}

static void
test_model (void)
{
  Model model;

  model_init (&model, 1);
  for (guint i = 0; i < N_STEPS; i++)
    {
      Seat *seat = &model.seats[below (&model, N_PEERS)];

      if (below (&model, 12) == 0)
        hash_one (&model, 2);
      else if (below (&model, 60) == 0)
        change_wishes (&model);
      else if (below (&model, 200) == 0)
        restore (&model);
      else if (seat->peer == NULL)
        join (&model, seat);
      else
        step_peer (&model, seat);
      if (bt_picker_get_n_missing (model.picker) == 0)
        start_over (&model);
      compare (&model);
    }
  g_test_message ("%u downloads, %u blocks asked for twice, %u came twice", model.n_downloads,
                  model.n_endgame_picks, model.n_duplicates);
  g_assert_cmpuint (model.n_downloads, >, 10);
  g_assert_cmpuint (model.n_endgame_picks, >, 100);
  g_assert_cmpuint (model.n_duplicates, >, 10);
  bt_picker_free (model.picker);
}

/* Whatever peers do on the way, a download ends when somebody has each piece and answers at times. */
static void
test_completes (void)
{
  for (guint64 seed = 1; seed <= N_DOWNLOADS; seed++)
    {
      Model model;
      guint n_steps = 0;

      model_init (&model, seed);
      bt_picker_set_sequential (model.picker, seed % 3 == 0);
      bt_picker_set_max_open (model.picker, seed % 4);
      for (guint i = 0; i < N_PEERS; i++)
        join (&model, &model.seats[i]);
      while (bt_picker_get_n_missing (model.picker) > 0)
        {
          Seat *seat = &model.seats[below (&model, N_PEERS)];

          g_assert_cmpuint (n_steps++, <, 20000);
          if (below (&model, 12) == 0)
            hash_one (&model, 1);
          else if (seat->peer == NULL)
            join (&model, seat);
          else
            step_peer (&model, seat);
        }
      compare (&model);
      g_assert_true (bt_bitfield_is_full (bt_picker_get_have (model.picker)));
      g_assert_cmpuint (bt_picker_get_missing_bytes (model.picker), ==, 0);
      bt_picker_free (model.picker);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picker/random/model", test_model);
  g_test_add_func ("/picker/random/completes", test_completes);
  return g_test_run ();
}
