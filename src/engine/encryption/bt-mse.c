/* bt-mse.c - the handshake of Message Stream Encryption, for both sides
 *
 *   initiator                               responder
 *   key, padding                      →
 *                                     ←     key, padding
 *   hash of the secret, the torrent,
 *   [check, methods, padding, payload] →
 *                                     ←     [check, method, padding]
 *
 * What stands in brackets is encrypted. Neither knows where the padding before it ends but by finding what must follow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-mse.h"

#include "base/bt-cursor.h"

#include <string.h>

#define CHECK_BYTES          8  /* zeros */
#define INITIATOR_HEAD_BYTES (CHECK_BYTES + 4 + 2)
#define RESPONDER_HEAD_BYTES (4 + 2)  /* its check is what ends the padding */
#define PAYLOAD_LENGTH_BYTES 2

typedef enum
{
  STAGE_KEY,
  STAGE_OWN_PAYLOAD,  /* initiator: waits for the caller */
  STAGE_MARK,         /* looks for the end of the padding */
  STAGE_NAME,         /* responder: which torrent */
  STAGE_TORRENT,      /* responder: waits for the caller */
  STAGE_HEAD,
  STAGE_PAD,
  STAGE_DONE,
  STAGE_BAD,
} Stage;

/* Invariant: in[at … n_in) has not been understood yet, and everything before it has. */
struct _BtMse
{
  /* owned, nullable */
  BtRc4        *reader;
  BtRc4        *writer;

  /* values */
  Stage         stage;
  BtMseReason   reason;
  gboolean      is_initiator;
  guint         methods;
  BtMseMethod   method;
  BtMseSecrets  secrets;
  guint8        shared[BT_MSE_KEY_BYTES];
  guint8        info_hash[BT_SHA1_BYTES];  /* the initiator's */
  guint8        torrent[BT_SHA1_BYTES];    /* the responder's: bt_mse_hash_torrent() */
  guint8        mark[BT_SHA1_BYTES];       /* what follows the padding */
  gsize         n_mark;
  gsize         n_pad;
  gsize         n_payload;
  gsize         at;
  gsize         n_in;
  gsize         n_out;
  guint8        in[BT_MSE_MAX_IN_BYTES];
  guint8        out[BT_MSE_MAX_OUT_BYTES];
};

/* --- Hashes --- */

static void
hash_parts (const char   *word,
            const guint8 *first,
            gsize         n_first,
            const guint8 *second,
            gsize         n_second,
            guint8        out_digest[BT_SHA1_BYTES])
{
  g_autoptr (BtHash) hash = bt_hash_new (BT_HASH_SHA1);

  bt_hash_update (hash, word, strlen (word));
  bt_hash_update (hash, first, n_first);
  bt_hash_update (hash, second, n_second);
  bt_hash_finish (hash, out_digest);
}

static void
hash_shared (const BtMse *mse,
             const char  *word,
             guint8       out_digest[BT_SHA1_BYTES])
{
  hash_parts (word, mse->shared, BT_MSE_KEY_BYTES, NULL, 0, out_digest);
}

void
bt_mse_hash_torrent (const guint8 info_hash[BT_SHA1_BYTES],
                     guint8       out_hash[BT_SHA1_BYTES])
{
  hash_parts ("req2", info_hash, BT_SHA1_BYTES, NULL, 0, out_hash);
}

static void
combine (guint8       *bytes,
         const guint8  other[BT_SHA1_BYTES])
{
  for (guint i = 0; i < BT_SHA1_BYTES; i++)
    bytes[i] ^= other[i];
}

/* --- Small steps --- */

static gboolean
fail (BtMse       *mse,
      BtMseReason  reason)
{
  mse->stage = STAGE_BAD;
  mse->reason = reason;
  return FALSE;
}

static gboolean
has (const BtMse *mse,
     gsize        n_bytes)
{
  return mse->n_in - mse->at >= n_bytes;
}

static void
put (BtMse        *mse,
     const guint8 *bytes,
     gsize         n_bytes)
{
  g_assert (n_bytes <= sizeof mse->out - mse->n_out);
  if (n_bytes > 0)
    memcpy (mse->out + mse->n_out, bytes, n_bytes);
  mse->n_out += n_bytes;
}

static void
put_zeros (BtMse *mse,
           gsize  n_bytes)
{
  g_assert (n_bytes <= sizeof mse->out - mse->n_out);
  memset (mse->out + mse->n_out, 0, n_bytes);
  mse->n_out += n_bytes;
}

static void
put_u16 (BtMse *mse,
         gsize  value)
{
  guint8 bytes[2];

  bt_write_u16 (bytes, (guint16) value);
  put (mse, bytes, sizeof bytes);
}

static void
put_u32 (BtMse   *mse,
         guint32  value)
{
  guint8 bytes[4];

  bt_write_u32 (bytes, value);
  put (mse, bytes, sizeof bytes);
}

static void
put_key (BtMse *mse)
{
  guint8 key[BT_MSE_KEY_BYTES];

  bt_mse_key_get_public (mse->secrets.private_key, key);
  put (mse, key, sizeof key);
  put (mse, mse->secrets.pad, mse->secrets.n_pad);
}

/* Everything put since there were `from` bytes. */
static void
encrypt (BtMse *mse,
         gsize  from)
{
  bt_rc4_apply (mse->writer, mse->out + from, mse->out + from, mse->n_out - from);
}

/* The next `n_bytes`, which have come. */
static guint8 *
decrypt (BtMse *mse,
         gsize  n_bytes)
{
  guint8 *bytes = mse->in + mse->at;

  bt_rc4_apply (mse->reader, bytes, bytes, n_bytes);
  mse->at += n_bytes;
  return bytes;
}

static gboolean
make_ciphers (BtMse        *mse,
              const guint8  info_hash[BT_SHA1_BYTES])
{
  guint8 key_a[BT_SHA1_BYTES];
  guint8 key_b[BT_SHA1_BYTES];

  hash_parts ("keyA", mse->shared, BT_MSE_KEY_BYTES, info_hash, BT_SHA1_BYTES, key_a);
  hash_parts ("keyB", mse->shared, BT_MSE_KEY_BYTES, info_hash, BT_SHA1_BYTES, key_b);
  mse->writer = bt_rc4_new (mse->is_initiator ? key_a : key_b);
  mse->reader = bt_rc4_new (mse->is_initiator ? key_b : key_a);
  return mse->reader != NULL && mse->writer != NULL;
}

/* --- Stages: each TRUE when it was passed, FALSE when there is nothing more to do now --- */

static gboolean
take_key (BtMse *mse)
{
  if (!has (mse, BT_MSE_KEY_BYTES))
    return FALSE;
  if (!bt_mse_key_get_shared (mse->secrets.private_key, mse->in, mse->shared))
    return fail (mse, BT_MSE_REASON_KEY);

  mse->at = BT_MSE_KEY_BYTES;
  if (mse->is_initiator)
    {
      mse->stage = STAGE_OWN_PAYLOAD;
      return FALSE;
    }
  put_key (mse);
  hash_shared (mse, "req1", mse->mark);
  mse->n_mark = BT_SHA1_BYTES;
  mse->stage = STAGE_MARK;
  return TRUE;
}

static gboolean
find_mark (BtMse *mse)
{
  for (; has (mse, mse->n_mark); mse->at++)
    {
      if (mse->at > BT_MSE_KEY_BYTES + BT_MSE_MAX_PAD_BYTES)
        return fail (mse, BT_MSE_REASON_PADDING);
      if (memcmp (mse->in + mse->at, mse->mark, mse->n_mark) != 0)
        continue;
      mse->at += mse->n_mark;
      mse->stage = mse->is_initiator ? STAGE_HEAD : STAGE_NAME;
      return TRUE;
    }
  return mse->at > BT_MSE_KEY_BYTES + BT_MSE_MAX_PAD_BYTES ? fail (mse, BT_MSE_REASON_PADDING)
                                                           : FALSE;
}

static gboolean
take_name (BtMse *mse)
{
  if (!has (mse, BT_SHA1_BYTES))
    return FALSE;

  hash_shared (mse, "req3", mse->torrent);
  combine (mse->torrent, mse->in + mse->at);
  mse->at += BT_SHA1_BYTES;
  mse->stage = STAGE_TORRENT;
  return FALSE;
}

static gboolean
take_initiator_head (BtMse *mse)
{
  static const guint8 zeros[CHECK_BYTES];
  const guint8 *head = decrypt (mse, INITIATOR_HEAD_BYTES);
  guint common = bt_read_u32 (head + CHECK_BYTES) & mse->methods;

  if (memcmp (head, zeros, CHECK_BYTES) != 0)
    return fail (mse, BT_MSE_REASON_CHECK);
  if (common == 0)
    return fail (mse, BT_MSE_REASON_METHOD);

  mse->method = common & BT_MSE_RC4 ? BT_MSE_RC4 : BT_MSE_PLAIN;
  mse->n_pad = bt_read_u16 (head + CHECK_BYTES + 4);
  return TRUE;
}

static gboolean
take_responder_head (BtMse *mse)
{
  const guint8 *head = decrypt (mse, RESPONDER_HEAD_BYTES);
  guint32 method = bt_read_u32 (head);

  if ((method != BT_MSE_PLAIN && method != BT_MSE_RC4) || !(method & mse->methods))
    return fail (mse, BT_MSE_REASON_METHOD);

  mse->method = method;
  mse->n_pad = bt_read_u16 (head + 4);
  return TRUE;
}

static gboolean
take_head (BtMse *mse)
{
  if (!has (mse, mse->is_initiator ? RESPONDER_HEAD_BYTES : INITIATOR_HEAD_BYTES) ||
      !(mse->is_initiator ? take_responder_head (mse) : take_initiator_head (mse)))
    return FALSE;
  if (mse->n_pad > BT_MSE_MAX_PAD_BYTES)
    return fail (mse, BT_MSE_REASON_PADDING);

  mse->stage = STAGE_PAD;
  return TRUE;
}

static void
put_answer (BtMse *mse)
{
  gsize from = mse->n_out;

  put_zeros (mse, CHECK_BYTES);
  put_u32 (mse, mse->method);
  put_u16 (mse, mse->secrets.n_inner_pad);
  put_zeros (mse, mse->secrets.n_inner_pad);
  encrypt (mse, from);
}

static gboolean
take_pad (BtMse *mse)
{
  gsize n_behind = mse->is_initiator ? 0 : PAYLOAD_LENGTH_BYTES;
  const guint8 *bytes;

  if (!has (mse, mse->n_pad + n_behind))
    return FALSE;

  bytes = decrypt (mse, mse->n_pad + n_behind);
  if (!mse->is_initiator)
    {
      mse->n_payload = bt_read_u16 (bytes + mse->n_pad);
      put_answer (mse);
    }
  mse->stage = STAGE_DONE;
  return FALSE;
}

static gboolean
take_step (BtMse *mse)
{
  switch (mse->stage)
    {
    case STAGE_KEY:
      return take_key (mse);
    case STAGE_MARK:
      return find_mark (mse);
    case STAGE_NAME:
      return take_name (mse);
    case STAGE_HEAD:
      return take_head (mse);
    case STAGE_PAD:
      return take_pad (mse);
    case STAGE_OWN_PAYLOAD:
    case STAGE_TORRENT:
    case STAGE_DONE:
    case STAGE_BAD:
    default:
      return FALSE;
    }
}

static BtMseVerdict
go_on (BtMse *mse)
{
  while (take_step (mse))
    continue;
  return bt_mse_get_verdict (mse);
}

/* --- Face --- */

static BtMse *
mse_new (const BtMseSecrets *secrets,
         guint               methods)
{
  BtMse *mse = g_new0 (BtMse, 1);

  g_assert (secrets->n_pad <= BT_MSE_MAX_PAD_BYTES);
  g_assert (secrets->n_inner_pad <= BT_MSE_MAX_PAD_BYTES);
  mse->secrets = *secrets;
  mse->methods = methods;
  return mse;
}

BtMse *
bt_mse_new_initiator (const BtMseSecrets *secrets,
                      const guint8        info_hash[BT_SHA1_BYTES],
                      guint               methods)
{
  BtMse *mse = mse_new (secrets, methods);

  mse->is_initiator = TRUE;
  memcpy (mse->info_hash, info_hash, BT_SHA1_BYTES);
  put_key (mse);
  return mse;
}

BtMse *
bt_mse_new_responder (const BtMseSecrets *secrets,
                      guint               methods)
{
  return mse_new (secrets, methods);
}

void
bt_mse_free (BtMse *mse)
{
  if (mse == NULL)
    return;

  bt_rc4_free (mse->reader);
  bt_rc4_free (mse->writer);
  g_free (mse);
}

guint8 *
bt_mse_get_room (BtMse *mse,
                 gsize *out_n_bytes)
{
  *out_n_bytes = sizeof mse->in - mse->n_in;
  return mse->in + mse->n_in;
}

BtMseVerdict
bt_mse_received (BtMse *mse,
                 gsize  n_bytes)
{
  g_assert (n_bytes <= sizeof mse->in - mse->n_in);

  mse->n_in += n_bytes;
  return go_on (mse);
}

BtMseVerdict
bt_mse_get_verdict (const BtMse *mse)
{
  switch (mse->stage)
    {
    case STAGE_OWN_PAYLOAD:
      return BT_MSE_WANTS_PAYLOAD;
    case STAGE_TORRENT:
      return BT_MSE_WANTS_TORRENT;
    case STAGE_DONE:
      return BT_MSE_DONE;
    case STAGE_BAD:
      return BT_MSE_BAD;
    case STAGE_KEY:
    case STAGE_MARK:
    case STAGE_NAME:
    case STAGE_HEAD:
    case STAGE_PAD:
    default:
      return BT_MSE_NEED_MORE;
    }
}

BtMseReason
bt_mse_get_reason (const BtMse *mse)
{
  return mse->reason;
}

gsize
bt_mse_take_output (BtMse  *mse,
                    guint8 *out_bytes)
{
  gsize n_bytes = mse->n_out;

  memcpy (out_bytes, mse->out, n_bytes);
  mse->n_out = 0;
  return n_bytes;
}

/* The responder's padding ends with its check, whose zeros look like this. */
static void
expect_check (BtMse *mse)
{
  static const guint8 zeros[CHECK_BYTES];

  bt_rc4_apply (mse->reader, zeros, mse->mark, CHECK_BYTES);
  mse->n_mark = CHECK_BYTES;
  mse->stage = STAGE_MARK;
}

BtMseVerdict
bt_mse_set_payload (BtMse        *mse,
                    const guint8 *bytes,
                    gsize         n_bytes)
{
  guint8 hash[BT_SHA1_BYTES];
  guint8 name[BT_SHA1_BYTES];
  gsize from;

  g_assert (mse->stage == STAGE_OWN_PAYLOAD && n_bytes <= BT_MSE_MAX_PAYLOAD_BYTES);

  if (!make_ciphers (mse, mse->info_hash))
    {
      fail (mse, BT_MSE_REASON_CIPHER);
      return BT_MSE_BAD;
    }
  hash_shared (mse, "req1", hash);
  put (mse, hash, sizeof hash);
  bt_mse_hash_torrent (mse->info_hash, name);
  hash_shared (mse, "req3", hash);
  combine (name, hash);
  put (mse, name, sizeof name);

  from = mse->n_out;
  put_zeros (mse, CHECK_BYTES);
  put_u32 (mse, mse->methods);
  put_u16 (mse, mse->secrets.n_inner_pad);
  put_zeros (mse, mse->secrets.n_inner_pad);
  put_u16 (mse, n_bytes);
  put (mse, bytes, n_bytes);
  encrypt (mse, from);
  expect_check (mse);
  return go_on (mse);
}

const guint8 *
bt_mse_get_torrent (const BtMse *mse)
{
  return mse->torrent;
}

BtMseVerdict
bt_mse_set_torrent (BtMse        *mse,
                    const guint8 *info_hash)
{
  g_assert (mse->stage == STAGE_TORRENT);

  if (info_hash == NULL)
    fail (mse, BT_MSE_REASON_TORRENT);
  else if (!make_ciphers (mse, info_hash))
    fail (mse, BT_MSE_REASON_CIPHER);
  else
    mse->stage = STAGE_HEAD;
  return go_on (mse);
}

BtMseMethod
bt_mse_get_method (const BtMse *mse)
{
  return mse->method;
}

BtRc4 *
bt_mse_steal_reader (BtMse *mse)
{
  return g_steal_pointer (&mse->reader);
}

BtRc4 *
bt_mse_steal_writer (BtMse *mse)
{
  return g_steal_pointer (&mse->writer);
}

gsize
bt_mse_get_n_payload (const BtMse *mse)
{
  return mse->n_payload;
}

const guint8 *
bt_mse_get_rest (const BtMse *mse,
                 gsize       *out_n_bytes)
{
  *out_n_bytes = mse->n_in - mse->at;
  return mse->in + mse->at;
}
