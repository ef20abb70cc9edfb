/* cli-table.c - columns of text, and what is said of a torrent at rest; pure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-list.h"

#include "cli-text.h"

#include <glib/gi18n.h>

/* A long name does not push everybody else's columns away. */
#define MAX_PADDING 40u
#define MAX_COLUMNS 16u
#define GAP         "  "

enum
{
  DOWNLOADS,
  SEEDS,
  DOWNLOADS_FORCED,
  SEEDS_FORCED,
  PAUSED,
  SHARED,
  TO_CHECK,
  FAILED,
};

static const struct
{
  const char *name;
  const char *word;
} states[] = {
  [DOWNLOADS] = { "downloads", N_("downloads") },
  [SEEDS] = { "seeds", N_("seeds") },
  [DOWNLOADS_FORCED] = { "downloads-forced", N_("downloads, forced") },
  [SEEDS_FORCED] = { "seeds-forced", N_("seeds, forced") },
  [PAUSED] = { "paused", N_("paused") },
  [SHARED] = { "shared", N_("paused, shared enough") },
  [TO_CHECK] = { "to-check", N_("to be checked") },
  [FAILED] = { "failed", N_("failed") },
};

static guint
judge (const BtRecord *record)
{
  gboolean is_complete = (record->flags & BT_RECORD_COMPLETE) != 0;

  if (record->flags & BT_RECORD_FAILED)
    return FAILED;
  if (record->flags & BT_RECORD_MUST_CHECK)
    return TO_CHECK;
  if (record->flags & BT_RECORD_PAUSED)
    return (record->flags & BT_RECORD_SHARE_DONE) && is_complete ? SHARED : PAUSED;
  if (record->flags & BT_RECORD_FORCED)
    return is_complete ? SEEDS_FORCED : DOWNLOADS_FORCED;
  return is_complete ? SEEDS : DOWNLOADS;
}

const char *
cli_record_to_word (const BtRecord *record)
{
  return _(states[judge (record)].word);
}

const char *
cli_record_to_state_name (const BtRecord *record)
{
  return states[judge (record)].name;
}

double
cli_record_get_progress (const BtRecord *record)
{
  if (record->wanted_bytes == 0)
    return 1;
  return (double) record->done_bytes / (double) record->wanted_bytes;
}

double
cli_record_get_ratio (const BtRecord *record)
{
  if (record->total_bytes == 0)
    return 0;
  return (double) record->sent_bytes / (double) record->total_bytes;
}

const char *
cli_priority_to_name (BtPriority priority)
{
  switch (priority)
    {
    case BT_PRIORITY_SKIP:
      return "skip";
    case BT_PRIORITY_LOW:
      return "low";
    case BT_PRIORITY_HIGH:
      return "high";
    case BT_PRIORITY_NORMAL:
    default:
      return "normal";
    }
}

static void
append_cell (GString    *text,
             const char *cell,
             guint       width,
             gboolean    is_right)
{
  guint own = cli_text_width (cell);
  guint n_blanks = width > own ? width - own : 0;

  if (!is_right)
    g_string_append (text, cell);
  for (guint i = 0; i < n_blanks; i++)
    g_string_append_c (text, ' ');
  if (is_right)
    g_string_append (text, cell);
}

char *
cli_table_format (const GPtrArray *rows,
                  guint            right)
{
  GString *text = g_string_new (NULL);
  guint widths[MAX_COLUMNS] = { 0 };

  for (guint i = 0; i < rows->len; i++)
    {
      char **cells = g_ptr_array_index (rows, i);

      for (guint k = 0; cells[k] != NULL && k < MAX_COLUMNS; k++)
        widths[k] = MAX (widths[k], MIN (cli_text_width (cells[k]), MAX_PADDING));
    }
  for (guint i = 0; i < rows->len; i++)
    {
      char **cells = g_ptr_array_index (rows, i);

      for (guint k = 0; cells[k] != NULL && k < MAX_COLUMNS; k++)
        {
          gboolean is_last = cells[k + 1] == NULL;

          append_cell (text, cells[k], is_last ? 0 : widths[k], (right >> k) & 1);
          if (!is_last)
            g_string_append (text, GAP);
        }
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}
