/* bt-overview.c - what there is to tell of all torrents together: values, frozen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-overview.h"

void
bt_overview_free (BtOverview *overview)
{
  if (overview == NULL)
    return;
  g_clear_pointer (&overview->history, g_bytes_unref);
  g_clear_pointer (&overview->bans, g_array_unref);
  g_free (overview);
}
