/* freshet-trouble-page.h - what stands in the window when the torrents cannot be opened, and what can be done then
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TROUBLE_PAGE (freshet_trouble_page_get_type ())

G_DECLARE_FINAL_TYPE (FreshetTroublePage, freshet_trouble_page, FRESHET, TROUBLE_PAGE, AdwBin)

/* Explains freshet_application_get_engine_error(). */
void freshet_trouble_page_update (FreshetTroublePage *self);

G_END_DECLS
