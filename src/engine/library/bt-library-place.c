/* bt-library-place.c - the folders that torrents lie in: is the drive there, is there room
 *
 * A folder in use is looked at every two seconds, in a worker: a network's file system may take its time. A torrent
 * whose drive or folder has gone waits, and goes on when the same file system is back; it never writes into what
 * lies there instead (bt_storage_set_device() sees to that between two looks).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

BtPlace *
bt_library_get_place (BtLibrary  *library,
                      const char *folder)
{
  BtPlace *place = g_hash_table_lookup (library->places, folder);

  if (place != NULL)
    return place;
  place = g_new0 (BtPlace, 1);
  place->library = library;
  place->folder = g_strdup (folder);
  g_hash_table_insert (library->places, place->folder, place);
  return place;
}

void
bt_place_free (gpointer data)
{
  BtPlace *place = data;

  g_clear_pointer (&place->volume, bt_volume_free);
  g_clear_error (&place->error);
  g_free (place->folder);
  g_free (place);
}

/* --- Room --- */

guint64
bt_library_get_floor (BtLibrary      *library,
                      const BtVolume *volume)
{
  guint64 floor = library->settings.min_free_bytes;

  if (floor == 0)
    floor = MIN (BT_LIBRARY_MIN_FREE_BYTES, volume->total_bytes / 50);
  return floor;
}

guint64
bt_library_count_promised (BtLibrary  *library,
                           const char *volume_id)
{
  guint64 promised = 0;

  for (guint i = 0; i < library->entries->len; i++)
    {
      const BtEntry *entry = g_ptr_array_index (library->entries, i);
      const BtRecord *record = entry->record;

      if (record->volume != NULL && g_str_equal (record->volume, volume_id) &&
          record->preallocation != BT_PREALLOCATE_FULL &&
          (record->flags & (BT_RECORD_PAUSED | BT_RECORD_FAILED)) == 0)
        promised += record->wanted_bytes - MIN (record->done_bytes, record->wanted_bytes);
    }
  return promised;
}

/* A little more than the floor must be free before it goes on. */
static void
judge_room (BtPlace *place)
{
  guint64 floor = bt_library_get_floor (place->library, place->volume);

  if (place->volume->free_bytes < floor)
    place->is_low = TRUE;
  else if (place->volume->free_bytes >= floor + floor / 4)
    place->is_low = FALSE;
}

/* --- Presence --- */

/* Whether two identities can be compared at all: a device's number may be another one after a boot. */
static gboolean
is_other_volume (const char *kept,
                 const char *found)
{
  const char *colon = strchr (kept, ':');

  if (colon == NULL || g_str_has_prefix (kept, "dev:"))
    return FALSE;
  return strncmp (kept, found, (gsize) (colon - kept) + 1) == 0 && !g_str_equal (kept, found);
}

static void
set_missing (BtEntry *entry,
             char    *message)  /* taken */
{
  gboolean was_missing = entry->is_missing;

  g_free (entry->record->error);
  entry->record->error = message;
  entry->is_missing = TRUE;
  if (was_missing)
    return;
  bt_entry_log (entry, BT_MARK_DRIVE_MISSING, message);
  bt_entry_changed (entry);
}

static void
adopt_volume (BtEntry        *entry,
              const BtVolume *volume)
{
  BtRecord *record = entry->record;

  entry->accepts_volume = FALSE;
  if (g_strcmp0 (record->volume, volume->id) == 0)
    return;
  g_free (record->volume);
  g_free (record->volume_name);
  record->volume = g_strdup (volume->id);
  record->volume_name = g_strdup (volume->name);
  bt_entry_set_dirty (entry, BT_DIRTY_RECORD);
}

void
bt_entry_judge_place (BtEntry *entry)
{
  const BtVolume *volume = entry->place->volume;
  BtRecord *record = entry->record;
  gboolean has_data = record->n_have > 0;

  if (volume == NULL)
    {
      set_missing (entry, g_strdup_printf (_("The folder “%s” cannot be looked at: %s"),
                                           record->folder,
                                           entry->place->error != NULL
                                             ? entry->place->error->message : ""));
      return;
    }
  if (!entry->accepts_volume && record->volume != NULL &&
      is_other_volume (record->volume, volume->id))
    {
      set_missing (entry, g_strdup_printf (_("The drive “%s” is not there"), record->volume_name));
      return;
    }
  if (!entry->accepts_volume && has_data && !volume->exists)
    {
      set_missing (entry, g_strdup_printf (_("The folder “%s” is not there"), record->folder));
      return;
    }
  if (entry->is_missing)
    {
      entry->is_missing = FALSE;
      g_clear_pointer (&record->error, g_free);
      bt_entry_changed (entry);
    }
  adopt_volume (entry, volume);
  entry->is_low = entry->place->is_low && !bt_entry_has (entry, BT_RECORD_COMPLETE);
}

/* --- Looking --- */

static void
tell_entries (BtPlace *place)
{
  BtLibrary *library = place->library;

  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);
      gboolean was_low = entry->is_low;

      if (entry->place != place)
        continue;
      if (!entry->was_looked_at)
        bt_library_queue_entry (entry);
      entry->was_looked_at = TRUE;
      if (place->volume == NULL && entry->swarm == NULL && !entry->is_missing)
        continue;
      if (entry->is_missing || entry->swarm != NULL || entry->is_low)
        bt_entry_judge_place (entry);
      if (entry->is_low != was_low)
        bt_entry_changed (entry);
      bt_library_queue_entry (entry);
    }
}

void
bt_place_take_volume (BtPlace      *place,
                      BtVolume     *volume,
                      const GError *error)
{
  place->looked_at_us = bt_library_now_us (place->library);
  g_clear_pointer (&place->volume, bt_volume_free);
  g_clear_error (&place->error);
  place->volume = volume;
  if (volume == NULL)
    place->error = g_error_copy (error);
  else
    judge_room (place);
}

static void
looked_cb (BtVolume     *volume,
           const GError *error,
           gpointer      user_data)
{
  BtPlace *place = user_data;

  place->library->n_looks--;
  place->is_looking = FALSE;
  bt_place_take_volume (place, volume, error);
  tell_entries (place);
  bt_library_continue_close (place->library);
}

void
bt_place_look (BtPlace *place)
{
  if (place->is_looking)
    return;
  place->is_looking = TRUE;
  place->library->n_looks++;
  bt_volume_look_async (bt_library_get_disk (place->library), place->folder, looked_cb, place);
}

void
bt_library_tick_places (BtLibrary *library)
{
  gint64 now_us = bt_library_now_us (library);

  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (library->entries, i);
      BtPlace *place = entry->place;

      if (place == NULL || place->is_looking ||
          now_us - place->looked_at_us < BT_LIBRARY_PLACE_US ||
          (entry->swarm == NULL && !entry->is_missing && !entry->is_low))
        continue;
      bt_place_look (place);
    }
}
