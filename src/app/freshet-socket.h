/* freshet-socket.h - an open socket, and what is said of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "details/freshet-table.h"
#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_SOCKET (freshet_socket_get_type ())

/* Never changes. */
G_DECLARE_FINAL_TYPE (FreshetSocket, freshet_socket, FRESHET, SOCKET, GObject)

/* Borrowed. */
const FreshetTableColumn *freshet_socket_get_columns (gsize        *out_n_columns);
/* Makes the list say the same as `sockets`, of BtSocketFacts: those that are still there stay where they are. */
void                      freshet_socket_update_list (GListStore   *list,
                                                      const GArray *sockets);

G_END_DECLS
