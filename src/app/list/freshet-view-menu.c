/* freshet-view-menu.c - how the list is shown: its face, its order, the table's columns
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-view-menu.h"

#include "freshet-columns.h"

#include <glib/gi18n.h>
#include <string.h>

#define COLUMN_ACTION "column-"

/* --- Columns that are there or not --- */

static void
columns_changed_cb (GSettings     *settings,
                    const char    *key,
                    GSimpleAction *action)
{
  const char *id = g_action_get_name (G_ACTION (action)) + strlen (COLUMN_ACTION);
  g_auto (GStrv) ids = g_settings_get_strv (settings, "columns");
  gboolean is_there = g_strv_contains ((const char *const *) ids, id);

  g_simple_action_set_state (action, g_variant_new_boolean (is_there));
  /* The last one stays: a table without columns has no heading to bring one back with. */
  g_simple_action_set_enabled (action, !is_there || g_strv_length (ids) > 1);
}

static void
column_changed (GSimpleAction *action,
                GVariant      *state,
                gpointer       user_data)
{
  GSettings *settings = user_data;
  const char *id = g_action_get_name (G_ACTION (action)) + strlen (COLUMN_ACTION);
  g_auto (GStrv) ids = g_settings_get_strv (settings, "columns");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; ids[i] != NULL; i++)
    if (!g_str_equal (ids[i], id))
      g_strv_builder_add (builder, ids[i]);
  if (g_variant_get_boolean (state))
    g_strv_builder_add (builder, id);
  list = g_strv_builder_end (builder);
  g_settings_set_strv (settings, "columns", (const char *const *) list);
}

static void
add_column_action (GActionMap          *map,
                   GSettings           *settings,
                   const FreshetColumn *column)
{
  g_autofree char *name = g_strconcat (COLUMN_ACTION, column->id, NULL);
  g_autoptr (GSimpleAction) action =
      g_simple_action_new_stateful (name, NULL, g_variant_new_boolean (FALSE));

  g_signal_connect_object (action, "change-state", G_CALLBACK (column_changed), settings, 0);
  g_signal_connect_object (settings, "changed::columns", G_CALLBACK (columns_changed_cb), action,
                           0);
  columns_changed_cb (settings, "columns", action);
  g_action_map_add_action (map, G_ACTION (action));
}

void
freshet_view_menu_add_actions (GActionMap *map,
                               GSettings  *settings)
{
  static const char *const keys[] = { "view", "sort-by", "sort-descending" };
  gsize n;
  const FreshetColumn *columns = freshet_columns_get (&n);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (settings, keys[i]);

      g_action_map_add_action (map, action);
    }
  for (gsize i = 0; i < n; i++)
    add_column_action (map, settings, &columns[i]);
}

/* --- Menus --- */

GMenuModel *
freshet_view_menu_new_columns (void)
{
  GMenu *menu = g_menu_new ();
  gsize n;
  const FreshetColumn *columns = freshet_columns_get (&n);

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *action = g_strconcat ("win." COLUMN_ACTION, columns[i].id, NULL);

      g_menu_append (menu, _(columns[i].title), action);
    }
  return G_MENU_MODEL (menu);
}

static void
append_choice (GMenu      *menu,
               const char *label,
               const char *action,
               GVariant   *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

/* What people sort by; the rest is a click on a heading of the table. */
static GMenuModel *
new_orders (void)
{
  static const char *const ids[] = {
    "name", "added", "position", "state", "progress", "size", "received-bps", "sent-bps", "left",
    "ratio", "completed",
  };
  GMenu *menu = g_menu_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    append_choice (menu, _(freshet_columns_find (ids[i])->title), "win.sort-by",
                   g_variant_new_string (ids[i]));
  return G_MENU_MODEL (menu);
}

GMenuModel *
freshet_view_menu_new (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) faces = g_menu_new ();
  g_autoptr (GMenu) directions = g_menu_new ();
  g_autoptr (GMenu) table = g_menu_new ();
  g_autoptr (GMenuModel) orders = new_orders ();
  g_autoptr (GMenuModel) columns = freshet_view_menu_new_columns ();

  append_choice (faces, _("_Rows"), "win.view", g_variant_new_string ("rows"));
  append_choice (faces, _("_Table"), "win.view", g_variant_new_string ("table"));
  g_menu_append (directions, _("_Descending"), "win.sort-descending");
  g_menu_append_submenu (table, _("_Columns"), columns);
  g_menu_append_section (menu, _("View"), G_MENU_MODEL (faces));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (table));
  g_menu_append_section (menu, _("Sort By"), orders);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (directions));
  return G_MENU_MODEL (menu);
}
