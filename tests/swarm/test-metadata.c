/* test-metadata.c - what peers are given of a torrent's description, and when they have had enough
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "peers/bt-peer-private.h"
#include "swarm/bt-swarm-private.h"
#include "wire/bt-extension.h"
#include "wire/bt-metadata-message.h"

#include <string.h>

#define N_FILES    240
#define NAME_CHARS 230
#define OUR_ID     9
#define UNREAD_ROUNDS 75  /* of three copies each: more than loopback's buffers take */

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *node;
  RawPeer    *peer;
  guint8      id;        /* the node's, for ut_metadata; 0: not told */
  guint32     claimed;
  guint32     n_pieces;
  guint       n_data;
  guint       n_rejects;
  guint32     last;      /* piece, of the last answer */
} Place;

static void
check_piece (Place                   *place,
             const BtMetadataMessage *message)
{
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (bt_metainfo_get_info_bytes (place->metainfo), &n_bytes);

  g_assert_cmpuint (message->total_bytes, ==, n_bytes);
  g_assert_cmpmem (message->data, message->n_bytes,
                   bytes + message->piece * BT_METADATA_PIECE_BYTES,
                   bt_metadata_get_piece_bytes (n_bytes, message->piece));
}

static void
take_message (RawPeer      *peer,
              guint8        extended_id,
              const guint8 *payload,
              gsize         n_bytes)
{
  Place *place = peer->data;
  BtExtensionHandshake handshake;
  BtMetadataMessage message;

  if (extended_id == BT_EXTENSION_HANDSHAKE)
    {
      g_assert_true (bt_extension_parse_handshake (payload, n_bytes, &handshake));
      place->id = handshake.ids[BT_EXTENSION_METADATA];
      place->claimed = handshake.metadata_bytes;
      return;
    }
  g_assert_cmpuint (extended_id, ==, OUR_ID);
  g_assert_true (bt_metadata_message_parse (payload, n_bytes, &message));
  place->last = message.piece;
  if (message.type == BT_METADATA_DATA)
    {
      place->n_data++;
      check_piece (place, &message);
    }
  else
    {
      g_assert_cmpint (message.type, ==, BT_METADATA_REJECT);
      place->n_rejects++;
    }
}

static gboolean
is_introduced (gpointer user_data)
{
  return ((Place *) user_data)->id != 0;
}

static void
introduce (Place *place)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtExtensionHandshake handshake = { .has_m = TRUE };

  handshake.ids[BT_EXTENSION_METADATA] = OUR_ID;
  bt_extension_put_handshake (out, &handshake);
  raw_peer_send (place->peer, out->data, out->len);
}

/* A peer that has said nothing of what it speaks. */
static Place *
place_new (gboolean is_complete)
{
  Place *place = g_new0 (Place, 1);
  g_autofree TestFile *files = g_new0 (TestFile, N_FILES + 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gsize n_bytes;

  place->world = test_world_new ();
  for (guint i = 0; i < N_FILES; i++)
    {
      g_ptr_array_add (names, g_strdup_printf ("%0*u", NAME_CHARS, i));
      files[i] = (TestFile) { g_ptr_array_index (names, i), 10 };
    }
  place->metainfo = test_world_make_torrent (place->world, "many", files, 16384, NULL);
  n_bytes = g_bytes_get_size (bt_metainfo_get_info_bytes (place->metainfo));
  place->n_pieces = bt_metadata_count_pieces (n_bytes);
  g_assert_cmpuint (place->n_pieces, ==, 4);
  place->node = test_node_new (place->world, NULL);
  test_node_add (place->node, place->metainfo, is_complete ? place->world->folder : NULL, NULL,
                 TRUE);
  g_assert_true (test_node_wait_state (place->node, is_complete ? BT_SWARM_SEEDING
                                                                : BT_SWARM_DOWNLOADING));
  place->peer = raw_peer_new (place->node, place->metainfo);
  place->peer->data = place;
  place->peer->extended_func = take_message;
  raw_peer_send_handshake (place->peer, place->metainfo, "it", FALSE);
  g_assert_true (test_world_wait (place->world, is_introduced, place));
  g_assert_cmpuint (place->claimed, ==, n_bytes);
  return place;
}

static void
place_free (Place *place)
{
  raw_peer_free (place->peer);
  test_node_free (place->node);
  bt_metainfo_unref (place->metainfo);
  test_world_free (place->world);
  g_free (place);
}

static void
ask (Place   *place,
     guint32  piece,
     guint    n_times)
{
  BtMetadataMessage message = { .type = BT_METADATA_REQUEST, .piece = piece };

  for (guint i = 0; i < n_times; i++)
    {
      g_autoptr (GByteArray) payload = g_byte_array_new ();
      g_autoptr (GByteArray) out = g_byte_array_new ();

      bt_metadata_message_put (payload, &message);
      bt_wire_put_extended (out, place->id, payload->data, payload->len);
      raw_peer_send (place->peer, out->data, out->len);
    }
}

typedef struct
{
  Place *place;
  guint  n;
} Answers;

static gboolean
have_come (gpointer user_data)
{
  Answers *answers = user_data;

  return answers->place->n_data + answers->place->n_rejects >= answers->n ||
         answers->place->peer->is_closed;
}

static void
assert_answers (Place *place,
                guint  n_data,
                guint  n_rejects)
{
  Answers answers = { place, n_data + n_rejects };

  g_assert_true (test_world_wait (place->world, have_come, &answers));
  g_assert_cmpuint (place->n_data, ==, n_data);
  g_assert_cmpuint (place->n_rejects, ==, n_rejects);
}

/* Whoever asks gets it, from a seed or from one that has not begun. */
static void
test_given (void)
{
  for (int is_complete = 0; is_complete < 2; is_complete++)
    {
      Place *place = place_new (is_complete);

      introduce (place);
      for (guint32 i = 0; i < place->n_pieces; i++)
        ask (place, place->n_pieces - 1 - i, 1);
      assert_answers (place, place->n_pieces, 0);
      g_assert_cmpuint (place->last, ==, 0);
      ask (place, place->n_pieces, 1);
      assert_answers (place, place->n_pieces, 1);
      g_assert_cmpuint (place->last, ==, place->n_pieces);
      place_free (place);
    }
}

/* Three copies, and then a piece a second. */
static void
test_allowance (void)
{
  Place *place = place_new (TRUE);
  guint n = 3 * place->n_pieces;
  Answers answers = { place, n + 20 };

  introduce (place);
  ask (place, 1, n + 20);
  /* The clock goes on a little while we wait. */
  g_assert_true (test_world_wait (place->world, have_come, &answers));
  g_assert_cmpuint (place->n_data, >=, n);
  g_assert_cmpuint (place->n_data, <=, n + 1);
  test_world_pass (place->world, 5 * BT_SECOND_US);
  ask (place, 1, 20);
  answers.n += 20;
  g_assert_true (test_world_wait (place->world, have_come, &answers));
  g_assert_cmpuint (place->n_data, >=, n + 5);
  g_assert_cmpuint (place->n_data, <=, n + 7);
  g_assert_cmpuint (place->n_data + place->n_rejects, ==, answers.n);
  test_world_pass (place->world, 100 * BT_SECOND_US);
  g_assert_false (place->peer->is_closed);
  place_free (place);
}

/* Requests without end, some of them no requests: it is sent away. */
static void
test_flood (void)
{
  for (int kind = 0; kind < 3; kind++)
    {
      Place *place = place_new (TRUE);
      gint64 began_us = bt_clock_get_us (place->world->clock);

      if (kind != 2)
        introduce (place);
      for (guint i = 0; i < 2000 && kind == 1; i++)
        {
          g_autoptr (GByteArray) out = g_byte_array_new ();

          bt_wire_put_extended (out, place->id, (const guint8 *) "rubbish", 7);
          raw_peer_send (place->peer, out->data, out->len);
        }
      /* The last does not even speak it. */
      if (kind != 1)
        ask (place, 0, 2000);
      g_assert_true (raw_peer_wait_closed (place->peer));
      g_assert_cmpint (bt_clock_get_us (place->world->clock) - began_us, <, 20 * BT_SECOND_US);
      g_assert_cmpuint (place->n_data, <=, 3 * place->n_pieces);
      place_free (place);
    }
}

typedef struct
{
  BtPeer *peer;
  gint64  since_us;
} Hearing;

/* Or it is not listened to now, which does not count as silence. */
static gboolean
is_heard (gpointer user_data)
{
  Hearing *hearing = user_data;

  return hearing->peer->received_at_us >= hearing->since_us;
}

/* Who does not read is not sent more than the kernel takes and a little. */
static void
test_unread (void)
{
  Place *place = place_new (TRUE);
  SwarmPeer *sp = g_ptr_array_index (place->node->swarm->peers, 0);
  guint n_each = 3 * place->n_pieces;
  Answers answers = { place, UNREAD_ROUNDS * n_each };

  introduce (place);
  for (guint i = 0; i < UNREAD_ROUNDS; i++)
    {
      Hearing hearing = { sp->peer, bt_clock_get_us (place->world->clock) };

      ask (place, i % place->n_pieces, n_each);
      bt_stream_set_wanted (place->peer->stream, 0);
      /* The kernel is late at times, and made-up time would make a silent peer of this one. */
      g_assert_true (test_world_wait (place->world, is_heard, &hearing));
      test_world_pass (place->world, n_each * BT_SECOND_US);
      g_assert_cmpuint (bt_peer_get_n_out_bytes (sp->peer), <, 128 * 1024);
    }
  g_assert_cmpuint (place->n_data, ==, 0);
  /* What waits is bounded, too. */
  bt_stream_set_wanted (place->peer->stream, BT_STREAM_READABLE);
  g_assert_true (test_world_wait (place->world, have_come, &answers));
  g_assert_cmpuint (place->n_data + place->n_rejects, ==, answers.n);
  g_assert_cmpuint (place->n_rejects, >, 0);
  place_free (place);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/metadata/given", test_given);
  g_test_add_func ("/swarm/metadata/allowance", test_allowance);
  g_test_add_func ("/swarm/metadata/flood", test_flood);
  g_test_add_func ("/swarm/metadata/unread", test_unread);
  return g_test_run ();
}
