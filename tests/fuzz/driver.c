/* driver.c - runs a fuzz target a fixed number of times without libFuzzer
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Every input of the corpus is run as it is, then `--runs` mutations of them, the same ones each time for the same
 * `--seed`. An input lies with its end against a page that cannot be read, so that reading past it is a fault in any
 * build; under sanitizers there is more to be found. What was being run when the program dies, or stands still for
 * HANG_SECONDS, is written to `--artifacts`; the same program given that file as its argument runs it once.
 */

#define DEFAULT_RUNS     20000
#define DEFAULT_SECONDS  20
#define HANG_SECONDS     15
#define MAX_INPUT_BYTES  (64 * 1024)
#define MAX_CORPUS       4096
#define MAX_STEPS        8

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* Called by the sanitizers' runtime before it ends the program; absent in an ordinary build. */
extern void __sanitizer_set_death_callback (void (*callback) (void)) __attribute__ ((weak));

typedef struct
{
  guint8 *bytes;  /* owned */
  gsize   size;
} Input;

/* What the signal handlers need, and nothing they would have to allocate. */
static struct
{
  char                  path[4096];
  const guint8         *data;        /* borrowed */
  volatile gsize        size;
  volatile sig_atomic_t is_running;
} current;

static guint8  *arena;      /* owned: MAX_INPUT_BYTES before a page without access */
static guint64  random_state;

static guint64
random_next (void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state * G_GUINT64_CONSTANT (0x2545f4914f6cdd1d);
}

/* 0 … n - 1; 0 when n is 0. */
static gsize
random_below (gsize n)
{
  return n == 0 ? 0 : (gsize) ((random_next () >> 16) % n);
}

static void
save_current (void)
{
  static const char text[] = "fuzz: the input is in ";
  int fd;

  if (!current.is_running)
    return;
  current.is_running = 0;
  fd = open (current.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return;
  if (write (fd, current.data, current.size) == (gssize) current.size &&
      write (STDERR_FILENO, text, sizeof text - 1) > 0 &&
      write (STDERR_FILENO, current.path, strlen (current.path)) > 0 &&
      write (STDERR_FILENO, "\n", 1) > 0)
    close (fd);
}

static void
fatal_signal_cb (int number)
{
  static const char text[] = "fuzz: this input takes too long\n";

  if (number == SIGALRM && write (STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit (1);
  save_current ();
  signal (number, SIG_DFL);
  raise (number);
}

static void
watch_for_death (void)
{
  static const int numbers[] = { SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP };

  if (__sanitizer_set_death_callback != NULL)
    __sanitizer_set_death_callback (save_current);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      /* A sanitizer's own handler writes a better report, and calls us back. */
      if (__sanitizer_set_death_callback == NULL || numbers[i] == SIGALRM || numbers[i] == SIGTRAP)
        signal (numbers[i], fatal_signal_cb);
    }
}

static void
make_arena (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  guint8 *bytes;

  bytes = mmap (NULL, MAX_INPUT_BYTES + page, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED || mprotect (bytes + MAX_INPUT_BYTES, page, PROT_NONE) != 0)
    {
      perror ("fuzz: mmap");
      exit (1);
    }
  arena = bytes;
}

static void
run_one (const guint8 *data,
         gsize         size)
{
  guint8 *place = arena + MAX_INPUT_BYTES - size;

  if (size > 0)
    memcpy (place, data, size);
  current.data = place;
  current.size = size;
  current.is_running = 1;
  LLVMFuzzerTestOneInput (place, size);
  current.is_running = 0;
}

/* ---- Mutations: each changes `bytes` in place and returns the new size, at most MAX_INPUT_BYTES ---- */

static gsize
insert_gap (guint8 *bytes,
            gsize   size,
            gsize   at,
            gsize   n_bytes)
{
  n_bytes = MIN (n_bytes, MAX_INPUT_BYTES - size);
  memmove (bytes + at + n_bytes, bytes + at, size - at);
  for (gsize i = 0; i < n_bytes; i++)
    bytes[at + i] = (guint8) random_next ();
  return size + n_bytes;
}

static gsize
remove_range (guint8 *bytes,
              gsize   size,
              gsize   at,
              gsize   n_bytes)
{
  n_bytes = MIN (n_bytes, size - at);
  memmove (bytes + at, bytes + at + n_bytes, size - at - n_bytes);
  return size - n_bytes;
}

static void
put_number (guint8 *bytes,
            gsize   size)
{
  static const guint32 numbers[] = {
    0, 1, 4, 5, 13, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 0x4001,
    0x7fff, 0x8000, 0xffff, 0x10000, 0x20000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
  };
  guint32 number = numbers[random_below (G_N_ELEMENTS (numbers))];
  gsize width = (gsize) 1 << random_below (3);
  gsize at;

  if (size < width)
    return;
  at = random_below (size - width + 1);
  for (gsize i = 0; i < width; i++)
    bytes[at + i] = (guint8) (number >> (8 * (width - 1 - i)));
}

/* Writes a byte that means something in one of the grammars we read. */
static void
put_token (guint8 *bytes,
           gsize   size)
{
  static const char tokens[] = "dlie:-0123456789%&=?/. \r\n\"{}[],";

  if (size > 0)
    bytes[random_below (size)] = (guint8) tokens[random_below (sizeof tokens - 1)];
}

static gsize
put_decimal (guint8 *bytes,
             gsize   size)
{
  static const char *const numbers[] = {
    "-1", "-0", "00", "0", "65536", "4294967295", "4294967296", "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "99999999999999999999999",
  };
  const char *number = numbers[random_below (G_N_ELEMENTS (numbers))];
  gsize at = random_below (size + 1);
  gsize old_size = size;

  size = insert_gap (bytes, size, at, strlen (number));
  memcpy (bytes + at, number, size - old_size);
  return size;
}

static gsize
repeat_range (guint8 *bytes,
              gsize   size)
{
  gsize at = random_below (size);
  gsize n_bytes = MIN (1 + random_below (64), size - at);
  gsize n_times = 1 + random_below (random_below (8) == 0 ? 256 : 4);

  while (n_bytes > 0 && n_times-- > 0 && size + n_bytes <= MAX_INPUT_BYTES)
    {
      size = insert_gap (bytes, size, at, n_bytes);
      memcpy (bytes + at, bytes + at + n_bytes, n_bytes);
    }
  return size;
}

/* The head of this input and the tail of another. */
static gsize
join_halves (guint8      *bytes,
             gsize        size,
             const Input *other)
{
  gsize head = random_below (size + 1);
  gsize from = random_below (other->size + 1);
  gsize tail = MIN (other->size - from, MAX_INPUT_BYTES - head);

  if (tail > 0)
    memcpy (bytes + head, other->bytes + from, tail);
  return head + tail;
}

static gsize
mutate_once (guint8       *bytes,
             gsize         size,
             const GArray *corpus)
{
  switch (random_below (11))
    {
    case 0:
    case 1:
      if (size > 0)
        bytes[random_below (size)] ^= (guint8) (1u << random_below (8));
      return size;
    case 2:
      if (size > 0)
        bytes[random_below (size)] = (guint8) random_next ();
      return size;
    case 3:
      put_number (bytes, size);
      return size;
    case 4:
      put_token (bytes, size);
      return size;
    case 5:
      return insert_gap (bytes, size, random_below (size + 1), 1 + random_below (16));
    case 6:
      return remove_range (bytes, size, random_below (size), 1 + random_below (32));
    case 7:
      return repeat_range (bytes, size);
    case 8:
      return join_halves (bytes, size, &g_array_index (corpus, Input, random_below (corpus->len)));
    case 9:
      return put_decimal (bytes, size);
    default:
      return random_below (4) == 0 ? random_below (size + 1) : size;
    }
}

/* ---- The corpus ---- */

static void
input_clear (gpointer data)
{
  Input *input = data;

  g_free (input->bytes);
}

static gboolean
add_file (GArray     *corpus,
          const char *path)
{
  g_autofree char *contents = NULL;
  Input input;
  gsize size;

  if (!g_file_get_contents (path, &contents, &size, NULL))
    {
      fprintf (stderr, "fuzz: cannot read %s\n", path);
      return FALSE;
    }
  input.size = MIN (size, MAX_INPUT_BYTES);
  input.bytes = g_memdup2 (contents, input.size);
  g_array_append_val (corpus, input);
  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names, so that a seed means the same on every machine. */
static gboolean
add_folder (GArray     *corpus,
            const char *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  if (folder == NULL)
    {
      fprintf (stderr, "fuzz: cannot read %s\n", path);
      return FALSE;
    }
  while ((name = g_dir_read_name (folder)) != NULL && names->len < MAX_CORPUS)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      if (!add_file (corpus, g_ptr_array_index (names, i)))
        return FALSE;
    }
  return TRUE;
}

static gint64
run_mutations (const GArray *corpus,
               gint64        n_runs,
               gint64        n_seconds)
{
  g_autofree guint8 *bytes = g_malloc (MAX_INPUT_BYTES);
  gint64 until_us = g_get_monotonic_time () + n_seconds * G_USEC_PER_SEC;
  gint64 run;

  for (run = 0; run < n_runs; run++)
    {
      const Input *origin = &g_array_index (corpus, Input, random_below (corpus->len));
      gsize n_steps = 1 + random_below (MAX_STEPS);
      gsize size = origin->size;

      if (size > 0)
        memcpy (bytes, origin->bytes, size);
      while (n_steps-- > 0)
        size = mutate_once (bytes, size, corpus);
      run_one (bytes, size);

      if (run % 64 == 0)
        {
          alarm (HANG_SECONDS);
          if (g_get_monotonic_time () > until_us)
            break;
        }
    }
  return run;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GArray) corpus = g_array_new (FALSE, FALSE, sizeof (Input));
  g_autoptr (GOptionContext) context = g_option_context_new ("[CORPUS FOLDER|FILE…]");
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_path_get_basename (argv[0]);
  g_autofree char *artifacts = NULL;
  g_auto (GStrv) paths = NULL;
  gint64 n_runs = DEFAULT_RUNS;
  gint64 n_seconds = DEFAULT_SECONDS;
  gint64 seed = 1;
  gboolean has_folder = FALSE;
  const Input *input;
  const Input nothing = { NULL, 0 };
  const GOptionEntry entries[] = {
    { "runs", 'r', 0, G_OPTION_ARG_INT64, &n_runs, "Mutations to run", "N" },
    { "seconds", 's', 0, G_OPTION_ARG_INT64, &n_seconds, "Stop after this time even so", "S" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Which mutations; 0: others each time", "SEED" },
    { "artifacts", 0, 0, G_OPTION_ARG_FILENAME, &artifacts, "For a failing input", "FOLDER" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "fuzz: %s\n", error->message);
      return 2;
    }
  g_array_set_clear_func (corpus, input_clear);
  for (gsize i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      gboolean is_folder = g_file_test (paths[i], G_FILE_TEST_IS_DIR);

      has_folder |= is_folder;
      if (!(is_folder ? add_folder (corpus, paths[i]) : add_file (corpus, paths[i])))
        return 2;
    }

  if (seed == 0)
    seed = g_get_real_time ();
  random_state = (guint64) seed * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) | 1;
  g_snprintf (current.path, sizeof current.path, "%s/crash-%s-%" G_GINT64_FORMAT,
              artifacts != NULL ? artifacts : ".", name, seed);
  make_arena ();
  watch_for_death ();
  printf ("%s: seed %" G_GINT64_FORMAT ", %u inputs\n", name, seed, corpus->len);
  fflush (stdout);

  run_one (NULL, 0);
  for (guint i = 0; i < corpus->len; i++)
    {
      alarm (HANG_SECONDS);
      input = &g_array_index (corpus, Input, i);
      run_one (input->bytes, input->size);
    }
  /* Files alone: somebody looks at one failure again. */
  if (!has_folder && corpus->len > 0)
    return 0;
  if (corpus->len == 0)
    g_array_append_val (corpus, nothing);
  n_runs = run_mutations (corpus, n_runs, n_seconds);
  printf ("%s: %" G_GINT64_FORMAT " mutations run\n", name, n_runs);
  return 0;
}
