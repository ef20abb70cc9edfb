/* cli-options.c - the commands and what can be said to them
 *
 * GOption takes the words apart; what they mean is judged here, so that everything wrong ends in one sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options.h"

#include "cli-options-private.h"

#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_QUARK (cli-options-error-quark, cli_options_error)

typedef struct
{
  const char *name;
  const char *arguments;     /* what stands behind the command, for the help */
  const char *summary;       /* one line, for the overview */
  const char *description;   /* the help's last paragraph */
  guint       n_min;         /* arguments */
  guint       n_max;
  guint       groups;        /* CliGroup */
  gboolean    needs_state;
} Command;

#define SWARM_GROUPS \
  (CLI_GROUP_STATE | CLI_GROUP_FOLDER | CLI_GROUP_SOCKETS | CLI_GROUP_SWARM | CLI_GROUP_GENERAL)

#define NAMES_ARE \
  N_("TORRENT is a number of list, an info-hash or its first six or more digits, a name, or\n" \
     "“all”. No port is opened and nobody is told.")

static const Command commands[CLI_N_COMMANDS] = {
  [CLI_COMMAND_DOWNLOAD] = {
    "download", N_("TORRENT…"), N_("Fetch torrents until they are complete"),
    N_("TORRENT is a .torrent file, the http or https URL of one, or a magnet link. What lies in\n"
       "the folder already is checked and used, so that an interrupted download goes on where it\n"
       "stopped. With --state the torrents are kept, all that are kept and not paused run, and\n"
       "nothing is checked that lies as it was left.\n\n"
       "The exit status is 0 when everything is complete, 1 when something failed or was\n"
       "interrupted before, and 2 when the command was called wrongly."),
    1, G_MAXUINT, SWARM_GROUPS | CLI_GROUP_FETCH | CLI_GROUP_DOWNLOAD, FALSE },
  [CLI_COMMAND_SEED] = {
    "seed", N_("TORRENT…"), N_("Check data that is complete, then share it until interrupted"),
    N_("All of the data must be there: what is incomplete is not shared, and makes the exit\n"
       "status 1. With --state the torrents are kept, and all that are kept and not paused run."),
    1, G_MAXUINT, SWARM_GROUPS, FALSE },
  [CLI_COMMAND_SHOW] = {
    "show", N_("TORRENT…"), N_("Print what is in a torrent"),
    N_("The number before each file is what --select of the download command takes."),
    1, G_MAXUINT, 0, FALSE },
  [CLI_COMMAND_VERIFY] = {
    "verify", N_("TORRENT…"), N_("Compare what is on the disk with a torrent"),
    N_("Nothing is changed. The exit status is 1 when something is missing or wrong."),
    1, G_MAXUINT, CLI_GROUP_FOLDER, FALSE },
  [CLI_COMMAND_CREATE] = {
    "create", N_("PATH"), N_("Make a torrent of a file or a folder"),
    N_("Links and special files in the folder are left out."),
    1, 1, CLI_GROUP_CREATE, FALSE },
  [CLI_COMMAND_TRACKER] = {
    "tracker", NULL, N_("Run a small HTTP and UDP tracker for a private swarm"),
    N_("Prints its announce URLs and runs until it is interrupted. It keeps nothing on the disk."),
    0, 0, CLI_GROUP_SOCKETS | CLI_GROUP_TRACKER, FALSE },
  [CLI_COMMAND_ADD] = {
    "add", N_("TORRENT…"), N_("Keep torrents in a state, for the next download or seed"),
    N_("TORRENT is a .torrent file, the http or https URL of one, or a magnet link. Of a torrent\n"
       "that is there already, the trackers are added."),
    1, G_MAXUINT, CLI_GROUP_STATE | CLI_GROUP_FOLDER | CLI_GROUP_FETCH | CLI_GROUP_ADD, TRUE },
  [CLI_COMMAND_LIST] = {
    "list", N_("[TORRENT…]"), N_("Print the torrents of a state, or the files of one"),
    NAMES_ARE, 0, G_MAXUINT, CLI_GROUP_STATE | CLI_GROUP_LIST, TRUE },
  [CLI_COMMAND_SET] = {
    "set", N_("TORRENT…"), N_("Change what is set for torrents of a state"),
    NAMES_ARE, 1, G_MAXUINT, CLI_GROUP_STATE | CLI_GROUP_CHANGES, TRUE },
  [CLI_COMMAND_MOVE] = {
    "move", N_("TORRENT… DIR"), N_("Move the data of torrents to another folder"),
    NAMES_ARE, 2, G_MAXUINT, CLI_GROUP_STATE, TRUE },
  [CLI_COMMAND_RENAME] = {
    "rename", N_("TORRENT FROM TO"), N_("Rename a file or a folder of a torrent"),
    N_("FROM is the number or path of a file, or the path of a folder, as list --files prints\n"
       "them. TO is a path, too; without a slash it is another name in the same place."),
    3, 3, CLI_GROUP_STATE, TRUE },
  [CLI_COMMAND_REMOVE] = {
    "remove", N_("TORRENT…"), N_("Remove torrents from a state, maybe with their data"),
    N_("Only files go that the torrent has made and no other uses; what stays is printed."),
    1, G_MAXUINT, CLI_GROUP_STATE | CLI_GROUP_REMOVE, TRUE },
  [CLI_COMMAND_RECHECK] = {
    "recheck", N_("TORRENT…"), N_("Hash what torrents of a state have on the disk"),
    N_("The exit status is 1 when something was missing or wrong that had been there. It is\n"
       "fetched again the next time the torrent runs."),
    1, G_MAXUINT, CLI_GROUP_STATE, TRUE },
  [CLI_COMMAND_RESTORE] = {
    "restore", N_("[COPY]"), N_("List the daily copies of a state, or put one in its place"),
    N_("COPY is a path that restore prints, or “newest”. The damaged state is kept beside it."),
    0, 1, CLI_GROUP_STATE, TRUE },
};

const char *
cli_command_get_name (CliCommand command)
{
  return commands[command].name;
}

gboolean
cli_command_find (const char *name,
                  CliCommand *out_command)
{
  for (guint i = 0; i < CLI_N_COMMANDS; i++)
    if (strcmp (commands[i].name, name) == 0)
      {
        *out_command = (CliCommand) i;
        return TRUE;
      }
  return FALSE;
}

char *
cli_options_dup_overview (void)
{
  GString *text = g_string_new (_("Usage: freshet-cli COMMAND [OPTION…] [ARGUMENT…]\n\n"
                                  "The Freshet BitTorrent engine in a terminal.\n\nCommands:\n"));

  for (guint i = 0; i < CLI_N_COMMANDS; i++)
    g_string_append_printf (text, "  %-10s %s\n", commands[i].name, _(commands[i].summary));
  g_string_append (text, _("\nOptions:\n"
                           "  --help     This text; with a command: all about that command\n"
                           "  --version  Print the version\n"));
  return g_string_free (text, FALSE);
}

static GOptionContext *
make_context (CliCommand  command,
              CliOptions *options,
              CliSaid    *said)
{
  const Command *about = &commands[command];
  GOptionContext *context = g_option_context_new (about->arguments);

  /* The library's own --help would leave the program from within. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, about->summary);
  g_option_context_set_description (context, about->description);
  cli_options_add_groups (context, about->groups, options, said);
  return context;
}

char *
cli_options_dup_help (CliCommand command)
{
  CliOptions options = { 0 };
  CliSaid said = { 0 };
  g_autoptr (GOptionContext) context = make_context (command, &options, &said);
  g_autofree char *name = g_strconcat ("freshet-cli ", commands[command].name, NULL);

  /* The usage begins with it. */
  g_set_prgname (name);
  return g_option_context_get_help (context, TRUE, NULL);
}

static gboolean
judge_arguments (CliOptions  *options,
                 GError     **error)
{
  const Command *about = &commands[options->command];
  guint n = g_strv_length (options->arguments);
  /* What a state has is enough to go on with. */
  guint n_min = options->state != NULL && !about->needs_state ? 0 : about->n_min;

  if (n < n_min)
    g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, _("%s of what? %s is missing"),
                 about->name, _(about->arguments));
  else if (n > about->n_max)
    g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                 _("%s: too many arguments"), about->name);
  else
    return TRUE;
  return FALSE;
}

/* GOption wants the program's name in front. (transfer full) */
static char **
dup_words (const char        *name,
           const char *const *words)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **all;

  g_strv_builder_add (builder, name);
  g_strv_builder_addv (builder, (const char **) words);
  all = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return all;
}

gboolean
cli_options_parse (CliOptions         *options,
                   CliCommand          command,
                   const char *const  *words,
                   gboolean           *out_wants_help,
                   GError            **error)
{
  g_auto (CliSaid) said = { 0 };
  g_autoptr (GOptionContext) context = NULL;
  g_auto (GStrv) all = dup_words ("freshet-cli", words);
  g_autoptr (GError) wrong = NULL;

  *options = (CliOptions) { .command = command, .seed_ratio = -1, .seed_time_s = -1 };
  options->peers = g_array_new (FALSE, FALSE, sizeof (BtKnownAddress));
  context = make_context (command, options, &said);
  if (!g_option_context_parse_strv (context, &all, &wrong))
    {
      g_set_error_literal (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, wrong->message);
      return FALSE;
    }
  *out_wants_help = said.wants_help;
  if (options->arguments == NULL)
    options->arguments = g_new0 (char *, 1);
  if (options->directory == NULL)
    options->directory = g_strdup (".");
  if (said.wants_help)
    return TRUE;
  return cli_options_judge (options, &said, commands[command].needs_state, error) &&
         judge_arguments (options, error);
}

void
cli_options_clear (CliOptions *options)
{
  g_strfreev (options->arguments);
  g_free (options->directory);
  g_clear_pointer (&options->peers, g_array_unref);
  g_clear_pointer (&options->selection, g_array_unref);
  g_strfreev (options->dht_nodes);
  g_free (options->output);
  g_strfreev (options->trackers);
  g_strfreev (options->web_seeds);
  g_free (options->comment);
  g_free (options->source);
  g_free (options->name);
  g_free (options->state);
  g_free (options->incomplete);
  g_free (options->files_of);
  g_free (options->web_seeds_of);
  g_free (options->block_list);
  g_strfreev (options->labels);
  g_clear_pointer (&options->changes.priorities, g_array_unref);
}

CliStatus
cli_complain_about (const GError *error)
{
  cli_complain ("%s", error->message);
  return error->domain == CLI_OPTIONS_ERROR ? CLI_USAGE : CLI_FAILED;
}
