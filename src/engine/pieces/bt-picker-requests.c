/* bt-picker-requests.c - who was asked for which block, and what came of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-picker-private.h"

/* --- Records --- */

static guint32
acquire_record (BtPicker *picker)
{
  guint32 request = picker->unused_request;
  guint32 n_room;

  if (request == BT_PICKER_NONE)
    {
      n_room = MAX (BT_PICKER_MIN_REQUESTS, picker->n_requests_room * 2);
      picker->requests = g_renew (BtRequest, picker->requests, n_room);
      for (guint32 i = picker->n_requests_room; i < n_room; i++)
        {
          picker->requests[i].peer = NULL;
          picker->requests[i].next_of_block = i + 1 < n_room ? i + 1 : BT_PICKER_NONE;
        }
      request = picker->n_requests_room;
      picker->n_requests_room = n_room;
    }
  picker->unused_request = picker->requests[request].next_of_block;
  picker->n_requests++;
  return request;
}

/* The last one gives back the memory of a busy time. */
static void
release_record (BtPicker *picker,
                guint32   request)
{
  picker->requests[request].peer = NULL;
  picker->requests[request].next_of_block = picker->unused_request;
  picker->unused_request = request;
  picker->n_requests--;
  if (picker->n_requests == 0 && picker->n_requests_room > BT_PICKER_MIN_REQUESTS)
    {
      g_clear_pointer (&picker->requests, g_free);
      picker->n_requests_room = 0;
      picker->unused_request = BT_PICKER_NONE;
    }
}

guint
bt_picker_request_count (const BtPicker *picker,
                         const BtOpen   *open,
                         guint32         block)
{
  guint n_requesters = 0;

  for (guint32 i = open->blocks[block].request; i != BT_PICKER_NONE;
       i = picker->requests[i].next_of_block)
    n_requesters++;
  return n_requesters;
}

guint32
bt_picker_request_find (BtPicker           *picker,
                        const BtPickerPeer *peer,
                        const BtOpen       *open,
                        guint32             block)
{
  guint32 request = open->blocks[block].request;

  while (request != BT_PICKER_NONE && picker->requests[request].peer != peer)
    request = picker->requests[request].next_of_block;
  return request;
}

/* A block that nobody has delivered now has so many requesters, after so many before. */
static void
change_requesters (BtPicker *picker,
                   BtOpen   *open,
                   guint     n_before,
                   guint     n_after)
{
  if (n_before > 0)
    {
      open->n_at[n_before]--;
      picker->n_at[n_before]--;
    }
  if (n_after > 0)
    {
      open->n_at[n_after]++;
      picker->n_at[n_after]++;
    }
  picker->n_requested += (n_after > 0) - (n_before > 0);
}

void
bt_picker_request_add (BtPicker     *picker,
                       BtPickerPeer *peer,
                       BtOpen       *open,
                       guint32       block)
{
  guint n_before = bt_picker_request_count (picker, open, block);
  guint32 index = acquire_record (picker);
  BtRequest *request = &picker->requests[index];

  g_assert (!bt_bits_get (open->received, block));
  g_assert (n_before < BT_PICKER_MAX_REQUESTERS);

  *request = (BtRequest) { peer, open, block, open->blocks[block].request, peer->first_request,
                           BT_PICKER_NONE };
  open->blocks[block].request = index;
  if (peer->first_request != BT_PICKER_NONE)
    picker->requests[peer->first_request].previous_of_peer = index;
  peer->first_request = index;

  peer->n_requests++;
  peer->n_live++;
  open->n_requests++;
  change_requesters (picker, open, n_before, n_before + 1);
  if (n_before == 0)
    {
      bt_bits_unset (open->free, block);
      open->n_free--;
      if (open->n_free == 0)
        bt_picker_open_update (picker, open);
    }
}

static void
unlink_record (BtPicker *picker,
               guint32   index)
{
  const BtRequest *request = &picker->requests[index];
  guint32 *link = &request->open->blocks[request->block].request;

  while (*link != index)
    link = &picker->requests[*link].next_of_block;
  *link = request->next_of_block;

  if (request->previous_of_peer != BT_PICKER_NONE)
    picker->requests[request->previous_of_peer].next_of_peer = request->next_of_peer;
  else
    request->peer->first_request = request->next_of_peer;
  if (request->next_of_peer != BT_PICKER_NONE)
    picker->requests[request->next_of_peer].previous_of_peer = request->previous_of_peer;
}

void
bt_picker_request_remove (BtPicker *picker,
                          guint32   request)
{
  BtPickerPeer *peer = picker->requests[request].peer;
  BtOpen *open = picker->requests[request].open;
  guint32 block = picker->requests[request].block;
  guint n_before;

  if (!bt_bits_get (open->received, block))
    {
      n_before = bt_picker_request_count (picker, open, block);
      peer->n_live--;
      change_requesters (picker, open, n_before, n_before - 1);
      if (n_before == 1)
        {
          bt_bits_set (open->free, block);
          open->n_free++;
          bt_picker_open_update (picker, open);
        }
    }
  unlink_record (picker, request);
  peer->n_requests--;
  open->n_requests--;
  if (open->n_requests == 0)
    open->kind = BT_OPEN_NOBODYS;
  release_record (picker, request);
}

/* --- What peers do --- */

/* The open piece and the peer's request for a block of it. Spans come from outside: anything may be in them. */
static guint32
find_request (BtPicker           *picker,
              const BtPickerPeer *peer,
              const BtBlockSpan  *span,
              BtOpen            **out_open)
{
  BtOpen *open;

  if (!bt_geometry_is_block (&picker->geometry, span))
    return BT_PICKER_NONE;
  open = bt_picker_open_find (picker, span->piece);
  if (open == NULL)
    return BT_PICKER_NONE;
  *out_open = open;
  return bt_picker_request_find (picker, peer, open, span->begin / BT_BLOCK_BYTES);
}

gboolean
bt_picker_is_requested (BtPicker          *picker,
                        BtPickerPeer      *peer,
                        const BtBlockSpan *span)
{
  BtOpen *open = NULL;

  return find_request (picker, peer, span, &open) != BT_PICKER_NONE;
}

gboolean
bt_picker_return_request (BtPicker          *picker,
                          BtPickerPeer      *peer,
                          const BtBlockSpan *span)
{
  BtOpen *open = NULL;
  guint32 request = find_request (picker, peer, span, &open);

  if (request == BT_PICKER_NONE)
    return FALSE;
  bt_picker_request_remove (picker, request);
  bt_picker_open_close_if_idle (picker, open);
  return TRUE;
}

guint
bt_picker_return_all (BtPicker     *picker,
                      BtPickerPeer *peer)
{
  guint n_requests = peer->n_requests;
  BtOpen *open;

  while (peer->first_request != BT_PICKER_NONE)
    {
      open = picker->requests[peer->first_request].open;
      bt_picker_request_remove (picker, peer->first_request);
      bt_picker_open_close_if_idle (picker, open);
    }
  return n_requests;
}

BtBlockVerdict
bt_picker_take_block (BtPicker          *picker,
                      BtPickerPeer      *peer,
                      const BtBlockSpan *span,
                      gboolean          *out_is_complete)
{
  BtOpen *open = NULL;
  guint32 request = find_request (picker, peer, span, &open);
  guint32 block = span->begin / BT_BLOCK_BYTES;

  if (request == BT_PICKER_NONE)
    return BT_BLOCK_UNASKED;
  if (bt_bits_get (open->received, block))
    {
      bt_picker_request_remove (picker, request);
      return BT_BLOCK_DUPLICATE;
    }

  /* Received first: its last request does not set it free. */
  bt_picker_open_set_received (picker, open, block, peer->blame_id);
  bt_picker_request_remove (picker, request);
  *out_is_complete = open->n_received == open->n_blocks;
  return BT_BLOCK_TAKEN;
}

BtBlockVerdict
bt_picker_take_late_block (BtPicker          *picker,
                           BtPickerPeer      *peer,
                           const BtBlockSpan *span,
                           gboolean          *out_is_complete)
{
  guint32 block = span->begin / BT_BLOCK_BYTES;
  BtOpen *open;

  if (!bt_geometry_is_block (&picker->geometry, span) || picker->states[span->piece].has ||
      bt_picker_get_priority (picker, span->piece) == BT_PRIORITY_SKIP)
    return BT_BLOCK_UNASKED;
  open = bt_picker_open_find (picker, span->piece);
  if (open == NULL && picker->max_open > 0 && picker->open->len >= picker->max_open)
    return BT_BLOCK_UNASKED;
  if (open == NULL)
    open = bt_picker_open_add (picker, span->piece);
  if (bt_bits_get (open->received, block))
    return BT_BLOCK_UNASKED;

  bt_picker_open_set_received (picker, open, block, peer->blame_id);
  *out_is_complete = open->n_received == open->n_blocks;
  return BT_BLOCK_TAKEN;
}

guint
bt_picker_get_requesters (BtPicker          *picker,
                          const BtBlockSpan *span,
                          gpointer          *out_user_data,
                          guint              n_max)
{
  const BtOpen *open;
  guint n_found = 0;
  guint32 request;

  if (!bt_geometry_is_block (&picker->geometry, span))
    return 0;
  open = bt_picker_open_find (picker, span->piece);
  if (open == NULL)
    return 0;
  request = open->blocks[span->begin / BT_BLOCK_BYTES].request;
  while (request != BT_PICKER_NONE && n_found < n_max)
    {
      out_user_data[n_found++] = picker->requests[request].peer->user_data;
      request = picker->requests[request].next_of_block;
    }
  return n_found;
}
