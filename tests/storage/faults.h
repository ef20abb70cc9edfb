/* faults.h - system calls that fail, fall short or wait when a test says so
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "storage/bt-disk-private.h"

typedef enum
{
  CALL_OPEN,
  CALL_PREADV,
  CALL_PWRITEV,
  CALL_FTRUNCATE,
  CALL_FALLOCATE,
  CALL_FSYNC,
  CALL_STAT,
  CALL_RENAME,
  CALL_UNLINK,
  N_CALLS,
} Call;

#define FAULT_SHORT   -1  /* moves at most 1000 bytes */
#define FAULT_NOTHING -2  /* returns 0 */
#define FAULT_FOREVER G_MAXUINT

typedef struct
{
  Call  call;
  guint first;         /* from the first-th call on, counted from 1 … */
  guint n_times;       /* … so many times */
  int   error_number;  /* or one of the above */
} Fault;

/* Counts start anew; NULL: no fault. */
void  faults_set              (BtDisk      *disk,
                               const Fault *fault);
guint faults_get_n_calls      (Call         call);
/* The most that were under way at the same time. */
guint faults_get_max_parallel (Call         call);
/* From now on, such calls wait. */
void  faults_hold             (Call         call);
/* Until so many do. */
void  faults_wait_held        (guint        n_held);
void  faults_release          (void);
