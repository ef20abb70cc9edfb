/* test-kill.c - a program that downloads is killed again and again, and what it kept is judged
 *
 * FRESHET_KILLS=N in the environment kills N times instead of N_KILLS.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "victim.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#define N_KILLS     200
#define MAX_RUN_US  400000
#define CHILD_BPS   (6u * 1024 * 1024)
/* Whole pieces are found again by their hashes. Of these next to none becomes whole in a life: without checkpoints, or
 * when they told nothing of single blocks, nearly all that a life has fetched would be fetched again. */
#define PIECE_BYTES (1024u * 1024)
/* What comes in between two checkpoints. A kill loses what has come since the begin of the last checkpoint that was
 * committed: on average half as much, and what comes while one is carried out, for which there is half of that again.
 * What was in flight was not received; a block that two were asked for there is not, with one seed. The last 5 ms of
 * each life are not counted. */
#define LOST_BYTES  ((guint) (CHILD_BPS * VICTIM_CHECKPOINT_US / BT_SECOND_US))

/* Some twenty lives long, and some ten series: over fewer lives, chance alone can make the average miss its bound. */
static const TestFile album[] = {
  { "one.bin", 6000000 }, { "deep/two.bin", 3600001 }, { "three.bin", 280000 }, { NULL, 0 },
};
static const TestFile film[] = { { "film.bin", 5200000 }, { NULL, 0 } };

static const char *program;

static guint64
run_and_kill (Victim *victim,
              gint64  run_us)
{
  GPid pid;
  int status;

  victim_spawn (victim, NULL);
  pid = victim->pid;
  victim_seed_serve (victim->seed, g_get_monotonic_time () + run_us);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  /* It did not end by itself. */
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  return victim_note_end (victim);
}

static guint
get_n_kills (void)
{
  const char *wanted = g_getenv ("FRESHET_KILLS");

  return wanted != NULL ? (guint) atoi (wanted) : N_KILLS;
}

static void
test_kill (void)
{
  VictimSeed *seed = victim_seed_new (program, album, PIECE_BYTES, film);
  Victim *victim = victim_new (seed, "victim");
  GRand *random = g_rand_new_with_seed (7);
  guint n_kills = get_n_kills ();
  guint n_completed = 0;
  guint n_lives = 0;           /* since all began anew */
  guint64 received_bytes = 0;  /* likewise */
  guint64 all_bytes = 0;       /* of the series that were completed, as are these */
  guint64 again_bytes = 0;
  guint n_all_lives = 0;

  victim->limit_bps = CHILD_BPS;
  for (guint i = 0; i < n_kills; i++)
    {
      received_bytes += run_and_kill (victim, g_rand_int_range (random, 1000, MAX_RUN_US));
      n_lives++;
      if (victim_judge (victim) < VICTIM_N_TORRENTS)
        continue;
      again_bytes += received_bytes - MIN (received_bytes, seed->total_bytes);
      all_bytes += received_bytes;
      n_all_lives += n_lives;
      /* A busy disk makes checkpoints of a few lives slow; never so much. */
      g_assert_cmpuint (received_bytes, <=, seed->total_bytes + n_lives * 2 * LOST_BYTES);
      n_completed++;
      n_lives = 0;
      received_bytes = 0;
      victim_begin_anew (victim);
    }
  g_assert_cmpuint (victim->n_claimed, >, n_kills);
  g_assert_cmpuint (n_completed, >, 0);
  g_assert_cmpuint (again_bytes, <=, n_all_lives * (guint64) LOST_BYTES * 3 / 4);
  g_test_message ("%u have-bits hashed, %u times complete; of %u bytes a kill %u were fetched "
                  "again, at most %u may be",
                  victim->n_claimed, n_completed, (guint) (all_bytes / n_all_lives),
                  (guint) (again_bytes / n_all_lives), LOST_BYTES * 3 / 4);
  g_rand_free (random);
  victim_free (victim);
  victim_seed_free (seed);
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (victim_main (argc, argv, &status))
    return status;
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/library/kill", test_kill);
  return g_test_run ();
}
