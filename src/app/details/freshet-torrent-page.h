/* freshet-torrent-page.h - a page of the details: shows one torrent, while anybody can see it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_TORRENT_PAGE (freshet_torrent_page_get_type ())

G_DECLARE_DERIVABLE_TYPE (FreshetTorrentPage, freshet_torrent_page, FRESHET, TORRENT_PAGE,
                          GtkWidget)

struct _FreshetTorrentPageClass
{
  GtkWidgetClass parent_class;

  /* Shows `torrent` (nullable). Called when the page appears, another torrent is set, or it has changed; never while
   * the page is not mapped. */
  void (*show_torrent) (FreshetTorrentPage *self,
                        BtTorrent          *torrent);
};

/* Children are unparented here; what a page owns besides is let go when it is finalized, for they may use it.
 * Properties:
 *   torrent (BtTorrent, nullable, writable, notified)
 */
/* Borrowed, nullable. */
BtTorrent *freshet_torrent_page_get_torrent (FreshetTorrentPage *self);

G_END_DECLS
