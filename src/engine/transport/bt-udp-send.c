/* bt-udp-send.c - datagrams that go, many at once, those of one length between two addresses as one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "bt-udp-private.h"

#include "base/bt-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGES_A_CALL  16
#define MAX_PARTS        64     /* UDP_MAX_SEGMENTS of the oldest kernels that cut */
#define MAX_JOINED_BYTES 65000  /* with all headers it may have 65535 */
#define MAX_VECTORS      512    /* a call; each message may have a thousand */
#define MAX_CUT_REFUSALS 16     /* in a row; then it is not asked to cut any more */
#define MAX_TRIES        4      /* an error may be another datagram's */

G_STATIC_ASSERT (MAX_VECTORS >= MAX_PARTS * BT_UDP_MAX_IOV);

typedef union
{
  struct cmsghdr head;  /* for its alignment */
  char           bytes[CMSG_SPACE (sizeof (guint16)) + CMSG_SPACE (sizeof (struct in6_pktinfo))];
} Control;

/* What one call of the kernel is given. */
typedef struct
{
  struct mmsghdr          messages[MESSAGES_A_CALL];
  gsize                   n_parts[MESSAGES_A_CALL];  /* datagrams in each */
  struct sockaddr_storage addresses[MESSAGES_A_CALL];
  Control                 controls[MESSAGES_A_CALL];
  struct iovec            iov[MAX_VECTORS];
  guint                   n_messages;
  guint                   n_iov;
} Call;

/* Without DF routers may fragment (IPv4), and so may we, by what is known of the path: nothing gets lost because a path
 * takes less than it did. A probe is refused when it is longer than the path is known to take. */
static void
set_may_fragment (int      fd,
                  BtFamily family,
                  gboolean may)
{
  const int how = may ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO;
  const int how6 = may ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_DO;
  const int is_whole = !may;

  if (family != BT_FAMILY_IPV6)
    {
      setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &how, sizeof how);
      return;
    }
  setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &how6, sizeof how6);
  setsockopt (fd, IPPROTO_IPV6, IPV6_DONTFRAG, &is_whole, sizeof is_whole);
}

void
bt_udp_prepare_send (int      fd,
                     BtFamily family)
{
  const int n_bytes = BT_UDP_BUFFER_BYTES;

  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &n_bytes, sizeof n_bytes);
  set_may_fragment (fd, family, TRUE);
}

void
bt_udp_set_class (BtUdp  *udp,
                  guint8  traffic_class)
{
  BtUdpSide *ipv4 = bt_udp_get_side (udp, BT_FAMILY_IPV4);
  BtUdpSide *ipv6 = bt_udp_get_side (udp, BT_FAMILY_IPV6);

  if (ipv4->fd >= 0)
    bt_socket_set_class (ipv4->fd, AF_INET, traffic_class);
  if (ipv6->fd >= 0)
    bt_socket_set_class (ipv6->fd, AF_INET6, traffic_class);
}

/* --- Room --- */

static void
wait_for_room (BtUdpSide *side)
{
  side->is_full = TRUE;
  bt_poller_modify (side->udp->poller, &side->watch, EPOLLIN | EPOLLOUT);
}

void
bt_udp_side_has_room (BtUdpSide *side)
{
  BtUdp *udp = side->udp;
  gboolean is_freed = FALSE;

  side->is_full = FALSE;
  bt_poller_modify (udp->poller, &side->watch, EPOLLIN);
  udp->out_is_freed = &is_freed;
  for (guint i = 0; !is_freed && i < udp->n_takers; i++)
    if (udp->takers[i].taker->writable != NULL)
      udp->takers[i].taker->writable (udp->takers[i].user_data);
  if (!is_freed)
    udp->out_is_freed = NULL;
}

/* --- One call --- */

static gsize
get_length (const BtUdpDatagram *datagram)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < datagram->n_iov; i++)
    n_bytes += datagram->iov[i].iov_len;
  return n_bytes;
}

/* How many from the first on may be one message: of one length, only the last may be shorter, between two addresses. */
static gsize
count_joined (BtUdpSide           *side,
              const BtUdpDatagram *datagrams,
              gsize                n_datagrams,
              gsize               *out_part_bytes)
{
  gsize part_bytes = get_length (datagrams);
  gsize n_bytes = part_bytes;
  gsize n = 1;

  *out_part_bytes = part_bytes;
  if (side->n_cut_refusals >= MAX_CUT_REFUSALS || part_bytes == 0)
    return 1;
  while (n < n_datagrams && n < MAX_PARTS && !datagrams[n].is_probe)
    {
      gsize next_bytes = get_length (&datagrams[n]);

      if (next_bytes > part_bytes || next_bytes == 0 ||
          next_bytes > MAX_JOINED_BYTES - MIN (n_bytes, MAX_JOINED_BYTES) ||
          !bt_address_equal (&datagrams[n].to, &datagrams->to) ||
          !bt_address_equal (&datagrams[n].local, &datagrams->local))
        break;
      n_bytes += next_bytes;
      n++;
      if (next_bytes < part_bytes)
        break;
    }
  return n;
}

static void
add_control (struct msghdr *message,
             Control       *control,
             int            level,
             int            type,
             gconstpointer  value,
             gsize          n_bytes)
{
  struct cmsghdr *head = (struct cmsghdr *) (void *) (control->bytes + message->msg_controllen);

  memset (head, 0, CMSG_SPACE (n_bytes));
  head->cmsg_level = level;
  head->cmsg_type = type;
  head->cmsg_len = CMSG_LEN (n_bytes);
  memcpy (CMSG_DATA (head), value, n_bytes);
  message->msg_control = control;
  message->msg_controllen += CMSG_SPACE (n_bytes);
}

/* A socket that is bound to one address has said already where all goes from; it may not be overruled by who was told
 * another one before it was. */
static void
add_local (BtUdpSide       *side,
           struct msghdr   *message,
           Control         *control,
           const BtAddress *local,
           BtFamily         family)
{
  struct in6_pktinfo info6 = { .ipi6_ifindex = 0 };
  struct in_pktinfo info4 = { .ipi_ifindex = 0 };

  if (!side->is_any || local->family == BT_FAMILY_NONE || local->family != family)
    return;
  if (family == BT_FAMILY_IPV6)
    {
      memcpy (&info6.ipi6_addr, local->ip, sizeof info6.ipi6_addr);
      add_control (message, control, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
      return;
    }
  memcpy (&info4.ipi_spec_dst, local->ip, sizeof info4.ipi_spec_dst);
  add_control (message, control, IPPROTO_IP, IP_PKTINFO, &info4, sizeof info4);
}

static void
add_message (BtUdpSide           *side,
             Call                *call,
             const BtUdpDatagram *datagrams,
             gsize                n_datagrams,
             gsize                part_bytes)
{
  guint index = call->n_messages++;
  struct msghdr *message = &call->messages[index].msg_hdr;

  *message = (struct msghdr) {
    .msg_name = &call->addresses[index],
    .msg_namelen = bt_address_to_sockaddr (&datagrams->to, &call->addresses[index]),
    .msg_iov = &call->iov[call->n_iov],
  };
  for (gsize i = 0; i < n_datagrams; i++)
    for (guint k = 0; k < datagrams[i].n_iov; k++)
      call->iov[call->n_iov++] = datagrams[i].iov[k];
  message->msg_iovlen = (gsize) (&call->iov[call->n_iov] - message->msg_iov);
  call->messages[index].msg_len = 0;
  call->n_parts[index] = n_datagrams;
  add_local (side, message, &call->controls[index], &datagrams->local,
             (BtFamily) datagrams->to.family);
  if (n_datagrams > 1)
    {
      const guint16 cut = (guint16) part_bytes;

      add_control (message, &call->controls[index], IPPROTO_UDP, UDP_SEGMENT, &cut, sizeof cut);
    }
}

/* Those of one family up to the next probe. Returns how many datagrams went into the call. */
static gsize
fill_call (BtUdpSide           *side,
           const BtUdpDatagram *datagrams,
           gsize                n_datagrams,
           Call                *call)
{
  gsize n_filled = 0;

  call->n_messages = 0;
  call->n_iov = 0;
  while (n_filled < n_datagrams && call->n_messages < MESSAGES_A_CALL)
    {
      const BtUdpDatagram *first = datagrams + n_filled;
      gsize part_bytes;
      gsize n_joined;

      if (first->is_probe || bt_udp_get_side (side->udp, first->to.family) != side)
        break;
      n_joined = count_joined (side, first, n_datagrams - n_filled, &part_bytes);
      if (n_joined * BT_UDP_MAX_IOV > MAX_VECTORS - call->n_iov)
        break;
      add_message (side, call, first, n_joined, part_bytes);
      n_filled += n_joined;
    }
  return n_filled;
}

static gboolean
has_no_room (int code)
{
  return code == EAGAIN || code == EWOULDBLOCK;
}

static gboolean
is_cut_refused (int code)
{
  return code == EIO || code == EINVAL || code == ENOPROTOOPT || code == EOPNOTSUPP ||
         code == EMSGSIZE;
}

/* Reports of ICMP also come back as the error of whatever is sent next, which is not sent then. */
static gboolean
may_be_of_another (int code)
{
  return code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH || code == EACCES ||
         code == EPROTO || code == ENOPROTOOPT || code == EHOSTDOWN || code == ENONET ||
         code == EOPNOTSUPP || code == EMSGSIZE || code == EINTR;
}

static void
note_result (BtUdp         *udp,
             BtUdpDatagram *datagrams,
             gsize          n_datagrams,
             int            code)
{
  for (gsize i = 0; i < n_datagrams; i++)
    datagrams[i].code = code;
  if (code == 0)
    udp->facts.n_sent += n_datagrams;
  else
    udp->facts.n_unsent += n_datagrams;
}

/* Returns 0, or an errno. */
static int
send_message (BtUdpSide     *side,
              struct msghdr *message)
{
  int code = 0;

  for (guint i = 0; i < MAX_TRIES; i++)
    {
      if (sendmsg (side->fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        {
          side->udp->facts.n_writes++;
          return 0;
        }
      code = errno;
      if (!may_be_of_another (code))
        break;
    }
  return code;
}

/* Each by itself. Returns how many are done with. */
static gsize
send_apart (BtUdpSide     *side,
            BtUdpDatagram *datagrams,
            gsize          n_datagrams)
{
  for (gsize i = 0; i < n_datagrams; i++)
    {
      struct sockaddr_storage sa;
      struct msghdr message = {
        .msg_name = &sa,
        .msg_namelen = bt_address_to_sockaddr (&datagrams[i].to, &sa),
        .msg_iov = (struct iovec *) datagrams[i].iov,
        .msg_iovlen = datagrams[i].n_iov,
      };
      Control control;
      int code;

      add_local (side, &message, &control, &datagrams[i].local, (BtFamily) datagrams[i].to.family);
      if (datagrams[i].is_probe)
        set_may_fragment (side->fd, datagrams[i].to.family, FALSE);
      code = send_message (side, &message);
      if (datagrams[i].is_probe)
        set_may_fragment (side->fd, datagrams[i].to.family, TRUE);
      if (has_no_room (code))
        {
          wait_for_room (side);
          return i;
        }
      note_result (side->udp, &datagrams[i], 1, code);
    }
  return n_datagrams;
}

/* The kernel stopped at this one. Returns how many of its datagrams are done with. */
static gsize
send_difficult (BtUdpSide     *side,
                Call          *call,
                guint          index,
                BtUdpDatagram *datagrams,
                int            code)
{
  gsize n_parts = call->n_parts[index];
  gboolean is_refused = FALSE;
  gsize n_done;

  if (n_parts > 1 && !has_no_room (code))
    {
      code = send_message (side, &call->messages[index].msg_hdr);
      if (code == 0)
        {
          note_result (side->udp, datagrams, n_parts, 0);
          return n_parts;
        }
      is_refused = is_cut_refused (code);
    }
  if (has_no_room (code))
    {
      wait_for_room (side);
      return 0;
    }
  n_done = send_apart (side, datagrams, n_parts);
  /* What does not go uncut either, such as from an address that is not ours any more, says nothing of cutting. */
  if (is_refused && n_done > 0 && datagrams->code == 0)
    side->n_cut_refusals++;
  return n_done;
}

/* Returns how many datagrams are done with; fewer than those in the call: there is no room. */
static gsize
send_call (BtUdpSide     *side,
           Call          *call,
           BtUdpDatagram *datagrams)
{
  gsize n_done = 0;
  guint next = 0;

  while (next < call->n_messages)
    {
      int n_taken = sendmmsg (side->fd, call->messages + next, call->n_messages - next,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
      gsize n_parts;

      if (n_taken > 0)
        {
          side->udp->facts.n_writes++;
          for (int i = 0; i < n_taken; i++, next++)
            {
              note_result (side->udp, datagrams + n_done, call->n_parts[next], 0);
              /* Some paths take less than others, so that only what is never cut counts. */
              if (call->n_parts[next] > 1)
                side->n_cut_refusals = 0;
              n_done += call->n_parts[next];
            }
          continue;
        }
      n_parts = send_difficult (side, call, next, datagrams + n_done, errno);
      n_done += n_parts;
      if (n_parts < call->n_parts[next])
        break;
      next++;
    }
  return n_done;
}

gsize
bt_udp_send_batch (BtUdp         *udp,
                   BtUdpDatagram *datagrams,
                   gsize          n_datagrams)
{
  gsize n_done = 0;

  if (udp->relay != NULL)
    {
      bt_udp_relay_batch (udp, datagrams, n_datagrams);
      return n_datagrams;
    }
  while (n_done < n_datagrams)
    {
      BtUdpDatagram *first = datagrams + n_done;
      BtUdpSide *side = bt_udp_get_side (udp, first->to.family);
      gsize n_filled;
      gsize n_sent;
      Call call;

      if (side->fd < 0 || first->to.family == BT_FAMILY_NONE)
        {
          note_result (udp, first, 1, EAFNOSUPPORT);
          n_done++;
          continue;
        }
      if (first->is_probe)
        {
          if (send_apart (side, first, 1) == 0)
            break;
          n_done++;
          continue;
        }
      n_filled = fill_call (side, first, n_datagrams - n_done, &call);
      n_sent = send_call (side, &call, first);
      n_done += n_sent;
      if (n_sent < n_filled)
        break;
    }
  return n_done;
}

gboolean
bt_udp_send (BtUdp           *udp,
             const BtAddress *local,
             const BtAddress *to,
             const guint8    *bytes,
             gsize            n_bytes)
{
  struct iovec iov = { (guint8 *) bytes, n_bytes };
  BtUdpDatagram datagram = { .to = *to, .iov = &iov, .n_iov = 1 };

  if (local != NULL)
    datagram.local = *local;
  if (bt_udp_send_batch (udp, &datagram, 1) == 1)
    return datagram.code == 0;
  udp->facts.n_unsent++;
  return FALSE;
}
