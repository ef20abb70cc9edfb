/* freshet-proxy-group.c - rows for a proxy
 *
 * What is typed counts when it is applied, not letter by letter: everything is closed and made anew by it. What cannot
 * be right is said then, and stays to be mended.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-proxy-group.h"

#include "freshet-spin-row.h"
#include "supervisor/bt.h"

#include <glib/gi18n.h>
#include <string.h>

struct _FreshetProxyGroup
{
  AdwPreferencesGroup parent_instance;

  AdwComboRow   *kind;
  GtkEditable   *host;
  GtkWidget     *port;
  GtkEditable   *user;
  GtkEditable   *password;
  AdwComboRow   *use;
  GtkWidget     *not_kept;
  AdwActionRow  *host_fault;

  GSettings     *settings;  /* owned */
  FreshetSecret *secret;    /* owned */
};

G_DEFINE_FINAL_TYPE (FreshetProxyGroup, freshet_proxy_group, ADW_TYPE_PREFERENCES_GROUP)

static gboolean
port_to_row (GValue   *value,
             GVariant *variant,
             gpointer  user_data)
{
  g_value_set_double (value, g_variant_get_uint32 (variant));
  return TRUE;
}

static GVariant *
port_from_row (const GValue       *value,
               const GVariantType *type,
               gpointer            user_data)
{
  return g_variant_new_uint32 ((guint32) (g_value_get_double (value) + 0.5));
}

/* --- The host --- */

/* What a proxy is called, or one of its addresses. */
static gboolean
is_host (const char *text)
{
  if (g_hostname_is_ip_address (text))
    return TRUE;
  if (text[0] == '\0' || text[0] == '-' || text[0] == '.' ||
      strlen (text) >= BT_PROXY_MAX_HOST_BYTES)
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("-._", *at) == NULL && (*at & 0x80) == 0)
      return FALSE;
  return TRUE;
}

/* NULL: there is nothing to say. (transfer full) */
static char *
describe_fault (FreshetProxyGroup *self)
{
  g_autofree char *kept = g_settings_get_string (self->settings, "proxy-host");
  g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (self->host)));

  if (adw_combo_row_get_selected (self->kind) == 0)
    return NULL;
  if (typed[0] != '\0' && !is_host (typed))
    /* Translators: what a person typed */
    return g_strdup_printf (_("“%s” is neither a host name nor an address. It is written like "
                              "proxy.example.org or 192.0.2.7, and the port goes in its own row."),
                            typed);
  if (kept[0] == '\0')
    return g_strdup (_("As long as there is no host name or address, no proxy is used"));
  return NULL;
}

static void
show_fault (FreshetProxyGroup *self)
{
  g_autofree char *text = describe_fault (self);
  g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (self->host)));
  gboolean is_wrong = text != NULL && typed[0] != '\0';

  gtk_widget_set_visible (GTK_WIDGET (self->host_fault), text != NULL);
  if (text != NULL)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->host_fault), text);
  if (is_wrong)
    gtk_widget_add_css_class (GTK_WIDGET (self->host), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->host), "error");
}

/* Nobody is corrected while they type, and told at once when it is right. */
static void
host_changed_cb (FreshetProxyGroup *self)
{
  if (self->settings != NULL && gtk_widget_has_css_class (GTK_WIDGET (self->host), "error"))
    show_fault (self);
}

/* What cannot be a host stays in the row, and what held before holds. */
static void
host_applied_cb (FreshetProxyGroup *self)
{
  g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (self->host)));
  BtProxy proxy = { 0 };

  /* Pasted whole. */
  if (strstr (typed, "://") != NULL && bt_proxy_parse_uri (typed, &proxy))
    {
      adw_combo_row_set_selected (self->kind, (guint) proxy.kind);
      g_settings_set_uint (self->settings, "proxy-port", proxy.port);
      if (proxy.user[0] != '\0')
        g_settings_set_string (self->settings, "proxy-user", proxy.user);
      if (proxy.password[0] != '\0')
        freshet_secret_set_password (self->secret, proxy.password);
      g_settings_set_string (self->settings, "proxy-host", proxy.host);
      gtk_editable_set_text (self->host, proxy.host);
    }
  else if (typed[0] == '\0' || is_host (typed))
    g_settings_set_string (self->settings, "proxy-host", typed);
  show_fault (self);
}

/* --- The rest --- */

/* The usual port of the other kind is not meant any more. */
static void
change_port (FreshetProxyGroup *self,
             BtProxyKind        kind)
{
  guint port = g_settings_get_uint (self->settings, "proxy-port");

  if (kind == BT_PROXY_HTTP && port == BT_PROXY_DEFAULT_SOCKS5_PORT)
    g_settings_set_uint (self->settings, "proxy-port", BT_PROXY_DEFAULT_HTTP_PORT);
  else if (kind == BT_PROXY_SOCKS5 && port == BT_PROXY_DEFAULT_HTTP_PORT)
    g_settings_set_uint (self->settings, "proxy-port", BT_PROXY_DEFAULT_SOCKS5_PORT);
}

/* The numbers of the schema's choices are those of the rows. */
static void
kind_changed_cb (FreshetProxyGroup *self)
{
  guint kind = adw_combo_row_get_selected (self->kind);
  GtkWidget *rows[] = { GTK_WIDGET (self->host), self->port, GTK_WIDGET (self->user),
                        GTK_WIDGET (self->password), GTK_WIDGET (self->use) };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (rows[i], kind != 0);
  if (self->settings == NULL)
    return;
  if (kind != GTK_INVALID_LIST_POSITION &&
      (guint) g_settings_get_enum (self->settings, "proxy-kind") != kind)
    {
      g_settings_set_enum (self->settings, "proxy-kind", (int) kind);
      change_port (self, (BtProxyKind) kind);
    }
  show_fault (self);
}

static void
use_changed_cb (FreshetProxyGroup *self)
{
  guint use = adw_combo_row_get_selected (self->use);

  if (self->settings != NULL && use != GTK_INVALID_LIST_POSITION &&
      (guint) g_settings_get_enum (self->settings, "proxy-for") != use)
    g_settings_set_enum (self->settings, "proxy-for", (int) use);
}

static void
user_applied_cb (FreshetProxyGroup *self)
{
  g_settings_set_string (self->settings, "proxy-user", gtk_editable_get_text (self->user));
}

static void
password_applied_cb (FreshetProxyGroup *self)
{
  freshet_secret_set_password (self->secret, gtk_editable_get_text (self->password));
}

static void
set_text (GtkEditable *row,
          const char  *text)
{
  if (!g_str_equal (gtk_editable_get_text (row), text))
    gtk_editable_set_text (row, text);
}

/* What is being typed into the others stays. */
static void
show_setting (FreshetProxyGroup *self,
              const char        *key)
{
  if (g_str_equal (key, "proxy-host") || g_str_equal (key, "proxy-user"))
    {
      g_autofree char *text = g_settings_get_string (self->settings, key);

      set_text (g_str_equal (key, "proxy-host") ? self->host : self->user, text);
    }
  else if (g_str_equal (key, "proxy-kind"))
    adw_combo_row_set_selected (self->kind, (guint) g_settings_get_enum (self->settings, key));
  else if (g_str_equal (key, "proxy-for"))
    adw_combo_row_set_selected (self->use, (guint) g_settings_get_enum (self->settings, key));
  else
    return;
  show_fault (self);
}

static void
show_settings (FreshetProxyGroup *self)
{
  static const char *const keys[] = { "proxy-host", "proxy-user", "proxy-kind", "proxy-for" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    show_setting (self, keys[i]);
}

static void
settings_changed_cb (FreshetProxyGroup *self,
                     const char        *key)
{
  show_setting (self, key);
}

static void
show_secret (FreshetProxyGroup *self)
{
  const char *password = freshet_secret_get_password (self->secret);

  set_text (self->password, password);
  gtk_widget_set_visible (self->not_kept,
                          password[0] != '\0' && !freshet_secret_is_kept (self->secret));
}

void
freshet_proxy_group_bind (FreshetProxyGroup *self,
                          GSettings         *settings,
                          FreshetSecret     *secret)
{
  g_return_if_fail (FRESHET_IS_PROXY_GROUP (self) && self->settings == NULL);

  self->settings = g_object_ref (settings);
  self->secret = g_object_ref (secret);
  g_settings_bind_with_mapping (settings, "proxy-port", self->port, "value",
                                G_SETTINGS_BIND_DEFAULT, port_to_row, port_from_row, NULL, NULL);
  show_settings (self);
  show_secret (self);
  kind_changed_cb (self);
  g_signal_connect_object (settings, "changed", G_CALLBACK (settings_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (secret, "notify", G_CALLBACK (show_secret), self, G_CONNECT_SWAPPED);
}

static void
freshet_proxy_group_dispose (GObject *object)
{
  FreshetProxyGroup *self = FRESHET_PROXY_GROUP (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->secret);

  G_OBJECT_CLASS (freshet_proxy_group_parent_class)->dispose (object);
}

static void
freshet_proxy_group_class_init (FreshetProxyGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_proxy_group_dispose;

  g_type_ensure (FRESHET_TYPE_SPIN_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-proxy-group.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, kind);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, host);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, port);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, user);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, password);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, use);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, not_kept);
  gtk_widget_class_bind_template_child (widget_class, FreshetProxyGroup, host_fault);
  gtk_widget_class_bind_template_callback (widget_class, kind_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, use_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, host_applied_cb);
  gtk_widget_class_bind_template_callback (widget_class, host_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, user_applied_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_applied_cb);
}

static void
freshet_proxy_group_init (FreshetProxyGroup *self)
{
  GtkEditable *words[2];

  gtk_widget_init_template (GTK_WIDGET (self));
  words[0] = self->user;
  words[1] = self->password;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (words[i])),
                             BT_PROXY_MAX_WORD_BYTES - 1);
}
