/* freshet-accels.h - the keys of all actions: one table
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  FRESHET_ACCEL_ANYWHERE,  /* in all windows, before what has the focus */
  FRESHET_ACCEL_WINDOW,    /* in the main window, when what has the focus has no use for it: text to be copied, say */
  FRESHET_ACCEL_LIST,      /* with the focus on a torrent of the list */
} FreshetAccelScope;

typedef struct
{
  const char        *action;   /* with its target: "win.view::rows" */
  const char        *keys[3];  /* ends with NULL */
  FreshetAccelScope  scope;
} FreshetAccel;

/* (transfer none) */
const FreshetAccel *freshet_accels_get         (gsize          *out_n);
/* Those for everywhere; to be called once, when the program starts. */
void                freshet_accels_set         (GtkApplication *application);
/* Gives `widget` the keys of a scope: the window those of the window, what holds the list those of the list. */
void                freshet_accels_add_to      (GtkWidget         *widget,
                                                FreshetAccelScope  scope);

G_END_DECLS
