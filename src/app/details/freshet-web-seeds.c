/* freshet-web-seeds.c - the web seeds of a torrent (BEP 19), beneath its trackers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-web-seeds.h"

#include "common/freshet-toast.h"
#include "freshet-copy.h"
#include "freshet-lines-dialog.h"
#include "freshet-web-seed.h"
#include "freshet-window.h"

#include <glib/gi18n.h>

struct _FreshetWebSeeds
{
  GtkWidget parent_instance;

  /* owned */
  BtTorrent  *torrent;  /* nullable */
  GListStore *seeds;    /* of FreshetWebSeed */

  /* borrowed: of the template */
  GtkColumnView *view;
  GMenuModel    *menu;
};

G_DEFINE_FINAL_TYPE (FreshetWebSeeds, freshet_web_seeds, GTK_TYPE_WIDGET)

/* --- What is shown --- */

static void
update_actions (FreshetWebSeeds *self)
{
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (self->view);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "web-seeds.remove", selected->len > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "web-seeds.copy", selected->len > 0);
}

void
freshet_web_seeds_show_torrent (FreshetWebSeeds *self,
                                BtTorrent       *torrent)
{
  const GArray *rows = torrent != NULL ? bt_torrent_get_web_seed_rows (torrent) : NULL;

  g_return_if_fail (FRESHET_IS_WEB_SEEDS (self));

  g_set_object (&self->torrent, torrent);
  freshet_web_seed_update_list (self->seeds, rows);
  gtk_widget_set_visible (GTK_WIDGET (self), rows != NULL && rows->len > 0);
  update_actions (self);
}

/* --- Lists of addresses --- */

/* What there is before something becomes of it. */
typedef struct
{
  BtTorrent *torrent;  /* owned */
  GPtrArray *urls;     /* owned, of owned strings */
} Before;

/* As the torrent has them now; NULL: that is not known yet. (transfer full) */
static GPtrArray *
dup_urls (BtTorrent *torrent)
{
  const GArray *rows = bt_torrent_get_web_seed_rows (torrent);
  GPtrArray *urls;

  if (rows == NULL)
    return NULL;
  urls = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add (urls, g_strdup (g_array_index (rows, BtWebSeedRow, i).url));
  return urls;
}

static gboolean
has_url (GPtrArray  *urls,
         const char *url,
         guint      *out_index)
{
  return g_ptr_array_find_with_equal_func (urls, url, g_str_equal, out_index);
}

static void
set_urls (BtTorrent *torrent,
          GPtrArray *urls)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  g_ptr_array_extend (list, urls, NULL, NULL);
  g_ptr_array_add (list, NULL);
  bt_torrent_set_web_seeds (torrent, (const char *const *) list->pdata);
}

/* Takes `urls`. */
static Before *
before_new (BtTorrent *torrent,
            GPtrArray *urls)
{
  Before *before = g_new0 (Before, 1);

  before->torrent = g_object_ref (torrent);
  before->urls = urls;
  return before;
}

static void
before_free (gpointer data)
{
  Before *before = data;

  g_object_unref (before->torrent);
  g_ptr_array_unref (before->urls);
  g_free (before);
}

/* --- Adding --- */

static char *
check_url (const char *line,
           gpointer    user_data)
{
  if (bt_web_url_is_valid (line))
    return NULL;
  /* Translators: what a person wrote */
  return g_strdup_printf (_("“%s” is not the address of a web seed: it begins with http:// or "
                            "https://."),
                          line);
}

static void
add_web_seeds (const char *const *lines,
               gpointer           user_data)
{
  const Before *before = user_data;
  /* Another torrent may be watched by now, and this one tell of nothing. */
  g_autoptr (GPtrArray) now = dup_urls (before->torrent);
  GPtrArray *urls = now != NULL ? now : before->urls;
  int n_added = 0;

  /* In front: of a long list the engine uses the first ones. */
  for (; *lines != NULL; lines++)
    if (!has_url (urls, *lines, NULL))
      g_ptr_array_insert (urls, n_added++, g_strdup (*lines));
  set_urls (before->torrent, urls);
}

gboolean
freshet_web_seeds_can_add (FreshetWebSeeds *self)
{
  g_return_val_if_fail (FRESHET_IS_WEB_SEEDS (self), FALSE);

  return self->torrent != NULL && bt_torrent_get_web_seed_rows (self->torrent) != NULL;
}

void
freshet_web_seeds_add (FreshetWebSeeds *self)
{
  FreshetLinesQuestion question = {
    .title = _("Add Web Seeds"),
    .body = _("Web servers that have the torrent’s files. One address in each line."),
    .label = _("Addresses"),
    .accept = _("_Add"),
    .check = check_url,
    .func = add_web_seeds,
    .destroy = before_free,
  };

  g_return_if_fail (FRESHET_IS_WEB_SEEDS (self));

  if (!freshet_web_seeds_can_add (self))
    return;
  question.user_data = before_new (self->torrent, dup_urls (self->torrent));
  freshet_lines_dialog_present (GTK_WIDGET (self), &question);
}

/* --- Removing --- */

static void
undo_remove (gpointer data)
{
  const Before *before = data;

  set_urls (before->torrent, before->urls);
}

/* Takes `urls`, which there were. */
static void
offer_undo (FreshetWebSeeds *self,
            GPtrArray       *urls,
            guint            n_removed)
{
  g_autofree char *text = g_strdup_printf (
      ngettext ("%u web seed removed", "%u web seeds removed", n_removed), n_removed);
  AdwToast *toast = freshet_toast_new (text);

  freshet_toast_add_undo (toast, undo_remove, before_new (self->torrent, urls), before_free);
  freshet_window_add_toast (FRESHET_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), toast);
}

static void
remove_activated (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  FreshetWebSeeds *self = FRESHET_WEB_SEEDS (widget);
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (self->view);
  g_autoptr (GPtrArray) urls = self->torrent != NULL ? dup_urls (self->torrent) : NULL;
  guint n_removed = 0;

  if (urls == NULL || selected->len == 0)
    return;
  for (guint i = 0; i < selected->len; i++)
    {
      guint index;

      if (!has_url (urls, freshet_web_seed_get_row (g_ptr_array_index (selected, i))->url, &index))
        continue;
      g_ptr_array_remove_index (urls, index);
      n_removed++;
    }
  set_urls (self->torrent, urls);
  offer_undo (self, dup_urls (self->torrent), n_removed);
}

/* --- Others --- */

static void
copy_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  g_autoptr (GPtrArray) selected = freshet_table_dup_selected (FRESHET_WEB_SEEDS (widget)->view);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < selected->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            freshet_web_seed_get_row (g_ptr_array_index (selected, i))->url);
  if (selected->len > 0)
    freshet_copy (widget, text->str);
  g_string_free (text, TRUE);
}

/* Of a key. What cannot be done here is not done to the trackers above, which the same key is for. */
static gboolean
key_cb (GtkWidget *widget,
        GVariant  *args,
        gpointer   user_data)
{
  const char *action;

  g_variant_get (args, "&s", &action);
  gtk_widget_activate_action_variant (widget, action, NULL);
  return TRUE;
}

/* --- Life --- */

static void
make_table (FreshetWebSeeds *self)
{
  gsize n_columns;
  const FreshetTableColumn *columns = freshet_web_seed_get_columns (&n_columns);

  freshet_table_fill (self->view, G_LIST_MODEL (self->seeds), columns, n_columns,
                      G_CALLBACK (update_actions), GTK_WIDGET (self), self->menu);
}

static void
freshet_web_seeds_dispose (GObject *object)
{
  FreshetWebSeeds *self = FRESHET_WEB_SEEDS (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->torrent);

  G_OBJECT_CLASS (freshet_web_seeds_parent_class)->dispose (object);
}

static void
freshet_web_seeds_finalize (GObject *object)
{
  g_clear_object (&FRESHET_WEB_SEEDS (object)->seeds);

  G_OBJECT_CLASS (freshet_web_seeds_parent_class)->finalize (object);
}

static void
freshet_web_seeds_class_init (FreshetWebSeedsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = freshet_web_seeds_dispose;
  G_OBJECT_CLASS (klass)->finalize = freshet_web_seeds_finalize;

  gtk_widget_class_install_action (widget_class, "web-seeds.remove", NULL, remove_activated);
  gtk_widget_class_install_action (widget_class, "web-seeds.copy", NULL, copy_activated);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, key_cb, "s",
                                "web-seeds.remove");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, key_cb, "s",
                                "web-seeds.copy");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-web-seeds.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetWebSeeds, view);
  gtk_widget_class_bind_template_child (widget_class, FreshetWebSeeds, menu);
}

static void
freshet_web_seeds_init (FreshetWebSeeds *self)
{
  self->seeds = g_list_store_new (FRESHET_TYPE_WEB_SEED);
  gtk_widget_init_template (GTK_WIDGET (self));
  make_table (self);
  update_actions (self);
}
