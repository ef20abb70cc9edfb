/* bt-utp.c - one connection of uTP (BEP 29) with the congestion control of LEDBAT (RFC 6817)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp.h"

struct _BtUtp
{
  BtUtpState  state;
  BtUtpReason reason;
  guint16     receive_id;
  guint16     send_id;
  gboolean    is_outgoing;
};

BtUtp *
bt_utp_new_outgoing (const BtUtpConfig *config G_GNUC_UNUSED,
                     guint16            connection_id,
                     guint16            first_seq_nr G_GNUC_UNUSED,
                     gint64             now_us G_GNUC_UNUSED)
{
  BtUtp *utp = g_new0 (BtUtp, 1);

  utp->receive_id = connection_id;
  utp->send_id = (guint16) (connection_id + 1);
  utp->is_outgoing = TRUE;
  return utp;
}

BtUtp *
bt_utp_new_incoming (const BtUtpConfig *config G_GNUC_UNUSED,
                     const BtUtpPacket *syn,
                     guint16            first_seq_nr G_GNUC_UNUSED,
                     gint64             now_us G_GNUC_UNUSED)
{
  BtUtp *utp;

  if (syn->type != BT_UTP_SYN)
    return NULL;
  utp = g_new0 (BtUtp, 1);
  utp->state = BT_UTP_SYN_RECEIVED;
  utp->receive_id = (guint16) (syn->connection_id + 1);
  utp->send_id = syn->connection_id;
  return utp;
}

void
bt_utp_free (BtUtp *utp)
{
  g_free (utp);
}

void
bt_utp_close (BtUtp *utp,
              gint64 now_us G_GNUC_UNUSED)
{
  utp->state = BT_UTP_CLOSED;
}

void
bt_utp_abort (BtUtp *utp)
{
  utp->state = BT_UTP_CLOSED;
  utp->reason = BT_UTP_REASON_ABORTED;
}

guint16
bt_utp_get_receive_id (const BtUtp *utp)
{
  return utp->receive_id;
}

guint16
bt_utp_get_send_id (const BtUtp *utp)
{
  return utp->send_id;
}

gboolean
bt_utp_matches (const BtUtp       *utp,
                const BtUtpPacket *packet)
{
  if (packet->type == BT_UTP_SYN)
    return !utp->is_outgoing && packet->connection_id == utp->send_id;
  if (packet->type == BT_UTP_RESET && packet->connection_id == utp->send_id)
    return TRUE;
  return packet->connection_id == utp->receive_id;
}

BtUtpEvents
bt_utp_receive (BtUtp             *utp G_GNUC_UNUSED,
                const BtUtpPacket *packet G_GNUC_UNUSED,
                gint64             now_us G_GNUC_UNUSED)
{
  return 0;
}

gint64
bt_utp_get_timeout_us (const BtUtp *utp G_GNUC_UNUSED)
{
  return G_MAXINT64;
}

BtUtpEvents
bt_utp_tick (BtUtp *utp G_GNUC_UNUSED,
             gint64 now_us G_GNUC_UNUSED)
{
  return 0;
}

gboolean
bt_utp_next_packet (BtUtp         *utp G_GNUC_UNUSED,
                    gint64         now_us G_GNUC_UNUSED,
                    BtUtpDatagram *out_datagram G_GNUC_UNUSED)
{
  return FALSE;
}

void
bt_utp_take_back (BtUtp               *utp G_GNUC_UNUSED,
                  const BtUtpDatagram *datagram G_GNUC_UNUSED)
{
}

void
bt_utp_message_too_long (BtUtp               *utp G_GNUC_UNUSED,
                         const BtUtpDatagram *datagram G_GNUC_UNUSED,
                         gint64               now_us G_GNUC_UNUSED)
{
}

gsize
bt_utp_read (BtUtp  *utp G_GNUC_UNUSED,
             guint8 *out_bytes G_GNUC_UNUSED,
             gsize   n_bytes G_GNUC_UNUSED)
{
  return 0;
}

gsize
bt_utp_get_n_readable (const BtUtp *utp G_GNUC_UNUSED)
{
  return 0;
}

gboolean
bt_utp_is_eof (const BtUtp *utp G_GNUC_UNUSED)
{
  return FALSE;
}

gsize
bt_utp_write (BtUtp        *utp G_GNUC_UNUSED,
              const guint8 *bytes G_GNUC_UNUSED,
              gsize         n_bytes G_GNUC_UNUSED)
{
  return 0;
}

gsize
bt_utp_get_n_writable (const BtUtp *utp G_GNUC_UNUSED)
{
  return 0;
}

BtUtpState
bt_utp_get_state (const BtUtp *utp)
{
  return utp->state;
}

BtUtpReason
bt_utp_get_reason (const BtUtp *utp)
{
  return utp->reason;
}

gboolean
bt_utp_is_outgoing (const BtUtp *utp)
{
  return utp->is_outgoing;
}

guint32
bt_utp_get_rtt_us (const BtUtp *utp G_GNUC_UNUSED)
{
  return 0;
}

void
bt_utp_get_facts (const BtUtp *utp,
                  BtUtpFacts  *out_facts)
{
  *out_facts = (BtUtpFacts) { .state = utp->state, .reason = utp->reason };
}
