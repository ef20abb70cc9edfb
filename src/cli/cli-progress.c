/* cli-progress.c - what the torrents do, on a terminal or in a pipe
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "cli-progress.h"

#include "cli-say.h"
#include "cli-text.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define DEFAULT_LINES   24
#define MAX_COLUMNS     1000
/* What stands right of the bar at its usual widest, with the gaps and the percentage. */
#define DETAIL_COLUMNS  46
#define PERCENT_COLUMNS 6
#define MIN_NAME        10
#define MAX_NAME        48
#define MIN_BAR         10
#define MAX_BAR         30
#define MAX_PARTS       5

#define COLOR_GREEN  "\033[32m"
#define COLOR_YELLOW "\033[33m"
#define COLOR_RED    "\033[31m"
#define COLOR_NONE   "\033[0m"

/* What a torrent's last plain line said. */
typedef struct
{
  BtSwarmState state;
  gint64       at_us;
} Said;

struct _CliProgress
{
  gboolean is_silent;
  gboolean is_terminal;
  CliLook  look;
  GArray  *drawn;    /* owned; of guint: how wide the lines on the terminal are that are ours to draw again */
  GArray  *said;     /* owned; of Said, one per row */
};

/* --- Words --- */

const char *
cli_state_to_word (BtSwarmState state)
{
  switch (state)
    {
    case BT_SWARM_STOPPED:
      return _("stopped");
    case BT_SWARM_CHECKING:
      return _("checking");
    case BT_SWARM_PREPARING:
      return _("making files");
    case BT_SWARM_DOWNLOADING:
      return _("downloading");
    case BT_SWARM_SEEDING:
      return _("seeding");
    case BT_SWARM_NO_SPACE:
      return _("waiting");
    case BT_SWARM_STOPPING:
      return _("stopping");
    case BT_SWARM_QUEUED:
      return _("queued");
    case BT_SWARM_MISSING:
      return _("waiting");
    case BT_SWARM_MOVING:
      return _("moving");
    case BT_SWARM_FAILED:
    default:
      return _("failed");
    }
}

static char *
dup_peers (const BtSwarmFacts *facts)
{
  return g_strdup_printf (ngettext ("%u peer", "%u peers", facts->n_peers), facts->n_peers);
}

static char *
dup_left (const BtSwarmFacts *facts)
{
  g_autofree char *left = NULL;

  if (facts->state != BT_SWARM_DOWNLOADING || facts->left_us < 0)
    return NULL;
  left = cli_text_time ((guint64) (facts->left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  /* Translators: a time, like 1:23 left */
  return g_strdup_printf (_("%s left"), left);
}

/* Why nothing moves; NULL while something does. */
static const char *
find_trouble (const CliRow *row)
{
  const BtSwarmFacts *facts = row->facts;

  if (facts->state == BT_SWARM_NO_SPACE || facts->state == BT_SWARM_FAILED ||
      facts->state == BT_SWARM_MISSING)
    return row->description;
  if (facts->state == BT_SWARM_QUEUED && facts->reason != BT_REASON_NONE)
    return row->description;
  if (facts->state == BT_SWARM_DOWNLOADING && facts->received_bps == 0 &&
      facts->reason != BT_REASON_NONE)
    return row->description;
  return NULL;
}

/* --- On a terminal --- */

/* The parts that fit, the less important ones left out first: what is sent, then the peers, then the time left. */
static char *
join_parts (char  *parts[MAX_PARTS],
            guint  columns)
{
  static const guint order[] = { 1, 2, 3 };

  for (guint n_out = 0;; n_out++)
    {
      GString *text = g_string_new (NULL);

      for (guint i = 0; i < MAX_PARTS; i++)
        if (parts[i] != NULL)
          g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", parts[i]);
      if (cli_text_width (text->str) <= columns)
        return g_string_free (text, FALSE);
      g_string_free (text, TRUE);
      if (n_out == G_N_ELEMENTS (order))
        return g_strdup ("");
      g_clear_pointer (&parts[order[n_out]], g_free);
    }
}

/* The usual values stand in columns, one torrent's below another's, and do not jump when they change. */
static char *
format_rates (const CliRow  *row,
              guint          columns,
              const CliLook *look)
{
  const BtSwarmFacts *facts = row->facts;
  g_autofree char *down = cli_text_rate (facts->received_bps);
  g_autofree char *up = cli_text_rate (facts->sent_bps);
  g_autofree char *left = dup_left (facts);
  char *parts[MAX_PARTS] = { NULL };
  char *text;

  if (facts->state == BT_SWARM_DOWNLOADING)
    parts[0] = g_strdup_printf (look->is_utf8 ? "↓ %10s" : _("down %10s"), down);
  if (facts->state == BT_SWARM_SEEDING || facts->sent_bps > 0)
    parts[1] = g_strdup_printf (look->is_utf8 ? "↑ %10s" : _("up %10s"), up);
  /* Translators: both as wide as each other; a blank at the end of the narrower one. */
  parts[2] = g_strdup_printf (ngettext ("%3u peer ", "%3u peers", facts->n_peers), facts->n_peers);
  if (left != NULL)
    parts[3] = g_strdup_printf ("%10s", left);
  text = join_parts (parts, columns);
  for (guint i = 0; i < MAX_PARTS; i++)
    g_free (parts[i]);
  return g_strchomp (text);
}

static char *
format_detail (const CliRow  *row,
               guint          columns,
               const CliLook *look)
{
  const char *trouble = find_trouble (row);

  if (trouble != NULL)
    return cli_text_cut (trouble, columns, look->is_utf8);
  if (row->facts->state == BT_SWARM_DOWNLOADING || row->facts->state == BT_SWARM_SEEDING)
    return format_rates (row, columns, look);
  if (row->facts->state == BT_SWARM_CHECKING && row->facts->received_bps > 0)
    {
      g_autofree char *rate = cli_text_rate (row->facts->received_bps);

      return cli_text_cut (rate, columns, look->is_utf8);
    }
  return cli_text_cut (cli_state_to_word (row->facts->state), columns, look->is_utf8);
}

static const char *
find_color (const CliRow *row)
{
  if (row->facts->state == BT_SWARM_FAILED)
    return COLOR_RED;
  return find_trouble (row) != NULL ? COLOR_YELLOW : COLOR_GREEN;
}

static void
append_colored (GString       *line,
                const char    *text,
                const char    *color,
                const CliLook *look)
{
  if (look->has_color && *text != '\0')
    g_string_append_printf (line, "%s%s" COLOR_NONE, color, text);
  else
    g_string_append (line, text);
}

static void
append_padded (GString    *line,
               const char *text,
               guint       columns)
{
  g_string_append (line, text);
  for (guint i = cli_text_width (text); i < columns; i++)
    g_string_append_c (line, ' ');
}

/* Why nothing moves matters more than a bar beside it. */
static gboolean
has_room_for_bar (const CliRow *row,
                  guint         room,
                  guint         n_taken)
{
  const char *trouble = find_trouble (row);

  return trouble == NULL || n_taken + PERCENT_COLUMNS + 2 + cli_text_width (trouble) <= room;
}

/* name bar percent detail; a narrow terminal first loses the bar, then the detail. */
char *
cli_progress_format_row (const CliRow  *row,
                         const CliLook *look)
{
  GString *line = g_string_new (NULL);
  guint room = look->columns;
  guint n_bar = CLAMP (room / 8, MIN_BAR, MAX_BAR);
  guint n_fixed = PERCENT_COLUMNS + 2 + DETAIL_COLUMNS;
  guint n_name;
  g_autofree char *name = NULL, *bar = NULL, *percent = NULL, *detail = NULL;

  if (room < MIN_NAME + 1 + MIN_BAR + 1 + n_fixed)
    n_bar = 0;
  n_fixed += 1 + (n_bar > 0 ? n_bar + 1 : 0);
  n_name = room > n_fixed ? CLAMP (room - n_fixed, MIN_NAME, MAX_NAME) : MIN_NAME;
  if (room < MIN_NAME + 1 + PERCENT_COLUMNS)
    {
      g_string_free (line, TRUE);
      return cli_text_fit (row->name, room, look->is_utf8);
    }
  if (!has_room_for_bar (row, room, n_name + 1 + n_bar + 1))
    n_bar = 0;
  name = cli_text_fit (row->name, n_name, look->is_utf8);
  append_padded (line, name, n_name + 1);
  if (n_bar > 0)
    {
      bar = cli_text_bar (row->progress, n_bar, look->is_utf8);
      append_colored (line, bar, find_color (row), look);
      g_string_append_c (line, ' ');
      room -= n_bar + 1;
    }
  percent = cli_text_percent (row->progress);
  g_string_append (line, percent);
  room -= n_name + 1 + PERCENT_COLUMNS;
  if (room < 2 + 1)
    return g_string_free (line, FALSE);
  detail = format_detail (row, room - 2, look);
  if (*detail != '\0')
    g_string_append (line, "  ");
  if (find_trouble (row) != NULL)
    append_colored (line, detail, find_color (row), look);
  else
    g_string_append (line, detail);
  return g_string_free (line, FALSE);
}

static guint
get_number_from_environment (const char *name)
{
  const char *text = g_getenv (name);
  guint64 value = 0;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, MAX_COLUMNS, &value, NULL))
    return 0;
  return (guint) value;
}

/* Asked each time: the window may have another size by now. */
static void
measure_terminal (guint *out_columns,
                  guint *out_lines)
{
  struct winsize size = { 0 };
  guint columns = get_number_from_environment ("COLUMNS");
  guint lines = get_number_from_environment ("LINES");

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    size = (struct winsize) { 0 };
  if (columns == 0)
    columns = size.ws_col > 0 ? MIN (size.ws_col, MAX_COLUMNS) : DEFAULT_COLUMNS;
  if (lines == 0)
    lines = size.ws_row > 0 ? size.ws_row : DEFAULT_LINES;
  *out_columns = columns;
  *out_lines = lines;
}

/* Columns without the colours. */
static guint
measure_line (const char *line)
{
  g_autoptr (GString) bare = g_string_new (NULL);

  for (const char *p = line; *p != '\0'; p++)
    {
      if (*p == '\033')
        p = strchr (p, 'm');
      else
        g_string_append_c (bare, *p);
    }
  return cli_text_width (bare->str);
}

/* Goes back to where the drawing began. A window that was made narrower has broken our lines into several. */
static void
append_rewind (CliProgress *progress,
               GString     *text,
               guint        columns)
{
  guint n_up = 0;

  if (progress->drawn->len == 0)
    return;
  for (guint i = 0; i < progress->drawn->len; i++)
    n_up += MAX (1, (g_array_index (progress->drawn, guint, i) + columns - 1) / columns);
  if (n_up > 1)
    g_string_append_printf (text, "\033[%uA", n_up - 1);
  g_string_append (text, "\r\033[J");
  g_array_set_size (progress->drawn, 0);
}

static void
append_line (CliProgress *progress,
             GString     *text,
             const char  *line)
{
  guint width = measure_line (line);

  g_string_append_printf (text, "%s%s", progress->drawn->len > 0 ? "\n" : "", line);
  g_array_append_val (progress->drawn, width);
}

static void
draw (CliProgress  *progress,
      const CliRow *rows,
      guint         n_rows)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint columns, lines, n_shown;

  measure_terminal (&columns, &lines);
  /* A character in the last column makes some terminals begin a new line. */
  progress->look.columns = MAX (columns, 2) - 1;
  n_shown = MIN (n_rows, MAX (lines, 3) - 2);
  append_rewind (progress, text, columns);
  for (guint i = 0; i < n_shown; i++)
    {
      g_autofree char *line = cli_progress_format_row (&rows[i], &progress->look);

      append_line (progress, text, line);
    }
  if (n_shown < n_rows)
    {
      guint n = n_rows - n_shown;
      g_autofree char *more = g_strdup_printf (ngettext ("and %u more", "and %u more", n), n);

      append_line (progress, text, more);
    }
  cli_print (text->str);
}

/* --- In a pipe --- */

char *
cli_progress_format_plain (const CliRow *row)
{
  const BtSwarmFacts *facts = row->facts;
  GString *line = g_string_new (row->name);
  const char *trouble = find_trouble (row);
  g_autofree char *percent = cli_text_percent (row->progress);
  g_autofree char *down = cli_text_rate (facts->received_bps);
  g_autofree char *up = cli_text_rate (facts->sent_bps);
  g_autofree char *peers = dup_peers (facts);
  g_autofree char *left = dup_left (facts);

  g_string_append_printf (line, ": %s, %s", cli_state_to_word (facts->state), g_strchug (percent));
  if (facts->state == BT_SWARM_DOWNLOADING)
    g_string_append_printf (line, _(", %s down, %s up, %s"), down, up, peers);
  else if (facts->state == BT_SWARM_SEEDING)
    g_string_append_printf (line, _(", %s up, %s"), up, peers);
  if (left != NULL)
    g_string_append_printf (line, ", %s", left);
  if (trouble != NULL)
    g_string_append_printf (line, ": %s", trouble);
  return g_string_free (line, FALSE);
}

static void
print_plain (CliProgress  *progress,
             const CliRow *rows,
             guint         n_rows,
             gint64        now_us)
{
  if (progress->said->len < n_rows)
    g_array_set_size (progress->said, n_rows);
  for (guint i = 0; i < n_rows; i++)
    {
      Said *said = &g_array_index (progress->said, Said, i);
      g_autofree char *line = NULL;

      if (said->at_us != 0 && said->state == rows[i].facts->state &&
          now_us - said->at_us < CLI_PROGRESS_PLAIN_US)
        continue;
      *said = (Said) { rows[i].facts->state, now_us };
      line = cli_progress_format_plain (&rows[i]);
      cli_print_format ("%s\n", line);
    }
}

/* --- Both --- */

CliProgress *
cli_progress_new (gboolean is_silent)
{
  CliProgress *progress = g_new0 (CliProgress, 1);
  const char *terminal = g_getenv ("TERM");
  const char *no_color = g_getenv ("NO_COLOR");

  progress->is_silent = is_silent;
  progress->is_terminal = isatty (STDOUT_FILENO) && g_strcmp0 (terminal, "dumb") != 0 &&
                          terminal != NULL;
  progress->look.is_utf8 = g_get_charset (NULL);
  progress->look.has_color = no_color == NULL || *no_color == '\0';
  progress->drawn = g_array_new (FALSE, FALSE, sizeof (guint));
  progress->said = g_array_new (FALSE, TRUE, sizeof (Said));
  return progress;
}

void
cli_progress_free (CliProgress *progress)
{
  if (progress == NULL)
    return;
  cli_progress_hide (progress);
  g_array_unref (progress->drawn);
  g_array_unref (progress->said);
  g_free (progress);
}

void
cli_progress_show (CliProgress  *progress,
                   const CliRow *rows,
                   guint         n_rows,
                   gint64        now_us)
{
  if (progress->is_silent)
    return;
  if (progress->is_terminal)
    draw (progress, rows, n_rows);
  else
    print_plain (progress, rows, n_rows, now_us);
}

void
cli_progress_hide (CliProgress *progress)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint columns, lines;

  if (progress->drawn->len == 0)
    return;
  measure_terminal (&columns, &lines);
  append_rewind (progress, text, columns);
  cli_print (text->str);
}

gboolean
cli_progress_is_terminal (CliProgress *progress)
{
  return progress->is_terminal && !progress->is_silent;
}
