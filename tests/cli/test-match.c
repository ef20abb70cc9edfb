/* test-match.c - which torrent a word means
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-match.h"

#include <glib.h>
#include <string.h>

static const BtRecord torrents[] = {
  { .id = 1, .name = (char *) "debian", .info_hash = { 0xab, 0xcd, 0xef, 0x01 } },
  { .id = 2, .name = (char *) "twice", .info_hash = { 0xab, 0xcd, 0xef, 0x02 } },
  { .id = 3, .name = (char *) "twice", .info_hash = { 0x12, 0x34, 0x56, 0x03 } },
  { .id = 123456, .name = (char *) "3", .info_hash = { 0xff, 0xff, 0xff, 0x04 } },
  { .id = 5, .name = (char *) "abcdef", .info_hash = { 0x05 } },
  { .id = 6, .name = NULL, .info_hash = { 0x06 } },
};

static const struct
{
  const char *word;
  CliMatch    match;
  guint       index;
} cases[] = {
  { "1", CLI_MATCH_ONE, 0 },
  { "debian", CLI_MATCH_ONE, 0 },
  { "Debian", CLI_MATCH_NONE, 0 },
  { "debia", CLI_MATCH_NONE, 0 },
  { "twice", CLI_MATCH_SEVERAL, 0 },
  /* An id before a hash, both before a name. */
  { "3", CLI_MATCH_ONE, 2 },
  { "123456", CLI_MATCH_ONE, 3 },
  { "12345603", CLI_MATCH_ONE, 2 },
  { "abcdef", CLI_MATCH_SEVERAL, 0 },
  { "abcdef0", CLI_MATCH_SEVERAL, 0 },
  { "ABCDEF02", CLI_MATCH_ONE, 1 },
  { "ffffff0400000000000000000000000000000000", CLI_MATCH_ONE, 3 },
  { "ffffff04000000000000000000000000000000000", CLI_MATCH_NONE, 0 },
  { "fffff", CLI_MATCH_NONE, 0 },
  { "", CLI_MATCH_NONE, 0 },
  { "0", CLI_MATCH_NONE, 0 },
  { "-1", CLI_MATCH_NONE, 0 },
  { "99999999999999999999999", CLI_MATCH_NONE, 0 },
};

static void
test_cases (void)
{
  const BtRecord *records[G_N_ELEMENTS (torrents)];

  for (gsize i = 0; i < G_N_ELEMENTS (torrents); i++)
    records[i] = &torrents[i];
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint index = 99;

      g_test_message ("%s", cases[i].word);
      g_assert_cmpint (cli_match (cases[i].word, records, G_N_ELEMENTS (records), &index), ==,
                       cases[i].match);
      g_assert_cmpuint (index, ==, cases[i].match == CLI_MATCH_ONE ? cases[i].index : 99);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/match/cases", test_cases);
  return g_test_run ();
}
