/* bt-seek.c - finds a torrent by a magnet link, with the engine alone, and writes its .torrent file
 *
 * bt-seek MAGNET ADDRESS:PORT FILE
 *
 * Every line it prints is a JSON object. Ends when the torrent is found, or on SIGTERM.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "session/bt-session.h"

#include <glib-unix.h>
#include <stdio.h>

typedef struct
{
  GMainLoop  *loop;
  BtSession  *session;
  BtSeeker   *seeker;
  const char *path;
  gint64      began_us;
  int         status;
} Program;

static void
closed_cb (gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
}

static void
end (Program *program,
     int      status)
{
  BtSeekerFacts facts;

  bt_seeker_get_facts (program->seeker, &facts);
  printf ("{\"event\": \"end\", \"known\": %u, \"met\": %u, \"unreachable\": %u, \"refused\": %u, "
          "\"lied\": %u, \"received\": %" G_GUINT64_FORMAT "}\n",
          facts.n_known, facts.n_met, facts.n_unreachable, facts.n_refused, facts.n_lied,
          facts.received_bytes);
  bt_seeker_facts_clear (&facts);
  program->status = status;
  bt_session_close_async (program->session, closed_cb, program);
}

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  Program *program = user_data;
  gint64 took_us = g_get_monotonic_time () - program->began_us;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GError) write_error = NULL;

  if (metainfo == NULL)
    {
      printf ("{\"event\": \"failed\"}\n");
      fprintf (stderr, "%s\n", error->message);
      end (program, 1);
      return;
    }
  file = bt_metainfo_dup_file (metainfo, NULL);
  printf ("{\"event\": \"found\", \"ms\": %.1f, \"content\": %" G_GUINT64_FORMAT "}\n",
          (double) took_us / 1000, bt_metainfo_get_content_bytes (metainfo));
  if (!g_file_set_contents (program->path, g_bytes_get_data (file, NULL),
                            (gssize) g_bytes_get_size (file), &write_error))
    fprintf (stderr, "%s\n", write_error->message);
  end (program, write_error != NULL);
}

static gboolean
signal_cb (gpointer user_data)
{
  end (user_data, 1);
  return G_SOURCE_REMOVE;
}

static void
state_changed (gpointer  user_data,
               BtSwarm  *swarm)
{
}

static void
ticked (gpointer user_data)
{
}

static gboolean
begin (Program     *program,
       char       **words,
       GError     **error)
{
  static const BtSessionOps ops = { .state_changed = state_changed, .ticked = ticked };
  const BtSeekerConfig seeker_config = { .use_trackers = TRUE };
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (words[1], error);
  BtSessionConfig config = { 0 };

  if (magnet == NULL)
    return FALSE;
  if (!bt_address_parse (words[2], 0, &config.bind))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no address", words[2]);
      return FALSE;
    }
  config.port = config.bind.port;
  program->path = words[3];
  program->began_us = g_get_monotonic_time ();
  program->session = bt_session_new (g_main_context_default (), NULL, &config, &ops, program,
                                     error);
  if (program->session == NULL)
    return FALSE;
  program->seeker = bt_session_seek (program->session, magnet, &seeker_config, found_cb, program,
                                     error);
  return program->seeker != NULL;
}

int
main (int    argc,
      char **argv)
{
  Program program = { .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr (GError) error = NULL;
  guint signal_id;

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (argc != 4)
    {
      fprintf (stderr, "bt-seek MAGNET ADDRESS:PORT FILE\n");
      return 2;
    }
  if (!begin (&program, argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 2;
    }
  printf ("{\"event\": \"seeking\", \"port\": %u}\n", bt_session_get_port (program.session));
  signal_id = g_unix_signal_add (SIGTERM, signal_cb, &program);
  g_main_loop_run (program.loop);
  if (program.status == 0)
    g_source_remove (signal_id);
  bt_session_free (program.session);
  g_main_loop_unref (program.loop);
  return program.status;
}
