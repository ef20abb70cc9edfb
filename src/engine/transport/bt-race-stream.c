/* bt-race-stream.c - two ways to one peer: the first that connects is the one, and the other is dropped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-race-stream.h"

#include "bt-stream-private.h"

#define N_WAYS 2

/* Invariant: while it is not connected, those ways that run are there, and the timer is armed as long as the second has
 * not begun. Connected, the winner is there alone.
 */
typedef struct
{
  BtStream     base;
  BtStream    *ways[N_WAYS];        /* owned, nullable */
  BtStream    *winner;              /* one of the ways; NULL: not yet */
  BtTransport  transports[N_WAYS];
  BtClock     *clock;               /* borrowed */
  BtRaceFunc   func;
  gpointer     user_data;           /* borrowed */
  GError      *first_error;         /* owned, nullable: why the first way failed */
  BtTimer      timer;
} RaceStream;

static gssize
race_readv (BtStream            *base,
            const struct iovec  *iov,
            int                  n_iov,
            GError             **error)
{
  return bt_stream_readv (((RaceStream *) base)->winner, iov, n_iov, error);
}

static gssize
race_writev (BtStream            *base,
             const struct iovec  *iov,
             int                  n_iov,
             GError             **error)
{
  return bt_stream_writev (((RaceStream *) base)->winner, iov, n_iov, error);
}

static void
race_set_active (BtStream *base)
{
  RaceStream *race = (RaceStream *) base;

  if (race->winner != NULL)
    bt_stream_set_wanted (race->winner, base->active);
}

static guint32
race_get_rtt_us (BtStream *base)
{
  return bt_stream_get_rtt_us (((RaceStream *) base)->winner);
}

static guint32
race_get_queue_us (BtStream *base)
{
  return bt_stream_get_queue_us (((RaceStream *) base)->winner);
}

static guint
race_get_n_unanswered (BtStream *base)
{
  return bt_stream_get_n_unanswered (((RaceStream *) base)->winner);
}

static BtTransport
race_get_transport (BtStream *base)
{
  RaceStream *race = (RaceStream *) base;

  return race->winner != NULL ? bt_stream_get_transport (race->winner) : BT_TRANSPORT_BOTH;
}

static void
race_free (BtStream *base)
{
  RaceStream *race = (RaceStream *) base;

  bt_timer_disarm (&race->timer, race->clock);
  for (guint i = 0; i < N_WAYS; i++)
    bt_stream_free (race->ways[i]);
  g_clear_error (&race->first_error);
  g_free (race);
}

static const BtStreamClass race_class = {
  .readv = race_readv,
  .writev = race_writev,
  .set_active = race_set_active,
  .get_rtt_us = race_get_rtt_us,
  .get_queue_us = race_get_queue_us,
  .get_n_unanswered = race_get_n_unanswered,
  .get_transport = race_get_transport,
  .free = race_free,
};

/* --- The race --- */

static void
win (RaceStream *race,
     BtStream   *winner)
{
  bt_timer_disarm (&race->timer, race->clock);
  for (guint i = 0; i < N_WAYS; i++)
    if (race->ways[i] != winner)
      g_clear_pointer (&race->ways[i], bt_stream_free);
  race->winner = winner;
  race->base.local = *bt_stream_get_local (winner);
  bt_stream_connected (&race->base);
}

static gboolean begin (RaceStream *race,
                       guint       way);

/* Takes `error`, which may be the owner's to hear. */
static void
lose (RaceStream *race,
      guint       way,
      GError     *error)
{
  g_clear_pointer (&race->ways[way], bt_stream_free);
  if (race->first_error == NULL)
    race->first_error = error;
  else
    g_error_free (error);
  if (way == 0 && bt_timer_is_armed (&race->timer))
    {
      bt_timer_disarm (&race->timer, race->clock);
      begin (race, 1);
    }
  if (race->ways[0] == NULL && race->ways[1] == NULL)
    bt_stream_fail (&race->base, g_steal_pointer (&race->first_error));
}

static void
way_cb (BtStream       *way,
        BtStreamEvents  events,
        gpointer        user_data)
{
  RaceStream *race = user_data;

  if (race->winner == NULL && (events & BT_STREAM_CONNECTED))
    win (race, way);
  else if (race->winner == NULL && (events & BT_STREAM_FAILED))
    lose (race, way == race->ways[0] ? 0 : 1, g_error_copy (bt_stream_get_error (way)));
  else if (events & BT_STREAM_FAILED)
    bt_stream_fail (&race->base, g_error_copy (bt_stream_get_error (way)));
  else
    bt_stream_emit (&race->base, events);
}

/* Returns whether it runs now. */
static gboolean
begin (RaceStream *race,
       guint       way)
{
  race->ways[way] = race->func (&race->base.remote, race->transports[way], race->user_data,
                                race->first_error == NULL ? &race->first_error : NULL);
  if (race->ways[way] == NULL)
    return FALSE;
  bt_stream_set_func (race->ways[way], way_cb, race);
  return TRUE;
}

/* When the second cannot even begin, the first goes on alone. */
static void
head_start_over_cb (gpointer user_data)
{
  begin (user_data, 1);
}

BtStream *
bt_race_stream_new (BtClock          *clock,
                    const BtAddress  *remote,
                    BtTransport       first,
                    BtRaceFunc        func,
                    gpointer          user_data,
                    GError          **error)
{
  RaceStream *race = g_new0 (RaceStream, 1);

  bt_stream_init (&race->base, &race_class, remote, TRUE);
  race->clock = clock;
  race->func = func;
  race->user_data = user_data;
  race->transports[0] = first;
  race->transports[1] = first == BT_TRANSPORT_UTP ? BT_TRANSPORT_TCP : BT_TRANSPORT_UTP;
  bt_timer_init (&race->timer, head_start_over_cb, race);
  if (begin (race, 0))
    bt_timer_arm_in (&race->timer, clock, BT_RACE_HEAD_START_US);
  else if (!begin (race, 1))
    {
      g_propagate_error (error, g_steal_pointer (&race->first_error));
      bt_stream_free (&race->base);
      return NULL;
    }
  return &race->base;
}
