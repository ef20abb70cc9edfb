/* bt-pcp-ear.h - hears routers say that they have begun anew (RFC 6886, 3.2.1; RFC 6887, 14.1)
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-poller.h"

G_BEGIN_DECLS

typedef struct _BtPcpEar BtPcpEar;

/* `from`: who says so, as far as that can be trusted; `epoch_s`: since when it runs. May not free the ear. */
typedef void (*BtPcpEarFunc) (const BtAddress *from,
                              guint32          epoch_s,
                              gpointer         user_data);

/* NULL with errno: nothing can be heard. */
BtPcpEar *bt_pcp_ear_new  (BtPoller     *poller,
                           guint16       port,
                           BtPcpEarFunc  func,
                           gpointer      user_data);
void      bt_pcp_ear_free (BtPcpEar     *ear);
/* Listens at this interface, too: the kernel's index. Harmless when it does already. */
void      bt_pcp_ear_join (BtPcpEar     *ear,
                           guint         interface);

G_END_DECLS
