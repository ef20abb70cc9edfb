/* freshet-trouble-page.c - what stands in the window when the torrents cannot be opened, and what can be done then
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-trouble-page.h"

#include "common/freshet-format.h"
#include "freshet-application.h"

#include <glib/gi18n.h>

struct _FreshetTroublePage
{
  AdwBin parent_instance;

  /* owned */
  char *copy;          /* nullable: the newest that can be restored */

  /* borrowed: of the template */
  AdwStatusPage *page;
  GtkWidget     *restore;
};

G_DEFINE_FINAL_TYPE (FreshetTroublePage, freshet_trouble_page, ADW_TYPE_BIN)

static const char *
explain (const GError *error)
{
  if (error->domain != BT_STORE_ERROR)
    return NULL;
  switch (error->code)
    {
    case BT_STORE_ERROR_LOCKED:
      return _("Another program, maybe freshet-cli, uses them now. Close it and try again.");
    case BT_STORE_ERROR_READ_ONLY:
      return _("They lie where nothing can be written. Nothing was changed.");
    case BT_STORE_ERROR_NO_SPACE:
      return _("The disk is full. Make room and try again; nothing was lost.");
    case BT_STORE_ERROR_TOO_NEW:
      return _("They were last opened by a newer version of Freshet. Nothing was changed.");
    case BT_STORE_ERROR_CORRUPT:
      return _("Their file is damaged. It was left as it is.");
    default:
      return NULL;
    }
}

static void
show (FreshetTroublePage *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  const GError *error = freshet_application_get_engine_error (application);
  g_autofree char *date = NULL;
  g_autofree char *text = NULL;
  g_autofree char *escaped = NULL;
  const char *explanation;

  if (error == NULL)
    return;
  explanation = explain (error);
  if (self->copy != NULL)
    {
      g_autofree char *name = g_path_get_basename (self->copy);

      /* Translators: a sentence, and the name of a file */
      text = g_strdup_printf (_("%s\nThere is a copy: %s"),
                              explanation != NULL ? explanation : error->message, name);
    }
  else
    text = g_strdup (explanation != NULL ? explanation : error->message);
  escaped = g_markup_escape_text (text, -1);
  adw_status_page_set_description (self->page, escaped);
  gtk_widget_set_visible (self->restore, self->copy != NULL);
}

static void
copies_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (FreshetTroublePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copies =
      bt_supervisor_list_copies_finish (BT_SUPERVISOR (source), result, &error);

  g_clear_pointer (&self->copy, g_free);
  if (copies != NULL)
    self->copy = g_strdup (copies[0]);
  show (self);
}

void
freshet_trouble_page_update (FreshetTroublePage *self)
{
  FreshetApplication *application = freshet_application_get_default ();
  const GError *error = freshet_application_get_engine_error (application);

  g_return_if_fail (FRESHET_IS_TROUBLE_PAGE (self));

  g_clear_pointer (&self->copy, g_free);
  show (self);
  if (g_error_matches (error, BT_STORE_ERROR, BT_STORE_ERROR_CORRUPT))
    bt_supervisor_list_copies_async (freshet_application_get_supervisor (application), NULL,
                                     copies_cb, g_object_ref (self));
}

static void
retry_clicked_cb (FreshetTroublePage *self)
{
  freshet_application_start_engine (freshet_application_get_default (), NULL);
}

static void
restore_clicked_cb (FreshetTroublePage *self)
{
  freshet_application_start_engine (freshet_application_get_default (), self->copy);
}

static void
freshet_trouble_page_finalize (GObject *object)
{
  g_free (FRESHET_TROUBLE_PAGE (object)->copy);

  G_OBJECT_CLASS (freshet_trouble_page_parent_class)->finalize (object);
}

static void
freshet_trouble_page_class_init (FreshetTroublePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_trouble_page_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-trouble-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetTroublePage, page);
  gtk_widget_class_bind_template_child (widget_class, FreshetTroublePage, restore);
  gtk_widget_class_bind_template_callback (widget_class, retry_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, restore_clicked_cb);
}

static void
freshet_trouble_page_init (FreshetTroublePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
