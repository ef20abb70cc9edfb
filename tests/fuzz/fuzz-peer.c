/* fuzz-peer.c - a peer connection told anything, in pieces of any size, by a swarm in any mood
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-random.h"
#include "peers/bt-peer.h"
#include "transport/bt-tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CHUNKS 10
#define MAX_ASKED  40
#define ALLOWED    2u     /* a piece that may be asked for although choked */

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static const BtGeometry geometries[] = {
  { 64 * 20 + 10, 64, 21 },                     /* blocks that fit into small inputs */
  { 2 * 32768 + 10000, 32768, 3 },
};

/* A block that was asked of us, and is still being read. */
typedef struct
{
  BtBlockSpan span;
  guint8     *slot;        /* owned */
} Read;

/* One for all runs; the second half is of this run. */
static struct
{
  GMainContext *context;
  BtClock      *clock;
  BtPoller     *poller;
  BtBlockPool  *pool;
  BtPeerShared  shared;

  const BtGeometry *geometry;
  BtPeer       *peer;      /* NULL once it has been closed */
  int           fd;        /* the other side's end */
  BtRandom      random;
  GArray       *asked;     /* BtBlockSpan */
  GArray       *reads;     /* Read */
  guint32       next_block;
} world;

static void
check_span (const BtBlockSpan *span)
{
  if (!bt_geometry_contains (world.geometry, span) || span->length > BT_BLOCK_BYTES)
    g_error ("a span that is none");
}

/* --- The swarm --- */

static BtCloseReason
greeted (gpointer           swarm,
         BtPeer            *peer,
         const BtHandshake *handshake)
{
  static const guint32 allowed[] = { ALLOWED };
  BtBitfield have;

  bt_bitfield_init (&have, world.geometry->n_pieces);
  if (bt_random_below (&world.random, 2) == 0)
    bt_bitfield_set (&have, 1);
  bt_peer_send_pieces (peer, &have);
  bt_bitfield_clear (&have);
  bt_peer_send_allowed_fast (peer, allowed, 1);
  return bt_random_below (&world.random, 16) == 0 ? BT_CLOSE_DOUBLE : BT_CLOSE_NONE;
}

static gboolean
has_pieces (gpointer      swarm,
            BtPeer       *peer,
            const guint8 *bytes,
            gsize         n_bytes,
            gboolean      has_all)
{
  if (bytes != NULL && n_bytes != (world.geometry->n_pieces + 7) / 8)
    g_error ("a bit field of the wrong size");
  bt_peer_set_interested (peer, TRUE);
  return TRUE;
}

static void
have (gpointer  swarm,
      BtPeer   *peer,
      guint32   piece,
      gboolean  has)
{
  if (piece >= world.geometry->n_pieces)
    g_error ("a piece that is none");
  bt_peer_set_interested (peer, has);
}

static void
choked (gpointer  swarm,
        BtPeer   *peer,
        gboolean  is_choked)
{
  if (!is_choked || bt_peer_has_fast (peer))
    return;
  g_array_set_size (world.asked, 0);
  bt_peer_forget_requests (peer);
}

static void
interested (gpointer  swarm,
            BtPeer   *peer,
            gboolean  is_interested)
{
  bt_peer_set_choking (peer, !is_interested);
}

static guint
pick (gpointer     swarm,
      BtPeer      *peer,
      BtBlockSpan *out_spans,
      guint        n_max)
{
  guint n = MIN (n_max, MAX_ASKED - world.asked->len);

  if (!bt_peer_am_interested (peer))
    g_error ("asks without interest");
  for (guint i = 0; i < n; i++)
    {
      out_spans[i] = bt_geometry_get_block (world.geometry,
                                            world.next_block++ % world.geometry->n_pieces, 0);
      g_array_append_val (world.asked, out_spans[i]);
    }
  return n;
}

static gboolean
take_asked (const BtBlockSpan *span)
{
  for (guint i = 0; i < world.asked->len; i++)
    {
      const BtBlockSpan *asked = &g_array_index (world.asked, BtBlockSpan, i);

      if (asked->piece != span->piece || asked->begin != span->begin ||
          asked->length != span->length)
        continue;
      g_array_remove_index (world.asked, i);
      return TRUE;
    }
  return FALSE;
}

static BtPeerBlock
block (gpointer           swarm,
       BtPeer            *peer,
       const BtBlockSpan *span,
       guint8            *slot)
{
  check_span (span);
  bt_block_pool_release (world.pool, slot);
  if (bt_random_below (&world.random, 8) == 0)
    bt_peer_set_paused (peer, TRUE);
  if (bt_peer_may_be_late (peer) && bt_random_below (&world.random, 2) == 0)
    return BT_PEER_BLOCK_LATE;
  return take_asked (span) ? BT_PEER_BLOCK_ASKED : BT_PEER_BLOCK_UNASKED;
}

static gboolean
rejected (gpointer           swarm,
          BtPeer            *peer,
          const BtBlockSpan *span)
{
  return take_asked (span);
}

static void
snubbed (gpointer  swarm,
         BtPeer   *peer)
{
  g_array_set_size (world.asked, 0);
  bt_peer_forget_requests (peer);
}

static void
end_read (guint index)
{
  Read *read = &g_array_index (world.reads, Read, index);
  Read ended = *read;

  g_array_remove_index_fast (world.reads, index);
  if (world.peer == NULL)
    bt_block_pool_release (world.pool, ended.slot);
  else if (bt_random_below (&world.random, 4) != 0)
    bt_peer_send_block (world.peer, &ended.span, ended.slot);
  else
    {
      bt_block_pool_release (world.pool, ended.slot);
      bt_peer_send_reject (world.peer, &ended.span);
    }
}

static void
wants_blocks (gpointer  swarm,
              BtPeer   *peer)
{
  BtBlockSpan peeked;
  Read read;

  while (bt_peer_peek_request (peer, 0, &peeked) && bt_peer_next_request (peer, &read.span))
    {
      check_span (&read.span);
      if (memcmp (&peeked, &read.span, sizeof peeked) != 0)
        g_error ("another request than the first");
      read.slot = bt_block_pool_acquire (world.pool, TRUE);
      memset (read.slot, 7, read.span.length);
      g_array_append_val (world.reads, read);
      if (bt_random_below (&world.random, 2) == 0)
        end_read (world.reads->len - 1);
    }
  if (bt_peer_get_n_uploading (peer) > BT_PEER_UPLOAD_AHEAD)
    g_error ("too many blocks for one peer");
}

static gboolean
may_serve (gpointer           swarm,
           BtPeer            *peer,
           const BtBlockSpan *span)
{
  check_span (span);
  if (bt_peer_am_choking (peer) && span->piece != ALLOWED)
    g_error ("serves whom it chokes");
  return span->piece != 0;
}

static void
extended (gpointer                    swarm,
          BtPeer                     *peer,
          const BtExtensionHandshake *handshake)
{
}

static void
upload_only (gpointer  swarm,
             BtPeer   *peer)
{
}

static void
closed (gpointer       swarm,
        BtPeer        *peer,
        BtCloseReason  reason)
{
  if (reason == BT_CLOSE_NONE || peer != world.peer)
    g_error ("closed without a reason, or twice");
  world.peer = NULL;
  bt_peer_free (peer);
}

static const BtPeerOps ops = {
  greeted, has_pieces, have, choked, interested, pick, block, rejected, snubbed, wants_blocks,
  may_serve, extended, upload_only, closed
};

/* --- The world --- */

static void
make_world (void)
{
  world.context = g_main_context_new ();
  world.clock = bt_clock_new_manual (world.context, 1000 * BT_SECOND_US);
  world.poller = bt_poller_new (world.context, NULL);
  world.pool = bt_block_pool_new (4 * 1024 * 1024);
  bt_peer_shared_init (&world.shared, world.clock, world.poller, world.pool);
  world.asked = g_array_new (FALSE, FALSE, sizeof (BtBlockSpan));
  world.reads = g_array_new (FALSE, FALSE, sizeof (Read));
}

static void
settle (void)
{
  while (g_main_context_iteration (world.context, FALSE))
    ;
}

static void
add_peer (guint8        flags,
          const guint8 *received,
          gsize         n_received)
{
  BtHandshake ours = { .info_hash = "fuzz", .has_fast = flags & 1, .has_extended = flags >> 1 & 1 };
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
    g_error ("no sockets");
  world.fd = fds[1];
  world.geometry = &geometries[flags >> 2 & 1];
  world.next_block = 0;
  world.peer = bt_peer_new (&world.shared, &ops, &world,
                            bt_tcp_stream_new (world.poller, world.clock, fds[0], NULL, FALSE),
                            world.geometry, &ours, received, n_received);
}

/* Whole blocks one behind the other, as they mostly come. */
static void
answer (guint n_max)
{
  static guint8 bytes[BT_WIRE_BLOCK_HEADER_BYTES + BT_BLOCK_BYTES];

  for (guint i = 0; i < MIN (n_max, world.asked->len); i++)
    {
      const BtBlockSpan *span = &g_array_index (world.asked, BtBlockSpan, i);

      bt_wire_put_block_head (bytes, span);
      if (send (world.fd, bytes, BT_WIRE_BLOCK_HEADER_BYTES + span->length,
                MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
    }
}

/* What a swarm, its disk, its user and the other side may do between two reads. */
static void
do_something (void)
{
  guint8 bytes[4096];
  BtBlockSpan span;

  switch (bt_random_below (&world.random, 16))
    {
    case 0:
      bt_peer_set_choking (world.peer, TRUE);
      break;
    case 1:
      bt_peer_set_choking (world.peer, FALSE);
      break;
    case 2:
      bt_clock_advance (world.clock, bt_random_below (&world.random, 60) * BT_SECOND_US);
      bt_peer_tick (world.peer, bt_clock_get_us (world.clock));
      break;
    case 3:
      if (world.asked->len == 0)
        break;
      span = g_array_index (world.asked, BtBlockSpan, 0);
      if (take_asked (&span))
        bt_peer_cancel (world.peer, &span);
      break;
    case 4:
      bt_peer_send_have (world.peer, 1);
      bt_peer_send_dont_have (world.peer, 1);
      break;
    case 5:
      bt_peer_fill_requests (world.peer);
      break;
    case 6:
      if (world.reads->len > 0)
        end_read (bt_random_below (&world.random, world.reads->len));
      break;
    case 7:
      bt_peer_set_interested (world.peer, bt_random_below (&world.random, 2));
      break;
    case 8:
    case 9:
    case 10:
      answer (bt_random_below (&world.random, 6));
      break;
    default:
      while (recv (world.fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
      break;
    }
}

static void
check_peer (void)
{
  if (bt_peer_get_n_requests (world.peer) != world.asked->len &&
      bt_peer_get_close_reason (world.peer) == BT_CLOSE_NONE)
    g_error ("%u requests out, and it says %u", world.asked->len,
             bt_peer_get_n_requests (world.peer));
  if (bt_peer_get_n_queued (world.peer) > BT_PEER_OUR_REQQ)
    g_error ("too many requests in the queue");
}

static void
say (const guint8 *bytes,
     gsize         n_bytes)
{
  for (guint i = 0; i < MAX_CHUNKS && world.peer != NULL && n_bytes > 0; i++)
    {
      gsize n = 1 + bt_random_below (&world.random, i % 2 == 0 ? 64 : (guint32) n_bytes);
      gssize n_sent = send (world.fd, bytes, MIN (n, n_bytes), MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n_sent > 0)
        {
          bytes += n_sent;
          n_bytes -= (gsize) n_sent;
        }
      settle ();
      if (world.peer == NULL)
        return;
      check_peer ();
      do_something ();
      bt_peer_set_paused (world.peer, bt_random_below (&world.random, 8) == 0);
    }
}

static void
end_run (void)
{
  guint n_spares = 0;

  if (world.peer != NULL && bt_random_below (&world.random, 2) == 0)
    bt_peer_close (world.peer, BT_CLOSE_STOPPED);
  else if (world.peer != NULL)
    bt_peer_set_paused (world.peer, FALSE);
  close (world.fd);
  settle ();
  if (world.peer != NULL)
    g_error ("still there after its end");
  while (world.reads->len > 0)
    end_read (0);
  g_array_set_size (world.asked, 0);
  for (guint i = 0; i < BT_PEER_N_SPARES; i++)
    n_spares += world.shared.spares[i] != NULL;
  if (bt_block_pool_get_n_used (world.pool) != n_spares)
    g_error ("a slot was lost, or given back twice");
}

/* The first byte chooses what we offer, the torrent, and whether a right handshake comes first; the
 * second what else happens. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  BtHandshake theirs = { .info_hash = "fuzz", .has_fast = TRUE, .has_extended = TRUE };
  guint8 greeting[BT_WIRE_HANDSHAKE_BYTES];
  gsize n_received;

  if (size < 2)
    return 0;
  if (world.context == NULL)
    make_world ();
  bt_random_init (&world.random, data[1]);
  bt_wire_put_handshake (&theirs, greeting);
  n_received = data[0] & 8 ? MIN (size - 2, BT_WIRE_HANDSHAKE_BYTES) : 0;
  if (data[0] & 8)
    add_peer (data[0], data + 2, n_received);
  else
    add_peer (data[0], greeting, sizeof greeting);
  settle ();
  say (data + 2 + n_received, size - 2 - n_received);
  end_run ();
  return 0;
}
