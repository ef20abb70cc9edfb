/* freshet-table.h - tables of the details: columns by a list of what their cells say, kept up to date in place
 *
 * An item is any GObject with a signal `changed`; of a GtkTreeListRow, what is in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a cell's child is marked with: the name of its GtkListItem in its data. */
#define FRESHET_TABLE_ITEM "list-item"

/* For compare functions of columns: of numbers, each evaluated twice. */
#define FRESHET_TABLE_COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

typedef struct
{
  const char *title;                        /* N_() */
  char     *(*format)       (gpointer item); /* what a cell says; (transfer full) */
  char     *(*explain)      (gpointer item); /* nullable: its tooltip, and what is read aloud; (transfer full) */
  double    (*get_fraction) (gpointer item); /* nullable: a bar in front of the text, 0 to 1 */
  GCompareFunc compare;                      /* nullable: of items; it cannot be sorted by */
  int          width;                        /* pixels at first, in text of the usual size */
  guint        is_expanding : 1;             /* takes what is left */
  guint        is_numeric : 1;               /* to the end of the cell */
  guint        is_dynamic : 1;               /* freshet_table_sort_again() */
} FreshetTableColumn;

/* Of columns made by hand, too: `width` pixels would do in text of the usual size. -1 stays. */
int        freshet_table_scale_width  (int                       width);
/* Once: shows the first column at first, and keeps what is seen of it when sizes change, also from right to left. */
void       freshet_table_begin_at_start (GtkColumnView          *view);
/* `columns` are borrowed for ever. */
void       freshet_table_add_columns  (GtkColumnView            *view,
                                       const FreshetTableColumn *columns,
                                       gsize                     n_columns);
/* A whole table of `items`, several of which may be selected. `selection_changed`, called with `owner` alone, says so;
 * `menu` as freshet_table_add_menu(). */
void       freshet_table_fill         (GtkColumnView            *view,
                                       GListModel               *items,
                                       const FreshetTableColumn *columns,
                                       gsize                     n_columns,
                                       GCallback                 selection_changed,
                                       GtkWidget                *owner,
                                       GMenuModel               *menu);
/* After items have changed: those that the view is sorted by are put in order, others are left alone. */
void       freshet_table_sort_again   (GtkColumnView            *view);
/* Shows `menu` at a click with the second button, a long press, or the Menu key. What is clicked is selected first,
 * when it is not. The menu is a child of `owner`, which has its actions and unparents it. */
void       freshet_table_add_menu     (GtkColumnView            *view,
                                       GtkWidget                *owner,
                                       GMenuModel               *menu);
/* Of columns made by hand, after a cell's child was set: so that the menu finds its row. */
void       freshet_table_mark_cell    (GtkListItem              *list_item);
/* Of `item`, or what is in it when it is a GtkTreeListRow. Borrowed. */
gpointer   freshet_table_unwrap       (gpointer                  item);
/* Of the items that are selected, in order. (transfer full) */
GPtrArray *freshet_table_dup_selected (GtkColumnView            *view);

G_END_DECLS
