/* test-web-seeds.c - torrents that come from web seeds, alone and with peers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "../webseeds/web-server.h"
#include "test-node.h"

#include "swarm/bt-swarm-private.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  TestWorld  *world;
  WebServer  *server;
  BtMetainfo *metainfo;
  TestNode   *node;
  char       *url;
  GPtrArray  *more;   /* of TestNode: peers */
} Scene;

static const TestFile several[] = {
  { "a", 300000 }, { "sub/b", 5000001 }, { "c", 3 }, { "d", 2000000 }, { "e", 0 }, { NULL, 0 },
};

static Scene *
scene_new (void)
{
  Scene *scene = g_new0 (Scene, 1);

  scene->world = test_world_new ();
  scene->server = web_server_new (scene->world->folder);
  scene->metainfo = test_world_make_torrent (scene->world, "many", several, 65536, NULL);
  scene->url = web_server_dup_url (scene->server, "/");
  scene->node = test_node_new (scene->world, NULL);
  scene->more = g_ptr_array_new ();
  return scene;
}

static void
scene_free (Scene *scene)
{
  for (guint i = 0; i < scene->more->len; i++)
    test_node_free (g_ptr_array_index (scene->more, i));
  g_ptr_array_unref (scene->more);
  test_node_free (scene->node);
  web_server_free (scene->server);
  bt_metainfo_unref (scene->metainfo);
  test_world_free (scene->world);
  g_free (scene->url);
  g_free (scene);
}

/* Adds the torrent with one web seed. */
static void
scene_add (Scene *scene)
{
  const char *urls[] = { scene->url, NULL };
  BtSwarmConfig config = { .web_seeds = urls };

  test_node_add (scene->node, scene->metainfo, NULL, &config, TRUE);
}

static TestNode *
scene_add_peer (Scene *scene)
{
  BtSwarmConfig config = { .is_complete = TRUE };
  TestNode *peer = test_node_new (scene->world, NULL);

  g_ptr_array_add (scene->more, peer);
  test_node_add (peer, scene->metainfo, scene->world->folder, &config, TRUE);
  g_assert_true (test_node_wait_state (peer, BT_SWARM_SEEDING));
  test_node_connect (scene->node, peer);
  return peer;
}

static BtWebSeedRow
get_row (Scene *scene)
{
  g_autoptr (GArray) rows = bt_swarm_get_web_seed_rows (scene->node->swarm);
  static char message[200];
  BtWebSeedRow row;

  g_assert_cmpuint (rows->len, ==, 1);
  row = g_array_index (rows, BtWebSeedRow, 0);
  g_assert_cmpstr (row.url, ==, scene->url);
  g_strlcpy (message, row.message, sizeof message);
  row.message = message;
  row.url = NULL;
  return row;
}

static void
test_alone (void)
{
  Scene *scene = scene_new ();
  BtSwarmFacts facts;
  BtWebSeedRow row;

  scene_add (scene);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  bt_swarm_get_facts (scene->node->swarm, &facts);
  g_assert_cmpuint (facts.received_bytes, ==, facts.total_bytes);
  g_assert_cmpuint (facts.wasted_bytes, ==, 0);
  bt_swarm_facts_clear (&facts);
  row = get_row (scene);
  g_assert_cmpint (row.state, ==, BT_WEB_SEED_IDLE);
  g_assert_cmpuint (row.received_bytes, ==, 7300004);
  g_assert_cmpuint (scene->server->n_requests, <, 40);
  scene_free (scene);
}

static gboolean
has_some (gpointer user_data)
{
  Scene *scene = user_data;

  return bt_swarm_get_have (scene->node->swarm)->n_set >= 5;
}

static void
test_reason (void)
{
  Scene *scene = scene_new ();
  BtSwarmFacts facts;

  scene_add (scene);
  g_assert_true (test_world_wait (scene->world, has_some, scene));
  bt_swarm_get_facts (scene->node->swarm, &facts);
  g_assert_cmpint (facts.state, ==, BT_SWARM_DOWNLOADING);
  g_assert_cmpuint (facts.n_web_seeds, ==, 1);
  g_assert_cmpint (facts.reason, ==, BT_REASON_NONE);
  g_assert_cmpuint (facts.received_bps, >, 0);
  bt_swarm_facts_clear (&facts);
  scene_free (scene);
}

static void
test_with_peer (void)
{
  Scene *scene = scene_new ();
  BtSwarmFacts facts;
  BtWebSeedRow row;

  /* Slow enough for both to have their part. */
  scene_add (scene);
  bt_swarm_set_limits (scene->node->swarm, 2000000, 0);
  scene_add_peer (scene);
  bt_session_connect_now (scene->node->session);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  bt_swarm_get_facts (scene->node->swarm, &facts);
  row = get_row (scene);
  g_test_message ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes from the web seed",
                  row.received_bytes, facts.received_bytes);
  g_assert_cmpuint (row.received_bytes, >, 0);
  g_assert_cmpuint (row.received_bytes, <, facts.received_bytes);
  g_assert_cmpuint (facts.wasted_bytes, <, facts.total_bytes / 20);
  bt_swarm_facts_clear (&facts);
  scene_free (scene);
}

static gboolean
is_banned (gpointer user_data)
{
  return get_row (user_data).state == BT_WEB_SEED_BANNED;
}

/* Its wrong piece is noticed, nothing of it is kept, and a peer gives the rest. */
static void
test_wrong_data (void)
{
  Scene *scene = scene_new ();
  BtSwarmFacts facts;

  scene->server->fault = WEB_CORRUPT;
  scene_add (scene);
  g_assert_true (test_world_wait (scene->world, is_banned, scene));
  g_assert_nonnull (strstr (get_row (scene).message, "wrong data"));
  bt_swarm_get_facts (scene->node->swarm, &facts);
  g_assert_cmpuint (facts.n_banned, ==, 1);
  g_assert_cmpuint (facts.n_web_seeds, ==, 0);
  g_assert_cmpuint (facts.n_failed_pieces, >=, 1);
  bt_swarm_facts_clear (&facts);
  scene_add_peer (scene);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  scene_free (scene);
}

/* Its requests are cancelled at once, and it goes on where it was. */
static void
test_stop (void)
{
  Scene *scene = scene_new ();
  guint n_requests;

  scene_add (scene);
  bt_swarm_set_limits (scene->node->swarm, 2000000, 0);
  g_assert_true (test_world_wait (scene->world, has_some, scene));
  bt_swarm_stop (scene->node->swarm);
  g_assert_cmpuint (get_row (scene).n_connections, ==, 0);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_STOPPED));
  n_requests = scene->server->n_requests;
  test_world_pass (scene->world, 30 * BT_SECOND_US);
  g_assert_cmpuint (scene->server->n_requests, ==, n_requests);
  bt_swarm_start (scene->node->swarm);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  g_assert_cmpuint (get_row (scene).received_bytes, <, 7300004 + 3000000);
  scene_free (scene);
}

static gboolean
is_seeding (gpointer user_data)
{
  return bt_swarm_get_state (((Scene *) user_data)->node->swarm) == BT_SWARM_SEEDING;
}

static gboolean
asked_for (Scene      *scene,
           const char *name)
{
  for (guint i = 0; i < scene->server->paths->len; i++)
    if (g_str_has_suffix (g_ptr_array_index (scene->server->paths, i), name))
      return TRUE;
  return FALSE;
}

/* Files that are skipped are not asked for, but for what lies in pieces of others. */
static void
test_skipped (void)
{
  Scene *scene = scene_new ();
  const guint skipped[] = { 2, 4 };  /* d and sub/b */
  const char *urls[] = { scene->url, NULL };
  BtSwarmConfig config = { .web_seeds = urls, .is_sequential = TRUE };

  test_node_add (scene->node, scene->metainfo, NULL, &config, FALSE);
  bt_swarm_set_file_priorities (scene->node->swarm, skipped, 2, BT_PRIORITY_SKIP);
  bt_swarm_start (scene->node->swarm);
  g_assert_true (test_world_wait (scene->world, is_seeding, scene));
  g_assert_cmpuint (get_row (scene).received_bytes, <, 600000);
  g_assert_true (asked_for (scene, "/many/a"));
  /* Wanted after all. */
  bt_swarm_set_file_priorities (scene->node->swarm, skipped, 2, BT_PRIORITY_NORMAL);
  g_assert_false (is_seeding (scene));
  g_assert_true (test_world_wait (scene->world, is_seeding, scene));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  scene_free (scene);
}

/* A person takes the server away, and names another. */
static void
test_set (void)
{
  Scene *scene = scene_new ();
  g_autofree char *bad = web_server_dup_url (scene->server, "/no/");
  const char *first[] = { bad, NULL };
  const char *second[] = { bad, scene->url, scene->url, NULL };
  const char *third[] = { scene->url, NULL };
  const char *none[] = { NULL };
  BtSwarmConfig config = { .web_seeds = first };
  g_autoptr (GArray) rows = NULL;

  test_node_add (scene->node, scene->metainfo, NULL, &config, TRUE);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_DOWNLOADING));
  test_world_pass (scene->world, 5 * BT_SECOND_US);
  bt_swarm_set_limits (scene->node->swarm, 2000000, 0);
  bt_swarm_set_web_seeds (scene->node->swarm, second);
  rows = bt_swarm_get_web_seed_rows (scene->node->swarm);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_true (test_world_wait (scene->world, has_some, scene));
  bt_swarm_set_web_seeds (scene->node->swarm, none);
  test_world_pass (scene->world, 5 * BT_SECOND_US);
  g_assert_cmpint (bt_swarm_get_state (scene->node->swarm), ==, BT_SWARM_DOWNLOADING);
  bt_swarm_set_web_seeds (scene->node->swarm, third);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  scene_free (scene);
}

static void
test_bound (void)
{
  Scene *scene = scene_new ();
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);
  BtSwarmConfig config = { 0 };
  g_autoptr (GArray) rows = NULL;

  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (urls, g_strdup_printf ("%s?%u", scene->url, i));
  g_ptr_array_add (urls, NULL);
  config.web_seeds = (const char *const *) urls->pdata;
  test_node_add (scene->node, scene->metainfo, NULL, &config, TRUE);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  rows = bt_swarm_get_web_seed_rows (scene->node->swarm);
  g_assert_cmpuint (rows->len, ==, BT_SWARM_MAX_WEB_SEEDS);
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  scene_free (scene);
}

/* With next to no memory it stops and goes on, as peers do. */
static void
test_little_memory (void)
{
  Scene *scene = scene_new ();
  BtSessionConfig config = { .memory_bytes = 10 * BT_BLOCK_BYTES };

  test_node_free (scene->node);
  scene->node = test_node_new (scene->world, &config);
  scene_add (scene);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  scene_free (scene);
}

#define PAD_BYTES (5 * 65536 - 300000)

/* The files `a` and `d` with a pad between them that brings `d` to the start of a piece. */
static BtMetainfo *
make_padded (Scene *scene)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *head = NULL;
  BtMetainfo *metainfo;

  for (const char *name = "a"; name != NULL; name = name[0] == 'a' ? "d" : NULL)
    {
      g_autofree char *path = g_build_filename (scene->world->folder, "many", name, NULL);
      g_autofree char *content = NULL;
      gsize n;

      g_assert_true (g_file_get_contents (path, &content, &n, NULL));
      g_byte_array_append (data, (const guint8 *) content, (guint) n);
      if (name[0] == 'a')
        {
          g_byte_array_set_size (data, data->len + PAD_BYTES);
          memset (data->data + n, 0, PAD_BYTES);
        }
    }
  head = g_strdup_printf ("d4:infod5:filesld6:lengthi300000e4:pathl1:aee"
                          "d4:attr1:p6:lengthi%ue4:pathl4:.pad1:1ee"
                          "d6:lengthi2000000e4:pathl1:deee4:name4:many12:piece lengthi65536e"
                          "6:pieces%u:", PAD_BYTES, (data->len + 65535) / 65536 * 20);
  g_byte_array_append (text, (const guint8 *) head, (guint) strlen (head));
  for (guint at = 0; at < data->len; at += 65536)
    {
      g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
      guint8 digest[20];
      gsize n = sizeof digest;

      g_checksum_update (sum, data->data + at, MIN (65536, (gssize) (data->len - at)));
      g_checksum_get_digest (sum, digest, &n);
      g_byte_array_append (text, digest, sizeof digest);
    }
  g_byte_array_append (text, (const guint8 *) "ee", 2);
  bytes = g_bytes_new (text->data, text->len);
  metainfo = bt_metainfo_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return metainfo;
}

/* Pads (BEP 47) are zeros that nobody is asked for. */
static void
test_pads (void)
{
  Scene *scene = scene_new ();

  bt_metainfo_unref (scene->metainfo);
  scene->metainfo = make_padded (scene);
  scene_add (scene);
  g_assert_true (test_node_wait_state (scene->node, BT_SWARM_SEEDING));
  test_assert_same_files (scene->metainfo, scene->world->folder, scene->node->folder);
  g_assert_cmpuint (get_row (scene).received_bytes, ==, 2300000);
  g_assert_false (asked_for (scene, "/1"));
  scene_free (scene);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/web-seeds/alone", test_alone);
  g_test_add_func ("/swarm/web-seeds/reason", test_reason);
  g_test_add_func ("/swarm/web-seeds/with-peer", test_with_peer);
  g_test_add_func ("/swarm/web-seeds/wrong-data", test_wrong_data);
  g_test_add_func ("/swarm/web-seeds/stop", test_stop);
  g_test_add_func ("/swarm/web-seeds/skipped", test_skipped);
  g_test_add_func ("/swarm/web-seeds/set", test_set);
  g_test_add_func ("/swarm/web-seeds/bound", test_bound);
  g_test_add_func ("/swarm/web-seeds/little-memory", test_little_memory);
  g_test_add_func ("/swarm/web-seeds/pads", test_pads);
  return g_test_run ();
}
