/* freshet-filter.c - which torrents are shown: of a class, a label or a tracker, with some words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-filter.h"

#include <string.h>

#define LABEL   "label:"
#define TRACKER "tracker:"

void
freshet_filter_set (FreshetFilter *filter,
                    const char    *text)
{
  g_clear_pointer (&filter->label, g_free);
  g_clear_pointer (&filter->host, g_free);
  filter->class = FRESHET_CLASS_ALL;
  if (g_str_has_prefix (text, LABEL))
    filter->label = g_strdup (text + strlen (LABEL));
  else if (g_str_has_prefix (text, TRACKER))
    filter->host = g_strdup (text + strlen (TRACKER));
  else
    filter->class = freshet_class_from_id (text);
}

void
freshet_filter_set_search (FreshetFilter *filter,
                           const char    *text)
{
  g_autofree char *folded = NULL;

  g_clear_pointer (&filter->words, g_strfreev);
  if (text == NULL)
    return;
  folded = freshet_fold (text);
  g_strstrip (folded);
  /* Two spaces give an empty word, which every text contains. */
  if (*folded != '\0')
    filter->words = g_strsplit_set (folded, " \t", -1);
}

static gboolean
has (char       **list,
     const char  *text)
{
  return list != NULL && g_strv_contains ((const char *const *) list, text);
}

gboolean
freshet_filter_matches (const FreshetFilter *filter,
                        const FreshetEntry  *entry)
{
  if (entry->is_hidden || !freshet_entry_is_in (entry, filter->class))
    return FALSE;
  if (filter->label != NULL && !has (entry->labels, filter->label))
    return FALSE;
  if (filter->host != NULL && !has (entry->hosts, filter->host))
    return FALSE;
  for (char **word = filter->words; word != NULL && *word != NULL; word++)
    if (strstr (entry->text, *word) == NULL)
      return FALSE;
  return TRUE;
}

void
freshet_filter_clear (FreshetFilter *filter)
{
  g_clear_pointer (&filter->label, g_free);
  g_clear_pointer (&filter->host, g_free);
  g_clear_pointer (&filter->words, g_strfreev);
}
