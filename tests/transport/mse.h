/* mse.h - encrypted streams over socket pairs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "net.h"

#include "transport/bt-mse-stream.h"

G_BEGIN_DECLS

#define MSE_BOTH (BT_MSE_PLAIN | BT_MSE_RC4)

/* The torrent that those who are called have. */
extern const guint8 mse_info_hash[BT_SHA1_BYTES];
/* How often they were asked for one; the test sets it to 0. */
extern guint        mse_n_lookups;

void      mse_make_sockets (int           fds[2]);
BtStream *mse_connect      (Net          *net,
                            int           fd,
                            const guint8 *info_hash,
                            guint         methods);
BtStream *mse_accept       (Net          *net,
                            int           fd,
                            const char   *received,
                            gsize         n_received,
                            guint         methods);
/* All of it, in one call. */
void      mse_write        (End          *end,
                            const char   *text);
/* What has come since the last time. */
void      mse_assert_read  (End          *end,
                            const char   *text);

G_END_DECLS
