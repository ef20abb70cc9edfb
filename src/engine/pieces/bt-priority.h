/* bt-priority.h - how much a file or a piece is wanted
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BT_PRIORITY_SKIP   = 0,
  BT_PRIORITY_LOW    = 1,
  BT_PRIORITY_NORMAL = 2,
  BT_PRIORITY_HIGH   = 3,
} BtPriority;

G_END_DECLS
