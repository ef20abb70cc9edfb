/* freshet-peers-page.c - who is connected, and what goes on with each of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-peers-page.h"

#include "common/freshet-toast.h"
#include "common/freshet-words.h"
#include "freshet-copy.h"
#include "freshet-lines-dialog.h"
#include "freshet-peer-columns.h"
#include "freshet-peer-list.h"
#include "freshet-window.h"

#include <glib/gi18n.h>

struct _FreshetPeersPage
{
  FreshetTorrentPage parent_instance;

  /* owned */
  FreshetPeerList *peers;

  /* borrowed: of the template */
  GtkLabel      *count;
  GtkStack      *stack;
  AdwStatusPage *empty;
  GtkColumnView *view;
  GMenuModel    *menu;
};

G_DEFINE_FINAL_TYPE (FreshetPeersPage, freshet_peers_page, FRESHET_TYPE_TORRENT_PAGE)

/* --- What is shown --- */

/* Why there is nobody. */
static void
explain_empty (FreshetPeersPage *self,
               BtTorrent        *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  g_autofree char *reason = freshet_words_reason (facts);

  if (reason == NULL && (facts->state == BT_SWARM_STOPPED || facts->state == BT_SWARM_FAILED))
    reason = g_strdup (_("Peers connect while the torrent runs."));
  adw_status_page_set_description (self->empty, reason);
}

static void
show_count (FreshetPeersPage *self,
            BtTorrent        *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  /* Translators: numbers of peers */
  g_autofree char *text =
      g_strdup_printf (_("%u connected · %u known"), facts->n_peers, facts->n_known);

  gtk_label_set_text (self->count, text);
}

static void
freshet_peers_page_show_torrent (FreshetTorrentPage *page,
                                 BtTorrent          *torrent)
{
  FreshetPeersPage *self = FRESHET_PEERS_PAGE (page);
  gboolean has_any;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "peers.add", torrent != NULL);
  freshet_peer_list_update (self->peers,
                            torrent != NULL ? bt_torrent_get_peer_rows (torrent) : NULL);
  freshet_table_sort_again (self->view);
  gtk_label_set_text (self->count, "");
  if (torrent == NULL)
    return;
  show_count (self, torrent);
  /* Of a torrent just selected the peers are not told yet, but how many there are. */
  has_any = g_list_model_get_n_items (G_LIST_MODEL (self->peers)) > 0 ||
            bt_torrent_get_facts (torrent)->n_peers > 0;
  gtk_stack_set_visible_child_name (self->stack, has_any ? "table" : "empty");
  if (!has_any)
    explain_empty (self, torrent);
}

static void
selection_changed_cb (FreshetPeersPage *self)
{
  g_autoptr (GtkBitset) set =
      gtk_selection_model_get_selection (gtk_column_view_get_model (self->view));
  gboolean has_any = !gtk_bitset_is_empty (set);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "peers.ban", has_any);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "peers.copy", has_any);
}

/* --- Adding --- */

static char *
check_address (const char *line,
               gpointer    user_data)
{
  BtAddress address;

  if (!bt_address_parse (line, 0, &address))
    /* Translators: what a person wrote */
    return g_strdup_printf (_("“%s” is not an address: it is numbers and a port, such as "
                              "192.0.2.7:6881 or [2001:db8::7]:6881."),
                            line);
  if (address.port == 0)
    return g_strdup_printf (_("“%s” has no port: it is written behind a colon, such as :6881."),
                            line);
  if (!bt_address_is_connectable (&address))
    return g_strdup_printf (_("Nobody can be at “%s”."), line);
  return NULL;
}

static void
add_peers (const char *const *lines,
           gpointer           user_data)
{
  for (; *lines != NULL; lines++)
    {
      BtAddress address;

      if (bt_address_parse (*lines, 0, &address))
        bt_torrent_add_peer (user_data, &address);
    }
}

static void
add_activated (GtkWidget  *widget,
               const char *action,
               GVariant   *parameter)
{
  BtTorrent *torrent = freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (widget));
  FreshetLinesQuestion question = {
    .title = _("Add Peers"),
    .body = _("One address and port in each line."),
    .label = _("Addresses"),
    .accept = _("_Add"),
    .check = check_address,
    .func = add_peers,
    .destroy = g_object_unref,
  };

  if (torrent == NULL)
    return;
  question.user_data = g_object_ref (torrent);
  freshet_lines_dialog_present (widget, &question);
}

/* --- Banning --- */

static BtSupervisor *
get_supervisor (void)
{
  return freshet_application_get_supervisor (freshet_application_get_default ());
}

static void
undo_ban (gpointer data)
{
  GArray *addresses = data;

  for (guint i = 0; i < addresses->len; i++)
    bt_supervisor_unban (get_supervisor (), &g_array_index (addresses, BtAddress, i));
}

/* Takes `addresses`. */
static void
offer_undo (GtkWidget *widget,
            GArray    *addresses)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  char buffer[BT_ADDRESS_STRING_BYTES];
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (addresses->len == 1)
    /* Translators: an IP address */
    text = g_strdup_printf (_("%s is banned"),
                            bt_address_ip_to_string (&g_array_index (addresses, BtAddress, 0),
                                                     buffer));
  else
    text = g_strdup_printf (ngettext ("%u peer is banned", "%u peers are banned", addresses->len),
                            addresses->len);
  toast = freshet_toast_new (text);
  freshet_toast_add_undo (toast, undo_ban, addresses, (GDestroyNotify) g_array_unref);
  freshet_window_add_toast (FRESHET_WINDOW (root), toast);
}

static void
ban_activated (GtkWidget  *widget,
               const char *action,
               GVariant   *parameter)
{
  FreshetPeersPage *self = FRESHET_PEERS_PAGE (widget);
  g_autoptr (GPtrArray) peers = freshet_table_dup_selected (self->view);
  GArray *addresses = g_array_new (FALSE, FALSE, sizeof (BtAddress));

  for (guint i = 0; i < peers->len; i++)
    {
      const BtPeerRow *row = freshet_peer_get_row (g_ptr_array_index (peers, i));

      g_array_append_val (addresses, row->address);
      bt_supervisor_ban (get_supervisor (), &row->address);
    }
  if (addresses->len > 0)
    offer_undo (widget, addresses);
  else
    g_array_unref (addresses);
}

static void
copy_activated (GtkWidget  *widget,
                const char *action,
                GVariant   *parameter)
{
  FreshetPeersPage *self = FRESHET_PEERS_PAGE (widget);
  g_autoptr (GPtrArray) peers = freshet_table_dup_selected (self->view);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < peers->len; i++)
    {
      char buffer[BT_ADDRESS_STRING_BYTES];
      const BtPeerRow *row = freshet_peer_get_row (g_ptr_array_index (peers, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                              bt_address_to_string (&row->address, buffer));
    }
  if (peers->len > 0)
    freshet_copy (widget, text->str);
  g_string_free (text, TRUE);
}

/* --- Life --- */

static void
make_table (FreshetPeersPage *self)
{
  const FreshetTableColumn *columns;
  gsize n_columns;
  GtkSortListModel *sorted;
  GtkMultiSelection *selection;

  columns = freshet_peer_columns_get (&n_columns);
  freshet_table_add_columns (self->view, columns, n_columns);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->peers)),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  selection = gtk_multi_selection_new (G_LIST_MODEL (sorted));
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (selection, "selection-changed", G_CALLBACK (selection_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (selection, "items-changed", G_CALLBACK (selection_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_object_unref (selection);
  freshet_table_begin_at_start (self->view);
  freshet_table_add_menu (self->view, GTK_WIDGET (self), self->menu);
}

static void
freshet_peers_page_finalize (GObject *object)
{
  FreshetPeersPage *self = FRESHET_PEERS_PAGE (object);

  g_clear_object (&self->peers);

  G_OBJECT_CLASS (freshet_peers_page_parent_class)->finalize (object);
}

static void
freshet_peers_page_class_init (FreshetPeersPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = freshet_peers_page_finalize;
  FRESHET_TORRENT_PAGE_CLASS (klass)->show_torrent = freshet_peers_page_show_torrent;

  gtk_widget_class_install_action (widget_class, "peers.add", NULL, add_activated);
  gtk_widget_class_install_action (widget_class, "peers.ban", NULL, ban_activated);
  gtk_widget_class_install_action (widget_class, "peers.copy", NULL, copy_activated);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "peers.ban", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "peers.copy",
                                       NULL);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-peers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetPeersPage, count);
  gtk_widget_class_bind_template_child (widget_class, FreshetPeersPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FreshetPeersPage, empty);
  gtk_widget_class_bind_template_child (widget_class, FreshetPeersPage, view);
  gtk_widget_class_bind_template_child (widget_class, FreshetPeersPage, menu);
}

static void
freshet_peers_page_init (FreshetPeersPage *self)
{
  self->peers = freshet_peer_list_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  make_table (self);
  selection_changed_cb (self);
}
