/* bt-local-message.h - the datagram of local discovery (BEP 14)
 *
 * Pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-hash.h"

#include <glib.h>

G_BEGIN_DECLS

#define BT_LOCAL_MAX_BYTES        1400u  /* of a datagram, either way */
#define BT_LOCAL_MAX_HASHES       24u    /* in one that we send: what fits */
#define BT_LOCAL_MAX_COOKIE_BYTES 32u

typedef struct
{
  guint16 port;                                           /* where the torrents are shared; not 0 */
  guint   n_hashes;                                       /* at least 1 */
  guint8  hashes[BT_LOCAL_MAX_HASHES][BT_SHA1_BYTES];
  char    cookie[BT_LOCAL_MAX_COOKIE_BYTES + 1];          /* "": none, or too long to be ours */
} BtLocalMessage;

/* Taken as others send it: names of any case, lines that end in LF alone. Hashes that are none, and those that are one
 * too many, are left out. FALSE: no such message, or nothing in it is of use. */
gboolean bt_local_message_parse (const guint8         *bytes,
                                 gsize                 n_bytes,
                                 BtLocalMessage       *out_message);
/* Writes at most BT_LOCAL_MAX_BYTES, and returns how many. `host`: the group, as in "239.192.152.143:6771". */
gsize    bt_local_message_write (const BtLocalMessage *message,
                                 const char           *host,
                                 char                  out_bytes[BT_LOCAL_MAX_BYTES]);

G_END_DECLS
