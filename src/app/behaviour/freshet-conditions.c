/* freshet-conditions.c - what around the computer should make everything pause: paid data, saving power
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-conditions.h"

#define UPOWER_NAME "org.freedesktop.UPower"
#define UPOWER_PATH "/org/freedesktop/UPower"

struct _FreshetConditions
{
  GObject parent_instance;

  /* owned */
  GSettings            *settings;
  GNetworkMonitor      *network;
  GPowerProfileMonitor *power;
  GDBusProxy           *upower;        /* nullable: not there, or not yet */
  GCancellable         *cancellable;

  /* values */
  FreshetHold hold;
  FreshetHold overridden;              /* this one does not count until it has been gone once */
};

G_DEFINE_FINAL_TYPE (FreshetConditions, freshet_conditions, G_TYPE_OBJECT)

enum
{
  PROP_HOLD = 1,
  PROP_ON_BATTERY,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

FreshetHold
freshet_conditions_get_hold (FreshetConditions *self)
{
  g_return_val_if_fail (FRESHET_IS_CONDITIONS (self), FRESHET_HOLD_NONE);

  return self->hold;
}

gboolean
freshet_conditions_is_on_battery (FreshetConditions *self)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (FRESHET_IS_CONDITIONS (self), FALSE);

  if (self->upower != NULL)
    value = g_dbus_proxy_get_cached_property (self->upower, "OnBattery");
  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) &&
         g_variant_get_boolean (value);
}

static FreshetHold
look (FreshetConditions *self)
{
  if (g_settings_get_boolean (self->settings, "pause-when-metered") &&
      g_network_monitor_get_network_metered (self->network))
    return FRESHET_HOLD_METERED;
  if (g_settings_get_boolean (self->settings, "pause-in-power-saver") &&
      g_power_profile_monitor_get_power_saver_enabled (self->power))
    return FRESHET_HOLD_POWER_SAVER;
  return FRESHET_HOLD_NONE;
}

static void
update (FreshetConditions *self)
{
  FreshetHold hold = look (self);

  if (hold != self->overridden)
    self->overridden = FRESHET_HOLD_NONE;
  else
    hold = FRESHET_HOLD_NONE;
  if (hold == self->hold)
    return;
  self->hold = hold;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HOLD]);
}

void
freshet_conditions_override (FreshetConditions *self)
{
  g_return_if_fail (FRESHET_IS_CONDITIONS (self));

  self->overridden = self->hold;
  update (self);
}

static void
settings_changed_cb (FreshetConditions *self,
                     const char        *key)
{
  if (g_str_equal (key, "pause-when-metered") || g_str_equal (key, "pause-in-power-saver"))
    update (self);
}

static void
upower_changed_cb (FreshetConditions *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ON_BATTERY]);
}

static void
upower_found_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  GDBusProxy *proxy = g_dbus_proxy_new_for_bus_finish (result, &error);
  FreshetConditions *self;

  /* Cancelled: it is gone. Any other error: there is no UPower, and so no battery that we know of. */
  if (proxy == NULL)
    return;
  self = user_data;
  self->upower = proxy;
  g_signal_connect_object (proxy, "g-properties-changed", G_CALLBACK (upower_changed_cb), self,
                           G_CONNECT_SWAPPED);
  upower_changed_cb (self);
}

static void
freshet_conditions_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  FreshetConditions *self = FRESHET_CONDITIONS (object);

  switch (property_id)
    {
    case PROP_HOLD:
      g_value_set_int (value, (int) self->hold);
      break;
    case PROP_ON_BATTERY:
      g_value_set_boolean (value, freshet_conditions_is_on_battery (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_conditions_dispose (GObject *object)
{
  FreshetConditions *self = FRESHET_CONDITIONS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->upower);
  g_clear_object (&self->power);
  g_clear_object (&self->network);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_conditions_parent_class)->dispose (object);
}

static void
freshet_conditions_finalize (GObject *object)
{
  FreshetConditions *self = FRESHET_CONDITIONS (object);

  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (freshet_conditions_parent_class)->finalize (object);
}

static void
freshet_conditions_class_init (FreshetConditionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = freshet_conditions_get_property;
  object_class->dispose = freshet_conditions_dispose;
  object_class->finalize = freshet_conditions_finalize;

  properties[PROP_HOLD] =
      g_param_spec_int ("hold", NULL, NULL, FRESHET_HOLD_NONE, FRESHET_HOLD_POWER_SAVER,
                        FRESHET_HOLD_NONE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_ON_BATTERY] =
      g_param_spec_boolean ("on-battery", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_conditions_init (FreshetConditions *self)
{
  self->cancellable = g_cancellable_new ();
}

FreshetConditions *
freshet_conditions_new (GSettings *settings)
{
  FreshetConditions *self = g_object_new (FRESHET_TYPE_CONDITIONS, NULL);

  self->settings = g_object_ref (settings);
  self->network = g_object_ref (g_network_monitor_get_default ());
  self->power = g_power_profile_monitor_dup_default ();
  g_signal_connect_object (settings, "changed", G_CALLBACK (settings_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->network, "notify::network-metered", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->power, "notify::power-saver-enabled", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  self->hold = look (self);
  g_dbus_proxy_new_for_bus (G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL,
                            UPOWER_NAME, UPOWER_PATH, UPOWER_NAME, self->cancellable,
                            upower_found_cb, self);
  return self;
}
