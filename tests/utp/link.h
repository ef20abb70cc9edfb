/* link.h - connections of uTP over a made-up link on a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-random.h"

#include "utp/bt-utp.h"

G_BEGIN_DECLS

#define LINK_SECOND_US G_GINT64_CONSTANT (1000000)
#define LINK_MS        G_GINT64_CONSTANT (1000)

typedef struct _Link     Link;
typedef struct _LinkEnd  LinkEnd;
typedef struct _LinkFlow LinkFlow;

/* One direction. A queue before a sender of `bps` bytes a second, shared by all flows, then the way. */
typedef struct
{
  guint64 bps;                /* 0: without a bottleneck */
  guint64 queue_bytes;        /* what does not fit is lost */
  gint64  delay_us;
  gint64  jitter_us;          /* up to so much more, so packets overtake each other */
  guint   loss_permille;
  guint   duplicate_permille;
  guint   mtu_bytes;          /* larger datagrams that may not be fragmented are lost; 0: none */
  gboolean never_fragments;   /* all larger ones */
  gboolean is_cut;            /* everything is lost */
} LinkPath;

/* One end of a connection. Reads what comes, at once unless told otherwise, and checks it against the pattern. */
struct _LinkEnd
{
  Link    *link;           /* borrowed */
  LinkFlow *flow;          /* borrowed */
  LinkEnd *peer;           /* borrowed */
  BtUtp   *utp;            /* owned; NULL: not yet, or it has gone */
  BtUtpEvents events;      /* all that came */
  guint64  n_to_write;     /* bytes; G_MAXUINT64: no end */
  guint64  n_written;
  guint64  n_read;
  guint64  n_max_read_bps; /* 0: no limit */
  gboolean does_close;     /* when all is written */
  gboolean is_eof;         /* the peer's end was read */
  gboolean is_forward;
  gboolean is_pump_due;
  gint64   timer_us;
};

struct _LinkFlow
{
  LinkEnd ends[2];         /* who dials, who is dialled */
};

/* TCP of the greedy kind (AIMD, RFC 5681), forward. */
typedef struct
{
  gboolean is_on;
  double   cwnd;           /* packets */
  double   ssthresh;
  guint    n_flight;
  guint64  n_next;
  guint64  n_recover;
  guint64  n_acked_bytes;
} LinkGreedy;

struct _Link
{
  gint64      now_us;
  gint64      began_us;
  BtRandom    random;
  BtBlockPool *pool;        /* owned */
  LinkPath    paths[2];     /* forward: from who dials; backward */
  gint64      busy_until_ns[2];
  GPtrArray  *flows;        /* owned; of LinkFlow */
  LinkGreedy  greedy;
  gint64      batch_us;     /* how long an end takes to look at what came: longer is more at a time */
  double      drift;        /* of the clocks of those who are dialled, seconds in a second */
  gint64      skew_us;      /* and their offset */
  guint       n_wire[2];    /* for wire_func */
  gboolean    ignores_bytes;  /* what is read is not what was written */
  gpointer    events;       /* the link's */
  guint64     n_serial;
  guint64     n_datagrams;
  guint64     n_dropped;    /* by the queues */
  /* What the forward queue's delay was, as each packet came to it. */
  double      queue_sum_us;
  guint64     queue_n;
  gint64      queue_max_us;
  /* Nullable: may change a datagram on its way. FALSE: it is lost. */
  gboolean  (*wire_func) (Link          *link,
                          const LinkEnd *from,
                          guint8        *bytes,
                          gsize         *n_bytes);
};

Link     *link_new          (guint64        seed);
void      link_free         (Link          *link);
/* `config->pool` is the link's. */
LinkFlow *link_add_flow     (Link          *link,
                             const BtUtpConfig *config);
/* After anything was asked of an end. */
void      link_wake         (LinkEnd       *end);
/* A datagram for `to`, now. */
void      link_inject       (LinkEnd       *to,
                             const guint8  *bytes,
                             gsize          n_bytes);
void      link_greedy_start (Link          *link);
void      link_greedy_stop  (Link          *link);
void      link_run          (Link          *link,
                             gint64         for_us);
/* Until nothing is left to happen, at most for as long. */
gboolean  link_run_to_end   (Link          *link,
                             gint64         for_us);
void      link_forget_queue (Link          *link);

G_END_DECLS
