/* bt-dht-walk.c - one look-up in one family: who is near to a target, who is to be asked next (BEP 5)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-walk.h"

#define IPV4_NETWORK_BYTES 3
#define IPV6_NETWORK_BYTES 6

BtDhtWalk *
bt_dht_walk_new (const BtDhtId *target)
{
  BtDhtWalk *walk = g_new0 (BtDhtWalk, 1);

  walk->target = *target;
  walk->candidates = g_array_new (FALSE, FALSE, sizeof (BtDhtCandidate));
  return walk;
}

void
bt_dht_walk_free (BtDhtWalk *walk)
{
  if (walk == NULL)
    return;
  g_array_unref (walk->candidates);
  g_free (walk);
}

static gboolean
is_same_network (const BtAddress *a,
                 const BtAddress *b)
{
  gsize n_bytes = a->family == BT_FAMILY_IPV4 ? IPV4_NETWORK_BYTES : IPV6_NETWORK_BYTES;

  return memcmp (a->ip, b->ip, n_bytes) == 0;
}

static gboolean
is_welcome (const BtDhtWalk *walk,
            const BtDhtId   *id,
            const BtAddress *address)
{
  gboolean is_local = bt_address_is_local (address);
  guint n_of_network = 0;

  for (guint i = 0; i < walk->candidates->len; i++)
    {
      const BtDhtCandidate *known = bt_dht_walk_get (walk, i);

      if (bt_dht_id_equal (&known->id, id) || bt_address_equal (&known->address, address))
        return FALSE;
      if (is_local)
        continue;
      if (bt_address_equal_ip (&known->address, address))
        return FALSE;
      n_of_network += is_same_network (&known->address, address) != FALSE;
    }
  return n_of_network < BT_DHT_WALK_MAX_NETWORK;
}

/* One whose answer is awaited stays. */
static gboolean
may_go (const BtDhtCandidate *candidate)
{
  return candidate->state != BT_DHT_CANDIDATE_ASKED && candidate->state != BT_DHT_CANDIDATE_SLOW;
}

/* Drops the farthest; of those with wrong ids only if `is_doubtful`. FALSE: none may go, or all are nearer. */
static gboolean
drop_farthest (BtDhtWalk     *walk,
               const BtDhtId *id,
               gboolean       is_doubtful)
{
  for (guint i = walk->candidates->len; i > 0; i--)
    {
      const BtDhtCandidate *candidate = bt_dht_walk_get (walk, i - 1);

      if (bt_dht_id_compare (&walk->target, &candidate->id, id) < 0)
        return FALSE;
      if (!may_go (candidate) || (is_doubtful && candidate->is_right))
        continue;
      g_array_remove_index (walk->candidates, i - 1);
      return TRUE;
    }
  return FALSE;
}

static guint
count_doubtful (const BtDhtWalk *walk)
{
  guint n_doubtful = 0;

  for (guint i = 0; i < walk->candidates->len; i++)
    n_doubtful += !bt_dht_walk_get (walk, i)->is_right;
  return n_doubtful;
}

gboolean
bt_dht_walk_add (BtDhtWalk       *walk,
                 const BtDhtId   *id,
                 const BtAddress *address,
                 guint            n_hops)
{
  BtDhtCandidate fresh;
  guint at;

  if (!is_welcome (walk, id, address))
    return FALSE;
  memset (&fresh, 0, sizeof fresh);
  fresh.id = *id;
  fresh.address = *address;
  fresh.is_right = bt_dht_id_is_right (id, address) != FALSE;
  fresh.n_hops = (guint8) MIN (n_hops, G_MAXUINT8);
  if (!fresh.is_right && count_doubtful (walk) >= BT_DHT_WALK_MAX_DOUBTFUL &&
      !drop_farthest (walk, id, TRUE))
    return FALSE;
  if (walk->candidates->len >= BT_DHT_WALK_MAX_CANDIDATES && !drop_farthest (walk, id, FALSE))
    return FALSE;
  at = walk->candidates->len;
  while (at > 0 && bt_dht_id_compare (&walk->target, id, &bt_dht_walk_get (walk, at - 1)->id) < 0)
    at--;
  g_array_insert_val (walk->candidates, at, fresh);
  return TRUE;
}

/* Whether the nearest BT_DHT_K have answered that lie before the candidate. */
static gboolean
counts (const BtDhtCandidate *candidate)
{
  return candidate->state == BT_DHT_CANDIDATE_ANSWERED && candidate->is_right;
}

BtDhtCandidate *
bt_dht_walk_next (BtDhtWalk *walk)
{
  BtDhtCandidate *next = NULL;
  guint n_in_flight = 0;
  guint n_counted = 0;

  for (guint i = 0; i < walk->candidates->len; i++)
    {
      BtDhtCandidate *candidate = bt_dht_walk_get (walk, i);

      if (candidate->state == BT_DHT_CANDIDATE_ASKED)
        n_in_flight++;
      if (candidate->state == BT_DHT_CANDIDATE_NEW && next == NULL && n_counted < BT_DHT_K)
        next = candidate;
      n_counted += counts (candidate);
    }
  if (next == NULL || n_in_flight >= BT_DHT_ALPHA || walk->n_asked >= BT_DHT_WALK_MAX_ASKED)
    return NULL;
  next->state = BT_DHT_CANDIDATE_ASKED;
  walk->n_asked++;
  return next;
}

BtDhtCandidate *
bt_dht_walk_find (BtDhtWalk       *walk,
                  const BtAddress *address)
{
  for (guint i = 0; i < walk->candidates->len; i++)
    if (bt_address_equal (&bt_dht_walk_get (walk, i)->address, address))
      return bt_dht_walk_get (walk, i);
  return NULL;
}

gboolean
bt_dht_walk_is_over (const BtDhtWalk *walk)
{
  gboolean may_ask = walk->n_asked < BT_DHT_WALK_MAX_ASKED;
  guint n_counted = 0;

  for (guint i = 0; i < walk->candidates->len && n_counted < BT_DHT_K; i++)
    {
      const BtDhtCandidate *candidate = bt_dht_walk_get (walk, i);

      if (candidate->state == BT_DHT_CANDIDATE_ASKED ||
          (candidate->state == BT_DHT_CANDIDATE_NEW && may_ask))
        return FALSE;
      n_counted += counts (candidate);
    }
  return TRUE;
}

guint
bt_dht_walk_get_nearest (const BtDhtWalk *walk,
                         guint            out_indices[BT_DHT_K])
{
  guint n_found = 0;

  for (guint round = 0; round < 2 && n_found == 0; round++)
    for (guint i = 0; i < walk->candidates->len && n_found < BT_DHT_K; i++)
      {
        const BtDhtCandidate *candidate = bt_dht_walk_get (walk, i);

        if (candidate->state == BT_DHT_CANDIDATE_ANSWERED && candidate->is_right == (round == 0))
          out_indices[n_found++] = i;
      }
  return n_found;
}

/* With N nodes spread evenly the i-th nearest is i / (N + 1) of the space away; the best fit through all. */
double
bt_dht_walk_estimate_size (const BtDhtWalk *walk)
{
  guint indices[BT_DHT_K];
  guint n_nearest = bt_dht_walk_get_nearest (walk, indices);
  double above = 0;
  double below = 0;

  if (n_nearest < BT_DHT_K)
    return n_nearest;
  for (guint i = 0; i < n_nearest; i++)
    {
      const BtDhtCandidate *candidate = bt_dht_walk_get (walk, indices[i]);
      double rank = i + 1;

      above += rank * rank;
      below += rank * bt_dht_id_get_distance (&walk->target, &candidate->id);
    }
  return below > 0 ? MAX (above / below - 1, n_nearest) : 0;
}
