/* freshet-banner.c - a line across the window: why everything pauses or waits, or that nothing can be saved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-banner.h"

#include "freshet-application.h"

#include <glib/gi18n.h>
#include <net/if.h>

/* What the button does. */
typedef enum
{
  OFFER_NONE,
  OFFER_RESUME,
  OFFER_PREFERENCES,
} Offer;

struct _FreshetBanner
{
  AdwBin parent_instance;

  /* borrowed: of the template */
  GtkRevealer *revealer;
  GtkLabel    *label;
  GtkButton   *button;

  /* values */
  char  device[IFNAMSIZ];  /* the network interface that everything waits for; empty: it does not */
  Offer offer;
  guint is_asking : 1;     /* the engine has not answered yet */
};

G_DEFINE_FINAL_TYPE (FreshetBanner, freshet_banner, ADW_TYPE_BIN)

static void
show (FreshetBanner *self,
      const char    *text,
      Offer          offer)
{
  gtk_revealer_set_reveal_child (self->revealer, text != NULL);
  /* What goes keeps its words meanwhile. */
  if (text == NULL)
    return;
  self->offer = offer;
  gtk_label_set_label (self->label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->button), offer != OFFER_NONE);
  if (offer != OFFER_NONE)
    gtk_button_set_label (self->button, offer == OFFER_RESUME ? _("_Resume Anyway")
                                                              : _("Open _Preferences"));
}

static void
update (FreshetBanner *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  BtSupervisor *supervisor = freshet_application_get_supervisor (application);
  const char *trouble = bt_supervisor_get_trouble (supervisor);
  g_autofree char *text = NULL;

  if (trouble != NULL)
    {
      /* Translators: why the list of torrents cannot be saved */
      text = g_strdup_printf (_("Changes cannot be saved now: %s. Freshet keeps trying."), trouble);
      show (self, text, OFFER_NONE);
      return;
    }
  if (self->device[0] != '\0')
    {
      /* Translators: a network interface */
      text = g_strdup_printf (_("Everything waits for “%s”, which is not connected: nothing is "
                                "sent or received."),
                              self->device);
      show (self, text, OFFER_PREFERENCES);
      return;
    }
  switch (freshet_conditions_get_hold (freshet_application_get_conditions (application)))
    {
    case FRESHET_HOLD_NONE:
      show (self, NULL, OFFER_NONE);
      break;
    case FRESHET_HOLD_METERED:
      show (self, _("Paused: this connection is paid by the data used."), OFFER_RESUME);
      break;
    case FRESHET_HOLD_POWER_SAVER:
      show (self, _("Paused: the computer is saving power."), OFFER_RESUME);
      break;
    }
}

static void
network_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (FreshetBanner) self = user_data;
  g_autoptr (BtNetworkFacts) facts =
      bt_supervisor_get_network_finish (BT_SUPERVISOR (source), result, NULL);

  self->is_asking = FALSE;
  if (facts == NULL)
    return;
  g_strlcpy (self->device, facts->is_offline ? facts->device : "", sizeof self->device);
  update (self);
}

/* Only where one interface is chosen can everything wait for it. */
static void
ticked_cb (FreshetBanner *self,
           BtSupervisor  *supervisor)
{
  gboolean has_device = bt_supervisor_get_settings (supervisor)->network.device[0] != '\0';

  if (self->is_asking || (!has_device && self->device[0] == '\0'))
    return;
  self->is_asking = TRUE;
  bt_supervisor_get_network_async (supervisor, NULL, network_cb, g_object_ref (self));
}

static void
button_clicked_cb (FreshetBanner *self)
{
  FreshetApplication *application = freshet_application_get_default ();

  if (self->offer == OFFER_PREFERENCES)
    g_action_group_activate_action (G_ACTION_GROUP (application), "network-preferences", NULL);
  else if (self->offer == OFFER_RESUME)
    freshet_conditions_override (freshet_application_get_conditions (application));
}

static void
freshet_banner_class_init (FreshetBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, FreshetBanner, label);
  gtk_widget_class_bind_template_child (widget_class, FreshetBanner, button);
  gtk_widget_class_bind_template_callback (widget_class, button_clicked_cb);
}

static void
freshet_banner_init (FreshetBanner *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  BtSupervisor *supervisor = freshet_application_get_supervisor (application);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (supervisor, "notify::trouble", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (ticked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (freshet_application_get_conditions (application), "notify::hold",
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
