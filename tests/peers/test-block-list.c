/* test-block-list.c - block lists: every form of a line, looking up, and files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "peers/bt-block-list-private.h"

#include <glib/gstdio.h>
#include <string.h>

static BtBlockList *
parse_in_pieces (const char *text,
                 gsize       n_bytes,
                 gsize       piece_bytes)
{
  g_autoptr (BtBlockListParser) parser = bt_block_list_parser_new ();

  while (n_bytes > 0)
    {
      gsize n = MIN (n_bytes, piece_bytes);

      /* Its own memory, so that reading past it is noticed. */
      g_autofree char *piece = g_memdup2 (text, n);

      bt_block_list_parser_feed (parser, piece, n);
      text += n;
      n_bytes -= n;
    }
  return bt_block_list_parser_finish (parser);
}

static BtBlockList *
parse (const char *text)
{
  return parse_in_pieces (text, strlen (text), G_MAXSIZE);
}

static gboolean
is_blocked (const BtBlockList *list,
            const char        *ip)
{
  BtAddress address;

  g_assert_true (bt_address_parse (ip, 6881, &address));
  return bt_block_list_contains (list, &address);
}

/* ---- Lines ---- */

typedef struct
{
  const char *text;
  const char *blocked;      /* addresses with spaces between */
  const char *free;
  guint       n_ranges;
  guint       n_malformed;
  guint       n_allowed;
} TextCase;

#define AROUND "1.2.3.3 1.2.3.9 0.0.0.0 255.255.255.255 :: 1:2:3:4::"
#define INSIDE "1.2.3.4 1.2.3.8"

static const TextCase text_cases[] = {
  { "", "", AROUND, 0, 0, 0 },
  { "\n\r\n  \t\n", "", AROUND, 0, 0, 0 },

  /* eMule */
  { "001.002.003.004 - 001.002.003.008 , 000 , Some name", INSIDE, AROUND, 1, 0, 0 },
  { "001.002.003.004 - 001.002.003.008 , 127 , a:b-c, d # e", INSIDE, AROUND, 1, 0, 0 },
  { "001.002.003.004-001.002.003.008,0,", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4 - 1.2.3.8 , 100", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4 - 1.2.3.8 , 128 , allowed", "", INSIDE, 0, 0, 1 },
  { "1.2.3.4 - 1.2.3.8 , 00000255", "", INSIDE, 0, 0, 1 },
  { "1.2.3.4 - 1.2.3.8 , 100 # why", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4 - 1.2.3.8 , 100x , name", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4 - 1.2.3.8 , , name", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4 - 1.2.3.8 , -1 , name", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4 - 1.2.3.8 , 9999999999 , name", "", INSIDE, 0, 1, 0 },
  { "010.010.010.010 - 010.010.010.011 , 0 , decimal",
    "10.10.10.10 10.10.10.11", "8.8.8.8", 1, 0, 0 },
  { "1::4 - 1::8 , 000 , name", "1::4 1::8", "1::3 1::9", 1, 0, 0 },

  /* PeerGuardian */
  { "Some name:1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "Some: name: 9.9.9.9-9.9.9.10:1.2.3.4-1.2.3.8", INSIDE, AROUND " 9.9.9.9", 1, 0, 0 },
  { ":1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "name::1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "name: 1.2.3.4 - 1.2.3.8 ", INSIDE, AROUND, 1, 0, 0 },
  { "N\xe4me \xff:1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "a/b-c; #1, 2:1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.200 in the name:1.2.3.4-1.2.3.8", INSIDE, AROUND " 1.2.3.200", 1, 0, 0 },
  { "1.2.3.200 - so:1.2.3.4-1.2.3.8", INSIDE, AROUND " 1.2.3.200", 1, 0, 0 },
  { "1.2.3.200:1.2.3.4-1.2.3.8", INSIDE, AROUND " 1.2.3.200", 1, 0, 0 },
  { "name:1.2.3.0/30", "1.2.3.0 1.2.3.3", "1.2.3.4 1.2.2.255", 1, 0, 0 },
  { "name:1::4-1::8", "1::4 1::8", "1::3 1::9", 1, 0, 0 },
  { "na:me:1::4 - 1::8", "1::4 1::8", "1::3 1::9", 1, 0, 0 },
  { "cafe:2001:db8::4-2001:db8::8", "2001:db8::4 2001:db8::8", "2001:db8::3 2001:db8::9 cafe::1",
    1, 0, 0 },
  { "net:2001:db8::/32", "2001:db8:: 2001:db8:ffff::1", "2001:db9::", 1, 0, 0 },
  { "name:1.2.3.4", "", INSIDE, 0, 1, 0 },
  { "name 1.2.3.4-1.2.3.8", "", INSIDE, 0, 1, 0 },
  { "name:1.2.3.4-1.2.3.8 x", "", INSIDE, 0, 1, 0 },
  { "http://1.2.3.4:80", "", INSIDE, 0, 1, 0 },

  /* CIDR, plain ranges, single addresses */
  { "1.2.3.0/24", "1.2.3.0 1.2.3.255", "1.2.2.255 1.2.4.0", 1, 0, 0 },
  { "1.2.3.77/24", "1.2.3.0 1.2.3.255", "1.2.2.255 1.2.4.0", 1, 0, 0 },
  { "1.2.3.4/32", "1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "1.2.3.4/31", "1.2.3.4 1.2.3.5", "1.2.3.3 1.2.3.6", 1, 0, 0 },
  { "1.2.3.4/1", "0.0.0.0 127.255.255.255", "128.0.0.0", 1, 0, 0 },
  { "0.0.0.0/0", "0.0.0.0 1.2.3.4 255.255.255.255", ":: 1::", 1, 0, 0 },
  { "1.2.3.4/33", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4/", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4/-1", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4 /32", "1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "2001:db8::/32", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9::", 1, 0, 0 },
  { "1:2:3:4:5:6:7:8/64",
    "1:2:3:4:: 1:2:3:4:ffff:ffff:ffff:ffff", "1:2:3:3:ffff:: 1:2:3:5::", 1, 0, 0 },
  { "1:2:3:4:5:6:7:8/65", "1:2:3:4:: 1:2:3:4:7fff::", "1:2:3:4:8000::", 1, 0, 0 },
  { "1:2:3:4:5:6:7:8/63", "1:2:3:4:: 1:2:3:5:ffff::", "1:2:3:3:ffff:: 1:2:3:6::", 1, 0, 0 },
  { "1::7/128", "1::7", "1::6 1::8", 1, 0, 0 },
  { "1::7/129", "", "1::7", 0, 1, 0 },
  { "::/0", ":: 1:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1.2.3.4 0.0.0.0", 1, 0, 0 },
  { "1.2.3.4-1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "  1.2.3.4\t-   1.2.3.8  ", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4", "1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "001.002.003.004", "1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "1::4", "1::4", "1::3 1::5", 1, 0, 0 },
  { "1.2.3.8-1.2.3.4", "", INSIDE, 0, 1, 0 },
  { "1::8-1::4", "", "1::4 1::8", 0, 1, 0 },
  { "1.2.3.4-1::8", "", INSIDE " 1::8", 0, 1, 0 },
  { "1.2.3.4-", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4-1.2.3", "", INSIDE, 0, 1, 0 },
  { "1.2.3", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4.5", "", INSIDE, 0, 1, 0 },
  { "1.2.3.", "", INSIDE, 0, 1, 0 },
  { "1.2.3.256", "", INSIDE, 0, 1, 0 },
  { "1.2.3.0004", "", INSIDE, 0, 1, 0 },
  { "1..3.4", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4 1.2.3.8", "", INSIDE, 0, 1, 0 },
  { "-1.2.3.4", "", INSIDE, 0, 1, 0 },
  { ":::", "", "::", 0, 1, 0 },
  { "fe80::1%eth0", "", "fe80::1", 0, 1, 0 },
  { "1:2:3:4:5:6:7:8:9", "", "1:2:3:4:5:6:7:8", 0, 1, 0 },
  { "0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255", "255.255.255.254",
    1, 0, 0 },
  { "0000:0000:0000:0000:0000:0000:255.255.255.2551", "", "::", 0, 1, 0 },

  /* IPv4 in IPv6's clothes */
  { "::ffff:1.2.3.4", "1.2.3.4 ::ffff:1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "::ffff:1.2.3.4-::ffff:1.2.3.8", INSIDE, AROUND, 1, 0, 0 },
  { "::ffff:1.2.3.0/120", "1.2.3.0 1.2.3.255", "1.2.2.255 1.2.4.0", 1, 0, 0 },
  { "::ffff:0:0/96", "0.0.0.0 255.255.255.255", "::1", 1, 0, 0 },
  { "::-::ffff:1.2.3.4", ":: ::fffe:1.2.3.4", "1.2.3.4", 1, 0, 0 },
  { "1.2.3.4", "::ffff:1.2.3.4", "::1.2.3.4 ::ffff:1.2.3.5", 1, 0, 0 },

  /* Comments and line ends */
  { "# 1.2.3.4", "", INSIDE, 0, 0, 0 },
  { "  ; 1.2.3.4", "", INSIDE, 0, 0, 0 },
  { "// 1.2.3.4", "", INSIDE, 0, 0, 0 },
  { "/ 1.2.3.4", "", INSIDE, 0, 1, 0 },
  { "1.2.3.4-1.2.3.8 # why", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4-1.2.3.8;why", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4//why", "1.2.3.4", "1.2.3.3 1.2.3.5", 1, 0, 0 },
  { "1.2.3.4/30 //why", "1.2.3.4 1.2.3.7", "1.2.3.3 1.2.3.8", 1, 0, 0 },
  { "name:1.2.3.4-1.2.3.8 # why", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4\r\n1.2.3.8\r\n", INSIDE, AROUND " 1.2.3.5 1.2.3.7", 2, 0, 0 },
  { "1.2.3.4\r\r\n1.2.3.8", "1.2.3.8", "1.2.3.4", 1, 1, 0 },
  { "\xef\xbb\xbf" "1.2.3.4\n1.2.3.8", INSIDE, AROUND, 2, 0, 0 },
  { "1.2.3.4\n\xef\xbb\xbf" "1.2.3.8", "1.2.3.4", "1.2.3.8", 1, 1, 0 },
  { "\xef\xbb", "", INSIDE, 0, 1, 0 },

  /* All together, and what touches */
  { "# all\r\nname:1.2.3.4-1.2.3.5\n\n1.2.3.6/31\n"
    "1::4\nnonsense\n1.2.3.8 - 1.2.3.8 , 0 , x\n9.9.9.9,200\n",
    INSIDE " 1.2.3.5 1.2.3.6 1.2.3.7 1::4", AROUND " 1::3 9.9.9.9", 2, 1, 1 },
  { "1.2.3.7-1.2.3.8\n1.2.3.4-1.2.3.5\n", INSIDE, AROUND " 1.2.3.6", 2, 0, 0 },
  { "1.2.3.4-1.2.3.8\n1.2.3.5\n1.2.3.6-1.2.3.7\n", INSIDE " 1.2.3.7", AROUND, 1, 0, 0 },
  { "1.2.3.6-1.2.3.8\n1.2.3.4-1.2.3.5\n", INSIDE, AROUND, 1, 0, 0 },
  { "1.2.3.4\n1.2.3.4\n", "1.2.3.4", AROUND, 1, 0, 0 },
  { "0.0.0.0-255.255.255.255\n255.255.255.255\n0.0.0.0", "0.0.0.0 255.255.255.255", "::", 1, 0, 0 },
  { "1::6-1::8\n1::4-1::5\n1::7", "1::4 1::8", "1::3 1::9", 1, 0, 0 },
  { "1:0:0:1::\n1::-1:0:0:0:ffff:ffff:ffff:ffff", "1:: 1:0:0:1::", "1:0:0:1::1", 1, 0, 0 },
  { "1:0:0:2::\n1::-1:0:0:0:ffff:ffff:ffff:ffff", "1:: 1:0:0:2::", "1:0:0:1::", 2, 0, 0 },
  { "::/0\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n::\n", "::", "0.0.0.0", 1, 0, 0 },
};

static void
check_addresses (const BtBlockList *list,
                 const char        *addresses,
                 gboolean           expected,
                 const char        *text)
{
  g_auto (GStrv) ips = g_strsplit (addresses, " ", -1);

  for (guint i = 0; ips[i] != NULL; i++)
    if (is_blocked (list, ips[i]) != expected)
      g_error ("%s is %sblocked by: %s", ips[i], expected ? "not " : "", text);
}

static void
test_text (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_cases); i++)
    {
      const TextCase          *c = &text_cases[i];
      g_autoptr (BtBlockList)  list = parse (c->text);
      const BtBlockListCounts *counts = bt_block_list_get_counts (list);

      check_addresses (list, c->blocked, TRUE, c->text);
      check_addresses (list, c->free, FALSE, c->text);
      if (bt_block_list_get_n_ranges (list) != c->n_ranges ||
          counts->n_malformed != c->n_malformed || counts->n_allowed != c->n_allowed)
        g_error ("%u, %u, %u of: %s", bt_block_list_get_n_ranges (list),
                 (guint) counts->n_malformed, (guint) counts->n_allowed, c->text);
      g_assert_cmpint (counts->first_malformed_line != 0, ==, c->n_malformed != 0);
    }
}

/* Wherever the text is cut, the same comes of it. */
static void
test_pieces (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (text_cases); i++)
    g_string_append_printf (text, "%s\n", text_cases[i].text);
  for (gsize n = 1; n < 120; n++)
    {
      g_autoptr (BtBlockList)  whole = parse (text->str);
      g_autoptr (BtBlockList)  list = parse_in_pieces (text->str, text->len, n);
      const BtBlockListCounts *counts = bt_block_list_get_counts (list);

      g_assert_cmpmem (counts, sizeof *counts, bt_block_list_get_counts (whole), sizeof *counts);
      g_assert_cmpuint (bt_block_list_get_n_ranges (list), ==, bt_block_list_get_n_ranges (whole));
      g_assert_cmpuint (counts->n_read, >, 60);
    }
}

static void
test_counts (void)
{
  g_autoptr (BtBlockList)  list = parse ("# none\n1.2.3.4\n\nwhat\n1.2.3.4\nwhat\n"
                                         "1.2.3.5,128\n1.2.3.5");
  const BtBlockListCounts *counts = bt_block_list_get_counts (list);

  g_assert_cmpuint (counts->n_lines, ==, 8);
  g_assert_cmpuint (counts->n_malformed, ==, 2);
  g_assert_cmpuint (counts->first_malformed_line, ==, 4);
  g_assert_cmpuint (counts->n_allowed, ==, 1);
  g_assert_cmpuint (counts->n_read, ==, 3);
  g_assert_false (counts->is_full);
  g_assert_cmpuint (bt_block_list_get_n_ranges (list), ==, 1);
}

/* A line as long as can be, and one longer by a byte; fed at once and in pieces. */
static void
test_long_lines (void)
{
  static const gsize pieces[] = { 1, 1000, BT_BLOCK_LIST_MAX_LINE_BYTES, G_MAXSIZE };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    for (guint over = 0; over < 2; over++)
      for (guint is_last = 0; is_last < 2; is_last++)
        {
          static const char        range[] = ":1.2.3.4-1.2.3.8";
          gsize                    n_name = BT_BLOCK_LIST_MAX_LINE_BYTES + over - strlen (range);
          g_autofree char         *name = g_strnfill (n_name, 'x');
          g_autofree char         *text = NULL;
          g_autoptr (BtBlockList)  list = NULL;

          text = g_strconcat (name, range, is_last ? "" : "\n9.9.9.9", NULL);
          list = parse_in_pieces (text, strlen (text), pieces[i]);
          g_assert_cmpint (is_blocked (list, "1.2.3.4"), ==, over == 0);
          g_assert_cmpint (is_blocked (list, "9.9.9.9"), ==, !is_last);
          g_assert_cmpuint (bt_block_list_get_counts (list)->n_malformed, ==, over);
          g_assert_cmpuint (bt_block_list_get_counts (list)->n_lines, ==, is_last ? 1 : 2);
        }
}

static void
test_full (void)
{
  g_autoptr (BtBlockListParser) parser = bt_block_list_parser_new ();
  g_autoptr (BtBlockList)       list = NULL;
  g_autoptr (GString)           text = g_string_new (NULL);

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "1::4\n");
  for (guint i = 0; i < BT_BLOCK_LIST_MAX_RANGES / 1000; i++)
    g_assert_true (bt_block_list_parser_feed (parser, text->str, text->len));
  g_assert_true (bt_block_list_parser_feed (parser, "nonsense\n", 9));
  g_assert_false (bt_block_list_parser_feed (parser, "1::5\n1::6\n", 10));
  g_assert_false (bt_block_list_parser_feed (parser, "1::7\n", 5));
  list = bt_block_list_parser_finish (parser);
  g_assert_true (bt_block_list_get_counts (list)->is_full);
  g_assert_cmpuint (bt_block_list_get_counts (list)->n_read, ==, BT_BLOCK_LIST_MAX_RANGES);
  g_assert_cmpuint (bt_block_list_get_n_ranges (list), ==, 1);
  g_assert_true (is_blocked (list, "1::4"));
  g_assert_false (is_blocked (list, "1::5"));
}

/* ---- Looking up ---- */

static guint64
random_next (guint64 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static char *
ip_to_text (gboolean is_v6,
            guint    number)
{
  if (is_v6)
    return g_strdup_printf ("1:2:3:4:ffff:ffff:%x:%x", number >> 10, (number & 0x3ff) << 6);
  return g_strdup_printf ("255.255.%u.%u", number >> 8, number & 0xff);
}

/* Many small ranges in 65,536 addresses, against a table of them. Of IPv6, one address in 64 is looked at. */
static void
test_random (gconstpointer data)
{
  gboolean                is_v6 = GPOINTER_TO_INT (data);
  guint64                 state = 88172645463325252u;
  g_autofree guint8      *is_in = g_malloc0 (65536);
  g_autoptr (GString)     text = g_string_new (NULL);
  g_autoptr (BtBlockList) list = NULL;
  guint                   n_runs = 0;

  for (guint i = 0; i < 1500; i++)
    {
      guint            first = random_next (&state) % 65536;
      guint            last = MIN (first + random_next (&state) % 40, 65535);
      g_autofree char *first_text = ip_to_text (is_v6, first);
      g_autofree char *last_text = ip_to_text (is_v6, last);

      g_string_append_printf (text, "%s-%s\n", first_text, last_text);
      memset (is_in + first, 1, last - first + 1);
    }
  list = parse (text->str);
  for (guint i = 0; i < 65536; i++)
    {
      g_autofree char *ip = ip_to_text (is_v6, i);

      n_runs += is_in[i] && (i == 0 || !is_in[i - 1]);
      if (is_blocked (list, ip) != is_in[i])
        g_error ("%s", ip);
    }
  /* The gaps between addresses of IPv6 keep apart what touches in the table. */
  if (is_v6)
    g_assert_cmpuint (bt_block_list_get_n_ranges (list), >=, n_runs);
  else
    g_assert_cmpuint (bt_block_list_get_n_ranges (list), ==, n_runs);
}

static void
test_no_family (void)
{
  g_autoptr (BtBlockList) list = parse ("0.0.0.0/0\n::/0\n");
  BtAddress               address = { .family = BT_FAMILY_NONE };
  const BtAddress         mapped = {
    .ip = { [10] = 0xff, [11] = 0xff, [12] = 1, [15] = 4 }, .family = BT_FAMILY_IPV6,
  };
  g_autoptr (BtBlockList) only4 = parse ("1.0.0.4");

  g_assert_false (bt_block_list_contains (list, &address));
  g_assert_true (bt_block_list_contains (only4, &mapped));
  g_assert_true (bt_address_parse ("1.2.3.4", 1, &address));
  g_assert_true (bt_block_list_contains (list, &address));
  g_assert_false (bt_block_list_contains (NULL, &address));
}

static void
test_ref (void)
{
  BtBlockList *list = parse ("1.2.3.4");

  g_assert_true (bt_block_list_ref (list) == list);
  bt_block_list_unref (list);
  g_assert_true (is_blocked (list, "1.2.3.4"));
  bt_block_list_unref (list);
  bt_block_list_unref (NULL);
}

/* ---- Files ---- */

typedef struct
{
  char *folder;  /* owned */
  char *path;    /* owned */
} Files;

static void
files_set_up (Files         *files,
              gconstpointer  unused G_GNUC_UNUSED)
{
  files->folder = g_dir_make_tmp ("freshet-block-list-XXXXXX", NULL);
  g_assert_nonnull (files->folder);
  files->path = g_build_filename (files->folder, "list", NULL);
}

static void
files_tear_down (Files         *files,
                 gconstpointer  unused G_GNUC_UNUSED)
{
  g_unlink (files->path);
  g_assert_cmpint (g_rmdir (files->folder), ==, 0);
  g_free (files->path);
  g_free (files->folder);
}

static void
append_packed (GByteArray *bytes,
               const char *text,
               gsize       n_text)
{
  g_autoptr (GZlibCompressor) packer = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GOutputStream)   memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream)   stream = g_converter_output_stream_new (memory, G_CONVERTER (packer));
  GMemoryOutputStream        *packed = G_MEMORY_OUTPUT_STREAM (memory);

  g_assert_true (g_output_stream_write_all (stream, text, n_text, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  g_byte_array_append (bytes, g_memory_output_stream_get_data (packed),
                       (guint) g_memory_output_stream_get_data_size (packed));
}

/* Writes the file and loads it; exactly one of list and error comes back. */
static BtBlockList *
load (Files         *files,
      const void    *bytes,
      gsize          n_bytes,
      guint64        max_bytes,
      GError       **error)
{
  BtBlockList *list;

  /* Not replaced, which would wait for the disk. */
  g_unlink (files->path);
  g_assert_true (g_file_set_contents_full (files->path, bytes, (gssize) n_bytes,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  list = bt_block_list_load_bounded (files->path, max_bytes, NULL, error);
  g_assert_true ((list == NULL) == (*error != NULL));
  return list;
}

static void
test_load_plain (Files         *files,
                 gconstpointer  unused G_GNUC_UNUSED)
{
  static const char       text[] = "a list:1.2.3.4-1.2.3.8\nnonsense\n";
  g_autoptr (BtBlockList) list = NULL;
  g_autoptr (BtBlockList) empty = NULL;
  g_autoptr (GError)      error = NULL;

  g_assert_true (g_file_set_contents (files->path, text, -1, NULL));
  list = bt_block_list_load (files->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (is_blocked (list, "1.2.3.8"));
  g_assert_cmpuint (bt_block_list_get_counts (list)->n_malformed, ==, 1);

  empty = load (files, "", 0, 100, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_block_list_get_n_ranges (empty), ==, 0);
}

/* Several chunks, several members, and padding at the end. */
static void
test_load_packed (Files         *files,
                  gconstpointer  unused G_GNUC_UNUSED)
{
  g_autoptr (GByteArray)  bytes = g_byte_array_new ();
  g_autoptr (GString)     text = g_string_new (NULL);
  g_autoptr (BtBlockList) list = NULL;
  g_autoptr (GError)      error = NULL;
  guint64                 state = 88172645463325252u;
  guint                   n_lines = 0;

  for (guint member = 0; member < 3; member++)
    {
      g_string_truncate (text, 0);
      for (guint i = 0; i < 30000; i++)
        g_string_append_printf (text, "%016" G_GINT64_MODIFIER "x:%u.%u.%u.1-%u.%u.%u.9\n",
                                random_next (&state), member, i >> 8, i & 0xff,
                                member, i >> 8, i & 0xff);
      n_lines += 30000;
      append_packed (bytes, text->str, text->len);
    }
  /* The file is cut in chunks other than the text, either way. */
  g_assert_cmpuint (bytes->len, >, 3 * 256 * 1024);
  g_byte_array_append (bytes, (const guint8 *) "\0\0\0\0", 4);
  list = load (files, bytes->data, bytes->len, G_MAXUINT64, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bt_block_list_get_counts (list)->n_lines, ==, n_lines);
  g_assert_cmpuint (bt_block_list_get_counts (list)->n_read, ==, n_lines);
  g_assert_cmpuint (bt_block_list_get_n_ranges (list), ==, n_lines);
  g_assert_true (is_blocked (list, "0.0.0.1"));
  g_assert_true (is_blocked (list, "2.117.47.9"));
  g_assert_false (is_blocked (list, "2.117.47.10"));
}

static void
test_load_damaged (Files         *files,
                   gconstpointer  unused G_GNUC_UNUSED)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString)    text = g_string_new (NULL);

  for (guint i = 0; i < 300; i++)
    g_string_append_printf (text, "1.2.%u.%u\n", i, i * i % 251);
  append_packed (bytes, text->str, text->len);

  for (guint n = 2; n < bytes->len; n++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load (files, bytes->data, n, G_MAXUINT64, &error));
      g_assert_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_DAMAGED);
    }
  /* The checksum is the last but four bytes. */
  for (guint n = bytes->len - 8; n < bytes->len; n++)
    {
      g_autoptr (GError) error = NULL;

      bytes->data[n] ^= 0x10;
      g_assert_null (load (files, bytes->data, bytes->len, G_MAXUINT64, &error));
      g_assert_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_DAMAGED);
      bytes->data[n] ^= 0x10;
    }
}

static void
test_load_bounds (Files         *files,
                  gconstpointer  unused G_GNUC_UNUSED)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char       *text = g_strnfill (10000, '\n');

  append_packed (bytes, text, 10000);
  g_assert_cmpuint (bytes->len, <, 1000);
  for (guint is_packed = 0; is_packed < 2; is_packed++)
    {
      const void             *data = is_packed ? bytes->data : (const void *) text;
      gsize                   n_bytes = is_packed ? bytes->len : 10000;
      g_autoptr (BtBlockList) list = NULL;
      g_autoptr (GError)      error = NULL;

      list = load (files, data, n_bytes, 10000, &error);
      g_assert_no_error (error);
      g_assert_null (load (files, data, n_bytes, 9999, &error));
      g_assert_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_TOO_LARGE);
    }
}

static void
test_load_full (Files         *files,
                gconstpointer  unused G_GNUC_UNUSED)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString)    text = g_string_new (NULL);
  g_autoptr (GError)     error = NULL;

  for (guint i = 0; i < BT_BLOCK_LIST_MAX_RANGES + 1; i++)
    g_string_append (text, "1.2.3.4\n");
  /* The one that is too many is seen at the very end only. */
  g_string_truncate (text, text->len - 1);
  append_packed (bytes, text->str, text->len);
  g_assert_null (load (files, bytes->data, bytes->len, G_MAXUINT64, &error));
  g_assert_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_TOO_LARGE);
}

static void
test_load_errors (Files         *files,
                  gconstpointer  unused G_GNUC_UNUSED)
{
  static const char        page[] = "<html>\n<body>Not found</body>\n</html>\n";
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError)       error = NULL;

  g_assert_null (bt_block_list_load (files->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (bt_block_list_load (files->folder, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);

  g_assert_null (load (files, page, sizeof page - 1, G_MAXUINT64, &error));
  g_assert_error (error, BT_BLOCK_LIST_ERROR, BT_BLOCK_LIST_ERROR_NOT_A_LIST);
  g_clear_error (&error);

  g_cancellable_cancel (cancellable);
  g_assert_null (bt_block_list_load (files->path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD_FILE_TEST(name, func) \
  g_test_add ("/peers/block-list/" name, Files, NULL, files_set_up, func, files_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peers/block-list/text", test_text);
  g_test_add_func ("/peers/block-list/pieces", test_pieces);
  g_test_add_func ("/peers/block-list/counts", test_counts);
  g_test_add_func ("/peers/block-list/long-lines", test_long_lines);
  g_test_add_func ("/peers/block-list/full", test_full);
  g_test_add_data_func ("/peers/block-list/random4", GINT_TO_POINTER (FALSE), test_random);
  g_test_add_data_func ("/peers/block-list/random6", GINT_TO_POINTER (TRUE), test_random);
  g_test_add_func ("/peers/block-list/no-family", test_no_family);
  g_test_add_func ("/peers/block-list/ref", test_ref);
  ADD_FILE_TEST ("load-plain", test_load_plain);
  ADD_FILE_TEST ("load-packed", test_load_packed);
  ADD_FILE_TEST ("load-damaged", test_load_damaged);
  ADD_FILE_TEST ("load-bounds", test_load_bounds);
  ADD_FILE_TEST ("load-full", test_load_full);
  ADD_FILE_TEST ("load-errors", test_load_errors);
  return g_test_run ();
}
