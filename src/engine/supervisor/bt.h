/* bt.h - all that an application includes of the engine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "base/bt-proxy-uri.h"
#include "library/bt-history.h"
#include "metainfo/bt-magnet.h"
#include "metainfo/bt-metainfo-create.h"
#include "metainfo/bt-metainfo.h"
#include "session/bt-reach.h"
#include "webseeds/bt-web-url.h"

#include "bt-load.h"
#include "bt-supervisor.h"
#include "bt-torrent.h"
