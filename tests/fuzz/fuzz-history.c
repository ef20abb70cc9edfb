/* fuzz-history.c - a torrent's history as it was stored, any bytes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "library/bt-history.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_use (BtHistory *history)
{
  BtHistoryBucket buckets[BT_HISTORY_MAX_BUCKETS];

  for (guint i = 0; i < bt_history_get_n_marks (history); i++)
    {
      const BtHistoryMark *mark = bt_history_get_mark (history, i);

      if (mark->time_s < 0 || mark->kind >= BT_MARK_N_KINDS)
        g_error ("an impossible mark");
      if (mark->text != NULL && (strlen (mark->text) > BT_HISTORY_MAX_TEXT_BYTES ||
                                 !g_utf8_validate (mark->text, -1, NULL)))
        g_error ("an impossible text");
    }
  bt_history_add (history, 1700000000, 1, G_MAXUINT64);
  bt_history_add_mark (history, 1700000000, BT_MARK_CHECKED, "checked");
  for (guint i = 0; i < BT_HISTORY_N_RINGS; i++)
    bt_history_read (history, i, 1700000000, buckets);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (BtHistory) history = bt_history_new ();
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;
  g_autoptr (BtHistory) again = bt_history_new ();

  if (!bt_history_set_bytes (history, data, size))
    {
      if (!bt_history_is_empty (history))
        g_error ("something was kept of bad bytes");
      return 0;
    }
  before = bt_history_to_bytes (history);
  if (g_bytes_get_size (before) != size ||
      memcmp (g_bytes_get_data (before, NULL), data, size) != 0)
    g_error ("one history in two forms");

  check_use (history);
  after = bt_history_to_bytes (history);
  if (!bt_history_set_bytes (again, g_bytes_get_data (after, NULL), g_bytes_get_size (after)))
    g_error ("what was written cannot be read");
  return 0;
}
