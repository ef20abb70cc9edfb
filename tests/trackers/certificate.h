/* certificate.h - a certificate for "localhost" that nobody but itself vouches for
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* With its key, valid for an hour. (transfer full) */
GTlsCertificate *certificate_new (void);

G_END_DECLS
