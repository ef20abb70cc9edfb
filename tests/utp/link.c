/* link.c - connections of uTP over a made-up link on a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "link.h"

#include "base/bt-cursor.h"

#include <string.h>

#define PATTERN_BYTES 65521  /* a prime: no block looks like another for long */
#define POOL_BYTES    (512 * 1024 * 1024)
#define GREEDY_BYTES  1500
#define READ_BYTES    65536
#define IP_UDP_BYTES  28

typedef enum
{
  ARRIVE,         /* a datagram at an end */
  PUMP,           /* an end looks at what came */
  TIMER,
  GREEDY_ACKED,
  GREEDY_LOST,
} EventKind;

typedef struct
{
  gint64    at_us;
  guint64   serial;
  EventKind kind;
  LinkEnd  *end;
  guint8   *bytes;  /* owned */
  gsize     n_bytes;
  guint64   number;
} Event;

static guint8 pattern[2 * PATTERN_BYTES];

static void
fill_pattern (void)
{
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < PATTERN_BYTES; i++)
    pattern[i] = pattern[i + PATTERN_BYTES] = (guint8) bt_random_next (&random);
}

/* --- Events: a heap by time, then by order of making --- */

static gboolean
is_before (const Event *a,
           const Event *b)
{
  return a->at_us != b->at_us ? a->at_us < b->at_us : a->serial < b->serial;
}

static void
add_event (Link  *link,
           Event  event)
{
  GArray *heap = link->events;
  guint i = heap->len;

  event.serial = link->n_serial++;
  g_array_append_val (heap, event);
  while (i > 0 && is_before (&event, &g_array_index (heap, Event, (i - 1) / 2)))
    {
      g_array_index (heap, Event, i) = g_array_index (heap, Event, (i - 1) / 2);
      i = (i - 1) / 2;
    }
  g_array_index (heap, Event, i) = event;
}

static gboolean
take_event (Link   *link,
            gint64  until_us,
            Event  *out_event)
{
  GArray *heap = link->events;
  Event last;
  guint i = 0;

  if (heap->len == 0 || g_array_index (heap, Event, 0).at_us > until_us)
    return FALSE;
  *out_event = g_array_index (heap, Event, 0);
  last = g_array_index (heap, Event, heap->len - 1);
  g_array_set_size (heap, heap->len - 1);
  if (heap->len == 0)
    return TRUE;
  for (guint child = 1; child < heap->len; child = 2 * i + 1)
    {
      if (child + 1 < heap->len && is_before (&g_array_index (heap, Event, child + 1),
                                              &g_array_index (heap, Event, child)))
        child++;
      if (!is_before (&g_array_index (heap, Event, child), &last))
        break;
      g_array_index (heap, Event, i) = g_array_index (heap, Event, child);
      i = child;
    }
  g_array_index (heap, Event, i) = last;
  return TRUE;
}

/* --- The way --- */

/* When a packet comes out of the bottleneck; FALSE: it was dropped. */
static gboolean
pass_queue (Link     *link,
            gboolean  is_forward,
            gsize     n_bytes,
            gint64   *out_at_us)
{
  const LinkPath *path = &link->paths[!is_forward];
  gint64 *busy_until_ns = &link->busy_until_ns[!is_forward];
  gint64 wait_us = MAX (*busy_until_ns - link->now_us * 1000, 0) / 1000;

  *out_at_us = link->now_us;
  if (path->bps == 0)
    return TRUE;
  if (is_forward)
    {
      link->queue_sum_us += (double) wait_us;
      link->queue_n++;
      link->queue_max_us = MAX (link->queue_max_us, wait_us);
    }
  if ((double) wait_us * (double) path->bps / 1e6 + (double) n_bytes > (double) path->queue_bytes)
    {
      link->n_dropped++;
      return FALSE;
    }
  /* In nanoseconds, as a microsecond is more than a tenth of a packet's time at 1 Gbit/s. */
  *busy_until_ns = MAX (*busy_until_ns, link->now_us * 1000) +
                   (gint64) (1e9 * (double) n_bytes / (double) path->bps);
  *out_at_us = *busy_until_ns / 1000;
  return TRUE;
}

static gint64
get_skew_us (const Link *link)
{
  return link->skew_us + (gint64) (link->drift * (double) link->now_us);
}

/* Those who are dialled have a clock of their own, as everybody else sees it. */
static void
shift_timestamp (const Link    *link,
                 const LinkEnd *from,
                 guint8        *bytes)
{
  gint64 skew_us = get_skew_us (link);

  bt_write_u32 (bytes + 4, bt_read_u32 (bytes + 4) +
                             (guint32) (from->is_forward ? -skew_us : skew_us));
}

static void
travel (const LinkEnd *from,
        const guint8  *bytes,
        gsize          n_bytes,
        gint64         at_us)
{
  Link *link = from->link;
  const LinkPath *path = &link->paths[!from->is_forward];
  gint64 jitter_us = path->jitter_us > 0
                       ? bt_random_below (&link->random, (guint32) path->jitter_us) : 0;
  Event event = { .kind = ARRIVE,
                  .at_us = at_us + path->delay_us + jitter_us,
                  .end = from->peer,
                  .bytes = g_memdup2 (bytes, n_bytes),
                  .n_bytes = n_bytes };

  add_event (link, event);
}

static void
send_datagram (LinkEnd             *end,
               const BtUtpDatagram *datagram)
{
  Link *link = end->link;
  const LinkPath *path = &link->paths[!end->is_forward];
  guint8 bytes[BT_UTP_MAX_DATAGRAM_BYTES];
  gsize n_bytes = datagram->n_head;
  gint64 at_us;

  memcpy (bytes, datagram->head, datagram->n_head);
  for (guint i = 0; i < datagram->n_spans; i++)
    {
      memcpy (bytes + n_bytes, datagram->spans[i].bytes, datagram->spans[i].n_bytes);
      n_bytes += datagram->spans[i].n_bytes;
    }
  g_assert_cmpuint (n_bytes, ==, datagram->n_bytes);
  link->n_datagrams++;
  shift_timestamp (link, end, bytes);
  if (path->is_cut ||
      (path->mtu_bytes > 0 && n_bytes > path->mtu_bytes &&
       (!datagram->may_fragment || path->never_fragments)) ||
      (link->wire_func != NULL && !link->wire_func (link, end, bytes, &n_bytes)))
    return;
  if (!pass_queue (link, end->is_forward, n_bytes + IP_UDP_BYTES, &at_us) ||
      bt_random_below (&link->random, 1000) < path->loss_permille)
    return;
  travel (end, bytes, n_bytes, at_us);
  if (bt_random_below (&link->random, 1000) < path->duplicate_permille)
    travel (end, bytes, n_bytes, at_us);
}

/* --- The ends --- */

static void
read_all (LinkEnd *end)
{
  guint8 bytes[READ_BYTES];
  gsize n_max = sizeof bytes;
  gsize n;

  while (n_max > 0)
    {
      if (end->n_max_read_bps > 0)
        {
          guint64 n_may = end->n_max_read_bps *
                          (guint64) (end->link->now_us - end->link->began_us) / LINK_SECOND_US;

          n_max = (gsize) MIN (n_may - MIN (n_may, end->n_read), sizeof bytes);
        }
      n = bt_utp_read (end->utp, bytes, n_max);
      if (n == 0)
        break;
      for (gsize i = 0; i < n && !end->link->ignores_bytes;)
        {
          gsize at = (gsize) ((end->n_read + i) % PATTERN_BYTES);
          gsize n_run = MIN (n - i, PATTERN_BYTES);

          g_assert_true (memcmp (bytes + i, pattern + at, n_run) == 0);
          i += n_run;
        }
      end->n_read += n;
    }
  end->is_eof = bt_utp_is_eof (end->utp);
}

static void
write_all (LinkEnd *end)
{
  while (end->n_written < end->n_to_write)
    {
      gsize at = (gsize) (end->n_written % PATTERN_BYTES);
      gsize n = (gsize) MIN (end->n_to_write - end->n_written, PATTERN_BYTES);

      n = bt_utp_write (end->utp, pattern + at, n);
      if (n == 0)
        return;
      end->n_written += n;
    }
  if (end->does_close && bt_utp_get_state (end->utp) == BT_UTP_CONNECTED)
    bt_utp_close (end->utp, end->link->now_us);
}

static void
schedule_timer (LinkEnd *end)
{
  gint64 due_us = bt_utp_get_timeout_us (end->utp);

  if (end->n_max_read_bps > 0)
    due_us = MIN (due_us, end->link->now_us + 10 * LINK_MS);
  if (due_us == G_MAXINT64 || (end->timer_us > end->link->now_us && end->timer_us <= due_us))
    return;
  end->timer_us = MAX (due_us, end->link->now_us + 1);
  add_event (end->link, (Event) { .kind = TIMER, .at_us = end->timer_us, .end = end });
}

static void
pump (LinkEnd *end)
{
  BtUtpDatagram datagram;

  end->is_pump_due = FALSE;
  if (end->utp == NULL)
    return;
  read_all (end);
  write_all (end);
  while (bt_utp_next_packet (end->utp, end->link->now_us, &datagram))
    send_datagram (end, &datagram);
  schedule_timer (end);
}

void
link_wake (LinkEnd *end)
{
  if (end->is_pump_due)
    return;
  end->is_pump_due = TRUE;
  add_event (end->link, (Event) { .kind = PUMP,
                                  .at_us = end->link->now_us + end->link->batch_us,
                                  .end = end });
}

static void
accept_syn (LinkEnd           *end,
            const BtUtpPacket *packet)
{
  BtUtpConfig config = { .pool = end->link->pool, .family = BT_FAMILY_IPV4 };

  if (packet->type != BT_UTP_SYN || (end->events & BT_UTP_EVENT_CLOSED) != 0)
    return;
  end->utp = bt_utp_new_incoming (&config, packet, (guint16) bt_random_next (&end->link->random),
                                  end->link->now_us);
}

static void
arrive (LinkEnd      *end,
        const guint8 *bytes,
        gsize         n_bytes)
{
  BtUtpPacket packet;

  if (!bt_utp_packet_parse (bytes, n_bytes, &packet))
    return;
  if (end->utp == NULL)
    accept_syn (end, &packet);
  else if (bt_utp_matches (end->utp, &packet))
    end->events |= bt_utp_receive (end->utp, &packet, end->link->now_us);
  link_wake (end);
}

void
link_inject (LinkEnd      *to,
             const guint8 *bytes,
             gsize         n_bytes)
{
  arrive (to, bytes, n_bytes);
}

/* --- The greedy flow --- */

static void
greedy_send (Link *link)
{
  LinkGreedy *greedy = &link->greedy;

  while (greedy->is_on && greedy->n_flight < (guint) greedy->cwnd)
    {
      Event event = { .number = greedy->n_next++ };
      gint64 round_us = link->paths[0].delay_us + link->paths[1].delay_us;
      gint64 at_us;
      gboolean is_lost = !pass_queue (link, TRUE, GREEDY_BYTES, &at_us);

      /* Three packets later it is known. */
      event.kind = is_lost ? GREEDY_LOST : GREEDY_ACKED;
      event.at_us = (is_lost ? link->busy_until_ns[0] / 1000 : at_us) + round_us;
      greedy->n_flight++;
      add_event (link, event);
    }
}

static void
greedy_acked (Link *link)
{
  LinkGreedy *greedy = &link->greedy;

  greedy->n_flight--;
  greedy->n_acked_bytes += GREEDY_BYTES;
  greedy->cwnd += greedy->cwnd < greedy->ssthresh ? 1 : 1 / greedy->cwnd;
  greedy_send (link);
}

static void
greedy_lost (Link    *link,
             guint64  number)
{
  LinkGreedy *greedy = &link->greedy;

  greedy->n_flight--;
  if (number >= greedy->n_recover)
    {
      greedy->n_recover = greedy->n_next;
      greedy->ssthresh = MAX (greedy->cwnd / 2, 2);
      greedy->cwnd = greedy->ssthresh;
    }
  greedy_send (link);
}

void
link_greedy_start (Link *link)
{
  link->greedy = (LinkGreedy) { .is_on = TRUE, .cwnd = 10, .ssthresh = 1e9 };
  greedy_send (link);
}

void
link_greedy_stop (Link *link)
{
  link->greedy.is_on = FALSE;
}

/* --- The whole --- */

Link *
link_new (guint64 seed)
{
  Link *link = g_new0 (Link, 1);

  fill_pattern ();
  bt_random_init (&link->random, seed);
  /* Not the start of time: what wraps is to wrap somewhere else for each. */
  link->now_us = LINK_SECOND_US + bt_random_next (&link->random);
  link->began_us = link->now_us;
  link->busy_until_ns[0] = link->busy_until_ns[1] = link->now_us * 1000;
  link->pool = bt_block_pool_new (POOL_BYTES);
  link->flows = g_ptr_array_new ();
  link->events = g_array_new (FALSE, FALSE, sizeof (Event));
  return link;
}

void
link_free (Link *link)
{
  GArray *heap = link->events;

  for (guint i = 0; i < heap->len; i++)
    g_free (g_array_index (heap, Event, i).bytes);
  g_array_unref (heap);
  for (guint i = 0; i < link->flows->len; i++)
    {
      LinkFlow *flow = link->flows->pdata[i];

      bt_utp_free (flow->ends[0].utp);
      bt_utp_free (flow->ends[1].utp);
      g_free (flow);
    }
  g_ptr_array_unref (link->flows);
  bt_block_pool_free (link->pool);
  g_free (link);
}

LinkFlow *
link_add_flow (Link              *link,
               const BtUtpConfig *config)
{
  LinkFlow *flow = g_new0 (LinkFlow, 1);
  BtUtpConfig own = *config;

  own.pool = link->pool;
  for (guint i = 0; i < 2; i++)
    flow->ends[i] = (LinkEnd) { .link = link,
                                .flow = flow,
                                .peer = &flow->ends[!i],
                                .is_forward = i == 0 };
  flow->ends[0].utp = bt_utp_new_outgoing (&own, (guint16) bt_random_next (&link->random),
                                           (guint16) bt_random_next (&link->random),
                                           link->now_us);
  g_ptr_array_add (link->flows, flow);
  link_wake (&flow->ends[0]);
  return flow;
}

static void
handle (Link        *link,
        const Event *event)
{
  LinkEnd *end = event->end;

  switch (event->kind)
    {
    case ARRIVE:
      arrive (end, event->bytes, event->n_bytes);
      break;

    case PUMP:
      pump (end);
      break;

    case TIMER:
      if (end->utp == NULL || event->at_us != end->timer_us)
        break;
      if (bt_utp_get_timeout_us (end->utp) <= link->now_us)
        end->events |= bt_utp_tick (end->utp, link->now_us);
      pump (end);
      break;

    case GREEDY_ACKED:
      greedy_acked (link);
      break;

    case GREEDY_LOST:
    default:
      greedy_lost (link, event->number);
      break;
    }
}

void
link_run (Link   *link,
          gint64  for_us)
{
  gint64 until_us = link->now_us + for_us;
  Event event;

  while (take_event (link, until_us, &event))
    {
      link->now_us = event.at_us;
      handle (link, &event);
      g_free (event.bytes);
    }
  link->now_us = until_us;
}

static gboolean
is_over (Link *link)
{
  for (guint i = 0; i < link->flows->len; i++)
    {
      const LinkFlow *flow = link->flows->pdata[i];

      for (guint j = 0; j < 2; j++)
        if (flow->ends[j].utp == NULL ||
            bt_utp_get_state (flow->ends[j].utp) != BT_UTP_CLOSED)
          return FALSE;
    }
  return TRUE;
}

gboolean
link_run_to_end (Link   *link,
                 gint64  for_us)
{
  gint64 until_us = link->now_us + for_us;

  while (!is_over (link) && link->now_us < until_us)
    link_run (link, LINK_SECOND_US / 10);
  return is_over (link);
}

void
link_forget_queue (Link *link)
{
  link->queue_sum_us = 0;
  link->queue_n = 0;
  link->queue_max_us = 0;
}
