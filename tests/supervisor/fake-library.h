/* fake-library.h - a library that writes down what it is asked for, keeps nothing, and fails when it is told to
 *
 * It takes the place of library/bt-library.c (and of the store's copies) in the tests that are linked with it. What is
 * added gets a real swarm.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "library/bt-library.h"

G_BEGIN_DECLS

/* What the next library is to be like; all zeros: empty, and everything works. Set while none is there. */
typedef struct
{
  guint    n_torrents;     /* of the state: number 1 and up */
  int      open_error;     /* BtStoreError + 1 */
  int      add_error;      /* GIOErrorEnum + 1 */
  gboolean remove_fails;   /* G_IO_ERROR_NOT_SUPPORTED */
  gboolean is_silent;      /* work that takes a while is never answered */
  gboolean is_alternative;
} FakePlan;

void  fake_library_plan     (const FakePlan *plan);
/* Thread: any. What was asked for since the last call, a line each. (transfer full) */
char *fake_library_take_log (void);

G_END_DECLS
