/* shelf.c - a library under test, beside test-node.h's engines, on the same made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "shelf.h"

#include <glib/gstdio.h>

static void
changed (gpointer  user_data,
         BtEntry  *entry)
{
  ((Shelf *) user_data)->n_changed++;
}

static void
added (gpointer  user_data,
       BtEntry  *entry)
{
  ((Shelf *) user_data)->n_added++;
}

static void
removed (gpointer  user_data,
         BtEntry  *entry)
{
  ((Shelf *) user_data)->n_removed++;
}

static void
ticked (gpointer user_data)
{
}

static void
troubled (gpointer      user_data,
          const GError *error)
{
  Shelf *shelf = user_data;

  g_free (shelf->trouble);
  shelf->trouble = error != NULL ? g_strdup (error->message) : NULL;
}

static const BtLibraryOps ops = {
  .changed = changed,
  .added = added,
  .removed = removed,
  .ticked = ticked,
  .troubled = troubled,
};

void
shelf_open (Shelf *shelf)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (shelf->library);
  shelf->is_closed = FALSE;
  shelf->library = bt_library_new (shelf->world->context, shelf->world->clock, &shelf->config, &ops,
                                   shelf, &error);
  g_assert_no_error (error);
  bt_library_begin (shelf->library);
}

Shelf *
shelf_new (TestWorld        *world,
           const char       *name,
           const BtSettings *settings,
           gboolean          has_state)
{
  Shelf *shelf = g_new0 (Shelf, 1);
  g_autoptr (GError) error = NULL;

  shelf->world = world;
  shelf->folder = g_build_filename (world->folder, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (shelf->folder, 0755), ==, 0);
  if (has_state)
    {
      g_autofree char *base = g_strconcat (name, "-state", NULL);

      shelf->state_path = g_build_filename (world->folder, base, "state.db", NULL);
    }
  shelf->config.state_path = shelf->state_path;
  if (settings != NULL)
    shelf->config.settings = *settings;
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &shelf->config.session.bind));
  shelf_open (shelf);
  return shelf;
}

static void
closed_cb (gpointer user_data)
{
  ((Shelf *) user_data)->is_closed = TRUE;
}

static gboolean
is_closed (gpointer user_data)
{
  return ((Shelf *) user_data)->is_closed;
}

void
shelf_close (Shelf *shelf)
{
  bt_library_close_async (shelf->library, closed_cb, shelf);
  g_assert_true (test_world_wait (shelf->world, is_closed, shelf));
  g_clear_pointer (&shelf->library, bt_library_free);
}

void
shelf_free (Shelf *shelf)
{
  if (shelf->library != NULL)
    shelf_close (shelf);
  g_clear_error (&shelf->error);
  g_strfreev (shelf->kept);
  g_free (shelf->trouble);
  g_free (shelf->state_path);
  g_free (shelf->folder);
  g_free (shelf);
}

/* --- Answers --- */

typedef struct
{
  Shelf   *shelf;
  BtEntry *entry;
} Adding;

static gboolean
is_answered (gpointer user_data)
{
  return ((Shelf *) user_data)->is_answered;
}

static void
begin_answer (Shelf *shelf)
{
  shelf->is_answered = FALSE;
  g_clear_error (&shelf->error);
  g_clear_pointer (&shelf->kept, g_strfreev);
}

static void
added_cb (BtEntry      *entry,
          const GError *error,
          gpointer      user_data)
{
  Adding *adding = user_data;

  adding->entry = entry;
  if (error != NULL)
    adding->shelf->error = g_error_copy (error);
  adding->shelf->is_answered = TRUE;
}

BtEntry *
shelf_add (Shelf              *shelf,
           BtMetainfo         *metainfo,
           const BtAddRequest *request)
{
  BtAddRequest own = { 0 };
  Adding adding = { shelf, NULL };

  if (request != NULL)
    own = *request;
  own.metainfo = metainfo;
  if (own.folder == NULL)
    own.folder = shelf->folder;
  begin_answer (shelf);
  bt_library_add_async (shelf->library, &own, added_cb, &adding);
  g_assert_true (test_world_wait (shelf->world, is_answered, shelf));
  return adding.entry;
}

void
shelf_answer_cb (const GError      *error,
                 const char *const *kept,
                 gpointer           user_data)
{
  Shelf *shelf = user_data;

  begin_answer (shelf);
  shelf->error = error != NULL ? g_error_copy (error) : NULL;
  shelf->kept = g_strdupv ((char **) kept);
  shelf->is_answered = TRUE;
}

gboolean
shelf_wait_answer (Shelf *shelf)
{
  g_assert_true (test_world_wait (shelf->world, is_answered, shelf));
  shelf->is_answered = FALSE;
  return shelf->error == NULL;
}

static void
saved_cb (const GError *error,
          gpointer      user_data)
{
  shelf_answer_cb (error, NULL, user_data);
}

void
shelf_save (Shelf *shelf)
{
  begin_answer (shelf);
  bt_library_save (shelf->library, saved_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
}

/* --- Looking --- */

BtSwarmState
shelf_get_state (BtEntry *entry)
{
  BtSwarmFacts facts;
  BtSwarmState state;

  bt_entry_get_facts (entry, &facts);
  state = facts.state;
  bt_swarm_facts_clear (&facts);
  return state;
}

BtReason
shelf_get_reason (BtEntry *entry)
{
  BtSwarmFacts facts;
  BtReason reason;

  bt_entry_get_facts (entry, &facts);
  reason = facts.reason;
  bt_swarm_facts_clear (&facts);
  return reason;
}

typedef struct
{
  BtEntry      *entry;
  BtSwarmState  state;
} Wanted;

static gboolean
has_state (gpointer user_data)
{
  Wanted *wanted = user_data;

  return shelf_get_state (wanted->entry) == wanted->state;
}

void
shelf_wait_state (Shelf        *shelf,
                  BtEntry      *entry,
                  BtSwarmState  state)
{
  Wanted wanted = { entry, state };

  if (!test_world_wait (shelf->world, has_state, &wanted))
    {
      BtSwarmFacts facts;

      bt_entry_get_facts (entry, &facts);
      g_error ("waited for state %d, it is %d (%s)", state, facts.state, facts.message);
    }
}

BtEntry *
shelf_get_only (Shelf *shelf)
{
  const GPtrArray *entries = bt_library_get_entries (shelf->library);

  g_assert_cmpuint (entries->len, ==, 1);
  return g_ptr_array_index (entries, 0);
}

void
shelf_connect (BtEntry  *entry,
               TestNode *node)
{
  BtAddress address = test_node_get_address (node);

  bt_entry_add_peer (entry, &address);
}

guint64
shelf_get_hashed_bytes (Shelf *shelf)
{
  BtDiskStats stats;

  bt_disk_get_stats (bt_session_get_disk (bt_library_get_session (shelf->library)), &stats);
  return stats.n_hashed_bytes;
}

gboolean
shelf_has_file (const char *folder,
                const char *path)
{
  g_autofree char *full = g_build_filename (folder, path, NULL);

  return g_file_test (full, G_FILE_TEST_EXISTS);
}
