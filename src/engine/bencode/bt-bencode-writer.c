/* bt-bencode-writer.c - appends values to a byte array
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-bencode-writer.h"

#include <string.h>

typedef enum
{
  EXPECT_VALUE,   /* in a list, or at the top */
  EXPECT_KEY,     /* in a dictionary */
  EXPECT_OF_KEY,  /* in a dictionary, behind a key */
} Expect;

/* An open container. The last key is remembered by its place in the array, which holds it anyway. */
typedef struct
{
  Expect expect;
  gsize  last_key_at;
  gsize  last_key_bytes;
  guint  has_key : 1;
} Frame;

struct _BtBencodeWriter
{
  GByteArray *array;   /* owned */
  Frame       frames[BT_BENCODE_WRITER_MAX_DEPTH + 1];  /* the first is the top */
  guint       depth;
};

BtBencodeWriter *
bt_bencode_writer_new (void)
{
  BtBencodeWriter *writer = g_new0 (BtBencodeWriter, 1);

  writer->array = g_byte_array_new ();
  return writer;
}

void
bt_bencode_writer_free (BtBencodeWriter *writer)
{
  if (writer == NULL)
    return;
  g_byte_array_unref (writer->array);
  g_free (writer);
}

static void
append (BtBencodeWriter *writer,
        gconstpointer    bytes,
        gsize            n_bytes)
{
  g_assert (n_bytes <= G_MAXUINT - writer->array->len);
  if (n_bytes > 0)
    g_byte_array_append (writer->array, bytes, (guint) n_bytes);
}

/* Called before a value is written. */
static void
begin_value (BtBencodeWriter *writer)
{
  Frame *frame = &writer->frames[writer->depth];

  g_assert (frame->expect != EXPECT_KEY);
  if (frame->expect == EXPECT_OF_KEY)
    frame->expect = EXPECT_KEY;
}

static void
begin_container (BtBencodeWriter *writer,
                 const char      *letter,
                 Expect           expect)
{
  begin_value (writer);
  append (writer, letter, 1);
  g_assert (writer->depth < BT_BENCODE_WRITER_MAX_DEPTH);
  writer->frames[++writer->depth] = (Frame) { .expect = expect };
}

void
bt_bencode_writer_begin_dict (BtBencodeWriter *writer)
{
  begin_container (writer, "d", EXPECT_KEY);
}

void
bt_bencode_writer_begin_list (BtBencodeWriter *writer)
{
  begin_container (writer, "l", EXPECT_VALUE);
}

void
bt_bencode_writer_end (BtBencodeWriter *writer)
{
  g_assert (writer->depth > 0);
  g_assert (writer->frames[writer->depth].expect != EXPECT_OF_KEY);
  writer->depth--;
  append (writer, "e", 1);
}

static void
append_string (BtBencodeWriter *writer,
               gconstpointer    bytes,
               gsize            n_bytes)
{
  char head[24];
  int  n = g_snprintf (head, sizeof head, "%" G_GSIZE_FORMAT ":", n_bytes);

  append (writer, head, (gsize) n);
  append (writer, bytes, n_bytes);
}

/* Only asserted, so a release build has no use for it. */
G_GNUC_UNUSED static gboolean
key_rises (BtBencodeWriter *writer,
           const Frame     *frame,
           const guint8    *key,
           gsize            n_bytes)
{
  int order;

  if (!frame->has_key)
    return TRUE;
  order = memcmp (writer->array->data + frame->last_key_at, key,
                  MIN (frame->last_key_bytes, n_bytes));
  return order < 0 || (order == 0 && frame->last_key_bytes < n_bytes);
}

void
bt_bencode_writer_key_bytes (BtBencodeWriter *writer,
                             const guint8    *key,
                             gsize            n_bytes)
{
  Frame *frame = &writer->frames[writer->depth];

  g_assert (frame->expect == EXPECT_KEY);
  g_assert (key_rises (writer, frame, key, n_bytes));
  append_string (writer, key, n_bytes);
  frame->expect = EXPECT_OF_KEY;
  frame->has_key = TRUE;
  frame->last_key_at = writer->array->len - n_bytes;
  frame->last_key_bytes = n_bytes;
}

void
bt_bencode_writer_key (BtBencodeWriter *writer,
                       const char      *key)
{
  bt_bencode_writer_key_bytes (writer, (const guint8 *) key, strlen (key));
}

void
bt_bencode_writer_string (BtBencodeWriter *writer,
                          gconstpointer    bytes,
                          gsize            n_bytes)
{
  begin_value (writer);
  append_string (writer, bytes, n_bytes);
}

void
bt_bencode_writer_text (BtBencodeWriter *writer,
                        const char      *text)
{
  bt_bencode_writer_string (writer, text, strlen (text));
}

void
bt_bencode_writer_int (BtBencodeWriter *writer,
                       gint64           value)
{
  char text[32];
  int  n = g_snprintf (text, sizeof text, "i%" G_GINT64_FORMAT "e", value);

  begin_value (writer);
  append (writer, text, (gsize) n);
}

void
bt_bencode_writer_raw (BtBencodeWriter *writer,
                       gconstpointer    bytes,
                       gsize            n_bytes)
{
  begin_value (writer);
  append (writer, bytes, n_bytes);
}

GByteArray *
bt_bencode_writer_get_array (BtBencodeWriter *writer)
{
  g_assert (writer->depth == 0);
  return writer->array;
}

GBytes *
bt_bencode_writer_steal_bytes (BtBencodeWriter *writer)
{
  GBytes *bytes;

  g_assert (writer->depth == 0);
  bytes = g_byte_array_free_to_bytes (writer->array);
  writer->array = g_byte_array_new ();
  return bytes;
}
