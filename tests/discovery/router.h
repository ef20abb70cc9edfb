/* router.h - a router that is made up: NAT-PMP, PCP and UPnP on 127.0.0.2, as well or badly as a test wants
 *
 * Everything runs on the thread-default context that it is made with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define ROUTER_ADDRESS  "127.0.0.2"
#define ROUTER_EXTERNAL "203.0.113.7"
#define ROUTER_OTHER    "127.0.0.3"   /* another host */

typedef enum
{
  PCP_CLOSED,        /* nobody listens there */
  PCP_SILENT,
  PCP_GOOD,
  PCP_NAT_PMP,       /* knows nothing of PCP */
  PCP_REFUSES,
  PCP_FULL,
  PCP_RUBBISH,
  PCP_WRONG_NONCE,
  PCP_NO_UDP,        /* maps TCP alone */
  PCP_PORT_ZERO,     /* maps, but to no port */
  PCP_NO_TIME,       /* maps for no time at all */
  PCP_ELSEWHERE,     /* answers from another address than it was asked at */
  PCP_IPV6,          /* good, at ::1, where nothing is translated; without UPnP */
} PcpManner;

typedef enum
{
  IGD_NONE,          /* answers neither searches nor calls */
  IGD_GOOD,
  IGD_SILENT,        /* is found, and then says nothing */
  IGD_ENDLESS,       /* its description has no end */
  IGD_BOMB,          /* entities in its description that grow */
  IGD_RUBBISH,
  IGD_ELSEWHERE,     /* its description sends us to another host */
  IGD_REFUSES,
  IGD_PERMANENT,     /* leases must have no end */
  IGD_TAKEN,         /* every port is somebody else's */
  IGD_NO_ADDRESS,    /* is not connected */
  IGD_ENDLESS_CALL,  /* describes itself well, but its answers have no end */
  IGD_DEEP,          /* elements in elements in elements, and then what is looked for */
  IGD_MANY,          /* tens of thousands of services, more than a description may have */
  IGD_SOME,          /* as many as fit; the good one is the last */
  IGD_REDIRECTS,     /* sends us to another host */
  IGD_LOCATED_ELSEWHERE,  /* so does its answer to the search */
  IGD_HEADS,         /* heads of HTTP without end */
  IGD_HEAD,          /* one head, whose line has no end */
  IGD_CONTINUES,     /* says without end that we may go on */
} IgdManner;

typedef struct
{
  /* to be set */
  PcpManner pcp;
  IgdManner igd;
  guint32   lifetime_s;      /* given; 0: what is asked for */
  guint16   external_port;   /* given by PCP and NAT-PMP; 0: what is asked for */
  guint16   taken_port;      /* 0: none */
  guint16   taken_udp_port;
  guint32   epoch_s;

  /* to be seen */
  guint     n_pcp;           /* datagrams that came */
  guint     n_http;          /* requests */
  guint16   tcp_port;        /* what is mapped now, by whatever protocol; 0: nothing */
  guint16   udp_port;
  guint16   internal_port;
  char      client[64];      /* UPnP: whom it is mapped to */
  guint     lease_s;         /* UPnP: asked for */
  guint64   n_bytes;         /* of what has no end */
  guint     n_elsewhere;     /* connections to the other host */

  /* where it is */
  guint16   pcp_port;
  guint16   ssdp_port;       /* which is nobody else's: tests run side by side */
} Router;

/* Listens as its manners say, on ports of its own. */
Router *router_new        (PcpManner   pcp,
                           IgdManner   igd);
void    router_free       (Router     *router);
/* Looks up what is to be seen. */
void    router_look       (Router     *router);
/* Tells all that it began `epoch_s` ago, at the port where it is searched for, too. */
void    router_announce   (Router     *router);
/* What bt_gateways_list() would find: every router of this kind, asked from 127.0.0.1 and ::1; or none. */
GArray *router_list       (void);
void    router_set_listed (gboolean    is_listed);

G_END_DECLS
