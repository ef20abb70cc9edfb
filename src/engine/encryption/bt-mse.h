/* bt-mse.h - the handshake of Message Stream Encryption, for both sides: bytes in, bytes and a verdict out
 *
 * It hides what is spoken, and for which torrent, from whoever looks on without knowing the info-hash; it proves
 * nothing about the other side. Pure: randomness comes in. Bounded: a handshake that has not ended within
 * BT_MSE_MAX_IN_BYTES is none. The description is Vuze's, as Transmission and libtorrent do it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-mse-key.h"
#include "bt-rc4.h"

#include "base/bt-hash.h"

G_BEGIN_DECLS

#define BT_MSE_MAX_PAD_BYTES     512   /* of each of the four paddings */
#define BT_MSE_MAX_IN_BYTES      2048  /* more than any handshake has */
#define BT_MSE_MAX_PAYLOAD_BYTES 512   /* of ours that goes along with the handshake */
/* What one side may have to say before it hears something again. */
#define BT_MSE_MAX_OUT_BYTES     2048

typedef struct _BtMse BtMse;

/* Bits on the wire, too: how the bytes behind the handshake go. */
typedef enum
{
  BT_MSE_PLAIN = 1 << 0,
  BT_MSE_RC4   = 1 << 1,
} BtMseMethod;

typedef enum
{
  BT_MSE_NEED_MORE,
  BT_MSE_WANTS_PAYLOAD,  /* initiator: bt_mse_set_payload() */
  BT_MSE_WANTS_TORRENT,  /* responder: bt_mse_set_torrent() */
  BT_MSE_DONE,
  BT_MSE_BAD,
} BtMseVerdict;

typedef enum
{
  BT_MSE_REASON_NONE,
  BT_MSE_REASON_KEY,      /* not a public key that is safe to use */
  BT_MSE_REASON_PADDING,  /* too long, or without an end */
  BT_MSE_REASON_TORRENT,  /* of no torrent that is here */
  BT_MSE_REASON_CHECK,    /* decrypts to nonsense */
  BT_MSE_REASON_METHOD,   /* no method that both allow */
  BT_MSE_REASON_CIPHER,   /* RC4 is not to be had on this system */
} BtMseReason;

/* Chosen at random for every handshake, by the caller. */
typedef struct
{
  guint8  private_key[BT_MSE_PRIVATE_BYTES];
  guint8  pad[BT_MSE_MAX_PAD_BYTES];  /* its first `n_pad` bytes go out as they are */
  guint16 n_pad;                      /* at most BT_MSE_MAX_PAD_BYTES; so is the next */
  guint16 n_inner_pad;                /* zeros, which go out encrypted */
} BtMseSecrets;

/* `methods`: BtMseMethod, offered or allowed; of two that both allow it is RC4. `secrets` are copied. */
BtMse       *bt_mse_new_initiator   (const BtMseSecrets *secrets,
                                     const guint8        info_hash[BT_SHA1_BYTES],
                                     guint               methods);
BtMse       *bt_mse_new_responder   (const BtMseSecrets *secrets,
                                     guint               methods);
void         bt_mse_free            (BtMse              *mse);
/* Where received bytes go, followed by bt_mse_received(). There is room while the verdict is NEED_MORE, and there may
 * be none while something else is waited for. */
guint8      *bt_mse_get_room        (BtMse              *mse,
                                     gsize              *out_n_bytes);
BtMseVerdict bt_mse_received        (BtMse              *mse,
                                     gsize               n_bytes);
BtMseVerdict bt_mse_get_verdict     (const BtMse        *mse);
BtMseReason  bt_mse_get_reason      (const BtMse        *mse);
/* What is to be sent; the caller takes it after every call, before it waits for more. `out_bytes` has room for
 * BT_MSE_MAX_OUT_BYTES. Returns the number of bytes, which are forgotten here. */
gsize        bt_mse_take_output     (BtMse              *mse,
                                     guint8             *out_bytes);
/* The first bytes for the other side, encrypted whatever is agreed on: at most BT_MSE_MAX_PAYLOAD_BYTES (asserted),
 * or none. Only when wanted (asserted), as the next. */
BtMseVerdict bt_mse_set_payload     (BtMse              *mse,
                                     const guint8       *bytes,
                                     gsize               n_bytes);
/* What the initiator said instead of the info-hash, BT_SHA1_BYTES: see bt_mse_hash_torrent(). */
const guint8 *bt_mse_get_torrent    (const BtMse        *mse);
/* The info-hash it stands for; NULL: it is of none that is here. */
BtMseVerdict bt_mse_set_torrent     (BtMse              *mse,
                                     const guint8       *info_hash);
/* When done: what was agreed on, the ciphers (transfer full), how many of the bytes that come next are encrypted
 * whatever was agreed on, and the bytes behind the handshake that have come already, as they came (borrowed). */
BtMseMethod  bt_mse_get_method      (const BtMse        *mse);
BtRc4       *bt_mse_steal_reader    (BtMse              *mse);
BtRc4       *bt_mse_steal_writer    (BtMse              *mse);
gsize        bt_mse_get_n_payload   (const BtMse        *mse);
const guint8 *bt_mse_get_rest       (const BtMse        *mse,
                                     gsize              *out_n_bytes);

/* The name by which a responder recognises a torrent. */
void         bt_mse_hash_torrent    (const guint8        info_hash[BT_SHA1_BYTES],
                                     guint8              out_hash[BT_SHA1_BYTES]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BtMse, bt_mse_free)

G_END_DECLS
