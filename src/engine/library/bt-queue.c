/* bt-queue.c - which torrents may run, and their order
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-queue.h"

#include <stdlib.h>
#include <string.h>

/* ---- Who runs ---- */

/* What has been given out so far. */
typedef struct
{
  const BtQueueConfig *config;                     /* borrowed */
  guint                n_used[BT_QUEUE_N_KINDS];
  guint                n_waiting[BT_QUEUE_N_KINDS];
} Slots;

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const BtQueueEntry *first = *(BtQueueEntry *const *) a;
  const BtQueueEntry *second = *(BtQueueEntry *const *) b;

  /* Downloads before seeds: they take of `max_active` first. */
  if (first->kind != second->kind)
    return first->kind < second->kind ? -1 : 1;
  if (first->position != second->position)
    return first->position < second->position ? -1 : 1;
  if (first->id != second->id)
    return first->id < second->id ? -1 : 1;
  return 0;
}

/* `out_grace_end_us` is set when a grace is all that keeps it from counting. */
static gboolean
takes_slot (const BtQueueEntry  *entry,
            const BtQueueConfig *config,
            gint64               now_us,
            gint64              *out_grace_end_us)
{
  if (!config->dont_count_idle || !entry->is_running)
    return TRUE;
  if (entry->is_idle)
    return FALSE;
  if (entry->busy_again_at_us == 0 || now_us - entry->busy_again_at_us >= config->grace_us)
    return TRUE;
  *out_grace_end_us = entry->busy_again_at_us + config->grace_us;
  return FALSE;
}

static gboolean
has_slot (const Slots *slots,
          BtQueueKind  kind)
{
  const guint bounds[BT_QUEUE_N_KINDS] = {
    [BT_QUEUE_METADATA] = slots->config->max_metadata,
    [BT_QUEUE_DOWNLOAD] = slots->config->max_downloads,
    [BT_QUEUE_SEED] = slots->config->max_seeds,
  };
  guint n_active = slots->n_used[BT_QUEUE_DOWNLOAD] + slots->n_used[BT_QUEUE_SEED];

  if (bounds[kind] != 0 && slots->n_used[kind] >= bounds[kind])
    return FALSE;
  return kind == BT_QUEUE_METADATA || slots->config->max_active == 0 ||
         n_active < slots->config->max_active;
}

gint64
bt_queue_run (BtQueueEntry        *entries,
              gsize                n_entries,
              const BtQueueConfig *config,
              gint64               now_us)
{
  g_autofree BtQueueEntry **order = g_new (BtQueueEntry *, MAX (n_entries, 1));
  Slots  slots = { .config = config };
  gint64 next_us = G_MAXINT64;

  for (gsize i = 0; i < n_entries; i++)
    {
      g_assert (entries[i].kind < BT_QUEUE_N_KINDS);
      order[i] = &entries[i];
    }
  qsort (order, n_entries, sizeof *order, compare_entries);

  for (gsize i = 0; i < n_entries; i++)
    {
      BtQueueEntry *entry = order[i];
      gint64 grace_end_us = G_MAXINT64;

      entry->n_ahead = 0;
      entry->should_run = TRUE;
      if (entry->is_forced)
        continue;
      if (!takes_slot (entry, config, now_us, &grace_end_us))
        next_us = MIN (next_us, grace_end_us);
      else if (has_slot (&slots, entry->kind))
        slots.n_used[entry->kind]++;
      else
        {
          entry->should_run = FALSE;
          entry->n_ahead = slots.n_waiting[entry->kind]++;
        }
    }
  return next_us;
}

/* ---- Order ---- */

/* Puts the marked ones together, the first of them at `to`. */
static void
gather (guint64        *ids,
        const gboolean *is_moved,
        gsize           n_ids,
        gsize           n_moved,
        gsize           to)
{
  g_autofree guint64 *old = g_memdup2 (ids, n_ids * sizeof *ids);
  gsize next_moved = MIN (to, n_ids - n_moved);
  gsize end_moved = next_moved + n_moved;
  gsize next_other = next_moved > 0 ? 0 : end_moved;

  for (gsize i = 0; i < n_ids; i++)
    {
      if (is_moved[i])
        {
          ids[next_moved++] = old[i];
          continue;
        }
      ids[next_other++] = old[i];
      if (next_other == end_moved - n_moved)
        next_other = end_moved;
    }
}

static void
swap (guint64  *ids,
      gboolean *is_moved,
      gsize     a,
      gsize     b)
{
  guint64  id = ids[a];
  gboolean was_moved = is_moved[a];

  ids[a] = ids[b];
  is_moved[a] = is_moved[b];
  ids[b] = id;
  is_moved[b] = was_moved;
}

/* From the top, so that neighbours that move do not pass each other. */
static void
step_up (guint64  *ids,
         gboolean *is_moved,
         gsize     n_ids)
{
  for (gsize i = 1; i < n_ids; i++)
    if (is_moved[i] && !is_moved[i - 1])
      swap (ids, is_moved, i, i - 1);
}

static void
step_down (guint64  *ids,
           gboolean *is_moved,
           gsize     n_ids)
{
  for (gsize i = n_ids - 1; i > 0; i--)
    if (is_moved[i - 1] && !is_moved[i])
      swap (ids, is_moved, i, i - 1);
}

gboolean
bt_queue_move (guint64       *ids,
               gsize          n_ids,
               const guint64 *moved,
               gsize          n_moved,
               BtQueueMove    how,
               gsize          to)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autofree gboolean   *is_moved = NULL;
  g_autofree guint64    *old = NULL;
  gsize n_found = 0;

  for (gsize i = 0; i < n_moved; i++)
    g_hash_table_add (wanted, (gpointer) &moved[i]);
  is_moved = g_new (gboolean, MAX (n_ids, 1));
  for (gsize i = 0; i < n_ids; i++)
    {
      is_moved[i] = g_hash_table_contains (wanted, &ids[i]);
      n_found += is_moved[i];
    }
  if (n_found == 0)
    return FALSE;

  old = g_memdup2 (ids, n_ids * sizeof *ids);
  switch (how)
    {
    case BT_QUEUE_UP:
      step_up (ids, is_moved, n_ids);
      break;
    case BT_QUEUE_DOWN:
      step_down (ids, is_moved, n_ids);
      break;
    case BT_QUEUE_TOP:
      gather (ids, is_moved, n_ids, n_found, 0);
      break;
    case BT_QUEUE_BOTTOM:
      gather (ids, is_moved, n_ids, n_found, n_ids);
      break;
    case BT_QUEUE_TO:
      gather (ids, is_moved, n_ids, n_found, to);
      break;
    default:
      g_assert_not_reached ();
    }
  return memcmp (old, ids, n_ids * sizeof *ids) != 0;
}
