/* bt-poller.c - every socket of the engine behind one GSource
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-poller.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <unistd.h>

/* So many descriptors are served in one turn; epoll hands out the others first next time. */
#define MAX_EVENTS 256

typedef struct
{
  GSource   source;
  BtPoller *poller;  /* borrowed */
} PollerSource;

struct _BtPoller
{
  /* owned */
  GSource            *source;
  BtSocketRules      *socket_rules;
  int                 epoll_fd;

  /* borrowed */
  gpointer            epoll_tag;
  GQueue              tasks;  /* of BtPollTask, linked through their own links */

  /* values */
  GList               round_end;  /* without data; stands in `tasks` while a round runs */
  guint               n_watches;
  guint               n_events;
  gboolean            is_dispatching;
  struct epoll_event  events[MAX_EVENTS];  /* data.ptr: the watch; NULL: forgotten */
};

/* Whoever is called may remove any watch: its place in `events` is emptied then, so that no pointer
 * outlives it.
 */
static void
serve_descriptors (BtPoller *poller)
{
  int n_events = epoll_wait (poller->epoll_fd, poller->events, MAX_EVENTS, 0);

  /* An interrupted call is repeated by the next turn, since what is ready stays ready. */
  poller->n_events = n_events < 0 ? 0 : (guint) n_events;
  for (guint i = 0; i < poller->n_events; i++)
    ((BtPollWatch *) poller->events[i].data.ptr)->ready_index = i + 1;

  for (guint i = 0; i < poller->n_events; i++)
    {
      BtPollWatch *watch = poller->events[i].data.ptr;
      guint32 events;

      if (watch == NULL)
        continue;

      watch->ready_index = 0;
      /* An earlier call of this turn may have stopped asking for some. */
      events = poller->events[i].events & (watch->events | EPOLLERR | EPOLLHUP);
      if (events != 0)
        watch->func (events, watch->user_data);
    }
  poller->n_events = 0;
}

/* Runs the tasks queued up to now; those they queue stand behind the mark. */
static void
run_tasks (BtPoller *poller)
{
  GList *link;

  if (g_queue_is_empty (&poller->tasks))
    return;

  g_queue_push_tail_link (&poller->tasks, &poller->round_end);
  while ((link = g_queue_pop_head_link (&poller->tasks)) != &poller->round_end)
    {
      BtPollTask *task = link->data;

      task->is_queued = FALSE;
      task->func (task->user_data);
    }
}

static gboolean
poller_source_prepare (GSource *source,
                       int     *out_timeout_ms)
{
  BtPoller *poller = ((PollerSource *) source)->poller;

  *out_timeout_ms = -1;
  return !g_queue_is_empty (&poller->tasks);
}

static gboolean
poller_source_check (GSource *source)
{
  BtPoller *poller = ((PollerSource *) source)->poller;

  return !g_queue_is_empty (&poller->tasks) ||
         g_source_query_unix_fd (source, poller->epoll_tag) != 0;
}

static gboolean
poller_source_dispatch (GSource     *source,
                        GSourceFunc  callback,
                        gpointer     user_data)
{
  BtPoller *poller = ((PollerSource *) source)->poller;

  poller->is_dispatching = TRUE;
  if (g_source_query_unix_fd (source, poller->epoll_tag) != 0)
    serve_descriptors (poller);
  run_tasks (poller);
  poller->is_dispatching = FALSE;
  return G_SOURCE_CONTINUE;
}

/* A queued task keeps the loop from sleeping because prepare() says so at each turn: everything happens
 * on the context's thread, so that nothing has to be woken.
 */
static GSourceFuncs poller_source_funcs = {
  .prepare = poller_source_prepare,
  .check = poller_source_check,
  .dispatch = poller_source_dispatch,
};

BtPoller *
bt_poller_new (GMainContext  *context,
               GError       **error)
{
  BtPoller *poller;
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);

  if (epoll_fd < 0)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
                   _("Cannot watch sockets: %s"), g_strerror (code));
      return NULL;
    }

  poller = g_new0 (BtPoller, 1);
  poller->epoll_fd = epoll_fd;
  poller->socket_rules = bt_socket_rules_new ();
  g_queue_init (&poller->tasks);
  poller->source = g_source_new (&poller_source_funcs, sizeof (PollerSource));
  ((PollerSource *) poller->source)->poller = poller;
  g_source_set_static_name (poller->source, "bt-poller");
  poller->epoll_tag = g_source_add_unix_fd (poller->source, epoll_fd, G_IO_IN);
  g_source_attach (poller->source, context);
  return poller;
}

void
bt_poller_free (BtPoller *poller)
{
  if (poller == NULL)
    return;

  g_assert (poller->n_watches == 0);
  g_assert (g_queue_is_empty (&poller->tasks));
  g_assert (!poller->is_dispatching);

  g_source_destroy (poller->source);
  g_source_unref (poller->source);
  close (poller->epoll_fd);
  bt_socket_rules_unref (poller->socket_rules);
  g_free (poller);
}

BtSocketRules *
bt_poller_get_socket_rules (BtPoller *poller)
{
  return poller->socket_rules;
}

void
bt_poll_watch_init (BtPollWatch *watch,
                    BtPollFunc   func,
                    gpointer     user_data)
{
  *watch = (BtPollWatch) { .func = func, .user_data = user_data, .fd = -1 };
}

gboolean
bt_poller_add (BtPoller    *poller,
               BtPollWatch *watch,
               int          fd,
               guint32      events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  g_assert (watch->fd == -1);
  g_assert (watch->ready_index == 0);

  if (epoll_ctl (poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    return FALSE;

  watch->fd = fd;
  watch->events = events;
  poller->n_watches++;
  return TRUE;
}

void
bt_poller_modify (BtPoller    *poller,
                  BtPollWatch *watch,
                  guint32      events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };
  int result;

  g_assert (watch->fd != -1);

  if (watch->events == events)
    return;

  /* The kernel refuses only what it does not watch: a descriptor closed too early. */
  result = epoll_ctl (poller->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
  g_assert (result == 0);
  (void) result;
  watch->events = events;
}

void
bt_poller_remove (BtPoller    *poller,
                  BtPollWatch *watch)
{
  int result;

  if (watch->fd == -1)
    return;

  result = epoll_ctl (poller->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  g_assert (result == 0);
  (void) result;

  if (watch->ready_index != 0)
    poller->events[watch->ready_index - 1].data.ptr = NULL;
  watch->ready_index = 0;
  watch->events = 0;
  watch->fd = -1;
  poller->n_watches--;
}

void
bt_poll_task_init (BtPollTask     *task,
                   BtPollTaskFunc  func,
                   gpointer        user_data)
{
  *task = (BtPollTask) { .func = func, .user_data = user_data };
}

void
bt_poller_queue (BtPoller   *poller,
                 BtPollTask *task)
{
  if (task->is_queued)
    return;

  task->link = (GList) { .data = task };
  task->is_queued = TRUE;
  g_queue_push_tail_link (&poller->tasks, &task->link);
}

void
bt_poller_unqueue (BtPoller   *poller,
                   BtPollTask *task)
{
  if (!task->is_queued)
    return;

  g_queue_unlink (&poller->tasks, &task->link);
  task->is_queued = FALSE;
}
