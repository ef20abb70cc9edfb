/* freshet-settings.h - from what a person set (GSettings) to what the engine takes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

G_BEGIN_DECLS

#define FRESHET_APP_ID "org.freshet.Freshet"

/* Everything that holds for all torrents. */
void  freshet_settings_read           (GSettings    *settings,
                                       BtSettings   *out_settings);
/* Whether a change of this key changes what freshet_settings_read() gives. */
gboolean freshet_settings_is_engine_key (const char *key);
/* The same of one that may change many times in a row, with work each time: the last is better waited for. */
gboolean freshet_settings_is_slow_engine_key (const char *key);
/* File names, kept as bytes. (transfer full): NULL when not set. */
char *freshet_settings_dup_path       (GSettings    *settings,
                                       const char   *key);
/* The chosen folder, or the person's Downloads folder, or their home; in a sandbox, instead of the home, one that
 * lasts. (transfer full)
 */
char *freshet_settings_dup_download_folder (GSettings *settings);

G_END_DECLS
