/* bt-igd-message.h - the texts of UPnP by which a router (Internet Gateway Device) is found and asked for a port
 *
 * SSDP (UDA 1.0) finds it, an XML description says where its services are, and SOAP calls them.
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

#define BT_SSDP_PORT              1900
#define BT_SSDP_GROUP4            "239.255.255.250"
#define BT_SSDP_GROUP6            "ff02::c"
#define BT_SSDP_MAX_BYTES         1500   /* of an answer */
#define BT_SSDP_WAIT_S            2      /* devices may take so long to answer a search */
#define BT_IGD_MAX_URL_BYTES      512
#define BT_IGD_MAX_TEXT_BYTES     (64u * 1024)  /* of a description or an answer */
#define BT_IGD_MAX_DEPTH          24     /* of elements in it */
#define BT_IGD_MAX_SERVICES       4      /* of a description; more are left out */
#define BT_IGD_MAX_WORD_BYTES     64     /* of an answer's values */

/* What SOAP is answered with when something is wrong. */
enum
{
  BT_IGD_ERROR_INVALID_ARGS        = 402,
  BT_IGD_ERROR_ACTION_FAILED       = 501,
  BT_IGD_ERROR_NO_PINHOLES         = 701,
  BT_IGD_ERROR_NO_FIREWALL         = 702,
  BT_IGD_ERROR_NO_SUCH_ENTRY       = 714,
  BT_IGD_ERROR_CONFLICT            = 718,
  BT_IGD_ERROR_SAME_PORT_REQUIRED  = 724,
  BT_IGD_ERROR_ONLY_PERMANENT      = 725,
  BT_IGD_ERROR_NO_PORT_MAPS        = 728,
  BT_IGD_ERROR_OTHER_CONFLICT      = 729,
};

typedef struct
{
  const char *type;                             /* static: its name, with version */
  char        url[BT_IGD_MAX_URL_BYTES];        /* where it is called, absolute, on the host of the description */
} BtIgdService;

typedef struct
{
  char    address[BT_IGD_MAX_WORD_BYTES];       /* NewExternalIPAddress; empty: none */
  guint   error;                                /* 0: none */
  guint16 pinhole;                              /* UniqueID */
  guint   has_pinhole : 1;
} BtIgdAnswer;

/* What is looked for, one after the other, NULL-terminated. */
const char *const *bt_ssdp_get_targets (BtFamily       family);
/* (transfer full): a search for one of them. `host`: the group, as in "239.255.255.250:1900". */
char      *bt_ssdp_write_search        (const char    *target,
                                        const char    *host);
/* Where the description of who answered is: HTTP, at the address it answered from, which is in the local network, with
 * IPv6 the one of `local`. */
gboolean   bt_ssdp_parse               (const char    *bytes,
                                        gsize          n_bytes,
                                        const BtAddress *from,
                                        const BtAddress *local,
                                        char           out_url[BT_IGD_MAX_URL_BYTES]);
/* Returns how many services there are that map ports, the newest kind first; from an address of IPv6 those that open
 * its firewall (WANIPv6FirewallControl:1). `url`: where the text comes from. */
guint      bt_igd_parse_description    (const char    *text,
                                        gsize          n_bytes,
                                        const char    *url,
                                        BtIgdService   out_services[BT_IGD_MAX_SERVICES]);
/* (transfer full): the body of a call. `arguments`: names and values in turn, NULL-terminated. */
char      *bt_igd_write_call           (const char         *service_type,
                                        const char         *action,
                                        const char *const  *arguments);
/* FALSE: no answer to a call. */
gboolean   bt_igd_parse_answer         (const char    *text,
                                        gsize          n_bytes,
                                        BtIgdAnswer   *out_answer);

G_END_DECLS
