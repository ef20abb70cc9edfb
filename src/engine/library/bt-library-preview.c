/* bt-library-preview.c - what a magnet link is of, for somebody who has not decided yet
 *
 * A preview is a seeker that no torrent stands behind: nothing of it is saved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-library-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _BtPreview
{
  BtLibrary     *library;      /* borrowed */
  BtSeeker      *seeker;       /* borrowed, the session's; NULL once it has ended */
  BtSwarmFacts   facts;        /* then: the last ones */
  BtPreviewFunc  func;
  gpointer       user_data;
};

/* Tells how it ended, and frees it. A metainfo or an error. */
static void
end (BtPreview    *preview,
     BtMetainfo   *metainfo,
     const GError *error)
{
  BtLibrary *library = preview->library;
  g_autoptr (GArray) known = bt_seeker_dup_known (preview->seeker);
  g_autoptr (BtMetainfo) held = metainfo != NULL ? bt_metainfo_ref (metainfo) : NULL;

  bt_seeker_fill_facts (preview->seeker, &preview->facts);
  bt_session_end_seek (library->session, preview->seeker, FALSE);
  library->must_judge = TRUE;
  preview->seeker = NULL;
  g_ptr_array_remove_fast (library->previews, preview);
  preview->func (held, known, error, preview->user_data);
  bt_swarm_facts_clear (&preview->facts);
  g_free (preview);
}

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  end (user_data, metainfo, error);
}

BtPreview *
bt_library_preview (BtLibrary      *library,
                    BtMagnet *magnet,
                    const GArray   *peers,
                    BtPreviewFunc   func,
                    gpointer        user_data,
                    GError        **error)
{
  BtEntry *twin = bt_library_find_hash (library, bt_magnet_get_info_hash (magnet));
  BtSeekerConfig config = { .use_trackers = TRUE };
  BtPreview *preview;
  BtSeeker *seeker;

  if (library->is_closing || library->no_begin)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _("The engine is not running"));
      return NULL;
    }
  if (twin != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _("“%s” is there already"),
                   twin->record->name);
      return NULL;
    }
  preview = g_new0 (BtPreview, 1);
  seeker = bt_session_seek (library->session, magnet, &config, found_cb, preview, error);
  if (seeker == NULL)
    {
      g_free (preview);
      return NULL;
    }
  preview->library = library;
  preview->seeker = seeker;
  preview->func = func;
  preview->user_data = user_data;
  g_ptr_array_add (library->previews, preview);
  for (guint i = 0; peers != NULL && i < peers->len; i++)
    {
      const BtKnownAddress *peer = &g_array_index (peers, BtKnownAddress, i);

      bt_seeker_add_peer (seeker, &peer->address, (BtSource) peer->sources);
    }
  bt_session_connect_now (library->session);
  return preview;
}

void
bt_preview_cancel (BtPreview *preview)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                          _("The link is not looked at any more"));

  end (preview, NULL, error);
}

void
bt_preview_get_facts (BtPreview    *preview,
                      BtSwarmFacts *out_facts)
{
  if (preview->seeker != NULL)
    bt_seeker_fill_facts (preview->seeker, out_facts);
  else
    {
      *out_facts = preview->facts;
      out_facts->message = g_strdup (preview->facts.message);
    }
}

static gboolean
is_same (const guint8 *hash,
         const guint8 *other,
         gsize         n_bytes)
{
  return hash != NULL && other != NULL && memcmp (hash, other, n_bytes) == 0;
}

void
bt_library_end_previews_of (BtEntry      *entry,
                            const guint8 *info_hash_v1,
                            const guint8 *info_hash_v2)
{
  BtLibrary *library = entry->library;

  for (guint i = library->previews->len; i > 0; i--)
    {
      BtPreview *preview = g_ptr_array_index (library->previews, i - 1);
      const BtMagnet *magnet = bt_seeker_get_magnet (preview->seeker);
      g_autoptr (GError) error = NULL;

      if (!is_same (info_hash_v1, bt_magnet_get_info_hash_v1 (magnet), BT_SHA1_BYTES) &&
          !is_same (info_hash_v2, bt_magnet_get_info_hash_v2 (magnet), BT_SHA256_BYTES))
        continue;
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_EXISTS, _("“%s” is there already"),
                   entry->record->name);
      end (preview, NULL, error);
    }
}

void
bt_library_end_previews (BtLibrary *library)
{
  while (library->previews->len > 0)
    bt_preview_cancel (g_ptr_array_index (library->previews, 0));
}
