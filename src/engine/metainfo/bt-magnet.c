/* bt-magnet.c - life of a magnet link, what can be asked of it, and the torrent it becomes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-magnet.h"
#include "bt-magnet-private.h"

#include "bt-metainfo-private.h"
#include "bt-safe-path.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The multihash of a SHA-256: its code, and its length in bytes. */
#define MULTIHASH_PREFIX "1220"

G_DEFINE_QUARK (bt-magnet-error-quark, bt_magnet_error)

BtMagnet *
bt_magnet_new (void)
{
  BtMagnet *magnet = g_new0 (BtMagnet, 1);

  g_atomic_ref_count_init (&magnet->ref_count);
  magnet->trackers = g_ptr_array_new_with_free_func (g_free);
  magnet->web_seeds = g_ptr_array_new_with_free_func (g_free);
  magnet->peer_hosts = g_ptr_array_new_with_free_func (g_free);
  magnet->tiers = g_ptr_array_new_with_free_func (g_free);
  magnet->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  magnet->ranges = g_array_new (FALSE, FALSE, sizeof (BtMagnetRange));
  return magnet;
}

BtMagnet *
bt_magnet_ref (BtMagnet *magnet)
{
  g_atomic_ref_count_inc (&magnet->ref_count);
  return magnet;
}

void
bt_magnet_unref (BtMagnet *magnet)
{
  if (magnet == NULL || !g_atomic_ref_count_dec (&magnet->ref_count))
    return;
  g_ptr_array_unref (magnet->trackers);
  g_ptr_array_unref (magnet->web_seeds);
  g_ptr_array_unref (magnet->peer_hosts);
  g_ptr_array_unref (magnet->tiers);
  g_array_unref (magnet->peers);
  g_array_unref (magnet->ranges);
  g_free (magnet->name);
  g_free (magnet);
}

/* --- Making one --- */

void
bt_magnet_set_name (BtMagnet     *magnet,
                    const guint8 *bytes,
                    gsize         n_bytes)
{
  g_autofree char *text = NULL;

  text = bt_display_text (bytes, MIN (n_bytes, BT_MAGNET_MAX_NAME_BYTES), NULL, FALSE);
  g_strstrip (text);
  text[bt_utf8_cut (text, strlen (text), BT_MAGNET_MAX_NAME_BYTES)] = '\0';
  g_strchomp (text);
  if (text[0] == '\0')
    return;
  g_free (magnet->name);
  magnet->name = g_steal_pointer (&text);
}

static void
add_url (GPtrArray         *urls,
         guint              n_max,
         const guint8      *bytes,
         gsize              n_bytes,
         const char *const *schemes)
{
  g_autofree char *url = bt_metainfo_dup_url (bytes, n_bytes, schemes);

  if (url != NULL && urls->len < n_max &&
      !g_ptr_array_find_with_equal_func (urls, url, g_str_equal, NULL))
    g_ptr_array_add (urls, g_steal_pointer (&url));
}

void
bt_magnet_add_tracker (BtMagnet     *magnet,
                       const guint8 *bytes,
                       gsize         n_bytes)
{
  add_url (magnet->trackers, BT_MAGNET_MAX_TRACKERS, bytes, n_bytes, bt_metainfo_tracker_schemes);
}

void
bt_magnet_add_web_seed (BtMagnet     *magnet,
                        const guint8 *bytes,
                        gsize         n_bytes)
{
  add_url (magnet->web_seeds, BT_MAGNET_MAX_WEB_SEEDS, bytes, n_bytes,
           bt_metainfo_web_seed_schemes);
}

static int
compare_ranges (gconstpointer a,
                gconstpointer b)
{
  const BtMagnetRange *first = a;
  const BtMagnetRange *second = b;

  if (first->first != second->first)
    return first->first < second->first ? -1 : 1;
  return 0;
}

/* Those that overlap or touch become one. */
static void
join_ranges (GArray *ranges)
{
  guint n = 0;

  g_array_sort (ranges, compare_ranges);
  for (guint i = 0; i < ranges->len; i++)
    {
      BtMagnetRange *range = &g_array_index (ranges, BtMagnetRange, i);
      BtMagnetRange *last = n > 0 ? &g_array_index (ranges, BtMagnetRange, n - 1) : NULL;

      if (last != NULL && range->first <= last->last + 1)
        last->last = MAX (last->last, range->last);
      else
        g_array_index (ranges, BtMagnetRange, n++) = *range;
    }
  g_array_set_size (ranges, n);
}

void
bt_magnet_finish (BtMagnet *magnet)
{
  for (guint i = 0; i < magnet->trackers->len; i++)
    {
      const char **tier = g_new0 (const char *, 2);

      tier[0] = g_ptr_array_index (magnet->trackers, i);
      g_ptr_array_add (magnet->tiers, tier);
    }
  g_ptr_array_add (magnet->tiers, NULL);
  g_ptr_array_add (magnet->trackers, NULL);
  g_ptr_array_add (magnet->web_seeds, NULL);
  g_ptr_array_add (magnet->peer_hosts, NULL);
  join_ranges (magnet->ranges);
}

static void
add_tier (BtMagnet          *magnet,
          const char *const *urls)
{
  for (; *urls != NULL; urls++)
    bt_magnet_add_tracker (magnet, (const guint8 *) *urls, strlen (*urls));
}

BtMagnet *
bt_magnet_new_from_metainfo (const BtMetainfo         *metainfo,
                             const char *const *const *tiers)
{
  BtMagnet *magnet = bt_magnet_new ();
  const char *name = bt_metainfo_get_display_name (metainfo);
  const char *const *web_seeds = bt_metainfo_get_web_seeds (metainfo);

  magnet->has_v1 = metainfo->has_v1;
  magnet->has_v2 = metainfo->has_v2;
  if (magnet->has_v1)
    memcpy (magnet->info_hash_v1, metainfo->info_hash_v1, BT_SHA1_BYTES);
  if (magnet->has_v2)
    memcpy (magnet->info_hash_v2, metainfo->info_hash_v2, BT_SHA256_BYTES);
  bt_magnet_set_name (magnet, (const guint8 *) name, strlen (name));
  magnet->length = bt_metainfo_get_content_bytes (metainfo);
  for (guint i = 0; tiers == NULL && i < bt_metainfo_get_n_tiers (metainfo); i++)
    add_tier (magnet, bt_metainfo_get_tier (metainfo, i));
  for (gsize i = 0; tiers != NULL && tiers[i] != NULL; i++)
    add_tier (magnet, tiers[i]);
  for (gsize i = 0; web_seeds[i] != NULL; i++)
    bt_magnet_add_web_seed (magnet, (const guint8 *) web_seeds[i], strlen (web_seeds[i]));
  bt_magnet_finish (magnet);
  return magnet;
}

BtMagnet *
bt_magnet_new_selecting (const BtMagnet       *magnet,
                         const BtMagnetRange  *ranges,
                         guint                 n_ranges,
                         GError              **error)
{
  g_autofree char *uri = bt_magnet_to_uri (magnet);
  g_autoptr (BtMagnet) copy = bt_magnet_new_from_uri (uri, error);

  if (copy == NULL)
    return NULL;
  g_array_set_size (copy->ranges, 0);
  g_array_append_vals (copy->ranges, ranges, n_ranges);
  join_ranges (copy->ranges);
  if (copy->ranges->len > BT_MAGNET_MAX_RANGES)
    {
      g_set_error (error, BT_MAGNET_ERROR, BT_MAGNET_ERROR_TOO_LARGE,
                   _("The magnet link has more than %u parts"), BT_MAGNET_MAX_RANGES);
      return NULL;
    }
  return g_steal_pointer (&copy);
}

/* --- As text --- */

static void
append_hex (GString      *text,
            const guint8 *bytes,
            gsize         n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
}

static void
append_value (GString    *text,
              const char *key,
              const char *value,
              const char *allowed)
{
  g_string_append_printf (text, "&%s=", key);
  g_string_append_uri_escaped (text, value, allowed, FALSE);
}

static void
append_ranges (GString  *text,
               BtMagnet *magnet)
{
  for (guint i = 0; i < magnet->ranges->len; i++)
    {
      const BtMagnetRange *range = &g_array_index (magnet->ranges, BtMagnetRange, i);

      g_string_append_printf (text, i == 0 ? "&so=%u" : ",%u", range->first);
      if (range->last > range->first)
        g_string_append_printf (text, "-%u", range->last);
    }
}

char *
bt_magnet_to_uri (const BtMagnet *magnet)
{
  GString *text = g_string_new ("magnet:?");
  char     buffer[BT_ADDRESS_STRING_BYTES];

  if (magnet->has_v1)
    {
      g_string_append (text, "xt=urn:btih:");
      append_hex (text, magnet->info_hash_v1, BT_SHA1_BYTES);
    }
  if (magnet->has_v2)
    {
      g_string_append_printf (text, "%sxt=urn:btmh:" MULTIHASH_PREFIX, magnet->has_v1 ? "&" : "");
      append_hex (text, magnet->info_hash_v2, BT_SHA256_BYTES);
    }
  if (magnet->name != NULL)
    append_value (text, "dn", magnet->name, NULL);
  if (magnet->length > 0)
    g_string_append_printf (text, "&xl=%" G_GUINT64_FORMAT, magnet->length);
  for (guint i = 0; magnet->trackers->pdata[i] != NULL; i++)
    append_value (text, "tr", magnet->trackers->pdata[i], NULL);
  for (guint i = 0; magnet->web_seeds->pdata[i] != NULL; i++)
    append_value (text, "ws", magnet->web_seeds->pdata[i], NULL);
  for (guint i = 0; i < magnet->peers->len; i++)
    append_value (text, "x.pe",
                  bt_address_to_string (&g_array_index (magnet->peers, BtAddress, i), buffer),
                  ":[]");
  for (guint i = 0; magnet->peer_hosts->pdata[i] != NULL; i++)
    append_value (text, "x.pe", magnet->peer_hosts->pdata[i], ":");
  append_ranges (text, (BtMagnet *) magnet);
  return g_string_free (text, FALSE);
}

/* --- What can be asked --- */

const char *
bt_magnet_get_name (const BtMagnet *magnet)
{
  return magnet->name;
}

char *
bt_magnet_dup_title (const BtMagnet *magnet)
{
  GString *text;

  if (magnet->name != NULL)
    return g_strdup (magnet->name);
  text = g_string_new (NULL);
  if (magnet->has_v1)
    append_hex (text, magnet->info_hash_v1, BT_SHA1_BYTES);
  else
    append_hex (text, magnet->info_hash_v2, BT_SHA256_BYTES);
  return g_string_free (text, FALSE);
}

const guint8 *
bt_magnet_get_info_hash_v1 (const BtMagnet *magnet)
{
  return magnet->has_v1 ? magnet->info_hash_v1 : NULL;
}

const guint8 *
bt_magnet_get_info_hash_v2 (const BtMagnet *magnet)
{
  return magnet->has_v2 ? magnet->info_hash_v2 : NULL;
}

const guint8 *
bt_magnet_get_info_hash (const BtMagnet *magnet)
{
  return magnet->has_v1 ? magnet->info_hash_v1 : magnet->info_hash_v2;
}

const char *const *
bt_magnet_get_trackers (const BtMagnet *magnet)
{
  return (const char *const *) magnet->trackers->pdata;
}

const char *const *const *
bt_magnet_get_tiers (const BtMagnet *magnet)
{
  return (const char *const *const *) magnet->tiers->pdata;
}

const char *const *
bt_magnet_get_web_seeds (const BtMagnet *magnet)
{
  return (const char *const *) magnet->web_seeds->pdata;
}

const BtAddress *
bt_magnet_get_peers (const BtMagnet *magnet,
                     guint          *out_n_peers)
{
  *out_n_peers = magnet->peers->len;
  return (const BtAddress *) magnet->peers->data;
}

const char *const *
bt_magnet_get_peer_hosts (const BtMagnet *magnet)
{
  return (const char *const *) magnet->peer_hosts->pdata;
}

const BtMagnetRange *
bt_magnet_get_ranges (const BtMagnet *magnet,
                      guint          *out_n_ranges)
{
  *out_n_ranges = magnet->ranges->len;
  return (const BtMagnetRange *) magnet->ranges->data;
}

gboolean
bt_magnet_wants_file (const BtMagnet *magnet,
                      guint32         file)
{
  guint low = 0, high = magnet->ranges->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const BtMagnetRange *range = &g_array_index (magnet->ranges, BtMagnetRange, middle);

      if (file < range->first)
        high = middle;
      else if (file > range->last)
        low = middle + 1;
      else
        return TRUE;
    }
  return magnet->ranges->len == 0;
}

guint64
bt_magnet_get_length (const BtMagnet *magnet)
{
  return magnet->length;
}

/* --- The torrent it becomes --- */

static gboolean
check_hashes (const BtMagnet    *magnet,
              const BtMetainfo  *metainfo,
              GError           **error)
{
  if ((magnet->has_v1 && (!metainfo->has_v1 || memcmp (metainfo->info_hash_v1, magnet->info_hash_v1,
                                                       BT_SHA1_BYTES) != 0)) ||
      (magnet->has_v2 && (!metainfo->has_v2 || memcmp (metainfo->info_hash_v2, magnet->info_hash_v2,
                                                       BT_SHA256_BYTES) != 0)))
    return bt_metainfo_fail (error, BT_METAINFO_ERROR_INVALID,
                             _("the torrent is not the one that the magnet link names"));
  return TRUE;
}

BtMetainfo *
bt_metainfo_new_from_magnet (const BtMagnet  *magnet,
                             GBytes          *info_bytes,
                             GError         **error)
{
  /* One level less than in a file, where it is within another dictionary. */
  const BtBencodeLimits  limits = { BT_METAINFO_MAX_DEPTH - 1, BT_METAINFO_MAX_TOKENS,
                                    BT_METAINFO_MAX_BYTES };
  g_autoptr (BtBencode)  document = bt_bencode_parse (info_bytes, &limits, NULL);
  g_autoptr (GBytes)     file = NULL;
  g_autoptr (BtMetainfo) metainfo = NULL;
  BtBencodeNode          root;
  gboolean               has_v2;

  root = document != NULL ? bt_bencode_get_root (document) : (BtBencodeNode) { NULL, 0 };
  if (bt_bencode_node_get_type (root) != BT_BENCODE_DICT)
    return bt_metainfo_new_from_info (info_bytes, error);  /* says what is wrong */
  has_v2 = bt_bencode_node_exists (bt_bencode_dict_get (root, "meta version"));
  /* Read as a file, so that it is what the file kept of it is read as. */
  file = bt_metainfo_write_found (info_bytes, has_v2, bt_magnet_get_tiers (magnet),
                                  bt_magnet_get_web_seeds (magnet));
  g_clear_pointer (&document, bt_bencode_free);
  metainfo = bt_metainfo_new_from_bytes (file, error);
  if (metainfo == NULL || !check_hashes (magnet, metainfo, error))
    return NULL;
  return g_steal_pointer (&metainfo);
}
