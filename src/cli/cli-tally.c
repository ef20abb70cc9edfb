/* cli-tally.c - how much of each file is right, added up piece by piece; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-tally.h"

void
cli_tally_init (CliTally   *tally,
                BtMetainfo *metainfo)
{
  guint32 n_files;

  bt_metainfo_get_files (metainfo, &n_files);
  *tally = (CliTally) {
    .metainfo = bt_metainfo_ref (metainfo),
    .bad_bytes = g_new0 (guint64, n_files),
  };
}

void
cli_tally_clear (CliTally *tally)
{
  g_clear_pointer (&tally->metainfo, bt_metainfo_unref);
  g_clear_pointer (&tally->bad_bytes, g_free);
}

/* Each file that the piece touches has its share of it. */
static void
blame_files (CliTally *tally,
             guint64   begin,
             guint64   end)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (tally->metainfo, &n_files);
  guint32 i = bt_metainfo_find_file (tally->metainfo, begin);

  for (; i < n_files && files[i].offset < end; i++)
    {
      guint64 from = MAX (begin, files[i].offset);
      guint64 to = MIN (end, files[i].offset + files[i].length);

      if (to > from)
        tally->bad_bytes[i] += to - from;
    }
}

void
cli_tally_add (CliTally *tally,
               guint32   piece,
               gboolean  is_good)
{
  const BtGeometry *geometry = bt_metainfo_get_geometry (tally->metainfo);
  guint64 begin = bt_geometry_get_offset (geometry, piece);
  guint32 bytes = bt_geometry_get_piece_bytes (geometry, piece);

  tally->checked_bytes += bytes;
  if (is_good)
    {
      tally->good_bytes += bytes;
      return;
    }
  tally->n_bad_pieces++;
  blame_files (tally, begin, begin + bytes);
}

double
cli_tally_get_bad_percent (const CliTally *tally,
                           guint32         file)
{
  guint32 n_files;
  const BtFile *files = bt_metainfo_get_files (tally->metainfo, &n_files);
  double percent;

  if (tally->bad_bytes[file] == 0 || files[file].length == 0)
    return 0;
  percent = (double) tally->bad_bytes[file] / (double) files[file].length * 100;
  return MAX (percent, 0.1);
}
