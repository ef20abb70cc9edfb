/* bt-wire-text-private.h - makes a peer's words fit to be shown
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Copies what can be shown of `bytes`: valid UTF-8 without control characters, line separators and the invisible
 * characters that turn the direction of text. Ends at a whole character that fits, with a zero; returns `buffer`.
 * `n_buffer` is at least 1. */
char *bt_wire_copy_text (const guint8 *bytes,
                         gsize         n_bytes,
                         char         *buffer,
                         gsize         n_buffer);

G_END_DECLS
