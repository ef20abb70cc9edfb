/* test-peer.c - one peer connection between a socket and a swarm that is not there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "peers/bt-peer.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 65536u
#define N_PIECES    100u

static const BtGeometry geometry = { (guint64) PIECE_BYTES * N_PIECES, PIECE_BYTES, N_PIECES };

typedef struct
{
  GMainContext *context;
  BtClock      *clock;
  BtPoller     *poller;
  BtBlockPool  *pool;
  BtPeerShared  shared;
  BtPeer       *peer;          /* NULL once it has been closed */
  BtCloseReason reason;
  int           fd;            /* the other side's end */
  GByteArray   *in;            /* what we said and it has not looked at */
  BtWireLimits  limits;

  BtCloseReason answer;        /* to its greeting */
  gboolean      is_serving;
  GArray       *asked;         /* BtBlockSpan: out */
  guint32       next_block;
  guint         n_picked;
  guint         n_snubbed;
  gboolean      takes_late;
  guint         n_upload_only;
  guint         n_has_pieces;
  guint         n_nodes;       /* of the DHT */
  guint16       node_port;
  guint         counts[32];    /* messages that came to the other side, by id */
} Talk;

/* --- The swarm --- */

static BtCloseReason
greeted (gpointer           user_data,
         BtPeer            *peer,
         const BtHandshake *handshake)
{
  return ((Talk *) user_data)->answer;
}

static gboolean
has_pieces (gpointer      user_data,
            BtPeer       *peer,
            const guint8 *bytes,
            gsize         n_bytes,
            gboolean      has_all)
{
  ((Talk *) user_data)->n_has_pieces++;
  bt_peer_set_interested (peer, TRUE);
  return TRUE;
}

static void
have (gpointer  user_data,
      BtPeer   *peer,
      guint32   piece,
      gboolean  has)
{
}

static void
choked (gpointer  user_data,
        BtPeer   *peer,
        gboolean  is_choked)
{
}

static void
interested (gpointer  user_data,
            BtPeer   *peer,
            gboolean  is_interested)
{
  bt_peer_set_choking (peer, !is_interested);
}

static guint
pick (gpointer     user_data,
      BtPeer      *peer,
      BtBlockSpan *out_spans,
      guint        n_max)
{
  Talk *talk = user_data;

  for (guint i = 0; i < n_max; i++)
    {
      out_spans[i] = bt_geometry_get_block (&geometry, talk->next_block / 4 % N_PIECES,
                                            talk->next_block % 4);
      talk->next_block++;
      g_array_append_val (talk->asked, out_spans[i]);
    }
  talk->n_picked += n_max;
  return n_max;
}

/* Whether it had been asked. */
static gboolean
take_asked (Talk              *talk,
            const BtBlockSpan *span)
{
  for (guint i = 0; i < talk->asked->len; i++)
    {
      const BtBlockSpan *asked = &g_array_index (talk->asked, BtBlockSpan, i);

      if (memcmp (asked, span, sizeof *span) != 0)
        continue;
      g_array_remove_index (talk->asked, i);
      return TRUE;
    }
  return FALSE;
}

static BtPeerBlock
block (gpointer           user_data,
       BtPeer            *peer,
       const BtBlockSpan *span,
       guint8            *slot)
{
  Talk *talk = user_data;

  bt_block_pool_release (talk->pool, slot);
  if (talk->takes_late && bt_peer_may_be_late (peer))
    return BT_PEER_BLOCK_LATE;
  return take_asked (talk, span) ? BT_PEER_BLOCK_ASKED : BT_PEER_BLOCK_UNASKED;
}

static gboolean
rejected (gpointer           user_data,
          BtPeer            *peer,
          const BtBlockSpan *span)
{
  return take_asked (user_data, span);
}

static void
snubbed (gpointer  user_data,
         BtPeer   *peer)
{
  Talk *talk = user_data;

  talk->n_snubbed++;
  g_array_set_size (talk->asked, 0);
  bt_peer_forget_requests (peer);
}

static void
wants_blocks (gpointer  user_data,
              BtPeer   *peer)
{
  Talk *talk = user_data;
  BtBlockSpan span;

  while (talk->is_serving && bt_peer_next_request (peer, &span))
    {
      guint8 *slot = bt_block_pool_acquire (talk->pool, TRUE);

      memset (slot, 1, BT_BLOCK_BYTES);
      bt_peer_send_block (peer, &span, slot);
    }
}

static gboolean
may_serve (gpointer           user_data,
           BtPeer            *peer,
           const BtBlockSpan *span)
{
  return TRUE;
}

static void
extended (gpointer                    user_data,
          BtPeer                     *peer,
          const BtExtensionHandshake *handshake)
{
}

static void
upload_only (gpointer  user_data,
             BtPeer   *peer)
{
  ((Talk *) user_data)->n_upload_only++;
}

static void
closed (gpointer       user_data,
        BtPeer        *peer,
        BtCloseReason  reason)
{
  Talk *talk = user_data;

  talk->reason = reason;
  talk->peer = NULL;
  bt_peer_free (peer);
}

static void
dht_node (gpointer         user_data,
          BtPeer          *peer,
          const BtAddress *node)
{
  Talk *talk = user_data;

  talk->n_nodes++;
  talk->node_port = node->port;
}

static const BtPeerOps ops = {
  greeted, has_pieces, have, choked, interested, pick, block, rejected, snubbed, wants_blocks,
  may_serve, extended, upload_only, closed, NULL, dht_node
};

/* --- The other side --- */

static void
settle (Talk *talk)
{
  while (g_main_context_iteration (talk->context, FALSE))
    ;
}

static void
say (Talk         *talk,
     gconstpointer bytes,
     gsize         n_bytes)
{
  const guint8 *p = bytes;

  while (n_bytes > 0 && talk->peer != NULL)
    {
      gssize n = send (talk->fd, p, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n > 0)
        {
          p += n;
          n_bytes -= (gsize) n;
        }
      settle (talk);
    }
}

static void
say_message (Talk       *talk,
             GByteArray *message)
{
  say (talk, message->data, message->len);
  g_byte_array_unref (message);
}

static void
say_simple (Talk     *talk,
            BtWireId  id)
{
  GByteArray *message = g_byte_array_new ();

  bt_wire_put_simple (message, id);
  say_message (talk, message);
}

static void
say_spans (Talk              *talk,
           BtWireId           id,
           const BtBlockSpan *spans,
           guint              n_spans)
{
  GByteArray *message = g_byte_array_new ();

  for (guint i = 0; i < n_spans; i++)
    bt_wire_put_span (message, id, &spans[i]);
  say_message (talk, message);
}

/* One whole block, in one go. */
static void
say_block (Talk              *talk,
           const BtBlockSpan *span)
{
  g_autofree guint8 *bytes = g_malloc0 (BT_WIRE_BLOCK_HEADER_BYTES + span->length);

  bt_wire_put_block_head (bytes, span);
  say (talk, bytes, BT_WIRE_BLOCK_HEADER_BYTES + span->length);
}

/* Reads all there is, counts whole messages. */
static void
listen_now (Talk *talk)
{
  guint8 bytes[65536];
  BtWireMessage message;
  gssize n;

  settle (talk);
  while ((n = recv (talk->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
    {
      g_byte_array_append (talk->in, bytes, (guint) n);
      settle (talk);
    }
  while (bt_wire_parse (&talk->limits, talk->in->data, talk->in->len, &message) !=
         BT_WIRE_NEED_MORE)
    {
      gsize size = message.size + (message.id == BT_WIRE_PIECE ? message.span.length : 0);

      g_assert_cmpint (message.reason, ==, BT_WIRE_REASON_NONE);
      if (size > talk->in->len)
        break;
      if (message.id < G_N_ELEMENTS (talk->counts))
        talk->counts[message.id]++;
      g_byte_array_remove_range (talk->in, 0, (guint) size);
    }
}

static void
talk_open_as (Talk              *talk,
              BtCloseReason      answer,
              const BtHandshake *handshake)
{
  BtHandshake ours = *handshake;
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  g_autoptr (GError) error = NULL;
  BtStream *stream;
  int fds[2];

  *talk = (Talk) { .context = g_main_context_new (), .answer = answer };
  talk->clock = bt_clock_new_manual (talk->context, 1000 * BT_SECOND_US);
  talk->poller = bt_poller_new (talk->context, &error);
  g_assert_no_error (error);
  talk->pool = bt_block_pool_new (16 * 1024 * 1024);
  bt_peer_shared_init (&talk->shared, talk->clock, talk->poller, talk->pool);
  talk->in = g_byte_array_new ();
  talk->asked = g_array_new (FALSE, TRUE, sizeof (BtBlockSpan));
  talk->limits = (BtWireLimits) { &geometry, TRUE, TRUE };

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  talk->fd = fds[1];
  stream = bt_tcp_stream_new (talk->poller, talk->clock, fds[0], NULL, FALSE);
  bt_wire_put_handshake (&ours, bytes);
  talk->peer = bt_peer_new (&talk->shared, &ops, talk, stream, &geometry, &ours, bytes,
                            sizeof bytes);
  settle (talk);
  g_assert_cmpint (recv (talk->fd, bytes, sizeof bytes, 0), ==, (gssize) sizeof bytes);
  g_assert_cmpint (bytes[0], ==, 19);
}

static void
talk_open (Talk          *talk,
           BtCloseReason  answer)
{
  const BtHandshake handshake = { .has_fast = TRUE, .has_extended = TRUE };

  talk_open_as (talk, answer, &handshake);
}

static void
talk_close (Talk *talk)
{
  close (talk->fd);
  settle (talk);
  g_assert_null (talk->peer);
  bt_peer_shared_clear (&talk->shared);
  g_assert_cmpuint (bt_block_pool_get_n_used (talk->pool), ==, 0);
  bt_block_pool_free (talk->pool);
  bt_poller_free (talk->poller);
  bt_clock_free (talk->clock);
  g_main_context_unref (talk->context);
  g_byte_array_unref (talk->in);
  g_array_unref (talk->asked);
}

static void
pass_seconds (Talk  *talk,
              guint  n)
{
  for (guint i = 0; i < n && talk->peer != NULL; i++)
    {
      bt_clock_advance (talk->clock, BT_SECOND_US);
      bt_peer_tick (talk->peer, bt_clock_get_us (talk->clock));
      settle (talk);
    }
}

static void
say_request_queue (Talk    *talk,
                   guint32  request_queue)
{
  BtExtensionHandshake handshake = { .has_m = TRUE, .request_queue = request_queue };
  GByteArray *message = g_byte_array_new ();

  bt_extension_put_handshake (message, &handshake);
  say_message (talk, message);
}

static const BtBlockSpan *
first_asked (Talk *talk)
{
  g_assert_cmpuint (talk->asked->len, >, 0);
  return &g_array_index (talk->asked, BtBlockSpan, 0);
}

/* --- Asking --- */

/* One that takes one request at a time gets one at a time, and the next when it has answered. */
static void
test_one_request (void)
{
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  say_request_queue (&talk, 1);
  say_simple (&talk, BT_WIRE_HAVE_ALL);
  say_simple (&talk, BT_WIRE_UNCHOKE);
  for (guint i = 0; i < 50; i++)
    {
      BtBlockSpan span = *first_asked (&talk);

      g_assert_cmpuint (talk.asked->len, ==, 1);
      g_assert_cmpuint (bt_peer_get_n_requests (talk.peer), ==, 1);
      say_block (&talk, &span);
    }
  g_assert_cmpuint (talk.n_picked, ==, 51);
  listen_now (&talk);
  g_assert_cmpuint (talk.counts[BT_WIRE_REQUEST], ==, 51);
  talk_close (&talk);
}

/* No answer for twenty seconds: it keeps one request, and that not for ever; one block from it, be
 * it read in one go, and it is as good as any. */
static void
test_snubbed (void)
{
  BtBlockSpan span;
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  say_simple (&talk, BT_WIRE_HAVE_ALL);
  say_simple (&talk, BT_WIRE_UNCHOKE);
  g_assert_cmpuint (talk.asked->len, ==, 2 * BT_PEER_MIN_REQUESTS);
  pass_seconds (&talk, 19);
  g_assert_cmpuint (talk.n_snubbed, ==, 0);
  pass_seconds (&talk, 3);
  g_assert_cmpuint (talk.n_snubbed, ==, 1);
  g_assert_true (bt_peer_is_snubbed (talk.peer));
  g_assert_cmpuint (talk.asked->len, ==, 1);
  span = *first_asked (&talk);
  pass_seconds (&talk, 25);
  g_assert_cmpuint (talk.n_snubbed, ==, 2);
  g_assert_cmpuint (talk.asked->len, ==, 1);
  g_assert_cmpint (memcmp (first_asked (&talk), &span, sizeof span), !=, 0);

  span = *first_asked (&talk);
  say_block (&talk, &span);
  g_assert_false (bt_peer_is_snubbed (talk.peer));
  g_assert_cmpuint (talk.asked->len, ==, BT_PEER_MIN_REQUESTS);
  talk_close (&talk);
}

/* An answer that comes when its request had been taken back, and is of use all the same: it is one
 * that answers, and has wasted nothing. What it is asked for now is still out. */
static void
test_late (void)
{
  BtBlockSpan span;
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  say_simple (&talk, BT_WIRE_HAVE_ALL);
  say_simple (&talk, BT_WIRE_UNCHOKE);
  g_assert_false (bt_peer_may_be_late (talk.peer));
  span = *first_asked (&talk);
  pass_seconds (&talk, 22);
  g_assert_true (bt_peer_is_snubbed (talk.peer));
  g_assert_true (bt_peer_may_be_late (talk.peer));
  talk.takes_late = TRUE;
  say_block (&talk, &span);
  g_assert_false (bt_peer_is_snubbed (talk.peer));
  g_assert_cmpuint (bt_peer_get_counters (talk.peer)->wasted_bytes, ==, 0);
  g_assert_cmpuint (bt_peer_get_n_requests (talk.peer), ==, talk.asked->len);
  for (guint i = 1; i < 2 * BT_PEER_MIN_REQUESTS; i++)
    say_block (&talk, &span);
  g_assert_false (bt_peer_may_be_late (talk.peer));
  talk_close (&talk);
}

/* One that rejects all it is asked for is not asked again and again. */
static void
test_rejects_all (void)
{
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  say_simple (&talk, BT_WIRE_HAVE_ALL);
  say_simple (&talk, BT_WIRE_UNCHOKE);
  for (guint i = 0; i < 10; i++)
    {
      guint n_before = talk.n_picked;

      for (guint k = 0; k < 100 && talk.asked->len > 0; k++)
        {
          BtBlockSpan span = *first_asked (&talk);

          say_spans (&talk, BT_WIRE_REJECT, &span, 1);
        }
      g_assert_cmpuint (talk.n_picked - n_before, <=, 3 * BT_PEER_MAX_REJECTS);
      g_assert_cmpuint (talk.asked->len, ==, 0);
      pass_seconds (&talk, 1);
      g_assert_cmpuint (talk.asked->len, >, 0);
    }
  /* Unchoked anew, it is asked at once. */
  say_spans (&talk, BT_WIRE_REJECT, (BtBlockSpan *) (void *) talk.asked->data, talk.asked->len);
  say_simple (&talk, BT_WIRE_CHOKE);
  say_simple (&talk, BT_WIRE_UNCHOKE);
  g_assert_cmpuint (talk.asked->len, >, 0);
  talk_close (&talk);
}

/* --- Being asked --- */

/* It has asked for `n` blocks of `length` bytes, and reads nothing of what it gets. */
static void
ask (Talk    *talk,
     guint    n,
     guint32  length)
{
  g_autofree BtBlockSpan *spans = g_new (BtBlockSpan, n);

  talk->is_serving = TRUE;
  for (guint i = 0; i < n; i++)
    spans[i] = (BtBlockSpan) { i / 4 % N_PIECES, i % 4 * BT_BLOCK_BYTES, length };
  say_simple (talk, BT_WIRE_INTERESTED);
  say_spans (talk, BT_WIRE_REQUEST, spans, n);
}

/* However small the blocks are, so many of our slots are lent to one peer. */
static void
test_tiny_requests (void)
{
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  for (guint i = 0; i < 10; i++)
    ask (&talk, 500, 1);
  g_assert_nonnull (talk.peer);
  g_assert_cmpuint (bt_block_pool_get_n_used (talk.pool), <=, BT_PEER_UPLOAD_AHEAD);
  talk_close (&talk);
}

/* What has not begun to go out when it is choked does not: rejected. */
static void
test_choke_takes_back (void)
{
  guint n_unsent;
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  ask (&talk, 100, BT_BLOCK_BYTES);
  n_unsent = bt_peer_get_n_uploading (talk.peer);
  g_assert_cmpuint (n_unsent, >, 1);
  g_assert_cmpuint (bt_peer_get_n_queued (talk.peer), >, 0);
  bt_peer_set_choking (talk.peer, TRUE);
  g_assert_cmpuint (bt_peer_get_n_uploading (talk.peer), <=, 1);
  g_assert_cmpuint (bt_peer_get_n_queued (talk.peer), ==, 0);
  g_assert_cmpuint (bt_block_pool_get_n_used (talk.pool), <=, 1);
  listen_now (&talk);
  g_assert_cmpuint (talk.counts[BT_WIRE_CHOKE], ==, 1);
  g_assert_cmpuint (talk.counts[BT_WIRE_PIECE], >, 0);
  g_assert_cmpuint (talk.counts[BT_WIRE_PIECE] + talk.counts[BT_WIRE_REJECT], ==, 100);
  talk_close (&talk);
}

/* A cancel finds a request that waits and a block that does; each is answered once. */
static void
test_cancel (void)
{
  BtBlockSpan span;
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  ask (&talk, 100, BT_BLOCK_BYTES);
  for (guint i = 0; i < 100; i++)
    {
      span = (BtBlockSpan) { i / 4, i % 4 * BT_BLOCK_BYTES, BT_BLOCK_BYTES };
      say_spans (&talk, BT_WIRE_CANCEL, &span, 1);
    }
  g_assert_cmpuint (bt_peer_get_n_uploading (talk.peer), <=, 1);
  g_assert_cmpuint (bt_peer_get_n_queued (talk.peer), ==, 0);
  listen_now (&talk);
  g_assert_cmpuint (talk.counts[BT_WIRE_PIECE] + talk.counts[BT_WIRE_REJECT], ==, 100);
  talk_close (&talk);
}

/* Pieces that it may have although choked: not as often as it likes. */
static void
test_allowed_fast (void)
{
  static const guint32 allowed[] = { 3, 50 };
  BtBlockSpan span = { 3, 0, BT_BLOCK_BYTES };
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  talk.is_serving = TRUE;
  bt_peer_send_allowed_fast (talk.peer, allowed, 2);
  for (guint i = 0; i < 50; i++)
    {
      say_spans (&talk, BT_WIRE_REQUEST, &span, 1);
      listen_now (&talk);
    }
  g_assert_cmpuint (talk.counts[BT_WIRE_ALLOWED_FAST], ==, 2);
  g_assert_cmpuint (talk.counts[BT_WIRE_PIECE], ==, 2 * PIECE_BYTES / BT_BLOCK_BYTES);
  g_assert_cmpuint (talk.counts[BT_WIRE_PIECE] + talk.counts[BT_WIRE_REJECT], ==, 50);
  talk_close (&talk);
}

/* --- Too much --- */

static void
test_refused_flood (void)
{
  BtBlockSpan span = { 0, 0, BT_BLOCK_BYTES };
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  for (guint i = 0; i < BT_PEER_MAX_REFUSED; i++)
    say_spans (&talk, BT_WIRE_REQUEST, &span, 1);
  g_assert_nonnull (talk.peer);
  say_spans (&talk, BT_WIRE_REQUEST, &span, 1);
  g_assert_null (talk.peer);
  g_assert_cmpint (talk.reason, ==, BT_CLOSE_ABUSIVE);
  talk_close (&talk);
}

static void
test_have_all_flood (void)
{
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  for (guint i = 0; i < BT_PEER_MAX_HAVE_ALLS; i++)
    say_simple (&talk, i % 2 == 0 ? BT_WIRE_HAVE_ALL : BT_WIRE_HAVE_NONE);
  g_assert_nonnull (talk.peer);
  say_simple (&talk, BT_WIRE_HAVE_ALL);
  g_assert_null (talk.peer);
  g_assert_cmpuint (talk.n_has_pieces, ==, BT_PEER_MAX_HAVE_ALLS);
  g_assert_cmpint (talk.reason, ==, BT_CLOSE_ABUSIVE);
  talk_close (&talk);
}

/* --- Who is who --- */

/* The handshake goes out (talk_open() reads it) even when theirs is the end of it. */
static void
test_handshake_before_close (void)
{
  Talk talk;

  talk_open (&talk, BT_CLOSE_SELF);
  g_assert_null (talk.peer);
  g_assert_cmpint (talk.reason, ==, BT_CLOSE_SELF);
  talk_close (&talk);
}

static void
test_upload_only (void)
{
  static const guint8 words[] = { 1, 0 };
  Talk talk;

  talk_open (&talk, BT_CLOSE_NONE);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      GByteArray *message = g_byte_array_new ();

      bt_wire_put_extended (message, BT_EXTENSION_UPLOAD_ONLY, &words[i], 1);
      say_message (&talk, message);
      g_assert_cmpuint (talk.n_upload_only, ==, i + 1);
      g_assert_cmpint (bt_peer_is_upload_only (talk.peer), ==, words[i]);
    }
  talk_close (&talk);
}

/* BEP 5, as often as a node may move; and not where we have none to speak of. */
static void
test_dht_node (gconstpointer has_dht)
{
  const BtHandshake handshake = { .has_fast = TRUE, .has_extended = TRUE,
                                  .has_dht = has_dht != NULL };
  Talk talk;

  talk_open_as (&talk, BT_CLOSE_NONE, &handshake);
  g_assert_cmpint (bt_peer_has_dht (talk.peer), ==, has_dht != NULL);
  for (guint i = 0; i < 10; i++)
    {
      GByteArray *message = g_byte_array_new ();

      bt_wire_put_port (message, (guint16) (i == 0 ? 0 : 1000 + i));
      say_message (&talk, message);
    }
  g_assert_nonnull (talk.peer);
  g_assert_cmpuint (talk.n_nodes, ==, has_dht != NULL ? 4 : 0);
  g_assert_cmpuint (talk.node_port, ==, has_dht != NULL ? 1004 : 0);
  talk_close (&talk);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peers/peer/one-request", test_one_request);
  g_test_add_func ("/peers/peer/snubbed", test_snubbed);
  g_test_add_func ("/peers/peer/late", test_late);
  g_test_add_func ("/peers/peer/rejects-all", test_rejects_all);
  g_test_add_func ("/peers/peer/tiny-requests", test_tiny_requests);
  g_test_add_func ("/peers/peer/choke-takes-back", test_choke_takes_back);
  g_test_add_func ("/peers/peer/cancel", test_cancel);
  g_test_add_func ("/peers/peer/allowed-fast", test_allowed_fast);
  g_test_add_func ("/peers/peer/refused-flood", test_refused_flood);
  g_test_add_func ("/peers/peer/have-all-flood", test_have_all_flood);
  g_test_add_func ("/peers/peer/handshake-before-close", test_handshake_before_close);
  g_test_add_func ("/peers/peer/upload-only", test_upload_only);
  g_test_add_data_func ("/peers/peer/dht-node", GINT_TO_POINTER (TRUE), test_dht_node);
  g_test_add_data_func ("/peers/peer/no-dht-node", NULL, test_dht_node);
  return g_test_run ();
}
