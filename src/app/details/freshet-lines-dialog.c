/* freshet-lines-dialog.c - asks for text, a line or several, and looks at each line before it is taken
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-lines-dialog.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define TEXT_HEIGHT 120  /* pixels */
#define ENTRY_CHARS 50   /* of an address, at its widest */

/* Lives as long as the dialog. */
typedef struct
{
  /* borrowed: the dialog, and what is in it */
  AdwMessageDialog *dialog;
  GtkTextBuffer    *buffer;   /* nullable: one line */
  GtkEditable      *entry;    /* nullable: several lines */
  GtkWidget        *field;    /* the entry, or the text view */
  GtkLabel         *fault;

  /* owned by the caller, until `destroy` */
  gpointer user_data;

  /* values */
  FreshetLineCheck check;
  FreshetLinesFunc func;
  GDestroyNotify   destroy;
} LinesDialog;

static void
lines_dialog_free (gpointer data)
{
  LinesDialog *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

/* (transfer full), NULL-terminated */
static char **
dup_lines (LinesDialog *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (self->buffer != NULL)
    g_object_get (self->buffer, "text", &text, NULL);
  else
    text = g_strdup (gtk_editable_get_text (self->entry));
  lines = g_strsplit_set (text, "\r\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (*g_strstrip (*line) != '\0')
      g_strv_builder_add (builder, *line);
  return g_strv_builder_end (builder);
}

/* `fault` is nullable. */
static void
show_fault (LinesDialog *self,
            const char  *fault)
{
  gtk_label_set_text (self->fault, fault != NULL ? fault : "");
  gtk_widget_set_visible (GTK_WIDGET (self->fault), fault != NULL);
  if (fault != NULL)
    gtk_widget_add_css_class (self->field, "error");
  else
    gtk_widget_remove_css_class (self->field, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->field), GTK_ACCESSIBLE_STATE_INVALID,
                               fault != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                             : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

/* The first fault is shown, and nothing can be taken with one. */
static void
look (LinesDialog *self)
{
  g_auto (GStrv) lines = dup_lines (self);
  g_autofree char *fault = NULL;

  for (char **line = lines; self->check != NULL && *line != NULL && fault == NULL; line++)
    fault = self->check (*line, self->user_data);
  show_fault (self, fault);
  adw_message_dialog_set_response_enabled (self->dialog, "accept",
                                           lines[0] != NULL && fault == NULL);
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             LinesDialog      *self)
{
  g_auto (GStrv) lines = NULL;

  if (!g_str_equal (response, "accept"))
    return;
  lines = dup_lines (self);
  self->func ((const char *const *) lines, self->user_data);
}

static GtkWidget *
make_text (LinesDialog                *self,
           const FreshetLinesQuestion *question)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *view = gtk_text_view_new ();

  self->field = view;
  self->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_buffer_set_text (self->buffer, question->text != NULL ? question->text : "", -1);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_CHAR);
  g_object_set (view, "left-margin", 9, "right-margin", 9, "top-margin", 9, "bottom-margin", 9,
                NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  question->label, -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), TEXT_HEIGHT);
  gtk_widget_add_css_class (scroller, "lines");
  g_signal_connect_swapped (self->buffer, "changed", G_CALLBACK (look), self);
  gtk_window_set_focus (GTK_WINDOW (self->dialog), view);
  return scroller;
}

static GtkWidget *
make_entry (LinesDialog                *self,
            const FreshetLinesQuestion *question)
{
  GtkWidget *entry = gtk_entry_new ();

  self->field = entry;
  self->entry = GTK_EDITABLE (entry);
  gtk_editable_set_text (self->entry, question->text != NULL ? question->text : "");
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_editable_set_max_width_chars (self->entry, ENTRY_CHARS);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  question->label, -1);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (look), self);
  return entry;
}

static GtkWidget *
make_fault (LinesDialog *self)
{
  GtkWidget *fault = gtk_label_new (NULL);

  self->fault = GTK_LABEL (fault);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->field),
                                  GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, fault, NULL, -1);
  gtk_label_set_wrap (self->fault, TRUE);
  gtk_label_set_wrap_mode (self->fault, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->fault, 0);
  gtk_widget_add_css_class (fault, "error");
  gtk_widget_add_css_class (fault, "caption");
  return fault;
}

void
freshet_lines_dialog_present (GtkWidget                  *widget,
                              const FreshetLinesQuestion *question)
{
  GtkWindow *parent = GTK_WINDOW (gtk_widget_get_root (widget));
  GtkWidget *dialog = adw_message_dialog_new (parent, question->title, question->body);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  LinesDialog *self = g_new0 (LinesDialog, 1);

  self->dialog = ADW_MESSAGE_DIALOG (dialog);
  self->check = question->check;
  self->func = question->func;
  self->user_data = question->user_data;
  self->destroy = question->destroy;
  g_object_set_data_full (G_OBJECT (dialog), "lines-dialog", self, lines_dialog_free);
  adw_message_dialog_add_responses (self->dialog, "cancel", _("_Cancel"), "accept",
                                    question->accept, NULL);
  adw_message_dialog_set_response_appearance (self->dialog, "accept", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (self->dialog, "accept");
  adw_message_dialog_set_close_response (self->dialog, "cancel");
  gtk_box_append (GTK_BOX (box), question->has_one_line ? make_entry (self, question)
                                                        : make_text (self, question));
  gtk_box_append (GTK_BOX (box), make_fault (self));
  adw_message_dialog_set_extra_child (self->dialog, box);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  look (self);
  gtk_window_present (GTK_WINDOW (dialog));
  if (self->entry != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}
