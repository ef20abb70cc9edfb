/* test-holepunch-message.c - ut_holepunch's message
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "wire/bt-holepunch-message.h"

#include <string.h>

typedef struct
{
  const char *payload;
  gsize       n_bytes;
  int         type;      /* BtHolepunchType; -1: refused */
  const char *address;
  guint32     error;
} Case;

#define BYTES(text) (text), sizeof (text) - 1
#define IP6         "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"

static const Case cases[] = {
  { BYTES ("\0\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\0"), BT_HOLEPUNCH_RENDEZVOUS, "10.1.2.3:6881", 0 },
  { BYTES ("\1\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\0"), BT_HOLEPUNCH_CONNECT, "10.1.2.3:6881", 0 },
  { BYTES ("\2\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\3"), BT_HOLEPUNCH_ERROR, "10.1.2.3:6881", 3 },
  { BYTES ("\1\1" IP6 "\x1a\xe1\0\0\0\0"), BT_HOLEPUNCH_CONNECT, "[2001:db8::1]:6881", 0 },
  /* Without the error where there is none; with more behind it; an error of later days. */
  { BYTES ("\1\0\x0a\x01\x02\x03\x1a\xe1"), BT_HOLEPUNCH_CONNECT, "10.1.2.3:6881", 0 },
  { BYTES ("\0\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\0more"), BT_HOLEPUNCH_RENDEZVOUS, "10.1.2.3:6881",
    0 },
  { BYTES ("\2\0\x0a\x01\x02\x03\x1a\xe1\xff\xff\xff\xff"), BT_HOLEPUNCH_ERROR, "10.1.2.3:6881",
    G_MAXUINT32 },
  /* What stands there without being an error says nothing. */
  { BYTES ("\1\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\5"), BT_HOLEPUNCH_CONNECT, "10.1.2.3:6881", 0 },

  { BYTES (""), -1, NULL, 0 },
  { BYTES ("\1"), -1, NULL, 0 },
  { BYTES ("\3\0\x0a\x01\x02\x03\x1a\xe1\0\0\0\0"), -1, NULL, 0 },
  { BYTES ("\1\2\x0a\x01\x02\x03\x1a\xe1\0\0\0\0"), -1, NULL, 0 },
  { BYTES ("\1\0\x0a\x01\x02\x03\x1a"), -1, NULL, 0 },
  { BYTES ("\1\1\x0a\x01\x02\x03\x1a\xe1\0\0\0\0"), -1, NULL, 0 },
  { BYTES ("\2\0\x0a\x01\x02\x03\x1a\xe1"), -1, NULL, 0 },
  { BYTES ("\2\0\x0a\x01\x02\x03\x1a\xe1\0\0\0"), -1, NULL, 0 },
};

static void
test_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      char text[BT_ADDRESS_STRING_BYTES];
      BtHolepunchMessage message;

      g_test_message ("%" G_GSIZE_FORMAT, i);
      if (c->type < 0)
        {
          g_assert_false (bt_holepunch_message_parse ((const guint8 *) c->payload, c->n_bytes,
                                                      &message));
          continue;
        }
      g_assert_true (bt_holepunch_message_parse ((const guint8 *) c->payload, c->n_bytes,
                                                 &message));
      g_assert_cmpint (message.type, ==, c->type);
      g_assert_cmpstr (bt_address_to_string (&message.address, text), ==, c->address);
      g_assert_cmpuint (message.error, ==, c->error);
    }
}

/* What is put is what BEP 55 says, byte by byte. */
static void
test_put (void)
{
  for (gsize i = 0; i < 4; i++)
    {
      guint8 payload[BT_HOLEPUNCH_MAX_BYTES];
      BtHolepunchMessage message = { .type = (BtHolepunchType) cases[i].type,
                                     .error = cases[i].error };
      gsize n_bytes;

      g_assert_true (bt_address_parse (cases[i].address, 0, &message.address));
      n_bytes = bt_holepunch_message_put (&message, payload);
      g_assert_cmpmem (payload, n_bytes, cases[i].payload, cases[i].n_bytes);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/holepunch-message/parse", test_parse);
  g_test_add_func ("/wire/holepunch-message/put", test_put);
  return g_test_run ();
}
