/* bt-swarm-super-seed.c - BEP 16: one copy is spread before a second one is given
 *
 * A peer is told of one piece at a time, of the next one when somebody else has that piece: then it
 * has passed it on. Nobody is left waiting for ever: where there is nobody left to pass it on to,
 * its own having it is enough, and one that does not share gets a piece a minute.
 * Those who were connected before we began know what we have, and are treated as ever.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#define NONE           G_MAXUINT32
#define PATIENCE_US    (60 * BT_SECOND_US)
#define HAVES_AT_ONCE  16384u  /* a second, to a peer that is told the rest */

/* What a peer has been told of. */
struct _SuperPeer
{
  BtBitfield revealed;        /* owned */
  guint32    piece;           /* the last one, while it waits to be passed on; NONE: none */
  guint32    next;            /* while the rest is told: not looked at yet */
  gint64     revealed_at_us;
  guint64    sent_at_reveal;  /* payload */
};

gboolean
bt_swarm_is_super_seeding (BtSwarm *swarm)
{
  return swarm->is_super_seeding && swarm->state == BT_SWARM_SEEDING;
}

/* --- Which piece --- */

static const BtBitfield *
get_pieces (SwarmPeer *sp)
{
  return bt_picker_peer_get_pieces (sp->picker_peer);
}

/* How many have the piece, or are about to. */
static guint
count_copies (BtSwarm *swarm,
              guint32  piece)
{
  guint n = bt_picker_get_availability (swarm->picker, piece);

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      n += sp->super != NULL && sp->super->piece == piece &&
           !bt_bitfield_get (get_pieces (sp), piece);
    }
  return n;
}

/* The rarest of those that it has not, and has not been told of; from a place of its own on, so that
 * equals are spread. NONE: there is none left. */
static guint32
find_piece (BtSwarm   *swarm,
            SwarmPeer *sp)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  const BtBitfield *theirs = get_pieces (sp);
  guint32 n_pieces = swarm->geometry->n_pieces;
  guint32 start = n_pieces > 0 ? sp->blame_id * 2654435761u % n_pieces : 0;
  guint lowest = G_MAXUINT;
  guint32 found = NONE;

  if (bt_bitfield_is_full (&sp->super->revealed))
    return NONE;
  for (guint32 i = 0; i < n_pieces && lowest > 0; i++)
    {
      guint32 piece = (start + i) % n_pieces;
      guint n;

      if (!bt_bitfield_get (have, piece) || bt_bitfield_get (theirs, piece) ||
          bt_bitfield_get (&sp->super->revealed, piece) ||
          bt_picker_get_availability (swarm->picker, piece) >= lowest)
        continue;
      n = count_copies (swarm, piece);
      if (n < lowest)
        {
          lowest = n;
          found = piece;
        }
    }
  return found;
}

/* Whether somebody else lacks the piece, to whom it could be passed on: one who wants something. */
static gboolean
has_taker (BtSwarm   *swarm,
           SwarmPeer *giver,
           guint32    piece)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp != giver && sp->is_greeted && bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE &&
          !bt_peer_is_upload_only (sp->peer) && !bt_bitfield_get (get_pieces (sp), piece))
        return TRUE;
    }
  return FALSE;
}

static gboolean
may_have_next (BtSwarm   *swarm,
               SwarmPeer *sp,
               gint64     now_us)
{
  guint32 piece = sp->super->piece;
  gboolean has_it;

  if (piece == NONE)
    return TRUE;
  has_it = bt_bitfield_get (get_pieces (sp), piece);
  if (bt_picker_get_availability (swarm->picker, piece) > (guint) has_it)
    return TRUE;
  if (has_it && !has_taker (swarm, sp, piece))
    return TRUE;
  /* It does not share, or nobody can reach it, or it does not want this one. */
  return now_us - sp->super->revealed_at_us >= PATIENCE_US &&
         (has_it || !bt_peer_is_interested (sp->peer) ||
          (!bt_peer_am_choking (sp->peer) && bt_peer_get_n_queued (sp->peer) == 0));
}

static void
reveal (BtSwarm   *swarm,
        SwarmPeer *sp,
        gint64     now_us)
{
  guint32 piece = find_piece (swarm, sp);

  sp->super->piece = piece;
  if (piece == NONE)
    return;
  sp->super->revealed_at_us = now_us;
  sp->super->sent_at_reveal = bt_peer_get_counters (sp->peer)->sent_payload_bytes;
  bt_bitfield_set (&sp->super->revealed, piece);
  bt_peer_send_have (sp->peer, piece);
}

static gboolean
is_considered (SwarmPeer *sp)
{
  return sp->super != NULL && sp->is_greeted &&
         bt_peer_get_close_reason (sp->peer) == BT_CLOSE_NONE;
}

static void
consider (BtSwarm   *swarm,
          SwarmPeer *sp,
          gint64     now_us)
{
  if (is_considered (sp) && may_have_next (swarm, sp, now_us))
    reveal (swarm, sp, now_us);
}

/* Many do not tell HAVE to somebody who has the piece, as we do: it has its piece although it has
 * not said so. */
static void
note_given (BtSwarm   *swarm,
            SwarmPeer *sp)
{
  guint32 piece = sp->super->piece;

  if (piece == NONE || !bt_picker_peer_have (swarm->picker, sp->picker_peer, piece))
    return;
  if (bt_bitfield_is_full (get_pieces (sp)))
    bt_peer_close (sp->peer, BT_CLOSE_REDUNDANT);
  bt_swarm_super_has (swarm, piece);
}

static gboolean
was_given (BtSwarm   *swarm,
           SwarmPeer *sp)
{
  guint64 sent_bytes = bt_peer_get_counters (sp->peer)->sent_payload_bytes;

  return sp->super->piece != NONE && bt_peer_get_n_queued (sp->peer) == 0 &&
         bt_peer_get_n_uploading (sp->peer) == 0 &&
         sent_bytes - sp->super->sent_at_reveal >=
             bt_geometry_get_piece_bytes (swarm->geometry, sp->super->piece);
}

/* --- What becomes of a peer --- */

void
bt_swarm_super_greet (BtSwarm   *swarm,
                      SwarmPeer *sp)
{
  BtBitfield none;

  sp->super = g_new0 (SuperPeer, 1);
  sp->super->piece = NONE;
  bt_bitfield_init (&sp->super->revealed, swarm->geometry->n_pieces);
  bt_bitfield_init (&none, swarm->geometry->n_pieces);
  bt_peer_send_pieces (sp->peer, &none);
  bt_bitfield_clear (&none);
}

void
bt_swarm_super_forget (SwarmPeer *sp)
{
  if (sp->super == NULL)
    return;
  bt_bitfield_clear (&sp->super->revealed);
  g_clear_pointer (&sp->super, g_free);
}

void
bt_swarm_super_lost_interest (BtSwarm   *swarm,
                              SwarmPeer *sp)
{
  if (bt_swarm_is_super_seeding (swarm) && is_considered (sp))
    note_given (swarm, sp);
}

void
bt_swarm_super_has (BtSwarm *swarm,
                    guint32  piece)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);

  if (!bt_swarm_is_super_seeding (swarm))
    return;
  /* Whoever was told of the piece has passed it on. */
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *other = g_ptr_array_index (swarm->peers, i);

      if (other->super != NULL && other->super->piece == piece)
        consider (swarm, other, now_us);
    }
}

gboolean
bt_swarm_super_may_serve (SwarmPeer *sp,
                          guint32    piece)
{
  return sp->super == NULL || bt_bitfield_get (&sp->super->revealed, piece);
}

/* --- The end of it --- */

/* All that it does not know yet, a lot at a time. */
static void
tell_rest (BtSwarm   *swarm,
           SwarmPeer *sp)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  const BtBitfield *theirs = get_pieces (sp);
  guint n = 0;

  for (; sp->super->next < have->n_bits && n < HAVES_AT_ONCE; sp->super->next++)
    {
      guint32 piece = sp->super->next;

      if (!bt_bitfield_get (have, piece) || !bt_bitfield_set (&sp->super->revealed, piece) ||
          bt_bitfield_get (theirs, piece))
        continue;
      bt_peer_send_have (sp->peer, piece);
      n++;
    }
  if (sp->super->next == have->n_bits)
    bt_swarm_super_forget (sp);
}

/* Finds those that were given their piece and say nothing, those that have not said what they have, and
 * those that wait in vain. */
void
bt_swarm_super_tick (BtSwarm *swarm,
                     gint64   now_us)
{
  gboolean is_super_seeding = bt_swarm_is_super_seeding (swarm);

  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!is_considered (sp))
        continue;
      if (is_super_seeding && was_given (swarm, sp))
        note_given (swarm, sp);
      if (is_super_seeding)
        consider (swarm, sp, now_us);
      else
        tell_rest (swarm, sp);
    }
}

void
bt_swarm_set_super_seeding (BtSwarm  *swarm,
                            gboolean  is_super_seeding)
{
  if (swarm->is_super_seeding == (guint) (is_super_seeding != FALSE))
    return;
  swarm->is_super_seeding = is_super_seeding != FALSE;
  swarm->n_news++;
  if (swarm->state != BT_SWARM_SEEDING)
    return;
  bt_swarm_tell_extended (swarm);
  bt_swarm_super_tick (swarm, bt_clock_get_us (swarm->env->clock));
}
