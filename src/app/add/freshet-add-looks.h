/* freshet-add-looks.h - magnet links of a batch that peers are asked about, some of them at a time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "freshet-add-source.h"

G_BEGIN_DECLS

#define FRESHET_ADD_LOOKS_MAX 16u  /* at once; the others wait, and can be added all the same */

typedef struct _FreshetAddLooks FreshetAddLooks;

/* How it ended, of a source that is SEEKING still: the peers that were found are known to it. `metainfo` or `error`. */
typedef void (*FreshetAddLooksFunc) (FreshetAddSource *source,
                                     BtMetainfo       *metainfo,
                                     const GError     *error,
                                     gpointer          user_data);

/* `owner` is the func's user data, and kept while anything is looked at. */
FreshetAddLooks *freshet_add_looks_new     (BtSupervisor        *supervisor,
                                            FreshetAddLooksFunc  func,
                                            GObject             *owner);
void             freshet_add_looks_free    (FreshetAddLooks     *looks);
/* Of a source that is SEEKING; what is found out while it goes on is told to it. */
void             freshet_add_looks_begin   (FreshetAddLooks     *looks,
                                            FreshetAddSource    *source);
/* Nobody is asked about it any more; func is not called. */
void             freshet_add_looks_end     (FreshetAddLooks     *looks,
                                            FreshetAddSource    *source);
/* The same for all, those that wait and those that will be begun. */
void             freshet_add_looks_end_all (FreshetAddLooks     *looks);

G_END_DECLS
