/* bt-overview.h - what there is to tell of all torrents together: values, frozen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

G_BEGIN_DECLS

/* All owned. Payload bytes, also of torrents that have been removed since. */
typedef struct
{
  guint64  received_bytes;      /* of all runs of the program */
  guint64  sent_bytes;
  guint64  run_received_bytes;  /* of this one */
  guint64  run_sent_bytes;
  gint64   running_s;           /* the program, in all */
  gint64   run_running_s;       /* since it was started */
  guint64  n_blocked;           /* connections that the block list refused */
  GBytes  *history;             /* of all torrents, as bt_history_set_bytes() reads it */
  GArray  *bans;                /* BtAddress without ports, oldest first */
} BtOverview;

void bt_overview_free (BtOverview *overview);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtOverview, bt_overview_free)

G_END_DECLS
