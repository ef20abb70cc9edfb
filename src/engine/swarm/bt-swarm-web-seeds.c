/* bt-swarm-web-seeds.c - a torrent's web seeds (BEP 19): to the picker, peers that have everything and never choke
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <string.h>

static SwarmSeed *
find_seed (BtSwarm   *swarm,
           BtWebSeed *seed)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      if (ss->seed == seed)
        return ss;
    }
  g_assert_not_reached ();
}

/* --- To the picker --- */

/* All files but those that it has said it has not got. */
static void
fill_pieces (BtSwarm   *swarm,
             SwarmSeed *ss,
             BtBitfield *pieces)
{
  bt_bitfield_set_all (pieces);
  if (bt_web_seed_get_n_missing (ss->seed) == 0)
    return;
  for (guint32 i = 0; i < swarm->wanted.n_bits; i++)
    {
      guint32 first, last;

      if (!bt_web_seed_lacks (ss->seed, i) ||
          !bt_metainfo_get_file_pieces (swarm->metainfo, i, &first, &last))
        continue;
      for (guint32 p = first; p <= last; p++)
        bt_bitfield_unset (pieces, p);
    }
}

static void
tell_picker (BtSwarm   *swarm,
             SwarmSeed *ss)
{
  BtBitfield pieces;

  if (ss->picker_peer == NULL)
    return;
  bt_bitfield_init (&pieces, swarm->geometry->n_pieces);
  if (bt_web_seed_is_usable (ss->seed))
    fill_pieces (swarm, ss, &pieces);
  bt_picker_peer_set_pieces (swarm->picker, ss->picker_peer, &pieces);
  bt_bitfield_clear (&pieces);
}

static void
join (BtSwarm   *swarm,
      SwarmSeed *ss)
{
  ss->picker_peer = bt_picker_add_peer (swarm->picker, ss);
  ss->blame_id = bt_picker_peer_get_blame_id (ss->picker_peer);
  tell_picker (swarm, ss);
  bt_web_seed_try_again (ss->seed);
}

static void
leave (BtSwarm   *swarm,
       SwarmSeed *ss)
{
  bt_web_seed_stop (ss->seed);
  if (ss->picker_peer != NULL)
    bt_picker_remove_peer (swarm->picker, g_steal_pointer (&ss->picker_peer));
  ss->blame_id = 0;
}

/* --- What a seed asks --- */

static guint
get_run (gpointer     owner,
         BtWebSeed   *seed,
         guint        n_max,
         BtBlockSpan *out_first)
{
  BtSwarm *swarm = owner;
  SwarmSeed *ss = find_seed (swarm, seed);
  guint n_of_piece = swarm->geometry->piece_bytes / BT_BLOCK_BYTES;
  guint64 n_share;

  if (swarm->state != BT_SWARM_DOWNLOADING || ss->picker_peer == NULL)
    return 0;
  /* Near the end every line is to have something to do. */
  n_share = bt_picker_get_missing_bytes (swarm->picker) / BT_BLOCK_BYTES /
            (2 * BT_WEB_SEED_MAX_LINES);
  n_max = (guint) MIN (n_max, MAX (n_share, MAX (n_of_piece, 1)));
  return bt_picker_pick_run (swarm->picker, ss->picker_peer, n_max, out_first);
}

static void
give_back (gpointer           owner,
           BtWebSeed         *seed,
           const BtBlockSpan *span)
{
  BtSwarm *swarm = owner;
  SwarmSeed *ss = find_seed (swarm, seed);

  if (ss->picker_peer != NULL &&
      bt_picker_return_request (swarm->picker, ss->picker_peer, span))
    bt_swarm_queue_upkeep (swarm);
}

static gboolean
is_wanted (gpointer           owner,
           BtWebSeed         *seed,
           const BtBlockSpan *span)
{
  BtSwarm *swarm = owner;
  SwarmSeed *ss = find_seed (swarm, seed);

  if (!bt_swarm_is_running (swarm) || ss->picker_peer == NULL ||
      !bt_picker_is_requested (swarm->picker, ss->picker_peer, span))
    return FALSE;
  if (bt_picker_get_priority (swarm->picker, span->piece) != BT_PRIORITY_SKIP)
    return TRUE;
  give_back (swarm, seed, span);
  return FALSE;
}

static void
block (gpointer           owner,
       BtWebSeed         *seed,
       const BtBlockSpan *span,
       guint8            *slot)
{
  BtSwarm *swarm = owner;
  SwarmSeed *ss = find_seed (swarm, seed);
  gboolean is_complete = FALSE;

  swarm->received_bytes += span->length;
  if (!bt_swarm_is_running (swarm) || ss->picker_peer == NULL ||
      bt_picker_take_block (swarm->picker, ss->picker_peer, span, &is_complete) != BT_BLOCK_TAKEN)
    {
      swarm->wasted_bytes += span->length;
      bt_block_pool_release (swarm->env->pool, slot);
      return;
    }
  bt_swarm_keep_block (swarm, span, slot, is_complete);
  if (bt_block_pool_is_high (swarm->env->pool))
    {
      bt_swarm_spill_some (swarm);
      bt_web_seed_set_paused (seed, TRUE);
      swarm->ops->memory_short (swarm->session);
    }
}

static void
changed (gpointer   owner,
         BtWebSeed *seed)
{
  BtSwarm *swarm = owner;

  tell_picker (swarm, find_seed (swarm, seed));
}

static void
missing (gpointer   owner,
         BtWebSeed *seed,
         guint32    file)
{
  changed (owner, seed);
}

static const BtWebSeedOps seed_ops = {
  .get_run = get_run,
  .is_wanted = is_wanted,
  .block = block,
  .give_back = give_back,
  .missing = missing,
  .changed = changed,
};

/* --- Which they are --- */

static void
free_seed (BtSwarm   *swarm,
           SwarmSeed *ss)
{
  leave (swarm, ss);
  bt_web_seed_free (ss->seed);
  g_free (ss);
}

/* Out of `before`, when it is there: what is known of it stays known. */
static SwarmSeed *
take_seed (BtSwarm    *swarm,
           GPtrArray  *before,
           const char *url)
{
  SwarmSeed *ss;

  for (guint i = 0; i < before->len; i++)
    {
      ss = g_ptr_array_index (before, i);
      if (g_str_equal (bt_web_seed_get_url (ss->seed), url))
        return g_ptr_array_steal_index (before, i);
    }
  ss = g_new0 (SwarmSeed, 1);
  ss->seed = bt_web_seed_new (&swarm->web_shared, url);
  return ss;
}

static gboolean
has_url (BtSwarm    *swarm,
         const char *url)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      if (g_str_equal (bt_web_seed_get_url (ss->seed), url))
        return TRUE;
    }
  return FALSE;
}

static void
drop_list (BtSwarm   *swarm,
           GPtrArray *seeds)
{
  for (guint i = 0; i < seeds->len; i++)
    free_seed (swarm, g_ptr_array_index (seeds, i));
  g_ptr_array_set_size (seeds, 0);
}

void
bt_swarm_set_web_seeds (BtSwarm           *swarm,
                        const char *const *urls)
{
  g_autoptr (GPtrArray) before = swarm->web_seeds;
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();

  if (urls == NULL)
    urls = bt_metainfo_get_web_seeds (swarm->metainfo);
  swarm->web_seeds = g_ptr_array_new ();
  for (; *urls != NULL && swarm->web_seeds->len < BT_SWARM_MAX_WEB_SEEDS; urls++)
    if (!has_url (swarm, *urls))
      g_ptr_array_add (swarm->web_seeds, take_seed (swarm, before, *urls));
  /* Those who go give back what they were asked for, and are looked for in the list then. */
  g_ptr_array_extend (gone, before, NULL, NULL);
  g_ptr_array_extend (swarm->web_seeds, before, NULL, NULL);
  for (guint i = 0; i < gone->len; i++)
    {
      leave (swarm, g_ptr_array_index (gone, i));
      g_ptr_array_remove (swarm->web_seeds, g_ptr_array_index (gone, i));
    }
  drop_list (swarm, gone);
  if (bt_swarm_is_running (swarm))
    bt_swarm_start_web_seeds (swarm);
}

void
bt_swarm_init_web_seeds (BtSwarm *swarm)
{
  swarm->web_shared = (BtWebSeedShared) {
    .client = swarm->env->web_client,
    .clock = swarm->env->clock,
    .pool = swarm->env->pool,
    .metainfo = swarm->metainfo,
    .limits = swarm->read_limits,
    .ops = &seed_ops,
    .owner = swarm,
  };
  swarm->web_seeds = g_ptr_array_new ();
}

void
bt_swarm_clear_web_seeds (BtSwarm *swarm)
{
  drop_list (swarm, swarm->web_seeds);
  g_ptr_array_unref (swarm->web_seeds);
}

/* --- As the torrent lives --- */

/* Those that wait after a failure. */
void
bt_swarm_retry_web_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len && !swarm->env->is_offline; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      if (ss->picker_peer != NULL && bt_web_seed_get_next_us (ss->seed) > 0)
        bt_web_seed_try_again (ss->seed);
    }
}

void
bt_swarm_start_web_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len && !swarm->env->is_offline; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      if (ss->picker_peer == NULL)
        join (swarm, ss);
    }
}

void
bt_swarm_stop_web_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    leave (swarm, g_ptr_array_index (swarm->web_seeds, i));
}

void
bt_swarm_fill_web_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len && swarm->state == BT_SWARM_DOWNLOADING; i++)
    bt_web_seed_fill (((SwarmSeed *) g_ptr_array_index (swarm->web_seeds, i))->seed);
}

void
bt_swarm_drop_web_runs (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    bt_web_seed_drop_runs (((SwarmSeed *) g_ptr_array_index (swarm->web_seeds, i))->seed);
}

void
bt_swarm_resume_web_seeds (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    bt_web_seed_set_paused (((SwarmSeed *) g_ptr_array_index (swarm->web_seeds, i))->seed, FALSE);
}

gboolean
bt_swarm_is_web_seed (BtSwarm  *swarm,
                      gpointer  requester)
{
  return g_ptr_array_find (swarm->web_seeds, requester, NULL);
}

gboolean
bt_swarm_ban_web_seed (BtSwarm *swarm,
                       guint32  blame_id)
{
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      if (ss->blame_id != blame_id)
        continue;
      if (bt_web_seed_get_state (ss->seed) != BT_WEB_SEED_BANNED)
        {
          swarm->n_banned++;
          bt_web_seed_ban (ss->seed);
        }
      return TRUE;
    }
  return FALSE;
}

/* --- Facts --- */

guint
bt_swarm_count_web_seeds (BtSwarm *swarm,
                          guint   *out_n_requests,
                          guint64 *out_bps)
{
  guint n_usable = 0;

  for (guint i = 0; i < swarm->web_seeds->len; i++)
    {
      SwarmSeed *ss = g_ptr_array_index (swarm->web_seeds, i);

      n_usable += ss->picker_peer != NULL && bt_web_seed_is_usable (ss->seed);
      *out_bps += bt_web_seed_get_bps (ss->seed);
      if (ss->picker_peer != NULL)
        *out_n_requests += bt_picker_peer_get_n_requests (ss->picker_peer);
    }
  return n_usable;
}

void
bt_web_seed_row_clear (gpointer data)
{
  BtWebSeedRow *row = data;

  g_clear_pointer (&row->url, g_free);
  g_clear_pointer (&row->message, g_free);
}

GArray *
bt_swarm_get_web_seed_rows (BtSwarm *swarm)
{
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (BtWebSeedRow), swarm->web_seeds->len);

  g_array_set_clear_func (rows, bt_web_seed_row_clear);
  for (guint i = 0; i < swarm->web_seeds->len; i++)
    {
      BtWebSeed *seed = ((SwarmSeed *) g_ptr_array_index (swarm->web_seeds, i))->seed;
      BtWebSeedRow row = {
        .url = g_strdup (bt_web_seed_get_url (seed)),
        .message = g_strdup (bt_web_seed_get_message (seed)),
        .state = (int) bt_web_seed_get_state (seed),
        .received_bytes = bt_web_seed_get_received_bytes (seed),
        .received_bps = bt_web_seed_get_bps (seed),
        .next_at_us = bt_web_seed_get_next_us (seed),
        .n_connections = bt_web_seed_get_n_active (seed),
      };

      g_array_append_val (rows, row);
    }
  return rows;
}
