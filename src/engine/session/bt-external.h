/* bt-external.h - the address that others see us at, by their votes (BEP 24, `yourip` of BEP 10, DHT answers)
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

#define BT_EXTERNAL_MAX_VOTES 64  /* of a family; then the oldest does not count any more */
#define BT_EXTERNAL_MIN_VOTES 3   /* that agree; a router or a person's word is enough by itself */

typedef struct _BtExternal BtExternal;

BtExternal *bt_external_new  (void);
void        bt_external_free (BtExternal      *external);
/* `voter`: who says so; its port does not count, and each address has one vote, its newest. NULL: a tracker; all of
 * them share one vote. Of no account: what cannot be an address of the internet, and the word of those who are in the
 * local network. Returns whether the answer has changed. */
gboolean    bt_external_vote (BtExternal      *external,
                              const BtAddress *voter,
                              const BtAddress *seen);
/* A router's word (UPnP, NAT-PMP): stands until it is taken back with NULL. */
gboolean    bt_external_set_known (BtExternal      *external,
                                   BtFamily         family,
                                   const BtAddress *address);
/* Of that family, port 0; family NONE: not known. What most say, when enough do. */
BtAddress   bt_external_get  (const BtExternal *external,
                              BtFamily          family);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtExternal, bt_external_free)

G_END_DECLS
