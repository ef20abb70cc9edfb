/* freshet-proxy-group.h - rows for a proxy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-secret.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_PROXY_GROUP (freshet_proxy_group_get_type ())

G_DECLARE_FINAL_TYPE (FreshetProxyGroup, freshet_proxy_group, FRESHET, PROXY_GROUP,
                      AdwPreferencesGroup)

/* Shows and changes the proxy of `settings`, and its password. Once. */
void freshet_proxy_group_bind (FreshetProxyGroup *self,
                               GSettings         *settings,
                               FreshetSecret     *secret);

G_END_DECLS
