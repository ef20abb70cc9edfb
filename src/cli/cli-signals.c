/* cli-signals.c - SIGINT, SIGTERM and SIGHUP ask for a clean end; a second one ends at once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-signals.h"

#include "cli-say.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static gboolean
interrupted_cb (gpointer user_data)
{
  CliSignals *signals = user_data;

  if (signals->n_asked++ > 0)
    _exit (CLI_FAILED);
  signals->interrupted (signals->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
resized_cb (gpointer user_data)
{
  CliSignals *signals = user_data;

  signals->resized (signals->user_data);
  return G_SOURCE_CONTINUE;
}

/* As under nohup. A shell also ignores SIGINT for what runs in its background, but there it is meant when it comes. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void
cli_signals_watch (CliSignals    *signals,
                   CliSignalFunc  interrupted,
                   CliSignalFunc  resized,
                   gpointer       user_data)
{
  *signals = (CliSignals) {
    .interrupted = interrupted,
    .resized = resized,
    .user_data = user_data,
  };
  signals->ids[0] = g_unix_signal_add (SIGINT, interrupted_cb, signals);
  signals->ids[1] = g_unix_signal_add (SIGTERM, interrupted_cb, signals);
  if (!is_ignored (SIGHUP))
    signals->ids[2] = g_unix_signal_add (SIGHUP, interrupted_cb, signals);
  if (resized != NULL)
    signals->ids[3] = g_unix_signal_add (SIGWINCH, resized_cb, signals);
}

void
cli_signals_unwatch (CliSignals *signals)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signals->ids); i++)
    g_clear_handle_id (&signals->ids[i], g_source_remove);
}
