/* bt-swarm.c - the life of a torrent: check, prepare, download, seed, stop
 *
 * Stopping has several ends that come in any order (peers closed, writes and spills answered,
 * checks and reads answered); then the files are closed, and then it is STOPPED.
 * bt_swarm_continue_stop() is called whenever one of them may have come.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

BtSwarm *
bt_swarm_new (const BtSwarmEnvironment *environment,
              const BtSwarmOps         *ops,
              gpointer                  session,
              BtMetainfo               *metainfo,
              const BtSwarmConfig      *config,
              GError                  **error)
{
  BtSwarm *swarm;
  guint32 n_files;
  guint64 seed = bt_random_seed ();

  if (!bt_metainfo_has_v1 (metainfo))
    {
      g_set_error (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_FAILED,
                   _("“%s” is a version 2 torrent, which cannot be downloaded yet"),
                   bt_metainfo_get_display_name (metainfo));
      return NULL;
    }

  swarm = g_new0 (BtSwarm, 1);
  swarm->n_news = 1;
  swarm->dht_seeds = -1;
  swarm->dht_leechers = -1;
  swarm->env = environment;
  bt_swarm_draw_peer_id (environment, swarm->peer_id);
  swarm->ops = ops;
  swarm->session = session;
  swarm->metainfo = bt_metainfo_ref (metainfo);
  swarm->folder = g_strdup (config->folder);
  swarm->preallocate = config->preallocate;
  swarm->geometry = bt_metainfo_get_geometry (metainfo);
  swarm->picker = bt_picker_new (swarm->geometry, seed);
  swarm->known = bt_known_peers_new (BT_KNOWN_PEERS_MAX, seed + 1);
  swarm->blame = bt_blame_new ();
  swarm->read_limit = bt_limit_new (environment->clock);
  swarm->write_limit = bt_limit_new (environment->clock);
  swarm->read_limits[0] = environment->read_limit;
  swarm->read_limits[1] = swarm->read_limit;
  swarm->write_limits[0] = environment->write_limit;
  swarm->write_limits[1] = swarm->write_limit;
  swarm->tcp_limits[0] = environment->write_limit;
  swarm->tcp_limits[1] = swarm->write_limit;
  swarm->tcp_limits[2] = environment->tcp_limit;
  swarm->peers = g_ptr_array_new ();
  bt_swarm_init_web_seeds (swarm);
  g_queue_init (&swarm->gone);
  swarm->new_haves = g_array_new (FALSE, FALSE, sizeof (guint32));
  swarm->spilled = g_array_new (FALSE, FALSE, sizeof (BtBlockSpan));
  swarm->reads = g_ptr_array_new ();
  bt_metainfo_get_files (metainfo, &n_files);
  swarm->priorities = g_malloc (n_files);
  memset (swarm->priorities, BT_PRIORITY_NORMAL, n_files);
  swarm->whole_files = g_array_new (FALSE, FALSE, sizeof (guint32));
  bt_bitfield_init (&swarm->to_check, swarm->geometry->n_pieces);
  bt_bitfield_init (&swarm->lost, swarm->geometry->n_pieces);
  bt_bitfield_init (&swarm->doubtful, n_files);
  bt_bitfield_init (&swarm->wanted, n_files);
  swarm->parts_path = g_strdup (config->parts_path);
  swarm->device = config->device;
  swarm->use_suffix = config->use_suffix;
  bt_swarm_apply_records (swarm, config);
  swarm->resume = bt_swarm_adopt_resume (swarm, config->resume);
  swarm->max_peers = config->max_peers != 0 ? config->max_peers : BT_SWARM_DEFAULT_MAX_PEERS;
  swarm->upload_slots = config->upload_slots;
  swarm->is_trusted = config->is_complete;
  swarm->must_be_complete = config->must_be_complete;
  swarm->use_trackers = config->use_trackers;
  swarm->is_sequential = config->is_sequential;
  swarm->is_super_seeding = config->is_super_seeding;
  bt_picker_set_sequential (swarm->picker, config->is_sequential);
  bt_swarm_set_trackers (swarm, config->tiers);
  bt_swarm_set_web_seeds (swarm, config->web_seeds);
  bt_swarm_set_limits (swarm, config->read_limit_bps, config->write_limit_bps);
  bt_swarm_show_resume (swarm);
  bt_choker_init (&swarm->choker, seed + 2);
  bt_timer_init (&swarm->choke_timer, bt_swarm_choke_cb, swarm);
  bt_timer_init (&swarm->have_timer, bt_swarm_have_cb, swarm);
  bt_timer_init (&swarm->space_timer, bt_swarm_space_cb, swarm);
  bt_poll_task_init (&swarm->upkeep_task, bt_swarm_upkeep_cb, swarm);
  return swarm;
}

/* Nothing comes by itself any more. */
static void
disarm (BtSwarm *swarm)
{
  bt_timer_disarm (&swarm->choke_timer, swarm->env->clock);
  bt_timer_disarm (&swarm->have_timer, swarm->env->clock);
  bt_timer_disarm (&swarm->space_timer, swarm->env->clock);
  bt_poller_unqueue (swarm->env->poller, &swarm->upkeep_task);
}

void
bt_swarm_free (BtSwarm *swarm)
{
  if (swarm == NULL)
    return;
  g_assert (swarm->state == BT_SWARM_STOPPED || swarm->state == BT_SWARM_FAILED);
  g_assert (swarm->peers->len == 0 && swarm->storage == NULL);
  disarm (swarm);
  bt_swarm_clear_web_seeds (swarm);
  g_clear_pointer (&swarm->trackers, bt_trackers_free);
  g_clear_pointer (&swarm->tiers, g_ptr_array_unref);
  bt_swarm_drop_buffers (swarm);
  g_assert (swarm->checkpoint == NULL);
  bt_resume_free (swarm->resume);
  for (guint32 i = 0; swarm->paths != NULL && i < swarm->doubtful.n_bits; i++)
    g_free (swarm->paths[i]);
  g_free (swarm->paths);
  bt_bitfield_clear (&swarm->to_check);
  bt_bitfield_clear (&swarm->lost);
  bt_bitfield_clear (&swarm->doubtful);
  bt_bitfield_clear (&swarm->wanted);
  g_array_unref (swarm->whole_files);
  g_free (swarm->file_missing);
  g_free (swarm->parts_path);
  bt_picker_free (swarm->picker);
  bt_known_peers_free (swarm->known);
  bt_blame_free (swarm->blame);
  bt_limit_free (swarm->read_limit);
  bt_limit_free (swarm->write_limit);
  g_ptr_array_unref (swarm->peers);
  g_ptr_array_unref (swarm->reads);
  g_clear_pointer (&swarm->by_blame, g_hash_table_unref);
  g_queue_clear (&swarm->gone);
  g_clear_pointer (&swarm->buffers, g_hash_table_unref);
  g_array_unref (swarm->new_haves);
  g_array_unref (swarm->spilled);
  g_clear_error (&swarm->error);
  g_free (swarm->priorities);
  g_free (swarm->folder);
  bt_metainfo_unref (swarm->metainfo);
  g_free (swarm);
}

void
bt_swarm_tell (BtSwarm *swarm)
{
  swarm->n_news++;
  swarm->ops->state_changed (swarm->session, swarm);
}

void
bt_swarm_set_state (BtSwarm      *swarm,
                    BtSwarmState  state)
{
  if (swarm->state == state)
    return;
  swarm->state = state;
  bt_swarm_tell (swarm);
}

/* --- Settings --- */

void
bt_swarm_set_limits (BtSwarm *swarm,
                     guint64  read_bps,
                     guint64  write_bps)
{
  bt_limit_set_bps (swarm->read_limit, read_bps);
  bt_limit_set_bps (swarm->write_limit, write_bps);
}

static void
tell_candidates (BtSwarm *swarm)
{
  if (!swarm->is_dialling && bt_swarm_has_candidates (swarm))
    swarm->ops->has_candidates (swarm->session, swarm);
}

void
bt_swarm_add_peer (BtSwarm         *swarm,
                   const BtAddress *address,
                   BtSource         source)
{
  bt_known_peers_add (swarm->known, address, source, bt_clock_get_us (swarm->env->clock));
  tell_candidates (swarm);
}

/* --- Starting --- */

static void
prepared_cb (BtStorage    *storage,
             const GError *error,
             gpointer      user_data)
{
  BtSwarm *swarm = user_data;

  swarm->has_prepared = error == NULL;
  /* Mostly everything was there already. */
  swarm->is_dirty |= swarm->resume == NULL || error != NULL || bt_storage_is_changed (storage);
  if (swarm->state != BT_SWARM_PREPARING)
    bt_swarm_continue_stop (swarm);
  else if (error == NULL)
    bt_swarm_run (swarm);
  else if (g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE))
    bt_swarm_wait_for_space (swarm, error);
  else
    bt_swarm_fail (swarm, error);
}

void
bt_swarm_prepare (BtSwarm *swarm)
{
  bt_swarm_set_state (swarm, BT_SWARM_PREPARING);
  bt_storage_prepare (swarm->storage, prepared_cb, swarm);
}

/* A torrent that was added to be shared, not to be fetched. */
static void
fail_incomplete (BtSwarm *swarm)
{
  g_autoptr (GError) error = NULL;

  /* With nothing on disk there was nothing to check, and it is still STOPPED. */
  bt_swarm_set_state (swarm, BT_SWARM_CHECKING);
  error = g_error_new (BT_STORAGE_ERROR, BT_STORAGE_ERROR_NOT_FOUND,
                       _("not complete: %u of %u pieces are missing or wrong"),
                       bt_picker_get_n_missing (swarm->picker), swarm->geometry->n_pieces);
  bt_swarm_fail (swarm, error);
}

void
bt_swarm_run (BtSwarm *swarm)
{
  gboolean is_complete = bt_swarm_is_complete (swarm);
  guint64 max_open;

  swarm->is_checking = FALSE;
  if (swarm->is_verify_only)
    {
      bt_swarm_stop (swarm);
      return;
    }
  if (!is_complete && swarm->must_be_complete)
    {
      fail_incomplete (swarm);
      return;
    }
  if (!is_complete && !swarm->has_prepared)
    {
      bt_swarm_prepare (swarm);
      return;
    }
  /* Empty files and folders are made even when no piece is missing. */
  if (is_complete && !swarm->has_prepared && swarm->geometry->total_bytes == 0)
    {
      bt_swarm_prepare (swarm);
      return;
    }

  swarm->was_complete = bt_bitfield_is_full (bt_picker_get_have (swarm->picker));
  max_open = 2 * (guint64) bt_block_pool_get_n_max (swarm->env->pool) * BT_BLOCK_BYTES /
             swarm->geometry->piece_bytes;
  bt_picker_set_max_open (swarm->picker, (guint) MAX (8, max_open));
  bt_swarm_count_file_pieces (swarm);
  bt_timer_arm_in (&swarm->choke_timer, swarm->env->clock, BT_CHOKER_PERIOD_US);
  bt_swarm_set_state (swarm, is_complete ? BT_SWARM_SEEDING : BT_SWARM_DOWNLOADING);
  /* Whoever was told may have stopped it. */
  if (!bt_swarm_is_running (swarm))
    return;
  tell_candidates (swarm);
  bt_swarm_restore_blocks (swarm);
  bt_swarm_complete_files (swarm);
  bt_swarm_start_trackers (swarm);
  bt_swarm_start_web_seeds (swarm);
}

void
bt_swarm_forget_last_run (BtSwarm *swarm)
{
  bt_picker_free (swarm->picker);
  swarm->picker = bt_picker_new (swarm->geometry, bt_random_seed ());
  bt_picker_set_sequential (swarm->picker, swarm->is_sequential);
  /* Blame ids begin anew with the picker. */
  bt_blame_free (swarm->blame);
  swarm->blame = bt_blame_new ();
  g_clear_pointer (&swarm->by_blame, g_hash_table_unref);
  g_queue_clear (&swarm->gone);
}

static void
begin (BtSwarm *swarm)
{
  g_clear_error (&swarm->error);
  swarm->is_stopping = FALSE;
  swarm->is_closing_storage = FALSE;
  swarm->has_failed = FALSE;
  swarm->has_prepared = FALSE;
  swarm->n_completing = 0;
  swarm->must_change_wanted = FALSE;
  swarm->is_looking = FALSE;
  swarm->has_looked = FALSE;
  swarm->is_checking = FALSE;
  swarm->is_check_queued = FALSE;
  swarm->is_dirty = FALSE;
  swarm->next_check = 0;
  swarm->checked_bytes = 0;
  swarm->to_check_bytes = 0;
  bt_rate_init (&swarm->check_rate, bt_clock_get_us (swarm->env->clock));
  bt_bitfield_set_none (&swarm->to_check);
  bt_bitfield_set_none (&swarm->lost);
  bt_bitfield_set_none (&swarm->doubtful);
  g_array_set_size (swarm->spilled, 0);
  g_array_set_size (swarm->whole_files, 0);
  swarm->run_received_bytes = swarm->received_bytes;
  swarm->run_sent_bytes = swarm->gone_sent_bytes;
  swarm->lonely_since_us = 0;
  swarm->has_dialled = FALSE;
  bt_known_peers_try_again (swarm->known, bt_clock_get_us (swarm->env->clock));
  bt_swarm_open_storage (swarm);
}

void
bt_swarm_start (BtSwarm *swarm)
{
  if (swarm->state == BT_SWARM_STOPPING)
    swarm->next = swarm->next == BT_NEXT_VERIFY || swarm->next == BT_NEXT_RECHECK
                    ? BT_NEXT_RECHECK : BT_NEXT_START;
  if (swarm->state != BT_SWARM_STOPPED && swarm->state != BT_SWARM_FAILED)
    return;
  begin (swarm);
  swarm->is_verify_only = FALSE;
  if (swarm->resume != NULL)
    {
      bt_swarm_begin_check (swarm, FALSE);
      return;
    }
  swarm->has_looked = TRUE;
  bt_swarm_forget_last_run (swarm);
  bt_swarm_apply_priorities (swarm);
  if (swarm->is_trusted)
    {
      for (guint32 p = 0; p < swarm->geometry->n_pieces; p++)
        bt_picker_set_have (swarm->picker, p);
      swarm->is_dirty = TRUE;
      bt_swarm_run (swarm);
    }
  else if (bt_storage_has_data (swarm->storage))
    bt_swarm_check_unknown (swarm);
  else
    bt_swarm_run (swarm);
}

static void
verify (BtSwarm  *swarm,
        gboolean  is_only)
{
  begin (swarm);
  swarm->is_verify_only = is_only;
  bt_swarm_begin_check (swarm, TRUE);
}

void
bt_swarm_verify (BtSwarm *swarm)
{
  if (swarm->state == BT_SWARM_STOPPED || swarm->state == BT_SWARM_FAILED)
    verify (swarm, TRUE);
  else if (swarm->state == BT_SWARM_STOPPING)
    swarm->next = swarm->next == BT_NEXT_START || swarm->next == BT_NEXT_RECHECK
                    ? BT_NEXT_RECHECK : BT_NEXT_VERIFY;
  else
    bt_swarm_recheck (swarm);
}

void
bt_swarm_recheck (BtSwarm *swarm)
{
  gboolean is_only = swarm->is_verify_only;

  if (swarm->state == BT_SWARM_STOPPED || swarm->state == BT_SWARM_FAILED || swarm->is_stopping)
    {
      bt_swarm_verify (swarm);
      return;
    }
  bt_swarm_stop (swarm);
  swarm->next = is_only ? BT_NEXT_VERIFY : BT_NEXT_RECHECK;
}

/* --- Completion and end --- */

void
bt_swarm_check_complete (BtSwarm *swarm)
{
  if (swarm->state != BT_SWARM_DOWNLOADING || !bt_swarm_is_complete (swarm))
    return;
  /* Who is told that it is complete will look for the files by their names. */
  bt_swarm_complete_files (swarm);
  if (swarm->n_completing > 0)
    return;
  swarm->state = BT_SWARM_SEEDING;
  bt_swarm_have_cb (swarm);
  if (swarm->trackers != NULL && !swarm->was_complete &&
      bt_bitfield_is_full (bt_picker_get_have (swarm->picker)))
    bt_trackers_completed (swarm->trackers);
  swarm->was_complete |= bt_bitfield_is_full (bt_picker_get_have (swarm->picker));
  bt_swarm_close_seeds (swarm);
  bt_swarm_drop_web_runs (swarm);
  bt_swarm_tell (swarm);
}

void
bt_swarm_closed_cb (BtStorage    *storage,
                    const GError *error,
                    gpointer      user_data)
{
  BtSwarm *swarm = user_data;
  BtSwarmNext next;

  g_clear_pointer (&swarm->storage, bt_storage_free);
  swarm->is_stopping = FALSE;
  swarm->is_errand = FALSE;
  if (error != NULL && swarm->error == NULL)
    swarm->error = g_error_copy (error);
  bt_swarm_answer_checkpoint (swarm);
  if (swarm->next == BT_NEXT_RECHECK)
    {
      /* To all others it has never been at rest. */
      swarm->next = BT_NEXT_NOTHING;
      swarm->state = BT_SWARM_STOPPED;
      verify (swarm, FALSE);
      return;
    }
  bt_swarm_set_state (swarm, swarm->error != NULL && swarm->has_failed ? BT_SWARM_FAILED
                                                                       : BT_SWARM_STOPPED);
  next = swarm->next;
  swarm->next = BT_NEXT_NOTHING;
  if (next == BT_NEXT_START)
    bt_swarm_start (swarm);
  else if (next == BT_NEXT_VERIFY)
    bt_swarm_verify (swarm);
}

void
bt_swarm_continue_stop (BtSwarm *swarm)
{
  if (!swarm->is_stopping || swarm->is_closing_storage)
    return;
  if (swarm->peers->len > 0 || swarm->n_writes_pending > 0 || swarm->n_spills_pending > 0 ||
      swarm->reads->len > 0 || swarm->n_checks_pending > 0 || swarm->is_looking ||
      swarm->is_errand)
    return;
  bt_swarm_drop_buffers (swarm);
  swarm->is_closing_storage = TRUE;
  bt_swarm_close_storage (swarm);
}

void
bt_swarm_stop (BtSwarm *swarm)
{
  swarm->next = BT_NEXT_NOTHING;
  if (swarm->state == BT_SWARM_STOPPED || swarm->state == BT_SWARM_FAILED || swarm->is_stopping)
    return;
  if (swarm->trackers != NULL)
    bt_trackers_stop (swarm->trackers);
  bt_swarm_close_all (swarm, BT_CLOSE_STOPPED);
  bt_swarm_stop_web_seeds (swarm);
  disarm (swarm);
  g_array_set_size (swarm->new_haves, 0);
  if (swarm->state == BT_SWARM_DOWNLOADING)
    bt_swarm_spill_all (swarm);
  swarm->is_stopping = TRUE;
  bt_swarm_set_state (swarm, BT_SWARM_STOPPING);
  bt_swarm_continue_stop (swarm);
}

void
bt_swarm_fail (BtSwarm      *swarm,
               const GError *error)
{
  if (swarm->is_stopping)
    return;
  g_clear_error (&swarm->error);
  swarm->error = g_error_copy (error);
  swarm->has_failed = TRUE;
  bt_swarm_stop (swarm);
}

/* --- The passing of time --- */

/* What it tells may be another thing without anything happening: rates fall, and reasons change with time. */
static gboolean
is_lively (BtSwarm *swarm)
{
  return (swarm->state != BT_SWARM_DOWNLOADING && swarm->state != BT_SWARM_SEEDING) ||
         swarm->peers->len > 0 || swarm->has_dialled || bt_known_peers_get_n (swarm->known) > 0 ||
         (swarm->web_seeds->len > 0 && swarm->state == BT_SWARM_DOWNLOADING);
}

void
bt_swarm_tick (BtSwarm *swarm)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);
  gboolean was_lively = swarm->was_lively;

  swarm->was_lively = is_lively (swarm);
  swarm->n_news += was_lively || swarm->was_lively ? 1 : 0;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      bt_peer_tick (sp->peer, now_us);
      if (sp->is_greeted && bt_peer_get_n_queued (sp->peer) > 0 && !bt_peer_am_choking (sp->peer))
        bt_swarm_wants_blocks (swarm, sp->peer);
    }
  if (bt_swarm_is_running (swarm))
    {
      bt_swarm_note_lonely (swarm, now_us);
      bt_swarm_super_tick (swarm, now_us);
      bt_swarm_pex_tick (swarm, now_us);
      bt_swarm_turn_over (swarm, now_us);
      bt_swarm_fill_web_seeds (swarm);
      bt_swarm_complete_files (swarm);
    }
}

void
bt_swarm_resume_peers (BtSwarm *swarm)
{
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp->is_paused)
        {
          sp->is_paused = FALSE;
          bt_peer_set_paused (sp->peer, FALSE);
        }
    }
  bt_swarm_resume_web_seeds (swarm);
}

/* --- Facts --- */

guint64
bt_swarm_get_news (BtSwarm *swarm)
{
  return swarm->n_news;
}

BtSwarmState
bt_swarm_get_state (BtSwarm *swarm)
{
  return swarm->state;
}

const GError *
bt_swarm_get_error (BtSwarm *swarm)
{
  return swarm->error;
}

BtMetainfo *
bt_swarm_get_metainfo (BtSwarm *swarm)
{
  return swarm->metainfo;
}

const BtBitfield *
bt_swarm_get_have (BtSwarm *swarm)
{
  return bt_picker_get_have (swarm->picker);
}

gboolean
bt_swarm_is_complete (BtSwarm *swarm)
{
  return bt_picker_get_n_missing (swarm->picker) == 0;
}

guint
bt_swarm_get_n_peers (BtSwarm *swarm)
{
  return swarm->peers->len;
}
