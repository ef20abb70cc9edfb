/* bt-tracker-server-udp.c - the small tracker's UDP side (BEP 15): connect, announce, scrape
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-server-private.h"

#include "base/bt-cursor.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define PROTOCOL_ID            G_GUINT64_CONSTANT (0x41727101980)
#define HEAD_BYTES             16
#define ANNOUNCE_BYTES         98
#define MAX_DATAGRAM_BYTES     2048
#define MAX_PACKETS_PER_WAKEUP 64
#define MAX_SCRAPE_HASHES      74
/* What fits into an Ethernet frame, and makes no amplifier of us. */
#define MAX_ANSWER_BYTES       1400
#define DEFAULT_WANTED         50
/* A connection id is good for the period it was made in and the next: one to two minutes (BEP 15). */
#define ID_PERIOD_US           (60 * BT_SECOND_US)

enum
{
  ACTION_CONNECT,
  ACTION_ANNOUNCE,
  ACTION_SCRAPE,
  ACTION_ERROR,
};

typedef struct
{
  guint8 bytes[MAX_ANSWER_BYTES];
  gsize  n_bytes;
} Answer;

/* Nothing is kept for a connection: the id is a secret's hash with the address and the time. */
static guint64
make_connection_id (BtTrackerServer *server,
                    const BtAddress *from,
                    gint64           period)
{
  g_autoptr (BtHash) hash = bt_hash_new (BT_HASH_SHA1);
  guint8 time[8];
  guint8 digest[BT_SHA1_BYTES];

  bt_write_u64 (time, (guint64) period);
  bt_hash_update (hash, server->secret, sizeof server->secret);
  bt_hash_update (hash, from->ip, sizeof from->ip);
  bt_hash_update (hash, time, sizeof time);
  bt_hash_finish (hash, digest);
  return bt_read_u64 (digest);
}

static gboolean
is_good_id (BtTrackerServer *server,
            const BtAddress *from,
            guint64          id)
{
  gint64 period = bt_clock_get_us (server->clock) / ID_PERIOD_US;

  return id == make_connection_id (server, from, period) ||
         id == make_connection_id (server, from, period - 1);
}

static void
begin_answer (Answer  *answer,
              guint32  action,
              guint32  transaction)
{
  bt_write_u32 (answer->bytes, action);
  bt_write_u32 (answer->bytes + 4, transaction);
  answer->n_bytes = 8;
}

static void
append_u32 (Answer  *answer,
            guint32  value)
{
  bt_write_u32 (answer->bytes + answer->n_bytes, value);
  answer->n_bytes += 4;
}

static void
answer_error (Answer     *answer,
              guint32     transaction,
              const char *message)
{
  begin_answer (answer, ACTION_ERROR, transaction);
  memcpy (answer->bytes + answer->n_bytes, message, strlen (message));
  answer->n_bytes += strlen (message);
}

static void
answer_connect (BtTrackerServer *server,
                const BtAddress *from,
                guint32          transaction,
                Answer          *answer)
{
  gint64 period = bt_clock_get_us (server->clock) / ID_PERIOD_US;

  begin_answer (answer, ACTION_CONNECT, transaction);
  bt_write_u64 (answer->bytes + answer->n_bytes, make_connection_id (server, from, period));
  answer->n_bytes += 8;
}

static void
append_peers (BtTrackerServer      *server,
              const BtBookAnnounce *announce,
              Answer               *answer)
{
  BtBookPeer peers[BT_TRACKER_SERVER_MAX_ANSWER_PEERS];
  BtFamily family = (BtFamily) announce->address.family;
  gsize stride = family == BT_FAMILY_IPV6 ? 18 : 6;
  guint n_max = (guint) ((MAX_ANSWER_BYTES - answer->n_bytes) / stride);
  guint n_peers;

  n_peers = bt_tracker_book_pick (server->book, announce, family, peers,
                                  MIN (n_max, G_N_ELEMENTS (peers)));
  for (guint i = 0; i < n_peers; i++)
    answer->n_bytes += bt_address_to_compact (&peers[i].address, answer->bytes + answer->n_bytes);
}

/* `bytes` are ANNOUNCE_BYTES at least; options behind them (BEP 41) mean nothing to us. */
static void
answer_announce (BtTrackerServer *server,
                 const BtAddress *from,
                 const guint8    *bytes,
                 guint32          transaction,
                 Answer          *answer)
{
  BtBookAnnounce announce = { .address = *from };
  BtBookCounts counts;
  guint32 event = bt_read_u32 (bytes + 80);
  gint32 n_wanted = (gint32) bt_read_u32 (bytes + 92);

  memcpy (announce.info_hash, bytes + 16, sizeof announce.info_hash);
  memcpy (announce.peer_id, bytes + 36, sizeof announce.peer_id);
  announce.left_bytes = bt_read_u64 (bytes + 64);
  announce.address.port = bt_read_u16 (bytes + 96);
  announce.event = event <= BT_BOOK_EVENT_STOPPED ? (BtBookEvent) event : BT_BOOK_EVENT_NONE;
  announce.n_wanted = n_wanted < 0 ? DEFAULT_WANTED : (guint) n_wanted;
  if (!bt_tracker_book_announce (server->book, &announce, bt_clock_get_us (server->clock)))
    {
      answer_error (answer, transaction, "the tracker is full");
      return;
    }

  server->n_announces++;
  bt_tracker_book_count (server->book, announce.info_hash, &counts);
  begin_answer (answer, ACTION_ANNOUNCE, transaction);
  append_u32 (answer, server->interval_s);
  append_u32 (answer, counts.n_leechers);
  append_u32 (answer, counts.n_seeds);
  append_peers (server, &announce, answer);
}

static void
answer_scrape (BtTrackerServer *server,
               const guint8    *bytes,
               gsize            n_bytes,
               guint32          transaction,
               Answer          *answer)
{
  gsize n_hashes = MIN ((n_bytes - HEAD_BYTES) / BT_SHA1_BYTES, MAX_SCRAPE_HASHES);

  begin_answer (answer, ACTION_SCRAPE, transaction);
  for (gsize i = 0; i < n_hashes; i++)
    {
      BtBookCounts counts;

      bt_tracker_book_count (server->book, bytes + HEAD_BYTES + i * BT_SHA1_BYTES, &counts);
      append_u32 (answer, counts.n_seeds);
      append_u32 (answer, counts.n_downloaded);
      append_u32 (answer, counts.n_leechers);
    }
}

/* Leaves `answer` empty when the packet deserves none. */
static void
judge_packet (BtTrackerServer *server,
              const BtAddress *from,
              const guint8    *bytes,
              gsize            n_bytes,
              Answer          *answer)
{
  guint64 id;
  guint32 action;
  guint32 transaction;

  if (n_bytes < HEAD_BYTES)
    return;

  id = bt_read_u64 (bytes);
  action = bt_read_u32 (bytes + 8);
  transaction = bt_read_u32 (bytes + 12);
  if (action == ACTION_CONNECT && id == PROTOCOL_ID)
    answer_connect (server, from, transaction, answer);
  else if (!is_good_id (server, from, id))
    answer_error (answer, transaction, "the connection id is not valid");
  else if (action == ACTION_ANNOUNCE && n_bytes >= ANNOUNCE_BYTES)
    answer_announce (server, from, bytes, transaction, answer);
  else if (action == ACTION_SCRAPE && n_bytes >= HEAD_BYTES + BT_SHA1_BYTES)
    answer_scrape (server, bytes, n_bytes, transaction, answer);
  else
    answer_error (answer, transaction, "the request is not understood");
}

static void
socket_readable_cb (guint32  events,
                    gpointer user_data)
{
  BtServerSocket *socket = user_data;

  for (guint i = 0; i < MAX_PACKETS_PER_WAKEUP; i++)
    {
      guint8 bytes[MAX_DATAGRAM_BYTES];
      struct sockaddr_storage sa;
      socklen_t sa_len = sizeof sa;
      BtAddress from;
      Answer answer = { .n_bytes = 0 };
      gssize n_bytes;

      n_bytes = recvfrom (socket->fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa, &sa_len);
      if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (n_bytes < 0 || !bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &from))
        continue;

      judge_packet (socket->server, &from, bytes, (gsize) n_bytes, &answer);
      /* An answer that cannot be sent is one lost on the way: the peer asks again. */
      if (answer.n_bytes > 0 &&
          sendto (socket->fd, answer.bytes, answer.n_bytes, MSG_NOSIGNAL,
                  (struct sockaddr *) &sa, sa_len) < 0)
        continue;
    }
}

static gboolean
open_socket (BtTrackerServer *server,
             BtServerSocket  *socket_,
             const BtAddress *address)
{
  struct sockaddr_storage sa;
  socklen_t sa_len = bt_address_to_sockaddr (address, &sa);
  int on = 1;

  socket_->server = server;
  bt_poll_watch_init (&socket_->watch, socket_readable_cb, socket_);
  socket_->fd = socket (sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return socket_->fd >= 0 &&
         (address->family != BT_FAMILY_IPV6 ||
          setsockopt (socket_->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
         bind (socket_->fd, (struct sockaddr *) &sa, sa_len) == 0 &&
         bt_poller_add (server->poller, &socket_->watch, socket_->fd, EPOLLIN);
}

static guint16
get_local_port (int fd)
{
  struct sockaddr_storage sa;
  socklen_t sa_len = sizeof sa;
  BtAddress address;

  if (getsockname (fd, (struct sockaddr *) &sa, &sa_len) != 0 ||
      !bt_address_from_sockaddr ((struct sockaddr *) &sa, sa_len, &address))
    return 0;
  return address.port;
}

static void
close_socket (BtServerSocket *socket)
{
  if (socket->fd < 0)
    return;

  bt_poller_remove (socket->server->poller, &socket->watch);
  close (socket->fd);
  socket->fd = -1;
}

gboolean
bt_tracker_server_listen_udp (BtTrackerServer  *server,
                              guint16           port,
                              GError          **error)
{
  static const BtFamily families[2] = { BT_FAMILY_IPV4, BT_FAMILY_IPV6 };
  gboolean is_any = server->bind.family == BT_FAMILY_NONE;

  server->udp_port = port;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      BtAddress address = is_any ? (BtAddress) { .family = families[i] } : server->bind;
      int code;

      if (!is_any && server->bind.family != families[i])
        continue;
      address.port = server->udp_port;
      if (open_socket (server, &server->sockets[i], &address))
        {
          server->udp_port = get_local_port (server->sockets[i].fd);
          continue;
        }

      code = errno;
      close_socket (&server->sockets[i]);
      /* A host without IPv6 still has a tracker. */
      if (is_any && i == 1 && (code == EAFNOSUPPORT || code == EADDRNOTAVAIL))
        continue;
      bt_tracker_server_close_udp (server);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "Cannot listen for UDP: %s", g_strerror (code));
      return FALSE;
    }
  return TRUE;
}

void
bt_tracker_server_close_udp (BtTrackerServer *server)
{
  for (guint i = 0; i < G_N_ELEMENTS (server->sockets); i++)
    close_socket (&server->sockets[i]);
}
