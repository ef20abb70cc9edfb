/* cli-list.c - list: the torrents of a state, or the files of one, for people and as JSON
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-list.h"

#include "cli-commands.h"
#include "cli-json.h"
#include "cli-state.h"
#include "cli-text.h"

#include <glib/gi18n.h>

static void
add_path (CliJson    *json,
          const char *name,
          const char *path)
{
  g_autofree char *shown = path != NULL ? g_filename_display_name (path) : NULL;

  cli_json_add_string (json, name, shown);
}

static void
add_int (CliJson    *json,
         const char *name,
         gint64      value)
{
  cli_json_name (json, name);
  cli_json_int (json, value);
}

static char *
dup_path (const char *path)
{
  g_autofree char *shown = g_filename_display_name (path != NULL ? path : "");

  return cli_dup_one_line (shown);
}

/* --- Torrents, for people --- */

static char **
make_row (const BtRecord *record)
{
  g_autofree char *labels = record->labels != NULL ? g_strjoinv (",", record->labels) : NULL;
  g_autofree char *percent = cli_text_percent (cli_record_get_progress (record));
  char **cells = g_new0 (char *, 9);

  cells[0] = g_strdup_printf ("%" G_GUINT64_FORMAT, record->id);
  cells[1] = cli_dup_one_line (record->name != NULL ? record->name : "");
  cells[2] = cli_text_size (record->total_bytes);
  cells[3] = g_strdup (g_strchug (percent));
  cells[4] = g_strdup (cli_record_to_word (record));
  cells[5] = g_strdup_printf ("%.2f", cli_record_get_ratio (record));
  cells[6] = cli_dup_one_line (labels != NULL ? labels : "-");
  cells[7] = dup_path (record->folder);
  return cells;
}

static void
print_torrents (GPtrArray *torrents)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autofree char *text = NULL;

  for (guint i = 0; i < torrents->len; i++)
    g_ptr_array_add (rows, make_row (bt_torrent_get_record (g_ptr_array_index (torrents, i))));
  text = cli_table_format (rows, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 5);
  cli_print (text);
}

/* --- Torrents, as JSON --- */

static void
add_settings (CliJson        *json,
              const BtRecord *record)
{
  static const char *const after[] = { "general", "pause", "remove", "remove-data", "super-seed" };
  guint chosen = (guint) record->after_share;

  cli_json_add_uint (json, "max_peers", record->max_peers);
  cli_json_add_uint (json, "upload_slots", record->upload_slots);
  cli_json_add_uint (json, "download_limit", record->read_limit_bps);
  cli_json_add_uint (json, "upload_limit", record->write_limit_bps);
  cli_json_add_double (json, "ratio_limit", record->ratio_limit);
  add_int (json, "seed_time_limit", record->seed_time_limit_s);
  add_int (json, "idle_limit", record->idle_limit_s);
  cli_json_add_string (json, "after", chosen < G_N_ELEMENTS (after) ? after[chosen] : after[0]);
}

static void
add_flags (CliJson        *json,
           const BtRecord *record)
{
  static const struct
  {
    const char    *name;
    BtRecordFlags  flag;
  } flags[] = {
    { "paused", BT_RECORD_PAUSED },
    { "forced", BT_RECORD_FORCED },
    { "sequential", BT_RECORD_SEQUENTIAL },
    { "super_seed", BT_RECORD_SUPER_SEED },
    { "no_trackers", BT_RECORD_NO_TRACKERS },
    { "complete", BT_RECORD_COMPLETE },
    { "private", BT_RECORD_PRIVATE },
    { "failed", BT_RECORD_FAILED },
    { "must_check", BT_RECORD_MUST_CHECK },
    { "share_done", BT_RECORD_SHARE_DONE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    cli_json_add_boolean (json, flags[i].name, (record->flags & flags[i].flag) != 0);
}

static void
add_counters (CliJson        *json,
              const BtRecord *record)
{
  cli_json_add_uint (json, "size", record->total_bytes);
  cli_json_add_uint (json, "total", record->wanted_bytes);
  cli_json_add_uint (json, "done", record->done_bytes);
  cli_json_add_double (json, "progress", cli_record_get_progress (record));
  cli_json_add_uint (json, "pieces", record->n_pieces);
  cli_json_add_uint (json, "pieces_had", record->n_have);
  cli_json_add_uint (json, "files", record->n_files);
  cli_json_add_uint (json, "downloaded", record->received_bytes);
  cli_json_add_uint (json, "uploaded", record->sent_bytes);
  cli_json_add_uint (json, "wasted", record->wasted_bytes);
  cli_json_add_double (json, "ratio", cli_record_get_ratio (record));
  add_int (json, "active_time", record->active_s);
  add_int (json, "seeding_time", record->seeding_s);
  add_int (json, "added_at", record->added_at_s);
  add_int (json, "completed_at", record->completed_at_s);
  add_int (json, "active_at", record->active_at_s);
  add_int (json, "checked_at", record->checked_at_s);
}

static void
print_torrent_json (const BtRecord *record)
{
  g_auto (CliJson) json = { 0 };
  g_autofree char *hash = cli_text_hex (record->info_hash, BT_RECORD_HASH_BYTES);

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_uint (&json, "id", record->id);
  cli_json_add_string (&json, "name", record->name);
  cli_json_add_string (&json, "info_hash", hash);
  cli_json_add_uint (&json, "position", record->position);
  cli_json_add_string (&json, "state", cli_record_to_state_name (record));
  cli_json_add_string (&json, "error", record->error);
  cli_json_add_string (&json, "top_name", record->top_name);
  add_path (&json, "folder", record->folder);
  add_path (&json, "final_folder", record->final_folder);
  cli_json_add_string (&json, "volume", record->volume_name);
  cli_json_name (&json, "labels");
  cli_json_begin_array (&json);
  for (gsize i = 0; record->labels != NULL && record->labels[i] != NULL; i++)
    cli_json_string (&json, record->labels[i]);
  cli_json_end_array (&json);
  add_flags (&json, record);
  add_counters (&json, record);
  add_settings (&json, record);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

/* --- Files --- */

static void
print_file_json (guint            index,
                 const BtFileRow *row)
{
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_uint (&json, "index", index);
  cli_json_add_string (&json, "path", row->path);
  cli_json_add_uint (&json, "length", row->length);
  cli_json_add_uint (&json, "done", row->done_bytes);
  cli_json_add_string (&json, "priority", cli_priority_to_name ((BtPriority) row->priority));
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static char **
make_file_row (guint            index,
               const BtFileRow *row)
{
  double progress = row->length > 0 ? (double) row->done_bytes / (double) row->length : 1;
  g_autofree char *percent = cli_text_percent (progress);
  char **cells = g_new0 (char *, 6);

  cells[0] = g_strdup_printf ("%u", index);
  cells[1] = g_strdup (g_strchug (percent));
  cells[2] = g_strdup (cli_priority_to_name ((BtPriority) row->priority));
  cells[3] = cli_text_size (row->length);
  cells[4] = dup_path (row->path);
  return cells;
}

/* Padding is of no interest to anybody. */
static gboolean
is_shown (BtTorrent *torrent,
          guint      index)
{
  BtMetainfo *metainfo = bt_torrent_get_metainfo (torrent);
  guint32 n_files;
  const BtFile *files;

  if (metainfo == NULL)
    return TRUE;
  files = bt_metainfo_get_files (metainfo, &n_files);
  return index >= n_files || (files[index].flags & BT_FILE_PAD) == 0;
}

static CliStatus
list_files (CliState  *state,
            BtTorrent *torrent)
{
  const GArray *files = cli_state_load_files (state, torrent);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autofree char *text = NULL;

  if (files == NULL)
    return CLI_FAILED;
  for (guint i = 0; i < files->len; i++)
    {
      const BtFileRow *row = &g_array_index (files, BtFileRow, i);

      if (!is_shown (torrent, i))
        continue;
      if (state->options->is_json)
        print_file_json (i, row);
      else
        g_ptr_array_add (rows, make_file_row (i, row));
    }
  text = cli_table_format (rows, 1 << 0 | 1 << 1 | 1 << 3);
  cli_print (text);
  return CLI_DONE;
}

static void
print_web_seed (CliState           *state,
                const BtWebSeedRow *row)
{
  g_auto (CliJson) json = { 0 };
  g_autofree char *url = cli_dup_one_line (row->url);

  if (!state->options->is_json)
    {
      g_autofree char *line = g_strconcat (url, "\n", NULL);

      cli_print (line);
      return;
    }
  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "url", row->url);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static CliStatus
list_web_seeds (CliState  *state,
                BtTorrent *torrent)
{
  /* They come together with the files. */
  const GArray *files = cli_state_load_files (state, torrent);
  const GArray *rows = files != NULL ? bt_torrent_get_web_seed_rows (torrent) : NULL;

  if (rows == NULL)
    return CLI_FAILED;
  for (guint i = 0; i < rows->len; i++)
    print_web_seed (state, &g_array_index (rows, BtWebSeedRow, i));
  return CLI_DONE;
}

static CliStatus
list (CliState *state)
{
  static char *everything[] = { (char *) "all", NULL };
  const CliOptions *options = state->options;
  const char *of = options->files_of != NULL ? options->files_of : options->web_seeds_of;
  char *one[] = { (char *) of, NULL };
  g_autoptr (GPtrArray) torrents = NULL;
  CliStatus status = CLI_DONE;

  if (of != NULL)
    torrents = cli_state_find (state, one);
  else
    torrents = cli_state_find (state,
                               options->arguments[0] != NULL ? options->arguments : everything);
  if (torrents == NULL)
    return CLI_FAILED;
  if (of == NULL && !options->is_json)
    print_torrents (torrents);
  for (guint i = 0; i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);

      if (of != NULL)
        {
          CliStatus end = options->files_of != NULL ? list_files (state, torrent)
                                                    : list_web_seeds (state, torrent);

          status = MAX (status, end);
        }
      else if (options->is_json)
        {
          print_torrent_json (bt_torrent_get_record (torrent));
        }
    }
  return status;
}

CliStatus
cli_list (const CliOptions *options)
{
  CliState state;
  CliStatus status;

  if (!cli_state_open (&state, options, FALSE))
    return CLI_FAILED;
  status = list (&state);
  return cli_state_close (&state, status);
}
