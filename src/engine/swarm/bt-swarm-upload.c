/* bt-swarm-upload.c - from requests to blocks on their way
 *
 * Neighbouring requests of a peer are read at once. What is in the page cache is read right here;
 * the rest by a file worker.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-swarm-private.h"

gboolean
bt_swarm_may_serve (gpointer           user_data,
                    BtPeer            *peer,
                    const BtBlockSpan *span)
{
  BtSwarm *swarm = user_data;

  return bt_swarm_is_running (swarm) &&
         bt_swarm_super_may_serve (bt_peer_get_data (peer), span->piece) &&
         bt_bitfield_get (bt_picker_get_have (swarm->picker), span->piece);
}

static void
free_read (UploadRead *read)
{
  for (guint i = 0; i < read->n_spans; i++)
    if (read->slots[i] != NULL)
      bt_block_pool_release (read->swarm->env->pool, read->slots[i]);
  g_free (read);
}

static void
deliver (UploadRead *read)
{
  for (guint i = 0; i < read->n_spans; i++)
    bt_peer_send_block (read->peer->peer, &read->spans[i], g_steal_pointer (&read->slots[i]));
}

/* The data of a piece we said we have is not there: it is offered to nobody any more. A torrent
 * that was complete does not begin to download again by itself: the piece is skipped until a person
 * checks it. */
static void
lose_piece (BtSwarm      *swarm,
            guint32       piece,
            const GError *error)
{
  if (!bt_bitfield_get (bt_picker_get_have (swarm->picker), piece))
    return;
  if (swarm->state == BT_SWARM_SEEDING)
    {
      bt_picker_set_priority (swarm->picker, piece, BT_PRIORITY_SKIP);
      bt_bitfield_set (&swarm->lost, piece);
    }
  bt_picker_unset_have (swarm->picker, piece);
  bt_swarm_note_lost (swarm, piece);
  swarm->is_trusted = FALSE;
  for (guint i = 0; i < swarm->peers->len; i++)
    {
      SwarmPeer *sp = g_ptr_array_index (swarm->peers, i);

      if (!sp->is_greeted)
        continue;
      bt_peer_send_dont_have (sp->peer, piece);
      bt_swarm_update_interest (swarm, sp);
    }
  g_clear_error (&swarm->error);
  swarm->error = g_error_copy (error);
  bt_swarm_tell (swarm);
}

static void
read_cb (BtStorage    *storage,
         const GError *error,
         gpointer      user_data)
{
  UploadRead *read = user_data;
  BtSwarm *swarm = read->swarm;

  g_ptr_array_remove_fast (swarm->reads, read);
  if (error != NULL && bt_swarm_is_running (swarm))
    lose_piece (swarm, read->span.piece, error);
  if (read->peer != NULL)
    {
      if (error == NULL)
        deliver (read);
      else
        for (guint i = 0; i < read->n_spans; i++)
          bt_peer_send_reject (read->peer->peer, &read->spans[i]);
    }
  free_read (read);
  bt_swarm_continue_stop (swarm);
}

/* Takes the next request and those that follow it in the same piece. NULL: none, or no memory. */
static UploadRead *
take_requests (BtSwarm   *swarm,
               SwarmPeer *sp)
{
  UploadRead *read = NULL;
  BtBlockSpan next;

  while (bt_peer_peek_request (sp->peer, 0, &next))
    {
      gboolean is_first = read == NULL;
      gboolean has_right;
      guint8 *slot;

      if (!is_first)
        {
          if (read->n_spans == BT_SWARM_READ_BLOCKS || next.piece != read->span.piece)
            break;
          /* The slots are filled one behind the other, so only whole blocks can be followed. */
          if (next.begin != read->span.begin + read->span.length ||
              read->spans[read->n_spans - 1].length != BT_BLOCK_BYTES)
            break;
        }
      /* When memory is short each has a right to one block at a time, and what is being downloaded
       * to the rest. */
      has_right = is_first && bt_peer_get_n_uploading (sp->peer) == 0;
      if (!has_right && bt_block_pool_is_high (swarm->env->pool))
        break;
      slot = bt_block_pool_acquire (swarm->env->pool, has_right);
      if (slot == NULL)
        break;
      if (!bt_peer_next_request (sp->peer, &next))
        {
          bt_block_pool_release (swarm->env->pool, slot);
          break;
        }
      if (is_first)
        {
          read = g_new0 (UploadRead, 1);
          read->swarm = swarm;
          read->peer = sp;
          read->span = next;
          read->span.length = 0;
        }
      read->spans[read->n_spans] = next;
      read->slots[read->n_spans++] = slot;
      read->span.length += next.length;
    }
  return read;
}

void
bt_swarm_wants_blocks (gpointer  user_data,
                       BtPeer   *peer)
{
  BtSwarm *swarm = user_data;
  SwarmPeer *sp = bt_peer_get_data (peer);
  UploadRead *read;

  bt_swarm_send_metadata (swarm, sp);
  if (!bt_swarm_is_running (swarm))
    return;
  while ((read = take_requests (swarm, sp)) != NULL)
    {
      if (!bt_bitfield_get (bt_picker_get_have (swarm->picker), read->span.piece))
        {
          for (guint i = 0; i < read->n_spans; i++)
            bt_peer_send_reject (peer, &read->spans[i]);
          free_read (read);
        }
      else if (bt_storage_try_read (swarm->storage, &read->span, read->slots))
        {
          deliver (read);
          free_read (read);
        }
      else
        {
          g_ptr_array_add (swarm->reads, read);
          bt_storage_read (swarm->storage, &read->span, read->slots, read_cb, read);
        }
    }
}

void
bt_swarm_forget_reads (BtSwarm   *swarm,
                       SwarmPeer *peer)
{
  for (guint i = 0; i < swarm->reads->len; i++)
    {
      UploadRead *read = g_ptr_array_index (swarm->reads, i);

      if (read->peer == peer)
        read->peer = NULL;
    }
}
