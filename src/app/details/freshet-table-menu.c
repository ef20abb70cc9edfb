/* freshet-table-menu.c - the context menu of a table
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-table.h"

/* Of the row whose cells are marked; GTK_INVALID_LIST_POSITION: none is there. */
static guint
find_position (GtkWidget *view,
               double     x,
               double     y)
{
  GtkWidget *picked = gtk_widget_pick (view, x, y, GTK_PICK_DEFAULT);

  for (GtkWidget *widget = picked; widget != NULL && widget != view;
       widget = gtk_widget_get_parent (widget))
    {
      GtkListItem *item = g_object_get_data (G_OBJECT (widget), FRESHET_TABLE_ITEM);
      GtkWidget *child = gtk_widget_get_first_child (widget);

      /* The padding of a cell, or of a row whose first cell it is. */
      for (int i = 0; item == NULL && child != NULL && i < 2; i++)
        {
          item = g_object_get_data (G_OBJECT (child), FRESHET_TABLE_ITEM);
          child = gtk_widget_get_first_child (child);
        }
      if (item != NULL)
        return gtk_list_item_get_position (item);
    }
  return GTK_INVALID_LIST_POSITION;
}

static void
pop_up (GtkPopover *popover,
        GtkWidget  *view,
        double      x,
        double      y)
{
  GtkWidget *owner = gtk_widget_get_parent (GTK_WIDGET (popover));
  double owner_x = 0;
  double owner_y = 0;

  if (!gtk_widget_translate_coordinates (view, owner, x, y, &owner_x, &owner_y))
    return;
  gtk_popover_set_pointing_to (popover, &(GdkRectangle) { (int) owner_x, (int) owner_y, 1, 1 });
  gtk_popover_popup (popover);
}

static void
show_at (GtkGesture *gesture,
         GtkPopover *popover,
         double      x,
         double      y)
{
  GtkWidget *view = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  GtkSelectionModel *model = gtk_column_view_get_model (GTK_COLUMN_VIEW (view));
  guint position = find_position (view, x, y);

  if (model == NULL || position == GTK_INVALID_LIST_POSITION)
    return;
  if (!gtk_selection_model_is_selected (model, position))
    gtk_selection_model_select_item (model, position, TRUE);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  pop_up (popover, view, x, y);
}

static void
pressed_cb (GtkGesture *gesture,
            int         n_press,
            double      x,
            double      y,
            GtkPopover *popover)
{
  show_at (gesture, popover, x, y);
}

static void
long_pressed_cb (GtkGesture *gesture,
                 double      x,
                 double      y,
                 GtkPopover *popover)
{
  show_at (gesture, popover, x, y);
}

/* At the row that has the focus. */
static gboolean
menu_key_cb (GtkWidget *view,
             GVariant  *args,
             gpointer   user_data)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (view));
  double x = 0;
  double y = 0;

  if (focus == NULL || !gtk_widget_is_ancestor (focus, view))
    return FALSE;
  gtk_widget_translate_coordinates (focus, view, 24, gtk_widget_get_height (focus) / 2.0, &x, &y);
  pop_up (user_data, view, x, y);
  return TRUE;
}

static void
add_key (GtkEventController *controller,
         guint               key,
         GdkModifierType     modifiers,
         GtkPopover         *popover)
{
  GtkShortcutTrigger *trigger = gtk_keyval_trigger_new (key, modifiers);
  GtkShortcutAction *action = gtk_callback_action_new (menu_key_cb, popover, NULL);

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                        gtk_shortcut_new (trigger, action));
}

void
freshet_table_add_menu (GtkColumnView *view,
                        GtkWidget     *owner,
                        GMenuModel    *menu)
{
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_widget_set_parent (popover, owner);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), popover);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (press, "pressed", G_CALLBACK (long_pressed_cb), popover);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (press));

  add_key (keys, GDK_KEY_Menu, 0, GTK_POPOVER (popover));
  add_key (keys, GDK_KEY_F10, GDK_SHIFT_MASK, GTK_POPOVER (popover));
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
}
