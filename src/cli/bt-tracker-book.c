/* bt-tracker-book.c - who is in which swarm, as a tracker knows it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-book.h"

#include <string.h>

typedef struct
{
  BtBookPeer public;
  gint64     heard_at_us;
  guint      index;     /* its place in the swarm's `peers` */
  gboolean   is_seed;
} Peer;

typedef struct
{
  guint8      info_hash[BT_SHA1_BYTES];
  GPtrArray  *peers;         /* of Peer (borrowed); in no order, for picking by chance */
  GHashTable *by_address;    /* BtAddress, within the peer → Peer (owned) */
  guint       n_seeds;
  guint       n_downloaded;  /* ever */
} Swarm;

struct _BtTrackerBook
{
  GHashTable *swarms;  /* info hash, within the swarm → Swarm (owned) */
  BtRandom    random;
  guint       max_torrents;
  guint       max_peers;
  guint       n_peers;
};

static void
swarm_free (gpointer data)
{
  Swarm *swarm = data;

  g_ptr_array_unref (swarm->peers);
  g_hash_table_unref (swarm->by_address);
  g_free (swarm);
}

BtTrackerBook *
bt_tracker_book_new (guint max_torrents,
                     guint max_peers)
{
  BtTrackerBook *book = g_new0 (BtTrackerBook, 1);

  book->swarms = g_hash_table_new_full (bt_digest_hash, bt_digest_equal, NULL, swarm_free);
  book->max_torrents = max_torrents;
  book->max_peers = max_peers;
  bt_random_init (&book->random, bt_random_seed ());
  return book;
}

void
bt_tracker_book_free (BtTrackerBook *book)
{
  if (book == NULL)
    return;

  g_hash_table_unref (book->swarms);
  g_free (book);
}

static Swarm *
ensure_swarm (BtTrackerBook *book,
              const guint8  *info_hash)
{
  Swarm *swarm = g_hash_table_lookup (book->swarms, info_hash);

  if (swarm != NULL)
    return swarm;
  if (g_hash_table_size (book->swarms) >= book->max_torrents)
    return NULL;

  swarm = g_new0 (Swarm, 1);
  memcpy (swarm->info_hash, info_hash, sizeof swarm->info_hash);
  swarm->peers = g_ptr_array_new ();
  swarm->by_address = g_hash_table_new_full (bt_address_hash, bt_address_equal, NULL, g_free);
  g_hash_table_insert (book->swarms, swarm->info_hash, swarm);
  return swarm;
}

static Peer *
ensure_peer (BtTrackerBook        *book,
             Swarm                *swarm,
             const BtBookAnnounce *announce)
{
  Peer *peer = g_hash_table_lookup (swarm->by_address, &announce->address);

  if (peer != NULL)
    return peer;
  if (book->n_peers >= book->max_peers)
    return NULL;

  peer = g_new0 (Peer, 1);
  peer->public.address = announce->address;
  peer->index = swarm->peers->len;
  g_ptr_array_add (swarm->peers, peer);
  g_hash_table_insert (swarm->by_address, &peer->public.address, peer);
  book->n_peers++;
  return peer;
}

static void
remove_peer (BtTrackerBook *book,
             Swarm         *swarm,
             Peer          *peer)
{
  Peer *last = swarm->peers->pdata[swarm->peers->len - 1];

  last->index = peer->index;
  swarm->peers->pdata[peer->index] = last;
  g_ptr_array_set_size (swarm->peers, (int) swarm->peers->len - 1);
  swarm->n_seeds -= peer->is_seed ? 1 : 0;
  book->n_peers--;
  g_hash_table_remove (swarm->by_address, &peer->public.address);
}

gboolean
bt_tracker_book_announce (BtTrackerBook        *book,
                          const BtBookAnnounce *announce,
                          gint64                now_us)
{
  Swarm *swarm;
  Peer *peer;
  gboolean is_seed = announce->left_bytes == 0;

  if (announce->event == BT_BOOK_EVENT_STOPPED)
    {
      swarm = g_hash_table_lookup (book->swarms, announce->info_hash);
      peer = swarm == NULL ? NULL : g_hash_table_lookup (swarm->by_address, &announce->address);
      if (peer != NULL)
        remove_peer (book, swarm, peer);
      return TRUE;
    }

  swarm = ensure_swarm (book, announce->info_hash);
  peer = swarm == NULL ? NULL : ensure_peer (book, swarm, announce);
  if (peer == NULL)
    return FALSE;

  memcpy (peer->public.peer_id, announce->peer_id, sizeof peer->public.peer_id);
  peer->heard_at_us = now_us;
  if (announce->event == BT_BOOK_EVENT_COMPLETED && !peer->is_seed)
    swarm->n_downloaded++;
  swarm->n_seeds += (is_seed ? 1u : 0u) - (peer->is_seed ? 1u : 0u);
  peer->is_seed = is_seed;
  return TRUE;
}

guint
bt_tracker_book_pick (BtTrackerBook        *book,
                      const BtBookAnnounce *announce,
                      BtFamily              family,
                      BtBookPeer           *out_peers,
                      guint                 n_max)
{
  Swarm *swarm = g_hash_table_lookup (book->swarms, announce->info_hash);
  guint n_picked = 0;
  guint n_peers;
  guint first;

  if (swarm == NULL || swarm->peers->len == 0 || announce->event == BT_BOOK_EVENT_STOPPED)
    return 0;

  n_max = MIN (n_max, announce->n_wanted);
  n_peers = swarm->peers->len;
  first = bt_random_below (&book->random, n_peers);
  for (guint i = 0; i < n_peers && n_picked < n_max; i++)
    {
      const Peer *peer = swarm->peers->pdata[(first + i) % n_peers];

      if (bt_address_equal (&peer->public.address, &announce->address) ||
          !bt_address_is_connectable (&peer->public.address) ||
          (family != BT_FAMILY_NONE && peer->public.address.family != family) ||
          (peer->is_seed && announce->left_bytes == 0))
        continue;
      out_peers[n_picked++] = peer->public;
    }
  return n_picked;
}

gboolean
bt_tracker_book_count (BtTrackerBook *book,
                       const guint8   info_hash[BT_SHA1_BYTES],
                       BtBookCounts  *out_counts)
{
  Swarm *swarm = g_hash_table_lookup (book->swarms, info_hash);

  *out_counts = (BtBookCounts) { 0 };
  if (swarm == NULL)
    return FALSE;

  out_counts->n_seeds = swarm->n_seeds;
  out_counts->n_leechers = swarm->peers->len - swarm->n_seeds;
  out_counts->n_downloaded = swarm->n_downloaded;
  return TRUE;
}

void
bt_tracker_book_expire (BtTrackerBook *book,
                        gint64         before_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->swarms);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Swarm *swarm = value;

      /* From the end: what fills a gap has been looked at. */
      for (guint i = swarm->peers->len; i > 0; i--)
        {
          Peer *peer = swarm->peers->pdata[i - 1];

          if (peer->heard_at_us < before_us)
            remove_peer (book, swarm, peer);
        }
      if (swarm->peers->len == 0)
        g_hash_table_iter_remove (&iter);
    }
}

guint
bt_tracker_book_get_n_torrents (BtTrackerBook *book)
{
  return g_hash_table_size (book->swarms);
}

guint
bt_tracker_book_get_n_peers (BtTrackerBook *book)
{
  return book->n_peers;
}
