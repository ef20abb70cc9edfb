/* cli-load.h - torrents as they are named on the command line: files and URLs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* A torrent that was named: by its file or by its link. */
typedef struct
{
  BtMetainfo *metainfo;  /* owned, or NULL */
  BtMagnet   *magnet;    /* owned, when the other is not there */
} CliNamed;

void          cli_named_free     (gpointer        named);
/* (transfer full) */
char         *cli_named_dup_title (const CliNamed *named);
const guint8 *cli_named_get_hash (const CliNamed *named);
/* The one of the supervisor's that is the same. (transfer none) (nullable) */
BtTorrent    *cli_named_find     (const CliNamed *named,
                                  BtSupervisor   *supervisor);

/* Blocks. `ranges` (nullable, of CliRange) are the files that a link is to ask for (BEP 53), `web_seeds` (nullable)
 * are added to it. Errors: CLI_OPTIONS_ERROR
 * for a wrong magnet link; those of bt_load_metainfo(), in one sentence that names the torrent. (transfer full)
 * (nullable) */
CliNamed   *cli_load_named   (const char   *argument,
                              const GArray *ranges,
                              char        **web_seeds,
                              GError      **error);
/* All of them, none twice: for the commands that take part in a swarm. (transfer full) (nullable): of CliNamed */
GPtrArray  *cli_load_all     (char        **arguments,
                              const GArray *ranges,
                              char        **web_seeds,
                              GError      **error);
/* The name without anything that could upset a terminal. (transfer full) */
char       *cli_load_dup_name (BtMetainfo *metainfo);
/* The files that `ranges` (of CliRange) name, padding left out. Errors: CLI_OPTIONS_ERROR. (transfer full) (nullable):
 * of guint */
GArray     *cli_load_select  (BtMetainfo   *metainfo,
                              const GArray *ranges,
                              GError      **error);
/* Whether all (nullable, NULL-terminated) are URLs of trackers or web seeds. Errors: CLI_OPTIONS_ERROR */
gboolean    cli_load_check_web_seeds (char **urls,
                                      GError **error);
gboolean    cli_load_check_urls (char      **urls,
                                 GError    **error);

G_END_DECLS
