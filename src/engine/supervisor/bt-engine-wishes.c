/* bt-engine-wishes.c - commands for one torrent that carry values
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-engine.h"

#include "bt-engine-private.h"

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
  bt_command_wish (engine, id, run_add_peer, g_memdup2 (address, sizeof *address), g_free);
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
  bt_command_wish (engine, id, run_set_name, g_strdup (name), g_free);
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

  bt_command_wish (engine, id, run_set_labels,
                   g_strdupv ((char **) (labels != NULL ? labels : none)),
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

  bt_command_wish (engine, id, run_set_limits, g_memdup2 (&limits, sizeof limits), g_free);
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

  bt_command_wish (engine, id, run_set_share_limits, g_memdup2 (&limits, sizeof limits), g_free);
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

  bt_command_wish (engine, id, run_set_places, g_memdup2 (&places, sizeof places), g_free);
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
  bt_command_wish (engine, id, run_set_sequential, GINT_TO_POINTER (is_sequential), NULL);
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
  bt_command_wish (engine, id, run_set_super_seeding, GINT_TO_POINTER (is_super_seeding), NULL);
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
  bt_command_wish (engine, id, run_set_priority, priorities, priorities_free);
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
  bt_command_wish (engine, id, run_set_trackers, copies, (GDestroyNotify) g_array_unref);
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
  bt_command_wish (engine, id, run_set_web_seeds, g_strdupv ((char **) urls),
                   (GDestroyNotify) g_strfreev);
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
  bt_command_wish (engine, id, run_merge_trackers, bt_metainfo_ref (metainfo),
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
  bt_command_wish (engine, id, run_merge_magnet, bt_magnet_ref (magnet),
                   (GDestroyNotify) bt_magnet_unref);
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
  bt_command_wish (engine, id, run_set_position, GUINT_TO_POINTER (index), NULL);
}
