/* freshet-network-rules.c - which rows of the network page mean nothing at the moment, and why
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-network-rules.h"

#include <glib/gi18n.h>

/* What a row says while it can be used. */
#define SUBTITLE "freshet-subtitle"
#define RULE     "freshet-rule"

/* The numbers are those of the schema. */
typedef enum
{
  PROXY_FOR_TRACKERS = 2,
} ProxyFor;

typedef enum
{
  PROXY_HTTP = 2,
} ProxyKind;

static gboolean
proxies_peers (GSettings *settings)
{
  g_autofree char *host = g_settings_get_string (settings, "proxy-host");

  return g_settings_get_enum (settings, "proxy-kind") != 0 && host[0] != '\0' &&
         g_settings_get_enum (settings, "proxy-for") != PROXY_FOR_TRACKERS;
}

const char *
freshet_network_rules_explain (GSettings   *settings,
                               FreshetRule  rule)
{
  gboolean is_proxied = proxies_peers (settings);
  gboolean is_anonymous = g_settings_get_boolean (settings, "anonymous-mode");

  switch (rule)
    {
    case FRESHET_RULE_PORT:
      return is_proxied ? _("Nobody connects to you through a proxy") : NULL;
    case FRESHET_RULE_MAP_PORT:
      if (is_proxied)
        return _("Nobody connects to you through a proxy");
      return is_anonymous ? _("Not in anonymous mode: your router would be told") : NULL;
    case FRESHET_RULE_DHT:
      return is_proxied && g_settings_get_enum (settings, "proxy-kind") == PROXY_HTTP
               ? _("Not through an HTTP proxy") : NULL;
    case FRESHET_RULE_LOCAL:
      if (is_proxied)
        return _("Not while peers are reached through a proxy");
      return is_anonymous ? _("Not in anonymous mode: your own network would be told") : NULL;
    case N_FRESHET_RULES:
    default:
      return NULL;
    }
}

static void
show (AdwActionRow *row,
      GSettings    *settings)
{
  FreshetRule rule = (FreshetRule) GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), RULE));
  const char *reason = freshet_network_rules_explain (settings, rule);
  const char *subtitle = reason != NULL ? reason : g_object_get_data (G_OBJECT (row), SUBTITLE);

  gtk_widget_set_sensitive (GTK_WIDGET (row), reason == NULL);
  adw_action_row_set_subtitle (row, subtitle);
}

static void
changed_cb (AdwActionRow *row,
            const char   *key,
            GSettings    *settings)
{
  if (g_str_has_prefix (key, "proxy-") || g_str_equal (key, "anonymous-mode"))
    show (row, settings);
}

void
freshet_network_rules_bind (GSettings    *settings,
                            FreshetRule   rule,
                            AdwActionRow *row)
{
  g_object_set_data_full (G_OBJECT (row), SUBTITLE, g_strdup (adw_action_row_get_subtitle (row)),
                          g_free);
  g_object_set_data (G_OBJECT (row), RULE, GUINT_TO_POINTER (rule));
  g_signal_connect_object (settings, "changed", G_CALLBACK (changed_cb), row, G_CONNECT_SWAPPED);
  show (row, settings);
}
