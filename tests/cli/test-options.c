/* test-options.c - what can be said to the commands, and what cannot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options.h"

#include <glib.h>
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
                        "--peer [::1]:8 --no-discovery --no-trackers --max-peers 2500 "
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
  g_assert_cmpuint (g_array_index (options.peers, BtAddress, 1).port, ==, 8);
  g_assert_true (options.no_discovery && options.no_trackers && options.is_sequential);
  g_assert_true (options.keep_seeding && options.is_json && options.is_quiet);
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
  { CLI_COMMAND_DOWNLOAD, "a --transport utp", "not available yet", TRUE },
  { CLI_COMMAND_DOWNLOAD, "a --state s.db", "not available yet", TRUE },
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
  g_test_add_func ("/cli/options/help", test_help);
  return g_test_run ();
}
