/* freshet-words.h - what the engine's values mean, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* One or two words: "Downloading". Static. */
const char *freshet_words_state      (BtSwarmState        state,
                                      gboolean            is_complete);
/* Why nothing (or little) moves, one sentence; NULL: there is nothing to explain. (transfer full) */
char       *freshet_words_reason     (const BtSwarmFacts *facts);
/* What a row says beneath the name: amounts, rates and time left, or the reason why nothing moves. (transfer full) */
char       *freshet_words_torrent    (BtTorrent          *torrent);
/* The whole row as one sentence, for a screen reader: name, state, how far. (transfer full) */
char       *freshet_words_accessible (BtTorrent          *torrent);
/* What looking for the files of a magnet link has come to: "Asked 3 peers, 2 refused". (transfer full) */
char       *freshet_words_seeking    (const BtSwarmFacts *facts);
/* "12 seeds, 3 leechers by trackers", and the same by the DHT; NULL: nobody has said. (transfer full) */
char       *freshet_words_scrape     (const BtSwarmFacts *facts);
/* Whether others can reach us, in sentences: when somebody came, what was found out, what works. (transfer full) */
char       *freshet_words_reach      (const BtReach      *reach);
/* Whether no more than its magnet link is known: no files, no size. */
gboolean    freshet_words_is_link    (BtTorrent          *torrent);
/* Whether it does not run, by a person's will or after a failure: its button says Resume, not Pause. */
gboolean    freshet_words_is_at_rest (BtTorrent          *torrent);
/* A name of the icon that stands for a state. Static. */
const char *freshet_words_icon       (BtTorrent          *torrent);

G_END_DECLS
