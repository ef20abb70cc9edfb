/* bt-limit-gate.h - where bytes of one kind and direction pay a chain of limits, or wait for them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-limit.h"

G_BEGIN_DECLS

typedef struct _BtLimitGate BtLimitGate;

/* Every limit of the chain has something for the gate now. Called from bt_limit_set_bps() and from the clock; may
 * use the gate, but frees neither it nor another one. */
typedef void (*BtLimitGateFunc) (BtLimitGate *gate,
                                 gpointer     user_data);

/* Embedded in its owner: a stream has two, a web seed would have one. Fields are the limits'.
 *
 * Invariant: a gate stands in the line of at most one limit, the one that had nothing for it. What the others
 * gave it meanwhile stays its own (`reserved`), so that it passes after one wait at each of them.
 */
struct _BtLimitGate
{
  /* borrowed */
  BtLimitGateFunc func;
  gpointer        user_data;
  BtLimit        *limits[BT_LIMIT_MAX_CHAIN];
  BtLimit        *waits_at;  /* nullable */

  /* values */
  guint64         reserved[BT_LIMIT_MAX_CHAIN];  /* bytes taken out of each limit for this gate */
  gint64          admitted_at_us;
  GList           link;      /* in the line of waits_at; data is the gate itself */
  guint           n_limits;
};

void     bt_limit_gate_init        (BtLimitGate    *gate,
                                    BtLimitGateFunc func,
                                    gpointer        user_data);
/* `limits`: NULL-terminated, at most BT_LIMIT_MAX_CHAIN (asserted), or NULL. Leaves the line it stood in. */
void     bt_limit_gate_set_limits  (BtLimitGate    *gate,
                                    BtLimit *const *limits);
/* How many of `n_bytes` >= 1 may pass now; 0 while it waits, or would have to. */
guint64  bt_limit_gate_get_allowed (BtLimitGate    *gate,
                                    guint64         n_bytes);
/* That many passed: never more than were allowed just before. */
void     bt_limit_gate_spend       (BtLimitGate    *gate,
                                    guint64         n_bytes);
/* Gives back what is reserved: there is no use for it now. */
void     bt_limit_gate_yield       (BtLimitGate    *gate);
/* TRUE: some limit has nothing; the gate stands in its line until `func` is called. FALSE: bytes may pass. */
gboolean bt_limit_gate_wait        (BtLimitGate    *gate);
/* Waits no longer and gives back what is reserved. Before the owner is freed. */
void     bt_limit_gate_leave       (BtLimitGate    *gate);

/* No limit applies: the only question asked on the path of an unlimited stream. */
static inline gboolean
bt_limit_gate_is_open (const BtLimitGate *gate)
{
  for (guint i = 0; i < gate->n_limits; i++)
    if (bt_limit_get_bps (gate->limits[i]) != 0)
      return FALSE;
  return TRUE;
}

static inline gboolean
bt_limit_gate_is_waiting (const BtLimitGate *gate)
{
  return gate->waits_at != NULL;
}

G_END_DECLS
