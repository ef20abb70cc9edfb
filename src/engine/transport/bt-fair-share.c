/* bt-fair-share.c - what our own TCP connections leave of the line to those of uTP
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-fair-share.h"

#define QUEUE_US     75000   /* three quarters of LEDBAT's target: packets wait */
#define EMPTY_US     25000
#define EMPTY        8       /* ticks in which uTP might have taken what is free */
#define STARVED      4       /* ticks before anything is done */
#define ALONE        5       /* ticks before it is taken back */
#define STEP         16      /* a part of the limit in a tick */
#define JUDGE_US     (20 * G_GINT64_CONSTANT (1000000))
#define RETRY_US     (60 * G_GINT64_CONSTANT (1000000))
#define MAX_DOUBLED  5       /* half an hour */

void
bt_fair_share_init (BtFairShare *share)
{
  *share = (BtFairShare) { .limit_bps = 0 };
}

/* Whether a connection of uTP gets less than `percent` of what one of TCP gets. */
static gboolean
is_behind (const BtFairLoad *load,
           guint             percent)
{
  return load->utp_bps * load->n_tcp * 100 < load->tcp_bps * load->n_utp * percent;
}

static void
stop (BtFairShare *share)
{
  share->limit_bps = 0;
  share->n_starved = 0;
  share->n_alone = 0;
  share->n_empty = 0;
}

static void
begin_when_starved (BtFairShare      *share,
                    const BtFairLoad *load,
                    gint64            now_us)
{
  if (load->n_tcp == 0 || load->n_utp == 0 || load->queue_us < QUEUE_US || !is_behind (load, 50))
    share->n_starved = 0;
  else if (++share->n_starved >= STARVED && now_us >= share->retry_at_us &&
           load->tcp_bps > BT_FAIR_SHARE_MIN_BPS)
    {
      share->before = *load;
      share->judged_at_us = now_us;
      share->limit_bps = load->tcp_bps;
    }
}

/* Of what TCP gave away uTP has taken less than half. */
static gboolean
is_of_no_use (BtFairShare      *share,
              const BtFairLoad *load)
{
  const BtFairLoad *before = &share->before;
  guint64 given_bps = before->tcp_bps - MIN (load->tcp_bps, before->tcp_bps);
  guint64 taken_bps = load->utp_bps - MIN (load->utp_bps, before->utp_bps);

  return given_bps > before->tcp_bps / 8 && taken_bps < given_bps / 2;
}

static void
judge (BtFairShare      *share,
       const BtFairLoad *load,
       gint64            now_us)
{
  if (is_of_no_use (share, load))
    {
      share->retry_at_us = now_us + (RETRY_US << MIN (share->n_given_up, MAX_DOUBLED));
      share->n_given_up++;
      stop (share);
      return;
    }
  share->n_given_up = 0;
  share->before = *load;
  share->judged_at_us = now_us;
}

static void
adjust (BtFairShare      *share,
        const BtFairLoad *load)
{
  guint64 all_bps = load->tcp_bps + load->utp_bps;
  guint64 fair_bps = all_bps * load->n_tcp / (load->n_tcp + load->n_utp);
  guint64 step_bps = share->limit_bps / STEP;

  share->n_empty = load->queue_us < EMPTY_US ? share->n_empty + 1 : 0;
  if (load->queue_us >= QUEUE_US && is_behind (load, 90))
    share->limit_bps = MAX (share->limit_bps - step_bps,
                            MIN (share->limit_bps, MAX (fair_bps, BT_FAIR_SHARE_MIN_BPS)));
  else if (share->n_empty >= EMPTY || !is_behind (load, 110))
    share->limit_bps += step_bps;
}

guint64
bt_fair_share_tick (BtFairShare      *share,
                    const BtFairLoad *load,
                    gint64            now_us)
{
  if (share->limit_bps == 0)
    {
      begin_when_starved (share, load, now_us);
      return share->limit_bps;
    }
  if (load->n_tcp == 0 || load->n_utp == 0)
    {
      if (++share->n_alone >= ALONE)
        stop (share);
      return share->limit_bps;
    }
  share->n_alone = 0;
  adjust (share, load);
  /* It holds nobody back any more. */
  if (share->limit_bps > 2 * load->tcp_bps)
    stop (share);
  else if (now_us - share->judged_at_us >= JUDGE_US)
    judge (share, load, now_us);
  return share->limit_bps;
}
