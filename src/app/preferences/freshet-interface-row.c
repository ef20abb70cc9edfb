/* freshet-interface-row.c - a row of preferences with the network interface that everything is to go through
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-interface-row.h"

#include <glib/gi18n.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#define MAX_INTERFACES 64

#define LOOK_MS        1000  /* how often it is looked which there are, while the row is shown */

struct _FreshetInterfaceRow
{
  AdwComboRow parent_instance;

  /* owned */
  GPtrArray     *devices;   /* of char *, owned: as the choices are; the first is empty: any */
  GtkStringList *choices;
  char          *device;    /* the chosen one */

  /* values */
  guint          timer;     /* 0: it is not shown */
  guint          is_filling : 1;
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

typedef struct
{
  const char *name;           /* borrowed */
  guint       flags;
  guint       is_usable : 1;  /* as the engine would have it: connected, with an address that is not link-local */
} Device;

static gboolean
is_far (const struct sockaddr *address)
{
  const struct sockaddr_in6 *in6 = (gconstpointer) address;

  return address != NULL && (address->sa_family == AF_INET ||
                             (address->sa_family == AF_INET6 &&
                              !IN6_IS_ADDR_LINKLOCAL (&in6->sin6_addr)));
}

/* Each once, in the kernel's order. (transfer full): of Device, whose names are those of `all`. */
static GArray *
list_devices (const struct ifaddrs *all)
{
  GArray *devices = g_array_new (FALSE, FALSE, sizeof (Device));

  for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next)
    {
      guint i = 0;

      if ((entry->ifa_flags & IFF_LOOPBACK) != 0)
        continue;
      while (i < devices->len &&
             !g_str_equal (g_array_index (devices, Device, i).name, entry->ifa_name))
        i++;
      if (i == devices->len)
        {
          Device device = { .name = entry->ifa_name, .flags = entry->ifa_flags };

          if (i == MAX_INTERFACES)
            continue;
          g_array_append_val (devices, device);
        }
      if ((entry->ifa_flags & IFF_RUNNING) != 0 && is_far (entry->ifa_addr))
        g_array_index (devices, Device, i).is_usable = TRUE;
    }
  return devices;
}

/* "tun0 (tunnel)" (transfer full) */
static char *
describe_device (const Device *device,
                 gboolean      is_chosen)
{
  if (!device->is_usable && is_chosen)
    /* Translators: a network interface that has no connection at the moment, and is to be used */
    return g_strdup_printf (_("%s (not connected: everything waits)"), device->name);
  if (!device->is_usable)
    /* Translators: a network interface that has no connection at the moment */
    return g_strdup_printf (_("%s (not connected)"), device->name);
  if ((device->flags & IFF_POINTOPOINT) != 0 || has_fact (device->name, "tun_flags"))
    /* Translators: a network interface that is a tunnel, of a VPN mostly */
    return g_strdup_printf (_("%s (tunnel)"), device->name);
  if (has_fact (device->name, "wireless") || has_fact (device->name, "phy80211"))
    /* Translators: a network interface by radio */
    return g_strdup_printf (_("%s (wireless)"), device->name);
  return g_strdup (device->name);
}

/* --- What is shown --- */

static void
add_choice (GPtrArray  *names,
            GPtrArray  *words,
            const char *name,
            char       *choice)
{
  g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (words, choice);
}

/* Fills both, and returns whether the chosen one can be used. */
static gboolean
make_choices (FreshetInterfaceRow *self,
              GPtrArray           *names,
              GPtrArray           *words)
{
  struct ifaddrs *all = NULL;
  g_autoptr (GArray) devices = NULL;
  gboolean is_usable = self->device[0] == '\0';

  add_choice (names, words, "", g_strdup (_("Any")));
  if (getifaddrs (&all) != 0)
    all = NULL;
  devices = list_devices (all);
  for (guint i = 0; i < devices->len; i++)
    {
      const Device *device = &g_array_index (devices, Device, i);

      gboolean is_chosen = g_str_equal (device->name, self->device);

      add_choice (names, words, device->name, describe_device (device, is_chosen));
      is_usable |= device->is_usable && is_chosen;
    }
  if (all != NULL)
    freeifaddrs (all);
  if (!g_ptr_array_find_with_equal_func (names, self->device, g_str_equal, NULL))
    /* Translators: a network interface that does not exist at the moment */
    add_choice (names, words, self->device,
                g_strdup_printf (_("%s (not there: everything waits)"), self->device));
  return is_usable;
}

static gboolean
is_as_shown (FreshetInterfaceRow *self,
             const GPtrArray     *words)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->choices));

  for (guint i = 0; i < n && n == words->len; i++)
    if (!g_str_equal (gtk_string_list_get_string (self->choices, i), words->pdata[i]))
      return FALSE;
  return n == words->len;
}

static void
show_usable (FreshetInterfaceRow *self,
             gboolean             is_usable)
{
  if (is_usable)
    gtk_widget_remove_css_class (GTK_WIDGET (self), "too-little");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "too-little");
}

static void
fill (FreshetInterfaceRow *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gboolean is_usable = make_choices (self, names, words);
  guint selected = 0;

  show_usable (self, is_usable);
  g_ptr_array_find_with_equal_func (names, self->device, g_str_equal, &selected);
  self->is_filling = TRUE;
  if (!is_as_shown (self, words))
    {
      guint n_before = g_list_model_get_n_items (G_LIST_MODEL (self->choices));

      g_ptr_array_add (words, NULL);
      gtk_string_list_splice (self->choices, 0, n_before, (const char *const *) words->pdata);
    }
  g_ptr_array_unref (self->devices);
  self->devices = g_steal_pointer (&names);
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), selected);
  self->is_filling = FALSE;
}

static gboolean
look_cb (gpointer user_data)
{
  fill (user_data);
  return G_SOURCE_CONTINUE;
}

/* --- Properties --- */

static void
set_device (FreshetInterfaceRow *self,
            const char          *device)
{
  if (g_str_equal (self->device, device))
    return;
  g_free (self->device);
  self->device = g_strdup (device);
  fill (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DEVICE]);
}

static void
selected_cb (FreshetInterfaceRow *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));
  g_autofree char *device = NULL;

  if (self->is_filling || selected >= self->devices->len)
    return;
  device = g_strdup (g_ptr_array_index (self->devices, selected));
  set_device (self, device);
}

static void
freshet_interface_row_get_property (GObject    *object,
                                    guint       property_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  FreshetInterfaceRow *self = FRESHET_INTERFACE_ROW (object);

  switch (property_id)
    {
    case PROP_DEVICE:
      g_value_set_string (value, self->device);
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
freshet_interface_row_map (GtkWidget *widget)
{
  FreshetInterfaceRow *self = FRESHET_INTERFACE_ROW (widget);

  GTK_WIDGET_CLASS (freshet_interface_row_parent_class)->map (widget);
  fill (self);
  self->timer = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
freshet_interface_row_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&FRESHET_INTERFACE_ROW (widget)->timer, g_source_remove);

  GTK_WIDGET_CLASS (freshet_interface_row_parent_class)->unmap (widget);
}

static void
freshet_interface_row_finalize (GObject *object)
{
  FreshetInterfaceRow *self = FRESHET_INTERFACE_ROW (object);

  g_ptr_array_unref (self->devices);
  g_object_unref (self->choices);
  g_free (self->device);

  G_OBJECT_CLASS (freshet_interface_row_parent_class)->finalize (object);
}

static void
freshet_interface_row_class_init (FreshetInterfaceRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = freshet_interface_row_map;
  widget_class->unmap = freshet_interface_row_unmap;
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
  self->devices = g_ptr_array_new_with_free_func (g_free);
  self->choices = gtk_string_list_new (NULL);
  self->device = g_strdup ("");
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (self->choices));
  g_signal_connect (self, "notify::selected", G_CALLBACK (selected_cb), NULL);
}
