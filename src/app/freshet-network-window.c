/* freshet-network-window.c - how others reach us, and how peers are found
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-network-window.h"

#include "common/freshet-format.h"
#include "freshet-reach-view.h"
#include "freshet-sockets-window.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define VALUE_CHARS 22   /* a line of a value, in a window as narrow as it gets */

/* --- The values: (transfer full), NULL where there is nothing to tell --- */

static char *
describe_port (const BtNetworkFacts *facts)
{
  return facts->port != 0 ? g_strdup_printf ("%u", facts->port) : NULL;
}

/* What others are told instead. */
static char *
describe_router_port (const BtNetworkFacts *facts)
{
  if (facts->port == 0 || facts->announced_port == 0 || facts->announced_port == facts->port)
    return NULL;
  return g_strdup_printf ("%u", facts->announced_port);
}

static char *
describe_device (const BtNetworkFacts *facts)
{
  return facts->device[0] != '\0' ? g_strdup (facts->device) : NULL;
}

static char *
describe_address (const BtAddress *address)
{
  char text[BT_ADDRESS_STRING_BYTES];

  if (address->family == BT_FAMILY_NONE)
    return NULL;
  return g_strdup (bt_address_ip_to_string (address, text));
}

static char *
describe_address4 (const BtNetworkFacts *facts)
{
  char *address = describe_address (&facts->external4);

  if (address == NULL && facts->external6.family == BT_FAMILY_NONE)
    return g_strdup (_("Not known yet"));
  return address;
}

static char *
describe_address6 (const BtNetworkFacts *facts)
{
  return describe_address (&facts->external6);
}

static char *
describe_problem (const BtNetworkFacts *facts)
{
  /* That is in the headline. */
  if (facts->is_proxied && facts->is_proxy_down)
    return g_strdup (facts->udp_message);
  return g_strdup (facts->proxy_message != NULL ? facts->proxy_message : facts->udp_message);
}

static char *
describe_dht (const BtNetworkFacts *facts)
{
  if ((facts->discovery & BT_DISCOVERY_DHT) == 0)
    return g_strdup (_("Off"));
  if (!facts->has_dht && facts->is_proxied && !facts->has_udp4 && !facts->has_udp6)
    return g_strdup (_("Off: the proxy does not pass it on"));
  if (!facts->has_dht)
    return g_strdup (_("Not needed now"));
  if (!facts->is_dht_bootstrapped)
    return g_strdup (_("Getting to know nodes"));
  return g_strdup (facts->dht.is_read_only ? _("On, only asks") : _("On"));
}

/* "312 of about 6,500,000" */
static char *
describe_nodes (const BtNetworkFacts   *facts,
                const BtDhtFamilyFacts *family)
{
  guint n = family->n_good + family->n_questionable;

  if (!facts->has_dht || !family->is_on)
    return NULL;
  if (n == 0 || family->network_size < n)
    return g_strdup_printf ("%'u", n);
  /* Translators: how many nodes of a network are known, and how many it has in all */
  return g_strdup_printf (_("%'u of about %'.0f"), n, family->network_size);
}

static char *
describe_nodes4 (const BtNetworkFacts *facts)
{
  return describe_nodes (facts, &facts->dht.ipv4);
}

static char *
describe_nodes6 (const BtNetworkFacts *facts)
{
  return describe_nodes (facts, &facts->dht.ipv6);
}

static char *
describe_torrents (const BtNetworkFacts *facts)
{
  if (!facts->has_dht)
    return NULL;
  if (facts->n_dht_waiting == 0)
    return g_strdup_printf ("%'u", facts->n_dht_torrents);
  /* Translators: torrents that peers are looked for, and how many of them wait for their turn */
  return g_strdup_printf (_("%'u, %'u waiting"), facts->n_dht_torrents, facts->n_dht_waiting);
}

static char *
describe_stored (const BtNetworkFacts *facts)
{
  return facts->has_dht ? g_strdup_printf ("%'u", facts->dht.n_peers_stored) : NULL;
}

/* "1.2 MB in 3,400 packets" */
static char *
describe_traffic (const BtNetworkFacts *facts,
                  guint64               n_bytes,
                  guint64               n_packets)
{
  g_autofree char *size = NULL;

  if (!facts->has_dht)
    return NULL;
  size = freshet_format_bytes (n_bytes);
  return g_strdup_printf (ngettext ("%s in %'" PRIu64 " packet",
                                    "%s in %'" PRIu64 " packets", n_packets),
                          size, n_packets);
}

static char *
describe_received (const BtNetworkFacts *facts)
{
  return describe_traffic (facts, facts->dht.n_bytes_in, facts->dht.n_packets_in);
}

static char *
describe_sent (const BtNetworkFacts *facts)
{
  return describe_traffic (facts, facts->dht.n_bytes_out, facts->dht.n_packets_out);
}

static char *
describe_dropped (const BtNetworkFacts *facts)
{
  guint64 n = facts->dht.n_dropped_flood + facts->dht.n_dropped_rubbish + facts->dht.n_dropped_lies;

  return facts->has_dht ? g_strdup_printf ("%'" G_GUINT64_FORMAT, n) : NULL;
}

static char *
describe_pex (const BtNetworkFacts *facts)
{
  return g_strdup ((facts->discovery & BT_DISCOVERY_PEX) != 0 ? _("On") : _("Off"));
}

static char *
describe_local (const BtNetworkFacts *facts)
{
  if ((facts->discovery & BT_DISCOVERY_LOCAL) == 0)
    return g_strdup (_("Off"));
  if (!facts->has_local || facts->local.n_interfaces == 0)
    return g_strdup (_("Not needed now"));
  return g_strdup_printf (ngettext ("On %u network", "On %u networks", facts->local.n_interfaces),
                          facts->local.n_interfaces);
}

static char *
describe_local_traffic (const BtNetworkFacts *facts)
{
  if (!facts->has_local)
    return NULL;
  return g_strdup_printf ("%'" G_GUINT64_FORMAT " / %'" G_GUINT64_FORMAT, facts->local.n_sent,
                          facts->local.n_received);
}

/* --- What there is --- */

typedef enum
{
  GROUP_CONNECTION,
  GROUP_DHT,
  GROUP_OTHERS,
  N_GROUPS
} Group;

static const struct
{
  Group       group;
  const char *title;
  const char *subtitle;   /* nullable */
  char       *(*describe) (const BtNetworkFacts *facts);
  gboolean    is_sentence;  /* the value is the subtitle, of as many lines as it takes */
  gboolean    is_copied;    /* the value can be selected */
} rows[] = {
  { GROUP_CONNECTION, N_("Problem"), NULL, describe_problem, .is_sentence = TRUE },
  { GROUP_CONNECTION, N_("Only Through"), NULL, describe_device },
  { GROUP_CONNECTION, N_("Port"), NULL, describe_port, .is_copied = TRUE },
  { GROUP_CONNECTION, N_("Port on the Router"), N_("That others are told"), describe_router_port,
    .is_copied = TRUE },
  { GROUP_CONNECTION, N_("Your Address"), N_("As trackers and peers see it"), describe_address4,
    .is_copied = TRUE },
  { GROUP_CONNECTION, N_("Your IPv6 Address"), N_("As trackers and peers see it"),
    describe_address6, .is_copied = TRUE },
  { GROUP_DHT, N_("State"), NULL, describe_dht },
  { GROUP_DHT, N_("Nodes"), N_("That are known"), describe_nodes4 },
  { GROUP_DHT, N_("IPv6 Nodes"), N_("That are known"), describe_nodes6 },
  { GROUP_DHT, N_("Torrents"), N_("That peers are looked for"), describe_torrents },
  { GROUP_DHT, N_("Peers Kept for Others"), NULL, describe_stored },
  { GROUP_DHT, N_("Received"), NULL, describe_received },
  { GROUP_DHT, N_("Sent"), NULL, describe_sent },
  { GROUP_DHT, N_("Packets Left Out"), N_("Too many, wrong, or lies"), describe_dropped },
  { GROUP_OTHERS, N_("Peer Exchange (PEX)"), NULL, describe_pex },
  { GROUP_OTHERS, N_("Local Peer Discovery"), NULL, describe_local },
  { GROUP_OTHERS, N_("Local Messages"), N_("Sent and heard"), describe_local_traffic },
};

struct _FreshetNetworkWindow
{
  AdwWindow parent_instance;

  /* owned */
  BtSupervisor *supervisor;

  /* borrowed: of the template */
  FreshetReachView    *reach;
  AdwPreferencesGroup *groups[N_GROUPS];
  /* borrowed: in the groups */
  GtkWidget *lines[G_N_ELEMENTS (rows)];
  GtkLabel  *values[G_N_ELEMENTS (rows)];

  /* values */
  guint is_asking : 1;   /* the engine has not answered yet */
  guint is_trying : 1;   /* a person has had routers asked, and it is not known what has come of it */
  guint is_heard : 1;    /* the engine has answered since then */
};

G_DEFINE_FINAL_TYPE (FreshetNetworkWindow, freshet_network_window, ADW_TYPE_WINDOW)

static void
show_reach (FreshetNetworkWindow *self,
            const BtNetworkFacts *facts)
{
  g_autoptr (BtReach) reach = bt_reach_new (facts, g_get_monotonic_time ());

  /* The first answer may be from before they were asked. */
  self->is_trying &= !self->is_heard || facts->map4.is_asking || facts->map6.is_asking;
  self->is_heard = TRUE;
  freshet_reach_view_show (self->reach, reach, self->is_trying);
}

/* An address of IPv6 and its title are wider than a narrow window. */
static void
set_value (GtkLabel   *label,
           const char *value)
{
  gboolean is_long = g_utf8_strlen (value, -1) > VALUE_CHARS;

  gtk_label_set_label (label, value);
  gtk_label_set_wrap (label, is_long);
  gtk_label_set_width_chars (label, is_long ? VALUE_CHARS : -1);
}

static void
show_row (FreshetNetworkWindow *self,
          gsize                 index,
          const char           *value)
{
  gtk_widget_set_visible (self->lines[index], value != NULL);
  if (value == NULL)
    return;
  if (rows[index].is_sentence)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self->lines[index]), value);
  /* Setting a label anew would undo a selection in it. */
  else if (!g_str_equal (value, gtk_label_get_label (self->values[index])))
    set_value (self->values[index], value);
}

static void
show (FreshetNetworkWindow *self,
      const BtNetworkFacts *facts)
{
  show_reach (self, facts);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *value = rows[i].describe (facts);

      show_row (self, i, value);
    }
}

static void
network_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (FreshetNetworkWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtNetworkFacts) facts =
      bt_supervisor_get_network_finish (BT_SUPERVISOR (source), result, &error);

  self->is_asking = FALSE;
  /* An engine that does not run has nothing to tell: what it told last stays. */
  if (facts != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    show (self, facts);
}

static void
refresh (FreshetNetworkWindow *self)
{
  if (self->is_asking || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->is_asking = TRUE;
  bt_supervisor_get_network_async (self->supervisor, NULL, network_cb, g_object_ref (self));
}

static void
add_value (FreshetNetworkWindow *self,
           gsize                 index)
{
  GtkWidget *value = gtk_label_new ("");

  gtk_label_set_selectable (GTK_LABEL (value), rows[index].is_copied);
  gtk_label_set_wrap_mode (GTK_LABEL (value), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (value), 1);
  gtk_label_set_justify (GTK_LABEL (value), GTK_JUSTIFY_RIGHT);
  gtk_widget_add_css_class (value, "dim-label");
  gtk_widget_add_css_class (value, "numeric");
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->lines[index]), value);
  self->values[index] = GTK_LABEL (value);
}

static void
add_row (FreshetNetworkWindow *self,
         gsize                 index)
{
  GtkWidget *line = adw_action_row_new ();

  self->lines[index] = line;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (line), _(rows[index].title));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (line), FALSE);
  if (rows[index].subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (line), _(rows[index].subtitle));
  if (!rows[index].is_sentence)
    add_value (self, index);
  gtk_widget_set_visible (line, FALSE);
  adw_preferences_group_add (self->groups[rows[index].group], line);
}

static void
try_again_activated (GtkWidget  *widget,
                     const char *action,
                     GVariant   *parameter)
{
  FreshetNetworkWindow *self = FRESHET_NETWORK_WINDOW (widget);

  self->is_trying = TRUE;
  self->is_heard = FALSE;
  bt_supervisor_ask_routers (self->supervisor);
  refresh (self);
}

static void
sockets_activated (GtkWidget  *widget,
                   const char *action,
                   GVariant   *parameter)
{
  FreshetNetworkWindow *self = FRESHET_NETWORK_WINDOW (widget);

  gtk_window_present (freshet_sockets_window_new (GTK_WINDOW (self), self->supervisor));
}

/* --- Life --- */

static void
freshet_network_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (freshet_network_window_parent_class)->map (widget);
  refresh (FRESHET_NETWORK_WINDOW (widget));
}

static void
freshet_network_window_finalize (GObject *object)
{
  g_clear_object (&FRESHET_NETWORK_WINDOW (object)->supervisor);

  G_OBJECT_CLASS (freshet_network_window_parent_class)->finalize (object);
}

static void
freshet_network_window_class_init (FreshetNetworkWindowClass *klass)
{
  static const char *const names[N_GROUPS] = { "connection", "dht", "others" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_network_window_finalize;
  widget_class->map = freshet_network_window_map;

  g_type_ensure (FRESHET_TYPE_REACH_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-network-window.ui");
  for (gsize i = 0; i < N_GROUPS; i++)
    gtk_widget_class_bind_template_child_full (
        widget_class, names[i], FALSE,
        (gssize) (G_STRUCT_OFFSET (FreshetNetworkWindow, groups) + i * sizeof (gpointer)));
  gtk_widget_class_bind_template_child (widget_class, FreshetNetworkWindow, reach);
  gtk_widget_class_install_action (widget_class, "network.try-again", NULL, try_again_activated);
  gtk_widget_class_install_action (widget_class, "network.sockets", NULL, sockets_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
freshet_network_window_init (FreshetNetworkWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    add_row (self, i);
}

GtkWindow *
freshet_network_window_new (GtkWindow    *parent,
                            BtSupervisor *supervisor)
{
  FreshetNetworkWindow *self =
      g_object_new (FRESHET_TYPE_NETWORK_WINDOW, "transient-for", parent, NULL);

  self->supervisor = g_object_ref (supervisor);
  g_signal_connect_object (supervisor, "ticked", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  return GTK_WINDOW (self);
}
