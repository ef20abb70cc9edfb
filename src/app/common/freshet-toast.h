/* freshet-toast.h - a toast of plain text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Toasts take markup; names of torrents are none. (transfer full) */
AdwToast *freshet_toast_new      (const char     *text);
/* A button that takes back what the toast tells. `undo` is called with `data` when it is pressed; `destroy` takes
 * `data` when the toast has gone. */
void      freshet_toast_add_undo (AdwToast       *toast,
                                  void          (*undo) (gpointer data),
                                  gpointer        data,
                                  GDestroyNotify  destroy);

G_END_DECLS
