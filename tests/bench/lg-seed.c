/* lg-seed.c - many seeds in one loop, and the small HTTP tracker that hands them out
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "lg-net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_QUEUE     4096  /* a power of two; we say reqq 2000 */
#define REQQ          2000
#define BATCH         64
#define INPUT_BYTES   65536
#define HEAD_BYTES    13
#define MAX_REQUEST   (128 * 1024)
#define GREETING_MAX  (LG_HANDSHAKE_BYTES + 128 * 1024 + 256)

typedef enum
{
  KIND_LISTENER,
  KIND_TRACKER,
  KIND_TRACKER_CLIENT,
  KIND_PEER,
} Kind;

typedef struct
{
  guint32 piece;
  guint32 begin;
  guint32 n_bytes;
} Request;

/* A descriptor in the loop; only peers own what follows `number`.
 *
 * Invariant: requests head … tail - 1 (modulo MAX_QUEUE) wait; `n_sent` bytes of the first one's message are out.
 */
typedef struct
{
  Kind       kind;
  int        fd;
  guint      number;
  gboolean   is_greeted;
  gboolean   is_dialled;
  gboolean   is_blocked;     /* EPOLLOUT is asked for */
  guint8    *input;          /* owned */
  gsize      n_input;
  gsize      n_skip;         /* bytes of an uninteresting message still to come */
  GByteArray *greeting;      /* owned, nullable: goes out before anything else */
  Request   *queue;          /* owned */
  guint      head;
  guint      tail;
  gsize      n_sent;
} Node;

typedef struct
{
  const LgOptions *options;
  int              epoll_fd;
  GHashTable      *nodes;        /* owned, with the nodes in it */
  GString         *peers;        /* owned: the tracker's compact list */
  guint64          n_bytes_sent; /* of blocks */
  double           last_sent_at; /* of these */
  gboolean         is_started;
} Seeds;

static Node *
node_new (Seeds *seeds,
          Kind   kind,
          int    fd,
          guint  number)
{
  Node *node = g_new0 (Node, 1);

  node->kind = kind;
  node->fd = fd;
  node->number = number;
  if (kind == KIND_PEER || kind == KIND_TRACKER_CLIENT)
    node->input = g_malloc (INPUT_BYTES);
  if (kind == KIND_PEER)
    {
      node->queue = g_new (Request, MAX_QUEUE);
      lg_tune_socket (fd);
    }
  g_hash_table_add (seeds->nodes, node);
  lg_watch (seeds->epoll_fd, fd, EPOLL_CTL_ADD, EPOLLIN, node);
  return node;
}

static void
node_free (gpointer data)
{
  Node *node = data;

  close (node->fd);
  g_free (node->input);
  g_free (node->queue);
  if (node->greeting != NULL)
    g_byte_array_unref (node->greeting);
  g_free (node);
}

static void
append_message (GByteArray   *out,
                guint8        id,
                const guint8 *payload,
                guint32       n_bytes)
{
  guint8 head[5];

  lg_write_u32 (head, n_bytes + 1);
  head[4] = id;
  g_byte_array_append (out, head, sizeof head);
  g_byte_array_append (out, payload, n_bytes);
}

/* Extension handshake (BEP 10), all pieces, and an unchoke for anybody. */
static void
append_greeting (Seeds        *seeds,
                 Node         *node,
                 const guint8 *handshake)
{
  const LgTorrent *torrent = &seeds->options->torrent;
  g_autofree char *extension = g_strdup_printf ("%cd1:mde4:reqqi%de1:v10:bt-loadgene", 0, REQQ);
  gsize n_extension = 1 + strlen (extension + 1);

  append_message (node->greeting, 20, (const guint8 *) extension, (guint32) n_extension);
  if (lg_handshake_is_fast (handshake))
    append_message (node->greeting, 14, NULL, 0);
  else
    {
      guint32 n_bytes = (torrent->n_pieces + 7) / 8;
      g_autofree guint8 *bits = g_malloc (n_bytes);

      memset (bits, 0xff, n_bytes);
      if (torrent->n_pieces % 8 != 0)
        bits[n_bytes - 1] = (guint8) (0xff00 >> (torrent->n_pieces % 8));
      append_message (node->greeting, 5, bits, n_bytes);
    }
  append_message (node->greeting, 1, NULL, 0);
}

static void
start_greeting (Seeds *seeds,
                Node  *node)
{
  guint8 handshake[LG_HANDSHAKE_BYTES];

  node->greeting = g_byte_array_new ();
  lg_write_handshake (handshake, &seeds->options->torrent, node->number, TRUE);
  g_byte_array_append (node->greeting, handshake, sizeof handshake);
}

/* Fills `slices` with the messages from the head of the queue on, the first without what is already out. */
static int
gather (const Seeds  *seeds,
        const Node   *node,
        guint8        heads[BATCH][HEAD_BYTES],
        struct iovec *slices,
        int           max_slices)
{
  guint n_messages = MIN (node->tail - node->head, BATCH);
  gsize n_skip = node->n_sent;
  int n = 0;

  for (guint i = 0; i < n_messages && n + 2 + MAX_REQUEST / LG_BLOCK_BYTES < max_slices; i++)
    {
      const Request *request = &node->queue[(node->head + i) % MAX_QUEUE];
      guint64 at = (guint64) request->piece * seeds->options->torrent.piece_bytes + request->begin;
      gsize n_left = request->n_bytes;
      gsize n_bytes;

      lg_write_u32 (heads[i], 9 + request->n_bytes);
      heads[i][4] = 7;
      lg_write_u32 (heads[i] + 5, request->piece);
      lg_write_u32 (heads[i] + 9, request->begin);
      slices[n++] = (struct iovec) { heads[i], HEAD_BYTES };
      for (; n_left > 0; n_left -= n_bytes, at += n_bytes)
        {
          slices[n].iov_base = (void *) lg_content_at (at, &n_bytes);
          n_bytes = MIN (n_bytes, n_left);
          slices[n++].iov_len = n_bytes;
        }
    }
  for (int i = 0; i < n && n_skip > 0; i++)
    {
      gsize cut = MIN (n_skip, slices[i].iov_len);

      slices[i].iov_base = (guint8 *) slices[i].iov_base + cut;
      slices[i].iov_len -= cut;
      n_skip -= cut;
    }
  return n;
}

static void
retire_sent (Node  *node,
             gsize  n_bytes)
{
  node->n_sent += n_bytes;
  while (node->head != node->tail)
    {
      gsize n_message = HEAD_BYTES + node->queue[node->head % MAX_QUEUE].n_bytes;

      if (node->n_sent < n_message)
        return;
      node->n_sent -= n_message;
      node->head++;
    }
}

static void
set_blocked (Seeds    *seeds,
             Node     *node,
             gboolean  is_blocked)
{
  if (node->is_blocked == is_blocked)
    return;
  node->is_blocked = is_blocked;
  lg_watch (seeds->epoll_fd, node->fd, EPOLL_CTL_MOD,
            is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, node);
}

/* FALSE: the connection is gone. Writes once, so that all peers get their turn. */
static gboolean
flush (Seeds *seeds,
       Node  *node)
{
  static guint8 heads[BATCH][HEAD_BYTES];
  static struct iovec slices[4 * BATCH];
  gssize n_bytes;

  if (node->greeting != NULL)
    {
      n_bytes = send (node->fd, node->greeting->data, node->greeting->len, MSG_NOSIGNAL);
      if (n_bytes < 0 && errno != EAGAIN)
        return FALSE;
      if (n_bytes > 0)
        g_byte_array_remove_range (node->greeting, 0, (guint) n_bytes);
      if (node->greeting->len > 0)
        {
          set_blocked (seeds, node, TRUE);
          return TRUE;
        }
      g_clear_pointer (&node->greeting, g_byte_array_unref);
    }
  if (node->head != node->tail)
    {
      int n = gather (seeds, node, heads, slices, G_N_ELEMENTS (slices));

      n_bytes = writev (node->fd, slices, n);
      if (n_bytes < 0 && errno != EAGAIN)
        return FALSE;
      if (n_bytes > 0)
        {
          seeds->n_bytes_sent += (guint64) n_bytes;
          seeds->last_sent_at = lg_now ();
          retire_sent (node, (gsize) n_bytes);
        }
    }
  set_blocked (seeds, node, node->head != node->tail);
  return TRUE;
}

static gboolean
take_request (Seeds        *seeds,
              Node         *node,
              const guint8 *payload)
{
  const LgTorrent *torrent = &seeds->options->torrent;
  Request request = { lg_read_u32 (payload), lg_read_u32 (payload + 4), lg_read_u32 (payload + 8) };
  guint64 end = (guint64) request.piece * torrent->piece_bytes + request.begin + request.n_bytes;

  if (request.piece >= torrent->n_pieces || request.n_bytes == 0 || request.n_bytes > MAX_REQUEST ||
      request.begin > torrent->piece_bytes - 1 || end > torrent->total_bytes ||
      node->tail - node->head == MAX_QUEUE)
    {
      fprintf (stderr, "bt-loadgen: bad request %u %u %u\n", request.piece, request.begin,
               request.n_bytes);
      return FALSE;
    }
  if (!seeds->is_started)
    {
      seeds->is_started = TRUE;
      printf ("{\"event\":\"first-request\",\"at\":%.6f}\n", lg_now ());
      fflush (stdout);
    }
  node->queue[node->tail++ % MAX_QUEUE] = request;
  return TRUE;
}

/* Whole messages at `p`; returns the bytes used, or -1. What is no request is passed over. */
static gssize
eat_messages (Seeds        *seeds,
              Node         *node,
              const guint8 *p,
              gsize         n_bytes)
{
  gsize used = 0;

  while (n_bytes - used >= 4)
    {
      guint32 length = lg_read_u32 (p + used);
      gsize n_there = n_bytes - used - 4;

      if (length >= 1 && n_there >= 1 && p[used + 4] == 6)
        {
          if (length != 13)
            return -1;
          if (n_there < length)
            break;
          if (!take_request (seeds, node, p + used + 5))
            return -1;
        }
      else if (length > n_there)
        {
          if (length < 64)
            break;
          node->n_skip = length - n_there;
          return (gssize) n_bytes;
        }
      used += 4 + length;
    }
  return (gssize) used;
}

static gboolean
eat_handshake (Seeds *seeds,
               Node  *node)
{
  if (!lg_is_handshake (node->input, &seeds->options->torrent))
    return FALSE;
  /* One we dialled has begun, and may be through with its part. */
  if (!node->is_dialled)
    start_greeting (seeds, node);
  else if (node->greeting == NULL)
    node->greeting = g_byte_array_new ();
  append_greeting (seeds, node, node->input);
  node->is_greeted = TRUE;
  return TRUE;
}

/* FALSE: the connection is gone. */
static gboolean
peer_readable (Seeds *seeds,
               Node  *node)
{
  gssize n_bytes = recv (node->fd, node->input + node->n_input, INPUT_BYTES - node->n_input, 0);
  gsize at = 0;
  gssize used;

  if (n_bytes <= 0)
    return n_bytes < 0 && errno == EAGAIN;
  node->n_input += (gsize) n_bytes;
  if (!node->is_greeted)
    {
      if (node->n_input < LG_HANDSHAKE_BYTES)
        return TRUE;
      if (!eat_handshake (seeds, node))
        return FALSE;
      at = LG_HANDSHAKE_BYTES;
    }
  if (node->n_skip > 0)
    {
      gsize n_skipped = MIN (node->n_skip, node->n_input - at);

      node->n_skip -= n_skipped;
      at += n_skipped;
    }
  used = eat_messages (seeds, node, node->input + at, node->n_input - at);
  if (used < 0)
    return FALSE;
  at += (gsize) used;
  node->n_input -= at;
  memmove (node->input, node->input + at, node->n_input);
  return node->is_blocked || flush (seeds, node);
}

/* Answers one announce, and is done. */
static void
tracker_readable (Seeds *seeds,
                  Node  *node)
{
  g_autoptr (GString) answer = NULL;
  g_autoptr (GString) body = NULL;
  gssize n_bytes = recv (node->fd, node->input + node->n_input, INPUT_BYTES - 1 - node->n_input, 0);

  if (n_bytes < 0 && errno == EAGAIN)
    return;
  if (n_bytes > 0)
    {
      node->n_input += (gsize) n_bytes;
      node->input[node->n_input] = '\0';
      if (strstr ((const char *) node->input, "\r\n\r\n") == NULL)
        return;
      body = g_string_new (NULL);
      g_string_append_printf (body, "d8:completei%" G_GINT64_FORMAT "e"
                              "10:incompletei1e8:intervali1800e5:peers%zu:",
                              seeds->options->n_peers, seeds->peers->len);
      g_string_append_len (body, seeds->peers->str, (gssize) seeds->peers->len);
      g_string_append_c (body, 'e');
      answer = g_string_new (NULL);
      g_string_append_printf (answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                              "Content-Length: %zu\r\nConnection: close\r\n\r\n", body->len);
      g_string_append_len (answer, body->str, (gssize) body->len);
      if (send (node->fd, answer->str, answer->len, MSG_NOSIGNAL) < 0)
        fprintf (stderr, "bt-loadgen: tracker: %s\n", g_strerror (errno));
    }
  g_hash_table_remove (seeds->nodes, node);
}

static void
accept_all (Seeds *seeds,
            Node  *listener)
{
  int fd;

  while ((fd = accept4 (listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    node_new (seeds, listener->kind == KIND_LISTENER ? KIND_PEER : KIND_TRACKER_CLIENT, fd,
              listener->number);
}

static void
dispatch (Seeds   *seeds,
          Node    *node,
          guint32  events)
{
  gboolean is_alive = TRUE;

  switch (node->kind)
    {
    case KIND_LISTENER:
    case KIND_TRACKER:
      accept_all (seeds, node);
      break;
    case KIND_TRACKER_CLIENT:
      tracker_readable (seeds, node);
      break;
    case KIND_PEER:
    default:
      if (events & EPOLLOUT)
        is_alive = flush (seeds, node);
      if (is_alive && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        is_alive = peer_readable (seeds, node);
      if (!is_alive)
        g_hash_table_remove (seeds->nodes, node);
      break;
    }
}

/* Opens the listeners and says where they are. */
static void
open_ports (Seeds *seeds)
{
  const LgOptions *options = seeds->options;
  struct sockaddr_in address = options->listen;
  char text[INET_ADDRSTRLEN];
  int fd;

  address.sin_port = 0;
  fd = lg_listen (&address);
  node_new (seeds, KIND_TRACKER, fd, 0);
  inet_ntop (AF_INET, &address.sin_addr, text, sizeof text);
  printf ("{\"event\":\"ready\",\"tracker\":\"http://%s:%u/announce\",\"seeds\":[", text,
          ntohs (address.sin_port));
  for (guint i = 0; i < options->n_peers; i++)
    {
      address = lg_address_nth (&options->listen, i);
      fd = lg_listen (&address);
      node_new (seeds, KIND_LISTENER, fd, i);
      inet_ntop (AF_INET, &address.sin_addr, text, sizeof text);
      printf ("%s\"%s:%u\"", i == 0 ? "" : ",", text, ntohs (address.sin_port));
      g_string_append_len (seeds->peers, (const char *) &address.sin_addr, 4);
      g_string_append_len (seeds->peers, (const char *) &address.sin_port, 2);
    }
  printf ("]}\n");
  fflush (stdout);
}

static void
dial_all (Seeds *seeds)
{
  const LgOptions *options = seeds->options;

  for (guint i = 0; i < options->n_peers; i++)
    {
      struct sockaddr_in from = lg_address_nth (&options->listen, i);
      Node *node = node_new (seeds, KIND_PEER, lg_connect (&options->connect, &from), i);

      node->is_dialled = TRUE;
      start_greeting (seeds, node);
      set_blocked (seeds, node, TRUE);
    }
}

int
lg_seed (const LgOptions *options)
{
  Seeds seeds = { .options = options, .peers = g_string_new (NULL) };
  struct epoll_event events[LG_MAX_EVENTS];
  struct rusage usage;
  double until = options->n_seconds > 0 ? lg_now () + (double) options->n_seconds : G_MAXDOUBLE;

  seeds.nodes = g_hash_table_new_full (NULL, NULL, node_free, NULL);
  seeds.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  open_ports (&seeds);
  if (options->connect.sin_port != 0)
    dial_all (&seeds);
  while (!lg_is_stopped () && lg_now () < until)
    {
      int n = epoll_wait (seeds.epoll_fd, events, LG_MAX_EVENTS, 200);

      for (int i = 0; i < n; i++)
        dispatch (&seeds, events[i].data.ptr, events[i].events);
    }
  getrusage (RUSAGE_SELF, &usage);
  printf ("{\"event\":\"end\",\"sent_bytes\":%" G_GUINT64_FORMAT
          ",\"last_sent_at\":%.6f,\"cpu_s\":%.3f}\n",
          seeds.n_bytes_sent, seeds.last_sent_at,
          (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
          (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  g_hash_table_unref (seeds.nodes);
  g_string_free (seeds.peers, TRUE);
  close (seeds.epoll_fd);
  return 0;
}
