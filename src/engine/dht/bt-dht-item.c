/* bt-dht-item.c - what an item is called and who signed it (BEP 44)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-dht-items.h"

#include "base/bt-hash.h"

#include <gnutls/abstract.h>

/* "4:salt64:" + salt + "3:seqi" + 20 digits + "e1:v" + value */
#define MAX_SIGNED_BYTES (64 + BT_DHT_MAX_SALT_BYTES + BT_DHT_MAX_VALUE_BYTES)

static const BtBencodeLimits value_limits = {
  .max_depth = 32,
  .max_tokens = BT_DHT_MAX_VALUE_BYTES,
  .max_bytes = BT_DHT_MAX_VALUE_BYTES,
};

void
bt_dht_item_get_target (const BtDhtItem *item,
                        BtDhtId         *out_target)
{
  guint8 bytes[BT_DHT_KEY_BYTES + BT_DHT_MAX_SALT_BYTES];

  if (!item->is_mutable)
    {
      bt_sha1 (item->value, item->n_value_bytes, out_target->bytes);
      return;
    }
  memcpy (bytes, item->key, BT_DHT_KEY_BYTES);
  memcpy (bytes + BT_DHT_KEY_BYTES, item->salt, item->n_salt_bytes);
  bt_sha1 (bytes, BT_DHT_KEY_BYTES + item->n_salt_bytes, out_target->bytes);
}

/* Returns how many bytes of `out_bytes` are what is signed. */
static gsize
put_signed (const BtDhtItem *item,
            guint8           out_bytes[MAX_SIGNED_BYTES])
{
  char  number[64];
  gsize n_bytes = 0;
  gsize n;

  if (item->n_salt_bytes > 0)
    {
      n = (gsize) g_snprintf (number, sizeof number, "4:salt%u:", item->n_salt_bytes);
      memcpy (out_bytes, number, n);
      n_bytes = n;
      memcpy (out_bytes + n_bytes, item->salt, item->n_salt_bytes);
      n_bytes += item->n_salt_bytes;
    }
  n = (gsize) g_snprintf (number, sizeof number, "3:seqi%" G_GINT64_FORMAT "e1:v", item->sequence);
  memcpy (out_bytes + n_bytes, number, n);
  n_bytes += n;
  memcpy (out_bytes + n_bytes, item->value, item->n_value_bytes);
  return n_bytes + item->n_value_bytes;
}

static gboolean
is_signature_right (const BtDhtItem *item)
{
  guint8          bytes[MAX_SIGNED_BYTES];
  gnutls_datum_t  key = { (guint8 *) item->key, BT_DHT_KEY_BYTES };
  gnutls_datum_t  signature = { (guint8 *) item->signature, BT_DHT_SIGNATURE_BYTES };
  gnutls_datum_t  data = { bytes, 0 };
  gnutls_pubkey_t pubkey;
  gboolean        is_right;

  data.size = (unsigned) put_signed (item, bytes);
  if (gnutls_pubkey_init (&pubkey) < 0)
    return FALSE;
  is_right = gnutls_pubkey_import_ecc_raw (pubkey, GNUTLS_ECC_CURVE_ED25519, &key, NULL) >= 0 &&
             gnutls_pubkey_verify_data2 (pubkey, GNUTLS_SIGN_EDDSA_ED25519, 0, &data,
                                         &signature) >= 0;
  gnutls_pubkey_deinit (pubkey);
  return is_right;
}

/* As RFC 8410 wraps a key: only from this GnuTLS computes the public half. NULL: it refuses. */
static gnutls_privkey_t
import_secret (const guint8 secret[BT_DHT_KEY_BYTES])
{
  static const guint8 head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
  guint8           der[sizeof head + BT_DHT_KEY_BYTES];
  gnutls_datum_t   data = { der, sizeof der };
  gnutls_privkey_t privkey;
  gboolean         is_done;

  if (gnutls_privkey_init (&privkey) < 0)
    return NULL;
  memcpy (der, head, sizeof head);
  memcpy (der + sizeof head, secret, BT_DHT_KEY_BYTES);
  is_done = gnutls_privkey_import_x509_raw (privkey, &data, GNUTLS_X509_FMT_DER, NULL, 0) >= 0;
  gnutls_memset (der, 0, sizeof der);
  if (is_done)
    return privkey;
  gnutls_privkey_deinit (privkey);
  return NULL;
}

static gboolean
get_public_key (gnutls_privkey_t privkey,
                guint8           out_key[BT_DHT_KEY_BYTES])
{
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  gnutls_datum_t     x = { NULL, 0 };
  gnutls_pubkey_t    pubkey;
  gboolean           is_done;

  if (gnutls_pubkey_init (&pubkey) < 0)
    return FALSE;
  is_done = gnutls_pubkey_import_privkey (pubkey, privkey, 0, 0) >= 0 &&
            gnutls_pubkey_export_ecc_raw (pubkey, &curve, &x, NULL) >= 0 &&
            x.size == BT_DHT_KEY_BYTES;
  if (is_done)
    memcpy (out_key, x.data, BT_DHT_KEY_BYTES);
  gnutls_free (x.data);
  gnutls_pubkey_deinit (pubkey);
  return is_done;
}

gboolean
bt_dht_key_from_secret (const guint8 secret[BT_DHT_KEY_BYTES],
                        guint8       out_key[BT_DHT_KEY_BYTES])
{
  gnutls_privkey_t privkey = import_secret (secret);
  gboolean         is_done;

  if (privkey == NULL)
    return FALSE;
  is_done = get_public_key (privkey, out_key);
  gnutls_privkey_deinit (privkey);
  return is_done;
}

gboolean
bt_dht_item_sign (BtDhtItem    *item,
                  const guint8  secret[BT_DHT_KEY_BYTES])
{
  guint8           bytes[MAX_SIGNED_BYTES];
  gnutls_datum_t   data = { bytes, 0 };
  gnutls_datum_t   signature = { NULL, 0 };
  gnutls_privkey_t privkey = import_secret (secret);
  gboolean         is_done;

  if (privkey == NULL)
    return FALSE;
  data.size = (unsigned) put_signed (item, bytes);
  is_done = get_public_key (privkey, item->key) &&
            gnutls_privkey_sign_data2 (privkey, GNUTLS_SIGN_EDDSA_ED25519, 0, &data,
                                       &signature) >= 0 &&
            signature.size == BT_DHT_SIGNATURE_BYTES;
  if (is_done)
    {
      item->is_mutable = TRUE;
      memcpy (item->signature, signature.data, BT_DHT_SIGNATURE_BYTES);
    }
  gnutls_free (signature.data);
  gnutls_privkey_deinit (privkey);
  return is_done;
}

static gboolean
has_rising_keys (BtBencodeNode dict)
{
  const guint8 *last = NULL;
  gsize         n_last = 0;
  BtBencodeIter iter;
  BtBencodeNode key;
  BtBencodeNode value;

  bt_bencode_iter_init (&iter, dict);
  while (bt_bencode_iter_next_pair (&iter, &key, &value))
    {
      gsize         n_bytes = 0;
      const guint8 *bytes = bt_bencode_node_get_string (key, &n_bytes);

      if (last != NULL)
        {
          int order = memcmp (last, bytes, MIN (n_last, n_bytes));

          if (order > 0 || (order == 0 && n_last >= n_bytes))
            return FALSE;
        }
      last = bytes;
      n_last = n_bytes;
    }
  return TRUE;
}

/* The tokens of everything within a value follow its own, so there is no need to climb about in it. */
gboolean
bt_dht_value_is_canonical (BtBencodeNode value)
{
  guint32 n_tokens = value.document != NULL ? bt_bencode_get_n_tokens (value.document) : 0;
  gsize   n_bytes = 0;
  gsize   end;

  if (bt_bencode_node_get_raw (value, &n_bytes) == NULL)
    return FALSE;
  end = bt_bencode_node_get_offset (value) + n_bytes;
  for (BtBencodeNode node = value; node.index < n_tokens; node.index++)
    {
      if (bt_bencode_node_get_offset (node) >= end)
        break;
      if (bt_bencode_node_get_type (node) == BT_BENCODE_DICT && !has_rising_keys (node))
        return FALSE;
    }
  return TRUE;
}

gboolean
bt_dht_item_is_valid (const BtDhtItem *item)
{
  g_autoptr (BtBencode) document = NULL;

  if (item->n_value_bytes == 0 || item->n_value_bytes > BT_DHT_MAX_VALUE_BYTES)
    return FALSE;
  document = bt_bencode_parse_data (item->value, item->n_value_bytes, &value_limits, NULL);
  if (document == NULL || !bt_dht_value_is_canonical (bt_bencode_get_root (document)))
    return FALSE;
  if (!item->is_mutable)
    return TRUE;
  return item->n_salt_bytes <= BT_DHT_MAX_SALT_BYTES && item->sequence >= 0 &&
         is_signature_right (item);
}
