/* fuzz-seeker.c - a magnet whose peers say anything, in any order
 *
 * The input is a list of deeds: a peer and what it does, then its bytes. So that more than the handshake is tried,
 * peers greet rightly by themselves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "swarm/bt-seeker.h"
#include "transport/bt-tcp.h"
#include "wire/bt-metadata-message.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_PEERS   4
#define MAX_DEEDS 60
#define OUR_ID    3

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* One for all runs; the second half is of this run. */
static struct
{
  GMainContext      *context;
  BtPeerShared       shared;
  BtSwarmEnvironment env;
  GByteArray        *info;          /* what the link names */
  BtMagnet          *magnet;

  BtSeeker *seeker;
  int       fds[N_PEERS];           /* the other side's ends; -1: none */
  int       n_connections;
  guint     n_called;
  gboolean  is_stopped;
} world;

/* --- The session --- */

static gboolean
may_connect (gpointer session)
{
  return TRUE;
}

static void
connections (gpointer session,
             int      change)
{
  world.n_connections += change;
}

static BtCloseReason
judge (gpointer         session,
       const BtAddress *address)
{
  return BT_CLOSE_NONE;
}

static void
has_come (gpointer         session,
          const BtAddress *address)
{
}

static void
seen_at (gpointer         session,
         const BtAddress *voter,
         const BtAddress *seen)
{
}

static void
dht_node (gpointer         session,
          const BtAddress *node)
{
}

static void
stopped (gpointer  session,
         BtSeeker *seeker)
{
  world.is_stopped = TRUE;
}

static const BtSeekerOps ops = { may_connect, connections, judge, has_come, seen_at,
                                 dht_node, stopped };

static void
found_cb (BtSeeker     *seeker,
          BtMetainfo   *metainfo,
          const GError *error,
          gpointer      user_data)
{
  if (++world.n_called > 1 || metainfo == NULL)
    g_error ("called twice, or for nothing");
}

/* --- The world --- */

static void
make_world (void)
{
  BtSwarmEnvironment *env = &world.env;
  GString *uri = g_string_new ("magnet:?xt=urn:btih:");
  guint8 digest[BT_SHA1_BYTES];
  static const char head[] = "d6:lengthi16384e4:name1:a12:piece lengthi16384e6:pieces20:";

  world.context = g_main_context_new ();
  env->clock = bt_clock_new_manual (world.context, 1000 * BT_SECOND_US);
  env->poller = bt_poller_new (world.context, NULL);
  env->dialer = bt_dialer_new (env->poller, env->clock, &env->bind4, &env->bind6);
  env->pool = bt_block_pool_new (4 * 1024 * 1024);
  env->read_limit = bt_limit_new (env->clock);
  env->write_limit = bt_limit_new (env->clock);
  env->client = "fuzz";
  bt_peer_shared_init (&world.shared, env->clock, env->poller, env->pool);
  env->peer_shared = &world.shared;

  /* Two pieces. */
  world.info = g_byte_array_new ();
  g_byte_array_append (world.info, (const guint8 *) head, strlen (head));
  g_byte_array_append (world.info, (const guint8 *) "01234567890123456789", 20);
  g_byte_array_append (world.info, (const guint8 *) "4:type20000:", 12);
  g_byte_array_set_size (world.info, world.info->len + 20000);
  memset (world.info->data + world.info->len - 20000, 'x', 20000);
  g_byte_array_append (world.info, (const guint8 *) "e", 1);
  bt_sha1 (world.info->data, world.info->len, digest);
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (uri, "%02x", digest[i]);
  world.magnet = bt_magnet_new_from_uri (uri->str, NULL);
  g_string_free (uri, TRUE);
}

static void
settle (void)
{
  while (g_main_context_iteration (world.context, FALSE))
    ;
}

static void
say (guint         i,
     gconstpointer bytes,
     gsize         n_bytes)
{
  if (send (world.fds[i], bytes, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return;
  settle ();
}

static void
say_extended (guint             i,
              guint8            id,
              const GByteArray *payload)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  bt_wire_put_extended (out, id, payload->data, payload->len);
  say (i, out->data, out->len);
}

static void
add_peer (guint i)
{
  BtHandshake theirs = { .has_fast = i & 1, .has_extended = TRUE };
  guint8 bytes[BT_WIRE_HANDSHAKE_BYTES];
  BtAddress address;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
    g_error ("no sockets");
  bt_address_parse ("10.0.0.1", (guint16) (i + 1), &address);
  address.ip[3] = (guint8) (i + 1);
  memcpy (theirs.info_hash, bt_magnet_get_info_hash (world.magnet), BT_SHA1_BYTES);
  theirs.peer_id[0] = (guint8) (i + 1);
  bt_wire_put_handshake (&theirs, bytes);
  world.fds[i] = fds[1];
  bt_seeker_take_stream (world.seeker, bt_tcp_stream_new (world.env.poller, world.env.clock, fds[0],
                                                          &address, FALSE), bytes, sizeof bytes);
  settle ();
}

/* A piece, right or not. */
static void
give (guint         i,
      const guint8 *how)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint32 piece = how[0] % 3;
  BtMetadataMessage message = {
    .type = BT_METADATA_DATA,
    .piece = piece,
    .total_bytes = how[1] == 1 ? how[2] + 1u : world.info->len,
    .n_bytes = bt_metadata_get_piece_bytes (world.info->len, piece),
  };
  g_autofree guint8 *bytes = g_malloc0 (BT_METADATA_PIECE_BYTES);

  if (message.n_bytes > 0)
    memcpy (bytes, world.info->data + piece * BT_METADATA_PIECE_BYTES, message.n_bytes);
  if (how[1] == 2)
    bytes[how[2]] ^= 1;
  if (how[1] == 3)
    message.n_bytes = 1 + how[2];
  message.n_bytes = MAX (message.n_bytes, 1);
  message.data = bytes;
  bt_metadata_message_put (payload, &message);
  say_extended (i, BT_EXTENSION_METADATA, payload);
}

static void
introduce (guint         i,
           const guint8 *how)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtExtensionHandshake handshake = { .has_m = TRUE, .metadata_bytes = world.info->len };

  handshake.ids[BT_EXTENSION_METADATA] = how[0] % 8 == 1 ? 0 : OUR_ID;
  handshake.listen_port = how[1];
  if (how[0] % 8 == 2)
    handshake.metadata_bytes = (guint32) how[1] << (how[2] % 20);
  bt_extension_put_handshake (out, &handshake);
  say (i, out->data, out->len);
}

static void
pass (guint seconds)
{
  guint8 bytes[4096];

  for (guint i = 0; i < N_PEERS; i++)
    while (world.fds[i] >= 0 && recv (world.fds[i], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
      ;
  for (guint i = 0; i < seconds; i++)
    {
      bt_clock_advance (world.env.clock, BT_SECOND_US);
      bt_seeker_tick (world.seeker);
      settle ();
    }
}

static void
check (void)
{
  BtSeekerFacts facts;
  g_autoptr (GArray) rows = bt_seeker_get_peer_rows (world.seeker);
  g_autoptr (GArray) known = bt_seeker_dup_known (world.seeker);

  bt_seeker_get_facts (world.seeker, &facts);
  if (facts.n_peers + facts.n_connecting != rows->len || (int) rows->len != world.n_connections ||
      facts.received_bytes > facts.metadata_bytes || facts.n_asked > facts.n_peers ||
      facts.state == BT_SEEKER_FAILED || known->len > facts.n_known)
    g_error ("the facts are none");
  bt_seeker_facts_clear (&facts);
}

static void
act (guint         i,
     guint         what,
     const guint8 *bytes,
     gsize         n_bytes)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();

  if (world.fds[i] < 0)
    add_peer (i);
  if (what == 0)
    say (i, bytes, n_bytes);
  else if (what == 1)
    {
      g_byte_array_append (payload, bytes, (guint) n_bytes);
      say_extended (i, BT_EXTENSION_METADATA, payload);
    }
  else if (what == 2 && n_bytes >= 1)
    pass (bytes[0] % 16);
  else if (what == 3 && n_bytes >= 3)
    introduce (i, bytes);
  else if (what >= 4 && what < 7 && n_bytes >= 3)
    give (i, bytes);
  else if (what == 7)
    {
      close (world.fds[i]);
      world.fds[i] = -1;
      settle ();
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static const BtSeekerConfig config = { 0 };

  if (world.context == NULL)
    make_world ();
  world.seeker = bt_seeker_new (&world.env, &ops, &world, world.magnet, &config, found_cb, NULL);
  world.n_called = 0;
  world.is_stopped = FALSE;
  for (guint i = 0; i < N_PEERS; i++)
    world.fds[i] = -1;
  /* peer and deed, length, bytes */
  for (guint n = 0; n < MAX_DEEDS && size >= 2; n++)
    {
      gsize n_bytes = MIN (data[1], size - 2);

      act (data[0] % N_PEERS, data[0] / N_PEERS % 8, data + 2, n_bytes);
      check ();
      data += 2 + n_bytes;
      size -= 2 + n_bytes;
    }
  bt_seeker_stop (world.seeker, size % 2);
  for (guint i = 0; i < N_PEERS; i++)
    if (world.fds[i] >= 0)
      close (world.fds[i]);
  settle ();
  if (!world.is_stopped || world.n_connections != 0)
    g_error ("it does not stop");
  bt_seeker_free (world.seeker);
  if (bt_block_pool_get_n_used (world.env.pool) > BT_PEER_N_SPARES)
    g_error ("%u slots are lost", bt_block_pool_get_n_used (world.env.pool));
  return 0;
}
