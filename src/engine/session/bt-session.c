/* bt-session.c - the whole engine on one thread
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-session-private.h"

#include "base/bt-proxy-uri.h"
#include "base/bt-random.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#define TICK_US        BT_SECOND_US
#define CONNECT_US     (100 * BT_MILLISECOND_US)
#define CONNECTS_BURST 30                   /* begun at once after a quiet time */
#define CLOSE_US       (5 * BT_SECOND_US)
#define QUIET_SLOTS    256                  /* kept by the pool when nothing happens */

static const guint8 *
get_hash (BtSwarm *swarm)
{
  return bt_metainfo_get_info_hash_v1 (bt_swarm_get_metainfo (swarm));
}

/* --- What swarms ask --- */

gboolean
bt_session_may_connect (gpointer user_data)
{
  BtSession *session = user_data;

  return session->n_connections < session->max_peers;
}

void
bt_session_connections (gpointer user_data,
                        int      change)
{
  BtSession *session = user_data;

  session->n_connections += (guint) change;
}

static void
memory_task_cb (gpointer user_data)
{
  BtSession *session = user_data;

  if (!session->has_paused || !bt_block_pool_is_low (session->pool))
    return;
  session->has_paused = FALSE;
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_resume_peers (g_ptr_array_index (session->swarms, i));
}

static void
memory_freed (gpointer user_data)
{
  BtSession *session = user_data;

  if (!session->has_paused)
    return;
  if (bt_block_pool_is_low (session->pool))
    bt_poller_queue (session->poller, &session->memory_task);
  else
    for (guint i = 0; i < session->swarms->len; i++)
      bt_swarm_spill_some (g_ptr_array_index (session->swarms, i));
}

static void
memory_short (gpointer user_data)
{
  BtSession *session = user_data;

  session->has_paused = TRUE;
}

BtCloseReason
bt_session_judge (gpointer         user_data,
                  const BtAddress *address)
{
  BtSession *session = user_data;

  return bt_access_judge (session->access, address);
}

void
bt_session_has_come (gpointer         user_data,
                     const BtAddress *address)
{
  BtSession *session = user_data;

  if (!bt_address_is_local (address))
    session->env.incoming_at_us = bt_clock_get_us (session->clock);
}

static void
state_changed (gpointer  user_data,
               BtSwarm  *swarm)
{
  BtSession *session = user_data;
  BtSwarmState state = bt_swarm_get_state (swarm);

  bt_session_dht_swarm (session, swarm);
  session->ops->state_changed (session->owner, swarm);
  if (state == BT_SWARM_STOPPED || state == BT_SWARM_FAILED)
    bt_poller_queue (session->poller, &session->reap_task);
}

static void
has_candidates (gpointer  user_data,
                BtSwarm  *swarm)
{
  BtSession *session = user_data;

  bt_swarm_set_dialling (swarm, TRUE);
  g_ptr_array_add (session->dialling, swarm);
}

static gboolean
may_check (gpointer  user_data,
           BtSwarm  *swarm)
{
  BtSession *session = user_data;

  return session->ops->may_check == NULL || session->ops->may_check (session->owner, swarm);
}

void
bt_session_seen_at (gpointer         user_data,
                    const BtAddress *voter,
                    const BtAddress *seen)
{
  BtSession *session = user_data;

  if (bt_external_vote (session->external, voter, seen))
    bt_session_dht_external (session);
}

static const BtSwarmOps swarm_ops = {
  .may_connect = bt_session_may_connect,
  .connections = bt_session_connections,
  .memory_freed = memory_freed,
  .memory_short = memory_short,
  .judge = bt_session_judge,
  .has_come = bt_session_has_come,
  .seen_at = bt_session_seen_at,
  .dht_node = bt_session_dht_node,
  .state_changed = state_changed,
  .has_candidates = has_candidates,
  .may_check = may_check,
};

/* --- Connecting: so many a second, each torrent in turn --- */

/* `turn`: a swarm that knows somebody, or a seeker. */
static gboolean
connect_one (BtSession *session,
             guint      turn)
{
  if (turn < session->dialling->len)
    return bt_swarm_connect_one (g_ptr_array_index (session->dialling, turn));
  return bt_seeker_connect_one (g_ptr_array_index (session->seekers,
                                                   turn - session->dialling->len));
}

/* Most of many torrents know nobody: only the others are asked ten times a second. */
static void
find_dialling (BtSession *session)
{
  g_ptr_array_set_size (session->dialling, 0);
  for (guint i = 0; i < session->swarms->len; i++)
    {
      BtSwarm *swarm = g_ptr_array_index (session->swarms, i);
      gboolean is_dialling = bt_swarm_has_candidates (swarm);

      bt_swarm_set_dialling (swarm, is_dialling);
      if (is_dialling)
        g_ptr_array_add (session->dialling, swarm);
    }
}

static void
connect_some (BtSession *session)
{
  gint64 now_us = bt_clock_get_us (session->clock);
  guint n_turns = session->dialling->len + session->seekers->len;
  guint n_idle = 0;

  session->connect_tokens += (double) (now_us - session->connect_at_us) / BT_SECOND_US *
                             BT_SESSION_CONNECTS_PER_SECOND;
  session->connect_tokens = MIN (session->connect_tokens, CONNECTS_BURST);
  session->connect_at_us = now_us;

  while (session->connect_tokens >= 1 && n_idle < n_turns && bt_session_may_connect (session) &&
         !session->is_closing && !session->env.is_offline && bt_dialer_is_ready (session->dialer))
    {
      if (connect_one (session, session->next_dialling++ % n_turns))
        {
          session->connect_tokens -= 1;
          n_idle = 0;
        }
      else
        n_idle++;
    }
}

void
bt_session_connect_now (BtSession *session)
{
  find_dialling (session);
  connect_some (session);
}

static void
connect_cb (gpointer user_data)
{
  BtSession *session = user_data;

  connect_some (session);
  bt_timer_arm_in (&session->connect_timer, session->clock, CONNECT_US);
}

/* When nobody is about to free memory, those who wait for it would wait for ever: each may take
 * another block or two. Not where the disk is full: what still comes there only adds to what waits. */
static void
resume_when_stuck (BtSession *session)
{
  if (!session->has_paused)
    return;
  for (guint i = 0; i < session->swarms->len; i++)
    if (bt_swarm_is_freeing_memory (g_ptr_array_index (session->swarms, i)))
      return;

  session->has_paused = FALSE;
  for (guint i = 0; i < session->swarms->len; i++)
    {
      BtSwarm *swarm = g_ptr_array_index (session->swarms, i);

      if (bt_swarm_get_state (swarm) == BT_SWARM_NO_SPACE)
        session->has_paused = TRUE;
      else
        bt_swarm_resume_peers (swarm);
    }
}

static void
tick_cb (gpointer user_data)
{
  BtSession *session = user_data;

  bt_greeter_tick (session->greeter);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_tick (g_ptr_array_index (session->swarms, i));
  bt_session_tick_local (session);
  bt_session_tick_udp (session);
  bt_session_tick_dht (session);
  bt_session_tick_device (session);
  bt_session_tick_proxy (session);
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_tick (g_ptr_array_index (session->seekers, i));
  find_dialling (session);
  memory_freed (session);
  resume_when_stuck (session);
  if (bt_block_pool_get_n_used (session->pool) <= QUIET_SLOTS)
    bt_block_pool_trim (session->pool, QUIET_SLOTS);
  session->ops->ticked (session->owner);
  bt_timer_arm_in (&session->tick_timer, session->clock, TICK_US);
}

/* --- Stopping --- */

void
bt_session_finish_closing (BtSession *session)
{
  if (session->is_flushed && bt_session_is_unmapped (session))
    session->close_func (session->close_data);
}

static void
flushed_cb (gpointer user_data)
{
  BtSession *session = user_data;

  session->is_flushed = TRUE;
  bt_session_finish_closing (session);
}

/* Frees swarms that were removed; ends closing when all have stopped. */
static void
reap_cb (gpointer user_data)
{
  BtSession *session = user_data;
  gboolean all_stopped = bt_session_reap_seekers (session);

  for (guint i = session->swarms->len; i > 0; i--)
    {
      BtSwarm *swarm = g_ptr_array_index (session->swarms, i - 1);
      BtSwarmState state = bt_swarm_get_state (swarm);

      if (state != BT_SWARM_STOPPED && state != BT_SWARM_FAILED)
        {
          all_stopped = FALSE;
          continue;
        }
      if (g_hash_table_lookup (session->by_hash, get_hash (swarm)) == swarm)
        continue;
      g_ptr_array_remove_index (session->swarms, i - 1);
      g_hash_table_remove (session->local_told, swarm);
      g_ptr_array_remove (session->dialling, swarm);
      bt_swarm_free (swarm);
    }
  if (all_stopped && session->is_closing && !session->is_flushing)
    {
      session->is_flushing = TRUE;
      bt_tracker_hub_flush_async (session->hub, CLOSE_US, flushed_cb, session);
    }
}

void
bt_session_close_async (BtSession  *session,
                        void      (*func) (gpointer user_data),
                        gpointer    user_data)
{
  g_return_if_fail (!session->is_closing);

  session->is_closing = TRUE;
  session->close_func = func;
  session->close_data = user_data;
  bt_session_close_dht (session);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_stop (g_ptr_array_index (session->swarms, i));
  bt_session_stop_seekers (session);
  bt_session_stop_map (session);
  bt_poller_queue (session->poller, &session->reap_task);
}

/* --- Life --- */

/* -FS0100-, then twelve random letters and digits (BEP 20). */
static void
make_peer_id (guint8 out_id[BT_WIRE_PEER_ID_BYTES])
{
  guint major = 0, minor = 0, micro = 0;
  char prefix[9];

  sscanf (BT_VERSION, "%u.%u.%u", &major, &minor, &micro);
  g_snprintf (prefix, sizeof prefix, "-FS%u%u%u0-", major % 10, minor % 10, micro % 10);
  memcpy (out_id, prefix, 8);
  bt_random_fill_letters (out_id + 8, BT_WIRE_PEER_ID_BYTES - 8);
}

static void
fill_environment (BtSession *session)
{
  BtSwarmEnvironment *env = &session->env;

  env->clock = session->clock;
  env->poller = session->poller;
  env->pool = session->pool;
  env->disk = session->disk;
  env->peer_shared = &session->peer_shared;
  env->read_limit = session->read_limit;
  env->write_limit = session->write_limit;
  env->tcp_limit = session->tcp_limit;
  env->client = session->client;
  make_peer_id (env->peer_id);
}

static BtTrackerHub *
make_hub (BtSession *session)
{
  g_autofree char *user_agent = g_strdup_printf ("Freshet/%s", BT_VERSION);
  BtTrackerHubConfig config = {
    .user_agent = user_agent,
    .bind4 = session->env.bind4,
    .bind6 = session->env.bind6,
    .use_ipv4 = session->env.bind6.family == BT_FAMILY_NONE,
    .use_ipv6 = session->env.bind4.family == BT_FAMILY_NONE,
  };

  bt_random_fill_secure (&config.key, sizeof config.key);
  return bt_tracker_hub_new (session->context, session->clock, session->poller, &config);
}

static BtWebClient *
make_web_client (BtSession *session)
{
  g_autofree char *user_agent = g_strdup_printf ("Freshet/%s", BT_VERSION);
  BtWebClientConfig config = {
    .user_agent = user_agent,
    .bind4 = session->env.bind4,
    .bind6 = session->env.bind6,
    .socket_rules = bt_poller_get_socket_rules (session->poller),
  };

  return bt_web_client_new (session->clock, &config);
}

BtSession *
bt_session_new (GMainContext           *context,
                BtClock                *clock,
                const BtSessionConfig  *config,
                const BtSessionOps     *ops,
                gpointer                owner,
                GError                **error)
{
  BtSession *session = g_new0 (BtSession, 1);
  BtDiskConfig disk = { config->max_file_workers, config->max_piece_workers,
                        config->max_open_files };

  session->context = context;
  session->ops = ops;
  session->owner = owner;
  session->own_clock = clock == NULL ? bt_clock_new (context) : NULL;
  session->clock = clock != NULL ? clock : session->own_clock;
  session->max_peers = config->max_peers != 0 ? config->max_peers : BT_SESSION_DEFAULT_MAX_PEERS;
  session->env.exempt_local = config->exempt_local;
  session->local_port = config->local_port;
  session->dht_read_only = config->dht_read_only;
  session->discovery = config->discovery;
  session->network = config->network;
  session->dht_nodes = g_strdupv ((char **) config->dht_nodes);
  session->dht_saved = config->dht_saved != NULL ? g_bytes_ref (config->dht_saved) : NULL;
  session->local_told = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  session->access = bt_access_new ();
  bt_session_init_map (session, config->port_map);
  session->external = bt_external_new ();
  session->swarms = g_ptr_array_new ();
  session->dialling = g_ptr_array_new ();
  session->by_hash = g_hash_table_new (bt_digest_hash, bt_digest_equal);
  session->seekers = g_ptr_array_new ();
  session->seekers_by_hash = g_hash_table_new (bt_digest_hash, bt_digest_equal);
  session->client = g_strdup_printf ("Freshet %s", BT_VERSION);
  session->connect_tokens = CONNECTS_BURST;
  session->connect_at_us = bt_clock_get_us (session->clock);
  bt_timer_init (&session->tick_timer, tick_cb, session);
  bt_timer_init (&session->connect_timer, connect_cb, session);
  bt_poll_task_init (&session->memory_task, memory_task_cb, session);
  bt_poll_task_init (&session->reap_task, reap_cb, session);

  session->poller = bt_poller_new (context, error);
  if (session->poller == NULL || !bt_session_begin_listening (session, config, error))
    {
      bt_session_free (session);
      return NULL;
    }
  session->env.dialer = session->dialer = bt_dialer_new (session->poller, session->clock,
                                                         &session->env.bind4,
                                                         &session->env.bind6);
  bt_dialer_set_settings (session->dialer, &config->network);
  session->greeter = bt_greeter_new (session->clock, session->poller, BT_SESSION_MAX_GREETINGS,
                                     bt_session_greeted, session);
  bt_greeter_set_encryption (session->greeter, config->network.encryption);
  session->pool = bt_block_pool_new (config->memory_bytes != 0 ? config->memory_bytes
                                                               : BT_SESSION_DEFAULT_MEMORY_BYTES);
  session->disk = bt_disk_new (context, &disk);
  session->read_limit = bt_limit_new (session->clock);
  session->write_limit = bt_limit_new (session->clock);
  session->tcp_limit = bt_limit_new (session->clock);
  bt_fair_share_init (&session->share);
  bt_session_set_limits (session, config->read_limit_bps, config->write_limit_bps);
  bt_peer_shared_init (&session->peer_shared, session->clock, session->poller, session->pool);
  session->hub = make_hub (session);
  fill_environment (session);
  session->env.hub = session->hub;
  session->env.web_client = session->web_client = make_web_client (session);
  bt_session_open_proxy (session);
  bt_tracker_hub_set_paused (session->hub, session->env.is_offline);
  bt_session_set_discovery (session, config->discovery);
  bt_session_apply_map (session);
  bt_timer_arm_in (&session->tick_timer, session->clock, TICK_US);
  bt_timer_arm_in (&session->connect_timer, session->clock, CONNECT_US);
  return session;
}

void
bt_session_free (BtSession *session)
{
  if (session == NULL)
    return;
  bt_timer_disarm (&session->tick_timer, session->clock);
  bt_timer_disarm (&session->connect_timer, session->clock);
  if (session->poller != NULL)
    {
      bt_poller_unqueue (session->poller, &session->memory_task);
      bt_poller_unqueue (session->poller, &session->reap_task);
      bt_session_clear_device (session);
    }
  bt_session_close_dht (session);
  bt_session_clear_map (session);
  g_clear_pointer (&session->dht_saved, g_bytes_unref);
  g_strfreev (session->dht_nodes);
  g_clear_pointer (&session->listener, bt_listener_free);
  bt_session_close_local (session);
  g_clear_pointer (&session->greeter, bt_greeter_free);
  g_clear_pointer (&session->access, bt_access_free);
  g_clear_pointer (&session->external, bt_external_free);
  for (guint i = 0; i < session->swarms->len; i++)
    bt_swarm_free (g_ptr_array_index (session->swarms, i));
  g_ptr_array_unref (session->swarms);
  g_ptr_array_unref (session->dialling);
  g_hash_table_unref (session->by_hash);
  g_hash_table_unref (session->local_told);
  for (guint i = 0; i < session->seekers->len; i++)
    bt_seeker_free (g_ptr_array_index (session->seekers, i));
  g_ptr_array_unref (session->seekers);
  g_hash_table_unref (session->seekers_by_hash);
  bt_session_close_udp (session);
  g_clear_pointer (&session->web_client, bt_web_client_free);
  g_clear_pointer (&session->hub, bt_tracker_hub_free);
  bt_session_close_proxy (session);
  g_clear_pointer (&session->disk, bt_disk_free);
  if (session->peer_shared.scratch != NULL)
    bt_peer_shared_clear (&session->peer_shared);
  g_clear_pointer (&session->read_limit, bt_limit_free);
  g_clear_pointer (&session->write_limit, bt_limit_free);
  g_clear_pointer (&session->tcp_limit, bt_limit_free);
  g_clear_pointer (&session->pool, bt_block_pool_free);
  g_clear_pointer (&session->dialer, bt_dialer_free);
  g_clear_pointer (&session->poller, bt_poller_free);
  g_clear_pointer (&session->own_clock, bt_clock_free);
  g_free (session->client);
  g_free (session);
}

guint16
bt_session_get_port (BtSession *session)
{
  return session->env.port;
}

BtSwarm *
bt_session_add (BtSession            *session,
                BtMetainfo           *metainfo,
                const BtSwarmConfig  *config,
                GError              **error)
{
  const guint8 *info_hash = bt_metainfo_get_info_hash_v1 (metainfo);
  BtSwarm *swarm;

  if (session->is_closing)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is closing"));
      return NULL;
    }
  if ((info_hash != NULL && g_hash_table_contains (session->by_hash, info_hash)) ||
      bt_session_is_sought (session, metainfo))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _("“%s” is there already"),
                   bt_metainfo_get_display_name (metainfo));
      return NULL;
    }
  swarm = bt_swarm_new (&session->env, &swarm_ops, session, metainfo, config, error);
  if (swarm == NULL)
    return NULL;
  g_ptr_array_add (session->swarms, swarm);
  g_hash_table_insert (session->by_hash, (gpointer) info_hash, swarm);
  bt_greeter_add_torrent (session->greeter, info_hash);
  return swarm;
}

void
bt_session_remove (BtSession *session,
                   BtSwarm   *swarm)
{
  g_hash_table_remove (session->by_hash, get_hash (swarm));
  bt_greeter_remove_torrent (session->greeter, get_hash (swarm));
  bt_session_dht_forget (session, swarm);
  bt_swarm_stop (swarm);
  bt_poller_queue (session->poller, &session->reap_task);
}

void
bt_session_set_limits (BtSession *session,
                       guint64    read_bps,
                       guint64    write_bps)
{
  bt_limit_set_bps (session->read_limit, read_bps);
  bt_limit_set_bps (session->write_limit, write_bps);
}

void
bt_session_set_discovery (BtSession *session,
                          guint      discovery)
{
  session->discovery = discovery;
  session->env.use_pex = (discovery & BT_DISCOVERY_PEX) != 0;
  bt_session_apply_local (session);
  bt_session_apply_udp (session);
}

void
bt_session_set_network (BtSession               *session,
                        const BtNetworkSettings *settings)
{
  gboolean is_other_device = !g_str_equal (session->network.device, settings->device);
  gboolean is_other_way = session->network.is_anonymous != settings->is_anonymous ||
                          !bt_proxy_equal (&session->network.proxy, &settings->proxy);
  gboolean is_other_port = settings->port != 0 && settings->port != session->port;

  session->network = *settings;
  if (is_other_port)
    session->port = settings->port;
  bt_dialer_set_settings (session->dialer, settings);
  bt_greeter_set_encryption (session->greeter, settings->encryption);
  if (is_other_device)
    bt_session_apply_device (session, settings->device);
  else if (is_other_way || is_other_port)
    bt_session_restart (session, BT_CLOSE_OTHER_WAY);
  else
    bt_session_apply_udp (session);
  bt_session_apply_map (session);
}

BtAddress
bt_session_get_external (BtSession *session,
                         BtFamily   family)
{
  return bt_external_get (session->external, family);
}

guint
bt_session_get_n_swarms (BtSession *session)
{
  return session->swarms->len;
}

BtSwarm *
bt_session_get_swarm (BtSession *session,
                      guint      index)
{
  return g_ptr_array_index (session->swarms, index);
}

BtClock *
bt_session_get_clock (BtSession *session)
{
  return session->clock;
}

BtDisk *
bt_session_get_disk (BtSession *session)
{
  return session->disk;
}

guint64
bt_session_get_memory_bytes (BtSession *session)
{
  return (guint64) bt_block_pool_get_n_used (session->pool) * BT_BLOCK_BYTES;
}
