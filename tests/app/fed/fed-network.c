/* fed-network.c - beneath the real window, a network as a test describes it
 *
 * The linker puts __wrap_… in the place of the engine's function. FRESHET_FED_NETWORK names a file with a group
 * [network]; what is in it takes the place of what the engine says, each time that it is asked. Addresses are words,
 * ages are in seconds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-supervisor.h"

#include <stddef.h>

#define GROUP "network"

BtNetworkFacts *__real_bt_supervisor_get_network_finish (BtSupervisor  *self,
                                                         GAsyncResult  *result,
                                                         GError       **error);
BtNetworkFacts *__wrap_bt_supervisor_get_network_finish (BtSupervisor  *self,
                                                         GAsyncResult  *result,
                                                         GError       **error);

/* Nothing there: 0. */
static guint
read_number (GKeyFile   *file,
             const char *key)
{
  return (guint) g_key_file_get_integer (file, GROUP, key, NULL);
}

static void
read_address (GKeyFile   *file,
              const char *key,
              BtAddress  *out_address)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, key, NULL);

  *out_address = (BtAddress) { 0 };
  if (text != NULL)
    g_assert_true (bt_address_parse (text, 0, out_address));
}

/* "map4-state", "map4-fault", …: the numbers are those of the engine's enumerations. */
static void
read_map (GKeyFile       *file,
          const char     *name,
          BtPortMapFacts *out_facts)
{
  g_autofree char *state = g_strconcat (name, "-state", NULL);
  g_autofree char *fault = g_strconcat (name, "-fault", NULL);
  g_autofree char *method = g_strconcat (name, "-method", NULL);
  g_autofree char *port = g_strconcat (name, "-port", NULL);
  g_autofree char *external = g_strconcat (name, "-external", NULL);
  g_autofree char *is_asking = g_strconcat (name, "-is-asking", NULL);
  g_autofree char *is_tunnel = g_strconcat (name, "-is-tunnel", NULL);

  *out_facts = (BtPortMapFacts) { .state = (BtPortMapState) read_number (file, state),
                                  .fault = (BtMapFault) read_number (file, fault) };
  out_facts->is_asking = read_number (file, is_asking) != 0;
  out_facts->gateway.is_tunnel = read_number (file, is_tunnel) != 0;
  out_facts->mapping.method = (BtMapMethod) read_number (file, method);
  out_facts->mapping.port = (guint16) read_number (file, port);
  read_address (file, external, &out_facts->mapping.external);
}

static void
read_device (GKeyFile       *file,
             BtNetworkFacts *facts)
{
  g_autofree char *device = g_key_file_get_string (file, GROUP, "device", NULL);

  g_strlcpy (facts->device, device != NULL ? device : "", sizeof facts->device);
}

static void
replace_text (GKeyFile    *file,
              const char  *key,
              char       **text)
{
  g_free (*text);
  *text = g_key_file_get_string (file, GROUP, key, NULL);
}

static void
feed (GKeyFile       *file,
      BtNetworkFacts *facts)
{
  guint came_s = read_number (file, "came-s");

  facts->discovery = read_number (file, "discovery");
  facts->port = (guint16) read_number (file, "port");
  facts->announced_port = (guint16) read_number (file, "map4-port");
  facts->incoming_at_us =
      came_s != 0 ? g_get_monotonic_time () - (gint64) came_s * G_USEC_PER_SEC : 0;
  facts->is_mapping = read_number (file, "is-mapping") != 0;
  facts->has_route = read_number (file, "has-route") != 0;
  facts->is_offline = read_number (file, "is-offline") != 0;
  read_device (file, facts);
  facts->is_proxied = read_number (file, "is-proxied") != 0;
  facts->is_proxy_down = read_number (file, "is-proxy-down") != 0;
  facts->is_anonymous = read_number (file, "is-anonymous") != 0;
  facts->has_dht = facts->is_dht_bootstrapped = read_number (file, "dht-nodes") != 0;
  facts->dht.ipv4.is_on = facts->has_dht;
  facts->dht.ipv4.n_good = read_number (file, "dht-nodes");
  facts->dht.ipv4.network_size = 6500000;
  read_address (file, "external4", &facts->external4);
  read_address (file, "external6", &facts->external6);
  read_map (file, "map4", &facts->map4);
  read_map (file, "map6", &facts->map6);
  replace_text (file, "proxy-message", &facts->proxy_message);
  replace_text (file, "udp-message", &facts->udp_message);
}

BtNetworkFacts *
__wrap_bt_supervisor_get_network_finish (BtSupervisor  *self,
                                         GAsyncResult  *result,
                                         GError       **error)
{
  BtNetworkFacts *facts = __real_bt_supervisor_get_network_finish (self, result, error);
  const char *path = g_getenv ("FRESHET_FED_NETWORK");
  g_autoptr (GKeyFile) file = g_key_file_new ();

  /* It is put in place whole, by a rename. */
  if (facts != NULL && path != NULL &&
      g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    feed (file, facts);
  return facts;
}
