/* fuzz-dht-restore.c - any bytes taken for what a DHT node saved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
send_cb (gpointer         owner,
         const BtAddress *to,
         const guint8    *bytes,
         gsize            n_bytes)
{
  if (!bt_address_is_connectable (to))
    g_error ("something was sent nowhere");
}

static const BtDhtOps ops = { send_cb, NULL };

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (GBytes) saved = g_bytes_new_static (data, size);
  BtDhtConfig config = { .has_ipv4 = TRUE, .has_ipv6 = TRUE, .saved = saved };
  gint64 now_us = 1000 * BT_DHT_SECOND_US;
  BtDht *dht = bt_dht_new (&config, &ops, NULL, now_us);
  g_autoptr (GBytes) again = NULL;
  BtDhtFacts facts;

  for (guint i = 0; i < 200; i++)
    bt_dht_tick (dht, bt_dht_get_next_us (dht));
  bt_dht_get_facts (dht, &facts, now_us);
  if (facts.ipv4.n_good + facts.ipv6.n_good != 0)
    g_error ("a node that never answered is good");
  again = bt_dht_save (dht, now_us);
  bt_dht_free (dht);

  config.saved = again;
  dht = bt_dht_new (&config, &ops, NULL, now_us);
  if (!bt_dht_restore (dht, again))
    g_error ("what was saved is not taken back");
  bt_dht_free (dht);
  return 0;
}
