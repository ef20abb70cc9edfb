/* freshet-settings.c - from what a person set (GSettings) to what the engine takes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-settings.h"

#include <libportal/portal.h>

#define MINUTE_S 60

static const char *const engine_keys[] = {
  "read-limit-bps", "write-limit-bps", "alternative-read-bps", "alternative-write-bps",
  "use-alternative", "use-timetable", "timetable", "exempt-local", "max-peers",
  "use-queue", "max-downloads", "max-seeds", "count-idle",
  "use-ratio-limit", "ratio-limit", "use-seed-time-limit", "seed-time-limit-min",
  "use-idle-limit", "idle-limit-min", "after-share",
  "min-free-bytes", "use-suffix",
  "use-dht", "use-pex", "use-local-discovery", "encryption", "transport", "map-port",
  "network-interface", "proxy-kind", "proxy-host", "proxy-user", "proxy-for",
  "anonymous-mode", NULL,
};

/* Numbers that are counted up and down, and by which everything is closed and made anew. */
static const char *const slow_engine_keys[] = { "port", "proxy-port", NULL };

gboolean
freshet_settings_is_slow_engine_key (const char *key)
{
  return g_strv_contains (slow_engine_keys, key);
}

gboolean
freshet_settings_is_engine_key (const char *key)
{
  return g_strv_contains (engine_keys, key);
}

static void
read_limits (GSettings  *settings,
             BtSettings *out)
{
  g_auto (GStrv) days = g_settings_get_strv (settings, "timetable");

  out->read_limit_bps = g_settings_get_uint64 (settings, "read-limit-bps");
  out->write_limit_bps = g_settings_get_uint64 (settings, "write-limit-bps");
  out->alternative_read_bps = g_settings_get_uint64 (settings, "alternative-read-bps");
  out->alternative_write_bps = g_settings_get_uint64 (settings, "alternative-write-bps");
  out->use_alternative = g_settings_get_boolean (settings, "use-alternative");
  out->exempt_local = g_settings_get_boolean (settings, "exempt-local");
  /* None was made yet, or somebody wrote nonsense there: then there is no timetable. */
  out->use_timetable = g_settings_get_boolean (settings, "use-timetable") &&
                       bt_timetable_parse ((const char *const *) days, &out->timetable, NULL);
}

static void
read_sharing (GSettings  *settings,
              BtSettings *out)
{
  if (g_settings_get_boolean (settings, "use-queue"))
    {
      out->max_downloads = g_settings_get_uint (settings, "max-downloads");
      out->max_seeds = g_settings_get_uint (settings, "max-seeds");
    }
  out->count_idle = g_settings_get_boolean (settings, "count-idle");
  if (g_settings_get_boolean (settings, "use-ratio-limit"))
    out->ratio_limit = g_settings_get_double (settings, "ratio-limit");
  if (g_settings_get_boolean (settings, "use-seed-time-limit"))
    out->seed_time_limit_s =
        (gint64) g_settings_get_uint (settings, "seed-time-limit-min") * MINUTE_S;
  if (g_settings_get_boolean (settings, "use-idle-limit"))
    out->idle_limit_s = (gint64) g_settings_get_uint (settings, "idle-limit-min") * MINUTE_S;
  /* The numbers in the schema are those of BtAfterShare. */
  out->after_share = (BtAfterShare) g_settings_get_enum (settings, "after-share");
}

static guint
read_discovery (GSettings *settings)
{
  guint discovery = 0;

  if (g_settings_get_boolean (settings, "use-dht"))
    discovery |= BT_DISCOVERY_DHT;
  if (g_settings_get_boolean (settings, "use-pex"))
    discovery |= BT_DISCOVERY_PEX;
  if (g_settings_get_boolean (settings, "use-local-discovery"))
    discovery |= BT_DISCOVERY_LOCAL;
  return discovery;
}

/* The password is not here. A proxy that is nowhere yet is none. */
static void
read_proxy (GSettings *settings,
            BtProxy   *out)
{
  g_autofree char *host = g_settings_get_string (settings, "proxy-host");
  g_autofree char *user = g_settings_get_string (settings, "proxy-user");
  int use = g_settings_get_enum (settings, "proxy-for");

  if (host[0] == '\0')
    return;
  /* The numbers in the schema are those of BtProxyKind; of use 1 is peers alone, 2 trackers alone. */
  out->kind = (BtProxyKind) g_settings_get_enum (settings, "proxy-kind");
  out->port = (guint16) g_settings_get_uint (settings, "proxy-port");
  out->for_peers = use != 2;
  out->for_trackers = use != 1;
  g_strlcpy (out->host, host, sizeof out->host);
  g_strlcpy (out->user, user, sizeof out->user);
}

static void
read_network (GSettings         *settings,
              BtNetworkSettings *out)
{
  g_autofree char *device = g_settings_get_string (settings, "network-interface");

  /* The numbers in the schema are those of BtEncryption and BtTransport. */
  out->encryption = (BtEncryption) g_settings_get_enum (settings, "encryption");
  out->transport = (BtTransport) g_settings_get_enum (settings, "transport");
  out->port = (guint16) g_settings_get_uint (settings, "port");
  out->map_port = g_settings_get_boolean (settings, "map-port");
  g_strlcpy (out->device, device, sizeof out->device);
  out->is_anonymous = g_settings_get_boolean (settings, "anonymous-mode");
  read_proxy (settings, &out->proxy);
}

void
freshet_settings_read (GSettings  *settings,
                       BtSettings *out_settings)
{
  BtSettings read = { 0 };

  read_limits (settings, &read);
  read_sharing (settings, &read);
  read.max_peers = g_settings_get_uint (settings, "max-peers");
  read.min_free_bytes = g_settings_get_uint64 (settings, "min-free-bytes");
  read.no_suffix = !g_settings_get_boolean (settings, "use-suffix");
  read.discovery = read_discovery (settings);
  read_network (settings, &read.network);
  *out_settings = read;
}

char *
freshet_settings_dup_path (GSettings  *settings,
                           const char *key)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, key);
  const char *path = g_variant_get_bytestring (value);

  return *path != '\0' ? g_strdup (path) : NULL;
}

char *
freshet_settings_dup_download_folder (GSettings *settings)
{
  char *chosen = freshet_settings_dup_path (settings, "download-folder");
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);

  if (chosen != NULL)
    return chosen;
  if (downloads != NULL)
    return g_strdup (downloads);
  /* A sandbox's home is gone when the program ends, but for its own data. */
  if (xdp_portal_running_under_sandbox ())
    return g_build_filename (g_get_user_data_dir (), "Downloads", NULL);
  return g_strdup (g_get_home_dir ());
}
