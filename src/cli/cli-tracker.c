/* cli-tracker.c - tracker: a small HTTP and UDP tracker for a private swarm, until interrupted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-server.h"
#include "cli-commands.h"
#include "cli-json.h"
#include "cli-signals.h"

#include <glib/gi18n.h>

static void
interrupted (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
print_urls (const CliOptions *options,
            BtTrackerServer  *server)
{
  g_autofree char *http = bt_tracker_server_dup_url (server, NULL, FALSE);
  g_autofree char *udp = bt_tracker_server_dup_url (server, NULL, TRUE);

  if (options->is_json)
    {
      g_auto (CliJson) json = { 0 };

      cli_json_init (&json);
      cli_json_begin_object (&json);
      cli_json_add_string (&json, "event", "listening");
      cli_json_add_string (&json, "http", http);
      cli_json_add_string (&json, "udp", udp);
      cli_json_end_object (&json);
      cli_json_print_line (&json);
      return;
    }
  cli_print_format ("%s\n%s\n", http, udp);
  if (options->bind.family == BT_FAMILY_NONE && !options->is_quiet)
    cli_print (_("Other machines use this machine's own address in it.\n"));
}

static CliStatus
serve (const CliOptions *options,
       BtClock          *clock,
       BtPoller         *poller)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  BtTrackerServerConfig config = { .bind = options->bind, .interval_s = options->interval_s };
  BtTrackerServer *server;
  CliSignals signals;

  config.bind.port = options->port;
  server = bt_tracker_server_new (clock, poller, &config, &error);
  if (server == NULL)
    return cli_complain_about (error);
  cli_signals_watch (&signals, interrupted, NULL, loop);
  print_urls (options, server);
  g_main_loop_run (loop);
  cli_signals_unwatch (&signals);
  bt_tracker_server_free (server);
  return CLI_DONE;
}

CliStatus
cli_tracker (const CliOptions *options)
{
  g_autoptr (GError) error = NULL;
  BtPoller *poller = bt_poller_new (g_main_context_default (), &error);
  BtClock *clock;
  CliStatus status;

  if (poller == NULL)
    return cli_complain_about (error);
  clock = bt_clock_new (g_main_context_default ());
  status = serve (options, clock, poller);
  bt_poller_free (poller);
  bt_clock_free (clock);
  return status;
}
