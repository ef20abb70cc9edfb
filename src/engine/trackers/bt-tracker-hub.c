/* bt-tracker-hub.c - what all torrents' tracker workers share, and the last words before leaving
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-hub.h"

#include "bt-tracker-hub-private.h"

G_DEFINE_QUARK (bt-tracker-error, bt_tracker_error)

/* For trackers that have never answered: they may have heard of us all the same, and are told if they can be. */
#define GRACE_US (BT_SECOND_US / 2)

/* Somebody who waits until every `stopped` is over. */
typedef struct
{
  BtTrackerHub *hub;
  BtTimer       timer;
  gint64        until_us;
  void        (*func) (gpointer user_data);
  gpointer      user_data;
  gboolean      is_past_grace;
  gboolean      is_due;
} Flush;

BtTrackerHub *
bt_tracker_hub_new (GMainContext             *context,
                    BtClock                  *clock,
                    BtPoller                 *poller,
                    const BtTrackerHubConfig *config)
{
  BtTrackerHub *hub = g_new0 (BtTrackerHub, 1);

  hub->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  hub->clock = clock;
  hub->poller = poller;
  hub->http = bt_tracker_http_new (clock, poller, config);
  hub->udp = bt_tracker_udp_new (clock, poller, config);
  hub->key = config->key;
  hub->use_ipv4 = config->use_ipv4;
  hub->use_ipv6 = config->use_ipv6;
  hub->use_all_tiers = config->use_all_tiers;
  hub->supports_encryption = config->supports_encryption;
  g_queue_init (&hub->requests);
  g_queue_init (&hub->flushes);
  bt_random_init (&hub->random, bt_random_seed ());
  return hub;
}

static void
flush_free (Flush *flush)
{
  bt_timer_disarm (&flush->timer, flush->hub->clock);
  g_free (flush);
}

static void
drop_requests (BtTrackerHub *hub)
{
  while (!g_queue_is_empty (&hub->requests))
    bt_tracker_request_cancel (g_queue_peek_head (&hub->requests));
}

void
bt_tracker_hub_free (BtTrackerHub *hub)
{
  Flush *flush;

  if (hub == NULL)
    return;

  while ((flush = g_queue_pop_head (&hub->flushes)) != NULL)
    flush_free (flush);
  drop_requests (hub);
  if (hub->flush_source != NULL)
    {
      g_source_destroy (hub->flush_source);
      g_source_unref (hub->flush_source);
    }
  bt_tracker_http_free (hub->http);
  bt_tracker_udp_free (hub->udp);
  g_main_context_unref (hub->context);
  g_free (hub);
}

static gboolean flush_source_cb (gpointer user_data);

static void
schedule_flushes (BtTrackerHub *hub)
{
  if (hub->flush_source != NULL)
    return;

  hub->flush_source = g_idle_source_new ();
  g_source_set_priority (hub->flush_source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (hub->flush_source, "bt-tracker-hub flush");
  g_source_set_callback (hub->flush_source, flush_source_cb, hub, NULL);
  g_source_attach (hub->flush_source, hub->context);
}

static Flush *
pop_due_flush (BtTrackerHub *hub)
{
  for (GList *link = hub->flushes.head; link != NULL; link = link->next)
    {
      Flush *flush = link->data;

      if (flush->is_due)
        {
          g_queue_delete_link (&hub->flushes, link);
          return flush;
        }
    }
  return NULL;
}

/* One at a time, because the call may free the hub. */
static gboolean
flush_source_cb (gpointer user_data)
{
  BtTrackerHub *hub = user_data;
  Flush *flush = pop_due_flush (hub);
  void (*func) (gpointer user_data);
  gpointer func_data;

  g_clear_pointer (&hub->flush_source, g_source_unref);
  if (flush == NULL)
    return G_SOURCE_REMOVE;

  func = flush->func;
  func_data = flush->user_data;
  flush_free (flush);
  if (!g_queue_is_empty (&hub->flushes))
    schedule_flushes (hub);
  func (func_data);
  return G_SOURCE_REMOVE;
}

static void
flush_timed_out_cb (gpointer user_data)
{
  Flush *flush = user_data;
  BtTrackerHub *hub = flush->hub;

  flush->is_due = hub->n_awaited == 0 || bt_clock_get_us (hub->clock) >= flush->until_us;
  flush->is_past_grace = TRUE;
  if (flush->is_due)
    schedule_flushes (hub);
  else
    bt_timer_arm (&flush->timer, hub->clock, flush->until_us);
}

void
bt_tracker_hub_stopped_over (BtTrackerHub *hub)
{
  gboolean has_due = FALSE;

  for (GList *link = hub->flushes.head; link != NULL; link = link->next)
    {
      Flush *flush = link->data;

      if (hub->n_stopping == 0 || (flush->is_past_grace && hub->n_awaited == 0))
        flush->is_due = TRUE;
      has_due |= flush->is_due;
    }
  if (has_due)
    schedule_flushes (hub);
}

void
bt_tracker_hub_flush_async (BtTrackerHub *hub,
                            gint64        timeout_us,
                            void        (*func) (gpointer user_data),
                            gpointer      user_data)
{
  Flush *flush = g_new0 (Flush, 1);

  flush->hub = hub;
  flush->func = func;
  flush->user_data = user_data;
  bt_timer_init (&flush->timer, flush_timed_out_cb, flush);
  g_queue_push_tail (&hub->flushes, flush);
  if (hub->n_stopping == 0)
    bt_tracker_hub_stopped_over (hub);
  else
    {
      flush->until_us = bt_clock_get_us (hub->clock) + timeout_us;
      bt_timer_arm_in (&flush->timer, hub->clock, MIN (timeout_us, GRACE_US));
    }
}

void
bt_tracker_hub_set_paused (BtTrackerHub *hub,
                           gboolean      is_paused)
{
  hub->is_paused = is_paused;
  if (!is_paused)
    return;
  drop_requests (hub);
  bt_tracker_http_forget (hub->http);
  bt_tracker_udp_forget (hub->udp);
}

guint
bt_tracker_hub_get_n_stopping (BtTrackerHub *hub)
{
  return hub->n_stopping;
}
