/* bt-entry-export.c - a torrent for others: its link and its .torrent file, with the trackers that it has now
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

/* Who asked. */
typedef struct
{
  BtEntry           *entry;
  BtEntryExportFunc  func;
  gpointer           user_data;
} Export;

static void
answer (Export       *export,
        const GError *error)
{
  BtEntry *entry = export->entry;
  g_autoptr (GPtrArray) holder = NULL;
  g_autofree const char *const *const *tiers = NULL;
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autofree char *link = NULL;

  if (entry->is_loaded)
    {
      if (entry->trackers != NULL)
        tiers = bt_entry_make_tiers (entry, &holder);
      magnet = bt_magnet_new_from_metainfo (entry->metainfo, tiers);
      file = bt_metainfo_dup_file (entry->metainfo, tiers);
    }
  else if (entry->magnet != NULL)
    magnet = bt_magnet_ref (entry->magnet);
  link = magnet != NULL ? bt_magnet_to_uri (magnet) : NULL;
  export->func (link, file, error, export->user_data);
  g_free (export);
}

static void
loaded_cb (BtStoredTorrent *stored,
           const GError    *error,
           gpointer         user_data)
{
  Export *export = user_data;
  BtEntry *entry = export->entry;
  g_autoptr (GError) own_error = error != NULL ? g_error_copy (error) : NULL;

  bt_entry_note_fetched (entry);
  if (entry->is_loaded || entry->magnet != NULL)
    bt_stored_torrent_free (stored);
  else if (stored != NULL)
    bt_entry_take_stored (entry, stored, &own_error);
  answer (export, own_error);
  bt_library_queue_entry (entry);
}

void
bt_entry_export_async (BtEntry           *entry,
                       BtEntryExportFunc  func,
                       gpointer           user_data)
{
  Export *export = g_new0 (Export, 1);

  export->entry = entry;
  export->func = func;
  export->user_data = user_data;
  if (entry->is_loaded || entry->magnet != NULL)
    {
      answer (export, NULL);
      return;
    }
  bt_entry_fetch (entry, loaded_cb, export);
}
