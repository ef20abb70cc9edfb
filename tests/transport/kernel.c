/* kernel.c - sendmsg and sendmmsg of a test program, which do what the kernel's do, or what it seldom does
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "kernel.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

Kernel kernel;

static gboolean
is_to_be_cut (const struct msghdr *message)
{
  const struct cmsghdr *head = CMSG_FIRSTHDR (message);

  return head != NULL && head->cmsg_level == IPPROTO_UDP && head->cmsg_type == UDP_SEGMENT;
}

ssize_t
sendmsg (int                  fd,
         const struct msghdr *message,
         int                  flags)
{
  if (kernel.every > 0 && kernel.n_to_go == 0)
    {
      kernel.n_to_go = kernel.every;
      kernel.n_full++;
      errno = EAGAIN;
      return -1;
    }
  if (is_to_be_cut (message))
    {
      kernel.n_cut++;
      if (kernel.cut_code != 0)
        {
          errno = (int) kernel.cut_code;
          return -1;
        }
    }
  kernel.n_messages++;
  kernel.n_to_go -= kernel.every > 0;
  return syscall (SYS_sendmsg, fd, message, flags);
}

int
sendmmsg (int             fd,
          struct mmsghdr *messages,
          unsigned        n_messages,
          int             flags)
{
  for (unsigned i = 0; i < n_messages; i++)
    {
      ssize_t n;

      /* There is none at the next call either. */
      if (i > 0 && kernel.every > 0 && kernel.n_to_go == 0)
        return (int) i;
      n = sendmsg (fd, &messages[i].msg_hdr, flags);

      if (n < 0)
        return i > 0 ? (int) i : -1;
      messages[i].msg_len = (unsigned) n;
    }
  return (int) n_messages;
}
