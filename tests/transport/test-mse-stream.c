/* test-mse-stream.c - encrypted streams: two of ours, and one against a counterpart that does it by hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "base/bt-random.h"
#include "transport/bt-mse-stream.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RW   (BT_STREAM_READABLE | BT_STREAM_WRITABLE)
#define BOTH (BT_MSE_PLAIN | BT_MSE_RC4)

/* What lies between the owner and the socket at most: bt-mse-stream.c's buffer. */
#define MAX_HELD_BYTES (64 * 1024)

static const guint8 info_hash[BT_SHA1_BYTES] = "the torrent we have";
static const guint8 other_hash[BT_SHA1_BYTES] = "one that is not here";

static Net net;
static guint n_lookups;

static void
set_up (void)
{
  net_set_up (&net);
  n_lookups = 0;
}

static void
tear_down (void)
{
  net_tear_down (&net);
}

static const guint8 *
look_up (gpointer      user_data,
         const guint8 *hash)
{
  guint8 ours[BT_SHA1_BYTES];

  n_lookups++;
  bt_mse_hash_torrent (info_hash, ours);
  return memcmp (hash, ours, sizeof ours) == 0 ? info_hash : NULL;
}

static void
make_sockets (int fds[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
}

static BtStream *
connect_over (int           fd,
              const guint8 *hash,
              guint         methods)
{
  return bt_mse_stream_connect (net.poller,
                                bt_tcp_stream_new (net.poller, net.clock, fd, NULL, TRUE),
                                hash, methods);
}

static BtStream *
accept_over (int          fd,
             const char  *received,
             gsize        n_received,
             guint        methods)
{
  return bt_mse_stream_accept (net.poller,
                               bt_tcp_stream_new (net.poller, net.clock, fd, NULL, FALSE),
                               (const guint8 *) received, n_received, methods, look_up, NULL);
}

static void
write_text (End        *end,
            const char *text)
{
  struct iovec iov = { (char *) text, strlen (text) };

  g_assert_cmpint (bt_stream_writev (end->stream, &iov, 1, NULL), ==, (gssize) iov.iov_len);
}

static void
assert_read (End        *end,
             const char *text)
{
  g_assert_cmpmem (end->sink->data, end->sink->len, text, strlen (text));
  g_byte_array_set_size (end->sink, 0);
}

/* Two of ours that have shaken hands. */
static void
make_pair (guint   offered,
           guint   allowed,
           End   **out_a,
           End   **out_b)
{
  int fds[2];

  make_sockets (fds);
  *out_a = net_add_end (connect_over (fds[0], info_hash, offered));
  *out_b = net_add_end (accept_over (fds[1], NULL, 0, allowed));
  (*out_a)->sink = g_byte_array_new ();
  (*out_b)->sink = g_byte_array_new ();
  net_settle (&net);
  g_assert_cmpuint ((*out_a)->n_connected, ==, 1);
  write_text (*out_a, "first");
  (*out_b)->reads = TRUE;
  bt_stream_set_wanted ((*out_b)->stream, BT_STREAM_READABLE);
  net_settle (&net);
  assert_read (*out_b, "first");
  g_assert_cmpuint (n_lookups, ==, 1);
}

static void
test_agreed (void)
{
  static const struct
  {
    guint       offered;
    guint       allowed;
    BtEncrypted encrypted;
  } cases[] = {
    { BOTH, BOTH, BT_ENCRYPTED_ALL },
    { BOTH, BT_MSE_RC4, BT_ENCRYPTED_ALL },
    { BT_MSE_RC4, BOTH, BT_ENCRYPTED_ALL },
    { BOTH, BT_MSE_PLAIN, BT_ENCRYPTED_HANDSHAKE },
    { BT_MSE_PLAIN, BOTH, BT_ENCRYPTED_HANDSHAKE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      End *a;
      End *b;

      set_up ();
      make_pair (cases[i].offered, cases[i].allowed, &a, &b);
      g_assert_cmpint (bt_stream_get_encrypted (a->stream), ==, cases[i].encrypted);
      g_assert_cmpint (bt_stream_get_encrypted (b->stream), ==, cases[i].encrypted);
      g_assert_true (bt_stream_is_outgoing (a->stream));
      g_assert_false (bt_stream_is_outgoing (b->stream));
      a->reads = TRUE;
      bt_stream_set_wanted (a->stream, BT_STREAM_READABLE);
      write_text (b, "answer");
      write_text (a, "second");
      write_text (a, ", third");
      net_settle (&net);
      assert_read (a, "answer");
      assert_read (b, "second, third");
      net_free_end (a);
      net_free_end (b);
      tear_down ();
    }
}

/* --- Much, both ways at once --- */

typedef struct
{
  BtStream *from;
  BtStream *to;
  guint8   *source;
  guint8   *sink;
  gsize     n_sent;
  gsize     n_received;
} Way;

#define WAY_BYTES (2 * 1024 * 1024)

static int
cut_oddly (BtRandom     *random,
           guint8       *bytes,
           gsize         left,
           struct iovec  out_iov[BT_STREAM_MAX_IOV])
{
  int n_iov = 1 + (int) bt_random_below (random, BT_STREAM_MAX_IOV);

  for (int i = 0; i < n_iov; i++)
    {
      gsize length = bt_random_below (random, i % 3 == 0 ? 20000 : 30);

      length = MIN (length, left);
      out_iov[i] = (struct iovec) { bytes, length };
      bytes += length;
      left -= length;
    }
  return n_iov;
}

static void
move (Way      *way,
      BtRandom *random)
{
  g_autoptr (GError) error = NULL;
  struct iovec iov[BT_STREAM_MAX_IOV];
  int n_iov = cut_oddly (random, way->source + way->n_sent, WAY_BYTES - way->n_sent, iov);

  way->n_sent += (gsize) bt_stream_writev (way->from, iov, n_iov, &error);
  g_assert_no_error (error);
  /* Slower than the writer, now and then. */
  if (bt_random_below (random, 4) == 0)
    return;
  n_iov = cut_oddly (random, way->sink + way->n_received, WAY_BYTES - way->n_received, iov);
  way->n_received += (gsize) bt_stream_readv (way->to, iov, n_iov, &error);
  g_assert_no_error (error);
}

static void
transfer (guint   methods,
          guint64 bps)
{
  BtLimit *limit;
  BtRandom random;
  Way ways[2];
  End *a;
  End *b;

  set_up ();
  bt_random_init (&random, 7);
  make_pair (methods, methods, &a, &b);
  b->reads = FALSE;
  bt_stream_set_wanted (b->stream, 0);
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, bps);
  bt_stream_set_limits (a->stream, (BtLimit *[]) { limit, NULL }, (BtLimit *[]) { limit, NULL });
  ways[0] = (Way) { a->stream, b->stream, g_malloc (WAY_BYTES), g_malloc0 (WAY_BYTES) };
  ways[1] = (Way) { b->stream, a->stream, g_malloc (WAY_BYTES), g_malloc0 (WAY_BYTES) };
  for (gsize i = 0; i < WAY_BYTES; i++)
    {
      ways[0].source[i] = (guint8) bt_random_next (&random);
      ways[1].source[i] = (guint8) bt_random_next (&random);
    }

  while (ways[0].n_received < WAY_BYTES || ways[1].n_received < WAY_BYTES)
    {
      move (&ways[0], &random);
      move (&ways[1], &random);
      g_main_context_iteration (net.context, FALSE);
      bt_clock_advance (net.clock, BT_MILLISECOND_US);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (memcmp (ways[i].source, ways[i].sink, WAY_BYTES), ==, 0);
      g_free (ways[i].source);
      g_free (ways[i].sink);
    }
  if (bps != 0)
    g_assert_cmpint (bt_clock_get_us (net.clock), >=,
                     BT_SECOND_US * 2 * WAY_BYTES / (gint64) bps * 97 / 100);
  net_free_end (a);
  net_free_end (b);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_bytes (void)
{
  transfer (BT_MSE_RC4, 0);
  transfer (BT_MSE_PLAIN, 0);
}

static void
test_bytes_limited (void)
{
  transfer (BT_MSE_RC4, 2000000);
  transfer (BT_MSE_PLAIN, 2000000);
}

/* Nobody reads: what is taken is what the socket takes and a bounded rest; and it goes on when somebody does. */
static void
test_slow_reader (void)
{
  guint64 n_plain;
  End *plain;
  End *a;
  End *b;

  set_up ();
  plain = net_add_pair (&net);
  plain->writes = TRUE;
  bt_stream_set_wanted (plain->stream, BT_STREAM_WRITABLE);
  net_settle (&net);
  n_plain = plain->n_written;
  net_free_end (plain);

  make_pair (BT_MSE_RC4, BT_MSE_RC4, &a, &b);
  b->n_read = 0;
  b->reads = FALSE;
  bt_stream_set_wanted (b->stream, 0);
  a->writes = TRUE;
  bt_stream_set_wanted (a->stream, BT_STREAM_WRITABLE);
  net_settle (&net);
  g_assert_cmpuint (a->n_written, >, MAX_HELD_BYTES);
  g_assert_cmpuint (a->n_written, <=, n_plain + MAX_HELD_BYTES);

  /* What it took goes out although the owner has nothing more to say. */
  bt_stream_set_wanted (a->stream, 0);
  b->reads = TRUE;
  bt_stream_set_wanted (b->stream, BT_STREAM_READABLE);
  net_settle (&net);
  g_assert_cmpuint (b->n_read, ==, a->n_written);
  a->n_writable = 0;
  a->writes = FALSE;
  bt_stream_set_wanted (a->stream, BT_STREAM_WRITABLE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (a->n_writable, ==, 1);
  net_free_end (a);
  net_free_end (b);
  tear_down ();
}

/* --- A counterpart by hand --- */

typedef struct
{
  BtMse *mse;     /* owned */
  BtRc4 *reader;  /* owned, nullable */
  BtRc4 *writer;  /* owned, nullable */
  int    fd;      /* borrowed */
} Far;

static void
far_init (Far     *far,
          int      fd,
          gboolean is_initiator)
{
  BtMseSecrets secrets = { .private_key = { 5 }, .n_pad = 100, .n_inner_pad = 30 };

  far->fd = fd;
  far->reader = far->writer = NULL;
  far->mse = is_initiator ? bt_mse_new_initiator (&secrets, info_hash, BOTH)
                          : bt_mse_new_responder (&secrets, BOTH);
}

static void
far_clear (Far *far)
{
  bt_mse_free (far->mse);
  bt_rc4_free (far->reader);
  bt_rc4_free (far->writer);
}

/* All that has come. */
static void
far_hear (Far *far)
{
  gsize n_room;
  guint8 *room = bt_mse_get_room (far->mse, &n_room);
  gssize n_bytes = recv (far->fd, room, n_room, MSG_DONTWAIT);

  g_assert_cmpint (n_bytes, >, 0);
  if (bt_mse_received (far->mse, (gsize) n_bytes) == BT_MSE_WANTS_TORRENT)
    bt_mse_set_torrent (far->mse, info_hash);
}

/* What the handshake says now, and with it `text`, encrypted. */
static void
far_say (Far        *far,
         const char *text)
{
  guint8 bytes[2 * BT_MSE_MAX_OUT_BYTES];
  gsize n_bytes = bt_mse_take_output (far->mse, bytes);

  if (bt_mse_get_verdict (far->mse) == BT_MSE_DONE && far->writer == NULL)
    {
      far->writer = bt_mse_steal_writer (far->mse);
      far->reader = bt_mse_steal_reader (far->mse);
    }
  if (text != NULL)
    {
      bt_rc4_apply (far->writer, (const guint8 *) text, bytes + n_bytes, strlen (text));
      n_bytes += strlen (text);
    }
  g_assert_cmpint (send (far->fd, bytes, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL), ==,
                   (gssize) n_bytes);
}

static void
assert_payload (Far        *far,
                const char *text)
{
  guint8 bytes[BT_MSE_MAX_IN_BYTES];
  gsize n_rest;
  const guint8 *rest = bt_mse_get_rest (far->mse, &n_rest);

  bt_rc4_apply (far->reader, rest, bytes, n_rest);
  g_assert_cmpmem (bytes, n_rest, text, strlen (text));
}

static End *
add_outgoing (Far *far)
{
  End *end;
  int fds[2];

  make_sockets (fds);
  end = net_add_end (connect_over (fds[0], info_hash, BOTH));
  end->sink = g_byte_array_new ();
  end->far_fd = fds[1];
  far_init (far, fds[1], FALSE);
  return end;
}

/* Until the other side has said which method it takes. */
static void
shake_hands (End *end,
             Far *far)
{
  net_settle (&net);
  far_hear (far);
  far_say (far, NULL);
  net_settle (&net);
  g_assert_cmpuint (end->n_connected, ==, 1);
  write_text (end, "payload");
  net_settle (&net);
  far_hear (far);
  g_assert_cmpint (bt_mse_get_verdict (far->mse), ==, BT_MSE_DONE);
}

/* The first bytes go along with the handshake: the other side has them before it has answered. */
static void
test_payload_goes_along (void)
{
  Far far;
  End *end;
  struct iovec more = { (char *) "more", 4 };

  set_up ();
  end = add_outgoing (&far);
  g_assert_cmpint (net_write (end, 10), ==, 0);
  net_settle (&net);
  g_assert_cmpuint (end->n_connected, ==, 0);
  g_assert_cmpint (net_write (end, 10), ==, 0);
  far_hear (&far);
  far_say (&far, NULL);
  net_settle (&net);
  g_assert_cmpuint (end->n_connected, ==, 1);

  /* Writable now, and after the first write no more. */
  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  g_main_context_iteration (net.context, FALSE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (end->n_writable, ==, 2);
  write_text (end, "payload");
  net_settle (&net);
  g_assert_cmpuint (end->n_writable, ==, 2);
  g_assert_cmpint (bt_stream_writev (end->stream, &more, 1, NULL), ==, 0);
  g_assert_cmpint (bt_stream_get_encrypted (end->stream), ==, BT_ENCRYPTED_UNDECIDED);

  far_hear (&far);
  g_assert_cmpint (bt_mse_get_verdict (far.mse), ==, BT_MSE_DONE);
  g_assert_cmpuint (bt_mse_get_n_payload (far.mse), ==, 7);
  far_say (&far, NULL);
  assert_payload (&far, "payload");
  g_main_context_iteration (net.context, FALSE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (end->n_writable, >, 2);
  g_assert_cmpint (bt_stream_get_encrypted (end->stream), ==, BT_ENCRYPTED_ALL);
  g_assert_cmpint (bt_stream_writev (end->stream, &more, 1, NULL), ==, 4);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* A first write that is longer than what may go along is cut, and goes on. */
static void
test_long_payload (void)
{
  Far far;
  End *end;

  set_up ();
  end = add_outgoing (&far);
  net_settle (&net);
  far_hear (&far);
  far_say (&far, NULL);
  net_settle (&net);
  g_assert_cmpint (net_write (end, 10000), ==, BT_MSE_MAX_PAYLOAD_BYTES);
  g_assert_cmpint (net_write (end, 10000), ==, 0);
  net_settle (&net);
  far_hear (&far);
  g_assert_cmpuint (bt_mse_get_n_payload (far.mse), ==, BT_MSE_MAX_PAYLOAD_BYTES);
  far_say (&far, NULL);
  net_settle (&net);
  g_assert_cmpint (net_write (end, 10000), ==, 10000);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* Bytes that came in one piece with the handshake are told of again and again, and read in any portions. */
static void
test_rest (void)
{
  Far far;
  End *end;

  set_up ();
  end = add_outgoing (&far);
  shake_hands (end, &far);
  far_say (&far, "right behind");
  net_settle (&net);
  g_assert_cmpuint (end->n_readable, ==, 0);
  bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
  for (guint i = 1; i <= 3; i++)
    {
      g_main_context_iteration (net.context, FALSE);
      g_assert_cmpuint (end->n_readable, >=, i);
    }
  g_assert_cmpint (net_read (end, 5), ==, 5);
  g_assert_cmpint (net_read (end, 100), ==, 7);
  assert_read (end, "right behind");
  end->n_readable = 0;
  net_settle (&net);
  g_assert_cmpuint (end->n_readable, ==, 0);
  end->reads = TRUE;
  far_say (&far, "later");
  net_settle (&net);
  assert_read (end, "later");
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* One that answers before it was asked, and does not stop: it must neither grow nor spin. */
static void
test_talkative_responder (void)
{
  static const guint8 noise[BT_MSE_MAX_IN_BYTES];
  Far far;
  End *end;

  set_up ();
  end = add_outgoing (&far);
  net_settle (&net);
  far_hear (&far);
  far_say (&far, NULL);
  while (send (far.fd, noise, sizeof noise, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
    continue;
  g_assert_cmpuint (net_settle (&net), <, 20);
  g_assert_cmpuint (end->n_connected, ==, 1);
  write_text (end, "payload");
  g_assert_cmpuint (net_settle (&net), <, 20);
  g_assert_cmpuint (end->n_failed, ==, 1);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* What the owner wants when the other side leaves, and whether something lies there already decrypted | what it is
 * told: as of any stream (test-stream.c). */
static void
test_end (void)
{
  static const struct
  {
    BtStreamEvents wanted;
    gboolean       has_rest;
    gboolean       is_failed;
    gboolean       is_answered;
  } cases[] = {
    { 0, FALSE, TRUE, FALSE },
    { BT_STREAM_READABLE, FALSE, FALSE, TRUE },
    { BT_STREAM_WRITABLE, FALSE, FALSE, TRUE },
    { RW, FALSE, FALSE, TRUE },
    { 0, TRUE, FALSE, FALSE },
    { BT_STREAM_READABLE, TRUE, FALSE, TRUE },
    { RW, TRUE, FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Far far;
      End *end;

      set_up ();
      end = add_outgoing (&far);
      shake_hands (end, &far);
      far_say (&far, cases[i].has_rest ? "the rest" : NULL);
      net_settle (&net);
      g_assert_cmpint (bt_stream_get_encrypted (end->stream), ==, BT_ENCRYPTED_ALL);
      end->reads = end->writes = TRUE;
      close (end->far_fd);
      end->far_fd = -1;
      bt_stream_set_wanted (end->stream, cases[i].wanted);
      g_assert_cmpuint (net_settle (&net), <, 20);
      g_test_message ("case %u", i);
      g_assert_cmpuint (end->n_failed, ==, cases[i].is_failed ? 1 : 0);
      g_assert_cmpint (end->error != NULL, ==, cases[i].is_answered);
      if (cases[i].wanted & BT_STREAM_READABLE)
        g_assert_error (end->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
      if (!cases[i].is_failed && !cases[i].is_answered)
        {
          bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
          g_assert_cmpuint (net_settle (&net), <, 20);
          g_assert_error (end->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
        }
      if (cases[i].wanted != BT_STREAM_WRITABLE)
        assert_read (end, cases[i].has_rest ? "the rest" : "");
      g_assert_nonnull (bt_stream_get_error (end->stream));
      g_assert_cmpint (net_read (end, 1), ==, -1);
      g_assert_cmpint (net_write (end, 1), ==, -1);
      bt_stream_set_wanted (end->stream, RW);
      g_assert_cmpuint (net_settle (&net), ==, 0);
      far_clear (&far);
      net_free_end (end);
      tear_down ();
    }
}

/* Who reads the rest without being asked to is told of the end afterwards. */
static void
test_end_after_rest (void)
{
  Far far;
  End *end;

  set_up ();
  end = add_outgoing (&far);
  shake_hands (end, &far);
  far_say (&far, "the rest");
  net_settle (&net);
  close (end->far_fd);
  end->far_fd = -1;
  net_settle (&net);
  g_assert_cmpuint (end->n_failed, ==, 0);
  g_assert_cmpint (net_read (end, 3), ==, 3);
  g_assert_cmpuint (net_settle (&net), <, 20);
  g_assert_cmpuint (end->n_failed, ==, 0);
  g_assert_cmpint (net_read (end, 100), ==, 5);
  g_assert_cmpuint (net_settle (&net), <, 20);
  g_assert_cmpuint (end->n_failed, ==, 1);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* A reader that waits for tokens when the other side leaves gets everything, although it could have written. */
static void
test_lost_while_limited (void)
{
  BtLimit *limit;
  End *a;
  End *b;
  guint64 n_sent;

  set_up ();
  limit = bt_limit_new (net.clock);
  make_pair (BT_MSE_RC4, BT_MSE_RC4, &a, &b);
  bt_limit_set_bps (limit, 100000);
  bt_stream_set_limits (b->stream, (BtLimit *[]) { limit, NULL }, NULL);
  b->n_read = 0;
  b->writes = TRUE;
  while (net_write (a, 10000) == 10000)
    net_settle (&net);
  n_sent = a->n_written;
  net_settle (&net);
  bt_stream_set_wanted (b->stream, RW);
  g_clear_pointer (&a->stream, bt_stream_free);
  for (guint i = 0; i < 1000 && b->error == NULL && b->n_failed == 0; i++)
    {
      net_settle (&net);
      bt_clock_advance (net.clock, 50 * BT_MILLISECOND_US);
    }
  g_assert_error (bt_stream_get_error (b->stream), G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (b->n_read, <=, n_sent);
  g_assert_cmpuint (b->n_read + MAX_HELD_BYTES, >=, n_sent);
  g_assert_cmpuint (b->n_read, >, 100000);
  net_free_end (a);
  net_free_end (b);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_freed_in_callback (void)
{
  static const BtStreamEvents events[] = { BT_STREAM_CONNECTED, BT_STREAM_READABLE,
                                           BT_STREAM_WRITABLE, BT_STREAM_FAILED };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      Far far;
      End *end;

      set_up ();
      end = add_outgoing (&far);
      if (events[i] == BT_STREAM_CONNECTED)
        {
          end->frees_itself = BT_STREAM_CONNECTED;
          net_settle (&net);
          far_hear (&far);
          far_say (&far, NULL);
        }
      else
        {
          shake_hands (end, &far);
          end->frees_itself = events[i];
          far_say (&far, events[i] == BT_STREAM_READABLE ? "rest" : NULL);
          if (events[i] == BT_STREAM_FAILED)
            {
              close (end->far_fd);
              end->far_fd = -1;
            }
          bt_stream_set_wanted (end->stream, events[i] & RW);
        }
      g_assert_cmpuint (net_settle (&net), <, 20);
      g_assert_null (end->stream);
      far_clear (&far);
      net_free_end (end);
      tear_down ();
    }
}

/* --- Those who do not understand, or not the same --- */

static void
test_plain_counterpart (void)
{
  static const char hello[68] = "\x13" "BitTorrent protocol";
  guint8 noise[BT_MSE_MAX_IN_BYTES];

  for (guint i = 0; i < 3; i++)
    {
      Far far;
      End *end;

      set_up ();
      end = add_outgoing (&far);
      net_settle (&net);
      memset (noise, 'x', sizeof noise);
      g_assert_cmpint (send (far.fd, hello, sizeof hello, 0), ==, (gssize) sizeof hello);
      net_settle (&net);
      g_assert_cmpuint (end->n_connected + end->n_failed, ==, 0);
      if (i == 0)
        {
          close (end->far_fd);
          end->far_fd = -1;
        }
      else
        {
          /* It goes on talking: that looks like a key, and is found out when the padding does not end. */
          g_assert_cmpint (send (far.fd, noise, i == 1 ? 100 : sizeof noise, 0), >, 0);
          net_settle (&net);
          g_assert_cmpuint (end->n_connected, ==, 1);
          write_text (end, "payload");
          if (i == 1)
            {
              close (end->far_fd);
              end->far_fd = -1;
            }
        }
      net_settle (&net);
      g_assert_cmpuint (end->n_failed, ==, 1);
      g_assert_cmpint (bt_stream_get_encrypted (end->stream), ==, BT_ENCRYPTED_UNDECIDED);
      far_clear (&far);
      net_free_end (end);
      tear_down ();
    }
}

static void
test_no_agreement (void)
{
  static const struct
  {
    const guint8 *hash;
    guint         offered;
    guint         allowed;
  } cases[] = {
    { other_hash, BOTH, BOTH },
    { info_hash, BT_MSE_RC4, BT_MSE_PLAIN },
    { info_hash, BT_MSE_PLAIN, BT_MSE_RC4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int fds[2];
      End *a;
      End *b;

      set_up ();
      make_sockets (fds);
      a = net_add_end (connect_over (fds[0], cases[i].hash, cases[i].offered));
      b = net_add_end (accept_over (fds[1], NULL, 0, cases[i].allowed));
      net_settle (&net);
      write_text (a, "first");
      net_settle (&net);
      g_assert_cmpuint (b->n_failed, ==, 1);
      g_assert_cmpuint (b->n_readable, ==, 0);
      g_assert_cmpuint (a->n_failed, ==, 0);
      net_free_end (b);
      net_settle (&net);
      g_assert_cmpuint (a->n_failed, ==, 1);
      net_free_end (a);
      tear_down ();
    }
}

/* Somebody else has read the beginning: every cut of an initiator's first bytes. */
static void
test_received_before (void)
{
  for (gsize n_received = 1; n_received <= 150; n_received++)
    {
      char first[BT_MSE_MAX_OUT_BYTES];
      gsize n_first;
      Far far;
      End *end;
      int fds[2];

      set_up ();
      make_sockets (fds);
      far_init (&far, fds[1], TRUE);
      n_first = bt_mse_take_output (far.mse, (guint8 *) first);
      g_assert_cmpuint (n_first, >=, n_received);
      end = net_add_end (accept_over (fds[0], first, n_received, BOTH));
      end->far_fd = fds[1];
      end->sink = g_byte_array_new ();
      end->reads = TRUE;
      bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
      g_assert_cmpuint (net_settle (&net), <, 10);
      if (n_first > n_received)
        g_assert_cmpint (send (far.fd, first + n_received, n_first - n_received, 0), ==,
                         (gssize) (n_first - n_received));
      net_settle (&net);
      far_hear (&far);
      g_assert_cmpint (bt_mse_get_verdict (far.mse), ==, BT_MSE_WANTS_PAYLOAD);
      bt_mse_set_payload (far.mse, (const guint8 *) "ours", 4);
      far_say (&far, NULL);
      net_settle (&net);
      assert_read (end, "ours");
      far_hear (&far);
      g_assert_cmpint (bt_mse_get_verdict (far.mse), ==, BT_MSE_DONE);
      far_clear (&far);
      net_free_end (end);
      tear_down ();
    }
}

static void
accepted_cb (BtStream *stream,
             gpointer  user_data)
{
  bt_stream_free (stream);
}

/* Over a real connection: CONNECTED waits for the handshake, and both addresses are known. */
static void
test_tcp (void)
{
  g_autoptr (GError) error = NULL;
  BtListenerConfig config = { .use_ipv4 = TRUE };
  BtListener *listener;
  BtStream *inner;
  End *end;

  set_up ();
  bt_address_parse ("127.0.0.1", 1, &config.bind4);
  listener = bt_listener_new (net.poller, net.clock, &config, accepted_cb, NULL, &error);
  g_assert_no_error (error);
  inner = net_connect (&net, "127.0.0.1", bt_listener_get_port (listener));
  end = net_add_end (bt_mse_stream_connect (net.poller, inner, info_hash, BOTH));
  g_assert_cmpuint (bt_stream_get_remote (end->stream)->port, ==, bt_listener_get_port (listener));
  net_wait (&net, &end->n_failed);
  g_assert_cmpuint (end->n_connected, ==, 0);
  g_assert_cmpint (bt_stream_get_local (end->stream)->family, ==, BT_FAMILY_IPV4);
  net_free_end (end);
  bt_listener_free (listener);
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transport/mse-stream/agreed", test_agreed);
  g_test_add_func ("/transport/mse-stream/bytes", test_bytes);
  g_test_add_func ("/transport/mse-stream/bytes-limited", test_bytes_limited);
  g_test_add_func ("/transport/mse-stream/slow-reader", test_slow_reader);
  g_test_add_func ("/transport/mse-stream/payload-goes-along", test_payload_goes_along);
  g_test_add_func ("/transport/mse-stream/long-payload", test_long_payload);
  g_test_add_func ("/transport/mse-stream/rest", test_rest);
  g_test_add_func ("/transport/mse-stream/talkative-responder", test_talkative_responder);
  g_test_add_func ("/transport/mse-stream/end", test_end);
  g_test_add_func ("/transport/mse-stream/end-after-rest", test_end_after_rest);
  g_test_add_func ("/transport/mse-stream/lost-while-limited", test_lost_while_limited);
  g_test_add_func ("/transport/mse-stream/freed-in-callback", test_freed_in_callback);
  g_test_add_func ("/transport/mse-stream/plain-counterpart", test_plain_counterpart);
  g_test_add_func ("/transport/mse-stream/no-agreement", test_no_agreement);
  g_test_add_func ("/transport/mse-stream/received-before", test_received_before);
  g_test_add_func ("/transport/mse-stream/tcp", test_tcp);

  return g_test_run ();
}
