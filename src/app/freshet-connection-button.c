/* freshet-connection-button.c - whether others can reach us, in an icon, and in words when it is pressed
 *
 * Nobody outside is asked: it is told from the connections that came in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-connection-button.h"

#include "common/freshet-format.h"
#include "freshet-application.h"

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
      const char              *explanation)
{
  guint number = bt_supervisor_get_port (self->supervisor);
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
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (BtReach) reach = bt_reach_new (facts, now_us);
  g_autofree char *age = NULL, *explanation = NULL;

  if (reach->verdict == BT_REACH_SEEN)
    {
      age = freshet_format_duration ((now_us - facts->incoming_at_us) / G_USEC_PER_SEC);
      /* Translators: a time, such as "3 minutes" */
      explanation = g_strdup_printf (_("A peer connected to you %s ago."), age);
      show (self, "network-wired-symbolic", _("Others Can Reach You"), explanation);
      return;
    }
  explanation = g_strjoin ("\n", reach->mapping, reach->advice, NULL);
  show (self, "network-wired-acquiring-symbolic", _("Not Reached Yet"), explanation);
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
  GNetworkMonitor *network = g_network_monitor_get_default ();

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (!g_network_monitor_get_network_available (network))
    show (self, "network-offline-symbolic", _("No Network"),
          _("Freshet goes on when the computer is connected again."));
  else if (self->n_ticks == 0)
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
  show (self, "network-wired-acquiring-symbolic", _("Not Reached Yet"), _("Freshet is starting."));
}
