/* freshet-peer-columns.h - the columns of the table of peers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-table.h"

G_BEGIN_DECLS

/* Of FreshetPeer. Static. */
const FreshetTableColumn *freshet_peer_columns_get (gsize *out_n_columns);

G_END_DECLS
