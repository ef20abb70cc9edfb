/* bt-window-rate.c - the real window while it downloads one torrent: how regularly its frames come
 *
 *   bt-window-rate TORRENT FOLDER
 *
 * The torrent is selected, so that its details are shown and follow it. The frame clock runs all the time, as it does
 * while something moves; what is counted is the time from one frame's end to the next one's, from the first byte to the
 * last. The rate is the load generator's to tell. Every line printed is a JSON object.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-window.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#define LIMIT_MS 33.0
#define WIDTH  1100
#define HEIGHT 720

typedef struct
{
  FreshetApplication *application;
  FreshetWindow      *window;        /* borrowed */
  GArray             *intervals;     /* of double, ms */
  gint64              frame_at_us;   /* 0: none yet */
  double              began_at_s;    /* of this thread's processor time */
  gboolean            is_selected;
  gboolean            is_complete;
} Bench;

static Bench bench;

static double
get_thread_cpu_s (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return first < second ? -1 : first > second;
}

static double
get_percentile (guint percent)
{
  guint n = bench.intervals->len;

  return n == 0 ? 0 : g_array_index (bench.intervals, double, MIN (n * percent / 100, n - 1));
}

static void
print_result (void)
{
  struct rusage usage;
  guint n_over = 0;

  getrusage (RUSAGE_SELF, &usage);
  g_array_sort (bench.intervals, compare_doubles);
  for (guint i = 0; i < bench.intervals->len; i++)
    n_over += g_array_index (bench.intervals, double, i) > LIMIT_MS;
  printf ("{\"event\":\"complete\",\"n\":%u,\"p50_ms\":%.1f,\"p95_ms\":%.1f,\"p99_ms\":%.1f,"
          "\"max_ms\":%.1f,\"over\":%u,\"cpu_s\":%.3f,\"window_cpu_s\":%.3f}\n",
          bench.intervals->len, get_percentile (50), get_percentile (95), get_percentile (99),
          get_percentile (100), n_over,
          (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
          get_thread_cpu_s () - bench.began_at_s);
  fflush (stdout);
}

/* (transfer full), nullable: the one that is downloaded. */
static BtTorrent *
get_torrent (void)
{
  GtkSelectionModel *selection =
      freshet_torrent_list_get_selection (freshet_window_get_list (bench.window));

  if (!bench.is_selected && g_list_model_get_n_items (G_LIST_MODEL (selection)) > 0)
    bench.is_selected = gtk_selection_model_select_item (selection, 0, TRUE);
  return g_list_model_get_item (G_LIST_MODEL (selection), 0);
}

static gboolean
tick_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
after_paint_cb (GdkFrameClock *clock)
{
  g_autoptr (BtTorrent) torrent = get_torrent ();
  gint64 now_us = g_get_monotonic_time ();
  double interval = (double) (now_us - bench.frame_at_us) / 1000;

  if (torrent == NULL || bench.is_complete || bt_torrent_get_progress (torrent) == 0)
    return;
  if (bench.frame_at_us != 0)
    g_array_append_val (bench.intervals, interval);
  else
    bench.began_at_s = get_thread_cpu_s ();
  bench.frame_at_us = now_us;
  if (!bt_torrent_is_complete (torrent))
    return;
  bench.is_complete = TRUE;
  print_result ();
  g_action_group_activate_action (G_ACTION_GROUP (bench.application), "quit", NULL);
}

static void
window_added_cb (GtkApplication *application,
                 GtkWindow      *window)
{
  if (!FRESHET_IS_WINDOW (window))
    return;
  bench.window = FRESHET_WINDOW (window);
  gtk_window_set_default_size (window, WIDTH, HEIGHT);
  gtk_widget_add_tick_callback (GTK_WIDGET (window), tick_cb, NULL, NULL);
}

static void
activate_cb (void)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench.window));

  /* What is opened activates it once more. */
  g_signal_handlers_disconnect_by_func (clock, after_paint_cb, NULL);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GSettings) settings = NULL;
  int status;

  if (argc != 3)
    {
      fprintf (stderr, "bt-window-rate TORRENT FOLDER\n");
      return 1;
    }
  /* With GSETTINGS_BACKEND=memory: for this program only. */
  settings = g_settings_new ("org.freshet.Freshet");
  g_settings_set_boolean (settings, "ask-when-adding", FALSE);
  g_settings_set_boolean (settings, "offer-clipboard", FALSE);
  g_settings_set_boolean (settings, "use-dht", FALSE);
  g_settings_set_boolean (settings, "use-local-discovery", FALSE);
  g_settings_set_value (settings, "download-folder", g_variant_new_bytestring (argv[2]));
  bench.intervals = g_array_new (FALSE, FALSE, sizeof (double));
  bench.application = freshet_application_new ();
  g_application_set_flags (G_APPLICATION (bench.application),
                           G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_OPEN);
  g_signal_connect (bench.application, "window-added", G_CALLBACK (window_added_cb), NULL);
  g_signal_connect_after (bench.application, "activate", G_CALLBACK (activate_cb), NULL);
  status = g_application_run (G_APPLICATION (bench.application), 2, argv);
  g_object_unref (bench.application);
  g_array_unref (bench.intervals);
  return bench.is_complete ? status : 1;
}
