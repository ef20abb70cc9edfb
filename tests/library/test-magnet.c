/* test-magnet.c - torrents of which only the magnet link is known, and links that are looked at
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-library-private.h"
#include "shelf.h"

#include <string.h>

static const TestFile album[] = {
  { "one.bin", 300000 }, { "deep/two.bin", 200001 }, { "three.bin", 70000 }, { NULL, 0 },
};

typedef struct
{
  TestWorld  *world;
  TestNode   *seed;
  BtMetainfo *metainfo;
  BtMagnet   *magnet;     /* with the seed's address */
  BtMagnet   *lonely;     /* without */
  Shelf      *shelf;
} Fixture;

static BtMagnet *
make_magnet (Fixture    *fixture,
             const char *more)
{
  g_autoptr (BtMagnet) bare = bt_magnet_new_from_metainfo (fixture->metainfo, NULL);
  g_autofree char *uri = bt_magnet_to_uri (bare);
  g_autofree char *whole = g_strconcat (uri, more, NULL);
  g_autoptr (GError) error = NULL;
  BtMagnet *magnet = bt_magnet_new_from_uri (whole, &error);

  g_assert_no_error (error);
  return magnet;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  has_state)
{
  char address[BT_ADDRESS_STRING_BYTES];
  g_autofree char *peer = NULL;
  BtAddress at;

  fixture->world = test_world_new ();
  fixture->seed = test_node_new (fixture->world, NULL);
  fixture->metainfo = test_world_make_torrent (fixture->world, "album", album, 32768, NULL);
  test_node_add (fixture->seed, fixture->metainfo, fixture->world->folder, NULL, TRUE);
  g_assert_true (test_node_wait_state (fixture->seed, BT_SWARM_SEEDING));
  at = test_node_get_address (fixture->seed);
  peer = g_strdup_printf ("&x.pe=%s", bt_address_to_string (&at, address));
  fixture->magnet = make_magnet (fixture, peer);
  fixture->lonely = make_magnet (fixture, "");
  fixture->shelf = shelf_new (fixture->world, "shelf", NULL, has_state != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  has_state)
{
  shelf_free (fixture->shelf);
  test_node_free (fixture->seed);
  bt_metainfo_unref (fixture->metainfo);
  bt_magnet_unref (fixture->magnet);
  bt_magnet_unref (fixture->lonely);
  test_world_free (fixture->world);
}

static BtEntry *
add (Fixture  *fixture,
     BtMagnet *magnet,
     gboolean  is_paused)
{
  BtAddRequest request = { .magnet = magnet, .is_paused = is_paused };
  BtEntry *entry = shelf_add (fixture->shelf, NULL, &request);

  g_assert_no_error (fixture->shelf->error);
  return entry;
}

static void
assert_unknown (BtEntry *entry)
{
  const BtRecord *record = bt_entry_get_record (entry);

  g_assert_true (record->flags & BT_RECORD_MAGNET);
  g_assert_cmpstr (record->name, ==, "album");
  g_assert_cmpuint (record->total_bytes, ==, 0);
  g_assert_cmpuint (record->n_files, ==, 0);
}

static void
assert_learnt (BtEntry *entry)
{
  const BtRecord *record = bt_entry_get_record (entry);

  g_assert_false (record->flags & BT_RECORD_MAGNET);
  g_assert_cmpstr (record->name, ==, "album");
  g_assert_cmpstr (record->top_name, ==, "album");
  g_assert_cmpuint (record->total_bytes, ==, 570001);
  g_assert_cmpuint (record->n_files, ==, 3);
  g_assert_true (record->flags & BT_RECORD_MULTI_FILE);
}

/* Another torrent with a file of the same name, in a folder of its own. */
static BtMetainfo *
make_same_name (Fixture    *fixture,
                const char *name)
{
  const TestFile same[] = { { "one.bin", 1000 }, { name, 70 }, { NULL, 0 } };
  g_autofree char *folder = g_build_filename (fixture->world->folder, name, NULL);
  TestWorld world = *fixture->world;

  world.folder = folder;
  return test_world_make_torrent (&world, "album", same, 32768, NULL);
}

static gboolean
are_learnt (gpointer user_data)
{
  Shelf *shelf = user_data;
  const GPtrArray *entries = bt_library_get_entries (shelf->library);

  for (guint i = 0; i < entries->len; i++)
    if (bt_entry_get_record (g_ptr_array_index (entries, i))->flags & BT_RECORD_MAGNET)
      return FALSE;
  return TRUE;
}

/* --- Life --- */

/* It seeks, learns, downloads, and is whole. */
static void
test_download (Fixture       *fixture,
               gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->magnet, FALSE);

  assert_unknown (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  assert_learnt (entry);
  test_assert_same_files (fixture->metainfo, fixture->world->folder, shelf->folder);
  /* It is there, whichever way it is named. */
  g_assert_null (shelf_add (shelf, fixture->metainfo, NULL));
  g_assert_error (shelf->error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&shelf->error);
}

/* What it is waiting for survives a restart, and so does what it has learnt. */
static void
test_restart (Fixture       *fixture,
              gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->lonely, FALSE);

  /* So slow that it is not whole before anybody looks. */
  bt_entry_set_limits (entry, 50000, 0);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  shelf_close (shelf);
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  assert_unknown (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  g_assert_cmpint (shelf_get_reason (entry), ==, BT_REASON_NO_PEERS);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  assert_learnt (entry);
  shelf_save (shelf);
  shelf_close (shelf);
  test_node_free (fixture->seed);
  fixture->seed = test_node_new (fixture->world, NULL);
  /* Nobody is there to ask. */
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  assert_learnt (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

static void
test_pause (Fixture       *fixture,
            gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->magnet, TRUE);

  test_world_pass (fixture->world, 5 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (entry), ==, BT_SWARM_STOPPED);
  assert_unknown (entry);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  assert_learnt (entry);
}

static void
test_pause_while_seeking (Fixture       *fixture,
                          gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->lonely, FALSE);

  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  g_assert_false (bt_entry_is_quiet (entry));
  bt_entry_stop (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  g_assert_true (bt_entry_is_quiet (entry));
  shelf_connect (entry, fixture->seed);
  test_world_pass (fixture->world, 5 * BT_SECOND_US);
  assert_unknown (entry);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

/* Of all places for those that seek there is one. */
static void
test_queue (Fixture       *fixture,
            gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .max_metadata = 1, .max_downloads = 1 };
  g_autoptr (BtMagnet) other =
      bt_magnet_new_from_uri ("magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567", NULL);
  BtEntry *first, *second;

  shelf->config.settings = settings;
  bt_library_set_settings (shelf->library, &settings);
  first = add (fixture, other, FALSE);
  second = add (fixture, fixture->magnet, FALSE);
  shelf_wait_state (shelf, first, BT_SWARM_SEEKING);
  test_world_pass (fixture->world, 10 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (second), ==, BT_SWARM_QUEUED);
  bt_entry_stop (first);
  shelf_wait_state (shelf, second, BT_SWARM_SEEDING);
}

/* What a link says of the name is hearsay, and a hash is no name; what a person has said stays. */
static void
test_name (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autofree char *lonely_uri = NULL, *hash = NULL, *bare_uri = NULL, *lying_uri = NULL;
  g_autoptr (BtMagnet) bare = NULL, lying = NULL;
  g_autoptr (BtMetainfo) second = make_same_name (fixture, "second");
  g_autoptr (BtMagnet) link = bt_magnet_new_from_metainfo (second, NULL);
  BtEntry *entry;

  lonely_uri = bt_magnet_to_uri (fixture->lonely);
  hash = g_strdup (strstr (lonely_uri, "urn:btih:"));
  hash[strlen ("urn:btih:") + 2 * BT_SHA1_BYTES] = '\0';
  bare_uri = g_strdup_printf ("magnet:?xt=%s", hash);
  lying_uri = g_strdup_printf ("magnet:?xt=%s&dn=other", hash);
  bare = bt_magnet_new_from_uri (bare_uri, NULL);
  lying = bt_magnet_new_from_uri (lying_uri, NULL);

  for (guint i = 0; i < 2; i++)
    {
      entry = add (fixture, i == 0 ? bare : lying, TRUE);
      bt_library_learn (entry, fixture->metainfo);
      g_assert_true (test_world_wait (fixture->world, are_learnt, shelf));
      g_assert_cmpstr (bt_entry_get_record (entry)->name, ==, "album");
      bt_entry_remove_async (entry, BT_REMOVE_KEEP_DATA, shelf_answer_cb, shelf);
      g_assert_true (shelf_wait_answer (shelf));
    }
  entry = add (fixture, link, TRUE);
  bt_entry_set_name (entry, "Mine");
  bt_library_learn (entry, second);
  g_assert_true (test_world_wait (fixture->world, are_learnt, shelf));
  g_assert_cmpstr (bt_entry_get_record (entry)->name, ==, "Mine");
}

static BtMetainfo *
load_fixture (const char *name)
{
  g_autofree char *base = g_strconcat (name, ".b64", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "metainfo", "data", base, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  BtMetainfo *metainfo;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_base64_decode_inplace (text, &n_bytes);
  bytes = g_bytes_new (text, n_bytes);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

/* A link to one of the two hashes that a hybrid has (BEP 52). */
static BtMagnet *
link_to_one (BtMetainfo *hybrid,
             gboolean    is_v2)
{
  const guint8 *hash = is_v2 ? bt_metainfo_get_info_hash_v2 (hybrid)
                             : bt_metainfo_get_info_hash_v1 (hybrid);
  GString *uri = g_string_new (is_v2 ? "magnet:?xt=urn:btmh:1220" : "magnet:?xt=urn:btih:");
  BtMagnet *magnet;

  for (guint i = 0; i < (is_v2 ? BT_SHA256_BYTES : BT_SHA1_BYTES); i++)
    g_string_append_printf (uri, "%02x", hash[i]);
  magnet = bt_magnet_new_from_uri (uri->str, NULL);
  g_string_free (uri, TRUE);
  return magnet;
}

/* What it is was found in a place for seeking; for the download it waits like others. */
static void
test_queue_of_downloads (Fixture       *fixture,
                         gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSettings settings = { .max_downloads = 1, .count_idle = TRUE };
  g_autoptr (BtMetainfo) other = make_same_name (fixture, "second");
  BtEntry *first, *second;

  shelf->config.settings = settings;
  bt_library_set_settings (shelf->library, &settings);
  first = shelf_add (shelf, other, NULL);
  shelf_wait_state (shelf, first, BT_SWARM_DOWNLOADING);
  second = add (fixture, fixture->lonely, FALSE);
  shelf_wait_state (shelf, second, BT_SWARM_SEEKING);
  bt_library_learn (second, fixture->metainfo);
  g_assert_true (test_world_wait (fixture->world, are_learnt, shelf));
  g_assert_cmpint (shelf_get_state (second), ==, BT_SWARM_QUEUED);
  g_assert_false (second->has_turn);
  bt_entry_stop (first);
  shelf_wait_state (shelf, second, BT_SWARM_DOWNLOADING);
}

/* A torrent of version 2 alone is found, and says that it cannot be downloaded yet. */
static void
test_v2 (Fixture       *fixture,
         gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) metainfo = load_fixture ("multi-v2");
  g_autoptr (BtMagnet) link = link_to_one (metainfo, TRUE);
  BtEntry *entry = add (fixture, link, FALSE);

  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  bt_library_learn (entry, metainfo);
  shelf_wait_state (shelf, entry, BT_SWARM_FAILED);
  shelf_save (shelf);
  shelf_close (shelf);
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  bt_entry_set_watched (entry, TRUE);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_FAILED);
  bt_entry_remove_async (entry, BT_REMOVE_TRASH_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
}

/* More may be looked for at once than the session takes: the others wait, whatever the queue allows. */
static void
test_many (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtSession *session = bt_library_get_session (shelf->library);
  const GPtrArray *entries = bt_library_get_entries (shelf->library);
  BtEntry *last;

  for (guint i = 0; i <= BT_SESSION_MAX_SEEKERS; i++)
    {
      g_autofree char *uri = g_strdup_printf ("magnet:?xt=urn:btih:%040x", i + 1);
      g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (uri, NULL);

      add (fixture, magnet, FALSE);
    }
  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  g_assert_cmpuint (bt_session_get_n_seekers (session), ==, BT_SESSION_MAX_SEEKERS);
  last = entries->pdata[BT_SESSION_MAX_SEEKERS];
  g_assert_cmpint (shelf_get_state (last), ==, BT_SWARM_QUEUED);
  bt_entry_start_forced (last);
  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  g_assert_cmpint (shelf_get_state (last), ==, BT_SWARM_QUEUED);
  bt_entry_stop (entries->pdata[0]);
  shelf_wait_state (shelf, last, BT_SWARM_SEEKING);
}

/* Its link could not be read once: it is tried again when a person starts it. */
static void
test_unreadable (Fixture       *fixture,
                 gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->magnet, TRUE);
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "the disk was tired");

  shelf_save (shelf);
  shelf_close (shelf);
  shelf_open (shelf);
  entry = shelf_get_only (shelf);
  g_assert_null (entry->magnet);
  entry->is_unreadable = TRUE;
  bt_entry_fail (entry, error);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

/* Whichever hash a hybrid is known by, it is there once. */
static void
test_hybrid (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) hybrid = load_fixture ("multi-hybrid");
  g_autoptr (BtMagnet) v1 = link_to_one (hybrid, FALSE);
  g_autoptr (BtMagnet) v2 = link_to_one (hybrid, TRUE);
  BtEntry *entry = add (fixture, v2, TRUE);
  BtEntry *twin;

  bt_library_learn (entry, hybrid);
  g_assert_true (test_world_wait (fixture->world, are_learnt, shelf));
  g_assert_null (shelf_add (shelf, hybrid, NULL));
  g_assert_error (shelf->error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&shelf->error);

  /* Of a bare link nobody can tell before it is learnt. */
  twin = add (fixture, v1, TRUE);
  bt_library_learn (twin, hybrid);
  shelf_wait_state (shelf, twin, BT_SWARM_FAILED);
  g_assert_true (bt_entry_get_record (twin)->flags & BT_RECORD_MAGNET);
  g_assert_nonnull (strstr (bt_entry_get_record (twin)->error, "is there already"));
}

/* --- What a person does with it --- */

static void
test_select (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autofree char *uri = bt_magnet_to_uri (fixture->magnet);
  g_autofree char *selecting = g_strconcat (uri, "&so=1", NULL);
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (selecting, NULL);
  const BtFile *files = bt_metainfo_get_files (fixture->metainfo, NULL);
  BtEntry *entry = add (fixture, magnet, FALSE);

  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_true (shelf_has_file (shelf->folder, files[1].path));
  g_assert_false (shelf_has_file (shelf->folder, files[0].path));
}

/* What needs a description is not for it; nothing of what it is doing suffers. */
static void
test_wishes (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->lonely, FALSE);
  g_autoptr (GArray) files = g_array_new (FALSE, TRUE, sizeof (guint));
  const BtMagnet *magnet = entry->magnet;

  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  g_array_set_size (files, 1);
  bt_entry_set_priority (entry, files, BT_PRIORITY_SKIP);
  bt_entry_set_trackers (entry, NULL);
  bt_entry_merge_trackers (entry, fixture->metainfo);
  bt_entry_verify (entry);
  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  assert_unknown (entry);
  g_assert_true (entry->magnet == magnet);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

static void
test_remove (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->lonely, FALSE);

  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  bt_entry_remove_async (entry, BT_REMOVE_TRASH_DATA, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 0);
  /* It may come again. */
  entry = add (fixture, fixture->magnet, FALSE);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
}

static void
test_move (Fixture       *fixture,
           gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->lonely, FALSE);
  g_autofree char *folder = g_build_filename (fixture->world->folder, "elsewhere", NULL);

  shelf_wait_state (shelf, entry, BT_SWARM_SEEKING);
  bt_entry_move_async (entry, folder, shelf_answer_cb, shelf);
  g_assert_true (shelf_wait_answer (shelf));
  g_assert_cmpstr (bt_entry_get_record (entry)->folder, ==, folder);
  bt_entry_rename_async (entry, 0, NULL, "x", shelf_answer_cb, shelf);
  g_assert_false (shelf_wait_answer (shelf));
  g_assert_error (shelf->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&shelf->error);
  shelf_connect (entry, fixture->seed);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  test_assert_same_files (fixture->metainfo, fixture->world->folder, folder);
}

/* Another torrent's files are not taken for its own. */
static void
test_same_name (Fixture       *fixture,
                gconstpointer  has_state)
{
  static const TestFile same[] = { { "one.bin", 1000 }, { "x.bin", 70 }, { NULL, 0 } };
  Shelf *shelf = fixture->shelf;
  g_autofree char *folder = g_build_filename (fixture->world->folder, "second", NULL);
  TestWorld world = *fixture->world;
  g_autoptr (BtMetainfo) other = NULL;
  BtEntry *entry;

  world.folder = folder;
  other = test_world_make_torrent (&world, "album", same, 32768, NULL);
  g_assert_nonnull (shelf_add (shelf, other, NULL));
  entry = add (fixture, fixture->magnet, FALSE);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpstr (bt_entry_get_record (entry)->top_name, ==, "album (2)");
  g_assert_true (shelf_has_file (shelf->folder, "album (2)/one.bin"));
}

/* Nor are those of one that is learnt in the same moment. */
static void
test_same_name_at_once (Fixture       *fixture,
                        gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) other = make_same_name (fixture, "second");
  g_autoptr (BtMagnet) link = bt_magnet_new_from_metainfo (other, NULL);
  BtEntry *first = add (fixture, fixture->lonely, TRUE);
  BtEntry *second = add (fixture, link, TRUE);

  bt_library_learn (first, fixture->metainfo);
  bt_library_learn (second, other);
  g_assert_true (test_world_wait (fixture->world, are_learnt, shelf));
  g_assert_cmpstr (bt_entry_get_record (first)->top_name, ==, "album");
  g_assert_cmpstr (bt_entry_get_record (second)->top_name, ==, "album (2)");
}

/* A third is told apart from both. */
static void
test_same_name_thrice (Fixture       *fixture,
                       gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) second = make_same_name (fixture, "second");
  g_autoptr (BtMetainfo) third = make_same_name (fixture, "third");
  BtAddRequest request = { .is_paused = TRUE };
  BtEntry *entry;

  g_assert_nonnull (shelf_add (shelf, fixture->metainfo, &request));
  entry = shelf_add (shelf, second, &request);
  g_assert_cmpstr (bt_entry_get_record (entry)->top_name, ==, "album (2)");
  entry = shelf_add (shelf, third, &request);
  g_assert_cmpstr (bt_entry_get_record (entry)->top_name, ==, "album (3)");
}

static void
count_added_cb (BtEntry      *entry,
                const GError *error,
                gpointer      user_data)
{
  g_assert_no_error (error);
  ++*(guint *) user_data;
}

static gboolean
are_two (gpointer user_data)
{
  return *(guint *) user_data == 2;
}

static void
test_same_name_added_at_once (Fixture       *fixture,
                              gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  g_autoptr (BtMetainfo) other = make_same_name (fixture, "second");
  BtAddRequest request = { .folder = shelf->folder, .is_paused = TRUE };
  const GPtrArray *entries;
  gboolean is_first[2];
  guint n_added = 0;

  request.metainfo = fixture->metainfo;
  bt_library_add_async (shelf->library, &request, count_added_cb, &n_added);
  request.metainfo = other;
  bt_library_add_async (shelf->library, &request, count_added_cb, &n_added);
  g_assert_true (test_world_wait (fixture->world, are_two, &n_added));
  entries = bt_library_get_entries (shelf->library);
  /* Whichever comes first. */
  for (guint i = 0; i < 2; i++)
    is_first[i] = g_str_equal (bt_entry_get_record (entries->pdata[i])->top_name, "album");
  g_assert_cmpint (is_first[0], !=, is_first[1]);
  g_assert_cmpstr (bt_entry_get_record (entries->pdata[is_first[0] ? 1 : 0])->top_name, ==,
                   "album (2)");
}

/* --- Looking --- */

typedef struct
{
  BtMetainfo *metainfo;
  GError     *error;
  guint       n_known;
  guint       n_answers;
} Answer;

static void
preview_cb (BtMetainfo   *metainfo,
            const GArray *known,
            const GError *error,
            gpointer      user_data)
{
  Answer *answer = user_data;

  answer->metainfo = metainfo != NULL ? bt_metainfo_ref (metainfo) : NULL;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
  answer->n_known = known->len;
  answer->n_answers++;
}

static gboolean
is_answered (gpointer user_data)
{
  return ((Answer *) user_data)->n_answers > 0;
}

static void
test_preview (Fixture       *fixture,
              gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  Answer answer = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (bt_library_preview (shelf->library, fixture->magnet, NULL, preview_cb, &answer,
                                        &error));
  /* Not twice. */
  g_assert_null (bt_library_preview (shelf->library, fixture->magnet, NULL, preview_cb, &answer,
                                     &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (test_world_wait (fixture->world, is_answered, &answer));
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.n_known, ==, 1);
  g_assert_cmpuint (bt_library_get_entries (shelf->library)->len, ==, 0);
  g_assert_cmpmem (bt_metainfo_get_info_hash_v1 (answer.metainfo), BT_SHA1_BYTES,
                   bt_metainfo_get_info_hash_v1 (fixture->metainfo), BT_SHA1_BYTES);
  /* And now it is wanted. */
  g_assert_nonnull (shelf_add (shelf, answer.metainfo, NULL));
  g_assert_null (bt_library_preview (shelf->library, fixture->magnet, NULL, preview_cb, &answer,
                                     &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  bt_metainfo_unref (answer.metainfo);
}

/* BEP 27: whom peers or the neighbourhood have named is none of a private torrent's peers. */
static void
test_private_peers (Fixture       *fixture,
                    gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  const BtSource sources[] = { BT_SOURCE_PEX, BT_SOURCE_TRACKER, BT_SOURCE_LOCAL, BT_SOURCE_LINK };
  g_autoptr (GArray) peers = g_array_new (FALSE, TRUE, sizeof (BtKnownAddress));
  g_autofree char *folder = g_build_filename (fixture->world->folder, "secret", NULL);
  TestWorld world = *fixture->world;
  g_autoptr (BtMetainfo) metainfo = NULL;
  BtAddRequest request = { .peers = peers, .is_paused = TRUE };
  BtEntry *entry;

  world.folder = folder;
  metainfo = test_world_make_torrent_of (&world, "secret", album, 32768, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      BtKnownAddress peer = { .sources = sources[i] };

      g_assert_true (bt_address_parse ("127.0.0.1", (guint16) (1000 + i), &peer.address));
      g_array_append_val (peers, peer);
    }
  entry = shelf_add (shelf, metainfo, &request);
  g_assert_no_error (shelf->error);
  g_assert_cmpuint (entry->peers->len, ==, 1);
  g_assert_cmpuint (g_array_index (entry->peers, BtKnownAddress, 0).sources, ==,
                    BT_SOURCE_TRACKER);
}

/* A torrent that is wanted comes before a look at it. */
static void
test_preview_gives_way (Fixture       *fixture,
                        gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  Answer link = { 0 }, file = { 0 };
  g_autoptr (BtMetainfo) other = make_same_name (fixture, "second");
  g_autoptr (BtMagnet) other_link = bt_magnet_new_from_metainfo (other, NULL);
  BtEntry *entry;

  g_assert_nonnull (bt_library_preview (shelf->library, fixture->lonely, NULL, preview_cb, &link,
                                        NULL));
  entry = add (fixture, fixture->magnet, FALSE);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  g_assert_cmpuint (link.n_answers, ==, 1);
  g_assert_error (link.error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&link.error);

  g_assert_nonnull (bt_library_preview (shelf->library, other_link, NULL, preview_cb, &file, NULL));
  entry = shelf_add (shelf, other, NULL);
  shelf_wait_state (shelf, entry, BT_SWARM_DOWNLOADING);
  g_assert_cmpuint (file.n_answers, ==, 1);
  g_assert_error (file.error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&file.error);
}

/* Taken back by whoever asked, or because everything ends. */
static void
test_preview_ends (Fixture       *fixture,
                   gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  Answer first = { 0 }, second = { 0 };
  BtSwarmFacts facts;
  BtPreview *preview = bt_library_preview (shelf->library, fixture->lonely, NULL, preview_cb,
                                           &first, NULL);

  test_world_pass (fixture->world, 3 * BT_SECOND_US);
  bt_preview_get_facts (preview, &facts);
  g_assert_cmpint (facts.state, ==, BT_SWARM_SEEKING);
  g_assert_cmpuint (facts.n_known, ==, 0);
  bt_swarm_facts_clear (&facts);
  bt_preview_cancel (preview);
  g_assert_cmpuint (first.n_answers, ==, 1);
  g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&first.error);
  g_assert_nonnull (bt_library_preview (shelf->library, fixture->lonely, NULL, preview_cb, &second,
                                        NULL));
  shelf_close (shelf);
  g_assert_cmpuint (second.n_answers, ==, 1);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&second.error);
}

/* --- For others --- */

typedef struct
{
  char     *link;
  GBytes   *file;
  gboolean  is_there;
} Exported;

static void
export_cb (const char   *link,
           GBytes       *file,
           const GError *error,
           gpointer      user_data)
{
  Exported *exported = user_data;

  g_assert_no_error (error);
  exported->link = g_strdup (link);
  exported->file = file != NULL ? g_bytes_ref (file) : NULL;
  exported->is_there = TRUE;
}

static gboolean
is_exported (gpointer user_data)
{
  return ((Exported *) user_data)->is_there;
}

static void
test_export (Fixture       *fixture,
             gconstpointer  has_state)
{
  Shelf *shelf = fixture->shelf;
  BtEntry *entry = add (fixture, fixture->magnet, TRUE);
  g_autofree char *uri = bt_magnet_to_uri (fixture->magnet);
  Exported bare = { 0 }, whole = { 0 };
  g_autoptr (BtMetainfo) metainfo = NULL;

  bt_entry_export_async (entry, export_cb, &bare);
  g_assert_true (test_world_wait (fixture->world, is_exported, &bare));
  g_assert_cmpstr (bare.link, ==, uri);
  g_assert_null (bare.file);
  bt_entry_start (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_SEEDING);
  bt_entry_stop (entry);
  shelf_wait_state (shelf, entry, BT_SWARM_STOPPED);
  bt_entry_export_async (entry, export_cb, &whole);
  g_assert_true (test_world_wait (fixture->world, is_exported, &whole));
  g_assert_true (g_str_has_prefix (whole.link, "magnet:?xt=urn:btih:"));
  metainfo = bt_metainfo_new_from_bytes (whole.file, NULL);
  g_assert_nonnull (metainfo);
  g_assert_cmpmem (bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES,
                   bt_metainfo_get_info_hash_v1 (fixture->metainfo), BT_SHA1_BYTES);
  g_free (bare.link);
  g_free (whole.link);
  g_bytes_unref (whole.file);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void      (*func) (Fixture *, gconstpointer);
    gboolean    has_state;
  } cases[] = {
    { "/library/magnet/download", test_download, FALSE },
    { "/library/magnet/download-with-state", test_download, TRUE },
    { "/library/magnet/restart", test_restart, TRUE },
    { "/library/magnet/pause", test_pause, TRUE },
    { "/library/magnet/pause-while-seeking", test_pause_while_seeking, TRUE },
    { "/library/magnet/queue", test_queue, FALSE },
    { "/library/magnet/name", test_name, TRUE },
    { "/library/magnet/hybrid", test_hybrid, TRUE },
    { "/library/magnet/queue-of-downloads", test_queue_of_downloads, TRUE },
    { "/library/magnet/v2", test_v2, TRUE },
    { "/library/magnet/many", test_many, FALSE },
    { "/library/magnet/unreadable", test_unreadable, TRUE },
    { "/library/magnet/select", test_select, TRUE },
    { "/library/magnet/wishes", test_wishes, FALSE },
    { "/library/magnet/wishes-with-state", test_wishes, TRUE },
    { "/library/magnet/remove", test_remove, TRUE },
    { "/library/magnet/move", test_move, TRUE },
    { "/library/magnet/same-name", test_same_name, TRUE },
    { "/library/magnet/same-name-at-once", test_same_name_at_once, TRUE },
    { "/library/magnet/same-name-thrice", test_same_name_thrice, TRUE },
    { "/library/magnet/same-name-added-at-once", test_same_name_added_at_once, TRUE },
    { "/library/magnet/preview", test_preview, TRUE },
    { "/library/magnet/private-peers", test_private_peers, TRUE },
    { "/library/magnet/preview-gives-way", test_preview_gives_way, TRUE },
    { "/library/magnet/preview-ends", test_preview_ends, FALSE },
    { "/library/magnet/export", test_export, TRUE },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].has_state ? (gconstpointer) "state" : NULL, set_up,
                cases[i].func, tear_down);
  return g_test_run ();
}
