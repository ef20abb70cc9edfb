/* bt-snapshot.c - snapshots and the mailbox they wait in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-snapshot.h"

struct _BtMailbox
{
  GMutex      lock;        /* of all that follows */
  GHashTable *newest;      /* id → BtSnapshot, owned */
  gboolean    is_rung;     /* since the last take */
  gboolean    has_ticked;
};

void
bt_snapshot_free (gpointer data)
{
  BtSnapshot *snapshot = data;

  if (snapshot == NULL)
    return;
  bt_swarm_facts_clear (&snapshot->facts);
  g_clear_pointer (&snapshot->peer_rows, g_array_unref);
  g_clear_pointer (&snapshot->tracker_rows, g_array_unref);
  g_free (snapshot);
}

BtMailbox *
bt_mailbox_new (void)
{
  BtMailbox *mailbox = g_new0 (BtMailbox, 1);

  g_mutex_init (&mailbox->lock);
  mailbox->newest = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, bt_snapshot_free);
  return mailbox;
}

void
bt_mailbox_free (BtMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  g_hash_table_unref (mailbox->newest);
  g_mutex_clear (&mailbox->lock);
  g_free (mailbox);
}

void
bt_mailbox_put (BtMailbox  *mailbox,
                BtSnapshot *snapshot)
{
  g_mutex_lock (&mailbox->lock);
  g_hash_table_replace (mailbox->newest, &snapshot->id, snapshot);
  g_mutex_unlock (&mailbox->lock);
}

gboolean
bt_mailbox_ring (BtMailbox *mailbox,
                 gboolean   has_ticked)
{
  gboolean was_rung;

  g_mutex_lock (&mailbox->lock);
  was_rung = mailbox->is_rung;
  mailbox->is_rung = TRUE;
  mailbox->has_ticked |= has_ticked;
  g_mutex_unlock (&mailbox->lock);
  return !was_rung;
}

GPtrArray *
bt_mailbox_take (BtMailbox *mailbox,
                 gboolean  *out_has_ticked)
{
  GPtrArray *snapshots = g_ptr_array_new_with_free_func (bt_snapshot_free);
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&mailbox->lock);
  g_hash_table_iter_init (&iter, mailbox->newest);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      g_ptr_array_add (snapshots, value);
      g_hash_table_iter_steal (&iter);
    }
  *out_has_ticked = mailbox->has_ticked;
  mailbox->has_ticked = FALSE;
  mailbox->is_rung = FALSE;
  g_mutex_unlock (&mailbox->lock);
  return snapshots;
}
