/* bt-picker-private.h - the picker's tables, shared by its files and its tests
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "bt-picker.h"

#include "base/bt-random.h"

G_BEGIN_DECLS

#define BT_PICKER_NONE           G_MAXUINT32
#define BT_PICKER_N_CLASSES      3    /* LOW, NORMAL, HIGH */
#define BT_PICKER_MIN_LEVELS     16   /* room for this many availabilities at first */
#define BT_PICKER_MAX_CANDIDATES 256  /* pieces (and open pieces) looked at one by one in a search */
#define BT_PICKER_N_RANDOM       4    /* until so many pieces are had, new ones are taken at random */
#define BT_PICKER_MAX_REQUESTERS 4    /* of one block, in end game */
#define BT_PICKER_MIN_REQUESTS   64   /* request records kept while any is in use */

/* What each piece costs for ever: four bytes. A position in the order and the order itself (four bytes each)
 * come on top while something is missing, and at most five bits in sets. */
typedef struct
{
  guint32 availability : 24;  /* peers that have it, the counted seeds (n_seeds) left out */
  guint32 priority : 2;       /* BtPriority */
  guint32 has : 1;
  guint32 is_open : 1;
} BtPieceState;

/* One request that is out: linked into its block's list and into its peer's. Links are indices, as the pool
 * may move. */
typedef struct
{
  BtPickerPeer *peer;           /* borrowed; NULL: not in use */
  struct _BtOpen *open;         /* borrowed */
  guint32 block;
  guint32 next_of_block;        /* also links the unused ones */
  guint32 next_of_peer;
  guint32 previous_of_peer;
} BtRequest;

/* A block is free (bit in `free`), received (bit in `received`) or else requested: request is not
 * BT_PICKER_NONE. A received one may have requesters left: those that were asked too and have not been
 * cancelled yet. */
typedef struct
{
  guint32 blame_id;  /* who delivered it; 0: nobody yet, or restored from disk */
  guint32 request;   /* the first of its records, or BT_PICKER_NONE */
} BtOpenBlock;

/* Whose an open piece is at the moment: of the peers that were asked for its blocks. */
typedef enum
{
  BT_OPEN_NOBODYS,  /* no request is out */
  BT_OPEN_NORMAL,   /* anybody's but a slow peer's */
  BT_OPEN_FAST,     /* the fast peer `owner` takes it whole */
  BT_OPEN_SLOW,     /* slow peers' only */
} BtOpenKind;

/* Invariant: n_free + n_received + (blocks in n_at) = n_blocks; something is received or requested, else it
 * would not be open. One allocation: blocks and the two bit sets (least bit first) lie behind the struct. */
typedef struct _BtOpen
{
  guint32 piece;
  guint32 n_blocks;
  guint32 n_free;
  guint32 n_received;
  guint32 n_requests;                          /* records, those of received blocks included */
  guint32 n_at[BT_PICKER_MAX_REQUESTERS + 1];  /* blocks not received, by number of requesters; [0] unused */
  guint32 index;                               /* in picker->open */
  guint32 free_index;                          /* in picker->startable, or BT_PICKER_NONE */
  guint32 owner;                               /* blame id, of BT_OPEN_FAST */
  BtOpenKind kind;
  guint64 *free;
  guint64 *received;
  BtOpenBlock *blocks;
} BtOpen;

struct _BtPickerPeer
{
  BtPicker *picker;        /* borrowed */
  gpointer user_data;      /* borrowed */
  BtBitfield pieces;
  guint64 counts_epoch;    /* of picker; another one: n_wanted and n_new are to be counted anew */
  guint32 n_wanted;        /* has, wanted, not had */
  guint32 n_new;           /* of those, not open */
  guint32 n_requests;
  guint32 n_live;          /* requests for blocks nobody has delivered */
  guint32 first_request;
  guint32 current;         /* the piece it works on, or BT_PICKER_NONE */
  guint32 cursor;          /* where its next search by index begins */
  guint32 blame_id;
  guint32 index;           /* in picker->peers */
  guint32 partial_index;   /* in picker->partials, or BT_PICKER_NONE for a counted seed */
};

/* The order holds every piece: first those out of it (had, open, not wanted), then buckets by class, highest
 * first, and within a class by availability:
 *
 *   | out | HIGH 0 | HIGH 1 | … | NORMAL 0 | NORMAL 1 | … | LOW 0 | … |
 *   starts[0]  [1]      [2]  …                                         starts[n_buckets] = n_pieces
 *
 * A piece moves to the next bucket by one swap and one moved boundary. What is picked is rare, so that it lies
 * near `out`. The order is built when it is first needed, sorted anew when much has changed at once, and let go
 * when nothing is missing. */
struct _BtPicker
{
  BtGeometry geometry;
  BtRandom random;

  BtPieceState *states;            /* owned, as all below; n_pieces */
  guint32 *order;                  /* pieces; NULL until needed */
  guint32 *positions;              /* of each piece in `order` */
  guint32 *starts;                 /* n_buckets + 1 */
  guint32 *histogram;              /* pieces by availability; n_levels */
  guint32 n_levels;                /* availabilities there is room for */
  gboolean is_ordered;             /* order, positions and starts are right */
  BtBitfield have;
  BtBitfield unwanted;             /* had or skipped */
  BtBitfield blocked[BT_PICKER_N_CLASSES + 1];  /* by priority: not to be opened in it; [0] unused */
  guint32 first[BT_PICKER_N_CLASSES + 1];       /* no piece before it can be opened in this class */

  BtPickerPeer **peers;
  BtPickerPeer **partials;         /* peers that are not counted in n_seeds */
  guint32 n_peers;
  guint32 n_partials;
  guint32 n_peers_room;
  guint32 n_seeds;                 /* peers that came with everything; added to each availability */
  guint32 last_blame_id;
  guint64 counts_epoch;

  guint32 n_missing;
  guint64 missing_bytes;
  guint32 n_new;                   /* pieces that can be opened: wanted, not had, not open */
  guint32 n_new_unseen;            /* of those, with availability 0 */

  GHashTable *by_piece;            /* piece → BtOpen */
  GPtrArray *open;                 /* BtOpen, owned */
  GPtrArray *startable;            /* BtOpen, borrowed: wanted and with a free block */
  guint32 n_startable_unseen;      /* of those, with availability 0 */
  guint32 n_requested;             /* blocks not received that somebody was asked for */
  guint32 n_at[BT_PICKER_MAX_REQUESTERS + 1];

  BtRequest *requests;
  guint32 n_requests_room;
  guint32 n_requests;
  guint32 unused_request;

  guint max_open;
  gboolean is_sequential;
  guint32 startable_offset;        /* where the next search among them begins */
  guint32 n_steps;                 /* candidates looked at in the last pick, for tests */
  guint32 n_sweeps;                /* searches by index, ever, for tests */
};

static inline gboolean
bt_bits_get (const guint64 *bits,
             guint32        index)
{
  return (bits[index >> 6] >> (index & 63)) & 1;
}

static inline void
bt_bits_set (guint64 *bits,
             guint32  index)
{
  bits[index >> 6] |= G_GUINT64_CONSTANT (1) << (index & 63);
}

static inline void
bt_bits_unset (guint64 *bits,
               guint32  index)
{
  bits[index >> 6] &= ~(G_GUINT64_CONSTANT (1) << (index & 63));
}

static inline gboolean
bt_piece_state_is_wanted (BtPieceState state)
{
  return !state.has && state.priority != BT_PRIORITY_SKIP;
}

/* The class in which a piece can be opened; 0 when it cannot. */
static inline guint
bt_piece_state_get_class (BtPieceState state)
{
  return state.has || state.is_open ? 0 : state.priority;
}

/* A seed that is counted as one and not in each piece's availability. */
static inline gboolean
bt_picker_peer_is_seed (const BtPickerPeer *peer)
{
  return peer->partial_index == BT_PICKER_NONE;
}

/* --- bt-picker.c --- */

/* The only way a piece's flags change: sets, counts, order and peers follow. */
void          bt_picker_update_piece     (BtPicker           *picker,
                                          guint32             piece,
                                          BtPieceState        state);
/* Pieces the peer has that could be opened now. */
guint32       bt_picker_peer_get_n_new   (BtPickerPeer       *peer);

/* --- bt-picker-order.c --- */

void          bt_picker_order_init       (BtPicker           *picker);
/* Builds the order if it is not right. */
void          bt_picker_order_ensure     (BtPicker           *picker);
/* Many changes are coming: it will be built anew. */
void          bt_picker_order_invalidate (BtPicker           *picker);
/* And give its memory back. */
void          bt_picker_order_drop       (BtPicker           *picker);
guint32       bt_picker_order_get_n_buckets (const BtPicker  *picker);
guint32       bt_picker_order_get_bucket (const BtPicker     *picker,
                                          guint               piece_class,
                                          guint32             availability);
/* Moves `piece` from the bucket of the one state to that of the other. */
void          bt_picker_order_move       (BtPicker           *picker,
                                          guint32             piece,
                                          BtPieceState        from,
                                          BtPieceState        to);
/* `change` is 1 or -1. */
void          bt_picker_order_count      (BtPicker           *picker,
                                          guint32             piece,
                                          int                 change);

/* --- bt-picker-open.c --- */

void          bt_picker_open_init        (BtPicker           *picker);
void          bt_picker_open_clear       (BtPicker           *picker);
/* NULL: not open. */
BtOpen       *bt_picker_open_find        (BtPicker           *picker,
                                          guint32             piece);
/* The piece must be neither open nor had. */
BtOpen       *bt_picker_open_add         (BtPicker           *picker,
                                          guint32             piece);
/* Forgets it with its requests. The piece's state is left to the caller to change. */
void          bt_picker_open_remove      (BtPicker           *picker,
                                          BtOpen             *open);
/* After a change of priority or of free blocks: whether new requests may be made. */
void          bt_picker_open_update      (BtPicker           *picker,
                                          BtOpen             *open);
/* Closes it when nothing of it is received or requested. */
void          bt_picker_open_close_if_idle (BtPicker         *picker,
                                            BtOpen           *open);
/* The block is there (or no more): its requests stop (or begin) to count as live. */
void          bt_picker_open_set_received (BtPicker          *picker,
                                           BtOpen            *open,
                                           guint32            block,
                                           guint32            blame_id);
void          bt_picker_open_unset_received (BtPicker        *picker,
                                             BtOpen          *open,
                                             guint32          block);
/* The first free block from `from` on, or n_blocks. */
guint32       bt_picker_open_next_free   (const BtOpen       *open,
                                          guint32             from);
/* The first block from `from` on that is neither free nor received, or n_blocks. */
guint32       bt_picker_open_next_requested (const BtOpen    *open,
                                          guint32             from);

/* --- bt-picker-requests.c --- */

/* The peer must not have been asked for this block, which is not received. */
void          bt_picker_request_add      (BtPicker           *picker,
                                          BtPickerPeer       *peer,
                                          BtOpen             *open,
                                          guint32             block);
/* The record of this peer for this block, or BT_PICKER_NONE. */
guint32       bt_picker_request_find     (BtPicker           *picker,
                                          const BtPickerPeer *peer,
                                          const BtOpen       *open,
                                          guint32             block);
/* Forgets it. A block that nobody else was asked for is free again. The piece stays open. */
void          bt_picker_request_remove   (BtPicker           *picker,
                                          guint32             request);
guint         bt_picker_request_count    (const BtPicker     *picker,
                                          const BtOpen       *open,
                                          guint32             block);
/* --- bt-picker-check.c --- */

/* Counts everything anew and asserts that the tables agree. Slow: for tests. */
void          bt_picker_check            (BtPicker           *picker);

G_END_DECLS
