/* freshet-toast.h - a toast of plain text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Toasts take markup; names of torrents are none. (transfer full) */
AdwToast *freshet_toast_new (const char *text);

G_END_DECLS
