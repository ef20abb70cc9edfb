/* party.h - a supervisor with its engine's thread, and what a test waits for
 *
 * Real clock, real threads: a test waits for conditions, never for a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "supervisor/bt.h"

#include "test-node.h"

G_BEGIN_DECLS

typedef struct
{
  TestWorld    *world;       /* its context is the user's; its clock is not used */
  BtSupervisor *supervisor;
  char         *folder;
  guint         n_added;     /* signals */
  guint         n_removed;
  guint         n_ticks;
} Party;

/* An asynchronous call under way; `call` is a GAsyncReadyCallback's user data. */
typedef struct
{
  GAsyncResult *result;      /* owned; NULL: not ended */
} Call;

void       call_cb             (GObject                   *object,
                                GAsyncResult              *result,
                                gpointer                   call);
/* The result; owned by `call`, which call_clear() makes ready for another. */
GAsyncResult *call_wait        (Call                      *call,
                                TestWorld                 *world);
void       call_clear          (Call                      *call);

/* A supervisor on 127.0.0.1, not started. `options` nullable. */
Party     *party_new           (TestWorld                 *world,
                                const BtSupervisorOptions *options);
/* The same, started. */
Party     *party_start         (TestWorld                 *world,
                                const BtSupervisorOptions *options);
/* Stops it and lets it go: nothing else may hold it. */
void       party_free          (Party                     *party);
void       party_stop          (Party                     *party);
/* Adds and waits until it is there. `folder` NULL: its own; `options` nullable. */
BtTorrent *party_add           (Party                     *party,
                                BtMetainfo                *metainfo,
                                const char                *folder,
                                const BtAddOptions        *options);
/* The same, with `other` as the only peer. */
BtTorrent *party_download      (Party                     *party,
                                BtMetainfo                *metainfo,
                                Party                     *other,
                                const BtAddOptions        *options);
BtAddress  party_get_address   (Party                     *party);
void       party_wait_ticks    (Party                     *party,
                                guint                      n);

void       torrent_wait_state  (BtTorrent                 *torrent,
                                TestWorld                 *world,
                                BtSwarmState               state);
void       torrent_wait_done   (BtTorrent                 *torrent,
                                TestWorld                 *world,
                                guint64                    n_bytes);

G_END_DECLS
