/* cli-signals.h - SIGINT, SIGTERM and SIGHUP ask for a clean end; a second one ends at once
 *
 * Thread: the main one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*CliSignalFunc) (gpointer user_data);

typedef struct
{
  guint         ids[4];      /* sources */
  guint         n_asked;
  CliSignalFunc interrupted;
  CliSignalFunc resized;     /* nullable: the terminal has another size */
  gpointer      user_data;   /* borrowed */
} CliSignals;

void cli_signals_watch   (CliSignals    *signals,
                          CliSignalFunc  interrupted,
                          CliSignalFunc  resized,
                          gpointer       user_data);
void cli_signals_unwatch (CliSignals    *signals);

G_END_DECLS
