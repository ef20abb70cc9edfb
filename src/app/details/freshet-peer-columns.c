/* freshet-peer-columns.c - the columns of the table of peers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-peer-columns.h"

#include "common/freshet-format.h"
#include "freshet-peer-list.h"
#include "freshet-peer-words.h"

#include <glib/gi18n.h>
#include <string.h>

static const BtPeerRow *
get_row (gconstpointer peer)
{
  return freshet_peer_get_row ((FreshetPeer *) peer);
}

/* --- What cells say --- */

static char *
format_address (gpointer peer)
{
  char buffer[BT_ADDRESS_STRING_BYTES];

  return g_strdup (bt_address_to_string (&get_row (peer)->address, buffer));
}

static char *
format_client (gpointer peer)
{
  return g_strdup (get_row (peer)->client);
}

static double
get_progress (gpointer peer)
{
  return get_row (peer)->progress_milli / 1000.0;
}

static char *
format_progress (gpointer peer)
{
  return freshet_format_percent (get_progress (peer));
}

static char *
format_received_rate (gpointer peer)
{
  return freshet_format_any_rate (get_row (peer)->received_bps);
}

static char *
format_sent_rate (gpointer peer)
{
  return freshet_format_any_rate (get_row (peer)->sent_bps);
}

static char *
format_flags (gpointer peer)
{
  return freshet_peer_words_flags (get_row (peer));
}

static char *
explain_flags (gpointer peer)
{
  return freshet_peer_words_explain (get_row (peer));
}

static char *
format_transport (gpointer peer)
{
  return g_strdup (freshet_peer_words_transport (get_row (peer)));
}

static char *
format_encryption (gpointer peer)
{
  return g_strdup (freshet_peer_words_encryption (get_row (peer)));
}

static char *
format_state (gpointer peer)
{
  return g_strdup (freshet_peer_words_state (get_row (peer)));
}

static char *
format_source (gpointer peer)
{
  return freshet_peer_words_source (get_row (peer)->source);
}

static char *
format_any_bytes (guint64 n_bytes)
{
  return n_bytes == 0 ? g_strdup ("") : freshet_format_bytes (n_bytes);
}

static char *
format_received (gpointer peer)
{
  return format_any_bytes (get_row (peer)->received_bytes);
}

static char *
format_sent (gpointer peer)
{
  return format_any_bytes (get_row (peer)->sent_bytes);
}

/* The engine's times are of the monotonic clock. */
static char *
format_connected (gpointer peer)
{
  gint64 connected_at_us = get_row (peer)->connected_at_us;
  gint64 since_us = g_get_real_time () - (g_get_monotonic_time () - connected_at_us);

  return connected_at_us == 0 ? g_strdup ("") : freshet_format_date (since_us / G_USEC_PER_SEC);
}

/* --- Order --- */

static int
compare_address (gconstpointer a,
                 gconstpointer b)
{
  const BtAddress *first = &get_row (a)->address;
  const BtAddress *second = &get_row (b)->address;
  int order = FRESHET_TABLE_COMPARE (first->family, second->family);

  if (order == 0)
    order = memcmp (first->ip, second->ip, sizeof first->ip);
  return order != 0 ? order : FRESHET_TABLE_COMPARE (first->port, second->port);
}

static int
compare_client (gconstpointer a,
                gconstpointer b)
{
  return g_utf8_collate (get_row (a)->client, get_row (b)->client);
}

static int
compare_progress (gconstpointer a,
                  gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->progress_milli, get_row (b)->progress_milli);
}

static int
compare_received_rate (gconstpointer a,
                       gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->received_bps, get_row (b)->received_bps);
}

static int
compare_sent_rate (gconstpointer a,
                   gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->sent_bps, get_row (b)->sent_bps);
}

static int
compare_transport (gconstpointer a,
                   gconstpointer b)
{
  return g_utf8_collate (freshet_peer_words_transport (get_row (a)),
                         freshet_peer_words_transport (get_row (b)));
}

static int
rank_encryption (const BtPeerRow *row)
{
  if (!freshet_peer_words_is_greeted (row))
    return 3;
  if (row->encrypted == BT_ENCRYPTED_ALL)
    return 0;
  return row->encrypted == BT_ENCRYPTED_HANDSHAKE ? 1 : 2;
}

/* What hides more comes first, what is not known yet last. */
static int
compare_encryption (gconstpointer a,
                    gconstpointer b)
{
  int first = rank_encryption (get_row (a));
  int second = rank_encryption (get_row (b));

  return FRESHET_TABLE_COMPARE (first, second);
}

static int
compare_state (gconstpointer a,
               gconstpointer b)
{
  return g_utf8_collate (freshet_peer_words_state (get_row (a)),
                         freshet_peer_words_state (get_row (b)));
}

static int
compare_source (gconstpointer a,
                gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->source, get_row (b)->source);
}

static int
compare_received (gconstpointer a,
                  gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->received_bytes, get_row (b)->received_bytes);
}

static int
compare_sent (gconstpointer a,
              gconstpointer b)
{
  return FRESHET_TABLE_COMPARE (get_row (a)->sent_bytes, get_row (b)->sent_bytes);
}

/* Those that are not there yet come last. */
static int
compare_connected (gconstpointer a,
                   gconstpointer b)
{
  gint64 first = get_row (a)->connected_at_us;
  gint64 second = get_row (b)->connected_at_us;

  return FRESHET_TABLE_COMPARE (first == 0 ? G_MAXINT64 : first, second == 0 ? G_MAXINT64 : second);
}

static const FreshetTableColumn columns[] = {
  { .title = N_("Address"), .format = format_address, .compare = compare_address, .width = 160 },
  { .title = N_("Client"), .format = format_client, .compare = compare_client, .width = 130,
    .is_expanding = TRUE },
  { .title = N_("Progress"), .format = format_progress, .get_fraction = get_progress,
    .compare = compare_progress, .width = 140, .is_dynamic = TRUE },
  /* Translators: a speed */
  { .title = N_("Download"), .format = format_received_rate, .compare = compare_received_rate,
    .width = 110, .is_numeric = TRUE, .is_dynamic = TRUE },
  /* Translators: a speed */
  { .title = N_("Upload"), .format = format_sent_rate, .compare = compare_sent_rate, .width = 110,
    .is_numeric = TRUE, .is_dynamic = TRUE },
  { .title = N_("Flags"), .format = format_flags, .explain = explain_flags, .width = 80 },
  /* Translators: how a peer is reached, "TCP" or "µTP" */
  { .title = N_("Transport"), .format = format_transport, .compare = compare_transport,
    .width = 90 },
  { .title = N_("Encrypted"), .format = format_encryption, .compare = compare_encryption,
    .width = 110 },
  { .title = N_("State"), .format = format_state, .compare = compare_state, .width = 160,
    .is_dynamic = TRUE },
  { .title = N_("Found By"), .format = format_source, .compare = compare_source, .width = 120 },
  { .title = N_("Downloaded"), .format = format_received, .compare = compare_received,
    .width = 120, .is_numeric = TRUE, .is_dynamic = TRUE },
  { .title = N_("Uploaded"), .format = format_sent, .compare = compare_sent, .width = 120,
    .is_numeric = TRUE, .is_dynamic = TRUE },
  { .title = N_("Connected Since"), .format = format_connected, .compare = compare_connected,
    .width = 170 },
};

const FreshetTableColumn *
freshet_peer_columns_get (gsize *out_n_columns)
{
  *out_n_columns = G_N_ELEMENTS (columns);
  return columns;
}
