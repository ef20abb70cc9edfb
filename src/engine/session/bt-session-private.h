/* bt-session-private.h - the session's struct, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-greeter.h"
#include "bt-session.h"

#include "transport/bt-tcp.h"

G_BEGIN_DECLS

struct _BtSession
{
  /* Owned */
  BtClock            *own_clock;   /* nullable */
  BtPoller           *poller;
  BtBlockPool        *pool;
  BtDisk             *disk;
  BtTrackerHub       *hub;
  BtListener         *listener;    /* nullable */
  BtGreeter          *greeter;
  BtAccess           *access;
  BtLimit            *read_limit;
  BtLimit            *write_limit;
  GPtrArray          *swarms;
  GPtrArray          *dialling;    /* of the swarms (borrowed), those that know somebody to connect to */
  GHashTable         *by_hash;     /* info-hash (borrowed from the metainfo) → BtSwarm */
  char               *client;

  /* Borrowed */
  GMainContext       *context;
  BtClock            *clock;
  const BtSessionOps *ops;
  gpointer            owner;

  /* Values */
  BtSwarmEnvironment  env;
  BtPeerShared        peer_shared;
  BtTimer             tick_timer;
  BtTimer             connect_timer;
  BtPollTask          memory_task;
  BtPollTask          reap_task;
  guint               max_peers;
  guint               n_connections;
  guint               next_dialling;   /* to connect, in turn */
  double              connect_tokens;
  gint64              connect_at_us;   /* when tokens were last counted */
  void              (*close_func) (gpointer user_data);
  gpointer            close_data;
  guint               is_closing : 1;
  guint               is_flushing : 1;
  guint               has_paused : 1;
};

G_END_DECLS
