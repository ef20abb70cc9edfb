/* freshet-window.c - the main window: the list, its filters, and the details of what is chosen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-window-private.h"

#include "add/freshet-incoming.h"
#include "common/freshet-format.h"
#include "common/freshet-settings.h"
#include "common/freshet-split.h"
#include "common/freshet-toast.h"
#include "details/freshet-details.h"
#include "freshet-accels.h"
#include "freshet-banner.h"
#include "freshet-connection-button.h"
#include "freshet-trouble-page.h"
#include "list/freshet-sidebar.h"
#include "list/freshet-torrent-rows.h"
#include "list/freshet-torrent-table.h"
#include "list/freshet-view-menu.h"

#include <glib/gi18n.h>

/* Below, the list and the details do not fit side by side. */
#define NARROW_WIDTH 720

struct _FreshetWindow
{
  AdwApplicationWindow parent_instance;

  /* owned */
  GSettings          *settings;
  BtSupervisor       *supervisor;
  FreshetTorrentList *list;
  FreshetIncoming    *incoming;
  BtTorrent          *current;     /* nullable */

  /* borrowed: of the template */
  AdwToastOverlay *toasts;
  AdwWindowTitle  *title;
  GtkWidget       *back;
  GtkWidget       *wide_buttons;
  GtkWidget       *add;
  GtkWidget       *filters;
  GtkSearchBar    *search_bar;
  GtkSearchEntry  *search_entry;
  AdwFlap         *flap;
  FreshetSplit    *split;
  FreshetDetails  *details;
  GtkStack        *stack;
  FreshetTroublePage *trouble;
  AdwStatusPage   *nothing;
  GtkMenuButton   *view_menu;
  FreshetSidebar  *sidebar;
  FreshetTorrentRows  *rows;
  FreshetTorrentTable *table;

  /* values */
  guint narrow_idle;      /* a source; 0: none */
  guint selection_idle;   /* likewise */
  guint is_narrow : 1;
};

G_DEFINE_FINAL_TYPE (FreshetWindow, freshet_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_CURRENT = 1,
  PROP_IS_NARROW,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

FreshetTorrentList *
freshet_window_get_list (FreshetWindow *self)
{
  g_return_val_if_fail (FRESHET_IS_WINDOW (self), NULL);

  return self->list;
}

BtTorrent *
freshet_window_get_current (FreshetWindow *self)
{
  g_return_val_if_fail (FRESHET_IS_WINDOW (self), NULL);

  return self->current;
}

void
freshet_window_select (FreshetWindow *self,
                       BtTorrent     *torrent)
{
  GListModel *model;
  guint n;

  g_return_if_fail (FRESHET_IS_WINDOW (self));

  freshet_torrent_list_catch_up (self->list);
  model = G_LIST_MODEL (freshet_torrent_list_get_selection (self->list));
  n = g_list_model_get_n_items (model);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) item = g_list_model_get_item (model, i);

      if (item != torrent)
        continue;
      gtk_selection_model_select_item (GTK_SELECTION_MODEL (model), i, TRUE);
      if (g_settings_get_enum (self->settings, "view") != 0)
        freshet_torrent_table_scroll_to (self->table, i);
      else
        freshet_torrent_rows_scroll_to (self->rows, i);
      return;
    }
}

void
freshet_window_say (FreshetWindow *self,
                    const char    *text)
{
  freshet_window_add_toast (self, freshet_toast_new (text));
}

void
freshet_window_add_toast (FreshetWindow *self,
                          AdwToast      *toast)
{
  g_return_if_fail (FRESHET_IS_WINDOW (self));

  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
freshet_window_open_uris (FreshetWindow     *self,
                          const char *const *uris)
{
  g_return_if_fail (FRESHET_IS_WINDOW (self));

  freshet_incoming_open (self->incoming, uris);
}

/* --- What is shown --- */

static gboolean
is_table (FreshetWindow *self)
{
  return g_settings_get_enum (self->settings, "view") != 0;
}

/* What keeps everything from being shown: the search, the filter, or both. */
static void
describe_nothing (FreshetWindow *self)
{
  g_autofree char *filter = g_settings_get_string (self->settings, "filter");
  gboolean is_filtered = g_strcmp0 (filter, "all") != 0;
  gboolean is_searched = *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) != '\0';

  adw_status_page_set_icon_name (self->nothing, is_searched ? "edit-find-symbolic"
                                                            : "view-list-symbolic");
  adw_status_page_set_title (self->nothing, is_searched ? _("No Results Found")
                                                        : _("No Torrents Here"));
  if (is_searched && is_filtered)
    adw_status_page_set_description (
        self->nothing, _("No torrent of this filter has these words in its name or labels."));
  else if (is_searched)
    adw_status_page_set_description (self->nothing,
                                     _("No torrent has these words in its name or labels."));
  else
    adw_status_page_set_description (self->nothing, _("No torrent matches this filter now."));
}

/* Which of the pages that stand where the list would be. */
static void
choose_page (FreshetWindow *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  GListModel *shown = G_LIST_MODEL (freshet_torrent_list_get_selection (self->list));
  const char *page = is_table (self) ? "table" : "rows";

  switch (freshet_application_get_engine_state (application))
    {
    case FRESHET_ENGINE_STARTING:
      page = "starting";
      break;
    case FRESHET_ENGINE_FAILED:
      freshet_trouble_page_update (self->trouble);
      page = "failed";
      break;
    case FRESHET_ENGINE_RUNNING:
      if (g_list_model_get_n_items (shown) > 0)
        break;
      /* It tells its counts when it is. */
      if (!freshet_torrent_list_is_current (self->list))
        return;
      /* Those that are about to go do not count. */
      if (freshet_torrent_list_get_counts (self->list)->n_in_class[FRESHET_CLASS_ALL] == 0)
        page = "empty";
      else
        {
          describe_nothing (self);
          page = "nothing-found";
        }
      break;
    }
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
show_rates (FreshetWindow *self)
{
  GListModel *torrents = bt_supervisor_get_torrents (self->supervisor);
  guint n = g_list_model_get_n_items (torrents);
  g_autofree char *received = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *line = NULL;
  guint64 received_bps = 0;
  guint64 sent_bps = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);
      const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);

      received_bps += facts->received_bps;
      sent_bps += facts->sent_bps;
    }
  received = freshet_format_rate (received_bps);
  sent = freshet_format_rate (sent_bps);
  line = g_strdup_printf ("↓ %s  ↑ %s", received, sent);
  adw_window_title_set_subtitle (self->title, n > 0 ? line : "");
}

static void
set_current (FreshetWindow *self,
             BtTorrent     *torrent)
{
  if (self->current == torrent)
    return;
  if (self->current != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->current, freshet_window_update_actions, self);
      bt_torrent_set_watched (self->current, FALSE);
    }
  g_set_object (&self->current, torrent);
  if (torrent != NULL)
    {
      bt_torrent_set_watched (torrent, TRUE);
      g_signal_connect_swapped (torrent, "changed", G_CALLBACK (freshet_window_update_actions),
                                self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURRENT]);
}

static void
selection_changed_cb (FreshetWindow *self)
{
  GtkSelectionModel *selection = freshet_torrent_list_get_selection (self->list);
  g_autoptr (GtkBitset) set = gtk_selection_model_get_selection (selection);
  g_autoptr (BtTorrent) torrent = NULL;

  if (!gtk_bitset_is_empty (set))
    torrent = g_list_model_get_item (G_LIST_MODEL (selection), gtk_bitset_get_minimum (set));
  set_current (self, torrent);
  g_object_set (self->details, "n-selected", (guint) gtk_bitset_get_size (set), NULL);
  freshet_window_update_actions (self);
}

static gboolean
selection_idle_cb (gpointer user_data)
{
  FreshetWindow *self = user_data;

  self->selection_idle = 0;
  selection_changed_cb (self);
  return G_SOURCE_REMOVE;
}

/* That items went is no change of the selection to the model, although they may have been all of it. Those that only
 * go elsewhere are not in it for a moment. */
static void
selection_may_change_cb (FreshetWindow *self)
{
  if (self->selection_idle == 0)
    self->selection_idle = g_idle_add (selection_idle_cb, self);
}

static void
row_activated_cb (FreshetWindow *self)
{
  g_object_set (self->split, "shows-details", TRUE, NULL);
}

static void
back_clicked_cb (FreshetWindow *self)
{
  g_object_set (self->split, "shows-details", FALSE, NULL);
}

static void
search_changed_cb (FreshetWindow *self)
{
  freshet_torrent_list_set_search (self->list,
                                   gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
  choose_page (self);
}

static void
clear_clicked_cb (FreshetWindow *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  g_settings_set_string (self->settings, "filter", "all");
}

/* Over the list, the filters go when one is chosen. */
static void
filter_activated_cb (FreshetWindow *self)
{
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

/* --- The list's settings --- */

static void
show_view (FreshetWindow *self)
{
  freshet_torrent_rows_set_active (self->rows, !is_table (self));
  freshet_torrent_table_set_active (self->table, is_table (self));
  choose_page (self);
}

static void
set_filter (FreshetWindow *self)
{
  g_autofree char *filter = g_settings_get_string (self->settings, "filter");

  freshet_torrent_list_set_filter (self->list, filter);
  choose_page (self);
}

static void
set_sort (FreshetWindow *self)
{
  g_autofree char *column = g_settings_get_string (self->settings, "sort-by");

  freshet_torrent_list_set_sort (self->list, column,
                                 g_settings_get_boolean (self->settings, "sort-descending"));
}

static void
follow_setting (FreshetWindow *self,
                const char    *key,
                GCallback      callback)
{
  g_autofree char *signal = g_strconcat ("changed::", key, NULL);

  g_signal_connect_object (self->settings, signal, callback, self, G_CONNECT_SWAPPED);
}

static void
make_list (FreshetWindow *self)
{
  g_autoptr (GMenuModel) menu = freshet_view_menu_new ();

  freshet_view_menu_add_actions (G_ACTION_MAP (self), self->settings);
  gtk_menu_button_set_menu_model (self->view_menu, menu);
  set_filter (self);
  set_sort (self);
  freshet_torrent_rows_set_list (self->rows, self->list);
  freshet_torrent_table_set_list (self->table, self->list, self->settings);
  freshet_sidebar_set_list (self->sidebar, self->list);
  g_settings_bind (self->settings, "filter", self->sidebar, "filter", G_SETTINGS_BIND_DEFAULT);
  follow_setting (self, "view", G_CALLBACK (show_view));
  follow_setting (self, "filter", G_CALLBACK (set_filter));
  follow_setting (self, "sort-by", G_CALLBACK (set_sort));
  follow_setting (self, "sort-descending", G_CALLBACK (set_sort));
  show_view (self);
}

/* --- Widths --- */

static void
arrange (FreshetWindow *self)
{
  gboolean shows_details;

  g_object_get (self->split, "shows-details", &shows_details, NULL);
  gtk_widget_set_visible (self->back, self->is_narrow && shows_details);
  gtk_widget_set_visible (self->add, !self->is_narrow || !shows_details);
  gtk_widget_set_visible (self->filters, !self->is_narrow || !shows_details);
  gtk_widget_set_visible (self->wide_buttons, !self->is_narrow);
}

static gboolean
narrow_idle_cb (gpointer user_data)
{
  FreshetWindow *self = user_data;

  self->narrow_idle = 0;
  /* A window that becomes narrow shows the list; one that becomes wide, what was chosen for it. */
  g_object_set (self->split, "is-narrow", self->is_narrow, "shows-details",
                !self->is_narrow && g_settings_get_boolean (self->settings, "shows-details"), NULL);
  adw_flap_set_fold_policy (self->flap, self->is_narrow ? ADW_FLAP_FOLD_POLICY_ALWAYS
                                                        : ADW_FLAP_FOLD_POLICY_NEVER);
  adw_flap_set_reveal_flap (self->flap,
                            !self->is_narrow &&
                                g_settings_get_boolean (self->settings, "shows-sidebar"));
  arrange (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_NARROW]);
  return G_SOURCE_REMOVE;
}

static void
freshet_window_size_allocate (GtkWidget *widget,
                              int        width,
                              int        height,
                              int        baseline)
{
  FreshetWindow *self = FRESHET_WINDOW (widget);
  gboolean is_narrow = width < NARROW_WIDTH;

  if (is_narrow != self->is_narrow)
    {
      self->is_narrow = is_narrow;
      /* Not from within an allocation. */
      if (self->narrow_idle == 0)
        self->narrow_idle = g_idle_add (narrow_idle_cb, self);
    }
  GTK_WIDGET_CLASS (freshet_window_parent_class)->size_allocate (widget, width, height, baseline);
}

/* --- What of it is shown: actions --- */

/* What is chosen in a wide window holds for wide windows; a narrow one shows details when asked to. */
static void
details_shown_cb (FreshetWindow *self)
{
  gboolean shows_details;

  arrange (self);
  g_object_get (self->split, "shows-details", &shows_details, NULL);
  if (!self->is_narrow)
    g_settings_set_boolean (self->settings, "shows-details", shows_details);
}

/* Likewise; in a narrow window they lie over the list. */
static void
sidebar_shown_cb (FreshetWindow *self)
{
  if (!self->is_narrow)
    g_settings_set_boolean (self->settings, "shows-sidebar",
                            adw_flap_get_reveal_flap (self->flap));
}

static gboolean
is_below (GValue   *value,
          GVariant *variant,
          gpointer  user_data)
{
  g_value_set_boolean (value, g_str_equal (g_variant_get_string (variant, NULL), "below"));
  return TRUE;
}

static void
add_view_actions (FreshetWindow *self)
{
  g_autoptr (GPropertyAction) sidebar =
      g_property_action_new ("show-sidebar", self->flap, "reveal-flap");
  g_autoptr (GPropertyAction) details =
      g_property_action_new ("show-details", self->split, "shows-details");
  g_autoptr (GPropertyAction) search =
      g_property_action_new ("search", self->search_bar, "search-mode-enabled");
  g_autoptr (GAction) side = g_settings_create_action (self->settings, "details-side");
  g_autoptr (GAction) view = g_settings_create_action (self->settings, "view");

  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (sidebar));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (details));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (search));
  g_action_map_add_action (G_ACTION_MAP (self), side);
  g_action_map_add_action (G_ACTION_MAP (self), view);
  g_settings_bind_with_mapping (self->settings, "details-side", self->split, "is-below",
                                G_SETTINGS_BIND_GET, is_below, NULL, NULL, NULL);
}

/* --- Life --- */

static gboolean
freshet_window_close_request (GtkWindow *window)
{
  GtkWindowClass *parent_class = GTK_WINDOW_CLASS (freshet_window_parent_class);

  freshet_application_window_closed (freshet_application_get_default ());
  return parent_class->close_request (window);
}

static void
follow (FreshetWindow *self)
{
  FreshetApplication *application = freshet_application_get_default ();

  g_signal_connect_object (application, "notify::engine-state", G_CALLBACK (choose_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "counts-changed", G_CALLBACK (choose_page), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (freshet_torrent_list_get_selection (self->list), "items-changed",
                           G_CALLBACK (choose_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (freshet_torrent_list_get_selection (self->list), "items-changed",
                           G_CALLBACK (selection_may_change_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (freshet_torrent_list_get_selection (self->list), "selection-changed",
                           G_CALLBACK (selection_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->supervisor, "ticked", G_CALLBACK (show_rates), self,
                           G_CONNECT_SWAPPED);
}

static void
bind_settings (FreshetWindow *self)
{
  GSettings *settings = self->settings;

  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-is-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_SET);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_SET);
  g_settings_bind (settings, "window-is-maximized", self, "maximized", G_SETTINGS_BIND_SET);
  g_settings_bind (settings, "details-width", self->split, "details-width",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "details-height", self->split, "details-height",
                   G_SETTINGS_BIND_DEFAULT);
  adw_flap_set_reveal_flap (self->flap, g_settings_get_boolean (settings, "shows-sidebar"));
  g_object_set (self->split, "shows-details", g_settings_get_boolean (settings, "shows-details"),
                NULL);
}

static void
freshet_window_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  FreshetWindow *self = FRESHET_WINDOW (object);

  switch (property_id)
    {
    case PROP_CURRENT:
      g_value_set_object (value, self->current);
      break;
    case PROP_IS_NARROW:
      g_value_set_boolean (value, self->is_narrow);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_window_dispose (GObject *object)
{
  FreshetWindow *self = FRESHET_WINDOW (object);

  g_clear_handle_id (&self->narrow_idle, g_source_remove);
  g_clear_handle_id (&self->selection_idle, g_source_remove);
  set_current (self, NULL);
  if (self->incoming != NULL)
    g_object_run_dispose (G_OBJECT (self->incoming));
  g_clear_object (&self->incoming);
  g_clear_object (&self->list);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_window_parent_class)->dispose (object);
}

static void
freshet_window_class_init (FreshetWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_window_get_property;
  object_class->dispose = freshet_window_dispose;
  widget_class->size_allocate = freshet_window_size_allocate;
  GTK_WINDOW_CLASS (klass)->close_request = freshet_window_close_request;

  properties[PROP_CURRENT] =
      g_param_spec_object ("current", NULL, NULL, BT_TYPE_TORRENT,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_IS_NARROW] =
      g_param_spec_boolean ("is-narrow", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  g_type_ensure (FRESHET_TYPE_BANNER);
  g_type_ensure (FRESHET_TYPE_CONNECTION_BUTTON);
  g_type_ensure (FRESHET_TYPE_DETAILS);
  g_type_ensure (FRESHET_TYPE_SIDEBAR);
  g_type_ensure (FRESHET_TYPE_SPLIT);
  g_type_ensure (FRESHET_TYPE_TORRENT_ROWS);
  g_type_ensure (FRESHET_TYPE_TORRENT_TABLE);
  g_type_ensure (FRESHET_TYPE_TROUBLE_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, title);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, back);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, add);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, filters);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, wide_buttons);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, split);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, details);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, trouble);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, nothing);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, view_menu);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, rows);
  gtk_widget_class_bind_template_child (widget_class, FreshetWindow, table);
  gtk_widget_class_bind_template_callback (widget_class, back_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
}

static void
freshet_window_init (FreshetWindow *self)
{
  FreshetApplication *application = freshet_application_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = g_object_ref (freshet_application_get_settings (application));
  self->supervisor = g_object_ref (freshet_application_get_supervisor (application));
  self->list = freshet_torrent_list_new (self->supervisor);
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_signal_connect_swapped (self->split, "notify::shows-details", G_CALLBACK (details_shown_cb),
                            self);
  make_list (self);
  g_signal_connect_swapped (self->flap, "notify::reveal-flap", G_CALLBACK (sidebar_shown_cb),
                            self);
  freshet_window_add_actions (self);
  self->incoming = freshet_incoming_new (self);
  freshet_accels_add_to (GTK_WIDGET (self), FRESHET_ACCEL_WINDOW);
  freshet_accels_add_to (GTK_WIDGET (self->stack), FRESHET_ACCEL_LIST);
  add_view_actions (self);
  bind_settings (self);
  follow (self);
  choose_page (self);
}

FreshetWindow *
freshet_window_new (FreshetApplication *application)
{
  return g_object_new (FRESHET_TYPE_WINDOW, "application", application, NULL);
}
