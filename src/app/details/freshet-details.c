/* freshet-details.c - everything about the torrent that is selected, in pages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-details.h"

#include "common/freshet-settings.h"
#include "freshet-files-page.h"
#include "freshet-log-page.h"
#include "freshet-overview-page.h"
#include "freshet-peers-page.h"
#include "freshet-trackers-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* From here on, name and switcher share a line. */
#define WIDE_WIDTH 760
#define SPACING    6

struct _FreshetDetails
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent *torrent;   /* nullable */
  GSettings *settings;

  /* borrowed: of the template */
  GtkWidget       *name;
  GtkWidget       *close;
  AdwViewSwitcher *switcher;
  GtkStack        *stack;
  AdwStatusPage   *several;
  AdwViewStack    *pages;

  /* values */
  guint n_selected;
  guint wide_idle;      /* a source; 0: none */
  guint shows_close : 1;
  guint is_wide : 1;    /* by the last width */
};

G_DEFINE_FINAL_TYPE (FreshetDetails, freshet_details, GTK_TYPE_WIDGET)

enum
{
  PROP_TORRENT = 1,
  PROP_N_SELECTED,
  PROP_SHOWS_CLOSE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* The order is that of the switcher. */
static const struct
{
  const char *name;
  const char *title;
  const char *icon;
  GType       (*get_type) (void);
} pages[] = {
  { "overview", N_("Overview"), "dialog-information-symbolic",
    freshet_overview_page_get_type },
  { "peers", N_("Peers"), "system-users-symbolic", freshet_peers_page_get_type },
  { "files", N_("Files"), "folder-documents-symbolic", freshet_files_page_get_type },
  { "trackers", N_("Trackers"), "network-server-symbolic", freshet_trackers_page_get_type },
  { "log", N_("Log"), "document-open-recent-symbolic", freshet_log_page_get_type },
};

static void
show_torrent (FreshetDetails *self)
{
  gboolean has_one = self->torrent != NULL && self->n_selected <= 1;
  g_autofree char *title = NULL;

  gtk_widget_set_visible (self->name, has_one);
  gtk_widget_set_visible (GTK_WIDGET (self->switcher), has_one);
  if (has_one)
    {
      const char *name = bt_torrent_get_name (self->torrent);

      gtk_label_set_label (GTK_LABEL (self->name), name);
      gtk_widget_set_tooltip_text (self->name, name);
      gtk_stack_set_visible_child_name (self->stack, "torrent");
      return;
    }
  if (self->n_selected > 1)
    {
      title = g_strdup_printf (ngettext ("%u Torrent Selected", "%u Torrents Selected",
                                         self->n_selected),
                               self->n_selected);
      adw_status_page_set_title (self->several, title);
    }
  gtk_stack_set_visible_child_name (self->stack, self->n_selected > 1 ? "several" : "nothing");
}

static void
set_torrent (FreshetDetails *self,
             BtTorrent      *torrent)
{
  if (self->torrent == torrent)
    return;
  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, show_torrent, self);
  g_set_object (&self->torrent, torrent);
  if (torrent != NULL)
    g_signal_connect_swapped (torrent, "notify::name", G_CALLBACK (show_torrent), self);
  show_torrent (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TORRENT]);
}

static void
add_pages (FreshetDetails *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      GtkWidget *widget = g_object_new (pages[i].get_type (), NULL);
      AdwViewStackPage *page;

      g_object_bind_property (self, "torrent", widget, "torrent", G_BINDING_SYNC_CREATE);
      page = adw_view_stack_add_titled (self->pages, widget, pages[i].name, _(pages[i].title));
      adw_view_stack_page_set_icon_name (page, pages[i].icon);
    }
}

/* A page that was remembered and is none is forgotten. */
static void
restore_page (FreshetDetails *self)
{
  g_autofree char *name = g_settings_get_string (self->settings, "details-page");

  if (adw_view_stack_get_child_by_name (self->pages, name) != NULL)
    adw_view_stack_set_visible_child_name (self->pages, name);
  g_settings_bind (self->settings, "details-page", self->pages, "visible-child-name",
                   G_SETTINGS_BIND_SET);
}

/* --- Places --- */

static int
measure_child (GtkWidget      *child,
               GtkOrientation  orientation,
               gboolean        is_natural)
{
  int minimum;
  int natural;

  if (!gtk_widget_should_layout (child))
    return 0;
  gtk_widget_measure (child, orientation, -1, &minimum, &natural, NULL, NULL);
  return is_natural ? natural : minimum;
}

/* Of the first line. */
static int
measure_line (FreshetDetails *self)
{
  int name = measure_child (self->name, GTK_ORIENTATION_VERTICAL, TRUE);
  int close = measure_child (self->close, GTK_ORIENTATION_VERTICAL, TRUE);

  return MAX (name, close);
}

static int
measure_header (FreshetDetails *self)
{
  int line = measure_line (self);
  int switcher = measure_child (GTK_WIDGET (self->switcher), GTK_ORIENTATION_VERTICAL, TRUE);

  if (self->is_wide)
    return MAX (line, switcher) + 2 * SPACING;
  return line + (line > 0 ? SPACING : 0) + switcher + (switcher > 0 ? SPACING : 0);
}

static void
freshet_details_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  FreshetDetails *self = FRESHET_DETAILS (widget);
  int header;

  gtk_widget_measure (GTK_WIDGET (self->stack), orientation, -1, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      header = measure_header (self);
      *minimum += header;
      *natural += header;
      return;
    }
  /* When wide, the switcher asks for more; the details can be made narrow all the same. */
  if (!self->is_wide)
    {
      *minimum = MAX (*minimum, measure_child (GTK_WIDGET (self->switcher), orientation, FALSE));
      *natural = MAX (*natural, *minimum);
    }
}

/* `x` counts from the side at which reading begins. */
static void
place_child (FreshetDetails *self,
             GtkWidget      *child,
             GdkRectangle    place)
{
  if (!gtk_widget_should_layout (child))
    return;
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    place.x = gtk_widget_get_width (GTK_WIDGET (self)) - place.x - place.width;
  gtk_widget_size_allocate (child, &place, -1);
}

static void
place_header (FreshetDetails *self,
              int             width,
              int             header)
{
  int line = self->is_wide ? header - 2 * SPACING : measure_line (self);
  int top = SPACING;
  int close = measure_child (self->close, GTK_ORIENTATION_HORIZONTAL, TRUE);
  int end = width - SPACING - close;
  int switcher = measure_child (GTK_WIDGET (self->switcher), GTK_ORIENTATION_HORIZONTAL, TRUE);

  place_child (self, self->close, (GdkRectangle) { end, top, close, line });
  if (self->is_wide)
    {
      end = end - SPACING - switcher;
      place_child (self, GTK_WIDGET (self->switcher),
                   (GdkRectangle) { end, top, switcher, line });
    }
  else
    place_child (self, GTK_WIDGET (self->switcher),
                 (GdkRectangle) { 0, top + line, width, header - top - line });
  place_child (self, self->name,
               (GdkRectangle) { 2 * SPACING, top, MAX (end - 3 * SPACING, 0), line });
}

static gboolean
wide_idle_cb (gpointer user_data)
{
  FreshetDetails *self = user_data;

  self->wide_idle = 0;
  self->is_wide = gtk_widget_get_width (GTK_WIDGET (self)) >= WIDE_WIDTH;
  adw_view_switcher_set_policy (self->switcher, self->is_wide ? ADW_VIEW_SWITCHER_POLICY_WIDE
                                                              : ADW_VIEW_SWITCHER_POLICY_NARROW);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
freshet_details_size_allocate (GtkWidget *widget,
                               int        width,
                               int        height,
                               int        baseline)
{
  FreshetDetails *self = FRESHET_DETAILS (widget);
  int header = measure_header (self);

  /* Not from within an allocation. */
  if ((width >= WIDE_WIDTH) != self->is_wide && self->wide_idle == 0)
    self->wide_idle = g_idle_add (wide_idle_cb, self);
  place_header (self, width, header);
  place_child (self, GTK_WIDGET (self->stack),
               (GdkRectangle) { 0, header, width, MAX (height - header, 0) });
}

/* --- Life --- */

static void
freshet_details_set_property (GObject      *object,
                              guint         property_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  FreshetDetails *self = FRESHET_DETAILS (object);

  switch (property_id)
    {
    case PROP_TORRENT:
      set_torrent (self, g_value_get_object (value));
      return;
    case PROP_N_SELECTED:
      self->n_selected = g_value_get_uint (value);
      show_torrent (self);
      break;
    case PROP_SHOWS_CLOSE:
      self->shows_close = g_value_get_boolean (value);
      gtk_widget_set_visible (self->close, self->shows_close);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      return;
    }
  g_object_notify_by_pspec (object, pspec);
}

static void
freshet_details_get_property (GObject    *object,
                              guint       property_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  FreshetDetails *self = FRESHET_DETAILS (object);

  switch (property_id)
    {
    case PROP_TORRENT:
      g_value_set_object (value, self->torrent);
      break;
    case PROP_N_SELECTED:
      g_value_set_uint (value, self->n_selected);
      break;
    case PROP_SHOWS_CLOSE:
      g_value_set_boolean (value, self->shows_close);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_details_dispose (GObject *object)
{
  FreshetDetails *self = FRESHET_DETAILS (object);
  GtkWidget *child;

  g_clear_handle_id (&self->wide_idle, g_source_remove);
  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, show_torrent, self);
  g_clear_object (&self->torrent);
  g_clear_object (&self->settings);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (freshet_details_parent_class)->dispose (object);
}

static void
freshet_details_class_init (FreshetDetailsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->set_property = freshet_details_set_property;
  object_class->get_property = freshet_details_get_property;
  object_class->dispose = freshet_details_dispose;
  widget_class->measure = freshet_details_measure;
  widget_class->size_allocate = freshet_details_size_allocate;

  properties[PROP_TORRENT] =
      g_param_spec_object ("torrent", NULL, NULL, BT_TYPE_TORRENT, flags);
  properties[PROP_N_SELECTED] =
      g_param_spec_uint ("n-selected", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_SHOWS_CLOSE] =
      g_param_spec_boolean ("shows-close", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_css_name (widget_class, "details");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-details.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, name);
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, close);
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, switcher);
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, several);
  gtk_widget_class_bind_template_child (widget_class, FreshetDetails, pages);
}

static void
freshet_details_init (FreshetDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->shows_close = TRUE;
  self->settings = g_settings_new (FRESHET_APP_ID);
  add_pages (self);
  restore_page (self);
  show_torrent (self);
}
