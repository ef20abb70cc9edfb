/* bt-pex-message.c - the message of ut_pex (BEP 11): peers that came and peers that went
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-pex-message.h"

#include "bencode/bt-bencode.h"
#include "bencode/bt-bencode-writer.h"

#define COMPACT4_BYTES 6
#define COMPACT6_BYTES 18

/* A few strings, each with all addresses of a kind. */
static const BtBencodeLimits limits = {
  .max_depth = 8,
  .max_tokens = 256,
  .max_bytes = 256u * 1024,
};

static guint
take (BtBencodeNode  root,
      const char    *addresses_key,
      const char    *flags_key,
      gsize          one_bytes,
      BtPexPeer     *out_peers)
{
  gsize n_bytes, n_flags = 0;
  const guint8 *bytes = bt_bencode_dict_get_string (root, addresses_key, &n_bytes);
  const guint8 *flags = bt_bencode_dict_get_string (root, flags_key, &n_flags);
  guint n = 0;

  if (bytes == NULL || n_bytes % one_bytes != 0)
    return 0;
  for (gsize i = 0; i < n_bytes / one_bytes && i < BT_PEX_MAX_TAKEN; i++)
    {
      BtPexPeer *peer = &out_peers[n];

      if (one_bytes == COMPACT4_BYTES)
        bt_address_from_compact4 (bytes + i * one_bytes, &peer->address);
      else
        bt_address_from_compact6 (bytes + i * one_bytes, &peer->address);
      peer->flags = flags != NULL && i < n_flags ? flags[i] : 0;
      if (bt_address_is_connectable (&peer->address))
        n++;
    }
  return n;
}

gboolean
bt_pex_message_parse (const guint8 *payload,
                      gsize         n_bytes,
                      BtPexPeer    *out_peers,
                      guint        *out_n_peers)
{
  g_autoptr (BtBencode) document = bt_bencode_parse_data (payload, n_bytes, &limits, NULL);
  BtBencodeNode root;

  *out_n_peers = 0;
  if (document == NULL)
    return FALSE;
  root = bt_bencode_get_root (document);
  if (bt_bencode_node_get_type (root) != BT_BENCODE_DICT)
    return FALSE;
  *out_n_peers = take (root, "added", "added.f", COMPACT4_BYTES, out_peers);
  *out_n_peers += take (root, "added6", "added6.f", COMPACT6_BYTES, out_peers + *out_n_peers);
  return TRUE;
}

/* Those of one family, or their flags. */
static void
put_added (BtBencodeWriter *writer,
           const char      *key,
           const char      *flags_key,
           BtFamily         family,
           const BtPexPeer *added,
           guint            n_added)
{
  guint8 addresses[BT_PEX_MAX_ADDED * COMPACT6_BYTES];
  guint8 flags[BT_PEX_MAX_ADDED];
  gsize n_bytes = 0, n = 0;

  for (guint i = 0; i < n_added; i++)
    if (added[i].address.family == family)
      {
        n_bytes += bt_address_to_compact (&added[i].address, addresses + n_bytes);
        flags[n++] = added[i].flags;
      }
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_string (writer, addresses, n_bytes);
  bt_bencode_writer_key (writer, flags_key);
  bt_bencode_writer_string (writer, flags, n);
}

static void
put_dropped (BtBencodeWriter *writer,
             const char      *key,
             BtFamily         family,
             const BtAddress *dropped,
             guint            n_dropped)
{
  guint8 addresses[BT_PEX_MAX_ADDED * COMPACT6_BYTES];
  gsize n_bytes = 0;

  for (guint i = 0; i < n_dropped; i++)
    if (dropped[i].family == family)
      n_bytes += bt_address_to_compact (&dropped[i], addresses + n_bytes);
  bt_bencode_writer_key (writer, key);
  bt_bencode_writer_string (writer, addresses, n_bytes);
}

void
bt_pex_message_put (GByteArray      *out,
                    const BtPexPeer *added,
                    guint            n_added,
                    const BtAddress *dropped,
                    guint            n_dropped)
{
  g_autoptr (BtBencodeWriter) writer = bt_bencode_writer_new ();
  const GByteArray *written;

  g_assert (n_added <= BT_PEX_MAX_ADDED && n_dropped <= BT_PEX_MAX_ADDED);
  bt_bencode_writer_begin_dict (writer);
  put_added (writer, "added", "added.f", BT_FAMILY_IPV4, added, n_added);
  put_added (writer, "added6", "added6.f", BT_FAMILY_IPV6, added, n_added);
  put_dropped (writer, "dropped", BT_FAMILY_IPV4, dropped, n_dropped);
  put_dropped (writer, "dropped6", BT_FAMILY_IPV6, dropped, n_dropped);
  bt_bencode_writer_end (writer);
  written = bt_bencode_writer_get_array (writer);
  g_byte_array_append (out, written->data, written->len);
}
