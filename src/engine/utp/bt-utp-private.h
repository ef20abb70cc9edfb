/* bt-utp-private.h - what the files of a connection share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-utp-bytes-private.h"
#include "bt-utp-ledbat-private.h"
#include "bt-utp-mtu-private.h"
#include "bt-utp-reorder-private.h"
#include "bt-utp.h"

G_BEGIN_DECLS

#define BT_UTP_SECOND_US         G_GINT64_CONSTANT (1000000)
#define BT_UTP_FIRST_TIMEOUT_US  (1 * BT_UTP_SECOND_US)    /* BEP 29: before the first round trip was measured */
#define BT_UTP_MIN_TIMEOUT_US    (BT_UTP_SECOND_US / 2)    /* BEP 29 */
#define BT_UTP_MAX_TIMEOUT_US    (30 * BT_UTP_SECOND_US)   /* with its backoff */
/* An answer comes within two round trips and so much. Else a packet is sent again, to hear of the others; then after
 * twice as long, until it is time for the time-out (RFC 8985, and as QUIC does, RFC 9002). */
#define BT_UTP_TAIL_SLACK_US     (BT_UTP_SECOND_US / 100)
#define BT_UTP_GUESSED_RTT_US    (BT_UTP_SECOND_US / 10)   /* as long as none was measured */
#define BT_UTP_MAX_TAILS         6
#define BT_UTP_MAX_REMINDERS     2                         /* that there is room again */
#define BT_UTP_MAX_SYNS          4                         /* 15 s in all */
#define BT_UTP_MAX_TIMEOUTS      7                         /* in a row, without a word: at least 62 s */
#define BT_UTP_STALL_US          (300 * BT_UTP_SECOND_US)  /* with words, but nothing acknowledged */
#define BT_UTP_EMBRYO_US         (10 * BT_UTP_SECOND_US)   /* SYN_RECEIVED */
#define BT_UTP_KEEP_ALIVE_US     (29 * BT_UTP_SECOND_US)   /* NATs forget after 30 s */
#define BT_UTP_REORDER_PACKETS   3                         /* BEP 29: acknowledged past one that counts as lost */
#define BT_UTP_OLD_ACKS          2048                      /* an acknowledgement may be so late */
#define BT_UTP_BLACK_HOLE        2                         /* time-outs in a row, then the MTU is in doubt */
#define BT_UTP_FIRST_RECEIVE     (1024 * 1024)             /* the window that we begin with, as everybody */
#define BT_UTP_FIRST_SEND        (128 * 1024)

typedef enum
{
  BT_UTP_SENT_FLIGHT,  /* in the list `flight`, or in `again` */
  BT_UTP_SENT_LOST,    /* in the list `lost`, to be sent again */
  BT_UTP_SENT_UNTOLD,  /* others that went later came through, so it is on its way no more, but no ack reaches as far */
  BT_UTP_SENT_ACKED,   /* selectively */
} BtUtpSentState;

/* A packet that has its sequence number, and is not yet acknowledged with all before it. */
typedef struct
{
  gint64  sent_at_us;
  guint64 offset;      /* of its first byte, in `outgoing` */
  guint32 order;       /* of the transmission, among all */
  guint16 n_bytes;     /* payload */
  guint16 previous;    /* neighbours in its list, valid inside it */
  guint16 next;
  guint8  n_sends;     /* saturates */
  guint8  state;       /* BtUtpSentState */
  guint8  is_probe;    /* of the MTU; once */
  guint8  is_fin;
} BtUtpSent;

/* Of sequence numbers. */
typedef struct
{
  guint16 first;
  guint16 last;
  guint   n;
} BtUtpList;

/* Invariant: packets [una, next) are in `sent`, at their number modulo `n_sent_ring`, a power of two or 0; `flight`
 * and `again` have those in flight, each by rising `order`, `flight_bytes` their payload and heads, `untold_bytes`
 * those of the untold. `outgoing` begins with the payload of `una`; what has no packet begins at `cut`. Packets before
 * `ack_nr` + 1 are in `incoming` or were read, those behind in `reorder`.
 */
struct _BtUtp
{
  BtUtpState  state;
  BtUtpReason reason;
  guint16     receive_id;
  guint16     send_id;
  gint64      now_us;             /* of the last call that said */
  gint64      since_us;           /* of the state */
  guint       is_outgoing : 1;
  guint       is_reset_due : 1;
  guint       is_syn_due : 1;
  guint       is_ack_due : 1;
  guint       is_window_due : 1;  /* nothing may be in flight, and still a packet must go, to ask for the window */
  guint       is_tail_due : 1;    /* a packet again, to hear what became of the others */
  guint       is_limited : 1;     /* the window was full when last anything was sent */
  guint       wants_room : 1;     /* the owner had more to write */
  guint       sends_sacks : 1;    /* the other side does */
  guint       sends_idle_sacks : 1;  /* also when it has nothing out of order */
  guint       has_fin : 1;        /* ours is among `sent` */
  guint       has_eof : 1;        /* theirs was seen: `eof_nr` */
  guint       is_ended : 1;       /* and everything before it */
  guint       is_recovering : 1;  /* until `recover_nr` is acknowledged */

  /* To the other side */
  BtUtpBytes  outgoing;
  guint32     max_send_bytes;
  BtUtpSent  *sent;               /* owned, nullable */
  guint       n_sent_ring;
  guint16     una;
  guint16     next;
  guint64     cut;
  BtUtpList   flight;             /* sent once */
  BtUtpList   again;              /* in flight, sent more than once */
  BtUtpList   lost;
  guint32     flight_bytes;
  guint32     untold_bytes;
  guint32     order;              /* of the next transmission */
  guint32     acked_order;        /* the newest that came through, when it was sent */
  gint64      acked_sent_us;
  guint16     heard_nr;           /* the furthest that came through: what is behind, nobody has spoken of */
  guint16     recover_nr;
  double      recover_bytes;      /* what may be sent while recovering (RFC 6937) */
  gint64      reorder_us;         /* by how much packets overtake each other */
  guint32     peer_window;
  guint32     window_said_us;     /* by the other side's clock */
  guint       n_duplicate_acks;
  BtUtpLedbat ledbat;
  BtUtpMtu    mtu;

  /* From the other side */
  BtUtpBytes   incoming;
  BtUtpReorder reorder;
  guint32      receive_limit;     /* of both together */
  guint32      max_receive_bytes;
  guint64      epoch_bytes;       /* came in order since `epoch_at_us` */
  gint64       epoch_at_us;
  guint16      ack_nr;
  guint16      eof_nr;
  guint16      syn_nr;            /* incoming: of the SYN */
  guint32      told_window;       /* in our last packet */
  guint        n_reminders;       /* since it was told that there is room again */
  gint64       remind_at_us;      /* G_MAXINT64: it is not to be told again, as it knows, or never had none */
  guint32      reply_us;          /* the delay of their last packet */

  /* Time */
  guint32 rtt_us;                 /* 0: unknown */
  guint32 rtt_var_us;
  guint   n_backoff;              /* time-outs since anything was acknowledged */
  guint   n_tails;                /* and packets that went again before, to hear of the others */
  guint   n_silent;               /* and since anything was heard */
  guint   n_syns;
  gint64  timeout_at_us;          /* G_MAXINT64: not armed */
  gint64  tail_at_us;
  gint64  progress_at_us;         /* something was acknowledged, or began to be waited for */
  gint64  said_at_us;             /* anything */

  BtUtpFacts facts;               /* the counters */
};

static inline BtUtpSent *
bt_utp_get_sent (const BtUtp *utp,
                 guint16      seq_nr)
{
  return &utp->sent[seq_nr & (utp->n_sent_ring - 1)];
}

/* Whether anything that was sent may be acknowledged yet, without being sent again. */
static inline gboolean
bt_utp_is_waiting (const BtUtp *utp)
{
  return utp->flight_bytes > 0 || utp->untold_bytes > 0;
}

/* What a packet takes of the window. */
static inline guint32
bt_utp_sent_get_bytes (const BtUtpSent *sent)
{
  return BT_UTP_HEADER_BYTES + (guint32) sent->n_bytes;
}

/* bt-utp.c */
void        bt_utp_finish            (BtUtp             *utp,
                                      BtUtpReason        reason);
gint64      bt_utp_get_backed_off_us (const BtUtp       *utp);
void        bt_utp_arm_timeout       (BtUtp             *utp);
void        bt_utp_arm_tail          (BtUtp             *utp);
gint64      bt_utp_get_patience_us   (const BtUtp       *utp);
guint32     bt_utp_get_window        (const BtUtp       *utp);

/* bt-utp-sent.c */
void        bt_utp_list_append       (BtUtp             *utp,
                                      BtUtpList         *list,
                                      guint16            seq_nr);
void        bt_utp_list_prepend      (BtUtp             *utp,
                                      BtUtpList         *list,
                                      guint16            seq_nr);
void        bt_utp_list_remove       (BtUtp             *utp,
                                      BtUtpList         *list,
                                      guint16            seq_nr);
/* A new packet at `next`; there is room for it. */
BtUtpSent  *bt_utp_sent_add          (BtUtp             *utp);
/* Into the flight, after its `n_sends` was counted, and out of it. */
void        bt_utp_sent_launch       (BtUtp             *utp,
                                      guint16            seq_nr);
void        bt_utp_sent_land         (BtUtp             *utp,
                                      guint16            seq_nr);
/* Out of the flight, and of all lists. */
void        bt_utp_sent_hush         (BtUtp             *utp,
                                      guint16            seq_nr);
/* From the flight, or from those nobody speaks of, to the lost. */
void        bt_utp_sent_lose         (BtUtp             *utp,
                                      guint16            seq_nr);
/* All of these; the lost are in order then, so that the first is sent again first. */
void        bt_utp_sent_lose_all     (BtUtp             *utp);

/* bt-utp-ack.c */
gboolean    bt_utp_is_ack_credible   (const BtUtp       *utp,
                                      guint16            ack_nr);
BtUtpEvents bt_utp_take_ack          (BtUtp             *utp,
                                      const BtUtpPacket *packet);
/* Looks for packets that others have overtaken. `told_nr`: the other side has spoken of those up to it, and of the
 * first in any case. */
void        bt_utp_find_losses       (BtUtp             *utp,
                                      guint16            told_nr);
/* A packet that was sent once, then, has been answered. */
void        bt_utp_note_round_trip   (BtUtp             *utp,
                                      gint64             sent_at_us);

G_END_DECLS
