/* bt-utp-socket.c - whose datagram of uTP it is, and how many connections there may be
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-utp-socket.h"

#include "bt-utp-socket-private.h"

#include "base/bt-random.h"

#include <errno.h>
#include <string.h>

#define MAX_ID_TRIES  16
#define QUIET_SLOTS   16  /* kept when there is no connection */
#define ETHERNET_MTU  1500
#define IP_UDP_BYTES4 (20 + 8)
#define IP_UDP_BYTES6 (40 + 8)

/* --- The table --- */

/* Strangers choose addresses and ids, so without a key they could choose some that fall together. */
static BtUtpKey
make_key (BtUtpSocket     *socket,
          const BtAddress *address,
          guint16          receive_id)
{
  BtUtpKey key = { .address = *address, .receive_id = receive_id };
  guint64 words[2];
  guint64 hash;

  memcpy (words, address->ip, sizeof words);
  hash = (words[0] ^ socket->keys[0]) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  hash = (hash ^ (hash >> 29) ^ words[1] ^ socket->keys[1]) *
         G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  hash = (hash ^ (hash >> 32) ^ ((guint64) address->port << 16) ^ receive_id ^ socket->keys[0]) *
         G_GUINT64_CONSTANT (0x94d049bb133111eb);
  key.hash = (guint) (hash >> 32);
  return key;
}

static guint
hash_key (gconstpointer key)
{
  return ((const BtUtpKey *) key)->hash;
}

static gboolean
equal_keys (gconstpointer a,
            gconstpointer b)
{
  const BtUtpKey *first = a, *second = b;

  return first->receive_id == second->receive_id &&
         bt_address_equal (&first->address, &second->address);
}

BtUtpStream *
bt_utp_socket_look_up (BtUtpSocket     *socket,
                       const BtAddress *address,
                       guint16          receive_id)
{
  BtUtpKey key;

  if (socket->last != NULL && socket->last->key.receive_id == receive_id &&
      bt_address_equal (&socket->last->key.address, address))
    return socket->last;
  key = make_key (socket, address, receive_id);
  return g_hash_table_lookup (socket->streams, &key);
}

/* Where a packet may belong: bt_utp_get_receive_id() says which ids that are. */
static BtUtpStream *
find_stream (BtUtpSocket       *socket,
             const BtAddress   *from,
             const BtUtpPacket *packet)
{
  static const int offsets_of_syn[] = { 1 };
  static const int offsets_of_reset[] = { 0, -1, 1 };
  static const int offsets_of_others[] = { 0 };
  const int *offsets = offsets_of_others;
  guint n_offsets = 1;

  if (packet->type == BT_UTP_SYN)
    offsets = offsets_of_syn;
  else if (packet->type == BT_UTP_RESET)
    {
      offsets = offsets_of_reset;
      n_offsets = G_N_ELEMENTS (offsets_of_reset);
    }
  for (guint i = 0; i < n_offsets; i++)
    {
      guint16 id = (guint16) (packet->connection_id + offsets[i]);
      BtUtpStream *stream = bt_utp_socket_look_up (socket, from, id);

      if (stream != NULL && bt_utp_matches (stream->utp, packet))
        {
          socket->last = stream;
          return stream;
        }
    }
  return NULL;
}

/* --- A connection's life --- */

static void
timer_cb (gpointer user_data)
{
  BtUtpStream *stream = user_data;

  /* Too early it is harmless, and the flush sets the timer anew. */
  bt_utp_tick (stream->utp, bt_clock_get_us (stream->socket->clock));
  bt_utp_socket_touch (stream);
}

/* Never more than Ethernet: libtorrent reads into 1500 bytes, takes what fits for all there is of a longer packet, and
 * acknowledges it. */
BtUtpConfig
bt_utp_socket_make_config (BtUtpSocket     *socket,
                           const BtAddress *remote,
                           BtAddress       *out_local)
{
  BtUtpConfig config = { .pool = socket->pool, .family = (BtFamily) remote->family };
  guint n_head = remote->family == BT_FAMILY_IPV6 ? IP_UDP_BYTES6 : IP_UDP_BYTES4;
  guint mtu = 0;

  if (bt_udp_look_up_path (socket->udp, remote, out_local, &mtu) && mtu > n_head)
    config.max_datagram_bytes = (guint16) (MIN (mtu, ETHERNET_MTU) - n_head);
  return config;
}

BtUtpStream *
bt_utp_socket_add (BtUtpSocket     *socket,
                   BtUtp           *utp,
                   const BtAddress *remote,
                   const BtAddress *local)
{
  BtUtpStream *stream = bt_utp_stream_new (socket, utp, remote, local);

  stream->key = make_key (socket, remote, bt_utp_get_receive_id (utp));
  bt_timer_init (&stream->timer, timer_cb, stream);
  g_hash_table_insert (socket->streams, &stream->key, stream);
  bt_utp_socket_touch (stream);
  return stream;
}

static void
leave_phase (BtUtpStream *stream)
{
  BtUtpSocket *socket = stream->socket;

  if (stream->is_connecting)
    g_queue_unlink (&socket->connecting, &stream->phase_link);
  if (stream->is_lingering)
    g_queue_unlink (&socket->lingering, &stream->phase_link);
  stream->is_newcomer = stream->is_connecting = stream->is_lingering = FALSE;
}

void
bt_utp_socket_proven (BtUtpStream *stream)
{
  BtUtpSocket *socket = stream->socket;
  gboolean was_newcomer = stream->is_newcomer;

  leave_phase (stream);
  if (!was_newcomer)
    return;
  if (socket->func == NULL)
    {
      bt_utp_abort (stream->utp);
      return;
    }
  stream->has_owner = TRUE;
  socket->n_owned++;
}

void
bt_utp_socket_orphan (BtUtpStream *stream)
{
  BtUtpSocket *socket = stream->socket;
  BtUtpState state = bt_utp_get_state (stream->utp);

  stream->has_owner = FALSE;
  socket->n_owned--;
  leave_phase (stream);
  if (state == BT_UTP_SYN_SENT)
    bt_utp_abort (stream->utp);
  else if (state != BT_UTP_CLOSED)
    {
      bt_utp_close (stream->utp, bt_clock_get_us (socket->clock));
      stream->is_lingering = TRUE;
      g_queue_push_tail_link (&socket->lingering, &stream->phase_link);
    }
  bt_utp_socket_touch (stream);
  if (socket->lingering.length <= BT_UTP_SOCKET_MAX_LINGERING)
    return;
  stream = socket->lingering.head->data;
  leave_phase (stream);
  bt_utp_abort (stream->utp);
  bt_utp_socket_touch (stream);
}

void
bt_utp_socket_destroy (BtUtpStream *stream)
{
  BtUtpSocket *socket = stream->socket;

  g_assert (!stream->has_owner);
  leave_phase (stream);
  if (stream->is_touched)
    g_queue_unlink (&socket->touched, &stream->touched_link);
  if (socket->last == stream)
    socket->last = NULL;
  if (!bt_utp_is_outgoing (stream->utp))
    bt_utp_socket_count_incoming (socket, &stream->key.address, -1);
  g_hash_table_remove (socket->streams, &stream->key);
  bt_timer_disarm (&stream->timer, socket->clock);
  bt_utp_free (stream->utp);
  g_free (stream);
  if (g_hash_table_size (socket->streams) == 0)
    bt_block_pool_trim (socket->pool, QUIET_SLOTS);
}

/* --- What comes --- */

gboolean
bt_utp_allowance_take (BtUtpAllowance *allowance,
                       guint           per_second,
                       gint64          now_us)
{
  allowance->n += (double) (now_us - allowance->at_us) / BT_SECOND_US * per_second;
  allowance->n = MIN (allowance->n, per_second);
  allowance->at_us = now_us;
  if (allowance->n < 1)
    return FALSE;
  allowance->n -= 1;
  return TRUE;
}

/* Whoever sends to a connection that is gone learns that it is. */
static void
answer_stray (BtUtpSocket       *socket,
              const BtAddress   *from,
              const BtAddress   *local,
              const BtUtpPacket *packet)
{
  gint64 now_us = bt_clock_get_us (socket->clock);
  guint8 bytes[BT_UTP_HEADER_BYTES];
  guint16 seq_nr;

  socket->n_strays++;
  if (packet->type == BT_UTP_RESET ||
      !bt_utp_allowance_take (&socket->resets, BT_UTP_SOCKET_RESETS_PER_SECOND, now_us))
    return;
  bt_random_fill_secure (&seq_nr, sizeof seq_nr);
  bt_utp_packet_write_reset (packet, seq_nr, now_us, bytes);
  bt_udp_send (socket->udp, local, from, bytes, sizeof bytes);
  socket->n_resets++;
}

static gboolean
take_cb (const BtAddress *from,
         const BtAddress *local,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  BtUtpSocket *socket = user_data;
  BtUtpStream *stream;
  BtUtpPacket packet;

  if (!bt_utp_packet_is_likely (bytes, n_bytes) || !bt_utp_packet_parse (bytes, n_bytes, &packet))
    return FALSE;
  stream = find_stream (socket, from, &packet);
  if (stream != NULL)
    {
      bt_utp_receive (stream->utp, &packet, bt_clock_get_us (socket->clock));
      bt_utp_socket_touch (stream);
    }
  else if (packet.type == BT_UTP_SYN && socket->func != NULL)
    bt_utp_socket_answer_syn (socket, from, local, &packet);
  else if (packet.type == BT_UTP_SYN || !bt_utp_socket_admit (socket, from, local, &packet))
    answer_stray (socket, from, local, &packet);
  return TRUE;
}

static void
writable_cb (gpointer user_data)
{
  BtUtpSocket *socket = user_data;

  if (socket->touched.length > 0)
    bt_poller_queue (socket->poller, &socket->task);
}

/* Such a report can be forged by whoever knows both addresses: it only counts before anything has come from there. */
static void
refused_cb (const BtAddress *to,
            int              code,
            gpointer         user_data)
{
  BtUtpSocket *socket = user_data;

  for (GList *link = socket->connecting.head; link != NULL; link = link->next)
    {
      BtUtpStream *stream = link->data;

      if (!bt_address_equal (&stream->key.address, to) || stream->code != 0)
        continue;
      stream->code = code;
      bt_utp_abort (stream->utp);
      bt_utp_socket_touch (stream);
    }
}

static const BtUdpTaker udp_taker = {
  .take = take_cb,
  .writable = writable_cb,
  .refused = refused_cb,
};

/* --- Connecting --- */

/* An id of which neither it nor the next is in use towards `remote`. FALSE: there is none, but by bad luck. */
static gboolean
pick_id (BtUtpSocket     *socket,
         const BtAddress *remote,
         guint16         *out_id)
{
  for (guint i = 0; i < MAX_ID_TRIES; i++)
    {
      guint16 id;

      bt_random_fill_secure (&id, sizeof id);
      if (bt_utp_socket_look_up (socket, remote, id) != NULL ||
          bt_utp_socket_look_up (socket, remote, (guint16) (id + 1)) != NULL)
        continue;
      *out_id = id;
      return TRUE;
    }
  return FALSE;
}

BtStream *
bt_utp_socket_connect (BtUtpSocket      *socket,
                       const BtAddress  *remote,
                       GError          **error)
{
  BtAddress local = { .family = BT_FAMILY_NONE };
  BtUtpStream *stream;
  BtUtpConfig config;
  guint16 first_seq_nr;
  guint16 id;
  BtUtp *utp;

  if (socket->udp == NULL || bt_udp_get_port (socket->udp, (BtFamily) remote->family) == 0)
    {
      bt_stream_set_errno (error, EAFNOSUPPORT);
      return NULL;
    }
  if (remote->port == 0 || !pick_id (socket, remote, &id))
    {
      bt_stream_set_errno (error, EADDRNOTAVAIL);
      return NULL;
    }
  bt_random_fill_secure (&first_seq_nr, sizeof first_seq_nr);
  config = bt_utp_socket_make_config (socket, remote, &local);
  utp = bt_utp_new_outgoing (&config, id, first_seq_nr, bt_clock_get_us (socket->clock));
  stream = bt_utp_socket_add (socket, utp, remote, &local);
  stream->has_owner = TRUE;
  socket->n_owned++;
  stream->is_connecting = TRUE;
  g_queue_push_tail_link (&socket->connecting, &stream->phase_link);
  return &stream->base;
}

/* --- Life --- */

BtUtpSocket *
bt_utp_socket_new (BtPoller *poller,
                   BtClock  *clock)
{
  BtUtpSocket *socket = g_new0 (BtUtpSocket, 1);

  socket->poller = poller;
  socket->clock = clock;
  socket->streams = g_hash_table_new (hash_key, equal_keys);
  socket->origins = g_hash_table_new_full (bt_address_hash, bt_address_equal, g_free, NULL);
  socket->pool = bt_block_pool_new (BT_UTP_SOCKET_MEMORY_BYTES);
  socket->resets = (BtUtpAllowance) { BT_UTP_SOCKET_RESETS_PER_SECOND, bt_clock_get_us (clock) };
  socket->answers = (BtUtpAllowance) { BT_UTP_SOCKET_ANSWERS_PER_SECOND, bt_clock_get_us (clock) };
  bt_random_fill_secure (socket->keys, sizeof socket->keys);
  bt_random_fill_secure (socket->secret, sizeof socket->secret);
  bt_poll_task_init (&socket->task, bt_utp_socket_flush_cb, socket);
  return socket;
}

void
bt_utp_socket_free (BtUtpSocket *socket)
{
  GHashTableIter iter;
  gpointer stream;

  if (socket == NULL)
    return;
  g_assert (socket->n_owned == 0);
  /* Those that were let go of just now say so. */
  bt_utp_socket_send (socket);
  bt_utp_socket_set_udp (socket, NULL);
  for (g_hash_table_iter_init (&iter, socket->streams);
       g_hash_table_iter_next (&iter, NULL, &stream);
       g_hash_table_iter_init (&iter, socket->streams))
    bt_utp_socket_destroy (stream);
  bt_poller_unqueue (socket->poller, &socket->task);
  g_hash_table_unref (socket->streams);
  g_hash_table_unref (socket->origins);
  bt_block_pool_free (socket->pool);
  g_free (socket);
}

void
bt_utp_socket_set_udp (BtUtpSocket *socket,
                       BtUdp       *udp)
{
  GHashTableIter iter;
  gpointer stream;

  if (socket->udp != NULL)
    bt_udp_remove (socket->udp, &udp_taker, socket);
  socket->udp = udp;
  /* It may be of another interface, where nothing is to go from an address of the one before. */
  g_hash_table_iter_init (&iter, socket->streams);
  while (g_hash_table_iter_next (&iter, NULL, &stream))
    ((BtUtpStream *) stream)->keeps_local = FALSE;
  if (udp != NULL)
    {
      bt_udp_add (udp, &udp_taker, socket);
      writable_cb (socket);
    }
}

gboolean
bt_utp_socket_has_udp (BtUtpSocket *socket)
{
  return socket->udp != NULL;
}

void
bt_utp_socket_set_func (BtUtpSocket    *socket,
                        BtListenerFunc  func,
                        gpointer        user_data)
{
  socket->func = func;
  socket->user_data = user_data;
}

gboolean
bt_utp_socket_is_busy (BtUtpSocket *socket)
{
  return g_hash_table_size (socket->streams) > 0;
}

void
bt_utp_socket_get_facts (BtUtpSocket      *socket,
                         BtUtpSocketFacts *out_facts)
{
  *out_facts = (BtUtpSocketFacts) {
    .n_connections = g_hash_table_size (socket->streams),
    .n_connecting = socket->connecting.length,
    .n_lingering = socket->lingering.length,
    .n_answered = socket->n_answered,
    .n_refused = socket->n_refused,
    .n_resets = socket->n_resets,
    .n_strays = socket->n_strays,
  };
}
