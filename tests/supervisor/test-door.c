/* test-door.c - messages come in order, on the right thread, and are called or dropped exactly once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "supervisor/bt-door.h"

#define N_THREADS   4
#define N_MESSAGES  5000

typedef struct
{
  GMainContext *context;
  BtDoor       *door;
  GThread      *thread;      /* where messages must come out */
  GArray       *called;      /* guint, in order */
  GArray       *dropped;     /* guint, in order; behind the lock */
  GMutex        lock;
} Place;

typedef struct
{
  Place *place;
  guint  number;
} Message;

typedef struct
{
  Place *place;
  guint  number;
} Sender;

static Place *
place_new (void)
{
  Place *place = g_new0 (Place, 1);

  place->context = g_main_context_new ();
  place->door = bt_door_new (place->context);
  place->thread = g_thread_self ();
  place->called = g_array_new (FALSE, FALSE, sizeof (guint));
  place->dropped = g_array_new (FALSE, FALSE, sizeof (guint));
  g_mutex_init (&place->lock);
  return place;
}

static void
place_free (Place *place)
{
  if (place->door != NULL)
    {
      bt_door_close (place->door);
      bt_door_unref (place->door);
    }
  g_main_context_unref (place->context);
  g_array_unref (place->called);
  g_array_unref (place->dropped);
  g_mutex_clear (&place->lock);
  g_free (place);
}

static Message *
message_new (Place *place,
             guint  number)
{
  Message *message = g_new0 (Message, 1);

  message->place = place;
  message->number = number;
  return message;
}

static void
called_cb (gpointer user_data)
{
  Message *message = user_data;
  Place *place = message->place;

  g_assert_true (g_thread_self () == place->thread);
  g_array_append_val (place->called, message->number);
  g_free (message);
}

static void
dropped_cb (gpointer user_data)
{
  Message *message = user_data;
  Place *place = message->place;

  g_mutex_lock (&place->lock);
  g_array_append_val (place->dropped, message->number);
  g_mutex_unlock (&place->lock);
  g_free (message);
}

static void
put (Place *place,
     guint  number)
{
  bt_door_put (place->door, called_cb, message_new (place, number), dropped_cb);
}

static void
turn (Place *place)
{
  while (g_main_context_iteration (place->context, FALSE))
    ;
}

static void
assert_numbers (GArray *numbers,
                guint   first,
                guint   n)
{
  g_assert_cmpuint (numbers->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (numbers, guint, i), ==, first + i);
}

static void
test_order (void)
{
  Place *place = place_new ();

  for (guint i = 0; i < 100; i++)
    put (place, i);
  g_assert_cmpuint (place->called->len, ==, 0);
  turn (place);
  assert_numbers (place->called, 0, 100);
  /* It does not wake up again for nothing. */
  g_assert_false (g_main_context_pending (place->context));
  put (place, 100);
  turn (place);
  assert_numbers (place->called, 0, 101);
  g_assert_cmpuint (place->dropped->len, ==, 0);
  place_free (place);
}

static void
put_more_cb (gpointer user_data)
{
  Message *message = user_data;
  Place *place = message->place;
  guint number = message->number;

  called_cb (message);
  if (number < 5)
    bt_door_put (place->door, put_more_cb, message_new (place, number + 10), dropped_cb);
}

/* What is put in from inside comes after what was there. */
static void
test_put_inside (void)
{
  Place *place = place_new ();

  for (guint i = 0; i < 10; i++)
    bt_door_put (place->door, put_more_cb, message_new (place, i), dropped_cb);
  turn (place);
  assert_numbers (place->called, 0, 15);
  place_free (place);
}

static gpointer
sender_main (gpointer user_data)
{
  Sender *sender = user_data;

  for (guint i = 0; i < N_MESSAGES; i++)
    put (sender->place, sender->number * N_MESSAGES + i);
  return NULL;
}

static void
start_senders (Place   *place,
               Sender  *senders,
               GThread **threads)
{
  for (guint t = 0; t < N_THREADS; t++)
    {
      senders[t] = (Sender) { place, t };
      threads[t] = g_thread_new ("sender", sender_main, &senders[t]);
    }
}

/* Every put wakes the context, and each thread's own order is kept. */
static void
test_threads (void)
{
  Place *place = place_new ();
  Sender senders[N_THREADS];
  GThread *threads[N_THREADS];
  guint next[N_THREADS] = { 0 };

  start_senders (place, senders, threads);
  while (place->called->len < N_THREADS * N_MESSAGES)
    g_main_context_iteration (place->context, TRUE);
  for (guint t = 0; t < N_THREADS; t++)
    g_thread_join (threads[t]);
  for (guint i = 0; i < place->called->len; i++)
    {
      guint number = g_array_index (place->called, guint, i);

      g_assert_cmpuint (number % N_MESSAGES, ==, next[number / N_MESSAGES]++);
    }
  g_assert_cmpuint (place->dropped->len, ==, 0);
  place_free (place);
}

static gpointer
put_one_main (gpointer user_data)
{
  put (user_data, 7);
  return NULL;
}

static void
test_close (void)
{
  Place *place = place_new ();

  for (guint i = 0; i < 6; i++)
    put (place, i);
  bt_door_put (place->door, called_cb, NULL, NULL);   /* nothing to drop */
  bt_door_close (place->door);
  assert_numbers (place->dropped, 0, 6);
  put (place, 6);
  assert_numbers (place->dropped, 0, 7);
  g_thread_join (g_thread_new ("late", put_one_main, place));
  assert_numbers (place->dropped, 0, 8);
  bt_door_put (place->door, called_cb, NULL, NULL);
  bt_door_close (place->door);   /* once more is harmless */
  turn (place);
  g_assert_cmpuint (place->called->len, ==, 0);
  place_free (place);
}

static void
close_cb (gpointer user_data)
{
  Message *message = user_data;
  Place *place = message->place;

  called_cb (message);
  bt_door_close (place->door);
  bt_door_unref (place->door);
  place->door = NULL;
}

/* Closed, and let go, by one of the messages: those behind it are dropped. */
static void
test_close_inside (void)
{
  Place *place = place_new ();

  put (place, 0);
  bt_door_put (place->door, close_cb, message_new (place, 1), dropped_cb);
  for (guint i = 2; i < 5; i++)
    put (place, i);
  turn (place);
  assert_numbers (place->called, 0, 2);
  assert_numbers (place->dropped, 2, 3);
  place_free (place);
}

/* However the close falls between the puts, nothing is lost and nothing comes twice. */
static void
test_close_among_threads (void)
{
  Place *place = place_new ();
  Sender senders[N_THREADS];
  GThread *threads[N_THREADS];
  g_autofree guint8 *seen = g_malloc0 (N_THREADS * N_MESSAGES);

  start_senders (place, senders, threads);
  while (place->called->len < 1000)
    g_main_context_iteration (place->context, TRUE);
  bt_door_close (place->door);
  for (guint t = 0; t < N_THREADS; t++)
    g_thread_join (threads[t]);
  turn (place);
  for (guint i = 0; i < place->called->len; i++)
    seen[g_array_index (place->called, guint, i)]++;
  for (guint i = 0; i < place->dropped->len; i++)
    seen[g_array_index (place->dropped, guint, i)]++;
  for (guint i = 0; i < N_THREADS * N_MESSAGES; i++)
    g_assert_cmpuint (seen[i], ==, 1);
  place_free (place);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/supervisor/door/order", test_order);
  g_test_add_func ("/supervisor/door/put-inside", test_put_inside);
  g_test_add_func ("/supervisor/door/threads", test_threads);
  g_test_add_func ("/supervisor/door/close", test_close);
  g_test_add_func ("/supervisor/door/close-inside", test_close_inside);
  g_test_add_func ("/supervisor/door/close-among-threads", test_close_among_threads);
  return g_test_run ();
}
