/* bt-known-peers.c - the addresses a torrent may connect to, in heaps by due time and by promise
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-known-peers.h"

#include "base/bt-clock.h"

/* Every peer that may be connected to is in exactly one of the four queues: seeds apart from the
 * others, because a seed skips them all; those whose time has not come (waiting) apart from those
 * who may be tried (ready). Every peer that may be dropped is in the eviction heap too. Connected
 * peers are in no heap.
 */
typedef enum
{
  WAITING,
  READY,
  WAITING_SEEDS,
  READY_SEEDS,
  EVICTION,
  N_HEAPS,
} HeapId;

/* A peer's places in heaps: in one of the queues, and in the eviction heap. */
#define PLACE_QUEUE    0
#define PLACE_EVICTION 1
#define N_PLACES       2

#define RETRY_MS             (10 * 1000)
#define RETRY_MAX_MS         (60 * 60 * 1000)
#define AGAIN_MS             (60 * 1000)
#define PERSON_RETRY_MS      (5 * 1000)
#define PERSON_RETRY_MAX_MS  (5 * 60 * 1000)
#define PERSON_AGAIN_MS      (30 * 1000)

typedef struct
{
  BtKnownPeer peer;                 /* first: what others see */
  guint32     priority;             /* BEP 40 against `own`; random while that is unknown */
  guint       index[N_PLACES];      /* 1-based; 0: not in such a heap */
  guint       queue;                /* HeapId, when index[PLACE_QUEUE] is not 0 */
  gboolean    is_proven;            /* had given us data when last put into the eviction heap */
} Entry;

typedef gboolean (*BeforeFunc) (const Entry *a,
                                const Entry *b);

/* Most of many torrents know nobody: their tables are made when there is something to put in. */
struct _BtKnownPeers
{
  GHashTable *entries;          /* owned, NULL until make_tables(): BtAddress within the entry -> Entry, owned */
  GPtrArray  *heaps[N_HEAPS];   /* likewise; entries borrowed */
  GHashTable *bans;             /* likewise: a set of BtAddress with port 0, owned */
  GQueue      ban_order;        /* the same addresses, borrowed; oldest first */
  BtRandom    random;
  BtAddress   own;              /* family NONE: unknown */
  guint       max_peers;
  gboolean    skips_seeds;      /* the last pick did */
};

/* ---- What comes first ---- */

static gboolean
is_due_before (const Entry *a,
               const Entry *b)
{
  return a->peer.next_try_at_us < b->peer.next_try_at_us;
}

static gboolean
is_better (const Entry *a,
           const Entry *b)
{
  gboolean a_is_persons = (a->peer.sources & BT_SOURCE_PERSON) != 0;
  gboolean b_is_persons = (b->peer.sources & BT_SOURCE_PERSON) != 0;

  if (a_is_persons != b_is_persons)
    return a_is_persons;
  if (a->peer.n_failures != b->peer.n_failures)
    return a->peer.n_failures < b->peer.n_failures;
  return a->priority > b->priority;
}

/* Whether `a` would be missed less than `b`. */
static gboolean
is_worse (const Entry *a,
          const Entry *b)
{
  gboolean a_is_useless = a->peer.is_banned || a->peer.is_self;
  gboolean b_is_useless = b->peer.is_banned || b->peer.is_self;

  if (a_is_useless != b_is_useless)
    return a_is_useless;
  if (a->peer.n_failures != b->peer.n_failures)
    return a->peer.n_failures > b->peer.n_failures;
  if (a->is_proven != b->is_proven)
    return b->is_proven;
  return a->priority < b->priority;
}

/* ---- Heaps that know where each entry lies ---- */

static const struct
{
  BeforeFunc before;
  guint      place;
} kinds[N_HEAPS] = {
  [WAITING]       = { is_due_before, PLACE_QUEUE },
  [READY]         = { is_better, PLACE_QUEUE },
  [WAITING_SEEDS] = { is_due_before, PLACE_QUEUE },
  [READY_SEEDS]   = { is_better, PLACE_QUEUE },
  [EVICTION]      = { is_worse, PLACE_EVICTION },
};

static inline Entry *
heap_get (BtKnownPeers *known,
          HeapId        id,
          guint         index)
{
  return g_ptr_array_index (known->heaps[id], index - 1);
}

static inline void
heap_put (BtKnownPeers *known,
          HeapId        id,
          guint         index,
          Entry        *entry)
{
  g_ptr_array_index (known->heaps[id], index - 1) = entry;
  entry->index[kinds[id].place] = index;
}

static void
heap_sift_up (BtKnownPeers *known,
              HeapId        id,
              guint         index)
{
  Entry *entry = heap_get (known, id, index);

  while (index > 1 && kinds[id].before (entry, heap_get (known, id, index / 2)))
    {
      heap_put (known, id, index, heap_get (known, id, index / 2));
      index /= 2;
    }
  heap_put (known, id, index, entry);
}

static void
heap_sift_down (BtKnownPeers *known,
                HeapId        id,
                guint         index)
{
  BeforeFunc before = kinds[id].before;
  Entry     *entry = heap_get (known, id, index);
  guint      n = known->heaps[id]->len;
  guint      child;

  while ((child = index * 2) <= n)
    {
      if (child < n && before (heap_get (known, id, child + 1), heap_get (known, id, child)))
        child++;
      if (!before (heap_get (known, id, child), entry))
        break;
      heap_put (known, id, index, heap_get (known, id, child));
      index = child;
    }
  heap_put (known, id, index, entry);
}

static Entry *
heap_peek (BtKnownPeers *known,
           HeapId        id)
{
  return known->entries != NULL && known->heaps[id]->len > 0 ? heap_get (known, id, 1) : NULL;
}

static void
heap_insert (BtKnownPeers *known,
             HeapId        id,
             Entry        *entry)
{
  g_assert (entry->index[kinds[id].place] == 0);
  g_ptr_array_add (known->heaps[id], entry);
  heap_sift_up (known, id, known->heaps[id]->len);
}

static void
heap_remove (BtKnownPeers *known,
             HeapId        id,
             Entry        *entry)
{
  guint  index = entry->index[kinds[id].place];
  guint  n = known->heaps[id]->len;
  Entry *last = heap_get (known, id, n);

  g_assert (heap_get (known, id, index) == entry);
  g_ptr_array_set_size (known->heaps[id], (int) n - 1);
  entry->index[kinds[id].place] = 0;
  if (last == entry)
    return;
  heap_put (known, id, index, last);
  heap_sift_up (known, id, index);
  heap_sift_down (known, id, last->index[kinds[id].place]);
}

/* The order of all has changed. */
static void
heap_rebuild (BtKnownPeers *known,
              HeapId        id)
{
  for (guint index = known->heaps[id]->len / 2; index >= 1; index--)
    heap_sift_down (known, id, index);
}

/* ---- Which heaps a peer belongs to ---- */

static gboolean
is_persons (const Entry *entry)
{
  return (entry->peer.sources & BT_SOURCE_PERSON) != 0;
}

static void
detach (BtKnownPeers *known,
        Entry        *entry)
{
  if (entry->index[PLACE_QUEUE] != 0)
    heap_remove (known, entry->queue, entry);
  if (entry->index[PLACE_EVICTION] != 0)
    heap_remove (known, EVICTION, entry);
}

static void
enqueue (BtKnownPeers *known,
         Entry        *entry,
         HeapId        queue)
{
  entry->queue = queue;
  heap_insert (known, queue, entry);
}

/* Puts the entry where its fields say it belongs. One that is due moves on to a ready queue at the
 * next pick. */
static void
attach (BtKnownPeers *known,
        Entry        *entry)
{
  detach (known, entry);
  if (entry->peer.is_connected)
    return;
  entry->is_proven = entry->peer.received_bytes > 0;
  if (!is_persons (entry))
    heap_insert (known, EVICTION, entry);
  if (!entry->peer.is_banned && !entry->peer.is_self)
    enqueue (known, entry, entry->peer.is_seed ? WAITING_SEEDS : WAITING);
}

static void
drop (BtKnownPeers *known,
      Entry        *entry)
{
  detach (known, entry);
  g_hash_table_remove (known->entries, &entry->peer.address);
}

static void
set_priority (BtKnownPeers *known,
              Entry        *entry)
{
  if (known->own.family == entry->peer.address.family)
    entry->priority = bt_canonical_priority (&known->own, &entry->peer.address);
  else
    entry->priority = bt_random_next (&known->random);
}

static void
set_own (BtKnownPeers    *known,
         const BtAddress *own)
{
  static const BtAddress unknown = { .family = BT_FAMILY_NONE };
  GHashTableIter         iter;
  gpointer               entry;

  if (own == NULL)
    own = &unknown;
  if (bt_address_equal (&known->own, own))
    return;
  known->own = *own;
  if (known->entries == NULL)
    return;
  g_hash_table_iter_init (&iter, known->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    set_priority (known, entry);
  heap_rebuild (known, READY);
  heap_rebuild (known, READY_SEEDS);
  heap_rebuild (known, EVICTION);
}

static void
make_tables (BtKnownPeers *known)
{
  if (known->entries != NULL)
    return;
  known->entries = g_hash_table_new_full (bt_address_hash, bt_address_equal, NULL, g_free);
  known->bans = g_hash_table_new_full (bt_address_hash, bt_address_equal, g_free, NULL);
  for (guint i = 0; i < N_HEAPS; i++)
    known->heaps[i] = g_ptr_array_new ();
}

/* ---- Face ---- */

BtKnownPeers *
bt_known_peers_new (guint   max_peers,
                    guint64 seed)
{
  BtKnownPeers *known = g_new0 (BtKnownPeers, 1);

  g_queue_init (&known->ban_order);
  bt_random_init (&known->random, seed);
  known->max_peers = max_peers;
  return known;
}

void
bt_known_peers_free (BtKnownPeers *known)
{
  if (known == NULL)
    return;
  for (guint i = 0; i < N_HEAPS; i++)
    g_clear_pointer (&known->heaps[i], g_ptr_array_unref);
  g_queue_clear (&known->ban_order);
  g_clear_pointer (&known->bans, g_hash_table_unref);
  g_clear_pointer (&known->entries, g_hash_table_unref);
  g_free (known);
}

/* FALSE: there is no room for `entry`. */
static gboolean
make_room (BtKnownPeers *known,
           const Entry  *entry)
{
  Entry *worst = heap_peek (known, EVICTION);

  if (g_hash_table_size (known->entries) < known->max_peers)
    return TRUE;
  if (worst == NULL || (!is_persons (entry) && !is_worse (worst, entry)))
    return is_persons (entry);
  drop (known, worst);
  return TRUE;
}

static BtKnownPeer *
add_new (BtKnownPeers    *known,
         const BtAddress *address,
         BtSource         source,
         gint64           now_us)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->peer.address = *address;
  entry->peer.first_transport = BT_TRANSPORT_BOTH;
  entry->peer.sources = source;
  entry->peer.next_try_at_us = now_us;
  set_priority (known, entry);
  if (!make_room (known, entry))
    {
      g_free (entry);
      return NULL;
    }
  g_hash_table_insert (known->entries, &entry->peer.address, entry);
  attach (known, entry);
  return &entry->peer;
}

BtKnownPeer *
bt_known_peers_add (BtKnownPeers    *known,
                    const BtAddress *address,
                    BtSource         source,
                    gint64           now_us)
{
  Entry *entry;

  if (!bt_address_is_connectable (address) || bt_known_peers_is_banned (known, address))
    return NULL;
  make_tables (known);
  entry = g_hash_table_lookup (known->entries, address);
  if (entry == NULL)
    return add_new (known, address, source, now_us);

  /* A person who names a peer wants it tried now, whatever we thought of it. */
  if (source == BT_SOURCE_PERSON && !is_persons (entry))
    {
      detach (known, entry);
      entry->peer.sources |= source;
      entry->peer.n_failures = 0;
      entry->peer.next_try_at_us = now_us;
      attach (known, entry);
    }
  entry->peer.sources |= source;
  return &entry->peer;
}

BtKnownPeer *
bt_known_peers_find (BtKnownPeers    *known,
                     const BtAddress *address)
{
  Entry *entry = known->entries != NULL ? g_hash_table_lookup (known->entries, address) : NULL;

  return entry != NULL ? &entry->peer : NULL;
}

static void
promote_due (BtKnownPeers *known,
             HeapId        waiting,
             HeapId        ready,
             gint64        now_us)
{
  Entry *entry;

  while ((entry = heap_peek (known, waiting)) != NULL && entry->peer.next_try_at_us <= now_us)
    {
      heap_remove (known, waiting, entry);
      enqueue (known, entry, ready);
    }
}

BtKnownPeer *
bt_known_peers_pick (BtKnownPeers    *known,
                     const BtAddress *own,
                     gboolean         skip_seeds,
                     gint64           now_us)
{
  Entry *best;
  Entry *seed;

  known->skips_seeds = skip_seeds;
  set_own (known, own);
  promote_due (known, WAITING, READY, now_us);
  best = heap_peek (known, READY);
  if (!skip_seeds)
    {
      promote_due (known, WAITING_SEEDS, READY_SEEDS, now_us);
      seed = heap_peek (known, READY_SEEDS);
      if (best == NULL || (seed != NULL && is_better (seed, best)))
        best = seed;
    }
  return best != NULL ? &best->peer : NULL;
}

gint64
bt_known_peers_get_next_us (BtKnownPeers *known)
{
  gint64 next_us = G_MAXINT64;
  guint  n_queues = known->skips_seeds ? READY + 1 : READY_SEEDS + 1;

  for (guint id = 0; id < n_queues; id++)
    {
      const Entry *entry = heap_peek (known, id);

      if (entry != NULL)
        next_us = MIN (next_us, entry->peer.next_try_at_us);
    }
  return next_us;
}

void
bt_known_peers_set_connected (BtKnownPeers *known,
                              BtKnownPeer  *peer)
{
  detach (known, (Entry *) peer);
  peer->is_connected = 1;
}

/* Microseconds to wait after a connection. */
static gint64
get_pause_us (BtKnownPeers *known,
              const Entry  *entry)
{
  gboolean persons = is_persons (entry);
  guint32  max_ms = persons ? PERSON_RETRY_MAX_MS : RETRY_MAX_MS;
  guint32  ms = persons ? PERSON_RETRY_MS : RETRY_MS;

  if (entry->peer.n_failures == 0)
    {
      ms = persons ? PERSON_AGAIN_MS : AGAIN_MS;
      return (ms + bt_random_below (&known->random, ms + 1)) * BT_MILLISECOND_US;
    }
  for (guint i = 1; i < entry->peer.n_failures && ms < max_ms; i++)
    ms *= 2;
  ms += bt_random_below (&known->random, ms / 4 + 1);
  return MIN (ms, max_ms) * BT_MILLISECOND_US;
}

void
bt_known_peers_set_closed (BtKnownPeers *known,
                           BtKnownPeer  *peer,
                           gboolean      worked,
                           gint64        now_us)
{
  Entry *entry = (Entry *) peer;

  detach (known, entry);
  peer->is_connected = 0;
  if (worked)
    peer->n_failures = 0;
  else if (peer->n_failures < G_MAXUINT16)
    peer->n_failures++;
  if (peer->n_failures >= BT_KNOWN_PEER_MAX_FAILS && !is_persons (entry))
    {
      drop (known, entry);
      return;
    }
  peer->next_try_at_us = now_us + get_pause_us (known, entry);
  attach (known, entry);
}

void
bt_known_peers_set_untried (BtKnownPeers *known,
                            BtKnownPeer  *peer,
                            gint64        now_us)
{
  detach (known, (Entry *) peer);
  peer->is_connected = 0;
  peer->next_try_at_us = now_us;
  attach (known, (Entry *) peer);
}

void
bt_known_peers_set_not_understood (BtKnownPeers *known,
                                   BtKnownPeer  *peer,
                                   gboolean      was_encrypted,
                                   gint64        now_us)
{
  peer->is_plain = was_encrypted != FALSE;
  if (!was_encrypted)
    {
      bt_known_peers_set_closed (known, peer, FALSE, now_us);
      return;
    }

  bt_known_peers_set_untried (known, peer, now_us);
}

void
bt_known_peers_remove (BtKnownPeers *known,
                       BtKnownPeer  *peer)
{
  g_assert (!peer->is_connected);
  drop (known, (Entry *) peer);
}

static void
try_all_again (BtKnownPeers *known,
               gboolean      forget,
               gint64        now_us)
{
  GHashTableIter iter;
  gpointer       value;

  if (known->entries == NULL)
    return;
  g_hash_table_iter_init (&iter, known->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->peer.next_try_at_us <= now_us && !(forget && entry->peer.n_failures > 0))
        continue;
      detach (known, entry);
      entry->peer.next_try_at_us = MIN (entry->peer.next_try_at_us, now_us);
      entry->peer.n_failures = forget ? 0 : entry->peer.n_failures;
      attach (known, entry);
    }
}

void
bt_known_peers_try_again (BtKnownPeers *known,
                          gint64        now_us)
{
  try_all_again (known, FALSE, now_us);
}

void
bt_known_peers_forget_failures (BtKnownPeers *known,
                                gint64        now_us)
{
  try_all_again (known, TRUE, now_us);
}

static BtAddress
get_ip (const BtAddress *address)
{
  BtAddress ip = *address;

  ip.port = 0;
  return ip;
}

static void
mark_banned (BtKnownPeers    *known,
             const BtAddress *ip,
             gboolean         is_banned)
{
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, known->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (!bt_address_equal_ip (&entry->peer.address, ip))
        continue;
      detach (known, entry);
      entry->peer.is_banned = is_banned;
      attach (known, entry);
    }
}

void
bt_known_peers_ban (BtKnownPeers    *known,
                    const BtAddress *address)
{
  BtAddress ip = get_ip (address);
  BtAddress *copy;

  make_tables (known);
  if (g_hash_table_contains (known->bans, &ip))
    return;
  if (g_hash_table_size (known->bans) >= BT_KNOWN_PEERS_MAX_BANS)
    {
      BtAddress *oldest = g_queue_pop_head (&known->ban_order);

      mark_banned (known, oldest, FALSE);
      g_hash_table_remove (known->bans, oldest);
    }
  copy = g_memdup2 (&ip, sizeof ip);
  g_hash_table_add (known->bans, copy);
  g_queue_push_tail (&known->ban_order, copy);
  mark_banned (known, &ip, TRUE);
}

gboolean
bt_known_peers_is_banned (BtKnownPeers    *known,
                          const BtAddress *address)
{
  BtAddress ip = get_ip (address);

  return known->bans != NULL && g_hash_table_contains (known->bans, &ip);
}

void
bt_known_peers_set_seed (BtKnownPeers *known,
                         BtKnownPeer  *peer,
                         gboolean      is_seed)
{
  Entry *entry = (Entry *) peer;

  if (peer->is_seed == (is_seed != FALSE))
    return;
  detach (known, entry);
  peer->is_seed = is_seed != FALSE;
  attach (known, entry);
}

guint
bt_known_peers_get_n (BtKnownPeers *known)
{
  return known->entries != NULL ? g_hash_table_size (known->entries) : 0;
}

void
bt_known_peers_foreach (BtKnownPeers *known,
                        void        (*func) (BtKnownPeer *peer,
                                             gpointer     user_data),
                        gpointer      user_data)
{
  GHashTableIter iter;
  gpointer entry;

  if (known->entries == NULL)
    return;
  g_hash_table_iter_init (&iter, known->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    func (&((Entry *) entry)->peer, user_data);
}

gboolean
bt_known_peers_has_others (BtKnownPeers *known)
{
  GHashTableIter iter;
  gpointer entry;

  if (known->entries == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, known->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    {
      const BtKnownPeer *peer = &((Entry *) entry)->peer;

      if (!peer->is_self && !peer->is_banned)
        return TRUE;
    }
  return FALSE;
}
