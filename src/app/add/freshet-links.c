/* freshet-links.c - torrent files and links within what was dropped, pasted or copied; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-links.h"

#include <string.h>

/* Behind a link in running text they belong to the sentence. */
#define TRAILING "\"'>)]}.,;:!?"
#define LEADING  "\"'<([{"

static gboolean
has_prefix (const char *text,
            const char *prefix)
{
  return g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0;
}

FreshetLink
freshet_link_get_kind (const char *source)
{
  if (has_prefix (source, "magnet:?"))
    return FRESHET_LINK_MAGNET;
  if (has_prefix (source, "http://") || has_prefix (source, "https://"))
    return strchr (source, '/')[2] != '\0' ? FRESHET_LINK_WEB : FRESHET_LINK_OTHER;
  if (has_prefix (source, "file:///") || (source[0] == '/' && source[1] != '\0'))
    return FRESHET_LINK_FILE;
  return FRESHET_LINK_OTHER;
}

/* Without the query of a link: that is no part of its path. */
static gsize
get_path_length (const char *source)
{
  return freshet_link_get_kind (source) == FRESHET_LINK_WEB ? strcspn (source, "?#")
                                                            : strlen (source);
}

gboolean
freshet_link_is_torrent (const char *source)
{
  FreshetLink kind = freshet_link_get_kind (source);
  gsize length = get_path_length (source);
  gsize n_end = strlen (".torrent");

  return (kind == FRESHET_LINK_FILE || kind == FRESHET_LINK_WEB) && length > n_end &&
         source[length - n_end - 1] != '/' && has_prefix (source + length - n_end, ".torrent");
}

/* What a magnet link says of its name (dn). (transfer full), nullable */
static char *
dup_magnet_name (const char *source)
{
  g_autofree char *name = NULL;
  g_auto (GStrv) fields = g_strsplit (source + strlen ("magnet:?"), "&", 64);

  for (guint i = 0; fields[i] != NULL && name == NULL; i++)
    if (has_prefix (fields[i], "dn="))
      name = g_uri_unescape_string (g_strdelimit (fields[i] + 3, "+", ' '), NULL);
  return name != NULL && *name != '\0' ? g_steal_pointer (&name) : NULL;
}

char *
freshet_link_dup_name (const char *source)
{
  FreshetLink kind = freshet_link_get_kind (source);
  g_autofree char *path = g_strndup (source, get_path_length (source));
  g_autofree char *name = NULL;
  char *base;

  if (kind == FRESHET_LINK_MAGNET)
    name = dup_magnet_name (source);
  else if (kind == FRESHET_LINK_WEB || kind == FRESHET_LINK_FILE)
    {
      base = strrchr (path, '/') + 1;
      /* A path is what it is; in a URI, '%' stands for something. */
      name = source[0] == '/' ? g_strdup (base) : g_uri_unescape_string (base, NULL);
      if (name != NULL && *name == '\0')
        g_clear_pointer (&name, g_free);
    }
  return g_utf8_make_valid (name != NULL ? name : source, -1);
}

/* --- Lists --- */

typedef struct
{
  GHashTable *seen;   /* of what is in `links` */
  GPtrArray  *links;  /* owned, of char */
} Finder;

static void
finder_init (Finder *finder)
{
  finder->seen = g_hash_table_new (g_str_hash, g_str_equal);
  finder->links = g_ptr_array_new_with_free_func (g_free);
}

static char **
finder_end (Finder *finder)
{
  g_hash_table_unref (finder->seen);
  g_ptr_array_add (finder->links, NULL);
  return (char **) g_ptr_array_free (finder->links, FALSE);
}

static gboolean
is_full (Finder *finder)
{
  return finder->links->len >= FRESHET_LINKS_MAX;
}

static void
take_link (Finder *finder,
           char   *link)
{
  if (is_full (finder) || strlen (link) > FRESHET_LINK_MAX_BYTES ||
      g_hash_table_contains (finder->seen, link))
    {
      g_free (link);
      return;
    }
  g_hash_table_add (finder->seen, link);
  g_ptr_array_add (finder->links, link);
}

char **
freshet_links_from_uris (const char *const *uris)
{
  Finder finder;

  finder_init (&finder);
  for (guint i = 0; uris[i] != NULL && !is_full (&finder); i++)
    take_link (&finder, g_strdup (uris[i]));
  return finder_end (&finder);
}

/* --- Texts --- */

static gboolean
is_meant (const char *link)
{
  return freshet_link_get_kind (link) == FRESHET_LINK_MAGNET || freshet_link_is_torrent (link);
}

/* The word without the quotes and the punctuation around it. (transfer full) */
static char *
trim_word (const char *word)
{
  gsize length;

  word += strspn (word, LEADING);
  length = strlen (word);
  /* A magnet link may end in anything. */
  while (length > 0 && strchr (TRAILING, word[length - 1]) != NULL)
    length--;
  return g_strndup (word, length);
}

static void
read_words (Finder     *finder,
            const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);

  for (guint i = 0; words[i] != NULL && !is_full (finder); i++)
    {
      g_autofree char *word = trim_word (words[i]);

      if (is_meant (word))
        take_link (finder, g_steal_pointer (&word));
    }
}

static void
read_line (Finder *finder,
           char   *line)
{
  gboolean is_path;

  line = g_strstrip (line);
  if (*line == '\0' || *line == '#')
    return;
  /* Paths have blanks, links have none. */
  is_path = line[0] == '/' && freshet_link_is_torrent (line);
  if (is_path || (strpbrk (line, " \t") == NULL && is_meant (line)))
    take_link (finder, g_strdup (line));
  else
    read_words (finder, line);
}

/* Nothing but one link: it is meant, even when nothing tells that a torrent is behind it. */
static gboolean
is_lone_link (const char *text)
{
  FreshetLink kind = freshet_link_get_kind (text);

  return strpbrk (text, " \t\r\n") == NULL &&
         (kind == FRESHET_LINK_WEB || has_prefix (text, "file:"));
}

char **
freshet_links_from_text (const char *text)
{
  g_autofree char *start = g_strndup (text, FRESHET_LINKS_MAX_BYTES);
  g_auto (GStrv) lines = NULL;
  Finder finder;

  finder_init (&finder);
  g_strstrip (start);
  if (is_lone_link (start))
    {
      take_link (&finder, g_strdup (start));
      return finder_end (&finder);
    }
  lines = g_strsplit_set (start, "\r\n", -1);
  for (guint i = 0; lines[i] != NULL && !is_full (&finder); i++)
    read_line (&finder, lines[i]);
  return finder_end (&finder);
}
