/* bt-utp-admit.c - connections that others begin: nothing is kept of them until they are proven
 *
 * The address of a SYN may be forged. It is answered with a number that only who is there gets to know, and that can be
 * made again when it is named: so no place can be taken by those who are not there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-socket-private.h"

#include <string.h>

/* --- Where others come from --- */

/* Whoever has an address of IPv6 has a /64. */
static BtAddress
get_origin (const BtAddress *address)
{
  BtAddress origin = *address;

  origin.port = 0;
  if (origin.family == BT_FAMILY_IPV6)
    memset (origin.ip + 8, 0, 8);
  return origin;
}

static guint
get_n_from (BtUtpSocket     *socket,
            const BtAddress *address)
{
  BtAddress origin = get_origin (address);

  return GPOINTER_TO_UINT (g_hash_table_lookup (socket->origins, &origin));
}

void
bt_utp_socket_count_incoming (BtUtpSocket     *socket,
                              const BtAddress *address,
                              int              change)
{
  BtAddress origin = get_origin (address);
  guint n = get_n_from (socket, address) + (guint) change;

  socket->n_incoming += (guint) change;
  if (n == 0)
    g_hash_table_remove (socket->origins, &origin);
  else
    g_hash_table_replace (socket->origins, g_memdup2 (&origin, sizeof origin),
                          GUINT_TO_POINTER (n));
}

static gboolean
has_place_for (BtUtpSocket     *socket,
               const BtAddress *address)
{
  return socket->n_incoming < BT_UTP_SOCKET_MAX_INCOMING &&
         (bt_address_is_local (address) ||
          get_n_from (socket, address) < BT_UTP_SOCKET_MAX_PER_ADDRESS);
}

/* --- The answer --- */

/* Nothing is remembered of it; so it may not carry anything, nor does BEP 29 say that it might. */
void
bt_utp_socket_answer_syn (BtUtpSocket       *socket,
                          const BtAddress   *from,
                          const BtAddress   *local,
                          const BtUtpPacket *syn)
{
  gint64 now_us = bt_clock_get_us (socket->clock);
  guint8 bytes[BT_UTP_MAX_HEAD_BYTES];
  BtUtpPacket answer = {
    .type = BT_UTP_STATE,
    .connection_id = syn->connection_id,
    .timestamp_us = (guint32) now_us,
    .difference_us = (guint32) now_us - syn->timestamp_us,
    .window_bytes = BT_UTP_MIN_BUFFER_BYTES,
    .ack_nr = syn->seq_nr,
  };

  if (!has_place_for (socket, from) || syn->n_payload > 0 ||
      bt_utp_socket_look_up (socket, from, (guint16) (syn->connection_id + 1)) != NULL ||
      !bt_utp_allowance_take (&socket->answers, BT_UTP_SOCKET_ANSWERS_PER_SECOND, now_us))
    {
      socket->n_refused++;
      return;
    }
  answer.seq_nr = bt_utp_cookie_make (socket->secret, from, syn->connection_id, syn->seq_nr,
                                      now_us);
  bt_udp_send (socket->udp, local, from, bytes, bt_utp_packet_write_head (&answer, bytes));
  socket->n_answered++;
}

/* --- What follows --- */

static void
begin (BtUtpSocket       *socket,
       const BtAddress   *from,
       const BtAddress   *local,
       const BtUtpPacket *packet)
{
  gint64 now_us = bt_clock_get_us (socket->clock);
  BtAddress of_path = { .family = BT_FAMILY_NONE };
  BtUtpConfig config = bt_utp_socket_make_config (socket, from, &of_path);
  BtUtpPacket syn = {
    .type = BT_UTP_SYN,
    .connection_id = (guint16) (packet->connection_id - 1),
    .timestamp_us = packet->timestamp_us,
    .window_bytes = packet->window_bytes,
    .seq_nr = (guint16) (packet->seq_nr - 1),
  };
  BtUtp *utp = bt_utp_new_incoming (&config, &syn, (guint16) (packet->ack_nr + 1), now_us);
  BtUtpStream *stream;

  if (utp == NULL)
    return;
  bt_utp_receive (utp, packet, now_us);
  stream = bt_utp_socket_add (socket, utp, from,
                              local->family != BT_FAMILY_NONE ? local : &of_path);
  stream->keeps_local = local->family != BT_FAMILY_NONE;
  stream->is_newcomer = TRUE;
  bt_utp_socket_count_incoming (socket, from, 1);
}

gboolean
bt_utp_socket_admit (BtUtpSocket       *socket,
                     const BtAddress   *from,
                     const BtAddress   *local,
                     const BtUtpPacket *packet)
{
  guint n_behind;

  if (socket->func == NULL || packet->type == BT_UTP_RESET)
    return FALSE;
  n_behind = bt_utp_cookie_check (socket->secret, from, (guint16) (packet->connection_id - 1),
                                  packet->seq_nr, (guint16) (packet->ack_nr + 1),
                                  bt_clock_get_us (socket->clock));
  if (n_behind == 1 && has_place_for (socket, from))
    begin (socket, from, local, packet);
  else if (n_behind == 1)
    socket->n_refused++;
  /* One that has overtaken the first, which is on its way, or comes again: until then its sender is not to be told
     that nobody is here. */
  return n_behind > 0;
}
