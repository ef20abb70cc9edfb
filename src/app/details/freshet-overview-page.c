/* freshet-overview-page.c - how far a torrent is, which pieces are here, its speeds, and facts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-overview-page.h"

#include "common/freshet-columns-layout.h"
#include "common/freshet-format.h"
#include "common/freshet-settings.h"
#include "common/freshet-words.h"
#include "common/freshet-wrap-layout.h"
#include "freshet-facts.h"
#include "freshet-piece-map.h"
#include "freshet-speed-graph.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _FreshetOverviewPage
{
  FreshetTorrentPage parent_instance;

  /* owned */
  GSettings *settings;

  /* borrowed: of the template */
  GtkLabel          *percent;
  GtkLabel          *state;
  GtkWidget         *bar;
  GtkLabel          *sentence;
  FreshetPieceMap   *map;
  GtkLabel          *pieces;
  GtkLabel          *availability;
  FreshetSpeedGraph *graph;
  FreshetFacts      *facts;
  GtkWidget         *exports;
};

G_DEFINE_FINAL_TYPE (FreshetOverviewPage, freshet_overview_page, FRESHET_TYPE_TORRENT_PAGE)

/* "2.3 copies among 14 peers"; NULL: nobody is there to have any. */
static char *
describe_availability (const BtSwarmFacts *facts)
{
  if (facts->n_peers == 0)
    return NULL;
  if (facts->n_seeds == facts->n_peers)
    return g_strdup_printf (ngettext ("The connected peer has all of it",
                                      "All %u connected peers have all of it", facts->n_peers),
                            facts->n_peers);
  /* Translators: how often all of a torrent is there, and how many peers are connected */
  return g_strdup_printf (ngettext ("%.1f copies at %u peer", "%.1f copies among %u peers",
                                    facts->n_peers),
                          facts->copies_milli / 1000.0, facts->n_peers);
}

static void
show_progress (FreshetOverviewPage *self,
               BtTorrent           *torrent)
{
  const BtSwarmFacts *facts = bt_torrent_get_facts (torrent);
  double progress = bt_torrent_get_progress (torrent);
  g_autofree char *percent = freshet_format_percent (progress);
  g_autofree char *sentence = freshet_words_torrent (torrent);

  gtk_label_set_label (self->percent, percent);
  /* Of a link there is nothing to measure. */
  gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (self->percent)),
                          !freshet_words_is_link (torrent));
  gtk_label_set_label (self->state, freshet_words_state (facts->state,
                                                         bt_torrent_is_complete (torrent)));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), progress);
  gtk_label_set_label (self->sentence, sentence);
}

static void
show_pieces (FreshetOverviewPage *self,
             BtTorrent           *torrent)
{
  g_autofree char *availability = describe_availability (bt_torrent_get_facts (torrent));
  g_autofree char *pieces = NULL;

  freshet_piece_map_set_map (self->map, bt_torrent_get_piece_map (torrent));
  pieces = freshet_piece_map_describe (self->map);
  gtk_widget_set_visible (GTK_WIDGET (self->map), pieces != NULL);
  gtk_label_set_label (self->pieces, pieces != NULL ? pieces : "");
  gtk_widget_set_visible (GTK_WIDGET (self->availability), availability != NULL);
  gtk_label_set_label (self->availability, availability != NULL ? availability : "");
}

static void
freshet_overview_page_show_torrent (FreshetTorrentPage *page,
                                    BtTorrent          *torrent)
{
  FreshetOverviewPage *self = FRESHET_OVERVIEW_PAGE (page);
  const BtSwarmFacts *facts;

  if (torrent == NULL)
    return;
  facts = bt_torrent_get_facts (torrent);
  show_progress (self, torrent);
  show_pieces (self, torrent);
  freshet_speed_graph_set_rates (self->graph, facts->received_bps, facts->sent_bps);
  freshet_speed_graph_set_history (self->graph, bt_torrent_get_history (torrent));
  freshet_facts_show (self->facts, torrent);
}

static void
freshet_overview_page_finalize (GObject *object)
{
  FreshetOverviewPage *self = FRESHET_OVERVIEW_PAGE (object);

  g_clear_object (&self->settings);

  G_OBJECT_CLASS (freshet_overview_page_parent_class)->finalize (object);
}

static void
freshet_overview_page_class_init (FreshetOverviewPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = freshet_overview_page_finalize;
  FRESHET_TORRENT_PAGE_CLASS (klass)->show_torrent = freshet_overview_page_show_torrent;

  g_type_ensure (FRESHET_TYPE_COLUMNS_LAYOUT);
  g_type_ensure (FRESHET_TYPE_FACTS);
  g_type_ensure (FRESHET_TYPE_PIECE_MAP);
  g_type_ensure (FRESHET_TYPE_SPEED_GRAPH);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/freshet/Freshet/freshet-overview-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, percent);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, state);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, bar);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, sentence);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, map);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, pieces);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, availability);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, graph);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, facts);
  gtk_widget_class_bind_template_child (widget_class, FreshetOverviewPage, exports);
}

static void
freshet_overview_page_init (FreshetOverviewPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (self->exports, freshet_wrap_layout_new (6));
  self->settings = g_settings_new (FRESHET_APP_ID);
  g_settings_bind (self->settings, "graph-range", self->graph, "range", G_SETTINGS_BIND_DEFAULT);
}
