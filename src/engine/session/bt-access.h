/* bt-access.h - who may not connect: a person's bans, and a filter
 *
 * Pure. Bans are of addresses, whatever the port.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "peers/bt-peer-words.h"

G_BEGIN_DECLS

#define BT_ACCESS_MAX_BANS 65536  /* then the oldest is forgotten */

typedef struct _BtAccess BtAccess;

/* Whether the address is blocked. Asked for each connection, so it should be quick; may not call back. */
typedef gboolean (*BtAccessFilter) (const BtAddress *address,
                                    gpointer         user_data);

BtAccess     *bt_access_new           (void);
void          bt_access_free          (BtAccess        *access);
/* Both return whether anything changed. */
gboolean      bt_access_ban           (BtAccess        *access,
                                       const BtAddress *address);
gboolean      bt_access_unban         (BtAccess        *access,
                                       const BtAddress *address);
/* (transfer full): BtAddress without ports, oldest first */
GArray       *bt_access_dup_bans      (BtAccess        *access);
/* In place of the one before, whose `user_data` is let go with its `destroy` (nullable). NULL: none. */
void          bt_access_set_filter    (BtAccess        *access,
                                       BtAccessFilter   is_blocked,
                                       gpointer         user_data,
                                       GDestroyNotify   destroy);
/* BT_CLOSE_NONE: welcome. Otherwise why not; what the filter stops is counted. */
BtCloseReason bt_access_judge         (BtAccess        *access,
                                       const BtAddress *address);
guint64       bt_access_get_n_blocked (BtAccess        *access);

G_END_DECLS
