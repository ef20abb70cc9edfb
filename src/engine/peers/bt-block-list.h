/* bt-block-list.h - addresses that somebody wants nothing to do with: ranges read from a block list
 *
 * A list is immutable and atomically counted: one thread makes it, any may look things up in it. All but
 * bt_block_list_load() is pure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-address.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BT_BLOCK_LIST_MAX_RANGES     4000000u            /* read, of both families together */
#define BT_BLOCK_LIST_MAX_LINE_BYTES 4096                /* a longer line is malformed */
#define BT_BLOCK_LIST_MAX_BYTES      (1u << 30)          /* of a file, unpacked */
#define BT_BLOCK_LIST_ALLOWED_LEVEL  128                 /* in eMule's lists, this and above is not blocked */

typedef struct _BtBlockList       BtBlockList;
typedef struct _BtBlockListParser BtBlockListParser;

/* What was found in the text. */
typedef struct
{
  guint64 n_lines;                 /* in all, comments and empty ones, too */
  guint64 n_malformed;             /* skipped */
  guint64 n_allowed;               /* skipped for their level */
  guint64 first_malformed_line;    /* from 1; 0: there is none */
  guint   n_read;                  /* ranges, before those that touch were joined */
  guint   is_full : 1;             /* there were more than BT_BLOCK_LIST_MAX_RANGES; the rest was not read */
} BtBlockListCounts;

#define BT_BLOCK_LIST_ERROR (bt_block_list_error_quark ())

typedef enum
{
  BT_BLOCK_LIST_ERROR_NOT_A_LIST,  /* not one line of it names an address */
  BT_BLOCK_LIST_ERROR_DAMAGED,     /* packed, and broken or cut short */
  BT_BLOCK_LIST_ERROR_TOO_LARGE,   /* one of the maxima above */
} BtBlockListError;

GQuark             bt_block_list_error_quark   (void);

/* Thread: any, for all of these. */
BtBlockList       *bt_block_list_ref           (BtBlockList       *list);
/* Accepts NULL. */
void               bt_block_list_unref         (BtBlockList       *list);
/* `list` nullable: it blocks nothing. An IPv4-mapped IPv6 address is looked up as IPv4; no range of IPv6 addresses
 * covers IPv4, not even ::/0. An address without a family is in no list. Well under a microsecond. */
gboolean           bt_block_list_contains      (const BtBlockList *list,
                                                const BtAddress   *address);
/* Ranges that are left when those that overlap or touch are one; 8 bytes each for IPv4, 32 for IPv6. */
guint              bt_block_list_get_n_ranges  (const BtBlockList *list);
/* (transfer none). */
const BtBlockListCounts *
                   bt_block_list_get_counts    (const BtBlockList *list);

/* A parser takes the text in pieces cut anywhere, and a list comes out at the end. It is one thread's at a time.
 *
 * One range a line, of any of these forms, mixed as they come:
 *
 *   001.002.003.004 - 001.002.003.255 , 000 , name     eMule's ipfilter.dat: level and name may be missing
 *   name: with colons:1.2.3.4-1.2.3.255                PeerGuardian's P2P text
 *   1.2.3.0/24                                         CIDR; bits behind the prefix do not matter
 *   1.2.3.4-1.2.3.255
 *   1.2.3.4
 *
 * with IPv6 addresses instead, too. Numbers are decimal, whatever zeros they begin with. Empty lines and those that
 * begin with `#`, `;` or two slashes are skipped; the same may follow a range, but not one in P2P text of IPv6.
 * Lines end with LF or CR LF; a byte order mark of UTF-8 may come first. Everything else is malformed: counted and
 * skipped. */
BtBlockListParser *bt_block_list_parser_new    (void);
/* Accepts NULL. */
void               bt_block_list_parser_free   (BtBlockListParser *parser);
/* FALSE: the list is full, and nothing more is read. */
gboolean           bt_block_list_parser_feed   (BtBlockListParser *parser,
                                                const void        *bytes,
                                                gsize              n_bytes);
/* (transfer full): the list of what was fed. A last line needs no line end. The parser can only be freed now. */
BtBlockList       *bt_block_list_parser_finish (BtBlockListParser *parser);

/* (transfer full): the list in a file, packed by gzip or not. Blocks: a million ranges take some 0.2 s.
 *
 * NULL with an error: of G_IO_ERROR (also G_IO_ERROR_CANCELLED), or of BT_BLOCK_LIST_ERROR. A file in which some
 * lines are malformed is not one (see bt_block_list_get_counts()), an empty file is a list of nothing.
 *
 * Thread: any. */
BtBlockList       *bt_block_list_load          (const char        *path,
                                                GCancellable      *cancellable,
                                                GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtBlockList, bt_block_list_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtBlockListParser, bt_block_list_parser_free)

G_END_DECLS
