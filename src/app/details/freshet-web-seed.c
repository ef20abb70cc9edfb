/* freshet-web-seed.c - a web seed of a torrent (BEP 19), and what it does in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-web-seed.h"

#include "common/freshet-format.h"

#include <glib/gi18n.h>

struct _FreshetWebSeed
{
  GObject parent_instance;

  /* owned, with its strings */
  BtWebSeedRow row;
};

G_DEFINE_FINAL_TYPE (FreshetWebSeed, freshet_web_seed, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const BtWebSeedRow *
freshet_web_seed_get_row (FreshetWebSeed *self)
{
  return &self->row;
}

static void
clear_row (BtWebSeedRow *row)
{
  g_clear_pointer (&row->url, g_free);
  g_clear_pointer (&row->message, g_free);
}

static void
set_row (FreshetWebSeed     *self,
         const BtWebSeedRow *row)
{
  BtWebSeedRow copy = *row;

  copy.url = g_strdup (row->url);
  copy.message = g_strdup (row->message);
  clear_row (&self->row);
  self->row = copy;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
freshet_web_seed_finalize (GObject *object)
{
  clear_row (&FRESHET_WEB_SEED (object)->row);

  G_OBJECT_CLASS (freshet_web_seed_parent_class)->finalize (object);
}

static void
freshet_web_seed_class_init (FreshetWebSeedClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_web_seed_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_web_seed_init (FreshetWebSeed *self)
{
}

/* --- Words --- */

char *
freshet_web_seed_format_address (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);

  if (uri == NULL)
    return g_strdup (url);
  return g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY);
}

char *
freshet_web_seed_format_state (const BtWebSeedRow *row)
{
  gboolean has_message = row->message != NULL && *row->message != '\0';

  /* No default: a value without words is a warning of the compiler. */
  switch ((BtWebSeedState) row->state)
    {
    case BT_WEB_SEED_IDLE:
      /* Translators: nothing is asked of a web seed at the moment */
      return g_strdup (_("Idle"));
    case BT_WEB_SEED_ACTIVE:
      return g_strdup (_("Downloading"));
    case BT_WEB_SEED_WAITING:
      /* Translators: a web seed is tried again soon, and why it failed */
      return has_message ? g_strdup_printf (_("Waiting: %s"), row->message)
                         : g_strdup (_("Waiting"));
    case BT_WEB_SEED_FAILED:
      return has_message ? g_strdup_printf (_("Failed: %s"), row->message)
                         : g_strdup (_("Failed"));
    case BT_WEB_SEED_BANNED:
      /* Translators: a web seed is never asked again, and why */
      return has_message ? g_strdup_printf (_("Banned: %s"), row->message)
                         : g_strdup (_("Banned"));
    }
  return g_strdup ("");
}

/* --- Columns --- */

static const BtWebSeedRow *
get_row (gconstpointer seed)
{
  return &((const FreshetWebSeed *) seed)->row;
}

static char *
format_address (gpointer seed)
{
  return freshet_web_seed_format_address (get_row (seed)->url);
}

static char *
dup_url (gpointer seed)
{
  return g_strdup (get_row (seed)->url);
}

static char *
format_state (gpointer seed)
{
  return freshet_web_seed_format_state (get_row (seed));
}

static char *
format_received (gpointer seed)
{
  return freshet_format_bytes (get_row (seed)->received_bytes);
}

static char *
format_rate (gpointer seed)
{
  return freshet_format_rate (get_row (seed)->received_bps);
}

static const FreshetTableColumn columns[] = {
  { .title = N_("Address"), .format = format_address, .explain = dup_url, .width = 140,
    .is_expanding = TRUE },
  { .title = N_("Status"), .format = format_state, .width = 105, .is_expanding = TRUE },
  { .title = N_("Received"), .format = format_received, .width = 80, .is_numeric = TRUE },
  /* Translators: how fast data comes */
  { .title = N_("Rate"), .format = format_rate, .width = 95, .is_numeric = TRUE },
};

const FreshetTableColumn *
freshet_web_seed_get_columns (gsize *out_n_columns)
{
  *out_n_columns = G_N_ELEMENTS (columns);
  return columns;
}

/* --- The list --- */

static gboolean
is_list_of (GListModel   *list,
            const GArray *rows,
            guint         n_rows)
{
  if (g_list_model_get_n_items (list) != n_rows)
    return FALSE;
  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (FreshetWebSeed) seed = g_list_model_get_item (list, i);

      if (!g_str_equal (seed->row.url, g_array_index (rows, BtWebSeedRow, i).url))
        return FALSE;
    }
  return TRUE;
}

static void
fill_list (GListStore   *list,
           const GArray *rows,
           guint         n_rows)
{
  g_autoptr (GPtrArray) seeds = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_rows; i++)
    {
      FreshetWebSeed *seed = g_object_new (FRESHET_TYPE_WEB_SEED, NULL);

      set_row (seed, &g_array_index (rows, BtWebSeedRow, i));
      g_ptr_array_add (seeds, seed);
    }
  g_list_store_splice (list, 0, g_list_model_get_n_items (G_LIST_MODEL (list)), seeds->pdata,
                       seeds->len);
}

void
freshet_web_seed_update_list (GListStore   *list,
                              const GArray *rows)
{
  guint n_rows = rows != NULL ? rows->len : 0;

  if (!is_list_of (G_LIST_MODEL (list), rows, n_rows))
    {
      fill_list (list, rows, n_rows);
      return;
    }
  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (FreshetWebSeed) seed = g_list_model_get_item (G_LIST_MODEL (list), i);

      set_row (seed, &g_array_index (rows, BtWebSeedRow, i));
    }
}
