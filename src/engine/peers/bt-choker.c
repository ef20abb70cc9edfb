/* bt-choker.c - who may download from us
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-choker.h"

#include "base/bt-clock.h"

#define NEWCOMER_US     (60 * BT_SECOND_US)
#define NEWCOMER_WEIGHT 3
#define REST_ROUNDS     6      /* a minute, in periods */
#define MIN_GAIN_PART   100    /* of the rate: less is noise */
#define LIMIT_PART      20     /* within a twentieth of the limit, it is reached */

/* What a peer is ordered by. */
typedef struct
{
  BtChokerPeer *peer;            /* borrowed */
  guint64       received_bps;    /* 0 when seeding */
  gint64        waited;          /* in periods */
  gboolean      is_snubbed;      /* FALSE when seeding */
  gboolean      keeps_turn;      /* its turn is not over; only when what it gives does not count */
  guint         index;           /* in the caller's array: the order of equals is always the same */
} Candidate;

void
bt_choker_init (BtChoker *choker,
                guint64   seed)
{
  *choker = (BtChoker) { .n_auto_slots = BT_CHOKER_FIRST_SLOTS };
  bt_random_init (&choker->random, seed);
}

/* ---- How many ---- */

/* How much the rate must change for one slot to have mattered: half of what a slot carries. */
static guint64
get_gain_bps (const BtChoker *choker)
{
  guint64 half_share_bps = choker->last_sent_bps / (2 * choker->n_auto_slots);

  return MAX (MAX (half_share_bps, choker->last_sent_bps / MIN_GAIN_PART), 1);
}

static void
step (BtChoker *choker,
      int       by,
      guint64   sent_bps)
{
  guint n_slots = (guint) ((int) choker->n_auto_slots + by);

  choker->n_auto_slots = CLAMP (n_slots, BT_CHOKER_MIN_SLOTS, BT_CHOKER_MAX_SLOTS);
  choker->last_step = by;
  choker->last_sent_bps = sent_bps;
}

/* Goes back to where it was before the last step, and stays there for a while. */
static void
step_back (BtChoker *choker,
           guint64   sent_bps)
{
  step (choker, -choker->last_step, sent_bps);
  choker->last_step = 0;
  choker->n_rounds_to_rest = REST_ROUNDS;
}

/* Climbs: a step that helped is followed by another in its direction. More slots help when we send
 * more through them; fewer, when we send no less. */
static void
adjust_slots (BtChoker *choker,
              guint     n_used,
              guint64   sent_bps,
              guint64   limit_bps)
{
  gboolean is_at_limit = limit_bps > 0 && sent_bps >= limit_bps - limit_bps / LIMIT_PART;
  guint64  gain_bps = get_gain_bps (choker);

  if (choker->n_rounds_to_rest > 0)
    choker->n_rounds_to_rest--;
  if (n_used < choker->n_auto_slots || is_at_limit || sent_bps == 0)
    choker->last_step = 0;  /* nothing can be learnt from this period */
  else if (choker->last_step > 0 && sent_bps < choker->last_sent_bps + gain_bps)
    step (choker, -1, sent_bps);
  else if (choker->last_step < 0 && sent_bps + gain_bps <= choker->last_sent_bps)
    step_back (choker, sent_bps);
  else if (choker->last_step < 0 && choker->n_auto_slots > BT_CHOKER_MIN_SLOTS)
    step (choker, -1, sent_bps);
  else if (choker->last_step < 0)
    {
      choker->last_step = 0;
      choker->n_rounds_to_rest = REST_ROUNDS;
    }
  else if (choker->n_rounds_to_rest == 0 && choker->n_auto_slots < BT_CHOKER_MAX_SLOTS)
    step (choker, 1, sent_bps);
}

static guint
get_auto_slots (BtChoker           *choker,
                const BtChokerPeer *peers,
                guint               n_peers,
                guint64             sent_bps,
                guint64             limit_bps,
                gint64              now_us)
{
  guint n_used = 0;

  /* The first round has nothing to compare with. A rate is not the last step's before a period has
   * passed. */
  if (choker->adjusted_at_us == 0)
    choker->adjusted_at_us = now_us;
  if (now_us - choker->adjusted_at_us < BT_CHOKER_PERIOD_US)
    return choker->n_auto_slots;

  choker->adjusted_at_us = now_us;
  for (guint i = 0; i < n_peers; i++)
    n_used += !peers[i].is_choked && peers[i].is_interested;
  adjust_slots (choker, n_used, sent_bps, limit_bps);
  return choker->n_auto_slots;
}

/* ---- Who ---- */

static gboolean
has_turn (const BtChokerPeer *peer,
          gint64              now_us)
{
  return !peer->is_choked &&
         peer->sent_since_unchoke_bytes < BT_CHOKER_TURN_BYTES &&
         now_us - peer->unchoked_at_us < BT_CHOKER_TURN_US;
}

/* Since it was choked, or came; whose turn has just ended has not waited. */
static gint64
get_waited_us (const BtChokerPeer *peer,
               gint64              now_us)
{
  if (!peer->is_choked)
    return 0;
  return now_us - (peer->choked_at_us != 0 ? peer->choked_at_us : peer->connected_at_us);
}

static int
compare_candidates (gconstpointer a,
                    gconstpointer b)
{
  const Candidate *first = a;
  const Candidate *second = b;

  if (first->is_snubbed != second->is_snubbed)
    return first->is_snubbed ? 1 : -1;
  if (first->received_bps != second->received_bps)
    return first->received_bps > second->received_bps ? -1 : 1;
  if (first->keeps_turn != second->keeps_turn)
    return first->keeps_turn ? -1 : 1;
  if (first->waited != second->waited)
    return first->waited > second->waited ? -1 : 1;
  if (first->peer->sent_bps != second->peer->sent_bps)
    return first->peer->sent_bps > second->peer->sent_bps ? -1 : 1;
  return first->index < second->index ? -1 : 1;
}

/* The interested peers, best first. The holder of the optimistic slot did not get that as a turn of
 * its own. */
static GArray *
sort_candidates (BtChokerPeer *peers,
                 guint         n_peers,
                 gboolean      is_seeding,
                 gint64        now_us)
{
  GArray *candidates = g_array_sized_new (FALSE, FALSE, sizeof (Candidate), n_peers);

  for (guint i = 0; i < n_peers; i++)
    {
      BtChokerPeer *peer = &peers[i];
      Candidate     candidate = { .peer = peer, .index = i };

      if (!peer->is_interested)
        continue;
      candidate.is_snubbed = !is_seeding && peer->is_snubbed;
      candidate.received_bps = is_seeding ? 0 : peer->received_bps;
      candidate.keeps_turn = has_turn (peer, now_us) && (is_seeding || !peer->is_optimistic);
      candidate.waited = get_waited_us (peer, now_us) / BT_CHOKER_PERIOD_US;
      g_array_append_val (candidates, candidate);
    }
  g_array_sort (candidates, compare_candidates);
  return candidates;
}

static guint
get_weight (const BtChokerPeer *peer,
            gint64              now_us)
{
  gboolean is_newcomer = peer->is_choked && peer->choked_at_us == 0 &&
                         now_us - peer->connected_at_us < NEWCOMER_US;

  return is_newcomer ? NEWCOMER_WEIGHT : 1;
}

/* Draws one of the peers that have no slot yet, other than `last`; `last` when there is no
 * other. */
static BtChokerPeer *
draw_optimistic (BtChoker     *choker,
                 const GArray *candidates,
                 BtChokerPeer *last,
                 gint64        now_us)
{
  BtChokerPeer *drawn = last;
  guint32       sum = 0;

  for (guint i = 0; i < candidates->len; i++)
    {
      BtChokerPeer *peer = g_array_index (candidates, Candidate, i).peer;
      guint         weight;

      if (peer->unchoke || peer == last)
        continue;
      /* One pass: each replaces the one drawn before with the chance that makes all weigh the same
       * in the end. */
      weight = get_weight (peer, now_us);
      sum += weight;
      if (bt_random_below (&choker->random, sum) < weight)
        drawn = peer;
    }
  return drawn;
}

/* `holder` has the slot from before, and still wants it; nullable. */
static void
give_optimistic (BtChoker     *choker,
                 const GArray *candidates,
                 BtChokerPeer *holder,
                 gint64        now_us)
{
  /* One that earned a slot of its own makes room. */
  if (holder != NULL && holder->unchoke)
    holder = NULL;
  if (holder == NULL || now_us - choker->optimistic_since_us >= BT_CHOKER_OPTIMISTIC_US)
    {
      holder = draw_optimistic (choker, candidates, holder, now_us);
      choker->optimistic_since_us = now_us;
    }
  if (holder == NULL)
    return;
  holder->unchoke = 1;
  holder->is_optimistic = 1;
}

void
bt_choker_run (BtChoker     *choker,
               BtChokerPeer *peers,
               guint         n_peers,
               guint         n_slots,
               guint64       sent_bps,
               guint64       limit_bps,
               gboolean      is_seeding,
               gint64        now_us)
{
  g_autoptr (GArray) candidates = sort_candidates (peers, n_peers, is_seeding, now_us);
  BtChokerPeer      *holder = NULL;
  gboolean           has_optimistic;
  guint              n_regular;

  if (n_slots == 0)
    n_slots = get_auto_slots (choker, peers, n_peers, sent_bps, limit_bps, now_us);
  has_optimistic = !is_seeding && n_slots >= 2;
  n_regular = MIN (has_optimistic ? n_slots - 1 : n_slots, candidates->len);

  for (guint i = 0; i < n_peers; i++)
    {
      if (peers[i].is_optimistic && peers[i].is_interested)
        holder = &peers[i];
      peers[i].is_optimistic = 0;
      peers[i].unchoke = 0;
    }
  for (guint i = 0; i < n_regular; i++)
    g_array_index (candidates, Candidate, i).peer->unchoke = 1;
  if (has_optimistic)
    give_optimistic (choker, candidates, holder, now_us);
}
