/* bt-local.h - local discovery (BEP 14): tells the local network what we share, and hears what others do
 *
 * One socket a family, which joins the group on every interface that can do multicast, and joins again as interfaces
 * come and go.
 *
 * Thread: the poller's context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"
#include "base/bt-clock.h"
#include "base/bt-hash.h"
#include "base/bt-poller.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_LOCAL_PORT            6771
#define BT_LOCAL_MAX_INTERFACES  32   /* of each family */
#define BT_LOCAL_MAX_PER_SECOND  10   /* datagrams that are looked at; others are counted and forgotten */
#define BT_LOCAL_INTERFACES_US   (10 * BT_SECOND_US)  /* how often it is looked which there are */

typedef struct _BtLocal BtLocal;

typedef struct
{
  BtAddress bind4;          /* family NONE: every interface; else only the one that has this address */
  BtAddress bind6;
  guint     use_ipv4 : 1;
  guint     use_ipv6 : 1;
  guint16   port;           /* of the group; 0: BT_LOCAL_PORT. For tests */
} BtLocalConfig;

/* A peer of the local network shares this torrent. `address` is connectable, and local. May call anything but
 * bt_local_free(). */
typedef void (*BtLocalFunc) (const guint8     info_hash[BT_SHA1_BYTES],
                             const BtAddress *address,
                             gpointer         user_data);

typedef struct
{
  guint   n_interfaces;    /* joined now, of both families */
  guint64 n_sent;          /* datagrams */
  guint64 n_received;      /* others' */
  guint64 n_ignored;       /* too many, from elsewhere, or none of BEP 14's */
} BtLocalFacts;

/* Errors: G_IO_ERROR when no family's port can be bound. */
BtLocal *bt_local_new       (BtPoller            *poller,
                             BtClock             *clock,
                             const BtLocalConfig *config,
                             BtLocalFunc          func,
                             gpointer             user_data,
                             GError             **error);
void     bt_local_free      (BtLocal             *local);
/* Says on every interface that we share these torrents on `port`: one datagram with at most BT_LOCAL_MAX_HASHES. How
 * often is the caller's. */
void     bt_local_announce  (BtLocal             *local,
                             const guint8       (*hashes)[BT_SHA1_BYTES],
                             guint                n_hashes,
                             guint16              port);
void     bt_local_get_facts (BtLocal             *local,
                             BtLocalFacts        *out_facts);

G_END_DECLS
