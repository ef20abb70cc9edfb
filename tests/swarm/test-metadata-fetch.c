/* test-metadata-fetch.c - a description from peers of every kind, on a clock that is counted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "swarm/bt-metadata-fetch.h"

#include "base/bt-hash.h"
#include "base/bt-random.h"

#include <string.h>

#define STEP_US   (100 * G_TIME_SPAN_MILLISECOND)
#define MAX_PEERS 24

typedef enum
{
  HONEST,
  SLOW,        /* honest, three seconds an answer */
  WRONG,       /* of the right size, all of it other bytes */
  HALF,        /* every other piece is wrong */
  OTHER_SIZE,  /* a larger one, full of rubbish */
  REJECTING,
  SILENT,
  SHORT,       /* pieces of one byte */
  OTHER_TOTAL, /* says another total_size with its data */
  DRIPPING,    /* of another size, and nine seconds for every piece */
  FLOODING,    /* data that nobody asked for */
  NONE,        /* has not got it */
} Kind;

static const struct
{
  char     letter;
  Kind     kind;
  gboolean lies;
} kinds[] = {
  { 'h', HONEST, FALSE }, { 'l', SLOW, FALSE }, { 'w', WRONG, TRUE }, { 'f', HALF, TRUE },
  { 'o', OTHER_SIZE, TRUE }, { 'r', REJECTING, FALSE }, { 's', SILENT, FALSE },
  { 'x', SHORT, TRUE }, { 't', OTHER_TOTAL, TRUE }, { 'd', DRIPPING, TRUE },
  { '!', FLOODING, TRUE }, { 'n', NONE, FALSE },
};

typedef struct
{
  guint   piece;
  gint64  at_us;  /* when it is answered */
} Answer;

typedef struct
{
  BtMetadataSource *source;   /* NULL: dropped */
  Kind              kind;
  gboolean          lies;
  gboolean          is_named;
  BtAddress         address;
  gsize             size;     /* it claims */
  GArray           *answers;  /* Answer */
  guint             n_asked;
} Peer;

typedef struct
{
  BtMetadataFetch *fetch;
  guint8          *truth;
  gsize            n_bytes;
  Peer             peers[MAX_PEERS];
  guint            n_peers;
  gint64           now_us;
  guint64          n_sent;    /* bytes that peers sent */
} World;

static void
world_init (World      *world,
            const char *letters,
            gsize       n_bytes,
            gboolean    is_v2)
{
  guint8 digest[BT_SHA256_BYTES];
  BtRandom random;

  *world = (World) { .n_bytes = n_bytes, .now_us = 1 };
  world->truth = g_malloc (n_bytes);
  bt_random_init (&random, n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    world->truth[i] = (guint8) bt_random_next (&random);
  if (is_v2)
    bt_sha256 (world->truth, n_bytes, digest);
  else
    bt_sha1 (world->truth, n_bytes, digest);
  world->fetch = bt_metadata_fetch_new (is_v2 ? NULL : digest, is_v2 ? digest : NULL);
  for (; *letters != '\0'; letters++)
    {
      Peer *peer = &world->peers[world->n_peers];
      gsize k = 0;

      while (kinds[k].letter != *letters)
        g_assert_cmpuint (++k, <, G_N_ELEMENTS (kinds));
      peer->kind = kinds[k].kind;
      peer->lies = kinds[k].lies;
      g_assert_true (bt_address_parse ("10.0.0.1", (guint16) ++world->n_peers, &peer->address));
      peer->answers = g_array_new (FALSE, FALSE, sizeof (Answer));
      peer->size = n_bytes;
      if (peer->kind == OTHER_SIZE || peer->kind == DRIPPING)
        peer->size = MIN (n_bytes + 40000, BT_METADATA_MAX_BYTES);
      if (peer->kind == NONE)
        peer->size = 0;
      peer->source = bt_metadata_fetch_add (world->fetch, &peer->address, peer);
      g_assert_true (bt_metadata_fetch_set_size (world->fetch, peer->source, peer->size));
    }
}

static void
world_clear (World *world)
{
  for (guint i = 0; i < world->n_peers; i++)
    g_array_unref (world->peers[i].answers);
  bt_metadata_fetch_free (world->fetch);
  g_free (world->truth);
}

static void
drop (World *world,
      Peer  *peer)
{
  if (peer->source != NULL)
    bt_metadata_fetch_remove (world->fetch, peer->source);
  peer->source = NULL;
  g_array_set_size (peer->answers, 0);
}

static void
ask_all (World *world)
{
  gpointer owner;
  guint32 piece;

  while (bt_metadata_fetch_next (world->fetch, world->now_us, &owner, &piece))
    {
      Peer *peer = owner;
      Answer answer = { piece, world->now_us + STEP_US };

      g_assert_nonnull (peer->source);
      g_assert_cmpuint (piece, <, bt_metadata_count_pieces (peer->size));
      peer->n_asked++;
      if (peer->kind == SLOW)
        answer.at_us = world->now_us + 3 * G_USEC_PER_SEC;
      if (peer->kind == DRIPPING)
        answer.at_us = world->now_us + 9 * G_USEC_PER_SEC;
      if (peer->kind != SILENT)
        g_array_append_val (peer->answers, answer);
      g_assert_cmpuint (peer->answers->len, <=, 2 * BT_METADATA_FETCH_REQUESTS);
    }
}

/* FALSE: dropped. */
static gboolean
give (World *world,
      Peer  *peer,
      guint  piece)
{
  guint8 bytes[BT_METADATA_PIECE_BYTES] = { 0 };
  gsize begin = (gsize) piece * BT_METADATA_PIECE_BYTES;
  BtMetadataMessage data = {
    .type = BT_METADATA_DATA,
    .piece = piece,
    .total_bytes = (guint32) peer->size,
    .data = bytes,
    .n_bytes = bt_metadata_get_piece_bytes (peer->size, piece),
  };

  if (begin < world->n_bytes)
    memcpy (bytes, world->truth + begin, MIN (world->n_bytes - begin, sizeof bytes));
  if (peer->kind == WRONG || (peer->kind == HALF && piece % 2 == 1))
    bytes[0] ^= 1;
  if (peer->kind == SHORT)
    data.n_bytes = data.n_bytes > 1 ? 1 : 2;
  if (peer->kind == OTHER_TOTAL)
    data.total_bytes++;
  world->n_sent += data.n_bytes;
  return bt_metadata_fetch_take (world->fetch, peer->source, &data, world->now_us);
}

static void
take_liars (World *world)
{
  BtAddress address;

  while (bt_metadata_fetch_take_liar (world->fetch, &address))
    for (guint i = 0; i < world->n_peers; i++)
      if (bt_address_equal (&world->peers[i].address, &address))
        {
          g_assert_true (world->peers[i].lies);
          g_assert_false (world->peers[i].is_named);
          world->peers[i].is_named = TRUE;
          drop (world, &world->peers[i]);
        }
}

static void
step (World *world)
{
  for (guint i = 0; i < world->n_peers; i++)
    {
      Peer *peer = &world->peers[i];
      gboolean is_good = TRUE;

      for (guint k = 0; peer->kind == FLOODING && peer->source != NULL && is_good && k < 20; k++)
        is_good = give (world, peer, k % bt_metadata_count_pieces (peer->size));
      for (guint k = 0; is_good && peer->source != NULL && k < peer->answers->len;)
        {
          Answer answer = g_array_index (peer->answers, Answer, k);

          if (answer.at_us > world->now_us)
            {
              k++;
              continue;
            }
          g_array_remove_index (peer->answers, k);
          is_good = peer->kind == REJECTING
                      ? bt_metadata_fetch_reject (world->fetch, peer->source, answer.piece,
                                                  world->now_us)
                      : give (world, peer, answer.piece);
        }
      take_liars (world);
      if (!is_good && peer->source != NULL)
        drop (world, peer);
      if (peer->source != NULL && bt_metadata_source_is_refusing (peer->source))
        drop (world, peer);
      ask_all (world);
    }
  world->now_us += STEP_US;
  bt_metadata_fetch_tick (world->fetch, world->now_us);
}

/* Seconds until it was there; -1: not within `max_s`. */
static double
run (World *world,
     guint  max_s)
{
  gint64 began_us = world->now_us;

  ask_all (world);
  while (bt_metadata_fetch_get_bytes (world->fetch) == NULL)
    {
      if (world->now_us - began_us > (gint64) max_s * G_USEC_PER_SEC)
        return -1;
      step (world);
    }
  g_assert_cmpmem (g_bytes_get_data (bt_metadata_fetch_get_bytes (world->fetch), NULL),
                   g_bytes_get_size (bt_metadata_fetch_get_bytes (world->fetch)), world->truth,
                   world->n_bytes);
  return (double) (world->now_us - began_us) / G_USEC_PER_SEC;
}

static const struct
{
  const char *letters;
  gsize       n_bytes;
  guint       max_s;      /* at most, until it is there */
  const char *named;      /* those that must have been found out */
} cases[] = {
  { "h", 1, 1, "" },
  { "h", 16384, 1, "" },
  { "h", 16385, 1, "" },
  { "hhh", 500000, 2, "" },
  { "hhhhhhhhhh", BT_METADATA_MAX_BYTES, 5, "" },
  { "nnh", 50000, 1, "" },
  { "l", 100000, 12, "" },
  { "lh", 100000, 2, "" },
  /* Somebody does not answer: the others do. */
  { "sh", 100000, 1, "" },
  { "ssssssh", 10000, 3, "" },
  { "rrrh", 500000, 3, "" },
  /* One lies about all of it. */
  { "wh", 10000, 2, "w" },
  { "wh", 500000, 10, "w" },
  { "hw", 500000, 10, "w" },
  { "fh", 500000, 10, "f" },
  { "wwwwh", 200000, 10, "wwww" },
  { "hhhhf", 200000, 10, "f" },
  { "whfhwhfh", 500000, 10, "ww" },
  /* About the size; alone and together. */
  { "oh", 100000, 5, "" },
  { "ooh", 100000, 10, "o" },
  { "oooooooh", 200000, 30, "" },
  { "ddh", 2000000, 30, "" },
  { "xh", 100000, 2, "x" },
  { "th", 100000, 2, "t" },
  { "!h", 100000, 2, "" },
  { "wfoxtrsdl!nh", 300000, 200, "xt" },
  { "hwfoxtrsdl!n", 300000, 100, "xt" },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int is_v2 = 0; is_v2 < 2; is_v2++)
      {
        const char *named = cases[i].named;
        World world;
        double took;

        world_init (&world, cases[i].letters, cases[i].n_bytes, is_v2);
        took = run (&world, cases[i].max_s);
        g_test_message ("%s %" G_GSIZE_FORMAT ": %.1f s, %" G_GUINT64_FORMAT " bytes sent",
                        cases[i].letters, cases[i].n_bytes, took, world.n_sent);
        g_assert_cmpfloat (took, >=, 0);
        for (guint k = 0; k < world.n_peers && *named != '\0'; k++)
          if (cases[i].letters[k] == *named && world.peers[k].is_named)
            named++;
        g_assert_cmpstr (named, ==, "");
        world_clear (&world);
      }
}

/* Whatever they are and in whatever order they come, one honest peer among them is enough, and it is never blamed. */
static void
test_random (void)
{
  BtRandom random;

  bt_random_init (&random, 7);
  for (guint round = 0; round < 300; round++)
    {
      char letters[MAX_PEERS + 1] = { 0 };
      guint n = 1 + bt_random_below (&random, 12);
      gsize n_bytes = 1 + bt_random_below (&random, 300000);
      World world;
      double took;

      for (guint i = 0; i < n; i++)
        letters[i] = kinds[bt_random_below (&random, G_N_ELEMENTS (kinds))].letter;
      letters[bt_random_below (&random, n)] = 'h';
      world_init (&world, letters, n_bytes, FALSE);
      took = run (&world, 1200);
      g_test_message ("%s %" G_GSIZE_FORMAT ": %.1f s", letters, n_bytes, took);
      g_assert_cmpfloat (took, >=, 0);
      world_clear (&world);
    }
}

/* Nobody has it: it is asked for ever more rarely, and nobody for ever. */
static void
test_nobody (void)
{
  static const char *const crowds[] = { "", "n", "s", "r", "w", "ww", "wfo", "ddd", "srnwfox!t" };

  for (gsize i = 0; i < G_N_ELEMENTS (crowds); i++)
    {
      guint n_asked = 0;
      World world;

      world_init (&world, crowds[i], 100000, FALSE);
      g_assert_cmpfloat (run (&world, 3600), <, 0);
      for (guint k = 0; k < world.n_peers; k++)
        {
          g_assert_null (world.peers[k].kind != NONE ? world.peers[k].source : NULL);
          n_asked += world.peers[k].n_asked;
        }
      g_test_message ("%s: asked %u times", crowds[i], n_asked);
      g_assert_cmpuint (n_asked, <, 400);
      world_clear (&world);
    }
}

/* A few at first; who has none is not asked; nobody is asked for one thing twice. */
static void
test_requests (void)
{
  World world;
  gpointer owner;
  guint32 piece;
  guint n = 0;

  world_init (&world, "hhhhn", 2 * BT_METADATA_PIECE_BYTES, FALSE);
  while (bt_metadata_fetch_next (world.fetch, 1, &owner, &piece))
    {
      g_assert_true (owner != &world.peers[4]);
      g_assert_cmpuint (++n, <=, 4);
    }
  g_assert_cmpuint (n, ==, 4);
  world_clear (&world);

  world_init (&world, "h", 20 * BT_METADATA_PIECE_BYTES, FALSE);
  for (n = 0; bt_metadata_fetch_next (world.fetch, 1, &owner, &piece); n++)
    g_assert_cmpuint (piece, ==, n);
  g_assert_cmpuint (n, ==, BT_METADATA_FETCH_REQUESTS);
  g_assert_cmpuint (bt_metadata_fetch_get_size (world.fetch), ==, 20 * BT_METADATA_PIECE_BYTES);
  g_assert_false (bt_metadata_fetch_set_size (world.fetch, world.peers[0].source,
                                              (guint64) BT_METADATA_MAX_BYTES + 1));
  g_assert_true (bt_metadata_source_is_liar (world.peers[0].source));
  g_assert_false (bt_metadata_fetch_next (world.fetch, 1, &owner, &piece));
  world_clear (&world);
}

/* Peers that come and go in the middle of it. */
static void
test_coming_and_going (void)
{
  World world;

  world_init (&world, "hwhfl", 1000000, FALSE);
  for (guint round = 0; round < 20; round++)
    {
      Peer *peer = &world.peers[round % 5];

      ask_all (&world);
      step (&world);
      drop (&world, peer);
      step (&world);
      if (peer->is_named)
        continue;
      peer->source = bt_metadata_fetch_add (world.fetch, &peer->address, peer);
      bt_metadata_fetch_set_size (world.fetch, peer->source, peer->size);
    }
  g_assert_cmpfloat (run (&world, 60), >=, 0);
  world_clear (&world);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/metadata-fetch/requests", test_requests);
  g_test_add_func ("/swarm/metadata-fetch/cases", test_cases);
  g_test_add_func ("/swarm/metadata-fetch/random", test_random);
  g_test_add_func ("/swarm/metadata-fetch/nobody", test_nobody);
  g_test_add_func ("/swarm/metadata-fetch/coming-and-going", test_coming_and_going);
  return g_test_run ();
}
