/* bt-tracker-answer.c - what a tracker answered, read from its bencoded form
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-tracker-answer.h"

#include "bt-tracker-hub.h"

#include "bencode/bt-bencode.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_DEPTH  8
/* Enough for a full answer of the dictionary kind; the peers behind the limit of peers are not looked at. */
#define MAX_TOKENS 250000
#define MAX_IP_TEXT_BYTES 64

static const BtBencodeLimits limits = { .max_depth = MAX_DEPTH,
                                        .max_tokens = MAX_TOKENS,
                                        .max_bytes = BT_TRACKER_MAX_ANSWER_BYTES };

BtTrackerAnswer *
bt_tracker_answer_new (void)
{
  BtTrackerAnswer *answer = g_new0 (BtTrackerAnswer, 1);

  answer->n_seeds = -1;
  answer->n_leechers = -1;
  answer->n_downloaded = -1;
  return answer;
}

void
bt_tracker_answer_free (BtTrackerAnswer *answer)
{
  if (answer == NULL)
    return;

  g_free (answer->failure);
  g_free (answer->warning);
  g_clear_pointer (&answer->tracker_id, g_bytes_unref);
  g_free (answer->peers);
  g_free (answer);
}

char *
bt_tracker_text_dup (const guint8 *bytes,
                     gsize         n_bytes)
{
  g_autofree char *valid = NULL;
  GString *line;

  n_bytes = MIN (n_bytes, BT_TRACKER_MAX_TEXT_BYTES);
  valid = g_utf8_make_valid ((const char *) bytes, (gssize) n_bytes);
  line = g_string_new (NULL);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      /* Formatting characters could turn the line around or hide in it. */
      if (!g_unichar_isprint (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        c = ' ';
      if (line->len + 6 > BT_TRACKER_MAX_TEXT_BYTES)
        break;
      g_string_append_unichar (line, c);
    }
  g_strstrip (line->str);
  if (line->str[0] == '\0')
    {
      g_string_free (line, TRUE);
      return NULL;
    }
  return g_string_free (line, FALSE);
}

/* Room for `n_more` peers, as far as the limit allows; returns how many may be added. */
static gsize
reserve_peers (BtTrackerAnswer *answer,
               gsize            n_more)
{
  n_more = MIN (n_more, BT_TRACKER_MAX_PEERS - answer->n_peers);
  if (n_more > 0)
    answer->peers = g_renew (BtAddress, answer->peers, answer->n_peers + n_more);
  return n_more;
}

void
bt_tracker_answer_add_compact (BtTrackerAnswer *answer,
                               BtFamily         family,
                               const guint8    *bytes,
                               gsize            n_bytes)
{
  gsize stride = family == BT_FAMILY_IPV6 ? 18 : 6;
  gsize n_peers = reserve_peers (answer, n_bytes / stride);

  for (gsize i = 0; i < n_peers; i++)
    {
      BtAddress address;

      if (family == BT_FAMILY_IPV6)
        bt_address_from_compact6 (bytes + i * stride, &address);
      else
        bt_address_from_compact4 (bytes + i * stride, &address);
      if (bt_address_is_connectable (&address))
        answer->peers[answer->n_peers++] = address;
    }
}

/* One peer of the dictionary kind. Names instead of numbers would mean a look-up that a stranger chose: dropped. */
static gboolean
read_peer (BtBencodeNode  node,
           BtAddress     *out_address)
{
  const guint8 *ip;
  gsize n_ip = 0;
  gint64 port = 0;
  char text[MAX_IP_TEXT_BYTES + 1];

  ip = bt_bencode_dict_get_string (node, "ip", &n_ip);
  if (ip == NULL || n_ip == 0 || n_ip > MAX_IP_TEXT_BYTES)
    return FALSE;
  if (!bt_bencode_dict_get_int (node, "port", &port) || port < 1 || port > G_MAXUINT16)
    return FALSE;

  memcpy (text, ip, n_ip);
  text[n_ip] = '\0';
  if (!bt_address_parse (text, (guint16) port, out_address))
    return FALSE;
  out_address->port = (guint16) port;
  return bt_address_is_connectable (out_address);
}

static void
read_peer_list (BtTrackerAnswer *answer,
                BtBencodeNode    list)
{
  BtBencodeIter iter;
  BtBencodeNode node;
  gsize n_left = reserve_peers (answer, bt_bencode_node_count (list));

  bt_bencode_iter_init (&iter, list);
  for (; n_left > 0 && bt_bencode_iter_next (&iter, &node); n_left--)
    {
      BtAddress address;

      if (read_peer (node, &address))
        answer->peers[answer->n_peers++] = address;
    }
}

static void
read_peers (BtTrackerAnswer *answer,
            BtBencodeNode    root)
{
  BtBencodeNode peers = bt_bencode_dict_get (root, "peers");
  const guint8 *packed;
  gsize n_packed = 0;

  if (bt_bencode_node_get_type (peers) == BT_BENCODE_LIST)
    read_peer_list (answer, peers);
  else if ((packed = bt_bencode_node_get_string (peers, &n_packed)) != NULL)
    bt_tracker_answer_add_compact (answer, BT_FAMILY_IPV4, packed, n_packed);

  packed = bt_bencode_dict_get_string (root, "peers6", &n_packed);
  if (packed != NULL)
    bt_tracker_answer_add_compact (answer, BT_FAMILY_IPV6, packed, n_packed);
}

static void
read_external (BtTrackerAnswer *answer,
               BtBencodeNode    root)
{
  guint8 packed[18] = { 0 };
  const guint8 *ip;
  gsize n_ip = 0;

  ip = bt_bencode_dict_get_string (root, "external ip", &n_ip);
  if (ip == NULL || (n_ip != 4 && n_ip != 16))
    return;

  memcpy (packed, ip, n_ip);
  if (n_ip == 4)
    bt_address_from_compact4 (packed, &answer->external);
  else
    bt_address_from_compact6 (packed, &answer->external);
}

/* A number of people: -1 when absent or nonsense. */
static int
read_count (BtBencodeNode  dict,
            const char    *key)
{
  gint64 value = 0;

  if (!bt_bencode_dict_get_int (dict, key, &value) || value < 0)
    return -1;
  return (int) MIN (value, G_MAXINT);
}

/* Seconds: 0 when absent or nonsense. */
static guint
read_seconds (BtBencodeNode  dict,
              const char    *key)
{
  gint64 value = 0;

  if (!bt_bencode_dict_get_int (dict, key, &value) || value < 0)
    return 0;
  return (guint) MIN (value, G_MAXINT);
}

static void
read_retry (BtTrackerAnswer *answer,
            BtBencodeNode    root)
{
  BtBencodeNode node = bt_bencode_dict_get (root, "retry in");
  const guint8 *text;
  gsize n_text = 0;
  gint64 minutes = 0;

  if (bt_bencode_node_equals (node, "never"))
    {
      answer->is_never = TRUE;
      return;
    }

  /* BEP 31 calls it an integer, and its examples write it as a string. */
  text = bt_bencode_node_get_string (node, &n_text);
  if (text != NULL && n_text > 0 && n_text <= 9)
    {
      for (gsize i = 0; i < n_text; i++)
        {
          if (!g_ascii_isdigit (text[i]))
            return;
          minutes = minutes * 10 + (text[i] - '0');
        }
    }
  else if (!bt_bencode_node_get_int (node, &minutes))
    return;
  if (minutes > 0)
    answer->retry_in_s = (guint) MIN (minutes, G_MAXINT / 60) * 60;
}

static char *
read_text (BtBencodeNode  root,
           const char    *key)
{
  const guint8 *bytes;
  gsize n_bytes = 0;

  bytes = bt_bencode_dict_get_string (root, key, &n_bytes);
  return bytes == NULL ? NULL : bt_tracker_text_dup (bytes, n_bytes);
}

/* Whether the answer is a refusal. */
static gboolean
read_failure (BtTrackerAnswer *answer,
              BtBencodeNode    root)
{
  if (!bt_bencode_node_exists (bt_bencode_dict_get (root, "failure reason")))
    return FALSE;

  answer->failure = read_text (root, "failure reason");
  if (answer->failure == NULL)
    answer->failure = g_strdup (_("The tracker refuses without a reason"));
  read_retry (answer, root);
  return TRUE;
}

static BtBencode *
parse_dict (const guint8  *bytes,
            gsize          n_bytes,
            GError       **error)
{
  g_autoptr (BtBencode) document = NULL;
  g_autoptr (GError) reason = NULL;
  gsize n_used = 0;

  document = bt_bencode_parse_prefix (bytes, n_bytes, &limits, &n_used, &reason);
  if (document == NULL)
    g_set_error (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER,
                 _("Not a tracker's answer: %s"), reason->message);
  else if (bt_bencode_node_get_type (bt_bencode_get_root (document)) != BT_BENCODE_DICT)
    g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER,
                         _("Not a tracker's answer: not a dictionary"));
  else
    return g_steal_pointer (&document);
  return NULL;
}

BtTrackerAnswer *
bt_tracker_answer_parse_announce (const guint8  *bytes,
                                  gsize          n_bytes,
                                  GError       **error)
{
  g_autoptr (BtBencode) document = parse_dict (bytes, n_bytes, error);
  g_autoptr (BtTrackerAnswer) answer = NULL;
  BtBencodeNode root;
  const guint8 *id;
  gsize n_id = 0;

  if (document == NULL)
    return NULL;

  root = bt_bencode_get_root (document);
  answer = bt_tracker_answer_new ();
  if (read_failure (answer, root))
    return g_steal_pointer (&answer);

  if (!bt_bencode_node_exists (bt_bencode_dict_get (root, "interval")) &&
      !bt_bencode_node_exists (bt_bencode_dict_get (root, "peers")) &&
      !bt_bencode_node_exists (bt_bencode_dict_get (root, "peers6")))
    {
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER,
                           _("The tracker's answer has neither peers nor an interval"));
      return NULL;
    }

  answer->warning = read_text (root, "warning message");
  answer->interval_s = read_seconds (root, "interval");
  answer->min_interval_s = read_seconds (root, "min interval");
  answer->n_seeds = read_count (root, "complete");
  answer->n_leechers = read_count (root, "incomplete");
  answer->n_downloaded = read_count (root, "downloaded");
  id = bt_bencode_dict_get_string (root, "tracker id", &n_id);
  if (id != NULL && n_id > 0 && n_id <= BT_TRACKER_MAX_ID_BYTES)
    answer->tracker_id = g_bytes_new (id, n_id);
  read_external (answer, root);
  read_peers (answer, root);
  return g_steal_pointer (&answer);
}

BtTrackerAnswer *
bt_tracker_answer_parse_scrape (const guint8  *bytes,
                                gsize          n_bytes,
                                const guint8   info_hash[BT_SHA1_BYTES],
                                GError       **error)
{
  g_autoptr (BtBencode) document = parse_dict (bytes, n_bytes, error);
  g_autoptr (BtTrackerAnswer) answer = NULL;
  BtBencodeNode root;
  BtBencodeNode files;
  BtBencodeNode numbers;

  if (document == NULL)
    return NULL;

  root = bt_bencode_get_root (document);
  answer = bt_tracker_answer_new ();
  if (read_failure (answer, root))
    return g_steal_pointer (&answer);

  files = bt_bencode_dict_get (root, "files");
  numbers = bt_bencode_dict_get_bytes (files, info_hash, BT_SHA1_BYTES);
  if (bt_bencode_node_get_type (numbers) != BT_BENCODE_DICT)
    {
      g_set_error_literal (error, BT_TRACKER_ERROR, BT_TRACKER_ERROR_BAD_ANSWER,
                           _("The tracker's scrape does not speak of this torrent"));
      return NULL;
    }

  answer->n_seeds = read_count (numbers, "complete");
  answer->n_leechers = read_count (numbers, "incomplete");
  answer->n_downloaded = read_count (numbers, "downloaded");
  answer->interval_s = read_seconds (bt_bencode_dict_get (root, "flags"), "min_request_interval");
  return g_steal_pointer (&answer);
}
