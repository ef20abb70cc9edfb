/* test-resume.c - what a torrent believes of its files when it starts again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-raw-peer.h"

#include "swarm/bt-swarm-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#define PIECE_BYTES 32768u
#define LAST_BYTES  (220000u - 6 * PIECE_BYTES)

/* Pieces 0 to 3, 3 to 5, 5 and 6. */
static const TestFile three_files[] = {
  { "a", 100000 },
  { "b", 70000 },
  { "c", 50000 },
  { NULL }
};

typedef struct
{
  TestWorld  *world;
  BtMetainfo *metainfo;
  TestNode   *seed;
  TestNode   *leech;
} Fixture;

static Fixture
fixture_new (void)
{
  Fixture f = { .world = test_world_new () };

  f.metainfo = test_world_make_torrent (f.world, "t", three_files, PIECE_BYTES, NULL);
  f.seed = test_node_new (f.world, NULL);
  test_node_add (f.seed, f.metainfo, f.world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (f.seed, BT_SWARM_SEEDING));
  f.leech = test_node_new (f.world, NULL);
  test_node_add (f.leech, f.metainfo, NULL, NULL, FALSE);
  return f;
}

static void
fixture_clear (Fixture *f)
{
  test_node_free (f->leech);
  test_node_free (f->seed);
  test_world_pass (f->world, 60 * BT_SECOND_US);
  bt_metainfo_unref (f->metainfo);
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

static void
stop (TestNode *node)
{
  bt_swarm_stop (node->swarm);
  g_assert_true (test_node_wait_state (node, BT_SWARM_STOPPED));
}

static void
download (Fixture *f)
{
  bt_swarm_start (f->leech->swarm);
  test_node_connect (f->leech, f->seed);
  g_assert_true (test_node_wait_state (f->leech, BT_SWARM_SEEDING));
}

/* The same folder with another engine, which knows only what the stop told. */
static void
start_elsewhere (Fixture *f)
{
  g_autoptr (BtResume) resume = bt_swarm_dup_resume (f->leech->swarm);
  g_autofree char *folder = g_strdup (f->leech->folder);
  BtSwarmConfig config = { .resume = resume };

  g_assert_nonnull (resume);
  test_node_free (f->leech);
  f->leech = test_node_new (f->world, NULL);
  test_node_add (f->leech, f->metainfo, folder, &config, TRUE);
}

/* --- What happened meanwhile --- */

static void
set_time (const char *path)
{
  struct utimbuf times = { 1000, 1000 };

  g_assert_cmpint (g_utime (path, &times), ==, 0);
}

static void
leave_alone (const char *path)
{
}

static void
damage (const char *path)
{
  FILE *file = g_fopen (path, "r+");

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, 40000, SEEK_SET), ==, 0);
  g_assert_cmpint (putc ('x', file), ==, 'x');
  g_assert_cmpint (putc ('y', file), ==, 'y');
  fclose (file);
  set_time (path);
}

static void
shorten (const char *path)
{
  g_assert_cmpint (truncate (path, 40000), ==, 0);
}

static void
lengthen (const char *path)
{
  g_assert_cmpint (truncate (path, 80000), ==, 0);
}

static void
delete (const char *path)
{
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static const struct
{
  const char   *name;
  void        (*happen) (const char *path);
  const char   *files;         /* a letter each */
  guint32       n_have;
  guint64       checked_bytes;
  BtSwarmState  state;
} cases[] = {
  { "nothing", leave_alone, "abc", 7, 0, BT_SWARM_SEEDING },
  { "time", set_time, "b", 7, 3 * PIECE_BYTES, BT_SWARM_SEEDING },
  { "time-of-last", set_time, "c", 7, PIECE_BYTES + LAST_BYTES, BT_SWARM_SEEDING },
  { "two-times", set_time, "ac", 7, 5 * PIECE_BYTES + LAST_BYTES, BT_SWARM_SEEDING },
  { "damaged", damage, "b", 6, 3 * PIECE_BYTES, BT_SWARM_DOWNLOADING },
  { "shorter", shorten, "b", 5, 3 * PIECE_BYTES, BT_SWARM_DOWNLOADING },
  { "longer", lengthen, "b", 7, 3 * PIECE_BYTES, BT_SWARM_SEEDING },
  { "deleted", delete, "b", 4, 0, BT_SWARM_DOWNLOADING },
  { "deleted-two", delete, "bc", 3, 0, BT_SWARM_DOWNLOADING },
  { "deleted-all", delete, "abc", 7, 0, BT_SWARM_FAILED },  /* what it had */
};

static void
happen (Fixture *f,
        gsize    i)
{
  for (const char *file = cases[i].files; *file != '\0'; file++)
    {
      char name[] = { *file, '\0' };
      g_autofree char *path = g_build_filename (f->leech->folder, "t", name, NULL);

      cases[i].happen (path);
    }
}

static void
assert_case (Fixture *f,
             gsize    i)
{
  g_assert_true (test_node_wait_state (f->leech, cases[i].state));
  g_assert_cmpuint (get_facts (f->leech).n_have, ==, cases[i].n_have);
  g_assert_cmpuint (get_facts (f->leech).checked_bytes, ==, cases[i].checked_bytes);
  g_assert_cmpuint (get_facts (f->leech).to_check_bytes, ==, cases[i].checked_bytes);
}

/* Once with the same engine and once with another one. */
static void
test_files (gconstpointer user_data)
{
  gsize i = GPOINTER_TO_SIZE (user_data);

  for (guint is_elsewhere = 0; is_elsewhere < 2; is_elsewhere++)
    {
      Fixture f = fixture_new ();
      g_autofree char *folder = NULL;

      download (&f);
      stop (f.leech);
      happen (&f, i);
      folder = g_strdup (f.leech->folder);
      if (is_elsewhere)
        start_elsewhere (&f);
      else
        bt_swarm_start (f.leech->swarm);
      assert_case (&f, i);
      if (cases[i].state == BT_SWARM_DOWNLOADING)
        {
          test_node_connect (f.leech, f.seed);
          g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
          test_assert_same_files (f.metainfo, f.world->folder, folder);
        }
      fixture_clear (&f);
    }
}

/* All of it is gone: it says so, again and again, keeps what it knows, and begins anew only when
 * told to look. */
static void
test_vanished (void)
{
  Fixture f = fixture_new ();
  g_autofree char *there = g_build_filename (f.leech->folder, "t", NULL);
  g_autofree char *away = g_build_filename (f.leech->folder, "away", NULL);

  download (&f);
  stop (f.leech);
  g_assert_cmpint (g_rename (there, away), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      bt_swarm_start (f.leech->swarm);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_FAILED));
      g_assert_error (bt_swarm_get_error (f.leech->swarm), BT_STORAGE_ERROR,
                      BT_STORAGE_ERROR_NOT_FOUND);
      g_assert_true (g_str_has_prefix (bt_swarm_get_error (f.leech->swarm)->message,
                                       "The data is not there"));
      g_assert_false (g_file_test (there, G_FILE_TEST_EXISTS));
    }

  g_assert_cmpint (g_rename (away, there), ==, 0);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
  g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 0);

  stop (f.leech);
  g_assert_cmpint (g_rename (there, away), ==, 0);
  bt_swarm_verify (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_STOPPED));
  g_assert_cmpuint (get_facts (f.leech).n_have, ==, 0);
  bt_swarm_start (f.leech->swarm);
  g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
  fixture_clear (&f);
}

/* A resume that is of something else, or makes no sense, is as good as none. */
static void
test_foreign_resume (void)
{
  for (guint i = 0; i < 5; i++)
    {
      Fixture f = fixture_new ();
      g_autofree char *folder = g_strdup (f.world->folder);
      g_autoptr (BtResume) resume = bt_resume_new (i == 0 ? 8 : 7, 3);
      BtPartialPiece partial = { i == 1 ? 7 : 2, i == 2 ? 3 : 2, g_malloc0 (1) };
      BtFileStamp stamp = { 100000, 5 };
      BtSwarmConfig config = { .resume = resume };

      bt_bitfield_set_all (&resume->have);
      g_array_append_val (resume->partials, partial);
      g_array_append_val (resume->stamps, stamp);
      if (i == 3)
        resume->next_check = 1000;
      if (i == 4)
        g_array_set_size (resume->partials, 0);
      test_node_free (f.leech);
      f.leech = test_node_new (f.world, NULL);
      test_node_add (f.leech, f.metainfo, folder, &config, TRUE);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
      g_assert_cmpuint (get_facts (f.leech).checked_bytes, ==, 220000);
      fixture_clear (&f);
    }
}

/* --- Blocks --- */

static gboolean
has_five_blocks (gpointer user_data)
{
  return get_facts (user_data).received_bytes >= 5 * BT_BLOCK_BYTES;
}

/* A peer that gives one block of each of the pieces 0 to 4, and nothing else. */
static RawPeer *
give_blocks (Fixture *f)
{
  RawPeer *peer = raw_peer_new (f->leech, f->metainfo);
  g_autoptr (GByteArray) content = g_byte_array_new ();
  guint n_given = 0;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_build_filename (f->world->folder, "t", three_files[i].path, NULL);
      g_autofree char *bytes = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      g_byte_array_append (content, (guint8 *) bytes, (guint) length);
    }
  raw_peer_send_handshake (peer, f->metainfo, "half", TRUE);
  raw_peer_send_simple (peer, BT_WIRE_HAVE_ALL);
  raw_peer_send_simple (peer, BT_WIRE_UNCHOKE);
  g_assert_true (raw_peer_wait_message (peer, BT_WIRE_REQUEST, 10));
  for (guint i = 0; i < peer->requests->len && n_given < 5; i++)
    {
      BtBlockSpan *span = &g_array_index (peer->requests, BtBlockSpan, i);

      if (span->piece > 4 || span->begin != 0)
        continue;
      raw_peer_send_block (peer, span,
                           content->data + (gsize) span->piece * PIECE_BYTES + span->begin);
      n_given++;
    }
  if (n_given == 5)
    g_assert_true (test_world_wait (f->world, has_five_blocks, f->leech));
  else
    g_clear_pointer (&peer, raw_peer_free);
  return peer;
}

static const struct
{
  void   (*happen) (const char *path);
  guint    n_kept;
} block_cases[] = {
  { leave_alone, 5 },
  { set_time, 5 },   /* their pieces are hashed, and not whole; but they are there */
  { shorten, 4 },    /* b ends in piece 4, before the block's end */
  { delete, 3 },
};

/* What was received of unfinished pieces is kept over a stop, as far as its file is. */
static void
test_blocks (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (block_cases); i++)
    {
      Fixture f = fixture_new ();
      BtSwarmConfig config = { .is_sequential = TRUE };
      g_autofree char *folder = NULL;
      g_autofree char *path = NULL;
      g_autoptr (BtResume) resume = NULL;
      RawPeer *peer;

      test_node_free (f.leech);
      f.leech = test_node_new (f.world, NULL);
      test_node_add (f.leech, f.metainfo, NULL, &config, TRUE);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_DOWNLOADING));
      peer = give_blocks (&f);
      g_assert_nonnull (peer);
      stop (f.leech);
      raw_peer_free (peer);
      resume = bt_swarm_dup_resume (f.leech->swarm);
      g_assert_cmpuint (resume->partials->len, ==, 5);
      g_assert_cmpuint (resume->have.n_set, ==, 0);

      path = g_build_filename (f.leech->folder, "t", "b", NULL);
      folder = g_strdup (f.leech->folder);
      block_cases[i].happen (path);
      start_elsewhere (&f);
      test_node_connect (f.leech, f.seed);
      g_assert_true (test_node_wait_state (f.leech, BT_SWARM_SEEDING));
      g_assert_cmpuint (get_facts (f.leech).received_bytes, ==,
                        220000 - block_cases[i].n_kept * BT_BLOCK_BYTES);
      g_assert_cmpuint (get_facts (f.leech).n_failed_pieces, ==, 0);
      test_assert_same_files (f.metainfo, f.world->folder, folder);
      fixture_clear (&f);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/swarm/resume/files/", cases[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_files);
    }
  g_test_add_func ("/swarm/resume/vanished", test_vanished);
  g_test_add_func ("/swarm/resume/foreign", test_foreign_resume);
  g_test_add_func ("/swarm/resume/blocks", test_blocks);
  return g_test_run ();
}
