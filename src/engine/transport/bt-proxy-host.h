/* bt-proxy-host.h - where the proxy is, and how it does
 *
 * The proxy's own name is the only one that is looked up when everything else goes through it. A proxy that failed
 * several times running is left alone for a while, so that what is to go through it waits instead of failing.
 *
 * Thread: the clock's context, which is the thread-default one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-network-settings.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_PROXY_HOST_MAX_ADDRESSES 8
#define BT_PROXY_HOST_MAX_FAILURES  3                    /* running, then it rests: */
#define BT_PROXY_HOST_FIRST_REST_US (5 * BT_SECOND_US)   /* then twice as long each time, up to */
#define BT_PROXY_HOST_MAX_REST_US   (60 * BT_SECOND_US)

typedef struct _BtProxyHost BtProxyHost;

BtProxyHost   *bt_proxy_host_new         (BtClock         *clock,
                                          const BtProxy   *proxy);
/* After everything that may call bt_proxy_host_judge() for it. */
void           bt_proxy_host_free        (BtProxyHost     *host);
/* Borrowed. */
const BtProxy *bt_proxy_host_get_proxy   (BtProxyHost     *host);
/* FALSE: it is not known yet, or rests; to be asked again later. Begins to look it up when that is needed. */
gboolean       bt_proxy_host_get_address (BtProxyHost     *host,
                                          BtAddress       *out_address);
/* A BtProxyVerdictFunc. */
void           bt_proxy_host_judge       (const GError    *error,
                                          gpointer         host);
/* The way to it failed the last time that it was asked. */
gboolean       bt_proxy_host_is_lost     (BtProxyHost     *host);
/* Why it did not serve us the last time, in words; NULL: it did, or was not asked. Borrowed until the next verdict. */
const char    *bt_proxy_host_get_message (BtProxyHost     *host);
/* It has failed again and again, and served nobody since. */
gboolean       bt_proxy_host_is_down     (BtProxyHost     *host);

G_END_DECLS
