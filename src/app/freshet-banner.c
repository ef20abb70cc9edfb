/* freshet-banner.c - a line across the window: why everything pauses, or that nothing can be saved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-banner.h"

#include "freshet-application.h"

#include <glib/gi18n.h>

struct _FreshetBanner
{
  AdwBin parent_instance;

  /* borrowed: of the template */
  GtkRevealer *revealer;
  GtkLabel    *label;
  GtkWidget   *button;
};

G_DEFINE_FINAL_TYPE (FreshetBanner, freshet_banner, ADW_TYPE_BIN)

static void
show (FreshetBanner *self,
      const char    *text,
      gboolean       has_button)
{
  gtk_revealer_set_reveal_child (self->revealer, text != NULL);
  if (text == NULL)
    return;
  gtk_label_set_label (self->label, text);
  gtk_widget_set_visible (self->button, has_button);
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
      show (self, text, FALSE);
      return;
    }
  switch (freshet_conditions_get_hold (freshet_application_get_conditions (application)))
    {
    case FRESHET_HOLD_NONE:
      show (self, NULL, FALSE);
      break;
    case FRESHET_HOLD_METERED:
      show (self, _("Paused: this connection is paid by the data used."), TRUE);
      break;
    case FRESHET_HOLD_POWER_SAVER:
      show (self, _("Paused: the computer is saving power."), TRUE);
      break;
    }
}

static void
button_clicked_cb (FreshetBanner *self)
{
  freshet_conditions_override (
      freshet_application_get_conditions (freshet_application_get_default ()));
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

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (freshet_application_get_supervisor (application), "notify::trouble",
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (freshet_application_get_conditions (application), "notify::hold",
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
