/* cli-options-groups.c - the options, in groups that commands share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options-private.h"

#include <glib/gi18n.h>

static void
add_shared_entries (GOptionContext *context,
                    CliOptions     *options,
                    CliSaid        *said)
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
                    CliOptions     *options,
                    CliSaid        *said)
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
                    CliOptions     *options,
                    CliSaid        *said)
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
                   CliSaid        *said)
{
  const GOptionEntry swarm[] = {
    { "peer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &said->peers,
      N_("Connect to this peer; may be repeated"), N_("ADDRESS:PORT") },
    { "interface", 0, 0, G_OPTION_ARG_STRING, &said->interface,
      N_("Use this network interface only, and wait while it is not there"), N_("NAME") },
    { "proxy", 0, 0, G_OPTION_ARG_STRING, &said->proxy,
      N_("Go through this proxy, socks5:// or http://; password also in FRESHET_PROXY_PASSWORD"),
      N_("URL") },
    { "proxy-for", 0, 0, G_OPTION_ARG_STRING, &said->proxy_for,
      N_("trackers, peers or both (default: both)"), N_("WHAT") },
    { "anonymous", 0, 0, G_OPTION_ARG_NONE, &options->is_anonymous,
      N_("Tell nobody which program this is, and nothing to the local network"), NULL },
    { "sockets", 0, 0, G_OPTION_ARG_NONE, &options->wants_sockets,
      N_("With --json: once a second each open socket and its interface"), NULL },
    { "no-trackers", 0, 0, G_OPTION_ARG_NONE, &options->no_trackers,
      N_("Do not ask any tracker"), NULL },
    { "no-discovery", 0, 0, G_OPTION_ARG_NONE, &options->no_discovery,
      N_("Find peers through trackers and --peer only"), NULL },
    { "no-dht", 0, 0, G_OPTION_ARG_NONE, &options->no_dht,
      N_("Do not look for peers in the DHT"), NULL },
    { "no-pex", 0, 0, G_OPTION_ARG_NONE, &options->no_pex,
      N_("Do not exchange peers with peers"), NULL },
    { "no-local", 0, 0, G_OPTION_ARG_NONE, &options->no_local,
      N_("Do not look for peers in the local network"), NULL },
    { "no-port-mapping", 0, 0, G_OPTION_ARG_NONE, &options->no_port_mapping,
      N_("Do not ask routers to open the port"), NULL },
    { "dht-node", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->dht_nodes,
      N_("Ask this node of the DHT first, none of the public ones; may be repeated"),
      N_("HOST:PORT") },
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
      N_("Of connections: prefer (default), require or off"), N_("HOW") },
    { "transport", 0, 0, G_OPTION_ARG_STRING, &said->transport,
      N_("To peers: both (default), tcp or utp"), N_("WHICH") },
    { NULL },
  };

  g_option_context_add_main_entries (context, swarm, GETTEXT_PACKAGE);
}

static void
add_fetch_entries (GOptionContext *context,
                   CliOptions     *options,
                   CliSaid        *said)
{
  const GOptionEntry fetch[] = {
    { "select", 's', 0, G_OPTION_ARG_STRING, &said->select,
      N_("Fetch only these files, like 0,2,5-9; see show"), N_("INDEX,…") },
    { "sequential", 0, 0, G_OPTION_ARG_NONE, &options->is_sequential,
      N_("Fetch the pieces in order"), NULL },
    { "preallocate", 0, 0, G_OPTION_ARG_STRING, &said->preallocate,
      N_("none, sparse (default) or full"), N_("HOW") },
    { NULL },
  };

  g_option_context_add_main_entries (context, fetch, GETTEXT_PACKAGE);
}

static void
add_add_entries (GOptionContext *context,
                 CliOptions     *options,
                 CliSaid        *said)
{
  const GOptionEntry add[] = {
    { "paused", 0, 0, G_OPTION_ARG_NONE, &options->is_paused,
      N_("It does not run before set --resume"), NULL },
    { "incomplete", 0, 0, G_OPTION_ARG_FILENAME, &said->incomplete,
      N_("The data lies there until it is complete"), N_("DIR") },
    { "label", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->labels,
      N_("A label; may be repeated"), N_("LABEL") },
    { NULL },
  };

  g_option_context_add_main_entries (context, add, GETTEXT_PACKAGE);
}

static void
add_download_entries (GOptionContext *context,
                      CliOptions     *options,
                      CliSaid        *said)
{
  const GOptionEntry download[] = {
    { "keep-seeding", 0, 0, G_OPTION_ARG_NONE, &options->keep_seeding,
      N_("Share what is complete until interrupted"), NULL },
    { "web-seed", 'w', 0, G_OPTION_ARG_STRING_ARRAY, &options->web_seeds,
      N_("Fetch from this HTTP server, too; may be repeated"), N_("URL") },
    { NULL },
  };

  g_option_context_add_main_entries (context, download, GETTEXT_PACKAGE);
}

static void
add_create_entries (GOptionContext *context,
                    CliOptions     *options,
                    CliSaid        *said)
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
                     CliOptions     *options,
                     CliSaid        *said)
{
  const GOptionEntry tracker[] = {
    { "interval", 'i', 0, G_OPTION_ARG_STRING, &said->interval,
      N_("Seconds between a peer's announces"), N_("SECONDS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, tracker, GETTEXT_PACKAGE);
}

static void
add_state_entries (GOptionContext *context,
                   CliOptions     *options,
                   CliSaid        *said)
{
  const GOptionEntry state[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &said->state,
      N_("Keep the torrents, and how far they are, in this file"), N_("FILE") },
    { NULL },
  };

  g_option_context_add_main_entries (context, state, GETTEXT_PACKAGE);
}

static void
add_general_entries (GOptionContext *context,
                     CliOptions     *options,
                     CliSaid        *said)
{
  const GOptionEntry general[] = {
    { "max-downloads", 0, 0, G_OPTION_ARG_STRING, &said->max_downloads,
      N_("Torrents that download at once (default: 0, all)"), N_("N") },
    { "max-seeds", 0, 0, G_OPTION_ARG_STRING, &said->max_seeds,
      N_("Torrents that share at once (default: 0, all)"), N_("N") },
    { "alternative-download-limit", 0, 0, G_OPTION_ARG_STRING, &said->alternative_download_limit,
      N_("The other limit, of --use-alternative and the timetable"), N_("RATE") },
    { "alternative-upload-limit", 0, 0, G_OPTION_ARG_STRING, &said->alternative_upload_limit,
      N_("Likewise"), N_("RATE") },
    { "use-alternative", 0, 0, G_OPTION_ARG_NONE, &said->use_alternative,
      N_("The other limits hold now"), NULL },
    { "timetable", 0, 0, G_OPTION_ARG_FILENAME, &said->timetable,
      N_("Seven lines of 48 letters, n, a or p, for a week"), N_("FILE") },
    { "min-free", 0, 0, G_OPTION_ARG_STRING, &said->min_free,
      N_("Stop before less room than this is left on a disk"), N_("BYTES") },
    { "block-list", 0, 0, G_OPTION_ARG_FILENAME, &options->block_list,
      N_("Nobody on this list is a peer; eMule, P2P or CIDR, gzip"), N_("FILE") },
    { "no-suffix", 0, 0, G_OPTION_ARG_NONE, &said->no_suffix,
      N_("Incomplete files do not end in .part"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, general, GETTEXT_PACKAGE);
}

static void
add_list_entries (GOptionContext *context,
                  CliOptions     *options,
                  CliSaid        *said)
{
  const GOptionEntry list[] = {
    { "files", 'f', 0, G_OPTION_ARG_STRING, &options->files_of,
      N_("The files of this one instead"), N_("TORRENT") },
    { "web-seeds", 0, 0, G_OPTION_ARG_STRING, &options->web_seeds_of,
      N_("The web seeds of this one instead"), N_("TORRENT") },
    { NULL },
  };

  g_option_context_add_main_entries (context, list, GETTEXT_PACKAGE);
}

static void
add_change_entries (GOptionContext *context,
                    CliOptions     *options,
                    CliSaid        *said)
{
  const GOptionEntry changes[] = {
    { "pause", 0, 0, G_OPTION_ARG_NONE, &said->pause, N_("It does not run any more"), NULL },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &said->resume, N_("It runs, in its turn"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &said->force,
      N_("It runs, whatever the queue says"), NULL },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options->name,
      N_("Its name in the list; files keep theirs"), N_("NAME") },
    { "label", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->labels,
      N_("All its labels; may be repeated"), N_("LABEL") },
    { "no-labels", 0, 0, G_OPTION_ARG_NONE, &options->changes.has_no_labels,
      N_("It has no labels"), NULL },
    { "priority", 0, 0, G_OPTION_ARG_STRING_ARRAY, &said->priorities,
      N_("skip, low, normal or high, of files; may be repeated"), N_("HOW:INDEX,…") },
    { "download-limit", 0, 0, G_OPTION_ARG_STRING, &said->download_limit,
      N_("Bytes per second, with K, M or G (0: none)"), N_("RATE") },
    { "upload-limit", 0, 0, G_OPTION_ARG_STRING, &said->upload_limit,
      N_("Bytes per second, with K, M or G (0: none)"), N_("RATE") },
    { "ratio", 0, 0, G_OPTION_ARG_STRING, &said->ratio,
      N_("Share so many times its size; or none, or general"), N_("RATIO") },
    { "seed-time", 0, 0, G_OPTION_ARG_STRING, &said->seed_time,
      N_("Share for so long; or none, or general"), N_("TIME") },
    { "idle-time", 0, 0, G_OPTION_ARG_STRING, &said->idle_time,
      N_("Share until nobody wanted it for so long; likewise"), N_("TIME") },
    { "after", 0, 0, G_OPTION_ARG_STRING, &said->after,
      N_("Then: pause, remove, remove-data, super-seed, general"), N_("WHAT") },
    { "sequential", 0, 0, G_OPTION_ARG_STRING, &said->sequential,
      N_("on or off: fetch the pieces in order"), N_("ON") },
    { "super-seed", 0, 0, G_OPTION_ARG_STRING, &said->super_seed,
      N_("on or off: give each piece away once, to begin with"), N_("ON") },
    { "tracker", 't', 0, G_OPTION_ARG_STRING_ARRAY, &options->trackers,
      N_("All its trackers; repeat for tiers, commas within one"), N_("URL") },
    { "own-trackers", 0, 0, G_OPTION_ARG_NONE, &options->changes.has_own_trackers,
      N_("Those of its .torrent file again"), NULL },
    { "web-seed", 'w', 0, G_OPTION_ARG_STRING_ARRAY, &options->web_seeds,
      N_("All its web seeds; may be repeated"), N_("URL") },
    { "own-web-seeds", 0, 0, G_OPTION_ARG_NONE, &options->changes.has_own_web_seeds,
      N_("Those of its .torrent file again"), NULL },
    { "position", 0, 0, G_OPTION_ARG_STRING, &said->position,
      N_("Its place in the queue, 0 is the first"), N_("N") },
    { "max-peers", 0, 0, G_OPTION_ARG_STRING, &said->max_peers,
      N_("Connections (0: the default)"), N_("N") },
    { "upload-slots", 0, 0, G_OPTION_ARG_STRING, &said->upload_slots,
      N_("Peers to upload to at a time (0: automatic)"), N_("N") },
    { NULL },
  };

  g_option_context_add_main_entries (context, changes, GETTEXT_PACKAGE);
}

static void
add_remove_entries (GOptionContext *context,
                    CliOptions     *options,
                    CliSaid        *said)
{
  const GOptionEntry remove[] = {
    { "trash", 0, 0, G_OPTION_ARG_NONE, &said->trash,
      N_("Its files go to the trash"), NULL },
    { "delete", 0, 0, G_OPTION_ARG_NONE, &said->delete,
      N_("Its files are deleted"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, remove, GETTEXT_PACKAGE);
}

typedef void (*AddEntries) (GOptionContext *context,
                            CliOptions     *options,
                            CliSaid        *said);

/* In the order of the help. */
static const struct
{
  CliGroup   group;
  AddEntries add;
} groups_in_order[] = {
  { CLI_GROUP_STATE, add_state_entries },
  { CLI_GROUP_FOLDER, add_folder_entries },
  { CLI_GROUP_FETCH, add_fetch_entries },
  { CLI_GROUP_ADD, add_add_entries },
  { CLI_GROUP_DOWNLOAD, add_download_entries },
  { CLI_GROUP_SOCKETS, add_socket_entries },
  { CLI_GROUP_SWARM, add_swarm_entries },
  { CLI_GROUP_GENERAL, add_general_entries },
  { CLI_GROUP_CREATE, add_create_entries },
  { CLI_GROUP_TRACKER, add_tracker_entries },
  { CLI_GROUP_LIST, add_list_entries },
  { CLI_GROUP_CHANGES, add_change_entries },
  { CLI_GROUP_REMOVE, add_remove_entries },
};

void
cli_options_add_groups (GOptionContext *context,
                        guint           groups,
                        CliOptions     *options,
                        CliSaid        *said)
{
  for (gsize i = 0; i < G_N_ELEMENTS (groups_in_order); i++)
    if (groups & groups_in_order[i].group)
      groups_in_order[i].add (context, options, said);
  add_shared_entries (context, options, said);
}

void
cli_said_clear (CliSaid *said)
{
  g_free (said->bind);
  g_free (said->interface);
  g_free (said->proxy);
  g_free (said->proxy_for);
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
  g_free (said->incomplete);
  g_free (said->max_downloads);
  g_free (said->max_seeds);
  g_free (said->alternative_download_limit);
  g_free (said->alternative_upload_limit);
  g_free (said->timetable);
  g_free (said->min_free);
  g_strfreev (said->priorities);
  g_free (said->ratio);
  g_free (said->idle_time);
  g_free (said->after);
  g_free (said->sequential);
  g_free (said->super_seed);
  g_free (said->position);
}
