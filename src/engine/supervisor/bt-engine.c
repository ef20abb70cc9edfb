/* bt-engine.c - the engine's thread
 *
 * Fields are marked with the thread that may touch them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine.h"

#include <string.h>

typedef struct
{
  guint64   id;
  BtSwarm  *swarm;      /* borrowed from the session */
  gboolean  is_watched;
  gboolean  is_quiet;   /* the last snapshot said that nothing moves */
} Entry;

struct _BtEngine
{
  /* Any thread */
  BtDoor          *commands;
  BtEngineDoors    doors;

  /* User's thread */
  GThread         *thread;

  /* Engine's thread */
  GMainContext    *context;
  GMainLoop       *loop;
  BtSession       *session;
  BtSessionConfig  config;
  GHashTable      *entries;     /* id → Entry, owned */
  gpointer         start_task;
  gboolean         is_closing;  /* nothing is obeyed any more */
};

void
bt_command_free (gpointer data)
{
  BtCommand *command = data;

  if (command == NULL)
    return;
  g_clear_pointer (&command->metainfo, bt_metainfo_unref);
  g_free ((char *) command->config.folder);
  g_clear_pointer (&command->selected, g_array_unref);
  g_clear_pointer (&command->peers, g_array_unref);
  g_free (command);
}

void
bt_reply_free (gpointer data)
{
  BtReply *reply = data;

  g_clear_error (&reply->error);
  g_free (reply);
}

/* --- Any thread --- */

static void
send_reply (BtEngine *engine,
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

  if (command->kind == BT_COMMAND_SHUT_DOWN)
    send_reply (command->engine, (BtReply) { .kind = BT_COMMAND_SHUT_DOWN });
  else if (command->kind == BT_COMMAND_ADD)
    send_reply (command->engine, (BtReply) {
      .kind = BT_COMMAND_ADD,
      .id = command->id,
      .task = command->task,
      .error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "The engine is not running"),
    });
  bt_command_free (command);
}

/* --- Engine's thread --- */

static void
publish (BtEngine *engine,
         Entry    *entry)
{
  BtSnapshot *snapshot = g_new0 (BtSnapshot, 1);

  snapshot->id = entry->id;
  bt_swarm_get_facts (entry->swarm, &snapshot->facts);
  if (entry->is_watched)
    {
      snapshot->peer_rows = bt_swarm_get_peer_rows (entry->swarm);
      snapshot->tracker_rows = bt_swarm_get_tracker_rows (entry->swarm);
    }
  entry->is_quiet = snapshot->facts.state == BT_SWARM_STOPPED ||
                    snapshot->facts.state == BT_SWARM_FAILED;
  bt_mailbox_put (engine->doors.mailbox, snapshot);
}

static void
ring (BtEngine *engine,
      gboolean  has_ticked)
{
  if (bt_mailbox_ring (engine->doors.mailbox, has_ticked))
    bt_door_put (engine->doors.door, engine->doors.bell, engine->doors.user, NULL);
}

static void
state_changed (gpointer  user_data,
               BtSwarm  *swarm)
{
  BtEngine *engine = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, engine->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->swarm != swarm)
        continue;
      publish (engine, entry);
      ring (engine, FALSE);
      return;
    }
}

/* Torrents that do nothing are not told again and again. */
static void
ticked (gpointer user_data)
{
  BtEngine *engine = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, engine->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((Entry *) value)->is_quiet)
      publish (engine, value);
  ring (engine, TRUE);
}

static const BtSessionOps session_ops = {
  .state_changed = state_changed,
  .ticked = ticked,
};

static void
select_files (BtSwarm *swarm,
              GArray  *selected)
{
  guint32 n_files;

  bt_metainfo_get_files (bt_swarm_get_metainfo (swarm), &n_files);
  for (guint32 i = 0; i < n_files; i++)
    bt_swarm_set_file_priority (swarm, i, BT_PRIORITY_SKIP);
  for (guint i = 0; i < selected->len; i++)
    bt_swarm_set_file_priority (swarm, g_array_index (selected, guint, i), BT_PRIORITY_NORMAL);
}

static void
add_peers (BtSwarm *swarm,
           GArray  *peers)
{
  for (guint i = 0; peers != NULL && i < peers->len; i++)
    bt_swarm_add_peer (swarm, &g_array_index (peers, BtAddress, i), BT_SOURCE_PERSON);
}

/* The first snapshot goes out before the answer: who gets the torrent finds its facts there. */
static void
do_add (BtEngine  *engine,
        BtCommand *command)
{
  BtReply reply = { .kind = BT_COMMAND_ADD, .id = command->id, .task = command->task };
  Entry *entry;
  BtSwarm *swarm;

  swarm = bt_session_add (engine->session, command->metainfo, &command->config, &reply.error);
  if (swarm == NULL)
    {
      send_reply (engine, reply);
      return;
    }
  entry = g_new0 (Entry, 1);
  entry->id = command->id;
  entry->swarm = swarm;
  g_hash_table_insert (engine->entries, &entry->id, entry);
  if (command->selected != NULL)
    select_files (swarm, command->selected);
  add_peers (swarm, command->peers);
  if (command->flag)
    bt_swarm_start (swarm);
  publish (engine, entry);
  ring (engine, FALSE);
  send_reply (engine, reply);
}

static void
closed_cb (gpointer user_data)
{
  BtEngine *engine = user_data;

  g_main_loop_quit (engine->loop);
}

static void
shut_down (BtEngine *engine)
{
  if (engine->is_closing)
    return;
  engine->is_closing = TRUE;
  bt_session_close_async (engine->session, closed_cb, engine);
}

static void
do_torrent (BtEngine  *engine,
            BtCommand *command,
            Entry     *entry)
{
  switch (command->kind)
    {
    case BT_COMMAND_REMOVE:
      {
        BtSwarm *swarm = entry->swarm;

        g_hash_table_remove (engine->entries, &command->id);
        bt_session_remove (engine->session, swarm);
      }
      break;

    case BT_COMMAND_START:
      bt_swarm_start (entry->swarm);
      break;

    case BT_COMMAND_STOP:
      bt_swarm_stop (entry->swarm);
      break;

    case BT_COMMAND_VERIFY:
      bt_swarm_verify (entry->swarm);
      break;

    case BT_COMMAND_ANNOUNCE:
      bt_swarm_announce_now (entry->swarm);
      break;

    case BT_COMMAND_ADD_PEER:
      add_peers (entry->swarm, command->peers);
      bt_session_connect_now (engine->session);
      break;

    case BT_COMMAND_SET_LIMITS:
      bt_swarm_set_limits (entry->swarm, command->read_bps, command->write_bps);
      break;

    case BT_COMMAND_WATCH:
      entry->is_watched = command->flag;
      publish (engine, entry);
      ring (engine, FALSE);
      break;

    case BT_COMMAND_ADD:
    case BT_COMMAND_SHUT_DOWN:
    case BT_COMMAND_START_UP:
    default:
      break;
    }
}

static void
command_cb (gpointer message)
{
  BtCommand *command = message;
  BtEngine *engine = command->engine;
  Entry *entry = g_hash_table_lookup (engine->entries, &command->id);

  /* Its answer comes when all has ended, however often it was asked for. */
  if (engine->is_closing && command->kind != BT_COMMAND_SHUT_DOWN)
    {
      refuse_command (command);
      return;
    }
  if (command->kind == BT_COMMAND_ADD)
    do_add (engine, command);
  else if (command->kind == BT_COMMAND_SHUT_DOWN)
    shut_down (engine);
  else if (command->kind == BT_COMMAND_SET_LIMITS && command->id == 0)
    bt_session_set_limits (engine->session, command->read_bps, command->write_bps);
  else if (entry != NULL)
    do_torrent (engine, command, entry);
  bt_command_free (command);
}

static gpointer
thread_main (gpointer user_data)
{
  BtEngine *engine = user_data;
  BtReply reply = { .kind = BT_COMMAND_START_UP, .task = engine->start_task };

  g_main_context_push_thread_default (engine->context);
  engine->session = bt_session_new (engine->context, NULL, &engine->config, &session_ops, engine,
                                    &reply.error);
  if (engine->session != NULL)
    reply.port = bt_session_get_port (engine->session);
  send_reply (engine, reply);
  if (engine->session != NULL)
    {
      g_main_loop_run (engine->loop);
      bt_door_close (engine->commands);
      g_hash_table_remove_all (engine->entries);
      g_clear_pointer (&engine->session, bt_session_free);
      /* What was being freed on idle (libsoup's connections) goes now. */
      while (g_main_context_iteration (engine->context, FALSE))
        ;
      send_reply (engine, (BtReply) { .kind = BT_COMMAND_SHUT_DOWN });
    }
  else
    bt_door_close (engine->commands);
  g_main_context_pop_thread_default (engine->context);
  return NULL;
}

/* --- User's thread --- */

BtEngine *
bt_engine_new (const BtSessionConfig *config,
               const BtEngineDoors   *doors,
               gpointer               task)
{
  BtEngine *engine = g_new0 (BtEngine, 1);

  engine->doors = *doors;
  engine->config = *config;
  engine->start_task = task;
  engine->context = g_main_context_new ();
  engine->loop = g_main_loop_new (engine->context, FALSE);
  engine->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  engine->commands = bt_door_new (engine->context);
  engine->thread = g_thread_new ("bt-engine", thread_main, engine);
  return engine;
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
  g_hash_table_unref (engine->entries);
  g_main_loop_unref (engine->loop);
  g_main_context_unref (engine->context);
  g_free (engine);
}
