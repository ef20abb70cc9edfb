/* bt-swarm-metadata.c - gives the torrent's description to those who came by a magnet link (BEP 9)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

#include "wire/bt-metadata-message.h"

#include <string.h>

#define COPIES        3                    /* at once; then a piece a second */
#define MAX_QUEUED    64                   /* pieces that one peer waits for */
#define MAX_OUT_BYTES (32u * 1024)         /* more of it is not put before a peer that does not read */
#define MAX_REFUSED   1000                 /* requests of one peer; then it is dropped */

/* What one peer has had of it. */
struct _MetadataPeer
{
  double  allowance;          /* pieces */
  gint64  counted_at_us;
  guint   n_refused;
  guint   n_queued;
  guint16 queue[MAX_QUEUED];  /* pieces, the first to be sent first */
};

G_STATIC_ASSERT (BT_METADATA_MAX_PIECES <= G_MAXUINT16);

guint32
bt_swarm_get_metadata_bytes (BtSwarm *swarm)
{
  gsize n_bytes = g_bytes_get_size (bt_metainfo_get_info_bytes (swarm->metainfo));

  return n_bytes <= BT_METADATA_MAX_BYTES ? (guint32) n_bytes : 0;
}

static void
send_message (SwarmPeer               *sp,
              const BtMetadataMessage *message)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();

  bt_metadata_message_put (payload, message);
  bt_peer_send_extension (sp->peer, BT_EXTENSION_METADATA, payload->data, payload->len);
}

static void
send_piece (BtSwarm   *swarm,
            SwarmPeer *sp,
            guint32    piece)
{
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (bt_metainfo_get_info_bytes (swarm->metainfo), &n_bytes);
  BtMetadataMessage message = {
    .type = BT_METADATA_DATA,
    .piece = piece,
    .total_bytes = (guint32) n_bytes,
    .data = bytes + (gsize) piece * BT_METADATA_PIECE_BYTES,
    .n_bytes = bt_metadata_get_piece_bytes (n_bytes, piece),
  };

  send_message (sp, &message);
}

void
bt_swarm_send_metadata (BtSwarm   *swarm,
                        SwarmPeer *sp)
{
  MetadataPeer *mp = sp->metadata;
  guint n = 0;

  if (mp == NULL || mp->n_queued == 0)
    return;
  while (n < mp->n_queued && bt_peer_get_n_out_bytes (sp->peer) < MAX_OUT_BYTES)
    send_piece (swarm, sp, mp->queue[n++]);
  mp->n_queued -= n;
  memmove (mp->queue, mp->queue + n, mp->n_queued * sizeof *mp->queue);
}

/* --- Requests --- */

/* FALSE: it has had enough for now. */
static gboolean
take_allowance (BtSwarm      *swarm,
                MetadataPeer *mp,
                guint32       n_pieces)
{
  gint64 now_us = bt_clock_get_us (swarm->env->clock);

  mp->allowance += (double) (now_us - mp->counted_at_us) / BT_SECOND_US;
  mp->allowance = MIN (mp->allowance, (double) COPIES * n_pieces);
  mp->counted_at_us = now_us;
  if (mp->allowance < 1)
    return FALSE;
  mp->allowance -= 1;
  return TRUE;
}

static MetadataPeer *
get_metadata_peer (BtSwarm   *swarm,
                   SwarmPeer *sp,
                   guint32    n_pieces)
{
  if (sp->metadata == NULL)
    {
      sp->metadata = g_new0 (MetadataPeer, 1);
      sp->metadata->allowance = (double) COPIES * n_pieces;
      sp->metadata->counted_at_us = bt_clock_get_us (swarm->env->clock);
    }
  return sp->metadata;
}

static void
refuse (SwarmPeer    *sp,
        MetadataPeer *mp,
        guint32       piece)
{
  BtMetadataMessage message = { .type = BT_METADATA_REJECT, .piece = piece };

  if (++mp->n_refused > MAX_REFUSED)
    bt_peer_close (sp->peer, BT_CLOSE_ABUSIVE);
  else
    send_message (sp, &message);
}

void
bt_swarm_metadata_message (BtSwarm      *swarm,
                           SwarmPeer    *sp,
                           const guint8 *payload,
                           gsize         n_bytes)
{
  guint32 n_pieces = bt_metadata_count_pieces (bt_swarm_get_metadata_bytes (swarm));
  MetadataPeer *mp = get_metadata_peer (swarm, sp, n_pieces);
  BtMetadataMessage message;

  /* Nobody is asked for anything here. What nobody can answer is not answered, and counts. */
  if (!bt_metadata_message_parse (payload, n_bytes, &message) ||
      message.type == BT_METADATA_DATA || !bt_peer_speaks (sp->peer, BT_EXTENSION_METADATA))
    {
      if (++mp->n_refused > MAX_REFUSED)
        bt_peer_close (sp->peer, BT_CLOSE_ABUSIVE);
      return;
    }
  if (message.type != BT_METADATA_REQUEST)
    return;
  if (message.piece >= n_pieces || mp->n_queued == MAX_QUEUED ||
      !take_allowance (swarm, mp, n_pieces))
    {
      refuse (sp, mp, message.piece);
      return;
    }
  mp->queue[mp->n_queued++] = (guint16) message.piece;
  bt_swarm_send_metadata (swarm, sp);
}
