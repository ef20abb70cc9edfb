/* test-faults.c - every call of a download that changes files fails in turn, and what was kept is judged
 *
 * The child (victim.h) is preloaded with tests/support/faults.c. After each of its lives: it did not crash or hang, the
 * state opens, no answered add is missing, every have-bit is right; and a life without faults then completes.
 *
 *   test-faults FAULTS.so
 *
 * FRESHET_FAULTS=all in the environment lets every single call fail in each way; else every STRIDE-th does, in one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "victim.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define STRIDE     5
#define N_VICTIMS  4                     /* at once: they mostly wait */
#define MAX_LIFE_US (30 * BT_SECOND_US)  /* then it hangs */
#define CHILD_BPS  (3u * 1024 * 1024)

/* Several files, a piece across their border, and more than one checkpoint's worth. */
static const TestFile album[] = {
  { "one.bin", 200000 }, { "deep/two.bin", 130001 }, { "three.bin", 7000 }, { NULL, 0 },
};
static const TestFile film[] = { { "film.bin", 150000 }, { NULL, 0 } };

typedef struct
{
  const char *title;
  int         error;
  guint       n_fail;  /* 0: all from then on */
} Way;

static const Way ways[] = {
  { "one error", EIO, 1 },
  { "a full disk for a moment", ENOSPC, 3 },
  { "a full disk", ENOSPC, 0 },
  { "a disk that has gone", EIO, 0 },
};

static const char *program;
static const char *faults;

typedef struct
{
  VictimSeed *seed;
  Victim     *victim;
  char       *report;   /* owned; a file */
  const Way  *way;      /* nullable: no fault in this life */
  guint       at;
  gint64      since_us;
} Slot;

static void
spawn (Slot      *slot,
       const Way *way,
       guint      at)
{
  g_autofree char *parent = g_path_get_dirname (slot->victim->folder);
  g_autofree char *preload = g_strconcat ("LD_PRELOAD=", faults, NULL);
  g_autofree char *under = g_strconcat ("FAULT_UNDER=", parent, "/", NULL);
  g_autofree char *report = g_strconcat ("FAULT_REPORT=", slot->report, NULL);
  g_autofree char *number = g_strdup_printf ("FAULT_AT=%u", way != NULL ? at : 0);
  g_autofree char *n_fail = g_strdup_printf ("FAULT_FOR=%u", way != NULL ? way->n_fail : 0);
  g_autofree char *code = g_strdup_printf ("FAULT_ERRNO=%d", way != NULL ? way->error : 0);
  const char *environment[] = { preload, under, report, number, n_fail, code, NULL };

  slot->way = way;
  slot->at = at;
  slot->since_us = g_get_monotonic_time ();
  victim_spawn (slot->victim, environment);
}

/* How many calls there were in that life. */
static guint
read_report (Slot  *slot,
             char **out_failed)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (slot->report, &text, NULL, NULL))
    return 0;
  g_unlink (slot->report);
  words = g_strsplit (g_strchomp (text), " ", 2);
  *out_failed = g_strdup (words[1]);
  return (guint) atoi (words[0]);
}

/* FALSE: it lives on. */
static gboolean
reap (Slot  *slot,
      guint *out_n_calls)
{
  g_autofree char *failed = NULL;
  guint n_complete;
  int status;

  if (waitpid (slot->victim->pid, &status, WNOHANG) == 0)
    {
      if (g_get_monotonic_time () - slot->since_us < MAX_LIFE_US)
        return FALSE;
      kill (slot->victim->pid, SIGABRT);
      waitpid (slot->victim->pid, &status, 0);
    }
  *out_n_calls = read_report (slot, &failed);
  victim_note_end (slot->victim);
  if (WIFSIGNALED (status) || (WEXITSTATUS (status) != 0 && slot->way == NULL))
    g_error ("%s at call %u (%s): status %x", slot->way != NULL ? slot->way->title : "no fault",
             slot->at, failed, (guint) status);
  n_complete = victim_judge (slot->victim);
  if (slot->way == NULL && n_complete != VICTIM_N_TORRENTS)
    g_error ("not complete without faults, after some at call %u", slot->at);
  return TRUE;
}

static Slot *
slot_new (VictimSeed *seed,
          guint       index)
{
  Slot *slot = g_new0 (Slot, 1);
  g_autofree char *name = g_strdup_printf ("victim-%u", index);

  slot->seed = seed;
  slot->victim = victim_new (seed, name);
  slot->victim->limit_bps = CHILD_BPS;
  slot->victim->ends = TRUE;
  slot->report = g_strdup_printf ("%s/%s.report", seed->world->folder, name);
  return slot;
}

static void
slot_free (Slot *slot)
{
  victim_free (slot->victim);
  g_free (slot->report);
  g_free (slot);
}

static guint
count_calls (Slot *slot)
{
  guint n_calls;

  spawn (slot, NULL, 0);
  do
    victim_seed_serve (slot->seed, g_get_monotonic_time () + 1000);
  while (!reap (slot, &n_calls));
  victim_begin_anew (slot->victim);
  return n_calls;
}

/* One step of a slot's: a life with a fault, then, with what that left, one without. FALSE: it has none to go to. */
static gboolean
advance (Slot  *slot,
         guint *next,
         guint  n_cases,
         guint  stride)
{
  guint n_calls;

  if (slot->victim->pid != 0)
    {
      if (!reap (slot, &n_calls))
        return TRUE;
      if (slot->way != NULL)
        {
          spawn (slot, NULL, slot->at);
          return TRUE;
        }
      victim_begin_anew (slot->victim);
    }
  if (*next >= n_cases)
    return FALSE;
  if (stride == 1)
    spawn (slot, &ways[*next % G_N_ELEMENTS (ways)], 1 + *next / G_N_ELEMENTS (ways));
  else
    spawn (slot, &ways[*next % G_N_ELEMENTS (ways)], 1 + *next * stride);
  (*next)++;
  return TRUE;
}

static void
test_faults (void)
{
  gboolean is_all = g_strcmp0 (g_getenv ("FRESHET_FAULTS"), "all") == 0;
  VictimSeed *seed = victim_seed_new (program, album, 65536, film);
  Slot *slots[N_VICTIMS];
  guint n_calls, n_cases, n_claimed = 0;
  guint next = 0;
  gboolean is_busy = TRUE;

  for (guint i = 0; i < N_VICTIMS; i++)
    slots[i] = slot_new (seed, i);
  n_calls = count_calls (slots[0]);
  g_assert_cmpuint (n_calls, >, 100);
  n_cases = is_all ? n_calls * G_N_ELEMENTS (ways) : n_calls / STRIDE + 1;
  while (is_busy)
    {
      is_busy = FALSE;
      for (guint i = 0; i < N_VICTIMS; i++)
        is_busy |= advance (slots[i], &next, n_cases, is_all ? 1 : STRIDE);
      victim_seed_serve (seed, g_get_monotonic_time () + 1000);
    }
  for (guint i = 0; i < N_VICTIMS; i++)
    {
      n_claimed += slots[i]->victim->n_claimed;
      slot_free (slots[i]);
    }
  g_test_message ("%u calls, %u cases, %u have-bits hashed", n_calls, n_cases, n_claimed);
  g_assert_cmpuint (n_claimed, >, n_cases);
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
  g_assert_cmpint (argc, ==, 2);
  faults = argv[1];
  g_test_add_func ("/library/faults", test_faults);
  return g_test_run ();
}
