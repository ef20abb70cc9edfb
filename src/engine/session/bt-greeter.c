/* bt-greeter.c - incoming connections until they have named a torrent, encrypted (MSE) or not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-greeter.h"

#include "base/bt-hash.h"
#include "peers/bt-peer.h"
#include "transport/bt-mse-stream.h"

#include <string.h>

#define NETWORK_BYTES 8  /* of an IPv6 address: what one subscriber has at least */

typedef struct
{
  BtGreeter *greeter;     /* borrowed */
  BtStream  *stream;      /* owned */
  GList      link;
  gint64     came_at_us;
  gsize      n_received;
  guint8     received[BT_WIRE_HANDSHAKE_BYTES];
  guint      is_encrypted : 1;
  guint      is_held : 1;  /* wants to be, and waits for its turn */
} Guest;

/* A torrent by both of its names. */
typedef struct
{
  guint8 hash[BT_SHA1_BYTES];  /* bt_mse_hash_torrent() */
  guint8 info_hash[BT_SHA1_BYTES];
} Torrent;

struct _BtGreeter
{
  BtClock       *clock;      /* borrowed */
  BtPoller      *poller;     /* borrowed */
  BtGreeterFunc  func;
  gpointer       user_data;  /* borrowed */
  GHashTable    *torrents;   /* owned: a set of Torrent, owned, by hash */
  GQueue         guests;     /* Guest, oldest first */
  BtEncryption   encryption;
  guint          max_waiting;
  guint          n_keys;     /* exchanged since the last tick */
};

BtGreeter *
bt_greeter_new (BtClock       *clock,
                BtPoller      *poller,
                guint          max_waiting,
                BtGreeterFunc  func,
                gpointer       user_data)
{
  BtGreeter *greeter = g_new0 (BtGreeter, 1);

  greeter->clock = clock;
  greeter->poller = poller;
  greeter->max_waiting = max_waiting;
  greeter->func = func;
  greeter->user_data = user_data;
  greeter->torrents = g_hash_table_new_full (bt_digest_hash, bt_digest_equal, g_free, NULL);
  g_queue_init (&greeter->guests);
  return greeter;
}

/* Returns its stream. */
static BtStream *
release_guest (Guest *guest)
{
  BtStream *stream = g_steal_pointer (&guest->stream);

  g_queue_unlink (&guest->greeter->guests, &guest->link);
  g_free (guest);
  return stream;
}

static void
close_guest (Guest *guest)
{
  bt_stream_free (release_guest (guest));
}

void
bt_greeter_close_all (BtGreeter *greeter)
{
  while (greeter->guests.head != NULL)
    close_guest (greeter->guests.head->data);
}

void
bt_greeter_free (BtGreeter *greeter)
{
  if (greeter == NULL)
    return;
  bt_greeter_close_all (greeter);
  g_hash_table_unref (greeter->torrents);
  g_free (greeter);
}

void
bt_greeter_set_encryption (BtGreeter    *greeter,
                           BtEncryption  encryption)
{
  greeter->encryption = encryption;
}

/* --- Torrents --- */

void
bt_greeter_add_torrent (BtGreeter    *greeter,
                        const guint8 *info_hash)
{
  Torrent *torrent = g_new (Torrent, 1);

  bt_mse_hash_torrent (info_hash, torrent->hash);
  memcpy (torrent->info_hash, info_hash, BT_SHA1_BYTES);
  g_hash_table_add (greeter->torrents, torrent);
}

void
bt_greeter_remove_torrent (BtGreeter    *greeter,
                           const guint8 *info_hash)
{
  guint8 hash[BT_SHA1_BYTES];

  bt_mse_hash_torrent (info_hash, hash);
  g_hash_table_remove (greeter->torrents, hash);
}

static const guint8 *
look_up (gpointer      user_data,
         const guint8 *hash)
{
  BtGreeter *greeter = user_data;
  const Torrent *torrent = g_hash_table_lookup (greeter->torrents, hash);

  return torrent != NULL ? torrent->info_hash : NULL;
}

/* --- Guests --- */

static void guest_cb (BtStream       *stream,
                      BtStreamEvents  events,
                      gpointer        user_data);

static void
listen_to (Guest *guest)
{
  bt_stream_set_func (guest->stream, guest_cb, guest);
  bt_stream_set_wanted (guest->stream, BT_STREAM_READABLE);
}

/* What it has said is no plain handshake, so it is taken for the beginning of an encrypted one. */
static void
begin_encryption (Guest *guest)
{
  BtGreeter *greeter = guest->greeter;

  guest->is_held = greeter->n_keys >= BT_GREETER_MAX_KEYS_PER_SECOND;
  if (guest->is_held)
    {
      bt_stream_set_wanted (guest->stream, 0);
      return;
    }

  greeter->n_keys++;
  guest->is_encrypted = TRUE;
  guest->stream = bt_mse_stream_accept (greeter->poller, guest->stream, guest->received,
                                        guest->n_received,
                                        bt_mse_stream_get_methods (greeter->encryption), look_up,
                                        greeter);
  guest->n_received = 0;
  listen_to (guest);
}

static void
let_in (Guest             *guest,
        const BtHandshake *handshake)
{
  BtGreeter *greeter = guest->greeter;
  guint8 received[BT_WIRE_HANDSHAKE_BYTES];
  gsize n_received = guest->n_received;

  memcpy (received, guest->received, n_received);
  greeter->func (greeter->user_data, release_guest (guest), handshake, received, n_received);
}

static void
judge (Guest *guest)
{
  BtEncryption encryption = guest->greeter->encryption;
  gboolean has_hash = FALSE;
  BtHandshake handshake;
  gboolean is_bad = bt_wire_parse_handshake (guest->received, guest->n_received, &handshake,
                                             &has_hash) == BT_WIRE_BAD;

  if (is_bad && !guest->is_encrypted && encryption != BT_ENCRYPTION_OFF)
    begin_encryption (guest);
  else if (is_bad || (has_hash && !guest->is_encrypted && encryption == BT_ENCRYPTION_REQUIRE))
    close_guest (guest);
  else if (has_hash)
    let_in (guest, &handshake);
}

static void
guest_cb (BtStream       *stream,
          BtStreamEvents  events,
          gpointer        user_data)
{
  Guest *guest = user_data;
  g_autoptr (GError) error = NULL;
  struct iovec iov = { guest->received + guest->n_received,
                       sizeof guest->received - guest->n_received };
  gssize n = 0;

  if (events & BT_STREAM_READABLE)
    n = bt_stream_readv (stream, &iov, 1, &error);
  if (n < 0 || (n == 0 && (events & BT_STREAM_FAILED)))
    {
      close_guest (guest);
      return;
    }
  guest->n_received += (gsize) n;
  if (n > 0)
    judge (guest);
}

static gboolean
is_same_host (const BtAddress *a,
              const BtAddress *b)
{
  if (a->family != b->family)
    return FALSE;
  return a->family == BT_FAMILY_IPV6 ? memcmp (a->ip, b->ip, NETWORK_BYTES) == 0
                                     : bt_address_equal_ip (a, b);
}

/* NULL: so many may wait. */
static Guest *
find_oldest_of_too_many (BtGreeter       *greeter,
                         const BtAddress *remote)
{
  Guest *oldest = NULL;
  guint n_same = 0;

  if (remote->family == BT_FAMILY_NONE || bt_address_is_local (remote))
    return NULL;
  for (GList *l = greeter->guests.tail; l != NULL; l = l->prev)
    {
      Guest *guest = l->data;

      if (is_same_host (bt_stream_get_remote (guest->stream), remote))
        {
          oldest = guest;
          n_same++;
        }
    }
  return n_same >= BT_GREETER_MAX_PER_ADDRESS ? oldest : NULL;
}

static void
make_room (BtGreeter       *greeter,
           const BtAddress *remote)
{
  Guest *guest = find_oldest_of_too_many (greeter, remote);

  if (guest != NULL)
    close_guest (guest);
  if (greeter->guests.length >= greeter->max_waiting)
    close_guest (greeter->guests.head->data);
}

void
bt_greeter_take (BtGreeter *greeter,
                 BtStream  *stream)
{
  Guest *guest = g_new0 (Guest, 1);

  make_room (greeter, bt_stream_get_remote (stream));
  guest->greeter = greeter;
  guest->stream = stream;
  guest->link.data = guest;
  guest->came_at_us = bt_clock_get_us (greeter->clock);
  g_queue_push_tail_link (&greeter->guests, &guest->link);
  listen_to (guest);
}

static void
serve_held (BtGreeter *greeter)
{
  greeter->n_keys = 0;
  for (GList *l = greeter->guests.head; l != NULL; l = l->next)
    {
      Guest *guest = l->data;

      if (guest->is_held && greeter->n_keys < BT_GREETER_MAX_KEYS_PER_SECOND)
        begin_encryption (guest);
    }
}

void
bt_greeter_tick (BtGreeter *greeter)
{
  gint64 now_us = bt_clock_get_us (greeter->clock);

  while (greeter->guests.head != NULL)
    {
      Guest *guest = greeter->guests.head->data;

      if (now_us - guest->came_at_us < BT_PEER_HANDSHAKE_TIMEOUT_US)
        break;
      close_guest (guest);
    }
  serve_held (greeter);
}

guint
bt_greeter_get_n (BtGreeter *greeter)
{
  return greeter->guests.length;
}
