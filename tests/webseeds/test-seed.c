/* test-seed.c - a web seed against a server that behaves and one that does not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-node.h"
#include "web-server.h"
#include "webseeds/bt-web-seed.h"

#include <string.h>

/* A torrent's owner that asks for block after block. */
typedef struct
{
  TestWorld       *world;
  WebServer       *server;
  BtMetainfo      *metainfo;
  BtWebClient     *client;
  BtBlockPool     *pool;
  BtLimit         *limit;
  BtLimit         *limits[2];
  BtWebSeedShared  shared;
  BtWebSeed       *seed;
  guint8          *asked;      /* each block: is out */
  guint8          *got;
  guint8          *unwanted;
  guint8          *bytes;      /* all of it, as it came */
  guint32          n_blocks;
  guint32          n_got;
  guint            n_missing;
  guint            n_changed;
  guint            n_runs;
  gboolean         pause_once;
} Shelf;

static guint32
get_index (Shelf             *shelf,
           const BtBlockSpan *span)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (shelf->metainfo);

  return (guint32) (bt_geometry_get_offset (geometry, span->piece) + span->begin) / BT_BLOCK_BYTES;
}

static BtBlockSpan
get_span (Shelf   *shelf,
          guint32  index)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (shelf->metainfo);
  guint32 n_of_piece = geometry->piece_bytes / BT_BLOCK_BYTES;

  return bt_geometry_get_block (geometry, index / n_of_piece, index % n_of_piece);
}

static guint
get_run (gpointer     owner,
         BtWebSeed   *seed,
         guint        n_max,
         BtBlockSpan *out_first)
{
  Shelf *shelf = owner;
  guint32 first = 0;
  guint n = 0;

  while (first < shelf->n_blocks && (shelf->asked[first] || shelf->got[first]))
    first++;
  for (; first + n < shelf->n_blocks && n < n_max && !shelf->asked[first + n] &&
         !shelf->got[first + n]; n++)
    shelf->asked[first + n] = TRUE;
  if (n > 0)
    *out_first = get_span (shelf, first);
  shelf->n_runs += n > 0;
  return n;
}

static void
give_back (gpointer           owner,
           BtWebSeed         *seed,
           const BtBlockSpan *span)
{
  Shelf *shelf = owner;

  shelf->asked[get_index (shelf, span)] = FALSE;
}

static gboolean
is_wanted (gpointer           owner,
           BtWebSeed         *seed,
           const BtBlockSpan *span)
{
  Shelf *shelf = owner;
  guint32 index = get_index (shelf, span);

  if (shelf->unwanted[index])
    {
      shelf->asked[index] = FALSE;
      shelf->got[index] = TRUE;  /* nobody is to ask for it again */
    }
  return shelf->asked[index];
}

static void
block (gpointer           owner,
       BtWebSeed         *seed,
       const BtBlockSpan *span,
       guint8            *slot)
{
  Shelf *shelf = owner;
  guint32 index = get_index (shelf, span);

  g_assert_true (shelf->asked[index]);
  g_assert_false (shelf->got[index]);
  shelf->asked[index] = FALSE;
  shelf->got[index] = TRUE;
  shelf->n_got++;
  memcpy (shelf->bytes + (gsize) index * BT_BLOCK_BYTES, slot, span->length);
  bt_block_pool_release (shelf->pool, slot);
  if (shelf->pause_once)
    bt_web_seed_set_paused (seed, TRUE);
  shelf->pause_once = FALSE;
}

static void
missing (gpointer   owner,
         BtWebSeed *seed,
         guint32    file)
{
  Shelf *shelf = owner;
  const BtFile *f = &bt_metainfo_get_files (shelf->metainfo, NULL)[file];

  shelf->n_missing++;
  for (guint64 b = f->offset / BT_BLOCK_BYTES; b * BT_BLOCK_BYTES < f->offset + f->length; b++)
    shelf->got[b] = TRUE;
}

static void
changed (gpointer   owner,
         BtWebSeed *seed)
{
  ((Shelf *) owner)->n_changed++;
}

static const BtWebSeedOps ops = {
  .get_run = get_run,
  .is_wanted = is_wanted,
  .block = block,
  .give_back = give_back,
  .missing = missing,
  .changed = changed,
};

static const TestFile single[] = { { "one", 5000000 }, { NULL, 0 } };
static const TestFile several[] = {
  { "a", 100000 }, { "sub dir/b #1", 700001 }, { "c", 1 }, { "d", 0 }, { "e", 500000 }, { NULL, 0 },
};

static Shelf *
shelf_new (gboolean is_single)
{
  Shelf *shelf = g_new0 (Shelf, 1);
  g_autofree char *url = NULL;
  BtWebClientConfig config = { .user_agent = "Freshet/test" };

  shelf->world = test_world_new ();
  shelf->server = web_server_new (shelf->world->folder);
  shelf->metainfo = is_single
    ? test_world_make_torrent (shelf->world, "one", single, 32768, NULL)
    : test_world_make_torrent (shelf->world, "many", several, 32768, NULL);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  shelf->client = bt_web_client_new (shelf->world->clock, &config);
  shelf->pool = bt_block_pool_new (8 * 1024 * 1024);
  shelf->limit = bt_limit_new (shelf->world->clock);
  shelf->limits[0] = shelf->limit;
  shelf->shared = (BtWebSeedShared) { shelf->client, shelf->world->clock, shelf->pool,
                                      shelf->metainfo, shelf->limits, &ops, shelf };
  shelf->n_blocks = (guint32) ((bt_metainfo_get_geometry (shelf->metainfo)->total_bytes +
                                BT_BLOCK_BYTES - 1) / BT_BLOCK_BYTES);
  shelf->asked = g_malloc0 (shelf->n_blocks);
  shelf->got = g_malloc0 (shelf->n_blocks);
  shelf->unwanted = g_malloc0 (shelf->n_blocks);
  shelf->bytes = g_malloc0 ((gsize) shelf->n_blocks * BT_BLOCK_BYTES);
  url = web_server_dup_url (shelf->server, "/");
  shelf->seed = bt_web_seed_new (&shelf->shared, url);
  return shelf;
}

static void
shelf_free (Shelf *shelf)
{
  bt_web_seed_free (shelf->seed);
  /* Whatever happened, nothing stays asked, and no slot is lost. */
  for (guint32 i = 0; i < shelf->n_blocks; i++)
    g_assert_false (shelf->asked[i]);
  g_assert_cmpuint (bt_block_pool_get_n_used (shelf->pool), ==, 0);
  g_assert_cmpuint (bt_web_client_get_n_active (shelf->client), ==, 0);
  bt_web_client_free (shelf->client);
  web_server_free (shelf->server);
  bt_limit_free (shelf->limit);
  bt_block_pool_free (shelf->pool);
  bt_metainfo_unref (shelf->metainfo);
  test_world_free (shelf->world);
  g_free (shelf->asked);
  g_free (shelf->got);
  g_free (shelf->unwanted);
  g_free (shelf->bytes);
  g_free (shelf);
}

static gboolean
is_all (gpointer user_data)
{
  Shelf *shelf = user_data;

  return shelf->n_got == shelf->n_blocks && bt_web_seed_get_n_active (shelf->seed) == 0;
}

static gboolean
is_settled (gpointer user_data)
{
  Shelf *shelf = user_data;

  return is_all (shelf) || !bt_web_seed_is_usable (shelf->seed);
}

static void
assert_right (Shelf *shelf)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (shelf->metainfo, &n_files);

  for (guint32 i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_build_filename (shelf->world->folder, files[i].path, NULL);
      g_autofree char *data = NULL;
      gsize n;

      if ((files[i].flags & BT_FILE_PAD) != 0)
        continue;
      g_assert_true (g_file_get_contents (path, &data, &n, NULL));
      g_assert_cmpuint (n, ==, files[i].length);
      g_assert_cmpmem (data, n, shelf->bytes + files[i].offset, files[i].length);
    }
}

static void
test_good (gconstpointer data)
{
  Shelf *shelf = shelf_new (data != NULL);

  bt_web_seed_fill (shelf->seed);
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, BT_WEB_SEED_ACTIVE);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  assert_right (shelf);
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, BT_WEB_SEED_IDLE);
  g_assert_cmpstr (bt_web_seed_get_message (shelf->seed), ==, "");
  g_assert_cmpuint (shelf->server->n_unranged, ==, 0);
  /* Whole runs: not a request for each block, nor for each piece. */
  g_assert_cmpuint (shelf->server->n_requests, <=, shelf->n_runs + 4);
  g_assert_cmpuint (shelf->n_runs, <=, 8);
  shelf_free (shelf);
}

typedef struct
{
  const char     *title;
  WebFault        fault;
  guint           status;
  const char     *retry_after;
  const char     *location;
  BtWebSeedState  state;
  const char     *message;  /* contained */
  gint64          wait_s;   /* at least; for WAITING and FAILED */
  gint64          wait_max_s;
} FaultCase;

static const FaultCase fault_cases[] = {
  { "redirect", WEB_REDIRECT, 0, NULL, NULL, BT_WEB_SEED_IDLE, "", 0, 0 },
  { "loop", WEB_LOOP, 0, NULL, NULL, BT_WEB_SEED_FAILED, "redirects too often", 3600, 3600 },
  { "to a file", WEB_LOOP, 0, NULL, "file:///etc/passwd", BT_WEB_SEED_FAILED, "no web address",
    3600, 3600 },
  { "no ranges", WEB_NO_RANGES, 0, NULL, NULL, BT_WEB_SEED_FAILED, "cannot send parts", 3600,
    3600 },
  { "short", WEB_SHORT, 0, NULL, NULL, BT_WEB_SEED_WAITING, "broke off", 5, 5 },
  { "other range", WEB_OTHER_RANGE, 0, NULL, NULL, BT_WEB_SEED_FAILED, "another part", 3600, 3600 },
  { "no part", WEB_NO_PART, 0, NULL, NULL, BT_WEB_SEED_FAILED, "another part", 3600, 3600 },
  { "other size", WEB_OTHER_SIZE, 0, NULL, NULL, BT_WEB_SEED_FAILED, "not as long", 3600, 3600 },
  { "a page", WEB_OTHER_WHOLE, 0, NULL, NULL, BT_WEB_SEED_FAILED, "not as long", 3600, 3600 },
  { "gzip", WEB_GZIP, 0, NULL, NULL, BT_WEB_SEED_FAILED, "another form", 3600, 3600 },
  { "404", WEB_STATUS, 404, NULL, NULL, BT_WEB_SEED_FAILED, "does not have", 3600, 3600 },
  { "403", WEB_STATUS, 403, NULL, NULL, BT_WEB_SEED_FAILED, "does not let us", 3600, 3600 },
  { "416", WEB_STATUS, 416, NULL, NULL, BT_WEB_SEED_FAILED, "shorter", 3600, 3600 },
  { "418", WEB_STATUS, 418, NULL, NULL, BT_WEB_SEED_FAILED, "418", 3600, 3600 },
  { "500", WEB_STATUS, 500, NULL, NULL, BT_WEB_SEED_WAITING, "500", 5, 5 },
  { "503", WEB_STATUS, 503, "77", NULL, BT_WEB_SEED_WAITING, "busy", 77, 77 },
  { "503 for a month", WEB_STATUS, 503, "99999999", NULL, BT_WEB_SEED_WAITING, "busy", 3600, 3600 },
  { "503, never mind when", WEB_STATUS, 503, "soon", NULL, BT_WEB_SEED_WAITING, "busy", 5, 5 },
  { "silent", WEB_SILENT, 0, NULL, NULL, BT_WEB_SEED_WAITING, "does not answer", 5, 5 },
};

static void
test_fault (gconstpointer data)
{
  const FaultCase *c = data;
  Shelf *shelf = shelf_new (TRUE);
  gint64 next_us;

  shelf->server->fault = c->fault;
  shelf->server->status = c->status;
  shelf->server->retry_after = c->retry_after;
  shelf->server->location = c->location;
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_settled, shelf));
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, c->state);
  g_assert_nonnull (strstr (bt_web_seed_get_message (shelf->seed), c->message));
  if (c->state != BT_WEB_SEED_IDLE)
    {
      g_assert_cmpuint (bt_web_seed_get_n_active (shelf->seed), ==, 0);
      next_us = bt_web_seed_get_next_us (shelf->seed) - bt_clock_get_us (shelf->world->clock);
      g_assert_cmpint (next_us, <=, c->wait_max_s * BT_SECOND_US);
      g_assert_cmpint (next_us, >=, (c->wait_s - 1) * BT_SECOND_US);

      /* In its time it is tried again, and works. */
      shelf->server->fault = WEB_GOOD;
      bt_clock_advance (shelf->world->clock, c->wait_max_s * BT_SECOND_US);
    }
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  g_assert_cmpstr (bt_web_seed_get_message (shelf->seed), ==, "");
  assert_right (shelf);
  shelf_free (shelf);
}

static gboolean
is_waiting (gpointer user_data)
{
  return bt_web_seed_get_state (((Shelf *) user_data)->seed) == BT_WEB_SEED_WAITING;
}

/* Each failure makes the next wait twice as long, up to a quarter of an hour. */
static void
test_back_off (void)
{
  Shelf *shelf = shelf_new (TRUE);
  gint64 expected_us = 5 * BT_SECOND_US;

  shelf->server->fault = WEB_STATUS;
  shelf->server->status = 500;
  bt_web_seed_fill (shelf->seed);
  for (guint i = 0; i < 10; i++)
    {
      gint64 wait_us;

      g_assert_true (test_world_wait (shelf->world, is_waiting, shelf));
      wait_us = bt_web_seed_get_next_us (shelf->seed) - bt_clock_get_us (shelf->world->clock);
      g_assert_cmpint (wait_us, >, expected_us - BT_SECOND_US);
      g_assert_cmpint (wait_us, <=, expected_us);
      expected_us = MIN (2 * expected_us, 900 * BT_SECOND_US);
      bt_clock_advance (shelf->world->clock, wait_us);
      g_assert_false (is_waiting (shelf));
    }
  shelf_free (shelf);
}

static void
test_refused (void)
{
  Shelf *shelf = shelf_new (TRUE);

  soup_server_disconnect (shelf->server->server);
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_waiting, shelf));
  g_assert_nonnull (strstr (bt_web_seed_get_message (shelf->seed), "refuses the connection"));
  shelf_free (shelf);
}

/* Small files need no ranges. */
static void
test_small_without_ranges (void)
{
  Shelf *shelf = shelf_new (FALSE);

  shelf->server->fault = WEB_NO_RANGES;
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  assert_right (shelf);
  shelf_free (shelf);
}

static gboolean
has_rest (gpointer user_data)
{
  Shelf *shelf = user_data;

  for (guint32 i = 0; i < shelf->n_blocks; i++)
    if (!shelf->got[i])
      return FALSE;
  return bt_web_seed_get_n_active (shelf->seed) == 0;
}

/* One file of several is not there: the others come from it. */
static void
test_missing_file (void)
{
  Shelf *shelf = shelf_new (FALSE);

  shelf->server->fault = WEB_STATUS;
  shelf->server->status = 404;
  shelf->server->only = "b #1";
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, has_rest, shelf));
  g_assert_cmpuint (shelf->n_missing, >=, 1);
  g_assert_cmpuint (bt_web_seed_get_n_missing (shelf->seed), ==, 1);
  g_assert_true (bt_web_seed_is_usable (shelf->seed));
  g_assert_cmpuint (shelf->n_got, >, 20);
  shelf_free (shelf);
}

/* What others have sent meanwhile is not read to the end, and what lies behind it comes. */
static void
test_unwanted (void)
{
  Shelf *shelf = shelf_new (TRUE);
  guint64 received;

  for (guint32 i = 2; i < 60; i++)
    shelf->unwanted[i] = TRUE;
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, has_rest, shelf));
  g_assert_cmpuint (shelf->n_got, ==, shelf->n_blocks - 58);
  received = bt_web_seed_get_received_bytes (shelf->seed);
  g_assert_cmpuint (received, <, 5000000 - 40 * BT_BLOCK_BYTES);
  shelf_free (shelf);
}

static gboolean
has_one (gpointer user_data)
{
  return ((Shelf *) user_data)->n_got > 0;
}

static void
test_pause (void)
{
  Shelf *shelf = shelf_new (TRUE);
  guint n_got;

  shelf->pause_once = TRUE;
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, has_one, shelf));
  /* What was on its way may still come: a read of each line. */
  test_world_pass (shelf->world, 5 * BT_SECOND_US);
  n_got = shelf->n_got;
  g_assert_cmpuint (n_got, <=, 2 * BT_WEB_SEED_MAX_LINES);
  /* Nor does it count as silence. */
  test_world_pass (shelf->world, 100 * BT_SECOND_US);
  g_assert_cmpuint (shelf->n_got, ==, n_got);
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, BT_WEB_SEED_ACTIVE);
  bt_web_seed_set_paused (shelf->seed, FALSE);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  assert_right (shelf);
  shelf_free (shelf);
}

static void
test_limit (void)
{
  Shelf *shelf = shelf_new (TRUE);
  gint64 began_us = bt_clock_get_us (shelf->world->clock);
  double seconds;

  bt_limit_set_bps (shelf->limit, 200000);
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  seconds = (double) (bt_clock_get_us (shelf->world->clock) - began_us) / BT_SECOND_US;
  g_test_message ("5,000,000 bytes at 200,000 B/s in %.1f s", seconds);
  g_assert_cmpfloat (seconds, >=, 24.0);
  assert_right (shelf);
  shelf_free (shelf);
}

static void
test_ban_and_stop (void)
{
  Shelf *shelf = shelf_new (TRUE);

  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, has_one, shelf));
  bt_web_seed_stop (shelf->seed);
  g_assert_cmpuint (bt_web_seed_get_n_active (shelf->seed), ==, 0);
  bt_web_seed_try_again (shelf->seed);
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, BT_WEB_SEED_ACTIVE);
  bt_web_seed_ban (shelf->seed);
  bt_web_seed_try_again (shelf->seed);
  g_assert_cmpint (bt_web_seed_get_state (shelf->seed), ==, BT_WEB_SEED_BANNED);
  g_assert_nonnull (strstr (bt_web_seed_get_message (shelf->seed), "wrong data"));
  g_assert_cmpuint (bt_web_seed_get_n_active (shelf->seed), ==, 0);
  shelf_free (shelf);
}

/* As /trackers/http/leave-answered: libsoup 3.6.5 did not survive to be cancelled between an answer's head and its own
 * telling of it. */
static void
test_leave_answered (void)
{
  static const char ANSWER[] = "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n\r\n";
  Shelf *shelf = shelf_new (TRUE);
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GInetAddress) ip = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (ip, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) listener = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                               G_SOCKET_PROTOCOL_TCP, NULL);
  g_autofree char *url = NULL;

  g_socket_set_blocking (listener, FALSE);
  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%u/",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  for (guint n_turns = 0; n_turns < 20; n_turns++)
    {
      BtWebSeed *seed = bt_web_seed_new (&shelf->shared, url);
      g_autoptr (GSocket) connection = NULL;

      bt_web_seed_fill (seed);
      while (connection == NULL)
        {
          g_main_context_iteration (context, FALSE);
          connection = g_socket_accept (listener, NULL, NULL);
        }
      g_assert_cmpint (g_socket_send (connection, ANSWER, sizeof ANSWER - 1, NULL, NULL), ==,
                       sizeof ANSWER - 1);
      for (guint i = 0; i < n_turns; i++)
        g_main_context_iteration (context, FALSE);
      bt_web_seed_free (seed);
      for (guint i = 0; i < 20; i++)
        g_main_context_iteration (context, FALSE);
      /* Nothing of it waits for the next. */
      while (connection != NULL)
        {
          g_object_unref (connection);
          connection = g_socket_accept (listener, NULL, NULL);
        }
    }
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  assert_right (shelf);
  shelf_free (shelf);
}

/* Bound to an address of one family, one of the other is out of reach; not bound, both are there. */
static void
test_ipv6 (void)
{
  Shelf *shelf = shelf_new (TRUE);
  g_autofree char *url = web_server_listen6 (shelf->server);
  BtWebClientConfig config = { .user_agent = "Freshet/test" };

  if (url == NULL)
    {
      g_test_skip ("no IPv6");
      shelf_free (shelf);
      return;
    }
  bt_web_seed_free (shelf->seed);
  shelf->seed = bt_web_seed_new (&shelf->shared, url);
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_waiting, shelf));
  g_assert_nonnull (strstr (bt_web_seed_get_message (shelf->seed), "cannot be reached"));

  bt_web_seed_free (shelf->seed);
  bt_web_client_free (shelf->client);
  shelf->client = shelf->shared.client = bt_web_client_new (shelf->world->clock, &config);
  shelf->seed = bt_web_seed_new (&shelf->shared, url);
  bt_web_seed_fill (shelf->seed);
  g_assert_true (test_world_wait (shelf->world, is_all, shelf));
  assert_right (shelf);
  shelf_free (shelf);
}

static void
test_malformed (void)
{
  Shelf *shelf = shelf_new (TRUE);
  BtWebSeed *seed = bt_web_seed_new (&shelf->shared, "ftp://127.0.0.1/");

  bt_web_seed_fill (seed);
  bt_web_seed_try_again (seed);
  g_assert_cmpint (bt_web_seed_get_state (seed), ==, BT_WEB_SEED_FAILED);
  g_assert_cmpint (bt_web_seed_get_next_us (seed), ==, 0);
  bt_web_seed_free (seed);
  shelf_free (shelf);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/web-seed/good/single", "single", test_good);
  g_test_add_data_func ("/web-seed/good/several", NULL, test_good);
  for (guint i = 0; i < G_N_ELEMENTS (fault_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/web-seed/fault/%s", fault_cases[i].title);

      g_test_add_data_func (path, &fault_cases[i], test_fault);
    }
  g_test_add_func ("/web-seed/back-off", test_back_off);
  g_test_add_func ("/web-seed/refused", test_refused);
  g_test_add_func ("/web-seed/small-without-ranges", test_small_without_ranges);
  g_test_add_func ("/web-seed/missing-file", test_missing_file);
  g_test_add_func ("/web-seed/unwanted", test_unwanted);
  g_test_add_func ("/web-seed/pause", test_pause);
  g_test_add_func ("/web-seed/limit", test_limit);
  g_test_add_func ("/web-seed/ban-and-stop", test_ban_and_stop);
  g_test_add_func ("/web-seed/leave-answered", test_leave_answered);
  g_test_add_func ("/web-seed/ipv6", test_ipv6);
  g_test_add_func ("/web-seed/malformed", test_malformed);
  return g_test_run ();
}
