/* freshet-web-seed.h - a web seed of a torrent (BEP 19), and what it does in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-table.h"
#include "supervisor/bt.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_WEB_SEED (freshet_web_seed_get_type ())

/* Signal: changed (): with every update. */
G_DECLARE_FINAL_TYPE (FreshetWebSeed, freshet_web_seed, FRESHET, WEB_SEED, GObject)

/* Borrowed, valid until the next update. */
const BtWebSeedRow *freshet_web_seed_get_row        (FreshetWebSeed     *self);
/* As the table shows it: without a user's name, a password and a query, which nobody else is to see. (transfer full) */
char               *freshet_web_seed_format_address (const char         *url);
/* "Downloading", or what went wrong. (transfer full) */
char               *freshet_web_seed_format_state   (const BtWebSeedRow *row);
/* Of FreshetWebSeed. Static. */
const FreshetTableColumn *freshet_web_seed_get_columns (gsize           *out_n_columns);
/* `list` of FreshetWebSeed becomes what `rows` (of BtWebSeedRow; nullable) say, in their order. When they are the same
 * web seeds, they change in place. */
void                freshet_web_seed_update_list    (GListStore         *list,
                                                     const GArray       *rows);

G_END_DECLS
