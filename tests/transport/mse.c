/* mse.c - encrypted streams over socket pairs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "mse.h"

#include <string.h>
#include <sys/socket.h>

const guint8 mse_info_hash[BT_SHA1_BYTES] = "the torrent we have";
guint mse_n_lookups;

static const guint8 *
look_up (gpointer      user_data,
         const guint8 *hash)
{
  guint8 ours[BT_SHA1_BYTES];

  mse_n_lookups++;
  bt_mse_hash_torrent (mse_info_hash, ours);
  return memcmp (hash, ours, sizeof ours) == 0 ? mse_info_hash : NULL;
}

void
mse_make_sockets (int fds[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
}

BtStream *
mse_connect (Net          *net,
             int           fd,
             const guint8 *info_hash,
             guint         methods)
{
  return bt_mse_stream_connect (net->poller,
                                bt_tcp_stream_new (net->poller, net->clock, fd, NULL, TRUE),
                                info_hash, methods);
}

BtStream *
mse_accept (Net        *net,
            int         fd,
            const char *received,
            gsize       n_received,
            guint       methods)
{
  return bt_mse_stream_accept (net->poller,
                               bt_tcp_stream_new (net->poller, net->clock, fd, NULL, FALSE),
                               (const guint8 *) received, n_received, methods, look_up, NULL);
}

void
mse_write (End        *end,
           const char *text)
{
  struct iovec iov = { (char *) text, strlen (text) };

  g_assert_cmpint (bt_stream_writev (end->stream, &iov, 1, NULL), ==, (gssize) iov.iov_len);
}

void
mse_assert_read (End        *end,
                 const char *text)
{
  g_assert_cmpmem (end->sink->data, end->sink->len, text, strlen (text));
  g_byte_array_set_size (end->sink, 0);
}
