/* test-files.c - a torrent's files: wanted or not, renamed, whole, given away, while it runs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <glib/gstdio.h>

#define PIECE_BYTES 32768u

/* Pieces 0 to 3, 3 to 5, 5 and 6; nothing; 6. */
static const TestFile files[] = {
  { "a", 100000 },
  { "b", 70000 },
  { "c", 40000 },
  { "d", 0 },
  { "e", 10000 },
  { NULL }
};
static const guint b_to_e[] = { 1, 2, 3, 4 };

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leech;
  char       *folder;   /* of the leech */
  char       *parts;
  guint       n_answers;
  GError     *error;
} Fixture;

/* The leech is connected once it has been started. `config` nullable; its parts, if any, get a place. */
static void
fixture_init (Fixture       *f,
              BtSwarmConfig *config)
{
  *f = (Fixture) { .world = test_world_new () };
  f->parts = g_build_filename (f->world->folder, "kept", "parts", NULL);
  if (config != NULL && config->parts_path != NULL)
    config->parts_path = f->parts;
  f->metainfo = test_world_make_torrent (f->world, "t", files, PIECE_BYTES, NULL);
  f->seed = test_node_new (f->world, NULL);
  test_node_add (f->seed, f->metainfo, f->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (f->seed, BT_SWARM_SEEDING));
  f->leech = test_node_new (f->world, NULL);
  f->folder = g_strdup (f->leech->folder);
  test_node_add (f->leech, f->metainfo, NULL, config, FALSE);
  test_node_connect (f->leech, f->seed);
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->leech);
  test_node_free (f->seed);
  test_world_pass (f->world, 60 * BT_SECOND_US);
  g_clear_error (&f->error);
  bt_metainfo_unref (f->metainfo);
  g_free (f->folder);
  g_free (f->parts);
  test_world_free (f->world);
}

static BtSwarmFacts
get_facts (TestNode *node)
{
  BtSwarmFacts facts;

  bt_swarm_get_facts (node->swarm, &facts);
  bt_swarm_facts_clear (&facts);
  return facts;
}

static gboolean
has_file (Fixture    *f,
          const char *path)
{
  g_autofree char *full = g_build_filename (f->folder, "t", path, NULL);

  return g_file_test (full, G_FILE_TEST_EXISTS);
}

static void
assert_same_file (Fixture    *f,
                  const char *source,
                  const char *path)
{
  g_autofree char *expected_path = g_build_filename (f->world->folder, "t", source, NULL);
  g_autofree char *full = g_build_filename (f->folder, "t", path, NULL);
  g_autofree char *expected = NULL;
  g_autofree char *bytes = NULL;
  gsize n_expected, n_bytes;

  g_assert_true (g_file_get_contents (expected_path, &expected, &n_expected, NULL));
  g_assert_true (g_file_get_contents (full, &bytes, &n_bytes, NULL));
  g_assert_cmpmem (bytes, n_bytes, expected, n_expected);
}

typedef struct
{
  Fixture    *f;
  const char *path;
} FileWait;

static gboolean
has_come (gpointer user_data)
{
  FileWait *wait = user_data;

  return has_file (wait->f, wait->path);
}

static gboolean
wait_file (Fixture    *f,
           const char *path)
{
  FileWait wait = { f, path };

  return test_world_wait (f->world, has_come, &wait);
}

static void
answer_cb (BtSwarm      *swarm,
           const GError *error,
           gpointer      user_data)
{
  Fixture *f = user_data;

  f->n_answers++;
  g_clear_error (&f->error);
  f->error = error != NULL ? g_error_copy (error) : NULL;
}

static gboolean
is_answered (gpointer user_data)
{
  return ((Fixture *) user_data)->n_answers > 0;
}

/* A stop, and another engine that goes on with what it told, and these priorities. */
static void
move_elsewhere (Fixture            *f,
                BtSwarmConfig      *config)
{
  g_autoptr (BtResume) resume = NULL;

  bt_swarm_stop (f->leech->swarm);
  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_STOPPED));
  resume = bt_swarm_dup_resume (f->leech->swarm);
  config->resume = resume;
  test_node_free (f->leech);
  f->leech = test_node_new (f->world, NULL);
  test_node_add (f->leech, f->metainfo, f->folder, config, TRUE);
  config->resume = NULL;
}

static void
send_have (RawPeer *peer,
           guint8   piece)
{
  guint8 message[] = { 0, 0, 0, 5, BT_WIRE_HAVE, 0, 0, 0, piece };

  raw_peer_send (peer, message, sizeof message);
}

static gboolean
is_alone (gpointer user_data)
{
  return bt_swarm_get_n_peers (user_data) == 0;
}

/* --- What is wanted --- */

/* One file, then another, then all; with and without a place for the bytes on the border. */
static void
test_wanted_later (gconstpointer user_data)
{
  gboolean has_parts = GPOINTER_TO_INT (user_data);
  Fixture f;
  BtSwarmConfig config = { .parts_path = has_parts ? "" : NULL };

  fixture_init (&f, &config);
  bt_swarm_set_file_priorities (f.leech->swarm, b_to_e, G_N_ELEMENTS (b_to_e), BT_PRIORITY_SKIP);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  assert_same_file (&f, "a", "a");
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 4);
  if (has_parts)
    g_assert_false (has_file (&f, "b"));

  /* The seed was let go. */
  g_assert_true (test_world_wait (f.world, is_alone, f.leech->swarm));
  bt_swarm_set_file_priority (f.leech->swarm, 1, BT_PRIORITY_HIGH);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_DOWNLOADING);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  assert_same_file (&f, "b", "b");
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 6);

  g_assert_true (test_world_wait (f.world, is_alone, f.leech->swarm));
  bt_swarm_set_file_priorities (f.leech->swarm, b_to_e, G_N_ELEMENTS (b_to_e), BT_PRIORITY_NORMAL);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_DOWNLOADING);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  test_assert_same_files (f.metainfo, f.world->folder, f.folder);
  g_assert_cmpuint (get_facts (f.leech).received_bytes, ==, 220000);
  g_assert_cmpuint (get_facts (f.leech).done_bytes, ==, 220000);
  fixture_clear (&f);
}

/* Between two engines: what lay in the parts is in the file then, and not fetched again. */
static void
test_wanted_elsewhere (void)
{
  Fixture f;
  BtFileRecord records[] = { { 1, 0, NULL }, { 2, 0, NULL }, { 3, 0, NULL }, { 4, 0, NULL } };
  BtFileRecord later[] = { { 2, 0, NULL }, { 77, 3, NULL } };
  BtSwarmConfig config = { .file_records = records, .n_file_records = G_N_ELEMENTS (records),
                           .parts_path = "" };

  fixture_init (&f, &config);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (g_file_test (f.parts, G_FILE_TEST_EXISTS));

  /* The same again: nothing is hashed, and what lies in the parts is believed. */
  move_elsewhere (&f, &config);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 4);
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  g_assert_false (has_file (&f, "b"));

  config.file_records = later;
  config.n_file_records = G_N_ELEMENTS (later);
  move_elsewhere (&f, &config);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 4);
  test_node_connect (f.leech, f.seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  assert_same_file (&f, "a", "a");
  assert_same_file (&f, "b", "b");
  assert_same_file (&f, "e", "e");
  g_assert_cmpuint (get_facts (f.leech).received_bytes, ==, 220000 - 4 * PIECE_BYTES);
  fixture_clear (&f);
}

/* Complete all the time, an empty file that is wanted after all is made: while it runs, or when it starts. */
static void
test_wanted_empty (gconstpointer user_data)
{
  gboolean is_live = GPOINTER_TO_INT (user_data);
  Fixture f;
  BtFileRecord records[] = { { 3, 0, NULL } };
  BtSwarmConfig config = { .file_records = records, .n_file_records = 1 };

  fixture_init (&f, &config);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_false (has_file (&f, "d"));
  config.n_file_records = 0;
  if (is_live)
    bt_swarm_set_file_priority (f.leech->swarm, 3, BT_PRIORITY_NORMAL);
  else
    move_elsewhere (&f, &config);
  g_assert_true (wait_file (&f, "d"));
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* Nobody gives anything; without what is missing it is complete. */
static void
test_skipped_later (void)
{
  Fixture f;
  BtSwarmConfig config = { 0 };
  RawPeer *peer;

  fixture_init (&f, &config);
  test_node_free (f.seed);
  f.seed = test_node_new (f.world, NULL);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  peer = raw_peer_new (f.leech, f.metainfo);
  raw_peer_send_handshake (peer, f.metainfo, "has", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  send_have (peer, 6);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_INTERESTED, 1));

  /* It has nothing of what is wanted now. */
  bt_swarm_set_file_priority (f.leech->swarm, 2, BT_PRIORITY_SKIP);
  bt_swarm_set_file_priority (f.leech->swarm, 4, BT_PRIORITY_SKIP);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_DOWNLOADING);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_NOT_INTERESTED, 1));
  bt_swarm_set_file_priority (f.leech->swarm, 4, BT_PRIORITY_LOW);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_INTERESTED, 2));

  /* Without all of it, it is complete; and then it is not. */
  bt_swarm_set_file_priorities (f.leech->swarm, b_to_e, G_N_ELEMENTS (b_to_e), BT_PRIORITY_SKIP);
  bt_swarm_set_file_priority (f.leech->swarm, 0, BT_PRIORITY_SKIP);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_SEEDING);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_NOT_INTERESTED, 2));
  bt_swarm_set_file_priority (f.leech->swarm, 2, BT_PRIORITY_HIGH);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_DOWNLOADING);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_INTERESTED, 3));
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 1));
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* --- The suffix --- */

static void
test_suffix (void)
{
  Fixture f;
  BtSwarmConfig config = { .use_suffix = TRUE, .preallocate = BT_PREALLOCATE_SPARSE };

  fixture_init (&f, &config);
  bt_swarm_set_file_priority (f.leech->swarm, 1, BT_PRIORITY_SKIP);
  test_node_free (f.seed);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_true (has_file (&f, "a.part") && has_file (&f, "c.part"));
  g_assert_false (has_file (&f, "a"));

  /* Known by the other engine, too. */
  move_elsewhere (&f, &config);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  g_assert_cmpuint (get_facts (f.leech).to_check_bytes, ==, 0);
  f.seed = test_node_new (f.world, NULL);
  test_node_add (f.seed, f.metainfo, f.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_SEEDING));
  bt_swarm_set_file_priority (f.leech->swarm, 1, BT_PRIORITY_SKIP);
  test_node_connect (f.leech, f.seed);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (wait_file (&f, "a") && wait_file (&f, "c") && wait_file (&f, "e"));
  g_assert_false (has_file (&f, "a.part") || has_file (&f, "c.part") || has_file (&f, "e.part"));
  g_assert_false (has_file (&f, "b"));

  bt_swarm_set_file_priority (f.leech->swarm, 1, BT_PRIORITY_NORMAL);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (wait_file (&f, "b"));
  g_assert_false (has_file (&f, "b.part"));
  test_assert_same_files (f.metainfo, f.world->folder, f.folder);

  move_elsewhere (&f, &config);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* A file is whole long before the torrent is. */
static void
test_suffix_of_one (void)
{
  Fixture f;
  BtSwarmConfig config = { .use_suffix = TRUE, .preallocate = BT_PREALLOCATE_SPARSE };
  g_autofree char *source = NULL;
  g_autofree char *content = NULL;
  RawPeer *peer;

  fixture_init (&f, &config);
  test_node_free (f.seed);
  f.seed = test_node_new (f.world, NULL);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  source = g_build_filename (f.world->folder, "t", "e", NULL);
  g_assert_true (g_file_get_contents (source, &content, NULL, NULL));
  peer = raw_peer_new (f.leech, f.metainfo);
  raw_peer_send_handshake (peer, f.metainfo, "last", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  send_have (peer, 6);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 2));
  {
    g_autofree char *path = g_build_filename (f.world->folder, "t", "c", NULL);
    g_autofree char *before = NULL;
    g_autoptr (GByteArray) piece = g_byte_array_new ();

    /* The last 13392 bytes of c, and e. */
    g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
    g_byte_array_append (piece, (guint8 *) before + 6 * PIECE_BYTES - 170000,
                         210000 - 6 * PIECE_BYTES);
    g_byte_array_append (piece, (guint8 *) content, 10000);
    for (guint i = 0; i < 2; i++)
      {
        BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

        raw_peer_send_block (peer, span, piece->data + span->begin);
      }
  }
  g_assert_true (wait_file (&f, "e"));
  g_assert_false (has_file (&f, "e.part"));
  g_assert_true (has_file (&f, "c.part"));
  assert_same_file (&f, "e", "e");
  raw_peer_free (peer);
  fixture_clear (&f);
}

/* All of a file came with the last piece of another one; nothing is missing when it is wanted. */
static void
test_suffix_of_parts (gconstpointer user_data)
{
  gboolean is_elsewhere = GPOINTER_TO_INT (user_data);
  Fixture f;
  BtFileRecord records[] = { { 0, 0, NULL }, { 1, 0, NULL }, { 4, 0, NULL } };
  BtSwarmConfig config = { .file_records = records, .n_file_records = G_N_ELEMENTS (records),
                           .use_suffix = TRUE, .parts_path = "" };

  fixture_init (&f, &config);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (wait_file (&f, "c"));
  g_assert_false (has_file (&f, "e") || has_file (&f, "e.part"));
  config.n_file_records = 2;
  if (is_elsewhere)
    move_elsewhere (&f, &config);
  else
    bt_swarm_set_file_priority (f.leech->swarm, 4, BT_PRIORITY_NORMAL);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_true (wait_file (&f, "e"));
  assert_same_file (&f, "e", "e");
  g_assert_false (has_file (&f, "e.part"));
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* --- Names --- */

static void
rename_file (Fixture    *f,
             guint       file,
             const char *path)
{
  f->n_answers = 0;
  bt_swarm_rename_file (f->leech->swarm, file, path, answer_cb, f);
  g_assert_true (test_world_wait (f->world, is_answered, f));
}

static void
test_rename (void)
{
  static const char *const bad[] = { "", "/x", "t/../../x", "t//x", "t/.", "t/a\nb", "t/b" };
  Fixture f;
  BtFileRecord records[] = { { 0, 2, (char *) "t/deep/A" }, { 1, 2, (char *) "../b" } };
  BtSwarmConfig config = { .file_records = records, .n_file_records = G_N_ELEMENTS (records) };

  fixture_init (&f, NULL);
  /* Before there is anything. */
  rename_file (&f, 2, "t/C");
  g_assert_no_error (f.error);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  assert_same_file (&f, "c", "C");

  /* While it runs. */
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      rename_file (&f, 0, bad[i]);
      g_assert_error (f.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
    }
  rename_file (&f, 99, "t/z");
  g_assert_error (f.error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE);
  rename_file (&f, 0, "t/new/A");
  g_assert_no_error (f.error);
  g_assert_cmpint (bt_swarm_get_state (f.leech->swarm), ==, BT_SWARM_SEEDING);
  g_assert_false (has_file (&f, "a"));
  assert_same_file (&f, "a", "new/A");
  rename_file (&f, 2, "t/c");
  g_assert_no_error (f.error);

  /* At rest; a start that is asked for meanwhile follows. */
  bt_swarm_stop (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  f.n_answers = 0;
  bt_swarm_rename_file (f.leech->swarm, 0, "t/deep/A", answer_cb, &f);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (f.n_answers, ==, 1);
  g_assert_no_error (f.error);
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  assert_same_file (&f, "a", "deep/A");
  g_assert_false (has_file (&f, "new"));

  move_elsewhere (&f, &config);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* A torrent that has failed and has a file renamed has still failed. */
static void
test_rename_of_failed (void)
{
  Fixture f;
  BtSwarmConfig config = { .must_be_complete = TRUE };

  fixture_init (&f, &config);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
  rename_file (&f, 0, "t/A");
  g_assert_no_error (f.error);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
  fixture_clear (&f);
}

/* --- Giving the files away --- */

static gboolean
has_peer (gpointer user_data)
{
  return get_facts (((Fixture *) user_data)->seed).n_peers == 1;
}

/* The data moves while a peer downloads: it stays, waits, and gets the rest. */
static void
test_hold (void)
{
  Fixture f;
  g_autofree char *there = NULL;
  g_autofree char *away = NULL;
  g_autofree char *away_t = NULL;

  fixture_init (&f, NULL);
  there = g_build_filename (f.world->folder, "t", NULL);
  away = g_build_filename (f.world->folder, "away", NULL);
  away_t = g_build_filename (away, "t", NULL);
  g_assert_false (bt_swarm_hold (f.leech->swarm, answer_cb, &f));
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_world_wait (f.world, has_peer, &f));
  g_assert_true (bt_swarm_hold (f.seed->swarm, answer_cb, &f));
  g_assert_true (test_world_wait (f.world, is_answered, &f));
  g_assert_no_error (f.error);
  test_world_pass (f.world, 10 * BT_SECOND_US);

  g_assert_cmpint (g_mkdir (away, 0755), ==, 0);
  g_assert_cmpint (g_rename (there, away_t), ==, 0);
  test_world_pass (f.world, 10 * BT_SECOND_US);
  bt_swarm_release (f.seed->swarm, away, 0);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  test_assert_same_files (f.metainfo, away, f.folder);
  g_assert_cmpuint (get_facts (f.seed).n_have, ==, 7);

  /* It knows where it is now. */
  bt_swarm_stop (f.seed->swarm);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_STOPPED));
  bt_swarm_start (f.seed->swarm);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.seed).checked_bytes, ==, 0);

  /* And when it is told at rest. */
  bt_swarm_stop (f.seed->swarm);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_STOPPED));
  g_assert_cmpint (g_rename (away_t, there), ==, 0);
  bt_swarm_release (f.seed->swarm, f.world->folder, 0);
  bt_swarm_start (f.seed->swarm);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.seed).checked_bytes, ==, 0);
  fixture_clear (&f);
}

/* --- What is shown --- */

static void
assert_row (GArray     *rows,
            guint       index,
            const char *path,
            guint64     done_bytes,
            BtPriority  priority)
{
  const BtFileRow *row = &g_array_index (rows, BtFileRow, index);

  g_assert_cmpstr (row->path, ==, path);
  g_assert_cmpuint (row->length, ==, files[index].length);
  g_assert_cmpuint (row->done_bytes, ==, done_bytes);
  g_assert_cmpuint (row->priority, ==, priority);
}

static void
test_rows (void)
{
  static const guint8 had = BT_PIECE_LOOK_HAD, skipped = BT_PIECE_LOOK_SKIPPED;
  const guint8 expected[] = { had, had, had, had, skipped, skipped, 0x10 | BT_PIECE_LOOK_OPEN };
  Fixture f;
  RawPeer *peer;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GBytes) map = NULL;

  fixture_init (&f, NULL);
  bt_swarm_set_file_priorities (f.leech->swarm, b_to_e, G_N_ELEMENTS (b_to_e), BT_PRIORITY_SKIP);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  bt_swarm_stop (f.seed->swarm);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_STOPPED));
  bt_swarm_set_file_priority (f.leech->swarm, 4, BT_PRIORITY_HIGH);
  peer = raw_peer_new (f.leech, f.metainfo);
  raw_peer_send_handshake (peer, f.metainfo, "last", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_NONE);
  send_have (peer, 6);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 1));

  rows = bt_swarm_get_file_rows (f.leech->swarm);
  g_assert_cmpuint (rows->len, ==, 5);
  assert_row (rows, 0, "t/a", 100000, BT_PRIORITY_NORMAL);
  assert_row (rows, 1, "t/b", 4 * PIECE_BYTES - 100000, BT_PRIORITY_SKIP);
  assert_row (rows, 2, "t/c", 0, BT_PRIORITY_SKIP);
  assert_row (rows, 3, "t/d", 0, BT_PRIORITY_SKIP);
  assert_row (rows, 4, "t/e", 0, BT_PRIORITY_HIGH);
  map = bt_swarm_get_piece_map (f.leech->swarm);
  g_assert_cmpmem (g_bytes_get_data (map, NULL), g_bytes_get_size (map), expected, sizeof expected);
  raw_peer_free (peer);
  fixture_clear (&f);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/swarm/files/wanted-later", GINT_TO_POINTER (FALSE), test_wanted_later);
  g_test_add_data_func ("/swarm/files/wanted-later-with-parts", GINT_TO_POINTER (TRUE),
                        test_wanted_later);
  g_test_add_func ("/swarm/files/wanted-elsewhere", test_wanted_elsewhere);
  g_test_add_data_func ("/swarm/files/wanted-empty", GINT_TO_POINTER (FALSE), test_wanted_empty);
  g_test_add_data_func ("/swarm/files/wanted-empty-live", GINT_TO_POINTER (TRUE),
                        test_wanted_empty);
  g_test_add_func ("/swarm/files/skipped-later", test_skipped_later);
  g_test_add_func ("/swarm/files/suffix", test_suffix);
  g_test_add_func ("/swarm/files/suffix-of-one", test_suffix_of_one);
  g_test_add_data_func ("/swarm/files/suffix-of-parts", GINT_TO_POINTER (FALSE),
                        test_suffix_of_parts);
  g_test_add_data_func ("/swarm/files/suffix-of-parts-elsewhere", GINT_TO_POINTER (TRUE),
                        test_suffix_of_parts);
  g_test_add_func ("/swarm/files/rename", test_rename);
  g_test_add_func ("/swarm/files/rename-of-failed", test_rename_of_failed);
  g_test_add_func ("/swarm/files/hold", test_hold);
  g_test_add_func ("/swarm/files/rows", test_rows);
  return g_test_run ();
}
