/* fuzz-metadata-fetch.c - peers that come, go, claim, answer and lie in any order
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "swarm/bt-metadata-fetch.h"

#include "base/bt-hash.h"

#include <string.h>

#define N_PEERS 6
#define N_BYTES (3 * BT_METADATA_PIECE_BYTES - 100)

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

typedef struct
{
  BtMetadataFetch  *fetch;
  BtMetadataSource *sources[N_PEERS];
  guint             n_out[N_PEERS];
  guint8           *truth;
  gint64            now_us;
} World;

static void
drop (World *world,
      guint  i)
{
  if (world->sources[i] != NULL)
    bt_metadata_fetch_remove (world->fetch, world->sources[i]);
  world->sources[i] = NULL;
  world->n_out[i] = 0;
}

/* An answer: right, wrong, of another length or size, as `how` says. */
static void
answer (World *world,
        guint  i,
        guint  piece,
        guint  how)
{
  guint8 bytes[BT_METADATA_PIECE_BYTES];
  gsize begin = (gsize) piece * BT_METADATA_PIECE_BYTES;
  BtMetadataMessage message = { .type = BT_METADATA_DATA, .piece = piece, .data = bytes };

  memset (bytes, (int) how, sizeof bytes);
  if (begin < N_BYTES && (how & 1) == 0)
    memcpy (bytes, world->truth + begin, MIN (N_BYTES - begin, sizeof bytes));
  message.n_bytes = MAX (1, bt_metadata_get_piece_bytes (N_BYTES, piece));
  if ((how & 6) == 6)
    message.n_bytes = 1 + how;
  message.total_bytes = (how & 24) == 24 ? how : (how & 8) ? 0 : N_BYTES;
  if (!bt_metadata_fetch_take (world->fetch, world->sources[i], &message, world->now_us))
    drop (world, i);
}

static void
check (World *world)
{
  GBytes *bytes = bt_metadata_fetch_get_bytes (world->fetch);
  BtAddress address;
  gpointer owner;
  guint32 piece;
  guint n = 0;

  while (bt_metadata_fetch_take_liar (world->fetch, &address))
    if (++n > BT_METADATA_FETCH_MAX_LIARS)
      g_error ("liars without end");
  for (n = 0; bt_metadata_fetch_next (world->fetch, world->now_us, &owner, &piece); n++)
    {
      guint i = GPOINTER_TO_UINT (owner);

      if (i >= N_PEERS || world->sources[i] == NULL || piece >= BT_METADATA_MAX_PIECES ||
          n > N_PEERS * BT_METADATA_FETCH_REQUESTS)
        g_error ("a request that cannot be");
    }
  if (bytes != NULL && (g_bytes_get_size (bytes) != N_BYTES ||
                        memcmp (g_bytes_get_data (bytes, NULL), world->truth, N_BYTES) != 0))
    g_error ("the wrong one was believed");
  if (bt_metadata_fetch_get_received (world->fetch) > bt_metadata_fetch_get_size (world->fetch))
    g_error ("more than there is");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const guint64 sizes[] = { N_BYTES, N_BYTES, 0, 1, N_BYTES + 1, BT_METADATA_MAX_BYTES,
                                   G_MAXUINT64, N_BYTES };
  g_autofree guint8 *truth = g_malloc (N_BYTES);
  guint8 digest[BT_SHA1_BYTES];
  World world = { .truth = truth, .now_us = 1 };

  for (guint i = 0; i < N_BYTES; i++)
    truth[i] = (guint8) (i * 7 + i / 251);
  bt_sha1 (truth, N_BYTES, digest);
  world.fetch = bt_metadata_fetch_new (digest, NULL);
  for (gsize k = 0; k + 2 < size && k < 900; k += 3)
    {
      guint i = data[k] % N_PEERS;
      guint what = data[k] / N_PEERS % 8;
      BtAddress address;

      bt_address_parse ("10.0.0.1", (guint16) (i + 1), &address);
      if (world.sources[i] == NULL)
        world.sources[i] = bt_metadata_fetch_add (world.fetch, &address, GUINT_TO_POINTER (i));
      if (what == 0)
        drop (&world, i);
      else if (what == 1)
        bt_metadata_fetch_set_size (world.fetch, world.sources[i], sizes[data[k + 1] % 8]);
      else if (what == 2 &&
               !bt_metadata_fetch_reject (world.fetch, world.sources[i], data[k + 1] % 5,
                                          world.now_us))
        drop (&world, i);
      else if (what == 3)
        {
          world.now_us += (gint64) data[k + 1] * 200000;
          bt_metadata_fetch_tick (world.fetch, world.now_us);
        }
      else if (what > 3)
        answer (&world, i, data[k + 1] % 4, data[k + 2]);
      check (&world);
    }
  bt_metadata_fetch_free (world.fetch);
  return 0;
}
