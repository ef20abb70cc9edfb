/* freshet-torrent-page.c - a page of the details: shows one torrent, while anybody can see it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-torrent-page.h"

typedef struct
{
  BtTorrent *torrent;   /* owned, nullable */
} FreshetTorrentPagePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (FreshetTorrentPage, freshet_torrent_page, GTK_TYPE_WIDGET)

enum
{
  PROP_TORRENT = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

BtTorrent *
freshet_torrent_page_get_torrent (FreshetTorrentPage *self)
{
  FreshetTorrentPagePrivate *priv = freshet_torrent_page_get_instance_private (self);

  g_return_val_if_fail (FRESHET_IS_TORRENT_PAGE (self), NULL);

  return priv->torrent;
}

static void
show (FreshetTorrentPage *self)
{
  FRESHET_TORRENT_PAGE_GET_CLASS (self)->show_torrent (self,
                                                       freshet_torrent_page_get_torrent (self));
}

static void
follow (FreshetTorrentPage *self)
{
  BtTorrent *torrent = freshet_torrent_page_get_torrent (self);

  if (torrent != NULL)
    g_signal_connect_swapped (torrent, "changed", G_CALLBACK (show), self);
  show (self);
}

static void
unfollow (FreshetTorrentPage *self)
{
  BtTorrent *torrent = freshet_torrent_page_get_torrent (self);

  if (torrent != NULL)
    g_signal_handlers_disconnect_by_func (torrent, show, self);
}

static void
set_torrent (FreshetTorrentPage *self,
             BtTorrent          *torrent)
{
  FreshetTorrentPagePrivate *priv = freshet_torrent_page_get_instance_private (self);

  if (priv->torrent == torrent)
    return;
  unfollow (self);
  g_set_object (&priv->torrent, torrent);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    follow (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TORRENT]);
}

static void
freshet_torrent_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (freshet_torrent_page_parent_class)->map (widget);
  follow (FRESHET_TORRENT_PAGE (widget));
}

static void
freshet_torrent_page_unmap (GtkWidget *widget)
{
  unfollow (FRESHET_TORRENT_PAGE (widget));
  GTK_WIDGET_CLASS (freshet_torrent_page_parent_class)->unmap (widget);
}

static void
freshet_torrent_page_set_property (GObject      *object,
                                   guint         property_id,
                                   const GValue *value,
                                   GParamSpec   *pspec)
{
  switch (property_id)
    {
    case PROP_TORRENT:
      set_torrent (FRESHET_TORRENT_PAGE (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_torrent_page_get_property (GObject    *object,
                                   guint       property_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_TORRENT:
      g_value_set_object (value, freshet_torrent_page_get_torrent (FRESHET_TORRENT_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
freshet_torrent_page_dispose (GObject *object)
{
  FreshetTorrentPage *self = FRESHET_TORRENT_PAGE (object);
  FreshetTorrentPagePrivate *priv = freshet_torrent_page_get_instance_private (self);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  unfollow (self);
  g_clear_object (&priv->torrent);

  G_OBJECT_CLASS (freshet_torrent_page_parent_class)->dispose (object);
}

static void
freshet_torrent_page_class_init (FreshetTorrentPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = freshet_torrent_page_set_property;
  object_class->get_property = freshet_torrent_page_get_property;
  object_class->dispose = freshet_torrent_page_dispose;
  widget_class->map = freshet_torrent_page_map;
  widget_class->unmap = freshet_torrent_page_unmap;

  properties[PROP_TORRENT] =
      g_param_spec_object ("torrent", NULL, NULL, BT_TYPE_TORRENT,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
freshet_torrent_page_init (FreshetTorrentPage *self)
{
}
