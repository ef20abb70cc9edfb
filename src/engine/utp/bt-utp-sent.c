/* bt-utp-sent.c - the packets that are not yet acknowledged
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-private.h"

#define MIN_RING 16

void
bt_utp_list_append (BtUtp     *utp,
                    BtUtpList *list,
                    guint16    seq_nr)
{
  if (list->n == 0)
    list->first = seq_nr;
  else
    {
      bt_utp_get_sent (utp, list->last)->next = seq_nr;
      bt_utp_get_sent (utp, seq_nr)->previous = list->last;
    }
  list->last = seq_nr;
  list->n++;
}

void
bt_utp_list_prepend (BtUtp     *utp,
                     BtUtpList *list,
                     guint16    seq_nr)
{
  if (list->n == 0)
    list->last = seq_nr;
  else
    {
      bt_utp_get_sent (utp, list->first)->previous = seq_nr;
      bt_utp_get_sent (utp, seq_nr)->next = list->first;
    }
  list->first = seq_nr;
  list->n++;
}

void
bt_utp_list_remove (BtUtp     *utp,
                    BtUtpList *list,
                    guint16    seq_nr)
{
  const BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  if (seq_nr == list->first)
    list->first = sent->next;
  else
    bt_utp_get_sent (utp, sent->previous)->next = sent->next;
  if (seq_nr == list->last)
    list->last = sent->previous;
  else
    bt_utp_get_sent (utp, sent->next)->previous = sent->previous;
  list->n--;
}

static void
grow_ring (BtUtp *utp)
{
  guint n_ring = MAX (utp->n_sent_ring * 2, MIN_RING);
  BtUtpSent *ring = g_new0 (BtUtpSent, n_ring);

  for (guint16 i = utp->una; i != utp->next; i++)
    ring[i & (n_ring - 1)] = *bt_utp_get_sent (utp, i);
  g_free (utp->sent);
  utp->sent = ring;
  utp->n_sent_ring = n_ring;
}

BtUtpSent *
bt_utp_sent_add (BtUtp *utp)
{
  BtUtpSent *sent;

  if ((guint16) (utp->next - utp->una) == utp->n_sent_ring)
    grow_ring (utp);
  sent = bt_utp_get_sent (utp, utp->next++);
  *sent = (BtUtpSent) { .offset = utp->cut };
  return sent;
}

static BtUtpList *
get_flight (BtUtp           *utp,
            const BtUtpSent *sent)
{
  return sent->n_sends > 1 ? &utp->again : &utp->flight;
}

void
bt_utp_sent_launch (BtUtp   *utp,
                    guint16  seq_nr)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  sent->state = BT_UTP_SENT_FLIGHT;
  bt_utp_list_append (utp, get_flight (utp, sent), seq_nr);
  utp->flight_bytes += bt_utp_sent_get_bytes (sent);
}

void
bt_utp_sent_land (BtUtp   *utp,
                  guint16  seq_nr)
{
  const BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  bt_utp_list_remove (utp, get_flight (utp, sent), seq_nr);
  utp->flight_bytes -= bt_utp_sent_get_bytes (sent);
}

void
bt_utp_sent_hush (BtUtp   *utp,
                  guint16  seq_nr)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  bt_utp_sent_land (utp, seq_nr);
  sent->state = BT_UTP_SENT_UNTOLD;
  utp->untold_bytes += bt_utp_sent_get_bytes (sent);
}

void
bt_utp_sent_lose (BtUtp   *utp,
                  guint16  seq_nr)
{
  BtUtpSent *sent = bt_utp_get_sent (utp, seq_nr);

  if (sent->state == BT_UTP_SENT_UNTOLD)
    utp->untold_bytes -= bt_utp_sent_get_bytes (sent);
  else
    bt_utp_sent_land (utp, seq_nr);
  sent->state = BT_UTP_SENT_LOST;
  bt_utp_list_append (utp, &utp->lost, seq_nr);
  utp->facts.n_lost++;
}

void
bt_utp_sent_lose_all (BtUtp *utp)
{
  utp->lost = (BtUtpList) { 0 };
  for (guint16 i = utp->una; i != utp->next; i++)
    switch (bt_utp_get_sent (utp, i)->state)
      {
      case BT_UTP_SENT_FLIGHT:
      case BT_UTP_SENT_UNTOLD:
        bt_utp_sent_lose (utp, i);
        break;

      case BT_UTP_SENT_LOST:
        bt_utp_list_append (utp, &utp->lost, i);
        break;

      default:
        break;
      }
}
