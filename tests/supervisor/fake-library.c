/* fake-library.c - a library that writes down what it is asked for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "fake-library.h"

#include <stdarg.h>
#include <string.h>

struct _BtEntry
{
  BtLibrary *library;     /* borrowed */
  BtRecord  *record;      /* owned */
  BtSwarm   *swarm;       /* the session's; nullable */
  gboolean   is_watched;
};

struct _BtLibrary
{
  BtSession          *session;
  GPtrArray          *entries;
  const BtLibraryOps *ops;
  gpointer            owner;
  GPtrArray          *previews;  /* BtPreview */
  guint64             last_id;
  gboolean            is_alternative;
};

static FakePlan plan;
static GMutex   log_lock;
static GString *log_text;

void
fake_library_plan (const FakePlan *new_plan)
{
  plan = *new_plan;
}

char *
fake_library_take_log (void)
{
  char *text;

  g_mutex_lock (&log_lock);
  text = log_text != NULL ? g_string_free (g_steal_pointer (&log_text), FALSE) : g_strdup ("");
  g_mutex_unlock (&log_lock);
  return text;
}

static void G_GNUC_PRINTF (1, 2)
note (const char *format,
      ...)
{
  va_list arguments;

  g_mutex_lock (&log_lock);
  if (log_text == NULL)
    log_text = g_string_new (NULL);
  va_start (arguments, format);
  g_string_append_vprintf (log_text, format, arguments);
  va_end (arguments);
  g_string_append_c (log_text, '\n');
  g_mutex_unlock (&log_lock);
}

static void
changed (BtEntry *entry)
{
  entry->library->ops->changed (entry->library->owner, entry);
}

/* --- The list --- */

static void
entry_free (gpointer data)
{
  BtEntry *entry = data;

  bt_record_free (entry->record);
  g_free (entry);
}

static BtEntry *
entry_new (BtLibrary  *library,
           const char *name)
{
  BtEntry *entry = g_new0 (BtEntry, 1);

  entry->library = library;
  entry->record = bt_record_new ();
  entry->record->id = ++library->last_id;
  entry->record->name = g_strdup (name);
  entry->record->total_bytes = 1000;
  entry->record->wanted_bytes = 1000;
  entry->record->position = library->entries->len;
  memcpy (entry->record->info_hash, &library->last_id, sizeof library->last_id);
  g_ptr_array_add (library->entries, entry);
  return entry;
}

static void
state_changed_cb (gpointer  owner,
                  BtSwarm  *swarm)
{
  BtLibrary *library = owner;

  for (guint i = 0; i < library->entries->len; i++)
    if (((BtEntry *) library->entries->pdata[i])->swarm == swarm)
      changed (library->entries->pdata[i]);
}

static void
ticked_cb (gpointer owner)
{
  BtLibrary *library = owner;

  library->ops->ticked (library->owner);
}

static const BtSessionOps session_ops = {
  .state_changed = state_changed_cb,
  .ticked = ticked_cb,
};

BtLibrary *
bt_library_new (GMainContext           *context,
                BtClock                *clock,
                const BtLibraryConfig  *config,
                const BtLibraryOps     *ops,
                gpointer                owner,
                GError                **error)
{
  BtLibrary *library;

  if (plan.open_error != 0)
    {
      g_set_error (error, BT_STORE_ERROR, plan.open_error - 1, "%s: made up", config->state_path);
      return NULL;
    }
  library = g_new0 (BtLibrary, 1);
  library->ops = ops;
  library->owner = owner;
  library->is_alternative = plan.is_alternative;
  library->session = bt_session_new (context, clock, &config->session, &session_ops, library,
                                     error);
  if (library->session == NULL)
    {
      g_free (library);
      return NULL;
    }
  library->entries = g_ptr_array_new_with_free_func (entry_free);
  library->previews = g_ptr_array_new ();
  for (guint i = 0; i < plan.n_torrents; i++)
    entry_new (library, "of the state");
  return library;
}

void
bt_library_begin (BtLibrary *library)
{
  note ("begin");
  if (library->entries->len > 0)
    changed (library->entries->pdata[0]);
}

void
bt_library_close_async (BtLibrary  *library,
                        void      (*func) (gpointer user_data),
                        gpointer    user_data)
{
  while (library->previews->len > 0)
    bt_preview_cancel (g_ptr_array_index (library->previews, 0));
  bt_session_close_async (library->session, func, user_data);
}

void
bt_library_free (BtLibrary *library)
{
  bt_session_free (library->session);
  g_ptr_array_unref (library->entries);
  g_ptr_array_unref (library->previews);
  g_free (library);
}

BtSession *
bt_library_get_session (BtLibrary *library)
{
  return library->session;
}

void
bt_library_set_settings (BtLibrary        *library,
                         const BtSettings *settings)
{
  note ("settings %u %u", settings->max_downloads, settings->use_alternative);
  library->is_alternative = settings->use_alternative;
  bt_session_set_limits (library->session, settings->read_limit_bps, settings->write_limit_bps);
}

void
bt_library_ban (BtLibrary       *library,
                const BtAddress *address)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  note ("ban %s", bt_address_ip_to_string (address, buffer));
}

void
bt_library_unban (BtLibrary       *library,
                  const BtAddress *address)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  note ("unban %s", bt_address_ip_to_string (address, buffer));
}

void
bt_library_set_block_list (BtLibrary   *library,
                           BtBlockList *list)
{
  note ("block_list %u", list != NULL ? bt_block_list_get_n_ranges (list) : 0);
}

BtOverview *
bt_library_get_overview (BtLibrary *library)
{
  BtOverview *overview = g_new0 (BtOverview, 1);

  overview->sent_bytes = 17;
  return overview;
}

void
bt_library_network_changed (BtLibrary *library)
{
}

void
bt_library_ask_routers (BtLibrary *library)
{
  note ("ask_routers");
}

GArray *
bt_library_get_sockets (BtLibrary *library)
{
  return g_array_new (FALSE, TRUE, sizeof (BtSocketFacts));
}

BtNetworkFacts *
bt_library_get_network (BtLibrary *library)
{
  BtNetworkFacts *facts = g_new0 (BtNetworkFacts, 1);

  facts->port = 18;
  return facts;
}

gboolean
bt_library_is_alternative (BtLibrary *library)
{
  return library->is_alternative;
}

const GPtrArray *
bt_library_get_entries (BtLibrary *library)
{
  return library->entries;
}

BtEntry *
bt_library_find (BtLibrary *library,
                 guint64    id)
{
  for (guint i = 0; i < library->entries->len; i++)
    if (((BtEntry *) library->entries->pdata[i])->record->id == id)
      return library->entries->pdata[i];
  return NULL;
}

BtEntry *
bt_library_find_hash (BtLibrary    *library,
                      const guint8 *info_hash)
{
  for (guint i = 0; i < library->entries->len; i++)
    if (memcmp (((BtEntry *) library->entries->pdata[i])->record->info_hash, info_hash,
                BT_RECORD_HASH_BYTES) == 0)
      return library->entries->pdata[i];
  return NULL;
}

void
bt_library_save (BtLibrary   *library,
                 BtStoreFunc  func,
                 gpointer     user_data)
{
  func (NULL, user_data);
}

/* --- Adding and removing --- */

static BtSwarm *
add_swarm (BtLibrary           *library,
           const BtAddRequest  *request,
           GError             **error)
{
  BtSwarmConfig config = {
    .folder = request->folder,
    .preallocate = request->preallocate,
    .max_peers = request->max_peers,
    .upload_slots = request->upload_slots,
    .read_limit_bps = request->read_limit_bps,
    .write_limit_bps = request->write_limit_bps,
    .is_sequential = request->is_sequential,
    .use_trackers = !request->no_trackers,
    .must_be_complete = request->must_be_complete,
  };
  BtSwarm *swarm = bt_session_add (library->session, request->metainfo, &config, error);
  guint32 n_files;

  if (swarm == NULL)
    return NULL;
  bt_metainfo_get_files (request->metainfo, &n_files);
  for (guint32 i = 0; request->selected != NULL && i < n_files; i++)
    bt_swarm_set_file_priority (swarm, i, BT_PRIORITY_SKIP);
  for (guint i = 0; request->selected != NULL && i < request->selected->len; i++)
    bt_swarm_set_file_priority (swarm, g_array_index (request->selected, guint, i),
                                BT_PRIORITY_NORMAL);
  for (guint i = 0; request->peers != NULL && i < request->peers->len; i++)
    bt_swarm_add_peer (swarm, &g_array_index (request->peers, BtAddress, i), BT_SOURCE_PERSON);
  return swarm;
}

static void
note_request (const BtAddRequest *request)
{
  g_autofree char *labels = request->labels != NULL
                            ? g_strjoinv ("+", (char **) request->labels) : g_strdup ("-");

  note ("add %s %s %d%d%d%d%d%d", request->incomplete_folder, labels, request->is_paused,
        request->is_sequential, request->no_trackers, request->must_be_complete,
        request->ignore_space, request->share_files);
}

void
bt_library_add_async (BtLibrary          *library,
                      const BtAddRequest *request,
                      BtEntryFunc         func,
                      gpointer            user_data)
{
  g_autoptr (GError) error = NULL;
  BtSwarm           *swarm = NULL;
  BtEntry           *entry;

  note_request (request);
  if (plan.add_error != 0)
    error = g_error_new_literal (G_IO_ERROR, plan.add_error - 1, "made up");
  else
    swarm = add_swarm (library, request, &error);
  if (swarm == NULL)
    {
      func (NULL, error, user_data);
      return;
    }
  entry = entry_new (library, bt_metainfo_get_display_name (request->metainfo));
  entry->swarm = swarm;
  memcpy (entry->record->info_hash, bt_metainfo_get_info_hash_v1 (request->metainfo),
          BT_RECORD_HASH_BYTES);
  library->ops->added (library->owner, entry);
  if (!request->is_paused)
    bt_swarm_start (swarm);
  func (entry, NULL, user_data);
}

void
bt_entry_remove_async (BtEntry         *entry,
                       BtRemoveData     data,
                       BtEntryTaskFunc  func,
                       gpointer         user_data)
{
  static const char *const kept[] = { "/kept/file", NULL };
  BtLibrary         *library = entry->library;
  g_autoptr (GError) error = NULL;

  note ("remove %d", data);
  if (plan.remove_fails)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no trash");
      func (error, NULL, user_data);
      return;
    }
  library->ops->removed (library->owner, entry);
  if (entry->swarm != NULL)
    bt_session_remove (library->session, entry->swarm);
  g_ptr_array_remove (library->entries, entry);
  func (NULL, data == BT_REMOVE_KEEP_DATA ? NULL : kept, user_data);
}

void
bt_entry_move_async (BtEntry         *entry,
                     const char      *folder,
                     BtEntryTaskFunc  func,
                     gpointer         user_data)
{
  note ("move %s", folder);
  if (!plan.is_silent)
    func (NULL, NULL, user_data);
}

void
bt_entry_cancel_move (BtEntry *entry)
{
  note ("cancel_move");
}

void
bt_entry_rename_async (BtEntry         *entry,
                       guint32          file,
                       const char      *from,
                       const char      *to,
                       BtEntryTaskFunc  func,
                       gpointer         user_data)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_EXISTS, "made up");

  note ("rename %u %s %s", file, from, to);
  if (!plan.is_silent)
    func (strcmp (to, "bad") == 0 ? error : NULL, NULL, user_data);
}

void
bt_entry_export_async (BtEntry           *entry,
                       BtEntryExportFunc  func,
                       gpointer           user_data)
{
  g_autoptr (GBytes) file = g_bytes_new_static ("de", 2);

  note ("export");
  if (!plan.is_silent)
    func ("magnet:?xt=made-up", file, NULL, user_data);
}

/* --- Magnet links --- */

const guint8 *
bt_add_request_get_hash (const BtAddRequest *request)
{
  return bt_metainfo_get_info_hash_v1 (request->metainfo);
}

struct _BtPreview
{
  BtLibrary    *library;
  BtPreviewFunc func;
  gpointer      user_data;
};

BtPreview *
bt_library_preview (BtLibrary      *library,
                    BtMagnet       *magnet,
                    const GArray   *peers,
                    BtPreviewFunc   func,
                    gpointer        user_data,
                    GError        **error)
{
  BtPreview *preview = g_new0 (BtPreview, 1);

  note ("preview %u", peers != NULL ? peers->len : 0);
  preview->library = library;
  preview->func = func;
  preview->user_data = user_data;
  g_ptr_array_add (library->previews, preview);
  return preview;
}

void
bt_preview_cancel (BtPreview *preview)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "made up");
  g_autoptr (GArray) known = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));

  note ("preview cancelled");
  g_ptr_array_remove_fast (preview->library->previews, preview);
  preview->func (NULL, known, error, preview->user_data);
  g_free (preview);
}

void
bt_preview_get_facts (BtPreview    *preview,
                      BtSwarmFacts *out_facts)
{
  *out_facts = (BtSwarmFacts) { .state = BT_SWARM_SEEKING, .n_met = 7 };
}

/* --- Wishes --- */

void
bt_entry_start (BtEntry *entry)
{
  note ("start");
  if (entry->swarm != NULL)
    bt_swarm_start (entry->swarm);
}

void
bt_entry_start_forced (BtEntry *entry)
{
  note ("start_forced");
}

void
bt_entry_stop (BtEntry *entry)
{
  note ("stop");
  if (entry->swarm != NULL)
    bt_swarm_stop (entry->swarm);
}

void
bt_entry_verify (BtEntry *entry)
{
  note ("verify");
  if (entry->swarm != NULL)
    bt_swarm_verify (entry->swarm);
}

void
bt_entry_announce (BtEntry *entry)
{
  note ("announce");
}

void
bt_entry_add_peer (BtEntry         *entry,
                   const BtAddress *address)
{
  char text[BT_ADDRESS_STRING_BYTES];

  bt_address_to_string (address, text);
  note ("add_peer %s", text);
  if (entry->swarm != NULL)
    bt_swarm_add_peer (entry->swarm, address, BT_SOURCE_PERSON);
}

void
bt_entry_set_name (BtEntry    *entry,
                   const char *name)
{
  note ("set_name %s", name);
  g_free (entry->record->name);
  entry->record->name = g_strdup (name);
  changed (entry);
}

void
bt_entry_set_labels (BtEntry           *entry,
                     const char *const *labels)
{
  g_autofree char *text = g_strjoinv ("+", (char **) labels);

  note ("set_labels %s", text);
  g_strfreev (entry->record->labels);
  entry->record->labels = g_strdupv ((char **) labels);
  changed (entry);
}

void
bt_entry_set_limits (BtEntry *entry,
                     guint64  read_bps,
                     guint64  write_bps)
{
  note ("set_limits %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, read_bps, write_bps);
  if (entry->swarm != NULL)
    bt_swarm_set_limits (entry->swarm, read_bps, write_bps);
}

void
bt_entry_set_share_limits (BtEntry      *entry,
                           double        ratio,
                           gint64        seed_time_s,
                           gint64        idle_s,
                           BtAfterShare  after_share)
{
  note ("set_share_limits %g %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d", ratio, seed_time_s,
        idle_s, after_share);
}

void
bt_entry_set_places (BtEntry *entry,
                     guint    max_peers,
                     guint    upload_slots)
{
  note ("set_places %u %u", max_peers, upload_slots);
}

void
bt_entry_set_sequential (BtEntry  *entry,
                         gboolean  is_sequential)
{
  note ("set_sequential %d", is_sequential);
}

void
bt_entry_set_super_seeding (BtEntry  *entry,
                            gboolean  is_super_seeding)
{
  note ("set_super_seeding %d", is_super_seeding);
}

void
bt_entry_set_priority (BtEntry      *entry,
                       const GArray *files,
                       BtPriority    priority)
{
  note ("set_priority %u %u %d", files->len,
        files->len > 0 ? g_array_index (files, guint, files->len - 1) : 0, priority);
}

void
bt_entry_set_trackers (BtEntry      *entry,
                       const GArray *trackers)
{
  if (trackers == NULL)
    note ("set_trackers own");
  for (guint i = 0; trackers != NULL && i < trackers->len; i++)
    note ("set_trackers %u %s", g_array_index (trackers, BtTrackerRecord, i).tier,
          g_array_index (trackers, BtTrackerRecord, i).url);
}

void
bt_entry_merge_magnet (BtEntry  *entry,
                       BtMagnet *magnet)
{
  note ("merge_magnet %s", bt_magnet_get_name (magnet));
}

void
bt_entry_set_web_seeds (BtEntry           *entry,
                        const char *const *urls)
{
  if (urls == NULL)
    note ("set_web_seeds own");
  for (gsize i = 0; urls != NULL && urls[i] != NULL; i++)
    note ("set_web_seeds %s", urls[i]);
}

void
bt_entry_merge_trackers (BtEntry    *entry,
                         BtMetainfo *metainfo)
{
  note ("merge_trackers %s", bt_metainfo_get_name (metainfo));
}

/* With the last place the torrent goes: so the library removes by itself. */
void
bt_entry_set_position (BtEntry *entry,
                       guint    index)
{
  note ("set_position %u", index);
  entry->record->position = index;
  changed (entry);
  if (index != G_MAXUINT)
    return;
  entry->library->ops->removed (entry->library->owner, entry);
  g_ptr_array_remove (entry->library->entries, entry);
}

/* --- Reading --- */

guint64
bt_entry_get_id (BtEntry *entry)
{
  return entry->record->id;
}

const BtRecord *
bt_entry_get_record (BtEntry *entry)
{
  return entry->record;
}

void
bt_entry_get_facts (BtEntry      *entry,
                    BtSwarmFacts *out_facts)
{
  if (entry->swarm != NULL)
    {
      bt_swarm_get_facts (entry->swarm, out_facts);
      return;
    }
  *out_facts = (BtSwarmFacts) {
    .total_bytes = entry->record->total_bytes,
    .wanted_bytes = entry->record->wanted_bytes,
    .left_us = -1,
  };
}

guint64
bt_entry_get_news (BtEntry *entry)
{
  return 0;
}

gboolean
bt_entry_is_quiet (BtEntry *entry)
{
  BtSwarmState state = entry->swarm != NULL ? bt_swarm_get_state (entry->swarm) : BT_SWARM_STOPPED;

  return state == BT_SWARM_STOPPED || state == BT_SWARM_FAILED;
}

void
bt_entry_set_watched (BtEntry  *entry,
                      gboolean  is_watched)
{
  note ("set_watched %d", is_watched);
  entry->is_watched = is_watched;
}

BtDetails *
bt_entry_get_details (BtEntry *entry)
{
  BtDetails *details;

  if (entry->swarm == NULL || !entry->is_watched)
    return NULL;
  details = g_new0 (BtDetails, 1);
  details->metainfo = bt_metainfo_ref (bt_swarm_get_metainfo (entry->swarm));
  details->peer_rows = bt_swarm_get_peer_rows (entry->swarm);
  details->tracker_rows = bt_swarm_get_tracker_rows (entry->swarm);
  details->piece_map = g_bytes_new_static ("map", 3);
  details->history = g_bytes_new_static ("history", 7);
  return details;
}

void
bt_details_free (BtDetails *details)
{
  if (details == NULL)
    return;
  g_clear_pointer (&details->metainfo, bt_metainfo_unref);
  g_clear_pointer (&details->peer_rows, g_array_unref);
  g_clear_pointer (&details->tracker_rows, g_array_unref);
  g_clear_pointer (&details->file_rows, g_array_unref);
  g_clear_pointer (&details->piece_map, g_bytes_unref);
  g_clear_pointer (&details->history, g_bytes_unref);
  g_free (details);
}
