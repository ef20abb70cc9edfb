/* test-mailbox.c - the latest snapshot wins, and nobody has to be called twice
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-snapshot.h"

#define N_THREADS   4
#define N_SNAPSHOTS 5000
#define WAIT_US     (100 * G_USEC_PER_SEC)

static BtSnapshot *
snapshot_new (guint64 id,
              guint64 value)
{
  BtSnapshot *snapshot = g_new0 (BtSnapshot, 1);

  snapshot->id = id;
  snapshot->facts.received_bytes = value;
  snapshot->facts.message = g_strdup ("something owned");
  snapshot->details = g_new0 (BtDetails, 1);
  snapshot->details->peer_rows = g_array_new (FALSE, FALSE, sizeof (BtPeerRow));
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

/* What a newer one leaves out because it is still so is not lost with the older one. */
static void
test_record_stays (void)
{
  BtMailbox  *mailbox = bt_mailbox_new ();
  BtSnapshot *snapshot = snapshot_new (1, 1);
  BtRecord   *record = bt_record_new ();
  gboolean    has_ticked;
  GPtrArray  *snapshots;

  snapshot->record = record;
  bt_mailbox_put (mailbox, snapshot);
  bt_mailbox_put (mailbox, snapshot_new (1, 2));
  bt_mailbox_put (mailbox, snapshot_new (1, 3));
  snapshots = bt_mailbox_take (mailbox, &has_ticked);
  snapshot = g_ptr_array_index (snapshots, 0);
  g_assert_cmpuint (snapshot->facts.received_bytes, ==, 3);
  g_assert_true (snapshot->record == record);
  g_ptr_array_unref (snapshots);

  /* A newer record counts. */
  snapshot = snapshot_new (1, 4);
  snapshot->record = bt_record_new ();
  bt_mailbox_put (mailbox, snapshot);
  snapshot = snapshot_new (1, 5);
  snapshot->record = bt_record_new ();
  snapshot->record->position = 7;
  bt_mailbox_put (mailbox, snapshot);
  snapshots = bt_mailbox_take (mailbox, &has_ticked);
  snapshot = g_ptr_array_index (snapshots, 0);
  g_assert_cmpuint (snapshot->record->position, ==, 7);
  g_ptr_array_unref (snapshots);
  bt_mailbox_free (mailbox);
}

/* Every field of a record counts: a change of any is told. */
static void
test_digest (void)
{
  static const char *const one[] = { "a", "bc", NULL };
  static const char *const two[] = { "ab", "c", NULL };
  BtSwarmFacts facts = { 0 };
  g_autoptr (BtRecord) record = bt_record_new ();
  guint64 digest = bt_snapshot_digest (&facts, record);
  guint64 first = digest;
  const struct
  {
    gsize         offset;
    gconstpointer value;
  } strings[] = {
    { G_STRUCT_OFFSET (BtRecord, name), "x" },
    { G_STRUCT_OFFSET (BtRecord, top_name), "x" },
    { G_STRUCT_OFFSET (BtRecord, folder), "x" },
    { G_STRUCT_OFFSET (BtRecord, final_folder), "x" },
    { G_STRUCT_OFFSET (BtRecord, volume), "x" },
    { G_STRUCT_OFFSET (BtRecord, volume_name), "x" },
    { G_STRUCT_OFFSET (BtRecord, error), "x" },
    { G_STRUCT_OFFSET (BtRecord, error), "" },
    { G_STRUCT_OFFSET (BtRecord, labels), one },
    { G_STRUCT_OFFSET (BtRecord, labels), two },
    { G_STRUCT_OFFSET (BtRecord, tracker_hosts), one },
    { G_STRUCT_OFFSET (BtRecord, tracker_hosts), two },
  };

  g_assert_cmpuint (bt_snapshot_digest (&facts, record), ==, first);
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      G_STRUCT_MEMBER (gconstpointer, record, strings[i].offset) = strings[i].value;
      g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, first);
      g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, digest);
      digest = bt_snapshot_digest (&facts, record);
      G_STRUCT_MEMBER (gpointer, record, strings[i].offset) = NULL;
    }
  record->sent_bytes = 1;
  g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, first);
  record->sent_bytes = 0;
  record->active_at_s = 1;
  g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, first);
  record->active_at_s = 0;
  facts.n_peers = 1;
  g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, first);
  facts.n_peers = 0;
  facts.message = (char *) "x";
  g_assert_cmpuint (bt_snapshot_digest (&facts, record), !=, first);
  facts.message = NULL;
  /* Time alone is no news. */
  record->active_s = 1;
  record->seeding_s = 1;
  g_assert_cmpuint (bt_snapshot_digest (&facts, record), ==, first);
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
  g_test_add_func ("/supervisor/mailbox/record-stays", test_record_stays);
  g_test_add_func ("/supervisor/mailbox/digest", test_digest);
  g_test_add_func ("/supervisor/mailbox/ring", test_ring);
  g_test_add_func ("/supervisor/mailbox/threads", test_threads);
  return g_test_run ();
}
