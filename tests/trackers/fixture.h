/* fixture.h - a hub on a made-up clock, a torrent that writes down what it hears, and servers that follow a script
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "trackers/bt-trackers.h"

#define INFO_HASH "\x00\x01 abc&=?#%\x7f\x80\xffxyz.-~"
#define PEER_ID   "-FS0100-abcdefghijk\x01"
#define HOUR_US   (3600 * BT_SECOND_US)

/* A torrent and everything below it. */
typedef struct
{
  GMainContext *context;
  BtClock      *clock;
  BtPoller     *poller;
  BtTrackerHub *hub;
  BtTrackers   *trackers;
  BtAnnounce    announce;   /* what the torrent says when asked */
  GArray       *peers;      /* of BtAddress: everything that was given */
  BtAddress     seen_at;
  guint         n_changed;
  gboolean      is_flushed;
} Fixture;

/* `families`: 4, 6 or 46. */
Fixture *fixture_new        (int                       families);
Fixture *fixture_new_config (const BtTrackerHubConfig *config);
void     fixture_free       (Fixture                  *fixture);
/* Makes `fixture->trackers` of tiers written "a b|c": a and b in the first tier, c in the second. */
void     fixture_set_tiers  (Fixture                  *fixture,
                             const char               *tiers);
/* The row of `url`, which must be there. */
BtTrackerRow fixture_get_row (Fixture                 *fixture,
                              const char              *url);
/* The state of the first row is neither idle nor announcing. */
gboolean fixture_is_settled (Fixture                  *fixture);
/* One turn of the loop; the test fails when nothing happens for long in real time. */
void     fixture_turn       (Fixture                  *fixture);
/* Turns as long as something is to be done at once. */
void     fixture_drain      (Fixture                  *fixture);
void     fixture_flush      (Fixture                  *fixture);
gboolean fixture_has_peer   (Fixture                  *fixture,
                             const char               *address);
const BtTrackersOps *fixture_get_ops (void);
gboolean fixture_has_ipv6   (void);

#define WAIT_FOR(fixture, condition) \
  G_STMT_START { while (!(condition)) fixture_turn (fixture); } G_STMT_END

/* An HTTP server on loopback that answers every request with what it is told to. */
typedef struct
{
  GSocketService *service;
  guint16         port;
  GPtrArray      *targets;     /* of char *: the target of each request */
  GPtrArray      *connections; /* kept open */
  GQueue          replies;     /* of GBytes: for the next requests, before `reply` */
  GBytes         *reply;       /* all bytes sent; NULL: none, and the connection stays open */
  GBytes         *repeated;    /* NULL, or sent after the reply … */
  guint64         n_repeats;   /* … so many times */
  guint64         n_sent;      /* bytes of `repeated` that went away */
  guint           n_refused;   /* connections the client broke off while being sent to */
  gboolean        is_ipv6;
  gboolean        is_empty;    /* closes without a word */
} HttpServer;

HttpServer *http_server_new       (gboolean    is_ipv6);
void        http_server_free      (HttpServer *server);
/* A complete answer with `head` lines ("Location: x\r\n") and `body`. */
void        http_server_set_reply (HttpServer *server,
                                   const char *status,
                                   const char *head,
                                   const char *body);
void        http_server_push_reply (HttpServer *server,
                                    const char *status,
                                    const char *head,
                                    const char *body);
char       *http_server_dup_url   (HttpServer *server,
                                   const char *path);
/* The `event` of the request, or "-". */
const char *http_server_get_event (HttpServer *server,
                                   guint       index);
/* All events, "started - completed". */
char       *http_server_dup_events (HttpServer *server);

/* A UDP socket on loopback that writes down what it gets. */
typedef struct
{
  BtPoller    *poller;
  BtPollWatch  watch;
  int          fd;
  guint16      port;
  GPtrArray   *packets;        /* of GBytes */
  BtAddress    from;           /* of the last */
  guint64      connection_id;  /* that connects are answered with */
  guint        n_ignored;      /* packets still to be dropped unseen */
  gboolean     is_silent;      /* answers nothing by itself */
  gboolean     is_ipv6;
  /* Called for everything but connects; NULL: a good announce answer. */
  void       (*answer) (gpointer      server,
                        const guint8 *bytes,
                        gsize         n_bytes);
} UdpServer;

UdpServer *udp_server_new      (Fixture      *fixture,
                                gboolean      is_ipv6);
void       udp_server_free     (UdpServer    *server);
char      *udp_server_dup_url  (UdpServer    *server,
                                const char   *path);
void       udp_server_send     (UdpServer    *server,
                                const guint8 *bytes,
                                gsize         n_bytes);
/* The good answer to an announce: interval 1800, 3 leechers, 2 seeds, one peer. */
void       udp_server_send_announce (UdpServer *server,
                                     guint32    transaction);
/* "connect announce:2 scrape": what came, with the announce's event. */
char      *udp_server_dup_story (UdpServer   *server);
