/* test-peers.c - peers of the details: words, order, a list that keeps up
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-peer-columns.h"
#include "details/freshet-peer-list.h"
#include "details/freshet-peer-words.h"

#include <string.h>

static BtPeerRow
make_row (const char *address)
{
  BtPeerRow row;

  memset (&row, 0, sizeof row);
  row.state = BT_PEER_WAITING;
  row.is_outgoing = TRUE;
  row.is_choking_us = TRUE;
  row.am_choking = TRUE;
  g_assert_true (bt_address_parse (address, 0, &row.address));
  return row;
}

static void
assert_flags (const BtPeerRow *row,
              const char      *expected)
{
  g_autofree char *flags = freshet_peer_words_flags (row);
  g_autofree char *words = freshet_peer_words_explain (row);
  g_auto (GStrv) lines = g_strsplit (words, "\n", -1);

  g_assert_cmpstr (flags, ==, expected);
  /* A line for each letter. */
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_assert_cmpint (lines[i][0], ==, expected[2 * i]);
      g_assert_true (g_str_has_prefix (lines[i] + 1, ": "));
    }
  g_assert_cmpuint (g_strv_length (lines), ==, (strlen (expected) + 1) / 2);
}

static void
test_flags (void)
{
  BtPeerRow row = make_row ("192.0.2.1:1");

  assert_flags (&row, "");
  row.am_interested = TRUE;
  assert_flags (&row, "d");
  row.is_choking_us = FALSE;
  assert_flags (&row, "D");
  row.am_interested = FALSE;
  assert_flags (&row, "K");
  row.is_interested = TRUE;
  assert_flags (&row, "u K");
  row.am_choking = FALSE;
  row.is_outgoing = FALSE;
  row.is_snubbed = TRUE;
  assert_flags (&row, "U K S I");
  row.is_interested = FALSE;
  assert_flags (&row, "K O S I");
  row.encrypted = BT_ENCRYPTED_UNDECIDED;
  assert_flags (&row, "K O S I");
  row.encrypted = BT_ENCRYPTED_HANDSHAKE;
  assert_flags (&row, "K O S I e");
  row.encrypted = BT_ENCRYPTED_ALL;
  assert_flags (&row, "K O S I E");
  row.state = BT_PEER_HANDSHAKING;
  assert_flags (&row, "");
}

static void
test_words (void)
{
  BtPeerRow row = make_row ("192.0.2.1:1");
  g_autofree char *none = freshet_peer_words_source (0);
  g_autofree char *two = freshet_peer_words_source (BT_SOURCE_PEX | BT_SOURCE_TRACKER);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (two, ==, "Tracker, Other peers");
  for (int state = BT_PEER_CONNECTING; state <= BT_PEER_DEAD; state++)
    {
      row.state = state;
      g_assert_cmpstr (freshet_peer_words_state (&row), !=, "");
    }
  row.state = BT_PEER_UPLOADING_ONLY;
  g_assert_cmpstr (freshet_peer_words_state (&row), ==, "Connected");
  row.sent_bps = 1;
  g_assert_cmpstr (freshet_peer_words_state (&row), ==, "Uploading");
}

static void
assert_connection (const BtPeerRow *row,
                   const char      *transport,
                   const char      *encryption)
{
  g_assert_cmpstr (freshet_peer_words_transport (row), ==, transport);
  g_assert_cmpstr (freshet_peer_words_encryption (row), ==, encryption);
}

static void
test_connection (void)
{
  BtPeerRow row = make_row ("192.0.2.1:1");

  assert_connection (&row, "TCP", "No");
  row.is_utp = TRUE;
  row.encrypted = BT_ENCRYPTED_HANDSHAKE;
  assert_connection (&row, "µTP", "Greeting only");
  row.encrypted = BT_ENCRYPTED_ALL;
  assert_connection (&row, "µTP", "Yes");
  row.state = BT_PEER_CONNECTING;
  assert_connection (&row, "", "");
}

static void
append (GArray     *rows,
        const char *address,
        guint64     received_bps)
{
  BtPeerRow row = make_row (address);

  row.received_bps = received_bps;
  g_array_append_val (rows, row);
}

static void
changed_cb (guint *n_changes)
{
  *n_changes += 1;
}

static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  GString    *log)
{
  g_string_append_printf (log, "%u-%u+%u ", position, n_removed, n_added);
}

static void
test_list (void)
{
  g_autoptr (FreshetPeerList) list = freshet_peer_list_new ();
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (BtPeerRow));
  g_autoptr (FreshetPeer) second = NULL;
  GString *log = g_string_new (NULL);
  guint n_changes = 0;

  g_signal_connect (list, "items-changed", G_CALLBACK (items_changed_cb), log);
  append (rows, "192.0.2.1:1", 0);
  append (rows, "192.0.2.2:1", 0);
  append (rows, "192.0.2.3:1", 0);
  freshet_peer_list_update (list, rows);
  g_assert_cmpstr (log->str, ==, "0-0+3 ");

  second = g_list_model_get_item (G_LIST_MODEL (list), 1);
  g_signal_connect_swapped (second, "changed", G_CALLBACK (changed_cb), &n_changes);
  freshet_peer_list_update (list, rows);
  g_assert_cmpuint (n_changes, ==, 0);
  g_array_index (rows, BtPeerRow, 1).received_bps = 7;
  freshet_peer_list_update (list, rows);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_cmpuint (freshet_peer_get_row (second)->received_bps, ==, 7);
  g_assert_cmpstr (log->str, ==, "0-0+3 ");

  g_array_remove_index (rows, 0);
  append (rows, "[2001:db8::1]:2", 0);
  freshet_peer_list_update (list, rows);
  g_assert_cmpstr (log->str, ==, "0-0+3 0-1+0 2-0+1 ");
  freshet_peer_list_update (list, NULL);
  g_assert_cmpstr (log->str, ==, "0-0+3 0-1+0 2-0+1 0-3+0 ");
  g_string_free (log, TRUE);
}

static const FreshetTableColumn *
find_column (const char *title)
{
  gsize n;
  const FreshetTableColumn *columns = freshet_peer_columns_get (&n);

  for (gsize i = 0; i < n; i++)
    if (g_str_equal (columns[i].title, title))
      return &columns[i];
  g_assert_not_reached ();
}

static void
test_order (void)
{
  static const struct
  {
    const char *title;
    int         order;  /* of the first to the second */
  } cases[] = {
    { "Address", -1 },
    { "Client", 1 },
    { "Progress", 1 },
    { "Download", -1 },
    { "Upload", 1 },
    { "Downloaded", -1 },
    { "Uploaded", 1 },
    { "Transport", -1 },
    { "Encrypted", 1 },
    { "Found By", -1 },
    { "Connected Since", 1 },
  };
  g_autoptr (FreshetPeerList) list = freshet_peer_list_new ();
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (BtPeerRow));
  g_autoptr (FreshetPeer) first = NULL;
  g_autoptr (FreshetPeer) second = NULL;
  BtPeerRow *row;

  /* As text the second would be the first. */
  append (rows, "9.0.0.1:1", 5);
  append (rows, "10.0.0.1:1", 100);
  row = &g_array_index (rows, BtPeerRow, 0);
  row->progress_milli = 900;
  row->sent_bps = G_MAXUINT64;
  row->received_bytes = 1;
  row->sent_bytes = 2;
  row->source = BT_SOURCE_TRACKER;
  g_strlcpy (row->client, "Zebra", sizeof row->client);
  row++;
  row->progress_milli = 100;
  row->received_bytes = 2;
  row->sent_bytes = 1;
  row->source = BT_SOURCE_PEX;
  row->connected_at_us = 1;
  row->is_utp = TRUE;
  row->encrypted = BT_ENCRYPTED_HANDSHAKE;
  g_strlcpy (row->client, "Ant", sizeof row->client);
  freshet_peer_list_update (list, rows);
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  second = g_list_model_get_item (G_LIST_MODEL (list), 1);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const FreshetTableColumn *column = find_column (cases[i].title);
      int order = column->compare (first, second);

      g_test_message ("%s", cases[i].title);
      g_assert_cmpint (order < 0 ? -1 : order > 0, ==, cases[i].order);
      g_assert_cmpint (column->compare (first, first), ==, 0);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/peers/flags", test_flags);
  g_test_add_func ("/app/peers/connection", test_connection);
  g_test_add_func ("/app/peers/words", test_words);
  g_test_add_func ("/app/peers/list", test_list);
  g_test_add_func ("/app/peers/order", test_order);

  return g_test_run ();
}
