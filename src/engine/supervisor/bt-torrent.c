/* bt-torrent.c - one torrent, as an application sees it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-torrent.h"

#include "bt-torrent-private.h"

struct _BtTorrent
{
  GObject     parent_instance;

  /* Owned References */
  BtMetainfo *metainfo;  /* nullable: of a torrent that was added in this run */
  BtSnapshot *snapshot;  /* has a record */

  /* Borrowed References */
  BtEngine   *engine;    /* nullable */
};

enum
{
  PROP_0,
  PROP_NAME,
  PROP_STATE,
  PROP_PROGRESS,
  PROP_IS_COMPLETE,
  PROP_RECEIVED_BPS,
  PROP_SENT_BPS,
  PROP_N_PEERS,
  PROP_LABELS,
  PROP_MESSAGE,
  PROP_POSITION,
  PROP_SIZE,
  PROP_RATIO,
  PROP_LEFT_US,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BtTorrent, bt_torrent, G_TYPE_OBJECT)

static double
compute_progress (const BtSwarmFacts *facts,
                  const BtRecord     *record)
{
  /* Of a link nothing is here, however little it is. */
  if ((record->flags & BT_RECORD_MAGNET) != 0)
    return 0;
  if (facts->state == BT_SWARM_CHECKING)
    return facts->to_check_bytes > 0
             ? (double) facts->checked_bytes / (double) facts->to_check_bytes : 0;
  if (facts->state == BT_SWARM_MOVING && facts->moving_bytes > 0)
    return (double) facts->moved_bytes / (double) facts->moving_bytes;
  if (facts->wanted_bytes == 0)
    return 1;
  return (double) facts->done_bytes / (double) facts->wanted_bytes;
}

static gboolean
compute_complete (const BtSwarmFacts *facts)
{
  return facts->state == BT_SWARM_SEEDING ||
         (facts->state != BT_SWARM_CHECKING && facts->done_bytes == facts->wanted_bytes &&
          facts->n_have > 0);
}

static double
compute_ratio (const BtRecord *record)
{
  if (record->total_bytes == 0)
    return 0;
  return (double) record->sent_bytes / (double) record->total_bytes;
}

static void
bt_torrent_finalize (GObject *object)
{
  BtTorrent *self = BT_TORRENT (object);

  g_clear_pointer (&self->metainfo, bt_metainfo_unref);
  g_clear_pointer (&self->snapshot, bt_snapshot_free);
  G_OBJECT_CLASS (bt_torrent_parent_class)->finalize (object);
}

static void
bt_torrent_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  BtTorrent *self = BT_TORRENT (object);
  const BtSwarmFacts *facts = bt_torrent_get_facts (self);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, bt_torrent_get_name (self));
      break;

    case PROP_STATE:
      g_value_set_int (value, (int) facts->state);
      break;

    case PROP_PROGRESS:
      g_value_set_double (value, compute_progress (facts, self->snapshot->record));
      break;

    case PROP_IS_COMPLETE:
      g_value_set_boolean (value, compute_complete (facts));
      break;

    case PROP_RECEIVED_BPS:
      g_value_set_uint64 (value, facts->received_bps);
      break;

    case PROP_SENT_BPS:
      g_value_set_uint64 (value, facts->sent_bps);
      break;

    case PROP_N_PEERS:
      g_value_set_uint (value, facts->n_peers);
      break;

    case PROP_LABELS:
      g_value_set_boxed (value, self->snapshot->record->labels);
      break;

    case PROP_MESSAGE:
      g_value_set_string (value, facts->message);
      break;

    case PROP_POSITION:
      g_value_set_uint (value, self->snapshot->record->position);
      break;

    case PROP_SIZE:
      g_value_set_uint64 (value, facts->total_bytes);
      break;

    case PROP_RATIO:
      g_value_set_double (value, compute_ratio (self->snapshot->record));
      break;

    case PROP_LEFT_US:
      g_value_set_int64 (value, facts->left_us);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bt_torrent_class_init (BtTorrentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = bt_torrent_finalize;
  object_class->get_property = bt_torrent_get_property;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, BT_SWARM_MOVING, 0, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_IS_COMPLETE] = g_param_spec_boolean ("is-complete", NULL, NULL, FALSE, flags);
  properties[PROP_RECEIVED_BPS] =
      g_param_spec_uint64 ("received-bps", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_SENT_BPS] =
      g_param_spec_uint64 ("sent-bps", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_N_PEERS] = g_param_spec_uint ("n-peers", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_LABELS] = g_param_spec_boxed ("labels", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);
  properties[PROP_POSITION] = g_param_spec_uint ("position", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_SIZE] = g_param_spec_uint64 ("size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_RATIO] = g_param_spec_double ("ratio", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_LEFT_US] =
      g_param_spec_int64 ("left-us", NULL, NULL, G_MININT64, G_MAXINT64, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /* A newer snapshot has been taken; after the properties' own notifications. */
  signals[CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
bt_torrent_init (BtTorrent *self)
{
}

/* --- For the supervisor --- */

BtTorrent *
bt_torrent_new (BtSnapshot *snapshot,
                BtMetainfo *metainfo)
{
  BtTorrent *self = g_object_new (BT_TYPE_TORRENT, NULL);

  if (snapshot->record == NULL)
    snapshot->record = bt_record_new ();
  self->snapshot = snapshot;
  self->metainfo = metainfo != NULL ? bt_metainfo_ref (metainfo) : NULL;
  return self;
}

BtEngine *
bt_torrent_get_engine (BtTorrent *self)
{
  return self->engine;
}

void
bt_torrent_set_engine (BtTorrent *self,
                       BtEngine  *engine)
{
  self->engine = engine;
}

static void
notify_facts (GObject            *object,
              const BtSwarmFacts *was,
              const BtSwarmFacts *is)
{
  if (was->state != is->state)
    g_object_notify_by_pspec (object, properties[PROP_STATE]);
  if (compute_complete (was) != compute_complete (is))
    g_object_notify_by_pspec (object, properties[PROP_IS_COMPLETE]);
  if (was->received_bps != is->received_bps)
    g_object_notify_by_pspec (object, properties[PROP_RECEIVED_BPS]);
  if (was->sent_bps != is->sent_bps)
    g_object_notify_by_pspec (object, properties[PROP_SENT_BPS]);
  if (was->n_peers != is->n_peers)
    g_object_notify_by_pspec (object, properties[PROP_N_PEERS]);
  if (was->total_bytes != is->total_bytes)
    g_object_notify_by_pspec (object, properties[PROP_SIZE]);
  if (was->left_us != is->left_us)
    g_object_notify_by_pspec (object, properties[PROP_LEFT_US]);
  if (g_strcmp0 (was->message, is->message) != 0)
    g_object_notify_by_pspec (object, properties[PROP_MESSAGE]);
}

static gboolean
has_same_labels (const BtRecord *a,
                 const BtRecord *b)
{
  static const char *const none[] = { NULL };

  return g_strv_equal (a->labels != NULL ? (const char *const *) a->labels : none,
                       b->labels != NULL ? (const char *const *) b->labels : none);
}

static void
notify_record (GObject        *object,
               const BtRecord *was,
               const BtRecord *is)
{
  if (g_strcmp0 (was->name, is->name) != 0)
    g_object_notify_by_pspec (object, properties[PROP_NAME]);
  if (!has_same_labels (was, is))
    g_object_notify_by_pspec (object, properties[PROP_LABELS]);
  if (was->position != is->position)
    g_object_notify_by_pspec (object, properties[PROP_POSITION]);
  if (compute_ratio (was) != compute_ratio (is))
    g_object_notify_by_pspec (object, properties[PROP_RATIO]);
}

/* Handlers are called when everything is as it is now: what was lives until they have been. */
void
bt_torrent_take_first_snapshot (BtTorrent  *self,
                                BtSnapshot *snapshot)
{
  g_autoptr (GObject) held = g_object_ref (G_OBJECT (self));
  BtSnapshot *old = self->snapshot;

  self->snapshot = snapshot;
  g_object_freeze_notify (held);
  notify_facts (held, &old->facts, &snapshot->facts);
  if (compute_progress (&old->facts, old->record) !=
      compute_progress (&snapshot->facts,
                        snapshot->record != NULL ? snapshot->record : old->record))
    g_object_notify_by_pspec (held, properties[PROP_PROGRESS]);
  if (snapshot->record != NULL)
    notify_record (held, old->record, snapshot->record);
  else
    bt_snapshot_inherit (snapshot, old);
  bt_snapshot_free (old);
  g_object_thaw_notify (held);
  g_signal_emit (held, signals[CHANGED], 0);
}

void
bt_torrent_take_snapshot (BtTorrent  *self,
                          BtSnapshot *snapshot)
{
  if (snapshot->serial < self->snapshot->serial)
    bt_snapshot_free (snapshot);
  else
    bt_torrent_take_first_snapshot (self, snapshot);
}

/* --- Reading --- */

const char *
bt_torrent_get_name (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  if (self->snapshot->record->name != NULL)
    return self->snapshot->record->name;
  return self->metainfo != NULL ? bt_metainfo_get_display_name (self->metainfo) : NULL;
}

guint64
bt_torrent_get_id (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), 0);

  return self->snapshot->id;
}

BtMetainfo *
bt_torrent_get_metainfo (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  if (self->metainfo != NULL)
    return self->metainfo;
  return self->snapshot->details != NULL ? self->snapshot->details->metainfo : NULL;
}

const BtSwarmFacts *
bt_torrent_get_facts (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return &self->snapshot->facts;
}

const BtRecord *
bt_torrent_get_record (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->record;
}

double
bt_torrent_get_progress (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), 0);

  return compute_progress (&self->snapshot->facts, self->snapshot->record);
}

gboolean
bt_torrent_is_complete (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), FALSE);

  return compute_complete (&self->snapshot->facts);
}

const GArray *
bt_torrent_get_peer_rows (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->peer_rows : NULL;
}

const GArray *
bt_torrent_get_tracker_rows (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->tracker_rows : NULL;
}

const GArray *
bt_torrent_get_web_seed_rows (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->web_seed_rows : NULL;
}

const GArray *
bt_torrent_get_file_rows (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->file_rows : NULL;
}

GBytes *
bt_torrent_get_piece_map (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->piece_map : NULL;
}

GBytes *
bt_torrent_get_history (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->details != NULL ? self->snapshot->details->history : NULL;
}

char *
bt_torrent_describe (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return bt_facts_describe (&self->snapshot->facts);
}
