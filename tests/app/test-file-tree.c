/* test-file-tree.c - the tree of a torrent's files: sums, wishes, order, search
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-file-tree.h"

static FreshetFileTree *
make_tree (void)
{
  FreshetFileTree *tree = freshet_file_tree_new ();

  freshet_file_tree_add (tree, "Sounds/disc 10/b.flac", 100);
  freshet_file_tree_add (tree, "Sounds/disc 2/Track 10.flac", 30);
  freshet_file_tree_add (tree, "Sounds/disc 2/track 9.flac", 20);
  freshet_file_tree_add (tree, "Sounds/a.txt", 0);
  freshet_file_tree_add (tree, "Sounds/disc 2/ÄRGER.flac", 50);
  return tree;
}

/* The names of all that is shown, in order: folders with what is in them in brackets. */
static void
append_shown (GString         *text,
              FreshetFileNode *node)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (node));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FreshetFileNode) child = g_list_model_get_item (G_LIST_MODEL (node), i);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", freshet_file_node_get_name (child));
      if (!freshet_file_node_is_folder (child))
        continue;
      g_string_append_c (text, '[');
      append_shown (text, child);
      g_string_append_c (text, ']');
    }
}

static void
assert_shown (FreshetFileTree *tree,
              const char      *expected)
{
  GString *text = g_string_new (NULL);

  append_shown (text, freshet_file_tree_get_root (tree));
  g_assert_cmpstr (text->str, ==, expected);
  g_string_free (text, TRUE);
}

static FreshetFileNode *
get_folder (FreshetFileTree *tree,
            guint            file)
{
  return freshet_file_node_get_parent (freshet_file_tree_get_node (tree, file));
}

static void
test_order (void)
{
  g_autoptr (FreshetFileTree) tree = make_tree ();
  g_autofree char *path = freshet_file_node_dup_path (freshet_file_tree_get_node (tree, 1));
  g_autofree char *folder = freshet_file_node_dup_path (get_folder (tree, 1));

  assert_shown (tree,
                "Sounds[disc 2[Track 10.flac,track 9.flac,ÄRGER.flac],disc 10[b.flac],a.txt]");
  g_assert_cmpstr (path, ==, "Sounds/disc 2/Track 10.flac");
  g_assert_cmpstr (folder, ==, "Sounds/disc 2");
  g_assert_cmpuint (freshet_file_node_get_file (freshet_file_tree_get_node (tree, 4)), ==, 4);
  g_assert_cmpuint (freshet_file_node_get_file (get_folder (tree, 4)), ==, BT_FILE_NONE);
}

static void
test_sums (void)
{
  g_autoptr (FreshetFileTree) tree = make_tree ();
  FreshetFileNode *root = freshet_file_tree_get_root (tree);
  FreshetFileNode *disc = get_folder (tree, 1);

  g_assert_cmpuint (freshet_file_node_get_size (root), ==, 200);
  g_assert_cmpuint (freshet_file_node_get_n_files (disc), ==, 3);
  freshet_file_tree_set_done (tree, 1, 30);
  freshet_file_tree_set_done (tree, 4, 25);
  freshet_file_tree_set_done (tree, 4, 20);
  g_assert_cmpuint (freshet_file_node_get_done (disc), ==, 50);
  g_assert_cmpfloat (freshet_file_node_get_progress (disc), ==, 0.5);
  g_assert_cmpuint (freshet_file_node_get_done (root), ==, 50);
  g_assert_cmpfloat (freshet_file_node_get_progress (freshet_file_tree_get_node (tree, 3)), ==, 1);
}

static void
test_wishes (void)
{
  g_autoptr (FreshetFileTree) tree = make_tree ();
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (guint));
  FreshetFileNode *root = freshet_file_tree_get_root (tree);
  FreshetFileNode *disc = get_folder (tree, 1);

  g_assert_cmpint (freshet_file_node_get_wanted (root), ==, FRESHET_WANTED_ALL);
  freshet_file_tree_set_priority (tree, 1, BT_PRIORITY_SKIP);
  g_assert_cmpint (freshet_file_node_get_wanted (disc), ==, FRESHET_WANTED_SOME);
  g_assert_cmpint (freshet_file_node_get_priority (disc), ==, FRESHET_PRIORITY_MIXED);
  g_assert_cmpuint (freshet_file_node_get_wanted_size (root), ==, 170);
  freshet_file_tree_set_priority (tree, 2, BT_PRIORITY_SKIP);
  freshet_file_tree_set_priority (tree, 4, BT_PRIORITY_SKIP);
  g_assert_cmpint (freshet_file_node_get_wanted (disc), ==, FRESHET_WANTED_NONE);
  g_assert_cmpint (freshet_file_node_get_priority (disc), ==, BT_PRIORITY_SKIP);
  g_assert_cmpint (freshet_file_node_get_wanted (root), ==, FRESHET_WANTED_SOME);
  g_assert_cmpuint (freshet_file_node_get_n_wanted (root), ==, 2);

  freshet_file_node_append_files (disc, files);
  g_assert_cmpuint (files->len, ==, 3);
  for (guint i = 0; i < files->len; i++)
    freshet_file_tree_set_priority (tree, g_array_index (files, guint, i), BT_PRIORITY_HIGH);
  g_assert_cmpint (freshet_file_node_get_priority (disc), ==, BT_PRIORITY_HIGH);
  g_assert_cmpuint (freshet_file_node_get_wanted_size (root), ==, 200);
}

static void
count_cb (guint *n)
{
  *n += 1;
}

static void
test_changed (void)
{
  g_autoptr (FreshetFileTree) tree = make_tree ();
  guint n_root = 0;
  guint n_other = 0;

  g_signal_connect_swapped (freshet_file_tree_get_root (tree), "changed", G_CALLBACK (count_cb),
                            &n_root);
  g_signal_connect_swapped (get_folder (tree, 0), "changed", G_CALLBACK (count_cb), &n_other);
  freshet_file_tree_set_done (tree, 1, 1);
  freshet_file_tree_set_done (tree, 2, 1);
  freshet_file_tree_set_priority (tree, 2, BT_PRIORITY_LOW);
  g_assert_cmpuint (n_root, ==, 0);
  freshet_file_tree_flush (tree);
  g_assert_cmpuint (n_root, ==, 1);
  /* What is as it was is no change. */
  freshet_file_tree_set_done (tree, 1, 1);
  freshet_file_tree_set_priority (tree, 2, BT_PRIORITY_LOW);
  freshet_file_tree_flush (tree);
  g_assert_cmpuint (n_root, ==, 1);
  g_assert_cmpuint (n_other, ==, 0);
}

static void
test_search (void)
{
  static const struct
  {
    const char *text;
    const char *shown;
  } cases[] = {
    { "TRACK", "Sounds[disc 2[Track 10.flac,track 9.flac]]" },
    { "ärg", "Sounds[disc 2[ÄRGER.flac]]" },
    { "disc 1", "Sounds[disc 10[b.flac]]" },
    { "a.txt", "Sounds[a.txt]" },
    { "sounds", "Sounds[disc 2[Track 10.flac,track 9.flac,ÄRGER.flac],disc 10[b.flac],a.txt]" },
    { "nothing like it", "" },
    { "b.f", "Sounds[disc 10[b.flac]]" },
    { "", "Sounds[disc 2[Track 10.flac,track 9.flac,ÄRGER.flac],disc 10[b.flac],a.txt]" },
  };
  g_autoptr (FreshetFileTree) tree = make_tree ();
  FreshetFileNode *folder = get_folder (tree, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      freshet_file_tree_set_search (tree, cases[i].text);
      assert_shown (tree, cases[i].shown);
    }
  freshet_file_tree_set_search (tree, "b.flac");
  g_assert_true (freshet_file_node_is_way (folder));
  freshet_file_tree_set_search (tree, "disc 10");
  g_assert_false (freshet_file_node_is_way (folder));
  g_assert_true (freshet_file_node_is_way (freshet_file_node_get_parent (folder)));
  freshet_file_tree_set_search (tree, NULL);
  g_assert_false (freshet_file_node_is_way (freshet_file_node_get_parent (folder)));
}

static void
test_expanded (void)
{
  g_autoptr (FreshetFileTree) tree = make_tree ();
  g_autoptr (FreshetFileTree) renamed = freshet_file_tree_new ();
  g_autoptr (FreshetFileTree) flat = freshet_file_tree_new ();
  FreshetFileNode *top = freshet_file_node_get_parent (get_folder (tree, 0));

  g_assert_true (freshet_file_node_get_expanded (top));
  g_assert_false (freshet_file_node_get_expanded (get_folder (tree, 0)));
  freshet_file_node_set_expanded (top, FALSE);
  freshet_file_node_set_expanded (get_folder (tree, 1), TRUE);
  freshet_file_tree_add (renamed, "Noises/disc 10/b.flac", 100);
  freshet_file_tree_add (renamed, "Noises/two/Track 10.flac", 30);
  freshet_file_tree_add (renamed, "Noises/two/track 9.flac", 20);
  freshet_file_tree_add (renamed, "Noises/a.txt", 0);
  freshet_file_tree_add (renamed, "Noises/two/ÄRGER.flac", 50);
  freshet_file_tree_copy_expanded (renamed, tree);
  g_assert_false (
      freshet_file_node_get_expanded (freshet_file_node_get_parent (get_folder (renamed, 0))));
  g_assert_true (freshet_file_node_get_expanded (get_folder (renamed, 1)));
  g_assert_false (freshet_file_node_get_expanded (get_folder (renamed, 0)));

  /* Of several at the top none is unfolded. */
  freshet_file_tree_add (flat, "one/a", 1);
  freshet_file_tree_add (flat, "two/b", 1);
  g_assert_false (freshet_file_node_get_expanded (get_folder (flat, 0)));
  g_assert_false (freshet_file_node_get_expanded (get_folder (flat, 1)));
}

/* A node may be held longer than its tree. */
static void
test_life (void)
{
  FreshetFileTree *tree = make_tree ();
  g_autoptr (FreshetFileNode) node = g_object_ref (freshet_file_tree_get_node (tree, 0));
  g_autofree char *path = NULL;

  g_object_unref (tree);
  g_assert_null (freshet_file_node_get_parent (node));
  path = freshet_file_node_dup_path (node);
  g_assert_cmpstr (path, ==, "b.flac");
}

static void
test_many (void)
{
  g_autoptr (FreshetFileTree) tree = freshet_file_tree_new ();
  gint64 begin_us = g_get_monotonic_time ();
  guint n = 100000;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("all/part %u/Some Longer File Name %u.dat",
                                               i / 1000, i);

      freshet_file_tree_add (tree, path, i);
    }
  g_test_message ("%u files: %" G_GINT64_FORMAT " µs", n, g_get_monotonic_time () - begin_us);
  begin_us = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    freshet_file_tree_set_done (tree, i, i);
  freshet_file_tree_flush (tree);
  g_test_message ("all change: %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - begin_us);
  begin_us = g_get_monotonic_time ();
  freshet_file_tree_set_search (tree, "name 9999");
  g_test_message ("search: %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - begin_us);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (get_folder (tree, 99990))), ==, 10);
  g_assert_cmpuint (freshet_file_node_get_done (freshet_file_tree_get_root (tree)), ==,
                    (guint64) n * (n - 1) / 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/file-tree/order", test_order);
  g_test_add_func ("/app/file-tree/sums", test_sums);
  g_test_add_func ("/app/file-tree/wishes", test_wishes);
  g_test_add_func ("/app/file-tree/changed", test_changed);
  g_test_add_func ("/app/file-tree/search", test_search);
  g_test_add_func ("/app/file-tree/expanded", test_expanded);
  g_test_add_func ("/app/file-tree/life", test_life);
  g_test_add_func ("/app/file-tree/many", test_many);

  return g_test_run ();
}
