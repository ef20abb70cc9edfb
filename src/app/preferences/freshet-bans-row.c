/* freshet-bans-row.c - a row of preferences with the addresses that were banned
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-bans-row.h"

#include "common/freshet-toast.h"
#include "freshet-application.h"

#include <glib/gi18n.h>

struct _FreshetBansRow
{
  AdwExpanderRow parent_instance;

  /* owned */
  GPtrArray    *rows;          /* of GtkWidget, borrowed */
};

G_DEFINE_FINAL_TYPE (FreshetBansRow, freshet_bans_row, ADW_TYPE_EXPANDER_ROW)

static void ask (FreshetBansRow *self);

static BtSupervisor *
get_supervisor (void)
{
  return freshet_application_get_supervisor (freshet_application_get_default ());
}

static void
ban_again_cb (FreshetBansRow *self,
              AdwToast       *toast)
{
  const BtAddress *address = g_object_get_data (G_OBJECT (toast), "address");

  bt_supervisor_ban (get_supervisor (), address);
  ask (self);
}

static void
unban_clicked_cb (FreshetBansRow *self,
                  GtkButton      *button)
{
  GtkWidget *window = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_PREFERENCES_WINDOW);
  const BtAddress *address = g_object_get_data (G_OBJECT (button), "address");
  char buffer[BT_ADDRESS_STRING_BYTES];
  g_autofree char *text = NULL;
  AdwToast *toast;

  /* Translators: an address of a peer that was banned until now */
  text = g_strdup_printf (_("%s is allowed again"), bt_address_ip_to_string (address, buffer));
  toast = freshet_toast_new (text);
  adw_toast_set_button_label (toast, _("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "address", g_memdup2 (address, sizeof *address),
                          g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (ban_again_cb), self,
                           G_CONNECT_SWAPPED);
  bt_supervisor_unban (get_supervisor (), address);
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (window), toast);
  ask (self);
}

static GtkWidget *
make_row (FreshetBansRow  *self,
          const BtAddress *address)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (_("_Allow"));
  char buffer[BT_ADDRESS_STRING_BYTES];

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 bt_address_ip_to_string (address, buffer));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "address", g_memdup2 (address, sizeof *address),
                          g_free);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (unban_clicked_cb), self);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                  row, NULL, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
show (FreshetBansRow *self,
      const GArray   *bans)
{
  AdwExpanderRow *expander = ADW_EXPANDER_ROW (self);
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->rows->len; i++)
    adw_expander_row_remove (expander, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < bans->len; i++)
    {
      GtkWidget *row = make_row (self, &g_array_index (bans, BtAddress, i));

      adw_expander_row_add_row (expander, row);
      g_ptr_array_add (self->rows, row);
    }
  text = g_strdup_printf (ngettext ("%u address", "%u addresses", bans->len), bans->len);
  adw_expander_row_set_subtitle (expander, bans->len > 0
                                               ? text
                                               : _("None; the list of peers can ban some"));
  /* Without anything inside there is nothing to open. */
  adw_expander_row_set_enable_expansion (expander, bans->len > 0);
}

static void
overview_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (FreshetBansRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BtOverview) overview =
      bt_supervisor_get_overview_finish (BT_SUPERVISOR (source), result, &error);

  /* Not before the engine runs; then nothing is known of them. */
  if (overview != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    show (self, overview->bans);
}

static void
ask (FreshetBansRow *self)
{
  bt_supervisor_get_overview_async (get_supervisor (), NULL, overview_cb, g_object_ref (self));
}

static void
freshet_bans_row_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (freshet_bans_row_parent_class)->map (widget);
  ask (FRESHET_BANS_ROW (widget));
}

static void
freshet_bans_row_finalize (GObject *object)
{
  g_ptr_array_unref (FRESHET_BANS_ROW (object)->rows);

  G_OBJECT_CLASS (freshet_bans_row_parent_class)->finalize (object);
}

static void
freshet_bans_row_class_init (FreshetBansRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = freshet_bans_row_finalize;
  GTK_WIDGET_CLASS (klass)->map = freshet_bans_row_map;
}

static void
freshet_bans_row_init (FreshetBansRow *self)
{
  self->rows = g_ptr_array_new ();
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), FALSE);
}
