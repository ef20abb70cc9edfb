/* freshet-tracker.c - a tracker of a torrent, and what it says in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-tracker.h"

#include "common/freshet-format.h"

#include <glib/gi18n.h>
#include <string.h>

struct _FreshetTracker
{
  GObject parent_instance;

  /* owned, with its strings */
  BtTrackerFacts facts;
};

G_DEFINE_FINAL_TYPE (FreshetTracker, freshet_tracker, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const BtTrackerFacts *
freshet_tracker_get_facts (FreshetTracker *self)
{
  return &self->facts;
}

static void
set_facts (FreshetTracker       *self,
           const BtTrackerFacts *facts)
{
  BtTrackerFacts copy = *facts;

  copy.url = g_strdup (facts->url);
  copy.message = g_strdup (facts->message);
  bt_tracker_facts_clear (&self->facts);
  self->facts = copy;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
freshet_tracker_finalize (GObject *object)
{
  bt_tracker_facts_clear (&FRESHET_TRACKER (object)->facts);

  G_OBJECT_CLASS (freshet_tracker_parent_class)->finalize (object);
}

static void
freshet_tracker_class_init (FreshetTrackerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_tracker_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_tracker_init (FreshetTracker *self)
{
}

/* --- Words --- */

char *
freshet_tracker_format_host (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    return g_strdup (url);
  if (g_uri_get_port (uri) < 0)
    return g_strdup (host);
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%d" : "%s:%d", host,
                          g_uri_get_port (uri));
}

char *
freshet_tracker_format_state (const BtTrackerFacts *facts)
{
  gboolean has_message = facts->message != NULL && *facts->message != '\0';

  /* No default: a value without words is a warning of the compiler. */
  switch ((BtTrackerState) facts->state)
    {
    case BT_TRACKER_IDLE:
      return g_strdup (_("Not asked yet"));
    case BT_TRACKER_ANNOUNCING:
      return g_strdup (_("Asking"));
    case BT_TRACKER_WORKING:
      /* Translators: a tracker that works, and what it told besides */
      return has_message ? g_strdup_printf (_("Working: %s"), facts->message)
                         : g_strdup (_("Working"));
    case BT_TRACKER_FAILED:
      /* Translators: a tracker that does not work, and why */
      return has_message ? g_strdup_printf (_("Failed: %s"), facts->message)
                         : g_strdup (_("Failed"));
    }
  return g_strdup ("");
}

char *
freshet_tracker_format_next (const BtTrackerFacts *facts,
                             gint64                now_us)
{
  gint64 seconds = (facts->next_at_us - now_us) / G_USEC_PER_SEC;
  g_autofree char *duration = NULL;

  if (facts->state == BT_TRACKER_ANNOUNCING || facts->next_at_us == 0)
    return g_strdup ("");
  if (seconds <= 0)
    return g_strdup (_("in a moment"));
  duration = freshet_format_duration (seconds);
  /* Translators: when something happens, such as "in 12 minutes" */
  return g_strdup_printf (_("in %s"), duration);
}

/* --- Columns --- */

static const BtTrackerFacts *
get_facts (gconstpointer tracker)
{
  return &((const FreshetTracker *) tracker)->facts;
}

static char *
format_host (gpointer tracker)
{
  return freshet_tracker_format_host (get_facts (tracker)->url);
}

static char *
dup_url (gpointer tracker)
{
  return g_strdup (get_facts (tracker)->url);
}

static char *
format_tier (gpointer tracker)
{
  return g_strdup_printf ("%u", get_facts (tracker)->tier + 1);
}

static char *
format_state (gpointer tracker)
{
  return freshet_tracker_format_state (get_facts (tracker));
}

static char *
format_next (gpointer tracker)
{
  return freshet_tracker_format_next (get_facts (tracker), g_get_monotonic_time ());
}

static char *
format_known (int n)
{
  return n < 0 ? g_strdup ("") : g_strdup_printf ("%d", n);
}

static char *
format_seeds (gpointer tracker)
{
  return format_known (get_facts (tracker)->n_seeds);
}

static char *
format_leechers (gpointer tracker)
{
  return format_known (get_facts (tracker)->n_leechers);
}

static char *
format_downloaded (gpointer tracker)
{
  return format_known (get_facts (tracker)->n_downloaded);
}

static char *
format_peers (gpointer tracker)
{
  return g_strdup_printf ("%u", get_facts (tracker)->n_peers);
}

static const FreshetTableColumn columns[] = {
  { .title = N_("Tracker"), .format = format_host, .explain = dup_url, .width = 160 },
  { .title = N_("Status"), .format = format_state, .width = 220, .is_expanding = TRUE },
  { .title = N_("Next Announce"), .format = format_next, .width = 130 },
  { .title = N_("Seeds"), .format = format_seeds, .width = 80, .is_numeric = TRUE },
  { .title = N_("Leechers"), .format = format_leechers, .width = 80, .is_numeric = TRUE },
  /* Translators: how many have downloaded all of it, as a tracker says */
  { .title = N_("Completed"), .format = format_downloaded, .width = 100, .is_numeric = TRUE },
  /* Translators: how many peers a tracker told us */
  { .title = N_("Peers Told"), .format = format_peers, .width = 100, .is_numeric = TRUE },
  { .title = N_("Tier"), .format = format_tier, .width = 60, .is_numeric = TRUE },
};

const FreshetTableColumn *
freshet_tracker_get_columns (gsize *out_n_columns)
{
  *out_n_columns = G_N_ELEMENTS (columns);
  return columns;
}

/* --- The list --- */

/* The engine moves trackers within a tier as they answer; on the screen they stay where they are. */
static int
compare_rows (gconstpointer a,
              gconstpointer b)
{
  const BtTrackerFacts *first = *(const BtTrackerFacts *const *) a;
  const BtTrackerFacts *second = *(const BtTrackerFacts *const *) b;
  int order = FRESHET_TABLE_COMPARE (first->tier, second->tier);

  return order != 0 ? order : strcmp (first->url, second->url);
}

static gboolean
is_list_of (GListModel *list,
            GPtrArray  *rows)
{
  if (g_list_model_get_n_items (list) != rows->len)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (FreshetTracker) tracker = g_list_model_get_item (list, i);
      const BtTrackerFacts *row = g_ptr_array_index (rows, i);

      if (tracker->facts.tier != row->tier || !g_str_equal (tracker->facts.url, row->url))
        return FALSE;
    }
  return TRUE;
}

static void
fill_list (GListStore *list,
           GPtrArray  *rows)
{
  g_autoptr (GPtrArray) trackers = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < rows->len; i++)
    {
      FreshetTracker *tracker = g_object_new (FRESHET_TYPE_TRACKER, NULL);

      set_facts (tracker, g_ptr_array_index (rows, i));
      g_ptr_array_add (trackers, tracker);
    }
  g_list_store_splice (list, 0, g_list_model_get_n_items (G_LIST_MODEL (list)), trackers->pdata,
                       trackers->len);
}

void
freshet_tracker_update_list (GListStore   *list,
                             const GArray *rows)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    g_ptr_array_add (sorted, &g_array_index (rows, BtTrackerFacts, i));
  g_ptr_array_sort (sorted, compare_rows);
  if (!is_list_of (G_LIST_MODEL (list), sorted))
    {
      fill_list (list, sorted);
      return;
    }
  for (guint i = 0; i < sorted->len; i++)
    {
      g_autoptr (FreshetTracker) tracker = g_list_model_get_item (G_LIST_MODEL (list), i);

      set_facts (tracker, g_ptr_array_index (sorted, i));
    }
}
