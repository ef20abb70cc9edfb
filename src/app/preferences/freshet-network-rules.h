/* freshet-network-rules.h - which rows of the network page mean nothing at the moment, and why
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum
{
  FRESHET_RULE_PORT,
  FRESHET_RULE_MAP_PORT,
  FRESHET_RULE_DHT,
  FRESHET_RULE_LOCAL,
  N_FRESHET_RULES
} FreshetRule;

/* Why that is of no effect as things are set; NULL: it is. Static, in the person's language. */
const char *freshet_network_rules_explain (GSettings    *settings,
                                           FreshetRule   rule);
/* From now on `row` cannot be used while it is of no effect, and its subtitle says why. Once to a row. */
void        freshet_network_rules_bind    (GSettings    *settings,
                                           FreshetRule   rule,
                                           AdwActionRow *row);

G_END_DECLS
