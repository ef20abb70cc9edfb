/* freshet-trackers-page.c - who is asked for peers, and what they say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-trackers-page.h"

#include "common/freshet-toast.h"
#include "common/freshet-words.h"
#include "freshet-copy.h"
#include "freshet-lines-dialog.h"
#include "freshet-tracker.h"
#include "freshet-web-seeds.h"
#include "freshet-window.h"

#include <glib/gi18n.h>

struct _FreshetTrackersPage
{
  FreshetTorrentPage parent_instance;

  /* owned */
  GListStore *trackers;  /* of FreshetTracker */

  /* borrowed: of the template */
  GtkLabel        *count;
  GtkStack        *stack;
  AdwStatusPage   *empty;
  GtkColumnView   *view;
  GMenuModel      *menu;
  FreshetWebSeeds *web_seeds;
};

G_DEFINE_FINAL_TYPE (FreshetTrackersPage, freshet_trackers_page, FRESHET_TYPE_TORRENT_PAGE)

/* --- What is shown --- */

static void
update_actions (FreshetTrackersPage *self)
{
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (self->view);
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (self));
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->trackers));
  GtkWidget *widget = GTK_WIDGET (self);
  /* A link keeps the trackers that are in it. */
  gboolean can_edit = torrent != NULL && !freshet_words_is_link (torrent);

  gtk_widget_action_set_enabled (widget, "trackers.add", can_edit);
  gtk_widget_action_set_enabled (widget, "trackers.announce", n > 0);
  gtk_widget_action_set_enabled (widget, "trackers.edit", can_edit && selected->len == 1);
  gtk_widget_action_set_enabled (widget, "trackers.remove", can_edit && selected->len > 0);
  gtk_widget_action_set_enabled (widget, "trackers.copy", selected->len > 0);
  gtk_widget_action_set_enabled (widget, "web-seeds.add",
                                 freshet_web_seeds_can_add (self->web_seeds));
}

static void
freshet_trackers_page_show_torrent (FreshetTorrentPage *page,
                                    BtTorrent          *torrent)
{
  FreshetTrackersPage *self = FRESHET_TRACKERS_PAGE (page);
  const GArray *rows = torrent != NULL ? bt_torrent_get_tracker_rows (torrent) : NULL;
  guint n = rows != NULL ? rows->len : 0;
  g_autofree char *text = g_strdup_printf (ngettext ("%u tracker", "%u trackers", n), n);

  freshet_tracker_update_list (self->trackers, rows);
  gtk_label_set_text (self->count, rows != NULL ? text : "");
  /* Of a torrent just selected they come in a moment. */
  gtk_stack_set_visible_child_name (self->stack, rows == NULL || n > 0 ? "table" : "empty");
  freshet_web_seeds_show_torrent (self->web_seeds, torrent);
  update_actions (self);
}

/* --- Lists of trackers --- */

/* What is to be; (transfer full), of BtTrackerRecord. */
static GArray *
records_new (void)
{
  GArray *records = g_array_new (FALSE, TRUE, sizeof (BtTrackerRecord));

  g_array_set_clear_func (records, bt_tracker_record_clear);
  return records;
}

static void
add_record (GArray     *records,
            guint       tier,
            const char *url)
{
  BtTrackerRecord record = { .tier = tier, .url = g_strdup (url) };

  g_array_append_val (records, record);
}

static void
set_records (BtTorrent    *torrent,
             const GArray *records)
{
  static const BtTrackerRecord none = { 0 };

  /* NULL would mean those of the torrent file. */
  bt_torrent_set_trackers (torrent,
                           records->len > 0 ? (const BtTrackerRecord *) records->data : &none,
                           records->len);
}

/* As the torrent has them now. (transfer full) */
static GArray *
dup_records (BtTorrent *torrent)
{
  const GArray *rows = bt_torrent_get_tracker_rows (torrent);
  GArray *records = records_new ();

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const BtTrackerFacts *row = &g_array_index (rows, BtTrackerFacts, i);

      add_record (records, row->tier, row->url);
    }
  return records;
}

/* -1: not there. */
static int
find_record (const GArray *records,
             const char   *url)
{
  for (guint i = 0; i < records->len; i++)
    if (g_str_equal (g_array_index (records, BtTrackerRecord, i).url, url))
      return (int) i;
  return -1;
}

static char *
check_url (const char *line,
           gpointer    user_data)
{
  if (bt_tracker_url_is_valid (line))
    return NULL;
  /* Translators: what a person wrote */
  return g_strdup_printf (_("“%s” is not the address of a tracker: it begins with http://, "
                            "https:// or udp://, and udp:// needs a port."),
                          line);
}

/* --- Adding --- */

/* Each in a tier of its own, behind those that are there: all are asked. */
static void
add_trackers (const char *const *lines,
              gpointer           user_data)
{
  BtTorrent *torrent = user_data;
  g_autoptr (GArray) records = dup_records (torrent);
  guint tier = 0;

  for (guint i = 0; i < records->len; i++)
    tier = MAX (tier, g_array_index (records, BtTrackerRecord, i).tier + 1);
  for (; *lines != NULL; lines++)
    if (find_record (records, *lines) < 0)
      add_record (records, tier++, *lines);
  set_records (torrent, records);
}

static void
add_activated (GtkWidget  *widget,
               const char *action,
               GVariant   *parameter)
{
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (widget));
  FreshetLinesQuestion question = {
    .title = _("Add Trackers"),
    .body = _("One address in each line."),
    .label = _("Addresses"),
    .accept = _("_Add"),
    .check = check_url,
    .func = add_trackers,
    .destroy = g_object_unref,
  };

  if (torrent == NULL)
    return;
  question.user_data = g_object_ref (torrent);
  freshet_lines_dialog_present (widget, &question);
}

/* --- Editing --- */

typedef struct
{
  BtTorrent *torrent;  /* owned */
  char      *url;      /* owned: the one to be another */
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_object_unref (edit->torrent);
  g_free (edit->url);
  g_free (edit);
}

/* The one that is edited may stay as it is. */
static char *
check_edited_url (const char *line,
                  gpointer    user_data)
{
  const Edit *edit = user_data;
  g_autoptr (GArray) records = dup_records (edit->torrent);

  if (!g_str_equal (line, edit->url) && find_record (records, line) >= 0)
    return g_strdup (_("This torrent has a tracker with this address already."));
  return check_url (line, NULL);
}

static void
edit_tracker (const char *const *lines,
              gpointer           user_data)
{
  Edit *edit = user_data;
  g_autoptr (GArray) records = dup_records (edit->torrent);
  int index = find_record (records, edit->url);
  BtTrackerRecord *record;

  /* It may be gone by now, or the other one is there already. */
  if (index < 0 || find_record (records, lines[0]) >= 0)
    return;
  record = &g_array_index (records, BtTrackerRecord, index);
  g_free (record->url);
  record->url = g_strdup (lines[0]);
  set_records (edit->torrent, records);
}

static void
edit_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  FreshetTrackersPage *self = FRESHET_TRACKERS_PAGE (widget);
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (widget));
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (self->view);
  FreshetLinesQuestion question = {
    .title = _("Edit Tracker"),
    .label = _("Address"),
    .accept = _("_Save"),
    .check = check_edited_url,
    .func = edit_tracker,
    .destroy = edit_free,
    .has_one_line = TRUE,
  };
  Edit *edit;

  if (torrent == NULL || selected->len != 1)
    return;
  edit = g_new0 (Edit, 1);
  edit->torrent = g_object_ref (torrent);
  edit->url = g_strdup (freshet_tracker_get_facts (g_ptr_array_index (selected, 0))->url);
  question.text = edit->url;
  question.user_data = edit;
  freshet_lines_dialog_present (widget, &question);
}

/* --- Removing --- */

/* What there was before. */
typedef struct
{
  BtTorrent *torrent;  /* owned */
  GArray    *records;  /* owned, of BtTrackerRecord */
} Removed;

static void
removed_free (gpointer data)
{
  Removed *removed = data;

  g_object_unref (removed->torrent);
  g_array_unref (removed->records);
  g_free (removed);
}

static void
undo_remove (gpointer data)
{
  Removed *removed = data;

  set_records (removed->torrent, removed->records);
}

/* Takes `before`. */
static void
offer_undo (GtkWidget *widget,
            BtTorrent *torrent,
            GArray    *before,
            guint      n_removed)
{
  Removed *removed = g_new0 (Removed, 1);
  g_autofree char *text = g_strdup_printf (
      ngettext ("%u tracker removed", "%u trackers removed", n_removed), n_removed);
  AdwToast *toast = freshet_toast_new (text);

  removed->torrent = g_object_ref (torrent);
  removed->records = before;
  freshet_toast_add_undo (toast, undo_remove, removed, removed_free);
  freshet_window_add_toast (FRESHET_WINDOW (gtk_widget_get_root (widget)), toast);
}

static void
remove_activated (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  FreshetTrackersPage *self = FRESHET_TRACKERS_PAGE (widget);
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (widget));
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (self->view);
  g_autoptr (GArray) records = NULL;
  guint n_before;

  if (torrent == NULL || selected->len == 0)
    return;
  records = dup_records (torrent);
  n_before = records->len;
  for (guint i = 0; i < selected->len; i++)
    {
      const char *url = freshet_tracker_get_facts (g_ptr_array_index (selected, i))->url;
      int index = find_record (records, url);

      if (index >= 0)
        g_array_remove_index (records, (guint) index);
    }
  set_records (torrent, records);
  offer_undo (widget, torrent, dup_records (torrent), n_before - records->len);
}

/* --- Others --- */

static void
announce_activated (GtkWidget  *widget,
                    const char *action,
                    GVariant   *parameter)
{
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (widget));

  if (torrent != NULL)
    bt_torrent_announce (torrent);
}

static void
copy_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autoptr (GPtrArray) selected =
      freshet_table_dup_selected (FRESHET_TRACKERS_PAGE (widget)->view);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < selected->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            freshet_tracker_get_facts (g_ptr_array_index (selected, i))->url);
  if (selected->len > 0)
    freshet_copy (widget, text->str);
  g_string_free (text, TRUE);
}

static void
add_web_seeds_activated (GtkWidget  *widget,
                         const char *action,
                         GVariant   *parameter)
{
  freshet_web_seeds_add (FRESHET_TRACKERS_PAGE (widget)->web_seeds);
}

/* --- Life --- */

static void
make_table (FreshetTrackersPage *self)
{
  gsize n_columns;
  const FreshetTableColumn *columns = freshet_tracker_get_columns (&n_columns);

  freshet_table_fill (self->view, G_LIST_MODEL (self->trackers), columns, n_columns,
                      G_CALLBACK (update_actions), GTK_WIDGET (self), self->menu);
}

static void
freshet_trackers_page_finalize (GObject *object)
{
  FreshetTrackersPage *self = FRESHET_TRACKERS_PAGE (object);

  g_clear_object (&self->trackers);

  G_OBJECT_CLASS (freshet_trackers_page_parent_class)->finalize (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "trackers.add", NULL, add_activated);
  gtk_widget_class_install_action (widget_class, "trackers.edit", NULL, edit_activated);
  gtk_widget_class_install_action (widget_class, "trackers.remove", NULL, remove_activated);
  gtk_widget_class_install_action (widget_class, "trackers.announce", NULL, announce_activated);
  gtk_widget_class_install_action (widget_class, "trackers.copy", NULL, copy_activated);
  gtk_widget_class_install_action (widget_class, "web-seeds.add", NULL, add_web_seeds_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "trackers.edit", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "trackers.remove", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "trackers.copy",
                                       NULL);
}

static void
freshet_trackers_page_class_init (FreshetTrackersPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_trackers_page_finalize;
  FRESHET_TORRENT_PAGE_CLASS (klass)->show_torrent = freshet_trackers_page_show_torrent;

  install_actions (widget_class);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-trackers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, count);
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, empty);
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, view);
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, menu);
  gtk_widget_class_bind_template_child (widget_class, FreshetTrackersPage, web_seeds);
}

static void
freshet_trackers_page_init (FreshetTrackersPage *self)
{
  g_type_ensure (FRESHET_TYPE_WEB_SEEDS);
  self->trackers = g_list_store_new (FRESHET_TYPE_TRACKER);
  gtk_widget_init_template (GTK_WIDGET (self));
  make_table (self);
  update_actions (self);
}
