/* cli-options-private.h - between the words and what they mean
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-options.h"

G_BEGIN_DECLS

/* Options that go together; a command has some of them. In the order of its help. */
typedef enum
{
  CLI_GROUP_STATE    = 1 << 0,
  CLI_GROUP_FOLDER   = 1 << 1,
  CLI_GROUP_FETCH    = 1 << 2,   /* how a torrent's files are fetched */
  CLI_GROUP_ADD      = 1 << 3,
  CLI_GROUP_DOWNLOAD = 1 << 4,
  CLI_GROUP_SOCKETS  = 1 << 5,
  CLI_GROUP_SWARM    = 1 << 6,
  CLI_GROUP_GENERAL  = 1 << 7,   /* of all torrents of a state */
  CLI_GROUP_CREATE   = 1 << 8,
  CLI_GROUP_TRACKER  = 1 << 9,
  CLI_GROUP_LIST     = 1 << 10,
  CLI_GROUP_CHANGES  = 1 << 11,
  CLI_GROUP_REMOVE   = 1 << 12,
} CliGroup;

/* What the words said, before it is judged. Owned, nullable. */
typedef struct
{
  gboolean  wants_help;
  char     *bind;
  char     *interface;
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
  char     *incomplete;

  /* Of all torrents of a state */
  char     *max_downloads;
  char     *max_seeds;
  char     *alternative_download_limit;
  char     *alternative_upload_limit;
  gboolean  use_alternative;
  char     *timetable;
  char     *min_free;
  gboolean  no_suffix;

  /* set */
  gboolean  pause;
  gboolean  resume;
  gboolean  force;
  char    **priorities;
  char     *ratio;
  char     *idle_time;
  char     *after;
  char     *sequential;
  char     *super_seed;
  char     *position;

  /* remove */
  gboolean  trash;
  gboolean  delete;
} CliSaid;

void     cli_said_clear                (CliSaid         *said);
void     cli_options_add_groups        (GOptionContext  *context,
                                        guint            groups,
                                        CliOptions      *options,
                                        CliSaid         *said);
/* `needs_state`: the command does nothing without. Errors: CLI_OPTIONS_ERROR, as for all of these. */
gboolean cli_options_judge             (CliOptions      *options,
                                        const CliSaid   *said,
                                        gboolean         needs_state,
                                        GError         **error);
gboolean cli_options_judge_state       (CliOptions      *options,
                                        const CliSaid   *said,
                                        gboolean         needs_state,
                                        GError         **error);
gboolean cli_options_judge_changes     (CliOptions      *options,
                                        const CliSaid   *said,
                                        GError         **error);

/* "OPTION: “VALUE” is not EXPECTED". FALSE, always. */
gboolean cli_options_fail              (GError         **error,
                                        const char      *option,
                                        const char      *value,
                                        const char      *expected);
/* The same, a sentence behind the option. */
gboolean cli_options_refuse            (GError         **error,
                                        const char      *option,
                                        const char      *sentence);
/* What was not said (NULL) is left as it is. */
gboolean cli_options_judge_number      (const char      *option,
                                        const char      *text,
                                        guint64          min,
                                        guint64          max,
                                        guint           *out_value,
                                        GError         **error);
gboolean cli_options_judge_rate        (const char      *option,
                                        const char      *text,
                                        guint64         *out_bps,
                                        GError         **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSaid, cli_said_clear)

G_END_DECLS
