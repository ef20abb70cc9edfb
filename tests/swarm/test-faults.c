/* test-faults.c - peers that lie, stall, flood, break the protocol or vanish; files that go away
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-cursor.h"

#include "test-raw-peer.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 65536u
#define N_PIECES    8u

static const TestFile one_file[] = {
  { "data.bin", PIECE_BYTES * N_PIECES - 1000 },
  { NULL }
};

/* A world with one torrent, its data on hand, and an engine that wants it. */
typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  char       *content;
  TestNode   *leech;
} Fixture;

static Fixture
fixture_new (void)
{
  Fixture f = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  f.world = test_world_new ();
  f.metainfo = test_world_make_torrent (f.world, "data.bin", one_file, PIECE_BYTES, NULL);
  path = g_build_filename (f.world->folder, "data.bin", NULL);
  g_file_get_contents (path, &f.content, NULL, &error);
  g_assert_no_error (error);
  f.leech = test_node_new (f.world, NULL);
  test_node_add (f.leech, f.metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  return f;
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->leech);
  bt_metainfo_unref (f->metainfo);
  g_free (f->content);
  test_world_free (f->world);
}

static TestNode *
add_seed (Fixture *f)
{
  TestNode *seed = test_node_new (f->world, NULL);

  test_node_add (seed, f->metainfo, f->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  test_node_connect (f->leech, seed);
  return seed;
}

static void
finish_from_a_seed (Fixture *f)
{
  TestNode *seed = add_seed (f);

  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_SEEDING));
  test_assert_same_files (f->metainfo, f->world->folder, f->leech->folder);
  test_node_free (seed);
}

/* A raw peer that has everything and has unchoked the engine, which has asked it for something. */
static RawPeer *
add_raw_seed (Fixture    *f,
              const char *id)
{
  RawPeer *peer = raw_peer_new (f->leech, f->metainfo);

  raw_peer_send_handshake (peer, f->metainfo, id, TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 1));
  return peer;
}

static const guint8 *
get_data (Fixture           *f,
          const BtBlockSpan *span)
{
  return (const guint8 *) f->content + (gsize) span->piece * PIECE_BYTES + span->begin;
}

static BtSwarmFacts
get_facts (Fixture *f)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (f->leech->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

/* Answers all requests that are there: rightly, or with one byte of each block wrong. */
static void
answer (Fixture *f,
        RawPeer *peer,
        gboolean is_liar)
{
  for (guint i = 0; i < peer->requests->len; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);
      g_autofree guint8 *data = g_memdup2 (get_data (f, span), span->length);

      data[7] ^= is_liar ? 1 : 0;
      raw_peer_send_block (peer, span, data);
    }
  g_array_set_size (peer->requests, 0);
}

/* Everything from one liar: it is found at its first piece, and the rest comes from others. */
static void
test_lone_liar (void)
{
  Fixture f = fixture_new ();
  RawPeer *liar = add_raw_seed (&f, "liar");

  while (!liar->is_closed)
    {
      answer (&f, liar, TRUE);
      test_world_pass (f.world, 50 * BT_MILLISECOND_US);
      g_usleep (1000);
    }
  g_assert_cmpuint (get_facts (&f).n_banned, ==, 1);
  g_assert_cmpuint (get_facts (&f).n_failed_pieces, >=, 1);
  finish_from_a_seed (&f);
  raw_peer_free (liar);
  fixture_clear (&f);
}

typedef struct
{
  Fixture *f;
  RawPeer *peers[3];
  guint    liar;
} LiarWait;

static gboolean
serve_all (gpointer user_data)
{
  LiarWait *wait = user_data;

  for (guint i = 0; i < 3; i++)
    if (wait->peers[i]->stream != NULL)
      answer (wait->f, wait->peers[i], i == wait->liar);
  return bt_swarm_get_state (wait->f->leech->swarm) == BT_SWARM_SEEDING;
}

/* One liar among three who share pieces: exactly the liar is banned, and the download completes. */
static void
test_liar_among_others (void)
{
  Fixture f = fixture_new ();
  LiarWait wait = { &f, { NULL }, 1 };

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("peer%u", i);

      wait.peers[i] = raw_peer_new (f.leech, f.metainfo);
      raw_peer_send_handshake (wait.peers[i], f.metainfo, id, TRUE);
      raw_peer_send_simple (wait.peers[i], BT_WIRE_HAVE_ALL);
      raw_peer_send_simple (wait.peers[i], BT_WIRE_UNCHOKE);
      g_assert_true (raw_peer_wait_handshake (wait.peers[i]));
    }
  g_assert_true (test_world_wait (f.world, serve_all, &wait));
  test_assert_same_files (f.metainfo, f.world->folder, f.leech->folder);
  g_assert_cmpuint (get_facts (&f).n_failed_pieces, >=, 1);
  g_assert_cmpuint (get_facts (&f).n_banned, ==, 1);
  for (guint i = 0; i < 3; i++)
    raw_peer_free (wait.peers[i]);
  fixture_clear (&f);
}

/* Half a block, then silence: after a while others are asked. */
static void
test_stall (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = add_raw_seed (&f, "stall");
  BtBlockSpan span = g_array_index (peer->requests, BtBlockSpan, 0);
  guint8 head[BT_WIRE_BLOCK_HEADER_BYTES];

  bt_wire_put_block_head (head, &span);
  raw_peer_send (peer, head, sizeof head);
  raw_peer_send (peer, get_data (&f, &span), 5000);
  test_world_pass (f.world, 30 * BT_SECOND_US);
  finish_from_a_seed (&f);
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* Rejected blocks go back at once. */
static void
test_reject (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = add_raw_seed (&f, "reject");

  for (guint i = 0; i < peer->requests->len; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

      raw_peer_send_span (peer, BT_WIRE_REJECT, span->piece, span->begin, span->length);
    }
  raw_peer_send_simple (peer, BT_WIRE_CHOKE);
  finish_from_a_seed (&f);
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* Without BEP 6 a choke drops all requests; an unchoke begins again. */
static void
test_choke_without_fast (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = raw_peer_new (f.leech, f.metainfo);
  guint8 bits = 0xff;
  guint8 head[5] = { 0, 0, 0, 2, BT_WIRE_BITFIELD };
  guint n_before;

  raw_peer_send_handshake (peer, f.metainfo, "old", FALSE);
  raw_peer_send (peer, head, sizeof head);
  raw_peer_send (peer, &bits, 1);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 5));
  n_before = peer->counts[BT_WIRE_REQUEST];
  raw_peer_send_simple (peer, BT_WIRE_CHOKE);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 2 * n_before));
  finish_from_a_seed (&f);
  raw_peer_free (peer);
  fixture_clear (&f);
}

typedef struct
{
  const char   *name;
  const guint8  bytes[32];
  gsize         n_bytes;
} Bad;

/* What a peer must not say, after its handshake. The torrent has eight pieces of 64 KiB, the last
 * 1000 bytes shorter. */
static const Bad bad[] = {
  { "length 0xffffffff", { 0xff, 0xff, 0xff, 0xff, 7 }, 5 },
  { "long have", { 0, 0, 0, 6, 4, 0, 0, 0, 0, 0 }, 10 },
  { "short have", { 0, 0, 0, 2, 4, 0 }, 6 },
  { "have past the end", { 0, 0, 0, 5, 4, 0, 0, 0, 8 }, 9 },
  { "bitfield too long", { 0, 0, 0, 3, 5, 0xff, 0x80 }, 7 },
  { "request past the end", { 0, 0, 0, 13, 6, 0, 0, 0, 7, 0, 0, 0xc0, 0, 0, 0, 0x40, 0 }, 17 },
  { "request of another torrent's piece",
    { 0, 0, 0, 13, 6, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0x40, 0 }, 17 },
  { "request of nothing", { 0, 0, 0, 13, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 17 },
  { "block past the end", { 0, 0, 0x40, 9, 7, 0, 0, 0, 7, 0, 0, 0xc0, 0 }, 13 },
  { "huge block", { 0, 0x10, 0, 9, 7, 0, 0, 0, 0, 0, 0, 0, 0 }, 13 },
  { "extension handshake of rubbish", { 0, 0, 0, 6, 20, 0, 'x', 'y', 'z', '!' }, 10 },
};

static void
test_bad_messages (void)
{
  Fixture f = fixture_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      RawPeer *peer = raw_peer_new (f.leech, f.metainfo);

      raw_peer_send_handshake (peer, f.metainfo, bad[i].name, TRUE);
      raw_peer_send (peer, bad[i].bytes, bad[i].n_bytes);
      g_test_message ("%s", bad[i].name);
      g_assert_true (raw_peer_wait_closed (peer));
      raw_peer_free (peer);
    }
  g_assert_cmpuint (bt_swarm_get_n_peers (f.leech->swarm), ==, 0);
  finish_from_a_seed (&f);
  fixture_clear (&f);
}

static void
test_foreign_handshakes (void)
{
  Fixture f = fixture_new ();
  guint8 http[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
  RawPeer *peer = raw_peer_new (f.leech, f.metainfo);
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  BtHandshake handshake = { .info_hash = "another torrent...." };

  raw_peer_send (peer, http, sizeof http - 1);
  g_assert_true (raw_peer_wait_closed (peer));
  raw_peer_free (peer);

  peer = raw_peer_new (f.leech, f.metainfo);
  bt_wire_put_handshake (&handshake, bytes);
  raw_peer_send (peer, bytes, sizeof bytes);
  g_assert_true (raw_peer_wait_closed (peer));
  raw_peer_free (peer);

  /* Says nothing at all. */
  peer = raw_peer_new (f.leech, f.metainfo);
  g_assert_true (raw_peer_wait_closed (peer));
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* Blocks that nobody asked for are discarded, counted, and not accepted for ever. */
static void
test_unasked (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = raw_peer_new (f.leech, f.metainfo);
  BtBlockSpan span = { 0, 0, BT_BLOCK_BYTES };

  raw_peer_send_handshake (peer, f.metainfo, "unasked", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  for (guint i = 0; i < BT_PEER_MAX_UNASKED + 10; i++)
    raw_peer_send_block (peer, &span, (const guint8 *) f.content);
  g_assert_true (raw_peer_wait_closed (peer));
  g_assert_cmpuint (get_facts (&f).done_bytes, ==, 0);
  g_assert_cmpuint (get_facts (&f).wasted_bytes, >=, BT_PEER_MAX_UNASKED * BT_BLOCK_BYTES);
  finish_from_a_seed (&f);
  raw_peer_free (peer);
  fixture_clear (&f);
}

static gboolean
is_flood_over (gpointer user_data)
{
  RawPeer *peer = user_data;

  return peer->is_closed || peer->counts[BT_WIRE_PIECE] >= 3 * N_PIECES;
}

/* Requests without end: the queue is bounded, what does not fit is rejected, and at some point it
 * is enough. */
static void
test_request_flood (void)
{
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);
  RawPeer *peer = raw_peer_new (seed, f.metainfo);

  raw_peer_send_handshake (peer, f.metainfo, "flood", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  raw_peer_send_simple (peer, BT_WIRE_INTERESTED);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_UNCHOKE, 1));
  for (guint i = 0; i < 20000; i++)
    raw_peer_send_span (peer, BT_WIRE_REQUEST, i % (N_PIECES - 1), 0, BT_BLOCK_BYTES);
  g_assert_true (test_world_wait (f.world, is_flood_over, peer));
  /* Somebody else is still served. */
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  raw_peer_free (peer);
  test_node_free (seed);
  fixture_clear (&f);
}

static gboolean
has_nobody (gpointer user_data)
{
  return bt_swarm_get_n_peers (user_data) == 0;
}

/* Cut at every boundary, and in every message: whatever the peer had been asked for goes to
 * others. */
static void
test_cuts (void)
{
  Fixture f = fixture_new ();
  g_autoptr (GByteArray) talk = g_byte_array_new ();
  BtHandshake handshake = { .has_fast = TRUE, .has_extended = TRUE,
                            .peer_id = "-RW0001-cuts........" };
  BtExtensionHandshake extended = { .has_m = TRUE, .request_queue = 10, .client = "cutter" };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];

  memcpy (handshake.info_hash, bt_metainfo_get_info_hash_v1 (f.metainfo), BT_SHA1_BYTES);
  bt_wire_put_handshake (&handshake, bytes);
  g_byte_array_append (talk, bytes, sizeof bytes);
  bt_wire_put_simple (talk, BT_WIRE_HAVE_ALL);
  bt_extension_put_handshake (talk, &extended);
  bt_wire_put_index (talk, BT_WIRE_ALLOWED_FAST, 3);
  bt_wire_put_simple (talk, BT_WIRE_UNCHOKE);
  for (guint32 b = 0; b < 2; b++)
    {
      BtBlockSpan span = { 0, b * BT_BLOCK_BYTES, BT_BLOCK_BYTES };
      guint8 head[BT_WIRE_BLOCK_HEADER_BYTES];

      bt_wire_put_block_head (head, &span);
      g_byte_array_append (talk, head, sizeof head);
      g_byte_array_append (talk, get_data (&f, &span), span.length);
    }

  for (guint n = 0; n <= talk->len; n += n < 300 ? 1 : 1777)
    {
      RawPeer *peer = raw_peer_new (f.leech, f.metainfo);

      raw_peer_send (peer, talk->data, n);
      test_world_pass (f.world, 30 * BT_MILLISECOND_US);
      raw_peer_free (peer);
    }
  g_assert_true (test_world_wait (f.world, has_nobody, f.leech->swarm));
  finish_from_a_seed (&f);
  fixture_clear (&f);
}

/* We find ourselves in a tracker's list, and a peer that is connected already. */
static void
test_self_and_double (void)
{
  Fixture f = fixture_new ();
  RawPeer *first = raw_peer_new (f.leech, f.metainfo);
  RawPeer *second = raw_peer_new (f.leech, f.metainfo);

  test_node_connect (f.leech, f.leech);
  test_world_pass (f.world, 2 * BT_SECOND_US);
  g_assert_true (test_world_wait (f.world, has_nobody, f.leech->swarm));

  raw_peer_send_handshake (first, f.metainfo, "twice", TRUE);
  g_assert_true (raw_peer_wait_handshake (first));
  raw_peer_send_handshake (second, f.metainfo, "twice", TRUE);
  g_assert_true (raw_peer_wait_closed (second));
  g_assert_false (first->is_closed);
  raw_peer_free (first);
  raw_peer_free (second);
  fixture_clear (&f);
}

/* A seed does not stay connected to a seed. */
static void
test_seed_to_seed (void)
{
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);
  RawPeer *other = raw_peer_new (seed, f.metainfo);

  raw_peer_send_handshake (other, f.metainfo, "seed", TRUE);
  raw_peer_send_simple (other, BT_WIRE_HAVE_ALL);
  g_assert_true (raw_peer_wait_closed (other));
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (test_world_wait (f.world, has_nobody, seed->swarm));
  raw_peer_free (other);
  test_node_free (seed);
  fixture_clear (&f);
}

typedef enum
{
  VANISH_TRUNCATE,
  VANISH_DELETE,
} Vanish;

/* The file goes away beneath a seed: the piece is refused, taken back (BEP 54), and not offered to
 * the next peer. */
static void
test_vanished_file (gconstpointer user_data)
{
  Vanish how = GPOINTER_TO_UINT (user_data);
  Fixture f = fixture_new ();
  TestNode *seed = add_seed (&f);
  g_autofree char *path = g_build_filename (f.world->folder, "data.bin", NULL);
  BtExtensionHandshake extended = { .has_m = TRUE };
  RawPeer *peer = raw_peer_new (seed, f.metainfo);
  g_autoptr (GByteArray) message = g_byte_array_new ();

  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  if (how == VANISH_TRUNCATE)
    g_assert_cmpint (truncate (path, PIECE_BYTES), ==, 0);
  else
    g_assert_cmpint (g_unlink (path), ==, 0);
  /* The pool looks at a file it has open at most once a second. */
  g_usleep (how == VANISH_DELETE ? 1100000 : 0);

  extended.ids[BT_EXTENSION_DONT_HAVE] = 9;
  bt_extension_put_handshake (message, &extended);
  raw_peer_send_handshake (peer, f.metainfo, "victim", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  raw_peer_send (peer, message->data, message->len);
  raw_peer_send_simple (peer, BT_WIRE_INTERESTED);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_UNCHOKE, 1));
  raw_peer_send_span (peer, BT_WIRE_REQUEST, 5, 0, BT_BLOCK_BYTES);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REJECT, 1));
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_EXTENDED, 2));
  g_assert_cmpuint (peer->counts[BT_WIRE_PIECE], ==, 0);
  g_assert_false (bt_bitfield_get (bt_swarm_get_have (seed->swarm), 5));
  g_assert_nonnull (bt_swarm_get_error (seed->swarm));
  raw_peer_free (peer);

  peer = raw_peer_new (seed, f.metainfo);
  raw_peer_send_handshake (peer, f.metainfo, "next", TRUE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_BITFIELD, 1));
  g_assert_cmpuint (peer->counts[BT_WIRE_HAVE_ALL], ==, 0);
  raw_peer_free (peer);
  test_node_free (seed);
  fixture_clear (&f);
}

/* aria2 sends its bit field again in place of many haves. */
static void
test_second_bitfield (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = raw_peer_new (f.leech, f.metainfo);

  raw_peer_send_handshake (peer, f.metainfo, "again", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 1));
  g_assert_false (peer->is_closed);
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* Silence for three minutes ends a connection; before, a keep-alive every 100 s. */
static void
test_silence (void)
{
  Fixture f = fixture_new ();
  RawPeer *peer = raw_peer_new (f.leech, f.metainfo);

  raw_peer_send_handshake (peer, f.metainfo, "silent", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  g_assert_true (raw_peer_wait_handshake (peer));
  test_world_pass (f.world, 150 * BT_SECOND_US);
  g_assert_false (peer->is_closed);
  test_world_pass (f.world, 40 * BT_SECOND_US);
  g_assert_true (raw_peer_wait_closed (peer));
  raw_peer_free (peer);
  fixture_clear (&f);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/faults/lone-liar", test_lone_liar);
  g_test_add_func ("/swarm/faults/liar-among-others", test_liar_among_others);
  g_test_add_func ("/swarm/faults/stall", test_stall);
  g_test_add_func ("/swarm/faults/reject", test_reject);
  g_test_add_func ("/swarm/faults/choke-without-fast", test_choke_without_fast);
  g_test_add_func ("/swarm/faults/bad-messages", test_bad_messages);
  g_test_add_func ("/swarm/faults/foreign-handshakes", test_foreign_handshakes);
  g_test_add_func ("/swarm/faults/unasked", test_unasked);
  g_test_add_func ("/swarm/faults/request-flood", test_request_flood);
  g_test_add_func ("/swarm/faults/cuts", test_cuts);
  g_test_add_func ("/swarm/faults/self-and-double", test_self_and_double);
  g_test_add_func ("/swarm/faults/seed-to-seed", test_seed_to_seed);
  g_test_add_data_func ("/swarm/faults/truncated-file", GUINT_TO_POINTER (VANISH_TRUNCATE),
                        test_vanished_file);
  g_test_add_data_func ("/swarm/faults/deleted-file", GUINT_TO_POINTER (VANISH_DELETE),
                        test_vanished_file);
  g_test_add_func ("/swarm/faults/second-bitfield", test_second_bitfield);
  g_test_add_func ("/swarm/faults/silence", test_silence);
  return g_test_run ();
}
