/* test-mse.c - the handshake of MSE: known bytes, all cuts, all that can be wrong
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "encryption/bt-mse.h"

#include <string.h>

#define BOTH (BT_MSE_PLAIN | BT_MSE_RC4)

/* What an implementation in Python, written from the description alone, says when the private keys are 81 01 02 … 13
 * and 82 15 16 … 27, the info-hash is 64 65 … 77, the paddings have 7 (a1), 5 (b2), 3 and 4 bytes, and both allow
 * both methods. */
static const char initiator_first[] =
  "28e70ef2ddcd9f1620103eff3d61a6032e72126c4cddc5736de9c8bf1ffe437d"
  "7702efd3c3c52ecaca240c36f5e8a8dfcadfd60d3dd9bcd27b4a45f67360bc3e"
  "a613cd7b4364865410af625fa1f200513d4957f20d3745e436679cae964a4d03"
  "a1a1a1a1a1a1a1";
static const char responder_first[] =
  "0c32ef0b6edb6f0dd6926aa311415a55d84466a2811f11b144fa496e74581e3e"
  "a43c4e78a0f672561f0c41da8d6ad1cb7c3690edd41ed15c4f966bdfa88c9216"
  "fba7d184735efea6080b395491b3058cd4339db10c259e7986d6b1d0fbda3c3e"
  "b2b2b2b2b2";
static const char shared_text[] =
  "554e55122203aac51c6ff8af897d17750ff90fc2e984d6a6aadb96ab4a8e5ba8"
  "b7c957b98a32c7b1c806f5f1b74c3c2efd71c793478a9476bc34770206e52ebd"
  "e5db7ffa2a7f12695a13b8a468776e4878865ac90e0e5072d00e96cc13e0a931";
static const char initiator_second[] =
  "3d04e40b83b835350ba90d7b42fc8f7f63c3ea298115c75add0fb9326d51cc2f"
  "d65a49764d4d70aefd56523b763d15b241449c49c364cad37d113c56d7a95399"
  "99fb3643b4e794ed05ca45";
static const char responder_second[] =
  "2ab0409dcec5b48681288450ca083e56fa96";
static const char initiator_later[] =
  "f4b94df6372ef2dea2e2bbec0f";
static const char responder_later[] =
  "4f1a6d0bf160";
#define PAYLOAD         "hello, responder"
#define INITIATOR_LATER "further bytes"
#define RESPONDER_LATER "answer"

/* Offsets in initiator_second: hash, name, then what is encrypted. */
#define AT_NAME     20
#define AT_CHECK    40
#define AT_METHODS  48
#define AT_PAD      52
/* And in responder_second. */
#define AT_METHOD   8
#define AT_B_PAD    12

static const guint8 info_hash[BT_SHA1_BYTES] = "defghijklmnopqrstuvw";

static GByteArray *
from_text (const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; text[0] != 0; text += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (text[0]) * 16 + g_ascii_xdigit_value (text[1]));

      g_byte_array_append (bytes, &byte, 1);
    }
  return bytes;
}

static void
fill_secrets (BtMseSecrets *secrets,
              gboolean      is_initiator)
{
  memset (secrets, 0, sizeof *secrets);
  secrets->private_key[0] = is_initiator ? 0x81 : 0x82;
  for (guint i = 1; i < BT_MSE_PRIVATE_BYTES; i++)
    secrets->private_key[i] = (guint8) (is_initiator ? i : 20 + i);
  memset (secrets->pad, is_initiator ? 0xa1 : 0xb2, sizeof secrets->pad);
  secrets->n_pad = is_initiator ? 7 : 5;
  secrets->n_inner_pad = is_initiator ? 3 : 4;
}

static BtMse *
make (gboolean is_initiator,
      guint    methods)
{
  BtMseSecrets secrets;

  fill_secrets (&secrets, is_initiator);
  return is_initiator ? bt_mse_new_initiator (&secrets, info_hash, methods)
                      : bt_mse_new_responder (&secrets, methods);
}

/* The owner of a responder, which has one torrent. */
static void
look_up (BtMse *mse)
{
  guint8 name[BT_SHA1_BYTES];

  bt_mse_hash_torrent (info_hash, name);
  bt_mse_set_torrent (mse, memcmp (name, bt_mse_get_torrent (mse), sizeof name) == 0 ? info_hash
                                                                                    : NULL);
}

/* In chunks, until it wants nothing more; returns how many it took. */
static gsize
feed (BtMse        *mse,
      const guint8 *bytes,
      gsize         n_bytes,
      gsize         n_chunk)
{
  gsize n_fed = 0;

  while (n_fed < n_bytes && bt_mse_get_verdict (mse) == BT_MSE_NEED_MORE)
    {
      gsize n_room;
      guint8 *room = bt_mse_get_room (mse, &n_room);
      gsize n = MIN (n_chunk, MIN (n_room, n_bytes - n_fed));

      g_assert_cmpuint (n_room, >, 0);
      memcpy (room, bytes + n_fed, n);
      n_fed += n;
      if (bt_mse_received (mse, n) == BT_MSE_WANTS_TORRENT)
        look_up (mse);
    }
  return n_fed;
}

static void
assert_says (BtMse      *mse,
             const char *text)
{
  g_autoptr (GByteArray) expected = from_text (text);
  guint8 out[BT_MSE_MAX_OUT_BYTES];
  gsize n_out = bt_mse_take_output (mse, out);

  g_assert_cmpmem (out, n_out, expected->data, expected->len);
}

static void
assert_reads (BtMse      *mse,
              const char *text,
              const char *plain)
{
  g_autoptr (GByteArray) bytes = from_text (text);
  g_autoptr (BtRc4) reader = bt_mse_steal_reader (mse);

  bt_rc4_apply (reader, bytes->data, bytes->data, bytes->len);
  g_assert_cmpmem (bytes->data, bytes->len, plain, strlen (plain));
}

static void
assert_writes (BtMse      *mse,
               const char *plain,
               const char *text)
{
  g_autoptr (GByteArray) expected = from_text (text);
  g_autoptr (BtRc4) writer = bt_mse_steal_writer (mse);
  guint8 bytes[64];

  bt_rc4_apply (writer, (const guint8 *) plain, bytes, strlen (plain));
  g_assert_cmpmem (bytes, strlen (plain), expected->data, expected->len);
}

static void
test_known_initiator (void)
{
  g_autoptr (GByteArray) first = from_text (responder_first);
  g_autoptr (GByteArray) second = from_text (responder_second);

  for (gsize n_chunk = 1; n_chunk <= first->len + second->len; n_chunk++)
    {
      g_autoptr (BtMse) mse = make (TRUE, BOTH);
      gsize n_rest;
      gsize n_fed;

      assert_says (mse, initiator_first);
      n_fed = feed (mse, first->data, first->len, n_chunk);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==, BT_MSE_WANTS_PAYLOAD);
      g_assert_cmpint (bt_mse_set_payload (mse, (const guint8 *) PAYLOAD, strlen (PAYLOAD)), ==,
                       BT_MSE_NEED_MORE);
      assert_says (mse, initiator_second);
      feed (mse, first->data + n_fed, first->len - n_fed, n_chunk);
      g_assert_cmpuint (feed (mse, second->data, second->len, n_chunk), ==, second->len);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==, BT_MSE_DONE);
      g_assert_cmpint (bt_mse_get_method (mse), ==, BT_MSE_RC4);
      bt_mse_get_rest (mse, &n_rest);
      g_assert_cmpuint (n_rest, ==, 0);
      assert_reads (mse, responder_later, RESPONDER_LATER);
      assert_writes (mse, INITIATOR_LATER, initiator_later);
    }
}

static void
test_known_responder (void)
{
  g_autoptr (GByteArray) first = from_text (initiator_first);
  g_autoptr (GByteArray) second = from_text (initiator_second);
  gsize n_all = first->len + second->len;
  gsize n_ends = n_all - strlen (PAYLOAD);

  g_byte_array_append (first, second->data, second->len);
  for (gsize n_chunk = 1; n_chunk <= n_all; n_chunk++)
    {
      g_autofree char *said = g_strconcat (responder_first, responder_second, NULL);
      g_autoptr (BtMse) mse = make (FALSE, BOTH);
      const guint8 *rest;
      guint8 payload[64];
      BtRc4 *reader;
      gsize n_rest;
      gsize n_fed;

      n_fed = feed (mse, first->data, first->len, n_chunk);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==, BT_MSE_DONE);
      g_assert_cmpuint (n_fed, ==, MIN ((n_ends + n_chunk - 1) / n_chunk * n_chunk, n_all));
      assert_says (mse, said);
      g_assert_cmpint (bt_mse_get_method (mse), ==, BT_MSE_RC4);
      g_assert_cmpuint (bt_mse_get_n_payload (mse), ==, strlen (PAYLOAD));
      rest = bt_mse_get_rest (mse, &n_rest);
      g_assert_cmpuint (n_rest, ==, n_fed - n_ends);
      memcpy (payload, rest, n_rest);
      memcpy (payload + n_rest, first->data + n_fed, n_all - n_fed);
      reader = bt_mse_steal_reader (mse);
      bt_rc4_apply (reader, payload, payload, strlen (PAYLOAD));
      g_assert_cmpmem (payload, strlen (PAYLOAD), PAYLOAD, strlen (PAYLOAD));
      bt_rc4_free (reader);
      assert_writes (mse, RESPONDER_LATER, responder_later);
    }
}

static void
test_shared (void)
{
  g_autoptr (GByteArray) expected = from_text (shared_text);
  g_autoptr (GByteArray) theirs = from_text (responder_first);
  guint8 shared[BT_MSE_KEY_BYTES];
  BtMseSecrets secrets;

  fill_secrets (&secrets, TRUE);
  g_assert_true (bt_mse_key_get_shared (secrets.private_key, theirs->data, shared));
  g_assert_cmpmem (shared, sizeof shared, expected->data, expected->len);
}

#define PRIME_HEAD                                                                    \
  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"                  \
  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"                  \
  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a362100000000000905"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct
{
  const char *text;
  gboolean    is_good;
} keys[] = {
  { ZEROS ZEROS ZEROS, FALSE },
  { ZEROS ZEROS "0000000000000000000000000000000000000000000000000000000000000001", FALSE },
  { ZEROS ZEROS "0000000000000000000000000000000000000000000000000000000000000002", TRUE },
  { PRIME_HEAD "60", TRUE },
  { PRIME_HEAD "61", TRUE },   /* the prime less two */
  { PRIME_HEAD "62", FALSE },
  { PRIME_HEAD "63", FALSE },
  { PRIME_HEAD "64", FALSE },
  { PRIME_HEAD "65", FALSE },  /* 2, once more */
};

static void
test_keys (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    for (guint is_initiator = 0; is_initiator <= 1; is_initiator++)
      {
        g_autoptr (GByteArray) key = from_text (keys[i].text);
        g_autoptr (BtMse) mse = make (is_initiator, BOTH);
        BtMseVerdict good = is_initiator ? BT_MSE_WANTS_PAYLOAD : BT_MSE_NEED_MORE;

        g_test_message ("key %u", i);
        g_assert_cmpuint (key->len, ==, BT_MSE_KEY_BYTES);
        feed (mse, key->data, key->len - 1, G_MAXSIZE);
        g_assert_cmpint (bt_mse_get_verdict (mse), ==, BT_MSE_NEED_MORE);
        feed (mse, key->data + key->len - 1, 1, 1);
        g_assert_cmpint (bt_mse_get_verdict (mse), ==, keys[i].is_good ? good : BT_MSE_BAD);
        g_assert_cmpint (bt_mse_get_reason (mse), ==,
                         keys[i].is_good ? BT_MSE_REASON_NONE : BT_MSE_REASON_KEY);
      }
}

/* --- Two of ours --- */

typedef struct
{
  guint16 n_pads[4];  /* as they go out */
  gsize   n_payload;
  guint   offered;
  guint   allowed;
} Pair;

static void
carry (BtMse *from,
       BtMse *to)
{
  guint8 out[BT_MSE_MAX_OUT_BYTES];
  gsize n_out = bt_mse_take_output (from, out);

  feed (to, out, n_out, G_MAXSIZE);
}

static void
meet (const Pair   *pair,
      BtMse       **out_initiator,
      BtMse       **out_responder)
{
  guint8 payload[BT_MSE_MAX_PAYLOAD_BYTES];
  BtMseSecrets secrets[2];

  fill_secrets (&secrets[0], TRUE);
  fill_secrets (&secrets[1], FALSE);
  secrets[0].n_pad = pair->n_pads[0];
  secrets[1].n_pad = pair->n_pads[1];
  secrets[0].n_inner_pad = pair->n_pads[2];
  secrets[1].n_inner_pad = pair->n_pads[3];
  memset (payload, 'x', sizeof payload);
  *out_initiator = bt_mse_new_initiator (&secrets[0], info_hash, pair->offered);
  *out_responder = bt_mse_new_responder (&secrets[1], pair->allowed);
  carry (*out_initiator, *out_responder);
  carry (*out_responder, *out_initiator);
  g_assert_cmpint (bt_mse_get_verdict (*out_initiator), ==, BT_MSE_WANTS_PAYLOAD);
  bt_mse_set_payload (*out_initiator, payload, pair->n_payload);
  carry (*out_initiator, *out_responder);
  carry (*out_responder, *out_initiator);
}

static void
test_lengths (void)
{
  static const guint16 lengths[] = { 0, 1, 511, BT_MSE_MAX_PAD_BYTES };
  static const gsize payloads[] = { 0, 68, BT_MSE_MAX_PAYLOAD_BYTES };

  for (guint i = 0; i < 256 * G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (BtMse) a = NULL;
      g_autoptr (BtMse) b = NULL;
      Pair pair = { { lengths[i & 3], lengths[i >> 2 & 3], lengths[i >> 4 & 3],
                      lengths[i >> 6 & 3] },
                    payloads[i >> 8], BOTH, BOTH };
      gsize n_rest;

      meet (&pair, &a, &b);
      g_assert_cmpint (bt_mse_get_verdict (a), ==, BT_MSE_DONE);
      g_assert_cmpint (bt_mse_get_verdict (b), ==, BT_MSE_DONE);
      g_assert_cmpuint (bt_mse_get_n_payload (b), ==, pair.n_payload);
      bt_mse_get_rest (b, &n_rest);
      g_assert_cmpuint (n_rest, ==, pair.n_payload);
    }
}

static void
test_methods (void)
{
  for (guint i = 0; i < 9; i++)
    {
      g_autoptr (BtMse) a = NULL;
      g_autoptr (BtMse) b = NULL;
      Pair pair = { { 0 }, 68, 1 + i / 3, 1 + i % 3 };
      guint common = pair.offered & pair.allowed;

      meet (&pair, &a, &b);
      if (common == 0)
        {
          g_assert_cmpint (bt_mse_get_verdict (b), ==, BT_MSE_BAD);
          g_assert_cmpint (bt_mse_get_reason (b), ==, BT_MSE_REASON_METHOD);
          g_assert_cmpint (bt_mse_get_verdict (a), ==, BT_MSE_NEED_MORE);
          continue;
        }
      g_assert_cmpint (bt_mse_get_method (b), ==, common & BT_MSE_RC4 ? BT_MSE_RC4 : BT_MSE_PLAIN);
      g_assert_cmpint (bt_mse_get_method (a), ==, bt_mse_get_method (b));
    }
}

/* --- What can be wrong: the key stream stays what it was, so flipping bits of what is encrypted flips those of what
 * it means --- */

typedef struct
{
  gsize       at;
  guint32     flip;
  guint       n_flipped;  /* bytes: 1, 2 or 4 */
  BtMseReason reason;     /* NONE: nothing is wrong with it */
} Fault;

static void
flip (guint8      *bytes,
      const Fault *fault)
{
  for (guint i = 0; i < fault->n_flipped; i++)
    bytes[fault->at + i] ^= (guint8) (fault->flip >> 8 * (fault->n_flipped - 1 - i));
}

static const Fault initiator_faults[] = {
  { AT_NAME, 0x01, 1, BT_MSE_REASON_TORRENT },
  { AT_CHECK - 1, 0x80, 1, BT_MSE_REASON_TORRENT },
  { AT_CHECK, 0x01, 1, BT_MSE_REASON_CHECK },
  { AT_CHECK + 7, 0x80, 1, BT_MSE_REASON_CHECK },
  { AT_METHODS, 0x3 ^ 0, 4, BT_MSE_REASON_METHOD },
  { AT_METHODS, 0x3 ^ 0xfffffffcu, 4, BT_MSE_REASON_METHOD },
  { AT_METHODS, 0x3 ^ 0xffffffffu, 4, BT_MSE_REASON_NONE },
  { AT_METHODS, 0x3 ^ 1, 4, BT_MSE_REASON_NONE },
  { AT_PAD, 3 ^ 513, 2, BT_MSE_REASON_PADDING },
  { AT_PAD, 3 ^ 0xffff, 2, BT_MSE_REASON_PADDING },
};

static void
test_bad_initiator (void)
{
  g_autoptr (GByteArray) first = from_text (initiator_first);

  for (guint i = 0; i < G_N_ELEMENTS (initiator_faults); i++)
    {
      const Fault *fault = &initiator_faults[i];
      g_autoptr (GByteArray) second = from_text (initiator_second);
      g_autoptr (BtMse) mse = make (FALSE, BOTH);
      guint8 out[BT_MSE_MAX_OUT_BYTES];
      gboolean is_good = fault->reason == BT_MSE_REASON_NONE;

      g_test_message ("fault %u", i);
      feed (mse, first->data, first->len, G_MAXSIZE);
      assert_says (mse, responder_first);
      flip (second->data, fault);
      feed (mse, second->data, second->len, G_MAXSIZE);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==, is_good ? BT_MSE_DONE : BT_MSE_BAD);
      g_assert_cmpint (bt_mse_get_reason (mse), ==, fault->reason);
      if (!is_good)
        g_assert_cmpuint (bt_mse_take_output (mse, out), ==, 0);
    }
}

static const Fault responder_faults[] = {
  { AT_METHOD, 0x2 ^ 0, 4, BT_MSE_REASON_METHOD },
  { AT_METHOD, 0x2 ^ 3, 4, BT_MSE_REASON_METHOD },
  { AT_METHOD, 0x2 ^ 4, 4, BT_MSE_REASON_METHOD },
  { AT_METHOD, 0x2 ^ 0x80000002u, 4, BT_MSE_REASON_METHOD },
  { AT_METHOD, 0x2 ^ 1, 4, BT_MSE_REASON_METHOD },  /* not offered below */
  { AT_METHOD, 0x2 ^ 2, 4, BT_MSE_REASON_NONE },
  { AT_B_PAD, 4 ^ 513, 2, BT_MSE_REASON_PADDING },
  { AT_B_PAD, 4 ^ 0xffff, 2, BT_MSE_REASON_PADDING },
};

static void
test_bad_responder (void)
{
  g_autoptr (GByteArray) first = from_text (responder_first);

  for (guint i = 0; i < G_N_ELEMENTS (responder_faults); i++)
    {
      const Fault *fault = &responder_faults[i];
      g_autoptr (GByteArray) second = from_text (responder_second);
      g_autoptr (BtMse) mse = make (TRUE, BT_MSE_RC4);

      g_test_message ("fault %u", i);
      feed (mse, first->data, first->len, G_MAXSIZE);
      bt_mse_set_payload (mse, NULL, 0);
      flip (second->data, fault);
      feed (mse, second->data, second->len, G_MAXSIZE);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==,
                       fault->reason == BT_MSE_REASON_NONE ? BT_MSE_DONE : BT_MSE_BAD);
      g_assert_cmpint (bt_mse_get_reason (mse), ==, fault->reason);
    }
}

/* One byte too many, and a padding that never ends: no byte more is taken than can belong to one. */
static void
test_padding_without_end (void)
{
  static const guint8 noise[2 * BT_MSE_MAX_IN_BYTES] = { 1, 2, 3 };

  for (guint is_initiator = 0; is_initiator <= 1; is_initiator++)
    {
      gsize n_mark = is_initiator ? 8 : BT_SHA1_BYTES;
      g_autoptr (GByteArray) first = from_text (is_initiator ? responder_first : initiator_first);
      g_autoptr (BtMse) mse = make (is_initiator, BOTH);
      gsize n_fed;

      feed (mse, first->data, BT_MSE_KEY_BYTES, G_MAXSIZE);
      if (is_initiator)
        bt_mse_set_payload (mse, NULL, 0);
      n_fed = feed (mse, noise, sizeof noise, 1);
      g_assert_cmpuint (n_fed, ==, BT_MSE_MAX_PAD_BYTES + n_mark);
      g_assert_cmpint (bt_mse_get_verdict (mse), ==, BT_MSE_BAD);
      g_assert_cmpint (bt_mse_get_reason (mse), ==, BT_MSE_REASON_PADDING);
    }
}

static void
test_padding_too_long (void)
{
  g_autoptr (GByteArray) first = from_text (initiator_first);
  g_autoptr (GByteArray) second = from_text (initiator_second);

  for (guint n_pad = BT_MSE_MAX_PAD_BYTES; n_pad <= BT_MSE_MAX_PAD_BYTES + 1; n_pad++)
    for (gsize n_chunk = 1; n_chunk < 2000; n_chunk += 7)
      {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        g_autoptr (BtMse) mse = make (FALSE, BOTH);

        g_byte_array_append (bytes, first->data, BT_MSE_KEY_BYTES);
        g_byte_array_set_size (bytes, BT_MSE_KEY_BYTES + n_pad);
        memset (bytes->data + BT_MSE_KEY_BYTES, 0, n_pad);
        g_byte_array_append (bytes, second->data, second->len);
        feed (mse, bytes->data, bytes->len, n_chunk);
        g_assert_cmpint (bt_mse_get_verdict (mse), ==,
                         n_pad <= BT_MSE_MAX_PAD_BYTES ? BT_MSE_DONE : BT_MSE_BAD);
      }
}

/* A responder that says much before it is told anything: what there is room for, and no more. */
static void
test_talkative_responder (void)
{
  g_autoptr (GByteArray) first = from_text (responder_first);
  g_autoptr (BtMse) mse = make (TRUE, BOTH);
  gsize n_room;

  feed (mse, first->data, first->len, G_MAXSIZE);
  memset (bt_mse_get_room (mse, &n_room), 0, BT_MSE_MAX_IN_BYTES - first->len);
  g_assert_cmpuint (n_room, ==, BT_MSE_MAX_IN_BYTES - first->len);
  g_assert_cmpint (bt_mse_received (mse, n_room), ==, BT_MSE_WANTS_PAYLOAD);
  bt_mse_get_room (mse, &n_room);
  g_assert_cmpuint (n_room, ==, 0);
  g_assert_cmpint (bt_mse_set_payload (mse, NULL, 0), ==, BT_MSE_BAD);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/encryption/mse/known-initiator", test_known_initiator);
  g_test_add_func ("/encryption/mse/known-responder", test_known_responder);
  g_test_add_func ("/encryption/mse/shared", test_shared);
  g_test_add_func ("/encryption/mse/keys", test_keys);
  g_test_add_func ("/encryption/mse/lengths", test_lengths);
  g_test_add_func ("/encryption/mse/methods", test_methods);
  g_test_add_func ("/encryption/mse/bad-initiator", test_bad_initiator);
  g_test_add_func ("/encryption/mse/bad-responder", test_bad_responder);
  g_test_add_func ("/encryption/mse/padding-without-end", test_padding_without_end);
  g_test_add_func ("/encryption/mse/padding-too-long", test_padding_too_long);
  g_test_add_func ("/encryption/mse/talkative-responder", test_talkative_responder);

  return g_test_run ();
}
