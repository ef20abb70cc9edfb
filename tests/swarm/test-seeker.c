/* test-seeker.c - a magnet link among seeds, liars, and those who say nothing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "../trackers/fixture.h"

#include "wire/bt-extension.h"
#include "wire/bt-metadata-message.h"

#include <string.h>

#define PIECE_BYTES 16384u
#define N_FILES     240         /* of long names: some 60 KiB of description */
#define NAME_CHARS  230

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  BtMagnet   *magnet;
  TestNode   *node;        /* that seeks */
  BtSeeker   *seeker;
  BtMetainfo *found;       /* owned */
  char       *error;       /* owned */
  guint       n_called;
} Place;

static BtMetainfo *
make_torrent (TestWorld *world)
{
  g_autofree TestFile *files = g_new0 (TestFile, N_FILES + 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  BtMetainfo *metainfo;
  gsize n_bytes;

  for (guint i = 0; i < N_FILES; i++)
    {
      g_ptr_array_add (names, g_strdup_printf ("%0*u", NAME_CHARS, i));
      files[i] = (TestFile) { g_ptr_array_index (names, i), 100 + i };
    }
  metainfo = test_world_make_torrent (world, "many", files, PIECE_BYTES, NULL);
  n_bytes = g_bytes_get_size (bt_metainfo_get_info_bytes (metainfo));
  g_assert_cmpuint (bt_metadata_count_pieces (n_bytes), >=, 4);
  return metainfo;
}

static Place *
place_new (void)
{
  Place *place = g_new0 (Place, 1);

  place->world = test_world_new ();
  place->metainfo = make_torrent (place->world);
  place->magnet = bt_magnet_new_from_metainfo (place->metainfo, NULL);
  place->node = test_node_new (place->world, NULL);
  return place;
}

static void
place_free (Place *place)
{
  test_node_free (place->node);
  g_clear_pointer (&place->found, bt_metainfo_unref);
  bt_metainfo_unref (place->metainfo);
  bt_magnet_unref (place->magnet);
  g_free (place->error);
  test_world_free (place->world);
  g_free (place);
}

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  Place *place = user_data;

  g_assert_true (seeker == place->seeker);
  g_assert_true ((metainfo == NULL) == (error != NULL));
  place->n_called++;
  if (metainfo != NULL)
    place->found = bt_metainfo_ref (metainfo);
  else
    place->error = g_strdup (error->message);
}

static void
seek (Place *place)
{
  const BtSeekerConfig config = { .use_trackers = TRUE };
  g_autoptr (GError) error = NULL;

  place->seeker = bt_session_seek (place->node->session, place->magnet, &config, found_cb, place,
                                   &error);
  g_assert_no_error (error);
}

static TestNode *
add_seed (Place *place)
{
  TestNode *seed = test_node_new (place->world, NULL);

  test_node_add (seed, place->metainfo, place->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (seed, BT_SWARM_SEEDING));
  return seed;
}

static void
tell (Place    *place,
      TestNode *of)
{
  BtAddress address = test_node_get_address (of);

  bt_seeker_add_peer (place->seeker, &address, BT_SOURCE_TRACKER);
}

static gboolean
was_called (gpointer user_data)
{
  return ((Place *) user_data)->n_called > 0;
}

static void
wait_found (Place *place)
{
  g_assert_true (test_world_wait (place->world, was_called, place));
  g_assert_nonnull (place->found);
  g_assert_true (g_bytes_equal (bt_metainfo_get_info_bytes (place->found),
                                bt_metainfo_get_info_bytes (place->metainfo)));
}

static BtSeekerFacts
get_facts (Place *place)
{
  BtSeekerFacts facts;

  bt_seeker_get_facts (place->seeker, &facts);
  g_clear_pointer (&facts.message, g_free);
  return facts;
}

/* --- With seeds --- */

/* The whole way: the description from two seeds, and then the torrent, from those who were met. */
static void
test_download (void)
{
  Place *place = place_new ();
  TestNode *seeds[2] = { add_seed (place), add_seed (place) };
  g_autoptr (GArray) known = NULL;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (BtMetainfo) again = NULL;
  BtSeekerFacts facts;
  gint64 began_us;

  seek (place);
  began_us = bt_clock_get_us (place->world->clock);
  tell (place, seeds[0]);
  tell (place, seeds[1]);
  wait_found (place);
  g_assert_cmpint (bt_clock_get_us (place->world->clock) - began_us, <, 2 * BT_SECOND_US);
  g_assert_true (bt_seeker_get_metainfo (place->seeker) == place->found);
  facts = get_facts (place);
  g_assert_cmpint (facts.state, ==, BT_SEEKER_FOUND);
  g_assert_cmpuint (facts.n_known, ==, 2);
  g_assert_cmpuint (facts.n_met, >=, 1);
  g_assert_cmpuint (facts.n_refused + facts.n_lied + facts.n_unreachable, ==, 0);
  g_assert_cmpuint (facts.metadata_bytes, ==,
                    g_bytes_get_size (bt_metainfo_get_info_bytes (place->metainfo)));
  g_assert_cmpuint (facts.received_bytes, ==, facts.metadata_bytes);
  rows = bt_seeker_get_peer_rows (place->seeker);
  g_assert_cmpuint (rows->len, >=, 1);
  g_assert_cmpuint (g_array_index (rows, BtPeerRow, 0).source, ==, BT_SOURCE_TRACKER);
  g_assert_true (g_str_has_prefix (g_array_index (rows, BtPeerRow, 0).client, "Freshet"));

  /* As it is kept. */
  file = bt_metainfo_dup_file (place->found, NULL);
  again = bt_metainfo_new_from_bytes (file, NULL);
  known = bt_seeker_dup_known (place->seeker);
  bt_session_end_seek (place->node->session, place->seeker, TRUE);
  test_node_add (place->node, again, NULL, NULL, TRUE);
  g_assert_cmpuint (known->len, ==, 2);
  for (guint i = 0; i < known->len; i++)
    {
      const BtKnownAddress *peer = &g_array_index (known, BtKnownAddress, i);

      bt_swarm_add_peer (place->node->swarm, &peer->address, (BtSource) peer->sources);
    }
  g_assert_true (test_node_wait_state (place->node, BT_SWARM_SEEDING));
  test_assert_same_files (place->metainfo, place->world->folder, place->node->folder);
  g_assert_cmpuint (place->n_called, ==, 1);
  test_node_free (seeds[0]);
  test_node_free (seeds[1]);
  place_free (place);
}

/* Nobody is told to it, but it is told to somebody. */
static void
test_incoming (void)
{
  Place *place = place_new ();
  TestNode *seed = add_seed (place);
  g_autoptr (GArray) known = NULL;
  BtAddress address;

  seek (place);
  test_node_connect (seed, place->node);
  wait_found (place);
  known = bt_seeker_dup_known (place->seeker);
  address = test_node_get_address (seed);
  g_assert_cmpuint (known->len, ==, 1);
  g_assert_true (bt_address_equal (&g_array_index (known, BtKnownAddress, 0).address, &address));
  g_assert_cmpuint (g_array_index (known, BtKnownAddress, 0).sources, ==, BT_SOURCE_INCOMING);
  test_node_free (seed);
  place_free (place);
}

/* x.pe, and one that has begun to download and has nothing yet. */
static void
test_from_link (void)
{
  Place *place = place_new ();
  TestNode *leecher = test_node_new (place->world, NULL);
  g_autofree char *plain = bt_magnet_to_uri (place->magnet);
  g_autofree char *uri = g_strdup_printf ("%s&x.pe=127.0.0.1:%u", plain,
                                          bt_session_get_port (leecher->session));

  test_node_add (leecher, place->metainfo, NULL, NULL, TRUE);
  g_assert_true (test_node_wait_state (leecher, BT_SWARM_DOWNLOADING));
  g_clear_pointer (&place->magnet, bt_magnet_unref);
  place->magnet = bt_magnet_new_from_uri (uri, NULL);
  seek (place);
  wait_found (place);
  test_node_free (leecher);
  place_free (place);
}

static void
test_twice (void)
{
  const BtSeekerConfig config = { 0 };
  Place *place = place_new ();
  BtSession *session = place->node->session;
  const guint8 *info_hash = bt_metainfo_get_info_hash_v1 (place->metainfo);
  const BtSwarmConfig swarm_config = { .folder = place->node->folder };
  g_autoptr (GError) error = NULL;

  seek (place);
  g_assert_null (bt_session_seek (session, place->magnet, &config, found_cb, place, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_null (bt_session_add (session, place->metainfo, &swarm_config, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (bt_session_find_seeker (session, info_hash) == place->seeker);
  g_assert_cmpuint (bt_session_get_n_seekers (session), ==, 1);
  g_assert_true (bt_session_get_seeker (session, 0) == place->seeker);

  /* Free at once. */
  bt_session_end_seek (session, place->seeker, FALSE);
  g_assert_null (bt_session_find_seeker (session, info_hash));
  g_assert_cmpuint (bt_session_get_n_seekers (session), ==, 0);
  seek (place);
  bt_session_end_seek (session, place->seeker, FALSE);
  test_node_add (place->node, place->metainfo, NULL, NULL, FALSE);
  g_assert_true (bt_session_find_swarm (session, info_hash) == place->node->swarm);
  g_assert_null (bt_session_seek (session, place->magnet, &config, found_cb, place, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpuint (place->n_called, ==, 0);
  place_free (place);
}

/* The session ends in the middle of it. */
static void
test_closing (void)
{
  Place *place = place_new ();
  TestNode *seed = add_seed (place);

  seek (place);
  tell (place, seed);
  test_world_pass (place->world, 200 * BT_MILLISECOND_US);
  test_node_free (seed);
  place_free (place);
}

static gboolean
has_failed (gpointer user_data)
{
  return ((Place *) user_data)->error != NULL;
}

/* --- With peers of our own making --- */

typedef enum
{
  HONEST,
  RUBBISH,    /* of the right size */
  REJECTING,
  SILENT,
  ASKING,     /* the same of us, again and again */
  FLOODING,   /* with what nobody asked for */
  HUGE_SIZE,
  WITHOUT,    /* speaks of it, has none */
  MALFORMED,
} Manner;

typedef struct
{
  GBytes  *info;
  Manner   manner;
  guint8   id;         /* its id for ut_metadata; 0: not told yet */
  guint    n_asked;
  guint    n_rejected;
} Liar;

static void
send_metadata (RawPeer                 *peer,
               const BtMetadataMessage *message)
{
  Liar *liar = peer->data;
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();

  bt_metadata_message_put (payload, message);
  bt_wire_put_extended (out, liar->id, payload->data, payload->len);
  raw_peer_send (peer, out->data, out->len);
}

static void
send_piece (RawPeer *peer,
            guint32  piece)
{
  Liar *liar = peer->data;
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (liar->info, &n_bytes);
  g_autofree guint8 *copy = g_memdup2 (bytes, n_bytes);
  BtMetadataMessage message = {
    .type = BT_METADATA_DATA,
    .piece = piece,
    .total_bytes = (guint32) n_bytes,
    .data = copy + piece * BT_METADATA_PIECE_BYTES,
    .n_bytes = bt_metadata_get_piece_bytes (n_bytes, piece),
  };

  if (liar->manner == RUBBISH)
    memset (copy, 'x', n_bytes);
  send_metadata (peer, &message);
}

static void
take_message (RawPeer      *peer,
              guint8        extended_id,
              const guint8 *payload,
              gsize         n_bytes)
{
  Liar *liar = peer->data;
  BtExtensionHandshake handshake;
  BtMetadataMessage message;

  if (extended_id == BT_EXTENSION_HANDSHAKE)
    {
      g_assert_true (bt_extension_parse_handshake (payload, n_bytes, &handshake));
      liar->id = handshake.ids[BT_EXTENSION_METADATA];
      g_assert_cmpuint (handshake.metadata_bytes, ==, 0);
      return;
    }
  g_assert_cmpuint (extended_id, ==, 9);
  g_assert_true (bt_metadata_message_parse (payload, n_bytes, &message));
  if (message.type == BT_METADATA_REJECT)
    liar->n_rejected++;
  if (message.type != BT_METADATA_REQUEST)
    return;
  liar->n_asked++;
  if (liar->manner == HONEST || liar->manner == RUBBISH)
    send_piece (peer, message.piece);
  message.type = BT_METADATA_REJECT;
  if (liar->manner == REJECTING)
    send_metadata (peer, &message);
}

static gboolean
is_introduced (gpointer user_data)
{
  RawPeer *peer = user_data;

  return ((Liar *) peer->data)->id != 0 || peer->is_closed;
}

/* It connects to the seeker, and has told what it has. */
static RawPeer *
add_liar (Place  *place,
          Liar   *liar,
          Manner  manner)
{
  RawPeer *peer = raw_peer_new (place->node, place->metainfo);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtExtensionHandshake handshake = { .has_m = TRUE };
  g_autofree char *id = g_strdup_printf ("%p", peer);

  *liar = (Liar) { bt_metainfo_get_info_bytes (place->metainfo), manner, 0, 0, 0 };
  peer->data = liar;
  peer->extended_func = take_message;
  raw_peer_send_handshake (peer, place->metainfo, id, TRUE);
  handshake.ids[BT_EXTENSION_METADATA] = 9;
  handshake.metadata_bytes = (guint32) g_bytes_get_size (liar->info);
  if (manner == WITHOUT)
    handshake.metadata_bytes = 0;
  if (manner == HUGE_SIZE)
    handshake.metadata_bytes = BT_METADATA_MAX_BYTES + 1;
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  bt_extension_put_handshake (out, &handshake);
  raw_peer_send (peer, out->data, out->len);
  g_assert_true (test_world_wait (place->world, is_introduced, peer));
  return peer;
}

static void
misbehave (RawPeer *peer)
{
  Liar *liar = peer->data;
  BtMetadataMessage request = { .type = BT_METADATA_REQUEST };

  for (guint i = 0; i < 1000 && liar->manner == ASKING; i++)
    send_metadata (peer, &request);
  for (guint i = 0; i < 100 && liar->manner == FLOODING; i++)
    send_piece (peer, i % 3);
  for (guint i = 0; i < 10 && liar->manner == MALFORMED; i++)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      bt_wire_put_extended (out, liar->id, (const guint8 *) "d1:", 3);
      raw_peer_send (peer, out->data, out->len);
    }
}

static const struct
{
  Manner   manner;
  gboolean is_dropped;
  guint    n_lied;
  guint    n_refused;
} manners[] = {
  { RUBBISH, TRUE, 1, 0 },
  { REJECTING, TRUE, 0, 1 },
  { SILENT, TRUE, 0, 1 },
  { ASKING, TRUE, 0, 0 },
  { FLOODING, TRUE, 1, 0 },
  { HUGE_SIZE, TRUE, 1, 0 },
  { WITHOUT, FALSE, 0, 1 },
  { MALFORMED, TRUE, 0, 0 },
};

/* Each is dropped, counted, and nothing else happens: a seed that comes then is all it takes. */
static void
test_manners (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      Place *place = place_new ();
      TestNode *seed = add_seed (place);
      BtSeekerFacts facts;
      RawPeer *peer;
      Liar liar;

      g_test_message ("manner %d", (int) manners[i].manner);
      seek (place);
      peer = add_liar (place, &liar, manners[i].manner);
      misbehave (peer);
      if (manners[i].is_dropped)
        g_assert_true (raw_peer_wait_closed (peer));
      else
        test_world_pass (place->world, 100 * BT_SECOND_US);
      g_assert_cmpuint (peer->is_closed, ==, manners[i].is_dropped);
      test_world_pass (place->world, BT_SECOND_US);
      facts = get_facts (place);
      g_assert_cmpint (facts.state, ==, BT_SEEKER_SEEKING);
      g_assert_cmpuint (facts.n_met, ==, 1);
      g_assert_cmpuint (facts.n_lied, ==, manners[i].n_lied);
      g_assert_cmpuint (facts.n_refused, ==, manners[i].n_refused);
      /* Some of the flood had been asked for. */
      g_assert_cmpuint (facts.received_bytes, <=,
                        manners[i].manner == FLOODING ? 3 * BT_METADATA_PIECE_BYTES : 0);
      g_assert_cmpuint (liar.n_asked, <, 20);
      g_assert_cmpuint (liar.n_rejected, <=, 100);
      g_assert_cmpuint (place->n_called, ==, 0);

      tell (place, seed);
      wait_found (place);
      raw_peer_free (peer);
      test_node_free (seed);
      place_free (place);
    }
}

/* Among honest ones, whoever comes first. */
static void
test_crowd (void)
{
  static const Manner crowd[] = { RUBBISH, SILENT, HUGE_SIZE, REJECTING, WITHOUT, RUBBISH, HONEST };
  Place *place = place_new ();
  RawPeer *peers[G_N_ELEMENTS (crowd)];
  Liar liars[G_N_ELEMENTS (crowd)];

  seek (place);
  for (gsize i = 0; i < G_N_ELEMENTS (crowd); i++)
    peers[i] = add_liar (place, &liars[i], crowd[i]);
  wait_found (place);
  for (gsize i = 0; i < G_N_ELEMENTS (crowd); i++)
    raw_peer_free (peers[i]);
  place_free (place);
}

/* The hash is right, and what it is of is of no use. */
static void
test_unusable (void)
{
  static const char text[] = "d4:name1:ae";
  Place *place = place_new ();
  g_autoptr (GBytes) info = g_bytes_new_static (text, strlen (text));
  guint8 digest[BT_SHA1_BYTES];
  g_autoptr (GString) uri = g_string_new ("magnet:?xt=urn:btih:");
  BtHandshake handshake = { .has_extended = TRUE };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtExtensionHandshake extended = { .has_m = TRUE, .metadata_bytes = strlen (text) };
  RawPeer *peer;
  Liar liar = { info, HONEST, 0, 0, 0 };

  bt_sha1 (text, strlen (text), digest);
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (uri, "%02x", digest[i]);
  g_clear_pointer (&place->magnet, bt_magnet_unref);
  place->magnet = bt_magnet_new_from_uri (uri->str, NULL);
  seek (place);
  peer = raw_peer_new (place->node, place->metainfo);
  peer->data = &liar;
  peer->extended_func = take_message;
  memcpy (handshake.info_hash, digest, sizeof digest);
  memcpy (handshake.peer_id, "-RW0001-000000000000", BT_WIRE_PEER_ID_BYTES);
  bt_wire_put_handshake (&handshake, bytes);
  raw_peer_send (peer, bytes, sizeof bytes);
  extended.ids[BT_EXTENSION_METADATA] = 9;
  bt_extension_put_handshake (out, &extended);
  raw_peer_send (peer, out->data, out->len);
  g_assert_true (test_world_wait (place->world, has_failed, place));
  g_assert_cmpint (bt_seeker_get_state (place->seeker), ==, BT_SEEKER_FAILED);
  g_assert_null (place->found);
  raw_peer_free (peer);
  place_free (place);
}

/* However many come, places are bounded, and those of no use make room. */
static void
test_places (void)
{
  Place *place = place_new ();
  TestNode *seed = add_seed (place);
  const BtSeekerConfig config = { .max_peers = 5 };
  RawPeer *peers[30];
  Liar liars[30];
  g_autoptr (GArray) rows = NULL;
  gint64 began_us;

  place->seeker = bt_session_seek (place->node->session, place->magnet, &config, found_cb, place,
                                   NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    peers[i] = add_liar (place, &liars[i], WITHOUT);
  test_world_pass (place->world, BT_SECOND_US);
  rows = bt_seeker_get_peer_rows (place->seeker);
  g_assert_cmpuint (rows->len, ==, 5);
  began_us = bt_clock_get_us (place->world->clock);
  tell (place, seed);
  wait_found (place);
  g_assert_cmpint (bt_clock_get_us (place->world->clock) - began_us, <, 5 * BT_SECOND_US);
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    raw_peer_free (peers[i]);
  test_node_free (seed);
  place_free (place);
}

/* --- Trackers --- */

typedef struct
{
  HttpServer *server;
  guint       n;
} Requests;

static gboolean
have_come (gpointer user_data)
{
  Requests *requests = user_data;

  return requests->server->targets->len >= requests->n;
}

/* It is announced like a download, and a torrent that follows needs no `stopped` in between. */
static void
test_trackers (void)
{
  for (int goes_on = 0; goes_on < 2; goes_on++)
    {
      Place *place = place_new ();
      TestNode *seed = add_seed (place);
      HttpServer *server = http_server_new (FALSE);
      Requests requests = { server, 1 };
      g_autofree char *url = http_server_dup_url (server, "/announce");
      g_autofree char *plain = bt_magnet_to_uri (place->magnet);
      g_autofree char *uri = g_strdup_printf ("%s&tr=%s", plain, url);
      g_autoptr (GString) body = g_string_new ("d8:completei1e10:incompletei3e8:intervali1800e"
                                               "5:peers6:\x7f");
      g_autofree char *events = NULL;
      g_autofree char *head = NULL;
      g_autoptr (GArray) rows = NULL;
      BtAddress address = test_node_get_address (seed);
      const char *target;

      g_string_append_len (body, "\0\0\1", 3);
      g_string_append_c (body, (char) (address.port >> 8));
      g_string_append_c (body, (char) (address.port & 0xff));
      g_string_append_c (body, 'e');
      head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                              body->len);
      g_string_prepend (body, head);
      g_clear_pointer (&server->reply, g_bytes_unref);
      server->reply = g_bytes_new (body->str, body->len);
      g_clear_pointer (&place->magnet, bt_magnet_unref);
      place->magnet = bt_magnet_new_from_uri (uri, NULL);
      seek (place);
      wait_found (place);
      target = g_ptr_array_index (server->targets, 0);
      g_assert_nonnull (strstr (target, "left=16384"));
      g_assert_nonnull (strstr (target, "numwant=200"));
      g_assert_cmpint (get_facts (place).tracker_seeds, ==, 1);
      g_assert_cmpint (get_facts (place).tracker_leechers, ==, 3);
      rows = bt_seeker_get_tracker_rows (place->seeker);
      g_assert_cmpuint (rows->len, ==, 1);
      g_assert_cmpstr (g_array_index (rows, BtTrackerFacts, 0).url, ==, url);
      g_assert_cmpstr (bt_metainfo_get_tier (place->found, 0)[0], ==, url);

      bt_session_end_seek (place->node->session, place->seeker, goes_on);
      if (goes_on)
        test_node_add (place->node, place->found, place->world->folder, NULL, TRUE);
      requests.n = 2;
      g_assert_true (test_world_wait (place->world, have_come, &requests));
      events = http_server_dup_events (server);
      g_assert_cmpstr (events, ==, goes_on ? "started started" : "started stopped");
      test_node_free (seed);
      place_free (place);
      http_server_free (server);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/seeker/download", test_download);
  g_test_add_func ("/swarm/seeker/incoming", test_incoming);
  g_test_add_func ("/swarm/seeker/from-link", test_from_link);
  g_test_add_func ("/swarm/seeker/twice", test_twice);
  g_test_add_func ("/swarm/seeker/closing", test_closing);
  g_test_add_func ("/swarm/seeker/manners", test_manners);
  g_test_add_func ("/swarm/seeker/crowd", test_crowd);
  g_test_add_func ("/swarm/seeker/unusable", test_unusable);
  g_test_add_func ("/swarm/seeker/places", test_places);
  g_test_add_func ("/swarm/seeker/trackers", test_trackers);
  return g_test_run ();
}
