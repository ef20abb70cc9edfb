/* bt-session-dht-private.h - what the session's DHT keeps, shared by its files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-session-private.h"

G_BEGIN_DECLS

#define BT_SESSION_DHT_MAX_SEARCHES 16                    /* of torrents, at once; others wait */
#define BT_SESSION_DHT_PACE         1                     /* of them begin a second; more when there are thousands */
#define BT_SESSION_DHT_MAX_SEEKS    32                    /* of magnet links, besides */
#define BT_SESSION_DHT_MAX_LOOKUPS  16                    /* names that are asked for at once */
#define BT_SESSION_DHT_TOKEN_BYTES  8                     /* of a question to a name; the node's own are shorter */
#define BT_SESSION_DHT_MAX_ADDRESSES 8                    /* of one name that are used */
#define BT_SESSION_DHT_MAX_TOLD     16                    /* nodes that a torrent names */
#define BT_SESSION_DHT_LONELY_US    (60 * BT_SECOND_US)   /* for who knows nobody: doubles up to the usual interval */
#define BT_SESSION_DHT_SEEK_US      (5 * 60 * BT_SECOND_US)  /* of a magnet link that knows somebody */

/* A torrent or a magnet link that is looked for. */
typedef struct
{
  BtSessionDht *dht;          /* borrowed */
  BtSwarm      *swarm;        /* borrowed, like the other; one of them */
  BtSeeker     *seeker;
  guint64       search;       /* 0: none is under way */
  guint64       scrape;       /* likewise, of a magnet link */
  gint64        due_at_us;
  gint64        lonely_us;    /* the pause after a search while nobody is known */
  guint         n_nodes;      /* asked by searches that have ended */
  guint         n_asked;      /* by the one under way, as last told */
  int           n_seeds;      /* -1: unknown */
  int           n_leechers;
} DhtTorrent;

struct _BtSessionDht
{
  /* Owned */
  BtDht        *node;
  GHashTable   *torrents;     /* BtSwarm or BtSeeker → DhtTorrent, owned */
  GCancellable *cancellable;  /* of look-ups of names */

  /* Borrowed */
  BtSession    *session;
  const BtAddress *talks_to;  /* nullable; whose datagram is being looked at */
  const BtAddress *talks_at;  /* likewise; our address that it came to */

  /* Values */
  BtTimer       timer;
  guint         next_swarm;       /* to be looked at, in turn */
  guint         n_searches;
  guint         n_begun;          /* of them, since the last tick */
  guint         n_seeks;
  guint         n_lookups;
  gint64        bootstrap_at_us;
  gint64        bootstrap_pause_us;
  guint8        tokens[BT_SESSION_DHT_MAX_LOOKUPS][BT_SESSION_DHT_TOKEN_BYTES];  /* questions to names */
  guint         n_tokens;         /* drawn so far; the latest are kept */
};

/* bt-session-dht.c */
/* To be called after whatever may have moved the node's next time. */
void bt_session_dht_update_timer (BtSessionDht *dht);

/* bt-session-dht-nodes.c */
/* A node's address, or its name, which is asked for: by GResolver, or, when all goes through a proxy, by that, in the
 * only way there is: it is sent a question for whoever has the name. */
void bt_session_dht_add_host     (BtSessionDht *dht,
                                  const char   *host,
                                  guint16       port);
/* Whether this answers a question to a name. Then it is no matter of the node's. */
gboolean bt_session_dht_take_named (BtSessionDht    *dht,
                                    const BtAddress *from,
                                    const guint8    *bytes,
                                    gsize            n_bytes);
/* Asks the bootstrap nodes when nobody else is known. */
void bt_session_dht_bootstrap    (BtSessionDht *dht);

/* bt-session-dht-torrents.c */
void bt_session_dht_tick_torrents (BtSessionDht *dht);
void bt_session_dht_count        (BtSessionDht *dht,
                                  guint        *out_n_torrents,
                                  guint        *out_n_waiting);
void bt_session_dht_end_searches (BtSessionDht *dht);

G_END_DECLS
