/* bt-web-url.c - the URLs of a torrent's files on a web seed (BEP 19)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-web-url.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* As libsoup wants them: what is percent-encoded stays as it is. */
#define URL_FLAGS \
  (G_URI_FLAGS_ENCODED | G_URI_FLAGS_ENCODED_FRAGMENT | G_URI_FLAGS_HAS_PASSWORD | \
   G_URI_FLAGS_SCHEME_NORMALIZE)

G_DEFINE_QUARK (bt-web-error, bt_web_error)

static gboolean
is_scheme (GUri       *uri,
           const char *scheme)
{
  return g_ascii_strcasecmp (g_uri_get_scheme (uri), scheme) == 0;
}

static gboolean
is_usable (GUri *uri)
{
  return uri != NULL && (is_scheme (uri, "http") || is_scheme (uri, "https")) &&
         g_uri_get_host (uri) != NULL && g_uri_get_host (uri)[0] != '\0';
}

static GUri *
parse (const char *url)
{
  g_autoptr (GUri) uri = NULL;

  if (strlen (url) > BT_WEB_MAX_URL_BYTES)
    return NULL;
  uri = g_uri_parse (url, URL_FLAGS, NULL);
  return is_usable (uri) ? g_steal_pointer (&uri) : NULL;
}

gboolean
bt_web_url_is_valid (const char *url)
{
  g_autoptr (GUri) uri = NULL;

  if (strlen (url) > BT_METAINFO_MAX_URL_BYTES)
    return FALSE;
  uri = parse (url);
  return uri != NULL;
}

/* The slashes between components stay. */
static void
append_path (GString    *path,
             const char *components)
{
  g_string_append_uri_escaped (path, components, "/", FALSE);
}

/* The path of `base` with what the file adds to it. */
static char *
build_path (const char       *base,
            const BtMetainfo *metainfo,
            guint32           file)
{
  GString *path = g_string_new (base);

  if (bt_metainfo_is_multi_file (metainfo))
    {
      if (!g_str_has_suffix (base, "/"))
        g_string_append_c (path, '/');
      append_path (path, bt_metainfo_get_files (metainfo, NULL)[file].display_path);
    }
  else if (g_str_has_suffix (base, "/"))
    append_path (path, bt_metainfo_get_display_name (metainfo));
  return g_string_free (path, FALSE);
}

GUri *
bt_web_url_build (const char        *base,
                  const BtMetainfo  *metainfo,
                  guint32            file,
                  GError           **error)
{
  g_autoptr (GUri) uri = parse (base);
  g_autofree char *path = NULL;

  if (uri != NULL)
    path = build_path (g_uri_get_path (uri), metainfo, file);
  if (path == NULL || strlen (path) > BT_WEB_MAX_URL_BYTES)
    {
      g_set_error_literal (error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                           _("The web seed’s address is malformed"));
      return NULL;
    }
  return g_uri_build_with_user (URL_FLAGS, g_uri_get_scheme (uri), g_uri_get_user (uri),
                                g_uri_get_password (uri), NULL, g_uri_get_host (uri),
                                g_uri_get_port (uri), path[0] != '\0' ? path : "/",
                                g_uri_get_query (uri), NULL);
}

GUri *
bt_web_url_follow (GUri        *from,
                   const char  *location,
                   GError     **error)
{
  g_autoptr (GUri) uri = NULL;

  if (location != NULL && strlen (location) <= BT_WEB_MAX_URL_BYTES)
    uri = g_uri_parse_relative (from, location, URL_FLAGS, NULL);
  if (!is_usable (uri))
    g_set_error_literal (error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                         _("The web seed redirects to something that is no web address"));
  else if (is_scheme (uri, "http") && is_scheme (from, "https"))
    g_set_error_literal (error, BT_WEB_ERROR, BT_WEB_ERROR_USELESS,
                         _("The web seed redirects to an unencrypted connection"));
  else
    return g_steal_pointer (&uri);
  return NULL;
}
