/* fuzz-web-answer.c - heads of web seeds' answers: what is taken of a body, how long is waited, where one is sent
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "webseeds/bt-web-answer.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_redirect (SoupMessageHeaders *headers)
{
  g_autoptr (GUri) from = g_uri_parse ("https://host/a/b", G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = NULL;

  uri = bt_web_url_follow (from, soup_message_headers_get_one (headers, "Location"), &error);
  if ((uri == NULL) != (error != NULL))
    g_error ("neither a place nor an error");
  if (uri != NULL && g_ascii_strcasecmp (g_uri_get_scheme (uri), "https") != 0)
    g_error ("sent to %s", g_uri_get_scheme (uri));
}

static void
check_range (guint               status,
             SoupMessageHeaders *headers,
             const BtWebRange   *range)
{
  g_autoptr (GError) error = NULL;
  BtWebBody body = { 0 };

  if (bt_web_answer_judge (status, headers, range, &body, &error) != (error == NULL))
    g_error ("neither a body nor an error");
  if (error == NULL && (body.take_bytes != range->length || body.skip_bytes > range->begin ||
                        body.skip_bytes > BT_WEB_MAX_SKIP_BYTES))
    g_error ("takes %" G_GUINT64_FORMAT " bytes", body.take_bytes);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const BtWebRange ranges[] = {
    { 0, 10, 10 }, { 5, 5, 10 }, { 1 << 20, 100, 1 << 22 }, { (1 << 21), 100, 1 << 22 },
    { (guint64) G_MAXINT64 - 20, 10, G_MAXINT64 },
  };
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_autofree char *text = g_strndup ((const char *) data, size);
  guint status = 0;

  if (soup_headers_parse_response (text, (int) MIN (strlen (text), G_MAXINT), headers, NULL,
                                   &status, NULL))
    {
      for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
        check_range (status, headers, &ranges[i]);
      if (bt_web_answer_get_retry_after (headers, 1000000000) > BT_WEB_MAX_RETRY_AFTER_S)
        g_error ("waits too long");
      check_redirect (headers);
    }
  soup_message_headers_unref (headers);
  return 0;
}
