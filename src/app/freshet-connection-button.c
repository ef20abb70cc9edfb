/* freshet-connection-button.c - whether others can reach us, in an icon, and in words when it is pressed
 *
 * Nobody outside is asked: it is told from the connections that came in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-connection-button.h"

#include "common/freshet-words.h"
#include "freshet-application.h"
#include "freshet-reach-view.h"

#include <glib/gi18n.h>

#define N_TICKS_BETWEEN 5

struct _FreshetConnectionButton
{
  GtkWidget parent_instance;

  /* owned */
  BtSupervisor *supervisor;
  GCancellable *cancellable;

  /* borrowed: of the template */
  GtkWidget *button;
  GtkLabel  *title;
  GtkLabel  *explanation;
  GtkLabel  *port;

  /* values */
  guint n_ticks;   /* until it is asked again */
};

G_DEFINE_FINAL_TYPE (FreshetConnectionButton, freshet_connection_button, GTK_TYPE_WIDGET)

static void
show (FreshetConnectionButton *self,
      const char              *icon,
      const char              *title,
      const char              *explanation,
      guint                    number)
{
  g_autofree char *port = g_strdup_printf (_("Port %u"), number);

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->button), icon);
  gtk_widget_set_tooltip_text (self->button, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title, -1);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->explanation, explanation);
  gtk_label_set_label (self->port, port);
  gtk_widget_set_visible (GTK_WIDGET (self->port), number != 0);
}

static void
show_network (FreshetConnectionButton *self,
              const BtNetworkFacts    *facts)
{
  g_autoptr (BtReach) reach = bt_reach_new (facts, g_get_monotonic_time ());
  g_autofree char *words = freshet_words_reach (reach);
  g_autofree char *explanation = g_strjoin ("\n\n", words, reach->advice, NULL);

  show (self, freshet_reach_get_icon (reach->verdict), reach->title, explanation, facts->port);
}

static void
network_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BtNetworkFacts) facts =
      bt_supervisor_get_network_finish (BT_SUPERVISOR (source), result, &error);
  g_autoptr (FreshetConnectionButton) self = user_data;

  if (facts != NULL && self->supervisor != NULL)
    show_network (self, facts);
}

static void
ask (FreshetConnectionButton *self)
{
  self->n_ticks = N_TICKS_BETWEEN;
  bt_supervisor_get_network_async (self->supervisor, self->cancellable, network_cb,
                                   g_object_ref (self));
}

static void
ticked_cb (FreshetConnectionButton *self)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (self->n_ticks == 0)
    ask (self);
  else
    self->n_ticks--;
}

static void
freshet_connection_button_dispose (GObject *object)
{
  FreshetConnectionButton *self = FRESHET_CONNECTION_BUTTON (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->supervisor);
  g_clear_pointer (&self->button, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_connection_button_parent_class)->dispose (object);
}

static void
freshet_connection_button_class_init (FreshetConnectionButtonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_connection_button_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/freshet/Freshet/freshet-connection-button.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetConnectionButton, button);
  gtk_widget_class_bind_template_child (widget_class, FreshetConnectionButton, title);
  gtk_widget_class_bind_template_child (widget_class, FreshetConnectionButton, explanation);
  gtk_widget_class_bind_template_child (widget_class, FreshetConnectionButton, port);
}

static void
freshet_connection_button_init (FreshetConnectionButton *self)
{
  FreshetApplication *application = freshet_application_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->supervisor = g_object_ref (freshet_application_get_supervisor (application));
  g_signal_connect_object (self->supervisor, "ticked", G_CALLBACK (ticked_cb), self,
                           G_CONNECT_SWAPPED);
  show (self, "network-wired-acquiring-symbolic", _("Not Known Yet"), _("Freshet is starting."), 0);
}
