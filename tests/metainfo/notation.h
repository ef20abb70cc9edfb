/* notation.h - bencoded bytes from something one can read in a table
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "metainfo/bt-metainfo.h"

#include <glib.h>

/* "{announce:'http://a' info:{length:5 name:'x' pieces:'h'*20}}": dictionaries in braces (keys bare up to the colon,
 * or quoted), lists in brackets, strings in single quotes, repeated by *N, integers. Spaces and commas part things.
 * Keys stay in the order given. (transfer full)
 */
GBytes     *notation_to_bytes    (const char  *text);
/* The metainfo of a torrent in this notation. */
BtMetainfo *notation_to_metainfo (const char  *text,
                                  GError     **error);
