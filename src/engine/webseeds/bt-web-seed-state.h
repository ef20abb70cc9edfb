/* bt-web-seed-state.h - what a web seed does at the moment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BT_WEB_SEED_IDLE,     /* nothing is asked of it */
  BT_WEB_SEED_ACTIVE,
  BT_WEB_SEED_WAITING,  /* it failed, and is tried again */
  BT_WEB_SEED_FAILED,   /* it is of no use; tried again after an hour */
  BT_WEB_SEED_BANNED,   /* it sent wrong data: never again */
} BtWebSeedState;

G_END_DECLS
