/* main.c - freshet-cli: finds the command and hands over
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"

#include "supervisor/bt-load.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

typedef CliStatus (*CommandFunc) (const CliOptions *options);

static const CommandFunc functions[CLI_N_COMMANDS] = {
  [CLI_COMMAND_DOWNLOAD] = cli_download,
  [CLI_COMMAND_SEED] = cli_download,
  [CLI_COMMAND_SHOW] = cli_show,
  [CLI_COMMAND_VERIFY] = cli_verify,
  [CLI_COMMAND_CREATE] = cli_create,
  [CLI_COMMAND_TRACKER] = cli_tracker,
  [CLI_COMMAND_ADD] = cli_add,
  [CLI_COMMAND_LIST] = cli_list,
  [CLI_COMMAND_SET] = cli_set,
  [CLI_COMMAND_MOVE] = cli_move,
  [CLI_COMMAND_RENAME] = cli_rename,
  [CLI_COMMAND_REMOVE] = cli_remove,
  [CLI_COMMAND_RECHECK] = cli_recheck,
  [CLI_COMMAND_RESTORE] = cli_restore,
};

static CliStatus
help_with (CliCommand command)
{
  g_autofree char *help = cli_options_dup_help (command);

  cli_print (help);
  return CLI_DONE;
}

static CliStatus
help (const char *name)
{
  g_autofree char *overview = NULL;
  CliCommand command;

  if (name == NULL)
    {
      overview = cli_options_dup_overview ();
      cli_print (overview);
      return CLI_DONE;
    }
  if (cli_command_find (name, &command))
    return help_with (command);
  cli_complain (_("there is no command “%s”; freshet-cli --help lists them"), name);
  return CLI_USAGE;
}

static CliStatus
run_command (CliCommand         command,
             const char *const *words)
{
  g_auto (CliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean wants_help = FALSE;

  if (!cli_options_parse (&options, command, words, &wants_help, &error))
    {
      if (g_error_matches (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG))
        cli_complain (_("%s; see freshet-cli %s --help"), error->message,
                      cli_command_get_name (command));
      else
        cli_complain ("%s", error->message);
      return CLI_USAGE;
    }
  if (wants_help)
    return help_with (command);
  bt_load_set_device (options.settings.network.device);
  return functions[command] (&options);
}

int
main (int   argc,
      char *argv[])
{
  CliCommand command;
  const char *word = argc > 1 ? argv[1] : NULL;

  setlocale (LC_ALL, "");
  /* The engine and the system have translations, these commands none yet: one language is better than a mixture. */
  setlocale (LC_MESSAGES, "C");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("freshet-cli");

  if (word == NULL)
    {
      cli_complain (_("what should be done? freshet-cli --help lists the commands"));
      return CLI_USAGE;
    }
  if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0)
    return help (argc > 2 ? argv[2] : NULL);
  if (strcmp (word, "--version") == 0)
    {
      cli_print ("freshet-cli " BT_VERSION "\n");
      return CLI_DONE;
    }
  if (cli_command_find (word, &command))
    return run_command (command, (const char *const *) argv + 2);
  cli_complain (_("there is no command “%s”; freshet-cli --help lists them"), word);
  return CLI_USAGE;
}
