/* freshet-entry.c - what the list knows of one torrent: the classes it is in, and texts for comparing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-entry.h"

#include <glib/gi18n.h>

/* --- Classes --- */

typedef struct
{
  const char *id;
  const char *title;
  const char *icon;
} ClassInfo;

static const ClassInfo infos[FRESHET_N_CLASSES] = {
  [FRESHET_CLASS_ALL] = { "all", N_("All"), "view-list-symbolic" },
  [FRESHET_CLASS_DOWNLOADING] = { "downloading", N_("Downloading"), "go-down-symbolic" },
  [FRESHET_CLASS_SEEDING] = { "seeding", N_("Seeding"), "go-up-symbolic" },
  [FRESHET_CLASS_PAUSED] = { "paused", N_("Paused"), "media-playback-pause-symbolic" },
  [FRESHET_CLASS_COMPLETE] = { "complete", N_("Complete"), "object-select-symbolic" },
  [FRESHET_CLASS_ACTIVE] = { "active", N_("Active"), "network-transmit-receive-symbolic" },
  [FRESHET_CLASS_WAITING] = { "waiting", N_("Waiting"), "content-loading-symbolic" },
  [FRESHET_CLASS_CHECKING] = { "checking", N_("Checking"), "system-search-symbolic" },
  [FRESHET_CLASS_FAILED] = { "failed", N_("Failed"), "dialog-error-symbolic" },
};

const char *
freshet_class_get_id (FreshetClass class)
{
  return infos[class].id;
}

const char *
freshet_class_get_title (FreshetClass class)
{
  return _(infos[class].title);
}

const char *
freshet_class_get_icon (FreshetClass class)
{
  return infos[class].icon;
}

FreshetClass
freshet_class_from_id (const char *id)
{
  for (FreshetClass class = 0; class < FRESHET_N_CLASSES; class++)
    if (g_strcmp0 (id, infos[class].id) == 0)
      return class;
  return FRESHET_CLASS_ALL;
}

/* What it does now; complete and active are facts beside it. */
static guint
classify_state (const BtSwarmFacts *facts,
                const BtRecord     *record)
{
  switch (facts->state)
    {
    case BT_SWARM_STOPPED:
    case BT_SWARM_STOPPING:
      return (record->flags & BT_RECORD_PAUSED) != 0 ? 1u << FRESHET_CLASS_PAUSED
                                                     : 1u << FRESHET_CLASS_WAITING;
    case BT_SWARM_CHECKING:
      return 1u << FRESHET_CLASS_CHECKING;
    case BT_SWARM_PREPARING:
    case BT_SWARM_SEEKING:
      return 1u << FRESHET_CLASS_DOWNLOADING;
    case BT_SWARM_DOWNLOADING:
      return 1u << FRESHET_CLASS_DOWNLOADING |
             (facts->received_bps == 0 ? 1u << FRESHET_CLASS_WAITING : 0);
    case BT_SWARM_SEEDING:
      return 1u << FRESHET_CLASS_SEEDING;
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_FAILED:
    case BT_SWARM_MISSING:
      return 1u << FRESHET_CLASS_FAILED;
    case BT_SWARM_QUEUED:
      return 1u << FRESHET_CLASS_WAITING;
    case BT_SWARM_MOVING:
      return 1u << FRESHET_CLASS_ACTIVE;
    }
  return 0;
}

static gboolean
is_complete (const FreshetEntry *entry)
{
  const BtSwarmFacts *facts = entry->facts;

  if (entry->torrent != NULL)
    return bt_torrent_is_complete (entry->torrent);
  return facts->n_have > 0 && facts->done_bytes == facts->wanted_bytes;
}

static guint
classify (const FreshetEntry *entry)
{
  guint classes = 1u << FRESHET_CLASS_ALL | classify_state (entry->facts, entry->record);

  if (is_complete (entry))
    classes |= 1u << FRESHET_CLASS_COMPLETE;
  if (entry->facts->received_bps > 0 || entry->facts->sent_bps > 0)
    classes |= 1u << FRESHET_CLASS_ACTIVE;
  return classes;
}

gboolean
freshet_entry_is_in (const FreshetEntry *entry,
                     FreshetClass        class)
{
  return (entry->classes & 1u << class) != 0;
}

/* --- Texts --- */

char *
freshet_fold (const char *text)
{
  g_autofree char *plain = NULL;

  /* Most names are ASCII, for which this says the same, faster. */
  if (g_str_is_ascii (text))
    return g_ascii_strdown (text, -1);
  plain = g_utf8_normalize (text, -1, G_NORMALIZE_ALL_COMPOSE);
  return g_utf8_casefold (plain != NULL ? plain : text, -1);
}

static gboolean
is_same (char *const *a,
         char *const *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

char **
freshet_entry_get_hosts (const BtRecord *record)
{
  return record->tracker_hosts;
}

static void
clear_texts (FreshetEntry *entry)
{
  g_clear_pointer (&entry->name, g_free);
  g_clear_pointer (&entry->name_key, g_free);
  g_clear_pointer (&entry->text, g_free);
  g_clear_pointer (&entry->labels, g_strfreev);
  g_clear_pointer (&entry->hosts, g_strfreev);
}

static void
set_texts (FreshetEntry *entry)
{
  const BtRecord *record = entry->record;
  g_autofree char *labels = record->labels != NULL ? g_strjoinv ("\n", record->labels) : NULL;
  g_autofree char *line = NULL;

  clear_texts (entry);
  entry->name = g_strdup (record->name);
  entry->name_key = g_utf8_collate_key_for_filename (record->name, -1);
  entry->labels = g_strdupv (record->labels);
  entry->hosts = g_strdupv (freshet_entry_get_hosts (record));
  if (labels != NULL)
    line = g_strconcat (record->name, "\n", labels, NULL);
  entry->text = freshet_fold (line != NULL ? line : record->name);
}

static gboolean
has_same_texts (const FreshetEntry *entry)
{
  const BtRecord *record = entry->record;

  return g_str_equal (entry->name, record->name) && is_same (entry->labels, record->labels) &&
         is_same (entry->hosts, freshet_entry_get_hosts (record));
}

/* --- The entry --- */

gboolean
freshet_entry_refresh (FreshetEntry *entry)
{
  if (entry->torrent != NULL)
    {
      entry->facts = bt_torrent_get_facts (entry->torrent);
      entry->record = bt_torrent_get_record (entry->torrent);
    }
  return entry->classes != classify (entry) || !has_same_texts (entry);
}

void
freshet_entry_update (FreshetEntry *entry)
{
  entry->classes = classify (entry);
  if (!has_same_texts (entry))
    set_texts (entry);
}

FreshetEntry *
freshet_entry_new (BtTorrent *torrent)
{
  FreshetEntry *entry = g_new0 (FreshetEntry, 1);

  entry->torrent = g_object_ref (torrent);
  entry->facts = bt_torrent_get_facts (torrent);
  entry->record = bt_torrent_get_record (torrent);
  entry->classes = classify (entry);
  set_texts (entry);
  return entry;
}

FreshetEntry *
freshet_entry_new_for (const BtSwarmFacts *facts,
                       const BtRecord     *record)
{
  FreshetEntry *entry = g_new0 (FreshetEntry, 1);

  entry->facts = facts;
  entry->record = record;
  entry->classes = classify (entry);
  set_texts (entry);
  return entry;
}

void
freshet_entry_free (FreshetEntry *entry)
{
  clear_texts (entry);
  g_clear_object (&entry->torrent);
  g_free (entry);
}
