/* freshet-conditions.h - what around the computer should make everything pause: paid data, saving power
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_CONDITIONS (freshet_conditions_get_type ())

G_DECLARE_FINAL_TYPE (FreshetConditions, freshet_conditions, FRESHET, CONDITIONS, GObject)

typedef enum
{
  FRESHET_HOLD_NONE,
  FRESHET_HOLD_METERED,      /* the connection is paid by data */
  FRESHET_HOLD_POWER_SAVER,  /* the computer saves power */
} FreshetHold;

/* Properties, read-only, notified: hold (int, FreshetHold), on-battery (boolean).
 * Follows the settings pause-when-metered and pause-in-power-saver. */
FreshetConditions *freshet_conditions_new        (GSettings         *settings);
FreshetHold        freshet_conditions_get_hold   (FreshetConditions *self);
gboolean           freshet_conditions_is_on_battery (FreshetConditions *self);
/* «Resume anyway»: until the connection or the power changes. */
void               freshet_conditions_override   (FreshetConditions *self);

G_END_DECLS
