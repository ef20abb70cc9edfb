/* freshet-file-tree.h - the files of a torrent as a tree: amounts, wishes, search; pure
 *
 * Made once from paths and sizes, in the order of the torrent's files; then numbers change in place. Folders are made
 * by the paths, and tell the sums of what is beneath them. Nothing here needs a display: the details' page and the
 * dialog that adds torrents put it into a GtkTreeListModel:
 *
 *   gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (freshet_file_tree_get_root (tree))), FALSE, FALSE,
 *                            freshet_file_node_create_model, NULL, NULL);
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define FRESHET_TYPE_FILE_NODE (freshet_file_node_get_type ())
#define FRESHET_TYPE_FILE_TREE (freshet_file_tree_get_type ())

/* A file or a folder. It is a GListModel of FreshetFileNode: what is in the folder and shown, folders first, then by
 * name as people count ("2" before "10"); empty for a file.
 * Signal: changed (): an amount, a priority; sent by freshet_file_tree_flush(). */
G_DECLARE_FINAL_TYPE (FreshetFileNode, freshet_file_node, FRESHET, FILE_NODE, GObject)
G_DECLARE_FINAL_TYPE (FreshetFileTree, freshet_file_tree, FRESHET, FILE_TREE, GObject)

typedef enum
{
  FRESHET_WANTED_NONE,
  FRESHET_WANTED_SOME,   /* a folder: the check box is inconsistent */
  FRESHET_WANTED_ALL,
} FreshetWanted;

/* What a folder answers whose files have several. */
#define FRESHET_PRIORITY_MIXED (-1)

/* --- A node --- */

/* Borrowed; for the root "". */
const char      *freshet_file_node_get_name         (FreshetFileNode *self);
/* Beneath the download folder, with slashes. (transfer full) */
char            *freshet_file_node_dup_path         (FreshetFileNode *self);
gboolean         freshet_file_node_is_folder        (FreshetFileNode *self);
/* Borrowed; NULL for the root. */
FreshetFileNode *freshet_file_node_get_parent       (FreshetFileNode *self);
/* Its number in the torrent; BT_FILE_NONE for a folder. */
guint32          freshet_file_node_get_file         (FreshetFileNode *self);
/* All files beneath it, itself if it is one; 1 or more, but for an empty root. */
guint            freshet_file_node_get_n_files      (FreshetFileNode *self);
guint            freshet_file_node_get_n_wanted     (FreshetFileNode *self);
/* Bytes: of all files beneath it, of those wanted, and what is there of all of them. */
guint64          freshet_file_node_get_size         (FreshetFileNode *self);
guint64          freshet_file_node_get_wanted_size  (FreshetFileNode *self);
guint64          freshet_file_node_get_done         (FreshetFileNode *self);
/* 0 to 1, of the size; 1 when that is 0. */
double           freshet_file_node_get_progress     (FreshetFileNode *self);
FreshetWanted    freshet_file_node_get_wanted       (FreshetFileNode *self);
/* BtPriority, or FRESHET_PRIORITY_MIXED. */
int              freshet_file_node_get_priority     (FreshetFileNode *self);
/* The numbers of all files beneath it are appended (guint), shown or not. */
void             freshet_file_node_append_files     (FreshetFileNode *self,
                                                     GArray          *files);
/* Whether it is to be unfolded: only kept here, for whoever shows the tree. The root and what it has alone in it begin
 * unfolded. */
gboolean         freshet_file_node_get_expanded     (FreshetFileNode *self);
void             freshet_file_node_set_expanded     (FreshetFileNode *self,
                                                     gboolean         is_expanded);
/* A GtkTreeListModelCreateModelFunc: NULL for a file. */
GListModel      *freshet_file_node_create_model     (gpointer         node,
                                                     gpointer         user_data);

/* --- The tree --- */

FreshetFileTree *freshet_file_tree_new              (void);
/* The next file; `path` beneath the download folder, with slashes. It is wanted, NORMAL, and nothing of it is there.
 * All files are added before the tree is shown. */
void             freshet_file_tree_add              (FreshetFileTree *self,
                                                     const char      *path,
                                                     guint64          size_bytes);
guint            freshet_file_tree_get_n_files      (FreshetFileTree *self);
/* Borrowed: not a folder itself, its model is the top level. */
FreshetFileNode *freshet_file_tree_get_root         (FreshetFileTree *self);
/* Borrowed. */
FreshetFileNode *freshet_file_tree_get_node         (FreshetFileTree *self,
                                                     guint            file);
/* The sums above follow; `changed` is sent with the next flush. */
void             freshet_file_tree_set_done         (FreshetFileTree *self,
                                                     guint            file,
                                                     guint64          done_bytes);
void             freshet_file_tree_set_priority     (FreshetFileTree *self,
                                                     guint            file,
                                                     BtPriority       priority);
/* Sends `changed` of every node that differs, once. */
void             freshet_file_tree_flush            (FreshetFileTree *self);
/* Shown are files whose name has `text` in it (case does not matter), folders with such, and whole folders of such a
 * name; NULL or "": everything. Folders that are on the way to something found tell freshet_file_node_is_way(). */
void             freshet_file_tree_set_search       (FreshetFileTree *self,
                                                     const char      *text);
/* While searching: the folder is shown for what is in it, so it is to be unfolded. */
gboolean         freshet_file_node_is_way           (FreshetFileNode *self);
/* Folders are unfolded as in `older`, a tree of the same files (whose names may differ). */
void             freshet_file_tree_copy_expanded    (FreshetFileTree *self,
                                                     FreshetFileTree *older);

G_END_DECLS
