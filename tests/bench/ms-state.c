/* ms-state.c - a state with many torrents: making it, starting with it, downloading with it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "ms-measure.h"

#include <stdio.h>
#include <string.h>

/* Adds that are asked for at once. */
#define N_ADDING 64
/* How often it is looked whether all run: so seldom that it costs nothing beside them. */
#define ALIVE_POLL_MS 100

static double
seconds_now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

/* --- Waiting until all run --- */

typedef struct
{
  guint n_seeding;
  guint n_downloading;
  guint n_failed;
  guint n_others;
} Census;

static Census
take_census (MsEngine *engine)
{
  GListModel *torrents = bt_supervisor_get_torrents (engine->supervisor);
  guint n_torrents = g_list_model_get_n_items (torrents);
  Census census = { 0 };

  for (guint i = 0; i < n_torrents; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);
      BtSwarmState state = bt_torrent_get_facts (torrent)->state;

      census.n_seeding += state == BT_SWARM_SEEDING;
      census.n_downloading += state == BT_SWARM_DOWNLOADING;
      census.n_failed += state == BT_SWARM_FAILED;
    }
  census.n_others = n_torrents - census.n_seeding - census.n_downloading - census.n_failed;
  return census;
}

static gboolean
tell_alive_cb (gpointer user_data)
{
  MsEngine *engine = user_data;
  Census census = take_census (engine);

  if (engine->is_ending)
    return G_SOURCE_REMOVE;
  if (census.n_others > 0)
    return G_SOURCE_CONTINUE;
  printf ("{\"event\":\"alive\",\"at\":%.6f,\"seeding\":%u,\"downloading\":%u,\"failed\":%u}\n",
          seconds_now (), census.n_seeding, census.n_downloading, census.n_failed);
  fflush (stdout);
  return G_SOURCE_REMOVE;
}

static gboolean
end_alive_cb (gpointer user_data)
{
  MsEngine *engine = user_data;

  if (!engine->is_ending && take_census (engine).n_others > 0)
    return G_SOURCE_CONTINUE;
  ms_engine_end (engine, NULL);
  return G_SOURCE_REMOVE;
}

/* --- Making one --- */

typedef struct
{
  const MsOptions *options;   /* borrowed */
  const char      *folder;    /* borrowed */
  GPtrArray       *names;     /* owned, of char, sorted */
  MsEngine        *engine;    /* borrowed, once it runs */
  guint            n_asked;
  guint            n_added;
} Maker;

static void add_next (Maker *maker);

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Maker *maker = user_data;
  GError *error = NULL;
  g_autoptr (BtTorrent) torrent = NULL;

  torrent = bt_supervisor_add_finish (BT_SUPERVISOR (object), result, &error);
  if (torrent == NULL)
    {
      ms_engine_end (maker->engine, error);
      return;
    }
  maker->n_added++;
  add_next (maker);
}

static void
add_next (Maker *maker)
{
  /* More is promised than any disk has. */
  BtAddOptions options = {
    .folder = maker->options->directory,
    .is_paused = !maker->options->is_alive,
    .ignore_space = TRUE,
  };
  g_autoptr (BtMetainfo) metainfo = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  if (maker->n_added == maker->names->len && maker->options->is_alive)
    g_timeout_add (ALIVE_POLL_MS, end_alive_cb, maker->engine);
  else if (maker->n_added == maker->names->len)
    ms_engine_end (maker->engine, NULL);
  if (maker->engine->is_ending || maker->n_asked == maker->names->len)
    return;
  path = g_build_filename (maker->folder, g_ptr_array_index (maker->names, maker->n_asked), NULL);
  maker->n_asked++;
  metainfo = bt_metainfo_new_from_file (path, &error);
  if (metainfo == NULL)
    ms_engine_end (maker->engine, error);
  else
    bt_supervisor_add_async (maker->engine->supervisor, metainfo, &options, NULL, made_cb, maker);
}

static void
make (MsEngine *engine,
      gpointer  user_data)
{
  Maker *maker = user_data;

  maker->engine = engine;
  for (guint i = 0; i < N_ADDING; i++)
    add_next (maker);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

gboolean
ms_make (const MsOptions  *options,
         const char       *folder,
         GError          **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Maker maker = { .options = options, .folder = folder, .names = names };
  const char *name;
  gboolean is_made;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".torrent"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  is_made = ms_engine_run (options, make, &maker, error);
  printf ("{\"event\":\"made\",\"count\":%u}\n", maker.n_added);
  return is_made;
}

/* --- Starting with one --- */

/* Touches every row, as a list that is sorted by name does. */
static void
tell_list (MsEngine *engine,
           gpointer  user_data)
{
  GListModel *torrents = bt_supervisor_get_torrents (engine->supervisor);
  guint n_torrents = g_list_model_get_n_items (torrents);
  gboolean is_alive = GPOINTER_TO_INT (user_data);
  guint n_stopped = 0;
  guint64 n_bytes = 0;

  for (guint i = 0; i < n_torrents; i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i);

      n_bytes += bt_torrent_get_facts (torrent)->total_bytes;
      n_stopped += bt_torrent_get_name (torrent)[0] != '\0' &&
                   bt_torrent_get_facts (torrent)->state == BT_SWARM_STOPPED;
    }
  printf ("{\"event\":\"listed\",\"at\":%.6f,\"count\":%u,\"stopped\":%u,"
          "\"bytes\":%" G_GUINT64_FORMAT "}\n",
          seconds_now (), n_torrents, n_stopped, n_bytes);
  fflush (stdout);
  if (is_alive)
    g_timeout_add (ALIVE_POLL_MS, tell_alive_cb, engine);
}

gboolean
ms_start (const MsOptions  *options,
          GError          **error)
{
  return ms_engine_run (options, tell_list, GINT_TO_POINTER (options->is_alive), error);
}

/* --- Downloading with one, or without --- */

typedef struct
{
  const MsOptions *options;   /* borrowed */
  BtMetainfo      *metainfo;  /* owned */
  MsEngine        *engine;    /* borrowed, once it runs */
  BtTorrent       *torrent;   /* owned, nullable */
  guint            n_done;
} Download;

static void download_again (Download *download);

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Download *download = user_data;
  GError *error = NULL;

  if (bt_supervisor_remove_finish (BT_SUPERVISOR (object), result, NULL, &error))
    download_again (download);
  else
    ms_engine_end (download->engine, error);
}

static void
let_go (Download *download)
{
  g_signal_handlers_disconnect_by_data (download->torrent, download);
  g_clear_object (&download->torrent);
}

static void
changed_cb (Download *download)
{
  g_autoptr (BtTorrent) torrent = g_object_ref (download->torrent);
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);

  if (facts->state == BT_SWARM_FAILED)
    {
      ms_engine_end (download->engine,
                     g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                          facts->message != NULL ? facts->message : "it failed"));
      let_go (download);
      return;
    }
  if (!bt_torrent_is_complete (torrent))
    return;
  printf ("{\"event\":\"%s\",\"at\":%.6f}\n",
          ++download->n_done == download->options->n_times ? "complete" : "again", seconds_now ());
  fflush (stdout);
  let_go (download);
  if (download->n_done == download->options->n_times)
    ms_engine_end (download->engine, NULL);
  else
    bt_supervisor_remove_async (download->engine->supervisor, torrent, BT_REMOVE_DELETE_DATA, NULL,
                                removed_cb, download);
}

static void
joined_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Download *download = user_data;
  GError *error = NULL;

  download->torrent = bt_supervisor_add_finish (BT_SUPERVISOR (object), result, &error);
  if (download->torrent == NULL)
    {
      ms_engine_end (download->engine, error);
      return;
    }
  g_signal_connect_swapped (download->torrent, "changed", G_CALLBACK (changed_cb), download);
  changed_cb (download);
}

static void
download_again (Download *download)
{
  BtAddOptions options = { .folder = download->options->directory, .max_peers = 500 };

  bt_supervisor_add_async (download->engine->supervisor, download->metainfo, &options, NULL,
                           joined_cb, download);
}

static void
begin_download (MsEngine *engine,
                gpointer  user_data)
{
  Download *download = user_data;

  download->engine = engine;
  download_again (download);
}

gboolean
ms_download (const MsOptions  *options,
             const char       *torrent,
             GError          **error)
{
  Download download = { .options = options };
  gboolean is_done;

  download.metainfo = bt_metainfo_new_from_file (torrent, error);
  if (download.metainfo == NULL)
    return FALSE;
  is_done = ms_engine_run (options, begin_download, &download, error);
  if (download.torrent != NULL)
    let_go (&download);
  bt_metainfo_unref (download.metainfo);
  return is_done;
}
