/* cli-load.c - torrents as they are named on the command line: files and URLs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-load.h"

#include "cli-numbers.h"
#include "cli-options.h"
#include "cli-say.h"
#include "webseeds/bt-web-url.h"

#include <glib/gi18n.h>
#include <string.h>

BtMetainfo *
cli_load (const char  *argument,
          GError     **error)
{
  g_autoptr (GError) reason = NULL;
  BtMetainfo *metainfo = bt_load_metainfo (argument, NULL, &reason);

  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    g_set_error_literal (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_NOT_YET, reason->message);
  else if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  return metainfo;
}

static gboolean
is_same (BtMetainfo *a,
         BtMetainfo *b)
{
  return memcmp (bt_metainfo_get_info_hash_v1 (a), bt_metainfo_get_info_hash_v1 (b),
                 BT_SHA1_BYTES) == 0;
}

static gboolean
is_usable (BtMetainfo   *metainfo,
           const char   *argument,
           GPtrArray    *before,
           GError      **error)
{
  g_autofree char *shown = g_filename_display_name (argument);

  if (!bt_metainfo_has_v1 (metainfo))
    {
      g_set_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_UNSUPPORTED,
                   _("%s: a torrent of version 2 only is not available yet"), shown);
      return FALSE;
    }
  for (guint i = 0; i < before->len; i++)
    if (is_same (metainfo, g_ptr_array_index (before, i)))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                     _("%s: the same torrent was named before"), shown);
        return FALSE;
      }
  return TRUE;
}

GPtrArray *
cli_load_all (char   **arguments,
              GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) bt_metainfo_unref);

  for (gsize i = 0; arguments[i] != NULL; i++)
    {
      g_autoptr (BtMetainfo) metainfo = cli_load (arguments[i], error);

      if (metainfo == NULL || !is_usable (metainfo, arguments[i], all, error))
        return NULL;
      g_ptr_array_add (all, g_steal_pointer (&metainfo));
    }
  return g_steal_pointer (&all);
}

char *
cli_load_dup_name (BtMetainfo *metainfo)
{
  return cli_dup_one_line (bt_metainfo_get_display_name (metainfo));
}

GArray *
cli_load_select (BtMetainfo    *metainfo,
                 const GArray  *ranges,
                 GError       **error)
{
  g_autoptr (GArray) selected = g_array_new (FALSE, FALSE, sizeof (guint));
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  for (guint i = 0; i < ranges->len; i++)
    {
      const CliRange *range = &g_array_index (ranges, CliRange, i);

      if (range->last >= n_files)
        {
          g_autofree char *name = cli_load_dup_name (metainfo);

          g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                       _("--select: %s has no file %u, its files are 0 to %u"), name,
                       range->last, n_files - 1);
          return NULL;
        }
      for (guint file = range->first; file <= range->last; file++)
        if ((files[file].flags & BT_FILE_PAD) == 0)
          g_array_append_val (selected, file);
    }
  return g_steal_pointer (&selected);
}

static gboolean
is_url (const char *text)
{
  static const char *const schemes[] = { "http", "https", "udp", NULL };
  g_autofree char *scheme = g_uri_parse_scheme (text);

  return scheme != NULL && g_strv_contains (schemes, scheme) &&
         strlen (text) <= BT_METAINFO_MAX_URL_BYTES &&
         g_uri_is_valid (text, G_URI_FLAGS_NONE, NULL);
}

gboolean
cli_load_check_web_seeds (char   **urls,
                          GError **error)
{
  for (gsize i = 0; urls != NULL && urls[i] != NULL; i++)
    if (!bt_web_url_is_valid (urls[i]))
      {
        g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                     _("“%s” is not an http or https URL"), urls[i]);
        return FALSE;
      }
  return TRUE;
}

gboolean
cli_load_check_urls (char   **urls,
                     GError **error)
{
  for (gsize i = 0; urls != NULL && urls[i] != NULL; i++)
    if (!is_url (urls[i]))
      {
        g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                     _("“%s” is not an http, https or udp URL"), urls[i]);
        return FALSE;
      }
  return TRUE;
}
