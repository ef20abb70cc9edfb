/* freshet-proxy-group.c - rows for a proxy
 *
 * What is typed counts when it is applied, not letter by letter: everything is closed and made anew by it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-proxy-group.h"

#include "freshet-spin-row.h"

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

/* The numbers of the schema's choices are those of the rows. */
static void
kind_changed_cb (FreshetProxyGroup *self)
{
  guint kind = adw_combo_row_get_selected (self->kind);
  GtkWidget *rows[] = { GTK_WIDGET (self->host), self->port, GTK_WIDGET (self->user),
                        GTK_WIDGET (self->password), GTK_WIDGET (self->use) };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (rows[i], kind != 0);
  if (self->settings != NULL && kind != GTK_INVALID_LIST_POSITION &&
      (guint) g_settings_get_enum (self->settings, "proxy-kind") != kind)
    g_settings_set_enum (self->settings, "proxy-kind", (int) kind);
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
host_applied_cb (FreshetProxyGroup *self)
{
  g_settings_set_string (self->settings, "proxy-host", gtk_editable_get_text (self->host));
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

static void
show_settings (FreshetProxyGroup *self)
{
  g_autofree char *host = g_settings_get_string (self->settings, "proxy-host");
  g_autofree char *user = g_settings_get_string (self->settings, "proxy-user");

  set_text (self->host, host);
  set_text (self->user, user);
  adw_combo_row_set_selected (self->kind,
                              (guint) g_settings_get_enum (self->settings, "proxy-kind"));
  adw_combo_row_set_selected (self->use,
                              (guint) g_settings_get_enum (self->settings, "proxy-for"));
}

static void
settings_changed_cb (FreshetProxyGroup *self,
                     const char        *key)
{
  if (g_str_has_prefix (key, "proxy-"))
    show_settings (self);
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
  gtk_widget_class_bind_template_callback (widget_class, kind_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, use_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, host_applied_cb);
  gtk_widget_class_bind_template_callback (widget_class, user_applied_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_applied_cb);
}

static void
freshet_proxy_group_init (FreshetProxyGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
