/* bt-poller.h - every socket of the engine behind one GSource
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-socket.h"

#include <glib.h>
#include <sys/epoll.h>

G_BEGIN_DECLS

typedef struct _BtPoller     BtPoller;
typedef struct _BtPollWatch  BtPollWatch;
typedef struct _BtPollTask   BtPollTask;

/* `events`: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP as epoll gave them. May remove any watch,
 * its own included, and free what holds it. */
typedef void (*BtPollFunc)     (guint32  events,
                                gpointer user_data);
typedef void (*BtPollTaskFunc) (gpointer user_data);

/* Embedded in its owner. Level-triggered. Fields are the poller's. */
struct _BtPollWatch
{
  BtPollFunc func;
  gpointer   user_data;   /* borrowed */
  int        fd;          /* borrowed; -1: not added */
  guint32    events;      /* wanted */
  guint      ready_index; /* 1-based place among the events being dispatched; 0: none */
};

/* Something to do once, after the sockets that are ready now were served and before sleeping: how writes
 * of one turn are gathered. Embedded in its owner. */
struct _BtPollTask
{
  BtPollTaskFunc func;
  gpointer       user_data;  /* borrowed */
  GList          link;       /* the poller's; data is the task itself */
  gboolean       is_queued;
};

/* One epoll descriptor in one GSource, because GMainContext polls each of its descriptors at every turn.
 * Thread: the context's. Errors: G_FILE_ERROR.
 */
BtPoller *bt_poller_new        (GMainContext   *context,
                                GError        **error);
/* No watch may be added and no task queued (asserted). Not from within a watch or task. */
void      bt_poller_free       (BtPoller       *poller);
/* How the sockets that are to be watched are made; at first by no rule. Borrowed; may be changed for those to come. */
BtSocketRules *bt_poller_get_socket_rules (BtPoller *poller);
void      bt_poll_watch_init   (BtPollWatch    *watch,
                                BtPollFunc      func,
                                gpointer        user_data);
/* FALSE with errno when the kernel refuses. */
gboolean  bt_poller_add        (BtPoller       *poller,
                                BtPollWatch    *watch,
                                int             fd,
                                guint32         events);
/* Cheap when nothing changes. An event already fetched that is wanted no more is forgotten. */
void      bt_poller_modify     (BtPoller       *poller,
                                BtPollWatch    *watch,
                                guint32         events);
/* Before the descriptor is closed. An event already fetched for the watch is forgotten. Harmless when not added. */
void      bt_poller_remove     (BtPoller       *poller,
                                BtPollWatch    *watch);
void      bt_poll_task_init    (BtPollTask     *task,
                                BtPollTaskFunc  func,
                                gpointer        user_data);
/* A task queued by a task runs in the next round; harmless when queued already. Wakes the context. */
void      bt_poller_queue      (BtPoller       *poller,
                                BtPollTask     *task);
void      bt_poller_unqueue    (BtPoller       *poller,
                                BtPollTask     *task);

G_END_DECLS
