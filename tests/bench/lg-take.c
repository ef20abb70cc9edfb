/* lg-take.c - takers, who download and throw away, and idle peers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "lg-net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRATCH_BYTES   (512 * 1024)
#define CHECK_EVERY     16   /* one block of so many is compared */
#define HEAD_BYTES      13
#define REQUEST_BYTES   17
#define MAX_WINDOW      2000
#define MAX_CONNECTING  64
#define KEEP_ALIVE_S    60.0

enum
{
  BLOCK_MISSING,
  BLOCK_ASKED,
  BLOCK_RECEIVED,
};

/* One connection.
 *
 * Invariant: `n_in_flight` requests are out and unanswered; the next to ask is `next_block`, and all blocks are asked
 * for in a ring that starts somewhere else for each taker.
 */
typedef struct
{
  int      fd;
  guint    number;
  guint8   head[LG_HANDSHAKE_BYTES];
  gsize    n_head;
  gsize    n_left;          /* bytes of the message's payload still to come */
  guint64  at;              /* the content's offset of the next of them, when it is a block */
  gboolean is_greeted;
  gboolean is_block;
  gboolean is_checked;
  gboolean is_choked;
  gboolean is_done;
  guint8  *blocks;          /* owned: one of BLOCK_… for each */
  guint32  n_received;
  guint32  next_block;
  gint64   n_in_flight;
} Taker;

typedef struct
{
  const LgOptions *options;
  int              epoll_fd;
  guint8          *scratch;       /* owned */
  guint32          n_blocks;
  guint32          n_blocks_each;
  guint64          n_bytes;
  guint            n_open;
  guint            n_done;
  guint            n_wrong;
  double           started_at;
} Takers;

static guint32
get_block_bytes (const Takers *takers,
                 guint32       block)
{
  guint64 at = (guint64) block * LG_BLOCK_BYTES;

  return (guint32) MIN (LG_BLOCK_BYTES, takers->options->torrent.total_bytes - at);
}

static void
send_requests (Takers *takers,
               Taker  *taker)
{
  const LgTorrent *torrent = &takers->options->torrent;
  static guint8 out[REQUEST_BYTES * MAX_WINDOW];
  gsize n = 0;
  guint32 n_tried = 0;

  /* Half a window at a time, so that a message holds several requests. */
  if (taker->is_choked || taker->is_done || taker->n_in_flight > takers->options->window / 2)
    return;
  while (taker->n_in_flight < takers->options->window && n_tried++ < takers->n_blocks)
    {
      guint64 at = (guint64) taker->next_block * LG_BLOCK_BYTES;

      if (taker->blocks[taker->next_block] == BLOCK_MISSING)
        {
          taker->blocks[taker->next_block] = BLOCK_ASKED;
          lg_write_u32 (out + n, 13);
          out[n + 4] = 6;
          lg_write_u32 (out + n + 5, (guint32) (at / torrent->piece_bytes));
          lg_write_u32 (out + n + 9, (guint32) (at % torrent->piece_bytes));
          lg_write_u32 (out + n + 13, get_block_bytes (takers, taker->next_block));
          n += REQUEST_BYTES;
          taker->n_in_flight++;
        }
      taker->next_block = (taker->next_block + 1) % takers->n_blocks;
    }
  if (n > 0 && send (taker->fd, out, n, MSG_NOSIGNAL) != (gssize) n)
    fprintf (stderr, "bt-loadgen: taker %u: requests did not fit\n", taker->number);
}

static void
finish_block (Takers *takers,
              Taker  *taker)
{
  guint32 block = (guint32) ((taker->at - 1) / LG_BLOCK_BYTES);

  taker->n_in_flight = MAX (0, taker->n_in_flight - 1);
  if (block < takers->n_blocks && taker->blocks[block] != BLOCK_RECEIVED)
    {
      taker->blocks[block] = BLOCK_RECEIVED;
      taker->n_received++;
    }
  if (!taker->is_done && taker->n_received >= takers->n_blocks_each)
    {
      taker->is_done = TRUE;
      takers->n_done++;
    }
}

static void
eat_block_bytes (Takers       *takers,
                 Taker        *taker,
                 const guint8 *p,
                 gsize         n_bytes)
{
  while (taker->is_checked && n_bytes > 0)
    {
      gsize n_slice;
      const guint8 *bytes = lg_content_at (taker->at, &n_slice);

      n_slice = MIN (n_slice, n_bytes);
      if (memcmp (bytes, p, n_slice) != 0)
        takers->n_wrong++;
      taker->at += n_slice;
      p += n_slice;
      n_bytes -= n_slice;
    }
  taker->at += n_bytes;
}

/* Choked, without BEP 6: what was asked for will not come. */
static void
forget_requests (const Takers *takers,
                 Taker        *taker)
{
  for (guint32 block = 0; block < takers->n_blocks; block++)
    {
      if (taker->blocks[block] == BLOCK_ASKED)
        taker->blocks[block] = BLOCK_MISSING;
    }
}

/* A message's head is complete: says how many bytes of it are payload to pass over. */
static void
start_message (Takers *takers,
               Taker  *taker)
{
  guint32 length = lg_read_u32 (taker->head);
  guint8 id = taker->head[4];

  taker->is_block = FALSE;
  taker->n_head = 0;
  if (length == 0)
    return;
  taker->n_left = length - 1;
  if (id == 0)
    {
      taker->is_choked = TRUE;
      taker->n_in_flight = 0;
      forget_requests (takers, taker);
    }
  else if (id == 1)
    {
      taker->is_choked = FALSE;
      taker->next_block = (guint32) ((guint64) taker->number * takers->n_blocks /
                                     takers->options->n_peers);
    }
  else if (id == 7)
    {
      taker->is_block = TRUE;
      taker->n_left = length - 9;
      taker->at = (guint64) lg_read_u32 (taker->head + 5) * takers->options->torrent.piece_bytes +
                  lg_read_u32 (taker->head + 9);
      taker->is_checked = taker->n_received % CHECK_EVERY == 0;
      takers->n_bytes += length - 9;
    }
}

/* How many bytes of head the message needs before it can be judged: a block's include its place. */
static gsize
get_head_bytes (const Taker *taker)
{
  if (taker->n_head < 4)
    return 4;
  if (lg_read_u32 (taker->head) == 0)
    return 4;
  if (taker->n_head < 5)
    return 5;
  return taker->head[4] == 7 ? HEAD_BYTES : 5;
}

/* An empty BEP 10 handshake, and interested; we have nothing, so there is no bit field. Sent after the other side's
 * handshake: aria2 does not look at what came together with ours until more arrives.
 */
static void
say_interested (const Taker *taker)
{
  static const guint8 bytes[] = "\0\0\0\x04\x14\0de" "\0\0\0\x01\x02";

  if (send (taker->fd, bytes, sizeof bytes - 1, MSG_NOSIGNAL) < 0)
    fprintf (stderr, "bt-loadgen: taker %u: %s\n", taker->number, g_strerror (errno));
}

static void
eat (Takers       *takers,
     Taker        *taker,
     const guint8 *p,
     gsize         n_bytes)
{
  while (n_bytes > 0)
    {
      gsize n;

      if (taker->n_left > 0)
        {
          n = MIN (taker->n_left, n_bytes);
          taker->n_left -= n;
          if (taker->is_block)
            {
              eat_block_bytes (takers, taker, p, n);
              if (taker->n_left == 0)
                finish_block (takers, taker);
            }
        }
      else
        {
          gsize n_wanted = taker->is_greeted ? get_head_bytes (taker) : LG_HANDSHAKE_BYTES;

          n = MIN (n_wanted - taker->n_head, n_bytes);
          memcpy (taker->head + taker->n_head, p, n);
          taker->n_head += n;
          if (!taker->is_greeted && taker->n_head == LG_HANDSHAKE_BYTES)
            {
              taker->is_greeted = TRUE;
              taker->n_head = 0;
              say_interested (taker);
            }
          else if (taker->is_greeted && taker->n_head == get_head_bytes (taker))
            start_message (takers, taker);
        }
      p += n;
      n_bytes -= n;
    }
}

static void
taker_close (Takers *takers,
             Taker  *taker)
{
  if (!taker->is_done)
    fprintf (stderr, "bt-loadgen: taker %u was closed with %u of %u blocks\n", taker->number,
             taker->n_received, takers->n_blocks_each);
  close (taker->fd);
  taker->fd = -1;
  takers->n_open--;
}

static void
taker_readable (Takers *takers,
                Taker  *taker)
{
  gssize n_bytes = recv (taker->fd, takers->scratch, SCRATCH_BYTES, 0);

  if (n_bytes <= 0)
    {
      if (n_bytes == 0 || errno != EAGAIN)
        taker_close (takers, taker);
      return;
    }
  if (takers->started_at == 0 && takers->n_bytes == 0 && taker->is_greeted)
    takers->started_at = lg_now ();
  eat (takers, taker, takers->scratch, (gsize) n_bytes);
  send_requests (takers, taker);
}

static Taker *
taker_new (Takers *takers,
           guint   number)
{
  const LgOptions *options = takers->options;
  struct sockaddr_in from = lg_address_nth (&options->from, number);
  Taker *taker = g_new0 (Taker, 1);

  taker->number = number;
  taker->is_choked = TRUE;
  taker->blocks = g_malloc0 (takers->n_blocks);
  taker->fd = lg_connect (&options->connect, options->from.sin_family != 0 ? &from : NULL);
  lg_watch (takers->epoll_fd, taker->fd, EPOLL_CTL_ADD, EPOLLOUT, taker);
  takers->n_open++;
  return taker;
}

static void
taker_greet (Takers *takers,
             Taker  *taker)
{
  guint8 out[LG_HANDSHAKE_BYTES];

  lg_write_handshake (out, &takers->options->torrent, 0x10000 + taker->number, FALSE);
  if (send (taker->fd, out, sizeof out, MSG_NOSIGNAL) != sizeof out)
    {
      taker_close (takers, taker);
      return;
    }
  lg_watch (takers->epoll_fd, taker->fd, EPOLL_CTL_MOD, EPOLLIN, taker);
}

static void
takers_init (Takers          *takers,
             const LgOptions *options)
{
  *takers = (Takers) { .options = options, .scratch = g_malloc (SCRATCH_BYTES) };
  takers->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  takers->n_blocks = (guint32) ((options->torrent.total_bytes + LG_BLOCK_BYTES - 1) /
                                LG_BLOCK_BYTES);
  takers->n_blocks_each = takers->n_blocks;
  if (options->limit_bytes > 0)
    takers->n_blocks_each = (guint32) MIN (takers->n_blocks, options->limit_bytes / LG_BLOCK_BYTES);
}

static void
takers_report (const Takers *takers)
{
  double seconds = takers->started_at > 0 ? lg_now () - takers->started_at : 0;

  printf ("{\"event\":\"end\",\"bytes\":%" G_GUINT64_FORMAT ",\"seconds\":%.3f,\"mb_per_s\":%.1f,"
          "\"finished\":%u,\"wrong\":%u}\n", takers->n_bytes, seconds,
          seconds > 0 ? (double) takers->n_bytes / seconds / 1e6 : 0,
          takers->n_done, takers->n_wrong);
}

int
lg_take (const LgOptions *options)
{
  Takers takers;
  struct epoll_event events[LG_MAX_EVENTS];
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  double until = options->n_seconds > 0 ? lg_now () + (double) options->n_seconds : G_MAXDOUBLE;
  gboolean is_complete;

  takers_init (&takers, options);
  for (guint i = 0; i < options->n_peers; i++)
    g_ptr_array_add (all, taker_new (&takers, i));
  while (!lg_is_stopped () && takers.n_open > 0 && takers.n_done < all->len && lg_now () < until)
    {
      int n = epoll_wait (takers.epoll_fd, events, LG_MAX_EVENTS, 200);

      for (int i = 0; i < n; i++)
        {
          if (events[i].events & EPOLLOUT)
            taker_greet (&takers, events[i].data.ptr);
          else
            taker_readable (&takers, events[i].data.ptr);
        }
    }
  is_complete = takers.n_done == all->len && takers.n_wrong == 0;
  takers_report (&takers);
  for (guint i = 0; i < all->len; i++)
    {
      Taker *taker = g_ptr_array_index (all, i);

      if (taker->fd >= 0)
        close (taker->fd);
      g_free (taker->blocks);
    }
  g_free (takers.scratch);
  close (takers.epoll_fd);
  return is_complete ? 0 : 1;
}

/* ---- Idle peers: they shake hands, have nothing (or everything), want nothing, and stay ---- */

typedef struct
{
  int      fd;
  guint    number;
  gboolean is_connected;
} Idler;

typedef struct
{
  const LgOptions *options;
  int              epoll_fd;
  Idler           *idlers;       /* owned */
  guint            n_begun;
  guint            n_connected;
  guint            n_closed;
} Idlers;

static void
idler_event (Idlers  *idlers,
             Idler   *idler,
             guint32  events,
             guint8  *scratch)
{
  static const guint8 rest_none[] = "\0\0\0\x04\x14\0de" "\0\0\0\x01\x0f";
  static const guint8 rest_all[] = "\0\0\0\x04\x14\0de" "\0\0\0\x01\x0e";
  guint8 out[LG_HANDSHAKE_BYTES + sizeof rest_none - 1];
  gssize n_bytes;

  if (events & EPOLLOUT)
    {
      lg_write_handshake (out, &idlers->options->torrent, 0x20000 + idler->number, TRUE);
      memcpy (out + LG_HANDSHAKE_BYTES, idlers->options->has_all ? rest_all : rest_none,
              sizeof rest_none - 1);
      if (send (idler->fd, out, sizeof out, MSG_NOSIGNAL) == sizeof out)
        {
          lg_watch (idlers->epoll_fd, idler->fd, EPOLL_CTL_MOD, EPOLLIN, idler);
          return;
        }
    }
  n_bytes = recv (idler->fd, scratch, SCRATCH_BYTES, 0);
  if (n_bytes > 0 && !idler->is_connected)
    {
      idler->is_connected = TRUE;
      idlers->n_connected++;
    }
  if (n_bytes == 0 || (n_bytes < 0 && errno != EAGAIN))
    {
      close (idler->fd);
      idler->fd = -1;
      idlers->n_closed++;
    }
}

static void
begin_some (Idlers *idlers)
{
  const LgOptions *options = idlers->options;

  while (idlers->n_begun < options->n_peers &&
         idlers->n_begun < idlers->n_connected + idlers->n_closed + MAX_CONNECTING)
    {
      Idler *idler = &idlers->idlers[idlers->n_begun];
      struct sockaddr_in from = lg_address_nth (&options->from, idlers->n_begun);

      idler->number = idlers->n_begun++;
      idler->fd = lg_connect (&options->connect, options->from.sin_family != 0 ? &from : NULL);
      lg_watch (idlers->epoll_fd, idler->fd, EPOLL_CTL_ADD, EPOLLOUT, idler);
    }
}

static void
keep_alive (Idlers *idlers)
{
  static const guint8 nothing[4];

  for (guint i = 0; i < idlers->n_begun; i++)
    {
      const Idler *idler = &idlers->idlers[i];

      if (idler->fd >= 0 && idler->is_connected &&
          send (idler->fd, nothing, sizeof nothing, MSG_NOSIGNAL) < 0)
        fprintf (stderr, "bt-loadgen: idle peer %u: %s\n", i, g_strerror (errno));
    }
}

int
lg_idle (const LgOptions *options)
{
  Idlers idlers = { .options = options, .idlers = g_new0 (Idler, options->n_peers) };
  struct epoll_event events[LG_MAX_EVENTS];
  g_autofree guint8 *scratch = g_malloc (SCRATCH_BYTES);
  double until = options->n_seconds > 0 ? lg_now () + (double) options->n_seconds : G_MAXDOUBLE;
  double keep_alive_at = lg_now () + KEEP_ALIVE_S;
  gboolean is_told = FALSE;

  idlers.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  while (!lg_is_stopped () && lg_now () < until)
    {
      int n;

      begin_some (&idlers);
      n = epoll_wait (idlers.epoll_fd, events, LG_MAX_EVENTS, 200);
      for (int i = 0; i < n; i++)
        idler_event (&idlers, events[i].data.ptr, events[i].events, scratch);
      if (!is_told && idlers.n_connected + idlers.n_closed >= options->n_peers)
        {
          is_told = TRUE;
          printf ("{\"event\":\"connected\",\"count\":%u,\"closed\":%u}\n", idlers.n_connected,
                  idlers.n_closed);
          fflush (stdout);
        }
      if (lg_now () > keep_alive_at)
        {
          keep_alive (&idlers);
          keep_alive_at = lg_now () + KEEP_ALIVE_S;
        }
    }
  printf ("{\"event\":\"end\",\"connected\":%u,\"closed\":%u}\n", idlers.n_connected,
          idlers.n_closed);
  close (idlers.epoll_fd);
  g_free (idlers.idlers);
  return 0;
}
