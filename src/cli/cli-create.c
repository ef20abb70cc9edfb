/* cli-create.c - create: makes a .torrent of a file or a folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-json.h"
#include "cli-load.h"
#include "cli-progress.h"
#include "cli-signals.h"
#include "cli-text.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define SHOW_US (G_USEC_PER_SEC / 5)

typedef struct
{
  const CliOptions *options;       /* borrowed */
  GCancellable     *cancellable;   /* owned */
  CliProgress      *progress;      /* owned */
  char             *path;          /* owned; absolute */
  char             *name;          /* owned; of the torrent */
  char             *output;        /* owned */
  gint64            began_at_us;
  gint64            shown_at_us;
} Creation;

static void
creation_clear (Creation *creation)
{
  g_clear_object (&creation->cancellable);
  g_clear_pointer (&creation->progress, cli_progress_free);
  g_free (creation->path);
  g_free (creation->name);
  g_free (creation->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Creation, creation_clear)

/* The loop does not run while files are hashed, so it gets a turn here: signals come through it. */
static void
progressed (guint64  done_bytes,
            guint64  total_bytes,
            gpointer user_data)
{
  Creation *creation = user_data;
  gint64 now_us = g_get_monotonic_time ();
  BtSwarmFacts facts = { .state = BT_SWARM_CHECKING };
  g_autofree char *name = NULL;
  gint64 passed_us;
  CliRow row;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (now_us - creation->shown_at_us < SHOW_US || !cli_progress_is_terminal (creation->progress))
    return;
  creation->shown_at_us = now_us;
  name = cli_dup_one_line (creation->name);
  passed_us = MAX (now_us - creation->began_at_us, 1);
  facts.received_bps = (guint64) ((double) done_bytes / (double) passed_us * G_USEC_PER_SEC);
  row = (CliRow) {
    .name = name,
    .facts = &facts,
    .progress = (double) done_bytes / (double) MAX (total_bytes, 1),
  };
  cli_progress_show (creation->progress, &row, 1, now_us);
}

static void
interrupted (gpointer user_data)
{
  Creation *creation = user_data;

  g_cancellable_cancel (creation->cancellable);
}

/* A NULL-terminated array of NULL-terminated arrays of URLs. (transfer full) (nullable) */
static GPtrArray *
make_tiers (char   **trackers,
            GError **error)
{
  g_autoptr (GPtrArray) tiers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  for (gsize i = 0; trackers != NULL && trackers[i] != NULL; i++)
    {
      char **urls = g_strsplit (trackers[i], ",", -1);

      g_ptr_array_add (tiers, urls);
      if (!cli_load_check_urls (urls, error))
        return NULL;
    }
  g_ptr_array_add (tiers, NULL);
  return g_steal_pointer (&tiers);
}

static gboolean
find_output (Creation  *creation,
             GError   **error)
{
  const CliOptions *options = creation->options;
  g_autofree char *folder = NULL, *shown = NULL;

  if (options->output != NULL)
    creation->output = g_strdup (options->output);
  else
    creation->output = g_strconcat (creation->name, ".torrent", NULL);
  shown = g_filename_display_name (creation->output);
  folder = g_path_get_dirname (creation->output);
  if (g_file_test (creation->output, G_FILE_TEST_EXISTS) && !options->may_overwrite)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 _("%s is there already; --force replaces it"), shown);
  else if (access (folder, W_OK | X_OK) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _("%s cannot be written there"), shown);
  else
    return TRUE;
  return FALSE;
}

static void
report (Creation   *creation,
        BtMetainfo *metainfo)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  g_autofree char *hash = cli_text_hex (bt_metainfo_get_info_hash_v1 (metainfo), BT_SHA1_BYTES);
  g_autofree char *shown = g_filename_display_name (creation->output);
  g_autofree char *line = cli_dup_one_line (shown);
  g_autofree char *size = cli_text_size (geometry->total_bytes);
  g_autofree char *piece_size = cli_text_size (geometry->piece_bytes);

  if (creation->options->is_json)
    {
      g_auto (CliJson) json = { 0 };

      cli_json_init (&json);
      cli_json_begin_object (&json);
      cli_json_add_string (&json, "event", "complete");
      cli_json_add_string (&json, "file", shown);
      cli_json_add_string (&json, "name", bt_metainfo_get_display_name (metainfo));
      cli_json_add_string (&json, "info_hash", hash);
      cli_json_add_uint (&json, "total", geometry->total_bytes);
      cli_json_end_object (&json);
      cli_json_print_line (&json);
    }
  else if (!creation->options->is_quiet)
    {
      cli_print_format (ngettext ("%s: %s in %u piece of %s, info-hash %s\n",
                                  "%s: %s in %u pieces of %s, info-hash %s\n", geometry->n_pieces),
                        line, size, geometry->n_pieces, piece_size, hash);
    }
}

static GBytes *
hash_files (Creation   *creation,
            GPtrArray  *tiers,
            GError    **error)
{
  const CliOptions *options = creation->options;
  CliSignals signals;
  GBytes *bytes;
  BtCreateOptions how = {
    .tiers = (const char *const *const *) (gconstpointer) tiers->pdata,
    .web_seeds = (const char *const *) options->web_seeds,
    .comment = options->comment,
    .creator = "Freshet/" BT_VERSION,
    .source = options->source,
    .name = options->name,
    .creation_date = options->has_no_date ? 0 : g_get_real_time () / G_USEC_PER_SEC,
    .piece_bytes = options->piece_bytes,
    .is_private = options->is_private,
  };

  cli_signals_watch (&signals, interrupted, NULL, creation);
  creation->began_at_us = g_get_monotonic_time ();
  bytes = bt_metainfo_create (creation->path, &how, creation->cancellable,
                              progressed, creation, error);
  cli_signals_unwatch (&signals);
  cli_progress_hide (creation->progress);
  return bytes;
}

static gboolean
carry_out (Creation  *creation,
           GError   **error)
{
  g_autoptr (GPtrArray) tiers = make_tiers (creation->options->trackers, error);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BtMetainfo) metainfo = NULL;
  gsize n_bytes;
  const char *data;

  if (tiers == NULL || !cli_load_check_web_seeds (creation->options->web_seeds, error) ||
      !find_output (creation, error))
    return FALSE;
  bytes = hash_files (creation, tiers, error);
  if (bytes == NULL)
    return FALSE;
  /* What cannot be read back should not be given away. */
  metainfo = bt_metainfo_new_from_bytes (bytes, error);
  if (metainfo == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &n_bytes);
  if (!g_file_set_contents (creation->output, data, (gssize) n_bytes, error))
    return FALSE;
  report (creation, metainfo);
  return TRUE;
}

CliStatus
cli_create (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_auto (Creation) creation = {
    .options = options,
    .cancellable = g_cancellable_new (),
    .path = g_canonicalize_filename (options->arguments[0], NULL),
    .progress = cli_progress_new (options->is_quiet || options->is_json),
  };

  if (options->name != NULL)
    creation.name = g_strdup (options->name);
  else
    creation.name = g_path_get_basename (creation.path);
  if (carry_out (&creation, &error))
    return CLI_DONE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return CLI_FAILED;
  return cli_complain_about (error);
}
