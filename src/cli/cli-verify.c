/* cli-verify.c - verify: hashes what is on the disk, and says of each file how much of it is missing or wrong
 *
 * It stands on the disk workers alone: no port is opened and no tracker asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-files.h"
#include "cli-folder.h"
#include "cli-json.h"
#include "cli-load.h"
#include "cli-progress.h"
#include "cli-signals.h"
#include "cli-tally.h"
#include "cli-text.h"

#include "storage/bt-storage.h"

#include <glib/gi18n.h>

#define TICK_MS         1000
/* Pieces on their way through the workers: enough to keep every core busy, without holding many. */
#define MIN_AHEAD       8
#define MAX_AHEAD       64
#define MAX_AHEAD_BYTES (64u * 1024 * 1024)

typedef struct
{
  const CliOptions *options;     /* borrowed */
  GMainLoop        *loop;        /* owned */
  CliProgress      *progress;    /* owned */
  BtDisk           *disk;        /* owned */
  CliFolder         folder;
  CliSignals        signals;
  gboolean          is_interrupted;

  /* Of the torrent that is being checked */
  BtStorage        *storage;     /* owned */
  char             *name;        /* owned */
  CliTally          tally;
  char             *trouble;     /* owned, nullable: why a piece could not be read */
  guint32           next_piece;
  guint             n_pending;
  gint64            began_at_us;
} Check;

/* --- Hashing --- */

static void
closed_cb (BtStorage    *storage,
           const GError *error,
           gpointer      user_data)
{
  Check *check = user_data;

  g_main_loop_quit (check->loop);
}

static void piece_cb (BtStorage      *storage,
                      guint32         piece,
                      BtPieceVerdict  verdict,
                      const guint8   *digests,
                      const GError   *error,
                      gpointer        user_data);

static void
check_more (Check *check)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (check->tally.metainfo);
  guint n_ahead = CLAMP (MAX_AHEAD_BYTES / geometry->piece_bytes, MIN_AHEAD, MAX_AHEAD);

  while (check->n_pending < n_ahead && check->next_piece < geometry->n_pieces &&
         !check->is_interrupted)
    {
      check->n_pending++;
      bt_storage_check_piece (check->storage, check->next_piece++, piece_cb, check);
    }
  if (check->n_pending == 0)
    bt_storage_close_async (check->storage, FALSE, closed_cb, check);
}

static void
piece_cb (BtStorage      *storage,
          guint32         piece,
          BtPieceVerdict  verdict,
          const guint8   *digests,
          const GError   *error,
          gpointer        user_data)
{
  Check *check = user_data;

  check->n_pending--;
  cli_tally_add (&check->tally, piece, verdict == BT_PIECE_GOOD);
  if (verdict == BT_PIECE_FAILED && check->trouble == NULL && error != NULL)
    check->trouble = g_strdup (error->message);
  check_more (check);
}

static guint64
get_rate_bps (Check *check)
{
  gint64 passed_us = MAX (g_get_monotonic_time () - check->began_at_us, 1);

  return (guint64) ((double) check->tally.checked_bytes / (double) passed_us * G_USEC_PER_SEC);
}

static void
print_progress (Check *check)
{
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "progress");
  cli_json_add_string (&json, "name", bt_metainfo_get_display_name (check->tally.metainfo));
  cli_json_add_string (&json, "state", "checking");
  cli_json_add_uint (&json, "done", check->tally.checked_bytes);
  cli_json_add_uint (&json, "total", bt_metainfo_get_geometry (check->tally.metainfo)->total_bytes);
  cli_json_add_uint (&json, "rate", get_rate_bps (check));
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static void
show (gpointer user_data)
{
  Check *check = user_data;
  guint64 total = bt_metainfo_get_geometry (check->tally.metainfo)->total_bytes;
  BtSwarmFacts facts = { .state = BT_SWARM_CHECKING, .received_bps = get_rate_bps (check) };
  CliRow row = {
    .name = check->name,
    .facts = &facts,
    .progress = (double) check->tally.checked_bytes / (double) total,
  };

  cli_progress_show (check->progress, &row, 1, g_get_monotonic_time ());
}

static gboolean
tick_cb (gpointer user_data)
{
  Check *check = user_data;

  if (check->options->is_json && !check->options->is_quiet)
    print_progress (check);
  show (check);
  return G_SOURCE_CONTINUE;
}

static void
interrupted (gpointer user_data)
{
  Check *check = user_data;

  check->is_interrupted = TRUE;
}

/* --- The verdict --- */

/* What is wrong with a file in a word for JSON; NULL: nothing. */
static const char *
judge_file (Check        *check,
            const BtFile *file,
            guint32       index)
{
  CliFileState state;

  if (!cli_files_is_real (file))
    return NULL;
  state = cli_files_look (check->folder.path, file);
  if (state == CLI_FILE_MISSING)
    return "missing";
  if (state == CLI_FILE_STRANGE)
    return "not-a-file";
  if (check->tally.bad_bytes[index] > 0)
    return "damaged";
  if (state == CLI_FILE_LONG)
    return "too-long";
  return NULL;
}

static char *
describe_fault (Check        *check,
                const BtFile *file,
                guint32       index,
                const char   *fault)
{
  g_autofree char *bad = NULL, *total = NULL;

  if (g_str_equal (fault, "missing"))
    return g_strdup (_("missing"));
  if (g_str_equal (fault, "not-a-file"))
    return g_strdup (_("a link, a folder or a device is in its place"));
  if (g_str_equal (fault, "too-long"))
    return g_strdup (_("longer than it should be"));
  bad = cli_text_size (check->tally.bad_bytes[index]);
  total = cli_text_size (file->length);
  return g_strdup_printf (_("%.1f%% missing or wrong, %s of %s"),
                          cli_tally_get_bad_percent (&check->tally, index), bad, total);
}

static void
print_fault (Check        *check,
             const BtFile *file,
             guint32       index,
             const char   *fault)
{
  g_auto (CliJson) json = { 0 };
  g_autofree char *path = NULL, *words = NULL;

  if (!check->options->is_json)
    {
      path = cli_dup_one_line (file->path);
      words = describe_fault (check, file, index, fault);
      if (!check->options->is_quiet)
        cli_print_format ("%s: %s\n", path, words);
      return;
    }
  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "file");
  cli_json_add_uint (&json, "index", index);
  cli_json_add_string (&json, "path", file->path);
  cli_json_add_string (&json, "fault", fault);
  cli_json_add_uint (&json, "length", file->length);
  cli_json_add_uint (&json, "bad", check->tally.bad_bytes[index]);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static void
print_summary (Check   *check,
               guint    n_faults,
               double   seconds)
{
  const CliTally *tally = &check->tally;
  g_autofree char *good = cli_text_size (tally->good_bytes);
  g_autofree char *total = cli_text_size (tally->checked_bytes);
  double bps = (double) tally->checked_bytes / MAX (seconds, 1e-6);
  g_autofree char *rate = cli_text_rate ((guint64) bps);

  if (n_faults == 0)
    cli_print_format (_("%s: everything is right, %s checked at %s\n"), check->name, total, rate);
  else
    cli_print_format (ngettext ("%s: %u file is not right, %s of %s are good, checked at %s\n",
                                "%s: %u files are not right, %s of %s are good, checked at %s\n",
                                n_faults),
                      check->name, n_faults, good, total, rate);
}

static void
print_end (Check  *check,
           guint   n_faults,
           double  seconds)
{
  g_auto (CliJson) json = { 0 };
  const CliTally *tally = &check->tally;

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "complete");
  cli_json_add_string (&json, "name", bt_metainfo_get_display_name (tally->metainfo));
  cli_json_add_boolean (&json, "good", n_faults == 0);
  cli_json_add_uint (&json, "bad_files", n_faults);
  cli_json_add_uint (&json, "bad_pieces", tally->n_bad_pieces);
  cli_json_add_uint (&json, "done", tally->good_bytes);
  cli_json_add_uint (&json, "total", tally->checked_bytes);
  cli_json_add_double (&json, "seconds", seconds);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static CliStatus
report (Check *check)
{
  double seconds = (double) (g_get_monotonic_time () - check->began_at_us) / G_USEC_PER_SEC;
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (check->tally.metainfo, &n_files);
  guint n_faults = 0;

  for (guint32 i = 0; i < n_files; i++)
    {
      const char *fault = judge_file (check, &files[i], i);

      if (fault == NULL)
        continue;
      n_faults++;
      print_fault (check, &files[i], i, fault);
    }
  /* A wrong piece always touches a file, unless it is all padding. */
  n_faults = MAX (n_faults, check->tally.n_bad_pieces > 0);
  if (check->options->is_json)
    print_end (check, n_faults, seconds);
  else if (!check->options->is_quiet)
    print_summary (check, n_faults, seconds);
  if (check->trouble != NULL)
    cli_complain (_("%s: not everything could be read: %s"), check->name, check->trouble);
  return n_faults == 0 ? CLI_DONE : CLI_FAILED;
}

static CliStatus
check_torrent (Check      *check,
               BtMetainfo *metainfo)
{
  CliStatus status = CLI_FAILED;
  guint tick_id = g_timeout_add (TICK_MS, tick_cb, check);

  cli_tally_init (&check->tally, metainfo);
  check->name = cli_load_dup_name (metainfo);
  check->storage = bt_storage_new (check->disk, metainfo, check->folder.path, BT_PREALLOCATE_NONE);
  check->next_piece = 0;
  check->began_at_us = g_get_monotonic_time ();
  check_more (check);
  g_main_loop_run (check->loop);
  g_source_remove (tick_id);
  cli_progress_hide (check->progress);
  g_clear_pointer (&check->storage, bt_storage_free);
  if (!check->is_interrupted)
    status = report (check);
  cli_tally_clear (&check->tally);
  g_clear_pointer (&check->name, g_free);
  g_clear_pointer (&check->trouble, g_free);
  return status;
}

CliStatus
cli_verify (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = cli_load_all (options->arguments, NULL, NULL, &error);
  Check check = { .options = options };
  CliStatus status = CLI_DONE;

  if (all == NULL)
    return cli_complain_about (error);
  check.loop = g_main_loop_new (NULL, FALSE);
  check.progress = cli_progress_new (options->is_quiet || options->is_json);
  check.disk = bt_disk_new (g_main_context_default (), &(BtDiskConfig) { 0 });
  cli_folder_use (&check.folder, options->directory);
  cli_signals_watch (&check.signals, interrupted, NULL, &check);
  for (guint i = 0; i < all->len && !check.is_interrupted; i++)
    {
      const CliNamed *named = g_ptr_array_index (all, i);
      g_autofree char *title = cli_named_dup_title (named);

      if (named->metainfo == NULL)
        cli_complain (_("%s: a link does not say what the data should be: name the .torrent file"),
                      title);
      if (named->metainfo == NULL || check_torrent (&check, named->metainfo) != CLI_DONE)
        status = CLI_FAILED;
    }
  cli_signals_unwatch (&check.signals);
  bt_disk_free (check.disk);
  cli_progress_free (check.progress);
  cli_folder_clear (&check.folder);
  g_main_loop_unref (check.loop);
  return status;
}
