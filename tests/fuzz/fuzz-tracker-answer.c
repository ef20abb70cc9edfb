/* fuzz-tracker-answer.c - a tracker's bencoded answers, any bytes; what comes out keeps its limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "trackers/bt-tracker-answer.h"
#include "trackers/bt-tracker-hub.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_text (const char *text)
{
  if (text == NULL)
    return;
  if (text[0] == '\0' || strlen (text) > BT_TRACKER_MAX_TEXT_BYTES ||
      !g_utf8_validate (text, -1, NULL) || strchr (text, '\n') != NULL)
    g_error ("a text that cannot be shown");
}

static void
check_answer (const BtTrackerAnswer *answer,
              const GError          *error)
{
  if ((answer == NULL) != (error != NULL))
    g_error ("no answer and no error, or both");
  if (answer == NULL)
    return;

  check_text (answer->failure);
  check_text (answer->warning);
  if (answer->n_peers > BT_TRACKER_MAX_PEERS)
    g_error ("too many peers");
  for (gsize i = 0; i < answer->n_peers; i++)
    if (!bt_address_is_connectable (&answer->peers[i]))
      g_error ("a peer that cannot be connected to");
  if (answer->n_seeds < -1 || answer->n_leechers < -1 || answer->n_downloaded < -1 ||
      answer->interval_s > G_MAXINT || answer->retry_in_s > G_MAXINT)
    g_error ("an impossible number");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (BtTrackerAnswer) announce = NULL;
  g_autoptr (BtTrackerAnswer) scrape = NULL;
  g_autoptr (GError) announce_error = NULL;
  g_autoptr (GError) scrape_error = NULL;

  announce = bt_tracker_answer_parse_announce (data, size, &announce_error);
  check_answer (announce, announce_error);
  scrape = bt_tracker_answer_parse_scrape (data, size, (const guint8 *) "aaaaaaaaaaaaaaaaaaaa",
                                           &scrape_error);
  check_answer (scrape, scrape_error);
  return 0;
}
