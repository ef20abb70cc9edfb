/* cli-files.h - a torrent's files on the disk, judged by their sizes alone
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

typedef enum
{
  CLI_FILE_RIGHT,    /* as long as it should be */
  CLI_FILE_MISSING,
  CLI_FILE_SHORT,
  CLI_FILE_LONG,
  CLI_FILE_STRANGE,  /* a link, a folder or a device is in its place */
} CliFileState;

/* Whether a file has a place on the disk: pads and links have none. */
gboolean     cli_files_is_real       (const BtFile     *file);
/* Blocks for one stat. */
CliFileState cli_files_look          (const char       *folder,
                                      const BtFile     *file);
/* Bytes that cannot be there. `out_n_files` counts the files concerned. */
guint64      cli_files_count_missing (const BtMetainfo *metainfo,
                                      const char       *folder,
                                      guint            *out_n_files);

G_END_DECLS
