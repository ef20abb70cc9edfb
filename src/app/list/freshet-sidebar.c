/* freshet-sidebar.c - the filters: states, labels and trackers, each with how many torrents it has
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-sidebar.h"

#include <glib/gi18n.h>
#include <string.h>

typedef enum
{
  SECTION_STATES,
  SECTION_LABELS,
  SECTION_TRACKERS,
} Section;

/* What a row of the list box stands for; the row owns it. */
typedef struct
{
  char     *filter;
  char     *key;      /* for strcmp() within its section */
  Section   section;
  guint     count;
  gboolean  is_told;  /* `count` has been shown */
  GtkLabel *label;    /* borrowed: of the number */
  char     *title;
} Line;

struct _FreshetSidebar
{
  GtkWidget parent_instance;

  /* owned */
  FreshetTorrentList *list;
  GHashTable         *rows;      /* of char (a filter, the line's) to GtkListBoxRow (borrowed) */
  char               *filter;

  /* borrowed: of the template */
  GtkWidget  *scrolled;
  GtkListBox *box;
};

G_DEFINE_FINAL_TYPE (FreshetSidebar, freshet_sidebar, GTK_TYPE_WIDGET)

enum
{
  PROP_FILTER = 1,
  N_PROPERTIES
};

enum
{
  ACTIVATED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/* --- Lines --- */

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->filter);
  g_free (line->key);
  g_free (line->title);
  g_free (line);
}

static Line *
get_line (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "line");
}

static void
show_count (GtkListBoxRow *row,
            guint          count)
{
  Line *line = get_line (row);
  g_autofree char *number = NULL;
  g_autofree char *spoken = NULL;

  if (line->is_told && line->count == count)
    return;
  line->is_told = TRUE;
  line->count = count;
  number = count > 0 ? g_strdup_printf ("%'u", count) : g_strdup ("");
  gtk_label_set_label (line->label, number);
  /* Translators: a filter and how many torrents it shows, as it is read aloud */
  spoken = g_strdup_printf (ngettext ("%s, %u torrent", "%s, %u torrents", count), line->title,
                            count);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static GtkWidget *
make_content (Line       *line,
              const char *icon_name)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = gtk_image_new_from_icon_name (icon_name);
  GtkWidget *title = gtk_label_new (line->title);
  GtkWidget *number = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (title), line->section == SECTION_TRACKERS
                                                  ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (number, "dim-label");
  gtk_widget_add_css_class (number, "numeric");
  gtk_box_append (GTK_BOX (content), icon);
  gtk_box_append (GTK_BOX (content), title);
  gtk_box_append (GTK_BOX (content), number);
  line->label = GTK_LABEL (number);
  return content;
}

/* `key` and `title` are copied, `filter` is taken. */
static GtkListBoxRow *
add_row (FreshetSidebar *self,
         Section         section,
         char           *filter,
         const char     *title,
         const char     *key,
         const char     *icon_name)
{
  GtkWidget *row = gtk_list_box_row_new ();
  Line *line = g_new0 (Line, 1);

  line->section = section;
  line->filter = filter;
  line->title = g_strdup (title);
  line->key = g_strdup (key);
  g_object_set_data_full (G_OBJECT (row), "line", line, line_free);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), make_content (line, icon_name));
  g_hash_table_insert (self->rows, line->filter, row);
  gtk_list_box_append (self->box, row);
  return GTK_LIST_BOX_ROW (row);
}

static int
compare_rows (GtkListBoxRow *a,
              GtkListBoxRow *b,
              gpointer       user_data)
{
  const Line *first = get_line (a);
  const Line *second = get_line (b);

  if (first->section != second->section)
    return first->section < second->section ? -1 : 1;
  return strcmp (first->key, second->key);
}

static void
add_heading (GtkListBoxRow *row,
             GtkListBoxRow *before,
             gpointer       user_data)
{
  Section section = get_line (row)->section;
  GtkWidget *heading;

  if (section == SECTION_STATES || (before != NULL && get_line (before)->section == section))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  if (gtk_list_box_row_get_header (row) != NULL)
    return;
  heading = gtk_label_new (section == SECTION_LABELS ? _("Labels") : _("Trackers"));
  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_widget_add_css_class (heading, "sidebar-heading");
  gtk_widget_add_css_class (heading, "caption-heading");
  gtk_widget_add_css_class (heading, "dim-label");
  gtk_list_box_row_set_header (row, heading);
}

/* --- Counts --- */

static void
select_filter (FreshetSidebar *self)
{
  GtkListBoxRow *row = self->filter != NULL ? g_hash_table_lookup (self->rows, self->filter) : NULL;

  if (row == NULL)
    gtk_list_box_unselect_all (self->box);
  else if (gtk_list_box_get_selected_row (self->box) != row)
    gtk_list_box_select_row (self->box, row);
}

static void
remove_row (FreshetSidebar *self,
            GtkListBoxRow  *row)
{
  gboolean is_chosen = g_strcmp0 (get_line (row)->filter, self->filter) == 0;

  g_hash_table_remove (self->rows, get_line (row)->filter);
  gtk_list_box_remove (self->box, GTK_WIDGET (row));
  /* The last one of it is gone: what it would show is nothing. */
  if (is_chosen)
    g_object_set (self, "filter", freshet_class_get_id (FRESHET_CLASS_ALL), NULL);
}

/* Rows of a section for what the table has, and for nothing else. */
static void
show_words (FreshetSidebar *self,
            Section         section,
            GHashTable     *table,
            const char     *prefix,
            const char     *icon_name)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer word, value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &word, &value))
    {
      g_autofree char *filter = g_strconcat (prefix, word, NULL);
      GtkListBoxRow *row = g_hash_table_lookup (self->rows, filter);
      g_autofree char *key = NULL;

      if (row == NULL)
        {
          key = g_utf8_collate_key (word, -1);
          row = add_row (self, section, g_steal_pointer (&filter), word, key, icon_name);
        }
      show_count (row, GPOINTER_TO_UINT (value));
    }
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Line *line = get_line (value);

      if (line->section == section && !g_hash_table_contains (table, line->title))
        g_ptr_array_add (gone, value);
    }
  for (guint i = 0; i < gone->len; i++)
    remove_row (self, gone->pdata[i]);
}

static void
show_counts (FreshetSidebar *self)
{
  const FreshetCounts *counts = freshet_torrent_list_get_counts (self->list);

  for (FreshetClass class = 0; class < FRESHET_N_CLASSES; class++)
    show_count (g_hash_table_lookup (self->rows, freshet_class_get_id (class)),
                counts->n_in_class[class]);
  show_words (self, SECTION_LABELS, counts->labels, "label:", "user-bookmarks-symbolic");
  show_words (self, SECTION_TRACKERS, counts->hosts, "tracker:", "network-server-symbolic");
  select_filter (self);
}

/* --- Choosing --- */

static void
row_selected_cb (FreshetSidebar *self,
                 GtkListBoxRow  *row)
{
  if (row != NULL)
    g_object_set (self, "filter", get_line (row)->filter, NULL);
}

static void
row_activated_cb (FreshetSidebar *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

void
freshet_sidebar_set_list (FreshetSidebar     *self,
                          FreshetTorrentList *list)
{
  g_return_if_fail (FRESHET_IS_SIDEBAR (self));
  g_return_if_fail (self->list == NULL);

  self->list = g_object_ref (list);
  g_signal_connect_object (list, "counts-changed", G_CALLBACK (show_counts), self,
                           G_CONNECT_SWAPPED);
  show_counts (self);
}

/* Tab goes to the filter that is chosen, and past all others: the focus of a list box chooses. */
static gboolean
freshet_sidebar_focus (GtkWidget        *widget,
                       GtkDirectionType  direction)
{
  FreshetSidebar *self = FRESHET_SIDEBAR (widget);
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->box);

  if (direction == GTK_DIR_TAB_FORWARD || direction == GTK_DIR_TAB_BACKWARD)
    {
      if (gtk_widget_get_focus_child (widget) != NULL)
        return FALSE;
      if (row != NULL)
        return gtk_widget_grab_focus (GTK_WIDGET (row));
    }
  return GTK_WIDGET_CLASS (freshet_sidebar_parent_class)->focus (widget, direction);
}

/* --- Life --- */

static void
set_filter (FreshetSidebar *self,
            const char     *filter)
{
  if (g_strcmp0 (filter, self->filter) == 0)
    return;
  g_free (self->filter);
  self->filter = g_strdup (filter);
  select_filter (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FILTER]);
}

static void
freshet_sidebar_get_property (GObject    *object,
                              guint       property_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  FreshetSidebar *self = FRESHET_SIDEBAR (object);

  switch (property_id)
    {
    case PROP_FILTER:
      g_value_set_string (value, self->filter);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_sidebar_set_property (GObject      *object,
                              guint         property_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  FreshetSidebar *self = FRESHET_SIDEBAR (object);

  switch (property_id)
    {
    case PROP_FILTER:
      set_filter (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_sidebar_dispose (GObject *object)
{
  FreshetSidebar *self = FRESHET_SIDEBAR (object);

  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_pointer (&self->filter, g_free);
  g_clear_object (&self->list);

  G_OBJECT_CLASS (freshet_sidebar_parent_class)->dispose (object);
}

static void
freshet_sidebar_class_init (FreshetSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_sidebar_get_property;
  object_class->set_property = freshet_sidebar_set_property;
  object_class->dispose = freshet_sidebar_dispose;
  widget_class->focus = freshet_sidebar_focus;

  properties[PROP_FILTER] =
      g_param_spec_string ("filter", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetSidebar, scrolled);
  gtk_widget_class_bind_template_child (widget_class, FreshetSidebar, box);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
freshet_sidebar_init (FreshetSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
  gtk_list_box_set_sort_func (self->box, compare_rows, NULL, NULL);
  gtk_list_box_set_header_func (self->box, add_heading, NULL, NULL);
  for (FreshetClass class = 0; class < FRESHET_N_CLASSES; class++)
    {
      char key[] = { (char) ('a' + class), '\0' };

      add_row (self, SECTION_STATES, g_strdup (freshet_class_get_id (class)),
               freshet_class_get_title (class), key, freshet_class_get_icon (class));
    }
}
