/* test-progress.c - a torrent's line on a terminal of any width, and in a pipe
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-progress.h"
#include "cli-text.h"

#include <glib.h>
#include <string.h>

#define MIB (1024 * 1024)

static const BtSwarmFacts downloading = {
  .state = BT_SWARM_DOWNLOADING,
  .received_bps = 12 * MIB + 300 * 1024,
  .sent_bps = 512 * 1024,
  .left_us = 83 * G_USEC_PER_SEC,
  .n_peers = 12,
};

static const BtSwarmFacts stuck = {
  .state = BT_SWARM_DOWNLOADING,
  .reason = BT_REASON_NO_PEERS,
  .left_us = -1,
};

static const BtSwarmFacts seeding = { .state = BT_SWARM_SEEDING, .n_peers = 1, .left_us = -1 };
static const BtSwarmFacts checking = { .state = BT_SWARM_CHECKING, .left_us = -1 };

static const struct
{
  CliRow      row;
  CliLook     look;
  const char *expected;
} rows[] = {
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 79, FALSE, FALSE },
    "debian-12.iso ####......  45.2%  down 12.3 MiB/s  12 peers  1:23 left" },
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 79, TRUE, FALSE },
    "debian-12.iso ████░░░░░░  45.2%  ↓ 12.3 MiB/s ↑  512 KiB/s  12 peers  1:23 left" },
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 100, TRUE, FALSE },
    "debian-12.iso                    █████░░░░░░░  45.2%  "
    "↓ 12.3 MiB/s ↑  512 KiB/s  12 peers  1:23 left" },
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 42, TRUE, FALSE },
    "debia….iso  45.2%  ↓ 12.3 MiB/s  1:23 left" },
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 17, TRUE, FALSE }, "debia….iso  45.2%" },
  { { "debian-12.iso", &downloading, 0.452, NULL }, { 5, TRUE, FALSE }, "de…so" },
  { { "debian-12.iso", &stuck, 0.452, "No peers are known yet" }, { 79, FALSE, FALSE },
    "debian-12.iso ####......  45.2%  No peers are known yet" },
  { { "debian-12.iso", &stuck, 0.452, "No peers are known yet" }, { 40, TRUE, FALSE },
    "debia….iso  45.2%  No peers are known y…" },
  { { "debian-12.iso", &stuck, 0.452, "No peers; tracker: “Connection refused by 192.0.2.1”" },
    { 79, TRUE, FALSE },
    "debian-12.iso  45.2%  No peers; tracker: “Connection refused by 192.0.2.1”" },
  /* While something moves there is no trouble to tell. */
  { { "a", &downloading, 0.452, "Kept at your speed limit" }, { 79, FALSE, FALSE },
    "a             ####......  45.2%  down 12.3 MiB/s  12 peers  1:23 left" },
  { { "a", &seeding, 1, "Seeding" }, { 79, FALSE, FALSE },
    "a             ########## 100.0%  up      0 B/s   1 peer" },
  { { "a", &checking, 0.5, NULL }, { 79, FALSE, FALSE },
    "a             #####.....  50.0%  checking" },
};

static void
test_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *line = cli_progress_format_row (&rows[i].row, &rows[i].look);

      g_test_message ("%s", line);
      g_assert_cmpstr (line, ==, rows[i].expected);
    }
}

static void
test_widths (void)
{
  static const char *const names[] = {
    "", "a", "日本語のとても長い名前がここにあります.iso", "plain and rather long name of a file.iso"
  };
  static const BtSwarmFacts *const facts[] = { &downloading, &stuck, &seeding, &checking };

  for (guint columns = 0; columns <= 300; columns++)
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
      for (gsize j = 0; j < G_N_ELEMENTS (facts); j++)
        {
          CliRow row = { names[i], facts[j], 0.3, "None of 7 known peers could be reached" };
          CliLook look = { columns, TRUE, FALSE };
          g_autofree char *line = cli_progress_format_row (&row, &look);

          g_assert_cmpuint (cli_text_width (line), <=, columns);
        }
}

static void
test_colors (void)
{
  CliRow row = { "a", &stuck, 0.5, "No peers are known yet" };
  CliLook look = { 79, FALSE, TRUE };
  g_autofree char *line = cli_progress_format_row (&row, &look);

  g_assert_cmpstr (line, ==,
                   "a             \033[33m#####.....\033[0m  50.0%  "
                   "\033[33mNo peers are known yet\033[0m");
}

static void
test_plain (void)
{
  CliRow row = { "a", &downloading, 0.452, NULL };
  g_autofree char *moving = cli_progress_format_plain (&row);
  g_autofree char *still = NULL;

  g_assert_cmpstr (moving, ==,
                   "a: downloading, 45.2%, 12.3 MiB/s down, 512 KiB/s up, 12 peers, 1:23 left");
  row.facts = &stuck;
  row.description = "No peers are known yet";
  still = cli_progress_format_plain (&row);
  g_assert_cmpstr (still, ==,
                   "a: downloading, 45.2%, 0 B/s down, 0 B/s up, 0 peers: No peers are known yet");
  /* Scripts wait for this word. */
  for (guint state = BT_SWARM_STOPPED; state <= BT_SWARM_FAILED; state++)
    g_assert_null (strstr (cli_state_to_word ((BtSwarmState) state), "complete"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/progress/rows", test_rows);
  g_test_add_func ("/cli/progress/widths", test_widths);
  g_test_add_func ("/cli/progress/colors", test_colors);
  g_test_add_func ("/cli/progress/plain", test_plain);
  return g_test_run ();
}
