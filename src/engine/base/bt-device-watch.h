/* bt-device-watch.h - whether a network interface is there and can be used, as it comes and goes
 *
 * The kernel tells of changes by rtnetlink; what is then true is asked anew, so that nothing depends on what it told,
 * nor on all of it having come.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-clock.h"
#include "bt-poller.h"

#include <net/if.h>

G_BEGIN_DECLS

#define BT_DEVICE_MAX_ADDRESSES 32  /* of one interface that are looked at */

typedef struct _BtDeviceWatch BtDeviceWatch;

typedef enum
{
  BT_DEVICE_OTHER,  /* it can be used now and could not before, or the other way round, or it is another one: made
                     * anew, or without any of the addresses that it had */
  BT_DEVICE_WAY,    /* it can still be used, and leads out by IPv6, as it did not before: routes are made after
                     * addresses */
} BtDeviceChange;

/* May call anything but bt_device_watch_free(). */
typedef void (*BtDeviceFunc) (BtDeviceChange change,
                              gpointer       user_data);

/* Never fails: where rtnetlink cannot be heard, it is looked once a second. */
BtDeviceWatch *bt_device_watch_new       (BtPoller      *poller,
                                          BtClock       *clock,
                                          const char    *name,
                                          BtDeviceFunc   func,
                                          gpointer       user_data);
void           bt_device_watch_free      (BtDeviceWatch *watch);
/* It is there, up, connected, and has an address that reaches farther than its own wire. */
gboolean       bt_device_watch_is_usable (BtDeviceWatch *watch);

G_END_DECLS
