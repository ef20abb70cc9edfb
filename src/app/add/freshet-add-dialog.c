/* freshet-add-dialog.c - what is in torrents that are to be added, and where they go
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-add-dialog.h"

#include "common/freshet-format.h"
#include "common/freshet-labels.h"
#include "freshet-add-files.h"
#include "freshet-add-labels.h"
#include "freshet-add-place.h"
#include "freshet-add-torrents.h"
#include "freshet-application.h"
#include "freshet-folders.h"
#include "freshet-links.h"

#include <glib/gi18n.h>

#define NARROW_WIDTH 480
#define WIDE_WIDTH   880
#define HEIGHT       640

struct _FreshetAddDialog
{
  AdwWindow parent_instance;

  /* owned */
  FreshetAddBatch *batch;
  GSettings       *settings;

  /* borrowed: of the template */
  AdwWindowTitle     *title;
  GtkButton          *cancel;
  GtkWidget          *back;
  GtkButton          *add;
  AdwLeaflet         *leaflet;
  GtkStack           *pages;
  GtkLabel           *loading;
  AdwStatusPage      *failed;
  GtkWidget          *again;
  AdwStatusPage      *there;
  GtkWidget          *merge;
  GtkWidget          *heading;
  GtkLabel           *name;
  GtkSpinner         *seeking;
  GtkLabel           *sentence;
  GtkLabel           *swarm;
  FreshetAddTorrents *torrents;
  GtkWidget          *files_group;
  AdwActionRow       *files_row;
  FreshetAddPlace    *place;
  GtkWidget          *with_files;
  GtkWidget          *unknown;
  FreshetAddLabels   *labels;
  GtkSwitch          *start;
  GtkSwitch          *sequential;
  GtkSwitch          *never;
  GtkWidget          *separator;
  FreshetAddFiles    *files;

  /* values */
  guint is_wide : 1;
  guint was_ready : 1;
  guint is_committing : 1;
  guint has_added : 1;     /* a torrent, or trackers to one */
  guint is_rest : 1;       /* what is here could not be added with the others */
  guint is_closed : 1;
};

G_DEFINE_FINAL_TYPE (FreshetAddDialog, freshet_add_dialog, ADW_TYPE_WINDOW)

enum
{
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static guint
count_sources (FreshetAddDialog *self)
{
  return g_list_model_get_n_items (freshet_add_batch_get_sources (self->batch));
}

/* The one that is shown. Borrowed, nullable. */
static FreshetAddSource *
get_source (FreshetAddDialog *self)
{
  return freshet_add_torrents_get_selected (self->torrents);
}

/* --- What is shown --- */

/* Of a single file there is nothing to choose; among several torrents it looks like the others. */
static gboolean
has_tree (FreshetAddDialog *self)
{
  FreshetAddSource *source = self->batch != NULL ? get_source (self) : NULL;

  return source != NULL && freshet_add_source_get_state (source) == FRESHET_ADD_READY &&
         (freshet_add_source_get_n_files (source) > 1 || count_sources (self) > 1);
}

/* Which parts there is room for, and which of them are of use. */
static void
arrange (FreshetAddDialog *self)
{
  GtkWidget *shown = adw_leaflet_get_visible_child (self->leaflet);
  gboolean is_folded = adw_leaflet_get_folded (self->leaflet);
  gboolean is_in_files = is_folded && shown == GTK_WIDGET (self->files);

  gtk_widget_set_visible (self->back, is_in_files);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), !is_in_files);
  gtk_widget_set_visible (self->files_group, is_folded && has_tree (self));
}

static const char *
choose_page (FreshetAddDialog *self)
{
  FreshetAddSource *source = get_source (self);

  if (count_sources (self) != 1)
    return "form";
  switch (freshet_add_source_get_state (source))
    {
    case FRESHET_ADD_LOADING:
      return "loading";
    case FRESHET_ADD_FAILED:
      return "failed";
    case FRESHET_ADD_THERE:
      return "there";
    case FRESHET_ADD_SEEKING:
    case FRESHET_ADD_READY:
    case FRESHET_ADD_ADDING:
    case FRESHET_ADD_ADDED:
      break;
    }
  return "form";
}

/* Of one that was among others it must be said which it is. */
static void
show_reason (FreshetAddDialog *self,
             const char       *name,
             const char       *reason)
{
  g_autofree char *text = self->is_rest ? g_markup_printf_escaped ("<b>%s</b>\n%s", name, reason)
                                        : g_markup_escape_text (reason, -1);

  adw_status_page_set_description (self->failed, text);
}

static void
set_title (AdwStatusPage *page,
           const char    *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_status_page_set_title (page, escaped);
}

static void
show_one (FreshetAddDialog *self,
          FreshetAddSource *source)
{
  const char *name = freshet_add_source_get_name (source);
  const char *reason = freshet_add_source_get_reason (source);
  g_autofree char *sentence = freshet_add_source_describe (source);
  g_autofree char *swarm = freshet_add_source_describe_swarm (source);
  gboolean is_seeking = freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING;
  gboolean is_bad_link =
      freshet_link_get_kind (freshet_add_source_get_uri (source)) == FRESHET_LINK_MAGNET &&
      freshet_add_source_get_magnet (source) == NULL;

  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->sentence, sentence);
  gtk_spinner_set_spinning (self->seeking, is_seeking);
  gtk_widget_set_visible (GTK_WIDGET (self->seeking), is_seeking);
  gtk_label_set_text (self->swarm, swarm != NULL ? swarm : "");
  gtk_widget_set_visible (GTK_WIDGET (self->swarm), swarm != NULL);
  gtk_label_set_text (self->loading, name);
  set_title (self->there, name);
  adw_status_page_set_description (
      self->there, freshet_add_source_can_merge (source)
                     ? _("This torrent is in your list already. Its trackers can be added to those "
                         "of the one that is there.")
                     : _("This torrent is in your list already."));
  gtk_widget_set_visible (self->merge, freshet_add_source_can_merge (source));
  if (reason != NULL)
    show_reason (self, name, reason);
  gtk_widget_set_visible (self->again, !is_bad_link);
  adw_action_row_set_subtitle (self->files_row, sentence);
}

static void
show_title (FreshetAddDialog       *self,
            const FreshetAddCounts *counts)
{
  guint n = count_sources (self);
  g_autofree char *text = NULL;

  if (self->is_rest && counts->n_loading == 0 && counts->n_to_add == 0)
    text = g_strdup_printf (ngettext ("%u Torrent Not Added", "%u Torrents Not Added",
                                      counts->n_failed),
                            counts->n_failed);
  else if (n > 1)
    text = g_strdup_printf (ngettext ("Add %u Torrent", "Add %u Torrents", n), n);
  adw_window_title_set_title (self->title, text != NULL ? text : _("Add Torrent"));
  gtk_button_set_label (self->cancel, self->is_rest ? _("_Close") : _("_Cancel"));
}

/* What the whole choice comes to; of one torrent its own line says that. */
static void
show_chosen (FreshetAddDialog       *self,
             const FreshetAddCounts *counts)
{
  guint n_added = freshet_add_batch_get_added (self->batch)->len;
  g_autofree char *size = freshet_format_bytes (counts->to_add_bytes);
  g_autofree char *text = NULL;

  if (self->is_rest && counts->n_to_add == 0 && n_added > 0)
    text = g_strdup_printf (ngettext ("%u torrent added", "%u torrents added", n_added), n_added);
  else if (count_sources (self) > 1 && counts->n_unknown > 0)
    text = g_strdup_printf (ngettext ("%u chosen", "%u chosen", counts->n_to_add),
                            counts->n_to_add);
  else if (count_sources (self) > 1)
    /* Translators: "3 chosen, 4.2 GB" */
    text = g_strdup_printf (ngettext ("%u chosen, %s", "%u chosen, %s", counts->n_to_add),
                            counts->n_to_add, size);
  adw_window_title_set_subtitle (self->title, text != NULL ? text : "");
}

/* Not beyond the window that it belongs to. */
static void
set_width (FreshetAddDialog *self,
           int               width)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  int parent_width = parent != NULL ? gtk_widget_get_width (GTK_WIDGET (parent)) : 0;

  if (parent_width > 0)
    width = CLAMP (parent_width, 360, width);
  gtk_window_set_default_size (GTK_WINDOW (self), width, HEIGHT);
}

/* A tree or a list needs room beside the form, a single file does not. */
static void
fit_width (FreshetAddDialog *self,
           gboolean          is_wide)
{
  gtk_widget_set_visible (GTK_WIDGET (self->files), is_wide);
  gtk_widget_set_visible (self->separator, is_wide);
  if (is_wide == self->is_wide)
    return;
  self->is_wide = is_wide;
  set_width (self, is_wide ? WIDE_WIDTH : NARROW_WIDTH);
}

/* Once there is something to add, Return adds it, unless the person is somewhere else already. */
static void
focus_add (FreshetAddDialog *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (self->was_ready || !gtk_widget_get_sensitive (GTK_WIDGET (self->add)))
    return;
  self->was_ready = TRUE;
  if (focus == NULL || focus == GTK_WIDGET (self->cancel))
    gtk_widget_grab_focus (GTK_WIDGET (self->add));
}

static void
show_all (FreshetAddDialog *self)
{
  FreshetAddSource *source = get_source (self);
  FreshetFileTree *tree = NULL;
  FreshetAddCounts counts;
  gboolean is_single = count_sources (self) == 1;

  if (source == NULL || self->is_closed)
    return;
  freshet_add_batch_count (self->batch, &counts);
  gtk_stack_set_visible_child_name (self->pages, choose_page (self));
  if (has_tree (self))
    tree = freshet_add_source_get_tree (source);
  fit_width (self, !is_single || tree != NULL);
  freshet_add_files_set_tree (self->files, tree,
                              freshet_add_source_get_state (source) == FRESHET_ADD_SEEKING);
  gtk_widget_set_visible (self->heading, is_single);
  gtk_widget_set_visible (GTK_WIDGET (self->torrents), !is_single);
  gtk_widget_set_visible (self->with_files, counts.n_with_files > 0);
  gtk_widget_set_visible (self->unknown, counts.n_unknown > 0);
  show_one (self, source);
  show_title (self, &counts);
  show_chosen (self, &counts);
  gtk_widget_set_sensitive (GTK_WIDGET (self->add),
                            !self->is_committing && counts.n_loading == 0 &&
                                counts.n_to_add + counts.n_to_merge > 0);
  focus_add (self);
  arrange (self);
}

/* --- Adding --- */

static void
commit (FreshetAddDialog *self,
        gboolean          ignore_space)
{
  g_auto (GStrv) labels = freshet_add_labels_dup_chosen (self->labels);

  freshet_add_batch_set_labels (self->batch, (const char *const *) labels);
  freshet_add_batch_set_starts (self->batch, gtk_switch_get_active (self->start));
  freshet_add_batch_set_sequential (self->batch, gtk_switch_get_active (self->sequential));
  self->is_committing = TRUE;
  freshet_add_batch_commit (self->batch, ignore_space);
}

static void
anyway_cb (FreshetAddDialog *self,
           const char       *response)
{
  if (g_str_equal (response, "anyway"))
    commit (self, TRUE);
}

static void
ask_anyway (FreshetAddDialog *self,
            GPtrArray        *too_large)
{
  g_autofree char *folder = freshet_folder_dup_words (freshet_add_batch_get_folder (self->batch));
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  if (too_large->len == 1)
    /* Translators: a torrent's name, and a folder */
    body = g_strdup_printf (_("“%s” cannot become complete in “%s”. "
                              "It stops when the disk is full."),
                            freshet_add_source_get_name (too_large->pdata[0]), folder);
  else
    body = g_strdup_printf (ngettext ("%u torrent cannot become complete in “%s”. "
                                      "It stops when the disk is full.",
                                      "%u torrents cannot become complete in “%s”. "
                                      "They stop when the disk is full.",
                                      too_large->len),
                            too_large->len, folder);
  dialog = adw_message_dialog_new (GTK_WINDOW (self), _("Too Little Free Space"), body);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "anyway",
                                    _("Add _Anyway"), NULL);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (anyway_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* It closes when all is done; else what is left can be answered here. */
static void
committed_cb (FreshetAddDialog *self)
{
  GPtrArray *too_large = freshet_add_batch_get_too_large (self->batch);
  FreshetAddCounts counts;

  if (!self->is_committing)
    return;
  self->is_committing = FALSE;
  if (gtk_switch_get_active (self->never))
    g_settings_set_boolean (self->settings, "ask-when-adding", FALSE);
  self->is_rest = self->is_rest || count_sources (self) > 1;
  self->has_added = freshet_add_batch_drop_done (self->batch) > 0 || self->has_added;
  freshet_add_batch_count (self->batch, &counts);
  if (too_large->len > 0)
    ask_anyway (self, too_large);
  else if (counts.n_failed == 0)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  show_all (self);
}

static void
add_clicked_cb (FreshetAddDialog *self)
{
  commit (self, FALSE);
  show_all (self);
}

static void
merge_clicked_cb (FreshetAddDialog *self)
{
  freshet_add_source_set_chosen (get_source (self), TRUE);
  add_clicked_cb (self);
}

static void
again_clicked_cb (FreshetAddDialog *self)
{
  FreshetAddSource *source = get_source (self);

  /* It was loaded, and adding it failed. */
  if (freshet_add_source_get_metainfo (source) != NULL)
    freshet_add_source_set_ready (source);
  else
    freshet_add_batch_load_again (self->batch, source);
}

static void
files_activated_cb (FreshetAddDialog *self)
{
  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->files));
  gtk_widget_child_focus (GTK_WIDGET (self->files), GTK_DIR_TAB_FORWARD);
}

static void
back_clicked_cb (FreshetAddDialog *self)
{
  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->pages));
}

FreshetAddBatch *
freshet_add_dialog_get_batch (FreshetAddDialog *self)
{
  g_return_val_if_fail (FRESHET_IS_ADD_DIALOG (self), NULL);

  return self->batch;
}

/* --- Life --- */

static void
let_go (FreshetAddDialog *self)
{
  if (self->is_closed)
    return;
  self->is_closed = TRUE;
  if (self->batch != NULL && !self->is_committing)
    freshet_add_batch_cancel (self->batch);
}

static gboolean
freshet_add_dialog_close_request (GtkWindow *window)
{
  FreshetAddDialog *self = FRESHET_ADD_DIALOG (window);

  if (self->has_added && !self->is_closed)
    g_signal_emit (self, signals[DONE], 0);
  let_go (self);
  return GTK_WINDOW_CLASS (freshet_add_dialog_parent_class)->close_request (window);
}

static void
freshet_add_dialog_dispose (GObject *object)
{
  FreshetAddDialog *self = FRESHET_ADD_DIALOG (object);

  let_go (self);
  g_clear_object (&self->batch);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_add_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, title);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, cancel);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, back);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, add);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, leaflet);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, pages);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, loading);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, failed);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, again);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, there);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, merge);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, heading);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, name);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, seeking);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, sentence);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, swarm);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, torrents);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, files_group);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, files_row);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, place);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, with_files);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, unknown);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, labels);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, start);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, sequential);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, never);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, separator);
  gtk_widget_class_bind_template_child (widget_class, FreshetAddDialog, files);
  gtk_widget_class_bind_template_callback (widget_class, arrange);
  gtk_widget_class_bind_template_callback (widget_class, add_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, merge_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, files_activated_cb);
}

static void
freshet_add_dialog_class_init (FreshetAddDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_add_dialog_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = freshet_add_dialog_close_request;

  signals[DONE] = g_signal_new ("done", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);

  g_type_ensure (FRESHET_TYPE_ADD_FILES);
  g_type_ensure (FRESHET_TYPE_ADD_LABELS);
  g_type_ensure (FRESHET_TYPE_ADD_PLACE);
  g_type_ensure (FRESHET_TYPE_ADD_TORRENTS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-add-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
freshet_add_dialog_init (FreshetAddDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

FreshetAddDialog *
freshet_add_dialog_new (GtkWindow       *parent,
                        FreshetAddBatch *batch)
{
  FreshetApplication *application = freshet_application_get_default ();
  BtSupervisor *supervisor = freshet_application_get_supervisor (application);
  g_autoptr (GPtrArray) labels = freshet_labels_collect (bt_supervisor_get_torrents (supervisor));
  FreshetAddDialog *self = g_object_new (FRESHET_TYPE_ADD_DIALOG, "transient-for", parent, NULL);

  self->batch = g_object_ref (batch);
  self->settings = g_object_ref (freshet_application_get_settings (application));
  set_width (self, NARROW_WIDTH);
  freshet_add_labels_set_known (self->labels, labels);
  freshet_add_place_set_batch (self->place, batch, self->settings);
  gtk_switch_set_active (self->start, freshet_add_batch_get_starts (batch));
  g_signal_connect_object (batch, "changed", G_CALLBACK (show_all), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (batch, "committed", G_CALLBACK (committed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->torrents, "selected", G_CALLBACK (show_all), self,
                           G_CONNECT_SWAPPED);
  freshet_add_torrents_set_sources (self->torrents, freshet_add_batch_get_sources (batch));
  show_all (self);
  return self;
}
