/* test-live.c - settings that change while a torrent lives, and answers that come late
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#define PIECE_BYTES 32768u
#define N_PIECES    32u

static const TestFile one_mib[] = {
  { "one.bin", N_PIECES * PIECE_BYTES },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  char       *content;
} Place;

static Place
place_new (gboolean is_seed)
{
  Place place = { .world = test_world_new () };
  g_autofree char *path = g_build_filename (place.world->folder, "one.bin", NULL);

  place.metainfo = test_world_make_torrent (place.world, "one.bin", one_mib, PIECE_BYTES, NULL);
  g_assert_true (g_file_get_contents (path, &place.content, NULL, NULL));
  place.node = test_node_new (place.world, NULL);
  test_node_add (place.node, place.metainfo, is_seed ? place.world->folder : NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (place.node, is_seed ? BT_SWARM_SEEDING
                                                           : BT_SWARM_DOWNLOADING));
  return place;
}

static void
place_clear (Place *place)
{
  test_node_free (place->node);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
  g_free (place->content);
}

static void
send_block (Place             *place,
            RawPeer           *peer,
            const BtBlockSpan *span)
{
  raw_peer_send_block (peer, span,
                       (guint8 *) place->content + span->piece * PIECE_BYTES + span->begin);
}

/* --- Upload slots --- */

/* How many of them may take now. */
static guint
count_unchoked (RawPeer **peers,
                guint     n)
{
  guint n_unchoked = 0;

  for (guint i = 0; i < n; i++)
    n_unchoked += peers[i]->counts[BT_WIRE_UNCHOKE] - peers[i]->counts[BT_WIRE_CHOKE];
  return n_unchoked;
}

typedef struct
{
  RawPeer **peers;
  guint     n_peers;
  guint     n_unchoked;
} UnchokedWait;

static gboolean
are_unchoked (gpointer user_data)
{
  UnchokedWait *wait = user_data;

  return count_unchoked (wait->peers, wait->n_peers) == wait->n_unchoked;
}

static void
test_upload_slots (void)
{
  static const struct
  {
    guint n_slots;
    guint n_unchoked;
  } steps[] = { { 2, 2 }, { 4, 4 }, { 1, 1 }, { 0, 5 } };
  Place place = place_new (TRUE);
  RawPeer *peers[5];

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("slot%u", i);

      peers[i] = raw_peer_new (place.node, place.metainfo);
      raw_peer_send_handshake (peers[i], place.metainfo, id, TRUE);
      raw_peer_send_simple (peers[i], BT_WIRE_HAVE_NONE);
      raw_peer_send_simple (peers[i], BT_WIRE_INTERESTED);
      g_assert_true (raw_peer_wait_message (peers[i], BT_WIRE_EXTENDED, 1));
    }
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      UnchokedWait wait = { peers, 5, steps[i].n_unchoked };

      bt_swarm_set_upload_slots (place.node->swarm, steps[i].n_slots);
      /* So many soon, and so many still. */
      g_assert_true (test_world_wait (place.world, are_unchoked, &wait));
      test_world_pass (place.world, 3 * BT_SECOND_US);
      g_assert_cmpuint (count_unchoked (peers, 5), ==, steps[i].n_unchoked);
    }
  for (guint i = 0; i < 5; i++)
    raw_peer_free (peers[i]);
  place_clear (&place);
}

/* --- Order --- */

typedef struct
{
  Place   *place;
  RawPeer *peer;
  guint    n_answered;
  guint    n_until;
} Answers;

/* Answers what it is asked, in order, until so many blocks have gone. */
static gboolean
has_answered (gpointer user_data)
{
  Answers *answers = user_data;

  while (answers->n_answered < answers->peer->requests->len &&
         answers->n_answered < answers->n_until)
    send_block (answers->place, answers->peer,
                &g_array_index (answers->peer->requests, BtBlockSpan, answers->n_answered++));
  return answers->n_answered == answers->n_until;
}

/* From here on in order: after what was asked for before, the pieces that are left come as they
 * stand. */
static void
test_sequential (void)
{
  Place place = place_new (FALSE);
  RawPeer *peer = raw_peer_new (place.node, place.metainfo);
  Answers answers = { &place, peer, 0, 10 };
  guint n_before;
  guint32 last = 0;

  raw_peer_send_handshake (peer, place.metainfo, "order", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (test_world_wait (place.world, has_answered, &answers));
  bt_swarm_set_sequential (place.node->swarm, TRUE);
  n_before = peer->requests->len;
  answers.n_until = 2 * N_PIECES;
  g_assert_true (test_world_wait (place.world, has_answered, &answers));
  g_assert_true (test_node_wait_state (place.node, BT_SWARM_SEEDING));
  g_assert_cmpuint (n_before, <, N_PIECES);
  /* The rest of a piece begun comes first. */
  for (guint i = n_before + 1; i < peer->requests->len; i++)
    {
      const BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

      if (i > n_before + 1)
        g_assert_cmpuint (span->piece, >=, last);
      last = span->piece;
    }
  raw_peer_free (peer);
  place_clear (&place);
}

/* --- Late --- */

static gboolean
is_snubbed (gpointer user_data)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = g_ptr_array_index (swarm->peers, 0);

  return bt_peer_is_snubbed (sp->peer);
}

static gboolean
has_first_ten (gpointer user_data)
{
  return ((BtSwarm *) user_data)->received_bytes >= 10 * BT_BLOCK_BYTES;
}

/* A peer that was silent for so long that it was given up answers all of what it had been asked:
 * nothing of that is thrown away, and it is one to be asked again. */
static void
test_late (void)
{
  Place place = place_new (FALSE);
  BtSwarm *swarm = place.node->swarm;
  RawPeer *peer = raw_peer_new (place.node, place.metainfo);
  BtSwarmFacts facts;

  raw_peer_send_handshake (peer, place.metainfo, "late", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 10));
  g_assert_true (test_world_wait (place.world, is_snubbed, swarm));
  for (guint i = 0; i < 10; i++)
    send_block (&place, peer, &g_array_index (peer->requests, BtBlockSpan, i));
  g_assert_true (test_world_wait (place.world, has_first_ten, swarm));
  g_assert_false (is_snubbed (swarm));
  bt_swarm_get_facts (swarm, &facts);
  g_assert_cmpuint (facts.wasted_bytes, ==, 0);
  bt_swarm_facts_clear (&facts);
  test_world_pass (place.world, BT_SECOND_US);
  g_assert_cmpuint (bt_swarm_get_have (swarm)->n_set + bt_picker_get_n_open (swarm->picker), >=, 5);
  /* The same again is of no use. */
  send_block (&place, peer, &g_array_index (peer->requests, BtBlockSpan, 0));
  test_world_pass (place.world, BT_SECOND_US);
  bt_swarm_get_facts (swarm, &facts);
  g_assert_cmpuint (facts.wasted_bytes, ==, BT_BLOCK_BYTES);
  bt_swarm_facts_clear (&facts);
  raw_peer_free (peer);
  place_clear (&place);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/live/upload-slots", test_upload_slots);
  g_test_add_func ("/swarm/live/sequential", test_sequential);
  g_test_add_func ("/swarm/live/late", test_late);
  return g_test_run ();
}
