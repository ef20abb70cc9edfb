/* bt-bencode-writer.h - writes bencoded bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BT_BENCODE_WRITER_MAX_DEPTH 64

/* Appends to a byte array, piece by piece, in the order of the calls:
 *
 *   bt_bencode_writer_begin_dict (w);
 *   bt_bencode_writer_key (w, "port");
 *   bt_bencode_writer_int (w, 6881);
 *   bt_bencode_writer_end (w);
 *
 * The caller is the program, so mistakes are asserted in debug builds: keys of a dictionary must rise strictly
 * (BEP 3), each be followed by one value, and everything begun be ended.
 * Thread: whichever owns it.
 */
typedef struct _BtBencodeWriter BtBencodeWriter;

/* Starts with an empty array of its own. */
BtBencodeWriter *bt_bencode_writer_new        (void);
void             bt_bencode_writer_free       (BtBencodeWriter *writer);
void             bt_bencode_writer_begin_dict (BtBencodeWriter *writer);
void             bt_bencode_writer_begin_list (BtBencodeWriter *writer);
/* Ends the innermost list or dictionary. */
void             bt_bencode_writer_end        (BtBencodeWriter *writer);
void             bt_bencode_writer_key        (BtBencodeWriter *writer,
                                               const char      *key);
void             bt_bencode_writer_key_bytes  (BtBencodeWriter *writer,
                                               const guint8    *key,
                                               gsize            n_bytes);
void             bt_bencode_writer_string     (BtBencodeWriter *writer,
                                               gconstpointer    bytes,
                                               gsize            n_bytes);
/* A terminated string. */
void             bt_bencode_writer_text       (BtBencodeWriter *writer,
                                               const char      *text);
void             bt_bencode_writer_int        (BtBencodeWriter *writer,
                                               gint64           value);
/* One complete value that is bencoded already. */
void             bt_bencode_writer_raw        (BtBencodeWriter *writer,
                                               gconstpointer    bytes,
                                               gsize            n_bytes);
/* What was written, borrowed until the next call; everything begun must be ended. Raw bytes may be appended to
 * the array afterwards (BEP 9). */
GByteArray      *bt_bencode_writer_get_array  (BtBencodeWriter *writer);
/* Gives what was written away and starts anew with an empty array. (transfer full) */
GBytes          *bt_bencode_writer_steal_bytes (BtBencodeWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtBencodeWriter, bt_bencode_writer_free)

G_END_DECLS
