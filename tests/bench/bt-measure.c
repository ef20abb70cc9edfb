/* bt-measure.c - drives the engine as an application does, and says when what was there
 *
 * Every line it prints is a JSON object; instants are those of the monotonic clock.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "ms-measure.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
  "bt-measure make FOLDER --state FILE --directory DIR [--alive]\n"
  "                     adds the torrents in it, paused; or lets them run, until all do\n"
  "bt-measure start --state FILE [--bind ADDRESS:PORT] [--alive]\n"
  "                     lists what is there, until told to stop; or says when all run, too\n"
  "bt-measure download TORRENT --directory DIR\n"
  "           [--state FILE] [--bind ADDRESS:PORT] [--times 1]\n"
  "bt-measure block-list FILE [--lookups 10000000]        loads it, and looks up that often\n";

typedef struct
{
  char    **words;     /* owned, all of them nullable */
  char     *state;
  char     *directory;
  char     *bind;
  MsOptions options;
} CommandLine;

/* --- The engine --- */

static void
stopped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  MsEngine *engine = user_data;
  g_autoptr (GError) error = NULL;

  if (!bt_supervisor_stop_finish (BT_SUPERVISOR (object), result, &error) && engine->error == NULL)
    engine->error = g_steal_pointer (&error);
  g_main_loop_quit (engine->loop);
}

void
ms_engine_end (MsEngine *engine,
               GError   *error)
{
  if (engine->error == NULL)
    engine->error = error;
  else
    g_clear_error (&error);
  if (engine->is_ending)
    return;
  engine->is_ending = TRUE;
  bt_supervisor_stop_async (engine->supervisor, stopped_cb, engine);
}

static gboolean
signal_cb (gpointer user_data)
{
  ms_engine_end (user_data, NULL);
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  MsEngine    engine;
  MsBeginFunc begin;
  gpointer    user_data;  /* borrowed */
} Run;

static void
started_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Run *run = user_data;
  GError *error = NULL;

  if (bt_supervisor_start_finish (BT_SUPERVISOR (object), result, &error))
    run->begin (&run->engine, run->user_data);
  else
    ms_engine_end (&run->engine, error);
}

gboolean
ms_engine_run (const MsOptions  *options,
               MsBeginFunc       begin,
               gpointer          user_data,
               GError          **error)
{
  BtSupervisorOptions with = {
    .bind = options->bind,
    .port = options->bind.port,
    .state_path = options->state,
  };
  Run run = { .begin = begin, .user_data = user_data };
  guint signals[2];
  const char *trouble;

  with.bind.port = 0;
  run.engine.loop = g_main_loop_new (NULL, FALSE);
  run.engine.supervisor = bt_supervisor_new (&with);
  signals[0] = g_unix_signal_add (SIGTERM, signal_cb, &run.engine);
  signals[1] = g_unix_signal_add (SIGINT, signal_cb, &run.engine);
  bt_supervisor_start_async (run.engine.supervisor, NULL, started_cb, &run);
  g_main_loop_run (run.engine.loop);
  trouble = bt_supervisor_get_trouble (run.engine.supervisor);
  if (trouble != NULL && run.engine.error == NULL)
    run.engine.error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, trouble);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
  g_object_unref (run.engine.supervisor);
  g_main_loop_unref (run.engine.loop);
  if (run.engine.error == NULL)
    return TRUE;
  g_propagate_error (error, run.engine.error);
  return FALSE;
}

/* --- The command line --- */

static gboolean
run_command (const CommandLine  *line,
             gboolean           *out_is_known,
             GError            **error)
{
  const char *command = line->words[0];
  const char *path = line->words[1];
  const MsOptions *options = &line->options;

  *out_is_known = TRUE;
  if (g_str_equal (command, "start") && options->state != NULL)
    return ms_start (options, error);
  if (path != NULL && g_str_equal (command, "block-list"))
    return ms_block_list (options, path, error);
  if (path != NULL && options->directory != NULL)
    {
      if (g_str_equal (command, "make") && options->state != NULL)
        return ms_make (options, path, error);
      if (g_str_equal (command, "download"))
        return ms_download (options, path, error);
    }
  *out_is_known = FALSE;
  return FALSE;
}

static gboolean
parse (CommandLine  *line,
       int          *argc,
       char       ***argv)
{
  MsOptions *options = &line->options;
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND");
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &line->state, NULL, NULL },
    { "directory", 0, 0, G_OPTION_ARG_FILENAME, &line->directory, NULL, NULL },
    { "bind", 0, 0, G_OPTION_ARG_STRING, &line->bind, NULL, NULL },
    { "times", 0, 0, G_OPTION_ARG_INT64, &options->n_times, NULL, NULL },
    { "lookups", 0, 0, G_OPTION_ARG_INT64, &options->n_lookups, NULL, NULL },
    { "alive", 0, 0, G_OPTION_ARG_NONE, &options->is_alive, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->words, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      fprintf (stderr, "bt-measure: %s\n", error->message);
      return FALSE;
    }
  options->state = line->state;
  options->directory = line->directory;
  options->n_times = MAX (options->n_times, 1);
  options->n_lookups = MAX (options->n_lookups, 1);
  return line->words != NULL &&
         (line->bind == NULL || bt_address_parse (line->bind, 0, &options->bind));
}

int
main (int   argc,
      char *argv[])
{
  CommandLine line = { .options = { .n_times = 1, .n_lookups = 10000000 } };
  g_autoptr (GError) error = NULL;
  gboolean is_known = FALSE;
  gboolean is_done = parse (&line, &argc, &argv) && run_command (&line, &is_known, &error);

  if (!is_known)
    fputs (usage, stderr);
  else if (!is_done)
    fprintf (stderr, "bt-measure: %s\n", error != NULL ? error->message : "failed");
  g_strfreev (line.words);
  g_free (line.state);
  g_free (line.directory);
  g_free (line.bind);
  return is_done ? 0 : is_known ? 1 : 2;
}
