/* bt-cursor.h - reads and writes big-endian numbers without ever passing the end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* A window on foreign bytes. Invariant: p <= end. Every getter checks by subtraction, moves `p` only on
 * success, and leaves its output untouched on failure.
 */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
} BtCursor;

static inline BtCursor
bt_cursor_init (const void *data,
                gsize       n_bytes)
{
  return (BtCursor) { data, (const guint8 *) data + n_bytes };
}

static inline gsize
bt_cursor_get_left (const BtCursor *cursor)
{
  return (gsize) (cursor->end - cursor->p);
}

static inline guint16
bt_read_u16 (const guint8 *p)
{
  return (guint16) ((p[0] << 8) | p[1]);
}

static inline guint32
bt_read_u32 (const guint8 *p)
{
  return ((guint32) p[0] << 24) | ((guint32) p[1] << 16) | ((guint32) p[2] << 8) | p[3];
}

static inline guint64
bt_read_u64 (const guint8 *p)
{
  return ((guint64) bt_read_u32 (p) << 32) | bt_read_u32 (p + 4);
}

static inline void
bt_write_u16 (guint8  *p,
              guint16  value)
{
  p[0] = (guint8) (value >> 8);
  p[1] = (guint8) value;
}

static inline void
bt_write_u32 (guint8  *p,
              guint32  value)
{
  p[0] = (guint8) (value >> 24);
  p[1] = (guint8) (value >> 16);
  p[2] = (guint8) (value >> 8);
  p[3] = (guint8) value;
}

static inline void
bt_write_u64 (guint8  *p,
              guint64  value)
{
  bt_write_u32 (p, (guint32) (value >> 32));
  bt_write_u32 (p + 4, (guint32) value);
}

static inline gboolean
bt_cursor_get_u8 (BtCursor *cursor,
                  guint8   *out_value)
{
  if (bt_cursor_get_left (cursor) < 1)
    return FALSE;
  *out_value = *cursor->p++;
  return TRUE;
}

static inline gboolean
bt_cursor_get_u16 (BtCursor *cursor,
                   guint16  *out_value)
{
  if (bt_cursor_get_left (cursor) < 2)
    return FALSE;
  *out_value = bt_read_u16 (cursor->p);
  cursor->p += 2;
  return TRUE;
}

static inline gboolean
bt_cursor_get_u32 (BtCursor *cursor,
                   guint32  *out_value)
{
  if (bt_cursor_get_left (cursor) < 4)
    return FALSE;
  *out_value = bt_read_u32 (cursor->p);
  cursor->p += 4;
  return TRUE;
}

static inline gboolean
bt_cursor_get_u64 (BtCursor *cursor,
                   guint64  *out_value)
{
  if (bt_cursor_get_left (cursor) < 8)
    return FALSE;
  *out_value = bt_read_u64 (cursor->p);
  cursor->p += 8;
  return TRUE;
}

/* Borrows `n_bytes` bytes of the window and steps over them. */
static inline gboolean
bt_cursor_get_bytes (BtCursor      *cursor,
                     gsize          n_bytes,
                     const guint8 **out_bytes)
{
  if (bt_cursor_get_left (cursor) < n_bytes)
    return FALSE;
  *out_bytes = cursor->p;
  cursor->p += n_bytes;
  return TRUE;
}

G_END_DECLS
