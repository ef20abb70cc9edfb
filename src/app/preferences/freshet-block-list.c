/* freshet-block-list.c - the block list that a person chose: loaded, and given to the engine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-block-list.h"

#include "common/freshet-settings.h"

#include <glib/gi18n.h>

struct _FreshetBlockList
{
  GObject parent_instance;

  /* owned */
  BtSupervisor *supervisor;
  GSettings    *settings;
  GCancellable *cancellable;   /* nullable: of the list that is being read */
  char         *words;         /* nullable */
};

G_DEFINE_FINAL_TYPE (FreshetBlockList, freshet_block_list, G_TYPE_OBJECT)

enum
{
  PROP_WORDS = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
take_words (FreshetBlockList *self,
            char             *words)
{
  g_free (self->words);
  self->words = words;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WORDS]);
}

/* "1,204,332 ranges", with what was left out of it. */
static char *
describe (BtBlockList *list)
{
  const BtBlockListCounts *counts = bt_block_list_get_counts (list);
  guint n_ranges = bt_block_list_get_n_ranges (list);
  GString *text = g_string_new (NULL);

  g_string_printf (text, ngettext ("%'u range of addresses is blocked",
                                   "%'u ranges of addresses are blocked", n_ranges),
                   n_ranges);
  if (counts->is_full)
    g_string_append_printf (text, "\n%s", _("The list is too long; the rest of it was left out"));
  if (counts->n_malformed > 0)
    {
      g_autofree char *skipped =
          g_strdup_printf (ngettext ("%'u line could not be read", "%'u lines could not be read",
                                     counts->n_malformed),
                           (guint) MIN (counts->n_malformed, G_MAXUINT));

      g_string_append_printf (text, "\n%s", skipped);
    }
  return g_string_free (text, FALSE);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetBlockList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtBlockList) list =
      bt_supervisor_load_block_list_finish (BT_SUPERVISOR (source), result, &error);
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));

  /* Another one was chosen meanwhile, even if this one was read to its end. */
  if (cancellable != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (list == NULL)
    {
      /* Translators: followed by the reason */
      take_words (self, g_strdup_printf (_("Could not be read: %s"), error->message));
      return;
    }
  bt_supervisor_set_block_list (self->supervisor, list);
  take_words (self, describe (list));
}

void
freshet_block_list_load (FreshetBlockList *self)
{
  g_autofree char *path = NULL;

  g_return_if_fail (FRESHET_IS_BLOCK_LIST (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (g_settings_get_boolean (self->settings, "use-block-list"))
    path = freshet_settings_dup_path (self->settings, "block-list");
  if (path == NULL)
    {
      bt_supervisor_set_block_list (self->supervisor, NULL);
      take_words (self, NULL);
      return;
    }
  take_words (self, g_strdup (_("Reading the list…")));
  self->cancellable = g_cancellable_new ();
  bt_supervisor_load_block_list_async (self->supervisor, path, self->cancellable, loaded_cb,
                                       g_object_ref (self));
}

const char *
freshet_block_list_get_words (FreshetBlockList *self)
{
  g_return_val_if_fail (FRESHET_IS_BLOCK_LIST (self), NULL);

  return self->words;
}

static void
freshet_block_list_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_WORDS:
      g_value_set_string (value, FRESHET_BLOCK_LIST (object)->words);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_block_list_finalize (GObject *object)
{
  FreshetBlockList *self = FRESHET_BLOCK_LIST (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->settings);
  g_free (self->words);

  G_OBJECT_CLASS (freshet_block_list_parent_class)->finalize (object);
}

static void
freshet_block_list_class_init (FreshetBlockListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = freshet_block_list_get_property;
  object_class->finalize = freshet_block_list_finalize;

  properties[PROP_WORDS] = g_param_spec_string ("words", NULL, NULL, NULL,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_block_list_init (FreshetBlockList *self)
{
}

FreshetBlockList *
freshet_block_list_new (BtSupervisor *supervisor,
                        GSettings    *settings)
{
  FreshetBlockList *self = g_object_new (FRESHET_TYPE_BLOCK_LIST, NULL);

  self->supervisor = g_object_ref (supervisor);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::use-block-list",
                           G_CALLBACK (freshet_block_list_load), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::block-list", G_CALLBACK (freshet_block_list_load),
                           self, G_CONNECT_SWAPPED);
  freshet_block_list_load (self);
  return self;
}
