/* test-mark-words.c - what happened, in words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "details/freshet-mark-words.h"

/* Every kind has words and an icon, with a text and without. */
static void
test_all_kinds (void)
{
  for (guint kind = 0; kind < BT_MARK_N_KINDS; kind++)
    {
      char text[] = "100 %s";
      BtHistoryMark mark = { 1, kind, NULL };
      g_autofree char *bare = freshet_mark_words_describe (&mark);
      g_autofree char *full = NULL;

      g_assert_cmpstr (bare, !=, "");
      g_assert_cmpstr (freshet_mark_words_icon (kind), !=, "image-missing");
      mark.text = text;
      full = freshet_mark_words_describe (&mark);
      g_assert_nonnull (strstr (full, text));
    }
}

static void
test_text (void)
{
  BtHistoryMark moved = { 1, BT_MARK_MOVED, (char *) "/media/disk" };
  BtHistoryMark failed = { 1, BT_MARK_FAILED, (char *) "No such file" };
  g_autofree char *moved_words = freshet_mark_words_describe (&moved);
  g_autofree char *failed_words = freshet_mark_words_describe (&failed);

  g_assert_cmpstr (moved_words, ==, "Moved to /media/disk");
  g_assert_cmpstr (failed_words, ==, "Stopped by a problem: No such file");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/mark-words/all-kinds", test_all_kinds);
  g_test_add_func ("/app/mark-words/text", test_text);
  return g_test_run ();
}
