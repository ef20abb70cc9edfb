/* babbler.h - a server of TCP that says the same again and again, as long as it is listened to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _Babbler Babbler;

/* On `address`, at a port of its own, on the thread-default context. `first` is said once, then `more` without end;
 * NULL: nothing more. Neither is copied. */
Babbler *babbler_new           (const char *address,
                                const char *first,
                                const char *more);
void     babbler_free          (Babbler    *babbler);
guint16  babbler_get_port      (Babbler    *babbler);
guint    babbler_get_n_callers (Babbler    *babbler);
/* What it got rid of. */
guint64  babbler_get_n_bytes   (Babbler    *babbler);

G_END_DECLS
