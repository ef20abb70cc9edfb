/* bt-torrent-words.c - what a torrent does, or why nothing moves, in one sentence
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-torrent-private.h"

static char *
with_message (const char *sentence,
              const char *message)
{
  if (message == NULL || *message == 0)
    return g_strdup (sentence);
  return g_strdup_printf ("%s: %s", sentence, message);
}

/* No default in the switches: a value without words is a warning of the compiler. */
static char *
describe_reason (const BtSwarmFacts *facts)
{
  switch (facts->reason)
    {
    case BT_REASON_NONE:
      return NULL;
    case BT_REASON_NO_PEERS:
      return g_strdup ("No peers are known yet");
    case BT_REASON_TRACKER_FAILED:
      return g_strdup_printf ("No peers; tracker: “%s”",
                              facts->message != NULL ? facts->message : "");
    case BT_REASON_CONNECTING:
      return g_strdup ("Connecting to peers");
    case BT_REASON_UNREACHABLE:
      return g_strdup_printf ("No peer (of %u) can be reached; trying on", facts->n_known);
    case BT_REASON_NO_PIECES:
      if (facts->reason_piece == G_MAXUINT32)
        return g_strdup_printf ("No peer (of %u) has a piece missing here", facts->n_peers);
      return g_strdup_printf ("No peer (of %u) has piece %u, which is missing here", facts->n_peers,
                              facts->reason_piece);
    case BT_REASON_ALL_CHOKE:
      return g_strdup_printf ("Waiting for a turn (peers: %u)", facts->reason_peers);
    case BT_REASON_STALLED:
      return g_strdup ("Waiting for the peers to answer");
    case BT_REASON_LIMIT:
      return g_strdup ("Kept at your speed limit for this torrent");
    case BT_REASON_LIMIT_OF_ALL:
      return g_strdup ("Kept at your speed limit for all torrents");
    case BT_REASON_DISK:
      return g_strdup ("The disk is slower than the peers");
    case BT_REASON_NO_SPACE:
      return with_message ("Waiting for space on the disk", facts->message);
    case BT_REASON_QUEUED:
      return g_strdup ("Waiting in the queue for others to finish");
    case BT_REASON_MISSING:
      return with_message ("Waiting for its drive or folder to come back", facts->message);
    case BT_REASON_MOVING:
      return g_strdup ("Moving its files to another folder");
    case BT_REASON_CHECK_QUEUE:
      return g_strdup ("Waiting for another check to end");
    case BT_REASON_SHARE_DONE:
      return g_strdup ("Stopped: it has shared as much as you asked for");
    case BT_REASON_NOBODY_WANTS:
      return g_strdup_printf ("Seeding; nobody (of %u peers) wants anything now", facts->n_peers);
    case BT_REASON_NO_INCOMING:
      return g_strdup ("No peer can be reached or reach you; your port may be closed");
    case BT_REASON_NO_DEVICE:
      return with_message ("Waiting for the network interface", facts->message);
    case BT_REASON_DEVICE_REFUSED:
      return with_message ("This system does not allow using one network interface only",
                           facts->message);
    case BT_REASON_PROXY:
      return g_strdup_printf ("No peers; proxy: “%s”",
                              facts->message != NULL ? facts->message : "");
    case BT_REASON_TIMETABLE:
      return g_strdup ("Paused by your timetable");
    case BT_REASON_HELD:
      return g_strdup ("Paused together with all others");
    }
  return NULL;
}

static char *
describe_state (const BtSwarmFacts *facts)
{
  switch (facts->state)
    {
    case BT_SWARM_STOPPED:
      return g_strdup ("Stopped");
    case BT_SWARM_CHECKING:
      return g_strdup ("Checking the data on disk");
    case BT_SWARM_PREPARING:
      return g_strdup ("Making files");
    case BT_SWARM_DOWNLOADING:
      if (facts->n_web_seeds > 0)
        return g_strdup_printf ("Downloading from %u of %u peers; web seeds: %u",
                                facts->n_unchoked_by, facts->n_peers, facts->n_web_seeds);
      return g_strdup_printf ("Downloading from %u of %u peers", facts->n_unchoked_by,
                              facts->n_peers);
    case BT_SWARM_SEEDING:
      return g_strdup_printf ("Seeding to %u of %u peers", facts->n_unchoked, facts->n_peers);
    case BT_SWARM_NO_SPACE:
      return with_message ("Waiting for space on the disk", facts->message);
    case BT_SWARM_STOPPING:
      return g_strdup ("Stopping");
    case BT_SWARM_FAILED:
      return g_strdup (facts->message != NULL ? facts->message : "Failed");
    case BT_SWARM_QUEUED:
      return g_strdup ("About to start");
    case BT_SWARM_MISSING:
      return with_message ("Waiting for its drive or folder to come back", facts->message);
    case BT_SWARM_MOVING:
      return g_strdup ("Moving its files to another folder");
    case BT_SWARM_SEEKING:
      if (facts->metadata_bytes > 0)
        return g_strdup_printf ("Fetching the list of files (%" G_GUINT64_FORMAT " %%)",
                                facts->metadata_done_bytes * 100 / facts->metadata_bytes);
      return g_strdup_printf ("Asking %u peers for the list of files", facts->n_peers);
    }
  return g_strdup ("Stopped");
}

char *
bt_facts_describe (const BtSwarmFacts *facts)
{
  char *sentence = describe_reason (facts);

  return sentence != NULL ? sentence : describe_state (facts);
}
