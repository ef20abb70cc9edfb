/* test-udp-full.c - a kernel that has no room, or will not cut what was put together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "kernel.h"

#include "transport/bt-udp.h"

#include <errno.h>
#include <string.h>

#define N_DATAGRAMS 150
#define N_BYTES     1200
#define N_LAST      100    /* of each tenth, which ends a run */
#define MAX_TURNS   10000
#define CUT_TRIES   16     /* refused so often in a row, it is not asked to cut any more */

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtUdp        *udp[2];      /* who sends, who receives */
  BtUdpDatagram datagrams[N_DATAGRAMS];
  struct iovec  iov[N_DATAGRAMS];
  guint8        bytes[N_DATAGRAMS][N_BYTES];
  gsize         n_sent;      /* done with */
  guint         n_taken;
  guint         n_writable;
} Fixture;

static gsize
get_length (guint index)
{
  return index % 10 == 9 ? N_LAST : N_BYTES;
}

/* Each comes once, whole and in its turn. */
static gboolean
take_cb (const BtAddress *from G_GNUC_UNUSED,
         const BtAddress *local G_GNUC_UNUSED,
         const guint8    *bytes,
         gsize            n_bytes,
         gpointer         user_data)
{
  Fixture *fixture = user_data;
  guint index = fixture->n_taken++ % N_DATAGRAMS;

  g_assert_cmpmem (bytes, n_bytes, fixture->bytes[index], get_length (index));
  return TRUE;
}

static void
send_rest (Fixture *fixture)
{
  fixture->n_sent += bt_udp_send_batch (fixture->udp[0], fixture->datagrams + fixture->n_sent,
                                        N_DATAGRAMS - fixture->n_sent);
}

static void
writable_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_writable++;
  send_rest (fixture);
}

static const BtUdpTaker taker = { .take = take_cb, .writable = writable_cb };

static void
set_up (Fixture *fixture)
{
  BtUdpConfig config = { .use_ipv4 = TRUE };
  g_autoptr (GError) error = NULL;

  kernel = (Kernel) { 0 };
  *fixture = (Fixture) { .context = g_main_context_new () };
  fixture->poller = bt_poller_new (fixture->context, &error);
  g_assert_no_error (error);
  g_assert_true (bt_address_parse ("127.0.0.1", 0, &config.bind4));
  for (guint i = 0; i < 2; i++)
    {
      fixture->udp[i] = bt_udp_new (fixture->poller, &config, &error);
      g_assert_no_error (error);
      bt_udp_add (fixture->udp[i], &taker, fixture);
    }
  config.bind4.port = bt_udp_get_port (fixture->udp[1], BT_FAMILY_IPV4);
  for (guint i = 0; i < N_DATAGRAMS; i++)
    {
      memset (fixture->bytes[i], (int) i, N_BYTES);
      fixture->iov[i] = (struct iovec) { fixture->bytes[i], get_length (i) };
      fixture->datagrams[i] = (BtUdpDatagram) { .to = config.bind4, .iov = &fixture->iov[i],
                                                .n_iov = 1, .is_probe = i % 50 == 25 };
    }
}

static void
tear_down (Fixture *fixture)
{
  bt_udp_free (fixture->udp[0]);
  bt_udp_free (fixture->udp[1]);
  bt_poller_free (fixture->poller);
  g_main_context_unref (fixture->context);
  kernel = (Kernel) { 0 };
}

/* What goes over loopback is there at once. */
static void
turn_until_taken (Fixture *fixture,
                  guint    n_taken)
{
  for (guint i = 0; i < MAX_TURNS && fixture->n_taken < n_taken; i++)
    g_main_context_iteration (fixture->context, FALSE);
  g_assert_cmpuint (fixture->n_taken, ==, n_taken);
}

static void
send_all (Fixture *fixture)
{
  guint n_before = fixture->n_taken;

  fixture->n_sent = 0;
  send_rest (fixture);
  turn_until_taken (fixture, n_before + N_DATAGRAMS);
  g_assert_cmpuint (fixture->n_sent, ==, N_DATAGRAMS);
  for (guint i = 0; i < N_DATAGRAMS; i++)
    g_assert_cmpint (fixture->datagrams[i].code, ==, 0);
}

static void
check_facts (Fixture *fixture,
             guint    n_sent)
{
  BtUdpFacts facts;

  while (g_main_context_iteration (fixture->context, FALSE))
    continue;
  g_assert_cmpuint (fixture->n_taken, ==, n_sent);
  bt_udp_get_facts (fixture->udp[0], &facts);
  g_assert_cmpuint (facts.n_sent, ==, n_sent);
  g_assert_cmpuint (facts.n_unsent, ==, 0);
}

/* Wherever it stops, it goes on from there, as soon as the poller says so and no sooner. */
static void
test_no_room (void)
{
  for (guint every = 1; every <= 9; every++)
    {
      Fixture fixture;

      set_up (&fixture);
      kernel.every = every;
      send_all (&fixture);
      g_assert_cmpuint (kernel.n_full, >=, 2);
      g_assert_cmpuint (fixture.n_writable, ==, kernel.n_full);
      check_facts (&fixture, N_DATAGRAMS);
      tear_down (&fixture);
    }
}

/* Then each goes by itself, and after a while it is not asked any more. */
static void
test_never_cut (gconstpointer code)
{
  Fixture fixture;

  set_up (&fixture);
  kernel.cut_code = GPOINTER_TO_UINT (code);
  for (guint i = 1; i <= 4; i++)
    {
      send_all (&fixture);
      g_assert_cmpuint (kernel.n_messages, ==, i * N_DATAGRAMS);
    }
  g_assert_cmpuint (kernel.n_cut, >=, CUT_TRIES);
  /* Once with others, and once alone, as an error may be another's. */
  g_assert_cmpuint (kernel.n_cut, <=, 5 * CUT_TRIES);
  check_facts (&fixture, 4 * N_DATAGRAMS);
  tear_down (&fixture);
}

/* There is no room either while each goes by itself. */
static void
test_never_cut_no_room (void)
{
  for (guint every = 1; every <= 9; every++)
    {
      Fixture fixture;

      set_up (&fixture);
      kernel.cut_code = EINVAL;
      kernel.every = every;
      send_all (&fixture);
      g_assert_cmpuint (kernel.n_messages, ==, N_DATAGRAMS);
      g_assert_cmpuint (kernel.n_full, >=, 10);
      check_facts (&fixture, N_DATAGRAMS);
      tear_down (&fixture);
    }
}

/* Who cuts now and then is asked for ever. */
static void
test_seldom_cut (void)
{
  Fixture fixture;
  guint n_cut;

  set_up (&fixture);
  for (guint i = 0; i < 2 * CUT_TRIES; i++)
    {
      kernel.cut_code = EMSGSIZE;
      fixture.n_sent = N_DATAGRAMS - 10;
      fixture.n_taken = (guint) fixture.n_sent;
      send_rest (&fixture);
      turn_until_taken (&fixture, N_DATAGRAMS);
      kernel.cut_code = 0;
      fixture.n_taken = 0;
      send_all (&fixture);
    }
  n_cut = kernel.n_cut;
  fixture.n_taken = 0;
  send_all (&fixture);
  g_assert_cmpuint (kernel.n_cut, >, n_cut);
  tear_down (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/udp-full/no-room", test_no_room);
  g_test_add_data_func ("/transport/udp-full/never-cut-eio", GUINT_TO_POINTER (EIO),
                        test_never_cut);
  g_test_add_data_func ("/transport/udp-full/never-cut-einval", GUINT_TO_POINTER (EINVAL),
                        test_never_cut);
  g_test_add_func ("/transport/udp-full/never-cut-no-room", test_never_cut_no_room);
  g_test_add_func ("/transport/udp-full/seldom-cut", test_seldom_cut);
  return g_test_run ();
}
