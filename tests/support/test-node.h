/* test-node.h - whole engines in one process, on one thread, with a made-up clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "session/bt-session.h"

G_BEGIN_DECLS

/* The context and clock that all nodes of a test share, and a folder that goes with it. */
typedef struct
{
  GMainContext *context;
  BtClock      *clock;
  char         *folder;
  GPtrArray    *nodes;       /* TestNode, borrowed: those there are */
  guint         n_nodes;     /* ever */
} TestWorld;

/* One engine. */
typedef struct _TestNode TestNode;

struct _TestNode
{
  TestWorld *world;
  BtSession *session;
  BtSwarm   *swarm;      /* of the session; the one torrent most tests need */
  char      *folder;
  guint      n_ticks;
  gboolean   is_closed;
  /* Nullable; the test sets it. */
  void     (*state_func) (TestNode *node,
                          BtSwarm  *swarm);
};

/* A file of a made-up torrent: its content follows from its path and length. */
typedef struct
{
  const char *path;      /* relative; NULL ends a table */
  guint64     length;
} TestFile;

TestWorld  *test_world_new        (void);
void        test_world_free       (TestWorld           *world);
/* Iterates until `condition` holds: real sockets and workers, at most 120 real seconds. The made-up
 * clock goes on by 20 ms whenever nothing is left to do. FALSE: it never did. */
gboolean    test_world_wait       (TestWorld           *world,
                                   gboolean           (*condition) (gpointer user_data),
                                   gpointer             user_data);
/* Lets everything that is ready happen, and the clock go on by `us`, in steps of at most 100 ms, before each of which
 * the disk has done what it was asked for. What other processes and servers do is not waited for. */
void        test_world_pass       (TestWorld           *world,
                                   gint64               us);
/* Writes the files below world/NAME/ and makes a torrent of them. A single file when there is just
 * one and its path is NAME. */
BtMetainfo *test_world_make_torrent (TestWorld         *world,
                                     const char        *name,
                                     const TestFile    *files,
                                     guint32            piece_bytes,
                                     const char        *tracker);
/* The same without a tracker, and maybe private (BEP 27). */
BtMetainfo *test_world_make_torrent_of (TestWorld      *world,
                                        const char     *name,
                                        const TestFile *files,
                                        guint32         piece_bytes,
                                        gboolean        is_private);
/* An engine bound to 127.0.0.1. `config` nullable. Its download folder is empty. */
TestNode   *test_node_new         (TestWorld           *world,
                                   const BtSessionConfig *config);
/* Stops everything, and waits for it. */
void        test_node_free        (TestNode            *node);
/* Adds, and starts when `is_started`. `folder` NULL: the node's own (empty); else e.g.
 * world->folder, where the data is. `config` nullable: its folder is replaced. */
BtSwarm    *test_node_add         (TestNode            *node,
                                   BtMetainfo          *metainfo,
                                   const char          *folder,
                                   const BtSwarmConfig *config,
                                   gboolean             is_started);
BtAddress   test_node_get_address (TestNode            *node);
void        test_node_connect     (TestNode            *node,
                                   TestNode            *other);
gboolean    test_node_wait_state  (TestNode            *node,
                                   BtSwarmState         state);
/* Compares every file of the torrent in the two folders, byte by byte. */
void        test_assert_same_files (BtMetainfo         *metainfo,
                                    const char         *folder_a,
                                    const char         *folder_b);
void        test_remove_tree      (const char          *path);

G_END_DECLS
