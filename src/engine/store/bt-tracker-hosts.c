/* bt-tracker-hosts.c - the names of the hosts that a torrent's trackers are at; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-hosts.h"

#include "bt-record.h"

#include <string.h>

#define MAX_HOST_BYTES 255  /* of a name in the DNS */

/* NULL when there is none that could be shown. (transfer full) */
static char *
dup_host (const char *url)
{
  g_autofree char *host = NULL;

  if (!g_utf8_validate (url, -1, NULL) ||
      !g_uri_split (url, G_URI_FLAGS_NONE, NULL, NULL, &host, NULL, NULL, NULL, NULL, NULL) ||
      host == NULL || host[0] == '\0' || strlen (host) > MAX_HOST_BYTES)
    return NULL;
  for (const char *at = host; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return NULL;
  return g_utf8_strdown (host, -1);
}

static int
compare_hosts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
bt_tracker_hosts_of_urls (const char *const *urls)
{
  g_autoptr (GPtrArray) hosts = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; urls[i] != NULL; i++)
    {
      char *host = dup_host (urls[i]);

      if (host == NULL || g_ptr_array_find_with_equal_func (hosts, host, g_str_equal, NULL))
        g_free (host);
      else
        g_ptr_array_add (hosts, host);
    }
  if (hosts->len == 0)
    return NULL;
  g_ptr_array_sort (hosts, compare_hosts);
  g_ptr_array_add (hosts, NULL);
  return (char **) g_ptr_array_steal (hosts, NULL);
}

char **
bt_tracker_hosts_of (const BtMetainfo *metainfo,
                     const GArray     *trackers)
{
  g_autoptr (GPtrArray) urls = g_ptr_array_new ();  /* borrowed */

  for (guint i = 0; trackers != NULL && i < trackers->len; i++)
    g_ptr_array_add (urls, g_array_index (trackers, BtTrackerRecord, i).url);
  for (guint i = 0; trackers == NULL && metainfo != NULL && i < bt_metainfo_get_n_tiers (metainfo);
       i++)
    {
      const char *const *tier = bt_metainfo_get_tier (metainfo, i);

      for (gsize k = 0; tier[k] != NULL; k++)
        g_ptr_array_add (urls, (gpointer) tier[k]);
    }
  g_ptr_array_add (urls, NULL);
  return bt_tracker_hosts_of_urls ((const char *const *) urls->pdata);
}
