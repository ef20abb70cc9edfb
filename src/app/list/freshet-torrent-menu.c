/* freshet-torrent-menu.c - what can be done with the selected torrents, as a menu on a list of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-menu.h"

#define ITEM "freshet-list-item"
#define MENU "freshet-menu"

typedef struct
{
  GtkWidget         *view;       /* borrowed: it owns this */
  GtkWidget         *popover;    /* its child */
  GtkSelectionModel *selection;  /* owned */
} Menu;

static void
menu_free (gpointer data)
{
  Menu *menu = data;

  g_clear_object (&menu->selection);
  g_free (menu);
}

void
freshet_torrent_menu_set_item (GtkWidget   *child,
                               GtkListItem *item)
{
  g_object_set_data (G_OBJECT (child), ITEM, item);
}

/* The list item that a widget of the list belongs to, or shows; nullable. */
static GtkListItem *
find_item (Menu      *menu,
           GtkWidget *widget)
{
  for (; widget != NULL && widget != menu->view; widget = gtk_widget_get_parent (widget))
    {
      GtkListItem *item = g_object_get_data (G_OBJECT (widget), ITEM);
      GtkWidget *child = gtk_widget_get_first_child (widget);

      /* The list's own widgets lie around ours: a row's cells have one child each. */
      for (guint depth = 0; item == NULL && child != NULL && depth < 2; depth++)
        {
          item = g_object_get_data (G_OBJECT (child), ITEM);
          child = gtk_widget_get_first_child (child);
        }
      if (item != NULL)
        return item;
    }
  return NULL;
}

static void
open_at (Menu               *menu,
         const GdkRectangle *place)
{
  gtk_popover_set_pointing_to (GTK_POPOVER (menu->popover), place);
  gtk_popover_popup (GTK_POPOVER (menu->popover));
}

static gboolean
open_at_point (Menu   *menu,
               double  x,
               double  y)
{
  GtkWidget *widget = gtk_widget_pick (menu->view, x, y, GTK_PICK_DEFAULT);
  GtkListItem *item = find_item (menu, widget);
  guint position;

  if (item == NULL)
    return FALSE;
  position = gtk_list_item_get_position (item);
  if (!gtk_selection_model_is_selected (menu->selection, position))
    gtk_selection_model_select_item (menu->selection, position, TRUE);
  open_at (menu, &(GdkRectangle) { .x = (int) x, .y = (int) y, .width = 1, .height = 1 });
  return TRUE;
}

static void
pressed_cb (GtkGesture *gesture,
            int         n_presses,
            double      x,
            double      y,
            Menu       *menu)
{
  if (open_at_point (menu, x, y))
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
long_pressed_cb (GtkGesture *gesture,
                 double      x,
                 double      y,
                 Menu       *menu)
{
  if (open_at_point (menu, x, y))
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

/* At the row that has the focus, which is selected when nothing else is. */
static gboolean
key_cb (GtkWidget *view,
        GVariant  *arguments,
        gpointer   user_data)
{
  Menu *menu = user_data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (view));
  g_autoptr (GtkBitset) set = gtk_selection_model_get_selection (menu->selection);
  GtkListItem *item = focus != NULL && gtk_widget_is_ancestor (focus, view)
                        ? find_item (menu, focus) : NULL;
  graphene_rect_t bounds, seen;

  if (item == NULL || !gtk_widget_compute_bounds (focus, view, &bounds))
    return FALSE;
  if (gtk_bitset_is_empty (set))
    gtk_selection_model_select_item (menu->selection, gtk_list_item_get_position (item), TRUE);
  /* A row of a table may be wider than what is seen of it. */
  graphene_rect_init (&seen, 0, bounds.origin.y, (float) gtk_widget_get_width (view),
                      bounds.size.height);
  graphene_rect_intersection (&bounds, &seen, &seen);
  open_at (menu, &(GdkRectangle) { .x = (int) seen.origin.x + (int) seen.size.width / 2,
                                   .y = (int) seen.origin.y,
                                   .width = 1,
                                   .height = (int) seen.size.height });
  return TRUE;
}

static void
add_gestures (Menu *menu)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), menu);
  gtk_widget_add_controller (menu->view, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (press, "pressed", G_CALLBACK (long_pressed_cb), menu);
  gtk_widget_add_controller (menu->view, GTK_EVENT_CONTROLLER (press));
}

static void
add_keys (Menu *menu)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();
  GtkShortcutTrigger *trigger =
      gtk_alternative_trigger_new (gtk_keyval_trigger_new (GDK_KEY_Menu, 0),
                                   gtk_keyval_trigger_new (GDK_KEY_F10, GDK_SHIFT_MASK));

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (trigger, gtk_callback_action_new (key_cb, menu, NULL)));
  gtk_widget_add_controller (menu->view, keys);
}

void
freshet_torrent_menu_attach (GtkWidget         *view,
                             GtkSelectionModel *selection)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/org/freshet/Freshet/freshet-torrent-menu.ui");
  Menu *menu = g_new0 (Menu, 1);

  menu->view = view;
  menu->selection = g_object_ref (selection);
  menu->popover = gtk_popover_menu_new_from_model (
      G_MENU_MODEL (gtk_builder_get_object (builder, "menu")));
  gtk_popover_set_has_arrow (GTK_POPOVER (menu->popover), FALSE);
  gtk_widget_set_halign (menu->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (menu->popover, view);
  g_object_set_data_full (G_OBJECT (view), MENU, menu, menu_free);
  add_gestures (menu);
  add_keys (menu);
}

void
freshet_torrent_menu_detach (GtkWidget *view)
{
  Menu *menu = g_object_get_data (G_OBJECT (view), MENU);

  if (menu != NULL)
    g_clear_pointer (&menu->popover, gtk_widget_unparent);
}
