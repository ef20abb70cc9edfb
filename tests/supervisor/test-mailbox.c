/* test-mailbox.c - the latest snapshot wins, and nobody has to be called twice
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-snapshot.h"

#define N_THREADS   4
#define N_SNAPSHOTS 5000
#define WAIT_US     (30 * G_USEC_PER_SEC)

static BtSnapshot *
snapshot_new (guint64 id,
              guint64 value)
{
  BtSnapshot *snapshot = g_new0 (BtSnapshot, 1);

  snapshot->id = id;
  snapshot->facts.received_bytes = value;
  snapshot->facts.message = g_strdup ("something owned");
  snapshot->peer_rows = g_array_new (FALSE, FALSE, sizeof (BtPeerRow));
  return snapshot;
}

static void
test_latest_wins (void)
{
  BtMailbox *mailbox = bt_mailbox_new ();
  gboolean has_ticked = TRUE;
  GPtrArray *snapshots;

  snapshots = bt_mailbox_take (mailbox, &has_ticked);
  g_assert_cmpuint (snapshots->len, ==, 0);
  g_assert_false (has_ticked);
  g_ptr_array_unref (snapshots);

  for (guint64 value = 1; value <= 10; value++)
    for (guint64 id = 1; id <= 3; id++)
      bt_mailbox_put (mailbox, snapshot_new (id, 100 * id + value));
  snapshots = bt_mailbox_take (mailbox, &has_ticked);
  g_assert_cmpuint (snapshots->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      BtSnapshot *snapshot = g_ptr_array_index (snapshots, i);

      g_assert_cmpuint (snapshot->facts.received_bytes, ==, 100 * snapshot->id + 10);
    }
  g_ptr_array_unref (snapshots);

  /* What is left inside goes with it. */
  bt_mailbox_put (mailbox, snapshot_new (1, 1));
  bt_mailbox_free (mailbox);
  bt_mailbox_free (NULL);
}

static void
test_ring (void)
{
  BtMailbox *mailbox = bt_mailbox_new ();
  gboolean has_ticked = FALSE;

  g_assert_true (bt_mailbox_ring (mailbox, FALSE));
  g_assert_false (bt_mailbox_ring (mailbox, TRUE));
  g_assert_false (bt_mailbox_ring (mailbox, FALSE));
  g_ptr_array_unref (bt_mailbox_take (mailbox, &has_ticked));
  g_assert_true (has_ticked);

  g_assert_true (bt_mailbox_ring (mailbox, FALSE));
  g_ptr_array_unref (bt_mailbox_take (mailbox, &has_ticked));
  g_assert_false (has_ticked);
  bt_mailbox_free (mailbox);
}

typedef struct
{
  BtMailbox   *mailbox;
  GAsyncQueue *bell;
  guint64      id;
} Writer;

static gpointer
writer_main (gpointer user_data)
{
  Writer *writer = user_data;

  for (guint64 value = 1; value <= N_SNAPSHOTS; value++)
    {
      bt_mailbox_put (writer->mailbox, snapshot_new (writer->id, value));
      if (bt_mailbox_ring (writer->mailbox, FALSE))
        g_async_queue_push (writer->bell, writer);
    }
  return NULL;
}

/* Who takes only when it was rung misses nothing: in the end it has seen the last of each. */
static void
test_threads (void)
{
  BtMailbox *mailbox = bt_mailbox_new ();
  g_autoptr (GAsyncQueue) bell = g_async_queue_new ();
  Writer writers[N_THREADS];
  GThread *threads[N_THREADS];
  guint64 newest[N_THREADS] = { 0 };
  guint n_done = 0;

  for (guint t = 0; t < N_THREADS; t++)
    {
      writers[t] = (Writer) { mailbox, bell, t };
      threads[t] = g_thread_new ("writer", writer_main, &writers[t]);
    }
  while (n_done < N_THREADS)
    {
      g_autoptr (GPtrArray) snapshots = NULL;
      gboolean has_ticked;

      g_assert_nonnull (g_async_queue_timeout_pop (bell, WAIT_US));
      snapshots = bt_mailbox_take (mailbox, &has_ticked);
      g_assert_cmpuint (snapshots->len, <=, N_THREADS);
      for (guint i = 0; i < snapshots->len; i++)
        {
          BtSnapshot *snapshot = g_ptr_array_index (snapshots, i);

          g_assert_cmpuint (snapshot->facts.received_bytes, >, newest[snapshot->id]);
          newest[snapshot->id] = snapshot->facts.received_bytes;
          n_done += snapshot->facts.received_bytes == N_SNAPSHOTS;
        }
    }
  for (guint t = 0; t < N_THREADS; t++)
    g_thread_join (threads[t]);
  bt_mailbox_free (mailbox);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/mailbox/latest-wins", test_latest_wins);
  g_test_add_func ("/supervisor/mailbox/ring", test_ring);
  g_test_add_func ("/supervisor/mailbox/threads", test_threads);
  return g_test_run ();
}
