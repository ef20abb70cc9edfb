/* freshet-counts.c - how many torrents are in each class, and have each label and tracker
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-counts.h"

void
freshet_counts_init (FreshetCounts *counts)
{
  *counts = (FreshetCounts) { 0 };
  counts->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  counts->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
freshet_counts_clear (FreshetCounts *counts)
{
  g_clear_pointer (&counts->labels, g_hash_table_unref);
  g_clear_pointer (&counts->hosts, g_hash_table_unref);
}

static void
change_words (GHashTable *table,
              char      **words,
              int         by)
{
  for (char **word = words; word != NULL && *word != NULL; word++)
    {
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (table, *word)) + (guint) by;

      if (n == 0)
        g_hash_table_remove (table, *word);
      else
        g_hash_table_insert (table, g_strdup (*word), GUINT_TO_POINTER (n));
    }
}

static void
change (FreshetCounts      *counts,
        const FreshetEntry *entry,
        int                 by)
{
  for (FreshetClass class = 0; class < FRESHET_N_CLASSES; class++)
    if (freshet_entry_is_in (entry, class))
      counts->n_in_class[class] += (guint) by;
  change_words (counts->labels, entry->labels, by);
  change_words (counts->hosts, entry->hosts, by);
}

void
freshet_counts_add (FreshetCounts      *counts,
                    const FreshetEntry *entry)
{
  change (counts, entry, 1);
}

void
freshet_counts_remove (FreshetCounts      *counts,
                       const FreshetEntry *entry)
{
  change (counts, entry, -1);
}
