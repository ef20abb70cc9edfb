/* freshet-mark-words.h - what happened to a torrent, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* One sentence without a full stop. (transfer full) */
char       *freshet_mark_words_describe (const BtHistoryMark *mark);
/* Static. */
const char *freshet_mark_words_icon     (BtMarkKind           kind);

G_END_DECLS
