/* bt-tracker-url.c - what is asked of a tracker, and the URLs that ask it; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-url.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* libsoup's own way to read a URL: nothing in it is decoded. */
#define URL_FLAGS ((GUriFlags) (G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | \
                                G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_ENCODED_FRAGMENT | \
                                G_URI_FLAGS_SCHEME_NORMALIZE))

static void
set_url_error (GError     **error,
               const char  *message)
{
  g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL, message);
}

static BtFamily
get_literal_family (const char *host)
{
  BtAddress address;

  return bt_address_parse (host, 0, &address) ? (BtFamily) address.family : BT_FAMILY_NONE;
}

static char *
dup_url_data (GUri *uri)
{
  const char *query = g_uri_get_query (uri);

  if (query == NULL)
    return g_strdup (g_uri_get_path (uri));
  return g_strconcat (g_uri_get_path (uri), "?", query, NULL);
}

static gboolean
check_scheme (GUri     *uri,
              gboolean *out_is_udp,
              GError  **error)
{
  const char *scheme = g_uri_get_scheme (uri);

  *out_is_udp = strcmp (scheme, "udp") == 0;
  if (*out_is_udp || strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0)
    return TRUE;

  g_set_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_URL,
               _("Trackers of the kind “%.20s” are not supported"), scheme);
  return FALSE;
}

gboolean
bt_tracker_target_parse (const char       *url,
                         BtTrackerTarget  *out_target,
                         GError          **error)
{
  g_autoptr (GUri) uri = NULL;
  gboolean is_udp = FALSE;

  if (strlen (url) > BT_TRACKER_MAX_URL_BYTES)
    {
      set_url_error (error, _("The tracker's URL is too long"));
      return FALSE;
    }
  if (!g_utf8_validate (url, -1, NULL) || (uri = g_uri_parse (url, URL_FLAGS, NULL)) == NULL)
    {
      set_url_error (error, _("The tracker's URL is malformed"));
      return FALSE;
    }
  if (!check_scheme (uri, &is_udp, error))
    return FALSE;
  if (g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
    {
      set_url_error (error, _("The tracker's URL has no host"));
      return FALSE;
    }
  if (g_uri_get_port (uri) == 0 || (is_udp && g_uri_get_port (uri) < 0))
    {
      set_url_error (error, _("The tracker's URL has no port"));
      return FALSE;
    }

  *out_target = (BtTrackerTarget) {
    .host = g_strdup (g_uri_get_host (uri)),
    .url_data = dup_url_data (uri),
    .port = (guint16) MAX (g_uri_get_port (uri), 0),
    .is_udp = is_udp,
    .family = get_literal_family (g_uri_get_host (uri)),
  };
  return TRUE;
}

gboolean
bt_tracker_url_is_valid (const char *url)
{
  BtTrackerTarget target;

  if (!bt_tracker_target_parse (url, &target, NULL))
    return FALSE;
  bt_tracker_target_clear (&target);
  return TRUE;
}

void
bt_tracker_target_clear (BtTrackerTarget *target)
{
  g_clear_pointer (&target->host, g_free);
  g_clear_pointer (&target->url_data, g_free);
}

/* Every byte that is not unreserved (RFC 3986) becomes %XX: no tracker reads anything else into that. */
static void
append_encoded (GString      *url,
                const guint8 *bytes,
                gsize         n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      if (g_ascii_isalnum (bytes[i]) || (bytes[i] != '\0' && strchr ("-._~", bytes[i]) != NULL))
        g_string_append_c (url, (char) bytes[i]);
      else
        g_string_append_printf (url, "%%%02X", bytes[i]);
    }
}

/* `url` without its fragment, ready to take "key=value". */
static GString *
start_query (const char *url)
{
  GString *result = g_string_new_len (url, (gssize) strcspn (url, "#"));
  const char *mark = strchr (result->str, '?');

  if (mark == NULL)
    g_string_append_c (result, '?');
  else if (mark[1] != '\0' && result->str[result->len - 1] != '&')
    g_string_append_c (result, '&');
  return result;
}

static const char *
get_event_name (BtTrackerEvent event)
{
  switch (event)
    {
    case BT_TRACKER_EVENT_COMPLETED:
      return "completed";
    case BT_TRACKER_EVENT_STARTED:
      return "started";
    case BT_TRACKER_EVENT_STOPPED:
      return "stopped";
    case BT_TRACKER_EVENT_NONE:
    default:
      return NULL;
    }
}

char *
bt_tracker_url_build_announce (const char              *url,
                               const BtTrackerQuestion *question)
{
  const BtAnnounce *announce = &question->announce;
  GString *result = start_query (url);

  g_string_append (result, "info_hash=");
  append_encoded (result, announce->info_hash, sizeof announce->info_hash);
  g_string_append (result, "&peer_id=");
  append_encoded (result, announce->peer_id, sizeof announce->peer_id);
  g_string_append_printf (result,
                          "&port=%u&uploaded=%" G_GUINT64_FORMAT "&downloaded=%" G_GUINT64_FORMAT
                          "&left=%" G_GUINT64_FORMAT "&compact=1&no_peer_id=1&numwant=%u&key=%08X",
                          announce->port, announce->uploaded_bytes, announce->downloaded_bytes,
                          announce->left_bytes,
                          question->event == BT_TRACKER_EVENT_STOPPED ? 0 : announce->n_wanted,
                          question->key);
  if (question->supports_encryption)
    g_string_append (result, "&supportcrypto=1");
  if (get_event_name (question->event) != NULL)
    g_string_append_printf (result, "&event=%s", get_event_name (question->event));
  if (question->tracker_id != NULL)
    {
      gsize n_id = 0;
      const guint8 *id = g_bytes_get_data (question->tracker_id, &n_id);

      g_string_append (result, "&trackerid=");
      append_encoded (result, id, n_id);
    }
  return g_string_free (result, FALSE);
}

char *
bt_tracker_url_build_scrape (const char   *url,
                             const guint8  info_hash[BT_SHA1_BYTES])
{
  static const char word[] = "/announce";
  const char *authority = strstr (url, "://");
  const char *path;
  g_autofree char *scrape_url = NULL;
  const char *found;
  GString *result;
  gsize n_path;

  path = authority == NULL ? NULL : strpbrk (authority + 3, "/?#");
  if (path == NULL || *path != '/')
    return NULL;

  n_path = strcspn (path, "?#");
  found = g_strrstr_len (path, (gssize) n_path, word);
  if (found == NULL)
    return NULL;

  scrape_url = g_strdup_printf ("%.*s/scrape%s", (int) (found - url), url, found + strlen (word));
  result = start_query (scrape_url);
  g_string_append (result, "info_hash=");
  append_encoded (result, info_hash, BT_SHA1_BYTES);
  return g_string_free (result, FALSE);
}

static gboolean
is_http (GUri       *uri,
         const char *scheme)
{
  return strcmp (g_uri_get_scheme (uri), scheme) == 0 &&
         g_uri_get_host (uri) != NULL && g_uri_get_host (uri)[0] != '\0';
}

GUri *
bt_tracker_url_follow (GUri        *from,
                       const char  *location,
                       GError     **error)
{
  g_autoptr (GUri) uri = NULL;

  /* What we asked is in it once more. */
  if (location != NULL && strlen (location) <= 2 * BT_TRACKER_MAX_URL_BYTES)
    uri = g_uri_parse_relative (from, location, URL_FLAGS, NULL);
  if (uri == NULL || (!is_http (uri, "http") && !is_http (uri, "https")))
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_FAILED,
                         _("The tracker redirects to something that is not a tracker"));
  else if (is_http (uri, "http") && is_http (from, "https"))
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_FAILED,
                         _("The tracker redirects to an unencrypted connection"));
  else
    return g_steal_pointer (&uri);
  return NULL;
}
