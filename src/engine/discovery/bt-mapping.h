/* bt-mapping.h - what a router gave us: a port of its own, from which it sends on to ours
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

typedef enum
{
  BT_MAP_BY_NONE,
  BT_MAP_BY_PCP,       /* RFC 6887 */
  BT_MAP_BY_NAT_PMP,   /* RFC 6886 */
  BT_MAP_BY_UPNP,      /* Internet Gateway Device */
} BtMapMethod;

/* Why there is none. The further down, the more it tells. */
typedef enum
{
  BT_MAP_FAULT_NONE,
  BT_MAP_FAULT_SILENT,        /* nobody answers, or nobody who could map a port */
  BT_MAP_FAULT_RUBBISH,       /* an answer that makes no sense */
  BT_MAP_FAULT_REFUSED,       /* not allowed, or not possible */
  BT_MAP_FAULT_TAKEN,         /* every port that was asked for is somebody else's */
  BT_MAP_FAULT_NO_RESOURCES,
  BT_MAP_FAULT_NO_NETWORK,    /* the router itself has no connection */
  BT_MAP_FAULT_ANOTHER_NAT,   /* another router is between it and us */
} BtMapFault;

typedef struct
{
  BtMapMethod method;
  BtAddress   external;    /* port 0; family NONE: the router did not tell */
  guint16     port;        /* of TCP, not 0 */
  guint16     udp_port;    /* 0: UDP was refused */
  guint32     lifetime_s;  /* 0: until it is taken back */
} BtMapping;

/* `mapping`: NULL when there is none, or it was taken back. May free who calls. */
typedef void (*BtMapFunc) (const BtMapping *mapping,
                           BtMapFault       fault,
                           gpointer         user_data);

G_END_DECLS
