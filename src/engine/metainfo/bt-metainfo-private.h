/* bt-metainfo-private.h - the metainfo's fields, and what its parsers share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bencode/bt-bencode-writer.h"
#include "bencode/bt-bencode.h"

#include "bt-metainfo.h"
#include "bt-safe-names.h"

G_BEGIN_DECLS

/* Written while parsing only. Small strings (paths, URLs, texts) lie in `strings`; hashes lie in `info_bytes`. */
struct _BtMetainfo
{
  gatomicrefcount  ref_count;

  /* Owned */
  GBytes          *info_bytes;
  GStringChunk    *strings;
  BtFile          *files;
  guint32         *layer_offsets;  /* nullable; for each file, where its hashes begin in `layers`; NO_LAYER */
  GByteArray      *layers;         /* nullable */
  GPtrArray       *tiers;          /* of char **, NULL-terminated, the strings in `strings` */
  GPtrArray       *web_seeds;      /* of strings in `strings`, NULL-terminated */
  GArray          *nodes;          /* of BtMetainfoNode */

  /* Borrowed from the above, nullable but for the names */
  const char      *name;
  const char      *display_name;
  const char      *comment;
  const char      *creator;
  const char      *source;
  const char      *encoding;       /* that the file claims for its strings */
  const guint8    *piece_hashes;

  /* Values */
  BtGeometry       geometry;
  guint64          content_bytes;
  gint64           creation_date;
  guint32          n_files;
  guint            n_ignored_trackers;
  guint8           info_hash_v1[BT_SHA1_BYTES];
  guint8           info_hash_v2[BT_SHA256_BYTES];
  guint            has_v1 : 1;
  guint            has_v2 : 1;
  guint            is_multi_file : 1;
  guint            is_private : 1;
  guint            lacks_layers : 1;  /* v2, made of a magnet link's info dictionary: `layers` are not known */
};

#define BT_METAINFO_NO_LAYER G_MAXUINT32
/* Our own key in a .torrent that was made of a magnet link: it has no `piece layers`, and is not broken for that. */
#define BT_METAINFO_NO_LAYERS_KEY "freshet no piece layers"

/* One parse. The document goes when it is over. */
typedef struct
{
  BtMetainfo    *metainfo;    /* borrowed */
  BtBencodeNode  root;        /* none when only the info dictionary is there */
  BtBencodeNode  info;
  const guint8  *info_start;  /* borrowed; the info dictionary in the document */
  const char    *encoding;    /* nullable; of strings that are not UTF-8 */
} BtMetainfoParse;

/* Builds a list of files in two passes, because a file may have to give way to a folder that is named later:
 * names are made safe while files are added, and made unique by bt_file_list_finish().
 */
typedef struct
{
  BtMetainfoParse *parse;         /* borrowed */
  GArray          *files;         /* owned; of BtFile */
  GArray          *folders;       /* owned; of guint32: the folder of each file, in `names` */
  BtSafeNames     *names;         /* owned */
  GString         *path;          /* owned; of the folder one is in, then of the file */
  GString         *display_path;  /* owned */
  guint64          total_bytes;
  guint64          content_bytes;
  guint64          path_bytes;
  guint32          folder;
  guint            n_components;
} BtFileList;

/* Where in the tree one is, to come back to. */
typedef struct
{
  gsize   path_length;
  gsize   display_length;
  guint32 folder;
  guint   n_components;
} BtFileListMark;

/* Sets `error` and returns FALSE. */
gboolean       bt_metainfo_fail        (GError          **error,
                                        BtMetainfoError   code,
                                        const char       *format,
                                        ...) G_GNUC_PRINTF (3, 4);
/* The same place in the metainfo's own copy of the info dictionary. */
const guint8  *bt_metainfo_own_info    (BtMetainfoParse  *parse,
                                        const guint8     *bytes);
/* A text for people, or NULL; `key.utf-8` is preferred. Cut at BT_METAINFO_MAX_TEXT_BYTES. */
const char    *bt_metainfo_parse_text  (BtMetainfoParse  *parse,
                                        BtBencodeNode     dict,
                                        const char       *key);
extern const char *const bt_metainfo_tracker_schemes[];
extern const char *const bt_metainfo_web_seed_schemes[];
/* A URL of one of the schemes (NULL-terminated), without the spaces around it, or NULL. Whether it leads anywhere is
 * for those who use it to find out. `bytes` nullable. */
char          *bt_metainfo_dup_url     (const guint8     *bytes,
                                        gsize             n_bytes,
                                        const char *const *schemes);
/* Trackers, web seeds, nodes, comment…: nothing in there makes a torrent unusable, so nothing fails. */
void           bt_metainfo_parse_outer (BtMetainfoParse  *parse);
/* Everything in the info dictionary, and the piece layers. */
gboolean       bt_metainfo_parse_info  (BtMetainfoParse  *parse,
                                        GError          **error);
/* The v1 file list into `list`, which is in the folder that all files share. */
gboolean       bt_metainfo_parse_v1_files (BtMetainfoParse  *parse,
                                           BtFileList       *list,
                                           GError          **error);
/* Whether the v2 tree holds nothing but one file called like the torrent. */
gboolean       bt_metainfo_is_v2_single (BtMetainfoParse  *parse);
/* The v2 file tree into `list`; with pads between the files where `wants_pads`. */
gboolean       bt_metainfo_parse_v2_tree (BtMetainfoParse  *parse,
                                          BtFileList       *list,
                                          gboolean          wants_pads,
                                          GError          **error);
/* Compares the v1 list with the v2 list of a hybrid torrent and takes over the roots. */
gboolean       bt_metainfo_join_hybrid (BtFileList       *v1,
                                        const BtFileList *v2,
                                        guint32           piece_bytes,
                                        GError          **error);
gboolean       bt_metainfo_parse_layers (BtMetainfoParse  *parse,
                                         GError          **error);

/* Nothing when there is nothing to say; keys as in a .torrent file. */
void           bt_metainfo_write_text   (BtBencodeWriter  *writer,
                                         const char       *key,
                                         const char       *text);
/* `announce`, and `announce-list` where there is more than one URL. */
void           bt_metainfo_write_trackers (BtBencodeWriter          *writer,
                                           const char *const *const *tiers);
void           bt_metainfo_write_web_seeds (BtBencodeWriter   *writer,
                                            const char *const *urls);
/* The file of a torrent of which only the info dictionary was found; `has_v2`: it needs piece layers, and has none.
 * (transfer full) */
GBytes        *bt_metainfo_write_found  (GBytes                   *info_bytes,
                                         gboolean                  has_v2,
                                         const char *const *const *tiers,
                                         const char *const        *web_seeds);

void           bt_file_list_init       (BtFileList       *list,
                                        BtMetainfoParse  *parse);
void           bt_file_list_clear      (BtFileList       *list);
BtFileListMark bt_file_list_mark       (BtFileList       *list);
void           bt_file_list_go_back    (BtFileList       *list,
                                        BtFileListMark    mark);
/* Goes into a folder of the one where one is. */
void           bt_file_list_enter      (BtFileList       *list,
                                        const guint8     *component,
                                        gsize             n_bytes);
/* Goes into the folder that all files share; it is part of their paths, not of what is compared. */
void           bt_file_list_enter_root (BtFileList       *list);
/* Adds a file in the folder where one is. Takes length, flags, pieces_root and symlink_target from `file`. */
gboolean       bt_file_list_add        (BtFileList       *list,
                                        const guint8     *component,
                                        gsize             n_bytes,
                                        const BtFile     *file,
                                        GError          **error);
gboolean       bt_file_list_add_implied_pad (BtFileList  *list,
                                             guint64      length,
                                             GError     **error);
gboolean       bt_file_list_finish     (BtFileList       *list,
                                        GError          **error);
/* Reads `attr` and `symlink path` of a file's dictionary. */
void           bt_file_list_parse_attributes (BtFileList    *list,
                                              BtBencodeNode  dict,
                                              BtFile        *file);

G_END_DECLS
