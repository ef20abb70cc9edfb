/* freshet-piece-map.c - a bar of all pieces: which are here, and how many peers have the others
 *
 * What is drawn are two textures one pixel high, made anew only when the map, the width or a colour has changed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-piece-map.h"

#include "freshet-piece-cells.h"

#include <glib/gi18n.h>

#define BAR_HEIGHT    24
#define GAP           2
#define COPIES_HEIGHT 5    /* of the strip beneath that shows how many peers have a piece */
#define HEIGHT        (BAR_HEIGHT + GAP + COPIES_HEIGHT)
#define RADIUS        5
#define MANY_COPIES   5    /* and more look the same */

struct _FreshetPieceMap
{
  GtkWidget parent_instance;

  /* owned */
  GBytes     *map;      /* nullable */
  GdkTexture *pieces;   /* nullable: to be made */
  GdkTexture *copies;   /* nullable, with `pieces` */

  /* values */
  int     n_cells;                             /* that the textures have */
  guint32 counts[FRESHET_N_PIECE_LOOKS];
  GdkRGBA colors[FRESHET_N_PIECE_LOOKS];
  guint   has_copies : 1;                      /* somebody has something that may be missing here */
};

G_DEFINE_FINAL_TYPE (FreshetPieceMap, freshet_piece_map, GTK_TYPE_WIDGET)

static guint32
get_n_pieces (FreshetPieceMap *self)
{
  return self->map != NULL ? (guint32) g_bytes_get_size (self->map) : 0;
}

static const guint8 *
get_bytes (FreshetPieceMap *self)
{
  return g_bytes_get_data (self->map, NULL);
}

static void
forget_textures (FreshetPieceMap *self)
{
  g_clear_object (&self->pieces);
  g_clear_object (&self->copies);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

char *
freshet_piece_map_describe (FreshetPieceMap *self)
{
  const guint32 *counts = self->counts;
  guint32 n_pieces = get_n_pieces (self);
  GString *text;

  g_return_val_if_fail (FRESHET_IS_PIECE_MAP (self), NULL);

  if (n_pieces == 0)
    return NULL;
  text = g_string_new (NULL);
  g_string_printf (text, ngettext ("%u of %u piece here", "%u of %u pieces here", n_pieces),
                   counts[BT_PIECE_LOOK_HAD], n_pieces);
  if (counts[BT_PIECE_LOOK_OPEN] > 0)
    /* Translators: follows a number of pieces that are here */
    g_string_append_printf (text, _(", %u on their way"), counts[BT_PIECE_LOOK_OPEN]);
  if (counts[BT_PIECE_LOOK_SKIPPED] > 0)
    /* Translators: follows a number of pieces that are here */
    g_string_append_printf (text, _(", %u not wanted"), counts[BT_PIECE_LOOK_SKIPPED]);
  return g_string_free (text, FALSE);
}

void
freshet_piece_map_set_map (FreshetPieceMap *self,
                           GBytes          *map)
{
  g_autofree char *text = NULL;

  g_return_if_fail (FRESHET_IS_PIECE_MAP (self));

  if (map == self->map || (map != NULL && self->map != NULL && g_bytes_equal (map, self->map)))
    return;
  g_clear_pointer (&self->map, g_bytes_unref);
  self->map = map != NULL ? g_bytes_ref (map) : NULL;
  memset (self->counts, 0, sizeof self->counts);
  if (map != NULL)
    freshet_piece_cells_count (get_bytes (self), get_n_pieces (self), self->counts);
  text = freshet_piece_map_describe (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : _("Nothing is known of its pieces yet"),
                                  -1);
  forget_textures (self);
}

/* --- Drawing --- */

static void
look_up_colors (FreshetPieceMap *self,
                GdkRGBA          out_colors[FRESHET_N_PIECE_LOOKS])
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA ink;

  gtk_style_context_get_color (context, &ink);
  for (guint i = 0; i < FRESHET_N_PIECE_LOOKS; i++)
    out_colors[i] = ink;
  out_colors[BT_PIECE_LOOK_MISSING].alpha = 0.14f;
  out_colors[BT_PIECE_LOOK_SKIPPED].alpha = 0.42f;
  gtk_style_context_lookup_color (context, "accent_bg_color", &out_colors[BT_PIECE_LOOK_HAD]);
  gtk_style_context_lookup_color (context, "warning_bg_color", &out_colors[BT_PIECE_LOOK_OPEN]);
}

/* Premultiplied, as textures want it. */
static void
put_pixel (guint8        *pixel,
           const GdkRGBA *color)
{
  pixel[0] = (guint8) (color->red * color->alpha * 255 + 0.5f);
  pixel[1] = (guint8) (color->green * color->alpha * 255 + 0.5f);
  pixel[2] = (guint8) (color->blue * color->alpha * 255 + 0.5f);
  pixel[3] = (guint8) (color->alpha * 255 + 0.5f);
}

static void
put_cell (FreshetPieceMap        *self,
          const FreshetPieceCell *cell,
          guint8                 *pixel)
{
  float sum[4] = { 0 };

  for (guint i = 0; i < FRESHET_N_PIECE_LOOKS; i++)
    {
      const GdkRGBA *color = &self->colors[i];
      float share = cell->shares[i] * color->alpha;

      sum[0] += share * color->red;
      sum[1] += share * color->green;
      sum[2] += share * color->blue;
      sum[3] += share;
    }
  for (guint i = 0; i < 4; i++)
    pixel[i] = (guint8) (sum[i] + 0.5f);
}

static void
put_copies (FreshetPieceMap        *self,
            const FreshetPieceCell *cell,
            guint8                 *pixel)
{
  GdkRGBA color = self->colors[BT_PIECE_LOOK_HAD];
  float part = MIN (cell->copies, MANY_COPIES) / (float) MANY_COPIES;

  if (cell->copies == 0)
    color = self->colors[BT_PIECE_LOOK_MISSING];
  else
    color.alpha *= 0.25f + 0.75f * part;
  put_pixel (pixel, &color);
}

static GdkTexture *
make_texture (guint8 *pixels,
              int     width)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 4 * (gsize) width);

  return gdk_memory_texture_new (width, 1, GDK_MEMORY_R8G8B8A8_PREMULTIPLIED, bytes,
                                 4 * (gsize) width);
}

static void
make_textures (FreshetPieceMap *self)
{
  guint n_cells = (guint) self->n_cells;
  g_autofree FreshetPieceCell *cells = g_new0 (FreshetPieceCell, n_cells);
  guint8 *pieces = g_malloc (4 * n_cells);
  guint8 *copies = g_malloc (4 * n_cells);
  gboolean has_copies = FALSE;

  freshet_piece_cells_fill (get_bytes (self), get_n_pieces (self), n_cells, cells);
  for (guint i = 0; i < n_cells; i++)
    {
      put_cell (self, &cells[i], pieces + 4 * i);
      put_copies (self, &cells[i], copies + 4 * i);
      has_copies |= cells[i].copies > 0;
    }
  self->pieces = make_texture (pieces, self->n_cells);
  self->copies = make_texture (copies, self->n_cells);
  self->has_copies = self->counts[BT_PIECE_LOOK_HAD] < get_n_pieces (self) && has_copies;
}

static void
update_textures (FreshetPieceMap *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int n_cells = MAX (width * gtk_widget_get_scale_factor (GTK_WIDGET (self)), 1);
  GdkRGBA colors[FRESHET_N_PIECE_LOOKS];

  look_up_colors (self, colors);
  if (self->pieces != NULL && n_cells == self->n_cells &&
      memcmp (colors, self->colors, sizeof colors) == 0)
    return;
  g_clear_object (&self->pieces);
  g_clear_object (&self->copies);
  memcpy (self->colors, colors, sizeof colors);
  self->n_cells = n_cells;
  make_textures (self);
}

static void
draw_strip (FreshetPieceMap *self,
            GtkSnapshot     *snapshot,
            GdkTexture      *texture,
            int              y,
            int              height,
            int              radius)
{
  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, (float) y, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                          (float) height);
  GskRoundedRect clip;

  gsk_rounded_rect_init_from_rect (&clip, &bounds, (float) radius);
  gtk_snapshot_push_rounded_clip (snapshot, &clip);
  gtk_snapshot_append_texture (snapshot, texture, &bounds);
  gtk_snapshot_pop (snapshot);
}

/* Reading begins at the first piece. */
static void
mirror (FreshetPieceMap *self,
        GtkSnapshot     *snapshot)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) != GTK_TEXT_DIR_RTL)
    return;
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((float) gtk_widget_get_width (GTK_WIDGET (self)), 0));
  gtk_snapshot_scale (snapshot, -1, 1);
}

static void
freshet_piece_map_snapshot (GtkWidget   *widget,
                            GtkSnapshot *snapshot)
{
  FreshetPieceMap *self = FRESHET_PIECE_MAP (widget);

  if (get_n_pieces (self) == 0)
    return;
  update_textures (self);
  gtk_snapshot_save (snapshot);
  mirror (self, snapshot);
  draw_strip (self, snapshot, self->pieces, 0, BAR_HEIGHT, RADIUS);
  if (self->has_copies)
    draw_strip (self, snapshot, self->copies, BAR_HEIGHT + GAP, COPIES_HEIGHT, COPIES_HEIGHT / 2);
  gtk_snapshot_restore (snapshot);
}

static void
freshet_piece_map_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 0;
}

/* --- What is pointed at --- */

static void
append_legend (FreshetPieceMap *self,
               GString         *markup,
               BtPieceLook      look,
               const char      *words)
{
  const GdkRGBA *color = &self->colors[look];

  if (self->counts[look] == 0)
    return;
  /* Tooltips are dark: what is drawn in the ink of the page would not be seen. */
  if (look == BT_PIECE_LOOK_HAD || look == BT_PIECE_LOOK_OPEN)
    g_string_append_printf (markup, "\n<span foreground=\"#%02x%02x%02x\">■</span> %s: %u",
                            (guint) (color->red * 255), (guint) (color->green * 255),
                            (guint) (color->blue * 255), words, self->counts[look]);
  else
    g_string_append_printf (markup, "\n<span alpha=\"%u%%\">■</span> %s: %u",
                            look == BT_PIECE_LOOK_MISSING ? 25 : 60, words, self->counts[look]);
}

static void
append_copies (GString *markup,
               guint    copies)
{
  if (copies == 0)
    g_string_append (markup, _("At none of the connected peers"));
  else if (copies >= FRESHET_MAX_COPIES)
    g_string_append_printf (markup, _("At %u connected peers or more"), FRESHET_MAX_COPIES);
  else
    g_string_append_printf (markup, ngettext ("At %u connected peer", "At %u connected peers",
                                              copies),
                            copies);
}

static char *
describe_cell (FreshetPieceMap *self,
               int              x)
{
  int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  guint cell = (guint) CLAMP (is_rtl ? width - 1 - x : x, 0, width - 1);
  GString *markup = g_string_new (NULL);
  guint copies = FRESHET_MAX_COPIES;
  guint32 first;
  guint32 end;

  freshet_piece_cells_get_range (get_n_pieces (self), (guint) width, cell, &first, &end);
  for (guint32 i = first; i < end; i++)
    copies = MIN (copies, FRESHET_PIECE_COPIES (get_bytes (self)[i]));
  if (end - first == 1)
    g_string_append_printf (markup, _("Piece %u"), first + 1);
  else
    g_string_append_printf (markup, _("Pieces %u to %u"), first + 1, end);
  g_string_append (markup, "\n");
  append_copies (markup, copies);
  g_string_append (markup, "\n");
  append_legend (self, markup, BT_PIECE_LOOK_HAD, _("Here"));
  append_legend (self, markup, BT_PIECE_LOOK_OPEN, _("On their way"));
  append_legend (self, markup, BT_PIECE_LOOK_MISSING, _("Missing"));
  append_legend (self, markup, BT_PIECE_LOOK_SKIPPED, _("Not wanted"));
  return g_string_free (markup, FALSE);
}

static gboolean
freshet_piece_map_query_tooltip (GtkWidget  *widget,
                                 int         x,
                                 int         y,
                                 gboolean    is_by_key,
                                 GtkTooltip *tooltip)
{
  FreshetPieceMap *self = FRESHET_PIECE_MAP (widget);
  g_autofree char *markup = NULL;

  if (get_n_pieces (self) == 0)
    return FALSE;
  markup = describe_cell (self, x);
  gtk_tooltip_set_markup (tooltip, markup);
  return TRUE;
}

/* --- Life --- */

static void
freshet_piece_map_dispose (GObject *object)
{
  FreshetPieceMap *self = FRESHET_PIECE_MAP (object);

  g_clear_pointer (&self->map, g_bytes_unref);
  g_clear_object (&self->pieces);
  g_clear_object (&self->copies);

  G_OBJECT_CLASS (freshet_piece_map_parent_class)->dispose (object);
}

static void
freshet_piece_map_class_init (FreshetPieceMapClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = freshet_piece_map_dispose;
  widget_class->measure = freshet_piece_map_measure;
  widget_class->snapshot = freshet_piece_map_snapshot;
  widget_class->query_tooltip = freshet_piece_map_query_tooltip;

  gtk_widget_class_set_css_name (widget_class, "piecemap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
freshet_piece_map_init (FreshetPieceMap *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Pieces"), -1);
}
