/* bt-store-copies.c - the daily copies: making, finding and restoring them
 *
 * A copy is made a few pages at a time, between the commits, which SQLite brings into it as they come. It only gets its
 * name once it was checked and lies on the device, so that a damaged store does not push sound copies out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-store-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define COPY_MARK          ".copy-"
#define COPY_DATE_PATTERN  "NNNN-NN-NN"       /* N: a digit */
#define PAGES_PER_STEP     256                /* 1 MiB */
#define OPS_PER_LOOK       20000              /* of SQLite's machine, about a millisecond */
#define RETRY_AFTER_S      G_GINT64_CONSTANT (3600)
#define MAX_DAMAGED        1000u
#define COPY_BUFFER_BYTES  (256u * 1024)

/* What SQLite may lay beside a file. */
static const char *const companions[] = { "-wal", "-shm", "-journal" };

struct _BtStoreCopier
{
  BtStoreDb      *db;           /* borrowed */
  char           *temporary;    /* owned */
  char           *target;       /* owned, nullable: what is being made */
  BtStoreDb      *copy;         /* owned, nullable: first to write it, then to check it */
  sqlite3_backup *backup;       /* owned, nullable: NULL once all pages are there */
  gint64          made_up_s;
  gint64          not_before_s; /* after one that failed */
};

/* --- Finding --- */

static int
compare_newest_first (gconstpointer a,
                      gconstpointer b)
{
  return strcmp (*(const char *const *) b, *(const char *const *) a);
}

static gboolean
is_date (const char *text)
{
  static const char pattern[] = COPY_DATE_PATTERN;

  for (gsize i = 0; i < sizeof pattern - 1; i++)
    {
      if (pattern[i] == 'N' ? !g_ascii_isdigit (text[i]) : text[i] != pattern[i])
        return FALSE;
    }
  return text[sizeof pattern - 1] == '\0';
}

char **
bt_store_copies_find (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *prefix = g_strconcat (base, COPY_MARK, NULL);
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_prefix (name, prefix) && is_date (name + strlen (prefix)))
        g_ptr_array_add (copies, g_build_filename (folder, name, NULL));
    }
  g_ptr_array_sort (copies, compare_newest_first);
  g_ptr_array_add (copies, NULL);
  return (char **) g_ptr_array_steal (copies, NULL);
}

static gboolean
check_all (BtStoreDb  *db,
           GError    **error)
{
  guint n_steps = bt_store_schema_get_n_steps (bt_store_steps);
  gint64 version;

  return bt_store_schema_check (db, n_steps, &version, error) &&
         bt_store_db_check (db, "PRAGMA quick_check(1)", error);
}

/* Whether a file is a whole store. */
static gboolean
check_copy (const char  *path,
            GError     **error)
{
  BtStoreDb *db = bt_store_db_open_immutable (path, error);
  gboolean is_sound = db != NULL && check_all (db, error);

  bt_store_db_close (db, FALSE);
  return is_sound;
}

char **
bt_store_list_copies (const char *path)
{
  g_autofree char *resolved = bt_store_place_resolve (path);
  g_auto (GStrv) found = bt_store_copies_find (resolved);
  GPtrArray *copies = g_ptr_array_new ();

  for (gsize i = 0; found[i] != NULL; i++)
    {
      if (check_copy (found[i], NULL))
        g_ptr_array_add (copies, g_strdup (found[i]));
    }
  g_ptr_array_add (copies, NULL);
  return (char **) g_ptr_array_free (copies, FALSE);
}

/* --- Making --- */

BtStoreCopier *
bt_store_copier_new (BtStoreDb *db)
{
  BtStoreCopier *copier = g_new0 (BtStoreCopier, 1);

  copier->db = db;
  copier->temporary = g_strconcat (db->path, ".copy-new", NULL);
  return copier;
}

/* With what SQLite may have laid beside it. */
static void
remove_temporary (BtStoreCopier *copier)
{
  g_unlink (copier->temporary);
  for (gsize i = 0; i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *name = g_strconcat (copier->temporary, companions[i], NULL);

      g_unlink (name);
    }
}

/* Without what was made so far. */
static void
give_up (BtStoreCopier *copier)
{
  if (copier->backup != NULL)
    sqlite3_backup_finish (g_steal_pointer (&copier->backup));
  if (copier->copy != NULL)
    bt_store_db_close (g_steal_pointer (&copier->copy), FALSE);
  if (copier->target != NULL)
    remove_temporary (copier);
  g_clear_pointer (&copier->target, g_free);
}

void
bt_store_copier_free (BtStoreCopier *copier)
{
  if (copier == NULL)
    return;
  give_up (copier);
  g_free (copier->temporary);
  g_free (copier);
}

void
bt_store_copier_set_now (BtStoreCopier *copier,
                         gint64         now_s)
{
  copier->made_up_s = now_s;
}

static gint64
get_now_s (BtStoreCopier *copier)
{
  return copier->made_up_s != 0 ? copier->made_up_s : g_get_real_time () / G_USEC_PER_SEC;
}

/* (transfer full): the name of today's copy. In UTC, so that a day is a day wherever one is. */
static char *
name_of_today (BtStoreCopier *copier)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (get_now_s (copier));
  g_autofree char *date = NULL;

  /* A clock that is out of all bounds: no date, no copy. */
  if (now == NULL)
    return NULL;
  date = g_date_time_format (now, "%Y-%m-%d");
  if (date == NULL || !is_date (date))
    return NULL;
  return g_strconcat (copier->db->path, COPY_MARK, date, NULL);
}

static gboolean
begin (BtStoreCopier  *copier,
       char           *target,
       GError        **error)
{
  /* It is worth nothing before it is whole, and is synced then. */
  static const char settings[] = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY";

  copier->target = target;
  remove_temporary (copier);
  if (!bt_store_place_create (copier->temporary, error))
    return FALSE;
  copier->copy = bt_store_db_open (copier->temporary, error);
  if (copier->copy == NULL || !bt_store_db_exec (copier->copy, settings, error))
    return FALSE;
  copier->backup = sqlite3_backup_init (copier->copy->handle, "main", copier->db->handle, "main");
  return copier->backup != NULL ||
         bt_store_db_fail (copier->copy, sqlite3_errcode (copier->copy->handle), error);
}

/* The newest few stay, and the one that was just made whatever its date. */
static void
remove_old (const char *path,
            const char *made)
{
  g_auto (GStrv) copies = bt_store_copies_find (path);
  guint n_kept = 1;

  for (gsize i = 0; copies[i] != NULL; i++)
    {
      if (strcmp (copies[i], made) != 0 && ++n_kept > BT_STORE_N_COPIES)
        g_unlink (copies[i]);
    }
}

static gboolean
put_in_place (BtStoreCopier  *copier,
              GError        **error)
{
  g_autofree char *target = g_strdup (copier->target);

  bt_store_db_close (g_steal_pointer (&copier->copy), FALSE);
  if (!bt_store_place_sync_file (copier->temporary, error))
    return FALSE;
  if (g_rename (copier->temporary, target) != 0)
    return bt_store_place_fail (target, errno, error);
  g_clear_pointer (&copier->target, g_free);
  if (!bt_store_place_sync (target, error))
    return FALSE;
  remove_old (copier->db->path, target);
  return TRUE;
}

/* TRUE: its pages are written, and it is opened again as what it will be. */
static gboolean
end_pages (BtStoreCopier  *copier,
           int             result,
           GError        **error)
{
  sqlite3_backup_finish (g_steal_pointer (&copier->backup));
  if (result != SQLITE_DONE)
    return bt_store_db_fail (copier->copy, result, error);
  bt_store_db_close (g_steal_pointer (&copier->copy), FALSE);
  copier->copy = bt_store_db_open_immutable (copier->temporary, error);
  return copier->copy != NULL;
}

/* TRUE also when it has to be done again because somebody wants the turn. */
static gboolean
check_pages (BtStoreCopier  *copier,
             gboolean       *out_is_checked,
             GError        **error)
{
  GError *failure = NULL;

  *out_is_checked = bt_store_db_check (copier->copy, "PRAGMA quick_check(1)", &failure);
  if (*out_is_checked)
    return TRUE;
  if (sqlite3_extended_errcode (copier->copy->handle) == SQLITE_INTERRUPT)
    {
      g_error_free (failure);
      return TRUE;
    }
  g_propagate_error (error, failure);
  return FALSE;
}

/* FALSE: it failed. Done when there is no target any more. */
static gboolean
go_on (BtStoreCopier  *copier,
       int           (*is_wanted) (gpointer data),
       gpointer        data,
       GError        **error)
{
  gboolean is_checked = FALSE;
  int result;

  if (copier->backup != NULL)
    {
      result = sqlite3_backup_step (copier->backup, PAGES_PER_STEP);
      return result == SQLITE_OK || end_pages (copier, result, error);
    }
  sqlite3_progress_handler (copier->copy->handle, OPS_PER_LOOK, is_wanted, data);
  if (!check_pages (copier, &is_checked, error))
    return FALSE;
  return !is_checked || put_in_place (copier, error);
}

void
bt_store_copier_begin_when_due (BtStoreCopier *copier)
{
  gint64 now_s = get_now_s (copier);
  char *target;

  if (copier->target != NULL || copier->db->is_damaged || now_s < copier->not_before_s)
    return;
  target = name_of_today (copier);
  if (target == NULL || g_file_test (target, G_FILE_TEST_EXISTS))
    {
      g_free (target);
      return;
    }
  /* Commits go on without it; nothing would be gained by trying at each of them. */
  if (!begin (copier, target, NULL))
    {
      give_up (copier);
      copier->not_before_s = now_s + RETRY_AFTER_S;
    }
}

gboolean
bt_store_copier_is_busy (BtStoreCopier *copier)
{
  return copier->target != NULL;
}

void
bt_store_copier_step (BtStoreCopier *copier,
                      int          (*is_wanted) (gpointer data),
                      gpointer       data)
{
  if (copier->target == NULL)
    return;
  if (!copier->db->is_damaged && go_on (copier, is_wanted, data, NULL))
    return;
  give_up (copier);
  copier->not_before_s = get_now_s (copier) + RETRY_AFTER_S;
}

gboolean
bt_store_copier_run (BtStoreCopier  *copier,
                     GError        **error)
{
  char *target = name_of_today (copier);
  gboolean is_right;

  give_up (copier);
  if (target == NULL)
    {
      g_set_error (error, BT_STORE_ERROR, BT_STORE_ERROR_FAILED,
                   _("No copy can be made: the clock is wrong"));
      return FALSE;
    }
  is_right = begin (copier, target, error);
  while (is_right && copier->target != NULL)
    is_right = go_on (copier, NULL, NULL, error);
  give_up (copier);
  return is_right;
}

/* --- Restoring --- */

static gboolean
copy_bytes (int from,
            int to)
{
  g_autofree guint8 *buffer = g_malloc (COPY_BUFFER_BYTES);
  gssize n_read;

  while ((n_read = read (from, buffer, COPY_BUFFER_BYTES)) != 0)
    {
      gssize n_done = 0;

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return FALSE;
      while (n_done < n_read)
        {
          gssize n_written = write (to, buffer + n_done, (gsize) (n_read - n_done));

          if (n_written < 0 && errno != EINTR)
            return FALSE;
          n_done += MAX (n_written, 0);
        }
    }
  return fsync (to) == 0;
}

static gboolean
copy_file (const char  *from,
           const char  *to,
           GError     **error)
{
  int from_fd;
  int to_fd;
  int number = 0;

  if (!bt_store_place_create (to, error))
    return FALSE;
  from_fd = open (from, O_RDONLY | O_CLOEXEC);
  if (from_fd < 0)
    return bt_store_place_fail (from, errno, error);
  to_fd = open (to, O_WRONLY | O_CLOEXEC);
  if (to_fd < 0 || !copy_bytes (from_fd, to_fd))
    number = errno;
  close (from_fd);
  if (to_fd >= 0)
    close (to_fd);
  return number == 0 || bt_store_place_fail (to, number, error);
}

/* (transfer full): a name that nothing has, with companions either; NULL when all are taken. */
static char *
find_damaged_name (const char *path)
{
  for (guint i = 1; i <= MAX_DAMAGED; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.damaged-%u", path, i);
      gboolean is_taken = g_file_test (name, G_FILE_TEST_EXISTS);

      for (gsize j = 0; j < G_N_ELEMENTS (companions); j++)
        {
          g_autofree char *companion = g_strconcat (name, companions[j], NULL);

          is_taken |= g_file_test (companion, G_FILE_TEST_EXISTS);
        }
      if (!is_taken)
        return g_steal_pointer (&name);
    }
  return NULL;
}

static gboolean
move_if_there (const char  *from,
               const char  *to,
               GError     **error)
{
  return g_rename (from, to) == 0 || errno == ENOENT || bt_store_place_fail (from, errno, error);
}

/* The companions go first: a log must never lie beside a file that it does not belong to. The file itself gets a second
 * name, so that there is one under its own at every moment, where the file system knows links. */
static gboolean
put_aside (const char  *path,
           GError     **error)
{
  g_autofree char *damaged = find_damaged_name (path);

  if (damaged == NULL)
    return bt_store_place_fail (path, EEXIST, error);
  for (gsize i = 0; i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *from = g_strconcat (path, companions[i], NULL);
      g_autofree char *to = g_strconcat (damaged, companions[i], NULL);

      if (!move_if_there (from, to, error))
        return FALSE;
    }
  if (link (path, damaged) != 0 && errno != ENOENT && !move_if_there (path, damaged, error))
    return FALSE;
  return bt_store_place_sync (path, error);
}

static gboolean
restore_locked (const char  *path,
                const char  *copy,
                GError     **error)
{
  g_autofree char *temporary = g_strconcat (path, ".restore-new", NULL);
  gboolean is_restored;

  is_restored = check_copy (copy, error) && copy_file (copy, temporary, error) &&
                check_copy (temporary, error) && put_aside (path, error);
  if (is_restored && g_rename (temporary, path) != 0)
    is_restored = bt_store_place_fail (path, errno, error);
  if (!is_restored)
    g_unlink (temporary);
  return is_restored && bt_store_place_sync (path, error);
}

gboolean
bt_store_restore (const char  *path,
                  const char  *copy,
                  GError     **error)
{
  g_autofree char *resolved = bt_store_place_resolve (path);
  g_autofree char *from = bt_store_place_resolve (copy);
  gboolean is_restored;
  int lock_fd;

  lock_fd = bt_store_place_lock (resolved, error);
  if (lock_fd < 0)
    return FALSE;
  is_restored = restore_locked (resolved, from, error);
  close (lock_fd);
  return is_restored;
}
