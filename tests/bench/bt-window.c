/* bt-window.c - the real window with the torrents of a state: what its frames take while somebody uses it
 *
 * A frame's time is what the user's thread was busy between the end of one frame and the end of the next: waiting in
 * poll() is not counted, everything else is, whatever made it busy. Beside it the processor time of that thread, which
 * says the same on a machine that has other things to do. Every line printed is a JSON object.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "freshet-window.h"
#include "list/freshet-columns.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LIMIT_MS 33.0
/* Torrents that get a label, and that are started: enough for pills and for rows that change every second. */
#define N_LABELLED 200
#define N_STARTED  60
#define WIDTH  1100
#define HEIGHT 720

typedef struct _Bench Bench;

typedef struct
{
  const char *name;
  guint       n_frames;
  void      (*act) (Bench *bench,
                    guint  frame);
} Step;

struct _Bench
{
  FreshetApplication *application;
  FreshetWindow      *window;       /* borrowed */
  GSettings          *settings;     /* borrowed */
  GArray             *busy;         /* of double, ms: this step's frames */
  GArray             *cpu;
  gint64              idle_us;      /* in poll() since the last frame */
  gint64              frame_at_us;
  gint64              frame_cpu_us;
  gint64              running_at_us; /* the engine's list is there */
  guint               step;
  guint               frame;
  gboolean            is_shown;      /* the list has been drawn */
  guint               n_blank;       /* frames of this step in which a row was seen with nothing in it */
};

static Bench bench;

/* --- Time --- */

static int
poll_func (GPollFD *fds,
           guint    n_fds,
           int      timeout)
{
  gint64 since = g_get_monotonic_time ();
  int result = poll ((struct pollfd *) fds, n_fds, timeout);

  bench.idle_us += g_get_monotonic_time () - since;
  return result;
}

static gint64
get_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static guint
get_resident_kb (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL) ||
      (line = strstr (text, "VmRSS:")) == NULL)
    return 0;
  return (guint) g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return first < second ? -1 : first > second;
}

static void
print_times (const char *prefix,
             GArray     *times)
{
  guint n_over = 0;

  g_array_sort (times, compare_doubles);
  for (guint i = 0; i < times->len; i++)
    n_over += g_array_index (times, double, i) > LIMIT_MS;
  printf (",\"%sp50_ms\":%.1f,\"%sp95_ms\":%.1f,\"%smax_ms\":%.1f,\"%sover\":%u",
          prefix, g_array_index (times, double, times->len / 2),
          prefix, g_array_index (times, double, times->len * 95 / 100),
          prefix, g_array_index (times, double, times->len - 1), prefix, n_over);
}

/* --- What somebody does --- */

static GtkWidget *
find (GtkWidget  *widget,
      const char *type)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkAdjustment *
get_adjustment (void)
{
  gboolean is_table = g_settings_get_enum (bench.settings, "view") != 0;
  GtkWidget *face = find (GTK_WIDGET (bench.window), is_table ? "FreshetTorrentTable"
                                                              : "FreshetTorrentRows");

  return gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_first_child (face)));
}

static GtkWidget *
find_rows (void)
{
  gboolean is_table = g_settings_get_enum (bench.settings, "view") != 0;
  GtkWidget *rows = find (GTK_WIDGET (bench.window),
                          is_table ? "FreshetTableBody" : "FreshetTorrentRows");

  rows = gtk_widget_get_last_child (is_table ? rows : gtk_widget_get_first_child (rows));
  while (rows != NULL && !GTK_IS_LIST_VIEW (rows))
    rows = gtk_widget_get_prev_sibling (rows);
  return rows;
}

/* What is quick must not be so for showing nothing. */
static gboolean
is_blank (void)
{
  GtkWidget *rows = find_rows ();

  for (GtkWidget *row = gtk_widget_get_first_child (rows); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      GtkWidget *slot = gtk_widget_get_first_child (row);
      GtkWidget *child = slot != NULL ? gtk_widget_get_first_child (slot) : NULL;

      if (gtk_widget_get_mapped (row) && gtk_widget_get_height (row) > 0 &&
          (child == NULL || gtk_widget_get_height (child) == 0))
        return TRUE;
    }
  return FALSE;
}

/* Whether the first torrent is in its row. */
static gboolean
has_rows (void)
{
  return find (GTK_WIDGET (bench.window), "FreshetTorrentRow") != NULL;
}

static void
rest (Bench *b,
      guint  frame)
{
}

/* As with a wheel that is turned quickly, or a finger. */
static void
scroll (Bench *b,
        guint  frame)
{
  GtkAdjustment *adjustment = get_adjustment ();

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + 180);
}

/* As with the scroll bar's handle. */
static void
drag (Bench *b,
      guint  frame)
{
  GtkAdjustment *adjustment = get_adjustment ();
  double range = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  gtk_adjustment_set_value (adjustment, range * ((frame * 37) % 100) / 100);
}

static void
sort (Bench *b,
      guint  frame)
{
  static const char *const ids[] = { "name", "size", "added", "progress", "state", "position" };

  if (frame % 10 != 0)
    return;
  g_settings_set_string (b->settings, "sort-by", ids[frame / 10 % G_N_ELEMENTS (ids)]);
  g_settings_set_boolean (b->settings, "sort-descending", frame / 10 % 4 < 2);
}

static void
filter (Bench *b,
        guint  frame)
{
  static const char *const filters[] = {
    "paused", "waiting", "all", "label:films", "all", "failed",
  };

  if (frame % 10 == 0)
    g_settings_set_string (b->settings, "filter", filters[frame / 10 % G_N_ELEMENTS (filters)]);
}

/* A key every four frames is fast typing. */
static void
search (Bench *b,
        guint  frame)
{
  static const char text[] = "volume 012";
  g_autofree char *part = g_strndup (text, frame / 4 % sizeof (text));

  if (frame == 0)
    g_settings_set_string (b->settings, "filter", "all");
  if (frame % 4 == 0)
    freshet_torrent_list_set_search (freshet_window_get_list (b->window), part);
}

static void
select_all (Bench *b,
            guint  frame)
{
  FreshetTorrentList *list = freshet_window_get_list (b->window);

  if (frame == 0)
    freshet_torrent_list_set_search (list, NULL);
  if (frame % 20 == 0)
    freshet_torrent_list_select_all (list);
  else if (frame % 20 == 10)
    gtk_selection_model_unselect_all (freshet_torrent_list_get_selection (list));
}

static void
select_one (Bench *b,
            guint  frame)
{
  if (frame % 5 == 0)
    gtk_selection_model_select_item (
        freshet_torrent_list_get_selection (freshet_window_get_list (b->window)), frame, TRUE);
}

static void
show_table (Bench *b,
            guint  frame)
{
  if (frame == 0)
    g_settings_set_string (b->settings, "view", "table");
}

static void
show_all_columns (Bench *b,
                  guint  frame)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  gsize n;
  const FreshetColumn *columns = freshet_columns_get (&n);

  if (frame != 0)
    return;
  for (gsize i = 0; i < n; i++)
    g_strv_builder_add (ids, columns[i].id);
  list = g_strv_builder_end (ids);
  g_settings_set_strv (b->settings, "columns", (const char *const *) list);
}

/* As with a finger, to the end and back. */
static void
scroll_sideways (Bench *b,
                 guint  frame)
{
  GtkWidget *face = find (GTK_WIDGET (b->window), "FreshetTorrentTable");
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_first_child (face)));

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) +
                                          (frame / 40 % 2 == 0 ? 60 : -60));
}

static void
show_rows (Bench *b,
           guint  frame)
{
  if (frame == 0)
    g_settings_set_string (b->settings, "view", "rows");
}

static const Step steps[] = {
  { "rest", 60, rest },
  { "rows: scroll", 200, scroll },
  { "rows: drag the scroll bar", 100, drag },
  { "rows: sort", 120, sort },
  { "rows: filter", 120, filter },
  { "rows: search", 80, search },
  { "rows: select all", 80, select_all },
  { "rows: select one", 80, select_one },
  { "to the table", 20, show_table },
  { "table: scroll", 200, scroll },
  { "table: drag the scroll bar", 100, drag },
  { "table: sort", 120, sort },
  { "table: filter", 120, filter },
  { "table: search", 80, search },
  { "table: select all", 80, select_all },
  { "table: select one", 80, select_one },
  { "table: all columns", 20, show_all_columns },
  { "all columns: sideways", 80, scroll_sideways },
  { "all columns: scroll", 100, scroll },
  { "all columns: filter", 120, filter },
  { "all columns: search", 80, search },
  { "all columns: select all", 80, select_all },
  { "to the rows", 20, show_rows },
};

/* --- Frames --- */

static void
end_step (void)
{
  printf ("{\"event\":\"step\",\"name\":\"%s\",\"n\":%u", steps[bench.step].name, bench.busy->len);
  print_times ("", bench.busy);
  print_times ("cpu_", bench.cpu);
  printf (",\"blank\":%u,\"resident_kb\":%u}\n", bench.n_blank, get_resident_kb ());
  fflush (stdout);
  bench.n_blank = 0;
  g_array_set_size (bench.busy, 0);
  g_array_set_size (bench.cpu, 0);
  bench.frame = 0;
  bench.step++;
  if (bench.step == G_N_ELEMENTS (steps))
    g_action_group_activate_action (G_ACTION_GROUP (bench.application), "quit", NULL);
}

static gboolean
tick_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       user_data)
{
  if (bench.is_shown && bench.step < G_N_ELEMENTS (steps))
    steps[bench.step].act (&bench, bench.frame++);
  return G_SOURCE_CONTINUE;
}

static void
after_paint_cb (GdkFrameClock *clock)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 cpu_us = get_cpu_us ();
  double busy = (double) (now_us - bench.frame_at_us - bench.idle_us) / 1000;
  double cpu = (double) (cpu_us - bench.frame_cpu_us) / 1000;

  if (bench.step == G_N_ELEMENTS (steps))
    return;
  if (bench.running_at_us != 0 && !bench.is_shown && has_rows ())
    {
      bench.is_shown = TRUE;
      printf ("{\"event\":\"shown\",\"after_ms\":%.1f,\"resident_kb\":%u}\n",
              (double) (now_us - bench.running_at_us) / 1000, get_resident_kb ());
    }
  else if (bench.is_shown)
    {
      g_array_append_val (bench.busy, busy);
      g_array_append_val (bench.cpu, cpu);
      bench.n_blank += is_blank ();
      if (bench.busy->len == steps[bench.step].n_frames)
        end_step ();
    }
  bench.frame_at_us = now_us;
  bench.frame_cpu_us = cpu_us;
  bench.idle_us = 0;
}

/* --- The application --- */

static void
prepare_torrents (void)
{
  static const char *const labels[] = { "films", "later", NULL };
  GListModel *torrents =
      bt_supervisor_get_torrents (freshet_application_get_supervisor (bench.application));
  guint n = g_list_model_get_n_items (torrents);

  for (guint i = 0; i < MIN (n, N_LABELLED); i++)
    {
      g_autoptr (BtTorrent) torrent = g_list_model_get_item (torrents, i * (n / N_LABELLED));

      bt_torrent_set_labels (torrent, labels);
      if (i < N_STARTED)
        bt_torrent_start (torrent);
    }
  printf ("{\"event\":\"listed\",\"count\":%u}\n", n);
}

static void
engine_state_cb (void)
{
  if (freshet_application_get_engine_state (bench.application) != FRESHET_ENGINE_RUNNING)
    return;
  prepare_torrents ();
  bench.running_at_us = g_get_monotonic_time ();
  gtk_widget_queue_draw (GTK_WIDGET (bench.window));
}

static void
window_added_cb (GtkApplication *application,
                 GtkWindow      *window)
{
  if (!FRESHET_IS_WINDOW (window))
    return;
  bench.window = FRESHET_WINDOW (window);
  bench.settings = freshet_application_get_settings (bench.application);
  gtk_window_set_default_size (window, WIDTH, HEIGHT);
  g_signal_connect (application, "notify::engine-state", G_CALLBACK (engine_state_cb), NULL);
  gtk_widget_add_tick_callback (GTK_WIDGET (window), tick_cb, NULL, NULL);
}

static void
activate_cb (void)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench.window));

  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GSettings) settings = g_settings_new ("org.freshet.Freshet");
  int status;

  /* In memory: bench.py says so. Thousands of torrents that run are not looked for in the DHT. */
  g_settings_set_boolean (settings, "use-dht", FALSE);
  g_settings_set_boolean (settings, "use-local-discovery", FALSE);
  bench.busy = g_array_new (FALSE, FALSE, sizeof (double));
  bench.cpu = g_array_new (FALSE, FALSE, sizeof (double));
  g_main_context_set_poll_func (NULL, poll_func);
  bench.application = freshet_application_new ();
  g_application_set_flags (G_APPLICATION (bench.application), G_APPLICATION_NON_UNIQUE);
  g_signal_connect (bench.application, "window-added", G_CALLBACK (window_added_cb), NULL);
  g_signal_connect_after (bench.application, "activate", G_CALLBACK (activate_cb), NULL);
  status = g_application_run (G_APPLICATION (bench.application), argc, argv);
  g_object_unref (bench.application);
  g_array_unref (bench.busy);
  g_array_unref (bench.cpu);
  return status;
}
