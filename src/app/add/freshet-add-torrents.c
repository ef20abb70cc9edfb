/* freshet-add-torrents.c - torrents that are to be added together, each with a check box
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-torrents.h"

#include <glib/gi18n.h>

#define ROW_PADDING 21    /* pixels around and between the two lines of a row */
#define ROW_LINES   1.9   /* of the usual height: the second one is smaller */
#define MAX_ROWS    6     /* longer lists scroll */
#define MAX_LINES   3     /* of what is wrong */

struct _FreshetAddTorrents
{
  GtkWidget parent_instance;

  /* owned */
  GtkSingleSelection *selection;

  /* borrowed: the children */
  GtkWidget   *scroller;
  GtkListView *view;
};

G_DEFINE_FINAL_TYPE (FreshetAddTorrents, freshet_add_torrents, GTK_TYPE_WIDGET)

enum
{
  SELECTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- A row --- */

typedef struct
{
  GtkWidget        *box;
  GtkCheckButton   *check;
  GtkWidget        *spinner;
  GtkWidget        *warning;
  GtkLabel         *name;
  GtkLabel         *sentence;
  FreshetAddSource *source;      /* owned, while bound */
  gboolean          is_showing;
} Row;

/* In one line: what is in it, and who has it. (transfer full) */
static char *
describe (FreshetAddSource *source)
{
  g_autofree char *sentence = freshet_add_source_describe (source);
  g_autofree char *swarm = freshet_add_source_describe_swarm (source);
  FreshetAddState state = freshet_add_source_get_state (source);

  if (swarm == NULL || (state != FRESHET_ADD_READY && state != FRESHET_ADD_SEEKING))
    return g_steal_pointer (&sentence);
  return g_strdup_printf ("%s · %s", sentence, swarm);
}

static void
row_show (Row *row)
{
  FreshetAddState state = freshet_add_source_get_state (row->source);
  const char *name = freshet_add_source_get_name (row->source);
  g_autofree char *sentence = describe (row->source);
  g_autofree char *words = NULL;
  gboolean is_busy = state == FRESHET_ADD_LOADING || state == FRESHET_ADD_ADDING;

  row->is_showing = TRUE;
  gtk_check_button_set_active (row->check, freshet_add_source_is_chosen (row->source));
  row->is_showing = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (row->check),
                          !is_busy && state != FRESHET_ADD_FAILED &&
                              (state != FRESHET_ADD_THERE ||
                               freshet_add_source_can_merge (row->source)));
  gtk_widget_set_sensitive (GTK_WIDGET (row->check), state != FRESHET_ADD_ADDED);
  gtk_widget_set_visible (row->spinner, is_busy);
  gtk_spinner_set_spinning (GTK_SPINNER (row->spinner), is_busy);
  gtk_widget_set_visible (row->warning, state == FRESHET_ADD_FAILED);
  gtk_label_set_text (row->name, name);
  gtk_label_set_text (row->sentence, sentence);
  gtk_label_set_wrap (row->sentence, state == FRESHET_ADD_FAILED);
  gtk_label_set_lines (row->sentence, state == FRESHET_ADD_FAILED ? MAX_LINES : 1);
  /* Translators: for a screen reader: a torrent's name, and its size or what is wrong with it */
  words = g_strdup_printf (freshet_add_source_is_chosen (row->source) ? _("%s, %s, chosen")
                                                                      : _("%s, %s, not chosen"),
                           name, sentence);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->box), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->check), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  gtk_widget_set_tooltip_text (
      row->box, state == FRESHET_ADD_FAILED || state == FRESHET_ADD_SEEKING ? sentence : name);
}

static void
check_toggled_cb (GtkCheckButton *check,
                  Row            *row)
{
  if (!row->is_showing && row->source != NULL)
    freshet_add_source_set_chosen (row->source, gtk_check_button_get_active (check));
}

static GtkWidget *
make_labels (Row *row)
{
  GtkWidget *labels = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  row->name = GTK_LABEL (gtk_label_new (NULL));
  row->sentence = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (row->name, 0);
  gtk_label_set_xalign (row->sentence, 0);
  gtk_label_set_ellipsize (row->name, PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_ellipsize (row->sentence, PANGO_ELLIPSIZE_END);
  gtk_label_set_wrap_mode (row->sentence, PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (GTK_WIDGET (row->sentence), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (row->sentence), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (row->sentence), "numeric");
  gtk_widget_set_hexpand (labels, TRUE);
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (row->name));
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (row->sentence));
  return labels;
}

static void
row_setup_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  Row *row = g_new0 (Row, 1);

  row->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  row->check = GTK_CHECK_BUTTON (gtk_check_button_new ());
  row->spinner = gtk_spinner_new ();
  row->warning = gtk_image_new_from_icon_name ("dialog-error-symbolic");
  /* The keyboard moves over rows; Space is theirs. */
  gtk_widget_set_focusable (GTK_WIDGET (row->check), FALSE);
  gtk_widget_add_css_class (row->warning, "error");
  gtk_widget_set_margin_start (row->warning, 3);
  gtk_widget_set_margin_start (row->spinner, 3);
  gtk_box_append (GTK_BOX (row->box), GTK_WIDGET (row->check));
  gtk_box_append (GTK_BOX (row->box), row->spinner);
  gtk_box_append (GTK_BOX (row->box), row->warning);
  gtk_box_append (GTK_BOX (row->box), make_labels (row));
  gtk_list_item_set_child (item, row->box);
  g_object_set_data_full (G_OBJECT (item), "row", row, g_free);
  g_signal_connect (row->check, "toggled", G_CALLBACK (check_toggled_cb), row);
}

static void
row_bind_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");

  row->source = g_object_ref (gtk_list_item_get_item (item));
  g_signal_connect_swapped (row->source, "changed", G_CALLBACK (row_show), row);
  row_show (row);
}

static void
row_unbind_cb (GtkSignalListItemFactory *factory,
               GtkListItem              *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");

  g_signal_handlers_disconnect_by_data (row->source, row);
  g_clear_object (&row->source);
}

/* --- All --- */

static void
selected_cb (FreshetAddTorrents *self)
{
  g_signal_emit (self, signals[SELECTED], 0);
}

static gboolean
key_pressed_cb (FreshetAddTorrents *self,
                guint               key,
                guint               code,
                GdkModifierType     state)
{
  FreshetAddSource *source = freshet_add_torrents_get_selected (self);

  switch (key)
    {
    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
      if (source != NULL && (freshet_add_source_get_state (source) == FRESHET_ADD_READY ||
                             freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING ||
                             freshet_add_source_can_merge (source)))
        freshet_add_source_set_chosen (source, !freshet_add_source_is_chosen (source));
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
      gtk_widget_activate_default (GTK_WIDGET (self));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* In pixels, about. */
static int
get_row_height (FreshetAddTorrents *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  double line = (double) pango_font_metrics_get_height (metrics) / PANGO_SCALE;

  pango_font_metrics_unref (metrics);
  return (int) (line * ROW_LINES) + ROW_PADDING;
}

/* A list view asks for less than it has. */
static void
items_changed_cb (FreshetAddTorrents *self)
{
  int n = (int) MIN (g_list_model_get_n_items (G_LIST_MODEL (self->selection)), MAX_ROWS);
  int row_height = get_row_height (self);
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW (self->scroller);

  /* The least is never to be more than the most, also between the two. */
  gtk_scrolled_window_set_min_content_height (scroller, -1);
  gtk_scrolled_window_set_max_content_height (scroller, MAX_ROWS * row_height);
  gtk_scrolled_window_set_min_content_height (scroller, n * row_height);
}

void
freshet_add_torrents_set_sources (FreshetAddTorrents *self,
                                  GListModel         *sources)
{
  g_return_if_fail (FRESHET_IS_ADD_TORRENTS (self));

  gtk_single_selection_set_model (self->selection, sources);
  items_changed_cb (self);
}

FreshetAddSource *
freshet_add_torrents_get_selected (FreshetAddTorrents *self)
{
  g_return_val_if_fail (FRESHET_IS_ADD_TORRENTS (self), NULL);

  return gtk_single_selection_get_selected_item (self->selection);
}

/* --- Life --- */

static void
freshet_add_torrents_dispose (GObject *object)
{
  FreshetAddTorrents *self = FRESHET_ADD_TORRENTS (object);

  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->selection);

  G_OBJECT_CLASS (freshet_add_torrents_parent_class)->dispose (object);
}

static void
freshet_add_torrents_class_init (FreshetAddTorrentsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = freshet_add_torrents_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);

  signals[SELECTED] = g_signal_new ("selected", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
freshet_add_torrents_init (FreshetAddTorrents *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkScrolledWindow *scroller;

  g_signal_connect (factory, "setup", G_CALLBACK (row_setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (row_bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (row_unbind_cb), NULL);
  self->selection = gtk_single_selection_new (NULL);
  self->view = GTK_LIST_VIEW (gtk_list_view_new (
      GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory));
  gtk_list_view_set_show_separators (self->view, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Torrents to Add"), -1);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
  self->scroller = gtk_scrolled_window_new ();
  scroller = GTK_SCROLLED_WINDOW (self->scroller);
  gtk_scrolled_window_set_policy (scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (scroller, TRUE);
  gtk_scrolled_window_set_child (scroller, GTK_WIDGET (self->view));
  gtk_widget_add_css_class (self->scroller, "card");
  gtk_widget_set_overflow (self->scroller, GTK_OVERFLOW_HIDDEN);
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "add-torrents");
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_swapped (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (selected_cb),
                            self);
}
