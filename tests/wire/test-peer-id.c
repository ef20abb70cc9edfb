/* test-peer-id.c - the clients that peer ids stand for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-extension.h"

#include <string.h>

typedef struct
{
  const char *peer_id;  /* exactly 20 bytes, zeros possible */
  const char *client;
} Case;

static const Case cases[] = {
  { "-FS0100-abcdefghijkl", "Freshet 0.1" },
  { "-FS1234-abcdefghijkl", "Freshet 1.2.3.4" },
  { "-LT2080-abcdefghijkl", "libtorrent 2.0.8" },
  { "-LT20B0-abcdefghijkl", "libtorrent 2.0.11" },
  { "-LT1000-abcdefghijkl", "libtorrent 1.0" },
  { "-lt0D80-abcdefghijkl", "libTorrent/rTorrent 0.13.8" },
  { "-TR4060-abcdefghijkl", "Transmission 4.0.6" },
  { "-TR410B-abcdefghijkl", "Transmission 4.1.0" },
  { "-TR2940-abcdefghijkl", "Transmission 2.94" },
  { "-TR300Z-abcdefghijkl", "Transmission 3.00" },
  { "-qB4630-abcdefghijkl", "qBittorrent 4.6.3" },
  { "-qB46A0-abcdefghijkl", "qBittorrent 4.6.10" },
  { "-qB5000-abcdefghijkl", "qBittorrent 5.0.0" },
  { "-DE13F0-abcdefghijkl", "Deluge 1.3.15" },
  { "-DE211s-abcdefghijkl", "Deluge 2.1.1" },
  { "-UT355W-abcdefghijkl", "µTorrent 3.5.5" },
  { "-UM1870-abcdefghijkl", "µTorrent Mac 1.8.7" },
  { "-UW1290-abcdefghijkl", "µTorrent Web 1.2.9" },
  { "-BT7a5W-abcdefghijkl", "BitTorrent 7.10.5" },
  { "-AZ5760-abcdefghijkl", "Azureus/Vuze 5.7.6" },
  { "-BI3510-abcdefghijkl", "BiglyBT 3.5.1" },
  { "-KT5200-abcdefghijkl", "KTorrent 5.2" },
  { "-KT33D1-abcdefghijkl", "KTorrent 3.3" },
  { "-BC0204-abcdefghijkl", "BitComet 2.04" },
  { "-WW0201-abcdefghijkl", "WebTorrent 2.1" },
  { "-WD0024-abcdefghijkl", "WebTorrent Desktop 0.24" },
  { "-rQ8100-abcdefghijkl", "rqbit 8.1" },
  { "-GT0003-abcdefghijkl", "anacrolix/torrent 0.0.0.3" },
  { "-XL0012-abcdefghijkl", "Xunlei 0.0.1.2" },
  { "-FG0180abcdefghijklm", "FlashGet 1.80" },
  { "-UT!!!!-abcdefghijkl", "µTorrent" },
  { "-LT2-------------000", "libtorrent" },
  { "A2-1-36-0-abcdefghij", "aria2 1.36.0" },
  { "A2-1-8-0-abcdefghijk", "aria2 1.8.0" },
  { "-aria2-1234567890123", "aria2" },
  { "M4-3-6--abcdefghijkl", "BitTorrent 4.3.6" },
  { "M7-10-5-abcdefghijkl", "BitTorrent 7.10.5" },
  { "Q1-10-0-abcdefghijkl", "Queen Bee 1.10.0" },
  { "M1-2-3-4-5-6-7-8-9-0", "BitTorrent 1.2.3.4" },
  { "M12-34-abcdefghijklm", "BitTorrent 12.34" },
  { "M123-4-abcdefghijklm", "M123-4-abcdefghijklm" },
  { "M4-abcdefghijklmnopq", "M4-abcdefghijklmnopq" },
  { "-ML2.7.2-kgjjfkdabcd", "MLDonkey 2.7.2" },
  { "-ML--abcdefghijklmno", "ML--abcdefghijklmno" },
  { "-ML2.7.2.2.7.2.2.7.2", "ML2.7.2.2.7.2.2.7.2" },
  { "-BOWA0C-ABCDEFGHIJKL", "Bits on Wheels" },
  { "AZ2500BTabcdefghijkl", "BitTyrant" },
  { "XBT054d-abcdefghijkl", "XBT Client 0.5.4" },
  { "OP7685abcdef01234567", "Opera 7685" },
  { "TIX0325-abcdefghijkl", "Tixati 3.25" },
  { "TIX0305-abcdefghijkl", "Tixati 3.05" },
  { "TIX03x5-abcdefghijkl", "TIX03x5-abcdefghijkl" },
  { "346------abcdefghijk", "TorrenTopia" },
  { "exbc\0\070abcdefghijklmn", "BitComet 0.56" },
  { "exbc\1\001LORDabcdefghij", "BitLord 1.01" },
  { "\0\003BSabcdefghijklmnop", "BitSpirit 3" },
  { "S58B-----abcdefghijk", "Shad0w's 5.8.11" },
  { "T03I-----abcdefghijk", "BitTornado 0.3.18" },
  { "A310-----abcdefghijk", "ABC 3.1.0" },
  { "S58B12---abcdefghijk", "Shad0w's 5.8.11.1.2" },
  { "S5-8-----abcdefghijk", "S5-8-----abcdefghijk" },
  { "S58B----xabcdefghijk", "S58B----xabcdefghijk" },
  { "Z58B-----abcdefghijk", "Z58B-----abcdefghijk" },
  { "-ZZ1230-abcdefghijkl", "ZZ 1.2.3" },
  { "-zx9999-\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", "zx 9.9.9.9" },
  { "Myclient-1.0\x01\x02\x03\x04\x05\x06\x07\x08", "Myclient-1.0" },
  { "--hello--\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "hello" },
  { "-ZZ123-abcdefghijklm", "ZZ123-abcdefghijklm" },
  { "abc\x01xxxxxxxxxxxxxxxx", "abc" },
  { "ab\x01xxxxxxxxxxxxxxxxx", "" },
  { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "" },
  { "--------------------", "" },
  { "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1\xf0\xef\xee\xed\xec", "" },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *peer_id = g_memdup2 (cases[i].peer_id, 20);
      char               buffer[65];

      g_assert_true (bt_peer_id_to_client (peer_id, buffer, sizeof buffer) == buffer);
      g_assert_cmpstr (buffer, ==, cases[i].client);
    }
}

/* However small the buffer, the text ends with a whole character. */
static void
test_small_buffers (void)
{
  static const struct
  {
    gsize       n_buffer;
    const char *client;
  } sizes[] = {
    { 1, "" }, { 2, "" }, { 3, "µ" }, { 4, "µT" }, { 9, "µTorren" }, { 16, "µTorrent 3.5.5" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *buffer = g_malloc (sizes[i].n_buffer);

      bt_peer_id_to_client ((const guint8 *) "-UT355W-abcdefghijkl", buffer, sizes[i].n_buffer);
      g_assert_cmpstr (buffer, ==, sizes[i].client);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/peer-id/names", test_names);
  g_test_add_func ("/wire/peer-id/small-buffers", test_small_buffers);
  return g_test_run ();
}
