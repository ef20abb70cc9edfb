/* fuzz-utp.c - a connection of uTP whose other side says and does anything, at any time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "utp/bt-utp-private.h"

#include "base/bt-cursor.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

#define POOL_BYTES (2 * 1024 * 1024)
#define MAX_STEPS  400
#define MAX_TICKS  4                         /* at a time, one for each of the timers */
#define MAX_SENT   (2 * BT_UTP_MAX_PACKETS)  /* at a time */

/* A step is a byte, and what it needs:
 *   0 to 3  a packet: type, flags, numbers from where they should be, window, delay, payload, selective ack
 *   4       time passes
 *   5, 6    the owner writes, reads
 *   7       what was sent last is taken back, or was too long; or the owner closes, aborts
 */
typedef struct
{
  BtCursor      cursor;
  BtUtp        *utp;
  gint64        now_us;
  BtUtpDatagram sent[4];
  guint         n_sent;
} Game;

static guint8
next_u8 (Game *game)
{
  guint8 value = 0;

  bt_cursor_get_u8 (&game->cursor, &value);
  return value;
}

static guint16
next_u16 (Game *game)
{
  guint16 value = 0;

  bt_cursor_get_u16 (&game->cursor, &value);
  return value;
}

/* Mostly small, sometimes anything. */
static guint16
next_near (Game *game)
{
  guint8 value = next_u8 (game);

  return value >= 0xf0 ? next_u16 (game) : (guint16) (value - 8);
}

static guint32
next_number (Game *game)
{
  return (guint32) next_u16 (game) << next_u8 (game) % 32;
}

static void
check_list (const BtUtp     *utp,
            const BtUtpList *list,
            BtUtpSentState   state,
            guint32         *n_bytes)
{
  guint16 nr = list->first;

  for (guint i = 0; i < list->n; i++)
    {
      const BtUtpSent *sent = bt_utp_get_sent (utp, nr);

      if ((guint16) (nr - utp->una) >= (guint16) (utp->next - utp->una) || sent->state != state)
        g_error ("a stranger in a list");
      if (i + 1 == list->n && nr != list->last)
        g_error ("a list without end");
      *n_bytes += bt_utp_sent_get_bytes (sent);
      nr = sent->next;
    }
}

static void
check (const Game *game)
{
  const BtUtp *utp = game->utp;
  BtUtpFacts facts;
  guint32 flight_bytes = 0;
  guint32 lost_bytes = 0;

  bt_utp_get_facts (utp, &facts);
  check_list (utp, &utp->flight, BT_UTP_SENT_FLIGHT, &flight_bytes);
  check_list (utp, &utp->again, BT_UTP_SENT_FLIGHT, &flight_bytes);
  check_list (utp, &utp->lost, BT_UTP_SENT_LOST, &lost_bytes);
  if (flight_bytes != facts.flight_bytes)
    g_error ("a flight that does not add up");
  if (facts.cwnd_bytes > BT_UTP_MAX_WINDOW || facts.datagram_bytes > BT_UTP_MAX_DATAGRAM_BYTES ||
      facts.receive_buffered_bytes > BT_UTP_MAX_BUFFER_BYTES ||
      facts.send_buffered_bytes > BT_UTP_MAX_BUFFER_BYTES)
    g_error ("a bound was broken");
  if ((facts.state == BT_UTP_CLOSED) != (facts.reason != BT_UTP_REASON_NONE))
    g_error ("closed for no reason");
  if (bt_block_pool_get_n_used (utp->incoming.pool) >
      bt_block_pool_get_n_max (utp->incoming.pool) + 2 * BT_UTP_OWN_SLOTS + 2)
    g_error ("too much memory");
}

static void
send_all (Game *game)
{
  guint n = 0;

  while (bt_utp_next_packet (game->utp, game->now_us, &game->sent[n % G_N_ELEMENTS (game->sent)]))
    {
      const BtUtpDatagram *sent = &game->sent[n % G_N_ELEMENTS (game->sent)];
      gsize n_bytes = sent->n_head;

      for (guint i = 0; i < sent->n_spans; i++)
        n_bytes += sent->spans[i].n_bytes;
      if (n_bytes != sent->n_bytes || n_bytes > BT_UTP_MAX_DATAGRAM_BYTES)
        g_error ("a datagram of the wrong size");
      if (++n > MAX_SENT)
        g_error ("it does not end");
    }
  /* Only a whole, short burst can be taken back in order. */
  game->n_sent = n <= G_N_ELEMENTS (game->sent) ? n : 0;
}

static void
say (Game *game)
{
  static const guint8 zeros[BT_UTP_MAX_DATAGRAM_BYTES];
  guint8 flags = next_u8 (game);
  BtUtpPacket packet = { .type = flags % 8,
                         .connection_id = bt_utp_get_receive_id (game->utp),
                         .timestamp_us = (guint32) game->now_us + next_number (game),
                         .difference_us = next_number (game),
                         .window_bytes = next_number (game) << (flags >> 6),
                         .payload = zeros };

  if (packet.type > BT_UTP_SYN)
    packet.type = (flags & 8) != 0 ? BT_UTP_DATA : BT_UTP_STATE;
  if (packet.type == BT_UTP_SYN)
    packet.connection_id = bt_utp_get_send_id (game->utp);
  packet.seq_nr = (guint16) (game->utp->ack_nr + 1 + next_near (game));
  packet.ack_nr = (guint16) (game->utp->una - 1 + next_near (game));
  if ((flags & 16) != 0)
    packet.n_payload = next_u16 (game) % (sizeof zeros + 1);
  else
    packet.n_payload = packet.type == BT_UTP_DATA;
  if ((flags & 32) != 0)
    {
      packet.n_sack = (guint8) (next_u8 (game) % 63 + 1) * 4;
      if (!bt_cursor_get_bytes (&game->cursor, packet.n_sack, &packet.sack))
        packet.n_sack = 0;
    }
  if (bt_utp_matches (game->utp, &packet))
    bt_utp_receive (game->utp, &packet, game->now_us);
}

static void
pass_time (Game *game)
{
  game->now_us += (gint64) next_u8 (game) << next_u8 (game) % 24;
  /* Even if nothing can be sent meanwhile. */
  for (guint i = 0; bt_utp_get_timeout_us (game->utp) <= game->now_us; i++)
    {
      if (i == MAX_TICKS)
        g_error ("it is always due");
      bt_utp_tick (game->utp, game->now_us);
    }
}

static void
take_back (Game *game)
{
  while (game->n_sent > 0)
    bt_utp_take_back (game->utp, &game->sent[--game->n_sent]);
}

static void
act (Game *game)
{
  switch (next_u8 (game) % 8)
    {
    case 0:
      bt_utp_close (game->utp, game->now_us);
      break;

    case 1:
      bt_utp_abort (game->utp);
      break;

    case 2:
    case 3:
      if (game->n_sent > 0)
        bt_utp_message_too_long (game->utp, &game->sent[--game->n_sent], game->now_us);
      break;

    default:
      take_back (game);
      break;
    }
}

static void
step (Game *game)
{
  guint8 bytes[40000] = { 0 };

  switch (next_u8 (game) % 8)
    {
    case 4:
      pass_time (game);
      break;

    case 5:
      bt_utp_write (game->utp, bytes, next_u16 (game) % sizeof bytes);
      break;

    case 6:
      bt_utp_read (game->utp, bytes, next_u16 (game) % sizeof bytes);
      break;

    case 7:
      act (game);
      break;

    default:
      say (game);
      break;
    }
}

static BtUtp *
begin (Game        *game,
       BtBlockPool *pool)
{
  guint8 flags = next_u8 (game);
  BtUtpConfig config = { .pool = pool,
                         .family = (flags & 2) != 0 ? BT_FAMILY_IPV6 : BT_FAMILY_IPV4,
                         .max_datagram_bytes = (flags & 4) != 0 ? next_u16 (game) : 0 };
  BtUtpPacket syn = { .type = BT_UTP_SYN, .seq_nr = 0xfffe, .window_bytes = 100000 };

  if ((flags & 1) != 0)
    return bt_utp_new_incoming (&config, &syn, 0xfff0, game->now_us);
  return bt_utp_new_outgoing (&config, 0xffff, 0xfff0, game->now_us);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  Game game = { .cursor = bt_cursor_init (data, size), .now_us = G_GINT64_CONSTANT (4294000000) };
  BtBlockPool *pool = bt_block_pool_new (POOL_BYTES);

  game.utp = begin (&game, pool);
  send_all (&game);
  for (guint i = 0; i < MAX_STEPS && bt_cursor_get_left (&game.cursor) > 0; i++)
    {
      step (&game);
      check (&game);
      send_all (&game);
      check (&game);
    }
  bt_utp_free (game.utp);
  bt_block_pool_free (pool);
  return 0;
}
