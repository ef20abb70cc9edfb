/* cli-options.c - the commands and what can be said to them
 *
 * GOption takes the words apart; what they mean is judged here, so that everything wrong ends in one sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options.h"

#include "cli-numbers.h"

#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_QUARK (cli-options-error-quark, cli_options_error)

#define MIN_INTERVAL_S 1
#define MAX_INTERVAL_S (24 * 60 * 60)

/* What the words said, before it is judged. Owned, nullable. */
typedef struct
{
  gboolean  wants_help;
  char     *bind;
  char     *port;
  char    **peers;
  char     *max_peers;
  char     *upload_slots;
  char     *download_limit;
  char     *upload_limit;
  char     *select;
  char     *seed_ratio;
  char     *seed_time;
  char     *encryption;
  char     *transport;
  char     *preallocate;
  char     *state;
  char     *piece_size;
  char     *interval;
} Said;

typedef struct
{
  const char *name;
  const char *arguments;     /* what stands behind the command, for the help */
  const char *summary;       /* one line, for the overview */
  const char *description;   /* the help's last paragraph */
  guint       n_min;         /* arguments */
  guint       n_max;
} Command;

static const Command commands[CLI_N_COMMANDS] = {
  [CLI_COMMAND_DOWNLOAD] = {
    "download", N_("TORRENT…"), N_("Fetch torrents until they are complete"),
    N_("TORRENT is a .torrent file or the http or https URL of one. What lies in the folder\n"
       "already is checked and used, so that an interrupted download goes on where it stopped.\n\n"
       "The exit status is 0 when everything is complete, 1 when something failed or was\n"
       "interrupted before, and 2 when the command was called wrongly."),
    1, G_MAXUINT },
  [CLI_COMMAND_SEED] = {
    "seed", N_("TORRENT…"), N_("Check data that is complete, then share it until interrupted"),
    N_("All of the data must be there: what is incomplete is not shared, and makes the exit\n"
       "status 1."),
    1, G_MAXUINT },
  [CLI_COMMAND_SHOW] = {
    "show", N_("TORRENT…"), N_("Print what is in a torrent"),
    N_("The number before each file is what --select of the download command takes."),
    1, G_MAXUINT },
  [CLI_COMMAND_VERIFY] = {
    "verify", N_("TORRENT…"), N_("Compare what is on the disk with a torrent"),
    N_("Nothing is changed. The exit status is 1 when something is missing or wrong."),
    1, G_MAXUINT },
  [CLI_COMMAND_CREATE] = {
    "create", N_("PATH"), N_("Make a torrent of a file or a folder"),
    N_("Links and special files in the folder are left out."), 1, 1 },
  [CLI_COMMAND_TRACKER] = {
    "tracker", NULL, N_("Run a small HTTP and UDP tracker for a private swarm"),
    N_("Prints its announce URLs and runs until it is interrupted. It keeps nothing on the disk."),
    0, 0 },
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

static void
add_shared_entries (GOptionContext *context,
                    CliOptions     *options,
                    Said           *said)
{
  const GOptionEntry help[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &said->wants_help, N_("Show this text"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->is_quiet, N_("Print errors only"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->is_json,
      N_("Print JSON, an object a line"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->arguments, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, help, GETTEXT_PACKAGE);
}

static void
add_folder_entries (GOptionContext *context,
                    CliOptions     *options)
{
  const GOptionEntry folder[] = {
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &options->directory,
      N_("Folder of the data (default: the current one)"), N_("DIR") },
    { NULL },
  };

  g_option_context_add_main_entries (context, folder, GETTEXT_PACKAGE);
}

static void
add_socket_entries (GOptionContext *context,
                    Said           *said)
{
  const GOptionEntry sockets[] = {
    { "port", 'p', 0, G_OPTION_ARG_STRING, &said->port,
      N_("Port to listen at (default: 0, any free one)"), N_("N") },
    { "bind", 'b', 0, G_OPTION_ARG_STRING, &said->bind,
      N_("Use this address of the machine only"), N_("ADDRESS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, sockets, GETTEXT_PACKAGE);
}

/* Of download and seed. */
static void
add_swarm_entries (GOptionContext *context,
                   CliOptions     *options,
                   Said           *said)
{
  const GOptionEntry swarm[] = {
    { "peer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &said->peers,
      N_("Connect to this peer; may be repeated"), N_("ADDRESS:PORT") },
    { "no-trackers", 0, 0, G_OPTION_ARG_NONE, &options->no_trackers,
      N_("Do not ask any tracker"), NULL },
    { "no-discovery", 0, 0, G_OPTION_ARG_NONE, &options->no_discovery,
      N_("Find peers through trackers and --peer only"), NULL },
    { "max-peers", 0, 0, G_OPTION_ARG_STRING, &said->max_peers,
      N_("Connections for each torrent (default: 100)"), N_("N") },
    { "upload-slots", 0, 0, G_OPTION_ARG_STRING, &said->upload_slots,
      N_("Peers to upload to at a time (default: 0, automatic)"), N_("N") },
    { "download-limit", 0, 0, G_OPTION_ARG_STRING, &said->download_limit,
      N_("Bytes per second, with K, M or G (default: 0, none)"), N_("RATE") },
    { "upload-limit", 0, 0, G_OPTION_ARG_STRING, &said->upload_limit,
      N_("Bytes per second, with K, M or G (default: 0, none)"), N_("RATE") },
    { "seed-ratio", 0, 0, G_OPTION_ARG_STRING, &said->seed_ratio,
      N_("Share until so many times the size was uploaded"), N_("RATIO") },
    { "seed-time", 0, 0, G_OPTION_ARG_STRING, &said->seed_time,
      N_("Share for so long: seconds, or with m, h or d"), N_("TIME") },
    { "encryption", 0, 0, G_OPTION_ARG_STRING, &said->encryption,
      N_("prefer, require or off"), N_("HOW") },
    { "transport", 0, 0, G_OPTION_ARG_STRING, &said->transport,
      N_("both, tcp or utp"), N_("WHICH") },
    { "state", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &said->state,
      N_("Keep what is known about the torrents in this file"), N_("FILE") },
    { NULL },
  };

  g_option_context_add_main_entries (context, swarm, GETTEXT_PACKAGE);
}

static void
add_download_entries (GOptionContext *context,
                      CliOptions     *options,
                      Said           *said)
{
  const GOptionEntry download[] = {
    { "select", 's', 0, G_OPTION_ARG_STRING, &said->select,
      N_("Fetch only these files, like 0,2,5-9; see show"), N_("INDEX,…") },
    { "sequential", 0, 0, G_OPTION_ARG_NONE, &options->is_sequential,
      N_("Fetch the pieces in order"), NULL },
    { "keep-seeding", 0, 0, G_OPTION_ARG_NONE, &options->keep_seeding,
      N_("Share what is complete until interrupted"), NULL },
    { "preallocate", 0, 0, G_OPTION_ARG_STRING, &said->preallocate,
      N_("none, sparse (default) or full"), N_("HOW") },
    { NULL },
  };

  g_option_context_add_main_entries (context, download, GETTEXT_PACKAGE);
}

static void
add_create_entries (GOptionContext *context,
                    CliOptions     *options,
                    Said           *said)
{
  const GOptionEntry create[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_("File to write (default: NAME.torrent, here)"), N_("FILE") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options->may_overwrite,
      N_("Replace the file if there is one"), NULL },
    { "tracker", 't', 0, G_OPTION_ARG_STRING_ARRAY, &options->trackers,
      N_("Announce URL; repeat for further tiers, commas within a tier"), N_("URL") },
    { "web-seed", 'w', 0, G_OPTION_ARG_STRING_ARRAY, &options->web_seeds,
      N_("Where the data can be had by HTTP; may be repeated"), N_("URL") },
    { "comment", 'c', 0, G_OPTION_ARG_STRING, &options->comment,
      N_("Put a comment in"), N_("TEXT") },
    { "source", 0, 0, G_OPTION_ARG_STRING, &options->source,
      N_("Put a source in; makes it another torrent"), N_("TEXT") },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options->name,
      N_("Name of the torrent (default: the last part of PATH)"), N_("NAME") },
    { "piece-size", 0, 0, G_OPTION_ARG_STRING, &said->piece_size,
      N_("A power of two, 16K to 16M (default: by the size)"), N_("SIZE") },
    { "private", 0, 0, G_OPTION_ARG_NONE, &options->is_private,
      N_("Peers are to be found through its trackers only"), NULL },
    { "no-date", 0, 0, G_OPTION_ARG_NONE, &options->has_no_date,
      N_("Do not say when it was made"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, create, GETTEXT_PACKAGE);
}

static void
add_tracker_entries (GOptionContext *context,
                     Said           *said)
{
  const GOptionEntry tracker[] = {
    { "interval", 'i', 0, G_OPTION_ARG_STRING, &said->interval,
      N_("Seconds between a peer's announces"), N_("SECONDS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, tracker, GETTEXT_PACKAGE);
}

static GOptionContext *
make_context (CliCommand  command,
              CliOptions *options,
              Said       *said)
{
  const Command *about = &commands[command];
  gboolean has_swarm = command == CLI_COMMAND_DOWNLOAD || command == CLI_COMMAND_SEED;
  GOptionContext *context = g_option_context_new (about->arguments);

  /* The library's own --help would leave the program from within. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, about->summary);
  g_option_context_set_description (context, about->description);
  if (has_swarm || command == CLI_COMMAND_VERIFY)
    add_folder_entries (context, options);
  if (command == CLI_COMMAND_DOWNLOAD)
    add_download_entries (context, options, said);
  if (has_swarm || command == CLI_COMMAND_TRACKER)
    add_socket_entries (context, said);
  if (has_swarm)
    add_swarm_entries (context, options, said);
  if (command == CLI_COMMAND_CREATE)
    add_create_entries (context, options, said);
  if (command == CLI_COMMAND_TRACKER)
    add_tracker_entries (context, said);
  add_shared_entries (context, options, said);
  return context;
}

char *
cli_options_dup_help (CliCommand command)
{
  CliOptions options = { 0 };
  Said said = { 0 };
  g_autoptr (GOptionContext) context = make_context (command, &options, &said);
  g_autofree char *name = g_strconcat ("freshet-cli ", commands[command].name, NULL);

  /* The usage begins with it. */
  g_set_prgname (name);
  return g_option_context_get_help (context, TRUE, NULL);
}

/* --- Judging --- */

static gboolean
fail (GError     **error,
      const char  *option,
      const char  *value,
      const char  *expected)
{
  g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, _("%s: “%s” is not %s"),
               option, value, expected);
  return FALSE;
}

static gboolean
fail_not_yet (GError     **error,
              const char  *what)
{
  g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_NOT_YET,
               _("%s is not available yet"), what);
  return FALSE;
}

static gboolean
judge_number (const char  *option,
              const char  *text,
              guint64      min,
              guint64      max,
              guint       *out_value,
              GError     **error)
{
  g_autofree char *expected = NULL;
  guint64 value;

  if (text == NULL)
    return TRUE;
  if (cli_parse_number (text, min, max, &value))
    {
      *out_value = (guint) value;
      return TRUE;
    }
  expected = g_strdup_printf (_("a number from %u to %u"), (guint) min, (guint) max);
  return fail (error, option, text, expected);
}

static gboolean
judge_rate (const char  *option,
            const char  *text,
            guint64     *out_bps,
            GError     **error)
{
  if (text == NULL || cli_parse_size (text, out_bps))
    return TRUE;
  return fail (error, option, text, _("a number of bytes per second, such as 500K or 2M"));
}

static gboolean
judge_sockets (CliOptions  *options,
               const Said  *said,
               GError     **error)
{
  guint port = 0;

  if (!judge_number ("--port", said->port, 0, G_MAXUINT16, &port, error))
    return FALSE;
  options->port = (guint16) port;
  if (said->bind != NULL &&
      (!bt_address_parse (said->bind, 0, &options->bind) || options->bind.port != 0))
    return fail (error, "--bind", said->bind, _("an IPv4 or IPv6 address"));
  return TRUE;
}

static gboolean
judge_peers (CliOptions  *options,
             const Said  *said,
             GError     **error)
{
  guint n = said->peers != NULL ? g_strv_length (said->peers) : 0;

  if (n > CLI_MAX_PEER_ADDRESSES)
    {
      g_set_error_literal (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                           _("--peer: too many addresses"));
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      BtAddress address;

      if (!bt_address_parse (said->peers[i], 0, &address) || !bt_address_is_connectable (&address))
        return fail (error, "--peer", said->peers[i],
                     _("an address with a port, such as 192.0.2.1:6881"));
      g_array_append_val (options->peers, address);
    }
  return TRUE;
}

static gboolean
judge_transport (const Said  *said,
                 GError     **error)
{
  const char *encryption = said->encryption != NULL ? said->encryption : "prefer";
  const char *transport = said->transport != NULL ? said->transport : "both";

  if (strcmp (encryption, "require") == 0)
    return fail_not_yet (error, "--encryption require");
  if (strcmp (encryption, "prefer") != 0 && strcmp (encryption, "off") != 0)
    return fail (error, "--encryption", encryption, _("prefer, require or off"));
  if (strcmp (transport, "utp") == 0)
    return fail_not_yet (error, "--transport utp");
  if (strcmp (transport, "both") != 0 && strcmp (transport, "tcp") != 0)
    return fail (error, "--transport", transport, _("both, tcp or utp"));
  if (said->state != NULL)
    return fail_not_yet (error, "--state");
  return TRUE;
}

static gboolean
judge_seeding (CliOptions  *options,
               const Said  *said,
               GError     **error)
{
  guint64 seconds;

  if (said->seed_ratio != NULL && !cli_parse_ratio (said->seed_ratio, &options->seed_ratio))
    return fail (error, "--seed-ratio", said->seed_ratio, _("a number such as 1.5"));
  if (said->seed_time != NULL)
    {
      if (!cli_parse_time (said->seed_time, &seconds))
        return fail (error, "--seed-time", said->seed_time,
                     _("a time in seconds, or such as 10m or 2h"));
      options->seed_time_s = (gint64) seconds;
    }
  return TRUE;
}

static gboolean
judge_files (CliOptions  *options,
             const Said  *said,
             GError     **error)
{
  const char *how = said->preallocate != NULL ? said->preallocate : "sparse";

  if (strcmp (how, "none") == 0)
    options->preallocation = BT_PREALLOCATION_NONE;
  else if (strcmp (how, "sparse") == 0)
    options->preallocation = BT_PREALLOCATION_SPARSE;
  else if (strcmp (how, "full") == 0)
    options->preallocation = BT_PREALLOCATION_FULL;
  else
    return fail (error, "--preallocate", how, _("none, sparse or full"));
  if (said->select == NULL)
    return TRUE;
  options->selection = cli_parse_selection (said->select);
  if (options->selection == NULL)
    return fail (error, "--select", said->select, _("a list of file numbers, such as 0,2,5-9"));
  if (g_strv_length (options->arguments) > 1)
    {
      g_set_error_literal (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                           _("--select: only for one torrent at a time"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
judge_piece_size (CliOptions  *options,
                  const Said  *said,
                  GError     **error)
{
  guint64 bytes = 0;

  if (said->piece_size == NULL)
    return TRUE;
  if (!cli_parse_size (said->piece_size, &bytes) || bytes < BT_CREATE_MIN_PIECE_BYTES ||
      bytes > BT_CREATE_MAX_PIECE_BYTES || (bytes & (bytes - 1)) != 0)
    return fail (error, "--piece-size", said->piece_size, _("a power of two from 16K to 16M"));
  options->piece_bytes = (guint32) bytes;
  return TRUE;
}

static gboolean
judge_arguments (CliOptions  *options,
                 GError     **error)
{
  const Command *about = &commands[options->command];
  guint n = g_strv_length (options->arguments);

  if (n < about->n_min)
    g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, _("%s of what? %s is missing"),
                 about->name, _(about->arguments));
  else if (n > about->n_max)
    g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                 _("%s: too many arguments"), about->name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
judge_limits (CliOptions  *options,
              const Said  *said,
              GError     **error)
{
  return judge_number ("--max-peers", said->max_peers, 1, CLI_MAX_PEERS,
                       &options->max_peers, error) &&
         judge_number ("--upload-slots", said->upload_slots, 0, CLI_MAX_PEERS,
                       &options->upload_slots, error) &&
         judge_number ("--interval", said->interval, MIN_INTERVAL_S, MAX_INTERVAL_S,
                       &options->interval_s, error) &&
         judge_rate ("--download-limit", said->download_limit,
                     &options->download_limit_bps, error) &&
         judge_rate ("--upload-limit", said->upload_limit,
                     &options->upload_limit_bps, error);
}

static gboolean
judge (CliOptions  *options,
       const Said  *said,
       GError     **error)
{
  return judge_transport (said, error) &&
         judge_sockets (options, said, error) &&
         judge_peers (options, said, error) &&
         judge_limits (options, said, error) &&
         judge_seeding (options, said, error) &&
         judge_piece_size (options, said, error) &&
         judge_arguments (options, error) &&
         judge_files (options, said, error);
}

static void
said_clear (Said *said)
{
  g_free (said->bind);
  g_free (said->port);
  g_strfreev (said->peers);
  g_free (said->max_peers);
  g_free (said->upload_slots);
  g_free (said->download_limit);
  g_free (said->upload_limit);
  g_free (said->select);
  g_free (said->seed_ratio);
  g_free (said->seed_time);
  g_free (said->encryption);
  g_free (said->transport);
  g_free (said->preallocate);
  g_free (said->state);
  g_free (said->piece_size);
  g_free (said->interval);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Said, said_clear)

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
  g_auto (Said) said = { 0 };
  g_autoptr (GOptionContext) context = NULL;
  g_auto (GStrv) all = dup_words ("freshet-cli", words);
  g_autoptr (GError) wrong = NULL;

  *options = (CliOptions) { .command = command, .seed_ratio = -1, .seed_time_s = -1 };
  options->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
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
  return said.wants_help || judge (options, &said, error);
}

void
cli_options_clear (CliOptions *options)
{
  g_strfreev (options->arguments);
  g_free (options->directory);
  g_clear_pointer (&options->peers, g_array_unref);
  g_clear_pointer (&options->selection, g_array_unref);
  g_free (options->output);
  g_strfreev (options->trackers);
  g_strfreev (options->web_seeds);
  g_free (options->comment);
  g_free (options->source);
  g_free (options->name);
}

CliStatus
cli_complain_about (const GError *error)
{
  cli_complain ("%s", error->message);
  return error->domain == CLI_OPTIONS_ERROR ? CLI_USAGE : CLI_FAILED;
}
