/* freshet-interface-row.c - a row of preferences with the network interface that everything is to go through
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-interface-row.h"

#include <glib/gi18n.h>
#include <ifaddrs.h>
#include <net/if.h>

#define MAX_INTERFACES 64

struct _FreshetInterfaceRow
{
  AdwComboRow parent_instance;

  /* owned */
  GPtrArray *devices;  /* of char *, owned: as the choices are */
};

G_DEFINE_FINAL_TYPE (FreshetInterfaceRow, freshet_interface_row, ADW_TYPE_COMBO_ROW)

enum
{
  PROP_DEVICE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* --- What there is --- */

/* /sys is a list that the kernel makes up: reading it waits for nothing. */
static gboolean
has_fact (const char *device,
          const char *fact)
{
  g_autofree char *path = g_build_filename ("/sys/class/net", device, fact, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* "tun0 (tunnel)" (transfer full) */
static char *
describe_device (const char *device,
                 guint       flags)
{
  if ((flags & IFF_POINTOPOINT) != 0 || has_fact (device, "tun_flags"))
    /* Translators: a network interface that is a tunnel, of a VPN mostly */
    return g_strdup_printf (_("%s (tunnel)"), device);
  if (has_fact (device, "wireless") || has_fact (device, "phy80211"))
    /* Translators: a network interface by radio */
    return g_strdup_printf (_("%s (wireless)"), device);
  return g_strdup (device);
}

static void
add_choice (FreshetInterfaceRow *self,
            GtkStringList       *choices,
            const char          *device,
            const char          *words)
{
  g_ptr_array_add (self->devices, g_strdup (device));
  gtk_string_list_append (choices, words);
}

static gboolean
find_device (FreshetInterfaceRow *self,
             const char          *device,
             guint               *out_index)
{
  return g_ptr_array_find_with_equal_func (self->devices, device, g_str_equal, out_index);
}

static void
list_devices (FreshetInterfaceRow *self,
              GtkStringList       *choices)
{
  struct ifaddrs *all = NULL;

  add_choice (self, choices, "", _("Any"));
  if (getifaddrs (&all) != 0)
    return;
  for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
    {
      g_autofree char *words = NULL;

      if ((entry->ifa_flags & IFF_LOOPBACK) != 0 || self->devices->len > MAX_INTERFACES ||
          find_device (self, entry->ifa_name, NULL))
        continue;
      words = describe_device (entry->ifa_name, entry->ifa_flags);
      add_choice (self, choices, entry->ifa_name, words);
    }
  freeifaddrs (all);
}

/* --- Properties --- */

static void
set_device (FreshetInterfaceRow *self,
            const char          *device)
{
  guint index = 0;

  if (!find_device (self, device, &index))
    {
      /* Translators: a network interface that does not exist at the moment */
      g_autofree char *words = if_nametoindex (device) != 0
                                 ? g_strdup (device)
                                 : g_strdup_printf (_("%s (not there now)"), device);

      add_choice (self, GTK_STRING_LIST (adw_combo_row_get_model (ADW_COMBO_ROW (self))), device,
                  words);
      index = self->devices->len - 1;
    }
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), index);
}

static void
selected_cb (FreshetInterfaceRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DEVICE]);
}

static void
freshet_interface_row_get_property (GObject    *object,
                                    guint       property_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  FreshetInterfaceRow *self = FRESHET_INTERFACE_ROW (object);
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  switch (property_id)
    {
    case PROP_DEVICE:
      g_value_set_string (value, selected < self->devices->len
                                   ? g_ptr_array_index (self->devices, selected) : "");
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_interface_row_set_property (GObject      *object,
                                    guint         property_id,
                                    const GValue *value,
                                    GParamSpec   *pspec)
{
  const char *device;

  switch (property_id)
    {
    case PROP_DEVICE:
      device = g_value_get_string (value);
      set_device (FRESHET_INTERFACE_ROW (object), device != NULL ? device : "");
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

/* --- Life --- */

static void
freshet_interface_row_finalize (GObject *object)
{
  g_ptr_array_unref (FRESHET_INTERFACE_ROW (object)->devices);

  G_OBJECT_CLASS (freshet_interface_row_parent_class)->finalize (object);
}

static void
freshet_interface_row_class_init (FreshetInterfaceRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = freshet_interface_row_finalize;
  object_class->get_property = freshet_interface_row_get_property;
  object_class->set_property = freshet_interface_row_set_property;

  properties[PROP_DEVICE] =
      g_param_spec_string ("device", NULL, NULL, "",
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_interface_row_init (FreshetInterfaceRow *self)
{
  g_autoptr (GtkStringList) choices = gtk_string_list_new (NULL);

  self->devices = g_ptr_array_new_with_free_func (g_free);
  list_devices (self, choices);
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (choices));
  g_signal_connect (self, "notify::selected", G_CALLBACK (selected_cb), NULL);
}
