/* bt-engine-work.c - commands for one torrent that take a while, and those that say no more than what to do
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine.h"

#include "bt-engine-private.h"

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
    bt_command_ask (engine, id, run_remove, g_memdup2 (&data, sizeof data), g_free, task);
  else
    bt_command_wish (engine, id, run_remove_unasked, NULL, NULL);
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
  bt_command_ask (engine, id, run_export, NULL, NULL, task);
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
  bt_command_ask (engine, id, run_move, g_strdup (folder), g_free, task);
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
  bt_command_ask (engine, id, run_rename, renaming, renaming_free, task);
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
  bt_command_wish (engine, id, is_watched ? run_watch : run_unwatch, NULL, NULL);
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
  bt_command_wish (engine, id, run_start, NULL, NULL);
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
  bt_command_wish (engine, id, run_start_forced, NULL, NULL);
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
  bt_command_wish (engine, id, run_stop, NULL, NULL);
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
  bt_command_wish (engine, id, run_verify, NULL, NULL);
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
  bt_command_wish (engine, id, run_announce, NULL, NULL);
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
  bt_command_wish (engine, id, run_cancel_move, NULL, NULL);
}
