/* freshet-window-actions.c - what can be done with the torrents that are selected
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-window-private.h"

#include "common/freshet-format.h"
#include "common/freshet-open.h"
#include "common/freshet-toast.h"
#include "common/freshet-words.h"
#include "details/freshet-copy.h"
#include "freshet-export.h"
#include "freshet-removal.h"
#include "freshet-torrent-dialogs.h"

#include <glib/gi18n.h>

typedef void (*TorrentFunc) (BtTorrent *torrent);

static void
for_each_selected (FreshetWindow *self,
                   TorrentFunc    func)
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (self));

  for (guint i = 0; i < torrents->len; i++)
    func (g_ptr_array_index (torrents, i));
}

static gboolean
has_flag (BtTorrent     *torrent,
          BtRecordFlags  flag)
{
  return (bt_torrent_get_record (torrent)->flags & flag) != 0;
}

/* --- Simple ones --- */

static void
start_activated (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_start);
}

static void
start_forced_activated (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_start_forced);
}

static void
stop_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_stop);
}

/* One key for both: all run when the first does not. */
static void
toggle_activated (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  BtTorrent *current = freshet_window_get_current (user_data);

  if (current != NULL)
    for_each_selected (user_data, freshet_words_is_at_rest (current) ? bt_torrent_start
                                                                     : bt_torrent_stop);
}

static void
check_activated (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_verify);
}

static void
announce_activated (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_announce);
}

static void
open_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  BtTorrent *current = freshet_window_get_current (user_data);
  g_autofree char *path = NULL;

  if (current == NULL)
    return;
  path = freshet_open_dup_path (current);
  if (g_str_equal (g_action_get_name (G_ACTION (action)), "open"))
    freshet_open_file (user_data, path);
  else
    freshet_open_show (user_data, path);
}

/* --- Removing --- */

static void
remove_selected (FreshetWindow *self,
                 BtRemoveData   data)
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (self));

  freshet_removal_begin (self, torrents, data);
}

static void
remove_activated (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  remove_selected (user_data, BT_REMOVE_KEEP_DATA);
}

static void
remove_trash_activated (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       user_data)
{
  remove_selected (user_data, BT_REMOVE_TRASH_DATA);
}

/* --- The queue --- */

static guint
count_torrents (void)
{
  BtSupervisor *supervisor =
      freshet_application_get_supervisor (freshet_application_get_default ());

  return g_list_model_get_n_items (bt_supervisor_get_torrents (supervisor));
}

static int
compare_positions (gconstpointer a,
                   gconstpointer b)
{
  guint32 position_a = bt_torrent_get_record (*(BtTorrent *const *) a)->position;
  guint32 position_b = bt_torrent_get_record (*(BtTorrent *const *) b)->position;

  return position_a < position_b ? -1 : position_a > position_b;
}

static void
queue_activated (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (user_data));
  const char *name = g_action_get_name (G_ACTION (action));
  guint last = count_torrents () - 1;
  gboolean is_down = g_str_equal (name, "queue-down");

  /* Among themselves they keep their order: the one that has to make room for no other goes first. */
  g_ptr_array_sort (torrents, compare_positions);
  for (guint i = 0; i < torrents->len; i++)
    {
      guint index = is_down ? torrents->len - 1 - i : i;
      BtTorrent *torrent = g_ptr_array_index (torrents, index);
      guint position = bt_torrent_get_record (torrent)->position;

      if (g_str_equal (name, "queue-top"))
        bt_torrent_set_position (torrent, i);
      else if (g_str_equal (name, "queue-bottom"))
        bt_torrent_set_position (torrent, last);
      else if (is_down)
        bt_torrent_set_position (torrent, MIN (position + 1, last - i));
      else
        bt_torrent_set_position (torrent, position > i ? position - 1 : i);
    }
}

/* --- Settings of torrents --- */

static void
change_flag (GSimpleAction *action,
             GVariant      *value,
             FreshetWindow *self,
             void           (*set) (BtTorrent *torrent,
                                    gboolean   value))
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (self));

  for (guint i = 0; i < torrents->len; i++)
    set (g_ptr_array_index (torrents, i), g_variant_get_boolean (value));
  g_simple_action_set_state (action, value);
}

static void
sequential_changed (GSimpleAction *action,
                    GVariant      *value,
                    gpointer       user_data)
{
  change_flag (action, value, user_data, bt_torrent_set_sequential);
}

static void
super_seeding_changed (GSimpleAction *action,
                       GVariant      *value,
                       gpointer       user_data)
{
  change_flag (action, value, user_data, bt_torrent_set_super_seeding);
}

static void
dialog_activated (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  FreshetWindow *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (self));

  if (torrents->len == 0)
    return;
  if (g_str_equal (name, "rename"))
    freshet_rename_dialog_present (GTK_WINDOW (self), g_ptr_array_index (torrents, 0));
  else if (g_str_equal (name, "options"))
    freshet_options_dialog_present (GTK_WINDOW (self), torrents);
  else
    freshet_labels_dialog_present (GTK_WINDOW (self), torrents);
}

/* --- Moving --- */

typedef struct
{
  FreshetWindow *window;   /* owned */
  BtTorrent     *torrent;  /* owned */
  char          *from;     /* owned */
} Move;

static void
move_free (gpointer data)
{
  Move *move = data;

  g_object_unref (move->window);
  g_object_unref (move->torrent);
  g_free (move->from);
  g_free (move);
}

static void
moved_back_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (FreshetWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (bt_torrent_move_finish (BT_TORRENT (source), result, &error))
    return;
  /* Translators: a torrent's name, and why it could not be moved */
  text = g_strdup_printf (_("“%s” could not be moved: %s"),
                          bt_torrent_get_name (BT_TORRENT (source)), error->message);
  freshet_window_say (window, text);
}

static void
undo_move (gpointer data)
{
  Move *move = data;

  bt_torrent_move_async (move->torrent, move->from, NULL, moved_back_cb,
                         g_object_ref (move->window));
}

static void
moved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Move *move = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (!bt_torrent_move_finish (BT_TORRENT (source), result, &error))
    {
      text = g_strdup_printf (_("“%s” could not be moved: %s"),
                              bt_torrent_get_name (move->torrent), error->message);
      freshet_window_say (move->window, text);
      move_free (move);
      return;
    }
  /* Translators: a torrent's name */
  text = g_strdup_printf (_("“%s” moved"), bt_torrent_get_name (move->torrent));
  toast = freshet_toast_new (text);
  freshet_toast_add_undo (toast, undo_move, move, move_free);
  freshet_window_add_toast (move->window, toast);
}

static void
folder_chosen_cb (GtkNativeDialog *chooser,
                  int              response,
                  gpointer         user_data)
{
  FreshetWindow *self = user_data;
  GPtrArray *torrents = g_object_get_data (G_OBJECT (chooser), "torrents");
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  for (guint i = 0; folder != NULL && i < torrents->len; i++)
    {
      BtTorrent *torrent = g_ptr_array_index (torrents, i);
      Move *move = g_new0 (Move, 1);

      move->window = g_object_ref (self);
      move->torrent = g_object_ref (torrent);
      move->from = g_strdup (bt_torrent_get_record (torrent)->folder);
      bt_torrent_move_async (torrent, g_file_peek_path (folder), NULL, moved_cb, move);
    }
  g_object_unref (chooser);
}

static void
move_activated (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  FreshetWindow *self = user_data;
  GPtrArray *torrents = freshet_torrent_list_dup_selected (freshet_window_get_list (self));
  GtkFileChooserNative *chooser =
      gtk_file_chooser_native_new (_("Choose a Folder to Move To"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Move Here"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_object_set_data_full (G_OBJECT (chooser), "torrents", torrents,
                          (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect_object (chooser, "response", G_CALLBACK (folder_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
cancel_move_activated (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       user_data)
{
  for_each_selected (user_data, bt_torrent_cancel_move);
}

/* --- Copying --- */

static void
copy_hash_activated (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       user_data)
{
  FreshetWindow *self = user_data;
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (self));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < torrents->len; i++)
    {
      const BtRecord *record = bt_torrent_get_record (g_ptr_array_index (torrents, i));
      g_autofree char *hex = freshet_format_hex (record->info_hash, BT_RECORD_HASH_BYTES);

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", hex);
    }
  freshet_copy (GTK_WIDGET (self), text->str);
  g_string_free (text, TRUE);
}

static void
copy_magnet_activated (GSimpleAction *action,
                       GVariant      *parameter,
                       gpointer       user_data)
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (user_data));

  freshet_export_copy_links (user_data, torrents);
}

static void
save_torrent_activated (GSimpleAction *action,
                        GVariant      *parameter,
                        gpointer       user_data)
{
  g_autoptr (GPtrArray) torrents =
      freshet_torrent_list_dup_selected (freshet_window_get_list (user_data));

  freshet_export_save_files (user_data, torrents);
}

static void
select_all_activated (GSimpleAction *action,
                      GVariant      *parameter,
                      gpointer       user_data)
{
  freshet_torrent_list_select_all (freshet_window_get_list (user_data));
}

/* --- Which of them there are --- */

static const GActionEntry torrent_entries[] = {
  { .name = "open", .activate = open_activated },
  { .name = "open-folder", .activate = open_activated },
  { .name = "start", .activate = start_activated },
  { .name = "start-forced", .activate = start_forced_activated },
  { .name = "stop", .activate = stop_activated },
  { .name = "toggle", .activate = toggle_activated },
  { .name = "check", .activate = check_activated },
  { .name = "announce", .activate = announce_activated },
  { .name = "remove", .activate = remove_activated },
  { .name = "remove-trash", .activate = remove_trash_activated },
  { .name = "queue-top", .activate = queue_activated },
  { .name = "queue-up", .activate = queue_activated },
  { .name = "queue-down", .activate = queue_activated },
  { .name = "queue-bottom", .activate = queue_activated },
  { .name = "rename", .activate = dialog_activated },
  { .name = "labels", .activate = dialog_activated },
  { .name = "options", .activate = dialog_activated },
  { .name = "move", .activate = move_activated },
  { .name = "cancel-move", .activate = cancel_move_activated },
  { .name = "copy-hash", .activate = copy_hash_activated },
  { .name = "copy-magnet", .activate = copy_magnet_activated },
  { .name = "save-torrent", .activate = save_torrent_activated },
  { .name = "sequential", .state = "false", .change_state = sequential_changed },
  { .name = "super-seeding", .state = "false", .change_state = super_seeding_changed },
};

static const char *const of_files[] = { "open", "open-folder", "check", "save-torrent" };

static const GActionEntry list_entries[] = {
  { .name = "select-all", .activate = select_all_activated },
};

static void
set_enabled (FreshetWindow *self,
             const char    *name,
             gboolean       is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

static void
set_state (FreshetWindow *self,
           const char    *name,
           gboolean       state)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (state));
}

void
freshet_window_update_actions (FreshetWindow *self)
{
  BtTorrent *current = freshet_window_get_current (self);
  g_autoptr (GtkBitset) set = gtk_selection_model_get_selection (
      freshet_torrent_list_get_selection (freshet_window_get_list (self)));
  guint64 n = gtk_bitset_get_size (set);
  BtSwarmState state = current != NULL ? bt_torrent_get_facts (current)->state : BT_SWARM_STOPPED;
  gboolean is_link = n == 1 && current != NULL && freshet_words_is_link (current);

  for (gsize i = 0; i < G_N_ELEMENTS (torrent_entries); i++)
    set_enabled (self, torrent_entries[i].name, n > 0);
  set_enabled (self, "rename", n == 1 && !is_link);
  set_enabled (self, "cancel-move", state == BT_SWARM_MOVING);
  set_enabled (self, "move", n > 0 && state != BT_SWARM_MOVING);
  /* Of a link there are no files yet. */
  for (gsize i = 0; is_link && i < G_N_ELEMENTS (of_files); i++)
    set_enabled (self, of_files[i], FALSE);
  if (current == NULL)
    return;
  /* Of several the first one speaks; those that are in that state already are left alone. */
  set_enabled (self, "start", n > 1 || freshet_words_is_at_rest (current));
  set_enabled (self, "stop", n > 1 || !freshet_words_is_at_rest (current));
  set_state (self, "sequential", has_flag (current, BT_RECORD_SEQUENTIAL));
  set_state (self, "super-seeding", has_flag (current, BT_RECORD_SUPER_SEED));
}

void
freshet_window_add_actions (FreshetWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), torrent_entries,
                                   G_N_ELEMENTS (torrent_entries), self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), list_entries, G_N_ELEMENTS (list_entries),
                                   self);
  freshet_window_update_actions (self);
}
