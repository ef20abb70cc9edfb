/* test-kill.c - a process that is killed while it commits leaves the last answered state, or the next one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS      40u
#define N_TORRENTS   6u
#define MAX_COMMITS  20u     /* before a kill */
#define MAX_DELAY_NS 3000000 /* after the last of these */

static const char *own_path;  /* borrowed: argv[0] */

/* In state n, torrent `id` is there or not, and all that is kept of it says n. */
static gboolean
is_there (guint64 n,
          guint64 id)
{
  return (n + id) % 4 != 0;
}

static BtRecord *
make_state_record (guint64 n,
                   guint64 id)
{
  BtRecord *record = make_record (id);

  record->active_s = (gint64) n;
  return record;
}

static GBytes *
make_state_blob (guint64 n,
                 guint64 id)
{
  return make_bytes (100 + (n * 7919 + id * 104729) % 60000, n * N_TORRENTS + id);
}

static BtStoreBatch *
make_state (guint64 n)
{
  BtStoreBatch *batch = bt_store_batch_new ();
  g_autoptr (GBytes) value = g_bytes_new (&n, sizeof n);

  bt_store_batch_put_value (batch, "n", value);
  for (guint64 id = 1; id <= N_TORRENTS; id++)
    {
      g_autoptr (BtRecord) record = make_state_record (n, id);
      g_autoptr (BtResume) resume = make_resume (400, 4, n);
      g_autoptr (GBytes) blob = make_state_blob (n, id);

      if (!is_there (n, id))
        {
          bt_store_batch_remove (batch, id);
          continue;
        }
      bt_store_batch_put_record (batch, record);
      bt_store_batch_put_resume (batch, id, resume);
      bt_store_batch_put_metainfo (batch, id, blob);
    }
  return batch;
}

static guint64
get_state (BtStore *store)
{
  g_autoptr (GBytes) value = bt_store_get_value (store, "n");
  guint64 n = 0;

  if (value != NULL)
    {
      g_assert_cmpuint (g_bytes_get_size (value), ==, sizeof n);
      memcpy (&n, g_bytes_get_data (value, NULL), sizeof n);
    }
  return n;
}

static void
check_torrent (BtStore  *store,
               guint64   n,
               BtRecord *record)
{
  g_autoptr (BtRecord) expected = make_state_record (n, record->id);
  g_autoptr (BtResume) resume = make_resume (400, 4, n);
  g_autoptr (GBytes) blob = make_state_blob (n, record->id);
  g_autoptr (BtStoredTorrent) torrent = bt_store_load (store, record->id, NULL);

  assert_same_record (record, expected);
  g_assert_nonnull (torrent);
  g_assert_nonnull (torrent->resume);
  assert_same_resume (torrent->resume, resume);
  g_assert_true (g_bytes_equal (torrent->metainfo, blob));
}

static void
check_state (BtStore *store,
             guint64  n)
{
  g_autoptr (GPtrArray) records = bt_store_list (store, NULL);
  guint n_there = 0;

  g_assert_nonnull (records);
  for (guint64 id = 1; n > 0 && id <= N_TORRENTS; id++)
    n_there += is_there (n, id);
  g_assert_cmpuint (records->len, ==, n_there);
  for (guint i = 0; i < records->len; i++)
    {
      BtRecord *record = records->pdata[i];

      g_assert_true (is_there (n, record->id));
      check_torrent (store, n, record);
    }
}

/* Child: commits one state after the other until it is killed, and says which were answered. */
static int
run_commits (const char *path)
{
  g_autoptr (GError) error = NULL;
  BtStore *store = bt_store_open (path, &error);
  guint64 n;

  g_assert_no_error (error);
  n = get_state (store);
  /* So that the log is brought into the file very often, too. */
  g_assert_true (bt_store_exec (store, "PRAGMA wal_autocheckpoint = 40", NULL));
  for (;;)
    {
      bt_store_commit (store, make_state (++n), &error);
      g_assert_no_error (error);
      if (write (STDOUT_FILENO, &n, sizeof n) != sizeof n)
        return 1;
    }
}

/* Whether there was an answer within the time. */
static gboolean
wait_for_answer (int      fd,
                 gint64   max_ns,
                 guint64 *out_n)
{
  struct pollfd look = { fd, POLLIN, 0 };
  struct timespec limit = { 0, max_ns };

  if (ppoll (&look, 1, max_ns >= 0 ? &limit : NULL, NULL) != 1)
    return FALSE;
  return read (fd, out_n, sizeof *out_n) == sizeof *out_n;
}

/* Returns the last state that was answered. */
static guint64
run_and_kill (const char *path,
              guint64     n)
{
  const char *const argv[] = { own_path, "--commits", path, NULL };
  guint n_commits = (guint) g_test_rand_int_range (0, MAX_COMMITS);
  g_autoptr (GError) error = NULL;
  GPid child;
  int status;
  int fd;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &child, NULL, &fd, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n_commits; i++)
    g_assert_true (wait_for_answer (fd, -1, &n));
  while (wait_for_answer (fd, g_test_rand_int_range (0, MAX_DELAY_NS), &n) &&
         g_test_rand_int_range (0, 4) != 0)
    ;
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  /* What it said before it died. */
  while (read (fd, &n, sizeof n) == sizeof n)
    ;
  close (fd);
  g_spawn_close_pid (child);
  return n;
}

static void
test_kill (Fixture       *fixture,
           gconstpointer  data)
{
  guint64 n = 0;
  guint n_unanswered = 0;

  for (guint i = 0; i < N_KILLS; i++)
    {
      guint64 n_answered = run_and_kill (fixture->path, n);

      fixture_open (fixture);
      n = get_state (fixture->store);
      g_assert_cmpuint (n, >=, n_answered);
      g_assert_cmpuint (n, <=, n_answered + 1);
      n_unanswered += n > n_answered;
      check_state (fixture->store, n);
      fixture_close (fixture);
    }
  g_test_message ("%" G_GUINT64_FORMAT " commits, %u of them in the file but not answered", n,
                  n_unanswered);
  g_assert_cmpuint (n, >, N_KILLS);
}

int
main (int   argc,
      char *argv[])
{
  own_path = argv[0];
  if (argc == 3 && strcmp (argv[1], "--commits") == 0)
    return run_commits (argv[2]);
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/store/kill", Fixture, NULL, fixture_set_up_closed, test_kill, fixture_tear_down);
  return g_test_run ();
}
