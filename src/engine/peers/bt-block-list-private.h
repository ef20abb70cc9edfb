/* bt-block-list-private.h - between the parts of the block list, and for their tests
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-block-list.h"

G_BEGIN_DECLS

/* Both ends belong to it. */
typedef struct
{
  guint32 first;
  guint32 last;
} BtRange4;

/* An IPv6 address in host order; compares like a number. */
typedef struct
{
  guint64 high;
  guint64 low;
} BtIp6;

typedef struct
{
  BtIp6 first;
  BtIp6 last;
} BtRange6;

G_STATIC_ASSERT (sizeof (BtRange4) == 8);
G_STATIC_ASSERT (sizeof (BtRange6) == 32);

static inline int
bt_ip6_compare (const BtIp6 *a,
                const BtIp6 *b)
{
  if (a->high != b->high)
    return a->high < b->high ? -1 : 1;
  return a->low < b->low ? -1 : a->low > b->low;
}

/* ::ffff:0:0/96 */
static inline gboolean
bt_ip6_is_mapped (const BtIp6 *ip)
{
  return ip->high == 0 && ip->low >> 32 == 0xffff;
}

/* Sorts and joins in place. (transfer full) for both arrays, of BtRange4 and BtRange6 in any order. */
BtBlockList *bt_block_list_new_take     (GArray                  *ranges4,
                                         GArray                  *ranges6,
                                         const BtBlockListCounts *counts);
/* As bt_block_list_load(), with a maximum of the unpacked bytes. */
BtBlockList *bt_block_list_load_bounded (const char              *path,
                                         guint64                  max_bytes,
                                         GCancellable            *cancellable,
                                         GError                 **error);

G_END_DECLS
