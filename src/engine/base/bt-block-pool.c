/* bt-block-pool.c - slots of one block each, within one budget
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-block-pool.h"

#include "bt-geometry.h"

#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define FORBID_SLOT(slot) ASAN_POISON_MEMORY_REGION (slot, BT_BLOCK_BYTES)
#define ALLOW_SLOT(slot) ASAN_UNPOISON_MEMORY_REGION (slot, BT_BLOCK_BYTES)
#else
#define FORBID_SLOT(slot)
#define ALLOW_SLOT(slot)
#endif

/* A chunk is one huge page where the kernel has them: every byte of a download passes through the pool, and faults and
 * translations of small pages were a good twentieth of all its processor time. */
#define CHUNK_BYTES     ((gsize) 2 * 1024 * 1024)
#define SLOTS_PER_CHUNK (CHUNK_BYTES / BT_BLOCK_BYTES)

typedef struct
{
  guint8  *base;                      /* owned; mapped, CHUNK_BYTES, aligned to as much */
  guint    n_used;
  gboolean is_used[SLOTS_PER_CHUNK];  /* lent */
} Chunk;

/* Invariant: every slot of every chunk is either lent (is_used, and both n_used count it) or stands exactly once in
 * `free_slots`.
 */
struct _BtBlockPool
{
  GArray    *chunks;      /* owned; of Chunk, by rising base */
  GPtrArray *free_slots;  /* owned; a stack */
  guint      n_used;
  guint      n_max;
};

BtBlockPool *
bt_block_pool_new (guint64 budget_bytes)
{
  BtBlockPool *pool = g_new0 (BtBlockPool, 1);

  pool->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  pool->free_slots = g_ptr_array_new ();
  pool->n_max = (guint) MIN (budget_bytes / BT_BLOCK_BYTES, G_MAXINT);
  return pool;
}

static void
unmap_chunk (const Chunk *chunk)
{
  for (guint i = 0; i < SLOTS_PER_CHUNK; i++)
    ALLOW_SLOT (chunk->base + (gsize) i * BT_BLOCK_BYTES);
  munmap (chunk->base, CHUNK_BYTES);
}

void
bt_block_pool_free (BtBlockPool *pool)
{
  if (pool == NULL)
    return;

  g_assert (pool->n_used == 0);

  for (guint i = 0; i < pool->chunks->len; i++)
    unmap_chunk (&g_array_index (pool->chunks, Chunk, i));
  g_array_unref (pool->chunks);
  g_ptr_array_unref (pool->free_slots);
  g_free (pool);
}

/* How many chunks begin at or before `address`: the one that may hold it is the last of these. */
static guint
count_chunks_up_to (BtBlockPool  *pool,
                    const guint8 *address)
{
  guint low = 0;
  guint high = pool->chunks->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (pool->chunks, Chunk, middle).base <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The chunk of a slot of ours, and the slot's place in it. */
static Chunk *
find_chunk (BtBlockPool  *pool,
            const guint8 *slot,
            guint        *out_place)
{
  guint n_chunks = count_chunks_up_to (pool, slot);
  Chunk *chunk;
  gsize offset;

  g_assert (n_chunks > 0);
  chunk = &g_array_index (pool->chunks, Chunk, n_chunks - 1);
  offset = (gsize) (slot - chunk->base);
  g_assert (offset < CHUNK_BYTES && offset % BT_BLOCK_BYTES == 0);

  *out_place = (guint) (offset / BT_BLOCK_BYTES);
  return chunk;
}

/* NULL when the system has no more. */
static guint8 *
map_chunk (void)
{
  guint8 *mapped = mmap (NULL, 2 * CHUNK_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  guint8 *base;
  gsize before;

  if (mapped == MAP_FAILED)
    return NULL;
  before = (CHUNK_BYTES - (gsize) mapped % CHUNK_BYTES) % CHUNK_BYTES;
  base = mapped + before;
  if (before > 0)
    munmap (mapped, before);
  munmap (base + CHUNK_BYTES, CHUNK_BYTES - before);
  /* Advice: a kernel without huge pages says no, and nothing is lost. */
  madvise (base, CHUNK_BYTES, MADV_HUGEPAGE);
  return base;
}

static gboolean
add_chunk (BtBlockPool *pool)
{
  Chunk chunk = { .base = map_chunk () };

  if (chunk.base == NULL)
    return FALSE;

  g_array_insert_val (pool->chunks, count_chunks_up_to (pool, chunk.base), chunk);
  /* The lowest slot comes out first. */
  for (gsize i = SLOTS_PER_CHUNK; i-- > 0;)
    {
      guint8 *slot = chunk.base + i * BT_BLOCK_BYTES;

      FORBID_SLOT (slot);
      g_ptr_array_add (pool->free_slots, slot);
    }
  return TRUE;
}

guint8 *
bt_block_pool_acquire (BtBlockPool *pool,
                       gboolean     may_exceed)
{
  guint8 *slot;
  Chunk *chunk;
  guint place;

  if (pool->n_used >= pool->n_max && !may_exceed)
    return NULL;
  if (pool->free_slots->len == 0 && !add_chunk (pool))
    return NULL;

  slot = g_ptr_array_steal_index_fast (pool->free_slots, pool->free_slots->len - 1);
  chunk = find_chunk (pool, slot, &place);
  g_assert (!chunk->is_used[place]);
  chunk->is_used[place] = TRUE;
  chunk->n_used++;
  pool->n_used++;
  ALLOW_SLOT (slot);
  return slot;
}

void
bt_block_pool_release (BtBlockPool *pool,
                       guint8      *slot)
{
  guint place;
  Chunk *chunk = find_chunk (pool, slot, &place);

  g_assert (chunk->is_used[place]);
  chunk->is_used[place] = FALSE;
  chunk->n_used--;
  pool->n_used--;
  FORBID_SLOT (slot);
  g_ptr_array_add (pool->free_slots, slot);
}

guint
bt_block_pool_get_n_used (BtBlockPool *pool)
{
  return pool->n_used;
}

guint
bt_block_pool_get_n_max (BtBlockPool *pool)
{
  return pool->n_max;
}

gboolean
bt_block_pool_is_high (BtBlockPool *pool)
{
  return (guint64) pool->n_used * 8 > (guint64) pool->n_max * 7;
}

gboolean
bt_block_pool_is_low (BtBlockPool *pool)
{
  /* Nothing in use is low whatever the budget, or those who wait would wait for ever. */
  return pool->n_used == 0 || (guint64) pool->n_used * 4 < (guint64) pool->n_max * 3;
}

/* Unmaps idle chunks, the highest addresses first, while `n_keep` free slots stay; returns how many went. */
static guint
drop_idle_chunks (BtBlockPool *pool,
                  guint        n_keep)
{
  guint n_free = pool->free_slots->len;
  guint n_to_drop = n_free > n_keep ? (guint) ((n_free - n_keep) / SLOTS_PER_CHUNK) : 0;
  guint n_dropped = 0;

  for (guint i = pool->chunks->len; i-- > 0 && n_dropped < n_to_drop;)
    {
      Chunk *chunk = &g_array_index (pool->chunks, Chunk, i);

      if (chunk->n_used > 0)
        continue;
      unmap_chunk (chunk);
      g_array_remove_index (pool->chunks, i);
      n_dropped++;
    }
  return n_dropped;
}

void
bt_block_pool_trim (BtBlockPool *pool,
                    guint        n_keep)
{
  if (drop_idle_chunks (pool, n_keep) == 0)
    return;

  /* The stack is made anew with the lowest slot on top, so that what is used gathers in few chunks. */
  g_ptr_array_set_size (pool->free_slots, 0);
  for (guint i = pool->chunks->len; i-- > 0;)
    {
      const Chunk *chunk = &g_array_index (pool->chunks, Chunk, i);

      for (gsize j = SLOTS_PER_CHUNK; j-- > 0;)
        if (!chunk->is_used[j])
          g_ptr_array_add (pool->free_slots, chunk->base + j * BT_BLOCK_BYTES);
    }
}
