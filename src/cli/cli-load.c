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

static BtMetainfo *
load_file (const char  *argument,
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

/* --- Files and links --- */

void
cli_named_free (gpointer data)
{
  CliNamed *named = data;

  g_clear_pointer (&named->metainfo, bt_metainfo_unref);
  g_clear_pointer (&named->magnet, bt_magnet_unref);
  g_free (named);
}

char *
cli_named_dup_title (const CliNamed *named)
{
  g_autofree char *title = NULL;

  if (named->metainfo != NULL)
    return cli_load_dup_name (named->metainfo);
  title = bt_magnet_dup_title (named->magnet);
  return cli_dup_one_line (title);
}

const guint8 *
cli_named_get_hash (const CliNamed *named)
{
  return named->metainfo != NULL ? bt_metainfo_get_info_hash_v1 (named->metainfo)
                                 : bt_magnet_get_info_hash (named->magnet);
}

BtTorrent *
cli_named_find (const CliNamed *named,
                BtSupervisor   *supervisor)
{
  if (named->metainfo != NULL)
    return bt_supervisor_find (supervisor, named->metainfo);
  return bt_supervisor_find_by_hash (supervisor, bt_magnet_get_info_hash (named->magnet));
}

static gboolean
is_usable (const CliNamed  *named,
           const char      *argument,
           GPtrArray       *before,
           GError         **error)
{
  g_autofree char *shown = g_filename_display_name (argument);

  if (named->metainfo != NULL && !bt_metainfo_has_v1 (named->metainfo))
    {
      g_set_error (error, BT_METAINFO_ERROR, BT_METAINFO_ERROR_UNSUPPORTED,
                   _("%s: a torrent of version 2 only is not available yet"), shown);
      return FALSE;
    }
  for (guint i = 0; i < before->len; i++)
    if (memcmp (cli_named_get_hash (named), cli_named_get_hash (g_ptr_array_index (before, i)),
                BT_SHA1_BYTES) == 0)
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                     _("%s: the same torrent was named before"), shown);
        return FALSE;
      }
  return TRUE;
}

static BtMagnet *
select_of_link (BtMagnet      *magnet,
                const GArray  *ranges,
                GError       **error)
{
  g_autoptr (GArray) selected = g_array_new (FALSE, FALSE, sizeof (BtMagnetRange));

  for (guint i = 0; i < ranges->len; i++)
    {
      const CliRange *range = &g_array_index (ranges, CliRange, i);
      BtMagnetRange one = { range->first, range->last };

      if (range->last >= BT_METAINFO_MAX_FILES)
        {
          g_autofree char *title = bt_magnet_dup_title (magnet);

          g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG,
                       _("--select: %s has no file %u, its files are 0 to %u"), title,
                       range->last, BT_METAINFO_MAX_FILES - 1);
          return NULL;
        }
      g_array_append_val (selected, one);
    }
  return bt_magnet_new_selecting (magnet, (const BtMagnetRange *) (gconstpointer) selected->data,
                                  selected->len, error);
}

/* The link with what --select says, in place of what it says itself, and the web seeds that were named besides. */
static BtMagnet *
load_link (const char    *argument,
           const GArray  *ranges,
           char         **web_seeds,
           GError       **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (argument));
  g_autoptr (GString) uri = g_string_new (trimmed);
  g_autoptr (BtMagnet) magnet = NULL;
  g_autoptr (GError) reason = NULL;

  for (gsize i = 0; web_seeds != NULL && web_seeds[i] != NULL; i++)
    {
      g_autofree char *escaped = g_uri_escape_string (web_seeds[i], NULL, FALSE);

      g_string_append_printf (uri, "&ws=%s", escaped);
    }
  magnet = bt_magnet_new_from_uri (uri->str, &reason);
  if (magnet == NULL)
    {
      g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, "%s: %s", argument,
                   reason->message);
      return NULL;
    }
  return ranges != NULL ? select_of_link (magnet, ranges, error) : g_steal_pointer (&magnet);
}

CliNamed *
cli_load_named (const char    *argument,
                const GArray  *ranges,
                char         **web_seeds,
                GError       **error)
{
  CliNamed *named = g_new0 (CliNamed, 1);

  if (bt_magnet_is_uri (argument))
    named->magnet = load_link (argument, ranges, web_seeds, error);
  else
    named->metainfo = load_file (argument, error);
  if (named->metainfo == NULL && named->magnet == NULL)
    g_clear_pointer (&named, cli_named_free);
  return named;
}

GPtrArray *
cli_load_all (char         **arguments,
              const GArray  *ranges,
              char         **web_seeds,
              GError       **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (cli_named_free);

  for (gsize i = 0; arguments[i] != NULL; i++)
    {
      CliNamed *named = cli_load_named (arguments[i], ranges, web_seeds, error);

      if (named == NULL)
        return NULL;
      if (!is_usable (named, arguments[i], all, error))
        {
          cli_named_free (named);
          return NULL;
        }
      g_ptr_array_add (all, named);
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
