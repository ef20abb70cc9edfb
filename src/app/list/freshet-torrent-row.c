/* freshet-torrent-row.c - one torrent: icon, name, labels, bar, one sentence, and a button
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-row.h"

#include "common/freshet-words.h"
#include "freshet-bar.h"
#include "freshet-told.h"

#include <glib/gi18n.h>

/* Labels that are shown; of more, how many there are. */
#define MAX_LABELS      3
#define MAX_LABEL_CHARS 16

struct _FreshetTorrentRow
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent *torrent;   /* nullable */
  char     **labels;    /* nullable: those that are shown */

  /* borrowed: of the template */
  GtkWidget      *box;
  GtkImage       *icon;
  GtkInscription *name;
  GtkBox         *pills;
  FreshetBar     *bar;
  GtkInscription *sentence;
  GtkButton      *button;

  /* values */
  const char   *icon_name;     /* static */
  FreshetTold   told;
  guint         shows_labels : 1;
  guint         has_button : 1; /* it is one to pause or to resume */
  guint         is_resume : 1;
};

G_DEFINE_FINAL_TYPE (FreshetTorrentRow, freshet_torrent_row, GTK_TYPE_WIDGET)

/* --- Showing --- */

static void
show_text (GtkInscription *inscription,
           const char     *text)
{
  if (g_strcmp0 (text, gtk_inscription_get_text (inscription)) != 0)
    gtk_inscription_set_text (inscription, text);
}

static void
show_icon (FreshetTorrentRow *self)
{
  const char *icon_name = freshet_words_icon (self->torrent);

  if (g_strcmp0 (icon_name, self->icon_name) == 0)
    return;
  self->icon_name = icon_name;
  gtk_image_set_from_icon_name (self->icon, icon_name);
}

static void
show_button (FreshetTorrentRow *self)
{
  gboolean is_resume = freshet_words_is_at_rest (self->torrent);
  const char *label = is_resume ? _("Resume") : _("Pause");

  if (self->has_button && self->is_resume == is_resume)
    return;
  self->has_button = TRUE;
  self->is_resume = is_resume;
  gtk_button_set_icon_name (self->button, is_resume ? "media-playback-start-symbolic"
                                                    : "media-playback-pause-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

static void
add_pill (FreshetTorrentRow *self,
          const char        *text)
{
  GtkWidget *pill = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (pill), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (pill), MAX_LABEL_CHARS);
  gtk_widget_add_css_class (pill, "torrent-label");
  gtk_widget_add_css_class (pill, "caption");
  gtk_box_append (self->pills, pill);
}

static void
show_pills (FreshetTorrentRow *self)
{
  char **labels = bt_torrent_get_record (self->torrent)->labels;
  guint n = labels != NULL ? g_strv_length (labels) : 0;
  GtkWidget *child;

  if (!self->shows_labels)
    n = 0;
  gtk_widget_set_visible (GTK_WIDGET (self->pills), n > 0);
  if (n == 0 || (self->labels != NULL && g_strv_equal ((const char *const *) labels,
                                                       (const char *const *) self->labels)))
    return;
  g_strfreev (self->labels);
  self->labels = g_strdupv (labels);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->pills))) != NULL)
    gtk_box_remove (self->pills, child);
  for (guint i = 0; i < MIN (n, MAX_LABELS); i++)
    add_pill (self, labels[i]);
  if (n > MAX_LABELS)
    {
      g_autofree char *more = g_strdup_printf ("+%u", n - MAX_LABELS);

      add_pill (self, more);
    }
}

static void
show (FreshetTorrentRow *self,
      gboolean           is_other)
{
  g_autofree char *sentence = freshet_words_torrent (self->torrent);

  show_text (self->name, bt_torrent_get_name (self->torrent));
  show_text (self->sentence, sentence);
  show_icon (self);
  show_pills (self);
  freshet_bar_set_torrent (self->bar, self->torrent);
  show_button (self);
  freshet_told_tell (&self->told, GTK_WIDGET (self), self->torrent, is_other);
}

static void
torrent_changed_cb (FreshetTorrentRow *self)
{
  show (self, FALSE);
}

/* A text set in advance makes GTK ask the display where the pointer is, for every row. */
static gboolean
button_query_tooltip_cb (FreshetTorrentRow *self,
                         int                x,
                         int                y,
                         gboolean           is_by_keyboard,
                         GtkTooltip        *tooltip)
{
  gtk_tooltip_set_text (tooltip, self->is_resume ? _("Resume") : _("Pause"));
  return TRUE;
}

static void
button_clicked_cb (FreshetTorrentRow *self)
{
  if (self->torrent == NULL)
    return;
  if (freshet_words_is_at_rest (self->torrent))
    bt_torrent_start (self->torrent);
  else
    bt_torrent_stop (self->torrent);
}

void
freshet_torrent_row_set_torrent (FreshetTorrentRow *self,
                                 BtTorrent         *torrent)
{
  g_return_if_fail (FRESHET_IS_TORRENT_ROW (self));

  if (self->torrent != NULL)
    g_signal_handlers_disconnect_by_func (self->torrent, torrent_changed_cb, self);
  g_set_object (&self->torrent, torrent);
  if (torrent == NULL)
    return;
  g_signal_connect_swapped (torrent, "changed", G_CALLBACK (torrent_changed_cb), self);
  show (self, TRUE);
}

void
freshet_torrent_row_show_labels (FreshetTorrentRow *self,
                                 gboolean           shows_labels)
{
  g_return_if_fail (FRESHET_IS_TORRENT_ROW (self));

  self->shows_labels = shows_labels != FALSE;
  if (self->torrent != NULL)
    show_pills (self);
}

/* --- Life --- */

static void
freshet_torrent_row_dispose (GObject *object)
{
  FreshetTorrentRow *self = FRESHET_TORRENT_ROW (object);

  freshet_torrent_row_set_torrent (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->labels, g_strfreev);

  G_OBJECT_CLASS (freshet_torrent_row_parent_class)->dispose (object);
}

static void
freshet_torrent_row_class_init (FreshetTorrentRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_torrent_row_dispose;

  g_type_ensure (FRESHET_TYPE_BAR);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-torrent-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, box);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, icon);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, name);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, pills);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, bar);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, sentence);
  gtk_widget_class_bind_template_child (widget_class, FreshetTorrentRow, button);
  gtk_widget_class_bind_template_callback (widget_class, button_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, button_query_tooltip_cb);
}

static void
freshet_torrent_row_init (FreshetTorrentRow *self)
{
  self->shows_labels = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
freshet_torrent_row_new (void)
{
  return g_object_new (FRESHET_TYPE_TORRENT_ROW, NULL);
}
