/* freshet-links.h - torrent files and links within what was dropped, pasted or copied; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FRESHET_LINKS_MAX       1000u            /* of one text */
#define FRESHET_LINKS_MAX_BYTES (1024u * 1024)   /* of a text; what is behind is not read */
#define FRESHET_LINK_MAX_BYTES  8192u            /* of one link or path; longer ones are left out */

typedef enum
{
  FRESHET_LINK_OTHER,   /* nothing that can be added */
  FRESHET_LINK_FILE,    /* an absolute path or a file:// URI */
  FRESHET_LINK_WEB,     /* http or https */
  FRESHET_LINK_MAGNET,
} FreshetLink;

/* What a single source is, by its beginning. */
FreshetLink freshet_link_get_kind    (const char *source);
/* Whether its path ends in ".torrent", in any case. FALSE for magnet links. */
gboolean    freshet_link_is_torrent  (const char *source);
/* What to call it as long as nothing is known of it: the file's name, what a magnet link says, or the link itself.
 * Valid UTF-8. (transfer full) */
char       *freshet_link_dup_name    (const char *source);
/* All that a text names: magnet links; http(s) links, paths and file:// URIs that end in .torrent, one a line or within
 * other words. A text that is nothing but one http(s) link or file:// URI names it, whatever it ends in. None twice,
 * in their order, bounded as above. Lines that begin with '#' are comments of a URI list. (transfer full):
 * NULL-terminated, maybe empty. */
char      **freshet_links_from_text  (const char *text);
/* The same of a list that was chosen or dropped, where everything is meant: only repetitions are left out, and what is
 * beyond the bounds. (transfer full) */
char      **freshet_links_from_uris  (const char *const *uris);

G_END_DECLS
