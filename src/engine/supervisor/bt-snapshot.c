/* bt-snapshot.c - snapshots and the mailbox they wait in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-snapshot.h"

#include <string.h>

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
  g_clear_pointer (&snapshot->record, bt_record_free);
  g_clear_pointer (&snapshot->details, bt_details_free);
  g_free (snapshot);
}

void
bt_snapshot_inherit (BtSnapshot *snapshot,
                     BtSnapshot *older)
{
  if (snapshot->record == NULL)
    snapshot->record = g_steal_pointer (&older->record);
}

/* FNV-1a. */
static guint64
digest_bytes (guint64       digest,
              const guint8 *bytes,
              gsize         n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    digest = (digest ^ bytes[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return digest;
}

/* NULL, nothing and the end of one string are told apart. */
static guint64
digest_text (guint64     digest,
             const char *text)
{
  static const guint8 none = 0xff;

  if (text == NULL)
    return digest_bytes (digest, &none, 1);
  return digest_bytes (digest, (const guint8 *) text, strlen (text) + 1);
}

static guint64
digest_words (guint64   digest,
              char    **words)
{
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    digest = digest_text (digest, words[i]);
  return digest_text (digest, NULL);
}

guint64
bt_snapshot_digest (const BtSwarmFacts *facts,
                    const BtRecord     *record)
{
  guint64      digest = G_GUINT64_CONSTANT (0xcbf29ce484222325);
  BtSwarmFacts numbers = *facts;
  BtRecord     values = *record;

  digest = digest_text (digest, facts->message);
  numbers.message = NULL;
  digest = digest_bytes (digest, (const guint8 *) &numbers, sizeof numbers);
  digest = digest_text (digest, record->name);
  digest = digest_text (digest, record->top_name);
  digest = digest_text (digest, record->folder);
  digest = digest_text (digest, record->final_folder);
  digest = digest_text (digest, record->volume);
  digest = digest_text (digest, record->volume_name);
  digest = digest_text (digest, record->error);
  digest = digest_words (digest, record->labels);
  digest = digest_words (digest, record->tracker_hosts);
  /* Everything else is values, also what will be added; the holes between them are zero or stay as they are. */
  values.name = values.top_name = values.folder = values.final_folder = NULL;
  values.volume = values.volume_name = values.error = NULL;
  values.labels = values.tracker_hosts = NULL;
  values.active_s = values.seeding_s = 0;
  digest = digest_bytes (digest, (const guint8 *) &values, sizeof values);
  return digest != 0 ? digest : 1;
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
  BtSnapshot *older;

  g_mutex_lock (&mailbox->lock);
  older = g_hash_table_lookup (mailbox->newest, &snapshot->id);
  if (older != NULL)
    bt_snapshot_inherit (snapshot, older);
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
