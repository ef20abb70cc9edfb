/* test-round-trip.c - what is written to any layout of files is read back, byte by byte
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include "base/bt-random.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *layout;
  guint32     piece_bytes;
} Layout;

static const Layout layouts[] = {
  { "one-file", "a=100000", 32768 },
  { "one-byte", "a=1", 16384 },
  { "exact", "a=65536", 16384 },
  { "two-files", "a=50000 b=50000", 32768 },
  { "empty-files", "e=0 a=20000 f=0 g=0 b=20000 h=0", 16384 },
  { "tiny-files", "a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=10 k=20000 l=1 m=1", 16384 },
  { "folders", "x/a=10000 x/y/b=30000 x/y/z/c=1 q/d=70000", 65536 },
  { "pads", "a=10000 ~=6384 b=1 ~=16383 c=40000 ~=9152", 16384 },
  { "pad-in-piece", "a=100 ~=50000 b=100000 ~=31072", 65536 },
  { "small-pieces", "a=1000 b=500 c=7", 100 },
  { "odd-pieces", "a=100000 b=77777", 20001 },
  { "v2-small", "v2: a=1 b=16384 c=30000 d=32768", 32768 },
  { "v2-large", "v2: a=100000 b=5 c=300000 d=131072 e=65537", 65536 },
  { "v2-block-pieces", "v2: a=100000 b=16384", 16384 },
  { "large-piece", "a=3000000 b=3000000", 4194304 },
};

static BtPreallocate
get_preallocate (guint i)
{
  static const BtPreallocate modes[] = {
    BT_PREALLOCATE_NONE,
    BT_PREALLOCATE_SPARSE,
    BT_PREALLOCATE_FULL,
  };

  return modes[i % G_N_ELEMENTS (modes)];
}

static const guint8 *
get_content (Fixture *fixture,
             guint32  piece)
{
  return fixture->content + bt_geometry_get_offset (fixture->geometry, piece);
}

static void
read_everywhere (Fixture  *fixture,
                 BtRandom *random)
{
  guint8 *slots[BT_STORAGE_MAX_READ_BYTES / BT_BLOCK_BYTES];
  g_autofree guint8 *buffer = g_malloc (BT_STORAGE_MAX_READ_BYTES);
  g_auto (Answers) answers = { 0 };

  /* Backwards, so that no two slots are side by side. */
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    slots[i] = buffer + (G_N_ELEMENTS (slots) - 1 - i) * BT_BLOCK_BYTES;

  for (guint i = 0; i < 60; i++)
    {
      guint32 piece = bt_random_below (random, fixture->geometry->n_pieces);
      guint32 n_bytes = bt_geometry_get_piece_bytes (fixture->geometry, piece);
      guint32 begin = bt_random_below (random, n_bytes);
      guint32 n_max = MIN (n_bytes - begin, BT_STORAGE_MAX_READ_BYTES);
      guint32 length = 1 + bt_random_below (random, n_max);
      BtBlockSpan span = { piece, begin, length };
      const guint8 *expected = get_content (fixture, piece) + begin;

      memset (buffer, 0xaa, BT_STORAGE_MAX_READ_BYTES);
      if (i % 2 == 0 || !bt_storage_try_read (fixture->storage, &span, slots))
        {
          bt_storage_read (fixture->storage, &span, slots, done_cb, &answers);
          fixture_wait (fixture, &answers, answers.n_answers + 1);
          g_assert_no_error (answers.error);
        }
      for (guint32 done = 0; done < length; done += BT_BLOCK_BYTES)
        {
          gsize n_block = MIN (length - done, BT_BLOCK_BYTES);

          g_assert_cmpmem (slots[done / BT_BLOCK_BYTES], n_block, expected + done, n_block);
        }
    }
}

/* Every second block of the piece is written early, and given back. */
static void
write_with_spills (Fixture *fixture,
                   guint32  piece)
{
  guint32 n_blocks = bt_geometry_get_n_blocks (fixture->geometry, piece);
  guint8 **slots = fixture_dup_slots (fixture, piece);
  g_autofree guint8 **lent = g_new0 (guint8 *, n_blocks);
  g_auto (Answers) spilled = { 0 };
  g_auto (Answers) finished = { 0 };

  for (guint32 i = 0; i < n_blocks; i += 2)
    {
      BtBlockSpan span = bt_geometry_get_block (fixture->geometry, piece, i);

      lent[i] = g_steal_pointer (&slots[i]);
      bt_storage_spill (fixture->storage, &span, lent[i], done_cb, &spilled);
    }
  finished.n_digests = n_blocks;
  bt_storage_finish_piece (fixture->storage, piece, slots, TRUE, piece_cb, &finished);
  fixture_wait (fixture, &finished, 1);
  g_assert_no_error (finished.error);
  g_assert_cmpint (finished.verdict, ==, BT_PIECE_GOOD);
  g_assert_cmpuint (spilled.n_answers, ==, (n_blocks + 1) / 2);

  g_assert_nonnull (finished.digests);
  for (guint32 i = 0; i < n_blocks; i++)
    {
      BtBlockSpan span = bt_geometry_get_block (fixture->geometry, piece, i);
      guint8 digest[BT_SHA1_BYTES];

      bt_sha1 (get_content (fixture, piece) + span.begin, span.length, digest);
      g_assert_cmpmem (finished.digests + i * BT_SHA1_BYTES, BT_SHA1_BYTES, digest, BT_SHA1_BYTES);
      g_free (lent[i]);
      g_free (slots[i]);
    }
  g_free (slots);
}

static void
test_layout (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  const Layout *layout = &layouts[index];
  g_autoptr (Fixture) fixture =
    fixture_new (layout->layout, layout->piece_bytes, get_preallocate (index), NULL);
  g_auto (Answers) answers = { 0 };
  BtRandom random;

  bt_random_init (&random, index);
  g_assert_false (bt_storage_has_data (fixture->storage));
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_FAILED], ==, 0);
  g_assert_false (g_file_test (fixture->root, G_FILE_TEST_EXISTS));

  bt_storage_prepare (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, answers.n_answers + 1);
  g_assert_no_error (answers.error);

  for (guint32 piece = 0; piece < fixture->geometry->n_pieces; piece++)
    if (piece % 2 == 1)
      write_with_spills (fixture, piece);
    else
      fixture_write_piece (fixture, piece, &answers);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_GOOD);
  g_assert_true (bt_storage_has_data (fixture->storage));
  fixture_assert_files (fixture);
  read_everywhere (fixture, &random);

  bt_storage_sync (fixture->storage, done_cb, &answers);
  fixture_wait (fixture, &answers, answers.n_answers + 1);
  g_assert_no_error (answers.error);
  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces);
}

static void
test_bad_piece (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("a=100000", 65536, BT_PREALLOCATE_NONE, NULL);
  g_auto (Answers) answers = { .n_digests = 4 };
  guint8 **slots = fixture_dup_slots (fixture, 0);

  slots[2][100] ^= 1;
  bt_storage_finish_piece (fixture->storage, 0, slots, FALSE, piece_cb, &answers);
  fixture_wait (fixture, &answers, 1);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_BAD);
  g_assert_no_error (answers.error);
  for (guint i = 0; i < 4; i++)
    {
      guint8 digest[BT_SHA1_BYTES];

      bt_sha1 (fixture->content + i * BT_BLOCK_BYTES, BT_BLOCK_BYTES, digest);
      g_assert_cmpint (memcmp (answers.digests + i * BT_SHA1_BYTES, digest, sizeof digest) == 0, ==,
                       i != 2);
    }
  g_assert_false (g_file_test (fixture->root, G_FILE_TEST_EXISTS));

  /* The same hash object judges rightly afterwards. */
  answers_clear (&answers);
  fixture_write_piece (fixture, 0, &answers);
  g_assert_cmpint (answers.verdict, ==, BT_PIECE_GOOD);
  g_assert_null (answers.digests);
  fixture_free_slots (slots);
}

/* One byte that changes spoils one piece. */
static void
test_damage (gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new (data, 16384, BT_PREALLOCATE_SPARSE, NULL);
  g_auto (Answers) answers = { 0 };
  g_autofree char *path = fixture_get_path (fixture, 2);
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0;

  fixture_write_all (fixture);
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  bytes[0] ^= 1;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
  fixture_reopen (fixture, BT_PREALLOCATE_SPARSE);
  fixture_check_all (fixture, &answers);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_BAD], ==, 1);
  g_assert_cmpuint (answers.n_verdicts[BT_PIECE_GOOD], ==, fixture->geometry->n_pieces - 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      g_autofree char *path = g_strconcat ("/storage/round-trip/", layouts[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_layout);
    }
  g_test_add_func ("/storage/bad-piece", test_bad_piece);
  g_test_add_data_func ("/storage/damage/v1", "a=20000 b=20000 c=20000", test_damage);
  g_test_add_data_func ("/storage/damage/v2", "v2: a=20000 b=20000 c=20000", test_damage);
  return g_test_run ();
}
