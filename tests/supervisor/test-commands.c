/* test-commands.c - every wish arrives with what was said, and every question is answered once; over a library that
 * only writes down what it is asked for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fake-library.h"
#include "party.h"

#include <string.h>

static const TestFile one_file[] = {
  { "one.bin", 300000 },
  { NULL }
};

/* With `n_torrents` in its state. */
static Party *
start_with (TestWorld      *world,
            const FakePlan *plan)
{
  BtSupervisorOptions options = { .state_path = "/made/up" };

  fake_library_plan (plan);
  return party_start (world, &options);
}

static BtTorrent *
get_first (Party *party)
{
  return g_list_model_get_item (bt_supervisor_get_torrents (party->supervisor), 0);
}

static guint
count_torrents (Party *party)
{
  return g_list_model_get_n_items (bt_supervisor_get_torrents (party->supervisor));
}

static void
wish_everything (BtTorrent  *torrent,
                 BtMetainfo *metainfo)
{
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (metainfo, NULL);
  static const char *const labels[] = { "a", "b", NULL };
  static const guint files[] = { 3, 7 };
  const BtTrackerRecord trackers[] = { { 4, (char *) "http://x/" } };
  const char *const web_seeds[] = { "http://w/", NULL };
  BtAddress address;

  g_assert_true (bt_address_parse ("127.0.0.1:81", 0, &address));
  bt_torrent_set_watched (torrent, TRUE);
  bt_torrent_start (torrent);
  bt_torrent_start_forced (torrent);
  bt_torrent_stop (torrent);
  bt_torrent_verify (torrent);
  bt_torrent_announce (torrent);
  bt_torrent_cancel_move (torrent);
  bt_torrent_add_peer (torrent, &address);
  bt_torrent_set_name (torrent, "n");
  bt_torrent_set_labels (torrent, labels);
  bt_torrent_set_labels (torrent, NULL);
  bt_torrent_set_limits (torrent, 5, 6);
  bt_torrent_set_share_limits (torrent, 0.5, 7, BT_RATIO_GENERAL, BT_AFTER_SHARE_REMOVE);
  bt_torrent_set_places (torrent, 8, 9);
  bt_torrent_set_sequential (torrent, TRUE);
  bt_torrent_set_super_seeding (torrent, TRUE);
  bt_torrent_set_priority (torrent, files, 2, BT_PRIORITY_LOW);
  bt_torrent_set_priority (torrent, NULL, 0, BT_PRIORITY_SKIP);
  bt_torrent_set_trackers (torrent, trackers, 1);
  bt_torrent_set_trackers (torrent, NULL, 0);
  bt_torrent_set_web_seeds (torrent, web_seeds);
  bt_torrent_set_web_seeds (torrent, NULL);
  bt_torrent_merge_trackers (torrent, metainfo);
  bt_torrent_merge_magnet (torrent, magnet);
  bt_torrent_set_position (torrent, 10);
  bt_torrent_set_watched (torrent, FALSE);
}

static void
test_wishes (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = start_with (world, &(FakePlan) { .n_torrents = 1 });
  g_autoptr (BtTorrent) torrent = get_first (party);
  g_autofree char *text = NULL;

  wish_everything (torrent, metainfo);
  party_stop (party);
  text = fake_library_take_log ();
  g_assert_cmpstr (text, ==,
                   "begin\nset_watched 1\nstart\nstart_forced\nstop\nverify\nannounce\n"
                   "cancel_move\n"
                   "add_peer 127.0.0.1:81\nset_name n\nset_labels a+b\nset_labels \n"
                   "set_limits 5 6\nset_share_limits 0.5 7 -1 2\nset_places 8 9\nset_sequential 1\n"
                   "set_super_seeding 1\nset_priority 2 7 1\nset_priority 0 0 0\n"
                   "set_trackers 4 http://x/\nset_trackers own\n"
                   "set_web_seeds http://w/\nset_web_seeds own\nmerge_trackers one.bin\n"
                   "merge_magnet one.bin\n"
                   "set_position 10\nset_watched 0\n");
  g_free (text);
  g_assert_cmpstr (bt_torrent_get_name (torrent), ==, "n");
  g_assert_cmpuint (bt_torrent_get_record (torrent)->position, ==, 10);

  /* Nobody listens any more. */
  wish_everything (torrent, metainfo);
  text = fake_library_take_log ();
  g_assert_cmpstr (text, ==, "");
  party_free (party);
  test_world_free (world);
}

static void
test_add_options (void)
{
  static const char *const labels[] = { "a", "b", NULL };
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = start_with (world, &(FakePlan) { 0 });
  BtAddOptions options = { .incomplete_folder = "/inc", .labels = labels, .is_paused = TRUE,
                           .no_trackers = TRUE, .ignore_space = TRUE };
  BtSettings settings = { .max_downloads = 3, .use_alternative = TRUE };
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, NULL, &options);
  g_autofree char *text = NULL;

  g_assert_true (bt_torrent_get_metainfo (torrent) == metainfo);
  g_assert_true (bt_supervisor_find (party->supervisor, metainfo) == torrent);
  g_assert_cmpuint (party->n_added, ==, 1);
  bt_supervisor_set_settings (party->supervisor, &settings);
  party_stop (party);
  text = fake_library_take_log ();
  g_assert_cmpstr (text, ==, "begin\nadd /inc a+b 101010\nsettings 3 1\n");
  party_free (party);
  test_world_free (world);
}

static void
test_peers_of_all (void)
{
  TestWorld *world = test_world_new ();
  g_autofree char *path = g_build_filename (world->folder, "list", NULL);
  Party *party;
  BtAddress address;
  BtBlockList *list;
  Call call = { NULL };
  BtOverview *overview;
  BtNetworkFacts *network;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_file_set_contents (path, "1.2.3.4\n5.0.0.0/8\n", -1, &error));
  g_assert_true (bt_address_parse ("9.8.7.6", 5, &address));
  party = start_with (world, &(FakePlan) { 0 });
  bt_supervisor_ban (party->supervisor, &address);
  bt_supervisor_unban (party->supervisor, &address);
  bt_supervisor_load_block_list_async (party->supervisor, path, NULL, call_cb, &call);
  list = bt_supervisor_load_block_list_finish (party->supervisor, call_wait (&call, world), &error);
  g_assert_no_error (error);
  bt_supervisor_set_block_list (party->supervisor, list);
  bt_block_list_unref (list);
  bt_supervisor_ask_routers (party->supervisor);
  call_clear (&call);
  bt_supervisor_get_overview_async (party->supervisor, NULL, call_cb, &call);
  overview = bt_supervisor_get_overview_finish (party->supervisor, call_wait (&call, world),
                                                &error);
  g_assert_no_error (error);
  g_assert_cmpuint (overview->sent_bytes, ==, 17);
  bt_overview_free (overview);
  call_clear (&call);
  bt_supervisor_get_network_async (party->supervisor, NULL, call_cb, &call);
  network = bt_supervisor_get_network_finish (party->supervisor, call_wait (&call, world), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (network->port, ==, 18);
  bt_network_facts_free (network);
  call_clear (&call);
  bt_supervisor_load_block_list_async (party->supervisor, "/nowhere/list", NULL, call_cb, &call);
  g_assert_null (bt_supervisor_load_block_list_finish (party->supervisor, call_wait (&call, world),
                                                       &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  call_clear (&call);
  party_stop (party);
  bt_supervisor_get_overview_async (party->supervisor, NULL, call_cb, &call);
  g_assert_null (bt_supervisor_get_overview_finish (party->supervisor, call_wait (&call, world),
                                                    &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);
  call_clear (&call);
  bt_supervisor_get_network_async (party->supervisor, NULL, call_cb, &call);
  g_assert_null (bt_supervisor_get_network_finish (party->supervisor, call_wait (&call, world),
                                                   &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  call_clear (&call);
  text = fake_library_take_log ();
  g_assert_cmpstr (text, ==, "begin\nban 9.8.7.6\nunban 9.8.7.6\nblock_list 2\nask_routers\n");
  party_free (party);
  test_world_free (world);
}

/* --- Answers --- */

static void
assert_move (Call      *call,
             BtTorrent *torrent,
             TestWorld *world,
             int        code)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = bt_torrent_move_finish (torrent, call_wait (call, world), &error);

  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, G_IO_ERROR, code);
  g_assert_cmpint (is_done, ==, code < 0);
  call_clear (call);
}

/* What was asked for is answered, done or refused, also by a library that never says a word. */
static void
test_answers (gconstpointer user_data)
{
  gboolean is_silent = GPOINTER_TO_INT (user_data);
  int rename_code = is_silent ? G_IO_ERROR_CLOSED : G_IO_ERROR_EXISTS;
  TestWorld *world = test_world_new ();
  Party *party = start_with (world, &(FakePlan) { .n_torrents = 1, .is_silent = is_silent });
  g_autoptr (BtTorrent) torrent = get_first (party);
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Call first = { NULL }, second = { NULL }, third = { NULL }, stop = { NULL }, late = { NULL };

  g_cancellable_cancel (cancelled);
  bt_torrent_move_async (torrent, "/x", cancelled, call_cb, &first);
  assert_move (&first, torrent, world, G_IO_ERROR_CANCELLED);
  bt_torrent_move_async (torrent, "/x", NULL, call_cb, &first);
  bt_torrent_rename_async (torrent, 5, "from", "bad", NULL, call_cb, &second);
  bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
  bt_torrent_move_async (torrent, "/y", NULL, call_cb, &third);
  assert_move (&first, torrent, world, is_silent ? (int) G_IO_ERROR_CLOSED : -1);
  g_assert_false (bt_torrent_rename_finish (torrent, call_wait (&second, world), &error));
  g_assert_error (error, G_IO_ERROR, rename_code);
  call_clear (&second);
  assert_move (&third, torrent, world, G_IO_ERROR_CLOSED);
  call_wait (&stop, world);
  call_clear (&stop);
  bt_torrent_move_async (torrent, "/z", NULL, call_cb, &late);
  assert_move (&late, torrent, world, G_IO_ERROR_CLOSED);
  g_free (fake_library_take_log ());
  party_free (party);
  test_world_free (world);
}

/* A torrent for others; refused when nobody answers any more. */
static void
test_export (void)
{
  TestWorld *world = test_world_new ();
  Party *party = start_with (world, &(FakePlan) { .n_torrents = 1 });
  g_autoptr (BtTorrent) torrent = get_first (party);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autofree char *link = NULL;
  g_autofree char *log = NULL;
  Call call = { NULL }, stop = { NULL };

  bt_torrent_export_async (torrent, NULL, call_cb, &call);
  link = bt_torrent_export_finish (torrent, call_wait (&call, world), &file, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (link, ==, "magnet:?xt=made-up");
  g_assert_cmpmem (g_bytes_get_data (file, NULL), g_bytes_get_size (file), "de", 2);
  call_clear (&call);
  log = fake_library_take_log ();
  g_assert_nonnull (strstr (log, "export"));
  bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
  bt_torrent_export_async (torrent, NULL, call_cb, &call);
  g_assert_null (bt_torrent_export_finish (torrent, call_wait (&call, world), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  call_clear (&call);
  call_wait (&stop, world);
  call_clear (&stop);
  party_free (party);
  test_world_free (world);
}

typedef struct
{
  guint n_told;
  guint n_met;
} Looked;

static void
looked_cb (const BtSwarmFacts *facts,
           gpointer            user_data)
{
  Looked *looked = user_data;

  looked->n_told++;
  looked->n_met = facts->n_met;
}

/* A link that is looked at: told every second, until it is cancelled, once; or the engine ends. */
static void
test_preview (void)
{
  TestWorld *world = test_world_new ();
  Party *party = start_with (world, &(FakePlan) { 0 });
  g_autoptr (BtMagnet) magnet =
      bt_magnet_new_from_uri ("magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  BtKnownAddress peers[2] = { 0 };
  Looked looked = { 0 };
  Call call = { NULL }, stop = { NULL };
  g_autofree char *log = NULL;

  bt_supervisor_preview_async (party->supervisor, magnet, peers, 2, looked_cb, &looked, cancellable,
                               call_cb, &call);
  while (looked.n_told < 2)
    g_main_context_iteration (world->context, TRUE);
  g_assert_cmpuint (looked.n_met, ==, 7);
  g_cancellable_cancel (cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_null (bt_supervisor_preview_finish (party->supervisor, call_wait (&call, world), NULL,
                                               &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  call_clear (&call);
  log = fake_library_take_log ();
  g_assert_nonnull (strstr (log, "preview 2\npreview cancelled\n"));

  bt_supervisor_preview_async (party->supervisor, magnet, NULL, 0, NULL, NULL, NULL, call_cb,
                               &call);
  bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
  g_assert_null (bt_supervisor_preview_finish (party->supervisor, call_wait (&call, world), NULL,
                                               &error));
  /* Whichever of the two comes first. */
  g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
                 g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  call_clear (&call);
  call_wait (&stop, world);
  call_clear (&stop);
  party_free (party);
  test_world_free (world);
}

static void
test_remove (void)
{
  TestWorld *world = test_world_new ();
  Party *party = start_with (world, &(FakePlan) { .n_torrents = 3 });
  g_autoptr (BtTorrent) torrent = get_first (party);
  g_auto (GStrv) kept = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { NULL }, again = { NULL };

  bt_supervisor_remove_async (party->supervisor, torrent, BT_REMOVE_TRASH_DATA, NULL, call_cb,
                              &call);
  bt_supervisor_remove_async (party->supervisor, torrent, BT_REMOVE_TRASH_DATA, NULL, call_cb,
                              &again);
  g_assert_cmpuint (party->n_removed, ==, 0);
  g_assert_true (bt_supervisor_remove_finish (party->supervisor, call_wait (&call, world), &kept,
                                              &error));
  g_assert_no_error (error);
  g_assert_cmpstr (kept[0], ==, "/kept/file");
  g_assert_cmpuint (party->n_removed, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, 2);
  g_assert_false (bt_supervisor_remove_finish (party->supervisor, call_wait (&again, world), NULL,
                                               &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  call_clear (&call);
  call_clear (&again);

  /* The library removes by itself. */
  g_object_unref (torrent);
  torrent = get_first (party);
  bt_torrent_set_position (torrent, G_MAXUINT);
  while (party->n_removed < 2)
    g_main_context_iteration (world->context, TRUE);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  g_free (fake_library_take_log ());
  party_free (party);
  test_world_free (world);
}

/* It cannot be removed: who asked is told, and it is there; who did not ask gets it back. */
static void
test_remove_fails (void)
{
  TestWorld *world = test_world_new ();
  Party *party = start_with (world, &(FakePlan) { .n_torrents = 1, .remove_fails = TRUE });
  g_autoptr (BtTorrent) torrent = get_first (party);
  g_autoptr (GError) error = NULL;
  Call call = { NULL };

  bt_supervisor_remove_async (party->supervisor, torrent, BT_REMOVE_DELETE_DATA, NULL, call_cb,
                              &call);
  g_assert_false (bt_supervisor_remove_finish (party->supervisor, call_wait (&call, world), NULL,
                                               &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  call_clear (&call);
  g_assert_cmpuint (count_torrents (party), ==, 1);

  bt_supervisor_remove (party->supervisor, torrent);
  g_assert_cmpuint (count_torrents (party), ==, 0);
  while (party->n_added == 0)
    g_main_context_iteration (world->context, TRUE);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  g_free (fake_library_take_log ());
  party_free (party);
  test_world_free (world);
}

static void
test_add_fails (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = start_with (world, &(FakePlan) { .add_error = G_IO_ERROR_NO_SPACE + 1 });
  g_autoptr (GError) error = NULL;
  Call call = { NULL };

  bt_supervisor_add_async (party->supervisor, metainfo, NULL, NULL, call_cb, &call);
  g_assert_null (bt_supervisor_add_finish (party->supervisor, call_wait (&call, world), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  call_clear (&call);
  g_assert_cmpuint (party->n_added, ==, 0);
  g_free (fake_library_take_log ());
  party_free (party);
  test_world_free (world);
}

/* --- Starting --- */

static void
test_open_errors (void)
{
  TestWorld *world = test_world_new ();
  BtSupervisorOptions options = { .state_path = "/made/up" };
  Party *party = party_new (world, &options);

  for (int code = BT_STORE_ERROR_FAILED; code <= BT_STORE_ERROR_TOO_NEW; code++)
    {
      g_autoptr (GError) error = NULL;
      Call start = { NULL }, stop = { NULL };

      fake_library_plan (&(FakePlan) { .open_error = code + 1 });
      bt_supervisor_start_async (party->supervisor, NULL, call_cb, &start);
      bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
      g_assert_false (bt_supervisor_start_finish (party->supervisor, call_wait (&start, world),
                                                  &error));
      g_assert_error (error, BT_STORE_ERROR, code);
      call_wait (&stop, world);
      call_clear (&start);
      call_clear (&stop);
    }
  fake_library_plan (&(FakePlan) { 0 });
  party_free (party);
  test_world_free (world);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* Ten thousand come as one, and each is small. */
static void
test_many (void)
{
  const guint n_torrents = 10000;
  TestWorld *world = test_world_new ();
  BtSupervisorOptions options = { .state_path = "/made/up" };
  Party *party = party_new (world, &options);
  Call call = { NULL };
  guint n_calls = 0;
  guint n_before;
  gint64 start_us = g_get_monotonic_time ();

  fake_library_plan (&(FakePlan) { .n_torrents = n_torrents, .is_alternative = TRUE });
  g_signal_connect_swapped (bt_supervisor_get_torrents (party->supervisor), "items-changed",
                            G_CALLBACK (count_cb), &n_calls);
  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  call_wait (&call, world);
  call_clear (&call);
  g_test_message ("%u torrents in %d ms", n_torrents,
                  (int) ((g_get_monotonic_time () - start_us) / 1000));
  n_before = n_calls;
  g_assert_cmpuint (n_before, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, n_torrents);
  g_assert_cmpuint (party->n_added, ==, 0);
  g_assert_true (bt_supervisor_is_alternative (party->supervisor));
  party_wait_ticks (party, 1);
  g_assert_cmpuint (n_calls, ==, 1);
  g_signal_handlers_disconnect_by_data (bt_supervisor_get_torrents (party->supervisor), &n_calls);
  g_free (fake_library_take_log ());
  party_free (party);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/commands/wishes", test_wishes);
  g_test_add_func ("/supervisor/commands/add-options", test_add_options);
  g_test_add_func ("/supervisor/commands/peers-of-all", test_peers_of_all);
  g_test_add_data_func ("/supervisor/commands/answers", GINT_TO_POINTER (FALSE), test_answers);
  g_test_add_data_func ("/supervisor/commands/silence", GINT_TO_POINTER (TRUE), test_answers);
  g_test_add_func ("/supervisor/commands/export", test_export);
  g_test_add_func ("/supervisor/commands/preview", test_preview);
  g_test_add_func ("/supervisor/commands/remove", test_remove);
  g_test_add_func ("/supervisor/commands/remove-fails", test_remove_fails);
  g_test_add_func ("/supervisor/commands/add-fails", test_add_fails);
  g_test_add_func ("/supervisor/commands/open-errors", test_open_errors);
  g_test_add_func ("/supervisor/commands/many", test_many);
  return g_test_run ();
}
