/* bt-safe-path.h - makes names from strangers safe to create and honest to show
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_SAFE_COMPONENT_MAX_BYTES 255
#define BT_SAFE_PATH_MAX_BYTES      4000
#define BT_SAFE_PATH_MAX_COMPONENTS 256

/* Appends one path component to `out`, made from foreign bytes. What is appended is valid UTF-8 of 1 to
 * BT_SAFE_COMPONENT_MAX_BYTES bytes and can be created on any file system in use:
 *  - "." becomes "_", ".." becomes "__", nothing becomes "_";
 *  - separators, control characters, < > : " | ? * \ and characters that are invisible or turn the direction of
 *    text become "_", and so do dots and spaces at the end;
 *  - names that Windows reserves (CON, NUL.txt, COM1…) get a "_" in front;
 *  - what is too long is cut in the middle: the extension stays.
 * Bytes that are not UTF-8 are converted from `encoding` (a torrent's `encoding` field; nullable; only well-known
 * ones are honoured), else from Latin-1, or keep what is UTF-8 of them.
 * Thread: any.
 */
void        bt_safe_component_append (GString      *out,
                                      const guint8 *bytes,
                                      gsize         n_bytes,
                                      const char   *encoding);
/* Text of strangers for display: valid UTF-8, without control characters, invisible ones and those that turn the
 * direction of text (U+FFFD in their place). `keep_lines` keeps tabs and line feeds. (transfer full) */
char       *bt_display_text          (const guint8 *bytes,
                                      gsize         n_bytes,
                                      const char   *encoding,
                                      gboolean      keep_lines);

/* The names of one torrent, compared without regard to case and to the way of composing characters (NFC), because
 * file systems differ in it. First all folders are added, then the files: a file whose name is taken, by a file or
 * by a folder, gets " (2)", " (3)"… before its extension. Time and memory grow with the bytes added, whatever they are.
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
