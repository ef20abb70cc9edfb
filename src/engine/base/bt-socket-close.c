/* bt-socket-close.c - how a connection that is bound to one network interface ends
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-socket-close.h"

#include "bt-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_READS  16       /* a turn */
#define READ_BYTES 1048576  /* at once: nothing is copied */

typedef struct
{
  GSource       source;

  /* owned */
  int           fd;

  /* borrowed; whoever has sources in a context has the context */
  GMainContext *context;
  gpointer      tag;

  /* values */
  gsize         n_bytes;
  guint         has_ended : 1;  /* we have */
} Closing;

/* A socket of a library's, by a descriptor of our own. */
typedef struct
{
  int           fd;       /* owned */
  GMainContext *context;  /* owned */
} Companion;

G_LOCK_DEFINE_STATIC (all);
static GQueue all = G_QUEUE_INIT;  /* of Closing, borrowed; under the lock */

/* --- One --- */

static guint8
get_state (int fd)
{
  struct tcp_info info = { 0 };
  socklen_t length = sizeof info;

  return getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_state : TCP_CLOSE;
}

/* FALSE: it is over. */
static gboolean
discard (Closing *closing)
{
  for (guint i = 0; i < MAX_READS && closing->n_bytes < BT_SOCKET_CLOSE_MAX_BYTES; i++)
    {
      gssize n_bytes = recv (closing->fd, NULL, READ_BYTES, MSG_DONTWAIT | MSG_TRUNC);

      if (n_bytes < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      if (n_bytes == 0)
        {
          /* Both have ended, or will have with the close. The kernel keeps it until that has been heard. */
          bt_socket_set_reset (closing->fd, FALSE);
          return FALSE;
        }
      closing->n_bytes += (gsize) n_bytes;
    }
  return closing->n_bytes < BT_SOCKET_CLOSE_MAX_BYTES;
}

/* FALSE: it is over. The answer to what asks for a connection is waited for, too. */
static gboolean
go_on (Closing *closing)
{
  guint8 state = get_state (closing->fd);

  if (state == TCP_SYN_SENT)
    return TRUE;
  if (state == TCP_ESTABLISHED && !closing->has_ended)
    {
      closing->has_ended = TRUE;
      if (shutdown (closing->fd, SHUT_WR) != 0)
        return FALSE;
    }
  return discard (closing);
}

/* --- Its source --- */

static gboolean
closing_dispatch (GSource     *source,
                  GSourceFunc  callback,
                  gpointer     user_data)
{
  Closing *closing = (Closing *) source;

  if (g_source_get_time (source) >= g_source_get_ready_time (source) || !go_on (closing))
    return G_SOURCE_REMOVE;
  if (closing->has_ended)
    g_source_modify_unix_fd (source, closing->tag, G_IO_IN);
  return G_SOURCE_CONTINUE;
}

static void
closing_finalize (GSource *source)
{
  Closing *closing = (Closing *) source;

  G_LOCK (all);
  g_queue_remove (&all, closing);
  G_UNLOCK (all);
  close (closing->fd);
}

static GSourceFuncs closing_funcs = {
  .dispatch = closing_dispatch,
  .finalize = closing_finalize,
};

static void
keep (int           fd,
      GMainContext *context)
{
  GSource *source = g_source_new (&closing_funcs, sizeof (Closing));
  Closing *closing = (Closing *) source;

  closing->fd = fd;
  closing->context = context;
  G_LOCK (all);
  g_queue_push_tail (&all, closing);
  G_UNLOCK (all);
  if (go_on (closing))
    {
      g_source_set_static_name (source, "bt-socket-close");
      g_source_set_ready_time (source, g_get_monotonic_time () + BT_SOCKET_CLOSE_US);
      closing->tag = g_source_add_unix_fd (source, fd,
                                           closing->has_ended ? G_IO_IN : G_IO_IN | G_IO_OUT);
      g_source_attach (source, context);
    }
  g_source_unref (source);
}

/* --- All --- */

void
bt_socket_close (int           fd,
                 GMainContext *context)
{
  g_autoptr (GMainContext) own = NULL;

  if (context == NULL)
    context = own = g_main_context_ref_thread_default ();
  if (bt_socket_is_bound (fd) && bt_socket_close_count (NULL) < BT_SOCKET_CLOSE_MAX)
    keep (fd, context);
  else
    close (fd);
}

guint
bt_socket_close_count (GMainContext *context)
{
  guint n = 0;

  G_LOCK (all);
  for (GList *link = all.head; link != NULL; link = link->next)
    n += context == NULL || ((Closing *) link->data)->context == context;
  G_UNLOCK (all);
  return n;
}

gboolean
bt_socket_close_has (int fd)
{
  gboolean has = FALSE;

  G_LOCK (all);
  for (GList *link = all.head; link != NULL && !has; link = link->next)
    has = ((Closing *) link->data)->fd == fd;
  G_UNLOCK (all);
  return has;
}

static gboolean
set_true_cb (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

void
bt_socket_close_wait (GMainContext *context)
{
  GSource *timeout = g_timeout_source_new (BT_SOCKET_CLOSE_LAST_US / 1000);
  gboolean is_over = FALSE;

  g_source_set_callback (timeout, set_true_cb, &is_over, NULL);
  g_source_attach (timeout, context);
  while (!is_over && bt_socket_close_count (context) > 0)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  g_source_unref (timeout);
}

/* --- A library's --- */

static void
socket_gone_cb (gpointer  user_data,
                GObject  *where_it_was)
{
  Companion *companion = user_data;

  bt_socket_close (companion->fd, companion->context);
  g_main_context_unref (companion->context);
  g_free (companion);
}

void
bt_socket_close_with (GSocket *socket)
{
  int fd = fcntl (g_socket_get_fd (socket), F_DUPFD_CLOEXEC, 0);
  Companion *companion;

  if (fd < 0)
    return;
  companion = g_new0 (Companion, 1);
  companion->fd = fd;
  companion->context = g_main_context_ref_thread_default ();
  g_object_weak_ref (G_OBJECT (socket), socket_gone_cb, companion);
}
