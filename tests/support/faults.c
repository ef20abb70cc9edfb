/* faults.c - preloaded into a program under test: lets its calls that change files fail, one after the other
 *
 *   FAULT_UNDER   only what is beneath this folder counts
 *   FAULT_AT      the number of the first call that fails, from 1; 0 or not set: none does
 *   FAULT_FOR     how many fail from then on; 0: all
 *   FAULT_ERRNO   with which error: a number
 *   FAULT_REPORT  a file that is written at the end: how many calls there were, and the name of the first that failed
 *
 * Calls on pipes, sockets and files elsewhere are left alone, and so are those that only read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Else `open` and `open64` are one name. */
#undef _FILE_OFFSET_BITS

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long n_calls;
static const char *_Atomic first_failed;

static const char *
get_under (void)
{
  static const char *under;

  if (under == NULL)
    under = getenv ("FAULT_UNDER") != NULL ? getenv ("FAULT_UNDER") : "/";
  return under;
}

static long
get_number (const char *name,
            long        otherwise)
{
  const char *text = getenv (name);

  return text != NULL ? atol (text) : otherwise;
}

static int
is_under (const char *path)
{
  return strncmp (path, get_under (), strlen (get_under ())) == 0;
}

static int
fd_is_under (int fd)
{
  char link[64];
  char path[PATH_MAX];
  ssize_t n;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  n = readlink (link, path, sizeof path - 1);
  if (n <= 0)
    return 0;
  path[n] = 0;
  return is_under (path);
}

static int
at_is_under (int         dir_fd,
             const char *path)
{
  if (path[0] == '/' || dir_fd == AT_FDCWD)
    return is_under (path);
  return fd_is_under (dir_fd);
}

/* Whether this call is one of those that fail; sets errno then. */
static int
must_fail (const char *name,
           int         is_ours)
{
  int saved_errno = errno;
  long number, at, n_fail;
  const char *none = NULL;

  if (!is_ours)
    return 0;
  number = atomic_fetch_add (&n_calls, 1) + 1;
  at = get_number ("FAULT_AT", 0);
  n_fail = get_number ("FAULT_FOR", 1);
  errno = saved_errno;
  if (at == 0 || number < at || (n_fail != 0 && number >= at + n_fail))
    return 0;
  atomic_compare_exchange_strong (&first_failed, &none, name);
  errno = (int) get_number ("FAULT_ERRNO", EIO);
  return 1;
}

static void report (void) __attribute__ ((destructor));

static void
report (void)
{
  const char *path = getenv ("FAULT_REPORT");
  char text[128];
  int fd, n;

  if (path == NULL)
    return;
  n = snprintf (text, sizeof text, "%ld %s\n", atomic_load (&n_calls),
                first_failed != NULL ? first_failed : "-");
  fd = (int) syscall (SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  if (syscall (SYS_write, fd, text, (size_t) n) != n)
    unlink (path);
  close (fd);
}

#define REAL(name) \
  static __typeof__ (&name) real; \
  if (real == NULL) \
    real = (__typeof__ (&name)) dlsym (RTLD_NEXT, #name)

#define ON_FD(type, name, parameters, arguments) \
  type name parameters; \
  type name parameters \
  { \
    REAL (name); \
    return must_fail (#name, fd_is_under (fd)) ? -1 : real arguments; \
  }

ON_FD (ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
ON_FD (ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at))
ON_FD (ssize_t, pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at))
ON_FD (ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD (ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
ON_FD (ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
ON_FD (int, fsync, (int fd), (fd))
ON_FD (int, fdatasync, (int fd), (fd))
ON_FD (int, ftruncate, (int fd, off_t n), (fd, n))
ON_FD (int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_FD (int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
ON_FD (int, fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n))
ON_FD (int, fchmod, (int fd, mode_t mode), (fd, mode))

#define ON_PATH(name, parameters, arguments) \
  int name parameters; \
  int name parameters \
  { \
    REAL (name); \
    return must_fail (#name, is_under (path)) ? -1 : real arguments; \
  }

ON_PATH (unlink, (const char *path), (path))
ON_PATH (rmdir, (const char *path), (path))
ON_PATH (mkdir, (const char *path, mode_t mode), (path, mode))
ON_PATH (rename, (const char *path, const char *to), (path, to))
ON_PATH (link, (const char *path, const char *to), (path, to))

#define ON_AT(name, parameters, arguments) \
  int name parameters; \
  int name parameters \
  { \
    REAL (name); \
    return must_fail (#name, at_is_under (dir, path)) ? -1 : real arguments; \
  }

ON_AT (unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
ON_AT (mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
ON_AT (renameat, (int dir, const char *path, int to_dir, const char *to), (dir, path, to_dir, to))
ON_AT (renameat2, (int dir, const char *path, int to_dir, const char *to, unsigned flags),
       (dir, path, to_dir, to, flags))

#define OPEN(name) \
  int name (const char *path, int flags, ...); \
  int name (const char *path, int flags, ...) \
  { \
    mode_t mode; \
    va_list list; \
    REAL (name); \
    va_start (list, flags); \
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (list, mode_t) : 0; \
    va_end (list); \
    if (must_fail (#name, (flags & O_CREAT) != 0 && is_under (path))) \
      return -1; \
    return real (path, flags, mode); \
  }

OPEN (open)
OPEN (open64)

#define OPENAT(name) \
  int name (int dir, const char *path, int flags, ...); \
  int name (int dir, const char *path, int flags, ...) \
  { \
    mode_t mode; \
    va_list list; \
    REAL (name); \
    va_start (list, flags); \
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (list, mode_t) : 0; \
    va_end (list); \
    if (must_fail (#name, (flags & O_CREAT) != 0 && at_is_under (dir, path))) \
      return -1; \
    return real (dir, path, flags, mode); \
  }

OPENAT (openat)
OPENAT (openat64)

/* openat2 has no wrapper in the C library: struct open_how begins with its flags, 64 bits wide. */
long
syscall (long number,
         ...)
{
  long arguments[6];
  va_list list;
  REAL (syscall);

  va_start (list, number);
  for (int i = 0; i < 6; i++)
    arguments[i] = va_arg (list, long);
  va_end (list);
  if (number == SYS_openat2 &&
      must_fail ("openat2", (*(unsigned long long *) arguments[2] & O_CREAT) != 0 &&
                                fd_is_under ((int) arguments[0])))
    return -1;
  return real (number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
               arguments[5]);
}
