/* party.c - a supervisor with its engine's thread, and what a test waits for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "party.h"

#include <glib/gstdio.h>

/* --- Calls --- */

void
call_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Call *call = user_data;

  g_assert_null (call->result);
  call->result = g_object_ref (result);
}

static gboolean
has_result (gpointer user_data)
{
  return ((Call *) user_data)->result != NULL;
}

GAsyncResult *
call_wait (Call      *call,
           TestWorld *world)
{
  g_assert_true (test_world_wait (world, has_result, call));
  return call->result;
}

void
call_clear (Call *call)
{
  g_clear_object (&call->result);
}

/* --- Parties --- */

static void
added_cb (Party     *party,
          BtTorrent *torrent)
{
  g_assert_true (BT_IS_TORRENT (torrent));
  party->n_added++;
}

static void
removed_cb (Party     *party,
            BtTorrent *torrent)
{
  g_assert_true (BT_IS_TORRENT (torrent));
  party->n_removed++;
}

static void
ticked_cb (Party *party)
{
  party->n_ticks++;
}

Party *
party_new (TestWorld                 *world,
           const BtSupervisorOptions *options)
{
  Party *party = g_new0 (Party, 1);
  BtSupervisorOptions with = options != NULL ? *options : (BtSupervisorOptions) { 0 };
  g_autofree char *name = g_strdup_printf ("party%u", ++world->n_nodes);

  party->world = world;
  party->folder = g_build_filename (world->folder, name, NULL);
  g_assert_cmpint (g_mkdir_with_parents (party->folder, 0755), ==, 0);
  if (with.bind.family == BT_FAMILY_NONE)
    g_assert_true (bt_address_parse ("127.0.0.1", 0, &with.bind));
  party->supervisor = bt_supervisor_new (&with);
  g_signal_connect_swapped (party->supervisor, "torrent-added", G_CALLBACK (added_cb), party);
  g_signal_connect_swapped (party->supervisor, "torrent-removed", G_CALLBACK (removed_cb), party);
  g_signal_connect_swapped (party->supervisor, "ticked", G_CALLBACK (ticked_cb), party);
  return party;
}

Party *
party_start (TestWorld                 *world,
             const BtSupervisorOptions *options)
{
  Party *party = party_new (world, options);
  Call call = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean is_up;

  bt_supervisor_start_async (party->supervisor, NULL, call_cb, &call);
  is_up = bt_supervisor_start_finish (party->supervisor, call_wait (&call, world), &error);
  g_assert_no_error (error);
  g_assert_true (is_up);
  g_assert_cmpint (bt_supervisor_get_port (party->supervisor) != 0, ==,
                   options == NULL || !options->is_offline);
  call_clear (&call);
  return party;
}

void
party_stop (Party *party)
{
  Call call = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean is_down;

  bt_supervisor_stop_async (party->supervisor, call_cb, &call);
  is_down = bt_supervisor_stop_finish (party->supervisor, call_wait (&call, party->world), &error);
  g_assert_no_error (error);
  g_assert_true (is_down);
  g_assert_cmpuint (bt_supervisor_get_port (party->supervisor), ==, 0);
  call_clear (&call);
}

void
party_free (Party *party)
{
  gpointer supervisor = party->supervisor;

  party_stop (party);
  g_object_add_weak_pointer (supervisor, &supervisor);
  g_object_unref (party->supervisor);
  g_assert_null (supervisor);
  g_free (party->folder);
  g_free (party);
}

BtTorrent *
party_add (Party              *party,
           BtMetainfo         *metainfo,
           const char         *folder,
           const BtAddOptions *options)
{
  BtAddOptions with = options != NULL ? *options : (BtAddOptions) { 0 };
  Call call = { NULL };
  g_autoptr (GError) error = NULL;
  BtTorrent *torrent;

  with.folder = folder != NULL ? folder : party->folder;
  bt_supervisor_add_async (party->supervisor, metainfo, &with, NULL, call_cb, &call);
  torrent = bt_supervisor_add_finish (party->supervisor, call_wait (&call, party->world), &error);
  g_assert_no_error (error);
  g_assert_true (BT_IS_TORRENT (torrent));
  call_clear (&call);
  return torrent;
}

BtTorrent *
party_download (Party              *party,
                BtMetainfo         *metainfo,
                Party              *other,
                const BtAddOptions *options)
{
  BtAddOptions with = options != NULL ? *options : (BtAddOptions) { 0 };
  BtKnownAddress peer = { party_get_address (other), BT_SOURCE_PERSON };

  with.peers = &peer;
  with.n_peers = 1;
  return party_add (party, metainfo, NULL, &with);
}

BtAddress
party_get_address (Party *party)
{
  BtAddress address;
  guint port = bt_supervisor_get_port (party->supervisor);

  g_assert_true (bt_address_parse ("127.0.0.1", (guint16) port, &address));
  return address;
}

/* --- Waiting --- */

typedef struct
{
  gpointer subject;
  guint64  value;
} Wait;

static gboolean
has_ticks (gpointer user_data)
{
  Wait *wait = user_data;

  return ((Party *) wait->subject)->n_ticks >= wait->value;
}

void
party_wait_ticks (Party *party,
                  guint  n)
{
  Wait wait = { party, party->n_ticks + n };

  g_assert_true (test_world_wait (party->world, has_ticks, &wait));
}

static gboolean
has_state (gpointer user_data)
{
  Wait *wait = user_data;

  return bt_torrent_get_facts (wait->subject)->state == (BtSwarmState) wait->value;
}

void
torrent_wait_state (BtTorrent    *torrent,
                    TestWorld    *world,
                    BtSwarmState  state)
{
  Wait wait = { torrent, state };

  g_assert_true (test_world_wait (world, has_state, &wait));
}

static gboolean
has_done (gpointer user_data)
{
  Wait *wait = user_data;

  return bt_torrent_get_facts (wait->subject)->done_bytes >= wait->value;
}

void
torrent_wait_done (BtTorrent *torrent,
                   TestWorld *world,
                   guint64    n_bytes)
{
  Wait wait = { torrent, n_bytes };

  g_assert_true (test_world_wait (world, has_done, &wait));
}
