/* bt-store-error.h - why the state could not be opened, read or saved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_STORE_ERROR (bt_store_error_quark ())

typedef enum
{
  BT_STORE_ERROR_FAILED,
  BT_STORE_ERROR_LOCKED,     /* another process has it open */
  BT_STORE_ERROR_READ_ONLY,  /* the file or its folder cannot be written */
  BT_STORE_ERROR_NO_SPACE,
  BT_STORE_ERROR_CORRUPT,    /* bt_store_list_copies() names what can be restored */
  BT_STORE_ERROR_TOO_NEW,    /* written by a later version of Freshet */
} BtStoreError;

GQuark bt_store_error_quark (void);

G_END_DECLS
