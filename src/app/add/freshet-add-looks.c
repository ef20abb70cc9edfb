/* freshet-add-looks.c - magnet links of a batch that peers are asked about, some of them at a time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-looks.h"

struct _FreshetAddLooks
{
  /* owned */
  BtSupervisor *supervisor;
  GQueue        waiting;   /* of FreshetAddSource */
  GHashTable   *running;   /* of GCancellable, by FreshetAddSource (borrowed) */

  /* borrowed */
  GObject *owner;

  /* values */
  FreshetAddLooksFunc func;
  guint               n_running;  /* more than in `running` while cancelled ones have not ended */
  gboolean            is_ended;
};

/* One link, for the callbacks of the engine. */
typedef struct
{
  FreshetAddLooks  *looks;        /* its owner's */
  GObject          *owner;        /* owned */
  FreshetAddSource *source;       /* owned */
  GCancellable     *cancellable;  /* owned */
} Look;

static void
look_free (Look *look)
{
  g_object_unref (look->owner);
  g_object_unref (look->source);
  g_object_unref (look->cancellable);
  g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void begin_next (FreshetAddLooks *looks);

static void
seen_cb (const BtSwarmFacts *facts,
         gpointer            user_data)
{
  Look *look = user_data;

  freshet_add_source_set_facts (look->source, facts);
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (Look) look = user_data;
  FreshetAddLooks *looks = look->looks;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) known = NULL;
  g_autoptr (BtMetainfo) metainfo =
      bt_supervisor_preview_finish (BT_SUPERVISOR (object), result, &known, &error);

  looks->n_running--;
  if (!g_cancellable_is_cancelled (look->cancellable))
    {
      g_hash_table_remove (looks->running, look->source);
      if (freshet_add_source_get_state (look->source) == FRESHET_ADD_SEEKING)
        {
          freshet_add_source_set_known (look->source, known);
          looks->func (look->source, metainfo, error, look->owner);
        }
    }
  begin_next (looks);
}

static void
begin (FreshetAddLooks  *looks,
       FreshetAddSource *source)
{
  Look *look = g_new0 (Look, 1);

  look->looks = looks;
  look->owner = g_object_ref (looks->owner);
  look->source = g_object_ref (source);
  look->cancellable = g_cancellable_new ();
  g_hash_table_insert (looks->running, source, g_object_ref (look->cancellable));
  looks->n_running++;
  bt_supervisor_preview_async (looks->supervisor, freshet_add_source_get_magnet (source), NULL, 0,
                               seen_cb, look, look->cancellable, ended_cb, look);
}

static void
begin_next (FreshetAddLooks *looks)
{
  while (looks->n_running < FRESHET_ADD_LOOKS_MAX && !g_queue_is_empty (&looks->waiting))
    {
      g_autoptr (FreshetAddSource) source = g_queue_pop_head (&looks->waiting);

      if (freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING &&
          !g_hash_table_contains (looks->running, source))
        begin (looks, source);
    }
}

void
freshet_add_looks_begin (FreshetAddLooks  *looks,
                         FreshetAddSource *source)
{
  if (looks->is_ended)
    return;
  g_queue_push_tail (&looks->waiting, g_object_ref (source));
  begin_next (looks);
}

void
freshet_add_looks_end (FreshetAddLooks  *looks,
                       FreshetAddSource *source)
{
  g_autoptr (GCancellable) cancellable = NULL;

  if (g_hash_table_steal_extended (looks->running, source, NULL, (gpointer *) &cancellable))
    g_cancellable_cancel (cancellable);
}

void
freshet_add_looks_end_all (FreshetAddLooks *looks)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer cancellable;

  looks->is_ended = TRUE;
  g_queue_clear_full (&looks->waiting, g_object_unref);
  /* What a cancellation does may change the table. */
  g_hash_table_iter_init (&iter, looks->running);
  while (g_hash_table_iter_next (&iter, NULL, &cancellable))
    g_ptr_array_add (all, g_object_ref (cancellable));
  g_hash_table_remove_all (looks->running);
  for (guint i = 0; i < all->len; i++)
    g_cancellable_cancel (all->pdata[i]);
}

FreshetAddLooks *
freshet_add_looks_new (BtSupervisor        *supervisor,
                       FreshetAddLooksFunc  func,
                       GObject             *owner)
{
  FreshetAddLooks *looks = g_new0 (FreshetAddLooks, 1);

  looks->supervisor = g_object_ref (supervisor);
  looks->running = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_queue_init (&looks->waiting);
  looks->func = func;
  looks->owner = owner;
  return looks;
}

/* Nothing runs: whatever does keeps the owner. */
void
freshet_add_looks_free (FreshetAddLooks *looks)
{
  g_queue_clear_full (&looks->waiting, g_object_unref);
  g_hash_table_unref (looks->running);
  g_object_unref (looks->supervisor);
  g_free (looks);
}
