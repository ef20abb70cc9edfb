/* test-local.c - local discovery between sockets of this process, on the loopback alone
 *
 * A loopback does not pass IPv6 multicast on: that family is tested on the interface that has the address
 * FRESHET_LOCAL6 of the environment, which namespace.sh makes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "test-port.h"

#include "discovery/bt-local.h"
#include "discovery/bt-local-message.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_US (60 * G_USEC_PER_SEC)

typedef struct
{
  GMainContext *context;
  BtPoller     *poller;
  BtClock      *clock;
  BtLocal      *locals[2];
  guint         n_heard[2];      /* hashes */
  BtAddress     heard[2];        /* of the last */
  guint8        hash[2][BT_SHA1_BYTES];
  guint16       port;
  int           port_fd;         /* holds it */
} Fixture;

static void
heard (Fixture         *fixture,
       guint            index,
       const guint8    *hash,
       const BtAddress *address)
{
  fixture->n_heard[index]++;
  fixture->heard[index] = *address;
  memcpy (fixture->hash[index], hash, BT_SHA1_BYTES);
}

static void
first_heard_cb (const guint8     hash[BT_SHA1_BYTES],
                const BtAddress *address,
                gpointer         user_data)
{
  heard (user_data, 0, hash, address);
}

static void
second_heard_cb (const guint8     hash[BT_SHA1_BYTES],
                 const BtAddress *address,
                 gpointer         user_data)
{
  heard (user_data, 1, hash, address);
}

static void
fixture_begin (Fixture  *fixture,
               gboolean  is_ipv6)
{
  BtLocalConfig config = { .use_ipv4 = !is_ipv6, .use_ipv6 = is_ipv6 };
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->context = g_main_context_new ();
  g_main_context_push_thread_default (fixture->context);
  fixture->poller = bt_poller_new (fixture->context, NULL);
  fixture->clock = bt_clock_new_manual (fixture->context, BT_SECOND_US);
  fixture->port_fd = test_hold_shared_port (&fixture->port);
  config.port = fixture->port;
  bt_address_parse ("127.0.0.1", 0, &config.bind4);
  if (is_ipv6)
    g_assert_true (bt_address_parse (g_getenv ("FRESHET_LOCAL6"), 0, &config.bind6));
  for (guint i = 0; i < 2; i++)
    {
      BtLocalFunc func = i == 0 ? first_heard_cb : second_heard_cb;

      fixture->locals[i] = bt_local_new (fixture->poller, fixture->clock, &config, func, fixture,
                                         &error);
      g_assert_no_error (error);
    }
}

static void
fixture_end (Fixture *fixture)
{
  for (guint i = 0; i < 2; i++)
    bt_local_free (fixture->locals[i]);
  close (fixture->port_fd);
  bt_clock_free (fixture->clock);
  bt_poller_free (fixture->poller);
  g_main_context_pop_thread_default (fixture->context);
  g_main_context_unref (fixture->context);
}

static gboolean
wait_received (Fixture *fixture,
               guint64  n_at_least)
{
  gint64 end_us = g_get_monotonic_time () + WAIT_US;
  BtLocalFacts facts;

  do
    {
      while (g_main_context_iteration (fixture->context, FALSE))
        ;
      bt_local_get_facts (fixture->locals[1], &facts);
    }
  while (facts.n_received < n_at_least && g_get_monotonic_time () < end_us);
  return facts.n_received >= n_at_least;
}

/* One tells, the other hears it; who told hears nothing of himself. */
static void
test_hear (gconstpointer data)
{
  const gboolean is_ipv6 = GPOINTER_TO_INT (data);
  const guint8 hashes[2][BT_SHA1_BYTES] = { { 1 }, { 2 } };
  Fixture fixture;
  BtLocalFacts facts;

  if (is_ipv6 && g_getenv ("FRESHET_LOCAL6") == NULL)
    {
      g_test_skip ("only in a namespace");
      return;
    }
  fixture_begin (&fixture, is_ipv6);
  bt_local_announce (fixture.locals[0], hashes, 2, 4711);
  g_assert_true (wait_received (&fixture, 1));
  g_assert_cmpuint (fixture.n_heard[0], ==, 0);
  g_assert_cmpuint (fixture.n_heard[1], ==, 2);
  g_assert_cmpuint (fixture.heard[1].port, ==, 4711);
  g_assert_true (bt_address_is_local (&fixture.heard[1]));
  g_assert_cmpint (fixture.heard[1].family, ==, is_ipv6 ? BT_FAMILY_IPV6 : BT_FAMILY_IPV4);
  g_assert_cmpmem (fixture.hash[1], BT_SHA1_BYTES, hashes[1], BT_SHA1_BYTES);
  bt_local_get_facts (fixture.locals[0], &facts);
  g_assert_cmpuint (facts.n_sent, ==, 1);
  g_assert_cmpuint (facts.n_received, ==, 0);
  /* Nothing shared, or nowhere to be reached: nothing said. */
  bt_local_announce (fixture.locals[0], hashes, 0, 4711);
  bt_local_announce (fixture.locals[0], hashes, 1, 0);
  bt_local_get_facts (fixture.locals[0], &facts);
  g_assert_cmpuint (facts.n_sent, ==, 1);
  fixture_end (&fixture);
}

/* A thousand datagrams, good and bad: ten are looked at. */
static void
test_flood (void)
{
  const guint8 hashes[1][BT_SHA1_BYTES] = { { 9 } };
  Fixture fixture;
  BtLocalFacts facts;

  fixture_begin (&fixture, FALSE);
  for (guint i = 1; i <= 1000; i++)
    {
      bt_local_announce (fixture.locals[0], hashes, 1, 4711);
      g_assert_true (wait_received (&fixture, i));
    }
  g_assert_cmpuint (fixture.n_heard[1], ==, BT_LOCAL_MAX_PER_SECOND);
  bt_local_get_facts (fixture.locals[1], &facts);
  g_assert_cmpuint (facts.n_ignored, ==, 1000 - BT_LOCAL_MAX_PER_SECOND);
  bt_clock_advance (fixture.clock, BT_SECOND_US);
  bt_local_announce (fixture.locals[0], hashes, 1, 4711);
  g_assert_true (wait_received (&fixture, 1001));
  g_assert_cmpuint (fixture.n_heard[1], ==, BT_LOCAL_MAX_PER_SECOND + 1);
  fixture_end (&fixture);
}

static void
test_rubbish (void)
{
  Fixture fixture;
  BtLocalFacts facts;
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  g_autofree char *big = g_strnfill (5000, 'x');

  fixture_begin (&fixture, FALSE);
  bt_local_free (fixture.locals[0]);
  fixture.locals[0] = NULL;
  sa.sin_port = htons (fixture.port);
  g_assert_cmpint (sendto (fd, "rubbish", 7, 0, (struct sockaddr *) &sa, sizeof sa), ==, 7);
  g_assert_cmpint (sendto (fd, "", 0, 0, (struct sockaddr *) &sa, sizeof sa), ==, 0);
  g_assert_cmpint (sendto (fd, big, 5000, 0, (struct sockaddr *) &sa, sizeof sa), ==, 5000);
  g_assert_true (wait_received (&fixture, 3));
  bt_local_get_facts (fixture.locals[1], &facts);
  g_assert_cmpuint (facts.n_ignored, ==, 3);
  g_assert_cmpuint (fixture.n_heard[1], ==, 0);
  close (fd);
  fixture_end (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/discovery/local/ipv4", GINT_TO_POINTER (FALSE), test_hear);
  g_test_add_data_func ("/discovery/local/ipv6", GINT_TO_POINTER (TRUE), test_hear);
  g_test_add_func ("/discovery/local/flood", test_flood);
  g_test_add_func ("/discovery/local/rubbish", test_rubbish);
  return g_test_run ();
}
