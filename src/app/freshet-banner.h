/* freshet-banner.h - a line across the window: why everything pauses, or that nothing can be saved
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_BANNER (freshet_banner_get_type ())

/* Follows the application by itself. */
G_DECLARE_FINAL_TYPE (FreshetBanner, freshet_banner, FRESHET, BANNER, AdwBin)

G_END_DECLS
