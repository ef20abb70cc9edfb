/* freshet-application.h - the program: one instance, the engine behind it, what is opened with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "behaviour/freshet-conditions.h"
#include "preferences/freshet-secret.h"

#include "supervisor/bt.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_APPLICATION (freshet_application_get_type ())

G_DECLARE_FINAL_TYPE (FreshetApplication, freshet_application, FRESHET, APPLICATION, AdwApplication)

typedef enum
{
  FRESHET_ENGINE_STARTING,
  FRESHET_ENGINE_RUNNING,
  FRESHET_ENGINE_FAILED,    /* freshet_application_get_engine_error() says why */
} FreshetEngineState;

/* Properties, read-only, notified: engine-state (int, FreshetEngineState). */
FreshetApplication *freshet_application_new              (void);
/* The one there is. Borrowed. */
FreshetApplication *freshet_application_get_default      (void);
/* Borrowed. Also before it runs, with an empty list. */
BtSupervisor       *freshet_application_get_supervisor   (FreshetApplication *self);
/* Borrowed. */
GSettings          *freshet_application_get_settings     (FreshetApplication *self);
/* Borrowed. */
FreshetConditions  *freshet_application_get_conditions   (FreshetApplication *self);
/* Borrowed. */
FreshetSecret      *freshet_application_get_secret       (FreshetApplication *self);
FreshetEngineState  freshet_application_get_engine_state (FreshetApplication *self);
/* Borrowed, nullable. */
const GError       *freshet_application_get_engine_error (FreshetApplication *self);
/* To be told by a window that goes: either the program goes on without one, or it quits. */
void                freshet_application_window_closed    (FreshetApplication *self);
/* After it has failed: the same again, with a copy of the state in its place, or (NULL) as it is. */
void                freshet_application_start_engine     (FreshetApplication *self,
                                                          const char         *copy);

G_END_DECLS
