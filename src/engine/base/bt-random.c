/* bt-random.c - randomness that a test can repeat, and randomness nobody can
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-base"

#include "bt-random.h"

#include <gnutls/crypto.h>

/* One step of splitmix64: spreads a seed, however poor, over all bits. */
static guint64
split_mix (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void
bt_random_init (BtRandom *random,
                guint64   seed)
{
  random->state[0] = split_mix (&seed);
  random->state[1] = split_mix (&seed);
  /* All zero is the one state that xorshift never leaves. */
  if (random->state[0] == 0 && random->state[1] == 0)
    random->state[0] = 1;
}

/* xorshift128+; the upper half of its sum, whose low bits are the weak ones. */
guint32
bt_random_next (BtRandom *random)
{
  guint64 a = random->state[0];
  guint64 b = random->state[1];
  guint64 sum = a + b;

  a ^= a << 23;
  random->state[0] = b;
  random->state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
  return (guint32) (sum >> 32);
}

/* Scales 32 random bits by multiplication and draws again for the few products that would favour some values. */
guint32
bt_random_below (BtRandom *random,
                 guint32   n_values)
{
  guint64 product;
  guint32 n_unfair;

  g_assert (n_values >= 1);

  product = (guint64) bt_random_next (random) * n_values;
  if ((guint32) product < n_values)
    {
      n_unfair = (guint32) -n_values % n_values;
      while ((guint32) product < n_unfair)
        product = (guint64) bt_random_next (random) * n_values;
    }
  return (guint32) (product >> 32);
}

void
bt_random_fill_secure (gpointer bytes,
                       gsize    n_bytes)
{
  /* Without a source of randomness nothing that follows would be safe: there is nothing to go on with. */
  if (n_bytes > 0 && gnutls_rnd (GNUTLS_RND_RANDOM, bytes, n_bytes) < 0)
    g_error ("No random numbers from the system");
}

guint64
bt_random_seed (void)
{
  guint64 seed;

  bt_random_fill_secure (&seed, sizeof seed);
  return seed;
}

void
bt_random_fill_letters (guint8 *bytes,
                        gsize   n_bytes)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  bt_random_fill_secure (bytes, n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    bytes[i] = (guint8) letters[bytes[i] % (sizeof letters - 1)];
}
