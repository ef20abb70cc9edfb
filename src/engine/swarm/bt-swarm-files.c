/* bt-swarm-files.c - a torrent's files: which are wanted, what they are called, how much is there
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include "metainfo/bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const BtFile *
get_file (BtSwarm *swarm,
          guint32  file)
{
  return &bt_metainfo_get_files (swarm->metainfo, NULL)[file];
}

const char *
bt_swarm_get_file_path (BtSwarm *swarm,
                        guint32  file)
{
  if (swarm->paths != NULL && swarm->paths[file] != NULL)
    return swarm->paths[file];
  return get_file (swarm, file)->path;
}

/* --- The storage --- */

static void
find_wanted (BtSwarm    *swarm,
             BtBitfield *out_wanted)
{
  for (guint32 i = 0; i < out_wanted->n_bits; i++)
    if (swarm->priorities[i] != BT_PRIORITY_SKIP)
      bt_bitfield_set (out_wanted, i);
}

void
bt_swarm_open_storage (BtSwarm *swarm)
{
  BtStorage *storage = bt_storage_new (swarm->env->disk, swarm->metainfo, swarm->folder,
                                       swarm->preallocate);

  swarm->storage = storage;
  bt_storage_set_device (storage, swarm->device);
  bt_storage_set_use_suffix (storage, swarm->use_suffix);
  if (swarm->parts_path != NULL)
    bt_storage_set_parts (storage, swarm->parts_path);
  if (swarm->resume != NULL)
    {
      bt_storage_set_suffixed (storage, &swarm->resume->suffixed);
      bt_storage_set_made (storage, &swarm->resume->made);
    }
  bt_bitfield_set_none (&swarm->wanted);
  find_wanted (swarm, &swarm->wanted);
  for (guint32 i = 0; i < swarm->wanted.n_bits; i++)
    {
      if (swarm->paths != NULL && swarm->paths[i] != NULL)
        bt_storage_set_path (storage, i, swarm->paths[i]);
      if (!bt_bitfield_get (&swarm->wanted, i))
        bt_storage_set_wanted (storage, i, FALSE);
    }
}

static void
wanted_cb (BtStorage    *storage,
           const GError *error,
           gpointer      user_data)
{
  BtSwarm *swarm = user_data;

  swarm->is_dirty = TRUE;
  if (swarm->is_stopping)
    return;
  /* It was complete, and had nothing to prepare: now this has done it. */
  if (bt_swarm_is_running (swarm))
    swarm->has_prepared = TRUE;
  if (error == NULL)
    swarm->must_change_wanted = FALSE;
  else if (g_error_matches (error, BT_STORAGE_ERROR, BT_STORAGE_ERROR_NO_SPACE) &&
           bt_swarm_is_running (swarm))
    {
      swarm->must_change_wanted = TRUE;
      bt_swarm_wait_for_space (swarm, error);
    }
  else
    bt_swarm_fail (swarm, error);
  /* All of a file may have been in the parts. */
  if (error == NULL && bt_swarm_is_running (swarm))
    {
      bt_swarm_count_file_pieces (swarm);
      bt_swarm_complete_files (swarm);
    }
  /* Waiting for room has ended: the pieces that found none are tried. */
  if (error == NULL && swarm->state == BT_SWARM_NO_SPACE)
    bt_swarm_space_cb (swarm);
}

void
bt_swarm_change_wanted (BtSwarm *swarm)
{
  bt_bitfield_set_none (&swarm->wanted);
  find_wanted (swarm, &swarm->wanted);
  bt_storage_change_wanted (swarm->storage, &swarm->wanted, wanted_cb, swarm);
}

/* --- Priorities --- */

/* A piece is as urgent as the most urgent file in it. */
void
bt_swarm_apply_priorities (BtSwarm *swarm)
{
  g_autofree guint8 *pieces = g_malloc0 (swarm->geometry->n_pieces);

  for (guint32 i = 0; i < swarm->wanted.n_bits; i++)
    {
      guint32 first, last;

      if (!bt_metainfo_get_file_pieces (swarm->metainfo, i, &first, &last))
        continue;
      for (guint32 p = first; p <= last; p++)
        pieces[p] = MAX (pieces[p], swarm->priorities[i]);
    }
  swarm->has_skips = FALSE;
  for (guint32 p = 0; p < swarm->geometry->n_pieces; p++)
    {
      if (bt_bitfield_get (&swarm->lost, p))
        pieces[p] = BT_PRIORITY_SKIP;
      bt_picker_set_priority (swarm->picker, p, pieces[p]);
      swarm->has_skips |= pieces[p] == BT_PRIORITY_SKIP;
    }
}

static gboolean
has_wanted_changed (BtSwarm *swarm)
{
  for (guint32 i = 0; i < swarm->wanted.n_bits; i++)
    if (bt_bitfield_get (&swarm->wanted, i) != (swarm->priorities[i] != BT_PRIORITY_SKIP))
      return TRUE;
  return FALSE;
}

/* It was complete and is not any more. */
static void
download_again (BtSwarm *swarm)
{
  bt_swarm_set_state (swarm, BT_SWARM_DOWNLOADING);
  if (swarm->state != BT_SWARM_DOWNLOADING)
    return;
  bt_swarm_reopen (swarm);
  /* Those who have everything were let go. */
  bt_known_peers_try_again (swarm->known, bt_clock_get_us (swarm->env->clock));
  if (swarm->trackers != NULL)
    bt_trackers_announce_now (swarm->trackers, FALSE);
}

/* It goes on with what is wanted now. */
static void
follow_priorities (BtSwarm *swarm)
{
  swarm->n_news++;
  if (swarm->storage == NULL || swarm->is_stopping)
    return;
  bt_swarm_apply_priorities (swarm);
  /* What is only checked is left as it is; the next start sees to it. */
  if (!swarm->is_verify_only && has_wanted_changed (swarm))
    bt_swarm_change_wanted (swarm);
  if (swarm->state == BT_SWARM_SEEDING && !bt_swarm_is_complete (swarm))
    download_again (swarm);
  else
    bt_swarm_check_complete (swarm);
  if (!bt_swarm_is_running (swarm))
    return;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (sp->is_greeted)
        bt_swarm_update_interest (swarm, sp);
    }
  bt_swarm_queue_upkeep (swarm);
}

void
bt_swarm_set_file_priorities (BtSwarm     *swarm,
                              const guint *files,
                              guint        n_files,
                              BtPriority   priority)
{
  gboolean has_changed = FALSE;

  for (guint i = 0; i < n_files; i++)
    if (files[i] < swarm->wanted.n_bits && swarm->priorities[files[i]] != priority)
      {
        swarm->priorities[files[i]] = (guint8) priority;
        has_changed = TRUE;
      }
  if (has_changed)
    follow_priorities (swarm);
}

void
bt_swarm_set_file_priority (BtSwarm    *swarm,
                            guint       file,
                            BtPriority  priority)
{
  bt_swarm_set_file_priorities (swarm, &file, 1, priority);
}

/* --- Paths --- */

static void
set_path (BtSwarm    *swarm,
          guint32     file,
          const char *path)
{
  if (swarm->paths == NULL)
    swarm->paths = g_new0 (char *, swarm->wanted.n_bits);
  g_free (swarm->paths[file]);
  swarm->paths[file] = g_str_equal (path, get_file (swarm, file)->path) ? NULL
                                                                             : g_strdup (path);
}

/* As the metainfo makes its own. */
static gboolean
is_safe_path (const char *path)
{
  g_auto (GStrv) components = NULL;
  g_autoptr (GString) safe = g_string_new (NULL);

  if (strlen (path) > BT_SAFE_PATH_MAX_BYTES)
    return FALSE;
  components = g_strsplit (path, "/", BT_SAFE_PATH_MAX_COMPONENTS + 1);
  for (guint i = 0; components[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (safe, '/');
      bt_safe_component_append (safe, (const guint8 *) components[i], strlen (components[i]), NULL);
    }
  return g_strv_length (components) <= BT_SAFE_PATH_MAX_COMPONENTS &&
         g_str_equal (safe->str, path);
}

void
bt_swarm_apply_records (BtSwarm             *swarm,
                        const BtSwarmConfig *config)
{
  for (guint i = 0; i < config->n_file_records; i++)
    {
      const BtFileRecord *record = &config->file_records[i];

      if (record->index >= swarm->wanted.n_bits)
        continue;
      swarm->priorities[record->index] = (guint8) MIN (record->priority, BT_PRIORITY_HIGH);
      if (record->path != NULL && is_safe_path (record->path))
        set_path (swarm, record->index, record->path);
    }
}

/* --- Renaming --- */

typedef struct
{
  BtSwarm     *swarm;
  char        *path;
  BtSwarmFunc  func;
  gpointer     user_data;
  guint32      file;
} Rename;

static void
renamed_cb (BtStorage    *storage,
            const GError *error,
            gpointer      user_data)
{
  Rename *rename = user_data;
  BtSwarm *swarm = rename->swarm;
  BtSwarmFunc func = rename->func;

  if (error == NULL)
    set_path (swarm, rename->file, rename->path);
  swarm->is_dirty = TRUE;
  if (swarm->is_errand && !swarm->is_closing_storage)
    {
      swarm->is_closing_storage = TRUE;
      bt_storage_close_async (storage, TRUE, bt_swarm_closed_cb, swarm);
    }
  user_data = rename->user_data;
  g_free (rename->path);
  g_free (rename);
  func (swarm, error, user_data);
}

void
bt_swarm_rename_file (BtSwarm     *swarm,
                      guint        file,
                      const char  *path,
                      BtSwarmFunc  func,
                      gpointer     user_data)
{
  Rename *rename;

  if (file >= swarm->wanted.n_bits || !is_safe_path (path))
    {
      g_autoptr (GError) error = NULL;

      error = g_error_new (BT_STORAGE_ERROR, BT_STORAGE_ERROR_UNSAFE,
                           _("A file cannot be called “%s” here"), path);
      func (swarm, error, user_data);
      return;
    }
  if (swarm->storage == NULL)
    {
      swarm->is_errand = TRUE;
      swarm->is_stopping = TRUE;
      swarm->is_closing_storage = FALSE;
      swarm->state = BT_SWARM_STOPPING;
      bt_swarm_open_storage (swarm);
    }
  rename = g_new0 (Rename, 1);
  rename->swarm = swarm;
  rename->file = file;
  rename->path = g_strdup (path);
  rename->func = func;
  rename->user_data = user_data;
  bt_storage_rename_file (swarm->storage, file, path, renamed_cb, rename);
}

/* --- Whole files lose their suffix --- */

static void
completed_cb (BtStorage    *storage,
              const GError *error,
              gpointer      user_data)
{
  BtSwarm *swarm = user_data;

  swarm->is_dirty = TRUE;
  swarm->n_completing--;
  /* Its data is whole and can be shared under any name; but somebody will look for it. */
  if (error != NULL && swarm->error == NULL && !swarm->is_stopping)
    {
      swarm->error = g_error_copy (error);
      bt_swarm_tell (swarm);
    }
  if (swarm->n_completing == 0)
    bt_swarm_check_complete (swarm);
}

void
bt_swarm_complete_files (BtSwarm *swarm)
{
  const BtBitfield *suffixed;

  if (swarm->whole_files->len == 0)
    return;
  suffixed = bt_storage_get_suffixed (swarm->storage);
  for (guint i = 0; i < swarm->whole_files->len; i++)
    {
      guint32 file = g_array_index (swarm->whole_files, guint32, i);

      if (!bt_bitfield_get (suffixed, file))
        continue;
      swarm->n_completing++;
      bt_storage_complete_file (swarm->storage, file, completed_cb, swarm);
    }
  g_array_set_size (swarm->whole_files, 0);
}

void
bt_swarm_count_file_pieces (BtSwarm *swarm)
{
  const BtBitfield *have = bt_picker_get_have (swarm->picker);

  /* Files that were begun with a suffix lose it, too, when new ones get none. */
  if (!swarm->use_suffix && bt_storage_get_suffixed (swarm->storage)->n_set == 0)
    return;
  g_array_set_size (swarm->whole_files, 0);
  if (swarm->file_missing == NULL)
    swarm->file_missing = g_new0 (guint32, swarm->wanted.n_bits);
  for (guint32 i = 0; i < swarm->wanted.n_bits; i++)
    {
      guint32 first, last;

      swarm->file_missing[i] = 0;
      if (bt_metainfo_get_file_pieces (swarm->metainfo, i, &first, &last))
        swarm->file_missing[i] = last - first + 1 - bt_bitfield_count_range (have, first, last);
      if (swarm->file_missing[i] == 0)
        g_array_append_val (swarm->whole_files, i);
    }
}

void
bt_swarm_note_had (BtSwarm *swarm,
                   guint32  piece)
{
  guint64 offset = bt_geometry_get_offset (swarm->geometry, piece);
  guint64 end = offset + bt_geometry_get_piece_bytes (swarm->geometry, piece);
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (swarm->metainfo, &n_files);

  if (swarm->file_missing == NULL)
    return;
  for (guint32 i = bt_metainfo_find_file (swarm->metainfo, offset);
       i < n_files && files[i].offset < end; i++)
    if (swarm->file_missing[i] > 0 && --swarm->file_missing[i] == 0)
      g_array_append_val (swarm->whole_files, i);
}

/* --- Giving the files to others --- */

typedef struct
{
  BtSwarm     *swarm;
  BtSwarmFunc  func;
  gpointer     user_data;
} Hold;

static void
held_cb (BtStorage    *storage,
         const GError *error,
         gpointer      user_data)
{
  g_autofree Hold *hold = user_data;

  hold->func (hold->swarm, error, hold->user_data);
}

gboolean
bt_swarm_hold (BtSwarm     *swarm,
               BtSwarmFunc  func,
               gpointer     user_data)
{
  Hold *hold;

  if (swarm->storage == NULL)
    return FALSE;
  hold = g_new0 (Hold, 1);
  hold->swarm = swarm;
  hold->func = func;
  hold->user_data = user_data;
  bt_storage_hold (swarm->storage, held_cb, hold);
  return TRUE;
}

void
bt_swarm_release (BtSwarm    *swarm,
                  const char *folder,
                  guint64     device)
{
  if (folder != NULL)
    {
      g_free (swarm->folder);
      swarm->folder = g_strdup (folder);
    }
  if (folder != NULL || device != 0)
    swarm->device = device;
  swarm->is_dirty = TRUE;
  if (swarm->storage != NULL)
    bt_storage_release (swarm->storage, folder, device);
}

/* --- Facts --- */

void
bt_file_row_clear (gpointer data)
{
  g_clear_pointer (&((BtFileRow *) data)->path, g_free);
}

GArray *
bt_swarm_get_file_rows (BtSwarm *swarm)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (swarm->metainfo, &n_files);
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (BtFileRow), n_files);

  g_array_set_clear_func (rows, bt_file_row_clear);
  for (guint32 i = 0; i < n_files; i++)
    {
      BtFileRow row = {
        .path = g_strdup (bt_swarm_get_file_path (swarm, i)),
        .length = files[i].length,
        .done_bytes = bt_metainfo_count_file_bytes (swarm->metainfo, i, have),
        .priority = swarm->priorities[i],
      };

      g_array_append_val (rows, row);
    }
  return rows;
}

GBytes *
bt_swarm_get_piece_map (BtSwarm *swarm)
{
  guint32 n_pieces = swarm->geometry->n_pieces;
  const BtBitfield *have = bt_picker_get_have (swarm->picker);
  guint n_open = bt_picker_get_n_open (swarm->picker);
  g_autofree BtOpenPiece *open = g_new (BtOpenPiece, n_open);
  guint8 *map = g_malloc (n_pieces);

  for (guint32 p = 0; p < n_pieces; p++)
    {
      BtPieceLook look = BT_PIECE_LOOK_MISSING;

      if (bt_bitfield_get (have, p))
        look = BT_PIECE_LOOK_HAD;
      else if (bt_picker_get_priority (swarm->picker, p) == BT_PRIORITY_SKIP)
        look = BT_PIECE_LOOK_SKIPPED;
      map[p] = (guint8) (look | MIN (bt_picker_get_availability (swarm->picker, p), 15) << 4);
    }
  n_open = bt_picker_get_open (swarm->picker, open, n_open);
  for (guint i = 0; i < n_open; i++)
    map[open[i].piece] = (map[open[i].piece] & 0xf0) | BT_PIECE_LOOK_OPEN;
  return g_bytes_new_take (map, n_pieces);
}

const BtBitfield *
bt_swarm_get_suffixed (BtSwarm *swarm)
{
  return swarm->storage != NULL ? bt_storage_get_suffixed (swarm->storage) : NULL;
}
