/* bt-access.c - who may not connect: a person's bans, and a filter
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-access.h"

struct _BtAccess
{
  /* Owned */
  GHashTable     *bans;       /* BtAddress with port 0 → its link in `order` */
  GQueue          order;      /* BtAddress, oldest first; the keys of `bans` */

  /* Values */
  BtAccessFilter  is_blocked; /* nullable */
  gpointer        user_data;
  GDestroyNotify  destroy;    /* nullable */
  guint64         n_blocked;
};

BtAccess *
bt_access_new (void)
{
  BtAccess *access = g_new0 (BtAccess, 1);

  access->bans = g_hash_table_new_full (bt_address_hash, bt_address_equal, g_free, NULL);
  g_queue_init (&access->order);
  return access;
}

void
bt_access_free (BtAccess *access)
{
  if (access == NULL)
    return;
  bt_access_set_filter (access, NULL, NULL, NULL);
  g_queue_clear (&access->order);
  g_hash_table_unref (access->bans);
  g_free (access);
}

static BtAddress
get_ip (const BtAddress *address)
{
  BtAddress ip = *address;

  ip.port = 0;
  return ip;
}

gboolean
bt_access_ban (BtAccess        *access,
               const BtAddress *address)
{
  BtAddress ip = get_ip (address);
  BtAddress *copy;

  if (ip.family == BT_FAMILY_NONE || g_hash_table_contains (access->bans, &ip))
    return FALSE;
  if (access->order.length >= BT_ACCESS_MAX_BANS)
    g_hash_table_remove (access->bans, g_queue_pop_head (&access->order));
  copy = g_memdup2 (&ip, sizeof ip);
  g_queue_push_tail (&access->order, copy);
  g_hash_table_insert (access->bans, copy, g_queue_peek_tail_link (&access->order));
  return TRUE;
}

gboolean
bt_access_unban (BtAccess        *access,
                 const BtAddress *address)
{
  BtAddress ip = get_ip (address);
  GList *link = g_hash_table_lookup (access->bans, &ip);

  if (link == NULL)
    return FALSE;
  g_queue_delete_link (&access->order, link);
  g_hash_table_remove (access->bans, &ip);
  return TRUE;
}

GArray *
bt_access_dup_bans (BtAccess *access)
{
  GArray *bans = g_array_sized_new (FALSE, FALSE, sizeof (BtAddress), access->order.length);

  for (const GList *l = access->order.head; l != NULL; l = l->next)
    g_array_append_vals (bans, l->data, 1);
  return bans;
}

void
bt_access_set_filter (BtAccess       *access,
                      BtAccessFilter  is_blocked,
                      gpointer        user_data,
                      GDestroyNotify  destroy)
{
  if (access->destroy != NULL)
    access->destroy (access->user_data);
  access->is_blocked = is_blocked;
  access->user_data = user_data;
  access->destroy = destroy;
}

BtCloseReason
bt_access_judge (BtAccess        *access,
                 const BtAddress *address)
{
  BtAddress ip = get_ip (address);

  if (g_hash_table_contains (access->bans, &ip))
    return BT_CLOSE_UNWANTED;
  if (access->is_blocked == NULL || !access->is_blocked (address, access->user_data))
    return BT_CLOSE_NONE;
  access->n_blocked++;
  return BT_CLOSE_BLOCKED;
}

guint64
bt_access_get_n_blocked (BtAccess *access)
{
  return access->n_blocked;
}
