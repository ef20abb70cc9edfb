/* bt-external.c - the address that others see us at, by their votes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-external.h"

typedef struct
{
  BtAddress voter;
  BtAddress seen;
} Vote;

/* One family's. Invariant: no two votes are of the same voter; the oldest comes first. */
typedef struct
{
  Vote      votes[BT_EXTERNAL_MAX_VOTES];
  guint     n_votes;
  BtAddress known;    /* family NONE: no router has told */
  BtAddress elected;  /* likewise */
} Side;

struct _BtExternal
{
  Side sides[2];
};

BtExternal *
bt_external_new (void)
{
  return g_new0 (BtExternal, 1);
}

void
bt_external_free (BtExternal *external)
{
  g_free (external);
}

static guint
get_slot (BtFamily family)
{
  return family == BT_FAMILY_IPV6 ? 1 : 0;
}

static BtAddress
get_answer (const Side *side)
{
  return side->known.family != BT_FAMILY_NONE ? side->known : side->elected;
}

static void
drop (Side  *side,
      guint  index)
{
  for (guint i = index + 1; i < side->n_votes; i++)
    side->votes[i - 1] = side->votes[i];
  side->n_votes--;
}

static guint
count (const Side      *side,
       const BtAddress *seen)
{
  guint n = 0;

  for (guint i = 0; i < side->n_votes; i++)
    n += bt_address_equal_ip (&side->votes[i].seen, seen) ? 1 : 0;
  return n;
}

/* Who is elected stays so while nobody has more votes. */
static void
elect (Side *side)
{
  guint best = MAX (count (side, &side->elected), BT_EXTERNAL_MIN_VOTES - 1);

  for (guint i = 0; i < side->n_votes; i++)
    {
      guint n = count (side, &side->votes[i].seen);

      if (n <= best)
        continue;
      best = n;
      side->elected = side->votes[i].seen;
      side->elected.port = 0;
    }
}

/* All trackers together. */
static const BtAddress trackers = { .family = BT_FAMILY_NONE };

/* With any port, since that does not count. */
static gboolean
is_of_internet (const BtAddress *address)
{
  BtAddress with_port = *address;

  with_port.port = 1;
  return bt_address_is_connectable (&with_port) && !bt_address_is_local (&with_port);
}

gboolean
bt_external_vote (BtExternal      *external,
                  const BtAddress *voter,
                  const BtAddress *seen)
{
  Side *side = &external->sides[get_slot ((BtFamily) seen->family)];
  BtAddress before = get_answer (side);
  BtAddress after;

  if (seen->family == BT_FAMILY_NONE || !is_of_internet (seen) ||
      (voter != NULL && !is_of_internet (voter)))
    return FALSE;
  if (voter == NULL)
    voter = &trackers;
  for (guint i = 0; i < side->n_votes; i++)
    if (bt_address_equal_ip (&side->votes[i].voter, voter))
      {
        drop (side, i);
        break;
      }
  if (side->n_votes == BT_EXTERNAL_MAX_VOTES)
    drop (side, 0);
  side->votes[side->n_votes++] = (Vote) { *voter, *seen };
  elect (side);
  after = get_answer (side);
  return !bt_address_equal (&before, &after);
}

gboolean
bt_external_set_known (BtExternal      *external,
                       BtFamily         family,
                       const BtAddress *address)
{
  Side *side = &external->sides[get_slot (family)];
  BtAddress before = get_answer (side);
  BtAddress after;

  /* A router that is itself behind another one knows no better. */
  if (address != NULL && (address->family != family || !is_of_internet (address)))
    return FALSE;
  side->known = address != NULL ? *address : (BtAddress) { .family = BT_FAMILY_NONE };
  side->known.port = 0;
  after = get_answer (side);
  return !bt_address_equal (&before, &after);
}

BtAddress
bt_external_get (const BtExternal *external,
                 BtFamily          family)
{
  return get_answer (&external->sides[get_slot (family)]);
}
