/* cli-match.c - which torrent of a state a word on the command line means; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-match.h"

#include "cli-numbers.h"
#include "cli-text.h"

#include <string.h>

typedef gboolean (*Fits) (const BtRecord *record,
                          const char     *word);

static gboolean
fits_id (const BtRecord *record,
         const char     *word)
{
  guint64 id;

  return cli_parse_number (word, 1, G_MAXINT64, &id) && record->id == id;
}

static gboolean
fits_hash (const BtRecord *record,
           const char     *word)
{
  gsize n = strlen (word);
  g_autofree char *hash = NULL;

  if (n < CLI_MATCH_MIN_DIGITS || n > 2 * BT_RECORD_HASH_BYTES)
    return FALSE;
  hash = cli_text_hex (record->info_hash, BT_RECORD_HASH_BYTES);
  return g_ascii_strncasecmp (hash, word, n) == 0;
}

static gboolean
fits_name (const BtRecord *record,
           const char     *word)
{
  return g_strcmp0 (record->name, word) == 0;
}

CliMatch
cli_match (const char             *word,
           const BtRecord *const  *records,
           guint                   n_records,
           guint                  *out_index)
{
  static const Fits ways[] = { fits_id, fits_hash, fits_name };

  for (gsize way = 0; way < G_N_ELEMENTS (ways); way++)
    {
      guint n_found = 0, found = 0;

      for (guint i = 0; i < n_records; i++)
        if (ways[way] (records[i], word))
          {
            n_found++;
            found = i;
          }
      if (n_found > 1)
        return CLI_MATCH_SEVERAL;
      if (n_found == 1)
        {
          *out_index = found;
          return CLI_MATCH_ONE;
        }
    }
  return CLI_MATCH_NONE;
}
