/* cli-options.h - the commands and what can be said to them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "cli-say.h"

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define CLI_MAX_PEERS      65535u
#define CLI_MAX_PEER_ADDRESSES 10000u
#define CLI_MAX_AT_ONCE    1000000u  /* torrents, and places in the queue */

typedef enum
{
  CLI_COMMAND_DOWNLOAD,
  CLI_COMMAND_SEED,
  CLI_COMMAND_SHOW,
  CLI_COMMAND_VERIFY,
  CLI_COMMAND_CREATE,
  CLI_COMMAND_TRACKER,
  CLI_COMMAND_ADD,
  CLI_COMMAND_LIST,
  CLI_COMMAND_SET,
  CLI_COMMAND_MOVE,
  CLI_COMMAND_RENAME,
  CLI_COMMAND_REMOVE,
  CLI_COMMAND_RECHECK,
  CLI_COMMAND_RESTORE,
  CLI_N_COMMANDS,
} CliCommand;

/* Whatever is wrong with how the program was called. */
#define CLI_OPTIONS_ERROR (cli_options_error_quark ())
GQuark cli_options_error_quark (void);

typedef enum
{
  CLI_OPTIONS_ERROR_WRONG,
  CLI_OPTIONS_ERROR_NOT_YET,  /* understood, but not available yet */
} CliOptionsError;

/* --- set --- */

typedef enum
{
  CLI_RUN_AS_BEFORE,
  CLI_RUN_PAUSE,
  CLI_RUN_RESUME,
  CLI_RUN_FORCE,
} CliRunWish;

typedef struct
{
  BtPriority  priority;
  GArray     *ranges;   /* owned; of CliRange */
} CliPriority;

/* Which of the values below were said. */
typedef enum
{
  CLI_CHANGE_DOWNLOAD_LIMIT = 1 << 0,
  CLI_CHANGE_UPLOAD_LIMIT   = 1 << 1,
  CLI_CHANGE_RATIO          = 1 << 2,
  CLI_CHANGE_SEED_TIME      = 1 << 3,
  CLI_CHANGE_IDLE_TIME      = 1 << 4,
  CLI_CHANGE_AFTER          = 1 << 5,
  CLI_CHANGE_SEQUENTIAL     = 1 << 6,
  CLI_CHANGE_SUPER_SEED     = 1 << 7,
  CLI_CHANGE_POSITION       = 1 << 8,
  CLI_CHANGE_MAX_PEERS      = 1 << 9,
  CLI_CHANGE_UPLOAD_SLOTS   = 1 << 10,
} CliChange;

/* What is to be changed of torrents; name, labels and trackers stand in the options. */
typedef struct
{
  CliRunWish    run;
  guint         said;              /* CliChange */
  gboolean      has_no_labels;
  gboolean      has_own_trackers;
  gboolean      has_own_web_seeds;
  GArray       *priorities;        /* owned, nullable; of CliPriority */
  guint64       download_limit_bps;
  guint64       upload_limit_bps;
  double        ratio;             /* or BT_RATIO_…, for all three */
  gint64        seed_time_s;
  gint64        idle_s;
  BtAfterShare  after_share;
  gboolean      is_sequential;
  gboolean      is_super_seeding;
  guint         position;
  guint         max_peers;
  guint         upload_slots;
} CliChanges;

/* What one command was told. All pointers are owned; text is in the file system's encoding where it is a path. */
typedef struct
{
  CliCommand       command;
  char           **arguments;       /* never NULL */
  gboolean         is_json;
  gboolean         is_quiet;

  /* Of those that have a state; the paths are absolute */
  char            *state;           /* nullable */
  char            *incomplete;      /* nullable; add */
  char           **labels;          /* nullable; add, set */
  gboolean         is_paused;       /* add */
  char            *files_of;        /* nullable; list */
  char            *web_seeds_of;    /* nullable; list */
  BtRemoveData     remove_data;     /* remove */
  CliChanges       changes;         /* set */
  BtSettings       settings;        /* download, seed */
  char            *block_list;      /* nullable; download, seed */

  /* download, seed, verify, add */
  char            *directory;       /* "." when nothing was said */

  /* download, seed */
  BtAddress        bind;            /* tracker too */
  guint16          port;            /* tracker too */
  GArray          *peers;           /* of BtKnownAddress */
  gboolean         no_discovery;    /* none of the next three */
  gboolean         no_dht;
  gboolean         no_pex;
  gboolean         no_local;
  gboolean         no_port_mapping; /* nor with no_discovery */
  char           **dht_nodes;       /* nullable: the public ones */
  gboolean         is_anonymous;
  gboolean         no_trackers;
  gboolean         wants_sockets;   /* with is_json */
  guint            max_peers;       /* 0: the default */
  guint            upload_slots;    /* 0: automatic */
  guint64          download_limit_bps;
  guint64          upload_limit_bps;
  GArray          *selection;       /* nullable; of CliRange */
  gboolean         is_sequential;
  gboolean         keep_seeding;
  double           seed_ratio;      /* below 0: no goal */
  gint64           seed_time_s;     /* below 0: no goal */
  BtPreallocation  preallocation;

  /* create */
  char            *output;          /* nullable */
  char           **trackers;        /* nullable; each a tier, its URLs separated by commas */
  char           **web_seeds;       /* nullable; download, set, too */
  char            *comment;         /* nullable */
  char            *source;          /* nullable */
  char            *name;            /* nullable */
  guint32          piece_bytes;     /* 0: by the size */
  gboolean         is_private;
  gboolean         has_no_date;
  gboolean         may_overwrite;

  /* tracker */
  guint            interval_s;      /* 0: the default */
} CliOptions;

const char *cli_command_get_name     (CliCommand          command);
gboolean    cli_command_find         (const char         *name,
                                      CliCommand         *out_command);
/* A line about each command. (transfer full) */
char       *cli_options_dup_overview (void);
/* (transfer full) */
char       *cli_options_dup_help     (CliCommand          command);
/* `words` are what stands behind the command. `--help` sets `out_wants_help`, and nothing else is judged then.
 * Errors: CLI_OPTIONS_ERROR, in one sentence. */
gboolean    cli_options_parse        (CliOptions         *options,
                                      CliCommand          command,
                                      const char *const  *words,
                                      gboolean           *out_wants_help,
                                      GError            **error);
void        cli_options_clear        (CliOptions         *options);
/* Complains; the exit status says whose fault it is. */
CliStatus   cli_complain_about       (const GError       *error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliOptions, cli_options_clear)

G_END_DECLS
