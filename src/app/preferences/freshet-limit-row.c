/* freshet-limit-row.c - a row of preferences with a limit of speed, or none
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-limit-row.h"

#include "freshet-spin-row.h"

#include "common/freshet-format.h"

#include <glib/gi18n.h>

#define DEFAULT_BPS 1000000
#define MAX_BPS     1e11

struct _FreshetLimitRow
{
  AdwExpanderRow parent_instance;

  /* borrowed: of the template */
  GtkSpinButton *spin;
  GtkDropDown   *units;

  /* values */
  guint64 bps;
  guint64 last_bps;      /* what comes back when it is switched on again */
  guint   is_showing : 1; /* the widgets are being set */
};

G_DEFINE_FINAL_TYPE (FreshetLimitRow, freshet_limit_row, ADW_TYPE_EXPANDER_ROW)

enum
{
  PROP_BPS = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static const double unit_bps[] = { 1e3, 1e6 };

static double
get_unit (FreshetLimitRow *self)
{
  return unit_bps[gtk_drop_down_get_selected (self->units) == 1];
}

static void
show_value (FreshetLimitRow *self)
{
  double unit = get_unit (self);
  double value = (double) self->last_bps / unit;

  /* Below a megabyte: whole kilobytes; above: tenths. */
  gtk_spin_button_set_digits (self->spin, unit > 1e3 ? 1 : 0);
  gtk_spin_button_set_increments (self->spin, unit > 1e3 ? 0.5 : 50, unit > 1e3 ? 5 : 500);
  gtk_spin_button_set_range (self->spin, unit > 1e3 ? 0.1 : 1, MAX_BPS / unit);
  gtk_spin_button_set_value (self->spin, value);
}

static void
show (FreshetLimitRow *self,
      gboolean         with_value)
{
  g_autofree char *rate = self->bps > 0 ? freshet_format_rate (self->bps) : NULL;

  self->is_showing = TRUE;
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), self->bps > 0);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), rate != NULL ? rate : _("No limit"));
  if (with_value)
    show_value (self);
  self->is_showing = FALSE;
}

static void
take_bps (FreshetLimitRow *self,
          guint64          bps,
          gboolean         with_value)
{
  if (bps > 0)
    self->last_bps = bps;
  if (bps != self->bps)
    {
      self->bps = bps;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BPS]);
    }
  show (self, with_value);
}

static void
set_bps (FreshetLimitRow *self,
         guint64          bps)
{
  if (bps == self->bps)
    return;
  if (bps > 0)
    {
      self->is_showing = TRUE;
      gtk_drop_down_set_selected (self->units, bps >= 1000000 && bps % 100000 == 0);
      self->is_showing = FALSE;
    }
  take_bps (self, bps, TRUE);
  /* Enabling opens it, which is right only for who has just done that. */
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), FALSE);
}

static void
switched_cb (FreshetLimitRow *self)
{
  gboolean is_on = adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self));

  /* Told late of what show() did, too. */
  if (self->is_showing || is_on == (self->bps > 0))
    return;
  take_bps (self, is_on ? self->last_bps : 0, TRUE);
  if (is_on)
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
}

static void
value_changed_cb (FreshetLimitRow *self)
{
  if (!self->is_showing && self->bps > 0)
    take_bps (self, (guint64) (gtk_spin_button_get_value (self->spin) * get_unit (self) + 0.5),
              FALSE);
}

/* The limit stays, and reads otherwise. */
static void
unit_changed_cb (FreshetLimitRow *self)
{
  if (!self->is_showing)
    show (self, TRUE);
}

static void
freshet_limit_row_get_property (GObject    *object,
                                guint       property_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  FreshetLimitRow *self = FRESHET_LIMIT_ROW (object);

  switch (property_id)
    {
    case PROP_BPS:
      g_value_set_uint64 (value, self->bps);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_limit_row_set_property (GObject      *object,
                                guint         property_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  switch (property_id)
    {
    case PROP_BPS:
      set_bps (FRESHET_LIMIT_ROW (object), g_value_get_uint64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_limit_row_class_init (FreshetLimitRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = freshet_limit_row_get_property;
  object_class->set_property = freshet_limit_row_set_property;

  properties[PROP_BPS] =
      g_param_spec_uint64 ("bps", NULL, NULL, 0, G_MAXUINT64, 0,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-limit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetLimitRow, spin);
  gtk_widget_class_bind_template_child (widget_class, FreshetLimitRow, units);
  gtk_widget_class_bind_template_callback (widget_class, switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, unit_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, value_changed_cb);
}

static void
freshet_limit_row_init (FreshetLimitRow *self)
{
  self->last_bps = DEFAULT_BPS;
  self->is_showing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  freshet_spin_ignore_scrolling (self->spin);
  gtk_drop_down_set_selected (self->units, 1);
  show (self, TRUE);
}
