/* bt-safe-names.c - one hash table of folders, files and the suffixes given out
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-safe-names.h"
#include "bt-safe-path.h"

#include "base/bt-random.h"

#include <string.h>

/* Room for " (4294967295)". */
#define SUFFIX_MAX_BYTES 13

/* Something called `folded` in the folder `parent`. A path is a chain of these, so that what is hashed is each
 * component once, not each path once for every folder above it. An entry whose name has a '/' in it is no file: it
 * counts the suffixes of one stem and extension.
 */
typedef struct
{
  guint32 parent;
  guint32 number;  /* of a folder; of a counter, the next suffix */
  char    folded[];
} Entry;

struct _BtSafeNames
{
  GHashTable *entries;  /* owned; a set of Entry, owned */
  guint32     n_folders;
};

/* So that nobody can make a torrent whose names all meet in one bucket. */
static guint32
get_hash_seed (void)
{
  static gsize seed = 0;

  if (g_once_init_enter (&seed))
    g_once_init_leave (&seed, (gsize) (guint32) bt_random_seed () | 1);
  return (guint32) seed;
}

static guint
entry_hash (gconstpointer key)
{
  const Entry *entry = key;
  guint64      hash = ((guint64) get_hash_seed () << 32) ^ entry->parent;

  for (const char *p = entry->folded; *p != 0; p++)
    {
      hash = (hash ^ (guint8) *p) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
    }
  return (guint) (hash ^ (hash >> 32));
}

static gboolean
entry_equal (gconstpointer a,
             gconstpointer b)
{
  const Entry *entry_a = a;
  const Entry *entry_b = b;

  return entry_a->parent == entry_b->parent && strcmp (entry_a->folded, entry_b->folded) == 0;
}

BtSafeNames *
bt_safe_names_new (void)
{
  BtSafeNames *names = g_new0 (BtSafeNames, 1);

  names->entries = g_hash_table_new_full (entry_hash, entry_equal, g_free, NULL);
  names->n_folders = 1;
  return names;
}

void
bt_safe_names_free (BtSafeNames *names)
{
  if (names == NULL)
    return;
  g_hash_table_unref (names->entries);
  g_free (names);
}

/* The form in which names are compared. */
static char *
fold (const char *text,
      gsize       n_bytes)
{
  g_autofree char *composed = NULL;
  g_autofree char *folded = NULL;

  if (g_str_is_ascii (text))
    return g_ascii_strdown (text, (gssize) n_bytes);
  composed = g_utf8_normalize (text, (gssize) n_bytes, G_NORMALIZE_DEFAULT_COMPOSE);
  folded = g_utf8_casefold (composed, -1);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

static Entry *
entry_new (guint32     parent,
           const char *folded)
{
  gsize  n_bytes = strlen (folded) + 1;
  Entry *entry = g_malloc (sizeof *entry + n_bytes);

  entry->parent = parent;
  entry->number = 0;
  memcpy (entry->folded, folded, n_bytes);
  return entry;
}

/* The entry, made when there was none. */
static Entry *
ensure_entry (BtSafeNames *names,
              guint32      parent,
              const char  *folded,
              gboolean    *out_is_new)
{
  Entry *entry = entry_new (parent, folded);
  Entry *known = g_hash_table_lookup (names->entries, entry);

  *out_is_new = known == NULL;
  if (known != NULL)
    {
      g_free (entry);
      return known;
    }
  g_hash_table_add (names->entries, entry);
  return entry;
}

guint32
bt_safe_names_add_folder (BtSafeNames *names,
                          guint32      parent,
                          const char  *component)
{
  g_autofree char *folded = fold (component, strlen (component));
  gboolean         is_new;
  Entry           *entry = ensure_entry (names, parent, folded, &is_new);

  if (is_new)
    entry->number = names->n_folders++;
  return entry->number;
}

/* Writes stem, suffix and extension to `out`, the stem shortened where that is needed. Counting goes by the stem as
 * it is written, so a suffix is never tried twice in a folder. */
static void
find_free_name (BtSafeNames *names,
                guint32      folder,
                const char  *component,
                GString     *out)
{
  gsize            n_bytes = strlen (component);
  gsize            extension = bt_safe_component_find_extension (component, n_bytes);
  gsize            n_kept = n_bytes - extension + SUFFIX_MAX_BYTES;
  gsize            n_stem = bt_utf8_cut (component, extension,
                                         BT_SAFE_COMPONENT_MAX_BYTES - n_kept);
  g_autofree char *stem = g_strndup (component, n_stem);
  g_autofree char *split = g_strconcat (stem, "/", component + extension, NULL);
  g_autofree char *folded_split = fold (split, strlen (split));
  gboolean         is_new;
  Entry           *counter = ensure_entry (names, folder, folded_split, &is_new);

  if (is_new)
    counter->number = 2;
  do
    {
      g_autofree char *folded = NULL;

      g_string_printf (out, "%s (%u)%s", stem, counter->number++, component + extension);
      folded = fold (out->str, out->len);
      ensure_entry (names, folder, folded, &is_new);
    }
  while (!is_new);
}

gboolean
bt_safe_names_add_file (BtSafeNames *names,
                        guint32      folder,
                        const char  *component,
                        GString     *out_component)
{
  g_autofree char *folded = fold (component, strlen (component));
  gboolean         is_new;

  ensure_entry (names, folder, folded, &is_new);
  if (!is_new)
    find_free_name (names, folder, component, out_component);
  return !is_new;
}
