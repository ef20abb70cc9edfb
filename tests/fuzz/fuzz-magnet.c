/* fuzz-magnet.c - magnet links from any bytes; what was understood must survive being written
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "config.h"

#include "metainfo/bt-magnet.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_contents (BtMagnet *magnet)
{
  guint n;
  const BtMagnetRange *ranges = bt_magnet_get_ranges (magnet, &n);
  const char *name = bt_magnet_get_name (magnet);

  if (name != NULL && (!g_utf8_validate (name, -1, NULL) || name[0] == '\0' ||
                       strlen (name) > BT_MAGNET_MAX_NAME_BYTES))
    g_error ("no valid name");
  for (guint i = 0; i < n; i++)
    if (ranges[i].first > ranges[i].last || ranges[i].last >= BT_METAINFO_MAX_FILES ||
        (i > 0 && ranges[i].first <= ranges[i - 1].last + 1))
      g_error ("ranges out of order");
  if (g_strv_length ((char **) bt_magnet_get_trackers (magnet)) > BT_MAGNET_MAX_TRACKERS)
    g_error ("too many trackers");
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (BtMagnet) magnet = bt_magnet_new_from_uri (text, &error);
  g_autoptr (BtMagnet) again = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *uri_again = NULL;

  if ((magnet == NULL) != (error != NULL))
    g_error ("neither a magnet nor an error");
  if (magnet == NULL)
    return 0;
  check_contents (magnet);
  uri = bt_magnet_to_uri (magnet);
  again = bt_magnet_new_from_uri (uri, NULL);
  if (again == NULL)
    g_error ("our own link is refused: %s", uri);
  uri_again = bt_magnet_to_uri (again);
  if (strcmp (uri, uri_again) != 0)
    g_error ("the link changes on its way: %s", uri);
  return 0;
}
