/* bt-engine.c - the engine's thread, and what it tells the user's
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine.h"

#include "bt-engine-private.h"

#include "base/bt-socket-close.h"

#include <glib/gi18n-lib.h>

/* What was told of a torrent. */
typedef struct
{
  guint64       id;
  guint64       digest;      /* of facts and record as the last snapshot had them; 0: there was none */
  guint64       news;        /* bt_entry_get_news() then */
  BtSwarmState  state;       /* of the last snapshot */
  gboolean      is_watched;
} Told;

void
bt_reply_free (gpointer data)
{
  BtReply *reply = data;

  if (reply == NULL)
    return;
  g_clear_error (&reply->error);
  g_clear_pointer (&reply->kept, g_strfreev);
  if (reply->answer != NULL)
    reply->free_answer (reply->answer);
  g_free (reply->link);
  g_clear_pointer (&reply->file, g_bytes_unref);
  g_clear_pointer (&reply->metainfo, bt_metainfo_unref);
  g_clear_pointer (&reply->known, g_array_unref);
  if (reply->facts != NULL)
    bt_swarm_facts_clear (reply->facts);
  g_free (reply->facts);
  g_clear_pointer (&reply->snapshots, g_ptr_array_unref);
  g_free (reply);
}

/* --- Any thread --- */

void
bt_engine_send_reply (BtEngine *engine,
                      BtReply   reply)
{
  reply.user = engine->doors.user;
  bt_door_put (engine->doors.door, engine->doors.reply, g_memdup2 (&reply, sizeof reply),
               bt_reply_free);
}

/* The engine is closing or gone: whoever waits for an answer gets one. */
static void
refuse_command (gpointer message)
{
  BtCommand *command = message;

  if (command->task != NULL)
    bt_engine_send_reply (command->engine, (BtReply) {
      .kind = BT_REPLY_DONE,
      .id = command->id,
      .task = command->task,
      .error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is not running")),
    });
  bt_command_free (command);
}

/* --- Engine's thread: snapshots --- */

static Told *
get_told (BtEngine *engine,
          guint64   id)
{
  Told *told = g_hash_table_lookup (engine->told, &id);

  if (told != NULL)
    return told;
  told = g_new0 (Told, 1);
  told->id = id;
  g_hash_table_insert (engine->told, &told->id, told);
  return told;
}

/* What waits for a turn, a drive or room waits no more when the engine ends. */
static void
end_waiting (BtSwarmFacts *facts)
{
  if (facts->state == BT_SWARM_FAILED)
    return;
  facts->state = BT_SWARM_STOPPED;
  facts->reason = BT_REASON_NONE;
  g_clear_pointer (&facts->message, g_free);
}

/* With its record when there is something that the one before did not tell. */
static BtSnapshot *
make_snapshot (BtEngine *engine,
               BtEntry  *entry,
               gboolean  is_first)
{
  const BtRecord *record = bt_entry_get_record (entry);
  guint64         digest;
  BtSnapshot     *snapshot = g_new0 (BtSnapshot, 1);
  Told           *told = get_told (engine, bt_entry_get_id (entry));

  snapshot->id = told->id;
  snapshot->serial = ++engine->last_serial;
  told->news = bt_entry_get_news (entry);
  bt_entry_get_facts (entry, &snapshot->facts);
  if (engine->is_closed)
    end_waiting (&snapshot->facts);
  told->state = snapshot->facts.state;
  digest = bt_snapshot_digest (&snapshot->facts, record);
  if (is_first || told->is_watched || digest != told->digest)
    snapshot->record = bt_record_copy (record);
  told->digest = digest;
  if (told->is_watched)
    snapshot->details = bt_entry_get_details (entry);
  if (!bt_entry_is_quiet (entry))
    g_hash_table_insert (engine->lively, &told->id, told);
  else
    g_hash_table_remove (engine->lively, &told->id);
  return snapshot;
}

GPtrArray *
bt_engine_make_first_snapshot (BtEngine *engine,
                               BtEntry  *entry)
{
  GPtrArray *snapshots = g_ptr_array_new_with_free_func (bt_snapshot_free);

  g_ptr_array_add (snapshots, make_snapshot (engine, entry, TRUE));
  return snapshots;
}

static void
ring (BtEngine *engine,
      gboolean  has_ticked)
{
  if (bt_mailbox_ring (engine->doors.mailbox, has_ticked))
    bt_door_put (engine->doors.door, engine->doors.bell, engine->doors.user, NULL);
}

void
bt_engine_publish (BtEngine *engine,
                   BtEntry  *entry)
{
  bt_mailbox_put (engine->doors.mailbox, make_snapshot (engine, entry, FALSE));
  ring (engine, FALSE);
}

/* Torrents that do nothing are not told again and again, nor are those that only wait for somebody to come: where there
 * is nothing new it is not even looked. */
static void
publish_lively (BtEngine *engine)
{
  g_autofree gpointer *ids = NULL;
  guint n_ids;

  ids = g_hash_table_get_keys_as_array (engine->lively, &n_ids);
  for (guint i = 0; i < n_ids; i++)
    {
      const Told *told = g_hash_table_lookup (engine->lively, ids[i]);
      BtEntry *entry = bt_library_find (engine->library, *(guint64 *) ids[i]);
      BtSnapshot *snapshot;

      if (entry == NULL || (told->news != 0 && told->news == bt_entry_get_news (entry) &&
                            !told->is_watched))
        continue;
      snapshot = make_snapshot (engine, entry, FALSE);
      if (snapshot->record != NULL)
        bt_mailbox_put (engine->doors.mailbox, snapshot);
      else
        bt_snapshot_free (snapshot);
    }
  ring (engine, TRUE);
}

/* The last of each. */
static void
publish_ends (BtEngine *engine)
{
  const GPtrArray *entries = bt_library_get_entries (engine->library);

  engine->is_closed = TRUE;
  for (guint i = 0; i < entries->len; i++)
    {
      BtEntry *entry = g_ptr_array_index (entries, i);
      Told    *told = get_told (engine, bt_entry_get_id (entry));

      if (told->state != BT_SWARM_STOPPED && told->state != BT_SWARM_FAILED)
        bt_engine_publish (engine, entry);
    }
}

void
bt_engine_set_watched (BtEngine *engine,
                       BtEntry  *entry,
                       gboolean  is_watched)
{
  get_told (engine, bt_entry_get_id (entry))->is_watched = is_watched;
  bt_entry_set_watched (entry, is_watched);
  bt_engine_publish (engine, entry);
}

/* --- Engine's thread: what the library tells --- */

static void
changed (gpointer  owner,
         BtEntry  *entry)
{
  BtEngine *engine = owner;

  if (engine->library != NULL)
    bt_engine_publish (engine, entry);
}

/* Who added it hears of it with the answer. */
static gboolean
is_being_added (BtEngine *engine,
                BtEntry  *entry)
{
  const BtRecord *record = bt_entry_get_record (entry);
  GHashTableIter  iter;
  gpointer        command;

  g_hash_table_iter_init (&iter, engine->unanswered);
  while (g_hash_table_iter_next (&iter, &command, NULL))
    if (bt_command_is_add_of (command, record->info_hash))
      return TRUE;
  return FALSE;
}

static void
added (gpointer  owner,
       BtEntry  *entry)
{
  BtEngine *engine = owner;

  if (engine->library == NULL || is_being_added (engine, entry))
    return;
  bt_engine_send_reply (engine, (BtReply) {
    .kind = BT_REPLY_JOINED,
    .id = bt_entry_get_id (entry),
    .snapshots = bt_engine_make_first_snapshot (engine, entry),
  });
}

static void
removed (gpointer  owner,
         BtEntry  *entry)
{
  BtEngine *engine = owner;
  guint64   id = bt_entry_get_id (entry);

  if (engine->library == NULL)
    return;
  g_hash_table_remove (engine->lively, &id);
  g_hash_table_remove (engine->told, &id);
  bt_engine_send_reply (engine, (BtReply) { .kind = BT_REPLY_LEFT, .id = id });
}

static void
tell_limits (BtEngine *engine)
{
  gboolean is_alternative = bt_library_is_alternative (engine->library);

  if (is_alternative == engine->is_alternative)
    return;
  engine->is_alternative = is_alternative;
  bt_engine_send_reply (engine, (BtReply) {
    .kind = BT_REPLY_ALTERNATIVE,
    .is_alternative = is_alternative,
  });
}

static void
ticked (gpointer owner)
{
  BtEngine *engine = owner;

  if (engine->library == NULL)
    return;
  tell_limits (engine);
  publish_lively (engine);
  bt_engine_tell_previews (engine);
}

static void
troubled (gpointer      owner,
          const GError *error)
{
  bt_engine_send_reply (owner, (BtReply) {
    .kind = BT_REPLY_TROUBLED,
    .error = error != NULL ? g_error_copy (error) : NULL,
  });
}

static const BtLibraryOps library_ops = {
  .changed = changed,
  .added = added,
  .removed = removed,
  .ticked = ticked,
  .troubled = troubled,
};

/* --- Engine's thread: commands --- */

void
bt_engine_answer (BtCommand *command,
                  BtReply    reply)
{
  reply.task = command->task;
  reply.id = reply.id != 0 ? reply.id : command->id;
  g_hash_table_remove (command->engine->unanswered, command);
  bt_engine_send_reply (command->engine, reply);
  bt_command_free (command);
}

static void
command_cb (gpointer message)
{
  BtCommand *command = message;
  BtEngine  *engine = command->engine;
  BtEntry   *entry = NULL;
  gboolean   is_answered = command->task != NULL;

  /* Its answer comes when all has ended, however often it was asked for. */
  if (engine->is_closing && !bt_command_is_last (command))
    {
      refuse_command (command);
      return;
    }
  if (command->id != 0)
    entry = bt_library_find (engine->library, command->id);
  if (is_answered)
    g_hash_table_add (engine->unanswered, command);
  if (command->id == 0 || entry != NULL)
    command->run (command, entry);
  else if (is_answered)
    bt_engine_answer (command, (BtReply) {
      .kind = BT_REPLY_DONE,
      .error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, _("The torrent has been removed")),
    });
  /* The settings may have changed which limits hold. */
  if (!engine->is_closing)
    tell_limits (engine);
  if (!is_answered)
    bt_command_free (command);
}

static void
closed_cb (gpointer user_data)
{
  BtEngine *engine = user_data;

  publish_ends (engine);
  g_main_loop_quit (engine->loop);
}

void
bt_engine_close (BtEngine *engine)
{
  if (engine->is_closing)
    return;
  engine->is_closing = TRUE;
  bt_library_close_async (engine->library, closed_cb, engine);
}

/* --- Engine's thread: its life --- */

static gboolean
start_up (BtEngine *engine)
{
  BtReply          reply = { .kind = BT_REPLY_STARTED, .task = engine->start_task };
  const GPtrArray *entries;
  BtLibrary       *library;

  library = bt_library_new (engine->context, NULL, &engine->config, &library_ops, engine,
                            &reply.error);
  if (library == NULL)
    {
      bt_engine_send_reply (engine, reply);
      return FALSE;
    }
  engine->library = library;
  engine->is_alternative = bt_library_is_alternative (library);
  entries = bt_library_get_entries (library);
  reply.port = bt_session_get_port (bt_library_get_session (library));
  reply.is_alternative = engine->is_alternative;
  reply.snapshots = g_ptr_array_new_full (entries->len, bt_snapshot_free);
  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (reply.snapshots, make_snapshot (engine, g_ptr_array_index (entries, i), TRUE));
  bt_engine_send_reply (engine, reply);
  /* Whatever comes of it comes after the list. */
  bt_library_begin (library);
  return TRUE;
}

/* What the library has not answered, although it has ended. */
static void
refuse_unanswered (BtEngine *engine)
{
  g_autoptr (GHashTable) unanswered = g_steal_pointer (&engine->unanswered);
  GHashTableIter         iter;
  gpointer               command;

  g_hash_table_iter_init (&iter, unanswered);
  while (g_hash_table_iter_next (&iter, &command, NULL))
    refuse_command (command);
}

static void
end (BtEngine *engine)
{
  BtLibrary *library = g_steal_pointer (&engine->library);

  bt_door_close (engine->commands);
  bt_library_free (library);
  /* What was being freed on idle (libsoup's connections) goes now. */
  while (g_main_context_iteration (engine->context, FALSE))
    ;
  bt_socket_close_wait (engine->context);
  refuse_unanswered (engine);
  bt_engine_send_reply (engine, (BtReply) { .kind = BT_REPLY_ENDED });
}

static gpointer
thread_main (gpointer user_data)
{
  BtEngine *engine = user_data;

  g_main_context_push_thread_default (engine->context);
  if (start_up (engine))
    {
      g_main_loop_run (engine->loop);
      end (engine);
    }
  else
    bt_door_close (engine->commands);
  g_main_context_pop_thread_default (engine->context);
  return NULL;
}

/* --- User's thread --- */

BtEngine *
bt_engine_new (const BtLibraryConfig *config,
               const BtEngineDoors   *doors,
               gpointer               task)
{
  BtEngine *engine = g_new0 (BtEngine, 1);

  engine->doors = *doors;
  engine->config = *config;
  engine->config.state_path = g_strdup (config->state_path);
  engine->config.session.dht_nodes =
      (const char *const *) g_strdupv ((char **) config->session.dht_nodes);
  engine->start_task = task;
  engine->context = g_main_context_new ();
  engine->loop = g_main_loop_new (engine->context, FALSE);
  engine->told = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  engine->lively = g_hash_table_new (g_int64_hash, g_int64_equal);
  engine->unanswered = g_hash_table_new (NULL, NULL);
  engine->previews = g_hash_table_new (NULL, NULL);
  engine->commands = bt_door_new (engine->context);
  engine->thread = g_thread_new ("bt-engine", thread_main, engine);
  return engine;
}

gpointer
bt_engine_get_user (BtEngine *engine)
{
  return engine->doors.user;
}

void
bt_engine_command (BtEngine  *engine,
                   BtCommand *command)
{
  command->engine = engine;
  bt_door_put (engine->commands, command_cb, command, refuse_command);
}

void
bt_engine_free (BtEngine *engine)
{
  if (engine == NULL)
    return;
  g_thread_join (engine->thread);
  bt_door_unref (engine->commands);
  g_clear_pointer (&engine->unanswered, g_hash_table_unref);
  g_clear_pointer (&engine->previews, g_hash_table_unref);
  g_hash_table_unref (engine->lively);
  g_hash_table_unref (engine->told);
  g_free ((char *) engine->config.state_path);
  g_strfreev ((char **) engine->config.session.dht_nodes);
  g_main_loop_unref (engine->loop);
  g_main_context_unref (engine->context);
  g_free (engine);
}
