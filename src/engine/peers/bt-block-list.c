/* bt-block-list.c - addresses that somebody wants nothing to do with: the set
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-block-list-private.h"

#include "base/bt-cursor.h"

/* Invariant: ranges are sorted, and between two of them lies at least one address. */
struct _BtBlockList
{
  gatomicrefcount    ref_count;
  BtRange4          *ranges4;    /* owned */
  BtRange6          *ranges6;    /* owned */
  guint              n_ranges4;
  guint              n_ranges6;
  BtBlockListCounts  counts;
};

G_DEFINE_QUARK (bt-block-list-error-quark, bt_block_list_error)

/* ---- Making ---- */

static int
compare_ranges4 (gconstpointer a,
                 gconstpointer b)
{
  const BtRange4 *first = a;
  const BtRange4 *second = b;

  return first->first < second->first ? -1 : first->first > second->first;
}

static int
compare_ranges6 (gconstpointer a,
                 gconstpointer b)
{
  return bt_ip6_compare (&((const BtRange6 *) a)->first, &((const BtRange6 *) b)->first);
}

/* Most lists come sorted. */
static void
sort (GArray       *ranges,
      GCompareFunc  compare)
{
  gsize       size = g_array_get_element_size (ranges);
  const char *range = ranges->data;

  for (guint i = 1; i < ranges->len; i++)
    {
      if (compare (range, range + size) > 0)
        {
          g_array_sort (ranges, compare);
          return;
        }
      range += size;
    }
}

static void
join4 (GArray *ranges)
{
  BtRange4 *out = (BtRange4 *) (void *) ranges->data;
  guint     n_out = 0;

  for (guint i = 0; i < ranges->len; i++)
    {
      const BtRange4 range = g_array_index (ranges, BtRange4, i);

      if (n_out > 0 && (guint64) range.first <= (guint64) out[n_out - 1].last + 1)
        out[n_out - 1].last = MAX (out[n_out - 1].last, range.last);
      else
        out[n_out++] = range;
    }
  g_array_set_size (ranges, n_out);
}

/* Whether `ip` is at most the one after `last`. */
static gboolean
reaches (const BtIp6 *last,
         const BtIp6 *ip)
{
  BtIp6 after = { last->high, last->low + 1 };

  if (after.low == 0)
    after.high++;
  /* Nothing comes after the last of all. */
  return bt_ip6_compare (ip, last) <= 0 || bt_ip6_compare (ip, &after) == 0;
}

static void
join6 (GArray *ranges)
{
  BtRange6 *out = (BtRange6 *) (void *) ranges->data;
  guint     n_out = 0;

  for (guint i = 0; i < ranges->len; i++)
    {
      const BtRange6 range = g_array_index (ranges, BtRange6, i);

      if (n_out == 0 || !reaches (&out[n_out - 1].last, &range.first))
        out[n_out++] = range;
      else if (bt_ip6_compare (&out[n_out - 1].last, &range.last) < 0)
        out[n_out - 1].last = range.last;
    }
  g_array_set_size (ranges, n_out);
}

/* The elements, in no more memory than they need. */
static gpointer
take_compact (GArray *ranges,
              guint  *out_n_ranges)
{
  gsize    size = g_array_get_element_size (ranges);
  gpointer data;

  *out_n_ranges = ranges->len;
  data = g_array_free (ranges, FALSE);
  return g_realloc_n (data, *out_n_ranges, size);
}

BtBlockList *
bt_block_list_new_take (GArray                  *ranges4,
                        GArray                  *ranges6,
                        const BtBlockListCounts *counts)
{
  BtBlockList *list = g_new0 (BtBlockList, 1);

  g_atomic_ref_count_init (&list->ref_count);
  sort (ranges4, compare_ranges4);
  sort (ranges6, compare_ranges6);
  join4 (ranges4);
  join6 (ranges6);
  list->ranges4 = take_compact (ranges4, &list->n_ranges4);
  list->ranges6 = take_compact (ranges6, &list->n_ranges6);
  list->counts = *counts;
  return list;
}

BtBlockList *
bt_block_list_ref (BtBlockList *list)
{
  g_atomic_ref_count_inc (&list->ref_count);
  return list;
}

void
bt_block_list_unref (BtBlockList *list)
{
  if (list == NULL || !g_atomic_ref_count_dec (&list->ref_count))
    return;
  g_free (list->ranges4);
  g_free (list->ranges6);
  g_free (list);
}

/* ---- Looking up ---- */

static gboolean
contains4 (const BtBlockList *list,
           guint32            ip)
{
  guint low = 0;
  guint high = list->n_ranges4;

  /* All below `low` begin at or before `ip`, all from `high` on behind it. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (list->ranges4[middle].first <= ip)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 && ip <= list->ranges4[low - 1].last;
}

static gboolean
contains6 (const BtBlockList *list,
           const BtIp6       *ip)
{
  guint low = 0;
  guint high = list->n_ranges6;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (bt_ip6_compare (&list->ranges6[middle].first, ip) <= 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 && bt_ip6_compare (ip, &list->ranges6[low - 1].last) <= 0;
}

gboolean
bt_block_list_contains (const BtBlockList *list,
                        const BtAddress   *address)
{
  BtIp6 ip;

  if (list == NULL)
    return FALSE;
  switch ((BtFamily) address->family)
    {
    case BT_FAMILY_IPV4:
      return contains4 (list, bt_read_u32 (address->ip));
    case BT_FAMILY_IPV6:
      ip = (BtIp6) { bt_read_u64 (address->ip), bt_read_u64 (address->ip + 8) };
      return bt_ip6_is_mapped (&ip) ? contains4 (list, (guint32) ip.low) : contains6 (list, &ip);
    case BT_FAMILY_NONE:
    default:
      return FALSE;
    }
}

guint
bt_block_list_get_n_ranges (const BtBlockList *list)
{
  return list->n_ranges4 + list->n_ranges6;
}

const BtBlockListCounts *
bt_block_list_get_counts (const BtBlockList *list)
{
  return &list->counts;
}
