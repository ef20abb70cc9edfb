/* test-options.c - what can be said to the commands, and what cannot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static gboolean
parse (CliOptions  *options,
       CliCommand   command,
       const char  *line,
       GError     **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  gboolean wants_help = FALSE;

  return cli_options_parse (options, command, (const char *const *) words, &wants_help, error);
}

static void
test_defaults (void)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (&options, CLI_COMMAND_DOWNLOAD, "a.torrent", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (options.directory, ==, ".");
  g_assert_cmpint (options.bind.family, ==, BT_FAMILY_NONE);
  g_assert_cmpuint (options.port, ==, 0);
  g_assert_cmpuint (options.peers->len, ==, 0);
  g_assert_cmpfloat (options.seed_ratio, <, 0);
  g_assert_cmpint (options.seed_time_s, <, 0);
  g_assert_cmpint (options.preallocation, ==, BT_PREALLOCATION_SPARSE);
  g_assert_null (options.selection);
}

static void
test_everything (void)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (&options, CLI_COMMAND_DOWNLOAD,
                        "--directory d --port 6881 a.torrent --bind ::1 --peer 127.0.0.1:7 "
                        "--peer [::1]:8 --no-discovery --no-dht --no-pex --no-local "
                        "--dht-node a.b:1 --dht-node [::1]:2 --no-trackers --max-peers 2500 "
                        "--upload-slots 20 --download-limit 1M --upload-limit 500K "
                        "--encryption off --transport tcp --select 1,3-4 --sequential "
                        "--keep-seeding --seed-ratio 1.5 --seed-time 10 --preallocate none "
                        "--json --quiet", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (options.arguments[0], ==, "a.torrent");
  g_assert_null (options.arguments[1]);
  g_assert_cmpstr (options.directory, ==, "d");
  g_assert_cmpuint (options.port, ==, 6881);
  g_assert_cmpint (options.bind.family, ==, BT_FAMILY_IPV6);
  g_assert_cmpuint (options.peers->len, ==, 2);
  g_assert_cmpuint (g_array_index (options.peers, BtKnownAddress, 1).address.port, ==, 8);
  g_assert_true (options.no_discovery && options.no_trackers && options.is_sequential);
  g_assert_true (options.no_dht && options.no_pex && options.no_local);
  g_assert_cmpuint (g_strv_length (options.dht_nodes), ==, 2);
  g_assert_cmpstr (options.dht_nodes[1], ==, "[::1]:2");
  g_assert_true (options.keep_seeding && options.is_json && options.is_quiet);
  g_assert_cmpint (options.settings.network.transport, ==, BT_TRANSPORT_TCP);
  g_assert_cmpuint (options.max_peers, ==, 2500);
  g_assert_cmpuint (options.upload_slots, ==, 20);
  g_assert_cmpuint (options.download_limit_bps, ==, 1024 * 1024);
  g_assert_cmpuint (options.upload_limit_bps, ==, 500 * 1024);
  g_assert_cmpuint (options.selection->len, ==, 2);
  g_assert_cmpfloat (options.seed_ratio, ==, 1.5);
  g_assert_cmpint (options.seed_time_s, ==, 10);
  g_assert_cmpint (options.preallocation, ==, BT_PREALLOCATION_NONE);
}

/* Each with a word that the complaint must have. */
static const struct
{
  CliCommand  command;
  const char *line;
  const char *word;
  gboolean    is_not_yet;
} wrong[] = {
  { CLI_COMMAND_DOWNLOAD, "--nonsense a", "--nonsense", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--json", "TORRENT", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --port", "--port", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node here", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node here:0", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node here:65536", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node :7", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node 127.0.0.1", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node ::1", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node a/b:7", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --dht-node a:b:7", "--dht-node", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --port 65536", "--port", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --port x", "--port", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --port -1", "--port", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --bind localhost", "--bind", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --bind 127.0.0.1:80", "--bind", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --peer 127.0.0.1", "--peer", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --peer 127.0.0.1:0", "--peer", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --peer example.org:80", "--peer", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --max-peers 0", "--max-peers", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --upload-slots many", "--upload-slots", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --download-limit 1Q", "--download-limit", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --upload-limit -5", "--upload-limit", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --select 1-", "--select", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a b --select 1", "--select", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --seed-ratio much", "--seed-ratio", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --seed-time long", "--seed-time", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --preallocate maybe", "--preallocate", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --encryption maybe", "--encryption", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --transport carrier-pigeon", "--transport", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --encryption require", "not available yet", TRUE },
  { CLI_COMMAND_DOWNLOAD, "a --max-downloads 2", "--state", FALSE },
  { CLI_COMMAND_DOWNLOAD, "a --use-alternative", "--state", FALSE },
  { CLI_COMMAND_SEED, "a --block-list b", "--state", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--state s --max-downloads many", "--max-downloads", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--state s --min-free much", "--min-free", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--state s --alternative-upload-limit x", "--alternative-upload", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--state s --timetable /nowhere/at/all", "--timetable", FALSE },
  { CLI_COMMAND_DOWNLOAD, "--state s --timetable /dev/null", "--timetable", FALSE },
  { CLI_COMMAND_ADD, "a", "--state", FALSE },
  { CLI_COMMAND_ADD, "--state s", "TORRENT", FALSE },
  { CLI_COMMAND_LIST, "a", "--state", FALSE },
  { CLI_COMMAND_SET, "--state s --pause", "TORRENT", FALSE },
  { CLI_COMMAND_SET, "--state s a", "--pause", FALSE },
  { CLI_COMMAND_SET, "--state s a --pause --force", "--force", FALSE },
  { CLI_COMMAND_SET, "--state s a --priority often:1", "--priority", FALSE },
  { CLI_COMMAND_SET, "--state s a --priority high", "--priority", FALSE },
  { CLI_COMMAND_SET, "--state s a --priority high:", "--priority", FALSE },
  { CLI_COMMAND_SET, "--state s a --ratio much", "--ratio", FALSE },
  { CLI_COMMAND_SET, "--state s a --seed-time x", "--seed-time", FALSE },
  { CLI_COMMAND_SET, "--state s a --idle-time -1", "--idle-time", FALSE },
  { CLI_COMMAND_SET, "--state s a --after party", "--after", FALSE },
  { CLI_COMMAND_SET, "--state s a --sequential maybe", "--sequential", FALSE },
  { CLI_COMMAND_SET, "--state s a --super-seed 1", "--super-seed", FALSE },
  { CLI_COMMAND_SET, "--state s a --tracker gopher://x", "gopher", FALSE },
  { CLI_COMMAND_SET, "--state s a --tracker http://x/a --own-trackers", "--own-trackers", FALSE },
  { CLI_COMMAND_SET, "--state s a --label b --no-labels", "--no-labels", FALSE },
  { CLI_COMMAND_SET, "--state s a b --name c", "--name", FALSE },
  { CLI_COMMAND_SET, "--state s all --position 1", "--position", FALSE },
  { CLI_COMMAND_SET, "--state s a --max-peers x", "--max-peers", FALSE },
  { CLI_COMMAND_MOVE, "--state s a", "TORRENT", FALSE },
  { CLI_COMMAND_RENAME, "--state s a b", "TORRENT", FALSE },
  { CLI_COMMAND_RENAME, "--state s a b c d", "too many", FALSE },
  { CLI_COMMAND_REMOVE, "--state s a --trash --delete", "--delete", FALSE },
  { CLI_COMMAND_RECHECK, "a", "--state", FALSE },
  { CLI_COMMAND_RESTORE, "", "", FALSE },
  { CLI_COMMAND_RESTORE, "--state s a b", "too many", FALSE },
  { CLI_COMMAND_SEED, "a --select 1", "--select", FALSE },
  { CLI_COMMAND_SHOW, "a --port 1", "--port", FALSE },
  { CLI_COMMAND_VERIFY, "", "", FALSE },
  { CLI_COMMAND_CREATE, "a b", "too many", FALSE },
  { CLI_COMMAND_CREATE, "a --piece-size 100000", "--piece-size", FALSE },
  { CLI_COMMAND_CREATE, "a --piece-size 8K", "--piece-size", FALSE },
  { CLI_COMMAND_CREATE, "a --piece-size 32M", "--piece-size", FALSE },
  { CLI_COMMAND_TRACKER, "a", "too many", FALSE },
  { CLI_COMMAND_TRACKER, "--interval 0", "--interval", FALSE },
};

static void
test_wrong (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (CliOptions) options = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", wrong[i].line);
      if (*wrong[i].line == '\0')
        {
          static const char *const nothing[] = { NULL };
          gboolean wants_help;

          g_assert_false (cli_options_parse (&options, wrong[i].command, nothing,
                                             &wants_help, &error));
        }
      else
        {
          g_assert_false (parse (&options, wrong[i].command, wrong[i].line, &error));
        }
      g_assert_error (error, CLI_OPTIONS_ERROR,
                      wrong[i].is_not_yet ? CLI_OPTIONS_ERROR_NOT_YET : CLI_OPTIONS_ERROR_WRONG);
      g_assert_nonnull (strstr (error->message, wrong[i].word));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_state (void)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  /* What a state has is enough. */
  g_assert_true (parse (&options, CLI_COMMAND_DOWNLOAD,
                        "--state s/f --max-downloads 2 --max-seeds 3 --min-free 1G --no-suffix "
                        "--alternative-download-limit 1K --alternative-upload-limit 2K "
                        "--use-alternative", &error));
  g_assert_no_error (error);
  g_assert_true (g_path_is_absolute (options.state));
  g_assert_true (g_str_has_suffix (options.state, "/s/f"));
  g_assert_cmpuint (options.settings.max_downloads, ==, 2);
  g_assert_cmpuint (options.settings.max_seeds, ==, 3);
  g_assert_cmpuint (options.settings.min_free_bytes, ==, 1u << 30);
  g_assert_cmpuint (options.settings.alternative_read_bps, ==, 1024);
  g_assert_cmpuint (options.settings.alternative_write_bps, ==, 2048);
  g_assert_true (options.settings.use_alternative && options.settings.no_suffix);
  g_assert_false (options.settings.use_timetable);
}

static void
test_timetable (void)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *folder = g_dir_make_tmp ("cli-options-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "week", NULL);
  g_autofree char *line = g_strconcat ("--state s --timetable ", path, NULL);

  for (guint day = 0; day < 7; day++)
    {
      for (guint slot = 0; slot < 48; slot++)
        g_string_append_c (text, day == 6 && slot == 47 ? 'p' : 'a');
      g_string_append (text, "\r\n");
    }
  g_assert_true (g_file_set_contents (path, text->str, -1, &error));
  g_assert_true (parse (&options, CLI_COMMAND_SEED, line, &error));
  g_assert_no_error (error);
  g_assert_true (options.settings.use_timetable);
  g_assert_cmpint (options.settings.timetable.slots[0][0], ==, BT_TIMETABLE_ALTERNATIVE);
  g_assert_cmpint (options.settings.timetable.slots[6][47], ==, BT_TIMETABLE_PAUSED);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_changes (void)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  const CliPriority *priority;

  g_assert_true (parse (&options, CLI_COMMAND_SET,
                        "--state s x --resume --name n --label a --label b --priority skip:0-2,7 "
                        "--priority high:3 --download-limit 1K --upload-limit 0 --ratio none "
                        "--seed-time 2m --idle-time general --after remove-data --sequential off "
                        "--super-seed on --tracker http://a/b,udp://c/d --tracker http://e/f "
                        "--position 4 --max-peers 5 --upload-slots 6", &error));
  g_assert_no_error (error);
  g_assert_cmpint (options.changes.run, ==, CLI_RUN_RESUME);
  g_assert_cmpstr (options.name, ==, "n");
  g_assert_cmpuint (g_strv_length (options.labels), ==, 2);
  g_assert_cmpuint (g_strv_length (options.trackers), ==, 2);
  g_assert_cmpuint (options.changes.priorities->len, ==, 2);
  priority = &g_array_index (options.changes.priorities, CliPriority, 0);
  g_assert_cmpint (priority->priority, ==, BT_PRIORITY_SKIP);
  g_assert_cmpuint (priority->ranges->len, ==, 2);
  g_assert_cmpuint (options.changes.said, ==, (CLI_CHANGE_UPLOAD_SLOTS << 1) - 1);
  g_assert_cmpuint (options.changes.download_limit_bps, ==, 1024);
  g_assert_cmpuint (options.changes.upload_limit_bps, ==, 0);
  g_assert_cmpfloat (options.changes.ratio, ==, BT_RATIO_NONE);
  g_assert_cmpint (options.changes.seed_time_s, ==, 120);
  g_assert_cmpint (options.changes.idle_s, ==, BT_RATIO_GENERAL);
  g_assert_cmpint (options.changes.after_share, ==, BT_AFTER_SHARE_REMOVE_DATA);
  g_assert_true (options.changes.is_super_seeding && !options.changes.is_sequential);
  g_assert_cmpuint (options.changes.position, ==, 4);
  g_assert_cmpuint (options.changes.max_peers, ==, 5);
  g_assert_cmpuint (options.changes.upload_slots, ==, 6);
}

static void
test_help (void)
{
  g_autofree char *overview = cli_options_dup_overview ();

  for (guint i = 0; i < CLI_N_COMMANDS; i++)
    {
      g_autofree char *help = cli_options_dup_help ((CliCommand) i);
      CliCommand found = CLI_N_COMMANDS;

      g_assert_nonnull (strstr (help, "Usage:"));
      g_assert_nonnull (strstr (help, cli_command_get_name ((CliCommand) i)));
      g_assert_nonnull (strstr (overview, cli_command_get_name ((CliCommand) i)));
      g_assert_true (cli_command_find (cli_command_get_name ((CliCommand) i), &found));
      g_assert_cmpuint (found, ==, i);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/options/defaults", test_defaults);
  g_test_add_func ("/cli/options/everything", test_everything);
  g_test_add_func ("/cli/options/wrong", test_wrong);
  g_test_add_func ("/cli/options/state", test_state);
  g_test_add_func ("/cli/options/timetable", test_timetable);
  g_test_add_func ("/cli/options/changes", test_changes);
  g_test_add_func ("/cli/options/help", test_help);
  return g_test_run ();
}
