/* cli-show.c - show: what is in a torrent, for people and as JSON
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-commands.h"
#include "cli-files.h"
#include "cli-json.h"
#include "cli-load.h"
#include "cli-text.h"

#include <glib/gi18n.h>

/* --- For people --- */

static void
append_field (GString    *text,
              const char *label,
              const char *value)
{
  g_autofree char *line = NULL;

  if (value == NULL || *value == '\0')
    return;
  line = cli_dup_one_line (value);
  g_string_append (text, label);
  for (guint i = cli_text_width (label); i < 13; i++)
    g_string_append_c (text, ' ');
  g_string_append_printf (text, "%s\n", line);
}

static void
append_sizes (GString    *text,
              BtMetainfo *metainfo)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  guint64 bytes = bt_metainfo_get_content_bytes (metainfo);
  guint n_files = bt_metainfo_count_content_files (metainfo);
  g_autofree char *size = cli_text_size (bytes);
  g_autofree char *piece_size = cli_text_size (geometry->piece_bytes);
  g_autofree char *files = g_strdup_printf (ngettext ("%u file", "%u files", n_files), n_files);
  g_autofree char *sum = NULL;
  g_autofree char *pieces = NULL;

  sum = g_strdup_printf (_("%s (%" G_GUINT64_FORMAT " bytes) in %s"), size, bytes, files);
  /* Translators: a number of pieces, and the size of one */
  pieces = g_strdup_printf (ngettext ("%u of %s", "%u of %s", geometry->n_pieces),
                            geometry->n_pieces, piece_size);
  append_field (text, _("Size:"), sum);
  append_field (text, _("Pieces:"), pieces);
}

static void
append_origin (GString    *text,
               BtMetainfo *metainfo)
{
  gint64 date = bt_metainfo_get_creation_date (metainfo);

  if (date != 0)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (date);
      g_autofree char *shown = NULL;

      if (time != NULL)
        shown = g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC");
      append_field (text, _("Made:"), shown);
    }
  append_field (text, _("Made by:"), bt_metainfo_get_creator (metainfo));
  append_field (text, _("Comment:"), bt_metainfo_get_comment (metainfo));
  append_field (text, _("Source:"), bt_metainfo_get_source (metainfo));
  if (bt_metainfo_is_private (metainfo))
    append_field (text, _("Private:"), _("peers only through its trackers"));
}

static void
append_addresses (GString    *text,
                  BtMetainfo *metainfo)
{
  const char *const *seeds = bt_metainfo_get_web_seeds (metainfo);
  guint n_nodes;
  const BtMetainfoNode *nodes = bt_metainfo_get_nodes (metainfo, &n_nodes);

  for (guint tier = 0; tier < bt_metainfo_get_n_tiers (metainfo); tier++)
    {
      g_autofree char *urls = g_strjoinv (", ", (char **) bt_metainfo_get_tier (metainfo, tier));

      append_field (text, tier == 0 ? _("Trackers:") : "", urls);
    }
  for (gsize i = 0; seeds != NULL && seeds[i] != NULL; i++)
    append_field (text, i == 0 ? _("Web seeds:") : "", seeds[i]);
  for (guint i = 0; i < n_nodes; i++)
    {
      g_autofree char *node = g_strdup_printf ("%s:%u", nodes[i].host, nodes[i].port);

      append_field (text, i == 0 ? _("DHT nodes:") : "", node);
    }
}

static void
append_files (GString    *text,
              BtMetainfo *metainfo)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  g_string_append_printf (text, "%s\n", _("Files:"));
  for (guint32 i = 0; i < n_files; i++)
    {
      g_autofree char *size = NULL, *path = NULL;

      if (files[i].flags & BT_FILE_PAD)
        continue;
      size = cli_text_size (files[i].length);
      path = cli_dup_one_line (files[i].path);
      g_string_append_printf (text, "%6u  %10s  %s", i, size, path);
      if (!cli_files_is_real (&files[i]))
        g_string_append (text, _(" (a link, which is not made)"));
      g_string_append_c (text, '\n');
    }
}

static void
print_for_people (BtMetainfo *metainfo)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const guint8 *v1 = bt_metainfo_get_info_hash_v1 (metainfo);
  const guint8 *v2 = bt_metainfo_get_info_hash_v2 (metainfo);
  g_autofree char *hash1 = v1 != NULL ? cli_text_hex (v1, BT_SHA1_BYTES) : NULL;
  g_autofree char *hash2 = v2 != NULL ? cli_text_hex (v2, BT_SHA256_BYTES) : NULL;
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (metainfo, NULL);
  g_autofree char *link = bt_magnet_to_uri (magnet);

  append_field (text, _("Name:"), bt_metainfo_get_display_name (metainfo));
  append_field (text, _("Info-hash:"), hash1);
  append_field (text, _("Version 2:"), hash2);
  append_sizes (text, metainfo);
  append_origin (text, metainfo);
  append_addresses (text, metainfo);
  append_field (text, _("Link:"), link);
  append_files (text, metainfo);
  cli_print (text->str);
}

static void
append_peers (GString  *text,
              BtMagnet *magnet)
{
  guint n_peers;
  const BtAddress *peers = bt_magnet_get_peers (magnet, &n_peers);
  const char *const *hosts = bt_magnet_get_peer_hosts (magnet);

  for (guint i = 0; i < n_peers; i++)
    {
      char address[BT_ADDRESS_STRING_BYTES];

      append_field (text, i == 0 ? _("Peers:") : "", bt_address_to_string (&peers[i], address));
    }
  for (gsize i = 0; hosts[i] != NULL; i++)
    append_field (text, n_peers == 0 && i == 0 ? _("Peers:") : "", hosts[i]);
}

/* What a link says by itself; what is in the torrent only peers can tell. */
static void
print_link_for_people (BtMagnet *magnet)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const guint8 *v1 = bt_magnet_get_info_hash_v1 (magnet);
  const guint8 *v2 = bt_magnet_get_info_hash_v2 (magnet);
  g_autofree char *hash1 = v1 != NULL ? cli_text_hex (v1, BT_SHA1_BYTES) : NULL;
  g_autofree char *hash2 = v2 != NULL ? cli_text_hex (v2, BT_SHA256_BYTES) : NULL;
  g_autofree char *size = NULL, *trackers = NULL, *seeds = NULL;

  if (bt_magnet_get_length (magnet) != 0)
    size = cli_text_size (bt_magnet_get_length (magnet));
  trackers = g_strjoinv (", ", (char **) bt_magnet_get_trackers (magnet));
  seeds = g_strjoinv (", ", (char **) bt_magnet_get_web_seeds (magnet));
  append_field (text, _("Name:"), bt_magnet_get_name (magnet));
  append_field (text, _("Info-hash:"), hash1);
  append_field (text, _("Version 2:"), hash2);
  append_field (text, _("Size:"), size);
  append_field (text, _("Trackers:"), trackers);
  append_field (text, _("Web seeds:"), seeds);
  append_peers (text, magnet);
  cli_print (text->str);
}

/* --- As JSON --- */

static void
add_strings (CliJson           *json,
             const char *const *strings)
{
  cli_json_begin_array (json);
  for (gsize i = 0; strings != NULL && strings[i] != NULL; i++)
    cli_json_string (json, strings[i]);
  cli_json_end_array (json);
}

static void
add_addresses (CliJson    *json,
               BtMetainfo *metainfo)
{
  guint n_nodes;
  const BtMetainfoNode *nodes = bt_metainfo_get_nodes (metainfo, &n_nodes);

  cli_json_name (json, "trackers");
  cli_json_begin_array (json);
  for (guint tier = 0; tier < bt_metainfo_get_n_tiers (metainfo); tier++)
    add_strings (json, bt_metainfo_get_tier (metainfo, tier));
  cli_json_end_array (json);
  cli_json_name (json, "web_seeds");
  add_strings (json, bt_metainfo_get_web_seeds (metainfo));
  cli_json_name (json, "nodes");
  cli_json_begin_array (json);
  for (guint i = 0; i < n_nodes; i++)
    {
      cli_json_begin_array (json);
      cli_json_string (json, nodes[i].host);
      cli_json_uint (json, nodes[i].port);
      cli_json_end_array (json);
    }
  cli_json_end_array (json);
}

static void
add_files (CliJson    *json,
           BtMetainfo *metainfo)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (metainfo, &n_files);

  cli_json_name (json, "files");
  cli_json_begin_array (json);
  for (guint32 i = 0; i < n_files; i++)
    {
      if (files[i].flags & BT_FILE_PAD)
        continue;
      cli_json_begin_object (json);
      cli_json_add_uint (json, "index", i);
      cli_json_add_string (json, "path", files[i].path);
      cli_json_add_string (json, "display_path", files[i].display_path);
      cli_json_add_uint (json, "length", files[i].length);
      if (files[i].flags & BT_FILE_EXECUTABLE)
        cli_json_add_boolean (json, "executable", TRUE);
      if (files[i].flags & BT_FILE_HIDDEN)
        cli_json_add_boolean (json, "hidden", TRUE);
      if (files[i].flags & BT_FILE_SYMLINK)
        cli_json_add_string (json, "symlink", files[i].symlink_target);
      cli_json_end_object (json);
    }
  cli_json_end_array (json);
}

static void
print_json (BtMetainfo *metainfo)
{
  g_auto (CliJson) json = { 0 };
  const BtGeometry *geometry = bt_metainfo_get_geometry (metainfo);
  const guint8 *v1 = bt_metainfo_get_info_hash_v1 (metainfo);
  const guint8 *v2 = bt_metainfo_get_info_hash_v2 (metainfo);
  g_autofree char *hash1 = v1 != NULL ? cli_text_hex (v1, BT_SHA1_BYTES) : NULL;
  g_autofree char *hash2 = v2 != NULL ? cli_text_hex (v2, BT_SHA256_BYTES) : NULL;
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_metainfo (metainfo, NULL);
  g_autofree char *link = bt_magnet_to_uri (magnet);

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "name", bt_metainfo_get_display_name (metainfo));
  cli_json_add_string (&json, "info_hash", hash1);
  cli_json_add_string (&json, "info_hash_v2", hash2);
  cli_json_add_string (&json, "magnet", link);
  cli_json_add_uint (&json, "total", bt_metainfo_get_content_bytes (metainfo));
  cli_json_add_uint (&json, "piece_length", geometry->piece_bytes);
  cli_json_add_uint (&json, "pieces", geometry->n_pieces);
  cli_json_add_boolean (&json, "private", bt_metainfo_is_private (metainfo));
  cli_json_name (&json, "creation_date");
  if (bt_metainfo_get_creation_date (metainfo) != 0)
    cli_json_int (&json, bt_metainfo_get_creation_date (metainfo));
  else
    cli_json_string (&json, NULL);
  cli_json_add_string (&json, "created_by", bt_metainfo_get_creator (metainfo));
  cli_json_add_string (&json, "comment", bt_metainfo_get_comment (metainfo));
  cli_json_add_string (&json, "source", bt_metainfo_get_source (metainfo));
  add_addresses (&json, metainfo);
  add_files (&json, metainfo);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static void
print_link_json (BtMagnet *magnet)
{
  g_auto (CliJson) json = { 0 };
  const guint8 *v1 = bt_magnet_get_info_hash_v1 (magnet);
  const guint8 *v2 = bt_magnet_get_info_hash_v2 (magnet);
  g_autofree char *hash1 = v1 != NULL ? cli_text_hex (v1, BT_SHA1_BYTES) : NULL;
  g_autofree char *hash2 = v2 != NULL ? cli_text_hex (v2, BT_SHA256_BYTES) : NULL;
  g_autofree char *uri = bt_magnet_to_uri (magnet);
  guint n_peers;
  const BtAddress *peers = bt_magnet_get_peers (magnet, &n_peers);

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "name", bt_magnet_get_name (magnet));
  cli_json_add_string (&json, "info_hash", hash1);
  cli_json_add_string (&json, "info_hash_v2", hash2);
  cli_json_add_string (&json, "magnet", uri);
  cli_json_add_uint (&json, "total", bt_magnet_get_length (magnet));
  cli_json_name (&json, "trackers");
  add_strings (&json, bt_magnet_get_trackers (magnet));
  cli_json_name (&json, "web_seeds");
  add_strings (&json, bt_magnet_get_web_seeds (magnet));
  cli_json_name (&json, "peers");
  cli_json_begin_array (&json);
  for (guint i = 0; i < n_peers; i++)
    {
      char address[BT_ADDRESS_STRING_BYTES];

      cli_json_string (&json, bt_address_to_string (&peers[i], address));
    }
  cli_json_end_array (&json);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static void
show (const CliNamed *named,
      gboolean        is_json)
{
  if (named->metainfo != NULL && is_json)
    print_json (named->metainfo);
  else if (named->metainfo != NULL)
    print_for_people (named->metainfo);
  else if (is_json)
    print_link_json (named->magnet);
  else
    print_link_for_people (named->magnet);
}

CliStatus
cli_show (const CliOptions *options)
{
  CliStatus status = CLI_DONE;

  for (gsize i = 0; options->arguments[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      CliNamed *named = cli_load_named (options->arguments[i], NULL, NULL, &error);

      if (named == NULL)
        {
          CliStatus fault = cli_complain_about (error);

          status = MAX (status, fault);
          continue;
        }
      if (i > 0 && !options->is_json)
        cli_print ("\n");
      show (named, options->is_json);
      cli_named_free (named);
    }
  return status;
}
