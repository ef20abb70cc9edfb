/* test-secret.c - the proxy's password in a real keyring, and where there is none; run by secret.py
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "preferences/freshet-secret.h"

#include <libsecret/secret.h>

static GSettings *
make_settings (const char *host)
{
  GSettings *settings = g_settings_new ("org.freshet.Freshet");

  g_settings_set_enum (settings, "proxy-kind", 1);
  g_settings_set_string (settings, "proxy-host", host);
  g_settings_set_uint (settings, "proxy-port", 1080);
  g_settings_set_string (settings, "proxy-user", "ann");
  return settings;
}

/* Turns the loop until the keyring has told this password. */
static void
wait_password (FreshetSecret *secret,
               const char    *expected)
{
  while (g_strcmp0 (freshet_secret_get_password (secret), expected) != 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_kept (FreshetSecret *secret,
           gboolean       is_kept)
{
  while (freshet_secret_is_kept (secret) != is_kept)
    g_main_context_iteration (NULL, TRUE);
}

/* Until the keyring itself has this password (NULL: none) for the proxy. */
static void
wait_keyring (const char *expected)
{
  static const SecretSchema schema = { "org.freshet.Freshet.Proxy", SECRET_SCHEMA_NONE,
                                       { { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                         { "port", SECRET_SCHEMA_ATTRIBUTE_INTEGER },
                                         { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
                                         { NULL, 0 } } };
  gboolean is_there = FALSE;

  while (!is_there)
    {
      g_autoptr (GError) error = NULL;
      char *found = secret_password_lookup_sync (&schema, NULL, &error, "host", "proxy.test",
                                                 "port", 1080, "user", "ann", NULL);

      g_assert_no_error (error);
      is_there = g_strcmp0 (found, expected) == 0;
      secret_password_free (found);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

/* What one has set another reads, who starts later, and takes it back. */
static void
test_keyring (void)
{
  g_autoptr (GSettings) settings = make_settings ("proxy.test");
  g_autoptr (FreshetSecret) first = freshet_secret_new (settings);
  g_autoptr (FreshetSecret) second = NULL;

  freshet_secret_set_password (first, "p@ss:word/%");
  wait_keyring ("p@ss:word/%");
  g_assert_true (freshet_secret_is_kept (first));
  second = freshet_secret_new (settings);
  g_assert_cmpstr (freshet_secret_get_password (second), ==, "");
  wait_password (second, "p@ss:word/%");

  g_settings_set_string (settings, "proxy-host", "other.test");
  g_assert_cmpstr (freshet_secret_get_password (second), ==, "");
  g_settings_set_string (settings, "proxy-host", "proxy.test");
  wait_password (second, "p@ss:word/%");

  freshet_secret_set_password (second, "");
  wait_keyring (NULL);
  g_assert_true (freshet_secret_is_kept (second));
}

/* It is used as long as the program runs, and the person is told. */
static void
test_nowhere (void)
{
  g_autoptr (GSettings) settings = make_settings ("proxy.test");
  g_autoptr (FreshetSecret) secret = freshet_secret_new (settings);

  freshet_secret_set_password (secret, "p@ss:word/%");
  wait_kept (secret, FALSE);
  g_assert_cmpstr (freshet_secret_get_password (secret), ==, "p@ss:word/%");
  g_settings_set_enum (settings, "proxy-kind", 2);
  g_assert_cmpstr (freshet_secret_get_password (secret), ==, "p@ss:word/%");
  g_settings_set_string (settings, "proxy-user", "bob");
  g_assert_cmpstr (freshet_secret_get_password (secret), ==, "");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/keyring", test_keyring);
  g_test_add_func ("/secret/nowhere", test_nowhere);
  return g_test_run ();
}
