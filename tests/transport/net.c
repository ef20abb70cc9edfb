/* net.c - a poller, a made-up clock and streams that count what they are told
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_TURNS 100000

static guint8 chunk[NET_CHUNK_BYTES];

void
net_set_up (Net *net)
{
  g_autoptr (GError) error = NULL;

  net->context = g_main_context_new ();
  net->poller = bt_poller_new (net->context, &error);
  g_assert_no_error (error);
  net->clock = bt_clock_new_manual (net->context, 0);
}

void
net_tear_down (Net *net)
{
  bt_poller_free (net->poller);
  bt_clock_free (net->clock);
  g_main_context_unref (net->context);
}

guint
net_settle (Net *net)
{
  guint n_turns = 0;

  while (g_main_context_iteration (net->context, FALSE))
    g_assert_cmpuint (++n_turns, <, MAX_TURNS);
  return n_turns;
}

void
net_wait (Net         *net,
          const guint *flag)
{
  while (*flag == 0)
    g_main_context_iteration (net->context, TRUE);
}

gssize
net_read (End   *end,
          gsize  n_bytes)
{
  struct iovec iov = { chunk, MIN (n_bytes, sizeof chunk) };
  gssize n_read;

  g_clear_error (&end->error);
  n_read = bt_stream_readv (end->stream, &iov, 1, &end->error);
  g_assert_cmpint (n_read, <=, (gssize) iov.iov_len);
  g_assert_cmpint (n_read < 0, ==, end->error != NULL);
  if (n_read > 0)
    {
      end->n_read += (guint64) n_read;
      if (end->sink != NULL)
        g_byte_array_append (end->sink, chunk, (guint) n_read);
    }
  return n_read;
}

gssize
net_write (End   *end,
           gsize  n_bytes)
{
  struct iovec iov = { chunk, MIN (n_bytes, sizeof chunk) };
  gssize n_written;

  g_clear_error (&end->error);
  n_written = bt_stream_writev (end->stream, &iov, 1, &end->error);
  g_assert_cmpint (n_written, <=, (gssize) iov.iov_len);
  g_assert_cmpint (n_written < 0, ==, end->error != NULL);
  if (n_written > 0)
    end->n_written += (guint64) n_written;
  return n_written;
}

static void
stream_cb (BtStream       *stream,
           BtStreamEvents  events,
           gpointer        user_data)
{
  End *end = user_data;

  g_assert_true (stream == end->stream);
  g_assert_cmpuint (end->n_failed, ==, 0);
  if (events & BT_STREAM_CONNECTED)
    {
      g_assert_cmpuint (end->n_connected + end->n_readable + end->n_writable, ==, 0);
      end->n_connected++;
    }
  if (events & BT_STREAM_READABLE)
    end->n_readable++;
  if (events & BT_STREAM_WRITABLE)
    end->n_writable++;
  if (events & BT_STREAM_FAILED)
    {
      g_assert_nonnull (bt_stream_get_error (stream));
      end->n_failed++;
    }
  if (events & end->frees_itself)
    {
      g_clear_pointer (&end->stream, bt_stream_free);
      return;
    }
  if ((events & BT_STREAM_READABLE) && end->reads)
    while (net_read (end, sizeof chunk) > 0)
      continue;
  if ((events & BT_STREAM_WRITABLE) && end->writes)
    while (net_write (end, sizeof chunk) > 0)
      continue;
}

End *
net_add_end (BtStream *stream)
{
  End *end = g_new0 (End, 1);

  end->stream = stream;
  end->far_fd = -1;
  if (stream != NULL)
    bt_stream_set_func (stream, stream_cb, end);
  return end;
}

End *
net_add_pair (Net *net)
{
  End *end;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  end = net_add_end (bt_tcp_stream_new (net->poller, net->clock, fds[0], NULL, FALSE));
  g_assert_nonnull (end->stream);
  end->far_fd = fds[1];
  return end;
}

void
net_free_end (End *end)
{
  bt_stream_free (end->stream);
  if (end->far_fd != -1)
    close (end->far_fd);
  g_clear_pointer (&end->sink, g_byte_array_unref);
  g_clear_error (&end->error);
  g_free (end);
}

guint64
net_fill (End *end)
{
  guint64 sum = 0;
  gssize n_bytes;

  while ((n_bytes = send (end->far_fd, chunk, 65536, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
    sum += (guint64) n_bytes;
  g_assert_true (errno == EAGAIN);
  return sum;
}

guint64
net_drain (End *end)
{
  guint64 sum = 0;
  gssize n_bytes;

  while ((n_bytes = recv (end->far_fd, chunk, sizeof chunk, MSG_DONTWAIT)) > 0)
    sum += (guint64) n_bytes;
  return sum;
}

BtStream *
net_connect (Net        *net,
             const char *ip,
             guint16     port)
{
  g_autoptr (GError) error = NULL;
  BtAddress remote;
  BtStream *stream;

  g_assert_true (bt_address_parse (ip, port, &remote));
  remote.port = port;
  stream = bt_tcp_connect (net->poller, net->clock, &remote, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (stream);
  g_assert_true (bt_stream_is_outgoing (stream));
  return stream;
}
