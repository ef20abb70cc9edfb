/* kernel.h - sendmsg and sendmmsg of a test program, which do what the kernel's do, or what it seldom does
 *
 * The program's own names come before the C library's. For datagrams only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint cut_code;    /* errno for what is to be cut (UDP_SEGMENT); 0: as the kernel says */
  guint every;       /* after so many messages there is no room, once (EAGAIN); 0: never */
  guint n_to_go;     /* until then */
  guint n_messages;  /* taken */
  guint n_cut;       /* asked to be cut */
  guint n_full;      /* there was no room */
} Kernel;

extern Kernel kernel;

G_END_DECLS
