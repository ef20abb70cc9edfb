/* cli-options-judge.c - what the words mean, or what is wrong with them, in one sentence
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-options-private.h"

#include "cli-numbers.h"

#include "base/bt-proxy-uri.h"

#include <glib/gi18n.h>
#include <string.h>

#define MIN_INTERVAL_S 1
#define MAX_INTERVAL_S (24 * 60 * 60)

gboolean
cli_options_fail (GError     **error,
                  const char  *option,
                  const char  *value,
                  const char  *expected)
{
  g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, _("%s: “%s” is not %s"),
               option, value, expected);
  return FALSE;
}

gboolean
cli_options_refuse (GError     **error,
                    const char  *option,
                    const char  *sentence)
{
  g_set_error (error, CLI_OPTIONS_ERROR, CLI_OPTIONS_ERROR_WRONG, "%s: %s", option, sentence);
  return FALSE;
}

gboolean
cli_options_judge_number (const char  *option,
                          const char  *text,
                          guint64      min,
                          guint64      max,
                          guint       *out_value,
                          GError     **error)
{
  g_autofree char *expected = NULL;
  guint64 value;

  if (text == NULL)
    return TRUE;
  if (cli_parse_number (text, min, max, &value))
    {
      *out_value = (guint) value;
      return TRUE;
    }
  expected = g_strdup_printf (_("a number from %u to %u"), (guint) min, (guint) max);
  return cli_options_fail (error, option, text, expected);
}

gboolean
cli_options_judge_rate (const char  *option,
                        const char  *text,
                        guint64     *out_bps,
                        GError     **error)
{
  if (text == NULL || cli_parse_size (text, out_bps))
    return TRUE;
  return cli_options_fail (error, option, text,
                           _("a number of bytes per second, such as 500K or 2M"));
}

static gboolean
judge_sockets (CliOptions     *options,
               const CliSaid  *said,
               GError        **error)
{
  guint port = 0;

  if (!cli_options_judge_number ("--port", said->port, 0, G_MAXUINT16, &port, error))
    return FALSE;
  options->port = (guint16) port;
  if (said->bind != NULL &&
      (!bt_address_parse (said->bind, 0, &options->bind) || options->bind.port != 0))
    return cli_options_fail (error, "--bind", said->bind, _("an IPv4 or IPv6 address"));
  return TRUE;
}

static gboolean
judge_peers (CliOptions     *options,
             const CliSaid  *said,
             GError        **error)
{
  guint n = said->peers != NULL ? g_strv_length (said->peers) : 0;

  if (n > CLI_MAX_PEER_ADDRESSES)
    return cli_options_refuse (error, "--peer", _("too many addresses"));
  for (guint i = 0; i < n; i++)
    {
      BtKnownAddress peer = { .sources = BT_SOURCE_PERSON };

      if (!bt_address_parse (said->peers[i], 0, &peer.address) ||
          !bt_address_is_connectable (&peer.address))
        return cli_options_fail (error, "--peer", said->peers[i],
                                 _("an address with a port, such as 192.0.2.1:6881"));
      g_array_append_val (options->peers, peer);
    }
  return TRUE;
}

static gboolean
judge_encryption (CliOptions     *options,
                  const CliSaid  *said,
                  GError        **error)
{
  const char *how = said->encryption != NULL ? said->encryption : "prefer";
  BtEncryption *out = &options->settings.network.encryption;

  if (strcmp (how, "prefer") == 0)
    *out = BT_ENCRYPTION_PREFER;
  else if (strcmp (how, "require") == 0)
    *out = BT_ENCRYPTION_REQUIRE;
  else if (strcmp (how, "off") == 0)
    *out = BT_ENCRYPTION_OFF;
  else
    return cli_options_fail (error, "--encryption", how, _("prefer, require or off"));
  return TRUE;
}

static gboolean
judge_transport (CliOptions     *options,
                 const CliSaid  *said,
                 GError        **error)
{
  const char *transport = said->transport != NULL ? said->transport : "both";
  BtTransport *out = &options->settings.network.transport;

  if (strcmp (transport, "both") == 0)
    *out = BT_TRANSPORT_BOTH;
  else if (strcmp (transport, "tcp") == 0)
    *out = BT_TRANSPORT_TCP;
  else if (strcmp (transport, "utp") == 0)
    *out = BT_TRANSPORT_UTP;
  else
    return cli_options_fail (error, "--transport", transport, _("both, tcp or utp"));
  return TRUE;
}

static gboolean
judge_seeding (CliOptions     *options,
               const CliSaid  *said,
               GError        **error)
{
  guint64 seconds;

  if (said->seed_ratio != NULL && !cli_parse_ratio (said->seed_ratio, &options->seed_ratio))
    return cli_options_fail (error, "--seed-ratio", said->seed_ratio, _("a number such as 1.5"));
  if (said->seed_time != NULL)
    {
      if (!cli_parse_time (said->seed_time, &seconds))
        return cli_options_fail (error, "--seed-time", said->seed_time,
                                 _("a time in seconds, or such as 10m or 2h"));
      options->seed_time_s = (gint64) seconds;
    }
  return TRUE;
}

static gboolean
judge_files (CliOptions     *options,
             const CliSaid  *said,
             GError        **error)
{
  const char *how = said->preallocate != NULL ? said->preallocate : "sparse";

  if (strcmp (how, "none") == 0)
    options->preallocation = BT_PREALLOCATION_NONE;
  else if (strcmp (how, "sparse") == 0)
    options->preallocation = BT_PREALLOCATION_SPARSE;
  else if (strcmp (how, "full") == 0)
    options->preallocation = BT_PREALLOCATION_FULL;
  else
    return cli_options_fail (error, "--preallocate", how, _("none, sparse or full"));
  if (said->select == NULL)
    return TRUE;
  options->selection = cli_parse_selection (said->select);
  if (options->selection == NULL)
    return cli_options_fail (error, "--select", said->select,
                             _("a list of file numbers, such as 0,2,5-9"));
  if (g_strv_length (options->arguments) > 1)
    return cli_options_refuse (error, "--select", _("only for one torrent at a time"));
  return TRUE;
}

static gboolean
judge_piece_size (CliOptions     *options,
                  const CliSaid  *said,
                  GError        **error)
{
  guint64 bytes = 0;

  if (said->piece_size == NULL)
    return TRUE;
  if (!cli_parse_size (said->piece_size, &bytes) || bytes < BT_CREATE_MIN_PIECE_BYTES ||
      bytes > BT_CREATE_MAX_PIECE_BYTES || (bytes & (bytes - 1)) != 0)
    return cli_options_fail (error, "--piece-size", said->piece_size,
                             _("a power of two from 16K to 16M"));
  options->piece_bytes = (guint32) bytes;
  return TRUE;
}

static gboolean
judge_limits (CliOptions     *options,
              const CliSaid  *said,
              GError        **error)
{
  return cli_options_judge_number ("--max-peers", said->max_peers, 1, CLI_MAX_PEERS,
                                   &options->max_peers, error) &&
         cli_options_judge_number ("--upload-slots", said->upload_slots, 0, CLI_MAX_PEERS,
                                   &options->upload_slots, error) &&
         cli_options_judge_number ("--interval", said->interval, MIN_INTERVAL_S, MAX_INTERVAL_S,
                                   &options->interval_s, error) &&
         cli_options_judge_rate ("--download-limit", said->download_limit,
                                 &options->download_limit_bps, error) &&
         cli_options_judge_rate ("--upload-limit", said->upload_limit,
                                 &options->upload_limit_bps, error);
}

/* As the kernel's dev_valid_name(). */
/* The environment's password does not show in a list of processes. */
static gboolean
judge_proxy (CliOptions     *options,
             const CliSaid  *said,
             GError        **error)
{
  const char *what = said->proxy_for != NULL ? said->proxy_for : "both";
  const char *password = g_getenv ("FRESHET_PROXY_PASSWORD");
  BtProxy *proxy = &options->settings.network.proxy;

  options->settings.network.is_anonymous = options->is_anonymous;
  if (strcmp (what, "both") != 0 && strcmp (what, "trackers") != 0 && strcmp (what, "peers") != 0)
    return cli_options_fail (error, "--proxy-for", what, _("trackers, peers or both"));
  if (said->proxy == NULL)
    return said->proxy_for == NULL ||
           cli_options_refuse (error, "--proxy-for", _("there is no --proxy"));
  if (!bt_proxy_parse_uri (said->proxy, proxy))
    return cli_options_refuse (error, "--proxy",
                               _("not the URL of a proxy, such as socks5://192.0.2.1:1080"));
  if (proxy->user[0] != '\0' && proxy->password[0] == '\0' && password != NULL &&
      g_strlcpy (proxy->password, password, sizeof proxy->password) >= sizeof proxy->password)
    return cli_options_refuse (error, "--proxy", _("the password is too long"));
  proxy->for_trackers = strcmp (what, "peers") != 0;
  proxy->for_peers = strcmp (what, "trackers") != 0;
  return TRUE;
}

static gboolean
judge_interface (CliOptions     *options,
                 const CliSaid  *said,
                 GError        **error)
{
  char *device = options->settings.network.device;

  if (options->wants_sockets && !options->is_json)
    return cli_options_refuse (error, "--sockets", _("it needs --json"));
  if (said->interface == NULL)
    return TRUE;
  if (said->interface[0] == '\0' || strlen (said->interface) >= IFNAMSIZ ||
      strpbrk (said->interface, "/: \t\n") != NULL)
    return cli_options_fail (error, "--interface", said->interface,
                             _("the name of a network interface, like tun0"));
  g_strlcpy (device, said->interface, IFNAMSIZ);
  return TRUE;
}

/* A name or an address, and a port. */
static gboolean
judge_nodes (CliOptions  *options,
             GError     **error)
{
  for (guint i = 0; options->dht_nodes != NULL && options->dht_nodes[i] != NULL; i++)
    if (i >= BT_DISCOVERY_MAX_DHT_NODES ||
        !bt_discovery_split_node (options->dht_nodes[i], NULL, NULL))
      return cli_options_fail (error, "--dht-node", options->dht_nodes[i],
                               _("a host and its port, like dht.example.org:6881"));
  return TRUE;
}

/* The words of `set` are like others', and mean other things. */
gboolean
cli_options_judge (CliOptions     *options,
                   const CliSaid  *said,
                   gboolean        needs_state,
                   GError        **error)
{
  if (!cli_options_judge_state (options, said, needs_state, error))
    return FALSE;
  if (options->command == CLI_COMMAND_SET)
    return cli_options_judge_changes (options, said, error);
  return judge_encryption (options, said, error) &&
         judge_transport (options, said, error) &&
         judge_sockets (options, said, error) &&
         judge_peers (options, said, error) &&
         judge_interface (options, said, error) &&
         judge_proxy (options, said, error) &&
         judge_nodes (options, error) &&
         judge_limits (options, said, error) &&
         judge_seeding (options, said, error) &&
         judge_piece_size (options, said, error) &&
         judge_files (options, said, error);
}
