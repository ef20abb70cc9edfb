/* slow-link.c - a wire between two network namespaces that is slow, loses packets and can be pulled
 *
 *   slow-link END END     an end is  NAMESPACE,DEVICE[,KEY=VALUE]…  with the path of the namespace, as /proc/PID/ns/net
 *
 * Makes a tap device in each, and says "ready"; all else of the devices is for others. What leaves by an end meets,
 * in this order, what its keys say; without any it arrives at once and whole:
 *
 *   largest=BYTES         longer packets are lost, and nobody is told; of IPv4 those that may be are fragmented
 *   loss=PERCENT
 *   rate=BITS             per second; what waits for its turn waits in a queue
 *   queue=BYTES           of that; what has no room in it is lost (default: 256 KiB)
 *   delay=MS              the way itself
 *   jitter=MS             as much longer at most; nothing overtakes anything for it
 *   late=PERCENT          of these each is overtaken by what leaves within the next 15 ms
 *   twice=PERCENT         arrives twice
 *
 * Chance has a fixed seed for each end, and four numbers of it for each packet: the n-th always has the same fate.
 *
 * Commands, a line each: "count" says in JSON what has passed so far; "cut" and "mend" pull the wire, so that what is
 * on it and all that comes is lost, and put it back. Ends with its standard input, and the devices with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include <glib.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define N_ENDS          2
#define N_FDS           (N_ENDS + 1)
#define HEAD_BYTES      14              /* of Ethernet */
#define ETHERTYPE_IPV4  0x0800
#define ETHERTYPE_IPV6  0x86dd
#define IP_DF           0x4000
#define IP_MF           0x2000
#define MAX_FRAME_BYTES 2048
#define MAX_FRAMES      65536           /* on the wire: more are lost */
#define MAX_BURST       64              /* read from one end in a turn */
#define LATE_US         15000
#define NO_FRAME_MS     1000

/* What an end is told of itself. */
typedef enum
{
  KEY_LARGEST,
  KEY_LOSS,
  KEY_RATE,
  KEY_QUEUE,
  KEY_DELAY,
  KEY_JITTER,
  KEY_LATE,
  KEY_TWICE,
  N_KEYS,
} Key;

static const char *const key_names[N_KEYS] = {
  "largest", "loss", "rate", "queue", "delay", "jitter", "late", "twice",
};

/* What left there, and what became of it. */
typedef enum
{
  COUNT_FRAMES,
  COUNT_LARGE,
  COUNT_FRAGMENTED,
  COUNT_LOST,
  COUNT_FULL,
  COUNT_LATE,
  COUNT_TWICE,
  COUNT_CUT,
  COUNT_ARRIVED,
  COUNT_TCP,      /* bytes of packets, arrived */
  COUNT_UDP,
  COUNT_WAITING,  /* bytes in the queue, at most */
  N_COUNTS,
} Count;

static const char *const count_names[N_COUNTS] = {
  "frames", "large", "fragmented", "lost", "full", "late", "twice", "cut", "arrived", "tcp", "udp",
  "waiting",
};

typedef struct
{
  int            fd;
  unsigned short chance[3];
  double         keys[N_KEYS];
  gint64         free_at_us;   /* when what waits has left */
  gint64         last_at_us;   /* when the last one arrives that is not late */
  guint64        counts[N_COUNTS];
} End;

typedef struct
{
  gint64  at_us;
  guint64 number;
  guint   from;
  guint   n_bytes;
  guint8  bytes[];
} Frame;

static End ends[N_ENDS];
static GSequence *frames;    /* Frame, in the order in which they arrive */
static guint64 n_frames_ever;
static gboolean is_cut;

/* --- The wire --- */

static int
compare_frames (gconstpointer a,
                gconstpointer b,
                gpointer      user_data)
{
  const Frame *left = a, *right = b;

  if (left->at_us != right->at_us)
    return left->at_us < right->at_us ? -1 : 1;
  return left->number < right->number ? -1 : 1;
}

static void
put_on_wire (End          *end,
             const guint8 *bytes,
             guint         n_bytes,
             gint64        at_us)
{
  Frame *frame;

  if (g_sequence_get_length (frames) >= MAX_FRAMES)
    {
      end->counts[COUNT_FULL]++;
      return;
    }
  frame = g_malloc (sizeof *frame + n_bytes);
  *frame = (Frame) { .at_us = at_us, .number = n_frames_ever++, .from = (guint) (end - ends),
                     .n_bytes = n_bytes };
  memcpy (frame->bytes, bytes, n_bytes);
  g_sequence_insert_sorted (frames, frame, compare_frames, NULL);
}

/* When a frame that comes now has left the queue; -1: it had no room there. */
static gint64
pass_queue (End    *end,
            guint   n_bytes,
            gint64  now_us)
{
  const double bytes_per_us = end->keys[KEY_RATE] / 8e6;
  double n_waiting;

  if (bytes_per_us <= 0)
    return now_us;
  end->free_at_us = MAX (end->free_at_us, now_us);
  n_waiting = (double) (end->free_at_us - now_us) * bytes_per_us + n_bytes;
  if (n_waiting > end->keys[KEY_QUEUE])
    return -1;
  end->counts[COUNT_WAITING] = MAX (end->counts[COUNT_WAITING], (guint64) n_waiting);
  end->free_at_us += (gint64) (n_bytes / bytes_per_us);
  return end->free_at_us;
}

static gboolean
happens (const End *end,
         Key        key,
         double     chance)
{
  return chance < end->keys[key] / 100;
}

static void
meet_fate (End          *end,
           const guint8 *bytes,
           guint         n_bytes,
           gint64        now_us)
{
  const double of_loss = erand48 (end->chance), of_jitter = erand48 (end->chance);
  const double of_late = erand48 (end->chance), of_twice = erand48 (end->chance);
  gint64 at_us;

  if (is_cut)
    end->counts[COUNT_CUT]++;
  else if (happens (end, KEY_LOSS, of_loss))
    end->counts[COUNT_LOST]++;
  else if ((at_us = pass_queue (end, n_bytes, now_us)) < 0)
    end->counts[COUNT_FULL]++;
  else
    {
      at_us += (gint64) (1000 * (end->keys[KEY_DELAY] + of_jitter * end->keys[KEY_JITTER]));
      at_us = MAX (at_us, end->last_at_us);
      if (happens (end, KEY_LATE, of_late))
        {
          at_us += LATE_US;
          end->counts[COUNT_LATE]++;
        }
      else
        end->last_at_us = at_us;
      put_on_wire (end, bytes, n_bytes, at_us);
      if (happens (end, KEY_TWICE, of_twice))
        {
          end->counts[COUNT_TWICE]++;
          put_on_wire (end, bytes, n_bytes, at_us);
        }
    }
}

static guint
read_number (const guint8 *at)
{
  return (guint) at[0] << 8 | at[1];
}

static void
write_number (guint8 *at,
              guint   number)
{
  at[0] = (guint8) (number >> 8);
  at[1] = (guint8) number;
}

static void
sum_ip_head (guint8 *head,
             guint   n_bytes)
{
  guint sum = 0;

  write_number (head + 10, 0);
  for (guint i = 0; i < n_bytes; i += 2)
    sum += read_number (head + i);
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  write_number (head + 10, ~sum & 0xffff);
}

/* As a router does with a packet of IPv4 that is too long for the next link. FALSE: it may not, or cannot. */
static gboolean
fragment (End          *end,
          const guint8 *bytes,
          guint         n_bytes,
          gint64        now_us)
{
  const guint8 *packet = bytes + HEAD_BYTES;
  const guint n_largest = (guint) end->keys[KEY_LARGEST];
  guint n_head, n_payload, where, n_step;
  guint8 piece[MAX_FRAME_BYTES];

  if (read_number (bytes + 12) != ETHERTYPE_IPV4 || n_bytes < HEAD_BYTES + 20)
    return FALSE;
  n_head = (packet[0] & 15u) * 4;
  where = read_number (packet + 6);
  if ((where & IP_DF) != 0 || n_head < 20 || read_number (packet + 2) != n_bytes - HEAD_BYTES ||
      n_largest < n_head + 8)
    return FALSE;
  n_payload = n_bytes - HEAD_BYTES - n_head;
  n_step = (n_largest - n_head) & ~7u;
  memcpy (piece, bytes, HEAD_BYTES + n_head);
  for (guint at = 0; at < n_payload; at += n_step)
    {
      const guint n_part = MIN (n_step, n_payload - at);
      const gboolean is_last = at + n_part == n_payload;

      write_number (piece + HEAD_BYTES + 2, n_head + n_part);
      write_number (piece + HEAD_BYTES + 6, (where + at / 8) | (is_last ? 0 : IP_MF));
      sum_ip_head (piece + HEAD_BYTES, n_head);
      memcpy (piece + HEAD_BYTES + n_head, packet + n_head + at, n_part);
      meet_fate (end, piece, HEAD_BYTES + n_head + n_part, now_us);
    }
  end->counts[COUNT_FRAGMENTED]++;
  return TRUE;
}

static void
take_in (End          *end,
         const guint8 *bytes,
         guint         n_bytes,
         gint64        now_us)
{
  end->counts[COUNT_FRAMES]++;
  if (end->keys[KEY_LARGEST] <= 0 || n_bytes - HEAD_BYTES <= end->keys[KEY_LARGEST])
    meet_fate (end, bytes, n_bytes, now_us);
  else if (!fragment (end, bytes, n_bytes, now_us))
    end->counts[COUNT_LARGE]++;
}

/* No packet of a test has extension headers before those of TCP and UDP. */
static int
get_protocol (const Frame *frame)
{
  const guint8 *packet = frame->bytes + HEAD_BYTES;
  const guint kind = read_number (frame->bytes + 12);

  if (kind == ETHERTYPE_IPV4 && frame->n_bytes >= HEAD_BYTES + 20)
    return packet[9];
  if (kind == ETHERTYPE_IPV6 && frame->n_bytes >= HEAD_BYTES + 40)
    return packet[6];
  return -1;
}

static void
arrive (const Frame *frame)
{
  guint64 *counts = ends[frame->from].counts;
  const int protocol = get_protocol (frame);

  if (write (ends[1 - frame->from].fd, frame->bytes, frame->n_bytes) != (gssize) frame->n_bytes)
    return;
  counts[COUNT_ARRIVED]++;
  if (protocol == IPPROTO_TCP)
    counts[COUNT_TCP] += frame->n_bytes - HEAD_BYTES;
  else if (protocol == IPPROTO_UDP)
    counts[COUNT_UDP] += frame->n_bytes - HEAD_BYTES;
}

/* How long until the next one arrives. */
static int
let_arrive (gint64 now_us)
{
  while (!g_sequence_is_empty (frames))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (frames);
      const Frame *frame = g_sequence_get (first);

      if (frame->at_us > now_us)
        return (int) MIN ((frame->at_us - now_us + 999) / 1000, NO_FRAME_MS);
      arrive (frame);
      g_sequence_remove (first);
    }
  return NO_FRAME_MS;
}

static void
read_end (End *end)
{
  guint8 bytes[MAX_FRAME_BYTES];

  for (guint i = 0; i < MAX_BURST; i++)
    {
      gssize n_bytes = read (end->fd, bytes, sizeof bytes);

      if (n_bytes <= HEAD_BYTES)
        return;
      take_in (end, bytes, (guint) n_bytes, g_get_monotonic_time ());
    }
}

/* --- Commands --- */

static void
cut (void)
{
  while (!g_sequence_is_empty (frames))
    {
      GSequenceIter *first = g_sequence_get_begin_iter (frames);

      ends[((Frame *) g_sequence_get (first))->from].counts[COUNT_CUT]++;
      g_sequence_remove (first);
    }
  for (guint i = 0; i < N_ENDS; i++)
    ends[i].free_at_us = ends[i].last_at_us = 0;
  is_cut = TRUE;
}

static void
print_counts (void)
{
  g_autoptr (GString) text = g_string_new ("{\"event\":\"count\",\"ends\":[");

  for (guint i = 0; i < N_ENDS; i++)
    for (guint k = 0; k < N_COUNTS; k++)
      g_string_append_printf (text, "%s\"%s\":%" G_GUINT64_FORMAT "%s",
                              k > 0 ? "," : i > 0 ? ",{" : "{", count_names[k], ends[i].counts[k],
                              k == N_COUNTS - 1 ? "}" : "");
  g_print ("%s]}\n", text->str);
}

static void
obey (const char *command)
{
  if (g_str_equal (command, "count"))
    {
      print_counts ();
      return;
    }
  if (g_str_equal (command, "cut"))
    cut ();
  else if (g_str_equal (command, "mend"))
    is_cut = FALSE;
  g_print ("{\"event\":\"%s\"}\n", is_cut ? "cut" : "whole");
}

/* FALSE: there will be none any more. */
static gboolean
read_commands (GString *line)
{
  char text[256];
  gssize n_bytes = read (STDIN_FILENO, text, sizeof text);

  if (n_bytes < 0 && errno == EINTR)
    return TRUE;
  for (gssize i = 0; i < n_bytes; i++)
    if (text[i] != '\n')
      g_string_append_c (line, text[i]);
    else
      {
        obey (line->str);
        g_string_truncate (line, 0);
      }
  return n_bytes > 0;
}

/* --- The ends --- */

static void G_GNUC_NORETURN
die (const char *what)
{
  g_printerr ("slow-link: %s: %s\n", what, g_strerror (errno));
  exit (1);
}

static gboolean
set_key (End        *end,
         const char *key,
         const char *text)
{
  char *rest;
  double value = g_ascii_strtod (text, &rest);

  if (rest == text || *rest != '\0' || value < 0)
    return FALSE;
  for (guint i = 0; i < N_KEYS; i++)
    if (g_str_equal (key, key_names[i]))
      {
        end->keys[i] = value;
        return TRUE;
      }
  return FALSE;
}

static int
open_device (const char *space,
             const char *name,
             int         home_fd)
{
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
  int space_fd = open (space, O_RDONLY | O_CLOEXEC), fd;

  if (space_fd < 0 || setns (space_fd, CLONE_NEWNET) < 0)
    die (space);
  fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    die ("/dev/net/tun");
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (ioctl (fd, TUNSETIFF, &request) < 0)
    die (name);
  if (setns (home_fd, CLONE_NEWNET) < 0)
    die ("the way back");
  close (space_fd);
  return fd;
}

static void
open_end (guint       number,
          const char *words,
          int         home_fd)
{
  g_auto (GStrv) parts = g_strsplit (words, ",", -1);
  End *end = &ends[number];

  *end = (End) { .keys[KEY_QUEUE] = 256 * 1024, .chance = { 6, (unsigned short) number, 1 } };
  for (guint i = 2; i < g_strv_length (parts); i++)
    {
      g_auto (GStrv) pair = g_strsplit (parts[i], "=", 2);

      if (g_strv_length (pair) != 2 || !set_key (end, pair[0], pair[1]))
        {
          g_printerr ("slow-link: what is “%s”?\n", parts[i]);
          exit (2);
        }
    }
  if (g_strv_length (parts) < 2)
    {
      g_printerr ("slow-link: an end has a namespace and a device\n");
      exit (2);
    }
  end->fd = open_device (parts[0], parts[1], home_fd);
}

static void
run (void)
{
  g_autoptr (GString) line = g_string_new (NULL);
  struct pollfd fds[N_FDS] = { { .fd = STDIN_FILENO, .events = POLLIN } };

  for (guint i = 0; i < N_ENDS; i++)
    fds[i + 1] = (struct pollfd) { .fd = ends[i].fd, .events = POLLIN };
  for (;;)
    {
      if (poll (fds, N_FDS, let_arrive (g_get_monotonic_time ())) < 0 && errno != EINTR)
        die ("poll");
      for (guint i = 0; i < N_ENDS; i++)
        if (fds[i + 1].revents != 0)
          read_end (&ends[i]);
      if (fds[0].revents != 0 && !read_commands (line))
        return;
    }
}

int
main (int    argc,
      char **argv)
{
  int home_fd = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

  if (argc != 1 + N_ENDS)
    {
      g_printerr ("slow-link END END\n");
      return 2;
    }
  if (home_fd < 0)
    die ("/proc/self/ns/net");
  frames = g_sequence_new (g_free);
  for (guint i = 0; i < N_ENDS; i++)
    open_end (i, argv[i + 1], home_fd);
  g_print ("ready\n");
  run ();
  g_sequence_free (frames);
  return 0;
}
