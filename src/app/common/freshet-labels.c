/* freshet-labels.c - the labels that torrents have
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-labels.h"

#include "supervisor/bt.h"

static int
compare_labels (gconstpointer a,
                gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
freshet_labels_collect (GListModel *torrents)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *labels = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (torrents); i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);
      char **own = bt_torrent_get_record (torrent)->labels;

      for (guint j = 0; own != NULL && own[j] != NULL; j++)
        if (!g_hash_table_contains (seen, own[j]))
          {
            char *copy = g_strdup (own[j]);

            g_hash_table_add (seen, copy);
            g_ptr_array_add (labels, copy);
          }
    }
  g_ptr_array_sort (labels, compare_labels);
  return labels;
}
