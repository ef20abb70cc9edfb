/* bt-udp-receive.c - datagrams that come, many at once, and reports of those that did not arrive
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp-private.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#define READS_A_CALL  16
#define MESSAGE_BYTES 65536  /* the longest there is, and the most that is put together */

typedef union
{
  struct cmsghdr head;  /* for its alignment */
  char           bytes[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (struct in6_pktinfo))];
} Control;

void
bt_udp_prepare_receive (int      fd,
                        BtFamily family,
                        gboolean is_any)
{
  const int on = 1;
  const int n_bytes = BT_UDP_BUFFER_BYTES;

  /* Each makes things faster or tells more where it is to be had, and is not needed. */
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
  setsockopt (fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  if (family == BT_FAMILY_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  else
    setsockopt (fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  if (is_any && family == BT_FAMILY_IPV6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  else if (is_any)
    setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

/* --- What comes --- */

gboolean
bt_udp_hand_out (BtUdp           *udp,
                 const BtAddress *from,
                 const BtAddress *local,
                 const guint8    *bytes,
                 gsize            n_bytes,
                 const gboolean  *is_freed)
{
  udp->facts.n_received++;
  if (n_bytes > BT_UDP_MAX_RECEIVE_BYTES || n_bytes == 0)
    {
      udp->facts.n_dropped++;
      return FALSE;
    }
  for (guint i = 0; i < udp->n_takers; i++)
    {
      BtUdpEntry entry = udp->takers[i];

      if (entry.taker->take (from, local, bytes, n_bytes, entry.user_data) || *is_freed)
        return TRUE;
    }
  udp->facts.n_dropped++;
  return FALSE;
}

static gboolean
is_control (const struct cmsghdr *head,
            int                   level,
            int                   type,
            gsize                 n_bytes)
{
  return head->cmsg_level == level && head->cmsg_type == type &&
         head->cmsg_len >= CMSG_LEN (n_bytes);
}

/* An address of a group, or of everybody, is none that an answer could come from. Those of a link stand for nothing
 * without their interface, on which the kernel finds ours by itself. */
static void
set_local6 (BtAddress             *local,
            const struct in6_addr *ip)
{
  if (IN6_IS_ADDR_MULTICAST (ip) || IN6_IS_ADDR_LINKLOCAL (ip) || IN6_IS_ADDR_UNSPECIFIED (ip) ||
      IN6_IS_ADDR_V4MAPPED (ip))
    return;
  local->family = BT_FAMILY_IPV6;
  memcpy (local->ip, ip, sizeof *ip);
}

/* `out_part_bytes`: the length of each but the last of those that were put together; 0: it is one. `local`: only
 * what is known is written. */
static void
read_controls (struct msghdr *message,
               gsize         *out_part_bytes,
               BtAddress     *local)
{
  *out_part_bytes = 0;
  for (struct cmsghdr *head = CMSG_FIRSTHDR (message); head != NULL;
       head = CMSG_NXTHDR (message, head))
    {
      struct in6_pktinfo info6;
      struct in_pktinfo info4;
      int n_bytes;

      if (is_control (head, IPPROTO_UDP, UDP_GRO, sizeof n_bytes))
        {
          memcpy (&n_bytes, CMSG_DATA (head), sizeof n_bytes);
          *out_part_bytes = n_bytes > 0 ? (gsize) n_bytes : 0;
        }
      else if (is_control (head, IPPROTO_IP, IP_PKTINFO, sizeof info4))
        {
          memcpy (&info4, CMSG_DATA (head), sizeof info4);
          /* Ours, also when the packet was to everybody. */
          if (info4.ipi_spec_dst.s_addr == htonl (INADDR_ANY))
            continue;
          local->family = BT_FAMILY_IPV4;
          memcpy (local->ip, &info4.ipi_spec_dst, sizeof info4.ipi_spec_dst);
        }
      else if (is_control (head, IPPROTO_IPV6, IPV6_PKTINFO, sizeof info6))
        {
          memcpy (&info6, CMSG_DATA (head), sizeof info6);
          set_local6 (local, &info6.ipi6_addr);
        }
    }
}

static void
take_apart (BtUdpSide      *side,
            struct mmsghdr *read,
            const gboolean *is_freed)
{
  BtUdp *udp = side->udp;
  const guint8 *bytes = read->msg_hdr.msg_iov->iov_base;
  gsize n_left = read->msg_len;
  BtAddress local = { .family = BT_FAMILY_NONE };
  gsize part_bytes;
  BtAddress from;

  if (!bt_address_from_sockaddr (read->msg_hdr.msg_name, read->msg_hdr.msg_namelen, &from) ||
      (read->msg_hdr.msg_flags & MSG_TRUNC) != 0)
    {
      udp->facts.n_received++;
      udp->facts.n_dropped++;
      return;
    }
  read_controls (&read->msg_hdr, &part_bytes, &local);
  if (local.family != BT_FAMILY_NONE)
    local.port = side->address.port;
  if (part_bytes == 0)
    part_bytes = n_left;
  do
    {
      gsize n_bytes = MIN (n_left, part_bytes);

      bt_udp_hand_out (udp, &from, &local, bytes, n_bytes, is_freed);
      bytes += n_bytes;
      n_left -= n_bytes;
    }
  while (n_left > 0 && !*is_freed);
}

/* Returns how many messages came, -1 with errno. `out_n_bytes`: in all. */
static int
read_some (BtUdpSide      *side,
           guint           n_wanted,
           const gboolean *is_freed,
           gsize          *out_n_bytes)
{
  BtUdp *udp = side->udp;
  struct sockaddr_storage addresses[READS_A_CALL];
  struct iovec iov[READS_A_CALL];
  Control controls[READS_A_CALL];
  struct mmsghdr reads[READS_A_CALL];
  int n_read;

  for (guint i = 0; i < n_wanted; i++)
    {
      iov[i] = (struct iovec) { udp->scratch + i * (gsize) MESSAGE_BYTES, MESSAGE_BYTES };
      reads[i].msg_hdr = (struct msghdr) {
        .msg_name = &addresses[i],
        .msg_namelen = sizeof addresses[i],
        .msg_iov = &iov[i],
        .msg_iovlen = 1,
        .msg_control = &controls[i],
        .msg_controllen = sizeof controls[i],
      };
      reads[i].msg_len = 0;
    }
  n_read = recvmmsg (side->fd, reads, n_wanted, MSG_DONTWAIT, NULL);
  if (n_read > 0)
    udp->facts.n_reads++;
  for (int i = 0; i < n_read && !*is_freed; i++)
    {
      *out_n_bytes += reads[i].msg_len;
      take_apart (side, &reads[i], is_freed);
    }
  return n_read;
}

static void
read_turn (BtUdpSide      *side,
           const gboolean *is_freed)
{
  guint n_left = BT_UDP_MAX_READS;
  gsize n_bytes = 0;

  if (side->udp->scratch == NULL)
    side->udp->scratch = g_malloc ((gsize) READS_A_CALL * MESSAGE_BYTES);
  while (n_left > 0 && n_bytes < BT_UDP_MAX_TURN_BYTES)
    {
      guint n_wanted = MIN (n_left, READS_A_CALL);
      int n_read = read_some (side, n_wanted, is_freed, &n_bytes);

      if (*is_freed || (n_read < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
        return;
      /* An error of something that was sent before: it is taken back with this. */
      n_left -= n_read > 0 ? (guint) n_read : 1;
      if (n_read > 0 && (guint) n_read < n_wanted)
        return;
    }
}

/* --- What did not arrive --- */

static void
tell_refused (BtUdp           *udp,
              const BtAddress *to,
              int              code,
              const gboolean  *is_freed)
{
  for (guint i = 0; i < udp->n_takers && !*is_freed; i++)
    if (udp->takers[i].taker->refused != NULL)
      udp->takers[i].taker->refused (to, code, udp->takers[i].user_data);
}

/* 0: it says nothing of use, such as that a packet was too long. */
static int
get_reported_code (struct msghdr *message)
{
  for (struct cmsghdr *head = CMSG_FIRSTHDR (message); head != NULL;
       head = CMSG_NXTHDR (message, head))
    {
      struct sock_extended_err report;

      if (head->cmsg_len < CMSG_LEN (sizeof report) ||
          !((head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_RECVERR) ||
            (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_RECVERR)))
        continue;
      memcpy (&report, CMSG_DATA (head), sizeof report);
      if (report.ee_origin != SO_EE_ORIGIN_ICMP && report.ee_origin != SO_EE_ORIGIN_ICMP6)
        return 0;
      return report.ee_errno == EMSGSIZE ? 0 : (int) report.ee_errno;
    }
  return 0;
}

/* The kernel keeps them in a queue, bounded by the socket's buffer, and says EPOLLERR until it is empty. */
static void
read_errors (BtUdpSide      *side,
             const gboolean *is_freed)
{
  for (guint i = 0; i < BT_UDP_MAX_ERRORS && !*is_freed; i++)
    {
      struct sockaddr_storage sa;
      struct iovec iov = { side->udp->scratch, 0 };
      _Alignas (struct cmsghdr) char control[512];
      struct msghdr message = {
        .msg_name = &sa,
        .msg_namelen = sizeof sa,
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
      };
      BtAddress to;
      int code;

      if (recvmsg (side->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return;
      code = get_reported_code (&message);
      if (code != 0 && bt_address_from_sockaddr ((const struct sockaddr *) &sa, message.msg_namelen,
                                                 &to))
        tell_refused (side->udp, &to, code, is_freed);
    }
}

void
bt_udp_ready_cb (guint32  events,
                 gpointer user_data)
{
  BtUdpSide *side = user_data;
  BtUdp *udp = side->udp;
  gboolean is_freed = FALSE;

  udp->out_is_freed = &is_freed;
  if (events & EPOLLERR)
    read_errors (side, &is_freed);
  if (!is_freed && (events & (EPOLLIN | EPOLLERR)))
    read_turn (side, &is_freed);
  if (is_freed)
    return;
  udp->out_is_freed = NULL;
  if ((events & EPOLLOUT) && side->is_full)
    bt_udp_side_has_room (side);
}
