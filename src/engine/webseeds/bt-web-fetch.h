/* bt-web-fetch.h - one range of one file over HTTP(S), redirections included
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-web-answer.h"
#include "bt-web-client.h"

G_BEGIN_DECLS

#define BT_WEB_MAX_REDIRECTS 5
#define BT_WEB_READ_BYTES    16384u
#define BT_WEB_SILENCE_US    (30 * BT_SECOND_US)  /* without a head, or then without a byte */

typedef struct _BtWebFetch BtWebFetch;

/* Called from the context, never within bt_web_fetch_new(). Each may cancel the fetch. */
typedef struct
{
  /* How many of the `n_bytes` that could be read now may be; 0: bt_web_fetch_continue() follows. */
  gsize (*may_read) (gpointer      owner,
                     gsize         n_bytes);
  /* So many were read of those, maybe none. */
  void  (*has_read) (gpointer      owner,
                     gsize         n_bytes);
  /* The next bytes of the range, borrowed. */
  void  (*data)     (gpointer      owner,
                     const guint8 *bytes,
                     gsize         n_bytes);
  /* The end; the fetch is gone. `error` NULL: all came. Else of BT_WEB_ERROR; `retry_after_s` is what the server has
   * asked for, or 0. */
  void  (*ended)    (gpointer      owner,
                     const GError *error,
                     guint         retry_after_s);
} BtWebFetchOps;

/* `range` is copied, `uri` referenced. The result is valid until `ended`, or until it is cancelled. */
BtWebFetch *bt_web_fetch_new      (BtWebClient         *client,
                                   GUri                *uri,
                                   const BtWebRange    *range,
                                   const BtWebFetchOps *ops,
                                   gpointer             owner);
/* Nothing is called any more. */
void        bt_web_fetch_cancel   (BtWebFetch          *fetch);
/* May read again. Harmless when it is not waiting for that. */
void        bt_web_fetch_continue (BtWebFetch          *fetch);

G_END_DECLS
