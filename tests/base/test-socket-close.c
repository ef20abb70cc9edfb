/* test-socket-close.c - how a connection ends that is bound to an interface: the loopback, here
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-socket-close.h"
#include "base/bt-socket-list.h"
#include "base/bt-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static guint8 junk[65536];

/* A connection; `near` is bound. */
typedef struct
{
  BtSocketRules     *rules;
  int                listener;
  int                near;
  int                far;
  struct sockaddr_in address;
} Pair;

static int
connect_near (Pair *pair)
{
  int fd = bt_socket_open (pair->rules, AF_INET, SOCK_STREAM, 0);

  g_assert_cmpint (fd, >=, 0);
  if (connect (fd, (struct sockaddr *) &pair->address, sizeof pair->address) != 0)
    g_assert_cmpint (errno, ==, EINPROGRESS);
  return fd;
}

static void
pair_init (Pair       *pair,
           const char *device)
{
  socklen_t length = sizeof pair->address;

  pair->rules = bt_socket_rules_new ();
  g_strlcpy (pair->rules->device, device, sizeof pair->rules->device);
  pair->address = (struct sockaddr_in) { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  pair->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (pair->listener, (struct sockaddr *) &pair->address, length), ==, 0);
  g_assert_cmpint (listen (pair->listener, BT_SOCKET_CLOSE_MAX + 8), ==, 0);
  g_assert_cmpint (getsockname (pair->listener, (struct sockaddr *) &pair->address, &length), ==,
                   0);
  pair->near = connect_near (pair);
  pair->far = accept4 (pair->listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (pair->far, >=, 0);
}

static void
close_far (Pair *pair)
{
  close (pair->far);
  pair->far = -1;
}

static void
pair_clear (Pair *pair)
{
  if (pair->far >= 0)
    close (pair->far);
  close (pair->listener);
  bt_socket_rules_unref (pair->rules);
  while (bt_socket_close_count (NULL) > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What the other end reads: 0: the end, or else an errno. */
static int
read_end (int fd)
{
  gssize n_bytes = recv (fd, junk, sizeof junk, 0);

  g_assert_cmpint (n_bytes, <=, 0);
  return n_bytes == 0 ? 0 : errno;
}

static gboolean
would_block (int fd)
{
  return recv (fd, junk, sizeof junk, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* --- Tests --- */

static void
test_unbound (void)
{
  Pair pair;

  pair_init (&pair, "");
  bt_socket_close (pair.near, NULL);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 0);
  g_assert_cmpint (fcntl (pair.near, F_GETFD), ==, -1);
  g_assert_cmpint (read_end (pair.far), ==, 0);
  pair_clear (&pair);
}

/* The other side hears that we have ended; what it still says is not answered with a reset. */
static void
test_bound (void)
{
  Pair pair;

  pair_init (&pair, "lo");
  bt_socket_close (pair.near, NULL);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 1);
  g_assert_cmpuint (bt_socket_close_count (g_main_context_default ()), ==, 1);
  g_assert_true (bt_socket_close_has (pair.near));
  g_assert_cmpint (read_end (pair.far), ==, 0);
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpint (send (pair.far, junk, sizeof junk, MSG_NOSIGNAL), ==, sizeof junk);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 1);
  close_far (&pair);
  while (bt_socket_close_count (NULL) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (fcntl (pair.near, F_GETFD), ==, -1);
  pair_clear (&pair);
}

/* Who has ended before hears nothing but that we have, whatever has not been read. */
static void
test_second (void)
{
  Pair pair;

  pair_init (&pair, "lo");
  g_assert_cmpint (send (pair.far, junk, 1000, MSG_NOSIGNAL), ==, 1000);
  g_assert_cmpint (shutdown (pair.far, SHUT_WR), ==, 0);
  bt_socket_close (pair.near, NULL);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 0);
  g_assert_cmpint (read_end (pair.far), ==, 0);
  pair_clear (&pair);
}

/* Who does not stop is reset. */
static void
test_endless (void)
{
  Pair pair;
  gsize n_sent = 0;
  int code = EAGAIN;

  pair_init (&pair, "lo");
  bt_socket_close (pair.near, NULL);
  while (code == EAGAIN)
    {
      gssize n_bytes = send (pair.far, junk, sizeof junk, MSG_NOSIGNAL | MSG_DONTWAIT);

      code = n_bytes < 0 ? errno : EAGAIN;
      n_sent += n_bytes > 0 ? (gsize) n_bytes : 0;
      g_assert_cmpuint (n_sent, <, 4 * BT_SOCKET_CLOSE_MAX_BYTES);
      g_main_context_iteration (NULL, FALSE);
    }
  /* A reset, to who has heard the end. */
  g_assert_cmpint (code, ==, EPIPE);
  g_assert_cmpuint (n_sent, >=, BT_SOCKET_CLOSE_MAX_BYTES);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 0);
  pair_clear (&pair);
}

/* Nor is who never ends waited for for ever. */
static void
test_silent (void)
{
  Pair pair;
  gint64 began_at_us = g_get_monotonic_time ();

  pair_init (&pair, "lo");
  bt_socket_close (pair.near, NULL);
  bt_socket_close_wait (g_main_context_default ());
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - began_at_us, >=, BT_SOCKET_CLOSE_LAST_US);
  while (bt_socket_close_count (NULL) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - began_at_us, >=, BT_SOCKET_CLOSE_US);
  g_assert_cmpint (read_end (pair.far), ==, 0);
  while (send (pair.far, junk, 1, MSG_NOSIGNAL) == 1)
    ;
  g_assert_cmpint (errno, ==, EPIPE);
  pair_clear (&pair);
}

static void
test_many (void)
{
  int fds[BT_SOCKET_CLOSE_MAX];
  Pair pair;

  pair_init (&pair, "lo");
  for (guint i = 0; i < BT_SOCKET_CLOSE_MAX; i++)
    {
      int near = connect_near (&pair);

      fds[i] = accept4 (pair.listener, NULL, NULL, SOCK_CLOEXEC);
      bt_socket_close (near, NULL);
    }
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, BT_SOCKET_CLOSE_MAX);
  bt_socket_close (pair.near, NULL);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, BT_SOCKET_CLOSE_MAX);
  g_assert_cmpint (read_end (pair.far), ==, ECONNRESET);
  for (guint i = 0; i < BT_SOCKET_CLOSE_MAX; i++)
    close (fds[i]);
  pair_clear (&pair);
}

/* The answer to what was being connected finds us, too. The kernel asks a second later again who had no room. */
static void
test_connecting (void)
{
  Pair pair;
  int first;

  pair_init (&pair, "lo");
  g_assert_cmpint (listen (pair.listener, 0), ==, 0);
  first = connect_near (&pair);
  close_far (&pair);
  bt_socket_close (pair.near, NULL);
  pair.near = connect_near (&pair);
  bt_socket_close (pair.near, NULL);
  g_assert_true (bt_socket_close_has (pair.near));

  close (accept4 (pair.listener, NULL, NULL, SOCK_CLOEXEC));
  pair.far = accept4 (pair.listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (pair.far, >=, 0);
  g_assert_true (would_block (pair.far));
  while (would_block (pair.far))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (read_end (pair.far), ==, 0);
  close (first);
  pair_clear (&pair);
}

/* A library's: closed when it says so and nobody has the object any more. It is told of once. */
static void
test_library (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) sockets = NULL;
  GSocket *socket;
  Pair pair;
  guint n = 0;

  pair_init (&pair, "lo");
  socket = g_socket_new_from_fd (pair.near, &error);
  g_assert_no_error (error);
  bt_socket_close_with (socket);
  sockets = bt_socket_list ();
  for (guint i = 0; i < sockets->len; i++)
    n += g_array_index (sockets, BtSocketEntry, i).remote.port == ntohs (pair.address.sin_port);
  g_assert_cmpuint (n, ==, 1);

  g_assert_true (g_socket_close (socket, &error));
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 0);
  g_assert_true (would_block (pair.far));
  g_object_unref (socket);
  g_assert_cmpuint (bt_socket_close_count (NULL), ==, 1);
  g_assert_cmpint (read_end (pair.far), ==, 0);
  pair_clear (&pair);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socket-close/unbound", test_unbound);
  g_test_add_func ("/socket-close/bound", test_bound);
  g_test_add_func ("/socket-close/second", test_second);
  g_test_add_func ("/socket-close/endless", test_endless);
  g_test_add_func ("/socket-close/silent", test_silent);
  g_test_add_func ("/socket-close/many", test_many);
  g_test_add_func ("/socket-close/connecting", test_connecting);
  g_test_add_func ("/socket-close/library", test_library);
  return g_test_run ();
}
