/* freshet-split.c - a list and the details of what is chosen in it: beside, below, or one at a time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-split.h"

#define MIN_DETAILS_WIDTH  300
#define MIN_DETAILS_HEIGHT 160
#define MAX_SIZE           10000

struct _FreshetSplit
{
  GtkWidget parent_instance;

  /* borrowed: ours, as children */
  GtkWidget *paned;
  GtkWidget *list;
  GtkWidget *details;

  /* values */
  int   details_width;   /* pixels */
  int   details_height;
  guint is_narrow : 1;
  guint is_below : 1;
  guint shows_details : 1;
  guint is_placed : 1;      /* the handle is where it should be since the last arrangement */
  guint is_allocating : 1;  /* the handle moves, but by no person's hand */
};

G_DEFINE_FINAL_TYPE (FreshetSplit, freshet_split, GTK_TYPE_WIDGET)

enum
{
  PROP_LIST = 1,
  PROP_DETAILS,
  PROP_IS_NARROW,
  PROP_IS_BELOW,
  PROP_SHOWS_DETAILS,
  PROP_DETAILS_WIDTH,
  PROP_DETAILS_HEIGHT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
arrange (FreshetSplit *self)
{
  if (self->list == NULL || self->details == NULL)
    return;
  gtk_widget_set_visible (self->list, !self->is_narrow || !self->shows_details);
  gtk_widget_set_visible (self->details, self->shows_details);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->paned),
                                  self->is_below ? GTK_ORIENTATION_VERTICAL
                                                 : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_size_request (self->details,
                               self->is_narrow || self->is_below ? -1 : MIN_DETAILS_WIDTH,
                               self->is_narrow || !self->is_below ? -1 : MIN_DETAILS_HEIGHT);
  self->is_placed = FALSE;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* Once after they have been arranged: from then on GtkPaned keeps the size of the details when the window changes its
 * own. */
static void
place_handle (FreshetSplit *self,
              int           size)
{
  int wanted = self->is_below ? self->details_height : self->details_width;

  self->is_placed = TRUE;
  gtk_paned_set_position (GTK_PANED (self->paned), MAX (size - wanted, size / 4));
}

static void
position_changed_cb (FreshetSplit *self)
{
  int size = self->is_below ? gtk_widget_get_height (self->paned)
                            : gtk_widget_get_width (self->paned);
  int details = size - gtk_paned_get_position (GTK_PANED (self->paned));

  if (self->is_allocating || self->is_narrow || !self->shows_details || !self->is_placed ||
      details <= 0)
    return;
  g_object_set (self, self->is_below ? "details-height" : "details-width", details, NULL);
}

static void
freshet_split_size_allocate (GtkWidget *widget,
                             int        width,
                             int        height,
                             int        baseline)
{
  FreshetSplit *self = FRESHET_SPLIT (widget);

  self->is_allocating = TRUE;
  gtk_widget_allocate (self->paned, width, height, baseline, NULL);
  /* Twice, for GtkPaned adds to the position what its size has changed by since the last time. */
  if (!self->is_narrow && self->shows_details && !self->is_placed)
    {
      place_handle (self, self->is_below ? height : width);
      gtk_widget_allocate (self->paned, width, height, baseline, NULL);
    }
  self->is_allocating = FALSE;
}

static void
freshet_split_measure (GtkWidget      *widget,
                       GtkOrientation  orientation,
                       int             for_size,
                       int            *minimum,
                       int            *natural,
                       int            *minimum_baseline,
                       int            *natural_baseline)
{
  FreshetSplit *self = FRESHET_SPLIT (widget);

  gtk_widget_measure (self->paned, orientation, for_size, minimum, natural, NULL, NULL);
}

static void
set_child (FreshetSplit  *self,
           GtkWidget    **child,
           GtkWidget     *value)
{
  *child = value;
  if (child == &self->list)
    gtk_paned_set_start_child (GTK_PANED (self->paned), value);
  else
    gtk_paned_set_end_child (GTK_PANED (self->paned), value);
  arrange (self);
}

static void
freshet_split_set_property (GObject      *object,
                            guint         property_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  FreshetSplit *self = FRESHET_SPLIT (object);

  switch (property_id)
    {
    case PROP_LIST:
      set_child (self, &self->list, g_value_get_object (value));
      return;
    case PROP_DETAILS:
      set_child (self, &self->details, g_value_get_object (value));
      return;
    case PROP_IS_NARROW:
      self->is_narrow = g_value_get_boolean (value);
      break;
    case PROP_IS_BELOW:
      self->is_below = g_value_get_boolean (value);
      break;
    case PROP_SHOWS_DETAILS:
      self->shows_details = g_value_get_boolean (value);
      break;
    case PROP_DETAILS_WIDTH:
      self->details_width = g_value_get_int (value);
      return;
    case PROP_DETAILS_HEIGHT:
      self->details_height = g_value_get_int (value);
      return;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      return;
    }
  arrange (self);
}

static void
freshet_split_get_property (GObject    *object,
                            guint       property_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  FreshetSplit *self = FRESHET_SPLIT (object);

  switch (property_id)
    {
    case PROP_LIST:
      g_value_set_object (value, self->list);
      break;
    case PROP_DETAILS:
      g_value_set_object (value, self->details);
      break;
    case PROP_IS_NARROW:
      g_value_set_boolean (value, self->is_narrow);
      break;
    case PROP_IS_BELOW:
      g_value_set_boolean (value, self->is_below);
      break;
    case PROP_SHOWS_DETAILS:
      g_value_set_boolean (value, self->shows_details);
      break;
    case PROP_DETAILS_WIDTH:
      g_value_set_int (value, self->details_width);
      break;
    case PROP_DETAILS_HEIGHT:
      g_value_set_int (value, self->details_height);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_split_dispose (GObject *object)
{
  FreshetSplit *self = FRESHET_SPLIT (object);

  self->list = NULL;
  self->details = NULL;
  g_clear_pointer (&self->paned, gtk_widget_unparent);

  G_OBJECT_CLASS (freshet_split_parent_class)->dispose (object);
}

static void
freshet_split_class_init (FreshetSplitClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = freshet_split_set_property;
  object_class->get_property = freshet_split_get_property;
  object_class->dispose = freshet_split_dispose;
  widget_class->measure = freshet_split_measure;
  widget_class->size_allocate = freshet_split_size_allocate;

  properties[PROP_LIST] = g_param_spec_object ("list", NULL, NULL, GTK_TYPE_WIDGET, flags);
  properties[PROP_DETAILS] = g_param_spec_object ("details", NULL, NULL, GTK_TYPE_WIDGET, flags);
  properties[PROP_IS_NARROW] = g_param_spec_boolean ("is-narrow", NULL, NULL, FALSE, flags);
  properties[PROP_IS_BELOW] = g_param_spec_boolean ("is-below", NULL, NULL, FALSE, flags);
  properties[PROP_SHOWS_DETAILS] = g_param_spec_boolean ("shows-details", NULL, NULL, FALSE, flags);
  properties[PROP_DETAILS_WIDTH] =
      g_param_spec_int ("details-width", NULL, NULL, 0, MAX_SIZE, 420, flags);
  properties[PROP_DETAILS_HEIGHT] =
      g_param_spec_int ("details-height", NULL, NULL, 0, MAX_SIZE, 300, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
freshet_split_init (FreshetSplit *self)
{
  self->details_width = 420;
  self->details_height = 300;
  self->paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_parent (self->paned, GTK_WIDGET (self));
  gtk_paned_set_resize_end_child (GTK_PANED (self->paned), FALSE);
  /* Else the window could not be made narrow. */
  gtk_paned_set_shrink_start_child (GTK_PANED (self->paned), TRUE);
  gtk_paned_set_shrink_end_child (GTK_PANED (self->paned), FALSE);
  g_signal_connect_swapped (self->paned, "notify::position", G_CALLBACK (position_changed_cb),
                            self);
}
