/* bt-mounts.c - reads the kernel's table of mounts
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#define G_LOG_DOMAIN "bt-storage"

#include "bt-volume-private.h"

#include <string.h>

/* "36 35 98:0 /root /mount/point rw,noatime [shared:1 …] - ext4 /dev/sda1 rw": the fields before the dash that are
 * always there, and those behind it that we read. */
#define MIN_FIELDS 6u

/* A stretch of the line. */
typedef struct
{
  const char *start;
  gsize       n_bytes;
} Field;

typedef struct
{
  Field   mount_point;
  Field   type;
  Field   source;
  guint64 id;
  guint   major;
  guint   minor;
} Line;

/* FALSE at the end of the line. */
static gboolean
next_field (const char **pos,
            const char  *end,
            Field       *out_field)
{
  const char *start = *pos;
  const char *space;

  while (start < end && *start == ' ')
    start++;
  if (start == end)
    return FALSE;
  space = memchr (start, ' ', (gsize) (end - start));
  out_field->start = start;
  out_field->n_bytes = (gsize) ((space != NULL ? space : end) - start);
  *pos = start + out_field->n_bytes;
  return TRUE;
}

static gboolean
parse_number (const char  *start,
              gsize        n_bytes,
              guint64      max,
              guint64     *out_number)
{
  char digits[24];

  if (n_bytes == 0 || n_bytes >= sizeof digits)
    return FALSE;
  memcpy (digits, start, n_bytes);
  digits[n_bytes] = '\0';
  return g_ascii_string_to_unsigned (digits, 10, 0, max, out_number, NULL);
}

static gboolean
parse_device (const Field *field,
              Line        *line)
{
  const char *colon = memchr (field->start, ':', field->n_bytes);
  const char *end = field->start + field->n_bytes;
  guint64 major;
  guint64 minor;

  if (colon == NULL ||
      !parse_number (field->start, (gsize) (colon - field->start), G_MAXUINT, &major) ||
      !parse_number (colon + 1, (gsize) (end - colon - 1), G_MAXUINT, &minor))
    return FALSE;
  line->major = (guint) major;
  line->minor = (guint) minor;
  return TRUE;
}

static gboolean
parse_line (const char *pos,
            const char *end,
            Line       *out_line)
{
  Field fields[MIN_FIELDS];
  Field field;

  for (guint i = 0; i < MIN_FIELDS; i++)
    if (!next_field (&pos, end, &fields[i]))
      return FALSE;
  do
    if (!next_field (&pos, end, &field))
      return FALSE;
  while (field.n_bytes != 1 || field.start[0] != '-');

  out_line->mount_point = fields[4];
  return parse_number (fields[0].start, fields[0].n_bytes, G_MAXUINT64, &out_line->id) &&
         parse_device (&fields[2], out_line) &&
         out_line->mount_point.start[0] == '/' &&
         next_field (&pos, end, &out_line->type) &&
         next_field (&pos, end, &out_line->source);
}

/* Spaces and the like are written as three octal digits behind a backslash. */
static char *
unescape (const Field *field)
{
  const char *pos = field->start;
  const char *end = pos + field->n_bytes;
  GString *text = g_string_sized_new (field->n_bytes);

  while (pos < end)
    {
      gboolean is_escape = pos[0] == '\\' && end - pos >= 4;
      guint value = 0;

      for (guint i = 1; is_escape && i <= 3; i++)
        {
          is_escape = pos[i] >= '0' && pos[i] <= '7';
          value = value * 8 + (guint) (pos[i] - '0');
        }
      is_escape = is_escape && value > 0 && value <= 0xff;
      g_string_append_c (text, is_escape ? (char) value : pos[0]);
      pos += is_escape ? 4 : 1;
    }
  return g_string_free (text, FALSE);
}

static gboolean
is_above (const char *mount_point,
          const char *path)
{
  gsize n_bytes = strlen (mount_point);

  if (strcmp (mount_point, "/") == 0)
    return TRUE;
  return strncmp (path, mount_point, n_bytes) == 0 &&
         (path[n_bytes] == '/' || path[n_bytes] == '\0');
}

/* How well a mount answers the query; 0: not at all. */
static guint64
judge (const Line         *line,
       const BtMountQuery *query)
{
  g_autofree char *mount_point = NULL;
  guint64 score;

  if (query->mount_id != 0 && line->id == query->mount_id)
    return G_MAXUINT64;
  mount_point = unescape (&line->mount_point);
  if (query->path == NULL || !is_above (mount_point, query->path))
    return 0;
  score = strlen (mount_point);
  if (line->major == query->major && line->minor == query->minor)
    score += G_MAXUINT32;
  return score;
}

gboolean
bt_mounts_find (const char         *table,
                gsize               n_bytes,
                const BtMountQuery *query,
                BtMount            *out_mount)
{
  const char *pos = table;
  const char *end = table + MIN (n_bytes, BT_MOUNTS_MAX_BYTES);
  Line best = { .id = 0 };
  guint64 best_score = 0;

  while (pos < end)
    {
      const char *line_end = memchr (pos, '\n', (gsize) (end - pos));
      Line line = { .id = 0 };
      guint64 score = 0;

      if (line_end == NULL)
        line_end = end;
      if (parse_line (pos, line_end, &line))
        score = judge (&line, query);
      /* What was mounted later lies over what was mounted before. */
      if (score > 0 && score >= best_score)
        {
          best = line;
          best_score = score;
        }
      pos = line_end < end ? line_end + 1 : end;
    }

  if (best_score == 0)
    return FALSE;
  out_mount->id = best.id;
  out_mount->major = best.major;
  out_mount->minor = best.minor;
  out_mount->mount_point = unescape (&best.mount_point);
  out_mount->type = unescape (&best.type);
  out_mount->source = unescape (&best.source);
  return TRUE;
}

void
bt_mount_clear (BtMount *mount)
{
  g_clear_pointer (&mount->mount_point, g_free);
  g_clear_pointer (&mount->type, g_free);
  g_clear_pointer (&mount->source, g_free);
}

gboolean
bt_mount_type_is_remote (const char *type)
{
  static const char *const types[] = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "kafs", "coda", "ceph", "lustre",
    "glusterfs", "gfs2", "ocfs2", "orangefs", "9p", "davfs", "fuse", NULL,
  };

  /* "fuseblk" is a program in front of a device of this machine. */
  return g_strv_contains (types, type) || g_str_has_prefix (type, "fuse.");
}
