/* freshet-reach-view.h - whether others can connect to us: a headline, what was found out, and what to do next
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_REACH_VIEW (freshet_reach_view_get_type ())

G_DECLARE_FINAL_TYPE (FreshetReachView, freshet_reach_view, FRESHET, REACH_VIEW, AdwBin)

/* Its button does app.network-preferences or network.try-again. `is_trying`: that is being done. */
void        freshet_reach_view_show (FreshetReachView *self,
                                     const BtReach    *reach,
                                     gboolean          is_trying);
/* For other places that say it. Static. */
const char *freshet_reach_get_icon  (BtReachVerdict    verdict);

G_END_DECLS
