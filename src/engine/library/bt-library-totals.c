/* bt-library-totals.c - what all torrents together have moved, over all runs of the program
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#define TOTALS_KEY  "totals"
#define TOTALS_TYPE "(ttx)"
#define HISTORY_KEY "history"

void
bt_library_load_totals (BtLibrary *library)
{
  BtOverview *totals = &library->totals;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) history = NULL;
  g_autoptr (GVariant) variant = NULL;

  library->history = bt_history_new ();
  library->began_at_us = bt_library_now_us (library);
  if (library->store == NULL)
    return;
  bytes = bt_store_get_value (library->store, TOTALS_KEY);
  if (bytes != NULL)
    {
      variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (TOTALS_TYPE), bytes,
                                                              FALSE));
      g_variant_get (variant, TOTALS_TYPE, &totals->received_bytes, &totals->sent_bytes,
                     &totals->running_s);
    }
  history = bt_store_get_value (library->store, HISTORY_KEY);
  if (history != NULL)
    bt_history_set_bytes (library->history, g_bytes_get_data (history, NULL),
                          g_bytes_get_size (history));
}

void
bt_library_count_moved (BtLibrary *library,
                        guint64    received_bytes,
                        guint64    sent_bytes)
{
  library->totals.received_bytes += received_bytes;
  library->totals.sent_bytes += sent_bytes;
  library->totals.run_received_bytes += received_bytes;
  library->totals.run_sent_bytes += sent_bytes;
  bt_history_add (library->history, bt_library_now_s (), received_bytes, sent_bytes);
  library->has_moved = TRUE;
}

static gint64
get_run_running_s (BtLibrary *library)
{
  return (bt_library_now_us (library) - library->began_at_us) / BT_SECOND_US;
}

static gint64
get_running_s (BtLibrary *library)
{
  return library->totals.running_s + get_run_running_s (library);
}

/* Worth a commit only when something moved, and at the end. */
void
bt_library_put_totals (BtLibrary    *library,
                       BtStoreBatch *batch)
{
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) history = NULL;

  if (!library->has_moved)
    return;
  library->has_moved = FALSE;
  variant = g_variant_ref_sink (g_variant_new (TOTALS_TYPE, library->totals.received_bytes,
                                               library->totals.sent_bytes,
                                               get_running_s (library)));
  bytes = g_variant_get_data_as_bytes (variant);
  history = bt_history_to_bytes (library->history);
  bt_store_batch_put_value (batch, TOTALS_KEY, bytes);
  bt_store_batch_put_value (batch, HISTORY_KEY, history);
}

BtOverview *
bt_library_get_overview (BtLibrary *library)
{
  BtOverview *overview = g_memdup2 (&library->totals, sizeof library->totals);

  overview->running_s = get_running_s (library);
  overview->run_running_s = get_run_running_s (library);
  overview->n_blocked = bt_session_get_n_blocked (library->session);
  overview->history = bt_history_to_bytes (library->history);
  overview->bans = bt_session_dup_bans (library->session);
  return overview;
}
