/* bt-entry-wishes.c - what a person can do with a torrent, each wish saved at once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include "store/bt-tracker-hosts.h"
#include "webseeds/bt-web-url.h"

#include <string.h>

/* --- Running --- */

static void
start (BtEntry  *entry,
       gboolean  is_forced)
{
  g_clear_pointer (&entry->record->error, g_free);
  /* SHARE_DONE stays: who starts it again wants it to go on. */
  bt_entry_set_flag (entry, BT_RECORD_PAUSED | BT_RECORD_FAILED, FALSE);
  bt_entry_set_flag (entry, BT_RECORD_FORCED, is_forced);
  /* A person who starts it knows what lies in the folder now. */
  entry->accepts_volume = entry->is_missing;
  entry->is_missing = FALSE;
  entry->was_looked_at = FALSE;
  entry->library->must_judge = TRUE;
  bt_entry_log (entry, BT_MARK_RESUMED, NULL);
  bt_library_judge_queue (entry->library);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_start (BtEntry *entry)
{
  start (entry, FALSE);
}

void
bt_entry_start_forced (BtEntry *entry)
{
  start (entry, TRUE);
}

void
bt_entry_stop (BtEntry *entry)
{
  bt_entry_set_flag (entry, BT_RECORD_PAUSED, TRUE);
  bt_entry_set_flag (entry, BT_RECORD_FORCED, FALSE);
  entry->wants_check = FALSE;
  entry->is_missing = FALSE;
  entry->library->must_judge = TRUE;
  bt_entry_log (entry, BT_MARK_PAUSED, NULL);
  bt_library_judge_queue (entry->library);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_verify (BtEntry *entry)
{
  /* Nothing of it is on disk. */
  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    return;
  bt_entry_set_flag (entry, BT_RECORD_MUST_CHECK, TRUE);
  if (bt_entry_set_flag (entry, BT_RECORD_FAILED, FALSE))
    bt_entry_set_flag (entry, BT_RECORD_PAUSED, TRUE);
  g_clear_pointer (&entry->record->error, g_free);
  entry->accepts_volume = TRUE;
  entry->is_missing = FALSE;
  entry->wants_check = TRUE;
  if (entry->resume != NULL)
    entry->resume->next_check = 0;
  if (entry->swarm != NULL)
    bt_swarm_recheck (entry->swarm);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_announce (BtEntry *entry)
{
  if (entry->swarm != NULL)
    bt_swarm_announce_now (entry->swarm);
  else if (entry->seeker != NULL)
    bt_seeker_announce_now (entry->seeker);
}

void
bt_entry_add_peer (BtEntry         *entry,
                   const BtAddress *address)
{
  BtKnownAddress known = { .address = *address, .sources = BT_SOURCE_PERSON };

  if (entry->swarm != NULL)
    bt_swarm_add_peer (entry->swarm, address, BT_SOURCE_PERSON);
  else if (entry->seeker != NULL)
    bt_seeker_add_peer (entry->seeker, address, BT_SOURCE_PERSON);
  if (entry->swarm != NULL || entry->seeker != NULL)
    {
      bt_session_connect_now (entry->library->session);
      return;
    }
  if (entry->peers == NULL)
    entry->peers = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));
  g_array_append_val (entry->peers, known);
}

/* --- Names --- */

void
bt_entry_set_name (BtEntry    *entry,
                   const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);

  g_strdelimit (valid, "\n\r\t", ' ');
  if (valid[0] == '\0' || g_str_equal (valid, entry->record->name))
    return;
  g_free (entry->record->name);
  entry->record->name = g_steal_pointer (&valid);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

static int
compare_labels (gconstpointer a,
                gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
bt_labels_clean (const char *const *labels)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; labels != NULL && labels[i] != NULL && kept->len < BT_ENTRY_MAX_LABELS; i++)
    {
      char *label = g_strstrip (g_utf8_make_valid (labels[i], -1));

      if (label[0] == '\0' || g_ptr_array_find_with_equal_func (kept, label, g_str_equal, NULL))
        g_free (label);
      else
        g_ptr_array_add (kept, label);
    }
  if (kept->len == 0)
    return NULL;
  g_ptr_array_sort (kept, compare_labels);
  g_ptr_array_add (kept, NULL);
  return (char **) g_ptr_array_steal (kept, NULL);
}

void
bt_entry_set_labels (BtEntry           *entry,
                     const char *const *labels)
{
  g_strfreev (entry->record->labels);
  entry->record->labels = bt_labels_clean (labels);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

/* --- Limits --- */

void
bt_entry_set_limits (BtEntry *entry,
                     guint64  read_bps,
                     guint64  write_bps)
{
  entry->record->read_limit_bps = read_bps;
  entry->record->write_limit_bps = write_bps;
  if (entry->swarm != NULL)
    bt_swarm_set_limits (entry->swarm, read_bps, write_bps);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_set_share_limits (BtEntry      *entry,
                           double        ratio,
                           gint64        seed_time_s,
                           gint64        idle_s,
                           BtAfterShare  after_share)
{
  entry->record->ratio_limit = ratio;
  entry->record->seed_time_limit_s = seed_time_s;
  entry->record->idle_limit_s = idle_s;
  entry->record->after_share = after_share;
  bt_entry_set_flag (entry, BT_RECORD_SHARE_DONE, FALSE);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_set_places (BtEntry *entry,
                     guint    max_peers,
                     guint    upload_slots)
{
  entry->record->max_peers = max_peers;
  entry->record->upload_slots = upload_slots;
  if (entry->swarm != NULL)
    {
      bt_swarm_set_max_peers (entry->swarm, max_peers);
      bt_swarm_set_upload_slots (entry->swarm, upload_slots);
    }
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_set_sequential (BtEntry  *entry,
                         gboolean  is_sequential)
{
  if (!bt_entry_set_flag (entry, BT_RECORD_SEQUENTIAL, is_sequential))
    return;
  if (entry->swarm != NULL)
    bt_swarm_set_sequential (entry->swarm, is_sequential);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

void
bt_entry_set_super_seeding (BtEntry  *entry,
                            gboolean  is_super_seeding)
{
  if (!bt_entry_set_flag (entry, BT_RECORD_SUPER_SEED, is_super_seeding))
    return;
  if (entry->swarm != NULL)
    bt_swarm_set_super_seeding (entry->swarm, is_super_seeding);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}

/* --- What needs the torrent's description --- */

/* A wish that waits until the description is there. */
typedef struct
{
  BtEntry         *entry;
  GArray          *array;      /* owned, nullable */
  BtMetainfo      *metainfo;   /* owned, nullable */
  BtMagnet        *magnet;     /* owned, nullable */
  char           **urls;       /* owned, nullable */
  BtPriority       priority;
  void           (*func) (BtEntry *entry, gpointer wish);
} Wish;

static void
wish_free (Wish *wish)
{
  g_clear_pointer (&wish->array, g_array_unref);
  g_clear_pointer (&wish->metainfo, bt_metainfo_unref);
  g_clear_pointer (&wish->magnet, bt_magnet_unref);
  g_strfreev (wish->urls);
  g_free (wish);
}

/* Of a torrent at rest the description is fetched for the moment. */
static void
wish_loaded_cb (BtStoredTorrent *stored,
                const GError    *error,
                gpointer         user_data)
{
  Wish *wish = user_data;
  BtEntry *entry = wish->entry;

  bt_entry_note_fetched (entry);
  if (entry->is_loaded)
    bt_stored_torrent_free (stored);
  else if (stored != NULL)
    bt_entry_take_stored (entry, stored, NULL);
  if (entry->is_loaded && !entry->is_gone)
    wish->func (entry, wish);
  wish_free (wish);
  bt_library_queue_entry (entry);
}

static void
grant (BtEntry *entry,
       Wish    *wish)
{
  wish->entry = entry;
  /* There is none. */
  if (bt_entry_has (entry, BT_RECORD_MAGNET))
    {
      wish_free (wish);
      return;
    }
  if (entry->is_loaded)
    {
      wish->func (entry, wish);
      wish_free (wish);
      return;
    }
  /* Two loads of one torrent may be under way; the second finds it loaded. */
  bt_entry_fetch (entry, wish_loaded_cb, wish);
}

/* --- Files --- */

/* Which of the pieces are wanted has changed; the swarm, if there is one, tells by itself. */
static void
recount_wanted (BtEntry *entry)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (entry->metainfo);
  BtRecord *record = entry->record;
  g_autofree guint8 *wanted = g_malloc0 (geometry->n_pieces);
  guint32 n_files;

  bt_metainfo_get_files (entry->metainfo, &n_files);
  for (guint32 i = 0; i < n_files; i++)
    {
      const BtFileRecord *file = bt_file_records_get (entry->files, i, FALSE);
      guint32 first, last;

      if ((file == NULL || file->priority != BT_PRIORITY_SKIP) &&
          bt_metainfo_get_file_pieces (entry->metainfo, i, &first, &last))
        memset (wanted + first, 1, last - first + 1);
    }
  record->wanted_bytes = record->done_bytes = 0;
  for (guint32 p = 0; p < geometry->n_pieces; p++)
    if (wanted[p])
      {
        guint32 bytes = bt_geometry_get_piece_bytes (geometry, p);

        record->wanted_bytes += bytes;
        if (entry->resume != NULL && bt_bitfield_get (&entry->resume->have, p))
          record->done_bytes += bytes;
      }
  bt_entry_set_flag (entry, BT_RECORD_COMPLETE, record->done_bytes == record->wanted_bytes);
}

static void
set_priority (BtEntry  *entry,
              gpointer  data)
{
  Wish *wish = data;
  g_autoptr (GArray) valid = g_array_new (FALSE, FALSE, sizeof (guint));
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (entry->metainfo, &n_files);

  for (guint i = 0; i < wish->array->len; i++)
    {
      guint file = g_array_index (wish->array, guint, i);

      if (file >= n_files || (files[file].flags & BT_FILE_PAD) != 0)
        continue;
      bt_file_records_get (entry->files, file, TRUE)->priority = (guint8) wish->priority;
      g_array_append_val (valid, file);
    }
  if (valid->len == 0)
    return;
  if (entry->swarm != NULL)
    bt_swarm_set_file_priorities (entry->swarm, (const guint *) (gconstpointer) valid->data,
                                  valid->len, wish->priority);
  else
    recount_wanted (entry);
  entry->library->must_judge = TRUE;
  bt_entry_wished (entry, BT_DIRTY_FILES | BT_DIRTY_RECORD);
}

void
bt_entry_set_priority (BtEntry      *entry,
                       const GArray *files,
                       BtPriority    priority)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->array = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_vals (wish->array, files->data, files->len);
  wish->priority = priority;
  wish->func = set_priority;
  grant (entry, wish);
}

/* --- Trackers --- */

static GArray *
copy_trackers (const GArray *trackers)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));

  g_array_set_clear_func (copy, bt_tracker_record_clear);
  for (guint i = 0; i < trackers->len && copy->len < BT_METAINFO_MAX_TRACKERS; i++)
    {
      BtTrackerRecord tracker = g_array_index (trackers, BtTrackerRecord, i);

      tracker.url = g_strdup (tracker.url);
      g_array_append_val (copy, tracker);
    }
  return copy;
}

static int
compare_tiers (gconstpointer a,
               gconstpointer b)
{
  guint first = ((const BtTrackerRecord *) a)->tier, second = ((const BtTrackerRecord *) b)->tier;

  return first < second ? -1 : first > second;
}

static void
set_trackers (BtEntry  *entry,
              gpointer  data)
{
  Wish *wish = data;

  g_clear_pointer (&entry->trackers, g_array_unref);
  entry->trackers = g_steal_pointer (&wish->array);
  if (entry->trackers != NULL)
    g_array_sort (entry->trackers, compare_tiers);
  if (entry->swarm != NULL)
    bt_entry_apply_trackers (entry, entry->swarm);
  g_strfreev (entry->record->tracker_hosts);
  entry->record->tracker_hosts = bt_tracker_hosts_of (entry->metainfo, entry->trackers);
  bt_entry_wished (entry, BT_DIRTY_TRACKERS | BT_DIRTY_RECORD);
}

void
bt_entry_set_trackers (BtEntry      *entry,
                       const GArray *trackers)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->array = trackers != NULL ? copy_trackers (trackers) : NULL;
  wish->func = set_trackers;
  grant (entry, wish);
}

static void
append_tracker (GArray     *trackers,
                const char *url,
                guint       tier)
{
  BtTrackerRecord tracker = { .tier = tier };

  if (trackers->len >= BT_METAINFO_MAX_TRACKERS)
    return;
  for (guint i = 0; i < trackers->len; i++)
    if (g_str_equal (g_array_index (trackers, BtTrackerRecord, i).url, url))
      return;
  tracker.url = g_strdup (url);
  g_array_append_val (trackers, tracker);
}

static void
append_tiers (GArray     *trackers,
              BtMetainfo *metainfo)
{
  guint first = 0;

  for (guint i = 0; i < trackers->len; i++)
    first = MAX (first, g_array_index (trackers, BtTrackerRecord, i).tier + 1);
  for (guint i = 0; i < bt_metainfo_get_n_tiers (metainfo); i++)
    {
      const char *const *tier = bt_metainfo_get_tier (metainfo, i);

      for (guint k = 0; tier[k] != NULL; k++)
        append_tracker (trackers, tier[k], first + i);
    }
}

/* A tier of its own for each, behind those that are there. */
static void
append_links (GArray         *trackers,
              const BtMagnet *magnet)
{
  const char *const *urls = bt_magnet_get_trackers (magnet);
  guint tier = 0;

  for (guint i = 0; i < trackers->len; i++)
    tier = MAX (tier, g_array_index (trackers, BtTrackerRecord, i).tier + 1);
  for (guint i = 0; urls[i] != NULL; i++)
    append_tracker (trackers, urls[i], tier + i);
}

static void
merge_trackers (BtEntry  *entry,
                gpointer  data)
{
  Wish *wish = data;
  GArray *trackers;

  if (entry->trackers != NULL)
    trackers = copy_trackers (entry->trackers);
  else
    {
      trackers = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));
      g_array_set_clear_func (trackers, bt_tracker_record_clear);
      append_tiers (trackers, entry->metainfo);
    }
  if (wish->magnet != NULL)
    append_links (trackers, wish->magnet);
  else
    append_tiers (trackers, wish->metainfo);
  wish->array = trackers;
  set_trackers (entry, wish);
}

void
bt_entry_merge_trackers (BtEntry    *entry,
                         BtMetainfo *metainfo)
{
  Wish *wish;

  /* BEP 27: another tracker's peers are not for a private torrent. */
  if (bt_entry_has (entry, BT_RECORD_PRIVATE))
    return;
  wish = g_new0 (Wish, 1);
  wish->metainfo = bt_metainfo_ref (metainfo);
  wish->func = merge_trackers;
  grant (entry, wish);
}

void
bt_entry_merge_magnet (BtEntry  *entry,
                       BtMagnet *magnet)
{
  Wish *wish;

  if (bt_entry_has (entry, BT_RECORD_PRIVATE))
    return;
  wish = g_new0 (Wish, 1);
  wish->magnet = bt_magnet_ref (magnet);
  wish->func = merge_trackers;
  grant (entry, wish);
}

/* --- Web seeds --- */

static void
set_web_seeds (BtEntry  *entry,
               gpointer  data)
{
  Wish *wish = data;

  g_strfreev (entry->web_seeds);
  entry->web_seeds = g_steal_pointer (&wish->urls);
  if (entry->swarm != NULL)
    bt_swarm_set_web_seeds (entry->swarm, (const char *const *) entry->web_seeds);
  bt_entry_wished (entry, BT_DIRTY_WEB_SEEDS);
}

void
bt_entry_set_web_seeds (BtEntry           *entry,
                        const char *const *urls)
{
  g_autoptr (GPtrArray) valid = g_ptr_array_new_with_free_func (g_free);
  Wish *wish = g_new0 (Wish, 1);

  for (gsize i = 0; urls != NULL && urls[i] != NULL && valid->len < BT_METAINFO_MAX_WEB_SEEDS; i++)
    if (bt_web_url_is_valid (urls[i]) &&
        !g_ptr_array_find_with_equal_func (valid, urls[i], g_str_equal, NULL))
      g_ptr_array_add (valid, g_strdup (urls[i]));
  g_ptr_array_add (valid, NULL);
  if (urls != NULL)
    wish->urls = (char **) g_ptr_array_steal (valid, NULL);
  wish->func = set_web_seeds;
  grant (entry, wish);
}

/* --- The queue --- */

void
bt_entry_set_position (BtEntry *entry,
                       guint    index)
{
  BtLibrary *library = entry->library;
  guint old;

  if (!g_ptr_array_find (library->entries, entry, &old))
    return;
  index = MIN (index, library->entries->len - 1);
  if (index == old)
    return;
  g_ptr_array_steal_index (library->entries, old);
  g_ptr_array_insert (library->entries, (int) index, entry);
  for (guint i = 0; i < library->entries->len; i++)
    {
      BtEntry *other = g_ptr_array_index (library->entries, i);

      if (other->record->position == i)
        continue;
      other->record->position = i;
      bt_entry_set_dirty (other, BT_DIRTY_RECORD);
      bt_entry_changed (other);
    }
  library->must_judge = TRUE;
  bt_library_judge_queue (library);
  bt_entry_wished (entry, BT_DIRTY_RECORD);
}
