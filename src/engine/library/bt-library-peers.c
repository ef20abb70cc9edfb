/* bt-library-peers.c - whom no torrent has to do with: a person's bans, kept; and a block list
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <string.h>

#define BANS_KEY       "bans"
#define BANS_MAX_BYTES (4 * 1024 * 1024)

/* --- Bans --- */

static void
save_bans (BtLibrary *library)
{
  g_autoptr (GArray) bans = bt_session_dup_bans (library->session);
  GString *text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  BtStoreBatch *batch;

  if (library->store == NULL)
    {
      g_string_free (text, TRUE);
      return;
    }
  for (guint i = 0; i < bans->len; i++)
    {
      char buffer[BT_ADDRESS_STRING_BYTES];

      g_string_append (text, bt_address_ip_to_string (&g_array_index (bans, BtAddress, i), buffer));
      g_string_append_c (text, '\n');
    }
  bytes = g_string_free_to_bytes (text);
  batch = bt_store_batch_new ();
  bt_store_batch_put_value (batch, BANS_KEY, bans->len > 0 ? bytes : NULL);
  bt_store_commit_async (library->store, batch, NULL, NULL);
}

void
bt_library_load_bans (BtLibrary *library)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (library->store == NULL)
    return;
  bytes = bt_store_get_value (library->store, BANS_KEY);
  if (bytes == NULL || g_bytes_get_size (bytes) > BANS_MAX_BYTES)
    return;
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      BtAddress address;

      if (bt_address_parse (lines[i], 0, &address))
        bt_session_ban (library->session, &address);
    }
}

void
bt_library_ban (BtLibrary       *library,
                const BtAddress *address)
{
  bt_session_ban (library->session, address);
  save_bans (library);
}

void
bt_library_unban (BtLibrary       *library,
                  const BtAddress *address)
{
  bt_session_unban (library->session, address);
  save_bans (library);
}

/* --- Block list --- */

static gboolean
is_blocked (const BtAddress *address,
            gpointer         list)
{
  /* Nobody means his own network. */
  return !bt_address_is_local (address) && bt_block_list_contains (list, address);
}

static void
unref_list (gpointer list)
{
  bt_block_list_unref (list);
}

void
bt_library_set_block_list (BtLibrary   *library,
                           BtBlockList *list)
{
  if (list == NULL)
    bt_session_set_filter (library->session, NULL, NULL, NULL);
  else
    bt_session_set_filter (library->session, is_blocked, bt_block_list_ref (list), unref_list);
}
