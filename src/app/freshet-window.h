/* freshet-window.h - the main window: the list, its filters, and the details of what is chosen
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-application.h"

#include "list/freshet-torrent-list.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_WINDOW (freshet_window_get_type ())

G_DECLARE_FINAL_TYPE (FreshetWindow, freshet_window, FRESHET, WINDOW, AdwApplicationWindow)

/* Properties:
 *   current (BtTorrent, nullable, read-only, notified): the one that the details show
 *   is-narrow (boolean, read-only, notified): one thing at a time fits
 */
FreshetWindow      *freshet_window_new         (FreshetApplication *application);
/* Torrent files and links, as URIs; NULL-terminated. Shows the add dialog. */
void                freshet_window_open_uris   (FreshetWindow      *self,
                                                const char *const  *uris);
/* Borrowed. */
FreshetTorrentList *freshet_window_get_list    (FreshetWindow      *self);
/* Borrowed, nullable. */
BtTorrent          *freshet_window_get_current (FreshetWindow      *self);
/* Selects it alone, and shows it. Nothing happens when a filter hides it. */
void                freshet_window_select      (FreshetWindow      *self,
                                                BtTorrent          *torrent);
/* A line at the bottom that goes by itself. */
void                freshet_window_say         (FreshetWindow      *self,
                                                const char         *text);
/* The same with what freshet_toast_new() made, and a button maybe; taken. */
void                freshet_window_add_toast   (FreshetWindow      *self,
                                                AdwToast           *toast);

G_END_DECLS
