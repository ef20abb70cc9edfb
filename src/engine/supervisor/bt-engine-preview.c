/* bt-engine-preview.c - magnet links that somebody looks at: commands in, facts and answers out
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine-private.h"

/* Arguments of the command, which lives until its answer. */
typedef struct
{
  BtMagnet  *magnet;    /* owned */
  GArray    *peers;     /* owned, nullable; of BtKnownAddress */
  BtPreview *preview;   /* the library's; engine's thread */
} Looking;

static void
looking_free (gpointer data)
{
  Looking *looking = data;

  bt_magnet_unref (looking->magnet);
  g_clear_pointer (&looking->peers, g_array_unref);
  g_free (looking);
}

static void
tell (BtCommand *command)
{
  BtSwarmFacts facts;

  bt_preview_get_facts (((Looking *) command->arguments)->preview, &facts);
  bt_engine_send_reply (command->engine, (BtReply) {
    .kind = BT_REPLY_PREVIEWED,
    .preview = command->task,
    .facts = g_memdup2 (&facts, sizeof facts),
  });
}

static void
ended_cb (BtMetainfo   *metainfo,
          const GArray *known,
          const GError *error,
          gpointer      user_data)
{
  BtCommand *command = user_data;

  /* What was found out last, such as how many seeds there are; one that ends at once has not been begun. */
  if (g_hash_table_remove (command->engine->previews, command->task))
    tell (command);
  bt_engine_answer (command, (BtReply) {
    .kind = BT_REPLY_DONE,
    .error = error != NULL ? g_error_copy (error) : NULL,
    .metainfo = metainfo != NULL ? bt_metainfo_ref (metainfo) : NULL,
    .known = g_array_copy ((GArray *) known),
  });
}

static void
run_preview (BtCommand *command,
             BtEntry   *entry)
{
  Looking *looking = command->arguments;
  BtEngine *engine = command->engine;
  g_autoptr (GError) error = NULL;

  looking->preview = bt_library_preview (engine->library, looking->magnet, looking->peers, ended_cb,
                                         command, &error);
  if (looking->preview != NULL)
    g_hash_table_insert (engine->previews, command->task, command);
  else
    bt_engine_answer (command, (BtReply) {
      .kind = BT_REPLY_DONE,
      .error = g_steal_pointer (&error),
    });
}

void
bt_engine_preview (BtEngine       *engine,
                   BtMagnet *magnet,
                   const GArray   *peers,
                   gpointer        task)
{
  BtCommand *command = g_new0 (BtCommand, 1);
  Looking *looking = g_new0 (Looking, 1);

  looking->magnet = bt_magnet_ref (magnet);
  looking->peers = peers != NULL ? g_array_copy ((GArray *) peers) : NULL;
  command->run = run_preview;
  command->arguments = looking;
  command->free_arguments = looking_free;
  command->task = task;
  bt_engine_command (engine, command);
}

/* The task itself is not in here: it may be gone. */
static void
run_end_preview (BtCommand *command,
                 BtEntry   *entry)
{
  const gpointer *task = command->arguments;
  BtCommand *begun = g_hash_table_lookup (command->engine->previews, *task);

  if (begun != NULL)
    bt_preview_cancel (((Looking *) begun->arguments)->preview);
}

void
bt_engine_end_preview (BtEngine *engine,
                       gpointer  task)
{
  BtCommand *command = g_new0 (BtCommand, 1);

  command->run = run_end_preview;
  command->arguments = g_memdup2 (&task, sizeof task);
  command->free_arguments = g_free;
  bt_engine_command (engine, command);
}

void
bt_engine_tell_previews (BtEngine *engine)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, engine->previews);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    tell (value);
}
