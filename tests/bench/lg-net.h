/* lg-net.h - what the load generator's modes share: addresses, the loop, the handshake
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "lg-torrent.h"

#include <glib.h>
#include <netinet/in.h>
#include <sys/epoll.h>

G_BEGIN_DECLS

#define LG_HANDSHAKE_BYTES 68
#define LG_MAX_EVENTS      256

/* What the command line says; strings are borrowed. */
typedef struct
{
  LgTorrent          torrent;
  struct sockaddr_in listen;      /* seed: the first address */
  struct sockaddr_in connect;     /* sin_port 0: none */
  struct sockaddr_in from;        /* idle, take: the first local address; sin_family 0: any */
  gint64             n_peers;
  gint64             window;      /* take: requests in flight */
  gint64             limit_bytes; /* take: of each taker; 0: all */
  gint64             n_seconds;   /* 0: until done or told to stop */
  gboolean           has_all;     /* idle */
} LgOptions;

/* An address "A.B.C.D:PORT" or "A.B.C.D". */
gboolean lg_parse_address    (const char               *text,
                              struct sockaddr_in       *out_address);
/* The n-th address after `base`, same port. */
struct sockaddr_in
         lg_address_nth      (const struct sockaddr_in *base,
                              guint                     n);
/* Listens at `address`; its port is filled in. Ends the program on failure, as all set-up here does. */
int      lg_listen           (struct sockaddr_in       *address);
/* A non-blocking connection on its way; `from` is nullable. */
int      lg_connect          (const struct sockaddr_in *to,
                              const struct sockaddr_in *from);
void     lg_tune_socket      (int                       fd);
void     lg_watch            (int                       epoll_fd,
                              int                       fd,
                              int                       operation,
                              guint32                   events,
                              void                     *data);
/* TRUE after SIGTERM or SIGINT. */
gboolean lg_is_stopped       (void);
void     lg_catch_signals    (void);
/* Monotonic seconds, as Python's time.monotonic() counts them. */
double   lg_now              (void);

/* BEP 3's handshake with the bits of BEP 10, and of BEP 6 when `is_fast`; `number` makes the peer id. */
void     lg_write_handshake  (guint8                    out[LG_HANDSHAKE_BYTES],
                              const LgTorrent          *torrent,
                              guint                     number,
                              gboolean                  is_fast);
gboolean lg_is_handshake     (const guint8              bytes[LG_HANDSHAKE_BYTES],
                              const LgTorrent          *torrent);
gboolean lg_handshake_is_fast (const guint8             bytes[LG_HANDSHAKE_BYTES]);

guint32  lg_read_u32         (const guint8             *p);
void     lg_write_u32        (guint8                   *p,
                              guint32                   value);

/* The modes: each runs to its end and returns the exit status. */
int      lg_seed             (const LgOptions          *options);
int      lg_take             (const LgOptions          *options);
int      lg_idle             (const LgOptions          *options);

G_END_DECLS
