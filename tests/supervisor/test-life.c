/* test-life.c - supervisors that start, stop, are refused and are asked at the wrong time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "party.h"

static const TestFile one_file[] = {
  { "one.bin", 300000 },
  { NULL }
};

static const TestFile big_file[] = {
  { "big.bin", 96 * 1024 * 1024 },
  { NULL }
};

static void
assert_stopped (Call      *call,
                Party     *party)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bt_supervisor_stop_finish (party->supervisor, call_wait (call, party->world),
                                            &error));
  g_assert_no_error (error);
  call_clear (call);
}

static void
assert_add_fails (Call  *call,
                  Party *party,
                  int    code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bt_supervisor_add_finish (party->supervisor, call_wait (call, party->world),
                                           &error));
  g_assert_error (error, G_IO_ERROR, code);
  call_clear (call);
}

static guint
count_torrents (Party *party)
{
  return g_list_model_get_n_items (bt_supervisor_get_torrents (party->supervisor));
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_empty (void)
{
  TestWorld *world = test_world_new ();
  Party *party = party_new (world, NULL);
  Call calls[3] = { { NULL } };
  guint n_ports = 0;

  g_signal_connect_swapped (party->supervisor, "notify::port", G_CALLBACK (count_cb), &n_ports);
  g_assert_cmpuint (bt_supervisor_get_port (party->supervisor), ==, 0);
  g_assert_cmpuint (count_torrents (party), ==, 0);

  /* Stopping what does not run is done at once; what does run can be stopped more than once. */
  bt_supervisor_stop_async (party->supervisor, call_cb, &calls[0]);
  assert_stopped (&calls[0], party);
  for (guint turn = 0; turn < 3; turn++)
    {
      g_autoptr (GError) error = NULL;

      bt_supervisor_start_async (party->supervisor, NULL, call_cb, &calls[0]);
      g_assert_true (bt_supervisor_start_finish (party->supervisor, call_wait (&calls[0], world),
                                                 &error));
      call_clear (&calls[0]);
      g_assert_cmpuint (n_ports, ==, 2 * turn + 1);
      for (guint i = 0; i < 3; i++)
        bt_supervisor_stop_async (party->supervisor, call_cb, &calls[i]);
      for (guint i = 0; i < 3; i++)
        assert_stopped (&calls[i], party);
      g_assert_cmpuint (n_ports, ==, 2 * turn + 2);
    }
  g_assert_cmpuint (party->n_added + party->n_removed, ==, 0);
  party_free (party);
  test_world_free (world);
}

static void
test_ticks (void)
{
  TestWorld *world = test_world_new ();
  Party *party = party_start (world, NULL);

  party_wait_ticks (party, 1);
  party_free (party);
  test_world_free (world);
}

static void
changed_cb (guint     *n_changed,
            BtTorrent *torrent)
{
  (*n_changed)++;
}

/* One that seeds to nobody is not told every second, unless somebody looks at it. */
static void
test_silence (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_start (world, NULL);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);
  guint n_changed = 0;

  torrent_wait_state (torrent, world, BT_SWARM_SEEDING);
  /* What the check's rate has left behind. */
  party_wait_ticks (party, 2);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (changed_cb), &n_changed);
  party_wait_ticks (party, 3);
  g_assert_cmpuint (n_changed, ==, 0);
  bt_torrent_set_watched (torrent, TRUE);
  party_wait_ticks (party, 2);
  g_assert_cmpuint (n_changed, >=, 2);
  g_assert_cmpint (bt_torrent_get_record (torrent)->seeding_s, >=, 3);
  g_signal_handlers_disconnect_by_data (torrent, &n_changed);
  g_clear_object (&torrent);
  party_free (party);
  test_world_free (world);
}

/* Everything that is asked while it is starting is done, in order. */
static void
test_asked_while_starting (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_new (world, NULL);
  BtAddOptions options = { .folder = world->folder };
  Call start = { NULL }, add = { NULL }, stop = { NULL }, late = { NULL };
  g_autoptr (BtTorrent) torrent = NULL;

  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &start);
  bt_supervisor_set_limits (party->supervisor, 1000, 1000);
  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &add);
  bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &late);
  g_assert_true (bt_supervisor_start_finish (party->supervisor, call_wait (&start, world), NULL));
  torrent = bt_supervisor_add_finish (party->supervisor, call_wait (&add, world), NULL);
  g_assert_nonnull (torrent);
  assert_add_fails (&late, party, G_IO_ERROR_CLOSED);
  assert_stopped (&stop, party);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
  g_assert_cmpuint (party->n_added, ==, 1);

  /* It has stopped: nobody listens. */
  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &late);
  assert_add_fails (&late, party, G_IO_ERROR_CLOSED);
  bt_torrent_start (torrent);
  bt_supervisor_remove (party->supervisor, torrent);
  g_assert_cmpuint (party->n_removed, ==, 1);
  call_clear (&start);
  call_clear (&add);
  party_free (party);
  bt_torrent_stop (torrent);
  test_world_free (world);
}

/* When it cannot start, all that was asked meanwhile is refused, and it may be tried again. */
static void
test_port_in_use (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *first = party_start (world, NULL);
  BtSupervisorOptions options = { .port = (guint16) bt_supervisor_get_port (first->supervisor) };
  Party *second = party_new (world, &options);
  Call start = { NULL }, add = { NULL }, stop = { NULL };
  g_autoptr (GError) error = NULL;

  bt_supervisor_start_async (second->supervisor, NULL, call_cb, &start);
  bt_supervisor_add_async (second->supervisor, metainfo, NULL, NULL, call_cb, &add);
  bt_supervisor_stop_async (second->supervisor, call_cb, &stop);
  g_assert_false (bt_supervisor_start_finish (second->supervisor, call_wait (&start, world),
                                              &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  assert_add_fails (&add, second, G_IO_ERROR_CLOSED);
  assert_stopped (&stop, second);
  call_clear (&start);
  g_assert_cmpuint (bt_supervisor_get_port (second->supervisor), ==, 0);
  g_assert_cmpuint (second->n_added, ==, 0);

  party_free (first);
  bt_supervisor_start_async (second->supervisor, NULL, call_cb, &start);
  g_assert_true (bt_supervisor_start_finish (second->supervisor, call_wait (&start, world), NULL));
  g_assert_cmpuint (bt_supervisor_get_port (second->supervisor), ==, options.port);
  call_clear (&start);
  party_free (second);
  test_world_free (world);
}

/* Cancelled before: nothing is done. Cancelled after: it is done, and said to be. */
static void
test_cancelled (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Party *party = party_new (world, NULL);
  BtAddOptions options = { .folder = party->folder, .is_paused = TRUE };
  g_autoptr (BtTorrent) torrent = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { NULL };

  g_cancellable_cancel (cancellable);
  bt_supervisor_start_async (party->supervisor, cancellable, call_cb, &call);
  g_assert_false (bt_supervisor_start_finish (party->supervisor, call_wait (&call, world),
                                              &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  call_clear (&call);

  g_cancellable_reset (cancellable);
  bt_supervisor_start_async (party->supervisor, cancellable, call_cb, &call);
  g_cancellable_cancel (cancellable);
  g_assert_true (bt_supervisor_start_finish (party->supervisor, call_wait (&call, world), NULL));
  call_clear (&call);

  bt_supervisor_add_async (party->supervisor, metainfo, &options, cancellable, call_cb, &call);
  assert_add_fails (&call, party, G_IO_ERROR_CANCELLED);
  g_cancellable_reset (cancellable);
  bt_supervisor_add_async (party->supervisor, metainfo, &options, cancellable, call_cb, &call);
  g_cancellable_cancel (cancellable);
  torrent = bt_supervisor_add_finish (party->supervisor, call_wait (&call, world), NULL);
  g_assert_nonnull (torrent);
  call_clear (&call);
  g_assert_cmpuint (party->n_added, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  party_free (party);
  test_world_free (world);
}

/* Two of the same at once: the second is refused, wherever the first stands. */
static void
test_duplicate (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_start (world, NULL);
  BtAddOptions options = { .folder = world->folder };
  Call first = { NULL }, second = { NULL };
  g_autoptr (BtTorrent) torrent = NULL;

  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &first);
  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &second);
  assert_add_fails (&second, party, G_IO_ERROR_EXISTS);
  torrent = bt_supervisor_add_finish (party->supervisor, call_wait (&first, world), NULL);
  g_assert_nonnull (torrent);
  call_clear (&first);
  bt_supervisor_add_async (party->supervisor, metainfo, &options, NULL, call_cb, &second);
  assert_add_fails (&second, party, G_IO_ERROR_EXISTS);
  g_assert_cmpuint (party->n_added, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, 1);

  torrent_wait_state (torrent, world, BT_SWARM_SEEDING);
  party_free (party);
  test_world_free (world);
}

/* Removed ones are gone at once, keep their data, can be added again, and their wishes are
 * forgotten; strangers are not removed. */
static void
test_remove (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  g_autofree char *path = g_build_filename (world->folder, "one.bin", NULL);
  Party *party = party_start (world, NULL);
  Party *other = party_start (world, NULL);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);
  g_autoptr (BtTorrent) again = NULL;

  bt_supervisor_remove (other->supervisor, torrent);
  g_assert_cmpuint (other->n_removed, ==, 0);
  bt_supervisor_remove (party->supervisor, torrent);
  bt_supervisor_remove (party->supervisor, torrent);
  g_assert_cmpuint (party->n_removed, ==, 1);
  g_assert_cmpuint (count_torrents (party), ==, 0);
  bt_torrent_start (torrent);
  bt_torrent_verify (torrent);

  again = party_add (party, metainfo, world->folder, NULL);
  g_assert_true (again != torrent);
  torrent_wait_state (again, world, BT_SWARM_SEEDING);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (party->n_added, ==, 2);
  party_free (other);
  party_free (party);
  test_world_free (world);
}

/* Who is asked to stop does not begin anything new, or it would never end. */
static void
test_start_while_stopping (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_start (world, NULL);
  BtAddOptions options = { .is_paused = TRUE };
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, &options);
  Call stop = { NULL };

  bt_supervisor_stop_async (party->supervisor, call_cb, &stop);
  bt_torrent_start (torrent);
  assert_stopped (&stop, party);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
  party_free (party);
  test_world_free (world);
}

static void
note_facts_cb (BtSwarmFacts *facts,
               BtTorrent    *torrent)
{
  *facts = *bt_torrent_get_facts (torrent);
  facts->message = NULL;   /* borrowed */
}

/* Also of a torrent that does nothing: they come with it, not after it. */
static void
test_facts_at_once (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_start (world, NULL);
  BtAddOptions options = { .is_paused = TRUE };
  g_autoptr (BtTorrent) torrent = NULL;
  BtSwarmFacts facts = { 0 };

  g_signal_connect_swapped (party->supervisor, "torrent-added", G_CALLBACK (note_facts_cb), &facts);
  torrent = party_download (party, metainfo, party, &options);
  g_assert_cmpint (facts.state, ==, BT_SWARM_STOPPED);
  g_assert_cmpuint (facts.n_known, ==, 1);
  party_free (party);
  test_world_free (world);
}

static void
test_stop_while_checking (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "big.bin", big_file, 1 << 20, NULL);
  Party *party = party_start (world, NULL);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);

  torrent_wait_state (torrent, world, BT_SWARM_CHECKING);
  party_stop (party);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
  /* It did not read on to the end. */
  g_assert_cmpuint (bt_torrent_get_facts (torrent)->n_have, <, 96);
  g_assert_cmpuint (count_torrents (party), ==, 1);
  party_free (party);
  test_world_free (world);
}

typedef struct
{
  Party     *party;
  Call       stop;
  guint      n_changed;
} Busy;

static void
remove_cb (Busy      *busy,
           BtTorrent *torrent)
{
  busy->n_changed++;
  if (bt_torrent_get_facts (torrent)->state == BT_SWARM_SEEDING)
    bt_supervisor_remove (busy->party->supervisor, torrent);
}

static void
stop_cb (Busy *busy)
{
  if (busy->party->n_removed == 1 && busy->party->n_ticks == 1)
    bt_supervisor_stop_async (busy->party->supervisor, call_cb, &busy->stop);
}

/* Handlers may do anything, also remove what tells them and stop everything. */
static void
test_busy_handlers (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Busy busy = { .party = party_start (world, NULL) };
  BtAddOptions options = { .is_paused = TRUE };
  BtTorrent *torrent;

  g_signal_connect_swapped (busy.party->supervisor, "ticked", G_CALLBACK (stop_cb), &busy);
  torrent = party_add (busy.party, metainfo, world->folder, &options);
  g_assert_cmpint (bt_torrent_get_facts (torrent)->state, ==, BT_SWARM_STOPPED);
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (remove_cb), &busy);
  bt_torrent_start (torrent);
  g_object_unref (torrent);
  assert_stopped (&busy.stop, busy.party);
  g_assert_cmpuint (busy.party->n_removed, ==, 1);
  g_assert_cmpuint (busy.n_changed, >, 0);
  party_free (busy.party);
  test_world_free (world);
}

/* A mistake of the application: it is told so, but nothing is lost or left behind. */
static void
test_not_stopped (void)
{
  TestWorld *world = test_world_new ();
  g_autoptr (BtMetainfo) metainfo =
      test_world_make_torrent (world, "one.bin", one_file, 16384, NULL);
  Party *party = party_start (world, NULL);
  g_autoptr (BtTorrent) torrent = party_add (party, metainfo, world->folder, NULL);

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*bt_supervisor_stop_async*");
  g_object_unref (party->supervisor);
  g_test_assert_expected_messages ();
  bt_torrent_stop (torrent);
  g_free (party->folder);
  g_free (party);
  test_world_free (world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/life/empty", test_empty);
  g_test_add_func ("/supervisor/life/ticks", test_ticks);
  g_test_add_func ("/supervisor/life/silence", test_silence);
  g_test_add_func ("/supervisor/life/asked-while-starting", test_asked_while_starting);
  g_test_add_func ("/supervisor/life/port-in-use", test_port_in_use);
  g_test_add_func ("/supervisor/life/cancelled", test_cancelled);
  g_test_add_func ("/supervisor/life/duplicate", test_duplicate);
  g_test_add_func ("/supervisor/life/remove", test_remove);
  g_test_add_func ("/supervisor/life/start-while-stopping", test_start_while_stopping);
  g_test_add_func ("/supervisor/life/facts-at-once", test_facts_at_once);
  g_test_add_func ("/supervisor/life/stop-while-checking", test_stop_while_checking);
  g_test_add_func ("/supervisor/life/busy-handlers", test_busy_handlers);
  g_test_add_func ("/supervisor/life/not-stopped", test_not_stopped);
  return g_test_run ();
}
