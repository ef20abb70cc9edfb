/* freshet-secret.h - the proxy's password: in the keyring where there is one, else in memory only
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_SECRET (freshet_secret_get_type ())

G_DECLARE_FINAL_TYPE (FreshetSecret, freshet_secret, FRESHET, SECRET, GObject)

/* Properties:
 *   password (string, notified): empty: none, or the keyring has not told it yet
 *   is-kept (boolean, notified): FALSE: there was no keyring to keep it in
 */

/* The keyring is only asked when the settings name a proxy and a user, and again when they name others. */
FreshetSecret *freshet_secret_new          (GSettings     *settings);
const char    *freshet_secret_get_password (FreshetSecret *self);
gboolean       freshet_secret_is_kept      (FreshetSecret *self);
void           freshet_secret_set_password (FreshetSecret *self,
                                            const char    *password);

G_END_DECLS
