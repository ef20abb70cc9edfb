/* bt-safe-names.h - gives every file of a torrent a name of its own
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The names of one torrent, compared without regard to case and to the way of composing characters (NFC), because
 * file systems differ in it. First all folders are added, then the files: a file whose name is taken, by a file or
 * by a folder, gets " (2)", " (3)"… before its extension. Time and memory grow with the bytes
 * added, whatever they are.
 * Thread: whichever owns it.
 */
typedef struct _BtSafeNames BtSafeNames;

#define BT_SAFE_NAMES_ROOT 0u

BtSafeNames *bt_safe_names_new        (void);
void         bt_safe_names_free       (BtSafeNames *names);
/* The folder `component` (safe) in `parent`, the same number for the same name. */
guint32      bt_safe_names_add_folder (BtSafeNames *names,
                                       guint32      parent,
                                       const char  *component);
/* Claims `component` (safe) in `folder`. Returns FALSE when it was free; TRUE when it was taken and `out_component`
 * has received the name to use instead. */
gboolean     bt_safe_names_add_file   (BtSafeNames *names,
                                       guint32      folder,
                                       const char  *component,
                                       GString     *out_component);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtSafeNames, bt_safe_names_free)

G_END_DECLS
