/* bt-utp-socket-private.h - what the files of the uTP socket share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream-private.h"
#include "bt-utp-socket.h"

G_BEGIN_DECLS

/* The kernel is asked to take so many datagrams at once. */
#define BT_UTP_SOCKET_BATCH        64
#define BT_UTP_COOKIE_SECRET_BYTES 16
#define BT_UTP_COOKIE_MAX_BEHIND   8

/* So many a second, and as many at once. */
typedef struct
{
  double n;
  gint64 at_us;
} BtUtpAllowance;

/* By what a packet's connection is found. */
typedef struct
{
  BtAddress address;
  guint16   receive_id;
  guint     hash;        /* of both, with the socket's key */
} BtUtpKey;

/* A connection. It has an owner from when it was dialled, or given away, until it is freed; then it lingers until the
 * other side knows. Only bt_utp_socket_flush_cb() destroys one, so that it can be met anywhere else.
 */
typedef struct
{
  BtStream     base;
  BtUtpSocket *socket;        /* borrowed */
  BtUtp       *utp;           /* owned */
  BtUtpKey     key;
  BtTimer      timer;
  GList        touched_link;  /* in `touched` while is_touched */
  GList        phase_link;    /* in `connecting`, or in `lingering` */
  BtAddress    local;         /* told when the connection stands */
  int          code;          /* errno: why it was given up, when we know better than `utp` */
  guint        has_owner : 1;
  guint        is_touched : 1;
  guint        is_newcomer : 1;  /* to be given away */
  guint        is_connecting : 1;
  guint        is_lingering : 1;
  guint        keeps_local : 1;  /* all goes from `local`, where the other side began it */
} BtUtpStream;

struct _BtUtpSocket
{
  /* Owned */
  GHashTable     *streams;     /* BtUtpKey in the stream → BtUtpStream, all there are */
  GHashTable     *origins;     /* BtAddress of one origin → how many it began */
  BtBlockPool    *pool;

  /* Borrowed */
  BtPoller       *poller;
  BtClock        *clock;
  BtUdp          *udp;         /* nullable */
  BtListenerFunc  func;        /* nullable */
  gpointer        user_data;
  BtUtpStream    *last;        /* nullable; whom the last packet was for */

  /* Values */
  BtPollTask      task;        /* bt_utp_socket_flush_cb() */
  GQueue          touched;     /* of BtUtpStream: something happened to it */
  GQueue          connecting;
  GQueue          lingering;   /* the longest first */
  guint64         keys[2];
  guint           n_incoming;
  guint           n_owned;
  BtUtpAllowance  resets;
  BtUtpAllowance  answers;
  guint8          secret[BT_UTP_COOKIE_SECRET_BYTES];
  guint64         n_answered;
  guint64         n_refused;
  guint64         n_resets;
  guint64         n_strays;

  /* What is about to be sent. */
  BtUtpStream    *senders[BT_UTP_SOCKET_BATCH];
  BtUtpDatagram   packets[BT_UTP_SOCKET_BATCH];
  BtUdpDatagram   datagrams[BT_UTP_SOCKET_BATCH];
  struct iovec    iov[BT_UTP_SOCKET_BATCH][1 + BT_UTP_MAX_SPANS];
};

/* bt-utp-socket.c */
/* Nullable. */
BtUtpStream *bt_utp_socket_look_up   (BtUtpSocket     *socket,
                                      const BtAddress *address,
                                      guint16          receive_id);
/* What the interface towards `remote` carries, and our address there. */
BtUtpConfig  bt_utp_socket_make_config (BtUtpSocket   *socket,
                                      const BtAddress *remote,
                                      BtAddress       *out_local);
/* Takes `utp`; nobody owns it yet. */
BtUtpStream *bt_utp_socket_add       (BtUtpSocket     *socket,
                                      BtUtp           *utp,
                                      const BtAddress *remote,
                                      const BtAddress *local);
/* FALSE: there were too many. */
gboolean     bt_utp_allowance_take   (BtUtpAllowance  *allowance,
                                      guint            per_second,
                                      gint64           now_us);
/* Forgets and frees it. */
void         bt_utp_socket_destroy   (BtUtpStream     *stream);
/* It is proven that somebody is at its address. */
void         bt_utp_socket_proven    (BtUtpStream     *stream);
/* Its owner let go. */
void         bt_utp_socket_orphan    (BtUtpStream     *stream);

/* bt-utp-admit.c */
void         bt_utp_socket_answer_syn (BtUtpSocket    *socket,
                                      const BtAddress *from,
                                      const BtAddress *local,
                                      const BtUtpPacket *syn);
/* A packet of no connection, not a SYN. FALSE: it does not belong to an answer of ours. */
gboolean     bt_utp_socket_admit     (BtUtpSocket     *socket,
                                      const BtAddress *from,
                                      const BtAddress *local,
                                      const BtUtpPacket *packet);
/* A connection that came from there has been added (1), or is gone (-1). */
void         bt_utp_socket_count_incoming (BtUtpSocket *socket,
                                      const BtAddress *address,
                                      int              change);

/* bt-utp-cookie.c */
/* Our first number towards `from`, for a SYN with this id and number: not to be guessed without the secret. */
guint16      bt_utp_cookie_make      (const guint8     secret[BT_UTP_COOKIE_SECRET_BYTES],
                                      const BtAddress *from,
                                      guint16          id,
                                      guint16          syn_nr,
                                      gint64           now_us);
/* How many packets the one with `seq_nr` is behind the SYN that was answered with `cookie`, not long ago; 0: none was,
 * or it is further behind than BT_UTP_COOKIE_MAX_BEHIND. */
guint        bt_utp_cookie_check     (const guint8     secret[BT_UTP_COOKIE_SECRET_BYTES],
                                      const BtAddress *from,
                                      guint16          id,
                                      guint16          seq_nr,
                                      guint16          cookie,
                                      gint64           now_us);

/* bt-utp-stream.c */
BtUtpStream *bt_utp_stream_new       (BtUtpSocket     *socket,
                                      BtUtp           *utp,
                                      const BtAddress *remote,
                                      const BtAddress *local);
/* Tells the owner of what holds now; it may free the stream. */
void         bt_utp_stream_tell      (BtUtpStream     *stream);
/* Whether the owner is to be told at the next turn, too. */
gboolean     bt_utp_stream_is_ready  (BtUtpStream     *stream);

/* bt-utp-flush.c */
/* Something happened to it: it is looked at before the loop sleeps. */
void         bt_utp_socket_touch     (BtUtpStream     *stream);
/* BtPollTaskFunc of a BtUtpSocket. */
void         bt_utp_socket_flush_cb  (gpointer         socket);
/* Sends what all that were touched have to send. FALSE: the kernel has no room. */
gboolean     bt_utp_socket_send      (BtUtpSocket     *socket);

G_END_DECLS
