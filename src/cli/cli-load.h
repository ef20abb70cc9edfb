/* cli-load.h - torrents as they are named on the command line: files and URLs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* Blocks. Errors: CLI_OPTIONS_ERROR for a magnet link; those of bt_load_metainfo(), in one sentence that names the
 * torrent. (transfer full) (nullable) */
BtMetainfo *cli_load         (const char  *argument,
                              GError     **error);
/* All of them, none twice: for the commands that take part in a swarm. (transfer full) (nullable): of BtMetainfo */
GPtrArray  *cli_load_all     (char       **arguments,
                              GError     **error);
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
