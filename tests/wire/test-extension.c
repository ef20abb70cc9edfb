/* test-extension.c - what is read from extension handshakes, and that what we write is read again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-extension.h"
#include "wire/bt-wire.h"

#include <string.h>

static gboolean
parse (const char           *text,
       BtExtensionHandshake *out_handshake)
{
  gsize                 n_bytes = strlen (text);
  g_autofree guint8    *copy = g_memdup2 (text, n_bytes);  /* without the zero at its end */

  return bt_extension_parse_handshake (copy, n_bytes, out_handshake);
}

static void
test_typical (void)
{
  BtExtensionHandshake h;
  char                 ip[BT_ADDRESS_STRING_BYTES];

  g_assert_true (parse ("d1:ei0e1:md11:lt_donthavei7e11:upload_onlyi3e12:ut_holepunchi4e"
                        "11:ut_metadatai2e6:ut_pexi1e7:unknowni9ee"
                        "13:metadata_sizei31235e1:pi6881e4:reqqi500e"
                        "11:upload_onlyi1e1:v16:libtorrent/2.0.86:yourip4:\x01\x02\x03\x04"
                        "e", &h));
  g_assert_true (h.has_m);
  g_assert_cmpuint (h.ids[BT_EXTENSION_DONT_HAVE], ==, 7);
  g_assert_cmpuint (h.ids[BT_EXTENSION_UPLOAD_ONLY], ==, 3);
  g_assert_cmpuint (h.ids[BT_EXTENSION_HOLEPUNCH], ==, 4);
  g_assert_cmpuint (h.ids[BT_EXTENSION_METADATA], ==, 2);
  g_assert_cmpuint (h.ids[BT_EXTENSION_PEX], ==, 1);
  g_assert_cmpuint (h.ids[BT_EXTENSION_HANDSHAKE], ==, 0);
  g_assert_cmpuint (h.metadata_bytes, ==, 31235);
  g_assert_cmpuint (h.listen_port, ==, 6881);
  g_assert_cmpuint (h.request_queue, ==, 500);
  g_assert_true (h.has_upload_only);
  g_assert_true (h.is_upload_only);
  g_assert_cmpstr (h.client, ==, "libtorrent/2.0.8");
  g_assert_cmpstr (bt_address_to_string (&h.your_ip, ip), ==, "1.2.3.4:0");
}

static void
test_empty (void)
{
  BtExtensionHandshake h;
  BtExtensionHandshake nothing;

  memset (&nothing, 0, sizeof nothing);
  g_assert_true (parse ("de", &h));
  g_assert_cmpmem (&h, sizeof h, &nothing, sizeof nothing);
}

/* What is no dictionary leaves everything as it was. */
static void
test_bad (void)
{
  static const char *const cases[] = {
    "", "d", "i1e", "le", "4:spam", "d1:m", "d1:mdee1", "x", "d1:md6:ut_pexi1ee",
  };
  BtExtensionHandshake     h;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean is_whole = strcmp (cases[i], "d1:mdee1") == 0;

      h.listen_port = 77;
      g_assert_cmpint (parse (cases[i], &h), ==, is_whole);
      g_assert_cmpuint (h.listen_port, ==, is_whole ? 0 : 77);
    }
}

/* A nest of lists, or a crowd of values, is refused before it is work. */
static void
test_limits (void)
{
  g_autoptr (GString)  text = g_string_new ("d1:x");
  BtExtensionHandshake h;

  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, 'l');
  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, 'e');
  g_string_append_c (text, 'e');
  g_assert_false (parse (text->str, &h));

  g_string_assign (text, "d1:xl");
  for (guint i = 0; i < 5000; i++)
    g_string_append (text, "i0e");
  g_string_append (text, "ee");
  g_assert_false (parse (text->str, &h));
}

typedef struct
{
  const char *text;
  guint       pex;
  guint       named;
  guint32     queue;
  guint32     metadata;
  guint       port;
} NumberCase;

#define PEX (1u << BT_EXTENSION_PEX)

static const NumberCase number_cases[] = {
  { "d1:md6:ut_pexi255eee", 255, PEX, 0, 0, 0 },
  { "d1:md6:ut_pexi256eee", 0, 0, 0, 0, 0 },
  { "d1:md6:ut_pexi-1eee", 0, 0, 0, 0, 0 },
  { "d1:md6:ut_pexi0eee", 0, PEX, 0, 0, 0 },
  { "d1:md6:ut_pex1:1ee", 0, 0, 0, 0, 0 },
  { "d1:mle1:pi1ee", 0, 0, 0, 0, 1 },
  { "d1:pi65535ee", 0, 0, 0, 0, 65535 },
  { "d1:pi65536ee", 0, 0, 0, 0, 0 },
  { "d1:pi-1ee", 0, 0, 0, 0, 0 },
  { "d1:pi0ee", 0, 0, 0, 0, 0 },
  { "d1:p2:80e", 0, 0, 0, 0, 0 },
  { "d4:reqqi1ee", 0, 0, 1, 0, 0 },
  { "d4:reqqi65536ee", 0, 0, 65536, 0, 0 },
  { "d4:reqqi65537ee", 0, 0, 65536, 0, 0 },
  { "d4:reqqi9223372036854775807ee", 0, 0, 65536, 0, 0 },
  { "d4:reqqi-5ee", 0, 0, 0, 0, 0 },
  { "d13:metadata_sizei67108864ee", 0, 0, 0, 67108864, 0 },
  { "d13:metadata_sizei67108865ee", 0, 0, 0, 0, 0 },
  { "d13:metadata_sizei0ee", 0, 0, 0, 0, 0 },
  { "d13:metadata_sizei-1ee", 0, 0, 0, 0, 0 },
};

static void
test_numbers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (number_cases); i++)
    {
      const NumberCase    *c = &number_cases[i];
      BtExtensionHandshake h;

      g_test_message ("%s", c->text);
      g_assert_true (parse (c->text, &h));
      g_assert_cmpuint (h.ids[BT_EXTENSION_PEX], ==, c->pex);
      g_assert_cmpuint (h.named, ==, c->named);
      g_assert_cmpuint (h.request_queue, ==, c->queue);
      g_assert_cmpuint (h.metadata_bytes, ==, c->metadata);
      g_assert_cmpuint (h.listen_port, ==, c->port);
    }
}

static void
test_your_ip (void)
{
  static const struct
  {
    const char *text;
    gsize       n_bytes;
    const char *expected;
  } cases[] = {
    { "d6:yourip4:\x7f\0\0\1e", 16, "127.0.0.1" },
    { "d6:yourip16:\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1e", 29, "2001:db8::1" },
    { "d6:yourip16:\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4e", 29, "1.2.3.4" },
    { "d6:yourip5:12345e", 17, "" },
    { "d6:yourip0:e", 12, "" },
    { "d6:youripi4ee", 13, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8        *bytes = (const guint8 *) cases[i].text;
      BtExtensionHandshake h;
      char                 ip[BT_ADDRESS_STRING_BYTES];

      g_assert_true (bt_extension_parse_handshake (bytes, cases[i].n_bytes, &h));
      g_assert_cmpstr (bt_address_ip_to_string (&h.your_ip, ip), ==, cases[i].expected);
      g_assert_cmpuint (h.your_ip.port, ==, 0);
    }
}

static void
test_client_text (void)
{
  static const struct
  {
    const char *sent;
    const char *shown;
  } cases[] = {
    { "", "" },
    { "\xc2\xb5Torrent 3.5.5", "\xc2\xb5Torrent 3.5.5" },
    { "a\nb\tc\x7f" "d\x1b[31me", "abcd[31me" },
    { "bad\xff\xfe utf\xc3", "bad utf" },
    { "over\xe2\x80\xaelong", "overlong" },              /* U+202E turns the text round */
    { "line\xe2\x80\xa8sep", "linesep" },                /* U+2028 */
    { "nul\xc0\x80l", "null" },                          /* an overlong zero */
    { "sur\xed\xa0\x80" "ro", "surro" },                 /* half of a surrogate pair */
    { "0123456789012345678901234567890123456789012345678901234567890123456789",
      "0123456789012345678901234567890123456789012345678901234567890123" },
    { "012345678901234567890123456789012345678901234567890123456789012\xc2\xb5",
      "012345678901234567890123456789012345678901234567890123456789012" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char          *sent = cases[i].sent;
      g_autofree char     *text = g_strdup_printf ("d1:v%u:%se", (guint) strlen (sent), sent);
      BtExtensionHandshake h;

      g_assert_true (parse (text, &h));
      g_assert_cmpstr (h.client, ==, cases[i].shown);
    }
}

/* BEP 10: a later handshake says only what changes. */
static void
test_update_ids (void)
{
  guint8               ids[BT_N_EXTENSIONS] = { 0 };
  BtExtensionHandshake h;

  g_assert_true (parse ("d1:md11:ut_metadatai2e6:ut_pexi1eee", &h));
  bt_extension_update_ids (ids, &h);
  g_assert_cmpuint (ids[BT_EXTENSION_METADATA], ==, 2);
  g_assert_cmpuint (ids[BT_EXTENSION_PEX], ==, 1);
  g_assert_true (parse ("d1:md11:lt_donthavei5e6:ut_pexi0eee", &h));
  bt_extension_update_ids (ids, &h);
  g_assert_cmpuint (ids[BT_EXTENSION_METADATA], ==, 2);
  g_assert_cmpuint (ids[BT_EXTENSION_PEX], ==, 0);
  g_assert_cmpuint (ids[BT_EXTENSION_DONT_HAVE], ==, 5);
  g_assert_true (parse ("d1:pi1ee", &h));
  bt_extension_update_ids (ids, &h);
  g_assert_cmpuint (ids[BT_EXTENSION_METADATA], ==, 2);
}

/* The message as the parser of bt-wire.h takes it apart. */
static void
read_back (const GByteArray *out,
           BtWireMessage    *message)
{
  BtWireLimits limits = { NULL, .has_extended = 1 };

  g_assert_cmpint (bt_wire_parse (&limits, out->data, out->len, message), ==, BT_WIRE_MESSAGE);
  g_assert_cmpint (message->id, ==, BT_WIRE_EXTENDED);
  g_assert_cmpuint (message->size, ==, out->len);
}

static void
assert_round_trip (const BtExtensionHandshake *h,
                   const char                 *expected)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtWireMessage          message;
  BtExtensionHandshake   read;

  bt_extension_put_handshake (out, h);
  read_back (out, &message);
  g_assert_cmpuint (message.extended_id, ==, BT_EXTENSION_HANDSHAKE);
  g_assert_cmpmem (message.payload, message.payload_bytes, expected, strlen (expected));
  g_assert_true (bt_extension_parse_handshake (message.payload, message.payload_bytes, &read));
  g_assert_cmpmem (read.ids, sizeof read.ids, h->ids, sizeof h->ids);
  g_assert_cmpuint (read.request_queue, ==, h->request_queue);
  g_assert_cmpuint (read.metadata_bytes, ==, h->metadata_bytes);
  g_assert_cmpuint (read.listen_port, ==, h->listen_port);
  g_assert_cmpint (read.has_upload_only, ==, h->has_upload_only);
  g_assert_cmpint (read.is_upload_only, ==, h->is_upload_only);
  g_assert_cmpstr (read.client, ==, h->client);
  g_assert_true (bt_address_equal (&read.your_ip, &h->your_ip));
}

static void
test_round_trips (void)
{
  BtExtensionHandshake h;

  memset (&h, 0, sizeof h);
  assert_round_trip (&h, "d1:mdee");
  h.ids[BT_EXTENSION_PEX] = 1;
  h.ids[BT_EXTENSION_METADATA] = 2;
  h.ids[BT_EXTENSION_DONT_HAVE] = 3;
  h.ids[BT_EXTENSION_HOLEPUNCH] = 4;
  h.ids[BT_EXTENSION_UPLOAD_ONLY] = 5;
  assert_round_trip (&h, "d1:md11:lt_donthavei3e11:upload_onlyi5e12:ut_holepunchi4e"
                         "11:ut_metadatai2e6:ut_pexi1eee");
  memset (h.ids, 0, sizeof h.ids);
  h.named = PEX;
  assert_round_trip (&h, "d1:md6:ut_pexi0eee");
  h.named = 0;
  h.request_queue = 2000;
  h.metadata_bytes = 123;
  h.listen_port = 51413;
  h.has_upload_only = 1;
  g_strlcpy (h.client, "Freshet 0.1.0", sizeof h.client);
  g_assert_true (bt_address_parse ("65.66.67.68", 0, &h.your_ip));
  assert_round_trip (&h, "d1:mde13:metadata_sizei123e1:pi51413e4:reqqi2000e11:upload_onlyi0e"
                         "1:v13:Freshet 0.1.06:yourip4:ABCDe");
  memset (&h, 0, sizeof h);
  g_assert_true (bt_address_parse ("4142:4344:4546:4748:494a:4b4c:4d4e:4f50", 0, &h.your_ip));
  h.is_upload_only = h.has_upload_only = 1;
  assert_round_trip (&h, "d1:mde11:upload_onlyi1e6:yourip16:ABCDEFGHIJKLMNOPe");
}

static void
test_dont_have (void)
{
  static const guint8    expected[] = { 0, 0, 0, 6, 20, 9, 0x01, 0x02, 0x03, 0x04 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  BtWireMessage          message;
  guint32                piece = 55;

  bt_extension_put_dont_have (out, 9, 0x01020304);
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected);
  read_back (out, &message);
  for (gsize n = 0; n < 4; n++)
    g_assert_false (bt_extension_parse_dont_have (message.payload, n, &piece));
  g_assert_false (bt_extension_parse_dont_have (expected, 5, &piece));
  g_assert_cmpuint (piece, ==, 55);
  g_assert_true (bt_extension_parse_dont_have (message.payload, message.payload_bytes, &piece));
  g_assert_cmpuint (piece, ==, 0x01020304);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/extension/typical", test_typical);
  g_test_add_func ("/wire/extension/empty", test_empty);
  g_test_add_func ("/wire/extension/bad", test_bad);
  g_test_add_func ("/wire/extension/limits", test_limits);
  g_test_add_func ("/wire/extension/numbers", test_numbers);
  g_test_add_func ("/wire/extension/your-ip", test_your_ip);
  g_test_add_func ("/wire/extension/client-text", test_client_text);
  g_test_add_func ("/wire/extension/update-ids", test_update_ids);
  g_test_add_func ("/wire/extension/round-trips", test_round_trips);
  g_test_add_func ("/wire/extension/dont-have", test_dont_have);
  return g_test_run ();
}
