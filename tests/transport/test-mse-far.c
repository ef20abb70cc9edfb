/* test-mse-far.c - encrypted streams against a counterpart that does it by hand, rightly or wrongly
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "mse.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RW (BT_STREAM_READABLE | BT_STREAM_WRITABLE)

static Net net;

static void
set_up (void)
{
  net_set_up (&net);
  mse_n_lookups = 0;
}

static void
tear_down (void)
{
  net_tear_down (&net);
}

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
  far->mse = is_initiator ? bt_mse_new_initiator (&secrets, mse_info_hash, MSE_BOTH)
                          : bt_mse_new_responder (&secrets, MSE_BOTH);
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
    bt_mse_set_torrent (far->mse, mse_info_hash);
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

  mse_make_sockets (fds);
  end = net_add_end (mse_connect (&net, fds[0], mse_info_hash, MSE_BOTH));
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
  mse_write (end, "payload");
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
  mse_write (end, "payload");
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
  mse_assert_read (end, "right behind");
  end->n_readable = 0;
  net_settle (&net);
  g_assert_cmpuint (end->n_readable, ==, 0);
  end->reads = TRUE;
  far_say (&far, "later");
  net_settle (&net);
  mse_assert_read (end, "later");
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
  mse_write (end, "payload");
  g_assert_cmpuint (net_settle (&net), <, 20);
  g_assert_cmpuint (end->n_failed, ==, 1);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

/* The log is told what was wrong. */
static void
test_reason (void)
{
  static const guint8 zeros[BT_MSE_KEY_BYTES];
  Far far;
  End *end;

  set_up ();
  end = add_outgoing (&far);
  end->reads = TRUE;
  bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
  net_settle (&net);
  g_assert_cmpint (write (end->far_fd, zeros, sizeof zeros), ==, sizeof zeros);
  net_settle (&net);
  g_assert_error (bt_stream_get_error (end->stream), G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (bt_stream_get_error (end->stream)->message, ==,
                   "Encryption failed: an unsafe key");
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
        mse_assert_read (end, cases[i].has_rest ? "the rest" : "");
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

/* --- Those who do not understand --- */

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
          mse_write (end, "payload");
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
      mse_make_sockets (fds);
      far_init (&far, fds[1], TRUE);
      n_first = bt_mse_take_output (far.mse, (guint8 *) first);
      g_assert_cmpuint (n_first, >=, n_received);
      end = net_add_end (mse_accept (&net, fds[0], first, n_received, MSE_BOTH));
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
      mse_assert_read (end, "ours");
      far_hear (&far);
      g_assert_cmpint (bt_mse_get_verdict (far.mse), ==, BT_MSE_DONE);
      far_clear (&far);
      net_free_end (end);
      tear_down ();
    }
}

/* The longest there can be is said to go along with the handshake: it is read as it comes, like all else, and what is
 * behind it is plain, as agreed. */
static void
test_longest_payload (void)
{
  enum { N_SAID = 4, N_ALL = G_MAXUINT16, AT_LENGTH = 20 + 20 + 8 + 4 + 2 };
  BtMseSecrets secrets = { .private_key = { 5 } };
  g_autofree guint8 *bytes = g_malloc (N_ALL);
  guint8 out[BT_MSE_MAX_OUT_BYTES];
  gsize n_out;
  Far far = { .fd = -1 };
  End *end;
  int fds[2];

  set_up ();
  mse_make_sockets (fds);
  far.fd = fds[1];
  far.mse = bt_mse_new_initiator (&secrets, mse_info_hash, BT_MSE_PLAIN);
  n_out = bt_mse_take_output (far.mse, out);
  end = net_add_end (mse_accept (&net, fds[0], (const char *) out, n_out, MSE_BOTH));
  end->far_fd = fds[1];
  end->sink = g_byte_array_new ();
  end->reads = TRUE;
  bt_stream_set_wanted (end->stream, BT_STREAM_READABLE);
  net_settle (&net);
  far_hear (&far);
  bt_mse_set_payload (far.mse, (const guint8 *) "ours", N_SAID);
  far.writer = bt_mse_steal_writer (far.mse);
  n_out = bt_mse_take_output (far.mse, out);
  g_assert_cmpuint (n_out, ==, AT_LENGTH + 2 + N_SAID);
  out[AT_LENGTH] ^= (guint8) ((N_SAID ^ N_ALL) >> 8);
  out[AT_LENGTH + 1] ^= (guint8) (N_SAID ^ N_ALL);
  g_assert_cmpint (send (far.fd, out, n_out, MSG_NOSIGNAL), ==, (gssize) n_out);
  net_settle (&net);

  memset (bytes, 'x', N_ALL - N_SAID);
  bt_rc4_apply (far.writer, bytes, bytes, N_ALL - N_SAID);
  for (gsize at = 0; at < N_ALL - N_SAID;)
    {
      gssize n = send (far.fd, bytes + at, MIN (4096, N_ALL - N_SAID - at), MSG_NOSIGNAL);

      g_assert_cmpint (n, >, 0);
      at += (gsize) n;
      net_settle (&net);
    }
  g_assert_cmpint (send (far.fd, "plain", 5, MSG_NOSIGNAL), ==, 5);
  net_settle (&net);
  g_assert_cmpint (bt_stream_get_encrypted (end->stream), ==, BT_ENCRYPTED_HANDSHAKE);
  g_assert_cmpuint (end->sink->len, ==, N_ALL + 5);
  g_assert_cmpmem (end->sink->data, N_SAID, "ours", N_SAID);
  for (gsize i = N_SAID; i < N_ALL; i++)
    g_assert_cmpint (end->sink->data[i], ==, 'x');
  g_assert_cmpmem (end->sink->data + N_ALL, 5, "plain", 5);
  far_clear (&far);
  net_free_end (end);
  tear_down ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transport/mse-far/reason", test_reason);
  g_test_add_func ("/transport/mse-far/payload-goes-along", test_payload_goes_along);
  g_test_add_func ("/transport/mse-far/long-payload", test_long_payload);
  g_test_add_func ("/transport/mse-far/rest", test_rest);
  g_test_add_func ("/transport/mse-far/talkative-responder", test_talkative_responder);
  g_test_add_func ("/transport/mse-far/end", test_end);
  g_test_add_func ("/transport/mse-far/end-after-rest", test_end_after_rest);
  g_test_add_func ("/transport/mse-far/freed-in-callback", test_freed_in_callback);
  g_test_add_func ("/transport/mse-far/plain-counterpart", test_plain_counterpart);
  g_test_add_func ("/transport/mse-far/received-before", test_received_before);
  g_test_add_func ("/transport/mse-far/longest-payload", test_longest_payload);

  return g_test_run ();
}
