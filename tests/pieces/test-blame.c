/* test-blame.c - liars are named, and nobody else
 *
 * A copy is drawn as two strings with a column a block: who sent it (a–z; '.': nobody) and what (any letter
 * stands for the digest of some content). The good copy has contents only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "pieces/bt-blame.h"

#include <string.h>

#define PIECE      7
#define MAX_BLOCKS 16

typedef struct
{
  const char *senders;
  const char *contents;
  const char *certain;  /* whom adding the copy names at once; "" for nobody */
} FailedCopy;

typedef struct
{
  const char *name;
  FailedCopy failed[6];
  const char *good;
  const char *liars;    /* in the order they are found */
} Story;

static const Story stories[] = {
  { "one liar", { { "abca", "GGXG", "" } }, "GGGG", "c" },
  { "two liars", { { "abca", "GYXG", "" } }, "GGGG", "bc" },
  { "liar with two blocks is named once", { { "abcb", "GXGX", "" } }, "GGGG", "b" },
  { "same liar twice", { { "abca", "GGXG", "" }, { "acba", "GZGG", "" } }, "GGGG", "c" },
  { "good copy after two failed copies",
    { { "abca", "GGXG", "" }, { "abba", "XGGG", "" } }, "GGGG", "ca" },
  { "sole sender is certain at once", { { "aaaa", "GGXG", "a" } }, "GGGG", "" },
  { "sole sender of one block", { { "a", "X", "a" } }, "G", "" },
  { "restored blocks accuse nobody", { { ".a.a", "XGXG", "" } }, "GGGG", "" },
  { "restored blocks leave no sole sender", { { ".aaa", "GGXG", "" } }, "GGGG", "a" },
  { "nobody sent all of it", { { "....", "XGXG", "" } }, "GGGG", "" },
  { "another number of blocks is not compared", { { "ab", "XX", "" } }, "GGGG", "" },
  { "fifth copy drives out the first",
    { { "abcd", "XGGG", "" },
      { "abcd", "GXGG", "" },
      { "abcd", "GXGG", "" },
      { "abcd", "GGXG", "" },
      { "abcd", "GGGX", "" } },
    "GGGG", "bcd" },
};

static guint
make_digests (const char *contents,
              guint8     *out_digests)
{
  guint n_blocks = (guint) strlen (contents);

  for (guint i = 0; i < n_blocks; i++)
    memset (out_digests + i * BT_SHA1_BYTES, contents[i], BT_SHA1_BYTES);
  return n_blocks;
}

static guint32
add_failed (BtBlame    *blame,
            guint32     piece,
            const char *senders,
            const char *contents)
{
  guint8 digests[MAX_BLOCKS * BT_SHA1_BYTES];
  guint32 ids[MAX_BLOCKS];
  guint n_blocks = make_digests (contents, digests);

  for (guint i = 0; i < n_blocks; i++)
    ids[i] = senders[i] == '.' ? 0 : (guint32) senders[i];
  return bt_blame_add_failed (blame, piece, digests, ids, n_blocks);
}

static char *
add_good (BtBlame    *blame,
          guint32     piece,
          const char *contents)
{
  g_autoptr (GArray) liars = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint8 digests[MAX_BLOCKS * BT_SHA1_BYTES];
  GString *names = g_string_new (NULL);

  bt_blame_add_good (blame, piece, digests, make_digests (contents, digests), liars);
  for (guint i = 0; i < liars->len; i++)
    {
      guint32 liar = g_array_index (liars, guint32, i);

      g_string_append_c (names, liar == 0 ? '.' : (char) liar);
    }
  return g_string_free (names, FALSE);
}

static void
test_story (gconstpointer data)
{
  const Story *story = data;
  BtBlame *blame = bt_blame_new ();
  g_autofree char *liars = NULL;
  g_autofree char *again = NULL;
  gboolean is_remembered = FALSE;

  g_assert_false (bt_blame_has (blame, PIECE));
  for (guint i = 0; i < G_N_ELEMENTS (story->failed) && story->failed[i].senders != NULL; i++)
    {
      const FailedCopy *copy = &story->failed[i];
      guint32 certain = add_failed (blame, PIECE, copy->senders, copy->contents);

      g_assert_cmpuint (certain, ==, (guint32) copy->certain[0]);
      is_remembered |= certain == 0;
    }
  g_assert_true (bt_blame_has (blame, PIECE) == is_remembered);
  g_assert_false (bt_blame_has (blame, PIECE + 1));

  liars = add_good (blame, PIECE, story->good);
  g_assert_cmpstr (liars, ==, story->liars);
  g_assert_false (bt_blame_has (blame, PIECE));
  again = add_good (blame, PIECE, story->good);
  g_assert_cmpstr (again, ==, "");
  bt_blame_free (blame);
}

static void
test_pieces_apart (void)
{
  BtBlame *blame = bt_blame_new ();
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  add_failed (blame, 1, "ab", "XG");
  add_failed (blame, 2, "ab", "GX");
  first = add_good (blame, 1, "GG");
  g_assert_cmpstr (first, ==, "a");
  g_assert_true (bt_blame_has (blame, 2));
  second = add_good (blame, 2, "GG");
  g_assert_cmpstr (second, ==, "b");
  bt_blame_free (blame);
}

static void
test_bounded_pieces (void)
{
  BtBlame *blame = bt_blame_new ();

  for (guint32 i = 0; i < BT_BLAME_MAX_PIECES + 3; i++)
    {
      add_failed (blame, i, "ab", "XG");
      add_failed (blame, i, "ab", "GX");
    }
  for (guint32 i = 0; i < BT_BLAME_MAX_PIECES + 3; i++)
    g_assert_true (bt_blame_has (blame, i) == (i >= 3));
  /* A piece that is known already takes no other's place. */
  add_failed (blame, 3, "ab", "XG");
  g_assert_true (bt_blame_has (blame, 4));
  bt_blame_free (blame);
}

static void
test_bounded_bytes (void)
{
  const guint n_blocks = 16384;
  const guint n_fit = BT_BLAME_MAX_BYTES / (n_blocks * (BT_SHA1_BYTES + 4));
  BtBlame *blame = bt_blame_new ();
  g_autofree guint8 *digests = g_malloc0 (n_blocks * BT_SHA1_BYTES);
  g_autofree guint32 *senders = g_new0 (guint32, n_blocks);

  for (guint32 i = 0; i < n_fit + 2; i++)
    bt_blame_add_failed (blame, i, digests, senders, n_blocks);
  g_assert_cmpuint (n_fit, <, BT_BLAME_MAX_PIECES);
  for (guint32 i = 0; i < n_fit + 2; i++)
    g_assert_true (bt_blame_has (blame, i) == (i >= 2));
  bt_blame_free (blame);
}

static void
test_empty (void)
{
  BtBlame *blame = bt_blame_new ();
  g_autofree char *liars = NULL;

  g_assert_cmpuint (add_failed (blame, PIECE, "", ""), ==, 0);
  g_assert_false (bt_blame_has (blame, PIECE));
  liars = add_good (blame, PIECE, "GG");
  g_assert_cmpstr (liars, ==, "");
  bt_blame_free (blame);
  bt_blame_free (NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (stories); i++)
    {
      g_autofree char *path = g_strdup_printf ("/blame/%s", stories[i].name);

      g_test_add_data_func (path, &stories[i], test_story);
    }
  g_test_add_func ("/blame/pieces-apart", test_pieces_apart);
  g_test_add_func ("/blame/bounded-pieces", test_bounded_pieces);
  g_test_add_func ("/blame/bounded-bytes", test_bounded_bytes);
  g_test_add_func ("/blame/empty", test_empty);
  return g_test_run ();
}
