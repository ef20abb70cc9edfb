/* test-stream.c - streams over socket pairs: bytes, wishes, ends, limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "net.h"

#include "base/bt-random.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RW (BT_STREAM_READABLE | BT_STREAM_WRITABLE)

static Net net;

static void
set_up (void)
{
  net_set_up (&net);
}

static void
tear_down (void)
{
  net_tear_down (&net);
}

/* Fills up to `max_iov` vectors of odd sizes, empty ones among them, that cover `left` bytes or fewer. */
static int
cut_oddly (BtRandom     *random,
           guint8       *bytes,
           gsize         left,
           int           max_iov,
           struct iovec *out_iov)
{
  int n_iov = 1 + (int) bt_random_below (random, (guint32) max_iov);

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

/* Megabytes through vectors of odd sizes, from stream to stream, with and without limits. */
static void
transfer (guint64 bps)
{
  enum { N_BYTES = 4 * 1024 * 1024 };
  g_autofree guint8 *source = g_malloc (N_BYTES);
  g_autofree guint8 *sink = g_malloc0 (N_BYTES);
  struct iovec iov[100];
  gsize n_sent = 0;
  gsize n_received = 0;
  BtLimit *limit;
  BtRandom random;
  int fds[2];
  BtStream *a;
  BtStream *b;

  set_up ();
  bt_random_init (&random, 7);
  for (gsize i = 0; i < N_BYTES; i++)
    source[i] = (guint8) bt_random_next (&random);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  a = bt_tcp_stream_new (net.poller, net.clock, fds[0], NULL, TRUE);
  b = bt_tcp_stream_new (net.poller, net.clock, fds[1], NULL, FALSE);
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, bps);
  bt_stream_set_limits (a, NULL, (BtLimit *[]) { limit, NULL });
  bt_stream_set_limits (b, (BtLimit *[]) { limit, NULL }, NULL);

  for (guint turn = 0; n_received < N_BYTES; turn++)
    {
      g_autoptr (GError) error = NULL;
      gsize left = N_BYTES - n_sent;
      int n_iov = cut_oddly (&random, source + n_sent, left, turn % 2 ? 3 : 100, iov);
      gssize n_bytes = bt_stream_writev (a, iov, n_iov, &error);

      g_assert_no_error (error);
      g_assert_cmpint (n_bytes, <=, (gssize) left);
      n_sent += (gsize) n_bytes;
      left = N_BYTES - n_received;
      n_iov = cut_oddly (&random, sink + n_received, left, turn % 2 ? 100 : 3, iov);
      n_bytes = bt_stream_readv (b, iov, n_iov, &error);
      g_assert_no_error (error);
      g_assert_cmpint (n_bytes, <=, (gssize) left);
      n_received += (gsize) n_bytes;
      bt_clock_advance (net.clock, BT_MILLISECOND_US);
    }
  g_assert_cmpint (memcmp (source, sink, N_BYTES), ==, 0);
  if (bps != 0)
    g_assert_cmpint (bt_clock_get_us (net.clock), >=,
                     BT_SECOND_US * 2 * N_BYTES / (gint64) bps * 97 / 100);

  bt_stream_free (a);
  bt_stream_free (b);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_bytes (void)
{
  transfer (0);
}

static void
test_bytes_limited (void)
{
  transfer (1000000);
}

/* Vectors without bytes are neither an end nor a fault. */
static void
test_nothing_asked (void)
{
  End *end;
  struct iovec empty = { NULL, 0 };

  set_up ();
  end = net_add_pair (&net);
  g_assert_cmpint (bt_stream_readv (end->stream, &empty, 1, NULL), ==, 0);
  g_assert_cmpint (bt_stream_readv (end->stream, NULL, 0, NULL), ==, 0);
  g_assert_cmpint (bt_stream_writev (end->stream, &empty, 1, NULL), ==, 0);
  net_fill (end);
  g_assert_cmpint (bt_stream_readv (end->stream, &empty, 1, NULL), ==, 0);
  g_assert_null (bt_stream_get_error (end->stream));
  net_free_end (end);
  tear_down ();
}

/* More vectors than one call takes: the first of them, with and without a limit that cuts them. */
static void
test_many_vectors (void)
{
  guint8 bytes[BT_STREAM_MAX_IOV + 10];
  struct iovec iov[BT_STREAM_MAX_IOV + 10];
  BtLimit *limit;
  End *end;

  set_up ();
  limit = bt_limit_new (net.clock);
  end = net_add_pair (&net);
  net_fill (end);
  for (guint i = 0; i < G_N_ELEMENTS (iov); i++)
    iov[i] = (struct iovec) { bytes + i, 1 };
  g_assert_cmpint (bt_stream_readv (end->stream, iov, G_N_ELEMENTS (iov), NULL), ==,
                   BT_STREAM_MAX_IOV);
  bt_limit_set_bps (limit, 70);
  bt_stream_set_limits (end->stream, (BtLimit *[]) { limit, NULL }, NULL);
  bt_clock_advance (net.clock, BT_SECOND_US);
  g_assert_cmpint (bt_stream_readv (end->stream, iov, G_N_ELEMENTS (iov), NULL), ==,
                   BT_STREAM_MAX_IOV);
  g_assert_cmpint (bt_stream_readv (end->stream, iov, G_N_ELEMENTS (iov), NULL), ==,
                   70 - BT_STREAM_MAX_IOV);
  g_assert_cmpint (bt_stream_readv (end->stream, iov, G_N_ELEMENTS (iov), NULL), ==, 0);
  net_free_end (end);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_wanted (void)
{
  End *end;

  set_up ();
  end = net_add_pair (&net);
  g_assert_cmpuint (net_settle (&net), ==, 0);
  net_fill (end);
  g_assert_cmpuint (net_settle (&net), ==, 0);

  bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
  g_main_context_iteration (net.context, FALSE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (end->n_readable, ==, 2);
  g_assert_cmpuint (end->n_writable, ==, 0);

  bt_stream_set_wanted (end->stream, RW);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (end->n_readable, ==, 3);
  g_assert_cmpuint (end->n_writable, ==, 1);

  bt_stream_set_wanted (end->stream, BT_STREAM_WRITABLE);
  g_main_context_iteration (net.context, FALSE);
  g_assert_cmpuint (end->n_readable, ==, 3);
  g_assert_cmpuint (end->n_writable, ==, 2);

  bt_stream_set_wanted (end->stream, 0);
  g_assert_cmpuint (net_settle (&net), ==, 0);

  end->reads = end->writes = TRUE;
  bt_stream_set_wanted (end->stream, RW);
  net_settle (&net);
  g_assert_cmpuint (end->n_read, >, 0);
  g_assert_cmpuint (end->n_written, >, 0);
  /* Full: writable again only when the far end has read. */
  end->n_writable = 0;
  g_assert_cmpuint (net_settle (&net), ==, 0);
  g_assert_cmpuint (net_drain (end), ==, end->n_written);
  net_settle (&net);
  g_assert_cmpuint (end->n_writable, >, 0);
  net_free_end (end);
  tear_down ();
}

/* What is wanted when the other side leaves, with or without unread bytes | what the owner is told. A negative
 * answer of a call ends it as FAILED does; one of the two comes, once.
 */
static void
test_end (void)
{
  static const struct
  {
    BtStreamEvents wanted;
    gboolean       has_unread;
    gboolean       is_failed;
    gboolean       is_answered;
  } cases[] = {
    { 0, FALSE, TRUE, FALSE },
    { BT_STREAM_READABLE, FALSE, FALSE, TRUE },
    { BT_STREAM_WRITABLE, FALSE, FALSE, TRUE },
    { RW, FALSE, FALSE, TRUE },
    { 0, TRUE, FALSE, FALSE },
    { BT_STREAM_READABLE, TRUE, FALSE, TRUE },
    { BT_STREAM_WRITABLE, TRUE, FALSE, TRUE },
    { RW, TRUE, FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 n_filled = 0;
      End *end;

      set_up ();
      end = net_add_pair (&net);
      end->reads = end->writes = TRUE;
      if (cases[i].has_unread)
        n_filled = net_fill (end);
      close (end->far_fd);
      end->far_fd = -1;
      bt_stream_set_wanted (end->stream, cases[i].wanted);
      /* No more than some turns: nobody spins. */
      g_assert_cmpuint (net_settle (&net), <, 20);
      g_assert_cmpuint (end->n_failed, ==, cases[i].is_failed ? 1 : 0);
      g_assert_cmpint (end->error != NULL, ==, cases[i].is_answered);
      if (cases[i].wanted & BT_STREAM_READABLE)
        {
          g_assert_error (end->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
          g_assert_cmpuint (end->n_read, ==, n_filled);
        }
      else if (cases[i].is_answered)
        g_assert_error (end->error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);

      /* Who did not want to read was not told; it can still read the rest. */
      if (!cases[i].is_failed && !cases[i].is_answered)
        {
          bt_stream_set_wanted (end->stream, RW);
          g_assert_cmpuint (net_settle (&net), <, 20);
          g_assert_cmpuint (end->n_read, ==, n_filled);
          g_assert_error (end->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
        }

      /* Dead: every call says so, nothing is reported. */
      g_assert_nonnull (bt_stream_get_error (end->stream));
      g_assert_cmpint (net_read (end, 1), ==, -1);
      g_assert_cmpint (net_write (end, 1), ==, -1);
      bt_stream_set_wanted (end->stream, RW);
      g_assert_cmpuint (net_settle (&net), ==, 0);
      g_assert_cmpuint (bt_stream_get_rtt_us (end->stream), ==, 0);
      net_free_end (end);
      tear_down ();
    }
}

static void
test_freed_in_callback (void)
{
  static const struct
  {
    BtStreamEvents wanted;
    BtStreamEvents frees_itself;
  } cases[] = {
    { BT_STREAM_READABLE, BT_STREAM_READABLE },
    { BT_STREAM_WRITABLE, BT_STREAM_WRITABLE },
    { RW, RW },
    { 0, BT_STREAM_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      End *end;

      set_up ();
      end = net_add_pair (&net);
      end->frees_itself = cases[i].frees_itself;
      bt_stream_set_wanted (end->stream, cases[i].wanted);
      if (cases[i].wanted != 0)
        {
          net_fill (end);
        }
      else
        {
          close (end->far_fd);
          end->far_fd = -1;
        }
      g_assert_cmpuint (net_settle (&net), <, 5);
      g_assert_null (end->stream);
      net_free_end (end);
      tear_down ();
    }
}

/* One step of simulated time: the far ends keep all streams fed (or emptied) meanwhile. */
static void
step (End   **ends,
      guint   n_ends,
      gint64  by_us)
{
  gboolean has_moved = TRUE;

  bt_clock_advance (net.clock, by_us);
  while (has_moved)
    {
      has_moved = net_settle (&net) > 0;
      for (guint i = 0; i < n_ends; i++)
        {
          guint64 n_bytes = ends[i]->writes ? net_drain (ends[i]) : net_fill (ends[i]);

          has_moved |= n_bytes > 0;
        }
    }
}

static void
run (End   **ends,
     guint   n_ends,
     gint64  time_us)
{
  for (gint64 left_us = time_us; left_us > 0; left_us -= 10 * BT_MILLISECOND_US)
    step (ends, n_ends, 10 * BT_MILLISECOND_US);
}

static guint64
get_sum (End   **ends,
         guint   n_ends)
{
  guint64 sum = 0;

  for (guint i = 0; i < n_ends; i++)
    {
      sum += ends[i]->n_read + ends[i]->n_written;
      ends[i]->n_read = ends[i]->n_written = 0;
    }
  return sum;
}

static void
assert_near (guint64 value,
             guint64 expected,
             guint   percent)
{
  g_assert_cmpuint (value, >=, expected - expected * percent / 100);
  g_assert_cmpuint (value, <=, expected + expected * percent / 100);
}

static void
add_limited_ends (End           **ends,
                  guint           n_ends,
                  BtLimit *const *limits,
                  gboolean        writes)
{
  for (guint i = 0; i < n_ends; i++)
    {
      ends[i] = net_add_pair (&net);
      ends[i]->writes = writes;
      ends[i]->reads = !writes;
      bt_stream_set_limits (ends[i]->stream, writes ? NULL : limits, writes ? limits : NULL);
      bt_stream_set_wanted (ends[i]->stream, writes ? BT_STREAM_WRITABLE : BT_STREAM_READABLE);
    }
}

static void
free_ends (End   **ends,
           guint   n_ends)
{
  for (guint i = 0; i < n_ends; i++)
    net_free_end (ends[i]);
}

/* Bytes of every simulated second, and everybody's part of all of them. */
static void
test_rate (void)
{
  static const struct
  {
    guint64  bps;
    guint    n_ends;
    gboolean writes;
    guint    fair_percent;
  } cases[] = {
    { 20000, 1, FALSE, 3 },     { 20000, 1, TRUE, 3 },
    { 100000, 10, FALSE, 10 },  { 100000, 10, TRUE, 10 },
    { 1000000, 10, FALSE, 5 },  { 1000000, 10, TRUE, 5 },
    /* A share is more than a socket pair holds: who is fed first comes first. */
    { 50000000, 3, FALSE, 25 }, { 50000000, 3, TRUE, 25 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n_ends = cases[i].n_ends;
      guint64 shares[10] = { 0 };
      End *ends[10];
      BtLimit *limit;

      set_up ();
      limit = bt_limit_new (net.clock);
      bt_limit_set_bps (limit, cases[i].bps);
      add_limited_ends (ends, n_ends, (BtLimit *[]) { limit, NULL }, cases[i].writes);
      run (ends, n_ends, BT_SECOND_US);
      get_sum (ends, n_ends);
      for (guint second = 0; second < 8; second++)
        {
          run (ends, n_ends, BT_SECOND_US);
          for (guint j = 0; j < n_ends; j++)
            shares[j] += ends[j]->n_read + ends[j]->n_written;
          assert_near (get_sum (ends, n_ends), cases[i].bps, 3);
        }
      for (guint j = 0; j < n_ends; j++)
        assert_near (shares[j], cases[i].bps * 8 / n_ends, cases[i].fair_percent);
      g_assert_true (bt_limit_is_busy (limit));
      free_ends (ends, n_ends);
      bt_limit_free (limit);
      tear_down ();
    }
}

/* Waiting costs no turns of the loop, although there is always something to read. */
static void
test_waits_quietly (void)
{
  static const guint64 rates[] = { 1, 1000, 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      End *ends[4];
      BtLimit *limit;
      guint n_calls = 0;

      set_up ();
      limit = bt_limit_new (net.clock);
      bt_limit_set_bps (limit, rates[i]);
      add_limited_ends (ends, 4, (BtLimit *[]) { limit, NULL }, FALSE);
      run (ends, 4, 10 * BT_SECOND_US);
      for (guint j = 0; j < 4; j++)
        n_calls += ends[j]->n_readable;
      /* Two calls each at first; then one for each share dealt, at most 20 rounds a second. */
      g_assert_cmpuint (n_calls, <=, 8 + 10 * 20 * 4);
      if (rates[i] == 1)
        g_assert_cmpuint (n_calls, <=, 8 + 10);
      g_assert_cmpuint (get_sum (ends, 4), >=, rates[i] * 9);
      free_ends (ends, 4);
      bt_limit_free (limit);
      tear_down ();
    }
}

/* Who gets less than it asked for waits at once: no wake-up is spent on finding out. Who wants nothing any more
 * leaves the line, and the next one has its share.
 */
static void
test_line (void)
{
  const BtStreamEvents ways[] = { BT_STREAM_READABLE, BT_STREAM_WRITABLE };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      End *ends[2];
      BtLimit *limit;

      set_up ();
      limit = bt_limit_new (net.clock);
      bt_limit_set_bps (limit, 1000000);
      add_limited_ends (ends, 2, (BtLimit *[]) { limit, NULL }, ways[i] == BT_STREAM_WRITABLE);
      step (ends, 2, 50 * BT_MILLISECOND_US);
      g_assert_cmpuint (get_sum (ends, 2), ==, 50000);
      bt_stream_set_wanted (ends[0]->stream, 0);
      step (ends, 2, 50 * BT_MILLISECOND_US);
      g_assert_cmpuint (get_sum (ends, 2), ==, 50000);

      ends[1]->reads = ends[1]->writes = FALSE;
      bt_clock_advance (net.clock, 50 * BT_MILLISECOND_US);
      g_main_context_iteration (net.context, FALSE);
      if (ways[i] == BT_STREAM_READABLE)
        g_assert_cmpint (net_read (ends[1], 200000), ==, 50000);
      else
        g_assert_cmpint (net_write (ends[1], 200000), ==, 50000);
      g_assert_cmpuint (net_settle (&net), ==, 0);
      free_ends (ends, 2);
      bt_limit_free (limit);
      tear_down ();
    }
}

static void
test_chain (void)
{
  End *ends[2];
  BtLimit *engine;
  BtLimit *peer;

  set_up ();
  engine = bt_limit_new (net.clock);
  peer = bt_limit_new (net.clock);
  bt_limit_set_bps (engine, 1000000);
  bt_limit_set_bps (peer, 200000);
  add_limited_ends (ends, 1, (BtLimit *[]) { engine, NULL }, FALSE);
  add_limited_ends (ends + 1, 1, (BtLimit *[]) { engine, peer, NULL }, FALSE);
  run (ends, 2, BT_SECOND_US);
  get_sum (ends, 2);
  run (ends, 2, 5 * BT_SECOND_US);
  assert_near (ends[0]->n_read, 4000000, 3);
  assert_near (ends[1]->n_read, 1000000, 3);

  /* Limits lifted, set and exchanged while both wait. */
  bt_limit_set_bps (peer, 0);
  get_sum (ends, 2);
  run (ends, 2, 5 * BT_SECOND_US);
  assert_near (ends[0]->n_read, 2500000, 5);
  assert_near (ends[1]->n_read, 2500000, 5);
  bt_stream_set_limits (ends[1]->stream, (BtLimit *[]) { peer, NULL }, NULL);
  bt_limit_set_bps (peer, 300000);
  get_sum (ends, 2);
  run (ends, 2, 5 * BT_SECOND_US);
  assert_near (ends[0]->n_read, 5000000, 3);
  assert_near (ends[1]->n_read, 1500000, 3);
  bt_stream_set_limits (ends[1]->stream, NULL, NULL);
  free_ends (ends, 2);
  bt_limit_free (engine);
  bt_limit_free (peer);
  tear_down ();
}

static void
test_change (void)
{
  static const guint64 rates[] = { 100000, 1000000, 1, 50000, 0, 200000 };
  End *ends[3];
  BtLimit *limit;

  set_up ();
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, rates[0]);
  add_limited_ends (ends, 3, (BtLimit *[]) { limit, NULL }, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      bt_limit_set_bps (limit, rates[i]);
      if (rates[i] == 0)
        {
          /* Without a limit the far ends would be emptied for ever. */
          get_sum (ends, 3);
          net_settle (&net);
          g_assert_cmpuint (get_sum (ends, 3), >, 300000);
          continue;
        }
      run (ends, 3, 100 * BT_MILLISECOND_US);
      get_sum (ends, 3);
      run (ends, 3, 2 * BT_SECOND_US);
      if (rates[i] == 1)
        g_assert_cmpuint (get_sum (ends, 3), <=, 3);
      else
        assert_near (get_sum (ends, 3), rates[i] * 2, 8);
    }
  free_ends (ends, 3);
  bt_limit_free (limit);
  tear_down ();
}

static void
test_freed_while_waiting (void)
{
  End *ends[6];
  BtLimit *limit;

  set_up ();
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, 100000);
  add_limited_ends (ends, 3, (BtLimit *[]) { limit, NULL }, FALSE);
  add_limited_ends (ends + 3, 3, (BtLimit *[]) { limit, NULL }, TRUE);
  run (ends, 6, BT_SECOND_US);
  for (guint i = 0; i < 5; i++)
    g_clear_pointer (&ends[i]->stream, bt_stream_free);
  get_sum (ends, 6);
  run (ends + 5, 1, 2 * BT_SECOND_US);
  assert_near (get_sum (ends, 6), 200000, 5);
  free_ends (ends, 6);
  /* Asserts that nobody stands in its line. */
  bt_limit_free (limit);
  tear_down ();
}

/* The other side leaves while the stream waits for tokens: the rest is read as tokens come, then the end; a
 * writer is told when there is nothing to read.
 */
static void
test_end_while_waiting (void)
{
  static const BtStreamEvents cases[] = { BT_STREAM_READABLE, RW, BT_STREAM_WRITABLE };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean reads = (cases[i] & BT_STREAM_READABLE) != 0;
      guint64 n_filled = 0;
      BtLimit *limit;
      End *end;

      set_up ();
      limit = bt_limit_new (net.clock);
      bt_limit_set_bps (limit, 50000);
      end = net_add_pair (&net);
      end->reads = end->writes = TRUE;
      bt_stream_set_limits (end->stream, (BtLimit *[]) { limit, NULL },
                            cases[i] == RW ? NULL : (BtLimit *[]) { limit, NULL });
      if (reads)
        n_filled = net_fill (end);
      bt_stream_set_wanted (end->stream, cases[i]);
      net_settle (&net);
      g_assert_true (bt_limit_is_busy (limit));
      net_drain (end);
      close (end->far_fd);
      end->far_fd = -1;

      g_assert_cmpuint (net_settle (&net), <, 5);
      g_assert_cmpuint (end->n_failed, ==, reads ? 0 : 1);
      for (guint j = 0; bt_stream_get_error (end->stream) == NULL && j < 1000; j++)
        {
          bt_clock_advance (net.clock, 50 * BT_MILLISECOND_US);
          g_assert_cmpuint (net_settle (&net), <, 5);
        }
      g_assert_cmpuint (end->n_read, ==, n_filled);
      g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR, G_IO_ERROR_CLOSED);
      /* Told once: by a call, or else by FAILED. */
      g_assert_cmpuint (end->n_failed, ==, end->error == NULL ? 1 : 0);
      net_free_end (end);
      bt_limit_free (limit);
      tear_down ();
    }
}

/* After a pause no more comes at once than the limit holds. */
static void
test_burst (void)
{
  End *ends[5];
  BtLimit *limit;

  set_up ();
  limit = bt_limit_new (net.clock);
  bt_limit_set_bps (limit, 200000);
  add_limited_ends (ends, 5, (BtLimit *[]) { limit, NULL }, FALSE);
  run (ends, 5, BT_SECOND_US);
  for (guint i = 0; i < 5; i++)
    bt_stream_set_wanted (ends[i]->stream, 0);
  bt_clock_advance (net.clock, 60 * BT_SECOND_US);
  for (guint i = 0; i < 5; i++)
    bt_stream_set_wanted (ends[i]->stream, BT_STREAM_READABLE);
  get_sum (ends, 5);
  step (ends, 5, 0);
  g_assert_cmpuint (get_sum (ends, 5), ==, 50000);
  free_ends (ends, 5);
  bt_limit_free (limit);
  tear_down ();
}

/* `-m perf` moves more and prints what a gigabyte costs. */
static void
test_throughput (void)
{
  guint64 n_bytes = (g_test_perf () ? G_GUINT64_CONSTANT (16) : 1) << (g_test_perf () ? 30 : 26);
  g_autofree guint8 *buffer = g_malloc0 (NET_CHUNK_BYTES);
  struct iovec iov[16];
  guint64 n_sent = 0;
  gint64 began_us;
  double seconds;
  clock_t cpu;
  int size = 4 * 1024 * 1024;
  BtStream *a;
  End *b;
  int fds[2];

  set_up ();
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  setsockopt (fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  a = bt_tcp_stream_new (net.poller, net.clock, fds[0], NULL, TRUE);
  b = net_add_end (bt_tcp_stream_new (net.poller, net.clock, fds[1], NULL, FALSE));
  b->reads = TRUE;
  bt_stream_set_wanted (b->stream, BT_STREAM_READABLE);
  for (guint i = 0; i < 16; i++)
    iov[i] = (struct iovec) { buffer + i * (NET_CHUNK_BYTES / 16), NET_CHUNK_BYTES / 16 };

  began_us = g_get_monotonic_time ();
  cpu = clock ();
  while (b->n_read < n_bytes)
    {
      gssize n_written;

      while ((n_written = bt_stream_writev (a, iov, 16, NULL)) > 0)
        n_sent += (guint64) n_written;
      g_main_context_iteration (net.context, FALSE);
    }
  seconds = (double) (g_get_monotonic_time () - began_us) / 1e6;
  g_test_message ("%.0f MB/s, %.2f CPU s/GB, %u wake-ups for %.0f MB, both ends in one thread",
                  (double) b->n_read / 1e6 / seconds,
                  (double) (clock () - cpu) / CLOCKS_PER_SEC / ((double) b->n_read / 1e9),
                  b->n_readable, (double) b->n_read / 1e6);
  g_assert_cmpuint (b->n_read, <=, n_sent);
  bt_stream_free (a);
  net_free_end (b);
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/bytes", test_bytes);
  g_test_add_func ("/stream/bytes-limited", test_bytes_limited);
  g_test_add_func ("/stream/nothing-asked", test_nothing_asked);
  g_test_add_func ("/stream/many-vectors", test_many_vectors);
  g_test_add_func ("/stream/wanted", test_wanted);
  g_test_add_func ("/stream/end", test_end);
  g_test_add_func ("/stream/freed-in-callback", test_freed_in_callback);
  g_test_add_func ("/stream/rate", test_rate);
  g_test_add_func ("/stream/waits-quietly", test_waits_quietly);
  g_test_add_func ("/stream/line", test_line);
  g_test_add_func ("/stream/chain", test_chain);
  g_test_add_func ("/stream/change", test_change);
  g_test_add_func ("/stream/freed-while-waiting", test_freed_while_waiting);
  g_test_add_func ("/stream/end-while-waiting", test_end_while_waiting);
  g_test_add_func ("/stream/burst", test_burst);
  g_test_add_func ("/stream/throughput", test_throughput);
  return g_test_run ();
}
