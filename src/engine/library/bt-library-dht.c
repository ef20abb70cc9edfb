/* bt-library-dht.c - whom the DHT knew, kept from one run of the program to the next
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#define DHT_KEY "dht"

GBytes *
bt_library_load_dht (BtLibrary *library)
{
  return library->store != NULL ? bt_store_get_value (library->store, DHT_KEY) : NULL;
}

void
bt_library_put_dht (BtLibrary    *library,
                    BtStoreBatch *batch)
{
  gint64 now_us = bt_library_now_us (library);
  g_autoptr (GBytes) bytes = NULL;

  if (!library->must_save_dht && now_us - library->dht_saved_at_us < BT_LIBRARY_DHT_US)
    return;
  library->must_save_dht = FALSE;
  library->dht_saved_at_us = now_us;
  bytes = bt_session_save_dht (library->session);
  /* While it is off, or has met nobody yet, what another run has kept stands. */
  if (bytes != NULL)
    bt_store_batch_put_value (batch, DHT_KEY, bytes);
}
