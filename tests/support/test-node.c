/* test-node.c - whole engines in one process, on one thread, with a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"

#include "base/bt-random.h"
#include "metainfo/bt-metainfo-create.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>

/* Long enough for a machine on which everything takes ten times as long. */
#define WAIT_REAL_US (120 * G_USEC_PER_SEC)
/* So long one test_world_pass() waits for the disk in all: a test may hold a job on purpose. */
#define DISK_REAL_US (5 * G_USEC_PER_SEC)

static int
remove_cb (const char        *path,
           const struct stat *sb,
           int                flag,
           struct FTW        *ftw)
{
  return remove (path);
}

void
test_remove_tree (const char *path)
{
  nftw (path, remove_cb, 16, FTW_DEPTH | FTW_PHYS);
}

TestWorld *
test_world_new (void)
{
  TestWorld *world = g_new0 (TestWorld, 1);
  g_autoptr (GError) error = NULL;

  world->context = g_main_context_new ();
  world->nodes = g_ptr_array_new ();
  g_main_context_push_thread_default (world->context);
  world->clock = bt_clock_new_manual (world->context, 1000 * BT_SECOND_US);
  world->folder = g_dir_make_tmp ("freshet-test-XXXXXX", &error);
  g_assert_no_error (error);
  return world;
}

void
test_world_free (TestWorld *world)
{
  while (g_main_context_iteration (world->context, FALSE))
    ;
  bt_clock_free (world->clock);
  g_main_context_pop_thread_default (world->context);
  g_main_context_unref (world->context);
  test_remove_tree (world->folder);
  g_ptr_array_unref (world->nodes);
  g_free (world->folder);
  g_free (world);
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* One turn; when there is nothing to do, returns FALSE, and before that `may_sleep` until there is, a
 * millisecond at most. */
static gboolean
iterate (TestWorld *world,
         gboolean   may_sleep)
{
  g_autoptr (GSource) timeout = NULL;

  if (g_main_context_iteration (world->context, FALSE))
    return TRUE;
  if (!may_sleep)
    return FALSE;
  timeout = g_timeout_source_new (1);
  g_source_set_callback (timeout, wake_cb, NULL, NULL);
  g_source_attach (timeout, world->context);
  g_main_context_iteration (world->context, TRUE);
  g_source_destroy (timeout);
  return FALSE;
}

gboolean
test_world_wait (TestWorld *world,
                 gboolean (*condition) (gpointer user_data),
                 gpointer   user_data)
{
  gint64 until_us = g_get_monotonic_time () + WAIT_REAL_US;

  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > until_us)
        return FALSE;
      if (!iterate (world, TRUE))
        bt_clock_advance (world->clock, 20 * BT_MILLISECOND_US);
    }
  return TRUE;
}

/* Nothing is read, written or hashed, but for what waits for room. */
static gboolean
are_disks_idle (TestWorld *world)
{
  for (guint i = 0; i < world->nodes->len; i++)
    {
      TestNode *node = g_ptr_array_index (world->nodes, i);
      BtDiskStats stats;

      bt_disk_get_stats (bt_session_get_disk (node->session), &stats);
      if (stats.n_running > 0 || (stats.n_queued > 0 && stats.n_parked == 0))
        return FALSE;
    }
  return TRUE;
}

/* Everything that is ready, and all that the workers of the disk do meanwhile: these take real time, of which the
 * made-up clock knows nothing. */
static void
settle (TestWorld *world,
        gint64     until_us)
{
  gboolean is_idle;

  do
    {
      is_idle = are_disks_idle (world) || g_get_monotonic_time () > until_us;
    }
  while (iterate (world, !is_idle) || !is_idle);
}

void
test_world_pass (TestWorld *world,
                 gint64     us)
{
  gint64 until_us = g_get_monotonic_time () + DISK_REAL_US;

  while (us > 0)
    {
      gint64 step = MIN (us, 100 * BT_MILLISECOND_US);

      settle (world, until_us);
      bt_clock_advance (world->clock, step);
      us -= step;
    }
  settle (world, until_us);
}

static void
write_content (const char *path,
               const char *key,
               guint64     length)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree guint8 *bytes = g_malloc (length + 4);
  g_autoptr (GError) error = NULL;
  BtRandom random;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  bt_random_init (&random, g_str_hash (key) + length);
  for (guint64 i = 0; i < length; i += 4)
    {
      guint32 value = bt_random_next (&random);

      memcpy (bytes + i, &value, 4);
    }
  g_file_set_contents (path, (const char *) bytes, (gssize) length, &error);
  g_assert_no_error (error);
}

static BtMetainfo *
make_torrent (TestWorld      *world,
              const char     *name,
              const TestFile *files,
              guint32         piece_bytes,
              const char     *tracker,
              gboolean        is_private)
{
  g_autofree char *root = g_build_filename (world->folder, name, NULL);
  const char *tier[] = { tracker, NULL };
  const char *const *tiers[] = { tier, NULL };
  BtCreateOptions options = { .piece_bytes = piece_bytes, .is_private = is_private };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  BtMetainfo *metainfo;

  if (tracker != NULL)
    options.tiers = tiers;
  for (guint i = 0; files[i].path != NULL; i++)
    {
      gboolean is_single = g_str_equal (files[i].path, name) && files[1].path == NULL;
      g_autofree char *path = is_single ? g_strdup (root)
                                        : g_build_filename (root, files[i].path, NULL);

      write_content (path, files[i].path, files[i].length);
    }
  bytes = bt_metainfo_create (root, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

BtMetainfo *
test_world_make_torrent (TestWorld      *world,
                         const char     *name,
                         const TestFile *files,
                         guint32         piece_bytes,
                         const char     *tracker)
{
  return make_torrent (world, name, files, piece_bytes, tracker, FALSE);
}

BtMetainfo *
test_world_make_torrent_of (TestWorld      *world,
                            const char     *name,
                            const TestFile *files,
                            guint32         piece_bytes,
                            gboolean        is_private)
{
  return make_torrent (world, name, files, piece_bytes, NULL, is_private);
}

static void
state_changed (gpointer  user_data,
               BtSwarm  *swarm)
{
  TestNode *node = user_data;

  if (node->state_func != NULL)
    node->state_func (node, swarm);
}

static void
ticked (gpointer user_data)
{
  TestNode *node = user_data;

  node->n_ticks++;
}

static const BtSessionOps ops = {
  .state_changed = state_changed,
  .ticked = ticked,
};

TestNode *
test_node_new (TestWorld             *world,
               const BtSessionConfig *config)
{
  TestNode *node = g_new0 (TestNode, 1);
  BtSessionConfig with = config != NULL ? *config : (BtSessionConfig) { 0 };
  g_autofree char *name = g_strdup_printf ("node%u", ++world->n_nodes);
  g_autoptr (GError) error = NULL;

  node->world = world;
  node->folder = g_build_filename (world->folder, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (node->folder, 0755), ==, 0);
  if (with.bind.family == BT_FAMILY_NONE)
    g_assert_true (bt_address_parse ("127.0.0.1", 0, &with.bind));
  node->session = bt_session_new (world->context, world->clock, &with, &ops, node, &error);
  g_assert_no_error (error);
  g_ptr_array_add (world->nodes, node);
  return node;
}

static void
closed_cb (gpointer user_data)
{
  TestNode *node = user_data;

  node->is_closed = TRUE;
}

static gboolean
is_closed (gpointer user_data)
{
  return ((TestNode *) user_data)->is_closed;
}

void
test_node_free (TestNode *node)
{
  bt_session_close_async (node->session, closed_cb, node);
  g_assert_true (test_world_wait (node->world, is_closed, node));
  g_ptr_array_remove (node->world->nodes, node);
  bt_session_free (node->session);
  g_free (node->folder);
  g_free (node);
}

BtSwarm *
test_node_add (TestNode            *node,
               BtMetainfo          *metainfo,
               const char          *folder,
               const BtSwarmConfig *config,
               gboolean             is_started)
{
  BtSwarmConfig with = config != NULL ? *config : (BtSwarmConfig) { .use_trackers = TRUE };
  g_autoptr (GError) error = NULL;
  BtSwarm *swarm;

  with.folder = folder != NULL ? folder : node->folder;
  swarm = bt_session_add (node->session, metainfo, &with, &error);
  g_assert_no_error (error);
  if (node->swarm == NULL)
    node->swarm = swarm;
  if (is_started)
    bt_swarm_start (swarm);
  return swarm;
}

BtAddress
test_node_get_address (TestNode *node)
{
  BtAddress address;

  g_assert_true (bt_address_parse ("127.0.0.1", bt_session_get_port (node->session), &address));
  return address;
}

void
test_node_connect (TestNode *node,
                   TestNode *other)
{
  BtAddress address = test_node_get_address (other);

  bt_swarm_add_peer (node->swarm, &address, BT_SOURCE_PERSON);
}

typedef struct
{
  TestNode     *node;
  BtSwarmState  state;
} StateWait;

static gboolean
has_state (gpointer user_data)
{
  StateWait *wait = user_data;

  return bt_swarm_get_state (wait->node->swarm) == wait->state;
}

gboolean
test_node_wait_state (TestNode     *node,
                      BtSwarmState  state)
{
  StateWait wait = { node, state };

  return test_world_wait (node->world, has_state, &wait);
}

void
test_assert_same_files (BtMetainfo *metainfo,
                        const char *folder_a,
                        const char *folder_b)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      g_autofree char *path_a = g_build_filename (folder_a, files[i].path, NULL);
      g_autofree char *path_b = g_build_filename (folder_b, files[i].path, NULL);
      g_autofree char *a = NULL;
      g_autofree char *b = NULL;
      g_autoptr (GError) error = NULL;
      gsize n_a, n_b;

      if (files[i].flags & BT_FILE_PAD)
        continue;
      g_file_get_contents (path_a, &a, &n_a, &error);
      g_assert_no_error (error);
      g_file_get_contents (path_b, &b, &n_b, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (a, n_a, b, n_b);
    }
}
