/* bt-loadgen.c - plays many peers without a disk, to measure a client with
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "lg-net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
  "bt-loadgen make OUT.torrent --size BYTES --piece BYTES [--announce URL]\n"
  "bt-loadgen data FILE --torrent T             writes the content\n"
  "bt-loadgen compare FILE --torrent T          compares a file with it\n"
  "bt-loadgen seed --torrent T --listen ADDRESS [--peers 20] [--connect ADDRESS:PORT]\n"
  "bt-loadgen take --torrent T --connect ADDRESS:PORT [--peers 20] [--window 64] [--from ADDRESS]\n"
  "bt-loadgen idle --torrent T --connect ADDRESS:PORT [--peers 2000] [--from ADDRESS] [--all]\n"
  "Sizes take K, M and G. Peer n uses the n-th address after ADDRESS.\n"
  "--seconds N ends any of the last three.\n";

typedef struct
{
  char    **words;      /* owned */
  char     *torrent;    /* owned, all of them nullable */
  char     *size;
  char     *piece;
  char     *announce;
  char     *listen;
  char     *connect;
  char     *from;
  char     *limit;
  LgOptions options;
} CommandLine;

static void G_GNUC_NORETURN
refuse (const char *why)
{
  fprintf (stderr, "bt-loadgen: %s\n%s", why, usage);
  exit (2);
}

static gint64
parse_size (const char *text)
{
  static const char units[] = "KMG";
  char *end;
  gint64 size;

  if (text == NULL)
    refuse ("a size is missing");
  size = g_ascii_strtoll (text, &end, 10);
  for (guint i = 0; units[i] != '\0'; i++)
    {
      if (*end == units[i])
        size <<= 10 * (i + 1);
    }
  if (size <= 0)
    refuse ("a size is wrong");
  return size;
}

static void
parse (CommandLine *line,
       int         *argc,
       char      ***argv)
{
  LgOptions *options = &line->options;
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND");
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "torrent", 0, 0, G_OPTION_ARG_FILENAME, &line->torrent, NULL, NULL },
    { "size", 0, 0, G_OPTION_ARG_STRING, &line->size, NULL, NULL },
    { "piece", 0, 0, G_OPTION_ARG_STRING, &line->piece, NULL, NULL },
    { "announce", 0, 0, G_OPTION_ARG_STRING, &line->announce, NULL, NULL },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &line->listen, NULL, NULL },
    { "connect", 0, 0, G_OPTION_ARG_STRING, &line->connect, NULL, NULL },
    { "from", 0, 0, G_OPTION_ARG_STRING, &line->from, NULL, NULL },
    { "limit", 0, 0, G_OPTION_ARG_STRING, &line->limit, NULL, NULL },
    { "peers", 0, 0, G_OPTION_ARG_INT64, &options->n_peers, NULL, NULL },
    { "window", 0, 0, G_OPTION_ARG_INT64, &options->window, NULL, NULL },
    { "seconds", 0, 0, G_OPTION_ARG_INT64, &options->n_seconds, NULL, NULL },
    { "all", 0, 0, G_OPTION_ARG_NONE, &options->has_all, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->words, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    refuse (error->message);
  if (line->words == NULL)
    refuse ("a command is missing");
  if ((line->listen != NULL && !lg_parse_address (line->listen, &options->listen)) ||
      (line->connect != NULL && !lg_parse_address (line->connect, &options->connect)) ||
      (line->from != NULL && !lg_parse_address (line->from, &options->from)))
    refuse ("an address is wrong");
  if (line->limit != NULL)
    options->limit_bytes = parse_size (line->limit);
  options->window = CLAMP (options->window, 1, 2000);
  options->n_peers = CLAMP (options->n_peers, 1, 19000);
}

static int
run (CommandLine  *line,
     GError      **error)
{
  LgOptions *options = &line->options;
  const char *command = line->words[0];
  const char *file = line->words[1];
  gboolean is_peer = g_str_equal (command, "seed") || g_str_equal (command, "take") ||
                     g_str_equal (command, "idle");

  if (!is_peer && file == NULL)
    refuse ("a file name is missing");
  if (g_str_equal (command, "make"))
    return lg_torrent_make (file, (guint64) parse_size (line->size),
                            (guint32) parse_size (line->piece), line->announce, error) ? 0 : 1;
  if (line->torrent == NULL)
    refuse ("--torrent is missing");
  if (!lg_torrent_read (line->torrent, &options->torrent, error))
    return 1;
  if (g_str_equal (command, "data"))
    return lg_content_write (&options->torrent, file, error) ? 0 : 1;
  if (g_str_equal (command, "compare"))
    return lg_content_compare (&options->torrent, file, error) ? 0 : 1;
  lg_catch_signals ();
  if (g_str_equal (command, "seed") && line->listen != NULL)
    return lg_seed (options);
  if (g_str_equal (command, "take") && line->connect != NULL)
    return lg_take (options);
  if (g_str_equal (command, "idle") && line->connect != NULL)
    return lg_idle (options);
  refuse ("unknown command, or an address is missing");
}

int
main (int   argc,
      char *argv[])
{
  CommandLine line = { .options = { .n_peers = 20, .window = 64 } };
  g_autoptr (GError) error = NULL;
  int status;

  parse (&line, &argc, &argv);
  status = run (&line, &error);
  if (error != NULL)
    fprintf (stderr, "bt-loadgen: %s\n", error->message);
  g_strfreev (line.words);
  g_free (line.torrent);
  g_free (line.size);
  g_free (line.piece);
  g_free (line.announce);
  g_free (line.listen);
  g_free (line.connect);
  g_free (line.from);
  g_free (line.limit);
  return status;
}
