/* bt-reach.h - whether others can connect to us, told from what was seen, and what to try when they cannot
 *
 * Pure. Nobody outside is asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-network-facts.h"

G_BEGIN_DECLS

#define BT_REACH_FRESH_US (G_GINT64_CONSTANT (24) * 3600 * 1000000)  /* so long a peer that came tells how things are */

typedef enum
{
  BT_REACH_WAITING,     /* the interface that everything goes through is not to be used: nothing works */
  BT_REACH_NO_NETWORK,  /* there is no way to the internet: nothing works */
  BT_REACH_NO_PROXY,    /* the proxy that peers are reached through does not serve us: nothing works */
  BT_REACH_PROXIED,     /* through a proxy, by which nobody comes */
  BT_REACH_CLOSED,      /* no port is open here */
  BT_REACH_UNKNOWN,     /* nothing was seen yet, and routers are still being asked */
  BT_REACH_UNLIKELY,    /* nobody came, and no router has opened a port */
  BT_REACH_LIKELY,      /* nobody came, but a router has opened a port */
  BT_REACH_SEEN,        /* somebody came */
} BtReachVerdict;

/* What can be done about it from within the program. */
typedef enum
{
  BT_REACH_STEP_NONE,
  BT_REACH_STEP_PREFERENCES,  /* something is to be set there */
  BT_REACH_STEP_TRY_AGAIN,    /* once something else has changed: ask routers again */
} BtReachStep;

/* Sentences in the person's language. All owned. */
typedef struct
{
  BtReachVerdict verdict;
  BtReachStep    step;
  gint64         came_us;     /* SEEN: how long ago */
  char          *title;       /* the verdict, in capitals as a heading */
  char          *found;       /* nullable: what was found out, about routers mostly */
  char          *effect;      /* nullable: what works and what does not */
  char          *advice;      /* nullable: what to try next */
} BtReach;

/* `now_us`: monotonic, like those of the facts. Thread: any. */
BtReach *bt_reach_new  (const BtNetworkFacts *facts,
                        gint64                now_us);
void     bt_reach_free (BtReach              *reach);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtReach, bt_reach_free)

G_END_DECLS
