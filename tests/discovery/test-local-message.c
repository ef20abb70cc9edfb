/* test-local-message.c - the datagram of local discovery
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "discovery/bt-local-message.h"

#include <string.h>

#define HEAD   "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n"
#define HASH   "0123456789abcdef0123456789abcdef01234567"
#define OTHER  "ffff456789ABCDEF0123456789abcdef01234567"

static const struct
{
  const char *text;
  guint       port;       /* 0: refused */
  guint       n_hashes;
  const char *cookie;
} cases[] = {
  { HEAD "Port: 6881\r\nInfohash: " HASH "\r\ncookie: 1a2b\r\n\r\n\r\n", 6881, 1, "1a2b" },
  { HEAD "Port: 6881\r\nInfohash: " HASH "\r\n\r\n", 6881, 1, "" },
  /* Several torrents; names of any case, no space, LF alone, no end. */
  { HEAD "Port: 1\r\nInfohash: " HASH "\r\nInfohash: " OTHER "\r\n\r\n", 1, 2, "" },
  { "BT-SEARCH * HTTP/1.1\nPORT:65535\ninfohash:  " HASH " \n", 65535, 1, "" },
  /* Hashes that are none are left out, lines that nobody knows skipped; what is behind the empty line is not said. */
  { HEAD "X: y\r\nPort: 7\r\nInfohash: xyz\r\nInfohash: " HASH "\r\nInfohash: " HASH "0\r\n\r\n", 7,
    1, "" },
  { HEAD "Port: 7\r\nInfohash: " HASH "\r\n\r\nInfohash: " OTHER "\r\n", 7, 1, "" },
  { HEAD "Port: 7\r\nInfohash: " HASH "\r\ncookie: 0123456789012345678901234567890123\r\n\r\n", 7,
    1, "" },

  { "", 0 },
  { HEAD, 0 },
  { HEAD "Port: 6881\r\n\r\n", 0 },
  { HEAD "Infohash: " HASH "\r\n\r\n", 0 },
  { HEAD "Port: 0\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { HEAD "Port: 65536\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { HEAD "Port: -1\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { HEAD "Port: 68x1\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { HEAD "Port: 100000000000000\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { "M-SEARCH * HTTP/1.1\r\nPort: 7\r\nInfohash: " HASH "\r\n\r\n", 0 },
  { "BT-SEARCH * HTTP/1.0\r\nPort: 7\r\nInfohash: " HASH "\r\n\r\n", 0 },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BtLocalMessage message;
      gboolean is_good = bt_local_message_parse ((const guint8 *) cases[i].text,
                                                 strlen (cases[i].text), &message);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (is_good, ==, cases[i].port != 0);
      if (!is_good)
        continue;
      g_assert_cmpuint (message.port, ==, cases[i].port);
      g_assert_cmpuint (message.n_hashes, ==, cases[i].n_hashes);
      g_assert_cmpstr (message.cookie, ==, cases[i].cookie);
      g_assert_cmphex (message.hashes[0][1], ==, 0x23);
      if (message.n_hashes > 1)
        g_assert_cmphex (message.hashes[1][0], ==, 0xff);
    }
}

/* As many as fit into a datagram, there and back; one too many is left out, too much is refused. */
static void
test_bounds (void)
{
  BtLocalMessage message = { .port = 65535, .n_hashes = BT_LOCAL_MAX_HASHES };
  g_autoptr (GString) text = g_string_new (HEAD "Port: 6881\r\n");
  char bytes[BT_LOCAL_MAX_BYTES];
  BtLocalMessage again;
  gsize n_bytes;

  for (guint i = 0; i < BT_LOCAL_MAX_HASHES; i++)
    memset (message.hashes[i], (int) i + 1, BT_SHA1_BYTES);
  memset (message.cookie, 'c', BT_LOCAL_MAX_COOKIE_BYTES);
  n_bytes = bt_local_message_write (&message, "[ff15::efc0:988f]:6771", bytes);
  g_assert_true (bt_local_message_parse ((const guint8 *) bytes, n_bytes, &again));
  g_assert_cmpmem (&message, sizeof message, &again, sizeof again);

  for (guint i = 0; i < BT_LOCAL_MAX_HASHES + 1; i++)
    g_string_append (text, "Infohash:" HASH "\n");
  g_assert_true (bt_local_message_parse ((const guint8 *) text->str, text->len, &again));
  g_assert_cmpuint (again.n_hashes, ==, BT_LOCAL_MAX_HASHES);
  while (text->len <= BT_LOCAL_MAX_BYTES)
    g_string_append (text, "Infohash:" HASH "\n");
  g_assert_false (bt_local_message_parse ((const guint8 *) text->str, text->len, &again));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discovery/local-message/parse", test_parse);
  g_test_add_func ("/discovery/local-message/bounds", test_bounds);
  return g_test_run ();
}
