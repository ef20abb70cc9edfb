/* test-kill.c - a program that downloads is killed again and again, and what it kept is judged
 *
 * The parent seeds; a child (this program again) downloads with a library whose checkpoints are close together.
 * After each SIGKILL the parent opens the state itself: whatever was answered as added must be there, and every
 * have-bit is hashed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-hash.h"
#include "library/bt-library-private.h"
#include "test-node.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_CYCLES      120
#define N_TORRENTS    2
#define MAX_RUN_US    250000
#define CHECKPOINT_US (60 * BT_MILLISECOND_US)
#define CHILD_BPS     (6u * 1024 * 1024)

static const TestFile album[] = {
  { "one.bin", 1500000 }, { "deep/two.bin", 900001 }, { "three.bin", 70000 }, { NULL, 0 },
};
static const TestFile film[] = { { "film.bin", 1300000 }, { NULL, 0 } };
static const char *const names[N_TORRENTS] = { "album", "film.bin" };

static const char *program;

/* --- The child --- */

typedef struct
{
  BtLibrary  *library;
  const char *folder;
  BtAddress   seed;
} Child;

static void
child_changed (gpointer  user_data,
               BtEntry  *entry)
{
}

static void
child_ticked (gpointer user_data)
{
}

static void
child_troubled (gpointer      user_data,
                const GError *error)
{
  if (error != NULL)
    g_error ("trouble: %s", error->message);
}

static const BtLibraryOps child_ops = {
  .changed = child_changed,
  .added = child_changed,
  .removed = child_changed,
  .ticked = child_ticked,
  .troubled = child_troubled,
};

/* One byte for each torrent that is kept from now on. */
static void
child_added_cb (BtEntry      *entry,
                const GError *error,
                gpointer      user_data)
{
  Child *child = user_data;

  if (entry == NULL)
    g_error ("add: %s", error->message);
  bt_entry_add_peer (entry, &child->seed);
  if (write (STDOUT_FILENO, "a", 1) != 1)
    _exit (3);
}

static void
child_add (Child      *child,
           const char *torrents,
           const char *name)
{
  g_autofree char *path = g_strconcat (torrents, "/", name, ".torrent", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMetainfo) metainfo = bt_metainfo_new_from_file (path, &error);
  BtAddRequest request = { .folder = child->folder };
  BtEntry *entry;

  if (metainfo == NULL)
    g_error ("%s", error->message);
  request.metainfo = metainfo;
  entry = bt_library_find_hash (child->library, bt_metainfo_get_info_hash_v1 (metainfo));
  if (entry == NULL)
    bt_library_add_async (child->library, &request, child_added_cb, child);
  else
    child_added_cb (entry, NULL, child);
}

/* --child TORRENTS FOLDER STATE PORT */
static int
run_child (char **argv)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  BtLibraryConfig config = { .state_path = argv[4], .checkpoint_us = CHECKPOINT_US };
  Child child = { .folder = argv[3] };
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  config.settings.read_limit_bps = CHILD_BPS;
  config.settings.min_free_bytes = 1;
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.session.bind));
  g_assert_true (bt_address_parse ("127.0.0.1", (guint16) atoi (argv[5]), &child.seed));
  child.library = bt_library_new (context, NULL, &config, &child_ops, &child, &error);
  if (child.library == NULL)
    g_error ("open: %s", error->message);
  bt_library_begin (child.library);
  for (guint i = 0; i < N_TORRENTS; i++)
    child_add (&child, argv[2], names[i]);
  g_main_loop_run (loop);
  return 0;
}

/* --- The parent --- */

typedef struct
{
  TestWorld  *world;
  TestNode   *seed;
  BtMetainfo *metainfos[N_TORRENTS];
  char       *folder;
  char       *state;
  guint       n_claimed;    /* have-bits that were hashed */
  guint       n_completed;  /* times that all was complete */
  gboolean    was_answered[N_TORRENTS];
} Fixture;

static void
write_torrent (Fixture    *fixture,
               guint       index,
               const char *name)
{
  g_autofree char *path = g_strconcat (fixture->world->folder, "/", name, ".torrent", NULL);
  g_autoptr (GBytes) bytes = bt_metainfo_dup_file (fixture->metainfos[index], NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                      (gssize) g_bytes_get_size (bytes), NULL));
}

static void
set_up (Fixture *fixture)
{
  TestWorld *world = fixture->world = test_world_new ();

  fixture->seed = test_node_new (world, NULL);
  fixture->metainfos[0] = test_world_make_torrent (world, names[0], album, 65536, NULL);
  fixture->metainfos[1] = test_world_make_torrent (world, names[1], film, 32768, NULL);
  for (guint i = 0; i < N_TORRENTS; i++)
    {
      write_torrent (fixture, i, names[i]);
      test_node_add (fixture->seed, fixture->metainfos[i], world->folder, NULL, TRUE);
    }
  g_assert_true (test_node_wait_state (fixture->seed, BT_SWARM_SEEDING));
  fixture->folder = g_build_filename (world->folder, "down", NULL);
  fixture->state = g_build_filename (world->folder, "state", "state.db", NULL);
}

static void
tear_down (Fixture *fixture)
{
  test_node_free (fixture->seed);
  for (guint i = 0; i < N_TORRENTS; i++)
    bt_metainfo_unref (fixture->metainfos[i]);
  g_free (fixture->folder);
  g_free (fixture->state);
  test_world_free (fixture->world);
}

/* Serves for a while of real time, to which the made-up clock keeps up. */
static void
serve (Fixture *fixture,
       gint64   until_us)
{
  gint64 now_us;
  gint64 then_us = g_get_monotonic_time ();

  while ((now_us = g_get_monotonic_time ()) < until_us)
    {
      bt_clock_advance (fixture->world->clock, now_us - then_us);
      then_us = now_us;
      if (!g_main_context_iteration (fixture->world->context, FALSE))
        g_usleep (200);
    }
}

static GPid
spawn (Fixture *fixture,
       int     *out_fd)
{
  g_autofree char *port =
      g_strdup_printf ("%u", bt_session_get_port (fixture->seed->session));
  const char *argv[] = { program, "--child", fixture->world->folder, fixture->folder,
                         fixture->state, port, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &pid, NULL, out_fd, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

/* The bytes of a piece as they lie on the disk; FALSE: not all of them do. */
static gboolean
read_piece (Fixture          *fixture,
            BtMetainfo       *metainfo,
            const BtResume   *resume,
            guint32           piece,
            guint8           *out_bytes)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  guint64 from = bt_geometry_get_offset (geometry, piece);
  guint64 to = from + bt_geometry_get_piece_bytes (geometry, piece);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      guint64 begin = MAX (from, files[i].offset);
      guint64 end = MIN (to, files[i].offset + files[i].length);
      g_autofree char *plain = g_build_filename (fixture->folder, files[i].path, NULL);
      g_autofree char *path = NULL;
      gssize n_read;
      int fd;

      if (begin >= end)
        continue;
      /* The suffix may have gone since the checkpoint. */
      path = g_file_test (plain, G_FILE_TEST_EXISTS) ? g_strdup (plain)
                                                     : g_strconcat (plain, ".part", NULL);
      fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd < 0)
        return FALSE;
      n_read = pread (fd, out_bytes + (begin - from), end - begin,
                      (off_t) (begin - files[i].offset));
      close (fd);
      if (n_read != (gssize) (end - begin))
        return FALSE;
    }
  return TRUE;
}

static void
judge_bits (Fixture        *fixture,
            BtMetainfo     *metainfo,
            const BtResume *resume)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  g_autofree guint8 *bytes = g_malloc (geometry->piece_bytes);

  g_assert_cmpuint (resume->have.n_bits, ==, geometry->n_pieces);
  for (guint32 p = bt_bitfield_next_set (&resume->have, 0); p < geometry->n_pieces;
       p = bt_bitfield_next_set (&resume->have, p + 1))
    {
      guint8 digest[BT_SHA1_BYTES];

      g_assert_true (read_piece (fixture, metainfo, resume, p, bytes));
      bt_sha1 (bytes, bt_geometry_get_piece_bytes (geometry, p), digest);
      g_assert_cmpmem (digest, sizeof digest, bt_metainfo_get_piece_hash (metainfo, p),
                       BT_SHA1_BYTES);
      fixture->n_claimed++;
    }
}

/* Returns how many torrents are complete. */
static guint
judge (Fixture *fixture,
       guint    n_answered)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtStore) store = NULL;
  g_autoptr (GPtrArray) records = NULL;
  guint n_complete = 0;

  if (n_answered == 0 && !g_file_test (fixture->state, G_FILE_TEST_EXISTS))
    return 0;
  store = bt_store_open (fixture->state, &error);
  g_assert_no_error (error);
  records = bt_store_list (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, >=, n_answered);
  for (guint i = 0; i < records->len; i++)
    {
      const BtRecord *record = g_ptr_array_index (records, i);
      g_autoptr (BtStoredTorrent) stored = bt_store_load (store, record->id, &error);
      guint which = g_str_equal (record->top_name, names[0]) ? 0 : 1;

      g_assert_no_error (error);
      g_assert_nonnull (stored->metainfo);
      g_assert_false (record->flags & BT_RECORD_FAILED);
      if (stored->resume == NULL)
        continue;
      judge_bits (fixture, fixture->metainfos[which], stored->resume);
      n_complete += bt_bitfield_is_full (&stored->resume->have);
    }
  return n_complete;
}

static guint
count_answers (int fd)
{
  char bytes[16];
  gssize n = read (fd, bytes, sizeof bytes);

  return n > 0 ? (guint) n : 0;
}

static void
begin_anew (Fixture *fixture)
{
  g_autofree char *folder = g_path_get_dirname (fixture->state);

  test_remove_tree (folder);
  test_remove_tree (fixture->folder);
}

static void
test_kill (void)
{
  Fixture fixture = { 0 };
  GRand *random = g_rand_new_with_seed (7);
  guint n_answered = 0;

  set_up (&fixture);
  for (guint cycle = 0; cycle < N_CYCLES; cycle++)
    {
      int fd, status;
      GPid pid = spawn (&fixture, &fd);

      serve (&fixture, g_get_monotonic_time () + g_rand_int_range (random, 1000, MAX_RUN_US));
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      /* It did not end by itself. */
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      n_answered = MAX (n_answered, count_answers (fd));
      close (fd);
      if (judge (&fixture, n_answered) < N_TORRENTS)
        continue;
      fixture.n_completed++;
      n_answered = 0;
      begin_anew (&fixture);
    }
  g_test_message ("%u have-bits hashed, %u times complete", fixture.n_claimed,
                  fixture.n_completed);
  g_assert_cmpuint (fixture.n_claimed, >, N_CYCLES);
  g_assert_cmpuint (fixture.n_completed, >, 0);
  g_rand_free (random);
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 6 && g_str_equal (argv[1], "--child"))
    return run_child (argv);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/kill", test_kill);
  return g_test_run ();
}
