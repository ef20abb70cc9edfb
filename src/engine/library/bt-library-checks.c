/* bt-library-checks.c - one check at a time on a disk that has to seek
 *
 * Elsewhere as many as there are: they share the piece workers anyhow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

static const char *
get_seeking_volume (const BtEntry *entry)
{
  const BtVolume *volume = entry->place != NULL ? entry->place->volume : NULL;

  int seam = entry->library->seek_seam;

  return volume != NULL && (seam != 0 ? seam > 0 : volume->is_rotational) ? volume->id : NULL;
}

static gboolean
is_disk_taken (BtEntry *entry)
{
  const char *id = get_seeking_volume (entry);
  GHashTableIter iter;
  gpointer value;

  if (id == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, entry->library->by_swarm);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BtEntry *other = value;

      if (other != entry && other->is_checking &&
          g_strcmp0 (get_seeking_volume (other), id) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
bt_library_may_check (gpointer  user_data,
                      BtSwarm  *swarm)
{
  BtLibrary *library = user_data;
  BtEntry *entry = g_hash_table_lookup (library->by_swarm, swarm);

  if (entry == NULL)
    return TRUE;
  entry->is_checking = !is_disk_taken (entry);
  entry->waits_to_check = !entry->is_checking;
  return entry->is_checking;
}

void
bt_entry_end_check (BtEntry *entry)
{
  BtLibrary *library = entry->library;

  entry->waits_to_check = FALSE;
  if (!entry->is_checking)
    return;
  entry->is_checking = FALSE;
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *other = g_ptr_array_index (library->entries, i);

      if (!other->waits_to_check || other->swarm == NULL || is_disk_taken (other))
        continue;
      other->waits_to_check = FALSE;
      other->is_checking = TRUE;
      bt_swarm_check_now (other->swarm);
    }
}
