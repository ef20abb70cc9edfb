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
  BtMetainfo *metainfo;
  BtSnapshot *snapshot;

  /* Borrowed References */
  BtEngine   *engine;    /* nullable */

  guint64     id;
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
compute_progress (const BtSwarmFacts *facts)
{
  if (facts->state == BT_SWARM_CHECKING)
    return facts->to_check_bytes > 0
             ? (double) facts->checked_bytes / (double) facts->to_check_bytes : 0;
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
      g_value_set_double (value, compute_progress (facts));
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
  properties[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, BT_SWARM_FAILED, 0, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_IS_COMPLETE] = g_param_spec_boolean ("is-complete", NULL, NULL, FALSE, flags);
  properties[PROP_RECEIVED_BPS] =
      g_param_spec_uint64 ("received-bps", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_SENT_BPS] =
      g_param_spec_uint64 ("sent-bps", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_N_PEERS] = g_param_spec_uint ("n-peers", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /* A newer snapshot has been taken; after the properties' own notifications. */
  signals[CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
}

static void
bt_torrent_init (BtTorrent *self)
{
  self->snapshot = g_new0 (BtSnapshot, 1);
}

BtTorrent *
bt_torrent_new (guint64     id,
                BtMetainfo *metainfo)
{
  BtTorrent *self = g_object_new (BT_TYPE_TORRENT, NULL);

  self->id = id;
  self->metainfo = bt_metainfo_ref (metainfo);
  self->snapshot->facts.total_bytes = bt_metainfo_get_geometry (metainfo)->total_bytes;
  self->snapshot->facts.wanted_bytes = self->snapshot->facts.total_bytes;
  self->snapshot->facts.n_pieces = bt_metainfo_get_geometry (metainfo)->n_pieces;
  return self;
}

guint64
bt_torrent_get_id (BtTorrent *self)
{
  return self->id;
}

void
bt_torrent_set_engine (BtTorrent *self,
                       BtEngine  *engine)
{
  self->engine = engine;
}

void
bt_torrent_take_snapshot (BtTorrent  *self,
                          BtSnapshot *snapshot)
{
  g_autoptr (GObject) held = g_object_ref (G_OBJECT (self));
  BtSnapshot *old = self->snapshot;
  const BtSwarmFacts *was = &old->facts;
  const BtSwarmFacts *is = &snapshot->facts;

  self->snapshot = snapshot;
  g_object_freeze_notify (held);
  if (was->state != is->state)
    g_object_notify_by_pspec (held, properties[PROP_STATE]);
  if (compute_progress (was) != compute_progress (is))
    g_object_notify_by_pspec (held, properties[PROP_PROGRESS]);
  if (compute_complete (was) != compute_complete (is))
    g_object_notify_by_pspec (held, properties[PROP_IS_COMPLETE]);
  if (was->received_bps != is->received_bps)
    g_object_notify_by_pspec (held, properties[PROP_RECEIVED_BPS]);
  if (was->sent_bps != is->sent_bps)
    g_object_notify_by_pspec (held, properties[PROP_SENT_BPS]);
  if (was->n_peers != is->n_peers)
    g_object_notify_by_pspec (held, properties[PROP_N_PEERS]);
  bt_snapshot_free (old);
  g_object_thaw_notify (held);
  g_signal_emit (held, signals[CHANGED], 0);
}

/* --- Reading --- */

const char *
bt_torrent_get_name (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return bt_metainfo_get_display_name (self->metainfo);
}

BtMetainfo *
bt_torrent_get_metainfo (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->metainfo;
}

const BtSwarmFacts *
bt_torrent_get_facts (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return &self->snapshot->facts;
}

double
bt_torrent_get_progress (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), 0);

  return compute_progress (&self->snapshot->facts);
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

  return self->snapshot->peer_rows;
}

const GArray *
bt_torrent_get_tracker_rows (BtTorrent *self)
{
  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  return self->snapshot->tracker_rows;
}

static char *
describe_reason (const BtSwarmFacts *facts)
{
  switch (facts->reason)
    {
    case BT_REASON_NO_PEERS:
      return g_strdup ("No peers are known yet");
    case BT_REASON_TRACKER_FAILED:
      return g_strdup_printf ("No peers; tracker: “%s”",
                              facts->message != NULL ? facts->message : "");
    case BT_REASON_CONNECTING:
      return g_strdup ("Connecting to peers");
    case BT_REASON_UNREACHABLE:
      return g_strdup_printf ("No peer (of %u) can be reached; trying on", facts->n_known);
    case BT_REASON_NO_PIECES:
      return g_strdup_printf ("No peer (of %u) has a piece missing here", facts->n_peers);
    case BT_REASON_ALL_CHOKE:
      return g_strdup_printf ("Waiting for a turn (peers: %u)", facts->n_peers);
    case BT_REASON_STALLED:
      return g_strdup ("Waiting for the peers to answer");
    case BT_REASON_LIMIT:
      return g_strdup ("Kept at your speed limit");
    case BT_REASON_DISK:
      return g_strdup ("The disk is slower than the peers");
    case BT_REASON_NO_SPACE:
      return g_strdup_printf ("Waiting for space on the disk: %s",
                              facts->message != NULL ? facts->message : "");
    case BT_REASON_CHECK_QUEUE:
      return g_strdup ("Waiting for another check to end");
    case BT_REASON_NONE:
    default:
      return NULL;
    }
}

char *
bt_torrent_describe (BtTorrent *self)
{
  const BtSwarmFacts *facts;
  char *reason;

  g_return_val_if_fail (BT_IS_TORRENT (self), NULL);

  facts = &self->snapshot->facts;
  reason = describe_reason (facts);
  if (reason != NULL)
    return reason;
  switch (facts->state)
    {
    case BT_SWARM_CHECKING:
      return g_strdup ("Checking the data on disk");
    case BT_SWARM_PREPARING:
      return g_strdup ("Making files");
    case BT_SWARM_DOWNLOADING:
      return g_strdup_printf ("Downloading from %u of %u peers", facts->n_unchoked_by,
                              facts->n_peers);
    case BT_SWARM_SEEDING:
      return g_strdup_printf ("Seeding to %u of %u peers", facts->n_unchoked, facts->n_peers);
    case BT_SWARM_STOPPING:
      return g_strdup ("Stopping");
    case BT_SWARM_FAILED:
      return g_strdup (facts->message != NULL ? facts->message : "Failed");
    case BT_SWARM_NO_SPACE:
    case BT_SWARM_STOPPED:
    default:
      return g_strdup ("Stopped");
    }
}

/* --- Wishes --- */

static void
send_command (BtTorrent *self,
              BtCommand *command)
{
  command->id = self->id;
  if (self->engine != NULL)
    bt_engine_command (self->engine, command);
  else
    bt_command_free (command);
}

static BtCommand *
new_command (BtCommandKind kind)
{
  BtCommand *command = g_new0 (BtCommand, 1);

  command->kind = kind;
  return command;
}

void
bt_torrent_set_watched (BtTorrent *self,
                        gboolean   is_watched)
{
  BtCommand *command;

  g_return_if_fail (BT_IS_TORRENT (self));

  command = new_command (BT_COMMAND_WATCH);
  command->flag = is_watched;
  send_command (self, command);
}

void
bt_torrent_start (BtTorrent *self)
{
  g_return_if_fail (BT_IS_TORRENT (self));

  send_command (self, new_command (BT_COMMAND_START));
}

void
bt_torrent_stop (BtTorrent *self)
{
  g_return_if_fail (BT_IS_TORRENT (self));

  send_command (self, new_command (BT_COMMAND_STOP));
}

void
bt_torrent_verify (BtTorrent *self)
{
  g_return_if_fail (BT_IS_TORRENT (self));

  send_command (self, new_command (BT_COMMAND_VERIFY));
}

void
bt_torrent_announce (BtTorrent *self)
{
  g_return_if_fail (BT_IS_TORRENT (self));

  send_command (self, new_command (BT_COMMAND_ANNOUNCE));
}

void
bt_torrent_add_peer (BtTorrent       *self,
                     const BtAddress *address)
{
  BtCommand *command;

  g_return_if_fail (BT_IS_TORRENT (self));
  g_return_if_fail (address != NULL);

  command = new_command (BT_COMMAND_ADD_PEER);
  command->peers = g_array_new (FALSE, FALSE, sizeof (BtAddress));
  g_array_append_val (command->peers, *address);
  send_command (self, command);
}

void
bt_torrent_set_limits (BtTorrent *self,
                       guint64    read_bps,
                       guint64    write_bps)
{
  BtCommand *command;

  g_return_if_fail (BT_IS_TORRENT (self));

  command = new_command (BT_COMMAND_SET_LIMITS);
  command->read_bps = read_bps;
  command->write_bps = write_bps;
  send_command (self, command);
}
