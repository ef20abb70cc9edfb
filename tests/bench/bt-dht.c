/* bt-dht.c - a DHT node on a socket of its own, and something that asks it a hundred times a second
 *
 *   bt-dht node  --bind ADDRESS:PORT [--bootstrap ADDRESS:PORT] [--search HASH] [--announce PORT] [--seconds N]
 *   bt-dht load  --to ADDRESS:PORT [--rate 100] [--seconds 10]
 *
 * Loopback only. Every line it prints is a JSON object. `load` asks from many addresses of the loopback, so that no
 * single one is above the node's limits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "dht/bt-dht-message.h"
#include "dht/bt-dht.h"

#include "base/bt-random.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_SENDERS    100
#define SECOND_US    G_GINT64_CONSTANT (1000000)
#define MAX_DATAGRAM 4096

typedef struct
{
  char  **words;
  char   *bind;
  char   *bootstrap;
  char   *search;
  char   *to;
  gint64  announce;
  gint64  rate;
  gint64  seconds;
} Options;

/* -1: said why. */
static int
open_socket (const BtAddress *address)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (address, &sa);
  int fd = socket (sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd >= 0 && bind (fd, (struct sockaddr *) &sa, n_sa) == 0)
    return fd;
  fprintf (stderr, "bt-dht: %s\n", g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* --- A node --- */

typedef struct
{
  int   fd;
  guint n_peers;
} Node;

static void
send_cb (gpointer         owner,
         const BtAddress *to,
         const guint8    *bytes,
         gsize            n_bytes)
{
  Node *node = owner;
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (to, &sa);

  /* What the socket does not take is lost, as on any network. */
  if (sendto (node->fd, bytes, n_bytes, 0, (struct sockaddr *) &sa, n_sa) < 0)
    return;
}

static void
peers_cb (gpointer         user_data,
          const BtAddress *peers,
          gsize            n_peers)
{
  char text[BT_ADDRESS_STRING_BYTES];

  for (gsize i = 0; i < n_peers; i++)
    printf ("{\"event\":\"peer\",\"address\":\"%s\"}\n", bt_address_to_string (&peers[i], text));
  fflush (stdout);
}

static void
done_cb (gpointer                 user_data,
         const BtDhtSearchResult *result)
{
  printf ("{\"event\":\"done\",\"asked\":%u,\"answered\":%u,\"stored\":%u,\"peers\":%u,"
          "\"seeds\":%.1f,\"leechers\":%.1f}\n",
          result->n_asked, result->n_answered, result->n_stored, result->n_peers, result->n_seeds,
          result->n_leechers);
  fflush (stdout);
}

static void
search (const Options *options,
        BtDht         *dht,
        gint64         now_us)
{
  BtDhtSearchFlags flags = BT_DHT_SEARCH_SCRAPE;
  guint8 hash[BT_DHT_ID_BYTES];

  for (guint i = 0; i < BT_DHT_ID_BYTES; i++)
    hash[i] = (guint8) (g_ascii_xdigit_value (options->search[2 * i]) << 4 |
                        g_ascii_xdigit_value (options->search[2 * i + 1]));
  if (options->announce > 0)
    flags |= BT_DHT_SEARCH_ANNOUNCE;
  bt_dht_search (dht, hash, flags, (guint16) options->announce, peers_cb, done_cb, NULL, now_us);
}

static void
say_facts (BtDht  *dht,
           gint64  now_us)
{
  struct rusage usage;
  BtDhtFacts facts;

  getrusage (RUSAGE_SELF, &usage);
  bt_dht_get_facts (dht, &facts, now_us);
  printf ("{\"event\":\"facts\",\"good\":%u,\"questionable\":%u,\"queries_in\":%" G_GUINT64_FORMAT
          ",\"dropped\":%" G_GUINT64_FORMAT ",\"answers_in\":%" G_GUINT64_FORMAT
          ",\"timed_out\":%" G_GUINT64_FORMAT ",\"cpu_s\":%.6f}\n",
          facts.ipv4.n_good, facts.ipv4.n_questionable, facts.n_queries_in,
          facts.n_dropped_flood + facts.n_dropped_rubbish + facts.n_dropped_lies,
          facts.n_answers_in, facts.n_timed_out,
          (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec +
          (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / SECOND_US);
  fflush (stdout);
}

static void
receive_all (Node  *node,
             BtDht *dht)
{
  guint8 bytes[MAX_DATAGRAM];
  struct sockaddr_storage sa;
  socklen_t n_sa = sizeof sa;
  BtAddress from;
  gssize n;

  while ((n = recvfrom (node->fd, bytes, sizeof bytes, 0, (struct sockaddr *) &sa, &n_sa)) >= 0)
    {
      if (bt_address_from_sockaddr ((struct sockaddr *) &sa, n_sa, &from))
        bt_dht_receive (dht, &from, bytes, (gsize) n, g_get_monotonic_time ());
      n_sa = sizeof sa;
    }
}

static gboolean
run_node (const Options   *options,
          const BtAddress *address)
{
  static const BtDhtOps ops = { send_cb, NULL };
  BtDhtConfig config = { .has_ipv4 = address->family == BT_FAMILY_IPV4,
                         .has_ipv6 = address->family == BT_FAMILY_IPV6, .version = "FS01" };
  Node node = { .fd = open_socket (address) };
  gint64 now_us = g_get_monotonic_time ();
  gint64 until_us = now_us + options->seconds * SECOND_US;
  BtAddress bootstrap;
  BtDht *dht;

  if (node.fd < 0)
    return FALSE;
  bt_random_fill_secure (config.secret, sizeof config.secret);
  dht = bt_dht_new (&config, &ops, &node, now_us);
  if (options->bootstrap != NULL && bt_address_parse (options->bootstrap, 6881, &bootstrap))
    bt_dht_add_node (dht, &bootstrap, now_us);
  if (options->search != NULL && strlen (options->search) == 2 * BT_DHT_ID_BYTES)
    search (options, dht, now_us);
  printf ("{\"event\":\"ready\"}\n");
  fflush (stdout);
  while (now_us < until_us)
    {
      struct pollfd poll_fd = { .fd = node.fd, .events = POLLIN };
      gint64 wait_us = CLAMP (MIN (bt_dht_get_next_us (dht), until_us) - now_us, 0, SECOND_US);

      poll (&poll_fd, 1, (int) ((wait_us + 999) / 1000));
      if ((poll_fd.revents & POLLIN) != 0)
        receive_all (&node, dht);
      now_us = g_get_monotonic_time ();
      if (now_us >= bt_dht_get_next_us (dht))
        bt_dht_tick (dht, now_us);
    }
  say_facts (dht, now_us);
  bt_dht_free (dht);
  close (node.fd);
  return TRUE;
}

/* --- Those who ask --- */

static void
ask (int              fd,
     const BtAddress *to,
     guint            number,
     BtRandom        *random)
{
  struct sockaddr_storage sa;
  socklen_t n_sa = bt_address_to_sockaddr (to, &sa);
  g_autoptr (GBytes) bytes = NULL;
  BtDhtMessage message;

  bt_dht_message_init (&message);
  bt_dht_id_make_random (&message.id, random);
  bt_dht_id_make_random (&message.target, random);
  message.has_target = TRUE;
  message.method = number % 2 == 0 ? BT_DHT_GET_PEERS : BT_DHT_FIND_NODE;
  message.transaction = (BtDhtBytes) { (const guint8 *) "aa", 2 };
  /* They are not to be asked back. */
  message.is_read_only = TRUE;
  bytes = bt_dht_message_put (&message);
  if (sendto (fd, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 0,
              (struct sockaddr *) &sa, n_sa) < 0)
    fprintf (stderr, "bt-dht: %s\n", g_strerror (errno));
}

static gboolean
run_load (const Options   *options,
          const BtAddress *to)
{
  gint64 began_at_us = g_get_monotonic_time ();
  gint64 n_packets = options->rate * options->seconds;
  guint64 n_answers = 0;
  int fds[N_SENDERS];
  guint8 bytes[MAX_DATAGRAM];
  BtRandom random;

  bt_random_init (&random, 1);
  for (guint i = 0; i < N_SENDERS; i++)
    {
      BtAddress from = { .family = BT_FAMILY_IPV4, .ip = { 127, 0, 9, (guint8) (i + 1) } };

      fds[i] = open_socket (&from);
      if (fds[i] < 0)
        return FALSE;
    }
  for (gint64 n = 0; n < n_packets; n++)
    {
      gint64 due_us = began_at_us + n * SECOND_US / options->rate;
      gint64 now_us = g_get_monotonic_time ();

      if (due_us > now_us)
        g_usleep ((unsigned long) (due_us - now_us));
      ask (fds[n % N_SENDERS], to, (guint) n, &random);
      n_answers += recv (fds[(n + 1) % N_SENDERS], bytes, sizeof bytes, 0) > 0;
    }
  g_usleep (SECOND_US / 5);
  for (guint i = 0; i < N_SENDERS; i++)
    {
      while (recv (fds[i], bytes, sizeof bytes, 0) > 0)
        n_answers++;
      close (fds[i]);
    }
  printf ("{\"event\":\"load\",\"sent\":%" G_GINT64_FORMAT ",\"answers\":%" G_GUINT64_FORMAT "}\n",
          n_packets, n_answers);
  return TRUE;
}

int
main (int   argc,
      char *argv[])
{
  Options options = { .rate = 100, .seconds = 10 };
  g_autoptr (GOptionContext) context = g_option_context_new ("node|load");
  g_autoptr (GError) error = NULL;
  gboolean is_done = FALSE;
  const char *place;
  BtAddress address;
  const GOptionEntry entries[] = {
    { "bind", 0, 0, G_OPTION_ARG_STRING, &options.bind, NULL, NULL },
    { "bootstrap", 0, 0, G_OPTION_ARG_STRING, &options.bootstrap, NULL, NULL },
    { "search", 0, 0, G_OPTION_ARG_STRING, &options.search, NULL, NULL },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, NULL, NULL },
    { "announce", 0, 0, G_OPTION_ARG_INT64, &options.announce, NULL, NULL },
    { "rate", 0, 0, G_OPTION_ARG_INT64, &options.rate, NULL, NULL },
    { "seconds", 0, 0, G_OPTION_ARG_INT64, &options.seconds, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.words, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || options.words == NULL)
    {
      fprintf (stderr, "bt-dht: %s\n", error != NULL ? error->message : "node or load?");
      return 2;
    }
  options.rate = CLAMP (options.rate, 1, 100000);
  place = g_str_equal (options.words[0], "node") ? options.bind : options.to;
  if (place == NULL || !bt_address_parse (place, 6881, &address) ||
      !bt_address_is_loopback (&address))
    fprintf (stderr, "bt-dht: an address of the loopback is needed\n");
  else if (g_str_equal (options.words[0], "node"))
    is_done = run_node (&options, &address);
  else
    is_done = run_load (&options, &address);
  g_strfreev (options.words);
  g_free (options.bind);
  g_free (options.bootstrap);
  g_free (options.search);
  g_free (options.to);
  return is_done ? 0 : 1;
}
