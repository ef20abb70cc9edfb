/* freshet-add-source.h - one torrent that is to be added: where it comes from, and what became of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "details/freshet-file-tree.h"

G_BEGIN_DECLS

#define FRESHET_TYPE_ADD_SOURCE (freshet_add_source_get_type ())

G_DECLARE_FINAL_TYPE (FreshetAddSource, freshet_add_source, FRESHET, ADD_SOURCE, GObject)

typedef enum
{
  FRESHET_ADD_LOADING,
  FRESHET_ADD_SEEKING,  /* of a magnet link: peers are asked what is in it; it can be added all the same */
  FRESHET_ADD_READY,
  FRESHET_ADD_THERE,    /* the list has it already: its trackers can be added to those of that one */
  FRESHET_ADD_FAILED,   /* freshet_add_source_get_reason() */
  FRESHET_ADD_ADDING,
  FRESHET_ADD_ADDED,
} FreshetAddState;

/* Signal: changed (): anything of what is asked for here. */
FreshetAddSource *freshet_add_source_new            (const char       *uri);
/* A path or a URI. Borrowed. */
const char       *freshet_add_source_get_uri        (FreshetAddSource *self);
/* Of the torrent, else what the link says. Borrowed. */
const char       *freshet_add_source_get_name       (FreshetAddSource *self);
FreshetAddState   freshet_add_source_get_state      (FreshetAddSource *self);
/* A sentence. Borrowed, nullable. */
const char       *freshet_add_source_get_reason     (FreshetAddSource *self);
/* Borrowed; NULL until it is loaded. */
BtMetainfo       *freshet_add_source_get_metainfo   (FreshetAddSource *self);
/* Borrowed; NULL for what is no magnet link, or a wrong one. */
BtMagnet         *freshet_add_source_get_magnet     (FreshetAddSource *self);
/* Of BtKnownAddress: peers that were found by looking at the link. Borrowed, nullable. */
const GArray     *freshet_add_source_get_known      (FreshetAddSource *self);
/* Made when first asked for. Borrowed; NULL until it is loaded. */
FreshetFileTree  *freshet_add_source_get_tree       (FreshetAddSource *self);
/* Whether what is known of both names the same torrent. */
gboolean          freshet_add_source_is_same        (FreshetAddSource *self,
                                                     FreshetAddSource *other);
/* The one that was added, or is there already. Borrowed, nullable. */
BtTorrent        *freshet_add_source_get_torrent    (FreshetAddSource *self);
guint             freshet_add_source_get_n_files    (FreshetAddSource *self);
/* Bytes of the files chosen, and how many those are; 0 until it is loaded. */
guint64           freshet_add_source_get_wanted     (FreshetAddSource *self,
                                                     guint            *out_n_files);
/* Numbers of files as the metainfo has them (guint). (transfer full); NULL: all of them. */
GArray           *freshet_add_source_dup_selected   (FreshetAddSource *self);
/* Size and files, or why it cannot be added, in one line. (transfer full) */
char             *freshet_add_source_describe       (FreshetAddSource *self);
/* How many have it, as trackers say. (transfer full); NULL: nobody has said. */
char             *freshet_add_source_describe_swarm (FreshetAddSource *self);
/* Of one that is there: whether it has trackers for it. */
gboolean          freshet_add_source_can_merge      (FreshetAddSource *self);
/* Whether it is to be added, or merged. */
gboolean          freshet_add_source_is_chosen      (FreshetAddSource *self);
void              freshet_add_source_set_chosen     (FreshetAddSource *self,
                                                     gboolean          is_chosen);
/* Its top file or folder is in the folder chosen. */
gboolean          freshet_add_source_has_files      (FreshetAddSource *self);

/* --- What becomes of it: for freshet-add-batch.c --- */

void              freshet_add_source_set_loading    (FreshetAddSource *self);
void              freshet_add_source_set_metainfo   (FreshetAddSource *self,
                                                     BtMetainfo       *metainfo);
void              freshet_add_source_set_state      (FreshetAddSource *self,
                                                     FreshetAddState   state,
                                                     BtTorrent        *torrent);
void              freshet_add_source_set_failed     (FreshetAddSource *self,
                                                     const char       *reason);
/* Peers will be asked what is in the link (kept). */
void              freshet_add_source_set_seeking    (FreshetAddSource *self,
                                                     BtMagnet         *magnet);
/* What asking them has come to. */
void              freshet_add_source_set_facts      (FreshetAddSource   *self,
                                                     const BtSwarmFacts *facts);
void              freshet_add_source_set_known      (FreshetAddSource *self,
                                                     GArray           *known);
/* Of one that is loaded, or whose link is known: once more, after adding it failed. */
void              freshet_add_source_set_ready      (FreshetAddSource *self);
/* Looks whether its files are in `folder`; has_files follows. What was looked for before counts no more. */
void              freshet_add_source_look           (FreshetAddSource *self,
                                                     const char       *folder);

G_END_DECLS
