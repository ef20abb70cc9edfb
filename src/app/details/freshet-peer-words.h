/* freshet-peer-words.h - what is known of a peer, in translated words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

/* A word or two: "Downloading". Static. */
const char *freshet_peer_words_state   (const BtPeerRow *row);
/* Whether both have said what they want of each other: before that there is nothing to say of the connection. */
gboolean    freshet_peer_words_is_greeted (const BtPeerRow *row);
/* "TCP", "µTP"; maybe "". Static. */
const char *freshet_peer_words_transport  (const BtPeerRow *row);
/* Whether the connection is encrypted: "Yes"; maybe "". Static. */
const char *freshet_peer_words_encryption (const BtPeerRow *row);
/* Where its address comes from; several, with commas. (transfer full) */
char       *freshet_peer_words_source  (guint            sources);
/* A letter for each thing that holds, with spaces: "D U"; maybe "". (transfer full) */
char       *freshet_peer_words_flags   (const BtPeerRow *row);
/* The same, a line for each letter: "D: It lets us download". (transfer full) */
char       *freshet_peer_words_explain (const BtPeerRow *row);

G_END_DECLS
