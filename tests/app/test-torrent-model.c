/* test-torrent-model.c - the list model tells of no more than what changed, and of a long list bit by bit
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "list/freshet-torrent-model.h"

/* It never looks into them: any object will do. */
typedef struct
{
  FreshetTorrentModel *model;
  GPtrArray           *objects;   /* one for each letter */
  GPtrArray           *mirror;    /* what a view would show */
  guint                n_changes;
  guint                position, n_removed, n_added;   /* of the last one */
} Fixture;

static void
changed_cb (GListModel *model,
            guint       position,
            guint       n_removed,
            guint       n_added,
            Fixture    *fixture)
{
  fixture->n_changes++;
  fixture->position = position;
  fixture->n_removed = n_removed;
  fixture->n_added = n_added;
  if (n_removed > 0)
    g_ptr_array_remove_range (fixture->mirror, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, position + i);

      g_ptr_array_insert (fixture->mirror, (int) (position + i), item);
    }
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->model = freshet_torrent_model_new ();
  fixture->objects = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->mirror = g_ptr_array_new ();
  g_signal_connect (fixture->model, "items-changed", G_CALLBACK (changed_cb), fixture);
  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (fixture->objects, g_object_new (G_TYPE_OBJECT, NULL));
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_object_unref (fixture->model);
  g_ptr_array_unref (fixture->objects);
  g_ptr_array_unref (fixture->mirror);
}

static gboolean
set_letters (Fixture    *fixture,
             const char *letters)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func (g_object_unref);

  for (const char *letter = letters; *letter != '\0'; letter++)
    g_ptr_array_add (objects, g_object_ref (fixture->objects->pdata[*letter - 'a']));
  return freshet_torrent_model_set (fixture->model, objects);
}

static void
check_mirror (Fixture *fixture)
{
  GListModel *model = G_LIST_MODEL (fixture->model);

  g_assert_cmpuint (g_list_model_get_n_items (model), ==, fixture->mirror->len);
  for (guint i = 0; i < fixture->mirror->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      g_assert_true (item == fixture->mirror->pdata[i]);
    }
  g_assert_null (g_list_model_get_item (model, fixture->mirror->len));
}

typedef struct
{
  const char *before;
  const char *after;
  guint       position, n_removed, n_added;   /* all 0: nothing is told */
} Case;

static const Case cases[] = {
  { "abcdef", "abcdef", 0, 0, 0 },
  { "", "", 0, 0, 0 },
  { "abcdef", "abdef", 2, 1, 0 },
  { "abdef", "abcdef", 2, 0, 1 },
  { "abcdef", "acbdef", 1, 2, 2 },
  { "abcdef", "fedcba", 0, 6, 6 },
  { "abcdef", "", 0, 6, 0 },
  { "aaa", "aa", 2, 1, 0 },
};

static void
test_changes (Fixture      *fixture,
              gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *test = &cases[i];
      gboolean is_told = test->n_removed + test->n_added > 0;

      g_test_message ("%s to %s", test->before, test->after);
      set_letters (fixture, test->before);
      fixture->n_changes = 0;
      g_assert_cmpint (set_letters (fixture, test->after), ==, is_told);
      g_assert_cmpuint (fixture->n_changes, ==, is_told ? 1 : 0);
      check_mirror (fixture);
      if (!is_told)
        continue;
      g_assert_cmpuint (fixture->position, ==, test->position);
      g_assert_cmpuint (fixture->n_removed, ==, test->n_removed);
      g_assert_cmpuint (fixture->n_added, ==, test->n_added);
    }
}

static GPtrArray *
dup_objects (Fixture *fixture)
{
  return g_ptr_array_copy (fixture->objects, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
}

static void
test_growth (Fixture      *fixture,
             gconstpointer data)
{
  GPtrArray *objects = dup_objects (fixture);

  g_ptr_array_set_free_func (objects, g_object_unref);
  freshet_torrent_model_set (fixture->model, objects);
  check_mirror (fixture);
  g_assert_cmpuint (fixture->mirror->len, >, 0);
  g_assert_cmpuint (fixture->mirror->len, <, 100);
  while (fixture->mirror->len < fixture->objects->len)
    {
      g_main_context_iteration (NULL, TRUE);
      check_mirror (fixture);
      /* Small steps until a view has all its rows, then the rest. */
      g_assert_true (fixture->n_added < 100 || fixture->mirror->len == fixture->objects->len);
    }
  /* What has not been told yet when the list becomes short again is never told. */
  set_letters (fixture, "abc");
  fixture->n_changes = 0;
  objects = dup_objects (fixture);
  g_ptr_array_set_free_func (objects, g_object_unref);
  freshet_torrent_model_set (fixture->model, objects);
  set_letters (fixture, "abcd");
  check_mirror (fixture);
  g_assert_cmpuint (fixture->mirror->len, ==, 4);
  g_assert_false (g_main_context_pending (NULL));
}

/* As with selecting all while a list grows. */
static void
test_finish (Fixture      *fixture,
             gconstpointer data)
{
  GPtrArray *objects = dup_objects (fixture);

  g_ptr_array_set_free_func (objects, g_object_unref);
  freshet_torrent_model_set (fixture->model, objects);
  g_assert_cmpuint (fixture->mirror->len, <, fixture->objects->len);
  freshet_torrent_model_finish (fixture->model);
  check_mirror (fixture);
  g_assert_cmpuint (fixture->mirror->len, ==, fixture->objects->len);
  fixture->n_changes = 0;
  freshet_torrent_model_finish (fixture->model);
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  g_assert_false (g_main_context_pending (NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/torrent-model/changes", Fixture, NULL, set_up, test_changes, tear_down);
  g_test_add ("/app/torrent-model/growth", Fixture, NULL, set_up, test_growth, tear_down);
  g_test_add ("/app/torrent-model/finish", Fixture, NULL, set_up, test_finish, tear_down);
  return g_test_run ();
}
