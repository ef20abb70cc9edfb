/* cli-events.c - the lines of --json about torrents: progress, complete, seeding, failed, stopped
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-events.h"

#include "cli-json.h"
#include "cli-text.h"

static const char *const state_names[] = {
  [BT_SWARM_STOPPED] = "stopped",
  [BT_SWARM_CHECKING] = "checking",
  [BT_SWARM_PREPARING] = "preparing",
  [BT_SWARM_DOWNLOADING] = "downloading",
  [BT_SWARM_SEEDING] = "seeding",
  [BT_SWARM_NO_SPACE] = "no-space",
  [BT_SWARM_STOPPING] = "stopping",
  [BT_SWARM_FAILED] = "failed",
  [BT_SWARM_QUEUED] = "queued",
  [BT_SWARM_MISSING] = "missing",
  [BT_SWARM_MOVING] = "moving",
  [BT_SWARM_SEEKING] = "seeking",
};

const char *
cli_events_get_state_name (BtSwarmState state)
{
  return (gsize) state < G_N_ELEMENTS (state_names) ? state_names[state] : "unknown";
}

static void
begin_event_of (CliJson      *json,
                const char   *event,
                const char   *name,
                const guint8 *info_hash)
{
  g_autofree char *hash = cli_text_hex (info_hash, BT_RECORD_HASH_BYTES);

  cli_json_init (json);
  cli_json_begin_object (json);
  cli_json_add_string (json, "event", event);
  cli_json_add_string (json, "name", name);
  cli_json_add_string (json, "info_hash", hash);
}

static void
begin_event (CliJson    *json,
             const char *event,
             BtTorrent  *torrent)
{
  begin_event_of (json, event, bt_torrent_get_name (torrent),
                  bt_torrent_get_record (torrent)->info_hash);
}

static void
add_totals (CliJson            *json,
            const BtSwarmFacts *facts)
{
  cli_json_add_string (json, "state", cli_events_get_state_name (facts->state));
  cli_json_add_uint (json, "done", facts->done_bytes);
  cli_json_add_uint (json, "total", facts->wanted_bytes);
}

static void
add_traffic (CliJson            *json,
             const BtSwarmFacts *facts)
{
  cli_json_add_uint (json, "checked", facts->checked_bytes);
  cli_json_add_uint (json, "downloaded", facts->received_bytes);
  cli_json_add_uint (json, "uploaded", facts->sent_bytes);
  cli_json_add_uint (json, "wasted", facts->wasted_bytes);
}

void
cli_events_print_progress (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_auto (CliJson) json = { 0 };

  begin_event (&json, "progress", torrent);
  add_totals (&json, facts);
  cli_json_add_double (&json, "progress", bt_torrent_get_progress (torrent));
  cli_json_add_uint (&json, "down", facts->received_bps);
  cli_json_add_uint (&json, "up", facts->sent_bps);
  cli_json_add_uint (&json, "peers", facts->n_peers);
  cli_json_add_uint (&json, "seeds", facts->n_seeds);
  cli_json_add_uint (&json, "web_seeds", facts->n_web_seeds);
  cli_json_add_uint (&json, "connecting", facts->n_connecting);
  cli_json_add_uint (&json, "known", facts->n_known);
  add_traffic (&json, facts);
  if (facts->left_us >= 0 && facts->state == BT_SWARM_DOWNLOADING)
    cli_json_add_double (&json, "left", (double) facts->left_us / G_USEC_PER_SEC);
  if (facts->reason != BT_REASON_NONE)
    {
      g_autofree char *reason = bt_torrent_describe (torrent);

      cli_json_add_string (&json, "reason", reason);
    }
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

static void
add_address (CliJson         *json,
             const char      *key,
             const BtAddress *address)
{
  char text[BT_ADDRESS_STRING_BYTES];

  if (address->family != BT_FAMILY_NONE)
    cli_json_add_string (json, key, bt_address_to_string (address, text));
}

void
cli_events_print_socket (const BtSocketFacts *facts)
{
  g_auto (CliJson) json = { 0 };

  cli_json_init (&json);
  cli_json_begin_object (&json);
  cli_json_add_string (&json, "event", "socket");
  cli_json_add_string (&json, "kind", bt_socket_kind_to_string (facts->kind));
  cli_json_add_string (&json, "protocol", facts->entry.is_tcp ? "tcp" : "udp");
  add_address (&json, "local", &facts->entry.local);
  add_address (&json, "remote", &facts->entry.remote);
  cli_json_add_string (&json, "interface", facts->entry.device);
  cli_json_add_boolean (&json, "bound", facts->entry.is_bound);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

void
cli_events_print_complete (BtTorrent *torrent,
                           double     seconds)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_auto (CliJson) json = { 0 };

  begin_event (&json, "complete", torrent);
  add_totals (&json, facts);
  add_traffic (&json, facts);
  cli_json_add_double (&json, "seconds", seconds);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

void
cli_events_print_seeding (BtTorrent *torrent,
                          guint      port)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_auto (CliJson) json = { 0 };

  begin_event (&json, "seeding", torrent);
  cli_json_add_uint (&json, "port", port);
  cli_json_add_uint (&json, "total", facts->wanted_bytes);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

void
cli_events_print_done (BtTorrent  *torrent,
                       const char *event)
{
  g_auto (CliJson) json = { 0 };

  begin_event (&json, event, torrent);
  cli_json_add_uint (&json, "id", bt_torrent_get_id (torrent));
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

void
cli_events_print_failed (BtTorrent  *torrent,
                         const CliNamed *named,
                         const char *message)
{
  g_auto (CliJson) json = { 0 };
  g_autofree char *title = named != NULL ? cli_named_dup_title (named) : NULL;

  if (torrent != NULL)
    begin_event (&json, "failed", torrent);
  else
    begin_event_of (&json, "failed", title, cli_named_get_hash (named));
  cli_json_add_string (&json, "message", message);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}

void
cli_events_print_stopped (BtTorrent *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_auto (CliJson) json = { 0 };

  begin_event (&json, "stopped", torrent);
  add_totals (&json, facts);
  add_traffic (&json, facts);
  cli_json_end_object (&json);
  cli_json_print_line (&json);
}
