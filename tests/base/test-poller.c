/* test-poller.c - descriptors and tasks: what is called, when, and what may be removed meanwhile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "base/bt-poller.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PEERS 300

typedef struct _Peer Peer;

/* One end of a socket pair under watch; the other end is the test's. */
struct _Peer
{
  BtPollWatch watch;
  int         fd;
  int         far_fd;
  guint       n_calls;
  guint32     events;     /* of the last call */
  gboolean    may_read;   /* empties the socket */
  Peer       *to_remove;  /* frees it */
  Peer       *to_mute;    /* wants nothing of it any more */
  gboolean    removes_itself;
  BtPollTask *to_queue;
};

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  GString      *log;
  Peer         *peers[MAX_PEERS];  /* NULL: gone */
  guint         n_peers;
} Fixture;

static Fixture *fixture;

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;

  fixture = g_new0 (Fixture, 1);
  fixture->context = g_main_context_new ();
  fixture->log = g_string_new (NULL);
  fixture->poller = bt_poller_new (fixture->context, &error);
  g_assert_no_error (error);
}

static void
free_peer (Peer *peer)
{
  for (guint i = 0; i < fixture->n_peers; i++)
    if (fixture->peers[i] == peer)
      fixture->peers[i] = NULL;
  bt_poller_remove (fixture->poller, &peer->watch);
  close (peer->fd);
  close (peer->far_fd);
  g_free (peer);
}

static void
tear_down (void)
{
  for (guint i = 0; i < fixture->n_peers; i++)
    if (fixture->peers[i] != NULL)
      free_peer (fixture->peers[i]);
  bt_poller_free (fixture->poller);
  g_main_context_unref (fixture->context);
  g_string_free (fixture->log, TRUE);
  g_clear_pointer (&fixture, g_free);
}

static void
peer_ready_cb (guint32  events,
               gpointer user_data)
{
  Peer *peer = user_data;
  char bytes[64];

  peer->n_calls++;
  peer->events = events;
  g_string_append_c (fixture->log, 'p');
  if (peer->may_read)
    g_assert_cmpint (read (peer->fd, bytes, sizeof bytes), >=, 0);
  if (peer->to_mute != NULL)
    bt_poller_modify (fixture->poller, &peer->to_mute->watch, 0);
  if (peer->to_queue != NULL)
    bt_poller_queue (fixture->poller, peer->to_queue);
  if (peer->to_remove != NULL)
    {
      free_peer (g_steal_pointer (&peer->to_remove));
    }
  if (peer->removes_itself)
    free_peer (peer);
}

static Peer *
add_peer (guint32 events)
{
  Peer *peer = g_new0 (Peer, 1);
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  peer->fd = fds[0];
  peer->far_fd = fds[1];
  bt_poll_watch_init (&peer->watch, peer_ready_cb, peer);
  g_assert_true (bt_poller_add (fixture->poller, &peer->watch, peer->fd, events));
  g_assert_cmpuint (fixture->n_peers, <, MAX_PEERS);
  fixture->peers[fixture->n_peers++] = peer;
  return peer;
}

static void
send_to (Peer *peer)
{
  g_assert_cmpint (write (peer->far_fd, "x", 1), ==, 1);
}

static gboolean
turn (void)
{
  return g_main_context_iteration (fixture->context, FALSE);
}

static void
test_events (void)
{
  Peer *peer;

  set_up ();
  peer = add_peer (EPOLLIN);
  g_assert_false (turn ());

  send_to (peer);
  g_assert_true (turn ());
  g_assert_cmphex (peer->events, ==, EPOLLIN);
  /* Level-triggered: it comes again until it was read. */
  g_assert_true (turn ());
  peer->may_read = TRUE;
  g_assert_true (turn ());
  g_assert_cmpuint (peer->n_calls, ==, 3);
  g_assert_false (turn ());

  bt_poller_modify (fixture->poller, &peer->watch, EPOLLIN | EPOLLOUT);
  bt_poller_modify (fixture->poller, &peer->watch, EPOLLIN | EPOLLOUT);
  peer->may_read = FALSE;
  g_assert_true (turn ());
  g_assert_cmphex (peer->events, ==, EPOLLOUT);

  bt_poller_modify (fixture->poller, &peer->watch, EPOLLIN | EPOLLRDHUP);
  g_assert_false (turn ());
  shutdown (peer->far_fd, SHUT_WR);
  g_assert_true (turn ());
  g_assert_cmphex (peer->events, ==, EPOLLIN | EPOLLRDHUP);

  /* A hang-up is told whether one asks or not. */
  bt_poller_modify (fixture->poller, &peer->watch, 0);
  g_assert_false (turn ());
  shutdown (peer->far_fd, SHUT_RDWR);
  g_assert_true (turn ());
  g_assert_true ((peer->events & EPOLLHUP) != 0);

  bt_poller_remove (fixture->poller, &peer->watch);
  bt_poller_remove (fixture->poller, &peer->watch);
  g_assert_false (turn ());
  tear_down ();
}

static void
test_add_again (void)
{
  Peer *peer;

  set_up ();
  peer = add_peer (EPOLLIN);
  send_to (peer);
  bt_poller_remove (fixture->poller, &peer->watch);
  g_assert_false (turn ());
  g_assert_true (bt_poller_add (fixture->poller, &peer->watch, peer->fd, EPOLLIN));
  g_assert_true (turn ());
  g_assert_cmpuint (peer->n_calls, ==, 1);
  tear_down ();
}

/* epoll takes no plain file: an error, and the watch stays unused. */
static void
test_add_refused (void)
{
  BtPollWatch watch;
  int fd = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);

  set_up ();
  g_assert_cmpint (fd, >=, 0);
  bt_poll_watch_init (&watch, peer_ready_cb, NULL);
  g_assert_false (bt_poller_add (fixture->poller, &watch, fd, EPOLLIN));
  g_assert_cmpint (errno, ==, EPERM);
  bt_poller_remove (fixture->poller, &watch);
  g_assert_false (bt_poller_add (fixture->poller, &watch, -1, EPOLLIN));
  g_assert_cmpint (errno, ==, EBADF);
  close (fd);
  tear_down ();
}

static void
test_many (void)
{
  set_up ();
  for (guint i = 0; i < MAX_PEERS; i++)
    {
      Peer *peer = add_peer (EPOLLIN);

      peer->may_read = TRUE;
      send_to (peer);
    }
  /* More than one turn fetches; nobody is served twice before all are once. */
  g_assert_true (turn ());
  g_assert_true (turn ());
  g_assert_false (turn ());
  for (guint i = 0; i < MAX_PEERS; i++)
    g_assert_cmpuint (fixture->peers[i]->n_calls, ==, 1);
  tear_down ();
}

/* Two that are ready in the same turn each free the other: whoever comes first, the second is never called. */
static void
test_remove_other (void)
{
  Peer *a;
  Peer *b;

  set_up ();
  a = add_peer (EPOLLIN);
  b = add_peer (EPOLLIN);
  a->to_remove = b;
  b->to_remove = a;
  send_to (a);
  send_to (b);
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "p");
  g_assert_true ((fixture->peers[0] == NULL) != (fixture->peers[1] == NULL));
  tear_down ();
}

/* Each frees itself and its neighbour, through a full array of events. */
static void
test_remove_pairs (void)
{
  set_up ();
  for (guint i = 0; i < 200; i++)
    send_to (add_peer (EPOLLIN));
  for (guint i = 0; i < 200; i++)
    {
      fixture->peers[i]->to_remove = fixture->peers[i ^ 1];
      fixture->peers[i]->removes_itself = TRUE;
    }
  g_assert_true (turn ());
  g_assert_cmpuint (fixture->log->len, ==, 100);
  for (guint i = 0; i < 200; i++)
    g_assert_null (fixture->peers[i]);
  g_assert_false (turn ());
  tear_down ();
}

/* Whoever stopped asking within a turn is not told what was fetched before. */
static void
test_mute_other (void)
{
  Peer *a;
  Peer *b;

  set_up ();
  a = add_peer (EPOLLIN);
  b = add_peer (EPOLLIN);
  a->to_mute = b;
  b->to_mute = a;
  send_to (a);
  send_to (b);
  g_assert_true (turn ());
  g_assert_cmpuint (a->n_calls + b->n_calls, ==, 1);
  tear_down ();
}

/* A task that writes its name, and queues or unqueues another. */
typedef struct _Chore Chore;

struct _Chore
{
  BtPollTask task;
  char       name;
  Chore     *to_queue;
  Chore     *to_unqueue;
  guint      n_left;  /* how often `to_queue` is queued */
};

static void
chore_cb (gpointer user_data)
{
  Chore *chore = user_data;

  g_assert_false (chore->task.is_queued);
  g_string_append_c (fixture->log, chore->name);
  if (chore->to_unqueue != NULL)
    bt_poller_unqueue (fixture->poller, &chore->to_unqueue->task);
  if (chore->to_queue != NULL && chore->n_left > 0)
    {
      chore->n_left--;
      bt_poller_queue (fixture->poller, &chore->to_queue->task);
    }
}

static void
plan (Chore *chores,
      guint  n_chores)
{
  for (guint i = 0; i < n_chores; i++)
    {
      chores[i] = (Chore) { .name = (char) ('a' + (int) i) };
      bt_poll_task_init (&chores[i].task, chore_cb, &chores[i]);
    }
}

static void
test_task_order (void)
{
  Chore chores[4];

  set_up ();
  plan (chores, 4);
  bt_poller_queue (fixture->poller, &chores[2].task);
  bt_poller_queue (fixture->poller, &chores[0].task);
  bt_poller_queue (fixture->poller, &chores[3].task);
  bt_poller_queue (fixture->poller, &chores[1].task);
  bt_poller_queue (fixture->poller, &chores[2].task);
  bt_poller_unqueue (fixture->poller, &chores[3].task);
  bt_poller_unqueue (fixture->poller, &chores[3].task);
  g_assert_cmpstr (fixture->log->str, ==, "");
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "cab");
  g_assert_false (turn ());

  /* And again. */
  bt_poller_queue (fixture->poller, &chores[3].task);
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "cabd");
  tear_down ();
}

static void
test_tasks_of_tasks (void)
{
  Chore chores[4];

  set_up ();
  plan (chores, 4);
  /* a and b call each other; what a task queues runs in the next round, after the rest of this one. */
  chores[0].to_queue = &chores[0];
  chores[0].n_left = 2;
  chores[1].to_queue = &chores[3];
  chores[1].n_left = 1;
  for (guint i = 0; i < 3; i++)
    bt_poller_queue (fixture->poller, &chores[i].task);
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "abc");
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "abcad");
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "abcada");
  g_assert_false (turn ());
  tear_down ();
}

/* One that is gone before its turn does not run: not one of this round, nor one of the next. */
static void
test_unqueue_from_task (void)
{
  Chore chores[4];

  set_up ();
  plan (chores, 4);
  chores[0].to_unqueue = &chores[2];
  chores[1].to_queue = &chores[0];
  chores[1].n_left = 1;
  chores[3].to_unqueue = &chores[0];
  for (guint i = 0; i < 4; i++)
    bt_poller_queue (fixture->poller, &chores[i].task);
  g_assert_true (turn ());
  g_assert_cmpstr (fixture->log->str, ==, "abd");
  g_assert_false (turn ());
  tear_down ();
}

/* What sockets queue runs once they all were served, in the same turn. */
static void
test_tasks_after_sockets (void)
{
  Chore chores[2];

  set_up ();
  plan (chores, 2);
  for (guint i = 0; i < 5; i++)
    {
      Peer *peer = add_peer (EPOLLIN);

      peer->may_read = TRUE;
      peer->to_queue = &chores[i % 2].task;
      send_to (peer);
    }
  g_assert_true (turn ());
  g_assert_cmpuint (fixture->log->len, ==, 7);
  g_assert_true (g_str_has_prefix (fixture->log->str, "ppppp"));
  g_assert_false (turn ());
  tear_down ();
}

static gboolean
queue_cb (gpointer user_data)
{
  bt_poller_queue (fixture->poller, user_data);
  return G_SOURCE_REMOVE;
}

/* A task queued by some other source keeps the loop from sleeping. */
static void
test_task_wakes (void)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Chore chore;

  set_up ();
  plan (&chore, 1);
  g_source_set_callback (source, queue_cb, &chore.task, NULL);
  g_source_attach (source, fixture->context);
  for (guint i = 0; i < 2; i++)
    g_main_context_iteration (fixture->context, TRUE);
  g_assert_cmpstr (fixture->log->str, ==, "a");
  tear_down ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/poller/events", test_events);
  g_test_add_func ("/base/poller/add-again", test_add_again);
  g_test_add_func ("/base/poller/add-refused", test_add_refused);
  g_test_add_func ("/base/poller/many", test_many);
  g_test_add_func ("/base/poller/remove-other", test_remove_other);
  g_test_add_func ("/base/poller/remove-pairs", test_remove_pairs);
  g_test_add_func ("/base/poller/mute-other", test_mute_other);
  g_test_add_func ("/base/poller/task-order", test_task_order);
  g_test_add_func ("/base/poller/tasks-of-tasks", test_tasks_of_tasks);
  g_test_add_func ("/base/poller/unqueue-from-task", test_unqueue_from_task);
  g_test_add_func ("/base/poller/tasks-after-sockets", test_tasks_after_sockets);
  g_test_add_func ("/base/poller/task-wakes", test_task_wakes);
  return g_test_run ();
}
