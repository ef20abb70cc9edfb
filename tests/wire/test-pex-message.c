/* test-pex-message.c - ut_pex's message
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-pex-message.h"

#include <string.h>

#define FOUR  "\x7f\x00\x00\x01\x1a\xe1"                                   /* 127.0.0.1:6881 */
#define FOUR2 "\x0a\x00\x00\x02\x00\x50"                                   /* 10.0.0.2:80 */
#define NO_PORT "\x0a\x00\x00\x02\x00\x00"
#define SIX   "\xfd\x77\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1a\xe1"             /* [fd77::1]:6881 */
#define S(text) text, sizeof text - 1

static const struct
{
  const char *payload;
  gsize       n_bytes;
  int         n_peers;     /* -1: refused */
  const char *addresses;   /* with their flags */
} cases[] = {
  { S ("de"), 0, "" },
  { S ("d5:added6:" FOUR "7:added.f1:\x02" "e"), 1, "127.0.0.1:6881/2 " },
  { S ("d5:added12:" FOUR FOUR2 "7:added.f2:\x10\x01" "e"), 2,
    "127.0.0.1:6881/16 10.0.0.2:80/1 " },
  { S ("d5:added6:" FOUR "6:added618:" SIX "8:added6.f1:\x04" "e"), 2,
    "127.0.0.1:6881/0 [fd77::1]:6881/4 " },
  /* Flags of some only, or of nobody; dropped ones do not matter. */
  { S ("d5:added12:" FOUR FOUR2 "7:added.f1:\x10" "7:dropped6:" FOUR2 "e"), 2,
    "127.0.0.1:6881/16 10.0.0.2:80/0 " },
  /* Nowhere to connect to: left out, and the flags stay with their addresses. */
  { S ("d5:added12:" NO_PORT FOUR "7:added.f2:\x10\x02" "e"), 1, "127.0.0.1:6881/2 " },
  { S ("d5:added6:\0\0\0\0\x1a\xe1" "e"), 0, "" },
  { S ("d5:added6:\xe0\0\0\x01\x1a\xe1" "e"), 0, "" },
  /* Not a whole number of addresses; of other types. */
  { S ("d5:added7:" FOUR "x" "e"), 0, "" },
  { S ("d5:addedi7ee"), 0, "" },
  { S ("d5:addedl6:" FOUR "ee"), 0, "" },
  { S (""), -1, NULL },
  { S ("le"), -1, NULL },
  { S ("d5:added6:"), -1, NULL },
  { S ("d5:added6:" FOUR "ex"), -1, NULL },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtPexPeer peers[2 * BT_PEX_MAX_TAKEN];
      g_autoptr (GString) text = g_string_new (NULL);
      guint n_peers = 77;
      gboolean is_good = bt_pex_message_parse ((const guint8 *) cases[i].payload, cases[i].n_bytes,
                                               peers, &n_peers);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (is_good, ==, cases[i].n_peers >= 0);
      g_assert_cmpuint (n_peers, ==, (guint) MAX (cases[i].n_peers, 0));
      for (guint k = 0; k < n_peers; k++)
        {
          char address[BT_ADDRESS_STRING_BYTES];

          g_string_append_printf (text, "%s/%u ", bt_address_to_string (&peers[k].address, address),
                                  peers[k].flags);
        }
      if (is_good)
        g_assert_cmpstr (text->str, ==, cases[i].addresses);
    }
}

/* More than anybody should send: the first hundred of each family. */
static void
test_bound (void)
{
  g_autoptr (GString) payload = g_string_new ("d5:added3000:");
  BtPexPeer peers[2 * BT_PEX_MAX_TAKEN];
  guint n_peers;

  for (guint i = 0; i < 500; i++)
    g_string_append_len (payload, FOUR, 6);
  g_string_append (payload, "6:added69000:");
  for (guint i = 0; i < 500; i++)
    g_string_append_len (payload, SIX, 18);
  g_string_append_c (payload, 'e');
  g_assert_true (bt_pex_message_parse ((const guint8 *) payload->str, payload->len, peers,
                                       &n_peers));
  g_assert_cmpuint (n_peers, ==, 2 * BT_PEX_MAX_TAKEN);
  g_assert_cmpint (peers[BT_PEX_MAX_TAKEN - 1].address.family, ==, BT_FAMILY_IPV4);
  g_assert_cmpint (peers[BT_PEX_MAX_TAKEN].address.family, ==, BT_FAMILY_IPV6);
}

static void
test_put (void)
{
  static const char expected[] =
      "d5:added6:" FOUR "7:added.f1:\x12" "6:added618:" SIX "8:added6.f1:\x01"
      "7:dropped6:" FOUR2 "8:dropped60:e";
  BtPexPeer added[2] = { 0 };
  BtAddress dropped;
  g_autoptr (GByteArray) out = g_byte_array_new ();

  bt_address_parse ("[fd77::1]:6881", 0, &added[0].address);
  added[0].flags = BT_PEX_PREFERS_ENCRYPTION;
  bt_address_parse ("127.0.0.1:6881", 0, &added[1].address);
  added[1].flags = BT_PEX_UPLOAD_ONLY | BT_PEX_REACHABLE;
  bt_address_parse ("10.0.0.2:80", 0, &dropped);
  bt_pex_message_put (out, added, 2, &dropped, 1);
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected - 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/pex-message/parse", test_parse);
  g_test_add_func ("/wire/pex-message/bound", test_bound);
  g_test_add_func ("/wire/pex-message/put", test_put);
  return g_test_run ();
}
