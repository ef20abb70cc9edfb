/* bt-utp-socket-private.h - what the files of the uTP socket share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-stream-private.h"
#include "bt-utp-socket.h"

G_BEGIN_DECLS

/* The kernel is asked to take so many datagrams at once. */
#define BT_UTP_SOCKET_BATCH 64

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
  guint        is_embryonic : 1;
  guint        is_connecting : 1;
  guint        is_lingering : 1;
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
  guint           n_embryonic;
  guint           n_owned;
  double          reset_tokens;
  gint64          reset_at_us;
  guint64         n_refused;
  guint64         n_resets;
  guint64         n_strays;

  /* What is about to be sent. */
  BtUtpStream    *senders[BT_UTP_SOCKET_BATCH];
  BtUtpDatagram   packets[BT_UTP_SOCKET_BATCH];
  BtUdpDatagram   datagrams[BT_UTP_SOCKET_BATCH];
  struct iovec    iov[BT_UTP_SOCKET_BATCH][3];
};

/* bt-utp-socket.c */
/* Forgets and frees it. */
void         bt_utp_socket_destroy   (BtUtpStream     *stream);
/* It is proven that somebody is at its address. */
void         bt_utp_socket_proven    (BtUtpStream     *stream);
/* Its owner let go. */
void         bt_utp_socket_orphan    (BtUtpStream     *stream);

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
