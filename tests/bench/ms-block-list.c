/* ms-block-list.c - how long a block list takes to load, and an address to look up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "ms-measure.h"

#include <stdio.h>

/* Made before, so that making them is not measured. */
#define N_ADDRESSES (1u << 16)

/* xorshift: the same addresses every time. */
static guint32
next_random (guint32 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static BtAddress *
make_addresses (void)
{
  BtAddress *addresses = g_new0 (BtAddress, N_ADDRESSES);
  guint32 state = 1;

  for (guint i = 0; i < N_ADDRESSES; i++)
    {
      guint32 ip = next_random (&state);

      for (guint byte = 0; byte < 4; byte++)
        addresses[i].ip[byte] = (guint8) (ip >> (24 - 8 * byte));
      addresses[i].port = 6881;
      addresses[i].family = BT_FAMILY_IPV4;
    }
  return addresses;
}

gboolean
ms_block_list (const MsOptions  *options,
               const char       *path,
               GError          **error)
{
  g_autofree BtAddress *addresses = make_addresses ();
  g_autoptr (BtBlockList) list = NULL;
  gint64 started_at_us = g_get_monotonic_time ();
  gint64 loaded_at_us;
  gint64 looked_at_us;
  guint64 n_found = 0;

  list = bt_block_list_load (path, NULL, error);
  if (list == NULL)
    return FALSE;
  loaded_at_us = g_get_monotonic_time ();
  for (gint64 i = 0; i < options->n_lookups; i++)
    n_found += bt_block_list_contains (list, &addresses[i % N_ADDRESSES]);
  looked_at_us = g_get_monotonic_time ();
  printf ("{\"event\":\"block-list\",\"read\":%u,\"ranges\":%u,\"malformed\":%" G_GUINT64_FORMAT
          ",\"load_s\":%.4f,\"lookup_ns\":%.1f,\"found\":%" G_GUINT64_FORMAT "}\n",
          bt_block_list_get_counts (list)->n_read, bt_block_list_get_n_ranges (list),
          bt_block_list_get_counts (list)->n_malformed,
          (double) (loaded_at_us - started_at_us) / G_USEC_PER_SEC,
          (double) (looked_at_us - loaded_at_us) * 1000 / (double) options->n_lookups, n_found);
  return TRUE;
}
