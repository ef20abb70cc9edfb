/* bt-session.h - the whole engine on one thread: all swarms, the sockets, the limits, the tick
 *
 * Everything lives on the context it is given; a test gives it a clock of its own and runs hours in
 * a second.
 * Thread: the context's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-access.h"
#include "bt-discovery.h"
#include "bt-network-facts.h"
#include "bt-socket-facts.h"

#include "base/bt-clock.h"
#include "base/bt-network-settings.h"
#include "discovery/bt-port-map.h"
#include "swarm/bt-seeker.h"
#include "swarm/bt-swarm.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_SESSION_DEFAULT_MAX_PEERS    500
#define BT_SESSION_CONNECTS_PER_SECOND  30
#define BT_SESSION_DEFAULT_MEMORY_BYTES (64u * 1024 * 1024)
#define BT_SESSION_MAX_GREETINGS        200   /* incoming, that have not named a torrent yet */
#define BT_SESSION_MAX_SEEKERS          200

typedef struct _BtSession BtSession;

/* Zeros are the defaults. */
typedef struct
{
  BtAddress bind;             /* family NONE: any; else only this address, and only its family; its port says nothing */
  guint16   port;             /* 0: any free one */
  guint     max_peers;        /* 500 */
  guint64   read_limit_bps;   /* 0: none */
  guint64   write_limit_bps;
  guint64   memory_bytes;     /* 64 MiB */
  guint     max_file_workers; /* 5 */
  guint     max_piece_workers;/* cores */
  guint     max_open_files;   /* 256 */
  guint     discovery;        /* BtDiscovery; none by default */
  guint16   local_port;       /* 0: BT_LOCAL_PORT. For tests */
  const BtPortMapConfig *port_map;  /* borrowed for the call, nullable: where routers are. For tests */
  BtNetworkSettings network;
  /* HOST:PORT of nodes that know others, borrowed for the call, NULL-terminated; NULL: none. Asked while the DHT knows
   * nobody. bt_discovery_get_default_nodes() */
  const char *const *dht_nodes;
  GBytes   *dht_saved;        /* borrowed for the call, nullable: from bt_session_save_dht() of another time */
  guint     no_incoming : 1;
  guint     exempt_local : 1; /* peers of local addresses (bt_address_is_local()) pay no limits */
  guint     dht_read_only : 1; /* see bt_session_set_dht_read_only() */
} BtSessionConfig;

/* Called on the context; may call anything but bt_session_free(). */
typedef struct
{
  /* A torrent's state or error changed. */
  void (*state_changed) (gpointer  owner,
                         BtSwarm  *swarm);
  /* A second has passed: rates and peers have moved. */
  void (*ticked)        (gpointer  owner);
  /* Nullable: always. FALSE: its pieces are not hashed before bt_swarm_check_now(). */
  gboolean (*may_check) (gpointer  owner,
                         BtSwarm  *swarm);
} BtSessionOps;

/* `clock` (nullable): borrowed, a manual one in tests; NULL: the session makes a real one. The
 * context must be the thread-default one. Fails when no socket can be bound. */
BtSession *bt_session_new           (GMainContext           *context,
                                     BtClock                *clock,
                                     const BtSessionConfig  *config,
                                     const BtSessionOps     *ops,
                                     gpointer                owner,
                                     GError                **error);
/* After bt_session_close_async() has ended, or with no swarm ever started. */
void       bt_session_free          (BtSession              *session);
/* Stops all swarms, gives trackers up to 5 s to hear of it, then calls `func`. */
void       bt_session_close_async   (BtSession              *session,
                                     void                  (*func) (gpointer user_data),
                                     gpointer                user_data);
/* The port that peers reach us at; 0: none. */
guint16    bt_session_get_port      (BtSession              *session);
/* Not started yet. G_IO_ERROR_EXISTS when a torrent, or a seeker, of the same info-hash is there.
 * Owned by the session. */
BtSwarm   *bt_session_add           (BtSession              *session,
                                     BtMetainfo             *metainfo,
                                     const BtSwarmConfig    *config,
                                     GError                **error);
/* Stops it first when it runs; the swarm is gone once it has stopped. */
void       bt_session_remove        (BtSession              *session,
                                     BtSwarm                *swarm);
/* --- Magnet links --- */

/* Looks for the torrent's description until bt_session_end_seek(); `func` comes once, later. A seeker whose
 * description is found stays, so that its known peers and facts can be had; it must be ended before the torrent is
 * added. G_IO_ERROR_EXISTS: a torrent or a seeker of the same info-hash is there. G_IO_ERROR_BUSY: there are
 * BT_SESSION_MAX_SEEKERS. Owned by the session. */
BtSeeker  *bt_session_seek          (BtSession              *session,
                                     BtMagnet               *magnet,
                                     const BtSeekerConfig   *config,
                                     BtSeekerFunc            func,
                                     gpointer                user_data,
                                     GError                **error);
/* Its info-hash is free for a torrent when this returns, and the seeker must not be used any more. `goes_on`: it is
 * added right away, and its trackers need not hear `stopped` and `started`. */
void       bt_session_end_seek      (BtSession              *session,
                                     BtSeeker               *seeker,
                                     gboolean                goes_on);
guint      bt_session_get_n_seekers (BtSession              *session);
BtSeeker  *bt_session_get_seeker    (BtSession              *session,
                                     guint                   index);
/* By the BT_SHA1_BYTES that peers know it by; NULL: there is none. */
BtSeeker  *bt_session_find_seeker   (BtSession              *session,
                                     const guint8           *info_hash);
BtSwarm   *bt_session_find_swarm    (BtSession              *session,
                                     const guint8           *info_hash);

void       bt_session_set_limits    (BtSession              *session,
                                     guint64                 read_bps,
                                     guint64                 write_bps);
/* At once, for those connected, too. */
void       bt_session_set_exempt_local (BtSession           *session,
                                        gboolean             exempt_local);
/* BtDiscovery, at once. The DHT needs the port that peers reach us at. */
void       bt_session_set_discovery (BtSession              *session,
                                     guint                   discovery);
/* How peers are reached from now on; connections that stand are left alone, unless it is by another interface or
 * proxy, or at another port: then all begins anew. */
void       bt_session_set_network   (BtSession              *session,
                                     const BtNetworkSettings *settings);
/* Interfaces or routes have come, gone or changed: once it is quiet again, ports are mapped anew and trackers told. */
void       bt_session_network_changed (BtSession            *session);
/* All of them, at once, to map the port; nothing when that is not wished for. */
void       bt_session_ask_routers   (BtSession              *session);
/* BEP 43: asks the DHT, but serves nobody there: on networks that are paid for by the byte. */
void       bt_session_set_dht_read_only (BtSession          *session,
                                         gboolean            is_read_only);
/* What lets another session do without bootstrap nodes. NULL: the DHT is off, or knows nobody. (transfer full) */
GBytes    *bt_session_save_dht      (BtSession              *session);
/* (transfer full) */
BtNetworkFacts *bt_session_get_network (BtSession           *session);
/* All that are open now, whoever made them: a BtSocketFacts each. (transfer full) */
GArray    *bt_session_get_sockets   (BtSession              *session);
/* 0: the default. Of more peers than that the least useful go. */
void       bt_session_set_max_peers (BtSession              *session,
                                     guint                   max_peers);
/* In all torrents, whatever the port: connected ones are closed, incoming ones not listened to, and
 * nobody is dialled there. */
void       bt_session_ban           (BtSession              *session,
                                     const BtAddress        *address);
void       bt_session_unban         (BtSession              *session,
                                     const BtAddress        *address);
/* (transfer full): BtAddress without ports, oldest first */
GArray    *bt_session_dup_bans      (BtSession              *session);
/* The same for every address that `is_blocked` (nullable: none). Also to be called when it answers
 * otherwise than before. `destroy` (nullable) lets `user_data` go when another takes its place. */
void       bt_session_set_filter    (BtSession              *session,
                                     BtAccessFilter          is_blocked,
                                     gpointer                user_data,
                                     GDestroyNotify          destroy);
/* Connections that the filter has refused, ended or kept from being tried. */
guint64    bt_session_get_n_blocked (BtSession              *session);
/* When a peer that is not local last connected to us and introduced itself; 0: never. */
gint64     bt_session_get_incoming_at_us (BtSession         *session);
/* The address that others see us at, port 0; family NONE: not known yet. */
BtAddress  bt_session_get_external  (BtSession              *session,
                                     BtFamily                family);
guint      bt_session_get_n_swarms  (BtSession              *session);
BtSwarm   *bt_session_get_swarm     (BtSession              *session,
                                     guint                   index);
/* What the block slots in use take now. */
guint64    bt_session_get_memory_bytes (BtSession           *session);
/* Borrowed, as long as the session lives. */
BtClock   *bt_session_get_clock     (BtSession              *session);
BtDisk    *bt_session_get_disk      (BtSession              *session);
/* Tries connections now instead of at the next tick. */
void       bt_session_connect_now   (BtSession              *session);

G_END_DECLS
