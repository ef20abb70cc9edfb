/* bt-web-answer.h - what the head of an answer to a request for a range is worth; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-web-url.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define BT_WEB_MAX_SKIP_BYTES    (1024u * 1024)  /* read past, from a server without ranges */
#define BT_WEB_MAX_RETRY_AFTER_S 3600u

/* What is asked for: bytes of one file. */
typedef struct
{
  guint64 begin;
  guint64 length;      /* above 0 */
  guint64 file_bytes;  /* as the torrent has it */
} BtWebRange;

/* How to take the body. */
typedef struct
{
  guint64 skip_bytes;  /* first, of no use */
  guint64 take_bytes;  /* then: what was asked for */
  guint64 body_bytes;  /* declared; G_MAXUINT64: not */
} BtWebBody;

/* FALSE with BT_WEB_ERROR when the body is of no use. A server without ranges is of use where what is wanted begins
 * its file, or is not far from there. Redirections are not judged here. */
gboolean bt_web_answer_judge           (guint               status,
                                        SoupMessageHeaders *headers,
                                        const BtWebRange   *range,
                                        BtWebBody          *out_body,
                                        GError            **error);
/* Seconds, at most BT_WEB_MAX_RETRY_AFTER_S; 0: not said. `now_s` is the Unix time, for answers that name a date. */
guint    bt_web_answer_get_retry_after (SoupMessageHeaders *headers,
                                        gint64              now_s);

G_END_DECLS
