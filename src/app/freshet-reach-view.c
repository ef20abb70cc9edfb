/* freshet-reach-view.c - whether others can connect to us: a headline, what was found out, and what to do next
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-reach-view.h"

#include "common/freshet-words.h"

#include <glib/gi18n.h>

struct _FreshetReachView
{
  AdwBin parent_instance;

  /* borrowed: of the template */
  GtkImage   *icon;
  GtkLabel   *title;
  GtkLabel   *explanation;
  GtkLabel   *advice;
  GtkWidget  *step;
  GtkButton  *button;
  GtkSpinner *spinner;
};

G_DEFINE_FINAL_TYPE (FreshetReachView, freshet_reach_view, ADW_TYPE_BIN)

const char *
freshet_reach_get_icon (BtReachVerdict verdict)
{
  /* No default: a verdict without an icon is a warning of the compiler. */
  switch (verdict)
    {
    case BT_REACH_WAITING:
    case BT_REACH_NO_NETWORK:
    case BT_REACH_NO_PROXY:
      return "network-offline-symbolic";
    case BT_REACH_PROXIED:
    case BT_REACH_CLOSED:
    case BT_REACH_UNLIKELY:
      return "network-wired-no-route-symbolic";
    case BT_REACH_UNKNOWN:
      return "network-wired-acquiring-symbolic";
    case BT_REACH_LIKELY:
    case BT_REACH_SEEN:
      return "network-wired-symbolic";
    }
  return "network-wired-symbolic";
}

/* In the colour of what it means; most is not bad enough for any. */
static void
show_icon (FreshetReachView *self,
           BtReachVerdict    verdict)
{
  GtkWidget *icon = GTK_WIDGET (self->icon);

  gtk_image_set_from_icon_name (self->icon, freshet_reach_get_icon (verdict));
  gtk_widget_remove_css_class (icon, "success");
  gtk_widget_remove_css_class (icon, "warning");
  gtk_widget_remove_css_class (icon, "dim-label");
  if (verdict == BT_REACH_SEEN)
    gtk_widget_add_css_class (icon, "success");
  else if (verdict <= BT_REACH_NO_PROXY)
    gtk_widget_add_css_class (icon, "warning");
  else
    gtk_widget_add_css_class (icon, "dim-label");
}

static void
show_step (FreshetReachView *self,
           BtReachStep       step)
{
  gtk_widget_set_visible (self->step, step != BT_REACH_STEP_NONE);
  switch (step)
    {
    case BT_REACH_STEP_NONE:
      break;
    case BT_REACH_STEP_PREFERENCES:
      gtk_button_set_label (self->button, _("Open _Preferences"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), "app.network-preferences");
      break;
    case BT_REACH_STEP_TRY_AGAIN:
      gtk_button_set_label (self->button, _("_Try Again"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), "network.try-again");
      break;
    }
}

static void
show_text (GtkLabel   *label,
           const char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
  if (text != NULL)
    gtk_label_set_label (label, text);
}

void
freshet_reach_view_show (FreshetReachView *self,
                         const BtReach    *reach,
                         gboolean          is_trying)
{
  g_autofree char *explanation = freshet_words_reach (reach);

  g_return_if_fail (FRESHET_IS_REACH_VIEW (self));

  show_icon (self, reach->verdict);
  show_text (self->title, reach->title);
  show_text (self->explanation, explanation);
  show_text (self->advice, reach->advice);
  show_step (self, reach->step);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), is_trying);
  gtk_spinner_set_spinning (self->spinner, is_trying);
}

static void
freshet_reach_view_class_init (FreshetReachViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-reach-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, icon);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, title);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, explanation);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, advice);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, step);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, button);
  gtk_widget_class_bind_template_child (widget_class, FreshetReachView, spinner);
}

static void
freshet_reach_view_init (FreshetReachView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
