/* bt-web-answer.c - what the head of an answer to a request for a range is worth
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-web-answer.h"

#include <glib/gi18n-lib.h>

static gboolean
fail (GError     **error,
      BtWebError   code,
      const char  *message)
{
  g_set_error_literal (error, BT_WEB_ERROR, (int) code, message);
  return FALSE;
}

guint
bt_web_answer_get_retry_after (SoupMessageHeaders *headers,
                               gint64              now_s)
{
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds = 0;

  if (text == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &seconds, NULL))
    return (guint) MIN (seconds, BT_WEB_MAX_RETRY_AFTER_S);
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return 0;
  return (guint) CLAMP (g_date_time_to_unix (date) - now_s, 0, (gint64) BT_WEB_MAX_RETRY_AFTER_S);
}

static gboolean
judge_refusal (guint    status,
               GError **error)
{
  switch (status)
    {
    case SOUP_STATUS_NOT_FOUND:
    case SOUP_STATUS_GONE:
      return fail (error, BT_WEB_ERROR_MISSING, _("The web seed does not have the file"));

    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
    case SOUP_STATUS_PROXY_UNAUTHORIZED:
      return fail (error, BT_WEB_ERROR_USELESS, _("The web seed does not let us have the file"));

    case SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE:
      return fail (error, BT_WEB_ERROR_USELESS,
                   _("The web seed’s file is shorter than the torrent’s"));

    case SOUP_STATUS_SERVICE_UNAVAILABLE:
    case 429:
      return fail (error, BT_WEB_ERROR_BUSY, _("The web seed is busy"));

    default:
      if (status >= 400 && status < 500)
        g_set_error (error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                     _("The web seed refuses with error %u"), status);
      else
        g_set_error (error, BT_WEB_ERROR, BT_WEB_ERROR_LATER,
                     _("The web seed answers with error %u"), status);
      return FALSE;
    }
}

static guint64
get_body_bytes (SoupMessageHeaders *headers)
{
  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH)
    return G_MAXUINT64;
  return (guint64) MAX (soup_message_headers_get_content_length (headers), 0);
}

/* Compressed on the way, or several parts at once: neither was asked for. */
static gboolean
judge_form (SoupMessageHeaders  *headers,
            GError             **error)
{
  const char *encoding = soup_message_headers_get_one (headers, "Content-Encoding");
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  if ((encoding != NULL && g_ascii_strcasecmp (encoding, "identity") != 0) ||
      (type != NULL && g_ascii_strcasecmp (type, "multipart/byteranges") == 0))
    return fail (error, BT_WEB_ERROR_USELESS,
                 _("The web seed sends the file in another form than it was asked for"));
  return TRUE;
}

static gboolean
judge_size (guint64           bytes,
            const BtWebRange *range,
            GError          **error)
{
  if (bytes == range->file_bytes)
    return TRUE;
  return fail (error, BT_WEB_ERROR_USELESS,
               _("The web seed’s file is not as long as the torrent’s"));
}

static gboolean
judge_whole (SoupMessageHeaders  *headers,
             const BtWebRange    *range,
             BtWebBody           *out_body,
             GError             **error)
{
  guint64 body_bytes = get_body_bytes (headers);

  if (body_bytes != G_MAXUINT64 && !judge_size (body_bytes, range, error))
    return FALSE;
  if (range->begin > BT_WEB_MAX_SKIP_BYTES)
    return fail (error, BT_WEB_ERROR_USELESS,
                 _("The web seed cannot send parts of a file"));
  *out_body = (BtWebBody) { range->begin, range->length, body_bytes };
  return TRUE;
}

static gboolean
judge_part (SoupMessageHeaders  *headers,
            const BtWebRange    *range,
            BtWebBody           *out_body,
            GError             **error)
{
  goffset start = 0, end = 0, total = -1;
  guint64 last = range->begin + range->length - 1;

  if (!soup_message_headers_get_content_range (headers, &start, &end, &total) || start < 0 ||
      (guint64) start != range->begin || (guint64) end != last)
    return fail (error, BT_WEB_ERROR_USELESS,
                 _("The web seed sends another part of the file than it was asked for"));
  if (total >= 0 && !judge_size ((guint64) total, range, error))
    return FALSE;
  *out_body = (BtWebBody) { 0, range->length, get_body_bytes (headers) };
  return TRUE;
}

gboolean
bt_web_answer_judge (guint                status,
                     SoupMessageHeaders  *headers,
                     const BtWebRange    *range,
                     BtWebBody           *out_body,
                     GError             **error)
{
  if (status != SOUP_STATUS_OK && status != SOUP_STATUS_PARTIAL_CONTENT)
    return judge_refusal (status, error);
  if (!judge_form (headers, error))
    return FALSE;
  return status == SOUP_STATUS_OK ? judge_whole (headers, range, out_body, error)
                                  : judge_part (headers, range, out_body, error);
}
