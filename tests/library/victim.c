/* victim.c - a program that downloads into a state and is made to end badly, and the judge of what it kept
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "victim.h"

#include "base/bt-hash.h"
#include "library/bt-library-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_OPENED 4
#define LOOK_MS         5

static const char *const names[VICTIM_N_TORRENTS] = { "album", "film.bin" };

/* --- The child --- */

typedef struct
{
  BtLibrary  *library;
  GMainLoop  *loop;
  const char *folder;
  BtAddress   seed;
  int         received_fd;
  guint       n_answered;   /* adds, well or with an error */
  gboolean    ends;
} Child;

static void
child_changed (gpointer  user_data,
               BtEntry  *entry)
{
}

/* Nothing, until somebody helps. */
static gboolean
is_done (const BtSwarmFacts *facts)
{
  return facts->state == BT_SWARM_FAILED || facts->state == BT_SWARM_NO_SPACE ||
         facts->state == BT_SWARM_MISSING || facts->state == BT_SWARM_SEEDING;
}

static void
child_closed_cb (gpointer user_data)
{
  Child *child = user_data;

  g_main_loop_quit (child->loop);
}

static gboolean
child_look_cb (gpointer user_data)
{
  Child *child = user_data;
  GPtrArray *entries = child->library->entries;
  gboolean are_done = child->n_answered == VICTIM_N_TORRENTS;
  guint64 received_bytes = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      BtSwarmFacts facts = { 0 };

      bt_entry_get_facts (g_ptr_array_index (entries, i), &facts);
      received_bytes += facts.received_bytes;
      are_done = are_done && is_done (&facts);
      bt_swarm_facts_clear (&facts);
    }
  if (pwrite (child->received_fd, &received_bytes, sizeof received_bytes, 0) !=
      sizeof received_bytes)
    _exit (3);
  if (!child->ends || !are_done)
    return G_SOURCE_CONTINUE;
  bt_library_close_async (child->library, child_closed_cb, child);
  return G_SOURCE_REMOVE;
}

static void
child_ticked (gpointer user_data)
{
}

static void
child_troubled (gpointer      user_data,
                const GError *error)
{
  Child *child = user_data;

  if (error != NULL && !child->ends)
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

  child->n_answered++;
  if (entry == NULL && !child->ends)
    g_error ("add: %s", error->message);
  if (entry == NULL)
    return;
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
    {
      /* As a person would after an error. */
      if (child->ends)
        bt_entry_start (entry);
      child_added_cb (entry, NULL, child);
    }
}

/* --child TORRENTS FOLDER STATE PORT LIMIT ends|runs RECEIVED */
static int
run_child (char **argv)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  BtLibraryConfig config = { .state_path = argv[4], .checkpoint_us = VICTIM_CHECKPOINT_US };
  Child child = { .folder = argv[3], .loop = loop, .ends = g_str_equal (argv[7], "ends") };
  g_autoptr (GSource) look = g_timeout_source_new (LOOK_MS);
  g_autoptr (GError) error = NULL;

  child.received_fd = open (argv[8], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_main_context_push_thread_default (context);
  config.settings.read_limit_bps = g_ascii_strtoull (argv[6], NULL, 10);
  config.settings.min_free_bytes = 1;
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.session.bind));
  g_assert_true (bt_address_parse ("127.0.0.1", (guint16) atoi (argv[5]), &child.seed));
  child.library = bt_library_new (context, NULL, &config, &child_ops, &child, &error);
  if (child.library == NULL && child.ends)
    return EXIT_NOT_OPENED;
  if (child.library == NULL)
    g_error ("open: %s", error->message);
  bt_library_begin (child.library);
  for (guint i = 0; i < VICTIM_N_TORRENTS; i++)
    child_add (&child, argv[2], names[i]);
  g_source_set_callback (look, child_look_cb, &child, NULL);
  g_source_attach (look, context);
  g_main_loop_run (loop);
  bt_library_free (child.library);
  return 0;
}

gboolean
victim_main (int    argc,
             char **argv,
             int   *out_status)
{
  if (argc != 9 || !g_str_equal (argv[1], "--child"))
    return FALSE;
  *out_status = run_child (argv);
  return TRUE;
}

/* --- The seed --- */

static void
write_torrent (VictimSeed *seed,
               guint       index)
{
  g_autofree char *path = g_strconcat (seed->world->folder, "/", names[index], ".torrent", NULL);
  g_autoptr (GBytes) bytes = bt_metainfo_dup_file (seed->metainfos[index], NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                      (gssize) g_bytes_get_size (bytes), NULL));
}

VictimSeed *
victim_seed_new (const char     *program,
                 const TestFile *album,
                 guint32         piece_bytes,
                 const TestFile *film)
{
  VictimSeed *seed = g_new0 (VictimSeed, 1);
  TestWorld *world = seed->world = test_world_new ();

  seed->program = program;
  seed->seed = test_node_new (world, NULL);
  seed->metainfos[0] = test_world_make_torrent (world, names[0], album, piece_bytes, NULL);
  seed->metainfos[1] = test_world_make_torrent (world, names[1], film, 32768, NULL);
  for (guint i = 0; i < VICTIM_N_TORRENTS; i++)
    {
      write_torrent (seed, i);
      seed->total_bytes += bt_metainfo_get_content_bytes (seed->metainfos[i]);
      test_node_add (seed->seed, seed->metainfos[i], world->folder, NULL, TRUE);
    }
  g_assert_true (test_node_wait_state (seed->seed, BT_SWARM_SEEDING));
  return seed;
}

void
victim_seed_free (VictimSeed *seed)
{
  test_node_free (seed->seed);
  for (guint i = 0; i < VICTIM_N_TORRENTS; i++)
    bt_metainfo_unref (seed->metainfos[i]);
  test_world_free (seed->world);
  g_free (seed);
}

void
victim_seed_serve (VictimSeed *seed,
                   gint64      until_us)
{
  gint64 now_us;
  gint64 then_us = g_get_monotonic_time ();

  while ((now_us = g_get_monotonic_time ()) < until_us)
    {
      bt_clock_advance (seed->world->clock, now_us - then_us);
      then_us = now_us;
      if (!g_main_context_iteration (seed->world->context, FALSE))
        g_usleep (200);
    }
}

/* --- A victim --- */

Victim *
victim_new (VictimSeed *seed,
            const char *name)
{
  Victim *victim = g_new0 (Victim, 1);

  victim->seed = seed;
  victim->folder = g_build_filename (seed->world->folder, name, "down", NULL);
  victim->state = g_build_filename (seed->world->folder, name, "state", "state.db", NULL);
  victim->received = g_strdup_printf ("%s/%s.received", seed->world->folder, name);
  return victim;
}

void
victim_free (Victim *victim)
{
  g_assert_cmpint (victim->pid, ==, 0);
  g_free (victim->folder);
  g_free (victim->state);
  g_free (victim->received);
  g_free (victim);
}

void
victim_spawn (Victim            *victim,
              const char *const *environment)
{
  VictimSeed *seed = victim->seed;
  g_autofree char *port = g_strdup_printf ("%u", bt_session_get_port (seed->seed->session));
  g_autofree char *limit = g_strdup_printf ("%" G_GUINT64_FORMAT, victim->limit_bps);
  const char *argv[] = { seed->program, "--child", seed->world->folder, victim->folder,
                         victim->state, port, limit, victim->ends ? "ends" : "runs",
                         victim->received, NULL };
  g_auto (GStrv) envp = g_get_environ ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (environment[i], "=", 2);

      envp = g_environ_setenv (envp, pair[0], pair[1], TRUE);
    }
  g_spawn_async_with_pipes (NULL, (char **) argv, envp, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &victim->pid, NULL, &victim->answers_fd, NULL, &error);
  g_assert_no_error (error);
}

guint64
victim_note_end (Victim *victim)
{
  char bytes[16];
  gssize n = read (victim->answers_fd, bytes, sizeof bytes);
  g_autofree char *text = NULL;
  guint64 received_bytes = 0;
  gsize n_bytes;

  /* Not there when it was ended before it could begin. */
  if (g_file_get_contents (victim->received, &text, &n_bytes, NULL) &&
      n_bytes == sizeof received_bytes)
    memcpy (&received_bytes, text, sizeof received_bytes);
  g_unlink (victim->received);

  victim->n_answered = MAX (victim->n_answered, n > 0 ? (guint) n : 0);
  close (victim->answers_fd);
  victim->pid = 0;
  return received_bytes;
}

void
victim_begin_anew (Victim *victim)
{
  g_autofree char *folder = g_path_get_dirname (victim->state);

  test_remove_tree (folder);
  test_remove_tree (victim->folder);
  victim->n_answered = 0;
}

/* --- The judge --- */

/* The bytes of a piece as they lie on the disk; FALSE: not all of them do. */
static gboolean
read_piece (Victim     *victim,
            BtMetainfo *metainfo,
            guint32     piece,
            guint8     *out_bytes)
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
      g_autofree char *plain = g_build_filename (victim->folder, files[i].path, NULL);
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
judge_bits (Victim         *victim,
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

      g_assert_true (read_piece (victim, metainfo, p, bytes));
      bt_sha1 (bytes, bt_geometry_get_piece_bytes (geometry, p), digest);
      g_assert_cmpmem (digest, sizeof digest, bt_metainfo_get_piece_hash (metainfo, p),
                       BT_SHA1_BYTES);
      victim->n_claimed++;
    }
}

guint
victim_judge (Victim *victim)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtStore) store = NULL;
  g_autoptr (GPtrArray) records = NULL;
  guint n_complete = 0;

  if (victim->n_answered == 0 && !g_file_test (victim->state, G_FILE_TEST_EXISTS))
    return 0;
  store = bt_store_open (victim->state, &error);
  g_assert_no_error (error);
  records = bt_store_list (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, >=, victim->n_answered);
  for (guint i = 0; i < records->len; i++)
    {
      const BtRecord *record = g_ptr_array_index (records, i);
      g_autoptr (BtStoredTorrent) stored = bt_store_load (store, record->id, &error);
      guint which = g_str_equal (record->top_name, names[0]) ? 0 : 1;

      g_assert_no_error (error);
      g_assert_nonnull (stored->metainfo);
      /* An error is the answer to an error only. */
      g_assert_true (victim->ends || (record->flags & BT_RECORD_FAILED) == 0);
      if (stored->resume == NULL)
        continue;
      judge_bits (victim, victim->seed->metainfos[which], stored->resume);
      n_complete += bt_bitfield_is_full (&stored->resume->have);
    }
  return n_complete;
}
