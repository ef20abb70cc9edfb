/* victim.h - a program that downloads into a state and is made to end badly, and the judge of what it kept
 *
 * The test seeds; a child (the test's own program again) downloads with a library whose checkpoints are close
 * together. When it has ended, however that was, the test opens the state itself: whatever was answered as added must
 * be there, and every have-bit is hashed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "test-node.h"

G_BEGIN_DECLS

#define VICTIM_N_TORRENTS    2
#define VICTIM_CHECKPOINT_US (60 * BT_MILLISECOND_US)

/* What all victims of a test download. */
typedef struct
{
  TestWorld  *world;
  TestNode   *seed;
  BtMetainfo *metainfos[VICTIM_N_TORRENTS];
  guint64     total_bytes;
  const char *program;     /* borrowed */
} VictimSeed;

typedef struct
{
  VictimSeed *seed;        /* borrowed */
  char       *folder;      /* owned; to download into */
  char       *state;       /* owned; a file in a folder of its own */
  char       *received;    /* owned; a file, 8 bytes: payload bytes that the child has received in this life */
  guint64     limit_bps;   /* of the child */
  gboolean    ends;        /* the child ends by itself when there is nothing left that it can do */
  GPid        pid;         /* 0: no child runs */
  int         answers_fd;
  guint       n_answered;  /* adds that a child has been told of, in all its lives */
  guint       n_claimed;   /* have-bits that were hashed */
} Victim;

/* To be called first in main(): TRUE when this is the child, whose exit status is in `out_status`: 0 when all there
 * was to do is done, 4 when the state could not be opened. */
gboolean    victim_main       (int                argc,
                               char             **argv,
                               int               *out_status);
/* `album` (in pieces of `piece_bytes`) and `film` end with a NULL path. */
VictimSeed *victim_seed_new   (const char        *program,
                               const TestFile    *album,
                               guint32            piece_bytes,
                               const TestFile    *film);
void        victim_seed_free  (VictimSeed        *seed);
/* Serves until this instant of real time, to which the made-up clock keeps up. */
void        victim_seed_serve (VictimSeed        *seed,
                               gint64             until_us);
Victim     *victim_new        (VictimSeed        *seed,
                               const char        *name);
void        victim_free       (Victim            *victim);
/* `environment` nullable: "NAME=VALUE" beside the test's own, NULL-terminated. */
void        victim_spawn      (Victim            *victim,
                               const char *const *environment);
/* After the child has ended and was waited for: takes note of what it was answered. Returns how many payload bytes
 * it had received, as of some milliseconds before. */
guint64     victim_note_end   (Victim            *victim);
/* Returns how many torrents are complete, by the state. */
guint       victim_judge      (Victim            *victim);
/* Data and state are gone. */
void        victim_begin_anew (Victim            *victim);

G_END_DECLS
