/* bt-engine-commands.c - the commands: packed on the user's side, unpacked on the engine's
 *
 * Each command is a function for either side: run_… does on the engine's thread what bt_engine_…() asked for on the
 * user's; between them are the command's arguments, copied. Those for one torrent are in bt-engine-work.c and
 * bt-engine-wishes.c.
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

void
bt_command_ask (BtEngine       *engine,
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

void
bt_command_wish (BtEngine       *engine,
                 guint64         id,
                 BtCommandFunc   run,
                 gpointer        arguments,
                 GDestroyNotify  free_arguments)
{
  bt_command_ask (engine, id, run, arguments, free_arguments, NULL);
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
  bt_command_wish (engine, 0, run_shut_down, NULL, NULL);
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
  bt_command_wish (engine, 0, run_set_settings, g_memdup2 (settings, sizeof *settings), g_free);
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
  bt_command_wish (engine, 0, run_network_changed, NULL, NULL);
}

static void
run_ask_routers (BtCommand *command,
                 BtEntry   *entry)
{
  bt_library_ask_routers (command->engine->library);
}

void
bt_engine_ask_routers (BtEngine *engine)
{
  bt_command_wish (engine, 0, run_ask_routers, NULL, NULL);
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
  bt_command_wish (engine, 0, is_banned ? run_ban : run_unban,
                   g_memdup2 (address, sizeof *address), g_free);
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
  bt_command_wish (engine, 0, run_set_block_list, list != NULL ? bt_block_list_ref (list) : NULL,
                   unref_list);
}

/* --- Questions --- */

static void
run_get (BtCommand *command,
         BtEntry   *entry)
{
  BtLibrary *library = command->engine->library;
  BtReply reply = { .kind = BT_REPLY_DONE };

  /* No default: a question without an answer is a warning of the compiler. */
  switch ((BtQuestion) GPOINTER_TO_UINT (command->arguments))
    {
    case BT_QUESTION_OVERVIEW:
      reply.answer = bt_library_get_overview (library);
      reply.free_answer = (GDestroyNotify) bt_overview_free;
      break;
    case BT_QUESTION_NETWORK:
      reply.answer = bt_library_get_network (library);
      reply.free_answer = (GDestroyNotify) bt_network_facts_free;
      break;
    case BT_QUESTION_SOCKETS:
      reply.answer = bt_library_get_sockets (library);
      reply.free_answer = (GDestroyNotify) g_array_unref;
      break;
    }
  bt_engine_answer (command, reply);
}

void
bt_engine_get (BtEngine   *engine,
               BtQuestion  question,
               gpointer    task)
{
  bt_command_ask (engine, 0, run_get, GUINT_TO_POINTER (question), NULL, task);
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
  bt_command_ask (engine, 0, run_add, request_copy (request), request_free, task);
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
