/* bt-engine-commands.c - the commands: packed on the user's side, unpacked on the engine's
 *
 * Each command is a function for either side: run_… does on the engine's thread what bt_engine_…() asked for on the
 * user's; between them are the command's arguments, copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine.h"

#include "bt-engine-private.h"

#include <string.h>

void
bt_command_free (gpointer data)
{
  BtCommand *command = data;

  if (command == NULL)
    return;
  if (command->free_arguments != NULL && command->arguments != NULL)
    command->free_arguments (command->arguments);
  g_free (command);
}

/* `arguments` are given away. */
static void
ask (BtEngine       *engine,
     guint64         id,
     BtCommandFunc   run,
     gpointer        arguments,
     GDestroyNotify  free_arguments,
     gpointer        task)
{
  BtCommand *command = g_new0 (BtCommand, 1);

  command->run = run;
  command->arguments = arguments;
  command->free_arguments = free_arguments;
  command->id = id;
  command->task = task;
  bt_engine_command (engine, command);
}

/* The same without an answer. */
static void
wish (BtEngine       *engine,
      guint64         id,
      BtCommandFunc   run,
      gpointer        arguments,
      GDestroyNotify  free_arguments)
{
  ask (engine, id, run, arguments, free_arguments, NULL);
}

/* --- The whole --- */

static void
run_shut_down (BtCommand *command,
               BtEntry   *entry)
{
  bt_engine_close (command->engine);
}

void
bt_engine_shut_down (BtEngine *engine)
{
  wish (engine, 0, run_shut_down, NULL, NULL);
}

gboolean
bt_command_is_last (const BtCommand *command)
{
  return command->run == run_shut_down;
}

static void
run_set_settings (BtCommand *command,
                  BtEntry   *entry)
{
  bt_library_set_settings (command->engine->library, command->arguments);
}

void
bt_engine_set_settings (BtEngine         *engine,
                        const BtSettings *settings)
{
  wish (engine, 0, run_set_settings, g_memdup2 (settings, sizeof *settings), g_free);
}

static void
run_network_changed (BtCommand *command,
                     BtEntry   *entry)
{
  bt_library_network_changed (command->engine->library);
}

void
bt_engine_network_changed (BtEngine *engine)
{
  wish (engine, 0, run_network_changed, NULL, NULL);
}

/* --- Peers of all --- */

static void
run_ban (BtCommand *command,
         BtEntry   *entry)
{
  bt_library_ban (command->engine->library, command->arguments);
}

static void
run_unban (BtCommand *command,
           BtEntry   *entry)
{
  bt_library_unban (command->engine->library, command->arguments);
}

void
bt_engine_ban (BtEngine        *engine,
               const BtAddress *address,
               gboolean         is_banned)
{
  wish (engine, 0, is_banned ? run_ban : run_unban, g_memdup2 (address, sizeof *address), g_free);
}

static void
run_set_block_list (BtCommand *command,
                    BtEntry   *entry)
{
  bt_library_set_block_list (command->engine->library, command->arguments);
}

static void
unref_list (gpointer list)
{
  bt_block_list_unref (list);
}

void
bt_engine_set_block_list (BtEngine    *engine,
                          BtBlockList *list)
{
  wish (engine, 0, run_set_block_list, list != NULL ? bt_block_list_ref (list) : NULL, unref_list);
}

static void
run_get_overview (BtCommand *command,
                  BtEntry   *entry)
{
  bt_engine_answer (command, (BtReply) {
    .kind = BT_REPLY_DONE,
    .overview = bt_library_get_overview (command->engine->library),
  });
}

void
bt_engine_get_overview (BtEngine *engine,
                        gpointer  task)
{
  ask (engine, 0, run_get_overview, NULL, NULL, task);
}

static void
run_get_network (BtCommand *command,
                 BtEntry   *entry)
{
  bt_engine_answer (command, (BtReply) {
    .kind = BT_REPLY_DONE,
    .network = bt_library_get_network (command->engine->library),
  });
}

void
bt_engine_get_network (BtEngine *engine,
                       gpointer  task)
{
  ask (engine, 0, run_get_network, NULL, NULL, task);
}

static void
run_get_sockets (BtCommand *command,
                 BtEntry   *entry)
{
  bt_engine_answer (command, (BtReply) {
    .kind = BT_REPLY_DONE,
    .sockets = bt_library_get_sockets (command->engine->library),
  });
}

void
bt_engine_get_sockets (BtEngine *engine,
                       gpointer  task)
{
  ask (engine, 0, run_get_sockets, NULL, NULL, task);
}

/* --- Adding --- */

static void
request_free (gpointer data)
{
  BtAddRequest *request = data;

  g_clear_pointer (&request->metainfo, bt_metainfo_unref);
  bt_magnet_unref ((BtMagnet *) request->magnet);
  g_free ((char *) request->folder);
  g_free ((char *) request->incomplete_folder);
  g_clear_pointer ((GArray **) &request->selected, g_array_unref);
  g_clear_pointer ((GArray **) &request->peers, g_array_unref);
  g_strfreev ((char **) request->labels);
  g_free (request);
}

static BtAddRequest *
request_copy (const BtAddRequest *request)
{
  BtAddRequest *copy = g_memdup2 (request, sizeof *request);

  if (request->metainfo != NULL)
    copy->metainfo = bt_metainfo_ref (request->metainfo);
  copy->magnet = request->magnet != NULL ? bt_magnet_ref (request->magnet) : NULL;
  copy->folder = g_strdup (request->folder);
  copy->incomplete_folder = g_strdup (request->incomplete_folder);
  copy->selected = request->selected != NULL ? g_array_copy ((GArray *) request->selected) : NULL;
  copy->peers = request->peers != NULL ? g_array_copy ((GArray *) request->peers) : NULL;
  copy->labels = (const char *const *) g_strdupv ((char **) request->labels);
  return copy;
}

/* The first snapshot goes with the answer: who gets the torrent finds its facts there. */
static void
added_cb (BtEntry      *entry,
          const GError *error,
          gpointer      user_data)
{
  BtCommand *command = user_data;

  if (entry == NULL)
    bt_engine_answer (command, (BtReply) {
      .kind = BT_REPLY_DONE,
      .error = g_error_copy (error),
    });
  else
    bt_engine_answer (command, (BtReply) {
      .kind = BT_REPLY_JOINED,
      .id = bt_entry_get_id (entry),
      .snapshots = bt_engine_make_first_snapshot (command->engine, entry),
    });
}

static void
run_add (BtCommand *command,
         BtEntry   *entry)
{
  bt_library_add_async (command->engine->library, command->arguments, added_cb, command);
}

void
bt_engine_add (BtEngine           *engine,
               const BtAddRequest *request,
               gpointer            task)
{
  ask (engine, 0, run_add, request_copy (request), request_free, task);
}

gboolean
bt_command_is_add_of (const BtCommand *command,
                      const guint8    *info_hash)
{
  const BtAddRequest *request = command->arguments;
  const guint8       *hash;

  if (command->run != run_add)
    return FALSE;
  hash = bt_add_request_get_hash (request);
  return memcmp (hash, info_hash, BT_RECORD_HASH_BYTES) == 0;
}

/* --- Work that takes a while --- */

static void
done_cb (const GError      *error,
         const char *const *kept,
         gpointer           user_data)
{
  bt_engine_answer (user_data, (BtReply) {
    .kind = BT_REPLY_DONE,
    .error = error != NULL ? g_error_copy (error) : NULL,
    .kept = g_strdupv ((char **) kept),
  });
}

static void
run_remove (BtCommand *command,
            BtEntry   *entry)
{
  bt_entry_remove_async (entry, *(BtRemoveData *) command->arguments, done_cb, command);
}

/* Nobody waits for the answer, but who took it off the list must have it back when it is still there. */
static void
removed_unasked_cb (const GError      *error,
                    const char *const *kept,
                    gpointer           user_data)
{
  BtCommand *command = user_data;
  BtEngine  *engine = command->engine;
  BtEntry   *entry = NULL;

  g_hash_table_remove (engine->unanswered, command);
  if (error != NULL && engine->library != NULL)
    entry = bt_library_find (engine->library, command->id);
  if (entry != NULL)
    bt_engine_send_reply (engine, (BtReply) {
      .kind = BT_REPLY_JOINED,
      .id = command->id,
      .snapshots = bt_engine_make_first_snapshot (engine, entry),
    });
  bt_command_free (command);
}

static void
run_remove_unasked (BtCommand *command,
                    BtEntry   *entry)
{
  BtCommand *copy = g_new0 (BtCommand, 1);

  /* The command itself ends here; this one waits for the library. */
  copy->engine = command->engine;
  copy->run = run_remove_unasked;
  copy->id = command->id;
  g_hash_table_add (command->engine->unanswered, copy);
  bt_entry_remove_async (entry, BT_REMOVE_KEEP_DATA, removed_unasked_cb, copy);
}

void
bt_engine_remove (BtEngine     *engine,
                  guint64       id,
                  BtRemoveData  data,
                  gpointer      task)
{
  if (task != NULL)
    ask (engine, id, run_remove, g_memdup2 (&data, sizeof data), g_free, task);
  else
    wish (engine, id, run_remove_unasked, NULL, NULL);
}

static void
exported_cb (const char   *link,
             GBytes       *file,
             const GError *error,
             gpointer      user_data)
{
  bt_engine_answer (user_data, (BtReply) {
    .kind = BT_REPLY_DONE,
    .error = error != NULL ? g_error_copy (error) : NULL,
    .link = g_strdup (link),
    .file = file != NULL ? g_bytes_ref (file) : NULL,
  });
}

static void
run_export (BtCommand *command,
            BtEntry   *entry)
{
  bt_entry_export_async (entry, exported_cb, command);
}

void
bt_engine_export (BtEngine *engine,
                  guint64   id,
                  gpointer  task)
{
  ask (engine, id, run_export, NULL, NULL, task);
}

static void
run_move (BtCommand *command,
          BtEntry   *entry)
{
  bt_entry_move_async (entry, command->arguments, done_cb, command);
}

void
bt_engine_move (BtEngine   *engine,
                guint64     id,
                const char *folder,
                gpointer    task)
{
  ask (engine, id, run_move, g_strdup (folder), g_free, task);
}

typedef struct
{
  char    *from;  /* owned, nullable */
  char    *to;    /* owned */
  guint32  file;
} Renaming;

static void
renaming_free (gpointer data)
{
  Renaming *renaming = data;

  g_free (renaming->from);
  g_free (renaming->to);
  g_free (renaming);
}

static void
run_rename (BtCommand *command,
            BtEntry   *entry)
{
  const Renaming *renaming = command->arguments;

  bt_entry_rename_async (entry, renaming->file, renaming->from, renaming->to, done_cb, command);
}

void
bt_engine_rename (BtEngine   *engine,
                  guint64     id,
                  guint32     file,
                  const char *from,
                  const char *to,
                  gpointer    task)
{
  Renaming *renaming = g_new0 (Renaming, 1);

  renaming->from = g_strdup (from);
  renaming->to = g_strdup (to);
  renaming->file = file;
  ask (engine, id, run_rename, renaming, renaming_free, task);
}

/* --- Wishes without arguments --- */

static void
run_watch (BtCommand *command,
           BtEntry   *entry)
{
  bt_engine_set_watched (command->engine, entry, TRUE);
}

static void
run_unwatch (BtCommand *command,
             BtEntry   *entry)
{
  bt_engine_set_watched (command->engine, entry, FALSE);
}

void
bt_engine_watch (BtEngine *engine,
                 guint64   id,
                 gboolean  is_watched)
{
  wish (engine, id, is_watched ? run_watch : run_unwatch, NULL, NULL);
}

static void
run_start (BtCommand *command,
           BtEntry   *entry)
{
  bt_entry_start (entry);
}

void
bt_engine_start (BtEngine *engine,
                 guint64   id)
{
  wish (engine, id, run_start, NULL, NULL);
}

static void
run_start_forced (BtCommand *command,
                  BtEntry   *entry)
{
  bt_entry_start_forced (entry);
}

void
bt_engine_start_forced (BtEngine *engine,
                        guint64   id)
{
  wish (engine, id, run_start_forced, NULL, NULL);
}

static void
run_stop (BtCommand *command,
          BtEntry   *entry)
{
  bt_entry_stop (entry);
}

void
bt_engine_stop (BtEngine *engine,
                guint64   id)
{
  wish (engine, id, run_stop, NULL, NULL);
}

static void
run_verify (BtCommand *command,
            BtEntry   *entry)
{
  bt_entry_verify (entry);
}

void
bt_engine_verify (BtEngine *engine,
                  guint64   id)
{
  wish (engine, id, run_verify, NULL, NULL);
}

static void
run_announce (BtCommand *command,
              BtEntry   *entry)
{
  bt_entry_announce (entry);
}

void
bt_engine_announce (BtEngine *engine,
                    guint64   id)
{
  wish (engine, id, run_announce, NULL, NULL);
}

static void
run_cancel_move (BtCommand *command,
                 BtEntry   *entry)
{
  bt_entry_cancel_move (entry);
}

void
bt_engine_cancel_move (BtEngine *engine,
                       guint64   id)
{
  wish (engine, id, run_cancel_move, NULL, NULL);
}

/* --- Wishes with arguments --- */

static void
run_add_peer (BtCommand *command,
              BtEntry   *entry)
{
  bt_entry_add_peer (entry, command->arguments);
}

void
bt_engine_add_peer (BtEngine        *engine,
                    guint64          id,
                    const BtAddress *address)
{
  wish (engine, id, run_add_peer, g_memdup2 (address, sizeof *address), g_free);
}

static void
run_set_name (BtCommand *command,
              BtEntry   *entry)
{
  bt_entry_set_name (entry, command->arguments);
}

void
bt_engine_set_name (BtEngine   *engine,
                    guint64     id,
                    const char *name)
{
  wish (engine, id, run_set_name, g_strdup (name), g_free);
}

static void
run_set_labels (BtCommand *command,
                BtEntry   *entry)
{
  bt_entry_set_labels (entry, command->arguments);
}

void
bt_engine_set_labels (BtEngine          *engine,
                      guint64            id,
                      const char *const *labels)
{
  static const char *const none[] = { NULL };

  wish (engine, id, run_set_labels, g_strdupv ((char **) (labels != NULL ? labels : none)),
        (GDestroyNotify) g_strfreev);
}

typedef struct
{
  guint64 read_bps;
  guint64 write_bps;
} Limits;

static void
run_set_limits (BtCommand *command,
                BtEntry   *entry)
{
  const Limits *limits = command->arguments;

  bt_entry_set_limits (entry, limits->read_bps, limits->write_bps);
}

void
bt_engine_set_limits (BtEngine *engine,
                      guint64   id,
                      guint64   read_bps,
                      guint64   write_bps)
{
  Limits limits = { read_bps, write_bps };

  wish (engine, id, run_set_limits, g_memdup2 (&limits, sizeof limits), g_free);
}

typedef struct
{
  double       ratio;
  gint64       seed_time_s;
  gint64       idle_s;
  BtAfterShare after_share;
} ShareLimits;

static void
run_set_share_limits (BtCommand *command,
                      BtEntry   *entry)
{
  const ShareLimits *limits = command->arguments;

  bt_entry_set_share_limits (entry, limits->ratio, limits->seed_time_s, limits->idle_s,
                             limits->after_share);
}

void
bt_engine_set_share_limits (BtEngine     *engine,
                            guint64       id,
                            double        ratio,
                            gint64        seed_time_s,
                            gint64        idle_s,
                            BtAfterShare  after_share)
{
  ShareLimits limits = { ratio, seed_time_s, idle_s, after_share };

  wish (engine, id, run_set_share_limits, g_memdup2 (&limits, sizeof limits), g_free);
}

typedef struct
{
  guint max_peers;
  guint upload_slots;
} Places;

static void
run_set_places (BtCommand *command,
                BtEntry   *entry)
{
  const Places *places = command->arguments;

  bt_entry_set_places (entry, places->max_peers, places->upload_slots);
}

void
bt_engine_set_places (BtEngine *engine,
                      guint64   id,
                      guint     max_peers,
                      guint     upload_slots)
{
  Places places = { max_peers, upload_slots };

  wish (engine, id, run_set_places, g_memdup2 (&places, sizeof places), g_free);
}

static void
run_set_sequential (BtCommand *command,
                    BtEntry   *entry)
{
  bt_entry_set_sequential (entry, GPOINTER_TO_INT (command->arguments));
}

void
bt_engine_set_sequential (BtEngine *engine,
                          guint64   id,
                          gboolean  is_sequential)
{
  wish (engine, id, run_set_sequential, GINT_TO_POINTER (is_sequential), NULL);
}

static void
run_set_super_seeding (BtCommand *command,
                       BtEntry   *entry)
{
  bt_entry_set_super_seeding (entry, GPOINTER_TO_INT (command->arguments));
}

void
bt_engine_set_super_seeding (BtEngine *engine,
                             guint64   id,
                             gboolean  is_super_seeding)
{
  wish (engine, id, run_set_super_seeding, GINT_TO_POINTER (is_super_seeding), NULL);
}

typedef struct
{
  GArray     *files;     /* owned, of guint */
  BtPriority  priority;
} Priorities;

static void
priorities_free (gpointer data)
{
  g_array_unref (((Priorities *) data)->files);
  g_free (data);
}

static void
run_set_priority (BtCommand *command,
                  BtEntry   *entry)
{
  const Priorities *priorities = command->arguments;

  bt_entry_set_priority (entry, priorities->files, priorities->priority);
}

void
bt_engine_set_priority (BtEngine    *engine,
                        guint64      id,
                        const guint *files,
                        gsize        n_files,
                        BtPriority   priority)
{
  Priorities *priorities = g_new0 (Priorities, 1);

  priorities->files = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_vals (priorities->files, files, (guint) n_files);
  priorities->priority = priority;
  wish (engine, id, run_set_priority, priorities, priorities_free);
}

static void
run_set_trackers (BtCommand *command,
                  BtEntry   *entry)
{
  bt_entry_set_trackers (entry, command->arguments);
}

void
bt_engine_set_trackers (BtEngine              *engine,
                        guint64                id,
                        const BtTrackerRecord *trackers,
                        gsize                  n_trackers)
{
  GArray *copies = NULL;

  if (trackers != NULL)
    {
      copies = g_array_new (FALSE, FALSE, sizeof (BtTrackerRecord));
      g_array_set_clear_func (copies, bt_tracker_record_clear);
      for (gsize i = 0; i < n_trackers; i++)
        {
          BtTrackerRecord copy = { trackers[i].tier, g_strdup (trackers[i].url) };

          g_array_append_val (copies, copy);
        }
    }
  wish (engine, id, run_set_trackers, copies, (GDestroyNotify) g_array_unref);
}

static void
run_set_web_seeds (BtCommand *command,
                   BtEntry   *entry)
{
  bt_entry_set_web_seeds (entry, command->arguments);
}

void
bt_engine_set_web_seeds (BtEngine          *engine,
                         guint64            id,
                         const char *const *urls)
{
  wish (engine, id, run_set_web_seeds, g_strdupv ((char **) urls), (GDestroyNotify) g_strfreev);
}

static void
run_merge_trackers (BtCommand *command,
                    BtEntry   *entry)
{
  bt_entry_merge_trackers (entry, command->arguments);
}

void
bt_engine_merge_trackers (BtEngine   *engine,
                          guint64     id,
                          BtMetainfo *metainfo)
{
  wish (engine, id, run_merge_trackers, bt_metainfo_ref (metainfo),
        (GDestroyNotify) bt_metainfo_unref);
}

static void
run_merge_magnet (BtCommand *command,
                  BtEntry   *entry)
{
  bt_entry_merge_magnet (entry, command->arguments);
}

void
bt_engine_merge_magnet (BtEngine *engine,
                        guint64   id,
                        BtMagnet *magnet)
{
  wish (engine, id, run_merge_magnet, bt_magnet_ref (magnet), (GDestroyNotify) bt_magnet_unref);
}

static void
run_set_position (BtCommand *command,
                  BtEntry   *entry)
{
  bt_entry_set_position (entry, GPOINTER_TO_UINT (command->arguments));
}

void
bt_engine_set_position (BtEngine *engine,
                        guint64   id,
                        guint     index)
{
  wish (engine, id, run_set_position, GUINT_TO_POINTER (index), NULL);
}
