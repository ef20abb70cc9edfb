/* bt-pcp-message.h - what is said to a router about ports: PCP (RFC 6887) and its forerunner NAT-PMP (RFC 6886)
 *
 * Both are spoken on one port of the router, which tells them apart by their first byte, and so do we.
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

#define BT_PCP_PORT              5351
#define BT_PCP_ANNOUNCE_PORT     5350   /* ours, where routers tell all that they began anew */
#define BT_PCP_MAX_BYTES         1100   /* of a message, either way */
#define BT_PCP_NONCE_BYTES       12
#define BT_PCP_MAP_BYTES         60     /* of a request without options */
#define BT_NAT_PMP_ADDRESS_BYTES 2
#define BT_NAT_PMP_MAP_BYTES     12

typedef enum
{
  BT_PCP_TCP = 6,    /* numbers of IANA */
  BT_PCP_UDP = 17,
} BtPcpProtocol;

/* Result codes; the two protocols agree in those that both have but one: NAT-PMP's are translated. */
typedef enum
{
  BT_PCP_OK                      = 0,
  BT_PCP_UNSUPPORTED_VERSION     = 1,
  BT_PCP_NOT_AUTHORIZED          = 2,
  BT_PCP_MALFORMED_REQUEST       = 3,
  BT_PCP_UNSUPPORTED_OPCODE      = 4,
  BT_PCP_NETWORK_FAILURE         = 7,
  BT_PCP_NO_RESOURCES            = 8,
  BT_PCP_UNSUPPORTED_PROTOCOL    = 9,
  BT_PCP_USER_EXCEEDED_QUOTA     = 10,
  BT_PCP_CANNOT_PROVIDE_EXTERNAL = 11,
  BT_PCP_ADDRESS_MISMATCH        = 12,  /* another NAT is in between */
} BtPcpResult;

typedef struct
{
  guint8        nonce[BT_PCP_NONCE_BYTES];
  BtPcpProtocol protocol;
  BtAddress     internal;    /* ours: the address the request is sent from, and the port that is mapped */
  BtAddress     suggested;   /* family NONE: any address; port 0: any port */
  guint32       lifetime_s;  /* 0: the mapping is taken back */
} BtPcpMap;

typedef enum
{
  BT_PCP_ANSWER_ANNOUNCE,    /* also what comes unasked; its address, if it has one, does not count */
  BT_PCP_ANSWER_MAP,
  BT_PCP_ANSWER_OTHER,       /* another opcode, or one whose result says why it is not understood */
  BT_NAT_PMP_ANSWER_ADDRESS,
  BT_NAT_PMP_ANSWER_MAP,
} BtPcpAnswerKind;

/* Only what the kind has is other than zero. */
typedef struct
{
  BtPcpAnswerKind kind;
  guint           result;         /* BtPcpResult, or one that is not listed there */
  guint32         epoch_s;        /* since the router began */
  guint32         lifetime_s;     /* of the mapping; of an error, in PCP: how long it stays so */
  guint8          nonce[BT_PCP_NONCE_BYTES];
  guint8          protocol;       /* BtPcpProtocol, when it is one of them */
  guint16         internal_port;
  BtAddress       external;       /* family NONE: none, or not told; the port is that below */
  guint16         external_port;
} BtPcpAnswer;

/* Return how many bytes they wrote. */
gsize    bt_pcp_write_map          (const BtPcpMap *map,
                                    guint8          out_bytes[BT_PCP_MAP_BYTES]);
gsize    bt_nat_pmp_write_address  (guint8          out_bytes[BT_NAT_PMP_ADDRESS_BYTES]);
/* `external_port`: 0: any. Taken back with `external_port` and `lifetime_s` 0. */
gsize    bt_nat_pmp_write_map      (BtPcpProtocol   protocol,
                                    guint16         internal_port,
                                    guint16         external_port,
                                    guint32         lifetime_s,
                                    guint8          out_bytes[BT_NAT_PMP_MAP_BYTES]);
/* FALSE: neither's answer, or too short for what it says it is. */
gboolean bt_pcp_parse              (const guint8   *bytes,
                                    gsize           n_bytes,
                                    BtPcpAnswer    *out_answer);
/* Whether a router has forgotten what it mapped between two answers, by its clock and ours (RFC 6887, 8.5). */
gboolean bt_pcp_has_restarted      (guint32         before_s,
                                    guint32         now_s,
                                    gint64          elapsed_us);

G_END_DECLS
