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
 * BT_SAFE_COMPONENT_MAX_BYTES bytes and can be created on any file system in
 * use:
 *  - "." becomes "_", ".." becomes "__", nothing becomes "_";
 *  - separators, control characters, < > : " | ? * \ and characters that are invisible or turn the direction of
 *    text become "_", and so do dots and spaces at the end; joiners stay, since scripts and emoji need them;
 *  - names that Windows reserves (CON, NUL.txt, COM1…) get a "_" in front;
 *  - what is too long is cut in the middle: the extension stays.
 * Bytes that are not UTF-8 are converted from `encoding` (a torrent's `encoding` field; nullable; only well-known
 * ones are honoured), else from Latin-1, or keep what is UTF-8 of them.
 * Thread: any.
 */
void bt_safe_component_append (GString      *out,
                               const guint8 *bytes,
                               gsize         n_bytes,
                               const char   *encoding);
/* Where the extension begins, its dot included: what a reader would call one. `n_bytes` when there is none. */
gsize bt_safe_component_find_extension (const char *component,
                                        gsize       n_bytes);
/* The longest beginning of valid UTF-8 `text` that has at most `max_bytes` bytes and cuts no character. */
gsize bt_utf8_cut                      (const char *text,
                                        gsize       n_bytes,
                                        gsize       max_bytes);
/* Text of strangers for display: valid UTF-8, without control characters, invisible ones and those that turn the
 * direction of text (U+FFFD in their place). `keep_lines` keeps tabs and line feeds. (transfer full) */
char *bt_display_text        (const guint8 *bytes,
                              gsize         n_bytes,
                              const char   *encoding,
                              gboolean      keep_lines);
/* The same, one line, appended to `out`. */
void  bt_display_text_append (GString      *out,
                              const guint8 *bytes,
                              gsize         n_bytes,
                              const char   *encoding);

G_END_DECLS
