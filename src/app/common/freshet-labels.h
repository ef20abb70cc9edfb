/* freshet-labels.h - the labels that torrents have
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* All that any of `torrents` (of BtTorrent) has, sorted, of char. (transfer full) */
GPtrArray *freshet_labels_collect (GListModel *torrents);

G_END_DECLS
