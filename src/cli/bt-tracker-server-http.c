/* bt-tracker-server-http.c - the small tracker's HTTP side: announce, scrape
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-server-private.h"

#include "bencode/bt-bencode-writer.h"

#include <string.h>

#define DEFAULT_WANTED     50
#define MAX_QUERY_BYTES    8192
#define MAX_SCRAPE_HASHES  64
#define MIN_INTERVAL_S     30

/* One "key=value" of a query, both as they stand in it. */
typedef struct
{
  const char *key;
  gsize       n_key;
  const char *value;
  gsize       n_value;
} Parameter;

/* Steps through a query; FALSE at its end. */
static gboolean
next_parameter (const char **query,
                Parameter   *out)
{
  gsize n_pair;
  const char *equals;

  while (**query == '&')
    (*query)++;
  if (**query == '\0')
    return FALSE;

  n_pair = strcspn (*query, "&");
  equals = memchr (*query, '=', n_pair);
  out->key = *query;
  out->n_key = equals == NULL ? n_pair : (gsize) (equals - *query);
  out->value = equals == NULL ? *query + n_pair : equals + 1;
  out->n_value = n_pair - (gsize) (out->value - *query);
  *query += n_pair;
  return TRUE;
}

static gboolean
is_key (const Parameter *parameter,
        const char      *key)
{
  return parameter->n_key == strlen (key) && memcmp (parameter->key, key, parameter->n_key) == 0;
}

/* Exactly `n_bytes` bytes once "%XX" are decoded. */
static gboolean
decode_bytes (const Parameter *parameter,
              guint8          *out_bytes,
              gsize            n_bytes)
{
  g_autoptr (GBytes) bytes = NULL;

  bytes = g_uri_unescape_bytes (parameter->value, (gssize) parameter->n_value, NULL, NULL);
  if (bytes == NULL || g_bytes_get_size (bytes) != n_bytes)
    return FALSE;
  memcpy (out_bytes, g_bytes_get_data (bytes, NULL), n_bytes);
  return TRUE;
}

static gboolean
decode_number (const Parameter *parameter,
               guint64          max,
               guint64         *out_number)
{
  g_autofree char *text = g_strndup (parameter->value, MIN (parameter->n_value, 24));

  return g_ascii_string_to_unsigned (text, 10, 0, max, out_number, NULL);
}

static BtBookEvent
decode_event (const Parameter *parameter)
{
  static const char *const names[] = { "", "completed", "started", "stopped" };

  for (guint i = 1; i < G_N_ELEMENTS (names); i++)
    if (strlen (names[i]) == parameter->n_value &&
        memcmp (names[i], parameter->value, parameter->n_value) == 0)
      return (BtBookEvent) i;
  return BT_BOOK_EVENT_NONE;
}

static GBytes *
write_failure (const char *reason)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();

  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "failure reason");
  bt_bencode_writer_text (writer, reason);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

typedef struct
{
  BtBookAnnounce announce;
  gboolean       is_compact;
  gboolean       has_no_peer_id;
} Question;

/* NULL, or what is wrong. */
static const char *
read_question (const char *query,
               Question   *question)
{
  BtBookAnnounce *announce = &question->announce;
  Parameter parameter;
  guint64 number = 0;
  gboolean has_hash = FALSE;
  gboolean has_id = FALSE;
  gboolean has_port = FALSE;

  announce->left_bytes = G_MAXUINT64;
  announce->n_wanted = DEFAULT_WANTED;
  question->is_compact = TRUE;
  while (next_parameter (&query, &parameter))
    {
      if (is_key (&parameter, "info_hash"))
        has_hash = decode_bytes (&parameter, announce->info_hash, sizeof announce->info_hash);
      else if (is_key (&parameter, "peer_id"))
        has_id = decode_bytes (&parameter, announce->peer_id, sizeof announce->peer_id);
      else if (is_key (&parameter, "port"))
        {
          has_port = decode_number (&parameter, G_MAXUINT16, &number);
          announce->address.port = (guint16) number;
        }
      else if (is_key (&parameter, "left") && decode_number (&parameter, G_MAXUINT64, &number))
        announce->left_bytes = number;
      else if (is_key (&parameter, "numwant") && decode_number (&parameter, G_MAXUINT, &number))
        announce->n_wanted = (guint) number;
      else if (is_key (&parameter, "compact"))
        question->is_compact = !decode_number (&parameter, G_MAXUINT, &number) || number != 0;
      else if (is_key (&parameter, "no_peer_id"))
        question->has_no_peer_id = TRUE;
      else if (is_key (&parameter, "event"))
        announce->event = decode_event (&parameter);
    }
  if (!has_hash)
    return "info_hash is missing or not 20 bytes";
  if (!has_id)
    return "peer_id is missing or not 20 bytes";
  return has_port ? NULL : "port is missing or not a number";
}

static void
write_compact (BtBencodeWriter  *writer,
               const char       *key,
               const BtBookPeer *peers,
               guint             n_peers,
               BtFamily          family)
{
  g_autoptr (GByteArray) packed = g_byte_array_new ();

  for (guint i = 0; i < n_peers; i++)
    {
      guint8 bytes[18];
      gsize n_bytes = bt_address_to_compact (&peers[i].address, bytes);

      if (peers[i].address.family == family)
        g_byte_array_append (packed, bytes, (guint) n_bytes);
    }
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_string (writer, packed->data, packed->len);
}

static void
write_dictionaries (BtBencodeWriter  *writer,
                    const BtBookPeer *peers,
                    guint             n_peers,
                    gboolean          has_no_peer_id)
{
  char ip[BT_ADDRESS_STRING_BYTES];

  bt_bencode_writer_key (writer, "peers");
  bt_bencode_writer_begin_list (writer);
  for (guint i = 0; i < n_peers; i++)
    {
      bt_bencode_writer_begin_dict (writer);
      bt_bencode_writer_key (writer, "ip");
      bt_bencode_writer_text (writer, bt_address_ip_to_string (&peers[i].address, ip));
      if (!has_no_peer_id)
        {
          bt_bencode_writer_key (writer, "peer id");
          bt_bencode_writer_string (writer, peers[i].peer_id, sizeof peers[i].peer_id);
        }
      bt_bencode_writer_key (writer, "port");
      bt_bencode_writer_int (writer, peers[i].address.port);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
}

static GBytes *
write_answer (BtTrackerServer *server,
              const Question  *question)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  BtBookPeer peers[BT_TRACKER_SERVER_MAX_ANSWER_PEERS];
  BtBookCounts counts;
  guint8 external[18];
  guint n_peers;

  n_peers = bt_tracker_book_pick (server->book, &question->announce, BT_FAMILY_NONE, peers,
                                  G_N_ELEMENTS (peers));
  bt_tracker_book_count (server->book, question->announce.info_hash, &counts);
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "complete");
  bt_bencode_writer_int (writer, counts.n_seeds);
  bt_bencode_writer_key (writer, "downloaded");
  bt_bencode_writer_int (writer, counts.n_downloaded);
  bt_bencode_writer_key (writer, "external ip");
  bt_bencode_writer_string (writer, external,
                            bt_address_to_compact (&question->announce.address, external) - 2);
  bt_bencode_writer_key (writer, "incomplete");
  bt_bencode_writer_int (writer, counts.n_leechers);
  bt_bencode_writer_key (writer, "interval");
  bt_bencode_writer_int (writer, server->interval_s);
  bt_bencode_writer_key (writer, "min interval");
  bt_bencode_writer_int (writer, MIN (server->interval_s, MIN_INTERVAL_S));
  if (question->is_compact)
    {
      write_compact (writer, "peers", peers, n_peers, BT_FAMILY_IPV4);
      write_compact (writer, "peers6", peers, n_peers, BT_FAMILY_IPV6);
    }
  else
    write_dictionaries (writer, peers, n_peers, question->has_no_peer_id);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

static gboolean
get_remote (SoupServerMessage *message,
            BtAddress         *out_address)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  struct sockaddr_storage sa;
  gssize n_sa = remote == NULL ? -1 : g_socket_address_get_native_size (remote);

  return n_sa > 0 && (gsize) n_sa <= sizeof sa &&
         g_socket_address_to_native (remote, &sa, sizeof sa, NULL) &&
         bt_address_from_sockaddr ((struct sockaddr *) &sa, (socklen_t) n_sa, out_address);
}

static GBytes *
answer_announce (BtTrackerServer   *server,
                 SoupServerMessage *message,
                 const char        *query)
{
  Question question = { 0 };
  const char *fault;
  guint16 port;

  fault = read_question (query, &question);
  if (fault != NULL)
    return write_failure (fault);

  port = question.announce.address.port;
  if (!get_remote (message, &question.announce.address))
    return write_failure ("no address");
  question.announce.address.port = port;
  if (!bt_tracker_book_announce (server->book, &question.announce, bt_clock_get_us (server->clock)))
    return write_failure ("the tracker is full");

  server->n_announces++;
  return write_answer (server, &question);
}

static int
compare_hashes (gconstpointer a,
                gconstpointer b)
{
  return memcmp (a, b, BT_SHA1_BYTES);
}

static GBytes *
answer_scrape (BtTrackerServer *server,
               const char      *query)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  guint8 hashes[MAX_SCRAPE_HASHES][BT_SHA1_BYTES];
  guint n_hashes = 0;
  Parameter parameter;

  while (n_hashes < MAX_SCRAPE_HASHES && next_parameter (&query, &parameter))
    if (is_key (&parameter, "info_hash") &&
        decode_bytes (&parameter, hashes[n_hashes], BT_SHA1_BYTES))
      n_hashes++;
  /* A list of everything is nobody's business. */
  if (n_hashes == 0)
    return write_failure ("info_hash is missing or not 20 bytes");

  qsort (hashes, n_hashes, BT_SHA1_BYTES, compare_hashes);
  bt_bencode_writer_begin_dict (writer);
  bt_bencode_writer_key (writer, "files");
  bt_bencode_writer_begin_dict (writer);
  for (guint i = 0; i < n_hashes; i++)
    {
      BtBookCounts counts;

      if (i > 0 && compare_hashes (hashes[i], hashes[i - 1]) == 0)
        continue;
      bt_tracker_book_count (server->book, hashes[i], &counts);
      bt_bencode_writer_key_bytes (writer, hashes[i], BT_SHA1_BYTES);
      bt_bencode_writer_begin_dict (writer);
      bt_bencode_writer_key (writer, "complete");
      bt_bencode_writer_int (writer, counts.n_seeds);
      bt_bencode_writer_key (writer, "downloaded");
      bt_bencode_writer_int (writer, counts.n_downloaded);
      bt_bencode_writer_key (writer, "incomplete");
      bt_bencode_writer_int (writer, counts.n_leechers);
      bt_bencode_writer_end (writer);
    }
  bt_bencode_writer_end (writer);
  bt_bencode_writer_end (writer);
  return bt_bencode_writer_steal_bytes (writer);
}

static void
respond (SoupServerMessage *message,
         GBytes            *body)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, "text/plain", NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
}

static void
request_cb (SoupServer        *http,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *decoded_query,
            gpointer           user_data)
{
  BtTrackerServer *server = user_data;
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GBytes) body = NULL;

  /* The decoded query is of no use: an info hash is not text. */
  query = query == NULL ? "" : query;
  if (soup_server_message_get_method (message) != SOUP_METHOD_GET)
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
  else if (strlen (query) > MAX_QUERY_BYTES)
    soup_server_message_set_status (message, SOUP_STATUS_REQUEST_URI_TOO_LONG, NULL);
  else if (strcmp (path, "/announce") == 0)
    body = answer_announce (server, message, query);
  else if (strcmp (path, "/scrape") == 0)
    body = answer_scrape (server, query);
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  if (body != NULL)
    respond (message, body);
}

/* Before the body: whatever somebody sends, nothing of it is kept. */
static void
early_request_cb (SoupServer        *http,
                  SoupServerMessage *message,
                  const char        *path,
                  GHashTable        *decoded_query,
                  gpointer           user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static gboolean
listen_on (BtTrackerServer  *server,
           GError          **error)
{
  struct sockaddr_storage sa;
  socklen_t sa_len;
  g_autoptr (GSocketAddress) address = NULL;

  if (server->bind.family == BT_FAMILY_NONE)
    return soup_server_listen_all (server->http, server->bind.port, 0, error);

  sa_len = bt_address_to_sockaddr (&server->bind, &sa);
  address = g_socket_address_new_from_native (&sa, sa_len);
  return soup_server_listen (server->http, address, 0, error);
}

gboolean
bt_tracker_server_listen_http (BtTrackerServer  *server,
                               GError          **error)
{
  GSList *uris;

  server->http = g_object_new (SOUP_TYPE_SERVER, "server-header", "freshet ", NULL);
  soup_server_add_early_handler (server->http, NULL, early_request_cb, server, NULL);
  soup_server_add_handler (server->http, NULL, request_cb, server, NULL);
  if (!listen_on (server, error))
    return FALSE;

  uris = soup_server_get_uris (server->http);
  if (uris != NULL)
    server->http_port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}
