/* cli-tally.h - how much of each file is right, added up piece by piece; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"

G_BEGIN_DECLS

typedef struct
{
  BtMetainfo *metainfo;   /* owned */
  guint64    *bad_bytes;  /* owned; one for each file: what lies in pieces that are wrong */
  guint64     checked_bytes;
  guint64     good_bytes;
  guint32     n_bad_pieces;
} CliTally;

void   cli_tally_init          (CliTally   *tally,
                                BtMetainfo *metainfo);
void   cli_tally_clear         (CliTally   *tally);
/* `piece` must be valid. */
void   cli_tally_add           (CliTally   *tally,
                                guint32     piece,
                                gboolean    is_good);
/* Of a file, 0 to 100; what is not 0 does not look like it at one digit behind the point. */
double cli_tally_get_bad_percent (const CliTally *tally,
                                  guint32         file);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliTally, cli_tally_clear)

G_END_DECLS
