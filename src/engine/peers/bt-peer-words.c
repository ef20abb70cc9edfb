/* bt-peer-words.c - names of a peer's states and ends
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-peer-words.h"

const char *
bt_peer_state_to_string (BtPeerState state)
{
  static const char *const names[] = {
    [BT_PEER_CONNECTING] = "connecting",
    [BT_PEER_HANDSHAKING] = "handshaking",
    [BT_PEER_CHOKED] = "choked",
    [BT_PEER_DOWNLOADING] = "downloading",
    [BT_PEER_WAITING] = "waiting",
    [BT_PEER_UPLOADING_ONLY] = "uploading only",
    [BT_PEER_CLOSING] = "closing",
    [BT_PEER_DEAD] = "dead",
  };

  return (guint) state < G_N_ELEMENTS (names) ? names[state] : "";
}

const char *
bt_close_reason_to_string (BtCloseReason reason)
{
  static const char *const names[] = {
    [BT_CLOSE_NONE] = "",
    [BT_CLOSE_UNREACHABLE] = "could not be reached",
    [BT_CLOSE_CONNECT_TIMEOUT] = "did not answer in time",
    [BT_CLOSE_HANDSHAKE_TIMEOUT] = "did not introduce itself in time",
    [BT_CLOSE_BY_PEER] = "closed the connection",
    [BT_CLOSE_SILENT] = "was silent for three minutes",
    [BT_CLOSE_PROTOCOL] = "broke the protocol",
    [BT_CLOSE_FOREIGN] = "has another torrent",
    [BT_CLOSE_SELF] = "is this program itself",
    [BT_CLOSE_DOUBLE] = "is connected already",
    [BT_CLOSE_REDUNDANT] = "is complete, as we are",
    [BT_CLOSE_BANNED] = "sent wrong data",
    [BT_CLOSE_ABUSIVE] = "asked for or sent too much",
    [BT_CLOSE_FULL] = "made room for another peer",
    [BT_CLOSE_STOPPED] = "torrent stopped",
    [BT_CLOSE_UNWANTED] = "was banned by hand",
    [BT_CLOSE_BLOCKED] = "is on a block list",
    [BT_CLOSE_OFFLINE] = "our network interface went away",
    [BT_CLOSE_OTHER_WAY] = "we go another way now",
  };

  return (guint) reason < G_N_ELEMENTS (names) ? names[reason] : "";
}
