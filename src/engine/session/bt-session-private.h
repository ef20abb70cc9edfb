/* bt-session-private.h - the session's struct, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-external.h"
#include "bt-greeter.h"
#include "bt-session.h"

#include "base/bt-device-watch.h"
#include "discovery/bt-local-message.h"
#include "discovery/bt-local.h"
#include "discovery/bt-port-map.h"
#include "transport/bt-tcp.h"
#include "transport/bt-udp.h"
#include "transport/bt-utp-socket.h"

G_BEGIN_DECLS

typedef struct _BtSessionDht BtSessionDht;
typedef struct _BtSessionMap BtSessionMap;

struct _BtSession
{
  /* Owned */
  BtClock            *own_clock;   /* nullable */
  BtPoller           *poller;
  BtBlockPool        *pool;
  BtDisk             *disk;
  BtTrackerHub       *hub;
  BtWebClient        *web_client;
  BtListener         *listener;    /* nullable */
  BtGreeter          *greeter;
  BtDialer           *dialer;
  BtAccess           *access;
  BtExternal         *external;
  BtLimit            *read_limit;
  BtLimit            *write_limit;
  BtLimit            *tcp_limit;
  GPtrArray          *swarms;
  GPtrArray          *dialling;    /* of the swarms (borrowed), those that know somebody to connect to */
  GHashTable         *by_hash;     /* info-hash (borrowed from the metainfo) → BtSwarm */
  GPtrArray          *seekers;     /* those that stop, too */
  GHashTable         *seekers_by_hash; /* info-hash (borrowed from the magnet) → BtSeeker, not ended */
  char               *client;
  BtLocal            *local;       /* nullable */
  BtProxyHost        *proxy_host;  /* nullable */
  BtSocksUdp         *relay;       /* nullable: UDP through a proxy */
  BtUdp              *udp;         /* nullable */
  BtUtpSocket        *utp;         /* nullable: uTP was never wanted */
  BtSessionDht       *dht;         /* nullable; never without `udp` */
  BtDeviceWatch      *device_watch; /* nullable: of the interface that all goes through */
  BtSessionMap       *mapping;
  GBytes             *dht_saved;   /* nullable: what the node begins with */
  char              **dht_nodes;   /* nullable */
  char               *udp_message; /* nullable */
  GHashTable         *local_told;  /* BtSwarm or BtSeeker → gint64: when the local network was last told */

  /* Borrowed */
  GMainContext       *context;
  BtClock            *clock;
  const BtSessionOps *ops;
  gpointer            owner;

  /* Values */
  BtSwarmEnvironment  env;
  BtNetworkSettings   network;
  BtPeerShared        peer_shared;
  BtTimer             tick_timer;
  BtTimer             connect_timer;
  BtPollTask          memory_task;
  BtPollTask          reap_task;
  BtPollTask          device_task; /* all peers' connections have ended: on with what there is now */
  BtFairShare         share;
  guint               max_peers;
  guint               n_connections;
  guint               next_local;      /* to be told of, likewise */
  guint               discovery;       /* BtDiscovery */
  guint               dht_read_only : 1;
  guint16             port;            /* to listen at; 0: any */
  guint16             last_port;       /* that was listened at */
  guint16             local_port;
  guint               next_dialling;   /* or seeker: to connect, in turn */
  double              connect_tokens;
  gint64              connect_at_us;   /* when tokens were last counted */
  void              (*close_func) (gpointer user_data);
  gpointer            close_data;
  guint               is_closing : 1;
  guint               is_flushing : 1;
  guint               is_flushed : 1;
  guint               has_paused : 1;
  guint               no_incoming : 1;
  guint               was_proxy_lost : 1;   /* at the last tick */
  guint               must_close_udp : 1;
};

/* bt-session-listen.c */
/* As the config says. Where the interface that all is to go through is not there, it begins when it is. */
gboolean bt_session_begin_listening (BtSession             *session,
                                  const BtSessionConfig *config,
                                  GError               **error);
/* FALSE with an error: the port is taken, say. */
gboolean bt_session_listen       (BtSession       *session,
                                  guint16          port,
                                  GError         **error);
/* BtListenerFunc: a connection has come in, over whatever. */
void     bt_session_accept       (BtStream        *stream,
                                  gpointer         session);
/* BtGreeterFunc: it has named a torrent. */
void     bt_session_greeted      (gpointer           session,
                                  BtStream          *stream,
                                  const BtHandshake *handshake,
                                  const guint8      *received,
                                  gsize              n_received);

/* bt-session.c; what swarms and seekers ask, as BtSwarmOps says. */
gboolean bt_session_may_connect  (gpointer         session);
void     bt_session_connections  (gpointer         session,
                                  int              change);
BtCloseReason bt_session_judge   (gpointer         session,
                                  const BtAddress *address);
void     bt_session_has_come     (gpointer         session,
                                  const BtAddress *address);
void     bt_session_seen_at      (gpointer         session,
                                  const BtAddress *voter,
                                  const BtAddress *seen);

/* bt-session-proxy.c */
gboolean bt_session_proxies_peers (BtSession      *session);
/* FALSE: all has to go through a proxy that does not pass UDP on, or not yet. */
gboolean bt_session_may_use_udp  (BtSession       *session);
/* Nobody around is to know that we are here: neither the local network nor its router is told. */
gboolean bt_session_is_hidden    (BtSession       *session);
/* As `network` says; nothing may be under way that the one before is needed for. */
void     bt_session_open_proxy   (BtSession       *session);
void     bt_session_close_proxy  (BtSession       *session);
/* Once a second. */
void     bt_session_tick_proxy   (BtSession       *session);
void     bt_session_fill_proxy   (BtSession       *session,
                                  BtNetworkFacts  *facts);

/* bt-session-device.c */
/* Everything is closed, peers for this reason, and made anew as `network` says. */
void     bt_session_restart      (BtSession       *session,
                                  BtCloseReason    reason);
/* Before any socket is made. `device`: empty: whichever there is. */
void     bt_session_init_device  (BtSession       *session,
                                  const char      *device);
void     bt_session_clear_device (BtSession       *session);
/* Another is to be used from now on: `network` has it, too. */
void     bt_session_apply_device (BtSession       *session,
                                  const char      *device);
/* Once a second. */
void     bt_session_tick_device  (BtSession       *session);
void     bt_session_fill_device  (BtSession       *session,
                                  BtNetworkFacts  *facts);

/* Calls who waits for the end once trackers and routers have heard of it. */
void     bt_session_finish_closing (BtSession     *session);

/* bt-session-map.c */
/* `config` (nullable): where routers are, in tests. */
void     bt_session_init_map     (BtSession             *session,
                                  const BtPortMapConfig *config);
/* Maps the port, or takes it back, as `network` says. */
void     bt_session_apply_map    (BtSession             *session);
/* The session closes: what is mapped is taken back. */
void     bt_session_stop_map     (BtSession             *session);
gboolean bt_session_is_unmapped  (BtSession             *session);
void     bt_session_clear_map    (BtSession             *session);
void     bt_session_fill_map     (BtSession             *session,
                                  BtNetworkFacts        *facts);

/* bt-session-udp.c */
/* Whether the port is free for UDP now. */
gboolean bt_session_may_open_udp (BtSession       *session);
/* Whether anybody will need the port for UDP. */
gboolean bt_session_wants_udp    (BtSession       *session);
/* Opens and closes UDP on the port, and what runs on it, as `discovery` and `network` say. */
void     bt_session_apply_udp    (BtSession       *session);
void     bt_session_close_udp    (BtSession       *session);
/* Once a second. */
void     bt_session_tick_udp     (BtSession       *session);

/* bt-session-dht.c */
gboolean bt_session_wants_dht    (BtSession       *session);
/* Opens or closes it as `discovery` says, if UDP is open. */
void     bt_session_apply_dht    (BtSession       *session);
void     bt_session_close_dht    (BtSession       *session);
/* Once a second. */
void     bt_session_tick_dht     (BtSession       *session);
/* A peer says that a node of the DHT is there: BtSwarmOps.dht_node. */
void     bt_session_dht_node     (gpointer         session,
                                  const BtAddress *address);
/* Our address as others see us may have changed. */
void     bt_session_dht_external (BtSession       *session);

/* bt-session-dht-torrents.c */
/* It may have begun or stopped to run. */
void     bt_session_dht_swarm    (BtSession       *session,
                                  BtSwarm         *swarm);
void     bt_session_dht_seeker   (BtSession       *session,
                                  BtSeeker        *seeker);
/* As soon as it is each one's turn. */
void     bt_session_dht_announce_all (BtSession    *session);
/* A BtSwarm or BtSeeker that is about to go. */
void     bt_session_dht_forget   (BtSession       *session,
                                  gconstpointer    who);

/* bt-session-local.c */
/* Opens or closes it as `discovery` says. */
void     bt_session_apply_local  (BtSession *session);
void     bt_session_close_local  (BtSession *session);
/* Once a second. */
void     bt_session_tick_local   (BtSession *session);

/* bt-session-seek.c */
void     bt_session_stop_seekers (BtSession *session);
/* Frees those that have stopped. Returns whether all have. */
gboolean bt_session_reap_seekers (BtSession *session);
/* Whether a seeker of this torrent is there. */
gboolean bt_session_is_sought    (BtSession *session,
                                  BtMetainfo *metainfo);

G_END_DECLS
