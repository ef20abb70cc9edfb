/* bt-metainfo-outer.c - what stands around the info dictionary: trackers, web seeds, nodes, texts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-metainfo-private.h"
#include "bt-safe-path.h"

#include <string.h>

#define MAX_HOST_BYTES 255

const char *const bt_metainfo_tracker_schemes[] = { "http://", "https://", "udp://", NULL };
const char *const bt_metainfo_web_seed_schemes[] = { "http://", "https://", NULL };

static gboolean
has_scheme (const char        *url,
            const char *const *schemes)
{
  for (gsize i = 0; schemes[i] != NULL; i++)
    if (g_ascii_strncasecmp (url, schemes[i], strlen (schemes[i])) == 0)
      {
        char first = url[strlen (schemes[i])];

        return first != 0 && strchr ("/?#:", first) == NULL;
      }
  return FALSE;
}

char *
bt_metainfo_dup_url (const guint8      *bytes,
                     gsize              n_bytes,
                     const char *const *schemes)
{
  g_autofree char *url = NULL;

  while (bytes != NULL && n_bytes > 0 && g_ascii_isspace (bytes[n_bytes - 1]))
    n_bytes--;
  while (bytes != NULL && n_bytes > 0 && g_ascii_isspace (*bytes))
    {
      bytes++;
      n_bytes--;
    }
  if (bytes == NULL || n_bytes > BT_METAINFO_MAX_URL_BYTES ||
      !g_utf8_validate_len ((const char *) bytes, n_bytes, NULL))
    return NULL;
  for (gsize i = 0; i < n_bytes; i++)
    if (bytes[i] <= ' ' || bytes[i] == 0x7f)
      return NULL;
  url = g_strndup ((const char *) bytes, n_bytes);
  return has_scheme (url, schemes) ? g_steal_pointer (&url) : NULL;
}

static char *
dup_url (BtBencodeNode      node,
         const char *const *schemes)
{
  gsize         n_bytes = 0;
  const guint8 *bytes = bt_bencode_node_get_string (node, &n_bytes);

  return bt_metainfo_dup_url (bytes, n_bytes, schemes);
}

/* Adds a tracker to the tier being filled. */
static void
add_tracker (BtMetainfo    *metainfo,
             GPtrArray     *tier,
             GHashTable    *known,
             BtBencodeNode  node)
{
  g_autofree char *url = dup_url (node, bt_metainfo_tracker_schemes);
  const char      *kept;

  if (url == NULL || g_hash_table_size (known) >= BT_METAINFO_MAX_TRACKERS)
    {
      metainfo->n_ignored_trackers++;
      return;
    }
  if (g_hash_table_contains (known, url))
    return;
  kept = g_string_chunk_insert (metainfo->strings, url);
  g_hash_table_add (known, (gpointer) kept);
  g_ptr_array_add (tier, (gpointer) kept);
}

static void
end_tier (BtMetainfo *metainfo,
          GPtrArray  *tier)
{
  if (tier->len > 0)
    {
      g_ptr_array_add (tier, NULL);
      g_ptr_array_add (metainfo->tiers, g_memdup2 (tier->pdata, tier->len * sizeof (gpointer)));
    }
  g_ptr_array_set_size (tier, 0);
}

static void
parse_trackers (BtMetainfoParse *parse)
{
  BtMetainfo             *metainfo = parse->metainfo;
  g_autoptr (GHashTable)  known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray)   tier = g_ptr_array_new ();
  BtBencodeNode           announce = bt_bencode_dict_get (parse->root, "announce");
  BtBencodeIter           tiers;
  BtBencodeIter           urls;
  BtBencodeNode           node;
  BtBencodeNode           url;

  bt_bencode_iter_init (&tiers, bt_bencode_dict_get (parse->root, "announce-list"));
  while (bt_bencode_iter_next (&tiers, &node))
    {
      /* Some write a plain list of URLs: a tier each. */
      if (bt_bencode_node_get_type (node) != BT_BENCODE_LIST)
        add_tracker (metainfo, tier, known, node);
      else
        for (bt_bencode_iter_init (&urls, node); bt_bencode_iter_next (&urls, &url);)
          add_tracker (metainfo, tier, known, url);
      end_tier (metainfo, tier);
    }
  /* BEP 12: the list, where it leads anywhere, stands for the single one. */
  if (metainfo->tiers->len == 0 && bt_bencode_node_exists (announce))
    {
      add_tracker (metainfo, tier, known, announce);
      end_tier (metainfo, tier);
    }
}

static void
add_web_seed (BtMetainfo    *metainfo,
              BtBencodeNode  node)
{
  g_autofree char *url = dup_url (node, bt_metainfo_web_seed_schemes);

  if (url == NULL || metainfo->web_seeds->len >= BT_METAINFO_MAX_WEB_SEEDS ||
      g_ptr_array_find_with_equal_func (metainfo->web_seeds, url, g_str_equal, NULL))
    return;
  g_ptr_array_add (metainfo->web_seeds, g_string_chunk_insert (metainfo->strings, url));
}

static void
parse_web_seeds (BtMetainfoParse *parse)
{
  BtBencodeNode list = bt_bencode_dict_get (parse->root, "url-list");
  BtBencodeIter iter;
  BtBencodeNode node;

  if (bt_bencode_node_get_type (list) == BT_BENCODE_STRING)
    add_web_seed (parse->metainfo, list);
  bt_bencode_iter_init (&iter, list);
  while (bt_bencode_iter_next (&iter, &node))
    add_web_seed (parse->metainfo, node);
}

/* A host name or address: what could be neither is left out here already. */
static gboolean
is_host (const guint8 *bytes,
         gsize         n_bytes)
{
  if (bytes == NULL || n_bytes == 0 || n_bytes > MAX_HOST_BYTES)
    return FALSE;
  for (gsize i = 0; i < n_bytes; i++)
    if (!g_ascii_isalnum (bytes[i]) && (bytes[i] == 0 || strchr (".-_:", bytes[i]) == NULL))
      return FALSE;
  return TRUE;
}

static void
parse_nodes (BtMetainfoParse *parse)
{
  BtMetainfo   *metainfo = parse->metainfo;
  BtBencodeIter nodes;
  BtBencodeNode pair;

  bt_bencode_iter_init (&nodes, bt_bencode_dict_get (parse->root, "nodes"));
  while (bt_bencode_iter_next (&nodes, &pair) && metainfo->nodes->len < BT_METAINFO_MAX_NODES)
    {
      BtBencodeIter  iter;
      BtBencodeNode  host;
      BtBencodeNode  port;
      BtMetainfoNode added;
      gsize          n_bytes = 0;
      const guint8  *bytes;
      gint64         number = 0;

      bt_bencode_iter_init (&iter, pair);
      if (bt_bencode_node_get_type (pair) != BT_BENCODE_LIST ||
          !bt_bencode_iter_next (&iter, &host) || !bt_bencode_iter_next (&iter, &port))
        continue;
      bytes = bt_bencode_node_get_string (host, &n_bytes);
      if (!is_host (bytes, n_bytes) || !bt_bencode_node_get_int (port, &number) || number < 1 ||
          number > G_MAXUINT16)
        continue;
      added.host = g_string_chunk_insert_len (metainfo->strings, (const char *) bytes,
                                              (gssize) n_bytes);
      added.port = (guint16) number;
      g_array_append_val (metainfo->nodes, added);
    }
}

const char *
bt_metainfo_parse_text (BtMetainfoParse *parse,
                        BtBencodeNode    dict,
                        const char      *key)
{
  g_autofree char *utf8_key = g_strconcat (key, ".utf-8", NULL);
  g_autofree char *text = NULL;
  gsize            n_bytes = 0;
  const guint8    *bytes = bt_bencode_dict_get_string (dict, utf8_key, &n_bytes);

  if (bytes == NULL)
    bytes = bt_bencode_dict_get_string (dict, key, &n_bytes);
  if (bytes == NULL || n_bytes == 0)
    return NULL;
  text = bt_display_text (bytes, MIN (n_bytes, BT_METAINFO_MAX_TEXT_BYTES), parse->encoding, TRUE);
  /* It may have grown: cut again, so that what is written of it is read as the same. */
  n_bytes = bt_utf8_cut (text, strlen (text), BT_METAINFO_MAX_TEXT_BYTES);
  if (n_bytes == 0)
    return NULL;
  return g_string_chunk_insert_len (parse->metainfo->strings, text, (gssize) n_bytes);
}

void
bt_metainfo_parse_outer (BtMetainfoParse *parse)
{
  BtMetainfo *metainfo = parse->metainfo;
  gint64      creation_date = 0;

  parse_trackers (parse);
  parse_web_seeds (parse);
  parse_nodes (parse);
  metainfo->comment = bt_metainfo_parse_text (parse, parse->root, "comment");
  metainfo->creator = bt_metainfo_parse_text (parse, parse->root, "created by");
  bt_bencode_dict_get_int (parse->root, "creation date", &creation_date);
  metainfo->creation_date = MAX (creation_date, 0);
}
