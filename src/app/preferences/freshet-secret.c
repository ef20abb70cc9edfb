/* freshet-secret.c - the proxy's password: in the keyring where there is one, else in memory only
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-secret.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

struct _FreshetSecret
{
  GObject       parent_instance;

  GSettings    *settings;     /* owned */
  GCancellable *cancellable;  /* owned; of the look-up under way, nullable */
  char         *password;     /* owned */
  char         *place;        /* owned; host, port and user that it is for */
  gboolean      is_kept;
};

enum
{
  PROP_0,
  PROP_PASSWORD,
  PROP_IS_KEPT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FreshetSecret, freshet_secret, G_TYPE_OBJECT)

static const SecretSchema schema = {
  "org.freshet.Freshet.Proxy",
  SECRET_SCHEMA_NONE,
  {
    { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "port", SECRET_SCHEMA_ATTRIBUTE_INTEGER },
    { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { NULL, 0 },
  },
};

/* NULL: nobody needs a password. (transfer full) */
static GHashTable *
make_attributes (FreshetSecret *self)
{
  g_autofree char *host = g_settings_get_string (self->settings, "proxy-host");
  g_autofree char *user = g_settings_get_string (self->settings, "proxy-user");

  if (g_settings_get_enum (self->settings, "proxy-kind") == 0 || host[0] == '\0' ||
      user[0] == '\0')
    return NULL;
  return secret_attributes_build (&schema, "host", host, "port",
                                  (int) g_settings_get_uint (self->settings, "proxy-port"), "user",
                                  user, NULL);
}

static void
take_password (FreshetSecret *self,
               const char    *password)
{
  if (g_strcmp0 (self->password, password) == 0)
    return;
  g_free (self->password);
  self->password = g_strdup (password);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PASSWORD]);
}

static void
set_kept (FreshetSecret *self,
          gboolean       is_kept)
{
  if (self->is_kept == is_kept)
    return;
  self->is_kept = is_kept;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_KEPT]);
}

static void
looked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  char *password = secret_password_lookup_finish (result, &error);
  FreshetSecret *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  set_kept (self, error == NULL);
  if (password != NULL)
    take_password (self, password);
  secret_password_free (password);
}

static void
look_up (FreshetSecret *self)
{
  g_autoptr (GHashTable) attributes = make_attributes (self);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (attributes == NULL)
    return;
  self->cancellable = g_cancellable_new ();
  secret_password_lookupv (&schema, attributes, self->cancellable, looked_up_cb, self);
}

/* A password is for one proxy and user, and is not told any other. */
static void
note_place (FreshetSecret *self)
{
  g_autofree char *host = g_settings_get_string (self->settings, "proxy-host");
  g_autofree char *user = g_settings_get_string (self->settings, "proxy-user");
  g_autofree char *place = g_strdup_printf ("%s\n%u\n%s", host,
                                            g_settings_get_uint (self->settings, "proxy-port"),
                                            user);

  if (self->place != NULL && !g_str_equal (self->place, place))
    take_password (self, "");
  g_free (self->place);
  self->place = g_steal_pointer (&place);
}

static void
settings_changed_cb (FreshetSecret *self,
                     const char    *key)
{
  if (!g_str_equal (key, "proxy-host") && !g_str_equal (key, "proxy-port") &&
      !g_str_equal (key, "proxy-user") && !g_str_equal (key, "proxy-kind"))
    return;
  note_place (self);
  look_up (self);
}

static void
stored_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetSecret) self = user_data;

  set_kept (self, secret_password_store_finish (result, NULL));
}

static void
cleared_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (FreshetSecret) self = user_data;

  secret_password_clear_finish (result, NULL);
}

void
freshet_secret_set_password (FreshetSecret *self,
                             const char    *password)
{
  g_autoptr (GHashTable) attributes = make_attributes (self);

  g_return_if_fail (FRESHET_IS_SECRET (self));

  take_password (self, password);
  if (attributes == NULL)
    return;
  if (password[0] != '\0')
    secret_password_storev (&schema, attributes, SECRET_COLLECTION_DEFAULT,
                            _("Password of Freshet’s proxy"), password, NULL, stored_cb,
                            g_object_ref (self));
  else
    secret_password_clearv (&schema, attributes, NULL, cleared_cb, g_object_ref (self));
}

const char *
freshet_secret_get_password (FreshetSecret *self)
{
  g_return_val_if_fail (FRESHET_IS_SECRET (self), "");

  return self->password;
}

gboolean
freshet_secret_is_kept (FreshetSecret *self)
{
  g_return_val_if_fail (FRESHET_IS_SECRET (self), FALSE);

  return self->is_kept;
}

static void
freshet_secret_dispose (GObject *object)
{
  FreshetSecret *self = FRESHET_SECRET (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_secret_parent_class)->dispose (object);
}

static void
freshet_secret_finalize (GObject *object)
{
  secret_password_free (FRESHET_SECRET (object)->password);
  g_free (FRESHET_SECRET (object)->place);

  G_OBJECT_CLASS (freshet_secret_parent_class)->finalize (object);
}

static void
freshet_secret_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  FreshetSecret *self = FRESHET_SECRET (object);

  switch (id)
    {
    case PROP_PASSWORD:
      g_value_set_string (value, self->password);
      break;
    case PROP_IS_KEPT:
      g_value_set_boolean (value, self->is_kept);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
freshet_secret_class_init (FreshetSecretClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = freshet_secret_dispose;
  object_class->finalize = freshet_secret_finalize;
  object_class->get_property = freshet_secret_get_property;
  properties[PROP_PASSWORD] =
      g_param_spec_string ("password", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_IS_KEPT] =
      g_param_spec_boolean ("is-kept", NULL, NULL, TRUE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
freshet_secret_init (FreshetSecret *self)
{
  self->password = g_strdup ("");
  self->is_kept = TRUE;
}

FreshetSecret *
freshet_secret_new (GSettings *settings)
{
  FreshetSecret *self = g_object_new (FRESHET_TYPE_SECRET, NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed", G_CALLBACK (settings_changed_cb), self,
                           G_CONNECT_SWAPPED);
  note_place (self);
  look_up (self);
  return self;
}
