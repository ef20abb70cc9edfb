/* cli-match.h - which torrent of a state a word on the command line means; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "store/bt-record.h"

G_BEGIN_DECLS

#define CLI_MATCH_ALL        "all"
#define CLI_MATCH_MIN_DIGITS 6u   /* of an info-hash */

typedef enum
{
  CLI_MATCH_NONE,
  CLI_MATCH_ONE,
  CLI_MATCH_SEVERAL,
} CliMatch;

/* `word` is, in this order, an id, an info-hash or its beginning, or exactly a name. `out_index` is set for ONE. */
CliMatch cli_match (const char             *word,
                    const BtRecord *const  *records,
                    guint                   n_records,
                    guint                  *out_index);

G_END_DECLS
